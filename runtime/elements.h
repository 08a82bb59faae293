/* elements.h -- for which element of a list something in a case is done.
 *
 * A step inside an `each` is there once for each element, under one name. What tells them apart is the element: by its
 * value as people see it, a record by its key; by its number in the list (@2) where that says too little, or the list
 * holds the value twice. Of an `each` within another both say it, that which is around first: "x,@2".
 */
#ifndef OPS_RUNTIME_ELEMENTS_H
#define OPS_RUNTIME_ELEMENTS_H

#include "runtime/journal.h"

typedef struct Element {
    const char *name;                  /* of the variable */
    Value value;                       /* borrowed of the case or its history; of a record its key, in the arena */
    uint32_t n;                        /* its number in the list, from 1; 0: not known any more */
    bool twice;                        /* the list holds the value more than once, or it says nothing to people */
    bool beside;                       /* the elements are done beside each other (`in parallel`) */
    bool over;                         /* of a history, where they are not: another one has begun, or the last ended */
    uint32_t block, branch;            /* the acts of its `each` and of its own; 0: not known, or it has none */
} Element;

typedef struct Elements { VEC(Element) items; } Elements;      /* from the outside in */

/* How people see values. */
typedef struct Reader { const Manner *manner; const Zone *zone; } Reader;      /* borrowed; NULL: as they are written */

/* What is meant, of what a case has open, or has ended, under one name. */
typedef struct Which {
    const char *step;                  /* NULL: the case itself */
    const char *element;               /* as somebody wrote it; NULL: nobody did */
    Reader reader;
    uint32_t act;                      /* the act itself, where it is known; else 0 */
} Which;

/* Which elements of a list that the `each` at this node goes through are there twice: one for each, in the arena. */
const bool *elements_twice(Arena *a, const IrFlow *flow, uint32_t each, const Value *list);
/* Element n (from 1; 0: not known) of such a list. */
Element element_of(Arena *a, const IrFlow *flow, uint32_t each, const Value *value, bool twice, uint32_t n);

/* What was found out of the lists of a case, for as long as it does not go on: of each `each` that is open once. A new
 * one has its arena, its journal, and nothing else. */
typedef struct Trail Trail;
typedef struct KnownList { uint32_t each; const bool *twice; } KnownList;
typedef struct Lists {
    Arena *arena;
    Journal *journal;                  /* where the element of what is undone is found: its list may be over by then */
    const Case *of; uint64_t id; uint32_t seq;
    VEC(KnownList) known;
    const Trail *trail;                /* its history, where something of it is undone; NULL: not looked at */
} Lists;

/* Does the flow go through lists? */
bool elements_any(const IrFlow *f);
/* Those around an open act; of what is undone, around the step that did it. */
Elements elements_open(Lists *lists, const Case *c, const Act *act);

/* The same of what a case's history tells, event by event from the first one on. */
Trail *trail_new(Arena *a);                        /* lies in the arena */
void trail_note(Trail *t, const Event *e);
/* Those around what the event says, which was noted last. */
Elements trail_elements(const Trail *t, const Event *e);
/* Those around an act, when it was open. */
Elements trail_around(const Trail *t, uint32_t act);

/* Are any done beside each other, or over? Then what is told in the order of a history has to say which they are. */
bool elements_to_be_told(const Elements *of);

/* " of e = x, f = 2"; "" where there is none. */
const char *elements_told(Arena *a, const Elements *of, Reader reader);
/* "x,2": as elements_meant takes it. NULL: there is none. */
const char *elements_word(Arena *a, const Elements *of, Reader reader);

/* Is this what somebody meant by the word? Any of them may be left out of it. */
bool elements_meant(Arena *a, const Elements *of, const char *word, Reader reader);
/* Those of several that the word means, as their places among them; returns how many. */
uint32_t elements_pick(Arena *a, const Elements *all, uint32_t n, const char *word, Reader reader, uint32_t *picked);
/* "--element x, --element y or --element z"; "" where nothing tells them apart. */
const char *elements_choice(Arena *a, const Elements *all, uint32_t n, Reader reader);

/* Are both of one list whose elements are done beside each other, and of different ones? Rounds, which come one after
 * the other, are not. */
bool elements_apart(const Elements *one, const Elements *other);
/* Are both of the same rounds, as far as these are around the first whose elements are done beside each other? */
bool elements_same_rounds(const Elements *one, const Elements *other);

#endif
