/* names_like.c -- `like`: a system or process that starts as a copy of another.
 *
 * A pass over the tree, before anything has a Sym. A declaration that says
 * `like` gets the items of its original, changed by its own: a line of the same
 * word, a step or declaration of the same name is replaced, `without` takes
 * away, `step X after "Y"` puts in. What is inside an inherited system or
 * process is changed by opening it. Nodes are shared with the original as far
 * as they stay as they were; a list that changes is copied.
 *
 * An original is made whole before it is copied, so copies of copies hold what
 * their originals hold. Where that leads back to where it began, the circle is
 * told, and the declaration counts as one in which something is missing.
 */
#include "lang/grammar.h"
#include "lang/names_like.h"
#include <string.h>

enum { COPIES_DEEP = 100, LINES_MOST = 2000000, DECLARED_MOST = 50000 };

/* ---- everything that can be copied ---------------------------------------------------- */

typedef enum State { NEW, BUSY, WHOLE } State;

typedef struct Entry {
    Ast *ast;                      /* SYSTEM or PROCESS */
    struct Entry *in;              /* the system around it, or NULL */
    Module *module;
    State state;
    bool merged;                   /* a BUSY one: it holds what it inherits already */
} Entry;

typedef struct Index {             /* of one module */
    Map *systems, *processes;      /* name -> Entry */
    Map *inside;                   /* "System.Name", "Outer.System.Name" -> Entry */
    VEC(Entry *) copies;           /* systems that say `like` */
} Index;

typedef struct Liking {
    Lower *l;
    Map *indexes;                  /* prefix of a module -> Index */
    VEC(Entry *) busy;             /* each is needed by the one before */
    VEC(Entry *) top;
    Map *together;                 /* "module>original's module" -> NamesOf */
    uint32_t copied, declared;     /* lines; systems and processes among them */
    uint32_t deep;                 /* originals that are being made whole, one for the other */
} Liking;

static Ast **items_of(Ast *ast)
{
    return ast->kind == AST_SYSTEM ? &ast->system.items : &ast->process.items;
}

static bool is_declared(const Ast *ast)
{
    return ast->kind == AST_SYSTEM || ast->kind == AST_PROCESS;
}

static Index *index_of(Liking *k, const Module *m)
{
    void **slot = map_slot(k->indexes, m->prefix);
    if (!*slot) {
        Index *index = ARENA_NEW(k->l->arena, Index);
        index->systems = map_new(k->l->arena);
        index->processes = map_new(k->l->arena);
        index->inside = map_new(k->l->arena);
        *slot = index;
    }
    return *slot;
}

/* A copy that was made whole holds its systems anew. */
static bool one_place(const Entry *a, const Entry *b)
{
    while (a != b) {
        const char *name = a && b ? ast_named(a->ast).text : NULL, *other = name ? ast_named(b->ast).text : NULL;
        if (!other || strcmp(name, other) != 0)
            return false;
        a = a->in, b = b->in;
    }
    return true;
}

/* "system X", "process X": both may stand in one system. */
static const char *inside_key(Liking *k, AstKind kind, const char *name)
{
    return arena_printf(k->l->arena, "%s %s", kind == AST_SYSTEM ? "system" : "process", name);
}

/* By the systems around it as well: names that stand in several are told apart by them. */
static void index_inside(Liking *k, Index *index, Entry *e)
{
    const char *name = ast_named(e->ast).text;
    for (const Entry *in = e->in; in && name && ast_named(in->ast).text; in = in->in) {
        name = arena_printf(k->l->arena, "%s.%s", ast_named(in->ast).text, name);
        void **slot = map_slot(index->inside, inside_key(k, e->ast->kind, name));
        const Entry *known = *slot;
        if (!known || one_place(known->in, e->in))
            *slot = e;
    }
}

