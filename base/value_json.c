/* value_json.c -- values as JSON: canonical, so that they read back exactly, and plain, for others.
 *
 * The journal keeps the canonical form for years, so each value has one way
 * to be written and the reader takes nothing on trust: whatever the bytes, it
 * gives a sound value or says what is wrong with them. What JSON has itself
 * (texts, numbers, booleans, lists) stands as it is; all else is an object
 * whose first name begins with `$`:
 *
 *     {"$money":"1500 USD"}    {"$duration":"2 business days Office"}
 *     {"$":"Lead","name":"Ann","budget":{"$money":"900 USD"}}
 *
 * Days and moments outside the years 1..9999, where no ISO date reaches (a
 * timer that never rings), are written as the bare count.
 */
#include "base/json.h"
#include "base/value_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- canonical: writing ------------------------------------------------------ */

static void tagged(Buf *b, const char *tag, const char *text, size_t n)
{
    buf_puts(b, tag);
    json_string(b, text, n);
    buf_putc(b, '}');
}

static size_t print_count(char *out, int64_t n)
{
    return (size_t)sprintf(out, "%" PRId64, n);
}

static void write_money(Buf *b, const Value *v)
{
    char text[32];
    size_t n = decimal_print(text, 24, v->i, 0);
    if (v->unit) {
        text[n++] = ' ';
        currency_unpack(v->unit, text + n);
        n += 3;
    }
    tagged(b, "{\"$money\":", text, n);
}

static void write_business(Buf *b, const Value *v)
{
    Buf text = {0};
    const char *calendar = v->business->calendar;
    buf_printf(&text, "%" PRId64, v->business->amount);
    buf_puts(&text, v->aux == DUR_BUSINESS_DAYS ? " business days " : " business ");
    /* A calendar may be called "days X"; a colon keeps it from being read as days. */
    bool misleads = strncmp(calendar, "days ", 5) == 0 || *calendar == ':';
    if (misleads && v->aux == DUR_BUSINESS_TIME) buf_putc(&text, ':');
    buf_puts(&text, calendar);
    tagged(b, "{\"$duration\":", buf_text(&text), text.n);
    buf_free(&text);
}

static void write_duration(Buf *b, const Value *v)
{
    char text[40];
    if (v->aux == DUR_BUSINESS_DAYS || v->aux == DUR_BUSINESS_TIME) {
        write_business(b, v);
        return;
    }
    size_t n = print_count(text, v->i);
    if (v->aux == DUR_MONTHS) n += (size_t)sprintf(text + n, " months");
    tagged(b, "{\"$duration\":", text, n);
}

static void write_moment(Buf *b, const Value *v)
{
    char text[40];
    int64_t i = v->i;
    if (v->type == V_DATE) {
        bool iso = i >= FIRST_DAY && i <= LAST_DAY;
        tagged(b, "{\"$date\":", text, iso ? date_print(text, i) : print_count(text, i));
    } else if (v->type == V_TIME) {
        bool iso = i >= 0 && i <= US_DAY;
        tagged(b, "{\"$time\":", text, iso ? time_print(text, i) : print_count(text, i));
    } else {
        bool iso = i >= FIRST_DAY * US_DAY && i < (LAST_DAY + 1) * US_DAY;
        tagged(b, "{\"$datetime\":", text, iso ? instant_print(text, i) : print_count(text, i));
    }
}

static bool only_dollars(const char *name)
{
    return *name == '$' && name[strspn(name, "$")] == '\0';
}

/* Fields called "$", "$$" and so on get one more, because "$" is the record's name. */
static void write_field_name(Buf *b, const char *name)
{
    size_t n = strlen(name);
    buf_putc(b, ',');
    if (only_dollars(name)) {
        buf_putc(b, '"');
        buf_pad(b, '$', n + 1);
        buf_putc(b, '"');
    } else {
        json_string(b, name, n);
    }
    buf_putc(b, ':');
}

static void write_record(Buf *b, const Record *r)
{
    const Shape *shape = r->shape;
    const char *name = shape->name ? shape->name : "";
    buf_puts(b, "{\"$\":");
    json_string(b, name, strlen(name));
    for (uint32_t i = 0; i < shape->n; i++) {
        write_field_name(b, shape->fields[i]);
        value_write(b, &r->fields[i]);
    }
    buf_putc(b, '}');
}

