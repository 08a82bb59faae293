/* reach.c -- which questions of Lua there are, and what may come with them. */
#include "runtime/reach_private.h"

#include <string.h>

typedef struct Answering {
    const char *what;
    uint32_t most;                     /* arguments */
    Status (*answer)(Asked *a, Value *out);
} Answering;

static const Answering all[] = {
    {"query.metric", 1, reach_metric},
    {"query.cases", 1, reach_cases},
};

Status reach_answer(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err)
{
    Asked asked = {self, q, a, err};
    *out = VALUE_NONE;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i].what, q->what) != 0) continue;
        if (q->args_n > all[i].most) return fail(err, ST_FAILED, "%s: it is given too much", q->what);
        Status st = all[i].answer(&asked, out);
        if (st != ST_OK) error_prefix(err, "%s: ", q->what);
        return st;
    }
    return fail(err, ST_FAILED, "there is nothing to ask that is called %s", q->what);
}

/* ---- what comes with a question --------------------------------------------------------------- */

static const char *found_instead(const Value *v)
{
    return v->type == V_NONE ? "nothing" : value_type_name(v);
}

bool asked_text(Asked *a, uint32_t at, const char *wanted, const char **out)
{
    const Value *v = at < a->q->args_n ? &a->q->args[at] : &VALUE_NONE;
    bool text = v->type == V_TEXT || v->type == V_FILE || v->type == V_PERSON;
    if (text) *out = v->text;
    else fail(a->err, ST_FAILED, "%s is wanted, as a text, and there is %s", wanted, found_instead(v));
    return text;
}

static bool is_option(const char *const *names, const char *name, uint32_t *n)
{
    bool found = false;
    for (*n = 0; names[*n]; ++*n) found |= strcmp(names[*n], name) == 0;
    return found;
}

bool asked_options(Asked *a, uint32_t at, const char *const *names, const Record **out)
{
    const Value *v = at < a->q->args_n ? &a->q->args[at] : &VALUE_NONE;
    uint32_t n;
    *out = NULL;
    if (v->type == V_NONE || (v->type == V_LIST && v->len == 0)) return true;
    if (v->type != V_RECORD)
        return fail(a->err, ST_FAILED, "a table of names is wanted, like {%s = ...}, and there is %s", names[0],
                    value_type_name(v)) == ST_OK;
    *out = v->record;
    for (uint32_t i = 0; i < v->record->shape->n; i++) {
        const char *name = v->record->shape->fields[i];
        if (is_option(names, name, &n)) continue;
        return fail(a->err, ST_FAILED, "there is no `%s` to be said%s", name,
                    text_did_you_mean(a->arena, name, names, n)) == ST_OK;
    }
    return true;
}

bool asked_option_text(Asked *a, const Record *options, const char *name, const char **out)
{
    const Value *v = options ? record_get(options, name) : NULL;
    if (!v || v->type == V_NONE) return true;
    bool text = v->type == V_TEXT || v->type == V_FILE || v->type == V_PERSON;
    if (text) *out = v->text;
    else fail(a->err, ST_FAILED, "%s: a text is wanted, and there is %s", name, value_type_name(v));
    return text;
}

bool asked_option_number(Asked *a, const Record *options, const char *name, uint64_t most, uint64_t *out)
{
    const Value *v = options ? record_get(options, name) : NULL;
    if (!v || v->type == V_NONE) return true;
    bool fits = v->type == V_NUMBER && v->i % DECIMAL_ONE == 0 && v->i > 0 && (uint64_t)(v->i / DECIMAL_ONE) <= most;
    if (fits) *out = (uint64_t)(v->i / DECIMAL_ONE);
    else fail(a->err, ST_FAILED, "%s: a whole number from 1 to %llu is wanted", name, (unsigned long long)most);
    return fits;
}

const char *asked_own_name(Asked *a, const char *name)
{
    const char *dot = a->by->process ? strrchr(a->by->process, '.') : NULL;
    return dot ? arena_printf(a->arena, "%.*s.%s", (int)(dot - a->by->process), a->by->process, name) : name;
}

Value reach_record(Arena *a, const Shape *shape, const Value *fields)
{
    Record *r = record_new(a, shape);
    for (uint32_t i = 0; i < shape->n; i++) r->fields[i] = fields[i];
    return value_record(r);
}
