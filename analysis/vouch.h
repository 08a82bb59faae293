/* vouch.h -- what people put their name to: waivers that they confirm, looks that they attest.
 *
 * Kept in the store beside the history, with who said it, as whom they were logged
 * in, and when. A confirmation is of the waiver as it was written then: one that says
 * something else now wants to be confirmed anew. Every look is kept, the last one is found.
 */
#ifndef OPS_ANALYSIS_VOUCH_H
#define OPS_ANALYSIS_VOUCH_H

#include "runtime/journal.h"

typedef struct Vouched {
    const char *person, *login;        /* login: NULL where it is the person's own */
    const char *note;                  /* what they saw, or NULL */
    Instant at;
    uint64_t n;                        /* of a look: the how manyth; 0: nobody vouched yet */
} Vouched;

Status vouch_waiver(Journal *j, const IrAudit *audit, const IrWaiver *w, const Vouched *v, Error *err) MUST_CHECK;
/* out->n is 0 where it was not confirmed as it stands. j may be NULL: there is no store yet. */
Status vouched_waiver(Journal *j, Arena *a, const IrAudit *audit, const IrWaiver *w, Vouched *out,
                      Error *err) MUST_CHECK;
Status vouch_look(Journal *j, const IrAudit *audit, const IrCheck *check, const Vouched *v, Error *err) MUST_CHECK;
Status vouched_look(Journal *j, Arena *a, const IrAudit *audit, const IrCheck *check, Vouched *out,
                    Error *err) MUST_CHECK;
/* Until when a look is good that was had then: to the end of the time behind its own. */
Instant vouch_due(const IrCheck *check, Instant looked);
/* The moment at which a waiver ends: that of its last day. */
Instant vouch_end(const IrProgram *p, const IrAudit *audit, const IrWaiver *w);

#endif
