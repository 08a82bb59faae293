/* fit.c -- tests of fit.h: values made to fit types, texts read as values, refusals in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "runtime/fit.h"

#define ONE ((int64_t)DECIMAL_ONE)
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define wrong(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

static Arena *arena;
static const Zone *berlin;

enum {
    TEXT,
    NUMBER,
    MONEY,
    EUROS,
    PERCENT,
    DURATION,
    DATE,
    TIME,
    DATETIME,
    BOOLEAN,
    AFILE,
    PERSON,
    CHOICE,
    TEXTS,
    NUMBERS,
    CHOICES,
    LEAD,
    MAYBE,
    MAYBE_TEXT,
    NOTHING,
    LEADS,
    DATES,
    MONEYS,
    PERCENTS,
    FILES,
    TYPES
};

static const char *const choices[] = {"web", "referral", "ad"};
static const char *const lead_fields[] = {"name", "budget", "seen"};
static const Shape lead_shape = {"Lead", lead_fields, 3};
static IrField fields[] = {
    {.name = "name", .type = TEXT, .initial = CODE_NONE},
    {.name = "budget", .type = EUROS, .initial = CODE_NONE},
    {.name = "seen", .type = MAYBE, .initial = CODE_NONE}};
static IrType types[TYPES] = {
    [TEXT] = {.kind = TYPE_TEXT},
    [NUMBER] = {.kind = TYPE_NUMBER},
    [MONEY] = {.kind = TYPE_MONEY},
    [EUROS] = {.kind = TYPE_MONEY},
    [PERCENT] = {.kind = TYPE_PERCENT},
    [DURATION] = {.kind = TYPE_DURATION},
    [DATE] = {.kind = TYPE_DATE},
    [TIME] = {.kind = TYPE_TIME},
    [DATETIME] = {.kind = TYPE_DATETIME},
    [BOOLEAN] = {.kind = TYPE_BOOLEAN},
    [AFILE] = {.kind = TYPE_FILE},
    [PERSON] = {.kind = TYPE_PERSON},
    [CHOICE] = {.kind = TYPE_CHOICE, .choices = choices, .choices_n = 3},
    [TEXTS] = {.kind = TYPE_LIST, .of = TEXT},
    [NUMBERS] = {.kind = TYPE_LIST, .of = NUMBER},
    [CHOICES] = {.kind = TYPE_LIST, .of = CHOICE},
    [LEAD] = {.kind = TYPE_RECORD, .name = "Lead", .fields_n = 3, .shape = &lead_shape},
    [MAYBE] = {.kind = TYPE_DATE, .optional = true},
    [MAYBE_TEXT] = {.kind = TYPE_TEXT, .optional = true},
    [NOTHING] = {.kind = TYPE_NONE},
    [LEADS] = {.kind = TYPE_LIST, .of = LEAD},
    [DATES] = {.kind = TYPE_LIST, .of = DATE},
    [MONEYS] = {.kind = TYPE_LIST, .of = MONEY},
    [PERCENTS] = {.kind = TYPE_LIST, .of = PERCENT},
    [FILES] = {.kind = TYPE_LIST, .of = AFILE}};
static const IrUnit unit = {.types = types, .types_n = TYPES, .fields = fields, .fields_n = COUNT(fields)};

static int set_up(void **state)
{
    (void)state;
    Error err;
    arena = arena_new();
    types[EUROS].currency = currency_pack("EUR");
    berlin = zone_find("Europe/Berlin", &err);
    return berlin ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void show(Buf *b, const Value *v)
{
    buf_printf(b, "%s ", value_type_name(v));
    value_print(b, v, STYLE_LANGUAGE, NULL);
}

/* wanted: type and value; or, behind a "!", words of the refusal. */
static void judge(Status st, const Value *v, const Error *err, const char *wanted, const char *what)
{
    Buf b = {0};
    if (st == ST_OK) show(&b, v);
    bool refusal = wanted[0] == '!';
    bool right = refusal ? st == ST_VALUE && err->status == ST_VALUE && strstr(err->text, wanted + 1)
                         : st == ST_OK && strcmp(buf_text(&b), wanted) == 0;
    if (!right)
        wrong("%s: wanted %s, found %s %s%s", what, wanted, status_name(st), buf_text(&b),
              st == ST_OK ? "" : err->text);
    buf_free(&b);
}

