/* parse.c -- tests of the front: words, scanner, filter, grammar, messages, prompt. */
#include "lang/grammar.h"
#include "lang/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- parsing a text ---------------------------------------------------------------- */

typedef struct Try {
    Arena *arena;
    Sources *sources;
    Diags *diags;
    const char *text;
    Ast *items;
} Try;

static Try try_bytes(const char *text, size_t n)
{
    Try t = {.arena = arena_new(), .text = text};
    t.sources = sources_new(t.arena);
    t.diags = diags_new(t.arena, t.sources);
    uint32_t offset = sources_add(t.sources, "x.ops", text, n);
    t.items = parse_file(t.arena, interner_new(t.arena), t.diags, offset, text, n);
    return t;
}

static Try try_text(const char *text)
{
    return try_bytes(text, strlen(text));
}

static void end(Try *t)
{
    arena_free(t->arena);
}

static void show(Try *t)
{
    Buf b = {0};
    diags_print(t->diags, &b, false, 0);
    print_message("%s\n%s", t->text, buf_text(&b));
    buf_free(&b);
}

/* The one frame that every expression stands in, and the expression in it. */
static const Ast *value_in(Try *t)
{
    if (diags_count(t->diags))
        show(t);
    assert_int_equal(diags_count(t->diags), 0);
    assert_int_equal(t->items->kind, AST_PROCESS);
    assert_int_equal(t->items->process.items->kind, AST_SET);
    return t->items->process.items->set.value;
}

static Try try_value(const char *expression)
{
    Arena *a = arena_new();
    Try t = try_text(arena_printf(a, "process P <\nset x = %s\n>\n", expression));
    t.text = "";
    arena_free(a);                 /* the tree keeps copies of all that it needs */
    return t;
}

/* ---- words ---------------------------------------------------------------------------- */

static void test_words(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < word_count(); i++) {
        const WordInfo *w = word_get(i);
        assert_ptr_equal(word_find(w->text, strlen(w->text)), w);
        assert_string_equal(word_text(w->word), w->text);
        assert_non_null(strchr("SPLCBKM", w->word_class));
        assert_true(strlen(w->help) > 3);
    }
    assert_null(word_find("", 0));
    assert_null(word_find("ste", 3));
    assert_null(word_find("steps", 5));
    assert_null(word_find("Step", 4));
    assert_null(word_find("a_very_long_name_indeed", 23));
    assert_string_equal(word_text(LT), "<");
    assert_string_equal(word_text('+'), "+");
}

/* ---- what parses ------------------------------------------------------------------------ */

#define TOP      "%s\n"
#define SYSTEM   "system S <\n%s\n>\n"
#define PROCESS  "system S < process P <\n%s\n> >\n"
#define STEP     "process P <\n step A <\n%s\n>\n>\n"
#define RECORD   "record R <\n%s\n>\n"
#define AUDIT    "audit \"A\" <\n%s\n>\n"
#define CHECK    "audit \"A\" <\ncheck \"c\" %s\n>\n"
#define WHO      "process P < step A <\nwho %s\n> >\n"
#define WHEN     "process P <\nwhen %s\n>\n"
#define VALUE    "process P <\nset x = %s\n>\n"
#define TEST     "test \"t\" <\n%s\n>\n"
#define SCENARIO "scenario \"s\" <\n%s\n>\n"
#define CALENDAR "calendar C <\n%s\n>\n"
#define ROLE     "role R <\n%s\n>\n"
#define PERSON   "person p <\n%s\n>\n"
#define METRIC   "system S <\nmetric m = %s\n>\n"
#define LOG      "log L in \"x.csv\" <\n%s\n>\n"

typedef struct Case { const char *frame, *text; bool good; } Case;

static const Case CASES[] = {
#define GOOD(FRAME, text) {FRAME, text, true},
#define BAD(FRAME, text) {FRAME, text, false},
#include "parse_cases.def"
};

static char *framed(Arena *a, const Case *c)
{
    const char *hole = strstr(c->frame, "%s");
    return arena_printf(a, "%.*s%s%s", (int)(hole - c->frame), c->frame, c->text, hole + 2);
}

static void test_cases(void **state)
{
    (void)state;
    Arena *a = arena_new();
    int wrong = 0;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Try t = try_text(framed(a, &CASES[i]));
        bool refused = diags_errors(t.diags) > 0;
        if (refused == CASES[i].good) {
            print_message("%s, but should not be:\n", refused ? "refused" : "taken");
            show(&t);
            wrong++;
        }
        end(&t);
    }
    arena_free(a);
    assert_int_equal(wrong, 0);
}

/* ---- values of literals ------------------------------------------------------------------- */

typedef struct Literal { const char *text; ValueType type; int64_t i; int aux; const char *unit; } Literal;

