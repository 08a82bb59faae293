/* recurrence.c -- tests of `every ...`: each form by hand, the clock's changes, closed days, and
 * that it does not matter from where one asks. */
#include "base/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the headers above, which it needs; its fail is a macro, ours a function */
#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
enum { MON = 1, TUE = 2, WED = 4, THU = 8, FRI = 16, SAT = 32, SUN = 64, WEEK = 31, ALL = 127 };

static const Zone *zone(const char *name)
{
    Error err;
    const Zone *z = zone_find(name, &err);
    if (!z) fail_msg("%s", err.text);
    return z;
}

static int64_t date(const char *text)
{
    int64_t d;
    if (!date_parse(text, strlen(text), &d)) fail_msg("\"%s\" is no date", text);
    return d;
}

static const Calendar *office(void)
{
    static const OpenSpan open[] = {{WEEK, 540, 1020}};
    static ClosedDays closed[2];
    static Calendar c;
    closed[0] = (ClosedDays){false, date("2026-12-24"), date("2026-12-26")};
    closed[1] = (ClosedDays){true, 101, 101};
    c = (Calendar){"Office", zone("Europe/Berlin"), open, LENGTH(open), closed, LENGTH(closed), NULL, 0};
    return &c;
}

/* Every day at 08:00 in Berlin; tests change what they are about. */
static Recurrence every(RecurKind kind, int64_t step)
{
    return (Recurrence){.kind = kind, .step = step, .from = INT64_MIN, .from_instant = INT64_MIN, .at = 480,
                        .zone = zone("Europe/Berlin")};
}

/* The occurrences after a moment, as many as are wanted: "2026-11-23 08:00, 2026-11-24 08:00". */
static void expect(const Recurrence *r, const char *after, const char *wanted)
{
    Instant t;
    char found[600] = "", text[40];
    if (!instant_parse(after, strlen(after), r->zone, &t)) fail_msg("\"%s\" is no instant", after);
    for (size_t n = 0; n < strlen(wanted); n = strlen(found)) {
        Instant before = t;
        bool any = recurrence_next(r, t, &t);
        assert_true(!any || t > before);
        instant_print_local(text, r->zone, t);
        snprintf(found + n, sizeof found - n, "%s%s", n ? ", " : "", any ? text : "nothing");
        if (!any) break;
    }
    if (strcmp(found, wanted) != 0) fail_msg("after %s\n  found  %s\n  wanted %s", after, found, wanted);
}

/* ---- days and weeks -------------------------------------------------------------------- */

static void days(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_DAY, 1);
    expect(&r, "2026-11-23T07:59", "2026-11-23 08:00, 2026-11-24 08:00, 2026-11-25 08:00");
    expect(&r, "2026-11-23T08:00", "2026-11-24 08:00");                /* strictly after */
    expect(&r, "2026-12-31T09:00", "2027-01-01 08:00");
    r.at = 0;
    expect(&r, "2026-11-23T00:00", "2026-11-24 00:00");
    r.at = 1440;                                                       /* 24:00 */
    expect(&r, "2026-11-23T12:00", "2026-11-24 00:00, 2026-11-25 00:00");
    r.at = 480, r.step = 3, r.from = date("2026-11-23");
    expect(&r, "2026-01-01T00:00", "2026-11-23 08:00, 2026-11-26 08:00, 2026-11-29 08:00");
    expect(&r, "2026-11-27T00:00", "2026-11-29 08:00");
    r.step = 0;
    expect(&r, "2026-11-27T00:00", "nothing");
    r.step = -1;
    expect(&r, "2026-11-27T00:00", "nothing");
    r.step = INT64_MAX;
    expect(&r, "2026-11-01T00:00", "2026-11-23 08:00, nothing");
}

static void weekdays(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_DAY, 1);
    r.day = RECUR_WEEKDAYS, r.weekdays = WEEK;
    expect(&r, "2026-11-20T07:00", "2026-11-20 08:00, 2026-11-23 08:00, 2026-11-24 08:00");
    r.weekdays = 0;
    expect(&r, "2026-11-20T07:00", "nothing");
}

