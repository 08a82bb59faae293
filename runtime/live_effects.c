/* live_effects.c -- what was decided is done: Lua at once (live_lua.c), commands under their supervisors.
 *
 * What comes of either is an input again. Commands, and blocks of Lua that act
 * outside, run only so many at once; a step that finds no place free waits for
 * one.
 */
#include "runtime/absence.h"
#include "runtime/gives.h"
#include "runtime/live_private.h"
#include "runtime/printed.h"
#include "runtime/reach.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_EVERY = 50 * 1000 };       /* microseconds: whether another has withdrawn what runs here */

uint32_t live_slots(const Live *l)
{
    if (l->options.world) return l->options.jobs;
    return l->exec && l->under_way.n < l->options.jobs ? l->options.jobs - l->under_way.n : 0;
}

/* When an attempt on the world failed: now, whatever the case's own date. Its pause counts from there; counted from the
 * past, all that are left would be over at once. */
Instant live_failure_time(const Live *l, const Case *c)
{
    Instant now = live_now(l);
    return now > c->now ? now : c->now;
}

/* When a machine's work for a case happened: at the case's own date, or now. */
Instant live_machine_time(const Live *l, const Case *c, int64_t elapsed)
{
    return c->dated ? c->now + elapsed / 1000 * 1000 : live_failure_time(l, c);
}

static void never_began(Live *l, const Case *c, const Effect *e, const char *why)
{
    Pending *p = pending_new(l, c->id, INPUT_RESULT, live_failure_time(l, c));
    p->in.act = e->act;
    p->in.attempt = e->attempt;
    p->in.text = arena_dup(p->arena, why);
    pending_push(l, p);
}

/* What a command left behind, as the step's result. */
static void take_result(Live *l, const Case *c, const IrStep *s, bool undo, const ExecResult *r, Pending *p)
{
    Error why;
    bool cut = r->timed_out || r->killed || r->signal;
    const Stream out = printed_stream(l->secrets, p->arena, r->out, r->out_n, r->out_lost, cut);
    const Stream err = printed_stream(l->secrets, p->arena, r->err, r->err_n, r->err_lost, cut);
    Datum *notes = ARENA_ARRAY(p->arena, Datum, 2);
    p->in.notes = notes;
    printed_note(&l->scratch, p->arena, PRINTED_OUT, &out, notes, &p->in.notes_n);
    printed_note(&l->scratch, p->arena, PRINTED_ERR, &err, notes, &p->in.notes_n);
    GivesOutput output = {out.head, out.head_n, out.lost + out.tail_n, engine_zone(l->program, c, s)};
    if (r->problem) {
        Buf text = {0};
        buf_puts(&text, r->problem);
        gives_complaint(&text, err.lost ? err.tail : err.head, err.lost ? err.tail_n : err.head_n);
        p->in.text = buf_dup(&text, p->arena);
        buf_free(&text);
    } else if (undo) {
        p->in.ok = true;
    } else if (gives_read(p->arena, c->flow, s, &output, &p->in.values, &p->in.values_n, &why) == ST_OK) {
        p->in.ok = true;
    } else {
        p->in.text = arena_dup(p->arena, why.text);
    }
}

/* The command with its values where it names them: "$1" becomes the first. */
static const char *as_it_runs(Live *l, Arena *a, const Effect *e)
{
    Buf *b = &l->scratch;
    buf_clear(b);
    for (const char *t = e->command; *t;) {
        char *end;
        const char *from = t[0] == '"' ? t + 1 : t;
        unsigned long n = from[0] == '$' ? strtoul(from[1] == '{' ? from + 2 : from + 1, &end, 10) : 0;
        if (n < 1 || n > e->args_n) {
            buf_putc(b, *t++);
            continue;
        }
        value_print(b, &e->args[n - 1], STYLE_MACHINE, NULL);
        t = end + (from[1] == '{' && *end == '}');
        t += from != t && from[-1] == '"' && *t == '"';
    }
    return buf_dup(b, a);
}

static void ask_world(Live *l, const Case *c, const Effect *e)
{
    const World *w = l->options.world;
    const IrStep *s = &c->flow->steps[e->step];
    bool mail = e->kind == EFFECT_MAIL;
    ExecResult r = {0};
    Error err;
    const char *command;
    Pending *p = pending_new(l, c->id, INPUT_RESULT, live_machine_time(l, c, 0));
    p->in.act = e->act;
    p->in.attempt = e->attempt;
    if (!mail) command = as_it_runs(l, p->arena, e);
    else if (live_mail_shown(l, e, p->arena, &command, &err) != ST_OK) r.problem = arena_dup(p->arena, err.text);
    if (!r.problem) w->command(w->self, s->name, mail, command, p->arena, &r);
    take_result(l, c, s, e->undo, &r, p);
    if (!p->in.ok) p->in.at = live_failure_time(l, c);
    pending_push(l, p);
}

