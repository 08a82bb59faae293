/* model_private.h -- what the model is made of, for its own files. */
#ifndef OPS_TESTS_MODEL_MODEL_PRIVATE_H
#define OPS_TESTS_MODEL_MODEL_PRIVATE_H

#include "tests/model/model.h"

enum { NEVER_MINUTES = INT32_MAX };
#define NEVER ((int64_t)NEVER_MINUTES)

/* Which steps' answers a value was computed from, by their lines. */
enum { TAKEN = UINT32_MAX,             /* ... or from what the case took */
       OWN = 1 << 20 };                /* ... or, from here on, from what it set or a call gave it: each time another */
typedef struct From { uint32_t line; const struct From *more; } From;
/* by: the line of a step that it is the answer of itself, or as From. len: it is a list. */
typedef struct Num { bool set; uint32_t len, by; int64_t n; const int64_t *list; const From *from; } Num;
/* Which elements of lists something was of, by their numbers, from the inside out. */
typedef struct Path { uint32_t n, at[16]; } Path;
typedef struct Vars { Num v[PLAN_IDS]; bool own[PLAN_IDS]; Path path; } Vars;       /* path: of what is kept */

typedef enum Stage {
    RUNS,          /* a block: what stands in it happens */
    OFFERED, WORKS, PAUSED, INCIDENT,
    WAITS,         /* for time or an event */
    QUEUES,        /* for a lock */
    NEEDS,         /* steps of other branches */
    CALLS,
    UNDOES,        /* a block: what ended in it is being undone, then it goes on */
    DRAINS         /* a block that is through, but for what runs beside it */
} Stage;

/* AGAIN: an approval that lapsed is asked for again, beside */
typedef enum Role { STATEMENT, BRANCH, BESIDE, AGAIN, UNDO } Role;

typedef struct Case Case;
typedef struct Frame Frame;
typedef struct Line Line;

struct Frame {
    Case *of;
    Frame *in;
    const Node *node;
    Role role;
    Stage stage;
    uint32_t serial;
    bool over;
    bool lingers;                      /* a lock that nobody is in, as long as what was done in it is being undone */
    bool recalls;                      /* it called a case that is not wanted any more, and has not ended yet */
    bool handling;                     /* a handler of it has taken over */
    const Node *list;                  /* the statements it goes through */
    uint32_t at;                       /* ... the next one; of a loop: rounds begun */
    uint32_t live, wins;
    Vars *vars, *then;                 /* what it sees; then: as it was when it began, for an `on late` */
    int64_t due, deadline, since;
    int64_t remind, escalates;         /* OFFERED: when it is said again, and when the Boss joins */
    uint32_t reminded;
    bool joined;
    bool late, fresh, let_in;          /* let_in: to its lock, in this moment */
    bool stays;                        /* where what is around it is withdrawn, this once */
    bool ahead;                        /* it only calculates, and nobody knows of it yet */
    uint32_t tries;                    /* of a machine */
    uint32_t number;                   /* of a branch or element, from 0 */
    uint32_t named, out;               /* UNDO: whom the step named, and left out, when it was offered */
    uint32_t answered;                 /* by which persons, as bits: themselves, for others, or for them */
    uint32_t given, yes;               /* so many answers */
    int64_t said[3];                   /* ... of a step that asks: what they were */
    Line *before;                      /* AGAIN, of a step: which */
    uint32_t holder;                   /* from 1: the person who has it */
    bool works, tried;                 /* who has it said that they begin; a machine has begun with it before */
    uint32_t turn;                     /* ... and whose turn it is; 0: nobody's */
    const char *text;                  /* offered: what is read */
    Line *line;                        /* UNDO: which */
    Vars *kept;                        /* beside: of elements that are over, what is their own; NULL: nothing */
    bool set[PLAN_IDS];                /* ... what it has set itself of the case's */
    const Node *next;                  /* UNDOES: the handler that comes then */
    Num results[8];                    /* an `each` that collects */
};

/* HANDLED: a machine's failure, which something else was done for. */
typedef enum How { FINISHED, DONE, APPROVED, REJECTED, SKIPPED, LAPSED, HANDLED } How;

struct Line {                          /* a step that ended */
    const Node *node;
    Frame *in;
    How how;
    uint32_t people;                   /* bits */
    bool late, owed, again;            /* again: of what was done, or asked for, once more */
    const char *fate;                  /* "", "undone", "left" */
    const char *undo;                  /* the values of its end, in a text */
    uint32_t undo_by;                  /* the line whose answer that shows; 0: of none */
    int64_t value;                     /* DONE, or skipped: the answer, as it is right */
    uint32_t corrected;                /* ... so often */
    int64_t said[3]; uint32_t given;   /* ... of several, each's */
    Frame *once_more;                  /* in which it is done once more; NULL: in none */
    bool replaced;                     /* ... and that has ended */
    uint32_t rounds;                   /* as model_rounds_around, then */
    Path path;
    const From *shown;                 /* APPROVED: where what was shown came from */
    Vars *kept;                        /* of elements one after the other, what was their own at their end; or NULL */
};

