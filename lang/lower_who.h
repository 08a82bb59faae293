/* lower_who.h -- what the parts of the pass over `who` rules share. Private to them. */
#ifndef OPS_LANG_LOWER_WHO_H
#define OPS_LANG_LOWER_WHO_H

#include "lang/lower_flow.h"

/* ---- who_people.c: whom a rule means ------------------------------------------------------- */

/* The people who may, as a map's keys; NULL: anybody, as far as one can tell. */
Map *who_people(const Flow *f, const Ast *who, uint32_t depth);
/* Those of them who are not left out for certain. */
Map *who_left(const Flow *f, Map *left, const Ast *without, uint32_t depth);
/* Those of them who surely may, whatever the case; empty where that is not known. */
Map *who_surely(const Flow *f, const Ast *who);
/* "ann, bob and 3 more" */
const char *who_names(const Flow *f, const Map *people);
/* The role that is named, or NULL. */
const Sym *who_role(const Flow *f, const Ast *who);
/* The step whose doer is meant: did("Step"), "Step".person; NULL: none. */
const char *who_step(const Flow *f, const Ast *who);
/* The rule of that step; NULL: it has none, or is not known. */
const Ast *who_does(const Flow *f, const char *step);
/* How many people did the step, at least, when it has ended. */
uint32_t who_doers(const Flow *f, const char *step);
/* Those above this person, by all roles; NULL: anybody. */
Map *who_manages(const Flow *f, const char *person);

/* ---- who_doers.c: who is left when those are left out who did something -------------------- */

typedef struct Without {               /* what stands behind `except`, innermost first */
    const Ast *list;
    const struct Without *up;
} Without;

/* How many of these people are left out in any case, and how many can be in some case. day: on which only those act who
 * are there; NULL: any. */
uint32_t doers_least(const Flow *f, const Map *people, const Without *without, const int64_t *day);
uint32_t doers_most(const Flow *f, const Map *people, const Without *without);
/* Keeps which steps before this one its rule tells apart from it. */
void doers_apart(Flow *f, const char *step, const Ast *rule);

/* ---- who_idle.c ---------------------------------------------------------------------------- */

/* Tells what of a rule changes nothing. */
void who_idle(const Flow *f, const char *step, const Ast *who);

/* ---- who_away.c ---------------------------------------------------------------------------- */

/* Those of them who are there on this day, or who stands in for them. */
Map *who_there(const Flow *f, const Map *people, int64_t day);
/* Keeps for away_report on which days fewer than are needed are there for the step. */
void away_days_of(Flow *f, const char *step, const Map *people, const Without *without, uint32_t need);

#endif
