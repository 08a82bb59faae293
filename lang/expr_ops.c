/* expr_ops.c -- operators, functions, conditions: what goes together, and what comes out. */
#include "lang/expr_private.h"

#include <regex.h>
#include <string.h>

static const char *shown(Expr *x, const Type *t) { return type_text(expr_arena(x), t); }

static const char *sign_of(Word op) { return word_text(op); }

static const Type *cannot(Expr *x, const Ast *e, const Type *a, const Type *b)
{
    Diags *d = expr_diags(x);
    Word op = e->binary.op;
    Diag *m;
    if (a->kind == TYPE_MONEY && b->kind == TYPE_MONEY) {
        char one[4], two[4];
        currency_unpack(a->currency, one);
        currency_unpack(b->currency, two);
        m = diag_add(d, DIAG_E0305, e->at, "%s and %s do not go together with `%s`: amounts of two currencies", one, two, sign_of(op));
        diag_hint(d, m, "keep them apart, or turn one into the other with a rate of your own: it is a number");
    } else {
        m = diag_add(d, DIAG_E0305, e->at, "%s and %s do not go together with `%s`", shown(x, a), shown(x, b), sign_of(op));
        if (a->kind == TYPE_DURATION && b->kind == TYPE_DURATION)
            diag_hint(d, m, "real time, business time and months are kept apart: compare moments instead, or use one kind");
        if (op == '+' && (a->kind == TYPE_TEXT || b->kind == TYPE_TEXT)) diag_hint(d, m, "write the value into the text: \"... ${value} ...\"");
    }
    return expr_wrong();
}

/* ---- arithmetic -------------------------------------------------------------------- */

static bool numeric(const Type *t) { return t->kind == TYPE_NUMBER || t->kind == TYPE_PERCENT; }
static bool texty(const Type *t) { return t->kind == TYPE_TEXT || t->kind == TYPE_CHOICE || t->kind == TYPE_FILE || t->kind == TYPE_PERSON; }
static bool same_span(const Type *a, const Type *b) { return a->business == b->business && a->months == b->months; }
static bool same_money(const Type *a, const Type *b) { return !a->currency || !b->currency || a->currency == b->currency; }

static const Type *sum(Expr *x, const Ast *e, const Type *a, const Type *b)
{
    bool plus = e->binary.op == '+';
    if (numeric(a) && numeric(b)) return a->kind == b->kind ? a : type_simple(TYPE_NUMBER);
    if (a->kind == TYPE_MONEY && b->kind == TYPE_MONEY && same_money(a, b)) return a->currency ? a : b;
    if (a->kind == TYPE_DURATION && b->kind == TYPE_DURATION && same_span(a, b)) return a;
    if ((a->kind == TYPE_DATE || a->kind == TYPE_DATETIME) && b->kind == TYPE_DURATION) return a;
    if (plus && a->kind == TYPE_DURATION && (b->kind == TYPE_DATE || b->kind == TYPE_DATETIME)) return b;
    if (!plus && a->kind == b->kind && (a->kind == TYPE_DATE || a->kind == TYPE_DATETIME || a->kind == TYPE_TIME)) return type_simple(TYPE_DURATION);
    if (plus && texty(a) && texty(b)) return type_simple(TYPE_TEXT);
    if (plus && a->kind == TYPE_LIST && b->kind == TYPE_LIST) {
        const Type *of = type_join(expr_arena(x), a->of, b->of);
        if (of) return type_list(expr_arena(x), of);
    }
    return cannot(x, e, a, b);
}

static const Type *product(Expr *x, const Ast *e, const Type *a, const Type *b)
{
    if (e->binary.op == '*') {
        if (numeric(a) && numeric(b)) return a->kind == TYPE_PERCENT && b->kind == TYPE_PERCENT ? a : type_simple(TYPE_NUMBER);
        if (numeric(b) && (a->kind == TYPE_MONEY || a->kind == TYPE_DURATION)) return a;
        if (numeric(a) && (b->kind == TYPE_MONEY || b->kind == TYPE_DURATION)) return b;
        return cannot(x, e, a, b);
    }
    if (numeric(a) && numeric(b)) return a->kind == TYPE_PERCENT && b->kind == TYPE_NUMBER ? a : type_simple(TYPE_NUMBER);
    if (numeric(b) && (a->kind == TYPE_MONEY || a->kind == TYPE_DURATION)) return a;
    if (a->kind == TYPE_MONEY && b->kind == TYPE_MONEY && same_money(a, b)) return type_simple(TYPE_NUMBER);
    if (a->kind == TYPE_DURATION && b->kind == TYPE_DURATION && !a->business && !b->business && !a->months && !b->months) return type_simple(TYPE_NUMBER);
    return cannot(x, e, a, b);
}

