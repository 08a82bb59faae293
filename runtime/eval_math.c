/* eval_math.c -- reckoning with values: numbers, money, spans and moments.
 *
 * Numbers are exact and say when they no longer fit. Three kinds of time stay
 * apart: real time (microseconds), months, and the open time of a calendar. A
 * date moves by days, months or business days; a moment by all of them.
 *
 *            + number/percent  + money  + duration      + date/datetime
 *   number        number          -         -                 -
 *   money           -           money       -                 -
 *   duration        -             -      duration       date/datetime
 *   date/time       -             -   date/datetime           -   (minus: duration)
 */
#include "runtime/eval_private.h"

#include <string.h>

/* ---- what people are told ----------------------------------------------------------------- */

/* At most so many bytes of a value are shown. */
enum { SHOWN = 60 };

static void show(Buf *b, const Value *v)
{
    size_t from = b->n;
    value_print(b, v, STYLE_LANGUAGE, NULL);
    if (b->n - from <= SHOWN) return;
    b->n = from + text_fit(b->p + from, b->n - from, SHOWN);
    b->p[b->n] = '\0';
    buf_puts(b, "...");
}

Status eval_unable(const char *verb, const Value *x, const Value *y, Error *err)
{
    Buf b = {0};
    buf_printf(&b, "cannot %s ", verb);
    show(&b, x);
    buf_puts(&b, " and ");
    show(&b, y);
    if (x->type == V_NONE || y->type == V_NONE) buf_puts(&b, ": ask first whether it is none");
    Status st = fail(err, ST_FAILED, "%s", buf_text(&b));
    buf_free(&b);
    return st;
}

Status eval_wanted(const char *what, const Value *found, Error *err)
{
    Buf b = {0};
    if (found->type != V_NONE) show(&b, found);
    Status st = fail(err, ST_FAILED, "wanted %s, found %s%s%s", what, value_type_name(found),
                     found->type == V_NONE ? "" : " ", buf_text(&b));
    buf_free(&b);
    return st;
}

static Status overflow(Error *err)
{
    return fail(err, ST_FAILED, "the result is too large: numbers go to about 9.2 million million");
}

static Status too_far(Error *err)
{
    return fail(err, ST_FAILED, "the moment is too far away: the years 1 to 9999 can be told");
}

/* ---- calendars ---------------------------------------------------------------------------- */

const Calendar *eval_calendar(const EvalHost *host, const char *name, Error *err)
{
    const Calendar *c = host->program && name ? ir_calendar(host->program, name) : NULL;
    if (!c && !host->program)
        fail(err, ST_FAILED, "business time cannot be reckoned here: there is no calendar");
    else if (!c && !name)
        fail(err, ST_FAILED, "a business span names no calendar: say in which, like `in Office`");
    else if (!c) fail(err, ST_FAILED, "the calendar %s is not in the file any more: declare it again", name);
    return c;
}

const Zone *eval_zone(const EvalHost *host)
{
    if (host->zone) return host->zone;
    return host->program ? ir_zone(host->program) : zone_utc();
}

/* ---- spans -------------------------------------------------------------------------------- */

static bool is_business(const Value *d)
{
    return d->aux == DUR_BUSINESS_DAYS || d->aux == DUR_BUSINESS_TIME;
}

static int64_t amount_of(const Value *d)
{
    return is_business(d) ? d->business->amount : d->i;
}

/* The same kind of span with another amount. */
static Value with_amount(Arena *a, const Value *d, int64_t amount)
{
    Value out = *d;
    if (is_business(d)) {
        Business *b = ARENA_NEW(a, Business);
        *b = (Business){amount, d->business->calendar};
        out.business = b;
    } else {
        out.i = amount;
    }
    return out;
}

static bool same_calendar(const Business *x, const Business *y)
{
    return x->calendar == y->calendar ||
           (x->calendar && y->calendar && strcmp(x->calendar, y->calendar) == 0);
}

static Status add_spans(Arena *a, const Value *x, const Value *y, bool minus, Value *out, Error *err)
{
    int64_t sum;
    if (x->aux != y->aux || (is_business(x) && !same_calendar(x->business, y->business))) {
        Status st = eval_unable(minus ? "subtract" : "add", x, y, err);
        error_prefix(err, "real time, months and each calendar's business time stay apart: ");
        return st;
    }
    if (minus ? __builtin_sub_overflow(amount_of(x), amount_of(y), &sum)
              : __builtin_add_overflow(amount_of(x), amount_of(y), &sum))
        return overflow(err);
    *out = with_amount(a, x, sum);
    return ST_OK;
}

