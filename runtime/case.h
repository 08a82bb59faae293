/* case.h -- one run of a process: its events, and the state they fold into.
 *
 * A case is never changed in place: case_apply folds one event, evaluates
 * nothing, and is the only function that changes one. So what a case is
 * follows from its history alone, and a snapshot is only a shortcut.
 *
 * What is open in a case are its activations (acts): a step somebody works
 * on, a wait, a block with branches. Sequences and ifs need none: what comes
 * next follows from the flow.
 */
#ifndef OPS_RUNTIME_CASE_H
#define OPS_RUNTIME_CASE_H

#include "lang/ir.h"

typedef enum EventKind {
#define EVENT(NAME, number, name, meaning) EV_##NAME = number,
#include "runtime/event.def"
#undef EVENT
} EventKind;

typedef struct Datum { const char *name; Value value; } Datum;

typedef struct FileCopy {      /* a file that was given with an answer, and lies in the store */
    const char *field, *path;  /* for which it was asked; as it was called */
    const char *hash;          /* SHA-256 in hexadecimal digits */
    int64_t size;
} FileCopy;

typedef struct Event {
    Instant at;                /* when it happened */
    Instant recorded;          /* when the journal took it; filled by the journal */
    uint64_t case_id;          /* filled by the journal for a case's first advance */
    uint32_t seq;              /* 1, 2, 3 ... in its case */
    uint16_t kind;             /* EventKind */
    uint32_t act, parent;      /* the activation, and the one around it; 0: the case itself */
    uint32_t node;             /* of the flow; IR_NONE: of no node */
    uint32_t attempt;          /* of a machine step, from 1; 0: none */
    int64_t n;                 /* as event.def says */
    Instant due;               /* INSTANT_NEVER: none */
    const char *person;        /* who; NULL: nobody */
    const char *login;         /* who typed it, when it is not `person`: ask ir_typist whether that is another */
    const char *via;           /* where it came from: a file and row; NULL: directly */
    const char *text;
    const Datum *values; uint32_t values_n;
    const IrFlow *flow;        /* when read: whose places it names; of MIGRATED: with which the case goes on */
} Event;

const char *event_name(uint16_t kind);
uint16_t event_find(const char *name);             /* 0: none */

typedef enum CaseStatus { CASE_RUNNING = 1, CASE_FINISHED, CASE_FAILED, CASE_CANCELLED, CASE_IMPORTED } CaseStatus;
const char *case_status_name(uint8_t s);           /* "running" ... */

typedef enum ActState {
    ACT_BLOCK = 1,             /* parallel, race, each, repeat, a lock that is held, a block with handlers; a branch */
    ACT_READY,                 /* a machine step that has not begun */
    ACT_RUNNING,               /* a machine step has begun; a claim tells whether its command was let loose */
    ACT_OFFERED,               /* a step waits for a person */
    ACT_PAUSED,                /* a failed step waits for its next attempt at .due; NEVER: until no approval holds it */
    ACT_WAITING,               /* for an event, a moment, a called case, other steps, a lock */
    ACT_INCIDENT,              /* waits for a person to retry, skip or cancel */
    ACT_UNDOING,               /* a block: what ended in it is being undone, then it goes on; a call, a lock: see
                                  case_recalls, case_lingers */
    ACT_HELD                   /* a statement that is no step: until what holds all of them has ended (case_held) */
} ActState;

typedef struct Nudges {        /* what keeps an open step, or a case, from being forgotten */
    Instant remind;            /* when it is next said; INSTANT_NEVER: never */
    uint32_t reminded;         /* so often */
    Value escalate;            /* list: when each line takes effect; none of one that has */
    Value added;               /* who joined by that: list of rules, or none */
} Nudges;

