/* query_goal.c -- conditions over metrics, goals, and the counts of each process.
 *
 * A condition holds or not, row by row, but only where there is something to
 * measure; a goal is as good as its worst row.
 */
#include "analysis/query_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- conditions and goals ------------------------------------------ */

const char *goal_state_name(GoalState s)
{
    static const char *const names[] = {"met", "missed", "on course", "not yet measurable"};
    return names[s];
}

/* Does the condition compare one aggregate, and nothing else that is measured: `count(Close, all time) >= 3`?
 * Then that is its figure; of a sum of two no one could tell what is shown. */
static bool is_one_figure(const IrUnit *u, Code code)
{
    uint32_t read = 0, compared = 0, other = 0;
    for (; code < u->code_n && IR_INSTRUCTION_OP(u->code[code]) != IR_END; code++) {
        uint8_t op = IR_INSTRUCTION_OP(u->code[code]);
        if (op == IR_AGGREGATE) read++;
        else if (op == IR_LESS || op == IR_LESS_EQ) compared++;
        else if (op != IR_CONST && op != IR_JUMP && op != IR_NOT && op != IR_POP) other++;
    }
    return read == 1 && compared == 1 && !other;
}

static Status judge_row(Query *q, Code condition, const uint32_t *metrics, uint32_t n, const Value *by,
                        uint64_t least, Judged *out, Error *err)
{
    const IrProgram *p = q->program;
    EvalHost host = query_row_host(q, by);
    Arena *a = q->arena;
    uint64_t counted = q->counted, seen = q->seen;
    Status st = ST_OK;
    *out = (Judged){.measured = true};
    q->counted = q->seen = 0, q->hollow = false;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        Value v;
        st = query_metric_value(q, a, metrics[i], &v, err);
        out->measured = out->measured && v.type != V_NONE;
        if (i == 0 || (p->metrics[metrics[i]].by != CODE_NONE && p->metrics[metrics[0]].by == CODE_NONE))
            out->value = v;
    }
    Value answer = VALUE_NONE;
    if (st == ST_OK && out->measured) st = eval(&p->unit, condition, &host, a, &answer, err);
    if (st == ST_FAILED && q->hollow) st = ST_OK; /* divided by nothing */
    if (st == ST_OK && n == 0 && is_one_figure(&p->unit, condition)) out->value = q->figure;
    out->holds = answer.type == V_BOOLEAN && answer.i;
    out->cases = q->counted;
    out->measured = out->measured && answer.type != V_NONE && q->seen > 0 && out->cases >= least;
    q->counted = counted, q->seen = seen, q->hollow = false, q->row = NULL;
    return st;
}

Status query_judge(Query *q, Code condition, const uint32_t *metrics, uint32_t metrics_n, uint64_t least,
                   Judged **rows, uint32_t *n, Error *err)
{
    const MetricRow *of = NULL;
    bool by = false;
    Status st = ST_OK;
    *n = 1;
    for (uint32_t i = 0; i < metrics_n && !by && st == ST_OK; i++) {
        by = q->program->metrics[metrics[i]].by != CODE_NONE;
        if (by) st = query_metric(q, metrics[i], &of, n, err);
    }
    *rows = ARENA_ARRAY(q->arena, Judged, *n);
    for (uint32_t i = 0; i < *n && st == ST_OK; i++) {
        st = judge_row(q, condition, metrics, metrics_n, by ? &of[i].by : NULL, least, &(*rows)[i], err);
        if (by) (*rows)[i].by = of[i].by;
    }
    return st;
}

/* Whether less is worse, as the condition compares its first metric: `win_rate >= 20%`. */
static bool less_is_worse(const IrUnit *u, Code code)
{
    bool first = IR_INSTRUCTION_OP(u->code[code]) == IR_METRIC;
    for (; code < u->code_n && IR_INSTRUCTION_OP(u->code[code]) != IR_END; code++) {
        uint8_t op = IR_INSTRUCTION_OP(u->code[code]);
        if (op == IR_LESS || op == IR_LESS_EQ) return !first;
        if (op == IR_NOT) first = !first;
    }
    return first;
}

Status query_goal(Query *q, uint32_t index, GoalResult *out, Error *err)
{
    const IrGoal *g = &q->program->goals[index];
    Judged *rows;
    uint32_t n, judged = 0;
    Error why;
    *out = (GoalResult){.state = GOAL_NOT_YET_MEASURABLE};
    q->along = true;
    Status st = query_judge(q, g->code, g->metrics, g->metrics_n, g->rows, &rows, &n, &why);
    if (st == ST_FAILED) { /* an expression cannot be reckoned: that is this goal's trouble alone */
        out->reason = arena_dup(q->arena, why.text);
        return ST_OK;
    }
    if (st != ST_OK) {
        if (err) *err = why;
        return st;
    }
    bool all_hold = true, low = less_is_worse(&q->program->unit, g->code);
    for (uint32_t i = 0; i < n; i++) {
        if (!rows[i].measured) continue;
        int order = judged ? value_order(&rows[i].value, &out->value) : 0;
        bool worse = judged == 0 || (all_hold && !rows[i].holds) ||
                     (all_hold == rows[i].holds && (low ? order < 0 : order > 0));
        if (worse) out->value = rows[i].value, out->by = rows[i].by;
        all_hold = all_hold && rows[i].holds;
        judged++;
    }
    if (!judged) {
        out->reason = g->rows ? "no row has enough cases yet" : "no case has been measured yet";
        return ST_OK;
    }
    bool over = g->by != INT64_MAX && q->now >= zone_end_of(ir_zone(q->program), g->by);
    out->state = all_hold ? GOAL_MET : g->by == INT64_MAX || over ? GOAL_MISSED : GOAL_ON_COURSE;
    return ST_OK;
}

