/* fit.c -- a value of any kind becomes one of a type, or is refused in words. */
#include "runtime/eval.h"
#include "runtime/fit.h"

#include <string.h>

/* At most so many columns of a value are shown, and so many bytes of choices. */
enum { SHOWN = 60, CHOICES_SHOWN = 300 };

static Status misfit(const IrUnit *u, uint32_t type, const Value *found, Error *err)
{
    Buf wanted = {0}, shown = {0}, visible = {0};
    ir_type_print(&wanted, u, type);
    value_print(&shown, found, STYLE_LANGUAGE, NULL);
    size_t n = text_fit(buf_text(&shown), shown.n, SHOWN);
    buf_visible(&visible, buf_text(&shown), n);
    Status st = found->type == V_NONE
                    ? fail(err, ST_VALUE, "wanted %s, found nothing", buf_text(&wanted))
                    : fail(err, ST_VALUE, "wanted %s, found %s %s%s", buf_text(&wanted),
                           value_type_name(found), buf_text(&visible), n < shown.n ? "..." : "");
    buf_free(&wanted);
    buf_free(&shown);
    buf_free(&visible);
    return st;
}

static bool is_text(const Value *v)
{
    return v->type == V_TEXT || v->type == V_FILE || v->type == V_PERSON;
}

/* ---- what holds others -------------------------------------------------------------------- */

static Status fit_list(Arena *a, const IrUnit *u, const IrType *t, const Value *in, Value *out, Error *err)
{
    Value *items = ARENA_ARRAY(a, Value, in->len);
    for (uint32_t i = 0; i < in->len; i++) {
        Status st = value_fit(a, u, t->of, &in->list[i], &items[i], err);
        if (st == ST_OK) continue;
        error_prefix(err, "element %u: ", i + 1);
        return st;
    }
    *out = value_list(items, in->len);
    return ST_OK;
}

Status field_default(Arena *a, const IrUnit *u, const IrField *f, const Zone *zone, Value *out, Error *err)
{
    EvalHost host = {.now = clock_now(), .zone = zone};
    return eval(u, f->initial, &host, a, out, err);
}

static Status fit_record(Arena *a, const IrUnit *u, const IrType *t, const Value *in, Value *out, Error *err)
{
    Record *r = record_new(a, t->shape);
    const Value none = VALUE_NONE;
    for (uint32_t i = 0; i < t->fields_n; i++) {
        const IrField *f = &u->fields[t->fields + i];
        const Value *v = in->type == V_RECORD ? record_get(in->record, f->name) : NULL;
        bool left_out = !v && in->type == V_RECORD && f->initial != CODE_NONE;
        Status st = left_out ? field_default(a, u, f, NULL, &r->fields[i], err)
                             : value_fit(a, u, f->type, v ? v : &none, &r->fields[i], err);
        if (st == ST_OK) continue;
        error_prefix(err, "%s: ", f->name);
        return st;
    }
    *out = value_record(r);
    return ST_OK;
}

/* ---- texts -------------------------------------------------------------------------------- */

