/* eval.c -- the interpreter of expressions: one function per row of ir.def.
 *
 * The checker has proved the types, so what can go wrong here is what only
 * values know: overflow, division by zero, amounts of two currencies, a
 * variable nobody set, a calendar that is gone.
 */
#include "runtime/eval.h"

#include "base/like.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { STACK = 64, CALENDAR_ANY = 0xffffff };

typedef struct Machine {
    const IrUnit *unit;
    const EvalHost *host;
    Arena *arena;
    Error *err;
    Value stack[STACK];
    uint32_t n, at;
} Machine;

typedef Status Do(Machine *m, uint32_t x);

static Value pop(Machine *m) { return m->stack[--m->n]; }

static Status push(Machine *m, Value v)
{
    m->stack[m->n++] = v;
    return ST_OK;
}

static Status wrong(Machine *m, const char *what)
{
    return fail(m->err, ST_FAILED, "%s", what);
}

static Status unable(Machine *m, const char *verb, const Value *a, const Value *b)
{
    if (a->type == V_NONE || b->type == V_NONE) return fail(m->err, ST_FAILED, "cannot %s: a value is none", verb);
    return fail(m->err, ST_FAILED, "cannot %s: %s and %s", verb, value_type_name(a), value_type_name(b));
}

/* ---- pushing ---------------------------------------------------------------------- */

static Status do_END(Machine *m, uint32_t x)
{
    (void)m, (void)x;
    return ST_END;
}

static Status do_CONST(Machine *m, uint32_t x) { return push(m, m->unit->consts[x]); }

static Status do_SLOT(Machine *m, uint32_t x)
{
    const Value *v = m->host->slot ? m->host->slot(m->host->self, x) : NULL;
    if (!v) return wrong(m, "a variable is read that nothing has set");
    return push(m, *v);
}

static Status do_FIELD(Machine *m, uint32_t x)
{
    Value v = pop(m);
    if (v.type == V_NONE) return push(m, VALUE_NONE);
    const Value *f = v.type == V_RECORD ? record_get(v.record, m->unit->names[x]) : NULL;
    if (!f) return fail(m->err, ST_FAILED, "there is no field `%s` in %s", m->unit->names[x], value_type_name(&v));
    return push(m, *f);
}

static Status do_INDEX(Machine *m, uint32_t x)
{
    Value key = pop(m), of = pop(m);
    (void)x;
    if (of.type == V_RECORD && key.type == V_TEXT) {
        const Value *f = record_get(of.record, key.text);
        return push(m, f ? *f : VALUE_NONE);
    }
    if (of.type != V_LIST || key.type != V_NUMBER) return unable(m, "take an element", &of, &key);
    int64_t i = key.i / DECIMAL_ONE;
    return push(m, i >= 1 && i <= of.len && key.i % DECIMAL_ONE == 0 ? of.list[i - 1] : VALUE_NONE);
}

static Status do_TABLE(Machine *m, uint32_t x)
{
    Value key = pop(m), row;
    if (!m->host->table) return wrong(m, "a table cannot be asked here");
    Status st = m->host->table(m->host->self, m->arena, m->unit->names[x], &key, &row, m->err);
    return st == ST_OK ? push(m, row) : ST_FAILED;
}

static Status do_LIST(Machine *m, uint32_t x)
{
    Value *items = ARENA_ARRAY(m->arena, Value, x);
    m->n -= x;
    if (x) memcpy(items, &m->stack[m->n], x * sizeof *items);
    return push(m, value_list(items, x));
}

static Status do_RECORD(Machine *m, uint32_t x)
{
    const IrType *t = &m->unit->types[x];
    Record *r = record_new(m->arena, t->shape);
    m->n -= t->fields_n;
    if (t->fields_n) memcpy(r->fields, &m->stack[m->n], t->fields_n * sizeof *r->fields);
    return push(m, value_record(r));
}

static Status join(Machine *m, uint32_t n, ValueStyle style)
{
    Buf b = {0};
    const Zone *zone = m->host->program ? ir_zone(m->host->program) : NULL;
    m->n -= n;
    for (uint32_t i = 0; i < n; i++)
        if (m->stack[m->n + i].type != V_NONE) value_print(&b, &m->stack[m->n + i], style, zone);
    Value v = value_text_n(buf_dup(&b, m->arena), b.n);
    buf_free(&b);
    return push(m, v);
}

