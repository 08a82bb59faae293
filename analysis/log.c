/* log.c -- the rows of another system's log, folded to cases.
 *
 * They are cases as any: a trace of steps with people and times, and the row's
 * columns as variables, so that rules and figures need not know where they come
 * from. They have ended, with their last event. A row that does not fit is counted, and
 * said with every judgement: whoever leaves it out silently judges something else.
 *
 * The cases lie in the query's arena and are freed with it, never with case_free.
 */
#include "analysis/query_private.h"

#include "base/like.h"

#include <stdlib.h>
#include <string.h>

typedef struct LogEvent {
    uint32_t of;                       /* the case's number */
    uint32_t node;
    Instant at;
    uint64_t order;                    /* as it stands in the file */
    const char *person;
} LogEvent;

typedef struct Reading {
    Query *query;
    const IrLog *log;
    LogCases *out;
    const Zone *zone;                  /* by which a row's expressions are computed */
    Like **likes;                      /* by step, or NULL */
    const Zone **zones;                /* by step */
    Map *numbers;                      /* a case's key -> its number, from 1 */
    VEC(Case *) cases;
    VEC(LogEvent) events;
    IrFlow *flow;
    IrVar *vars;                       /* its columns; type IR_NONE: the file has it not */
    VEC(IrNode) nodes;                 /* 0 is the sequence of all */
    uint32_t datetime, date;           /* types of a unit of our own */
    IrUnit unit;
} Reading;

/* ---- a row's expressions --------------------------------------------------------------------- */

typedef struct RowHost { const Record *row; Query *query; } RowHost;

static const Value *row_slot(void *self, uint32_t slot)
{
    return &((RowHost *)self)->row->fields[slot];
}

static Status row_table(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err)
{
    return query_table(((RowHost *)self)->query, a, table, key, row, err);
}

static Status of_row(const Reading *r, const Record *row, Code code, Value *out, Error *err)
{
    RowHost self = {row, r->query};
    EvalHost host = {.now = r->query->now,
                     .program = r->query->program,
                     .zone = r->zone,
                     .slot = row_slot,
                     .table = row_table,
                     .self = &self};
    return eval(&r->query->program->unit, code, &host, r->query->arena, out, err);
}

/* A text of it, for keys and names; NULL: none. */
static Status text_of(const Reading *r, const Record *row, Code code, const char **out, Error *err)
{
    Value v;
    *out = NULL;
    if (code == CODE_NONE) return ST_OK;
    Status st = of_row(r, row, code, &v, err);
    if (st != ST_OK || v.type == V_NONE) return st;
    Buf b = {0};
    value_print(&b, &v, STYLE_MACHINE, NULL);
    if (b.n) *out = buf_dup(&b, r->query->arena);
    buf_free(&b);
    return ST_OK;
}

static Status read_moment(const Reading *r, uint32_t step, const char *text, Value *out, Error *err)
{
    if (r->likes[step]) return like_read(r->likes[step], text, r->zones[step], out, err);
    Status st = value_parse_text(r->query->arena, &r->unit, r->date, text, r->zones[step], out, NULL);
    if (st == ST_OK) return ST_OK;
    return value_parse_text(r->query->arena, &r->unit, r->datetime, text, r->zones[step], out, err);
}

/* When it happened; INSTANT_NEVER: it did not. */
static Status moment_of(const Reading *r, const Record *row, uint32_t step, Instant *at, Error *err)
{
    Value v;
    *at = INSTANT_NEVER;
    Status st = of_row(r, row, r->log->steps[step].at, &v, err);
    if (st == ST_OK && v.type == V_TEXT && !*v.text) return ST_OK;
    if (st == ST_OK && v.type == V_TEXT) st = read_moment(r, step, v.text, &v, err);
    if (st != ST_OK || v.type == V_NONE) return st;
    *at = v.type == V_DATE ? zone_start_of(r->zones[step], v.i) : v.i;
    return ST_OK;
}

/* ---- cases ----------------------------------------------------------------------------------- */

static uint32_t node_named(Reading *r, const char *name)
{
    void **slot = map_slot(r->out->steps, name);
    if (*slot) return (uint32_t)(uintptr_t)*slot;
    *slot = (void *)(uintptr_t)r->nodes.n;
    IrNode *node = VEC_PUSH(r->query->arena, &r->nodes);
    *node = (IrNode){.op = IRN_STEP, .name = name, .place = r->log->place};
    return r->nodes.n - 1;
}

