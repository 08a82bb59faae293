/* value.c -- making, copying and comparing values.
 *
 * Three questions about two values have three answers. value_equal is what a
 * person means by `is`: a text is a text, also when it names a file or a
 * person; 5% is 0.05; no euros are no dollars. value_compare is `<`, and says
 * so where there is no answer. value_order always has one: it puts everything
 * into a line, in which only values that are the same in every respect share
 * a place.
 */
#include "base/value.h"

#include "base/map.h"

#include <assert.h>
#include <string.h>

/* ---- making ------------------------------------------------------------------ */

static Value counted(ValueType type, int64_t i)
{
    return (Value){.type = (uint8_t)type, .i = i};
}

Value value_boolean(bool b)
{
    return counted(V_BOOLEAN, b);
}

Value value_number(int64_t millionths)
{
    return counted(V_NUMBER, millionths);
}

Value value_integer(int64_t n)
{
    assert(n <= INT64_MAX / DECIMAL_ONE && n >= INT64_MIN / DECIMAL_ONE);
    return counted(V_NUMBER, n * DECIMAL_ONE);
}

Value value_money(int64_t millionths, uint16_t currency)
{
    return (Value){.type = V_MONEY, .unit = currency, .i = millionths};
}

Value value_percent(int64_t millionths)
{
    return counted(V_PERCENT, millionths);
}

Value value_duration(int64_t micros)
{
    return counted(V_DURATION, micros);
}

Value value_date(int64_t date)
{
    return counted(V_DATE, date);
}

Value value_time(int64_t micros)
{
    return counted(V_TIME, micros);
}

Value value_datetime(Instant t)
{
    return counted(V_DATETIME, t);
}

Value value_text_n(const char *text, size_t n)
{
    assert(n < UINT32_MAX);
    return (Value){.type = V_TEXT, .len = (uint32_t)n, .text = text};
}

Value value_text(const char *text)
{
    return value_text_n(text, strlen(text));
}

enum { TYPED = 1 };                    /* a text's aux */

Value value_typed(const char *text)
{
    Value v = value_text(text);
    v.aux = *text ? 0 : TYPED;
    return v;
}

bool value_typed_nothing(const Value *v)
{
    return v->type == V_TEXT && v->aux == TYPED;
}

Value value_person(const char *id)
{
    Value v = value_text(id);
    v.type = V_PERSON;
    return v;
}

Value value_list(const Value *items, uint32_t n)
{
    return (Value){.type = V_LIST, .len = n, .list = items};
}

Value value_record(const Record *r)
{
    return (Value){.type = V_RECORD, .len = r->shape->n, .record = r};
}

Record *record_new(Arena *a, const Shape *shape)
{
    Record *r = arena_alloc(a, sizeof *r + shape->n * sizeof *r->fields);
    r->shape = shape;
    return r;
}

uint32_t shape_find(const Shape *s, const char *field)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (strcmp(s->fields[i], field) == 0) return i;
    return UINT32_MAX;
}

const Value *record_get(const Record *r, const char *field)
{
    uint32_t at = shape_find(r->shape, field);
    return at == UINT32_MAX ? NULL : &r->fields[at];
}

const char *value_type_name(const Value *v)
{
    static const char *const names[V_COUNT] = {
        [V_NONE] = "none", [V_BOOLEAN] = "boolean", [V_NUMBER] = "number", [V_PERCENT] = "percent",
        [V_MONEY] = "money", [V_DURATION] = "duration", [V_DATE] = "date", [V_TIME] = "time",
        [V_DATETIME] = "datetime", [V_TEXT] = "text", [V_FILE] = "file", [V_PERSON] = "person",
        [V_LIST] = "list", [V_RECORD] = "record"};
    assert(v->type < V_COUNT);
    return names[v->type];
}

static bool is_text(const Value *v)
{
    return v->type == V_TEXT || v->type == V_FILE || v->type == V_PERSON;
}

static bool is_business(const Value *v)
{
    return v->type == V_DURATION && (v->aux == DUR_BUSINESS_TIME || v->aux == DUR_BUSINESS_DAYS);
}

/* What a list or a record consists of: len of them. */
static const Value *parts(const Value *v)
{
    return v->type == V_LIST ? v->list : v->record->fields;
}

/* ---- copying ----------------------------------------------------------------- */

