/* expr_ops.c -- operators: which values go together, and what comes out.
 *
 * Nothing is converted silently: amounts keep their currency, real time,
 * business time and months stay apart, and only whole days go with a date.
 */
#include "base/pattern.h"
#include "lang/expr_private.h"

#include <string.h>

/* ---- what is wrong ------------------------------------------------------------------ */

static bool either(const Type *a, const Type *b, uint8_t kind) { return a->kind == kind || b->kind == kind; }
static bool both(const Type *a, const Type *b, uint8_t kind) { return a->kind == kind && b->kind == kind; }

static bool same_span(const Type *a, const Type *b)
{
    return a->business == b->business && a->months == b->months && a->business_days == b->business_days;
}

static bool same_money(const Type *a, const Type *b)
{
    return !a->currency || !b->currency || a->currency == b->currency;
}

static void hint_for_money(Expr *x, Diag *m, const Type *other, Word op)
{
    Diags *d = expr_diags(x);
    if (other->kind == TYPE_PERCENT && (op == '+' || op == '-'))
        diag_hint(d, m, "a share of an amount is a product: price * (1 + 20%%)");
    else if (other->kind == TYPE_NUMBER && op == '/')
        diag_hint(d, m, "an amount can be divided by a number, or by an amount");
    else if (expr_is_numeric(other))
        diag_hint(d, m, "an amount has its currency with it: $40, €40 or 40 CHF");
    else if (other->kind == TYPE_MONEY)
        diag_hint(d, m,
                  "amounts are added, subtracted, divided and compared; to raise one, multiply it with a "
                  "number");
    else
        diag_hint(d, m, "money goes with money of the same currency, and times a number");
}

static void hint_for(Expr *x, Diag *m, const Type *a, const Type *b, Word op)
{
    Diags *d = expr_diags(x);
    bool text = expr_is_texty(a) || expr_is_texty(b);
    if (both(a, b, TYPE_DURATION) && !same_span(a, b))
        diag_hint(d, m,
                  "real time, business time (in hours or in days) and months stay apart: use one kind, or "
                  "compare moments");
    else if (op == '+' && text)
        diag_hint(d, m, "write the value into the text: \"... ${value} ...\"");
    else if (either(a, b, TYPE_MONEY))
        hint_for_money(x, m, a->kind == TYPE_MONEY ? b : a, op);
    else if (text && (expr_is_numeric(a) || expr_is_numeric(b)))
        diag_hint(d, m, "a number stands without quotes");
    else if (either(a, b, TYPE_DATE) && either(a, b, TYPE_DATETIME))
        diag_hint(d, m,
                  "a date is a whole day, a moment has a time of day: `days_between(a, b)` counts the days from "
                  "one to the other, 2026-12-24T00:00 is a moment");
    else if (either(a, b, TYPE_DATE) && either(a, b, TYPE_NUMBER))
        diag_hint(d, m, "days are written as a duration: d + 3 days");
    else if (both(a, b, TYPE_DATE) || both(a, b, TYPE_DATETIME))
        diag_hint(d, m,
                  "two dates can be subtracted and compared; to go on from one, add a duration: d + 3 days");
    else if (either(a, b, TYPE_RECORD))
        diag_hint(d, m, "name one of the record's fields");
    else if (either(a, b, TYPE_LIST))
        diag_hint(d, m,
                  "a list goes with a list of the same kind; whether it holds something is asked with `in`");
    else
        diag_hint(d, m, "both sides must be of kinds that belong together");
}

/* What kind of span it is, where two do not go together. */
static const char *span(const Type *t)
{
    if (t->months) return "months";
    return !t->business ? "real time" : t->business_days ? "business days" : "business hours";
}

/* The variable's, or the field's name; NULL: it is none. */
static const char *name_within(const Ast *e)
{
    return e->kind == AST_NAME ? e->name.name.text : e->kind == AST_MEMBER ? e->member.name.text : NULL;
}

static const Type *cannot(Expr *x, const Ast *e, const Type *a, const Type *b)
{
    Diags *d = expr_diags(x);
    const char *op = word_text(e->binary.op);
    if (both(a, b, TYPE_MONEY) && !same_money(a, b)) {
        char one[4], two[4];
        currency_unpack(a->currency, one);
        currency_unpack(b->currency, two);
        Diag *m = diag_add(d, DIAG_E0305, e->at,
                           "%s and %s do not go together with `%s`: amounts of two currencies", one, two, op);
        diag_hint(d, m, "keep them apart, or turn one into the other with a rate of your own");
        return expr_wrong();
    }
    bool spans = both(a, b, TYPE_DURATION);
    const char *one = spans ? span(a) : expr_shown(x, a), *two = spans ? span(b) : expr_shown(x, b);
    /* What is of another type than it should be is so wherever it is used. */
    const char *name = name_within(e->binary.a);
    const char *about = name ? arena_printf(expr_arena(x), "%s: %s and %s", name, one, two)
                             : arena_printf(expr_arena(x), "at %u", e->at.from);
    Diag *m = diag_missing(d, x->symbols, about, DIAG_E0305, e->at, "%s and %s do not go together with `%s`", one, two,
                           op);
    hint_for(x, m, a, b, e->binary.op);
    return expr_wrong();
}

