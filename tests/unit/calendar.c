/* calendar.c -- tests of working calendars: by hand at every border, and random ones against a
 * walk over two years, minute by minute, on libc's clock. */
#include "base/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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

static Instant at(const Calendar *c, const char *text)
{
    Instant t;
    if (!instant_parse(text, strlen(text), c->zone, &t)) fail_msg("\"%s\" is no instant", text);
    return t;
}

/* 09:00..12:30 and 13:30..17:30 in Berlin, with the Christmas of the language's first example. */
static Calendar office(void)
{
    static const OpenSpan open[] = {{WEEK, 540, 750}, {WEEK, 810, 1050}};
    static ClosedDays closed[2];
    closed[0] = (ClosedDays){false, date("2026-12-24"), date("2026-12-26")};
    closed[1] = (ClosedDays){true, 101, 101};
    return (Calendar){"Office", zone("Europe/Berlin"), open, LENGTH(open), closed, LENGTH(closed), NULL, 0};
}

static Calendar bakery(void)           /* nights, Monday to Friday */
{
    static const OpenSpan open[] = {{WEEK, 22 * 60, 6 * 60}};
    return (Calendar){"Bakery", zone("Europe/Berlin"), open, 1, NULL, 0, NULL, 0};
}

static void expect_days(const Calendar *c, const char *from, int64_t n, const char *wanted)
{
    Instant out;
    char text[40] = "nothing";
    if (calendar_add_days(c, at(c, from), n, &out)) instant_print_local(text, c->zone, out);
    if (strcmp(text, wanted) != 0)
        fail_msg("%s: %s and %lld days is %s, wanted %s", c->name, from, (long long)n, text, wanted);
}

static void expect_time(const Calendar *c, const char *from, int64_t micros, const char *wanted)
{
    Instant out;
    char text[40] = "nothing", span[40];
    if (calendar_add_time(c, at(c, from), micros, &out)) instant_print_local(text, c->zone, out);
    span_print(span, micros);
    if (strcmp(text, wanted) != 0)
        fail_msg("%s: %s and %s is %s, wanted %s", c->name, from, span, text, wanted);
}

/* ---- days by hand -------------------------------------------------------------------- */

static void closed_days_are_closed(void **state)
{
    (void)state;
    Calendar c = office();
    assert_true(calendar_open_day(&c, date("2026-12-23")));
    assert_false(calendar_open_day(&c, date("2026-12-24")));
    assert_false(calendar_open_day(&c, date("2026-12-25")));
    assert_true(calendar_open_day(&c, date("2027-12-24")));
    assert_false(calendar_open_day(&c, date("2027-01-01")));
    assert_false(calendar_open_day(&c, date("2029-01-01")));
    assert_true(calendar_open_day(&c, date("2029-01-02")));
    assert_false(calendar_open_day(&c, date("2026-11-22")));           /* a Sunday */
    const ClosedDays winter[] = {{true, 1224, 106}, {true, 229, 229}, {true, 801, 815}};
    c.closed = winter, c.closeds = LENGTH(winter);
    assert_true(calendar_open_day(&c, date("2025-12-23")));
    assert_false(calendar_open_day(&c, date("2025-12-24")));
    assert_false(calendar_open_day(&c, date("2025-12-31")));
    assert_false(calendar_open_day(&c, date("2026-01-01")));
    assert_false(calendar_open_day(&c, date("2026-01-06")));
    assert_true(calendar_open_day(&c, date("2026-01-07")));
    assert_false(calendar_open_day(&c, date("2028-02-29")));
    assert_true(calendar_open_day(&c, date("2028-02-28")) && calendar_open_day(&c, date("2028-03-01")));
    assert_false(calendar_open_day(&c, date("2025-08-01")) || calendar_open_day(&c, date("2025-08-15")));
    assert_true(calendar_open_day(&c, date("2025-07-31")) && calendar_open_day(&c, date("2025-08-18")));
}

