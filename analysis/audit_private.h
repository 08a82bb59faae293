/* audit_private.h -- what the files of an audit share. For no one else. */
#ifndef OPS_ANALYSIS_AUDIT_PRIVATE_H
#define OPS_ANALYSIS_AUDIT_PRIVATE_H

#include "analysis/audit.h"

typedef enum Kept { KEPT, BROKEN, OPEN } Kept;

typedef struct Judge {
    Query *query;
    const IrProgram *program;
    const IrCheck *check;
    CheckResult *result;
    Exec *exec;
    Arena *arena;
    const Manner *reader;
    VEC(Evidence) evidence;
    Instant now;
} Judge;

/* ---- audit.c: how evidence is written --------------------------------------------------- */
const char *audit_when(const Judge *j, Instant t);
const char *audit_shown(const Judge *j, const Value *v);
const char *audit_span(const Judge *j, int64_t micros);

/* ---- audit_rules.c ------------------------------------------------------------------------ */
/* One case by a rule over cases; why: what breaks it, in words. */
Status audit_case(Judge *j, const Case *c, Kept *kept, const char **why, Error *err) MUST_CHECK;

#endif