static void reads(uint32_t type, const char *text, const char *wanted)
{
    Value v;
    Error err = {0};
    Status st = value_parse_text(arena, &unit, type, text, berlin, &v, &err);
    judge(st, &v, &err, wanted, text);
}

static void fits(uint32_t type, Value in, const char *wanted)
{
    Value v;
    Error err = {0};
    Buf b = {0};
    show(&b, &in);
    Status st = value_fit(arena, &unit, type, &in, &v, &err);
    judge(st, &v, &err, wanted, buf_text(&b));
    if (st == ST_OK) {                         /* what fits, fits as it is; also in place */
        Value again = v;
        assert_int_equal(value_fit(arena, &unit, type, &again, &again, &err), ST_OK);
        judge(ST_OK, &again, &err, wanted, buf_text(&b));
    }
    buf_free(&b);
}

/* ---- reading ------------------------------------------------------------------------------ */

static void numbers(void **state)
{
    (void)state;
    reads(NUMBER, "1500", "number 1500");
    reads(NUMBER, "  -2.5\n", "number -2.5");
    reads(NUMBER, "1_000", "number 1000");
    reads(NUMBER, "1,500", "number 1500");
    reads(NUMBER, "-1,234,567.89", "number -1234567.89");
    reads(NUMBER, "1,5", "!wanted number, like 1500 or 2.5, found \"1,5\"");
    reads(NUMBER, "1,50,000", "!like 1500");
    reads(NUMBER, "1234,567", "!like 1500");
    reads(NUMBER, "0,500", "!like 1500");
    reads(NUMBER, ",500", "!like 1500");
    reads(NUMBER, "1,500,", "!like 1500");
    reads(NUMBER, "1,500x", "!like 1500");
    reads(NUMBER, "1e3", "!like 1500");
    reads(NUMBER, "", "!found nothing");
    reads(NUMBER, "nan", "!like 1500");
    reads(NUMBER, "99999999999999999999", "!like 1500");
    reads(NUMBER, "1\x1b[2J", "!\\x1b");
}

static void percents(void **state)
{
    (void)state;
    reads(PERCENT, "5%", "percent 5%");
    reads(PERCENT, "5 %", "percent 5%");
    reads(PERCENT, "-12.5%", "percent -12.5%");
    reads(PERCENT, "250%", "percent 250%");
    reads(PERCENT, "0.05", "percent 5%");
    reads(PERCENT, "1", "percent 100%");
    reads(PERCENT, "5", "!wanted percent, like 5% or 0.05, found \"5\"");       /* 5% or 500%? */
    reads(PERCENT, "0.00001%", "!like 5%");
    reads(PERCENT, "%", "!like 5%");
}

static void amounts(void **state)
{
    (void)state;
    reads(MONEY, "$1500", "money $1500");
    reads(MONEY, "$ 1,500.00", "money $1500");
    reads(MONEY, "-$5", "money -$5");
    reads(MONEY, "$-5", "money -$5");
    reads(MONEY, "1500.00 USD", "money $1500");
    reads(MONEY, "1500USD", "money $1500");
    reads(MONEY, "EUR 1500", "money €1500");
    reads(MONEY, "1500€", "money €1500");
    reads(MONEY, "40 CHF", "money 40 CHF");
    reads(MONEY, "0", "money 0");
    reads(MONEY, "1500", "!wanted money with its currency, like $1500 or 1500 EUR, found \"1500\"");
    reads(MONEY, "$", "!like $1500 or 1500.00 USD");
    reads(MONEY, "1500 usd", "!like $1500");
    reads(MONEY, "1500 USDX", "!like $1500");
    reads(MONEY, "$5 EUR", "!like $1500");
    reads(MONEY, "--5", "!like $1500");
    reads(MONEY, "$1,5", "!like $1500");
    reads(EUROS, "1500", "money €1500");
    reads(EUROS, "€1500", "money €1500");
    reads(EUROS, "$1500", "!wanted money in EUR, like 1500 or 1500.00 EUR, found \"$1500\"");
    reads(EUROS, "abc", "!like 1500 or 1500.00 EUR");
}

