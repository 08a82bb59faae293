/* time.c -- civil dates, the clock, and moments as text.
 *
 * Dates are counted from March on: then the leap day is the last of its year,
 * and the days before a month are a straight line, (153 m + 2) / 5. Four
 * hundred years are 146,097 days; an era of them is taken out first, so all
 * that follows is small and positive.
 *
 * Texts are read strictly (every byte must belong) and hold years 0001 to 9999.
 * Printing is total: whatever number comes, it writes at most 40 bytes.
 */
#include "base/time.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- civil dates ------------------------------------------------------------------- */

enum { DAYS_OF_ERA = 146097, MARCH_0000 = 719468 };    /* days from 0000-03-01 to 1970-01-01 */

/* Dates no text can hold, but arithmetic could reach, are held at these: years
 * about five million away, where nothing overflows. */
#define DATE_FAR INT64_C(2000000000)

int64_t date_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - MARCH_0000;
}

void date_to_civil(int64_t date, int *year, int *month, int *day)
{
    int64_t z = (date > DATE_FAR ? DATE_FAR : date < -DATE_FAR ? -DATE_FAR : date) + MARCH_0000;
    int64_t era = (z >= 0 ? z : z - DAYS_OF_ERA + 1) / DAYS_OF_ERA;
    int64_t d = z - era * DAYS_OF_ERA;
    int64_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int64_t of_year = d - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;               /* 0 is March */
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m + (m < 10 ? 3 : -9));
    *year = (int)(y + era * 400 + (*month <= 2));
}

int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    assert(month >= 1 && month <= 12);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool date_valid(int year, int month, int day)
{
    bool month_there = year >= 1 && year <= 9999 && month >= 1 && month <= 12;
    return month_there && day >= 1 && day <= month_days(year, month);
}

int date_weekday(int64_t date)
{
    int64_t w = (date % 7 + 3) % 7;                    /* day 0 was a Thursday */
    return (int)(w < 0 ? w + 7 : w);
}

bool date_add_months(int64_t date, int64_t months, int64_t *out)
{
    enum { MONTHS = 9999 * 12 };                       /* no sum of two valid ones lies further apart */
    int y, m, d;
    if (months > MONTHS || months < -MONTHS) return false;
    date_to_civil(date, &y, &m, &d);
    int64_t sum = (int64_t)y * 12 + (m - 1) + months;
    if (!date_valid(y, m, d) || sum < 12 || sum >= MONTHS + 12) return false;
    y = (int)(sum / 12), m = (int)(sum % 12) + 1;
    int last = month_days(y, m);
    *out = date_from_civil(y, m, d < last ? d : last);
    return true;
}

/* The date of an instant as UTC has it, and the microseconds since it began. */
static int64_t utc_date(Instant t, int64_t *micros)
{
    int64_t rest = t % US_DAY, date = t / US_DAY;
    *micros = rest < 0 ? rest + US_DAY : rest;
    return rest < 0 ? date - 1 : date;
}

/* ---- reading ------------------------------------------------------------------------- */

typedef struct Cursor {
    const char *p, *end;
} Cursor;

static bool digits(Cursor *c, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        if (c->p == c->end || *c->p < '0' || *c->p > '9') return false;
        *out = *out * 10 + (*c->p++ - '0');
    }
    return true;
}

static bool sign(Cursor *c, char wanted)
{
    if (c->p == c->end || *c->p != wanted) return false;
    c->p++;
    return true;
}

static bool read_date(Cursor *c, int64_t *date)
{
    int y, m, d;
    if (!digits(c, 4, &y) || !sign(c, '-') || !digits(c, 2, &m) || !sign(c, '-') || !digits(c, 2, &d))
        return false;
    if (!date_valid(y, m, d)) return false;
    *date = date_from_civil(y, m, d);
    return true;
}

