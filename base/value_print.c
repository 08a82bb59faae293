/* value_print.c -- values for people, for machines, and as one writes them in Ops.
 *
 *     MACHINE     1500.00     0.05   5400      2026-12-25   yes
 *     HUMAN       $1,500.00   5%     1 h 30 min   25 Dec 2026   yes
 *     LANGUAGE    $1500       5%     1h30m     2026-12-25   yes
 *
 * A machine gets bare figures: amounts without their currency, fractions,
 * seconds. A list it gets as its elements with commas between; what has
 * structure beyond that, as JSON. People get amounts in full, never rounded;
 * only a percentage that does not come out even is cut to two decimals, and a
 * span that was measured to its two largest units. How a
 * figure, an amount or a date looks to them, base/manner.h says.
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

/* Style, and what it needs to know: the reader's manner where it is HUMAN. */
typedef struct How { ValueStyle style; const Manner *manner; const Zone *zone; bool measured; } How;

static void add_number(Buf *b, int64_t millionths, const How *how)
{
    char text[24];
    decimal_print(text, sizeof text, millionths, 0);
    if (how->style == STYLE_HUMAN) manner_figure(b, how->manner, text);
    else buf_puts(b, text);
}

static void add_percent(Buf *b, int64_t i, const How *how)
{
    char text[24];
    if (how->style == STYLE_MACHINE) {
        add_number(b, i, how);
        return;
    }
    /* 3.125% is somebody's tax; 33.3333% is a third. */
    int64_t rounded;
    if (how->style == STYLE_HUMAN && i % 10 && decimal_round(i, 4, &rounded)) i = rounded;
    percent_print(text, i);
    if (how->style == STYLE_HUMAN) manner_figure(b, how->manner, text), buf_puts(b, how->manner->percent);
    else buf_printf(b, "%s%%", text);
}

static void add_money(Buf *b, const Value *v, const How *how)
{
    char text[24], code[4];
    decimal_print(text, sizeof text, v->i, how->style == STYLE_LANGUAGE ? 0 : currency_places(v->unit));
    if (how->style == STYLE_MACHINE) {
        buf_puts(b, text);
        return;
    }
    currency_unpack(v->unit, code);
    if (how->style == STYLE_HUMAN) {
        manner_money(b, how->manner, text, code);
        return;
    }
    const char *sign = currency_sign(code), *amount = text;
    if (sign && *amount == '-') buf_putc(b, *amount++);    /* the minus stands ahead of the sign: -$5 */
    buf_printf(b, "%s%s", sign ? sign : "", amount);
    if (!sign && *code) buf_printf(b, " %s", code);
}

static int64_t between(int64_t least, int64_t i, int64_t most)
{
    return i < least ? least : i > most ? most : i;
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
    char text[24];
    decimal_print(text, sizeof text, (int64_t)left, 0);    /* a microsecond is a millionth of a second */
    buf_printf(b, "%ss", text);
}

/* For programs and files the words are the language's own, and its figures bare. */
static void add_counted(Buf *b, int64_t millionths, MannerUnit unit, const How *how)
{
    char text[24];
    if (how->style == STYLE_HUMAN) {
        manner_counted(b, how->manner, millionths, unit);
        return;
    }
    decimal_print(text, sizeof text, millionths, 0);
    buf_printf(b, "%s %s", text, manner_english()->units[unit][millionths == DECIMAL_ONE ? 0 : 1]);
}

/* More than a decimal holds shows as the most that it does. */
static void add_whole(Buf *b, int64_t n, MannerUnit unit, const How *how)
{
    int64_t most = INT64_MAX / DECIMAL_ONE;
    add_counted(b, between(-most, n, most) * DECIMAL_ONE, unit, how);
}

/* In hours where they come out whole, else in minutes, which is exact but for fractions of
 * a millisecond. */
static void add_business(Buf *b, const Business *business, bool days, const How *how)
{
    int64_t n = business->amount, count;
    if (days) add_whole(b, n, MANNER_BUSINESS_DAY, how);
    else if (n % US_HOUR == 0 && n) add_counted(b, n / US_HOUR * DECIMAL_ONE, MANNER_BUSINESS_HOUR, how);
    else if (decimal_div(n, US_MINUTE, &count)) add_counted(b, count, MANNER_BUSINESS_MINUTE, how);
    buf_printf(b, " in %s", business->calendar);
}

static void add_duration(Buf *b, const Value *v, const How *how)
{
    bool years = v->aux == DUR_MONTHS && v->i && v->i % 12 == 0;
    switch ((DurationKind)v->aux) {
    case DUR_CLOCK:
        if (how->style == STYLE_MACHINE) add_number(b, v->i, how);
        else if (how->style == STYLE_LANGUAGE) add_span(b, v->i);
        else if (how->measured) manner_measured(b, how->manner, v->i);
        else manner_span(b, how->manner, v->i);
        return;
    case DUR_MONTHS: add_whole(b, years ? v->i / 12 : v->i, years ? MANNER_YEAR : MANNER_MONTH, how); return;
    case DUR_BUSINESS_TIME:
    case DUR_BUSINESS_DAYS: add_business(b, v->business, v->aux == DUR_BUSINESS_DAYS, how); return;
    }
}

