/* holidays.c -- tests of public holidays: days that were looked up, what moves, what came and went with the years, and
 * that the rules make sense in every year. */
#include "base/holidays.h"

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

static int64_t date(const char *text)
{
    int64_t d;
    if (!date_parse(text, strlen(text), &d)) fail_msg("\"%s\" is no date", text);
    return d;
}

static Arena *arena;

/* All holidays of a year, "01-01 04-03 ..." */
static void expect_year(const char *region, int year, const char *wanted)
{
    HolidayVec all = {0};
    char found[400] = "", text[40];
    holidays_add(arena, region, &all);
    holidays_sort(&all);
    for (uint32_t i = 0; i < all.n; i++) {
        date_print(text, all.items[i]);
        assert_non_null(holiday_name(region, all.items[i]));
        if (strtol(text, NULL, 10) != year) continue;
        size_t n = strlen(found);
        snprintf(found + n, sizeof found - n, "%s%s", n ? " " : "", text + 5);
    }
    if (strcmp(found, wanted) != 0) fail_msg("%s %d\n  found  %s\n  wanted %s", region, year, found, wanted);
}

static void years_as_they_are_printed_in_calendars(void **state)
{
    (void)state;
    expect_year("DE", 2026, "01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26");
    expect_year("DE-BE", 2026, "01-01 03-08 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26");
    expect_year("DE-BY", 2026, "01-01 01-06 04-03 04-06 05-01 05-14 05-25 06-04 10-03 11-01 12-25 12-26");
    expect_year("DE-SN", 2026, "01-01 04-03 04-06 05-01 05-14 05-25 10-03 10-31 11-18 12-25 12-26");
    expect_year("AT", 2026, "01-01 01-06 04-06 05-01 05-14 05-25 06-04 08-15 10-26 11-01 12-08 12-25 12-26");
    expect_year("FR", 2026, "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25");
    expect_year("PL", 2026, "01-01 01-06 04-05 04-06 05-01 05-03 05-24 06-04 08-15 11-01 11-11 12-24 12-25 12-26");
    expect_year("SE", 2026, "01-01 01-06 04-03 04-05 04-06 05-01 05-14 05-24 06-06 06-20 10-31 12-25 12-26");
    expect_year("GB-ENG", 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28");
    expect_year("US", 2026, "01-01 01-19 02-16 05-25 06-19 07-03 07-04 09-07 10-12 11-11 11-26 12-25");
}

static void what_falls_on_a_weekend_is_made_up_for(void **state)
{
    (void)state;
    expect_year("GB-ENG", 2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-25 12-26 12-27 12-28");
    expect_year("GB-ENG", 2022, "01-01 01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-25 12-26 12-27");
    expect_year("GB-SCT", 2022, "01-01 01-02 01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-25 12-26 12-27");
    assert_string_equal(holiday_name("US", date("2021-12-31")), "New Year's Day");     /* of 2022, a Saturday */
    assert_null(holiday_name("US", date("2020-12-31")));
    assert_string_equal(holiday_name("NL", date("2025-04-26")), "King's Day");         /* the 27th is a Sunday */
    assert_null(holiday_name("NL", date("2025-04-27")));
}

static void holidays_come_and_go(void **state)
{
    (void)state;
    static const struct { const char *region, *yes, *no; } rows[] = {
        {"DE-BE", "2019-03-08", "2018-03-08"}, {"DE-HH", "2017-10-31", "2016-10-31"},
        {"DE-HH", "2018-10-31", "2015-10-31"}, {"DE-BY", "2017-10-31", "2018-10-31"},
        {"DK", "2023-05-05", "2024-04-26"},
        {"US", "2021-06-18", "2020-06-19"},    {"PL", "2025-12-24", "2024-12-24"},
        {"GB-ENG", "2020-05-08", "2020-05-04"}, {"PT", "2016-05-26", "2013-05-30"},
        {"SE", "2005-06-06", "2004-06-06"},    {"FR-67", "2026-04-03", "2026-12-27"}};
    for (size_t i = 0; i < LENGTH(rows); i++) {
        if (!holiday_name(rows[i].region, date(rows[i].yes))) fail_msg("%s %s", rows[i].region, rows[i].yes);
        if (holiday_name(rows[i].region, date(rows[i].no))) fail_msg("not %s %s", rows[i].region, rows[i].no);
    }
}

static void easter_is_where_it_is(void **state)
{
    (void)state;
    static const char *const sundays[] = {"2000-04-23", "2008-03-23", "2011-04-24", "2019-04-21", "2024-03-31",
                                          "2025-04-20", "2027-03-28", "2038-04-25", "2049-04-18", "2076-04-19",
                                          "2100-03-28"};
    for (size_t i = 0; i < LENGTH(sundays); i++)
        assert_string_equal(holiday_name("PL", date(sundays[i])), "Easter Sunday");
    for (int year = HOLIDAYS_FIRST; year <= HOLIDAYS_LAST; year++) {
        int found = 0;
        for (int64_t d = date_from_civil(year, 3, 22); d <= date_from_civil(year, 4, 25); d++) {
            const char *name = holiday_name("PL", d);
            bool easter = name && strcmp(name, "Easter Sunday") == 0;
            assert_true(!easter || date_weekday(d) == 6);
            found += easter;
        }
        assert_int_equal(found, 1);
    }
}

static void regions(void **state)
{
    (void)state;
    assert_true(holidays_known("DE") && holidays_known("DE-BE") && holidays_known("GB-NIR"));
    assert_false(holidays_known("GB") || holidays_known("DE-XX") || holidays_known("JP") || holidays_known(""));
    assert_non_null(strstr(holidays_regions(arena), "AT, BE, CH"));
}

static int set_up(void **state) { (void)state; arena = arena_new(); return 0; }
static int tear_down(void **state) { (void)state; arena_free(arena); return 0; }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(years_as_they_are_printed_in_calendars),
        cmocka_unit_test(what_falls_on_a_weekend_is_made_up_for),
        cmocka_unit_test(holidays_come_and_go),
        cmocka_unit_test(easter_is_where_it_is),
        cmocka_unit_test(regions),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
