/* zone.c -- tests of zones: against libc at every change of every zone, against libc's reading
 * of POSIX rules, and with files that are cut, bent or no zones at all. */
#include "base/time.h"
#include "base/text.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
/* after the headers above, which it needs; its fail is a macro, ours a function */
#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define SYSTEM "/usr/share/zoneinfo"

#define DAY INT64_C(86400)

/* Seconds between the local times that are looked at around a change; 0: only those at its borders. */
static int64_t grid = 300;
static char folder[] = "/tmp/ops-zones-XXXXXX";

static const Zone *zone(const char *name)
{
    Error err;
    const Zone *z = zone_find(name, &err);
    if (!z) fail_msg("%s", err.text);
    return z;
}

/* ---- libc as a witness --------------------------------------------------------------- */

static void libc_zone(const char *tz)
{
    setenv("TZ", tz, 1);
    tzset();
}

static struct tm libc_local(int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    assert_non_null(localtime_r(&t, &tm));
    return tm;
}

static int64_t libc_offset(int64_t seconds)
{
    return libc_local(seconds).tm_gmtoff;
}

/* The same wall clock by both, and the offset. */
static void expect_same(const Zone *z, int64_t seconds)
{
    struct tm tm = libc_local(seconds);
    Instant t = seconds * US_SECOND + 7;
    Civil c;
    zone_civil(z, t, &c);
    bool same = c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 && c.day == tm.tm_mday &&
                c.hour == tm.tm_hour && c.minute == tm.tm_min && c.second == tm.tm_sec && c.micros == 7;
    if (!same || zone_offset(z, t) != tm.tm_gmtoff ||
        zone_date(z, t) != date_from_civil(c.year, c.month, c.day))
        fail_msg("%s at %lld: offset %d, libc %ld", zone_name(z), (long long)seconds, zone_offset(z, t),
                 tm.tm_gmtoff);
}

/* What a local second means, near a change of libc's from one offset to another. */
static int64_t meant(int64_t local, int64_t change, int64_t before, int64_t after, int *shifted)
{
    bool first = libc_offset(local - before) == before, second = libc_offset(local - after) == after;
    int64_t a = local - before, b = local - after;
    *shifted = !first && !second ? 1 : first && second && a != b ? 2 : 0;
    return *shifted == 1 ? change : !second || (first && a < b) ? a : b;
}

static void expect_local_time(const Zone *z, int64_t local, int64_t change, int64_t before, int64_t after)
{
    time_t as_utc = (time_t)local;
    struct tm tm;
    gmtime_r(&as_utc, &tm);
    Civil c = {tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, 5};
    int shifted, wanted;
    int64_t t = meant(local, change, before, after, &wanted) * US_SECOND + (wanted == 1 ? 0 : 5);
    Instant found = zone_instant(z, &c, &shifted);
    if (found != t || shifted != wanted || zone_instant(z, &c, NULL) != found)
        fail_msg("%s, local %lld: %lld (%d), wanted %lld (%d)", zone_name(z), (long long)local, (long long)found,
                 shifted, (long long)t, wanted);
    if (wanted != 0) return;
    tm.tm_isdst = -1;                  /* where the time is unique, libc's own way back agrees */
    assert_int_equal((int64_t)mktime(&tm) * US_SECOND + 5, t);
}

/* The second before, of and behind each border of the gap or fold, and its middle; with a grid, the hours around. */
static void expect_local_times(const Zone *z, int64_t change, int64_t before, int64_t after)
{
    int64_t borders[] = {change + before, change + after, change + (before + after) / 2};
    for (size_t i = 0; i < LENGTH(borders); i++)
        for (int64_t nudge = -1; nudge <= 1; nudge++) expect_local_time(z, borders[i] + nudge, change, before, after);
    int64_t around = llabs(after - before) + 3 * 3600, first = change + before - around;
    for (int64_t local = first; grid && local <= change + before + around; local += grid)
        for (int64_t nudge = -1; nudge <= 1; nudge++) expect_local_time(z, local + nudge, change, before, after);
}

/* The second in (from, to] at which libc's offset changes. */
static int64_t change_between(int64_t from, int64_t to)
{
    int64_t before = libc_offset(from);
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (libc_offset(middle) == before) from = middle;
        else to = middle;
    }
    return to;
}

