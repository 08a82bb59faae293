/* engine_private.h -- what the engine's parts share: engine.c (flow), engine_block.c (races, locks,
 * handlers, what is withdrawn), engine_undo.c (what is undone), engine_step.c (steps: machines,
 * people, failure), engine_needs.c (steps that wait for others), engine_correct.c (what was recorded wrongly),
 * engine_deviate.c (steps that are skipped or done once more), engine_turn.c (by turn), engine_host.c (what expressions
 * may ask), engine_who.c (who may), engine_nudge.c (reminders, escalation). */
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
    uint32_t began;                /* the case's seq when the input came */
    uint32_t before;               /* the act that ended, of a step that is to begin once more; 0: none */
    bool freed;                    /* something that ran beside has changed: what it held may begin */
    Instant until;                 /* the moment up to which is looked, where it lies behind the input's */
} Decide;

/* So many events with nothing but Lua between, and what comes next is an incident: a loop that waits for nothing. */
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

/* A person must say how to go on. */
void incident(Decide *d, uint32_t act, uint32_t node, uint32_t parent, const char *why);
/* What stands here has failed: the `on fail` of a block around it takes over, or it is an incident. act may be new. */
bool is_guarded(const Decide *d, uint32_t node, uint32_t parent);
void fails(Decide *d, uint32_t act, uint32_t node, uint32_t parent, const char *why);
/* A wait for an event, or an `on E`, that was an incident. */
void listen_again(Decide *d, uint32_t node, uint32_t parent, Instant due);
/* Reckons the deadline (or does without it) and goes on with the first statement. */
void case_begins(Decide *d, bool with_deadline);
/* The case ends, once what must be is undone. */
void finish(Decide *d, CaseStatus status, const char *outcome);
void end_case(Decide *d, CaseStatus status, const char *outcome);
uint32_t successor(Decide *d, uint32_t node, uint32_t *parent);
void go(Decide *d, uint32_t node, uint32_t parent);
void go_on_after(Decide *d, uint32_t node, uint32_t parent);
void post(Decide *d, Message m);
/* What a branch keeps as it was before the fork, because another one will set it. */
void keep_values(Decide *d, uint32_t parent, Event *branched);

/* ---- blocks (engine_block.c) ---- */
bool is_below(const Case *c, const Act *a, uint32_t block);
/* Is it a branch of a parallel or race? A statement that is one by itself has an act of its node for it. */
bool is_branch(const Case *c, const Act *a);
/* Is something open in the act (0: the case) beside its own way, which has come to its end? */
bool others_go_on(const Decide *d, uint32_t act);
/* Does the case wait for one that it called? */
bool waits_for_called(const Decide *d);
/* A command of it is killed, a case that it called is withdrawn. */
void unwanted(Decide *d, const Act *a);
/* Everything open below the act (0: in the case) is withdrawn, the innermost first. */
void withdraw_below(Decide *d, uint32_t act, const char *why);
uint32_t enter_block(Decide *d, uint32_t node, uint32_t *parent);
uint32_t enter_lock(Decide *d, uint32_t node, uint32_t parent);
/* A branch of a race, the way through a block, a lock, or an `on late` has come to its end: as branch_ends. */
uint32_t racer_ends(Decide *d, uint32_t branch, uint32_t *parent);
uint32_t block_ends(Decide *d, uint32_t block, uint32_t *parent);
uint32_t late_ends(Decide *d, uint32_t late, uint32_t *parent);
/* Before the case stops inside races: what their branches set for themselves is the case's. */
void hand_on_all(Decide *d, uint32_t act);
/* What is done when a step, or the case (IR_NONE), is late begins beside it. */
void begin_late(Decide *d, uint32_t node, uint32_t parent);
/* This sequence begins beside what the act is in. seen: what it sees of an element of a list that is over; or NULL. */
void begin_beside(Decide *d, uint32_t sequence, uint32_t parent, const Value *seen);
/* Something beside has ended, which the way around it may have waited for: the node that has come to its end with it,
 * in *parent; or IR_NONE. */
uint32_t beside_ended(Decide *d, uint32_t around, uint32_t *parent);
/* An event came for an `on EVENT`: the act's block goes on with it. */
void block_interrupted(Decide *d, uint32_t node, uint32_t block);
/* The block was undone: it goes on as it was meant to. */
void block_undone(Decide *d, uint32_t block);
Status input_locked(Decide *d);

/* ---- undoing (engine_undo.c) ---- */
/* What undoing a step needs, for the event that ends it, by that end: adds "$undo" to the values, which have room for
 * it. instead: the absent one for whom its person stands in, or NULL. */
