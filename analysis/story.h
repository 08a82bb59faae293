/* story.h -- a case told for people: what happened, when, by whom, and what it waits for.
 *
 * Moments are shown by the clock of the case's process, values in the reader's
 * manner. All texts are safe for a terminal.
 */
#ifndef OPS_ANALYSIS_STORY_H
#define OPS_ANALYSIS_STORY_H

#include "analysis/propose.h"
#include "runtime/elements.h"
#include "runtime/journal.h"

typedef struct Story {                 /* who tells it: all borrowed */
    const IrProgram *program;
    Journal *journal;
    const Manner *manner;              /* of the reader */
    Arena *arena;                      /* for what is made on the way */
    Instant now;                       /* for whom it waits now */
    const Env *env;                    /* for story_why: what rules may ask; else NULL */
    const Where *advice;               /* with which commands one goes on, and where; NULL: not told */
    uint32_t most;                     /* so many events: of more the first, and three times as many of the last;
                                          0: all of them */
    Lists *lists;                      /* of the case; NULL: looked at for each sentence anew */
    bool output;                       /* with all that commands printed; else the end of what a failed one did */
    const Instant *came;               /* for story_why_json: of story_incidents; NULL: not looked at */
} Story;

/* Its head with values, its events, and what is open. */
Status story_tell(const Story *s, const Case *c, Buf *out, Error *err) MUST_CHECK;
/* The same as a JSON object (docs/json.md, show). */
Status story_json(const Story *s, const Case *c, Buf *out, Error *err) MUST_CHECK;

/* When the incidents of a case came that are open, of each of its acts, by its history: a step may have begun long
 * before, and been tried again since. In the arena; NULL: there is none. */
Status story_incidents(Journal *j, const Case *c, Arena *a, const Instant **came, Error *err) MUST_CHECK;
/* Since when is this act of the case open, or an incident? */
Instant story_since(const Instant *came, const Case *c, const Act *a);

/* What it waits for, on whom, and of those whom a rule names why not the others (why.c); and as a JSON object. */
Status story_why(const Story *s, const Case *c, Buf *out, Error *err) MUST_CHECK;
Status story_why_json(const Story *s, const Case *c, Buf *out, Error *err) MUST_CHECK;

/* Is it an answer of one of those who answer apart, and not seen yet? They do not see what the others said before all
 * have, nor, where that was taken back, before the case has ended. */
bool story_sealed(const Case *c, const Event *e);
/* What one open act waits for, and on whom; nothing of a machine's. */
void story_open(const Story *s, const Case *c, const Act *a, Buf *out);
/* Machines' work that the next run goes on with, since ops was stopped (left.c). Not any, and nothing is told: there is
 * none, or it is seen that ops is at work; or there is no .advice. */
Status story_left(const Story *s, const Case *c, Buf *out, bool *any, Error *err) MUST_CHECK;
/* Was this act's work under way when the ops that did it ended? */
Status story_stopped(const Story *s, const Case *c, const Act *a, bool *stopped, Error *err) MUST_CHECK;

/* The people who may at that moment, by the newest roles: "ann, bob"; "" where nobody may. */
const char *story_people(const IrProgram *p, const Value *who, Instant now, Arena *a);
/* The same as a sentence's end: it says so where nobody may. */
const char *story_who(const IrProgram *p, const Value *who, Instant now, Arena *a);
/* Those who may still do an offered step, and how many of several have: "bob, cy (1 of 2)". */
const char *story_offered(const IrProgram *p, const Case *c, const Act *a, Instant now, Arena *arena);
/* "1 of 2": how many of several have done an offered step; "" where it is for one. */
const char *story_progress(const IrProgram *p, const Case *c, const Act *a, Instant now, Arena *arena);
/* What comes before a machine may begin here, as it does where a person releases a step: `"Sign" is approved again`.
 * NULL: nothing keeps it from that. */
const char *story_before(const Case *c, const Act *a, Arena *arena);
/* "2026-10-01 09:30" by that clock; "" for none. */
const char *story_when(const Manner *m, const Zone *zone, Instant t, Arena *a);

void story_json_instant(Buf *b, const char *key, Instant t);

/* The step by which `ops retry` and `ops skip` know an incident: NULL where it is the case's only one. */
const char *story_which(const Case *c, const Act *incident);
/* What stands behind it: of which element it is ("--element x"), where others are at the same step; NULL: nothing. */
const char *story_element(Lists *lists, const Case *c, const Act *incident, Reader reader);
/* What went wrong: "at" the step, or "undoing" it. */
const char *story_doing(const Act *incident);
/* What people have to do in an offered act: the step's name, or `undoing "Load the van"`. */
const char *story_task(const Case *c, const Act *a, Arena *arena);
/* " of e = x": for which elements of lists an act is; "": for none. */
const char *story_of(Lists *lists, const Case *c, const Act *a, Reader reader);
/* Is it taken when a person skips the incident? Not of the end of a round, which stands in its own block, nor of an
 * approval. */
bool story_skips(const Case *c, const Act *incident);

/* What a waiting act waits for: "paid", "the lock oven", the process that it called, or nothing that has a name ("").
 * In the arena. */
const char *story_awaited(const Case *c, const Act *a, Arena *arena);

#endif
