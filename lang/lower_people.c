/* lower_people.c -- persons and roles: who they are, whom they report to, and who stands in.
 *
 * Who is a person shows only when all roles are known, because a role may name
 * people whom nothing else declares; so stand-ins are looked up behind them, and
 * so are circles of roles that report to each other.
 */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

/* ---- persons ---------------------------------------------------------------------------- */

static const char *calendar_named(Lower *l, const Sym *sym, const Ast *value)
{
    if (!value || value->kind != AST_NAME)
        return NULL;
    const Sym *calendar = symbols_need(&l->symbols, SYM_CALENDAR, sym->prefix, value->name.name);
    return calendar ? calendar->name : NULL;
}

/* Its code, where there is a manner for it. */
static const char *language_named(Lower *l, const Ast *value)
{
    uint32_t n;
    if (!value || value->kind != AST_NAME) return NULL;
    if (manner_find(value->name.name.text)) return value->name.name.text;
    const char *const *codes = manner_codes(&n);
    Buf known = {0};
    for (uint32_t i = 0; i < n; i++) buf_printf(&known, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", codes[i]);
    Diag *m = diag_add(l->diags, DIAG_E0218, value->at, "no language \"%s\" is known here", value->name.name.text);
    diag_hint(l->diags, m, "write %s", buf_text(&known));
    buf_free(&known);
    return NULL;
}

static void person_prop(Lower *l, const Sym *sym, IrPerson *person, const Ast *item)
{
    const Ast *value = item->prop.value;
    if (item->prop.word == K_NAME)
        person->name = lower_words(l, value);
    else if (item->prop.word == K_MAIL)
        person->mail = lower_address_text(l, value, lower_words(l, value));
    else if (item->prop.word == K_LOGIN)
        person->login = lower_words(l, value);
    else if (item->prop.word == K_WORKS)
        person->calendar = calendar_named(l, sym, value);
    else if (item->prop.word == K_LANGUAGE)
        person->language = language_named(l, value);
}

/* The days of an `away` line; false where it is none, or they are none. */
static bool away_days(const Ast *item, IrAway *away)
{
    const Ast *dates = item->kind == AST_PROP && item->prop.word == K_AWAY ? item->prop.value : NULL;
    const Ast *from = dates && dates->kind == AST_DATES ? dates->dates.from : NULL;
    const Ast *to = from && dates->dates.to ? dates->dates.to : from;
    if (!from || from->kind != AST_LITERAL || to->kind != AST_LITERAL)
        return false;
    *away = (IrAway){.from = from->literal.value.i, .to = to->literal.value.i};
    return true;
}

static void lower_away(Lower *l, const Sym *sym, IrPerson *person)
{
    VEC(IrAway) all = {0};
    for (const Ast *item = sym->ast->person.items; item; item = item->next) {
        IrAway away;
        if (!away_days(item, &away))
            continue;
        if (away.from > away.to) {
            Diag *m = diag_add(l->diags, DIAG_E0524, item->prop.value->at, "this span of days ends before it begins");
            diag_hint(l->diags, m, "write the earlier date first");
        }
        away.place = lower_place(l, item->at);
        l->some_away = true;
        *VEC_PUSH(l->arena, &all) = away;
    }
    person->away = all.items;
    person->away_n = all.n;
}

/* A moment begins where the person works; where nobody says, as dates do in the whole file. */
static void lower_trained(Lower *l, const Sym *sym, IrPerson *person)
{
    const Ast *list = NULL;
    l->training_unsure |= lower_has_bad(sym->ast->person.items);
    VEC(IrTraining) all = {0};
    Map *seen = map_new(l->arena);
    for (const Ast *item = sym->ast->person.items; item && !list; item = item->next)
        if (item->kind == AST_PROP && item->prop.word == K_TRAINED)
            list = item->prop.value;
    const Zone *zone = lower_zone(l, person->calendar ? person->calendar : lower_only_calendar(l));
    for (const Ast *t = list; t; t = t->next) {
        const Sym *process = t->kind == AST_TRAINING
                           ? symbols_cases(&l->symbols, sym->prefix, t->training.process) : NULL;
        if (!process) {
            l->training_unsure = true;
            continue;
        }
        if (*map_slot(seen, process->name)) {
            Diag *m = diag_add(l->diags, DIAG_E0201, t->at, "%s is named as trained for %s twice", person->id,
                               process->name);
            diag_hint(l->diags, m, "once is enough: leave one of them out");
        }
        map_put(seen, process->name, (void *)t);
        const Ast *since = t->training.since;
        bool dated = since && since->kind == AST_LITERAL && since->literal.value.type == V_DATE;
        Instant from = dated ? zone_start_of(zone, since->literal.value.i) : INT64_MIN;
        *VEC_PUSH(l->arena, &all) = (IrTraining){process->name, from};
    }
    person->trained = all.items;
    person->trained_n = all.n;
}

static void lower_persons(Lower *l)
{
    IrProgram *p = l->symbols.program;
    uint32_t n = l->syms[SYM_PERSON].n;
    IrPerson *all = ARENA_ARRAY(l->arena, IrPerson, n);
    for (uint32_t i = 0; i < n; i++) {
        const Sym *sym = l->syms[SYM_PERSON].items[i];
        all[i].id = sym->name;
        all[i].place = lower_place(l, sym->at);
        lower_block(l);
        l->symbols.lost_clock |= lower_has_bad(sym->ast->person.items);
        for (const Ast *item = sym->ast->person.items; item; item = item->next) {
            bool away = item->kind == AST_PROP && item->prop.word == K_AWAY;
            if (item->kind == AST_PROP && !away && lower_once(l, item->prop.word, item->at))
                person_prop(l, sym, &all[i], item);
        }
        lower_away(l, sym, &all[i]);
        lower_trained(l, sym, &all[i]);
    }
    p->persons = all;
    p->persons_n = n;
}

/* ---- roles ------------------------------------------------------------------------------ */

static void role_people(Lower *l, Sym *sym, IrRole *role, const Ast *names)
{
    uint32_t n = 0;
    for (const Ast *name = names; name; name = name->next)
        n++;
    const char **people = ARENA_ARRAY(l->arena, const char *, n);
    Map *seen = map_new(l->arena);
    n = 0;
    for (const Ast *name = names; name; name = name->next) {
        const char *id = NULL;
        if (name->kind == AST_NAME) {
            const Sym *person = symbols_need(&l->symbols, SYM_PERSON, sym->prefix, name->name.name);
            id = person ? person->name : NULL;
            sym->unsure |= !person;
        } else if (name->kind == AST_LITERAL) {
            id = lower_text(l, name);
        }
        if (id && map_get(seen, id)) {
            Diag *m = diag_add(l->diags, DIAG_E0521, name->at, "%s is named twice here", id);
            diag_hint(l->diags, m, "keep one of the two");
        } else if (id) {
            map_put(seen, id, (void *)name);
            people[n++] = id;
            map_put(l->symbols.people, id, role);
        }
    }
    role->people = people;
    role->people_n = n;
}

int lower_per(Lower *l, Name per, const char *const *words, uint32_t n, const char *wanted, const char *hint)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(words[i], per.text) == 0)
            return (int)i;
    Diag *m = diag_add(l->diags, DIAG_E0543, per.at, "nothing is reckoned per %s: %s", per.text, wanted);
    if (!diag_nearest(l->diags, m, per.text, words, n))
        diag_hint(l->diags, m, "%s", hint);
    return -1;
}

