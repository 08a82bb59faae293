local x = 1
return { f = function(x return 1 end }
