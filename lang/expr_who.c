/* expr_who.c -- who may do a step: roles, persons, and those whom they exclude.
 *
 * A name, bare or in quotes, is a role, a variable that holds a person, or a
 * person who is declared or in a role, in this order. A person known only from
 * data comes from there: in a field or a variable.
 */
#include "lang/expr_private.h"

#include <string.h>

typedef struct Who {
    Expr *x;
    const char *role;                  /* the first that is named */
    bool shared;                       /* others join this rule: whom it leaves out must be left out of it only */
    bool needed;                       /* it is a step's: where it means nobody, the step waits for ever */
} Who;

static void who(Who *w, const Ast *e);

static void nobody(Who *w, const Ast *e, const char *word)
{
    Expr *x = w->x;
    Diags *d = expr_diags(x);
    const Map *maps[] = {x->symbols->of[SYM_ROLE], x->symbols->of[SYM_PERSON], x->symbols->people};
    if (diags_lost_thing(d, word) || diags_lost_value(d, word)) {
        unit_emit(x->unit, IR_LIST, 0);
        return;
    }
    bool many = diags_errors(d) > EXPR_MANY_ERRORS;
    VEC(const char *) known = {0};
    for (size_t k = 0; k < sizeof maps / sizeof *maps; k++)
        for (uint32_t i = 0; !many && maps[k] && i < map_count(maps[k]); i++)
            *VEC_PUSH(expr_arena(x), &known) = symbols_seen(x->prefix, map_key(maps[k], i, NULL));
    Diag *m = diag_missing(d, x->symbols, word, DIAG_E0202, e->at, "there is no role, person or variable `%s`", word);
    if (!diag_nearest_name(d, m, word, known.items, known.n)) {
        const char *dot = strrchr(word, '.');
        diag_hint(d, m, "declare it%s: role %s < people ... >", dot ? " in that module" : "", dot ? dot + 1 : word);
    }
    unit_emit(x->unit, IR_LIST, 0);
}

/* "Step".person is none where nobody did the step: that is told with all that is known of who did what. */
static bool is_doer(const Expr *x)
{
    IrUnit u;
    unit_finish(x->unit, &u);
    return IR_INSTRUCTION_OP(u.code[u.code_n - 1]) == IR_STEP_ATTR;
}

/* A value that says who: a person, or a list of them. Beside others, or left out, it may be nobody. */
static void value(Who *w, const Ast *e)
{
    Expr *x = w->x;
    Diags *d = expr_diags(x);
    const Type *t = expr_walk(x, e, type_simple(TYPE_PERSON));
    if (t->optional && w->needed && !w->shared && !is_doer(x)) t = expr_plain(x, e, t, "then nobody can do this");
    const Type *one = t->kind == TYPE_LIST ? t->of : t;
    unit_emit(x->unit, IR_PERSON, 0);
    if (one->kind == TYPE_PERSON || one->kind == TYPE_UNKNOWN) return;
    Diag *m = diag_add(d, DIAG_E0302, e->at, "wanted a role or a person, found %s", expr_shown(x, t));
    if (one->kind == TYPE_RECORD)
        diag_hint(d, m, "name the field of it that holds the person");
    else if (one->kind == TYPE_TEXT)
        diag_hint(d, m, "say where it is declared that it holds %s: `person` instead of `text`",
                  t->kind == TYPE_LIST ? "people" : "one");
    else
        diag_hint(d, m, "name a role, a person, did(\"Step\"), or a value of type person");
}

static void role(Who *w, Sym *sym)
{
    sym->used = true;
    if (!w->role) w->role = sym->name;
    unit_emit(w->x->unit, IR_ROLE, unit_name(w->x->unit, sym->name));
}

static void person(Who *w, const char *id)
{
    expr_const(w->x, value_person(id));
    unit_emit(w->x->unit, IR_PERSON, 0);
}

static void named(Who *w, const Ast *e, const char *word)
{
    Expr *x = w->x;
    Binding *b = x->find ? x->find(x->self, word) : NULL;
    Sym *sym = symbols_find(x->symbols, SYM_ROLE, x->prefix, word);
    if (b && !*b->name)
        b = NULL; /* a stand-in for what a line with a mistake may have declared: seldom a person */
    if (sym) {
        role(w, sym);
    } else if (b && e->kind == AST_NAME) {
        value(w, e);
    } else if ((sym = symbols_find(x->symbols, SYM_PERSON, x->prefix, word))) {
        sym->used = true;
        person(w, sym->name);
    } else if (x->symbols->people && map_get(x->symbols->people, word)) {
        person(w, word);
    } else {
        nobody(w, e, word);
    }
}