static Status shell_call(Live *l, const Case *c, const Effect *e, Arena *a, EnvVec *env, ExecCall *call, Error *err)
{
    const char **args = ARENA_ARRAY(a, const char *, e->args_n + 1);
    Status st = ST_OK;
    for (uint32_t i = 0; i < e->args_n && st == ST_OK; i++) {
        Buf b = {0};
        if (e->args[i].type == V_FILE) {
            st = live_hand_over(l, c, e, i, a, &args[i], err);
            continue;
        }
        value_print(&b, &e->args[i], STYLE_MACHINE, NULL);
        args[i] = buf_dup(&b, a);
        buf_free(&b);
    }
    call->command = e->command;
    call->args = args, call->args_n = e->args_n;
    if (st == ST_OK) st = secrets_env(l->secrets, a, e->command, env, err);
    call->env = env->items, call->env_n = env->n;
    return st;
}

static void let_loose(Live *l, const Case *c, const Effect *e)
{
    Arena *a = arena_new();
    Error err;
    Status st = ST_OK;
    EnvVec env = {0};
    *VEC_PUSH(a, &env) = arena_printf(a, "OPS_KEY=%s-%llu-%u", c->process, (unsigned long long)c->id, e->act);
    *VEC_PUSH(a, &env) = arena_printf(a, "OPS_CASE=%llu", (unsigned long long)c->id);
    *VEC_PUSH(a, &env) = arena_printf(a, "OPS_PROCESS=%s", c->process);
    *VEC_PUSH(a, &env) = arena_printf(a, "OPS_STEP=%s", c->flow->steps[e->step].name);
    *VEC_PUSH(a, &env) = arena_printf(a, "OPS_ATTEMPT=%u", e->attempt);
    ExecCall call = {.tag = ++l->next_tag, .env = env.items, .env_n = env.n, .cwd = rows_path(a, l->program, "."),
                     .timeout = e->timeout};
    if (e->kind == EFFECT_MAIL) st = live_mail_call(l, c, e, a, &call, &err);
    else st = shell_call(l, c, e, a, &env, &call, &err);
    if (st == ST_OK) st = exec_start(l->exec, &call, &err);
    UnderWay u = {call.tag, c->id, e->act, e->attempt, c->now, c->dated, NULL};
    if (st != ST_OK) {
        live_take_back(l, &u);
        never_began(l, c, e, err.text);
    } else {
        *VEC_PUSH(l->arena, &l->under_way) = u;
        live_cache(l, c->id)->under_way++;
    }
    arena_free(a);
}

/* In a world that is not the real one nothing is won by it. */
static bool runs_with_others(const Live *l, const Case *c, const Effect *e)
{
    return !l->options.world && !e->alone && !ir_lua_asks(&c->flow->steps[e->step], e->undo);
}

void live_perform(Live *l, const Case *c, const Out *out)
{
    for (uint32_t i = 0; i < out->effects.n; i++) {
        const Effect *e = &out->effects.items[i];
        switch ((EffectKind)e->kind) {
        case EFFECT_LUA:
        case EFFECT_SHELL:
        case EFFECT_MAIL:
            if (e->waits && !l->options.world) live_wait_for_slot(l, c->id, e->act);
            else if (e->kind == EFFECT_LUA && runs_with_others(l, c, e)) live_gather_block(l, c, e);
            else if (e->kind == EFFECT_LUA) live_run_block(l, c, e);
            else if (l->options.world) ask_world(l, c, e);
            else let_loose(l, c, e);
            break;
        case EFFECT_KILL:  break;      /* live_end_withdrawn has */
        }
    }
}

static Status command_ended(Live *l, const ExecResult *r, Error *err)
{
    uint32_t at = 0;
    while (at < l->under_way.n && l->under_way.items[at].tag != r->tag) at++;
    if (at == l->under_way.n) return ST_OK;
    UnderWay u = l->under_way.items[at];
    l->under_way.items[at] = l->under_way.items[--l->under_way.n];
    Cached *cache = live_cache(l, u.case_id);
    cache->under_way--;
    live_take_back(l, &u);
    Case *c;
    Status st = live_load(l, u.case_id, &c, err);
    const Act *act = st == ST_OK ? case_act(c, u.act) : NULL;
    if (u.lua && (!act || act->state != ACT_RUNNING)) live_drop_block(l, u.lua);
    else if (u.lua) live_go_on(l, c, u.lua, r);
    if (st != ST_OK) return st;
    if (!act) live_release(l, u.case_id);
    if (!act) return journal_ended(l->journal, u.case_id, u.act, err);
    if (u.lua) return ST_OK;
    Pending *p = pending_new(l, u.case_id, INPUT_RESULT, u.dated ? u.began + r->elapsed / 1000 * 1000 : live_now(l));
    p->in.act = u.act;
    p->in.attempt = u.attempt;
    take_result(l, c, &c->flow->steps[c->flow->nodes[act->node].a], act->undoes != 0, r, p);
    if (!p->in.ok) p->in.at = live_failure_time(l, c);
    pending_push(l, p);
    return ST_OK;
}

