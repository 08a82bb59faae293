-- Work without an end: each is ended by a limit, and nothing in the block can hide that.
--# a loop => fails it ran for
while true do end
--# a loop under pcall => fails it ran for
while true do pcall(function() while true do end end) end
--# pcall hides nothing once it has passed => fails it ran for
pcall(function() while true do end end) return 1
--# xpcall and its handler => fails it ran for
while true do xpcall(function() while true do end end, function() while true do end end) end
--# a handler that never ends => fails it ran for
xpcall(error, function() while true do end end) return 1
--# pcall of pcall of pcall => fails it ran for
pcall(pcall, pcall, function() while true do end end) return 1
--# errors in a loop => fails it ran for
while true do pcall(error) end
--# errors that are tables, in a loop => fails it ran for
while true do pcall(error, {}) end
--# a tail call => fails it ran for
local function f() return f() end f()
--# two that call each other => fails it ran for
local g local function f() return g() end g = function() return f() end f()
--# goto => fails it ran for
::a:: goto a
--# repeat => fails it ran for
repeat until false
--# a for over the largest numbers => fails it ran for
for i = 1, math.maxinteger do end
--# a for of floats => fails it ran for
for i = 1, math.huge do end
--# a for that steps by nothing that counts => fails it ran for
for i = 1.0, 2.0, 1e-300 do end
--# an iterator that always has one more => fails it ran for
for _ in function() return 1 end do end
--# ipairs over what is always there => fails it ran for
for _ in ipairs(setmetatable({}, {__index = function() return 1 end})) do end
--# ipairs over what is looked up in C => fails it ran for
for _ in ipairs(setmetatable({}, {__index = rawlen})) do end
--# pairs that never ends => fails it ran for
for _ in pairs(setmetatable({}, {__pairs = function() return function() return 1 end end})) do end
--# a reader of fields => fails it ran for
local x = setmetatable({}, {__index = function() while true do end end}).x
--# a writer of fields => fails it ran for
setmetatable({}, {__newindex = function() while true do end end}).x = 1
--# a comparison => fails it ran for
local t = setmetatable({}, {__lt = function() while true do end end}) return t < t
--# an equality => fails it ran for
local m = {__eq = function() while true do end end}
return setmetatable({}, m) == setmetatable({}, m)
--# a sum => fails it ran for
return setmetatable({}, {__add = function() while true do end end}) + 1
--# a concatenation => fails it ran for
return setmetatable({}, {__concat = function() while true do end end}) .. 'x'
--# a length => fails it ran for
return #setmetatable({}, {__len = function() while true do end end})
--# a call => fails it ran for
setmetatable({}, {__call = function() while true do end end})()
--# a close => fails it ran for
do local x <close> = setmetatable({}, {__close = function() while true do end end}) end
--# a close on the way out of an error => fails it ran for
local x <close> = setmetatable({}, {__close = function() while true do end end}) error('out')
--# closes upon closes => fails it ran for
local function f()
    local x <close> = setmetatable({}, {__close = function() while true do end end})
    local y <close> = setmetatable({}, {__close = function() pcall(f) end})
    while true do end
