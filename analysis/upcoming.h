/* upcoming.h -- when schedules come next, and what clocks and calendars do to them.
 *
 * What `every ...` of processes and audits brings from a moment on, in order,
 * each with what one would not expect of it: a time that the clock skips or
 * shows twice, a clock that was turned since the time before, closed days that
 * were passed over or moved here. Reckoned as the live world does; nothing of
 * what happened so far is asked, nothing is written.
 */
#ifndef OPS_ANALYSIS_UPCOMING_H
#define OPS_ANALYSIS_UPCOMING_H

#include "lang/ir.h"

typedef enum UpcomingClock { CLOCK_PLAIN, CLOCK_GAP, CLOCK_FOLD } UpcomingClock;

typedef struct Upcoming {
    bool audit;                        /* else a process */
    const char *name, *text;           /* whose; its schedule, as written */
    const Zone *zone;
    const Calendar *calendar;          /* that it asks for open days, or NULL */
    Instant at;
    UpcomingClock clock;
    int32_t wanted;                    /* minutes of the day that were written; -1: a pace has none */
    int32_t turned;                    /* by how many seconds the clock went on (or back) since the one before */
    bool moved;                        /* closed days: their runs happen here, else not at all */
    const int64_t *closed; uint32_t closed_n;      /* dates */
} Upcoming;

typedef VEC(Upcoming) UpcomingVec;

/* The first `most` behind now of those that run by themselves; of one process or audit only where name is given.
 * *all: how many schedules there are. All lies in the arena. */
UpcomingVec upcoming(Arena *a, const IrProgram *p, const char *name, Instant now, uint64_t most, uint32_t *all);

#endif
