-- The module stats: exact, and with the definitions of a metric.
--# whole numbers => gives 6 2 2 1 3
local l = {1, 3, 2} return text.join({stats.sum(l), stats.mean(l), stats.median(l), stats.min(l), stats.max(l)}, ' ')
--# tenths add up exactly => gives 0.3 true
return text.join({stats.sum({0.1, 0.2}), stats.sum({0.1, 0.2}) == stats.sum({0.15, 0.15})}, ' ')
--# beyond 64 bits on the way => gives 9223372036854775807
return tostring(stats.mean({math.maxinteger, math.maxinteger, math.maxinteger}))
--# a sum beyond 64 bits is a float => gives float
return math.type(stats.sum({math.maxinteger, math.maxinteger}))
--# what has no exact form is a float => gives 0.5
return stats.mean({1 / 3, 2 / 3})
--# a float among exact ones => gives yes
return stats.sum({1, 2.5, 1 / 3}) == 1 + 2.5 + 1 / 3
--# nothing => gives 0 nil nil nil nil nil nil 0
local t = {stats.sum({})} for i, f in ipairs({'mean', 'median', 'min', 'max', 'stdev'}) do t[i + 1] = tostring(stats[f]({})) end
t[7] = tostring(stats.percentile({}, 90)) t[8] = stats.count({}) return table.concat(t, ' ')
--# money stays money => gives 15.00 USD 5.00 5.00
local l = {price, price / 2, price * 0} local s = stats.sum(l) return text.join({s, s.currency, stats.mean(l), stats.median(l)}, ' ')
--# half to even at the end => gives 3.333333 6.666667
return text.join({stats.mean({price, price * 0, price * 0}), stats.mean({price, price, price * 0})}, ' ')
--# two currencies => fails the list holds a money and a money, or amounts of two currencies
return stats.sum({price, euros})
--# nothing of another currency is nothing => gives 10.00 EUR
local s = stats.sum({price * 0, euros, price * 0}) return s .. ' ' .. s.currency
--# money and numbers => fails the list holds a money and a number
return stats.sum({price, 1})
--# numbers and money => fails the list holds a number and a money
return stats.max({1, price})
--# durations => gives 2 d
local s = stats.sum({span, span / 2, span / 2}) return s == span * 2 and '2 d' or tostring(s)
--# dates have an order, and no sum => gives 2024-10-04 2024-10-05
return stats.min({day + span, day}) .. ' ' .. stats.max({day, day + span})
--# dates cannot be added => fails which cannot be added up
return stats.sum({day})
--# texts => fails element 2 of the list is no number, money, percent, duration, date or time
return stats.sum({1, '2'})
--# no list => fails bad argument #1 to 'sum' (table expected, got number)
return stats.sum(1)
--# no number at all => fails element 1 of the list is no finite number
return stats.sum({0 / 0})
--# without an end => fails element 2 of the list is no finite number
return stats.mean({1, math.huge})
--# the middle of an even number => gives 2.5
return stats.median({4, 1, 3, 2})
--# nearest rank => gives 9 10 1 1 5
local l = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1}
return text.join({stats.percentile(l, 90), stats.percentile(l, 100), stats.percentile(l, 0), stats.percentile(l, 10), stats.percentile(l, 50)}, ' ')
--# a rank between => gives 4 3
return text.join({stats.percentile({1, 2, 3, 4}, 75.1), stats.percentile({1, 2, 3, 4}, 75)}, ' ')
--# percentile beyond => fails bad argument #2 to 'percentile' (it lies outside of 0 to 100)
return stats.percentile({1}, 100.5)
--# percentile of nothing said => fails bad argument #2 to 'percentile' (a number from 0 to 100 is wanted, or a percent)
return stats.percentile({1})
--# the deviation of a sample => gives 2.13809
return stats.stdev({2, 4, 4, 4, 5, 5, 7, 9})
--# one has no deviation => gives nil
return tostring(stats.stdev({2}))
--# deviation of money => gives 7.071068
return stats.stdev({price, price * 2})
--# deviation of floats => gives yes
return math.abs(stats.stdev({1 / 3, 2 / 3}) - 0.23570226039551587) < 1e-15
--# counting => gives 3 2 1 0
local l = {'a', 'b', 'a'} return text.join({stats.count(l), stats.count(l, 'a'), stats.count({price, euros}, price), stats.count(l, {})}, ' ')
--# a histogram => gives 1: <5 2: 5-10 3: 10-
local s = '' for _, r in ipairs(stats.histogram({1, 5, 9, 10, 11, 20}, {5, 10})) do
s = s .. ' ' .. r.count .. ': ' .. (r.from or '<') .. (r.from and '-' or '') .. (r.to or '') end return s:sub(2)
--# of money => gives 1 1
local rows = stats.histogram({price, price * 2}, {price * 2}) return rows[1].count .. ' ' .. rows[2].count
--# of nothing => gives 0 0
local rows = stats.histogram({}, {1}) return rows[1].count .. ' ' .. rows[2].count
--# exact bounds for floats => gives 1 1
local rows = stats.histogram({1 / 3, 2 / 3}, {0.5}) return rows[1].count .. ' ' .. rows[2].count
--# bounds that do not rise => fails each bound must be larger than the one before it
return stats.histogram({1}, {2, 2})
--# bounds of another kind => fails the bounds are of another kind than the values
return stats.histogram({1}, {price})
--# a list is left as it was => gives 3 1 2
local l = {3, 1, 2} stats.median(l) return table.concat(l, ' ')
