/* like.c -- formats by example: what an example shows.
 *
 * An example is tried as a number, then as a date or time, then as a yes and
 * a no. A date becomes a list of parts (day, separator, month ...), by which
 * like_read.c reads texts and writes values.
 *
 * Guessing wrong would be silent and cost somebody weeks, so what could mean
 * two things is refused, with examples that could not. Three conventions need
 * no guess: a year of two digits stands last; 2017-01-02, with these signs, is
 * the order of ISO 8601 and of Ops itself; and 31.12 is a number, 31.12. a day.
 */
#include "base/like_private.h"

#include <string.h>
#include <strings.h>

static size_t count_digits(const char *p)
{
    return strspn(p, "0123456789");
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The number in n digits; what is longer than nine is as good as endless. */
static int number(const char *p, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n && i < 9; i++) v = v * 10 + (p[i] - '0');
    return v;
}

/* ---- numbers ----------------------------------------------------------------- */

typedef enum Verdict { IS_NOT, IS, IS_AMBIGUOUS } Verdict;

/* The digits ahead of the first sign, and for each sign the digits behind it. */
typedef struct Groups {
    size_t first;
    uint32_t n;
    const char *sign[8];               /* in its plain form */
    size_t digits[8];
    const char *at;                    /* the first sign as written */
    size_t at_n;
} Groups;

static bool split_groups(const char *p, Groups *g)
{
    if (*p == '-' || *p == '+') p++;
    g->first = count_digits(p);
    if (!g->first) return false;
    for (p += g->first; *p; g->n++) {
        if (g->n == 8) return false;
        size_t size = like_group(p, &g->sign[g->n]);
        if (!size) return false;
        if (!g->n) g->at = p, g->at_n = size;
        p += size;
        g->digits[g->n] = count_digits(p);
        if (!g->digits[g->n]) return false;
        p += g->digits[g->n];
    }
    return true;
}

static bool is_point(const char *sign)
{
    return *sign == '.' || *sign == ',';
}

/* Whether the first n signs are the same, with three digits behind each. */
static bool are_thousands(const Groups *g, uint32_t n)
{
    if (g->first > 3) return false;
    for (uint32_t i = 0; i < n; i++)
        if (g->digits[i] != 3 || strcmp(g->sign[i], g->sign[0]) != 0) return false;
    return true;
}

/* Eight digits that are a possible date, one way or the other. */
static bool could_be_date(const char *p)
{
    return strlen(p) == 8 && count_digits(p) == 8 &&
           (date_valid(number(p, 4), number(p + 4, 2), number(p + 6, 2)) ||
            date_valid(number(p + 4, 4), number(p + 2, 2), number(p, 2)) ||
            date_valid(number(p + 4, 4), number(p, 2), number(p + 2, 2)));
}

static void set_group(Like *l, const Groups *g)
{
    l->group = g->sign[0];
    memcpy(l->group_sign, g->at, g->at_n);                 /* three bytes at most; the fourth is NUL */
}

static Verdict find_number(Like *l, const char *p)
{
    Groups g = {0};
    if (!split_groups(p, &g)) return IS_NOT;
    l->kind = LIKE_NUMBER;
    l->group = "";
    if (!g.n) return could_be_date(p) ? IS_AMBIGUOUS : IS;
    const char *last = g.sign[g.n - 1];
    bool all = are_thousands(&g, g.n);
    if (g.n == 1 && is_point(last)) {
        bool zero = p[strspn(p, "+-")] == '0';
        if (all && !zero) return IS_AMBIGUOUS;             /* 1.234: a thousand, or one and a bit */
    } else if (all) {
        set_group(l, &g);
        return IS;
    } else if (g.n == 1 || !is_point(last) || strcmp(last, g.sign[0]) == 0 || !are_thousands(&g, g.n - 1)) {
        return IS_NOT;
    } else {
        set_group(l, &g);
    }
    l->point = *last;
    l->places = g.digits[g.n - 1] > 6 ? 6 : (int)g.digits[g.n - 1];
    return IS;
}

static Status ambiguous_number(const char *example, Error *err)
{
    if (count_digits(example) == strlen(example))
        return fail(err, ST_VALUE,
                    "\"%s\" could be a number or a date without separators (which cannot be read): "
                    "give an example like \"1234.56\" or \"2017-12-31\"", example);
    bool comma = strchr(example, ',') != NULL;
    return fail(err, ST_VALUE,
                "the \"%s\" in \"%s\" could stand ahead of decimals or between thousands: "
                "give an example like \"%s\" or \"%s\"",
                comma ? "," : ".", example, comma ? "1234,56" : "1234.56", comma ? "1,234.56" : "1.234,56");
}

/* ---- the parts of dates and times -------------------------------------------- */

/* The numbers of a date in the order of the example, and its month's name. */
typedef struct Found {
    uint32_t n;
    uint32_t part[3];
    int value[3];
    size_t width[3];
    int month;                         /* by name; 0 for none */
    int hour, minute, second;
} Found;