static const Type *arithmetic(Expr *x, const Ast *e, const Type *hint)
{
    Word op = e->binary.op;
    const Type *a = expr_walk(x, e->binary.a, hint), *b = expr_walk(x, e->binary.b, NULL);
    unit_emit(x->unit, op == '+' ? IR_ADD : op == '-' ? IR_SUB : op == '*' ? IR_MUL : IR_DIV, 0);
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return expr_wrong();
    a = expr_plain(x, e->binary.a, a, "it is reckoned with");
    b = expr_plain(x, e->binary.b, b, "it is reckoned with");
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return expr_wrong();
    return op == '+' || op == '-' ? sum(x, e, a, b) : product(x, e, a, b);
}

/* ---- comparisons ------------------------------------------------------------------------ */

static bool comparable(const Type *a, const Type *b)
{
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return true;
    if (numeric(a) && numeric(b)) return true;
    if (a->kind == TYPE_MONEY && b->kind == TYPE_MONEY) return same_money(a, b);
    if (a->kind == TYPE_DURATION && b->kind == TYPE_DURATION) return same_span(a, b);
    if (texty(a) && texty(b)) return true;
    return a->kind == b->kind && (a->kind == TYPE_DATE || a->kind == TYPE_TIME || a->kind == TYPE_DATETIME);
}

static const Type *order(Expr *x, const Ast *e)
{
    Word op = e->binary.op;
    bool swap = op == GT || op == GE;
    const Ast *first = swap ? e->binary.b : e->binary.a, *second = swap ? e->binary.a : e->binary.b;
    const Type *a = expr_walk(x, first, NULL), *b = expr_walk(x, second, a);
    unit_emit(x->unit, op == LT || op == GT ? IR_LESS : IR_LESS_EQ, 0);
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return type_simple(TYPE_BOOLEAN);
    a = expr_plain(x, first, a, "it is compared");
    b = expr_plain(x, second, b, "it is compared");
    if (!comparable(a, b)) cannot(x, e, swap ? b : a, swap ? a : b);
    return type_simple(TYPE_BOOLEAN);
}

/* May `is` ever hold between the two? */
static bool may_equal(const Type *a, const Type *b)
{
    if (a->kind == TYPE_NONE || b->kind == TYPE_NONE) return true;
    if (a->kind == TYPE_CHOICE && b->kind == TYPE_CHOICE) {
        for (uint32_t i = 0; i < a->choices_n; i++)
            for (uint32_t k = 0; k < b->choices_n; k++)
                if (strcmp(a->choices[i], b->choices[k]) == 0) return true;
        return false;
    }
    return comparable(a, b) || a->kind == b->kind;
}

static const Type *equality(Expr *x, const Ast *e)
{
    const Ast *first = e->binary.a, *second = e->binary.b;
    const Type *a = expr_walk(x, first, NULL), *b = expr_walk(x, second, a);
    unit_emit(x->unit, e->binary.op == K_IS ? IR_EQ : IR_NE, 0);
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return type_simple(TYPE_BOOLEAN);
    const Type *p = type_plain(expr_arena(x), a), *q = type_plain(expr_arena(x), b);
    bool quoted = second->kind == AST_LITERAL && q->kind == TYPE_TEXT;
    if (!may_equal(p, q)) {
        cannot(x, e, p, q);
    } else if (p->kind == TYPE_CHOICE && quoted) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0302, second->at, "wanted %s, found the text %s", shown(x, p), shown(x, q));
        diag_nearest(expr_diags(x), m, second->literal.value.text, p->choices, p->choices_n);
    } else if (a->kind != TYPE_NONE && !a->optional && q->kind == TYPE_NONE && x->place != EXPR_CASES && x->place != EXPR_VALUES) {
        diag_add(expr_diags(x), DIAG_W0314, e->at, "this is never none");
    }
    return type_simple(TYPE_BOOLEAN);
}

