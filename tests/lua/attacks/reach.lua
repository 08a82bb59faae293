-- What a block may not reach.
--# os => fails there is no variable `os` here
os.exit(1)
--# os, from a loaded text => fails
load('os.exit(1)')()
--# io => fails there is no variable `io` here
return io.open('/etc/passwd')
--# debug => fails there is no variable `debug` here
debug.sethook()
--# package => fails there is no variable `package` here
return package.loadlib
--# require => fails there is no variable `require` here
require('os')
--# coroutine => fails there is no variable `coroutine` here
return coroutine.wrap(function() end)
--# dofile => fails there is no variable `dofile` here
dofile('/etc/passwd')
--# loadfile => fails there is no variable `loadfile` here
loadfile('/etc/passwd')
--# loadstring => fails there is no variable `loadstring` here
loadstring('return 1')
--# collectgarbage => fails there is no variable `collectgarbage` here
collectgarbage('stop')
--# _G => fails there is no variable `_G` here
return _G.os
--# getfenv => fails there is no variable `getfenv` here
return getfenv(0)
--# string.dump => fails attempt to call a nil value
return string.dump(function() end)
--# bytecode => fails attempt to load a binary chunk
local f, why = load('\27Lua') fail(why)
--# bytecode, asked for => fails attempt to load a binary chunk
local f, why = load('\27Lua', 'x', 'b') fail(why)
--# bytecode in pieces => fails attempt to load a binary chunk
local parts = {'\27', 'Lua'} local f, why = load(function() return table.remove(parts, 1) end, 'x', 'b') fail(why)
--# loading from a function that gives without an end => fails the text is longer than 1 MB
local f, why = load(function() return 'return 1 ' end) fail(why)
--# loading from a function in C that gives without an end => fails the text is longer than 1 MB
local f, why = load(math.random) fail(why)
--# loading from a function that does not end => fails it ran for too many instructions
load(function() while true do end end)
--# loading from a function that loads from itself => fails C stack overflow
local function f() local g, why = load(f) error(g and 'loaded' or why:match('C stack overflow') or why, 0) end f()
--# an environment of one's own has no more in it => gives nil nil
return load('return tostring(string) .. " " .. tostring(print)', 'x', 't', {tostring = tostring})()
--# a loaded text is none of the files => fails [no place]
local f = load('\n\nlocal function g() error("[no place]", 0) end g()', '@reach.lua') f()
--# a finalizer => fails __gc is not allowed
setmetatable({}, {__gc = function() while true do end end})
--# a finalizer that comes later never runs => gives 1
local m = {} for i = 1, 1000 do setmetatable({}, m) end m.__gc = function() while true do end end
for i = 1, 100000 do local x = {} end return 1
--# the globals' metatable => fails cannot change a protected metatable
setmetatable(_ENV, {})
--# the globals' metatable, taken away => fails cannot change a protected metatable
setmetatable(_ENV, nil)
--# the globals' metatable, looked at => fails attempt to index a boolean value
getmetatable(_ENV).__index = nil
--# the texts' metatable => fails attempt to index a boolean value
getmetatable('').__index = nil
--# money's metatable => fails attempt to index a boolean value
getmetatable(price).__add = nil
--# a field of money => fails attempt to index
price.amount = 3
--# money is no table => fails table expected
rawset(price, 'amount', 3)
--# a loaded text's metatable => fails attempt to index a boolean value
load('getmetatable(_ENV).__index = nil')()
--# where things lie in memory: tostring => gives table
return tostring({})
--# where things lie in memory: a function => gives function
return tostring(print)
--# where things lie in memory: print => gives nil
print({}, print) return 'nil'
--# where things lie in memory: format => fails %p is not allowed
return string.format('%p', {})
--# where things lie in memory: format, with a width => fails %p is not allowed
return string.format('%% %-20p', {})
--# where things lie in memory: format, behind a NUL => fails %p is not allowed
return (('\0%p'):format('x'):sub(2))
--# where things lie in memory: format that ends in the middle => fails invalid conversion
return ('%'):format('x')
--# where things lie in memory: format's %s => gives table
return string.format('%s', {})
--# a function cannot leave => fails a function cannot leave Lua
return print
--# nor what is no value of ours, within a table => fails a function cannot leave Lua
return {x = {y = error}}
--# bytes that are no text => fails a text is not UTF-8
return '\xff'
--# a text with a NUL => fails a text is not UTF-8, or holds a NUL
return 'a\0b'
--# a name with a NUL => fails a name in a table is not UTF-8
return {['a\0b'] = 1}
--# a name that is no text => fails a name in a table is not UTF-8
return {['\xff\xfe'] = 1}
--# what a terminal would obey => fails \x1b[31mred
error('\27[31mred')
--# a variable that is none => fails there is no variable `totl` to set
totl = 4
--# by another way => fails there is no variable `totl` to set
_ENV.totl = 4
--# rawset makes none => gives 3
rawset(_ENV, 'total', 99) return 3
--# a variable of another type => fails total: wanted number, found text
total = 'x'
--# under pcall => gives 3
pcall(function() total = 'x' end) return total
--# what was returned too much => fails it returns 4 values
return 1, 2, 3, 4
--# what was returned far too much => fails values, and the step gives 3
return table.unpack({}, 1, 200)
--# an integer too large => fails is too large
return math.maxinteger
--# no number at all => fails is no exact number
return 0/0
--# more than any number => fails is no exact number
return math.huge
--# minus the smallest => fails is too large
return -math.mininteger
--# by nothing => fails attempt to divide by zero
return 1 // 0
--# money beyond all bounds => fails
local x = price for i = 1, 100 do x = x * 1000 end return x
--# a day beyond all years => fails
local x = day for i = 1, 100 do x = x + span * 1000000 end return x
--# two currencies => fails
return price + euros
--# nil is thrown => fails the block threw a nil that is no text
error(nil)
--# nothing is said => fails the block failed without a word
fail('')
--# nothing is thrown => fails the block failed without a word
error('', 0)
--# a value of ours is thrown => fails the block threw a userdata that is no text
error(price)
--# the functions of the system see no variables => fails there is no variable `total` here
return peek()
--# nor can they be replaced => fails there is no variable `double` to set
double = nil