/* Steps through the years, looks closely at every change; returns how many there were. */
static int compare(const Zone *z, int from, int to, int64_t step)
{
    int changes = 0;
    int64_t begin = date_from_civil(from, 1, 1) * 86400, end = date_from_civil(to + 1, 1, 1) * 86400;
    int64_t before = libc_offset(begin);
    for (int64_t t = begin; t < end; t += step) {
        int64_t now = libc_offset(t);
        if (now != before) {
            int64_t change = change_between(t - step, t);
            expect_same(z, change - 1);
            expect_same(z, change);
            expect_local_times(z, change, before, now);
            changes++;
        }
        before = now;
        expect_same(z, t);
    }
    return changes;
}

static void zones_are_those_of_libc(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int changes;                   /* at least so many, 1970 to 2037 */
    } cases[] = {{"Europe/Berlin", 100},    {"America/New_York", 130}, {"Australia/Lord_Howe", 100},
                 {"Africa/Casablanca", 80}, {"Asia/Kathmandu", 1},     {"America/Santiago", 120},
                 {"Europe/Dublin", 100},    {"Asia/Gaza", 100},        {"Asia/Tehran", 50},
                 {"Pacific/Apia", 10},      {"Asia/Kolkata", 0},       {"America/St_Johns", 130},
                 {"America/Havana", 100},   {"Africa/Cairo", 50},      {"Pacific/Chatham", 100},
                 {"America/Nuuk", 80},      {"Africa/Monrovia", 1},    {"Etc/GMT+12", 0},
                 {"Antarctica/Troll", 60},  {"America/Asuncion", 60}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        libc_zone(cases[i].name);
        int changes = compare(zone(cases[i].name), 1970, 2037, 12 * 3600);
        if (changes < cases[i].changes) fail_msg("%s changes only %d times", cases[i].name, changes);
    }
}

static void rules_hold_in_later_years(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago",
        "Europe/Dublin", "Asia/Gaza", "America/Nuuk", "Asia/Tokyo"};
    static const struct {
        int from, to;
    } years[] = {{2038, 2042}, {2086, 2089}, {2099, 2100}, {2399, 2400},
                 {2435, 2446}, {2837, 2842}, {9998, 9998}};
    for (size_t i = 0; i < LENGTH(names); i++) {
        libc_zone(names[i]);
        for (size_t k = 0; k < LENGTH(years); k++)
            compare(zone(names[i]), years[k].from, years[k].to, 12 * 3600);
    }
}

static void days_begin_at_their_first_instant(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Europe/Berlin", "America/Havana", "America/Santiago", "Asia/Gaza", "Pacific/Apia"};
    for (size_t i = 0; i < LENGTH(names); i++) {
        const Zone *z = zone(names[i]);
        for (int64_t d = date_from_civil(1995, 1, 1); d < date_from_civil(2030, 1, 1); d++) {
            Instant begin = zone_start_of(z, d);
            assert_true(zone_end_of(z, d) == zone_start_of(z, d + 1));
            assert_true(zone_date(z, begin - 1) < d);
            if (d == date_from_civil(2011, 12, 30) && i == 4) {            /* Samoa had no such day */
                assert_true(begin == zone_end_of(z, d) && zone_date(z, begin) == d + 1);
                continue;
            }
            assert_true(zone_date(z, begin) == d);
        }
    }
}

/* Strictly behind; in the hour that spring skips, at the next valid instant; in the one that autumn
 * repeats, once. */
static void the_next_time_of_day(void **state)
{
    (void)state;
    static const struct { const char *after, *next; int64_t minutes; } rows[] = {
        {"2026-11-23T07:59:59Z", "2026-11-23T08:00:00Z", 540},
        {"2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z", 540},
        {"2026-11-23T22:59:00Z", "2026-11-23T23:00:00Z", 0},
        {"2026-11-23T23:00:00Z", "2026-11-24T23:00:00Z", 24 * 60},
        {"2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z", 150},
        {"2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", 150},
        {"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", 150},
    };
    const Zone *berlin = zone("Europe/Berlin");
    for (size_t i = 0; i < LENGTH(rows); i++) {
        Instant after, want;
        assert_true(instant_parse(rows[i].after, strlen(rows[i].after), NULL, &after));
        assert_true(instant_parse(rows[i].next, strlen(rows[i].next), NULL, &want));
        assert_int_equal(zone_next_time(berlin, after, rows[i].minutes * US_MINUTE), want);
    }
}

