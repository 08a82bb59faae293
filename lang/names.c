/* names.c -- who is called what.
 *
 * Every declaration of every module gets a Sym, found by its full name: the
 * name itself in the main file, "alias.Name" for what a module declares. A
 * name seen from inside a module is looked for there first, then in the whole
 * program. Names of different kinds do not disturb each other, except that a
 * type and a record, both of which name a type, do; and a process and a log, both of
 * which have cases.
 */
#include "lang/lower.h"
#include <string.h>

#define MANY 500                               /* mistakes; behind them no search for near names */

/* ---- look-up --------------------------------------------------------------------- */

typedef struct KindInfo {
    const char *what;              /* "role" */
    DiagCode missing;
    const char *declare;           /* what one would write */
} KindInfo;

/* Tables, systems and metrics are never needed by name here: expressions find them and say so. */
static const KindInfo kinds[SYM_KINDS] = {
    [SYM_CALENDAR] = {"calendar", DIAG_E0206,
                      "calendar %s < zone \"Europe/Berlin\"; open mon..fri 09:00..17:00 >"},
    [SYM_PERSON] = {"person", DIAG_E0207,
                    "person %s < name \"...\" >, or write a text where the person is known elsewhere"},
    [SYM_ROLE] = {"role", DIAG_E0202, "role %s < people ... >"},
    [SYM_TYPE] = {"type", DIAG_E0205, "type %s = one of ..."},
    [SYM_RECORD] = {"record", DIAG_E0205, "record %s < ... >"},
    [SYM_EVENT] = {"event", DIAG_E0204, "event %s < ... >"},
    [SYM_TABLE] = {"table", DIAG_E0205, "table %s < Record in \"file.csv\" >"},
    [SYM_SYSTEM] = {"system", DIAG_E0205, "system %s < ... >"},
    [SYM_PROCESS] = {"process", DIAG_E0203, "process %s < ... >"},
    [SYM_METRIC] = {"metric", DIAG_E0205, "metric %s = count(...)"},
    [SYM_LOG] = {"log", DIAG_E0203, "log %s in \"file.csv\" < case ...; step ... at ... >"},
};

void symbols_begin(Symbols *s, Arena *a, Diags *diags)
{
    s->arena = a;
    s->names = interner_new(a);
    s->diags = diags;
    for (int k = 0; k < SYM_KINDS; k++)
        s->of[k] = map_new(a);
    s->modules = map_new(a);
    s->lost_modules = map_new(a);
    s->lua_modules = map_new(a);
    s->secrets = map_new(a);
    s->copies = map_new(a);
    s->views = map_new(a);
    s->patterns = map_new(a);
    s->program = ARENA_NEW(a, IrProgram);
    s->unit = unit_new(a);
}

const char *names_full(const Symbols *s, const char *prefix, const char *name)
{
    if (!*prefix)
        return intern(s->names, name, strlen(name));
    size_t p = strlen(prefix), n = strlen(name);
    char stack[256], *full = p + n < sizeof stack ? stack : arena_alloc(s->arena, p + n + 1);
    memcpy(full, prefix, p);
    memcpy(full + p, name, n + 1);
    return intern(s->names, full, p + n);
}

const char *const *names_all(Symbols *s, SymKind kind, uint32_t *n)
{
    *n = map_count(s->of[kind]);
    if (s->all_n[kind] == *n)
        return s->all[kind];
    const char **all = ARENA_ARRAY(s->arena, const char *, *n);
    void *value;
    for (uint32_t i = 0; i < *n; i++)
        all[i] = map_key(s->of[kind], i, &value);
    s->all[kind] = all;
    s->all_n[kind] = *n;
    return all;
}

static bool nearly_one(const Symbols *s, SymKind kind, const char *name)
{
    uint32_t n;
    const char *const *all = names_all((Symbols *)s, kind, &n);
    return text_nearest(name, all, n);
}

/* Two of this kind have one name. A name that is none, nor nearly one, may be the one that the other was to have. */
static bool lost_to_double(const Symbols *s, SymKind kind, const char *prefix, const char *name)
{
    prefix = scope_module(s, prefix);
    if (!s->doubled[kind] || strchr(name, '.') || strcmp(prefix ? prefix : "", s->doubled[kind]) != 0)
        return false;
    return !nearly_one(s, kind, name) && !(kind == SYM_PROCESS && nearly_one(s, SYM_LOG, name));
}

