/* who_people.c -- whom a rule means, as far as the file alone shows it.
 *
 * A rule's people are known where they come from roles and named persons: of
 * did("Step"), who may do that step; of `manager of`, the people of the roles
 * that those report to. A rule with people from data, or from a variable, may
 * always find somebody. Who stands in for somebody is no further person: both
 * count as having done what one of them did, and only one of them is there.
 */
#include "lang/grammar.h"
#include "lang/lower_who.h"

#include <string.h>

enum { DID_DEEPEST = 8 };                      /* did() of did() of ... */

const Sym *who_role(const Flow *f, const Ast *who)
{
    const Ast *root = ast_root(who);
    if (!root || root->kind != AST_NAME || !root->name.name.text || vars_find(f, root->name.name.text))
        return NULL;
    const char *name = who->kind == AST_MEMBER ? ast_dotted(f->l->arena, who) : who->name.name.text;
    const Symbols *symbols = &f->l->symbols;
    return name ? names_known(symbols, SYM_ROLE, symbols_at(symbols, f->process->prefix, who->at), name) : NULL;
}

const char *who_step(const Flow *f, const Ast *who)
{
    if (who->kind == AST_WHO_DID)
        return who->who_did.step.text;
    const Ast *of = who->kind == AST_MEMBER ? who->member.of : NULL;
    if (!of || !who->member.name.text || strcmp(who->member.name.text, "person") != 0)
        return NULL;
    if (of->kind == AST_LITERAL && of->literal.value.type == V_TEXT)
        return of->literal.value.text;
    bool step = of->kind == AST_NAME && of->name.name.text && !vars_find(f, of->name.name.text) &&
                f->process->steps && map_get(f->process->steps, of->name.name.text);
    return step ? of->name.name.text : NULL;
}

static void add_all(Map *to, const Map *from)
{
    for (uint32_t i = 0; i < map_count(from); i++) {
        void *value;
        const char *name = map_key(from, i, &value);
        map_put(to, name, value);
    }
}

static Map *people_of_role(const Flow *f, const Sym *role)
{
    const IrRole *of = &f->l->symbols.program->roles[role->index];
    const char *own = ast_named(role->ast).text;   /* an open role is filled by the one of this name */
    Diags *d = f->l->diags;
    bool filled_elsewhere = of->people_n == 0 &&
                            (f->l->symbols.lost[SYM_ROLE] || f->l->symbols.doubled[SYM_ROLE]);
    if (role->unsure || role->doubled || filled_elsewhere || diags_lost_thing(d, own) ||
        diags_told_missing(d, &f->l->symbols, own) || lower_has_bad(role->ast->role.items))
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
    const Sym *role = who_role(f, who);
    if (role)
        return people_of_role(f, role);
    bool name = who->kind == AST_NAME && who->name.name.text;
    if (!name || vars_find(f, who->name.name.text))
        return NULL;
    const char *prefix = symbols_at(&f->l->symbols, f->process->prefix, who->at);
    const Sym *person = names_known(&f->l->symbols, SYM_PERSON, prefix, who->name.name.text);
    if (person)
        return one_person(f, person->name);
    return map_get(f->l->symbols.people, who->name.name.text) ? one_person(f, who->name.name.text) : NULL;
}

/* ---- who did a step ------------------------------------------------------------------------ */

static const Ast *step_line(const Flow *f, const char *name, Word word)
{
    const Ast *step = f->process->steps && name ? map_get(f->process->steps, name) : NULL;
    if (!step || step->kind != AST_STEP)
        return NULL;
    for (const Ast *item = step->step.items; item; item = item->next) {
        if (item->kind == AST_PROP && item->prop.word == word && item->prop.value)
            return item->prop.value;
        if (word == K_REJECT && item->kind == AST_HANDLER && item->handler.on == word)
            return item;
    }
    return NULL;
}

const Ast *who_does(const Flow *f, const char *name)
{
    return step_line(f, name, K_WHO);
}

/* How many people did the step, at least, when it has ended: of an approval that goes on when it is rejected one no
 * may have been enough. */
uint32_t who_doers(const Flow *f, const char *name)
{
    const Ast *who = who_does(f, name);
    while (who && who->kind == AST_WHO_EXCEPT)
        who = who->who_except.who;
    if (!who || who->kind != AST_WHO_COUNT)
        return 1;
    return who->who_count.any && step_line(f, name, K_REJECT) ? 1 : (uint32_t)who->who_count.n;
}

static Map *people_who_did(const Flow *f, const char *step, uint32_t depth)
{
    const Ast *rule = who_does(f, step);
    return rule ? who_people(f, rule, depth + 1) : NULL;
}

/* ---- managers ------------------------------------------------------------------------------ */

static bool is_in(const IrRole *role, const char *person)
{
    for (uint32_t i = 0; i < role->people_n; i++)
        if (strcmp(role->people[i], person) == 0)
            return true;
    return false;
}

/* The people of the role that this one reports to; NULL: not known. */
static Map *above(const Flow *f, const IrRole *role)
{
    const Map *roles = f->l->symbols.of[SYM_ROLE];
    const Sym *sym = map_get(roles, role->reports_to ? role->reports_to : role->name);
    if (role->reports_to)
        return sym ? people_of_role(f, sym) : NULL;
    for (const Ast *item = sym ? sym->ast->role.items : NULL; item; item = item->next)
        if (item->kind == AST_BAD || (item->kind == AST_PROP && item->prop.word == K_REPORTS))
            return NULL;                       /* it says so, wrongly: that was told */
    return map_new(f->l->arena);
}

