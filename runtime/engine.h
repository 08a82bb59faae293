/* engine.h -- what happens next: a pure function of flow, case, environment and input.
 *
 * engine_advance decides what an input means and folds each event it decides
 * on into the case at once, so the next decision sees it. It reads no clock,
 * opens no file and starts nothing: its world does, and hands in what came of
 * it. The same flow, history and inputs give the same events byte for byte.
 *
 * Promise    when the commit of Out fails, forget the case and read it again:
 *            nothing of it happened.
 */
#ifndef OPS_RUNTIME_ENGINE_H
#define OPS_RUNTIME_ENGINE_H

#include "runtime/case.h"
#include "runtime/eval.h"

typedef enum InputKind {
    INPUT_START,        /* begins the case: values are what it takes; text: cause; key; n: caller, act: caller's act */
    INPUT_BEGIN,        /* act: a machine step has begun, and its world has only now a place for its work */
    INPUT_RESULT,       /* act, attempt: a machine step ended. ok; values: gives and set variables; text: why not */
    INPUT_INTERRUPTED,  /* act: the process that ran it is gone; ok: what it did outside is known */
    INPUT_DONE,         /* act: person answered with values */
    INPUT_APPROVE,      /* act */
    INPUT_REJECT,       /* act; text: why */
    INPUT_CLAIM,        /* act: person takes the task; text: why, where another has it */
    INPUT_DELEGATE,     /* act: person gives it to `to`, or (NULL) to all who may; text: why */
    INPUT_TIMER,        /* at: everything of the case that is due by then; n: the moment now, or 0 */
    INPUT_MESSAGE,      /* act waits for text; n: the message; values: its fields */
    INPUT_LOCKED,       /* act waits for a lock: it is the case's now */
    INPUT_RETURN,       /* act called a case; text: its outcome; ok: it did not fail; values */
    INPUT_NOTE,         /* what would have begun a second case: text, values, person as of START */
    INPUT_RETRY,        /* act: an incident; person */
    INPUT_SKIP,         /* act: an incident, or an open step; person, text: why, values */
    INPUT_REPEAT,       /* a step that ended; person, text: why; correction: what history says of what it recorded */
    INPUT_CANCEL,       /* the case; person, text: why */
    INPUT_CORRECT,      /* what is right; person, text: why, values; correction: what history says of the wrong ones */
    INPUT_WITHDRAW      /* the case: who called it needs it no more; text: why */
} InputKind;

/* What an approval saw of an element of a list that is over, as it was at that one's end. own: it may be of the answer
 * that is corrected. */
typedef struct SeenValue { const char *name; Value value; bool own; } SeenValue;

/* Among what it saw: which elements these were, as numbers. Two that are asked for again are not the same then. */
#define ELEMENTS_NOTE "$elements"

/* An approval that ended, and the act around it. gone: it was given in a branch of a race that lost. */
typedef struct Lapse { uint32_t act, parent, node; bool gone; const SeenValue *seen; uint32_t seen_n; } Lapse;

/* A branch that has a wrong value for itself. */
typedef struct Copy { const char *name; uint32_t act; } Copy;

/* An element of an open `each ... in parallel` that is over, of which the wrong value was collected; n: its number,
 * from 0. */
typedef struct Gathered { const char *name; uint32_t block, n; } Gathered;

/* A step that ended while a wrong value stood, as it was then: undoing it needs what it saw, and so does what the one
 * whose value is wrong promised. */
typedef struct Ending {
    uint32_t act, parent;
    const Case *before;                /* the case just before; NULL: its flow was another one, what it saw is as now */
    Instant at;
    const Datum *values; uint32_t values_n;        /* what the step gave, and what was corrected since of all it saw */
} Ending;

typedef struct Correction {            /* what the history says of values that are to be corrected, or given anew */
    uint32_t seq;                      /* as far as it was read: the case must not have gone on since */
    uint32_t act, parent, node;        /* of the step's end; node IR_NONE: of the case as a whole */
    const char *by;                    /* who began the case, where it is its values; else NULL */
    const char *of;                    /* whose answer it is, where several answered and gave the case no value */
    const Datum *recorded; uint32_t recorded_n;        /* all that was recorded there, corrections included */
    const FileCopy *files; uint32_t files_n;           /* which copies those among them were, the newest last */
    const char *const *stays; uint32_t stays_n;        /* of whose variables something else has set anew since */
    const Copy *copies; uint32_t copies_n;             /* where else they stand */
    const Gathered *gathered; uint32_t gathered_n;     /* ... and in which lists */
    const Ending *endings; uint32_t endings_n;         /* of the step, and of others that can be undone */
    const Lapse *lapses; uint32_t lapses_n;            /* approvals given on the wrong values */
    bool over;                         /* the step: it was done for an element of a list that is over */
} Correction;

