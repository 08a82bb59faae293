/* expr_cases.c -- expressions about people, cases and modules; their limits; types and units alone. */
#include "expr_fixture.h"

/* ---- who ---- */

#define PACKERS "person cy < trained P >\nrole Packers < people cy >\n"

static void who_is(const char *who, const char *expected)
{
    Buf text = {0}, code = {0};
    buf_printf(&text,
               WORLD PACKERS "process P <\n    takes lead Lead, doc person, doc2 person or none, ps list of person, "
                     "n number\n"
                     "    step A < who Sales; how \"A\" >\n    step B < who %s; how \"B\" >\n>\n",
               who);
    Compilation *c = compile(buf_text(&text));
    if (!c->program)
        show(c, who);
    assert_non_null(c->program);
    const IrFlow *f = flow_of(c);
    ir_print_code(&code, &f->unit, f->steps[1].who);
    assert_string_equal(buf_text(&code), expected);
    buf_free(&text);
    buf_free(&code);
    compilation_free(c);
}

static void who_gives(const char *who, const char *code, const char *says)
{
    Buf text = {0};
    buf_printf(&text,
               WORLD PACKERS "process P <\n    takes lead Lead, doc person, n number\n    step A < who Sales; how "
                     "\"A\" >\n"
                     "    step B < who %s; how \"B\" >\n>\n",
               who);
    text_gives(buf_text(&text), code, says);
    buf_free(&text);
}

static void who(void **state)
{
    (void)state;
    who_is("Sales", "ROLE Sales; END");
    who_is("\"Sales\"", "ROLE Sales; END");
    who_is("Sales or Board", "ROLE Sales; ROLE Board; WHO_OR; END");
    who_is("mia", "CONST \"mia\"; PERSON; END");
    who_is("doc", "SLOT 1; PERSON; END");
    who_is("ps", "SLOT 3; PERSON; END");
    who_is("did(A)", "CONST \"A\"; DID; PERSON; END");
    who_is("Sales except did(\"A\")", "ROLE Sales; CONST \"A\"; DID; PERSON; WHO_EXCEPT; END");
    who_is("Sales except did(A), lead.owner",
           "ROLE Sales; CONST \"A\"; DID; PERSON; WHO_EXCEPT; SLOT 0; FIELD owner; PERSON; WHO_EXCEPT; END");
    who_is("if n > 3 then Board else Sales",
           "CONST 3; SLOT 4; LESS; UNLESS @6; ROLE Board; JUMP @7; 6: ROLE Sales; 7: END");
    who_gives("Slaes", "E0202", "Sales");
    who_gives("\"Nobody at all\"", "E0202", "declare");
    who_gives("n", "E0302", "person");
    who_gives("lead", "E0302", "field");
    who_gives("lead.ownr", "E0306", "owner");
    who_gives("did(B2)", "E0210", NULL);
    who_gives("Sales except did(\"C\")", "E0210", NULL);
    who_gives("if n then Board else Sales", "E0302", NULL);
    who_is("any 1 of Board", "ROLE Board; WHO_ANY 1; END");
    who_is("2 of (Sales or Board)", "ROLE Sales; ROLE Board; WHO_OR; WHO_APART 2; END");
    who_is("trained Packers", "ROLE Packers; WHO_TRAINED P; END");
    who_is("by turn Sales", "ROLE Sales; WHO_TURN; END");
    who_is("doc or manager of doc", "SLOT 1; PERSON; SLOT 1; PERSON; WHO_MANAGERS; WHO_OR; END");
    who_is("(Sales except mia) or Board",
           "ROLE Sales; CONST \"mia\"; PERSON; WHO_EXCEPT; WHO_GROUP; ROLE Board; WHO_OR; END");
    who_is("Sales except (Sales except mia)",
           "ROLE Sales; ROLE Sales; CONST \"mia\"; PERSON; WHO_EXCEPT; WHO_GROUP; WHO_EXCEPT; END");
    who_gives("any 2 of Board", "E0470", "want fewer");
    who_gives("manager of Sales", "E0474", "reports to");
    who_gives("trained any 2 of Sales", "E0476", "first");
    who_gives("trained Board", "E0419", "trained P since");
    who_gives("any 2 of trained Packers", "E0470", "want fewer");
}

/* ---- metrics and goals ---- */

static void metric_gives(const char *metric, const char *code, const char *says)
{
    Buf text = {0};
    buf_printf(&text, WORLD "metric it = %s\n", metric);
    text_gives(buf_text(&text), code, says);
    buf_free(&text);
}

