/* lua.c -- what Lua costs at the border, each beside the same in bare Lua.
 *
 *   lua apart     microseconds of a block with three variables in and two out, in its own process
 *   lua within    the same within this process, and of a bare lua_pcall of an equal function with an environment
 *                 of its own
 *   lua loop      seconds of a numeric loop under the limits, and in stock Lua
 *   lua load      seconds to compile 1,000 blocks
 *   lua memory    MB of the process that runs Lua behind 1,000 cases of 20 blocks each, in turn
 */
#include "runtime/script.h"

#include <dirent.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 500, CALLS = 200 };   /* the best round counts */

static const IrType types[] = {{.kind = TYPE_NUMBER}, {.kind = TYPE_TEXT}, {.kind = TYPE_BOOLEAN}};
static const IrUnit unit = {.types = types, .types_n = 3};
static const char *const gives[] = {"sum", "said"};
static const char block_text[] = "local s = 0 for i = 1, 10 do s = s + i * n end if ok then s = s + 1 end "
                                 "return s, name .. '!'";

/* Where two processes take turns the clock's; else this one's own, which others on the machine do not spoil. */
static clockid_t counted = CLOCK_PROCESS_CPUTIME_ID;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(counted, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void one(Script *s, Arena *a, const IrLua *block)
{
    ScriptVar vars[] = {{"n", &types[0], value_integer(3)}, {"name", &types[1], value_text("Zoe")},
                        {"ok", &types[2], value_boolean(true)}};
    ScriptCall call = {.unit = &unit, .block = block, .vars = vars, .vars_n = 3, .gives = gives, .gives_n = 2};
    ScriptResult r;
    Error err;
    arena_reset(a);
    if (script_run(s, &call, a, &r, &err) != ST_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
}

static double per_call(Script *s, int n)
{
    const IrLua block = {.text = block_text, .place = {.file = "a.ops", .line = 3}};
    Arena *a = arena_new();
    double best = 1;
    for (int round = 0; round < ROUNDS; round++) {
        double began = seconds();
        for (int i = 0; i < n; i++) one(s, a, &block);
        double took = (seconds() - began) / n;
        if (took < best) best = took;
    }
    arena_free(a);
    return best * 1e6;
}

/* A fresh table of globals, the function called in it, both results read. */
static double bare_call(int n)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    double best = 1;
    if (luaL_loadstring(L, block_text) != LUA_OK) exit(1);
    for (int round = 0; round < ROUNDS; round++) {
        double began = seconds();
        for (int i = 0; i < n; i++) {
            lua_pushvalue(L, 1);
            lua_newtable(L);
            lua_pushinteger(L, 3), lua_setfield(L, -2, "n");
            lua_pushliteral(L, "Zoe"), lua_setfield(L, -2, "name");
            lua_pushboolean(L, 1), lua_setfield(L, -2, "ok");
            lua_newtable(L);
            lua_pushglobaltable(L), lua_setfield(L, -2, "__index");
            lua_setmetatable(L, -2);
            lua_setupvalue(L, -2, 1);
            if (lua_pcall(L, 0, 2, 0) != LUA_OK || lua_tointeger(L, -2) != 166 || !lua_tostring(L, -1)) exit(1);
            lua_settop(L, 1);
        }
        double took = (seconds() - began) / n;
        if (took < best) best = took;
    }
    lua_close(L);
    return best * 1e6;
}

static void loops(void)
{
    const char *text = "local s = 0 for i = 1, 6000000 do s = s + i % 7 * 3 end return s, ''";
    const IrLua block = {.text = text, .place = {.file = "a.ops", .line = 3}};
    Script *s = script_new();
    Arena *a = arena_new();
    double ours = 100, stock = 100;
    lua_State *L = luaL_newstate();
    for (int i = 0; i < 5; i++) {
        double began = seconds();
        one(s, a, &block);
        double took = seconds() - began;
        if (took < ours) ours = took;
        began = seconds();
        if (luaL_dostring(L, text) != LUA_OK) exit(1);
        took = seconds() - began;
        if (took < stock) stock = took;
    }
    printf("%.4f %.4f\n", ours, stock);
    lua_close(L);
    arena_free(a);
    script_free(s);
}

static char *block_number(int i)
{
    char *text = NULL;
    if (asprintf(&text, "local s, list = %d, {}\nfor i = 1, 10 do\n    if ok then s = s + i * n else s = s - 1 end\n"
                 "    list[#list + 1] = name .. i\nend\nif s > %d then return s, table.concat(list, ', ') end\n"
                 "return s, name", i, i * 7) < 0) exit(1);
    return text;
}

static void load_blocks(void)
{
    uint32_t line;
    Buf message = {0};
    double began = seconds();
    for (int i = 0; i < 1000; i++) {
        char *text = block_number(i);
        if (!script_check(text, "a.ops", &line, &message)) exit(1);
        free(text);
    }
    printf("%.4f\n", seconds() - began);
}

static double worker_memory(void)
{
    DIR *all = opendir("/proc");
    double found = 0;
    for (struct dirent *e; all && (e = readdir(all));) {
        char path[300], name[64] = "";
        int parent = 0;
        unsigned long size, resident;
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        FILE *f = fopen(path, "re");
        if (f && fscanf(f, "%*d (%63[^)]) %*c %d", name, &parent) == 2 && strcmp(name, "ops-lua") == 0 &&
            getpgid(parent) == parent) {
            snprintf(path, sizeof path, "/proc/%s/statm", e->d_name);
            FILE *m = fopen(path, "re");
            if (m && fscanf(m, "%lu %lu", &size, &resident) == 2)
                found = (double)resident * (double)sysconf(_SC_PAGESIZE) / 1e6;
            if (m) fclose(m);
        }
        if (f) fclose(f);
    }
    if (all) closedir(all);
    return found;
}

static void interleaved(void)
{
    Script *s;
    Error err;
    Arena *a = arena_new();
    IrLua blocks[20];
    for (int i = 0; i < 20; i++) blocks[i] = (IrLua){.text = block_number(i), .place = {.file = "a.ops", .line = 9}};
    if (script_apart(&s, &err) != ST_OK) exit(1);
    for (int i = 0; i < 20; i++)
        for (int of = 0; of < 1000; of++) one(s, a, &blocks[i]);
    printf("%.1f\n", worker_memory());
    script_free(s);
    arena_free(a);
    for (int i = 0; i < 20; i++) free((char *)(uintptr_t)blocks[i].text);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    Script *s = NULL;
    Error err;
    if (strcmp(what, "apart") == 0) {
        counted = CLOCK_MONOTONIC;
        if (script_apart(&s, &err) != ST_OK) return 1;
        printf("%.2f\n", per_call(s, CALLS));
    } else if (strcmp(what, "within") == 0) {
        s = script_new();
        printf("%.3f %.3f\n", per_call(s, CALLS), bare_call(CALLS));
    } else if (strcmp(what, "loop") == 0) {
        loops();
    } else if (strcmp(what, "load") == 0) {
        load_blocks();
    } else if (strcmp(what, "memory") == 0) {
        interleaved();
    } else {
        return 64;
    }
    script_free(s);
    return 0;
}
