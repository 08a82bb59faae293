/* live_ending.c -- a command that is not wanted any more has ended before anything begins that comes behind it.
 *
 * A race is decided, an event or a failure withdraws what is open, a person
 * cancels the case: the store says so at once. But the command works on for a
 * moment, as long as it takes to end it and all that it began; and where
 * another ops runs it, until that looks. What comes next (undoing what it was
 * to follow, the next step, the next holder of its lock) must not find it at
 * work. So the claim of such a command stays, marked, until who runs it has
 * ended it; and whoever goes on waits for that, a third of a second at most
 * where nothing hangs. An engine that was killed leaves its helper, which ends
 * what it ran and then itself (exec.h): that is waited for in the same way.
 */
#include "runtime/live_private.h"

#include <string.h>
#include <time.h>

enum { AWAIT_MOST = 3 * US_SECOND, LOOK_EVERY = 10 * 1000 };      /* microseconds */

typedef struct Over { uint64_t case_id; uint32_t act; } Over;

typedef struct Look {
    const Live *l;
    uint64_t case_id;                  /* 0: any */
    Arena *arena;
    VEC(Over) over;
    bool busy;
} Look;

static bool runs_here(const Live *l, uint64_t case_id, uint32_t act)
{
    for (uint32_t i = 0; i < l->under_way.n; i++)
        if (l->under_way.items[i].case_id == case_id && l->under_way.items[i].act == act) return true;
    return false;
}

/* What runs here was ended when it was withdrawn; its result is still to come. */
static void look_at(void *self, uint64_t case_id, const Claim *c)
{
    Look *k = self;
    const Live *l = k->l;
    bool own = c->pid == l->pid && c->pid_start == l->pid_start && strcmp(c->boot, l->boot) == 0;
    if (own && runs_here(l, case_id, c->act)) return;
    if (!own && exec_alive(c->pid, c->pid_start, c->boot)) {
        k->busy |= !k->case_id || k->case_id == case_id;
        return;
    }
    if (!own && exec_this_boot(c->boot)) exec_await_left(c->pid);
    *VEC_PUSH(k->arena, &k->over) = (Over){case_id, c->act};
}

/* Is one of them at work still? Those that are not are forgotten. */
static Status look(Live *l, uint64_t case_id, bool *busy, Error *err)
{
    Look k = {.l = l, .case_id = case_id, .arena = arena_new()};
    Status st = journal_ending(l->journal, look_at, &k, err);
    for (uint32_t i = 0; i < k.over.n && st == ST_OK; i++)
        st = journal_ended(l->journal, k.over.items[i].case_id, k.over.items[i].act, err);
    arena_free(k.arena);
    *busy = k.busy;
    return st;
}

Status live_await_ending(Live *l, uint64_t case_id, Error *err)
{
    Instant until = clock_ticks() + AWAIT_MOST;
    bool busy = !l->options.world;
    Status st = busy ? look(l, case_id, &busy, err) : ST_OK;
    while (st == ST_OK && busy && !live_stopped(l) && clock_ticks() < until) {
        nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY * 1000}, NULL);
        st = look(l, case_id, &busy, err);
    }
    return st;
}

void live_end_command(Live *l, uint64_t case_id, uint32_t act)
{
    for (uint32_t i = 0; i < l->under_way.n; i++) {
        const UnderWay *u = &l->under_way.items[i];
        if (u->case_id == case_id && u->act == act) exec_kill(l->exec, u->tag);
    }
    for (uint32_t i = 0; i < l->under_way.n; i++) {
        const UnderWay *u = &l->under_way.items[i];
        if (u->case_id == case_id && u->act == act) exec_await(l->exec, u->tag);
    }
}

Status live_end_withdrawn(Live *l, const Case *c, const Out *out, Error *err)
{
    bool any = false;
    for (uint32_t i = 0; i < out->effects.n; i++) {
        if (out->effects.items[i].kind != EFFECT_KILL) continue;
        live_end_command(l, c->id, out->effects.items[i].act);
        any = true;
    }
    return any ? live_await_ending(l, c->id, err) : ST_OK;
}

/* Interrupted, and this process lives on: another may take up what it ran. */
void live_let_go(Live *l)
{
    Claim self = {.pid = l->pid, .pid_start = l->pid_start};
    Error ignored;
    bool any = l->under_way.n > 0 && l->exec;
    memcpy(self.boot, l->boot, sizeof self.boot);
    for (uint32_t i = 0; i < l->under_way.n && any; i++) exec_kill(l->exec, l->under_way.items[i].tag);
    for (uint32_t i = 0; i < l->under_way.n && any; i++) exec_await(l->exec, l->under_way.items[i].tag);
    if (any && journal_let_go(l->journal, &self, &ignored) != ST_OK) return;       /* then it ends with this process */
}
