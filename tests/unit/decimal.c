/* decimal.c -- tests of decimal.h: borders of 64 bits, ties to even, texts there and back, currencies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/decimal.h"

#define ONE DECIMAL_ONE
enum { UNTOUCHED = 4711 };

typedef bool Binary(int64_t, int64_t, int64_t *);

static void gives(Binary *f, int64_t a, int64_t b, int64_t wanted)
{
    int64_t out = UNTOUCHED;
    assert_true(f(a, b, &out));
    assert_int_equal(out, wanted);
}

static void refuses(Binary *f, int64_t a, int64_t b)
{
    int64_t out = UNTOUCHED;
    assert_false(f(a, b, &out));
    assert_int_equal(out, UNTOUCHED);
}

static void sums_stop_at_the_border(void **state)
{
    (void)state;
    gives(decimal_add, 2 * ONE, 3 * ONE, 5 * ONE);
    gives(decimal_add, INT64_MAX - 1, 1, INT64_MAX);
    gives(decimal_add, INT64_MAX, INT64_MIN, -1);
    gives(decimal_add, INT64_MIN + 1, -1, INT64_MIN);
    refuses(decimal_add, INT64_MAX, 1);
    refuses(decimal_add, INT64_MIN, -1);
    refuses(decimal_add, INT64_MIN, INT64_MIN);
    gives(decimal_sub, 0, INT64_MAX, -INT64_MAX);
    gives(decimal_sub, INT64_MIN, INT64_MIN, 0);
    gives(decimal_sub, -1, INT64_MIN, INT64_MAX);
    refuses(decimal_sub, 0, INT64_MIN);
    refuses(decimal_sub, INT64_MAX, -1);
}

static void products_round_half_to_even(void **state)
{
    (void)state;
    gives(decimal_mul, 3 * ONE / 2, 2 * ONE, 3 * ONE);
    gives(decimal_mul, 1, ONE / 2, 0);               /* half a millionth: to 0 */
    gives(decimal_mul, 3, ONE / 2, 2);               /* 1.5: to 2 */
    gives(decimal_mul, 5, ONE / 2, 2);               /* 2.5: to 2 */
    gives(decimal_mul, 7, ONE / 2, 4);
    gives(decimal_mul, -1, ONE / 2, 0);
    gives(decimal_mul, -3, ONE / 2, -2);
    gives(decimal_mul, -5, ONE / 2, -2);
    gives(decimal_mul, -5, -ONE / 2, 2);
    gives(decimal_mul, 5, ONE / 2 + 1, 3);           /* above the tie */
    gives(decimal_mul, 5, ONE / 2 - 1, 2);
    gives(decimal_mul, 0, INT64_MIN, 0);
}

static void products_stop_at_the_border(void **state)
{
    (void)state;
    gives(decimal_mul, INT64_MAX, ONE, INT64_MAX);
    gives(decimal_mul, INT64_MIN, ONE, INT64_MIN);
    gives(decimal_mul, INT64_MAX, -ONE, -INT64_MAX);
    refuses(decimal_mul, INT64_MIN, -ONE);
    refuses(decimal_mul, INT64_MAX, ONE + 1);
    refuses(decimal_mul, INT64_MAX, INT64_MAX);
    refuses(decimal_mul, INT64_MIN, INT64_MIN);
    refuses(decimal_mul, INT64_MIN, INT64_MAX);
}

static void quotients(void **state)
{
    (void)state;
    gives(decimal_div, 1 * ONE, 3 * ONE, 333333);
    gives(decimal_div, 2 * ONE, 3 * ONE, 666667);
    gives(decimal_div, -2 * ONE, 3 * ONE, -666667);
    gives(decimal_div, 1, 2 * ONE, 0);
    gives(decimal_div, 3, 2 * ONE, 2);
    gives(decimal_div, 5, 2 * ONE, 2);
    gives(decimal_div, 5, -2 * ONE, -2);
    gives(decimal_div, -3, -2 * ONE, 2);
    gives(decimal_div, INT64_MIN, INT64_MIN, ONE);
    gives(decimal_div, INT64_MAX, ONE, INT64_MAX);
    refuses(decimal_div, ONE, 0);
    refuses(decimal_div, 0, 0);
    refuses(decimal_div, INT64_MIN, -ONE);
    refuses(decimal_div, INT64_MAX, ONE - 1);
    refuses(decimal_div, INT64_MAX, 1);
}

