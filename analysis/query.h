/* query.h -- metrics and goals: what the history means in numbers.
 *
 * A metric reads finished cases of a process within a window and folds them to
 * one value, or one value per row of `by`. Nothing to measure is none, never
 * zero (a count or a sum of no cases is 0). Quantiles: the nearest rank
 * (median of an even count: mean of the two in the middle).
 *
 * Cases are walked over, one at a time: what a walk costs in memory does not
 * grow with them, but for the values that are to be put in order.
 */
#ifndef OPS_ANALYSIS_QUERY_H
#define OPS_ANALYSIS_QUERY_H

#include "runtime/journal.h"
#include "runtime/rows.h"

typedef struct Query Query;

/* Borrows program and journal (NULL: there is no store yet, so nothing to measure). What was measured once is kept
 * until query_free. */
Query *query_new(const IrProgram *p, Journal *j, Instant now);
void query_free(Query *q);
/* Conditions look rows up in these tables, in place of the program's files. Borrowed. */
void query_lend(Query *q, Tables *tables);
Journal *query_journal(const Query *q);            /* NULL: there is no store yet */

typedef struct MetricRow {
    Value by;                          /* none for a metric without `by` */
    Value value;                       /* none: not measurable */
    uint64_t cases;                    /* how many it rests on */
    uint64_t seen;                     /* how many it looked at: 0 of 500 is measured, 0 of none is not */
} MetricRow;

/* Rows sorted by `by`; one row without `by`. They lie in the query. */
Status query_metric(Query *q, uint32_t metric, const MetricRow **rows, uint32_t *n, Error *err) MUST_CHECK;
/* The shape of Env.metric and EvalHost.metric (self: Query *): the value of a metric without `by`. */
Status query_metric_value(void *query, Arena *a, uint32_t metric, Value *out, Error *err);
/* For Lua: the same; of a metric with `by` a list of records {by, value, cases}, in order. */
Status query_measure(void *query, Arena *a, uint32_t metric, Value *out, Error *err);
/* An EvalHost for conditions over metrics (goals, checks, the prompt). */
EvalHost query_host(Query *q);
/* The condition on one row of the metrics that it reads: METRICs with `by` take this row. */
EvalHost query_row_host(Query *q, const Value *by);

/* A condition over metrics, row by row (one row where none of them has `by`). A row is measured when
 * each metric has a value there, some case was looked at, and it rests on at least so many. Rows lie
 * in the query. */
typedef struct Judged {
    Value by, value;                   /* value: of the first metric, with `by` before without */
    uint64_t cases;
    bool measured, holds;
} Judged;
Status query_judge(Query *q, Code condition, const uint32_t *metrics, uint32_t metrics_n, uint64_t least,
                   Judged **rows, uint32_t *n, Error *err) MUST_CHECK;

typedef enum GoalState { GOAL_MET, GOAL_MISSED, GOAL_ON_COURSE, GOAL_NOT_YET_MEASURABLE } GoalState;
typedef struct GoalResult {
    GoalState state;
    Value value;                       /* of its first metric (the worst row's with `by`) */
    Value by;                          /* the worst row, or none */
    const char *reason;                /* NULL, or why it cannot be measured */
} GoalResult;
/* MET: the condition holds. MISSED: it does not, and there is no date or the date has passed.
 * ON_COURSE: it does not hold yet and there is time. Without data: NOT_YET_MEASURABLE. */
Status query_goal(Query *q, uint32_t goal, GoalResult *out, Error *err) MUST_CHECK;
const char *goal_state_name(GoalState s);          /* "met" "missed" "on course" "not yet measurable" */

/* The instants that a window spans, half-open: by the calendar, or (NULL) by the clock of the process. */
Status query_window(const IrProgram *p, const IrWindow *w, const char *calendar, const char *process, Instant now,
                    Instant *from, Instant *to, Error *err) MUST_CHECK;

typedef struct ProcessStats {
    const char *process, *system;
    uint64_t started, finished, running, waiting, failed, cancelled, imported, late;
    uint64_t incidents;                /* open ones */
    int64_t median_duration;           /* of finished cases, microseconds; -1: none */
    struct { const char *outcome; uint64_t n; } *outcomes; uint32_t outcomes_n;   /* most first */
} ProcessStats;
/* One per process of the program, in its order. */
Status query_stats(Query *q, const ProcessStats **out, uint32_t *n, Error *err) MUST_CHECK;

/* A case's expressions (CASE_VAR, ATTR, STEP_ATTR) for audits' conditions. */
typedef struct QueryCaseHost { EvalHost host; const Case *of; Query *query; } QueryCaseHost;
void query_case_host(QueryCaseHost *h, Query *q, const Case *c);
/* Says ahead of the error at which case it was. */
void query_blame(const Case *c, Error *err);
/* Walks over the cases of a process or log (all windows), in order. The case is borrowed: of a process it may be gone
 * after the visit. Any status but ST_OK ends the walk. */
typedef Status QueryVisit(void *self, const Case *c, Error *err);
Status query_each(Query *q, const char *process, QueryVisit *visit, void *self, Error *err) MUST_CHECK;
/* One case of the store, the query's until query_free. */
Status query_case(Query *q, uint64_t id, const Case **out, Error *err) MUST_CHECK;
/* Is there a case of the process or log with that number, or (key not NULL) that key? */
Status query_has(Query *q, const char *process, uint64_t id, const char *key, bool *there, Error *err) MUST_CHECK;

/* What hinders a full judgement of the log's cases: rows that do not fit. NULL: nothing, or it is no log. */
const char *query_unread(Query *q, const char *log);
/* Does no row of the log ever name this step, although it is not one that the log itself declares? */
bool query_unheard(Query *q, const char *log, const char *step);

#endif