static void write_number(Buf *b, int64_t millionths)
{
    char text[24];
    buf_add(b, text, decimal_print(text, sizeof text, millionths, 0));
}

void value_write(Buf *b, const Value *v)
{
    char text[24];
    switch ((ValueType)v->type) {
    case V_NONE: buf_puts(b, "null"); return;
    case V_BOOLEAN: buf_puts(b, v->i ? "true" : "false"); return;
    case V_NUMBER: write_number(b, v->i); return;
    case V_PERCENT: tagged(b, "{\"$percent\":", text, percent_print(text, v->i)); return;
    case V_MONEY: write_money(b, v); return;
    case V_DURATION: write_duration(b, v); return;
    case V_DATE:
    case V_TIME:
    case V_DATETIME: write_moment(b, v); return;
    case V_TEXT: json_string(b, v->text, v->len); return;
    case V_FILE: tagged(b, "{\"$file\":", v->text, v->len); return;
    case V_PERSON: tagged(b, "{\"$person\":", v->text, v->len); return;
    case V_LIST:
        buf_putc(b, '[');
        for (uint32_t i = 0; i < v->len; i++) {
            if (i) buf_putc(b, ',');
            value_write(b, &v->list[i]);
        }
        buf_putc(b, ']');
        return;
    case V_RECORD: write_record(b, v->record); return;
    case V_COUNT: break;
    }
    assert(!"a value of no type");
}

/* ---- canonical: reading ------------------------------------------------------ */

/* Digits, with a minus ahead or none, into *out; returns what is behind, or NULL. */
static const char *read_count(const char *p, int64_t *out)
{
    bool minus = *p == '-';
    if (minus) p++;
    if (*p < '0' || *p > '9') return NULL;
    for (*out = 0; *p >= '0' && *p <= '9'; p++) {
        int digit = minus ? '0' - *p : *p - '0';
        if (__builtin_mul_overflow(*out, 10, out) || __builtin_add_overflow(*out, digit, out)) return NULL;
    }
    return p;
}

static bool read_only_count(const char *p, int64_t *out)
{
    const char *rest = read_count(p, out);
    return rest && !*rest;
}

static bool read_percent(Arena *a, const Json *j, Value *out)
{
    (void)a;
    const char *point = strchr(j->text, '.');
    size_t places = point ? strlen(point + 1) : 0;
    if (places > 4 || (point && !places)) return false;
    /* "-12.5" is read as the count -125, and three zeros behind it. */
    char digits[32];
    if (j->len + 4 >= sizeof digits) return false;
    size_t n = point ? (size_t)(point - j->text) : j->len;
    memcpy(digits, j->text, n);
    if (point) memcpy(digits + n, point + 1, places);
    memset(digits + n + places, '0', 4 - places);
    digits[n + 4] = '\0';
    out->type = V_PERCENT;
    return n > (*j->text == '-') && read_only_count(digits, &out->i);
}

static bool read_money(Arena *a, const Json *j, Value *out)
{
    (void)a;
    size_t n = strcspn(j->text, " ");
    out->type = V_MONEY;
    if (!decimal_parse(j->text, n, &out->i)) return false;
    if (n == j->len) return true;
    out->unit = j->len == n + 4 ? currency_pack(j->text + n + 1) : 0;
    return out->unit != 0;
}

static bool read_duration(Arena *a, const Json *j, Value *out)
{
    int64_t n;
    const char *rest = read_count(j->text, &n);
    if (!rest) return false;
    *out = value_duration(n);
    if (!*rest) return true;
    if (strcmp(rest, " months") == 0) {
        out->aux = DUR_MONTHS;
        return true;
    }
    bool days = strncmp(rest, " business days ", 15) == 0;
    if (!days && strncmp(rest, " business ", 10) != 0) return false;
    rest += days ? 15 : 10;
    if (!days && *rest == ':') rest++;
    if (!*rest) return false;
    Business *b = ARENA_NEW(a, Business);
    *b = (Business){n, arena_dup(a, rest)};
    out->aux = days ? DUR_BUSINESS_DAYS : DUR_BUSINESS_TIME;
    out->business = b;
    return true;
}