void undo_note(Decide *d, const Event *end, const char *instead, Datum *values, uint32_t *n);
/* What undoing needs with right values in place of wrong ones: a list of line of the trace, needs, line, needs ... */
Value undo_corrected(Decide *d, const Correction *of, const Datum *wrong, const Datum *right, uint32_t n);
/* NULL: nothing is known of how the act ended. */
const Ending *ending_of(const Correction *of, uint32_t act);
/* Has something ended in this act (0: in the case), or (of an act) is a called case undoing there, that must be undone
 * before it goes on? */
bool undo_any(const Case *c, uint32_t within);
/* Is something being undone just now, by this case or by one that it called? */
bool undo_under_way(const Case *c);
/* Undoes what is to be undone, and lets go on what waited for that. */
void undo_go_on(Decide *d);
bool undo_effect(Decide *d, const Act *a, Effect *effect);

/* ---- reminding (engine_nudge.c) ---- */
enum { NUDGE_NOTES = 2 };
/* Adds when a step (NULL: the case) is first reminded of and escalated to the values, which have room for so many. */
void nudges_of(Decide *d, const IrStep *s, uint32_t parent, Instant deadline, Datum *values, uint32_t *n);
/* The earliest reminder or escalation of an act (0: of the case) is due. */
void nudge(Decide *d, uint32_t act);

uint32_t enter_step(Decide *d, uint32_t node, uint32_t parent);
/* May the step, whose act may be new, not begin, since an approval is asked for again, or a step is done once more? */
bool step_is_held(const Decide *d, uint32_t act, uint32_t node, uint32_t parent);
/* Who typed for the input's person is left out of the step at a node, and says why. */
Status refuse_login(const Case *c, const IrProgram *p, uint32_t node, const Input *in, Error *err);
/* A person wants a machine to begin: refused where an approval that lapsed keeps it from that. */
Status refuse_unapproved_machine(const Decide *d, uint32_t act, uint32_t node, uint32_t parent, Error *err) MUST_CHECK;
/* The step is offered, or its machine part begins; act may be new. */
void step_begins(Decide *d, uint32_t act, uint32_t node, uint32_t parent);
/* A step that ended (before: as which act; 0: it is an approval that is asked for again) is done once more, beside the
 * way of the case; act may be new. False, with d->problem: it cannot be offered, or begun. */
bool step_repeats(Decide *d, uint32_t act, uint32_t node, uint32_t parent, uint32_t before, const char *why);
/* A step at this node has ended: what comes behind it. again: it was done beside, and the way may have waited for
 * it. */
void goes_on(Decide *d, uint32_t node, uint32_t parent, bool again);
/* What is given with a step that is skipped, as the step would have given it. */
Status skip_values(Decide *d, const IrStep *s, uint32_t parent, Datum **values, uint32_t *n, Error *err) MUST_CHECK;
/* Have the steps ended that this one needs? And: begins all that waited for that. */
/* May the statement at this node, which is no step, not begin yet? */
bool held_back(const Decide *d, uint32_t node, uint32_t parent);
bool needs_are_met(const Decide *d, uint32_t node, uint32_t parent);
/* Does what stands at this node ask how an approval ended that is asked for again just now? self: an act of it, or
 * NULL; of an approval that is asked for again itself, by what was asked for before it, and by what that gives. */
bool tells_asked(const Decide *d, const Act *self, uint32_t node);
/* Its branch takes over what it sees of the steps that it needed. */
void take_over(Decide *d, const IrStep *s, uint32_t parent);
/* The step has ended once more: branches that have taken over what it gave see what it gives now. */
void seen_anew(Decide *d, const char *step);
/* Does this branch have the value, which the step gave, for itself since a step in it needed that? */
bool sees_by_needs(const Case *c, uint32_t branch, const char *step, const char *name);
void needed_begin(Decide *d);
/* Begins (or readies) the machine part of a step; act may be new. */
/* The step is offered; trouble: why it is offered anew, or NULL. again: it was approved before, and the case goes on
 * behind it meanwhile; false: what the people read cannot be told. */
bool offer(Decide *d, uint32_t act, uint32_t node, uint32_t parent, Instant deadline, const char *trouble, bool again);
/* Its deadline has passed. */
void step_late(Decide *d, uint32_t act);
/* An attempt of a machine begins, or waits for an approval that is asked for again. */
void machine_begin(Decide *d, uint32_t act, uint32_t node, uint32_t parent, Instant deadline);
/* The work of a running act begins, again where it was interrupted; an incident where it cannot. */
void machine_again(Decide *d, uint32_t act);
/* What Lua or a `set` made of a variable in sight: no form stands for it, but its records have their conditions. s: the
 * step whose Lua it was, or NULL. ST_VALUE, with d->problem. */
