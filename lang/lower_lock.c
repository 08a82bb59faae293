/* lower_lock.c -- `lock oven <`: so many cases at once, in the whole store.
 *
 * A lock is known by its name alone, nothing declares it: a bare word that is no variable is the
 * name itself. So what cannot be meant is told: a name that is nearly a variable's, two different
 * numbers of places, and a lock inside itself, which waits for ever. So do two cases that each
 * hold what the other wants next: locks are taken in one order everywhere. What a process takes that is
 * called is taken inside what is held at the call, which waits for it.
 */
#include "lang/expr_private.h"
#include "lang/grammar.h"
#include "lang/lower_flow.h"

#include <string.h>

/* The name where it is known before anything runs, else NULL. */
static const char *fixed_name(Flow *f, const Ast *what)
{
    if (what->kind == AST_NAME && what->name.name.text && !vars_find(f, what->name.name.text))
        return what->name.name.text;
    return expr_is_text(what) ? what->literal.value.text : NULL;
}

static void near_variable(Flow *f, const Ast *what)
{
    const char *const *all;
    uint32_t n = f->x.visible(f->x.self, &all);
    const char *near = what->kind == AST_NAME ? text_nearest(what->name.name.text, all, n) : NULL;
    if (!near || f->broken)
        return;
    Diag *m = diag_add(f->l->diags, DIAG_E0449, what->at,
                       "there is no variable %s, and as a lock's name it is too near to %s", what->name.name.text,
                       near);
    diag_hint(f->l->diags, m, "write %s, or \"%s\" in quotes where the lock is called so", near, what->name.name.text);
}

static Code lock_name(Flow *f, const Ast *what, const char *fixed)
{
    Expr *x = &f->x;
    Code code = unit_here(x->unit);
    if (fixed) {
        lower_said(f->l, what);
        expr_const(x, value_text(fixed));
    } else {
        const Type *type = expr_plain(x, what, expr_walk(x, what, NULL), "a lock wants a name");
        if (type->kind == TYPE_RECORD || type->kind == TYPE_LIST) {
            Diag *m = diag_add(f->l->diags, DIAG_E0302, what->at, "a lock's name is wanted, found %s",
                               expr_shown(x, type));
            diag_hint(f->l->diags, m, "name a single value that tells locks apart: lock \"stock \" + product <");
        }
        unit_emit(x->unit, IR_TEXT_MACHINE, 1);
    }
    expr_end(x, what, code);
    return code;
}

/* Every place that names this lock must mean the same number of places. */
static void check_places(Flow *f, const Ast *lock, const char *name)
{
    if (!f->l->locks)
        f->l->locks = map_new(f->l->arena);
    void **slot = map_slot(f->l->locks, name);
    const Ast *first = *slot;
    if (!first)
        *slot = (void *)lock;
    if (!first || first->lock.places == lock->lock.places)
        return;
    Diag *m = diag_add(f->l->diags, DIAG_E0447, lock->at, "the lock %s has %lld place%s here, and %lld elsewhere", name,
                       (long long)lock->lock.places, lock->lock.places == 1 ? "" : "s", (long long)first->lock.places);
    diag_hint(f->l->diags, m, "say the same number in both; without `of` it is 1");
    lower_first(f->l, m, first->at);
}

static bool check_held(Flow *f, const Ast *lock, const char *name)
{
    const Held *held = f->held;
    while (held && strcmp(held->name, name) != 0)
        held = held->around;
    if (!held)
        return false;
    Diag *m =
        diag_add(f->l->diags, DIAG_E0448, lock->at, "this case holds %s already, and would wait for itself", name);
    diag_hint(f->l->diags, m, "take the inner `lock` away");
    lower_first(f->l, m, held->at);
    return true;
}

/* One lock inside another, where that was seen first, and what was held around both. */
typedef struct Order {
    Span at;
    const Held *around;
    bool told;
} Order;

/* What is held lives no longer than its block. */
static const Held *kept(Lower *l, const Held *held)
{
    Held *copy = held ? ARENA_NEW(l->arena, Held) : NULL;
    if (copy)
        *copy = (Held){held->name, held->at, kept(l, held->around)};
    return copy;
}

static bool holds(const Held *held, const char *name)
{
    while (held && strcmp(held->name, name) != 0)
        held = held->around;
    return held != NULL;
}

/* A lock is taken where others are held, by the process itself or, where `called` says which, by one that it waits
 * for. Elsewhere they are taken in the other order, and not both inside a third lock, which would let only one of
 * them come so far? */
static void check_order(Lower *l, const Held *held, const char *name, Span at, const char *called)
{
    if (!l->lock_orders)
        l->lock_orders = map_new(l->arena);
    for (const Held *outer = held; outer; outer = outer->around) {
        void **own = map_slot(l->lock_orders, arena_printf(l->arena, "%s\n%s", outer->name, name));
        Order *order = *own, *other = map_get(l->lock_orders, arena_printf(l->arena, "%s\n%s", name, outer->name));
        bool guarded = false;
        for (const Held *h = other ? outer->around : NULL; h; h = h->around)
            guarded |= holds(other->around, h->name);
        if (!order)
            *own = order = ARENA_NEW(l->arena, Order), *order = (Order){at, kept(l, outer->around), false};
        if (!other || guarded || other->told)
            continue;
        order->told = other->told = true;
        const char *by = called ? arena_printf(l->arena, " by %s", called) : "";
        Diag *m = diag_add(l->diags, DIAG_W0460, at, "%s is taken%s inside %s here, and the other way round elsewhere: "
                           "two cases can wait for each other for ever", name, by, outer->name);
        diag_hint(l->diags, m, "take locks in the same order everywhere: %s inside %s, as there", outer->name, name);
        lower_first(l, m, other->at);
    }
}

