/* expr_metric.c -- count, share and their like over the cases of a process. */
#include "lang/expr_private.h"

#include <string.h>

static const char *example(const char *name)
{
    if (strcmp(name, "count") == 0) return "count(Close where won, last 90 days)";
    if (strcmp(name, "share") == 0) return "share(won of Close, last 90 days)";
    return NULL;
}

static const Type *wrong_shape(Expr *x, const Ast *e, const char *name)
{
    Diag *m = diag_add(expr_diags(x), DIAG_E0312, e->at, "%s wants cases and a window of time", name);
    if (example(name)) diag_hint(expr_diags(x), m, "like %s", example(name));
    else diag_hint(expr_diags(x), m, "like %s(price of Close where won, this month)", name);
    return expr_wrong();
}

const Type *expr_not_counted(Expr *x, const Ast *e, const char *name)
{
    Diags *d = expr_diags(x);
    Diag *m = diag_add(d, DIAG_E0312, e->at, "cases are counted in a metric, and not here");
    diag_hint(d, m, "declare it: metric m = %s(...), and name m here", name);
    return expr_wrong();
}

/* ---- windows ----------------------------------------------------------------------------- */

static bool bad_window(Expr *x, Span at, const char *what)
{
    diag_hint(expr_diags(x), diag_add(expr_diags(x), DIAG_E0312, at, "%s", what),
              "like last 90 days, this month, 2026-Q3, "
              "2026-11 or all time");
    return false;
}