/* What stands in a copy again, after it was made whole, takes the place of what its own text said. */
static void index_items(Liking *k, Module *m, Ast *items, Entry *in)
{
    Index *index = index_of(k, m);
    for (Ast *ast = items; ast; ast = ast->next) {
        if (!is_declared(ast))
            continue;
        Entry *e = ARENA_NEW(k->l->arena, Entry);
        *e = (Entry){.ast = ast, .in = in, .module = m};
        Map *of = ast->kind == AST_SYSTEM ? index->systems : index->processes;
        const char *name = ast_named(ast).text;
        void **slot = name ? map_slot(of, name) : NULL;
        const Entry *known = slot ? *slot : NULL;
        if (slot && (!known || (known->in && one_place(known->in, in))))
            *slot = e;
        index_inside(k, index, e);
        if (ast->kind == AST_SYSTEM && ast_like_of(ast))
            *VEC_PUSH(k->l->arena, &index->copies) = e;
        if (!in)
            *VEC_PUSH(k->l->arena, &k->top) = e;
        if (ast->kind == AST_SYSTEM)
            index_items(k, m, ast->system.items, e);
    }
}

static Entry *entry_of(Liking *k, const Entry *in, const Ast *ast)
{
    Index *index = index_of(k, in->module);
    const char *name = ast_named(ast).text;
    Entry *e = name ? map_get(ast->kind == AST_SYSTEM ? index->systems : index->processes, name) : NULL;
    return e && e->ast == ast ? e : NULL;
}

/* ---- finding the original ----------------------------------------------------------------- */

static bool resolve(Liking *k, Entry *e);

/* The module that is called so in this one, or NULL. */
static Module *used(Liking *k, const Module *from, const char *alias)
{
    Lower *l = k->l;
    const char *prefix = names_full(&l->symbols, from->prefix, alias);
    Module *m = map_get(l->prefixes, prefix);
    for (uint32_t i = 0; !m && i < l->aliases.n; i++)
        if (strcmp(l->aliases.items[i].prefix, prefix) == 0)
            m = l->aliases.items[i].module;
    return m;
}

/* "alias.rest" as it is written in this module: the module meant, and the rest. */
static Module *module_named(Liking *k, Module *from, const char **name)
{
    for (const char *dot; (dot = strchr(*name, '.'));) {
        Module *m = used(k, from, arena_dup_n(k->l->arena, *name, (size_t)(dot + 1 - *name)));
        if (!m)
            break;
        from = m;
        *name = dot + 1;
    }
    return from;
}

static Entry *known(Liking *k, Module *m, const char *name, AstKind kind)
{
    Index *index = index_of(k, m);
    Entry *e = map_get(kind == AST_SYSTEM ? index->systems : index->processes, name);
    return e || !strchr(name, '.') ? e : map_get(index->inside, inside_key(k, kind, name));
}

/* What stands in a copy is there when the copy is whole. */
static bool make_around(Liking *k, Entry *e, bool *again)
{
    if (!e)
        return true;
    if (!make_around(k, e->in, again))
        return false;
    if (!ast_like_of(e->ast) || e->state == WHOLE || e->merged)
        return true;
    *again = true;
    return resolve(k, e);
}

static Entry *found(Liking *k, Module *m, const char *name, AstKind kind, bool *circle)
{
    Entry *e = known(k, m, name, kind);
    bool again = false;
    if (e) {
        *circle = !make_around(k, e->in, &again);
        return again && !*circle ? known(k, m, name, kind) : e;
    }
    Index *index = index_of(k, m);             /* inherited, perhaps, by a copy that is not made yet */
    for (uint32_t i = 0; !e && i < index->copies.n; i++) {
        Entry *copy = index->copies.items[i];
        if (copy->state == NEW && resolve(k, copy))
            e = known(k, m, name, kind);
    }
    return e;
}

typedef VEC(const char *) Candidates;

/* As this file may write them: those of a module, with what stands ahead of its names. */
static void add_names(Liking *k, const Entry *e, Module *m, const char *ahead, size_t n, Candidates *all)
{
    const Index *index = index_of(k, m);
    const Map *of_kind = e->ast->kind == AST_SYSTEM ? index->systems : index->processes;
    for (uint32_t i = 0; i < map_count(of_kind); i++) {
        const char *key = map_key(of_kind, i, NULL);
        if (key != ast_named(e->ast).text || m != e->module)
            *VEC_PUSH(k->l->arena, all) = arena_printf(k->l->arena, "%.*s%s", (int)n, ahead, key);
    }
}

