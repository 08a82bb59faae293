/* script_json.c -- the module `json`: values from strict JSON, and JSON from values.
 *
 * Numbers stay exact both ways, and names stand in their order: the same value
 * always gives the same text.
 */
#include "runtime/script_modules.h"

#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 150 };

/* ---- decode ------------------------------------------------------------------------------ */

static char null_key;                  /* its address is json.null */

static void too_large(lua_State *L, const Json *j)
{
    const char *rest = j->len > 40 ? "..." : "";
    luaL_error(L, "json: the number %s%s is too large", arena_dup_n(script_of(L)->scratch, j->text,
                                                                  j->len < 40 ? j->len : 40), rest);
}

/* Whole numbers exactly, whatever their size; others exactly where six decimals hold them. */
static void push_number(lua_State *L, const Json *j)
{
    int64_t millionths;
    bool whole = strcspn(j->text, ".eE") == j->len;
    if (whole && lua_stringtonumber(L, j->text) == (size_t)j->len + 1 && lua_isinteger(L, -1)) return;
    if (whole) too_large(L, j);
    if (decimal_parse(j->text, j->len, &millionths)) {
        Value v = value_number(millionths);
        values_push(L, &v);
    } else if (lua_stringtonumber(L, j->text) == 0 || !isfinite(lua_tonumber(L, -1))) {
        too_large(L, j);
    }
}

static void push_json(lua_State *L, const Json *j)
{
    sandbox_need_stack(L, 4);
    switch (j->type) {
    case JSON_NULL: lua_pushlightuserdata(L, &null_key); return;
    case JSON_FALSE: case JSON_TRUE: lua_pushboolean(L, j->type == JSON_TRUE); return;
    case JSON_NUMBER: push_number(L, j); return;
    case JSON_STRING: lua_pushlstring(L, j->text, j->len); return;
    case JSON_ARRAY: {
        lua_Integer n = 0;
        lua_createtable(L, (int)j->len, 0);
        for (const Json *e = j->child; e; e = e->next) {
            push_json(L, e);
            lua_rawseti(L, -2, ++n);
        }
        return;
    }
    case JSON_OBJECT:
        lua_createtable(L, 0, (int)j->len);
        for (const Json *m = j->child; m; m = m->next) {
            if (m->type == JSON_NULL) continue;
            push_json(L, m);
            lua_setfield(L, -2, m->name);
        }
    }
}

static int l_json_decode(lua_State *L)
{
    size_t n;
    Json *j;
    Error err;
    const char *text = module_read(L, "json.decode", &n);
    if (json_parse(script_of(L)->scratch, text, n, &j, &err) != ST_OK)
        return luaL_error(L, "json.decode: %s", err.text);
    push_json(L, j);
    return 1;
}

/* ---- encode ------------------------------------------------------------------------------ */

static const char neither[] =
    "json.encode: a table is either a list (1, 2, 3 ... without a gap) or has names: this one is neither";

static void put_json(lua_State *L, Buf *b, int index, int depth);

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_text(lua_State *L, Buf *b, int index)
{
    size_t n;
    const char *text = lua_tolstring(L, index, &n);
    if (utf8_check(text, n) < n) luaL_error(L, "json.encode: a text is not UTF-8, or holds a NUL");
    json_string(b, text, n);
}

static void put_float(lua_State *L, Buf *b, lua_Number n)
{
    char text[40];
    if (!isfinite(n)) luaL_error(L, "json.encode: %f is no number that JSON has", n);
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, n);
        if (strtod(text, NULL) == n) break;
    }
    buf_puts(b, text);
}

static void put_array(lua_State *L, Buf *b, int index, lua_Integer n, int depth)
{
    buf_putc(b, '[');
    for (lua_Integer i = 1; i <= n; i++) {
        json_comma(b);
        lua_rawgeti(L, index, i);
        put_json(L, b, lua_gettop(L), depth);
        lua_pop(L, 1);
    }
    buf_putc(b, ']');
}

/* Names in their order, so that the same table always gives the same text. */
static void put_object(lua_State *L, Buf *b, int index, int depth)
{
    VEC(const char *) names = {0};
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) luaL_error(L, neither);
        *VEC_PUSH(script_of(L)->scratch, &names) = lua_tostring(L, -2);
    }
    qsort(names.items, names.n, sizeof *names.items, by_name);
    buf_putc(b, '{');
    for (uint32_t i = 0; i < names.n; i++) {
        json_comma(b);
        lua_pushstring(L, names.items[i]);
        put_text(L, b, lua_gettop(L));
        buf_putc(b, ':');
        lua_rawget(L, index);
        put_json(L, b, lua_gettop(L), depth);
        lua_pop(L, 1);
    }
    buf_putc(b, '}');
}

static void put_table(lua_State *L, Buf *b, int index, int depth)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, index), others = 0;
    if (depth > DEEPEST) luaL_error(L, "json.encode: a table is nested too deeply");
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        others += !lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1 || lua_tointeger(L, -2) > n;
    if (n && others) luaL_error(L, neither);
    if (others) put_object(L, b, index, depth + 1);
    else put_array(L, b, index, n, depth + 1);
}

static void put_json(lua_State *L, Buf *b, int index, int depth)
{
    sandbox_need_stack(L, 8);
    if (b->n > MODULE_LONGEST_WRITTEN) module_push_made(L, "json.encode");
    switch (lua_type(L, index)) {
    case LUA_TNIL: buf_puts(b, "null"); return;
    case LUA_TBOOLEAN: buf_puts(b, lua_toboolean(L, index) ? "true" : "false"); return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) buf_printf(b, "%lld", (long long)lua_tointeger(L, index));
        else put_float(L, b, lua_tonumber(L, index));
        return;
    case LUA_TSTRING: put_text(L, b, index); return;
    case LUA_TTABLE: put_table(L, b, index, depth); return;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, index) != &null_key) break;
        buf_puts(b, "null");
        return;
    case LUA_TUSERDATA:
        if (!values_test(L, index)) break;
        value_json(b, values_test(L, index));
        return;
    }
    luaL_error(L, "json.encode: a %s has no form in JSON", luaL_typename(L, index));
}

static int l_json_encode(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    put_json(L, module_begin(L), 1, 0);
    return module_push_made(L, "json.encode");
}

void module_json(lua_State *L)
{
    static const luaL_Reg functions[] = {{"decode", l_json_decode}, {"encode", l_json_encode}, {NULL, NULL}};
    luaL_newlib(L, functions);
    lua_pushlightuserdata(L, &null_key);
    lua_setfield(L, -2, "null");
}
