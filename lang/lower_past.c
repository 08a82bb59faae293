/* lower_past.c -- moments that have come already where they are to be waited for, or kept to. */
#include "lang/grammar.h"
#include "lang/lower_flow.h"
#include <string.h>

/* today, in whatever calendar. */
static bool is_today(const Ast *e)
{
    if (e->kind == AST_BINARY && e->binary.op == K_IN)
        e = e->binary.a;
    if (e->kind == AST_APPLY && !e->apply.args)
        e = e->apply.function;
    return e->kind == AST_NAME && e->name.name.text && strcmp(e->name.name.text, "today") == 0;
}

/* now, today's begin, the case's begin, and what lies a span ahead of them. */
static bool has_come(const Flow *f, const Ast *e)
{
    if (e->kind == AST_BINARY && (e->binary.op == K_IN || e->binary.op == '-'))
        return has_come(f, e->binary.a) && (e->binary.op == K_IN || e->binary.b->kind == AST_LITERAL);
    if (e->kind == AST_APPLY && !e->apply.args)
        e = e->apply.function;
    const char *word = e->kind == AST_NAME ? e->name.name.text : NULL;
    bool then = word && (is_today(e) || strcmp(word, "now") == 0 || strcmp(word, "started") == 0);
    return then && !vars_find(f, word);
}

static void come(Flow *f, const Ast *moment, const char *what, const char *hint)
{
    diag_hint(f->l->diags, diag_add(f->l->diags, DIAG_W0467, moment->at, "%s", what), "%s", hint);
}

Code past_wait(Flow *f, const Ast *moment)
{
    Code code = expr_moment(&f->x, moment, false);
    if (has_come(f, moment))
        come(f, moment, "this has come already: nothing is waited for",
             "write a later moment: wait until today + 1 day, wait until 09:00");
    return code;
}

Code past_due(Flow *f, Expr *x, const Ast *moment)
{
    Code code = expr_moment(x, moment, true);
    if (has_come(f, moment) && !is_today(moment))
        come(f, moment, "this has come already: it is late at once", "write a later moment: due today + 2 days");
    return code;
}
