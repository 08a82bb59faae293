-- Modules against their grain: texts that explode, tables that lie, numbers without an end, and what a block might
-- leave in them for the next.
--# json nested without an end => fails line 1, column 201: nested too deeply
return json.decode(('['):rep(100000))
--# json nested objects => fails nested
return json.decode(('{"a":'):rep(5000) .. '1' .. ('}'):rep(5000))
--# json of many empty lists => fails it used more memory
return json.decode('[' .. ('[],'):rep(1300000) .. '[]]')
--# json of many numbers => gives 1900000
return #json.decode('[' .. ('1,'):rep(1899999) .. '1]')
--# json longer than may be => fails json.decode: the text is longer than 4 MB
return json.decode(('"' .. ('x'):rep(5 << 20) .. '"'))
--# a number of a million digits => fails is too large
return json.decode(('9'):rep(1000000))
--# a fraction of a million digits => gives 0.333333
return json.decode('0.' .. ('3'):rep(1000000)) * 3 / 3 // 0.000001 * 0.000001 - 0.333333 < 1 and 0.333333
--# a power without an end => fails is too large
return json.decode('1e999999999999999999')
--# a power down to nothing => gives 0
return json.decode('1e-999999999999999999')
--# a name twice => fails json.decode:
return json.decode('{"a":1,"a":2}')
--# names that are metamethods stay names => gives nil
local t = json.decode('{"__index":{"x":1},"__gc":1,"__metatable":1}') return tostring(getmetatable(t)) .. (t.x and '!' or '')
--# halves of letters => fails json.decode:
return json.decode('"\\ud800"')
--# a NUL that is written as an escape => fails json.decode:
return json.decode('"a\\u0000b"')
--# a table in itself => fails json.encode: a table is nested too deeply
local t = {} t[1] = t return json.encode(t)
--# a tree that is one table in many places => fails json.encode: the text would grow beyond 16 MB
local t = {1} for i = 1, 60 do t = {t, t} end return json.encode(t)
--# a name that grows => fails json.encode: the text would grow beyond 16 MB
local k, t = ('x'):rep(1 << 20), {} for i = 1, 20 do t[i] = {[k] = 1} end return json.encode(t)
--# text that escaping makes longer => fails json.encode: the text would grow beyond 16 MB
local s = ('\1'):rep(3 << 20) return json.encode({s})
--# what is no number => fails is no number that JSON has
return json.encode({0 / 0})
--# metamethods are not asked => gives []
return json.encode(setmetatable({}, {__index = function() return 1 end, __len = function() return 1 << 40 end, __pairs = error}))
--# a length that is a lie => gives [1]
return json.encode(setmetatable({1}, {__len = function() return 1 << 40 end}))
--# holes => fails a table is either a list
return json.encode({[1] = 1, [1 << 40] = 2})
--# a number that is a name => fails a table is either a list
return json.encode({[1.5] = 1})
--# csv of nothing but commas => fails csv.decode:
return #csv.decode((','):rep(4 << 20))
--# csv of nothing but lines => fails csv.decode: the file is empty
return #csv.decode(('\n'):rep(4 << 20))
--# csv of one column, and many rows => fails it used more memory
return #csv.decode('a\n' .. ('b\n'):rep(2000000))
--# csv, and more than is asked for => gives 1
return #csv.decode('a\n1\n', 7, print)
--# a quote that does not end => fails csv.decode: line 2:
return csv.decode('a,b\n"' .. (','):rep(1 << 20))
--# a quote in a quote => gives ""
return csv.decode('a\n"""""" \n')[1].a
--# many rows of many columns => fails the text would grow beyond 16 MB
local names, row, rows = {}, {}, {} for i = 1, 1000 do names[i] = 'n' .. i end
for i = 1, 100000 do rows[i] = row end return csv.encode(rows, names)
--# columns whose number is a lie => gives 4
return #csv.encode({}, setmetatable({'a', 'b'}, {__len = function() return 1 << 40 end}))
--# rows that make their cells => gives a/""/
return (csv.encode({setmetatable({}, {__index = function() return ('x'):rep(1 << 24) end})}, {'a'}):gsub('\n', '/'))
--# a cell that is a table => fails csv.encode: a table does not fit into a cell
return csv.encode({{a = {}}}, {'a'})
--# a cell that has a text of its own making => fails csv.encode: a table does not fit into a cell
return csv.encode({{a = setmetatable({}, {__tostring = function() while true do end end})}}, {'a'})
--# replace that grows => fails text.replace: the text would grow beyond 16 MB
return text.replace(('a'):rep(4 << 20), 'a', ('b'):rep(4 << 20))
--# replace that doubles => fails the text is longer than 4 MB
local s = 'ab' while true do s = text.replace(s, 'b', s) end
--# join that grows => fails text.join: the text would grow beyond 16 MB
local s, t = ('x'):rep(4 << 20), {} for i = 1, 100 do t[i] = s end return text.join(t, s)
--# join of what makes itself => gives 0
return #text.join(setmetatable({}, {__index = function() return 'x' end, __len = function() return 1 << 62 end}))
--# pad without an end => fails 0 to 4 million columns are wanted
return text.pad('x', math.maxinteger)
--# pad backwards => fails 0 to 4 million columns are wanted
return text.pad('x', math.mininteger)
--# pad in a loop => fails it used more memory
local t = {} for i = 1, 1e9 do t[i] = text.pad(i, 4000000) end
--## split into what is nothing => fails it used more memory
return #text.split((','):rep(4 << 20), ',')
--# words of one letter => gives 1000000
return #text.split(('a '):rep(1000000))
--# a text of blanks => gives 0
return #text.trim((' '):rep(4 << 20)) + #text.split(('\u{3000}'):rep(1 << 20))
--# a text that is longer than may be => fails the text is longer than 4 MB
return text.upper(('x'):rep(5 << 20))
--# letters that become more => gives 12582912
return #text.slug(('\u{fdfa}'):rep(100)) > 100 and 12582912
--# a search at every place => gives no
return text.contains(('a'):rep(4 << 20), ('a'):rep(2 << 20) .. 'b') and 'yes' or 'no'
--# long texts that are alike => fails it is longer than 2,000 bytes
return text.similar(('a'):rep(1 << 20), ('b'):rep(1 << 20))
--# a NUL => fails it is not UTF-8, or holds a NUL
return text.length('a\0b')
--# broken UTF-8 at the end => fails it is not UTF-8, or holds a NUL
return text.width('a\xf0\x9f\x98')
--# more than a million values => fails it has more than 1,048,576 elements
local t = {} for i = 1, (1 << 20) + 1 do t[i] = i end return stats.sum(t)
--# a million values => gives 524288.5
local t = {} for i = 1, 1 << 20 do t[i] = i end return stats.median(t)
--# a list that makes itself => gives 0
return stats.sum(setmetatable({}, {__index = function() return 1 end, __len = function() return 1 << 62 end}))
--# sums beyond all numbers => fails the result is too large
return stats.sum({1e308 * 1.5, 1e308 * 1.5})
--# money beyond all money => fails the result is too large
local t = {} for i = 1, 1000 do t[i] = price * 900000000000 end return stats.sum(t)
--# squares beyond all numbers => fails the result is too large
return stats.stdev({1e308, -1e308})
--# what is no number, sorted => fails element 1000 of the list is no finite number
local t = {} for i = 1, 1000 do t[i] = i % 1000 == 0 and 0 / 0 or i end return stats.percentile(t, 50)
--# a million bounds => fails it used more memory
local t = {} for i = 1, 1 << 20 do t[i] = i end return #stats.histogram({1}, t)
--# a percentile of nothing like it => fails a number from 0 to 100 is wanted
return stats.percentile({1}, setmetatable({}, {__lt = error}))
--# business days beyond all days => fails the calendar Office has no open day for so long
return time.today() + time.span(9000000000000, 'business days')
--# back beyond all days => fails the calendar Night has no open day for so long
return time.date(1, 1, 1) - time.span(1, 'business day', 'Night')
--# hours beyond all hours => fails the calendar Night is not open for so long
return time.now() + time.span(2000000000, 'business hours', 'Night')
--# months beyond all months => fails the moment is too far away
return time.now() + time.span(9000000000000, 'months')
--# a span that comes round => fails it is too large
return time.span(9000000000000, 'weeks')
--# numbers that are none => fails number expected
return time.span(0 / 0, 'days')
--# days that are none => fails there is no such day
return time.date(math.mininteger, math.mininteger, math.mininteger)
--# an example that is a megabyte => gives 1
return time.parse('1', ('1'):rep(1 << 20))
--# a text for an example that is a megabyte => fails wanted something like
return time.parse(('9'):rep(1 << 22), '31.12.2017')
--# a calendar whose name is a path => fails there is no calendar `../../etc/passwd`
return time.today('../../etc/passwd')
--# a unit that is a megabyte => fails a unit is wanted
return time.span(1, ('s'):rep(1 << 20))
--# a value in place of a table => fails bad argument #1
return stats.sum(time.now())
--# a table in place of a value => fails date or moment expected, got table
return time.weekday(setmetatable({}, {__name = 'ops value', __index = {type = 6, i = 1}}))
--# no module has a metatable => gives nil nil nil nil nil
local s = '' for i, m in ipairs({csv, json, stats, text, time}) do s = s .. ' ' .. tostring(getmetatable(m)) end return s:sub(2)
--# functions of modules give nothing away => gives function
return tostring(json.decode)
--# a module that is changed => gives 1
json.decode = function() return 'mine' end text.trim = nil stats.sum = nil return 1
--# was changed for that block alone => gives 1 x 1
return json.decode('1') .. ' ' .. text.trim(' x ') .. ' ' .. stats.sum({1})
--# what a module keeps for a block before is gone => gives []
pcall(json.encode, {('x'):rep(1000), print}) return json.encode({})
--# an error in the middle leaves nothing => gives [1]
for i = 1, 1000 do pcall(json.encode, {1, {2, {3, print}}}) end return json.encode({1})
--# modules within what is loaded => gives 3
return load('return stats.sum({1, 2})')()
--# to call a module's function by a coroutine that is not there => fails there is no variable `coroutine`
return coroutine.wrap(json.decode)('1')
--# a sort whose order asks a module => gives 3
local t = {3, 1, 2} table.sort(t, function(a, b) return stats.max({a, b}) == b and a ~= b end) return t[3]
--# a module's function as a metamethod => gives [1]
return setmetatable({1}, {__call = json.encode})()
--# a module's function that closes => fails string expected, got table
do local x <close> = setmetatable({}, {__close = text.upper}) end return 1