static bool read_date(Arena *a, const Json *j, Value *out)
{
    (void)a;
    out->type = V_DATE;
    if (date_parse(j->text, j->len, &out->i)) return true;
    return read_only_count(j->text, &out->i) && out->i >= INT32_MIN && out->i <= INT32_MAX;
}

static bool read_time(Arena *a, const Json *j, Value *out)
{
    (void)a;
    *out = value_time(US_DAY);         /* 24:00 is the end of a day, and no clock shows it */
    if (strcmp(j->text, "24:00") == 0) return true;
    return time_parse(j->text, j->len, &out->i) || read_only_count(j->text, &out->i);
}

static bool read_datetime(Arena *a, const Json *j, Value *out)
{
    (void)a;
    out->type = V_DATETIME;
    if (j->len && j->text[j->len - 1] == 'Z') return instant_parse(j->text, j->len, zone_utc(), &out->i);
    return read_only_count(j->text, &out->i);
}

static bool read_file(Arena *a, const Json *j, Value *out)
{
    (void)a;
    *out = value_text_n(j->text, j->len);
    out->type = V_FILE;
    return true;
}

static bool read_person(Arena *a, const Json *j, Value *out)
{
    (void)a;
    *out = value_text_n(j->text, j->len);
    out->type = V_PERSON;
    return true;
}

static const struct Tag {
    const char *name;
    bool (*read)(Arena *a, const Json *j, Value *out);
    const char *wanted;
} tags[] = {
    {"$money", read_money, "money like \"1500 USD\""},
    {"$percent", read_percent, "a percent like \"5\""},
    {"$duration", read_duration, "a duration like \"90000000\" or \"2 business days Office\""},
    {"$date", read_date, "a date like \"2026-12-31\""},
    {"$time", read_time, "a time like \"09:30\""},
    {"$datetime", read_datetime, "a moment like \"2026-12-31T08:30:00Z\""},
    {"$file", read_file, "a file's path"},
    {"$person", read_person, "a person's id"},
};

