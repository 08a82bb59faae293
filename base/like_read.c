/* like_read.c -- formats by example: reading texts and writing values.
 *
 * What an example shows of an order and of signs is held to; how many digits
 * a day has and how a month's name is cut is not, because programs that pad
 * with zeros one day do not on another.
 */
#include "base/like_private.h"
#include "base/value_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

/* ---- names, words, signs ----------------------------------------------------- */

static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July",
                                     "August", "September", "October", "November", "December"};

int like_month(const char *p, size_t *n)
{
    for (int m = 0; m < 12; m++) {
        if (strncasecmp(p, months[m], 3) != 0) continue;
        *n = strlen(months[m]);
        if (strncasecmp(p, months[m], *n) != 0) *n = 3;
        return m + 1;
    }
    return 0;
}

size_t like_group(const char *p, const char **sign)
{
    static const struct { const char *bytes, *plain; } signs[] = {
        {".", "."}, {",", ","}, {"'", "'"}, {"\xe2\x80\x99", "'"}, {" ", " "},
        {"\xc2\xa0", " "}, {"\xe2\x80\xaf", " "}, {"\xe2\x80\x89", " "}};    /* no-break, narrow, thin */
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i].bytes);
        if (strncmp(p, signs[i].bytes, n) != 0) continue;
        *sign = signs[i].plain;
        return n;
    }
    return 0;
}

bool like_same_word(const char *a, size_t n, const char *b)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)a, *q = (const utf8proc_uint8_t *)b;
    utf8proc_ssize_t left = (utf8proc_ssize_t)n, wanted = (utf8proc_ssize_t)strlen(b);
    while (left && wanted) {
        utf8proc_int32_t x, y;
        utf8proc_ssize_t step = utf8proc_iterate(p, left, &x), other = utf8proc_iterate(q, wanted, &y);
        if (step <= 0 || other <= 0 || utf8proc_tolower(x) != utf8proc_tolower(y)) return false;
        p += step, left -= step;
        q += other, wanted -= other;
    }
    return !left && !wanted;
}

int like_full_year(int year)
{
    return year + (year < 69 ? 2000 : 1900);               /* the border that POSIX draws */
}

/* ---- what cannot be ---------------------------------------------------------- */

/* The beginning of a text from outside, fit for a message. */
typedef struct Shown { char text[256]; } Shown;

static const char *show(Shown *s, const char *text)
{
    Buf b = {0};
    size_t n = strnlen(text, 60);
    while (n && ((unsigned char)text[n] & 0xc0) == 0x80) n--;
    buf_visible(&b, text, n);          /* at most four times as long */
    snprintf(s->text, sizeof s->text, "%s%s", buf_text(&b), text[n] ? "..." : "");
    buf_free(&b);
    return s->text;
}

Status like_check_date(const char *text, int year, int month, int day, Error *err)
{
    Shown s;
    if (date_valid(year, month, day)) return ST_OK;
    if (month < 1 || month > 12)
        return fail(err, ST_VALUE, "\"%s\" is impossible: there is no month %d", show(&s, text), month);
    if (year < 1)
        return fail(err, ST_VALUE, "\"%s\" is impossible: there is no year %d", show(&s, text), year);
    return fail(err, ST_VALUE, "\"%s\" is impossible: %s %d has no day %d", show(&s, text), months[month - 1],
                year, day);
}

Status like_check_time(const char *text, int hour, int minute, int second, bool half, Error *err)
{
    Shown s;
    const char *what = half ? hour < 1 || hour > 12 ? "hour" : NULL : hour > 23 ? "hour" : NULL;
    int which = hour;
    if (!what && minute > 59) what = "minute", which = minute;
    if (!what && second > 59) what = "second", which = second;
    if (!what) return ST_OK;
    return fail(err, ST_VALUE, "\"%s\" is impossible: there is no %s %d%s", show(&s, text), what, which,
                half && which == hour ? " ahead of AM or PM" : "");
}

static Status unlike(const Like *l, const char *text, Error *err)
{
    Shown s;
    return fail(err, ST_VALUE, "wanted something like \"%s\", found \"%s\"", l->example, show(&s, text));
}

/* ---- reading dates and times ------------------------------------------------- */

typedef struct Moment {
    Civil c;
    bool pm;
} Moment;

static bool read_digits(const char **p, size_t least, size_t most, int *out)
{
    size_t n = 0;
    for (*out = 0; n < most && **p >= '0' && **p <= '9'; n++, ++*p) *out = *out * 10 + (**p - '0');
    return n >= least;
}

/* The separators of the example; for one blank there may be several. */
static bool read_signs(const char **p, const char *wanted)
{
    for (; *wanted; wanted++) {
        if (**p != *wanted) return false;
        ++*p;
        if (*wanted == ' ') *p += strspn(*p, " ");
    }
    return true;
}