static void truths(void **state)
{
    (void)state;
    reads(BOOLEAN, "yes", "boolean yes");
    reads(BOOLEAN, "Y", "boolean yes");
    reads(BOOLEAN, "TRUE", "boolean yes");
    reads(BOOLEAN, "no", "boolean no");
    reads(BOOLEAN, " false ", "boolean no");
    reads(BOOLEAN, "n", "boolean no");
    reads(BOOLEAN, "1", "!wanted boolean, like yes or no, found \"1\"");
    reads(BOOLEAN, "", "!found nothing");
}

static void times(void **state)
{
    (void)state;
    reads(DURATION, "90 s", "duration 1m30s");
    reads(DURATION, "1h30m", "duration 1h30m");
    reads(DURATION, "1 h 30 min", "duration 1h30m");
    reads(DURATION, "2 days", "duration 2d");
    reads(DURATION, "1.5 h", "duration 1h30m");
    reads(DURATION, "-5 m", "duration -5m");
    reads(DURATION, "5", "!wanted duration, like 90 s, 2 h or 1h30m, found \"5\"");
    reads(DURATION, "30m1h", "!like 90 s");
    reads(DURATION, "1h1h", "!like 90 s");
    reads(DURATION, "2 months", "!like 90 s");
    reads(DURATION, "h", "!like 90 s");
    reads(DURATION, "999999999999 weeks", "!like 90 s");
    reads(DATE, "2026-12-25", "date 2026-12-25");
    reads(DATE, "2026-02-30", "!wanted date, like 2026-12-31, found \"2026-02-30\"");
    reads(DATE, "25.12.2026", "!like 2026-12-31");
    reads(TIME, "09:30", "time 09:30");
    reads(TIME, "25:00", "!like 09:30");
    reads(DATETIME, "2026-12-25T09:30", "datetime 2026-12-25T08:30:00Z");
    reads(DATETIME, "2026-12-25 09:30", "datetime 2026-12-25T08:30:00Z");
    reads(DATETIME, "2026-12-25T09:30Z", "datetime 2026-12-25T09:30:00Z");
    reads(DATETIME, "2026-12-25", "!like 2026-12-31T09:30");
}

static void names(void **state)
{
    (void)state;
    reads(TEXT, " as it is ", "text \" as it is \"");
    reads(TEXT, "", "text \"\"");
    reads(MAYBE_TEXT, "", "none none");
    reads(MAYBE, "", "none none");
    reads(MAYBE, "  ", "none none");
    reads(MAYBE, "x", "!wanted date, like 2026-12-31, or nothing");
    reads(CHOICE, "web", "text \"web\"");
    reads(CHOICE, " ad ", "text \"ad\"");
    reads(CHOICE, "wbe", "!wanted one of web, referral, ad, found \"wbe\": did you mean web?");
    reads(CHOICE, "telephone", "!wanted one of web, referral, ad, found \"telephone\"");
    reads(CHOICE, "", "!like web, found nothing");
    reads(PERSON, "ann", "person \"ann\"");
    reads(PERSON, "", "!like ann, found nothing");
    reads(AFILE, "q.pdf", "file \"q.pdf\"");
    reads(AFILE, "", "!like quote.pdf");
    reads(NOTHING, "", "none none");
    reads(NOTHING, "x", "!found \"x\"");
    reads(LEAD, "Ann", "!Lead cannot be read from one text: give its fields (name, budget, seen) as JSON");
}

static void json(void **state)
{
    (void)state;
    reads(TEXTS, "[a, b]", "list [\"a\", \"b\"]");
    reads(TEXTS, "[]", "list []");
    reads(TEXTS, "[ ]", "list []");
    reads(TEXTS, "[\"a, b\", \"c\"]", "list [\"a, b\", \"c\"]");
    reads(TEXTS, "[1, true]", "!element 2: wanted text, found yes or no");
    reads(TEXTS, "[\"a\", null]", "!element 2: wanted text, found nothing");
    reads(TEXTS, "[\"a\\u0000b\"]", "!not JSON at line 1, column ");
    reads(NUMBERS, "[1, 2.5]", "list [1, 2.5]");
    reads(NUMBERS, "[1, [2]]", "!element 2: wanted number, found a list");
    reads(LEAD, "{\"name\":\"Ann\",\"budget\":5}", "record Lead(name = \"Ann\", budget = €5, seen = none)");
    reads(LEAD, "{\"name\":\"Ann\",\"budget\":{\"amount\":\"5.20\",\"currency\":\"EUR\"},\"seen\":\"2026-11-02\"}",
          "record Lead(name = \"Ann\", budget = €5.2, seen = 2026-11-02)");
    reads(LEAD, "{\"name\":\"Ann\",\"budget\":{\"amount\":\"5.20\"}}", "!budget: wanted money in EUR, found an object");
    reads(LEAD, "{\"name\":\"Ann\"}", "!budget: wanted money in EUR, found nothing");
    reads(LEAD, "{\"nam\":\"Ann\"}", "!Lead has no field `nam`");
    reads(LEAD, "{\"name\":}", "!not JSON at line 1, column ");
    reads(LEADS, "[{\"name\":\"Ann\",\"budget\":5}]", "list [Lead(name = \"Ann\", budget = €5, seen = none)]");
}

