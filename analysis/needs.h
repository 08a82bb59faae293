/* needs.h -- what a written business lacks, against what the field asks of one.
 *
 * Reads the program only, no history. Every need that can be judged is met or
 * a gap; a gap knows its place, and the line that would close it. What cannot
 * be judged, because the file does not say enough, is listed and not counted.
 */
#ifndef OPS_ANALYSIS_NEEDS_H
#define OPS_ANALYSIS_NEEDS_H

#include "lang/ir.h"

typedef enum Need {
#define NEED(NAME, word, meaning) NEED_##NAME,
#include "analysis/needs.def"
#undef NEED
    NEED_COUNT
} Need;

const char *need_word(Need n);

typedef struct Gap {
    Need need;
    const char *process, *step;        /* or NULL */
    const char *text;                  /* what is missing, a sentence part */
    const char *write;                 /* the line one would add */
    IrPlace place;                     /* of the block it belongs into */
} Gap;

typedef VEC(Gap) GapVec;

typedef struct NeedsPart {             /* a system, or what concerns the business as a whole */
    const IrSystem *system;            /* NULL: the business */
    uint32_t met, wanted;
    GapVec gaps;
} NeedsPart;

enum { ESSENTIALS = 4 };
typedef struct Essential {
    const char *kind;                  /* "lead_generation" ... */
    const IrSystem *system;            /* the first one, or NULL */
    bool said;                         /* by `kind`; else found by what it consumes and emits */
} Essential;

typedef struct Load {                  /* of those who may do the same steps, a week */
    const char *who;                   /* "Sales", "Sales or Owner" */
    int64_t least, most;               /* microseconds of work; most -1: cannot be said */
    int64_t open;                      /* what the people have; -1: cannot be said */
    bool over, fits;                   /* even the least is too much; even the most is not; else nobody can say */
    const char *const *missing; uint32_t missing_n;   /* what the file does not say */
} Load;

typedef struct Supposed {              /* what would be, in a scenario */
    const IrScenario *scenario;
    const Load *loads; uint32_t loads_n;
} Supposed;

typedef struct Needs {
    NeedsPart *parts; uint32_t parts_n;        /* the least complete first */
    uint32_t met, wanted;
    Essential essentials[ESSENTIALS];
    const Load *loads; uint32_t loads_n;
    const Supposed *supposed; uint32_t supposed_n;
} Needs;

/* now: where the year of schedules and calendars begins. All lies in the arena. */
Needs needs_of(Arena *a, const IrProgram *p, Instant now);
/* Whole percent, rounded down, so that only what lacks nothing is 100. */
uint32_t needs_share(uint32_t met, uint32_t wanted);

#endif