static Part *add(Like *l, PartKind kind, size_t width)
{
    if (l->n == PARTS) return NULL;
    Part *p = &l->parts[l->n++];
    *p = (Part){.kind = kind, .width = (uint8_t)width};
    return p;
}

static bool add_sign(Like *l, char c)
{
    Part *p = l->n && l->parts[l->n - 1].kind == PART_TEXT ? &l->parts[l->n - 1] : add(l, PART_TEXT, 0);
    size_t n = p ? strlen(p->text) : 0;
    if (!p || n + 1 >= sizeof p->text) return false;
    p->text[n] = c;
    return true;
}

static LetterCase case_of(const char *letters)
{
    if (letters[0] >= 'a') return CASE_LOWER;
    return letters[1] < 'a' ? CASE_UPPER : CASE_NAME;
}

/* "AM" or "PM" at p, and no letter behind it. */
static bool is_half(const char *p)
{
    return (strncasecmp(p, "AM", 2) == 0 || strncasecmp(p, "PM", 2) == 0) && !is_letter(p[2]);
}

/* "23:59", "23:59:59", "11:59 PM" at p; the bytes it takes, or 0. */
static size_t find_time(Like *l, const char *p, Found *f)
{
    const char *from = p;
    size_t n = count_digits(p);
    if (n < 1 || n > 2 || p[n] != ':' || count_digits(p + n + 1) != 2) return 0;
    if (l->has_time || l->n + 7 > PARTS) return 0;
    f->hour = number(p, n);
    add(l, PART_HOUR, n);
    p += n + 1;
    add_sign(l, ':');
    f->minute = number(p, 2);
    add(l, PART_MINUTE, 2);
    p += 2;
    if (*p == ':' && count_digits(p + 1) == 2) {
        f->second = number(p + 1, 2);
        add_sign(l, ':');
        add(l, PART_SECOND, 2);
        p += 3;
    }
    size_t blank = *p == ' ';
    if (is_half(p + blank)) {
        if (blank) add_sign(l, ' ');
        add(l, PART_HALF, 2)->letters = case_of(p + blank);
        l->has_half = true;
        p += blank + 2;
    }
    l->has_time = true;
    return (size_t)(p - from);
}

static size_t find_month_name(Like *l, const char *p, Found *f)
{
    size_t n;
    int month = f->month ? 0 : like_month(p, &n);
    if (!month || is_letter(p[n])) return 0;
    Part *part = add(l, PART_MONTH_NAME, n == 3 ? 3 : 0);
    if (!part) return 0;
    part->letters = case_of(p);
    f->month = month;
    return n;
}

static size_t find_date_number(Like *l, const char *p, Found *f)
{
    size_t n = count_digits(p);
    if (!n || n == 3 || n > 4 || f->n == 3) return 0;
    f->part[f->n] = l->n, f->value[f->n] = number(p, n), f->width[f->n] = n, f->n++;
    return add(l, PART_DAY, n) ? n : 0;                    /* which it is, is decided later */
}

/* Separators: between numbers, and one T ahead of a time. A point may stand at the end: "31.12." */
static size_t find_sign(Like *l, const char *p)
{
    if (!l->n) return 0;
    bool ok = strchr("-/. ", *p) && (p[1] || *p == '.');
    if (*p == ',') ok = p[1] == ' ';
    if (*p == 'T') ok = l->parts[l->n - 1].kind != PART_TEXT && p[1 + count_digits(p + 1)] == ':';
    return ok && add_sign(l, *p);
}

static bool find_parts(Like *l, const char *p, Found *f)
{
    while (*p) {
        size_t n = find_time(l, p, f);
        if (!n) n = find_month_name(l, p, f);
        if (!n) n = find_date_number(l, p, f);
        if (!n) n = find_sign(l, p);
        if (!n) return false;
        p += n;
    }
    return l->has_time || f->n;
}

/* ---- which number is what ---------------------------------------------------- */

static void name_parts(Like *l, const Found *f, int year, int month, int day)
{
    if (year >= 0) l->parts[f->part[year]].kind = f->width[year] == 4 ? PART_YEAR4 : PART_YEAR2;
    if (month >= 0) l->parts[f->part[month]].kind = PART_MONTH;
    if (day >= 0) l->parts[f->part[day]].kind = PART_DAY;
}

/* Says it with two examples in the manner of the one given. */
static Status ambiguous_date(Like *l, const Found *f, int year, int a, int b, Error *err)
{
    static const Civil clear = {.year = 2017, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 59};
    Buf one = {0}, two = {0};
    name_parts(l, f, year, b, a);
    like_print_parts(&one, l, &clear);
    name_parts(l, f, year, a, b);
    like_print_parts(&two, l, &clear);
    Status st = fail(err, ST_VALUE,
                     "\"%s\" does not show which is the day and which is the month: "
                     "give an example with a day above 12, like \"%s\" or \"%s\"",
                     l->example, buf_text(&one), buf_text(&two));
    buf_free(&one);
    buf_free(&two);
    return st;
}