end
pcall(f) return 1
--# tostring => fails it ran for
tostring(setmetatable({}, {__tostring = function() while true do end end}))
--# print => fails it ran for
print(setmetatable({}, {__tostring = function() while true do end end}))
--# format => fails it ran for
return string.format('%s', setmetatable({}, {__tostring = function() while true do end end}))
--# tostring of what is thrown: nobody asks it => fails the block threw a table that is no text
error(setmetatable({}, {__tostring = function() while true do end end}))
--# tostring of a key that is not there => fails it ran for
local x = _ENV[setmetatable({}, {__tostring = function() while true do end end})]
--# sort => fails it ran for
table.sort({3, 2, 1}, function() while true do end end)
--# gsub => fails it ran for
('x'):gsub('x', function() while true do end end)
--# gsub into a table that looks things up => fails it ran for
('x'):gsub('x', setmetatable({}, {__index = function() while true do end end}))
--# gmatch => fails it ran for
for a in ('a'):rep(100000):gmatch('a') do while true do end end
--# a loaded text => fails it ran for
load('while true do end')()
--# loading without an end => fails it ran for
local s = 'return ' .. ('('):rep(100) .. '1' .. (')'):rep(100) while true do load(s) end
--# select over and over => fails it ran for
while true do select('#', 1, 2, 3) end
--# in C all the time: upper => fails it ran for
local s = ('a'):rep(1 << 20) while true do local t = s:upper() end
--# in C all the time: utf8.len => fails it ran for
local s = ('a'):rep(1 << 24) while true do utf8.len(s) end
--# in C all the time: tonumber => fails it ran for
local s = ('1'):rep(1 << 24) while true do tonumber(s, 36) end
--# in C all the time: equality of long texts => fails it ran for
local a, b = ('a'):rep(1 << 23) .. 'x', ('a'):rep(1 << 23) .. 'y' while true do local x = a == b end
--# in C all the time: find => fails it ran for
while true do local s = ('a'):rep(15000):find('a*b') end
--# in C all the time: concat of many => fails it ran for
local t = {} for i = 1, 100000 do t[i] = 'x' end while true do local s = table.concat(t) end
--# in C all the time: insert at the front => fails it ran for
local t = {} while true do table.insert(t, 1, 1) end
--# in C all the time: unpack => fails it ran for
local t = {} for i = 1, 200000 do t[i] = i end while true do local a = table.unpack(t) end
--# in C all the time: sort => fails it ran for
local t = {} for i = 1, 100000 do t[i] = i * 7919 % 100003 end
while true do table.sort(t, function(a, b) return a < b end) table.sort(t, function(a, b) return a > b end) end
--# money, over and over => fails it ran for
while true do local x = price * 2 + price end
--# money as text, over and over => fails it ran for
while true do local x = tostring(price) .. price end
--# a variable that is set over and over => fails it ran for
while true do name = 'x' .. total end
--# it is over for the functions of the system, too => fails it ran for
forever()
--# a failed comparison with money, over and over => fails it ran for
local s = ('x'):rep(1 << 20) while true do pcall(function() return price < s end) end
--# a varargs that grows => fails it ran for
local function f(...) return f(1, ...) end return f()
--# a __call that is itself => fails it ran for
local t = {} setmetatable(t, {__call = t}) t()
--# letters in capitals, again and again => fails it ran for
local s = ('ß'):rep(1 << 20) while true do pcall(text.upper, s) end
--# a text that is replaced, again and again => fails it ran for
local s = ('ab'):rep(1 << 20) while true do pcall(text.replace, s, 'a', 'c') end
--# texts that are alike, again and again => fails it ran for
local a, b = ('a'):rep(2000), ('b'):rep(2000) while true do pcall(text.similar, a, b) end
--# a list that is sorted, again and again => fails it ran for
local t = {} for i = 1, 10000 do t[i] = i * 7919 % 10007 end while true do pcall(stats.median, t) end
--# json, again and again => fails it ran for
local s = '[' .. ('1,'):rep(10000) .. '1]' while true do pcall(json.decode, s) end
--# csv, again and again => fails it ran for
local s = 'a\n' .. ('1\n'):rep(10000) while true do pcall(csv.decode, s) end
--# all the open time there is, again and again => fails it ran for
local a, b = time.moment('0001-01-02T00:00Z'), time.moment('9999-12-30T00:00Z') while true do pcall(time.business_time, a, b) end
--# millions of business days, again and again => fails it ran for
local d, s = time.date(1, 1, 1), time.span(2000000, 'business days') while true do pcall(function() return d + s end) end
--# in C all the time: sums with texts of digits => fails it ran for
local s = ('1'):rep(1 << 24) while true do local x = s + 1 end
--# in C all the time: numbers out of long texts => fails it ran for
local s = ('1'):rep(1 << 24) while true do math.floor(s) end
--# in C all the time: the order of long texts => fails it ran for
local a, b = ('a'):rep(1 << 23) .. 'a', ('a'):rep(1 << 23) .. 'b' while true do local x = a < b end
--# in C all the time: long texts as names => fails it ran for
local t, s = {}, ('a'):rep(1 << 23) while true do t[s .. 'b'] = nil end
--# in C all the time: quoting => fails it ran for
local s = ('x'):rep(1 << 23) while true do local x = ('%q'):format(s) end
--# in C all the time: many numbers at once => fails it ran for
local t = {} for i = 1, 100000 do t[i] = 1.5 end
local function f(...) local form = ('%.50f'):rep(100000) while true do local x = form:format(...) end end f(table.unpack(t))
--# in C all the time: a packing of nothing => fails it ran for
local s = (' '):rep(1 << 24) while true do string.pack(s) end
--# in C all the time: its size => fails it ran for
local s = (' '):rep(1 << 24) while true do string.packsize(s) end
--# in C all the time: large tables beside a date => fails it ran for
local t = {} for i = 1, 1000000 do t[i] = i end while true do pcall(function() return day + t end) end