Map *who_manages(const Flow *f, const char *person)
{
    const IrProgram *p = f->l->symbols.program;
    Map *all = map_new(f->l->arena);
    for (uint32_t i = 0; i < p->roles_n; i++) {
        if (!is_in(&p->roles[i], person))
            continue;
        const Map *own = above(f, &p->roles[i]);
        if (!own)
            return NULL;
        add_all(all, own);
    }
    return all;
}

static Map *managers(const Flow *f, const Ast *of, uint32_t depth)
{
    const Map *people = who_people(f, of, depth + 1);
    Map *all = people ? map_new(f->l->arena) : NULL;
    for (uint32_t i = 0; all && i < map_count(people); i++) {
        const Map *own = who_manages(f, map_key(people, i, NULL));
        if (!own)
            return NULL;
        add_all(all, own);
    }
    return all;
}

/* ---- training ------------------------------------------------------------------------------- */

/* Those who were, or will be, trained for the process in whose flow the rule stands. Of a count, which cannot stand
 * here and was told, nothing is known. */
static Map *trained(const Flow *f, const Ast *of, uint32_t depth)
{
    const Map *people = who_counted(of) ? NULL : who_people(f, of, depth);
    const IrProgram *p = f->l->symbols.program;
    Map *left = people && !f->l->training_unsure ? map_new(f->l->arena) : NULL;
    for (uint32_t i = 0; left && i < map_count(people); i++) {
        void *value;
        const char *name = map_key(people, i, &value);
        const IrPerson *person = ir_person(p, name);
        for (uint32_t k = 0; person && k < person->trained_n; k++)
            if (strcmp(person->trained[k].process, f->process->name) == 0)
                map_put(left, name, value);
    }
    return left;
}

/* ---- rules --------------------------------------------------------------------------------- */

static Map *both(const Flow *f, const Ast *left, const Ast *right, uint32_t depth)
{
    Map *a = who_people(f, left, depth), *b = a ? who_people(f, right, depth) : NULL;
    if (b)
        add_all(a, b);
    return b ? a : NULL;
}

Map *who_left(const Flow *f, Map *left, const Ast *without, uint32_t depth)
{
    for (; left && without; without = without->next) {
        const char *step = who_step(f, without);
        bool named = without->kind == AST_NAME || without->kind == AST_MEMBER;
        Map *out = step || named ? who_people(f, without, depth) : NULL, *rest = map_new(f->l->arena);
        if (!out || (step && (!vars_surely_done(f, step) || map_count(out) != who_doers(f, step))))
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

Map *who_people(const Flow *f, const Ast *who, uint32_t depth)
{
    if (depth > DID_DEEPEST)
        return NULL;
    const char *step = who_step(f, who);
    if (step)
        return people_who_did(f, step, depth);
    switch ((int)who->kind) {
    case AST_WHO_OR: return both(f, who->who_or.left, who->who_or.right, depth);
    case AST_WHO_IF: return both(f, who->who_if.then, who->who_if.otherwise, depth);
    case AST_WHO_EXCEPT: return who_left(f, who_people(f, who->who_except.who, depth), who->who_except.without, depth);
    case AST_WHO_COUNT: return who_people(f, who->who_count.of, depth);
    case AST_WHO_TRAINED: return trained(f, who->who_trained.of, depth);
    case AST_WHO_TURN: return who_people(f, who->who_turn.of, depth);
    case AST_WHO_MANAGER: return managers(f, who->who_manager.of, depth);
    case AST_NAME:
    case AST_MEMBER: return people_named(f, who);
    default: return NULL;
    }
}

const char *who_names(const Flow *f, const Map *people)
{
    enum { SHOWN = 8 };
    Buf b = {0};
    uint32_t n = map_count(people), shown = n > SHOWN ? SHOWN - 1 : n;
    for (uint32_t i = 0; i < shown; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", map_key(people, i, NULL));
    if (n > shown)
        buf_printf(&b, " and %u more", n - shown);
    const char *text = arena_dup(f->l->arena, buf_text(&b));
    buf_free(&b);
    return text;
}

/* ---- for certain --------------------------------------------------------------------------- */

static Map *in_both(const Flow *f, const Map *a, const Map *b)
{
    Map *all = map_new(f->l->arena);
    for (uint32_t i = 0; i < map_count(a); i++) {
        void *value;
        const char *name = map_key(a, i, &value);
        if (map_get(b, name))
            map_put(all, name, value);
    }
    return all;
}

/* Whom `except` leaves out may not join either, so it makes no difference here. Of those who take turns one may. */
Map *who_surely(const Flow *f, const Ast *who)
{
    Map *all = NULL;
    switch ((int)who->kind) {
    case AST_WHO_OR:
        all = who_surely(f, who->who_or.left);
        add_all(all, who_surely(f, who->who_or.right));
        break;
    case AST_WHO_IF:
        all = in_both(f, who_surely(f, who->who_if.then), who_surely(f, who->who_if.otherwise));
        break;
    case AST_WHO_EXCEPT: all = who_surely(f, who->who_except.who); break;
    case AST_WHO_COUNT: all = who_surely(f, who->who_count.of); break;
    case AST_NAME:
    case AST_MEMBER: all = people_named(f, who); break;
    default: break;
    }
    return all ? all : map_new(f->l->arena);
}