/* A module's name may be the one that is misspelled. */
static void add_modules(Liking *k, const Entry *e, Candidates *all)
{
    const char *own = e->module->prefix;
    for (uint32_t i = 0; i < map_count(k->l->prefixes); i++) {
        void *used;
        const char *prefix = map_key(k->l->prefixes, i, &used);
        size_t n = strlen(own);
        if (strncmp(prefix, own, n) == 0 && prefix[n])
            add_names(k, e, used, prefix + n, strlen(prefix + n), all);
    }
}

/* "essentials.Feedback", and no `use essentials`: told once, whatever of it is wanted. */
static void not_taken_in(Liking *k, const char *library, Name of)
{
    Diags *d = k->l->diags;
    Diag *m = diag_missing(d, k, library, DIAG_E0260, of.at, "the standard library's %s is not taken in", library);
    diag_hint(d, m, "write ahead of all systems: use %s", library);
}

static void no_original(Liking *k, const Entry *e, Name of)
{
    Lower *l = k->l;
    AstKind kind = e->ast->kind;
    const char *what = kind == AST_SYSTEM ? "system" : "process", *name = of.text;
    Module *m = module_named(k, e->module, &name);
    size_t dot = strcspn(of.text, ".");
    if (of.text[dot] && m == e->module && (map_count(l->symbols.lost_modules) || lower_has_bad(m->items)))
        return;                                /* it may be of the module that was lost */
    if (diags_lost_thing(l->diags, name) || diags_unread(l->diags, what, name))
        return;
    const char *library = of.text[dot] && m == e->module ? arena_dup_n(l->arena, of.text, dot) : NULL;
    if (library && names_is_library(library)) {
        not_taken_in(k, library, of);
        return;
    }
    Diag *d = diag_add(l->diags, DIAG_E0260, of.at, "there is no %s named \"%s\" to be like", what, of.text);
    bool other = known(k, m, name, kind == AST_SYSTEM ? AST_PROCESS : AST_SYSTEM) != NULL;
    if (other) {
        diag_hint(l->diags, d, "\"%s\" is a %s, and a %s is like a %s", of.text,
                  kind == AST_SYSTEM ? "process" : "system", what, what);
        return;
    }
    Candidates all = {0};
    add_names(k, e, m, of.text, (size_t)(name - of.text), &all);
    uint32_t shown = all.n;
    if (of.text[dot] && m == e->module)
        add_modules(k, e, &all);
    if (diag_nearest_name(l->diags, d, of.text, all.items, all.n))
        return;
    if (shown && shown <= 8) {
        Buf b = {0};
        for (uint32_t i = 0; i < shown; i++)
            buf_printf(&b, "%s%s", i == 0 ? "" : i + 1 == shown ? " and " : ", ", all.items[i]);
        diag_hint(l->diags, d, "there %s %s", shown == 1 ? "is" : "are", buf_text(&b));
        buf_free(&b);
    } else {
        diag_hint(l->diags, d, "name a %s of this file, or of a module that it uses: module.Name", what);
    }
}

/* ---- circles --------------------------------------------------------------------------------- */

static bool stands_in(const Entry *e, const Entry *in)
{
    for (; e; e = e->in)
        if (e->in == in)
            return true;
    return false;
}

