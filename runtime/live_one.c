/* live_one.c -- `one open case per lead.email`: what would begin a second case is noted in the open one.
 *
 * The store keeps, per process and value, the number of the case that was last
 * begun with it. It is read before a case begins and compared again in the
 * commit: of two that begin at once, one is second, and looks again.
 */
#include "runtime/live_private.h"

#include <stdlib.h>
#include <string.h>

typedef struct Taken { Live *live; const IrFlow *flow; const Event *started; } Taken;

static const Value *taken_slot(void *self, uint32_t slot)
{
    const Taken *t = self;
    const char *name = t->flow->unit.fields[t->flow->takes + slot].name;
    for (uint32_t i = 0; i < t->started->values_n; i++)
        if (strcmp(t->started->values[i].name, name) == 0) return &t->started->values[i].value;
    return NULL;
}

static Status taken_table(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err)
{
    return tables_find(((Taken *)self)->live->tables, a, table, key, row, err);
}

/* The note's name; NULL: the value is none, which is like no other. */
static Status note_of(Live *l, Pending *p, const Event *started, const char **note, Error *err)
{
    Value v;
    Taken self = {l, p->process->flow, started};
    EvalHost host = {.now = started->at, .program = l->program, .slot = taken_slot, .table = taken_table,
                     .self = &self};
    Status st = eval(&l->program->unit, p->process->one, &host, p->arena, &v, err);
    *note = NULL;
    if (st != ST_OK || v.type == V_NONE) return st;
    Buf b = {0};
    value_print(&b, &v, STYLE_LANGUAGE, NULL);
    *note = arena_printf(p->arena, "one %s per %s", p->process->name, buf_text(&b));
    buf_free(&b);
    return ST_OK;
}

void live_brought(Pending *p, const Event *started)
{
    Datum *values = ARENA_ARRAY(p->arena, Datum, started->values_n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < started->values_n; i++) {
        const Datum *d = &started->values[i];
        if (d->name[0] != '$') values[n++] = (Datum){arena_dup(p->arena, d->name), value_copy(p->arena, &d->value)};
    }
    p->in.values = values, p->in.values_n = n;
}

Status live_open_case(Live *l, Pending *p, const Out *out, uint64_t *open, Error *err)
{
    Case *c;
    *open = 0;
    p->one = NULL;
    if (out->events.n == 0 || out->events.items[0].kind != EV_STARTED) return ST_OK;
    Status st = note_of(l, p, &out->events.items[0], &p->one, err);
    if (st == ST_OK && p->one) st = journal_noted(l->journal, p->arena, p->one, &p->one_before, err);
    if (st != ST_OK || !p->one || !p->one_before) return st;
    uint64_t last = strtoull(p->one_before, NULL, 10);
    st = live_load(l, last, &c, err);
    if (st == ST_OK && c->status == CASE_RUNNING) *open = last;
    else live_release(l, last);
    return st;
}