static void scaling_rounds_once(void **state)
{
    (void)state;
    int64_t out = UNTOUCHED;
    assert_true(decimal_scale(10 * ONE, 1, 3, &out));
    assert_int_equal(out, 3333333);
    assert_true(decimal_scale(5, 1, 2, &out));
    assert_int_equal(out, 2);
    assert_true(decimal_scale(7, -1, 2, &out));
    assert_int_equal(out, -4);
    assert_true(decimal_scale(INT64_MAX, INT64_MAX, INT64_MAX, &out));
    assert_int_equal(out, INT64_MAX);
    assert_true(decimal_scale(INT64_MIN, INT64_MIN, INT64_MIN, &out));
    assert_int_equal(out, INT64_MIN);
    out = UNTOUCHED;
    assert_false(decimal_scale(1, 1, 0, &out));
    assert_false(decimal_scale(INT64_MIN, 1, -1, &out));
    assert_false(decimal_scale(INT64_MAX, 3, 2, &out));
    assert_int_equal(out, UNTOUCHED);
}

static void rounding(void **state)
{
    static const struct { int64_t value; int places; int64_t wanted; } cases[] = {
        {2500000, 0, 2000000}, {3500000, 0, 4000000}, {-2500000, 0, -2000000}, {-3500000, 0, -4000000},
        {2500001, 0, 3000000}, {499999, 0, 0}, {500000, 0, 0}, {-500000, 0, 0}, {-500001, 0, -1000000},
        {1005000, 2, 1000000}, {1015000, 2, 1020000}, {1234567, 6, 1234567}, {1234565, 5, 1234560},
        {1234575, 5, 1234580}, {0, 3, 0}, {INT64_MAX, 6, INT64_MAX}, {INT64_MIN, 6, INT64_MIN}};
    int64_t out = UNTOUCHED;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(decimal_round(cases[i].value, cases[i].places, &out));
        assert_int_equal(out, cases[i].wanted);
    }
    out = UNTOUCHED;
    assert_false(decimal_round(INT64_MAX, 0, &out));      /* ...854.775807 would be ...855 */
    assert_false(decimal_round(INT64_MIN, 0, &out));
    assert_false(decimal_round(ONE, 7, &out));
    assert_false(decimal_round(ONE, -1, &out));
    assert_int_equal(out, UNTOUCHED);
}

static void floor_and_ceil(void **state)
{
    static const struct { int64_t value, floor, ceil; } cases[] = {
        {0, 0, 0}, {1, 0, ONE}, {-1, -ONE, 0}, {ONE, ONE, ONE}, {-ONE, -ONE, -ONE},
        {1500000, ONE, 2 * ONE}, {-1500000, -2 * ONE, -ONE}};
    int64_t out = UNTOUCHED;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(decimal_floor(cases[i].value, &out));
        assert_int_equal(out, cases[i].floor);
        assert_true(decimal_ceil(cases[i].value, &out));
        assert_int_equal(out, cases[i].ceil);
    }
    assert_true(decimal_floor(INT64_MAX, &out));
    assert_int_equal(out, INT64_MAX - 775807);
    assert_true(decimal_ceil(INT64_MIN, &out));
    assert_int_equal(out, INT64_MIN + 775808);
    out = UNTOUCHED;
    assert_false(decimal_ceil(INT64_MAX, &out));
    assert_false(decimal_floor(INT64_MIN, &out));
    assert_int_equal(out, UNTOUCHED);
}

static void texts_that_are_numbers(void **state)
{
    static const struct { const char *text; int64_t wanted; } cases[] = {
        {"0", 0}, {"-0", 0}, {"+7", 7 * ONE}, {"1500", 1500 * ONE}, {"1_000_000", 1000000LL * ONE},
        {"007", 7 * ONE}, {"2.5", 2500000}, {"-2.5", -2500000}, {"0.000001", 1}, {"-0.000001", -1},
        {"1.5000000000", 1500000}, {"9223372036854.775807", INT64_MAX}, {"-9223372036854.775808", INT64_MIN},
        {"9223372036854.77580700", INT64_MAX}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t out = UNTOUCHED;
        if (!decimal_parse(cases[i].text, strlen(cases[i].text), &out))
            fail_msg("%s is a number", cases[i].text);
        assert_int_equal(out, cases[i].wanted);
    }
}

static void texts_that_are_none(void **state)
{
    static const char *const cases[] = {
        "", "-", "+", ".", ".5", "5.", "-.5", "1e3", "1E3", "0x10", " 1", "1 ", "1,5", "1.2.3", "--1", "+-1",
        "_1", "1_", "1_.5", "1.5_0", "1__0", "-_1", "nan", "inf", "0.0000001", "1.2345678",
        "9223372036854.775808", "-9223372036854.775809", "9223372036855",
        "99999999999999999999999999999999999999999999999999", "1\xc2\xa0_0"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t out = UNTOUCHED;
        if (decimal_parse(cases[i], strlen(cases[i]), &out)) fail_msg("\"%s\" is no number", cases[i]);
        assert_int_equal(out, UNTOUCHED);
    }
    int64_t out = UNTOUCHED;
    assert_false(decimal_parse("1\0002", 3, &out));       /* all n bytes */
    assert_true(decimal_parse("12345", 2, &out));         /* and no more */
    assert_int_equal(out, 12 * ONE);
    assert_false(decimal_parse(NULL, 0, &out));
}