typedef struct Input {
    uint8_t kind;
    Instant at;                        /* when it happened; never before the case's now (moved up to it if so) */
    uint32_t act, attempt;
    bool ok;
    uint64_t n;
    uint64_t task;                     /* DONE, CLAIM ...: its number, for messages; 0: not known here */
    const char *person, *login, *via, *text, *key, *to;
    const Datum *values; uint32_t values_n;
    bool history;                      /* START: dated before the process went live */
    bool dated;                        /* START: the case lives at its own date. DONE, APPROVE, REJECT: a person says
                                          when it was; else it is now, and a clock may have been set back */
    const char *unfit;                 /* START: why it fails as it begins; NULL: it is looked at here */
    const char *step;                  /* START: begins at this step; values: any variables. NULL: at the beginning */
    const Correction *correction;      /* CORRECT, REPEAT */
    const FileCopy *files; uint32_t files_n;       /* START, DONE, APPROVE, SKIP, CORRECT: of files among the values */
    const Datum *notes; uint32_t notes_n;          /* RESULT: what it printed, kept with how the attempt ended */
    const Value *eligible;             /* DONE, APPROVE, REJECT: list of persons who might, for the record */
} Input;

typedef enum EffectKind { EFFECT_LUA, EFFECT_SHELL, EFFECT_MAIL, EFFECT_KILL } EffectKind;

typedef struct Effect {                /* what the world has to do once the events are kept */
    uint8_t kind;
    uint32_t act, attempt, step;
    const char *command;               /* SHELL: text of sh -c; MAIL: the file whose text it was */
    const Value *args; uint32_t args_n;/* SHELL: "$1" ... as machine texts; MAIL: by IrMailPart */
    int64_t timeout;                   /* microseconds; 0: none */
    bool waits;                        /* SHELL, MAIL: the world's own: there is no place for it yet */
    bool undo;                         /* the step's `undo`, not the step itself */
    bool alone;                        /* LUA: the world's own: nothing came of it together with others */
} Effect;

/* WITHDRAW: the case that from_act called is no longer wanted. */
typedef enum MessageKind {
    MESSAGE_EMIT = 1, MESSAGE_START, MESSAGE_CALL, MESSAGE_RETURN, MESSAGE_WITHDRAW
} MessageKind;

/* Among the values of a RETURN: the case failed, it was not merely cancelled. */
#define FAILED_NOTE "$failed"

typedef struct Message {               /* to other cases; kept with the events */
    uint64_t id;                       /* filled by the journal */
    uint8_t kind;
    const char *name;                  /* the event, or the process */
    Instant at;
    uint64_t from_case, to_case;       /* RETURN: to_case, to_act */
    uint32_t from_seq, from_act, to_act;
    bool ok;                           /* RETURN */
    const char *text;                  /* RETURN: the outcome; EMIT by hand: by whom */
    const Datum *values; uint32_t values_n;
} Message;

typedef struct Touched {               /* an act that began, changed or ended: its rows of work change */
    uint32_t act;
    uint8_t was;                       /* its ActState before the advance; 0: it was not open */
    bool command;                      /* a command of it was under way */
    Instant due, offered, deadline;    /* as they were then; INSTANT_NEVER: none */
    const char *text;
    bool lock;                         /* it waits for a lock, or holds one */
} Touched;

typedef struct TurnTaken {             /* a turn of `by turn`: who had it before, and has it now */
    const char *key;                   /* of the rule: unique in the store */
    const char *before, *after;        /* before: NULL: nobody ever */
} TurnTaken;

typedef struct Out {                   /* reused from advance to advance; lies in .arena */
    Arena *arena;
    VEC(Event) events;
    VEC(Effect) effects;
    VEC(Message) messages;
    VEC(Touched) touched;              /* each act once */
    VEC(TurnTaken) turns;                 /* each key once */
} Out;

Out *out_new(void);
void out_clear(Out *out);
/* Notes an act that is about to change for the first time in this advance; later notes change nothing. */
void out_touch(Out *out, const Case *c, uint32_t act);
void out_free(Out *out);

