-- Calls, closures, errors, goto, metatables, and what a block is made of.
--# arguments and results
local function f(...) return select('#', ...), ... end say(f()) say(f(nil, nil)) say((f(1, 2))) say(select(2, 'a', 'b', 'c')) say(select(-1, 'a', 'b')) say(pcall(select, 0)) say(pcall(select, -5, 1)) local function g(a, b, ...) return a, b, ... end say(g(1)) say({g(1, 2, 3)}, #{f(1, 2)}, (select('#', f())))
local t = {f(1), f(2)} say(#t) local a, b, c = (function() return 1, 2 end)() say(a, b, c)
--# recursion and tail calls
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end say(fact(20)) local function loop(n) if n == 0 then return 'done' end return loop(n - 1) end say(loop(20000)) say((function(n) local function even(n) if n == 0 then return true end return (function(m) return not even(m) end)(n - 1) end return even(n) end)(10))
--# closures
local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end end say(fs[1](), fs[1](), fs[2]()) local function counter() local n = 0 return function() n = n + 1 return n end, function() n = 0 end end local up, reset = counter() up() up() say(up()) reset() say(up()) local x = 1 do local x = 2 say(x) end say(x)
--# goto
do local i = 1 ::top:: if i <= 3 then say(i) i = i + 1 goto top end end for i = 1, 3 do for j = 1, 3 do if j == 2 then goto continue end say(i, j) ::continue:: end end do goto done say('never') ::done:: end say(load('goto nowhere')) say(load('::a:: ::a::')) say(load('do ::a:: end goto a')) say(load('goto l; local x; ::l:: print(x)')) say(load('break'))
--# constant and closed variables
local order = {} do local a <close> = setmetatable({}, {__close = function(_, e) order[#order + 1] = 'a' .. tostring(e) end}) local b <close> = setmetatable({}, {__close = function() order[#order + 1] = 'b' end}) local c <const> = 5 end say(table.concat(order, ' ')) say(load('local x <const> = 1 x = 2')) say(load('local x <foo> = 1')) say(pcall(function() local x <close> = {} end)) say(pcall(function() local x <close> = setmetatable({}, {__close = function(_, e) error('closing ' .. e, 0) end}) error('first', 0) end)) do local x <close> = nil local y <close> = false end
--# errors
say(pcall(error, 'msg', 0)) say(pcall(error, {1})) say(pcall(error)) say(pcall(error, nil)) say(pcall(function() error('x') end)) say(pcall(function() error('x', 2) end)) say(pcall(function() local a a.b = 1 end)) say(pcall(function() return nil + 1 end)) say(pcall(function() return #5 end)) say(pcall(function() return -{} end)) say(pcall(function() local t = {} t.x.y = 1 end)) say(pcall(function() return ('x')() end)) say(pcall(function() local t = {} t:nope() end)) say(pcall(nil)) say(pcall(assert, false)) say(pcall(assert, nil, 'why')) say(pcall(assert, false, {})) say(assert(1, 2, 3)) say(pcall(assert))
say(xpcall(function() error('x', 0) end, function(m) return m .. '!' end)) say(xpcall(function(...) return ... end, print, 1, 2)) say(pcall(xpcall)) say(xpcall(error, function(m) return type(m) end, {})) say(pcall(pcall)) say(pcall(pcall, error, 1)) say(select('#', pcall(function() end)))
say(xpcall(error, error)) say(xpcall(error, function() error('x', 0) end, 'y')) say(xpcall(error, function() local t t.x = 1 end)) say(xpcall(error, function(m) if m == 'y' then error('z', 0) end return m .. '!' end, 'y', 0)) do local n = 0 say(xpcall(error, function(m) n = n + 1 if n < 100 then error(n, 0) end return m end, 'y', 0)) end
--# messages name what is wrong
say(pcall(function() local aaa = {} return aaa.bbb.ccc end)) say(pcall(function() local s = 'x' return s.y.z end)) say(pcall(function() return 1 < {} end)) say(pcall(function() return 'a' < 1 end)) say(pcall(function() return 2 .. {} end)) say(pcall(function() local up = {} return (function() return up.x.y end)() end)) say(pcall(string.rep)) say(pcall(setmetatable, 1, {})) say(pcall(math.floor, 'x')) say(pcall(function() return 1.5 // 0 | 1 end)) say(pcall(function() return math.huge | 1 end))
--# what cannot be read
say(load('x =')) say(load('x = }')) say(load('for')) say(load("x = 'abc")) say(load('x = [[abc')) say(load('--[[ x')) say(load('x = 1e')) say(load("x = '\\xZZ'")) say(load("x = '\\400'")) say(load("x = '\\u{110000000}'")) say(load('x = 3x')) say(load('return ...')) say(load('local function f() return ... end')) say(load('x y')) say(load('a.b:c = 1')) say(load('f() = 1')) say(load('return 1,')) say(load('if x then else elseif y then end'))
--# load
say(load('return 1 + 1')()) say(load('local a, b = ... return b, a')(1, 2)) say(load('return load("return 7")()')()) say(pcall(load('error("in", 0)'))) say(pcall(load, 1)) say(load('', 'name') ~= nil) say(load('return function(x) return x * 2 end')()(21)) say(load('return 1', 'x', 't')()) say(load(('x = 1 '):rep(1000)) ~= nil)
--# index and newindex
local log = {} local t = setmetatable({}, {__index = function(t, k) return k .. '?' end, __newindex = function(t, k, v) rawset(t, k, v .. '!') end}) t.a = 'x' say(t.a, t.b, rawget(t, 'b')) t.a = 'y' say(t.a) local base = {hello = 'hi'} local derived = setmetatable({}, {__index = base}) say(derived.hello, derived.bye) local other = {} setmetatable(derived, {__newindex = other}) derived.z = 1 say(rawget(derived, 'z'), other.z)
--# operators of one's own
local mt = {} for _, op in ipairs{'add', 'sub', 'mul', 'div', 'mod', 'pow', 'idiv', 'band', 'bor', 'bxor', 'shl', 'shr', 'concat'} do mt['__' .. op] = function(a, b) return op .. ':' .. type(a) .. type(b) end end mt.__unm = function() return 'unm' end mt.__bnot = function() return 'bnot' end mt.__len = function() return 'len' end mt.__call = function(self, ...) return 'call', ... end
local o = setmetatable({}, mt) say(o + 1, 1 - o, o * o, o / 1, o % 1, o ^ 1, o // 1, o & 1, 1 | o, o ~ o, o << 1, 1 >> o, o .. 'x', 'x' .. o, -o, ~o, #o, o(1, 2))
local cmp = {__eq = function(a, b) return a.v == b.v end, __lt = function(a, b) return a.v < b.v end, __le = function(a, b) return a.v <= b.v end} local function n(v) return setmetatable({v = v}, cmp) end say(n(1) == n(1), n(1) ~= n(2), n(1) < n(2), n(2) <= n(1), n(2) > n(1), n(1) == 1, rawequal(n(1), n(1))) say(pcall(function() return n(1) < 1 end))
--# metatables
say(getmetatable({}), getmetatable(setmetatable({}, {__metatable = 'locked'})), pcall(setmetatable, setmetatable({}, {__metatable = 1}), {})) say(tostring(setmetatable({}, {__tostring = function() return 'T' end})), pcall(tostring, setmetatable({}, {__tostring = function() return {} end}))) local t = setmetatable({}, {__name = 'My'}) say(pcall(function() return t + 1 end)) say(setmetatable({}, nil) ~= nil, pcall(setmetatable, {}, 1))
local t = setmetatable({}, {__index = setmetatable({}, {__index = {deep = 'yes'}})}) say(t.deep) local c = {} c = setmetatable(c, {__index = c}) say(pcall(function() return c.x end)) local d = setmetatable({}, {__call = setmetatable({}, {__call = function(_, ...) return select('#', ...) end})}) say(d(1, 2))
--# loops
local i = 0 while true do i = i + 1 if i == 5 then break end end say(i) repeat local done = i > 7 i = i + 1 until done say(i) for k, v in next, {5} do say(k, v) end for a, b, c in function(s, c) if c < 3 then return c + 1, s end end, 's', 0 do say(a, b, c) end do local x <close> = nil for k in pairs{} do end end local t = {} for a in (function() local n = 0 return function() n = n + 1 return n < 3 and n or nil end end)() do t[#t + 1] = a end say(#t)
--# assignments
local a, b = 1, 2 a, b = b, a say(a, b) local i, t = 1, {} i, t[i] = i + 1, 20 say(i, t[1], t[2]) local x, y, z = 1 say(x, y, z) local p, q = (function() return 1, 2, 3 end)() say(p, q) local t = {f = function(self, x) return self.v + x end, v = 10} say(t:f(5), t.f({v = 1}, 2)) local s = [[
line]] say(s, '\z
   joined', '\65\066\x41\u{41}', 'a\
b')
--# what is caught says where
local function where(f, ...) say(select(2, pcall(f, ...))) end
where(function() return table.concat({{}}) end) where(function() return ('x'):rep({}) end) where(function() return ('%d'):format('x') end) where(function() return string.format('%d', 1.5) end)
where(function() return ('x'):find('[') end) where(function() return ('x'):gsub('x', '%9') end) where(function() return table.sort({1, 'x', 2}) end) where(function() return table.insert({}, 5, 1) end) where(function() return table.unpack({}, 1, 1e7) end)
where(function() return math.floor({}) end) where(function() return tonumber('z', 99) end) where(function() return utf8.len('x', 9) end) where(function() return 'a' + 1 end) where(function() return {} * '2' end) where(function() return string.pack('i99', 1) end)
local t = {floor = math.floor} where(function() return t.floor('x') end) where(function() local f = string.rep return f() end)
