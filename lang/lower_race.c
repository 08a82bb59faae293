/* lower_race.c -- `race`: what its branches set for themselves, and what the winners hand on.
 *
 * Whoever loses leaves no trace, so each branch has variables of its own for what it sets; they
 * begin as the others were before, and of several winners the first hands on nothing that another
 * branch could see. Behind the race a name has the value that the winner gave it
 * (of several, the one that ended last). It is surely set where every choice of winners sets it.
 */
#include "lang/grammar.h"
#include "lang/lower_flow.h"

/* Where the first branch set a name; told: that others do, too. */
typedef struct SetBy {
    Span at;
    bool told;
} SetBy;

typedef struct Race {
    Flow *f;
    Map *set_by;                   /* name -> SetBy */
    Map *setters;                  /* name -> in how many branches it is set */
    const Ast *ast;
    uint32_t node, branches, at_once;
    uint32_t ending;               /* branches that do not wait without an end */
    Span first_at_once;
    VEC(IrArg) handed;
} Race;

/* ---- rules that need no types ------------------------------------------------------------- */

/* Nothing in it waits: it has ended, perhaps with all around it, before another branch can. */
static bool ends_at_once(const Ast *ast)
{
    bool leaves = ast->kind == AST_STOP || ast->kind == AST_FAIL;
    if (leaves || ast->kind == AST_SET || ast->kind == AST_EMIT || ast->kind == AST_START)
        return true;
    const Ast *item = ast->kind == AST_SEQUENCE ? ast->sequence.items : NULL;
    bool all = item != NULL;
    for (; item && all; item = item->next)
        all = ends_at_once(item);
    return all;
}

static void check_branches(Race *r)
{
    Flow *f = r->f;
    int64_t winners = r->ast->race.winners;
    if (f->broken)
        return;
    if (r->branches < winners) {
        Diag *m = diag_add(f->l->diags, DIAG_E0440, r->ast->at, "this race wants %lld winner%s and has %u branch%s",
                           (long long)winners, winners == 1 ? "" : "s", r->branches, r->branches == 1 ? "" : "es");
        diag_hint(f->l->diags, m, "each statement inside is a branch: add some, or ask for fewer winners");
    } else if (r->branches == winners) {
        Diag *m = diag_add(f->l->diags, DIAG_W0441, r->ast->at, "all branches of this race must end, so none can lose");
        diag_hint(f->l->diags, m, winners == 1 ? "add what it races against: wait 2 days" : "write parallel < ... >");
    } else if (r->at_once >= winners) {
        Diag *m = diag_add(f->l->diags, DIAG_W0442, r->first_at_once,
                           "this branch ends at once and always wins: the others never come to their end");
        diag_hint(f->l->diags, m, "put it behind what it belongs to, in a sequence < ... >");
    }
}

/* ---- branches ------------------------------------------------------------------------------ */

/* What the branch sets, and what was there before: its own from the begin. */
static void own_variables(Flow *f, const Map *own)
{
    void *value;
    for (uint32_t i = 0; i < map_count(own); i++) {
        Var *var = vars_find(f, map_key(own, i, &value));
        if (var && var->scope == f->scope->up->node)
            vars_own(f, var);
    }
}

/* Several winners hand on one name: behind the race it has the value of the one that ended last. */
static void set_again(Race *r, Var *own, uint32_t first_assign)
{
    Flow *f = r->f;
    Span at = own->b.at;
    void **slot = map_slot(r->set_by, own->b.name);
    SetBy *first = *slot;
    for (uint32_t i = first_assign; i < f->assigns.n; i++)
        at = f->assigns.items[i].var == own ? f->assigns.items[i].at : at;
    if (!first) {
        *slot = first = ARENA_NEW(f->l->arena, SetBy);
        *first = (SetBy){at, false};
        return;
    }
    if (r->ast->race.winners < 2 || f->broken || first->told)
        return;
    first->told = true;
    Diag *m = diag_add(f->l->diags, DIAG_W0463, at,
                       "%s may be set by several winners of this race: the last of them counts", own->b.name);
    diag_hint(f->l->diags, m, "let each branch set a name of its own, and choose behind the race");
    lower_first(f->l, m, first->at);
}

