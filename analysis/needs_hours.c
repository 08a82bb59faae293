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
    int64_t *left;                     /* by person: hours that are free, or NEVER: nobody knows how many */
    int64_t *given;                    /* by group and person */
    int64_t *each;                     /* by group: what one person can do of it at most, or NEVER */
    bool *seen;                        /* groups, in one search */
    uint32_t people_n;
};

/* ---- hours --------------------------------------------------------------------------------- */

static const Calendar *calendar_of(const NeedsWork *w, const Group *g, const char *name)
{
    const IrPerson *person = ir_person(w->program, name);
    const char *calendar = person && person->calendar ? person->calendar : g->role ? g->role->calendar : NULL;
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

Hours *needs_hours_of(const Groups *groups, bool all_away)
{
    NeedsWork *w = groups->w;
    Hours *h = ARENA_NEW(w->arena, Hours);
    VEC(int64_t) left = {0};
    *h = (Hours){.groups = groups, .people = map_new(w->arena)};
    for (uint32_t i = 0; i < groups->all.n; i++) {
        Group *g = groups->all.items[i];
        for (uint32_t k = 0; k < g->people.items.n; k++) {
            const char *name = g->people.items.items[k];
            int64_t hours = needs_hours(w, g, name, all_away);
            if (hours == NEVER) {
                g->unknown = true;
                needs_add_text(w->arena, &g->missing, arena_printf(w->arena, "when %s works", name));
            } else if (all_away && hours != needs_hours(w, g, name, false)) {
                const char *what = arena_printf(w->arena, "what hours those have left who stand in for %s", name);
                needs_add_text(w->arena, &g->between, what);
            }
            if (map_get(h->people, name)) continue;
            *VEC_PUSH(w->arena, &left) = hours;
            map_put(h->people, name, (void *)(uintptr_t)left.n);
        }
    }
    h->left = left.items, h->people_n = left.n;
    h->given = ARENA_ARRAY(w->arena, int64_t, (size_t)groups->all.n * (left.n ? left.n : 1));
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
    for (uint32_t i = 0; i < g->people.items.n; i++) {
        uint32_t person = person_number(h, g->people.items.items[i]);
        int64_t *given = &h->given[(size_t)group * h->people_n + person];
        int64_t more = h->each[group] == NEVER ? want : needs_less(want, h->each[group] - *given);
        int64_t moved = needs_less(more, h->left[person]);
        for (uint32_t other = 0; moved == 0 && more > 0 && other < h->groups->all.n; other++) {
            int64_t *theirs = &h->given[(size_t)other * h->people_n + person];
            if (other == group || !*theirs) continue;
            moved = give(h, other, needs_less(more, *theirs));
            *theirs -= moved;
            if (h->left[person] != NEVER) h->left[person] += moved;
        }
        if (!moved) continue;
        *given += moved;
        if (h->left[person] != NEVER) h->left[person] -= moved;
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
