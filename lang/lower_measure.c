/* lower_measure.c -- metrics and goals.
 *
 * A metric may speak of others, in any order; each is lowered after those it
 * speaks of. A circle is reported where it closes.
 */
#include "lang/lower.h"
#include <string.h>

enum { NEW, OPEN, DONE };                      /* metric_state */

/* ---- which metrics a tree names ---------------------------------------------------------- */

typedef struct Naming {
    Lower *l;
    const char *prefix;
    bool found;
    VEC(const Ast *) names;        /* those that name a metric */
    bool keep;
} Naming;

static void look(void *self, const Ast *ast)
{
    Naming *n = self;
    if (ast->kind != AST_NAME || !ast->name.name.text || (n->found && !n->keep))
        return;
    if (!names_known(&n->l->symbols, SYM_METRIC, symbols_at(&n->l->symbols, n->prefix, ast->at), ast->name.name.text))
        return;
    n->found = true;
    if (n->keep)
        *VEC_PUSH(n->l->arena, &n->names) = ast;
}

/* "alias.metric" is a member of a name. */
static void look_through(void *self, const Ast *ast)
{
    Naming *n = self;
    look(self, ast);
    const char *full = ast_dotted(n->l->arena, ast);
    if (!full || !names_known(&n->l->symbols, SYM_METRIC, symbols_at(&n->l->symbols, n->prefix, ast->at), full))
        return;
    n->found = true;
    if (n->keep)
        *VEC_PUSH(n->l->arena, &n->names) = ast;
}

bool lower_names_metric(Lower *l, const char *prefix, const Ast *ast)
{
    Naming n = {.l = l, .prefix = prefix};
    lower_visit(ast, look_through, &n);
    return n.found;
}

static Sym *metric_of(Lower *l, const char *prefix, const Ast *ast)
{
    const char *name = ast->kind == AST_NAME ? ast->name.name.text : ast_dotted(l->arena, ast);
    return names_known(&l->symbols, SYM_METRIC, symbols_at(&l->symbols, prefix, ast->at), name);
}

/* ---- metrics ------------------------------------------------------------------------------ */

/* All its figures must be of one process, whose cases `by` divides. */
static Sym *divided(Lower *l, const Sym *sym, uint32_t first)
{
    const char *process = NULL;
    for (uint32_t i = first; i < l->symbols.aggregates.n; i++) {
        const char *own = l->symbols.aggregates.items[i].process;
        if (process && own && own != process) {
            Diag *m = diag_add(l->diags, DIAG_E0519, sym->ast->metric.by->at,
                               "\"%s\" counts cases of %s and of %s: `by` divides "
                               "those of one process",
                               sym->name, process, own);
            diag_hint(l->diags, m, "write one metric for each, with its own `by`");
            return NULL;
        }
        process = own ? own : process;
    }
    if (!process && first == l->symbols.aggregates.n) {
        Diag *m = diag_add(l->diags, DIAG_E0519, sym->ast->metric.by->at,
                           "\"%s\" counts no cases itself, so there is nothing to "
                           "divide",
                           sym->name);
        diag_hint(l->diags, m, "write `by` at the metric that counts: count(...), share(...), average(...)");
    }
    if (!process)
        return NULL;
    Sym *log = map_get(l->symbols.of[SYM_LOG], process);
    return log ? log : map_get(l->symbols.of[SYM_PROCESS], process);
}

static void lower_by(Lower *l, const Sym *sym, IrMetric *metric, uint32_t first)
{
    const Ast *by = sym->ast->metric.by;
    if (!by)
        return;
    metric->by_text = lower_source(l, by->at);
    Sym *process = divided(l, sym, first);
    if (!process)
        return;
    Expr x = lower_expr(l, EXPR_CASES, l->symbols.unit, sym->prefix, lower_only_calendar(l));
    x.process = process;
    const Type *type = NULL;
    metric->by = expr_lower(&x, by, NULL, &type);
    if (type->kind == TYPE_LIST || type->kind == TYPE_RECORD) {
        Diag *m = diag_add(l->diags, DIAG_E0519, by->at, "cases cannot be divided by %s",
                           type_text(l->arena, type));
        diag_hint(l->diags, m, "name one of its fields: by lead.source");
    }
}

void lower_metric_alone(Lower *l, Sym *sym)
{
    const Ast *value = sym->ast->metric.value;
    IrMetric *metric = &l->metrics[sym->index];
    *metric = (IrMetric){.name = sym->name,
                         .system = sym->system ? sym->system->index : IR_NONE,
                         .code = CODE_NONE,
                         .by = CODE_NONE,
                         .place = lower_place(l, sym->at)};
    uint32_t first = l->symbols.aggregates.n;
    Expr x = lower_expr(l, EXPR_VALUES, l->symbols.unit, sym->prefix, lower_only_calendar(l));
    const Type *type = type_unknown();
    if (value) {
        metric->text = lower_source(l, value->at);
        metric->code = expr_metric(&x, value, &type);
    }
    sym->type = type;
    if (type->kind == TYPE_UNKNOWN)
        return;
    metric->type = unit_type(l->symbols.unit, type);
    lower_by(l, sym, metric, first);
}

static void circle(Lower *l, const Sym *sym, const Ast *at, Sym *open)
{
    Diag *m = diag_add(l->diags, DIAG_E0512, at->at, "\"%s\" is computed from itself%s", open->name,
                       open == sym ? "" : ", through others");
    diag_hint(l->diags, m, "a metric is computed from cases, or from metrics that do not need it");
    lower_first(l, m, open->at);
    open->type = type_unknown();
}