typedef struct Act {
    uint32_t id, parent, node;
    uint8_t state;
    bool late;                 /* its deadline passed */
    uint32_t attempt;          /* under way or last */
    uint32_t round;            /* REPEAT: rounds begun; EACH: the element, from 0; a branch: its number */
    uint32_t live;             /* open branches below a PARALLEL, RACE or EACH_PARALLEL */
    bool again;                /* an approval that is asked for, or a step that is done once more: the case went on
                                  behind it long ago */
    uint32_t undoes;           /* it undoes this line of the trace, from 1; 0: none */
    uint32_t lock;             /* UNDOING, of a call or lock: the lock around it; 0: none */
    Instant offered, began;    /* INT64_MIN: not yet. Work of people begins when one of them claims it */
    Instant due;               /* when a timer must look at it; INSTANT_NEVER: never */
    Instant deadline;          /* of a step; INSTANT_NEVER: none */
    const char *person, *login;/* who released it, or answered last */
    const char *instead;       /* for whom who released it stood in */
    Value turns;               /* OFFERED, `by turn`: a list of whose turn it is, of each; or none */
    const char *holder;        /* who claimed it, or was given it; NULL: it is for all who may */
    Nudges nudges;             /* of a step for people */
    const char *text;          /* the incident's reason; the awaited event; why a released step came back */
    Value list;                /* EACH: its elements; OFFERED: who may (list of "role:..", "person:..", "not:..") */
    Value shown;               /* OFFERED: what the person reads: a list of texts, approval first where there is one */
    Value *locals;             /* a branch with variables of its own: their values, by slot order; else NULL */
    Value loose;               /* of an act that runs beside where the element of a list is over that it belongs to: the
                                  variables of that which it sees or sets: name, value, name, value ...; else none */
} Act;

typedef struct Reply {         /* what one of several people said, or an answer to a step whose answers are counted */
    uint32_t node, act;        /* act 0: of an offer that was made anew */
    const char *person, *login, *instead;
    bool yes;                  /* done or approved; else it was a no, does not stand any more, or is a correction */
    uint32_t again;            /* the open act that does the step once more: this stands only if nothing comes of that;
                                  0: none */
    Value sides;               /* of a rule with several ways: those the answer counts for, from 1; else none */
    const Datum *values; uint32_t values_n;
} Reply;

#define AGAIN_NEXT UINT32_MAX  /* Reply.again: the act is about to begin; no snapshot is written then */

#define DID_ANYWHERE UINT32_MAX
typedef struct Did {           /* one ended step: the case's trace */
    uint32_t node, act;
    Instant offered, began, ended;
    const char *person, *login;/* of several, the last one: see Case.answers */
    const char *instead;       /* the absent one for whom this person stood in; NULL: for nobody */
    uint8_t how;               /* EventKind: FINISHED DONE APPROVED REJECTED SKIPPED, FAILED (an on fail took over),
                                  WITHDRAWN (a machine was at work on it), LAPSED (it was approved, on a wrong value) */
    bool late;
    bool owed;                 /* it is to be undone */
    uint8_t undone;            /* EventKind: UNDONE, or SKIPPED by a person; 0: it stands */
    uint32_t within;           /* the open act with which it is undone; 0: the case alone */
    uint32_t lock;             /* the lock in which it ended, the innermost; 0: none, or nothing undoes it */
    uint32_t element;          /* the open act of an element of an `each ... in parallel` in which it ended, the
                                  innermost; 0: none; DID_ANYWHERE: an older ops did not keep it */
    Value undo;                /* what undoing it needs, as of its end: see engine_undo.c; none: nothing undoes it */
} Did;

