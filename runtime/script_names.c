/* script_names.c -- names in a program's Lua that nothing has there.
 *
 * A block that reads or sets such a name fails when it comes to that line, perhaps weeks later; here it is told before
 * anything runs. What each kind of block finds is what script.c gives it: a step's the variables of its case, all of
 * them the functions of the systems around, the files of Lua, secrets and the sandbox.
 */
#include "runtime/script_private.h"

#include <ctype.h>
#include <string.h>

typedef enum BlockKind { OF_CASE, OF_AUDIT, OF_SYSTEM, OF_FILE } BlockKind;

typedef struct Block {
    const IrProgram *program;
    Sources *sources;
    Diags *diags;
    Script *sandbox;
    Arena *arena;
    const char *const *base; uint32_t base_n;  /* what every block finds in the sandbox */
    BlockKind kind;
    const IrFlow *flow;                        /* of OF_CASE */
    Map *functions;                            /* what its systems, or its file, define */
    bool open;                                 /* and whatever else they do */
} Block;

/* ---- what is there ----------------------------------------------------------------------------- */

static bool is_among(const char *const *names, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* A name of a module counts by its last part: `team.rules` is `rules` in the file that uses it. */
static bool ends_with(const char *full, const char *name)
{
    size_t n = strlen(full), own = strlen(name);
    return n >= own && strcmp(full + n - own, name) == 0 && (n == own || full[n - own - 1] == '.');
}

static bool is_variable(const Block *p, const char *name)
{
    return p->kind == OF_CASE && ir_var(p->flow, name) != IR_NONE;
}

static bool can_read(const Block *p, const char *name)
{
    const IrProgram *program = p->program;
    if (is_variable(p, name) || map_get(p->functions, name) || is_among(p->base, p->base_n, name)) return true;
    for (uint32_t i = 0; i < program->modules_n; i++)
        if (p->kind != OF_FILE && ends_with(program->modules[i].name, name)) return true;
    for (uint32_t i = 0; i < program->secrets_n; i++)
        if (ends_with(program->secrets[i].name, name)) return true;
    return false;
}

static void define(Block *p, const char *text)
{
    ScriptGlobals globals;
    p->open |= !script_globals(p->arena, text, &globals) || globals.open;
    for (uint32_t i = 0; i < globals.items.n; i++)
        if (globals.items.items[i].set) map_put(p->functions, globals.items.items[i].name, p->functions);
}

/* ---- telling --------------------------------------------------------------------------------------- */

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Of a line the word, where it stands there by itself. */
static Span word_in(const Sources *sources, Span line, const char *word)
{
    size_t n = strlen(word);
    const char *text = line.from ? sources_text(sources, line.from) : "";
    for (const char *at = text; line.from && (at = strstr(at, word)) && at < text + (line.to - line.from); at += n) {
        bool member = at > text && (at[-1] == '.' || at[-1] == ':') && !(at > text + 1 && at[-2] == '.');
        bool begins = at == text || (!in_name(at[-1]) && !member), ends = !in_name(at[n]);
        uint32_t from = line.from + (uint32_t)(at - text);
        if (begins && ends) return (Span){from, from + (uint32_t)n};
    }
    return line;
}

static void nearest(const Block *p, Diag *m, const ScriptGlobal *g, const char *otherwise)
{
    VEC(const char *) names = {0};
    for (uint32_t i = 0; p->kind == OF_CASE && i < p->flow->vars_n; i++)
        *VEC_PUSH(p->arena, &names) = p->flow->vars[i].name;
    for (uint32_t i = 0; !g->set && i < map_count(p->functions); i++)
        *VEC_PUSH(p->arena, &names) = map_key(p->functions, i, NULL);
    for (uint32_t i = 0; !g->set && i < p->base_n; i++) *VEC_PUSH(p->arena, &names) = p->base[i];
    if (!diag_nearest(p->diags, m, g->name, names.items, names.n)) diag_hint(p->diags, m, "%s", otherwise);
}

/* Of Lua, but not here: what leads out of the block, or lets it wait. */
static const char *left_out(const char *name)
{
    static const char *const names[][2] = {
        {"os", "the time comes from the flow: set at = now; a command is a step of its own: how shell \"...\""},
        {"io", "files that the program allows are had by file.read(\"data/x.csv\") and file.write; a command is a step "
               "of its own: how shell \"...\""},
        {"require", "a file of Lua is taken in at the top of the file: use \"rules.lua\" as rules"},
        {"dofile", "a file of Lua is taken in at the top of the file: use \"rules.lua\" as rules"},
        {"loadfile", "a file of Lua is taken in at the top of the file: use \"rules.lua\" as rules"},
        {"package", "a file of Lua is taken in at the top of the file: use \"rules.lua\" as rules"},
        {"_G", "a block has no table of its globals: name them"},
        {"coroutine", "a block runs to its end at once"},
        {"debug", "a block cannot look behind its values"},
        {"collectgarbage", "the memory of a block is looked after"},
        {"warn", "what is to be read later is returned, or printed"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], name) == 0) return names[i][1];
    return NULL;
}

