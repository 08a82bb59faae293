/* eval.c -- tests of the interpreter: hand-assembled code, all instructions, and what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "runtime/eval.h"
#include "tests/unit/ir_fixture.h"

#define ONE ((int64_t)DECIMAL_ONE)
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define wrong(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

/* ---- surroundings ------------------------------------------------------------------------- */

static Arena *arena;
static Calendar calendars[2];
static IrProgram program;
static const Zone *berlin;

static int set_up(void **state)
{
    static const OpenSpan open[] = {{0x1f, 9 * 60, 17 * 60}};
    static ClosedDays closed[] = {{.yearly = true, .from = 1225, .to = 1226}};
    (void)state;
    Error err;
    arena = arena_new();
    berlin = zone_find("Europe/Berlin", &err);
    if (!berlin) wrong("%s", err.text);
    calendars[0] = (Calendar){"Office", berlin, open, 1, closed, 1, NULL, 0};
    calendars[1] = (Calendar){"Night", zone_utc(), NULL, 0, NULL, 0, NULL, 0};
    program = (IrProgram){.calendars = calendars, .calendars_n = 1};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* ---- an assembler ------------------------------------------------------------------------- */

static struct {
    Value consts[80];
    uint32_t code[200];
    IrUnit unit;
    EvalHost host;
} x;

static const char *const names[] = {"name", "Office", "Gone", "Sales", "Deals"};
enum { NAME, OFFICE, GONE, SALES, DEALS };

static Instant moment_at(const char *text, const Zone *zone)
{
    Instant t = 0;
    assert_true(instant_parse(text, strlen(text), zone, &t));
    return t;
}

static void begin(void)
{
    x.unit = (IrUnit){.names = names, .names_n = COUNT(names), .consts = x.consts, .code = x.code};
    x.host = (EvalHost){.now = moment_at("2026-11-23T08:30:00Z", NULL), .program = &program};
}

static void op(IrOp o, uint32_t operand)
{
    x.code[x.unit.code_n++] = IR_INSTRUCTION(o, operand);
}

static void constant(Value v)
{
    x.consts[x.unit.consts_n] = v;
    op(IR_CONST, x.unit.consts_n++);
}

static Status run(Value *out, Error *err)
{
    op(IR_END, 0);
    *err = (Error){0};
    return eval(&x.unit, 0, &x.host, arena, out, err);
}

static void expect(const char *wanted)
{
    Value v;
    Error err;
    Status st = run(&v, &err);
    Buf b = {0};
    if (st == ST_OK) value_print(&b, &v, STYLE_LANGUAGE, NULL);
    if (st != ST_OK || strcmp(buf_text(&b), wanted) != 0)
        wrong("wanted %s, found %s %s %s", wanted, status_name(st), buf_text(&b), err.text);
    buf_free(&b);
}

static void expect_failure(const char *words)
{
    Value v;
    Error err;
    Status st = run(&v, &err);
    if (st != ST_FAILED || err.status != ST_FAILED || !strstr(err.text, words))
        wrong("wanted failure: %s; found %s %s", words, status_name(st), err.text);
}

static void binary(Value a, IrOp o, Value b)
{
    begin();
    constant(a);
    constant(b);
    op(o, 0);
}

static void gives(Value a, IrOp o, Value b, const char *wanted)
{
    binary(a, o, b);
    expect(wanted);
}

static void fails(Value a, IrOp o, Value b, const char *words)
{
    binary(a, o, b);
    expect_failure(words);
}

static void call(IrBuiltin builtin, uint32_t n, const Value *args)
{
    begin();
    for (uint32_t i = 0; i < n; i++) constant(args[i]);
    constant(value_integer(n));
    op(IR_CALL, builtin);
}
#define CALLS(wanted, name, ...) \
    (call(BUILTIN_##name, COUNT(((Value[]){__VA_ARGS__})), (Value[]){__VA_ARGS__}), expect(wanted))
#define CALL_FAILS(words, name, ...) \
    (call(BUILTIN_##name, COUNT(((Value[]){__VA_ARGS__})), (Value[]){__VA_ARGS__}), expect_failure(words))

/* ---- values ------------------------------------------------------------------------------- */

static Value num(const char *text)
{
    int64_t i = 0;
    assert_true(decimal_parse(text, strlen(text), &i));
    return value_number(i);
}

static Value pct(const char *text)
{
    return value_percent(num(text).i / 100);
}

static Value money(const char *amount, const char *currency)
{
    return value_money(num(amount).i, currency ? currency_pack(currency) : 0);
}

static Value usd(const char *amount)
{
    return money(amount, "USD");
}

static Value text(const char *t)
{
    return value_text(t);
}

static Value date(const char *t)
{
    int64_t d = 0;
    assert_true(date_parse(t, strlen(t), &d));
    return value_date(d);
}

static Value when(const char *t)
{
    return value_datetime(moment_at(t, berlin));
}

static Value days(int64_t n)
{
    return value_duration(n * US_DAY);
}

static Value hours(int64_t n)
{
    return value_duration(n * US_HOUR);
}

static Value months(int64_t n)
{
    Value v = value_duration(n);
    v.aux = DUR_MONTHS;
    return v;
}

static Value business(DurationKind kind, int64_t amount, const char *calendar)
{
    Business *b = ARENA_NEW(arena, Business);
    *b = (Business){amount, calendar};
    return (Value){.type = V_DURATION, .aux = (uint8_t)kind, .business = b};
}

static Value open_days(int64_t n)
{
    return business(DUR_BUSINESS_DAYS, n, "Office");
}

static Value open_hours(int64_t n)
{
    return business(DUR_BUSINESS_TIME, n * US_HOUR, "Office");
}

static Value list(uint32_t n, const Value *items)
{
    Value *kept = ARENA_ARRAY(arena, Value, n);
    if (n) memcpy(kept, items, n * sizeof *kept);
    return value_list(kept, n);
}
#define LIST(...) list(COUNT(((Value[]){__VA_ARGS__})), (Value[]){__VA_ARGS__})
#define NONE VALUE_NONE
#define YES value_boolean(true)
#define NO value_boolean(false)

static Value lead(const char *name)
{
    static const char *const fields[] = {"name", "budget"};
    static const Shape shape = {"Lead", fields, 2};
    Record *r = record_new(arena, &shape);
    r->fields[0] = text(name);
    r->fields[1] = usd("900");
    return value_record(r);
}

/* ---- arithmetic --------------------------------------------------------------------------- */

static void numbers(void **state)
{
    (void)state;
    gives(num("1.5"), IR_ADD, num("2"), "3.5");
    gives(num("1"), IR_SUB, num("2.5"), "-1.5");
    gives(num("0.000001"), IR_MUL, num("0.5"), "0");                /* half to even */
    gives(num("0.000003"), IR_MUL, num("0.5"), "0.000002");
    gives(num("1"), IR_DIV, num("3"), "0.333333");
    gives(num("2"), IR_DIV, num("3"), "0.666667");
    gives(pct("5"), IR_ADD, pct("2.5"), "7.5%");
    gives(pct("50"), IR_MUL, pct("50"), "25%");
    gives(pct("5"), IR_MUL, num("2"), "10%");
    gives(num("50"), IR_MUL, pct("20"), "10");
    gives(pct("50"), IR_ADD, num("1"), "1.5");
    gives(pct("50"), IR_DIV, num("2"), "25%");
    gives(pct("50"), IR_DIV, pct("25"), "2");
    gives(value_number(INT64_MAX), IR_ADD, num("0"), "9223372036854.775807");
    fails(value_number(INT64_MAX), IR_ADD, value_number(1), "too large");
    fails(value_number(INT64_MIN), IR_SUB, value_number(1), "too large");
    fails(num("9000000000000"), IR_MUL, num("2"), "too large");
    fails(num("9000000000000"), IR_DIV, num("0.5"), "too large");
    fails(num("1"), IR_DIV, num("0"), "division by zero");
    fails(num("1"), IR_ADD, text("1"), "cannot add 1 and \"1\"");
    fails(num("1"), IR_SUB, YES, "cannot subtract 1 and yes");
    begin(), constant(num("2.5")), op(IR_NEG, 0), expect("-2.5");
    begin(), constant(value_number(INT64_MIN)), op(IR_NEG, 0), expect_failure("too large");
    begin(), constant(text("a")), op(IR_NEG, 0),
        expect_failure("wanted a number, money or a duration, found text \"a\"");
}

static void amounts(void **state)
{
    (void)state;
    gives(usd("5"), IR_ADD, usd("0.05"), "$5.05");
    gives(usd("5"), IR_SUB, usd("7"), "-$2");
    gives(usd("5"), IR_ADD, money("1", NULL), "$6");
    gives(usd("0"), IR_ADD, money("1", "EUR"), "€1");              /* nothing has any currency */
    gives(money("1", "EUR"), IR_ADD, usd("0"), "€1");
    fails(usd("5"), IR_ADD, money("1", "EUR"), "amounts of two currencies: cannot add $5 and €1");
    fails(usd("5"), IR_SUB, money("1", "EUR"), "two currencies");
    fails(usd("5"), IR_DIV, money("1", "EUR"), "two currencies");
    gives(pct("10"), IR_MUL, usd("45"), "$4.5");
    gives(usd("45"), IR_MUL, pct("10"), "$4.5");
    gives(num("3"), IR_MUL, usd("45"), "$135");
    gives(usd("10"), IR_DIV, num("4"), "$2.5");
    gives(usd("10"), IR_DIV, pct("50"), "$20");
    gives(usd("10"), IR_DIV, usd("4"), "2.5");
    fails(usd("10"), IR_DIV, usd("0"), "division by zero");
    fails(usd("10"), IR_MUL, usd("4"), "cannot multiply");
    fails(num("10"), IR_DIV, usd("4"), "cannot divide");
    fails(usd("10"), IR_ADD, num("4"), "cannot add $10 and 4");
}

static void spans(void **state)
{
    (void)state;
    gives(hours(1), IR_ADD, value_duration(30 * US_MINUTE), "1h30m");
    gives(hours(1), IR_SUB, hours(2), "-1h");
    gives(hours(3), IR_MUL, num("1.5"), "4h30m");
    gives(num("2"), IR_MUL, open_days(3), "6 business days in Office");
    gives(open_hours(3), IR_DIV, num("2"), "90 business minutes in Office");
    gives(hours(3), IR_DIV, hours(2), "1.5");
    gives(open_days(1), IR_ADD, open_days(2), "3 business days in Office");
    gives(months(6), IR_ADD, months(6), "1 year");
    gives(months(1), IR_MUL, num("3"), "3 months");
    fails(months(1), IR_MUL, num("1.5"), "no whole number of months");
    fails(open_days(1), IR_DIV, num("2"), "no whole number of business days");
    fails(hours(1), IR_ADD, open_hours(1), "stay apart");
    fails(open_days(1), IR_ADD, open_hours(1), "stay apart");
    fails(open_days(1), IR_SUB, business(DUR_BUSINESS_DAYS, 1, "Night"), "stay apart");
    fails(open_days(4), IR_DIV, open_days(2), "cannot divide");
    fails(value_duration(INT64_MAX), IR_ADD, value_duration(1), "too large");
    fails(hours(1), IR_DIV, num("0"), "division by zero");
    begin(), constant(open_days(3)), op(IR_NEG, 0), expect("-3 business days in Office");
    begin(), constant(hours(3)), op(IR_NEG, 0), expect("-3h");
}

static void dates(void **state)
{
    (void)state;
    gives(date("2026-12-25"), IR_ADD, days(7), "2027-01-01");
    gives(days(7), IR_ADD, date("2026-12-25"), "2027-01-01");
    gives(date("2026-03-01"), IR_SUB, days(1), "2026-02-28");
    gives(date("2026-01-31"), IR_ADD, months(1), "2026-02-28");
    gives(date("2026-03-31"), IR_SUB, months(1), "2026-02-28");
    gives(date("2026-11-20"), IR_ADD, open_days(1), "2026-11-23");      /* over a weekend */
    gives(date("2026-11-23"), IR_SUB, open_days(1), "2026-11-20");
    gives(date("2026-12-24"), IR_ADD, open_days(1), "2026-12-28");      /* over a holiday */
    gives(date("2026-11-21"), IR_ADD, open_days(0), "2026-11-21");
    gives(date("2026-12-25"), IR_SUB, date("2026-12-24"), "1d");
    fails(date("2026-12-25"), IR_ADD, hours(36), "only whole days");
    fails(date("2026-12-25"), IR_ADD, open_hours(1), "business hours cannot be added to a date");
    fails(date("9999-12-31"), IR_ADD, days(1), "too far away");
    fails(date("0001-01-01"), IR_SUB, days(1), "too far away");
    fails(date("9999-12-01"), IR_ADD, months(1), "too far away");
    fails(date("2026-12-25"), IR_SUB, months(INT64_MIN), "too far away");
    fails(date("2026-12-25"), IR_SUB, open_days(INT64_MIN), "no open day");
    fails(date("2026-12-25"), IR_ADD, date("2026-12-25"), "cannot add");
    fails(days(1), IR_SUB, date("2026-12-25"), "cannot subtract");
    fails(date("2026-12-25"), IR_ADD, business(DUR_BUSINESS_DAYS, 1, "Gone"),
          "the calendar Gone is not in the file any more");
    fails(date("2026-12-25"), IR_ADD, business(DUR_BUSINESS_DAYS, 1, NULL), "names no calendar");
    fails(value_date(INT64_MAX), IR_ADD, days(1), "too far away");
}

static void moments(void **state)
{
    (void)state;
    gives(when("2026-12-24T09:00"), IR_ADD, hours(2), "2026-12-24T10:00:00Z");
    gives(hours(2), IR_ADD, when("2026-12-24T09:00"), "2026-12-24T10:00:00Z");
    gives(when("2026-12-24T09:00"), IR_SUB, hours(1), "2026-12-24T07:00:00Z");
    gives(when("2026-03-28T09:00"), IR_ADD, months(1),
          "2026-04-28T07:00:00Z"); /* the same wall clock, summer time */
    gives(when("2026-03-31T09:00"), IR_SUB, months(1), "2026-02-28T08:00:00Z");
    gives(when("2026-11-20T16:00"), IR_ADD, open_hours(2), "2026-11-23T09:00:00Z");
    gives(when("2026-11-23T10:00"), IR_SUB, open_hours(2), "2026-11-20T15:00:00Z");
    gives(when("2026-11-20T10:00"), IR_ADD, open_days(1), "2026-11-23T09:00:00Z");
    gives(when("2026-11-20T10:00"), IR_SUB, when("2026-11-20T09:30"), "30m");
    gives(value_time(9 * US_HOUR), IR_SUB, value_time(8 * US_HOUR), "1h");
    fails(when("2026-11-20T10:00"), IR_SUB, date("2026-11-20"), "cannot subtract");
    fails(when("2026-11-20T10:00"), IR_SUB, value_duration(INT64_MIN), "too far away");
    fails(when("2026-11-20T10:00"), IR_ADD, value_duration(INT64_MAX), "too far away");
    fails(when("2026-11-20T10:00"), IR_ADD, open_hours(100000000), "not open for so long");
    fails(value_datetime(INSTANT_NEVER), IR_ADD, hours(1), "too far away");
    fails(value_time(9 * US_HOUR), IR_ADD, hours(1), "cannot add");
}

static void after(void **state)
{
    (void)state;
    Error err = {0};
    Instant t;
    begin();
    const Value span = hours(2), four = business(DUR_BUSINESS_TIME, 4 * US_HOUR, NULL), month = months(1),
                number = num("2");
    Instant from = moment_at("2026-11-20T16:00", berlin);
    assert_int_equal(eval_after(&x.host, from, &span, NULL, &t, &err), ST_OK);
    assert_int_equal(t, from + 2 * US_HOUR);
    assert_int_equal(eval_after(&x.host, from, &four, "Office", &t, &err), ST_OK);
    assert_int_equal(t, moment_at("2026-11-23T12:00", berlin));
    assert_int_equal(eval_after(&x.host, from, &four, NULL, &t, &err), ST_FAILED);
    assert_int_equal(eval_after(&x.host, from, &month, "Office", &t, &err), ST_OK);
    assert_int_equal(t, moment_at("2026-12-20T16:00", berlin));
    assert_int_equal(eval_after(&x.host, from, &number, NULL, &t, &err), ST_FAILED);
    assert_string_equal(err.text, "wanted a duration like 2 h, found number 2");
    x.host.program = NULL;
    assert_int_equal(eval_after(&x.host, from, &month, NULL, &t, &err), ST_OK);
    assert_int_equal(eval_after(&x.host, from, &four, "Office", &t, &err), ST_FAILED);
}

static void texts_and_lists(void **state)
{
    (void)state;
    gives(text("stock "), IR_ADD, text("hop"), "\"stock hop\"");
    gives(text(""), IR_ADD, text(""), "\"\"");
    gives(LIST(num("1")), IR_ADD, LIST(num("2"), NONE), "[1, 2, none]");
    gives(list(0, NULL), IR_ADD, list(0, NULL), "[]");
    gives(LIST(num("7"), num("8")), IR_INDEX, num("1"), "7");
    gives(LIST(num("7"), num("8")), IR_INDEX, num("2"), "8");
    gives(LIST(num("7"), num("8")), IR_INDEX, num("0"), "none");
    gives(LIST(num("7"), num("8")), IR_INDEX, num("3"), "none");
    gives(LIST(num("7"), num("8")), IR_INDEX, num("1.5"), "none");
    gives(LIST(num("7"), num("8")), IR_INDEX, value_number(INT64_MIN), "none");
    gives(NONE, IR_INDEX, num("1"), "none");
    fails(text("ab"), IR_INDEX, num("1"), "wanted a list to take an element from");
    fails(LIST(num("7")), IR_INDEX, text("a"), "wanted an element's number");
    begin(), constant(lead("Ann")), op(IR_FIELD, NAME), expect("\"Ann\"");
    begin(), constant(NONE), op(IR_FIELD, NAME), expect("none");
    begin(), constant(lead("Ann")), op(IR_FIELD, OFFICE), expect_failure("Lead has no field Office");
    begin(), constant(num("1")), op(IR_FIELD, NAME),
        expect_failure("wanted a record with a field name, found number 1");
    begin(), constant(num("1")), constant(num("2")), op(IR_LIST, 2), expect("[1, 2]");
    begin(), op(IR_LIST, 0), expect("[]");
    begin(), constant(num("1")), constant(num("2")), op(IR_POP, 0), expect("1");
}

static void templates(void **state)
{
    (void)state;
    begin(), constant(text("price ")), constant(usd("1500")), constant(NONE), constant(text("!")),
        op(IR_TEXT, 4);
    expect("\"price $1,500.00!\"");
    begin(), constant(usd("1500")), constant(text(" ")), constant(date("2026-12-25")), op(IR_TEXT_MACHINE, 3);
    expect("\"1500.00 2026-12-25\"");
    begin(), constant(when("2026-12-25T09:30")), op(IR_TEXT, 1), expect("\"25 Dec 2026 09:30\"");
    program.calendars_n = 2;                   /* which clock is no longer clear, so it says */
    begin(), constant(when("2026-12-25T09:30")), op(IR_TEXT, 1), expect("\"25 Dec 2026 08:30 UTC\"");
    program.calendars_n = 1;
    begin(), op(IR_TEXT, 0), expect("\"\"");
}

/* ---- conditions --------------------------------------------------------------------------- */

static void comparisons(void **state)
{
    (void)state;
    gives(num("1"), IR_LESS, num("2"), "yes");
    gives(num("2"), IR_LESS, num("2"), "no");
    gives(num("2"), IR_LESS_EQ, num("2"), "yes");
    gives(pct("50"), IR_LESS, num("1"), "yes");
    gives(text("Z"), IR_LESS, text("a"), "yes");                    /* by bytes */
    gives(usd("0"), IR_LESS, money("1", "EUR"), "yes");
    fails(usd("1"), IR_LESS, money("1", "EUR"), "amounts of two currencies: cannot compare $1 and €1");
    fails(num("1"), IR_LESS, text("1"), "cannot compare");
    fails(hours(1), IR_LESS, open_hours(1), "cannot compare");
    gives(NONE, IR_LESS, num("2"), "none");
    gives(num("2"), IR_LESS_EQ, NONE, "none");
    gives(NONE, IR_EQ, NONE, "yes");
    gives(NONE, IR_EQ, num("0"), "no");
    gives(NONE, IR_NE, num("0"), "yes");
    gives(text("ann"), IR_EQ, value_person("ann"), "yes");
    gives(num("1"), IR_IN, LIST(num("2"), num("1")), "yes");
    gives(num("3"), IR_IN, LIST(num("2"), num("1")), "no");
    gives(NONE, IR_IN, LIST(num("2"), NONE), "yes");
    gives(num("3"), IR_IN, NONE, "none");
    fails(text("a"), IR_IN, text("abc"), "wanted a list like [a, b] to look in");
    fails(text("a"), IR_IN, lead("Ann"), "wanted a list");
    begin(), constant(NO), op(IR_NOT, 0), expect("yes");
    begin(), constant(NONE), op(IR_NOT, 0), expect("none");
    begin(), constant(num("1")), op(IR_NOT, 0), expect_failure("wanted yes or no, found number 1");
}

static void ranges(void **state)
{
    (void)state;
    static const char *const fields[] = {"from", "to"};
    static const Shape shape = {"range", fields, 2};
    Record *r = record_new(arena, &shape);
    r->fields[0] = num("2"), r->fields[1] = num("4");
    gives(num("2"), IR_IN, value_record(r), "yes");
    gives(num("4"), IR_IN, value_record(r), "yes");
    gives(num("4.1"), IR_IN, value_record(r), "no");
    gives(num("1.9"), IR_IN, value_record(r), "no");
    gives(text("3"), IR_IN, value_record(r), "no");
}

static void patterns(void **state)
{
    (void)state;
    gives(text("ann@example.org"), IR_MATCHES, text("^[^@ ]+@[^@ ]+$"), "yes");
    gives(text("ann"), IR_MATCHES, text("^[^@ ]+@[^@ ]+$"), "no");
    gives(NONE, IR_MATCHES, text("a"), "none");
    fails(text("a"), IR_MATCHES, text("("), "the pattern \"(\" cannot be read");
    fails(num("1"), IR_MATCHES, text("a"), "wanted a text to match");
    fails(text("a"), IR_MATCHES, num("1"), "wanted a pattern");
    for (int round = 0; round < 3; round++)    /* more than are kept compiled */
        for (int i = 0; i < 40; i++) {
            char pattern[20], subject[20];
            snprintf(pattern, sizeof pattern, "^x%d$", i);
            snprintf(subject, sizeof subject, "x%d", i);
            gives(text(subject), IR_MATCHES, text(pattern), "yes");
            gives(text("x"), IR_MATCHES, text(pattern), "no");
        }
}

static void choose(Value first, IrOp o, Value second, const char *wanted)
{
    begin();
    constant(first);
    op(o, 3);
    constant(second);
    expect(wanted);
}

static void ways(void **state)
{
    (void)state;
    choose(YES, IR_AND, YES, "yes");
    choose(YES, IR_AND, NO, "no");
    choose(NO, IR_AND, YES, "no");
    choose(NONE, IR_AND, YES, "none");
    choose(YES, IR_AND, NONE, "none");
    choose(YES, IR_OR, NO, "yes");
    choose(NO, IR_OR, YES, "yes");
    choose(NO, IR_OR, NO, "no");
    choose(NONE, IR_OR, YES, "yes");
    choose(NONE, IR_OR, NONE, "none");
    const Value conditions[] = {YES, NO, NONE};
    static const char *const wanted[] = {"1", "2", "2"};
    for (int i = 0; i < 3; i++) {
        begin(), constant(conditions[i]);
        op(IR_UNLESS, 4), constant(num("1")), op(IR_JUMP, 5), constant(num("2"));
        expect(wanted[i]);
    }
}

static void whole_conditions(void **state)
{
    (void)state;
    const struct { Value v; bool holds; } fine[] = {{YES, true}, {NO, false}, {NONE, false}};
    Error err = {0};
    bool holds;
    for (size_t i = 0; i < COUNT(fine); i++) {
        holds = !fine[i].holds;
        begin(), constant(fine[i].v), op(IR_END, 0);
        assert_int_equal(eval_condition(&x.unit, 0, &x.host, arena, &holds, &err), ST_OK);
        assert_int_equal(holds, fine[i].holds);
    }
    begin(), constant(num("1")), op(IR_END, 0);
    assert_int_equal(eval_condition(&x.unit, 0, &x.host, arena, &holds, &err), ST_FAILED);
    assert_string_equal(err.text, "wanted yes or no, found number 1");
}

/* ---- functions ---------------------------------------------------------------------------- */

static void number_functions(void **state)
{
    (void)state;
    CALLS("2", ROUND, num("2.5"));
    CALLS("4", ROUND, num("3.5"));
    CALLS("$2.35", ROUND, usd("2.346"), num("2"));
    CALLS("2.345678", ROUND, num("2.345678"), num("6"));
    CALL_FAILS("0 to 6 places", ROUND, num("2"), num("7"));
    CALL_FAILS("0 to 6 places", ROUND, num("2"), num("-1"));
    CALL_FAILS("0 to 6 places", ROUND, num("2"), num("1.5"));
    CALL_FAILS("wanted a number, money or a percent", ROUND, text("2"));
    CALLS("-3", FLOOR, num("-2.1"));
    CALLS("-2", CEIL, num("-2.1"));
    CALL_FAILS("too large", CEIL, value_number(INT64_MAX));
    CALLS("2.1", ABS, num("-2.1"));
    CALLS("3h", ABS, hours(-3));
    CALLS("3 business days in Office", ABS, open_days(-3));
    CALLS("3 business days in Office", ABS, open_days(3));
    CALL_FAILS("too large", ABS, value_number(INT64_MIN));
    CALLS("none", ABS, NONE);
    CALLS("1", MIN, num("3"), num("1"), num("2"));
    CALLS("3", MAX, num("3"), num("1"), NONE);
    CALLS("2026-12-25", MAX, LIST(date("2026-12-24"), date("2026-12-25")));
    CALLS("none", MIN, list(0, NULL));
    CALLS("none", MIN, NONE);
    CALL_FAILS("cannot compare", MIN, num("3"), text("a"));
    CALL_FAILS("cannot compare $3 and €1", MIN, usd("3"), money("1", "EUR"));
    CALL_FAILS("cannot take", ABS, num("1"), num("2"));
}

static void text_functions(void **state)
{
    (void)state;
    CALLS("3", LENGTH, text("Zoë"));
    CALLS("2", LENGTH, LIST(num("1"), num("2")));
    CALLS("none", LENGTH, NONE);
    CALL_FAILS("wanted a text or a list", LENGTH, num("1"));
    CALLS("\"ZOË\"", UPPER, text("Zoë"));
    CALLS("\"zoë\"", LOWER, text("ZOË"));
    CALL_FAILS("wanted a text", UPPER, num("1"));
    CALLS("yes", CONTAINS, text("abc"), text("bc"));
    CALLS("no", CONTAINS, text("abc"), text("cb"));
    CALLS("yes", CONTAINS, text("abc"), text(""));
    CALLS("none", CONTAINS, text("abc"), NONE);
    CALL_FAILS("wanted a text, found list [1]", CONTAINS, text("abc"), LIST(num("1")));
    CALLS("yes", STARTS_WITH, text("abc"), text("ab"));
    CALLS("no", STARTS_WITH, text("a"), text("ab"));
    CALLS("yes", ENDS_WITH, text("abc"), text("bc"));
    CALLS("no", ENDS_WITH, text("abc"), text("ab"));
}

static void date_functions(void **state)
{
    (void)state;
    CALLS("7", DAYS_BETWEEN, date("2026-12-25"), date("2027-01-01"));
    CALLS("-7", DAYS_BETWEEN, date("2027-01-01"), date("2026-12-25"));
    CALLS("1", DAYS_BETWEEN, when("2026-12-24T23:59"),
          when("2026-12-25T00:01")); /* Berlin's midnight, not UTC's */
    CALLS("none", DAYS_BETWEEN, date("2026-12-25"), NONE);
    CALL_FAILS("wanted a date", DAYS_BETWEEN, date("2026-12-25"), num("1"));
    CALL_FAILS("too large", DAYS_BETWEEN, value_date(INT64_MIN), value_date(INT64_MAX));
    CALLS("1", BUSINESS_DAYS, date("2026-11-20"), date("2026-11-23"), text("Office"));
    CALLS("-1", BUSINESS_DAYS, date("2026-11-23"), date("2026-11-20"), text("Office"));
    CALL_FAILS("the calendar Gone", BUSINESS_DAYS, date("2026-11-20"), date("2026-11-23"), text("Gone"));
    CALL_FAILS("wanted a calendar's name", BUSINESS_DAYS, date("2026-11-20"), date("2026-11-23"), num("1"));
    CALLS("\"25.12. 09:30\"", FORMAT, when("2026-12-25T09:30"), text("31.12. 23:59"), text("Office"));
    CALLS("\"25.12.2026\"", FORMAT, date("2026-12-25"), text("31.12.2017"));
    CALLS("\"1.500,50\"", FORMAT, num("1500.5"), text("1.234,56"));
    CALLS("\"\"", FORMAT, NONE, text("31.12.2017"));
    CALL_FAILS("cannot be written like", FORMAT, num("1"), text("31.12.2017"));
    CALL_FAILS("format: ", FORMAT, date("2026-12-25"), text("01-02-2017"));
    CALL_FAILS("wanted an example", FORMAT, date("2026-12-25"), num("1"));
}

/* ---- the host ----------------------------------------------------------------------------- */

typedef struct Told {
    Value value;
    const char *name, *step;
    Status status;
    uint32_t number;
    bool ever;
} Told;

static const Value *slot(void *self, uint32_t n)
{
    Told *t = self;
    return n == 0 ? &t->value : NULL;
}

static const char *slot_name(void *self, uint32_t n)
{
    (void)self;
    return n == 1 ? "price" : NULL;
}

static Status answer(Told *t, Value *out, Error *err)
{
    if (t->status != ST_OK) return fail(err, t->status, "the host says no");
    *out = t->value;
    return ST_OK;
}

static Status case_var(void *self, Arena *a, const char *name, Value *out, Error *err)
{
    Told *t = self;
    (void)a;
    t->name = name;
    return answer(t, out, err);
}

static Status attr(void *self, Arena *a, IrAttribute attribute, const char *step, Value *out, Error *err)
{
    Told *t = self;
    (void)a;
    t->number = attribute, t->step = step;
    return answer(t, out, err);
}

static Status persons(void *self, Arena *a, const char *step, bool ever, Value *out, Error *err)
{
    ((Told *)self)->ever = ever;
    return attr(self, a, ATTR_PERSON, step, out, err);
}

static Status steps(void *self, const char *step, uint64_t *count, Error *err)
{
    Told *t = self;
    Value v;
    t->step = step;
    *count = 2;
    return answer(t, &v, err);
}

static Status table(void *self, Arena *a, const char *name, const Value *key, Value *row, Error *err)
{
    assert_int_equal(key->type, V_TEXT);
    return case_var(self, a, name, row, err);
}

static Status metric(void *self, Arena *a, uint32_t n, Value *out, Error *err)
{
    return attr(self, a, (IrAttribute)n, NULL, out, err);
}

static Told told;

static void with_host(void)
{
    begin();
    told = (Told){.value = num("5")};
    x.host.slot = slot, x.host.slot_name = slot_name, x.host.attr = attr, x.host.persons = persons;
    x.host.steps = steps, x.host.table = table, x.host.metric = metric;
    x.host.self = &told;
}

static void over_cases(void)
{
    with_host();
    x.host.case_var = case_var, x.host.aggregate = metric;
}

static void asks_the_host(void **state)
{
    (void)state;
    with_host(), op(IR_SLOT, 0), expect("5");
    with_host(), op(IR_SLOT, 1), expect_failure("the variable price is read, and nothing has set it");
    with_host(), op(IR_SLOT, 2), expect_failure("a variable is read that nothing has set");
    with_host(), op(IR_ATTR, ATTR_LATE), expect("5");
    assert_int_equal(told.number, ATTR_LATE);
    assert_null(told.step);
    with_host(), constant(text("Ask")), op(IR_STEP_ATTR, ATTR_COST), expect("5");
    assert_string_equal(told.step, "Ask");
    with_host(), constant(num("1")), op(IR_STEP_ATTR, ATTR_COST), expect_failure("wanted a step's name");
    with_host(), constant(text("A")), constant(text("B")), op(IR_STEPS, 2), expect("4");
    with_host(), constant(num("1")), op(IR_STEPS, 1), expect_failure("wanted a step's name");
    with_host(), constant(text("key")), op(IR_TABLE, DEALS), expect("5");
    assert_string_equal(told.name, "Deals");
    with_host(), constant(NONE), op(IR_TABLE, DEALS), expect("none");
    assert_null(told.name);
    with_host(), op(IR_METRIC, 3), expect("5");
    assert_int_equal(told.number, 3);
    over_cases(), op(IR_CASE_VAR, NAME), expect("5");
    assert_string_equal(told.name, "name");
    over_cases(), op(IR_AGGREGATE, 2), expect("5");
}

static void says_what_cannot_be_asked(void **state)
{
    (void)state;
    begin(), op(IR_SLOT, 0), expect_failure("a variable is read");
    begin(), op(IR_ATTR, ATTR_LATE), expect_failure("a case cannot be asked here");
    begin(), constant(text("A")), op(IR_STEP_ATTR, ATTR_LATE), expect_failure("cannot be asked here");
    begin(), constant(text("A")), op(IR_STEPS, 1), expect_failure("cannot be asked here");
    begin(), constant(text("A")), op(IR_DID, 0), expect_failure("cannot be asked here");
    begin(), constant(text("A")), op(IR_TABLE, DEALS), expect_failure("a table cannot be asked here");
    begin(), op(IR_CASE_VAR, NAME), expect_failure("cannot be asked here");
    begin(), op(IR_METRIC, 0), expect_failure("a metric cannot be asked here");
    begin(), op(IR_AGGREGATE, 0), expect_failure("cannot be asked here");
}

/* What a host returns is passed on; also ST_END, which is the interpreter's own sign. */
static void passes_on(void **state)
{
    (void)state;
    static const Status statuses[] = {ST_IO, ST_NOTFOUND, ST_END, ST_UNJUDGED};
    static const IrOp ops[] = {IR_ATTR,      IR_CASE_VAR, IR_METRIC, IR_AGGREGATE,
                               IR_STEP_ATTR, IR_DID,      IR_TABLE,  IR_STEPS};
    for (size_t i = 0; i < COUNT(statuses); i++)
        for (size_t k = 0; k < COUNT(ops); k++) {
            Value v;
            Error err;
            over_cases(), told.status = statuses[i];
            if (k >= 4) constant(text("A"));
            op(ops[k], ops[k] == IR_DID ? 0 : 1);
            assert_int_equal(run(&v, &err), statuses[i]);
            assert_string_equal(err.text, "the host says no");
        }
}

static void none_over_cases(void **state)
{
    (void)state;
    static const IrOp ops[] = {IR_ADD, IR_SUB, IR_MUL, IR_DIV};
    for (size_t i = 0; i < COUNT(ops); i++) {
        fails(NONE, ops[i], num("1"), "ask first whether it is none");
        fails(num("1"), ops[i], NONE, "ask first whether it is none");
        over_cases(), told.value = NONE, op(IR_CASE_VAR, NAME), constant(num("1")), op(ops[i], 0),
                      expect("none");
    }
    begin(), constant(NONE), op(IR_NEG, 0), expect_failure("found none");
    over_cases(), constant(NONE), op(IR_NEG, 0), expect("none");
    over_cases(), constant(NONE), constant(num("1")), op(IR_ADD, 0), constant(num("3")), op(IR_LESS, 0),
        op(IR_NOT, 0), expect("none");
}

static void time_here(void **state)
{
    (void)state;
    begin(), op(IR_NOW, 0), expect("2026-11-23T08:30:00Z");
    begin(), op(IR_TODAY, 0xffffff), expect("2026-11-23");
    begin(), x.host.now = moment_at("2026-11-23T23:30:00Z", NULL), op(IR_TODAY, OFFICE), expect("2026-11-24");
    begin(), x.host.program = NULL, x.host.now = moment_at("2026-11-23T23:30:00Z", NULL),
             op(IR_TODAY, 0xffffff), expect("2026-11-23");
    begin(), op(IR_TODAY, GONE), expect_failure("the calendar Gone is not in the file any more");
    begin(), constant(value_datetime(moment_at("2026-07-01T09:30:00Z", NULL))), op(IR_LOCAL, OFFICE),
        expect("2026-07-01T07:30:00Z");
    begin(), constant(NONE), op(IR_LOCAL, OFFICE), expect("none");
    begin(), constant(num("1")), op(IR_LOCAL, OFFICE), expect_failure("wanted a moment");
    int64_t day = date_from_civil(2026, 12, 24);
    begin(), constant(value_date(day)), op(IR_BEGIN_OF, OFFICE), expect("2026-12-23T23:00:00Z");
    begin(), constant(value_date(day)), op(IR_END_OF, OFFICE), expect("2026-12-24T23:00:00Z");
    begin(), constant(value_date(day)), op(IR_BEGIN_OF, 0xffffff), expect("2026-12-23T23:00:00Z");
    begin(), constant(value_time(9 * US_HOUR)), op(IR_BEGIN_OF, OFFICE), expect("2026-11-24T08:00:00Z");
    begin(), constant(value_time(10 * US_HOUR)), op(IR_END_OF, OFFICE), expect("2026-11-23T09:00:00Z");
    begin(), constant(value_datetime(x.host.now)), op(IR_END_OF, GONE), expect("2026-11-23T08:30:00Z");
    begin(), constant(NONE), op(IR_BEGIN_OF, GONE), expect("none");
    begin(), constant(value_date(day)), op(IR_BEGIN_OF, GONE), expect_failure("the calendar Gone");
    begin(), constant(num("1")), op(IR_BEGIN_OF, OFFICE), expect_failure("wanted a date, a moment");
}

static void who(void **state)
{
    (void)state;
    begin(), op(IR_ROLE, SALES), expect("[\"role:Sales\"]");
    begin(), constant(value_person("ann")), op(IR_PERSON, 0), expect("[\"person:ann\"]");
    begin(), constant(NONE), op(IR_PERSON, 0), expect("[]");
    begin(), constant(LIST(text("ann"), NONE, value_person("bob"))), op(IR_PERSON, 0),
        expect("[\"person:ann\", \"person:bob\"]");
    begin(), constant(num("1")), op(IR_PERSON, 0), expect_failure("wanted a person, found number 1");
    with_host(), told.value = LIST(value_person("ann")), constant(text("Ask")), op(IR_DID, 0),
                 op(IR_PERSON, 0), expect("[\"person:ann\"]");
    assert_false(told.ever);
    with_host(), told.value = LIST(value_person("ann")), op(IR_ROLE, SALES), constant(text("Ask")), op(IR_DID, 0),
                 op(IR_PERSON, 0), op(IR_ROLE, SALES), op(IR_WHO_OR, 0), op(IR_WHO_GROUP, 0), op(IR_WHO_EXCEPT, 0),
                 expect("[\"role:Sales\", \"not(\", \"(\", \"person:ann\", \"role:Sales\", \")\", \")\"]");
    assert_true(told.ever);
    with_host(), told.value = LIST(value_person("ann")), constant(text("Ask")), op(IR_DID, 0), op(IR_PERSON, 0),
                 op(IR_ROLE, SALES), op(IR_WHO_EXCEPT, 0), expect("[\"person:ann\", \"notrole:Sales\"]");
    assert_false(told.ever);
    begin(), op(IR_ROLE, SALES), constant(text("ann")), op(IR_PERSON, 0), op(IR_WHO_OR, 0),
        expect("[\"role:Sales\", \"person:ann\"]");
    begin(), op(IR_ROLE, SALES),
        constant(LIST(text("role:Owner"), text("person:ann"), value_person("role:x"), text("not:bob")));
    op(IR_WHO_EXCEPT, 0), expect("[\"role:Sales\", \"notrole:Owner\", \"not:ann\", \"not:role:x\"]");
    fails(num("1"), IR_WHO_OR, list(0, NULL), "wanted a list of persons");
    fails(list(0, NULL), IR_WHO_OR, LIST(num("1")), "wanted a person or role");
    fails(list(0, NULL), IR_WHO_EXCEPT, text("ann"), "wanted a list of persons");
    fails(LIST(num("1")), IR_WHO_EXCEPT, list(0, NULL), "wanted a person or role");
}

static void records(void **state)
{
    (void)state;
    static const char *const fields[] = {"name", "budget"};
    static const Shape shape = {"Lead", fields, 2};
    static const IrType types[] = {{.kind = TYPE_RECORD, .fields_n = 2, .shape = &shape}};
    begin(), x.unit.types = types, x.unit.types_n = 1;
    constant(text("Ann")), constant(usd("5")), op(IR_RECORD, 0), expect("Lead(name = \"Ann\", budget = $5)");
}

static void bounds_what_grows(void **state)
{
    (void)state;
    char *bytes = mem_alloc((33 << 20) + 1);
    memset(bytes, 'a', 33 << 20);
    bytes[33 << 20] = '\0';
    const Value big = value_text_n(bytes, 33 << 20);
    fails(big, IR_ADD, big, "longer than 64 MB");
    begin(), constant(big), constant(big), op(IR_TEXT, 2), expect_failure("longer than 64 MB");
    free(bytes);
    Value *items = mem_zero(1 << 20, sizeof *items);
    fails(value_list(items, 1 << 20), IR_ADD, LIST(num("1")), "more than 1048576 elements");
    fails(text("a very long text that goes on and on, far beyond what anybody would want to read"), IR_ADD,
          num("1"), "...");
    free(items);
}

/* ---- what comes from damaged stores ------------------------------------------------------- */

static Value odd[12];

static const Value *odd_slot(void *self, uint32_t n)
{
    return (n + *(uint32_t *)self) % 13 == 12 ? NULL : &odd[(n + *(uint32_t *)self) % 12];
}

static void run_all(const IrFlow *f, const Code *codes, uint32_t n, const EvalHost *host, Arena *a)
{
    for (uint32_t i = 0; i < n; i++) {
        Value v;
        Error err = {0};
        if (codes[i] == CODE_NONE) continue;
        Status st = eval(&f->unit, codes[i], host, a, &v, &err);
        assert_true(st == ST_OK || (st == ST_FAILED && err.text[0]));
        if (st == ST_OK) (void)value_bytes(&v);
    }
}

static void run_flow(const IrFlow *f, const EvalHost *host, Arena *a)
{
    for (uint32_t i = 0; i < f->steps_n; i++) {
        const IrStep *s = &f->steps[i];
        const Code codes[] = {s->who, s->approve, s->deadline, s->timeout, s->retry_pause, s->retry_most};
        run_all(f, codes, COUNT(codes), host, a);
        run_all(f, s->lasts, s->lasts_n, host, a);
        run_all(f, f->codes + s->how, s->how_n, host, a);
    }
    for (uint32_t i = 0; i < f->nodes_n; i++) {
        const IrNode *n = &f->nodes[i];
        if (n->op == IRN_IF || n->op == IRN_STOP || n->op == IRN_EACH || n->op == IRN_WAIT_UNTIL)
            run_all(f, &n->a, 1, host, a);
    }
    run_all(f, &f->deadline, 1, host, a);
}

/* Verified code may hold constants and answers of any type: it fails in words, or gives something. */
static void survives_damage(void **state)
{
    (void)state;
    const char *said = getenv("IR_FUZZ_ROUNDS");
    long rounds = said ? atol(said) : 8000;
    uint64_t seed = 88172645463325252u;
    uint32_t shift = 0;
    const Value values[] = {NONE,
                            YES,
                            num("1.5"),
                            pct("5"),
                            usd("5"),
                            hours(30),
                            date("2026-12-25"),
                            when("2026-12-25T09:30"),
                            text("Ask"),
                            LIST(text("ann"), num("1")),
                            lead("Ann"),
                            open_days(2)};
    memcpy(odd, values, sizeof odd);
    const EvalHost host = {.now = moment_at("2026-11-23T08:30:00Z", NULL),
                           .program = &program,
                           .slot = odd_slot,
                           .self = &shift};
    Made *m = made_new();
    for (long i = 0; i < rounds; i++, shift++) {
        Buf b = {0};
        Arena *a = arena_new();
        IrFlow *f;
        for (int k = 0; k < 3; k++) {          /* sound code of the wrong types */
            uint32_t at = made_random(&seed) % m->code_n, to = made_random(&seed) % m->code_n;
            uint32_t word = m->code[at];
            m->code[at] = k ? m->code[to] : (word & 0xff) | (made_random(&seed) % 16) << 8;
            if (ir_verify_flow(made_flow(m), NULL) != ST_OK) m->code[at] = word;
        }
        ir_write_flow(&b, &m->flow, false);
        size_t n = i % 2 ? b.n : made_damage(b.p, b.n, &seed);
        if (ir_read_flow(a, b.p, n, &f, NULL) == ST_OK) run_flow(f, &host, a);
        arena_free(a);
        buf_free(&b);
        if (i % 50 == 49) made_free(m), m = made_new();
    }
    made_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(amounts),
        cmocka_unit_test(spans),
        cmocka_unit_test(dates),
        cmocka_unit_test(moments),
        cmocka_unit_test(after),
        cmocka_unit_test(texts_and_lists),
        cmocka_unit_test(templates),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(ranges),
        cmocka_unit_test(patterns),
        cmocka_unit_test(ways),
        cmocka_unit_test(whole_conditions),
        cmocka_unit_test(number_functions),
        cmocka_unit_test(text_functions),
        cmocka_unit_test(date_functions),
        cmocka_unit_test(asks_the_host),
        cmocka_unit_test(says_what_cannot_be_asked),
        cmocka_unit_test(passes_on),
        cmocka_unit_test(none_over_cases),
        cmocka_unit_test(time_here),
        cmocka_unit_test(who),
        cmocka_unit_test(records),
        cmocka_unit_test(bounds_what_grows),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
