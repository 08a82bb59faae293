/* query_private.h -- what the files of a query share. For no one else. */
#ifndef OPS_ANALYSIS_QUERY_PRIVATE_H
#define OPS_ANALYSIS_QUERY_PRIVATE_H

#include "analysis/query.h"
#include "runtime/rows.h"

/* Of few the cases are kept; of many they are read for each walk anew, and lie in memory one at a time. */
enum { CASES_KEPT = 4000 };
typedef struct Cases {
    Case **items;
    uint32_t n, cap;
    bool whole, many;                  /* all are kept; there are too many */
    bool under_way;                    /* they are being gathered */
} Cases;

typedef struct Measured {
    bool done;
    Status status;
    Error err;
    VEC(MetricRow) rows;
} Measured;

typedef struct LogCases {              /* see log.c */
    Case **items;
    uint32_t n;
    uint64_t rows, bad;                /* read; of these, such as do not fit */
    const char *problem;               /* of the first that does not */
    Map *steps;                        /* which ever were */
    Status status;
    Error err;
} LogCases;

/* What an aggregate has seen of its cases. */
typedef struct Fold {
    Value *values; uint32_t n, cap;    /* freed with the result */
    uint64_t seen, holds, ended, counted;
    bool done, finished;               /* walked over; the result is known */
    Value result;
    Status status;
    const Error *err;                  /* where status is not ST_OK */
} Fold;

typedef struct Group { Value by; Fold *folds; } Group;        /* folds: as Groups.asked */
typedef struct Groups {
    VEC(Group) items;                  /* in order of `by` */
    VEC(uint32_t) asked;               /* aggregates of the metric */
} Groups;

struct Query {
    const IrProgram *program;
    Journal *journal;
    Instant now;
    Arena *arena;
    Cases *cases;                      /* by process */
    Fold *folds;                       /* by aggregate, of those that are in no metric with `by` */
    bool folding;                      /* a walk for them is under way */
    bool along;                        /* most of them will be asked for */
    VEC(Case *) drawn;                 /* query_case */
    LogCases **logs;                   /* by log, NULL until asked for */
    Measured *metrics;
    Tables *tables;                    /* NULL until a condition over cases asks for a row */
    bool lent;                         /* they are somebody else's */
    const IrMetric *metric;            /* under way, or NULL */
    const Groups *groups;              /* of the metric under way; NULL: all cases are one */
    uint32_t group;                    /* the one under way */
    const Value *row;                  /* which row a METRIC with `by` means; NULL: none */
    uint64_t counted, seen;            /* cases that the metric under way rests on, and looked at */
    Value figure;                      /* the last aggregate that a condition itself reads, not a metric of it */
    bool hollow;                       /* a figure of it rests on no case: to divide by it measures nothing */
};

Status query_table(Query *q, Arena *a, const char *table, const Value *key, Value *row, Error *err);

/* ---- query_answers.c ---- */
/* The EvalHost's `answers` of a QueryCaseHost. */
Status query_answers(void *self, const IrUnit *unit, const char *step, Code condition, uint64_t *fulfil, Error *err);

/* ---- log.c ---- */
/* Reads the log once; its cases lie in the query. */
const LogCases *log_cases(Query *q, const IrLog *log);

#endif
