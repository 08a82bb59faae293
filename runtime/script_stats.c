/* script_stats.c -- the module `stats`: what a list of values adds up to, and how it lies.
 *
 * The definitions are those of the language's metrics. Values are counted in
 * millionths (moments and durations in microseconds), in 128 bits, so that
 * sums are exact and one rounding at the end, half to even, is all there is.
 * A list with a number that has no exact form is reckoned in Lua's floats.
 */
#include "runtime/script_modules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VALUES = 1 << 20 };

typedef __int128 Wide;

typedef union Figure {
    Wide exact;
    double real;
} Figure;

typedef struct Figures {
    Value kind;                        /* an element, for its type, currency ... */
    bool real;                         /* they are floats */
    uint32_t n;
    Figure *of;
} Figures;

/* ---- from a list -------------------------------------------------------------------------- */

static int refuse(lua_State *L, lua_Integer i, const char *why)
{
    return luaL_error(L, "element %I of the list is %s", (LUAI_UACINT)i, why);
}

/* What stands on top of the stack; false: a number that only a float holds. */
static bool take_figure(lua_State *L, lua_Integer i, Value *kind, Figure *out)
{
    Error err;
    Script *s = script_of(L);
    size_t left = s->out;
    *kind = value_number(0);
    if (lua_isinteger(L, -1)) {
        out->exact = (Wide)lua_tointeger(L, -1) * DECIMAL_ONE;
        return true;
    }
    bool ours = values_test(L, -1) != NULL;
    if (!ours && lua_type(L, -1) != LUA_TNUMBER)
        refuse(L, i, "no number, money, percent, duration, date or time");
    bool exact = values_pull(s, lua_gettop(L), s->scratch, kind, &err);
    s->out = left;                     /* it does not leave the block */
    if (!exact) *kind = value_number(0);
    if (!exact && !isfinite(lua_tonumber(L, -1))) refuse(L, i, "no finite number");
    if (kind->type == V_DURATION && kind->aux != DUR_CLOCK)
        refuse(L, i, "months or business time, whose length depends on when it begins");
    out->exact = kind->i;
    return exact;
}

static double as_real(Wide exact)
{
    return (double)exact / DECIMAL_ONE;
}

/* Amounts of nothing have any currency. */
static bool of_kind(Value *kind, const Value *v, Wide exact)
{
    if (kind->type != v->type) return false;
    if (kind->type != V_MONEY || kind->unit == v->unit || (!exact && kind->unit)) return true;
    bool nothing_yet = kind->i == 0;
    if (nothing_yet) kind->unit = v->unit;
    return nothing_yet;
}

/* From here on the list is one of floats. */
static void turn_real(lua_State *L, Figures *f)
{
    if (f->real) return;
    if (f->n && f->kind.type != V_NUMBER) luaL_error(L, "the list holds values of two kinds");
    for (uint32_t i = 0; i < f->n; i++) f->of[i].real = as_real(f->of[i].exact);
    f->kind = value_number(0);
    f->real = true;
}

/* The list at an index. kind.i stays 0 for as long as all amounts are nothing. */
static Figures take_list(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    lua_Unsigned n = lua_rawlen(L, index);
    luaL_argcheck(L, n <= MOST_VALUES, index, "it has more than 1,048,576 elements");
    Arena *a = script_of(L)->scratch;
    Figures f = {.of = ARENA_ARRAY(a, Figure, n)};
    for (lua_Integer i = 1; i <= (lua_Integer)n; i++) {
        Value kind;
        Figure *own = &f.of[f.n];
        lua_rawgeti(L, index, i);
        bool exact = take_figure(L, i, &kind, own);
        if (!exact) turn_real(L, &f);
        if (f.n == 0 && !f.real) f.kind = kind, f.kind.i = 0;
        if (!of_kind(&f.kind, &kind, own->exact))
            luaL_error(L, "the list holds a %s and a %s, or amounts of two currencies", value_type_name(&f.kind),
                       value_type_name(&kind));
        if (f.real) own->real = exact ? as_real(own->exact) : lua_tonumber(L, -1);
        else if (own->exact) f.kind.i = 1;
        f.n++;
        lua_pop(L, 1);
    }
    return f;
}

/* Those that can be added up: a sum of dates says nothing. */
static Figures take_amounts(lua_State *L)
{
    module_scratch(L);
    Figures f = take_list(L, 1);
    if (f.kind.type == V_DATE || f.kind.type == V_TIME || f.kind.type == V_DATETIME)
        luaL_error(L, "the list holds a %s, which cannot be added up", value_type_name(&f.kind));
    return f;
}