static Status do_TEXT(Machine *m, uint32_t x) { return join(m, x, STYLE_HUMAN); }
static Status do_TEXT_MACHINE(Machine *m, uint32_t x) { return join(m, x, STYLE_MACHINE); }

/* ---- arithmetic -------------------------------------------------------------------- */

static bool is_number(const Value *v) { return v->type == V_NUMBER || v->type == V_PERCENT; }
static bool is_text(const Value *v) { return v->type == V_TEXT || v->type == V_FILE || v->type == V_PERSON; }

static bool currencies(const Value *a, const Value *b, uint16_t *unit)
{
    *unit = a->unit ? a->unit : b->unit;
    return !a->unit || !b->unit || a->unit == b->unit;
}

static Status overflow(Machine *m) { return wrong(m, "the result is too large for an exact number"); }

static const Calendar *calendar_of(const EvalHost *h, const char *name, Error *err)
{
    const Calendar *c = h->program && name ? ir_calendar(h->program, name) : NULL;
    if (!c) fail(err, ST_FAILED, "the calendar %s is gone from the file", name ? name : "");
    return c;
}

/* A date plus a duration: calendar days, months, or business days. */
static Status date_after(Machine *m, const Value *date, const Value *d, int sign, Value *out)
{
    int64_t result;
    if (d->aux == DUR_MONTHS) {
        if (!date_add_months(date->i, sign * d->i, &result)) return overflow(m);
    } else if (d->aux == DUR_CLOCK) {
        if (d->i % US_DAY) return wrong(m, "only whole days can be added to a date");
        result = date->i + sign * (d->i / US_DAY);
    } else if (d->aux == DUR_BUSINESS_DAYS) {
        const Calendar *c = calendar_of(m->host, d->business->calendar, m->err);
        if (!c) return ST_FAILED;
        int64_t left = d->business->amount * sign, step = left < 0 ? -1 : 1;
        result = date->i;
        for (; left; left -= step)
            if (!(step > 0 ? calendar_next_open(c, result + 1, &result) : calendar_prev_open(c, result - 1, &result)))
                return fail(m->err, ST_FAILED, "the calendar %s has too few open days", c->name);
    } else {
        return wrong(m, "business hours cannot be added to a date, only to a moment");
    }
    *out = value_date(result);
    return ST_OK;
}

Status eval_after(const EvalHost *h, Instant from, const Value *d, const char *default_calendar, Instant *out, Error *err)
{
    if (d->type != V_DURATION) return fail(err, ST_FAILED, "wanted a duration, found %s", value_type_name(d));
    if (d->aux == DUR_CLOCK) {
        if (__builtin_add_overflow(from, d->i, out)) return fail(err, ST_FAILED, "the moment is too far away");
        return ST_OK;
    }
    if (d->aux == DUR_MONTHS) {
        const Calendar *c = default_calendar && h->program ? ir_calendar(h->program, default_calendar) : NULL;
        const Zone *zone = c ? c->zone : h->program ? ir_zone(h->program) : zone_utc();
        Civil local;
        int64_t date;
        zone_civil(zone, from, &local);
        if (!date_add_months(date_from_civil(local.year, local.month, local.day), d->i, &date)) return fail(err, ST_FAILED, "the moment is too far away");
        date_to_civil(date, &local.year, &local.month, &local.day);
        *out = zone_instant(zone, &local, NULL);
        return ST_OK;
    }
    const Calendar *c = calendar_of(h, d->business->calendar ? d->business->calendar : default_calendar, err);
    if (!c) return ST_FAILED;
    bool ok = d->aux == DUR_BUSINESS_DAYS ? calendar_add_days(c, from, d->business->amount, out)
                                          : calendar_add_time(c, from, d->business->amount, out);
    return ok ? ST_OK : fail(err, ST_FAILED, "the calendar %s is not open for so long", c->name);
}

static Status moment_after(Machine *m, const Value *t, const Value *d, int sign, Value *out)
{
    Value turned = *d;
    Business business;
    if (sign < 0 && (d->aux == DUR_CLOCK || d->aux == DUR_MONTHS)) {
        turned.i = -d->i;
    } else if (sign < 0) {
        business = (Business){-d->business->amount, d->business->calendar};
        turned.business = &business;
    }
    *out = value_datetime(0);
    return eval_after(m->host, t->i, &turned, NULL, &out->i, m->err);
}

