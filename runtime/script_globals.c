/* script_globals.c -- which globals a chunk of Lua reads and sets, and where.
 *
 * Lua itself decides what is a local and what a global, so it is asked: the chunk is compiled, and what was compiled is
 * read as lua_dump writes it. A global is a field of the upvalue _ENV, named by a constant. A chunk that hands _ENV on,
 * or indexes it by what it computes, may reach any name: of such a one nothing can be said (`open`).
 */
#include "runtime/script_private.h"

#include <assert.h>
#include <string.h>

enum { OP_LOADK = 3, OP_GETUPVAL = 9, OP_GETTABUP = 11, OP_GETTABLE = 12, OP_GETFIELD = 14, OP_SETTABUP = 15,
       OP_SETTABLE = 16 };                     /* of Lua 5.4 */
enum { NOT_HERE = -1 };

typedef struct Dump {
    const unsigned char *at, *end;
    Arena *arena;
    ScriptGlobals *out;
} Dump;

typedef struct Proto {
    const uint32_t *code; uint32_t code_n;
    const char **texts; uint32_t texts_n;      /* constants; NULL: no text */
    const uint32_t *lines;
    int env;                                   /* which upvalue is _ENV */
} Proto;

/* ---- what lua_dump writes -------------------------------------------------------------------- */

static const unsigned char *take(Dump *d, size_t n)
{
    const unsigned char *at = d->at;
    assert((size_t)(d->end - d->at) >= n);
    d->at += n;
    return at;
}

static uint32_t take_byte(Dump *d)
{
    return *take(d, 1);
}

static uint64_t take_size(Dump *d)
{
    uint64_t n = 0;
    for (;;) {
        uint32_t byte = take_byte(d);
        n = n << 7 | (byte & 0x7f);
        if (byte & 0x80) return n;
    }
}

static const char *take_text(Dump *d)
{
    uint64_t n = take_size(d);
    return n ? arena_printf(d->arena, "%.*s", (int)(n - 1), (const char *)take(d, n - 1)) : NULL;
}

static void take_constants(Dump *d, Proto *p)
{
    p->texts_n = (uint32_t)take_size(d);
    p->texts = ARENA_ARRAY(d->arena, const char *, p->texts_n);
    for (uint32_t i = 0; i < p->texts_n; i++) {
        uint32_t type = take_byte(d) & 0x0f;
        if (type == LUA_TNUMBER) take(d, 8);
        else if (type == LUA_TSTRING) p->texts[i] = take_text(d);
    }
}

/* Of which upvalue is _ENV, the descriptions say: the main function's first one, handed down as it is. */
static void take_upvalues(Dump *d, Proto *p, const Proto *around)
{
    uint32_t n = (uint32_t)take_size(d);
    p->env = around ? NOT_HERE : 0;
    for (uint32_t i = 0; i < n; i++) {
        const unsigned char *upvalue = take(d, 3);
        if (around && !upvalue[0] && (int)upvalue[1] == around->env) p->env = (int)i;
    }
}

/* Lines are kept as steps from one instruction to the next; a long step stands in a list of its own. */
static void take_lines(Dump *d, Proto *p, uint32_t line)
{
    enum { LONG_STEP = -128 };
    uint32_t n = (uint32_t)take_size(d), *lines = ARENA_ARRAY(d->arena, uint32_t, p->code_n + 1);
    const signed char *steps = (const signed char *)take(d, n);
    uint32_t long_n = (uint32_t)take_size(d), at = 0;
    for (uint32_t i = 0; i < long_n; i++) {
        uint64_t pc = take_size(d), where = take_size(d);
        for (; at < n && at <= pc; at++) lines[at] = line = steps[at] == LONG_STEP ? (uint32_t)where
                                                                                  : line + (uint32_t)(int32_t)steps[at];
    }
    for (; at < n; at++) lines[at] = line += (uint32_t)(int32_t)steps[at];
    p->lines = lines;
}

/* Names for debuggers: of locals, and of upvalues. */
static void pass_names(Dump *d)
{
    for (uint64_t n = take_size(d); n; n--) {
        take_text(d);
        take_size(d), take_size(d);
    }
    for (uint64_t n = take_size(d); n; n--) take_text(d);
}

/* ---- instructions ------------------------------------------------------------------------------ */

