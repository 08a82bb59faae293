/* script.c -- one call of a Lua block: variables in, values out, errors with their place.
 *
 * A block's globals are looked up by two functions: variables first, then the
 * functions of the systems around and files of Lua, then the sandbox. An assignment to a name
 * that is no variable is an error, so a slip of the fingers is found.
 */
#include "runtime/script_private.h"

#include "runtime/fit.h"

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

/* Beyond its limit a block gets no memory, and Lua raises that; beyond the machine's, ops ends in words.
 * Large pieces are also where C functions spend their time unseen by any hook. */
static void *allocate(void *self, void *old, size_t old_n, size_t n)
{
    Script *s = self;
    size_t was = old ? old_n : 0;
    if (n == 0) {
        free(old);
        s->used -= was;
        return NULL;
    }
    if (n > was && n - was > (64 << 10) && s->micros && clock_ticks() > s->until) {
        sandbox_expire(s, "", NULL);
        return NULL;
    }
    if (n > was && s->used + (n - was) > s->most) return NULL;
    void *p = mem_resize(old, n);
    s->used += n - was;
    return p;
}

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
    values_open(s->L);
    sandbox_open(s);
    s->chunk_arena = arena_new();
    s->chunks = map_new(s->chunk_arena);
    return s;
}

void script_free(Script *s)
{
    if (!s) return;
    lua_close(s->L);
    arena_free(s->chunk_arena);
    buf_free(&s->printed);
    buf_free(&s->key);
    free(s);
}

/* ---- chunks ------------------------------------------------------------------------------ */

/* Line ends ahead of the block make Lua's own line numbers those of the file. */
static int compile(lua_State *L, const IrLua *block)
{
    Buf text = {0}, name = {0};
    buf_printf(&name, "@%s", block->place.file ? block->place.file : "lua");
    buf_pad(&text, '\n', block->place.line ? block->place.line - 1 : 0);
    buf_puts(&text, block->text);
    int status = luaL_loadbufferx(L, buf_text(&text), text.n, buf_text(&name), "t");
    buf_free(&text);
    buf_free(&name);
    return status;
}

/* Leaves the block's function on the stack; compiled once per text and place. */
static int push_chunk(Script *s, const IrLua *block)
{
    Buf *key = &s->key;
    buf_clear(key);
    buf_printf(key, "%s:%u:%s", block->place.file ? block->place.file : "", block->place.line, block->text);
    void *known = map_get(s->chunks, key->p);
    if (known) {
        lua_rawgeti(s->L, LUA_REGISTRYINDEX, (lua_Integer)(intptr_t)known);
        return LUA_OK;
    }
    int status = compile(s->L, block);
    if (status != LUA_OK) return status;
    lua_pushvalue(s->L, -1);
    map_put(s->chunks, buf_dup(key, s->chunk_arena), (void *)(intptr_t)luaL_ref(s->L, LUA_REGISTRYINDEX));
    return LUA_OK;
}

/* ---- surroundings -------------------------------------------------------------------------- */

/* The secret that the key at 2 names; false: none does. */
static bool push_secret(lua_State *L)
{
    const ScriptCall *call = script_of(L)->call;
    const char *value;
    Error why;
    if (lua_type(L, 2) != LUA_TSTRING) return false;
    if (secrets_get(call->secrets, call->process, lua_tostring(L, 2), &value, &why) != ST_OK)
        luaL_error(L, "%s", why.text);
    if (value) lua_pushstring(L, value);
    return value != NULL;
}

/* upvalues: variables, which names are variables, functions of the systems, the sandbox */
static int on_read(lua_State *L)
{
    for (int i = 1; i <= 3; i += 2) {
        lua_pushvalue(L, 2);
        if (lua_rawget(L, lua_upvalueindex(i)) != LUA_TNIL) return 1;
        lua_pop(L, 1);
    }
    if (sandbox_find(L, lua_upvalueindex(4)) != LUA_TNIL) return 1;
    lua_pop(L, 1);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) {
        lua_pushnil(L);
        return 1;
    }
    if (push_secret(L)) return 1;
    return luaL_error(L, "there is no variable `%s` here", luaL_tolstring(L, 2, NULL));
}

