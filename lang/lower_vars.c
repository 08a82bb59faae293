/* lower_vars.c -- which variables a process has, and where each is surely set.
 *
 * The state of all variables is kept in them; every change is noted on a
 * trail, so that a branch can be taken back and the next one start from the
 * same state. Where branches join, only what they changed is looked at: the
 * whole is linear in what is written.
 */
#include "lang/grammar.h"
#include "lang/expr_private.h"
#include "lang/lower_flow.h"
#include "lang/lua_words.h"
#include <string.h>

typedef enum LuaUse { LUA_READS, LUA_SETS, LUA_FORGETS } LuaUse;

typedef struct Setters Setters;

static void lua_words(Flow *f, const char *text, LuaUse use, Setters *setters);

/* ---- scopes -------------------------------------------------------------------------- */

Var *vars_find(const Flow *f, const char *name)
{
    for (const Scope *s = f->scope; s; s = s->up) {
        Var *var = map_get(s->map, name);
        if (var)
            return var;
    }
    return NULL;
}

static Var *new_variable(Flow *f, Name name, const Type *type, uint32_t scope)
{
    Var *var = ARENA_NEW(f->l->arena, Var);
    var->b = (Binding){.name = name.text, .type = type, .slot = f->vars.n, .at = name.at};
    var->scope = scope;
    var->b.beside = f->beside && map_get(f->beside, name.text);
    *VEC_PUSH(f->l->arena, &f->variables) = var;
    *VEC_PUSH(f->l->arena, &f->vars) = (IrVar){
        .name = name.text, .type = unit_type(f->unit, type), .scope = scope, .initial = CODE_NONE};
    return var;
}

static Var *new_field(Flow *f, Binding *of, const char *name)
{
    Var *var = ARENA_NEW(f->l->arena, Var);
    var->b = (Binding){.name = name, .set = true, .beside = of->beside, .next = of->fields};
    of->fields = &var->b;
    return var;
}

/* What is known of b is known of its copy. */
static void copy_state(Flow *f, Binding *copy, const Binding *b)
{
    copy->set = b->set;
    copy->narrowed = b->narrowed;
    f->narrowed += b->narrowed;
    for (const Binding *part = b->fields; part; part = part->next)
        copy_state(f, &new_field(f, copy, part->name)->b, part);
}

static Var *copied(Flow *f, Var *var, uint32_t scope)
{
    Var *copy = new_variable(f, (Name){var->b.name, var->b.at}, var->b.type, scope);
    copy_state(f, &copy->b, &var->b);
    return copy;
}

Var *vars_shadowed(Flow *f, Var *var, const Shadow *s)
{
    Var *copy = map_get(s->made, var->b.name);
    if (copy)
        return copy;
    copy = copied(f, var, s->node);
    copy->counts = true;
    map_put(s->made, var->b.name, copy);
    var->b.read = true;
    return copy;
}

/* The variable as it is read within these branches, the innermost first: where another branch sets it, a copy that
 * each case makes when it enters this one, of what the branch around it sees. */
static Var *seen_within(Flow *f, const Shadow *s, Var *var)
{
    const char *name = var->b.name;
    if (!s || var->scope >= s->node)
        return var;
    Var *copy = map_get(s->made, name), *around = seen_within(f, s->up, var);
    if (copy)
        return copy;
    bool shadowed = around->b.set && map_get(s->setters, name) && !map_get(s->own, name);
    return shadowed ? vars_shadowed(f, around, s) : around;
}

static Var *seen(Flow *f, const char *name)
{
    Var *var = vars_find(f, name);
    return var ? seen_within(f, f->shadow, var) : NULL;
}

void vars_own(Flow *f, Var *var)
{
    Var *own = copied(f, var, f->scope->node);
    own->required = var->required;             /* `stop` may end the process in this scope */
    map_put(f->scope->map, var->b.name, own);
}