/* ---- counts ------------------------------------------ */

typedef struct Outcome {
    const char *outcome;
    uint64_t n;
} Outcome;

static int by_count(const void *a, const void *b)
{
    const Outcome *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return strcmp(x->outcome, y->outcome);
}

typedef struct Counting {
    Query *query;
    ProcessStats *into;
    Map *outcomes;
    VEC(int64_t) lengths;              /* of finished cases */
} Counting;

static void count_outcome(Counting *k, const char *outcome)
{
    uint64_t **slot = (uint64_t **)map_slot(k->outcomes, arena_dup(k->query->arena, outcome));
    if (!*slot) *slot = ARENA_NEW(k->query->arena, uint64_t);
    ++**slot;
}

static Status count_case(void *self, const CaseRow *row, Case **of, Error *err)
{
    Counting *k = self;
    ProcessStats *s = k->into;
    (void)of, (void)err;
    s->started++;
    s->running += row->status == CASE_RUNNING;
    s->finished += row->status == CASE_FINISHED;
    s->failed += row->status == CASE_FAILED;
    s->cancelled += row->status == CASE_CANCELLED;
    s->imported += row->status == CASE_IMPORTED;
    const IrProcess *process = ir_process(k->query->program, row->process);
    bool has_deadline = process && process->flow->deadline != CODE_NONE;       /* else it is a reminder that is due */
    s->late += row->late || (row->status == CASE_RUNNING && has_deadline && k->query->now > row->due);
    s->incidents += row->incidents;
    if (row->outcome) count_outcome(k, row->outcome);
    if (row->status == CASE_FINISHED) *VEC_PUSH(k->query->arena, &k->lengths) = row->ended - row->started;
    return ST_OK;
}

static int by_length(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static Status stats_of(Query *q, const IrProcess *p, ProcessStats *s, Error *err)
{
    Counting k = {.query = q, .into = s, .outcomes = map_new(q->arena)};
    CaseFilter of = {.process = p->name};
    *s = (ProcessStats){.process = p->name,
                        .system = p->system == IR_NONE ? NULL : q->program->systems[p->system].name,
                        .median_duration = -1};
    Status st = q->journal ? journal_cases(q->journal, &of, false, count_case, &k, err) : ST_OK;
    if (st != ST_OK) return st;
    const int64_t *lengths = k.lengths.items;
    uint32_t n = k.lengths.n;
    if (n) qsort(k.lengths.items, n, sizeof *lengths, by_length);
    if (n) s->median_duration = n % 2 ? lengths[n / 2] : lengths[n / 2 - 1] / 2 + lengths[n / 2] / 2;
    Outcome *list = ARENA_ARRAY(q->arena, Outcome, map_count(k.outcomes));
    for (uint32_t i = 0; i < map_count(k.outcomes); i++) {
        void *count;
        list[i].outcome = map_key(k.outcomes, i, &count);
        list[i].n = *(uint64_t *)count;
    }
    s->outcomes_n = map_count(k.outcomes);
    if (s->outcomes_n) qsort(list, s->outcomes_n, sizeof *list, by_count);
    s->outcomes = (void *)list;
    return ST_OK;
}

typedef struct Waiting { Query *query; ProcessStats *all; uint64_t last; } Waiting;

/* Rows of work come case by case: each case counts once. */
static Status count_waiting(void *self, const WorkRow *row, Error *err)
{
    Waiting *w = self;
    const IrProcess *p = ir_process(w->query->program, row->process);
    (void)err;
    if (row->state == ACT_INCIDENT || row->case_id == w->last || !p) return ST_OK;
    w->last = row->case_id;
    w->all[p - w->query->program->processes].waiting++;
    return ST_OK;
}

Status query_stats(Query *q, const ProcessStats **out, uint32_t *n, Error *err)
{
    ProcessStats *all = ARENA_ARRAY(q->arena, ProcessStats, q->program->processes_n);
    Status st = ST_OK;
    for (uint32_t i = 0; i < q->program->processes_n && st == ST_OK; i++)
        st = stats_of(q, &q->program->processes[i], &all[i], err);
    Waiting w = {.query = q, .all = all};
    if (st == ST_OK && q->journal) st = journal_work(q->journal, &(WorkFilter){0}, count_waiting, &w, err);
    *out = all;
    *n = q->program->processes_n;
    return st;
}
