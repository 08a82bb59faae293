/* expr_private.h -- what the parts of the expression pass share: expr.c (walk, names), expr_ops.c
 * (operators, functions), expr_who.c, expr_metric.c, expr_text.c. */
#ifndef OPS_LANG_EXPR_PRIVATE_H
#define OPS_LANG_EXPR_PRIVATE_H

#include "lang/expr.h"
#include "lang/grammar.h"
#include "lang/parse.h"

/* Appends code for e and returns its type. hint (or NULL) is the light in which bare choice words,
 * names of people, local datetimes and amounts are read; nothing is enforced here. */
const Type *expr_walk(Expr *x, const Ast *e, const Type *hint);
/* The same, and the value must fit want: reported at e. */
const Type *expr_want(Expr *x, const Ast *e, const Type *want);
/* Walks e as a condition. */
void expr_boolean(Expr *x, const Ast *e);

const Type *expr_binary(Expr *x, const Ast *e, const Type *hint);
const Type *expr_unary(Expr *x, const Ast *e, const Type *hint);
const Type *expr_conditional(Expr *x, const Ast *e, const Type *hint);
const Type *expr_apply(Expr *x, const Ast *e, const Type *hint);
const Type *expr_template(Expr *x, const Ast *e, bool machine);
const Type *expr_aggregate(Expr *x, const Ast *e);
const Type *expr_record(Expr *x, const Ast *e, Sym *record);

Arena *expr_arena(const Expr *x);
Diags *expr_diags(const Expr *x);
const Type *expr_wrong(void);                      /* the unknown type, after a message */
/* Reports a value that may be none where it must not be; returns the plain type. */
const Type *expr_plain(Expr *x, const Ast *e, const Type *t, const char *what);
void expr_const(Expr *x, Value v);
/* The step of this name, or NULL after a message. */
const char *expr_step(Expr *x, Name step);
/* The calendar's number as an operand; false after a message that says why one is needed. */
bool expr_calendar(Expr *x, Span at, const char *why, uint32_t *operand);
bool expr_is_name(const Ast *e, const char *name);

#endif