static Status add_durations(Machine *m, const Value *a, const Value *b, int sign, Value *out)
{
    bool business = a->aux == DUR_BUSINESS_DAYS || a->aux == DUR_BUSINESS_TIME;
    if (a->aux != b->aux || (business && strcmp(a->business->calendar, b->business->calendar) != 0))
        return wrong(m, "durations of two kinds cannot be added: real time, business time and months stay apart");
    int64_t x = business ? a->business->amount : a->i, y = business ? b->business->amount : b->i, sum;
    if (sign > 0 ? __builtin_add_overflow(x, y, &sum) : __builtin_sub_overflow(x, y, &sum)) return overflow(m);
    *out = *a;
    if (business) {
        Business *kept = ARENA_NEW(m->arena, Business);
        *kept = (Business){sum, a->business->calendar};
        out->business = kept;
    } else {
        out->i = sum;
    }
    return ST_OK;
}

static Status add_texts(Machine *m, const Value *a, const Value *b, Value *out)
{
    if ((size_t)a->len + b->len > (64u << 20)) return wrong(m, "the text grows beyond 64 MB");
    char *p = arena_alloc(m->arena, (size_t)a->len + b->len + 1);
    memcpy(p, a->text, a->len);
    memcpy(p + a->len, b->text, b->len);
    *out = value_text_n(p, (size_t)a->len + b->len);
    return ST_OK;
}

static Status add_lists(Machine *m, const Value *a, const Value *b, Value *out)
{
    Value *items = ARENA_ARRAY(m->arena, Value, (size_t)a->len + b->len);
    for (uint32_t i = 0; i < a->len; i++) items[i] = a->list[i];
    for (uint32_t i = 0; i < b->len; i++) items[a->len + i] = b->list[i];
    *out = value_list(items, a->len + b->len);
    return ST_OK;
}

static Status do_ADD(Machine *m, uint32_t x)
{
    Value b = pop(m), a = pop(m), out = VALUE_NONE;
    Status st = ST_OK;
    (void)x;
    if (is_number(&a) && is_number(&b)) {
        out.type = a.type == V_PERCENT && b.type == V_PERCENT ? V_PERCENT : V_NUMBER;
        if (!decimal_add(a.i, b.i, &out.i)) return overflow(m);
    } else if (a.type == V_MONEY && b.type == V_MONEY) {
        out.type = V_MONEY;
        if (!currencies(&a, &b, &out.unit)) return wrong(m, "amounts of two currencies cannot be added");
        if (!decimal_add(a.i, b.i, &out.i)) return overflow(m);
    } else if (a.type == V_DURATION && b.type == V_DURATION) st = add_durations(m, &a, &b, 1, &out);
    else if (a.type == V_DATE && b.type == V_DURATION) st = date_after(m, &a, &b, 1, &out);
    else if (a.type == V_DURATION && b.type == V_DATE) st = date_after(m, &b, &a, 1, &out);
    else if (a.type == V_DATETIME && b.type == V_DURATION) st = moment_after(m, &a, &b, 1, &out);
    else if (a.type == V_DURATION && b.type == V_DATETIME) st = moment_after(m, &b, &a, 1, &out);
    else if (is_text(&a) && is_text(&b)) st = add_texts(m, &a, &b, &out);
    else if (a.type == V_LIST && b.type == V_LIST) st = add_lists(m, &a, &b, &out);
    else return unable(m, "add", &a, &b);
    return st == ST_OK ? push(m, out) : st;
}

