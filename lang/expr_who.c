/* expr_who.c -- who may do a step: roles, persons, and those whom they exclude.
 *
 * A bare name is a role, a declared person, or a variable that holds one, in
 * this order; a text is a person's id.
 */
#include "lang/expr_private.h"

#include <string.h>

typedef struct Who { Expr *x; const char *role; bool first; } Who;

static void who(Who *w, const Ast *e);

static bool nobody(Who *w, const Ast *e, const char *word)
{
    Expr *x = w->x;
    const Map *roles = x->symbols->of[SYM_ROLE], *persons = x->symbols->of[SYM_PERSON];
    uint32_t n = 0, all = map_count(roles) + map_count(persons);
    const char **names = ARENA_ARRAY(expr_arena(x), const char *, all + 1);
    for (uint32_t i = 0; i < map_count(roles); i++) names[n++] = map_key(roles, i, NULL);
    for (uint32_t i = 0; i < map_count(persons); i++) names[n++] = map_key(persons, i, NULL);
    Diag *m = diag_add(expr_diags(x), DIAG_E0202, e->at, "there is no role, person or variable `%s`", word);
    if (!diag_nearest(expr_diags(x), m, word, names, n)) diag_hint(expr_diags(x), m, "declare it: role %s < people ... >", word);
    return false;
}

/* A value that says who: a person, a text, or a list of them. */
static void value(Who *w, const Ast *e)
{
    Expr *x = w->x;
    const Type *t = expr_walk(x, e, type_simple(TYPE_PERSON)), *one = t->kind == TYPE_LIST ? t->of : t;
    unit_emit(x->unit, IR_PERSON, 0);
    if (one->kind != TYPE_PERSON && one->kind != TYPE_TEXT && one->kind != TYPE_UNKNOWN)
        diag_add(expr_diags(x), DIAG_E0302, e->at, "wanted a role or a person, found %s", type_text(expr_arena(x), t));
}

static void named(Who *w, const Ast *e)
{
    Expr *x = w->x;
    const char *word = e->name.name.text;
    Binding *b = x->find ? x->find(x->self, word) : NULL;
    Sym *sym = symbols_find(x->symbols, SYM_ROLE, x->prefix, word);
    if (b && !*b->name) b = NULL;      /* a stand-in for what a line with a mistake may have declared: seldom a person */
    if (sym) {
        sym->used = true;
        if (!w->role) w->role = sym->name;
        unit_emit(x->unit, IR_ROLE, unit_name(x->unit, sym->name));
    } else if (b) {
        value(w, e);
    } else if ((sym = symbols_find(x->symbols, SYM_PERSON, x->prefix, word))) {
        expr_const(x, value_person(sym->name));
        unit_emit(x->unit, IR_PERSON, 0);
    } else {
        nobody(w, e, word);
        unit_emit(x->unit, IR_LIST, 0);
    }
}

/* "alias.Sales": a module's role. */
static bool module_role(Who *w, const Ast *e)
{
    Expr *x = w->x;
    if (e->member.of->kind != AST_NAME || (x->find && x->find(x->self, e->member.of->name.name.text))) return false;
    const char *name = arena_printf(expr_arena(x), "%s.%s", e->member.of->name.name.text, e->member.name.text);
    Sym *sym = symbols_find(x->symbols, SYM_ROLE, x->prefix, name);
    if (!sym) return false;
    if (!w->role) w->role = sym->name;
    unit_emit(x->unit, IR_ROLE, unit_name(x->unit, sym->name));
    return true;
}

static void except(Who *w, const Ast *e)
{
    const char *role = NULL;
    who(w, e->who_except.who);
    role = w->role;
    for (const Ast *without = e->who_except.without; without; without = without->next) {
        who(w, without);
        unit_emit(w->x->unit, IR_WHO_EXCEPT, 0);
    }
    w->role = role;
}

static void choose(Who *w, const Ast *e)
{
    Expr *x = w->x;
    expr_boolean(x, e->who_if.condition);
    uint32_t unless = unit_here(x->unit);
    unit_emit(x->unit, IR_UNLESS, 0);
    who(w, e->who_if.then);
    uint32_t jump = unit_here(x->unit);
    unit_emit(x->unit, IR_JUMP, 0);
    unit_patch(x->unit, unless, unit_here(x->unit));
    who(w, e->who_if.otherwise);
    unit_patch(x->unit, jump, unit_here(x->unit));
}

static void who(Who *w, const Ast *e)
{
    Expr *x = w->x;
    switch (e->kind) {
    case AST_WHO_OR:
        who(w, e->who_or.left);
        who(w, e->who_or.right);
        unit_emit(x->unit, IR_WHO_OR, 0);
        break;
    case AST_WHO_EXCEPT: except(w, e); break;
    case AST_WHO_IF: choose(w, e); break;
    case AST_NAME: named(w, e); break;
    case AST_MEMBER:
        if (!module_role(w, e)) value(w, e);
        break;
    case AST_LITERAL:
        if (e->literal.value.type == V_TEXT) {
            Sym *role = symbols_find(x->symbols, SYM_ROLE, x->prefix, e->literal.value.text);
            if (role) {
                if (!w->role) w->role = role->name;
                unit_emit(x->unit, IR_ROLE, unit_name(x->unit, role->name));
            } else {
                expr_const(x, value_person(e->literal.value.text));
                unit_emit(x->unit, IR_PERSON, 0);
            }
            break;
        }
        value(w, e);
        break;
    case AST_LATER:
        diag_add(expr_diags(x), DIAG_E0901, e->at, "`%s` is not supported yet", e->later.what);
        unit_emit(x->unit, IR_LIST, 0);
        break;
    case AST_BAD: unit_emit(x->unit, IR_LIST, 0); break;
    default: value(w, e);
    }
}

Code expr_who(Expr *x, const Ast *e, const char **role)
{
    Who w = {.x = x};
    Code code = unit_here(x->unit);
    who(&w, e);
    unit_emit(x->unit, IR_END, 0);
    if (role) *role = w.role;
    return code;
}
