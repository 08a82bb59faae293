/* people.c -- whom a name means, and as whom somebody may act: see people.h. */
#include "cli/people.h"

#include "base/map.h"
#include "runtime/leave.h"

#include <string.h>

/* ---- who there is ------------------------------------------------------------------------ */

static void add(void *self, const char *person)
{
    Map *all = self;
    map_put(all, person, all);
}

static void add_of_file(const IrProgram *p, Map *all)
{
    for (uint32_t i = 0; i < p->persons_n; i++) add(all, p->persons[i].id);
    for (uint32_t i = 0; i < p->roles_n; i++)
        for (uint32_t k = 0; k < p->roles[i].people_n; k++) add(all, p->roles[i].people[k]);
}

static void add_of_value(const Value *v, Map *all)
{
    if (v->type == V_PERSON) add(all, v->text);
    for (uint32_t i = 0; v->type == V_LIST && i < v->len; i++) add_of_value(&v->list[i], all);
    for (uint32_t i = 0; v->type == V_RECORD && i < v->record->shape->n; i++) add_of_value(&v->record->fields[i], all);
}

static void add_of_vars(const Case *c, uint32_t act, Map *all)
{
    for (uint32_t i = 0; i < c->flow->vars_n; i++) {
        const Value *v = case_var(c, act, i);
        if (v) add_of_value(v, all);
    }
}

/* A rule that was computed from data (a table's row, say) is the only place where the case keeps the name. */
static void add_of_rule(const Value *who, Map *all)
{
    for (uint32_t i = 0; who->type == V_LIST && i < who->len; i++)
        if (strncmp(who->list[i].text, "person:", 7) == 0) add(all, who->list[i].text + 7);
}

static void add_of_case(const Case *c, const IrProgram *p, Map *all)
{
    add_of_vars(c, 0, all);
    for (uint32_t i = 0; i < c->did.n; i++) case_doers(c, p, &c->did.items[i], add, all);
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->locals) add_of_vars(c, a->id, all);
        if (a->state == ACT_OFFERED) add_of_rule(&a->list, all);
    }
}

static Status add_of_leaves(Session *s, Map *all, Error *err)
{
    Leaves given;
    if (!s->journal) return ST_OK;
    Status st = leaves_read(s->journal, s->arena, &given, err);
    for (uint32_t i = 0; st == ST_OK && i < given.n; i++) add(all, given.items[i].as);
    return st;
}

/* ", but that is the login of ann", or the nearest name; "" where nothing is near. */
static const char *who_is_meant(Session *s, const char *name, const Map *all)
{
    uint32_t n = map_count(all);
    const char **names = ARENA_ARRAY(s->arena, const char *, n);
    for (uint32_t i = 0; i < s->program->persons_n; i++) {
        const IrPerson *p = &s->program->persons[i];
        if (p->login && strcmp(p->login, name) == 0)
            return arena_printf(s->arena, ", but that is the login of %s", p->id);
    }
    for (uint32_t i = 0; i < n; i++) names[i] = map_key(all, i, NULL);
    return text_did_you_mean(s->arena, name, names, n);
}

const char *people_written(Arena *a, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const Value text = value_text(name);
    Buf b = {0};
    if (*name && !name[strspn(name, plain)] && (*name < '0' || *name > '9')) return name;
    value_print(&b, &text, STYLE_LANGUAGE, NULL);
    const char *written = buf_dup(&b, a);
    buf_free(&b);
    return written;
}

/* Where no name is near, as many are told as fit a line, and how one who is meant becomes somebody. */
static Status unknown(Session *s, const Case *of, const char *name, const Map *all, Error *err)
{
    enum { SHOWN = 8 };
    const char *where = of ? arena_printf(s->arena, " or case %llu", (unsigned long long)of->id) : "";
    const char *more = who_is_meant(s, name, all);
    uint32_t n = map_count(all);
    if (!*more) {
        for (uint32_t i = 0; i < n && i < SHOWN; i++)
            more = arena_printf(s->arena, "%s%s%s", more, i ? ", " : "; there is ", map_key(all, i, NULL));
        more = arena_printf(s->arena, "%s%s; a line `person %s <>` in the file makes them known", more,
                            n > SHOWN ? ", ..." : "", people_written(s->arena, name));
    }
    return fail(err, ST_NOTFOUND, "nobody in %s%s is called %s%s", s->program->file, where, name, more);
}