/* A span times num / den. Months and business days are whole. */
static Status scale_span(Arena *a, const Value *d, int64_t num, int64_t den, Value *out, Error *err)
{
    int64_t n, amount = amount_of(d);
    if (!decimal_scale(amount, num, den, &n)) return overflow(err);
    bool whole = d->aux == DUR_MONTHS || d->aux == DUR_BUSINESS_DAYS;
    if (whole && (__int128)n * den != (__int128)amount * num)
        return fail(err, ST_FAILED, "the result is no whole number of %s",
                    d->aux == DUR_MONTHS ? "months" : "business days");
    *out = with_amount(a, d, n);
    return ST_OK;
}

/* ---- dates and moments -------------------------------------------------------------------- */

/* The years 1..9999, as days. */
static const int64_t FIRST_DATE = -719162, LAST_DATE = 2932896;

static bool is_date(int64_t date)
{
    return date >= FIRST_DATE && date <= LAST_DATE;
}

static bool is_instant(Instant t)
{
    return t >= FIRST_DATE * US_DAY && t < (LAST_DATE + 1) * US_DAY;
}

static Status date_after_business(const EvalHost *host, int64_t date, const Business *b, bool minus,
                                  int64_t *out, Error *err)
{
    const Calendar *c = eval_calendar(host, b->calendar, err);
    if (!c) return ST_FAILED;
    bool back = minus != (b->amount < 0);
    uint64_t left = b->amount < 0 ? 0 - (uint64_t)b->amount : (uint64_t)b->amount;
    for (; left; left--)
        if (!(back ? calendar_prev_open(c, date - 1, &date) : calendar_next_open(c, date + 1, &date)))
            return fail(err, ST_FAILED, "the calendar %s has no open day for so long", c->name);
    *out = date;
    return ST_OK;
}

/* A date moves by calendar days, months, or business days: never by hours. */
static Status date_after(const EvalHost *host, const Value *date, const Value *d, bool minus, Value *out,
                         Error *err)
{
    int64_t n, result = 0;
    Status st = ST_OK;
    if (!is_date(date->i)) return too_far(err);
    switch ((DurationKind)d->aux) {
    case DUR_CLOCK:
        if (d->i % US_DAY)
            return fail(err, ST_FAILED,
                        "only whole days can be added to a date: use a moment like 2026-12-25T09:00");
        n = d->i / US_DAY;             /* so it cannot be the number that has no negative */
        result = date->i + (minus ? -n : n);
        break;
    case DUR_MONTHS:
        if (__builtin_sub_overflow(0, d->i, &n) || !date_add_months(date->i, minus ? n : d->i, &result))
            return too_far(err);
        break;
    case DUR_BUSINESS_DAYS:
        st = date_after_business(host, date->i, d->business, minus, &result, err);
        break;
    case DUR_BUSINESS_TIME:
        return fail(err, ST_FAILED,
                    "business hours cannot be added to a date: use a moment, or business days");
    }
    if (st == ST_OK && !is_date(result)) return too_far(err);
    *out = value_date(result);
    return st;
}

static Status months_after(const Zone *zone, Instant from, int64_t months, Instant *out, Error *err)
{
    Civil local;
    int64_t date;
    zone_civil(zone, from, &local);
    if (!date_add_months(date_from_civil(local.year, local.month, local.day), months, &date))
        return too_far(err);
    date_to_civil(date, &local.year, &local.month, &local.day);
    *out = zone_instant(zone, &local, NULL);
    return ST_OK;
}

Status eval_after(const EvalHost *host, Instant from, const Value *d, const char *default_calendar,
                  Instant *out, Error *err)
{
    const Calendar *c;
    bool fits = true;
    if (d->type != V_DURATION) return eval_wanted("a duration like 2 h", d, err);
    if (!is_instant(from)) return too_far(err);
    switch ((DurationKind)d->aux) {
    case DUR_CLOCK:
        if (__builtin_add_overflow(from, d->i, out)) return too_far(err);
        break;
    case DUR_MONTHS: {
        c = default_calendar && host->program ? ir_calendar(host->program, default_calendar) : NULL;
        Status st = months_after(c ? c->zone : eval_zone(host), from, d->i, out, err);
        if (st != ST_OK) return st;
        break;
    }
    case DUR_BUSINESS_TIME:
    case DUR_BUSINESS_DAYS:
        c = eval_calendar(host, d->business->calendar ? d->business->calendar : default_calendar, err);
        if (!c) return ST_FAILED;
        fits = d->aux == DUR_BUSINESS_DAYS ? calendar_add_days(c, from, d->business->amount, out)
                                           : calendar_add_time(c, from, d->business->amount, out);
        if (!fits) return fail(err, ST_FAILED, "the calendar %s is not open for so long", c->name);
        break;
    }
    return is_instant(*out) ? ST_OK : too_far(err);
}

