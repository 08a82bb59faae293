/* engine_who.c -- who may do a step, and how many of several have done it.
 *
 * A rule is a list of texts (see ir.h). It has one way, or several where `or`
 * stands between counts: `any 2 of Board or Owner` is fulfilled by two of the
 * Board, or by the Owner alone. A way is named by the place of its opening
 * word in the list; all that is not counted is one way together.
 */
#include "runtime/engine_private.h"
#include "runtime/reads.h"

#include <string.h>

static bool in_role(const IrProgram *p, const char *role, const char *person)
{
    const IrRole *r = ir_role(p, role);
    for (uint32_t i = 0; r && i < r->people_n; i++)
        if (strcmp(r->people[i], person) == 0) return true;
    return false;
}

/* "(", "not(" ...; a name may end so, too, but stands behind a colon. */
static bool opens(const char *rule)
{
    size_t n = strlen(rule);
    return n && rule[n - 1] == '(' && !strchr(rule, ':');
}

/* ---- one person ------------------------------------------------------------------------------ */

enum { ANY_WAY = UINT32_MAX, PLAIN_WAY = UINT32_MAX - 1 };

/* A rule, and the moment for which it is asked. */
typedef struct Rule {
    const IrProgram *program;
    const Value *who;
    Instant when;
    uint32_t way;                      /* only this one lets people in: its place in the list, or one of the above */
} Rule;

static bool group_may(const Rule *r, uint32_t *at, const char *person, const char *login);

/* Is this person in the role to which a role reports that has one of those whom the rule at means? */
static bool manages(const Rule *r, uint32_t at, const char *person)
{
    const IrProgram *p = r->program;
    for (uint32_t i = 0; i < p->roles_n; i++) {
        const IrRole *below = &p->roles[i];
        if (!below->reports_to || !in_role(p, below->reports_to, person)) continue;
        for (uint32_t k = 0; k < below->people_n; k++) {
            uint32_t from = at;
            if (group_may(r, &from, below->people[k], NULL)) return true;
        }
    }
    return false;
}

/* Had they been trained by then for the process that stands at, as "for:NAME"? */
static bool was_trained(const Rule *r, uint32_t at, const char *person)
{
    const IrPerson *known = ir_person(r->program, person);
    const char *process = at < r->who->len ? r->who->list[at].text : "";
    for (uint32_t i = 0; known && i < known->trained_n; i++)
        if (strncmp(process, "for:", 4) == 0 && strcmp(known->trained[i].process, process + 4) == 0)
            return known->trained[i].since <= r->when;
    return false;
}

typedef struct Verdict { bool may, out; } Verdict;

/* A rule inside the rule, behind its opening word. */
static void group_inside(const Rule *r, uint32_t *at, const char *person, const char *login, Verdict *v)
{
    uint32_t opening = *at - 1, again = *at;
    const char *rule = r->who->list[opening].text;
    Rule all = *r;
    all.way = ANY_WAY;
    bool plain_way = r->way == ANY_WAY || r->way == PLAIN_WAY, counted = rule_counts(rule) != 0;
    if (strcmp(rule, "(") == 0 || strcmp(rule, "turn(") == 0) {      /* whose turn it is, says engine_fix_turns */
        v->may |= group_may(r, at, person, login);
    } else if (counted) {
        bool inner = group_may(&all, at, person, login);
        v->may |= inner && (r->way == ANY_WAY || r->way == opening);
    } else if (strcmp(rule, "not(") == 0) {
        v->out |= group_may(&all, at, person, NULL);
        v->out |= login && group_may(&all, &again, login, NULL);
    } else if (strcmp(rule, "trained(") == 0) {
        bool inner = group_may(&all, at, person, login);
        v->may |= inner && plain_way && was_trained(r, again, person);
    } else {
        if (strcmp(rule, "managers(") == 0 && plain_way) v->may |= manages(&all, again, person);
        (void)group_may(&all, at, person, NULL);
    }
}

/* One rule, up to its ")" or the end: whom it leaves out is left out of it only, and so is whomever the typist
 * (login, see ir_typist; NULL: nobody) acts for. */
