local M = {}
function M.f(n) return n * helper(n) end
function helper2(n) return n end
return M