static Case *case_of(Reading *r, const char *key, uint32_t *number)
{
    Arena *a = r->query->arena;
    void **slot = map_slot(r->numbers, key);
    if (!*slot) {
        Case *c = ARENA_NEW(a, Case);
        *c = (Case){.arena = a,
                    .flow = r->flow,
                    .process = r->log->name,
                    .key = key,
                    .status = CASE_FINISHED,
                    .deadline = INSTANT_NEVER,
                    .nudges = {.remind = INSTANT_NEVER},
                    .vars = ARENA_ARRAY(a, Value, r->flow->vars_n)};
        for (uint32_t i = 0; i < r->flow->vars_n; i++) c->vars[i] = (Value){.type = CASE_UNSET};
        *VEC_PUSH(a, &r->cases) = c;
        *slot = (void *)(uintptr_t)r->cases.n;
    }
    *number = (uint32_t)(uintptr_t)*slot - 1;
    return r->cases.items[*number];
}

/* The events of one row, which stand in the file's order. */
static Status add_events(Reading *r, const Record *row, uint32_t of, uint32_t *n, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < r->log->steps_n && st == ST_OK; i++) {
        const IrLogStep *step = &r->log->steps[i];
        const char *name = step->name, *person = NULL;
        Instant at;
        st = moment_of(r, row, i, &at, err);
        if (st == ST_OK && at == INSTANT_NEVER && step->name) continue;
        if (st == ST_OK && at == INSTANT_NEVER) st = fail(err, ST_VALUE, "it does not say when");
        if (st == ST_OK && !name) st = text_of(r, row, step->step, &name, err);
        if (st == ST_OK && !name) st = fail(err, ST_VALUE, "it does not say what was done");
        if (st == ST_OK) st = text_of(r, row, step->by, &person, err);
        if (st != ST_OK && step->name) error_prefix(err, "%s: ", step->name);
        if (st != ST_OK) break;
        LogEvent *e = VEC_PUSH(r->query->arena, &r->events);
        *e = (LogEvent){of, node_named(r, name), at, r->events.n, person};
        ++*n;
    }
    return st;
}

static Status take_row(Reading *r, const Row *row, Error *err)
{
    const char *key;
    uint32_t of, n = 0, events = r->events.n;
    if (row->problem) return fail(err, ST_VALUE, "%s", row->problem);
    Status st = text_of(r, row->value.record, r->log->key, &key, err);
    if (st == ST_OK && !key) st = fail(err, ST_VALUE, "it does not say of which case it is");
    if (st != ST_OK) return st;
    Case *c = case_of(r, key, &of);
    st = add_events(r, row->value.record, of, &n, err);
    if (st != ST_OK) {
        r->events.n = events;
        return st;
    }
    for (uint32_t i = 0; i < r->flow->vars_n; i++)
        if (r->vars[i].type != IR_NONE && row->value.record->fields[i].type != V_NONE)
            c->vars[i] = row->value.record->fields[i];
    return ST_OK;
}