static Status do_SUB(Machine *m, uint32_t x)
{
    Value b = pop(m), a = pop(m), out = VALUE_NONE;
    Status st = ST_OK;
    (void)x;
    if (is_number(&a) && is_number(&b)) {
        out.type = a.type == V_PERCENT && b.type == V_PERCENT ? V_PERCENT : V_NUMBER;
        if (!decimal_sub(a.i, b.i, &out.i)) return overflow(m);
    } else if (a.type == V_MONEY && b.type == V_MONEY) {
        out.type = V_MONEY;
        if (!currencies(&a, &b, &out.unit)) return wrong(m, "amounts of two currencies cannot be subtracted");
        if (!decimal_sub(a.i, b.i, &out.i)) return overflow(m);
    } else if (a.type == V_DURATION && b.type == V_DURATION) st = add_durations(m, &a, &b, -1, &out);
    else if (a.type == V_DATE && b.type == V_DURATION) st = date_after(m, &a, &b, -1, &out);
    else if (a.type == V_DATETIME && b.type == V_DURATION) st = moment_after(m, &a, &b, -1, &out);
    else if (a.type == V_DATE && b.type == V_DATE) out = value_duration((a.i - b.i) * US_DAY);
    else if ((a.type == V_DATETIME && b.type == V_DATETIME) || (a.type == V_TIME && b.type == V_TIME)) out = value_duration(a.i - b.i);
    else return unable(m, "subtract", &a, &b);
    return st == ST_OK ? push(m, out) : st;
}

/* A duration times a number, whatever its kind. */
static Status scale_duration(Machine *m, const Value *d, int64_t num, int64_t den, Value *out)
{
    bool business = d->aux == DUR_BUSINESS_DAYS || d->aux == DUR_BUSINESS_TIME;
    int64_t n;
    if (!decimal_scale(business ? d->business->amount : d->i, num, den, &n)) return overflow(m);
    *out = *d;
    if (business) {
        Business *kept = ARENA_NEW(m->arena, Business);
        *kept = (Business){n, d->business->calendar};
        out->business = kept;
    } else {
        out->i = n;
    }
    return ST_OK;
}

static Status do_MUL(Machine *m, uint32_t x)
{
    Value b = pop(m), a = pop(m), out = VALUE_NONE;
    (void)x;
    if (is_number(&a) && !is_number(&b)) {
        Value swap = a;
        a = b, b = swap;
    }
    if (!is_number(&b)) return unable(m, "multiply", &a, &b);
    if (a.type == V_DURATION) {
        Status st = scale_duration(m, &a, b.i, DECIMAL_ONE, &out);
        return st == ST_OK ? push(m, out) : st;
    }
    if (!is_number(&a) && a.type != V_MONEY) return unable(m, "multiply", &a, &b);
    out.type = a.type == V_MONEY ? V_MONEY : a.type == V_PERCENT && b.type == V_PERCENT ? V_PERCENT : V_NUMBER;
    out.unit = a.unit;
    return decimal_mul(a.i, b.i, &out.i) ? push(m, out) : overflow(m);
}

static Status do_DIV(Machine *m, uint32_t x)
{
    Value b = pop(m), a = pop(m), out = VALUE_NONE;
    uint16_t unit;
    (void)x;
    bool same = (a.type == V_MONEY && b.type == V_MONEY) || (a.type == V_DURATION && b.type == V_DURATION && a.aux == DUR_CLOCK && b.aux == DUR_CLOCK);
    if (!same && !is_number(&b)) return unable(m, "divide", &a, &b);
    if (b.i == 0) return wrong(m, "division by zero");
    if (a.type == V_DURATION && is_number(&b)) {
        Status st = scale_duration(m, &a, DECIMAL_ONE, b.i, &out);
        return st == ST_OK ? push(m, out) : st;
    }
    if (a.type == V_MONEY && same && !currencies(&a, &b, &unit)) return wrong(m, "amounts of two currencies cannot be divided");
    if (!same && !is_number(&a) && a.type != V_MONEY) return unable(m, "divide", &a, &b);
    out.type = same || is_number(&a) ? V_NUMBER : V_MONEY;
    if (out.type == V_MONEY) out.unit = a.unit;
    if (a.type == V_PERCENT && b.type == V_NUMBER) out.type = V_PERCENT;
    return decimal_div(a.i, b.i, &out.i) ? push(m, out) : overflow(m);
}

static Status do_NEG(Machine *m, uint32_t x)
{
    Value a = pop(m), out = a;
    (void)x;
    if (a.type == V_DURATION) {
        Status st = scale_duration(m, &a, -1, 1, &out);
        return st == ST_OK ? push(m, out) : st;
    }
    if (!is_number(&a) && a.type != V_MONEY) return fail(m->err, ST_FAILED, "cannot take minus of %s", value_type_name(&a));
    return decimal_sub(0, a.i, &out.i) ? push(m, out) : overflow(m);
}

/* ---- conditions ------------------------------------------------------------------------ */

