/* like.c -- tests of like.h: what examples mean and refuse to mean, texts read and written by them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "base/like.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static Arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const Like *like(const char *example)
{
    Like *l = NULL;
    Error err = {0};
    if (like_compile(arena, example, &l, &err) != ST_OK) print_error("\"%s\": %s\n", example, err.text);
    assert_non_null(l);
    return l;
}

/* The example is refused, and the message says this. */
static void refused(const char *example, const char *words)
{
    Like *l;
    Error err = {0};
    if (like_compile(arena, example, &l, &err) == ST_OK) print_error("\"%s\" was understood\n", example);
    assert_int_equal(err.status, ST_VALUE);
    assert_null(l);
    if (!strstr(err.text, words)) print_error("\"%s\" does not say \"%s\"\n", err.text, words);
    assert_non_null(strstr(err.text, words));
    assert_int_equal(like_compile(arena, example, &l, NULL), ST_VALUE);
}

static Value read_in(const Zone *zone, const char *example, const char *text)
{
    Value v;
    Error err = {0};
    if (like_read(like(example), text, zone, &v, &err) != ST_OK)
        print_error("\"%s\" like \"%s\": %s\n", text, example, err.text);
    assert_int_equal(err.status, ST_OK);
    return v;
}

static void unread(const char *example, const char *text, const char *words)
{
    Value v = value_integer(1);
    Error err = {0};
    if (like_read(like(example), text, NULL, &v, &err) == ST_OK)
        print_error("\"%s\" was read like \"%s\"\n", text, example);
    assert_int_equal(err.status, ST_VALUE);
    assert_int_equal(v.type, V_NONE);
    if (!strstr(err.text, words)) print_error("\"%s\" does not say \"%s\"\n", err.text, words);
    assert_non_null(strstr(err.text, words));
    assert_int_equal(like_read(like(example), text, NULL, &v, NULL), ST_VALUE);
}

/* The text, read by the example, is the value as a machine sees it. */
static void reads(const char *example, const char *text, const char *wanted)
{
    Buf b = {0};
    Value v = read_in(NULL, example, text);
    value_print(&b, &v, STYLE_MACHINE, NULL);
    if (strcmp(buf_text(&b), wanted) != 0) print_error("\"%s\" like \"%s\"\n", text, example);
    assert_string_equal(buf_text(&b), wanted);
    buf_free(&b);
}

static void prints(const char *example, Value v, const char *wanted)
{
    Buf b = {0};
    assert_true(like_print(&b, like(example), &v, NULL));
    assert_string_equal(buf_text(&b), wanted);
    buf_free(&b);
}

/* ---- dates ------------------------------------------------------------------- */