/* "alias.Sales": a module's role or person. */
static bool of_module(Who *w, const Ast *e)
{
    Expr *x = w->x;
    const char *name = expr_of_module(x, e);
    if (!name) return false;
    Sym *sym = symbols_find(x->symbols, SYM_ROLE, x->prefix, name);
    bool read = symbols_module(x->symbols, x->prefix, ast_root(e)->name.name.text) == MODULE_READ;
    if (sym) role(w, sym);
    else if (read && !symbols_find(x->symbols, SYM_PERSON, x->prefix, name)) nobody(w, e, name);
    else return false;
    return true;
}

/* Only who is named before `except` has the step: its role's calendar and cost hold. */
static void except(Who *w, const Ast *e)
{
    bool shared = w->shared;
    w->shared = false;
    who(w, e->who_except.who);
    const char *kept = w->role;
    for (const Ast *without = e->who_except.without; without; without = without->next) {
        w->shared = true;
        who(w, without);
        unit_emit(w->x->unit, IR_WHO_EXCEPT, 0);
    }
    if (shared) unit_emit(w->x->unit, IR_WHO_GROUP, 0);
    w->shared = shared;
    w->role = kept;
}

static void both(Who *w, const Ast *e)
{
    bool shared = w->shared;
    w->shared = true;
    who(w, e->who_or.left);
    who(w, e->who_or.right);
    unit_emit(w->x->unit, IR_WHO_OR, 0);
    w->shared = shared;
}

/* What stands between brackets in the value is a rule of its own already. */
static void enclosed(Who *w, const Ast *of, IrOp op, uint32_t operand)
{
    bool shared = w->shared;
    w->shared = false;
    who(w, of);
    unit_emit(w->x->unit, op, operand);
    w->shared = shared;
}

static void count(Who *w, const Ast *e)
{
    Diags *d = expr_diags(w->x);
    int64_t n = e->who_count.n;
    if (n > WHO_MOST_PEOPLE) {
        Diag *m = diag_add(d, DIAG_E0522, e->at, "at most %d people can be wanted for one step", WHO_MOST_PEOPLE);
        diag_hint(d, m, "write any 2 of Board, or 3 of Panel");
        n = WHO_MOST_PEOPLE;
    }
    enclosed(w, e->who_count.of, e->who_count.any ? IR_WHO_ANY : IR_WHO_APART, (uint32_t)n);
}

/* A role's manager works as the role that it reports to. */
static void manager(Who *w, const Ast *e)
{
    const char *before = w->role;
    w->role = NULL;
    enclosed(w, e->who_manager.of, IR_WHO_MANAGERS, 0);
    const Sym *sym = w->role ? map_get(w->x->symbols->of[SYM_ROLE], w->role) : NULL;
    const char *above = sym ? w->x->symbols->program->roles[sym->index].reports_to : NULL;
    w->role = before ? before : above;
}

/* Nobody is trained as such: the process in which the rule stands, or of which a check speaks, says for what. */
static void trained(Who *w, const Ast *e)
{
    const Sym *process = w->x->process;
    if (!process) {
        Diag *m = diag_add(expr_diags(w->x), DIAG_E0498, e->at,
                           "people are trained for a process, and this line has none");
        diag_hint(expr_diags(w->x), m, "name a role or a person, without `trained`");
    }
    enclosed(w, e->who_trained.of, IR_WHO_TRAINED, unit_name(w->x->unit, process ? process->name : ""));
}

static void choose(Who *w, const Ast *e)
{
    Expr *x = w->x;
    Narrowed yes = {0}, no = {0};
    expr_deciding(x, e->who_if.condition, "whoever stands behind `else` never has it",
                  "whoever stands behind `then` never has it");
    uint32_t unless = unit_here(x->unit);
    unit_emit(x->unit, IR_UNLESS, 0);
    expr_assume(x, e->who_if.condition, true, &yes);
    who(w, e->who_if.then);
    expr_forget(&yes);
    uint32_t jump = unit_here(x->unit);
    unit_emit(x->unit, IR_JUMP, 0);
    unit_patch(x->unit, unless, unit_here(x->unit));
    expr_assume(x, e->who_if.condition, false, &no);
    who(w, e->who_if.otherwise);
    expr_forget(&no);
    unit_patch(x->unit, jump, unit_here(x->unit));
}