static bool unit_of_time(Expr *x, Name word, IrWindow *out)
{
    static const char *const names[] = {"week", "month", "quarter", "year"};
    for (uint8_t i = 0; i < 4; i++)
        if (strcmp(word.text, names[i]) == 0) return out->unit = i, true;
    Diag *m = diag_add(expr_diags(x), DIAG_E0312, word.at, "wanted week, month, quarter or year, found `%s`",
                       word.text);
    if (!diag_nearest(expr_diags(x), m, word.text, names, 4))
        diag_hint(expr_diags(x), m, "like this month, or last 90 days");
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

static bool last_span(Expr *x, const Ast *span, IrWindow *out)
{
    out->kind = WINDOW_LAST_SPAN;
    out->span = expr_constant(x, span, type_simple(TYPE_DURATION));
    if (out->span.type != V_DURATION) return false;
    bool business = out->span.aux == DUR_BUSINESS_DAYS || out->span.aux == DUR_BUSINESS_TIME;
    int64_t length = business ? out->span.business->amount : out->span.i;
    return length > 0 || bad_window(x, span->at, "a window without length holds no case");
}

bool expr_window(Expr *x, const Ast *w, IrWindow *out)
{
    *out = (IrWindow){.kind = WINDOW_ALL, .span = VALUE_NONE};
    if (w->kind == AST_BAD) return false;
    if (w->kind != AST_WINDOW) return bad_window(x, w->at, "a window of time is wanted here");
    out->text = expr_source(x, w);
    out->by_start = w->window.by_start;
    if (w->window.word == 0) {
        const Ast *text = w->window.span;
        out->kind = WINDOW_FIXED;
        if (text && expr_is_text(text) && fixed(text->literal.value.text, out)) return true;
        /* The scanner has said what is no month. */
        return !diags_errors(expr_diags(x)) && bad_window(x, w->at, "there is no such month or quarter");
    }
    if (w->window.word == K_ALL) return true;
    if (w->window.word != K_THIS && w->window.span) return last_span(x, w->window.span, out);
    out->kind = w->window.word == K_THIS ? WINDOW_THIS : WINDOW_LAST;
    return unit_of_time(x, w->window.unit, out);
}

/* ---- which cases ------------------------------------------------------------------------------ */

typedef struct Cases { Name process; const Ast *value, *where, *window; } Cases;

static Name process_name(Expr *x, const Ast *e)
{
    if (e->kind == AST_ARG && !e->arg.name.text) e = e->arg.value;
    if (e->kind == AST_NAME) return e->name.name;
    if (expr_is_text(e)) return (Name){e->literal.value.text, e->at};
    return (Name){ast_dotted(expr_arena(x), e), e->at};                    /* a module's, or none */
}

static bool read_cases(Expr *x, const Ast *args, uint32_t kind, Cases *out)
{
    *out = (Cases){.window = args ? args->next : NULL};
    if (!args || !out->window || out->window->next) return false;
    if (args->kind == AST_OF) {
        out->value = args->of.value;
        out->process = args->of.process;
        out->where = args->of.condition;
    } else if (args->kind == AST_WHERE) {
        out->where = args->where.condition;
        out->process = process_name(x, args->where.value);
    } else {
        out->process = process_name(x, args);
    }
    return out->process.text && (kind == AGG_COUNT) == !out->value;
}

/* ---- aggregates ----------------------------------------------------------------------------------- */

static Expr cases_of(const Expr *x, Sym *process)
{
    Expr cases = *x;
    cases.place = EXPR_CASES;
    cases.process = process;
    cases.find = NULL;
    cases.visible = NULL;
    cases.knows = NULL;
    return cases;
}

static Code over_cases(Expr *x, Sym *process, const Ast *e, const Type **type)
{
    Expr cases = cases_of(x, process);
    return expr_lower(&cases, e, NULL, type);
}

static Code condition_of_cases(Expr *x, Sym *process, const Ast *e, const char *if_yes, const char *if_no)
{
    Expr cases = cases_of(x, process);
    return expr_condition(&cases, e, if_yes, if_no);
}

static const Type *result(Expr *x, const Ast *value, uint32_t kind, const Type *t)
{
    if (kind == AGG_COUNT) return type_simple(TYPE_NUMBER);
    if (t->kind == TYPE_UNKNOWN) return t;
    if (kind == AGG_SHARE) return type_simple(TYPE_PERCENT);
    bool adds = expr_is_numeric(t) || t->kind == TYPE_MONEY || t->kind == TYPE_DURATION;
    bool orders = adds || t->kind == TYPE_DATE || t->kind == TYPE_DATETIME || t->kind == TYPE_TIME;
    if (kind == AGG_MIN || kind == AGG_MAX ? orders : adds) return type_plain(expr_arena(x), t);
    Diag *m = diag_add(expr_diags(x), DIAG_E0312, value->at, "%s wants numbers, money or durations, found %s",
                       ir_aggregate_name(kind), expr_shown(x, t));
    diag_hint(expr_diags(x), m,
              "cases for which something holds are counted with count(... where ...) or share(... of ...)");
    return expr_wrong();
}

/* The expressions of an aggregate stand in the middle of its metric's, which jumps over them. */
const Type *expr_aggregate(Expr *x, const Ast *e)
{
    const char *name = e->apply.function->name.name.text;
    uint32_t kind = ir_aggregate_find(name);
    const Type *t = type_simple(TYPE_NUMBER);
    Cases cases;
    if (!read_cases(x, e->apply.args, kind, &cases)) return wrong_shape(x, e, name);
    Sym *process = symbols_cases(x->symbols, x->prefix, cases.process);
    if (!process) return expr_wrong();
    IrAggregate a = {.kind = (uint8_t)kind, .process = process->name, .value = CODE_NONE, .where = CODE_NONE,
                     .calendar = x->calendar};
    uint32_t aside = unit_here(x->unit);
    unit_emit(x->unit, IR_JUMP, 0);
    bool share = kind == AGG_SHARE;
    if (cases.value && share)
        a.value = condition_of_cases(x, process, cases.value, "the share is all", "the share is 0");
    else if (cases.value) a.value = over_cases(x, process, cases.value, &t);
    if (cases.where)
        a.where = condition_of_cases(x, process, cases.where, "every case is counted", "no case is ever counted");
    bool whole = expr_window(x, cases.window, &a.window);
    unit_patch(x->unit, aside, unit_here(x->unit));
    if (!whole) return expr_wrong();
    *VEC_PUSH(expr_arena(x), &x->symbols->aggregates) = a;
    unit_emit(x->unit, IR_AGGREGATE, x->symbols->aggregates.n - 1);
    return result(x, cases.value, kind, t);
}
