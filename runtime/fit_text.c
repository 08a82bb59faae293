/* fit_text.c -- reading values that a person typed or a command printed.
 *
 * Generous in form (blanks, signs before or behind, thousands with commas),
 * strict in meaning: where a slip could change an amount, it asks. "1,5" is
 * no number, because half the world reads one and a half; "5" is no percent,
 * because it could be 5% or 500%.
 */
#include "runtime/fit.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { SHOWN = 60 };

/* "percent, like 5%", or "percent, like 5%, or nothing": `none` itself is not typed, it could be somebody's text. */
static void say_wanted(Buf *b, const IrUnit *u, uint32_t type, const char *example)
{
    static const char optional[] = " or none";
    ir_type_print(b, u, type);
    size_t n = strlen(optional);
    bool may_lack = b->n > n && strcmp(buf_text(b) + b->n - n, optional) == 0;
    if (may_lack) b->p[b->n -= n] = '\0';
    buf_printf(b, ", like %s%s", example, may_lack ? ", or nothing" : "");
}

static Status wanted(const IrUnit *u, uint32_t type, const char *example, const char *text, Error *err)
{
    Buf b = {0}, shown = {0};
    size_t n = strlen(text), fit = text_fit(text, n, SHOWN);
    say_wanted(&b, u, type, example);
    buf_visible(&shown, text, fit);
    Status st = n == 0 ? fail(err, ST_VALUE, "wanted %s, found nothing", buf_text(&b))
                       : fail(err, ST_VALUE, "wanted %s, found \"%s%s\"", buf_text(&b), buf_text(&shown),
                              fit < n ? "..." : "");
    buf_free(&b);
    buf_free(&shown);
    return st;
}

/* ---- numbers ------------------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(const char *p, const char *end)
{
    size_t n = 0;
    while (p + n < end && is_digit(p[n])) n++;
    return n;
}

/* "1500", "-1500.50", "1,500.00": commas only where thousands end. */
static bool read_decimal(const char *p, size_t n, int64_t *out)
{
    char plain[64];
    size_t kept = 0;
    const char *end = p + n, *comma = memchr(p, ',', n);
    if (!comma) return decimal_parse(p, n, out);
    if (n >= sizeof plain) return false;
    if (*p == '-' || *p == '+') plain[kept++] = *p++;
    size_t digits = count_digits(p, end);
    if (digits < 1 || digits > 3 || *p == '0') return false;
    for (;;) {
        memcpy(plain + kept, p, digits);
        kept += digits, p += digits;
        if (p == end || *p != ',') break;
        if (digits = count_digits(++p, end), digits != 3) return false;
    }
    memcpy(plain + kept, p, (size_t)(end - p));
    return (p == end || *p == '.') && decimal_parse(plain, kept + (size_t)(end - p), out);
}

/* "5%" or "5 %"; a bare number is a fraction, and one beyond 1 could be either. */
static bool read_percent(const char *p, size_t n, Value *out)
{
    int64_t i;
    bool sign = n && p[n - 1] == '%';
    if (sign) n--;
    while (sign && n && p[n - 1] == ' ') n--;
    if (!read_decimal(p, n, &i)) return false;
    if (sign ? i % 100 != 0 : i > DECIMAL_ONE || i < -DECIMAL_ONE) return false;
    *out = value_percent(sign ? i / 100 : i);
    return true;
}

/* ---- money -------------------------------------------------------------------------------- */

