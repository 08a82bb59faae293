/* literal.c -- the values that literals stand for.
 *
 * Amounts are exact: what does not fit into millionths is a mistake, never
 * rounded in silence. `$$` in a text is one dollar, so that `$${` can be
 * written; in a shell's text it stays, because there the shell must not see
 * a bare dollar either, and the shell's text is finished elsewhere.
 */
#include "lang/literal.h"
#include "lang/grammar.h"

#include <string.h>

/* ---- spans of time ---------------------------------------------------------------- */

typedef struct Unit {
    const char *name;
    int64_t micros;               /* 0: months */
    int64_t months;
    bool business;                /* may be counted in open hours or days */
} Unit;

static const Unit UNITS[] = {
    {"ms", US_SECOND / 1000, 0, false},
    {"s", US_SECOND, 0, false}, {"sec", US_SECOND, 0, false},
    {"second", US_SECOND, 0, false}, {"seconds", US_SECOND, 0, false},
    {"m", US_MINUTE, 0, true}, {"min", US_MINUTE, 0, true},
    {"minute", US_MINUTE, 0, true}, {"minutes", US_MINUTE, 0, true},
    {"h", US_HOUR, 0, true}, {"hour", US_HOUR, 0, true}, {"hours", US_HOUR, 0, true},
    {"d", US_DAY, 0, true}, {"day", US_DAY, 0, true}, {"days", US_DAY, 0, true},
    {"w", 7 * US_DAY, 0, false}, {"week", 7 * US_DAY, 0, false}, {"weeks", 7 * US_DAY, 0, false},
    {"month", 0, 1, false}, {"months", 0, 1, false}, {"year", 0, 12, false}, {"years", 0, 12, false},
};

