/* expr_moment.c -- which moment is meant: dates, times of day, and the calendar whose clock shows them.
 *
 * `09:00 in Office`, `2026-12-24T16:00 in Office`, `today in Office`: the zone is
 * that calendar's. Without one it is the default calendar's, never the machine's.
 */
#include "lang/expr_private.h"

#include <string.h>

/* The calendar behind `in`, or NULL: a variable of that name goes first. */
static Sym *calendar_behind(Expr *x, const Ast *e)
{
    if (e->kind != AST_BINARY || e->binary.op != K_IN) return NULL;
    const Ast *named = e->binary.b;
    const char *name = expr_is_text(named)           ? named->literal.value.text
                       : named->kind == AST_MEMBER ? expr_of_module(x, named)
                       : named->kind == AST_NAME   ? named->name.name.text
                                                   : NULL;
    if (!name || (named->kind == AST_NAME && expr_knows(x, name))) return NULL;
    return symbols_find(x->symbols, SYM_CALENDAR, x->prefix, name);
}

/* Walks e by the clock of this calendar (NULL: of the default one). */
static const Type *walk_in(Expr *x, const Ast *e, Sym *calendar)
{
    const char *usual = x->calendar;
    if (calendar) {
        calendar->used = true;
        x->calendar = calendar->name;
    }
    const Type *t = expr_walk(x, e, NULL);
    x->calendar = usual;
    return t;
}

/* A moment stands `in` a calendar: what else does is none. */
static bool in_no_calendar(Expr *x, const Ast *e)
{
    if (e->kind != AST_BINARY || e->binary.op != K_IN) return false;
    const Ast *named = e->binary.b, *root = ast_root(named);
    Name name = {expr_is_text(named) ? named->literal.value.text : ast_dotted(expr_arena(x), named), named->at};
    if (root->kind == AST_NAME && expr_knows(x, root->name.name.text)) return false;
    if (named->kind == AST_NAME) name.text = named->name.name.text;
    return name.text && !symbols_need(x->symbols, SYM_CALENDAR, x->prefix, name);
}

const Type *expr_in_calendar(Expr *x, const Ast *e)
{
    const Ast *what = e->binary.a;
    Sym *calendar = calendar_behind(x, e);
    bool wall = what->kind == AST_LITERAL && what->literal.value.type == V_DATETIME;
    bool today = what->kind == AST_NAME && strcmp(what->name.name.text, "today") == 0;
    if (!wall && !today) return NULL;
    return calendar || in_no_calendar(x, e) ? walk_in(x, what, calendar) : NULL;
}

static void no_moment(Expr *x, const Ast *e, const Type *t, bool fits)
{
    if (fits && (x->unsure || (x->process && x->process->broken))) return;
    Diag *m = diag_add(expr_diags(x), DIAG_E0426, e->at, "a moment is wanted here, found %s", expr_shown(x, t));
    if (fits)
        diag_hint(expr_diags(x), m, "ask first whether it is there: if ... is not none < ... >");
    else if (t->kind == TYPE_DURATION)
        diag_hint(expr_diags(x), m, "a span goes with `within` and `wait`: within %s, wait %s", expr_source(x, e),
                  expr_source(x, e));
    else
        diag_hint(expr_diags(x), m,
                  "write a date, a date and time, or a time of day; a span goes with `within` and `wait`");
}

Code expr_moment(Expr *x, const Ast *e, bool end)
{
    expr_begin(x, e);
    Code code = unit_here(x->unit);
    uint32_t operand = 0;
    Sym *calendar = calendar_behind(x, e);
    if (!calendar && in_no_calendar(x, e)) {
        expr_walk(x, e->binary.a, NULL);
        expr_end(x, e, code);
        return code;
    }
    const Ast *what = calendar ? e->binary.a : e;
    const Type *t = walk_in(x, what, calendar);
    bool day = t->kind == TYPE_DATE, local = day || t->kind == TYPE_TIME, fits = local || t->kind == TYPE_DATETIME;
    const char *why = day ? "when a day begins and ends depends on a calendar" : "a time of day is local to a calendar";
    if (t->kind != TYPE_UNKNOWN && (!fits || t->optional)) no_moment(x, what, t, fits);
    else if (local && calendar) operand = unit_name(x->unit, calendar->name);
    else if (local) local = expr_calendar(x, what->at, why, &operand);
    if (local) unit_emit(x->unit, end ? IR_END_OF : IR_BEGIN_OF, operand);
    expr_end(x, e, code);
    return code;
}
