/* fit_record.c -- what a record's or an event's declaration demands of its fields: `where` and `matching`.
 *
 * A row of a file is held to it where it is read (rows.c), so that all its mistakes are told at once;
 * here are all other records: from JSON, from Lua, within lists and within other records.
 */
#include "runtime/fit.h"

#include <string.h>

typedef struct RecordHost { const Record *record; const EvalHost *around; } RecordHost;

/* A condition sees the fields of its record, and nothing of what is around. */
static const Value *record_slot(void *self, uint32_t slot)
{
    return &((RecordHost *)self)->record->fields[slot];
}

static Status record_table(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err)
{
    const EvalHost *around = ((RecordHost *)self)->around;
    return around->table(around->self, a, table, key, row, err);
}

Status field_unmet(const IrField *field, const Value *found, const Zone *zone, Error *err)
{
    Buf b = {0};
    value_print(&b, found, STYLE_LANGUAGE, zone);
    Status st = fail(err, ST_VALUE, "%s: wanted %s, found %s", field->name,
                     field->where_text ? field->where_text : "what its condition says", buf_text(&b));
    buf_free(&b);
    return st;
}

static Status field_holds(const IrUnit *u, const IrField *field, const Value *v, const EvalHost *host, Arena *a,
                          Error *err)
{
    bool holds = true;
    Status st = field_match(field, v, err);
    if (st == ST_OK && field->where != CODE_NONE) {
        st = eval_condition(u, field->where, host, a, &holds, err);
        if (st != ST_OK) error_prefix(err, "%s: ", field->name);
    }
    return st == ST_OK && !holds ? field_unmet(field, v, host->zone, err) : st;
}

static Status record_holds(const IrUnit *u, const IrType *t, const Record *r, const EvalHost *around, Arena *a,
                           Error *err)
{
    RecordHost self = {r, around};
    EvalHost host = {.now = around->now, .program = around->program, .zone = around->zone, .slot = record_slot,
                     .table = around->table ? record_table : NULL, .self = &self};
    for (uint32_t i = 0; i < t->fields_n; i++) {
        const IrField *field = &u->fields[t->fields + i];
        const Value *v = &r->fields[i];
        if (v->type == V_NONE) continue;
        Status st = field_holds(u, field, v, &host, a, err);
        if (st != ST_OK) return st;
        st = records_hold(u, field->type, v, around, a, err);
        if (st == ST_OK) continue;
        error_prefix(err, "%s: ", field->name);
        return st;
    }
    return ST_OK;
}

Status records_hold(const IrUnit *u, uint32_t type, const Value *v, const EvalHost *around, Arena *a, Error *err)
{
    const IrType *t = &u->types[type];
    if (t->kind == TYPE_RECORD && v->type == V_RECORD) return record_holds(u, t, v->record, around, a, err);
    if (t->kind != TYPE_LIST || v->type != V_LIST) return ST_OK;
    for (uint32_t i = 0; i < v->len; i++) {
        Status st = records_hold(u, t->of, &v->list[i], around, a, err);
        if (st == ST_OK) continue;
        error_prefix(err, "element %u: ", i + 1);
        return st;
    }
    return ST_OK;
}

/* ---- events -------------------------------------------------------------------------------- */

static const Value *event_slot(void *self, uint32_t slot)
{
    const EventHost *h = self;
    static const Value none = VALUE_NONE;
    const char *name = h->u->fields[h->event->fields + slot].name;
    for (uint32_t i = 0; i < h->n; i++)
        if (strcmp(h->values[i].name, name) == 0) return &h->values[i].value;
    return &none;
}

static Status event_table(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err)
{
    const EvalHost *around = ((EventHost *)self)->around;
    return around->table(around->self, a, table, key, row, err);
}

EvalHost event_host(EventHost *self)
{
    const EvalHost *around = self->around;
    return (EvalHost){.now = around->now, .program = around->program, .zone = around->zone, .slot = event_slot,
                      .table = around->table ? event_table : NULL, .self = self};
}

Status event_holds(EventHost *self, Arena *a, Error *err)
{
    const EvalHost host = event_host(self);
    for (uint32_t i = 0; i < self->event->fields_n; i++) {
        const IrField *field = &self->u->fields[self->event->fields + i];
        const Value *v = event_slot(self, i);
        if (v->type == V_NONE) continue;
        Status st = field_holds(self->u, field, v, &host, a, err);
        if (st == ST_OK) {
            st = records_hold(self->u, field->type, v, self->around, a, err);
            if (st != ST_OK) error_prefix(err, "%s: ", field->name);
        }
        if (st != ST_OK) return st;
    }
    return ST_OK;
}
