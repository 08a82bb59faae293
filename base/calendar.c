/* calendar.c -- open days and open time.
 *
 * Time is cut into the zone's days. What is open of a day are the spans that
 * begin on it and the nights that reach into it from the day before, put in
 * order, joined where they overlap, and cut at both midnights:
 *
 *     Thursday          | Friday                     | Saturday
 *         ########------+--####    #######    ####---+--####
 *                       |<- hours of Friday -------->|
 *
 * So no minute is counted twice, days can be walked in either direction, and a
 * change of the clock is only a day of another length.
 *
 * t plus open time is the earliest instant by which so much has passed (the
 * latest, going back): eight hours from opening are closing time, not the next
 * day's opening, and nothing added is t itself.
 */
#include "base/calendar.h"

#include <stdlib.h>

enum {
    TEN_YEARS = 3653,                                  /* days */
    FIRST_DATE = -719162, LAST_DATE = 2932896,         /* 0001-01-01 and 9999-12-31 */
};

/* ---- days --------------------------------------------------------------------------- */

static bool closed_on(const ClosedDays *c, int64_t date)
{
    if (!c->yearly) return date >= c->from && date <= c->to;
    int y, m, d;
    date_to_civil(date, &y, &m, &d);
    int64_t day = m * 100 + d;
    bool wraps = c->to < c->from;                      /* 1224..0106 */
    return wraps ? day >= c->from || day <= c->to : day >= c->from && day <= c->to;
}

