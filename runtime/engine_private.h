/* engine_private.h -- what the engine's parts share: engine.c (flow), engine_step.c
 * (steps: machines, people, failure), engine_host.c (what expressions may ask). */
#ifndef OPS_RUNTIME_ENGINE_PRIVATE_H
#define OPS_RUNTIME_ENGINE_PRIVATE_H

#include "runtime/engine.h"
#include "runtime/fit.h"

typedef struct Filling {           /* an EACH_PARALLEL whose elements are being begun, and those around it */
    uint32_t block;
    const struct Filling *around;
} Filling;

typedef struct Decide {            /* one call of engine_advance */
    Case *of;
    const Env *env;
    const Input *in;
    Instant given_at;              /* the input's moment as given, before it was moved up to the case's now */
    Out *out;
    const IrStep *step;            /* whose expression it is, for the clock of its role; NULL: the process's */
    const Manner *reader;          /* for whom a text is made; NULL: nobody in particular */
    Error problem;                 /* of the last expression */
    const Filling *filling;
} Decide;

/* So many events of one advance, and what comes next is an incident: a loop that waits for nothing. */
enum { MOST_EVENTS = 100000 };

/* Tells an event: fills seq, case and moment, folds it in. */
void put(Decide *d, Event e);
Datum *data(Decide *d, uint32_t n);
bool running(const Decide *d);

/* Each false with d->problem filled when it cannot be computed. */
bool value_of(Decide *d, Code code, uint32_t act, Value *v);
bool condition_of(Decide *d, Code code, uint32_t act, bool *holds);
bool moment_of(Decide *d, Code code, uint32_t act, bool is_span, bool is_limit, Instant *out);
/* The condition with a variable bound to a value for this once. */
bool bound_condition(Decide *d, Code code, uint32_t act, uint32_t slot, const Value *value, bool *holds);

void incident(Decide *d, uint32_t act, uint32_t node, uint32_t parent, const char *why);
void end_case(Decide *d, CaseStatus status, const char *outcome);
uint32_t successor(Decide *d, uint32_t node, uint32_t *parent);
void go(Decide *d, uint32_t node, uint32_t parent);
void go_on_after(Decide *d, uint32_t node, uint32_t parent);

uint32_t enter_step(Decide *d, uint32_t node, uint32_t parent);
/* The step is offered, or its machine part begins; act may be new. */
void step_begins(Decide *d, uint32_t act, uint32_t node, uint32_t parent);
/* Have the steps ended that this one needs? And: begins all that waited for that. */
bool needs_are_met(const Decide *d, uint32_t node, uint32_t parent);
void needed_begin(Decide *d);
/* Begins (or readies) the machine part of a step; act may be new. */
void machine_begin(Decide *d, uint32_t act, uint32_t node, uint32_t parent, Instant deadline);
Status input_begin(Decide *d);
Status input_result(Decide *d);
Status input_interrupted(Decide *d);
Status input_person(Decide *d, Error *err);
Status input_incident(Decide *d, Error *err);

typedef struct FieldRange {        /* of the flow's unit: what a process takes, or a step asks or gives */
    uint32_t first, n;
    const IrStep *step;            /* NULL: the process's own */
} FieldRange;

/* Each field's condition, over values that the case does not have yet. */
Status form_check(const Case *c, const Env *env, Instant now, uint32_t act, FieldRange fields, const Datum *values,
                  uint32_t values_n, Arena *a, Error *err) MUST_CHECK;

/* What the step ensures, as if the case had these values already; when it is skipped, of its own values alone. */
Status ensures_check(const Case *c, const Env *env, Instant now, uint32_t act, const IrStep *step, bool skipped,
                     const Datum *values, uint32_t values_n, Arena *a, Error *err) MUST_CHECK;

/* The default of one of them, which may read those before it. */
Status form_default(const Case *c, const Env *env, Instant now, FieldRange fields, const IrField *field,
                    const Datum *values, uint32_t values_n, Arena *a, Value *out, Error *err) MUST_CHECK;

/* The input's values as a record of this type: of a message, or of a called case with its outcome. */
Status message_record(Decide *d, uint32_t type, Value *out, Error *err);
Value returned_record(Decide *d, uint32_t type);

#endif
