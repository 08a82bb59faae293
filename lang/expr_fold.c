/* expr_fold.c -- what is known before anything runs is reckoned now.
 *
 * Only constants are folded, with the rounding and the limits that hold when
 * it runs; so a division by zero, or a result too large, is found by the checker.
 */
#include "lang/expr_private.h"

const Value *expr_known(const Expr *x, uint32_t first)
{
    IrUnit u;
    unit_finish(x->unit, &u);
    if (first + 1 != u.code_n || IR_INSTRUCTION_OP(u.code[first]) != IR_CONST) return NULL;
    return &u.consts[IR_INSTRUCTION_OPERAND(u.code[first])];
}

static void instead(Expr *x, uint32_t first, Value v)
{
    unit_cut(x->unit, first);
    expr_const(x, v);
}

static bool counts_micros(const Value *v) { return v->type == V_DURATION && v->aux == DUR_CLOCK; }
static bool is_amount(const Value *v)
{
    return v->type == V_NUMBER || v->type == V_PERCENT || v->type == V_MONEY;
}
static bool is_number(const Value *v) { return v->type == V_NUMBER || v->type == V_PERCENT; }

typedef enum Outcome { FOLDED, LEFT, TOO_LARGE } Outcome;

static Outcome sum(const Value *a, const Value *b, bool minus, int64_t *out)
{
    if (is_amount(a) && is_amount(b))
        return (minus ? decimal_sub : decimal_add)(a->i, b->i, out) ? FOLDED : TOO_LARGE;
    if (!counts_micros(a) || !counts_micros(b)) return LEFT;
    bool lost = minus ? __builtin_sub_overflow(a->i, b->i, out) : __builtin_add_overflow(a->i, b->i, out);
    return lost ? TOO_LARGE : FOLDED;
}

static Outcome product(const Value *a, const Value *b, int64_t *out)
{
    if (is_amount(a) && is_amount(b)) return decimal_mul(a->i, b->i, out) ? FOLDED : TOO_LARGE;
    if (!counts_micros(a)) {
        const Value *swap = a;
        a = b;
        b = swap;
    }
    if (!counts_micros(a) || !is_number(b)) return LEFT;
    return decimal_scale(a->i, b->i, DECIMAL_ONE, out) ? FOLDED : TOO_LARGE;
}

static Outcome quotient(const Value *a, const Value *b, int64_t *out)
{
    if ((is_amount(a) && is_amount(b)) || (counts_micros(a) && counts_micros(b)))
        return decimal_div(a->i, b->i, out) ? FOLDED : TOO_LARGE;
    if (!counts_micros(a) || !is_number(b)) return LEFT;
    return decimal_scale(a->i, DECIMAL_ONE, b->i, out) ? FOLDED : TOO_LARGE;
}

static Value as_type(const Type *t, const Value *a, const Value *b, int64_t i)
{
    if (t->kind == TYPE_MONEY) return value_money(i, a->unit ? a->unit : b->unit);
    if (t->kind == TYPE_DURATION) return value_duration(i);
    return t->kind == TYPE_PERCENT ? value_percent(i) : value_number(i);
}

static bool impossible(Expr *x, const Ast *e, const char *what, const char *hint)
{
    diag_hint(expr_diags(x), diag_add(expr_diags(x), DIAG_E0315, e->at, "%s", what), "%s", hint);
    return false;
}

/* `20% * 50`: who wants 20% of 50 gets 1000%. */
static void tell_percent(Expr *x, const Ast *e, const Value *a, const Value *b, int64_t product)
{
    bool share = e->binary.op == '*' && a->type == V_PERCENT && b->type == V_NUMBER && a->i <= DECIMAL_ONE;
    if (!share || product <= DECIMAL_ONE) return;
    Buf shown = {0};
    Value v = value_percent(product);
    value_print(&shown, &v, STYLE_LANGUAGE, NULL);
    Diag *m = diag_add(expr_diags(x), DIAG_W0378, e->at, "this is %s: a percent that stands first stays one",
                       buf_text(&shown));
    diag_hint(expr_diags(x), m, "for a share of a number, write the number first: %s * %s", expr_source(x, e->binary.b),
              expr_source(x, e->binary.a));
    buf_free(&shown);
}

bool expr_fold(Expr *x, const Ast *e, const Type *t, uint32_t first, uint32_t second)
{
    IrUnit u;
    unit_finish(x->unit, &u);
    Word op = e->binary.op;
    if (u.code_n != second + 2 || IR_INSTRUCTION_OP(u.code[second]) != IR_CONST) return true;
    Value b = u.consts[IR_INSTRUCTION_OPERAND(u.code[second])];
    bool zero = (is_amount(&b) || counts_micros(&b)) && b.i == 0;
    if (op == '/' && zero)
        return impossible(x, e->binary.b, "nothing can be divided by zero",
                          "ask first whether there is something to divide by");
    if (second != first + 1 || IR_INSTRUCTION_OP(u.code[first]) != IR_CONST) return true;
    Value a = u.consts[IR_INSTRUCTION_OPERAND(u.code[first])];
    int64_t i = 0;
    Outcome outcome = op == '*'   ? product(&a, &b, &i)
                      : op == '/' ? quotient(&a, &b, &i)
                                  : sum(&a, &b, op == '-', &i);
    if (outcome == TOO_LARGE)
        return impossible(x, e, "the result is too large for an exact number",
                          "numbers and amounts go up to 9,223,372,036,854");
    if (outcome == FOLDED) tell_percent(x, e, &a, &b, i);
    if (outcome == FOLDED) instead(x, first, as_type(t, &a, &b, i));
    return true;
}

void expr_fold_minus(Expr *x, uint32_t first)
{
    const Value *known = expr_known(x, first);
    Value v = known ? *known : VALUE_NONE;
    bool months = v.type == V_DURATION && v.aux == DUR_MONTHS;
    int64_t i;
    if ((is_amount(&v) || counts_micros(&v) || months) && !__builtin_sub_overflow(0, v.i, &i)) {
        v.i = i;
        instead(x, first, v);
    } else {
        unit_emit(x->unit, IR_NEG, 0);
    }
}

void expr_fold_list(Expr *x, uint32_t first)
{
    IrUnit u;
    unit_finish(x->unit, &u);
    Value *items = ARENA_ARRAY(expr_arena(x), Value, u.code_n - first);
    uint32_t n = 0;
    for (uint32_t at = first; at < u.code_n; at++)
        if (IR_INSTRUCTION_OP(u.code[at]) == IR_CONST)
            items[n++] = u.consts[IR_INSTRUCTION_OPERAND(u.code[at])];
    instead(x, first, value_list(items, n));
}
