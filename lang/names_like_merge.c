/* names_like_merge.c -- what is inherited, changed by the copy's own text.
 *
 * `without` lines are obeyed first, then the rest in the order of writing.
 * The lists that come in are the copy's already; one inside a block of an
 * inherited statement is still the original's, and is copied before it changes.
 */
#include "lang/grammar.h"
#include "lang/names_like.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Of the own text, what takes no inherited thing's place and says no place; to: what comes behind it. */
typedef struct NewName {
    const Ast *own;
    uint32_t to;
} NewName;

typedef struct Merge {
    Lower *l;
    Copy *copy;
    Ast *items;
    const char *name;              /* of the process or system whose items these are */
    GoneVec gone;
    VEC(NewName) new;
} Merge;

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool is_own(const Merge *m, Span at)
{
    return m->copy->body.from <= at.from && at.from < m->copy->body.to;
}

/* ---- lists that change ------------------------------------------------------------------ */

static Ast *list_copy(Lower *l, const Ast *items)
{
    Ast *list = NULL;
    for (; items; items = items->next)
        list = ast_append(list, ast_copy(l->arena, items));
    return list;
}

/* The list with node in the place of old; with NULL, without it. */
static Ast *list_with(Ast *items, const Ast *old, Ast *node)
{
    Ast *list = NULL;
    for (Ast *next, *ast = items; ast; ast = next) {
        next = ast->next;
        ast->next = ast->last = NULL;
        list = ast_append(list, ast == old ? node : ast);
    }
    return list;
}

bool like_is_step(const Ast *ast, const char *name)
{
    return ast->kind == AST_STEP && same(ast->step.name.text, name);
}

const Ast *like_find(const Ast *items, Wanted *wanted, const char *name)
{
    for (const Ast *ast = items; ast; ast = ast->next) {
        if (wanted(ast, name))
            return ast;
        Ast **blocks[BLOCKS_MOST];
        uint32_t n = ast_blocks((Ast *)ast, blocks);
        for (uint32_t i = 0; i < n; i++) {
            const Ast *below = like_find(*blocks[i], wanted, name);
            if (below)
                return below;
        }
    }
    return NULL;
}

typedef struct Change {
    Wanted *wanted;
    const char *name;
    Ast *node;                     /* that takes its place (NULL: nothing does), or that comes behind it */
    bool behind;
} Change;

static bool has_branches(const Ast *around)
{
    return around && (around->kind == AST_PARALLEL || around->kind == AST_RACE);
}

static Ast *changed(Lower *l, Ast *items, const Ast *old, const Change *c, const Ast *around)
{
    if (!c->behind)
        return list_with(items, old, c->node);
    Ast *both = ast_append(ast_copy(l->arena, old), c->node);
    if (has_branches(around))      /* behind one branch, not beside it */
        both = ast_sequence(l->arena, old->at, both, false);
    return list_with(items, old, both);
}

/* Makes the change where the first that is wanted stands: in this list, or in a block below. */
static bool change(Lower *l, Ast **items, const Change *c, const Ast *around)
{
    for (Ast *ast = *items; ast; ast = ast->next) {
        if (c->wanted(ast, c->name)) {
            *items = changed(l, *items, ast, c, around);
            return true;
        }
        Ast **blocks[BLOCKS_MOST];
        uint32_t n = ast_blocks(ast, blocks);
        for (uint32_t i = 0; i < n; i++) {
            if (!like_find(*blocks[i], c->wanted, c->name))
                continue;
            *blocks[i] = list_copy(l, *blocks[i]);
            return change(l, blocks[i], c, ast);
        }
    }
    return false;
}

/* ---- what is not there ---------------------------------------------------------------------- */

typedef struct Names {
    Lower *l;
    bool steps;
    VEC(const char *) all;
} Names;

static void add_names(Names *n, const Ast *items)
{
    for (const Ast *ast = items; ast; ast = ast->next) {
        bool fits = n->steps ? ast->kind == AST_STEP
                             : ast->kind != AST_STEP && ast->kind != AST_FIELD && ast->kind != AST_WITHOUT;
        const char *name = fits ? ast_named(ast).text : NULL;
        if (name)
            *VEC_PUSH(n->l->arena, &n->all) = name;
        Ast **blocks[BLOCKS_MOST];
        uint32_t blocks_n = n->steps || ast->kind == AST_SYSTEM ? ast_blocks((Ast *)ast, blocks) : 0;
        for (uint32_t i = 0; i < blocks_n; i++)
            add_names(n, *blocks[i]);
    }
}