/* ---- arithmetic --------------------------------------------------------------------- */

bool expr_is_numeric(const Type *t) { return t->kind == TYPE_NUMBER || t->kind == TYPE_PERCENT; }

bool expr_is_texty(const Type *t)
{
    return t->kind == TYPE_TEXT || t->kind == TYPE_CHOICE || t->kind == TYPE_FILE || t->kind == TYPE_PERSON;
}

static bool is_day(const Type *t) { return t->kind == TYPE_DATE || t->kind == TYPE_DATETIME; }

static const Type *sum(Expr *x, const Ast *e, const Type *a, const Type *b)
{
    bool plus = e->binary.op == '+';
    if (expr_is_numeric(a) && expr_is_numeric(b)) return a->kind == b->kind ? a : type_simple(TYPE_NUMBER);
    if (both(a, b, TYPE_MONEY) && same_money(a, b)) return a->currency ? a : b;
    if (both(a, b, TYPE_DURATION) && same_span(a, b)) return a;
    if (is_day(a) && b->kind == TYPE_DURATION) return a;
    if (plus && a->kind == TYPE_DURATION && is_day(b)) return b;
    if (!plus && a->kind == b->kind && (is_day(a) || a->kind == TYPE_TIME)) return type_simple(TYPE_DURATION);
    if (plus && expr_is_texty(a) && expr_is_texty(b)) return type_simple(TYPE_TEXT);
    const Type *list = plus && both(a, b, TYPE_LIST) ? type_join(expr_arena(x), a, b) : NULL;
    return list ? list : cannot(x, e, a, b);
}

/* Of numbers and percents, what stands first says what comes out: 5% * 2 is 10%, and 50 * 20% is 10. */
static const Type *product(Expr *x, const Ast *e, const Type *a, const Type *b)
{
    if (expr_is_numeric(a) && expr_is_numeric(b))
        return a->kind == TYPE_PERCENT ? a : type_simple(TYPE_NUMBER);
    if (expr_is_numeric(b) && (a->kind == TYPE_MONEY || a->kind == TYPE_DURATION)) return a;
    if (expr_is_numeric(a) && (b->kind == TYPE_MONEY || b->kind == TYPE_DURATION)) return b;
    return cannot(x, e, a, b);
}

static const Type *quotient(Expr *x, const Ast *e, const Type *a, const Type *b)
{
    if (expr_is_numeric(a) && expr_is_numeric(b))
        return a->kind == TYPE_PERCENT && b->kind == TYPE_NUMBER ? a : type_simple(TYPE_NUMBER);
    if (expr_is_numeric(b) && (a->kind == TYPE_MONEY || a->kind == TYPE_DURATION)) return a;
    if (both(a, b, TYPE_MONEY) && same_money(a, b)) return type_simple(TYPE_NUMBER);
    bool clocks = both(a, b, TYPE_DURATION) && !a->business && !b->business && !a->months && !b->months;
    return clocks ? type_simple(TYPE_NUMBER) : cannot(x, e, a, b);
}

/* The constant that the instructions from first to end push, or NULL. */
static const Value *constant(Expr *x, uint32_t first, uint32_t end)
{
    IrUnit u;
    unit_finish(x->unit, &u);
    if (first + 1 != end || IR_INSTRUCTION_OP(u.code[first]) != IR_CONST) return NULL;
    return &u.consts[IR_INSTRUCTION_OPERAND(u.code[first])];
}

/* A date and a part of a day do not go together. What is known only when it runs is asked then. */
static bool whole_days(Expr *x, const Ast *e, const Type *span, const Value *v)
{
    bool part = (span->business && !span->business_days) ||
                (v && v->type == V_DURATION && v->aux == DUR_CLOCK && v->i % US_DAY != 0);
    if (!part) return true;
    Diag *m = diag_add(expr_diags(x), DIAG_E0305, e->at, "only whole days go with a date");
    diag_hint(expr_diags(x), m,
              "add days, months or business days; hours go with a moment, like now or 2026-12-24T09:00");
    return false;
}

