/* expr_prove.c -- conditions that decide nothing, because they always come out the same. */
#include "lang/expr_private.h"

static uint32_t mistakes(const Expr *x)
{
    return diags_count(expr_diags(x)) + diags_followed(expr_diags(x));
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
    Proving p = {.arena = x->symbols->scratch, .unit = &u, .missing = missing};
    const Span *places = NULL;
    if (x->knows && !x->knows(x->self, &p, from, u.code_n, &places)) return;
    Proof proof = prove(&p, from, u.code_n, &because);
    if (proof != PROOF_OPEN) {
        bool follows = because != PROVE_ALONE;
        Diag *m = diag_add(d, DIAG_W0484, e->at, "this is always %s: %s", proof == PROOF_YES ? "yes" : "no",
                           proof == PROOF_YES ? if_yes : if_no);
        diag_hint(d, m, follows ? "it follows from what holds here already"
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
