/* needs_load.c -- have people the hours for their work?
 *
 * How many cases there are, needs_volume.c knows; how long a step lasts, `lasts`
 * says. Both together are the work of those who may do the step; what hours they
 * have, needs_hours.c knows. People are overloaded where even the least work is
 * too much, whoever of them does what; they are not where the most fits. In
 * between, and where something is not stated, it cannot be judged, and the
 * report says why.
 *
 * A scenario asks what would be. Its answer is shown, and is no need.
 */
#include "analysis/needs_private.h"

#include <string.h>

enum { SUPPOSED_MOST = 10000 };        /* people that a scenario supposes, of one role */

/* ---- who does the same steps ------------------------------------------------------------------ */

/* "3 of Panel": those who do each of these steps apart have work of a kind of its own, no one of them can do it all. */
static const char *name_of(Arena *a, const NeedsWho *who, uint32_t apart)
{
    Buf b = {0};
    for (uint32_t i = 0; i < who->roles.items.n; i++)
        buf_printf(&b, "%s%s", b.n ? " or " : "", who->roles.items.items[i]);
    for (uint32_t i = 0; i < who->people.items.n; i++)
        buf_printf(&b, "%s%s", b.n ? " or " : "", who->people.items.items[i]);
    const char *text = apart > 1 ? arena_printf(a, "%u of %s", apart, buf_text(&b)) : buf_dup(&b, a);
    buf_free(&b);
    return text;
}

/* How many the scenario says that a role has; else those whom the file names. */
static void add_staff(const Groups *groups, Group *g, const IrRole *role)
{
    Arena *a = groups->w->arena;
    const IrScenario *s = groups->scenario;
    uint64_t n = role->people_n;
    for (uint32_t i = 0; s && i < s->staff_n; i++)
        if (strcmp(s->staff[i].role, role->name) == 0) n = s->staff[i].people;
    for (uint32_t i = 0; i < n && i < role->people_n; i++) needs_add_text(a, &g->people, role->people[i]);
    for (uint64_t i = role->people_n; i < n && i < SUPPOSED_MOST; i++)
        needs_add_text(a, &g->people, arena_printf(a, "%s %llu", role->name, (unsigned long long)i + 1));
}

static void add_role(const Groups *groups, Group *g, const IrRole *role)
{
    uint64_t at_once = role->capacity ? role->capacity : 1;
    add_staff(groups, g, role);
    if (!g->role) g->role = role;
    if (!g->fewest_at_once || at_once < g->fewest_at_once) g->fewest_at_once = at_once;
    if (at_once > g->most_at_once) g->most_at_once = at_once;
}

static void add_joiners(const Groups *groups, Group *g, const IrFlow *f, const IrStep *step)
{
    g->anybody_joins |= !needs_joiners(groups->w, f, step, &g->may);
    if (g->anybody_joins || g->may.items.n > g->people.items.n)
        needs_add_text(groups->w->arena, &g->between, "how much those do of it who join when it takes long");
}

static Group *group_of(Groups *groups, const IrFlow *f, const IrStep *step)
{
    Arena *a = groups->w->arena;
    NeedsWho who;
    if (!needs_who(groups->w, f, step, &who)) return NULL;
    uint32_t apart = who.least == who.most ? who.least : 1;
    const char *name = name_of(a, &who, apart);
    void **slot = map_slot(groups->by_name, name);
    if (*slot) {
        add_joiners(groups, *slot, f, step);
        return *slot;
    }
    Group *g = ARENA_NEW(a, Group);
    *g = (Group){.name = name, .apart = apart};
    for (uint32_t i = 0; i < who.roles.items.n; i++) {
        const IrRole *role = ir_role(groups->w->program, who.roles.items.items[i]);
        if (role) add_role(groups, g, role);
    }
    needs_add_texts(a, &g->people, &who.people);
    if (!g->fewest_at_once || who.people.items.n) g->fewest_at_once = 1;
    if (!g->most_at_once) g->most_at_once = 1;
    needs_add_texts(a, &g->may, &g->people);
    add_joiners(groups, g, f, step);
    *slot = g;
    return *VEC_PUSH(a, &groups->all) = g;
}