static const Literal LITERALS[] = {
    {"1_000", V_NUMBER, INT64_C(1000000000), 0, NULL},
    {"2.5", V_NUMBER, 2500000, 0, NULL},
    {"0.000001", V_NUMBER, 1, 0, NULL},
    {"5%", V_PERCENT, 50000, 0, NULL},
    {"12.5%", V_PERCENT, 125000, 0, NULL},
    {"$40", V_MONEY, 40000000, 0, "USD"},
    {"€1_000.50", V_MONEY, 1000500000, 0, "EUR"},
    {"£40", V_MONEY, 40000000, 0, "GBP"},
    {"40 CHF", V_MONEY, 40000000, 0, "CHF"},
    {"90 s", V_DURATION, 90 * US_SECOND, DUR_CLOCK, NULL},
    {"5m", V_DURATION, 5 * US_MINUTE, DUR_CLOCK, NULL},
    {"5 minutes", V_DURATION, 5 * US_MINUTE, DUR_CLOCK, NULL},
    {"1h30m", V_DURATION, 90 * US_MINUTE, DUR_CLOCK, NULL},
    {"1.5 h", V_DURATION, 90 * US_MINUTE, DUR_CLOCK, NULL},
    {"2 days", V_DURATION, 2 * US_DAY, DUR_CLOCK, NULL},
    {"2d4h", V_DURATION, 2 * US_DAY + 4 * US_HOUR, DUR_CLOCK, NULL},
    {"3 weeks", V_DURATION, 21 * US_DAY, DUR_CLOCK, NULL},
    {"6 months", V_DURATION, 6, DUR_MONTHS, NULL},
    {"2 years", V_DURATION, 24, DUR_MONTHS, NULL},
    {"1970-01-02", V_DATE, 1, 0, NULL},
    {"2024-02-29", V_DATE, 19782, 0, NULL},
    {"9:30", V_TIME, 9 * US_HOUR + 30 * US_MINUTE, 0, NULL},
    {"09:30:15", V_TIME, 9 * US_HOUR + 30 * US_MINUTE + 15 * US_SECOND, 0, NULL},
    {"1970-01-02T09:30", V_DATETIME, US_DAY + 9 * US_HOUR + 30 * US_MINUTE, 1, NULL},
    {"yes", V_BOOLEAN, 1, 0, NULL},
    {"no", V_BOOLEAN, 0, 0, NULL},
    {"none", V_NONE, 0, 0, NULL},
};

static void test_literals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LITERALS / sizeof *LITERALS; i++) {
        const Literal *l = &LITERALS[i];
        Try t = try_value(l->text);
        const Ast *v = value_in(&t);
        char unit[4] = "";
        assert_int_equal(v->kind, AST_LITERAL);
        assert_int_equal(v->literal.value.type, l->type);
        assert_int_equal(v->literal.value.i, l->i);
        assert_int_equal(v->literal.value.aux, l->aux);
        if (l->unit) {
            currency_unpack(v->literal.value.unit, unit);
            assert_string_equal(unit, l->unit);
        }
        end(&t);
    }
}

static void test_business(void **state)
{
    (void)state;
    Try t = try_value("4 business hours in Office");
    const Ast *v = value_in(&t);
    assert_int_equal(v->kind, AST_BUSINESS);
    assert_int_equal(v->business.amount, 4 * US_HOUR);
    assert_false(v->business.days);
    assert_string_equal(v->business.calendar.text, "Office");
    end(&t);
    t = try_value("2 business days");
    v = value_in(&t);
    assert_int_equal(v->business.amount, 2);
    assert_true(v->business.days);
    assert_null(v->business.calendar.text);
    end(&t);
}

/* ---- texts ----------------------------------------------------------------------------------- */

typedef struct TextCase { const char *written, *means; } TextCase;

static const TextCase TEXTS[] = {
    {"\"\"", ""},
    {"\"a \\\" b \\\\ c\"", "a \" b \\ c"},
    {"\"$5, $$6, $${x}, $\"", "$5, $6, ${x}, $"},
    {"\"\"\"one\"\"\"", "one"},
    {"\"\"\"\n    a\n      b\n\n    c\n    \"\"\"", "a\n  b\n\nc"},
    {"\"\"\"\n\ta\n\t\tb\n\"\"\"", "a\n\tb"},
    {"\"\"\"\r\n  a\r\n  b\r\n\"\"\"", "a\nb"},
    {"\"\"\"first\n   second\n   \"quoted\" \"\"\"", "first\nsecond\n\"quoted\" "},
    {"\"\"\"\n\"\"\"", ""},
};

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        Try t = try_value(TEXTS[i].written);
        const Ast *v = value_in(&t);
        assert_int_equal(v->kind, AST_LITERAL);
        assert_int_equal(v->literal.value.type, V_TEXT);
        assert_string_equal(v->literal.value.text, TEXTS[i].means);
        assert_int_equal(v->literal.value.len, strlen(TEXTS[i].means));
        end(&t);
    }
}