static void lists(void **state)
{
    (void)state;
    reads(TEXTS, "a, b,c", "list [\"a\", \"b,c\"]");
    reads(TEXTS, "", "list []");
    reads(TEXTS, "a", "list [\"a\"]");
    reads(TEXTS, "a, , b", "!element 2: ");
    reads(TEXTS, "[a,b]", "list [\"a\", \"b\"]");
    reads(TEXTS, "[ a , b,c ]", "list [\"a\", \"b\", \"c\"]");
    reads(TEXTS, "[1,5 x]", "list [\"1\", \"5 x\"]");
    reads(TEXTS, "[a,,b]", "!element 2: ");
    reads(TEXTS, "[a,]", "!element 2: ");
    reads(TEXTS, "[,]", "!element 1: ");
    reads(TEXTS, "[a,b", "list [\"[a,b\"]");
    reads(FILES, "[a.pdf,b.pdf]", "list [\"a.pdf\", \"b.pdf\"]");
    reads(CHOICES, "[web,ad]", "list [\"web\", \"ad\"]");
    reads(MONEYS, "[$1,$2]", "list [$1, $2]");
    reads(MONEYS, "[1,500 USD,2 USD, $3,500.50]", "list [$1500, $2, $3500.5]");
    reads(MONEYS, "[$1,5]", "!element 1: wanted money");
    reads(PERCENTS, "[5%,6%]", "list [5%, 6%]");
    reads(NUMBERS, "[-1,500, +2]", "list [-1500, 2]");
    reads(NUMBERS, "[1,x]", "!element 2: wanted number");
    reads(NUMBERS, "1, 2.5, 1,500", "list [1, 2.5, 1500]");
    reads(NUMBERS, "1, x", "!element 2: wanted number");
    reads(CHOICES, "web,ad", "list [\"web\", \"ad\"]");
    reads(CHOICES, "web, ad", "list [\"web\", \"ad\"]");
    reads(CHOICES, "web, , ad", "!element 2: wanted one of");
    reads(DATES, "2026-12-25,2026-12-26", "list [2026-12-25, 2026-12-26]");
}

/* ---- fitting ------------------------------------------------------------------------------ */

static void simple(void **state)
{
    (void)state;
    fits(TEXT, value_text("a"), "text \"a\"");
    fits(TEXT, value_person("ann"), "text \"ann\"");
    fits(TEXT, value_integer(5), "!wanted text, found number 5");
    fits(NUMBER, value_percent(50000), "number 0.05");
    fits(NUMBER, value_text("5"), "!wanted number, found text \"5\"");
    fits(PERCENT, value_number(50000), "percent 5%");
    fits(BOOLEAN, value_boolean(true), "boolean yes");
    fits(BOOLEAN, value_integer(1), "!wanted boolean");
    fits(DURATION, value_duration(US_HOUR), "duration 1h");
    fits(DURATION, value_integer(1), "!wanted duration");
    fits(DATE, value_date(0), "date 1970-01-01");
    fits(DATE, value_text("2026-12-25"), "date 2026-12-25");
    fits(DATE, value_text("2026-12-32"), "!wanted date, found text");
    fits(TIME, value_text("09:30"), "time 09:30");
    fits(DATETIME, value_text("2026-12-25T09:30Z"), "datetime 2026-12-25T09:30:00Z");
    fits(DATETIME, value_text("2026-12-25T09:30:00+01:00"), "datetime 2026-12-25T08:30:00Z");
    fits(DATETIME, value_text("2026-12-25T09:30"), "!wanted datetime");          /* in which zone? */
    fits(DATETIME, value_date(0), "!wanted datetime, found date 1970-01-01");
    fits(CHOICE, value_text("ad"), "text \"ad\"");
    fits(CHOICE, value_text("adx"), "!did you mean ad?");
    fits(CHOICE, value_integer(1), "!wanted one of web, referral, ad, found number 1");
    fits(PERSON, value_text("ann"), "person \"ann\"");
    fits(PERSON, value_text(""), "!wanted person");
    fits(AFILE, value_text("q.pdf"), "file \"q.pdf\"");
    fits(TEXT, VALUE_NONE, "!wanted text, found nothing");
    fits(MAYBE, VALUE_NONE, "none none");
    fits(NOTHING, VALUE_NONE, "none none");
    fits(NOTHING, value_integer(1), "!wanted none");
}

