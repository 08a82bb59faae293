/* script.c -- one call of a Lua block: variables in, values out, errors with their place.
 *
 * A block's globals are looked up by two functions: variables first, then the
 * functions of the systems around and files of Lua, then the sandbox. An assignment to a name
 * that is no variable is an error, so a slip of the fingers is found. Tables
 * of one call lie in the registry, and are gone when it has ended.
 */
#include "runtime/script_private.h"

#include "runtime/fit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char self_key;

Script *script_of(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &self_key);
    Script *s = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return s;
}

/* Small pieces are lent again: a block makes as many as the one before it, and they are garbage when it ends. */
static void *piece(Script *s, void *old, size_t old_n, size_t n)
{
    size_t had = kept_size(old_n), size = kept_size(n);
    if (old && had == size) return old;
    void *p = kept_take(&s->kept, size);
    if (!p && size >= KEPT_GRAIN * KEPT_LISTS) return mem_resize(old, size);
    if (!p) p = mem_alloc(size);
    if (!old) return p;
    memcpy(p, old, old_n < n ? old_n : n);
    if (!kept_give(&s->kept, old, had)) free(old);
    return p;
}

enum { LENT = 128 << 20 };             /* twice the largest table within the limit, and the old one beside it */

/* Parts of a table that grows by itself are as long as a power of two, of values (16 bytes) or of nodes (24). Lua's
 * stack is never: twice as long as it was, and some. */
static bool is_part_of_table(size_t n)
{
    while (n % 2 == 0) n /= 2;
    return n == 1 || n == 3;
}

/* Refused memory, Lua collects garbage and asks again. While a table grows that stands behind a __newindex, though,
 * nothing holds it where its metatable is weak: then it would be taken away under Lua's own hands (luaV_finishset, up
 * to 5.4.7). So what it may grow by is lent, and on_count, or who fills it, takes the limit up again; but not to the
 * stack, which may grow where no hook is ever called. kind: of a new value, 0 where it is none. */
static bool lends(Script *s, const void *old, size_t kind, size_t n)
{
    lua_Debug at;
    if ((!old && kind) || !is_part_of_table(n)) return false;
    return s->filling || (lua_getstack(s->L, 0, &at) && lua_getinfo(s->L, "S", &at) && *at.what != 'C');
}

/* Beyond its limit a block gets no memory, and Lua raises that; beyond the machine's, ops ends in words.
 * Large pieces are also where C functions spend their time unseen by any hook. */
static void *allocate(void *self, void *old, size_t old_n, size_t n)
{
    Script *s = self;
    size_t was = old ? old_n : 0;
    if (n == 0) {
        if (old && !kept_give(&s->kept, old, kept_size(was))) free(old);
        s->used -= was;
        return NULL;
    }
    if (n > was && n - was > (64 << 10) && s->micros && clock_ticks() > s->until) {
        sandbox_expire(s, "", NULL);
        if (!lends(s, old, old_n, n)) return NULL;
    }
    if (n > was && s->used + (n - was) > s->most &&
        (s->used + (n - was) - s->most > LENT || !lends(s, old, old_n, n))) return NULL;
    if (n > was && s->pieces == 1) return NULL;
    if (n > was && s->pieces) s->pieces--;
    void *p = piece(s, old, was, n);
    s->used += n - was;
    return p;
}

/* ---- chunks ------------------------------------------------------------------------------ */

/* Line ends ahead of the block make Lua's own line numbers those of the file. */
static int compile(lua_State *L, const IrLua *block)
{
    if (strlen(block->text) > SCRIPT_SOURCE) {
        lua_pushfstring(L, "%s: it is longer than 1 MB", block->place.file ? block->place.file : "lua");
        return LUA_ERRSYNTAX;
    }
    Buf text = {0}, name = {0};
    buf_printf(&name, "@%s", block->place.file ? block->place.file : "lua");
    buf_pad(&text, '\n', block->place.line ? block->place.line - 1 : 0);
    buf_puts(&text, block->text);
    int status = luaL_loadbufferx(L, buf_text(&text), text.n, buf_text(&name), "t");
    buf_free(&text);
    buf_free(&name);
    return status;
}

static bool is_chunk(const Chunk *c, const IrLua *block)
{
    const char *file = block->place.file ? block->place.file : "";
    return c->line == block->place.line && strcmp(c->file, file) == 0 && strcmp(c->text, block->text) == 0;
}