static const Type *arithmetic(Expr *x, const Ast *e, const Type *hint)
{
    Word op = e->binary.op;
    const Ast *left = e->binary.a, *right = e->binary.b;
    uint32_t first = unit_here(x->unit);
    const Type *list = hint && (hint->kind == TYPE_LIST || hint->kind == TYPE_UNKNOWN) ? hint : NULL;
    const Type *a = expr_walk(x, left, list);
    uint32_t second = unit_here(x->unit);
    const Type *b = expr_walk(x, right, a->kind == TYPE_LIST ? a : list);
    uint32_t end = unit_here(x->unit);
    unit_emit(x->unit, op == '+' ? IR_ADD : op == '-' ? IR_SUB : op == '*' ? IR_MUL : IR_DIV, 0);
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return expr_wrong();
    a = expr_plain(x, left, a, "it is reckoned with");
    b = expr_plain(x, right, b, "it is reckoned with");
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return expr_wrong();
    const Type *t = op == '*' ? product(x, e, a, b) : op == '/' ? quotient(x, e, a, b) : sum(x, e, a, b);
    if (t->kind == TYPE_UNKNOWN) return t;
    if (a->kind == TYPE_DATE && b->kind == TYPE_DURATION &&
        !whole_days(x, right, b, constant(x, second, end)))
        return expr_wrong();
    if (a->kind == TYPE_DURATION && b->kind == TYPE_DATE &&
        !whole_days(x, left, a, constant(x, first, second)))
        return expr_wrong();
    return expr_fold(x, e, t, first, second) ? t : expr_wrong();
}

const Type *expr_unary(Expr *x, const Ast *e, const Type *hint)
{
    if (e->unary.op == K_NOT) {
        expr_boolean(x, e->unary.a);
        unit_emit(x->unit, IR_NOT, 0);
        return type_simple(TYPE_BOOLEAN);
    }
    uint32_t first = unit_here(x->unit);
    const Type *t = expr_walk(x, e->unary.a, hint && hint->kind == TYPE_UNKNOWN ? hint : NULL);
    expr_fold_minus(x, first);
    if (t->kind == TYPE_UNKNOWN) return t;
    t = expr_plain(x, e->unary.a, t, "its minus is taken");
    if (expr_is_numeric(t) || t->kind == TYPE_MONEY || t->kind == TYPE_DURATION || t->kind == TYPE_UNKNOWN)
        return t;
    Diag *m = diag_add(expr_diags(x), DIAG_E0305, e->at,
                       "minus wants a number, money or a duration, found %s", expr_shown(x, t));
    diag_hint(expr_diags(x), m,
              t->kind == TYPE_BOOLEAN ? "the contrary of a condition is: not ..." : "leave the minus away");
    return expr_wrong();
}

/* ---- comparisons -------------------------------------------------------------------- */

bool expr_comparable(const Type *a, const Type *b)
{
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return true;
    if (expr_is_numeric(a) && expr_is_numeric(b)) return true;
    if (both(a, b, TYPE_MONEY)) return same_money(a, b);
    if (both(a, b, TYPE_DURATION)) return same_span(a, b);
    if (expr_is_texty(a) && expr_is_texty(b))
        return a->kind == b->kind || either(a, b, TYPE_TEXT) || either(a, b, TYPE_CHOICE);
    return a->kind == b->kind && (is_day(a) || a->kind == TYPE_TIME);
}

static const Type *no_order(Expr *x, const Ast *e, const Type *choice)
{
    Diag *m =
        diag_add(expr_diags(x), DIAG_E0305, e->at, "the words of %s have no order", expr_shown(x, choice));
    diag_hint(expr_diags(x), m, "name those that are meant: in [%s, %s]",
              choice->choices_n ? choice->choices[0] : "a", choice->choices_n > 1 ? choice->choices[1] : "b");
    return type_simple(TYPE_BOOLEAN);
}

static const Type *order(Expr *x, const Ast *e)
{
    Word op = e->binary.op;
    bool swap = op == GT || op == GE;
    const Ast *first = swap ? e->binary.b : e->binary.a, *second = swap ? e->binary.a : e->binary.b;
    const Type *light = expr_is_dim(x, first) ? expr_light(x, second) : NULL;
    const Type *a = expr_walk(x, first, light), *b = expr_walk(x, second, a);
    unit_emit(x->unit, op == LT || op == GT ? IR_LESS : IR_LESS_EQ, 0);
    if (a->kind == TYPE_UNKNOWN || b->kind == TYPE_UNKNOWN) return type_simple(TYPE_BOOLEAN);
    a = expr_plain(x, first, a, "it is compared");
    b = expr_plain(x, second, b, "it is compared");
    if (a->kind == TYPE_CHOICE || b->kind == TYPE_CHOICE)
        return no_order(x, e, a->kind == TYPE_CHOICE ? a : b);
    if (!expr_comparable(a, b)) cannot(x, e, swap ? b : a, swap ? a : b);
    return type_simple(TYPE_BOOLEAN);
}