static void weeks(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_WEEK, 1);
    expect(&r, "2026-11-20T07:00", "2026-11-23 08:00, 2026-11-30 08:00");              /* Mondays */
    r.day = RECUR_WEEKDAYS, r.weekdays = MON | THU;
    expect(&r, "2026-11-20T07:00", "2026-11-23 08:00, 2026-11-26 08:00, 2026-11-30 08:00");
    r.step = 2, r.from = date("2026-11-25");                           /* a Wednesday: its Monday is past */
    expect(&r, "2026-01-01T00:00", "2026-11-26 08:00, 2026-12-07 08:00, 2026-12-10 08:00, 2026-12-21 08:00");
    r.day = RECUR_ANY;
    expect(&r, "2026-01-01T00:00", "2026-11-25 08:00, 2026-12-09 08:00");              /* the start day's */
    r.from = INT64_MIN, r.day = RECUR_WEEKDAYS, r.weekdays = SUN;
    expect(&r, "2026-11-20T07:00", "2026-11-29 08:00, 2026-12-13 08:00"); /* even weeks since year 1 */
}

/* ---- months and years --------------------------------------------------------------------- */

static void months(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_MONTH, 1);
    expect(&r, "2026-11-20T07:00", "2026-12-01 08:00, 2027-01-01 08:00");
    r.day = RECUR_MONTHDAY, r.n = 31;
    expect(&r, "2027-12-31T09:00", "2028-01-31 08:00, 2028-02-29 08:00, 2028-03-31 08:00, 2028-04-30 08:00");
    r.n = 15, r.step = 3;
    expect(&r, "2026-11-20T07:00", "2027-01-15 08:00, 2027-04-15 08:00, 2027-07-15 08:00");
    r.from = date("2026-11-16");                                       /* November counts, its 15th is past */
    expect(&r, "2026-01-01T00:00", "2027-02-15 08:00, 2027-05-15 08:00");
    r.day = RECUR_ANY, r.step = 1, r.from = date("2026-12-30");
    expect(&r, "2026-01-01T00:00", "2026-12-30 08:00, 2027-01-30 08:00, 2027-02-28 08:00, 2027-03-30 08:00");
    r.day = RECUR_LAST_DAY;
    expect(&r, "2027-02-01T00:00", "2027-02-28 08:00, 2027-03-31 08:00");
    r.from = INT64_MIN, r.day = RECUR_WEEKDAYS, r.weekdays = FRI, r.step = 2; /* Fridays of odd months */
    expect(&r, "2026-11-20T09:00", "2026-11-27 08:00, 2027-01-01 08:00");
    r.day = RECUR_YEARDAY, r.month = 3, r.n = 5, r.step = 1;
    expect(&r, "2026-11-20T09:00", "2027-03-05 08:00, 2028-03-05 08:00");
}

static void nth_weekdays(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_MONTH, 1);
    r.day = RECUR_NTH_WEEKDAY, r.weekdays = MON, r.n = 1;
    expect(&r, "2026-11-20T07:00", "2026-12-07 08:00, 2027-01-04 08:00, 2027-02-01 08:00");
    r.n = 5;                                                           /* not every month has one */
    expect(&r, "2026-11-20T07:00", "2026-11-30 08:00, 2027-03-29 08:00, 2027-05-31 08:00");
    r.weekdays = FRI, r.n = -1;
    expect(&r, "2026-11-20T07:00", "2026-11-27 08:00, 2026-12-25 08:00, 2027-01-29 08:00");
    r.weekdays = SAT | SUN, r.n = 3;                                   /* the third day of weekends */
    expect(&r, "2026-11-20T07:00", "2026-12-12 08:00, 2027-01-09 08:00");
    r.n = 0;
    expect(&r, "2026-11-20T07:00", "nothing");
}

static void business_days(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_MONTH, 1);
    r.calendar = office(), r.skip_closed = true;
    r.day = RECUR_LAST_BUSINESS_DAY;
    expect(&r, "2026-10-01T07:00", "2026-10-30 08:00, 2026-11-30 08:00, 2026-12-31 08:00, 2027-01-29 08:00");
    r.day = RECUR_NTH_BUSINESS_DAY, r.n = 1;
    expect(&r, "2026-12-02T07:00", "2027-01-04 08:00, 2027-02-01 08:00");
    r.n = 18;                                                          /* over Christmas */
    expect(&r, "2026-12-02T07:00", "2026-12-28 08:00, 2027-01-27 08:00");
    r.n = 23;
    expect(&r, "2026-12-02T07:00", "2027-03-31 08:00");
    r.n = 24;
    expect(&r, "2026-12-02T07:00", "nothing");
    r.calendar = NULL, r.n = 2;                                        /* every day is one */
    expect(&r, "2026-12-02T09:00", "2027-01-02 08:00");
    r.day = RECUR_LAST_BUSINESS_DAY;
    expect(&r, "2026-12-02T09:00", "2026-12-31 08:00");
}

