/* expr_fixture.h -- what the tests of expressions share: a world with one value of every type, and
 * what one expects of an expression in it. */
#ifndef OPS_TEST_EXPR_FIXTURE_H
#define OPS_TEST_EXPR_FIXTURE_H

#include "lang/check.h"
#include "lang/types.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* after the headers above, which it needs */
#include <cmocka.h>
#include "tests/unit/files.h"

#define OFFICE "calendar Office < zone \"Europe/Berlin\"; open mon..fri 09:00..17:00 >\n"
#define WORLD                                                                                            \
    "person mia < name \"Mia\" >\nperson ann < name \"Ann\" >\nrole Sales < people mia, ann >\n"         \
    "role Board < people \"eva\" >\n"                                                                    \
    "type Source = one of web, referral, ad\ntype Grade = one of low, mid, high\n"                       \
    "record Lead <\n    key email\n    name text\n    email text\n    source Source = web\n"             \
    "    phone text or none\n    budget money = $0\n    tags list of text\n    owner person or none\n>\n"\
    "record Deal < key id; id text; price money; note text or none >\n"                                  \
    "table Deals < Deal in \"deals.csv\" >\nevent ev < n number >   # accept N0487: its name is enough\n" \
    "process Close <\n    takes lead Lead, price money\n    gives won boolean = no\n"                    \
    "    step \"Draft quote\" < who Sales; how \"Draft.\"; ask note text or none >\n    set won = yes\n>\n" \
    "metric good = count(Close, all time)\nmetric rate = share(won of Close, last 90 days)\n"
#define TAKES                                                                                            \
    "    takes n number, m number or none, k number or none, p percent, usd money in USD,\n"             \
    "        eur money in EUR, cash money, s text, t text or none, b boolean, c boolean or none,\n"      \
    "        d date, d2 date or none, moment datetime, tm time, dur duration, src Source,\n"             \
    "        src2 Source or none, grade Grade, lead Lead, lead2 Lead or none, deal Deal,\n"              \
    "        doc person, doc2 person or none, f file, ns list of number, ts list of text,\n"             \
    "        ms list of number or none, ps list of person\n"
#define CHOICE "one of web, referral, ad"
#define STEPS                                                                                                \
    "    step \"Draft quote\" < who Sales; how \"Draft.\" >\n    step Send < who Sales; how \"Send.\" >\n"

/* ---- what one expects ---- */

static inline Compilation *compile(const char *text)
{
    return compile_text("example.ops", text, strlen(text), load_example, NULL);
}

static inline void show(Compilation *c, const char *what)
{
    Buf b = {0};
    diags_print(c->diags, &b, false, 0);
    print_error("%s\n--- of ---\n%s\n", buf_text(&b), what);
    buf_free(&b);
}

static inline Compilation *in_world(const char *calendars, const char *expression)
{
    Buf b = {0};
    buf_printf(&b,
               "%s" WORLD "process P <\n" TAKES STEPS "    set x = %s\n    step Z < how lua { local y = x } "
                                                      ">\n>\n",
               calendars, expression);
    Compilation *c = compile(buf_text(&b));
    buf_free(&b);
    return c;
}

static inline const IrFlow *flow_of(const Compilation *c)
{
    const IrProcess *p = ir_process(c->program, "P");
    assert_non_null(p);
    return p->flow;
}

typedef struct Row { const char *expression, *expected, *says; } Row;

static inline const char *type_of(Compilation *c, Buf *b)
{
    const IrFlow *f = flow_of(c);
    for (uint32_t i = 0; i < f->vars_n; i++)
        if (strcmp(f->vars[i].name, "x") == 0)
            ir_type_print(b, &f->unit, f->vars[i].type);
    return buf_text(b);
}

static inline unsigned right(const Row *rows, size_t n)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < n; i++) {
        Compilation *c = in_world(OFFICE, rows[i].expression);
        Buf b = {0};
        if (diags_count(c->diags) || !c->program) {
            show(c, rows[i].expression);
            wrong++;
        } else if (strcmp(type_of(c, &b), rows[i].expected) != 0) {
            print_error("%s is %s, wanted %s\n", rows[i].expression, buf_text(&b), rows[i].expected);
            wrong++;
        }
        buf_free(&b);
        compilation_free(c);
    }
    return wrong;
}

static inline bool speaks(const Diag *d, const char *of)
{
    bool found = !of || strstr(d->message, of) || (d->hint && strstr(d->hint, of));
    for (uint32_t i = 0; !found && i < d->suggestions_n; i++)
        found = strcmp(d->suggestions[i], of) == 0;
    return found;
}

static inline bool is_only(Compilation *c, const char *code, const char *says)
{
    const Diag *d = diags_count(c->diags) == 1 ? diags_get(c->diags, 0) : NULL;
    return d && strcmp(diag_code_name(d->code), code) == 0 && speaks(d, says) &&
           (d->hint || d->suggestions_n);
}

static inline unsigned wrong_in(const char *calendars, const Row *rows, size_t n)
{
    unsigned bad = 0;
    for (size_t i = 0; i < n; i++) {
        Compilation *c = in_world(calendars, rows[i].expression);
        if (!is_only(c, rows[i].expected, rows[i].says)) {
            show(c, rows[i].expression);
            print_error("wanted only %s (%s), found %u messages\n", rows[i].expected,
                        rows[i].says ? rows[i].says : "", diags_count(c->diags));
            bad++;
        }
        compilation_free(c);
    }
    return bad;
}

#define RIGHT(rows) assert_int_equal(right(rows, sizeof(rows) / sizeof *(rows)), 0)
#define WRONG(rows) assert_int_equal(wrong_in(OFFICE, rows, sizeof(rows) / sizeof *(rows)), 0)

/* The code that sets x, where n, m, b, src and s are the variables 0 to 4. */
static inline void code_is(const char *expression, const char *expected)
{
    Buf text = {0}, code = {0};
    buf_printf(&text, OFFICE "type Source = one of web, referral, ad\nprocess P <\n"
                      "    takes n number, m number or none, b boolean, src Source, s text\n    set x = %s\n"
                      "    step Z < how lua { local y = x } >\n>\n", expression);
    Compilation *c = compile(buf_text(&text));
    if (!c->program)
        show(c, expression);
    assert_non_null(c->program);
    const IrFlow *f = flow_of(c);
    for (uint32_t i = 0; i < f->nodes_n; i++)
        if (f->nodes[i].op == IRN_SET)
            ir_print_code(&code, &f->unit, f->nodes[i].b);
    assert_string_equal(buf_text(&code), expected);
    buf_free(&text);
    buf_free(&code);
    compilation_free(c);
}

/* A whole text gives exactly this message, or (code NULL) none. */
static inline void text_gives(const char *text, const char *code, const char *says)
{
    Compilation *c = compile(text);
    if (code ? !is_only(c, code, says) : diags_count(c->diags) != 0) {
        show(c, text);
        fail_msg("wanted %s (%s), found %u messages", code ? code : "no message", says ? says : "",
                 diags_count(c->diags));
    }
    compilation_free(c);
}

#endif
