/* older.h -- what a case meets that goes on with an older version of its process, since the file changed around it.
 *
 * Roles are those of the newest file, and whom a flow calls runs by the newest
 * file: a role may be gone that a step of the older flow asks for, and a
 * called process may give values of other types than this flow was checked
 * with. Neither keeps the case from going on until it comes there.
 */
#ifndef OPS_RUNTIME_OLDER_H
#define OPS_RUNTIME_OLDER_H

#include "runtime/engine.h"
#include "runtime/journal.h"

/* The first role that a rule names and the file has no more; NULL: it has them all. */
const char *older_gone(const IrProgram *p, const Value *who);
/* What people can do about an open step whose role is gone: a list of what would be accepted. */
const char *older_remedy(const IrProgram *p, const Case *c, const Act *act, const char *role, Arena *a);

typedef VEC(const char *) OlderMeets;
/* What a running case will meet in what is open or ahead of it, a sentence each; none where all fits. */
void older_meets(const IrProgram *p, const Case *c, Arena *a, OlderMeets *out);

/* A line of notes for each open step that nobody can do since a role is gone: the first of them, then how many more.
 * Costs a look at the flows that are kept, as long as none of them lacks a role. */
Status older_stuck(Journal *j, const IrProgram *p, Instant now, Buf *notes, Error *err) MUST_CHECK;

#endif