static const Type *membership(Expr *x, const Ast *e)
{
    const Type *a = expr_walk(x, e->binary.a, NULL);
    const Type *b = expr_walk(x, e->binary.b, a->kind == TYPE_UNKNOWN ? NULL : type_list(expr_arena(x), type_plain(expr_arena(x), a)));
    unit_emit(x->unit, IR_IN, 0);
    if (e->binary.op == NOTIN) unit_emit(x->unit, IR_NOT, 0);
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return type_simple(TYPE_BOOLEAN);
    b = expr_plain(x, e->binary.b, b, "something is looked for in it");
    if (b->kind == TYPE_LIST && may_equal(type_plain(expr_arena(x), a), b->of)) return type_simple(TYPE_BOOLEAN);
    if (b->kind != TYPE_LIST && b->kind != TYPE_UNKNOWN) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0302, e->binary.b->at, "wanted a list like [a, b], found %s", shown(x, b));
        if (texty(b)) diag_hint(expr_diags(x), m, "to look for a part of a text, write contains(text, part)");
    } else if (b->kind == TYPE_LIST) {
        cannot(x, e, a, b);
    }
    return type_simple(TYPE_BOOLEAN);
}

static const Type *matching(Expr *x, const Ast *e)
{
    const Type *a = expr_walk(x, e->binary.a, NULL), *b = expr_walk(x, e->binary.b, NULL);
    const Ast *pattern = e->binary.b;
    unit_emit(x->unit, IR_MATCHES, 0);
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return type_simple(TYPE_BOOLEAN);
    if (!texty(a) || !texty(b)) cannot(x, e, a, b);
    if (pattern->kind == AST_LITERAL && pattern->literal.value.type == V_TEXT) {
        regex_t regex;
        char why[120];
        int code = regcomp(&regex, pattern->literal.value.text, REG_EXTENDED | REG_NOSUB);
        if (code != 0) {
            regerror(code, &regex, why, sizeof why);
            diag_add(expr_diags(x), DIAG_E0516, pattern->at, "this pattern cannot be read: %s", why);
        } else {
            regfree(&regex);
        }
    }
    return type_simple(TYPE_BOOLEAN);
}

/* ---- and, or, not ------------------------------------------------------------------------- */

void expr_boolean(Expr *x, const Ast *e)
{
    const Type *t = expr_walk(x, e, type_simple(TYPE_BOOLEAN));
    if (t->kind == TYPE_UNKNOWN) return;
    t = expr_plain(x, e, t, "a condition is wanted");
    if (t->kind == TYPE_BOOLEAN || t->kind == TYPE_UNKNOWN) return;
    Diag *m = diag_add(expr_diags(x), DIAG_E0302, e->at, "wanted a condition (yes or no), found %s", shown(x, t));
    if (t->kind == TYPE_NUMBER || t->kind == TYPE_MONEY) diag_hint(expr_diags(x), m, "compare it with something: ... > 0");
}

typedef struct Narrowed { VEC(Binding *) items; Arena *arena; } Narrowed;

static void note_narrowed(void *self, Binding *b)
{
    Narrowed *n = self;
    if (b->narrowed) return;
    b->narrowed = true;
    *VEC_PUSH(n->arena, &n->items) = b;
}

static void widen(Narrowed *n)
{
    for (uint32_t i = 0; i < n->items.n; i++) n->items.items[i]->narrowed = false;
}

/* `source is web or referral`: the right side is one of the left side's choices, standing alone. */
static bool is_stray_choice(Expr *x, const Ast *left, const Ast *right, const char **list)
{
    if (right->kind != AST_NAME || left->kind != AST_BINARY || left->binary.op != K_IS) return false;
    if (x->find && x->find(x->self, right->name.name.text)) return false;
    const Ast *choice = left->binary.b;
    if (choice->kind != AST_NAME) return false;
    *list = arena_printf(expr_arena(x), "[%s, %s]", choice->name.name.text, right->name.name.text);
    return true;
}