static bool read_part(const Part *part, const char **p, Moment *m)
{
    size_t n;
    switch (part->kind) {
    case PART_TEXT: return read_signs(p, part->text);
    case PART_YEAR4: return read_digits(p, 4, 4, &m->c.year);
    case PART_YEAR2:
        if (!read_digits(p, 2, 2, &m->c.year)) return false;
        m->c.year = like_full_year(m->c.year);
        return true;
    case PART_MONTH: return read_digits(p, 1, 2, &m->c.month);
    case PART_MONTH_NAME:
        m->c.month = like_month(*p, &n);
        if (m->c.month) *p += n;
        return m->c.month != 0;
    case PART_DAY: return read_digits(p, 1, 2, &m->c.day);
    case PART_HOUR: return read_digits(p, 1, 2, &m->c.hour);
    case PART_MINUTE: return read_digits(p, 2, 2, &m->c.minute);
    case PART_SECOND: return read_digits(p, 2, 2, &m->c.second);
    case PART_HALF:
        m->pm = strncasecmp(*p, "PM", 2) == 0;
        if (!m->pm && strncasecmp(*p, "AM", 2) != 0) return false;
        *p += 2;
        return true;
    }
    return false;
}

static Status no_year(const Like *l, Error *err)
{
    return fail(err, ST_VALUE,
                "the example \"%s\" has no year: it can write dates and not read them; "
                "to read, give one with a year, like \"31-12-2017\"", l->example);
}

static Status read_moment(const Like *l, const char *text, const Zone *zone, Value *out, Error *err)
{
    Moment m = {.c = {.year = 1970, .month = 1, .day = 1}};
    Civil *c = &m.c;
    if (l->has_date && !l->has_year) return no_year(l, err);
    const char *p = text + strspn(text, " \t");
    for (uint32_t i = 0; i < l->n; i++)
        if (!read_part(&l->parts[i], &p, &m)) return unlike(l, text, err);
    if (p[strspn(p, " \t")]) return unlike(l, text, err);
    Status st = like_check_date(text, c->year, c->month, c->day, err);
    if (st == ST_OK) st = like_check_time(text, c->hour, c->minute, c->second, l->has_half, err);
    if (st != ST_OK) return st;
    if (l->has_half) c->hour = c->hour % 12 + (m.pm ? 12 : 0);
    if (l->kind == LIKE_DATE)
        *out = value_date(date_from_civil(c->year, c->month, c->day));
    else if (l->kind == LIKE_TIME)
        *out = value_time(c->hour * US_HOUR + c->minute * US_MINUTE + c->second * US_SECOND);
    else
        *out = value_datetime(zone_instant(zone ? zone : zone_utc(), c, NULL));
    return ST_OK;
}

/* ---- reading numbers and booleans -------------------------------------------- */

static size_t minus(const char *p)
{
    static const char sign[] = "\xe2\x88\x92";             /* the one that typesetters use */
    return *p == '-' ? 1 : strncmp(p, sign, 3) == 0 ? 3 : 0;
}

/* Digits and the signs between thousands into plain. False where a group has not three digits;
 * who writes no groups at all is welcome too. */
static bool read_whole(const Like *l, const char **p, Buf *plain)
{
    size_t since = 0;                  /* digits since the last sign */
    bool grouped = false;
    for (;;) {
        const char *sign;
        for (; **p >= '0' && **p <= '9'; ++*p, since++) buf_putc(plain, **p);
        size_t n = *l->group && since ? like_group(*p, &sign) : 0;
        if (!n || strcmp(sign, l->group) != 0 || (*p)[n] < '0' || (*p)[n] > '9') break;
        if (grouped ? since != 3 : since > 3) return false;
        grouped = true;
        since = 0;
        *p += n;
    }
    return grouped ? since == 3 : since > 0;
}

static Status read_number(const Like *l, const char *text, Value *out, Error *err)
{
    Buf plain = {0};
    Shown s;
    int64_t n = 0;
    const char *p = text + strspn(text, " \t");
    if (minus(p)) buf_putc(&plain, '-'), p += minus(p);
    else if (*p == '+') p++;
    bool alike = read_whole(l, &p, &plain);
    if (alike && l->point && *p == l->point) {
        size_t digits = strspn(++p, "0123456789");
        buf_putc(&plain, '.');
        buf_add(&plain, p, digits);
        p += digits;
        alike = digits > 0;
    }
    alike = alike && !p[strspn(p, " \t")];
    bool fits = alike && decimal_parse(buf_text(&plain), plain.n, &n);
    buf_free(&plain);
    if (!alike) return unlike(l, text, err);
    if (!fits)
        return fail(err, ST_VALUE,
                    "\"%s\" cannot be kept exactly: numbers stay below nine million million and have at most "
                    "six decimals", show(&s, text));
    *out = value_number(n);
    return ST_OK;
}

