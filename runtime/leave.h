/* leave.h -- who may act as another (`ops allow-as`): everybody says it of themselves, who made the store of all.
 *
 * What was said stays in the store: taking leave back is a line of its own.
 */
#ifndef OPS_RUNTIME_LEAVE_H
#define OPS_RUNTIME_LEAVE_H

#include "runtime/said.h"

typedef struct Leave {
    const char *who, *as;              /* who may act, and as whom */
    bool back;                         /* not any more */
    Said said;
} Leave;

typedef struct Leaves { Leave *items; uint32_t n; const char *kept; } Leaves;      /* kept: as the store has it */

Status leaves_read(Journal *j, Arena *a, Leaves *out, Error *err) MUST_CHECK;
/* Adds one line to what was read. ST_CONFLICT: another was written meanwhile. */
Status leaves_add(Journal *j, const Leaves *read, const Leave *added, Error *err) MUST_CHECK;
/* May they now? */
bool leaves_hold(const Leaves *all, const char *who, const char *as);

#endif
