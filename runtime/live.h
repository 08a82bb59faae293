/* live.h -- the live world: clocks, people, commands, and the journal.
 *
 * It takes inputs (rows, schedules, timers, messages, results, answers), lets
 * the engine decide, commits many cases at once, and only then performs what
 * was decided. Killed at any instant, the next run goes on from the journal.
 *
 * Order     inputs of one case happen one after the other; with answers from a
 *           file, timers and answers happen in the order of their times.
 */
#ifndef OPS_RUNTIME_LIVE_H
#define OPS_RUNTIME_LIVE_H

#include "runtime/exec.h"
#include "runtime/journal.h"
#include "runtime/rows.h"
#include "runtime/script.h"
#include "runtime/uses.h"
#include "runtime/world.h"

/* May cases of this process begin in the live world? And if not, why, for people. */
bool process_runs(const IrProcess *p);
const char *process_rests(Arena *a, const IrProcess *p);

#include <signal.h>

typedef struct Live Live;

typedef struct LiveOptions {
    uint32_t jobs;                     /* steps with outside effects at once; 0: 4 */
    bool yes;                          /* may start more than LIVE_MOST cases with outside effects */
    const char *answers;               /* a file, or NULL */
    const char *login;                 /* who runs ops, as the operating system says */
    /* Who typed what a file says of this person (NULL: they themselves), as events have it; or why they may not.
       NULL: nobody is logged in, and all is taken. */
    Status (*hand_in)(void *self, const char *person, const char **login, Error *err);
    void *hand_in_self;
    const volatile sig_atomic_t *stop; /* set: end after what is under way is recorded; may be NULL */
    Status (*metric)(void *self, Arena *a, uint32_t metric, Value *out, Error *err);   /* for expressions; or NULL */
    void *metric_self;
    Status (*measure)(void *self, Arena *a, uint32_t metric, Value *out, Error *err);  /* for Lua, see query_measure;
                                                                                          or NULL. self: metric_self */
    void (*progress)(void *self, const char *what, uint64_t n);                        /* may be NULL */
    void *progress_self;
    Script *script;                    /* the process that runs Lua; NULL: it is started when it is needed */
    bool unfiltered;                   /* it is known that the kernel does not filter its calls: nobody is told */
    const World *world;                /* in place of the real one; NULL: the real one */
    const IrProgram *as_written;       /* the program without those of whom people said that they are away: what they
                                          say meanwhile is seen where it stands here; NULL: not at all */
    uint64_t most;                     /* turns of cases in one go; beyond them ST_FAILED, and `endless`. 0: no end */
} LiveOptions;

#define LIVE_MOST 1000
enum { INCIDENTS_NAMED = 20 };
enum { FILE_MOST = 64 << 20 };         /* bytes of a file that a person gives */

typedef struct LiveReport {            /* what a run did */
    uint64_t rows, known, rejected;    /* of input files: taken in, known before, set aside */
    uint64_t ahead;                    /* ... whose date is still to come */
    uint64_t started, ended, advances, events;
    uint64_t incidents, failed;        /* new ones; cases that ended as failed */
    struct { uint64_t case_id; uint32_t act; } named[INCIDENTS_NAMED];     /* the first of those incidents */
    bool endless;                      /* it was given up: more turns than the options allow, and still no end */
    uint64_t returned;                 /* steps whose machine part failed, offered to their people again */
    uint64_t answered, refused, unmatched, later;   /* answers */
    uint64_t noted;                    /* triggers noted in the case that was open already */
    uint64_t reminded, escalated;      /* of what has waited for too long */
    uint64_t missed;                   /* runs of schedules that nobody was there for */
    Buf notes;                         /* lines for people: refused answers, files that cannot be read ...; buf_free */
    size_t happened, stuck;            /* live_run's notes up to here tell what happened; from there to here which steps
                                          nobody can do; and those behind it what is so until somebody mends it */
} LiveReport;

/* exec may be NULL when no flow of the program or of the journal acts outside. The program, journal and exec are
 * borrowed. */
Live *live_new(const IrProgram *p, Journal *j, Exec *exec, const LiveOptions *options);
void live_free(Live *l);
/* What a schedule of an audit is called in the journal. */
const char *audit_schedule(Arena *a, const IrAudit *audit, uint32_t i);
/* With those away of whom people said so by now. */
const IrProgram *live_program(const Live *l);
const Env *live_env(const Live *l);
Journal *live_journal(const Live *l);

/* Everything that can be done now. ST_CONFIG: it would start too many cases with outside effects
 * and changed nothing. ST_LOCKED: told to stop. Other trouble leaves the store whole. */
Status live_run(Live *l, LiveReport *report, Error *err) MUST_CHECK;
/* The notes of the last live_run were told (written). Until then the next one looks again for steps that nobody can
 * do. */
Status live_told(Live *l, Error *err) MUST_CHECK;

/* When something next happens by itself: a timer, a deadline, a schedule. INSTANT_NEVER: nothing does. Schedules
 * are counted from the first call of this or of live_due. */
Status live_next(Live *l, Instant *at, Error *err) MUST_CHECK;
/* What has happened by itself until now: timers in the order of their times, then schedules. */
Status live_due(Live *l, LiveReport *report, Error *err) MUST_CHECK;

/* One input to one case (done, approve, reject, retry, skip, cancel), then what follows from it. */
Status live_input(Live *l, uint64_t case_id, const Input *in, LiveReport *report, Error *err) MUST_CHECK;
/* Copies the files among an answer's values into the store, and notes them with it: in is for an open step of the case
 * as it is now. folder: of paths that begin in none; NULL: where ops runs. In the arena. ST_NOINPUT, ST_VALUE: one
 * cannot be read. In a world of its own nothing is copied. */
Status live_copy_files(Live *l, const Case *c, Input *in, const char *folder, Arena *a, Error *err) MUST_CHECK;
/* As live_copy_files, of values that are to be corrected, or given with a step that is skipped, which are texts. */
Status live_copy_given(Live *l, const Case *c, Input *in, Arena *a, Error *err) MUST_CHECK;
/* What is right of values that a step (none: the case itself) recorded: in's person, text and values; to: whose answer
 * it is, where that is said. Found is what became of the wrong ones, in the arena. */
Status live_correct(Live *l, uint64_t case_id, const Which *which, const Input *in, Arena *a, Uses *found,
                    LiveReport *report, Error *err) MUST_CHECK;
/* A step that ended is done once more: in's person and text. */
Status live_repeat(Live *l, uint64_t case_id, const Which *which, const Input *in, Arena *a, LiveReport *report,
                   Error *err) MUST_CHECK;
/* Starts a case by hand and goes on with it as far as it goes. */
Status live_start(Live *l, const char *process, const Datum *values, uint32_t n, const char *person, const char *login,
                  uint64_t *case_id, LiveReport *report, Error *err) MUST_CHECK;
/* The same, beginning at a step in the middle, with values for any of the process's variables. */
Status live_start_at(Live *l, const char *process, const char *step, const Datum *values, uint32_t n,
                     const char *person, uint64_t *case_id, LiveReport *report, Error *err) MUST_CHECK;
/* Forgets all it knows of cases, for a journal that was emptied (journal_reset). */
void live_reset(Live *l);
Tables *live_tables(const Live *l);
/* An event from outside. Checks its fields against the event's declaration; texts are parsed. */
Status live_signal(Live *l, const char *event, const Datum *values, uint32_t n, const char *person, LiveReport *report,
                   Error *err) MUST_CHECK;

#endif
