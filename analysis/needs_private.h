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
bool needs_begins(const IrProcess *p);          /* a draft is looked at, and begins no case */
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
void needs_add_texts(Arena *a, Texts *to, const Texts *more);

typedef struct Volume {
    int64_t least, most;               /* cases a year */
    bool unknown;
    Texts missing;                     /* what would have to be known */
    Texts between;                     /* why the least is not the most */
    uint8_t state;                     /* 0: not looked at, 1: under way, 2: done */
} Volume;

/* By process; scenario: what is supposed, or NULL. */
Volume *needs_volumes(NeedsWork *w, const IrScenario *scenario);

/* ---- needs_who.c: who may do a step, as far as the file shows it --------------------- */

typedef struct NeedsWho {
    Texts roles, people;               /* people: those who are named themselves */
    uint32_t least, most;              /* so many of them do it, each for themselves */
    bool open;                         /* data say who */
} NeedsWho;

/* false: data say who, or nobody does it. */
bool needs_who(const NeedsWork *w, const IrFlow *f, const IrStep *step, NeedsWho *who);
/* Adds who joins the step, by its own `escalate` or its process's; false: data say who. */
bool needs_joiners(const NeedsWork *w, const IrFlow *f, const IrStep *step, Texts *people);
Texts needs_people(const NeedsWork *w, const NeedsWho *who);   /* and those of the roles */

/* ---- needs_hours.c: what hours people have ------------------------------------------- */

typedef struct Group {                 /* those who may do the same steps */
    const char *name;                  /* "Sales or Owner", "3 of Panel" */
    Texts people;
    Texts may;                         /* and those who join when it takes long */
    bool anybody_joins;                /* data say who joins */
    const IrRole *role;                /* its first, or NULL */
    uint32_t apart;                    /* so many do each of its steps, each for themselves */
    uint64_t fewest_at_once, most_at_once;     /* cases that one of them handles, by their roles' capacities */
    int64_t least, most;               /* work a year */
    bool unknown;
    Texts missing, between;            /* as a volume's */
} Group;

typedef struct Groups {
    NeedsWork *w;
    const IrScenario *scenario;        /* what is supposed, or NULL */
    const Volume *volumes;             /* by process */
    VEC(Group *) all;
    Map *by_name;
    Group ***of_step;                  /* by process and step; NULL: data say who, or nobody does it */
} Groups;

typedef struct Hours Hours;

/* Of one of the group, in the year, or NEVER: nobody knows. all_away: also without the days on which another one
 * stands in for them. */
int64_t needs_hours(const NeedsWork *w, const Group *g, const char *name, bool all_away);
/* Of everybody; whose hours nobody knows is noted in their groups. The least work may also be done by those who join,
 * the most is not theirs, and then nobody does more who stands in for somebody. */
Hours *needs_hours_of(const Groups *groups, bool most);
/* Gives all this work of a group to people; false, and in over the groups in question, where it does not fit. */
bool needs_fits(Hours *h, uint32_t group, int64_t work, bool *over);

/* needs_goal.c: NULL, or why the metric of this goal would tell nothing. */
const char *needs_unmeasured(NeedsWork *w, const IrGoal *goal, const char **write);
/* needs_kind.c */
void needs_essentials(NeedsWork *w, Essential *all);
/* needs_load.c */
const Load *needs_loads(NeedsWork *w, const IrScenario *scenario, uint32_t *n);

#endif