static void assert_parts(const Ast *template, const char *const *texts, size_t n)
{
    assert_int_equal(template->kind, AST_TEMPLATE);
    const Ast *part = template->template_.parts;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(part->kind, AST_LITERAL);
        assert_string_equal(part->literal.value.text, texts[i]);
        part = part->next;
        if (i + 1 < n) {
            assert_int_not_equal(part->kind, AST_LITERAL);
            part = part->next;
        }
    }
    assert_null(part);
}

static void test_templates(void **state)
{
    (void)state;
    Try t = try_value("\"a ${x} b ${f(y)}\"");
    assert_parts(value_in(&t), (const char *[]){"a ", " b ", ""}, 3);
    end(&t);
    t = try_value("\"\"\"\n    Dear ${name},\n      ${indented}\n    ${a + \n b} end\n    \"\"\"");
    assert_parts(value_in(&t), (const char *[]){"Dear ", ",\n  ", "\n", " end"}, 4);
    end(&t);
    t = try_value("\"a ${if won then \"yes ${n}\" else \"no\"} c\"");
    assert_parts(value_in(&t), (const char *[]){"a ", " c"}, 2);
    end(&t);
}

/* A shell's text keeps its $$ and $NAME; the text in a value within it is no shell's. */
static void test_shell(void **state)
{
    (void)state;
    Try t = try_text("process P < step A < how shell \"echo $$5 $HOME \\\"${f(\"$$\")}\\\"\" > >");
    assert_int_equal(diags_count(t.diags), 0);
    const Ast *how = t.items->process.items->step.items;
    assert_int_equal(how->prop.word, K_HOW);
    assert_int_equal(how->prop.value->kind, AST_SHELL);
    const Ast *text = how->prop.value->shell.text;
    assert_parts(text, (const char *[]){"echo $$5 $HOME \"", "\""}, 2);
    const Ast *arg = text->template_.parts->next->apply.args;
    assert_string_equal(arg->arg.value->literal.value.text, "$");
    end(&t);
}

static void test_lua(void **state)
{
    (void)state;
    const char *text = "process P < step A < how lua { s = '}' --[[ } ]] t = {[[}]]} } > >";
    Try t = try_text(text);
    assert_int_equal(diags_count(t.diags), 0);
    const Ast *lua = t.items->process.items->step.items->prop.value;
    assert_int_equal(lua->kind, AST_LUA);
    assert_string_equal(lua->lua.text, " s = '}' --[[ } ]] t = {[[}]]} ");
    assert_memory_equal(sources_text(t.sources, lua->lua.text_at.from), lua->lua.text, strlen(lua->lua.text));
    end(&t);
}

/* ---- the tree --------------------------------------------------------------------------------------- */

static void assert_span(Try *t, Span at, const char *words)
{
    size_t n = at.to - at.from;
    if (n != strlen(words) || strncmp(sources_text(t->sources, at.from), words, n) != 0)
        print_message("span is \"%.*s\", wanted \"%s\"\n", (int)n, sources_text(t->sources, at.from), words);
    assert_int_equal(n, strlen(words));
    assert_memory_equal(sources_text(t->sources, at.from), words, n);
}

static void test_spans(void **state)
{
    (void)state;
    Try t =
        try_text("# note\nprocess \"Do it\" < \n  when  every month on last business day at 17:00   # note\n"
                 "  if a.b <  c  + 1 <\n wait for E within 2 days else < > \n > else if d < stop \"x\" >\n"
                 "  set  r = x  is  not 5  ; set y = z > \n");
    assert_int_equal(diags_count(t.diags), 0);
    const Ast *process = t.items, *when = process->process.items, *branch = when->next, *set = branch->next;
    assert_span(&t, process->at, "process \"Do it\"");
    assert_string_equal(process->process.name.text, "Do it");
    assert_span(&t, process->process.name.at, "\"Do it\"");
    assert_span(&t, when->at, "when  every month on last business day at 17:00");
    const Ast *day = when->when_time.schedule->schedule.days;
    assert_true(day->dayword.last);
    assert_string_equal(day->dayword.ordinal.text, "business");
    assert_string_equal(day->dayword.what.text, "day");
    assert_span(&t, branch->at, "if a.b <  c  + 1");
    assert_span(&t, branch->if_.condition->at, "a.b <  c  + 1");
    assert_int_equal(branch->if_.condition->binary.op, LT);
    assert_span(&t, branch->if_.condition->binary.b->at, "c  + 1");
    assert_non_null(branch->if_.then->wait_for.otherwise);
    assert_span(&t, branch->if_.then->at, "wait for E within 2 days");
    assert_int_equal(branch->if_.otherwise->kind, AST_IF);
    assert_span(&t, set->at, "set  r = x  is  not 5");
    assert_int_equal(set->set.value->binary.op, ISNOT);
    assert_span(&t, set->next->at, "set y = z");
    assert_null(set->next->next);
    end(&t);
}