typedef struct Case {
    Arena *arena;              /* everything below lies here */
    uint64_t id;               /* 0 until the journal gave it one */
    const IrFlow *flow;
    const char *process, *key; /* key: what tells it from others for people, or NULL */
    uint8_t status;
    bool late, history;        /* history: dated before the process went live: acts on nothing */
    bool dated;                /* lives at its own date, not at the clock's: imported or replayed */
    Instant started, ended;    /* ended: INSTANT_NEVER while running */
    Instant now;               /* at of its last event */
    Instant deadline;          /* of the case; INSTANT_NEVER: none */
    Nudges nudges;             /* of the case as a whole: who joins, joins all its steps */
    const char *outcome;       /* what stop said, why it failed; NULL */
    const char *cause;         /* "by ann", "row 12 of inbox/a.csv", "lead_captured of case 3" ... */
    uint64_t caller; uint32_t caller_act;   /* of a called case; 0: nobody waits for it */
    uint32_t seq;              /* of its last event */
    uint32_t alone;            /* events since it waited for anything but its own Lua; 0 when read: no fold tells it */
    uint32_t next_act;
    Value *vars;               /* by slot; type CASE_UNSET where not set; scope 0 only */
    VEC(Act) acts;             /* open ones, in order of id */
    VEC(Did) did;
    VEC(Reply) answers;       /* in order of their coming */
    VEC(uint64_t) taken;       /* messages */
    uint32_t incidents;        /* how many it ever had */
    uint32_t beside;           /* open acts that run beside what they belong to: case_beside */
    uint32_t lapsed;           /* lines of the trace that are approvals which do not stand any more */
    uint32_t owed;             /* lines of the trace that are to be undone */
    uint32_t undoing;          /* open acts that wait for that (ACT_UNDOING) */
    uint8_t ending;            /* CaseStatus with which it ends once that is done; 0: it goes on */
    const char *ending_as;     /* ... and the outcome; NULL: none */
    size_t kept, since;        /* the journal's: bytes of its last snapshot, and of its events behind that */
} Case;

#define CASE_UNSET 255         /* Value.type of a variable that has no value yet */

Case *case_new(const IrFlow *flow);                /* empty: no event folded yet */
void case_free(Case *c);
/* Folds one event. Copies what it keeps. The event's seq must be c->seq + 1 (asserted). */
void case_apply(Case *c, const Event *e);
/* May a stored event be folded: is it the next one, and of a place in the flow? Sound stores hold no other. */
bool case_foldable(const Case *c, const Event *e);
/* The fold of MIGRATED (case_move.c): places, variables and branches are found again by name in e->flow. */
bool case_movable(const Case *c, const Event *e);
void case_move(Case *c, const Event *e);
/* The place in the flow of MIGRATED that was called so; IR_NONE: it is no more. */
uint32_t case_moved_node(const Event *e, const char *name);
Act *case_act(const Case *c, uint32_t id);         /* NULL where not open */
/* What does an act's work: of its step, or of the step's `undo`; NONE of an act that is no step. */
IrMachine case_machine(const Case *c, const Act *a);
/* ... and does it show outside, so that nobody knows of it when ops is killed meanwhile? */
bool case_outside(const Case *c, const Act *a);
/* Whose variables a branch act holds: the node that they name as their scope. */
uint32_t case_scope(const Case *c, const Act *branch);
/* The act at or above this one with which what ends in it is undone: a branch of a race, or a block with handlers;
 * 0: the case. */
uint32_t case_undoer(const Case *c, uint32_t act);
/* Is the act a call whose case is not wanted any more, and undoes what it did? Its parent is whose undoing waits for
 * it: see case_undoer. */
bool case_recalls(const Case *c, const Act *a);
/* Does an act hold a lock? A lock that is a branch by itself has another act for that. */
bool case_holds_lock(const Case *c, const Act *a);
/* Is it a lock that nobody is in any more, kept until what was done in it is undone, and what was called has ended? */
bool case_lingers(const Case *c, const Act *a);
/* ... is anything of that left? Of any act that holds a lock. */
bool case_lock_owed(const Case *c, const Act *lock);
/* Is the act an element of an `each ... in parallel`? */
bool case_is_element(const Case *c, const Act *a);
/* The innermost element around this act, or it itself; 0: none. */
uint32_t case_element_around(const Case *c, uint32_t act);
/* The innermost element, around this act, of a list whose elements do this node; NULL: none. */
const Act *case_element_of(const Case *c, uint32_t act, uint32_t node);
/* The element is over: what ended in it is in the one around it still. */
void case_hand_on_element(Case *c, const Act *element);
/* Did it end in this element (NULL: anywhere)? */
bool case_did_in(const Case *c, const Did *d, const Act *element);
/* Does an act stay where it stands when all is withdrawn: it undoes, or is one of these two? */
bool case_undoes(const Case *c, const Act *a);
/* When it must next be looked at for reminders and escalations; INSTANT_NEVER: never. */
Instant nudges_due(const Nudges *n);
/* The same of the case as a whole, for its deadline, too. */
Instant case_due(const Case *c);
/* How many people the opening word of a group in a rule wants ("any 2("); 0: it counts nobody. */
uint32_t rule_counts(const char *word);
/* A rule with more people (a rule, or none): where it is counted, they count as those it names. */
Value rule_widen(Arena *a, const Value *who, const Value *added);
/* All who did it: the doer, who typed for them, for whom they stood in, and all who answered with them; whose a login
 * is, says the program. Each may come more than once. */
