-- utf8.
--# there and back
say(utf8.char(72, 228, 8364, 128512), utf8.len('Hä€😀'), utf8.codepoint('Hä€😀', 1, -1)) say(utf8.char(), utf8.char(0):byte(), utf8.charpattern, utf8.len(''), utf8.char(0x7fffffff):byte(1, -1))
--# where
say(utf8.offset('aä€b', 3), utf8.offset('aä€b', -1), utf8.offset('aä€b', 0, 3), utf8.offset('abc', 5), utf8.offset('abc', 4), utf8.offset('', 1), utf8.len('aä€b', 2), utf8.len('aä€b', 4), utf8.len('aä€b', -1), utf8.len('abc', 4))
say(pcall(utf8.offset, 'ä', 1, 2)) say(pcall(utf8.offset, 'a', 1, 5)) say(pcall(utf8.codepoint, 'a', 2)) say(pcall(utf8.len, 'abc', 6)) say(pcall(utf8.char, -1))
--# what is none
say(utf8.len('\xff')) say(utf8.len('ab\x80')) say(utf8.len('\xed\xa0\x80')) say(utf8.len('\xed\xa0\x80', 1, -1, true)) say(utf8.len('\xf4\x90\x80\x80')) say(utf8.len('\xc0\x80')) say(pcall(utf8.codepoint, '\xff')) say(pcall(function() for _ in utf8.codes('a\xff') do end end))
--# codes
for p, c in utf8.codes('aä€') do say(p, c) end for c in ('aä€'):gmatch(utf8.charpattern) do say(#c) end say('\u{48}\u{20ac}', #'\u{7fffffff}')
