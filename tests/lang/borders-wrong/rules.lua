return { f = function(x) return 1 end }
