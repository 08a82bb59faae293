/* expr.c -- the walk over an expression: its kinds, its literals, and the calls of expr.h.
 *
 * One walk types and lowers. What is wrong is said where it stands, once;
 * from there on the type is unknown, and what is done with it is passed over.
 */
#include "lang/expr_private.h"
#include "lang/grammar.h"

#include <string.h>

Arena *expr_arena(const Expr *x) { return x->symbols->arena; }
Diags *expr_diags(const Expr *x) { return x->symbols->diags; }
const char *expr_shown(const Expr *x, const Type *t) { return type_text(expr_arena(x), t); }
const Type *expr_wrong(void) { return type_unknown(); }

bool expr_is_text(const Ast *e) { return e->kind == AST_LITERAL && e->literal.value.type == V_TEXT; }
bool expr_is_none(const Ast *e) { return e->kind == AST_LITERAL && e->literal.value.type == V_NONE; }

bool expr_silent(const Type *t)
{
    while (t->kind == TYPE_LIST) t = t->of;
    return t->kind == TYPE_UNKNOWN;
}

void expr_const(Expr *x, Value v)
{
    unit_emit(x->unit, IR_CONST, unit_const(x->unit, v));
}

const char *expr_source(const Expr *x, const Ast *e)
{
    return written_on_a_line(expr_arena(x), expr_diags(x), e->at);
}

/* Does what is asked of it hold until it is read? */
static bool lasts(const Binding *b)
{
    return b && !b->beside;
}

/* The variable that may be none, and so each of its fields: one question answers for all. NULL: it is no such. */
static const Ast *may_be_none(Expr *x, const Ast *e)
{
    while (e->kind == AST_MEMBER)
        e = e->member.of;
    const Binding *b = e->kind == AST_NAME ? expr_place(x, e, false) : NULL;
    return b && b->type && b->type->optional && !b->narrowed ? e : NULL;
}

const Type *expr_plain(Expr *x, const Ast *e, const Type *t, const char *what)
{
    if (!t->optional && t->kind != TYPE_NONE) return t;
    if (x->place == EXPR_CASES && t->kind != TYPE_NONE) return type_plain(expr_arena(x), t);
    const Binding *b = expr_place(x, e, false);
    if (t->kind != TYPE_NONE && (x->unsure || (x->process && x->process->broken) || (b && b->excused)))
        return type_plain(expr_arena(x), t);
    Diags *d = expr_diags(x);
    const Ast *cause = t->kind == TYPE_NONE ? NULL : may_be_none(x, e);
    Diag *m = cause ? diag_missing(d, expr_place(x, cause, false), "none", DIAG_E0303, e->at,
                                   "this may be none, and %s", what)
                    : diag_add(d, DIAG_E0303, e->at, t->kind == TYPE_NONE ? "this is none, and %s"
                                                                          : "this may be none, and %s", what);
    *VEC_PUSH(expr_arena(x), &x->absent) = expr_place(x, e, true);
    if (t->kind == TYPE_NONE)
        diag_hint(d, m, "write a value; whether something is there is asked with: is none, is not none");
    else if (lasts(expr_place(x, e, true)))
        diag_hint(d, m, "ask first: if %s is not none <", expr_source(x, cause ? cause : e));
    else
        diag_hint(d, m, "set a variable to it and ask first: if it is not none <");
    return t->kind == TYPE_NONE ? expr_wrong() : type_plain(expr_arena(x), t);
}

/* ---- literals ------------------------------------------------------------------------ */