static void money(void **state)
{
    (void)state;
    const uint16_t usd = currency_pack("USD"), eur = currency_pack("EUR");
    fits(MONEY, value_money(5 * ONE, usd), "money $5");
    fits(MONEY, value_integer(5), "!wanted money, found number 5");
    fits(EUROS, value_integer(5), "money €5");
    fits(EUROS, value_money(5 * ONE, eur), "money €5");
    fits(EUROS, value_money(5 * ONE, 0), "money €5");
    fits(EUROS, value_money(0, usd), "money €0");
    fits(EUROS, value_money(5 * ONE, usd), "!wanted money in EUR, found money $5");
}

static Value lead(Arena *a, const char *const *names, const Value *values, uint32_t n)
{
    Shape *shape = ARENA_NEW(a, Shape);
    *shape = (Shape){NULL, names, n};
    Record *r = record_new(a, shape);
    memcpy(r->fields, values, n * sizeof *values);
    return value_record(r);
}

static void parts(void **state)
{
    (void)state;
    static const char *const other[] = {"budget", "more", "name"}, *const lacking[] = {"name"};
    const Value values[] = {value_integer(5), value_boolean(true), value_text("Ann")},
                one[] = {value_text("Ann")};
    const Value items[] = {value_integer(1), value_text("x")}, none[] = {VALUE_NONE, value_text("a")};
    fits(LEAD, lead(arena, other, values, 3), "record Lead(name = \"Ann\", budget = €5, seen = none)");
    fits(LEAD, lead(arena, lacking, one, 1), "!budget: wanted money in EUR, found nothing");
    fits(LEAD, value_text("Ann"), "!wanted Lead, found text \"Ann\"");
    fits(NUMBERS, value_list(items, 1), "list [1]");
    fits(NUMBERS, value_list(items, 2), "!element 2: wanted number, found text \"x\"");
    fits(NUMBERS, value_list(NULL, 0), "list []");
    fits(NUMBERS, value_integer(1), "!wanted list of number, found number 1");
    fits(TEXTS, value_list(none, 2), "!element 1: wanted text, found nothing");
    const Value leads[] = {lead(arena, other, values, 3), lead(arena, lacking, one, 1)};
    fits(LEADS, value_list(leads, 1), "list [Lead(name = \"Ann\", budget = €5, seen = none)]");
    fits(LEADS, value_list(leads, 2), "!element 2: budget: ");
}

static void long_ones(void **state)
{
    (void)state;
    char text[3000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    reads(NUMBER, text, "!...\"");
    reads(CHOICE, text, "!wanted one of");
    reads(MONEY, text, "!...");
    fits(NUMBER, value_text(text), "!...");
    memset(text, '1', sizeof text - 1);
    reads(NUMBER, text, "!like 1500");
    reads(MONEY, text, "!like $1500");
    text[1] = ',';
    reads(NUMBER, text, "!like 1500");
    reads(DURATION, text, "!like 90 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers), cmocka_unit_test(percents),  cmocka_unit_test(amounts),
        cmocka_unit_test(truths),  cmocka_unit_test(times),     cmocka_unit_test(names),
        cmocka_unit_test(lists), cmocka_unit_test(json),   cmocka_unit_test(simple),    cmocka_unit_test(money),
        cmocka_unit_test(parts),   cmocka_unit_test(long_ones),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
