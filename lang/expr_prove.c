/* expr_prove.c -- conditions that decide nothing, because they always come out the same. */
#include "lang/expr_private.h"

static uint32_t mistakes(const Expr *x)
{
    return diags_count(expr_diags(x)) + diags_followed(expr_diags(x));
}

/* The aggregate that is all of a metric; else any other instruction. */
static uint32_t whole_of(const Symbols *s, uint32_t metric)
{
    IrUnit u;
    Code at = metric < s->program->metrics_n ? s->program->metrics[metric].code : CODE_NONE;
    unit_finish(s->unit, &u);
    if (at < u.code_n && IR_INSTRUCTION_OP(u.code[at]) == IR_JUMP) at = IR_INSTRUCTION_OPERAND(u.code[at]);
    bool whole = at < u.code_n && at + 1 < u.code_n && IR_INSTRUCTION_OP(u.code[at + 1]) == IR_END;
    return whole ? u.code[at] : IR_INSTRUCTION(IR_END, 0);
}

/* Of a count or share, and of a metric that is one. */
static bool figure_bounds(const void *self, uint32_t instruction, int64_t *low, int64_t *high)
{
    const Symbols *s = self;
    if (IR_INSTRUCTION_OP(instruction) == IR_METRIC) instruction = whole_of(s, IR_INSTRUCTION_OPERAND(instruction));
    uint32_t which = IR_INSTRUCTION_OPERAND(instruction);
    if (IR_INSTRUCTION_OP(instruction) != IR_AGGREGATE || which >= s->aggregates.n) return false;
    uint8_t kind = s->aggregates.items[which].kind;
    *low = 0;
    *high = kind == AGG_SHARE ? DECIMAL_ONE : INT64_MAX;
    return kind == AGG_SHARE || kind == AGG_COUNT;
}

/* Tells of the condition whose code begins at from and ends here, unless there were messages about it, or something
 * in it follows from others (`before`: how many of both there were): then it says something else than was meant. */
static void tell(Expr *x, const Ast *e, uint32_t from, uint32_t before, const char *if_yes, const char *if_no)
{
    Diags *d = expr_diags(x);
    IrUnit u;
    uint32_t because;
    if (!x->symbols->scratch || mistakes(x) != before) return;
    unit_finish(x->unit, &u);
    bool missing = x->place == EXPR_CASES || x->place == EXPR_VALUES;
    Proving p = {.arena = x->symbols->scratch, .unit = &u, .missing = missing,
                 .bounds = figure_bounds, .self = x->symbols};
    const Span *places = NULL;
    if (x->knows && !x->knows(x->self, &p, from, u.code_n, &places)) return;
    Proof proof = prove(&p, from, u.code_n, &because);
    if (proof == PROOF_OPEN && x->place == EXPR_VALUES) {
        p.missing = false;             /* a goal that any figure meets says nothing, though there may be none yet */
        proof = prove(&p, from, u.code_n, &because);
    }
    if (proof != PROOF_OPEN) {
        bool follows = because != PROVE_ALONE;
        Diag *m = diag_add(d, DIAG_W0484, e->at, "this is always %s: %s", proof == PROOF_YES ? "yes" : "no",
                           proof == PROOF_YES ? if_yes : if_no);
        diag_hint(d, m, follows ? "it follows from what holds here already"
                        : x->place == EXPR_VALUES && x->metrics.n
                            ? "ask what may come out both ways: a share is 0%% to 100%%, a count 0 or more"
                            : "ask what may come out both ways, or take the question away");
        if (follows) m->related = places[because == PROVE_TOGETHER ? 0 : because];
    }
    arena_reset(x->symbols->scratch);
}

void expr_deciding(Expr *x, const Ast *e, const char *if_yes, const char *if_no)
{
    uint32_t from = unit_here(x->unit), before = mistakes(x);
    expr_boolean(x, e);
    tell(x, e, from, before, if_yes, if_no);
}

Code expr_condition(Expr *x, const Ast *e, const char *if_yes, const char *if_no)
{
    Code code = unit_here(x->unit);
    expr_deciding(x, e, if_yes, if_no);
    expr_end(x, e, code);
    return code;
}