static void the_next_open_day_is_found(void **state)
{
    (void)state;
    Calendar c = office();
    int64_t d;
    assert_true(calendar_next_open(&c, date("2026-12-24"), &d) && d == date("2026-12-28"));
    assert_true(calendar_next_open(&c, date("2026-12-28"), &d) && d == date("2026-12-28"));
    assert_true(calendar_prev_open(&c, date("2026-12-27"), &d) && d == date("2026-12-23"));
    assert_true(calendar_prev_open(&c, date("2026-12-23"), &d) && d == date("2026-12-23"));
    const ClosedDays nine[] = {{false, date("2026-01-01"), date("2034-12-31")}};
    const ClosedDays ever[] = {{true, 101, 1231}};
    c.closed = nine, c.closeds = 1;
    assert_true(calendar_next_open(&c, date("2026-01-01"), &d) && d == date("2035-01-01"));
    c.closed = ever;
    assert_false(calendar_next_open(&c, date("2026-01-01"), &d));
    assert_false(calendar_prev_open(&c, date("2026-01-01"), &d));
    assert_false(calendar_next_open(&c, INT64_MAX, &d) || calendar_next_open(&c, INT64_MIN, &d));
    assert_false(calendar_prev_open(&c, INT64_MAX, &d) || calendar_prev_open(&c, INT64_MIN, &d));
    c.closeds = 0;
    assert_true(calendar_next_open(&c, date("9999-12-31"), &d) && d == date("9999-12-31"));
    assert_true(calendar_prev_open(&c, date("0001-01-01"), &d) && d == date("0001-01-01"));
}

static void open_days_are_counted(void **state)
{
    (void)state;
    Calendar c = office();
    assert_int_equal(calendar_days_between(&c, date("2026-11-20"), date("2026-11-23")),
                     1); /* Friday to Monday */
    assert_int_equal(calendar_days_between(&c, date("2026-11-23"), date("2026-11-20")), -1);
    assert_int_equal(calendar_days_between(&c, date("2026-11-23"), date("2026-11-23")), 0);
    assert_int_equal(calendar_days_between(&c, date("2026-12-23"), date("2026-12-27")), 0);
    assert_int_equal(calendar_days_between(&c, date("2026-12-23"), date("2027-01-04")), 5);
    assert_int_equal(calendar_days_between(&c, INT64_MIN, INT64_MAX),
                     calendar_days_between(&c, date("0001-01-01") - 1, date("9999-12-31")));
}

static void a_business_day_later_keeps_the_time(void **state)
{
    (void)state;
    Calendar c = office();
    expect_days(&c, "2026-11-20T10:15", 1, "2026-11-23 10:15");        /* Friday to Monday */
    expect_days(&c, "2026-11-23T10:15", -1, "2026-11-20 10:15");
    expect_days(&c, "2026-11-20T20:00", 1, "2026-11-23 17:30");        /* after closing, on a Friday */
    expect_days(&c, "2026-11-21T10:15", 1, "2026-11-23 17:30");        /* from a Saturday */
    expect_days(&c, "2026-11-22T03:00", 1, "2026-11-23 17:30");        /* from a Sunday's night */
    expect_days(&c, "2026-11-22T23:59", 2, "2026-11-24 17:30");
    expect_days(&c, "2026-11-21T10:15", -1, "2026-11-20 09:00");
    expect_days(&c, "2026-11-23T07:00", 1, "2026-11-24 09:00");        /* before opening */
    expect_days(&c, "2026-11-23T20:00", 1, "2026-11-24 17:30");        /* after closing */
    expect_days(&c, "2026-11-23T17:30", 1, "2026-11-24 17:30");
    expect_days(&c, "2026-11-23T09:00", 1, "2026-11-24 09:00");
    expect_days(&c, "2026-11-23T13:00", 1, "2026-11-24 13:30");        /* the break */
    expect_days(&c, "2026-11-23T12:30", 1, "2026-11-24 12:30");
    expect_days(&c, "2026-12-23T12:00", 1, "2026-12-28 12:00");        /* over Christmas */
    expect_days(&c, "2026-12-31T12:00", 1, "2027-01-04 12:00");
    expect_days(&c, "2026-11-23T10:00", 10, "2026-12-07 10:00");
    expect_days(&c, "2026-12-07T10:00", -10, "2026-11-23 10:00");
    expect_days(&c, "2026-11-21T10:15", 0, "2026-11-21 10:15");        /* nothing added */
    expect_days(&c, "2026-03-27T10:00", 1, "2026-03-30 10:00");        /* the clocks change between */
    expect_days(&c, "2026-10-23T10:00", 1, "2026-10-26 10:00");
    expect_days(&c, "2026-11-23T10:00", 1000, "2030-09-30 10:00");
    expect_days(&c, "9999-12-31T10:00", 1, "nothing");
    expect_days(&c, "2026-11-23T10:00", INT64_MAX, "nothing");
    expect_days(&c, "2026-11-23T10:00", INT64_MIN, "nothing");
}

