/* upcoming.c -- each schedule is asked for its next moment; the earliest of all is taken, and its schedule
 * asked again. Beside each runs the same schedule without its calendar: what that one has on closed days
 * was skipped or moved. */
#include "analysis/upcoming.h"

#include <string.h>

typedef struct Source {
    Upcoming next;                     /* at: INSTANT_NEVER when there is none */
    const Recurrence *recurrence;
} Source;

typedef VEC(Source) SourceVec;
typedef VEC(int64_t) Dates;

static const Zone *zone_of(const Recurrence *r)
{
    return r->zone ? r->zone : zone_utc();
}

static bool rests(const Recurrence *r)
{
    return r->calendar && (r->skip_closed || r->move_to_open);
}

/* The instant at which the closed days begin that lead up to a moment's day; the day's own begin where none do. */
static Instant closed_from(const Recurrence *r, Instant at)
{
    int64_t day = zone_date(zone_of(r), at), open;
    if (!calendar_prev_open(r->calendar, day - 1, &open)) return at;
    return zone_start_of(zone_of(r), open + 1);
}

/* Dates between two moments that are closed and would have had a run. */
static void note_closed(Arena *a, const Recurrence *r, Instant after, Upcoming *u)
{
    Recurrence plain = *r;
    Dates dates = {0};
    u->moved = r->move_to_open;
    plain.skip_closed = plain.move_to_open = false;
    Instant t = r->move_to_open ? closed_from(r, u->at) - 1 : after;
    while (recurrence_next(&plain, t, &t) && t <= u->at) {
        int64_t day = zone_date(zone_of(r), t);
        bool told = dates.n && dates.items[dates.n - 1] == day;
        if (!told && !calendar_open_day(r->calendar, day)) *VEC_PUSH(a, &dates) = day;
    }
    u->closed = dates.items, u->closed_n = dates.n;
}

/* A time of day that does not exist happens at the next instant that does; one that comes twice, at the first. */
static void note_clock(const Recurrence *r, Upcoming *u)
{
    Civil local;
    int shifted;
    u->clock = CLOCK_PLAIN;
    if (u->wanted < 0) return;
    zone_civil(u->zone, u->at, &local);
    zone_instant(u->zone, &local, &shifted);
    if (local.hour * 60 + local.minute != r->at % 1440 || local.second || local.micros) u->clock = CLOCK_GAP;
    else if (shifted == 2) u->clock = CLOCK_FOLD;
}

static void advance(Arena *a, Source *s, Instant after)
{
    const Recurrence *r = s->recurrence;
    Upcoming *u = &s->next;
    if (!recurrence_next(r, after, &u->at)) {
        u->at = INSTANT_NEVER;
        return;
    }
    u->turned = zone_offset(u->zone, u->at) - zone_offset(u->zone, after);
    note_clock(r, u);
    if (rests(r)) note_closed(a, r, after, u);
}

static void add(Arena *a, SourceVec *all, bool audit, const char *name, const IrTrigger *t, Instant now)
{
    const Recurrence *r = &t->recurrence;
    Source s = {.recurrence = r, .next = {.audit = audit, .name = name, .text = t->text, .zone = zone_of(r)}};
    s.next.calendar = rests(r) ? r->calendar : NULL;
    s.next.wanted = r->kind == RECUR_SPAN ? -1 : r->at % 1440;
    advance(a, &s, now);
    *VEC_PUSH(a, all) = s;
}

static SourceVec sources_of(Arena *a, const IrProgram *p, const char *only, Instant now)
{
    SourceVec all = {0};
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrProcess *of = &p->processes[i];
        bool runs = of->status == STATUS_LIVE || of->status == STATUS_TRAINED;
        if (!runs || (only && strcmp(only, of->name) != 0)) continue;
        for (uint32_t k = 0; k < of->triggers_n; k++)
            if (of->triggers[k].kind == TRIGGER_TIME) add(a, &all, false, of->name, &of->triggers[k], now);
    }
    for (uint32_t i = 0; i < p->audits_n; i++) {
        const IrAudit *of = &p->audits[i];
        if (only && strcmp(only, of->name) != 0) continue;
        for (uint32_t k = 0; k < of->triggers_n; k++) add(a, &all, true, of->name, &of->triggers[k], now);
    }
    return all;
}

UpcomingVec upcoming(Arena *a, const IrProgram *p, const char *name, Instant now, uint64_t most, uint32_t *n)
{
    SourceVec all = sources_of(a, p, name, now);
    UpcomingVec out = {0};
    *n = all.n;
    while (out.n < most) {
        Source *first = NULL;
        for (uint32_t i = 0; i < all.n; i++)
            if (!first || all.items[i].next.at < first->next.at) first = &all.items[i];
        if (!first || first->next.at == INSTANT_NEVER) break;
        *VEC_PUSH(a, &out) = first->next;
        advance(a, first, first->next.at);
    }
    return out;
}