static void dates_in_any_order(void **state)
{
    static const struct { const char *example, *text; } cases[] = {
        {"31-12-2017", "07-03-2018"}, {"31/12/2017", "07/03/2018"}, {"31.12.2017", "07.03.2018"},
        {"31 12 2017", "07 03 2018"}, {"12/31/2017", "03/07/2018"}, {"12-31-2017", "03-07-2018"},
        {"2017-12-31", "2018-03-07"}, {"2017/12/31", "2018/03/07"}, {"2017.31.12", "2018.07.03"},
        {"2017-01-02", "2018-03-07"}, {"31-12-17", "07-03-18"}, {"12/31/17", "03/07/18"},
        {"31.12.17", "07.03.18"}, {"31.1.2017", "7.3.2018"}, {"31 Dec 2017", "07 Mar 2018"},
        {"31 December 2017", "07 March 2018"}, {"December 31, 2017", "March 07, 2018"},
        {"Dec 3 2017", "Mar 7 2018"}, {"2017-Dec-31", "2018-Mar-07"}, {"31-Dec-17", "07-Mar-18"},
        {"31DEC2017", "07MAR2018"}, {"1. december 2017", "7. march 2018"}, {"  31-12-2017\t", "07-03-2018"},
        {"31-2017-12", "07-2018-03"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(like_kind(like(cases[i].example)), LIKE_DATE);
        reads(cases[i].example, cases[i].text, "2018-03-07");
        prints(cases[i].example, value_date(date_from_civil(2018, 3, 7)), cases[i].text);
    }
}

static void dates_are_read_with_some_patience(void **state)
{
    (void)state;
    reads("31-12-2017", "  7-3-2018 \t", "2018-03-07");
    reads("31-12-2017 23:59", "7-3-2018   9:59", "2018-03-07T09:59:00Z");
    reads("31 Dec 2017", "7 march 2018", "2018-03-07");
    reads("31 December 2017", "7  MAR  2018", "2018-03-07");
    reads("31 May 2017", "7 September 2018", "2018-09-07");
    reads("31-12-2017", "29-02-2016", "2016-02-29");
    reads("31-12-17", "31-12-68", "2068-12-31");
    reads("31-12-17", "31-12-69", "1969-12-31");
    reads("31-12-2017", "31-12-9999", "9999-12-31");
    reads("31-12-2017", "01-01-0001", "0001-01-01");
}

static void ambiguous_dates_are_refused(void **state)
{
    (void)state;
    refused("01-02-2017", "like \"31-12-2017\" or \"12-31-2017\"");
    refused("10-10-2017", "like \"31-12-2017\" or \"12-31-2017\"");
    refused("12-12-2017", "which is the day");
    refused("01/02/17", "like \"31/12/17\" or \"12/31/17\"");
    refused("2017/01/02", "like \"2017/31/12\" or \"2017/12/31\"");
    refused("2017-1-2", "which is the day");
    refused("1.2. 23:59", "like \"31.12. 23:59\" or \"12.31. 23:59\"");
    refused("1/2", "\"31/12\" or \"12/31\"");
    refused("01-02-2017 11:59 PM", "like \"31-12-2017 11:59 PM\"");
}

static void impossible_examples_are_refused(void **state)
{
    (void)state;
    refused("31-02-2017", "February 2017 has no day 31");
    refused("31-11-2017", "November 2017 has no day 31");
    refused("29-02-2017", "February 2017 has no day 29");
    refused("31-13-2017", "no month 13");
    refused("13-00-2017", "no month 0");
    refused("32 Dec 2017", "December 2017 has no day 32");
    refused("0 Dec 2017", "has no day 0");
    refused("31-12-0000", "no year 0");
    refused("30.02. 23:59", "February 2000 has no day 30");
    refused("24:00", "no hour 24");
    refused("23:60", "no minute 60");
    refused("23:59:60", "no second 60");
    refused("13:00 PM", "no hour 13 ahead of AM or PM");
    refused("0:30 AM", "no hour 0");
}

static void what_is_no_whole_date(void **state)
{
    (void)state;
    refused("12-2017", "no whole date");
    refused("Dec 2017", "no whole date");
    refused("31 23:59", "no whole date");
    refused("31-12-7", "no whole date");
    refused("2017-2018-12", "no whole date");
    refused("December 23:59", "no whole date");
}

static void impossible_dates_say_what_is_wrong(void **state)
{
    (void)state;
    unread("31-12-2017", "31-02-2018", "February 2018 has no day 31");
    unread("31-12-2017", "29-02-1900", "February 1900 has no day 29");
    unread("31-12-2017", "00-12-2018", "has no day 0");
    unread("31-12-2017", "03-31-2018", "there is no month 31");
    unread("31-12-2017", "03-00-2018", "there is no month 0");
    unread("31-12-2017", "03-12-0000", "there is no year 0");
    unread("31-12-2017 23:59:59", "03-12-2018 24:00:00", "there is no hour 24");
    unread("31-12-2017 23:59:59", "03-12-2018 12:60:00", "there is no minute 60");
    unread("31-12-2017 23:59:59", "03-12-2018 12:00:61", "there is no second 61");
    unread("11:59 PM", "0:30 AM", "there is no hour 0");
    unread("11:59 PM", "13:30 PM", "there is no hour 13");
}

static void other_texts_are_no_dates(void **state)
{
    static const char *const texts[] = {
        "", " ", "x", "31-12-201", "31-12-20177", "31/12/2017", "311-12-2017", "31-12-2017x",
        "31-12-2017 23:59", "2017-12-31", "31--12-2017", "-31-12-2017", "31-12-17", "31-Dec-2017",
        "31-12-\xff\xff", "31-12-2017\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        unread("31-12-2017", texts[i], "wanted something like \"31-12-2017\", found \"");
    unread("31 Dec 2017", "31 Dez 2017", "wanted something like");
    unread("31 Dec 2017", "31 Decem 2017", "wanted something like");
    unread("31 Dec 2017", "31 12 2017", "wanted something like");
    unread("31-12-2017", "a\x1b[31mb", "found \"a\\x1b[31mb\"");
    unread("31-12-2017",
           "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
           "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
           "x\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
           "\xc3\xa4...\"");
}

/* ---- times ------------------------------------------------------------------- */

static void times(void **state)
{
    (void)state;
    assert_int_equal(like_kind(like("23:59")), LIKE_TIME);
    reads("23:59", "09:30", "09:30");
    reads("23:59", "9:30", "09:30");
    reads("23:59:59", "00:00:00", "00:00");
    reads("23:59:59", "23:59:59", "23:59:59");
    reads("11:59 PM", "12:00 AM", "00:00");
    reads("11:59 PM", "12:00 pm", "12:00");
    reads("11:59 PM", "1:05 PM", "13:05");
    reads("11:59:59pm", "11:59:59am", "11:59:59");
    unread("23:59", "9", "wanted something like");
    unread("23:59", "9:5", "wanted something like");
    unread("23:59", "09:30:15", "wanted something like");
    unread("11:59 PM", "11:59", "wanted something like");
    unread("11:59 PM", "11:59 XM", "wanted something like");
    Value t = value_time(13 * US_HOUR + 5 * US_MINUTE + 9 * US_SECOND);
    prints("23:59", t, "13:05");
    prints("23:59:59", t, "13:05:09");
    prints("11:59 PM", t, "01:05 PM");
    prints("1:59 pm", t, "1:05 pm");
    prints("11:59 PM", value_time(0), "12:00 AM");
    prints("11:59 PM", value_time(12 * US_HOUR), "12:00 PM");
    prints("23:59", value_time(US_DAY), "24:00");
}

static void moments_are_local(void **state)
{
    (void)state;
    Error err;
    const Zone *berlin = zone_find("Europe/Berlin", &err);
    assert_non_null(berlin);
    static const char *const examples[] = {"31-12-2017 23:59",      "2017-12-31T23:59",
                                           "12/31/2017 11:59 PM",   "31.12.2017, 23:59",
                                           "Dec 31, 2017 23:59:59", "23:59 31.12.17"};
    static const char *const texts[] = {"01-07-2018 00:30",  "2018-07-01T00:30",      "07/01/2018 12:30 AM",
                                        "01.07.2018, 00:30", "Jul 01, 2018 00:30:00", "00:30 01.07.18"};
    Instant wanted = date_from_civil(2018, 6, 30) * US_DAY + 22 * US_HOUR + 30 * US_MINUTE;
    for (size_t i = 0; i < COUNT(examples); i++) {
        Buf b = {0};
        assert_int_equal(like_kind(like(examples[i])), LIKE_DATETIME);
        Value v = read_in(berlin, examples[i], texts[i]);
        assert_int_equal(v.type, V_DATETIME);
        assert_true(v.i == wanted);
        assert_true(read_in(NULL, examples[i], texts[i]).i == wanted + 2 * US_HOUR);
        assert_true(like_print(&b, like(examples[i]), &v, berlin));
        assert_string_equal(buf_text(&b), texts[i]);
        buf_free(&b);
    }
    prints("31-12-2017", value_datetime(wanted), "30-06-2018");
    prints("23:59", value_datetime(wanted), "22:30");
}

static void the_year_may_be_left_out_for_writing(void **state)
{
    (void)state;
    Value v = value_datetime(date_from_civil(2018, 3, 7) * US_DAY + 9 * US_HOUR);
    assert_int_equal(like_kind(like("31.12. 23:59")), LIKE_DATETIME);
    assert_int_equal(like_kind(like("31.12.")), LIKE_DATE);
    prints("31.12. 23:59", v, "07.03. 09:00");
    prints("31.12. 23:59", value_date(date_from_civil(2018, 3, 7)), "07.03. 00:00");    /* a date's begin */
    prints("31.12.", v, "07.03.");
    prints("Dec 31", v, "Mar 07");
    prints("31/12", v, "07/03");
    prints("29 February", v, "07 March");
    unread("31.12. 23:59", "07.03. 09:00", "has no year: it can write dates and not read them");
    unread("Dec 31", "Mar 7", "has no year");
}

static void what_cannot_be_written(void **state)
{
    (void)state;
    Buf b = {0};
    Value date = value_date(0), time = value_time(0), text = value_text("x"),
          never = value_datetime(INSTANT_NEVER), most = value_number(INT64_MAX);
    assert_false(like_print(&b, like("31-12-2017"), &time, NULL));
    assert_false(like_print(&b, like("23:59"), &date, NULL));
    assert_false(like_print(&b, like("31-12-2017"), &text, NULL));
    assert_false(like_print(&b, like("31-12-2017"), &never, NULL));
    assert_false(like_print(&b, like("31-12-2017"), &VALUE_NONE, NULL));
    assert_false(like_print(&b, like("1234.56"), &text, NULL));
    assert_false(like_print(&b, like("1234.56"), &date, NULL));
    assert_false(like_print(&b, like("1234"), &most, NULL));    /* rounded up it is too large */
    assert_false(like_print(&b, like("ja/nein"), &text, NULL));
    assert_int_equal(b.n, 0);
    buf_free(&b);
}

/* ---- numbers ----------------------------------------------------------------- */

static void numbers(void **state)
{
    static const struct { const char *example, *text, *wanted; } cases[] = {
        {"1.234,56", "1.234.567,89", "1234567.89"}, {"1.234,56", "12,5", "12.5"},
        {"1.234,56", "1234567,89", "1234567.89"}, {"1.234,56", "-1.234", "-1234"},
        {"1,234.56", "1,234.5", "1234.5"}, {"1,234.56", " 12 ", "12"},
        {"1 234,56", "1 234 567,8", "1234567.8"},
        {"1 234,56", "1\302\240234,5", "1234.5"},                  /* a no-break blank */
        {"1\342\200\257234,56", "1 234,5", "1234.5"},              /* a narrow one */
        {"1'234.56", "1'234'567.8", "1234567.8"}, {"1'234.56", "1\342\200\231234.5", "1234.5"},
        {"1234,56", "1234,5", "1234.5"}, {"1234.56", "0.000001", "0.000001"}, {"1234.56", "+5", "5"},
        {"1234.56", "\342\210\2225", "-5"}, {"-1234.56", "5.5", "5.5"}, {"1234", "007", "7"},
        {"1 234", "12 345", "12345"}, {"1.234.567", "1.234", "1234"}, {"0,123", "1234,5", "1234.5"},
        {"1234.567", "1.5", "1.5"}, {"12.3456", "1.5", "1.5"}, {"5", "12345678", "12345678"},
        {"1,234,567.8", "9,223,372,036,854.775807", "9223372036854.775807"}, {"12345678", "5", "5"},
        {"31.12", "5.5", "5.5"}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(like_kind(like(cases[i].example)), LIKE_NUMBER);
        assert_int_equal(read_in(NULL, cases[i].example, cases[i].text).type, V_NUMBER);
        reads(cases[i].example, cases[i].text, cases[i].wanted);
    }
}

static void ambiguous_numbers_are_refused(void **state)
{
    (void)state;
    refused("1.234", "like \"1234.56\" or \"1.234,56\"");
    refused("1,234", "like \"1234,56\" or \"1,234.56\"");
    refused("-12.345", "could stand ahead of decimals or between thousands");
    refused("123,456", "could stand");
    refused("20171231", "a number or a date");
    refused("31122017", "a number or a date");
    refused("12312017", "a number or a date");
}

static void other_texts_are_no_numbers(void **state)
{
    static const char *const texts[] = {"",          "-",        ",",     ",5",     "5,",         "1.23",
                                        "1.2345",    "1234.567", ".123",  "1..234", "1.234,56,7", "1,234.56",
                                        "1 234,56",  "12x",      "x12",   "1e5",    "--5",        "+-5",
                                        "1.234,5 6", "\xff",     "1.234."};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        unread("1.234,56", texts[i], "wanted something like \"1.234,56\", found \"");
    unread("1234,56", "1.234,56", "wanted something like");
    unread("1234", "12.5", "wanted something like");
    unread("1 234", "12,5", "wanted something like");
    unread("1.234,56", "1,2345678", "at most six decimals");
    unread("1234.56", "9223372036854.775808", "nine million million");
    unread("1234.56", "99999999999999999999999999999999999999999999999999", "cannot be kept exactly");
}

static void numbers_are_written(void **state)
{
    (void)state;
    Value n = value_number(1234567891000), money = value_money(-1234567891000, currency_pack("USD"));
    prints("1.234,56", n, "1.234.567,89");
    prints("1,234.56", money, "-1,234,567.89");
    prints("1 234,5", n, "1 234 567,9");
    prints("1\xc2\xa0" "234,5", n, "1\xc2\xa0" "234\xc2\xa0" "567,9");
    prints("1'234.56", n, "1'234'567.89");
    prints("1234,567", n, "1234567,891");
    prints("1234", n, "1234568");
    prints("1 234", n, "1 234 568");
    prints("1,234.56", value_integer(999), "999.00");
    prints("1,234.56", value_integer(1000), "1,000.00");
    prints("1234.5", value_number(50000), "0.0");            /* half to even */
    prints("1234.5", value_number(150000), "0.2");
    prints("1234.5", value_number(-1), "0.0");
    prints("1234.56", value_percent(50000), "0.05");
    prints("0.12345678", value_number(1), "0.000001");
    prints("1234.567891", value_number(INT64_MIN), "-9223372036854.775808");
}

/* ---- yes and no -------------------------------------------------------------- */

static void booleans(void **state)
{
    (void)state;
    static const char *const examples[] = {"TRUE/FALSE", "ja/nein", "1/0", "Y/N", "T/F", "not paid / paid",
                                           "\xc3\x84hm/\xd0\x9d\xd0\x95\xd0\xa2"};
    static const char *const yes[] = {"true", "JA", " 1 ", "y", "t", "Not Paid", "\xc3\xa4hm"};
    static const char *const no[] = {"False", "Nein", "0", "n", "f", "paid\t", "\xd0\xbd\xd0\xb5\xd1\x82"};
    for (size_t i = 0; i < COUNT(examples); i++) {
        assert_int_equal(like_kind(like(examples[i])), LIKE_BOOLEAN);
        reads(examples[i], yes[i], "yes");
        reads(examples[i], no[i], "no");
        unread(examples[i], "maybe", "found \"maybe\"");
        unread(examples[i], "", "wanted \"");
    }
    unread("ja/nein", "j", "wanted \"ja\" or \"nein\", found \"j\"");
    unread("ja/nein", "jan", "wanted");
    unread("ja/nein", "\xff", "wanted");
    prints("ja/nein", value_boolean(true), "ja");
    prints("not paid / paid", value_boolean(false), "paid");
}

static void what_is_no_example_at_all(void **state)
{
    static const char *const examples[] = {
        "", " ", "/", "yes/", "/no", "yes/YES", "a/b/c", "hello", "31-12-2017 foo", "-", ".", "-31-12-2017",
        "31-12-2017-", "T23:59", "31-12-2017T", "2017-12-31 23:59 22:00", "1,23,4", "31,12,2017", "23:5",
        "1-2-3-4-5-6-7-8-9-10-11-12-13-14", "31----------12-2017", "\xff\xfe", "123-12-2017", "Dec Jan 2017",
        "31T12T2017"};
    (void)state;
    for (size_t i = 0; i < COUNT(examples); i++)
        refused(examples[i], "is no example that can be understood: give a date like");
}

/* What is written by an example is read by it, for every day of some years and every minute of a day. */
static void what_is_written_reads_back(void **state)
{
    static const char *const dates[] = {"31-12-2017", "12/31/2017", "2017-12-31", "31.1.2017", "31 Dec 2017",
                                        "December 31, 2017", "31-DEC-17", "2017.31.12"};
    static const char *const clocks[] = {"31.12.2017 23:59", "12/31/17 1:59 PM", "2017-12-31T23:59:59"};
    (void)state;
    Buf b = {0};
    Value back;
    for (size_t i = 0; i < COUNT(dates); i++) {
        const Like *l = like(dates[i]);
        for (int64_t day = date_from_civil(2015, 12, 31); day < date_from_civil(2017, 1, 2); day++) {
            Value v = value_date(day);
            buf_clear(&b);
            assert_true(like_print(&b, l, &v, NULL));
            assert_int_equal(like_read(l, buf_text(&b), NULL, &back, NULL), ST_OK);
            assert_true(value_equal(&v, &back));
        }
    }
    for (size_t i = 0; i < COUNT(clocks); i++) {
        const Like *l = like(clocks[i]);
        for (int64_t minute = 0; minute < 1440; minute++) {
            Value v = value_datetime(17000 * US_DAY + minute * US_MINUTE);
            buf_clear(&b);
            assert_true(like_print(&b, l, &v, NULL));
            assert_int_equal(like_read(l, buf_text(&b), NULL, &back, NULL), ST_OK);
            assert_true(value_equal(&v, &back));
        }
    }
    buf_free(&b);
}

/* Up to two bytes of the text changed. */
static void slip(char *to, const char *from, uint64_t *x)
{
    static const char signs[] = "0123459-/. ,:TPAMDecJay'\xc3\xa4\xff+";
    size_t n = strlen(from);
    strcpy(to, from);
    for (unsigned k = (unsigned)(*x >> 60) % 3; k; k--) {
        *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
        to[*x % n] = signs[(*x >> 20) % sizeof signs];     /* its NUL too: a text cut off */
    }
    *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
}

/* Whatever an example or a text consists of, there is an answer; a good one can write. */
static void any_bytes_have_an_answer(void **state)
{
    static const char *const examples[] = {"31-12-2017 23:59",    "12/31/17 11:59 PM", "December 31, 2017",
                                           "2017-12-31T23:59:59", "31.12. 23:59",      "-1.234.567,89",
                                           "1\302\240234,5",      "TRUE/FALSE"};
    Value samples[] = {value_date(17000), value_datetime(17000 * US_DAY), value_time(US_HOUR),
                       value_integer(-1234), value_boolean(true)};
    uint64_t x = 88172645463325252u;
    uint32_t good = 0, read = 0;
    (void)state;
    for (int round = 0; round < 60000; round++) {
        char example[32], text[32];
        slip(example, examples[round % COUNT(examples)], &x);
        slip(text, examples[round % COUNT(examples)], &x);
        Like *l;
        Value v;
        if (like_compile(arena, example, &l, NULL) != ST_OK) continue;
        good++;
        Status st = like_read(l, text, NULL, &v, NULL);
        assert_true((st == ST_OK) == (v.type != V_NONE));
        read += st == ST_OK;
        Buf b = {0};
        bool any = false;
        for (size_t i = 0; i < COUNT(samples); i++) any = like_print(&b, l, &samples[i], NULL) || any;
        assert_true(any);
        buf_free(&b);
        if (good % 1000 == 0) arena_reset(arena);
    }
    assert_true(good > 10000);
    assert_true(read > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_in_any_order), cmocka_unit_test(dates_are_read_with_some_patience),
        cmocka_unit_test(ambiguous_dates_are_refused), cmocka_unit_test(impossible_examples_are_refused),
        cmocka_unit_test(what_is_no_whole_date), cmocka_unit_test(impossible_dates_say_what_is_wrong),
        cmocka_unit_test(other_texts_are_no_dates), cmocka_unit_test(times),
        cmocka_unit_test(moments_are_local), cmocka_unit_test(the_year_may_be_left_out_for_writing),
        cmocka_unit_test(what_cannot_be_written), cmocka_unit_test(numbers),
        cmocka_unit_test(ambiguous_numbers_are_refused), cmocka_unit_test(other_texts_are_no_numbers),
        cmocka_unit_test(numbers_are_written), cmocka_unit_test(booleans),
        cmocka_unit_test(what_is_no_example_at_all), cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(any_bytes_have_an_answer)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
