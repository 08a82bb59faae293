/* holidays.c -- the rules of holidays.def, year by year. */
#include "base/holidays.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

typedef enum RuleKind { RULE_FIXED, RULE_EASTER, RULE_NTH, RULE_AFTER, RULE_BEFORE } RuleKind;
typedef enum Moved { STAYS, FOLLOWS, NEAREST, EARLIER } Moved;
enum { MON, TUE, WED, THU, FRI, SAT, SUN };

typedef struct Rule { RuleKind kind; int a, b, c; } Rule;

typedef struct Holiday {
    const char *regions;
    Rule rule;
    Moved moved;
    int from, until;
    const char *name;
} Holiday;

#define FIXED(month, day) {RULE_FIXED, month, day, 0}
#define EASTER(days) {RULE_EASTER, days, 0, 0}
#define NTH(month, weekday, n) {RULE_NTH, month, weekday, n}
#define AFTER(month, day, weekday) {RULE_AFTER, month, day, weekday}
#define BEFORE(month, day, weekday) {RULE_BEFORE, month, day, weekday}

static const Holiday holidays[] = {
#define HOLIDAY(regions, ...) {regions, __VA_ARGS__},
#include "base/holidays.def"
#undef HOLIDAY
};

enum { HOLIDAYS = sizeof holidays / sizeof *holidays, MOST = 64 };

/* ---- whose ----------------------------------------------------------------------------- */

/* Does the list hold the n bytes as a word? */
static bool has_word(const char *list, const char *word, size_t n)
{
    for (const char *p = list; *p;) {
        size_t length = strcspn(p, " ");
        if (length == n && memcmp(p, word, n) == 0) return true;
        p += length + (p[length] == ' ');
    }
    return false;
}

/* A country's holidays are those of its parts, too. */
static bool is_of(const Holiday *h, const char *region)
{
    size_t country = strcspn(region, "-");
    return has_word(h->regions, region, strlen(region)) || has_word(h->regions, region, country);
}

bool holidays_known(const char *region)
{
    for (int i = 0; i < HOLIDAYS; i++)
        if (has_word(holidays[i].regions, region, strlen(region))) return true;
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *holidays_regions(Arena *a)
{
    VEC(const char *) all = {0};
    for (int i = 0; i < HOLIDAYS; i++)
        for (const char *p = holidays[i].regions; *p;) {
            size_t n = strcspn(p, " ");
            *VEC_PUSH(a, &all) = arena_dup_n(a, p, n);
            p += n + (p[n] == ' ');
        }
    qsort(all.items, all.n, sizeof *all.items, by_text);
    Buf b = {0};
    for (uint32_t i = 0; i < all.n; i++)
        if (!i || strcmp(all.items[i], all.items[i - 1]) != 0)
            buf_printf(&b, "%s%s", b.n ? ", " : "", all.items[i]);
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

/* ---- when ------------------------------------------------------------------------------- */

/* Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher). */
static int64_t easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    int m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;
    return date_from_civil(year, n / 31, n % 31 + 1);
}

static int64_t first_from(int64_t date, int weekday)
{
    return date + (weekday - date_weekday(date) + 7) % 7;
}

static int64_t date_of(const Rule *r, int year)
{
    switch (r->kind) {
    case RULE_FIXED: return date_from_civil(year, r->a, r->b);
    case RULE_EASTER: return easter(year) + r->a;
    case RULE_NTH:
        if (r->c < 0) return first_from(date_from_civil(year, r->a, month_days(year, r->a)) - 6, r->b);
        return first_from(date_from_civil(year, r->a, 1), r->b) + 7 * (r->c - 1);
    case RULE_AFTER: return first_from(date_from_civil(year, r->a, r->b), r->c);
    case RULE_BEFORE: return first_from(date_from_civil(year, r->a, r->b) - 7, r->c);
    }
    return 0;
}

typedef struct Day { int64_t date; const Holiday *of; } Day;
typedef struct Year { Day days[MOST]; int n; } Year;

static bool holds(const Year *y, int64_t date)
{
    bool found = false;
    for (int i = 0; i < y->n; i++) found = found || y->days[i].date == date;
    return found;
}

static void add(Year *y, int64_t date, const Holiday *of)
{
    if (y->n < MOST && !holds(y, date)) y->days[y->n++] = (Day){date, of};
}

/* Behind all others of the year, in their order: what fell on a weekend is made up for. */
static void follow(Year *y)
{
    for (int i = 0, n = y->n; i < n; i++) {
        int64_t date = y->days[i].date;
        if (y->days[i].of->moved != FOLLOWS || date_weekday(date) < SAT) continue;
        while (date_weekday(date) >= SAT || holds(y, date)) date++;
        add(y, date, y->days[i].of);
    }
}

/* The first day of a new year may be kept on the last of the old: it counts to the new one here. */
static void year_of(const char *region, int year, Year *y)
{
    y->n = 0;
    for (int i = 0; i < HOLIDAYS; i++) {
        const Holiday *h = &holidays[i];
        if (!is_of(h, region) || year < h->from || (h->until && year > h->until)) continue;
        int64_t date = date_of(&h->rule, year);
        int weekday = date_weekday(date);
        add(y, h->moved == EARLIER && weekday == SUN ? date - 1 : date, h);
        if (h->moved == NEAREST && weekday >= SAT) add(y, weekday == SAT ? date - 1 : date + 1, h);
    }
    follow(y);
}

void holidays_add(Arena *a, const char *region, HolidayVec *out)
{
    Year y;
    for (int year = HOLIDAYS_FIRST; year <= HOLIDAYS_LAST; year++) {
        year_of(region, year, &y);
        for (int i = 0; i < y.n; i++) *VEC_PUSH(a, out) = y.days[i].date;
    }
}

const char *holiday_name(const char *region, int64_t date)
{
    Year y;
    int at, month, day;
    date_to_civil(date, &at, &month, &day);
    for (int year = at; year <= at + 1; year++) {
        if (year < HOLIDAYS_FIRST || year > HOLIDAYS_LAST) continue;
        year_of(region, year, &y);
        for (int i = 0; i < y.n; i++)
            if (y.days[i].date == date) return y.days[i].of->name;
    }
    return NULL;
}

static int by_date(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void holidays_sort(HolidayVec *dates)
{
    uint32_t kept = 0;
    if (!dates->n) return;
    qsort(dates->items, dates->n, sizeof *dates->items, by_date);
    for (uint32_t i = 1; i < dates->n; i++)
        if (dates->items[i] != dates->items[kept]) dates->items[++kept] = dates->items[i];
    dates->n = kept + 1;
}
