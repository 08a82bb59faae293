/* script_time.c -- the module `time`: days, moments and spans, by the clock and by the program's calendars.
 *
 * What it makes are values of the language, which add, compare and print by its
 * rules. Now is the instant of the block: when it runs again for what it gave,
 * it finds the same. A calendar may be named; else the one that counts there
 * does, and with it its zone.
 */
#include "runtime/script_modules.h"

#include "base/like.h"
#include "runtime/eval_private.h"

#include <string.h>

/* ---- what is asked for ---------------------------------------------------------------------- */

static const char *calendar_name(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ? script_of(L)->call->calendar : luaL_checkstring(L, index);
}

/* The calendar that the argument names, or that counts. */
static const Calendar *take_calendar(lua_State *L, int index)
{
    const IrProgram *p = script_of(L)->call->program;
    const char *name = calendar_name(L, index);
    const Calendar *c = p && name ? ir_calendar(p, name) : NULL;
    if (c) return c;
    if (!p || !p->calendars_n) luaL_error(L, "the program has no calendar");
    if (!name) luaL_error(L, "no calendar counts here: name one, like \"%s\"", p->calendars[0].name);
    Arena *a = module_scratch(L);
    const char **names = ARENA_ARRAY(a, const char *, p->calendars_n);
    for (uint32_t i = 0; i < p->calendars_n; i++) names[i] = p->calendars[i].name;
    luaL_error(L, "there is no calendar `%s`%s", name, text_did_you_mean(a, name, names, p->calendars_n));
    return NULL;
}

/* Its zone; where none is named, and none counts, UTC. */
static const Zone *take_zone(lua_State *L, int index)
{
    bool none = lua_isnoneornil(L, index) && !calendar_name(L, index);
    return none ? zone_utc() : take_calendar(L, index)->zone;
}

/* The value of one of two types at an index. */
static const Value *take_value(lua_State *L, int index, ValueType type, ValueType other, const char *wanted)
{
    const Value *v = values_test(L, index);
    if (v && (v->type == type || v->type == other)) return v;
    const char *found = v ? value_type_name(v) : luaL_typename(L, index);
    luaL_argerror(L, index, lua_pushfstring(L, "%s expected, got %s", wanted, found));
    return NULL;
}

static int64_t date_in(const Zone *zone, const Value *v)
{
    return v->type == V_DATE ? v->i : zone_date(zone, v->i);
}

static int push(lua_State *L, Value v)
{
    values_push(L, &v);
    return 1;
}

/* ---- days, times and moments -------------------------------------------------------------------- */

static int l_now(lua_State *L)
{
    return push(L, value_datetime(script_of(L)->now));
}

static int l_today(lua_State *L)
{
    return push(L, value_date(zone_date(take_zone(L, 1), script_of(L)->now)));
}

/* date("2026-12-25"), date(2026, 12, 25), date(moment, calendar) */
static int l_date(lua_State *L)
{
    size_t n;
    int64_t date;
    if (values_test(L, 1)) {
        const Value *v = take_value(L, 1, V_DATETIME, V_DATE, "moment");
        return push(L, value_date(date_in(take_zone(L, 2), v)));
    }
    if (lua_type(L, 1) == LUA_TSTRING) {
        const char *text = module_take_text(L, 1, &n);
        luaL_argcheck(L, date_parse(text, n, &date), 1, "a date is written like \"2026-12-25\"");
        return push(L, value_date(date));
    }
    lua_Integer y = luaL_checkinteger(L, 1), m = luaL_checkinteger(L, 2), d = luaL_checkinteger(L, 3);
    bool fits = y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && d <= 31 && date_valid((int)y, (int)m, (int)d);
    if (!fits) return luaL_error(L, "there is no such day: %I-%I-%I", (LUAI_UACINT)y, (LUAI_UACINT)m, (LUAI_UACINT)d);
    return push(L, value_date(date_from_civil((int)y, (int)m, (int)d)));
}