/* A currency at p, as sign or letters: its bytes, or 0. */
static size_t read_currency(const char *p, uint16_t *unit)
{
    static const struct { const char *sign, *code; } signs[] = {{"$", "USD"}, {"€", "EUR"}, {"£", "GBP"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strncmp(p, signs[i].sign, strlen(signs[i].sign)) == 0) {
            *unit = currency_pack(signs[i].code);
            return strlen(signs[i].sign);
        }
    if (strlen(p) < 3 || (p[3] >= 'A' && p[3] <= 'Z')) return 0;
    *unit = currency_pack(p);
    return *unit ? 3 : 0;
}

/* "$1500", "-$5", "1500 USD", "EUR 1500", "1500€", "1500": a sign in front or behind. */
static bool read_money(const char *p, int64_t *amount, uint16_t *unit)
{
    char number[64];
    size_t n = 0;
    *unit = 0;
    if (*p == '-') number[n++] = *p++;
    size_t before = read_currency(p, unit);
    p += before;
    if (before) p += strspn(p, " ");
    if (before && n == 0 && *p == '-') number[n++] = *p++;
    size_t digits = strspn(p, "0123456789.,_");
    if (!digits || n + digits >= sizeof number) return false;
    memcpy(number + n, p, digits);
    p += digits + strspn(p + digits, " ");
    if (!before) p += read_currency(p, unit);
    return *p == '\0' && read_decimal(number, n + digits, amount);
}

static Status parse_money(const IrUnit *u, uint32_t type, const char *text, Value *out, Error *err)
{
    const IrType *t = &u->types[type];
    char code[4], example[64];
    uint16_t unit;
    int64_t amount;
    currency_unpack(t->currency, code);
    snprintf(example, sizeof example, t->currency ? "1500 or 1500.00 %s" : "$1500 or 1500.00 USD%s", code);
    if (!read_money(text, &amount, &unit)) return wanted(u, type, example, text, err);
    if (t->currency && unit && unit != t->currency) return wanted(u, type, example, text, err);
    if (!t->currency && !unit && amount)
        return fail(err, ST_VALUE, "wanted money with its currency, like $%s or %s EUR, found \"%s\"", text,
                    text, text);
    *out = value_money(amount, t->currency ? t->currency : unit);
    return ST_OK;
}

/* ---- yes and no, spans -------------------------------------------------------------------- */

static bool read_boolean(const char *text, Value *out)
{
    static const char *const words[] = {"no", "yes", "false", "true", "n", "y"};
    for (int i = 0; i < 6; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *out = value_boolean(i % 2);
            return true;
        }
    return false;
}

static int64_t span_unit(const char *name, size_t n)
{
    static const struct { const char *name; int64_t unit; } units[] = {
        {"w", 7 * US_DAY}, {"week", 7 * US_DAY}, {"weeks", 7 * US_DAY},
        {"d", US_DAY}, {"day", US_DAY}, {"days", US_DAY},
        {"h", US_HOUR}, {"hour", US_HOUR}, {"hours", US_HOUR},
        {"m", US_MINUTE}, {"min", US_MINUTE}, {"minute", US_MINUTE}, {"minutes", US_MINUTE},
        {"s", US_SECOND}, {"sec", US_SECOND}, {"second", US_SECOND}, {"seconds", US_SECOND},
        {"ms", 1000}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == n && strncmp(name, units[i].name, n) == 0) return units[i].unit;
    return 0;
}

/* "90 s", "1h30m", "2 days", "1.5 h": real time, the larger unit first. */
static bool read_duration(const char *p, Value *out)
{
    int64_t sum = 0, last = INT64_MAX;
    bool minus = *p == '-';
    p += minus;
    if (!*p) return false;
    while (*p) {
        int64_t n, part;
        size_t digits = strspn(p, "0123456789._");
        if (!digits || !decimal_parse(p, digits, &n)) return false;
        p += digits + strspn(p + digits, " ");
        size_t letters = strspn(p, "abcdefghijklmnopqrstuvwxyz");
        int64_t unit = span_unit(p, letters);
        if (!unit || unit >= last || !decimal_scale(n, unit, DECIMAL_ONE, &part)) return false;
        if (__builtin_add_overflow(sum, part, &sum)) return false;
        p += letters + strspn(p + letters, " ");
        last = unit;
    }
    *out = value_duration(minus ? -sum : sum);
    return true;
}

/* ---- lists -------------------------------------------------------------------------------- */

/* What stands between the blanks at both ends. */
static const char *trimmed(Arena *a, const char *text)
{
    static const char blanks[] = " \t\r\n";
    const char *from = text + strspn(text, blanks), *end = from + strlen(from);
    while (end > from && strchr(blanks, end[-1])) end--;
    return *end ? arena_dup_n(a, from, (size_t)(end - from)) : from;
}

/* Kinds whose values hold no comma may do without the blank behind it. */
static bool holds_commas(const IrType *t)
{
    switch ((IrTypeKind)t->kind) {
    case TYPE_TEXT: case TYPE_FILE: case TYPE_NUMBER: case TYPE_MONEY: case TYPE_PERCENT: case TYPE_LIST:
    case TYPE_RECORD: case TYPE_NONE:
        return true;
    case TYPE_DURATION:
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_DATETIME:
    case TYPE_BOOLEAN:
    case TYPE_PERSON:
    case TYPE_CHOICE:
        return false;
    }
    return true;
}

static bool is_amount(const IrType *t)
{
    return t->kind == TYPE_NUMBER || t->kind == TYPE_MONEY || t->kind == TYPE_PERCENT;
}

/* Where the next element ends: at a comma, or at one and a blank. In brackets each comma ends one, but within amounts:
 * 1,500 is one, and 1,5 is none. NULL: it is the last. */
static const char *element_end(const char *text, const IrType *of, bool brackets)
{
    if (!brackets) return strstr(text, holds_commas(of) ? ", " : ",");
    const char *p = strchr(text, ',');
    while (p && is_amount(of) && p > text && is_digit(p[-1]) && is_digit(p[1])) p = strchr(p + 1, ',');
    return p;
}

static Status parse_list(Arena *a, const IrUnit *u, const IrType *t, const char *text, bool brackets,
                         const Zone *zone, Value *out, Error *err)
{
    const IrType *of = &u->types[t->of];
    size_t between = !brackets && holds_commas(of) ? 2 : 1;
    VEC(Value) items = {0};
    for (const char *p = text, *end; p; p = end ? end + between : NULL) {
        end = element_end(p, of, brackets);
        const char *element = arena_dup_n(a, p, end ? (size_t)(end - p) : strlen(p));
        if (brackets) element = trimmed(a, element);
        Value v;
        Status st = value_parse_text(a, u, t->of, element, zone, &v, err);
        if (st == ST_OK && v.type == V_TEXT && v.len == 0)
            st = fail(err, ST_VALUE, "is empty: separate elements by one \", \" each");
        if (st != ST_OK) {
            error_prefix(err, "element %u: ", items.n + 1);
            return st;
        }
        *VEC_PUSH(a, &items) = v;
    }
    *out = value_list(items.items, items.n);
    return ST_OK;
}

/* ---- all kinds ---------------------------------------------------------------------------- */

static Status parse_name(Arena *a, const IrUnit *u, uint32_t type, const char *text, Value *out, Error *err)
{
    const IrType *t = &u->types[type];
    const Value v = value_text(text);
    const char *example = t->kind == TYPE_FILE ? "quote.pdf" : t->kind == TYPE_PERSON ? "ann" : NULL;
    if (!example) example = t->choices_n ? t->choices[0] : "one";
    return v.len ? value_fit(a, u, type, &v, out, err) : wanted(u, type, example, text, err);
}

/* A list or record as JSON: *is says whether it is meant as that. [a, b] is a list too, though no JSON. */
static Status parse_json(Arena *a, const IrUnit *u, uint32_t type, const char *text, const Zone *zone,
                         bool *is, Value *out, Error *err)
{
    Json *json;
    char opens = u->types[type].kind == TYPE_LIST ? '[' : '{';
    bool begins = *text == opens, sure = begins && (opens == '{' || strchr("\"{[", text[1 + strspn(text + 1, " ")]));
    Status st = begins ? json_parse(a, text, strlen(text), &json, err) : ST_OK;
    *is = begins && (st == ST_OK || sure);
    if (begins && st == ST_OK) return value_from_plain_json(a, u, type, json, zone, out, err);
    if (*is && err) err->status = ST_VALUE;
    return *is ? ST_VALUE : ST_OK;
}

static Status parse_list_text(Arena *a, const IrUnit *u, uint32_t type, const char *text, const Zone *zone,
                              Value *out, Error *err)
{
    bool is;
    size_t n = strlen(text);
    Status st = parse_json(a, u, type, text, zone, &is, out, err);
    if (is) return st;
    bool brackets = n >= 2 && text[0] == '[' && text[n - 1] == ']';
    if (brackets) text = trimmed(a, arena_dup_n(a, text + 1, n - 2));
    if (*text) return parse_list(a, u, &u->types[type], text, brackets, zone, out, err);
    *out = value_list(NULL, 0);
    return ST_OK;
}

static Status no_one_text(const IrUnit *u, const IrType *t, Error *err)
{
    Buf names = {0};
    for (uint32_t i = 0; i < t->fields_n && names.n < 200; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", u->fields[t->fields + i].name);
    Status st =
        fail(err, ST_VALUE, "%s cannot be read from one text: give its fields (%s) as JSON",
             t->name ? t->name : "a record", buf_text(&names));
    buf_free(&names);
    return st;
}

/* A moment is as long as 2026-12-31T09:30 at least; an offset stands behind that. */
static bool says_no_zone(const char *text, size_t n)
{
    enum { SHORTEST = 16 };
    return n <= SHORTEST || !strpbrk(text + SHORTEST, "Zz+-");
}

static Status whose_clock(const char *text, Error *err)
{
    return fail(err, ST_VALUE, "no calendar says whose clock %s goes by: say it, as in %sZ or %s+01:00", text, text,
                text);
}

/* The word for no value, where it can be no value itself: a person, a file or a choice may be called so. */
static bool says_none(const IrType *t, const char *text)
{
    bool is_name = t->kind == TYPE_TEXT || t->kind == TYPE_FILE || t->kind == TYPE_PERSON || t->kind == TYPE_CHOICE;
    return !*text || (!is_name && strcmp(text, "none") == 0);
}

Status value_parse_text(Arena *a, const IrUnit *u, uint32_t type, const char *text, const Zone *zone,
                        Value *out, Error *err)
{
    const IrType *t = &u->types[type];
    const char *all = text;
    if (utf8_check(text, strlen(text)) < strlen(text)) return fail(err, ST_VALUE, "it is no UTF-8 text");
    text = t->kind == TYPE_TEXT ? text : trimmed(a, text);
    size_t n = strlen(text);
    int64_t i = 0;
    bool json;
    Status st;
    *out = VALUE_NONE;
    if (t->optional && says_none(t, text)) return ST_OK;
    switch ((IrTypeKind)t->kind) {
    case TYPE_TEXT: *out = value_text_n(text, n); return ST_OK;
    case TYPE_CHOICE:
    case TYPE_FILE:
    case TYPE_PERSON: return parse_name(a, u, type, text, out, err);
    case TYPE_NUMBER:
        if (!read_decimal(text, n, &i)) return wanted(u, type, "1500 or 2.5", all, err);
        *out = value_number(i);
        return ST_OK;
    case TYPE_PERCENT: return read_percent(text, n, out) ? ST_OK : wanted(u, type, "5% or 0.05", all, err);
    case TYPE_MONEY: return parse_money(u, type, text, out, err);
    case TYPE_BOOLEAN: return read_boolean(text, out) ? ST_OK : wanted(u, type, "yes or no", all, err);
    case TYPE_DURATION:
        return read_duration(text, out) ? ST_OK : wanted(u, type, "90 s, 2 h or 1h30m", all, err);
    case TYPE_DATE:
        if (!date_parse(text, n, &i)) return wanted(u, type, "2026-12-31", all, err);
        *out = value_date(i);
        return ST_OK;
    case TYPE_TIME:
        if (!time_parse(text, n, &i)) return wanted(u, type, "09:30", all, err);
        *out = value_time(i);
        return ST_OK;
    case TYPE_DATETIME:
        if (!instant_parse(text, n, zone, &i)) return wanted(u, type, "2026-12-31T09:30", all, err);
        if (!zone && says_no_zone(text, n)) return whose_clock(text, err);
        *out = value_datetime(i);
        return ST_OK;
    case TYPE_LIST:
        return parse_list_text(a, u, type, text, zone, out, err);
    case TYPE_RECORD:
        st = parse_json(a, u, type, text, zone, &json, out, err);
        return json ? st : no_one_text(u, t, err);
    case TYPE_NONE: break;
    }
    return n == 0 ? ST_OK : wanted(u, type, "an empty text", all, err);
}
