/* value_print.c -- values for people, for machines, and as one writes them in Ops.
 *
 *     MACHINE     1500.00     0.05   5400      2026-12-25   yes
 *     HUMAN       $1,500.00   5%     1 h 30 min   25 Dec 2026   yes
 *     LANGUAGE    $1500       5%     1h30m     2026-12-25   yes
 *
 * A machine gets bare figures: amounts without their currency, fractions,
 * seconds. A list it gets as its elements with commas between; what has
 * structure beyond that, as JSON. People get amounts in full, never rounded;
 * only a percentage that does not come out even is cut to two decimals.
 */
#include "base/value_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- numbers ----------------------------------------------------------------- */

size_t percent_print(char *out, int64_t millionths)
{
    uint64_t u = millionths < 0 ? 0 - (uint64_t)millionths : (uint64_t)millionths;
    size_t n = (size_t)sprintf(out, "%s%" PRIu64, millionths < 0 ? "-" : "", u / 10000);
    if (u % 10000 == 0) return n;
    n += (size_t)sprintf(out + n, ".%04d", (int)(u % 10000));
    while (out[n - 1] == '0') out[--n] = '\0';
    return n;
}

/* text is a decimal's: puts commas between its thousands. */
static void add_grouped(Buf *b, const char *text)
{
    if (*text == '-') buf_putc(b, *text++);
    size_t whole = strcspn(text, ".");
    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % 3 == 0) buf_putc(b, ',');
        buf_putc(b, text[i]);
    }
    buf_puts(b, text + whole);
}

static void add_number(Buf *b, int64_t millionths, ValueStyle style)
{
    char text[24];
    decimal_print(text, sizeof text, millionths, 0);
    if (style == STYLE_HUMAN) add_grouped(b, text);
    else buf_puts(b, text);
}

static void add_percent(Buf *b, int64_t i, ValueStyle style)
{
    char text[24];
    if (style == STYLE_MACHINE) {
        add_number(b, i, style);
        return;
    }
    /* 3.125% is somebody's tax; 33.3333% is a third. */
    int64_t rounded;
    if (style == STYLE_HUMAN && i % 10 && decimal_round(i, 4, &rounded)) i = rounded;
    percent_print(text, i);
    if (style == STYLE_HUMAN) add_grouped(b, text);
    else buf_puts(b, text);
    buf_putc(b, '%');
}

static const char *currency_sign(const char *code)
{
    static const struct { const char *code, *sign; } signs[] = {{"USD", "$"}, {"EUR", "€"}, {"GBP", "£"}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strcmp(code, signs[i].code) == 0) return signs[i].sign;
    return NULL;
}

static void add_money(Buf *b, const Value *v, ValueStyle style)
{
    char text[24], code[4];
    decimal_print(text, sizeof text, v->i, style == STYLE_LANGUAGE ? 0 : currency_places(v->unit));
    if (style == STYLE_MACHINE) {
        buf_puts(b, text);
        return;
    }
    currency_unpack(v->unit, code);
    const char *sign = currency_sign(code), *amount = text;
    if (sign) {                        /* the minus stands ahead of the sign: -$5 */
        if (*amount == '-') buf_putc(b, *amount++);
        buf_puts(b, sign);
    }
    if (style == STYLE_HUMAN) add_grouped(b, amount);
    else buf_puts(b, amount);
    if (!sign && *code) buf_printf(b, " %s", code);
}

/* ---- durations --------------------------------------------------------------- */

/* Exactly, as the language writes it: "1h30m", "2d", "1m1.5s". */
static void add_span(Buf *b, int64_t micros)
{
    static const struct { int64_t unit; char letter; } units[] = {
        {US_DAY, 'd'}, {US_HOUR, 'h'}, {US_MINUTE, 'm'}};
    if (micros < 0) buf_putc(b, '-');
    uint64_t left = micros < 0 ? 0 - (uint64_t)micros : (uint64_t)micros;
    bool any = false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        uint64_t count = left / (uint64_t)units[i].unit;
        left %= (uint64_t)units[i].unit;
        if (count) buf_printf(b, "%" PRIu64 "%c", count, units[i].letter), any = true;
    }
    if (any && !left) return;
    add_number(b, (int64_t)left, STYLE_LANGUAGE);          /* a microsecond is a millionth of a second */
    buf_putc(b, 's');
}

static void add_counted(Buf *b, int64_t millionths, const char *unit)
{
    add_number(b, millionths, STYLE_LANGUAGE);
    buf_printf(b, " %s%s", unit, millionths == DECIMAL_ONE ? "" : "s");
}

/* In hours where they come out whole, else in minutes, which is exact but for fractions of
 * a millisecond. */
static void add_business(Buf *b, const Business *business, bool days)
{
    int64_t n = business->amount, count;
    if (days)
        buf_printf(b, "%" PRId64 " business day%s", n, n == 1 ? "" : "s");
    else if (n % US_HOUR == 0 && n)
        add_counted(b, n / US_HOUR * DECIMAL_ONE, "business hour");
    else if (decimal_div(n, US_MINUTE, &count))
        add_counted(b, count, "business minute");
    buf_printf(b, " in %s", business->calendar);
}

