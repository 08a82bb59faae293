/* needs_load.c -- have people the hours for their work?
 *
 * How many cases there are, needs_volume.c knows; how long a step lasts, `lasts`
 * says. Both together are the work of those who may do the step; what hours they
 * have, their calendars say. People are overloaded where even the least work is
 * too much, whoever of them does what; they are not where the most fits. In
 * between, and where something is not stated, it cannot be judged, and the
 * report says why.
 */
#include "analysis/needs_private.h"

#include <string.h>

/* ---- who does the same steps ------------------------------------------------------------------ */

typedef struct Group {
    const char *name;                  /* "Sales or Owner" */
    Texts people;
    const char *calendar;              /* of its first role */
    int64_t least, most;               /* a year */
    bool unknown, gap;
    Texts missing;
} Group;

typedef struct Groups {
    NeedsWork *w;
    const Volume *volumes;             /* by process */
    VEC(Group *) all;
    Map *by_name;
    Group ***of_step;                  /* by process and step; NULL: data say who, or nobody does it */
} Groups;

typedef struct Who { Texts roles, people; bool open; } Who;     /* open: data say who */

enum { WHO_DEEPEST = 64 };             /* as the stack of expressions */
typedef struct WhoStack {
    Arena *arena;
    Who items[WHO_DEEPEST];
    uint32_t joins[WHO_DEEPEST];       /* where the ways of an `if` meet */
    uint32_t n, joins_n;
    bool lost;
} WhoStack;

static void who_push(WhoStack *s, Who who)
{
    if (s->n < WHO_DEEPEST) s->items[s->n++] = who;
    else s->lost = true;
}

static void add_texts(Arena *a, Texts *to, const Texts *more)
{
    for (uint32_t i = 0; i < more->items.n; i++) needs_add_text(a, to, more->items.items[i]);
}

static void who_or(WhoStack *s)
{
    if (s->n < 2) {
        s->lost = true;
        return;
    }
    Who *left = &s->items[s->n - 2], *right = &s->items[--s->n];
    add_texts(s->arena, &left->roles, &right->roles);
    add_texts(s->arena, &left->people, &right->people);
    left->open |= right->open;
}

/* One instruction of a rule; named: the text or person that the one before pushed, or NULL. What is left out by
 * `except` is not looked at: with more people there is rather enough time. */
static void who_step(WhoStack *s, const IrUnit *u, uint32_t at, const char *named)
{
    uint32_t x = IR_INSTRUCTION_OPERAND(u->code[at]);
    Who who = {0};
    switch (IR_INSTRUCTION_OP(u->code[at])) {
    case IR_ROLE:
        needs_add_text(s->arena, &who.roles, u->names[x]);
        who_push(s, who);
        break;
    case IR_PERSON:
        if (named) needs_add_text(s->arena, &who.people, named);
        who.open = !named;
        who_push(s, who);
        break;
    case IR_WHO_OR: who_or(s); break;
    case IR_WHO_EXCEPT: s->n -= s->n > 1; break;
    case IR_WHO_MANAGERS:                      /* whose, the case shows */
        if (s->n) s->items[s->n - 1] = (Who){.open = true};
        break;
    case IR_JUMP:
        if (s->joins_n < WHO_DEEPEST) s->joins[s->joins_n++] = x;
        else s->lost = true;
        break;
    default: break;
    }
}

/* Who may do it, whatever the case; false where data say who. */
static bool read_who(const IrUnit *u, Code code, Who *who, Arena *a)
{
    WhoStack s = {.arena = a};
    const char *named = NULL;
    for (uint32_t i = code, end = code + ir_code_length(u, code); i < end && !s.lost; i++) {
        while (s.joins_n && s.joins[s.joins_n - 1] == i) s.joins_n--, who_or(&s);
        who_step(&s, u, i, named);
        bool constant = IR_INSTRUCTION_OP(u->code[i]) == IR_CONST;
        const Value *v = constant ? &u->consts[IR_INSTRUCTION_OPERAND(u->code[i])] : NULL;
        named = v && (v->type == V_TEXT || v->type == V_PERSON) ? v->text : NULL;
    }
    if (s.n) *who = s.items[s.n - 1];
    return s.n == 1 && !s.lost && !who->open;
}