static void years(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_YEAR, 1);
    expect(&r, "2026-11-20T07:00", "2027-01-01 08:00, 2028-01-01 08:00");
    r.day = RECUR_YEARDAY, r.month = 12, r.n = 24;
    expect(&r, "2026-11-20T07:00", "2026-12-24 08:00, 2027-12-24 08:00");
    r.month = 2, r.n = 29;
    expect(&r, "2026-11-20T07:00", "2027-02-28 08:00, 2028-02-29 08:00");
    r.step = 4, r.from = date("2028-01-01");
    expect(&r, "2026-11-20T07:00", "2028-02-29 08:00, 2032-02-29 08:00");
    r.day = RECUR_ANY, r.from = date("2024-02-29"), r.step = 1;
    expect(&r, "2026-11-20T07:00", "2027-02-28 08:00, 2028-02-29 08:00");
    r.day = RECUR_NTH_WEEKDAY, r.weekdays = THU, r.n = 4, r.month = 11;
    expect(&r, "2026-11-20T07:00", "2026-11-26 08:00, 2027-11-25 08:00");
    r.day = RECUR_LAST_DAY, r.month = 0;                               /* of the month counted from */
    expect(&r, "2026-11-20T07:00", "2027-02-28 08:00, 2028-02-29 08:00");
    r.step = 200;
    expect(&r, "2026-11-20T07:00", "nothing");
    r.step = 1, r.from = date("2127-01-01");                           /* more than a century away */
    expect(&r, "2026-11-20T07:00", "nothing");
}

/* ---- closed days ------------------------------------------------------------------------------ */

static void closed_days_are_skipped_or_moved(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_YEAR, 1);
    r.day = RECUR_YEARDAY, r.month = 12, r.n = 24, r.calendar = office(), r.move_to_open = true;
    expect(&r, "2026-11-20T07:00", "2026-12-28 08:00, 2027-12-24 08:00, 2028-12-25 08:00");
    expect(&r, "2026-12-26T07:00", "2026-12-28 08:00"); /* asked between the day and its move */
    expect(&r, "2026-12-28T08:00", "2027-12-24 08:00");
    r.skip_closed = true, r.move_to_open = false;
    expect(&r, "2026-11-20T07:00", "2027-12-24 08:00, 2029-12-24 08:00");
    r.skip_closed = false;
    expect(&r, "2026-11-20T07:00", "2026-12-24 08:00");
    r = every(RECUR_DAY, 1), r.calendar = office(), r.move_to_open = true;
    expect(&r, "2026-11-20T08:00", "2026-11-23 08:00, 2026-11-24 08:00"); /* three fall together */
}

static void long_closings_do_not_lose_what_moves(void **state)
{
    (void)state;
    static ClosedDays closed[1];
    closed[0] = (ClosedDays){false, date("2026-06-01"), date("2027-05-31")};
    Calendar year_off = {"Sabbatical", zone("Europe/Berlin"), NULL, 0, closed, 1, NULL, 0};
    Recurrence r = every(RECUR_YEAR, 1);
    r.day = RECUR_YEARDAY, r.month = 6, r.n = 15, r.calendar = &year_off, r.move_to_open = true;
    expect(&r, "2027-05-20T07:00", "2027-06-01 08:00, 2027-06-15 08:00");
    closed[0] = (ClosedDays){true, 101, 1231};
    expect(&r, "2027-05-20T07:00", "nothing");
    r.kind = RECUR_SPAN, r.step = US_HOUR;
    expect(&r, "2027-05-20T07:00", "nothing");
    r.move_to_open = false, r.skip_closed = true;
    expect(&r, "2027-05-20T07:00", "nothing");
}

/* ---- the clock's changes ------------------------------------------------------------------------- */

static void clocks_that_change(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_DAY, 1);
    r.at = 150;                                /* 02:30: in Berlin's gap on 2027-03-28, twice on 2026-10-25 */
    expect(&r, "2027-03-27T12:00", "2027-03-28 03:00, 2027-03-29 02:30");
    expect(&r, "2026-10-24T12:00", "2026-10-25 02:30, 2026-10-26 02:30");
    expect(&r, "2026-10-25T00:30Z", "2026-10-26 02:30");               /* from the first on, not the second */
    expect(&r, "2026-10-25T01:00Z", "2026-10-26 02:30");
    Instant t;
    Instant midnight = date("2026-10-25") * US_DAY;
    assert_true(recurrence_next(&r, midnight, &t) && t == midnight + 30 * US_MINUTE);
    r.zone = zone("Pacific/Apia"), r.at = 540;                         /* had no 2011-12-30 */
    expect(&r, "2011-12-29T00:00", "2011-12-29 09:00, 2011-12-31 00:00, 2011-12-31 09:00");
    r.zone = zone("America/Havana"), r.at = 30;                        /* 00:30 twice on 2026-11-01 */
    expect(&r, "2026-10-31T12:00", "2026-11-01 00:30, 2026-11-02 00:30");
}