/* A name that is none of this kind may be one of another. */
static const char *other_kind(const Symbols *s, SymKind kind, const char *prefix, const char *name)
{
    for (SymKind k = 0; k < SYM_KINDS; k++)
        if (k != kind && names_known(s, k, prefix, name))
            return kinds[k].what;
    return NULL;
}

/* Where a declaration was lost to a mistake, any name may have been it: a message would only follow
 * from the first. Roles, metrics and records are looked for by others, who speak up themselves;
 * they get something of the name. */
Sym *symbols_find(const Symbols *s, SymKind kind, const char *prefix, const char *name)
{
    Sym *sym = names_known(s, kind, prefix, name);
    if (sym || !(s->lost[kind] || lost_to_double(s, kind, prefix, name) || diags_lost_thing(s->diags, name)) ||
        (kind != SYM_ROLE && kind != SYM_METRIC && kind != SYM_RECORD))
        return sym;
    if (kind == SYM_RECORD && (ir_builtin_find(name) || ir_aggregate_find(name)))
        return NULL;                           /* a function, as surely as before */
    if (kind == SYM_METRIC && other_kind(s, kind, prefix, name))
        return NULL;
    sym = ARENA_NEW(s->arena, Sym);
    *sym = (Sym){.kind = kind, .name = intern(s->names, name, strlen(name)), .prefix = ""};
    return sym;
}

static bool has_module(const Symbols *s, const Map *modules, const char *prefix, const char *dotted)
{
    prefix = scope_module(s, prefix);
    return map_get(modules, dotted) || (prefix && *prefix && map_get(modules, names_full(s, prefix, dotted)));
}

ModuleState symbols_module(const Symbols *s, const char *prefix, const char *name)
{
    const char *dotted = arena_printf(s->arena, "%s.", name);
    if (has_module(s, s->lost_modules, prefix, dotted))
        return MODULE_LOST;
    return has_module(s, s->modules, prefix, dotted) ? MODULE_READ : MODULE_NONE;
}

const Ast *symbols_secret(const Symbols *s, const char *prefix, const char *name)
{
    prefix = scope_module(s, prefix);
    const Ast *own = prefix && *prefix ? map_get(s->secrets, names_full(s, prefix, name)) : NULL;
    return own ? own : map_get(s->secrets, name);
}

bool symbols_is_lua(const Symbols *s, const char *prefix, const char *name)
{
    return map_count(s->lua_modules) && has_module(s, s->lua_modules, prefix, arena_printf(s->arena, "%s.", name));
}

/* The module x of "x.Name"; NULL where the name has none. */
static const char *module_of(const Symbols *s, const char *name)
{
    const char *dot = strchr(name, '.');
    return dot ? arena_dup_n(s->arena, name, (size_t)(dot - name)) : NULL;
}

/* "x.Name" where the module x could not be read. */
static bool of_lost_module(const Symbols *s, const char *prefix, const char *name)
{
    const char *module = module_of(s, name);
    return module && (symbols_module(s, prefix, module) == MODULE_LOST || diags_lost_thing(s->diags, module));
}

const char *symbols_missing(const Symbols *s, const char *prefix, const char *name)
{
    const char *module = module_of(s, name);
    return module && symbols_module(s, prefix, module) == MODULE_NONE ? module : name;
}

bool symbols_lost(const Symbols *s, SymKind kind, const char *prefix, const char *name)
{
    return s->lost[kind] || lost_to_double(s, kind, prefix, name) || of_lost_module(s, prefix, name) ||
           diags_lost_thing(s->diags, name) || diags_unread(s->diags, kinds[kind].what, name);
}

bool symbols_lost_person(const Symbols *s, const char *prefix, const char *name)
{
    return s->lost_people || s->lost[SYM_ROLE] || symbols_lost(s, SYM_PERSON, prefix, name);
}

bool symbols_lost_clock(const Symbols *s)
{
    static const SymKind having[] = {SYM_CALENDAR, SYM_ROLE, SYM_PERSON};
    bool lost = s->lost[SYM_CALENDAR] || s->missing_calendar;
    for (size_t k = 0; map_count(s->of[SYM_CALENDAR]) && k < sizeof having / sizeof *having; k++)
        lost |= s->lost_clock || s->lost[having[k]] || s->doubled[having[k]];
    if (lost)
        diags_follows(s->diags);
    return lost;
}

