/* live.c -- one turn after another, until only people, timers and files are left.
 *
 * One turn: take up to a batch of inputs of different cases, let the engine
 * decide each, commit all decisions in one transaction, then perform their
 * effects; what comes of those is an input again. When no input is left,
 * messages between cases are delivered, and when none is left of those either,
 * the run is over.
 *
 * Nothing here is remembered that the journal does not know: a conflict or a
 * failed commit drops the cases concerned, and they are read anew.
 */
#include "runtime/live_private.h"
#include "runtime/older.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TRIES = 20 };

/* ---- one turn ----------------------------------------------------------------------------- */

struct Turn {                          /* one at a time; its arrays are filled from the front */
    Live *live;
    Pending *pendings[BATCH];
    Case *cases[BATCH];
    uint32_t before[BATCH];            /* the case's events then */
    uint32_t turns_n[BATCH];           /* how many of its turns are noted */
    Together ahead[BATCH];             /* cases that go on ahead of the commit, by the first of their effects */
    uint32_t ahead_of[BATCH];          /* to pending */
    Advance advances[BATCH];
    uint32_t of[BATCH];                /* advance to pending */
    size_t n, advances_n;
    Claim claims[BATCH];
    size_t claims_n;
    uint32_t slots;
    int64_t began;                     /* by clock_ticks */
};

static Status case_of(Live *l, const Pending *p, Case **out, Error *err)
{
    if (p->case_id) return live_load(l, p->case_id, out, err);
    *out = case_new(p->process->flow);
    return journal_keep_flow(l->journal, p->process->flow, err);
}

static bool lua_acts(const Case *c, const Effect *e)
{
    return ir_outside(&c->flow->steps[e->step], e->undo);
}

static bool calls_back(const Out *out)
{
    bool any = false;
    for (uint32_t i = 0; i < out->messages.n; i++) any |= out->messages.items[i].kind == MESSAGE_WITHDRAW;
    return any;
}

/* A row for each command that this advance lets loose; those for which there is no place wait, and so do those behind a
 * call that was withdrawn: what the called case runs has to be ended first. */
static void claim(Turn *t, Advance *a)
{
    bool behind = !t->live->options.world && (t->live->calls_back || calls_back(a->out));
    a->claims = &t->claims[t->claims_n];
    for (uint32_t i = 0; i < a->out->effects.n; i++) {
        Effect *e = &a->out->effects.items[i];
        if (e->kind == EFFECT_KILL || (e->kind == EFFECT_LUA && !lua_acts(a->of, e))) continue;
        bool sends = e->kind != EFFECT_LUA || t->live->exec;       /* or may, and holds a place */
        e->waits = (t->slots == 0 && sends) || t->claims_n == BATCH || behind;
        if (e->waits) continue;
        t->slots -= sends;
        Claim *c = &t->claims[t->claims_n++];
        *c = (Claim){.act = e->act, .attempt = e->attempt, .pid = t->live->pid, .pid_start = t->live->pid_start};
        memcpy(c->boot, t->live->boot, sizeof c->boot);
        a->claims_n++;
    }
}

/* Cases of one commit take turns after each other. */
static void note_turns(Turn *t, size_t i)
{
    Live *l = t->live;
    const Out *out = l->outs[i];
    while (t->turns_n[i] < out->turns.n) {
        const TurnTaken *taken = &out->turns.items[t->turns_n[i]++];
        *VEC_PUSH(l->turns_arena, &l->turns) = (TurnTaken){arena_dup(l->turns_arena, taken->key), NULL,
                                                           arena_dup(l->turns_arena, taken->after)};
    }
}

static Status env_turn(void *self, Arena *a, const char *key, const char **person, Error *err)
{
    Live *l = self;
    for (uint32_t i = l->turns.n; i-- > 0;)
        if (strcmp(l->turns.items[i].key, key) == 0) return *person = l->turns.items[i].after, ST_OK;
    return journal_noted(l->journal, a, key, person, err);
}

static void refused(Live *l, Pending *p, Case *c, Status st, const Error *why)
{
    if (p->refused) {
        *p->refused = st;
        *p->why = *why;
    } else {
        buf_printf(&l->report->notes, "%s%s%s: %s\n", c->process, p->in.key ? " " : "", p->in.key ? p->in.key : "",
                   why->text);
    }
    if (p->case_id) live_forget(live_cached(l, p->case_id));
    else case_free(c);
    pending_done(l, p);
}

