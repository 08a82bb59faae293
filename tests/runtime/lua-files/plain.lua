base = 2
function twice(x) return x * base end
function quad(x) return twice(twice(x)) end