bool symbols_may_have(const Symbols *s, const char *of, const char *name, const char *const *all, uint32_t n)
{
    static const SymKind having[] = {SYM_RECORD, SYM_EVENT, SYM_PROCESS};
    if (diags_lost_value(s->diags, name))
        return true;
    for (size_t k = 0; of && k < sizeof having / sizeof *having; k++) {
        const Sym *sym = map_get(s->of[having[k]], of);
        if (sym && (sym->doubled || (sym->broken && having[k] != SYM_PROCESS && !text_nearest(name, all, n)))) {
            diags_follows(s->diags);
            return true;
        }
    }
    return false;
}

bool names_nearly(Arena *a, const Map *map, const char *name)
{
    uint32_t n = map ? map_count(map) : 0;
    const char **all = ARENA_ARRAY(a, const char *, n);
    void *value;
    for (uint32_t i = 0; i < n; i++)
        all[i] = map_key(map, i, &value);
    return text_nearest(name, all, n);
}

bool symbols_lost_step(const Symbols *s, const Sym *process, const char *name)
{
    return (process->lost || process->doubled) && !names_nearly(s->arena, process->steps, name);
}

static bool nearest(const Symbols *s, Diag *m, const char *prefix, const char *name, const char *const *all, uint32_t n)
{
    const char **seen = ARENA_ARRAY(s->arena, const char *, n);
    for (uint32_t i = 0; i < n; i++)
        seen[i] = symbols_seen(prefix, all[i]);
    return diag_nearest_name(s->diags, m, name, seen, n);
}

static bool is_pattern_named(const Symbols *s, const char *prefix, const char *name)
{
    return map_get(s->patterns, names_full(s, scope_module(s, prefix), name)) != NULL;
}

static const char *article(const char *word)
{
    return strchr("aeiou", *word) ? "an" : "a";
}

Sym *symbols_need(Symbols *s, SymKind kind, const char *prefix, Name name)
{
    if (!name.text)
        return NULL;
    prefix = symbols_at(s, prefix, name.at);
    Sym *sym = names_known(s, kind, prefix, name.text);
    if (sym) {
        sym->used = true;
        return sym;
    }
    s->missing_calendar |= kind == SYM_CALENDAR;
    s->lost_clock |= kind == SYM_ROLE;
    if (symbols_lost(s, kind, prefix, name.text) && !is_pattern_named(s, prefix, name.text))
        return NULL;
    const KindInfo *info = &kinds[kind];
    const char *missing = symbols_missing(s, prefix, name.text);
    Diag *m = diag_missing(s->diags, s, missing, info->missing, name.at, "no %s named \"%s\"", info->what, name.text);
    uint32_t n;
    const char *const *all = names_all(s, kind, &n);
    if (diags_errors(s->diags) > MANY)         /* nobody reads so many; keep it fast */
        return NULL;
    const char *other = other_kind(s, kind, prefix, name.text);
    if (is_pattern_named(s, prefix, name.text))
        diag_hint(s->diags, m, "the standard library's are patterns: take it over with `process ... like %s`",
                  name.text);
    else if (other)
        diag_hint(s->diags, m, "\"%s\" is %s %s; here %s %s is wanted", name.text, article(other), other,
                  article(info->what), info->what);
    else if (!nearest(s, m, prefix, name.text, all, n)) {
        const char *dot = strrchr(name.text, '.'), *own = dot ? dot + 1 : name.text, *at = strstr(info->declare, "%s");
        diag_hint(s->diags, m, "declare it%s: %.*s%s%s", dot ? " in that module" : "", (int)(at - info->declare),
                  info->declare, own, at + 2);
    } else if (m->suggestions_n) {
        Sym *near = names_known(s, kind, prefix, m->suggestions[0]);
        if (near)
            m->related = near->at;
    }
    return NULL;
}

