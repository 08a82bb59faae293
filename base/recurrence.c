/* recurrence.c -- `every ...`: the next occurrence.
 *
 * Days are walked, not computed: is this period one that counts, is this day
 * the one meant in it, is it open? A hundred years are 36,525 steps, and most
 * answers come within a few. What is not said counts from 0001-01-01, which
 * was a Monday: even weeks, quarters and leap years are the same for everybody.
 *
 * A pace of hours and minutes that divides a day begins anew at each midnight
 * of the zone, so that "every 6 hours" means the same hours in summer and in
 * winter; one that does not (7 hours, 36 hours) runs on from 1970-01-01, and one
 * with a beginning of its own from there. On
 * closed days it rests, or what fell on them happens once, as the next open
 * day begins.
 */
#include "base/calendar.h"

enum {
    CENTURY = 36525, TEN_YEARS = 3653,                 /* days */
    FIRST_DATE = -719162, LAST_DATE = 2932896,         /* 0001-01-01 and 9999-12-31 */
};

static bool is_open(const Recurrence *r, int64_t date)
{
    return !r->calendar || calendar_open_day(r->calendar, date);
}

/* The day on which a closed day's occurrence happens; false where it does not. */
static bool moved(const Recurrence *r, int64_t date, int64_t *out)
{
    *out = date;
    if (is_open(r, date)) return true;
    if (r->move_to_open) return calendar_next_open(r->calendar, date, out);
    return !r->skip_closed;
}

/* The first of the closed days that lead up to a date; the date itself where the day before is open. */
static int64_t closed_since(const Recurrence *r, int64_t date)
{
    int64_t first = date;
    while (date - first < TEN_YEARS && !is_open(r, first - 1)) first--;
    return first;
}

/* ---- hours and minutes -------------------------------------------------------------------- */

/* The first of phase, phase + step ... at or after t. */
static bool count_on(Instant phase, int64_t step, Instant t, Instant *out)
{
    int64_t gone, rest;
    if (__builtin_sub_overflow(t, phase, &gone)) return false;
    rest = gone % step;
    if (rest < 0) rest += step;
    return !__builtin_add_overflow(t, rest ? step - rest : 0, out);
}

/* The first occurrence at or after t, closed days apart. */
static bool span_at(const Recurrence *r, Instant t, Instant *out)
{
    Instant begin = r->from_instant != INT64_MIN ? r->from_instant
                    : r->from != INT64_MIN       ? zone_start_of(r->zone, r->from)
                                                 : INT64_MIN;
    if (t < begin) t = begin;
    if (r->from_instant != INT64_MIN) return count_on(begin, r->step, t, out);
    if (US_DAY % r->step != 0)
        return count_on(begin != INT64_MIN ? begin : zone_start_of(r->zone, 0), r->step, t, out);
    int64_t date = zone_date(r->zone, t);
    while (zone_end_of(r->zone, date) <= t && date <= LAST_DATE) date++;
    Instant end = zone_end_of(r->zone, date);
    if (!count_on(zone_start_of(r->zone, date), r->step, t, out)) return false;
    if (*out > end) *out = end;
    return true;
}

static bool span_next(const Recurrence *r, Instant t, Instant *out)
{
    int64_t day = zone_date(r->zone, t), last = day + CENTURY;
    if (t == INT64_MAX || day < FIRST_DATE || day > LAST_DATE) return false;
    bool rests = r->calendar && (r->skip_closed || r->move_to_open);
    if (rests && r->move_to_open && !is_open(r, day)) {            /* is one already on its way? */
        int64_t open;
        if (!calendar_next_open(r->calendar, day, &open)) return false;
        Instant opens = zone_start_of(r->zone, open);
        if (!span_at(r, zone_start_of(r->zone, closed_since(r, day)), out)) return false;
        if (*out < opens && opens > t) return *out = opens, true;
    }
    bool found = span_at(r, t + 1, out);
    while (found && (day = zone_date(r->zone, *out)) <= last) {
        if (!rests || is_open(r, day)) return true;
        if (!calendar_next_open(r->calendar, day, &day)) return false;
        Instant opens = zone_start_of(r->zone, day);
        if (r->move_to_open && opens > *out) return *out = opens, true;
        found = span_at(r, opens > *out ? opens : *out + 1, out);  /* clocks go back over a midnight, too */
    }
    return false;
}

/* ---- days ------------------------------------------------------------------------------------ */

typedef struct Day {
    int64_t date;
    int year, month, day, length;                      /* length: days of the month */
} Day;

static Day day_of(int64_t date)
{
    Day d = {.date = date};
    date_to_civil(date, &d.year, &d.month, &d.day);
    d.length = month_days(d.year, d.month);
    return d;
}

