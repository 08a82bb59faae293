-- Numbers, integers and floats, and math.
--# division and remainder
say(7 // 2, -7 // 2, 7 // -2, 7.0 // 2, 7 % 3, -7 % 3, 7 % -3, -7 % -3, 5.5 % 2, -5.5 % 2, 1 // 0.0, -1 // 0.0, 5 % math.huge, -5 % math.huge, math.mininteger // -1, math.mininteger % -1, 7 / 2, 2 ^ 0.5, 2 ^ -1) say(pcall(function() return 1 // 0 end)) say(pcall(function() return 1 % 0 end))
--# wrap
say(math.maxinteger + 1 == math.mininteger, math.mininteger - 1, math.maxinteger * 2, -math.mininteger, math.abs(math.mininteger), 1 << 63, 1 << 64, 1 << -1, -1 >> 1, ~0, 5 & 3, 5 | 3, 5 ~ 3, 2^53 | 0) say(pcall(function() return 1.5 | 0 end)) say(pcall(function() return 2^63 | 0 end)) say(pcall(function() return {} | 0 end))
--# kinds
say(math.type(1), math.type(1.0), math.type('1'), 1 == 1.0, math.tointeger(3.0), math.tointeger(3.5), math.tointeger('8'), math.tointeger({}), 1e308 * 10, -1e308 * 10, 0 / 0 ~= 0 / 0, 3 | 0, 3.0, 1e15, 123456789012345678) say(pcall(math.type))
--# comparing
say(1 < 1.5, math.maxinteger < math.huge, math.maxinteger + 0.0 == 2^63, math.maxinteger < 2^63, math.mininteger <= -2^63, 2^53 == 2^53 + 1, (2^53 | 0) + 1 > 2^53, 0 / 0 < 1, 1 < 0 / 0, -0.0 == 0.0) say(pcall(function() return 1 < 'x' end)) say(pcall(function() return {} < {} end)) say(pcall(function() return nil > 1 end))
--# rounding
say(math.floor(3.7), math.floor(-3.7), math.ceil(3.2), math.ceil(-3.2), math.floor(2^70), math.floor(5), math.modf(3.7)) say(math.modf(-3.7)) say(math.modf(math.huge)) say(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(5.5, 2)) say(pcall(math.fmod, 1, 0)) say(math.fmod(1, 0.0) ~= math.fmod(1, 0.0), pcall(math.floor, {}))
--# the rest of math
say(math.max(1, 2.5, -1), math.min(3, 1, 2), math.sqrt(16), math.exp(0), math.log(8, 2), math.log(100, 10), math.log(1), math.pi, math.huge, math.ult(1, -1), math.ult(-1, 1), math.abs(-5), math.abs(-0.0), math.sin(0), math.cos(0)) say(pcall(math.max)) say(pcall(math.sqrt, 'x'))
--# literals
say(0xff, 0xA.8p0, 1e2, .5, 3., 0x7fffffffffffffff, 0xffffffffffffffff, 9223372036854775807, 9223372036854775808, 1e-400, 0x1p-2, 100 // 1e0)
--# order of operators
say(2 ^ 3 ^ 2, -2 ^ 2, not nil == true, 1 .. 2 == '12', 2 * 3 + 4, 2 + 3 * 4, 'a' .. 'b' == 'ab' and 1 or 2, 1 << 2 + 1, #'abc' + 1, -3 % 5, 1 or error(), nil and error(), false == nil)
--# angles
for _, n in ipairs{'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'deg', 'rad'} do local t = {n} for _, x in ipairs{0, 0.5, -1, 1, 2, -0.0, math.pi, math.huge, '0.25'} do t[#t + 1] = ('%.12g'):format(math[n](x)) end say(table.concat(t, ' ')) end say(('%.12g'):format(math.atan(1, -1)), ('%.12g'):format(math.atan(0, -1)), pcall(math.atan, {}), pcall(math.deg)) say(math.deg(math.pi), math.rad(180) == math.pi)
--# what is in math
for n in ('abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf pi rad random sin sqrt tan tointeger type ult'):gmatch('%a+') do say(n, type(math[n])) end
--# chance that cannot be
say(pcall(math.random, 0, -1)) say(pcall(math.random, -5)) say(pcall(math.random, 1, 2, 3)) say(pcall(math.random, {})) say(pcall(math.random, 1.5)) say(pcall(math.random, 1, 'x')) say(math.random(3, 3), math.type(math.random(0)), math.type(math.random()), math.random(math.maxinteger, math.maxinteger))