static Status moment_after(const EvalHost *host, const Value *t, const Value *d, bool minus, Value *out,
                           Error *err)
{
    Value turned = *d;
    Business business;
    Instant result;
    int64_t n = amount_of(d);
    if (minus) {
        if (__builtin_sub_overflow(0, n, &n)) return too_far(err);
        business = (Business){n, is_business(d) ? d->business->calendar : NULL};
        if (is_business(d)) turned.business = &business;
        else turned.i = n;
    }
    Status st = eval_after(host, t->i, &turned, NULL, &result, err);
    if (st == ST_OK) *out = value_datetime(result);
    return st;
}

/* ---- money, texts, lists ------------------------------------------------------------------ */

/* An amount of nothing has any currency; one whose currency is not known takes the other's. */
static bool one_currency(const Value *x, const Value *y, uint16_t *unit)
{
    bool from_y = !x->unit || (!x->i && y->unit);
    *unit = from_y ? y->unit : x->unit;
    return !x->unit || !y->unit || x->unit == y->unit || !x->i || !y->i;
}

static Status two_currencies(const char *verb, const Value *x, const Value *y, Error *err)
{
    Status st = eval_unable(verb, x, y, err);
    error_prefix(err, "amounts of two currencies: ");
    return st;
}

static Status add_texts(Arena *a, const Value *x, const Value *y, Value *out, Error *err)
{
    size_t n = (size_t)x->len + y->len;
    if (n > TEXT_MOST) return fail(err, ST_FAILED, "the text would be longer than 64 MB");
    char *p = arena_alloc(a, n + 1);
    memcpy(p, x->text, x->len);
    memcpy(p + x->len, y->text, y->len);
    *out = value_text_n(p, n);
    return ST_OK;
}

Status eval_add_lists(Arena *a, const Value *x, const Value *y, Value *out, Error *err)
{
    if ((uint64_t)x->len + y->len > LIST_MOST)
        return fail(err, ST_FAILED, "the list would have more than %d elements", LIST_MOST);
    Value *items = ARENA_ARRAY(a, Value, x->len + y->len);
    if (x->len) memcpy(items, x->list, x->len * sizeof *items);
    if (y->len) memcpy(items + x->len, y->list, y->len * sizeof *items);
    *out = value_list(items, x->len + y->len);
    return ST_OK;
}

/* ---- the operators ------------------------------------------------------------------------ */

static bool is_moment(const Value *v)
{
    return v->type == V_DATE || v->type == V_DATETIME;
}

static Status move(const EvalHost *host, const Value *t, const Value *d, bool minus, Value *out, Error *err)
{
    return t->type == V_DATE ? date_after(host, t, d, minus, out, err)
                             : moment_after(host, t, d, minus, out, err);
}

/* Numbers with numbers, money with money: *done tells whether it was one of these. */
static Status sum(const Value *x, const Value *y, bool minus, Value *out, bool *done, Error *err)
{
    bool money = x->type == V_MONEY && y->type == V_MONEY;
    *done = money || (eval_is_number(x) && eval_is_number(y));
    if (!*done) return ST_OK;
    Value v = VALUE_NONE;
    v.type = money ? V_MONEY : x->type == V_PERCENT && y->type == V_PERCENT ? V_PERCENT : V_NUMBER;
    if (money && !one_currency(x, y, &v.unit)) return two_currencies(minus ? "subtract" : "add", x, y, err);
    if (!(minus ? decimal_sub(x->i, y->i, &v.i) : decimal_add(x->i, y->i, &v.i))) return overflow(err);
    *out = v;
    return ST_OK;
}