static void metrics(void **state)
{
    (void)state;
    static const char *const fine[] = {
        "count(Close, all time)",
        "count(\"Close\", last 90 days)",
        "count(Close where won, this month)",
        "count(Close where price > $5 and late, 2026-Q3)",
        "sum(price of Close, 2026-11)",
        "average(price of Close where won, this month)",
        "median(\"Draft quote\".waiting of Close, all time)",
        "p90(duration of Close, last 30 days)",
        "min(price of Close, all time)",
        "max(started of Close, all time)",
        "share(won of Close, last quarter by start)",
        "share(lead.source in [web, ad] of Close, all time)",
        "share(lead.source is web or won of Close, all time)",
        "count(Close where note is not none, all time)",
        "count(Close where \"Draft quote\".person is mia, all time)",
        "good * 2 + 1",
        "good / 2",
        "if good > 3 then good else 0",
        "min(good, 3)",
        "rate * 100",
        "count(Close where count(\"Draft quote\") > 1, all time)",
        "count(Close where lead.phone matches \"^0\", all time)",
    };
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        metric_gives(fine[i], NULL, NULL);
    metric_gives("count(Close)", "E0312", "like count(");
    metric_gives("count()", "E0312", NULL);
    metric_gives("sum(Close, all time)", "E0312", "price of Close");
    metric_gives("count(price of Close, all time)", "E0312", NULL);
    metric_gives("share(price of Close, all time)", "E0302", NULL);
    metric_gives("sum(won of Close, all time)", "E0312", NULL);
    metric_gives("sum(lead.name of Close, all time)", "E0312", "text");
    metric_gives("count(Clsoe, all time)", "E0203", "Close");
    metric_gives("count(Close where wno, all time)", "E0301", "won");
    metric_gives("count(Close where lead.nane is \"x\", all time)", "E0306", "name");
    metric_gives("count(Close where \"Draft qote\".late, all time)", "E0210", "Draft quote");
    metric_gives("count(Close, this mnth)", "E0312", "month");
    metric_gives("count(Close, 2026-Q9)", "E0113", NULL);
    metric_gives("count(Close, last 0 days)", "E0312", "length");
    metric_gives("count(Close where count(Close, all time) > 1, all time)", "E0312", "metric");
    metric_gives("god + 1", "E0301", "good");
    metric_gives("lead", "E0301", "metric");
    metric_gives("good + $1", "E0305", NULL);
}

/* ---- modules ---- */

static Status load(void *self, Arena *a, const char *path, char **text, size_t *n, Error *err)
{
    (void)err, (void)path;
    *text = arena_dup(a, self);
    *n = strlen(self);
    return ST_OK;
}

static void modules(void **state)
{
    (void)state;
    static const char *const module = "person zoe < name \"Zoe\" >\nrole Crew < people zoe >\nrecord Item < "
                                      "key id; id text; price money = $0 >\n"
                                      "table Items < Item in \"items.csv\" >\nprocess Make < takes item "
                                      "Item; gives ok boolean = no; set ok = yes >\n"
                                      "metric made = count(Make where ok, all time)\n";
    static const char *const values[] = {"m.made + 1",           "m.Items[\"a\"]",
                                         "m.Items[\"a\"].price", "m.Item(id = \"a\").price",
                                         "doc is m.zoe",         "m.zoe is doc"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        Buf text = {0};
        buf_printf(&text,
                   "use \"m.ops\" as m\nmetric twice = m.made * 2 + count(m.Make where ok, all "
                   "time)\nprocess P <\n    takes doc person\n"
                   "    step A < who m.Crew; how \"x\" >\n    set x = %s\n    step Z < how lua { local y = x "
                   "} >\n>\n",
                   values[i]);
        Compilation *c =
            compile_text("example.ops", buf_text(&text), text.n, load, (void *)(uintptr_t)module);
        if (diags_count(c->diags))
            show(c, buf_text(&text));
        assert_int_equal(diags_count(c->diags), 0);
        buf_free(&text);
        compilation_free(c);
    }
}

/* ---- limits ---- */

static void repeated(Buf *b, const char *head, const char *piece, unsigned n, const char *tail)
{
    buf_puts(b, head);
    for (unsigned i = 0; i < n; i++)
        buf_puts(b, piece);
    buf_puts(b, tail);
}