/* ---- how long steps last -------------------------------------------------------------------------- */

/* The middle of what is said, or -1: of a distribution its mean. Many cases come near to it. */
static int64_t middle(const IrUnit *u, uint8_t spread, const Code *values, uint32_t values_n)
{
    int64_t sum = 0;
    uint32_t n = spread == SPREAD_RANGE ? values_n : values_n > 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t word = u->code[values[i]];
        const Value *v = IR_INSTRUCTION_OP(word) == IR_CONST ? &u->consts[IR_INSTRUCTION_OPERAND(word)] : NULL;
        if (!v || v->type != V_DURATION || (v->aux != DUR_CLOCK && v->aux != DUR_BUSINESS_TIME)) return -1;
        sum = needs_plus(sum, v->aux == DUR_CLOCK ? v->i : v->business->amount);
    }
    return n ? sum / n : -1;
}

static int64_t lasts(const Groups *groups, const IrProcess *p, const IrStep *step)
{
    const IrScenario *s = groups->scenario;
    for (uint32_t i = 0; s && i < s->assumptions_n; i++) {
        const IrAssumption *a = &s->assumptions[i];
        if (a->lasts && strcmp(a->process, p->name) == 0 && strcmp(a->name, step->name) == 0)
            return middle(&groups->w->program->unit, a->spread, a->values, a->values_n);
    }
    return middle(&p->flow->unit, step->spread, step->lasts, step->lasts_n);
}

typedef struct StepWalk {
    const Groups *groups;
    Group *group, **of_step;
    const Volume *volume;
} StepWalk;

/* A length that is missing is a gap where all else is known, for then it alone keeps one from judging. */
static void length_missing(Walk *k, const IrStep *step, const StepWalk *s)
{
    const IrProcess *p = k->process;
    if (!s->groups->scenario && !s->volume->unknown && step->spread != SPREAD_HISTORY) {
        Gap *gap = needs_gap(k->w, p->system, NEED_LOAD, p->flow->nodes[step->node].place);
        gap->process = p->name, gap->step = step->name;
        gap->text = "how long it lasts is not said, so nobody knows whether there are hours for it";
        gap->write = "lasts 10m..30m";
    }
    needs_add_text(k->w->arena, &s->group->missing,
                   arena_printf(k->w->arena, "how long \"%s\" of %s lasts", step->name, p->name));
}

/* What a step is for all who do it together. Who handles several cases at once spends a part of the time on each. */
static Bounds weigh_step(Walk *k, uint32_t node)
{
    const IrFlow *f = k->process->flow;
    const StepWalk *s = k->what;
    const Group *g = s->group;
    if (f->nodes[node].op != IRN_STEP || s->of_step[f->nodes[node].a] != g) return (Bounds){0, NEVER, 0, false};
    const IrStep *step = &f->steps[f->nodes[node].a];
    int64_t length = lasts(s->groups, k->process, step);
    if (length < 0) {
        length_missing(k, step, s);
        return (Bounds){0, NEVER, 0, true};
    }
    NeedsWho who;
    (void)needs_who(k->w, f, step, &who);
    if (who.least != who.most || g->fewest_at_once != g->most_at_once)
        needs_add_text(k->w->arena, &s->group->between,
                       arena_printf(k->w->arena, "who of them does \"%s\" of %s", step->name, k->process->name));
    int64_t least = needs_times(length / (int64_t)g->most_at_once, who.least);
    return (Bounds){least, NEVER, needs_times(length / (int64_t)g->fewest_at_once, who.most), false};
}

static void group_missing(Walk *k, const char *what)
{
    const StepWalk *s = k->what;
    needs_add_text(k->w->arena, &s->group->missing, what);
}