static const Unit *unit_find(const char *p, uint32_t n)
{
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (*UNITS[i].name == *p && strncmp(UNITS[i].name, p, n) == 0 && UNITS[i].name[n] == '\0')
            return &UNITS[i];
    return NULL;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* "1h30m": how long the run of digits, then the run of letters is; false at the end or where neither stands.
 */
static bool next_part(const char *p, uint32_t n, uint32_t *at, uint32_t *number, uint32_t *word)
{
    uint32_t start = *at;
    while (*at < n && (digit(p[*at]) || p[*at] == '_' || p[*at] == '.'))
        ++*at;
    *number = *at - start;
    while (*at < n && blank(p[*at]))
        ++*at;
    start = *at;
    while (*at < n && p[*at] >= 'a' && p[*at] <= 'z')
        ++*at;
    *word = *at - start;
    return *number && *word;
}

static bool all_spans(const char *p, uint32_t n)
{
    uint32_t at = 0, number, word;
    while (at < n)
        if (!next_part(p, n, &at, &number, &word) || !unit_find(p + at - word, word))
            return false;
    return true;
}

static bool three_capitals(const char *p, uint32_t n)
{
    return n == 3 && p[0] >= 'A' && p[0] <= 'Z' && p[1] >= 'A' && p[1] <= 'Z' && p[2] >= 'A' && p[2] <= 'Z';
}

const char *const *literal_units(bool many, uint32_t *n)
{
    enum { UNITS_N = sizeof UNITS / sizeof *UNITS };
    static const char *sorted[2][UNITS_N + 1];
    const char **names = sorted[many];
    uint32_t k = 0;
    for (int pass = 0; pass < 3; pass++)               /* words of so many, other words, single letters */
        for (uint32_t i = 0; i < UNITS_N; i++) {
            size_t length = strlen(UNITS[i].name);
            int its_pass = length < 3 ? 2 : many == (UNITS[i].name[length - 1] == 's') ? 0 : 1;
            if (its_pass == pass)
                names[k++] = UNITS[i].name;
        }
    names[k++] = "business";
    return *n = k, names;
}

/* The unit that the letters at the end of a number were meant for. */
static void nearest_unit(Source *s, Diag *m, uint32_t from, uint32_t to)
{
    uint32_t n, start = to;
    while (start > from && ((s->text[start - 1] | 32) >= 'a' && (s->text[start - 1] | 32) <= 'z'))
        start--;
    bool one = from + 1 < to && s->text[from] == '1' && !(s->text[from + 1] >= '0' && s->text[from + 1] <= '9');
    const char *const *units = literal_units(!one, &n);
    if (start < to && !unit_find(s->text + start, to - start))
        diag_nearest(s->diags, m, arena_dup_n(s->arena, s->text + start, to - start), units, n);
}

static int not_a_number(Source *s, uint32_t from, uint32_t to, const char *hint)
{
    Diag *m = source_report(s, DIAG_E0112, from, to, "%.*s is neither a number nor a span of time",
                            (int)(to - from), s->text + from);
    diag_hint(s->diags, m, "%s", hint);
    nearest_unit(s, m, from, to);
    return RAW_BAD;
}

int literal_with_word(Source *s, uint32_t from, uint32_t to, uint32_t number, uint32_t *taken)
{
    const char *p = s->text + from;
    uint32_t n = to - from, word = number, word_n = 0;
    while (blank(p[word]))
        word++;
    while (word + word_n < n && !blank(p[word + word_n]))
        word_n++;
    *taken = n;
    if (word + word_n < n) {       /* 2 business days */
        uint32_t unit = word + word_n;
        while (blank(p[unit]))
            unit++;
        const Unit *u = unit_find(p + unit, n - unit);
        if (u && u->business)
            return BDUR;
        return not_a_number(s, from, to, "business time is counted in minutes, hours or days");
    }
    if (all_spans(p, n))
        return DURATION;
    if (word > number) {           /* a word of its own: 40 CHF, or no part of the number */
        if (three_capitals(p + word, word_n))
            return MONEY;
        *taken = number;
        return NUMBER;
    }
    if (three_capitals(p + word, word_n))
        return not_a_number(s, from, to, "an amount of money has a blank between: 40 CHF");
    return not_a_number(
        s, from, to,
        "spans are written 90 s, 5m, 1h30m, 2 days, 3 weeks, 6 months; names begin with a letter");
}

/* ---- numbers ------------------------------------------------------------------------- */

static Ast *bad(Source *s, Span at)
{
    return ast_bad(s->arena, at, 0);
}

static Ast *too_fine_or_large(Source *s, const Token *t, Span at)
{
    Diag *m = source_report(s, DIAG_E0112, t->from, t->to, "%.*s cannot be kept exactly",
                            (int)(t->to - t->from), s->text + t->from);
    diag_hint(s->diags, m, "numbers have at most six decimals and stay below nine million million; "
                           "months, years and business days are whole");
    return bad(s, at);
}

static Ast *number_node(Source *s, const Token *t, Span at)
{
    int64_t v;
    if (!decimal_parse(s->text + t->from, t->to - t->from, &v))
        return too_fine_or_large(s, t, at);
    return ast_literal(s->arena, at, value_number(v));
}

static Ast *percent_node(Source *s, const Token *t, Span at)
{
    int64_t v;
    if (!decimal_parse(s->text + t->from, t->to - t->from - 1, &v) || v % 100 != 0)
        return too_fine_or_large(s, t, at);
    return ast_literal(s->arena, at, value_percent(v / 100));
}

static Ast *money_node(Source *s, const Token *t, Span at)
{
    const char *p = s->text + t->from;
    uint32_t n = t->to - t->from, skip = p[0] == '$' ? 1 : (unsigned char)p[0] == 0xE2 ? 3
                                       : (unsigned char)p[0] == 0xC2 ? 2 : 0;
    const char *letters = skip == 1 ? "USD" : skip == 3 ? "EUR" : skip == 2 ? "GBP" : p + n - 3;
    int64_t v;
    if (!skip)
        for (n -= 3; n > 0 && blank(p[n - 1]);)
            n--;
    if (!decimal_parse(p + skip, n - skip, &v))
        return too_fine_or_large(s, t, at);
    uint16_t currency = currency_pack((char[3]){letters[0], letters[1], letters[2]});
    if (!currency) {
        Diag *m = source_report(s, DIAG_E0114, t->to - 3, t->to, "%.3s is no currency", letters);
        diag_hint(s->diags, m, "currencies are three letters: 40 CHF, 40 SEK");
        return bad(s, at);
    }
    return ast_literal(s->arena, at, value_money(v, currency));
}

/* v millionths of `unit`; false where the product does not fit or is not whole. */
static bool times(int64_t v, int64_t unit, int64_t *out)
{
    __int128 product = (__int128)v * unit;
    if (product % DECIMAL_ONE != 0 || product / DECIMAL_ONE > INT64_MAX)
        return false;
    *out = (int64_t)(product / DECIMAL_ONE);
    return true;
}

static Ast *duration_node(Source *s, const Token *t, Span at)
{
    const char *p = s->text + t->from;
    uint32_t n = t->to - t->from, pos = 0, number, word;
    int64_t micros = 0, months = 0;
    while (pos < n && next_part(p, n, &pos, &number, &word)) {
        const Unit *u = unit_find(p + pos - word, word);
        uint32_t start = pos - word;
        while (blank(p[start - 1]))
            start--;
        int64_t v, part;
        if (!decimal_parse(p + start - number, number, &v) ||
            !times(v, u->months ? u->months : u->micros, &part) ||
            __builtin_add_overflow(u->months ? months : micros, part, u->months ? &months : &micros))
            return too_fine_or_large(s, t, at);
    }
    if (months && micros) {
        not_a_number(s, t->from, t->to, "months and years are not mixed with shorter units");
        return bad(s, at);
    }
    Value v = value_duration(months ? months : micros);
    v.aux = months ? DUR_MONTHS : DUR_CLOCK;
    return ast_literal(s->arena, at, v);
}

static Ast *business_node(Source *s, const Token *t, Span at)
{
    const char *p = s->text + t->from, *end = p + (t->to - t->from), *unit = end;
    uint32_t number = 0;
    while (digit(p[number]) || p[number] == '_' || (p[number] == '.' && digit(p[number + 1])))
        number++;
    while (!blank(unit[-1]))
        unit--;
    const Unit *u = unit_find(unit, (uint32_t)(end - unit));
    bool days = u->micros == US_DAY;
    int64_t v, amount;
    if (!decimal_parse(p, number, &v) || !times(v, days ? 1 : u->micros, &amount))
        return too_fine_or_large(s, t, at);
    return ast_business(s->arena, at, amount, days, (Name){0});
}

/* ---- dates and times -------------------------------------------------------------------- */

static int two(const char *p)
{
    return (p[0] - '0') * 10 + p[1] - '0';
}

static Ast *no_such(Source *s, const Token *t, Span at, const char *what, const char *hint)
{
    Diag *m = source_report(s, DIAG_E0113, t->from, t->to, "%.*s is no %s", (int)(t->to - t->from),
                            s->text + t->from, what);
    diag_hint(s->diags, m, "%s", hint);
    return bad(s, at);
}

/* "9:30", "09:30", "09:30:15"; 24:00 is the end of a day. */
static bool time_of(const char *p, uint32_t n, int64_t *micros)
{
    uint32_t colon = p[1] == ':' ? 1 : 2;
    int hour = colon == 1 ? p[0] - '0' : two(p), minute = two(p + colon + 1);
    int second = n > colon + 3 ? two(p + colon + 4) : 0;
    *micros = hour * US_HOUR + minute * US_MINUTE + second * US_SECOND;
    return minute < 60 && second < 60 && *micros <= US_DAY;
}

static bool date_of(const char *p, uint32_t n, int64_t *date)
{
    if (n != 10)
        return false;
    int year = two(p) * 100 + two(p + 2), month = two(p + 5), day = two(p + 8);
    if (p[7] != '-' || !date_valid(year, month, day))
        return false;
    *date = date_from_civil(year, month, day);
    return true;
}

static Ast *date_node(Source *s, const Token *t, Span at)
{
    int64_t date;
    if (!date_of(s->text + t->from, t->to - t->from, &date))
        return no_such(s, t, at, "date",
                       "dates are written year-month-day, with two digits each: 2026-12-31");
    return ast_literal(s->arena, at, value_date(date));
}

static Ast *time_node(Source *s, const Token *t, Span at)
{
    int64_t micros;
    if (!time_of(s->text + t->from, t->to - t->from, &micros))
        return no_such(s, t, at, "time", "times run from 00:00 to 24:00");
    return ast_literal(s->arena, at, value_time(micros));
}

/* As if in UTC, aux 1: the checker binds it to a calendar's zone. */
static Ast *datetime_node(Source *s, const Token *t, Span at)
{
    const char *p = s->text + t->from;
    uint32_t n = (uint32_t)((const char *)memchr(p, 'T', t->to - t->from) - p);
    int64_t date, micros;
    if (!date_of(p, n, &date) || !time_of(p + n + 1, t->to - t->from - n - 1, &micros) || micros == US_DAY)
        return no_such(s, t, at, "date and time", "write 2026-12-31T09:30");
    Value v = value_datetime(date * US_DAY + micros);
    v.aux = 1;
    return ast_literal(s->arena, at, v);
}

static Ast *period_node(Source *s, const Token *t, Span at)
{
    const char *p = s->text + t->from;
    bool quarter = p[5] == 'Q';
    int n = quarter ? p[6] - '0' : two(p + 5);
    if (n < 1 || n > (quarter ? 4 : 12) || two(p) + two(p + 2) == 0)
        return no_such(s, t, at, quarter ? "quarter" : "month",
                       quarter
                           ? "quarters are written 2026-Q1 to 2026-Q4"
                           : "months are written 2026-01 to 2026-12; a difference has blanks around its -");
    return ast_literal(s->arena, at,
                       value_text_n(arena_dup_n(s->arena, p, t->to - t->from), t->to - t->from));
}

/* ---- texts --------------------------------------------------------------------------------- */

/* The bytes between the marks of a text or of a part of one. */
static void inside(const Source *s, const Token *t, const char **from, const char **to, bool *triple)
{
    const char *p = s->text + t->from, *end = s->text + t->to;
    uint32_t n = t->to - t->from, c;
    bool opens = t->kind == STRING || t->kind == STR_HEAD, closes = t->kind == STRING || t->kind == STR_TAIL;
    *triple = false;
    *from = *to = end;
    if (t->kind == STR_TAIL && (n == 0 || p[0] == '"'))
        return;                    /* a } that nobody wrote */
    if (opens && p[0] != '"') {    /* other quotes; already reported */
        p += literal_decode(p, n, &c);
        while (end > p && ((unsigned char)end[-1] & 0xC0) == 0x80)
            end--;
        *from = p, *to = end > p ? end - 1 : p;
        return;
    }
    *triple =
        opens ? n >= 3 && memcmp(p, "\"\"\"", 3) == 0 : closes && n >= 4 && memcmp(end - 3, "\"\"\"", 3) == 0;
    p += opens && *triple ? 3 : 1;
    if (!closes)
        end -= 2;
    else if (*triple && end - p >= 3 && memcmp(end - 3, "\"\"\"", 3) == 0)
        end -= 3;
    else if (!*triple && end > p && end[-1] == '"')
        end--;
    *from = p, *to = end;
}

static const char *unescape(Arena *a, const char *p, const char *end, bool shell, size_t *n)
{
    char *out = arena_alloc(a, (size_t)(end - p) + 1), *o = out;
    for (; p < end; p++) {
        bool more = p + 1 < end;
        if (*p == '\\' && more && (p[1] == '"' || p[1] == '\\'))
            p++;
        else if (*p == '$' && more && p[1] == '$') {
            if (shell)
                *o++ = '$';
            p++;
        } else if (*p == '\r' && more && p[1] == '\n')
            p++;
        *o++ = *p;
    }
    *n = (size_t)(o - out);
    return out;
}

static Ast *text_node(Source *s, const Token *t, Span at, bool shell)
{
    const char *from, *to, *text;
    bool triple;
    size_t n;
    inside(s, t, &from, &to, &triple);
    n = to > from ? (size_t)(to - from) : 0;
    if (memchr(from, '\r', n) || memchr(from, '\\', n) || memchr(from, '$', n))
        text = unescape(s->arena, from, to, shell, &n);
    else
        text = arena_dup_n(s->arena, from, n);
    Ast *node = ast_literal(s->arena, at, value_text_n(text, n));
    if (triple && t->kind == STRING)
        literal_dedent(node);
    return node;
}

typedef struct Dedent {
    const char *common;            /* blanks that every line begins with */
    size_t n;
    bool any;
} Dedent;

/* The blanks at p, unless the line holds nothing else. */
static void common_blanks(Dedent *d, const char *p, const char *end, bool last)
{
    size_t n = 0;
    while (p + n < end && (p[n] == ' ' || p[n] == '\t'))
        n++;
    if (p + n == end ? last : p[n] == '\n')
        return;
    if (!d->any)
        d->common = p, d->n = n, d->any = true;
    size_t same = 0;
    while (same < n && same < d->n && p[same] == d->common[same])
        same++;
    d->n = same;
}

static char *drop_line_end_at_edges(char *p, char **end, bool first, bool last, bool *begins_line)
{
    char *q = p;
    *begins_line = false;
    if (first) {
        while (q < *end && (*q == ' ' || *q == '\t'))
            q++;
        if (q < *end && *q == '\n')
            p = q + 1, *begins_line = true;
    }
    if (last) {
        for (q = *end; q > p && (q[-1] == ' ' || q[-1] == '\t');)
            q--;
        if (q > p && q[-1] == '\n')
            *end = q - 1;
        else if (q == p && *begins_line)
            *end = p;
    }
    return p;
}

static void remove_blanks(Value *v, const Dedent *d, bool begins_line)
{
    char *out = (char *)v->text, *o = out;
    const char *p = out, *end = out + v->len;
    while (p < end || begins_line) {
        if (begins_line) {
            size_t n = 0;
            while (p < end && n < d->n && (*p == ' ' || *p == '\t'))
                n++, p++;
            begins_line = false;
            continue;
        }
        begins_line = *p == '\n';
        *o++ = *p++;
    }
    *o = '\0';
    v->len = (uint32_t)(o - out);
}

void literal_dedent(Ast *parts)
{
    Dedent d = {0};
    bool first_begins = false;
    for (Ast *part = parts; part; part = part->next ? part->next->next : NULL) {
        Value *v = &part->literal.value;
        bool begins, last = !part->next;
        char *end = (char *)v->text + v->len;
        v->text = drop_line_end_at_edges((char *)v->text, &end, part == parts, last, &begins);
        v->len = (uint32_t)(end - v->text);
        *end = '\0';
        if (part == parts)
            first_begins = begins;
        if (begins)
            common_blanks(&d, v->text, end, last);
        for (const char *p = v->text; (p = memchr(p, '\n', (size_t)(end - p)));)
            common_blanks(&d, ++p, end, last);
    }
    for (Ast *part = parts; part; part = part->next ? part->next->next : NULL)
        remove_blanks(&part->literal.value, &d, part == parts && first_begins);
}

/* ---- all of them ------------------------------------------------------------------------------ */

/* So the same block is the same, whichever system's line ends the file has. */
static const char *without_carriage_returns(Arena *a, const char *p, uint32_t n)
{
    char *made = arena_dup_n(a, p, n), *to = made;
    for (uint32_t i = 0; i < n; i++)
        if (p[i] != '\r' || i + 1 == n || p[i + 1] != '\n') *to++ = p[i];
    *to = '\0';
    return made;
}

static Ast *lua_node(Source *s, const Token *t, Span at)
{
    const char *brace = s->text + t->from, *end = s->text + t->to;        /* the text may end behind `lua` */
    if (brace < end && *brace != '{') brace += 3;                         /* which may have been forgotten */
    while (brace < end && (blank(*brace) || *brace == '\n'))
        brace++;
    uint32_t from = (uint32_t)(brace - s->text) + (brace < end && *brace == '{'), to = t->to;
    if (to > from && s->text[to - 1] == '}')
        to--;
    return ast_lua(s->arena, at, without_carriage_returns(s->arena, s->text + from, to - from),
                   (Span){s->offset + from, s->offset + to});
}

Ast *literal_node(Source *s, const Token *t, bool shell)
{
    Span at = {s->offset + t->from, s->offset + t->to};
    switch (t->kind) {
    case NUMBER: return number_node(s, t, at);
    case PERCENT: return percent_node(s, t, at);
    case MONEY: return money_node(s, t, at);
    case DURATION: return duration_node(s, t, at);
    case BDUR: return business_node(s, t, at);
    case DATE: return date_node(s, t, at);
    case TIME: return time_node(s, t, at);
    case DATETIME: return datetime_node(s, t, at);
    case PERIOD: return period_node(s, t, at);
    case LUA: return lua_node(s, t, at);
    default: return text_node(s, t, at, shell);
    }
}

/* ---- code points --------------------------------------------------------------------------------- */

uint32_t literal_decode(const char *p, uint32_t n, uint32_t *c)
{
    const unsigned char *u = (const unsigned char *)p;
    uint32_t more = n == 0        ? 0
                    : u[0] < 0x80 ? 0
                    : u[0] < 0xC2 ? 9
                    : u[0] < 0xE0 ? 1
                    : u[0] < 0xF0 ? 2
                    : u[0] < 0xF5 ? 3
                                  : 9;
    *c = n == 0 ? 0 : more == 0 ? u[0] : u[0] & (0x3F >> more);
    if (more >= 9 || more >= n)
        return more == 0 ? 1 : (*c = 0xFFFD, 1);
    for (uint32_t i = 1; i <= more; i++) {
        if ((u[i] & 0xC0) != 0x80)
            return *c = 0xFFFD, 1;
        *c = *c << 6 | (u[i] & 0x3F);
    }
    return more + 1;
}

OddKind literal_odd(uint32_t c)
{
    if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F ||
        c == 0x61C)
        return ODD_BIDI;
    if (c == 0xA0 || c == 0xAD || (c >= 0x2000 && c <= 0x200D) || c == 0x202F || c == 0x205F || c == 0x2060 ||
        c == 0x3000 || c == 0xFEFF || c == 0x85 || c == 0x2028 || c == 0x2029)
        return ODD_BLANK;
    if ((c >= 0x2018 && c <= 0x201F) || c == 0xAB || c == 0xBB || c == 0x2039 || c == 0x203A)
        return ODD_QUOTE;
    if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212)
        return ODD_DASH;
    if (c == 0x2264 || c == 0x2265 || c == 0x2260 || c == 0xD7 || c == 0xF7 || c == 0x2026 || c == 0xFF1C ||
        c == 0xFF1E)
        return ODD_SIGN;
    return ODD_NONE;
}