static void limits(void **state)
{
    (void)state;
    static const struct { const char *head, *piece, *tail; unsigned n; const char *code;
    } rows[] = {
        {"[n", ", n", "]", 70, NULL},    {"[n", ", n", "]", 20000, NULL}, {"[1", ", 2", "]", 20000, NULL},
        {"[1", ", 2", ", n]", 70, NULL}, {"\"", "${s} ", "\"", 70, NULL}, {"\"", "${s} ", "\"", 20000, NULL},
        {"min(n", ", n", ")", 70, NULL}, {"min(n", ", n", ")", 98, NULL}, {"min(n", ", n", ")", 99, "E0307"},
        {"n", " + n", "", 1500, NULL},   {"b", " and b", "", 1500, NULL}, {"n in [n", ", n", "]", 64, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Buf b = {0}, text = {0};
        repeated(&b, rows[i].head, rows[i].piece, rows[i].n, rows[i].tail);
        buf_printf(&text,
                   "process P <\n    takes n number, s text, b boolean\n    set x = %s\n    step Z < how lua "
                   "{ local y = x } >\n>\n",
                   buf_text(&b));
        Compilation *c = compile(buf_text(&text));
        if (rows[i].code ? !is_only(c, rows[i].code, NULL) : diags_count(c->diags) != 0)
            fail_msg("%s%s...: wanted %s, found %u messages", rows[i].head, rows[i].piece,
                     rows[i].code ? rows[i].code : "none", diags_count(c->diags));
        buf_free(&b);
        buf_free(&text);
        compilation_free(c);
    }
    /* 64 values at once are the most */
    for (unsigned deep = 62; deep <= 65; deep++) {
        Buf text = {0};
        repeated(&text, "process P <\n    takes n number\n    set x = n", " + (n", deep, "");
        repeated(&text, "", ")", deep, "\n    step Z < how lua { local y = x } >\n>\n");
        text_gives(buf_text(&text), deep < 64 ? NULL : "E0316", "variables");
        buf_free(&text);
    }
}

/* However many mistakes: the time grows with the text, not with its square. */
static void many_mistakes(void **state)
{
    (void)state;
    Buf text = {0};
    struct timespec from, to;
    buf_puts(&text, "process P <\n");
    for (int i = 0; i < 30000; i++)
        buf_printf(&text, "    set x%d = unknown%d\n", i, i);
    buf_puts(&text, ">\n");
    clock_gettime(CLOCK_MONOTONIC, &from);
    Compilation *c = compile(buf_text(&text));
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_int_equal(diags_errors(c->diags), 1000);        /* 999, and that there are more */
    assert_true(to.tv_sec - from.tv_sec < 5);
    buf_free(&text);
    compilation_free(c);
}

/* ---- types and units, by themselves ---- */

static void types(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Type usd = {.kind = TYPE_MONEY, .currency = currency_pack("USD")},
         eur = {.kind = TYPE_MONEY, .currency = currency_pack("EUR")};
    Type months = {.kind = TYPE_DURATION, .months = true};
    const Type *number = type_simple(TYPE_NUMBER), *money = type_simple(TYPE_MONEY),
               *text = type_simple(TYPE_TEXT), *none = type_simple(TYPE_NONE);
    assert_true(type_fits(money, &usd) && type_fits(&usd, money) && !type_fits(&usd, &eur));
    assert_true(type_fits(type_optional(a, number), none) && !type_fits(number, none) &&
                !type_fits(number, type_optional(a, number)));
    assert_true(type_fits(number, type_unknown()) && type_fits(type_unknown(), text));
    assert_true(type_fits(type_list(a, text), type_list(a, type_simple(TYPE_PERSON))) &&
                !type_fits(text, type_list(a, text)));
    assert_true(type_fits(number, type_simple(TYPE_PERCENT)) &&
                !type_fits(type_simple(TYPE_PERCENT), number));
    assert_null(type_join(a, &usd, &eur));
    assert_int_equal(type_join(a, &usd, money)->currency, 0);
    assert_int_equal(type_join(a, money, &usd)->currency, 0);
    assert_false(type_join(a, &months, type_simple(TYPE_DURATION))->months);
    assert_true(type_join(a, none, number)->optional);
    assert_null(type_join(a, number, text));
    assert_int_equal(type_join(a, type_list(a, type_unknown()), type_list(a, number))->of->kind, TYPE_NUMBER);
    assert_ptr_equal(type_optional(a, type_optional(a, number))->of, number->of);
    assert_string_equal(type_text(a, type_optional(a, type_list(a, &usd))), "list of money in USD or none");
    assert_string_equal(type_text(a, type_unknown()), "something");
    UnitBuilder *u = unit_new(a);
    assert_int_equal(unit_name(u, "a"), unit_name(u, "a"));
    assert_int_not_equal(unit_name(u, "a"), unit_name(u, "b"));
    assert_int_not_equal(unit_const(u, value_integer(5)), unit_const(u, value_percent(5000000)));
    assert_int_not_equal(unit_const(u, value_money(0, usd.currency)),
                         unit_const(u, value_money(0, eur.currency)));
    assert_int_not_equal(unit_const(u, value_text("a")), unit_const(u, value_person("a")));
    uint32_t first = unit_const(u, value_integer(1000000));
    for (int64_t i = 0; i < 100000; i++)
        unit_const(u, value_integer(i));
    assert_int_equal(unit_const(u, value_integer(1000000)), first);
    assert_int_equal(unit_type(u, number), unit_type(u, number));
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(unit_type(u, type_list(a, number)), 1 + i);
    assert_int_equal(unit_type(u, number), 0);
    uint32_t at = unit_here(u);
    unit_emit(u, IR_JUMP, 0);
    unit_patch(u, at, 7);
    IrUnit out;
    unit_finish(u, &out);
    assert_int_equal(out.code[at], IR_INSTRUCTION(IR_JUMP, 7));
    unit_cut(u, at);
    assert_int_equal(unit_here(u), at);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who),
        cmocka_unit_test(metrics),
        cmocka_unit_test(modules),
        cmocka_unit_test(limits),
        cmocka_unit_test(many_mistakes),
        cmocka_unit_test(types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