/* ---- locks of the processes that are called --------------------------------------------------- */

void lock_called(Flow *f, const Sym *process, Span at)
{
    const Heir *heir = diags_inherits(f->l->diags, at);
    *VEC_PUSH(f->l->arena, &f->l->calls) = (Called){f->process, process, kept(f->l, f->held), at, heir};
}

/* Who waits for a process that takes a lock which he holds himself waits for ever. */
static bool check_called(Lower *l, const Called *call, const Taken *taken)
{
    const Held *held = call->held;
    while (held && strcmp(held->name, taken->name) != 0)
        held = held->around;
    if (!held || taken->places > 1)
        return held != NULL;
    Diag *m = diag_add(l->diags, DIAG_E0448, call->at, "%s takes the lock %s, which is held here until %s has ended",
                       taken->process->name, taken->name, call->process->name);
    diag_hint(l->diags, m, "call it outside the `lock`, or take one of the two locks away");
    lower_first(l, m, taken->at);
    return true;
}

/* By process: its first call and lock, and by those the next one, counted from 1; 0 ends. */
typedef struct Following {
    Lower *l;
    uint32_t *first_call, *next_call, *first_taken, *next_taken;
    uint32_t *seen;                    /* by process: the last call that came to it, counted from 1 */
    VEC(const Sym *) open;
} Following;

static Following following(Lower *l)
{
    uint32_t n = l->syms[SYM_PROCESS].n;
    Following to = {.l = l,
                    .first_call = ARENA_ARRAY(l->arena, uint32_t, n),
                    .first_taken = ARENA_ARRAY(l->arena, uint32_t, n),
                    .next_call = ARENA_ARRAY(l->arena, uint32_t, l->calls.n + 1),
                    .next_taken = ARENA_ARRAY(l->arena, uint32_t, l->taken.n + 1),
                    .seen = ARENA_ARRAY(l->arena, uint32_t, n)};
    for (uint32_t i = l->calls.n; i > 0; i--) {
        uint32_t *first = &to.first_call[l->calls.items[i - 1].from->index];
        to.next_call[i] = *first, *first = i;
    }
    for (uint32_t i = l->taken.n; i > 0; i--) {
        uint32_t *first = &to.first_taken[l->taken.items[i - 1].process->index];
        to.next_taken[i] = *first, *first = i;
    }
    return to;
}

static void come_to(Following *to, uint32_t call, const Sym *process)
{
    if (to->seen[process->index] == call)
        return;
    to->seen[process->index] = call;
    *VEC_PUSH(to->l->arena, &to->open) = process;
}

/* All that is taken where a call (counted from 1) leads to, through however many others. */
static void follow(Following *to, uint32_t call)
{
    Lower *l = to->l;
    const Called *from = &l->calls.items[call - 1];
    come_to(to, call, from->process);
    while (to->open.n) {
        const Sym *process = to->open.items[--to->open.n];
        for (uint32_t i = to->first_taken[process->index]; i; i = to->next_taken[i]) {
            const Taken *taken = &l->taken.items[i - 1];
            if (!check_called(l, from, taken))
                check_order(l, from->held, taken->name, from->at, process->name);
        }
        for (uint32_t i = to->first_call[process->index]; i; i = to->next_call[i])
            come_to(to, call, l->calls.items[i - 1].process);
    }
}

void lower_locks(Lower *l)
{
    if (!l->taken.n || !l->calls.n)
        return;
    Following to = following(l);
    for (uint32_t i = 1; i <= l->calls.n; i++) {
        const Called *call = &l->calls.items[i - 1];
        diags_heir(l->diags, call->heir);
        if (call->held)
            follow(&to, i);
    }
    diags_heir(l->diags, NULL);
}

/* ---- one lock ----------------------------------------------------------------------------------- */

void flow_lock(Flow *f, const Ast *ast)
{
    const Ast *what = ast->lock.what;
    uint32_t node = flow_begin(f, IRN_LOCK, ast->at, NULL);
    const char *fixed = what->kind == AST_BAD ? NULL : fixed_name(f, what);
    if (what->kind == AST_BAD)
        f->broken = true;
    else if (fixed)
        near_variable(f, what);
    Code code = lock_name(f, what, fixed);
    f->nodes.items[node].a = code;
    f->nodes.items[node].b = (uint32_t)ast->lock.places;
    Held held = {fixed, ast->at, f->held};
    if (fixed && !check_held(f, ast, fixed)) {
        check_places(f, ast, fixed);
        check_order(f->l, f->held, fixed, ast->at, NULL);
        *VEC_PUSH(f->l->arena, &f->l->taken) = (Taken){f->process, fixed, ast->lock.places, ast->at};
        f->held = &held;
    }
    (void)flow_list(f, ast->lock.items, ast->at);
    f->held = held.around;
    flow_end(f, node);
}