static uint32_t visible(void *self, const char *const **names)
{
    Flow *f = self;
    uint32_t n = 0, m = 0;
    void *value;
    for (const Scope *s = f->scope; s; s = s->up)
        n += map_count(s->map);
    const char **all = ARENA_ARRAY(f->l->arena, const char *, n);
    for (const Scope *s = f->scope; s; s = s->up)
        for (uint32_t i = 0; i < map_count(s->map); i++)
            all[m++] = map_key(s->map, i, &value);
    *names = all;
    return n;
}

/* What is not known may have been declared where something was lost; hardly where it is nearly what is known. */
static bool lost_variable(Flow *f, const char *name)
{
    const char *const *all;
    uint32_t n;
    if (symbols_find(&f->l->symbols, SYM_CALENDAR, f->process->prefix, name))
        return false;                          /* behind `in` it is meant, as it was before */
    if (diags_lost_value(f->l->diags, name))
        return true;
    if (!f->lost)
        return false;
    n = visible(f, &all);
    bool lost = !text_nearest(name, all, n);
    if (lost)
        diags_follows(f->l->diags);
    return lost;
}

/* A branch below this one sets it, and nothing ahead of both. */
static Binding *of_other_branch(Flow *f, const char *name)
{
    Var *var = ARENA_NEW(f->l->arena, Var);
    var->b = (Binding){.name = name, .type = type_unknown(), .slot = VARS_LOST, .elsewhere = true};
    return &var->b;
}

static Binding *find(void *self, const char *name)
{
    Flow *f = self;
    Var *var = seen(f, name);
    const Shadow *s = f->siblings && !f->needing ? f->shadow : NULL;
    if (!var && s && map_get(s->setters, name) && !map_get(s->own, name))
        return of_other_branch(f, name);
    if (!var)
        return lost_variable(f, name) ? &f->anything : NULL;
    var->b.elsewhere = !var->b.set && s && map_get(s->setters, name) && !map_get(s->own, name);
    if (!f->broken)
        return &var->b;
    vars_mark(f, var, true, var->b.narrowed);
    return &var->b;
}

static Binding *answer(void *self, const char *step, const char *name)
{
    const Flow *f = self;
    for (uint32_t i = 0; i < f->steps.n; i++) {
        const IrStep *s = &f->steps.items[i];
        if (!s->name || strcmp(s->name, step) != 0) continue;
        for (uint32_t k = 0; k < s->ask_n + s->gives_n; k++) {
            const IrField *field = unit_field(f->unit, k < s->ask_n ? s->ask + k : s->gives + k - s->ask_n);
            if (field->name && strcmp(field->name, name) == 0 && field->slot < f->variables.n)
                return &f->variables.items[field->slot]->b;
        }
    }
    return NULL;
}

/* A field is a Var too, though no variable: its state is kept on the same trail. */
static Binding *field(void *self, Binding *of, const char *name)
{
    Flow *f = self;
    return of == &f->anything ? NULL : &new_field(f, of, name)->b;
}

void vars_begin(Flow *f)
{
    f->done = map_new(f->l->passing);
    f->scope = ARENA_NEW(f->l->passing, Scope);
    f->scope->map = map_new(f->l->passing);
    f->x = lower_expr(f->l, EXPR_FLOW, f->unit, f->process->prefix, f->calendar);
    f->x.find = find;
    f->x.visible = visible;
    f->x.answer = answer;
    f->x.field = field;
    f->x.knows = facts_known;
    f->x.self = f;
    f->x.process = f->process;
    f->anything = (Binding){.name = "", .type = type_unknown(), .slot = VARS_LOST, .set = true, .narrowed = true};
}

static void other_type(Flow *f, Name name, const Var *var, const Type *type)
{
    Diag *m = diag_add(f->l->diags, DIAG_E0408, name.at, "%s is %s; here it would become %s", name.text,
                       type_text(f->l->arena, var->b.type), type_text(f->l->arena, type));
    diag_hint(f->l->diags, m, "use another name for the other kind of value");
    lower_first(f->l, m, var->b.at);
}

static void of_outer_scope(Flow *f, Name name, const Var *var)
{
    Diag *m = diag_add(f->l->diags, DIAG_E0413, name.at,
                       "%s stands outside this `each ... in parallel`, so its elements cannot all set it",
                       name.text);
    diag_hint(f->l->diags, m, "set a new name here and gather the values: collect that_name as a_list");
    lower_first(f->l, m, var->b.at);
}

