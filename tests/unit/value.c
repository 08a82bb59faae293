/* value.c -- tests of value.h: copies, comparisons, texts for people and machines, JSON there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "base/value.h"

#define ONE ((int64_t)DECIMAL_ONE)
#define USD currency_pack("USD")
#define EUR currency_pack("EUR")
#define COUNT(array) (sizeof(array) / sizeof *(array))

static Value months(int64_t n)
{
    Value v = value_duration(n);
    v.aux = DUR_MONTHS;
    return v;
}

static Value business(const Business *b, DurationKind kind)
{
    return (Value){.type = V_DURATION, .aux = (uint8_t)kind, .business = b};
}

static Value file(const char *path)
{
    Value v = value_text(path);
    v.type = V_FILE;
    return v;
}

static const Business two_days = {2, "Office"}, four_hours = {4 * US_HOUR, "Office"},
                      odd_name = {US_HOUR, "days off"}, colon = {US_MINUTE, ":x"},
                      ten_minutes = {10 * US_MINUTE, "Night shift"}, minus = {-1, "Office"};
static const char *const lead_fields[] = {"name", "budget", "seen"};
static const Shape lead_shape = {"Lead", lead_fields, 3};
static const char *const odd_fields[] = {"$", "$$", "$money", "a b\"", ""};
static const Shape empty_shape = {"Empty", NULL, 0};
static const Shape odd_shape = {NULL, odd_fields, 5};

static Value lead(Arena *a, const char *name, Value budget)
{
    Record *r = record_new(a, &lead_shape);
    r->fields[0] = value_text(name);
    r->fields[1] = budget;
    return value_record(r);
}

/* One or more of everything, borders first. */
static uint32_t samples(Arena *a, Value *v)
{
    Value numbers[] = {
        value_number(0), value_number(1), value_number(-1), value_number(INT64_MAX), value_number(INT64_MIN),
        value_integer(1500), value_percent(0), value_percent(50000), value_percent(333333), value_percent(-1),
        value_percent(INT64_MAX), value_percent(INT64_MIN), value_money(0, 0), value_money(1500 * ONE, USD),
        value_money(1500 * ONE, EUR), value_money(-1, USD), value_money(INT64_MIN, currency_pack("ZZZ")),
        value_money(7 * ONE, 0), VALUE_NONE, value_boolean(true), value_boolean(false)};
    Value times[] = {
        value_duration(0), value_duration(5400 * US_SECOND), value_duration(-1), value_duration(INT64_MAX),
        value_duration(INT64_MIN), months(3), months(0), months(-24), business(&two_days, DUR_BUSINESS_DAYS),
        business(&four_hours, DUR_BUSINESS_TIME), business(&odd_name, DUR_BUSINESS_TIME),
        business(&odd_name, DUR_BUSINESS_DAYS), business(&colon, DUR_BUSINESS_TIME),
        business(&colon, DUR_BUSINESS_DAYS), business(&minus, DUR_BUSINESS_DAYS), value_date(0),
        value_date(date_from_civil(1, 1, 1)), value_date(date_from_civil(9999, 12, 31)),
        value_date(date_from_civil(9999, 12, 31) + 1), value_date(-719163), value_date(20812), value_time(0),
        value_time(9 * US_HOUR + 30 * US_MINUTE), value_time(US_DAY - 1), value_time(US_DAY),
        value_datetime(0), value_datetime(1), value_datetime(-1), value_datetime(1790000000 * US_SECOND),
        value_datetime(INSTANT_NEVER), value_datetime(INT64_MIN)};
    Value texts[] = {
        value_text(""), value_text("ann"), value_text("a\"b\\c\n\r\t\b\f\x01\x1f\x7f/"),
        value_text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), value_text("{\"$money\":\"1 USD\"}"),
        value_text("null"), file("quote.pdf"), file(""), value_person("ann"), value_person("sr \xc3\xb6")};
    uint32_t n = 0;
    for (size_t i = 0; i < COUNT(numbers); i++) v[n++] = numbers[i];
    for (size_t i = 0; i < COUNT(times); i++) v[n++] = times[i];
    for (size_t i = 0; i < COUNT(texts); i++) v[n++] = texts[i];
    Record *odd = record_new(a, &odd_shape);
    for (uint32_t i = 0; i < 5; i++) odd->fields[i] = value_integer(i);
    uint32_t simple = n;
    v[n++] = value_record(odd);
    v[n++] = lead(a, "Ann", value_money(900 * ONE, USD));
    v[n++] = lead(a, "Ann", VALUE_NONE);
    v[n++] = value_record(record_new(a, &empty_shape));
    v[n++] = value_list(NULL, 0);
    Value *all = ARENA_ARRAY(a, Value, simple + 4);        /* a list of all there is, and a list inside it */
    memcpy(all, v, (simple + 4) * sizeof *v);
    v[n++] = value_list(all, simple + 4);
    Value *outer = ARENA_ARRAY(a, Value, 2);
    outer[0] = v[n - 1], outer[1] = value_list(NULL, 0);
    v[n++] = value_list(outer, 2);
    return n;
}