static const Type *logic(Expr *x, const Ast *e)
{
    bool is_and = e->binary.op == K_AND;
    const char *list;
    expr_boolean(x, e->binary.a);
    uint32_t at = unit_here(x->unit);
    unit_emit(x->unit, is_and ? IR_AND : IR_OR, 0);
    if (is_stray_choice(x, e->binary.a, e->binary.b, &list)) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0308, e->binary.b->at, "`%s` is no condition of its own", e->binary.b->name.name.text);
        diag_hint(expr_diags(x), m, "say: in %s", list);
        expr_const(x, value_boolean(false));
    } else {
        Narrowed n = {.arena = expr_arena(x)};
        expr_narrow(x, e->binary.a, is_and, note_narrowed, &n);
        expr_boolean(x, e->binary.b);
        widen(&n);
    }
    unit_patch(x->unit, at, unit_here(x->unit));
    return type_simple(TYPE_BOOLEAN);
}

const Type *expr_binary(Expr *x, const Ast *e, const Type *hint)
{
    switch (e->binary.op) {
    case '+': case '-': case '*': case '/': return arithmetic(x, e, hint);
    case LT: case GT: case LE: case GE: return order(x, e);
    case K_IS: case ISNOT: return equality(x, e);
    case K_IN: case NOTIN: return membership(x, e);
    case K_MATCHES: return matching(x, e);
    case K_AND: case K_OR: return logic(x, e);
    }
    return expr_wrong();
}

const Type *expr_unary(Expr *x, const Ast *e, const Type *hint)
{
    if (e->unary.op == K_NOT) {
        expr_boolean(x, e->unary.a);
        unit_emit(x->unit, IR_NOT, 0);
        return type_simple(TYPE_BOOLEAN);
    }
    const Type *t = expr_walk(x, e->unary.a, hint);
    unit_emit(x->unit, IR_NEG, 0);
    if (t->kind == TYPE_UNKNOWN) return t;
    t = expr_plain(x, e->unary.a, t, "its minus is taken");
    if (numeric(t) || t->kind == TYPE_MONEY || t->kind == TYPE_DURATION || t->kind == TYPE_UNKNOWN) return t;
    diag_add(expr_diags(x), DIAG_E0305, e->at, "minus wants a number, money or a duration, found %s", shown(x, t));
    return expr_wrong();
}

const Type *expr_conditional(Expr *x, const Ast *e, const Type *hint)
{
    Narrowed yes = {.arena = expr_arena(x)}, no = {.arena = expr_arena(x)};
    expr_boolean(x, e->conditional.condition);
    uint32_t unless = unit_here(x->unit);
    unit_emit(x->unit, IR_UNLESS, 0);
    expr_narrow(x, e->conditional.condition, true, note_narrowed, &yes);
    const Type *a = expr_walk(x, e->conditional.then, hint);
    widen(&yes);
    uint32_t jump = unit_here(x->unit);
    unit_emit(x->unit, IR_JUMP, 0);
    unit_patch(x->unit, unless, unit_here(x->unit));
    expr_narrow(x, e->conditional.condition, false, note_narrowed, &no);
    const Type *b = expr_walk(x, e->conditional.otherwise, hint ? hint : a->kind == TYPE_UNKNOWN ? NULL : a);
    widen(&no);
    unit_patch(x->unit, jump, unit_here(x->unit));
    const Type *joined = type_join(expr_arena(x), a, b);
    if (joined) return joined;
    diag_add(expr_diags(x), DIAG_E0302, e->conditional.otherwise->at, "both ways must give the same: %s behind `then`, %s behind `else`", shown(x, a),
             shown(x, b));
    return expr_wrong();
}

/* ---- narrowing ---------------------------------------------------------------------------------- */

static bool is_none(const Ast *e) { return e->kind == AST_LITERAL && e->literal.value.type == V_NONE; }