static void who(Who *w, const Ast *e)
{
    switch ((int)e->kind) {
    case AST_WHO_OR: both(w, e); break;
    case AST_WHO_EXCEPT: except(w, e); break;
    case AST_WHO_COUNT: count(w, e); break;
    case AST_WHO_MANAGER: manager(w, e); break;
    case AST_WHO_TRAINED: trained(w, e); break;
    case AST_WHO_TURN: enclosed(w, e->who_turn.of, IR_WHO_TURN, 0); break;
    case AST_WHO_IF: choose(w, e); break;
    case AST_NAME: named(w, e, e->name.name.text); break;
    case AST_MEMBER:
        if (!of_module(w, e)) value(w, e);
        break;
    case AST_LITERAL:
        if (expr_is_text(e)) named(w, e, e->literal.value.text);
        else value(w, e);
        break;
    case AST_BAD: unit_emit(w->x->unit, IR_LIST, 0); break;
    default: value(w, e);              /* did("Step"), a row's field ... */
    }
}

/* ---- persons that are asked for ------------------------------------------------------------- */

static bool is_person(const Symbols *s, const char *name)
{
    return map_get(s->of[SYM_PERSON], name) || map_get(s->people, name);
}

static bool rule_names_all(Expr *x, const Ast *e)
{
    switch ((int)e->kind) {
    case AST_WHO_OR: return rule_names_all(x, e->who_or.left) && rule_names_all(x, e->who_or.right);
    case AST_WHO_IF: return rule_names_all(x, e->who_if.then) && rule_names_all(x, e->who_if.otherwise);
    case AST_WHO_EXCEPT: return rule_names_all(x, e->who_except.who);
    case AST_WHO_COUNT: return rule_names_all(x, e->who_count.of);
    case AST_WHO_TURN: return rule_names_all(x, e->who_turn.of);
    case AST_WHO_TRAINED: return rule_names_all(x, e->who_trained.of);
    case AST_NAME:
        return symbols_find(x->symbols, SYM_ROLE, x->prefix, e->name.name.text) ||
               is_person(x->symbols, e->name.name.text);
    default: return false;
    }
}

/* Is it who did a step that only people may do whom the file names? */
static bool is_named_doer(Expr *x, const Ast *e)
{
    const Ast *of = e->kind == AST_MEMBER ? e->member.of : NULL;
    const char *name = e->kind == AST_WHO_DID           ? e->who_did.step.text
                       : of && of->kind == AST_NAME     ? of->name.name.text
                       : of && expr_is_text(of)         ? of->literal.value.text
                                                        : NULL;
    const Ast *step = name && x->process && !x->process->any_step ? map_get(x->process->steps, name) : NULL;
    for (const Ast *item = step && step->kind == AST_STEP ? step->step.items : NULL; item; item = item->next)
        if (item->kind == AST_PROP && item->prop.word == K_WHO && item->prop.value)
            return rule_names_all(x, item->prop.value);
    return false;
}

void expr_person(Expr *x, const Ast *text, const Ast *with)
{
    const Symbols *s = x->symbols;
    Diags *d = expr_diags(x);
    const char *name = expr_is_text(text) ? text->literal.value.text : NULL;
    bool unsure = !name || !s->people || diags_errors(d) > EXPR_MANY_ERRORS;
    if (unsure || is_person(s, name) || symbols_lost_person(s, x->prefix, name)) return;
    const Map *maps[] = {s->of[SYM_PERSON], s->people};
    VEC(const char *) known = {0};
    for (size_t k = 0; k < sizeof maps / sizeof *maps; k++)
        for (uint32_t i = 0; i < map_count(maps[k]); i++)
            *VEC_PUSH(expr_arena(x), &known) = map_key(maps[k], i, NULL);
    if (!text_nearest(name, known.items, known.n) && !is_named_doer(x, with)) return;
    Diag *m = diag_add(d, DIAG_W0468, text->at, "nobody here is called \"%s\"", name);
    if (!diag_nearest(d, m, name, known.items, known.n))
        diag_hint(d, m, "name somebody who is in a role, or declare the person: person %s", name);
}

Code expr_who(Expr *x, const Ast *e, const char **role_named)
{
    expr_begin(x, e);
    Who w = {.x = x, .needed = role_named && x->place == EXPR_FLOW};
    Code code = unit_here(x->unit);
    who(&w, e);
    expr_end(x, e, code);
    if (role_named) *role_named = w.role;
    return code;
}
