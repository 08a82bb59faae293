/* eval_private.h -- what the interpreter's files share. For no one else. */
#ifndef OPS_RUNTIME_EVAL_PRIVATE_H
#define OPS_RUNTIME_EVAL_PRIVATE_H

#include "runtime/eval.h"

/* Limits on what expressions build, so that a loop ends in words and not in a full machine. */
enum { TEXT_MOST = 64 << 20, LIST_MOST = 1 << 20 };

static inline bool eval_is_number(const Value *v)
{
    return v->type == V_NUMBER || v->type == V_PERCENT;
}

static inline bool eval_is_text(const Value *v)
{
    return v->type == V_TEXT || v->type == V_FILE || v->type == V_PERSON;
}

/* "cannot add $5 and 3h". */
Status eval_unable(const char *verb, const Value *x, const Value *y, Error *err);
/* "wanted a text, found the number 5". */
Status eval_wanted(const char *what, const Value *found, Error *err);
/* The newest calendar of that name; NULL after a message. */
const Calendar *eval_calendar(const EvalHost *host, const char *name, Error *err);
/* The zone of moments where none is named. */
const Zone *eval_zone(const EvalHost *host);
/* List after list. */
Status eval_add_lists(Arena *a, const Value *x, const Value *y, Value *out, Error *err);

/* ---- eval_call.c -------------------------------------------------------------------------- */
Status eval_call(const EvalHost *host, Arena *a, IrBuiltin builtin, const Value *args, uint32_t n, Value *out,
                 Error *err);

#endif