/* By weekends, Christmas and New Year: half an hour after half an hour. */
static void expect_in_order(const Calendar *c, int64_t days)
{
    Instant begin = at(c, "2026-12-14T00:00"), out, last = INT64_MIN;
    for (int i = 0; i < 28 * 48; i++) {
        assert_true(calendar_add_days(c, begin + i * 30 * US_MINUTE, days, &out));
        if (out < last) fail_msg("%s: %lld days, at %d half hours: an earlier end", c->name, (long long)days, i);
        last = out;
    }
}

static void what_begins_later_ends_no_earlier(void **state)
{
    (void)state;
    const Calendar all[] = {office(), bakery()};
    for (size_t i = 0; i < LENGTH(all); i++)
        for (int64_t days = -3; days <= 3; days++) expect_in_order(&all[i], days);
}

static void nights_belong_to_the_day_on_which_they_begin(void **state)
{
    (void)state;
    Calendar c = bakery();
    assert_false(calendar_open_at(&c, at(&c, "2026-11-23T03:00")));    /* Monday: Sunday's would be */
    assert_true(calendar_open_at(&c, at(&c, "2026-11-23T22:00")));
    assert_true(calendar_open_at(&c, at(&c, "2026-11-24T05:59:59")));
    assert_false(calendar_open_at(&c, at(&c, "2026-11-24T06:00")));
    assert_true(calendar_open_at(&c, at(&c, "2026-11-28T03:00")));     /* Saturday: Friday's */
    assert_false(calendar_open_day(&c, date("2026-11-28")));
    expect_days(&c, "2026-11-23T23:00", 1, "2026-11-24 23:00");
    expect_days(&c, "2026-11-24T03:00", 1, "2026-11-25 03:00");        /* Monday's night to Tuesday's */
    expect_days(&c, "2026-11-28T03:00", 1, "2026-12-01 03:00");        /* Friday's night to Monday's */
    expect_days(&c, "2026-11-28T03:00", -1, "2026-11-27 03:00");
    expect_days(&c, "2026-11-28T06:00", 1, "2026-12-01 06:00");        /* closing to closing */
    expect_days(&c, "2026-11-28T12:00", 1, "2026-12-01 06:00");
    expect_days(&c, "2026-11-24T12:00", 1, "2026-11-25 22:00");
    expect_time(&c, "2026-11-27T23:00", 8 * US_HOUR, "2026-11-30 23:00");
    expect_time(&c, "2026-11-27T23:00", 7 * US_HOUR, "2026-11-28 06:00");
    expect_time(&c, "2026-11-30T23:00", -8 * US_HOUR, "2026-11-27 23:00");
    const ClosedDays friday[] = {{false, date("2026-11-27"), date("2026-11-27")}};
    c.closed = friday, c.closeds = 1;
    assert_false(calendar_open_at(&c, at(&c, "2026-11-28T03:00")));    /* the whole night is closed */
    assert_true(calendar_open_at(&c, at(&c, "2026-11-27T03:00")));     /* and Thursday's is not */
}