static void not_found(Merge *m, DiagCode code, Name name, bool steps, const char *what)
{
    Lower *l = m->l;
    Names n = {.l = l, .steps = steps};
    add_names(&n, m->items);
    if (lower_has_bad(m->items))
        return;
    Diag *d = diag_add(l->diags, code, name.at, "%s \"%s\" in what \"%s\" inherits", what, name.text, m->name);
    for (uint32_t i = 0; i < m->gone.n; i++)
        if (same(m->gone.items[i].without->without.name.text, name.text)) {
            diag_hint(l->diags, d, "it is taken away");
            lower_first(l, d, m->gone.items[i].without->at);
            return;
        }
    if (!diag_nearest_name(l->diags, d, name.text, n.all.items, n.all.n))
        diag_hint(l->diags, d, steps ? "name one of the steps of the original"
                                     : "name something that the original holds: a process, a metric, an audit ...");
}

/* ---- what is new, and looks like a misspelling ---------------------------------------------- */

static void letters_of(const char *name, Buf *b)
{
    for (; *name; name++)
        if (!isdigit((unsigned char)*name))
            buf_putc(b, *name);
}

/* One letter of a short name, two of a long one; "Round 1" and "Round 2" are meant so. */
static bool near(const char *name, const char *other)
{
    Buf a = {0}, b = {0};
    letters_of(name, &a);
    letters_of(other, &b);
    size_t length = text_length(buf_text(&a));
    bool counted = strcmp(buf_text(&a), buf_text(&b)) == 0;
    unsigned limit = length > 8 ? 2 : 1;
    bool slip = length > 2 && !counted && (text_distance(name, other, limit) <= limit || strcasecmp(name, other) == 0);
    buf_free(&a);
    buf_free(&b);
    return slip;
}

static const Ast *inherited_near(const Merge *m, const Ast *own, const Ast *items)
{
    const char *name = ast_named(own).text, *other;
    for (const Ast *ast = items; ast; ast = ast->next) {
        bool kind = ast->kind == own->kind && !is_own(m, ast_named(ast).at);
        if (kind && (other = ast_named(ast).text) && near(name, other))
            return ast;
        Ast **blocks[BLOCKS_MOST];
        uint32_t n = own->kind == AST_STEP ? ast_blocks((Ast *)ast, blocks) : 0;
        for (uint32_t i = 0; i < n; i++) {
            const Ast *below = inherited_near(m, own, *blocks[i]);
            if (below)
                return below;
        }
    }
    return NULL;
}

static void tell_new(Merge *m)
{
    Lower *l = m->l;
    for (uint32_t i = 0; i < m->new.n; i++) {
        const Ast *own = m->new.items[i].own, *like = inherited_near(m, own, m->items);
        if (!like)
            continue;
        Name name = ast_named(own), other = ast_named(like);
        bool step = own->kind == AST_STEP;
        Diag *d = diag_add(l->diags, DIAG_W0269, name.at, "\"%s\" is new here%s; \"%s\" stays as it is inherited",
                           name.text, step ? " and comes at the end" : "", other.text);
        diag_suggest(l->diags, d, other.text);
        if (step)
            diag_hint(l->diags, d, "a new step may say where it comes: step ... after \"%s\" <", other.text);
        lower_first(l, d, other.at);
        *VEC_PUSH(l->arena, &l->new_names) = (NewThing){name.at, m->new.items[i].to, other.text};
    }
}

static void keep_new(Merge *m, const Ast *own, const Ast *next)
{
    if (ast_named(own).text)
        *VEC_PUSH(m->l->arena, &m->new) = (NewName){own, next ? next->at.from : m->copy->body.to};
}

const char *like_near(const Lower *l, Span at)
{
    for (uint32_t i = 0; i < l->new_names.n; i++)
        if (l->new_names.items[i].at.from == at.from)
            return l->new_names.items[i].near;
    return NULL;
}

/* Where an error stands in what is new, it tells of the same: nothing is inherited there. */
void like_settle(Lower *l)
{
    for (uint32_t i = 0; i < l->new_names.n; i++) {
        const NewThing *new = &l->new_names.items[i];
        if (diags_told_in(l->diags, (Span){new->at.to, new->to}))
            diags_take_back_at(l->diags, DIAG_W0269, new->at);
    }
}