/* "A is like B, B holds P, P is like A" */
static void tell_circle(Liking *k, const Entry *back)
{
    Lower *l = k->l;
    uint32_t first = 0;
    while (first < k->busy.n && k->busy.items[first] != back)
        first++;
    Buf b = {0};
    const Ast *like = NULL;
    for (uint32_t i = first; i < k->busy.n; i++) {
        const Entry *a = k->busy.items[i], *next = i + 1 < k->busy.n ? k->busy.items[i + 1] : back;
        like = ast_like_of(a->ast) ? ast_like_of(a->ast) : like;
        buf_printf(&b, "%s%s %s %s", i == first ? "" : ", ", ast_named(a->ast).text,
                   stands_in(next, a) ? "holds" : "is like", ast_named(next->ast).text);
    }
    Diag *d = diag_add(l->diags, DIAG_E0262, like->like.of.at, "this copy would never end: %s",
                       buf_text(&b));
    diag_hint(l->diags, d, "let one of them be written out, without `like`");
    buf_free(&b);
}

/* ---- one copy ------------------------------------------------------------------------------------ */

/* Something is missing in it, and in what it may have opened: what follows from that is not told. */
static void leave_open(Liking *k, Ast *ast)
{
    Ast **items = items_of(ast);
    for (Ast *inner = *items; inner && ast->kind == AST_SYSTEM; inner = inner->next)
        if (is_declared(inner) && !ast_like_of(inner))
            leave_open(k, inner);
    *items = ast_append(*items, ast_bad(k->l->arena, ast->at, 1));
}

static Ast *copy_list(Liking *k, const Ast *items)
{
    Ast *list = NULL;
    for (const Ast *ast = items; ast; ast = ast->next, k->copied++)
        list = ast_append(list, ast_copy(k->l->arena, ast));
    return list;
}

/* How many originals stand behind it, one behind the other. */
static uint32_t depth_of(const Ast *ast)
{
    const Ast *like = ast_like_of(ast);
    return like && like->like.copy ? like->like.copy->depth : 0;
}

static Copy *copy_new(Liking *k, const Ast *ast, const Entry *original)
{
    Lower *l = k->l;
    const Ast *like = ast_like_of(ast);
    Copy *copy = ARENA_NEW(l->arena, Copy);
    const char *word = ast->kind == AST_SYSTEM ? "system" : "process", *name = ast_named(ast).text;
    bool quoted = name && strpbrk(name, " .-'") != NULL;
    copy->original = original->ast;
    copy->from = original->module->prefix;
    copy->depth = depth_of(original->ast) + 1;
    for (const Entry *e = original->in; e; e = e->in)
        copy->around_n++;
    copy->around = ARENA_ARRAY(l->arena, const Ast *, copy->around_n);
    uint32_t n = 0;
    for (const Entry *e = original->in; e; e = e->in)
        copy->around[n++] = e->ast;
    copy->body = like->like.body;
    copy->heir = (Heir){.text = arena_printf(l->arena, "%s %s%s%s like %s", word, quoted ? "\"" : "", name ? name : "",
                                             quoted ? "\"" : "", like->like.of.text),
                        .at = ast_named(ast).at,
                        .own = like->like.body};
    return copy;
}

static bool is_full(const Liking *k)
{
    return k->copied >= LINES_MOST || k->declared >= DECLARED_MOST;
}

/* An inherited list: systems and processes in it get nodes of their own. */
static Ast *inherit(Liking *k, const Ast *items)
{
    Ast *list = copy_list(k, items);
    for (Ast *ast = list; ast && !is_full(k); ast = ast->next) {
        if (!is_declared(ast))
            continue;
        k->declared++;
        Ast *like = ast_like_of(ast);
        if (ast->kind == AST_SYSTEM)
            ast->system.items = inherit(k, ast->system.items);
        else
            ast->process.items = copy_list(k, ast->process.items);
        if (!like || !like->like.copy)
            continue;
        Copy *copy = ARENA_NEW(k->l->arena, Copy);
        *copy = *like->like.copy;
        like = ast_copy(k->l->arena, like);
        like->like.copy = copy;
        *(ast->kind == AST_SYSTEM ? &ast->system.like : &ast->process.like) = like;
    }
    return list;
}

/* The one that this one is to be like, as it is written; NULL where there is none. */
static const Entry *original_of(Liking *k, const Entry *e)
{
    const Ast *like = ast_like_of(e->ast);
    const char *name = like ? like->like.of.text : NULL;
    Module *m = name ? module_named(k, e->module, &name) : NULL;
    return m ? known(k, m, name, e->ast->kind) : NULL;
}