static void test_flow_tree(void **state)
{
    (void)state;
    Try t = try_text("process P < race 2 < step A; wait 2 days > lock \"s \" + x of 3 < step B >\n"
                     "on paid as p where p.x > 3 < stop \"x\" >\n"
                     "step C < needs A, \"B b\"; ensures x > 3; undo mail \"m\" to a, b.c; how mail \"${t}\" to d; "
                     "on late < > > >");
    assert_int_equal(diags_count(t.diags), 0);
    const Ast *race = t.items->process.items, *lock = race->next, *event = lock->next, *line = event->next->step.items;
    assert_int_equal(race->kind, AST_RACE);
    assert_span(&t, race->at, "race 2");
    assert_int_equal(race->race.winners, 2);
    assert_int_equal(race->race.items->next->kind, AST_WAIT);
    assert_span(&t, lock->at, "lock \"s \" + x of 3");
    assert_int_equal(lock->lock.what->kind, AST_BINARY);
    assert_int_equal(lock->lock.places, 3);
    assert_int_equal(event->kind, AST_ON_EVENT);
    assert_span(&t, event->at, "on paid");
    assert_string_equal(event->on_event.as.text, "p");
    assert_int_equal(event->on_event.condition->binary.op, GT);
    assert_int_equal(line->prop.word, K_NEEDS);
    assert_string_equal(line->prop.value->next->name.name.text, "B b");
    assert_int_equal((line = line->next)->prop.word, K_ENSURES);
    assert_int_equal((line = line->next)->prop.word, K_UNDO);
    assert_int_equal(line->prop.value->kind, AST_MAIL);
    assert_int_equal(line->prop.value->mail.to->next->kind, AST_MEMBER);
    assert_int_equal((line = line->next)->prop.value->mail.file->kind, AST_TEMPLATE);
    assert_int_equal(line->next->handler.on, K_LATE);
    end(&t);
}

static void test_tree(void **state)
{
    (void)state;
    Try t = try_text(
        "record Lead < key email; name text or none like \"x\" where name is not none; seen \"x\" >\n");
    assert_int_not_equal(diags_count(t.diags), 0);
    end(&t);
    t = try_text(
        "record Lead < key email, \"name\"; price money in EUR or none from \"p\" = €0 >\n"
        "system S < metric m = share(won of Close where price > $3, last 90 days by start) by lead.source\n"
        "goal g is m >= 20% by 2026-12-31 for rows of at least 30 >\n"
        "process P < step A < who if x > 1 then B or C else D except did(\"E\"), f.g; retry 3 times every 5 "
        "m > >");
    assert_int_equal(diags_count(t.diags), 0);
    const Ast *key = t.items->record.items, *field = key->next;
    assert_string_equal(key->key.names->next->name.name.text, "name");
    assert_int_equal(field->field.type->kind, AST_TYPE_OPTIONAL);
    assert_string_equal(field->field.type->type_optional.of->type_money.currency.text, "EUR");
    assert_int_equal(field->field.options->option.word, K_FROM);
    assert_int_equal(field->field.options->next->option.word, '=');

    const Ast *metric = t.items->next->system.items, *args = metric->metric.value->apply.args;
    assert_int_equal(metric->metric.by->kind, AST_MEMBER);
    assert_int_equal(args->kind, AST_OF);
    assert_string_equal(args->of.process.text, "Close");
    assert_int_equal(args->next->window.word, K_LAST);
    assert_true(args->next->window.by_start);
    assert_int_equal(metric->next->goal.rows, 30);

    const Ast *who = t.items->next->next->process.items->step.items, *retry = who->next;
    assert_int_equal(who->prop.value->kind, AST_WHO_EXCEPT);
    assert_int_equal(who->prop.value->who_except.who->kind, AST_WHO_IF);
    assert_int_equal(who->prop.value->who_except.without->kind, AST_WHO_DID);
    assert_int_equal(who->prop.value->who_except.without->next->kind, AST_MEMBER);
    assert_int_equal(retry->prop.value->literal.value.i, 3 * DECIMAL_ONE);
    assert_int_equal(retry->prop.extra->literal.value.i, 5 * US_MINUTE);
    end(&t);
}

