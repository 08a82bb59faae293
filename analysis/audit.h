/* audit.h -- rules over the history, judged with evidence.
 *
 * A running case counts once the verdict can no longer change. A check ends
 * as pass, warn, fail, empty (nothing to judge: not a pass, unless it may be)
 * or error (could not be judged).
 */
#ifndef OPS_ANALYSIS_AUDIT_H
#define OPS_ANALYSIS_AUDIT_H

#include "analysis/query.h"
#include "runtime/exec.h"
#include "runtime/script.h"

typedef enum Verdict { VERDICT_PASS, VERDICT_WARN, VERDICT_FAIL, VERDICT_EMPTY, VERDICT_ERROR } Verdict;
const char *verdict_name(Verdict v);               /* "pass" ... */

typedef struct Evidence {                          /* one case (or row) that breaks the rule */
    uint64_t case_id;                              /* 0: no case */
    const char *key;
    const char *text;                              /* "finished after 3 d 2 h; began ..., wanted ..." */
} Evidence;

typedef struct CheckResult {
    const IrAudit *audit;
    const IrCheck *check;
    Verdict verdict;
    uint64_t judged, exceptions;                   /* cases, or rows of a metric */
    const char *found, *wanted;                    /* in words */
    Instant since;                                 /* when `ops tick` first found it bad; 0: it has not */
    const Evidence *evidence; uint32_t evidence_n; /* at most 20; exceptions tells how many there are */
    const Case *const *sample; uint32_t sample_n;  /* the cases that were drawn, the query's; none: all were judged */
    uint64_t sampled_of;                           /* from how many */
} CheckResult;

typedef struct AuditReport {
    const Manner *reader;                          /* set ahead of audit_run: whom found and evidence are written for;
                                                      NULL: English */
    CheckResult *checks; uint32_t n;
    uint32_t counts[5];                            /* by verdict */
} AuditReport;

/* Judges all audits of the program (audit NULL), or the one of this name. exec is for `shell` checks; may be
 * NULL when there are none. Results lie in the arena. */
Status audit_run(Query *q, const IrProgram *p, const char *audit, Exec *exec, Arena *a, AuditReport *out,
                 Error *err) MUST_CHECK;
/* Keeps since when each check is bad, beside the history, and forgets it for those that are no more. */
Status audit_remember(Journal *j, const AuditReport *r, Instant now, Error *err) MUST_CHECK;
/* Fills since from what was kept. */
Status audit_recall(Journal *j, Arena *a, const AuditReport *r, Error *err) MUST_CHECK;
/* 0: all pass (or warn); 1: a fail, or an empty that may not be; 2: one could not be judged. */
int audit_exit_code(const AuditReport *r);
/* One self-contained report for people: what, expected, found, evidence, owner, since when, what to do.
 * only_bad leaves out what passed. */
void audit_print(Buf *b, const IrProgram *p, const AuditReport *r, bool only_bad, bool colour);
void audit_json(Buf *b, const IrProgram *p, const AuditReport *r);

#endif