static const char *joined(Arena *a, const Texts *first, const Texts *second)
{
    Buf b = {0};
    for (uint32_t i = 0; i < first->items.n; i++) buf_printf(&b, "%s%s", b.n ? " or " : "", first->items.items[i]);
    for (uint32_t i = 0; i < second->items.n; i++) buf_printf(&b, "%s%s", b.n ? " or " : "", second->items.items[i]);
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

static Group *group_of(Groups *groups, const IrUnit *u, Code who)
{
    Arena *a = groups->w->arena;
    Who may = {0};
    if (who == CODE_NONE || !read_who(u, who, &may, a)) return NULL;
    Group read = {.name = joined(a, &may.roles, &may.people), .people = may.people};
    void **slot = map_slot(groups->by_name, read.name);
    if (*slot) return *slot;
    for (uint32_t i = 0; i < may.roles.items.n; i++) {
        const IrRole *role = ir_role(groups->w->program, may.roles.items.items[i]);
        for (uint32_t k = 0; role && k < role->people_n; k++) needs_add_text(a, &read.people, role->people[k]);
        if (role && !read.calendar) read.calendar = role->calendar;
    }
    Group *g = ARENA_NEW(a, Group);
    *g = read;
    *slot = g;
    return *VEC_PUSH(a, &groups->all) = g;
}

/* ---- how long steps last -------------------------------------------------------------------------- */

/* So many people do the step at least, each for themselves: what `any 2 of` and `3 of` want, whatever the case. */
static uint32_t doers(const IrFlow *f, const IrStep *step)
{
    uint32_t n = 1;
    const uint32_t *code = f->unit.code;
    for (uint32_t i = step->who, end = i + ir_code_length(&f->unit, i); i < end; i++) {
        uint8_t op = IR_INSTRUCTION_OP(code[i]);
        if (op == IR_UNLESS || op == IR_WHO_OR) return 1;
        if (op == IR_WHO_ANY || op == IR_WHO_APART) n = IR_INSTRUCTION_OPERAND(code[i]);
    }
    return n;
}

/* The middle of what it says, or -1: of a distribution its mean. Many cases come near to it. */
static int64_t lasts(const IrFlow *f, const IrStep *step)
{
    int64_t sum = 0;
    uint32_t n = step->spread == SPREAD_RANGE ? step->lasts_n : step->lasts_n > 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t word = f->unit.code[step->lasts[i]];
        const Value *v = IR_INSTRUCTION_OP(word) == IR_CONST ? &f->unit.consts[IR_INSTRUCTION_OPERAND(word)] : NULL;
        if (!v || v->type != V_DURATION || (v->aux != DUR_CLOCK && v->aux != DUR_BUSINESS_TIME)) return -1;
        sum = needs_plus(sum, v->aux == DUR_CLOCK ? v->i : v->business->amount);
    }
    return n ? sum / n : -1;
}

typedef struct StepWalk {
    Group *group, **of_step;
    const Volume *volume;
} StepWalk;

/* A length that is missing is a gap where all else is known, for then it alone keeps one from judging. */
static void length_missing(Walk *k, const IrStep *step, const StepWalk *s)
{
    const IrProcess *p = k->process;
    if (!s->volume->unknown && step->spread != SPREAD_HISTORY) {
        Gap *gap = needs_gap(k->w, p->system, NEED_LOAD, p->flow->nodes[step->node].place);
        gap->process = p->name, gap->step = step->name;
        gap->text = "how long it lasts is not said, so nobody knows whether there are hours for it";
        gap->write = "lasts 10m..30m";
        s->group->gap = true;
    }
    needs_add_text(k->w->arena, &s->group->missing,
                   arena_printf(k->w->arena, "how long \"%s\" of %s lasts", step->name, p->name));
}