/* May `is` ever hold between the two? */
static bool may_equal(const Type *a, const Type *b)
{
    if (either(a, b, TYPE_NONE) || either(a, b, TYPE_UNKNOWN)) return true;
    if (both(a, b, TYPE_LIST)) return may_equal(a->of, b->of);
    if (both(a, b, TYPE_RECORD)) return type_fits(a, b);
    if (both(a, b, TYPE_BOOLEAN)) return true;
    if (!both(a, b, TYPE_CHOICE)) return expr_comparable(a, b);
    for (uint32_t i = 0; i < a->choices_n; i++)
        for (uint32_t k = 0; k < b->choices_n; k++)
            if (strcmp(a->choices[i], b->choices[k]) == 0) return true;
    return false;
}

static bool no_such_choice(Expr *x, const Ast *e, const Type *choice)
{
    Diags *d = expr_diags(x);
    Diag *m = diag_add(d, DIAG_E0302, e->at, "wanted %s, found the text \"%s\"", expr_shown(x, choice),
                       e->literal.value.text);
    if (!diag_nearest_name(d, m, e->literal.value.text, choice->choices, choice->choices_n))
        diag_hint(d, m, "write one of the words of the type, like %s",
                  choice->choices_n ? choice->choices[0] : "none");
    return true;
}

static void always_there(Expr *x, const Ast *e)
{
    const Ast *value = expr_is_none(e->binary.a) ? e->binary.b : e->binary.a;
    const Binding *b = value->kind == AST_NAME && x->find ? expr_place(x, value, false) : NULL;
    if (b && b->presumed) return;
    Diag *m = diag_add(expr_diags(x), DIAG_W0314, e->at, "this is never none: the answer is always %s",
                       e->binary.op == K_IS ? "no" : "yes");
    diag_hint(expr_diags(x), m, "take the question away; a type that may be none says so: number or none");
}

static const Type *equality(Expr *x, const Ast *e)
{
    const Ast *first = e->binary.a, *second = e->binary.b;
    /* Both sides are walked whatever the answer: the brighter one may go first. */
    if ((expr_is_dim(x, first) && !expr_is_dim(x, second)) ||
        (expr_is_text(first) && !expr_is_text(second))) {
        first = e->binary.b;
        second = e->binary.a;
    }
    const Type *a = expr_walk(x, first, NULL), *b = expr_walk(x, second, type_plain(expr_arena(x), a));
    unit_emit(x->unit, e->binary.op == K_IS ? IR_EQ : IR_NE, 0);
    if (expr_silent(a) || expr_silent(b)) return type_simple(TYPE_BOOLEAN);
    const Type *p = type_plain(expr_arena(x), a), *q = type_plain(expr_arena(x), b);
    bool certain = x->place != EXPR_CASES && x->place != EXPR_VALUES; /* there, anything may be missing */
    if (!may_equal(p, q))
        cannot(x, e, first == e->binary.a ? p : q, first == e->binary.a ? q : p);
    else if (p->kind == TYPE_CHOICE && q->kind == TYPE_TEXT && expr_is_text(second))
        no_such_choice(x, second, p);
    else if (p->kind == TYPE_PERSON)
        expr_person(x, second, first);
    else if (certain && either(p, q, TYPE_NONE) && !both(p, q, TYPE_NONE) && !a->optional && !b->optional)
        always_there(x, e);
    return type_simple(TYPE_BOOLEAN);
}

static const Type *element_light(Expr *x, const Ast *list)
{
    const Type *t = expr_light(x, list);
    return t && t->kind == TYPE_LIST ? type_plain(expr_arena(x), t->of) : NULL;
}

