/* needs_kind.c -- the four essential systems: where customers come from, how they
 * decide, how what they bought is made, and what is learned from them.
 *
 * `kind` says which one a system is. Where it is not said, the neighbours tell:
 * what conversion wins, fulfillment takes in; and the first of a row that begins
 * outside is where leads come from.
 */
#include "analysis/needs_private.h"

#include <string.h>

static const char *const kinds[ESSENTIALS] = {"lead_generation", "conversion", "fulfillment", "feedback"};
static const char *const words[ESSENTIALS] = {"lead generation: nothing finds those who may buy",
                                              "conversion: nothing makes buyers of them",
                                              "fulfillment: nothing makes what was sold",
                                              "feedback: nothing is learned from those who bought"};

enum { UNKNOWN = -1 };

typedef struct Kinds {
    NeedsWork *w;
    int *of;                           /* by system: which of the kinds */
} Kinds;

static int said(const IrSystem *s)
{
    for (int k = 0; s->kind && k < ESSENTIALS; k++)
        if (strcmp(s->kind, kinds[k]) == 0) return k;
    return UNKNOWN;
}

/* Is there work that the first hands over to the second? */
static bool hands_over(const Kinds *k, uint32_t from, uint32_t to)
{
    const IrProcess *all = k->w->program->processes;
    for (uint32_t i = 0; i < k->w->links.n; i++) {
        const NeedsLink *link = &k->w->links.items[i];
        if (all[link->from].system == from && all[link->to].system == to) return true;
    }
    return false;
}

/* Do its cases come from outside: by rows, or by an event that nobody here emits? Or, clock, at set times? */
static bool begins_outside(const Kinds *k, uint32_t system, bool clock)
{
    const IrProgram *p = k->w->program;
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrProcess *of = &p->processes[i];
        for (uint32_t n = 0; of->system == system && n < of->triggers_n; n++) {
            const IrTrigger *t = &of->triggers[n];
            uint32_t event = t->kind == TRIGGER_EVENT ? needs_event(k->w, t->event) : IR_NONE;
            if (t->kind == TRIGGER_ROWS || (event != IR_NONE && k->w->emitter[event] == IR_NONE)) return true;
            if (t->kind == TRIGGER_TIME && clock) return true;
        }
    }
    return false;
}

/* The kind that a system's neighbours make of it. */
static int by_neighbours(const Kinds *k, uint32_t system)
{
    for (uint32_t other = 0; other < k->w->program->systems_n; other++) {
        if (other == system || k->of[other] == UNKNOWN) continue;
        if (k->of[other] + 1 < ESSENTIALS && hands_over(k, other, system)) return k->of[other] + 1;
        if (k->of[other] > 0 && hands_over(k, system, other)) return k->of[other] - 1;
    }
    return UNKNOWN;
}

static void follow_neighbours(Kinds *k)
{
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < k->w->program->systems_n; i++) {
            if (k->of[i] != UNKNOWN) continue;
            k->of[i] = by_neighbours(k, i);
            more |= k->of[i] != UNKNOWN;
        }
    }
}

static bool is_fed(const Kinds *k, uint32_t system)
{
    for (uint32_t other = 0; other < k->w->program->systems_n; other++)
        if (other != system && hands_over(k, other, system)) return true;
    return false;
}

/* To a system that hands work on as well, where far; a row of two by the clock is any work that goes on elsewhere. */
static bool feeds(const Kinds *k, uint32_t system, bool far)
{
    uint32_t n = k->w->program->systems_n;
    for (uint32_t to = 0; to < n; to++) {
        if (to == system || !hands_over(k, system, to)) continue;
        if (!far) return true;
        for (uint32_t next = 0; next < n; next++)
            if (next != to && next != system && hands_over(k, to, next)) return true;
    }
    return false;
}

/* How sure it is that leads come from there: begun from outside and by no other system; begun by the clock; or begun
 * by another one as well, as where those who bought bring the next ones. */
enum { SURE, BY_CLOCK, IN_A_RING, WAYS };

static bool brings_leads(const Kinds *k, uint32_t system, int way)
{
    return k->of[system] == UNKNOWN && begins_outside(k, system, way != SURE) && feeds(k, system, way != SURE) &&
           (way == IN_A_RING || !is_fed(k, system));
}

static void find_kinds(Kinds *k)
{
    const IrProgram *p = k->w->program;
    bool any = false;
    for (uint32_t i = 0; i < p->systems_n; i++) {
        k->of[i] = said(&p->systems[i]);
        any |= k->of[i] == 0;
    }
    follow_neighbours(k);
    for (int way = 0; way < WAYS && !any; way++) {
        for (uint32_t i = 0; i < p->systems_n; i++) {
            if (!brings_leads(k, i, way)) continue;
            k->of[i] = 0;
            any = true;
        }
        follow_neighbours(k);
    }
}

void needs_essentials(NeedsWork *w, Essential *all)
{
    const IrProgram *p = w->program;
    Kinds k = {w, ARENA_ARRAY(w->arena, int, p->systems_n)};
    find_kinds(&k);
    for (int kind = 0; kind < ESSENTIALS; kind++) {
        all[kind] = (Essential){.kind = kinds[kind]};
        for (uint32_t i = 0; i < p->systems_n; i++) {
            bool is_said = said(&p->systems[i]) == kind, better = !all[kind].system || (is_said && !all[kind].said);
            if (k.of[i] != kind || !needs_is_own(p->systems[i].place) || !better) continue;
            all[kind].system = &p->systems[i], all[kind].said = is_said;
        }
        if (all[kind].system) {
            needs_met(w, IR_NONE);
            continue;
        }
        Gap *gap = needs_gap(w, IR_NONE, NEED_ESSENTIAL, (IrPlace){p->file, 1, 1});
        gap->text = arena_printf(w->arena, "no system for %s", words[kind]);
        gap->write = arena_printf(w->arena, "system \"...\" < kind %s; ... >", kinds[kind]);
    }
}
