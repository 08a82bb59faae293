/* eval.h -- expressions: stack code in, a value out.
 *
 * The interpreter knows no case and no file: whatever an expression may ask for
 * comes from its host. Results lie in the given arena or are borrowed from the
 * unit and the host.
 */
#ifndef OPS_RUNTIME_EVAL_H
#define OPS_RUNTIME_EVAL_H

#include "lang/ir.h"

typedef struct EvalHost {             /* everything an expression can ask for; a callback that is NULL: not here */
    Instant now;
    const IrProgram *program;         /* newest declarations: calendars, roles, tables ... */
    const Value *(*slot)(void *self, uint32_t slot);                     /* NULL: unset (fails the expression) */
    Status (*case_var)(void *self, Arena *a, const char *name, Value *out, Error *err);
    Status (*attr)(void *self, Arena *a, IrAttribute attr, const char *step, Value *out, Error *err);   /* step NULL: the case */
    Status (*persons)(void *self, Arena *a, const char *step, Value *list, Error *err);   /* who did it: doer and login */
    Status (*steps)(void *self, const char *step, uint64_t *count, Error *err);
    Status (*table)(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err);
    Status (*metric)(void *self, Arena *a, uint32_t metric, Value *out, Error *err);
    Status (*aggregate)(void *self, Arena *a, uint32_t aggregate, Value *out, Error *err);
    void *self;
} EvalHost;

/* ST_OK, or ST_FAILED: overflow, division by zero, an unset variable, values that do not go together. */
Status eval(const IrUnit *unit, Code code, const EvalHost *host, Arena *a, Value *out, Error *err) MUST_CHECK;
/* The same for a condition; none counts as no. */
Status eval_condition(const IrUnit *unit, Code code, const EvalHost *host, Arena *a, bool *holds, Error *err) MUST_CHECK;

/* from plus a clock, business or month duration. default_calendar may be NULL. */
Status eval_after(const EvalHost *host, Instant from, const Value *duration, const char *default_calendar,
                  Instant *out, Error *err) MUST_CHECK;

#endif