/* Most are asked for again from where they lay before, and then nothing is hashed. */
Chunk *script_chunk(Script *s, const IrLua *block)
{
    const char *file = block->place.file ? block->place.file : "";
    size_t at = ((uintptr_t)block->text >> 3 ^ block->place.line) % (sizeof s->near / sizeof *s->near);
    if (s->near_text[at] == block->text && is_chunk(s->near[at], block)) return s->near[at];
    Buf *key = &s->key;
    buf_clear(key);
    buf_printf(key, "%s:%u:%s", file, block->place.line, block->text);
    Chunk *c = map_get(s->chunks, key->p);
    if (!c) {
        c = ARENA_NEW(s->chunk_arena, Chunk);
        *c = (Chunk){.file = arena_dup(s->chunk_arena, file), .text = arena_dup(s->chunk_arena, block->text),
                     .line = block->place.line, .id = map_count(s->chunks), .ref = LUA_NOREF};
        map_put(s->chunks, buf_dup(key, s->chunk_arena), c);
    }
    s->near[at] = c;
    s->near_text[at] = block->text;
    return c;
}

/* Leaves the block's function on the stack; compiled once per text and place. */
static int push_chunk(Script *s, const IrLua *block)
{
    Chunk *c = script_chunk(s, block);
    if (c->ref != LUA_NOREF) {
        lua_rawgeti(s->L, LUA_REGISTRYINDEX, c->ref);
        return LUA_OK;
    }
    int status = compile(s->L, block);
    if (status != LUA_OK) return status;
    lua_pushvalue(s->L, -1);
    c->ref = luaL_ref(s->L, LUA_REGISTRYINDEX);
    return LUA_OK;
}

/* ---- surroundings -------------------------------------------------------------------------- */

static uint32_t var_at(const ScriptCall *call, const char *name)
{
    uint32_t i = 0;
    while (i < call->vars_n && (!name || strcmp(call->vars[i].name, name) != 0)) i++;
    return i;
}

/* The name at 2; NULL where it is none: it holds a NUL, behind which another's name would end, or is no text at all. */
static const char *key_text(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL;
    return name && strlen(name) == lua_rawlen(L, 2) ? name : NULL;
}

/* Pushes what one of the call's tables has under the key at 2. */
static bool find_in(lua_State *L, int table)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, table);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNIL) return true;
    lua_pop(L, 2);
    return false;
}

static int no_variable(lua_State *L)
{
    return luaL_error(L, "there is no variable `%s` here", sandbox_text(L, 2, NULL));
}

/* The secret that the key at 2 names; false: none does. */
static bool push_secret(lua_State *L)
{
    const ScriptCall *call = script_of(L)->call;
    const char *name = key_text(L), *value = NULL;
    Error why;
    if (!name) return false;
    for (uint32_t i = 0; i < call->told_n && !value; i++) {
        if (strcmp(call->told[i].name, name) != 0) continue;
        if (call->told[i].why) luaL_error(L, "%s", call->told[i].why);
        value = call->told[i].value;
    }
    if (!value && secrets_get(call->secrets, call->process, name, &value, &why) != ST_OK)
        luaL_error(L, "%s", why.text);
    if (value) lua_pushstring(L, value);
    return value != NULL;
}

/* Variables, functions of the systems around, the sandbox, secrets. A variable without a value is nil, whatever else is
 * called so. */
static int on_read(lua_State *L)
{
    Script *s = lua_touserdata(L, lua_upvalueindex(1));
    if (find_in(L, s->vars)) return 1;
    lua_pushnil(L);
    if (var_at(s->call, key_text(L)) < s->call->vars_n) return 1;
    if (find_in(L, s->functions) || sandbox_find(s) != LUA_TNIL) return 1;
    return push_secret(L) ? 1 : no_variable(L);
}

/* Those functions see no variables. */
static int on_read_outside(lua_State *L)
{
    Script *s = lua_touserdata(L, lua_upvalueindex(1));
    return find_in(L, s->functions) || sandbox_find(s) != LUA_TNIL || push_secret(L) ? 1 : no_variable(L);
}

static int on_define(lua_State *L)
{
    const Script *s = lua_touserdata(L, lua_upvalueindex(1));
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->functions);
    lua_insert(L, 2);
    lua_rawset(L, 2);
    return 0;
}

/* A float may yet be rounded, and a table filled: those are looked at when the block has ended. */
static bool may_become(const ScriptVar *var, lua_State *L)
{
    IrTypeKind kind = (IrTypeKind)var->type->kind;
    switch (lua_type(L, 3)) {
    case LUA_TNIL: return var->value.type == CASE_UNSET;
    case LUA_TTABLE: return kind == TYPE_LIST || kind == TYPE_RECORD;
    case LUA_TNUMBER:
        return !lua_isinteger(L, 3) && (kind == TYPE_NUMBER || kind == TYPE_PERCENT || kind == TYPE_MONEY);
    }
    return false;
}