static const Type *literal_type(const Expr *x, const Value *v)
{
    static const uint8_t kinds[V_COUNT] = {
        [V_NONE] = TYPE_NONE, [V_BOOLEAN] = TYPE_BOOLEAN, [V_NUMBER] = TYPE_NUMBER,
        [V_PERCENT] = TYPE_PERCENT, [V_MONEY] = TYPE_MONEY, [V_DURATION] = TYPE_DURATION,
        [V_DATE] = TYPE_DATE, [V_TIME] = TYPE_TIME, [V_DATETIME] = TYPE_DATETIME, [V_TEXT] = TYPE_TEXT,
        [V_FILE] = TYPE_FILE, [V_PERSON] = TYPE_PERSON, [V_LIST] = TYPE_LIST, [V_RECORD] = TYPE_RECORD};
    if (v->type != V_MONEY && (v->type != V_DURATION || v->aux != DUR_MONTHS))
        return type_simple(kinds[v->type]);
    Type *t = ARENA_NEW(expr_arena(x), Type);
    *t = (Type){.kind = kinds[v->type], .currency = v->unit, .months = v->type == V_DURATION};
    return t;
}

static bool is_choice(const Type *t, const char *word)
{
    for (uint32_t i = 0; i < t->choices_n; i++)
        if (strcmp(t->choices[i], word) == 0) return true;
    return false;
}

static const Type *literal(Expr *x, const Ast *e, const Type *hint)
{
    Value v = e->literal.value;
    uint32_t calendar;
    if (v.type == V_DATETIME && v.aux == 1) {          /* by the wall's clock: local to a calendar */
        v.aux = 0;
        expr_const(x, v);
        if (expr_calendar(x, e->at, "a moment is local to a calendar", &calendar))
            unit_emit(x->unit, IR_LOCAL, calendar);
        return type_simple(TYPE_DATETIME);
    }
    if (v.type == V_TEXT && hint && hint->kind == TYPE_PERSON) v.type = V_PERSON;
    expr_const(x, v);
    /* A choice may stand in quotes: "not yet". */
    if (v.type == V_TEXT && hint && hint->kind == TYPE_CHOICE && is_choice(hint, v.text))
        return type_plain(expr_arena(x), hint);
    return literal_type(x, &v);
}

static const Type *no_calendar(Expr *x, const Ast *e)
{
    Diags *d = expr_diags(x);
    static const char what[] = "business time belongs to a calendar, and it is not clear which";
    bool any = x->symbols->program->calendars_n > 0;
    if (!any && diags_lost_thing(d, word_text(K_ZONE)))
        return expr_wrong();                   /* it was the calendar that could not be read */
    Diag *m = any ? diag_add(d, DIAG_E0309, e->at, what) : diag_once(d, x->symbols, DIAG_E0309, e->at, what);
    if (any)
        diag_hint(d, m, "write `in` and one of them behind it: %s; or say where the role `works`",
                  expr_calendars(x));
    else
        diag_hint(d, m,
                  "declare one: calendar Office < zone \"Europe/Berlin\"; open mon..fri 09:00..17:00 >");
    return expr_wrong();
}

static const Type *business(Expr *x, const Ast *e)
{
    const char *calendar = expr_usual_calendar(x);
    if (e->business.calendar.text) {
        Sym *sym = symbols_need(x->symbols, SYM_CALENDAR, x->prefix, e->business.calendar);
        calendar = sym ? sym->name : NULL;
        if (!sym) return expr_wrong();
    }
    if (!calendar && symbols_lost_clock(x->symbols)) return expr_wrong();
    if (!calendar) return no_calendar(x, e);
    Business *b = ARENA_NEW(expr_arena(x), Business);
    Type *t = ARENA_NEW(expr_arena(x), Type);
    bool days = e->business.days;
    *b = (Business){e->business.amount, calendar};
    *t = (Type){.kind = TYPE_DURATION, .business = true, .business_days = days};
    expr_const(
        x, (Value){.type = V_DURATION, .aux = days ? DUR_BUSINESS_DAYS : DUR_BUSINESS_TIME, .business = b});
    return t;
}

/* ---- lists ---------------------------------------------------------------------------- */

typedef struct Items { const Type *of; bool silent; uint32_t held, n; } Items;

/* Long lists are gathered piece by piece: [a, ..., x] + [y, ...]. */
static void gather(Expr *x, Items *items)
{
    if (items->held == 0 && items->n) return;
    unit_emit(x->unit, IR_LIST, items->held);          /* none at all: [] */
    if (items->n) unit_emit(x->unit, IR_ADD, 0);
    items->n += items->held;
    items->held = 0;
}