static void hand_on(Race *r, const Scope *inner, uint32_t first_assign)
{
    Flow *f = r->f;
    void *value;
    for (uint32_t i = 0; i < map_count(inner->map); i++) {
        (void)map_key(inner->map, i, &value);
        set_again(r, value, first_assign);
        Var *own = value, *var = vars_declare(f, (Name){own->b.name, own->b.at}, own->b.type);
        if (!var) {
            var = vars_find(f, own->b.name);   /* of another type, as was told: it has a value all the same */
            vars_mark(f, var, true, false);
            continue;
        }
        vars_hand_on(f, own, var);
        Code code = unit_here(f->unit);
        unit_emit(f->unit, IR_SLOT, own->b.slot);
        unit_emit(f->unit, IR_END, 0);
        *VEC_PUSH(f->l->arena, &r->handed) = (IrArg){own->b.name, code, var->b.slot};
    }
}

static void look_ahead(Race *r)
{
    for (const Ast *item = r->ast->race.items; item; item = item->next) {
        if (item->kind == AST_HANDLER || item->kind == AST_ON_EVENT)
            continue;
        r->ending += !endless_may_wait(item);
        vars_setters(r->f, item, r->setters, map_new(r->f->l->arena));
    }
}

static void branch(Race *r, const Ast *item)
{
    Flow *f = r->f;
    bool bounded = r->ending >= r->ast->race.winners;      /* the others end the race */
    f->bounded += bounded;
    Map *own = map_new(f->l->arena);
    Scope inner = {map_new(f->l->arena), f->nodes.n, f->scope};
    vars_setters(f, item, map_new(f->l->arena), own);
    Shadow shadow = {r->setters, own, map_new(f->l->arena), f->nodes.n, f->shadow};
    uint32_t mark = facts_here(f), first = f->assigns.n;
    f->scope = &inner;
    f->anywhen++;
    own_variables(f, own);
    if (r->ast->race.winners > 1)      /* the first winner hands on what it set while others still run */
        f->shadow = &shadow;
    flow_node(f, item);
    f->shadow = shadow.up;
    f->anywhen--;
    f->scope = inner.up;
    f->bounded -= bounded;
    facts_back(f, mark);
    hand_on(r, &inner, first);
    if (ends_at_once(item) && r->at_once++ == 0)
        r->first_at_once = item->at;
    r->branches++;
}

void flow_race(Flow *f, const Ast *ast)
{
    Race r = {.f = f, .ast = ast, .node = flow_begin(f, IRN_RACE, ast->at, NULL), .set_by = map_new(f->l->arena),
              .setters = map_new(f->l->arena)};
    Fork fork = vars_fork(f);
    Siblings *around = f->siblings;
    f->siblings = NULL;
    look_ahead(&r);
    for (const Ast *item = ast->race.items; item; item = item->next) {
        if (item->kind == AST_HANDLER || item->kind == AST_ON_EVENT)
            continue;
        branch(&r, item);
        vars_branch(f, &fork);
    }
    f->siblings = around;
    check_branches(&r);
    int64_t winners = ast->race.winners < r.branches ? ast->race.winners : r.branches;
    vars_join_race(f, &fork, (uint32_t)winners);
    IrNode *node = &f->nodes.items[r.node];
    node->a = (uint32_t)ast->race.winners;
    node->b = f->args.n;
    node->args_n = r.handed.n;
    for (uint32_t i = 0; i < r.handed.n; i++)
        *VEC_PUSH(f->l->arena, &f->args) = r.handed.items[i];
    flow_end(f, r.node);
}