static bool truth(const Value *v) { return v->type == V_BOOLEAN && v->i; }

static Status do_NOT(Machine *m, uint32_t x)
{
    (void)x;
    Value v = pop(m);
    return push(m, value_boolean(!truth(&v)));
}

static Status compare(Machine *m, bool or_equal)
{
    Value b = pop(m), a = pop(m);
    int order = value_compare(&a, &b);
    if (a.type == V_NONE || b.type == V_NONE) return push(m, value_boolean(false));
    if (order == 2 && a.type == V_MONEY && b.type == V_MONEY) return wrong(m, "amounts of two currencies cannot be compared");
    if (order == 2) return unable(m, "compare", &a, &b);
    return push(m, value_boolean(order < 0 || (or_equal && order == 0)));
}

static Status do_LESS(Machine *m, uint32_t x) { (void)x; return compare(m, false); }
static Status do_LESS_EQ(Machine *m, uint32_t x) { (void)x; return compare(m, true); }

static Status do_EQ(Machine *m, uint32_t x)
{
    (void)x;
    Value b = pop(m), a = pop(m);
    return push(m, value_boolean(value_equal(&a, &b)));
}

static Status do_NE(Machine *m, uint32_t x)
{
    (void)x;
    Value b = pop(m), a = pop(m);
    return push(m, value_boolean(!value_equal(&a, &b)));
}

static Status do_IN(Machine *m, uint32_t x)
{
    (void)x;
    Value list = pop(m), v = pop(m);
    bool found = false;
    if (list.type == V_NONE) return push(m, value_boolean(false));
    if (is_text(&list) && is_text(&v)) return push(m, value_boolean(strstr(list.text, v.text) != NULL));
    if (list.type != V_LIST) return unable(m, "look for one in the other", &v, &list);
    for (uint32_t i = 0; i < list.len && !found; i++) found = value_equal(&list.list[i], &v);
    return push(m, value_boolean(found));
}

/* Patterns are few and used often: the last ones stay compiled. */
static Status matches(Machine *m, const char *text, const char *pattern, bool *found)
{
    enum { KEPT = 16 };
    static struct { char *pattern; regex_t regex; } kept[KEPT];
    static unsigned next;
    for (int i = 0; i < KEPT; i++)
        if (kept[i].pattern && strcmp(kept[i].pattern, pattern) == 0) return *found = regexec(&kept[i].regex, text, 0, NULL, 0) == 0, ST_OK;
    regex_t regex;
    int code = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);
    if (code != 0) {
        char why[120];
        regerror(code, &regex, why, sizeof why);
        return fail(m->err, ST_FAILED, "the pattern \"%s\" cannot be read: %s", pattern, why);
    }
    unsigned slot = next++ % KEPT;
    if (kept[slot].pattern) regfree(&kept[slot].regex), free(kept[slot].pattern);
    kept[slot].pattern = mem_dup(pattern);
    kept[slot].regex = regex;
    *found = regexec(&regex, text, 0, NULL, 0) == 0;
    return ST_OK;
}

static Status do_MATCHES(Machine *m, uint32_t x)
{
    (void)x;
    Value pattern = pop(m), text = pop(m);
    bool found = false;
    if (text.type == V_NONE) return push(m, value_boolean(false));
    if (!is_text(&text) || !is_text(&pattern)) return unable(m, "match", &text, &pattern);
    Status st = matches(m, text.text, pattern.text, &found);
    return st == ST_OK ? push(m, value_boolean(found)) : st;
}

static Status do_JUMP(Machine *m, uint32_t x)
{
    m->at = x;
    return ST_OK;
}

static Status do_UNLESS(Machine *m, uint32_t x)
{
    Value v = pop(m);
    if (!truth(&v)) m->at = x;
    return ST_OK;
}

static Status do_AND(Machine *m, uint32_t x)
{
    if (truth(&m->stack[m->n - 1])) m->n--;
    else m->stack[m->n - 1] = value_boolean(false), m->at = x;
    return ST_OK;
}

static Status do_OR(Machine *m, uint32_t x)
{
    if (truth(&m->stack[m->n - 1])) m->at = x;
    else m->n--;
    return ST_OK;
}

/* ---- functions ---------------------------------------------------------------------------- */

