/* expr_logic.c -- conditions: and, or, if ... then ... else, and what they prove.
 *
 * A condition may prove that a variable, or a field of one, is there
 * (`m is not none and m > 3`); what is read under it sees it without its
 * `or none`.
 */
#include "lang/expr_private.h"

#include <string.h>

bool expr_boolean(Expr *x, const Ast *e)
{
    Diags *d = expr_diags(x);
    const Type *t = expr_walk(x, e, type_simple(TYPE_BOOLEAN));
    if (t->kind == TYPE_UNKNOWN) return true;
    t = expr_plain(x, e, t, "yes or no is wanted");
    if (t->kind == TYPE_BOOLEAN || t->kind == TYPE_UNKNOWN) return true;
    Diag *m = expr_misfit(x, e, "yes or no", t);
    if (expr_is_numeric(t) || t->kind == TYPE_MONEY || t->kind == TYPE_DURATION)
        diag_hint(d, m, "compare it with something: ... > %s",
                  t->kind == TYPE_MONEY      ? "$0"
                  : t->kind == TYPE_DURATION ? "1 h"
                                             : "0");
    else if (t->kind == TYPE_LIST)
        diag_hint(d, m, "ask how long it is: length(list) > 0");
    else
        diag_hint(d, m, "compare it with something: ... is ...");
    return false;
}

/* ---- what a condition proves -------------------------------------------------------- */

static bool literal_elements(Expr *x, const Ast *list);

/* Is the value of e there, whatever happens? */
static bool is_there(Expr *x, const Ast *e)
{
    if (e->kind == AST_LITERAL || e->kind == AST_BUSINESS) return !expr_is_none(e);
    if (e->kind == AST_NAME && expr_is_dim(x, e)) return true;             /* a choice, or a person */
    if (e->kind == AST_BINARY || e->kind == AST_UNARY || e->kind == AST_TEMPLATE) return true;
    const Type *t = expr_light(x, e);
    return t && !t->optional && t->kind != TYPE_NONE;
}

static bool literal_elements(Expr *x, const Ast *list)
{
    if (list->kind != AST_LIST) {
        const Type *t = expr_light(x, list);
        return t && t->kind == TYPE_LIST && !t->of->optional;
    }
    for (const Ast *item = list->list.items; item; item = item->next)
        if (!is_there(x, item)) return false;
    return true;
}

/* The variable or field that a comparison proves to be there when it holds or fails. */
static const Ast *proven(Expr *x, const Ast *c, bool holds)
{
    const Ast *a = c->binary.a, *b = c->binary.b;
    bool is = c->binary.op == K_IS, is_not = c->binary.op == ISNOT;
    if (expr_is_none(a) && (is || is_not)) {
        a = c->binary.b;
        b = c->binary.a;
    }
    if (a->kind != AST_NAME && a->kind != AST_MEMBER) return NULL;
    if (expr_is_none(b)) return is_not == holds && (is || is_not) ? a : NULL;
    if (is || is_not) return is == holds && is_there(x, b) ? a : NULL;     /* it is what is there */
    return c->binary.op == K_IN && holds && literal_elements(x, b) ? a : NULL;
}

void expr_narrow(Expr *x, const Ast *c, bool holds, void (*narrow)(void *self, Binding *b), void *self)
{
    expr_begin(x, c);
    for (;;) {
        while (c->kind == AST_UNARY && c->unary.op == K_NOT) {
            c = c->unary.a;
            holds = !holds;
        }
        if (c->kind != AST_BINARY) return;
        if (c->binary.op != K_AND && c->binary.op != K_OR) break;
        if (holds != (c->binary.op == K_AND)) return;      /* one of the two, nobody knows which */
        expr_narrow(x, c->binary.b, holds, narrow, self);
        c = c->binary.a;
    }
    /* Whose field is there is there too. */
    for (const Ast *e = x->find ? proven(x, c, holds) : NULL; e;
         e = e->kind == AST_MEMBER ? e->member.of : NULL) {
        Binding *b = expr_place(x, e, true);
        if (b) narrow(self, b);
    }
}

static void note(void *self, Binding *b)
{
    Narrowed *n = self;
    if (b->narrowed) return;
    b->narrowed = true;
    *VEC_PUSH(n->arena, &n->items) = b;
}

void expr_assume(Expr *x, const Ast *condition, bool holds, Narrowed *n)
{
    n->arena = expr_arena(x);
    expr_narrow(x, condition, holds, note, n);
}

void expr_forget(Narrowed *n)
{
    for (uint32_t i = 0; i < n->items.n; i++) n->items.items[i]->narrowed = false;
    n->items.n = 0;
}

/* ---- and, or ------------------------------------------------------------------------ */

typedef VEC(const Ast *) Operands;

