/* needs_private.h -- what the parts of needs.c share. For no one else. */
#ifndef OPS_ANALYSIS_NEEDS_PRIVATE_H
#define OPS_ANALYSIS_NEEDS_PRIVATE_H

#include "analysis/needs.h"

typedef struct NeedsLink {             /* one process makes another begin, or go on */
    uint32_t from, to;                 /* processes */
    uint32_t node;                     /* of from: EMIT, START or CALL */
    const char *event;                 /* NULL: START or CALL */
    bool begins;                       /* a case; else it ends a wait */
    bool asks;                         /* only where a condition holds */
} NeedsLink;

typedef VEC(NeedsLink) NeedsLinks;

typedef struct NeedsWork {
    Arena *arena;
    const IrProgram *program;
    Instant now;
    NeedsPart *parts;                  /* by system, the business last */
    Map *by_name, *events;             /* processes, events */
    NeedsLinks links, *begun;          /* all; by process: those that begin it */
    NeedsLinks *consumers;             /* by event, without from and node */
    uint32_t *emitter;                 /* by event: the first process that emits it, or IR_NONE */
} NeedsWork;

/* Counts a need of this part (a system's number, or IR_NONE): met, or else a gap that the caller fills. */
void needs_met(NeedsWork *w, uint32_t system);
Gap *needs_gap(NeedsWork *w, uint32_t system, Need need, IrPlace place);
/* Is this process one that runs? Retired ones, and those of the standard library, are not looked at. */
bool needs_looks_at(const IrProcess *p);
bool needs_is_own(IrPlace place);
uint32_t needs_event(const NeedsWork *w, const char *name);    /* its number, or IR_NONE */

/* ---- needs_volume.c: how much there is of something, between two bounds ---- */

#define NEVER INT64_MAX                /* no case goes this way; and more than can be counted */
enum { WEEKS = 52 };                   /* of the year that is looked at */

int64_t needs_plus(int64_t a, int64_t b);
int64_t needs_times(int64_t a, int64_t n);
int64_t needs_less(int64_t a, int64_t b);
Instant needs_year_end(const NeedsWork *w);

typedef struct Bounds {
    int64_t on, out;                   /* at least, in cases that go on behind, and that leave by `stop` or `fail` */
    int64_t most;
    bool unknown;                      /* most cannot be said */
} Bounds;

/* A walk over a flow that adds up what each node weighs. */
typedef struct Walk {
    NeedsWork *w;
    const IrProcess *process;
    Bounds (*weigh)(struct Walk *walk, uint32_t node);
    void (*missing)(struct Walk *walk, const char *what);  /* why the most cannot be said */
    const void *what;                  /* weigh's own */
} Walk;

Bounds needs_walk(Walk *k);
int64_t needs_at_least(Bounds b);

typedef struct Texts { VEC(const char *) items; Map *seen; } Texts;
void needs_add_text(Arena *a, Texts *t, const char *text);     /* once */

typedef struct Volume {
    int64_t least, most;               /* cases a year */
    bool unknown;
    Texts missing;                     /* what would have to be known */
    uint8_t state;                     /* 0: not looked at, 1: under way, 2: done */
} Volume;

/* By process. */
Volume *needs_volumes(NeedsWork *w);

/* needs_goal.c: NULL, or why the metric of this goal would tell nothing. */
const char *needs_unmeasured(NeedsWork *w, const IrGoal *goal, const char **write);
/* needs_kind.c */
void needs_essentials(NeedsWork *w, Essential *all);
/* needs_load.c */
const Load *needs_loads(NeedsWork *w, uint32_t *n);

#endif