static void printed(int64_t value, int places, const char *wanted)
{
    char out[24];
    size_t n = decimal_print(out, sizeof out, value, places);
    assert_string_equal(out, wanted);
    assert_int_equal(n, strlen(wanted));
}

static void printing(void **state)
{
    (void)state;
    printed(0, 0, "0");
    printed(0, 2, "0.00");
    printed(1500 * (int64_t)ONE, 0, "1500");
    printed(1500 * (int64_t)ONE, 2, "1500.00");
    printed(2500000, 0, "2.5");
    printed(2500000, 2, "2.50");
    printed(2512300, 2, "2.5123");
    printed(1, 0, "0.000001");
    printed(-1, 0, "-0.000001");
    printed(-1, 6, "-0.000001");
    printed(-500000, 0, "-0.5");
    printed(ONE, 9, "1.000000");                          /* there are six at most */
    printed(ONE, -3, "1");
    printed(INT64_MAX, 0, "9223372036854.775807");
    printed(INT64_MIN, 0, "-9223372036854.775808");
    char small[4];
    assert_int_equal(decimal_print(small, sizeof small, 123456 * (int64_t)ONE, 0), 3);
    assert_string_equal(small, "123");
}

static void what_is_printed_reads_back(void **state)
{
    uint64_t x = 88172645463325252u;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        int64_t value = (int64_t)x >> (x % 60), back = 0;
        char text[24];
        size_t n = decimal_print(text, sizeof text, value, i % 8 - 1);
        assert_true(decimal_parse(text, n, &back));
        assert_int_equal(back, value);
    }
}

/* Against the same in 128 bits, by another way: q is right when |2(a - qb)| <= b, and even on a tie. */
static void quotients_are_nearest(void **state)
{
    uint64_t x = 2463534242u;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        int64_t a = (int64_t)(x % 2000) - 1000, b = (int64_t)(x >> 32) % 50 - 25, q = 0;
        if (!b) continue;
        assert_true(decimal_scale(a, 1, b, &q));
        int64_t off = 2 * (a - q * b), size = b < 0 ? -b : b;
        if (off < 0) off = -off;
        assert_true(off < size || (off == size && q % 2 == 0));
    }
}

static void currencies(void **state)
{
    char code[4] = "???";
    (void)state;
    static const char *const codes[] = {"USD", "EUR", "AAA", "ZZZ", "JPY"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        uint16_t packed = currency_pack(codes[i]);
        assert_int_not_equal(packed, 0);
        assert_true(packed < 1 << 15);
        currency_unpack(packed, code);
        assert_string_equal(code, codes[i]);
    }
    assert_int_equal(currency_pack("usd"), 0);
    assert_int_equal(currency_pack("US1"), 0);
    assert_int_equal(currency_pack("US"), 0);
    assert_int_equal(currency_pack((const char[3]){0, 0, 0}), 0);
    assert_int_equal(currency_pack("U$D"), 0);
    currency_unpack(0, code);
    assert_string_equal(code, "");
}

static void places_of_currencies(void **state)
{
    (void)state;
    assert_int_equal(currency_places(currency_pack("USD")), 2);
    assert_int_equal(currency_places(currency_pack("EUR")), 2);
    assert_int_equal(currency_places(currency_pack("XYZ")), 2);
    assert_int_equal(currency_places(0), 2);
    assert_int_equal(currency_places(currency_pack("JPY")), 0);
    assert_int_equal(currency_places(currency_pack("BIF")), 0);
    assert_int_equal(currency_places(currency_pack("XPF")), 0);
    assert_int_equal(currency_places(currency_pack("KWD")), 3);
    assert_int_equal(currency_places(currency_pack("TND")), 3);
    assert_int_equal(currency_places(currency_pack("CLF")), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_stop_at_the_border), cmocka_unit_test(products_round_half_to_even),
        cmocka_unit_test(products_stop_at_the_border), cmocka_unit_test(quotients),
        cmocka_unit_test(scaling_rounds_once), cmocka_unit_test(rounding), cmocka_unit_test(floor_and_ceil),
        cmocka_unit_test(texts_that_are_numbers), cmocka_unit_test(texts_that_are_none),
        cmocka_unit_test(printing), cmocka_unit_test(what_is_printed_reads_back),
        cmocka_unit_test(quotients_are_nearest), cmocka_unit_test(currencies),
        cmocka_unit_test(places_of_currencies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