static const Type *membership(Expr *x, const Ast *e)
{
    const Ast *one = e->binary.a, *list = e->binary.b;
    Diags *d = expr_diags(x);
    const Type *moment = expr_in_calendar(x, e);
    if (moment) return moment;
    const char *calendar = list->kind == AST_NAME  ? list->name.name.text
                           : expr_is_text(list) ? list->literal.value.text
                                                : NULL;
    if (calendar && !expr_knows(x, calendar) && symbols_lost(x->symbols, SYM_CALENDAR, x->prefix, calendar)) {
        expr_walk(x, one, NULL);
        return expr_wrong();                   /* it may have been a moment in that calendar */
    }
    bool is_now = one->kind == AST_NAME && strcmp(one->name.name.text, "now") == 0;
    if ((one->kind == AST_LITERAL || is_now) && calendar && !expr_knows(x, calendar) &&
        symbols_find(x->symbols, SYM_CALENDAR, x->prefix, calendar)) {
        Diag *m = diag_add(d, DIAG_E0302, e->at, is_now ? "now is the same moment in every calendar"
                                                        : "only business time is counted in a calendar");
        diag_hint(d, m, is_now ? "leave `in %s` away; a day is one of a calendar: today in %s"
                               : "write 2 business days in %s, or leave `in %s` away", calendar, calendar);
        return expr_wrong();
    }
    const Type *a =
        expr_walk(x, one, expr_is_dim(x, one) || expr_is_text(one) ? element_light(x, list) : NULL);
    const Type *hint = a->kind == TYPE_UNKNOWN ? a : type_list(expr_arena(x), type_plain(expr_arena(x), a));
    const Type *b =
        !expr_is_dim(x, list) ? expr_walk(x, list, hint) : expr_walk(x, list, type_plain(expr_arena(x), a));
    unit_emit(x->unit, IR_IN, 0);
    if (e->binary.op == NOTIN) unit_emit(x->unit, IR_NOT, 0);
    if (one->kind == AST_BAD) return expr_wrong();     /* what was meant may be no condition at all */
    if (expr_silent(a) || b->kind == TYPE_UNKNOWN) return type_simple(TYPE_BOOLEAN);
    b = expr_plain(x, list, b, "something is looked for in it");
    if (type_plain(expr_arena(x), a)->kind == TYPE_PERSON && list->kind == AST_LIST)
        for (const Ast *item = list->list.items; item; item = item->next) expr_person(x, item, one);
    else if (b->kind == TYPE_LIST && b->of->kind == TYPE_PERSON)
        expr_person(x, one, list);
    if (b->kind == TYPE_LIST && !may_equal(type_plain(expr_arena(x), a), type_plain(expr_arena(x), b->of))) {
        cannot(x, e, a, b);
    } else if (b->kind != TYPE_LIST && b->kind != TYPE_UNKNOWN) {
        Diag *m = diag_add(d, DIAG_E0302, list->at, "wanted a list like [a, b], found %s", expr_shown(x, b));
        if (expr_is_texty(b) && a->kind != TYPE_CHOICE)
            diag_hint(d, m, "to look for a part of a text, write contains(text, part)");
        else diag_hint(d, m, "one value is compared with `is`; several stand in brackets: [a, b]");
    }
    return type_simple(TYPE_BOOLEAN);
}

/* ---- patterns ----------------------------------------------------------------------- */

static void check_pattern(Expr *x, const Ast *pattern)
{
    Diags *d = expr_diags(x);
    regex_t regex;
    Error why;
    if (!expr_is_text(pattern)) {
        Diag *m = diag_add(d, DIAG_E0311, pattern->at,
                           "the pattern of `matches` must be known before anything runs");
        diag_hint(d, m,
                  "write it as a text: matches \"^[A-Z]+$\"; to look for a part, write contains(text, part)");
        return;
    }
    if (pattern_compile(pattern->literal.value.text, &regex, &why) == ST_OK) {
        regfree(&regex);
        return;
    }
    Diag *m = diag_add(d, DIAG_E0516, pattern->at, "this pattern cannot be read: %s", why.text);
    diag_hint(d, m,
              "patterns are POSIX extended regular expressions; \\\\ takes a sign as it is: \"a\\\\.b\"");
}

static const Type *matching(Expr *x, const Ast *e)
{
    const Ast *text = e->binary.a, *pattern = e->binary.b;
    const Type *a = expr_walk(x, text, NULL), *b = expr_walk(x, pattern, NULL);
    unit_emit(x->unit, IR_MATCHES, 0);
    if (b->kind == TYPE_UNKNOWN) return type_simple(TYPE_BOOLEAN);
    if (a->kind != TYPE_UNKNOWN) a = expr_plain(x, text, a, "it is matched");
    if (!expr_is_texty(b) || (a->kind != TYPE_UNKNOWN && !expr_is_texty(a))) cannot(x, e, a, b);
    else check_pattern(x, pattern);
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
    case K_AND: case K_OR: return expr_logic(x, e);
    }
    return expr_wrong();
}