static bool group_may(const Rule *r, uint32_t *at, const char *person, const char *login)
{
    const IrProgram *p = r->program;
    bool plain_way = r->way == ANY_WAY || r->way == PLAIN_WAY;
    Verdict v = {false, false};
    while (*at < r->who->len) {
        const char *rule = r->who->list[(*at)++].text;
        if (strcmp(rule, ")") == 0) break;
        if (opens(rule)) {
            group_inside(r, at, person, login, &v);
        } else if (strncmp(rule, "notrole:", 8) == 0) {
            v.out |= in_role(p, rule + 8, person);
        } else if (strncmp(rule, "not:", 4) == 0) {
            v.out |= strcmp(rule + 4, person) == 0 || (login && strcmp(rule + 4, login) == 0);
        } else if (strncmp(rule, "person:", 7) == 0) {
            v.may |= plain_way && strcmp(rule + 7, person) == 0;
        } else if (strncmp(rule, "role:", 5) == 0) {
            v.may |= plain_way && in_role(p, rule + 5, person);
        }
    }
    return v.may && !v.out;
}

static bool may_self(const Rule *r, const char *person, const char *login)
{
    uint32_t at = 0;
    return group_may(r, &at, person, login);
}

/* ---- who stands in ---------------------------------------------------------------------------- */

const IrAway *engine_away(const IrProgram *p, const char *person, Instant when)
{
    const IrPerson *known = ir_person(p, person);
    if (!known || !known->away_n) return NULL;
    const Calendar *own = known->calendar ? ir_calendar(p, known->calendar) : NULL;
    int64_t day = zone_date(own ? own->zone : ir_zone(p), when);
    for (uint32_t i = 0; i < known->away_n; i++)
        if (known->away[i].from <= day && day <= known->away[i].to) return &known->away[i];
    return NULL;
}

/* The absent one for whom this person may do it; NULL: there is none. Whoever is away stands in for nobody; and who
 * stands in must not be left out any more than the absent one. */
static const char *stands_for(const Rule *r, const char *person, const char *login)
{
    const IrProgram *p = r->program;
    for (uint32_t i = 0; i < p->persons_n; i++) {
        const char *absent = p->persons[i].id;
        const IrAway *away = p->persons[i].away_n ? engine_away(p, absent, r->when) : NULL;
        if (!away || !away->stand_in || strcmp(away->stand_in, person) != 0) continue;
        if (engine_away(p, person, r->when)) return NULL;
        if (may_self(r, absent, person) && (!login || may_self(r, absent, login))) return absent;
    }
    return NULL;
}

static bool may(const Rule *r, const char *person, const char *login)
{
    return may_self(r, person, login) || stands_for(r, person, login);
}

const char *engine_instead(const IrProgram *p, const Value *who, Instant when, const char *person, const char *login)
{
    const Rule r = {p, who, when, ANY_WAY};
    const char *typist = ir_typist(p, person, login);
    return !person || may_self(&r, person, typist) ? NULL : stands_for(&r, person, typist);
}

bool engine_may(const IrProgram *p, const Value *who, Instant when, const char *person)
{
    return engine_may_for(p, who, when, person, NULL);
}

bool engine_may_for(const IrProgram *p, const Value *who, Instant when, const char *person, const char *login)
{
    const Rule r = {p, who, when, ANY_WAY};
    return person && may(&r, person, ir_typist(p, person, login));
}

bool engine_excludes(const IrProgram *p, const Value *who, const char *person)
{
    for (uint32_t i = 0; person && i < who->len; i++) {
        const char *rule = who->list[i].text;
        const Rule r = {p, who, INSTANT_NEVER, ANY_WAY};
        uint32_t at = i + 1;
        if (strncmp(rule, "not:", 4) == 0 && strcmp(rule + 4, person) == 0) return true;
        if (strcmp(rule, "not(") == 0 && group_may(&r, &at, person, NULL)) return true;
    }
    return false;
}

