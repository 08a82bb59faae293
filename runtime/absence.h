/* absence.h -- who is away, as people said it while the business runs (`ops away`).
 *
 * A file may say it too (`person ann < away ... >`), for what is known long
 * ahead. Both are laid together before anything asks who may do a step, and
 * what was said last goes first. What was said stays: coming back earlier is
 * a line of its own.
 */
#ifndef OPS_RUNTIME_ABSENCE_H
#define OPS_RUNTIME_ABSENCE_H

#include "runtime/said.h"

typedef struct Absence {
    const char *person;
    int64_t from, to;                  /* dates, both included */
    bool back;                         /* they are back on .from, and earlier lines of theirs are over by then */
    const char *stand_in;              /* or NULL */
    Said said;
} Absence;

typedef struct Absences { Absence *items; uint32_t n; const char *kept; } Absences;   /* kept: as the store has it */

Status absences_read(Journal *j, Arena *a, Absences *out, Error *err) MUST_CHECK;
/* Adds one line to what was read. ST_CONFLICT: another was written meanwhile. */
Status absences_add(Journal *j, const Absences *read, const Absence *added, Error *err) MUST_CHECK;
/* The program with these people away. Borrows from both; in the arena. */
const IrProgram *absences_apply(Arena *a, const IrProgram *p, const Absences *all);

#endif