enum { MANY = 100 };

static const char *written(const Value *v)
{
    static Buf b;
    buf_clear(&b);
    value_write(&b, v);
    return buf_text(&b);
}

/* ---- making ------------------------------------------------------------------ */

static void made(void **state)
{
    (void)state;
    assert_int_equal(sizeof(Value), 16);
    assert_int_equal(value_integer(-3).i, -3 * ONE);
    assert_int_equal(value_integer(INT64_MAX / ONE).i, INT64_MAX / ONE * ONE);
    assert_int_equal(value_text_n("abc", 2).len, 2);
    assert_int_equal(value_person("ann").len, 3);
    Arena *a = arena_new();
    Value v = lead(a, "Ann", value_integer(1));
    assert_int_equal(v.len, 3);
    assert_string_equal(record_get(v.record, "name")->text, "Ann");
    assert_int_equal(record_get(v.record, "seen")->type, V_NONE);
    assert_null(record_get(v.record, "Name"));
    assert_int_equal(shape_find(&lead_shape, "budget"), 1);
    assert_true(shape_find(&lead_shape, "") == UINT32_MAX);
    assert_string_equal(value_type_name(&v), "record");
    assert_string_equal(value_type_name(&VALUE_NONE), "none");
    arena_free(a);
}

static void copies_stand_alone(void **state)
{
    (void)state;
    Arena *a = arena_new(), *b = arena_new();
    Value v[MANY], copies[MANY];
    uint32_t n = samples(a, v);
    char *before[MANY];
    for (uint32_t i = 0; i < n; i++) {
        copies[i] = value_copy(b, &v[i]);
        before[i] = mem_dup(written(&v[i]));
        assert_int_equal(value_order(&v[i], &copies[i]), 0);
        assert_true(value_bytes(&v[i]) >= sizeof(Value));
        assert_int_equal(value_bytes(&v[i]), value_bytes(&copies[i]));
    }
    arena_free(a);                     /* a sanitizer sees what still points there */
    for (uint32_t i = 0; i < n; i++) {
        assert_string_equal(written(&copies[i]), before[i]);
        free(before[i]);
    }
    arena_free(b);
}

static void copies_of_many_share_a_shape(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Value two[2] = {lead(a, "Ann", VALUE_NONE), lead(a, "Bob", VALUE_NONE)}, list = value_list(two, 2);
    Value copy = value_copy(a, &list);
    assert_ptr_not_equal(copy.list[0].record->shape, &lead_shape);
    assert_ptr_equal(copy.list[0].record->shape, copy.list[1].record->shape);
    assert_true(value_bytes(&list) > 6 * sizeof(Value));
    arena_free(a);
}

/* ---- comparing --------------------------------------------------------------- */

static void equal(Value a, Value b)
{
    if (!value_equal(&a, &b)) print_error("%s should equal ", written(&a)), print_error("%s\n", written(&b));
    assert_true(value_equal(&a, &b));
    assert_true(value_equal(&b, &a));
    assert_true(value_hash(&a) == value_hash(&b));
}

static void unequal(Value a, Value b)
{
    if (value_equal(&a, &b))
        print_error("%s should not equal ", written(&a)), print_error("%s\n", written(&b));
    assert_false(value_equal(&a, &b));
    assert_false(value_equal(&b, &a));
    assert_int_not_equal(value_order(&a, &b), 0);
}

