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

typedef struct Reach {                 /* of one block; all is borrowed */
    const IrProgram *program;
    const char *process;               /* whose block it is: names of its module come first; NULL: the main file's */
    Journal *journal;                  /* NULL: there is no store */
    Status (*measure)(void *self, Arena *a, uint32_t metric, Value *out, Error *err);      /* see query_measure */
    void *measure_self;
} Reach;

/* A ScriptAnswer; self is a Reach. */
Status reach_answer(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err);

#endif