/* The work that the cases of a process make for the group. */
static void add_work(Groups *groups, Group *g, uint32_t process)
{
    NeedsWork *w = groups->w;
    const Volume *volume = &groups->volumes[process];
    StepWalk s = {groups, g, groups->of_step[process], volume};
    Walk k = {w, &w->program->processes[process], weigh_step, group_missing, &s};
    Bounds b = needs_walk(&k);
    g->least = needs_plus(g->least, needs_times(needs_at_least(b), volume->least));
    g->most = needs_plus(g->most, needs_times(b.most, volume->most));
    g->unknown |= b.unknown;
    if (!b.most && !b.unknown) return;
    needs_add_texts(w->arena, &g->between, &volume->between);
    if (!volume->unknown) return;
    g->unknown = true;
    needs_add_texts(w->arena, &g->missing, &volume->missing);
}

/* ---- all of it --------------------------------------------------------------------------------------- */

static void find_groups(Groups *groups)
{
    NeedsWork *w = groups->w;
    const IrProgram *p = w->program;
    groups->by_name = map_new(w->arena);
    groups->of_step = ARENA_ARRAY(w->arena, Group **, p->processes_n);
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrFlow *f = p->processes[i].flow;
        if (!needs_begins(&p->processes[i])) continue;
        groups->of_step[i] = ARENA_ARRAY(w->arena, Group *, f->steps_n);
        for (uint32_t k = 0; k < f->steps_n; k++) groups->of_step[i][k] = group_of(groups, f, &f->steps[k]);
    }
}

static void find_work(Groups *groups)
{
    for (uint32_t i = 0; i < groups->w->program->processes_n; i++) {
        const IrFlow *f = groups->w->program->processes[i].flow;
        Group **of = groups->of_step[i];
        for (uint32_t k = 0; of && k < f->steps_n; k++) {
            bool before = false;
            for (uint32_t other = 0; other < k; other++) before |= of[other] == of[k];
            if (of[k] && !before) add_work(groups, of[k], i);
        }
    }
}

static bool share_people(const Group *a, const Group *b)
{
    for (uint32_t i = 0; i < a->people.items.n; i++)
        for (uint32_t k = 0; k < b->people.items.n; k++)
            if (strcmp(a->people.items.items[i], b->people.items.items[k]) == 0) return true;
    return false;
}

/* Of what cannot be said of others, all that shares people is uncertain, too. */
static void spread_unknown(Groups *groups)
{
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < groups->all.n; i++) {
            Group *g = groups->all.items[i];
            for (uint32_t k = 0; !g->unknown && k < groups->all.n; k++) {
                const Group *other = groups->all.items[k];
                if (!other->unknown || !share_people(g, other)) continue;
                g->unknown = more = true;
                needs_add_text(groups->w->arena, &g->missing,
                               arena_printf(groups->w->arena, "how much its people do as %s", other->name));
            }
        }
    }
}

static IrPlace place_of(const NeedsWork *w, const Group *g)
{
    const IrPerson *person = g->role || !g->people.items.n ? NULL : ir_person(w->program, g->people.items.items[0]);
    return g->role ? g->role->place : person ? person->place : (IrPlace){w->program->file, 1, 1};
}

static const char *hours_text(Arena *a, int64_t micros)
{
    int64_t tenths = micros / (US_HOUR / 10);
    return tenths % 10 ? arena_printf(a, "%lld.%lld h", (long long)(tenths / 10), (long long)(tenths % 10))
                       : arena_printf(a, "%lld h", (long long)(tenths / 10));
}