/* What stands behind the point; digits beyond microseconds are dropped. */
static bool read_fraction(Cursor *c, int64_t *micros)
{
    const char *begin = c->p;
    int64_t unit = US_SECOND / 10;
    for (*micros = 0; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++, unit /= 10)
        *micros += (*c->p - '0') * unit;
    return c->p > begin;
}

/* As in a program, 24:00 is the end of the day. */
static bool read_time(Cursor *c, int64_t *micros)
{
    int h, m, s = 0;
    int64_t fraction = 0;
    if (!digits(c, 2, &h) || !sign(c, ':') || !digits(c, 2, &m)) return false;
    if (sign(c, ':') && (!digits(c, 2, &s) || (sign(c, '.') && !read_fraction(c, &fraction)))) return false;
    if (m > 59 || s > 59) return false;
    *micros = h * US_HOUR + m * US_MINUTE + s * US_SECOND + fraction;
    return *micros <= US_DAY;
}

/* "Z", "+02:00", "+0200" or "+02": what UTC is behind the text. */
static bool read_offset(Cursor *c, int64_t *micros)
{
    int h, m = 0;
    *micros = 0;
    if (sign(c, 'Z')) return true;
    bool west = sign(c, '-');
    if ((!west && !sign(c, '+')) || !digits(c, 2, &h)) return false;
    if ((sign(c, ':') || c->p < c->end) && !digits(c, 2, &m)) return false;
    *micros = (west ? -1 : 1) * (h * US_HOUR + m * US_MINUTE);
    return h <= 23 && m <= 59;
}

bool date_parse(const char *text, size_t n, int64_t *date)
{
    Cursor c = {text, text + n};
    return read_date(&c, date) && c.p == c.end;
}

bool time_parse(const char *text, size_t n, int64_t *micros)
{
    Cursor c = {text, text + n};
    return read_time(&c, micros) && c.p == c.end;
}

bool instant_parse(const char *text, size_t n, const Zone *zone, Instant *out)
{
    Cursor c = {text, text + n};
    int64_t date, micros, offset;
    int year, month, day;
    if (!read_date(&c, &date) || (!sign(&c, 'T') && !sign(&c, ' ')) || !read_time(&c, &micros)) return false;
    if (micros == US_DAY) return false;
    if (c.p == c.end) {
        Civil local = {.hour = (int)(micros / US_HOUR), .minute = (int)(micros / US_MINUTE % 60),
                       .second = (int)(micros / US_SECOND % 60), .micros = (int)(micros % US_SECOND)};
        date_to_civil(date, &local.year, &local.month, &local.day);
        *out = zone_instant(zone ? zone : zone_utc(), &local, NULL);
    } else if (read_offset(&c, &offset) && c.p == c.end) {
        *out = date * US_DAY + micros - offset;
    } else {
        return false;
    }
    date_to_civil(utc_date(*out, &micros), &year, &month, &day);
    return year >= 1 && year <= 9999;                  /* else it could not be written as UTC */
}

/* ---- the clock ------------------------------------------------------------------------- */

Instant clock_real(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (Instant)now.tv_sec * US_SECOND + now.tv_nsec / 1000;
}

int64_t clock_ticks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * US_SECOND + now.tv_nsec / 1000;
}

/* What $OPS_NOW says, NULL where it says nothing. */
static const char *clock_set(void)
{
    const char *set = getenv("OPS_NOW");
    return set && *set ? set : NULL;
}

Instant clock_now(void)
{
    const char *set = clock_set();
    Instant t;
    return set && instant_parse(set, strlen(set), zone_utc(), &t) ? t : clock_real();
}

bool clock_now_valid(Error *err)
{
    const char *set = clock_set();
    Instant t;
    if (!set || instant_parse(set, strlen(set), zone_utc(), &t)) return true;
    fail(err, ST_CONFIG, "OPS_NOW is \"%.60s\", and an instant like 2026-10-01T09:00:00Z is wanted: "
         "correct it, or unset it to use the real clock", set);
    return false;
}

/* ---- writing ---------------------------------------------------------------------------- */