/* Work is reckoned by the hour: a day's or month's worth depends on who works how long. */
static void role_cost(Lower *l, const Sym *sym, IrRole *role, const Ast *item)
{
    static const char *const words[] = {"hour", "minute"};
    const Ast *per = item->prop.extra;
    Expr x = lower_expr(l, EXPR_VALUES, l->symbols.unit, sym->prefix, NULL);
    role->cost = expr_constant(&x, item->prop.value, type_simple(TYPE_MONEY));
    lower_cost(l, item->prop.value, &role->cost);
    int unit = per && per->name.name.text
             ? lower_per(l, per->name.name, words, 2, "a role's work is reckoned by the hour",
                         "write it per hour: costs $300 / 8 per hour") : 0;
    if (unit == 1 && role->cost.type == V_MONEY && __builtin_mul_overflow(role->cost.i, 60, &role->cost.i))
        diag_hint(l->diags, diag_add(l->diags, DIAG_E0114, item->prop.value->at,
                                     "this amount is too large for an hour"),
                  "say what an hour costs: costs $38 per hour");
}

static void role_capacity(Lower *l, const Sym *sym, IrRole *role, const Ast *value)
{
    Expr x = lower_expr(l, EXPR_VALUES, l->symbols.unit, sym->prefix, NULL);
    Value v = expr_constant(&x, value, type_simple(TYPE_NUMBER));
    if (v.type != V_NUMBER)
        return;
    if (v.i >= DECIMAL_ONE && v.i % DECIMAL_ONE == 0) {
        role->capacity = (uint64_t)(v.i / DECIMAL_ONE);
        return;
    }
    Diag *m = diag_add(l->diags, DIAG_E0522, value->at, "a capacity is a whole number of cases, at least 1");
    diag_hint(l->diags, m, "write how many cases each of its people handles at once: capacity 5");
}

