/* query.c -- metrics: cases of a process within a window, folded to one value.
 *
 * A process's cases are read once and kept while the query lives. A metric's
 * code runs once per group of `by`; its aggregates then see only the cases of
 * that group.
 */
#include "analysis/query.h"

#include <stdlib.h>
#include <string.h>

typedef struct Cases { Case **items; uint32_t n, cap; Status status; Error err; } Cases;
typedef struct Measured { bool done; Status status; Error err; VEC(MetricRow) rows; } Measured;

struct Query {
    const IrProgram *program;
    Journal *journal;
    Instant now;
    Arena *arena;
    Cases **cases;                     /* by process, NULL until asked for */
    Measured *metrics;
    const IrMetric *metric;            /* under way: whose groups count, or NULL */
    const Value *group;                /* the group under way; NULL: all */
    const Value *row;                  /* which row a METRIC with `by` means; NULL: none */
    uint64_t counted;                  /* cases that the metric under way rests on */
};

Query *query_new(const IrProgram *p, Journal *j, Instant now)
{
    Query *q = mem_zero(1, sizeof *q);
    *q = (Query){.program = p, .journal = j, .now = now, .arena = arena_new()};
    q->cases = ARENA_ARRAY(q->arena, Cases *, p->processes_n);
    q->metrics = ARENA_ARRAY(q->arena, Measured, p->metrics_n);
    return q;
}

void query_free(Query *q)
{
    if (!q) return;
    for (uint32_t i = 0; i < q->program->processes_n; i++) {
        for (uint32_t k = 0; q->cases[i] && k < q->cases[i]->n; k++) case_free(q->cases[i]->items[k]);
        if (q->cases[i]) free(q->cases[i]->items);
    }
    arena_free(q->arena);
    free(q);
}

/* ---- cases -------------------------------------------------------------------------- */

typedef struct Collect { Cases *into; Buf buf; } Collect;

/* The journal frees its case after the visit, so a copy is kept. */
static Status keep_case(void *self, const CaseRow *row, Case *c, Error *err)
{
    Collect *k = self;
    Case *copy;
    buf_clear(&k->buf);
    case_write(&k->buf, c);
    Status st = case_read(c->flow, buf_text(&k->buf), k->buf.n, &copy, err);
    if (st != ST_OK) return st;
    copy->id = row->id;
    if (k->into->n == k->into->cap) {
        k->into->cap = k->into->cap ? k->into->cap * 2 : 64;
        k->into->items = mem_resize(k->into->items, k->into->cap * sizeof(Case *));
    }
    k->into->items[k->into->n++] = copy;
    return ST_OK;
}

Status query_cases(Query *q, const char *process, Case *const **cases, uint32_t *n, Error *err)
{
    const IrProcess *p = ir_process(q->program, process);
    if (!p) return fail(err, ST_NOTFOUND, "there is no process %s in %s", process, q->program->file);
    Cases **slot = &q->cases[p - q->program->processes];
    if (!*slot) {
        *slot = ARENA_NEW(q->arena, Cases);
        Collect k = {*slot, {0}};
        CaseFilter f = {.process = process};
        (*slot)->status = q->journal ? journal_cases(q->journal, &f, true, keep_case, &k, &(*slot)->err) : ST_OK;
        buf_free(&k.buf);
    }
    *cases = (*slot)->items;
    *n = (*slot)->n;
    if ((*slot)->status != ST_OK && err) *err = (*slot)->err;
    return (*slot)->status;
}

/* ---- a case's expressions --------------------------------------------------------------- */

static Status case_variable(void *self, Arena *a, const char *name, Value *out, Error *err)
{
    const QueryCaseHost *h = self;
    (void)err;
    uint32_t slot = ir_var(h->of->flow, name);
    const Value *v = slot == IR_NONE || h->of->flow->vars[slot].scope ? NULL : case_var(h->of, 0, slot);
    *out = v ? value_copy(a, v) : VALUE_NONE;
    return ST_OK;
}

static Status case_attr(void *self, Arena *a, IrAttribute attr, const char *step, Value *out, Error *err)
{
    const QueryCaseHost *h = self;
    if (step && ir_step(h->of->flow, step) == IR_NONE) {   /* an older flow without this step */
        *out = VALUE_NONE;
        return ST_OK;
    }
    return case_attribute(h->of, h->query->program, h->query->now, attr, step, a, out, err);
}

void query_case_host(QueryCaseHost *h, Query *q, const Case *c)
{
    *h = (QueryCaseHost){.of = c, .query = q};
    h->host = (EvalHost){.now = q->now, .program = q->program, .case_var = case_variable, .attr = case_attr, .self = h};
}

