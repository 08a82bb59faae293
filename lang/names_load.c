/* names_load.c -- reads the main file and every module that it uses.
 *
 * `use "file.ops" as x` stands beside the file that says it; `use name` is of
 * the standard library, which lies in the program. A file is read and declared
 * once, under the name of its first user; names.c adds further names for it.
 * Files that use each other in a circle are reported, as are missing ones.
 */
#include "lang/lower.h"
#include "lang/parse.h"
#include "lang/stdlib.h"
#include <string.h>

#define MODULE_LIMIT ((size_t)64 << 20)
#define MODULES_DEEP 100                       /* modules that use each other in a row */

/* "a/b/../c.ops" becomes "a/c.ops"; what leads above the start stays. */
static char *normalized(Arena *a, const char *path)
{
    size_t n = strlen(path), out = 0;
    char *to = arena_alloc(a, n + 2);
    bool rooted = path[0] == '/';
    if (rooted)
        to[out++] = '/';
    size_t floor = out;                        /* `..` does not climb above it */
    for (size_t i = 0; i < n;) {
        size_t m = strcspn(path + i, "/");
        const char *part = path + i;
        i += m + (path[i + m] == '/');
        if (m == 0 || (m == 1 && part[0] == '.'))
            continue;
        if (m == 2 && part[0] == '.' && part[1] == '.' && out > floor) {
            while (out > floor && to[--out] != '/')
                continue;
            continue;
        }
        if (out && to[out - 1] != '/')
            to[out++] = '/';
        memcpy(to + out, part, m);
        out += m;
        if (m == 2 && part[0] == '.' && part[1] == '.')
            floor = out;
    }
    to[out] = 0;
    return to;
}

/* The folder of a path, itself below a folder. */
static const char *folder_of(Arena *a, const char *below, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return below;
    const char *own = slash == path ? "/" : arena_dup_n(a, path, (size_t)(slash - path));
    return path[0] == '/' || !*below ? normalized(a, own) : normalized(a, arena_printf(a, "%s/%s", below, own));
}

const char *lower_file(Lower *l, const char *prefix, const Ast *ast)
{
    const Module *m = map_get(l->prefixes, symbols_module_at(&l->symbols, prefix, ast->at));
    const char *path = lower_text(l, ast);
    if (!path || path[0] == '/' || !m || !*m->folder)
        return path;
    return arena_printf(l->arena, "%s%s%s", m->folder, strcmp(m->folder, "/") == 0 ? "" : "/", path);
}

static const char *beside(Arena *a, const char *user, const char *path)
{
    const char *slash = strrchr(user, '/');
    if (path[0] == '/' || !slash)
        return normalized(a, path);
    return normalized(a, arena_printf(a, "%.*s/%s", (int)(slash - user), user, path));
}

/* "lib/web.ops" is "web". */
static const char *stem(Lower *l, const char *path)
{
    const char *slash = strrchr(path, '/'), *from = slash ? slash + 1 : path;
    const char *dot = strrchr(from, '.');
    return intern(l->symbols.names, from, dot && dot > from ? (size_t)(dot - from) : strlen(from));
}

static Module *module_new(Lower *l, const Module *user, const char *path, const char *folder, const char *prefix)
{
    Module *m = ARENA_NEW(l->arena, Module);
    m->user = user;
    m->depth = user ? user->depth + 1 : 0;
    m->path = path;
    m->folder = folder;
    m->prefix = prefix;
    map_put(l->modules, path, m);
    map_put(l->prefixes, prefix, m);
    return m;
}

static void load_uses(Lower *l, Module *m);

static void parse(Lower *l, Module *m, const char *shown, const char *text, size_t n)
{
    uint32_t offset = sources_add(diags_sources(l->diags), shown, text, n);
    m->text = (Span){offset, offset + (uint32_t)n};
    m->loading = true;
    m->items = parse_file(l->arena, l->symbols.names, l->diags, offset, text, n);
    load_uses(l, m);
    m->loading = false;
    *VEC_PUSH(l->arena, &l->module_order) = m;
}

