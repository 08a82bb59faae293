/* needs_hours.c -- what hours people have, and whether work fits into them.
 *
 * Work goes to anybody of a group who has hours left. Where nobody has any, one
 * who does work of another group hands that on, to somebody of that group who
 * has: a flow from the work to the people, which finds a place for all of it
 * where there is one.
 */
#include "analysis/needs_private.h"

#include <string.h>

struct Hours {
    const Groups *groups;
    Map *people;                       /* name -> its number + 1 */
    VEC(int64_t) left;                 /* by person: hours that are free, or NEVER: nobody knows how many */
    int64_t *given;                    /* by group and person */
    int64_t *each;                     /* by group: what one person can do of it at most, or NEVER */
    bool *seen;                        /* groups, in one search */
    bool most;                         /* by the most: those who join do nothing of it */
};

static const Texts *people_of(const Hours *h, const Group *g)
{
    return h->most ? &g->people : &g->may;
}

/* ---- hours --------------------------------------------------------------------------------- */

static bool is_own(const Group *g, const char *name)
{
    return g->people.seen && map_get(g->people.seen, name);
}

/* Who joins works as in a role of theirs. */
static const char *calendar_of_roles(const NeedsWork *w, const char *name)
{
    for (uint32_t i = 0; i < w->program->roles_n; i++) {
        const IrRole *role = &w->program->roles[i];
        for (uint32_t k = 0; role->calendar && k < role->people_n; k++)
            if (strcmp(role->people[k], name) == 0) return role->calendar;
    }
    return NULL;
}

static const Calendar *calendar_of(const NeedsWork *w, const Group *g, const char *name)
{
    const IrPerson *person = ir_person(w->program, name);
    const char *calendar = person && person->calendar ? person->calendar
                           : !is_own(g, name)         ? calendar_of_roles(w, name)
                           : g->role                  ? g->role->calendar
                                                      : NULL;
    if (!calendar && w->program->calendars_n == 1) return &w->program->calendars[0];
    return calendar ? ir_calendar(w->program, calendar) : NULL;
}

/* Open hours on the days on which somebody is away; all: also on those on which another one stands in for them. */
static int64_t hours_away(const NeedsWork *w, const IrPerson *person, const Calendar *c, bool all)
{
    int64_t hours = 0;
    for (uint32_t i = 0; i < person->away_n; i++) {
        const IrAway *away = &person->away[i];
        Instant from = zone_start_of(c->zone, away->from);
        Instant to = needs_less(zone_end_of(c->zone, away->to), needs_year_end(w));
        if (from < w->now) from = w->now;
        if (from < to && (all || !away->stand_in)) hours += calendar_time_between(c, from, to);
    }
    return hours;
}

int64_t needs_hours(const NeedsWork *w, const Group *g, const char *name, bool all_away)
{
    const Calendar *c = calendar_of(w, g, name);
    const IrPerson *person = ir_person(w->program, name);
    if (!c) return NEVER;
    int64_t hours = calendar_time_between(c, w->now, needs_year_end(w));
    int64_t away = person ? hours_away(w, person, c, all_away) : 0;
    return away < hours ? hours - away : 0;
}

static void add_people(Hours *h, Group *g, const Texts *people)
{
    NeedsWork *w = h->groups->w;
    for (uint32_t k = 0; k < people->items.n; k++) {
        const char *name = people->items.items[k];
        int64_t hours = needs_hours(w, g, name, h->most);
        if (hours == NEVER && is_own(g, name)) {
            g->unknown = true;
            needs_add_text(w->arena, &g->missing, arena_printf(w->arena, "when %s works", name));
        } else if (h->most && hours != needs_hours(w, g, name, false)) {
            const char *what = arena_printf(w->arena, "what hours those have left who stand in for %s", name);
            needs_add_text(w->arena, &g->between, what);
        }
        if (map_get(h->people, name)) continue;
        *VEC_PUSH(w->arena, &h->left) = hours;
        map_put(h->people, name, (void *)(uintptr_t)h->left.n);
    }
}

Hours *needs_hours_of(const Groups *groups, bool most)
{
    NeedsWork *w = groups->w;
    Hours *h = ARENA_NEW(w->arena, Hours);
    *h = (Hours){.groups = groups, .people = map_new(w->arena), .most = most};
    Group **all = groups->all.items;
    for (uint32_t i = 0; i < groups->all.n; i++) add_people(h, all[i], &all[i]->people);
    for (uint32_t i = 0; i < groups->all.n; i++) add_people(h, all[i], people_of(h, all[i]));
    h->given = ARENA_ARRAY(w->arena, int64_t, (size_t)groups->all.n * (h->left.n ? h->left.n : 1));
    h->each = ARENA_ARRAY(w->arena, int64_t, groups->all.n);
    h->seen = ARENA_ARRAY(w->arena, bool, groups->all.n);
    return h;
}

/* ---- who does how much ---------------------------------------------------------------------- */

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
    const Texts *people = people_of(h, g);
    for (uint32_t i = 0; i < people->items.n; i++) {
        uint32_t person = person_number(h, people->items.items[i]);
        int64_t *given = &h->given[(size_t)group * h->left.n + person];
        int64_t more = h->each[group] == NEVER ? want : needs_less(want, h->each[group] - *given);
        int64_t moved = needs_less(more, h->left.items[person]);
        for (uint32_t other = 0; moved == 0 && more > 0 && other < h->groups->all.n; other++) {
            int64_t *theirs = &h->given[(size_t)other * h->left.n + person];
            if (other == group || !*theirs) continue;
            moved = give(h, other, needs_less(more, *theirs));
            *theirs -= moved;
            if (h->left.items[person] != NEVER) h->left.items[person] += moved;
        }
        if (!moved) continue;
        *given += moved;
        if (h->left.items[person] != NEVER) h->left.items[person] -= moved;
        return moved;
    }
    return 0;
}

bool needs_fits(Hours *h, uint32_t group, int64_t work, bool *over)
{
    uint32_t apart = h->groups->all.items[group]->apart;
    h->each[group] = apart > 1 && work != NEVER ? work / apart : NEVER;
    while (work > 0) {
        memset(h->seen, 0, h->groups->all.n * sizeof *h->seen);
        int64_t moved = give(h, group, work);
        for (uint32_t i = 0; !moved && i < h->groups->all.n; i++) over[i] |= h->seen[i];
        if (!moved) return false;
        work -= moved;
    }
    return true;
}