static bool is_less(const Figures *f, Figure x, Figure y)
{
    return f->real ? x.real < y.real : x.exact < y.exact;
}

static int by_exact(const void *a, const void *b)
{
    Wide x = ((const Figure *)a)->exact, y = ((const Figure *)b)->exact;
    return (x > y) - (x < y);
}

static int by_real(const void *a, const void *b)
{
    double x = ((const Figure *)a)->real, y = ((const Figure *)b)->real;
    return (x > y) - (x < y);
}

static Figures take_sorted(lua_State *L)
{
    module_scratch(L);
    Figures f = take_list(L, 1);
    if (f.n) qsort(f.of, f.n, sizeof *f.of, f.real ? by_real : by_exact);
    return f;
}

/* ---- back --------------------------------------------------------------------------------------- */

static int push_real(lua_State *L, double real)
{
    if (!isfinite(real)) return luaL_error(L, "the result is too large");
    lua_pushnumber(L, real);
    return 1;
}

static int push_exact(lua_State *L, const Value *kind, Wide exact)
{
    Value v = *kind;
    bool whole = kind->type == V_NUMBER && exact % DECIMAL_ONE == 0;
    Wide integer = exact / DECIMAL_ONE;
    if (whole && integer >= INT64_MIN && integer <= INT64_MAX) {
        lua_pushinteger(L, (lua_Integer)integer);
        return 1;
    }
    if (exact < INT64_MIN || exact > INT64_MAX) {
        if (kind->type == V_NUMBER) return push_real(L, as_real(exact));
        return luaL_error(L, "the result is too large: %ss go to about 9.2 million million", value_type_name(kind));
    }
    v.i = (int64_t)exact;
    values_push(L, &v);
    return 1;
}

static int push_figure(lua_State *L, const Figures *f, Figure figure)
{
    return f->real ? push_real(L, figure.real) : push_exact(L, &f->kind, figure.exact);
}

/* Half to even. n > 0 */
static Wide divided(Wide sum, Wide n)
{
    Wide whole = sum / n, rest = sum % n, twice = 2 * (rest < 0 ? -rest : rest);
    bool away = twice > n || (twice == n && whole % 2);
    return whole + (away ? sum < 0 ? -1 : 1 : 0);
}

static Figure added(const Figures *f, uint32_t from, uint32_t n)
{
    Figure sum = {0};
    if (f->real) sum.real = 0;
    for (uint32_t i = from; i < from + n; i++) {
        if (f->real) sum.real += f->of[i].real;
        else sum.exact += f->of[i].exact;
    }
    return sum;
}

static Figure mean_of(const Figures *f, uint32_t from, uint32_t n)
{
    Figure sum = added(f, from, n);
    if (f->real) sum.real /= n;
    else sum.exact = divided(sum.exact, n);
    return sum;
}

/* ---- the functions -------------------------------------------------------------------------------- */

static int push_nothing(lua_State *L)
{
    lua_pushnil(L);
    return 1;
}

static int l_sum(lua_State *L)
{
    Figures f = take_amounts(L);
    if (f.n) return push_figure(L, &f, added(&f, 0, f.n));
    lua_pushinteger(L, 0);
    return 1;
}

static int l_mean(lua_State *L)
{
    Figures f = take_amounts(L);
    return f.n ? push_figure(L, &f, mean_of(&f, 0, f.n)) : push_nothing(L);
}

static int l_min(lua_State *L)
{
    Figures f = take_sorted(L);
    return f.n ? push_figure(L, &f, f.of[0]) : push_nothing(L);
}

static int l_max(lua_State *L)
{
    Figures f = take_sorted(L);
    return f.n ? push_figure(L, &f, f.of[f.n - 1]) : push_nothing(L);
}

/* Of an even number the mean of the two in the middle. */
static int l_median(lua_State *L)
{
    Figures f = take_sorted(L);
    if (!f.n) return push_nothing(L);
    return push_figure(L, &f, mean_of(&f, (f.n - 1) / 2, f.n % 2 ? 1 : 2));
}

