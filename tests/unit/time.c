/* time.c -- tests of time.h's dates, texts and clock; zones have zone.c. */
#include "base/time.h"

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

/* ---- dates -------------------------------------------------------------------------- */

static void every_day_follows_the_one_before(void **state)
{
    (void)state;
    int64_t date = date_from_civil(-1, 1, 1);
    for (int y = -1; y <= 10000; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; d <= month_days(y, m); d++, date++) {
                int year, month, day;
                date_to_civil(date, &year, &month, &day);
                if (year != y || month != m || day != d || date_from_civil(y, m, d) != date)
                    fail_msg("%d-%d-%d became %d-%d-%d", y, m, d, year, month, day);
            }
    assert_int_equal(date_from_civil(1970, 1, 1), 0);
    assert_int_equal(date, date_from_civil(10001, 1, 1));
}

static void dates_are_those_of_libc(void **state)
{
    (void)state;
    for (int64_t date = -719162; date < 2932896; date += 13) {         /* years 1 to 9999 */
        time_t t = (time_t)(date * 86400);
        struct tm tm;
        int year, month, day;
        assert_non_null(gmtime_r(&t, &tm));
        date_to_civil(date, &year, &month, &day);
        assert_int_equal(year, tm.tm_year + 1900);
        assert_int_equal(month, tm.tm_mon + 1);
        assert_int_equal(day, tm.tm_mday);
        assert_int_equal(date_weekday(date), (tm.tm_wday + 6) % 7);
    }
}

static void only_possible_dates_are_valid(void **state)
{
    (void)state;
    assert_true(date_valid(1, 1, 1) && date_valid(9999, 12, 31) && date_valid(2000, 2, 29) &&
                date_valid(2024, 2, 29));
    assert_false(date_valid(0, 12, 31) || date_valid(10000, 1, 1) || date_valid(1900, 2, 29) ||
                 date_valid(2023, 2, 29));
    assert_false(date_valid(2024, 0, 1) || date_valid(2024, 13, 1) || date_valid(2024, 4, 31) ||
                 date_valid(2024, 4, 0));
    assert_false(date_valid(2024, -1, 1) || date_valid(2024, 1, -1) || date_valid(2024, 1, 32));
}

static int64_t months_later(int y, int m, int d, int64_t months)
{
    int64_t out = INT64_MIN;
    return date_add_months(date_from_civil(y, m, d), months, &out) ? out : INT64_MIN;
}

static void months_keep_the_day_or_take_the_last(void **state)
{
    (void)state;
    assert_int_equal(months_later(2024, 1, 31, 1), date_from_civil(2024, 2, 29));
    assert_int_equal(months_later(2023, 1, 31, 1), date_from_civil(2023, 2, 28));
    assert_int_equal(months_later(2024, 3, 31, -1), date_from_civil(2024, 2, 29));
    assert_int_equal(months_later(2024, 12, 15, 1), date_from_civil(2025, 1, 15));
    assert_int_equal(months_later(2024, 1, 15, -1), date_from_civil(2023, 12, 15));
    assert_int_equal(months_later(2024, 2, 29, 12), date_from_civil(2025, 2, 28));
    assert_int_equal(months_later(2024, 5, 5, 0), date_from_civil(2024, 5, 5));
    assert_int_equal(months_later(9999, 12, 31, 0), date_from_civil(9999, 12, 31));
    assert_int_equal(months_later(1, 1, 31, 9999 * 12 - 1), date_from_civil(9999, 12, 31));
    assert_int_equal(months_later(9999, 12, 1, -(9999 * 12 - 1)), date_from_civil(1, 1, 1));
    assert_int_equal(months_later(9999, 12, 1, 1), INT64_MIN);
    assert_int_equal(months_later(1, 1, 1, -1), INT64_MIN);
    assert_int_equal(months_later(2024, 1, 1, INT64_MAX), INT64_MIN);
    assert_int_equal(months_later(2024, 1, 1, INT64_MIN), INT64_MIN);
    assert_int_equal(months_later(10000, 1, 1, -12), INT64_MIN);
}

static void far_dates_do_no_harm(void **state)
{
    (void)state;
    static const int64_t dates[] = {INT64_MIN, INT64_MIN + 1, -1000000000000, 1000000000000, INT64_MAX};
    for (size_t i = 0; i < LENGTH(dates); i++) {
        int year, month, day;
        char text[40];
        int64_t out;
        date_to_civil(dates[i], &year, &month, &day);
        assert_true(month >= 1 && month <= 12 && day >= 1 && day <= 31);
        assert_true(date_print(text, dates[i]) == strlen(text));
        assert_in_range(date_weekday(dates[i]), 0, 6);
        assert_false(date_add_months(dates[i], 1, &out));
        assert_true(zone_start_of(zone_utc(), dates[i]) == (dates[i] < 0 ? INT64_MIN : INT64_MAX));
        (void)zone_end_of(zone_utc(), dates[i]);
        assert_true(instant_print(text, dates[i]) == strlen(text) && strlen(text) < 40);
        assert_true(instant_print_local(text, zone_utc(), dates[i]) == strlen(text));
        assert_true(span_print(text, dates[i]) == strlen(text) && strlen(text) < 40);
        assert_true(time_print(text, dates[i]) == strlen(text) && strlen(text) < 40);
    }
}

