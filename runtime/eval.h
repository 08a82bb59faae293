/* eval.h -- expressions: stack code in, a value out.
 *
 * The interpreter knows no case and no file: whatever an expression may ask for
 * comes from its host, and is recorded by whoever calls.
 *
 * Promise    the same code, host and instant give the same value. Verified code
 *            (ir_verify) never crashes, whatever its constants and answers are.
 * Memory     results lie in the given arena, or are borrowed from unit and host.
 * none       a comparison with none gives none, and for a condition none is no,
 *            also behind `not`. Reckoning with none fails; but over cases and
 *            metrics (a host with case_var or aggregate) it gives none, as not
 *            every case has got so far.
 * Errors     ST_FAILED with what was found: overflow, division by zero, amounts
 *            of two currencies, a variable nobody set, none, a calendar or step
 *            that is gone. What a callback returns is passed on as it is.
 */
#ifndef OPS_RUNTIME_EVAL_H
#define OPS_RUNTIME_EVAL_H

#include "lang/ir.h"

typedef struct EvalHost {             /* a callback that is NULL: "cannot be asked here" */
    Instant now;
    const Manner *manner;             /* of who reads the texts made here; NULL: nobody known, English */
    const IrProgram *program;         /* newest declarations: calendars, roles, tables ...; may be NULL */
    const Zone *zone;                 /* of moments where no calendar is named; NULL: the program's */
    const Value *(*slot)(void *self, uint32_t slot); /* NULL: unset (fails the expression) */
    const char *(*slot_name)(void *self, uint32_t slot);                 /* for messages */
    Status (*case_var)(void *self, Arena *a, const char *name, Value *out, Error *err);
    /* step NULL: of the case */
    Status (*attr)(void *self, Arena *a, IrAttribute attr, const char *step, Value *out, Error *err);
    /* who did it the last time, or ever: doer and login */
    Status (*persons)(void *self, Arena *a, const char *step, bool ever, Value *list, Error *err);
    Status (*steps)(void *self, const char *step, uint64_t *count, Error *err);
    /* how many answers to the step fulfil the condition, which stands in the unit that is run */
    Status (*answers)(void *self, const IrUnit *unit, const char *step, Code condition, uint64_t *count, Error *err);
    Status (*table)(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err);
    Status (*metric)(void *self, Arena *a, uint32_t metric, Value *out, Error *err);
    Status (*aggregate)(void *self, Arena *a, uint32_t aggregate, Value *out, Error *err);
    void *self;
} EvalHost;

Status eval(const IrUnit *unit, Code code, const EvalHost *host, Arena *a, Value *out, Error *err) MUST_CHECK;
/* The same for a condition; none counts as no. */
Status eval_condition(const IrUnit *unit, Code code, const EvalHost *host, Arena *a, bool *holds,
                      Error *err) MUST_CHECK;

/* ---- values alone ------------------------------------------------------------------------
 * What the operators do, for those who reckon without code. */
Status eval_add(const EvalHost *host, Arena *a, const Value *x, const Value *y, Value *out,
                Error *err) MUST_CHECK;
Status eval_sub(const EvalHost *host, Arena *a, const Value *x, const Value *y, Value *out,
                Error *err) MUST_CHECK;
Status eval_mul(const EvalHost *host, Arena *a, const Value *x, const Value *y, Value *out,
                Error *err) MUST_CHECK;
Status eval_div(const EvalHost *host, Arena *a, const Value *x, const Value *y, Value *out,
                Error *err) MUST_CHECK;
Status eval_neg(Arena *a, const Value *x, Value *out, Error *err) MUST_CHECK;

/* from plus a clock, business or month duration. default_calendar (may be NULL) is for a business
 * span that names none, and for the zone of months. */
Status eval_after(const EvalHost *host, Instant from, const Value *duration, const char *default_calendar,
                  Instant *out, Error *err) MUST_CHECK;

/* Does the text match the POSIX extended regular expression? Patterns stay compiled for a while. */
Status eval_matches(const char *text, const char *pattern, bool *found, Error *err) MUST_CHECK;

#endif
