/* script_modules.c -- which modules there are, and what they share. */
#include "runtime/script_modules.h"

static const struct {
    const char *name;
    void (*open)(lua_State *L);
} modules[] = {
    {"csv", module_csv},
    {"json", module_json},
};

const char *module_read(lua_State *L, const char *who, size_t *n)
{
    const char *text = luaL_checklstring(L, 1, n);
    if (*n > MODULE_LONGEST_READ) luaL_error(L, "%s: the text is longer than 4 MB", who);
    sandbox_check_clock(L);
    arena_reset(script_of(L)->scratch);
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
    Script *s = script_of(L);
    sandbox_check_clock(L);
    arena_reset(s->scratch);
    buf_clear(&s->made);
    return &s->made;
}

void modules_open(lua_State *L)
{
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        modules[i].open(L);
        lua_setfield(L, -2, modules[i].name);
    }
}