static Status damaged(Error *err, const char *wanted, const Json *found)
{
    static const char *const kinds[] = {
        [JSON_NULL] = "nothing", [JSON_FALSE] = "no", [JSON_TRUE] = "yes", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a text", [JSON_ARRAY] = "a list", [JSON_OBJECT] = "an object"};
    if (found->type != JSON_STRING && found->type != JSON_NUMBER)
        return fail(err, ST_VALUE, "a stored value is damaged: wanted %s, found %s", wanted,
                    kinds[found->type]);
    Buf shown = {0};
    buf_visible(&shown, found->text, text_fit(found->text, found->len, 60));
    Status st = fail(err, ST_VALUE, "a stored value is damaged: wanted %s, found \"%s\"", wanted,
                     buf_text(&shown));
    buf_free(&shown);
    return st;
}

static Status read_record(Arena *a, const Json *j, Value *out, Error *err)
{
    const Json *name = j->child;
    if (name->type != JSON_STRING) return damaged(err, "a record's name", name);
    Shape *shape = ARENA_NEW(a, Shape);
    const char **fields = ARENA_ARRAY(a, const char *, j->len - 1);
    *shape = (Shape){name->len ? name->text : NULL, fields, j->len - 1};
    Record *r = record_new(a, shape);
    uint32_t i = 0;
    for (const Json *m = name->next; m; m = m->next, i++) {
        fields[i] = only_dollars(m->name) ? m->name + 1 : m->name;
        Status st = value_from_json(a, m, &r->fields[i], err);
        if (st != ST_OK) return st;
    }
    *out = value_record(r);
    return ST_OK;
}

static Status read_object(Arena *a, const Json *j, Value *out, Error *err)
{
    static const char kind[] = "an object that says what it is, like {\"$money\":\"1500 USD\"}";
    const Json *m = j->child;
    if (!m) return damaged(err, kind, j);
    if (strcmp(m->name, "$") == 0) return read_record(a, j, out, err);
    for (size_t i = 0; i < sizeof tags / sizeof *tags && j->len == 1; i++) {
        if (strcmp(m->name, tags[i].name) != 0) continue;
        Value v = VALUE_NONE;
        if (m->type != JSON_STRING || !tags[i].read(a, m, &v)) return damaged(err, tags[i].wanted, m);
        *out = v;
        return ST_OK;
    }
    return damaged(err, kind, j);
}

static Status read_list(Arena *a, const Json *j, Value *out, Error *err)
{
    Value *items = ARENA_ARRAY(a, Value, j->len);
    uint32_t n = 0;
    for (const Json *m = j->child; m; m = m->next) {
        Status st = value_from_json(a, m, &items[n++], err);
        if (st != ST_OK) return st;
    }
    *out = value_list(items, n);
    return ST_OK;
}

Status value_from_json(Arena *a, const Json *j, Value *out, Error *err)
{
    int64_t number;
    *out = VALUE_NONE;
    switch (j->type) {
    case JSON_NULL: return ST_OK;
    case JSON_FALSE:
    case JSON_TRUE: *out = value_boolean(j->type == JSON_TRUE); return ST_OK;
    case JSON_NUMBER:
        if (!decimal_parse(j->text, j->len, &number))
            return damaged(err, "a number with at most six decimals and no exponent", j);
        *out = value_number(number);
        return ST_OK;
    case JSON_STRING: *out = value_text_n(j->text, j->len); return ST_OK;
    case JSON_ARRAY: return read_list(a, j, out, err);
    case JSON_OBJECT: return read_object(a, j, out, err);
    }
    assert(!"JSON of no type");
    return ST_INTERNAL;
}

Status value_read(Arena *a, const char *json, size_t n, Value *out, Error *err)
{
    Json *j;
    *out = VALUE_NONE;
    Status st = json_parse(a, json, n, &j, err);
    if (st == ST_OK) return value_from_json(a, j, out, err);
    error_prefix(err, "a stored value is damaged: ");
    return st;
}

/* ---- plain ------------------------------------------------------------------- */

static void plain_text(Buf *b, const char *text)
{
    json_string(b, text, strlen(text));
}

static void plain_money(Buf *b, const Value *v)
{
    char text[24], code[4];
    decimal_print(text, sizeof text, v->i, currency_places(v->unit));
    currency_unpack(v->unit, code);
    buf_printf(b, "{\"amount\":\"%s\",\"currency\":", text);
    if (*code) plain_text(b, code);
    else buf_puts(b, "null");
    buf_putc(b, '}');
}

/* A microsecond is a millionth of a second: a span prints as its seconds. */
static void plain_duration(Buf *b, const Value *v)
{
    switch ((DurationKind)v->aux) {
    case DUR_CLOCK: write_number(b, v->i); return;
    case DUR_MONTHS: buf_printf(b, "{\"months\":%" PRId64 "}", v->i); return;
    case DUR_BUSINESS_DAYS: buf_printf(b, "{\"business_days\":%" PRId64, v->business->amount); break;
    case DUR_BUSINESS_TIME:
        buf_puts(b, "{\"business_seconds\":");
        write_number(b, v->business->amount);
        break;
    }
    json_key_string(b, "calendar", v->business->calendar);
    buf_putc(b, '}');
}

/* The bare text of a date, time or moment: what write_moment puts behind its tag. */
static void plain_moment(Buf *b, const Value *v)
{
    Buf text = {0};
    value_print(&text, v, STYLE_MACHINE, NULL);
    json_string(b, buf_text(&text), text.n);
    buf_free(&text);
}

void value_json(Buf *b, const Value *v)
{
    switch ((ValueType)v->type) {
    case V_NONE:
    case V_BOOLEAN: value_write(b, v); return;
    case V_NUMBER:
    case V_PERCENT: write_number(b, v->i); return;
    case V_MONEY: plain_money(b, v); return;
    case V_DURATION: plain_duration(b, v); return;
    case V_DATE:
    case V_TIME:
    case V_DATETIME: plain_moment(b, v); return;
    case V_TEXT:
    case V_FILE:
    case V_PERSON: json_string(b, v->text, v->len); return;
    case V_LIST:
        buf_putc(b, '[');
        for (uint32_t i = 0; i < v->len; i++) {
            if (i) buf_putc(b, ',');
            value_json(b, &v->list[i]);
        }
        buf_putc(b, ']');
        return;
    case V_RECORD:
        buf_putc(b, '{');
        for (uint32_t i = 0; i < v->len; i++) {
            json_key(b, v->record->shape->fields[i]);
            value_json(b, &v->record->fields[i]);
        }
        buf_putc(b, '}');
        return;
    case V_COUNT: break;
    }
    assert(!"a value of no type");
}