/* How many millionths of all the percentile at 2 is: a number from 0 to 100, or a percent. */
static int64_t take_share(lua_State *L)
{
    Value share;
    Error err;
    Script *s = script_of(L);
    size_t left = s->out;
    bool ok = (lua_isnumber(L, 2) || values_test(L, 2)) && values_pull(s, 2, s->scratch, &share, &err);
    s->out = left;
    bool percent = ok && share.type == V_PERCENT;
    luaL_argcheck(L, percent || (ok && share.type == V_NUMBER), 2, "a number from 0 to 100 is wanted, or a percent");
    Wide millionths = percent ? (Wide)share.i * 100 : share.i;
    luaL_argcheck(L, millionths >= 0 && millionths <= 100 * DECIMAL_ONE, 2, "it lies outside of 0 to 100");
    return (int64_t)millionths;
}

/* The nearest rank: the least element that so many in a hundred do not exceed. */
static int l_percentile(lua_State *L)
{
    Figures f = take_sorted(L);
    Wide all = 100 * (Wide)DECIMAL_ONE, part = (Wide)take_share(L) * f.n;
    uint32_t rank = (uint32_t)((part + all - 1) / all);
    return f.n ? push_figure(L, &f, f.of[rank ? rank - 1 : 0]) : push_nothing(L);
}

/* Of a sample: the squares over n - 1. */
static int l_stdev(lua_State *L)
{
    Figures f = take_amounts(L);
    if (f.n < 2) return push_nothing(L);
    Figure mean = mean_of(&f, 0, f.n);
    double squares = 0;
    for (uint32_t i = 0; i < f.n; i++) {
        double apart = f.real ? f.of[i].real - mean.real : (double)(f.of[i].exact - mean.exact);
        squares += apart * apart;
    }
    double deviation = sqrt(squares / (f.n - 1));
    if (f.real) return push_real(L, deviation);
    if (deviation < 9e18) return push_exact(L, &f.kind, (Wide)llrint(deviation));
    return f.kind.type == V_NUMBER ? push_real(L, deviation / DECIMAL_ONE) : luaL_error(L, "the result is too large");
}

/* count(list), count(list, value): how many there are, how many are so. */
static int l_count(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer n = (lua_Integer)lua_rawlen(L, 1), equal = 0;
    sandbox_check_clock(L);
    if (lua_isnone(L, 2)) equal = n;
    else
        for (lua_Integer i = 1; i <= n; i++) {
            lua_rawgeti(L, 1, i);
            const Value *a = values_test(L, -1), *b = values_test(L, 2);
            equal += a && b ? value_equal(a, b) : lua_rawequal(L, -1, 2);
            lua_pop(L, 1);
        }
    lua_pushinteger(L, equal);
    return 1;
}

static void set_bound(lua_State *L, const Figures *bounds, uint32_t i, const char *name)
{
    push_figure(L, bounds, bounds->of[i]);
    lua_setfield(L, -2, name);
}

/* In a sorted list: how many lie below. */
static uint32_t below(const Figures *f, Figure bound)
{
    uint32_t low = 0, high = f->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (is_less(f, f->of[middle], bound)) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* histogram(list, bounds): a row for what lies below the first bound, between each two, and from the last on. */
static int l_histogram(lua_State *L)
{
    Figures f = take_sorted(L), bounds = take_list(L, 2);
    luaL_argcheck(L, bounds.n, 2, "a list of bounds is wanted");
    if (f.real != bounds.real && f.kind.type == V_NUMBER) turn_real(L, &f), turn_real(L, &bounds);
    if (f.n && !of_kind(&f.kind, &bounds.kind, bounds.kind.i))
        return luaL_argerror(L, 2, "the bounds are of another kind than the values");
    lua_createtable(L, (int)bounds.n + 1, 0);
    uint32_t before = 0;
    for (uint32_t i = 0; i <= bounds.n; i++) {
        uint32_t here = i < bounds.n ? below(&f, bounds.of[i]) : f.n;
        bool rises = i == 0 || i == bounds.n || is_less(&bounds, bounds.of[i - 1], bounds.of[i]);
        luaL_argcheck(L, rises, 2, "each bound must be larger than the one before it");
        lua_createtable(L, 0, 3);
        if (i) set_bound(L, &bounds, i - 1, "from");
        if (i < bounds.n) set_bound(L, &bounds, i, "to");
        lua_pushinteger(L, (lua_Integer)here - before);
        lua_setfield(L, -2, "count");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
        before = here;
    }
    return 1;
}

void module_stats(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"count", l_count}, {"histogram", l_histogram}, {"max", l_max}, {"mean", l_mean}, {"median", l_median},
        {"min", l_min}, {"percentile", l_percentile}, {"stdev", l_stdev}, {"sum", l_sum}, {NULL, NULL}};
    luaL_newlib(L, functions);
}