static int on_write(lua_State *L)
{
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TNIL)
        return luaL_error(L, "there is no variable `%s` to set: write `local %s`, or declare it with `gives`",
                          luaL_tolstring(L, 2, NULL), luaL_tolstring(L, 2, NULL));
    lua_pop(L, 1);
    lua_rawset(L, lua_upvalueindex(1));
    return 0;
}

static int on_define(lua_State *L)
{
    lua_rawset(L, lua_upvalueindex(3));
    return 0;
}

/* A table that reads and writes through the two functions; the four tables lie at base + 1 .. base + 4. */
static void push_surroundings(lua_State *L, int base, lua_CFunction write)
{
    lua_newtable(L);
    lua_newtable(L);
    for (int i = 1; i <= 4; i++) lua_pushvalue(L, base + i);
    lua_pushcclosure(L, on_read, 4);
    lua_setfield(L, -2, "__index");
    for (int i = 1; i <= 4; i++) lua_pushvalue(L, base + i);
    lua_pushcclosure(L, write, 4);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
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

/* Runs a text that defines functions, in surroundings without variables; `results` of what it returns stay. What it
 * defines goes into the table on top, which stays below them. */
static void run_definitions(lua_State *L, Inside *in, int base, const IrLua *text, int results)
{
    int defined = lua_gettop(L);
    if (push_chunk(in->script, text) != LUA_OK) lua_error(L);
    lua_newtable(L);
    lua_newtable(L);
    lua_pushvalue(L, defined);
    lua_pushvalue(L, base + 4);
    push_surroundings(L, defined + 1, on_define);
    lua_setupvalue(L, defined + 1, 1);
    lua_settop(L, defined + 1);
    lua_call(L, 0, results);
}

/* Cheap, and true too often rather than too rarely: a file that nobody calls need not be run. */
static bool is_called(const ScriptCall *call, const char *name)
{
    bool called = strstr(call->block->text, name) != NULL;
    for (uint32_t i = 0; i < call->prelude_n && !called; i++) called = strstr(call->prelude[i].text, name) != NULL;
    return called;
}

/* A file of Lua is what it returns, or else the table of what it defines. */
static void run_module(lua_State *L, Inside *in, int base, const IrModule *module)
{
    lua_newtable(L);
    run_definitions(L, in, base, &module->lua, 1);
    if (lua_isnil(L, -1)) lua_pop(L, 1);
    lua_setfield(L, base + 3, module->name);
    lua_settop(L, base + 4);
}

/* The functions of files of Lua and of the systems around, into the table at base + 3. */
static void define_functions(lua_State *L, Inside *in, int base)
{
    const ScriptCall *call = in->call;
    for (uint32_t i = 0; i < call->modules_n; i++)
        if (is_called(call, call->modules[i].name)) run_module(L, in, base, &call->modules[i]);
    for (uint32_t i = 0; i < call->prelude_n; i++) {
        lua_pushvalue(L, base + 3);
        run_definitions(L, in, base, &call->prelude[i], 0);
        lua_settop(L, base + 4);
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

/* Variables whose value is another than before. */
static void take_changed(lua_State *L, Inside *in, int base)
{
    for (uint32_t i = 0; i < in->call->vars_n; i++) {
        const ScriptVar *var = &in->call->vars[i];
        Value v, fitted;
        Error why;
        lua_getfield(L, base + 1, var->name);
        if (!values_pull(in->script, lua_gettop(L), in->arena, &v, &why)) luaL_error(L, "%s: %s", var->name, why.text);
        lua_pop(L, 1);
        if (v.type == V_NONE && var->value.type == CASE_UNSET) continue;
        uint32_t type = (uint32_t)(var->type - in->call->unit->types);
        if (value_fit(in->arena, in->call->unit, type, &v, &fitted, &why) != ST_OK)
            luaL_error(L, "%s: %s", var->name, why.text);
        if (var->value.type == CASE_UNSET || !value_equal(&fitted, &var->value)) add_value(in, var->name, fitted);
    }
}

static int inside(lua_State *L)
{
    Inside *in = lua_touserdata(L, 1);
    const ScriptCall *call = in->call;
    int base = lua_gettop(L);
    luaL_checkstack(L, 40, "Lua");
    lua_newtable(L);
    lua_newtable(L);
    lua_newtable(L);
    sandbox_push(in->script);
    for (uint32_t i = 0; i < call->vars_n; i++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, base + 2, call->vars[i].name);
        if (call->vars[i].value.type == CASE_UNSET) continue;
        values_push(L, &call->vars[i].value);
        lua_setfield(L, base + 1, call->vars[i].name);
    }
    define_functions(L, in, base);
    if (push_chunk(in->script, call->block) != LUA_OK) return lua_error(L);
    push_surroundings(L, base, on_write);
    lua_setupvalue(L, -2, 1);
    int first = lua_gettop(L);
    lua_call(L, 0, LUA_MULTRET);
    if (*in->script->expired) return luaL_error(L, "%s", in->script->expired);
    take_returned(L, in, first);
    lua_settop(L, base + 4);
    take_changed(L, in, base);
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
        fail(err, ST_FAILED, "%s", buf_text(&b));
    } else {
        fail(err, ST_FAILED, "the block threw a %s that is no text: use fail(\"why\")", luaL_typename(L, -1));
    }
    buf_free(&b);
}

static Status protected(Script *s, lua_CFunction f, Inside *in, const ScriptLimits *limits, Error *err)
{
    lua_State *L = s->L;
    s->arena = in->arena;
    buf_clear(&s->printed);
    lua_settop(L, 0);
    sandbox_limits(s, limits);
    lua_pushcfunction(L, f);
    lua_pushlightuserdata(L, in);
    int status = lua_pcall(L, 1, 0, 0);
    sandbox_release(s);
    Status st = ST_OK;
    if (status == LUA_ERRMEM && !*s->expired) sandbox_expire(s, "", "it used more memory than a block may: 64 MB");
    if (status != LUA_OK) tell(s, err), st = ST_FAILED;
    lua_settop(L, 0);
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
    Inside in = {.script = s, .call = call, .arena = a, .err = err};
    s->unit = call->unit;
    s->call = call;
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
    int base = lua_gettop(L);
    lua_newtable(L);
    lua_newtable(L);
    lua_newtable(L);
    sandbox_push(line->in.script);
    define_functions(L, &line->in, base);
    if (push_line(L, line) != LUA_OK) return lua_error(L);
    push_surroundings(L, base, on_write);
    lua_setupvalue(L, -2, 1);
    int first = lua_gettop(L);
    lua_call(L, 0, LUA_MULTRET);
    for (int i = first; i <= lua_gettop(L) && line->n < line->most; i++) {
        Error why;
        if (!values_pull(line->in.script, i, line->in.arena, &line->out[line->n++], &why))
            return luaL_error(L, "%s", why.text);
    }
    return 0;
}

Status script_eval(Script *s, const ScriptCall *call, Arena *a, Value *out, uint32_t *n, Error *err)
{
    Line line = {.in = {.script = s, .call = call, .arena = a, .err = err}, .block = call->block, .out = out,
                 .most = *n};
    s->unit = call->unit;
    s->call = call;
    s->now = clock_now();
    Status st = protected(s, inside_line, &line.in, &call->limits, err);
    for (uint32_t i = 0; i < line.n; i++) out[i] = secrets_hide_value(call->secrets, a, &out[i]);
    *n = line.n;
    return st;
}

/* ---- does it parse? ------------------------------------------------------------------------------------- */

bool script_check(const char *text, const char *name, uint32_t *line, Buf *message)
{
    lua_State *L = luaL_newstate();
    Buf chunk = {0};
    if (!L) return true;
    buf_printf(&chunk, "@%s", name);
    bool ok = luaL_loadbufferx(L, text, strlen(text), buf_text(&chunk), "t") == LUA_OK;
    *line = 1;
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

/* The offset of a line of a file among the sources; 0 where it is not there. */
static Span line_span(const Sources *sources, const char *file, uint32_t line)
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

static void check_block(const IrLua *block, const Sources *sources, Diags *diags)
{
    uint32_t line;
    Buf message = {0};
    if (!block->text || script_check(block->text, "lua", &line, &message)) {
        buf_free(&message);
        return;
    }
    Span at = line_span(sources, block->place.file ? block->place.file : "", block->place.line + line - 1);
    diag_add(diags, DIAG_E0620, at, "this Lua cannot be read: %s", buf_text(&message));
    buf_free(&message);
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
}
