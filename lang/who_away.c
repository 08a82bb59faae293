/* who_away.c -- steps that nobody can do while somebody is away.
 *
 * On the first day of each absence one looks who is there: those of the rule's
 * people who are not away, and those who stand in for the others. Who stands in
 * and may do it anyway is one person, not two. Of them those are taken away who did
 * something before that leaves them out, whoever of them that was.
 */
#include "lang/grammar.h"
#include "lang/lower_who.h"

#include <string.h>

static const IrAway *away_on(const IrPerson *person, int64_t day)
{
    for (uint32_t i = 0; person && i < person->away_n; i++)
        if (person->away[i].from <= day && day <= person->away[i].to)
            return &person->away[i];
    return NULL;
}

Map *who_there(const Flow *f, const Map *people, int64_t day)
{
    const IrProgram *p = f->l->symbols.program;
    Map *all = map_new(f->l->arena);
    for (uint32_t i = 0; i < map_count(people); i++) {
        const char *person = map_key(people, i, NULL);
        const IrAway *away = away_on(ir_person(p, person), day);
        const char *does = away ? away->stand_in : person;
        if (does && !(away && away_on(ir_person(p, does), day)))
            map_put(all, does, all);
    }
    return all;
}

/* The steps before are done by those who are there, too: so many of them are left at most. */
static uint32_t left_there(const Flow *f, const Map *people, const Without *without, int64_t day)
{
    const Map *there = who_there(f, people, day);
    return map_count(there) - doers_least(f, there, without, &day);
}

static void keep(Flow *f, const IrAway *away, const char *step)
{
    Lower *l = f->l;
    for (uint32_t i = 0; i < l->absences.n; i++) {
        if (l->absences.items[i].away != away)
            continue;
        l->absences.items[i].more++;
        return;
    }
    *VEC_PUSH(l->arena, &l->absences) = (Absence){away, step, 0};
}

void away_days_of(Flow *f, const char *step, const Map *people, const Without *without, uint32_t need)
{
    const IrProgram *p = f->l->symbols.program;
    for (uint32_t i = 0; people && i < map_count(people); i++) {
        const IrPerson *person = ir_person(p, map_key(people, i, NULL));
        for (uint32_t k = 0; person && k < person->away_n; k++)
            if (left_there(f, people, without, person->away[k].from) < need)
                keep(f, &person->away[k], step);
    }
}

static const Absence *absence_of(const Lower *l, const IrAway *away)
{
    for (uint32_t i = 0; i < l->absences.n; i++)
        if (l->absences.items[i].away == away)
            return &l->absences.items[i];
    return NULL;
}

static void tell(Lower *l, const IrPerson *person, const Absence *a, Span at)
{
    const char *more = a->more ? arena_printf(l->arena, " and %u more step%s", a->more, a->more == 1 ? "" : "s") : "";
    const char *instead = a->away->stand_in;
    Diag *m = diag_add(l->diags, DIAG_E0477, at, "too few are there for \"%s\"%s while %s is away", a->step, more,
                       person->id);
    if (instead)
        diag_hint(l->diags, m, "%s does it anyway, or is away, too: name somebody else, or let more people do it",
                  instead);
    else
        diag_hint(l->diags, m, "say who stands in for %s: away ..., bob stands in", person->id);
}

void away_report(Lower *l)
{
    for (uint32_t i = 0; l->absences.n && i < l->syms[SYM_PERSON].n; i++) {
        const IrPerson *person = &l->symbols.program->persons[i];
        uint32_t k = 0;
        for (const Ast *item = l->syms[SYM_PERSON].items[i]->ast->person.items; item; item = item->next) {
            const Absence *a = NULL;
            if (item->kind == AST_PROP && item->prop.word == K_AWAY && k < person->away_n)
                a = absence_of(l, &person->away[k++]);
            if (a)
                tell(l, person, a, item->at);
        }
    }
}