/* An error here, at the line that sets it, where the value at 3 cannot be kept under this variable. */
static void check_fit(Script *s, const ScriptVar *var)
{
    lua_State *L = s->L;
    const IrUnit *u = s->call->unit;
    Value v, fitted;
    Error why;
    size_t out = s->out;               /* it does not leave the block yet */
    if (may_become(var, L)) return;
    arena_reset(s->scratch);
    s->out = SCRIPT_OUT;
    if (!values_pull(s, 3, s->scratch, &v, &why) ||
        value_fit(s->scratch, u, (uint32_t)(var->type - u->types), &v, &fitted, &why) != ST_OK)
        luaL_error(L, "%s: %s", var->name, why.text);
    s->out = out;
}

static int on_write(lua_State *L)
{
    Script *s = lua_touserdata(L, lua_upvalueindex(1));
    uint32_t i = var_at(s->call, key_text(L));
    lua_Debug at;
    if (i == s->call->vars_n)
        return luaL_error(L, "there is no variable `%s` to set: write `local %s`, or declare it with `gives`",
                          sandbox_text(L, 2, NULL), sandbox_text(L, 2, NULL));
    check_fit(s, &s->call->vars[i]);
    bool known = lua_getstack(L, 1, &at) && lua_getinfo(L, "l", &at) && at.currentline > 0;
    s->sets[i] = (ScriptSet){true, known ? (uint32_t)at.currentline : 0};
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->vars);
    lua_insert(L, 2);
    lua_rawset(L, 2);
    return 0;
}

/* A file of Lua has a table of its own for what it defines: the second upvalue. */
static int on_read_file(lua_State *L)
{
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) return 1;
    lua_pop(L, 1);
    return sandbox_find(lua_touserdata(L, lua_upvalueindex(1))) != LUA_TNIL || push_secret(L) ? 1 : no_variable(L);
}

static int on_define_file(lua_State *L)
{
    lua_rawset(L, lua_upvalueindex(2));
    return 0;
}

/* Leaves a metatable for a table of globals that reads and writes so; of: the index of their second upvalue, or 0. */
static void push_surroundings(Script *s, lua_CFunction read, lua_CFunction write, int of)
{
    const struct { const char *name; lua_CFunction f; } ways[] = {{"__index", read}, {"__newindex", write}};
    lua_State *L = s->L;
    lua_createtable(L, 0, 3);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        lua_pushlightuserdata(L, s);
        if (of) lua_pushvalue(L, of);
        lua_pushcclosure(L, ways[i].f, of ? 2 : 1);
        lua_setfield(L, -2, ways[i].name);
    }
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
}

static char block_key, prelude_key;    /* in the registry: how a table of globals reads and writes */

static void open_surroundings(Script *s, const char *key, lua_CFunction read, lua_CFunction write)
{
    push_surroundings(s, read, write, 0);
    lua_rawsetp(s->L, LUA_REGISTRYINDEX, key);
}

/* The function on the stack sees a table of globals that reads and writes so. */
static void surround(lua_State *L, const char *key)
{
    lua_newtable(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, key);
    lua_setmetatable(L, -2);
    lua_setupvalue(L, -2, 1);
}

bool script_calls(const ScriptCall *call, const char *module)
{
    bool called = strstr(call->block->text, module) != NULL;
    for (uint32_t i = 0; i < call->prelude_n && !called; i++) called = strstr(call->prelude[i].text, module) != NULL;
    return called;
}

static bool names(const char *text, const char *name)
{
    return strstr(text, name) || strstr(text, "_ENV");
}

bool script_names(const ScriptCall *call, const char *global)
{
    bool named = names(call->block->text, global);
    for (uint32_t i = 0; i < call->prelude_n && !named; i++) named = names(call->prelude[i].text, global);
    for (uint32_t i = 0; i < call->modules_n && !named; i++)
        named = script_calls(call, call->modules[i].name) && names(call->modules[i].lua.text, global);
    return named;
}

/* What a call leaves behind in its chunks would be kept until they run again. */
static void let_go(Script *s, const IrLua *block)
{
    const Chunk *c = script_chunk(s, block);
    if (c->ref == LUA_NOREF) return;
    lua_rawgeti(s->L, LUA_REGISTRYINDEX, c->ref);
    lua_pushnil(s->L);
    lua_setupvalue(s->L, -2, 1);
    lua_pop(s->L, 1);
}

