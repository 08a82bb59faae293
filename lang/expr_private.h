/* expr_private.h -- what the parts of the expression pass share.
 *
 * expr.c walks, expr_name.c looks up, expr_ops.c joins, expr_logic.c decides,
 * expr_prove.c finds what is decided already,
 * expr_call.c calls, expr_fold.c reckons what is known already, expr_moment.c
 * says when and expr_who.c who; expr_text.c and expr_shell.c write,
 * expr_metric.c counts.
 */
#ifndef OPS_LANG_EXPR_PRIVATE_H
#define OPS_LANG_EXPR_PRIVATE_H

#include "lang/expr.h"
#include "lang/grammar.h"
#include "lang/parse.h"

/* Values put on the stack at once before they are gathered: the stack holds 64. */
enum { EXPR_GATHER = 24, EXPR_MANY_ERRORS = 100 };     /* behind so many mistakes nobody reads suggestions */

/* ---- expr.c ------------------------------------------------------------------------ */

/* Appends code for e and returns its type. hint (or NULL) is the light in which bare choice words,
 * names of people and texts are read; nothing is enforced here. An unknown hint says that a mistake
 * around was reported: a word that nobody knows is passed over in silence. */
const Type *expr_walk(Expr *x, const Ast *e, const Type *hint);
/* An expression begins: its names are looked up as from where it was written. */
void expr_begin(Expr *x, const Ast *e);
/* The same, and the value must fit want: reported at e. */
const Type *expr_want(Expr *x, const Ast *e, const Type *want);
/* Ends the code that began at start; reports what the stack cannot hold at e. */
void expr_end(Expr *x, const Ast *e, Code start);
void expr_const(Expr *x, Value v);
Arena *expr_arena(const Expr *x);
Diags *expr_diags(const Expr *x);
const char *expr_shown(const Expr *x, const Type *t);
const char *expr_source(const Expr *x, const Ast *e);      /* as it is written */
const Type *expr_wrong(void);                      /* the unknown type, after a message */
/* Reports a value that may be none where it must not be; returns the plain type. */
const Type *expr_plain(Expr *x, const Ast *e, const Type *t, const char *what);
/* Reports that e, of type t, is not what is wanted there; for hints. */
Diag *expr_misfit(Expr *x, const Ast *e, const char *wanted, const Type *t);
/* Is nothing to be said about a value of this type, because its mistake was reported? */
bool expr_silent(const Type *t);
bool expr_is_text(const Ast *e);                   /* a text without ${ } */
bool expr_is_none(const Ast *e);

/* ---- expr_call.c -------------------------------------------------------------------- */

/* In a condition on the answers to a step: the value of this name that each of them has; else NULL. */
Binding *expr_answered(const Expr *x, const char *name);

/* ---- expr_name.c -------------------------------------------------------------------- */

const Type *expr_name(Expr *x, const Ast *e, const Type *hint);
const Type *expr_member(Expr *x, const Ast *e, const Type *hint);
const Type *expr_index(Expr *x, const Ast *e);
const Type *expr_did(Expr *x, const Ast *e);
/* The step of this name, or NULL after a message. */
const char *expr_step(Expr *x, Name step);
/* Is the word a secret, or a file of Lua? Then a message is added: neither has a value outside Lua. */
bool expr_of_lua(Expr *x, Span at, const char *word);
/* Does the word mean something without a hint: a variable, an attribute, a metric ...? */
bool expr_knows(Expr *x, const char *word);
/* What is known of a, a.b or a.b.c, or NULL: of anything else, and of fields that no condition asked
 * for yet, unless they are to be made. */
Binding *expr_place(Expr *x, const Ast *e, bool make);
/* Is this a name, or a choice between nothing but names, that only a hint makes mean something? */
bool expr_is_dim(Expr *x, const Ast *e);
/* The type of e where it can be told without walking it, else NULL. No code, no message. */
const Type *expr_light(Expr *x, const Ast *e);
/* The calendar's number as an operand; false after a message that says why one is needed. */
/* "x.Name", what a module declares, where x is no variable; NULL for anything else. */
const char *expr_of_module(Expr *x, const Ast *e);
bool expr_calendar(Expr *x, Span at, const char *why, uint32_t *operand);
/* The calendar that holds here, or the file's only one, or NULL. */
const char *expr_usual_calendar(const Expr *x);
const char *expr_calendars(const Expr *x);         /* "Office, Lab" */

/* ---- expr_who.c --------------------------------------------------------------------- */

/* A person is compared with this: tells of a text that is nobody's name (W0468). Where people come from data they need
 * not stand in the file, and only a slip is told. */
void expr_person(Expr *x, const Ast *text, const Ast *with);

/* ---- expr_moment.c ------------------------------------------------------------------ */

/* `2026-12-24T16:00 in Office`, `today in Office`; NULL, and nothing done, when e is something else. */
const Type *expr_in_calendar(Expr *x, const Ast *e);

/* ---- expr_ops.c, expr_logic.c, expr_fold.c --------------------------------------------- */

const Type *expr_binary(Expr *x, const Ast *e, const Type *hint);
const Type *expr_unary(Expr *x, const Ast *e, const Type *hint);
bool expr_comparable(const Type *a, const Type *b);
bool expr_is_numeric(const Type *t);
bool expr_is_texty(const Type *t);                 /* text, choice, file, person */
/* Walks e as a condition. */
/* False where it is surely no condition. */
bool expr_boolean(Expr *x, const Ast *e);
const Type *expr_logic(Expr *x, const Ast *e);
/* Walks a condition that decides between two ways, and tells where it decides nothing. */
void expr_deciding(Expr *x, const Ast *e, const char *if_yes, const char *if_no);
const Type *expr_conditional(Expr *x, const Ast *e, const Type *hint);
/* What conditions proved to be there, until it is taken back. */
typedef struct Narrowed { VEC(Binding *) items; Arena *arena; } Narrowed;
void expr_assume(Expr *x, const Ast *condition, bool holds, Narrowed *n);
void expr_forget(Narrowed *n);
/* The code from first on is one operator over constants (second: where its right side begins): it
 * becomes one constant. False after a message: there is no such value. */
bool expr_fold(Expr *x, const Ast *e, const Type *t, uint32_t first, uint32_t second);
void expr_fold_minus(Expr *x, uint32_t first);
/* A list all of whose elements are constants becomes one. */
void expr_fold_list(Expr *x, uint32_t first);
/* The constant that the code from first on pushes and nothing else, or NULL. Borrowed. */
const Value *expr_known(const Expr *x, uint32_t first);

/* ---- expr_call.c, expr_text.c, expr_metric.c --------------------------------------------- */

const Type *expr_apply(Expr *x, const Ast *e, const Type *hint);
const Type *expr_template(Expr *x, const Ast *e, bool machine);
/* Walks a value that goes into a text, and reports one that has no form there. */
void expr_printed(Expr *x, const Ast *part, const char *where);
const Type *expr_aggregate(Expr *x, const Ast *e);
const Type *expr_not_counted(Expr *x, const Ast *e, const char *name);

#endif