void expr_narrow(Expr *x, const Ast *c, bool holds, void (*narrow)(void *self, Binding *b), void *self)
{
    if (c->kind == AST_UNARY && c->unary.op == K_NOT) {
        expr_narrow(x, c->unary.a, !holds, narrow, self);
    } else if (c->kind == AST_BINARY && (c->binary.op == K_AND || c->binary.op == K_OR)) {
        if (holds != (c->binary.op == K_AND)) return;
        expr_narrow(x, c->binary.a, holds, narrow, self);
        expr_narrow(x, c->binary.b, holds, narrow, self);
    } else if (c->kind == AST_BINARY && c->binary.a->kind == AST_NAME && x->find) {
        bool with_none = is_none(c->binary.b);
        bool proves = with_none ? c->binary.op == (holds ? ISNOT : K_IS) : holds && (c->binary.op == K_IS || c->binary.op == K_IN);
        Binding *b = proves ? x->find(x->self, c->binary.a->name.name.text) : NULL;
        if (b) narrow(self, b);
    }
}

/* ---- functions ------------------------------------------------------------------------------------ */

typedef struct Function { const char *name, *signature; uint8_t least, most; } Function;

static const Function *function(uint32_t b)
{
    static const Function all[] = {
#define BUILTIN(NAME, number, name, least, most, signature, help) [number] = {name, signature, least, most},
#include "lang/ir.def"
#undef BUILTIN
    };
    return &all[b];
}

typedef struct Call { const Ast *args[100]; const Type *types[100]; uint32_t n; } Call;

static const Type *bad_argument(Expr *x, const Ast *at, const Function *f, const char *wanted, const Type *found)
{
    if (found->kind == TYPE_UNKNOWN) return expr_wrong();
    Diag *m = diag_add(expr_diags(x), DIAG_E0307, at->at, "%s wants %s here, found %s", f->name, wanted, shown(x, found));
    diag_hint(expr_diags(x), m, "it is used as %s", f->signature);
    return expr_wrong();
}

static const Type *text_result(Expr *x, const Call *c, const Function *f, uint8_t kind)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (!texty(c->types[i])) return bad_argument(x, c->args[i], f, "a text", c->types[i]);
    return type_simple(kind);
}

static const Type *extreme_result(Expr *x, const Call *c, const Function *f)
{
    const Type *t = c->types[0];
    if (c->n == 1 && t->kind == TYPE_LIST) return type_optional(expr_arena(x), t->of);
    for (uint32_t i = 1; i < c->n; i++) {
        if (!comparable(t, c->types[i])) return bad_argument(x, c->args[i], f, shown(x, t), c->types[i]);
        if (c->types[i]->kind != t->kind) t = type_simple(TYPE_NUMBER);
    }
    return t;
}

static const Type *result_of(Expr *x, uint32_t b, const Call *c)
{
    const Function *f = function(b);
    const Type *t = c->types[0];
    switch ((IrBuiltin)b) {
    case BUILTIN_ROUND: case BUILTIN_FLOOR: case BUILTIN_CEIL:
        if (!numeric(t) && t->kind != TYPE_MONEY) return bad_argument(x, c->args[0], f, "a number or money", t);
        if (c->n > 1 && c->types[1]->kind != TYPE_NUMBER) return bad_argument(x, c->args[1], f, "a number of places", c->types[1]);
        return t;
    case BUILTIN_ABS:
        return numeric(t) || t->kind == TYPE_MONEY || t->kind == TYPE_DURATION ? t : bad_argument(x, c->args[0], f, "a number, money or duration", t);
    case BUILTIN_MIN: case BUILTIN_MAX: return extreme_result(x, c, f);
    case BUILTIN_LENGTH:
        return texty(t) || t->kind == TYPE_LIST ? type_simple(TYPE_NUMBER) : bad_argument(x, c->args[0], f, "a text or list", t);
    case BUILTIN_UPPER: case BUILTIN_LOWER: return text_result(x, c, f, TYPE_TEXT);
    case BUILTIN_CONTAINS: case BUILTIN_STARTS_WITH: case BUILTIN_ENDS_WITH: return text_result(x, c, f, TYPE_BOOLEAN);
    case BUILTIN_DAYS_BETWEEN: case BUILTIN_BUSINESS_DAYS:
        for (uint32_t i = 0; i < 2; i++)
            if (c->types[i]->kind != TYPE_DATE && c->types[i]->kind != TYPE_DATETIME) return bad_argument(x, c->args[i], f, "a date", c->types[i]);
        return type_simple(TYPE_NUMBER);
    case BUILTIN_FORMAT:
        if (c->types[1]->kind != TYPE_TEXT) return bad_argument(x, c->args[1], f, "an example in quotes", c->types[1]);
        return type_simple(TYPE_TEXT);
    }
    return expr_wrong();
}