static void utc_needs_no_file(void **state)
{
    (void)state;
    setenv("TZDIR", "/nowhere/at/all", 1);
    const Zone *z = zone("UTC");
    unsetenv("TZDIR");
    assert_ptr_equal(z, zone_utc());
    assert_string_equal(zone_name(z), "UTC");
    libc_zone("UTC0");
    assert_int_equal(compare(z, 1, 2, 3600), 0);
    assert_int_equal(compare(z, 9999, 9999, 3600), 0);
    assert_ptr_equal(zone("Europe/Berlin"), zone("Europe/Berlin"));
    assert_string_equal(zone_name(zone("Europe/Berlin")), "Europe/Berlin");
}

/* ---- files of our own ---------------------------------------------------------------------- */

static void put(Buf *b, int64_t v, int width)
{
    for (int shift = width * 8; shift > 0; shift -= 8)
        buf_putc(b, (char)(uint8_t)((uint64_t)v >> (shift - 8)));
}

typedef struct Change {
    int64_t at;
    int kind;
} Change;

/* Two kinds of local time: 0, and one hour more. */
static void put_block(Buf *b, char version, int width, const Change *changes, int n)
{
    buf_puts(b, "TZif");
    buf_putc(b, version);
    for (int i = 0; i < 15; i++) buf_putc(b, '\0');
    put(b, 0, 4), put(b, 0, 4), put(b, 0, 4), put(b, n, 4), put(b, 2, 4), put(b, 4, 4);
    for (int i = 0; i < n; i++) put(b, changes[i].at, width);
    for (int i = 0; i < n; i++) put(b, changes[i].kind, 1);
    put(b, 0, 4), put(b, 0, 1), put(b, 0, 1);
    put(b, 3600, 4), put(b, 1, 1), put(b, 0, 1);
    buf_add(b, "XXX", 4);
}

static void write_zone(const char *name, const Buf *b)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b->p, 1, b->n, f), b->n);
    assert_int_equal(fclose(f), 0);
}

/* The zone that a file of ours gives, or NULL. */
static const Zone *ours(const char *name, const Buf *b, Error *err)
{
    write_zone(name, b);
    setenv("TZDIR", folder, 1);
    const Zone *z = zone_find(name, err);
    unsetenv("TZDIR");
    return z;
}

static const Zone *footer_zone(const char *name, const char *footer, Error *err)
{
    Buf b = {0};
    put_block(&b, '3', 4, NULL, 0);
    put_block(&b, '3', 8, NULL, 0);
    buf_printf(&b, "\n%s\n", footer);
    const Zone *z = ours(name, &b, err);
    buf_free(&b);
    return z;
}

static void rules_of_every_form_are_those_of_libc(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "XXX5", "XXX-5:45", "<-03>3", "<+0530>-5:30:15", "CET-1CEST,M3.5.0,M10.5.0/3", "XXX0YYY,J60/2,J300/2",
        "XXX0YYY,J59,J63", "XXX0YYY,59/2,300/2", "XXX3YYY,3,350/23", "XXX-8YYY-10:30,J10/0,J180/1:30:30",
        "EET-2EEST,M3.4.4/50,M10.4.4/50", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "IST-1GMT0,M10.5.0,M3.5.0/1",
        "XXX3YYY2,M10.1.6/-167,M2.3.0/167", "NZST-12NZDT,M9.5.0,M4.1.0/3", "XXX-4YYY,M1.2.1/2,M12.4.6/2"};
    for (size_t i = 0; i < LENGTH(rules); i++) {
        char name[20];
        Error err = {0};
        snprintf(name, sizeof name, "Rule%zu", i);
        const Zone *z = footer_zone(name, rules[i], &err);
        if (!z) fail_msg("%s: %s", rules[i], err.text);
        libc_zone(rules[i]);
        compare(z, 1999, 2012, 3 * 3600);
        compare(z, 2395, 2401, 3 * 3600);
        compare(z, 2797, 2804, 3 * 3600);
    }
}

