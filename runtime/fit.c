/* fit.c -- values against types, with errors that say what was wanted. */
#include "runtime/fit.h"

#include <string.h>
#include <strings.h>

static Status misfit(const IrUnit *u, uint32_t type, const Value *found, Error *err)
{
    Buf wanted = {0}, shown = {0};
    ir_type_print(&wanted, u, type);
    value_print(&shown, found, STYLE_LANGUAGE, NULL);
    Status st = found->type == V_NONE ? fail(err, ST_VALUE, "wanted %s, found nothing", buf_text(&wanted))
                                      : fail(err, ST_VALUE, "wanted %s, found %s %.80s", buf_text(&wanted), value_type_name(found), buf_text(&shown));
    buf_free(&wanted);
    buf_free(&shown);
    return st;
}

static bool is_text(const Value *v) { return v->type == V_TEXT || v->type == V_FILE || v->type == V_PERSON; }

static Status fit_list(Arena *a, const IrUnit *u, const IrType *t, const Value *in, Value *out, Error *err)
{
    Value *items = ARENA_ARRAY(a, Value, in->len);
    for (uint32_t i = 0; i < in->len; i++) {
        Status st = value_fit(a, u, t->of, &in->list[i], &items[i], err);
        if (st != ST_OK) {
            error_prefix(err, "element %u: ", i + 1);
            return st;
        }
    }
    *out = value_list(items, in->len);
    return ST_OK;
}

static Status fit_record(Arena *a, const IrUnit *u, const IrType *t, const Value *in, Value *out, Error *err)
{
    Record *r = record_new(a, t->shape);
    const Value none = VALUE_NONE;
    for (uint32_t i = 0; i < t->fields_n; i++) {
        const IrField *f = &u->fields[t->fields + i];
        const Value *v = record_get(in->record, f->name);
        Status st = value_fit(a, u, f->type, v ? v : &none, &r->fields[i], err);
        if (st != ST_OK) {
            error_prefix(err, "%s: ", f->name);
            return st;
        }
    }
    *out = value_record(r);
    return ST_OK;
}

static bool is_choice(const IrType *t, const char *text)
{
    for (uint32_t i = 0; i < t->choices_n; i++)
        if (strcmp(t->choices[i], text) == 0) return true;
    return false;
}

static Status not_a_choice(const IrType *t, const char *text, Error *err)
{
    Buf b = {0};
    const char *near = text_nearest(text, t->choices, t->choices_n);
    for (uint32_t i = 0; i < t->choices_n && b.n < 300; i++) buf_printf(&b, "%s%s", i ? ", " : "", t->choices[i]);
    Status st = fail(err, ST_VALUE, "wanted one of %s, found \"%.80s\"%s%s%s", buf_text(&b), text, near ? ": did you mean " : "", near ? near : "",
                     near ? "?" : "");
    buf_free(&b);
    return st;
}

Status value_fit(Arena *a, const IrUnit *u, uint32_t type, const Value *in, Value *out, Error *err)
{
    const IrType *t = &u->types[type];
    *out = *in;
    if (in->type == V_NONE) return t->optional || t->kind == TYPE_NONE ? ST_OK : misfit(u, type, in, err);
    switch ((IrTypeKind)t->kind) {
    case TYPE_TEXT:
        out->type = V_TEXT;
        return is_text(in) ? ST_OK : misfit(u, type, in, err);
    case TYPE_FILE:
        out->type = V_FILE;
        return is_text(in) ? ST_OK : misfit(u, type, in, err);
    case TYPE_PERSON:
        out->type = V_PERSON;
        return is_text(in) && in->len ? ST_OK : misfit(u, type, in, err);
    case TYPE_CHOICE:
        if (!is_text(in)) return misfit(u, type, in, err);
        out->type = V_TEXT;
        return is_choice(t, in->text) ? ST_OK : not_a_choice(t, in->text, err);
    case TYPE_NUMBER: out->type = V_NUMBER; return in->type == V_NUMBER || in->type == V_PERCENT ? ST_OK : misfit(u, type, in, err);
    case TYPE_PERCENT: out->type = V_PERCENT; return in->type == V_PERCENT || in->type == V_NUMBER ? ST_OK : misfit(u, type, in, err);
    case TYPE_MONEY:
        if (in->type == V_NUMBER && t->currency) *out = value_money(in->i, t->currency);
        else if (in->type != V_MONEY) return misfit(u, type, in, err);
        if (t->currency && out->unit && out->unit != t->currency && out->i) return misfit(u, type, in, err);
        if (t->currency) out->unit = t->currency;
        return ST_OK;
    case TYPE_DURATION: return in->type == V_DURATION ? ST_OK : misfit(u, type, in, err);
    case TYPE_DATE: return in->type == V_DATE ? ST_OK : misfit(u, type, in, err);
    case TYPE_TIME: return in->type == V_TIME ? ST_OK : misfit(u, type, in, err);
    case TYPE_DATETIME: return in->type == V_DATETIME ? ST_OK : misfit(u, type, in, err);
    case TYPE_BOOLEAN: return in->type == V_BOOLEAN ? ST_OK : misfit(u, type, in, err);
    case TYPE_LIST: return in->type == V_LIST ? fit_list(a, u, t, in, out, err) : misfit(u, type, in, err);
    case TYPE_RECORD: return in->type == V_RECORD ? fit_record(a, u, t, in, out, err) : misfit(u, type, in, err);
    case TYPE_NONE: return misfit(u, type, in, err);
    }
    return misfit(u, type, in, err);
}