static void forget(Script *s)
{
    const int tables[] = {s->vars, s->functions, s->box};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        lua_pushboolean(s->L, 0);
        lua_rawseti(s->L, LUA_REGISTRYINDEX, tables[i]);
    }
    let_go(s, s->call->block);
    for (uint32_t i = 0; i < s->call->prelude_n; i++) let_go(s, &s->call->prelude[i]);
    for (uint32_t i = 0; i < s->call->modules_n; i++)
        if (script_calls(s->call, s->call->modules[i].name)) let_go(s, &s->call->modules[i].lua);
    s->call = NULL;
}

/* ---- a state ------------------------------------------------------------------------------- */

Script *script_new(void)
{
    Script *s = mem_zero(1, sizeof *s);
    s->most = SIZE_MAX;
    s->L = lua_newstate(allocate, s);  /* never NULL: allocate ends ops where there is no memory */
    static const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base}, {"string", luaopen_string},
                                         {"table", luaopen_table}, {"math", luaopen_math}, {"utf8", luaopen_utf8},
                                         {NULL, NULL}};
    for (const luaL_Reg *l = libraries; l->name; l++) {
        luaL_requiref(s->L, l->name, l->func, 0);
        lua_pop(s->L, 1);
    }
    lua_pushlightuserdata(s->L, s);
    lua_rawsetp(s->L, LUA_REGISTRYINDEX, &self_key);
    lua_getglobal(s->L, "error");
    s->error = lua_tocfunction(s->L, -1);
    lua_pop(s->L, 1);
    values_open(s->L);
    sandbox_open(s);
    open_surroundings(s, &block_key, on_read, on_write);
    open_surroundings(s, &prelude_key, on_read_outside, on_define);
    int *const tables[] = {&s->vars, &s->functions, &s->box};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        lua_pushboolean(s->L, 0);
        *tables[i] = luaL_ref(s->L, LUA_REGISTRYINDEX);
    }
    s->scratch = arena_new();
    s->chunk_arena = arena_new();
    s->chunks = map_new(s->chunk_arena);
    return s;
}

void script_free(Script *s)
{
    if (!s) return;
    if (s->worker) worker_free(s->worker);
    else lua_close(s->L);
    kept_free(&s->kept, free);
    arena_free(s->chunk_arena);
    arena_free(s->scratch);
    buf_free(&s->printed);
    buf_free(&s->key);
    buf_free(&s->made);
    free(s);
}

/* ---- the call, inside Lua's protection ----------------------------------------------------------- */

typedef struct Inside {
    Script *script;
    const ScriptCall *call;
    Arena *arena;
    VEC(Datum) values;
    Error *err;
} Inside;

static void add_value(Inside *in, const char *name, Value v)
{
    *VEC_PUSH(in->arena, &in->values) = (Datum){name, v};
}

/* A file of Lua is what it returns, or else the table of what it defines. */
static void run_module(lua_State *L, Inside *in, const IrModule *module)
{
    int before = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, in->script->functions);
    lua_newtable(L);
    if (push_chunk(in->script, &module->lua) != LUA_OK) lua_error(L);
    lua_newtable(L);
    push_surroundings(in->script, on_read_file, on_define_file, before + 2);
    lua_setmetatable(L, -2);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) lua_pop(L, 1);
    lua_setfield(L, before + 1, module->name);
    lua_settop(L, before);
}

/* The functions of files of Lua and of the systems around, into the call's table. */
static void define_functions(lua_State *L, Inside *in)
{
    const ScriptCall *call = in->call;
    for (uint32_t i = 0; i < call->modules_n; i++)
        if (script_calls(call, call->modules[i].name)) run_module(L, in, &call->modules[i]);
    for (uint32_t i = 0; i < call->prelude_n; i++) {
        if (push_chunk(in->script, &call->prelude[i]) != LUA_OK) lua_error(L);
        surround(L, &prelude_key);
        lua_call(L, 0, 0);
    }
}

static void take_returned(lua_State *L, Inside *in, int first)
{
    int returned = lua_gettop(L) - first + 1;
    if (returned > (int)in->call->gives_n)
        luaL_error(L, "it returns %d values, and the step gives %d", returned, (int)in->call->gives_n);
    for (int i = 0; i < returned && i < (int)in->call->gives_n; i++) {
        Value v;
        if (!values_pull(in->script, first + i, in->arena, &v, in->err)) {
            error_prefix(in->err, "%s: ", in->call->gives[i]);
            luaL_error(L, "%s", in->err->text);
        }
        add_value(in, in->call->gives[i], v);
    }
}

