-- Functions in C, where no hook looks, given what would keep them busy for years.
--# a pattern of repetitions => fails this pattern could take too long
return ('a'):rep(1 << 20):find('a-a-a-b')
--## a pattern from every place => fails this pattern could take too long
return ('a'):rep(1 << 24):find('a*b')
--## match => fails this pattern could take too long
return ('a'):rep(1 << 24):match('.-b')
--## gmatch => fails this pattern could take too long
for x in ('a'):rep(1 << 24):gmatch('(a*)b') do end
--# gsub, with what may be there => fails this pattern could take too long
return ('a'):rep(100000):gsub('a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?b', '')
--# balanced brackets that are not => fails this pattern could take too long
return ('('):rep(1 << 20):find('%b()')
--# what was caught before => fails this pattern could take too long
return ('a'):rep(1 << 20):find('^(a*)(a*)%1%2b')
--# a frontier => fails this pattern could take too long
return ('a'):rep(1 << 20):find('%f[b]a*a*b')
--# a set => fails this pattern could take too long
return ('a'):rep(1 << 20):find('[^b]-[^c]-d')
--# a long pattern => fails a pattern has at most 1000 bytes
return ('x'):rep(2000):find(('.-'):rep(600))
--# a pattern of brackets => fails too many captures
return ('x'):rep(300):find(('('):rep(40))
--# a plain search => fails could take too long
return ('a'):rep(1 << 22):find(('a'):rep(1 << 21) .. 'b', 1, true)
--# a length that is a lie, insert => fails from 1 to 4611686018427387904 are too many elements
table.insert(setmetatable({}, {__len = function() return 1 << 62 end}), 1, 1)
--# a length that is a lie, remove => fails from 1 to 4611686018427387904 are too many elements
table.remove(setmetatable({}, {__len = function() return 1 << 62 end}), 1)
--# a length that is a lie, remove from below => fails are too many elements
table.remove(setmetatable({}, {__len = function() return -1 end}), math.mininteger)
--# a length that is a lie, sort => fails array too big
table.sort(setmetatable({}, {__len = function() return 1 << 30 end}))
--# a length that is a lie, concat => fails from 1 to 4611686018427387904 are too many elements
table.concat(setmetatable({}, {__len = function() return 1 << 62 end}))
--# a length that is a lie, unpack => fails too many results to unpack
table.unpack(setmetatable({}, {__len = function() return 1 << 62 end}))
--# a length that is another each time => gives 1 1 1 1
local function asked(f, ...) local n = 0 f(setmetatable({7}, {__len = function() n = n + 1 return n == 1 and 1 or 1 << 62 end}), ...) return n end
return ('%d %d %d %d'):format(asked(table.insert, 1, 7), asked(table.remove, 1), asked(table.concat), asked(table.sort))
--## a length that lasts, and functions in C behind it, sort => fails ran for longer
local t = setmetatable({}, {__len = function() return 1 << 23 end, __index = rawlen, __newindex = rawequal}) while true do table.sort(t) end
--## a length that lasts, and functions in C behind it, insert => fails ran for longer
local t = setmetatable({}, {__len = function() return 1 << 23 end, __index = rawlen, __newindex = rawequal}) while true do table.insert(t, 1, 1) end
--## a move that lasts, and functions in C behind it => fails work.lua
local t = setmetatable({}, {__index = rawlen, __newindex = rawequal}) table.move(t, 1, 1 << 62, 2)
--# move => fails too many elements
table.move({}, 1, 1 << 62, 2)
--# move to another => fails too many elements
table.move({}, 1, 1 << 40, 2, {})
--# move from below => fails too many
table.move({}, math.mininteger, math.maxinteger, 1)
--# unpack => fails too many results to unpack
table.unpack({}, 1, 1 << 40)
--# unpack everything => fails too many results to unpack
table.unpack({}, math.mininteger, math.maxinteger)
--# unpack many => fails too many results to unpack
table.unpack({}, 1, 1 << 23)
--# concat => fails too many elements
table.concat({}, '', 1, 1 << 62)
--## sorting long texts that begin alike => fails could take too long
local a, b, t = ('a'):rep(1 << 24) .. 'x', ('a'):rep(1 << 24) .. 'y', {}
for i = 1, 100000 do t[i] = i % 2 == 0 and a or b end table.sort(t)
--# an order that is none => fails invalid order function
local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function() return true end) error('invalid order function')
--## bytes of a long text => fails string slice too long
return ('x'):rep(1 << 24):byte(1, -1)
--## code points of a long text => fails string slice too long
return utf8.codepoint(('x'):rep(1 << 24), 1, -1)
--# many labels, of which each is held against all before => gives nil
local t = {} for i = 1, 30000 do t[i] = ';::a' .. i .. '::' end
for i = 1, 3 do load(table.concat(t)) end return 'nil'
--# brackets in brackets => fails overflow
local f, why = load('return ' .. ('('):rep(100000)) fail(why)
--# functions in functions => fails overflow
local f, why = load(('return function() '):rep(1000)) fail(why)
--# many locals => fails too many local variables
local f, why = load(('local a '):rep(300)) fail(why)
--# a metatable whose __index goes round => fails loop
local t = {} setmetatable(t, {__index = t}) return t.x
--# a metatable whose __newindex goes round => fails loop
local t = {} setmetatable(t, {__newindex = t}) t.x = 1
--# __index by functions, without an end => fails stack overflow
local t = {} t = setmetatable(t, {__index = function(_, k) return t[k] end}) return t.x
--# gsub in gsub => fails stack overflow
local function f(s) return s:gsub('.', f) end return f('x')
--# sort in sort => fails stack overflow
local function f() table.sort({2, 1}, f) return true end f()
--# tostring in tostring => fails stack overflow
local t = {} setmetatable(t, {__tostring = function(x) return tostring(x) end}) tostring(t)
--## load in load => fails it used more memory
local s = '' s = 'local s = ... load(s)(s)' load(s)(s)
--# pcall in pcall comes back => gives 1
local function f(n) return pcall(f, n + 1) and n end return f(0) and 1
--# format with wide fields => fails invalid
return string.format('%99999d', 1)
--# unpack beyond the text => fails
return string.unpack('s8', ('\255'):rep(16))
--# pack with an alignment that is none => fails
return string.pack('!17i4', 1)
--# a range that is everything => fails
return math.random(math.mininteger, math.maxinteger) < 0 and fail('chance') or fail('chance')