static void a_night_may_be_an_hour_longer(void **state)
{
    (void)state;
    static const OpenSpan open[] = {{ALL, 22 * 60, 6 * 60}, {SUN, 150, 165}};
    Calendar c = {"Nights", zone("Europe/Berlin"), open, 1, NULL, 0, NULL, 0};
    assert_int_equal(calendar_time_between(&c, at(&c, "2026-10-24T12:00"), at(&c, "2026-10-25T12:00")),
                     9 * US_HOUR);
    assert_int_equal(calendar_time_between(&c, at(&c, "2026-03-28T12:00"), at(&c, "2026-03-29T12:00")),
                     7 * US_HOUR);
    expect_time(&c, "2026-10-24T22:00", 8 * US_HOUR, "2026-10-25 05:00");
    expect_time(&c, "2026-03-28T22:00", 7 * US_HOUR, "2026-03-29 06:00");
    expect_time(&c, "2026-03-29T06:00", -7 * US_HOUR, "2026-03-28 22:00");
    expect_days(&c, "2026-03-28T02:30", 1, "2026-03-29 03:00");        /* 02:30 is in the gap */
    c.open = open + 1;                         /* Sundays 02:30..02:45: never on the day of the gap */
    assert_int_equal(calendar_time_between(&c, at(&c, "2026-03-28T12:00"), at(&c, "2026-03-29T12:00")), 0);
    assert_int_equal(calendar_time_between(&c, at(&c, "2026-10-24T12:00"), at(&c, "2026-10-25T12:00")),
                     15 * US_MINUTE);
    assert_true(calendar_open_at(&c, at(&c, "2026-10-25T00:30Z")));    /* the first 02:30 */
    assert_false(calendar_open_at(&c, at(&c, "2026-10-25T01:30Z")));
}

/* ---- time by hand ---------------------------------------------------------------------- */

static void open_time_is_added(void **state)
{
    (void)state;
    Calendar c = office();
    expect_time(&c, "2026-11-23T09:00", 1, "2026-11-23 09:00");
    expect_time(&c, "2026-11-23T09:00", 210 * US_MINUTE, "2026-11-23 12:30"); /* to the break, not over it */
    expect_time(&c, "2026-11-23T09:00", 211 * US_MINUTE, "2026-11-23 13:31");
    expect_time(&c, "2026-11-23T09:00", 450 * US_MINUTE, "2026-11-23 17:30");
    expect_time(&c, "2026-11-20T17:00", US_HOUR, "2026-11-23 09:30");
    expect_time(&c, "2026-11-21T17:00", US_HOUR, "2026-11-23 10:00");
    expect_time(&c, "2026-12-23T17:00", US_HOUR, "2026-12-28 09:30");
    expect_time(&c, "2026-11-23T09:30", -US_HOUR, "2026-11-20 17:00");
    expect_time(&c, "2026-11-23T17:30", -450 * US_MINUTE, "2026-11-23 09:00");
    expect_time(&c, "2026-11-22T17:30", -US_HOUR, "2026-11-20 16:30");
    expect_time(&c, "2026-11-21T17:00", 0, "2026-11-21 17:00");        /* nothing added */
    expect_time(&c, "2026-11-23T09:00", 40 * US_HOUR, "2026-11-30 11:30");
    expect_time(&c, "2026-11-23T09:00", 4000 * US_HOUR, "2028-12-12 11:30");
    expect_time(&c, "2026-11-23T09:00", INT64_MAX, "nothing");
    expect_time(&c, "2026-11-23T09:00", INT64_MIN, "nothing");
    expect_time(&c, "0001-01-01T09:00", -US_HOUR, "nothing");
    expect_time(&c, "9999-12-31T17:00", US_HOUR, "nothing");
}