/* Of the variable's last assignment, where there was one; else of the block. */
static int misfit(lua_State *L, const Inside *in, uint32_t i, const Error *why)
{
    const IrPlace *place = &in->call->block->place;
    uint32_t line = in->script->sets[i].line ? in->script->sets[i].line : place->line;
    return luaL_error(L, "%s:%d: %s: %s", place->file ? place->file : "lua", (int)line, in->call->vars[i].name,
                      why->text);
}

/* Variables whose value is another than before: those that were set, and what was changed inside a table. */
static void take_changed(lua_State *L, Inside *in)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, in->script->vars);
    int vars = lua_gettop(L);
    for (uint32_t i = 0; i < in->call->vars_n; i++) {
        const ScriptVar *var = &in->call->vars[i];
        Value v, fitted;
        Error why;
        if (!in->script->sets[i].set && var->value.type != V_LIST && var->value.type != V_RECORD) continue;
        lua_getfield(L, vars, var->name);
        if (!values_pull(in->script, lua_gettop(L), in->arena, &v, &why)) misfit(L, in, i, &why);
        lua_pop(L, 1);
        if (v.type == V_NONE && var->value.type == CASE_UNSET) continue;
        uint32_t type = (uint32_t)(var->type - in->call->unit->types);
        if (value_fit(in->arena, in->call->unit, type, &v, &fitted, &why) != ST_OK) misfit(L, in, i, &why);
        if (var->value.type == CASE_UNSET || !value_equal(&fitted, &var->value)) add_value(in, var->name, fitted);
    }
}

static void push_tables(Inside *in)
{
    lua_State *L = in->script->L;
    lua_createtable(L, 0, (int)in->call->vars_n);
    for (uint32_t i = 0; i < in->call->vars_n; i++) {
        if (in->call->vars[i].value.type == CASE_UNSET) continue;
        values_push(L, &in->call->vars[i].value);
        lua_setfield(L, -2, in->call->vars[i].name);
    }
    lua_rawseti(L, LUA_REGISTRYINDEX, in->script->vars);
    lua_newtable(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, in->script->functions);
    lua_newtable(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, in->script->box);
    sandbox_clean(in->script);
}

static int inside(lua_State *L)
{
    Inside *in = lua_touserdata(L, 1);
    sandbox_need_stack(L, 40);
    push_tables(in);
    define_functions(L, in);
    if (push_chunk(in->script, in->call->block) != LUA_OK) return lua_error(L);
    surround(L, &block_key);
    int first = lua_gettop(L);
    lua_call(L, 0, LUA_MULTRET);
    if (*in->script->expired) return luaL_error(L, "%s", in->script->expired);
    take_returned(L, in, first);
    lua_settop(L, first);
    take_changed(L, in);
    return 0;
}

/* What an error says, whatever was thrown; no metamethod runs. */
static void tell(Script *s, Error *err)
{
    lua_State *L = s->L;
    Buf b = {0};
    if (*s->expired) fail(err, ST_FAILED, "%s", s->expired);
    else if (lua_type(L, -1) == LUA_TSTRING) {
        size_t n;
        const char *text = secrets_hide(s->call->secrets, s->arena, lua_tolstring(L, -1, &n), &n);
        buf_visible(&b, text, n < 900 ? n : 900);
        fail(err, ST_FAILED, "%s", b.n ? buf_text(&b) : "the block failed without a word: use fail(\"why\")");
    } else {
        fail(err, ST_FAILED, "the block threw a %s that is no text: use fail(\"why\")", luaL_typename(L, -1));
    }
    buf_free(&b);
}

/* What functions in C complain of has no place, and no name, where a guard stands before them: those of the call in
 * the author's text. The message is at 1. */
static void place_message(lua_State *L)
{
    lua_Debug at, guard = {0};
    int level = 1;
    for (; lua_getstack(L, level, &at) && lua_getinfo(L, "Sl", &at) && at.currentline < 1; level++) guard = at;
    if (level == 1 || at.currentline < 1) return;
    if (strncmp(lua_tostring(L, 1), at.short_src, strlen(at.short_src)) == 0) return;
    if (lua_getinfo(L, "n", &guard) && guard.name) {
        lua_pushfstring(L, "'%s'", guard.name);
        luaL_gsub(L, lua_tostring(L, 1), "'?'", lua_tostring(L, -1));
        lua_replace(L, 1);
    }
    lua_pushfstring(L, "%s:%d: %s", at.short_src, at.currentline, lua_tostring(L, 1));
    lua_replace(L, 1);
    lua_settop(L, 1);
}

