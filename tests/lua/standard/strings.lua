-- Strings as in stock Lua: each line is said by both.
--# length, bytes, parts
say(#'a\0b', ('abc'):byte(1, -1)) say(('abcdef'):sub(2, 4), ('abc'):sub(-2), ('abc'):sub(0), ('abc'):sub(4), ('abc'):sub(-100, 100))
say(('abc'):sub(math.mininteger, math.maxinteger), ('abc'):sub(math.maxinteger), ('abc'):byte(100), string.char(), string.char(0, 255, 65):byte(1, -1))
say(pcall(string.char, 256)) say(pcall(string.char, -1)) say(pcall(string.byte)) say(pcall(string.sub, 'a'))
--# comparing
say('alo' < 'alo1', '' < 'a', 'a\0a' < 'a\0b', 'a\0a' > 'a', 'Z' < 'a', 'a' <= 'a', not ('b' <= 'a'), 'a' == 'a', '1' == 1)
--# find
say(('123456789'):find('345'), ('1234567890123456789'):find('345', 3), ('1234567890123456789'):find('345', 4), (''):find(''), (''):find('', 1), (''):find('', 2))
say(('alo123alo'):find('12', 1, true), ('a.b'):find('.', 1, true), ('a.b'):find('%.'), ('abc'):find('b', -1), ('abc'):find('', 10), ('abc'):find('', 4))
say(('abc\0efg'):find('%\0'), ('\0\0\0a\0'):find('a\0', 1, true), ('a+b'):find('a+b', 1, true), ('aaab'):find('a-b'), ('key = value'):find('(%w+)%s*=%s*(%w+)'))
--# match
say(('2026-12-25'):match('(%d+)-(%d+)-(%d+)'), ('  trim  '):match('^%s*(.-)%s*$'), ('hello'):match('()ll()'), ('[[x]]'):match('%[(%b[])%]'))
say(('THE (quick) fox'):find('%((%a+)%)'), ('f(a(b)c)d'):match('%b()'), ('abcabc'):match('(abc)%1'), ('THE quick'):match('%f[%l]%l+'), ('x'):match('^y'), ('x^y'):match('x^y'))
say(('aXb'):match('%u'), ('\t x'):match('%S'), ('0x1F'):match('%x+', 3), ('a-z'):match('[a%-z]+'), (']'):match('[]]'), ('^'):match('[%^]'), ('b'):match('[^a]'))
say(pcall(string.match, 'a', '(')) say(pcall(string.match, 'a', ')')) say(pcall(string.match, 'a', '%')) say(pcall(string.match, 'a', '[a')) say(pcall(string.match, 'a', '%b')) say(pcall(string.match, 'a', '%f')) say(pcall(string.match, 'a', '%2'))
--# gmatch
local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[#t + 1] = k .. v end say(table.concat(t, ' '))
t = {} for w in ('one two'):gmatch('%a+') do t[#t + 1] = w end say(table.concat(t, '|')) t = {} for p in ('abc'):gmatch('()') do t[#t + 1] = p end say(table.concat(t, ','))
t = {} for w in ('^a^a'):gmatch('^a') do t[#t + 1] = w end say(#t) t = {} for a in ('abcde'):gmatch('.', 3) do t[#t + 1] = a end say(table.concat(t))
--# gsub
say(('hello world'):gsub('o', '0')) say(('hello'):gsub('', '-')) say(('abc'):gsub('%w', '%0%0')) say(('abc def'):gsub('(%w+) (%w+)', '%2 %1')) say(('hello'):gsub('l', {l = 'L'})) say(('hello'):gsub('.', {h = 1, e = false}))
say(('abc'):gsub('.', function(c) return c:upper(), 1 end)) say(('abc'):gsub('b', function() end)) say(('abc'):gsub('%w', '%%')) say(('aaa'):gsub('a', 'b', 2)) say(('aaa'):gsub('a', 'b', 0)) say(('aaa'):gsub('a', 'b', -1)) say(('aaa'):gsub('^a', 'b'))
say(pcall(string.gsub, 'a', '.', '%2')) say(pcall(string.gsub, 'a', '.', '%x')) say(pcall(string.gsub, 'a', '.', function() return {} end)) say(pcall(string.gsub, 'a', '.', true))
--# format
say(('%d %5d|%-5d|%05d|%+d'):format(3, 3, 3, 3, 3), ('%x %X %#x %o'):format(255, 255, 255, 8), ('%c%c'):format(65, 66), ('%5.1f|%e|%g|%a'):format(3.14159, 1e10, 1e20, 1))
say(('%s %10s|%-10s|%.2s'):format('a', 'b', 'c', 'def'), ('%q'):format('a\n\0"\\\r'), ('%q'):format(1 / 3), ('%q'):format(math.mininteger), ('%i'):format(3.0), ('%s %s'):format(nil, true), ('%%'):format())
say(('%5s%s'):format(1, 2.5), ('%.3d'):format(5), ('%.20s'):format('x'), ('%-+ #0d'):format(3) ~= nil, ('%.14g'):format(0.1), ('%s'):format(setmetatable({}, {__tostring = function() return 'me' end})))
say(pcall(string.format, '%d', 3.5)) say(pcall(string.format, '%d', '3.5')) say(pcall(string.format, '%y', 1)) say(pcall(string.format, '%', 1)) say(pcall(string.format, '%d')) say(pcall(string.format, '%0123d', 1)) say(pcall(string.format, '%q', {}))
say(pcall(string.format, '%s', setmetatable({}, {__tostring = function() return 1 end}))) say(('%10.3s|'):format('abcdef'), ('%.0f'):format(0.5), ('%.99f'):format(1 / 3):len())
--# repeat, reverse, case
say(('ab'):rep(3), ('ab'):rep(3, ','), ('x'):rep(0), ('x'):rep(-1), (''):rep(10), ('x'):rep(1, ','), ('abc'):reverse(), (''):reverse(), ('aBc1'):upper(), ('aBc1'):lower())
--# tostring and tonumber
say(tostring(12), tostring(-0.0), tostring(1e15), tostring(1e100), tostring(2^53), tostring(nil), tostring(true), tostring(1 / 0), tostring(-1 / 0), tostring(3.0), tostring('x'))
say(tonumber('0x10'), tonumber('  12  '), tonumber('1e1'), tonumber('0x.8p1'), tonumber('1e'), tonumber(''), tonumber('1 2'), tonumber('10', 2), tonumber('zz', 36), tonumber('8', 8), tonumber('-ff', 16), tonumber('1' .. ('0'):rep(30)), tonumber('0x' .. ('f'):rep(20)))
say(pcall(tonumber)) say(pcall(tonumber, 10, 2)) say(pcall(tonumber, '10', 1)) say(pcall(tonumber, '10', 37)) say(tonumber({}), tonumber(nil), tonumber('nan'), tonumber('inf'), tonumber('1\0'))
--# numbers within texts
say('10' + 1, '0x10' * 2, '3' - '1', -'2', '10' // '3', '2' ^ '2', '1e1' + 0, 10 .. '', 1.5 .. 'x', -0.0 .. '') say(pcall(function() return 'a' + 1 end)) say(pcall(function() return {} .. 'x' end)) say('10' | 1, pcall(function() return '1.5' | 1 end))
--# pack and unpack
say(('>I4'):pack(1):byte(1, -1)) say(('<i2'):unpack(('<i2'):pack(-2))) say(('z'):unpack('abc\0def')) say(('s1'):unpack(('s1'):pack('hello'))) say(string.packsize('i4i8'), string.packsize('!8i1i8'), ('<d'):unpack(('<d'):pack(1.5))) say(pcall(string.pack, 'i17', 1)) say(pcall(string.unpack, 'i4', 'abc')) say(pcall(string.pack, 'i1', 200))
--# methods
say(('x'):len(), ('%d'):rep(2), #('x'):rep(10), ('abc').len('ab'), pcall(function() return ('x').nope end)) say(pcall(function() return ('x'):nope() end))
--# what format does not take
say(pcall(string.format, '%q', {})) say(pcall(string.format, '%d', {})) say(pcall(string.format, '%5.1f', print)) say(pcall(string.format, '%c', {})) say(pcall(string.format, '%s %s', {})) say(pcall(string.format, '%q', print)) say(string.format('%%s %s %%', 1)) say(pcall(string.format, '%10s', '\0')) say(pcall(string.format, '%5%', 1)) say(#string.format('%s', setmetatable({}, {__tostring = function() return 'abc' end})))
