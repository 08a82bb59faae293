/* expr_text.c -- texts with values in them, for people and for machines. */
#include "lang/expr_private.h"

#include <string.h>

static void printable(Expr *x, const Ast *e, const Type *t, const char *where)
{
    const Type *one = t;
    while (one->kind == TYPE_LIST) one = one->of;
    if (one->kind != TYPE_RECORD) return;
    Diag *m = diag_add(expr_diags(x), DIAG_E0302, e->at, "a record cannot stand in %s", where);
    diag_hint(expr_diags(x), m,
              one == t && one->fields_n ? "name one of its fields, like .%s"
                                        : "go through the list with `each`, and name fields",
              one->fields_n ? one->fields[0].name.text : "name");
}

/* What may be none prints as nothing; but none has no fields to print. */
void expr_printed(Expr *x, const Ast *part, const char *where)
{
    const Type *t = expr_walk(x, part, NULL);
    printable(x, part, t, where);
    if (part->kind == AST_MEMBER && x->lost == part)
        expr_plain(x, part->member.of, type_optional(expr_arena(x), t), "none has no fields");
}

/* Long texts are joined piece by piece. */
const Type *expr_template(Expr *x, const Ast *e, bool machine)
{
    IrOp op = machine ? IR_TEXT_MACHINE : IR_TEXT;
    uint32_t held = 0;
    for (const Ast *part = e->template_.parts; part; part = part->next) {
        if (expr_is_text(part) && !*part->literal.value.text) continue;
        if (held == EXPR_GATHER) {
            unit_emit(x->unit, op, held);
            held = 1;
        }
        expr_printed(x, part, machine ? "a command" : "a text");
        held++;
    }
    unit_emit(x->unit, op, held);
    return type_simple(TYPE_TEXT);
}

Code expr_text(Expr *x, const Ast *e, bool machine)
{
    expr_begin(x, e);
    Code code = unit_here(x->unit);
    if (e->kind == AST_TEMPLATE) expr_template(x, e, machine);
    else expr_want(x, e, type_simple(TYPE_TEXT));
    expr_end(x, e, code);
    return code;
}
