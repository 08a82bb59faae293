/* zone.c -- zones: where an instant lies on a local clock, and back.
 *
 * A zone is a table of changes: from this second on, that offset. The file's
 * own table (zone_file.c) ends in some year; its rule for all later years is
 * written out for four hundred more, after which the Gregorian calendar, week
 * days included, begins again. So every look-up, in any year, is one search in
 * one table, and nothing here knows of rules.
 *
 *     first | at[0] ... the file's | the rule's ... [ one cycle )| and again
 *
 * A local time is found by walking the stretches between changes, in order:
 *
 *     local ^        ./      the first stretch that holds it: the instant
 *           |   ./| ./       a later one holds it too: it happens twice
 *           |  /  |/         the next begins behind it: it is in a gap,
 *           +-----------> t  and the gap's end is the next valid instant
 *
 * Zones are kept for ever and looked up by name; one thread may use zone_find.
 */
#include "base/time.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/zone_file.h"

struct Zone {
    char *name;
    ZoneTable table;
    Zone *next;
};

static Zone utc = {.name = (char *)"UTC"};
static Zone *zones;                                    /* those found, the newest first */

/* ---- stretches ----------------------------------------------------------------------- */

#define DAY_SECONDS INT64_C(86400)
#define CYCLE (146097 * DAY_SECONDS)                   /* 400 years */
#define REACH (27 * INT64_C(3600))                     /* more than any offset */

/* From, inclusive, to, exclusive: seconds in which one offset holds. */
typedef struct Stretch {
    int64_t from, to;
    int32_t offset;
} Stretch;

static Stretch stretch_at(const Zone *z, int64_t seconds)
{
    const ZoneTable *t = &z->table;
    if (t->n == 0 || seconds < t->at[0])
        return (Stretch){INT64_MIN, t->n ? t->at[0] : INT64_MAX, t->first};
    int64_t end = t->at[t->n - 1], back = 0;
    if (seconds >= end && !t->cycles) return (Stretch){end, INT64_MAX, t->offset[t->n - 1]};
    if (seconds >= end) back = ((seconds - end) / CYCLE + 1) * CYCLE;
    uint32_t low = 0, high = t->n - 1;                 /* at[low] <= seconds - back < at[high] */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (t->at[middle] <= seconds - back) low = middle;
        else high = middle;
    }
    return (Stretch){t->at[low] + back, t->at[low + 1] + back, t->offset[low]};
}

static int64_t seconds_of(Instant t, int *micros)
{
    int64_t rest = t % US_SECOND, seconds = t / US_SECOND;
    if (rest < 0) rest += US_SECOND, seconds--;
    if (micros) *micros = (int)rest;
    return seconds;
}

/* Instants too far for our numbers are held at the last ones that fit. */
static Instant instant_of(int64_t seconds, int micros)
{
    int64_t t;
    if (__builtin_mul_overflow(seconds, US_SECOND, &t) || __builtin_add_overflow(t, micros, &t))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return t;
}

/* The first second at which the local clock shows local, or has jumped over it. */
static int64_t find_local(const Zone *z, int64_t local, int *shifted)
{
    Stretch s = stretch_at(z, local - REACH);
    while (local - s.offset >= s.to) s = stretch_at(z, s.to);
    bool gap = local - s.offset < s.from;
    int64_t found = gap ? s.from : local - s.offset;
    if (!shifted) return found;
    *shifted = gap;
    while (!*shifted && s.to < local + REACH) {
        s = stretch_at(z, s.to);
        if (local - s.offset >= s.from && local - s.offset < s.to) *shifted = 2;
    }
    return found;
}

static int64_t local_of(const Zone *z, Instant t, int *micros)
{
    int64_t seconds = seconds_of(t, micros);
    return seconds + stretch_at(z, seconds).offset;
}