static void a_rule_may_hold_all_year(void **state)
{
    (void)state;
    Error err = {0};
    const Zone *z = footer_zone("Always", "EST5EDT,0/0,J365/25", &err);
    assert_non_null(z);
    for (int64_t d = date_from_civil(2000, 1, 1); d < date_from_civil(2900, 1, 1); d++)
        for (int h = 0; h < 24; h += 6) assert_int_equal(zone_offset(z, d * US_DAY + h * US_HOUR), -4 * 3600);
}

/* libc takes a rule's year from UTC, and so is wrong for some hours here; this is by hand. */
static void a_rule_may_turn_at_the_end_of_the_year(void **state)
{
    (void)state;
    Error err = {0};
    const Zone *z = footer_zone("Edge", "XXX3YYY,0/0,J365/23", &err);
    assert_non_null(z);
    for (int year = 1990; year < 2500; year++) {
        Instant end = date_from_civil(year, 1, 1) * US_DAY + US_HOUR, begin = end + 2 * US_HOUR;
        assert_int_equal(zone_offset(z, end - 1), -2 * 3600);
        assert_int_equal(zone_offset(z, end), -3 * 3600);
        assert_int_equal(zone_offset(z, begin - 1), -3 * 3600);
        assert_int_equal(zone_offset(z, begin), -2 * 3600);
    }
}

static void rules_that_cannot_be_read_are_refused(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "X5", "XXX", "XXX25", "XXX5:60", "XXX5YYY", "XXX5YYY,", "XXX5YYY,M3.5.0", "XXX5YYY,M3.5.0,",
        "XXX5YYY,M13.1.0,M10.5.0", "XXX5YYY,M0.1.0,M10.5.0", "XXX5YYY,M3.0.0,M10.5.0",
        "XXX5YYY,M3.6.0,M10.5.0", "XXX5YYY,M3.5.7,M10.5.0", "XXX5YYY,J0,J300", "XXX5YYY,J366,J300",
        "XXX5YYY,366,J300", "XXX5YYY,M3.5.0/168,M10.5.0", "XXX5YYY,M3.5.0,M10.5.0x", "<XXX5",
        "XXX5YYY,M3.5,M10.5.0", "XXX99999999999999999999", "5", ",", "XXX5 ", "XXX5YYY,M3.5.0/,M10.5.0"};
    for (size_t i = 0; i < LENGTH(rules); i++) {
        char name[20];
        Error err = {0};
        snprintf(name, sizeof name, "Wrong%zu", i);
        if (footer_zone(name, rules[i], &err)) fail_msg("\"%s\" was read", rules[i]);
        assert_non_null(strstr(err.text, "rule for later years"));
    }
}

static void files_of_every_version_are_read(void **state)
{
    (void)state;
    static const Change changes[] = {{1000, 1}, {2000, 0}};
    static const char versions[] = {'\0', '2', '3', '4'};
    for (size_t i = 0; i < sizeof versions; i++) {
        char name[20];
        Buf b = {0};
        Error err;
        snprintf(name, sizeof name, "Version%zu", i);
        put_block(&b, versions[i], 4, changes, 2);
        if (versions[i]) {
            put_block(&b, versions[i], 8, changes, 2);
            buf_puts(&b, "\n\n");
        }
        const Zone *z = ours(name, &b, &err);
        if (!z) fail_msg("%s", err.text);
        assert_int_equal(zone_offset(z, 1000 * US_SECOND - 1), 0);
        assert_int_equal(zone_offset(z, 1000 * US_SECOND), 3600);
        assert_int_equal(zone_offset(z, 2000 * US_SECOND - 1), 3600);
        assert_int_equal(zone_offset(z, 2000 * US_SECOND), 0);
        assert_int_equal(zone_offset(z, INT64_MAX), 0);
        assert_int_equal(zone_offset(z, INT64_MIN), 0);
        buf_free(&b);
    }
}