typedef struct Doer { const char *person; bool found; } Doer;

static void is_doer(void *self, const char *person)
{
    Doer *d = self;
    d->found |= strcmp(d->person, person) == 0;
}

const char *engine_did_before(const Case *c, const IrProgram *p, uint32_t node, const char *person)
{
    for (uint32_t i = 0; person && i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        const char *step = c->flow->nodes[d->node].name;
        Doer doer = {person, false};
        if (node_asks_who_did(c->flow, node, step)) case_doers(c, p, d, is_doer, &doer);
        if (doer.found) return step;
    }
    return NULL;
}

const char *engine_left_out(const Case *c, const IrProgram *p, const Act *act, const Value *who, const char *person,
                            Arena *a)
{
    const char *step = act->undoes ? NULL : engine_did_before(c, p, act->node, person);
    if (!engine_excludes(p, who, person)) return NULL;
    return step ? arena_printf(a, "they did \"%s\", by themselves or for another", step) : "the step leaves them out";
}

/* ---- all of them --------------------------------------------------------------------------------- */

/* Of whom a rule speaks; each may come more than once. */
static void each_of(const IrRole *role, CasePerson *candidate, void *self)
{
    for (uint32_t i = 0; role && i < role->people_n; i++) candidate(self, role->people[i]);
}

/* Behind the group whose opening word stands ahead of this place. */
static uint32_t behind_group(const Value *who, uint32_t at)
{
    for (uint32_t depth = 1; at < who->len && depth; at++) {
        depth += opens(who->list[at].text);
        depth -= strcmp(who->list[at].text, ")") == 0;
    }
    return at;
}

/* Those to whom the roles of one of them report, whom the rule at means. */
static void each_manager(const Rule *r, uint32_t at, CasePerson *candidate, void *self)
{
    const IrProgram *p = r->program;
    for (uint32_t i = 0; i < p->roles_n; i++) {
        const IrRole *above = p->roles[i].reports_to ? ir_role(p, p->roles[i].reports_to) : NULL;
        for (uint32_t k = 0; above && k < above->people_n; k++)
            if (manages(r, at, above->people[k])) candidate(self, above->people[k]);
    }
}

/* Of whom it only says whose managers are meant, or who is left out, it does not speak. */
static void candidates(const IrProgram *p, const Value *who, CasePerson *candidate, void *self)
{
    const Rule r = {p, who, INSTANT_NEVER, ANY_WAY};
    for (uint32_t i = 0; i < who->len; i++) {
        const char *rule = who->list[i].text;
        bool managers = strcmp(rule, "managers(") == 0;
        if (strncmp(rule, "role:", 5) == 0) each_of(ir_role(p, rule + 5), candidate, self);
        if (strncmp(rule, "person:", 7) == 0) candidate(self, rule + 7);
        if (managers) each_manager(&r, i + 1, candidate, self);
        if (managers || strcmp(rule, "not(") == 0) i = behind_group(who, i + 1) - 1;
    }
}

typedef struct Eligible {
    Rule rule;
    Arena *arena;
    VEC(Value) people;
} Eligible;

static void add_one(Eligible *e, const char *person)
{
    for (uint32_t i = 0; i < e->people.n; i++)
        if (strcmp(e->people.items[i].text, person) == 0) return;
    if (may(&e->rule, person, NULL)) *VEC_PUSH(e->arena, &e->people) = value_person(arena_dup(e->arena, person));
}

/* And who stands in for them. */
static void add_eligible(void *self, const char *person)
{
    Eligible *e = self;
    const IrAway *away = engine_away(e->rule.program, person, e->rule.when);
    add_one(e, person);
    if (away && away->stand_in) add_one(e, away->stand_in);
}

static Value eligible(const Rule *r, Arena *a)
{
    Eligible e = {.rule = *r, .arena = a};
    candidates(r->program, r->who, add_eligible, &e);
    return value_list(e.people.items, e.people.n);
}

Value engine_eligible(const IrProgram *p, const Value *who, Instant when, Arena *a)
{
    return eligible(&(Rule){p, who, when, ANY_WAY}, a);
}