static Status rounded(Machine *m, uint32_t kind, Value *args, uint32_t n)
{
    Value v = args[0];
    int64_t places = n > 1 ? args[1].i / DECIMAL_ONE : 0;
    if (v.type == V_NONE) return push(m, v);
    if (!is_number(&v) && v.type != V_MONEY) return fail(m->err, ST_FAILED, "cannot round %s", value_type_name(&v));
    if (places < 0 || places > 6) return wrong(m, "round wants 0 to 6 places");
    bool ok = kind == BUILTIN_ROUND ? decimal_round(v.i, (int)places, &v.i) : kind == BUILTIN_FLOOR ? decimal_floor(v.i, &v.i) : decimal_ceil(v.i, &v.i);
    return ok ? push(m, v) : overflow(m);
}

static Status extreme(Machine *m, bool least, const Value *args, uint32_t n)
{
    if (n == 1 && args[0].type == V_LIST) n = args[0].len, args = args[0].list;
    const Value *best = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (args[i].type == V_NONE) continue;
        int order = best ? value_compare(&args[i], best) : 0;
        if (order == 2) return unable(m, "compare", &args[i], best);
        if (!best || (least ? order < 0 : order > 0)) best = &args[i];
    }
    return push(m, best ? *best : VALUE_NONE);
}

static Status text_function(Machine *m, uint32_t kind, const Value *args)
{
    const Value *a = &args[0], *b = &args[1];
    if (a->type == V_NONE) return push(m, kind == BUILTIN_UPPER || kind == BUILTIN_LOWER ? VALUE_NONE : value_boolean(false));
    if (kind == BUILTIN_UPPER) return push(m, value_text(text_upper(m->arena, a->text)));
    if (kind == BUILTIN_LOWER) return push(m, value_text(text_lower(m->arena, a->text)));
    if (!is_text(a) || !is_text(b)) return unable(m, "look for one text in another", a, b);
    bool found = false;
    if (kind == BUILTIN_CONTAINS) found = strstr(a->text, b->text) != NULL;
    if (kind == BUILTIN_STARTS_WITH) found = a->len >= b->len && memcmp(a->text, b->text, b->len) == 0;
    if (kind == BUILTIN_ENDS_WITH) found = a->len >= b->len && memcmp(a->text + a->len - b->len, b->text, b->len) == 0;
    return push(m, value_boolean(found));
}

static int64_t as_date(Machine *m, const Value *v)
{
    return v->type == V_DATE ? v->i : zone_date(m->host->program ? ir_zone(m->host->program) : zone_utc(), v->i);
}

static Status days(Machine *m, uint32_t kind, const Value *args, uint32_t n)
{
    for (int i = 0; i < 2; i++) {
        if (args[i].type == V_NONE) return push(m, VALUE_NONE);
        if (args[i].type != V_DATE && args[i].type != V_DATETIME) return fail(m->err, ST_FAILED, "wanted a date, found %s", value_type_name(&args[i]));
    }
    int64_t from = as_date(m, &args[0]), to = as_date(m, &args[1]);
    if (kind == BUILTIN_DAYS_BETWEEN) return push(m, value_integer(to - from));
    const Calendar *c = calendar_of(m->host, n > 2 ? args[2].text : NULL, m->err);
    return c ? push(m, value_integer(calendar_days_between(c, from, to))) : ST_FAILED;
}

static Status formatted(Machine *m, const Value *args, uint32_t n)
{
    Like *like;
    Buf b = {0};
    const Calendar *c = n > 2 && m->host->program ? ir_calendar(m->host->program, args[2].text) : NULL;
    const Zone *zone = c ? c->zone : m->host->program ? ir_zone(m->host->program) : zone_utc();
    if (args[0].type == V_NONE) return push(m, value_text(""));
    Status st = like_compile(m->arena, args[1].text, &like, m->err);
    if (st != ST_OK) return ST_FAILED;
    if (!like_print(&b, like, &args[0], zone)) {
        buf_free(&b);
        return fail(m->err, ST_FAILED, "%s cannot be written like \"%s\"", value_type_name(&args[0]), args[1].text);
    }
    Value v = value_text_n(buf_dup(&b, m->arena), b.n);
    buf_free(&b);
    return push(m, v);
}