static Status of_case(Query *q, const Case *c, Code code, Arena *a, Value *out, Error *err)
{
    QueryCaseHost h;
    query_case_host(&h, q, c);
    return eval(&q->program->unit, code, &h.host, a, out, err);
}

/* ---- windows -------------------------------------------------------------------------------- */

static int64_t month_start(int64_t date)
{
    int y, m, d;
    date_to_civil(date, &y, &m, &d);
    return date_from_civil(y, m, 1);
}

/* The first day of the unit that a date lies in, so many units later. */
static int64_t unit_start(uint8_t unit, int64_t date, int64_t later)
{
    int64_t start = month_start(date), out;
    int y, m, d;
    if (unit == UNIT_WEEK) return date - date_weekday(date) + 7 * later;
    date_to_civil(date, &y, &m, &d);
    if (unit == UNIT_QUARTER) start = date_from_civil(y, (m - 1) / 3 * 3 + 1, 1);
    if (unit == UNIT_YEAR) start = date_from_civil(y, 1, 1);
    int64_t months = unit == UNIT_MONTH ? later : unit == UNIT_QUARTER ? 3 * later : 12 * later;
    return date_add_months(start, months, &out) ? out : start;
}

Status query_window(const IrProgram *p, const IrWindow *w, const char *calendar, Instant now, Instant *from, Instant *to, Error *err)
{
    const Calendar *c = calendar ? ir_calendar(p, calendar) : NULL;
    const Zone *zone = c ? c->zone : ir_zone(p);
    int64_t today = zone_date(zone, now);
    EvalHost host = {.now = now, .program = p};
    Value back = w->span;
    Business business;
    *from = INT64_MIN, *to = INSTANT_NEVER;
    switch ((IrWindowKind)w->kind) {
    case WINDOW_ALL: return ST_OK;
    case WINDOW_LAST_SPAN:
        if (back.aux == DUR_BUSINESS_DAYS || back.aux == DUR_BUSINESS_TIME) {
            business = (Business){-back.business->amount, back.business->calendar};
            back.business = &business;
        } else {
            back.i = -back.i;
        }
        *to = now + 1;
        return eval_after(&host, now, &back, calendar, from, err);
    case WINDOW_THIS:
    case WINDOW_LAST: {
        int64_t first = w->kind == WINDOW_THIS ? 0 : -1;
        *from = zone_start_of(zone, unit_start(w->unit, today, first));
        *to = zone_start_of(zone, unit_start(w->unit, today, first + 1));
        return ST_OK;
    }
    case WINDOW_FIXED:
        *from = zone_start_of(zone, w->from);
        *to = zone_start_of(zone, w->to);
        return ST_OK;
    }
    return ST_OK;
}

/* ---- aggregates --------------------------------------------------------------------------------- */

typedef struct Fold { VEC(Value) values; uint64_t holds, ended; } Fold;

static bool in_window(const Query *q, const Case *c, const IrWindow *w, Instant from, Instant to)
{
    Instant at = w->by_start ? c->started : c->status == CASE_RUNNING ? q->now : c->ended;
    return at >= from && at < to;
}

static Status in_group(Query *q, const Case *c, Arena *a, bool *in, Error *err)
{
    Value by;
    *in = true;
    if (!q->group) return ST_OK;
    Status st = of_case(q, c, q->metric->by, a, &by, err);
    *in = st == ST_OK && value_equal(&by, q->group);
    return st;
}

static Status fold_case(Query *q, const IrAggregate *g, const Case *c, Arena *a, Fold *f, Error *err)
{
    Value v;
    if (g->where != CODE_NONE) {
        Status st = of_case(q, c, g->where, a, &v, err);
        if (st != ST_OK || v.type != V_BOOLEAN || !v.i) return st;
    }
    if (g->kind == AGG_COUNT) {
        f->holds++;
        return ST_OK;
    }
    if (g->kind == AGG_SHARE && c->status == CASE_RUNNING) return ST_OK;
    Status st = of_case(q, c, g->value, a, &v, err);
    if (st != ST_OK) return st;
    f->ended++;
    f->holds += v.type == V_BOOLEAN && v.i;
    if (g->kind != AGG_SHARE && v.type != V_NONE) *VEC_PUSH(q->arena, &f->values) = value_copy(q->arena, &v);
    return ST_OK;
}

static int by_order(const void *a, const void *b)
{
    return value_order(a, b);
}

