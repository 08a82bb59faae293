/* script_values.c -- values into Lua and back, without loss.
 *
 * Whole numbers are Lua integers. Fractions, money, percents, durations and
 * moments are userdata that keep the language's rules: their operators are
 * the expression interpreter's own. Lists and records are tables.
 */
#include "runtime/script_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kind[] = "ops value";

/* A value of ours, with all behind it in its own memory: Lua's alone says when it goes. */
static void push_kept(lua_State *L, const Value *v)
{
    bool business = v->type == V_DURATION && v->aux >= DUR_BUSINESS_TIME;
    size_t name = business ? strlen(v->business->calendar) + 1 : 0;
    Value *kept = lua_newuserdatauv(L, sizeof *kept + (business ? sizeof(Business) : 0) + name, 0);
    *kept = *v;
    if (business) {
        Business *b = (Business *)(void *)(kept + 1);
        kept->business = b;
        *b = (Business){v->business->amount, memcpy(b + 1, v->business->calendar, name)};
    }
    luaL_setmetatable(L, kind);
}

void values_push(lua_State *L, const Value *v)
{
    sandbox_need_stack(L, 4);
    switch ((ValueType)v->type) {
    case V_NONE: lua_pushnil(L); return;
    case V_BOOLEAN: lua_pushboolean(L, v->i != 0); return;
    case V_TEXT: case V_FILE: case V_PERSON: lua_pushlstring(L, v->text, v->len); return;
    case V_LIST:
        lua_createtable(L, (int)v->len, 0);
        for (uint32_t i = 0; i < v->len; i++) {
            values_push(L, &v->list[i]);
            lua_rawseti(L, -2, i + 1);
        }
        return;
    case V_RECORD:
        lua_createtable(L, 0, (int)v->len);
        for (uint32_t i = 0; i < v->len; i++) {
            values_push(L, &v->record->fields[i]);
            lua_setfield(L, -2, v->record->shape->fields[i]);
        }
        return;
    case V_NUMBER:
        if (v->i % DECIMAL_ONE == 0) {
            lua_pushinteger(L, v->i / DECIMAL_ONE);
            return;
        }
        break;
    case V_PERCENT: case V_MONEY: case V_DURATION: case V_DATE: case V_TIME: case V_DATETIME: case V_COUNT: break;
    }
    push_kept(L, v);
}

/* ---- back ------------------------------------------------------------------------------ */

static bool from_float(lua_Number n, Value *out)
{
    char text[64];
    int64_t millionths;
    if (!isfinite(n) || fabs(n) > 9e12) return false;
    int length = snprintf(text, sizeof text, "%.6f", n);
    if (strtod(text, NULL) != n && fabs(strtod(text, NULL) - n) > fabs(n) * 1e-12) return false;
    if (!decimal_parse(text, (size_t)length, &millionths)) return false;
    *out = value_number(millionths);
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_any(lua_State *L, int table)
{
    lua_pushnil(L);
    bool any = lua_next(L, table) != 0;
    if (any) lua_pop(L, 2);
    return any;
}

static bool may_leave(Script *s, size_t bytes, Error *err)
{
    if (bytes > s->out) return fail(err, ST_VALUE, "what leaves the block is larger than 64 MB") == ST_OK;
    s->out -= bytes;
    return true;
}

static bool is_name(const char *name, size_t n, Error *err)
{
    return utf8_check(name, n) == n || fail(err, ST_VALUE, "a name in a table is not UTF-8, or holds a NUL") == ST_OK;
}

static bool pull_list(Script *s, int index, size_t n, Arena *a, Value *out, Error *err)
{
    Value *items = ARENA_ARRAY(a, Value, n);
    bool listed = true;
    for (lua_pushnil(s->L); lua_next(s->L, index); lua_pop(s->L, 1))
        listed &= lua_isinteger(s->L, -2) && lua_tointeger(s->L, -2) >= 1 && (size_t)lua_tointeger(s->L, -2) <= n;
    if (!listed)
        return fail(err, ST_VALUE,
                    "a table is either a list (1, 2, 3 ... without a gap) or has names: this one is neither") == ST_OK;
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(s->L, index, (lua_Integer)i + 1);
        bool ok = values_pull(s, lua_gettop(s->L), a, &items[i], err);
        lua_pop(s->L, 1);
        if (!ok) return false;
    }
    *out = value_list(items, (uint32_t)n);
    return true;
}