static void a_calendar_that_never_opens_says_so(void **state)
{
    (void)state;
    static const ClosedDays ever[] = {{true, 101, 1231}};
    static const OpenSpan never[] = {{0, 540, 1020}}, rarely[] = {{MON, 0, 1}};
    Calendar c = {"Never", zone("Europe/Berlin"), NULL, 0, ever, 1, NULL, 0};
    expect_time(&c, "2026-11-23T09:00", 1, "nothing");
    expect_time(&c, "2026-11-23T09:00", -1, "nothing");
    expect_days(&c, "2026-11-23T09:00", 1, "nothing");
    assert_false(calendar_open_at(&c, at(&c, "2026-11-23T09:00")));
    assert_int_equal(calendar_time_between(&c, at(&c, "2026-01-01T00:00"), at(&c, "2036-01-01T00:00")), 0);
    c = (Calendar){"Never", zone("Europe/Berlin"), never, 1, NULL, 0, NULL, 0};
    expect_time(&c, "2026-11-23T09:00", 1, "nothing");
    expect_days(&c, "2026-11-23T09:00", -1, "nothing");
    static const ClosedDays mostly[] = {{true, 102, 1231}};
    c = (Calendar){"New Year", zone("Europe/Berlin"), NULL, 0, mostly, 1, NULL, 0};
    expect_days(&c, "2026-01-01T10:00", 10, "2036-01-01 10:00");
    expect_days(&c, "2026-01-01T10:00", 11, "nothing");
    expect_days(&c, "2026-01-01T10:00", -11, "nothing");
    c = (Calendar){"Rarely", zone("Europe/Berlin"), rarely, 1, NULL, 0, NULL, 0};
    c.open = rarely;                           /* a minute a week: 521 minutes in ten years */
    expect_time(&c, "2026-11-23T09:00", 520 * US_MINUTE, "2036-11-10 00:01");
    expect_time(&c, "2026-11-23T09:00", 530 * US_MINUTE, "nothing");
}

static void without_hours_it_is_open_around_the_clock(void **state)
{
    (void)state;
    static const ClosedDays closed[] = {{true, 1225, 1225}};
    Calendar c = {"Always", zone("Europe/Berlin"), NULL, 0, closed, 1, NULL, 0};
    assert_true(calendar_open_at(&c, at(&c, "2026-12-24T23:59:59")));
    assert_false(calendar_open_at(&c, at(&c, "2026-12-25T00:00")));
    assert_false(calendar_open_at(&c, at(&c, "2026-12-25T23:59:59")));
    assert_true(calendar_open_at(&c, at(&c, "2026-12-26T00:00")));
    expect_time(&c, "2026-12-24T20:00", 4 * US_HOUR, "2026-12-25 00:00");
    expect_time(&c, "2026-12-24T20:00", 5 * US_HOUR, "2026-12-26 01:00");
    expect_days(&c, "2026-12-24T20:00", 1, "2026-12-26 20:00");
    expect_days(&c, "2026-12-25T12:00", 1, "2026-12-27 00:00");        /* from a closed day */
    expect_days(&c, "2026-12-25T12:00", -1, "2026-12-24 00:00");
    expect_days(&c, "2026-12-26T00:00", -1, "2026-12-24 00:00");
    expect_days(&c, "2026-12-26T00:00", 1, "2026-12-27 00:00");
    assert_int_equal(calendar_time_between(&c, at(&c, "2026-10-25T00:00"), at(&c, "2026-10-26T00:00")),
                     25 * US_HOUR);
    assert_int_equal(calendar_time_between(&c, at(&c, "2026-10-26T00:00"), at(&c, "2026-10-25T00:00")),
                     -25 * US_HOUR);
    c.zone = zone("Pacific/Apia");             /* there was no 2011-12-30 */
    assert_int_equal(calendar_time_between(&c, at(&c, "2011-12-29T00:00"), at(&c, "2012-01-01T00:00")),
                     48 * US_HOUR);
}

/* In St. John's a minute past midnight on 2006-10-29 became 23:01 on the 28th. */
static void midnight_may_come_twice(void **state)
{
    (void)state;
    static const OpenSpan open[] = {{SUN, 0, 60}};
    Calendar c = {"Harbour", zone("America/St_Johns"), open, 1, NULL, 0, NULL, 0};
    Instant sunday = date("2006-10-29") * US_DAY + 150 * US_MINUTE, u;
    assert_int_equal(calendar_time_between(&c, sunday - US_DAY, sunday + US_DAY), 2 * US_HOUR);
    for (Instant t = sunday - 2 * US_HOUR; t < sunday + 4 * US_HOUR; t += 30 * US_SECOND)
        assert_int_equal(calendar_open_at(&c, t), t >= sunday && t < sunday + 2 * US_HOUR);
    Instant early = sunday + 10 * US_MINUTE, late = sunday + 90 * US_MINUTE;
    assert_true(calendar_add_time(&c, late, early - late, &u) && u == early);
    assert_true(calendar_add_time(&c, early, late - early, &u) && u == late);
    c.opens = 0;
    assert_int_equal(calendar_time_between(&c, sunday - US_DAY, sunday + US_DAY), 2 * US_DAY);
}