typedef VEC(Sym *) SymStack;

/* Puts what the metric speaks of and is not yet lowered above it. */
static void open_metric(Lower *l, SymStack *stack, Sym *sym)
{
    l->metric_state[sym->index] = OPEN;
    Naming n = {.l = l, .prefix = sym->prefix, .keep = true};
    if (sym->ast->metric.value)
        lower_visit(sym->ast->metric.value, look_through, &n);
    for (uint32_t i = 0; i < n.names.n; i++) {
        Sym *other = metric_of(l, sym->prefix, n.names.items[i]);
        if (l->metric_state[other->index] == OPEN)
            circle(l, sym, n.names.items[i], other);
        else if (l->metric_state[other->index] == NEW)
            *VEC_PUSH(l->arena, stack) = other;
    }
}

/* With a stack of our own: a chain of metrics may be as long as a file. */
static void lower_metric(Lower *l, Sym *sym)
{
    SymStack stack = {0};
    *VEC_PUSH(l->arena, &stack) = sym;
    while (stack.n) {
        Sym *top = stack.items[stack.n - 1];
        uint8_t *state = &l->metric_state[top->index];
        if (*state == NEW) {
            open_metric(l, &stack, top);
            continue;
        }
        if (*state == OPEN) {
            const Heir *before = lower_heir(l, top->prefix);
            lower_metric_alone(l, top);
            diags_heir(l->diags, before);
            *state = DONE;
        }
        stack.n--;
    }
}

static void begin_metrics(Lower *l)
{
    uint32_t n = l->syms[SYM_METRIC].n;
    if (l->metrics)
        return;
    l->metrics = ARENA_ARRAY(l->arena, IrMetric, n);
    l->metric_state = ARENA_ARRAY(l->arena, uint8_t, n);
    l->symbols.program->metrics = l->metrics;
    l->symbols.program->metrics_n = n;
}

void lower_metrics_in(Lower *l, const char *prefix, const Ast *ast)
{
    begin_metrics(l);
    Naming n = {.l = l, .prefix = prefix, .keep = true};
    lower_visit(ast, look_through, &n);
    for (uint32_t i = 0; i < n.names.n; i++)
        lower_metric(l, metric_of(l, prefix, n.names.items[i]));
}

/* ---- goals ------------------------------------------------------------------------------------ */

/* What is measured may have been lost to a mistake that is told elsewhere. */
static void may_measure(void *self, const Ast *ast)
{
    bool clock = ast->kind == AST_NAME && (strcmp(ast->name.name.text, "today") == 0 ||
                                           strcmp(ast->name.name.text, "now") == 0);
    if (ast->kind == AST_BAD || ast->kind == AST_OF || ast->kind == AST_WINDOW || (ast->kind == AST_NAME && !clock))
        *(bool *)self = true;
}

static bool goal_measures(const Ast *condition)
{
    bool measures = false;
    lower_visit(condition, may_measure, &measures);
    return measures;
}

static IrGoal lower_goal(Lower *l, const Item *item)
{
    const Ast *ast = item->ast;
    IrGoal goal = {.name = item->name,
                   .system = item->system ? item->system->index : IR_NONE,
                   .code = CODE_NONE,
                   .by = INT64_MAX,
                   .rows = (uint64_t)ast->goal.rows,
                   .place = lower_place(l, ast->goal.name.at)};
    const Ast *by = ast->goal.by;
    if (by && by->kind == AST_LITERAL && by->literal.value.type == V_DATE)
        goal.by = by->literal.value.i;
    if (!ast->goal.condition)
        return goal;
    uint32_t first = l->symbols.aggregates.n, errors = diags_errors(l->diags);
    Expr x = lower_expr(l, EXPR_VALUES, l->symbols.unit, item->prefix, lower_only_calendar(l));
    bool measures = goal_measures(ast->goal.condition);
    goal.code = measures ? expr_condition(&x, ast->goal.condition, "it is met whatever happens", "it can never be met")
                         : expr_lower(&x, ast->goal.condition, type_simple(TYPE_BOOLEAN), NULL);
    goal.text = lower_source(l, ast->goal.condition->at);
    goal.metrics = x.metrics.items;
    goal.metrics_n = x.metrics.n;
    if (x.metrics.n == 0 && l->symbols.aggregates.n == first && diags_errors(l->diags) == errors && !measures) {
        Diag *m = diag_add(l->diags, DIAG_E0511, ast->goal.condition->at, "this goal measures nothing");
        diag_hint(l->diags, m, "compare a metric with what it is to reach: goal \"...\" is good_leads >= 40");
    }
    return goal;
}

void lower_measures(Lower *l)
{
    begin_metrics(l);
    for (uint32_t i = 0; i < l->syms[SYM_METRIC].n && !diags_full(l->diags); i++)
        lower_metric(l, l->syms[SYM_METRIC].items[i]);
    IrProgram *p = l->symbols.program;
    IrGoal *goals = ARENA_ARRAY(l->arena, IrGoal, l->goals.n);
    const Heir *before = lower_heir(l, "");
    for (uint32_t i = 0; i < l->goals.n; i++) {
        lower_heir(l, l->goals.items[i].prefix);
        goals[i] = lower_goal(l, &l->goals.items[i]);
    }
    diags_heir(l->diags, before);
    p->goals = goals;
    p->goals_n = l->goals.n;
}