enum { FRAMES_SHOWN = 6 };

/* How the block came to where it failed, behind what failed: the author's own lines, nearest first. Lua runs it where
 * the error is raised, and nothing in it runs Lua. */
static int on_error(lua_State *L)
{
    const Script *s = script_of(L);
    lua_Debug at;
    char way[600] = "", name[60] = "";
    int lines = 0;
    size_t n = 0;
    lua_CFunction by = lua_getstack(L, 1, &at) && lua_getinfo(L, "f", &at) ? lua_tocfunction(L, -1) : NULL;
    lua_settop(L, 1);
    if (lua_type(L, 1) != LUA_TSTRING || *s->expired || sandbox_is_fail(by)) return 1;
    if (by && by != s->error) place_message(L);
    for (int level = 1; lines <= FRAMES_SHOWN + 1 && lua_getstack(L, level, &at); level++) {
        lua_getinfo(L, "Sln", &at);
        if (at.source[0] != '@' || at.currentline < 1) continue;
        const char *before = n ? "; " : " (", *in = *name ? "in " : "", *called = *name ? ", " : "";
        if (lines > FRAMES_SHOWN) n += (size_t)snprintf(way + n, sizeof way - n, "; ...");
        else if (lines)
            n += (size_t)snprintf(way + n, sizeof way - n, "%s%s%s%scalled at %.40s:%d", before, in, name, called,
                                  at.short_src, at.currentline);
        if (n >= sizeof way) n = sizeof way - 1;
        snprintf(name, sizeof name, "%s", at.name ? at.name : "");
        lines++;
    }
    if (n) lua_pushfstring(L, "%s%s)", lua_tostring(L, 1), way);
    return 1;
}

static Status protected(Script *s, lua_CFunction f, Inside *in, const ScriptLimits *limits, Error *err)
{
    lua_State *L = s->L;
    s->arena = in->arena;
    s->call = in->call;
    s->sets = ARENA_ARRAY(in->arena, ScriptSet, in->call->vars_n);
    s->out = SCRIPT_OUT;
    buf_clear(&s->printed);
    lua_settop(L, 0);
    sandbox_limits(s, limits);
    lua_pushcfunction(L, on_error);
    lua_pushcfunction(L, f);
    lua_pushlightuserdata(L, in);
    int status = lua_pcall(L, 1, 0, 1);
    sandbox_release(s);
    Status st = ST_OK;
    if (status == LUA_ERRMEM && !*s->expired) sandbox_expire(s, "", "it used more memory than a block may: 64 MB");
    if (status != LUA_OK) tell(s, err), st = ST_FAILED;
    lua_settop(L, 0);
    forget(s);
    if (s->made.cap > (1 << 20)) buf_free(&s->made);
    s->arena = NULL;
    if (status != LUA_OK) lua_gc(L, LUA_GCCOLLECT, 0);
    return st;
}