static void tell_read(const Block *p, const ScriptGlobal *g, Span at)
{
    const char *why = left_out(g->name);
    Diag *m = diag_missing(p->diags, p->flow ? (const void *)p->flow : p->program, g->name, DIAG_E0621, at,
                           why ? "Lua's `%s` is not there" : "there is no variable `%s` in this Lua", g->name);
    if (why)
        diag_hint(p->diags, m, "%s", why);
    else if (p->kind == OF_CASE)
        nearest(p, m, g, "take, ask or give it before; a name of the block's own begins with `local`");
    else
        nearest(p, m, g, p->kind == OF_AUDIT ? "what an audit's Lua needs it reckons itself, or a metric does"
                                             : "functions see no variables of a case: give it to them");
}

static void tell_set(const Block *p, const ScriptGlobal *g, Span at)
{
    Diag *m = diag_missing(p->diags, p->flow ? (const void *)p->flow : p->program, g->name, DIAG_E0622, at,
                           "there is no variable `%s` to set in this Lua", g->name);
    nearest(p, m, g, arena_printf(p->arena, "a name of the block's own begins with `local`: local %s; what the step "
                                            "gives is returned", g->name));
}

typedef struct Need { const char *module, *member, *line; uint8_t kind; bool write; } Need;

static bool is_allowed(const IrProgram *p, const Need *need)
{
    for (uint32_t i = 0; i < p->allows_n; i++) {
        const IrAllow *allow = &p->allows[i];
        if (allow->kind == need->kind && (need->kind == ALLOW_HTTP || (need->write ? allow->write : allow->read)))
            return true;
    }
    return false;
}

/* What no line of the program allows, to no file and no host, can only fail. */
static void check_allowed(const Block *p, const ScriptGlobal *g, Span at)
{
    static const Need needs[] = {{"file", "write", "file \"out/\" write", ALLOW_FILE, true},
                                 {"file", "append", "file \"out/\" write", ALLOW_FILE, true},
                                 {"file", NULL, "file \"data/\" read", ALLOW_FILE, false},
                                 {"http", NULL, "http \"api.example.com\"", ALLOW_HTTP, false}};
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        const Need *need = &needs[i];
        if (strcmp(g->name, need->module) != 0 || (need->member && strcmp(g->member, need->member) != 0)) continue;
        if (is_allowed(p->program, need)) return;
        const char *what = arena_printf(p->arena, "%s.%s", g->name, g->member);
        Diag *m = diag_missing(p->diags, p->program, what, DIAG_E0623, at, "nothing allows this Lua `%s`", what);
        diag_hint(p->diags, m, "write at the top of the file which it may have: allow %s", need->line);
        return;
    }
}

/* A function that a library of Lua, which nothing of the program's own hides, does not have here. */
static void check_member(const Block *p, const ScriptGlobal *g, Span at)
{
    uint32_t n;
    bool own = is_variable(p, g->name) || map_get(p->functions, g->name);
    if (own || !g->member) return;
    const char *const *names = sandbox_names(p->sandbox, p->arena, g->name, &n);
    if (n == 0) return;
    if (is_among(names, n, g->member)) {
        check_allowed(p, g, at);
        return;
    }
    Diag *m = diag_add(p->diags, DIAG_E0621, at, "Lua's `%s` has no `%s` here", g->name, g->member);
    if (!diag_nearest(p->diags, m, g->member, names, n))
        diag_hint(p->diags, m, "a block may call what does no harm outside of it; else make it a command: "
                               "how shell \"...\"");
}

