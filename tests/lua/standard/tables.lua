-- Tables, sorting, and walking through them.
--# insert and remove
local t = {1, 2, 3} table.insert(t, 4) table.insert(t, 1, 0) table.insert(t, 6, 5) say(table.concat(t, ',')) say(table.remove(t), table.remove(t, 1), table.remove(t, 2), table.concat(t, ','), table.remove({}), #t)
say(pcall(table.insert, {}, 5, 1)) say(pcall(table.insert, {}, 1, 2, 3)) say(pcall(table.insert, {})) say(pcall(table.insert, 1, 2)) say(pcall(table.remove, {1, 2, 3}, 7)) say(table.remove({1, 2, 3}, 4), table.remove({}, 0), table.remove({n = 1, [0] = 'z'}, 0))
--# concat
say(table.concat({}), table.concat({1, 2.5, 'x'}, '-'), table.concat({1, 2, 3}, ',', 2), table.concat({1, 2, 3}, ',', 2, 2), table.concat({1, 2, 3}, ',', 3, 2)) say(pcall(table.concat, {1, {}, 3})) say(pcall(table.concat, {1}, ',', 1, 2)) say(table.concat({[math.maxinteger] = 'end'}, 'x', math.maxinteger, math.maxinteger))
--# pack, unpack, move
say(table.pack(1, nil, 3).n, table.unpack({1, 2, 3}, 2)) say(table.unpack({1, 2}, 1, 3)) say(table.unpack({}, 5, 4)) say(select('#', table.unpack({}, 1, 0)), table.concat(table.move({1, 2, 3}, 2, 3, 1), ','), table.concat(table.move({1, 2, 3}, 1, 3, 2), ','), table.concat(table.move({1, 2}, 1, 2, 3, {9, 9}), ','))
say(table.unpack({}, math.maxinteger, math.maxinteger)) say(select('#', table.move({}, 1, 0, 5)))
--# sort
local function sorted(t, f) table.sort(t, f) return table.concat(t, ' ') end
say(sorted{3, 1, 2}, sorted{}, sorted{1}, sorted({3, 1, 2}, function(a, b) return a > b end), sorted{'b', 'a', 'C'}, sorted{2, 1.5, -1}) local t = {} for i = 1, 500 do t[i] = i * 7919 % 1009 end table.sort(t) local ok = true for i = 2, 500 do ok = ok and t[i - 1] <= t[i] end say(ok)
say(pcall(table.sort, {1, 'x'})) say(pcall(table.sort, {{}, {}})) say(pcall(table.sort, {1, 2}, 1)) say(pcall(table.sort, {3, 1, 2}, function() error('no', 0) end))
--# lengths and borders
say(#{}, #{1, 2, 3}, #{n = 1}, #{[1] = 1, [2] = 2}, rawlen({1, 2}), rawlen('abc')) say(pcall(rawlen, 1)) local t = setmetatable({}, {__len = function() return 42 end}) say(#t, rawlen(t))
--# next, pairs, ipairs
local n, sum = 0, 0 for k, v in pairs({10, 20, x = 30}) do n = n + 1 sum = sum + v end say(n, sum) for i, v in ipairs({1, 2, nil, 4}) do say(i, v) end say(next({}), next({7}), type(next), rawequal(next, next)) say(pcall(next, {}, 'nokey')) say(pcall(ipairs)) say(pcall(pairs, nil))
for i, v in ipairs(setmetatable({}, {__index = function(_, i) if i < 4 then return i * 10 end end})) do say(i, v) end for k, v in pairs(setmetatable({}, {__pairs = function() return function(_, k) if not k then return 1, 2 end end end})) do say(k, v) end
local t = {} for i = 1, 10 do t[i] = i end for k in pairs(t) do t[k] = nil end say(next(t))
--# keys
local t = {} t[1.0] = 'a' t[2^53] = 'b' say(t[1], t[2^53 | 0], next({[3.0] = 1})) say(pcall(function() t[nil] = 1 end)) say(pcall(function() t[0 / 0] = 1 end)) say(t[nil], t[0 / 0]) t['x\0'] = 1 say(t['x'], t['x\0'])
--# numeric for
for i = 1, 3 do say(i) end for i = 3, 1, -1 do say(i) end for i = 1, 0 do say('never') end for i = 1.0, 2, 0.5 do say(i) end for i = math.maxinteger - 1, math.maxinteger do say(i) end for i = math.mininteger, math.mininteger + 1 do say(i) end for i = 1, math.huge do if i > 2 then break end say(i) end for i = 1, 0.5 do say('never') end
say(pcall(function() for i = 1, 10, 0 do end end)) say(pcall(function() for i = 'a', 10 do end end)) say(pcall(function() for i = 1, {} do end end))
--# tables that tell their length
local function long(n, more) local t = {} for k, v in pairs(more or {}) do t[k] = v end t.__len = function() return n end return setmetatable({5, 3, 9, 1}, t) end local function all(t) return table.concat({rawget(t, 1) or '-', rawget(t, 2) or '-', rawget(t, 3) or '-', rawget(t, 4) or '-', rawget(t, 5) or '-'}, ' ') end
local t = long(3) table.insert(t, 7) say(all(t)) t = long(2) table.insert(t, 1, 8) say(all(t)) say(table.remove(long(3)), table.remove(long(2), 1), table.remove(long(0)), table.remove(long(4), 5)) t = long(3) table.sort(t) say(all(t)) say(table.concat(long(2), ','), table.unpack(long(3))) say(table.unpack(long(2), 2, 4)) say(table.concat(long(0)), select('#', table.unpack(long(-4))))
say(pcall(table.insert, long('x'), 1)) say(pcall(table.concat, long(2.5))) say(pcall(table.insert, long(2), 9, 1)) say(pcall(table.insert, long(2), 0, 1)) say(pcall(table.remove, long(2), 7)) say(pcall(table.insert, long(2), 1, 2, 3)) say(pcall(table.insert, long(2), 'x', 3)) say(pcall(table.concat, long(5))) say(pcall(table.sort, long(5))) say(pcall(table.sort, long(math.maxinteger))) say(pcall(table.unpack, long(math.maxinteger))) say(pcall(table.insert, long(print), 1)) table.sort(long(-1), error)
t = setmetatable({}, {__len = function() return math.maxinteger end}) table.insert(t, 'wraps') say(next(t)) t = long('3') say(pcall(table.unpack, t)) t = long(3.0) say(table.unpack(t))
--# tables behind tables
local log, behind = {}, {4, 2, 3} local t = setmetatable({}, {__len = function() return #behind end, __index = function(t, k) log[#log + 1] = 'get ' .. k return behind[k] end, __newindex = function(t, k, v) log[#log + 1] = 'set ' .. k behind[k] = v end})
table.insert(t, 1) table.insert(t, 2, 9) say(table.concat(behind, ' '), table.concat(log, ', ')) log = {} say(table.remove(t, 1), table.remove(t), table.concat(t, '-'), table.concat(log, ', ')) log = {} table.sort(t) say(table.unpack(t)) say(table.concat(log, ', '), next(t)) table.sort(t, function(a, b) return a > b end) say(table.concat(behind, ' '))
local calls = 0 say(table.concat(setmetatable({1, 2, 3}, {__len = function() calls = calls + 1 return 2 end})), calls) say(pcall(table.insert, t, 1, 2, 3)) say(pcall(table.sort, setmetatable({3, 1, 2}, {__newindex = error, __len = function() return 4 end})))
local base = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) table.insert(base, 1) table.insert(base, 2) table.insert(base, 1, 3) say(table.concat(base, ' '), table.remove(base, 1), table.remove(base), #base)
--# move, and who stands behind
local log = {} local function watched(t) return setmetatable({}, {__index = function(_, k) log[#log + 1] = 'get ' .. k return t[k] end, __newindex = function(_, k, v) log[#log + 1] = 'set ' .. k t[k] = v end}) end
local a, b = {1, 2, 3}, {} local x, y = watched(a), watched(b) say(table.move(x, 1, 3, 2, y) == y, b[1], b[2], b[4], table.move(x, 1, 3, 2) == x, table.concat(a, ' '), table.move(x, 2, 4, 1, x) == x, table.concat(a, ' '), table.concat(log, ', ')) log = {} local z = {} say(table.move(x, 1, 2, 1, z) == z, table.concat(z, ' '), table.concat(log, ', '))
say(pcall(table.move, {}, 1, math.maxinteger, 2)) say(pcall(table.move, {}, 0, math.maxinteger, 1)) say(pcall(table.move, {}, math.mininteger, -2, 2)) say(pcall(table.move, 1, 1, 2, 3)) say(pcall(table.move, {}, 1, 2)) say(pcall(table.move, {}, 1, 2, 3, 4)) say(pcall(table.move, watched{}, 1, math.maxinteger, 2)) say(table.unpack(setmetatable({1, 2}, {__newindex = {}})))
say(pcall(table.move, setmetatable({}, {__index = function(_, k) return k end, __newindex = function(_, k, v) error(k .. ' ' .. v, 0) end}), 1, math.maxinteger, 0))
