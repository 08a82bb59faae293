/* names_like_gone.c -- what a copy keeps, and what of it needs what `without` took away.
 *
 * An inherited line stands in another file perhaps, where nothing is wrong with
 * it; the person who wrote `without` can mend it, so it is told there. Lines of
 * the copy's own text are left to the passes that read them.
 */
#include "lang/grammar.h"
#include "lang/lower_flow.h"
#include "lang/names_like.h"
#include <string.h>

typedef struct Missing {
    Lower *l;
    const Copy *copy;
    const Gone *gone;
    const char *name;              /* of what is gone */
    const Map *lost;               /* variables that only it set */
    VEC(Span) uses;
    Span first;
    const char *variable;          /* read at the first use; NULL: it is named there */
} Missing;

static bool same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* ---- which variables something sets ---------------------------------------------------- */

static void add_set(void *self, const Ast *ast)
{
    Map *set = self;
    const Ast *place = ast->kind == AST_SET ? ast_root(ast->set.place) : NULL;
    Name names[3] = {{0}};
    switch ((int)ast->kind) {
    case AST_SET: names[0] = place && place->kind == AST_NAME ? place->name.name : (Name){0}; break;
    case AST_FIELD: names[0] = ast->field.name; break;
    case AST_CALL: names[0] = ast->call.as; break;
    case AST_WAIT_FOR: names[0] = ast->wait_for.as; break;
    case AST_ON_EVENT: names[0] = ast->on_event.as; break;
    case AST_EACH: names[0] = ast->each.variable, names[1] = ast->each.as; break;
    case AST_WHEN_ROWS: names[0] = ast->when_rows.variable; break;
    default: break;
    }
    for (int i = 0; i < 2; i++)
        if (names[i].text)
            map_put(set, names[i].text, set);
}

static Map *sets(Lower *l, const Ast *items)
{
    Map *set = map_new(l->arena);
    for (const Ast *ast = items; ast; ast = ast->next)
        lower_visit(ast, add_set, set);
    return set;
}

/* Events that begin a process bring their fields: which, is not known yet. */
static bool brings(const Ast *items)
{
    bool takes = false, event = false;
    for (const Ast *ast = items; ast; ast = ast->next) {
        takes = takes || (ast->kind == AST_FIELDS && ast->fields.word == K_TAKES);
        event = event || ast->kind == AST_WHEN_EVENT;
    }
    return event && !takes;
}

static Map *lost_with(Lower *l, const Ast *step, const Ast *items)
{
    Map *lost = map_new(l->arena), *still = sets(l, items), *set = map_new(l->arena);
    lower_visit(step, add_set, set);
    for (uint32_t i = 0; i < map_count(set) && !brings(items); i++) {
        const char *name = map_key(set, i, NULL);
        if (!map_get(still, name))
            map_put(lost, name, lost);
    }
    return lost;
}

/* ---- which lines need it ------------------------------------------------------------------ */

static void use(Missing *m, Span at, const char *variable)
{
    if (m->copy->body.from <= at.from && at.from < m->copy->body.to)
        return;
    *VEC_PUSH(m->l->arena, &m->uses) = at;
    if (m->first.to && m->first.from <= at.from)
        return;
    m->first = at;
    m->variable = variable;
}

static void use_of_name(Missing *m, Name name)
{
    if (same(name.text, m->name))
        use(m, name.at, NULL);
}

static void use_of_text(Missing *m, const Ast *ast)
{
    if (ast && ast->kind == AST_LITERAL && ast->literal.value.type == V_TEXT && same(ast->literal.value.text, m->name))
        use(m, ast->at, NULL);
}

/* "Order.Pack" names the process, and the step. */
static void use_of_part(Missing *m, Name dotted, bool step)
{
    size_t n = dotted.text ? strlen(dotted.text) : 0, own = strlen(m->name);
    if (n <= own)
        return;
    const char *part = step ? dotted.text + n - own : dotted.text, dot = step ? part[-1] : part[own];
    if (dot == '.' && strncmp(part, m->name, own) == 0)
        use(m, dotted.at, NULL);
}