Status people_known(Session *s, const Case *of, const char *name, Error *err)
{
    Map *all = map_new(s->arena);
    add_of_file(s->program, all);
    if (of) add_of_case(of, s->program, all);
    Status st = add_of_leaves(s, all, err);
    if (st != ST_OK || map_get(all, name) || strcmp(name, s->person) == 0) return st;
    return unknown(s, of, name, all, err);
}

/* ---- who signs ----------------------------------------------------------------------------- */

static Status made_by(Session *s, const char **creator, bool *mine, Error *err)
{
    *creator = NULL;
    Status st = journal_noted(s->journal, s->arena, "creator", creator, err);
    *mine = *creator && strcmp(*creator, s->login) == 0;
    return st;
}

Status people_made_store(Session *s, bool *mine, Error *err)
{
    const char *creator;
    return made_by(s, &creator, mine, err);
}

struct Rights { const char *creator; bool mine, in_file; Leaves given; };

/* Read once: a file of answers asks for each of its lines. */
static Status rights_of(Session *s, const Rights **out, Error *err)
{
    *out = s->rights;
    if (s->rights) return ST_OK;
    Rights *r = ARENA_NEW(s->arena, Rights);
    Map *all = map_new(s->arena);
    *r = (Rights){0};
    add_of_file(s->program, all);
    r->in_file = map_get(all, s->person) != NULL;
    Status st = made_by(s, &r->creator, &r->mine, err);
    if (st == ST_OK && !r->mine) st = leaves_read(s->journal, s->arena, &r->given, err);
    if (st == ST_OK) *out = s->rights = r;
    return st;
}

/* Who made the store may act for others: it is theirs already. All else need leave. */
static Status may_act_as(Session *s, const Rights *r, const char *as, Error *err)
{
    if (r->mine || leaves_hold(&r->given, s->person, as)) return ST_OK;
    return fail(err, ST_REFUSED, "%s may not act as %s: %s, who made this store, or %s gives leave by `ops allow-as`",
                s->login, as, r->creator ? r->creator : "nobody", as);
}

const char *people_typist(Session *s, const char *as)
{
    const IrPerson *p = ir_person(s->program, as);
    bool is_theirs = p && p->login && strcmp(p->login, s->person) == 0;
    return is_theirs ? arena_printf(s->arena, IR_BARE_LOGIN "%s", s->login) : s->person;
}

static Status act_as(Session *s, const char *as, const char **login, Error *err)
{
    const Rights *r;
    *login = strcmp(s->login, s->person) != 0 ? s->login : NULL;
    if (strcmp(as, s->person) == 0) return ST_OK;
    *login = people_typist(s, as);
    Status st = rights_of(s, &r, err);
    return st == ST_OK ? may_act_as(s, r, as, err) : st;
}

Status people_act(Session *s, const char **person, const char **login, Error *err)
{
    *person = s->args->given[OPT_AS] ? s->args->value[OPT_AS] : s->person;
    return act_as(s, *person, login, err);
}

Status people_hand_in(void *self, const char *person, const char **login, Error *err)
{
    Session *s = self;
    const Rights *r;
    Status st = act_as(s, person, login, err);
    if (st == ST_OK) st = rights_of(s, &r, err);
    if (st == ST_OK && r->mine && !r->in_file) *login = NULL;
    return st;
}

Status people_sign(Session *s, const Case *of, const char **person, const char **login, Error *err)
{
    const char *as = s->args->given[OPT_AS] ? s->args->value[OPT_AS] : NULL;
    Status st = as ? people_known(s, of, as, err) : ST_OK;
    return st == ST_OK ? people_act(s, person, login, err) : st;
}
