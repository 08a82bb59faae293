/* script_modules.c -- modules that every block has beside Lua's own: json and csv.
 *
 * They read tables as they lie there, without metamethods, and build what
 * they make in memory of the Script, which an error that jumps out of here
 * does not lose. Numbers stay exact both ways.
 */
#include "runtime/script_private.h"

#include "base/csv.h"
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_READ = 4 << 20, LONGEST_WRITTEN = 16 << 20, DEEPEST = 150 };

/* The text at 1 that is to be read; in the clock's time, and no longer than may be. */
static const char *text_to_read(lua_State *L, const char *who, size_t *n)
{
    const char *text = luaL_checklstring(L, 1, n);
    if (*n > LONGEST_READ) luaL_error(L, "%s: the text is longer than 4 MB", who);
    sandbox_check_clock(L);
    arena_reset(script_of(L)->scratch);
    return text;
}

static int push_made(lua_State *L, const char *who)
{
    Buf *made = &script_of(L)->made;
    if (made->n > LONGEST_WRITTEN) return luaL_error(L, "%s: the text would grow beyond 16 MB", who);
    lua_pushlstring(L, buf_text(made), made->n);
    return 1;
}

/* ---- json.decode ----------------------------------------------------------------------------- */

static char null_key;                  /* its address is json.null */

/* Whole numbers exactly, whatever their size; others exactly where six decimals hold them. */
static void push_number(lua_State *L, const Json *j)
{
    int64_t millionths;
    bool whole = strcspn(j->text, ".eE") == j->len;
    if (whole && lua_stringtonumber(L, j->text) == (size_t)j->len + 1 && lua_isinteger(L, -1)) return;
    if (whole) luaL_error(L, "json: the number %s is too large", j->text);
    if (decimal_parse(j->text, j->len, &millionths)) {
        Value v = value_number(millionths);
        values_push(L, &v);
    } else if (lua_stringtonumber(L, j->text) == 0 || !isfinite(lua_tonumber(L, -1))) {
        luaL_error(L, "json: the number %s is too large", j->text);
    }
}

static void push_json(lua_State *L, const Json *j)
{
    luaL_checkstack(L, 4, "json");
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
    const char *text = text_to_read(L, "json.decode", &n);
    if (json_parse(script_of(L)->scratch, text, n, &j, &err) != ST_OK)
        return luaL_error(L, "json.decode: %s", err.text);
    push_json(L, j);
    return 1;
}

/* ---- json.encode ----------------------------------------------------------------------------- */

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
    luaL_checkstack(L, 8, "json");
    if (b->n > LONGEST_WRITTEN) push_made(L, "json.encode");
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

/* What a block made before may be gone: the text is begun anew. */
static Buf *begin_made(lua_State *L)
{
    Script *s = script_of(L);
    sandbox_check_clock(L);
    arena_reset(s->scratch);
    buf_clear(&s->made);
    return &s->made;
}

static int l_json_encode(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    put_json(L, begin_made(L), 1, 0);
    return push_made(L, "json.encode");
}

/* ---- csv ------------------------------------------------------------------------------------------ */

static void push_row(lua_State *L, const CsvRow *header, const CsvRow *row)
{
    lua_createtable(L, 0, (int)header->n);
    for (uint32_t i = 0; i < header->n && i < row->n; i++) {
        lua_pushstring(L, row->cells[i]);
        lua_setfield(L, -2, header->cells[i]);
    }
}

/* The rows behind the first line, which names the columns; and the names. A damaged row is an error. */
static int l_csv_decode(lua_State *L)
{
    size_t n;
    Csv *c;
    Error err;
    const CsvRow *row;
    const char *text = text_to_read(L, "csv.decode", &n);
    if (csv_open(script_of(L)->scratch, text, n, &c, &err) != ST_OK) return luaL_error(L, "csv.decode: %s", err.text);
    lua_newtable(L);
    for (lua_Integer i = 1; (row = csv_next(c)); i++) {
        if (row->problem) return luaL_error(L, "csv.decode: line %d: %s", (int)row->line, row->problem);
        push_row(L, csv_header(c), row);
        lua_rawseti(L, 2, i);
    }
    lua_newtable(L);
    for (uint32_t i = 0; i < csv_header(c)->n; i++) {
        lua_pushstring(L, csv_header(c)->cells[i]);
        lua_rawseti(L, 3, (lua_Integer)i + 1);
    }
    return 2;
}

static void put_cell(lua_State *L, Buf *b, bool first)
{
    size_t n = 0;
    const char *text = "";
    if (lua_istable(L, -1) || lua_isfunction(L, -1))
        luaL_error(L, "csv.encode: a %s does not fit into a cell", luaL_typename(L, -1));
    if (!lua_isnil(L, -1)) text = luaL_tolstring(L, -1, &n);
    else lua_pushnil(L);
    if (strlen(text) < n) luaL_error(L, "csv.encode: a text holds a NUL");
    csv_cell(b, text, first);
    lua_pop(L, 1);
    if (b->n > LONGEST_WRITTEN) push_made(L, "csv.encode");
}

/* csv.encode(rows, columns): a line of names, then a line of each row's values under them. */
static int l_csv_encode(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    Buf *b = begin_made(L);
    lua_Integer rows = (lua_Integer)lua_rawlen(L, 1), columns = (lua_Integer)lua_rawlen(L, 2);
    luaL_argcheck(L, columns > 0, 2, "the names of the columns are wanted, as a list");
    for (lua_Integer i = 0; i <= rows; i++) {
        lua_settop(L, 2);
        if (i && lua_rawgeti(L, 1, i) != LUA_TTABLE)
            return luaL_error(L, "csv.encode: row %I is no table", (LUAI_UACINT)i);
        for (lua_Integer k = 1; k <= columns; k++) {
            if (lua_rawgeti(L, 2, k) != LUA_TSTRING)
                return luaL_error(L, "csv.encode: column %I is no text", (LUAI_UACINT)k);
            if (i) lua_rawget(L, 3);
            put_cell(L, b, k == 1);
            lua_pop(L, 1);
        }
        buf_putc(b, '\n');
    }
    return push_made(L, "csv.encode");
}

void modules_open(lua_State *L)
{
    static const luaL_Reg json[] = {{"decode", l_json_decode}, {"encode", l_json_encode}, {NULL, NULL}},
                          csv[] = {{"decode", l_csv_decode}, {"encode", l_csv_encode}, {NULL, NULL}};
    luaL_newlib(L, json);
    lua_pushlightuserdata(L, &null_key);
    lua_setfield(L, -2, "null");
    lua_setfield(L, -2, "json");
    luaL_newlib(L, csv);
    lua_setfield(L, -2, "csv");
}
