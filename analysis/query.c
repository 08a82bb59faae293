/* query.c -- metrics: cases of a process within a window, folded to one value.
 *
 * The aggregates of a process see its cases in one walk, each case once. Of a
 * metric with `by` each group has folds of its own; its code runs once per
 * group, and its aggregates then are those of that group. What was measured
 * once is kept: the cases do not change while the query lives.
 */
#include "analysis/query_private.h"

#include <stdlib.h>
#include <string.h>

Query *query_new(const IrProgram *p, Journal *j, Instant now)
{
    Query *q = mem_zero(1, sizeof *q);
    *q = (Query){.program = p, .journal = j, .now = now, .arena = arena_new()};
    q->cases = ARENA_ARRAY(q->arena, Cases, p->processes_n);
    q->folds = ARENA_ARRAY(q->arena, Fold, p->aggregates_n);
    q->logs = ARENA_ARRAY(q->arena, LogCases *, p->logs_n);
    q->metrics = ARENA_ARRAY(q->arena, Measured, p->metrics_n);
    return q;
}

static void let_go(Cases *of)
{
    for (uint32_t i = 0; i < of->n; i++) case_free(of->items[i]);
    free(of->items);
    of->items = NULL;
    of->n = of->cap = 0;
}

void query_free(Query *q)
{
    if (!q) return;
    for (uint32_t i = 0; i < q->program->processes_n; i++) let_go(&q->cases[i]);
    for (uint32_t i = 0; i < q->program->aggregates_n; i++) free(q->folds[i].values);
    for (uint32_t i = 0; i < q->drawn.n; i++) case_free(q->drawn.items[i]);
    if (!q->lent) tables_free(q->tables);
    arena_free(q->arena);
    free(q);
}

Journal *query_journal(const Query *q)
{
    return q->journal;
}

/* ---- cases -------------------------------------------------------------------------- */

typedef struct Walk {
    Query *query;
    Cases *keep;                       /* NULL: none are gathered */
    QueryVisit *visit;
    void *self;
} Walk;

static void gather(Cases *into, Case **c)
{
    if (into->n == CASES_KEPT) {
        let_go(into);
        into->many = true;
    }
    if (into->many) return;
    if (into->n == into->cap) {
        into->cap = into->cap ? into->cap * 2 : 64;
        into->items = mem_resize(into->items, into->cap * sizeof(Case *));
    }
    into->items[into->n++] = *c;
    *c = NULL;
}

static Status walk_case(void *self, const CaseRow *row, Case **c, Error *err)
{
    Walk *w = self;
    (void)row;
    Status st = w->visit(w->self, *c, err);
    if (st == ST_OK && w->keep) gather(w->keep, c);
    return st;
}

static Status walk_kept(Case *const *cases, uint32_t n, QueryVisit *visit, void *self, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) st = visit(self, cases[i], err);
    return st;
}

static Status walk_store(Query *q, const IrProcess *p, QueryVisit *visit, void *self, Error *err)
{
    Cases *of = &q->cases[p - q->program->processes];
    bool keep = !of->many && !of->under_way;               /* a walk within a walk keeps none */
    Walk w = {q, keep ? of : NULL, visit, self};
    CaseFilter filter = {.process = p->name};
    of->under_way |= keep;
    Status st = journal_cases(q->journal, &filter, true, walk_case, &w, err);
    if (!keep) return st;
    of->under_way = false;
    of->whole = st == ST_OK && !of->many;
    if (!of->whole) let_go(of);
    return st;
}

Status query_each(Query *q, const char *process, QueryVisit *visit, void *self, Error *err)
{
    const IrProcess *p = ir_process(q->program, process);
    const IrLog *log = p ? NULL : ir_log(q->program, process);
    if (!p && !log) return fail(err, ST_NOTFOUND, "there is no process %s in %s", process, q->program->file);
    if (log) {
        const LogCases *all = log_cases(q, log);
        if (all->status != ST_OK && err) *err = all->err;
        return all->status == ST_OK ? walk_kept(all->items, all->n, visit, self, err) : all->status;
    }
    const Cases *of = &q->cases[p - q->program->processes];
    if (of->whole) return walk_kept(of->items, of->n, visit, self, err);
    return q->journal ? walk_store(q, p, visit, self, err) : ST_OK;
}

