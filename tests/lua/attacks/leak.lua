-- What one block leaves behind, the next one does not find: behind each, all is as it was.
--# string's functions => gives mine
string.upper = function() return 'mine' end return ('x'):upper()
--# string emptied => gives 1
for k in pairs(string) do string[k] = nil end return 1
--# table's functions => gives 1
table.concat = nil table.insert = error return 1
--# math's numbers => gives 3
math.pi = 3 math.floor = nil return math.pi
--# utf8 => gives 1
utf8.x = 1 utf8.len = nil return 1
--# base => gives 1
rawset(_ENV, 'pcall', nil) rawset(_ENV, 'tostring', error) return 1
--# a global by rawset => gives 1
rawset(_ENV, 'sneaky', 1) return sneaky
--# a global of a loaded text => gives 1
load('y = 1')() return load('return y')()
--# a library within a loaded text => gives 1
load('string.lower = nil string.sneaky = 1')() return 1
--# math.random's state => gives 1
for i = 1, 1000 do math.random() end return 1
--# the texts' functions by a method => gives 1
local s = string s.rep = function() return 'gone' end return ('x'):rep(2) == 'gone' and 1
--# a table among the variables => gives 9
parts[1].weight = 9 return parts[1].weight
--# functions of the system that keep something => gives 1
return count()
--# functions of the system, changed within => gives 2
count() return count()
--# half done, then an error => fails late
total = 5 name = 'x' parts[1].name = 'x' error('late')
--# half done, then a limit => fails it ran for
total = 5 while true do end
--# modules emptied => gives 1
for _, m in ipairs{json, csv, text, stats, time, log, query, file, http, mail} do for k in pairs(m) do m[k] = nil end end return 1
--# a module that keeps something => gives 7
json.kept = 7 text.kept = {} return json.kept
--# a metatable for a library => gives 1
setmetatable(string, {__index = function(_, k) return k end}) return ('x').sneaky == 'sneaky' and 1
--# one that no block can take away => gives 1
setmetatable(math, {__metatable = 'mine', __newindex = error}) return 1
--# a library in place of another => gives 1
string.upper, table.concat, utf8.len = table.concat, utf8.len, string.upper return 1
--# a function of the system in place of one of Lua => gives 2
string.upper = count count() return ('x').upper()
--# a library that is in itself => gives 1
string.string = string table.math = math math.table = table return 1
--# a table that a function of the system was given => gives 6
local t = {} t[1] = double(3) return t[1]
--# weak tables of what is everybody's => gives 1
local w = setmetatable({}, {__mode = 'k'}) w[string] = 1 w[string.rep] = 2 w[math] = 3 return 1
--# values of ours as keys => gives 1
local t = {[price] = 1} total = 99 return t[price]