static void equality(void **state)
{
    (void)state;
    Arena *a = arena_new();
    equal(VALUE_NONE, VALUE_NONE);
    unequal(VALUE_NONE, value_boolean(false));
    unequal(value_integer(0), value_boolean(false));
    equal(value_percent(50000), value_number(50000));
    unequal(value_integer(5), value_percent(50000));
    unequal(value_integer(5), value_money(5 * ONE, USD));
    equal(value_money(5 * ONE, USD), value_money(5 * ONE, 0));
    unequal(value_money(5 * ONE, USD), value_money(5 * ONE, EUR));
    equal(value_money(0, USD), value_money(0, EUR));
    unequal(value_date(1), value_time(1));
    unequal(value_text("a"), value_text("A"));
    unequal(value_text("a"), value_text("ab"));
    equal(value_text("ann"), value_person("ann"));
    equal(value_text("x"), file("x"));
    unequal(file("ann"), value_person("ann"));
    unequal(value_duration(3), months(3));
    Business same = {2, "Office"}, other = {2, "Shop"};
    equal(business(&two_days, DUR_BUSINESS_DAYS), business(&same, DUR_BUSINESS_DAYS));
    unequal(business(&two_days, DUR_BUSINESS_DAYS), business(&other, DUR_BUSINESS_DAYS));
    unequal(business(&two_days, DUR_BUSINESS_DAYS), business(&same, DUR_BUSINESS_TIME));
    Value one[2] = {value_integer(1), value_text("x")}, more[2] = {value_integer(1), value_person("x")};
    equal(value_list(one, 2), value_list(more, 2));
    unequal(value_list(one, 2), value_list(one, 1));
    equal(value_list(NULL, 0), value_list(one, 0));
    unequal(value_list(NULL, 0), VALUE_NONE);
    equal(lead(a, "Ann", value_integer(1)), lead(a, "Ann", value_integer(1)));
    unequal(lead(a, "Ann", value_integer(1)), lead(a, "Ann", value_integer(2)));
    const Shape renamed = {"Deal", lead_fields, 3}, shorter = {"Lead", lead_fields, 2};
    unequal(value_record(record_new(a, &lead_shape)), value_record(record_new(a, &renamed)));
    unequal(value_record(record_new(a, &lead_shape)), value_record(record_new(a, &shorter)));
    arena_free(a);
}

static void compares(Value a, Value b, int wanted)
{
    assert_int_equal(value_compare(&a, &b), wanted);
    assert_int_equal(value_compare(&b, &a), wanted == 2 ? 2 : -wanted);
}

static void comparison(void **state)
{
    (void)state;
    compares(value_number(INT64_MIN), value_number(INT64_MAX), -1);
    compares(value_integer(1), value_integer(1), 0);
    compares(value_percent(50000), value_number(60000), -1);
    compares(value_money(5 * ONE, USD), value_money(6 * ONE, USD), -1);
    compares(value_money(5 * ONE, USD), value_money(6 * ONE, EUR), 2);
    compares(value_money(0, USD), value_money(6 * ONE, EUR), -1);
    compares(value_money(7, 0), value_money(6, EUR), 1);
    compares(value_money(7, USD), value_number(6), 2);
    compares(value_text("a"), value_text("b"), -1);
    compares(value_text("a"), value_text("aa"), -1);
    compares(value_text(""), value_text(""), 0);
    compares(value_text("\x7f"), value_text("\xc3\xa4"), -1);    /* bytes count from 0 to 255 */
    compares(value_person("a"), value_text("b"), -1);
    compares(value_person("a"), file("b"), 2);
    compares(value_duration(1), value_duration(2), -1);
    compares(value_duration(1), months(2), 2);
    compares(months(1), months(2), -1);
    compares(business(&two_days, DUR_BUSINESS_DAYS), business(&minus, DUR_BUSINESS_DAYS), 1);
    compares(business(&four_hours, DUR_BUSINESS_TIME), business(&ten_minutes, DUR_BUSINESS_TIME), 2);
    compares(value_date(1), value_date(2), -1);
    compares(value_date(1), value_datetime(2), 2);
    compares(value_boolean(false), value_boolean(true), -1);
    compares(VALUE_NONE, VALUE_NONE, 2);
    compares(VALUE_NONE, value_integer(1), 2);
    compares(value_list(NULL, 0), value_list(NULL, 0), 2);
}