/* The messages of a name that is neither are those of a process; logs are found first, and are suggested. */
Sym *symbols_cases(Symbols *s, const char *prefix, Name name)
{
    prefix = symbols_at(s, prefix, name.at);
    Sym *log = name.text ? names_known(s, SYM_LOG, prefix, name.text) : NULL;
    bool process = name.text && names_known(s, SYM_PROCESS, prefix, name.text);
    uint32_t n = map_count(s->of[SYM_LOG]);
    if (process || (!log && !n && !symbols_lost(s, SYM_LOG, prefix, name.text ? name.text : "")))
        return symbols_need(s, SYM_PROCESS, prefix, name);
    if (log) {
        log->used = true;
        return log->broken ? NULL : log;
    }
    if (!name.text || symbols_lost(s, SYM_LOG, prefix, name.text) || symbols_lost(s, SYM_PROCESS, prefix, name.text))
        return NULL;
    VEC(const char *) all = {0};
    static const SymKind of[] = {SYM_PROCESS, SYM_LOG};
    for (int k = 0; k < 2; k++)
        for (uint32_t i = 0; i < map_count(s->of[of[k]]); i++)
            *VEC_PUSH(s->arena, &all) = map_key(s->of[of[k]], i, NULL);
    Diag *m = diag_missing(s->diags, s, name.text, DIAG_E0203, name.at, "no process or log named \"%s\"", name.text);
    if (diags_errors(s->diags) <= MANY && !nearest(s, m, prefix, name.text, all.items, all.n))
        diag_hint(s->diags, m, "rules and figures are about the cases of a process, or of a log");
    return NULL;
}

const Type *symbols_column(const Symbols *s, Sym *log, const char *name)
{
    void **slot = map_slot(log->vars, intern(s->names, name, strlen(name)));
    if (!*slot)
        *slot = (void *)(uintptr_t)type_simple(TYPE_TEXT);
    return *slot;
}

/* ---- declaring ---------------------------------------------------------------------- */

static Sym *earlier(const Lower *l, SymKind kind, const char *name)
{
    Sym *sym = map_get(l->symbols.of[kind], name);
    if (!sym && kind == SYM_TYPE)
        sym = map_get(l->symbols.of[SYM_RECORD], name);
    if (!sym && kind == SYM_RECORD)
        sym = map_get(l->symbols.of[SYM_TYPE], name);
    if (!sym && kind == SYM_PROCESS)
        sym = map_get(l->symbols.of[SYM_LOG], name);
    if (!sym && kind == SYM_LOG)
        sym = map_get(l->symbols.of[SYM_PROCESS], name);
    return sym;
}

typedef struct Declaring {
    Lower *l;
    Module *module;
    const char *home;              /* with which the names of what is declared are looked up */
    bool pattern;                  /* inside a system that is only there to be taken over */
    Sym *system;                   /* around it, or NULL */
    const Ast *second, *first;     /* the last declaration whose name was there already, and the one that has it */
    Map *goals_by_name, *audits_by_name, *tests_by_name, *scenarios_by_name;
    Map *items;                    /* those in question */
    SymKind kind;                  /* in question */
    VEC(LuaVec) luas;              /* by system */
} Declaring;

static bool is_inherited(const Declaring *d, Span at)
{
    const Copy *copy = scope_copy(&d->l->symbols, d->home);
    return copy && !(copy->body.from <= at.from && at.from < copy->body.to);
}

/* "Print.Order": the name behind those of the copied systems around it, the outermost first, `most` of them. */
static const char *behind_systems(const Declaring *d, const char *name, uint32_t most)
{
    uint32_t n = 0, copied = 0;
    for (const Sym *system = d->system; system; system = system->system) {
        n++;
        copied = ast_like_of(system->ast) ? n : copied;
    }
    if (most > copied)
        return NULL;
    const char *own = name;
    n = 0;
    for (const Sym *system = d->system; system; system = system->system)
        if (++n > copied - most && n <= copied)
            own = arena_printf(d->l->arena, "%s.%s", ast_named(system->ast).text, own);
    return own;
}

/* Is it a copy's, of something that this file declares itself, above or below? That one has the plain name. */
static bool original_is_here(const Declaring *d, Name name)
{
    Span origin = scope_origin(d->l, name.at), here = d->module->text;
    bool copied = is_inherited(d, name.at) || (scope_copy(&d->l->symbols, d->home) && origin.from != name.at.from);
    return copied && here.from <= origin.from && origin.from < here.to;
}