typedef struct Env {                   /* what is outside the case, read-only; each NULL callback: not to be had */
    const IrProgram *program;
    Status (*table)(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err);
    Status (*metric)(void *self, Arena *a, uint32_t metric, Value *out, Error *err);
    /* who had the last turn of a rule, in any case; NULL: nobody yet */
    Status (*turn)(void *self, Arena *a, const char *key, const char **person, Error *err);
    void *self;
} Env;

/* ST_CONFLICT: the case has gone on since the correction's history was read (nothing was decided).
 * ST_OK: events were decided (maybe none: the input means nothing to the case, e.g. a condition
 * did not hold). ST_REFUSED: not allowed or not now, err says why (nothing was decided).
 * ST_VALUE: values do not fit, err says which. A failing expression is no error here: it
 * becomes a failed step or an incident. */
Status engine_advance(Case *c, const Env *env, const Input *in, Out *out, Error *err) MUST_CHECK;
/* ... of an input that came of what out holds, which is not kept yet: out goes on. What in holds lives as long as
 * out. */
Status engine_go_on(Case *c, const Env *env, const Input *in, Out *out, Error *err) MUST_CHECK;
/* Of the case's own deadline and all that is open in it; INSTANT_NEVER: nothing falls due. */
Instant engine_earliest_due(const Case *c);

/* Would a case of this flow take what a START brings? ST_VALUE: err says what does not fit. Decides nothing; out
 * is only worked in. */
Status engine_may_take(const IrFlow *flow, const Env *env, const Input *start, Out *out, Error *err) MUST_CHECK;

/* May the input's person, and whose login it is, do an offered step by the newest roles and by what has happened
 * up to now? *who is that rule. */
Status engine_check_person(const Case *c, const Env *env, const Act *act, const Input *in, Arena *a, Value *who,
                           Error *err) MUST_CHECK;

/* Checks answers for an offered step without changing anything: every asked value present, fitting,
 * its condition met. Texts are parsed, so values may be V_TEXT as typed. The checked values go to out. */
Status engine_check_answers(const Case *c, const Env *env, const Act *act, const Datum *given, uint32_t n,
                            Arena *a, Datum **out, uint32_t *out_n, Error *err) MUST_CHECK;

/* The same for one of them (its place among those asked), as far as it can be judged with those before it:
 * for asking one by one. */
Status engine_check_answer(const Case *c, const Env *env, const Act *act, uint32_t ask, const Datum *given, uint32_t n,
                           Arena *a, Error *err) MUST_CHECK;

/* An EvalHost for the case as seen from an act, at an instant: for showing texts and choosing people. */
typedef struct CaseHost { EvalHost host; const Case *of; const Env *env; uint32_t act; } CaseHost;
/* step: whose role's clock counts, else the process's; or NULL. */
void engine_host(CaseHost *host, const Case *c, const Env *env, uint32_t act, const IrStep *step, Instant now);
/* The zone of moments where none is named; NULL: it cannot be told (ir_zone_of). */
const Zone *engine_zone(const IrProgram *p, const Case *c, const IrStep *step);

/* Attributes of a case and its steps, as metrics and audits see them too (act 0). Asked in an act of an element of an
 * `each ... in parallel`, a step that its elements do is that element's own. */
Status case_attribute(const Case *c, const IrProgram *p, Instant now, IrAttribute attr, const char *step, uint32_t act,
                      Arena *a, Value *out, Error *err) MUST_CHECK;

/* All who did a step the last time it ended (asked in an act, as above), or ever, anywhere in the case: as themselves,
 * for another, as one of several. No step: nobody. */
Value case_persons(const Case *c, const IrProgram *p, const char *step, bool ever, uint32_t act, Arena *a);

/* ---- who may (engine_who.c) ---- */
/* The newest program's persons who may at that moment do what an offered act's rule says, in order of declaration
 * (persons known only from data at the end), and behind each who is away whoever stands in for them. */
