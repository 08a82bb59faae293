/* eval_call.c -- the built-in functions, one per row of ir.def, and patterns.
 *
 * A function of none is none, with three exceptions: min and max pass over
 * it, and format writes nothing.
 */
#include "base/pattern.h"
#include "runtime/eval_private.h"

#include "base/like.h"

#include <stdlib.h>
#include <string.h>

typedef struct Call {
    const EvalHost *host;
    Arena *arena;
    const Value *args;                 /* the first of them is not none, but for min, max and format */
    uint32_t n;
    Value *out;
    Error *err;
} Call;

/* Declares the function of a row. */
#define CALL(NAME) static Status call_##NAME(Call *c)

static Status give(Call *c, Value v)
{
    *c->out = v;
    return ST_OK;
}

static Status too_large(Call *c)
{
    return fail(c->err, ST_FAILED, "the result is too large: numbers go to about 9.2 million million");
}

static Status give_integer(Call *c, int64_t n)
{
    int64_t millionths;
    if (__builtin_mul_overflow(n, (int64_t)DECIMAL_ONE, &millionths)) return too_large(c);
    return give(c, value_number(millionths));
}

/* ---- numbers ------------------------------------------------------------------------------ */

static bool has_decimals(const Value *v)
{
    return eval_is_number(v) || v->type == V_MONEY;
}

CALL(ROUND)
{
    Value v = c->args[0], places = c->n > 1 ? c->args[1] : value_number(0);
    if (!has_decimals(&v)) return eval_wanted("a number, money or a percent to round", &v, c->err);
    if (places.type != V_NUMBER || places.i < 0 || places.i > 6 * DECIMAL_ONE || places.i % DECIMAL_ONE)
        return eval_wanted("0 to 6 places to round to", &places, c->err);
    return decimal_round(v.i, (int)(places.i / DECIMAL_ONE), &v.i) ? give(c, v) : too_large(c);
}

CALL(FLOOR)
{
    Value v = c->args[0];
    if (!has_decimals(&v)) return eval_wanted("a number or money", &v, c->err);
    return decimal_floor(v.i, &v.i) ? give(c, v) : too_large(c);
}

CALL(CEIL)
{
    Value v = c->args[0];
    if (!has_decimals(&v)) return eval_wanted("a number or money", &v, c->err);
    return decimal_ceil(v.i, &v.i) ? give(c, v) : too_large(c);
}

CALL(ABS)
{
    const Value *v = &c->args[0];
    bool business = v->type == V_DURATION && (v->aux == DUR_BUSINESS_TIME || v->aux == DUR_BUSINESS_DAYS);
    if (!has_decimals(v) && v->type != V_DURATION)
        return eval_wanted("a number, money or a duration", v, c->err);
    return (business ? v->business->amount : v->i) < 0 ? eval_neg(c->arena, v, c->out, c->err) : give(c, *v);
}

static Status extreme(Call *c, bool least)
{
    const Value *v = c->args, *best = NULL;
    uint32_t n = c->n;
    if (n == 1 && v->type == V_LIST) n = v->len, v = v->list;
    for (uint32_t i = 0; i < n; i++) {
        if (v[i].type == V_NONE) continue;
        int order = best ? value_compare(&v[i], best) : 0;
        if (order == 2) return eval_unable("compare", best, &v[i], c->err);
        if (!best || (least ? order < 0 : order > 0)) best = &v[i];
    }
    return give(c, best ? *best : VALUE_NONE);
}

CALL(MIN)
{
    return extreme(c, true);
}

CALL(MAX)
{
    return extreme(c, false);
}

/* ---- texts -------------------------------------------------------------------------------- */

/* Are the first n arguments texts? None among them makes the result none, and is no mistake. */
static bool are_texts(Call *c, uint32_t n, Status *st)
{
    *st = give(c, VALUE_NONE);
    for (uint32_t i = 0; i < n; i++) {
        if (c->args[i].type == V_NONE) return false;
        if (eval_is_text(&c->args[i])) continue;
        *st = eval_wanted("a text", &c->args[i], c->err);
        return false;
    }
    return true;
}

CALL(LENGTH)
{
    const Value *v = &c->args[0];
    if (v->type == V_LIST) return give_integer(c, v->len);
    return eval_is_text(v) ? give_integer(c, text_length(v->text))
                           : eval_wanted("a text or a list", v, c->err);
}

CALL(UPPER)
{
    Status st;
    return are_texts(c, 1, &st) ? give(c, value_text(text_upper(c->arena, c->args[0].text))) : st;
}

CALL(LOWER)
{
    Status st;
    return are_texts(c, 1, &st) ? give(c, value_text(text_lower(c->arena, c->args[0].text))) : st;
}

CALL(CONTAINS)
{
    Status st;
    return are_texts(c, 2, &st) ? give(c, value_boolean(strstr(c->args[0].text, c->args[1].text) != NULL))
                                : st;
}

/* Does the text hold the part from this byte on? */
static bool holds_at(const Value *text, const Value *part, bool at_end)
{
    if (text->len < part->len) return false;
    return memcmp(text->text + (at_end ? text->len - part->len : 0), part->text, part->len) == 0;
}

CALL(STARTS_WITH)
{
    Status st;
    return are_texts(c, 2, &st) ? give(c, value_boolean(holds_at(&c->args[0], &c->args[1], false))) : st;
}

CALL(ENDS_WITH)
{
    Status st;
    return are_texts(c, 2, &st) ? give(c, value_boolean(holds_at(&c->args[0], &c->args[1], true))) : st;
}

/* ---- days --------------------------------------------------------------------------------- */