static void a_rule_begins_behind_the_last_change(void **state)
{
    (void)state;
    const Change changes[] = {{date_from_civil(2000, 12, 1) * 86400, 0}};
    Buf b = {0};
    put_block(&b, '2', 4, NULL, 0);
    put_block(&b, '2', 8, changes, 1);
    buf_puts(&b, "\nXXX0YYY,M3.5.0,M10.5.0\n");
    const Zone *z = ours("Later", &b, NULL);
    buf_free(&b);
    assert_non_null(z);
    for (int year = 1990; year < 2420; year++)
        for (int month = 1; month <= 12; month++) {
            int32_t wanted = year > 2000 && month > 3 && month < 11 ? 3600 : 0;
            assert_int_equal(zone_offset(z, date_from_civil(year, month, 15) * US_DAY), wanted);
        }
}

static void changes_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        Change changes[2];
        int32_t offset;
        const char *word;
    } cases[] = {{{{2000, 1}, {1000, 0}}, 0, "not in order"},
                 {{{1000, 1}, {1000, 0}}, 0, "not in order"},
                 {{{1000, 1}, {2000, 2}}, 0, "kind of local time"},
                 {{{1000, 0}, {2000, 0}}, 26 * 3600 + 1, "26 hours"},
                 {{{1000, 0}, {2000, 0}}, -26 * 3600 - 1, "26 hours"},
                 {{{1000, 0}, {2000, 0}}, INT32_MIN, "26 hours"}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        Buf b = {0};
        Error err = {0};
        put_block(&b, '\0', 4, cases[i].changes, 2);
        for (int k = 0; k < 4; k++) b.p[54 + k] = (char)((uint32_t)cases[i].offset >> (24 - 8 * k));
        assert_null(ours("Senseless", &b, &err));
        if (!strstr(err.text, cases[i].word)) fail_msg("\"%s\" is not in: %s", cases[i].word, err.text);
        buf_free(&b);
    }
}

static void changes_close_together_are_all_seen(void **state)
{
    (void)state;
    static const Change changes[] = {{100000, 1}, {103000, 0}, {106000, 1}, {106001, 0}};
    Buf b = {0};
    Error err;
    put_block(&b, '2', 4, NULL, 0);
    put_block(&b, '2', 8, changes, 4);
    buf_puts(&b, "\n\n");
    const Zone *z = ours("Hasty", &b, &err);
    buf_free(&b);
    assert_non_null(z);
    for (int64_t local = 90000; local < 120000; local++) {
        int64_t wanted = INT64_MAX;            /* the first second that shows this time, or a later one */
        for (int64_t t = local - 3600; t <= local && wanted == INT64_MAX; t++)
            if (t + zone_offset(z, t * US_SECOND) >= local) wanted = t;
        Civil c = {1970,
                   1,
                   (int)(local / 86400) + 1,
                   (int)(local / 3600 % 24),
                   (int)(local / 60 % 60),
                   (int)(local % 60),
                   0};
        int64_t found = zone_instant(z, &c, NULL) / US_SECOND;
        if (found != wanted)
            fail_msg("local %lld is %lld, not %lld", (long long)local, (long long)found, (long long)wanted);
    }
}

static void a_clock_that_counts_leap_seconds_is_refused(void **state)
{
    (void)state;
    Error err = {0};
    Buf b = {0};
    put_block(&b, '\0', 4, NULL, 0);
    b.p[31] = 1;                               /* one of them, behind the block's names */
    put(&b, 78796800, 4), put(&b, 1, 4);
    assert_null(ours("Leaping", &b, &err));
    assert_non_null(strstr(err.text, "counts leap seconds"));
    b.n -= 1;
    assert_null(ours("Leaping", &b, &err));
    assert_non_null(strstr(err.text, "is cut short"));
    buf_free(&b);
}

/* ---- files that are no good ------------------------------------------------------------------------ */