/* Total, and without circles: tried on every three of the samples. */
static void the_order_is_a_line(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Value v[MANY + 8];
    uint32_t n = samples(a, v);
    v[n++] = value_money(0, EUR), v[n++] = value_money(5 * ONE, EUR), v[n++] = value_money(-5 * ONE, USD);
    v[n++] = value_money(0, USD), v[n++] = file("ann"), v[n++] = value_number(50000);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < n; k++) {
            int c = value_order(&v[i], &v[k]);
            assert_int_equal(c, -value_order(&v[k], &v[i]));
            assert_true((c == 0) == (i == k));
            if (value_equal(&v[i], &v[k])) assert_true(value_hash(&v[i]) == value_hash(&v[k]));
            for (uint32_t m = 0; m < n && c < 0; m++)
                if (value_order(&v[k], &v[m]) < 0) assert_int_equal(value_order(&v[i], &v[m]), -1);
        }
    arena_free(a);
}

static void hashes_stay(void **state)
{
    (void)state;
    Value one = value_integer(1), text = value_text("ann"), list = value_list(&one, 1);
    assert_true(value_hash(&one) != value_hash(&text));
    assert_true(value_hash(&one) != value_hash(&list));
    assert_true(value_hash(&VALUE_NONE) == V_NONE);
}

/* ---- printing ---------------------------------------------------------------- */

static void prints_in(Value v, const Zone *zone, const char *machine, const char *human, const char *language)
{
    const char *wanted[] = {[STYLE_MACHINE] = machine, [STYLE_HUMAN] = human, [STYLE_LANGUAGE] = language};
    for (int style = STYLE_MACHINE; style <= STYLE_LANGUAGE; style++) {
        Buf b = {0};
        value_print(&b, &v, (ValueStyle)style, zone);
        assert_string_equal(buf_text(&b), wanted[style]);
        buf_free(&b);
    }
}

static void prints(Value v, const char *machine, const char *human, const char *language)
{
    prints_in(v, NULL, machine, human, language);
}

static void printed_numbers(void **state)
{
    (void)state;
    prints(VALUE_NONE, "", "none", "none");
    prints(value_boolean(true), "yes", "yes", "yes");
    prints(value_boolean(false), "no", "no", "no");
    prints(value_integer(0), "0", "0", "0");
    prints(value_integer(999), "999", "999", "999");
    prints(value_integer(-1000), "-1000", "-1,000", "-1000");
    prints(value_number(1234567891234), "1234567.891234", "1,234,567.891234", "1234567.891234");
    prints(value_number(INT64_MIN), "-9223372036854.775808", "-9,223,372,036,854.775808",
           "-9223372036854.775808");
    prints(value_percent(50000), "0.05", "5%", "5%");
    prints(value_percent(31250), "0.03125", "3.125%", "3.125%");
    prints(value_percent(333333), "0.333333", "33.33%", "33.3333%");
    prints(value_percent(-1), "-0.000001", "0%", "-0.0001%");
    prints(value_percent(12 * ONE), "12", "1,200%", "1200%");
    prints(value_percent(INT64_MAX), "9223372036854.775807", "922,337,203,685,477.58%",
           "922337203685477.5807%");
    prints(value_percent(INT64_MIN), "-9223372036854.775808", "-922,337,203,685,477.58%",
           "-922337203685477.5808%");
}

static void printed_money(void **state)
{
    (void)state;
    prints(value_money(1500 * ONE, USD), "1500.00", "$1,500.00", "$1500");
    prints(value_money(1500 * ONE, EUR), "1500.00", "\xe2\x82\xac" "1,500.00", "\xe2\x82\xac" "1500");
    prints(value_money(-5 * ONE / 2, currency_pack("GBP")), "-2.50", "-\xc2\xa3" "2.50", "-\xc2\xa3" "2.5");
    prints(value_money(1500 * ONE, currency_pack("CHF")), "1500.00", "1,500.00 CHF", "1500 CHF");
    prints(value_money(-1500 * ONE, currency_pack("JPY")), "-1500", "-1,500 JPY", "-1500 JPY");
    prints(value_money(ONE, currency_pack("KWD")), "1.000", "1.000 KWD", "1 KWD");
    prints(value_money(1234567, USD), "1.234567", "$1.234567", "$1.234567");      /* more when it has them */
    prints(value_money(0, 0), "0.00", "0.00", "0");
    prints(value_money(INT64_MIN, USD), "-9223372036854.775808", "-$9,223,372,036,854.775808",
           "-$9223372036854.775808");
}

