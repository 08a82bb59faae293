/* lower_scenario.c -- what a simulation changes: volumes, people, durations, answers.
 *
 * All of it is checked against what the file declares; a simulation runs the
 * same flows, with these figures in place of its own.
 */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

typedef struct Scene {
    Lower *l;
    const Item *item;
    Map *said;                     /* what has been changed: "volume P" -> its Ast */
    VEC(IrVolume) volumes;
    VEC(IrStaff) staff;
    VEC(IrAssumption) assumptions;
    IrScenario scenario;
} Scene;

static Expr over_values(const Scene *s)
{
    Lower *l = s->l;
    return lower_expr(l, EXPR_VALUES, l->symbols.unit, s->item->prefix, lower_only_calendar(l));
}

/* Each thing is changed once. */
static bool first_time(Scene *s, const char *what, const char *name, const Ast *ast)
{
    const char *key = *name ? arena_printf(s->l->arena, "%s %s", what, name) : what;
    void **slot = map_slot(s->said, key);
    if (!*slot) {
        *slot = (void *)(uintptr_t)ast;
        return true;
    }
    Diag *m = diag_add(s->l->diags, DIAG_E0521, ast->at, "`%s` is said twice here", key);
    diag_hint(s->l->diags, m, "keep one of the two");
    lower_first(s->l, m, ((const Ast *)*slot)->at);
    return false;
}

static void out_of_range(Scene *s, const Ast *at, const char *what, const char *example)
{
    Diag *m = diag_add(s->l->diags, DIAG_E0375, at->at, "%s", what);
    diag_hint(s->l->diags, m, "like %s", example);
}

/* ---- volumes, people, time ------------------------------------------------------------------- */

static void volume(Scene *s, const Ast *ast)
{
    Lower *l = s->l;
    Sym *process = symbols_need(&l->symbols, SYM_PROCESS, s->item->prefix, ast->volume.process);
    Expr x = over_values(s);
    Value factor = expr_constant(&x, ast->volume.factor, type_simple(TYPE_NUMBER));
    if (factor.type == V_NUMBER && factor.i <= 0)
        out_of_range(s, ast->volume.factor, "there are more cases than none", "volume Capture * 10");
    if (!process || (!ast->volume.condition && !first_time(s, "volume", process->name, ast)))
        return;
    IrVolume v = {.process = process->name, .factor = factor.i, .where = CODE_NONE};
    if (ast->volume.condition) {
        RowScope row;
        lower_row_scope(l, &row, process->takes, process->takes_n);
        Expr takes = lower_row_expr(l, &row, l->symbols.unit, s->item->prefix, lower_only_calendar(l));
        v.where = expr_lower(&takes, ast->volume.condition, type_simple(TYPE_BOOLEAN), NULL);
    }
    *VEC_PUSH(l->arena, &s->volumes) = v;
}

static void staff(Scene *s, const Ast *ast)
{
    Sym *role = symbols_need(&s->l->symbols, SYM_ROLE, s->item->prefix, ast->staff.role);
    Expr x = over_values(s);
    Value people = expr_constant(&x, ast->staff.people, type_simple(TYPE_NUMBER));
    bool whole = people.type == V_NUMBER && people.i >= 0 && people.i % DECIMAL_ONE == 0;
    if (people.type == V_NUMBER && !whole)
        out_of_range(s, ast->staff.people, "people are a whole number", "people Sales = 4");
    if (!role || !first_time(s, "people", role->name, ast))
        return;
    *VEC_PUSH(s->l->arena, &s->staff) = (IrStaff){role->name, whole ? (uint64_t)(people.i / DECIMAL_ONE) : 0};
}

static bool is_positive(const Value *span)
{
    bool business = span->aux == DUR_BUSINESS_DAYS || span->aux == DUR_BUSINESS_TIME;
    return (business ? span->business->amount : span->i) > 0;
}