static int64_t date_of(int64_t local, int64_t *rest)
{
    int64_t of_day = local % DAY_SECONDS, date = local / DAY_SECONDS;
    *rest = of_day < 0 ? of_day + DAY_SECONDS : of_day;
    return of_day < 0 ? date - 1 : date;
}

/* ---- what callers ask ---------------------------------------------------------------------- */

const Zone *zone_utc(void)
{
    return &utc;
}

const char *zone_name(const Zone *z)
{
    return z->name;
}

int32_t zone_offset(const Zone *z, Instant t)
{
    return stretch_at(z, seconds_of(t, NULL)).offset;
}

Instant zone_instant(const Zone *z, const Civil *c, int *shifted)
{
    int64_t date = date_from_civil(c->year, c->month, c->day);
    int in_gap;
    int64_t local = date * DAY_SECONDS + c->hour * 3600 + c->minute * 60 + c->second;
    int64_t found = find_local(z, local, &in_gap);
    if (shifted) *shifted = in_gap;
    return instant_of(found, in_gap == 1 ? 0 : c->micros);
}

void zone_civil(const Zone *z, Instant t, Civil *out)
{
    int64_t rest, date = date_of(local_of(z, t, &out->micros), &rest);
    date_to_civil(date, &out->year, &out->month, &out->day);
    out->hour = (int)(rest / 3600), out->minute = (int)(rest / 60 % 60), out->second = (int)(rest % 60);
}

int64_t zone_date(const Zone *z, Instant t)
{
    int64_t rest;
    return date_of(local_of(z, t, NULL), &rest);
}

Instant zone_start_of(const Zone *z, int64_t date)
{
    int64_t far = INT64_MAX / US_DAY + 1;              /* beyond, no instant can be written */
    if (date > far || date < -far) return date < 0 ? INT64_MIN : INT64_MAX;
    return instant_of(find_local(z, date * DAY_SECONDS, NULL), 0);
}

Instant zone_end_of(const Zone *z, int64_t date)
{
    return date == INT64_MAX ? INT64_MAX : zone_start_of(z, date + 1);
}

Instant zone_next_time(const Zone *z, Instant after, int64_t time)
{
    Instant next = INT64_MIN;
    for (int64_t day = zone_date(z, after); next <= after; day++) {
        Civil local = {0};
        date_to_civil(day, &local.year, &local.month, &local.day);
        local.hour = (int)(time / US_HOUR), local.minute = (int)(time / US_MINUTE % 60);
        local.second = (int)(time / US_SECOND % 60);
        next = zone_instant(z, &local, NULL);
    }
    return next;
}

/* ---- finding zones by name --------------------------------------------------------------------- */

/* Names become paths: without a dot or a slash in front there is no way out of the folder. */
static bool name_is_safe(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t n = strlen(name);
    if (n == 0 || n > 100 || strspn(name, allowed) != n) return false;
    return *name != '/' && name[n - 1] != '/' && !strstr(name, "//");
}

static const char *folder(void)
{
    const char *set = getenv("TZDIR");
    return set && *set ? set : "/usr/share/zoneinfo";
}

static Status unknown(Arena *a, const char *name, Error *err)
{
    struct stat is;
    if (stat(folder(), &is) != 0 || !S_ISDIR(is.st_mode))
        return fail(err, ST_NOINPUT, "there is no time zone database in %s, so zone \"%.100s\" is not known: "
                    "install the package tzdata, or set TZDIR to where the database is", folder(), name);
    const char *near = zone_file_nearest(a, folder(), name);
    if (near)
        return fail(err, ST_NOINPUT, "there is no time zone \"%.100s\"; did you mean \"%s\"?", name, near);
    return fail(err, ST_NOINPUT, "there is no time zone \"%.100s\" in %s (package tzdata); a zone is named "
                "like \"Europe/Berlin\"", name, folder());
}

