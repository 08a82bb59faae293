/* audit_private.h -- what the files of an audit share. For no one else. */
#ifndef OPS_ANALYSIS_AUDIT_PRIVATE_H
#define OPS_ANALYSIS_AUDIT_PRIVATE_H

#include "analysis/audit.h"
#include "base/sha256.h"

typedef enum Kept { KEPT, BROKEN, OPEN } Kept;

typedef struct Drawn {                 /* a case that counts, and its lot */
    uint64_t id;
    const Case *of;                    /* of a log; NULL: it is the store's */
    uint8_t lot[SHA256_BYTES];
} Drawn;

typedef struct Judge {
    Query *query;
    const IrProgram *program;
    const IrCheck *check;
    CheckResult *result;
    Exec *exec;
    Secrets *secrets;
    Arena *arena, *scratch;            /* scratch: of one case */
    struct Judge *all; uint32_t all_n; /* of this run: those over the same cases see them in one walk */
    bool walked;
    Status found;                      /* ... and what came of it; err: where that is not ST_OK */
    Error err;
    VEC(Drawn) lots; uint64_t counted; /* of a sample: the first of all that were drawn; how many were */
    const Manner *reader;
    VEC(Evidence) evidence;
    Instant now;
    WaiverResult *waivers; uint32_t waivers_n;     /* of the audit */
} Judge;

/* ---- audit.c: how evidence is written --------------------------------------------------- */
const char *audit_when(const Judge *j, Instant t);
const char *audit_shown(const Judge *j, const Value *v);
const char *audit_measured(const Judge *j, const Value *v);       /* of a span, what tells enough */

/* ---- audit_waivers.c ---------------------------------------------------------------------- */
/* The waiver that counts for this case (NULL: for the whole check), or NULL. Those that are for it are marked: that
 * a finding was met, or none. */
const WaiverResult *waiver_for(Judge *j, const Case *c, bool broken);
/* Behind the check: what became of its waivers. */
Status waivers_settle(Judge *j, Error *err) MUST_CHECK;

/* ---- audit_rules.c ------------------------------------------------------------------------ */
/* One case by a rule over cases; why: what breaks it, in words. */
Status audit_case(Judge *j, const Case *c, Kept *kept, const char **why, Error *err) MUST_CHECK;

#endif
