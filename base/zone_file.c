/* zone_file.c -- reading TZif files (RFC 8536): the changes, and the rule at the end.
 *
 * A file is a header and a block of data with 32-bit times, and from version 2
 * on a second header, a block with 64-bit times, and a footer: a line with the
 * rule for all later years, written as POSIX writes TZ.
 *
 *     TZif 2 ... counts | data, 32 bit | TZif 2 ... counts | data, 64 bit | \n CET-1CEST,M3.5.0,M10.5.0/3 \n
 *
 * A file is believed whole or not at all: everything is checked before it is
 * used, because a zone that is an hour wrong costs more than one that is missing.
 */
#include "base/zone_file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/time.h"

#define DAY_SECONDS INT64_C(86400)
enum { OFFSET_MOST = 26 * 3600 };      /* seconds; no zone was ever further from UTC */

/* ---- the footer: a rule as POSIX writes TZ ------------------------------------------------ */

typedef struct Turn {                  /* when a rule changes the clock, once a year */
    char form;                         /* 'M' month.week.day; 'J' day 1..365 without 02-29; '0' day 0..365 */
    int month, week, day;
    int32_t time;                      /* seconds from that day's midnight, by the clock before the change */
} Turn;

typedef struct Rule {
    bool changes;
    int32_t std, dst;
    Turn begin, end;                   /* of dst */
} Rule;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_number(const char **p, int most, int *out)
{
    if (!is_digit(**p)) return false;
    for (*out = 0; is_digit(**p) && *out <= most; ++*p) *out = *out * 10 + (**p - '0');
    return *out <= most;
}