Value engine_eligible(const IrProgram *p, const Value *who, Instant when, Arena *a);
bool engine_may(const IrProgram *p, const Value *who, Instant when, const char *person);
/* The same with the login of an event or an input: who is left out by name cannot do it for another either. */
bool engine_may_for(const IrProgram *p, const Value *who, Instant when, const char *person, const char *login);
/* The absent one for whom this person does it; NULL: they do it as themselves, or may not. */
const char *engine_instead(const IrProgram *p, const Value *who, Instant when, const char *person, const char *login);
/* The absence of a person at a moment, by their own calendar; NULL: they are there. */
const IrAway *engine_away(const IrProgram *p, const char *person, Instant when);
/* Are enough of those there at that moment who may, or who stand in for them? */
bool engine_can_be_met(const IrProgram *p, const Value *who, Instant when, Arena *a);
/* Can an open act end by those of its rule who are there at that moment, with what others have answered? */
bool engine_can_end(const Case *c, const IrProgram *p, const Act *act, const Value *who, Instant when, Arena *a);
/* How many have done such a step, at least, when it has ended? */
uint32_t engine_wanted_least(const Value *who, Arena *a);
/* Is this person left out by name: for what they did before, as themselves or for another? */
bool engine_excludes(const IrProgram *p, const Value *who, const char *person);
/* The step that this person did, by themselves or for another, of those whose doers the rule of the step at this node
 * asks for; NULL: none. */
const char *engine_did_before(const Case *c, const IrProgram *p, uint32_t node, const char *person);
/* Why the rule of an open act leaves this person out, where it does: `they did "Draft", by themselves or for another`.
 * NULL: it does not. In the arena. */
const char *engine_left_out(const Case *c, const IrProgram *p, const Act *act, const Value *who, const char *person,
                            Arena *a);
/* The manner that all of them have in common; English where they differ, or nobody may. */
const Manner *engine_manner(const IrProgram *p, const Value *who, Instant when);

/* All whom the rule names, whether they may or not: in order, each once. */
Value engine_named(const IrProgram *p, const Value *who, Arena *a);
/* The rule of an open act as it is now, with who joined, and without who has answered. */
Value engine_rule_now(const Case *c, const Env *env, const Act *act, Instant now, Arena *a);
/* The same for lists of what is open: of a rule that reads tables or metrics, as it was when it was offered. */
Value engine_rule_listed(const Case *c, const IrProgram *p, const Act *act, Instant now, Arena *a);

/* The rule with each of its turns given to one of its people, where they still may; an open turn ("" or none) lets
 * all of them in. */
Value engine_fix_turns(const IrProgram *p, const Value *who, const Value *turns, Instant when, Arena *a);

/* Does the rule count those who do it; and do they answer unseen by each other? */
bool engine_several(const Value *who);
bool engine_apart(const Value *who);
/* How far an open act has come whose rule is counted. */
typedef struct Tally {
    uint32_t given, wanted;            /* of the way that wants fewest more, of those that are possible still: so many
                                          have (of an approval: said yes) */
    bool possible;                     /* ... it is one of these: else none is */
    uint32_t most;                     /* the largest count of the rule */
    bool fulfilled;
    bool open;                         /* an answer may still change what comes of it */
} Tally;
Tally engine_tally(const Case *c, const IrProgram *p, const Act *act, const Value *who, Instant when, Arena *a);
/* The rule without those who have answered the open act already. In the arena, or borrowed. */
Value engine_left(const Case *c, const IrProgram *p, const Act *act, const Value *who, Arena *a);
bool engine_answered(const Case *c, const IrProgram *p, const Act *act, const char *person);
/* Does the case go on? ST_REFUSED: err says that it has ended, and how. */
Status engine_runs(const Case *c, Error *err) MUST_CHECK;
/* Is it taken now when a person says to try an incident again? A machine begins nothing that lost its approval. */
bool engine_retries(const Case *c, const Act *incident);
/* ... and can it lead on? What the flow itself says `fail` of fails again, whatever was mended, unless a block around
 * it (in the version that the case was moved to) or who called the case has an answer to that. */
bool engine_retry_helps(const Case *c, const Act *incident);
/* Are answers to this act counted? Not while it is open, of people who answer apart, and some have still to; nor when
 * it was taken back, and never ended. */
bool engine_counts(const Case *c, uint32_t act, Arena *a);
/* Who claimed an open act or was given it, as long as they may do it by this rule: a stand-in's time ends, people leave
 * their roles, or do the step whose doers it leaves out. NULL: nobody has it. */
const char *engine_holder(const IrProgram *p, const Act *act, const Value *who, Instant when);
/* Is an open act this person's to complete, or nobody's in particular? While the holder is away: the stand-in's? */
bool engine_holds(const IrProgram *p, const Act *act, const Value *who, Instant when, const char *person);
/* Of a rule with several ways those that this person's answer counts for; else none. */
Value engine_sides(const IrProgram *p, const Value *who, Instant when, const char *person, const char *login, Arena *a);

#endif
