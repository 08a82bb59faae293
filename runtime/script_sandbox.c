/* script_sandbox.c -- what a block may reach, and the limits it cannot escape.
 *
 * Each call has a box of its own, filled with what the block asks for: the
 * functions as they are, the libraries as copies, so nothing one block changes
 * is seen by another, and what none asks for costs nothing. A passed limit is remembered: pcall and xpcall raise it
 * again instead of handing it to the block, and an xpcall's handler runs only
 * after its call has come back, never inside the error.
 */
#include "runtime/script_private.h"

#include <string.h>

enum { STEP = 1000, LONGEST_TEXT = 16 << 20, MOST_PRINTED = 64 * 1024 };

/* ---- limits -------------------------------------------------------------------------- */

static void on_count(lua_State *L, lua_Debug *at)
{
    (void)at;
    Script *s = script_of(L);
    if (!s->expired) {
        if (s->instructions <= STEP) s->expired = "it ran for too many instructions: the limit is 100 million";
        else s->instructions -= STEP;
        if (clock_real() > s->until) s->expired = "it ran for too long";
    }
    if (s->expired) luaL_error(L, "%s", s->expired);
}

void sandbox_limits(Script *s, const ScriptLimits *limits)
{
    s->instructions = limits->instructions ? limits->instructions : 100000000;
    s->most = limits->memory ? limits->memory : (size_t)64 << 20;
    s->until = clock_real() + (limits->micros ? limits->micros : 10 * US_SECOND);
    s->expired = NULL;
    lua_sethook(s->L, on_count, LUA_MASKCOUNT, STEP);
}

void sandbox_release(Script *s)
{
    lua_sethook(s->L, NULL, 0, 0);
    s->most = (size_t)256 << 20;
}

static int again(lua_State *L)
{
    return luaL_error(L, "%s", script_of(L)->expired);
}

/* ---- base, cut down ---------------------------------------------------------------------- */

static int l_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (script_of(L)->expired) return again(L);
    lua_pushboolean(L, status == LUA_OK);
    lua_insert(L, 1);
    return lua_gettop(L);
}