/* A case was begun that another one, open already, takes the place of: the trigger becomes an input of that. */
static bool note_instead(Turn *t, size_t i, Case *begun, uint64_t open)
{
    Live *l = t->live;
    Pending *p = t->pendings[i];
    live_brought(p, &l->outs[i]->events.items[0]);
    case_free(begun);
    t->cases[i] = NULL;
    for (size_t k = 0; k < t->n; k++) {
        if (k == i || !t->pendings[k] || t->pendings[k]->case_id != open) continue;
        t->pendings[i] = NULL;                     /* that one has its turn now: this comes in the next */
        pending_push(l, p);
        return false;
    }
    p->case_id = open;
    p->in.kind = INPUT_NOTE;
    live_cache(l, open)->pending++;
    return true;
}

enum { AHEAD_MOST = 32, AHEAD_MS = 100 };       /* results in a row, of one case; in all, of a turn of the real world */

/* May blocks of this case run ahead of the commit? One that has no number yet draws others' random numbers. */
static bool may_go_ahead(const Turn *t, const Case *c)
{
    Live *l = t->live;
    if (l->by_time || !c->id || live_cached(l, c->id)->pending > 1) return false;
    return l->options.world || clock_ticks() - t->began < AHEAD_MS * (US_SECOND / 1000);
}

/* Was it open work until now? Should it become that again, it is another row of it. */
static bool was_open_work(const Out *out, uint32_t act)
{
    for (uint32_t i = 0; i < out->touched.n; i++) {
        uint8_t was = out->touched.items[i].was;
        if (out->touched.items[i].act == act) return was && was != ACT_RUNNING && was != ACT_READY;
    }
    return false;
}

/* Do blocks come next that only calculate, and nothing else? A command beside them begins when they do: what they give
 * does not come ahead of it. */
static bool calculates(const Case *c, const Out *out)
{
    for (uint32_t i = 0; i < out->effects.n; i++) {
        const Effect *e = &out->effects.items[i];
        if (e->kind != EFFECT_LUA || e->alone || ir_lua_asks(&c->flow->steps[e->step], e->undo) ||
            was_open_work(out, e->act))
            return false;
    }
    return out->effects.n > 0;
}

static void refuse(Turn *t, size_t i, Status st, const Error *why)
{
    Pending *p = t->pendings[i];
    t->pendings[i] = NULL;
    refused(t->live, p, t->cases[i], st, why);
}

/* Those of the inputs from..to whose cases go ahead, as things stand. */
static uint32_t who_goes_ahead(Turn *t, size_t from, size_t to)
{
    uint32_t n = 0;
    for (size_t i = from; i < to; i++) {
        if (!t->pendings[i] || !calculates(t->cases[i], t->live->outs[i]) || !may_go_ahead(t, t->cases[i])) continue;
        t->ahead[n] = (Together){.of = t->cases[i], .effect = t->live->outs[i]->effects.items};
        t->ahead_of[n++] = (uint32_t)i;
    }
    return n;
}

/* The first effect is over; its result is the next input. */
static void goes_on(Turn *t, size_t i, const Input *in)
{
    Error why = {0};
    Out *out = t->live->outs[i];
    Effect *e = out->effects.items;
    memmove(e, e + 1, --out->effects.n * sizeof *e);
    Status st = engine_go_on(t->cases[i], &t->live->env, in, out, &why);
    if (st == ST_OK) note_turns(t, i);
    else refuse(t, i, st, &why);
}

/* A block that touches nothing outside need not wait until what led to it is on the disk: if that fails, it has not
 * run either. So steps of such blocks that follow each other are one commit; and of all cases of a turn the next ones
 * run together. */
static void go_ahead(Turn *t, size_t from, size_t to)
{
    for (int round = 0; round < AHEAD_MOST; round++) {
        uint32_t n = who_goes_ahead(t, from, to);
        if (n == 0) return;
        live_run_together(t->live, t->ahead, n);
        for (uint32_t k = 0; k < n; k++) {
            Input in;
            Out *out = t->live->outs[t->ahead_of[k]];
            if (live_came_ahead(&t->ahead[k], out->arena, &in)) goes_on(t, t->ahead_of[k], &in);
            else out->effects.items[0].alone = true;
        }
    }
}