/* ---- moments ----------------------------------------------------------------- */

/* What lies outside the years 1..9999 shows as their first or last moment. */
static void add_date(Buf *b, int64_t date, const How *how)
{
    char text[40];
    date = between(FIRST_DAY, date, LAST_DAY);
    if (how->style == STYLE_HUMAN) manner_date(b, how->manner, date);
    else buf_add(b, text, date_print(text, date));
}

static void add_instant(Buf *b, Instant t, const How *how)
{
    char text[40];
    Civil c;
    if (t == INSTANT_NEVER && how->style == STYLE_HUMAN) {
        buf_puts(b, how->manner->never);
        return;
    }
    t = between(FIRST_DAY * US_DAY, t, (LAST_DAY + 1) * US_DAY - 1);
    if (how->style == STYLE_HUMAN) {
        manner_moment(b, how->manner, t, how->zone, false);
    } else if (how->style == STYLE_LANGUAGE && how->zone) { /* local to a calendar, as literals are */
        zone_civil(how->zone, t, &c);
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

static void print(Buf *b, const Value *v, const How *how);

static void add_list(Buf *b, const Value *v, const How *how)
{
    if (how->style == STYLE_MACHINE && !is_flat(v)) {
        value_json(b, v);
        return;
    }
    if (how->style == STYLE_LANGUAGE) buf_putc(b, '[');
    for (uint32_t i = 0; i < v->len; i++) {
        if (i) buf_puts(b, ", ");
        print(b, &v->list[i], how);
    }
    if (how->style == STYLE_LANGUAGE) buf_putc(b, ']');
}

/* HUMAN "name: Ann, budget: $900", leaving out what is none; LANGUAGE `Lead(name = "Ann", ...)`. */
static void add_record(Buf *b, const Record *r, const How *how)
{
    bool literal = how->style == STYLE_LANGUAGE, first = true;
    if (literal) buf_printf(b, "%s(", r->shape->name ? r->shape->name : "");
    for (uint32_t i = 0; i < r->shape->n; i++) {
        if (!literal && r->fields[i].type == V_NONE) continue;
        buf_printf(b, "%s%s%s", first ? "" : ", ", r->shape->fields[i], literal ? " = " : ": ");
        print(b, &r->fields[i], how);
        first = false;
    }
    if (literal) buf_putc(b, ')');
}

static void print(Buf *b, const Value *v, const How *how)
{
    char text[40];
    switch ((ValueType)v->type) {
    case V_NONE: buf_puts(b, how->style == STYLE_MACHINE ? "" : how->manner->none); return;
    case V_BOOLEAN: buf_puts(b, v->i ? how->manner->yes : how->manner->no); return;
    case V_NUMBER: add_number(b, v->i, how); return;
    case V_PERCENT: add_percent(b, v->i, how); return;
    case V_MONEY: add_money(b, v, how); return;
    case V_DURATION: add_duration(b, v, how); return;
    case V_DATE: add_date(b, v->i, how); return;
    case V_TIME: buf_add(b, text, time_print(text, between(0, v->i, US_DAY))); return;
    case V_DATETIME: add_instant(b, v->i, how); return;
    case V_TEXT:
    case V_FILE:
    case V_PERSON:
        if (how->style == STYLE_LANGUAGE) add_quoted(b, v->text, v->len);
        else buf_add(b, v->text, v->len);
        return;
    case V_LIST: add_list(b, v, how); return;
    case V_RECORD:
        if (how->style == STYLE_MACHINE) value_json(b, v);
        else add_record(b, v->record, how);
        return;
    case V_COUNT: break;
    }
    assert(!"a value of no type");
}

void value_print(Buf *b, const Value *v, ValueStyle style, const Zone *zone)
{
    print(b, v, &(How){style, manner_english(), zone, false});
}

void value_print_for(Buf *b, const Value *v, const Manner *reader, const Zone *zone)
{
    print(b, v, &(How){STYLE_HUMAN, reader ? reader : manner_english(), zone, false});
}

void value_print_measured(Buf *b, const Value *v, const Manner *reader, const Zone *zone)
{
    print(b, v, &(How){STYLE_HUMAN, reader ? reader : manner_english(), zone, true});
}

void value_print_told(Buf *b, const Value *v, const Manner *reader, const Zone *zone)
{
    bool quoted = v->type == V_TEXT && (!*v->text || strcmp(v->text, "none") == 0);
    if (quoted) buf_putc(b, '"');
    value_print_for(b, v, reader, zone);
    if (quoted) buf_putc(b, '"');
}
