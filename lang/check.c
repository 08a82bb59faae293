/* check.c -- from files to a program: the passes in their order, and what only the whole shows.
 *
 * All mistakes are collected; the program is finished, hashed and verified
 * only when none is an error.
 */
#include "lang/lower.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

/* ---- what only the whole program shows --------------------------------------------------- */

static void check_events(Lower *l)
{
    for (uint32_t i = 0; i < l->syms[SYM_EVENT].n; i++) {
        const Sym *event = l->syms[SYM_EVENT].items[i];
        const EventUse *use = &l->event_uses[i];
        diags_heir(l->diags, use->awaited.to ? use->awaited_for : use->emitted_for);
        if (use->awaited.to && !use->emitted.to) {
            Diag *m = diag_add(l->diags, DIAG_E0417, use->awaited, "nothing here emits %s", event->name);
            diag_hint(l->diags, m, "fine where it comes from outside: ops signal %s", event->name);
        } else if (use->emitted.to && !use->awaited.to) {
            Diag *m = diag_add(l->diags, DIAG_E0418, use->emitted, "nobody awaits %s", event->name);
            diag_hint(l->diags, m, "begin a process with it (when %s) or wait for it", event->name);
        } else if (!use->emitted.to && !*event->prefix) {
            Diag *m = diag_add(l->diags, DIAG_N0487, event->at, "nobody emits %s, and nobody awaits it", event->name);
            diag_hint(l->diags, m, "begin a process with it (when %s), emit it, or take it away", event->name);
        }
    }
    diags_heir(l->diags, NULL);
}

/* Metrics and audits read the variables of cases by name. */
static Map *read_by_metrics(Lower *l)
{
    Map *read = map_new(l->arena);
    IrUnit unit;
    unit_finish(l->symbols.unit, &unit);
    for (uint32_t i = 0; i < unit.code_n; i++) {
        if (IR_INSTRUCTION_OP(unit.code[i]) != IR_CASE_VAR)
            continue;
        const char *name = unit.names[IR_INSTRUCTION_OPERAND(unit.code[i])];
        map_put(read, name, (void *)name);
    }
    return read;
}

static void check_unread(Lower *l)
{
    if (l->unread.n == 0)
        return;
    Map *read = read_by_metrics(l);
    for (uint32_t i = 0; i < l->unread.n; i++) {
        const Unread *u = &l->unread.items[i];
        if (map_get(read, u->name))
            continue;
        diags_heir(l->diags, u->heir);
        Diag *m = diag_add(l->diags, DIAG_E0416, u->at, "%s is set, but nothing ever reads it", u->name);
        diag_hint(l->diags, m, "use it, take it away, or give it to the caller: gives %s ...", u->name);
    }
    diags_heir(l->diags, NULL);
}

/* ---- the passes ------------------------------------------------------------------------------ */

static Lower *lower_new(Compilation *c, LoadFile *load, void *self)
{
    Lower *l = ARENA_NEW(c->arena, Lower);
    l->arena = c->arena;
    l->diags = c->diags;
    l->load = load;
    l->load_self = self;
    l->modules = map_new(l->arena);
    l->prefixes = map_new(l->arena);
    l->warned_roles = map_new(l->arena);
    Symbols *s = &l->symbols;
    symbols_begin(s, l->arena, c->diags);
    s->scratch = arena_new();
    l->passing = arena_new();
    return l;
}

static const char *folder_of(Arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    return slash == path ? "/" : arena_dup_n(a, path, (size_t)(slash - path));
}

static void finish(Lower *l, const char *name)
{
    IrProgram *p = l->symbols.program;
    p->arena = l->arena;
    p->file = arena_dup(l->arena, name);
    p->folder = folder_of(l->arena, name);
    p->codes = l->symbols.codes.items;
    p->codes_n = l->symbols.codes.n;
    p->aggregates = l->symbols.aggregates.items;
    p->aggregates_n = l->symbols.aggregates.n;
    lower_log_columns(l);
    lower_conditions(l, l->symbols.unit, &l->types_done);
    unit_finish(l->symbols.unit, &p->unit);
    Error err;
    bool sound = ir_verify(p, &err) == ST_OK;
    if (!sound)
        fprintf(stderr, "ops: the compiler made a wrong program of %s: %s\n", name, err.text);
    assert(sound && "a mistake in ops itself");
}

/* Each relies on those before it. */
static void (*const PASSES[])(Lower *l) = {
    names_like, names_declare, lower_types, lower_decls, lower_signatures,
    lower_flows, lower_measures, lower_audits, lower_tests, lower_scenarios,
};

static void run(Compilation *c, Lower *l, const char *name, const char *text, size_t n)
{
    names_load(l, name, text, n);
    for (size_t i = 0; i < sizeof PASSES / sizeof *PASSES && !diags_full(c->diags); i++)
        PASSES[i](l);
    if (diags_errors(c->diags) > 0) {
        diags_take_back_following(c->diags, DIAG_W0484);
        like_settle(l);
        if (!diags_misread(c->diags)) {
            LuaVec lua = lower_lua_blocks(l);
            c->lua = lua.items, c->lua_n = lua.n;
        }
        diags_gather(c->diags, DIAG_E0302);
        diags_gather(c->diags, DIAG_E0306);
        diags_take_back_all(c->diags, DIAG_E0431);     /* whether a wait may end only the whole program shows */
        return;
    }
    away_report(l);
    check_events(l);
    check_unread(l);
    lower_circles(l);
    lower_files(l);
    finish(l, name);
    c->program = l->symbols.program;
}

static void compile(Compilation *c, Lower *l, const char *name, const char *text, size_t n)
{
    run(c, l, name, text, n);
    arena_free(l->symbols.scratch);
    arena_free(l->passing);
    diags_settle(c->diags);
}

static Compilation *compilation_new(Arena *a)
{
    Compilation *c = ARENA_NEW(a, Compilation);
    c->arena = a;
    c->sources = sources_new(a);
    c->diags = diags_new(a, c->sources);
    return c;
}

Compilation *compile_text(const char *name, const char *text, size_t n, LoadFile *load, void *self)
{
    Compilation *c = compilation_new(arena_new());
    compile(c, lower_new(c, load, self), name, text, n);
    return c;
}

Compilation *compile_file(const char *path, Error *err)
{
    Arena *a = arena_new();
    char *text;
    size_t n;
    if (text_read_file(a, path, (size_t)64 << 20, &text, &n, err) != ST_OK) {
        arena_free(a);
        return NULL;
    }
    Compilation *c = compilation_new(a);
    Lower *l = lower_new(c, NULL, NULL);
    l->folder = folder_of(c->arena, path);
    compile(c, l, path, text, n);
    return c;
}

void compilation_free(Compilation *c)
{
    if (c)
        arena_free(c->arena);
}