/* The calendar that business_days and format need is filled in as a third argument. */
static uint32_t add_calendar(Expr *x, const Ast *e, uint32_t b, uint32_t n)
{
    uint32_t calendars = map_count(x->symbols->of[SYM_CALENDAR]);
    const char *calendar = x->calendar ? x->calendar : calendars == 1 ? map_key(x->symbols->of[SYM_CALENDAR], 0, NULL) : NULL;
    if ((b != BUILTIN_BUSINESS_DAYS && b != BUILTIN_FORMAT) || n != 2) return n;
    if (!calendar) {
        if (b == BUILTIN_BUSINESS_DAYS) diag_add(expr_diags(x), DIAG_E0309, e->at, "business days belong to a calendar, and it is not clear which");
        return n;
    }
    expr_const(x, value_text(calendar));
    return n + 1;
}

static const Type *builtin(Expr *x, const Ast *e, uint32_t b, const Type *hint)
{
    const Function *f = function(b);
    Call c = {.n = 0};
    bool known = true;
    for (const Ast *arg = e->apply.args; arg && c.n < 100; arg = arg->next) {
        const Ast *value = arg->kind == AST_ARG ? arg->arg.value : arg;
        const Type *t = expr_walk(x, value, b == BUILTIN_MIN || b == BUILTIN_MAX || b == BUILTIN_ROUND ? hint : NULL);
        if (t->kind != TYPE_UNKNOWN) t = expr_plain(x, value, t, arena_printf(expr_arena(x), "%s reads it", f->name));
        known = known && t->kind != TYPE_UNKNOWN;
        c.args[c.n] = value, c.types[c.n++] = t;
    }
    if (c.n < f->least || c.n > f->most) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0307, e->at, "%s wants %u%s argument%s, found %u", f->name, f->least,
                           f->most > f->least ? " or more" : "", f->least == 1 && f->most == 1 ? "" : "s", c.n);
        diag_hint(expr_diags(x), m, "it is used as %s", f->signature);
        return expr_wrong();
    }
    uint32_t n = add_calendar(x, e, b, c.n);
    expr_const(x, value_integer(n));
    unit_emit(x->unit, IR_CALL, b);
    return known ? result_of(x, b, &c) : expr_wrong();
}

/* ---- f(...) ------------------------------------------------------------------------------------------ */

static const Type *unknown_function(Expr *x, const Ast *e, const char *name)
{
    static const char *const all[] = {
#define BUILTIN(NAME, number, name, least, most, signature, help) name,
#define AGGREGATE(NAME, number, name, value) name,
#include "lang/ir.def"
#undef BUILTIN
#undef AGGREGATE
    };
    Diag *m = diag_add(expr_diags(x), DIAG_E0307, e->apply.function->at, "there is no function or record `%s`", name);
    diag_nearest(expr_diags(x), m, name, all, sizeof all / sizeof *all);
    return expr_wrong();
}

static bool asks_cases(const Ast *args)
{
    return args && (args->kind == AST_OF || args->kind == AST_WHERE || (args->next && args->next->kind == AST_WINDOW));
}

/* count("Step"): how often it ended well in this case. */
static const Type *count_step(Expr *x, const Ast *e)
{
    const Ast *arg = e->apply.args, *value = arg && arg->kind == AST_ARG ? arg->arg.value : arg;
    Name step = {0};
    if (value && value->kind == AST_LITERAL && value->literal.value.type == V_TEXT) step = (Name){value->literal.value.text, value->at};
    else if (value && value->kind == AST_NAME) step = value->name.name;
    const char *name = step.text && !arg->next ? expr_step(x, step) : NULL;
    if (!step.text || arg->next) diag_add(expr_diags(x), DIAG_E0307, e->at, "in a process, count wants the name of one of its steps");
    if (!name) return expr_wrong();
    expr_const(x, value_text(name));
    unit_emit(x->unit, IR_STEPS, 1);
    return type_simple(TYPE_NUMBER);
}

