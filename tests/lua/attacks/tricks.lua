-- What a sandbox forgets: numbers at their ends, names with a NUL in them, code that Lua's own compiler reads wrongly, tables
-- that change while they are walked through, and answers that lie.
--# a variable's name with a NUL behind it => fails there is no variable `total` to set
_ENV['total\0x'] = 5 return total
--# a library's name with a NUL behind it => fails there is no variable `string` here
return _ENV['string\0x'].rep
--# a variable that is read by such a name => fails there is no variable `total` here
return _ENV['total\0']
--# a name that is a megabyte => fails there is no variable `xxxx
_ENV[('x'):rep(1 << 20)] = 1
--# names that are no texts => fails there is no variable `1` to set
_ENV[1] = 1
--# a table as a name => fails there is no variable `table` to set
_ENV[{}] = 1
--# a name that is no number => fails there is no variable `-nan` to set
_ENV[0 / 0] = 1
--# nil as a name => fails there is no variable `nil` to set
_ENV[nil] = 1
--# the surroundings as a constant => fails attempt to index a number value
return load('local _ENV <const> = 11; X = "hi"; return X')()
--# the surroundings as a constant text => gives X
return load('local _ENV <const> = "x"; return upper(_ENV)')()
--# surroundings of one's own => gives 7
local function f() local _ENV = {x = 7} return x end return f()
--# surroundings that are nil => fails attempt to index a nil value (local '_ENV')
local _ENV = nil return x
--# surroundings as a parameter => fails attempt to index a nil value
local function f(_ENV) return os end return f(string).exit
--# very many constants => gives 131072
local b = {} for i = 1, 70000 do b[i] = 'x = "k' .. i .. '"' end
local f = load(table.concat(b, ' ') .. ' return #x * 2^15 - 65536') f() return 131072
--# very many constants, compared => gives 7.5
local b = {'local x = ... '} for i = 1, 300 do b[#b + 1] = 'if x == "k' .. i .. '" then return ' .. i .. '.5 end ' end
return load(table.concat(b))('k7')
--# bits of constants => gives 10
return load('local a = 5.0; return (a | 10) & 10 ~ 0')()
--# levels beyond all callers => fails x
error('x', 1 << 40)
--# levels below => fails x
error('x', math.mininteger)
--# pcall of pcall of pcall, by arguments => gives 199
local t = {} for i = 1, 100000 do t[i] = pcall end t[#t + 1] = error
return select('#', pcall(table.unpack(t)))
--# xpcall whose handler is xpcall => gives 3
return select('#', xpcall(xpcall, xpcall, xpcall, xpcall))
--# select at its ends => fails index out of range
return select(math.mininteger, 1)
--# select beyond => gives 0
return select('#', select(math.maxinteger, 1))
--# sub at its ends => gives xyz
return ('xyz'):sub(math.mininteger, math.maxinteger)
--# bytes at their ends => gives 120
return ('x'):byte(math.mininteger, math.maxinteger)
--# rep to the smallest => gives 
return ('x'):rep(math.mininteger)
--# find from the end of all numbers => gives none
return ('x'):find('', math.maxinteger) or 'none'
--# gmatch from there => gives none
local n = 'none' for x in ('x'):gmatch('x', math.maxinteger) do n = x end return n
--# move to the end of all numbers => fails destination wrap around
table.move({1, 2}, 1, 2, math.maxinteger)
--# move by everything => fails too many elements
table.move({}, math.mininteger, math.maxinteger, 1)
--# unpack at the end of all numbers => gives 2
return select('#', table.unpack({}, math.maxinteger - 1, math.maxinteger))
--# concat there => fails at index 9223372036854775807
return table.concat({}, '', math.maxinteger, math.maxinteger)
--# insert there => fails position out of bounds
table.insert({}, math.maxinteger, 1)
--# remove there => fails position out of bounds
table.remove({1}, math.mininteger)
--# for up to the end => gives 2
local n = 0 for i = math.maxinteger - 1, math.maxinteger do n = n + 1 end return n
--# for by the smallest step => gives 1
local n = 0 for i = 1, 0, math.mininteger do n = n + 1 end return n
--# for by nothing => fails 'for' step is zero
for i = 1, 2, 0 do end
--# points at their ends => fails out of bounds
return utf8.codepoint('x', math.mininteger)
--# letters that are none => fails value out of range
return utf8.char(1 << 31)
--# letters beyond all letters are no text => fails a text is not UTF-8
return utf8.char(0x7fffffff)
--# offset at its ends => gives none
return utf8.offset('x', math.maxinteger) or 'none'
--# len at its ends => fails initial position out of bounds
return utf8.len('x', math.mininteger)
--# codes of a broken text => fails invalid UTF-8 code
for _ in utf8.codes('\xff') do end
--# codes of what goes on without a beginning => gives 1
local n = 0 for _ in utf8.codes('a\x80') do n = n + 1 end return n
--# unpack of a length that is a lie => fails data string too short
return string.unpack('s8', ('\xff'):rep(8))
--# unpack from before => gives 120
return string.unpack('b', 'x', math.mininteger)
--# unpack of a text without an end => fails unfinished string for format 'z'
return string.unpack('z', 'xyz')
--# a size that comes round => fails too large
return string.packsize(('c214748364'):rep(1000))
--# pack into a length that is too short => fails string length does not fit in given size
return string.pack('s1', ('x'):rep(300))
--# pack with a fill that is a lie => fails it used more memory
return string.pack('c2147483647', 'x')
--# patterns that end in the middle: a set => fails malformed pattern
return ('x'):find('[')
--# a set's escape => fails malformed pattern
return ('x'):find('[%')
--# a set's range => fails malformed pattern
return ('x'):find('[a-')
--# a frontier => fails missing '['
return ('x'):find('%f')
--# a balance => fails missing arguments to '%b'
return ('x'):find('%b')
--# a catch that is never over => fails unfinished capture
return ('x'):find('(x')
--# a catch that is not there => fails invalid capture index %1
return ('x'):find('%1')
--# a catch within itself => fails invalid capture index %1
return ('xx'):find('(x%1)')
--# a replacement that names nothing => fails invalid capture index %9
return ('x'):gsub('x', '%9')
--# a replacement that ends in the middle => fails invalid use of '%' in replacement string
return ('x'):gsub('x', '%')
--# a replacement that is a function => fails invalid replacement value (a table)
return ('x'):gsub('x', function() return {} end)
--# many long texts by format => fails it used more memory
local s, t = ('x'):rep(1 << 20), {} for i = 1, 200 do t[i] = s end
return string.format(('%s'):rep(200), table.unpack(t))
--# a long text in place of each letter => fails it used more memory
return ('x'):rep(1000):gsub('x', {x = ('y'):rep(1 << 20)})
--# numbers as wide as they may be => gives 40900
local t = {} for i = 1, 100 do t[i] = 1e308 end return #string.format(('%.99f'):rep(100), table.unpack(t))
--# rep of rep of rep => fails resulting string too large
local s = 'x' for i = 1, 60 do s = s:rep(16) end
--# a table that is emptied while it is sorted => fails attempt to compare nil with number
local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1000 end
table.sort(t, function(a, b) for i = 1, 1000 do t[i] = nil end return a < b end)
--# a table that grows while it is sorted => gives 100
local t = {} for i = 1, 100 do t[i] = (i * 7919) % 100 end
table.sort(t, function(a, b) t[#t + 1] = 0 return a < b end) for i = 1, 100 do assert(t[i] == i - 1) end return 100
--# an order that throws => fails enough
table.sort({3, 2, 1}, function() error('enough', 0) end)
--# next behind what is not there => fails invalid key to 'next'
return next({}, 'nobody')
--# next behind no number => fails invalid key to 'next'
return next({}, 0 / 0)
--# a table that is rebuilt while it is walked through => gives over
local t, n = {}, 0 for i = 1, 100 do t[i] = i end
pcall(function() for k in pairs(t) do n = n + 1 for i = 1, 300 do t[k .. 'x' .. i] = 1 end t[k] = nil if n > 100 then break end end end)
return 'over'
--# a table that is emptied while it is walked through => gives 1000
local t, n = {}, 0 for i = 1, 1000 do t['k' .. i] = i end
for k in pairs(t) do n = n + 1 t[k] = nil end return n
--# weak tables by the thousand => gives 1
local w = setmetatable({}, {__mode = 'kv'}) for i = 1, 300000 do w[{}] = {} end return next(w) ~= nil and 1 or 1
--# a way to be weak that is a megabyte => gives 1
local w = setmetatable({}, {__mode = ('x'):rep(1 << 20) .. 'k'}) w[{}] = 1 return 1
--# a closing value of a loop => fails it ran for
for _ in next, {}, nil, setmetatable({}, {__close = function() while true do end end}) do end
--# a closing value that throws, where an error is under way => fails second
local x <close> = setmetatable({}, {__close = function() error('second', 0) end}) error('first', 0)
--# a closing value that is changed meanwhile => fails metamethod 'close'
local mt = {__close = function() end} local x <close> = setmetatable({}, mt) mt.__close = nil
--# equality that is itself => fails stack overflow
local mt = {} mt.__eq = function(a, b) return a == b end return setmetatable({}, mt) == setmetatable({}, mt)
--# an order that is itself => fails stack overflow
local mt = {} mt.__lt = function(a, b) return a < b end return setmetatable({}, mt) < setmetatable({}, mt)
--# a name in a metatable gives no address => gives x
assert(tostring(setmetatable({}, {__name = 1})) == 'table') return (tostring(setmetatable({}, {__name = 'x'})))
--# nor in an error => fails attempt to perform arithmetic on a secret value
local x = setmetatable({}, {__name = 'secret'}) return x + 1
--# null gives no address away => gives userdata userdata
return tostring(json.null) .. ' ' .. ('%s'):format(json.null)
--# nor in a table of cells => fails does not fit into a cell
return csv.encode({{a = json.null}}, {'a'})
--# nor where it is no name => fails there is no variable `userdata` to set
_ENV[json.null] = 1
--# nor a function that is none => fails there is no variable `function` here
return _ENV[print]
--# nor what no number of ours calculates with => fails % works with numbers, found table
return {} % price
--# a list that lies about its length => gives 1099511627776
parts = setmetatable({}, {__len = function() return 1 << 40 end, __index = function() return {name = 'x', weight = 1} end})
return #parts
--# what is kept of it => fails parts: a table is either a list
parts = setmetatable({[2] = {name = 'x', weight = 1}}, {__len = function() return 2 end, __index = function() return {} end})
--# a record whose fields are looked up => fails element 1: name: wanted text, found nothing
parts = {setmetatable({}, {__index = function(_, k) return k == 'name' and 'x' or 1 end})}
--# a list with a hole as large as all numbers => fails a table is either a list
parts = {[math.maxinteger] = {name = 'x', weight = 1}}
--# a list from below => fails a table is either a list
parts = {[0] = {name = 'x', weight = 1}}
--# texts with a NUL, compared => gives no
return ('a\0b') < ('a\0') and 'yes' or 'no'
--# a text that goes on behind a NUL => gives yes
return ('a\0') < ('a\0b') and 'yes' or 'no'
--# a source of minuses => fails overflow
error(select(2, load('return ' .. ('- '):rep(100000) .. '1')), 0)
--# of negations => fails overflow
error(select(2, load('return ' .. ('not '):rep(100000) .. '1')), 0)
--# of powers => fails overflow
error(select(2, load('return ' .. ('1^'):rep(100000) .. '1')), 0)
--# of texts put together => fails overflow
error(select(2, load('return ' .. ('x..'):rep(100000) .. 'x')), 0)
--# of blocks in blocks => fails overflow
error(select(2, load(('do '):rep(100000))), 0)
--# of conditions => fails overflow
error(select(2, load(('if x then '):rep(100000))), 0)
--# of tables in tables => fails overflow
error(select(2, load('return ' .. ('{'):rep(100000))), 0)
--# of calls of calls => gives function
return type(load('return f' .. ('()'):rep(100000)))
--# of fields of fields => gives function
return type(load('return f' .. ('.x'):rep(100000)))
--# a long bracket without an end => fails unfinished long string
error(select(2, load('return [' .. ('='):rep(1 << 19) .. '[')), 0)
--# a number as long as a source => fails the number inf is no exact number
return load('return 1' .. ('0'):rep(1 << 19))()
--# in sixteens => gives -1
return load('return 0x' .. ('f'):rep(1 << 19))()
--# an escape beyond all letters => fails UTF-8 value too large
error(select(2, load('return "\\u{' .. ('0'):rep(1000) .. '80000000}"')), 0)
--# what is no character of Lua => fails unexpected symbol
error(select(2, load('return \0')), 0)
--# a source that begins as bytecode does not at all => fails attempt to load a binary chunk
error(select(2, load('\27Lua')), 0)
--# a first line for a shell => fails unexpected symbol near '#'
error(select(2, load('#!/bin/sh\nreturn 1')), 0)
--# many upvalues => fails too many upvalues
local b = {} for i = 1, 180 do b[i] = 'local a' .. i .. ' = ' .. i end
b[#b + 1] = 'return function() ' for i = 1, 120 do b[#b + 1] = 'local b' .. i .. ' = ' .. i end
b[#b + 1] = 'return function() return ' for i = 1, 180 do b[#b + 1] = 'a' .. i .. '+' end
for i = 1, 120 do b[#b + 1] = 'b' .. i .. '+' end
error(select(2, load(table.concat(b, ' ') .. '0 end end')), 0)
--# an assignment to very many => fails C stack overflow
error(select(2, load(('a,'):rep(100000) .. 'a = 1')), 0)
--# a call with very many => fails too many registers
error(select(2, load('f(' .. ('1,'):rep(100000) .. '1)')), 0)
--# jumps over very much => gives function
return type(load('goto l ' .. ('x = 1 '):rep(100000) .. ' ::l::'))
--# random over everything => gives yes
local n = math.random(math.mininteger, math.maxinteger) return math.type(n) == 'integer' and 'yes' or 'no'
--# random over nothing => fails interval is empty
return math.random(2, 1)
--# the rest of the smallest => gives 0
return math.mininteger % -1
--# the smallest over minus one => fails the number -9223372036854775808 is too large
return math.mininteger // -1
--# shifts by everything => gives 0
return (1 << math.mininteger) + (1 >> math.maxinteger)