/* Its name in the program, and what has it already. What a copy brings along is called as in the original; where the
 * same is there already (the original itself, or another copy of it) its systems tell them apart. */
static const char *full_name(Declaring *d, Name name, const void *(*known)(Declaring *d, const char *full, Span *at),
                             const void **first)
{
    const Symbols *s = &d->l->symbols;
    const char *own = name.text ? name.text : "", *full = own;
    for (uint32_t most = original_is_here(d, name) && behind_systems(d, own, 1) ? 1 : 0;; most++) {
        const char *longer = most ? behind_systems(d, own, most) : own;
        if (!longer)
            return full;
        full = names_full(s, d->module->prefix, longer);
        Span at = {0};
        *first = known(d, full, &at);
        if (!*first || !scope_copy(s, d->home) || scope_origin(d->l, at).from != scope_origin(d->l, name.at).from)
            return full;
    }
}

static const void *known_sym(Declaring *d, const char *full, Span *at)
{
    const Sym *first = earlier(d->l, d->kind, full);
    *at = first ? first->at : *at;
    return first;
}

static const void *known_item(Declaring *d, const char *full, Span *at)
{
    const Name *first = map_get(d->items, full);
    *at = first ? first->at : *at;
    return first;
}

/* A block or a run of declarations that was pasted twice is told at its first: what stands in it, and what follows
 * the first as it does in the other, is there twice for the same reason. */
static bool pasted_along(Declaring *d, const Ast *ast, const Ast *first, const Sym *first_system)
{
    const Sym *twin = d->system ? d->system->twin : NULL;
    bool along = (twin && twin == first_system) ||
                 (d->second && d->second->next == ast && d->first && d->first->next == first);
    d->second = ast;
    d->first = first;
    if (along)
        diags_follows(d->l->diags);
    return along;
}

/* One of the two was to have another name, which is lost. */
/* Does it stand in a copy whose original was not found? Then it was to change something there. */
static bool opens_nothing(const Sym *sym)
{
    for (const Sym *system = sym->system; system; system = system->system) {
        const Ast *like = ast_like_of(system->ast);
        if (like && !like->like.copy)
            return true;
    }
    return false;
}

static void twice(Declaring *d, Sym *sym, Sym *first)
{
    Lower *l = d->l;
    first->doubled = sym->doubled = true;
    sym->twin = first;
    l->symbols.doubled[first->kind] = first->module;
    if (pasted_along(d, sym->ast, first->ast, first->system) || opens_nothing(sym))
        return;
    const Copy *copy = scope_copy(&l->symbols, d->home);
    const Heir *before = diags_heir(l->diags, copy ? &copy->heir : NULL);
    Diag *m = diag_add(l->diags, DIAG_E0201, sym->at, "there is already a %s named \"%s\"",
                       kinds[first->kind].what, ast_named(sym->ast).text);
    diag_hint(l->diags, m, "give one of the two another name");
    lower_first(l, m, first->at);
    diags_heir(l->diags, before);
}

static Sym *declare(Declaring *d, SymKind kind, Name name, Ast *ast)
{
    Lower *l = d->l;
    const void *found = NULL;
    d->kind = kind;
    /* A person is the same person in every module: the name is what they log in by and what data calls them. */
    const char *full = kind == SYM_PERSON ? names_full(&l->symbols, "", name.text ? name.text : "")
                                          : full_name(d, name, known_sym, &found);
    Sym *first = kind == SYM_PERSON ? earlier(l, kind, full) : (Sym *)found;
    Sym *sym = ARENA_NEW(l->arena, Sym);
    *sym = (Sym){.kind = kind, .name = full, .at = name.at, .ast = ast, .prefix = d->home,
                 .module = d->module->prefix, .system = d->system, .index = l->syms[kind].n};
    *VEC_PUSH(l->arena, &l->syms[kind]) = sym;
    if (!name.text || strncmp(name.text, "(unnamed ", 9) == 0) {
        l->symbols.lost[kind] = true;                /* the parser has said so */
        if (kind == SYM_TYPE || kind == SYM_RECORD)
            l->symbols.lost_choices = true;
        return sym;
    }
    if (first) {
        twice(d, sym, first);
        return sym;
    }
    map_put(l->symbols.of[kind], sym->name, sym);
    scope_declare(&l->symbols, d->home, name.text, sym);
    if (kind == SYM_PERSON && *d->module->prefix)
        map_put(l->symbols.of[kind], names_full(&l->symbols, d->module->prefix, sym->name), sym);
    return sym;
}