/* Of a row that is too long: does it come back to where it was? Then it is not its length that is wrong. */
static bool tell_long_circle(Liking *k, const Entry *e)
{
    const Entry *back = original_of(k, e);
    uint32_t n = 1, first = 0;
    while (back && back->state != BUSY && n++ < DECLARED_MOST)
        back = original_of(k, back);
    if (!back || back->state != BUSY)
        return false;
    while (first < k->busy.n && k->busy.items[first] != back)
        first++;
    Diag *d = diag_add(k->l->diags, DIAG_E0262, ast_like_of(e->ast)->like.of.at,
                       "this copy would never end: after %u copies in a row it comes back to %s",
                       k->busy.n - first + n - 1, ast_named(back->ast).text);
    diag_hint(k->l->diags, d, "let one of them be written out, without `like`");
    diags_stop(k->l->diags, d);
    return true;
}

static bool too_much(Liking *k, const Entry *e, uint32_t depth)
{
    bool deep = depth > COPIES_DEEP;
    if (!is_full(k) && !deep)
        return false;
    if (deep && tell_long_circle(k, e))
        return true;
    Diag *d = deep ? diag_add(k->l->diags, DIAG_E0267, ast_like_of(e->ast)->like.of.at,
                              "more than %d systems and processes are like one another in a row", COPIES_DEEP)
                   : diag_once(k->l->diags, k, DIAG_E0267, ast_like_of(e->ast)->like.of.at,
                               "the copies up to here have more than %d lines, or %d systems and processes", LINES_MOST,
                              DECLARED_MOST);
    diag_hint(k->l->diags, d,
              deep ? "copy the first of them instead" : "copy less: a process instead of a whole system");
    diags_stop(k->l->diags, d);
    return true;
}

static bool take_over(Liking *k, Entry *e)
{
    Name of = ast_like_of(e->ast)->like.of;
    if (!of.text || too_much(k, e, k->deep))
        return false;
    const char *name = of.text;
    Module *m = module_named(k, e->module, &name);
    bool circle = false;
    Entry *original = found(k, m, name, e->ast->kind, &circle);
    if (!original && m != e->module)
        original = found(k, e->module, of.text, e->ast->kind, &circle);
    if (circle)
        return false;
    if (!original) {
        no_original(k, e, of);
        return false;
    }
    if (original->state == BUSY) {
        tell_circle(k, original);
        return false;
    }
    k->deep++;
    bool sound = resolve(k, original);
    k->deep--;
    if (!sound || lower_has_bad(*items_of(original->ast)))
        return false;
    Ast *own = *items_of(e->ast), *inherited = inherit(k, *items_of(original->ast));
    if (too_much(k, e, depth_of(original->ast) + 1))
        return false;
    Copy *copy = copy_new(k, e->ast, original);
    ast_like_of(e->ast)->like.copy = copy;
    *items_of(e->ast) = like_merge(k->l, copy, e->ast->kind, ast_named(e->ast).text, inherited, own);
    return true;
}

/* Makes the declaration and all that stands in it whole. False where it cannot be. */
static bool resolve(Liking *k, Entry *e)
{
    if (e->state == BUSY) {
        tell_circle(k, e);
        return false;
    }
    if (e->state == WHOLE)
        return true;
    e->state = BUSY;
    *VEC_PUSH(k->l->arena, &k->busy) = e;
    bool sound = true;
    if (ast_like_of(e->ast) && !ast_like_of(e->ast)->like.copy) {
        sound = take_over(k, e);
        if (!sound)
            leave_open(k, e->ast);
        if (e->ast->kind == AST_SYSTEM)
            index_items(k, e->module, e->ast->system.items, e);
    }
    e->merged = true;
    for (Ast *ast = e->ast->kind == AST_SYSTEM ? e->ast->system.items : NULL; ast; ast = ast->next) {
        Entry *inner = is_declared(ast) ? entry_of(k, e, ast) : NULL;
        bool circle = inner && inner->state == BUSY;   /* it is to be a copy of this */
        if (inner && !resolve(k, inner))
            sound = sound && !circle;
    }
    k->busy.n--;
    e->state = WHOLE;
    return sound;
}