static void add_item(Expr *x, Items *items, const Ast *item, const Type *each)
{
    const Type *light = each                     ? each
                        : items->silent          ? type_unknown()
                        : items->n + items->held ? items->of
                                                 : NULL;
    const Type *t = expr_walk(x, item, light), *joined = type_join(expr_arena(x), items->of, t);
    if (!joined) {
        Diag *m =
            diag_add(expr_diags(x), DIAG_E0302, item->at, "wanted %s like the elements before it, found %s",
                     expr_shown(x, items->of), expr_shown(x, t));
        diag_hint(expr_diags(x), m, "all elements of a list are of one type");
        items->silent = true;
    }
    items->silent = items->silent || expr_silent(t);
    items->of = joined ? joined : items->of;
    items->held++;
}

static const Type *list(Expr *x, const Ast *e, const Type *hint)
{
    const Type *each = hint && hint->kind == TYPE_LIST      ? hint->of
                       : hint && hint->kind == TYPE_UNKNOWN ? hint
                                                            : NULL;
    Items items = {.of = type_unknown()};
    uint32_t first = unit_here(x->unit);
    bool constant = true;
    for (const Ast *item = e->list.items; item; item = item->next) {
        uint32_t at = unit_here(x->unit);
        add_item(x, &items, item, each);
        constant = constant && expr_known(x, at);
        if (items.held == EXPR_GATHER) gather(x, &items);
    }
    gather(x, &items);
    if (constant) expr_fold_list(x, first);
    if (items.silent) return expr_wrong();
    return type_list_at(expr_arena(x), expr_diags(x), e->at, items.of);
}

/* ---- the walk --------------------------------------------------------------------------- */

static const Type *misplaced(Expr *x, const Ast *e, DiagCode code, const char *what, const char *hint)
{
    diag_hint(expr_diags(x), diag_add(expr_diags(x), code, e->at, "%s", what), "%s", hint);
    return expr_wrong();
}

const Type *expr_walk(Expr *x, const Ast *e, const Type *hint)
{
    switch ((int)e->kind) {
    case AST_LITERAL:     return literal(x, e, hint);
    case AST_BUSINESS:    return business(x, e);
    case AST_TEMPLATE:    return expr_template(x, e, false);
    case AST_NAME:        return expr_name(x, e, hint);
    case AST_MEMBER:      return expr_member(x, e, hint);
    case AST_INDEX:       return expr_index(x, e);
    case AST_APPLY:       return expr_apply(x, e, hint);
    case AST_UNARY:       return expr_unary(x, e, hint);
    case AST_BINARY:      return expr_binary(x, e, hint);
    case AST_CONDITIONAL: return expr_conditional(x, e, hint);
    case AST_LIST:        return list(x, e, hint);
    case AST_WHO_DID:     return expr_did(x, e);
    case AST_RANGE:
        return misplaced(x, e, DIAG_E0305, "a range a..b stands in `lasts`, and nowhere else",
                         "write one value");
    case AST_OF: case AST_WHERE: case AST_WINDOW:
        return misplaced(x, e, DIAG_E0312,
                         "cases and windows stand in a metric's count(...), share(...) and their like, "
                         "not here",
                         "declare it: metric m = count(Process where ..., last 90 days), and name m here");
    default: return expr_wrong();          /* BAD was reported; others are no expressions */
    }
}

/* Time is told in spans and in moments, and each has words of its own. */
static bool unfit_span(Expr *x, const Ast *e, Diag *m, const Type *t)
{
    bool moment = t->kind == TYPE_DATE || t->kind == TYPE_TIME || t->kind == TYPE_DATETIME;
    const char *found = expr_source(x, e);
    if (moment)
        diag_hint(expr_diags(x), m, "a span is like 2 h or 3 days; a moment goes with `due` and `wait until`: due %s, "
                                    "wait until %s", found, found);
    else if (t->kind == TYPE_NUMBER && e->kind == AST_LITERAL)
        diag_hint(expr_diags(x), m, "a span has its unit with it: %s s, %s m, %s h, %s days", found, found, found,
                  found);
    else if (t->kind == TYPE_NUMBER)
        diag_hint(expr_diags(x), m, "a span has its unit with it: 2 h; a number becomes one with: n * 1 h");
    return moment || t->kind == TYPE_NUMBER;
}