/* An abbreviation: letters, or anything between < and >. We have no use for it. */
static bool skip_name(const char **p)
{
    const char *begin = *p;
    if (**p == '<') {
        *p += strcspn(*p, ">");
        return *(*p)++ == '>';
    }
    while ((**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z')) ++*p;
    return *p - begin >= 3;
}

/* hh, hh:mm or hh:mm:ss with a sign; hours beyond a day are fine (-1, 26, 50). */
static bool read_clock(const char **p, int hours, int32_t *seconds)
{
    int h, m = 0, s = 0, sign = **p == '-' ? -1 : 1;
    if (**p == '-' || **p == '+') ++*p;
    if (!read_number(p, hours, &h)) return false;
    if (**p == ':') {
        ++*p;
        if (!read_number(p, 59, &m)) return false;
        if (**p == ':') {
            ++*p;
            if (!read_number(p, 59, &s)) return false;
        }
    }
    *seconds = sign * (h * 3600 + m * 60 + s);
    return true;
}

static bool read_literal(const char **p, char c)
{
    if (**p != c) return false;
    ++*p;
    return true;
}

static bool read_turn(const char **p, Turn *t)
{
    *t = (Turn){.form = '0', .time = 2 * 3600};
    if (!read_literal(p, ',')) return false;
    if (read_literal(p, 'M')) {
        t->form = 'M';
        bool fine = read_number(p, 12, &t->month) && read_literal(p, '.') && read_number(p, 5, &t->week);
        if (!fine || !read_literal(p, '.') || !read_number(p, 6, &t->day)) return false;
        if (t->month < 1 || t->week < 1) return false;
    } else if (read_literal(p, 'J')) {
        t->form = 'J';
        if (!read_number(p, 365, &t->day) || t->day < 1) return false;
    } else if (!read_number(p, 365, &t->day)) {
        return false;
    }
    return !read_literal(p, '/') || read_clock(p, 167, &t->time);
}

static bool read_rule(const char *p, Rule *r)
{
    int32_t west;
    if (!skip_name(&p) || !read_clock(&p, 24, &west)) return false;
    *r = (Rule){.std = -west, .dst = -west};
    if (!*p) return true;
    r->changes = true;
    r->dst += 3600;
    if (!skip_name(&p)) return false;
    if (*p != ',') {
        if (!read_clock(&p, 24, &west)) return false;
        r->dst = -west;
    }
    return read_turn(&p, &r->begin) && read_turn(&p, &r->end) && !*p;
}

/* The local second of a turn in a year, counted as if the clock were UTC's. */
static int64_t turn_in(const Turn *t, int year)
{
    int64_t day = date_from_civil(year, 1, 1) + t->day;
    if (t->form == 'J') day += month_days(year, 2) == 29 && t->day >= 60 ? 0 : -1;
    if (t->form == 'M') {
        int64_t first = date_from_civil(year, t->month, 1);
        int sunday_first = (date_weekday(first) + 1) % 7;
        day = first + (t->day - sunday_first + 7) % 7 + (t->week - 1) * 7;
        if (day >= first + month_days(year, t->month)) day -= 7;       /* week 5 is the last */
    }
    return day * DAY_SECONDS + t->time;
}

/* ---- writing the rule out --------------------------------------------------------------------- */

typedef struct Change {
    int64_t at;
    int32_t offset;
    bool into_dst;
} Change;

typedef VEC(Change) Changes;

/* Of two at one second the one into dst counts: so a rule says "always" (,0/0,J365/25). */
static int by_time(const void *a, const void *b)
{
    const Change *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (int)x->into_dst - (int)y->into_dst;
}

/* Adds the rule's changes behind the last one there, for 400 years and some. Their
 * end is cut in the middle of a year, so that no pair at a year's border is cut in two. */
static bool write_out(Arena *a, Changes *changes, const Rule *r)
{
    enum { SPARE = 404 };
    int64_t last = changes->n ? changes->items[changes->n - 1].at : INT64_MIN;
    int year = 1, month, day;
    if (last >= date_from_civil(9999, 1, 1) * DAY_SECONDS) return false;
    if (last > date_from_civil(1, 1, 1) * DAY_SECONDS) date_to_civil(last / DAY_SECONDS, &year, &month, &day);
    Changes more = {0};
    for (int y = year - 1; y < year + SPARE; y++) {
        *VEC_PUSH(a, &more) = (Change){turn_in(&r->begin, y) - r->std, r->dst, true};
        *VEC_PUSH(a, &more) = (Change){turn_in(&r->end, y) - r->dst, r->std, false};
    }
    qsort(more.items, more.n, sizeof *more.items, by_time);
    int64_t end = date_from_civil(year + SPARE - 2, 7, 1) * DAY_SECONDS;
    for (uint32_t i = 0; i < more.n && more.items[i].at < end; i++) {
        Change *before = changes->n ? &changes->items[changes->n - 1] : NULL;
        if (more.items[i].at <= last) continue;
        if (before && before->at == more.items[i].at) *before = more.items[i];
        else *VEC_PUSH(a, changes) = more.items[i];
    }
    return true;
}

/* ---- the file --------------------------------------------------------------------------------- */

typedef struct Reader {
    const unsigned char *p;
    size_t n;
    const char *why;
} Reader;

enum { HEADER = 44 };

typedef struct Block {
    char version;
    int width;                         /* bytes of a time */
    size_t isut, isstd, leaps, times, types, chars;
    const unsigned char *time, *kind, *type;
} Block;

static int64_t big_endian(const unsigned char *p, int width)
{
    uint64_t v = 0;
    for (int i = 0; i < width; i++) v = v << 8 | p[i];
    return width == 4 ? (int32_t)(uint32_t)v : (int64_t)v;
}

static bool refuse(Reader *r, const char *why)
{
    r->why = why;
    return false;
}

/* A header and its data, and steps behind them. */
static bool read_block(Reader *r, int width, Block *b)
{
    enum { MOST = 100000 };            /* of anything; the largest real count is 300 */
    bool first = width == 4;
    if (r->n < 4 ? first : memcmp(r->p, "TZif", 4) != 0)
        return refuse(r,
                      first ? "is no time zone" : "is damaged (its second half is not where it should be)");
    if (r->n < HEADER) return refuse(r, "is cut short");
    size_t counts[6];
    for (int i = 0; i < 6; i++) {
        counts[i] = (uint32_t)big_endian(r->p + 20 + 4 * i, 4);
        if (counts[i] > MOST) return refuse(r, "is damaged (its header counts more than there can be)");
    }
    *b = (Block){(char)r->p[4], width, counts[0], counts[1], counts[2], counts[3], counts[4], counts[5],
                 NULL, NULL, NULL};
    size_t w = (size_t)width;
    b->time = r->p + HEADER;
    size_t kinds = HEADER + b->times * w, types = kinds + b->times;
    size_t size = types + b->types * 6 + b->chars + b->leaps * (w + 4) + b->isstd + b->isut;
    if (size > r->n) return refuse(r, "is cut short");
    if (b->types < 1 || b->types > 256) return refuse(r, "is damaged (it has no kinds of local time)");
    b->kind = r->p + kinds, b->type = r->p + types;
    r->p += size, r->n -= size;
    return true;
}

static bool offset_of(Reader *r, const Block *b, size_t kind, int32_t *offset)
{
    if (kind >= b->types) return refuse(r, "is damaged (a change to a kind of local time that it lacks)");
    *offset = (int32_t)big_endian(b->type + kind * 6, 4);
    bool fine = *offset >= -OFFSET_MOST && *offset <= OFFSET_MOST;
    return fine || refuse(r, "is damaged (an offset of more than 26 hours)");
}

static bool read_changes(Arena *a, Reader *r, const Block *b, Changes *out, int32_t *first)
{
    int64_t before = INT64_MIN;
    /* Its times run ahead of ours, and such files have no rule for later years. */
    if (b->leaps) return refuse(r, "counts leap seconds, as those under right/ do: name the zone without it");
    if (!offset_of(r, b, 0, first)) return false;
    for (size_t i = 0; i < b->times; i++) {
        Change c = {.at = big_endian(b->time + i * (size_t)b->width, b->width)};
        if (!offset_of(r, b, b->kind[i], &c.offset)) return false;
        if (i && c.at <= before) return refuse(r, "is damaged (its changes are not in order)");
        before = c.at;
        *VEC_PUSH(a, out) = c;
    }
    return true;
}

/* The footer: a rule between two line ends, or nothing between them. */
static bool read_footer(Arena *a, Reader *r, Changes *changes, ZoneTable *out)
{
    const unsigned char *end = r->n && r->p[0] == '\n' ? memchr(r->p + 1, '\n', r->n - 1) : NULL;
    if (!end) return refuse(r, "is cut short");
    const char *text = arena_dup_n(a, (const char *)r->p + 1, (size_t)(end - r->p - 1));
    Rule rule;
    if (!*text) return true;
    if (!read_rule(text, &rule)) return refuse(r, "is damaged (its rule for later years cannot be read)");
    if (rule.changes) out->cycles = write_out(a, changes, &rule);
    else if (!changes->n) out->first = rule.std;
    return true;
}

bool zone_file_read(Arena *a, const unsigned char *bytes, size_t n, ZoneTable *out, const char **why)
{
    Reader r = {bytes, n, NULL};
    Block b;
    Changes changes = {0};
    *out = (ZoneTable){0};
    bool fine = read_block(&r, 4, &b);
    bool is_long = fine && b.version >= '2';
    if (is_long) fine = read_block(&r, 8, &b);
    fine = fine && read_changes(a, &r, &b, &changes, &out->first);
    if (fine && is_long) fine = read_footer(a, &r, &changes, out);
    *why = r.why;
    int64_t *at = ARENA_ARRAY(a, int64_t, changes.n);
    int32_t *offset = ARENA_ARRAY(a, int32_t, changes.n);
    for (uint32_t i = 0; i < changes.n; i++) at[i] = changes.items[i].at, offset[i] = changes.items[i].offset;
    out->at = at, out->offset = offset, out->n = changes.n;
    return fine;
}

ZoneTable zone_table_keep(const ZoneTable *t)
{
    ZoneTable kept = *t;
    if (!t->n) return kept;
    int64_t *at = mem_alloc(t->n * sizeof *at);
    int32_t *offset = mem_alloc(t->n * sizeof *offset);
    memcpy(at, t->at, t->n * sizeof *at);
    memcpy(offset, t->offset, t->n * sizeof *offset);
    kept.at = at, kept.offset = offset;
    return kept;
}

/* ---- what was probably meant ---------------------------------------------------------------------- */

typedef VEC(const char *) Names;

/* All zones below a folder. Names of zones begin with a capital; what does not is no zone, or a copy. */
static void collect(Arena *a, const char *folder, const char *prefix, int depth, Names *out)
{
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        struct stat is;
        if (e->d_name[0] < 'A' || e->d_name[0] > 'Z') continue;
        const char *path = arena_printf(a, "%s/%s", folder, e->d_name);
        const char *name = arena_printf(a, "%s%s", prefix, e->d_name);
        if (stat(path, &is) != 0) continue;
        if (S_ISREG(is.st_mode)) *VEC_PUSH(a, out) = name;
        if (S_ISDIR(is.st_mode) && depth > 1) collect(a, path, arena_printf(a, "%s/", name), depth - 1, out);
    }
    if (dir) closedir(dir);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *zone_file_nearest(Arena *a, const char *folder, const char *name)
{
    Names names = {0};
    char *wanted = arena_dup(a, name);
    for (char *p = wanted; *p; p++)
        if (*p == ' ') *p = '_';
    collect(a, folder, "", 3, &names);
    if (!names.n) return NULL;
    qsort(names.items, names.n, sizeof *names.items, by_name);
    for (uint32_t i = 0; i < names.n; i++) {
        const char *city = strrchr(names.items[i], '/');
        if (city && strcasecmp(city + 1, wanted) == 0) return names.items[i];
    }
    return text_nearest(wanted, names.items, names.n);
}