/* Of what each of them has to do apart, one has no hours for a share. */
static const char *too_much_for_one(NeedsWork *w, const Group *g)
{
    int64_t share = g->least / g->apart;
    for (uint32_t i = 0; g->apart > 1 && g->apart == g->people.items.n && i < g->people.items.n; i++) {
        int64_t hours = needs_hours(w, g, g->people.items.items[i], false);
        if (hours >= share) continue;
        return arena_printf(w->arena, "%s: each has at least %s of work a week, and %s has %s open", g->name,
                            hours_text(w->arena, share / WEEKS), g->people.items.items[i],
                            hours_text(w->arena, hours / WEEKS));
    }
    return NULL;
}

static void tell_overloaded(NeedsWork *w, const Group *g, int64_t open)
{
    Gap *gap = needs_gap(w, IR_NONE, NEED_LOAD, place_of(w, g));
    const char *one = too_much_for_one(w, g);
    bool alone = g->least / WEEKS > open;
    gap->text = one ? one : arena_printf(w->arena, "%s: at least %s of work a week, and %s are open%s", g->name,
                                         hours_text(w->arena, g->least / WEEKS), hours_text(w->arena, open),
                                         alone ? "" : ", for other work, too");
    gap->write = "another one in `people`, or another role in `who`";
}

/* Which groups have more than fits, by the least; and by the most, which of them might. */
static void judge(Groups *groups, bool *over, bool *perhaps)
{
    Hours *least = needs_hours_of(groups, false), *most = needs_hours_of(groups, true);
    spread_unknown(groups);
    for (uint32_t i = 0; i < groups->all.n; i++) {
        const Group *g = groups->all.items[i];
        (void)needs_fits(least, i, g->anybody_joins ? 0 : g->least, over);
        if (!g->unknown) (void)needs_fits(most, i, g->most, perhaps);
    }
}

/* A week's hours of all these of its people, or -1. */
static int64_t open_hours(const NeedsWork *w, const Group *g, const Texts *people)
{
    int64_t open = 0;
    for (uint32_t i = 0; i < people->items.n; i++) {
        int64_t hours = needs_hours(w, g, people->items.items[i], false);
        if (hours == NEVER) return -1;
        open += hours / WEEKS;
    }
    return open;
}

/* A scenario's load is none of the needs. */
static void count_load(Groups *groups, Group *g, const Load *load)
{
    NeedsWork *w = groups->w;
    bool either = !load->over && !load->fits && !g->unknown;
    const char *else_why = g->least == g->most ? "how much else its people do"
        : "how often the longer way of an `if` is gone";
    if (either && g->between.items.n) needs_add_texts(w->arena, &g->missing, &g->between);
    else if (either) needs_add_text(w->arena, &g->missing, else_why);
    if (groups->scenario) return;
    if (load->over) tell_overloaded(w, g, load->open);
    else if (load->fits) needs_met(w, IR_NONE);
}

static Load load_of(Groups *groups, Group *g, bool over, bool perhaps)
{
    Load load = {.who = g->name,
                 .least = g->least / WEEKS,
                 .most = g->unknown || g->most == NEVER ? -1 : g->most / WEEKS,
                 .open = open_hours(groups->w, g, over ? &g->may : &g->people),
                 .over = over,
                 .fits = !over && !perhaps && !g->unknown};
    count_load(groups, g, &load);
    load.missing = g->missing.items.items, load.missing_n = g->missing.items.n;
    return load;
}

const Load *needs_loads(NeedsWork *w, const IrScenario *scenario, uint32_t *n)
{
    Groups groups = {.w = w, .scenario = scenario, .volumes = needs_volumes(w, scenario)};
    VEC(Load) loads = {0};
    find_groups(&groups);
    find_work(&groups);
    bool *over = ARENA_ARRAY(w->arena, bool, groups.all.n), *perhaps = ARENA_ARRAY(w->arena, bool, groups.all.n);
    judge(&groups, over, perhaps);
    for (uint32_t i = 0; i < groups.all.n; i++)
        *VEC_PUSH(w->arena, &loads) = load_of(&groups, groups.all.items[i], over[i], perhaps[i]);
    *n = loads.n;
    return loads.items;
}
