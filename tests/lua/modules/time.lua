-- The module time: it is Thursday, 2026-11-26 09:00 UTC; Office (Vienna) counts, there is Night (Tokyo), too.
--# now is the block's instant => gives 2026-11-26T09:00:00Z yes
return text.join({time.now(), time.now() == time.now() and 'yes' or 'no'}, ' ')
--# today, and elsewhere => gives 2026-11-26 2026-11-26
return text.join({time.today(), time.today('Night')}, ' ')
--# a day begins elsewhere => gives 2026-11-26 2026-11-27
local m = time.moment('2026-11-26T20:00:00Z') return text.join({time.date(m), time.date(m, 'Night')}, ' ')
--# dates => gives 2026-12-25 2026-12-25 2026 12 25
local d = time.date(2026, 12, 25) return text.join({d, time.date('2026-12-25'), d.year, d.month, d.day}, ' ')
--# no such day => fails there is no such day: 2026-2-30
return time.date(2026, 2, 30)
--# a day beyond all calendars => fails there is no such day: 9223372036854775807-1-1
return time.date(math.maxinteger, 1, 1)
--# a date that is none => fails bad argument #1 to 'date' (a date is written like "2026-12-25")
return time.date('25.12.2026')
--# times => gives 09:30 09:30:15 18:00 9 30 15.5
local t = time.of_day('09:30:15.5')
return text.join({time.of_day(9, 30), time.of_day('09:30:15'), time.of_day(time.now(), 'Night'), t.hour, t.minute, t.second}, ' ')
--# a time of a time => fails bad argument #1 to 'of_day' (moment expected, got time)
return time.of_day(time.of_day(9, 30))
--# moments by the calendar's clock => gives 2026-12-25T08:30:00Z 2026-12-25T00:30:00Z 2026-12-25T09:30:00Z
return text.join({time.moment('2026-12-25T09:30'), time.moment(time.date(2026, 12, 25), time.of_day(9, 30), 'Night'), time.moment('2026-12-25T09:30Z')}, ' ')
--# a gap in spring is the next moment there is => gives 2026-03-29T01:00:00Z
return time.moment('2026-03-29T02:30')
--# weekdays => gives thursday friday
return time.weekday(time.now()) .. ' ' .. time.weekday(time.moment('2026-11-26T20:00Z'), 'Night')
--# spans are the language's => gives yes yes yes
local yes = function(b) return b and 'yes' or 'no' end
return yes(time.span(1, 'day') == span) .. ' ' .. yes(time.span(1.5, 'hours') == time.span(90, 'minutes')) .. ' ' .. yes(time.span(1, 'year') == time.span(12, 'months'))
--# business days over Christmas => gives 2026-12-29 2026-12-22
local d = time.date(2026, 12, 23) return text.join({d + time.span(2, 'business days'), d - time.span(1, 'business day')}, ' ')
--# a business day later at the same time => gives 2026-11-27T09:00:00Z
return time.now() + time.span(1, 'business day')
--# business hours => gives 2026-11-26T15:00:00Z 2026-11-27T07:00:00Z
return text.join({time.now() + time.span(5, 'business hours'), time.next_open(time.now() + time.span(6, 'business hours') + time.span(1, 'minute'))}, ' ')
--# months keep the day, or take the last => gives 2026-02-28
return time.date(2026, 1, 31) + time.span(1, 'month')
--# half a month => fails bad argument #1 to 'span' (months, years and business days are whole)
return time.span(0.5, 'months')
--# a unit that is none => fails bad argument #2 to 'span' (a unit is wanted: seconds,
return time.span(1, 'moon')
--# a span too long => fails bad argument #1 to 'span' (it is too large)
return time.span(9e12, 'years') + time.span(9000000000000, 'weeks')
--# no number of days => fails bad argument #1 to 'span' (number expected, got string)
return time.span('3', 'days')
--# two calendars stay apart => fails real time, months and each calendar's business time stay apart
return time.span(1, 'business day') + time.span(1, 'business day', 'Night')
--# days between, open days between, open time between => gives 11 7 -7 1 d
local a, b = time.date(2026, 12, 20), time.date(2026, 12, 31)
local open = time.business_time(time.now(), time.now() + time.span(1, 'day'))
return text.join({time.days_between(a, b), time.business_days(a, b), time.business_days(b, a), open == time.span(8, 'hours') and '1 d' or open}, ' ')
--# open? => gives true false false true
local t = {time.is_open(time.now()), time.is_open(time.date(2026, 12, 25)), time.is_open(time.moment('2026-11-26T12:30')), time.is_open(time.moment('2026-11-26T15:00Z'), 'Night')}
for i, v in ipairs(t) do t[i] = tostring(v) end return table.concat(t, ' ')
--# the next that is open => gives 2026-12-28 2026-12-28T07:00:00Z 2026-11-26T09:00:00Z
return text.join({time.next_open(time.date(2026, 12, 25)), time.next_open(time.moment('2026-12-23T17:00')), time.next_open(time.now())}, ' ')
--# a calendar that is none => fails there is no calendar `Ofice`: did you mean Office?
return time.today('Ofice')
--# by example => gives 26.11.2026 10:00 2026-12-24T17:00:00Z 1.234,50 1234.5
return text.join({time.format(time.now(), '31.12.2017 23:59'), time.parse('24.12.2026 18:00', '31.12.2017 23:59'), time.format(1234.5, '1.234,56'), time.parse('1.234,5', '1.234,56')}, ' ')
--# by an example that is none => fails "huh" is no example that can be understood
return time.parse('x', 'huh')
--# what is not so => fails wanted something like "31.12.2017", found "x"
return time.parse('x', '31.12.2017')
--# a table is no value => fails wanted a date, found record
return time.days_between({a = 1}, day)
--# to the end of all days => fails the calendar Office has no open day for so long
return time.date(9999, 12, 30) + time.span(100, 'business days')
--# millions of business days => fails the calendar Office has no open day for so long
return time.date(2026, 1, 1) + time.span(9000000000000, 'business days')
--# millions of business hours => fails the calendar Office is not open for so long
return time.now() + time.span(2000000000, 'business hours')
--# all the open time there is => gives yes
return time.business_time(time.moment('0001-01-02T00:00Z'), time.moment('9999-12-30T00:00Z')) > time.span(1, 'day') and 'yes'
