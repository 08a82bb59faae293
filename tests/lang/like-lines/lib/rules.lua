function f(x) return x end
return { f = f }
