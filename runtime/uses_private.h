/* uses_private.h -- what the parts of uses.h share: uses.c (what became of a value), uses_history.c (the history, as it
 * is looked back at), uses_origin.c (where the value came from), uses_seen.c (what steps saw at their ends). */
#ifndef OPS_RUNTIME_USES_PRIVATE_H
#define OPS_RUNTIME_USES_PRIVATE_H

#include "runtime/uses.h"

/* branched: a branch or element, which may have variables of its own. ended: the place in the history of
 * the event that ended it, or 0. number: of a branch, from 0. seen: what it keeps of an element that is over; NULL:
 * nothing. flow: whose node it is. */
typedef struct Activity {
    uint32_t id, parent, node, ended, number;
    bool branched, withdrawn, undoes;
    const Value *seen;
    const IrFlow *flow;
} Activity;

typedef struct Recorded { const IrFlow *flow; uint32_t node; } Recorded;

/* events: at places of the flow with which the case goes on; recorded: at which they were. of: of which elements the
 * end of a step was. acts: by id. */
typedef struct History {
    Arena *arena;
    Trail *trail;
    VEC(Event) events;
    VEC(Recorded) recorded;
    VEC(Elements) of;
    VEC(Activity) acts;
} History;

/* Where a variable that holds it stands: in a branch or element that has it for itself, or (owner 0) in the case.
 * direct: what was recorded itself; else what was computed from it. */
typedef struct Spot { uint32_t owner; const char *name; bool direct; } Spot;

/* The places where it stood just before an event that ended an element or a round of a list. */
typedef struct Standing { uint32_t at; const Spot *places; uint32_t n; } Standing;

typedef struct Find {
    const Case *of;
    History history;
    const Which *which;
    const char *step;
    const char *whose;                 /* whose answer; NULL: it is said of none */
    bool told;                         /* ... and whoever corrects it says so, not only that it is their own */
    bool once_more;                    /* the step is done once more: not only its values are other ones then */
    const Datum *names; uint32_t n;
    const char *wrong;                 /* the one that is followed */
    bool of_answers;                   /* ... it is answers that are counted, and no variable */
    uint32_t parent;                   /* the act around the step that recorded it */
    VEC(Spot) places;                  /* as it went on */
    VEC(Standing) ends;                /* ... as elements ended */
    VEC(uint32_t) gathering;           /* lists of which an element hands it on */
    VEC(Datum) recorded;
    VEC(FileCopy) files;
    VEC(const char *) stays;
    VEC(Copy) copies;
    VEC(Gathered) gathered;
    VEC(uint32_t) undoes;              /* events that ended such steps, by their place in the history */
    VEC(Lapse) lapses;
    uint32_t first;                    /* the event that recorded them */
    Uses *out;
} Find;

/* ---- uses_history.c ---- */
History uses_history(Arena *a);        /* empty; all of it lies in the arena */
const Activity *uses_activity(const History *h, uint32_t id);      /* NULL: there was none */
const Value *uses_value(const Event *e, const char *name);         /* NULL: the event has none of this name */
/* Did it end well, or was it skipped? */
bool uses_ends_step(const Event *e);
/* A JournalVisit; self is a History. */
Status uses_keep_event(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err) MUST_CHECK;
/* Values that are told to others, or said by them, and set nothing. */
bool uses_only_tells(const Event *e);
/* What stands at its place of the flow. */
IrNodeOp uses_op(const Find *f, const Event *e);
/* Does it only hand a value on, between a branch and what is around it? */
bool uses_only_hands_on(const Find *f, const Event *e);
/* Whose is the variable of this name, seen from an act: of a branch or element around it, or (0) the case's? */
uint32_t uses_owner(const Find *f, uint32_t act, const char *name);
/* From where what the event is about is seen. */
uint32_t uses_seen_by(const Find *f, const Event *e);
/* The innermost of what is around it that is open still. */
uint32_t uses_open_around(const Find *f, uint32_t act);
/* Whose variable it was before an event handed it on to this owner; UINT32_MAX: it did not. */
uint32_t uses_handed_from(const Find *f, const Event *e, uint32_t owner, const char *name);
/* The innermost at or around an act that had not ended before the event at this place. */
uint32_t uses_open_before(const Find *f, uint32_t act, uint32_t until);
/* The event before which a variable, which an approval saw, was as it stayed: the end of the element whose it was.
 * 0: it is no element's, or that is not over. */
uint32_t uses_kept_until(const Find *f, uint32_t given, const char *name);
/* Of which elements of lists the act was when this happened: their numbers, of rounds too, from the inside out. */
Value uses_elements(const Find *f, uint32_t act, uint32_t happened);
/* The same, as an act keeps it that is asked for again; NULL: it keeps none. */
const Value *uses_kept_elements(const Activity *a);
/* The act that set it last ahead of an event, as seen from this act; 0: it cannot be told. */
uint32_t uses_set_by(const Find *f, uint32_t from, uint32_t until, const char *name);

/* ---- uses_origin.c ---- */
/* Each finds what is meant: f->first, and in f->out->correction where that was; all that was recorded there is in
 * f->recorded. */
Status uses_by_step(Find *f, uint32_t node, Error *err) MUST_CHECK;
Status uses_by_case(Find *f, Error *err) MUST_CHECK;
/* Were all the names that somebody gave recorded there? */
Status uses_find_names(Find *f, Error *err) MUST_CHECK;
/* Where a value of the case came from: the last event that set it, and whose it was then. */
uint32_t uses_find_origin(Find *f, const char *name);
/* The node of the step that is meant. ST_NOTFOUND, with what it may be. */
Status uses_step_named(Find *f, uint32_t *node, Error *err) MUST_CHECK;

/* ---- uses_seen.c ---- */
/* What the approval saw of the variables of elements that are over. */
void uses_see_lapsed(Find *f, Lapse *lapsed);
/* The endings of the correction. */
void uses_see_endings(Find *f);

#endif