static Status do_CALL(Machine *m, uint32_t x)
{
    uint32_t n = (uint32_t)(pop(m).i / DECIMAL_ONE);
    m->n -= n;
    Value args[STACK];
    memcpy(args, &m->stack[m->n], n * sizeof *args);
    switch ((IrBuiltin)x) {
    case BUILTIN_ROUND: case BUILTIN_FLOOR: case BUILTIN_CEIL: return rounded(m, x, args, n);
    case BUILTIN_ABS:
        if (args[0].type != V_NONE && args[0].i == INT64_MIN) return overflow(m);
        if (args[0].type == V_DURATION && args[0].aux >= DUR_BUSINESS_TIME) return wrong(m, "abs wants real time, found business time");
        if (args[0].type != V_NONE && args[0].i < 0) args[0].i = -args[0].i;
        return push(m, args[0]);
    case BUILTIN_MIN: case BUILTIN_MAX: return extreme(m, x == BUILTIN_MIN, args, n);
    case BUILTIN_LENGTH:
        if (args[0].type == V_NONE) return push(m, value_integer(0));
        return push(m, value_integer(args[0].type == V_LIST ? args[0].len : text_length(args[0].text)));
    case BUILTIN_UPPER: case BUILTIN_LOWER: case BUILTIN_CONTAINS: case BUILTIN_STARTS_WITH: case BUILTIN_ENDS_WITH:
        return text_function(m, x, args);
    case BUILTIN_DAYS_BETWEEN: case BUILTIN_BUSINESS_DAYS: return days(m, x, args, n);
    case BUILTIN_FORMAT: return formatted(m, args, n);
    }
    return wrong(m, "an unknown function");
}

/* ---- asking the host ------------------------------------------------------------------------- */

static Status zone_of(Machine *m, uint32_t x, const Zone **zone)
{
    *zone = m->host->program ? ir_zone(m->host->program) : zone_utc();
    if (x == CALENDAR_ANY) return ST_OK;
    const Calendar *c = calendar_of(m->host, m->unit->names[x], m->err);
    if (!c) return ST_FAILED;
    *zone = c->zone;
    return ST_OK;
}

static Status do_TODAY(Machine *m, uint32_t x)
{
    const Zone *zone;
    Status st = zone_of(m, x, &zone);
    return st == ST_OK ? push(m, value_date(zone_date(zone, m->host->now))) : st;
}

static Status do_NOW(Machine *m, uint32_t x)
{
    (void)x;
    return push(m, value_datetime(m->host->now));
}

static Status do_LOCAL(Machine *m, uint32_t x)
{
    const Zone *zone;
    Value v = pop(m);
    Civil local;
    Status st = zone_of(m, x, &zone);
    if (st != ST_OK || v.type != V_DATETIME) return st == ST_OK ? push(m, v) : st;
    zone_civil(zone_utc(), v.i, &local);
    return push(m, value_datetime(zone_instant(zone, &local, NULL)));
}

static Status do_ATTR(Machine *m, uint32_t x)
{
    Value v;
    if (!m->host->attr) return wrong(m, "there is no case here to ask");
    Status st = m->host->attr(m->host->self, m->arena, (IrAttribute)x, NULL, &v, m->err);
    return st == ST_OK ? push(m, v) : ST_FAILED;
}

static Status do_STEP_ATTR(Machine *m, uint32_t x)
{
    Value step = pop(m), v;
    if (!m->host->attr) return wrong(m, "there is no case here to ask");
    Status st = m->host->attr(m->host->self, m->arena, (IrAttribute)x, step.text, &v, m->err);
    return st == ST_OK ? push(m, v) : ST_FAILED;
}

static Status do_CASE_VAR(Machine *m, uint32_t x)
{
    Value v;
    if (!m->host->case_var) return wrong(m, "there is no case here to ask");
    Status st = m->host->case_var(m->host->self, m->arena, m->unit->names[x], &v, m->err);
    return st == ST_OK ? push(m, v) : ST_FAILED;
}

static Status do_METRIC(Machine *m, uint32_t x)
{
    Value v;
    if (!m->host->metric) return wrong(m, "metrics cannot be asked here");
    Status st = m->host->metric(m->host->self, m->arena, x, &v, m->err);
    return st == ST_OK ? push(m, v) : ST_FAILED;
}