/* Both arguments as dates, in the zone. As are_texts. */
static bool are_dates(Call *c, const Zone *zone, int64_t dates[2], Status *st)
{
    *st = give(c, VALUE_NONE);
    for (int i = 0; i < 2; i++) {
        const Value *v = &c->args[i];
        if (v->type == V_NONE) return false;
        if (v->type != V_DATE && v->type != V_DATETIME) {
            *st = eval_wanted("a date", v, c->err);
            return false;
        }
        dates[i] = v->type == V_DATE ? v->i : zone_date(zone, v->i);
    }
    return true;
}

/* The zone of the calendar named last, else the usual one; NULL after a message. */
static const Zone *zone_named(Call *c)
{
    if (c->n <= 2) return eval_zone(c->host);
    if (!eval_is_text(&c->args[2])) return eval_wanted("a calendar's name", &c->args[2], c->err), NULL;
    const Calendar *calendar = eval_calendar(c->host, c->args[2].text, c->err);
    return calendar ? calendar->zone : NULL;
}

CALL(DAYS_BETWEEN)
{
    int64_t dates[2], n;
    Status st;
    const Zone *zone = zone_named(c);
    if (!zone) return ST_FAILED;
    if (!are_dates(c, zone, dates, &st)) return st;
    return __builtin_sub_overflow(dates[1], dates[0], &n) ? too_large(c) : give_integer(c, n);
}

CALL(BUSINESS_DAYS)
{
    int64_t dates[2];
    Status st;
    if (c->n > 2 && !eval_is_text(&c->args[2])) return eval_wanted("a calendar's name", &c->args[2], c->err);
    const Calendar *calendar = eval_calendar(c->host, c->n > 2 ? c->args[2].text : NULL, c->err);
    if (!calendar) return ST_FAILED;
    if (!are_dates(c, calendar->zone, dates, &st)) return st;
    return give_integer(c, calendar_days_between(calendar, dates[0], dates[1]));
}

/* ---- format ------------------------------------------------------------------------------- */

static Status written(Call *c, const Like *like, const Zone *zone)
{
    Buf b = {0};
    Status st = ST_OK;
    if (like_print(&b, like, &c->args[0], zone)) *c->out = value_text_n(buf_dup(&b, c->arena), b.n);
    else st = fail(c->err, ST_FAILED, "a %s cannot be written like \"%.60s\"", value_type_name(&c->args[0]),
                   c->args[1].text);
    buf_free(&b);
    return st;
}

CALL(FORMAT)
{
    Like *like;
    if (!eval_is_text(&c->args[1])) return eval_wanted("an example like \"31.12.2017\"", &c->args[1], c->err);
    if (c->args[0].type == V_NONE) return give(c, value_text(""));
    const Zone *zone = zone_named(c);
    if (!zone) return ST_FAILED;
    if (like_compile(c->arena, c->args[1].text, &like, c->err) == ST_OK) return written(c, like, zone);
    error_prefix(c->err, "format: ");
    if (c->err) c->err->status = ST_FAILED;
    return ST_FAILED;
}

/* ---- the table ---------------------------------------------------------------------------- */

typedef struct Function {
    Status (*run)(Call *c);
    const char *name;
    uint32_t least, most;
} Function;

/* A row without a function does not compile; a function without a row is unused, an error too. */
static const Function functions[] = {
#define BUILTIN(NAME, number, name, least, most, signature, help) [number] = {call_##NAME, name, least, most},
#include "lang/ir.def"
#undef BUILTIN
};

Status eval_call(const EvalHost *host, Arena *a, IrBuiltin builtin, const Value *args, uint32_t n, Value *out,
                 Error *err)
{
    const Function *f = &functions[builtin];
    Call c = {host, a, args, n, out, err};
    if (n < f->least || n > f->most) return fail(err, ST_FAILED, "%s cannot take %u values", f->name, n);
    bool takes_none = builtin == BUILTIN_MIN || builtin == BUILTIN_MAX || builtin == BUILTIN_FORMAT;
    if (args[0].type == V_NONE && !takes_none) return give(&c, VALUE_NONE);
    return f->run(&c);
}

/* ---- patterns ----------------------------------------------------------------------------- */

typedef struct Kept {
    char *pattern;                     /* NULL: free */
    regex_t regex;
} Kept;

/* Patterns are few and used often: those of late stay compiled, for each thread its own. */
static const regex_t *compiled(const char *pattern, Error *err)
{
    enum { KEPT = 16 };
    static _Thread_local Kept kept[KEPT];
    static _Thread_local unsigned next;
    for (int i = 0; i < KEPT; i++)
        if (kept[i].pattern && strcmp(kept[i].pattern, pattern) == 0) return &kept[i].regex;
    regex_t regex;
    Error why;
    if (pattern_compile(pattern, &regex, &why) != ST_OK) {
        fail(err, ST_FAILED,
             "the pattern \"%.80s\" cannot be read: %s; it must be a POSIX extended regular expression",
             pattern, why.text);
        return NULL;
    }
    Kept *k = &kept[next++ % KEPT];
    if (k->pattern) {
        regfree(&k->regex);
        free(k->pattern);
    }
    *k = (Kept){mem_dup(pattern), regex};
    return &k->regex;
}

Status eval_matches(const char *text, const char *pattern, bool *found, Error *err)
{
    const regex_t *regex = compiled(pattern, err);
    if (!regex) return ST_FAILED;
    int code = regexec(regex, text, 0, NULL, 0);
    if (code != 0 && code != REG_NOMATCH)
        return fail(err, ST_FAILED, "the pattern \"%.80s\" wants too much memory", pattern);
    *found = code == 0;
    return ST_OK;
}
