/* names_scope.c -- what a name means inside a copy that `like` made.
 *
 * A copy holds lines that were written in different places. A name in one of
 * them means, in this order: what the copy itself declares, changed or taken
 * over; what the copies around it declare; then what it means where the line
 * was written: around the copy for the lines of the copy's own text, where
 * the original stands for those that it inherits.
 *
 * Copies that one file takes from one other file belong together: what one of
 * them declares is meant in all of them, so that systems taken over together
 * work together. And a role that the original's file leaves open (it names no
 * people) is the role of this name in the file that takes the copy.
 *
 * A copy's `home` is a prefix like that of a module, and a view is one for the
 * lines of one origin. All begin with the prefix of the copy's module.
 */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

#define MARK '\x01'                            /* ends the module's prefix in a home */

typedef struct View {
    const Copy *copy;
    VEC(const NamesOf *) names;    /* looked at in this order ... */
    const char *module;            /* ... then this module's */
} View;

static bool holds(Span span, Span at)
{
    return span.from <= at.from && at.from < span.to;
}

static const Copy *copy_at(const Symbols *s, const char *home)
{
    return map_get(s->copies, home);
}

static const char *home_of(const Ast *ast)
{
    return ast->kind == AST_SYSTEM ? ast->system.home : ast->process.home;
}

/* The prefix with which the walk goes on for a line at this place; path: which way it went. */
static const char *next_home(const Symbols *s, const Copy *copy, Span at, Buf *path)
{
    char way = 'a';
    for (const Copy *c = copy; c; c = copy_at(s, c->outer), way++)
        if (holds(c->body, at)) {
            buf_putc(path, way);
            return c->outer;
        }
    buf_putc(path, '-');
    return home_of(copy->original);
}

/* Which way every line at this place goes, as a key. */
static const char *view_key(const Symbols *s, const Copy *copy, Span at)
{
    Buf path = {0};
    const char *home = copy->home;
    for (const Copy *c = copy; c; c = copy_at(s, home))
        home = next_home(s, c, at, &path);
    const char *key = arena_printf(s->arena, "%s%c%s", copy->home, MARK, buf_text(&path));
    buf_free(&path);
    return key;
}

static void see(const Symbols *s, View *view, const NamesOf *names)
{
    for (uint32_t i = 0; i < view->names.n; i++)
        if (view->names.items[i] == names)
            return;
    *VEC_PUSH(s->arena, &view->names) = names;
}

static View *view_new(const Symbols *s, const Copy *copy, Span at)
{
    View *view = ARENA_NEW(s->arena, View);
    view->copy = copy;
    view->module = copy->home;
    for (const Copy *c = copy; c; c = copy_at(s, view->module)) {
        Buf path = {0};
        for (const Copy *around = c; around; around = copy_at(s, around->outer))
            see(s, view, &around->names);
        view->module = next_home(s, c, at, &path);
        if (buf_text(&path)[0] == '-' && c->together)
            see(s, view, c->together);
        buf_free(&path);
    }
    return view;
}

/* The view of this prefix; of a home the one for its own text. NULL for a module's. */
static const View *view_of(const Symbols *s, const char *prefix)
{
    if (map_count(s->copies) == 0 || !prefix)
        return NULL;
    const View *view = map_get(s->views, prefix);
    const Copy *copy = view ? NULL : copy_at(s, prefix);
    if (copy)
        map_put(s->views, prefix, (void *)(view = view_new(s, copy, copy->body)));
    return view;
}

const char *symbols_at(const Symbols *s, const char *prefix, Span at)
{
    const View *view = view_of(s, prefix);
    if (!view)
        return prefix;
    const char *key = view_key(s, view->copy, at);
    void **slot = map_slot(s->views, key);
    if (!*slot) {
        View *made = view_new(s, view->copy, at);
        *map_slot(s->views, key) = made;
    }
    return key;
}

const char *symbols_module_at(const Symbols *s, const char *prefix, Span at)
{
    const View *view = view_of(s, symbols_at(s, prefix, at));
    return view ? view->module : prefix;
}

const char *scope_module(const Symbols *s, const char *prefix)
{
    const View *view = view_of(s, prefix);
    return view ? view->module : prefix;
}

const Copy *scope_copy(const Symbols *s, const char *prefix)
{
    const View *view = view_of(s, prefix);
    return view ? view->copy : NULL;
}

static Sym *plain(const Symbols *s, SymKind kind, const char *module, const char *name)
{
    Sym *own = *module ? map_get(s->of[kind], names_full(s, module, name)) : NULL;
    return own ? own : map_get(s->of[kind], name);
}

static bool is_open(const Sym *sym)
{
    if (sym->kind != SYM_ROLE || !sym->ast)
        return false;
    for (const Ast *item = sym->ast->role.items; item; item = item->next)
        if (item->kind != AST_PROP || item->prop.word == K_PEOPLE)
            return false;
    return true;
}

Sym *names_known(const Symbols *s, SymKind kind, const char *prefix, const char *name)
{
    const View *view = view_of(s, prefix);
    if (!view)
        return plain(s, kind, prefix ? prefix : "", name);
    for (uint32_t i = 0; i < view->names.n; i++) {
        Map *of = view->names.items[i]->of[kind];
        Sym *sym = of ? map_get(of, name) : NULL;
        if (sym)
            return sym;
    }
    Sym *sym = plain(s, kind, view->module, name);
    if (!sym || !is_open(sym) || view->module == view->copy->module)
        return sym;
    Sym *filled = plain(s, kind, view->copy->module, name);
    return filled ? filled : sym;
}

const char *symbols_seen(const char *prefix, const char *full)
{
    size_t n = prefix ? strcspn(prefix, "\x01") : 0;
    return n && strncmp(full, prefix, n) == 0 ? full + n : full;
}

/* ---- making them ---------------------------------------------------------------------- */

void scope_open(Symbols *s, Copy *copy, const char *outer, const char *module)
{
    copy->outer = outer;
    copy->module = module;
    copy->home = arena_printf(s->arena, "%s%c%u", module, MARK, map_count(s->copies));
    map_put(s->copies, copy->home, copy);
}

static void put(const Symbols *s, NamesOf *names, SymKind kind, const char *name, Sym *sym)
{
    if (!names->of[kind])
        names->of[kind] = map_new(s->arena);
    void **slot = map_slot(names->of[kind], name);
    if (!*slot)
        *slot = sym;
}

void scope_declare(const Symbols *s, const char *home, const char *name, Sym *sym)
{
    for (const Copy *c = copy_at(s, home); c; c = copy_at(s, c->outer)) {
        put(s, (NamesOf *)&c->names, sym->kind, name, sym);
        if (c->together)
            put(s, c->together, sym->kind, name, sym);
    }
}

/* ---- what was changed ------------------------------------------------------------------- */

static const char *place_key(const Lower *l, Span at)
{
    return arena_printf(l->arena, "%u", at.from);
}

Span scope_origin(const Lower *l, Span at)
{
    const Name *inherited = l->origins ? map_get(l->origins, place_key(l, at)) : NULL;
    return inherited ? scope_origin(l, inherited->at) : at;
}

void scope_replaces(Lower *l, Name own, Name inherited)
{
    if (!l->origins)
        l->origins = map_new(l->arena);
    Name *kept = ARENA_NEW(l->arena, Name);
    *kept = inherited;
    if (own.at.from != inherited.at.from)
        map_put(l->origins, place_key(l, own.at), kept);
}