/* ---- processes -------------------------------------------------------------------------------- */

/* Lines of one word: what is said again takes the place of all that is inherited. 0: a statement. */
static uint32_t line_class(const Ast *ast)
{
    switch ((int)ast->kind) {
    case AST_PROP: return 1000 + (uint32_t)(ast->prop.word == K_DUE ? K_WITHIN : ast->prop.word);
    case AST_FIELDS: return 1000 + (uint32_t)ast->fields.word;
    case AST_HANDLER: return 3000 + (uint32_t)ast->handler.on;
    case AST_WHEN_EVENT: case AST_WHEN_TIME: case AST_WHEN_ROWS: return 1;
    case AST_ON_EVENT: return 2;
    default: return 0;
    }
}

/* Handlers of different events stand beside each other. */
static bool same_line(const Ast *a, const Ast *b)
{
    return line_class(a) == line_class(b) &&
           (a->kind != AST_ON_EVENT || same(a->on_event.event.text, b->on_event.event.text));
}

static void drop_line(Merge *m, const Ast *own)
{
    Ast *list = NULL;
    for (Ast *next, *ast = m->items; ast; ast = next) {
        next = ast->next;
        ast->next = ast->last = NULL;
        if (!same_line(ast, own) || is_own(m, ast->at))
            list = ast_append(list, ast);
    }
    m->items = list;
}

static void own_step(Merge *m, Ast *step, const Ast *next)
{
    Name name = step->step.name, after = step->step.after;
    const Ast *inherited = name.text ? like_find(m->items, like_is_step, name.text) : NULL;
    bool replaces = inherited && !is_own(m, inherited->at);
    step->step.after = (Name){0};
    if (after.text && same(after.text, name.text)) {
        Diag *d = diag_add(m->l->diags, DIAG_E0263, after.at, "\"%s\" cannot come after itself", name.text);
        diag_hint(m->l->diags, d, "name the step ahead of it; without `after` it takes the place of the one inherited");
        after.text = NULL;
        m->items = ast_append(m->items, ast_bad(m->l->arena, after.at, 0));
    }
    if (replaces && !after.text) {
        change(m->l, &m->items, &(Change){like_is_step, name.text, step, false}, NULL);
        return;
    }
    if (replaces)
        change(m->l, &m->items, &(Change){like_is_step, name.text, NULL, false}, NULL);
    if (after.text && change(m->l, &m->items, &(Change){like_is_step, after.text, step, true}, NULL))
        return;
    if (after.text) {
        not_found(m, DIAG_E0263, after, true, "there is no step");
        m->items = ast_append(m->items, ast_bad(m->l->arena, after.at, 0));      /* where it would run is not known */
    } else {
        keep_new(m, step, next);
    }
    m->items = ast_append(m->items, step);
}

static void without_step(Merge *m, const Ast *without)
{
    Name name = without->without.name;
    const Ast *step = name.text ? like_find(m->items, like_is_step, name.text) : NULL;
    if (step) {
        *VEC_PUSH(m->l->arena, &m->gone) = (Gone){without, step};
        change(m->l, &m->items, &(Change){like_is_step, name.text, NULL, false}, NULL);
    } else if (name.text) {
        not_found(m, DIAG_E0261, name, true, "there is no step");
    }
}

/* The lines that stay, with a list of their own: those of one kind are taken out and handled before. */
static Ast *obey_without(Merge *m, Ast *own, void (*obey)(Merge *m, const Ast *without))
{
    Ast *rest = NULL;
    for (Ast *next, *ast = own; ast; ast = next) {
        next = ast->next;
        ast->next = ast->last = NULL;
        if (ast->kind == AST_WITHOUT)
            obey(m, ast);
        else
            rest = ast_append(rest, ast);
    }
    return rest;
}

static void merge_process(Merge *m, Ast *own)
{
    own = obey_without(m, own, without_step);
    for (Ast *next, *ast = own; ast; ast = next) {
        next = ast->next;
        ast->next = ast->last = NULL;
        if (line_class(ast))
            drop_line(m, ast);
        if (ast->kind == AST_STEP)
            own_step(m, ast, next);
        else
            m->items = ast_append(m->items, ast);
    }
    tell_new(m);
    like_miss_steps(m->l, m->copy, m->items, &m->gone);
}