/* ---- the blocks of a program ---------------------------------------------------------------------------- */

static void check(const Block *p, const IrLua *block)
{
    ScriptGlobals globals;
    if (!block->text || p->open || !script_globals(p->arena, block->text, &globals) || globals.open) return;
    for (uint32_t i = 0; i < globals.items.n; i++) {
        const ScriptGlobal *g = &globals.items.items[i];
        const char *file = block->place.file ? block->place.file : "";
        Span at = word_in(p->sources, script_line(p->sources, file, block->place.line + g->line - 1), g->name);
        bool defines = p->kind == OF_SYSTEM || p->kind == OF_FILE;
        if (g->set && !defines && !is_variable(p, g->name)) tell_set(p, g, at);
        else if (!g->set && !can_read(p, g->name)) tell_read(p, g, at);
        else if (!g->set) check_member(p, g, at);
    }
}

static Block with(const Block *p, BlockKind kind, const IrFlow *flow, const IrLua *prelude, uint32_t n)
{
    Block own = *p;
    own.kind = kind, own.flow = flow, own.functions = map_new(p->arena);
    for (uint32_t i = 0; i < n; i++) define(&own, prelude[i].text);
    return own;
}

static bool has_lua(const IrStep *step)
{
    return step->machine == MACHINE_LUA || step->undo.machine == MACHINE_LUA;
}

static void check_process(const Block *p, const IrFlow *f)
{
    uint32_t first = 0;
    while (first < f->steps_n && !has_lua(&f->steps[first])) first++;
    if (first == f->steps_n) return;
    Block own = with(p, OF_CASE, f, f->prelude, f->prelude_n);
    for (uint32_t k = first; k < f->steps_n; k++) {
        if (f->steps[k].machine == MACHINE_LUA) check(&own, &f->steps[k].lua);
        if (f->steps[k].undo.machine == MACHINE_LUA) check(&own, &f->steps[k].undo.lua);
    }
}

static void check_audit(const Block *p, const IrAudit *audit)
{
    for (uint32_t k = 0; k < audit->checks_n; k++) {
        if (audit->checks[k].rule != RULE_LUA) continue;
        Block own = with(p, OF_AUDIT, NULL, audit->prelude, audit->prelude_n);
        check(&own, &audit->checks[k].lua);
    }
}

static bool any_lua(const IrProgram *p)
{
    bool any = p->prelude_n || p->modules_n;
    for (uint32_t i = 0; i < p->processes_n; i++)
        for (uint32_t k = 0; !any && k < p->processes[i].flow->steps_n; k++)
            any = has_lua(&p->processes[i].flow->steps[k]);
    for (uint32_t i = 0; i < p->audits_n; i++)
        for (uint32_t k = 0; !any && k < p->audits[i].checks_n; k++) any = p->audits[i].checks[k].rule == RULE_LUA;
    return any;
}

void script_check_names(const IrProgram *p, Sources *sources, Diags *diags)
{
    if (!any_lua(p)) return;
    Block block = {.program = p, .sources = sources, .diags = diags, .sandbox = script_new(), .arena = arena_new()};
    block.base = sandbox_names(block.sandbox, block.arena, NULL, &block.base_n);
    Block system = with(&block, OF_SYSTEM, NULL, p->prelude, p->prelude_n);
    for (uint32_t i = 0; i < p->prelude_n; i++) check(&system, &p->prelude[i]);
    for (uint32_t i = 0; i < p->modules_n; i++) {
        Block file = with(&block, OF_FILE, NULL, &p->modules[i].lua, 1);
        check(&file, &p->modules[i].lua);
    }
    for (uint32_t i = 0; i < p->processes_n; i++) check_process(&block, p->processes[i].flow);
    for (uint32_t i = 0; i < p->audits_n; i++) check_audit(&block, &p->audits[i]);
    script_free(block.sandbox);
    arena_free(block.arena);
}