/* A sum over values of one kind; false on overflow or two currencies. */
static bool add_up(const Value *values, uint32_t n, Value *sum)
{
    *sum = values[0];
    for (uint32_t i = 1; i < n; i++) {
        if (values[i].type != sum->type || values[i].aux != sum->aux) return false;
        if (sum->type == V_MONEY && values[i].unit != sum->unit) {
            if (sum->i && values[i].i) return false;
            if (!sum->i) sum->unit = values[i].unit;
        }
        if (!decimal_add(sum->i, values[i].i, &sum->i)) return false;
    }
    return true;
}

static bool middle(const Value *values, uint32_t n, Value *out)
{
    *out = values[n / 2];
    if (n % 2 == 1) return true;
    Value pair[] = {values[n / 2 - 1], values[n / 2]};
    return add_up(pair, 2, out) && decimal_scale(out->i, 1, 2, &out->i);
}

static Status finish(const IrAggregate *g, Fold *f, Value *out, Error *err)
{
    uint32_t n = f->values.n;
    bool ok = true;
    *out = VALUE_NONE;
    if (n) qsort(f->values.items, n, sizeof(Value), by_order);
    switch ((IrAggregateKind)g->kind) {
    case AGG_COUNT: *out = value_integer((int64_t)f->holds); break;
    case AGG_SHARE:
        *out = f->ended ? value_percent(0) : VALUE_NONE;
        if (f->ended) ok = decimal_scale(DECIMAL_ONE, (int64_t)f->holds, (int64_t)f->ended, &out->i);
        break;
    case AGG_SUM:
        if (n) ok = add_up(f->values.items, n, out);
        else *out = value_number(0);
        break;
    case AGG_AVERAGE:
        if (n) ok = add_up(f->values.items, n, out) && decimal_scale(out->i, 1, n, &out->i);
        break;
    case AGG_MEDIAN:
        if (n) ok = middle(f->values.items, n, out);
        break;
    case AGG_P90:
        if (n) *out = f->values.items[(9 * (uint64_t)n + 9) / 10 - 1];
        break;
    case AGG_MIN:
        if (n) *out = f->values.items[0];
        break;
    case AGG_MAX:
        if (n) *out = f->values.items[n - 1];
        break;
    }
    return ok ? ST_OK : fail(err, ST_FAILED, "%s: the values cannot be added: too large, or of two currencies", ir_aggregate_name(g->kind));
}

static Status aggregate(void *self, Arena *a, uint32_t index, Value *out, Error *err)
{
    Query *q = self;
    const IrAggregate *g = &q->program->aggregates[index];
    Case *const *cases;
    uint32_t n;
    Instant from, to;
    Fold f = {0};
    Arena *scratch = arena_new();
    Status st = query_cases(q, g->process, &cases, &n, err);
    if (st == ST_OK) st = query_window(q->program, &g->window, g->calendar, q->now, &from, &to, err);
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        bool in;
        if (!in_window(q, cases[i], &g->window, from, to)) continue;
        st = in_group(q, cases[i], scratch, &in, err);
        if (st == ST_OK && in) st = fold_case(q, g, cases[i], scratch, &f, err);
        arena_reset(scratch);
    }
    arena_free(scratch);
    uint64_t counted = g->kind == AGG_COUNT ? f.holds : g->kind == AGG_SHARE ? f.ended : f.values.n;
    if (counted > q->counted) q->counted = counted;
    if (st == ST_OK) st = finish(g, &f, out, err);
    if (st == ST_OK) *out = value_copy(a, out);
    return st;
}

/* ---- metrics ---------------------------------------------------------------------------------------- */

EvalHost query_host(Query *q)
{
    return (EvalHost){.now = q->now, .program = q->program, .metric = query_metric_value, .aggregate = aggregate, .self = q};
}

EvalHost query_row_host(Query *q, const Value *by)
{
    q->row = by;
    return query_host(q);
}

static Status one_row(Query *q, const IrMetric *m, const Value *group, Measured *into, Error *err)
{
    EvalHost host = query_host(q);
    MetricRow row = {.by = group ? *group : VALUE_NONE};
    const IrMetric *outer = q->metric;
    const Value *outer_group = q->group;
    uint64_t counted = q->counted;
    q->metric = m, q->group = group, q->counted = 0;
    Status st = eval(&q->program->unit, m->code, &host, q->arena, &row.value, err);
    row.cases = q->counted;
    q->metric = outer, q->group = outer_group, q->counted = counted;
    if (st == ST_OK) *VEC_PUSH(q->arena, &into->rows) = row;
    return st;
}

