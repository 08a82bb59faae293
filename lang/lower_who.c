/* lower_who.c -- rules that nobody can satisfy, as far as the file alone shows it.
 *
 * A rule's people are known where they come from roles and named persons: of
 * did("Step"), who may do that step. A rule with people from data, or from a
 * variable, may always find somebody. Whoever is left out must be left out for
 * certain: who did a step is certain only where one person alone may do it, and
 * where every way to here leads through it. Where only some cases leave nobody, that is
 * a warning.
 */
#include "lang/grammar.h"
#include "lang/lower_flow.h"

#include <string.h>

enum { DID_DEEPEST = 8 };                      /* did() of did() of ... */

/* The people, as a map's keys; NULL: anybody, as far as one can tell. */
static Map *people_of(const Flow *f, const Ast *who, uint32_t depth);

static const Sym *role_named(const Flow *f, const Ast *who)
{
    const Ast *root = ast_root(who);
    if (!root || root->kind != AST_NAME || !root->name.name.text || vars_find(f, root->name.name.text))
        return NULL;
    const char *name = who->kind == AST_MEMBER ? ast_dotted(f->l->arena, who) : who->name.name.text;
    return name ? names_known(&f->l->symbols, SYM_ROLE, f->process->prefix, name) : NULL;
}

static Map *people_of_role(const Flow *f, const Sym *role)
{
    const IrRole *of = &f->l->symbols.program->roles[role->index];
    if (role->unsure || diags_lost_thing(f->l->diags, role->name) || lower_has_bad(role->ast->role.items))
        return NULL;
    Map *people = map_new(f->l->arena);
    for (uint32_t i = 0; i < of->people_n; i++)
        map_put(people, of->people[i], (void *)of);
    return people;
}

static Map *one_person(const Flow *f, const char *name)
{
    Map *people = map_new(f->l->arena);
    map_put(people, name, (void *)name);
    return people;
}

/* A name is a role, a variable, or a person who is declared or in a role. */
static Map *people_named(const Flow *f, const Ast *who)
{
    const Sym *role = role_named(f, who);
    if (role)
        return people_of_role(f, role);
    bool name = who->kind == AST_NAME && who->name.name.text;
    if (!name || vars_find(f, who->name.name.text))
        return NULL;
    const Sym *person = names_known(&f->l->symbols, SYM_PERSON, f->process->prefix, who->name.name.text);
    if (person)
        return one_person(f, person->name);
    return map_get(f->l->symbols.people, who->name.name.text) ? one_person(f, who->name.name.text) : NULL;
}

/* The rule of that step; NULL: it has none, or is not known. */
static const Ast *who_does(const Flow *f, const char *name)
{
    const Ast *step = f->process->steps && name ? map_get(f->process->steps, name) : NULL;
    if (!step || step->kind != AST_STEP)
        return NULL;
    for (const Ast *item = step->step.items; item; item = item->next)
        if (item->kind == AST_PROP && item->prop.word == K_WHO && item->prop.value)
            return item->prop.value;
    return NULL;
}

static Map *people_who_did(const Flow *f, const Ast *who, uint32_t depth)
{
    const Ast *rule = who_does(f, who->who_did.step.text);
    return rule ? people_of(f, rule, depth + 1) : NULL;
}

static Map *both(const Flow *f, const Ast *left, const Ast *right, uint32_t depth)
{
    Map *a = people_of(f, left, depth), *b = a ? people_of(f, right, depth) : NULL;
    for (uint32_t i = 0; b && i < map_count(b); i++) {
        void *value;
        const char *name = map_key(b, i, &value);
        map_put(a, name, value);
    }
    return b ? a : NULL;
}

static Map *people_left(const Flow *f, Map *left, const Ast *without, uint32_t depth)
{
    for (; left && without; without = without->next) {
        Map *out = people_of(f, without, depth), *rest = map_new(f->l->arena);
        bool perhaps = out && without->kind == AST_WHO_DID && !vars_surely_done(f, without->who_did.step.text);
        bool named = without->kind == AST_NAME || without->kind == AST_MEMBER;
        if (!out || perhaps || (!named && map_count(out) != 1))
            continue;
        for (uint32_t i = 0; i < map_count(left); i++) {
            void *value;
            const char *name = map_key(left, i, &value);
            if (!map_get(out, name))
                map_put(rest, name, value);
        }
        left = rest;
    }
    return left;
}

static Map *people_of(const Flow *f, const Ast *who, uint32_t depth)
{
    if (depth > DID_DEEPEST)
        return NULL;
    switch ((int)who->kind) {
    case AST_WHO_OR: return both(f, who->who_or.left, who->who_or.right, depth);
    case AST_WHO_IF: return both(f, who->who_if.then, who->who_if.otherwise, depth);
    case AST_WHO_EXCEPT:
        return people_left(f, people_of(f, who->who_except.who, depth), who->who_except.without, depth);
    case AST_WHO_DID: return people_who_did(f, who, depth);
    case AST_NAME:
    case AST_MEMBER: return people_named(f, who);
    default: return NULL;
    }
}