static int l_xpcall(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);                   /* the handler, kept below */
    lua_insert(L, 1);
    lua_remove(L, 3);
    int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    if (script_of(L)->expired) return again(L);
    if (status == LUA_OK) {
        lua_pushboolean(L, 1);
        lua_replace(L, 1);
        return lua_gettop(L);
    }
    lua_call(L, 1, 1);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int l_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "this metatable is protected");
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "__gc is not allowed");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int l_load(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    if (luaL_loadbufferx(L, text, n, "=(load)", "t") != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushvalue(L, lua_upvalueindex(1)); /* the block's own surroundings */
    lua_setupvalue(L, -2, 1);
    return 1;
}

static int l_print(lua_State *L)
{
    Script *s = script_of(L);
    int n = lua_gettop(L);
    for (int i = 1; i <= n; i++) {
        size_t length;
        const char *text = luaL_tolstring(L, i, &length);
        if (s->printed.n + length > MOST_PRINTED) return luaL_error(L, "print: more than 64 KB of output");
        if (i > 1) buf_putc(&s->printed, '\t');
        buf_visible(&s->printed, text, length);
        lua_pop(L, 1);
    }
    buf_putc(&s->printed, '\n');
    return 0;
}

static int l_fail(lua_State *L)
{
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    return lua_error(L);                   /* without a place: it is said to people */
}

/* ---- strings, guarded ----------------------------------------------------------------------- */

static int l_rep(lua_State *L)
{
    size_t n, m = 0;
    luaL_checklstring(L, 1, &n);
    lua_Integer times = luaL_checkinteger(L, 2);
    luaL_optlstring(L, 3, "", &m);
    if (times > 0 && (n + m > LONGEST_TEXT || (uint64_t)times > LONGEST_TEXT || (uint64_t)times * (n + m + 1) > LONGEST_TEXT))
        return luaL_error(L, "string.rep: the text would grow beyond 16 MB");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

/* A pattern's work grows with the text's length to the power of its open repetitions: what could run
 * for minutes inside C, where no hook looks, is refused. */
static int l_pattern(lua_State *L)
{
    size_t n, m;
    luaL_checklstring(L, 1, &n);
    const char *p = luaL_checklstring(L, 2, &m);
    double work = (double)n + 1;
    int repeats = 0;
    for (size_t i = 0; i < m; i++) {
        if (p[i] == '%') i++;
        else if (p[i] == '*' || p[i] == '+' || p[i] == '-' || p[i] == '?') repeats++;
    }
    for (int i = 1; i < repeats && work < 1e9; i++) work *= (double)n + 1;
    if (work >= 1e9 || m > 1000) return luaL_error(L, "this pattern could take too long on a text of %d bytes: use fewer * + - ?", (int)n);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* ---- math.random, from the world's seed ---------------------------------------------------------- */

static uint64_t next_random(Script *s)
{
    uint64_t z = (s->seed += UINT64_C(0x9e3779b97f4a7c15));      /* splitmix64 (Steele, Lea, Flood 2014) */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int l_random(lua_State *L)
{
    uint64_t r = next_random(script_of(L));
    if (lua_gettop(L) == 0) {
        lua_pushnumber(L, (lua_Number)(r >> 11) * 0x1p-53);
        return 1;
    }
    lua_Integer low = lua_gettop(L) > 1 ? luaL_checkinteger(L, 1) : 1, high = luaL_checkinteger(L, lua_gettop(L) > 1 ? 2 : 1);
    luaL_argcheck(L, low <= high, lua_gettop(L), "the interval is empty");
    uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    lua_pushinteger(L, (lua_Integer)((uint64_t)low + (span ? r % span : r)));
    return 1;
}

/* ---- the tables ------------------------------------------------------------------------------------ */

static char pristine_key;                  /* in the registry: what every box is filled from */
static char strings_key;                   /* ... and the strings' metatable */

/* Copies the named functions of a standard library into a new table. */
static void copy(lua_State *L, const char *library, const char *const *names)
{
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, library);
    lua_newtable(L);
    for (; *names; names++) {
        lua_getfield(L, -2, *names);
        lua_setfield(L, -2, *names);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
}

static void guard(lua_State *L, const char *name, lua_CFunction with)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, with, 1);
    lua_setfield(L, -2, name);
}

static void push_strings(lua_State *L)
{
    static const char *const names[] = {"byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse", "sub",
                                        "upper", "pack", "packsize", "unpack", NULL};
    copy(L, "string", names);
    guard(L, "rep", l_rep);
    guard(L, "find", l_pattern);
    guard(L, "match", l_pattern);
    guard(L, "gmatch", l_pattern);
    guard(L, "gsub", l_pattern);
}

/* ("x"):upper() finds what is in the table on top of the stack, and only that. */
static void strings_find(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &strings_key);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

static void open_strings(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_newtable(L);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &strings_key);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    strings_find(L);
}

void sandbox_open(Script *s)
{
    static const char *const base[] = {"assert", "error", "getmetatable", "ipairs", "next", "pairs", "rawequal", "rawget", "rawlen", "rawset",
                                       "select", "tonumber", "tostring", "type", NULL};
    static const char *const tables[] = {"concat", "insert", "move", "pack", "remove", "sort", "unpack", NULL};
    static const char *const maths[] = {"abs", "ceil", "floor", "fmod", "huge", "max", "maxinteger", "min", "mininteger", "modf", "pi", "sqrt",
                                        "tointeger", "type", "ult", "exp", "log", "sin", "cos", "tan", NULL};
    static const char *const utf8s[] = {"char", "charpattern", "codepoint", "codes", "len", "offset", NULL};
    static const luaL_Reg own[] = {{"pcall", l_pcall}, {"xpcall", l_xpcall}, {"setmetatable", l_setmetatable}, {"print", l_print}, {"fail", l_fail},
                                   {NULL, NULL}};
    lua_State *L = s->L;
    copy(L, LUA_GNAME, base);
    luaL_setfuncs(L, own, 0);
    push_strings(L);
    open_strings(L);
    lua_setfield(L, -2, "string");
    copy(L, "table", tables);
    lua_setfield(L, -2, "table");
    copy(L, "math", maths);
    lua_pushcfunction(L, l_random);
    lua_setfield(L, -2, "random");
    lua_setfield(L, -2, "math");
    copy(L, "utf8", utf8s);
    lua_setfield(L, -2, "utf8");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &pristine_key);
}

void sandbox_push(Script *s)
{
    lua_State *L = s->L;
    if (s->strings_copied) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &pristine_key);
        lua_getfield(L, -1, "string");
        strings_find(L);
        lua_pop(L, 2);
        s->strings_copied = false;
    }
    lua_newtable(L);
}

/* The library on top of the stack gives way to a copy, which the box keeps under the key at 2. */
static void unpack(lua_State *L, int box)
{
    int library = lua_gettop(L);
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, library);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, library + 1);
    }
    lua_remove(L, library);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, box);
    if (strcmp(lua_tostring(L, 2), "string") == 0) {
        strings_find(L);
        script_of(L)->strings_copied = true;
    }
}

static int box_of_loaded(lua_State *L)
{
    sandbox_find(L, lua_upvalueindex(1));
    return 1;
}

/* What a loaded text sees: a table of its own, and behind it the box. */
static void push_load(lua_State *L, int box)
{
    lua_newtable(L);
    lua_newtable(L);
    lua_pushvalue(L, box);
    lua_pushcclosure(L, box_of_loaded, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pushcclosure(L, l_load, 1);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, box);
}

int sandbox_find(lua_State *L, int box)
{
    lua_pushvalue(L, 2);
    int type = lua_rawget(L, box);
    if (type != LUA_TNIL || lua_type(L, 2) != LUA_TSTRING) return type;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &pristine_key);
    lua_pushvalue(L, 2);
    type = lua_rawget(L, -2);
    lua_replace(L, -3);
    lua_pop(L, 1);
    if (type == LUA_TTABLE) unpack(L, box);
    if (type != LUA_TNIL || strcmp(lua_tostring(L, 2), "load") != 0) return type;
    push_load(L, box);
    return LUA_TFUNCTION;
}