/* What input i leads to, in memory. */
static Status decide(Turn *t, size_t i, Error *err)
{
    Live *l = t->live;
    Pending *p = t->pendings[i];
    Case *c = NULL;
    uint64_t open = 0;
    Status st = case_of(l, p, &c, err);
    if (st != ST_OK) {
        if (!p->case_id) case_free(c);
        return st;
    }
    Out *out = l->outs[i];
    Error why = {0};
    t->cases[i] = c;
    t->before[i] = c->seq;
    t->turns_n[i] = 0;
    st = engine_advance(c, &l->env, &p->in, out, &why);
    if (st == ST_OK && p->in.kind == INPUT_START && p->process->one != CODE_NONE && !p->in.n && !p->in.unfit) {
        st = live_open_case(l, p, out, &open, &why);
        if (st != ST_OK && !p->refused && !p->taken) {       /* nobody is there to be told, and no row comes again */
            case_free(c);
            p->in.unfit = arena_printf(p->arena, "which case it is one of cannot be judged: %s", why.text);
            return decide(t, i, err);
        }
    }
    if (open) return note_instead(t, i, c, open) ? decide(t, i, err) : ST_OK;
    if (st == ST_OK) note_turns(t, i);
    else refuse(t, i, st, &why);
    return ST_OK;
}

/* It becomes a part of the commit, or is done. */
static void settle(Turn *t, size_t i)
{
    Live *l = t->live;
    Pending *p = t->pendings[i];
    Case *c = t->cases[i];
    Out *out = l->outs[i];
    if (!p) return;
    Advance *a = &t->advances[t->advances_n];
    *a = (Advance){.of = c, .seq_before = t->before[i], .out = out, .consumes = p->consumes, .cause_key = p->cause_key,
                   .taken = p->taken, .schedule = p->schedule, .ran = p->ran,
                   .one = p->in.kind == INPUT_START ? p->one : NULL, .one_before = p->one_before};
    claim(t, a);
    if (out->events.n == 0 && a->claims_n == 0 && !p->consumes) {    /* an effect again, or nothing at all */
        live_perform(l, c, out);
        live_run_gathered(l);
        t->pendings[i] = NULL;
        pending_done(l, p);
        return;
    }
    t->of[t->advances_n++] = (uint32_t)i;
}

/* A world that is turned knows nothing of messages to a process: each goes as far as it comes, before the next. */
static Status decide_all(Turn *t, Error *err)
{
    Status st = ST_OK;
    bool apart = t->live->options.world != NULL;
    for (size_t i = 0; i < t->n && st == ST_OK; i++) {
        st = decide(t, i, err);
        if (st == ST_OK && apart) go_ahead(t, i, i + 1);
        if (st == ST_OK && apart) settle(t, i);
    }
    if (st == ST_OK && !apart) go_ahead(t, 0, t->n);
    for (size_t i = 0; i < t->n && st == ST_OK && !apart; i++) settle(t, i);
    return st;
}

/* Its machine part failed; what is offered anew after a correction has not. */
static bool came_back(const Case *c, const Event *e)
{
    const Act *a = case_act(c, e->act);
    return e->text && a && a->attempt;
}

/* Does it wait for a lock, hold or give one back? */
static bool concerns_lock(const Case *c, const Touched *t)
{
    const Act *a = case_act(c, t->act);
    return t->lock || (a && c->flow->nodes[a->node].op == IRN_LOCK);
}

static bool waits_for_event(const Act *a)
{
    return a && a->state == ACT_WAITING && a->text;
}

Buf *live_stands(Live *l)
{
    return l->runs ? &l->stands : &l->report->notes;
}

/* What a run finds by the table of all that is due, in its order, a person who moved a case is not to wait for a run to
 * find: as a wait until yesterday. */
static void note_came(Live *l, const Case *c)
{
    Instant due = engine_earliest_due(c);
    if (c->status != CASE_RUNNING || (due > c->now && due > live_now(l))) return;
    *VEC_PUSH(l->arena, &l->came) = (Came){due, c->id};
}

/* An older version may offer a step to a role that is gone. */
static void note_stuck(Live *l, const Case *c, uint32_t act)
{
    l->stuck.notes = l->runs ? &l->stuck_notes : &l->report->notes;
    older_offered(l->program, c, case_act(c, act), live_now(l), &l->stuck);
}

