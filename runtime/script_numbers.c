/* script_numbers.c -- Lua's own functions and operators meet exact fractions.
 *
 * A whole number is a Lua integer; 2.5 is a value of ours, so that it stays
 * exact. Whoever writes a block must not have to know which of the two came:
 * what works for 2 works for 2.5. Functions of the standard library get such a
 * number as a float; what has no exact form (a power, a remainder) is
 * calculated as one, and must be rounded to leave the block.
 */
#include "runtime/script_private.h"

/* A number or a percent of ours at the index becomes a float. */
static void as_float(lua_State *L, int index)
{
    const Value *v = values_test(L, index);
    if (!v || (v->type != V_NUMBER && v->type != V_PERCENT)) return;
    lua_pushnumber(L, (lua_Number)v->i / DECIMAL_ONE);
    lua_replace(L, index);
}

void numbers_to_floats(lua_State *L)
{
    int n = lua_gettop(L);
    for (int i = 1; i <= n; i++) as_float(L, i);
}

/* Goes on as the function that it stands in front of: its first upvalue. */
static int l_with_floats(lua_State *L)
{
    numbers_to_floats(L);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static void stand_in_front(lua_State *L, const char *library, const char *const *names)
{
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, library);
    for (; *names; names++) {
        lua_getfield(L, -1, *names);
        lua_pushcclosure(L, l_with_floats, 1);
        lua_setfield(L, -2, *names);
    }
    lua_pop(L, 2);
}

static int arith(lua_State *L, int op, const char *sign)
{
    for (int i = 1; i <= 2; i++) {
        as_float(L, i);
        if (!lua_isnumber(L, i))
            return luaL_error(L, "%s works with numbers, found %s", sign, sandbox_text(L, i, NULL));
    }
    lua_arith(L, op);
    return 1;
}

static int l_mod(lua_State *L) { return arith(L, LUA_OPMOD, "%"); }
static int l_idiv(lua_State *L) { return arith(L, LUA_OPIDIV, "//"); }
static int l_pow(lua_State *L) { return arith(L, LUA_OPPOW, "^"); }

static int l_concat(lua_State *L)
{
    for (int i = 1; i <= 2; i++)
        if (!values_test(L, i) && !lua_isstring(L, i))
            return luaL_error(L, "attempt to concatenate a %s value", luaL_typename(L, i));
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

void numbers_open(lua_State *L)
{
    static const luaL_Reg methods[] = {{"__mod", l_mod}, {"__idiv", l_idiv}, {"__pow", l_pow}, {"__concat", l_concat},
                                       {NULL, NULL}};
    static const char *const maths[] = {"abs", "ceil", "floor", "fmod", "max", "min", "modf", "sqrt", "tointeger",
                                        "type", "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "deg", "rad",
                                        NULL};
    static const char *const strings[] = {"format", NULL}, *const base[] = {"tonumber", NULL};
    luaL_setfuncs(L, methods, 0);
    stand_in_front(L, "math", maths);
    stand_in_front(L, "string", strings);
    stand_in_front(L, LUA_GNAME, base);
}
