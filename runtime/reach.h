/* reach.h -- what a block of Lua may reach outside itself: answers to its questions.
 *
 * The questions come by name (script.h: ScriptQuestion) from a process that may have
 * been taken over by what it ran, so all is looked at here: that the question is one,
 * that its values are what they must be, that the program allows it.
 */
#ifndef OPS_RUNTIME_REACH_H
#define OPS_RUNTIME_REACH_H

#include "runtime/journal.h"
#include "runtime/script.h"
#include "runtime/world.h"

struct Asked;
typedef struct ReachSent {             /* a question whose answer comes later */
    const char *what, *key, *asked;    /* as it was recorded */
    Status (*read)(struct Asked *a, const ExecResult *r, Value *out);      /* what came of it */
    int64_t at;                        /* by clock_ticks */
} ReachSent;

typedef struct Reach {                 /* of one block; all is borrowed */
    const IrProgram *program;
    const char *process;               /* whose block it is: names of its module come first; NULL: the main file's */
    Journal *journal;                  /* NULL: there is no store */
    Status (*measure)(void *self, Arena *a, uint32_t metric, Value *out, Error *err);      /* see query_measure */
    void *measure_self;
    const World *world;                /* in place of the real one; NULL: the real one */
    Exec *exec;                        /* runs what is sent; NULL: nothing is */
    const Secrets *secrets;            /* what comes back holds none */
    const char *step;                  /* that the block is of; NULL: of none */
    bool acts;                         /* it may change what lies outside; else it may but look */
    uint64_t case_id; uint32_t act, attempt;       /* under which what it does is recorded; case_id 0: it is not */
    Instant began;                     /* of the case: no other of any store is the same */
    uint32_t done;                     /* by it so far, of what is recorded */
    uint64_t tag;                      /* under which exec runs what is sent, and the answer comes later; 0: it is
                                          waited for */
    Arena *arena;                      /* of what comes later: emptied by the next question */
    ReachSent sent;
} Reach;

/* What a block changes outside is recorded ahead of it, and what came of it behind. A block that was interrupted finds
 * the answers it had when it is begun again, and nothing is done twice. Was it interrupted while it waited for one, so
 * that nobody knows whether that was done? */
Status reach_open(Journal *j, uint64_t case_id, uint32_t act, uint32_t attempt, bool *open, Error *err) MUST_CHECK;

/* A ScriptAnswer; self is a Reach. ST_LATER: exec runs what was sent, under its tag; with what it gives: */
Status reach_answer(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err);
/* The answer, in .arena; recorded. */
Status reach_came(Reach *by, const ExecResult *r, Value *out, Error *err) MUST_CHECK;

#endif