Status query_case(Query *q, uint64_t id, const Case **out, Error *err)
{
    Case *c;
    Status st = journal_case(q->journal, id, &c, err);
    if (st != ST_OK) return st;
    *VEC_PUSH(q->arena, &q->drawn) = c;
    *out = c;
    return ST_OK;
}

typedef struct Wanted { uint64_t id; const char *key; bool there; } Wanted;

static Status is_wanted(void *self, const CaseRow *row, Case **c, Error *err)
{
    Wanted *w = self;
    (void)c, (void)err;
    w->there |= w->key ? row->key && strcmp(row->key, w->key) == 0 : row->id == w->id;
    return ST_OK;
}

Status query_has(Query *q, const char *process, uint64_t id, const char *key, bool *there, Error *err)
{
    const IrLog *log = ir_process(q->program, process) ? NULL : ir_log(q->program, process);
    const LogCases *all = log ? log_cases(q, log) : NULL;
    Wanted w = {.id = id, .key = key};
    CaseFilter filter = {.process = process};
    Status st = ST_OK;
    for (uint32_t i = 0; all && i < all->n; i++) {
        const CaseRow row = {.id = all->items[i]->id, .key = all->items[i]->key};
        (void)is_wanted(&w, &row, NULL, NULL);
    }
    if (!all && q->journal) st = journal_cases(q->journal, &filter, false, is_wanted, &w, err);
    *there = w.there;
    return st;
}

void query_lend(Query *q, Tables *tables)
{
    q->tables = tables;
    q->lent = true;
}

/* ---- a case's expressions --------------------------------------------------------------- */

static Status case_variable(void *self, Arena *a, const char *name, Value *out, Error *err)
{
    const QueryCaseHost *h = self;
    uint32_t slot = ir_var(h->of->flow, name);
    if (slot != IR_NONE && h->of->flow->vars[slot].type == IR_NONE)
        return fail(err, ST_FAILED, "the file of %s has no column `%s`", h->of->process, name);
    if (slot == IR_NONE && ir_log(h->query->program, h->of->process))
        return fail(err, ST_FAILED, "of %s the column `%s` was not read: say so in the file, in a check or metric",
                    h->of->process, name);
    const Value *v = slot == IR_NONE || h->of->flow->vars[slot].scope ? NULL : case_var(h->of, 0, slot);
    *out = v ? value_copy(a, v) : VALUE_NONE;
    return ST_OK;
}

static Status case_attr(void *self, Arena *a, IrAttribute attr, const char *step, Value *out, Error *err)
{
    const QueryCaseHost *h = self;
    if (step && ir_step(h->of->flow, step) == IR_NONE) { /* an older flow without this step */
        *out = VALUE_NONE;
        return ST_OK;
    }
    return case_attribute(h->of, h->query->program, h->query->now, attr, step, 0, a, out, err);
}

static Status who_did(void *self, Arena *a, const char *step, bool ever, Value *list, Error *err)
{
    const QueryCaseHost *h = self;
    (void)err;
    *list = case_persons(h->of, h->query->program, step, ever, 0, a);
    return ST_OK;
}

static Status case_steps(void *self, const char *step, uint64_t *count, Error *err)
{
    const Case *c = ((const QueryCaseHost *)self)->of;
    (void)err;
    *count = 0;
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        bool well = d->how == EV_FINISHED || d->how == EV_DONE || d->how == EV_APPROVED;
        *count += well && strcmp(c->flow->nodes[d->node].name, step) == 0;
    }
    return ST_OK;
}

Status query_table(Query *q, Arena *a, const char *table, const Value *key, Value *row, Error *err)
{
    if (!q->tables) q->tables = tables_new(q->program, false);
    return tables_find(q->tables, a, table, key, row, err);
}

static Status case_table(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err)
{
    return query_table(((const QueryCaseHost *)self)->query, a, table, key, row, err);
}

/* A figure that a condition over cases compares with: the metric under way does not rest on its cases. */
static Status case_metric(void *self, Arena *a, uint32_t metric, Value *out, Error *err)
{
    Query *q = ((const QueryCaseHost *)self)->query;
    uint64_t counted = q->counted, seen = q->seen;
    bool hollow = q->hollow;
    Status st = query_metric_value(q, a, metric, out, err);
    q->counted = counted, q->seen = seen, q->hollow = hollow;
    return st;
}

