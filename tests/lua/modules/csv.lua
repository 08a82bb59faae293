-- The module csv: rows by the names of the first line.
--# there and back => gives a,b/1,"x, y"/,"say ""hi"""/
local rows, names = csv.decode('a,b\n1,"x, y"\n,"say ""hi"""\n') return (csv.encode(rows, names):gsub('\n', '/'))
--# by semicolon => gives 2 y
local rows = csv.decode('a;b\nx;y\n') return #select(2, csv.decode('a;b\n')) .. ' ' .. rows[1].b
--# an empty cell alone in its line stays a row => gives 2
return #csv.decode(csv.encode({{a = 'x'}, {}}, {'a'}))
--# values print as they do => gives p,d/10.00,2024-10-04/
return (csv.encode({{p = price, d = day}}, {'p', 'd'}):gsub('\n', '/'))
--# a damaged row => fails csv.decode: line 3:
return csv.decode('a,b\n1,2\n1,2,3\n')
--# no names => fails the names of the columns are wanted, as a list
return csv.encode({}, {})
--# a row that is none => fails csv.encode: row 2 is no table
return csv.encode({{}, 1}, {'a'})
