local M = { low = 1, high = 2 }
function M.between(a) return a end
return M -- to be read
