/* lower_lock.c -- `lock oven <`: so many cases at once, in the whole store.
 *
 * A lock is known by its name alone, nothing declares it: a bare word that is no variable is the
 * name itself. So what cannot be meant is told: a name that is nearly a variable's, two different
 * numbers of places, and a lock inside itself, which waits for ever. So do two cases that each
 * hold what the other wants next: locks are taken in one order everywhere.
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

/* Taken elsewhere in the other order, and not both in a third lock, which would let only one of them come so far. */
static void check_order(Flow *f, const Ast *lock, const char *name)
{
    Lower *l = f->l;
    if (!l->lock_orders)
        l->lock_orders = map_new(l->arena);
    for (const Held *outer = f->held; outer; outer = outer->around) {
        void **own = map_slot(l->lock_orders, arena_printf(l->arena, "%s\n%s", outer->name, name));
        Order *order = *own, *other = map_get(l->lock_orders, arena_printf(l->arena, "%s\n%s", name, outer->name));
        bool guarded = false;
        for (const Held *h = other ? outer->around : NULL; h; h = h->around)
            guarded |= holds(other->around, h->name);
        if (!order)
            *own = order = ARENA_NEW(l->arena, Order), *order = (Order){lock->at, kept(l, outer->around), false};
        if (!other || guarded || other->told)
            continue;
        order->told = other->told = true;
        Diag *m = diag_add(l->diags, DIAG_W0460, lock->at,
                           "%s is taken inside %s here, and the other way round elsewhere: two cases can wait for each "
                           "other for ever", name, outer->name);
        diag_hint(l->diags, m, "take locks in the same order everywhere: %s inside %s, as there", outer->name, name);
        lower_first(l, m, other->at);
    }
}

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
        check_order(f, ast, fixed);
        f->held = &held;
    }
    (void)flow_list(f, ast->lock.items, ast->at);
    f->held = held.around;
    flow_end(f, node);
}
