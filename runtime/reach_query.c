/* reach_query.c -- metrics and cases of the store, for Lua to read. */
#include "runtime/reach_private.h"

#include <string.h>

enum { MOST_CASES = 1000 };

/* ---- query.metric(name) ------------------------------------------------------------------------ */

static Status no_metric(Asked *a, const char *name)
{
    const IrProgram *p = a->by->program;
    const char **names = ARENA_ARRAY(a->arena, const char *, p->metrics_n);
    for (uint32_t i = 0; i < p->metrics_n; i++) names[i] = p->metrics[i].name;
    return fail(a->err, ST_FAILED, "there is no metric `%s`%s", name,
                text_did_you_mean(a->arena, name, names, p->metrics_n));
}

Status reach_metric(Asked *a, Value *out)
{
    const char *name;
    const IrProgram *p = a->by->program;
    if (!asked_text(a, 0, "a metric's name, as a text,", &name)) return ST_FAILED;
    const IrMetric *m = ir_metric(p, asked_own_name(a, name));
    if (!m) m = ir_metric(p, name);
    if (!m) return no_metric(a, name);
    if (!a->by->measure) return fail(a->err, ST_FAILED, "nothing is measured here");
    return a->by->measure(a->by->measure_self, a->arena, (uint32_t)(m - p->metrics), out, a->err);
}

/* ---- query.cases{process = ...} ------------------------------------------------------------------ */

static const char *const case_fields[] = {"id", "process", "key", "status", "outcome", "started", "ended", "late",
                                          "values"};
enum { CASE_FIELDS = sizeof case_fields / sizeof *case_fields };
static const Shape case_shape = {NULL, case_fields, CASE_FIELDS};

typedef struct Found { Asked *asked; VEC(Value) cases; } Found;

static Value text_or_none(Arena *a, const char *text)
{
    return text ? value_text(arena_dup(a, text)) : VALUE_NONE;
}

/* Its variables that are set, by name. */
static Value values_of(Arena *a, const Case *c)
{
    const IrFlow *f = c->flow;
    Shape *shape = ARENA_NEW(a, Shape);
    const char **names = ARENA_ARRAY(a, const char *, f->vars_n);
    Value *values = ARENA_ARRAY(a, Value, f->vars_n);
    for (uint32_t i = 0; i < f->vars_n; i++) {
        const Value *v = case_slot(c, 0, f->vars[i].name) == i ? case_var(c, 0, i) : NULL;
        if (!v) continue;
        names[shape->n] = arena_dup(a, f->vars[i].name);
        values[shape->n++] = value_copy(a, v);
    }
    shape->fields = names;
    return reach_record(a, shape, values);
}

static Status note_case(void *self, const CaseRow *row, Case **of, Error *err)
{
    Found *found = self;
    Arena *a = found->asked->arena;
    (void)err;
    const Value fields[CASE_FIELDS] = {value_integer((int64_t)row->id), text_or_none(a, row->process),
                                       text_or_none(a, row->key),
                                       value_text(case_status_name(row->status)), text_or_none(a, row->outcome),
                                       value_datetime(row->started),
                                       row->status == CASE_RUNNING ? VALUE_NONE : value_datetime(row->ended),
                                       value_boolean(row->late), values_of(a, *of)};
    *VEC_PUSH(a, &found->cases) = reach_record(a, &case_shape, fields);
    return ST_OK;
}

static bool find_status(Asked *a, const char *name, uint8_t *out)
{
    static const uint8_t all[] = {CASE_RUNNING, CASE_FINISHED, CASE_FAILED, CASE_CANCELLED, CASE_IMPORTED};
    const char *names[sizeof all];
    for (size_t i = 0; name && i < sizeof all; i++) {
        names[i] = case_status_name(all[i]);
        if (strcmp(name, names[i]) == 0) *out = all[i];
    }
    if (!name || *out) return true;
    return fail(a->err, ST_FAILED, "status: no case is `%s`%s", name,
                text_did_you_mean(a->arena, name, names, sizeof all)) == ST_OK;
}

static bool find_process(Asked *a, const char *name, const char **out)
{
    const IrProgram *p = a->by->program;
    const IrProcess *process = name ? ir_process(p, asked_own_name(a, name)) : NULL;
    if (name && !process) process = ir_process(p, name);
    *out = process ? process->name : NULL;
    if (!name || process) return true;
    const char **names = ARENA_ARRAY(a->arena, const char *, p->processes_n);
    for (uint32_t i = 0; i < p->processes_n; i++) names[i] = p->processes[i].name;
    return fail(a->err, ST_FAILED, "there is no process `%s`%s", name,
                text_did_you_mean(a->arena, name, names, p->processes_n)) == ST_OK;
}

/* When they began: a moment, or the day with whose begin it is, by the process's clock. */
static bool find_since(Asked *a, const Record *options, const char *process, Instant *out)
{
    const Value *v = options ? record_get(options, "since") : NULL;
    if (!v || v->type == V_NONE) return true;
    if (v->type == V_DATETIME) *out = v->i;
    else if (v->type == V_DATE) *out = zone_start_of(ir_zone_of(a->by->program, process, NULL), v->i);
    else return fail(a->err, ST_FAILED, "since: a date or a moment is wanted, and there is %s",
                     value_type_name(v)) == ST_OK;
    return true;
}

Status reach_cases(Asked *a, Value *out)
{
    static const char *const names[] = {"process", "key", "status", "since", "most", NULL};
    const Record *options;
    const char *process = NULL, *status = NULL;
    uint64_t most = 0, left = 0;
    CaseFilter filter = {.left = &left};
    Found found = {.asked = a};
    if (!asked_options(a, 0, names, &options) || !asked_option_text(a, options, "process", &process) ||
        !asked_option_text(a, options, "key", &filter.key) || !asked_option_text(a, options, "status", &status) ||
        !asked_option_number(a, options, "most", MOST_CASES, &most) || !find_status(a, status, &filter.status) ||
        !find_process(a, process, &filter.process) ||
        !find_since(a, options, filter.process, &filter.started_from))
        return ST_FAILED;
    filter.started_to = filter.started_from ? INSTANT_NEVER : 0;
    filter.most = most ? most : MOST_CASES;
    Status st = a->by->journal ? journal_cases(a->by->journal, &filter, true, note_case, &found, a->err) : ST_OK;
    if (st == ST_OK && left && !most)
        return fail(a->err, ST_FAILED, "these are %llu cases, and %d at once can be had: say of which process, key, "
                                       "status or since when, or how many at most",
                    (unsigned long long)(left + found.cases.n), MOST_CASES);
    *out = value_list(found.cases.items, found.cases.n);
    return st;
}