/* of_day("09:30"), of_day(9, 30), of_day(moment, calendar) */
static int l_of_day(lua_State *L)
{
    size_t n;
    int64_t micros;
    Civil local;
    if (values_test(L, 1)) {
        zone_civil(take_zone(L, 2), take_value(L, 1, V_DATETIME, V_DATETIME, "moment")->i, &local);
        return push(L, value_time(local.hour * US_HOUR + local.minute * US_MINUTE + local.second * US_SECOND +
                                  local.micros));
    }
    if (lua_type(L, 1) == LUA_TSTRING) {
        const char *text = module_take_text(L, 1, &n);
        luaL_argcheck(L, time_parse(text, n, &micros), 1, "a time is written like \"09:30\"");
        return push(L, value_time(micros));
    }
    lua_Integer hour = luaL_checkinteger(L, 1), minute = luaL_optinteger(L, 2, 0);
    luaL_argcheck(L, hour >= 0 && hour <= 23, 1, "hours go from 0 to 23");
    luaL_argcheck(L, minute >= 0 && minute <= 59, 2, "minutes go from 0 to 59");
    return push(L, value_time(hour * US_HOUR + minute * US_MINUTE));
}

/* moment("2026-12-25T09:30", calendar), moment(date, time, calendar) */
static int l_moment(lua_State *L)
{
    size_t n;
    Instant t;
    if (!values_test(L, 1)) {
        const char *text = module_take_text(L, 1, &n);
        luaL_argcheck(L, instant_parse(text, n, take_zone(L, 2), &t), 1,
                      "a moment is written like \"2026-12-25T09:30\"");
        return push(L, value_datetime(t));
    }
    int64_t date = take_value(L, 1, V_DATE, V_DATE, "date")->i, time = take_value(L, 2, V_TIME, V_TIME, "time")->i;
    Civil local = {.hour = (int)(time / US_HOUR), .minute = (int)(time / US_MINUTE % 60),
                   .second = (int)(time / US_SECOND % 60), .micros = (int)(time % US_SECOND)};
    date_to_civil(date, &local.year, &local.month, &local.day);
    return push(L, value_datetime(zone_instant(take_zone(L, 3), &local, NULL)));
}

static int l_weekday(lua_State *L)
{
    static const char *const names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    const Value *v = take_value(L, 1, V_DATE, V_DATETIME, "date or moment");
    lua_pushstring(L, names[date_weekday(date_in(take_zone(L, 2), v))]);
    return 1;
}

/* ---- spans ------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    DurationKind kind;
    int64_t each;
} units[] = {
    {"second", DUR_CLOCK, US_SECOND}, {"minute", DUR_CLOCK, US_MINUTE}, {"hour", DUR_CLOCK, US_HOUR},
    {"day", DUR_CLOCK, US_DAY}, {"week", DUR_CLOCK, 7 * US_DAY}, {"month", DUR_MONTHS, 1}, {"year", DUR_MONTHS, 12},
    {"business day", DUR_BUSINESS_DAYS, 1}, {"business hour", DUR_BUSINESS_TIME, US_HOUR},
    {"business minute", DUR_BUSINESS_TIME, US_MINUTE},
};

/* Of one or of many. */
static size_t take_unit(lua_State *L, int index)
{
    size_t n, i = 0, count = sizeof units / sizeof *units;
    const char *text = module_take_text(L, index, &n);
    if (n && text[n - 1] == 's') n--;
    while (i < count && (strlen(units[i].name) != n || memcmp(units[i].name, text, n) != 0)) i++;
    luaL_argcheck(L, i < count, index, "a unit is wanted: seconds, minutes, hours, days, weeks, months, years, "
                                       "business minutes, business hours, business days");
    return i;
}

/* Millionths of a number; whole, where parts of the unit are none. */
static int64_t take_count(lua_State *L, int index)
{
    Value v = VALUE_NONE;
    Error err;
    Script *s = script_of(L);
    size_t left = s->out;
    bool ok = (lua_type(L, index) == LUA_TNUMBER || values_test(L, index)) &&
              values_pull(s, index, module_scratch(L), &v, &err) && v.type == V_NUMBER;
    s->out = left;
    luaL_argexpected(L, ok, index, "number");
    return v.i;
}

/* span(3, "business days", calendar) */
static int l_span(lua_State *L)
{
    int64_t count = take_count(L, 1), amount;
    size_t unit = take_unit(L, 2);
    bool fits = decimal_scale(units[unit].each, count, DECIMAL_ONE, &amount);
    bool parts = units[unit].kind == DUR_CLOCK || units[unit].kind == DUR_BUSINESS_TIME || count % DECIMAL_ONE == 0;
    luaL_argcheck(L, fits, 1, "it is too large");
    luaL_argcheck(L, parts, 1, "months, years and business days are whole");
    Value v = {.type = V_DURATION, .aux = (uint8_t)units[unit].kind, .i = amount};
    Business business = {amount, NULL};
    if (v.aux >= DUR_BUSINESS_TIME) {
        business.calendar = take_calendar(L, 3)->name;
        v.business = &business;
    }
    return push(L, v);
}