static void add_duration(Buf *b, const Value *v, ValueStyle style)
{
    char text[40];
    bool years = v->aux == DUR_MONTHS && v->i && v->i % 12 == 0;
    int64_t n = years ? v->i / 12 : v->i;
    switch ((DurationKind)v->aux) {
    case DUR_CLOCK:
        if (style == STYLE_MACHINE) add_number(b, v->i, style);
        else if (style == STYLE_LANGUAGE) add_span(b, v->i);
        else buf_add(b, text, span_print(text, v->i));
        return;
    case DUR_MONTHS:
        buf_printf(b, "%" PRId64 " %s%s", n, years ? "year" : "month", n == 1 ? "" : "s");
        return;
    case DUR_BUSINESS_TIME:
    case DUR_BUSINESS_DAYS: add_business(b, v->business, v->aux == DUR_BUSINESS_DAYS); return;
    }
}

/* ---- moments ----------------------------------------------------------------- */

/* What lies outside the years 1..9999 shows as their first or last moment. */
static int64_t between(int64_t least, int64_t i, int64_t most)
{
    return i < least ? least : i > most ? most : i;
}

static void add_day(Buf *b, int year, int month, int day)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    buf_printf(b, "%d %s %d", day, months[month - 1], year);
}

static void add_date(Buf *b, int64_t date, ValueStyle style)
{
    char text[40];
    int year, month, day;
    date = between(FIRST_DAY, date, LAST_DAY);
    if (style == STYLE_HUMAN) {
        date_to_civil(date, &year, &month, &day);
        add_day(b, year, month, day);
    } else {
        buf_add(b, text, date_print(text, date));
    }
}

static void add_instant(Buf *b, Instant t, ValueStyle style, const Zone *zone)
{
    char text[40];
    Civil c;
    if (t == INSTANT_NEVER && style == STYLE_HUMAN) {
        buf_puts(b, "never");
        return;
    }
    t = between(FIRST_DAY * US_DAY, t, (LAST_DAY + 1) * US_DAY - 1);
    zone_civil(zone ? zone : zone_utc(), t, &c);
    if (style == STYLE_HUMAN) {
        add_day(b, c.year, c.month, c.day);
        buf_printf(b, " %02d:%02d%s", c.hour, c.minute, zone ? "" : " UTC");
    } else if (style == STYLE_LANGUAGE && zone) {          /* local to a calendar, as literals are */
        buf_printf(b, "%04d-%02d-%02dT%02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
        if (c.second) buf_printf(b, ":%02d", c.second);
    } else {
        buf_add(b, text, instant_print(text, t));
    }
}

/* ---- texts and what holds others --------------------------------------------- */

/* As a literal: \" and \\, and a second $ where one would begin something. */
static void add_quoted(Buf *b, const char *text, uint32_t n)
{
    buf_putc(b, '"');
    for (uint32_t i = 0; i < n; i++) {
        char next = i + 1 < n ? text[i + 1] : '\0';
        if (text[i] == '"' || text[i] == '\\') buf_putc(b, '\\');
        if (text[i] == '$' && (next == '$' || next == '{')) buf_putc(b, '$');
        buf_putc(b, text[i]);
    }
    buf_putc(b, '"');
}

static bool is_flat(const Value *list)
{
    for (uint32_t i = 0; i < list->len; i++)
        if (list->list[i].type == V_LIST || list->list[i].type == V_RECORD) return false;
    return true;
}

static void add_list(Buf *b, const Value *v, ValueStyle style, const Zone *zone)
{
    if (style == STYLE_MACHINE && !is_flat(v)) {
        value_json(b, v);
        return;
    }
    if (style == STYLE_LANGUAGE) buf_putc(b, '[');
    for (uint32_t i = 0; i < v->len; i++) {
        if (i) buf_puts(b, ", ");
        value_print(b, &v->list[i], style, zone);
    }
    if (style == STYLE_LANGUAGE) buf_putc(b, ']');
}

/* HUMAN "name: Ann, budget: $900", leaving out what is none; LANGUAGE `Lead(name = "Ann", ...)`. */
static void add_record(Buf *b, const Record *r, ValueStyle style, const Zone *zone)
{
    bool literal = style == STYLE_LANGUAGE, first = true;
    if (literal) buf_printf(b, "%s(", r->shape->name ? r->shape->name : "");
    for (uint32_t i = 0; i < r->shape->n; i++) {
        if (!literal && r->fields[i].type == V_NONE) continue;
        buf_printf(b, "%s%s%s", first ? "" : ", ", r->shape->fields[i], literal ? " = " : ": ");
        value_print(b, &r->fields[i], style, zone);
        first = false;
    }
    if (literal) buf_putc(b, ')');
}

void value_print(Buf *b, const Value *v, ValueStyle style, const Zone *zone)
{
    char text[40];
    switch ((ValueType)v->type) {
    case V_NONE: buf_puts(b, style == STYLE_MACHINE ? "" : "none"); return;
    case V_BOOLEAN: buf_puts(b, v->i ? "yes" : "no"); return;
    case V_NUMBER: add_number(b, v->i, style); return;
    case V_PERCENT: add_percent(b, v->i, style); return;
    case V_MONEY: add_money(b, v, style); return;
    case V_DURATION: add_duration(b, v, style); return;
    case V_DATE: add_date(b, v->i, style); return;
    case V_TIME: buf_add(b, text, time_print(text, between(0, v->i, US_DAY))); return;
    case V_DATETIME: add_instant(b, v->i, style, zone); return;
    case V_TEXT:
    case V_FILE:
    case V_PERSON:
        if (style == STYLE_LANGUAGE) add_quoted(b, v->text, v->len);
        else buf_add(b, v->text, v->len);
        return;
    case V_LIST: add_list(b, v, style, zone); return;
    case V_RECORD:
        if (style == STYLE_MACHINE) value_json(b, v);
        else add_record(b, v->record, style, zone);
        return;
    case V_COUNT: break;
    }
    assert(!"a value of no type");
}