enum { ROOM = 40 };                                    /* bytes that callers give us */

size_t date_print(char *out, int64_t date)
{
    int y, m, d;
    date_to_civil(date, &y, &m, &d);
    return (size_t)snprintf(out, ROOM, "%04d-%02d-%02d", y, m, d);
}

static size_t print_minutes(char *out, size_t room, int64_t micros)
{
    unsigned minutes = (unsigned)(micros / US_MINUTE);
    return (size_t)snprintf(out, room, "%02u:%02u", minutes / 60, minutes % 60);
}

/* ":15" or ":15.250000"; nothing for zero unless it always must be there. */
static size_t print_seconds(char *out, size_t room, int64_t micros, bool always)
{
    unsigned s = (unsigned)(micros / US_SECOND % 60), rest = (unsigned)(micros % US_SECOND);
    *out = '\0';
    if (rest) return (size_t)snprintf(out, room, ":%02u.%06u", s, rest);
    return s || always ? (size_t)snprintf(out, room, ":%02u", s) : 0;
}

size_t time_print(char *out, int64_t micros)
{
    int64_t of_day = micros;
    if (micros != US_DAY) utc_date(micros, &of_day);
    size_t n = print_minutes(out, ROOM, of_day);
    return n + print_seconds(out + n, ROOM - n, of_day, false);
}

size_t instant_print(char *out, Instant t)
{
    int64_t micros, date = utc_date(t, &micros);
    size_t n = date_print(out, date);
    out[n++] = 'T';
    n += print_minutes(out + n, ROOM - n, micros);
    n += print_seconds(out + n, ROOM - n, micros, true);
    out[n++] = 'Z';
    out[n] = '\0';
    return n;
}

size_t instant_print_local(char *out, const Zone *z, Instant t)
{
    Civil c;
    zone_civil(z ? z : zone_utc(), t, &c);
    return (size_t)snprintf(out, ROOM, "%04d-%02d-%02d %02d:%02d%s", c.year, c.month, c.day, c.hour, c.minute,
                            z ? "" : " UTC");
}

size_t span_print(char *out, int64_t micros)
{
    return span_print_as(out, micros, "d");
}

/* From days down. */
static const struct { uint64_t micros; const char *name; } units[] = {
    {US_DAY, NULL}, {US_HOUR, "h"}, {US_MINUTE, "min"}, {US_SECOND, "s"}, {1000, "ms"}, {1, "µs"}};
enum { SECOND = 3, UNITS = sizeof units / sizeof *units };

static uint64_t span_size(int64_t micros)
{
    return micros < 0 ? -(uint64_t)micros : (uint64_t)micros;
}

static size_t print_unit(char *out, uint64_t span, size_t unit, const char *day)
{
    return (size_t)sprintf(out, "%" PRIu64 " %s", span / units[unit].micros, unit ? units[unit].name : day);
}

size_t span_print_as(char *out, int64_t micros, const char *day)
{
    uint64_t left = span_size(micros);
    size_t n = 0, i = 0;
    if (!left) return (size_t)sprintf(out, "0 s");
    while (left < units[i].micros) i++;
    if (micros < 0) out[n++] = '-';
    n += print_unit(out + n, left, i, day);
    left %= units[i].micros;
    if (i >= SECOND || left < units[i + 1].micros) return n;    /* nobody asks for 45 s 300 ms */
    out[n++] = ' ';
    return n + print_unit(out + n, left, i + 1, day);
}

size_t span_print_exact(char *out, int64_t micros, const char *day)
{
    uint64_t left = span_size(micros);
    size_t n = 0;
    if (!left) return (size_t)sprintf(out, "0 s");
    if (micros < 0) out[n++] = '-';
    for (size_t i = 0; i < UNITS; i++) {
        if (left < units[i].micros) continue;
        if (n > (micros < 0)) out[n++] = ' ';
        n += print_unit(out + n, left, i, day);
        left %= units[i].micros;
    }
    return n;
}