void query_case_host(QueryCaseHost *h, Query *q, const Case *c)
{
    *h = (QueryCaseHost){.of = c, .query = q};
    h->host = (EvalHost){.now = q->now,
                         .program = q->program,
                         .zone = ir_zone_of(q->program, c->process, NULL),
                         .case_var = case_variable,
                         .attr = case_attr,
                         .persons = who_did,
                         .steps = case_steps,
                         .answers = query_answers,
                         .table = case_table,
                         .metric = case_metric,
                         .self = h};
}

void query_blame(const Case *c, Error *err)
{
    if (c->id) error_prefix(err, "case %llu of %s: ", (unsigned long long)c->id, c->process);
    else error_prefix(err, "case %s of %s: ", c->key ? c->key : "?", c->process);
}

static Status of_case(Query *q, const Case *c, Code code, Arena *a, Value *out, Error *err)
{
    QueryCaseHost h;
    query_case_host(&h, q, c);
    Status st = eval(&q->program->unit, code, &h.host, a, out, err);
    if (st != ST_OK) query_blame(c, err);
    return st;
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

Status query_window(const IrProgram *p, const IrWindow *w, const char *calendar, const char *process, Instant now,
                    Instant *from, Instant *to, Error *err)
{
    const Calendar *c = calendar ? ir_calendar(p, calendar) : NULL;
    const Zone *zone = c ? c->zone : ir_zone_of(p, process, NULL);
    if (!zone) zone = zone_utc();
    int64_t today = zone_date(zone, now);
    EvalHost host = {.now = now, .program = p, .zone = zone};
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

static bool in_window(const Query *q, const Case *c, const IrWindow *w, Instant from, Instant to)
{
    Instant at = w->by_start ? c->started : c->status == CASE_RUNNING ? q->now : c->ended;
    return at >= from && at < to;
}

static void fold_value(Query *q, Fold *f, const Value *v)
{
    if (f->n == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 16;
        f->values = mem_resize(f->values, f->cap * sizeof *f->values);
    }
    f->values[f->n++] = value_copy(q->arena, v);
}

static Status fold_case(Query *q, const IrAggregate *g, const Case *c, Arena *a, Fold *f, Error *err)
{
    Value v;
    f->seen++;
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
    if (g->kind != AGG_SHARE && v.type != V_NONE) fold_value(q, f, &v);
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

/* Amounts of two currencies have no order, and no middle. */
static bool of_one_kind(const Value *values, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        if (value_compare(&values[i - 1], &values[i]) == 2) return false;
    return true;
}

/* Nothing was added up: 0 of what the metric is measured in, so that it compares with it. */
static Value nothing(const Query *q)
{
    const IrType *t = q->metric ? &q->program->unit.types[q->metric->type] : NULL;
    if (t && t->kind == TYPE_MONEY) return value_money(0, t->currency);
    if (t && t->kind == TYPE_DURATION) return value_duration(0);
    return t && t->kind == TYPE_PERCENT ? value_percent(0) : value_number(0);
}

static bool middle(const Value *values, uint32_t n, Value *out)
{
    *out = values[n / 2];
    if (n % 2 == 1) return true;
    Value pair[] = {values[n / 2 - 1], values[n / 2]};
    return add_up(pair, 2, out) && decimal_scale(out->i, 1, 2, &out->i);
}

static Status finish(const Query *q, const IrAggregate *g, Fold *f, Value *out, Error *err)
{
    uint32_t n = f->n;
    *out = VALUE_NONE;
    if (n) qsort(f->values, n, sizeof(Value), by_order);
    bool ok = of_one_kind(f->values, n);
    if (!ok)
        return fail(err, ST_FAILED,
                    "%s of %s: the values are of two currencies or kinds; say which with `where`",
                    ir_aggregate_name(g->kind), g->process);
    switch ((IrAggregateKind)g->kind) {
    case AGG_COUNT: *out = value_integer((int64_t)f->holds); break;
    case AGG_SHARE:
        *out = f->ended ? value_percent(0) : VALUE_NONE;
        if (f->ended) ok = decimal_scale(DECIMAL_ONE, (int64_t)f->holds, (int64_t)f->ended, &out->i);
        break;
    case AGG_SUM:
        if (n)
            ok = add_up(f->values, n, out);
        else
            *out = nothing(q);
        break;
    case AGG_AVERAGE:
        if (n) ok = add_up(f->values, n, out) && decimal_scale(out->i, 1, n, &out->i);
        break;
    case AGG_MEDIAN:
        if (n) ok = middle(f->values, n, out);
        break;
    case AGG_P90:
        if (n) *out = f->values[(9 * (uint64_t)n + 9) / 10 - 1];
        break;
    case AGG_MIN:
        if (n) *out = f->values[0];
        break;
    case AGG_MAX:
        if (n) *out = f->values[n - 1];
        break;
    }
    return ok ? ST_OK
              : fail(err, ST_FAILED, "%s of %s: the sum of %u values is too large",
                     ir_aggregate_name(g->kind), g->process, n);
}

static void failed(Query *q, Fold *f, Status st, const Error *err)
{
    Error *kept = ARENA_NEW(q->arena, Error);
    *kept = *err;
    f->status = st;
    f->err = kept;
}

/* ---- walks of many folds ---- */

typedef struct Window { Instant from, to; } Window;

static Status window_of(const Query *q, const IrAggregate *g, Window *w, Error *err)
{
    return query_window(q->program, &g->window, g->calendar, g->process, q->now, &w->from, &w->to, err);
}

typedef struct Folding {
    Query *query;
    Arena *scratch;
    VEC(uint32_t) aggregates;
    Window *windows;                   /* as those */
} Folding;

/* What goes wrong with one is told to whoever asks for it. */
static Status fold_all(void *self, const Case *c, Error *err)
{
    Folding *k = self;
    Query *q = k->query;
    Error why;
    (void)err;
    for (uint32_t i = 0; i < k->aggregates.n; i++) {
        const IrAggregate *g = &q->program->aggregates[k->aggregates.items[i]];
        Fold *f = &q->folds[k->aggregates.items[i]];
        if (f->status != ST_OK || !in_window(q, c, &g->window, k->windows[i].from, k->windows[i].to)) continue;
        Status st = fold_case(q, g, c, k->scratch, f, &why);
        if (st != ST_OK) failed(q, f, st, &why);
    }
    arena_reset(k->scratch);
    return ST_OK;
}

static bool has_groups(const IrProgram *p, uint32_t aggregate);

/* Of many cases the walk is long, and of goals most figures are wanted: all aggregates of the process see the cases in
 * one walk. */
static bool goes_along(const Query *q, uint32_t asked, uint32_t other)
{
    const IrAggregate *g = &q->program->aggregates[asked], *o = &q->program->aggregates[other];
    const IrProcess *p = ir_process(q->program, g->process);
    if (asked == other) return true;
    if (!p || q->folding || !(q->along || q->cases[p - q->program->processes].many)) return false;
    return strcmp(g->process, o->process) == 0 && !q->folds[other].done && !has_groups(q->program, other);
}

static void fold(Query *q, uint32_t asked)
{
    const IrProgram *p = q->program;
    Folding k = {.query = q, .scratch = arena_new(), .windows = ARENA_ARRAY(q->arena, Window, p->aggregates_n)};
    Error err = {0};
    bool outer = q->folding;
    for (uint32_t i = 0; i < p->aggregates_n; i++) {
        if (!goes_along(q, asked, i)) continue;
        Status st = window_of(q, &p->aggregates[i], &k.windows[k.aggregates.n], &err);
        q->folds[i].done = true;
        if (st == ST_OK) *VEC_PUSH(q->arena, &k.aggregates) = i;
        else failed(q, &q->folds[i], st, &err);
    }
    q->folding = true;
    Status st = query_each(q, p->aggregates[asked].process, fold_all, &k, &err);
    q->folding = outer;
    for (uint32_t i = 0; st != ST_OK && i < k.aggregates.n; i++)
        failed(q, &q->folds[k.aggregates.items[i]], st, &err);
    arena_free(k.scratch);
}

static Fold *fold_of(Query *q, uint32_t index)
{
    for (uint32_t i = 0; q->groups && i < q->groups->asked.n; i++)
        if (q->groups->asked.items[i] == index) return &q->groups->items.items[q->group].folds[i];
    if (!q->folds[index].done) fold(q, index);
    return &q->folds[index];
}

static void conclude(Query *q, const IrAggregate *g, Fold *f)
{
    Error err;
    Status st = f->status;
    f->finished = true;
    f->counted = g->kind == AGG_COUNT ? f->holds : g->kind == AGG_SHARE ? f->ended : f->n;
    if (st == ST_OK) st = finish(q, g, f, &f->result, &err);
    if (st != ST_OK && f->status == ST_OK) failed(q, f, st, &err);
    if (st == ST_OK) f->result = value_copy(q->arena, &f->result);
    free(f->values);
    f->values = NULL;
}

static Status aggregate(void *self, Arena *a, uint32_t index, Value *out, Error *err)
{
    Query *q = self;
    Fold *f = fold_of(q, index);
    if (!f->finished) conclude(q, &q->program->aggregates[index], f);
    if (f->counted > q->counted) q->counted = f->counted;
    if (f->seen > q->seen) q->seen = f->seen;
    q->hollow = f->status == ST_OK && (q->hollow || f->counted == 0);
    if (f->status != ST_OK) {
        if (err) *err = *f->err;
        return f->status;
    }
    *out = value_copy(a, &f->result);
    if (!q->metric) q->figure = value_copy(q->arena, out);
    return ST_OK;
}

/* ---- metrics ---------------------------------------------------------------------------------------- */

EvalHost query_host(Query *q)
{
    return (EvalHost){.now = q->now,
                      .program = q->program,
                      .metric = query_metric_value,
                      .aggregate = aggregate,
                      .self = q};
}

EvalHost query_row_host(Query *q, const Value *by)
{
    q->row = by;
    return query_host(q);
}

/* One row: with groups the metric's value for the cases of one of them, else for all. */
static Status one_row(Query *q, const IrMetric *m, const Groups *groups, uint32_t group, Measured *into,
                      Error *err)
{
    EvalHost host = query_host(q);
    Query outer = *q;
    MetricRow row = {.by = groups ? groups->items.items[group].by : VALUE_NONE};
    q->metric = m, q->groups = groups, q->group = group, q->counted = q->seen = 0;
    q->hollow = false;
    q->row = groups ? &row.by : NULL;
    Status st = eval(&q->program->unit, m->code, &host, q->arena, &row.value, err);
    row.cases = q->counted, row.seen = q->seen;
    if (st == ST_FAILED && q->hollow) row.value = VALUE_NONE, st = ST_OK; /* divided by nothing */
    q->metric = outer.metric, q->groups = outer.groups, q->group = outer.group, q->row = outer.row;
    q->counted = outer.counted, q->seen = outer.seen, q->hollow = outer.hollow;
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

static bool has_groups(const IrProgram *p, uint32_t aggregate)
{
    for (uint32_t i = 0; i < p->metrics_n; i++)
        if (p->metrics[i].by != CODE_NONE && asks(p, &p->metrics[i], aggregate)) return true;
    return false;
}

typedef struct Grouping {
    Query *query;
    const IrMetric *metric;
    Groups *into;
    Map *places;                       /* of each `by`, written: its group */
    Window *windows;                   /* as the groups' asked */
    Arena *scratch;
} Grouping;

static bool is_looked_at(const Grouping *k, uint32_t asked, const Case *c)
{
    const IrAggregate *g = &k->query->program->aggregates[k->into->asked.items[asked]];
    return in_window(k->query, c, &g->window, k->windows[asked].from, k->windows[asked].to);
}

static Group *group_of(Grouping *k, const Value *by)
{
    Arena *a = k->query->arena;
    Buf name = {0};
    value_write(&name, by);
    const uint32_t *known = map_get(k->places, buf_text(&name));
    if (!known) {
        uint32_t *place = ARENA_NEW(a, uint32_t);
        *place = k->into->items.n;
        map_put(k->places, buf_dup(&name, a), place);
        *VEC_PUSH(a, &k->into->items) = (Group){value_copy(a, by), ARENA_ARRAY(a, Fold, k->into->asked.n)};
        known = place;
    }
    buf_free(&name);
    return &k->into->items.items[*known];
}

static Status group_case(void *self, const Case *c, Error *err)
{
    Grouping *k = self;
    Query *q = k->query;
    Group *group = NULL;
    Value by;
    Error why;
    Status st = ST_OK;
    for (uint32_t i = 0; i < k->into->asked.n && st == ST_OK; i++) {
        if (!is_looked_at(k, i, c)) continue;
        if (!group) st = of_case(q, c, k->metric->by, k->scratch, &by, err);
        if (st != ST_OK) break;
        if (!group) group = group_of(k, &by);
        Fold *f = &group->folds[i];
        Status folded = f->status;
        if (folded != ST_OK) continue;
        folded = fold_case(q, &q->program->aggregates[k->into->asked.items[i]], c, k->scratch, f, &why);
        if (folded != ST_OK) failed(q, f, folded, &why);
    }
    arena_reset(k->scratch);
    return st;
}

static int by_group(const void *a, const void *b)
{
    return value_order(&((const Group *)a)->by, &((const Group *)b)->by);
}

/* The different values of `by` over all cases that the metric looks at, in order, and what its aggregates (all are of
 * one process) have seen of each. */
static Status groups_of(Query *q, const IrMetric *m, Groups *out, Error *err)
{
    const IrProgram *p = q->program;
    Status st = ST_OK;
    *out = (Groups){0};
    for (uint32_t g = 0; g < p->aggregates_n; g++)
        if (asks(p, m, g)) *VEC_PUSH(q->arena, &out->asked) = g;
    if (!out->asked.n) return ST_OK;
    Grouping k = {.query = q, .metric = m, .into = out, .places = map_new(q->arena), .scratch = arena_new(),
                  .windows = ARENA_ARRAY(q->arena, Window, out->asked.n)};
    for (uint32_t i = 0; i < out->asked.n && st == ST_OK; i++)
        st = window_of(q, &p->aggregates[out->asked.items[i]], &k.windows[i], err);
    if (st == ST_OK) st = query_each(q, p->aggregates[out->asked.items[0]].process, group_case, &k, err);
    arena_free(k.scratch);
    if (out->items.n) qsort(out->items.items, out->items.n, sizeof(Group), by_group);
    return st;
}

Status query_metric(Query *q, uint32_t index, const MetricRow **rows, uint32_t *n, Error *err)
{
    if (index >= q->program->metrics_n)   /* a case keeps the flow it began with, and the file has fewer metrics now */
        return fail(err, ST_NOTFOUND, "a metric that the case asks for is gone from %s", q->program->file);
    const IrMetric *m = &q->program->metrics[index];
    Measured *measured = &q->metrics[index];
    if (!measured->done) {
        Groups groups = {0};
        measured->done = true;
        measured->status = m->by == CODE_NONE ? one_row(q, m, NULL, 0, measured, &measured->err)
                                              : groups_of(q, m, &groups, &measured->err);
        for (uint32_t i = 0; i < groups.items.n && measured->status == ST_OK; i++)
            measured->status = one_row(q, m, &groups, i, measured, &measured->err);
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
    q->hollow = q->hollow && st == ST_OK;
    if (st != ST_OK) return st;
    bool by = q->program->metrics[metric].by != CODE_NONE;
    for (uint32_t i = 0; i < n; i++) {
        if (by && (!q->row || !value_equal(&rows[i].by, q->row))) continue;
        *out = value_copy(a, &rows[i].value);
        if (rows[i].cases > q->counted) q->counted = rows[i].cases;
        if (rows[i].seen > q->seen) q->seen = rows[i].seen;
        q->hollow = q->hollow || rows[i].cases == 0;
    }
    return ST_OK;
}

Status query_measure(void *query, Arena *a, uint32_t metric, Value *out, Error *err)
{
    static const char *const fields[] = {"by", "value", "cases"};
    static const Shape shape = {NULL, fields, 3};
    const Query *q = query;
    const MetricRow *rows;
    uint32_t n;
    if (q->program->metrics[metric].by == CODE_NONE) return query_metric_value(query, a, metric, out, err);
    Status st = query_metric(query, metric, &rows, &n, err);
    if (st != ST_OK) return st;
    Value *list = ARENA_ARRAY(a, Value, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        Record *r = record_new(a, &shape);
        r->fields[0] = value_copy(a, &rows[i].by);
        r->fields[1] = value_copy(a, &rows[i].value);
        r->fields[2] = value_integer((int64_t)rows[i].cases);
        list[i] = value_record(r);
    }
    *out = value_list(list, n);
    return ST_OK;
}