static void note_effects(Live *l, const Case *c, const Out *out)
{
    l->report->advances++;
    l->report->events += out->events.n;
    for (uint32_t i = 0; i < out->events.n; i++) {
        uint16_t kind = out->events.items[i].kind;
        l->report->started += kind == EV_STARTED;
        l->report->noted += kind == EV_NOTED;
        l->report->ended += kind == EV_ENDED;
        l->report->failed += kind == EV_ENDED && out->events.items[i].n == CASE_FAILED;
        l->report->reminded += kind == EV_REMINDED;
        l->report->escalated += kind == EV_ESCALATED;
        if (kind == EV_INCIDENT && l->report->incidents++ < INCIDENTS_NAMED) {
            l->report->named[l->report->incidents - 1].case_id = c->id;
            l->report->named[l->report->incidents - 1].act = out->events.items[i].act;
        }
        l->report->returned += kind == EV_OFFERED && came_back(c, &out->events.items[i]);
        if (kind == EV_OFFERED && !l->looks) note_stuck(l, c, out->events.items[i].act);
    }
    if (out->messages.n) l->messages_maybe = true;
    l->calls_back |= calls_back(out);
    if (l->by_hand) note_came(l, c);
    for (uint32_t i = 0; i < out->touched.n; i++) {
        const Act *a = case_act(c, out->touched.items[i].act);
        if (concerns_lock(c, &out->touched.items[i])) l->locks_maybe = true;
        if (waits_for_event(a)) l->waits_maybe = true;
        if (a && a->state == ACT_OFFERED && l->tasks) task_opened(l, c, a);
    }
}

static void kept(Live *l, Pending *p, Advance *a)
{
    Case *c = a->of;
    if (!p->case_id) {
        Cached *entry = live_cache(l, c->id);
        live_forget(entry);
        entry->of = c;
        entry->pending++;
        p->case_id = c->id;
    }
    if (p->new_id) *p->new_id = c->id;
    if (p->asked) *p->asked = true;
    l->report->rows += p->taken != NULL;
    note_effects(l, c, a->out);
    live_perform(l, c, a->out);
    pending_done(l, p);
}

/* Does somebody wait to hear of it, or is it lost where it is not recorded? Else whoever was first sees to it, and
 * what is left is found again. */
static bool must_be_told(const Pending *p)
{
    return p->refused || (p->in.kind != INPUT_TIMER && !p->consumes);
}

static void let_it_be(Live *l, Pending *p, Case *c)
{
    if (p->case_id) live_forget(live_cached(l, p->case_id));
    else case_free(c);
    pending_done(l, p);
}

/* Another process was first. Its row or message is done; a case it moved is read again. turn_lost: only a turn
 * was taken, and the input comes again. What a command did here nobody else can tell: that has no end of tries. */
static void conflicted(Live *l, Pending *p, Case *c, const Advance *a)
{
    if (a->message_gone) {
        let_it_be(l, p, c);
        return;
    }
    if (a->turn_lost) {                            /* there is a next one: nobody waits for ever */
        if (p->case_id) live_forget(live_cached(l, p->case_id));
        else case_free(c);
        pending_push(l, p);
        if (p->case_id) live_cached(l, p->case_id)->pending--;
        return;
    }
    if (p->one && p->tries < MOST_TRIES) {         /* or became the only open case, or ended it: look again */
        p->tries++;
        if (p->case_id) {
            Cached *entry = live_cached(l, p->case_id);
            live_forget(entry);
            entry->pending--;
            live_release(l, p->case_id);
        } else {
            case_free(c);
        }
        p->case_id = 0;
        p->in.kind = INPUT_START;
        pending_push(l, p);
        return;
    }
    if (!p->case_id || (p->tries + 1 >= MOST_TRIES && !must_be_told(p))) {
        let_it_be(l, p, c);
        return;
    }
    if (++p->tries >= MOST_TRIES && p->in.kind != INPUT_RESULT) {
        Error why;
        Status st = fail(&why, ST_LOCKED, "others kept changing case %llu: try again", (unsigned long long)p->case_id);
        refused(l, p, c, st, &why);
        return;
    }
    live_forget(live_cached(l, p->case_id));
    if (p->in.kind == INPUT_LOCKED) {
        pending_done(l, p);
        return;
    }
    if (p->in.kind == INPUT_BEGIN || p->in.kind == INPUT_INTERRUPTED) {
        live_wait_for_slot(l, p->case_id, p->in.act);   /* another may have let its command loose: look again */
        pending_done(l, p);
        return;
    }
    pending_push(l, p);
    live_cached(l, p->case_id)->pending--;              /* pushed anew: it was counted already */
}