static Status load(Arena *a, const char *name, ZoneTable *table, Error *err)
{
    enum { LIMIT = 1 << 20 };                          /* bytes; the largest real one has 4,000 */
    const char *path = arena_printf(a, "%s/%s", folder(), name), *why;
    char *bytes;
    size_t n;
    Error reading;
    struct stat is;
    if (!name_is_safe(name)) return unknown(a, name, err);
    if (stat(path, &is) != 0 && (errno == ENOENT || errno == ENOTDIR)) return unknown(a, name, err);
    if (stat(path, &is) == 0 && S_ISDIR(is.st_mode))
        return fail(err, ST_NOINPUT, "\"%s\" is a group of time zones; one of them is wanted, named like "
                    "\"Europe/Berlin\"", name);
    if (text_read_file(a, path, LIMIT, &bytes, &n, &reading) != ST_OK)
        return fail(err, reading.status, "reading time zone \"%s\": %s", name, reading.text);
    if (zone_file_read(a, (const unsigned char *)bytes, n, table, &why)) return ST_OK;
    return fail(err, ST_NOINPUT, "time zone \"%s\": the file %s %s; if it should be a zone, install the "
                "package tzdata anew", name, path, why);
}

static const Zone *known(const char *name)
{
    const Zone *z = zones;
    if (strcmp(name, utc.name) == 0) return &utc;
    while (z && strcmp(z->name, name) != 0) z = z->next;
    return z;
}

static const Zone *keep(const char *name, const ZoneTable *table)
{
    Zone *z = mem_zero(1, sizeof *z);
    *z = (Zone){mem_dup(name), zone_table_keep(table), zones};
    return zones = z;
}

const Zone *zone_find(const char *name, Error *err)
{
    const Zone *found = known(name);
    if (found) return found;
    Arena *a = arena_new();
    ZoneTable table;
    if (load(a, name, &table, err) == ST_OK) found = keep(name, &table);
    arena_free(a);
    return found;
}

/* ---- zones as bytes: how many changes, what holds before them, does it cycle; when, and what then ---------------- */

typedef struct Head {
    uint32_t n;
    int32_t first;
    uint64_t cycles;
} Head;

const void *zone_bytes(const Zone *z, Arena *a, size_t *n)
{
    const ZoneTable *t = &z->table;
    const Head head = {t->n, t->first, t->cycles};
    *n = sizeof head + t->n * (sizeof *t->at + sizeof *t->offset);
    char *bytes = arena_alloc(a, *n);
    memcpy(bytes, &head, sizeof head);
    if (t->n) memcpy(bytes + sizeof head, t->at, t->n * sizeof *t->at);
    if (t->n) memcpy(bytes + sizeof head + t->n * sizeof *t->at, t->offset, t->n * sizeof *t->offset);
    return bytes;
}

/* As zone_file.c would have made it: times rise, and no clock is further from UTC than a day and some hours. */
static bool is_sound(const ZoneTable *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        if ((i && t->at[i - 1] >= t->at[i]) || t->offset[i] > REACH || t->offset[i] < -REACH) return false;
    return t->first <= REACH && t->first >= -REACH &&
           (!t->cycles || (t->n > 1 && t->at[t->n - 1] - t->at[0] >= CYCLE));
}

const Zone *zone_keep(const char *name, const void *bytes, size_t n)
{
    const Zone *found = known(name);
    Head head;
    if (found || n < sizeof head) return found;
    memcpy(&head, bytes, sizeof head);
    if (n - sizeof head != head.n * (sizeof(int64_t) + sizeof(int32_t))) return NULL;
    Arena *a = arena_new();
    int64_t *at = ARENA_ARRAY(a, int64_t, head.n);
    int32_t *offset = ARENA_ARRAY(a, int32_t, head.n);
    memcpy(at, (const char *)bytes + sizeof head, head.n * sizeof *at);
    memcpy(offset, (const char *)bytes + sizeof head + head.n * sizeof *at, head.n * sizeof *offset);
    const ZoneTable table = {at, offset, head.n, head.first, head.cycles != 0};
    if (is_sound(&table)) found = keep(name, &table);
    arena_free(a);
    return found;
}
