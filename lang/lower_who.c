/* lower_who.c -- rules that nobody can satisfy, as far as the file alone shows it.
 *
 * A rule's people are known where they come from roles and named persons: of
 * did("Step"), who may do that step. A rule with people from data, or from a
 * variable, may always find somebody. Whoever is left out must be left out for
 * certain: who did a step is certain only where one person alone may do it, and
 * where every way to here leads through it.
 */
#include "lang/grammar.h"
#include "lang/lower_flow.h"

#include <string.h>

enum { DID_DEEPEST = 8 };                      /* did() of did() of ... */

/* The people, as a map's keys; NULL: anybody, as far as one can tell. */
static Map *people_of(const Flow *f, const Ast *who, uint32_t depth);

static const Sym *role_named(const Flow *f, const Ast *who)
{
    if (who->kind != AST_NAME || !who->name.name.text || vars_find(f, who->name.name.text))
        return NULL;
    return names_known(&f->l->symbols, SYM_ROLE, f->process->prefix, who->name.name.text);
}

static Map *people_of_role(const Flow *f, const Sym *role)
{
    const IrRole *of = &f->l->symbols.program->roles[role->index];
    if (lower_has_bad(role->ast->role.items))
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

static Map *people_who_did(const Flow *f, const Ast *who, uint32_t depth)
{
    const Ast *step = f->process->steps && who->who_did.step.text
                          ? map_get(f->process->steps, who->who_did.step.text)
                          : NULL;
    if (!step || step->kind != AST_STEP)
        return NULL;
    for (const Ast *item = step->step.items; item; item = item->next)
        if (item->kind == AST_PROP && item->prop.word == K_WHO && item->prop.value)
            return people_of(f, item->prop.value, depth + 1);
    return NULL;
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

static Map *people_but(const Flow *f, const Ast *who, uint32_t depth)
{
    Map *left = people_of(f, who->who_except.who, depth);
    for (const Ast *without = who->who_except.without; left && without; without = without->next) {
        Map *out = people_of(f, without, depth), *rest = map_new(f->l->arena);
        bool perhaps = out && without->kind == AST_WHO_DID && !vars_surely_done(f, without->who_did.step.text);
        if (!out || perhaps || (without->kind != AST_NAME && map_count(out) != 1))
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
    case AST_WHO_EXCEPT: return people_but(f, who, depth);
    case AST_WHO_DID: return people_who_did(f, who, depth);
    case AST_NAME: return people_named(f, who);
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
    void **slot = map_slot(l->warned_roles, first->name.name.text);
    if (*slot)
        return;
    *slot = (void *)first;
    const Sym *role = role_named(f, first);
    Diag *m = diag_add(l->diags, DIAG_E0419, first->at, "nobody can do this: role \"%s\" has no people",
                       role->name);
    diag_hint(l->diags, m, "say who they are: role %s < people ann, bob >", role->name);
    lower_first(l, m, role->at);
}

void flow_nobody(Flow *f, const Ast *who)
{
    Map *people = people_of(f, who, 0);
    if (!people || map_count(people))
        return;
    const Ast *first = empty_role(f, who);
    if (first) {
        tell_empty(f, first);
        return;
    }
    Diag *m = diag_add(f->l->diags, DIAG_E0419, who->at, "nobody can do this: all who may are left out again");
    diag_hint(f->l->diags, m, "let somebody else do it, too, or leave fewer out");
}