/* How often one of its kind goes into it, is a number. */
static bool unfit_number(Expr *x, const Ast *e, Diag *m, const Type *t)
{
    char code[4];
    bool money = t->kind == TYPE_MONEY && t->currency, span = t->kind == TYPE_DURATION && !t->months && !t->business;
    if (money) currency_unpack(t->currency, code);
    if (money || span)
        diag_hint(expr_diags(x), m, e->kind == AST_BINARY ? "divided by one of its kind it is a number: (%s) / 1 %s"
                                                          : "divided by one of its kind it is a number: %s / 1 %s",
                  expr_source(x, e), money ? code : "h");
    return money || span;
}

Diag *expr_misfit(Expr *x, const Ast *e, const char *wanted, const Type *t)
{
    const char *format = "wanted %s, found %s", *found = expr_shown(x, t);
    if (e->kind == AST_NAME || e->kind == AST_MEMBER)
        return diag_misfit(expr_diags(x), x->symbols, expr_source(x, e), DIAG_E0302, e->at, format, wanted, found);
    return diag_add(expr_diags(x), DIAG_E0302, e->at, format, wanted, found);
}

static const Type *unfit(Expr *x, const Ast *e, const Type *want, const Type *t)
{
    Diags *d = expr_diags(x);
    bool quoted = expr_is_text(e);
    Diag *m =
        quoted ? diag_add(d, DIAG_E0302, e->at, "wanted %s, found the text \"%s\"", expr_shown(x, want),
                          e->literal.value.text)
               : expr_misfit(x, e, expr_shown(x, want), t);
    if (quoted && want->kind == TYPE_CHOICE &&
        diag_nearest_name(d, m, e->literal.value.text, want->choices, want->choices_n)) return expr_wrong();
    if (want->kind == TYPE_DURATION && unfit_span(x, e, m, t)) return expr_wrong();
    if (want->kind == TYPE_NUMBER && unfit_number(x, e, m, t)) return expr_wrong();
    if (want->kind == TYPE_MONEY && (t->kind == TYPE_NUMBER || t->kind == TYPE_PERCENT))
        diag_hint(d, m, "an amount has its currency with it: $40, €40 or 40 CHF%s",
                  e->kind == AST_LITERAL ? "" : "; a number becomes one with: n * $1");
    else if (want->kind == TYPE_PERCENT && t->kind == TYPE_NUMBER)
        diag_hint(d, m, "a share has its sign with it: 5%%; a number becomes one with: n * 1%%");
    else if (want->kind == TYPE_LIST && t->kind != TYPE_LIST)
        diag_hint(d, m, "a list of one stands in brackets: [a]");
    else if (want->kind == TYPE_TEXT && t->kind != TYPE_RECORD)
        diag_hint(d, m, "write the value into a text: \"${value}\"");
    else if (t->kind == TYPE_NONE)
        diag_hint(d, m, "a type that may be none says so: %s or none", expr_shown(x, want));
    else
        diag_hint(d, m, "nothing is turned silently into another type: write a value of type %s",
                  expr_shown(x, want));
    return expr_wrong();
}

const Type *expr_want(Expr *x, const Ast *e, const Type *want)
{
    const Type *t = expr_walk(x, e, want);
    if (!want || expr_silent(t) || type_fits(want, t)) return t;
    if (!t->optional || !type_fits(want, type_plain(expr_arena(x), t))) return unfit(x, e, want, t);
    t = expr_plain(x, e, t, arena_printf(expr_arena(x), "%s is wanted", expr_shown(x, want)));
    return x->place == EXPR_CASES ? t : expr_wrong();
}

/* ---- how deep the stack grows -------------------------------------------------------------- */