static void role_prop(Lower *l, Sym *sym, IrRole *role, const Ast *item)
{
    const Ast *value = item->prop.value;
    if (item->prop.word == K_PEOPLE) {
        role_people(l, sym, role, value);
    } else if (item->prop.word == K_WORKS) {
        role->calendar = calendar_named(l, sym, value);
    } else if (item->prop.word == K_WHY) {
        role->why = lower_words(l, value);
    } else if (item->prop.word == K_COSTS) {
        role_cost(l, sym, role, item);
    } else if (item->prop.word == K_CAPACITY) {
        role_capacity(l, sym, role, value);
    } else if (item->prop.word == K_REPORTS && value->kind == AST_NAME) {
        const Sym *above = symbols_need(&l->symbols, SYM_ROLE, sym->prefix, value->name.name);
        role->reports_to = above ? above->name : NULL;
    }
}

/* A role that names no calendar works as its people do, where they all work alike. */
static const char *peoples_calendar(const Lower *l, const IrRole *role)
{
    const char *calendar = NULL;
    for (uint32_t i = 0; i < role->people_n; i++) {
        const Sym *sym = map_get(l->symbols.of[SYM_PERSON], role->people[i]);
        const char *own = sym ? l->symbols.program->persons[sym->index].calendar : NULL;
        if (own && calendar && strcmp(own, calendar) != 0)
            return NULL;
        calendar = own ? own : calendar;
    }
    return calendar;
}

static void lower_roles(Lower *l)
{
    IrProgram *p = l->symbols.program;
    uint32_t n = l->syms[SYM_ROLE].n;
    IrRole *all = ARENA_ARRAY(l->arena, IrRole, n);
    l->symbols.people = map_new(l->arena);
    for (uint32_t i = 0; i < n; i++) {
        Sym *sym = l->syms[SYM_ROLE].items[i];
        all[i].name = sym->name;
        all[i].place = lower_place(l, sym->at);
        lower_block(l);
        l->symbols.lost_people |= lower_has_bad(sym->ast->role.items);
        l->symbols.lost_clock |= lower_has_bad(sym->ast->role.items);
        for (const Ast *item = sym->ast->role.items; item; item = item->next) {
            if (item->kind == AST_PROP && lower_once(l, item->prop.word, item->at))
                role_prop(l, sym, &all[i], item);
        }
        if (!all[i].calendar)
            all[i].calendar = peoples_calendar(l, &all[i]);
    }
    p->roles = all;
    p->roles_n = n;
}

/* ---- what all of them together show ------------------------------------------------------ */

static const Ast *line_of(const Ast *items, Word word)
{
    for (; items; items = items->next)
        if (items->kind == AST_PROP && items->prop.word == word)
            return items;
    return NULL;
}

/* "Sales reports to Board, which reports to Sales" */
static const char *circle_text(Lower *l, const Sym *first)
{
    const IrProgram *p = l->symbols.program;
    Buf b = {0};
    const char *name = first->name;
    do {
        const Sym *sym = map_get(l->symbols.of[SYM_ROLE], name);
        const char *above = p->roles[sym->index].reports_to;
        buf_printf(&b, "%s reports to %s", name == first->name ? name : ", which", above);
        name = above;
    } while (strcmp(name, first->name) != 0);
    const char *text = arena_dup(l->arena, buf_text(&b));
    buf_free(&b);
    return text;
}

/* Each circle is told once, at its first role in the order of declaration. */
static void check_circles(Lower *l)
{
    const IrProgram *p = l->symbols.program;
    uint32_t n = p->roles_n, *seen = ARENA_ARRAY(l->arena, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = i;
        while (at != IR_NONE && !seen[at]) {
            seen[at] = i + 1;
            const char *above = p->roles[at].reports_to;
            const Sym *sym = above ? map_get(l->symbols.of[SYM_ROLE], above) : NULL;
            at = sym ? sym->index : IR_NONE;
        }
        if (at == IR_NONE || seen[at] != i + 1)
            continue;
        const Sym *sym = l->syms[SYM_ROLE].items[at];
        Diag *m = diag_add(l->diags, DIAG_E0475, line_of(sym->ast->role.items, K_REPORTS)->at,
                           "nobody is above the others here: %s", circle_text(l, sym));
        diag_hint(l->diags, m, "let the highest of them report to nobody: take its `reports to` away");
    }
}

