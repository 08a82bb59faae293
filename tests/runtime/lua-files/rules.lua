local rate = 19
local M = {}
function M.tax(x) return x * rate / 100 end
function M.boom() error("no such rule") end
function M.peek() local name = "total"; return _ENV[name] end
return M