typedef void CasePerson(void *self, const char *person);
void case_doers(const Case *c, const IrProgram *p, const Did *d, CasePerson *person, void *self);
/* Do conditions of the flow count how this step was answered? */
bool case_counts_answers(const IrFlow *flow, uint32_t step);
/* Does an act run beside what it belongs to: an `on late`, an approval asked for again, a step that is done once more,
 * or what is done when that is refused or fails? */
bool case_beside(const Case *c, const Act *a);
/* A part of the fold of CORRECTED: where conditions count how the step of this act was answered, they count the right
 * answer. of: whose it is, where several answered; else NULL. */
void case_correct_answer(Case *c, uint32_t act, const char *of, const Datum *right);
/* The numbers of DEVIATED. */
enum { DEVIATED_SKIPPED = 1, DEVIATED_REPEATED = 2 };
/* Is it done once more, and no mere approval that is asked for again? */
bool case_repeats(const Case *c, const Act *a);
/* The act that ended, and is done once more by this one, as far as it was answered; 0: none. */
uint32_t case_repeated(const Case *c, uint32_t again);
/* Is it an approval that lapsed, and is asked for again or is to be? */
bool case_asks_again(const Case *c, const Act *a);
/* Is it the `on reject` of an approval that was asked for again, and refused? */
bool case_is_refusal(const Case *c, const Act *a);
/* May no further step begin, and nothing be told to others, as seen from this act, since an approval is asked for
 * again, or a step is done once more? What runs beside may, but for the latter. */
bool case_held(const Case *c, uint32_t act);
/* What keeps a machine from beginning an attempt at this act (0: of a step that is only reached, inside the act
 * parent): an approval that lapsed and is asked for again, or what its refusal leads to. NULL: nothing does; nothing
 * keeps it from undoing, nor from what the approval itself leads to. */
const Act *case_unapproved(const Case *c, uint32_t act, uint32_t parent);
/* Is it the `on fail` of a step that was done once more, and failed? */
bool case_is_failure(const Case *c, const Act *a);
/* The variable as seen from an act (its elements' own variables first); NULL: unset. */
const Value *case_var(const Case *c, uint32_t act, uint32_t slot);

/* The innermost variable of a name as seen from an act: the one that an event with this name sets. IR_NONE: none. */
uint32_t case_slot(const Case *c, uint32_t act, const char *name);
/* Its value; NULL: unset. */
/* From where what an open act says is seen: what is around it; or itself, where it keeps what was around it. */
uint32_t case_sees(const Act *a);
/* The act of the branch that has the variable of this name, seen from an act, for itself; 0: it is the case's. */
uint32_t case_owner(const Case *c, uint32_t act, const char *name);
const Value *case_named(const Case *c, uint32_t act, const char *name);

/* The i-th file that an event's answer brought (its note `$files`); false: there is none, or what stands there is no
 * such thing. */
bool event_file(const Event *e, uint32_t i, FileCopy *out);
Value file_note(Arena *a, const FileCopy *files, uint32_t n);

/* Snapshots and events as bytes. Reading refuses damage with an Error, never crashes.
 * case_write gives the same bytes for the same state. */
void case_write(Buf *b, const Case *c);
Status case_read(const IrFlow *flow, const char *bytes, size_t n, Case **out, Error *err) MUST_CHECK;
/* The canonical bytes that the chain hashes: one JSON object, nodes by name. flow NULL: of an event of no case, or
 * read without its node. */
void event_write(Buf *b, const Event *e, const IrFlow *flow);
Status event_read(Arena *a, const IrFlow *flow, const char *bytes, size_t n, Event *out, Error *err) MUST_CHECK;

#endif