/* Secrets first: made visible, one with a line end in it would be another text. */
static const char *printed_text(const Script *s, const Secrets *secrets, Arena *a)
{
    if (!s->printed.n) return "";
    Buf b = {0};
    size_t n = s->printed.n;
    const char *text = secrets_hide(secrets, a, arena_dup_n(a, s->printed.p, n), &n);
    buf_visible(&b, text, n);
    text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

Status script_run(Script *s, const ScriptCall *call, Arena *a, ScriptResult *out, Error *err)
{
    if (s->worker) return worker_run(s, call, a, out, err);
    Inside in = {.script = s, .call = call, .arena = a, .err = err};
    s->seed = call->seed;
    s->now = call->now;
    *out = (ScriptResult){.printed = ""};
    Status st = protected(s, inside, &in, &call->limits, err);
    for (uint32_t i = 0; i < in.values.n; i++)
        in.values.items[i].value = secrets_hide_value(call->secrets, a, &in.values.items[i].value);
    out->values = in.values.items;
    out->values_n = st == ST_OK ? in.values.n : 0;
    out->printed = printed_text(s, call->secrets, a);
    return st;
}

Status script_ask_nobody(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err)
{
    (void)q, (void)a;
    *(bool *)self = true;
    *out = VALUE_NONE;
    return fail(err, ST_FAILED, "not before what led to it is kept");
}

void script_run_many(Script *s, ScriptJob *jobs, uint32_t n, Arena *a)
{
    for (uint32_t i = 0; i < n && s->worker;) i += worker_run_many(s, jobs + i, n - i, a);
    for (uint32_t i = 0; i < n && !s->worker; i++) {
        bool asked = false;
        jobs[i].call.answer = script_ask_nobody, jobs[i].call.answer_self = &asked;
        jobs[i].status = script_run(s, &jobs[i].call, a, &jobs[i].result, &jobs[i].why);
        jobs[i].done = !asked;
    }
}

/* ---- a line at the prompt, an audit's block -------------------------------------------------------- */

typedef struct Line { Inside in; const IrLua *block; Value *out; uint32_t n, most; } Line;

/* Leaves its function on the stack: a line is tried as an expression first. */
static int push_line(lua_State *L, const Line *line)
{
    const char *text = line->block->text, *as_value = arena_printf(line->in.arena, "return %s", text);
    if (line->block->place.file) return push_chunk(line->in.script, line->block);
    if (luaL_loadbufferx(L, as_value, strlen(as_value), "=lua", "t") == LUA_OK) return LUA_OK;
    lua_pop(L, 1);
    return luaL_loadbufferx(L, text, strlen(text), "=lua", "t");
}

static int inside_line(lua_State *L)
{
    Line *line = lua_touserdata(L, 1);
    sandbox_need_stack(L, 40);
    push_tables(&line->in);
    define_functions(L, &line->in);
    if (push_line(L, line) != LUA_OK) return lua_error(L);
    surround(L, &block_key);
    int first = lua_gettop(L);
    lua_call(L, 0, LUA_MULTRET);
    for (int i = first; i <= lua_gettop(L) && line->n < line->most; i++) {
        Error why;
        if (!values_pull(line->in.script, i, line->in.arena, &line->out[line->n++], &why))
            return luaL_error(L, "%s", why.text);
    }
    return 0;
}

Status script_eval(Script *s, const ScriptCall *call, Arena *a, Value *out, uint32_t *n, const char **printed,
                   Error *err)
{
    if (s->worker) return worker_eval(s, call, a, out, n, printed, err);
    Line line = {.in = {.script = s, .call = call, .arena = a, .err = err}, .block = call->block, .out = out,
                 .most = *n};
    s->now = call->now;
    Status st = protected(s, inside_line, &line.in, &call->limits, err);
    for (uint32_t i = 0; i < line.n; i++) out[i] = secrets_hide_value(call->secrets, a, &out[i]);
    *n = line.n;
    if (printed) *printed = printed_text(s, call->secrets, a);
    return st;
}

/* ---- does it parse? ------------------------------------------------------------------------------------- */

bool script_check(const char *text, const char *name, uint32_t *line, Buf *message)
{
    *line = 1;
    if (strlen(text) > SCRIPT_SOURCE) {
        buf_puts(message, "it is longer than 1 MB");
        return false;
    }
    lua_State *L = luaL_newstate();
    Buf chunk = {0};
    if (!L) return true;
    buf_printf(&chunk, "@%s", name);
    bool ok = luaL_loadbufferx(L, text, strlen(text), buf_text(&chunk), "t") == LUA_OK;
    if (!ok) {
        const char *said = lua_tostring(L, -1);
        size_t n = strlen(name);
        if (strncmp(said, name, n) == 0 && said[n] == ':') {
            char *end;
            *line = (uint32_t)strtoul(said + n + 1, &end, 10);
            said = *end == ':' ? end + 2 : end;
        }
        buf_puts(message, said);
    }
    lua_close(L);
    buf_free(&chunk);
    return ok;
}

Span script_line(const Sources *sources, const char *file, uint32_t line)
{
    uint32_t at = 1;
    for (uint32_t i = 0; i < sources_count(sources); i++) {
        const char *text = sources_text(sources, at);
        size_t n = strlen(text);
        if (strcmp(sources_name(sources, i), file) == 0) {
            const char *p = text;
            for (uint32_t k = 1; k < line && (p = strchr(p, '\n')); k++) p++;
            if (!p) return (Span){at, at};
            size_t length = strcspn(p, "\n"), blank = strspn(p, " \t");
            uint32_t from = at + (uint32_t)(p - text);
            return (Span){from + (uint32_t)(blank < length ? blank : 0), from + (uint32_t)length};
        }
        at += (uint32_t)n + 1;
    }
    return (Span){0, 0};
}

/* The first byte of a letter that Lua's names do not have, of which it says `near '<\195>'`; else 0. */
static char foreign_letter(const char *near)
{
    int byte = 0;
    return near && sscanf(near, "near '<\\%d>'", &byte) == 1 && byte > 127 ? (char)byte : 0;
}

/* The name around it, as the file has it. */
static const char *whole_name(const char *text, const char *at, size_t *n)
{
    const char *end = at;
    while (at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '_' || at[-1] & 0x80)) at--;
    while (isalnum((unsigned char)*end) || *end == '_' || *end & 0x80) end++;
    *n = (size_t)(end - at);
    return at;
}