static int8_t const pops[256] = {
#define IRCODE(NAME, number, operand, pops, pushes, flow, meaning) [number] = pops,
#include "lang/ir.def"
#undef IRCODE
};
static int8_t const pushes[256] = {
#define IRCODE(NAME, number, operand, pops, pushes, flow, meaning) [number] = pushes,
#include "lang/ir.def"
#undef IRCODE
};

/* What an instruction leaves more (or less) on the stack when the next one follows. */
static int grows(const IrUnit *u, uint32_t at)
{
    uint8_t op = IR_INSTRUCTION_OP(u->code[at]);
    uint32_t operand = IR_INSTRUCTION_OPERAND(u->code[at]);
    int taken = pops[op];
    if (op == IR_AND || op == IR_OR) return -1;        /* kept for the jump only */
    if (op == IR_RECORD) taken = (int)u->types[operand].fields_n;
    else if (op == IR_CALL)
        taken = 1 + (int)(u->consts[IR_INSTRUCTION_OPERAND(u->code[at - 1])].i / DECIMAL_ONE);
    else if (taken < 0) taken = (int)operand;
    return pushes[op] - taken;
}

/* Jumps are of two kinds: the end of a `then` (an UNLESS leads right behind it), whose value is
 * not there in the `else`; and one over an aggregate's own code, or the condition on a step's answers. */
static int deepest(Expr *x, Code start)
{
    IrUnit u;
    VEC(uint32_t) behind = {0};
    int depth = 0, most = 0;
    unit_finish(x->unit, &u);
    for (uint32_t at = start; at < u.code_n; at++) {
        uint8_t op = IR_INSTRUCTION_OP(u.code[at]);
        if (op == IR_UNLESS) *VEC_PUSH(expr_arena(x), &behind) = IR_INSTRUCTION_OPERAND(u.code[at]);
        if (op == IR_JUMP && behind.n && behind.items[behind.n - 1] == at + 1) behind.n--, depth--;
        else if (op == IR_JUMP || op == IR_ANSWERS) at = IR_INSTRUCTION_OPERAND(u.code[at]) - 1;
        else depth += grows(&u, at);
        if (depth > most) most = depth;
    }
    return most;
}

void expr_end(Expr *x, const Ast *e, Code start)
{
    enum { STACK = 64 };
    unit_emit(x->unit, IR_END, 0);
    /* Each instruction pushes one value at most: short code needs no second look. */
    if (unit_here(x->unit) - start <= STACK || deepest(x, start) <= STACK) return;
    Diag *m = diag_add(expr_diags(x), DIAG_E0316, e->at, "this needs more than %d values at once", STACK);
    diag_hint(expr_diags(x), m, "set its parts to variables first, then put those together");
}

/* ---- the calls of expr.h --------------------------------------------------------------------- */

void expr_begin(Expr *x, const Ast *e)
{
    x->prefix = symbols_at(x->symbols, x->prefix, e->at);
}

Code expr_lower(Expr *x, const Ast *e, const Type *want, const Type **type)
{
    expr_begin(x, e);
    Code code = unit_here(x->unit);
    const Type *t = want && want->kind == TYPE_BOOLEAN && !want->optional ? (expr_boolean(x, e), want)
                                                                          : expr_want(x, e, want);
    expr_end(x, e, code);
    if (type) *type = t;
    return code;
}

Value expr_constant(Expr *x, const Ast *e, const Type *want)
{
    expr_begin(x, e);
    uint32_t first = unit_here(x->unit);
    const Type *t = expr_want(x, e, want);
    const Value *v = expr_known(x, first);
    Value result = v && t->kind != TYPE_UNKNOWN ? *v : VALUE_NONE;
    unit_cut(x->unit, first);              /* the value is all that is wanted */
    if (v || t->kind == TYPE_UNKNOWN) return result;
    Diag *m = diag_add(expr_diags(x), DIAG_E0311, e->at,
                       "a fixed value is wanted here, found one that must be computed");
    diag_hint(expr_diags(x), m, "write the value itself: it must be known before anything runs");
    return VALUE_NONE;
}

Code expr_metric(Expr *x, const Ast *e, const Type **type)
{
    return expr_lower(x, e, NULL, type);
}