static bool pull_record(Script *s, int index, Arena *a, Value *out, Error *err)
{
    lua_State *L = s->L;
    VEC(const char *) names = {0};
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            lua_pop(L, 2);
            fail(err, ST_VALUE,
                 "a table is either a list (1, 2, 3 ... without a gap) or has names: this one is neither");
            return false;
        }
        size_t n;
        const char *name = lua_tolstring(L, -2, &n);
        if (!is_name(name, n, err) || !may_leave(s, n + sizeof(Value), err)) {
            lua_pop(L, 2);
            return false;
        }
        *VEC_PUSH(a, &names) = arena_dup_n(a, name, n);
    }
    qsort(names.items, names.n, sizeof *names.items, by_name);
    Shape *shape = ARENA_NEW(a, Shape);
    *shape = (Shape){NULL, names.items, names.n};
    Record *r = record_new(a, shape);
    for (uint32_t i = 0; i < names.n; i++) {
        lua_getfield(L, index, names.items[i]);
        bool ok = values_pull(s, lua_gettop(L), a, &r->fields[i], err);
        lua_pop(L, 1);
        if (!ok) {
            error_prefix(err, "%s: ", names.items[i]);
            return false;
        }
    }
    *out = value_record(r);
    return true;
}

bool values_pull(Script *s, int index, Arena *a, Value *out, Error *err)
{
    lua_State *L = s->L;
    size_t n;
    const char *text;
    const Value *v;
    *out = VALUE_NONE;
    if (lua_gettop(L) > 150 || !lua_checkstack(L, 8))
        return fail(err, ST_VALUE, "a table is nested too deeply") == ST_OK;
    if (!may_leave(s, sizeof *out, err)) return false;
    switch (lua_type(L, index)) {
    case LUA_TNIL: return true;
    case LUA_TBOOLEAN: *out = value_boolean(lua_toboolean(L, index)); return true;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            lua_Integer i = lua_tointeger(L, index);
            if (i > INT64_MAX / DECIMAL_ONE || i < INT64_MIN / DECIMAL_ONE)
                return fail(err, ST_VALUE, "the number %lld is too large", (long long)i) == ST_OK;
            *out = value_integer(i);
            return true;
        }
        if (from_float(lua_tonumber(L, index), out)) return true;
        return fail(err, ST_VALUE, "the number %.17g is no exact number with up to six decimals: round it",
                    lua_tonumber(L, index)) == ST_OK;
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &n);
        if (!may_leave(s, n, err)) return false;
        if (utf8_check(text, n) < n) return fail(err, ST_VALUE, "a text is not UTF-8, or holds a NUL") == ST_OK;
        *out = value_text_n(arena_dup_n(a, text, n), n);
        return true;
    case LUA_TTABLE:
        n = lua_rawlen(L, index);
        return n == 0 && has_any(L, index) ? pull_record(s, index, a, out, err) : pull_list(s, index, n, a, out, err);
    case LUA_TUSERDATA:
        v = luaL_testudata(L, index, kind);
        if (!v) break;
        *out = value_copy(a, v);
        return true;
    }
    return fail(err, ST_VALUE, "a %s cannot leave Lua", luaL_typename(L, index)) == ST_OK;
}

/* ---- operators: the interpreter's own ------------------------------------------------------ */

static const Value *operand(void *self, uint32_t slot)
{
    return &((const Value *)self)[slot];
}

/* What an operator stands between; it does not leave the block. Large tables and many open days take their time. */
static void take_sides(Script *s, int n, Value *sides)
{
    Error err;
    size_t out = s->out;
    sandbox_check_clock(s->L);
    arena_reset(s->scratch);
    s->out = SCRIPT_OUT;
    for (int i = 0; i < n; i++)
        if (!values_pull(s, i + 1, s->scratch, &sides[i], &err)) {
            s->out = out;
            luaL_error(s->L, "%s", err.text);
        }
    s->out = out;
}

EvalHost values_host(const Script *s)
{
    const ScriptCall *call = s->call;
    const Calendar *c = call->program && call->calendar ? ir_calendar(call->program, call->calendar) : NULL;
    return (EvalHost){.now = s->now, .program = call->program, .zone = c ? c->zone : NULL};
}

static int apply(lua_State *L, IrOp op, bool unary)
{
    Script *s = script_of(L);
    Error err = {0};
    Value sides[2], out;
    take_sides(s, unary ? 1 : 2, sides);
    const uint32_t two[] = {IR_INSTRUCTION(IR_SLOT, 0), IR_INSTRUCTION(IR_SLOT, 1), IR_INSTRUCTION(op, 0),
                            IR_INSTRUCTION(IR_END, 0)};
    const uint32_t one[] = {IR_INSTRUCTION(IR_SLOT, 0), IR_INSTRUCTION(op, 0), IR_INSTRUCTION(IR_END, 0)};
    IrUnit unit = {.code = unary ? one : two, .code_n = unary ? 3 : 4};
    EvalHost host = values_host(s);
    host.slot = operand, host.self = sides;
    if (eval(&unit, 0, &host, s->scratch, &out, &err) != ST_OK) return luaL_error(L, "%s", err.text);
    values_push(L, &out);
    return 1;
}