static Bounds weigh_step(Walk *k, uint32_t node)
{
    const IrFlow *f = k->process->flow;
    const StepWalk *s = k->what;
    const Bounds nothing = {0, NEVER, 0, false};
    if (f->nodes[node].op != IRN_STEP) return nothing;
    const IrStep *step = &f->steps[f->nodes[node].a];
    if (s->of_step[f->nodes[node].a] != s->group) return nothing;
    int64_t length = lasts(f, step);
    for (uint32_t i = 1, n = length > 0 ? doers(f, step) : 0; i < n; i++) length = needs_plus(length, lasts(f, step));
    if (length >= 0) return (Bounds){length, NEVER, length, false};
    length_missing(k, step, s);
    return (Bounds){0, NEVER, 0, true};
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
    StepWalk s = {g, groups->of_step[process], volume};
    Walk k = {w, &w->program->processes[process], weigh_step, group_missing, &s};
    Bounds b = needs_walk(&k);
    g->least = needs_plus(g->least, needs_times(needs_at_least(b), volume->least));
    g->most = needs_plus(g->most, needs_times(b.most, volume->most));
    g->unknown |= b.unknown;
    if (!volume->unknown || (!b.most && !b.unknown)) return;
    g->unknown = true;
    add_texts(w->arena, &g->missing, &volume->missing);
}

/* ---- who does how much: a flow from the work to the people ------------------------------------------ */

typedef struct Hours {
    const Groups *groups;
    Map *people;                       /* name -> its number + 1 */
    int64_t *left;                     /* by person: hours that are free, or NEVER: nobody knows how many */
    int64_t *given;                    /* by group and person */
    bool *seen;                        /* groups, in one search */
    uint32_t people_n;
} Hours;

static uint32_t person_number(const Hours *h, const char *name)
{
    return (uint32_t)(uintptr_t)map_get(h->people, name) - 1;
}

/* Finds somebody of the group who has time, or who could hand work to another group's; moves at most `want`. */
static int64_t give(Hours *h, uint32_t group, int64_t want)
{
    const Group *g = h->groups->all.items[group];
    if (h->seen[group]) return 0;
    h->seen[group] = true;
    for (uint32_t i = 0; i < g->people.items.n; i++) {
        uint32_t person = person_number(h, g->people.items.items[i]);
        int64_t moved = needs_less(want, h->left[person]);
        for (uint32_t other = 0; moved == 0 && other < h->groups->all.n; other++) {
            int64_t *theirs = &h->given[(size_t)other * h->people_n + person];
            if (other == group || !*theirs) continue;
            moved = give(h, other, needs_less(want, *theirs));
            *theirs -= moved;
            if (h->left[person] != NEVER) h->left[person] += moved;
        }
        if (!moved) continue;
        h->given[(size_t)group * h->people_n + person] += moved;
        if (h->left[person] != NEVER) h->left[person] -= moved;
        return moved;
    }
    return 0;
}

/* Gives all this work to people; false, with the groups in question in seen, where it does not fit. */
static bool fits(Hours *h, uint32_t group, int64_t work)
{
    while (work > 0) {
        memset(h->seen, 0, h->groups->all.n * sizeof *h->seen);
        int64_t moved = give(h, group, work);
        if (!moved) return false;
        work -= moved;
    }
    return true;
}

static const Calendar *calendar_of(const NeedsWork *w, const Group *g, const char *name)
{
    const IrPerson *person = ir_person(w->program, name);
    const char *calendar = person && person->calendar ? person->calendar : g->calendar;
    if (!calendar && w->program->calendars_n == 1) return &w->program->calendars[0];
    return calendar ? ir_calendar(w->program, calendar) : NULL;
}

/* tell: those whose hours nobody knows are noted as missing. */
static Hours hours_of(const Groups *groups, bool tell)
{
    NeedsWork *w = groups->w;
    Hours h = {.groups = groups, .people = map_new(w->arena)};
    VEC(int64_t) left = {0};
    for (uint32_t i = 0; i < groups->all.n; i++) {
        Group *g = groups->all.items[i];
        for (uint32_t k = 0; k < g->people.items.n; k++) {
            const char *name = g->people.items.items[k];
            const Calendar *c = calendar_of(w, g, name);
            if (!c && tell) {
                g->unknown = true;
                needs_add_text(w->arena, &g->missing, arena_printf(w->arena, "when %s works", name));
            }
            if (map_get(h.people, name)) continue;
            *VEC_PUSH(w->arena, &left) = c ? calendar_time_between(c, w->now, needs_year_end(w)) : NEVER;
            map_put(h.people, name, (void *)(uintptr_t)left.n);
        }
    }
    h.left = left.items, h.people_n = left.n;
    h.given = ARENA_ARRAY(w->arena, int64_t, (size_t)groups->all.n * (left.n ? left.n : 1));
    h.seen = ARENA_ARRAY(w->arena, bool, groups->all.n);
    return h;
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
        if (!needs_looks_at(&p->processes[i])) continue;
        groups->of_step[i] = ARENA_ARRAY(w->arena, Group *, f->steps_n);
        for (uint32_t k = 0; k < f->steps_n; k++) groups->of_step[i][k] = group_of(groups, &f->unit, f->steps[k].who);
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
    const char *first = g->people.items.n ? g->people.items.items[0] : "";
    for (uint32_t i = 0; i < w->program->roles_n; i++) {
        size_t n = strlen(w->program->roles[i].name);
        bool begins = strncmp(g->name, w->program->roles[i].name, n) == 0;
        if (begins && (!g->name[n] || g->name[n] == ' ')) return w->program->roles[i].place;
    }
    const IrPerson *person = ir_person(w->program, first);
    return person ? person->place : (IrPlace){w->program->file, 1, 1};
}