typedef enum CaseState { RUNNING, ENDS_FINISHED, ENDS_FAILED, ENDS_CANCELLED } CaseState;

struct Case {
    uint32_t id, process;
    uint32_t trained;                  /* persons, as bits */
    bool by_hand;                      /* Ann began it */
    int64_t with;                      /* ... with this number */
    uint32_t noted;                    /* so often somebody would have begun another one */
    int64_t remind, escalates;         /* the case as a whole, as a step */
    uint32_t reminded, given;          /* given: values of its own so far */
    bool joined;
    uint32_t round;                    /* in which it had its turn last */
    uint32_t moved;                    /* the deed that moved it last */
    const Node *node;
    CaseState state, ending;           /* ending: how, once all is undone */
    const char *outcome;
    bool late;
    int64_t started, ended, deadline, now;             /* now: of what happened last */
    Frame *root, *caller, *undoing;
    VEC(Frame *) frames;
    VEC(Line *) lines;
    VEC(uint32_t) taken;
    uint32_t incidents;                /* that it ever had */
};

typedef enum MessageKind { EMIT, BEGIN, CALL, RETURN, WITHDRAW } MessageKind;

typedef struct Message {
    MessageKind kind;
    uint32_t began;                    /* EMIT: which processes, as bits */
    uint32_t number;
    uint32_t event, process;
    int64_t n, at;
    Frame *frame;                      /* CALL, WITHDRAW: that calls; RETURN: to it */
    bool well, failed;
    bool delivered, done;              /* done: what it was for is kept */
} Message;

typedef enum InputKind {
    I_BEGIN, I_RESULT, I_MESSAGE, I_LOCKED, I_RETURN, I_WITHDRAW, I_TIMER, I_INTERRUPTED, I_NOTE
} InputKind;

typedef struct Input {
    InputKind kind;
    Case *of;
    Frame *frame;
    uint32_t process, message, tries;
    uint32_t by;                       /* the message, by its number; 0: none */
    int64_t n, at, due;
    bool well, failed;
} Input;

struct Model {
    Arena *arena;
    const Plan *plan;
    int64_t now, at;                   /* the clock; of what happens: what was due may happen later */
    int64_t until;                     /* where time goes on: so far, at least */
    uint32_t serial, kept;             /* kept: the last one that is */
    uint32_t deed;                     /* the how-many-th of them is under way */
    VEC(Case *) cases;
    VEC(Message) messages;
    VEC(Input) inputs;
    VEC(Frame *) begun;                /* machine steps whose work begins once this round is kept */
    uint32_t head;                     /* of inputs */
    uint32_t turns[PLAN_IDS];          /* by step: who had the last one, from 1 */
    int status[PLAN_COMMANDS];
    int64_t prints[PLAN_COMMANDS];
    Buf commands;
    bool reached[REACHES];
    bool doomed, dead, held_up;        /* doomed: it ends after so many ... */
    uint32_t rounds, work;             /* ... rounds, and so many commands of the last */
    uint32_t round;                    /* so many there were */
};

static inline void reach(Model *m, uint32_t what) { m->reached[what] = true; }

/* ---- model_case.c ---- */
Num model_read_ref(const Vars *v, int32_t r);
int64_t model_number(const Vars *v, int32_t r, int32_t adds);
bool model_holds(const Vars *v, int32_t of, int32_t how, int32_t than);
void model_bind(Vars *v, uint32_t id, Num n);
void model_bind_number(Vars *v, uint32_t id, int64_t n);
void model_bind_given(Model *m, Frame *f, uint32_t id, int64_t n, int32_t of);
void model_bind_own(Model *m, Frame *f, uint32_t id, int64_t n, int32_t of);   /* ... and may be corrected by itself */
void model_bind_answer(Model *m, Frame *f, int64_t n);
const char *model_with_value(Model *m, const char *head, int32_t id, const Vars *v, int32_t r);
Vars *model_vars_of_branch(Model *m, const Vars *outer);
void model_hand_on(const Vars *from, Vars *to);
Frame *model_frame(Model *m, Case *c, Frame *in, const Node *n, Role role);
bool model_within(const Frame *f, const Frame *outer);
bool model_runs_machine(const Frame *f);
Message *model_send(Model *m, MessageKind kind);
void model_withdraw(Model *m, Frame *outer, bool itself);
Input *model_put(Model *m, InputKind kind, Case *of);
void model_end_case(Model *m, Case *c, CaseState how, const char *outcome);
void model_stops(Model *m, Case *c, CaseState how, const char *outcome);
void model_end_undone(Model *m, Case *c, CaseState how, const char *outcome);
bool model_lacks_value(const Frame *f);
void model_begin_machine(Model *m, Frame *f);
void model_undo_next(Model *m, Case *c);
bool model_owes(const Case *c, const Frame *block);        /* is anything of it (NULL: at all) still to be undone? */
void model_undone(Model *m, Frame *f, const char *fate);
void model_undo_block(Model *m, Frame *block, const Node *then);
void model_hand_on_open(Frame *block);                     /* what has been set at once with its way */
void model_interrupt(Model *m, Frame *block);
void model_incident(Frame *f);
void model_fails(Model *m, Frame *f, bool through_calls, const char *why);