static Status not_a_choice(const IrType *t, const char *text, Error *err)
{
    Buf b = {0}, shown = {0};
    const char *near = text_nearest(text, t->choices, t->choices_n);
    for (uint32_t i = 0; i < t->choices_n && b.n < CHOICES_SHOWN; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", t->choices[i]);
    buf_visible(&shown, text, text_fit(text, strlen(text), SHOWN));
    Status st = fail(err, ST_VALUE, "wanted one of %s, found \"%s\"", buf_text(&b), buf_text(&shown));
    if (near && err) {
        char said[sizeof err->text];
        memcpy(said, err->text, sizeof said);
        fail(err, st, "%s: did you mean %s?", said, near);
    }
    buf_free(&b);
    buf_free(&shown);
    return st;
}

static Status fit_choice(const IrType *t, const Value *in, Value *out, Error *err)
{
    for (uint32_t i = 0; i < t->choices_n; i++)
        if (strcmp(t->choices[i], in->text) == 0) {
            *out = value_text(t->choices[i]);
            return ST_OK;
        }
    return not_a_choice(t, in->text, err);
}

/* A date or time as ISO text, as JSON and Lua hand it over. Moments say their offset. */
static bool from_iso(IrTypeKind kind, const Value *in, Value *out)
{
    int64_t i = 0;
    bool has_offset = in->len > 16 && strpbrk(in->text + 16, "Z+-");
    if (kind == TYPE_DATE && date_parse(in->text, in->len, &i)) *out = value_date(i);
    else if (kind == TYPE_TIME && time_parse(in->text, in->len, &i)) *out = value_time(i);
    else if (kind == TYPE_DATETIME && has_offset && instant_parse(in->text, in->len, NULL, &i))
        *out = value_datetime(i);
    else return false;
    return true;
}

static bool fit_money(const IrType *t, const Value *in, Value *out)
{
    if (in->type == V_NUMBER && t->currency) {
        *out = value_money(in->i, t->currency);
        return true;
    }
    if (in->type != V_MONEY) return false;
    if (t->currency && in->unit && in->unit != t->currency && in->i) return false;
    *out = value_money(in->i, t->currency ? t->currency : in->unit);
    return true;
}

/* The same content under another type's name. */
static bool as(ValueType type, bool fits, const Value *in, Value *out)
{
    *out = *in;
    out->type = (uint8_t)type;
    return fits;
}

Status value_fit(Arena *a, const IrUnit *u, uint32_t type, const Value *in, Value *out, Error *err)
{
    const IrType *t = &u->types[type];
    const bool nothing = value_typed_nothing(in);
    const Value v = nothing ? t->optional ? VALUE_NONE : value_text("") : *in;     /* in and out may be the same */
    bool text = is_text(&v), number = v.type == V_NUMBER || v.type == V_PERCENT, fits = false;
    if (v.type == V_NONE) {
        *out = v;
        return t->optional || t->kind == TYPE_NONE ? ST_OK : misfit(u, type, &v, err);
    }
    switch ((IrTypeKind)t->kind) {
    case TYPE_NONE: break;
    case TYPE_TEXT: fits = as(V_TEXT, text, &v, out); break;
    case TYPE_FILE: fits = as(V_FILE, text && v.len, &v, out); break;
    case TYPE_PERSON: fits = as(V_PERSON, text && v.len, &v, out); break;
    case TYPE_NUMBER: fits = as(V_NUMBER, number, &v, out); break;
    case TYPE_PERCENT: fits = as(V_PERCENT, number, &v, out); break;
    case TYPE_MONEY: fits = fit_money(t, &v, out); break;
    case TYPE_DURATION: fits = as(V_DURATION, v.type == V_DURATION, &v, out); break;
    case TYPE_DATE:
        fits = v.type == V_TEXT ? from_iso(TYPE_DATE, &v, out) : as(V_DATE, v.type == V_DATE, &v, out);
        break;
    case TYPE_TIME:
        fits = v.type == V_TEXT ? from_iso(TYPE_TIME, &v, out) : as(V_TIME, v.type == V_TIME, &v, out);
        break;
    case TYPE_DATETIME:
        fits = v.type == V_TEXT ? from_iso(TYPE_DATETIME, &v, out)
                                : as(V_DATETIME, v.type == V_DATETIME, &v, out);
        break;
    case TYPE_BOOLEAN: fits = as(V_BOOLEAN, v.type == V_BOOLEAN, &v, out); break;
    case TYPE_CHOICE:
        if (text) return fit_choice(t, &v, out, err);
        break;
    case TYPE_LIST:
        if (v.type == V_LIST) return fit_list(a, u, t, &v, out, err);
        break;
    case TYPE_RECORD:
        /* Lua's {} is an empty list as well as a record without any value. */
        if (v.type == V_RECORD || (v.type == V_LIST && !v.len)) return fit_record(a, u, t, &v, out, err);
        break;
    }
    return fits ? ST_OK : misfit(u, type, &v, err);
}

/* ---- fields ------------------------------------------------------------------------------- */

Status field_match(const IrField *field, const Value *v, Error *err)
{
    bool found = false;
    if (!field->matching || v->type != V_TEXT) return ST_OK;
    if (eval_matches(v->text, field->matching, &found, err) != ST_OK) {
        error_prefix(err, "%s: ", field->name);
        return ST_VALUE;
    }
    if (found) return ST_OK;
    Buf shown = {0};
    buf_visible(&shown, v->text, text_fit(v->text, v->len, SHOWN));
    Status st = fail(err, ST_VALUE, "%s: wanted a text that matches %s, found \"%s\"", field->name, field->matching,
                     buf_text(&shown));
    buf_free(&shown);
    return st;
}

Status field_zone(const IrField *field, const Zone *usual, const Zone **zone, Error *err)
{
    *zone = field->zone ? zone_find(field->zone, err) : usual;
    return field->zone && !*zone ? ST_VALUE : ST_OK;
}

Status field_fit(Arena *a, const IrUnit *u, const IrField *field, const Value *in, const Zone *zone,
                 Value *out, Error *err)
{
    bool text = in->type == V_TEXT && u->types[field->type].kind != TYPE_TEXT;
    Status st = field_zone(field, zone, &zone, err);
    if (st != ST_OK) return st;
    st = text ? value_parse_text(a, u, field->type, in->text, zone, out, err)
                     : value_fit(a, u, field->type, in, out, err);
    if (st == ST_OK) return field_match(field, out, err);
    error_prefix(err, "%s: ", field->name);
    return st;
}

Status field_known(Arena *a, const IrUnit *u, uint32_t fields, uint32_t n, const char *name, const char *complaint,
                   Error *err)
{
    const char **names = ARENA_ARRAY(a, const char *, n);
    for (uint32_t i = 0; i < n; i++) {
        names[i] = u->fields[fields + i].name;
        if (strcmp(names[i], name) == 0) return ST_OK;
    }
    return fail(err, ST_VALUE, "%s `%s`%s", complaint, name, text_did_you_mean(a, name, names, n));
}
