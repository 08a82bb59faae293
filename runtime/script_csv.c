/* script_csv.c -- the module `csv`: rows from a text, under the names of its first line, and back.
 *
 * All cells are texts. A damaged row is an error with its line: nothing is left out in silence.
 */
#include "runtime/script_modules.h"

#include "base/csv.h"

#include <string.h>

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
    const char *text = module_read(L, "csv.decode", &n);
    lua_settop(L, 1);
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

/* only: of its line, which would be taken for an empty one if nothing stood there. */
static void put_cell(lua_State *L, Buf *b, bool first, bool only)
{
    size_t n = 0;
    const char *text = "";
    if (lua_istable(L, -1) || lua_isfunction(L, -1) || lua_islightuserdata(L, -1))
        luaL_error(L, "csv.encode: a %s does not fit into a cell", luaL_typename(L, -1));
    if (!lua_isnil(L, -1)) text = sandbox_text(L, -1, &n);
    else lua_pushnil(L);
    if (strlen(text) < n) luaL_error(L, "csv.encode: a text holds a NUL");
    if (only && !n) buf_puts(b, "\"\"");
    else csv_cell(b, text, first);
    lua_pop(L, 1);
    if (b->n > MODULE_LONGEST_WRITTEN) module_push_made(L, "csv.encode");
}

/* csv.encode(rows, columns): a line of names, then a line of each row's values under them. */
static int l_csv_encode(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, 2, LUA_TTABLE);
    Buf *b = module_begin(L);
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
            put_cell(L, b, k == 1, columns == 1);
            lua_pop(L, 1);
        }
        buf_putc(b, '\n');
    }
    return module_push_made(L, "csv.encode");
}

void module_csv(lua_State *L)
{
    static const luaL_Reg functions[] = {{"decode", l_csv_decode}, {"encode", l_csv_encode}, {NULL, NULL}};
    luaL_newlib(L, functions);
}