/* A list of a thousand leads has one shape: the last one copied is used again. */
typedef struct Copy {
    Arena *arena;
    const Shape *from, *to;
} Copy;

static const Shape *copy_shape(Copy *c, const Shape *s)
{
    if (c->from == s) return c->to;
    Shape *shape = ARENA_NEW(c->arena, Shape);
    const char **fields = ARENA_ARRAY(c->arena, const char *, s->n);
    for (uint32_t i = 0; i < s->n; i++) fields[i] = arena_dup(c->arena, s->fields[i]);
    *shape = (Shape){s->name ? arena_dup(c->arena, s->name) : NULL, fields, s->n};
    c->from = s, c->to = shape;
    return shape;
}

static Value copy(Copy *c, const Value *v)
{
    Value out = *v;
    if (is_text(v)) {
        out.text = arena_dup_n(c->arena, v->text, v->len);
    } else if (is_business(v)) {
        Business *b = ARENA_NEW(c->arena, Business);
        *b = (Business){v->business->amount, arena_dup(c->arena, v->business->calendar)};
        out.business = b;
    } else if (v->type == V_LIST) {
        Value *items = ARENA_ARRAY(c->arena, Value, v->len);
        for (uint32_t i = 0; i < v->len; i++) items[i] = copy(c, &v->list[i]);
        out.list = items;
    } else if (v->type == V_RECORD) {
        Record *r = record_new(c->arena, copy_shape(c, v->record->shape));
        for (uint32_t i = 0; i < v->len; i++) r->fields[i] = copy(c, &v->record->fields[i]);
        out.record = r;
    }
    return out;
}

Value value_copy(Arena *a, const Value *v)
{
    Copy c = {.arena = a};
    return copy(&c, v);
}

/* Shapes belong to the program and are not counted. */
size_t value_bytes(const Value *v)
{
    size_t n = sizeof *v;
    if (is_text(v)) n += (size_t)v->len + 1;
    if (is_business(v)) n += sizeof(Business) + strlen(v->business->calendar) + 1;
    if (v->type == V_RECORD) n += sizeof(Record);
    if (v->type == V_LIST || v->type == V_RECORD)
        for (uint32_t i = 0; i < v->len; i++) n += value_bytes(&parts(v)[i]);
    return n;
}

/* ---- equal ------------------------------------------------------------------- */

static bool is_numeric(const Value *v)
{
    return v->type == V_NUMBER || v->type == V_PERCENT;
}

static bool comparable_texts(const Value *a, const Value *b)
{
    return is_text(a) && is_text(b) && (a->type == b->type || a->type == V_TEXT || b->type == V_TEXT);
}

/* Nothing is nothing in any currency; an amount without one takes the other's. */
static bool comparable_money(const Value *a, const Value *b)
{
    return a->unit == b->unit || !a->unit || !b->unit || !a->i || !b->i;
}

