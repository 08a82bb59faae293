-- The module text: characters, not bytes, and plain text, not patterns.
--# white space of any kind goes from both ends, and stays within => gives [a b]
return '[' .. text.trim('\u{a0}\u{3000}\t a b\r\n ') .. ']'
--# nothing to trim => gives [][]
return '[' .. text.trim('') .. '][' .. text.trim(' \n') .. ']'
--# words => gives a|b|c 0
return table.concat(text.split('  a b\n\tc '), '|') .. ' ' .. #text.split('  ')
--# at a separator nothing is lost => gives a|| b|
return table.concat(text.split('a,, b,', ','), '|')
--# at a longer one, which is no pattern => gives 1 2
local t = text.split('1.+2', '.+') return t[1] .. ' ' .. t[2]
--# nothing between separators is a part => gives 1 1
return #text.split('', ',') .. ' ' .. #text.split('abc', ',')
--# an empty separator => fails bad argument #2 to 'split' (an empty text separates nothing)
return text.split('abc', '')
--# lines end in one way or the other => gives a|b||c 0 1
return table.concat(text.lines('a\r\nb\n\nc'), '|') .. ' ' .. #text.lines('') .. ' ' .. #text.lines('\n')
--# join takes what has a text => gives 1, x, 10.00, true
return text.join({1, 'x', price, true}, ', ')
--# join of nothing => gives []
return '[' .. text.join({}) .. ']'
--# join of a table => fails element 2 is a table, and no text
return text.join({'a', {}})
--# join of null => fails element 1 is a userdata, and no text
return text.join({json.null})
--# capitals => gives ÄÖÜ É äöü é
return text.upper('äöü é') .. ' ' .. text.lower('ÄÖÜ É')
--# length and columns => gives 2 4 1 1
return text.length('日本') .. ' ' .. text.width('日本') .. ' ' .. text.width('e\u{301}') .. ' ' .. text.length('é')
--# contains is plain => gives true false true
return tostring(text.contains('a.b', '.')) .. ' ' .. tostring(text.contains('ab', '.')) .. ' ' .. tostring(text.contains('a', ''))
--# begin and end => gives true false true false
return table.concat({tostring(text.starts_with('abc', 'ab')), tostring(text.starts_with('a', 'ab')), tostring(text.ends_with('abc', 'bc')), tostring(text.ends_with('abc', 'b'))}, ' ')
--# replace is plain => gives a-b-c 1
return text.replace('a%1b%1c', '%1', '-') .. ' ' .. select('#', text.replace('', 'a', 'b'))
--# replace goes from the left => gives ba
return text.replace('aaa', 'aa', 'b')
--# replace nothing => fails bad argument #2 to 'replace' (an empty text is everywhere)
return text.replace('abc', '', 'x')
--# pad by columns => gives [日  ][  日][ x ][abc]
return '[' .. text.pad('日', 4) .. '][' .. text.pad('日', 4, 'right') .. '][' .. text.pad('x', 3, 'centre') .. '][' .. text.pad('abc', 2) .. ']'
--# pad a number of ours => gives [  2.5]
return '[' .. text.pad(total * 5 / 6, 5, 'right') .. ']'
--# pad to a side that is none => fails bad argument #3 to 'pad' (invalid option 'middle')
return text.pad('x', 3, 'middle')
--# cut within columns => gives [abc][ab…][日…][…]
return '[' .. text.cut('abc', 3) .. '][' .. text.cut('abcd', 3) .. '][' .. text.cut('日本語', 4) .. '][' .. text.cut('日本', 1) .. ']'
--# slug => gives creme-brulee-3-strasse [] привет-мир
return text.slug('Crème  brûlée, 3 Straße!') .. ' [' .. text.slug('!?') .. '] ' .. text.slug('Привет, мир')
--# similar => gives 1 0 0.6 0.833333
return text.similar('', '') .. ' ' .. text.similar('abc', 'xyz') .. ' ' .. text.similar('Meyer', 'Maier') .. ' ' .. tostring(text.similar('abcdef', 'abcdex'))
--# a text that is none => fails bad argument #1 to 'trim' (string expected, got table)
return text.trim({})
--# bytes that are no text => fails bad argument #1 to 'upper' (it is not UTF-8, or holds a NUL)
return text.upper('\xff')
--# what a block does to the module stays with it => gives nil
text.mine = 1 text.trim = nil return tostring(text.trim)