/* The first role of a rule that has no people at all; NULL: there is none. */
static const Ast *empty_role(const Flow *f, const Ast *who)
{
    if (who->kind == AST_WHO_OR) {
        const Ast *left = empty_role(f, who->who_or.left);
        return left ? left : empty_role(f, who->who_or.right);
    }
    if (who->kind == AST_WHO_EXCEPT)
        return empty_role(f, who->who_except.who);
    const Sym *role = role_named(f, who);
    return role && !f->l->symbols.program->roles[role->index].people_n ? who : NULL;
}

static void tell_empty(Flow *f, const Ast *first)
{
    Lower *l = f->l;
    const Sym *role = role_named(f, first);
    void **slot = map_slot(l->warned_roles, role->name);
    if (*slot)
        return;
    *slot = (void *)first;
    Diag *m = diag_add(l->diags, DIAG_E0419, first->at, "nobody can do this: role \"%s\" has no people",
                       role->name);
    diag_hint(l->diags, m, "say who they are: role %s < people ann, bob >", role->name);
    lower_first(l, m, role->at);
}

/* ---- in some cases ---------------------------------------------------------------------------- */

/* Steps whose doers are left out, and whom each could leave out. */
typedef struct Doers {
    const char **steps;
    Map **people;
    const char **out;              /* whom it leaves out, in the case that is looked for */
    bool *tried;
    uint32_t n;
} Doers;

/* A step that was surely not reached leaves out nobody; and whoever did two steps counts once. */
static void add_doers(const Flow *f, Doers *d, const Ast *without)
{
    const char *step = without->kind == AST_WHO_DID ? without->who_did.step.text : NULL;
    const Ast *who = step ? who_does(f, step) : NULL;
    Map *people = who && who->kind != AST_WHO_DID && map_get(f->done, step) ? people_of(f, who, 0) : NULL;
    for (uint32_t i = 0; i < d->n; i++)
        if (people && strcmp(d->steps[i], step) == 0)
            return;
    if (people)
        d->steps[d->n] = step, d->people[d->n++] = people;
}

/* Can one of the steps leave this person out, too, and still each of those before? */
static bool leave_out(Doers *d, const char *person)
{
    for (uint32_t i = 0; i < d->n; i++) {
        if (d->tried[i] || !map_get(d->people[i], person))
            continue;
        d->tried[i] = true;
        if (d->out[i] && !leave_out(d, d->out[i]))
            continue;
        d->out[i] = person;
        return true;
    }
    return false;
}

/* Is there a case in which everybody has done one of the steps? */
static bool may_leave_nobody(const Flow *f, const Map *left, const Ast *without)
{
    uint32_t n = 0;
    for (const Ast *w = without; w; w = w->next)
        n++;
    Arena *a = f->l->arena;
    Doers d = {ARENA_ARRAY(a, const char *, n), ARENA_ARRAY(a, Map *, n), ARENA_ARRAY(a, const char *, n),
               ARENA_ARRAY(a, bool, n), 0};
    for (const Ast *w = without; w; w = w->next)
        add_doers(f, &d, w);
    for (uint32_t i = 0; i < map_count(left); i++) {
        memset(d.tried, 0, d.n * sizeof *d.tried);
        if (map_count(left) > d.n || !leave_out(&d, map_key(left, i, NULL)))
            return false;
    }
    return true;
}

/* Each way of an `if` by itself, then who did what before. */
static void tell_cases(Flow *f, const Ast *who, const Ast *without)
{
    Diags *diags = f->l->diags;
    if (who->kind == AST_WHO_IF) {
        tell_cases(f, who->who_if.then, without);
        tell_cases(f, who->who_if.otherwise, without);
        return;
    }
    Map *all = people_of(f, who, 0), *left = all ? people_left(f, all, without, 0) : NULL;
    const Ast *empty = empty_role(f, who);
    if (!left || (map_count(left) && !may_leave_nobody(f, left, without)))
        return;
    Diag *m = diag_add(diags, DIAG_E0432, who->at, "in some cases nobody can do this: %s",
                       map_count(left) ? "all who may can have done a step that leaves them out"
                       : empty         ? arena_printf(f->l->arena, "role \"%s\" has no people",
                                                      role_named(f, empty)->name)
                                       : "all who may are left out again");
    diag_hint(diags, m, "let somebody else do it, too, or leave fewer out");
}

/* ---- the rule ----------------------------------------------------------------------------------- */

void flow_nobody(Flow *f, const Ast *who)
{
    Map *people = people_of(f, who, 0);
    if (!people || map_count(people)) {
        bool except = who->kind == AST_WHO_EXCEPT;
        tell_cases(f, except ? who->who_except.who : who, except ? who->who_except.without : NULL);
        return;
    }
    const Ast *first = empty_role(f, who);
    if (first) {
        tell_empty(f, first);
        return;
    }
    Diag *m = diag_add(f->l->diags, DIAG_E0419, who->at, "nobody can do this: all who may are left out again");
    diag_hint(f->l->diags, m, "let somebody else do it, too, or leave fewer out");
}