static int order_i(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int order_bytes(const char *a, const char *b)
{
    int c = strcmp(a ? a : "", b ? b : "");
    return order_i(c, 0);
}

static int order_text(const Value *a, const Value *b)
{
    uint32_t n = a->len < b->len ? a->len : b->len;
    int c = n ? memcmp(a->text, b->text, n) : 0;
    return c ? order_i(c, 0) : order_i(a->len, b->len);
}

static int order_shape(const Shape *a, const Shape *b)
{
    if (a == b) return 0;
    int c = order_bytes(a->name, b->name);
    if (!c) c = order_i(a->n, b->n);
    for (uint32_t i = 0; i < a->n && !c; i++) c = order_bytes(a->fields[i], b->fields[i]);
    return c;
}

static bool equal_durations(const Value *a, const Value *b)
{
    if (a->aux != b->aux) return false;
    if (!is_business(a)) return a->i == b->i;
    return a->business->amount == b->business->amount &&
           order_bytes(a->business->calendar, b->business->calendar) == 0;
}

static bool equal_parts(const Value *a, const Value *b)
{
    if (a->len != b->len) return false;
    for (uint32_t i = 0; i < a->len; i++)
        if (!value_equal(&parts(a)[i], &parts(b)[i])) return false;
    return true;
}

bool value_equal(const Value *a, const Value *b)
{
    if (comparable_texts(a, b)) return order_text(a, b) == 0;
    if (is_numeric(a) && is_numeric(b)) return a->i == b->i;
    if (a->type != b->type) return false;
    switch ((ValueType)a->type) {
    case V_NONE: return true;
    case V_MONEY: return a->i == b->i && comparable_money(a, b);
    case V_DURATION: return equal_durations(a, b);
    case V_BOOLEAN:
    case V_DATE:
    case V_TIME:
    case V_DATETIME: return a->i == b->i;
    case V_LIST: return equal_parts(a, b);
    case V_RECORD: return order_shape(a->record->shape, b->record->shape) == 0 && equal_parts(a, b);
    case V_NUMBER:
    case V_PERCENT:
    case V_TEXT:
    case V_FILE:
    case V_PERSON:
    case V_COUNT: break;               /* answered above */
    }
    return false;
}

/* ---- order ------------------------------------------------------------------- */

enum { NO_ORDER = 2 };

static int compare_durations(const Value *a, const Value *b)
{
    if (a->aux != b->aux) return NO_ORDER;
    if (!is_business(a)) return order_i(a->i, b->i);
    if (order_bytes(a->business->calendar, b->business->calendar) != 0) return NO_ORDER;
    return order_i(a->business->amount, b->business->amount);
}

int value_compare(const Value *a, const Value *b)
{
    if (comparable_texts(a, b)) return order_text(a, b);
    if (is_numeric(a) && is_numeric(b)) return order_i(a->i, b->i);
    if (a->type != b->type) return NO_ORDER;
    switch ((ValueType)a->type) {
    case V_MONEY: return comparable_money(a, b) ? order_i(a->i, b->i) : NO_ORDER;
    case V_DURATION: return compare_durations(a, b);
    case V_BOOLEAN:
    case V_DATE:
    case V_TIME:
    case V_DATETIME: return order_i(a->i, b->i);
    case V_NONE:
    case V_LIST:
    case V_RECORD:
    case V_NUMBER:
    case V_PERCENT:
    case V_TEXT:
    case V_FILE:
    case V_PERSON:
    case V_COUNT: break;
    }
    return NO_ORDER;
}

/* Types that mix in one column stand together: numbers with percents, all texts. */
static int family(const Value *v)
{
    return is_text(v) ? V_TEXT : is_numeric(v) ? V_NUMBER : v->type;
}

static int order_within(const Value *a, const Value *b)
{
    int c = 0;
    if (a->type == V_NONE) return 0;
    if (is_text(a)) return order_text(a, b);
    if (is_business(a) && is_business(b)) {
        c = order_bytes(a->business->calendar, b->business->calendar);
        return c ? c : order_i(a->business->amount, b->business->amount);
    }
    if (a->type != V_LIST && a->type != V_RECORD) return order_i(a->i, b->i);
    for (uint32_t i = 0; i < a->len && i < b->len && !c; i++) c = value_order(&parts(a)[i], &parts(b)[i]);
    if (!c) c = order_i(a->len, b->len);
    return c || a->type == V_LIST ? c : order_shape(a->record->shape, b->record->shape);
}

/* Family, currency, kind of duration, content, type: always in this order, so that a before b
 * before c means a before c. (value_compare does not promise that: $0 is equal to €0.) */
int value_order(const Value *a, const Value *b)
{
    int c = order_i(family(a), family(b));
    if (!c) c = order_i(a->unit, b->unit);
    if (!c) c = order_i(a->aux, b->aux);
    if (!c) c = order_within(a, b);
    return c ? c : order_i(a->type, b->type);
}

/* ---- hash -------------------------------------------------------------------- */

/* Byte by byte, so that every machine gets the same. */
static uint64_t hash_i(int64_t i)
{
    unsigned char bytes[8];
    for (size_t at = 0; at < sizeof bytes; at++) bytes[at] = (unsigned char)((uint64_t)i >> (8 * at));
    return hash_bytes(bytes, sizeof bytes);
}

/* Takes in only what value_equal looks at: no currency, because $0 is €0. */
uint64_t value_hash(const Value *v)
{
    uint64_t h = (uint64_t)family(v);
    if (is_text(v)) return hash_bytes(v->text, v->len) ^ h;
    if (v->type == V_NONE) return h;
    if (is_business(v)) return hash_i(v->business->amount) ^ h;
    if (v->type != V_LIST && v->type != V_RECORD) return hash_i(v->i) ^ h;
    for (uint32_t i = 0; i < v->len; i++) h = h * UINT64_C(1099511628211) ^ value_hash(&parts(v)[i]);
    return h;
}