static int by_date(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

bool calendar_open_day(const Calendar *c, int64_t date)
{
    uint8_t weekdays = c->opens ? 0 : 0x7f;
    for (uint32_t i = 0; i < c->opens; i++) weekdays |= c->open[i].weekdays;
    if (!(weekdays >> date_weekday(date) & 1)) return false;
    for (uint32_t i = 0; i < c->closeds; i++)
        if (closed_on(&c->closed[i], date)) return false;
    return !c->holidays_n || !bsearch(&date, c->holidays, c->holidays_n, sizeof *c->holidays, by_date);
}

bool calendar_next_open(const Calendar *c, int64_t date, int64_t *out)
{
    if (date < FIRST_DATE) return false;
    for (int64_t d = date; d <= LAST_DATE && d - date < TEN_YEARS; d++)
        if (calendar_open_day(c, d)) return *out = d, true;
    return false;
}

bool calendar_prev_open(const Calendar *c, int64_t date, int64_t *out)
{
    if (date > LAST_DATE) return false;
    for (int64_t d = date; d >= FIRST_DATE && date - d < TEN_YEARS; d--)
        if (calendar_open_day(c, d)) return *out = d, true;
    return false;
}

int64_t calendar_days_between(const Calendar *c, int64_t from, int64_t to)
{
    if (to < from) return -calendar_days_between(c, to, from);
    int64_t n = 0;
    for (int64_t d = from < FIRST_DATE ? FIRST_DATE : from + 1; d <= to && d <= LAST_DATE; d++)
        n += calendar_open_day(c, d);
    return n;
}

/* ---- the hours of a day ------------------------------------------------------------------- */

typedef struct Span {
    Instant from, to;
} Span;

/* A day's open time, in order and disjoint. */
typedef struct Hours {
    const Calendar *calendar;
    Span *spans, few[16];
    uint32_t n;
} Hours;

static void hours_begin(Hours *h, const Calendar *c)
{
    uint64_t most = c->opens * (uint64_t)2 + 1;        /* a day's own, and the nights before */
    bool few = most <= sizeof h->few / sizeof *h->few;
    h->calendar = c;
    h->spans = few ? h->few : mem_alloc(most * sizeof *h->spans);
    h->n = 0;
}

static void hours_end(Hours *h)
{
    if (h->spans != h->few) free(h->spans);
}

/* A minute of a day, counted on the wall clock: 1440 is the next day's midnight. */
static Instant minute_of(const Calendar *c, int64_t date, int32_t minute)
{
    Civil local = {.hour = minute % 1440 / 60, .minute = minute % 60};
    date_to_civil(date + minute / 1440, &local.year, &local.month, &local.day);
    return zone_instant(c->zone, &local, NULL);
}

static int32_t end_minute(const OpenSpan *o)
{
    return o->to <= o->from ? o->to + 1440 : o->to;
}

static Span span_of(const Calendar *c, const OpenSpan *o, int64_t date)
{
    return (Span){minute_of(c, date, o->from), minute_of(c, date, end_minute(o))};
}

static bool begins_on(const OpenSpan *o, int64_t date)
{
    return o->weekdays >> date_weekday(date) & 1;
}

/* Puts a span in its place by begin, cut to the day; an empty one is left out. */
static void insert(Hours *h, Span s, Span day)
{
    if (s.from < day.from) s.from = day.from;
    if (s.to > day.to) s.to = day.to;
    if (s.to <= s.from) return;
    uint32_t at = h->n++;
    for (; at > 0 && h->spans[at - 1].from > s.from; at--) h->spans[at] = h->spans[at - 1];
    h->spans[at] = s;
}

static void join(Hours *h)
{
    uint32_t kept = 0;
    for (uint32_t i = 1; i < h->n; i++) {
        Span *last = &h->spans[kept], s = h->spans[i];
        if (s.from > last->to) h->spans[++kept] = s;
        else if (s.to > last->to) last->to = s.to;
    }
    if (h->n) h->n = kept + 1;
}

static void hours_of(Hours *h, int64_t date)
{
    const Calendar *c = h->calendar;
    Span day = {zone_start_of(c->zone, date), zone_end_of(c->zone, date)};
    h->n = 0;
    bool open = calendar_open_day(c, date);
    if (!c->opens && open) insert(h, day, day);
    for (uint32_t i = 0; open && i < c->opens; i++)
        if (begins_on(&c->open[i], date)) insert(h, span_of(c, &c->open[i], date), day);
    int before = -1;                                   /* was the day before open? asked at the first night */
    for (uint32_t i = 0; i < c->opens; i++) {
        if (end_minute(&c->open[i]) <= 1440 || !begins_on(&c->open[i], date - 1)) continue;
        if (before < 0) before = calendar_open_day(c, date - 1);
        if (before) insert(h, span_of(c, &c->open[i], date - 1), day);
    }
    join(h);
}

/* The day from whose first instant to the next day's t lies: the date on the clock, but
 * where the clock goes back over a midnight, in years 1 to 9999. */
static int64_t day_of(const Calendar *c, Instant t)
{
    int64_t date = zone_date(c->zone, t);
    if (date < FIRST_DATE) return FIRST_DATE;
    if (date > LAST_DATE) return LAST_DATE;
    while (date < LAST_DATE && zone_end_of(c->zone, date) <= t) date++;
    return date;
}

/* ---- open time ------------------------------------------------------------------------------- */

bool calendar_open_at(const Calendar *c, Instant t)
{
    Hours h;
    bool open = false;
    hours_begin(&h, c);
    hours_of(&h, day_of(c, t));
    for (uint32_t i = 0; i < h.n; i++) open = open || (t >= h.spans[i].from && t < h.spans[i].to);
    hours_end(&h);
    return open;
}

/* How many days a search for so many open ones may take. */
static int64_t reach(uint64_t days)
{
    uint64_t most = LAST_DATE - FIRST_DATE;
    return TEN_YEARS + (int64_t)(days < most ? days : most) * TEN_YEARS / 1000;
}

static bool add_forward(Hours *h, Instant t, int64_t micros, Instant *out)
{
    int64_t date = day_of(h->calendar, t), last = date + reach((uint64_t)(micros / US_DAY));
    for (; date <= last && date <= LAST_DATE; date++) {
        hours_of(h, date);
        for (uint32_t i = 0; i < h->n; i++) {
            Instant from = h->spans[i].from > t ? h->spans[i].from : t, to = h->spans[i].to;
            if (to <= from) continue;
            if (to - from >= micros) return *out = from + micros, true;
            micros -= to - from;
        }
    }
    return false;
}

static bool add_backward(Hours *h, Instant t, int64_t micros, Instant *out)
{
    int64_t date = day_of(h->calendar, t), last = date - reach((uint64_t)(micros / US_DAY));
    for (; date >= last && date >= FIRST_DATE; date--) {
        hours_of(h, date);
        for (uint32_t i = h->n; i-- > 0;) {
            Instant from = h->spans[i].from, to = h->spans[i].to < t ? h->spans[i].to : t;
            if (to <= from) continue;
            if (to - from >= micros) return *out = to - micros, true;
            micros -= to - from;
        }
    }
    return false;
}

bool calendar_add_time(const Calendar *c, Instant t, int64_t micros, Instant *out)
{
    if (micros == 0) return *out = t, true;
    if (micros == INT64_MIN) return false;
    Hours h;
    hours_begin(&h, c);
    bool found = micros > 0 ? add_forward(&h, t, micros, out) : add_backward(&h, t, -micros, out);
    hours_end(&h);
    return found;
}

int64_t calendar_time_between(const Calendar *c, Instant from, Instant to)
{
    if (to < from) return -calendar_time_between(c, to, from);
    int64_t sum = 0;
    Hours h;
    hours_begin(&h, c);
    for (int64_t date = day_of(c, from), last = day_of(c, to); date <= last; date++) {
        hours_of(&h, date);
        for (uint32_t i = 0; i < h.n; i++) {
            Instant a = h.spans[i].from > from ? h.spans[i].from : from;
            Instant b = h.spans[i].to < to ? h.spans[i].to : to;
            if (b > a) sum += b - a;
        }
    }
    hours_end(&h);
    return sum;
}

/* ---- business days ------------------------------------------------------------------------------ */

/* Whether a span that begins on the date holds t. */
static bool held_by(const Calendar *c, const OpenSpan *o, int64_t date, Instant t, bool closing_too)
{
    if (!begins_on(o, date)) return false;
    Span s = span_of(c, o, date);
    return t >= s.from && (t < s.to || (closing_too && t == s.to));
}

/* The day to which t belongs: in a night, or at its closing, the day on which the night
 * began; then t's clock is read as past 24:00. */
static int64_t business_day(const Calendar *c, Instant t)
{
    int64_t date = zone_date(c->zone, t);
    bool open = calendar_open_day(c, date), night = false;
    for (uint32_t i = 0; i < c->opens; i++) {
        if (open && held_by(c, &c->open[i], date, t, false)) return date;
        night = night || (end_minute(&c->open[i]) > 1440 && held_by(c, &c->open[i], date - 1, t, true));
    }
    return night && calendar_open_day(c, date - 1) ? date - 1 : date;
}

/* t, moved into the hours that begin on the date: to the next opening, else the last closing. */
static Instant within_hours(const Calendar *c, int64_t date, Instant t)
{
    Instant opening = INT64_MAX, closing = INT64_MIN;
    for (uint32_t i = 0; i < c->opens; i++) {
        if (!begins_on(&c->open[i], date)) continue;
        Span s = span_of(c, &c->open[i], date);
        if (t >= s.from && t <= s.to) return t;
        if (s.from > t && s.from < opening) opening = s.from;
        if (s.to > closing) closing = s.to;
    }
    if (opening != INT64_MAX) return opening;
    return closing != INT64_MIN ? closing : t;
}

/* The end of the hours that begin on the date, or their begin. */
static Instant edge_of(const Calendar *c, int64_t date, bool end)
{
    Instant edge = end ? zone_end_of(c->zone, date) : zone_start_of(c->zone, date);
    bool any = false;
    for (uint32_t i = 0; i < c->opens; i++) {
        if (!begins_on(&c->open[i], date)) continue;
        Span s = span_of(c, &c->open[i], date);
        if (!any || (end ? s.to > edge : s.from < edge)) edge = end ? s.to : s.from;
        any = true;
    }
    return edge;
}

/* A closed day is the night between two open ones: what is added in it ends as what was added at the closing before,
 * and what is taken away as from the opening behind. Else a later begin could have an earlier end. */
bool calendar_add_days(const Calendar *c, Instant t, int64_t n, Instant *out)
{
    if (n == 0) return *out = t, true;
    int64_t from = business_day(c, t), date = from, step = n < 0 ? -1 : 1;
    uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
    int64_t most = reach(left);
    Civil local;
    zone_civil(c->zone, t, &local);
    bool past_midnight = from < zone_date(c->zone, t);
    for (int64_t days = 0; left > 0; days++) {
        date += step;
        if (days == most || date < FIRST_DATE || date > LAST_DATE) return false;
        left -= calendar_open_day(c, date);
    }
    if (!calendar_open_day(c, from)) return *out = edge_of(c, date, n > 0), true;
    date_to_civil(date + past_midnight, &local.year, &local.month, &local.day);
    *out = within_hours(c, date, zone_instant(c->zone, &local, NULL));
    return true;
}