/* A failed commit: nothing happened, so nothing of it may stay in memory. */
static void drop(Turn *t)
{
    for (size_t i = 0; i < t->n; i++) {
        Pending *p = t->pendings[i];
        if (!p) continue;
        if (!p->case_id) case_free(t->cases[i]);
        else live_forget(live_cached(t->live, p->case_id));
        pending_done(t->live, p);
    }
}

/* ---- timers together ---------------------------------------------------------------------- */

/* May what was decided change what another case decides? */
static bool reaches_others(const Live *l, const Case *c, const Out *out)
{
    if (l->asked || out->messages.n || out->effects.n || out->turns.n) return true;
    for (uint32_t i = 0; i < out->touched.n; i++)
        if (concerns_lock(c, &out->touched.items[i]) || waits_for_event(case_act(c, out->touched.items[i].act)))
            return true;
    return false;
}

/* Those from the i-th on have not been looked at: timers are still due, and will be found again, where they are noted
 * by whoever looks for nothing but these. What else got among
 * them, of commands that ended meanwhile, comes in the next turn. */
static void leave_rest(Turn *t, size_t i)
{
    Live *l = t->live;
    for (; i < t->n; i++) {
        Pending *p = t->pendings[i];
        t->pendings[i] = NULL;
        if (p->in.kind == INPUT_TIMER) {
            if (l->by_hand) *VEC_PUSH(l->arena, &l->came) = (Came){p->in.at, p->case_id};
            pending_done(l, p);
        } else {
            pending_push(l, p);
            if (p->case_id) live_cached(l, p->case_id)->pending--;         /* it was counted already */
        }
    }
}

/* Timers come one after the other, in the order in which they fell due; but a commit for each would be a wait for the
 * disk for each. So they are decided together as long as nobody can tell. */
static Status decide_timers(Turn *t, Error *err)
{
    Live *l = t->live;
    Status st = ST_OK;
    Instant again = INSTANT_NEVER;     /* when the first of them is due once more */
    for (size_t i = 0; i < t->n && st == ST_OK; i++) {
        Turn before = {.advances_n = t->advances_n, .claims_n = t->claims_n, .slots = t->slots};
        l->asked = false;
        st = decide(t, i, err);
        if (st == ST_OK) settle(t, i);
        if (st != ST_OK || !t->pendings[i]) continue;
        Instant due = t->cases[i]->status == CASE_RUNNING ? engine_earliest_due(t->cases[i]) : INSTANT_NEVER;
        if (due < again) again = due;
        if (l->asked && i > 0) {       /* the store does not hold yet what came before: it is asked again then */
            t->advances_n = before.advances_n, t->claims_n = before.claims_n, t->slots = before.slots;
            live_forget(live_cached(l, t->pendings[i]->case_id));
            leave_rest(t, i);
        } else if (i + 1 < t->n &&
                   (t->pendings[i + 1]->in.at >= again || reaches_others(l, t->cases[i], l->outs[i]))) {
            leave_rest(t, i + 1);
        } else {
            continue;
        }
        break;
    }
    return st;
}

/* ---- the turn as a whole ------------------------------------------------------------------ */

/* Who is killed ahead of telling it leaves word for the next run to look again. */
static Status leave_word(Live *l, Error *err)
{
    if (!l->runs || !l->stuck.n || l->untold) return ST_OK;
    l->untold = true;
    return older_untold(l->journal, l->program, err);
}

/* Has it gone on for too long, since the drain began? */
static bool endless(Live *l)
{
    l->report->endless |= l->options.most && l->report->advances - l->before > l->options.most;
    return l->report->endless;
}

Status live_turn(Live *l, Error *err)
{
    Turn *t = l->turn;
    if (endless(l))
        return fail(err, ST_FAILED, "it goes on and on: %llu turns, and no time has passed",
                    (unsigned long long)l->options.most);
    t->live = l;
    t->began = clock_ticks();
    t->slots = live_slots(l);
    t->advances_n = t->claims_n = 0;
    t->n = pending_take(l, t->pendings, BATCH);
    memset(t->cases, 0, t->n * sizeof *t->cases);
    arena_reset(l->turns_arena);
    memset(&l->turns, 0, sizeof l->turns);
    script_hold(l->script);
    Status st = l->by_time ? decide_timers(t, err) : decide_all(t, err);
    l->by_time = false;
    script_let_go(l->script);
    if (st == ST_OK && t->advances_n) st = journal_commit(l->journal, t->advances, t->advances_n, err);
    if (st != ST_OK) {
        drop(t);
        return st;
    }
    for (size_t i = 0; i < t->advances_n && st == ST_OK; i++)
        if (t->advances[i].status == ST_OK) st = live_end_withdrawn(l, t->advances[i].of, t->advances[i].out, err);
    script_hold(l->script);
    for (size_t i = 0; i < t->advances_n; i++) {
        Pending *p = t->pendings[t->of[i]];
        if (t->advances[i].status == ST_OK) kept(l, p, &t->advances[i]);
        else conflicted(l, p, t->advances[i].of, &t->advances[i]);
    }
    live_run_gathered(l);
    script_let_go(l->script);
    return st == ST_OK ? leave_word(l, err) : st;
}

