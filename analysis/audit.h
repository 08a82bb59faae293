/* audit.h -- rules over the history, judged with evidence.
 *
 * A running case counts once the verdict can no longer change. A check ends
 * as pass, warn, fail, waived (it would fail, but for what somebody accepted),
 * empty (nothing to judge: not a pass, unless it may be) or error (could not be
 * judged).
 */
#ifndef OPS_ANALYSIS_AUDIT_H
#define OPS_ANALYSIS_AUDIT_H

#include "analysis/propose.h"
#include "analysis/query.h"
#include "analysis/vouch.h"
#include "runtime/exec.h"
#include "runtime/script.h"

typedef enum Verdict {
    VERDICT_PASS, VERDICT_WARN, VERDICT_FAIL, VERDICT_WAIVED, VERDICT_EMPTY, VERDICT_ERROR
} Verdict;
enum { VERDICTS = VERDICT_ERROR + 1 };
const char *verdict_name(Verdict v);               /* "pass" ... */

typedef struct Evidence {                          /* one case (or row) that breaks the rule */
    uint64_t case_id;                              /* 0: no case */
    const char *key;
    const char *text;                              /* "finished after 3 d 2 h; began ..., wanted ..." */
    bool waived;
} Evidence;

/* Only what is in force counts, which it is to the last day; all others are told. */
typedef enum WaiverState {
    WAIVER_IN_FORCE, WAIVER_EXPIRES_SOON, WAIVER_NOT_CONFIRMED, WAIVER_EXPIRED, WAIVER_MATCHES_NOTHING,
    WAIVER_NOT_NEEDED
} WaiverState;
const char *waiver_state_name(WaiverState s);      /* "in force" ... */

typedef struct WaiverResult {
    const IrAudit *audit;
    const IrWaiver *waiver;
    WaiverState state;
    Vouched confirmed;                             /* n = 0: not yet */
    Instant ends;
    bool counts, used, kept;                       /* confirmed and not over; a finding was met; there was none */
} WaiverResult;

typedef struct CheckResult {
    const IrAudit *audit;
    const IrCheck *check;
    Verdict verdict;
    uint64_t judged, exceptions;                   /* cases, or rows of a metric */
    uint64_t waived;                               /* of the exceptions */
    const char *found, *wanted;                    /* in words */
    Instant since;                                 /* when `ops tick` first found it bad; 0: it has not */
    const Evidence *evidence; uint32_t evidence_n; /* at most 20; exceptions tells how many there are */
    const Case *const *sample; uint32_t sample_n;  /* the cases that were drawn, the query's; none: all were judged */
    uint64_t sampled_of;                           /* from how many */
} CheckResult;

typedef struct AuditReport {
    const Manner *reader;                          /* set ahead of audit_run: whom found and evidence are written for;
                                                      NULL: English */
    Where where;                                   /* set ahead of audit_run: for the commands that are proposed */
    CheckResult *checks; uint32_t n;
    WaiverResult *waivers; uint32_t waivers_n;
    uint32_t counts[VERDICTS];
} AuditReport;

/* Judges all audits of the program (audit NULL), or the one of this name. exec is for `shell` checks; may be
 * NULL when there are none. Results lie in the arena. */
Status audit_run(Query *q, const IrProgram *p, const char *audit, Exec *exec, Arena *a, AuditReport *out,
                 Error *err) MUST_CHECK;
/* Keeps since when each check is bad, beside the history, and forgets it for those that are no more; and which cases
 * were drawn for samples. */
Status audit_remember(Journal *j, const AuditReport *r, Instant now, Error *err) MUST_CHECK;
/* Fills since from what was kept. */
Status audit_recall(Journal *j, Arena *a, const AuditReport *r, Error *err) MUST_CHECK;
/* Are they confirmed, and not over? Nothing is judged for that. */
Status audit_waivers(Query *q, const IrProgram *p, const IrAudit *audit, Arena *a, WaiverResult **out,
                     Error *err) MUST_CHECK;
/* "prompt", case 17 */
void audit_waiver_name(Buf *b, const WaiverResult *w);
void audit_waiver_json(Buf *b, const WaiverResult *w);
/* 0: all pass (or warn, or are waived); 1: a fail, or an empty that may not be; 2: one could not be judged. */
int audit_exit_code(const AuditReport *r);
/* One self-contained report for people: what, expected, found, evidence, owner, since when, what to do.
 * only_bad leaves out what passed. */
void audit_print(Buf *b, const IrProgram *p, const AuditReport *r, bool only_bad, bool colour);
void audit_json(Buf *b, const IrProgram *p, const AuditReport *r);

#endif