typedef struct Named { Arena *arena; VEC(Value) people; } Named;

static void add_named(void *self, const char *person)
{
    Named *n = self;
    for (uint32_t i = 0; i < n->people.n; i++)
        if (strcmp(n->people.items[i].text, person) == 0) return;
    *VEC_PUSH(n->arena, &n->people) = value_person(arena_dup(n->arena, person));
}

Value engine_named(const IrProgram *p, const Value *who, Arena *a)
{
    Named n = {.arena = a};
    candidates(p, who, add_named, &n);
    return value_list(n.people.items, n.people.n);
}

typedef struct Readers {
    const IrProgram *program;
    const Value *who;
    Instant when;
    const Manner *common;
    bool differ;
} Readers;

static void add_reader(void *self, const char *person)
{
    Readers *r = self;
    if (r->differ || !engine_may(r->program, r->who, r->when, person)) return;
    const Manner *own = ir_manner(r->program, person);
    r->differ = r->common && own != r->common;
    r->common = own;
}

/* Walks the rules, not the list of all who may: a role may be large, and most businesses read one language. */
const Manner *engine_manner(const IrProgram *p, const Value *who, Instant when)
{
    Readers r = {.program = p, .who = who, .when = when};
    bool any = false;
    for (uint32_t i = 0; i < p->persons_n; i++) any |= p->persons[i].language != NULL;
    if (any) candidates(p, who, add_reader, &r);
    return r.common && !r.differ ? r.common : manner_english();
}

/* ---- several ------------------------------------------------------------------------------------------ */

static uint32_t most_wanted(const Value *who)
{
    uint32_t most = 1;
    for (uint32_t i = 0; i < who->len; i++) {
        uint32_t n = rule_counts(who->list[i].text);
        if (n > most) most = n;
    }
    return most;
}

bool engine_several(const Value *who)
{
    for (uint32_t i = 0; i < who->len; i++)
        if (rule_counts(who->list[i].text)) return true;
    return false;
}

bool engine_apart(const Value *who)
{
    for (uint32_t i = 0; i < who->len; i++)
        if (strncmp(who->list[i].text, "apart ", 6) == 0 && rule_counts(who->list[i].text)) return true;
    return false;
}

/* The ways to fulfil a rule: the places of its counted groups, and whether anything else lets people in. */
typedef struct Ways { uint32_t n; uint32_t *at; } Ways;

static Ways ways_of(const Value *who, Arena *a)
{
    Ways w = {0, ARENA_ARRAY(a, uint32_t, who->len + 1)};
    bool plain = false;
    uint32_t inside = 0, depth = 0;        /* inside: how deep in a group that is one thing */
    for (uint32_t i = 0; i < who->len; i++) {
        const char *rule = who->list[i].text;
        bool open = opens(rule), close = strcmp(rule, ")") == 0;
        if (!inside && rule_counts(rule)) w.at[w.n++] = i;
        else if (!inside && !close && strcmp(rule, "(") != 0 && strncmp(rule, "not", 3) != 0) plain = true;
        if (close && inside && depth == inside) inside = 0;
        depth += open;
        depth -= close;
        if (open && !inside && strcmp(rule, "(") != 0) inside = depth;
    }
    if (plain) w.at[w.n++] = PLAIN_WAY;
    return w;
}

static bool counts_for(const Reply *a, uint32_t way)
{
    if (a->sides.type != V_LIST) return true;
    for (uint32_t i = 0; i < a->sides.len; i++)
        if (a->sides.list[i].i == value_integer(way).i) return true;
    return false;
}

static bool is_among(const IrProgram *p, const Reply *a, const char *person)
{
    const char *typist = ir_typist(p, a->person, a->login);
    return (a->person && strcmp(a->person, person) == 0) || (typist && strcmp(typist, person) == 0) ||
           (a->instead && strcmp(a->instead, person) == 0);
}

