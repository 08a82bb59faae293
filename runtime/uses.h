/* uses.h -- where a value of a case came from, and what became of it.
 *
 * A value that was wrong has gone into conditions, texts, commands and other
 * values before somebody notices. The flow says what each of its places reads
 * (reads.h); the history says which of them were reached since, and with what.
 */
#ifndef OPS_RUNTIME_USES_H
#define OPS_RUNTIME_USES_H

#include "runtime/elements.h"
#include "runtime/journal.h"
#include "runtime/reads.h"

typedef struct Use {
    uint32_t node;                     /* IR_NONE: the case as a whole: its deadline, or what it gave */
    uint16_t kind;                     /* EventKind, of the last time */
    Instant at;
    const char *person;                /* who did it; NULL: nobody */
    bool yes;                          /* of a condition */
    bool came;                         /* of a statement: was it ever done, and not only come to? */
} Use;

typedef struct Uses {
    VEC(Use) items;                    /* each place once, in order of the first time */
    Names computed;                    /* variables that were computed from it */
    Correction correction;             /* what the engine needs to know */
} Uses;

/* Reads the history of the case as it is. which: the step that recorded the values; none: the case took them, or set
 * them itself. in: whose person's (or to's, where that is said) answer is meant, where several answered; of its values
 * the names. ST_NOTFOUND, ST_REFUSED: err says why there is nothing to correct; ST_USAGE: ... why it is not clear what
 * is meant. Else uses_free when the engine knows of it. */
Status uses_find(Journal *j, Arena *a, const Case *c, const Which *which, const Input *in, Uses *out,
                 Error *err) MUST_CHECK;
/* Frees what is not in the arena: the cases as they were. */
void uses_free(Uses *u);
/* The same of all that a step recorded when it last ended, for having it done once more. ST_NOTFOUND: it has not. */
Status uses_of_step(Journal *j, Arena *a, const Case *c, const Which *which, Uses *out, Error *err) MUST_CHECK;

#endif