static int l_add(lua_State *L) { return apply(L, IR_ADD, false); }
static int l_sub(lua_State *L) { return apply(L, IR_SUB, false); }
static int l_mul(lua_State *L) { return apply(L, IR_MUL, false); }
static int l_div(lua_State *L) { return apply(L, IR_DIV, false); }
static int l_unm(lua_State *L) { return apply(L, IR_NEG, true); }

static int order(lua_State *L)
{
    Value sides[2];
    take_sides(script_of(L), 2, sides);
    int c = value_compare(&sides[0], &sides[1]);
    if (c == 2)
        return luaL_error(L, "cannot compare %s with %s", value_type_name(&sides[0]), value_type_name(&sides[1]));
    return c;
}

static int l_lt(lua_State *L)
{
    bool less = order(L) < 0;
    lua_pushboolean(L, less);
    return 1;
}

static int l_le(lua_State *L)
{
    bool at_most = order(L) <= 0;
    lua_pushboolean(L, at_most);
    return 1;
}

static int l_eq(lua_State *L)
{
    const Value *a = luaL_testudata(L, 1, kind), *b = luaL_testudata(L, 2, kind);
    lua_pushboolean(L, a && b && value_equal(a, b));
    return 1;
}

static int l_tostring(lua_State *L)
{
    Buf b = {0};
    value_print(&b, luaL_checkudata(L, 1, kind), STYLE_MACHINE, NULL);
    Script *s = script_of(L);
    arena_reset(s->scratch);
    const char *text = buf_dup(&b, s->scratch);
    size_t n = b.n;
    buf_free(&b);
    lua_pushlstring(L, text, n);
    return 1;
}

/* date.year, month, day; time.hour, minute, second. False: it has no such part. */
static bool push_part(lua_State *L, const Value *v, const char *key)
{
    static const char *const names[][3] = {{"year", "month", "day"}, {"hour", "minute", "second"}};
    int parts[3] = {0}, i = 0;
    if (v->type != V_DATE && v->type != V_TIME) return false;
    while (i < 3 && strcmp(names[v->type == V_TIME][i], key) != 0) i++;
    if (i == 3) return false;
    if (v->type == V_DATE) date_to_civil(v->i, &parts[0], &parts[1], &parts[2]);
    else parts[0] = (int)(v->i / US_HOUR), parts[1] = (int)(v->i / US_MINUTE % 60);
    Value second = value_number(v->type == V_TIME ? v->i % US_MINUTE : 0);     /* a microsecond is a millionth of it */
    if (v->type == V_TIME && i == 2) values_push(L, &second);
    else lua_pushinteger(L, parts[i]);
    return true;
}

/* money.amount, money.currency; duration.seconds; parts of a date or a time; everything's kind. */
static int l_index(lua_State *L)
{
    const Value *v = luaL_checkudata(L, 1, kind);
    const char *key = luaL_checkstring(L, 2);
    if (strcmp(key, "kind") == 0) {
        lua_pushstring(L, value_type_name(v));
    } else if (v->type == V_MONEY && strcmp(key, "amount") == 0) {
        Value amount = value_number(v->i);
        values_push(L, &amount);
    } else if (v->type == V_MONEY && strcmp(key, "currency") == 0) {
        char code[4] = "";
        if (v->unit) currency_unpack(v->unit, code);
        lua_pushstring(L, code);
    } else if (v->type == V_DURATION && v->aux == DUR_CLOCK && strcmp(key, "seconds") == 0) {
        Value seconds = value_number(v->i);           /* a microsecond is a millionth of a second */
        values_push(L, &seconds);
    } else if (!push_part(L, v, key)) {
        return luaL_error(L, "%s has no `%s`", value_type_name(v), key);
    }
    return 1;
}

const Value *values_test(lua_State *L, int index)
{
    return luaL_testudata(L, index, kind);
}

void values_open(lua_State *L)
{
    static const luaL_Reg methods[] = {{"__add", l_add}, {"__sub", l_sub}, {"__mul", l_mul}, {"__div", l_div},
                                       {"__unm", l_unm}, {"__lt", l_lt}, {"__le", l_le}, {"__eq", l_eq},
                                       {"__tostring", l_tostring}, {"__index", l_index}, {NULL, NULL}};
    luaL_newmetatable(L, kind);
    luaL_setfuncs(L, methods, 0);
    numbers_open(L);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}
