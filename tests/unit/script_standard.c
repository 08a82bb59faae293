/* script_standard.c -- what the sandbox does not forbid is as in stock Lua: each snippet of tests/lua/standard runs in
 * both, and says the same, messages included.
 *
 *   --# what it is about, then a block, which says values: say(...)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#undef fail /* ours is a function: base/status.h */

#include "runtime/script.h"

#include <lauxlib.h>
#include <lualib.h>

/* Where a table lies is each state's own. */
static const char around[] =
    "local said = {} local function shown(v)\n"
    "if type(v) == 'table' or type(v) == 'function' then return type(v) end\n"
    "return (tostring(v):gsub('0x%x+', 'ADDRESS')) end\n"
    "local function say(...) local t = table.pack(...)\n"
    "for i = 1, t.n do t[i] = shown(t[i]) end said[#said + 1] = table.concat(t, ' ', 1, t.n) end\n";

static const char *in_stock(Arena *a, const char *text)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    bool ok = luaL_loadbufferx(L, text, strlen(text), "@block", "t") == LUA_OK && lua_pcall(L, 0, 1, 0) == LUA_OK;
    const char *said = arena_printf(a, "%s%s", ok ? "" : "failed: ", luaL_tolstring(L, -1, NULL));
    lua_close(L);
    return said;
}

static const char *in_sandbox(Script *s, Arena *a, const char *text)
{
    static const IrType types[] = {{.kind = TYPE_TEXT}};
    static const IrUnit unit = {.types = types, .types_n = 1};
    static const char *const gives[] = {"said"};
    const IrLua block = {.text = text, .place = {"block", 1, 1}};
    const ScriptCall call = {.unit = &unit, .block = &block, .gives = gives, .gives_n = 1};
    ScriptResult r;
    Error err;
    if (script_run(s, &call, a, &r, &err) != ST_OK) return arena_printf(a, "failed: %s", err.text);
    return r.values_n ? r.values[0].value.text : "";
}

/* The first line that is another. */
static bool same(const char *file, const char *name, const char *stock, const char *ours)
{
    if (strcmp(stock, ours) == 0) return true;
    size_t n = 0, line = 0;
    for (; stock[n] && stock[n] == ours[n]; n++)
        if (stock[n] == '\n') line = n + 1;
    print_error("%s: %s\n    stock  %.*s\n    here   %.*s\n", file, name, (int)strcspn(stock + line, "\n"),
                stock + line, (int)strcspn(ours + line, "\n"), ours + line);
    return false;
}

static void both_say_the_same(void **state)
{
    static const char *const files[] = {"strings", "tables", "numbers", "utf8", "calls"};
    (void)state;
    int n = 0, bad = 0;
    Script *s = script_new();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        Arena *a = arena_new();
        char *text, *path = arena_printf(a, "tests/lua/standard/%s.lua", files[i]);
        size_t size;
        Error err;
        if (text_read_file(a, path, 1 << 20, &text, &size, &err) != ST_OK) print_error("%s\n", err.text);
        assert_non_null(text);
        for (char *head = strstr(text, "\n--# "), *next; head; head = next, n++) {
            char *body = strchr(head + 1, '\n');
            next = strstr(body, "\n--# ");
            *body++ = '\0';
            if (next) *next = '\0';
            /* what is no text of ours is shown as it was written */
            char *block = arena_printf(a, "%s%s\nreturn (table.concat(said, '\\n'):gsub('[^\\n -~]', function(c) "
                                          "return ('\\\\%%d'):format(c:byte()) end))", around, body);
            bad += !same(path, head + 5, in_stock(a, block), in_sandbox(s, a, block));
        }
        arena_free(a);
    }
    script_free(s);
    assert_true(n >= 40);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_say_the_same)};
    return cmocka_run_group_tests_name("script_standard", tests, NULL, NULL);
}