static void printed_durations(void **state)
{
    (void)state;
    prints(value_duration(5400 * US_SECOND), "5400", "1 h 30 min", "1h30m");
    prints(value_duration(0), "0", "0 s", "0s");
    prints(value_duration(90 * US_SECOND + 500000), "90.5", "1 min 30 s 500 ms", "1m30.5s");
    prints(value_duration(3 * US_DAY), "259200", "3 d", "3d");
    prints(value_duration(-2 * US_HOUR), "-7200", "-2 h", "-2h");
    prints(months(3), "3 months", "3 months", "3 months");
    prints(months(1), "1 month", "1 month", "1 month");
    prints(months(12), "1 year", "1 year", "1 year");
    prints(business(&two_days, DUR_BUSINESS_DAYS), "2 business days in Office", "2 business days in Office",
           "2 business days in Office");
    prints(business(&four_hours, DUR_BUSINESS_TIME), "4 business hours in Office",
           "4 business hours in Office", "4 business hours in Office");
    prints(business(&odd_name, DUR_BUSINESS_TIME), "1 business hour in days off",
           "1 business hour in days off", "1 business hour in days off");
    prints(business(&ten_minutes, DUR_BUSINESS_TIME), "10 business minutes in Night shift",
           "10 business minutes in Night shift", "10 business minutes in Night shift");
    Buf b = {0};
    const Value odd = value_duration(90 * US_SECOND + 500000);
    value_print_measured(&b, &odd, NULL, NULL);
    assert_string_equal(buf_text(&b), "1 min 30 s");
    buf_clear(&b);
    Value longest = value_duration(INT64_MIN);
    value_print(&b, &longest, STYLE_LANGUAGE, NULL);
    assert_string_equal(buf_text(&b), "-106751991d4h54.775808s");
    buf_free(&b);
}

static void printed_moments(void **state)
{
    (void)state;
    int64_t day = date_from_civil(2026, 12, 25);
    Error err;
    const Zone *berlin = zone_find("Europe/Berlin", &err);
    assert_non_null(berlin);
    prints(value_date(day), "2026-12-25", "25 Dec 2026", "2026-12-25");
    prints(value_date(date_from_civil(987, 1, 2)), "0987-01-02", "2 Jan 987", "0987-01-02");
    prints(value_time(9 * US_HOUR + 30 * US_MINUTE), "09:30", "09:30", "09:30");
    prints(value_time(US_DAY), "24:00", "24:00", "24:00");
    Value t = value_datetime(day * US_DAY + 8 * US_HOUR + 30 * US_MINUTE);
    prints(t, "2026-12-25T08:30:00Z", "25 Dec 2026 08:30 UTC", "2026-12-25T08:30:00Z");
    prints_in(t, berlin, "2026-12-25T08:30:00Z", "25 Dec 2026 09:30", "2026-12-25T09:30");
    t.i += 15 * US_SECOND;
    prints_in(t, berlin, "2026-12-25T08:30:15Z", "25 Dec 2026 09:30", "2026-12-25T09:30:15");
    t.i += 15 * US_HOUR;               /* the local day is the next */
    prints_in(t, berlin, "2026-12-25T23:30:15Z", "26 Dec 2026 00:30", "2026-12-26T00:30:15");
    prints(value_datetime(INSTANT_NEVER), "9999-12-31T23:59:59.999999Z", "never",
           "9999-12-31T23:59:59.999999Z");
    prints(value_datetime(INT64_MIN), "0001-01-01T00:00:00Z", "1 Jan 1 00:00 UTC", "0001-01-01T00:00:00Z");
    prints(value_date(INT64_MAX), "9999-12-31", "31 Dec 9999", "9999-12-31");
}