static void look_for_step(void *self, const Ast *ast)
{
    Missing *m = self;
    switch ((int)ast->kind) {
    case AST_WHO_DID: use_of_name(m, ast->who_did.step); break;
    case AST_MEMBER:
        use_of_text(m, ast->member.of);
        if (ast->member.of && ast->member.of->kind == AST_NAME)
            use_of_name(m, ast->member.of->name.name);
        break;
    case AST_PROP:
        for (const Ast *name = ast->prop.word == K_NEEDS ? ast->prop.value : NULL; name; name = name->next)
            use_of_name(m, name->name.name);
        break;
    case AST_HAS: use_of_name(m, ast->has.a), use_of_name(m, ast->has.b); break;
    case AST_ASSUME: use_of_part(m, ast->assume.what, true); break;
    case AST_RULE_SAME: use_of_name(m, ast->rule_same.a), use_of_name(m, ast->rule_same.b); break;
    case AST_NAME:
        if (ast->name.name.text && map_get(m->lost, ast->name.name.text))
            use(m, ast->at, ast->name.name.text);
        break;
    case AST_LUA:
        for (uint32_t i = 0; i < map_count(m->lost); i++)
            if (vars_lua_names(ast->lua.text, map_key(m->lost, i, NULL)))
                use(m, ast->at, map_key(m->lost, i, NULL));
        break;
    default: break;
    }
}

static void look_for_declaration(void *self, const Ast *ast)
{
    Missing *m = self;
    bool process = m->gone->node->kind == AST_PROCESS, metric = m->gone->node->kind == AST_METRIC;
    switch ((int)ast->kind) {
    case AST_NAME: if (process || metric) use_of_name(m, ast->name.name); break;
    case AST_CALL: if (process) use_of_name(m, ast->call.process); break;
    case AST_START: if (process) use_of_name(m, ast->start.process); break;
    case AST_OF: if (process) use_of_name(m, ast->of.process); break;
    case AST_RULE_EVERY: if (process) use_of_name(m, ast->rule_every.process); break;
    case AST_RULE_SAME: if (process) use_of_name(m, ast->rule_same.process); break;
    case AST_VOLUME: if (process) use_of_name(m, ast->volume.process); break;
    case AST_ASSUME: if (process) use_of_part(m, ast->assume.what, false); break;
    case AST_RULE_NO: if (process) use_of_name(m, ast->rule_no.process); break;
    default: break;
    }
}

/* ---- telling it ------------------------------------------------------------------------------- */

static void tell(Missing *m, Copy *copy)
{
    if (m->uses.n == 0)
        return;
    Lower *l = m->l;
    Name name = m->gone->without->without.name;
    Diag *d = m->variable ? diag_add(l->diags, DIAG_E0264, name.at, "what stays reads %s, and only \"%s\" sets it",
                                     m->variable, name.text)
                          : diag_add(l->diags, DIAG_E0264, name.at, "what stays still speaks of \"%s\"", name.text);
    diag_hint(l->diags, d, "change or take away that line here as well, or keep \"%s\"", name.text);
    lower_first(l, d, m->first);
    for (uint32_t i = 0; i < m->uses.n; i++)
        *VEC_PUSH(l->arena, &copy->told) = m->uses.items[i];
    copy->heir.told = copy->told.items;
    copy->heir.told_n = copy->told.n;
}

static void look(Lower *l, Copy *copy, const Ast *items, const Gone *gone, const Map *lost, AstVisit *visit)
{
    Missing m = {.l = l, .copy = copy, .gone = gone, .name = ast_named(gone->node).text, .lost = lost};
    for (const Ast *ast = items; ast; ast = ast->next)
        lower_visit(ast, visit, &m);
    tell(&m, copy);
}

void like_miss_steps(Lower *l, Copy *copy, const Ast *items, const GoneVec *gone)
{
    for (uint32_t i = 0; i < gone->n; i++)
        if (!like_find(items, like_is_step, ast_named(gone->items[i].node).text))
            look(l, copy, items, &gone->items[i], lost_with(l, gone->items[i].node, items), look_for_step);
}

void like_miss_declarations(Lower *l, Copy *copy, const Ast *items, const GoneVec *gone)
{
    for (uint32_t i = 0; i < gone->n; i++) {
        const Gone *g = &gone->items[i];
        bool step = g->node->kind == AST_STEP;
        if (like_find(items, step ? like_is_step : like_is_named, ast_named(g->node).text))
            continue;
        look(l, copy, items, g, map_new(l->arena), step ? look_for_step : look_for_declaration);
    }
}