/* ---- from text --------------------------------------------------------------------------- */

static Status wanted(const IrUnit *u, uint32_t type, const char *example, const char *text, Error *err)
{
    Buf b = {0}, shown = {0};
    ir_type_print(&b, u, type);
    buf_visible(&shown, text, strlen(text) < 80 ? strlen(text) : 80);
    Status st = fail(err, ST_VALUE, "wanted %s, like %s, found \"%s\"", buf_text(&b), example, buf_text(&shown));
    buf_free(&b);
    buf_free(&shown);
    return st;
}

static bool one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcasecmp(text, *words) == 0) return true;
    return false;
}

static bool read_boolean(const char *text, Value *out)
{
    static const char *const yes[] = {"yes", "y", "true", NULL}, *const no[] = {"no", "n", "false", NULL};
    bool is_yes = one_of(text, yes);
    *out = value_boolean(is_yes);
    return is_yes || one_of(text, no);
}

/* "$1500", "1500 USD", "EUR 1500", "1500" where the type fixes a currency; thousands with commas. */
static Status read_money(const IrUnit *u, uint32_t type, const char *text, Value *out, Error *err)
{
    static const struct { const char *sign, *code; } signs[] = {{"$", "USD"}, {"€", "EUR"}, {"£", "GBP"}};
    const IrType *t = &u->types[type];
    char amount[64];
    size_t n = 0;
    uint16_t unit = 0;
    const char *p = text;
    bool minus = *p == '-';
    p += minus;
    for (size_t i = 0; i < 3; i++)
        if (strncmp(p, signs[i].sign, strlen(signs[i].sign)) == 0) p += strlen(signs[i].sign), unit = currency_pack(signs[i].code);
    if (!unit && strlen(p) > 4 && p[3] == ' ' && (unit = currency_pack(p))) p += 4;
    if (minus) amount[n++] = '-';
    for (; (*p >= '0' && *p <= '9') || *p == '.' || *p == ','; p++)
        if (*p != ',' && n + 1 < sizeof amount) amount[n++] = *p;
    amount[n] = '\0';
    p += strspn(p, " ");
    for (size_t i = 0; i < 3 && !unit; i++)
        if (strcmp(p, signs[i].sign) == 0) p += strlen(signs[i].sign), unit = currency_pack(signs[i].code);
    if (!unit && strlen(p) == 3 && (unit = currency_pack(p))) p += 3;
    int64_t millionths;
    if (*p || !decimal_parse(amount, n, &millionths)) return wanted(u, type, "$1500 or 1500.00 USD", text, err);
    if (!unit && !t->currency && millionths)
        return fail(err, ST_VALUE, "wanted money with its currency, like $%s or %s USD, found \"%s\"", amount, amount, text);
    Value v = value_money(millionths, unit);
    if (t->currency && unit && unit != t->currency) return misfit(u, type, &v, err);
    if (t->currency) v.unit = t->currency;
    *out = v;
    return ST_OK;
}

