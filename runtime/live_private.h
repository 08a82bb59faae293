/* live_private.h -- what the live world's parts share: live.c (turns), live_cases.c (cases in
 * memory, inputs), live_effects.c (commands), live_lua.c (Lua), live_mail.c (mails), live_messages.c (between cases),
 * live_intake.c (rows, schedules), live_answers.c (answers from a file), live_one.c (one open case per something),
 * live_correct.c (what was recorded wrongly, or is done once more), live_files.c (files that people give). */
#ifndef OPS_RUNTIME_LIVE_PRIVATE_H
#define OPS_RUNTIME_LIVE_PRIVATE_H

#include "runtime/live.h"
#include "runtime/older.h"

typedef struct Pending {               /* an input on its way; its values lie in its own arena */
    Arena *arena;
    uint64_t case_id;                  /* 0: a new case */
    const IrProcess *process;          /* of a new case */
    Input in;
    uint64_t consumes;
    const char *cause_key;
    const TakenRow *taken;
    const char *schedule; Instant ran;
    uint64_t *new_id;                  /* where to write a new case's id, or NULL */
    Status *refused; Error *why;       /* where to say that it was refused, or NULL */
    bool *asked;                       /* where to say that it was kept, or NULL */
    uint32_t tries;
    const char *one, *one_before;      /* of a case that is to be the only open one: see Advance */
    struct Pending *behind;            /* the next of its case, while it is queued */
} Pending;

typedef struct Cached {
    uint64_t id;
    Case *of;
    uint32_t pending, under_way;
    Pending *last;                     /* of its inputs in the queue; NULL: it has none there */
    struct Cached *next;
} Cached;

typedef struct Block Block;            /* of Lua: live_lua.c */

typedef struct UnderWay {              /* a command that runs, or what a block asked for */
    uint64_t tag, case_id;
    uint32_t act, attempt;
    Instant began;
    bool dated;
    Block *lua;                        /* that waits for it; NULL: a command */
} UnderWay;

typedef struct Together {              /* a block that only calculates, and runs with others */
    const Case *of;
    const Effect *effect;
    Block *block;                      /* these are live_run_together's, until its next call */
    ScriptJob *job;
} Together;

typedef struct OpenTask { uint64_t case_id; uint32_t act; struct OpenTask *next; } OpenTask;
typedef struct OpenTasks {             /* of one name, oldest first */
    OpenTask *first, **end;
    bool again;                        /* the one that was just answered is open still */
} OpenTasks;

/* Something of a case fell due at a moment that has come. */
typedef struct Came { Instant due; uint64_t case_id; } Came;

enum { BATCH = 256, BUCKETS = 4096, SPARE_MOST = 2 * BATCH };
typedef struct Turn Turn;              /* live.c */

struct Live {
    const IrProgram *program;
    Journal *journal;
    Exec *exec;
    LiveOptions options;
    Env env;
    Tables *tables;
    Script *script;                    /* the first one; NULL: none was needed yet */
    VEC(Script *) scripts;             /* those that run nothing; in .arena */
    bool told_unfiltered;
    LiveReport *report;
    struct { Pending **items; size_t head, n, cap; } queue;    /* of each case the first; the others are behind it */
    size_t queued;                     /* with those, and rows */
    struct {                           /* inputs that are made when their turn comes: rows of files */
        Pending *(*make)(void *self, size_t i);
        void *self;
        size_t next, n;
        size_t ahead;                  /* of the queue: inputs that were there first */
    } rows;
    uint64_t looked_to;                /* messages up to this one were delivered, or are kept */
    uint64_t kept, kept_told;          /* how many are, and how many of them were told of */
    uint64_t before;                   /* turns of cases ahead of this drain */
    uint32_t cached;                   /* how many cases that is */
    Cached *cases[BUCKETS];
    Out *outs[BATCH];
    Turn *turn;
    VEC(UnderWay) under_way;           /* in .arena, reused */
    struct { uint64_t *cases; uint32_t *acts; size_t head, n, cap; } ready;
    uint64_t next_tag;
    const char *away;                  /* who is away, as the store had it when it was last looked at; NULL: not yet */
    Secrets *secrets;                  /* NULL: the program has none */
    bool messages_maybe, waits_maybe, locks_maybe;
    bool calls_back;                   /* a called case is not wanted any more, and was not told so yet */
    bool by_hand;                      /* what a person or a program did to a case is under way, not a run */
    VEC(Came) came;                    /* in .arena: what is due already in the cases that it moved */
    bool by_time;                      /* the inputs of the next turn are timers, in the order in which they fell due */
    OlderStuck stuck;                  /* steps that were offered and that nobody can do */
    bool looks;                        /* ... which this run looks for itself when all is done */
    bool runs;                         /* live_run is under way ... */
    Buf stuck_notes, stands;           /* ... and gathers these lines for the end of its notes */
    bool untold;                       /* it is noted that such a step may be untold */
    const char *roles_are;             /* what is to be noted once they are told, in .arena; NULL: nothing */
    bool asked;                        /* the decision under way asked what the store holds */
    Arena *spare[SPARE_MOST]; uint32_t spare_n;    /* of inputs that are done, for the next ones */
    Arena *arena;
    Arena *lua_arena;                  /* of one block while it runs, unless it waits */
    Arena *jobs_arena;                 /* of those that run together */
    VEC(Together) gathered;            /* in .arena */
    Arena *due_arena;                  /* of the timers that are due */
    Buf scratch;                       /* a text that is made: a command as it would run, what it printed */
    Arena *tasks_arena;                /* with answers: OpenTasks by "process\tkey\tstep" */
    Map *tasks;
    VEC(TurnTaken) turns;                 /* that this turn of the world has taken, and not yet kept; in .turns_arena */
    Arena *turns_arena;
    char boot[40]; int64_t pid; uint64_t pid_start;
};