/* A command that may not begin yet: it does as soon as another ends. */
void live_wait_for_slot(Live *l, uint64_t case_id, uint32_t act)
{
    if (l->ready.n == l->ready.cap) {
        l->ready.cap = l->ready.cap ? l->ready.cap * 2 : 64;
        l->ready.cases = mem_resize(l->ready.cases, l->ready.cap * sizeof *l->ready.cases);
        l->ready.acts = mem_resize(l->ready.acts, l->ready.cap * sizeof *l->ready.acts);
    }
    l->ready.cases[l->ready.n] = case_id;
    l->ready.acts[l->ready.n++] = act;
}

/* A step has begun, and nothing is known here of its work: a claim tells whether its command was let loose, and
 * the process that did it whether it still runs. Of Lua it is known what it did. */
Status live_take_up(Live *l, const Case *c, const Act *a, Error *err)
{
    Claim claimed = {.attempt = a->attempt};
    bool loose = a->state == ACT_RUNNING;
    if (loose && case_outside(c, a)) {
        Status st = journal_claim(l->journal, c->id, a->id, &claimed, err);
        if (st != ST_OK && st != ST_NOTFOUND) return st;
        loose = st == ST_OK;
        if (loose && exec_alive(claimed.pid, claimed.pid_start, claimed.boot)) return ST_OK;   /* another ops runs it */
        if (loose && exec_this_boot(claimed.boot)) exec_await_left(claimed.pid);
    }
    bool open = true;
    if (loose && case_machine(c, a) == MACHINE_LUA) {
        Status st = reach_open(l->journal, c->id, a->id, a->attempt, &open, err);
        if (st != ST_OK) return st;
    }
    Pending *p = pending_new(l, c->id, loose ? INPUT_INTERRUPTED : INPUT_BEGIN, live_machine_time(l, c, 0));
    p->in.act = a->id;
    p->in.ok = !open;
    p->in.attempt = claimed.attempt + 1;
    pending_push(l, p);
    return ST_OK;
}

Status live_begin_ready(Live *l, Error *err)
{
    Status st = ST_OK;
    for (uint32_t slots = live_slots(l); st == ST_OK && slots > 0 && l->ready.head < l->ready.n; slots--) {
        size_t at = l->ready.head++;
        Case *c;
        st = live_load(l, l->ready.cases[at], &c, err);
        const Act *a = st == ST_OK ? case_act(c, l->ready.acts[at]) : NULL;
        if (a && (a->state == ACT_RUNNING || a->state == ACT_READY)) st = live_take_up(l, c, a, err);
        live_release(l, l->ready.cases[at]);
    }
    if (l->ready.head == l->ready.n) l->ready.head = l->ready.n = 0;
    return st;
}

/* Takes up what commands have reported; waits for one when nothing else is to be done. */
Status live_collect(Live *l, int64_t wait, Error *err)
{
    ExecResult r;
    Status st;
    while ((st = exec_next(l->exec, wait, &r, err)) == ST_OK) {
        st = command_ended(l, &r, err);
        if (st != ST_OK) return st;
        wait = 0;
    }
    return st == ST_END || st == ST_LOCKED ? ST_OK : st;
}

/* Commands whose step another process has withdrawn meanwhile (cancelled, skipped) are ended. */
static Status stop_withdrawn(Live *l, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < l->under_way.n && st == ST_OK; i++) {
        const UnderWay *u = &l->under_way.items[i];
        Cached *known = live_cached(l, u->case_id);
        Case *c;
        if (known && known->pending) continue;             /* its own input comes first, and finds out */
        live_forget(known);
        st = live_load(l, u->case_id, &c, err);
        if (st == ST_OK && !case_act(c, u->act)) live_end_command(l, u->case_id, u->act);
    }
    return st;
}

/* A command may take hours: who is said to be away meanwhile gets nothing of what comes behind it. */
static Status see_who_is_away(Live *l, Error *err)
{
    if (!l->options.as_written) return ST_OK;
    Absences all;
    Arena *look = arena_new();             /* most of what others write is something else */
    Status st = absences_read(l->journal, look, &all, err);
    bool new = st == ST_OK && all.kept && (!l->away || strcmp(all.kept, l->away) != 0);
    arena_free(look);
    if (new) st = absences_read(l->journal, l->arena, &all, err);
    if (new && st == ST_OK) {
        l->away = all.kept;
        l->program = l->env.program = absences_apply(l->arena, l->options.as_written, &all);
    }
    return st;
}

Status live_wait_for_commands(Live *l, Error *err)
{
    Status st = live_collect(l, LOOK_EVERY, err);
    if (st != ST_OK || !journal_changed(l->journal)) return st;
    st = see_who_is_away(l, err);
    return st == ST_OK ? stop_withdrawn(l, err) : st;
}