/* a and b and c, from the left. */
static void operands(Expr *x, const Ast *e, Operands *all)
{
    Word op = e->binary.op;
    for (; e->kind == AST_BINARY && e->binary.op == op; e = e->binary.a)
        *VEC_PUSH(expr_arena(x), all) = e->binary.b;
    *VEC_PUSH(expr_arena(x), all) = e;
    for (uint32_t i = 0; i < all->n / 2; i++) {
        const Ast *swap = all->items[i];
        all->items[i] = all->items[all->n - 1 - i];
        all->items[all->n - 1 - i] = swap;
    }
}

/* `source is web or referral`: the comparison that a value standing alone behind it was meant for. */
static const Ast *meant_for(const Ast *e)
{
    while (e->kind == AST_BINARY && (e->binary.op == K_AND || e->binary.op == K_OR)) e = e->binary.b;
    bool compares = e->kind == AST_BINARY && (e->binary.op == K_IS || e->binary.op == ISNOT);
    return compares && !expr_is_none(e->binary.b) ? e : NULL;
}

static bool is_stray(Expr *x, const Ast *e)
{
    if (e->kind == AST_LITERAL) return e->literal.value.type != V_BOOLEAN && e->literal.value.type != V_NONE;
    return e->kind == AST_NAME && !expr_knows(x, e->name.name.text);
}

/* Reports the strays from i on, once; returns how many there are. */
static uint32_t strays(Expr *x, const Operands *all, uint32_t i)
{
    const Ast *compared = i ? meant_for(all->items[i - 1]) : NULL;
    uint32_t n = 0;
    Buf list = {0};
    while (compared && i + n < all->n && is_stray(x, all->items[i + n])) {
        buf_printf(&list, ", %s", expr_source(x, all->items[i + n]));
        n++;
    }
    if (n) {
        Diags *d = expr_diags(x);
        Span at = {all->items[i]->at.from, all->items[i + n - 1]->at.to};
        Diag *m = diag_add(d, DIAG_E0308, at, "`%s` is no condition of its own", expr_source(x, all->items[i]));
        diag_hint(d, m, "say: %s [%s%s]", compared->binary.op == K_IS ? "in" : "not in",
                  expr_source(x, compared->binary.b), buf_text(&list));
    }
    buf_free(&list);
    return n;
}

const Type *expr_logic(Expr *x, const Ast *e)
{
    bool is_and = e->binary.op == K_AND;
    Operands all = {0};
    Narrowed proved = {0};
    operands(x, e, &all);
    bool unsure = x->unsure;
    uint32_t errors = diags_errors(expr_diags(x));
    bool fits = expr_boolean(x, all.items[0]);
    for (uint32_t i = 1; i < all.n; i++) {
        i += strays(x, &all, i);
        if (i >= all.n) break;
        uint32_t at = unit_here(x->unit);
        unit_emit(x->unit, is_and ? IR_AND : IR_OR, 0);
        expr_assume(x, all.items[i - 1], is_and, &proved);
        x->unsure |= diags_errors(expr_diags(x)) > errors;         /* what it asks for is not known */
        if (!fits) diags_mute(expr_diags(x), all.items[i]->at);    /* `and` was meant to be something else */
        fits &= expr_boolean(x, all.items[i]);
        unit_patch(x->unit, at, unit_here(x->unit));
    }
    expr_forget(&proved);
    x->unsure = unsure;
    return fits ? type_simple(TYPE_BOOLEAN) : expr_wrong();
}

/* ---- if a then b else c ------------------------------------------------------------- */

static const Type *differ(Expr *x, const Ast *e, const Type *a, const Type *b)
{
    Diag *m = diag_add(expr_diags(x), DIAG_E0302, e->at,
                       "both ways must give the same: %s behind `then`, %s behind `else`", expr_shown(x, a),
                       expr_shown(x, b));
    diag_hint(expr_diags(x), m, "give both one type; where there is nothing, write none");
    return expr_wrong();
}

const Type *expr_conditional(Expr *x, const Ast *e, const Type *hint)
{
    const Ast *then = e->conditional.then, *otherwise = e->conditional.otherwise;
    Narrowed yes = {0}, no = {0};
    expr_deciding(x, e->conditional.condition, "what stands behind `else` is never taken",
                  "what stands behind `then` is never taken");
    uint32_t unless = unit_here(x->unit);
    unit_emit(x->unit, IR_UNLESS, 0);
    expr_assume(x, e->conditional.condition, true, &yes);
    const Type *light = hint ? hint : expr_is_dim(x, then) ? expr_light(x, otherwise) : NULL;
    const Type *a = expr_walk(x, then, light);
    expr_forget(&yes);
    uint32_t jump = unit_here(x->unit);
    unit_emit(x->unit, IR_JUMP, 0);
    unit_patch(x->unit, unless, unit_here(x->unit));
    expr_assume(x, e->conditional.condition, false, &no);
    const Type *b = expr_walk(x, otherwise, hint ? hint : a->kind == TYPE_NONE ? NULL : a);
    expr_forget(&no);
    unit_patch(x->unit, jump, unit_here(x->unit));
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return expr_wrong();
    const Type *joined = type_join(expr_arena(x), a, b);
    return joined ? joined : differ(x, otherwise, a, b);
}