static Status incomplete(const Like *l, Error *err)
{
    return fail(err, ST_VALUE,
                "\"%s\" is no whole date: give an example with day, month and year, like \"31-12-2017\", "
                "\"31.12.17\" or \"December 31, 2017\"", l->example);
}

/* 2017-01-02: nothing else is written so. */
static bool is_iso(const Like *l, const Found *f)
{
    if (f->n != 3 || f->width[0] != 4 || f->width[1] != 2 || f->width[2] != 2) return false;
    const Part *year = &l->parts[f->part[0]];
    return f->part[2] == f->part[0] + 4 && strcmp(year[1].text, "-") == 0 && strcmp(year[3].text, "-") == 0;
}

/* 31.1.2017 shows that a day below 10 has one digit, though its own day has two. */
static void same_width(Like *l, const Found *f, int month, int day)
{
    if (month < 0) return;
    Part *m = &l->parts[f->part[month]], *d = &l->parts[f->part[day]];
    if (m->width < d->width) d->width = m->width;
    m->width = d->width;
}

/* Names the parts of a date whose month is a number or a name. */
static Status assign(Like *l, const Found *f, Error *err)
{
    int year = -1, month = -1, rest[3], n = 0;
    for (int i = 0; i < (int)f->n; i++) {
        if (f->width[i] != 4) rest[n++] = i;
        else if (year < 0) year = i;
        else return incomplete(l, err);
    }
    int wanted = f->month ? 1 : 2;     /* numbers beside the year */
    if (year < 0 && n == wanted + 1) { /* of two digits: the last */
        year = rest[--n];
        if (f->width[year] != 2) return incomplete(l, err);
    }
    if (n != wanted) return incomplete(l, err);
    int day = rest[0];
    if (!f->month) {
        bool first = f->value[rest[0]] > 12, second = f->value[rest[1]] > 12;
        if (!first && !second && !is_iso(l, f)) return ambiguous_date(l, f, year, rest[0], rest[1], err);
        day = first ? rest[0] : rest[1], month = first ? rest[1] : rest[0];
    }
    name_parts(l, f, year, month, day);
    same_width(l, f, month, day);
    l->has_date = true;
    l->has_year = year >= 0;
    int in_full = year < 0 ? 2000 : f->width[year] == 4 ? f->value[year] : like_full_year(f->value[year]);
    return like_check_date(l->example, in_full, f->month ? f->month : f->value[month], f->value[day], err);
}

static Status finish_moment(Like *l, const Found *f, Error *err)
{
    Status st = f->n || f->month ? assign(l, f, err) : ST_OK;
    if (st == ST_OK && l->has_time)
        st = like_check_time(l->example, f->hour, f->minute, f->second, l->has_half, err);
    l->kind = !l->has_time ? LIKE_DATE : l->has_date ? LIKE_DATETIME : LIKE_TIME;
    return st;
}

/* ---- yes and no -------------------------------------------------------------- */

static const char *trimmed(Arena *a, const char *p, size_t n)
{
    while (n && (*p == ' ' || *p == '\t')) p++, n--;
    while (n && (p[n - 1] == ' ' || p[n - 1] == '\t')) n--;
    return arena_dup_n(a, p, n);
}

static bool find_boolean(Arena *a, Like *l, const char *p)
{
    const char *slash = strchr(p, '/');
    if (!slash || strchr(slash + 1, '/')) return false;
    l->kind = LIKE_BOOLEAN;
    l->yes = trimmed(a, p, (size_t)(slash - p));
    l->no = trimmed(a, slash + 1, strlen(slash + 1));
    return *l->yes && *l->no && !like_same_word(l->yes, strlen(l->yes), l->no);
}

/* "1/0" is no day of a month. */
static bool is_one_or_nothing(const char *p)
{
    return strcmp(p, "1/0") == 0 || strcmp(p, "0/1") == 0;
}

/* ---- all of it --------------------------------------------------------------- */

static Status not_understood(const char *example, Error *err)
{
    return fail(err, ST_VALUE,
                "\"%s\" is no example that can be understood: give a date like \"31-12-2017\", a moment like "
                "\"31-12-2017 23:59\", a time like \"23:59\", a number like \"1.234,56\", or the words for "
                "yes and no like \"TRUE/FALSE\"", example);
}

Status like_compile(Arena *a, const char *example, Like **out, Error *err)
{
    Like *l = ARENA_NEW(a, Like);
    Found f = {0};
    const char *p = trimmed(a, example, strlen(example));
    *out = NULL;
    l->example = p;
    Verdict verdict = find_number(l, p);
    if (verdict == IS_AMBIGUOUS) return ambiguous_number(p, err);
    Status st = ST_OK;
    if (verdict == IS_NOT) {
        *l = (Like){.example = p};
        if (!is_one_or_nothing(p) && find_parts(l, p, &f)) {
            st = finish_moment(l, &f, err);
        } else {
            *l = (Like){.example = p};
            if (!find_boolean(a, l, p)) st = not_understood(p, err);
        }
    }
    if (st == ST_OK) *out = l;
    return st;
}

LikeKind like_kind(const Like *l)
{
    return l->kind;
}