/* `if step < 3` could not be told from the begin of a step. */
static void check_variable_name(Flow *f, Name name)
{
    const WordInfo *word = word_find(name.text, strlen(name.text));
    if (!word || word->word_class != 'S')
        return;
    Diag *m = diag_add(f->l->diags, DIAG_E0216, name.at, "`%s` begins statements, so no variable may be called so",
                       name.text);
    diag_hint(f->l->diags, m, "give it another name; fields of records and events may be any word");
}

/* Blocks of Lua see variables, secrets and files of Lua alike, by their names. */
static void check_lua_name(Flow *f, Name name)
{
    const Symbols *s = &f->l->symbols;
    const char *prefix = symbols_at(s, f->process->prefix, name.at);
    const Ast *secret = map_count(s->secrets) ? symbols_secret(s, prefix, name.text) : NULL;
    if (!secret && !symbols_is_lua(s, prefix, name.text))
        return;
    Diag *m = diag_add(f->l->diags, DIAG_E0243, name.at,
                       "`%s` is the name of a %s: a block of Lua could not tell the two apart", name.text,
                       secret ? "secret" : "file of Lua");
    diag_hint(f->l->diags, m, "give one of the two another name");
    if (secret)
        lower_first(f->l, m, secret->secret.name.at);
}

Var *vars_declare(Flow *f, Name name, const Type *type)
{
    Var *var = vars_find(f, name.text);
    if (var) {
        if (var->scope != f->scope->node) {
            of_outer_scope(f, name, var);
            return NULL;
        }
        bool known = type->kind != TYPE_UNKNOWN && var->b.type->kind != TYPE_UNKNOWN;
        if (known && !type_same(var->b.type, type) && !type_fits(var->b.type, type)) {
            other_type(f, name, var, type);
            vars_mark(f, var, true, var->b.narrowed);      /* that it has no value would only follow from this */
            return NULL;
        }
        return var;
    }
    check_variable_name(f, name);
    check_lua_name(f, name);
    var = new_variable(f, name, type, f->scope->node);
    map_put(f->scope->map, name.text, var);
    if (f->scope->node == 0)
        map_put(f->process->vars, name.text, (void *)type);
    return var;
}

/* ---- state ---------------------------------------------------------------------------- */

void vars_mark(Flow *f, Var *var, bool set, bool narrowed)
{
    if (var->b.set == set && var->b.narrowed == narrowed)
        return;
    *VEC_PUSH(f->l->arena, &f->trail) = (Change){var, var->b.set, var->b.narrowed};
    f->narrowed += (uint32_t)narrowed - (uint32_t)var->b.narrowed;
    var->b.set = set;
    var->b.narrowed = narrowed;
}

/* Nothing is known any more of the fields of b, nor of theirs. */
static void forget_fields(Flow *f, const Binding *b)
{
    for (Binding *field = b->fields; field; field = field->next) {
        vars_mark(f, (Var *)field, true, false);
        forget_fields(f, field);
    }
}

void vars_set(Flow *f, Var *var, const Type *type, Span at)
{
    *VEC_PUSH(f->l->arena, &f->assigns) = (Assign){var, at};
    facts_changed(f, var);
    vars_mark(f, var, true, var->b.type->optional && !type->optional && type->kind != TYPE_NONE);
    forget_fields(f, &var->b);
}

void vars_hand_on(Flow *f, Var *from, Var *to)
{
    facts_changed(f, to);
    to->counts = to->counts || from->counts;
    to->b.read = to->b.read || from->b.read;
    from->counts = true;
    if (!from->b.set)
        return;
    *VEC_PUSH(f->l->arena, &f->assigns) = (Assign){to, from->b.at};
    vars_mark(f, to, true, from->b.narrowed);
    forget_fields(f, &to->b);
}

void vars_set_field(Flow *f, const Ast *place, const Type *type)
{
    Binding *b = expr_place(&f->x, place, true);
    if (!b || b == &f->anything)
        return;
    vars_mark(f, (Var *)b, b->set, !type->optional && type->kind != TYPE_NONE);
    forget_fields(f, b);
}