static void run(Scene *s, const Ast *ast)
{
    Expr x = over_values(s);
    const Ast *times = ast->run.times;
    if (!first_time(s, "run", "", ast))
        return;
    s->scenario.span = expr_constant(&x, ast->run.span, type_simple(TYPE_DURATION));
    if (s->scenario.span.type == V_DURATION && !is_positive(&s->scenario.span))
        out_of_range(s, ast->run.span, "a simulation takes its time", "run 90 days, 30 times");
    s->scenario.times = 1;
    if (!times || times->kind != AST_LITERAL || times->literal.value.type != V_NUMBER)
        return;
    int64_t n = times->literal.value.i;
    if (n < DECIMAL_ONE || n % DECIMAL_ONE)
        out_of_range(s, times, "a simulation is run a whole number of times, 1 or more", "run 90 days, 30 times");
    else
        s->scenario.times = (uint64_t)(n / DECIMAL_ONE);
}

/* ---- assumptions --------------------------------------------------------------------------- */

/* "Close.Draft quote": the process ahead of a dot, and what stands behind it; a module's name has dots, too. */
static Sym *split(Scene *s, Name what, Name *rest)
{
    Lower *l = s->l;
    const char *first = strchr(what.text, '.'), *prefix = symbols_at(&l->symbols, s->item->prefix, what.at);
    for (const char *dot = first; dot; dot = strchr(dot + 1, '.')) {
        const char *process = arena_dup_n(l->arena, what.text, (size_t)(dot - what.text));
        Sym *sym = names_known(&l->symbols, SYM_PROCESS, prefix, process);
        if (!sym)
            continue;
        sym->used = true;
        *rest = (Name){dot + 1, what.at};
        return sym;
    }
    if (first) {
        Name process = {arena_dup_n(l->arena, what.text, (size_t)(first - what.text)), what.at};
        return symbols_need(&l->symbols, SYM_PROCESS, s->item->prefix, process);
    }
    Diag *m = diag_add(l->diags, DIAG_E0374, what.at, "of which process is `%s`?", what.text);
    diag_hint(l->diags, m, "name it ahead: Process.%s", what.text);
    return NULL;
}

static const char *const *keys_of(Lower *l, const Map *map, uint32_t *n)
{
    *n = map ? map_count(map) : 0;
    const char **all = ARENA_ARRAY(l->arena, const char *, *n);
    for (uint32_t i = 0; i < *n; i++)
        all[i] = map_key(map, i, NULL);
    return all;
}

/* The type of what is assumed, or NULL after a message. */
static const Type *assumed(Scene *s, const Sym *process, Name name, bool lasts)
{
    Lower *l = s->l;
    uint32_t n;
    const char *const *all = keys_of(l, lasts ? process->steps : process->vars, &n);
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(all[i], name.text) == 0)
            return lasts ? type_simple(TYPE_DURATION) : type_plain(l->arena, map_get(process->vars, name.text));
    if (process->broken && !text_nearest(name.text, all, n))
        return NULL;                           /* it may have stood where something was lost */
    Diag *m = lasts ? diag_missing(l->diags, process, name.text, DIAG_E0210, name.at, "%s has no step named \"%s\"",
                                   process->name, name.text)
                    : diag_missing(l->diags, process, name.text, DIAG_E0301, name.at, "a case of %s has no `%s`",
                                   process->name, name.text);
    if (!diag_nearest_name(l->diags, m, name.text, all, n))
        diag_hint(l->diags, m, lasts ? "a step is named as where it is declared"
                                     : "a case has what its process takes, asks, gives and sets");
    m->related = m->related.to ? m->related : process->at;
    return NULL;
}

static bool varies(const Type *t)
{
    return t->kind == TYPE_NUMBER || t->kind == TYPE_MONEY || t->kind == TYPE_PERCENT || t->kind == TYPE_DURATION ||
           t->kind == TYPE_UNKNOWN;
}

static bool is_single(const Ast *spread)
{
    return spread->kind != AST_RANGE && spread->kind != AST_APPLY && spread->kind != AST_HISTORY;
}