bool model_holds_beside(const Frame *f);

/* ---- model_time.c ---- */
int64_t model_after(int64_t from, int32_t span);
/* When the day that many days before this one began. */
int64_t model_day_begins(int64_t now, int32_t ago);

/* ---- model_step.c ---- */
void model_line(Model *m, Frame *f, How how, uint32_t people);
const char *model_undo_text(Model *m, const Node *n, const Vars *v);   /* NULL: it has no undoing */
void model_offer(Model *m, Frame *f);
void model_takes_turn(Model *m, Frame *f);                /* where it goes by turn, and nobody has one */
void model_offered_due(Frame *f);      /* when something comes of it by itself */
bool model_needs_others(const Frame *f);                  /* still */
void model_has_needed(Model *m, Frame *f);
bool model_begin_needing(Model *m, Case *c);              /* the first that may, and again: did any? */
enum { NO_LOGIN = 0 };                 /* logins are persons, from 1 */
bool model_may(const Model *m, const Frame *f, uint32_t person, uint32_t login);
uint32_t model_signs(const Model *m, const Frame *f, uint32_t person, uint32_t login);
uint32_t model_away(const Model *m);   /* from 1; 0: nobody is away now */
uint32_t model_named(const Frame *f);
uint32_t model_left_out(const Frame *f);
uint32_t model_holder(const Model *m, const Frame *f);     /* from 1; 0: nobody has it */
bool model_holds_task(const Model *m, const Frame *f, uint32_t person);
void model_count_votes(Model *m, Frame *f);
void model_machine_result(Model *m, Frame *f, bool well, int64_t prints);
void model_work(Model *m, Frame *f);

/* ---- model_correct.c ---- */
bool model_is_held(const Frame *f);
bool model_lacks_yes(const Frame *f);                      /* a machine may not begin this, now */
void model_own_values(const Model *m, const Case *c, Refs *out);
void model_again_ends(Model *m, Frame *f, bool approved);
void model_look_around(Frame *f);
void model_set_late(Model *m, Frame *f, uint32_t id);
void model_set_beside(Frame *f, uint32_t id);              /* what is set in there is not only seen in there */
void model_keep_round(Model *m, const Frame *each);        /* a round of it ends */
Vars *model_seen_again(Model *m, const Frame *again);

Frame *model_open_around(Frame *f);
bool model_came_from(const From *from, uint32_t line);
const Frame *model_around(const Frame *f);
void model_ask_again(Model *m, Line *lapsed, bool waits);
bool model_runs_in(const Frame *in, const Node *n, Role role);     /* straight in this frame */
void model_asks_in(Model *m, Frame *in, const Frame *was); /* an approval that lapsed, of what is gone in there */
Path model_path(const Frame *in);
bool model_reads(const Frame *f, uint32_t line);
bool model_asks_who_did(const Node *n, int32_t id);
void model_offer_anew(Model *m, Case *c, uint32_t line);
void model_branches_see(Model *m, const Frame *beside, uint32_t id);
void model_let_time_pass(Model *m, Case *c);
Vars *model_seen_now(Model *m, const Frame *in);

/* ---- model_deviate.c ---- */
bool model_is_failure(const Frame *f);
bool model_repeats_any(const Case *c);
bool model_repeats_since(const Frame *f);                  /* has something been begun once more behind it? */
uint32_t model_rounds_around(const Frame *f);
void model_ends_once_more(Model *m, Frame *f);
/* The element of a list around it, the innermost, whose people's steps this is one of; NULL: none. */
const Frame *model_element_with(const Frame *f, int32_t step);
int64_t model_counted(Model *m, const Frame *emit);    /* answers; in an element of a list that one's own */
bool model_stays(Model *m, Frame *f);
bool model_stands_apart(const Frame *f, uint32_t person, uint32_t login);

/* ---- model.c ---- */
Frame *model_frame_of(Model *m, const Opening *o);
void model_by_hand(Model *m, Case *c);

/* ---- model_flow.c ---- */
bool model_has_beside(const Frame *f);
void model_drained(Model *m, Frame *f);

void model_go(Model *m, Frame *f);
void model_hand_on_all(Frame *f);
Frame *model_branch(Model *m, Frame *in, const Node *n, uint32_t number);
void model_run(Model *m, Frame *f);
bool model_is_held_back(const Frame *f);
void model_round_left(Model *m, Frame *f);
void model_leave(Model *m, Frame *f);

/* ---- model_turn.c ---- */
int64_t model_due_of(const Case *c);
void model_rounds(Model *m);
void model_settle(Model *m);
/* The same, behind a deed: what has begun with it and is due by now comes, too. */
void model_follow(Model *m);
void model_acted(Model *m, Case *c);

#endif