/* A step is a Var, too: set where it was done. */
void vars_done(Flow *f, const char *step)
{
    Var *var = map_get(f->done, step);
    if (!var) {
        var = ARENA_NEW(f->l->arena, Var);
        var->b = (Binding){.name = step};
        map_put(f->done, step, var);
    }
    vars_mark(f, var, true, false);
}

bool vars_surely_done(const Flow *f, const char *step)
{
    const Var *var = map_get(f->done, step);
    return var && var->b.set;
}

uint32_t vars_here(const Flow *f)
{
    return f->trail.n;
}

void vars_undo(Flow *f, uint32_t mark)
{
    while (f->trail.n > mark) {
        const Change *c = &f->trail.items[--f->trail.n];
        f->narrowed += (uint32_t)c->narrowed - (uint32_t)c->var->b.narrowed;
        c->var->b.set = c->set;
        c->var->b.narrowed = c->narrowed;
    }
}

void vars_narrow(void *flow, Binding *b)
{
    Flow *f = flow;
    if (b != &f->anything && !b->beside)
        vars_mark(f, (Var *)b, b->set, true);
}

/* The names that a statement sets; *place: the variable or field of `set`. */
static void names_set(const Ast *ast, Name names[2], const Ast **place)
{
    names[0] = names[1] = (Name){0};
    *place = NULL;
    switch ((int)ast->kind) {
    case AST_SET: *place = ast->set.place; break;
    case AST_FIELD: names[0] = ast->field.name; break;
    case AST_CALL: names[0] = ast->call.as; break;
    case AST_WAIT_FOR: names[0] = ast->wait_for.as; break;
    case AST_ON_EVENT: names[0] = ast->on_event.as; break;
    case AST_EACH: names[0] = ast->each.variable, names[1] = ast->each.as; break;
    default: break;
    }
}

static void forget(void *self, const Ast *ast)
{
    Flow *f = self;
    Name names[2];
    const Ast *place;
    names_set(ast, names, &place);
    if (place && place->kind == AST_NAME)
        names[0] = place->name.name;
    else if (place && place->kind == AST_MEMBER)
        vars_set_field(f, place, type_simple(TYPE_NONE));
    for (int i = 0; i < 2; i++) {
        Var *var = names[i].text ? vars_find(f, names[i].text) : NULL;
        if (!var)
            continue;
        vars_mark(f, var, var->b.set, false);
        forget_fields(f, &var->b);
    }
    if (ast->kind == AST_LUA)
        lua_words(f, ast->lua.text, LUA_FORGETS, NULL);
}

void vars_forget(Flow *f, const Ast *items)
{
    for (; items && f->narrowed; items = items->next)
        lower_visit(items, forget, f);
}

/* ---- branches --------------------------------------------------------------------------- */

Fork vars_fork(Flow *f)
{
    f->branches++;
    return (Fork){.trail = f->trail.n, .touches = f->touches.n};
}

void vars_branch(Flow *f, Fork *fork)
{
    uint32_t branch = ++f->branches;
    for (uint32_t i = fork->trail; i < f->trail.n; i++) {
        Var *var = f->trail.items[i].var;
        if (var->branch == branch)
            continue;
        var->branch = branch;
        if (!f->ended)                         /* what is set on a way that ends is seen by nobody */
            *VEC_PUSH(f->l->arena, &f->touches) = (Touch){var, var->b.set, var->b.narrowed};
    }
    vars_undo(f, fork->trail);
    fork->live += !f->ended;
    fork->ends += f->ended;
    f->ended = false;
}

static void count(Flow *f, const Fork *fork)
{
    for (uint32_t i = fork->touches; i < f->touches.n; i++) {
        const Touch *t = &f->touches.items[i];
        t->var->touched++;
        t->var->sets += t->set;
        t->var->narrows += t->narrowed;
    }
}