/* ---- hours and minutes ------------------------------------------------------------------------------ */

static void spans(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_SPAN, 15 * US_MINUTE);
    expect(&r, "2026-11-23T08:01", "2026-11-23 08:15, 2026-11-23 08:30");
    expect(&r, "2026-11-23T23:45", "2026-11-24 00:00");
    r.step = 6 * US_HOUR;                                              /* from each midnight, in summer too */
    expect(&r, "2026-11-23T08:01", "2026-11-23 12:00, 2026-11-23 18:00, 2026-11-24 00:00");
    expect(&r, "2026-07-23T08:01", "2026-07-23 12:00, 2026-07-23 18:00, 2026-07-24 00:00");
    expect(&r, "2026-03-29T00:00", "2026-03-29 07:00, 2026-03-29 13:00, 2026-03-29 19:00, 2026-03-30 00:00");
    r.step = 7 * US_HOUR, r.from_instant = date("2026-11-23") * US_DAY;
    expect(&r, "2026-01-01T00:00", "2026-11-23 01:00, 2026-11-23 08:00, 2026-11-23 15:00, 2026-11-23 22:00");
    expect(&r, "2026-11-24T04:00", "2026-11-24 05:00");
    r.from_instant = INT64_MIN, r.from = date("2026-11-23");
    expect(&r, "2026-01-01T00:00", "2026-11-23 00:00, 2026-11-23 07:00");
    r.step = 1;
    Instant t;
    assert_true(recurrence_next(&r, 1796000000123456, &t) && t == 1796000000123457);
    r.step = 0;
    expect(&r, "2026-01-01T00:00", "nothing");
    r = every(RECUR_SPAN, INT64_MAX), r.from_instant = 0;
    expect(&r, "2026-01-01T00:00", "nothing");
}

static void spans_rest_on_closed_days(void **state)
{
    (void)state;
    Recurrence r = every(RECUR_SPAN, 6 * US_HOUR);
    r.calendar = office(), r.skip_closed = true;
    expect(&r, "2026-11-20T13:00", "2026-11-20 18:00, 2026-11-23 00:00, 2026-11-23 06:00");
    expect(&r, "2026-11-21T13:00", "2026-11-23 00:00");
    r.step = 36 * US_HOUR, r.from_instant = date("2026-11-20") * US_DAY + 11 * US_HOUR; /* 12:00 in Berlin */
    expect(&r, "2026-01-01T00:00", "2026-11-20 12:00, 2026-11-23 12:00, 2026-11-25 00:00");
    r.skip_closed = false, r.move_to_open = true;                      /* that of Sunday 00:00 */
    expect(&r, "2026-01-01T00:00", "2026-11-20 12:00, 2026-11-23 00:00, 2026-11-23 12:00, 2026-11-25 00:00");
    expect(&r, "2026-11-22T18:00", "2026-11-23 00:00, 2026-11-23 12:00");
}

/* In St. John's a minute past midnight on 2006-10-29 became 23:01 on the 28th, a Saturday. */
static void clocks_that_go_back_over_midnight(void **state)
{
    (void)state;
    static const ClosedDays closed[] = {{true, 1028, 1028}};
    Calendar c = {"Harbour", zone("America/St_Johns"), NULL, 0, closed, 1, NULL, 0};
    Instant sunday = date("2006-10-29") * US_DAY + 150 * US_MINUTE, t;     /* its first instant, in UTC */
    Instant again = sunday + US_HOUR;                                      /* its second midnight */
    assert_int_equal(zone_start_of(c.zone, date("2006-10-29")), sunday);
    Recurrence r = every(RECUR_SPAN, 20 * US_MINUTE);
    r.zone = c.zone, r.calendar = &c;
    for (int i = 0; i < 2; i++) {
        r.skip_closed = i == 0, r.move_to_open = i == 1;
        assert_true(recurrence_next(&r, sunday - 1, &t) && t == sunday);
        assert_true(recurrence_next(&r, sunday, &t) && t == again);        /* Saturday is back, and closed */
        assert_true(recurrence_next(&r, sunday + 30 * US_MINUTE, &t) && t == again);
        assert_true(recurrence_next(&r, again, &t) && t == again + 20 * US_MINUTE);
    }
    r = every(RECUR_DAY, 1), r.zone = c.zone, r.at = 1410;                 /* 23:30 */
    expect(&r, "2006-10-28T12:00", "2006-10-28 23:30, 2006-10-29 23:30");
    assert_true(recurrence_next(&r, sunday + 29 * US_MINUTE, &t) && t == again + 1410 * US_MINUTE);
}