static void printed_texts_lists_and_records(void **state)
{
    (void)state;
    Arena *a = arena_new();
    prints(value_text("a \"b\" \\ $5"), "a \"b\" \\ $5", "a \"b\" \\ $5", "\"a \\\"b\\\" \\\\ $5\"");
    prints(value_text("${x} $$ $"), "${x} $$ $", "${x} $$ $", "\"$${x} $$$ $\"");
    prints(value_text(""), "", "", "\"\"");
    prints(value_person("ann"), "ann", "ann", "\"ann\"");
    Value items[] = {value_integer(1500), value_text("x"), VALUE_NONE};
    prints(value_list(items, 3), "1500, x, ", "1,500, x, none", "[1500, \"x\", none]");
    prints(value_list(NULL, 0), "", "", "[]");
    Value ann = lead(a, "Ann", value_money(900 * ONE, USD));
    prints(ann, "{\"name\":\"Ann\",\"budget\":{\"amount\":\"900.00\",\"currency\":\"USD\"},\"seen\":null}",
           "name: Ann, budget: $900.00", "Lead(name = \"Ann\", budget = $900, seen = none)");
    Value nested = value_list(&ann, 1);
    prints(nested,
           "[{\"name\":\"Ann\",\"budget\":{\"amount\":\"900.00\",\"currency\":\"USD\"},\"seen\":null}]",
           "name: Ann, budget: $900.00", "[Lead(name = \"Ann\", budget = $900, seen = none)]");
    arena_free(a);
}

/* ---- JSON -------------------------------------------------------------------- */

static void the_canonical_form(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Value v[] = {
        VALUE_NONE, value_boolean(true), value_number(2500000), value_money(1500 * ONE, USD),
        value_money(1, 0), value_percent(50000), value_percent(-31250), value_duration(90 * US_SECOND),
        months(3), business(&four_hours, DUR_BUSINESS_TIME), business(&two_days, DUR_BUSINESS_DAYS),
        business(&odd_name, DUR_BUSINESS_TIME), value_date(0), value_time(9 * US_HOUR + 1), value_datetime(0),
        value_text("a\"\n"), file("x"), value_person("ann"), value_list(NULL, 0),
        lead(a, "Ann", value_percent(ONE))};
    static const char *const wanted[] = {
        "null",
        "true",
        "2.5",
        "{\"$money\":\"1500 USD\"}",
        "{\"$money\":\"0.000001\"}",
        "{\"$percent\":\"5\"}",
        "{\"$percent\":\"-3.125\"}",
        "{\"$duration\":\"90000000\"}",
        "{\"$duration\":\"3 months\"}",
        "{\"$duration\":\"14400000000 business Office\"}",
        "{\"$duration\":\"2 business days Office\"}",
        "{\"$duration\":\"3600000000 business :days off\"}",
        "{\"$date\":\"1970-01-01\"}",
        "{\"$time\":\"09:00:00.000001\"}",
        "{\"$datetime\":\"1970-01-01T00:00:00Z\"}",
        "\"a\\\"\\n\"",
        "{\"$file\":\"x\"}",
        "{\"$person\":\"ann\"}",
        "[]",
        "{\"$\":\"Lead\",\"name\":\"Ann\",\"budget\":{\"$percent\":\"100\"},\"seen\":null}"};
    assert_int_equal(COUNT(v), COUNT(wanted));
    for (size_t i = 0; i < COUNT(v); i++) assert_string_equal(written(&v[i]), wanted[i]);
    arena_free(a);
}

static void everything_reads_back(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Value v[MANY], back;
    uint32_t n = samples(a, v);
    for (uint32_t i = 0; i < n; i++) {
        Error err = {0};
        char *text = arena_dup(a, written(&v[i]));
        if (value_read(a, text, strlen(text), &back, &err) != ST_OK) print_error("%s: %s\n", text, err.text);
        assert_int_equal(err.status, ST_OK);
        if (value_order(&v[i], &back) != 0) print_error("%s came back as %s\n", text, written(&back));
        assert_int_equal(value_order(&v[i], &back), 0);
        assert_string_equal(written(&back), text);
    }
    arena_free(a);
}

static void blanks_and_orders_of_others_are_read(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Value v;
    const char *text = " { \"$\" : \"Lead\" , \"x\" : [ 1 , -0 , 2.50 ] } \n";
    assert_int_equal(value_read(a, text, strlen(text), &v, NULL), ST_OK);
    assert_string_equal(written(&v), "{\"$\":\"Lead\",\"x\":[1,0,2.5]}");
    arena_free(a);
}