static void join(Flow *f, const Fork *fork, bool all)
{
    count(f, fork);
    for (uint32_t i = fork->touches; i < f->touches.n; i++) {
        Var *var = f->touches.items[i].var;
        if (var->touched == 0)
            continue;
        uint32_t untouched = fork->live - var->touched;
        bool set = var->b.set || (all ? var->sets > 0 : var->sets == fork->live);
        bool narrowed = all ? var->narrows == var->touched
                            : var->narrows + (var->b.narrowed ? untouched : 0) == fork->live;
        var->touched = var->sets = var->narrows = 0;
        vars_mark(f, var, set, narrowed);
    }
    f->touches.n = fork->touches;
}

void vars_join(Flow *f, const Fork *fork)
{
    join(f, fork, false);
    f->ended = fork->live == 0;
}

void vars_join_all(Flow *f, const Fork *fork)
{
    join(f, fork, true);
    f->ended = fork->ends > 0;
}

void vars_join_race(Flow *f, const Fork *fork, uint32_t winners)
{
    /* So many branches may all have lost. */
    uint32_t losers = fork->live > winners ? fork->live - winners : 0;
    count(f, fork);
    for (uint32_t i = fork->touches; i < f->touches.n; i++) {
        Var *var = f->touches.items[i].var;
        if (var->touched == 0)
            continue;
        bool set = var->b.set || var->sets > losers;
        bool narrowed = var->narrows == var->touched && (var->b.narrowed || var->touched > losers);
        var->touched = var->sets = var->narrows = 0;
        vars_mark(f, var, set, narrowed);
    }
    f->touches.n = fork->touches;
    f->ended = fork->live < winners;
}

void vars_parallel(Flow *f, uint32_t parallel, uint32_t branch, uint32_t first)
{
    for (uint32_t i = first; i < f->assigns.n; i++) {
        Var *var = f->assigns.items[i].var;
        Span at = f->assigns.items[i].at;
        if (var->assigned_by == parallel && var->assigned_branch != branch) {
            Diag *m = diag_add(f->l->diags, DIAG_E0407, at, "%s is set by two branches of one `parallel`",
                               var->b.name);
            diag_hint(f->l->diags, m, "set another name in one of them, and choose behind the `parallel`");
            lower_first(f->l, m, var->assigned_at);
        }
        var->assigned_by = parallel;
        var->assigned_branch = branch;
        var->assigned_at = at;
    }
}

/* ---- Lua --------------------------------------------------------------------------------- */

/* In a table's braces it is a field. */
static bool assigned(const LuaWords *w)
{
    return w->braces == 0 && lua_word_set(w);
}

/* What of a variable the chunk may change, when it only speaks of it: of `lead.phone = x` the field, of
 * `f(lead)` any field, of `lead.phone` what lies below that. */
static void lua_mentions(Flow *f, const LuaWords *w, const Var *var)
{
    LuaWords after = *w;
    Binding *b = (Binding *)&var->b;
    char name[LUA_WORD_BYTES];
    while (b && lua_word_sign(&after) == '.' && lua_word_next(&after, name, sizeof name)) {
        Binding *part = b->fields;
        while (part && strcmp(part->name, name) != 0)
            part = part->next;
        if (part && assigned(&after))
            vars_mark(f, (Var *)part, true, false);
        b = part;
    }
    if (b)
        forget_fields(f, b);
}

/* May the chunk change the variable of this type that it names here? A record or list that it hands on
 * as a whole may be changed there. */
static bool lua_changes(const LuaWords *w, const Type *type)
{
    LuaWords after = *w;
    char name[LUA_WORD_BYTES];
    bool is = assigned(w);
    while (!is && type && type->kind == TYPE_RECORD && lua_word_sign(&after) == '.' &&
           lua_word_next(&after, name, sizeof name)) {
        const Type *part = NULL;
        for (uint32_t i = 0; i < type->fields_n && !part; i++)
            part = strcmp(type->fields[i].name.text, name) == 0 ? type->fields[i].type : NULL;
        is = assigned(&after);
        type = part;
    }
    bool counted = w->before[0] == '#';
    return is || (type && !counted && (type->kind == TYPE_RECORD || type->kind == TYPE_LIST));
}

struct Setters {
    Flow *f;
    Map *all, *own;
    Map *places;                   /* name -> Setting; then all and own are NULL */
    Span at;
};