/* ---- until nothing is left ----------------------------------------------------------------------------- */

/* Once in a store: who runs it every five minutes knows it by then. */
static Status tell_unfiltered(Live *l, Error *err)
{
    static const char key[] = "lua unfiltered";
    int unfiltered = l->script ? script_unfiltered(l->script) : 0;
    const char *known = NULL;
    if (!unfiltered || l->told_unfiltered || l->options.unfiltered) return ST_OK;
    Arena *a = arena_new();
    Status st = journal_noted(l->journal, a, key, &known, err);
    if (st == ST_OK && !known) st = journal_note(l->journal, key, strerror(unfiltered), err);
    if (st == ST_OK && !known)
        buf_printf(&l->report->notes, "Lua runs here without the kernel's filter of its calls (%s): limits alone hold "
                                      "its process. This is said once\n", strerror(unfiltered));
    l->told_unfiltered = st == ST_OK;
    arena_free(a);
    return st;
}

Status live_drain(Live *l, Error *err)
{
    Status st = ST_OK;
    l->before = l->report->advances;
    while (st == ST_OK) {
        if (live_stopped(l)) return fail(err, ST_LOCKED, "stopped: what was recorded is safe; `ops run` goes on");
        if (l->under_way.n) st = live_collect(l, 0, err);
        if (st != ST_OK) break;
        if (l->queued) st = live_turn(l, err);
        else if (live_slots(l) && l->ready.n && !l->calls_back) st = live_begin_ready(l, err);
        else if (l->waits_maybe) st = live_catch_up(l, err);    /* ahead of newer messages: a wait takes the oldest */
        else if (l->locks_maybe) st = live_grant(l, err);
        else if (l->messages_maybe) st = live_deliver(l, err);
        else if (l->under_way.n) st = live_wait_for_commands(l, err);
        else if (l->came.n) intake_came(l);
        else return tell_unfiltered(l, err);
        if (l->options.progress) l->options.progress(l->options.progress_self, "events", l->report->events);
    }
    return st;
}

Status live_follow(Live *l, Error *err)
{
    l->came.n = 0;
    l->by_hand = true;
    Status st = live_drain(l, err);
    l->by_hand = false;
    older_rest(&l->stuck);
    return st;
}

/* ---- after a crash ------------------------------------------------------------------------------------------ */

/* Machine steps that were under way, or waited for a place, when the last process ended. */
Status live_recover(Live *l, Error *err)
{
    uint64_t *ids;
    uint32_t n = 0;
    Arena *a = arena_new();
    live_take_back_left(l);
    Status st = journal_calls_back(l->journal, &l->calls_back, err);
    if (st == ST_OK) st = journal_todo(l->journal, a, &ids, &n, err);
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        Case *c;
        st = live_load(l, ids[i], &c, err);
        for (uint32_t k = 0; st == ST_OK && k < c->acts.n; k++) {
            const Act *act = &c->acts.items[k];
            if (act->state == ACT_RUNNING || act->state == ACT_READY) st = live_take_up(l, c, act, err);
        }
        if (st == ST_OK) live_release(l, ids[i]);
        if (l->queued >= 4 * BATCH && st == ST_OK) st = live_drain(l, err);
    }
    arena_free(a);
    l->looked_to = l->kept = l->kept_told = 0;
    l->messages_maybe = l->waits_maybe = l->locks_maybe = true;
    return st == ST_OK ? live_drain(l, err) : st;
}

/* ---- the calls ------------------------------------------------------------------------------------------------- */

static Status env_table(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err)
{
    return tables_find(((Live *)self)->tables, a, table, key, row, err);
}

static Status env_metric(void *self, Arena *a, uint32_t metric, Value *out, Error *err)
{
    Live *l = self;
    l->asked = true;
    return l->options.metric(l->options.metric_self, a, metric, out, err);
}