/* "90 s", "1h30m", "2 days"; hours and days of real time. */
static bool read_duration(const char *p, Value *out)
{
    static const struct { const char *name; int64_t unit; } units[] = {
        {"weeks", 7 * US_DAY}, {"week", 7 * US_DAY}, {"w", 7 * US_DAY}, {"days", US_DAY}, {"day", US_DAY}, {"d", US_DAY},
        {"hours", US_HOUR}, {"hour", US_HOUR}, {"h", US_HOUR}, {"minutes", US_MINUTE}, {"minute", US_MINUTE}, {"min", US_MINUTE},
        {"m", US_MINUTE}, {"seconds", US_SECOND}, {"second", US_SECOND}, {"sec", US_SECOND}, {"s", US_SECOND}, {"ms", 1000}};
    int64_t sum = 0;
    if (!*p) return false;
    while (*p) {
        int64_t n, part;
        size_t digits = strspn(p, "0123456789.");
        if (!digits || !decimal_parse(p, digits, &n)) return false;
        p += digits + strspn(p + digits, " ");
        size_t letters = strspn(p, "abcdefghijklmnopqrstuvwxyz");
        int64_t unit = 0;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strlen(units[i].name) == letters && strncmp(p, units[i].name, letters) == 0) unit = units[i].unit;
        if (!unit || !decimal_scale(n, unit, DECIMAL_ONE, &part) || __builtin_add_overflow(sum, part, &sum)) return false;
        p += letters + strspn(p + letters, " ");
    }
    *out = value_duration(sum);
    return true;
}

static Status read_elements(Arena *a, const IrUnit *u, const IrType *t, const char *text, const Zone *zone, Value *out, Error *err)
{
    uint32_t n = 1, i = 0;
    for (const char *p = text; *p; p++) n += *p == ',';
    Value *items = ARENA_ARRAY(a, Value, n);
    for (const char *p = text; i < n; i++) {
        size_t length = strcspn(p, ",");
        const char *end = p + length;
        while (p < end && *p == ' ') p++;
        while (end > p && end[-1] == ' ') end--;
        Status st = value_parse_text(a, u, t->of, arena_dup_n(a, p, (size_t)(end - p)), zone, &items[i], err);
        if (st != ST_OK) {
            error_prefix(err, "element %u: ", i + 1);
            return st;
        }
        p = strchr(p, ',') ? strchr(p, ',') + 1 : end;
    }
    *out = value_list(items, n);
    return ST_OK;
}

Status value_parse_text(Arena *a, const IrUnit *u, uint32_t type, const char *text, const Zone *zone, Value *out, Error *err)
{
    const IrType *t = &u->types[type];
    size_t n = strlen(text);
    int64_t i;
    *out = VALUE_NONE;
    if (n == 0 && t->optional) return ST_OK;
    if (n == 0 && t->kind == TYPE_LIST) {
        *out = value_list(NULL, 0);
        return ST_OK;
    }
    switch ((IrTypeKind)t->kind) {
    case TYPE_TEXT: *out = value_text_n(text, n); return ST_OK;
    case TYPE_CHOICE: case TYPE_FILE: case TYPE_PERSON: {
        Value v = value_text_n(text, n);
        if (n == 0) return wanted(u, type, t->kind == TYPE_FILE ? "quote.pdf" : t->kind == TYPE_PERSON ? "ann" : t->choices[0], text, err);
        return value_fit(a, u, type, &v, out, err);
    }
    case TYPE_NUMBER:
        *out = value_number(0);
        return decimal_parse(text, n, &out->i) ? ST_OK : wanted(u, type, "1500 or 2.5", text, err);
    case TYPE_PERCENT:
        if (n && text[n - 1] == '%' && decimal_parse(text, n - 1, &i) && decimal_div(i, 100 * (int64_t)DECIMAL_ONE, &i)) *out = value_percent(i);
        else if (decimal_parse(text, n, &i)) *out = value_percent(i);
        else return wanted(u, type, "5% or 0.05", text, err);
        return ST_OK;
    case TYPE_MONEY: return read_money(u, type, text, out, err);
    case TYPE_BOOLEAN: return read_boolean(text, out) ? ST_OK : wanted(u, type, "yes or no", text, err);
    case TYPE_DURATION: return read_duration(text, out) ? ST_OK : wanted(u, type, "90 s, 5 m or 1h30m", text, err);
    case TYPE_DATE:
        if (!date_parse(text, n, &i)) return wanted(u, type, "2026-12-31 (a possible date)", text, err);
        *out = value_date(i);
        return ST_OK;
    case TYPE_TIME:
        if (!time_parse(text, n, &i)) return wanted(u, type, "09:30", text, err);
        *out = value_time(i);
        return ST_OK;
    case TYPE_DATETIME:
        if (!instant_parse(text, n, zone, &i)) return wanted(u, type, "2026-12-31T09:30", text, err);
        *out = value_datetime(i);
        return ST_OK;
    case TYPE_LIST: return read_elements(a, u, t, text, zone, out, err);
    case TYPE_RECORD: case TYPE_NONE: break;
    }
    return fail(err, ST_VALUE, "%s cannot be written in one text", t->name ? t->name : "this type");
}