/* Where lines go that tell what is so until somebody mends it. */
Buf *live_stands(Live *l);

/* ---- inputs (live_cases.c) ---- */
Pending *pending_new(Live *l, uint64_t case_id, InputKind kind, Instant at);
/* A new case of a process, dated or now; values by name. Push it after filling the rest. */
Pending *pending_start(Live *l, const IrProcess *process, Instant at, bool dated);
void pending_push(Live *l, Pending *p);
/* So many are to come behind those that there are; made one by one, as they are taken. self: until none is left. */
void pending_later(Live *l, Pending *(*make)(void *self, size_t i), void *self, size_t n);
void pending_none_later(Live *l);
/* Takes the first of as many cases as there are, in order; fewer are returned. */
size_t pending_take(Live *l, Pending **out, size_t most);
void pending_done(Live *l, Pending *p);
const Datum *live_data(Arena *a, const Datum *d, uint32_t n);      /* a copy */
/* ... in this world? In one that is not the real one nothing needs to be live to be tried. */
bool live_may_begin(const Live *l, const IrProcess *p);
bool live_stopped(const Live *l);
Instant live_now(const Live *l);

/* ---- cases in memory (live_cases.c) ---- */
Cached *live_cached(Live *l, uint64_t id);         /* NULL: not in memory */
Cached *live_cache(Live *l, uint64_t id);          /* made where missing, without its case */
void live_forget(Cached *c);                       /* its case is read anew when asked for; NULL is fine */
/* The case, borrowed until it is released, or its next input was kept. */
Status live_load(Live *l, uint64_t id, Case **out, Error *err) MUST_CHECK;
/* Frees what nothing will ask for soon. */
void live_release(Live *l, uint64_t id);

/* ---- mail (live_mail.c) ---- */
/* The call that sends it. ST_FAILED, ST_VALUE, ST_CONFIG: it cannot be sent, which is the step's failure. */
Status live_mail_call(Live *l, const Case *c, const Effect *e, Arena *a, ExecCall *call, Error *err) MUST_CHECK;
/* "thanks.md to zoe@example.org", for a world that is asked in place of a server. */
Status live_mail_shown(Live *l, const Effect *e, Arena *a, const char **out, Error *err) MUST_CHECK;

/* ---- effects (live_effects.c) ---- */
/* When a machine's work for a case happened: at the case's own date, or now; a failed attempt on the world: always
 * now. */
Instant live_machine_time(const Live *l, const Case *c, int64_t elapsed);
Instant live_failure_time(const Live *l, const Case *c);
uint32_t live_slots(const Live *l);                /* commands that may still begin */
/* Blocks that only calculate are gathered (live_gather_block). */
void live_perform(Live *l, const Case *c, const Out *out);
/* A command that may not begin yet: it does as soon as another ends. */
void live_wait_for_slot(Live *l, uint64_t case_id, uint32_t act);
Status live_begin_ready(Live *l, Error *err) MUST_CHECK;
/* Of a machine step that has begun: its work is begun, or found to be under way, or interrupted. */
Status live_take_up(Live *l, const Case *c, const Act *a, Error *err) MUST_CHECK;
/* Takes up what commands have reported; waits so many microseconds for the first. */
Status live_collect(Live *l, int64_t wait, Error *err) MUST_CHECK;
/* Waits for a command to end; those whose step another process has withdrawn meanwhile (cancelled, skipped) are
 * ended. */