Status eval_add(const EvalHost *host, Arena *a, const Value *x, const Value *y, Value *out, Error *err)
{
    bool done;
    Status st = sum(x, y, false, out, &done, err);
    if (done) return st;
    if (x->type == V_DURATION && y->type == V_DURATION) return add_spans(a, x, y, false, out, err);
    if (is_moment(x) && y->type == V_DURATION) return move(host, x, y, false, out, err);
    if (x->type == V_DURATION && is_moment(y)) return move(host, y, x, false, out, err);
    if (eval_is_text(x) && eval_is_text(y)) return add_texts(a, x, y, out, err);
    if (x->type == V_LIST && y->type == V_LIST) return eval_add_lists(a, x, y, out, err);
    return eval_unable("add", x, y, err);
}

/* From one point in time to another. */
static Status between(const Value *x, const Value *y, Value *out, Error *err)
{
    int64_t n;
    if (__builtin_sub_overflow(x->i, y->i, &n)) return too_far(err);
    if (x->type == V_DATE && __builtin_mul_overflow(n, US_DAY, &n)) return too_far(err);
    *out = value_duration(n);
    return ST_OK;
}

Status eval_sub(const EvalHost *host, Arena *a, const Value *x, const Value *y, Value *out, Error *err)
{
    bool done;
    Status st = sum(x, y, true, out, &done, err);
    if (done) return st;
    if (x->type == V_DURATION && y->type == V_DURATION) return add_spans(a, x, y, true, out, err);
    if (is_moment(x) && y->type == V_DURATION) return move(host, x, y, true, out, err);
    if ((is_moment(x) || x->type == V_TIME) && x->type == y->type) return between(x, y, out, err);
    return eval_unable("subtract", x, y, err);
}

Status eval_mul(const EvalHost *host, Arena *a, const Value *x, const Value *y, Value *out, Error *err)
{
    (void)host;
    if (!eval_is_number(y)) {          /* the number stands first: 3 * $5 */
        const Value *swap = x;
        x = y, y = swap;
    }
    if (!eval_is_number(y)) return eval_unable("multiply", y, x, err);
    if (x->type == V_DURATION) return scale_span(a, x, y->i, DECIMAL_ONE, out, err);
    if (!eval_is_number(x) && x->type != V_MONEY) return eval_unable("multiply", x, y, err);
    Value v = {.type = V_NUMBER, .unit = x->unit};
    if (x->type == V_MONEY) v.type = V_MONEY;
    else if (x->type == V_PERCENT) v.type = V_PERCENT;   /* twice 5% is 10%; 20% of a number is a number */
    if (!decimal_mul(x->i, y->i, &v.i)) return overflow(err);
    *out = v;
    return ST_OK;
}

Status eval_div(const EvalHost *host, Arena *a, const Value *x, const Value *y, Value *out, Error *err)
{
    (void)host;
    uint16_t unit;
    bool money = x->type == V_MONEY && y->type == V_MONEY;
    bool spans = x->type == V_DURATION && y->type == V_DURATION && x->aux == DUR_CLOCK && y->aux == DUR_CLOCK;
    bool number = eval_is_number(y) && (eval_is_number(x) || x->type == V_MONEY || x->type == V_DURATION);
    if (!money && !spans && !number) return eval_unable("divide", x, y, err);
    if (y->i == 0) return fail(err, ST_FAILED, "division by zero: ask first whether it is 0");
    if (money && !one_currency(x, y, &unit)) return two_currencies("divide", x, y, err);
    if (number && x->type == V_DURATION) return scale_span(a, x, DECIMAL_ONE, y->i, out, err);
    Value v = {.type = V_NUMBER};
    if (number && x->type == V_MONEY) v.type = V_MONEY, v.unit = x->unit;
    else if (x->type == V_PERCENT && y->type == V_NUMBER) v.type = V_PERCENT;
    if (!decimal_div(x->i, y->i, &v.i)) return overflow(err);
    *out = v;
    return ST_OK;
}

Status eval_neg(Arena *a, const Value *x, Value *out, Error *err)
{
    int64_t n;
    if (!eval_is_number(x) && x->type != V_MONEY && x->type != V_DURATION)
        return eval_wanted("a number, money or a duration", x, err);
    if (__builtin_sub_overflow(0, x->type == V_DURATION ? amount_of(x) : x->i, &n)) return overflow(err);
    Value v = *x;
    if (x->type == V_DURATION) v = with_amount(a, x, n);
    else v.i = n;
    *out = v;
    return ST_OK;
}