static const StdlibFile *stdlib_find(const char *name)
{
    for (const StdlibFile *f = stdlib_files; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

bool names_is_library(const char *name)
{
    return stdlib_find(name) != NULL;
}

static void no_such_library(Lower *l, Name name)
{
    const char *names[64];
    size_t n = 0;
    for (const StdlibFile *f = stdlib_files; f->name && n < 64; f++)
        names[n++] = f->name;
    Diag *m = diag_add(l->diags, DIAG_E0213, name.at, "the standard library has no module \"%s\"", name.text);
    if (!diag_nearest(l->diags, m, name.text, names, n))
        diag_hint(l->diags, m, "a file of your own is written in quotes: use \"%s.ops\"", name.text);
}

static Module *load_library(Lower *l, const Module *user, const Ast *use, const char *prefix)
{
    const StdlibFile *file = stdlib_find(use->use.path.text);
    const char *path = arena_printf(l->arena, "std:%s", file->name);
    Module *m = map_get(l->modules, path);
    if (!m) {
        m = module_new(l, user, path, "", prefix);
        m->library = true;
        parse(l, m, arena_printf(l->arena, "stdlib/%s.ops", file->name), file->text, strlen(file->text));
    }
    return m;
}

/* "a.ops uses b.ops, b.ops uses a.ops": from the one that is used again down to its user. */
static void add_users(Buf *b, const Module *from, const Module *to)
{
    if (from != to)
        add_users(b, from, to->user);
    buf_printf(b, "%s%s", from == to ? "" : from == to->user ? " uses " : ", which uses ", to->path);
}

static void tell_circle(Lower *l, const Module *user, const Module *used, Span at)
{
    if (user == used) {
        Diag *d = diag_add(l->diags, DIAG_E0214, at, "this file uses itself");
        diag_hint(l->diags, d, "its own names are there without `use`: take the line away");
        return;
    }
    Buf b = {0};
    add_users(&b, used, user);
    Diag *d = diag_add(l->diags, DIAG_E0214, at, "modules in a circle: %s, which uses %s", buf_text(&b), used->path);
    diag_hint(l->diags, d, "move what both need into a further file that uses neither");
    buf_free(&b);
}

static bool too_deep(Lower *l, const Module *user, Span at)
{
    if (user->depth < MODULES_DEEP)
        return false;
    Diag *d = diag_add(l->diags, DIAG_E0118, at, "more than %d files use one another in a row here", MODULES_DEEP);
    diag_hint(l->diags, d, "let a file use what it needs directly");
    return true;
}

static Status read_file(Lower *l, const char *path, char **text, size_t *n, Error *err)
{
    return l->load ? l->load(l->load_self, l->arena, path, text, n, err)
                   : text_read_file(l->arena, path, MODULE_LIMIT, text, n, err);
}

Status lower_read(Lower *l, const char *prefix, const Ast *file, char **text, size_t *n, Error *err)
{
    const Module *m = map_get(l->prefixes, symbols_module_at(&l->symbols, prefix, file->at));
    const char *path = lower_text(l, file);
    if (!path)
        return fail(err, ST_PROGRAM, "its name is no plain text");
    return read_file(l, m ? beside(l->arena, m->path, path) : path, text, n, err);
}

static bool read_module(Lower *l, const char *path, Span at, char **text, size_t *n)
{
    Error err;
    const char *file = strrchr(path, '/'), *dot = strrchr(file ? file : path, '.');
    if (!dot || (strcmp(dot, ".ops") != 0 && strcmp(dot, ".lua") != 0)) {
        Diag *d =
            diag_add(l->diags, DIAG_E0212, at, "a module is a file of Ops or Lua: its name ends with .ops or .lua");
        diag_hint(l->diags, d, dot ? "what stands in other files is read by rows: table Prices < Price in \"%s\" >"
                                   : "write the file's whole name: use \"%s.ops\"", path);
        return false;
    }
    Status st = read_file(l, path, text, n, &err);
    if (st == ST_OK)
        return true;
    Diag *d = diag_add(l->diags, DIAG_E0212, at, "cannot read the module: %s", err.text);
    diag_hint(l->diags, d, "a path is meant from the folder of the file that says `use`");
    return false;
}

/* ---- files of Lua --------------------------------------------------------------------- */

static bool is_lua(const Ast *use)
{
    const char *dot = use->use.is_file ? strrchr(use->use.path.text, '.') : NULL;
    return dot && strcmp(dot, ".lua") == 0;
}

static const char *lua_text(Lower *l, Name name, const char *path)
{
    for (uint32_t i = 0; i < l->lua_modules.n; i++)
        if (strcmp(l->lua_modules.items[i].ir.lua.place.file, path) == 0)
            return l->lua_modules.items[i].ir.lua.text;
    char *text;
    size_t n;
    if (!read_module(l, path, name.at, &text, &n))
        return NULL;
    if (strlen(text) < n || utf8_check(text, n) < n) {
        Diag *d = diag_add(l->diags, DIAG_E0116, name.at, "\"%s\" is no UTF-8 text", path);
        diag_hint(l->diags, d, "save the file as UTF-8; bytes that are no text are written \"\\xE4\" in Lua");
        return NULL;
    }
    (void)sources_add(diags_sources(l->diags), path, text, n);
    return text;
}

/* Its functions are called in Lua only, so it declares nothing here; false after a message. */
static bool load_lua(Lower *l, const Module *user, const Ast *use, const char *as)
{
    const char *path = beside(l->arena, user->path, use->use.path.text);
    const char *text = lua_text(l, use->use.path, path);
    if (!text)
        return false;
    const IrModule ir = {names_full(&l->symbols, user->prefix, as), {text, {path, 1, 1}}};
    *VEC_PUSH(l->arena, &l->lua_modules) = (LuaModule){user->prefix, as, ir};
    return true;
}

static Module *load_file(Lower *l, const Module *user, const Ast *use, const char *prefix)
{
    Name name = use->use.path;
    const char *path = beside(l->arena, user->path, name.text);
    Module *m = map_get(l->modules, path);
    if (m && m->loading) {
        tell_circle(l, user, m, name.at);
        return NULL;
    }
    if (m || too_deep(l, user, name.at))
        return m;
    char *text;
    size_t n;
    if (!read_module(l, path, name.at, &text, &n))
        return NULL;
    m = module_new(l, user, path, folder_of(l->arena, user->folder, name.text), prefix);
    parse(l, m, path, text, n);
    return m;
}

/* The one prefix more by which the module's names are known to this user. */
static void add_alias(Lower *l, Module *m, const char *prefix)
{
    if (m->prefix == prefix)
        return;
    ModuleAlias *a = VEC_PUSH(l->arena, &l->aliases);
    a->module = m;
    a->prefix = prefix;
}

/* Letters, digits and _; letters beyond ASCII as the scanner takes them. */
static bool is_name(const char *text)
{
    bool fits = *text && !(*text >= '0' && *text <= '9');
    for (const char *p = text; *p && fits; p++)
        fits = (unsigned char)*p >= 0x80 || *p == '_' || (*p >= '0' && *p <= '9') ||
               ((*p | 32) >= 'a' && (*p | 32) <= 'z');
    return fits;
}

static void load_uses(Lower *l, Module *m)
{
    Map *seen = map_new(l->arena);
    for (Ast *use = m->items; use && !diags_full(l->diags); use = use->next) {
        if (use->kind != AST_USE || !use->use.path.text)
            continue;
        const Name as = use->use.as.text
                            ? use->use.as
                            : (Name){use->use.is_file ? stem(l, use->use.path.text) : use->use.path.text,
                                     use->use.path.at};
        if (!use->use.is_file && !stdlib_find(use->use.path.text)) {
            no_such_library(l, use->use.path);
            if (is_name(as.text))
                map_put(l->symbols.lost_modules,
                        names_full(&l->symbols, m->prefix, arena_printf(l->arena, "%s.", as.text)), use);
            continue;
        }
        if (!is_name(as.text)) {
            Diag *d = diag_add(l->diags, DIAG_E0217, as.at, "\"%s\" cannot stand before a dot, so nothing of this "
                               "module could be named", as.text);
            diag_hint(l->diags, d, "say what it is called here: use \"%s\" as team", use->use.path.text);
            continue;
        }
        void **slot = map_slot(seen, as.text);
        if (*slot) {
            Diag *d =
                diag_add(l->diags, DIAG_E0215, as.at, "two modules are both called \"%s\" here", as.text);
            diag_hint(l->diags, d, "name one of them otherwise: use ... as another_name");
            lower_first(l, d, ((Ast *)*slot)->at);
            continue;
        }
        *slot = use;
        const char *prefix = names_full(&l->symbols, m->prefix, arena_printf(l->arena, "%s.", as.text));
        if (is_lua(use)) {
            bool read = load_lua(l, m, use, as.text);
            map_put(read ? l->symbols.lua_modules : l->symbols.lost_modules, prefix, use);
            continue;
        }
        Module *used = use->use.is_file ? load_file(l, m, use, prefix) : load_library(l, m, use, prefix);
        map_put(used ? l->symbols.modules : l->symbols.lost_modules, prefix, use);
        if (used)
            add_alias(l, used, prefix);
    }
}

void names_load(Lower *l, const char *path, const char *text, size_t n)
{
    const char *key = strcmp(path, "-") == 0 ? "-" : normalized(l->arena, path);
    Module *m = module_new(l, NULL, key, "", "");
    parse(l, m, path, text, n);
}