Live *live_new(const IrProgram *p, Journal *j, Exec *exec, const LiveOptions *options)
{
    Live *l = mem_zero(1, sizeof *l);
    l->program = p;
    l->journal = j;
    l->exec = exec;
    l->options = *options;
    l->script = options->script;
    if (!l->options.jobs) l->options.jobs = 4;
    l->secrets = secrets_new(p, options->world == NULL);
    l->tables = tables_new(p, options->world != NULL);
    l->env = (Env){.program = p, .table = env_table, .metric = options->metric ? env_metric : NULL, .turn = env_turn,
                   .self = l};
    l->arena = arena_new();
    if (l->script) *VEC_PUSH(l->arena, &l->scripts) = l->script;
    l->turns_arena = arena_new();
    l->lua_arena = arena_new();
    l->jobs_arena = arena_new();
    l->due_arena = arena_new();
    for (size_t i = 0; i < BATCH; i++) l->outs[i] = out_new();
    l->turn = mem_zero(1, sizeof *l->turn);
    exec_self(&l->pid, &l->pid_start, l->boot);
    return l;
}

const IrProgram *live_program(const Live *l)
{
    return l->program;
}

void live_reset(Live *l)
{
    for (size_t i = l->queue.head; i < l->queue.n; i++)
        for (Pending *p = l->queue.items[i], *behind; p; p = behind) {
            behind = p->behind;
            arena_free(p->arena);
        }
    l->queue.head = l->queue.n = l->queued = 0;
    l->rows.next = l->rows.n = l->rows.ahead = 0;
    l->looked_to = 0;
    l->ready.head = l->ready.n = 0;
    for (size_t i = 0; i < BUCKETS && l->cached; i++)
        for (Cached *c; (c = l->cases[i]); l->cached--) {
            l->cases[i] = c->next;
            case_free(c->of);
            free(c);
        }
    l->messages_maybe = l->calls_back = l->waits_maybe = l->locks_maybe = l->by_time = false;
}

void live_free(Live *l)
{
    if (!l) return;
    live_let_go(l);
    live_reset(l);
    while (l->spare_n) arena_free(l->spare[--l->spare_n]);
    free(l->queue.items);
    free(l->ready.cases);
    free(l->ready.acts);
    for (size_t i = 0; i < BATCH; i++) out_free(l->outs[i]);
    free(l->turn);
    live_free_blocks(l);
    tables_free(l->tables);
    secrets_free(l->secrets);
    arena_free(l->tasks_arena);
    arena_free(l->turns_arena);
    arena_free(l->lua_arena);
    arena_free(l->jobs_arena);
    arena_free(l->due_arena);
    buf_free(&l->scratch), buf_free(&l->stuck_notes), buf_free(&l->stands);
    arena_free(l->arena);
    free(l);
}

const Env *live_env(const Live *l) { return &l->env; }
Tables *live_tables(const Live *l) { return l->tables; }
Journal *live_journal(const Live *l) { return l->journal; }

Status live_due(Live *l, LiveReport *report, Error *err)
{
    l->report = report;
    Status st = intake_by_time(l, err);
    return st == ST_OK ? intake_schedules(l, err) : st;
}

Status live_next(Live *l, Instant *at, Error *err)
{
    Instant schedule = INSTANT_NEVER;
    Status st = intake_next(l, &schedule, err);
    if (st == ST_OK) st = journal_next_due(l->journal, at, err);
    if (st == ST_OK && schedule < *at) *at = schedule;
    return st;
}

static Status run_all(Live *l, Error *err)
{
    Status st = intake_rows(l, err);
    if (st == ST_OK) st = intake_schedules(l, err);
    if (st == ST_OK) st = live_drain(l, err);
    return st == ST_OK ? intake_by_time(l, err) : st;
}

/* What happened comes first, and what stands last. */
static void gather_notes(Live *l, LiveReport *report)
{
    report->happened = report->notes.n;
    buf_add(&report->notes, buf_text(&l->stuck_notes), l->stuck_notes.n);
    report->stuck = report->notes.n;
    buf_add(&report->notes, buf_text(&l->stands), l->stands.n);
    buf_clear(&l->stuck_notes), buf_clear(&l->stands);
    l->runs = false;
}