static const char *hours_text(Arena *a, int64_t micros)
{
    int64_t tenths = micros / (US_HOUR / 10);
    return tenths % 10 ? arena_printf(a, "%lld.%lld h", (long long)(tenths / 10), (long long)(tenths % 10))
                       : arena_printf(a, "%lld h", (long long)(tenths / 10));
}

static void tell_overloaded(NeedsWork *w, const Group *g, int64_t open)
{
    Gap *gap = needs_gap(w, IR_NONE, NEED_LOAD, place_of(w, g));
    bool alone = g->least / WEEKS > open;
    gap->text = arena_printf(w->arena, "%s: at least %s of work a week, and %s are open%s", g->name,
                             hours_text(w->arena, g->least / WEEKS), hours_text(w->arena, open),
                             alone ? "" : ", for other work, too");
    gap->write = "another one in `people`, or another role in `who`";
}

/* Which groups have more than fits, by the least; and by the most, which of them might. */
static void judge(Groups *groups, bool *over, bool *perhaps)
{
    Hours least = hours_of(groups, true), most = hours_of(groups, false);
    spread_unknown(groups);
    for (uint32_t i = 0; i < groups->all.n; i++) {
        const Group *g = groups->all.items[i];
        if (!fits(&least, i, g->least))
            for (uint32_t k = 0; k < groups->all.n; k++) over[k] |= least.seen[k];
        if (!g->unknown && !fits(&most, i, g->most))
            for (uint32_t k = 0; k < groups->all.n; k++) perhaps[k] |= most.seen[k];
    }
}

/* A week's hours of all its people, or -1. */
static int64_t open_hours(const NeedsWork *w, const Group *g)
{
    int64_t open = 0;
    for (uint32_t i = 0; i < g->people.items.n; i++) {
        const Calendar *c = calendar_of(w, g, g->people.items.items[i]);
        if (!c) return -1;
        open += calendar_time_between(c, w->now, needs_year_end(w)) / WEEKS;
    }
    return open;
}

static Load load_of(NeedsWork *w, Group *g, bool over, bool perhaps)
{
    int64_t open = open_hours(w, g);
    if (over) tell_overloaded(w, g, open);
    else if (perhaps && !g->unknown)
        needs_add_text(w->arena, &g->missing, "how often the longer way of an `if` is gone");
    else if (!g->unknown) needs_met(w, IR_NONE);
    return (Load){.who = g->name,
                  .least = g->least / WEEKS,
                  .most = g->unknown || g->most == NEVER ? -1 : g->most / WEEKS,
                  .open = open,
                  .missing = g->missing.items.items,
                  .missing_n = g->missing.items.n};
}

const Load *needs_loads(NeedsWork *w, uint32_t *n)
{
    Groups groups = {.w = w, .volumes = needs_volumes(w)};
    VEC(Load) loads = {0};
    find_groups(&groups);
    find_work(&groups);
    bool *over = ARENA_ARRAY(w->arena, bool, groups.all.n), *perhaps = ARENA_ARRAY(w->arena, bool, groups.all.n);
    judge(&groups, over, perhaps);
    for (uint32_t i = 0; i < groups.all.n; i++)
        *VEC_PUSH(w->arena, &loads) = load_of(w, groups.all.items[i], over[i], perhaps[i]);
    *n = loads.n;
    return loads.items;
}