static Status do_AGGREGATE(Machine *m, uint32_t x)
{
    Value v;
    if (!m->host->aggregate) return wrong(m, "cases cannot be counted here");
    Status st = m->host->aggregate(m->host->self, m->arena, x, &v, m->err);
    return st == ST_OK ? push(m, v) : ST_FAILED;
}

static Status do_STEPS(Machine *m, uint32_t x)
{
    uint64_t sum = 0, n;
    if (!m->host->steps) return wrong(m, "there is no case here to ask");
    m->n -= x;
    for (uint32_t i = 0; i < x; i++) {
        Status st = m->host->steps(m->host->self, m->stack[m->n + i].text, &n, m->err);
        if (st != ST_OK) return ST_FAILED;
        sum += n;
    }
    return push(m, value_integer((int64_t)sum));
}

/* ---- who ---------------------------------------------------------------------------------------- */

static Value rule(Machine *m, const char *kind, const char *name)
{
    char *text = arena_printf(m->arena, "%s%s", kind, name);
    return value_text(text);
}

static Status do_ROLE(Machine *m, uint32_t x)
{
    Value *one = ARENA_ARRAY(m->arena, Value, 1);
    one[0] = rule(m, "role:", m->unit->names[x]);
    return push(m, value_list(one, 1));
}

static Status do_PERSON(Machine *m, uint32_t x)
{
    Value v = pop(m);
    (void)x;
    const Value *from = v.type == V_LIST ? v.list : &v;
    uint32_t n = v.type == V_LIST ? v.len : v.type != V_NONE, kept = 0;
    Value *list = ARENA_ARRAY(m->arena, Value, n);
    for (uint32_t i = 0; i < n; i++)
        if (is_text(&from[i])) list[kept++] = rule(m, "person:", from[i].text);
    return push(m, value_list(list, kept));
}

static Status do_DID(Machine *m, uint32_t x)
{
    Value step = pop(m), list;
    (void)x;
    if (!m->host->persons) return wrong(m, "there is no case here to ask");
    Status st = m->host->persons(m->host->self, m->arena, step.text, &list, m->err);
    return st == ST_OK ? push(m, list) : ST_FAILED;
}

static Status do_WHO_OR(Machine *m, uint32_t x)
{
    Value b = pop(m), a = pop(m), out;
    (void)x;
    Status st = add_lists(m, &a, &b, &out);
    return st == ST_OK ? push(m, out) : st;
}

static Status do_WHO_EXCEPT(Machine *m, uint32_t x)
{
    Value b = pop(m), a = pop(m);
    (void)x;
    Value *list = ARENA_ARRAY(m->arena, Value, (size_t)a.len + b.len);
    for (uint32_t i = 0; i < a.len; i++) list[i] = a.list[i];
    for (uint32_t i = 0; i < b.len; i++) {
        const char *text = b.list[i].text;
        bool role = strncmp(text, "role:", 5) == 0, person = strncmp(text, "person:", 7) == 0;
        list[a.len + i] = rule(m, role ? "notrole:" : "not:", role ? text + 5 : person ? text + 7 : text);
    }
    return push(m, value_list(list, a.len + b.len));
}

static Status do_POP(Machine *m, uint32_t x)
{
    (void)x;
    m->n--;
    return ST_OK;
}

/* A row without a function does not compile; a function without a row is unused, an error too. */
static Do *const table[256] = {
#define IRCODE(NAME, number, operand, pops, pushes, flow, meaning) [number] = do_##NAME,
#include "lang/ir.def"
#undef IRCODE
};

Status eval(const IrUnit *unit, Code code, const EvalHost *host, Arena *a, Value *out, Error *err)
{
    Machine m;
    m.unit = unit, m.host = host, m.arena = a, m.err = err, m.n = 0, m.at = code;
    for (;;) {
        uint32_t w = unit->code[m.at++];
        Status st = table[IR_INSTRUCTION_OP(w)](&m, IR_INSTRUCTION_OPERAND(w));
        if (st == ST_OK) continue;
        if (st != ST_END) return st;
        *out = m.stack[0];
        return ST_OK;
    }
}

Status eval_condition(const IrUnit *unit, Code code, const EvalHost *host, Arena *a, bool *holds, Error *err)
{
    Value v;
    Status st = eval(unit, code, host, a, &v, err);
    if (st == ST_OK) *holds = truth(&v);
    return st;
}
