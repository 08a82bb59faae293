/* who_doers.c -- how many are left out because they did something, at least and at most.
 *
 * Each step that is excepted was done by somebody, whoever that was: of three who
 * may do A, one is gone for what excepts did(A), though nobody knows which one.
 * Who did two of the steps is gone once; who may not do the second because of the
 * first is another person. So the least is found by trying who may have done what,
 * and the most is a matching of steps with people.
 */
#include "lang/grammar.h"
#include "lang/lower_who.h"

#include <string.h>

enum { SEATS_MOST = 64, TRIES_MOST = 20000 };

typedef struct Seat {                  /* one who did a step; a step that several do has as many */
    const char *step;
    const Map *people;
} Seat;

typedef struct Doers {
    const Flow *f;
    const Map *people;                 /* of the rule whose people are counted */
    const int64_t *day;                /* whoever is away on it did nothing; NULL: none */
    Seat seats[SEATS_MOST];
    const char *taken[SEATS_MOST];     /* by seat: who is thought to have done it */
    bool tried[SEATS_MOST];
    bool apart[SEATS_MOST][SEATS_MOST];            /* of a seat with one before it: they are two people */
    uint32_t n, best, tries;
} Doers;

static bool is_seated(const Doers *d, const char *step)
{
    for (uint32_t i = 0; i < d->n; i++)
        if (strcmp(d->seats[i].step, step) == 0)
            return true;
    return false;
}

static void seat(Doers *d, const char *step, const Map *people, uint32_t doers)
{
    for (uint32_t i = 0; i < doers && i < map_count(people) && d->n < SEATS_MOST; i++)
        d->seats[d->n++] = (Seat){step, people};
}

static uint32_t counted(const Ast *rule, const Map *people)
{
    while (rule->kind == AST_WHO_EXCEPT)
        rule = rule->who_except.who;
    if (rule->kind != AST_WHO_COUNT)
        return 1;
    return rule->who_count.any ? map_count(people) : (uint32_t)rule->who_count.n;
}

/* surely: only what was done on every way to here. A step done by who did another adds nobody. */
static void seat_all(Doers *d, const Without *without, bool surely)
{
    for (; without; without = without->up)
        for (const Ast *w = without->list; w; w = w->next) {
            const char *step = who_step(d->f, w);
            const Ast *rule = step && !is_seated(d, step) ? who_does(d->f, step) : NULL;
            bool done = rule && (surely ? vars_surely_done(d->f, step) : map_get(d->f->done, step) != NULL);
            const Map *people = done && !who_step(d->f, rule) ? who_people(d->f, rule, 0) : NULL;
            if (people)
                seat(d, step, d->day ? who_there(d->f, people, *d->day) : people,
                     surely ? who_doers(d->f, step) : counted(rule, people));
        }
}

/* ---- at least ---------------------------------------------------------------------------------- */

static const char *pair(const Flow *f, const char *step, const char *before)
{
    return arena_printf(f->l->arena, "%s\n%s", step, before);
}

void doers_apart(Flow *f, const char *step, const Ast *rule)
{
    for (; rule->kind == AST_WHO_EXCEPT; rule = rule->who_except.who)
        for (const Ast *w = rule->who_except.without; w; w = w->next) {
            const char *before = who_step(f, w);
            if (!before || !vars_surely_done(f, before))
                continue;                      /* in a branch beside it, it may come later */
            if (!f->apart)
                f->apart = map_new(f->l->arena);
            map_put(f->apart, pair(f, step, before), f->apart);
        }
}

/* Can nobody have done both? */
static bool are_apart(const Flow *f, const char *a, const char *b)
{
    return strcmp(a, b) == 0 || (f->apart && (map_get(f->apart, pair(f, a, b)) || map_get(f->apart, pair(f, b, a))));
}

/* May this person have done it, with those whom the seats before have? *again: they are gone already. */
static bool may_take(const Doers *d, uint32_t at, const char *person, bool *again)
{
    *again = false;
    for (uint32_t i = 0; i < at; i++) {
        if (strcmp(d->taken[i], person) != 0)
            continue;
        if (d->apart[at][i])
            return false;
        *again = true;
    }
    return true;
}

static void try_seats(Doers *d, uint32_t at, uint32_t gone)
{
    if (gone >= d->best || d->tries++ > TRIES_MOST)
        return;
    if (at == d->n) {
        d->best = gone;
        return;
    }
    const Map *people = d->seats[at].people;
    for (uint32_t i = 0; i < map_count(people); i++) {
        const char *person = map_key(people, i, NULL);
        bool again;
        if (!may_take(d, at, person, &again))
            continue;
        d->taken[at] = person;
        try_seats(d, at + 1, gone + (!again && map_get(d->people, person)));
    }
}

uint32_t doers_least(const Flow *f, const Map *people, const Without *without, const int64_t *day)
{
    Doers d;
    d.f = f, d.people = people, d.day = day, d.n = 0;
    seat_all(&d, without, true);
    if (d.n == 0)
        return 0;
    for (uint32_t at = 0; at < d.n; at++)
        for (uint32_t i = 0; i < at; i++)
            d.apart[at][i] = are_apart(f, d.seats[at].step, d.seats[i].step);
    d.best = UINT32_MAX, d.tries = 0;
    try_seats(&d, 0, 0);
    return d.best == UINT32_MAX || d.tries > TRIES_MOST ? 0 : d.best;
}

/* ---- at most ----------------------------------------------------------------------------------- */

/* Can one of the seats be this person's, and each person before still have one? */
static bool find_seat(Doers *d, const char *person)
{
    for (uint32_t i = 0; i < d->n; i++) {
        if (d->tried[i] || !map_get(d->seats[i].people, person))
            continue;
        d->tried[i] = true;
        if (d->taken[i] && !find_seat(d, d->taken[i]))
            continue;
        d->taken[i] = person;
        return true;
    }
    return false;
}

uint32_t doers_most(const Flow *f, const Map *people, const Without *without)
{
    uint32_t gone = 0;
    Doers d;
    d.f = f, d.people = people, d.day = NULL, d.n = 0;
    seat_all(&d, without, false);
    memset(d.taken, 0, d.n * sizeof *d.taken);
    for (uint32_t i = 0; d.n && i < map_count(people); i++) {
        memset(d.tried, 0, d.n * sizeof *d.tried);
        gone += find_seat(&d, map_key(people, i, NULL));
    }
    return gone;
}