/* Where in a line of the block stands what Lua stumbles over (`near 'x'`)? It may stand there more than once: it is the
 * first behind which Lua, given no more than that, says the same. NULL: nobody knows. */
static const char *stumbling(const char *text, uint32_t line, const char *message, size_t *n)
{
    enum { STUMBLES_MOST = 16 };
    int tries = 0;
    const char *near = strstr(message, "near '"), *last = near ? strrchr(message, '\'') : NULL, *from = text, *at;
    for (uint32_t k = 1; k < line && from; k++) from = (from = strchr(from, '\n')) ? from + 1 : NULL;
    if (!near || !from || last < near + 7) return NULL;
    const char *end = from + strcspn(from, "\n");
    const char letter = foreign_letter(near);
    near += strlen("near '");
    *n = (size_t)(last - near);
    if (letter) near = &letter, *n = 1;
    for (at = from; tries++ < STUMBLES_MOST && (at = memmem(at, (size_t)(end - at), near, *n)); at++) {
        Buf part = {0}, said = {0};
        uint32_t there;
        buf_add(&part, text, (size_t)(at - text) + *n);
        bool same = !script_check(buf_text(&part), "lua", &there, &said) && strcmp(buf_text(&said), message) == 0;
        buf_free(&part), buf_free(&said);
        if (same) return at;
    }
    return NULL;
}

/* The same place in the file, whose line holds this line of the block; or all of that line. */
static Span place_in_line(const Sources *sources, Span line, const char *block, const char *at, size_t n)
{
    const char *from = at, *source = sources_text(sources, line.from), *found;
    while (from > block && from[-1] != '\n') from--;
    size_t length = (size_t)(at - from) + n, rest = line.to - line.from;
    while (length > n && (*from == ' ' || *from == '\t')) from++, length--;
    found = memmem(source, rest, from, length);
    uint32_t to = found ? line.from + (uint32_t)(found - source + length) : 0;
    return found ? (Span){to - (uint32_t)n, to} : line;
}

static void check_block(const IrLua *block, const Sources *sources, Diags *diags)
{
    uint32_t line;
    size_t n;
    Buf message = {0};
    if (!block->text || script_check(block->text, "lua", &line, &message)) {
        buf_free(&message);
        return;
    }
    Span at = script_line(sources, block->place.file ? block->place.file : "", block->place.line + line - 1);
    const char *there = at.to > at.from ? stumbling(block->text, line, buf_text(&message), &n) : NULL;
    bool foreign = there && foreign_letter(strstr(buf_text(&message), "near '")) &&
                   strncmp(there, "\xe2\x80", 2) != 0;     /* “ and – are no letters */
    if (foreign) there = whole_name(block->text, there, &n);
    if (there) at = place_in_line(sources, at, block->text, there, n);
    Diag *m = diag_add(diags, DIAG_E0620, at, "this Lua cannot be read: %s", buf_text(&message));
    if (foreign)
        diag_hint(diags, m, "names in Lua are of a to z, digits and _ only: write _ENV[\"%.*s\"]", (int)n, there);
    buf_free(&message);
}

void script_check_blocks(const IrLua *blocks, uint32_t n, Sources *sources, Diags *diags)
{
    for (uint32_t i = 0; i < n; i++) check_block(&blocks[i], sources, diags);
}

void script_check_program(const IrProgram *p, Sources *sources, Diags *diags)
{
    for (uint32_t i = 0; i < p->prelude_n; i++) check_block(&p->prelude[i], sources, diags);
    for (uint32_t i = 0; i < p->modules_n; i++) check_block(&p->modules[i].lua, sources, diags);
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrFlow *f = p->processes[i].flow;
        for (uint32_t k = 0; k < f->steps_n; k++) {
            if (f->steps[k].machine == MACHINE_LUA) check_block(&f->steps[k].lua, sources, diags);
            if (f->steps[k].undo.machine == MACHINE_LUA) check_block(&f->steps[k].undo.lua, sources, diags);
        }
    }
    for (uint32_t i = 0; i < p->audits_n; i++)
        for (uint32_t k = 0; k < p->audits[i].checks_n; k++)
            if (p->audits[i].checks[k].rule == RULE_LUA) check_block(&p->audits[i].checks[k].lua, sources, diags);
    script_check_names(p, sources, diags);
}