static Status read_boolean(const Like *l, const char *text, Value *out, Error *err)
{
    Shown s;
    const char *p = text + strspn(text, " \t");
    size_t n = strlen(p);
    while (n && (p[n - 1] == ' ' || p[n - 1] == '\t')) n--;
    bool yes = like_same_word(p, n, l->yes);
    if (!yes && !like_same_word(p, n, l->no))
        return fail(err, ST_VALUE, "wanted \"%s\" or \"%s\", found \"%s\"", l->yes, l->no, show(&s, text));
    *out = value_boolean(yes);
    return ST_OK;
}

Status like_read(const Like *l, const char *text, const Zone *zone, Value *out, Error *err)
{
    *out = VALUE_NONE;
    switch (l->kind) {
    case LIKE_NUMBER: return read_number(l, text, out, err);
    case LIKE_BOOLEAN: return read_boolean(l, text, out, err);
    case LIKE_DATE:
    case LIKE_TIME:
    case LIKE_DATETIME: break;
    }
    return read_moment(l, text, zone, out, err);
}

/* ---- writing ----------------------------------------------------------------- */

static void print_letters(Buf *b, const char *name, size_t n, LetterCase letters)
{
    for (size_t i = 0; i < n; i++) {
        bool upper = letters == CASE_UPPER || (letters == CASE_NAME && i == 0);
        buf_putc(b, (char)(upper ? name[i] & ~0x20 : name[i] | 0x20));
    }
}

static void print_part(Buf *b, const Part *part, const Civil *c, bool half)
{
    int width = part->width;
    switch (part->kind) {
    case PART_TEXT: buf_puts(b, part->text); return;
    case PART_YEAR4: buf_printf(b, "%04d", c->year); return;
    case PART_YEAR2: buf_printf(b, "%02d", c->year % 100); return;
    case PART_MONTH: buf_printf(b, "%0*d", width, c->month); return;
    case PART_MONTH_NAME:
        print_letters(b, months[c->month - 1], width ? 3 : strlen(months[c->month - 1]), part->letters);
        return;
    case PART_DAY: buf_printf(b, "%0*d", width, c->day); return;
    case PART_HOUR: buf_printf(b, "%0*d", width, !half ? c->hour : c->hour % 12 ? c->hour % 12 : 12); return;
    case PART_MINUTE: buf_printf(b, "%02d", c->minute); return;
    case PART_SECOND: buf_printf(b, "%02d", c->second); return;
    case PART_HALF:
        print_letters(b, c->hour % 24 < 12 ? "AM" : "PM", 2,
                      part->letters == CASE_LOWER ? CASE_LOWER : CASE_UPPER);
    }
}

void like_print_parts(Buf *b, const Like *l, const Civil *c)
{
    for (uint32_t i = 0; i < l->n; i++) print_part(b, &l->parts[i], c, l->has_half);
}

/* Rounded half to even to the places of the example, and with just these. */
static bool print_number(Buf *b, const Like *l, int64_t value)
{
    char text[24];
    if (!decimal_round(value, l->places, &value)) return false;
    decimal_print(text, sizeof text, value, l->places);
    const char *p = text;
    if (*p == '-') buf_putc(b, *p++);
    size_t whole = strcspn(p, ".");
    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % 3 == 0) buf_puts(b, l->group_sign);
        buf_putc(b, p[i]);
    }
    if (!p[whole]) return true;
    buf_putc(b, l->point);
    buf_puts(b, p + whole + 1);
    return true;
}

/* What of the value the example can show, as wall-clock time; false where it is of another kind. A date is
 * shown with the time at which it begins. */
static bool civil_of(const Like *l, const Value *v, const Zone *zone, Civil *c)
{
    *c = (Civil){.year = 1970, .month = 1, .day = 1};
    if (v->type == V_DATETIME && v->i >= FIRST_DAY * US_DAY && v->i < (LAST_DAY + 1) * US_DAY) {
        zone_civil(zone ? zone : zone_utc(), v->i, c);
        return true;
    }
    if (v->type == V_DATE && l->has_date && v->i >= FIRST_DAY && v->i <= LAST_DAY) {
        date_to_civil(v->i, &c->year, &c->month, &c->day);
        return true;
    }
    if (v->type != V_TIME || l->has_date || v->i < 0 || v->i > US_DAY) return false;
    c->hour = (int)(v->i / US_HOUR);
    c->minute = (int)(v->i / US_MINUTE % 60);
    c->second = (int)(v->i / US_SECOND % 60);
    return true;
}

bool like_print(Buf *b, const Like *l, const Value *v, const Zone *zone)
{
    Civil c;
    switch (l->kind) {
    case LIKE_NUMBER:
        if (v->type != V_NUMBER && v->type != V_MONEY && v->type != V_PERCENT) return false;
        return print_number(b, l, v->i);
    case LIKE_BOOLEAN:
        if (v->type != V_BOOLEAN) return false;
        buf_puts(b, v->i ? l->yes : l->no);
        return true;
    case LIKE_DATE:
    case LIKE_TIME:
    case LIKE_DATETIME: break;
    }
    if (!civil_of(l, v, zone, &c)) return false;
    like_print_parts(b, l, &c);
    return true;
}