/* ---- reading ---------------------------------------------------------------------------- */

static void dates_are_read_strictly(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "2026", "2026-12", "2026-12-2", "2026-12-25 ", " 2026-12-25", "2026-13-01", "2026-00-01",
        "2026-02-29", "0000-01-01", "2026/12/25", "2026-12-25T", "20261225", "-2026-12-25", "2026-1-01",
        "2026-12-+1", "12026-01-01"};
    int64_t date;
    assert_true(date_parse("2026-12-25", 10, &date) && date == date_from_civil(2026, 12, 25));
    assert_true(date_parse("2026-12-25x", 10, &date));                 /* only the bytes given */
    assert_true(date_parse("0001-01-01", 10, &date) && date_parse("9999-12-31", 10, &date));
    for (size_t i = 0; i < LENGTH(wrong); i++)
        if (date_parse(wrong[i], strlen(wrong[i]), &date)) fail_msg("\"%s\" was read as a date", wrong[i]);
    assert_false(date_parse("2026-12-25", 9, &date));
}

static void times_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t micros;
    } right[] = {{"00:00", 0},
                 {"09:30", 9 * US_HOUR + 30 * US_MINUTE},
                 {"09:30:15", 9 * US_HOUR + 30 * US_MINUTE + 15 * US_SECOND},
                 {"23:59:59.999999", US_DAY - 1},
                 {"00:00:00.5", US_SECOND / 2},
                 {"00:00:00.0000019", 1},
                 {"24:00", US_DAY},
                 {"24:00:00", US_DAY}};
    static const char *const wrong[] = {
        "", "9:30", "09:3", "09:60", "24:01", "24:00:00.1", "25:00", "09:30:60", "09:30:", "09:30:15.",
        "09:30:1", "0930", "09:30 ", "09:30am", "-9:30", "09:30:15,5"};
    int64_t micros;
    for (size_t i = 0; i < LENGTH(right); i++) {
        assert_true(time_parse(right[i].text, strlen(right[i].text), &micros));
        assert_int_equal(micros, right[i].micros);
    }
    for (size_t i = 0; i < LENGTH(wrong); i++)
        if (time_parse(wrong[i], strlen(wrong[i]), &micros)) fail_msg("\"%s\" was read as a time", wrong[i]);
}

static void instants_are_read_in_their_zone(void **state)
{
    (void)state;
    const Zone *berlin = zone_find("Europe/Berlin", NULL);
    assert_non_null(berlin);
    Instant noon = (date_from_civil(2026, 12, 25) * 24 + 12) * US_HOUR;
    static const char *const same[] = {
        "2026-12-25T12:00Z", "2026-12-25T12:00:00Z", "2026-12-25 12:00:00.000Z", "2026-12-25T13:00+01:00",
        "2026-12-25T13:00", "2026-12-25 13:00:00", "2026-12-25T07:00-0500", "2026-12-25T14:00+02",
        "2026-12-25T17:45+05:45"};
    static const char *const wrong[] = {
        "", "2026-12-25", "2026-12-25T", "2026-12-25T12", "2026-12-25T12:00X", "2026-12-25T12:00ZZ",
        "2026-12-25T12:00 Z", "2026-12-25T24:00Z", "2026-12-25T12:00+1", "2026-12-25T12:00+24:00",
        "2026-12-25T12:00+01:60", "2026-12-25T12:00+01:", "2026-12-25T12:00+01:000", "2026-02-30T12:00Z",
        "0001-01-01T00:00+01:00", "9999-12-31T23:59-01:00", "2026-12-25_12:00Z"};
    Instant t;
    for (size_t i = 0; i < LENGTH(same); i++) {
        if (!instant_parse(same[i], strlen(same[i]), berlin, &t)) fail_msg("\"%s\" was not read", same[i]);
        assert_int_equal(t, noon);
    }
    for (size_t i = 0; i < LENGTH(wrong); i++)
        if (instant_parse(wrong[i], strlen(wrong[i]), berlin, &t))
            fail_msg("\"%s\" was read as an instant", wrong[i]);
    assert_true(instant_parse("2026-12-25T12:00", 16, NULL, &t) && t == noon);     /* no zone: UTC */
    assert_true(instant_parse("1969-12-31T23:59:59.999999Z", 27, NULL, &t) && t == -1);
}

/* ---- writing ------------------------------------------------------------------------------ */

