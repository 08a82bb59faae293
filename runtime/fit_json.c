/* fit_json.c -- JSON as values of a type.
 *
 * What `--json` prints reads back: amounts as {"amount":..,"currency":..}, durations as seconds.
 * Numbers are read from their text, so nothing passes through a binary float.
 */
#include "runtime/fit.h"

#include "base/json.h"

#include <string.h>

static Status json_list(Arena *a, const IrUnit *u, const IrType *t, const Json *json, const Zone *zone,
                        Value *out, Error *err)
{
    Value *items = ARENA_ARRAY(a, Value, json->len);
    uint32_t n = 0;
    for (const Json *c = json->child; c; c = c->next) {
        Status st = value_from_plain_json(a, u, t->of, c, zone, &items[n++], err);
        if (st == ST_OK) continue;
        error_prefix(err, "element %u: ", n);
        return st;
    }
    *out = value_list(items, n);
    return ST_OK;
}

static Status json_record(Arena *a, const IrUnit *u, const IrType *t, const Json *json, const Zone *zone,
                          Value *out, Error *err)
{
    static const Json none = {.type = JSON_NULL};
    Record *r = record_new(a, t->shape);
    for (const Json *c = json->child; c; c = c->next)
        if (shape_find(t->shape, c->name) == UINT32_MAX)
            return fail(err, ST_VALUE, "%s has no field `%s`", t->name ? t->name : "the record", c->name);
    for (uint32_t i = 0; i < t->fields_n; i++) {
        const IrField *f = &u->fields[t->fields + i];
        const Json *c = json_get(json, f->name);
        Status st = !c && f->initial != CODE_NONE
                        ? field_default(a, u, f, zone, &r->fields[i], err)
                        : value_from_plain_json(a, u, f->type, c ? c : &none, zone, &r->fields[i], err);
        if (st != ST_OK) error_prefix(err, "%s: ", f->name);
        else st = field_match(f, &r->fields[i], err);
        if (st != ST_OK) return st;
    }
    *out = value_record(r);
    return ST_OK;
}

/* The text that value_parse_text reads for it; NULL where JSON has no such form for the type. */
static const char *as_text(Arena *a, const IrType *t, const Json *json)
{
    const Json *amount, *currency;
    switch (json->type) {
    case JSON_NULL:  return "";
    case JSON_FALSE: return t->kind == TYPE_BOOLEAN ? "no" : NULL;
    case JSON_TRUE:  return t->kind == TYPE_BOOLEAN ? "yes" : NULL;
    case JSON_NUMBER:
        return t->kind == TYPE_DURATION ? arena_printf(a, "%.*s s", (int)json->len, json->text)
                                        : arena_dup_n(a, json->text, json->len);
    case JSON_STRING: return json->text;
    case JSON_OBJECT:
        amount = json_get(json, "amount"), currency = json_get(json, "currency");
        if (t->kind != TYPE_MONEY || !amount || !currency || amount->child || currency->type != JSON_STRING)
            return NULL;
        return arena_printf(a, "%.*s %.*s", (int)amount->len, amount->text, (int)currency->len, currency->text);
    case JSON_ARRAY: return NULL;
    }
    return NULL;
}

Status value_from_plain_json(Arena *a, const IrUnit *u, uint32_t type, const Json *json, const Zone *zone,
                             Value *out, Error *err)
{
    const IrType *t = &u->types[type];
    if (t->kind == TYPE_LIST && json->type == JSON_ARRAY) return json_list(a, u, t, json, zone, out, err);
    if (t->kind == TYPE_RECORD && json->type == JSON_OBJECT) return json_record(a, u, t, json, zone, out, err);
    const Value none = VALUE_NONE;
    if (json->type == JSON_NULL) return value_fit(a, u, type, &none, out, err);
    const char *text = as_text(a, t, json);
    if (text) return value_parse_text(a, u, type, text, zone, out, err);
    Buf wanted = {0};
    ir_type_print(&wanted, u, type);
    Status st = fail(err, ST_VALUE, "wanted %s, found %s", buf_text(&wanted),
                     json->type == JSON_ARRAY ? "a list" : json->type == JSON_OBJECT ? "an object" : "yes or no");
    buf_free(&wanted);
    return st;
}