/* Which aggregates a metric's code asks: whose cases make its groups. */
static bool asks(const IrProgram *p, const IrMetric *m, uint32_t index)
{
    uint32_t furthest = m->code;
    for (uint32_t at = m->code; at < p->unit.code_n; at++) {
        uint8_t op = IR_INSTRUCTION_OP(p->unit.code[at]);
        uint32_t x = IR_INSTRUCTION_OPERAND(p->unit.code[at]);
        if (op == IR_AGGREGATE && x == index) return true;
        if ((op == IR_JUMP || op == IR_UNLESS || op == IR_AND || op == IR_OR) && x > furthest) furthest = x;
        if (op == IR_END && at >= furthest) return false;
    }
    return false;
}

/* The different values of `by` over all cases that the metric looks at, in order. */
static Status groups_of(Query *q, const IrMetric *m, Value **out, uint32_t *n, Error *err)
{
    struct { VEC(Value) items; } all = {0};
    Status st = ST_OK;
    for (uint32_t g = 0; g < q->program->aggregates_n && st == ST_OK; g++) {
        const IrAggregate *agg = &q->program->aggregates[g];
        Case *const *cases;
        uint32_t cases_n;
        Instant from, to;
        if (!asks(q->program, m, g)) continue;
        st = query_cases(q, agg->process, &cases, &cases_n, err);
        if (st == ST_OK) st = query_window(q->program, &agg->window, agg->calendar, q->now, &from, &to, err);
        for (uint32_t i = 0; i < cases_n && st == ST_OK; i++) {
            if (!in_window(q, cases[i], &agg->window, from, to)) continue;
            st = of_case(q, cases[i], m->by, q->arena, VEC_PUSH(q->arena, &all.items), err);
        }
    }
    if (all.items.n) qsort(all.items.items, all.items.n, sizeof(Value), by_order);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < all.items.n; i++)
        if (kept == 0 || !value_equal(&all.items.items[kept - 1], &all.items.items[i])) all.items.items[kept++] = all.items.items[i];
    *out = all.items.items;
    *n = kept;
    return st;
}

Status query_metric(Query *q, uint32_t index, const MetricRow **rows, uint32_t *n, Error *err)
{
    const IrMetric *m = &q->program->metrics[index];
    Measured *measured = &q->metrics[index];
    if (!measured->done) {
        Value *groups = NULL;
        uint32_t groups_n = 0;
        measured->done = true;
        measured->status = m->by == CODE_NONE ? one_row(q, m, NULL, measured, &measured->err)
                                              : groups_of(q, m, &groups, &groups_n, &measured->err);
        for (uint32_t i = 0; i < groups_n && measured->status == ST_OK; i++)
            measured->status = one_row(q, m, &groups[i], measured, &measured->err);
        if (measured->status != ST_OK) error_prefix(&measured->err, "metric %s: ", m->name);
    }
    *rows = measured->rows.items;
    *n = measured->rows.n;
    if (measured->status != ST_OK && err) *err = measured->err;
    return measured->status;
}

Status query_metric_value(void *query, Arena *a, uint32_t metric, Value *out, Error *err)
{
    Query *q = query;
    const MetricRow *rows;
    uint32_t n;
    Status st = query_metric(q, metric, &rows, &n, err);
    *out = VALUE_NONE;
    if (st != ST_OK) return st;
    bool by = q->program->metrics[metric].by != CODE_NONE;
    for (uint32_t i = 0; i < n; i++)
        if (!by || (q->row && value_equal(&rows[i].by, q->row))) *out = value_copy(a, &rows[i].value);
    return ST_OK;
}

/* ---- goals ------------------------------------------------------------------------------------------- */

const char *goal_state_name(GoalState s)
{
    static const char *const names[] = {"met", "missed", "on course", "not yet measurable"};
    return names[s];
}

/* The metric with rows among those that the goal reads, or its first. */
static uint32_t leading_metric(const IrProgram *p, const IrGoal *g)
{
    for (uint32_t i = 0; i < g->metrics_n; i++)
        if (p->metrics[g->metrics[i]].by != CODE_NONE) return g->metrics[i];
    return g->metrics_n ? g->metrics[0] : IR_NONE;
}

