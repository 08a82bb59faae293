/* expr_metric.c -- count, share and their like over the cases of a process. */
#include "lang/expr_private.h"

#include <string.h>

static const Type *wrong_shape(Expr *x, const Ast *e, const char *name)
{
    Diag *m = diag_add(expr_diags(x), DIAG_E0312, e->at, "%s wants cases and a window of time", name);
    diag_hint(expr_diags(x), m, strcmp(name, "count") == 0 ? "like count(Close where won, last 90 days)"
                                : strcmp(name, "share") == 0 ? "like share(won of Close, last 90 days)"
                                                             : "like %s(price of Close where won, this month)", name);
    return expr_wrong();
}

/* ---- windows ----------------------------------------------------------------------- */

static bool unit_of_time(Expr *x, Name word, IrWindow *out)
{
    static const char *const names[] = {"week", "month", "quarter", "year"};
    for (uint8_t i = 0; i < 4; i++)
        if (strcmp(word.text, names[i]) == 0) return out->unit = i, true;
    Diag *m = diag_add(expr_diags(x), DIAG_E0312, word.at, "wanted week, month, quarter or year, found `%s`", word.text);
    diag_nearest(expr_diags(x), m, word.text, names, 4);
    return false;
}

/* "2026-Q3" or "2026-11". */
static bool fixed(const char *text, IrWindow *out)
{
    int year = 0, first, months = 1;
    for (int i = 0; i < 4; i++) year = year * 10 + (text[i] - '0');
    if (text[5] == 'Q') first = (text[6] - '1') * 3 + 1, months = 3;
    else first = (text[5] - '0') * 10 + (text[6] - '0');
    if (year < 1 || first < 1 || first > 12) return false;
    out->from = date_from_civil(year, first, 1);
    return date_add_months(out->from, months, &out->to);
}

bool expr_window(Expr *x, const Ast *w, IrWindow *out)
{
    *out = (IrWindow){.kind = WINDOW_ALL, .span = VALUE_NONE};
    if (w->kind != AST_WINDOW) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0312, w->at, "a window of time is wanted here");
        diag_hint(expr_diags(x), m, "like last 90 days, this month, 2026-Q3 or all time");
        return false;
    }
    Place p = sources_place(diags_sources(expr_diags(x)), w->at);
    (void)p;
    out->text = arena_dup_n(expr_arena(x), sources_text(diags_sources(expr_diags(x)), w->at.from), w->at.to - w->at.from);
    out->by_start = w->window.by_start;
    if (w->window.word == 0) {
        const Ast *text = w->window.span;
        out->kind = WINDOW_FIXED;
        if (text && text->kind == AST_LITERAL && text->literal.value.type == V_TEXT && fixed(text->literal.value.text, out)) return true;
        diag_add(expr_diags(x), DIAG_E0312, w->at, "there is no such month or quarter");
        return false;
    }
    if (w->window.word == K_ALL) return true;
    if (w->window.word == K_THIS || !w->window.span) {
        out->kind = w->window.word == K_THIS ? WINDOW_THIS : WINDOW_LAST;
        return unit_of_time(x, w->window.unit, out);
    }
    out->kind = WINDOW_LAST_SPAN;
    out->span = expr_constant(x, w->window.span, type_simple(TYPE_DURATION));
    return out->span.type == V_DURATION;
}

/* ---- aggregates ------------------------------------------------------------------------ */

static Code over_cases(Expr *x, Sym *process, const Ast *e, const Type *want, const Type **type)
{
    Expr cases = *x;
    cases.place = EXPR_CASES;
    cases.process = process;
    cases.find = NULL;
    cases.visible = NULL;
    Code code;
    if (want) {
        code = unit_here(x->unit);
        expr_boolean(&cases, e);
        unit_emit(x->unit, IR_END, 0);
    } else {
        code = expr_lower(&cases, e, NULL, type);
    }
    return code;
}

/* The expression of an aggregate stands in the middle of its metric's: the metric's code jumps over it. */
static uint32_t begin_aside(Expr *x)
{
    uint32_t at = unit_here(x->unit);
    unit_emit(x->unit, IR_JUMP, 0);
    return at;
}

static const Type *value_of_aggregate(Expr *x, const Ast *e, uint32_t kind, const Type *t)
{
    if (t->kind == TYPE_UNKNOWN || kind == AGG_COUNT) return kind == AGG_COUNT ? type_simple(TYPE_NUMBER) : t;
    bool adds = t->kind == TYPE_NUMBER || t->kind == TYPE_PERCENT || t->kind == TYPE_MONEY || t->kind == TYPE_DURATION;
    bool orders = adds || t->kind == TYPE_DATE || t->kind == TYPE_DATETIME || t->kind == TYPE_TIME;
    if (kind == AGG_SHARE) return type_simple(TYPE_PERCENT);
    if (kind == AGG_MIN || kind == AGG_MAX ? orders : adds) return type_plain(expr_arena(x), t);
    diag_add(expr_diags(x), DIAG_E0312, e->at, "%s wants numbers, money or durations, found %s", ir_aggregate_name(kind), type_text(expr_arena(x), t));
    return expr_wrong();
}

const Type *expr_aggregate(Expr *x, const Ast *e)
{
    const char *name = e->apply.function->name.name.text;
    uint32_t kind = ir_aggregate_find(name);
    const Ast *cases = e->apply.args, *window = cases ? cases->next : NULL, *value = NULL, *where = NULL;
    Name process = {0};
    if (!cases) return wrong_shape(x, e, name);
    if (cases->kind == AST_ARG) cases = cases->arg.value;
    if (cases->kind == AST_OF) {
        value = cases->of.value, process = cases->of.process, where = cases->of.condition;
    } else if (cases->kind == AST_WHERE) {
        where = cases->where.condition;
        const Ast *of = cases->where.value;
        if (of->kind == AST_NAME) process = of->name.name;
        else if (of->kind == AST_LITERAL && of->literal.value.type == V_TEXT) process = (Name){of->literal.value.text, of->at};
    } else if (cases->kind == AST_NAME) {
        process = cases->name.name;
    } else if (cases->kind == AST_LITERAL && cases->literal.value.type == V_TEXT) {
        process = (Name){cases->literal.value.text, cases->at};
    }
    if (!process.text || (kind != AGG_COUNT && !value) || (kind == AGG_COUNT && value) || !window) return wrong_shape(x, e, name);
    Sym *sym = symbols_need(x->symbols, SYM_PROCESS, x->prefix, process);
    if (!sym) return expr_wrong();
    IrAggregate a = {.kind = (uint8_t)kind, .process = sym->name, .value = CODE_NONE, .where = CODE_NONE, .calendar = x->calendar};
    const Type *t = type_simple(TYPE_NUMBER);
    uint32_t aside = begin_aside(x);
    if (value) a.value = over_cases(x, sym, value, kind == AGG_SHARE ? type_simple(TYPE_BOOLEAN) : NULL, &t);
    if (where) a.where = over_cases(x, sym, where, type_simple(TYPE_BOOLEAN), NULL);
    bool ok = expr_window(x, window, &a.window);
    unit_patch(x->unit, aside, unit_here(x->unit));
    if (!ok) return expr_wrong();
    *VEC_PUSH(expr_arena(x), &x->symbols->aggregates) = a;
    unit_emit(x->unit, IR_AGGREGATE, x->symbols->aggregates.n - 1);
    return value_of_aggregate(x, e, kind, t);
}

Code expr_metric(Expr *x, const Ast *e, const Type **type)
{
    return expr_lower(x, e, NULL, type);
}