/* ---- it does not matter from where one asks ------------------------------------------------------------ */

static uint32_t seed = 7;

static uint32_t chance(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static Recurrence any(void)
{
    static const int64_t spans_of_time[] = {US_MINUTE * 90, US_HOUR * 6, US_HOUR * 7, US_HOUR * 36,
                                            US_DAY * 5 + 1};
    static const char *const zones[] = {
        "Europe/Berlin", "America/Santiago", "Asia/Kathmandu", "America/St_Johns"};
    Recurrence r = every((RecurKind)chance(RECUR_YEAR + 1), 1 + chance(3));
    r.zone = zone(zones[chance(LENGTH(zones))]);
    if (r.kind == RECUR_SPAN) r.step = spans_of_time[chance(LENGTH(spans_of_time))];
    r.day = (RecurDay)chance(RECUR_YEARDAY + 1);
    r.weekdays = (uint8_t)(1 + chance(127));
    r.n = r.day == RECUR_NTH_WEEKDAY ? (int)chance(5) - 1 : 1 + (int)chance(20);
    if (r.n == 0) r.n = -1;
    r.month = 1 + (int)chance(12);
    if (chance(2)) r.from = date("2020-01-01") + chance(1000);
    if (r.kind == RECUR_SPAN && chance(2))
        r.from_instant = date("2020-01-01") * US_DAY + chance(1000000) * US_SECOND;
    r.at = (int32_t)chance(1441);
    if (chance(2)) r.calendar = office();
    r.move_to_open = chance(2);
    r.skip_closed = chance(2);
    return r;
}

static void one_asks_from_anywhere(void **state)
{
    (void)state;
    for (int i = 0; i < 1500; i++) {
        Recurrence r = any();
        Instant begin = date("2023-01-01") * US_DAY + chance(1000) * US_HOUR, end = begin, before = begin,
                next;
        for (int n = 0; n < 60 && recurrence_next(&r, end, &next) && next < begin + 1500 * US_DAY; n++) {
            assert_true(next > end);
            for (int k = 0; k < 4; k++) {      /* all that lies between finds the same */
                Instant t = end + (int64_t)((next - end - 1) / 1000 * chance(1001)), again;
                assert_true(recurrence_next(&r, t, &again));
                if (again != next)
                    fail_msg("%d: from %lld %lld, from %lld %lld", i, (long long)end, (long long)next,
                             (long long)t, (long long)again);
            }
            assert_true(recurrence_next(&r, next - 1, &before) && before == next);
            if (r.calendar && (r.move_to_open || r.skip_closed) && r.at < 1440)
                assert_true(calendar_open_day(r.calendar, zone_date(r.zone, next)));
            assert_true(r.from == INT64_MIN || zone_date(r.zone, next) >= r.from);
            end = next;
        }
    }
}

static void far_moments_do_no_harm(void **state)
{
    (void)state;
    static const Instant far[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX};
    for (int i = 0; i < 400; i++) {
        Recurrence r = any();
        Instant t;
        assert_false(recurrence_next(&r, far[i % 4], &t));
        if (i % 3 == 0) r.from = INT64_MAX - i;
        if (i % 3 == 1) r.from_instant = INT64_MAX - i;
        (void)recurrence_next(&r, 0, &t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days),
        cmocka_unit_test(weekdays),
        cmocka_unit_test(weeks),
        cmocka_unit_test(months),
        cmocka_unit_test(nth_weekdays),
        cmocka_unit_test(business_days),
        cmocka_unit_test(years),
        cmocka_unit_test(closed_days_are_skipped_or_moved),
        cmocka_unit_test(long_closings_do_not_lose_what_moves),
        cmocka_unit_test(clocks_that_change),
        cmocka_unit_test(spans),
        cmocka_unit_test(spans_rest_on_closed_days),
        cmocka_unit_test(clocks_that_go_back_over_midnight),
        cmocka_unit_test(one_asks_from_anywhere),
        cmocka_unit_test(far_moments_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
