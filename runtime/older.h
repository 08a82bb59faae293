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

/* ---- steps that nobody can do since a role is gone ---- */

typedef struct OlderStuck { Buf *notes; uint32_t n; } OlderStuck;      /* how many since older_rest */
/* Is this act, if it is an offered step of an older flow, one that nobody can do now? The first of them are a line of
 * notes each. */
void older_offered(const IrProgram *p, const Case *c, const Act *act, Instant now, OlderStuck *stuck);
/* Says how many there were besides those that have a line. */
void older_rest(OlderStuck *stuck);

/* What is open is looked at once, whenever the file has other roles than it had the last time; what is offered later is
 * told of when it is (older_offered). So it costs nothing to run again, however much is open. */
typedef struct OlderRoles {
    const char *looked;                /* by which roles it was looked; "": no flow lacked one then; NULL: never */
    const char *are;                   /* what older_told is to note of those that the file has now; NULL: nothing */
    bool lacks;                        /* they are others, and a flow that is kept names one that is gone */
} OlderRoles;
/* Writes nothing. In the arena. */
Status older_new_roles(Journal *j, const IrProgram *p, Arena *a, OlderRoles *out, Error *err) MUST_CHECK;
/* Looks at all running cases, for where a flow lacks a role. */
Status older_look(Journal *j, const IrProgram *p, Instant now, OlderStuck *stuck, Error *err) MUST_CHECK;
/* The roles that the file has now, in short. */
const char *older_roles(const IrProgram *p, Arena *a);
/* It was looked by these roles, and what was found is told: only other ones make it look again. */
Status older_told(Journal *j, const IrProgram *p, const char *roles, Error *err) MUST_CHECK;
/* A step was offered that nobody can do, and that is not told yet: it is looked again. */
Status older_untold(Journal *j, const IrProgram *p, Error *err) MUST_CHECK;

#endif
