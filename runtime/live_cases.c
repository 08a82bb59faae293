/* live_cases.c -- cases in memory, and inputs on their way to them.
 *
 * A case stays as long as an input of it waits or a command of it runs; read
 * again costs its snapshot and what came after. Where nobody else can change it,
 * in a world that is turned, a running one stays longer: it is soon asked for
 * again. Inputs wait in one queue, in the order in which they came; those of
 * one case behind its first, so that a turn, which takes one of each, need not
 * look for others.
 */
#include "runtime/live_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- cases in memory ------------------------------------------------------------- */

static Cached **bucket(Live *l, uint64_t id)
{
    return &l->cases[id % BUCKETS];
}

Cached *live_cached(Live *l, uint64_t id)
{
    for (Cached *c = *bucket(l, id); c; c = c->next)
        if (c->id == id) return c;
    return NULL;
}

Cached *live_cache(Live *l, uint64_t id)
{
    Cached *c = live_cached(l, id);
    if (c) return c;
    c = mem_zero(1, sizeof *c);
    c->id = id;
    c->next = *bucket(l, id);
    *bucket(l, id) = c;
    l->cached++;
    return c;
}

void live_forget(Cached *c)
{
    if (!c) return;
    case_free(c->of);
    c->of = NULL;
}

enum { STAY_MOST = 256 };              /* cases that stay for no need, so that memory does not grow with their number */

static bool stays(const Live *l, const Cached *c)
{
    return l->options.world && c->of && c->of->status == CASE_RUNNING && l->cached <= STAY_MOST;
}

void live_release(Live *l, uint64_t id)
{
    for (Cached **at = bucket(l, id); *at; at = &(*at)->next) {
        Cached *c = *at;
        if (c->id != id) continue;
        if (c->pending || c->under_way || stays(l, c)) return;
        *at = c->next;
        l->cached--;
        case_free(c->of);
        free(c);
        return;
    }
}

Status live_load(Live *l, uint64_t id, Case **out, Error *err)
{
    Cached *c = live_cache(l, id);
    if (!c->of) {
        Status st = journal_case(l->journal, id, &c->of, err);
        if (st != ST_OK) return st;
    }
    *out = c->of;
    return ST_OK;
}

/* ---- pending inputs ----------------------------------------------------------------- */

enum { SPARE_SIZE = 16 << 10 };        /* bytes: one that held much is not kept for what is mostly small */

Pending *pending_new(Live *l, uint64_t case_id, InputKind kind, Instant at)
{
    Arena *arena = l->spare_n ? l->spare[--l->spare_n] : arena_new();
    Pending *p = ARENA_NEW(arena, Pending);
    p->arena = arena;
    p->case_id = case_id;
    p->in = (Input){.kind = (uint8_t)kind, .at = at};
    return p;
}

Pending *pending_start(Live *l, const IrProcess *process, Instant at, bool dated)
{
    Pending *p = pending_new(l, 0, INPUT_START, at);
    p->process = process;
    p->in.dated = dated;
    p->in.history = !l->options.world && process->since != INT64_MIN && at < process->since;
    return p;
}

static void queue_up(Live *l, Pending *p)
{
    if (l->queue.n == l->queue.cap) {
        size_t live = l->queue.n - l->queue.head;
        if (l->queue.head > l->queue.cap / 2) {
            memmove(l->queue.items, l->queue.items + l->queue.head, live * sizeof *l->queue.items);
        } else {
            l->queue.cap = l->queue.cap ? l->queue.cap * 2 : 64;
            Pending **wider = mem_alloc(l->queue.cap * sizeof *wider);
            if (live) memcpy(wider, l->queue.items + l->queue.head, live * sizeof *wider);
            free(l->queue.items);
            l->queue.items = wider;
        }
        l->queue.head = 0, l->queue.n = live;
    }
    l->queue.items[l->queue.n++] = p;
}

void pending_push(Live *l, Pending *p)
{
    Cached *c = p->case_id ? live_cache(l, p->case_id) : NULL;
    p->behind = NULL;
    if (c && c->last) c->last->behind = p;
    else queue_up(l, p);
    if (c) c->last = p, c->pending++;
    l->queued++;
}

/* So many cases that rows have begun may wait to go on; then they do, before further ones are begun: what a file costs
 * in memory does not grow with what its cases do. */
enum { BEGUN_FIRST = 4 * BATCH };

void pending_later(Live *l, Pending *(*make)(void *self, size_t i), void *self, size_t n)
{
    l->rows.make = make, l->rows.self = self;
    l->rows.next = 0, l->rows.n = n, l->rows.ahead = l->queue.n - l->queue.head;
    l->queued += n;
}

void pending_none_later(Live *l)
{
    l->queued -= l->rows.n - l->rows.next;
    l->rows.next = l->rows.n = l->rows.ahead = 0;
}

static bool rows_are_left(const Live *l)
{
    return l->rows.next < l->rows.n;
}

size_t pending_take(Live *l, Pending **out, size_t most)
{
    size_t n = 0, next = l->queue.head, stay = 0;
    bool ahead = l->rows.ahead > 0;
    for (; n < most; n++) {
        bool row = rows_are_left(l) && !l->rows.ahead && l->queue.n - next < BEGUN_FIRST;
        if (!row && next == l->queue.n) break;
        out[n] = row ? l->rows.make(l->rows.self, l->rows.next++) : l->queue.items[next++];
        if (!row && l->rows.ahead) l->rows.ahead--;
    }
    for (size_t i = n; i-- > 0;) {
        if (out[i]->behind) l->queue.items[next - ++stay] = out[i]->behind;
        else if (out[i]->case_id) live_cached(l, out[i]->case_id)->last = NULL;
        out[i]->behind = NULL;
    }
    l->queue.head = next - stay;
    if (ahead) l->rows.ahead += stay;
    l->queued -= n;
    return n;
}

void pending_done(Live *l, Pending *p)
{
    if (p->case_id) {
        Cached *c = live_cached(l, p->case_id);
        if (c) c->pending--;
        live_release(l, p->case_id);
    }
    Arena *arena = p->arena;           /* p lies in it */
    if (l->spare_n == SPARE_MOST || arena_bytes(arena) > SPARE_SIZE) {
        arena_free(arena);
        return;
    }
    arena_reset(arena);
    l->spare[l->spare_n++] = arena;
}

const Datum *live_data(Arena *a, const Datum *d, uint32_t n)
{
    Datum *out = ARENA_ARRAY(a, Datum, n);
    for (uint32_t i = 0; i < n; i++) out[i] = (Datum){arena_dup(a, d[i].name), value_copy(a, &d[i].value)};
    return out;
}

bool process_runs(const IrProcess *p)
{
    return p->status == STATUS_LIVE || p->status == STATUS_TRAINED;
}

const char *process_rests(Arena *a, const IrProcess *p)
{
    if (p->status == STATUS_RETIRED) return arena_printf(a, "%s is retired: no case of it begins", p->name);
    return arena_printf(a, "%s is a draft: it runs in tests only, until `status draft` is taken out", p->name);
}

bool live_may_begin(const Live *l, const IrProcess *p)
{
    return process_runs(p) || (l->options.world && p->status == STATUS_DRAFT);
}

Instant live_now(const Live *l)
{
    const World *w = l->options.world;
    return w ? w->now(w->self) : clock_now();
}

bool live_stopped(const Live *l)
{
    return l->options.stop && *l->options.stop;
}