bool engine_answered(const Case *c, const IrProgram *p, const Act *act, const char *person)
{
    for (uint32_t i = 0; person && i < c->answers.n; i++)
        if (c->answers.items[i].act == act->id && is_among(p, &c->answers.items[i], person)) return true;
    return false;
}

Value engine_left(const Case *c, const IrProgram *p, const Act *act, const Value *who, Arena *a)
{
    uint32_t n = who->len, room = n;
    for (uint32_t i = 0; i < c->answers.n; i++) room += 3 * (c->answers.items[i].act == act->id);
    if (room == n) return *who;
    Value *rules = ARENA_ARRAY(a, Value, room);
    memcpy(rules, who->list, n * sizeof *rules);
    for (uint32_t i = 0; i < c->answers.n; i++) {
        const Reply *one = &c->answers.items[i];
        if (one->act != act->id) continue;
        const char *const people[] = {one->person, ir_typist(p, one->person, one->login), one->instead};
        for (size_t k = 0; k < 3; k++)
            if (people[k]) rules[n++] = value_text(arena_printf(a, "not:%s", people[k]));
    }
    return value_list(rules, n);
}

/* Of one way: how many are wanted, have answered, and said yes. */
typedef struct Count { uint32_t wanted, given, yes; } Count;

static Count count_way(const Case *c, const Act *act, const Value *who, uint32_t way)
{
    Count n = {.wanted = way == PLAIN_WAY ? 1 : rule_counts(who->list[way].text)};
    for (uint32_t i = 0; i < c->answers.n; i++) {
        const Reply *one = &c->answers.items[i];
        if (one->act != act->id || !counts_for(one, way)) continue;
        n.given++;
        n.yes += one->yes;
    }
    return n;
}

/* Do they not see yet what the others answered: have some still to? What is offered may wait for a step that is done
 * once more, or be an incident as it is offered anew. As the step ends, with the last answer, it is open for a moment
 * still: what undoing it needs may count them all. */
static bool is_unseen(const Case *c, const Act *act, Arena *a)
{
    bool asks = act->state == ACT_OFFERED || act->state == ACT_WAITING || act->state == ACT_INCIDENT;
    if (!asks || act->attempt || act->undoes || !engine_apart(&act->list)) return false;
    Ways ways = ways_of(&act->list, a);
    for (uint32_t i = 0; i < ways.n; i++) {
        Count n = count_way(c, act, &act->list, ways.at[i]);
        if (n.yes >= n.wanted) return false;
    }
    return true;
}

static bool has_ended(const Case *c, uint32_t act)
{
    for (uint32_t i = c->did.n; i-- > 0;)
        if (c->did.items[i].act == act) return c->did.items[i].how != EV_WITHDRAWN;
    return false;
}

bool engine_counts(const Case *c, uint32_t id, Arena *a)
{
    const Act *act = case_act(c, id);
    return act ? !is_unseen(c, act, a) : has_ended(c, id);
}

/* How many may still answer: whoever stands in for somebody has no voice besides theirs. */
static uint32_t voices(const Rule *r, Arena *a)
{
    Value named = engine_named(r->program, r->who, a);
    uint32_t n = 0;
    for (uint32_t i = 0; i < named.len; i++) n += may_self(r, named.list[i].text, NULL);
    return n;
}

/* How far a way has come is told of the one that lacks fewest, of those that can still be fulfilled. */
static void told_of_way(const Count *n, uint32_t had, bool possible, Tally *t)
{
    uint32_t lacks = n->wanted - (had < n->wanted ? had : n->wanted);
    bool better = !t->wanted || (possible && !t->possible) ||
                  (possible == t->possible && lacks < t->wanted - t->given);
    if (better) t->wanted = n->wanted, t->given = had, t->possible = possible;
}

/* Of one way: how far has it come, and can it still be fulfilled? Where some answer apart, a no looks like a yes until
 * all have answered. */