static uint32_t op(uint32_t word) { return word & 0x7f; }
static uint32_t arg_a(uint32_t word) { return word >> 7 & 0xff; }
static uint32_t arg_b(uint32_t word) { return word >> 16 & 0xff; }
static uint32_t arg_c(uint32_t word) { return word >> 24; }
static uint32_t arg_bx(uint32_t word) { return word >> 15; }

static void found(Dump *d, const Proto *p, uint32_t pc, const char *name, const char *member, bool set)
{
    if (name)
        *VEC_PUSH(d->arena, &d->out->items) = (ScriptGlobal){name, member, p->lines[pc], set};
}

static const char *text_at(const Proto *p, uint32_t i)
{
    return i < p->texts_n ? p->texts[i] : NULL;
}

static const char *member_behind(const Proto *p, uint32_t pc, uint32_t holds)
{
    uint32_t next = pc + 1 < p->code_n ? p->code[pc + 1] : 0;
    return op(next) == OP_GETFIELD && arg_b(next) == holds ? text_at(p, arg_c(next)) : NULL;
}

/* _ENV in a register: where a chunk has more constants than fit into an instruction, the name follows in one, too. */
static bool far_global(Dump *d, const Proto *p, uint32_t pc)
{
    uint32_t env = arg_a(p->code[pc]);
    for (uint32_t i = pc + 1, key = UINT32_MAX, name = 0; i < p->code_n; i++) {
        uint32_t word = p->code[i];
        bool read = op(word) == OP_GETTABLE && arg_b(word) == env && arg_c(word) == key;
        bool set = op(word) == OP_SETTABLE && arg_a(word) == env && arg_b(word) == key;
        if (op(word) == OP_LOADK && key == UINT32_MAX) key = arg_a(word), name = arg_bx(word);
        if (read || set) found(d, p, i, text_at(p, name), NULL, set);
        if (read || set) return true;
        if (op(word) == OP_GETUPVAL && (int)arg_b(word) == p->env) return false;
    }
    return false;
}

static void look(Dump *d, const Proto *p)
{
    for (uint32_t pc = 0; pc < p->code_n; pc++) {
        uint32_t word = p->code[pc];
        if (op(word) == OP_GETTABUP && (int)arg_b(word) == p->env)
            found(d, p, pc, text_at(p, arg_c(word)), member_behind(p, pc, arg_a(word)), false);
        else if (op(word) == OP_SETTABUP && (int)arg_a(word) == p->env)
            found(d, p, pc, text_at(p, arg_b(word)), NULL, true);
        else if (op(word) == OP_GETUPVAL && (int)arg_b(word) == p->env)
            d->out->open |= !far_global(d, p, pc);
    }
}

static void take_function(Dump *d, const Proto *around)
{
    Proto p = {0};
    take_text(d);
    uint32_t line = (uint32_t)take_size(d);
    take_size(d);
    take(d, 3);                                /* parameters, `...`, registers */
    p.code_n = (uint32_t)take_size(d);
    uint32_t *code = ARENA_ARRAY(d->arena, uint32_t, p.code_n + 1);
    memcpy(code, take(d, p.code_n * sizeof *code), p.code_n * sizeof *code);
    p.code = code;
    take_constants(d, &p);
    take_upvalues(d, &p, around);
    for (uint64_t n = take_size(d); n; n--) take_function(d, &p);
    take_lines(d, &p, line);
    pass_names(d);
    look(d, &p);
}

/* ---- a chunk -------------------------------------------------------------------------------------- */

static int add_bytes(lua_State *L, const void *bytes, size_t n, void *to)
{
    (void)L;
    buf_add(to, bytes, n);
    return 0;
}

bool script_globals(Arena *a, const char *text, ScriptGlobals *out)
{
    enum { HEADER = 4 + 1 + 1 + 6 + 3 + 8 + 8 };
    lua_State *L = luaL_newstate();
    Buf bytes = {0};
    *out = (ScriptGlobals){0};
    bool ok = L && luaL_loadbufferx(L, text, strlen(text), "=lua", "t") == LUA_OK;
    if (ok) lua_dump(L, add_bytes, &bytes, false);
    if (L) lua_close(L);
    Dump d = {(const unsigned char *)bytes.p, (const unsigned char *)bytes.p + bytes.n, a, out};
    ok = ok && bytes.n > HEADER && memcmp(take(&d, HEADER), "\x1bLua\x54\0", 6) == 0;
    if (ok) {
        take_byte(&d);                         /* how many upvalues the main function has */
        take_function(&d, NULL);
    }
    buf_free(&bytes);
    return ok;
}
