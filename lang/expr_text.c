/* expr_text.c -- texts with values in them: for people, for machines, for the shell.
 *
 * In a shell text a value never becomes part of the command's text: it is
 * handed over as "$1", "$2" ..., quoted where it stands bare, so that nothing
 * in it is ever read as shell.
 */
#include "lang/expr_private.h"

#include <string.h>

const Type *expr_template(Expr *x, const Ast *e, bool machine)
{
    uint32_t n = 0;
    for (const Ast *part = e->template_.parts; part; part = part->next, n++) {
        const Type *t = expr_walk(x, part, NULL);
        if (t->kind == TYPE_RECORD)
            diag_add(expr_diags(x), DIAG_E0302, part->at, "a record cannot stand in a text: name one of its fields");
    }
    unit_emit(x->unit, machine ? IR_TEXT_MACHINE : IR_TEXT, n);
    return type_simple(TYPE_TEXT);
}

Code expr_text(Expr *x, const Ast *e, bool machine)
{
    Code code = unit_here(x->unit);
    if (e->kind == AST_TEMPLATE) expr_template(x, e, machine);
    else expr_want(x, e, type_simple(TYPE_TEXT));
    unit_emit(x->unit, IR_END, 0);
    return code;
}

/* ---- shell ------------------------------------------------------------------------- */

typedef enum Quote { BARE, SINGLE, DOUBLE, COMMENT } Quote;

/* The shell's quoting after a piece of its text; $$ is one dollar for the shell, kept as \$. */
static Quote scan(Buf *out, const char *text, Quote q)
{
    for (const char *p = text; *p; p++) {
        if (p[0] == '$' && p[1] == '$') {
            buf_puts(out, q == SINGLE ? "$" : "\\$");
            p++;
            continue;
        }
        buf_putc(out, *p);
        bool begins_word = p == text || strchr(" \t\n;&|(", p[-1]);
        if (q == COMMENT) {
            if (*p == '\n') q = BARE;
        } else if (q == SINGLE) {
            if (*p == '\'') q = BARE;
        } else if (*p == '\\' && p[1]) {
            buf_putc(out, *++p);
        } else if (*p == '"') {
            q = q == DOUBLE ? BARE : DOUBLE;
        } else if (q == BARE && *p == '\'') {
            q = SINGLE;
        } else if (q == BARE && *p == '#' && begins_word) {
            q = COMMENT;
        }
    }
    return q;
}

const char *expr_shell(Expr *x, const Ast *text, Arena *a, uint32_t *args_n, Code **args)
{
    VEC(Code) codes = {0};
    Buf out = {0};
    Quote q = BARE;
    const Ast *parts = text->kind == AST_TEMPLATE ? text->template_.parts : text;
    for (const Ast *part = parts; part; part = text->kind == AST_TEMPLATE ? part->next : NULL) {
        if (part->kind == AST_LITERAL && part->literal.value.type == V_TEXT) {
            q = scan(&out, part->literal.value.text, q);
            continue;
        }
        Code code = unit_here(x->unit);
        const Type *t = expr_walk(x, part, NULL);
        unit_emit(x->unit, IR_END, 0);
        if (t->kind == TYPE_RECORD) diag_add(expr_diags(x), DIAG_E0302, part->at, "a record cannot stand in a command: name one of its fields");
        if (q == SINGLE) {
            Diag *m = diag_add(expr_diags(x), DIAG_E0601, part->at, "a value inside the shell's single quotes would not be filled in");
            diag_hint(expr_diags(x), m, "take the single quotes away: a value is one argument whatever it holds, or use double quotes \\\"...\\\"");
        }
        *VEC_PUSH(a, &codes) = code;
        buf_printf(&out, q == DOUBLE ? "${%u}" : "\"${%u}\"", codes.n);
    }
    const char *command = buf_dup(&out, a);
    buf_free(&out);
    *args = codes.items;
    *args_n = codes.n;
    return command;
}