static int by_case_and_time(const void *x, const void *y)
{
    const LogEvent *a = x, *b = y;
    if (a->of != b->of) return a->of < b->of ? -1 : 1;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Events in order become the traces; a case of which nothing is told is none. */
static void fold(Reading *r)
{
    Arena *a = r->query->arena;
    if (r->events.n) qsort(r->events.items, r->events.n, sizeof(LogEvent), by_case_and_time);
    r->out->items = ARENA_ARRAY(a, Case *, r->cases.n);
    for (uint32_t i = 0; i < r->events.n;) {
        uint32_t of = r->events.items[i].of;
        Case *c = r->cases.items[of];
        for (; i < r->events.n && r->events.items[i].of == of; i++) {
            const LogEvent *e = &r->events.items[i];
            *VEC_PUSH(a, &c->did) = (Did){.node = e->node,
                                          .offered = e->at,
                                          .began = e->at,
                                          .ended = e->at,
                                          .person = e->person,
                                          .how = e->person ? EV_DONE : EV_FINISHED};
        }
        c->started = c->did.items[0].began;
        c->now = c->ended = c->did.items[c->did.n - 1].ended;
        r->out->items[r->out->n++] = c;
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static Status prepare(Reading *r, Error *err)
{
    const IrProgram *p = r->query->program;
    Arena *a = r->query->arena;
    r->likes = ARENA_ARRAY(a, Like *, r->log->steps_n);
    r->zones = ARENA_ARRAY(a, const Zone *, r->log->steps_n);
    r->zone = ir_zone_of(p, r->log->name, NULL);
    Status st = ST_OK;
    for (uint32_t i = 0; i < r->log->steps_n && st == ST_OK; i++) {
        const IrLogStep *step = &r->log->steps[i];
        r->zones[i] = step->zone ? zone_find(step->zone, err) : ir_zone(p);
        if (!r->zones[i]) return ST_NOINPUT;
        if (step->like) st = like_compile(a, step->like, &r->likes[i], err);
    }
    return st;
}

/* A flow that knows the names of steps and columns, and nothing of how one leads to the next. */
static void name_columns(Reading *r)
{
    const IrType *type = &r->query->program->unit.types[r->log->type];
    Arena *a = r->query->arena;
    r->vars = ARENA_ARRAY(a, IrVar, type->fields_n);
    for (uint32_t i = 0; i < type->fields_n; i++)
        r->vars[i] = (IrVar){.name = type->shape->fields[i], .initial = CODE_NONE};
    r->flow = ARENA_NEW(a, IrFlow);
    *r->flow = (IrFlow){.process = r->log->name, .vars = r->vars, .vars_n = type->fields_n, .deadline = CODE_NONE};
    VEC_PUSH(a, &r->nodes)->op = IRN_SEQUENCE;
    for (uint32_t i = 0; i < r->log->steps_n; i++)
        if (r->log->steps[i].name) (void)node_named(r, r->log->steps[i].name);
}

static void name_steps(Reading *r)
{
    IrStep *steps = ARENA_ARRAY(r->query->arena, IrStep, r->nodes.n);
    for (uint32_t i = 1; i < r->nodes.n; i++) {
        steps[i - 1] = (IrStep){.name = r->nodes.items[i].name, .node = i};
        r->nodes.items[i].a = i - 1;
    }
    r->flow->nodes = r->nodes.items, r->flow->nodes_n = r->nodes.n;
    r->flow->steps = steps, r->flow->steps_n = r->nodes.n - 1;
}

static Status read_all(Reading *r, Error *err)
{
    RowFile *f;
    Query *q = r->query;
    const char *path = rows_path(q->arena, q->program, r->log->file);
    Status st = rows_open(q->arena, q->program, r->log->type, r->zone, path, &f, err);
    if (st != ST_OK) return st;
    for (uint32_t i = 0; i < r->flow->vars_n && st == ST_OK; i++) {
        if (rows_has(f, i)) continue;
        if (i < r->log->own) return fail(err, ST_VALUE, "%s has no column `%s`", r->log->file, r->vars[i].name);
        r->vars[i].type = IR_NONE;
    }
    for (const Row *row; (row = rows_next(f));) {
        Error why;
        r->out->rows++;
        if (take_row(r, row, &why) == ST_OK) continue;
        if (!r->out->bad++) r->out->problem = arena_printf(q->arena, "row %u: %s", row->line, why.text);
    }
    return ST_OK;
}

const LogCases *log_cases(Query *q, const IrLog *log)
{
    static const IrType types[] = {{.kind = TYPE_DATETIME}, {.kind = TYPE_DATE}};
    LogCases **slot = &q->logs[log - q->program->logs];
    if (*slot) return *slot;
    LogCases *out = *slot = ARENA_NEW(q->arena, LogCases);
    out->steps = map_new(q->arena);
    Reading r = {.query = q,
                 .log = log,
                 .out = out,
                 .numbers = map_new(q->arena),
                 .datetime = 0,
                 .date = 1,
                 .unit = {.types = types, .types_n = 2}};
    out->status = prepare(&r, &out->err);
    if (out->status != ST_OK) return out;
    name_columns(&r);
    out->status = read_all(&r, &out->err);
    if (out->status != ST_OK) error_prefix(&out->err, "log %s: ", log->name);
    name_steps(&r);
    fold(&r);
    return out;
}

const char *query_unread(Query *q, const char *name)
{
    const IrLog *log = name ? ir_log(q->program, name) : NULL;
    const LogCases *all = log ? log_cases(q, log) : NULL;
    if (!all || !all->bad) return NULL;
    return arena_printf(q->arena, "%llu of %llu rows of %s cannot be read; %s", (unsigned long long)all->bad,
                        (unsigned long long)all->rows, log->file, all->problem);
}

bool query_unheard(Query *q, const char *name, const char *step)
{
    const IrLog *log = name && step ? ir_log(q->program, name) : NULL;
    return log && !map_get(log_cases(q, log)->steps, step);
}