static void count_setter(Setters *s, const char *name)
{
    if (s->places) {
        void **slot = map_slot(s->places, name);
        Setting *setting = ARENA_NEW(s->f->l->arena, Setting);
        *setting = (Setting){s->at, *slot};
        *slot = setting;
        return;
    }
    void **own = map_slot(s->own, name), **all = map_slot(s->all, name);
    if (!*own)
        *all = (char *)*all + 1;
    *own = s;
}

static void lua_word(Flow *f, const LuaWords *w, Var *var, LuaUse use)
{
    if (use == LUA_READS) {
        var->b.read = true;
        return;
    }
    lua_mentions(f, w, var);
    if (assigned(w))
        vars_mark(f, var, use == LUA_SETS || var->b.set, false);
}

static void lua_words(Flow *f, const char *text, LuaUse use, Setters *setters)
{
    LuaWords w = {.at = text};
    char name[LUA_WORD_BYTES];
    while (lua_word_next(&w, name, sizeof name)) {
        Var *var = lua_word_member(&w) ? NULL : use == LUA_READS ? seen(f, name) : vars_find(f, name);
        if (var && setters && lua_changes(&w, var->b.type))
            count_setter(setters, var->b.name);
        else if (var && !setters)
            lua_word(f, &w, var, use);
        lua_word_passed(&w, name);
    }
}

bool vars_lua_names(const char *text, const char *name)
{
    LuaWords w = {.at = text};
    char word[LUA_WORD_BYTES];
    while (lua_word_next(&w, word, sizeof word)) {
        if (!lua_word_member(&w) && strcmp(word, name) == 0)
            return true;
        lua_word_passed(&w, word);
    }
    return false;
}

void vars_lua_reads(Flow *f, const char *text)
{
    lua_words(f, text, LUA_READS, NULL);
}

void vars_lua_sets(Flow *f, const char *text)
{
    lua_words(f, text, LUA_SETS, NULL);
}

static void find_setters(void *self, const Ast *ast)
{
    Setters *s = self;
    Name names[2];
    const Ast *place;
    names_set(ast, names, &place);
    while (place && place->kind == AST_MEMBER)
        place = place->member.of;
    if (place && place->kind == AST_NAME)
        names[0] = place->name.name;
    for (int i = 0; i < 2; i++) {
        s->at = names[i].at;
        if (names[i].text)
            count_setter(s, names[i].text);
    }
    s->at = ast->at;
    if (ast->kind == AST_LUA)
        lua_words(s->f, ast->lua.text, LUA_FORGETS, s);
}

void vars_setters(Flow *f, const Ast *branch, Map *setters, Map *own)
{
    Setters s = {.f = f, .all = setters, .own = own};
    lower_visit(branch, find_setters, &s);
}

void vars_settings(Flow *f, const Ast *ast, Map *places)
{
    Setters s = {.f = f, .places = places};
    lower_visit(ast, find_setters, &s);
}

/* ---- at the end --------------------------------------------------------------------------------- */

void vars_check_given(Flow *f, Span at, const char *where)
{
    for (uint32_t i = 0; i < f->process->gives_n && !f->broken; i++) {
        const Var *var = vars_find(f, f->process->gives[i].name.text);
        if (!var || !var->required || var->b.set)
            continue;
        Diag *m = diag_missing(f->l->diags, f->process, var->b.name, DIAG_E0415, at,
                               "%s, but %s, which it gives, is not set on every way to here", where, var->b.name);
        diag_hint(f->l->diags, m, "set it before, or give it a default: gives %s %s = ...", var->b.name,
                  type_text(f->l->arena, var->b.type));
        lower_first(f->l, m, f->process->gives[i].name.at);
    }
}

void vars_end(Flow *f)
{
    for (uint32_t i = 0; i < f->variables.n; i++) {
        const Var *var = f->variables.items[i];
        if (!var->counts && !var->b.read)
            *VEC_PUSH(f->l->arena, &f->l->unread) =
                (Unread){var->b.name, var->b.at, diags_inherits(f->l->diags, var->b.at)};
    }
}