static void moments_are_written_and_read_again(void **state)
{
    (void)state;
    static const struct {
        Instant t;
        const char *text;
    } cases[] = {{0, "1970-01-01T00:00:00Z"},
                 {-1, "1969-12-31T23:59:59.999999Z"},
                 {US_SECOND / 2, "1970-01-01T00:00:00.500000Z"},
                 {INT64_C(1798187400) * US_SECOND, "2026-12-25T08:30:00Z"},
                 {INT64_C(-62135596800) * US_SECOND, "0001-01-01T00:00:00Z"},
                 {INT64_C(253402300799) * US_SECOND + 999999, "9999-12-31T23:59:59.999999Z"}};
    char text[40];
    for (size_t i = 0; i < LENGTH(cases); i++) {
        Instant t;
        assert_int_equal(instant_print(text, cases[i].t), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
        assert_true(instant_parse(text, strlen(text), NULL, &t) && t == cases[i].t);
    }
    assert_int_equal(date_print(text, 0), 10);
    assert_string_equal(text, "1970-01-01");
    assert_int_equal(instant_print_local(text, zone_find("Asia/Kathmandu", NULL), 0), 16);
    assert_string_equal(text, "1970-01-01 05:30");
    time_print(text, 9 * US_HOUR + 5 * US_MINUTE);
    assert_string_equal(text, "09:05");
    time_print(text, 9 * US_HOUR + 5 * US_SECOND);
    assert_string_equal(text, "09:00:05");
    time_print(text, US_DAY - 1);
    assert_string_equal(text, "23:59:59.999999");
    time_print(text, US_DAY);
    assert_string_equal(text, "24:00");
}

static void spans_are_exact(void **state)
{
    (void)state;
    static const struct { int64_t micros; const char *text; } cases[] = {
        {0, "0 s"}, {1, "1 µs"}, {12345, "12 ms 345 µs"}, {45 * US_SECOND + 300000, "45 s 300 ms"},
        {33 * US_HOUR + 30 * US_MINUTE, "1 d 9 h 30 min"}, {2 * US_HOUR + 59 * US_SECOND, "2 h 59 s"},
        {3 * US_DAY + 1, "3 d 1 µs"}, {-90 * US_MINUTE, "-1 h 30 min"}, {-1, "-1 µs"},
        {INT64_MIN, "-106751991 d 4 h 54 s 775 ms 808 µs"}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char text[62];
        assert_int_equal(span_print_exact(text, cases[i].micros, "d"), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
}

static void spans_have_two_units(void **state)
{
    (void)state;
    static const struct { int64_t micros; const char *text; } cases[] = {
        {0, "0 s"}, {1, "1 µs"}, {999, "999 µs"}, {1000, "1 ms"}, {12345, "12 ms"}, {US_SECOND - 1, "999 ms"},
        {45 * US_SECOND + 300000, "45 s"}, {US_MINUTE, "1 min"}, {US_MINUTE + US_SECOND, "1 min 1 s"},
        {2 * US_HOUR + 30 * US_MINUTE + 59 * US_SECOND, "2 h 30 min"}, {2 * US_HOUR + 59 * US_SECOND, "2 h"},
        {3 * US_DAY, "3 d"}, {3 * US_DAY + 59 * US_MINUTE, "3 d"}, {US_DAY + 23 * US_HOUR, "1 d 23 h"},
        {-90 * US_MINUTE, "-1 h 30 min"}, {INT64_MAX, "106751991 d 4 h"}, {INT64_MIN, "-106751991 d 4 h"}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char text[40];
        assert_int_equal(span_print(text, cases[i].micros), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
}

/* ---- the clock ------------------------------------------------------------------------------- */

static void the_clock_can_be_set(void **state)
{
    (void)state;
    Error err = {0};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    unsetenv("OPS_NOW");
    assert_true(clock_now_valid(&err));
    assert_true(llabs(clock_now() - now.tv_sec * US_SECOND) < US_MINUTE);
    setenv("OPS_NOW", "2026-10-01T09:00:00Z", 1);
    assert_true(clock_now_valid(&err));
    assert_int_equal(clock_now(), (date_from_civil(2026, 10, 1) * 24 + 9) * US_HOUR);
    assert_true(llabs(clock_real() - now.tv_sec * US_SECOND) < US_MINUTE);
    setenv("OPS_NOW", "", 1);
    assert_true(clock_now_valid(&err));
    assert_true(llabs(clock_now() - now.tv_sec * US_SECOND) < US_MINUTE);
    setenv("OPS_NOW", "yesterday", 1);
    assert_true(llabs(clock_now() - now.tv_sec * US_SECOND) < US_MINUTE);
    assert_false(clock_now_valid(&err));
    assert_int_equal(err.status, ST_CONFIG);
    assert_non_null(strstr(err.text, "\"yesterday\""));
    assert_non_null(strstr(err.text, "2026-10-01T09:00:00Z"));
    assert_false(clock_now_valid(NULL));
    unsetenv("OPS_NOW");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_follows_the_one_before),
        cmocka_unit_test(dates_are_those_of_libc),
        cmocka_unit_test(only_possible_dates_are_valid),
        cmocka_unit_test(months_keep_the_day_or_take_the_last),
        cmocka_unit_test(far_dates_do_no_harm),
        cmocka_unit_test(dates_are_read_strictly),
        cmocka_unit_test(times_are_read_strictly),
        cmocka_unit_test(instants_are_read_in_their_zone),
        cmocka_unit_test(moments_are_written_and_read_again),
        cmocka_unit_test(spans_are_exact), cmocka_unit_test(spans_have_two_units),
        cmocka_unit_test(the_clock_can_be_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
