-- The module json: strict, exact, and the same text for the same value.
--# there and back => gives {"a":[1,2.5,"x",true,null],"b":{"c":"é\n"}}
return json.encode(json.decode('{"b": {"c": "\\u00e9\\n"}, "a": [1, 2.50, "x", true, null]}'))
--# tenths are exact => gives 0.3
local t = json.decode('[0.1, 0.2]') return t[1] + t[2]
--# whole numbers of 64 bits => gives 9223372036854775807
return tostring(json.decode('9223372036854775807'))
--# beyond them => fails json: the number 9223372036854775808 is too large
return json.decode('9223372036854775808')
--# many digits => fails json: the number 9999999999999999999999999999999999999999... is too large
return json.decode(('9'):rep(1000))
--# null in a list, and no member => gives yes nil
return json.decode('[null]')[1] == json.null and 'yes' .. ' ' .. tostring(json.decode('{"a":null}').a)
--# money and dates have their form => gives [{"amount":"10.00","currency":"USD"},"2024-10-04",86400]
return json.encode({price, day, span})
--# an empty table is a list => gives []
return json.encode({})
--# a comma too many => fails json.decode: not JSON at line 2, column 3
return json.decode('[1,\n2,]')
--# something behind it => fails json.decode:
return json.decode('1 2')
--# a name twice => fails json.decode:
return json.decode('{"a": 1, "a": 2}')
--# a text that is none => fails a text is not UTF-8, or holds a NUL
return json.encode('\xff')
--# a function => fails json.encode: a function has no form in JSON
return json.encode({print})