static void many_spans_count_once(void **state)
{
    (void)state;
    OpenSpan open[100];
    for (int i = 0; i < 100; i++) open[i] = (OpenSpan){ALL, (i * 37) % 1380, (i * 37) % 1380 + 20};
    open[50] = (OpenSpan){ALL, 1400, 100};
    Calendar c = {"Many", zone_utc(), open, LENGTH(open), NULL, 0, NULL, 0};
    bool minutes[1440] = {false};
    int sum = 0;
    for (int i = 0; i < 100; i++)
        for (int m = open[i].from; m < (i == 50 ? 1540 : open[i].to); m++) minutes[m % 1440] = true;
    for (int m = 0; m < 1440; m++) {
        assert_int_equal(calendar_open_at(&c, 20000 * US_DAY + m * US_MINUTE), minutes[m]);
        sum += minutes[m];
    }
    assert_int_equal(calendar_time_between(&c, 20000 * US_DAY, 20001 * US_DAY), sum * US_MINUTE);
}

/* ---- against a walk, minute by minute ------------------------------------------------------ */

enum { MINUTES = 2 * 366 * 1440 };
static Instant walk_begin;
static uint32_t open_before[MINUTES + 1];      /* open minutes from walk_begin */

static uint32_t seed = 1;

static uint32_t chance(uint32_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

static bool closed_by_hand(const Calendar *c, int y, int m, int d)
{
    for (uint32_t i = 0; i < c->closeds; i++) {
        const ClosedDays *k = &c->closed[i];
        if (k->yearly) {
            for (int64_t day = k->from; ; day = day == 1231 ? 101 : day + 1) {
                if (day == m * 100 + d) return true;
                if (day == k->to) break;
            }
        } else if (date_from_civil(y, m, d) >= k->from && date_from_civil(y, m, d) <= k->to) {
            return true;
        }
    }
    return false;
}

static bool open_by_hand(const Calendar *c, const struct tm *today, const struct tm *yesterday, bool closed,
                         bool closed_before)
{
    int minute = today->tm_hour * 60 + today->tm_min;
    for (uint32_t i = 0; i < c->opens; i++) {
        const OpenSpan *o = &c->open[i];
        int to = o->to <= o->from ? o->to + 1440 : o->to;
        if (!closed && o->weekdays >> (today->tm_wday + 6) % 7 & 1 && minute >= o->from && minute < to)
            return true;
        if (!closed_before && o->weekdays >> (yesterday->tm_wday + 6) % 7 & 1 && minute + 1440 < to)
            return true;
    }
    return c->opens == 0 && !closed;
}

static void walk(const Calendar *c)
{
    setenv("TZ", zone_name(c->zone), 1);
    tzset();
    struct tm today = {0}, yesterday = {0};
    bool closed = false, closed_before = false;
    int day = 0;
    open_before[0] = 0;
    for (int i = 0; i < MINUTES; i++) {
        time_t t = (time_t)(walk_begin / US_SECOND) + i * 60;
        localtime_r(&t, &today);
        if (today.tm_mday != day) {
            day = today.tm_mday;
            time_t noon = (time_t)(date_from_civil(today.tm_year + 1900, today.tm_mon + 1, day) - 1) * 86400;
            gmtime_r(&noon, &yesterday);
            closed = closed_by_hand(c, today.tm_year + 1900, today.tm_mon + 1, day);
            closed_before =
                closed_by_hand(c, yesterday.tm_year + 1900, yesterday.tm_mon + 1, yesterday.tm_mday);
        }
        open_before[i + 1] = open_before[i] + open_by_hand(c, &today, &yesterday, closed, closed_before);
    }
}

/* Open microseconds from the walk's begin to t. */
static int64_t walked(Instant t)
{
    int64_t minute = (t - walk_begin) / US_MINUTE, rest = (t - walk_begin) % US_MINUTE;
    bool open = minute < MINUTES && open_before[minute + 1] > open_before[minute];
    return open_before[minute] * US_MINUTE + (open ? rest : 0);
}

static void expect_as_walked(const Calendar *c)
{
    Instant span = MINUTES * US_MINUTE, end = walk_begin + span, u;
    for (int i = 0; i < 300; i++) {
        Instant a = walk_begin + chance(MINUTES) * US_MINUTE + (i % 2 ? chance(60000000) : 0);
        Instant b = i % 3 ? a + chance(20000) * US_MINUTE : walk_begin + chance(MINUTES) * US_MINUTE;
        if (b > end) b = end;
        int64_t wanted = walked(b) - walked(a), x = chance(30 * 1440) * US_MINUTE / (1 + chance(30)) + 1;
        assert_int_equal(calendar_time_between(c, a, b), wanted);
        assert_int_equal(calendar_time_between(c, b, a), -wanted);
        int64_t minute = (a - walk_begin) / US_MINUTE;
        assert_int_equal(calendar_open_at(c, a), open_before[minute + 1] > open_before[minute]);
        if (walked(end) - walked(a) >= x) {    /* the earliest by which x has passed */
            assert_true(calendar_add_time(c, a, x, &u));
            assert_true(u > a && walked(u) - walked(a) == x && walked(u - 1) - walked(a) < x);
        }
        if (walked(a) >= x) {                  /* and the latest, going back */
            assert_true(calendar_add_time(c, a, -x, &u));
            assert_true(u < a && walked(a) - walked(u) == x && walked(a) - walked(u + 1) < x);
        }
    }
}

/* Whole hours where clocks change (by hours), so that no border lies in a gap or happens twice. */
static void random_calendar(Calendar *c, OpenSpan *open, ClosedDays *closed)
{
    static const char *const zones[] = {
        "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Kathmandu", "UTC"};
    static const int64_t days[] = {101, 106, 228, 229, 301, 501, 630, 701, 1031, 1101, 1224, 1231};
    uint32_t z = chance(LENGTH(zones)), unit = z < 3 ? 60 : 1;
    *c = (Calendar){"Random", zone(zones[z]), open, chance(5), closed, chance(5), NULL, 0};
    for (uint32_t i = 0; i < c->opens; i++)
        open[i] =
            (OpenSpan){(uint8_t)(chance(3) ? 1 + chance(127) : WEEK), (int32_t)(chance(1440 / unit) * unit),
                       (int32_t)(chance(1440 / unit + 1) * unit)};
    for (uint32_t i = 0; i < c->closeds; i++) {
        bool yearly = chance(2);
        int64_t from = yearly ? days[chance(LENGTH(days))] : walk_begin / US_DAY + chance(700);
        int64_t to = yearly ? chance(2) ? from : days[chance(LENGTH(days))] : from + chance(40);
        if (yearly && ((from > to && from < 1101) || to - from > 600)) to = from; /* not closed for ever */
        closed[i] = (ClosedDays){yearly, from, to};
    }
}

static void random_calendars_are_as_walked(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        OpenSpan open[5];
        ClosedDays closed[5];
        Calendar c;
        walk_begin = (date_from_civil(2023 + i % 3, 1, 1) + chance(100)) * US_DAY;
        random_calendar(&c, open, closed);
        walk(&c);
        expect_as_walked(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_days_are_closed),
        cmocka_unit_test(the_next_open_day_is_found),
        cmocka_unit_test(open_days_are_counted),
        cmocka_unit_test(a_business_day_later_keeps_the_time),
        cmocka_unit_test(what_begins_later_ends_no_earlier),
        cmocka_unit_test(nights_belong_to_the_day_on_which_they_begin),
        cmocka_unit_test(a_night_may_be_an_hour_longer),
        cmocka_unit_test(open_time_is_added),
        cmocka_unit_test(a_calendar_that_never_opens_says_so),
        cmocka_unit_test(without_hours_it_is_open_around_the_clock),
        cmocka_unit_test(midnight_may_come_twice),
        cmocka_unit_test(many_spans_count_once),
        cmocka_unit_test(random_calendars_are_as_walked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
