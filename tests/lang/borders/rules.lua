return { big = function(n) return n > 5 end }
