/* manner.c -- how values look in each language. */
#include "base/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ONE DECIMAL_ONE
#define FIXED "\xc2\xa0"

static void reads(const char *code, Value v, const char *wanted)
{
    Buf b = {0};
    const Manner *m = manner_find(code);
    assert_non_null(m);
    value_print_for(&b, &v, m, NULL);
    assert_string_equal(buf_text(&b), wanted);
    buf_free(&b);
}

/* One row for each language: the same values, side by side. */
static void the_table(void **state)
{
    static const struct { const char *code, *number, *euro, *owed, *percent, *date, *moment, *yes, *no; } rows[] = {
        {"en", "-1,234,567.5", "€1,500.00", "-1,500.00 CHF", "12.5%", "5 Mar 2026", "5 Mar 2026 09:30 UTC", "yes",
         "no"},
        {"de", "-1.234.567,5", "1.500,00 €", "-1.500,00 CHF", "12,5 %", "05.03.2026", "05.03.2026 09:30 UTC", "ja",
         "nein"},
        {"fr", "-1" FIXED "234" FIXED "567,5", "1" FIXED "500,00 €", "-1" FIXED "500,00 CHF", "12,5 %", "05/03/2026",
         "05/03/2026 09:30 UTC", "oui", "non"},
        {"es", "-1.234.567,5", "1.500,00 €", "-1.500,00 CHF", "12,5 %", "05/03/2026", "05/03/2026 09:30 UTC", "sí",
         "no"},
        {"it", "-1.234.567,5", "1.500,00 €", "-1.500,00 CHF", "12,5%", "05/03/2026", "05/03/2026 09:30 UTC", "sì",
         "no"},
        {"nl", "-1.234.567,5", "€ 1.500,00", "-CHF 1.500,00", "12,5%", "05-03-2026", "05-03-2026 09:30 UTC", "ja",
         "nee"},
        {"pt", "-1.234.567,5", "€ 1.500,00", "-CHF 1.500,00", "12,5%", "05/03/2026", "05/03/2026 09:30 UTC", "sim",
         "não"},
        {"pl", "-1" FIXED "234" FIXED "567,5", "1" FIXED "500,00 €", "-1" FIXED "500,00 CHF", "12,5%", "05.03.2026",
         "05.03.2026 09:30 UTC", "tak", "nie"},
    };
    (void)state;
    int64_t day = date_from_civil(2026, 3, 5);
    uint32_t n;
    manner_codes(&n);
    assert_int_equal(n, sizeof rows / sizeof *rows);
    for (uint32_t i = 0; i < n; i++) {
        assert_string_equal(manner_codes(&n)[i], rows[i].code);
        reads(rows[i].code, value_number(INT64_C(-1234567500000)), rows[i].number);
        reads(rows[i].code, value_money(1500 * (int64_t)ONE, currency_pack("EUR")), rows[i].euro);
        reads(rows[i].code, value_money(-1500 * (int64_t)ONE, currency_pack("CHF")), rows[i].owed);
        reads(rows[i].code, value_percent(125000), rows[i].percent);
        reads(rows[i].code, value_date(day), rows[i].date);
        reads(rows[i].code, value_datetime(day * US_DAY + 9 * US_HOUR + 30 * US_MINUTE), rows[i].moment);
        reads(rows[i].code, value_boolean(true), rows[i].yes);
        reads(rows[i].code, value_boolean(false), rows[i].no);
    }
}

static void own_currencies(void **state)
{
    (void)state;
    reads("pl", value_money(5 * (int64_t)ONE, currency_pack("PLN")), "5,00 zł");
    reads("pt", value_money(-5 * (int64_t)ONE, currency_pack("BRL")), "-R$ 5,00");
    reads("de", value_money(5 * (int64_t)ONE, currency_pack("PLN")), "5,00 PLN");
    reads("de", value_money(5 * (int64_t)ONE, 0), "5,00");
    reads("nl", value_money(5 * (int64_t)ONE, 0), "5,00");
}

static Value months(int64_t n)
{
    return (Value){.type = V_DURATION, .aux = DUR_MONTHS, .i = n};
}

static Value business(const Business *b, DurationKind kind)
{
    return (Value){.type = V_DURATION, .aux = (uint8_t)kind, .business = b};
}

static void spans(void **state)
{
    static const Business one = {1, "Office"}, two = {2, "Office"}, twelve = {12, "Office"}, many = {1500, "Office"},
                          hours = {3 * US_HOUR / 2, "Office"};
    (void)state;
    reads("de", value_duration(US_DAY + 2 * US_HOUR), "1 Tg. 2 h");
    reads("fr", value_duration(5400 * US_SECOND), "1 h 30 min");
    reads("fr", value_duration(-3 * US_DAY), "-3 j");
    reads("de", months(24), "2 Jahre");
    reads("pl", months(1), "1 miesiąc");
    reads("pl", months(22), "22 miesiące");
    reads("pl", months(25), "25 miesięcy");
    reads("en", business(&one, DUR_BUSINESS_DAYS), "1 business day in Office");
    reads("de", business(&two, DUR_BUSINESS_DAYS), "2 Arbeitstage in Office");
    reads("pl", business(&twelve, DUR_BUSINESS_DAYS), "12 dni roboczych in Office");
    reads("it", business(&many, DUR_BUSINESS_DAYS), "1.500 giorni lavorativi in Office");
    reads("es", business(&hours, DUR_BUSINESS_TIME), "90 minutos hábiles in Office");
}

static void what_holds_others(void **state)
{
    (void)state;
    Arena *a = arena_new();
    static const char *const fields[] = {"sum", "paid", "note"};
    static const Shape shape = {"Bill", fields, 3};
    Record *bill = record_new(a, &shape);
    bill->fields[0] = value_money(1500 * (int64_t)ONE, currency_pack("EUR"));
    bill->fields[1] = value_boolean(false);
    Value both[] = {value_record(bill), value_number(2500000)};
    reads("de", value_list(both, 2), "sum: 1.500,00 €, paid: nein, 2,5");
    reads("fr", VALUE_NONE, "rien");
    reads("pl", value_datetime(INSTANT_NEVER), "nigdy");
    arena_free(a);
}

static void columns_of_dates(void **state)
{
    (void)state;
    Buf b = {0};
    Instant t = date_from_civil(2026, 3, 5) * US_DAY + 570 * US_MINUTE;
    manner_moment(&b, manner_english(), t, zone_utc(), true);
    assert_string_equal(buf_text(&b), "2026-03-05 09:30");
    buf_clear(&b);
    manner_moment(&b, manner_find("de"), t, zone_utc(), true);
    assert_string_equal(buf_text(&b), "05.03.2026 09:30");
    buf_free(&b);
}

static void unknown_languages(void **state)
{
    (void)state;
    assert_null(manner_find("xx"));
    assert_null(manner_find("DE"));
    assert_null(manner_find(""));
    assert_null(manner_find(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table),        cmocka_unit_test(own_currencies),   cmocka_unit_test(spans),
        cmocka_unit_test(what_holds_others), cmocka_unit_test(columns_of_dates), cmocka_unit_test(unknown_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
