/* script_modules.c -- which modules there are, and what they share. */
#include "runtime/script_modules.h"

static const struct {
    const char *name;
    void (*open)(lua_State *L);
} modules[] = {
    {"csv", module_csv},
    {"json", module_json},
    {"stats", module_stats},
    {"text", module_text},
    {"time", module_time},
};

Arena *module_scratch(lua_State *L)
{
    Script *s = script_of(L);
    sandbox_check_clock(L);
    arena_reset(s->scratch);
    return s->scratch;
}

const char *module_read(lua_State *L, const char *who, size_t *n)
{
    const char *text = luaL_checklstring(L, 1, n);
    if (*n > MODULE_LONGEST_READ) luaL_error(L, "%s: the text is longer than 4 MB", who);
    module_scratch(L);
    return text;
}

const char *module_take_text(lua_State *L, int index, size_t *n)
{
    if (values_test(L, index)) {
        luaL_tolstring(L, index, NULL);
        lua_replace(L, index);
    }
    const char *text = luaL_checklstring(L, index, n);
    luaL_argcheck(L, *n <= MODULE_LONGEST_READ, index, "the text is longer than 4 MB");
    luaL_argcheck(L, utf8_check(text, *n) == *n, index, "it is not UTF-8, or holds a NUL");
    sandbox_check_clock(L);
    return text;
}

int module_push_made(lua_State *L, const char *who)
{
    Buf *made = &script_of(L)->made;
    if (made->n > MODULE_LONGEST_WRITTEN) return luaL_error(L, "%s: the text would grow beyond 16 MB", who);
    lua_pushlstring(L, buf_text(made), made->n);
    return 1;
}

Buf *module_begin(lua_State *L)
{
    module_scratch(L);
    buf_clear(&script_of(L)->made);
    return &script_of(L)->made;
}

void modules_open(lua_State *L)
{
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        modules[i].open(L);
        lua_setfield(L, -2, modules[i].name);
    }
}