/* Where all that is open is to be looked at, that is done behind the run, so that no step is told of twice. */
Status live_run(Live *l, LiveReport *report, Error *err)
{
    OlderRoles roles;
    Arena *a = arena_new();
    l->report = report;
    l->runs = true, l->untold = false, l->roles_are = NULL;
    l->stuck = (OlderStuck){.notes = &l->stuck_notes};
    Status st = older_new_roles(l->journal, l->program, a, &roles, err);
    l->looks = st == ST_OK && roles.lacks;
    if (st == ST_OK) st = run_all(l, err);
    if (st == ST_OK) tables_problems(l->tables, &l->stands);
    if (st == ST_OK && roles.lacks) st = older_look(l->journal, l->program, live_now(l), &l->stuck, err);
    if (st == ST_OK && l->untold) roles.are = older_roles(l->program, a);
    if (st == ST_OK && roles.are) l->roles_are = arena_dup(l->arena, roles.are);
    l->looks = false;
    older_rest(&l->stuck);
    gather_notes(l, report);
    arena_free(a);
    return st;
}

Status live_told(Live *l, Error *err)
{
    const char *are = l->roles_are;
    l->roles_are = NULL;
    return are ? older_told(l->journal, l->program, are, err) : ST_OK;
}

Status live_asked(const Live *l, Status st, bool recorded, Error *err)
{
    if (st != ST_LOCKED || !live_stopped(l)) return st;
    if (!recorded) return fail(err, ST_LOCKED, "stopped: nothing was recorded of what was asked");
    return fail(err, ST_LOCKED, "stopped: what was asked is recorded; `ops run` goes on with what follows from it");
}

static Status push_and_drain(Live *l, Pending *p, Error *err)
{
    Status refusal = ST_OK, st;
    Error why = {0};
    bool kept = false;
    p->refused = &refusal;
    p->why = &why;
    if (p->in.kind != INPUT_TIMER) p->asked = &kept;       /* a timer falls due ahead of it */
    pending_push(l, p);
    st = live_follow(l, err);
    if (refusal != ST_OK) {
        if (err) *err = why;
        return refusal;
    }
    return live_asked(l, st, kept, err);
}

Status live_input(Live *l, uint64_t case_id, const Input *in, LiveReport *report, Error *err)
{
    l->report = report;
    Pending *p = pending_new(l, case_id, (InputKind)in->kind, in->at);
    p->in = *in;
    return push_and_drain(l, p, err);
}

static Status may_begin(const Live *l, const char *process, const IrProcess **of, Error *err)
{
    *of = ir_process(l->program, process);
    if (!*of) return fail(err, ST_NOTFOUND, "there is no process %s in %s", process, l->program->file);
    if (live_may_begin(l, *of)) return ST_OK;
    Arena *a = arena_new();
    Status st = fail(err, ST_CONFIG, "%s", process_rests(a, *of));
    arena_free(a);
    return st;
}

static Pending *pending_by_hand(Live *l, const IrProcess *of, const Datum *values, uint32_t n, const char *person)
{
    Pending *p = pending_start(l, of, live_now(l), false);
    p->in.values = values;
    p->in.values_n = n;
    p->in.person = person;
    p->in.text = arena_printf(p->arena, "by %s", person ? person : "hand");
    return p;
}

Status live_start(Live *l, const char *process, const Datum *values, uint32_t n, const char *person, const char *login,
                  uint64_t *case_id, LiveReport *report, Error *err)
{
    const IrProcess *of;
    l->report = report;
    Status st = may_begin(l, process, &of, err);
    if (st != ST_OK) return st;
    const IrFlow *f = of->flow;
    Arena *a = arena_new();
    const char *complaint = arena_printf(a, "%s takes no", process);
    for (uint32_t i = 0; i < n && st == ST_OK; i++)
        st = field_known(a, &f->unit, f->takes, f->takes_n, values[i].name, complaint, err);
    arena_free(a);
    if (st != ST_OK) return st;
    Pending *p = pending_by_hand(l, of, values, n, person);
    p->in.login = login;
    p->new_id = case_id;
    return push_and_drain(l, p, err);
}

Status live_start_at(Live *l, const char *process, const char *step, const Datum *values, uint32_t n,
                     const char *person, uint64_t *case_id, LiveReport *report, Error *err)
{
    const IrProcess *of;
    l->report = report;
    Status st = may_begin(l, process, &of, err);
    if (st != ST_OK) return st;
    Pending *p = pending_by_hand(l, of, values, n, person);
    p->in.step = step;
    p->new_id = case_id;
    return push_and_drain(l, p, err);
}