/* What nobody names gets no Sym, but a name of its own among its like all the same. */
static void add_item(Declaring *d, ItemVec *items, Map *seen, const char *what, Ast *ast, Name *name)
{
    Lower *l = d->l;
    const void *found = NULL;
    d->items = seen;
    const char *full = full_name(d, *name, known_item, &found);
    const Name *first = name->text ? found : NULL;
    *VEC_PUSH(l->arena, items) = (Item){ast, full, d->home, d->system};
    if (!name->text)
        return;
    if (first) {
        const Item *one = items->items;
        while (strcmp(one->name, full) != 0)
            one++;
        if (pasted_along(d, ast, one->ast, one->system))
            return;
        Diag *m = diag_add(l->diags, DIAG_E0201, name->at, "there is already %s named \"%s\"", what, name->text);
        diag_hint(l->diags, m, "give one of the two another name");
        lower_first(l, m, first->at);
        return;
    }
    map_put(seen, full, name);
}

static void declare_secret(Declaring *d, Ast *ast)
{
    Lower *l = d->l;
    Name name = ast->secret.name;
    const char *full = names_full(&l->symbols, d->module->prefix, name.text);
    void **slot = map_slot(l->symbols.secrets, full);
    *VEC_PUSH(l->arena, &l->secrets) = (Item){ast, full, d->home, d->system};
    if (*slot) {
        Diag *m = diag_add(l->diags, DIAG_E0201, name.at, "there is already a secret named \"%s\"", name.text);
        diag_hint(l->diags, m, "give one of the two another name");
        lower_first(l, m, ((const Ast *)*slot)->secret.name.at);
        return;
    }
    *slot = ast;
}

static void add_allow(Declaring *d, Ast *ast)
{
    *VEC_PUSH(d->l->arena, &d->l->allows) = (Item){ast, "", d->home, d->system};
}

static void add_lua(Declaring *d, const Ast *ast)
{
    LuaVec *to = d->system ? &d->luas.items[d->system->index] : &d->module->luas;
    IrLua *lua = VEC_PUSH(d->l->arena, to);
    *lua = (IrLua){ast->lua.text, lower_place(d->l, ast->lua.text_at)};
}

static void declare_items(Declaring *d, Ast *items);

static void declare_system(Declaring *d, Ast *ast)
{
    Sym *around = d->system;
    const char *home = d->home;
    d->system = declare(d, SYM_SYSTEM, ast->system.name, ast);
    d->system->prefix = d->home = ast->system.home;
    VEC_PUSH(d->l->arena, &d->luas);
    declare_items(d, ast->system.items);
    d->system = around;
    d->home = home;
}

static void inherits_nothing(Declaring *d, const Ast *without)
{
    Diag *m = diag_add(d->l->diags, DIAG_E0265, without->at, "nothing is inherited here that could be taken away");
    diag_hint(d->l->diags, m, "`without` stands in what is `like` another: system S like Other < without ... >");
}

/* Of the standard library's systems and processes nothing is part of a business until `like` takes it over. */
static bool is_pattern(Declaring *d, Ast *ast)
{
    bool pattern = ast->kind == AST_PROCESS || ast->kind == AST_SYSTEM;
    bool measure = ast->kind == AST_METRIC || ast->kind == AST_GOAL || ast->kind == AST_AUDIT || ast->kind == AST_TEST;
    if (!d->module->library || !(pattern || measure || (d->pattern && ast->kind == AST_LUA)))
        return false;
    if (pattern)
        map_put(d->l->symbols.patterns, names_full(&d->l->symbols, d->module->prefix, ast_named(ast).text), ast);
    bool before = d->pattern;
    d->pattern = true;
    if (ast->kind == AST_SYSTEM)
        declare_items(d, ast->system.items);   /* its types, records and events can be used without it */
    d->pattern = before;
    return true;
}