Status query_goal(Query *q, uint32_t index, GoalResult *out, Error *err)
{
    const IrGoal *g = &q->program->goals[index];
    uint32_t metric = leading_metric(q->program, g), n = 0, judged = 0;
    const MetricRow *rows = NULL;
    *out = (GoalResult){.state = GOAL_NOT_YET_MEASURABLE};
    if (metric == IR_NONE) return ST_OK;
    Status st = query_metric(q, metric, &rows, &n, err);
    bool all_hold = true;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        bool holds;
        EvalHost host = query_row_host(q, &rows[i].by);
        if (rows[i].value.type == V_NONE || rows[i].cases < g->rows || rows[i].cases == 0) continue;
        st = eval_condition(&q->program->unit, g->code, &host, q->arena, &holds, err);
        if (st != ST_OK) break;
        if (judged == 0 || (!holds && all_hold)) out->value = rows[i].value, out->by = rows[i].by;
        all_hold = all_hold && holds;
        judged++;
    }
    q->row = NULL;
    if (st != ST_OK || !judged) {
        if (st == ST_OK) out->reason = g->rows ? "no row has enough cases yet" : "no case has been measured yet";
        return st;
    }
    bool over = g->by != INT64_MAX && q->now >= zone_end_of(ir_zone(q->program), g->by);
    out->state = all_hold ? GOAL_MET : g->by == INT64_MAX || over ? GOAL_MISSED : GOAL_ON_COURSE;
    return ST_OK;
}

/* ---- counts ----------------------------------------------------------------------------------------------- */

typedef struct Outcome { const char *outcome; uint64_t n; } Outcome;

static int by_count(const void *a, const void *b)
{
    const Outcome *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return strcmp(x->outcome, y->outcome);
}

static void count_outcome(Query *q, Map *outcomes, const Case *c)
{
    if (!c->outcome) return;
    uint64_t **slot = (uint64_t **)map_slot(outcomes, arena_dup(q->arena, c->outcome));
    if (!*slot) *slot = ARENA_NEW(q->arena, uint64_t);
    ++**slot;
}

static void count_case(ProcessStats *s, const Case *c)
{
    bool waits = false;
    s->started++;
    s->running += c->status == CASE_RUNNING;
    s->finished += c->status == CASE_FINISHED;
    s->failed += c->status == CASE_FAILED;
    s->cancelled += c->status == CASE_CANCELLED;
    s->imported += c->status == CASE_IMPORTED;
    s->late += c->late;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        s->incidents += c->acts.items[i].state == ACT_INCIDENT;
        waits |= c->acts.items[i].state == ACT_OFFERED || c->acts.items[i].state == ACT_WAITING || c->acts.items[i].state == ACT_PAUSED;
    }
    s->waiting += waits;
}

static int by_length(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static Status stats_of(Query *q, const IrProcess *p, ProcessStats *s, Error *err)
{
    Case *const *cases;
    uint32_t n, ended = 0;
    Status st = query_cases(q, p->name, &cases, &n, err);
    if (st != ST_OK) return st;
    *s = (ProcessStats){.process = p->name, .system = p->system == IR_NONE ? NULL : q->program->systems[p->system].name, .median_duration = -1};
    Map *outcomes = map_new(q->arena);
    int64_t *lengths = ARENA_ARRAY(q->arena, int64_t, n);
    for (uint32_t i = 0; i < n; i++) {
        count_case(s, cases[i]);
        count_outcome(q, outcomes, cases[i]);
        if (cases[i]->status == CASE_FINISHED) lengths[ended++] = cases[i]->ended - cases[i]->started;
    }
    qsort(lengths, ended, sizeof *lengths, by_length);
    if (ended) s->median_duration = ended % 2 ? lengths[ended / 2] : lengths[ended / 2 - 1] / 2 + lengths[ended / 2] / 2;
    Outcome *list = ARENA_ARRAY(q->arena, Outcome, map_count(outcomes));
    for (uint32_t i = 0; i < map_count(outcomes); i++) {
        void *count;
        list[i].outcome = map_key(outcomes, i, &count);
        list[i].n = *(uint64_t *)count;
    }
    s->outcomes_n = map_count(outcomes);
    if (s->outcomes_n) qsort(list, s->outcomes_n, sizeof *list, by_count);
    s->outcomes = (void *)list;
    return ST_OK;
}

Status query_stats(Query *q, const ProcessStats **out, uint32_t *n, Error *err)
{
    ProcessStats *all = ARENA_ARRAY(q->arena, ProcessStats, q->program->processes_n);
    Status st = ST_OK;
    for (uint32_t i = 0; i < q->program->processes_n && st == ST_OK; i++) st = stats_of(q, &q->program->processes[i], &all[i], err);
    *out = all;
    *n = q->program->processes_n;
    return st;
}