/* A share of the cases: 0% to 100%. */
static void check_share(Scene *s, const Ast *spread, const IrAssumption *a)
{
    IrUnit u;
    unit_finish(s->l->symbols.unit, &u);
    for (uint32_t i = 0; i < a->values_n; i++) {
        uint32_t word = u.code[a->values[i]];
        const Value *v = IR_INSTRUCTION_OP(word) == IR_CONST ? &u.consts[IR_INSTRUCTION_OPERAND(word)] : NULL;
        if (!v || v->type != V_PERCENT || (v->i >= 0 && v->i <= DECIMAL_ONE))
            continue;
        out_of_range(s, spread, "a share of the cases is between 0% and 100%", "assume Qualify.decides 60%");
        return;
    }
}

static void assume(Scene *s, const Ast *ast)
{
    Lower *l = s->l;
    bool lasts = ast->assume.word == K_LASTS;
    const Ast *spread = ast->assume.spread;
    Name name = {0};
    Sym *process = ast->assume.what.text ? split(s, ast->assume.what, &name) : NULL;
    const Type *type = process && name.text ? assumed(s, process, name, lasts) : NULL;
    if (!type || !spread || spread->kind == AST_BAD ||
        !first_time(s, lasts ? "lasts" : "assume", ast->assume.what.text, ast))
        return;
    bool share = type->kind == TYPE_BOOLEAN;
    IrAssumption a = {.process = process->name, .name = name.text, .lasts = lasts, .text = lower_source(l, spread->at)};
    if (!is_single(spread) && !(share || varies(type)) && spread->kind != AST_HISTORY) {
        Diag *m = diag_add(l->diags, DIAG_E0376, spread->at, "%s does not vary", type_text(l->arena, type));
        diag_hint(l->diags, m, "assume one value of it, or how it was: from history");
        return;
    }
    Expr x = over_values(s);
    bool fixed = share && spread->kind == AST_LITERAL && spread->literal.value.type == V_BOOLEAN;
    Spread found = lower_spread(l, &x, spread, share && !fixed ? type_simple(TYPE_PERCENT) : type);
    a.spread = found.kind, a.values_n = found.n;
    memcpy(a.values, found.values, sizeof a.values);
    if (share || type->kind == TYPE_PERCENT)
        check_share(s, spread, &a);
    *VEC_PUSH(l->arena, &s->assumptions) = a;
}

/* ---- the scenario itself --------------------------------------------------------------------- */

static void lower_scenario(Scene *s)
{
    for (const Ast *i = s->item->ast->scenario.items; i; i = i->next) {
        if (i->kind == AST_VOLUME) volume(s, i);
        else if (i->kind == AST_STAFF) staff(s, i);
        else if (i->kind == AST_ASSUME) assume(s, i);
        else if (i->kind == AST_RUN) run(s, i);
    }
    s->scenario.volumes = s->volumes.items, s->scenario.volumes_n = s->volumes.n;
    s->scenario.staff = s->staff.items, s->scenario.staff_n = s->staff.n;
    s->scenario.assumptions = s->assumptions.items, s->scenario.assumptions_n = s->assumptions.n;
}

void lower_scenarios(Lower *l)
{
    IrProgram *p = l->symbols.program;
    IrScenario *all = ARENA_ARRAY(l->arena, IrScenario, l->scenarios.n);
    for (uint32_t i = 0; i < l->scenarios.n; i++) {
        const Item *item = &l->scenarios.items[i];
        Name name = item->ast->scenario.name;
        Scene s = {.l = l, .item = item, .said = map_new(l->arena)};
        s.scenario = (IrScenario){.name = item->name,
                                  .system = item->system ? item->system->index : IR_NONE,
                                  .place = lower_place(l, name.at)};
        const Heir *before = lower_heir(l, item->prefix);
        lower_scenario(&s);
        diags_heir(l->diags, before);
        all[i] = s.scenario;
    }
    p->scenarios = all;
    p->scenarios_n = l->scenarios.n;
}