Status changed_holds(Decide *d, const IrStep *s, uint32_t parent, uint32_t type, const Value *v);
Status input_begin(Decide *d);
Status input_result(Decide *d);
Status input_interrupted(Decide *d);
Status input_person(Decide *d, Error *err);
Status input_hold(Decide *d, Error *err);
Status input_incident(Decide *d, Error *err);
/* ---- taking turns (engine_turn.c) ---- */
/* Whose turn it is, of each `by turn` of a rule: a list of persons, "" where nobody may; none where it has none. The
 * turns are taken by that, but for those that the step has already where it was offered before (or NULL), if these may
 * do it still. */
Value take_turns(Decide *d, const IrStep *s, const Value *who, const Act *offered);
/* Those of this advance so far, to go back to where nothing comes of an offer. */
typedef struct Turns { TurnTaken *items; uint32_t n; } Turns;
Turns turns_taken(const Decide *d);
void turns_back(Decide *d, const Turns *to);
/* The turn is another's: adds what the event says of it to the values, which have room for two. */
void pass_turns(Decide *d, const Act *a, const char *to, Datum *values, uint32_t *n);
/* Has this person the turn of an offered act, and is away with nobody who stands in? Then a task that is given back is
 * for all who take turns; adds what the event says of that to the values, which have room for two. */
bool leaves_turn(const Decide *d, const Act *a, const char *person);
void leave_turns(Decide *d, const Act *a, const char *person, Datum *values, uint32_t *n);
/* The rule of an offered act with these turns, and with who joined. */
Value rule_of_act(Decide *d, const Act *a, const Value *turns);
/* ---- correcting (engine_correct.c) ---- */
Status input_correct(Decide *d, Error *err);
/* May the input's person, and whose login it is? */
bool may_by(const Decide *d, const Value *who);
/* The values of an event are other ones now: what is offered with them is offered anew. */
void offer_anew(Decide *d, const Event *changed, const char *why);
bool reads_what_changed(Decide *d, const Act *a, const Event *changed);
/* An approval does not stand any more, and is asked for again; later: once what is done once more has ended. corrected:
 * by what, or NULL. */
void lapse(Decide *d, const Lapse *lapsed, const Event *corrected, const char *why, bool later);
/* ... now: it has waited for that. */
void asked_again(Decide *d, const Act *a);
/* The act that it is asked for in; a new one, unless it keeps what it saw (or none) of an element that is over. */
uint32_t waits_again(Decide *d, uint32_t node, uint32_t parent, const Value *seen);
/* The values of an event, with that as a note. */
const Datum *with_seen(Decide *d, const Datum *values, uint32_t *n, const Value *seen);
/* ---- not by the file (engine_deviate.c) ---- */
Status skip_open(Decide *d, const Act *a, Error *err) MUST_CHECK;
Status input_repeat(Decide *d, Error *err) MUST_CHECK;
/* A step that was done once more has ended, with this event: what others were offered with what it had given before is
 * offered anew. */
void told_anew(Decide *d, const Event *e);
/* What the case offers that tells how an approval ended waits while that is asked for again; and (before: such a one,
 * or NULL) what was offered on what it gave. */
void hold_told(Decide *d, const Event *before);
/* May the input's person do once more what other steps, which they did, are not for the doer of? */
Status check_apart(Decide *d, const Act *a, Error *err) MUST_CHECK;
/* Is it an approval that nobody has given yet? Nobody decides for those who are asked. */
bool is_unapproved(const Decide *d, const Act *a);
Status refuse_unapproved(const Decide *d, uint32_t node, Error *err);
/* Who owns the process, by the newest file; false: nobody does. */
bool owner_of(Decide *d, Value *who);
/* A value for a variable of the case, as its type wants it. */
Status variable_fit(Decide *d, const Datum *given, Value *out, Error *err) MUST_CHECK;

typedef struct FieldRange {        /* of the flow's unit: what a process takes, or a step asks or gives */
    uint32_t first, n;
    const IrStep *step;            /* NULL: the process's own */
} FieldRange;

/* A value as it would be if the case had these values already. */
bool value_with(Decide *d, Code code, uint32_t act, const IrStep *step, const Datum *values, uint32_t n, Value *v);

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
Status returned_record(Decide *d, uint32_t type, Value *out, Error *err) MUST_CHECK;

#endif
