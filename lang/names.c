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

Sym *names_known(const Symbols *s, SymKind kind, const char *prefix, const char *name)
{
    if (prefix && *prefix) {
        Sym *own = map_get(s->of[kind], names_full(s, prefix, name));
        if (own)
            return own;
    }
    return map_get(s->of[kind], name);
}

/* Where a declaration was lost to a mistake, any name may have been it: a message would only follow
 * from the first. Roles, metrics and records are looked for by others, who speak up themselves;
 * they get something of the name. */
Sym *symbols_find(const Symbols *s, SymKind kind, const char *prefix, const char *name)
{
    Sym *sym = names_known(s, kind, prefix, name);
    if (sym || !(s->lost[kind] || diags_lost_thing(s->diags, name)) || (kind != SYM_ROLE && kind != SYM_METRIC && kind != SYM_RECORD))
        return sym;
    if (kind == SYM_RECORD && (ir_builtin_find(name) || ir_aggregate_find(name)))
        return NULL;                           /* a function, as surely as before */
    sym = ARENA_NEW(s->arena, Sym);
    *sym = (Sym){.kind = kind, .name = intern(s->names, name, strlen(name)), .prefix = ""};
    return sym;
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

static bool has_module(const Symbols *s, const Map *modules, const char *prefix, const char *dotted)
{
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
    const Ast *own = prefix && *prefix ? map_get(s->secrets, names_full(s, prefix, name)) : NULL;
    return own ? own : map_get(s->secrets, name);
}

bool symbols_is_lua(const Symbols *s, const char *prefix, const char *name)
{
    return map_count(s->lua_modules) && has_module(s, s->lua_modules, prefix, arena_printf(s->arena, "%s.", name));
}

/* "x.Name" where the module x could not be read. */
static bool of_lost_module(const Symbols *s, const char *prefix, const char *name)
{
    const char *dot = map_count(s->lost_modules) ? strchr(name, '.') : NULL;
    return dot && symbols_module(s, prefix, arena_dup_n(s->arena, name, (size_t)(dot - name))) == MODULE_LOST;
}

bool symbols_lost(const Symbols *s, SymKind kind, const char *prefix, const char *name)
{
    return s->lost[kind] || of_lost_module(s, prefix, name) || diags_lost_thing(s->diags, name);
}

const char *symbols_seen(const char *prefix, const char *full)
{
    size_t n = prefix ? strlen(prefix) : 0;
    return n && strncmp(full, prefix, n) == 0 ? full + n : full;
}

/* A name that is none of this kind may be one of another. */
static const char *other_kind(const Symbols *s, SymKind kind, const char *prefix, const char *name)
{
    for (SymKind k = 0; k < SYM_KINDS; k++)
        if (k != kind && names_known(s, k, prefix, name))
            return kinds[k].what;
    return NULL;
}

static bool nearest(const Symbols *s, Diag *m, const char *prefix, const char *name, const char *const *all, uint32_t n)
{
    const char **seen = ARENA_ARRAY(s->arena, const char *, n);
    for (uint32_t i = 0; i < n; i++)
        seen[i] = symbols_seen(prefix, all[i]);
    return diag_nearest(s->diags, m, name, seen, n);
}

Sym *symbols_need(Symbols *s, SymKind kind, const char *prefix, Name name)
{
    if (!name.text)
        return NULL;
    Sym *sym = names_known(s, kind, prefix, name.text);
    if (sym) {
        sym->used = true;
        return sym;
    }
    if (symbols_lost(s, kind, prefix, name.text))
        return NULL;
    const KindInfo *info = &kinds[kind];
    Diag *m = diag_once(s->diags, s, info->missing, name.at, "no %s named \"%s\"", info->what, name.text);
    uint32_t n;
    const char *const *all = names_all(s, kind, &n);
    if (diags_errors(s->diags) > MANY)         /* nobody reads so many; keep it fast */
        return NULL;
    const char *other = other_kind(s, kind, prefix, name.text);
    if (other)
        diag_hint(s->diags, m, "\"%s\" is a %s; here a %s is wanted", name.text, other, info->what);
    else if (!nearest(s, m, prefix, name.text, all, n)) {
        const char *hint = arena_printf(s->arena, "declare it: %s", info->declare);
        const char *at = strstr(hint, "%s");
        diag_hint(s->diags, m, "%.*s%s%s", (int)(at - hint), hint, name.text, at + 2);
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
    Diag *m = diag_once(s->diags, s, DIAG_E0203, name.at, "no process or log named \"%s\"", name.text);
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

static Sym *declare(Lower *l, SymKind kind, const char *prefix, Name name, Ast *ast, Sym *system)
{
    Sym *sym = ARENA_NEW(l->arena, Sym);
    /* A person is the same person in every module: the name is what they log in by and what data calls them. */
    *sym = (Sym){.kind = kind,
                 .name = names_full(&l->symbols, kind == SYM_PERSON ? "" : prefix, name.text ? name.text : ""),
                 .at = name.at,
                 .ast = ast,
                 .prefix = prefix,
                 .system = system,
                 .index = l->syms[kind].n};
    *VEC_PUSH(l->arena, &l->syms[kind]) = sym;
    if (!name.text || strncmp(name.text, "(unnamed ", 9) == 0) {
        l->symbols.lost[kind] = true;                /* the parser has said so */
        if (kind == SYM_TYPE || kind == SYM_RECORD)
            l->symbols.lost[SYM_METRIC] = true;      /* a bare word may be a choice of it */
        return sym;
    }
    const Sym *first = earlier(l, kind, sym->name);
    if (first) {
        Diag *m = diag_add(l->diags, DIAG_E0201, name.at, "there is already a %s named \"%s\"",
                           kinds[first->kind].what, name.text);
        diag_hint(l->diags, m, "give one of the two another name");
        lower_first(l, m, first->at);
    } else {
        map_put(l->symbols.of[kind], sym->name, sym);
        if (kind == SYM_PERSON && *prefix)
            map_put(l->symbols.of[kind], names_full(&l->symbols, prefix, sym->name), sym);
    }
    return sym;
}

/* What nobody names gets no Sym, but a name of its own among its like all the same. */
static void add_item(Lower *l, ItemVec *items, Map *seen, const char *what, Ast *ast, Name *name, const char *prefix, Sym *system)
{
    *VEC_PUSH(l->arena, items) = (Item){ast, prefix, system};
    if (!name->text)
        return;
    void **slot = map_slot(seen, names_full(&l->symbols, prefix, name->text));
    if (*slot) {
        Diag *m = diag_add(l->diags, DIAG_E0201, name->at, "there is already %s named \"%s\"", what, name->text);
        diag_hint(l->diags, m, "give one of the two another name");
        lower_first(l, m, ((Name *)*slot)->at);
        return;
    }
    *slot = name;
}

static void declare_secret(Lower *l, Ast *ast, const char *prefix, Sym *system)
{
    Name name = ast->secret.name;
    void **slot = map_slot(l->symbols.secrets, names_full(&l->symbols, prefix, name.text));
    *VEC_PUSH(l->arena, &l->secrets) = (Item){ast, prefix, system};
    if (*slot) {
        Diag *m = diag_add(l->diags, DIAG_E0201, name.at, "there is already a secret named \"%s\"", name.text);
        diag_hint(l->diags, m, "give one of the two another name");
        lower_first(l, m, ((const Ast *)*slot)->secret.name.at);
        return;
    }
    *slot = ast;
}

typedef struct Declaring {
    Lower *l;
    Module *module;
    Map *goals, *audits, *tests;
    VEC(LuaVec) luas;              /* by system */
} Declaring;

static void add_lua(Declaring *d, const Ast *ast, const Sym *system)
{
    LuaVec *to = system ? &d->luas.items[system->index] : &d->module->luas;
    IrLua *lua = VEC_PUSH(d->l->arena, to);
    *lua = (IrLua){ast->lua.text, lower_place(d->l, ast->lua.text_at)};
}

static void declare_items(Declaring *d, Ast *items, Sym *system);

static void declare_item(Declaring *d, Ast *ast, Sym *system)
{
    Lower *l = d->l;
    const char *prefix = d->module->prefix;
#define DECLARE(KIND, field) declare(l, SYM_##KIND, prefix, ast->field.name, ast, system)
#define ADD(items, field, what) add_item(l, &l->items, d->items, what, ast, &ast->field.name, prefix, system)
    switch ((int)ast->kind) {
    case AST_CALENDAR: DECLARE(CALENDAR, calendar); break;
    case AST_PERSON: DECLARE(PERSON, person); break;
    case AST_ROLE: DECLARE(ROLE, role); break;
    case AST_TYPE: DECLARE(TYPE, type); break;
    case AST_RECORD: DECLARE(RECORD, record); break;
    case AST_EVENT: DECLARE(EVENT, event); break;
    case AST_TABLE: DECLARE(TABLE, table); break;
    case AST_PROCESS: DECLARE(PROCESS, process); break;
    case AST_METRIC: DECLARE(METRIC, metric); break;
    case AST_LOG: DECLARE(LOG, log); break;
    case AST_SYSTEM: {
        Sym *sym = DECLARE(SYSTEM, system);
        VEC_PUSH(l->arena, &d->luas);
        declare_items(d, ast->system.items, sym);
        break;
    }
    case AST_GOAL: ADD(goals, goal, "a goal"); break;
    case AST_AUDIT: ADD(audits, audit, "an audit"); break;
    case AST_TEST: ADD(tests, test, "a test"); break;
    case AST_SECRET: declare_secret(l, ast, prefix, system); break;
    case AST_ALLOW: *VEC_PUSH(l->arena, &l->allows) = (Item){ast, prefix, system}; break;
    case AST_SCENARIO: *VEC_PUSH(l->arena, &l->scenarios) = (Item){ast, prefix, system}; break;
    case AST_LUA: add_lua(d, ast, system); break;
    case AST_LATER: lower_later_node(l, ast); break;
    case AST_USE: case AST_PROP: case AST_BAD: break;
    default:                                   /* the grammar lets nothing else stand here */
        lower_later(l, ast->at, ast_kind_name(ast->kind));
    }
#undef DECLARE
#undef ADD
}

static void declare_items(Declaring *d, Ast *items, Sym *system)
{
    for (Ast *ast = items; ast; ast = ast->next) {
        for (int k = 0; k < SYM_KINDS && ast->kind == AST_BAD && ast->bad.nameless == 1; k++)
            d->l->symbols.lost[k] = true;
        declare_item(d, ast, system);
    }
}

/* What the module itself declares gets a second name: "y.Lead" beside "x.Lead". */
static void register_alias(Lower *l, const ModuleAlias *alias)
{
    for (int k = 0; k < SYM_KINDS; k++) {
        size_t skip = k == SYM_PERSON ? 0 : strlen(alias->module->prefix);
        for (uint32_t i = 0; i < l->syms[k].n; i++) {
            Sym *sym = l->syms[k].items[i];
            if (sym->prefix != alias->module->prefix)
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
    Declaring d = {.l = l, .goals = map_new(l->arena), .audits = map_new(l->arena), .tests = map_new(l->arena)};
    /* The main file first: its processes head every list that people read. */
    for (uint32_t i = l->module_order.n; i-- > 0;) {
        d.module = l->module_order.items[i];
        declare_items(&d, d.module->items, NULL);
    }
    for (uint32_t i = 0; i < l->aliases.n; i++)
        register_alias(l, &l->aliases.items[i]);
    l->systems = ARENA_ARRAY(l->arena, SystemInfo, l->syms[SYM_SYSTEM].n);
    for (uint32_t i = 0; i < d.luas.n; i++)
        l->systems[i].luas = d.luas.items[i];
    l->event_uses = ARENA_ARRAY(l->arena, EventUse, l->syms[SYM_EVENT].n);
}