/* A wrong header does not lose its name and its block. */
static void test_saved_header(void **state)
{
    (void)state;
    Try t = try_text("system S <\n    process \"Close it\" lke X <\n        step A\n        sett x\n        "
                     "step B\n    >\n>\n"
                     "process < step C >\n");
    const Ast *process = t.items->system.items, *unnamed = t.items->next;
    assert_int_equal(diags_count(t.diags), 3);
    assert_int_equal(process->kind, AST_PROCESS);
    assert_string_equal(process->process.name.text, "Close it");
    assert_int_equal(process->process.items->kind, AST_STEP);
    assert_int_equal(process->process.items->next->kind, AST_BAD);
    assert_string_equal(process->process.items->next->next->step.name.text, "B");
    assert_int_equal(unnamed->kind, AST_PROCESS);
    assert_string_equal(unnamed->process.name.text, "(unnamed 1)");
    end(&t);
}

/* ---- messages ------------------------------------------------------------------------------------------ */

typedef struct Told { const char *text; DiagCode code; uint32_t line, column; const char *says; } Told;

static const Told TOLD[] = {
    {"system S <\n    stap A\n>\n", DIAG_E0101, 2, 5, "`stap` does not fit here"},
    {"process P <\n    step A < hwo \"x\" >\n>\n", DIAG_E0101, 2, 14, "`hwo`"},
    {"process P <\n    step A < who Sales exept did(\"x\") >\n>\n", DIAG_E0101, 2, 24, "`exept`"},
    {"audit A <\n    check \"c\" evry P has A\n>\n", DIAG_E0101, 2, 15, "`evry`"},
    {"process P <\n    step A < who Sales\n>\n", DIAG_E0109, 2, 5, "never closed"},
    {"system S <\n    process P <\n        step A\n\n    process Q <\n        step B\n    >\n>\n", DIAG_E0109,
     2, 5, "never closed"},
    {"system S <\n    process P <\n        step A\n    >\n    >\n>\n", DIAG_E0110, 5, 5, "closes nothing"},
    {"system S\n    process P <\n        step A\n    >\n>\n", DIAG_E0121, 1, 1, "system has no <"},
    {"process P <\n    if a is b\n        step A\n    >\n>\n", DIAG_E0121, 2, 5, "if has no <"},
    {"process P <\n    if a == b < step A >\n>\n", DIAG_E0102, 2, 10, "=="},
    {"process P <\n    if a = b < step A >\n>\n", DIAG_E0102, 2, 10, "does not compare"},
    {"process P <\n    if a != b < step A >\n>\n", DIAG_E0102, 2, 10, "!="},
    {"process P <\n    stop “cold”\n>\n", DIAG_E0103, 2, 10, "typographic"},
    {"process P <\n    stop 'cold'\n>\n", DIAG_E0103, 2, 10, "single quote"},
    {"process P <\n    set x = a – 3\n>\n", DIAG_E0104, 2, 15, "dash"},
    {"process P <\n    set x =\xC2\xA0"
     "3\n>\n",
     DIAG_E0105, 2, 12, "U+00A0"},
    {"# \xE2\x80\xAE\nprocess P < step A >\n", DIAG_E0106, 1, 3, "U+202E"},
    {"process P <\n    stop \"cold\n    step A\n>\n", DIAG_E0107, 2, 10, "never closed"},
    {"process P <\n    step A < how \"x >\n    step B\n>\n", DIAG_E0107, 2, 18, "never closed"},
    {"process P <\n    stop \"\"\"cold\n    step A\n>\n", DIAG_E0107, 2, 10, "never closed"},
    {"process P <\n    step A <\n        how lua {\n            f({)\n        }\n    >\n    step B\n>\n",
     DIAG_E0108, 3, 13, "Lua"},
    {"process P <\n    if a < step A > < step B >\n>\n", DIAG_E0111, 2, 21, "else"},
    {"process P <\n    set x = 5x\n>\n", DIAG_E0112, 2, 13, "5x"},
    {"process P <\n    set x = 0.0000001\n>\n", DIAG_E0112, 2, 13, "exactly"},
    {"process P <\n    race 0.5 < step A >\n>\n", DIAG_E0112, 2, 10, "count"},
    {"process P <\n    repeat at most 0 times < step B > until c\n>\n", DIAG_E0112, 2, 20, "count"},
    {"process P <\n    set x = 2026-13-45\n>\n", DIAG_E0113, 2, 13, "2026-13-45"},
    {"process P <\n    set x = 31.12.2026\n>\n", DIAG_E0113, 2, 13, "31.12.2026"},
    {"process P <\n    set x = $\n>\n", DIAG_E0114, 2, 13, "amount"},
    {"process P <\n    stop \"a\\tb\"\n>\n", DIAG_E0115, 2, 12, "\\t"},
    {"process P <\n    stop \"a\xFF\"\n>\n", DIAG_E0116, 2, 12, "FF"},
    {"process P <\n    set x = a ? b\n>\n", DIAG_E0120, 2, 15, "?"},
    {"process P <\n    stop \"a ${b\"\n    step A\n>\n", DIAG_E0122, 2, 13, "${"},
    {"process P <\n    stop \"a ${b c\n    step A\n>\n", DIAG_E0122, 2, 13, "${"},
    {"process P <\n    ask until date\n>\n", DIAG_E0101, 2, 5, "`ask`"},
    {"process P <\n    takes until date\n>\n", DIAG_E0101, 2, 11, "`until`"},
    {"process P <\n    set x = (a + b\n    step A\n>\n", DIAG_E0101, 2, 19, "the line ends here"},
    {"}\nprocess P < step A >\n", DIAG_E0110, 1, 1, "closes nothing"},
    {"process P <\n    step A < how lua return 1 } >\n>\n", DIAG_E0101, 2, 18, "`lua`"},
};