/* ---- homes ------------------------------------------------------------------------------------------ */

/* Of all that one module takes from one other. */
static NamesOf *together(Liking *k, const Copy *copy, const char *module)
{
    if (strcmp(copy->from, module) == 0)
        return NULL;
    void **slot = map_slot(k->together, arena_printf(k->l->arena, "%s>%s", module, copy->from));
    if (!*slot)
        *slot = ARENA_NEW(k->l->arena, NamesOf);
    return *slot;
}

static bool changes_steps(const Ast *items)
{
    for (const Ast *ast = items; ast; ast = ast->next)
        if (ast->kind == AST_WITHOUT || (ast->kind == AST_STEP && ast->step.after.text) ||
            (ast->kind == AST_PROCESS && changes_steps(ast->process.items)))
            return true;
    return false;
}

/* Of a header with a mistake it is not known what it inherits. */
static void settle_header(Liking *k, Ast *ast, bool copied)
{
    Name name = ast_named(ast);
    bool unnamed = !name.text || strncmp(name.text, "(unnamed ", 9) == 0;
    bool quoted = !unnamed && *sources_text(diags_sources(k->l->diags), name.at.from) == '"';
    bool longer = !unnamed && (ast->at.to > name.at.to || (!quoted && name.at.to - name.at.from > strlen(name.text)));
    if ((unnamed || longer) && (copied || changes_steps(*items_of(ast))) && !ast_like_of(ast))
        leave_open(k, ast);
}

/* A copy that was made of what holds it, which is told, stands in itself: there it is none. */
static bool is_in_itself(const Copy *copy, const Heir *around)
{
    while (around && around != &copy->heir)
        around = around->around;
    return around != NULL;
}

static void settle(Liking *k, const Module *m, Ast *items, const char *home, const Heir *around)
{
    for (Ast *ast = items; ast; ast = ast->next) {
        if (!is_declared(ast))
            continue;
        settle_header(k, ast,
                      around && around->own.from <= ast_named(ast).at.from && ast_named(ast).at.from < around->own.to);
        Copy *copy = ast_like_of(ast) ? ast_like_of(ast)->like.copy : NULL;
        if (copy && is_in_itself(copy, around))
            copy = NULL;
        if (copy) {
            scope_open(&k->l->symbols, copy, home, m->prefix);
            copy->heir.around = around;
            copy->together = together(k, copy, m->prefix);
        }
        const char *own = copy ? copy->home : home;
        *(ast->kind == AST_SYSTEM ? &ast->system.home : &ast->process.home) = own;
        if (ast->kind == AST_SYSTEM)
            settle(k, m, ast->system.items, own, copy ? &copy->heir : around);
    }
}

/* ---- all of them ---------------------------------------------------------------------------------------- */

static bool any_like(const Ast *items)
{
    for (const Ast *ast = items; ast; ast = ast->next)
        if (is_declared(ast) && (ast_like_of(ast) || (ast->kind == AST_SYSTEM && any_like(ast->system.items))))
            return true;
    return false;
}

void names_like(Lower *l)
{
    Liking k = {.l = l, .indexes = map_new(l->arena), .together = map_new(l->arena)};
    uint32_t n = l->module_order.n;
    bool any = false;
    for (uint32_t i = 0; i < n && !any; i++)
        any = any_like(l->module_order.items[i]->items);
    for (uint32_t i = 0; i < n && any; i++)
        index_items(&k, l->module_order.items[i], l->module_order.items[i]->items, NULL);
    for (uint32_t i = 0; i < k.top.n && !diags_full(l->diags); i++)
        resolve(&k, k.top.items[i]);
    for (uint32_t i = 0; i < n; i++)
        settle(&k, l->module_order.items[i], l->module_order.items[i]->items, l->module_order.items[i]->prefix, NULL);
}