const Type *expr_apply(Expr *x, const Ast *e, const Type *hint)
{
    const Ast *f = e->apply.function;
    if (f->kind != AST_NAME && f->kind != AST_MEMBER) {
        diag_add(expr_diags(x), DIAG_E0307, f->at, "only a function or a record has arguments");
        return expr_wrong();
    }
    const char *name = f->kind == AST_NAME ? f->name.name.text : NULL;
    if (f->kind == AST_MEMBER && f->member.of->kind == AST_NAME)
        name = arena_printf(expr_arena(x), "%s.%s", f->member.of->name.name.text, f->member.name.text);
    if (!name) return expr_wrong();
    if (f->kind == AST_NAME && (strcmp(name, "today") == 0 || strcmp(name, "now") == 0)) return expr_walk(x, f, hint);
    Sym *record = symbols_find(x->symbols, SYM_RECORD, x->prefix, name);
    if (record) return expr_record(x, e, record);
    bool counts = ir_aggregate_find(name) && (asks_cases(e->apply.args) || (x->place == EXPR_VALUES && strcmp(name, "min") != 0 && strcmp(name, "max") != 0));
    if (counts && x->place != EXPR_VALUES) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0312, e->at, "cases are counted in a metric, and not here");
        diag_hint(expr_diags(x), m, "declare it: metric m = %s(...), and name m here", name);
        return expr_wrong();
    }
    if (counts) return expr_aggregate(x, e);
    if (strcmp(name, "count") == 0) return count_step(x, e);
    uint32_t b = ir_builtin_find(name);
    return b ? builtin(x, e, b, hint) : unknown_function(x, e, name);
}

static const Ast *argument_for(const Ast *args, const char *field)
{
    for (; args; args = args->next)
        if (args->kind == AST_ARG && args->arg.name.text && strcmp(args->arg.name.text, field) == 0) return args;
    return NULL;
}

/* Lead(name = "Zoe", email = ...): every field that must have a value, none twice, none unknown. */
const Type *expr_record(Expr *x, const Ast *e, Sym *record)
{
    const Type *t = record->type;
    if (!t) return expr_wrong();
    for (const Ast *arg = e->apply.args; arg; arg = arg->next) {
        const char *name = arg->kind == AST_ARG ? arg->arg.name.text : NULL;
        bool known = false;
        for (uint32_t i = 0; name && i < t->fields_n; i++) known |= strcmp(t->fields[i].name.text, name) == 0;
        if (known) continue;
        Diag *m = diag_add(expr_diags(x), DIAG_E0306, name ? arg->arg.name.at : arg->at, name ? "%s has no field `%s`" : "%s wants its values by name: name = value%s",
                           record->name, name ? name : "");
        const char **names = ARENA_ARRAY(expr_arena(x), const char *, t->fields_n);
        for (uint32_t i = 0; i < t->fields_n; i++) names[i] = t->fields[i].name.text;
        if (name) diag_nearest(expr_diags(x), m, name, names, t->fields_n);
        return expr_wrong();
    }
    for (uint32_t i = 0; i < t->fields_n; i++) {
        const Ast *arg = argument_for(e->apply.args, t->fields[i].name.text), *initial = NULL;
        for (const Ast *o = t->fields[i].ast ? t->fields[i].ast->field.options : NULL; o; o = o->next)
            if (o->option.word == '=') initial = o->option.value;
        if (arg) {
            expr_want(x, arg->arg.value, t->fields[i].type);
        } else if (initial) {
            expr_want(x, initial, t->fields[i].type);
        } else {
            expr_const(x, VALUE_NONE);
            if (!t->fields[i].type->optional && t->fields[i].type->kind != TYPE_UNKNOWN)
                diag_add(expr_diags(x), DIAG_E0306, e->at, "%s wants a value for `%s`", record->name, t->fields[i].name.text);
        }
    }
    unit_emit(x->unit, IR_RECORD, unit_type(x->unit, t));
    return t;
}