static void read_system(const char *name, Buf *b)
{
    char path[200], *bytes;
    size_t n;
    Error err;
    Arena *a = arena_new();
    snprintf(path, sizeof path, SYSTEM "/%s", name);
    if (text_read_file(a, path, 0, &bytes, &n, &err) != ST_OK) fail_msg("%s", err.text);
    buf_clear(b);
    buf_add(b, bytes, n);
    arena_free(a);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    Buf whole = {0};
    read_system("Europe/Berlin", &whole);
    for (size_t n = 0; n < whole.n; n++) {
        Buf cut = {whole.p, n, whole.cap};
        Error err = {0};
        if (ours("Cut", &cut, &err)) fail_msg("%zu bytes of %zu were believed", n, whole.n);
        assert_int_equal(err.status, ST_NOINPUT);
        assert_non_null(strstr(err.text, "\"Cut\""));
        assert_non_null(strstr(err.text, n < 4 ? "is no time zone" : "is cut short"));
    }
    assert_non_null(ours("Cut", &whole, NULL));                    /* a failure is not remembered */
    buf_free(&whole);
}

static void bent_files_do_no_harm(void **state)
{
    (void)state;
    Buf whole = {0};
    uint32_t random = 12345;
    int believed = 0;
    read_system("Africa/Cairo", &whole);
    for (int i = 0; i < 4000; i++) {
        char name[20];
        Buf bent = {0};
        Error err;
        buf_add(&bent, whole.p, whole.n);
        for (int k = 0; k <= i % 3; k++) {
            random = random * 1664525 + 1013904223;
            bent.p[(random >> 8) % (i % 2 ? bent.n : 90)] = (char)(random >> 3);
        }
        snprintf(name, sizeof name, "Bent%d", i);
        const Zone *z = ours(name, &bent, &err);
        for (int64_t t = INT64_MIN / 2; z && t < INT64_MAX / 2; t += INT64_MAX / 97) {
            Civil c;
            assert_in_range(zone_offset(z, t) + 26 * 3600, 0, 52 * 3600);
            zone_civil(z, t, &c);
            (void)zone_instant(z, &c, NULL);
            (void)zone_start_of(z, zone_date(z, t));
        }
        believed += z != NULL;
        if (!z) assert_true(strlen(err.text) > 20);
        char path[200];
        snprintf(path, sizeof path, "%s/%s", folder, name);
        unlink(path);
        buf_free(&bent);
    }
    assert_in_range(believed, 100, 3900);
    buf_free(&whole);
}

static void expect_refused(const char *name, const char *word)
{
    Error err = {0};
    if (zone_find(name, &err)) fail_msg("\"%s\" was found", name);
    assert_int_equal(err.status, ST_NOINPUT);
    if (!strstr(err.text, word)) fail_msg("\"%s\" is not in: %s", word, err.text);
    assert_null(zone_find(name, NULL));
}

static void names_that_are_no_zones_are_refused(void **state)
{
    (void)state;
    char secret[100];
    Buf b = {0};
    unsetenv("TZDIR");
    read_system("Europe/Berlin", &b);
    expect_refused("", "Europe/Berlin");
    expect_refused("Europe/Berln", "did you mean \"Europe/Berlin\"?");
    expect_refused("europe/berlin", "did you mean \"Europe/Berlin\"?");
    expect_refused("berlin", "did you mean \"Europe/Berlin\"?");
    expect_refused("New York", "did you mean \"America/New_York\"?");
    expect_refused("Buenos Aires", "Buenos_Aires\"?");
    expect_refused("Middle-earth/Shire", "tzdata");
    expect_refused("Europe", "group of time zones");
    expect_refused("Europe/", "no time zone");
    expect_refused("Europe//Berlin", "no time zone");
    expect_refused("posix/../Europe/Berlin", "no time zone");
    expect_refused("../../../etc/passwd", "no time zone");
    expect_refused(SYSTEM "/Europe/Berlin", "no time zone");
    expect_refused("Europe/Berlin\n", "no time zone");
    expect_refused("leapseconds", "is no time zone");
    expect_refused("UTC/x", "no time zone");
    write_zone("Secret", &b);
    setenv("TZDIR", "/tmp", 1);
    snprintf(secret, sizeof secret, "%s/Secret", folder);
    expect_refused(secret, "no time zone");                        /* an absolute path to a sound file */
    expect_refused("./Secret", "no time zone");
    setenv("TZDIR", "/nowhere/at/all", 1);
    expect_refused("Europe/Vaduz", "install the package tzdata");
    unsetenv("TZDIR");
    buf_free(&b);
}