/* Is the day's period one of every `step`? If not, *next is the next period's first day. */
static bool period_counts(const Recurrence *r, const Day *d, const Day *from, int64_t *next)
{
    int64_t monday, first;
    *next = d->date + 1;
    switch (r->kind) {
    case RECUR_SPAN: break;
    case RECUR_DAY: return (d->date - from->date) % r->step == 0;
    case RECUR_WEEK:
        monday = d->date - date_weekday(d->date), first = from->date - date_weekday(from->date);
        *next = monday + 7;
        return (monday - first) / 7 % r->step == 0;
    case RECUR_MONTH:
        *next = d->date - d->day + d->length + 1;
        return ((d->year - from->year) * INT64_C(12) + d->month - from->month) % r->step == 0;
    case RECUR_YEAR:
        *next = date_from_civil(d->year + 1, 1, 1);
        return (d->year - from->year) % r->step == 0;
    }
    return false;
}

static bool in_weekdays(const Recurrence *r, int64_t date)
{
    return r->weekdays >> date_weekday(date) & 1;
}

/* Is this the n-th day of its month that counts, from the end where n is negative? */
static bool is_nth(const Recurrence *r, const Day *d, int n, bool (*counts)(const Recurrence *, int64_t))
{
    if (!counts(r, d->date)) return false;
    int seen = 1;
    int64_t first = d->date - d->day + 1, last = first + d->length - 1;
    if (n < 0)
        for (int64_t date = d->date + 1; date <= last; date++) seen += counts(r, date);
    else
        for (int64_t date = first; date < d->date; date++) seen += counts(r, date);
    return seen == (n < 0 ? -n : n);
}

/* Is it day n of its month, or the last where the month has no such? */
static bool is_number(const Day *d, int n)
{
    return d->day == (n < d->length ? n : d->length);
}

/* Where a form means one day of a month, a year has it in one month: that named, else that counted from. */
static bool is_month(const Recurrence *r, const Day *d, const Day *from)
{
    return r->kind != RECUR_YEAR || d->month == (r->month ? r->month : from->month);
}

/* Is it the day that is meant in its period? */
static bool is_meant(const Recurrence *r, const Day *d, const Day *from)
{
    switch (r->day) {
    case RECUR_ANY:
        if (r->kind == RECUR_DAY) return true;
        if (r->kind == RECUR_WEEK) return date_weekday(d->date) == date_weekday(from->date);
        return is_number(d, from->day) && (r->kind != RECUR_YEAR || d->month == from->month);
    case RECUR_WEEKDAYS: return in_weekdays(r, d->date);
    case RECUR_MONTHDAY: return is_number(d, r->n) && is_month(r, d, from);
    case RECUR_NTH_WEEKDAY: return is_month(r, d, from) && is_nth(r, d, r->n, in_weekdays);
    case RECUR_LAST_DAY: return is_month(r, d, from) && d->day == d->length;
    case RECUR_LAST_BUSINESS_DAY: return is_month(r, d, from) && is_nth(r, d, -1, is_open);
    case RECUR_NTH_BUSINESS_DAY: return is_month(r, d, from) && is_nth(r, d, r->n, is_open);
    case RECUR_YEARDAY: return d->month == r->month && is_number(d, r->n);
    }
    return false;
}

static Instant moment(const Recurrence *r, int64_t date)
{
    Civil local = {.hour = r->at % 1440 / 60, .minute = r->at % 60};
    date_to_civil(date + r->at / 1440, &local.year, &local.month, &local.day);     /* at may be 24:00 */
    return zone_instant(r->zone, &local, NULL);
}

bool recurrence_next(const Recurrence *r, Instant t, Instant *out)
{
    if (r->step <= 0) return false;
    if (r->kind == RECUR_SPAN) return span_next(r, t, out);
    int64_t today = zone_date(r->zone, t), last = today + CENTURY, date = today, day;
    if (today < FIRST_DATE || today > LAST_DATE) return false;
    if (r->move_to_open) date = closed_since(r, date);     /* some of them may move to a day to come */
    if (date < r->from) date = r->from;
    if (date < FIRST_DATE) date = FIRST_DATE;
    Day from = day_of(r->from != INT64_MIN ? r->from : FIRST_DATE);
    for (int64_t next; date <= last && date <= LAST_DATE; date = next) {
        Day d = day_of(date);
        if (!period_counts(r, &d, &from, &next)) continue;
        next = date + 1;
        if (!is_meant(r, &d, &from) || !moved(r, date, &day)) continue;
        *out = moment(r, day);
        if (*out > t) return true;
    }
    return false;
}

bool recurrence_latest(const Recurrence *r, Instant last, Instant now, Instant *at, uint64_t *missed)
{
    Instant next = last;
    bool any = false;
    *missed = 0;
    while (recurrence_next(r, next, &next) && next <= now) {
        if (any) ++*missed;
        *at = next, any = true;
    }
    return any;
}
