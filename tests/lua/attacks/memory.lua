-- Memory without an end: the block ends at 64 MB, the process does not.
--## a list => fails it used more memory
local t = {} for i = 1, 1e9 do t[i] = i end
--# a text that doubles => fails it used more memory
local s = 'x' while true do s = s .. s end
--## many texts => fails it used more memory
local t = {} while true do t[#t + 1] = ('x'):rep(1 << 20) .. #t end
--## under pcall => fails it used more memory
local t = {} while true do pcall(function() for i = 1, 1e9 do t[#t + 1] = ('x'):rep(1e6) .. i end end) end
--# pcall hides nothing => fails it used more memory
pcall(function() local s = 'x' while true do s = s .. s end end) return 1
--## tables in tables => fails it used more memory
local t = {} while true do t = {t} end
--## functions => fails it used more memory
local t = {} while true do local x = {} t[#t + 1] = function() return x end end
--# gsub that grows => fails it used more memory
return ('x'):rep(1000):gsub('x', ('y'):rep(1 << 20))
--## concat that grows => fails it used more memory
local t = {} for i = 1, 200 do t[i] = ('x'):rep(1 << 20) end return table.concat(t)
--## concat of what is looked up => fails it used more memory
return table.concat(setmetatable({}, {__index = function() return ('x'):rep(100) end}), '', 1, 1 << 22)
--## pack => fails it used more memory
return string.pack('c' .. (1 << 30), '')
--# a loaded text is no longer than 1 MB => fails the text is longer than 1 MB
return load('return {' .. ('{},'):rep(1 << 20) .. '}')
--# rep beyond all numbers => fails resulting string too large
return ('x'):rep(1 << 62)
--# rep with a separator => fails resulting string too large
return ('x'):rep(1 << 62, 'y')
--# rep of nothing => fails resulting string too large
return (''):rep(1 << 62)
--# rep of nothing with nothing between => fails resulting string too large
return (''):rep(1 << 62, '')
--# rep whose length comes round to nothing => fails resulting string too large
return ('x'):rep(1 << 32):rep(1 << 32)
--# recursion => fails it used more memory
local function f() return 1 + f() end return f()
--## recursion under pcall => fails it used more memory
local function f() return 1 + f() end pcall(f) return 1
--## close after close => fails it used more memory
local function f(n) local x <close> = setmetatable({}, {__close = function() end}) return f(n + 1) + 1 end f(1)
--# printing => fails it printed more than 64 KB
while true do print('x') end
--# printing nothing => fails it printed more than 64 KB
while true do print() end
--# printing empty texts => fails it printed more than 64 KB
while true do print('', '', '', '') end
--# printing under pcall => fails it printed more than 64 KB
while true do pcall(print, 'x') end
--# printing much at once => fails it printed more than 64 KB
pcall(print, ('x'):rep(70000)) return 1
--# an error that is long => fails xxxxxxxxxx
error(('x'):rep(1 << 20), 0)
--# a name that is long => fails there is no variable
local x = _ENV[('x'):rep(1 << 20)]
--## a tree that is one table in many places => fails what leaves the block is larger than 64 MB
local t = {} for i = 1, 60 do t = {t, t} end return t
--# a long text in many places => fails what leaves the block is larger than 64 MB
local s, t = ('x'):rep(1 << 24), {} for i = 1, 9 do t[i] = s end return t
--# a table in itself => fails nested too deeply
local t = {} t[1] = t return t
--# a record in itself => fails nested too deeply
local t = {} t.x = t return t
--## weak keys in a chain => fails it
local t = {} for i = 1, 1e8 do local k = {} t[k] = setmetatable({[k] = t}, {__mode = 'k'}) t = t[k] end
--## money without an end => fails it used more memory
local t = {} while true do t[#t + 1] = price + price end
--# a table that grows while only a weak one holds it => gives 100
local keep = {} for i = 1, 40 do keep[i] = i .. ('x'):rep(1 << 20) end
for round = 1, 40000 do
    local t = setmetatable({}, setmetatable({__newindex = {}}, {__mode = 'v'})) for i = 1, 70 do t[i] = i end
end
return 100
--# ... by what table.insert puts there => gives 100
local keep, put = {}, table.insert for i = 1, 40 do keep[i] = i .. ('x'):rep(1 << 20) end
for round = 1, 10000 do
    local t = setmetatable({}, setmetatable({__newindex = {}}, {__mode = 'v'})) for i = 1, 70 do put(t, i) t[i + 1] = i end
end
return 100
--# ... by table.move => gives 100
local keep, from = {}, {} for i = 1, 40 do keep[i] = i .. ('x'):rep(1 << 20) end for i = 1, 70 do from[i] = i end
for round = 1, 40000 do table.move(from, 1, 70, 1, setmetatable({}, setmetatable({__newindex = {}}, {__mode = 'v'}))) end
return 100
--## what is lent to a table that grows is taken back => fails it used more memory
local t = setmetatable({}, {__newindex = {}}) for i = 1, 1e9 do t[i] = i end
--## ... by table.move => fails it used more memory
local from = setmetatable({}, {__index = rawlen}) table.move(from, 1, 1 << 30, 1 << 40, setmetatable({}, {__newindex = {}}))