/* ---- all zones ------------------------------------------------------------------------------ */

/* A zone's file has its magic; what lies below posix/ and right/ is the same again, or has leap seconds. */
static bool is_zone(const char *path, const char *name)
{
    char magic[4] = "";
    FILE *f = strncmp(name, "posix/", 6) != 0 && strncmp(name, "right/", 6) != 0 ? fopen(path, "rb") : NULL;
    bool read = f && fread(magic, 1, sizeof magic, f) == sizeof magic;
    if (f) fclose(f);
    return read && memcmp(magic, "TZif", 4) == 0;
}

static int zones_seen, changes_seen;

/* A zone that differs from libc's fails the test. */
static int compare_zone(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    const char *name = path + strlen(SYSTEM "/");
    (void)is, (void)at;
    if (kind != FTW_F || !is_zone(path, name)) return 0;
    libc_zone(name);
    zones_seen++;
    changes_seen += compare(zone(name), 1970, 2037, grid ? DAY / 2 : 7 * DAY);
    return 0;
}

/* Behind the tests that want zones still unread. With $OPS_WHOLE twice a day, and every 5 minutes around a change.
 * Links, which nftw does not follow, are other names for what is compared. */
static void every_zone_is_that_of_libc(void **state)
{
    (void)state;
    grid = getenv("OPS_WHOLE") ? 300 : 0;
    assert_int_equal(nftw(SYSTEM, compare_zone, 16, FTW_PHYS), 0);
    assert_true(zones_seen > 300 && changes_seen > 20000);
}

/* ---- a folder for our files ---------------------------------------------------------------------- */

static int make_folder(void **state)
{
    (void)state;
    unsetenv("TZDIR");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void zones_go_over_as_bytes(void **state)
{
    (void)state;
    Arena *a = arena_new();
    const Zone *here = zone_find("Europe/Vienna", NULL);
    size_t n;
    const char *bytes = zone_bytes(here, a, &n);
    for (size_t cut = 0; cut < n; cut += 7) assert_null(zone_keep("Copy/Cut", bytes, cut));
    char *bent = arena_dup_n(a, bytes, n);
    memset(bent + 16, 0x7f, 8);                        /* the first change comes behind the second */
    assert_null(zone_keep("Copy/Bent", bent, n));
    const Zone *there = zone_keep("Copy/Vienna", bytes, n);
    assert_non_null(there);
    assert_ptr_equal(zone_keep("Copy/Vienna", NULL, 0), there);
    for (int64_t year = -400; year < 8000; year += 3)
        for (int month = 0; month < 12; month++) {
            Instant t = (year * 365 + month * 30) * US_DAY + 7 * US_HOUR;
            assert_int_equal(zone_offset(there, t), zone_offset(here, t));
        }
    bytes = zone_bytes(zone_utc(), a, &n);
    assert_int_equal(zone_offset(zone_keep("Copy/UTC", bytes, n), 0), 0);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_are_those_of_libc),
        cmocka_unit_test(rules_hold_in_later_years),
        cmocka_unit_test(days_begin_at_their_first_instant),
        cmocka_unit_test(the_next_time_of_day), cmocka_unit_test(utc_needs_no_file),
        cmocka_unit_test(rules_of_every_form_are_those_of_libc),
        cmocka_unit_test(a_rule_may_hold_all_year),
        cmocka_unit_test(a_rule_may_turn_at_the_end_of_the_year),
        cmocka_unit_test(rules_that_cannot_be_read_are_refused),
        cmocka_unit_test(files_of_every_version_are_read),
        cmocka_unit_test(a_rule_begins_behind_the_last_change),
        cmocka_unit_test(changes_that_make_no_sense_are_refused),
        cmocka_unit_test(changes_close_together_are_all_seen),
        cmocka_unit_test(a_clock_that_counts_leap_seconds_is_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(bent_files_do_no_harm),
        cmocka_unit_test(names_that_are_no_zones_are_refused),
        cmocka_unit_test(zones_go_over_as_bytes),
        cmocka_unit_test(every_zone_is_that_of_libc),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