/* ---- live_ending.c ---- */
/* Ends what the step runs here, and waits until nothing of it is left. */
void live_end_command(Live *l, uint64_t case_id, uint32_t act);
/* What an advance that is recorded withdrew has ended, wherever it ran, when this returns. */
Status live_end_withdrawn(Live *l, const Case *c, const Out *out, Error *err) MUST_CHECK;
/* Waits for commands of this case (0: of any) that are not wanted any more; not for ever. */
Status live_await_ending(Live *l, uint64_t case_id, Error *err) MUST_CHECK;
/* Ends all commands that run here; they are taken up as interrupted by whoever comes next. */
void live_let_go(Live *l);

Status live_wait_for_commands(Live *l, Error *err) MUST_CHECK;

/* ---- Lua (live_lua.c) ---- */
/* Its result is an input; or it waits for what it asked, which is under way then. */
void live_run_block(Live *l, const Case *c, const Effect *e);
/* Many at once are cheaper. Nothing comes of one that asks for something, when the answer may hang on what is not kept
 * yet, or of one that it did not get to: that is to be run by itself. */
void live_run_together(Live *l, Together *all, uint32_t n);
/* What came of it, if anything did, as its case's next input, which lies in the arena. */
bool live_came_ahead(const Together *t, Arena *a, Input *in);
/* It is one of those that run together when the turn ends; case and effect stay until then. */
void live_gather_block(Live *l, const Case *c, const Effect *e);
void live_run_gathered(Live *l);
/* What it waited for has come; its case is loaded, and its step is still under way. */
void live_go_on(Live *l, const Case *c, Block *b, const ExecResult *came);
/* Nobody wants its result any more. */
void live_drop_block(Live *l, Block *b);
/* All of them, and the processes in which they ran. */
void live_free_blocks(Live *l);

/* ---- messages (live_messages.c) ---- */
/* Delivers some messages and turns until they have arrived, then marks them. */
Status live_deliver(Live *l, Error *err) MUST_CHECK;
/* A wait that has just begun hears the messages that were there since its case began, oldest first. */
Status live_catch_up(Live *l, Error *err) MUST_CHECK;

/* Locks that are free go to those that wait for them, in order of coming. */
Status live_grant(Live *l, Error *err) MUST_CHECK;

/* ---- one open case per something (live_one.c) ---- */
/* Of a START just decided (out), whose process has one open case per something: the one that is open already,
 * or 0. Fills p->one. */
Status live_open_case(Live *l, Pending *p, const Out *out, uint64_t *open, Error *err) MUST_CHECK;
/* The values that a START brought, as its case would have begun with them. */
void live_brought(Pending *p, const Event *started);

/* ---- files (live_files.c) ---- */

/* ---- live_handed.c: a command gets the store's copy of a file, as long as it runs ---- */
/* The path for a shell's argument that is a file; as it was given where the store has no copy of it. */
Status live_hand_over(Live *l, const Case *c, const Effect *e, uint32_t arg, Arena *a, const char **path,
                      Error *err) MUST_CHECK;
/* Files among the values with which a case begins another one: of which copies the history speaks there. */
Status live_hand_on(Live *l, Pending *p, const Message *m, Error *err) MUST_CHECK;
void live_take_back(Live *l, const UnderWay *u);
/* ... what those left whom somebody killed. */
void live_take_back_left(Live *l);

/* ---- turns (live.c) ---- */
Status live_turn(Live *l, Error *err) MUST_CHECK;
/* Until nothing is left to do but wait for people, timers and files. */
Status live_drain(Live *l, Error *err) MUST_CHECK;
/* The same behind what was done to one case or told to all: what is due by now in the cases that it moves comes, too,
 * as in a run. */
Status live_follow(Live *l, Error *err) MUST_CHECK;
/* What that came to: where it was told to stop, err says whether what was asked for is recorded. */
Status live_asked(const Live *l, Status st, bool recorded, Error *err) MUST_CHECK;
/* Machine steps that were under way, or waited for a place, when the last process ended. */
Status live_recover(Live *l, Error *err) MUST_CHECK;

/* ---- intake (live_intake.c, live_answers.c) ---- */
/* Reads what waits; if so much may begin, takes up what was interrupted, then what was read. */
Status intake_rows(Live *l, Error *err) MUST_CHECK;
Status intake_schedules(Live *l, Error *err) MUST_CHECK;
/* When a schedule next begins a case; those that were never looked at are counted from now on. */
Status intake_next(Live *l, Instant *at, Error *err) MUST_CHECK;
/* Due timers, and answers from the file between them, in order of time. */
Status intake_by_time(Live *l, Error *err) MUST_CHECK;
/* The next turn's inputs are the timers of what has come. */
void intake_came(Live *l);
void task_opened(Live *l, const Case *c, const Act *a);

#endif
