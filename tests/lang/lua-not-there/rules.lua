-- Functions of the file itself.
local function hidden(n) return n end
function rate(n) return hidden(n) * 2 end
log = {}
function log.write(s) print(s) end
first, late = nil, function(n) return n end