static void tally_way(const Case *c, const Act *act, const Rule *r, bool approval, Tally *t, Arena *a)
{
    Count n = count_way(c, act, r->who, r->way);
    bool apart = r->way != PLAIN_WAY && strncmp(r->who->list[r->way].text, "apart", 5) == 0, decided;
    bool fulfilled = n.yes >= n.wanted, unseen = n.given < n.wanted && engine_apart(r->who);
    uint32_t had = unseen ? n.given : n.yes, can = voices(r, a);
    if (apart || r->way == PLAIN_WAY) decided = n.given >= n.wanted;
    else decided = fulfilled || (approval && n.yes + can < n.wanted);
    told_of_way(&n, had, fulfilled || (had + can >= n.wanted && !(apart && decided)), t);
    t->fulfilled |= fulfilled;
    t->open |= !decided;
}

Tally engine_tally(const Case *c, const IrProgram *p, const Act *act, const Value *who, Instant when, Arena *a)
{
    const IrStep *s = &c->flow->steps[c->flow->nodes[act->node].a];
    Value left = engine_left(c, p, act, who, a);
    Ways ways = ways_of(who, a);
    Tally t = {.most = most_wanted(who)};
    for (uint32_t i = 0; i < ways.n; i++)
        tally_way(c, act, &(Rule){p, &left, when, ways.at[i]}, s->approve != CODE_NONE, &t, a);
    return t;
}

/* So many of these are there on that day. */
static uint32_t present(const IrProgram *p, const Value *people, Instant when)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < people->len; i++) n += !engine_away(p, people->list[i].text, when);
    return n;
}

bool engine_can_be_met(const IrProgram *p, const Value *who, Instant when, Arena *a)
{
    Ways ways = ways_of(who, a);
    for (uint32_t i = 0; i < ways.n; i++) {
        Value may = eligible(&(Rule){p, who, when, ways.at[i]}, a);
        uint32_t wanted = ways.at[i] == PLAIN_WAY ? 1 : rule_counts(who->list[ways.at[i]].text);
        if (present(p, &may, when) >= wanted) return true;
    }
    return false;
}

bool engine_can_end(const Case *c, const IrProgram *p, const Act *act, const Value *who, Instant when, Arena *a)
{
    Ways ways = ways_of(who, a);
    for (uint32_t i = 0; i < ways.n; i++) {
        Value may = eligible(&(Rule){p, who, when, ways.at[i]}, a);
        Count n = count_way(c, act, who, ways.at[i]);
        uint32_t had = engine_apart(who) ? n.given : n.yes, wanted = act->undoes ? 1 : n.wanted;
        if (present(p, &may, when) + had >= wanted) return true;
    }
    return false;
}

uint32_t engine_wanted_least(const Value *who, Arena *a)
{
    Ways ways = ways_of(who, a);
    uint32_t least = 0;
    for (uint32_t i = 0; i < ways.n; i++) {
        uint32_t wanted = ways.at[i] == PLAIN_WAY ? 1 : rule_counts(who->list[ways.at[i]].text);
        if (!least || wanted < least) least = wanted;
    }
    return least ? least : 1;
}

Value engine_sides(const IrProgram *p, const Value *who, Instant when, const char *person, const char *login, Arena *a)
{
    Ways ways = ways_of(who, a);
    uint32_t n = 0;
    const char *typist = ir_typist(p, person, login);
    if (ways.n < 2) return VALUE_NONE;
    Value *sides = ARENA_ARRAY(a, Value, ways.n);
    for (uint32_t i = 0; i < ways.n; i++)
        if (may(&(Rule){p, who, when, ways.at[i]}, person, typist)) sides[n++] = value_integer(ways.at[i]);
    return value_list(sides, n);
}

const char *engine_holder(const IrProgram *p, const Act *act, const Value *who, Instant when)
{
    return act->holder && engine_may(p, who, when, act->holder) ? act->holder : NULL;
}

bool engine_holds(const IrProgram *p, const Act *act, const Value *who, Instant when, const char *person)
{
    const char *holder = engine_holder(p, act, who, when);
    if (!holder || !person || strcmp(holder, person) == 0) return true;
    const IrAway *away = engine_away(p, holder, when);
    return away && away->stand_in && strcmp(away->stand_in, person) == 0;
}