static void damaged_values_are_refused(void **state)
{
    static const char *const texts[] = {
        "", "{", "nul", "1 2", "[1,]", "\"\\ud800\"", "1e5", "0.0000001", "9223372036855", "-", "NaN", "{}",
        "{\"a\":1}", "{\"$money\":1500}", "{\"$money\":\"1500 usd\"}", "{\"$money\":\"1500USD\"}",
        "{\"$money\":\"USD\"}", "{\"$money\":\"1 USDX\"}", "{\"$money\":\"1  USD\"}", "{\"$money\":\"\"}",
        "{\"$money\":\"1 \"}", "{\"$money\":\"1 USD\",\"x\":1}", "{\"$money\":null}", "{\"$percent\":\"\"}",
        "{\"$percent\":\"-\"}", "{\"$percent\":\"5%\"}", "{\"$percent\":\"1.23456\"}",
        "{\"$percent\":\"1.\"}", "{\"$percent\":\".5\"}", "{\"$percent\":\"1.2.3\"}",
        "{\"$percent\":\"922337203685477.5808\"}",
        "{\"$percent\":\"11111111111111111111111111111111111111\"}", "{\"$duration\":\"\"}",
        "{\"$duration\":\"x\"}", "{\"$duration\":\" 5\"}", "{\"$duration\":\"+5\"}",
        "{\"$duration\":\"9223372036854775808\"}", "{\"$duration\":\"5 \"}", "{\"$duration\":\"5 month\"}",
        "{\"$duration\":\"5 business \"}", "{\"$duration\":\"5 business days \"}",
        "{\"$duration\":\"5 business :\"}", "{\"$date\":\"2026-02-30\"}", "{\"$date\":\"\"}",
        "{\"$date\":\"2026-2-3\"}", "{\"$date\":\"9223372036854775807\"}", "{\"$time\":\"25:00\"}",
        "{\"$time\":\"24:01\"}", "{\"$time\":\"\"}", "{\"$datetime\":\"2026-12-31T08:30:00\"}",
        "{\"$datetime\":\"Z\"}", "{\"$datetime\":\"\"}", "{\"$datetime\":\"2026-12-31\"}", "{\"$file\":7}",
        "{\"$person\":[]}", "{\"$person\":{}}", "{\"$new\":\"1\"}", "{\"$\":1}", "{\"$\":null,\"a\":1}",
        "{\"$\":\"L\",\"a\":{}}", "{\"$\":\"L\",\"a\":1,\"a\":2}", "[1,[2,{\"$date\":\"x\"}]]",
        "{\"a\":1,\"$\":\"L\"}"};
    (void)state;
    Arena *a = arena_new();
    for (size_t i = 0; i < COUNT(texts); i++) {
        Error err = {0};
        Value v = value_integer(7);
        Status st = value_read(a, texts[i], strlen(texts[i]), &v, &err);
        if (st != ST_VALUE) print_error("%s was read\n", texts[i]);
        assert_int_equal(st, ST_VALUE);
        assert_int_equal(err.status, ST_VALUE);
        assert_non_null(strstr(err.text, "damaged"));
        assert_int_equal(v.type, V_NONE);
        assert_int_equal(value_read(a, texts[i], strlen(texts[i]), &v, NULL), ST_VALUE);
    }
    arena_free(a);
}

static void errors_say_what_was_found(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Value v;
    Error err;
    const char *text = "{\"$money\":\"lots \\u0007\\u001b[31m\"}";
    assert_int_equal(value_read(a, text, strlen(text), &v, &err), ST_VALUE);
    assert_string_equal(
        err.text, "a stored value is damaged: wanted money like \"1500 USD\", found \"lots \\x07\\x1b[31m\"");
    arena_free(a);
}