static void test_messages(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof TOLD / sizeof *TOLD; i++) {
        Try t = try_text(TOLD[i].text);
        const Diag *m = diags_count(t.diags) ? diags_get(t.diags, 0) : NULL;
        Place p = m ? sources_place(t.sources, m->at) : (Place){0};
        if (diags_count(t.diags) != 1 || m->code != TOLD[i].code || p.line != TOLD[i].line ||
            p.column != TOLD[i].column || !strstr(m->message, TOLD[i].says)) {
            print_message("wanted %s at %u:%u saying %s, once:\n", diag_code_name(TOLD[i].code), TOLD[i].line,
                          TOLD[i].column, TOLD[i].says);
            show(&t);
            wrong++;
        }
        end(&t);
    }
    assert_int_equal(wrong, 0);
}

static void test_nul(void **state)
{
    (void)state;
    Try t = try_bytes("process P <\n  stop \"a\0b\"\n>\n", 27);
    assert_int_equal(diags_count(t.diags), 1);
    assert_int_equal(diags_get(t.diags, 0)->code, DIAG_E0116);
    end(&t);
}

/* Several mistakes of one text, each at its place. */
static void test_all_in_one_pass(void **state)
{
    (void)state;
    Try t = try_text(
        "process P <\n    step A < hwo \"x\" >\n    set x = 2026-13-45\n    stop 'x'\n    sett y = 3\n>\n");
    uint32_t line = 1;
    assert_int_equal(diags_count(t.diags), 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(sources_place(t.sources, diags_get(t.diags, i)->at).line, ++line);
    end(&t);
}

/* The examples of diag.def: each wrong one gives its code and no other, each right one nothing. */
static void test_examples_of_messages(void **state)
{
    (void)state;
    for (int c = 0; c < DIAG_COUNT; c++) {
        const DiagInfo *info = diag_info(c);
        if (strncmp(info->name, "E01", 3) != 0)
            continue;
        Try t = try_text(info->wrong);
        if (diags_count(t.diags) != 1 || (int)diags_get(t.diags, 0)->code != c)
            show(&t);
        assert_int_equal(diags_count(t.diags), 1);
        assert_int_equal(diags_get(t.diags, 0)->code, c);
        end(&t);
        t = try_text(info->right);
        if (diags_count(t.diags))
            show(&t);
        assert_int_equal(diags_count(t.diags), 0);
        end(&t);
    }
}

/* ---- limits
 * ------------------------------------------------------------------------------------------------ */

static char *repeated(const char *begin, const char *piece, size_t times, const char *rest)
{
    Buf b = {0};
    buf_puts(&b, begin);
    for (size_t i = 0; i < times; i++)
        buf_puts(&b, piece);
    buf_puts(&b, rest);
    return buf_take(&b);
}

static uint32_t errors_of(char *text, DiagCode *first)
{
    Try t = try_text(text);
    uint32_t n = diags_count(t.diags);
    if (n && first)
        *first = diags_get(t.diags, 0)->code;
    end(&t);
    free(text);
    return n;
}

static void test_limits(void **state)
{
    (void)state;
    DiagCode code = DIAG_COUNT;
    assert_int_equal(errors_of(repeated("process P < set x = ", "(", 150, "1"), NULL), 1);
    assert_int_equal(errors_of(repeated("process P < set x = ", "(", 300, "1"), &code), 1);
    assert_int_equal(code, DIAG_E0118);
    assert_int_equal(errors_of(repeated("process P < ", "parallel < ", 300, ""), &code), 1);
    assert_int_equal(code, DIAG_E0118);
    assert_int_equal(errors_of(repeated("process P < set x = 1", " + 1", 1500, " >"), NULL), 0);
    assert_int_equal(errors_of(repeated("process P < set x = 1", " + f(1, 2)", 100000, " >"), &code), 1);
    assert_int_equal(code, DIAG_E0118);
    assert_int_equal(errors_of(repeated("process P < set x = ", "not ", 100000, "a >"), &code), 1);
    assert_int_equal(code, DIAG_E0118);
    assert_int_equal(errors_of(repeated("process P < set x = [1", ", -2 + 3", 100000, "] >"), NULL), 0);
    assert_int_equal(errors_of(repeated("process P < set x = ", "\"${", 300, ""), &code), 1);
    assert_int_equal(code, DIAG_E0118);
    assert_int_equal(errors_of(repeated("process P < if a < >", " else if a < >", 50000, " >"), &code), 1);
    assert_int_equal(code, DIAG_E0118);
    assert_int_equal(errors_of(repeated("# ", "a", (1 << 20) - 2, ""), NULL), 0);
    assert_int_equal(errors_of(repeated("x y z\n# ", "a", (1 << 20) - 1, "\nx y z\n"), &code), 1);
    assert_int_equal(code, DIAG_E0118);
    assert_int_equal(errors_of(repeated("", "type = 1\n", 50000, ""), NULL), 1000);
    assert_int_equal(errors_of(repeated("", "lua {\n", 5000, ""), NULL), 1000);
}

/* ---- prompt
 * --------------------------------------------------------------------------------------------------- */

typedef struct Typed { const char *text; PromptState state; } Typed;

static const Typed TYPED[] = {
    {"", PROMPT_EMPTY},
    {"  # note\n\n", PROMPT_EMPTY},
    {"1 + 2", PROMPT_EXPRESSION},
    {"1 + 2\n", PROMPT_EXPRESSION},
    {"1 +", PROMPT_OPEN},
    {"1 +\n2", PROMPT_EXPRESSION},
    {"f(1,", PROMPT_OPEN},
    {"f(1,\n2)", PROMPT_EXPRESSION},
    {"f(1,, 2)", PROMPT_WRONG},
    {"share(won of Close, last 90 days)", PROMPT_EXPRESSION},
    {"share(won of Close, last 90 days) by lead.source", PROMPT_EXPRESSION},
    {"name", PROMPT_EXPRESSION},
    {"person", PROMPT_EXPRESSION},
    {"a < b", PROMPT_EXPRESSION},
    {"a > 3", PROMPT_EXPRESSION},
    {"person mia", PROMPT_ITEMS},
    {"person mia < mail \"x\" >", PROMPT_ITEMS},
    {"system S <", PROMPT_OPEN},
    {"system S <\n", PROMPT_OPEN},
    {"system S <\n why \"x\"\n", PROMPT_OPEN},
    {"system S <\n why \"x\"\n>\n", PROMPT_ITEMS},
    {"system S <\n stap\n", PROMPT_WRONG},
    {"system S\n", PROMPT_WRONG},
    {"process P < repeat < step A >", PROMPT_OPEN},
    {"process P < repeat < step A > until c >", PROMPT_ITEMS},
    {"\"\"\"one\ntwo", PROMPT_OPEN},
    {"\"\"\"one ${x", PROMPT_OPEN},
    {"\"one", PROMPT_WRONG},
    {"\"one ${x", PROMPT_WRONG},
    {"lua {\n x = {}", PROMPT_OPEN},
    {"lua { x = {} }", PROMPT_ITEMS},
    {"step A", PROMPT_WRONG},
    {"use essentials\nrole R < people ann >", PROMPT_ITEMS},
    {">", PROMPT_WRONG},
    {"a b", PROMPT_WRONG},
};

static void test_prompt(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TYPED / sizeof *TYPED; i++) {
        Arena *a = arena_new();
        Sources *s = sources_new(a);
        Diags *d = diags_new(a, s);
        const char *text = TYPED[i].text;
        Ast *out;
        uint32_t offset = sources_add(s, "prompt", text, strlen(text));
        PromptState got = parse_prompt(a, interner_new(a), d, offset, text, strlen(text), &out);
        if (got != TYPED[i].state)
            print_message("\"%s\": state %d, wanted %d\n", text, got, TYPED[i].state);
        assert_int_equal(got, TYPED[i].state);
        assert_int_equal(diags_count(d) > 0, got == PROMPT_WRONG);
        assert_int_equal(out != NULL,
                         got == PROMPT_ITEMS || got == PROMPT_EXPRESSION || (got == PROMPT_WRONG && out));
        arena_free(a);
    }
}

