/* coverage.h -- which of a program's steps, ways and handlers its cases reached.
 *
 * A way is one outcome of an `if`. A handler is what stands behind `on fail`,
 * `on reject`, or the `else` of a wait.
 */
#ifndef OPS_ANALYSIS_COVERAGE_H
#define OPS_ANALYSIS_COVERAGE_H

#include "runtime/journal.h"

typedef struct Coverage Coverage;

Coverage *coverage_new(const IrProgram *p);
void coverage_free(Coverage *c);
/* Notes what all cases of a store reached. */
Status coverage_add(Coverage *c, Journal *j, Error *err) MUST_CHECK;

typedef enum CoverageKind { COVERAGE_STEPS, COVERAGE_WAYS, COVERAGE_HANDLERS, COVERAGE_KINDS } CoverageKind;
const char *coverage_kind_name(CoverageKind k);    /* "steps" "ways" "handlers" */

typedef struct CoverageRow {
    const IrProcess *process;
    uint32_t reached[COVERAGE_KINDS], all[COVERAGE_KINDS];
} CoverageRow;
CoverageRow coverage_row(const Coverage *c, uint32_t process);

/* Calls visit for all of a process that nothing reached, in its order. what: `step "Send"`, `"if 1" is never yes`. */
typedef void CoverageVisit(void *self, CoverageKind kind, const char *what, IrPlace place);
void coverage_missed(const Coverage *c, uint32_t process, CoverageVisit *visit, void *self);

#endif