/* A function of the language itself, on the two values at 1 and 2 and the calendar that 3 names. */
static int call_builtin(lua_State *L, IrBuiltin builtin)
{
    Script *s = script_of(L);
    Error err;
    EvalHost host = values_host(s);
    bool named = !lua_isnoneornil(L, 3) || host.zone;
    Value args[3] = {VALUE_NONE}, out;
    size_t left = s->out;
    Arena *a = module_scratch(L);
    bool ok = values_pull(s, 1, a, &args[0], &err) && values_pull(s, 2, a, &args[1], &err);
    s->out = left;
    if (named) args[2] = value_text(take_calendar(L, 3)->name);
    if (!ok || eval_call(&host, a, builtin, args, named ? 3 : 2, &out, &err) != ST_OK)
        return luaL_error(L, "%s", err.text);
    values_push(L, &out);
    return 1;
}

static int l_days_between(lua_State *L)
{
    return call_builtin(L, BUILTIN_DAYS_BETWEEN);
}

static int l_business_days(lua_State *L)
{
    take_calendar(L, 3);
    return call_builtin(L, BUILTIN_BUSINESS_DAYS);
}

/* How long it is open from one moment to another; looked at in pieces, between which the block's time is. */
static int l_business_time(lua_State *L)
{
    const Value *from = take_value(L, 1, V_DATETIME, V_DATETIME, "moment");
    const Value *to = take_value(L, 2, V_DATETIME, V_DATETIME, "moment");
    const Calendar *c = take_calendar(L, 3);
    bool back = to->i < from->i;
    Instant at = back ? to->i : from->i, end = back ? from->i : to->i;
    int64_t sum = 0;
    while (at < end) {
        Instant next = end - at > 1000 * US_DAY ? at + 1000 * US_DAY : end;
        sum += calendar_time_between(c, at, next);
        at = next;
        sandbox_check_clock(L);
    }
    return push(L, value_duration(back ? -sum : sum));
}

static int l_is_open(lua_State *L)
{
    const Value *v = take_value(L, 1, V_DATE, V_DATETIME, "date or moment");
    const Calendar *c = take_calendar(L, 2);
    lua_pushboolean(L, v->type == V_DATE ? calendar_open_day(c, v->i) : calendar_open_at(c, v->i));
    return 1;
}

/* A microsecond of open time later is one behind it, where it is closed now. */
static bool first_open(const Calendar *c, Instant t, Instant *out)
{
    *out = t;
    if (calendar_open_at(c, t)) return true;
    bool found = calendar_add_time(c, t, 1, out);
    if (found) --*out;
    return found;
}

/* The first open day at or after a date; the first open instant at or after a moment. */
static int l_next_open(lua_State *L)
{
    const Value *v = take_value(L, 1, V_DATE, V_DATETIME, "date or moment");
    const Calendar *c = take_calendar(L, 2);
    Value next = *v;
    sandbox_check_clock(L);
    bool there = v->type == V_DATE ? calendar_next_open(c, v->i, &next.i) : first_open(c, v->i, &next.i);
    if (!there) return luaL_error(L, "the calendar %s is not open for years from then on", c->name);
    return push(L, next);
}

/* ---- by example ----------------------------------------------------------------------------------------- */

static int l_format(lua_State *L)
{
    size_t n;
    luaL_checkany(L, 1);
    module_take_text(L, 2, &n);
    return call_builtin(L, BUILTIN_FORMAT);
}

/* parse(text, like, calendar): like "31.12.2017 23:59" */
static int l_parse(lua_State *L)
{
    size_t n;
    Like *like;
    Value v;
    Error err;
    const char *text = module_take_text(L, 1, &n), *example = module_take_text(L, 2, &n);
    const Zone *zone = take_zone(L, 3);
    Arena *a = module_scratch(L);
    if (like_compile(a, example, &like, &err) != ST_OK || like_read(like, text, zone, &v, &err) != ST_OK)
        return luaL_error(L, "%s", err.text);
    return push(L, v);
}

void module_time(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"business_days", l_business_days}, {"business_time", l_business_time}, {"date", l_date},
        {"days_between", l_days_between}, {"format", l_format}, {"is_open", l_is_open}, {"moment", l_moment},
        {"next_open", l_next_open}, {"now", l_now}, {"of_day", l_of_day}, {"parse", l_parse}, {"span", l_span},
        {"today", l_today}, {"weekday", l_weekday}, {NULL, NULL}};
    luaL_newlib(L, functions);
}