static void declare_item(Declaring *d, Ast *ast)
{
    Lower *l = d->l;
    if (is_pattern(d, ast))
        return;
#define DECLARE(KIND, field) declare(d, SYM_##KIND, ast->field.name, ast)
#define ADD(items, field, what) add_item(d, &l->items, d->items##_by_name, what, ast, &ast->field.name)
    switch ((int)ast->kind) {
    /* Those of the original are meant until the copy says otherwise. */
    case AST_CALENDAR: if (!is_inherited(d, ast->at)) DECLARE(CALENDAR, calendar); break;
    case AST_PERSON: if (!is_inherited(d, ast->at)) DECLARE(PERSON, person); break;
    case AST_ROLE: if (!is_inherited(d, ast->at)) DECLARE(ROLE, role); break;
    case AST_TYPE: DECLARE(TYPE, type); break;
    case AST_RECORD: DECLARE(RECORD, record); break;
    case AST_EVENT: DECLARE(EVENT, event); break;
    case AST_TABLE: DECLARE(TABLE, table); break;
    case AST_PROCESS: DECLARE(PROCESS, process)->prefix = ast->process.home; break;
    case AST_METRIC: DECLARE(METRIC, metric); break;
    case AST_LOG: DECLARE(LOG, log); break;
    case AST_SYSTEM: declare_system(d, ast); break;
    case AST_GOAL: ADD(goals, goal, "a goal"); break;
    case AST_AUDIT: ADD(audits, audit, "an audit"); break;
    case AST_TEST: ADD(tests, test, "a test"); break;
    /* The whole program's: those of the original hold for the copy, too. */
    case AST_SECRET: if (!is_inherited(d, ast->at)) declare_secret(d, ast); break;
    case AST_ALLOW: if (!is_inherited(d, ast->at)) add_allow(d, ast); break;
    case AST_SCENARIO: ADD(scenarios, scenario, "a scenario"); break;
    case AST_LUA: add_lua(d, ast); break;
    case AST_WITHOUT: inherits_nothing(d, ast); break;
    default: break;                            /* USE, PROP, BAD: the grammar lets nothing else stand here */
    }
#undef DECLARE
#undef ADD
}

static void declare_items(Declaring *d, Ast *items)
{
    bool bad = lower_has_bad(items);
    for (Ast *ast = items; ast && !diags_full(d->l->diags); ast = ast->next) {
        for (int k = 0; k < SYM_KINDS && ast->kind == AST_BAD && ast->bad.nameless == 1; k++)
            d->l->symbols.lost[k] = true;
        if (!bad || ast->kind != AST_WITHOUT)
            declare_item(d, ast);
    }
}

/* What the module itself declares gets a second name: "y.Lead" beside "x.Lead". */
static void register_alias(Lower *l, const ModuleAlias *alias)
{
    for (int k = 0; k < SYM_KINDS; k++) {
        size_t skip = k == SYM_PERSON ? 0 : strlen(alias->module->prefix);
        for (uint32_t i = 0; i < l->syms[k].n; i++) {
            Sym *sym = l->syms[k].items[i];
            if (sym->module != alias->module->prefix)
                continue;
            void **slot =
                map_slot(l->symbols.of[k], names_full(&l->symbols, alias->prefix, sym->name + skip));
            if (!*slot)
                *slot = sym;
        }
    }
}

void names_declare(Lower *l)
{
    Declaring d = {.l = l,
                   .goals_by_name = map_new(l->arena),
                   .audits_by_name = map_new(l->arena),
                   .tests_by_name = map_new(l->arena),
                   .scenarios_by_name = map_new(l->arena)};
    /* The main file first: its processes head every list that people read. */
    for (uint32_t i = l->module_order.n; i-- > 0;) {
        d.module = l->module_order.items[i];
        d.home = d.module->prefix;
        declare_items(&d, d.module->items);
    }
    for (uint32_t i = 0; i < l->aliases.n; i++)
        register_alias(l, &l->aliases.items[i]);
    l->systems = ARENA_ARRAY(l->arena, SystemInfo, l->syms[SYM_SYSTEM].n);
    for (uint32_t i = 0; i < d.luas.n; i++)
        l->systems[i].luas = d.luas.items[i];
    l->event_uses = ARENA_ARRAY(l->arena, EventUse, l->syms[SYM_EVENT].n);
}