/* ---- systems ------------------------------------------------------------------------------------ */

bool like_is_named(const Ast *ast, const char *name)
{
    bool inner = ast->kind == AST_STEP || ast->kind == AST_FIELD || ast->kind == AST_NAME || ast->kind == AST_WITHOUT;
    return !inner && same(ast_named(ast).text, name);
}

static bool is_process(const Ast *ast, const char *name)
{
    return ast->kind == AST_PROCESS && same(ast->process.name.text, name);
}

static bool is_system(const Ast *ast, const char *name)
{
    return ast->kind == AST_SYSTEM && same(ast->system.name.text, name);
}

static void merge_system(Merge *m, Ast *own);

/* An inherited system or process, opened: its own text changes it. The node stays the one of its own text, which is
 * found by the systems that stand around it there; those around what it changes may be more. */
static void open_inherited(Merge *m, const Ast *inherited, Ast *own)
{
    bool system = own->kind == AST_SYSTEM;
    Ast *node = ast_copy(m->l->arena, inherited);
    Ast **items = system ? &node->system.items : &node->process.items;
    Merge inner = {.l = m->l, .copy = m->copy, .items = list_copy(m->l, *items), .name = ast_named(own).text};
    (system ? merge_system : merge_process)(&inner, system ? own->system.items : own->process.items);
    *items = inner.items;
    node->at = own->at;
    for (uint32_t i = 0; i < inner.gone.n; i++)
        *VEC_PUSH(m->l->arena, &m->gone) = inner.gone.items[i];
    ast_become(own, node);
}

static void own_declaration(Merge *m, Ast *own, const Ast *next)
{
    const char *name = ast_named(own).text;
    Wanted *wanted = own->kind == AST_PROCESS ? is_process : own->kind == AST_SYSTEM ? is_system : NULL;
    const Ast *inherited = wanted && name ? like_find(m->items, wanted, name) : NULL;
    for (const Ast *ast = wanted ? NULL : m->items; ast && name && !inherited; ast = ast->next)
        inherited = ast->kind == own->kind && same(ast_named(ast).text, name) && !is_own(m, ast->at) ? ast : NULL;
    if (!inherited || is_own(m, inherited->at)) {
        if (!inherited)
            keep_new(m, own, next);
        m->items = ast_append(m->items, own);
        return;
    }
    const Ast *like = own->kind == AST_PROCESS ? own->process.like : own->kind == AST_SYSTEM ? own->system.like : own;
    if (!like)
        open_inherited(m, inherited, own);
    scope_replaces(m->l, ast_named(own), ast_named(inherited));
    if (wanted)
        change(m->l, &m->items, &(Change){wanted, name, own, false}, NULL);
    else
        m->items = list_with(m->items, inherited, own);
}

static void without_declaration(Merge *m, const Ast *without)
{
    Name name = without->without.name;
    const Ast *node = name.text ? like_find(m->items, like_is_named, name.text) : NULL;
    if (!node) {
        if (name.text)
            not_found(m, DIAG_E0261, name, false, "there is nothing called");
        return;
    }
    *VEC_PUSH(m->l->arena, &m->gone) = (Gone){without, node};
    while (change(m->l, &m->items, &(Change){like_is_named, name.text, NULL, false}, NULL))
        continue;
}

static void merge_system(Merge *m, Ast *own)
{
    own = obey_without(m, own, without_declaration);
    for (Ast *next, *ast = own; ast; ast = next) {
        next = ast->next;
        ast->next = ast->last = NULL;
        if (ast->kind == AST_PROP)
            drop_line(m, ast);
        if (ast->kind == AST_PROP || ast->kind == AST_LUA || ast->kind == AST_BAD)
            m->items = ast_append(m->items, ast);
        else
            own_declaration(m, ast, next);
    }
    tell_new(m);
    like_miss_declarations(m->l, m->copy, m->items, &m->gone);
}

Ast *like_merge(Lower *l, Copy *copy, AstKind kind, const char *name, Ast *inherited, Ast *own)
{
    Merge m = {.l = l, .copy = copy, .items = inherited, .name = name ? name : ""};
    (kind == AST_SYSTEM ? merge_system : merge_process)(&m, own);
    return m.items;
}