static const char *joined(Arena *a, const char *const *words, uint32_t n)
{
    Buf b = {0};
    for (uint32_t i = 0; i < n; i++)
        buf_printf(&b, "%s%s", i ? "|" : "", words[i]);
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

static void assert_open(const char *text, const char *wanted)
{
    Arena *a = arena_new();
    const char *const *names;
    uint32_t n = parse_open(a, text, strlen(text), &names);
    assert_string_equal(joined(a, names, n), wanted);
    arena_free(a);
}

static void test_open(void **state)
{
    (void)state;
    assert_open("", "");
    assert_open("system \"A b\" < process Close <\n step X < who (", "system \"A b\"|process Close|step X|(");
    assert_open("process P < if a <\n step A >\n else < each x in [", "process P|else|[");
    assert_open("process P < if a <\n", "process P|if");
    assert_open("process P < step A < how \"\"\"x", "process P|step A|\"\"\"");
    assert_open("process P < step A < how lua {", "process P|step A|lua {");
}

static void assert_expected(const char *text, bool prompt, const char *wanted, uint32_t wanted_classes)
{
    Arena *a = arena_new();
    const char *const *words;
    uint32_t classes, n = parse_expected(a, text, strlen(text), prompt, &words, &classes);
    assert_string_equal(joined(a, words, n), wanted);
    assert_int_equal(classes, wanted_classes);
    arena_free(a);
}

static void test_expected(void **state)
{
    (void)state;
    assert_expected("process P < step A < retry 3 ", false, "times|time", 0);
    assert_expected("system S < kind ", false, "a name", 1);
    assert_expected("person ann <\n", false, "name|mail|login|works|language|away|trained|>", 1);
    assert_expected("audit A < check \"c\" every P ", false, "where|has|starts|ends|finished", 0);
    assert_expected("process P < step A < how ", false, "mail|shell|text|lua { }", 2);
    assert_expected("process P < on ", false, "fail|reject|late|a name|text", 2);
    assert_expected("process P < step A < how \"x", false, "", 0);
    assert_expected("system S < x y", false, "", 0);
}

/* ---- each token of the example, deleted
 * -------------------------------------------------------------------------- */

static char *example(void)
{
    char path[sizeof __FILE__ + 2] = __FILE__;
    strcpy(strrchr(path, '.'), ".ops");
    Arena *a = arena_new();
    char *text;
    size_t n;
    Error err;
    if (text_read_file(a, path, 0, &text, &n, &err) != ST_OK)
        fail_msg("%s", err.text);
    char *copy = mem_dup(text);
    arena_free(a);
    return copy;
}

static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c & 0x80);
}