/* Bytes changed, cut and doubled: whatever comes out is sound, and what is read writes and reads the same. */
static void any_bytes_are_read_safely(void **state)
{
    (void)state;
    Arena *a = arena_new(), *scratch = arena_new();
    Value v[MANY];
    uint32_t n = samples(a, v), good = 0;
    uint64_t x = 88172645463325252u;
    Buf once = {0};
    for (int round = 0; round < 40000; round++) {
        static const char signs[] = "\"{}[]:,$.-0159 Zn\\\x80\xff";
        const char *text = written(&v[(unsigned)round % (n - 2)]);
        size_t length = strlen(text);
        char *bytes = mem_alloc(length);                   /* no NUL behind: a sanitizer sees reads there */
        memcpy(bytes, text, length);
        for (uint64_t k = (x >> 40) % 3 + 1; k; k--) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            bytes[x % length] = signs[(x >> 20) % sizeof signs];
        }
        if (x >> 61 == 0) length /= 2;
        Value back, again;
        if (value_read(scratch, bytes, length, &back, NULL) == ST_OK) {
            buf_clear(&once);
            value_write(&once, &back);
            assert_int_equal(value_read(scratch, buf_text(&once), once.n, &again, NULL), ST_OK);
            assert_int_equal(value_order(&back, &again), 0);
            for (int style = STYLE_MACHINE; style <= STYLE_LANGUAGE; style++)
                value_print(&once, &back, (ValueStyle)style, NULL);
            value_json(&once, &back);
            good++;
        }
        free(bytes);
        arena_reset(scratch);
    }
    assert_true(good > 100);
    buf_free(&once);
    arena_free(scratch);
    arena_free(a);
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Buf b = {0};
    Value v;
    buf_pad(&b, '[', 100000);
    assert_int_equal(value_read(a, buf_text(&b), b.n, &v, NULL), ST_VALUE);
    buf_clear(&b);
    buf_pad(&b, '[', 200);
    buf_pad(&b, ']', 200);
    assert_int_equal(value_read(a, buf_text(&b), b.n, &v, NULL), ST_OK);
    buf_free(&b);
    arena_free(a);
}

static void plain_json(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Value v[] = {
        VALUE_NONE, value_boolean(false), value_number(-2500000), value_percent(50000),
        value_money(1500 * ONE, USD), value_money(3 * ONE / 2, 0), value_duration(90 * US_SECOND + 500000),
        months(3), business(&two_days, DUR_BUSINESS_DAYS), business(&four_hours, DUR_BUSINESS_TIME),
        value_date(0), value_time(0), value_datetime(0), value_text("a\"b"), file("x"), value_person("ann"),
        lead(a, "Ann", value_list(NULL, 0))};
    static const char *const wanted[] = {
        "null", "false", "-2.5", "0.05", "{\"amount\":\"1500.00\",\"currency\":\"USD\"}",
        "{\"amount\":\"1.50\",\"currency\":null}", "90.5", "{\"months\":3}",
        "{\"business_days\":2,\"calendar\":\"Office\"}",
        "{\"business_seconds\":14400,\"calendar\":\"Office\"}", "\"1970-01-01\"", "\"00:00\"",
        "\"1970-01-01T00:00:00Z\"", "\"a\\\"b\"", "\"x\"", "\"ann\"",
        "{\"name\":\"Ann\",\"budget\":[],\"seen\":null}"};
    assert_int_equal(COUNT(v), COUNT(wanted));
    for (size_t i = 0; i < COUNT(v); i++) {
        Buf b = {0};
        value_json(&b, &v[i]);
        assert_string_equal(buf_text(&b), wanted[i]);
        buf_free(&b);
    }
    Buf b = {0};
    Value list = value_list(v, (uint32_t)COUNT(v));
    Value back;
    value_json(&b, &list);             /* is JSON, whatever it means */
    assert_int_equal(value_read(a, buf_text(&b), b.n, &back, NULL), ST_VALUE);
    assert_int_equal(buf_text(&b)[0], '[');
    buf_free(&b);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made), cmocka_unit_test(copies_stand_alone),
        cmocka_unit_test(copies_of_many_share_a_shape), cmocka_unit_test(equality),
        cmocka_unit_test(comparison), cmocka_unit_test(the_order_is_a_line), cmocka_unit_test(hashes_stay),
        cmocka_unit_test(printed_numbers), cmocka_unit_test(printed_money),
        cmocka_unit_test(printed_durations), cmocka_unit_test(printed_moments),
        cmocka_unit_test(printed_texts_lists_and_records), cmocka_unit_test(the_canonical_form),
        cmocka_unit_test(everything_reads_back), cmocka_unit_test(blanks_and_orders_of_others_are_read),
        cmocka_unit_test(damaged_values_are_refused), cmocka_unit_test(errors_say_what_was_found),
        cmocka_unit_test(any_bytes_are_read_safely), cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(plain_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
