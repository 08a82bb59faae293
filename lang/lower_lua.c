/* lower_lua.c -- what blocks of Lua call in a file of Lua that is used: does the file define it?
 *
 * Both are seen as words, so a file counts as defining whatever it may: each name that it assigns, or
 * that stands behind `function`. One that makes names as it runs (M[key] = f, setmetatable, load) is
 * believed everything.
 */
#include "lang/lower.h"
#include "lang/lua_words.h"
#include <ctype.h>
#include <string.h>

typedef struct LuaNames {
    Map *defined;                  /* name -> name */
    bool open;                     /* and others, which only running it could tell */
} LuaNames;

/* ---- what a file defines ------------------------------------------------------------------ */

static void define(Lower *l, LuaNames *names, const char *name)
{
    const char *kept = arena_dup(l->arena, name);
    map_put(names->defined, kept, (void *)kept);
}

static bool makes_names(const char *word)
{
    static const char *const words[] = {"setmetatable", "rawset", "load", "require", "_G", "_ENV"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* `function M.rate(`: rate; w stands behind `function`. */
static void define_function(Lower *l, LuaNames *names, LuaWords *w)
{
    char name[LUA_WORD_BYTES];
    bool local = strcmp(w->before, "local") == 0;
    if (lua_word_sign(w) == '(')
        return;
    do {
        if (!lua_word_next(w, name, sizeof name))
            return;
    } while (lua_word_opens(w));
    if (!local)
        define(l, names, name);
}

/* Does it hand on anything but a table's braces, or the name of a table? w stands behind its last `return`. */
static bool returns_made(LuaWords w)
{
    char name[LUA_WORD_BYTES];
    if (lua_word_sign(&w) == '{')
        return false;
    bool one = lua_word_next(&w, name, sizeof name), more = true;
    char sign = lua_word_sign(&w);
    while (one && more && strcmp(name, "end") != 0)
        more = lua_word_next(&w, name, sizeof name);
    return more ? false : sign && !isalnum((unsigned char)sign) && sign != '-' && sign != ';';
}

static LuaNames *names_in(Lower *l, const char *text)
{
    LuaNames *names = ARENA_NEW(l->arena, LuaNames);
    LuaWords w = {.at = text}, returned = {0};
    char name[LUA_WORD_BYTES];
    names->defined = map_new(l->arena);
    while (lua_word_next(&w, name, sizeof name)) {
        names->open |= makes_names(name) || (!lua_word_member(&w) && lua_word_sign(&w) == '[');
        if (strcmp(name, "function") == 0)
            define_function(l, names, &w);
        else if (lua_word_set(&w) || lua_word_sign(&w) == ',')
            define(l, names, name);
        if (strcmp(name, "return") == 0)
            returned = w;
        lua_word_passed(&w, name);
    }
    names->open |= returned.at && returns_made(returned);
    return names;
}

/* ---- what blocks ask of it ------------------------------------------------------------------ */

typedef struct Asking {
    Lower *l;
    const LuaModule *module;
    const LuaNames *names;
} Asking;

static bool begins_names(const char *word)
{
    return strcmp(word, "local") == 0 || strcmp(word, "for") == 0;
}

/* Has the block something of its own of this name: a local variable, a parameter, or one that it sets? */
static bool is_own(const char *text, const char *name)
{
    LuaWords w = {.at = text};
    char word[LUA_WORD_BYTES];
    bool parameters = false, names = false;
    while (lua_word_next(&w, word, sizeof word)) {
        parameters = parameters && w.before[0] != ')';
        names = begins_names(w.before) || (names && w.before[0] == ',');
        bool here = !lua_word_member(&w) && strcmp(word, name) == 0;
        if (here && (parameters || names || (w.braces == 0 && lua_word_set(&w))))
            return true;
        parameters |= strcmp(word, "function") == 0;
        lua_word_passed(&w, word);
    }
    return false;
}

static void tell_not_there(const Asking *a, const char *name, Span at)
{
    Lower *l = a->l;
    const Map *defined = a->names->defined;
    const char **all = ARENA_ARRAY(l->arena, const char *, map_count(defined));
    void *value;
    for (uint32_t i = 0; i < map_count(defined); i++)
        all[i] = map_key(defined, i, &value);
    const char *file = a->module->ir.lua.place.file;
    Diag *m = diag_add(l->diags, DIAG_E0268, at, "%s defines no \"%s\"", file, name);
    if (!diag_nearest(l->diags, m, name, all, map_count(defined)))
        diag_hint(l->diags, m, "write it there: function %s(...) ... end", name);
}

/* How many bytes of the file stand ahead of this byte of a block, whose line ends are one byte each. */
static uint32_t written_before(const Lower *l, const Ast *lua, const char *to)
{
    const char *text = sources_text(diags_sources(l->diags), lua->lua.text_at.from), *p = text;
    for (const char *at = lua->lua.text; at < to; at++, p++)
        p += *at == '\n' && *p == '\r';
    return (uint32_t)(p - text);
}

static void ask_block(void *self, const Ast *ast)
{
    const Asking *a = self;
    if (ast->kind != AST_LUA || is_own(ast->lua.text, a->module->name))
        return;
    LuaWords w = {.at = ast->lua.text};
    char name[LUA_WORD_BYTES];
    while (lua_word_next(&w, name, sizeof name)) {
        bool module = !lua_word_member(&w) && strcmp(name, a->module->name) == 0;
        lua_word_passed(&w, name);
        if (!module || !lua_word_opens(&w) || !lua_word_next(&w, name, sizeof name))
            continue;
        uint32_t to = ast->lua.text_at.from + written_before(a->l, ast, w.at);
        if (!map_get(a->names->defined, name))
            tell_not_there(a, name, (Span){to - (uint32_t)strlen(name), to});
        lua_word_passed(&w, name);
    }
}

void lower_lua_uses(Lower *l)
{
    for (uint32_t i = 0; i < l->lua_modules.n; i++) {
        const LuaModule *used = &l->lua_modules.items[i];
        const Module *user = map_get(l->prefixes, used->prefix);
        Asking a = {l, used, names_in(l, used->ir.lua.text)};
        for (const Ast *item = user && !a.names->open ? user->items : NULL; item; item = item->next)
            lower_visit(item, ask_block, &a);
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

typedef struct Blocks {
    Lower *l;
    LuaVec all;
} Blocks;

static void add_block(void *self, const Ast *ast)
{
    Blocks *b = self;
    if (ast->kind == AST_LUA)
        *VEC_PUSH(b->l->arena, &b->all) = (IrLua){ast->lua.text, lower_place(b->l, ast->lua.text_at)};
}

LuaVec lower_lua_blocks(Lower *l)
{
    Blocks b = {.l = l};
    for (uint32_t i = 0; i < l->module_order.n; i++)
        for (const Ast *item = l->module_order.items[i]->items; item; item = item->next)
            lower_visit(item, add_block, &b);
    for (uint32_t i = 0; i < l->lua_modules.n; i++)
        *VEC_PUSH(l->arena, &b.all) = l->lua_modules.items[i].ir.lua;
    return b.all;
}