/* The next thing a person would call one: a text, a Lua block, a word, a number with what clings to it, a
 * sign. */
static const char *next_token(const char *p, size_t *n)
{
    while (*p == ' ' || *p == '\n' || *p == '#')
        p += *p == '#' ? strcspn(p, "\n") : 1;
    const char *q = p;
    if (strncmp(p, "lua {", 5) == 0) {
        for (int depth = 0; *q && !(*q == '}' && depth == 1); q++)
            depth += (*q == '{') - (*q == '}');
        q++;
    } else if (*p == '"') {
        for (q++; *q && *q != '"'; q++) {}
        q++;
    } else if (*p >= '0' && *p <= '9') {
        while (*q && !strchr(" ,;>()\n", *q))
            q++;
    } else if (word_byte(*p)) {
        while (word_byte(*q))
            q++;
    } else if (*p) {
        q += (*p == '<' || *p == '>') && p[1] == '=' ? 2 : 1;
    }
    *n = (size_t)(q - p);
    return p;
}

static void test_deleted_tokens(void **state)
{
    (void)state;
    enum { MOST = 8 };
    char *text = example(), *cut = mem_dup(text);
    size_t length = strlen(text), n, wrong = 0, counts[MOST + 1] = {0};
    Try whole = try_text(text);
    if (diags_count(whole.diags))
        show(&whole);
    assert_int_equal(diags_count(whole.diags), 0);
    end(&whole);
    for (const char *p = text; *(p = next_token(p, &n)); p += n) {
        size_t at = (size_t)(p - text);
        memcpy(cut, text, at);
        memcpy(cut + at, p + n, length - at - n + 1);
        Try t = try_text(cut);
        uint32_t told = diags_count(t.diags);
        wrong += told > 0;
        counts[told < MOST ? told : MOST]++;
        if (told > 1) {
            print_message("without \"%.*s\":\n", (int)n, p);
            Buf b = {0};
            diags_print(t.diags, &b, false, 0);
            print_message("%s", buf_text(&b));
            buf_free(&b);
        }
        end(&t);
    }
    print_message(
        "%zu texts with a token deleted are wrong; %zu of them (%.1f %%) give exactly one message\n", wrong,
        counts[1], 100.0 * (double)counts[1] / (double)wrong);
    assert_true(wrong > 500);
    assert_true(counts[1] * 100 >= wrong * 95);
    for (int i = 6; i <= MOST; i++)
        assert_int_equal(counts[i], 0);
    free(text);
    free(cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_business),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_shell),
        cmocka_unit_test(test_lua),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_saved_header),
        cmocka_unit_test(test_flow_tree),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_all_in_one_pass),
        cmocka_unit_test(test_examples_of_messages),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_prompt),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_expected),
        cmocka_unit_test(test_deleted_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