/* Who this name is: a person who is declared, or whom a role names. */
static const char *somebody(Lower *l, const char *prefix, Name name)
{
    if (name.text && !names_known(&l->symbols, SYM_PERSON, prefix, name.text) && map_get(l->symbols.people, name.text))
        return name.text;
    const Sym *sym = symbols_need(&l->symbols, SYM_PERSON, prefix, name);
    return sym ? sym->name : NULL;
}

/* The days on which both are away, or NULL. */
static const IrAway *away_then(const IrProgram *p, const char *id, const IrAway *days)
{
    const IrPerson *person = ir_person(p, id);
    for (uint32_t i = 0; person && i < person->away_n; i++)
        if (person->away[i].from <= days->to && person->away[i].to >= days->from)
            return &person->away[i];
    return NULL;
}

static void check_stand_in(Lower *l, const IrPerson *person, const IrAway *away, Span at)
{
    const IrAway *then = away_then(l->symbols.program, away->stand_in, away);
    char from[40], to[40];
    if (strcmp(away->stand_in, person->id) == 0) {
        Diag *m = diag_add(l->diags, DIAG_E0540, at, "%s cannot stand in for %s: that is the same person", person->id,
                           person->id);
        diag_hint(l->diags, m, "name somebody who is there on these days");
        return;
    }
    if (!then)
        return;
    from[date_print(from, then->from)] = to[date_print(to, then->to)] = 0;
    Diag *m = diag_add(l->diags, DIAG_E0541, at, "%s is away then, too: %s..%s", away->stand_in, from, to);
    diag_hint(l->diags, m, "name somebody who is there on these days");
}

static void lower_stand_ins(Lower *l)
{
    for (uint32_t i = 0; i < l->syms[SYM_PERSON].n; i++) {
        const Sym *sym = l->syms[SYM_PERSON].items[i];
        const IrPerson *person = &l->symbols.program->persons[i];
        IrAway *away = (IrAway *)(uintptr_t)person->away, days;
        for (const Ast *item = sym->ast->person.items; item; item = item->next) {
            if (!away_days(item, &days))
                continue;
            if (item->prop.extra)
                away->stand_in = somebody(l, sym->prefix, item->prop.extra->name.name);
            away++;
        }
    }
}

static void check_stand_ins(Lower *l)
{
    for (uint32_t i = 0; i < l->syms[SYM_PERSON].n; i++) {
        const IrPerson *person = &l->symbols.program->persons[i];
        const IrAway *away = person->away;
        for (const Ast *item = l->syms[SYM_PERSON].items[i]->ast->person.items; item; item = item->next) {
            IrAway days;
            if (!away_days(item, &days))
                continue;
            if (away->stand_in)
                check_stand_in(l, person, away, item->prop.extra->at);
            away++;
        }
    }
}

/* ---- logins --------------------------------------------------------------------------------- */

static void same_login(Lower *l, const Ast *line, const char *login, const char *other, Span first)
{
    Diag *m = diag_add(l->diags, DIAG_E0529, line->at, "\"%s\" is the login of %s, too: nobody could tell who types",
                       login, other);
    diag_hint(l->diags, m, "give each a login of their own; without one, a person's name is their login");
    lower_first(l, m, first);
}

/* Who says no login has the name for one, whether declared or known from a role alone. */
static void check_logins(Lower *l)
{
    const IrProgram *p = l->symbols.program;
    Map *taken = map_new(l->arena);
    for (uint32_t i = 0; i < p->persons_n; i++)
        if (!p->persons[i].login)
            map_put(taken, p->persons[i].id, l->syms[SYM_PERSON].items[i]);
    for (uint32_t i = 0; i < p->persons_n; i++) {
        const Sym *sym = l->syms[SYM_PERSON].items[i];
        const char *login = p->persons[i].login;
        const Ast *line = login ? line_of(sym->ast->person.items, K_LOGIN) : NULL;
        const Sym *other = login ? map_get(taken, login) : NULL;
        bool in_role = login && map_get(l->symbols.people, login) && !map_get(l->symbols.of[SYM_PERSON], login);
        if (line && (other || in_role))
            same_login(l, line, login, other ? other->name : login, other ? other->at : (Span){0});
        else if (login)
            map_put(taken, login, (void *)sym);
    }
}

void lower_people(Lower *l)
{
    lower_persons(l);
    lower_roles(l);
    check_logins(l);
    check_circles(l);
    lower_stand_ins(l);
    check_stand_ins(l);
}
