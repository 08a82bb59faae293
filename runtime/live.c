/* live.c -- inputs, commits, effects, messages.
 *
 * One turn: take up to a batch of inputs of different cases, let the engine
 * decide each, commit all decisions in one transaction, then perform their
 * effects; Lua runs at once, commands go to their supervisors, and what comes
 * of either is an input again. When no input is left, messages between cases
 * are delivered, and when none is left of those either, the turn is over.
 *
 * Nothing here is remembered that the journal does not know: a conflict or a
 * failed commit drops the cases concerned, and they are read anew.
 */
#include "runtime/fit.h"
#include "runtime/gives.h"
#include "runtime/live_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TRIES = 20, DELIVER = 256 };

/* ---- cases in memory ------------------------------------------------------------- */

static Cached **bucket(Live *l, uint64_t id)
{
    return &l->cases[id % BUCKETS];
}

static Cached *cached(Live *l, uint64_t id)
{
    for (Cached *c = *bucket(l, id); c; c = c->next)
        if (c->id == id) return c;
    return NULL;
}

static Cached *cache_entry(Live *l, uint64_t id)
{
    Cached *c = cached(l, id);
    if (c) return c;
    c = mem_zero(1, sizeof *c);
    c->id = id;
    c->next = *bucket(l, id);
    *bucket(l, id) = c;
    return c;
}

static void forget(Cached *c)
{
    if (!c) return;
    case_free(c->of);
    c->of = NULL;
}

void live_release(Live *l, uint64_t id)
{
    for (Cached **at = bucket(l, id); *at; at = &(*at)->next) {
        Cached *c = *at;
        if (c->id != id) continue;
        if (c->pending || c->under_way) return;
        *at = c->next;
        case_free(c->of);
        free(c);
        return;
    }
}

Status live_load(Live *l, uint64_t id, Case **out, Error *err)
{
    Cached *c = cache_entry(l, id);
    if (!c->of) {
        Status st = journal_case(l->journal, id, &c->of, err);
        if (st != ST_OK) return st;
    }
    *out = c->of;
    return ST_OK;
}

/* ---- pending inputs ----------------------------------------------------------------- */

Pending *pending_new(Live *l, uint64_t case_id, InputKind kind, Instant at)
{
    (void)l;
    Arena *arena = arena_new();
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
    p->in.history = process->since != INT64_MIN && at < process->since;
    return p;
}

void pending_push(Live *l, Pending *p)
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
    if (p->case_id) cache_entry(l, p->case_id)->pending++;
}

static void pending_done(Live *l, Pending *p)
{
    if (p->case_id) {
        Cached *c = cached(l, p->case_id);
        if (c) c->pending--;
        live_release(l, p->case_id);
    }
    arena_free(p->arena);
}

bool process_runs(const IrProcess *p)
{
    return p->status == STATUS_LIVE || p->status == STATUS_TRAINED;
}

bool live_stopped(const Live *l)
{
    return l->options.stop && *l->options.stop;
}

/* ---- effects -------------------------------------------------------------------------- */

static uint32_t slots_free(const Live *l)
{
    return l->exec && l->under_way.n < l->options.jobs ? l->options.jobs - l->under_way.n : 0;
}

/* When a machine's work for a case happened: at the case's own date, or now. */
static Instant machine_time(const Case *c, int64_t elapsed)
{
    if (c->dated) return c->now + elapsed / 1000 * 1000;
    Instant now = clock_now();
    return now > c->now ? now : c->now;
}

static const ScriptVar *script_vars(const Case *c, uint32_t act, Arena *a, uint32_t *n)
{
    const IrFlow *f = c->flow;
    ScriptVar *vars = ARENA_ARRAY(a, ScriptVar, f->vars_n);
    *n = 0;
    for (uint32_t i = 0; i < f->vars_n; i++) {
        const Value *v = case_var(c, act, i);
        if (!v && f->vars[i].scope != 0) continue;
        uint32_t at = *n;
        for (uint32_t k = 0; k < *n; k++)
            if (strcmp(vars[k].name, f->vars[i].name) == 0) at = k;
        if (at == *n) (*n)++;
        vars[at] = (ScriptVar){.name = f->vars[i].name, .type = &f->unit.types[f->vars[i].type]};
        if (v) vars[at].value = *v;
        else vars[at].value.type = CASE_UNSET;
    }
    return vars;
}

static void run_lua(Live *l, const Case *c, const Effect *e)
{
    const IrFlow *f = c->flow;
    const IrStep *s = &f->steps[e->step];
    const Act *act = case_act(c, e->act);
    Pending *p = pending_new(l, c->id, INPUT_RESULT, machine_time(c, 0));
    const char **gives = ARENA_ARRAY(p->arena, const char *, s->gives_n);
    for (uint32_t i = 0; i < s->gives_n; i++) gives[i] = f->unit.fields[s->gives + i].name;
    ScriptCall call = {.unit = &f->unit, .prelude = f->prelude, .prelude_n = f->prelude_n, .block = &s->lua, .gives = gives,
                       .gives_n = s->gives_n, .limits.micros = e->timeout, .now = c->now, .seed = c->id << 20 | e->act};
    call.vars = script_vars(c, act ? act->parent : 0, p->arena, &call.vars_n);
    if (!l->script) l->script = script_new();
    ScriptResult result = {0};
    Error why;
    p->in.act = e->act;
    p->in.attempt = e->attempt;
    p->in.ok = script_run(l->script, &call, p->arena, &result, &why) == ST_OK;
    if (p->in.ok) p->in.values = result.values, p->in.values_n = result.values_n;
    else p->in.text = arena_dup(p->arena, why.text);
    pending_push(l, p);
}

static void shell_failed(Live *l, const Case *c, const Effect *e, const char *why)
{
    Pending *p = pending_new(l, c->id, INPUT_RESULT, machine_time(c, 0));
    p->in.act = e->act;
    p->in.attempt = e->attempt;
    p->in.text = arena_dup(p->arena, why);
    pending_push(l, p);
}

static void run_shell(Live *l, const Case *c, const Effect *e)
{
    Arena *a = arena_new();
    Error err;
    const char **args = ARENA_ARRAY(a, const char *, e->args_n + 1);
    for (uint32_t i = 0; i < e->args_n; i++) {
        Buf b = {0};
        value_print(&b, &e->args[i], STYLE_MACHINE, NULL);
        args[i] = buf_dup(&b, a);
        buf_free(&b);
    }
    const char *env[] = {
        arena_printf(a, "OPS_KEY=%s-%llu-%u", c->process, (unsigned long long)c->id, e->act),
        arena_printf(a, "OPS_CASE=%llu", (unsigned long long)c->id),
        arena_printf(a, "OPS_PROCESS=%s", c->process),
        arena_printf(a, "OPS_STEP=%s", c->flow->steps[e->step].name),
        arena_printf(a, "OPS_ATTEMPT=%u", e->attempt)};
    ExecCall call = {.tag = ++l->next_tag, .command = e->command, .args = args, .args_n = e->args_n, .env = env,
                     .env_n = sizeof env / sizeof *env, .cwd = rows_path(a, l->program, "."), .timeout = e->timeout};
    if (exec_start(l->exec, &call, &err) != ST_OK) {
        shell_failed(l, c, e, err.text);
    } else {
        *VEC_PUSH(l->arena, &l->under_way) = (UnderWay){call.tag, c->id, e->act, e->attempt, c->now, c->dated};
        cache_entry(l, c->id)->under_way++;
    }
    arena_free(a);
}

static void kill_command(Live *l, uint64_t case_id, uint32_t act)
{
    for (uint32_t i = 0; i < l->under_way.n; i++)
        if (l->under_way.items[i].case_id == case_id && l->under_way.items[i].act == act)
            exec_kill(l->exec, l->under_way.items[i].tag);
}

static void perform(Live *l, const Case *c, const Out *out)
{
    for (uint32_t i = 0; i < out->effects.n; i++) {
        const Effect *e = &out->effects.items[i];
        switch ((EffectKind)e->kind) {
        case EFFECT_LUA:   run_lua(l, c, e); break;
        case EFFECT_SHELL: run_shell(l, c, e); break;
        case EFFECT_KILL:  kill_command(l, c->id, e->act); break;
        }
    }
}

static void command_ended(Live *l, const ExecResult *r)
{
    uint32_t at = 0;
    while (at < l->under_way.n && l->under_way.items[at].tag != r->tag) at++;
    if (at == l->under_way.n) return;
    UnderWay u = l->under_way.items[at];
    l->under_way.items[at] = l->under_way.items[--l->under_way.n];
    Cached *cache = cache_entry(l, u.case_id);
    cache->under_way--;
    Case *c;
    if (live_load(l, u.case_id, &c, NULL) != ST_OK) return;
    const Act *act = case_act(c, u.act);
    if (!act) {
        live_release(l, u.case_id);
        return;
    }
    Pending *p = pending_new(l, u.case_id, INPUT_RESULT, u.dated ? u.began + r->elapsed / 1000 * 1000 : clock_now());
    p->in.act = u.act;
    p->in.attempt = u.attempt;
    Error why;
    const IrStep *s = &c->flow->steps[c->flow->nodes[act->node].a];
    GivesOutput output = {r->out, r->out_n, r->out_lost, ir_zone(l->program)};
    if (r->problem) {
        Buf text = {0};
        buf_puts(&text, r->problem);
        gives_complaint(&text, r->err, r->err_n);
        p->in.text = buf_dup(&text, p->arena);
        buf_free(&text);
    } else if (gives_read(p->arena, c->flow, s, &output, &p->in.values, &p->in.values_n, &why) == ST_OK) {
        p->in.ok = true;
    } else {
        p->in.text = arena_dup(p->arena, why.text);
    }
    pending_push(l, p);
}

/* ---- one turn ----------------------------------------------------------------------------- */

typedef struct Turn {
    Live *live;
    Pending *pendings[BATCH];
    Case *cases[BATCH];
    Advance advances[BATCH];
    uint32_t of[BATCH];                /* advance to pending */
    size_t n, advances_n;
    Claim claims[BATCH];
    size_t claims_n;
    uint32_t slots;
} Turn;

/* Inputs from the queue's front, at most one of each case; others keep their order. */
static void gather(Turn *t)
{
    Live *l = t->live;
    size_t kept = l->queue.head;
    for (size_t i = l->queue.head; i < l->queue.n && t->n < BATCH; i++) {
        Pending *p = l->queue.items[i];
        bool taken = false;
        for (size_t k = 0; p->case_id && k < t->n && !taken; k++) taken = t->pendings[k]->case_id == p->case_id;
        if (taken) continue;
        t->pendings[t->n++] = p;
        memmove(&l->queue.items[kept + 1], &l->queue.items[kept], (i - kept) * sizeof *l->queue.items);
        kept++;
    }
    l->queue.head = kept;
}

static Status case_of(Live *l, const Pending *p, Case **out, Error *err)
{
    if (p->case_id) return live_load(l, p->case_id, out, err);
    *out = case_new(p->process->flow);
    return journal_keep_flow(l->journal, p->process->flow, err);
}

/* A row for each step with outside effects that this advance begins (or begins again). */
static void claim(Turn *t, Advance *a)
{
    a->claims = &t->claims[t->claims_n];
    for (uint32_t i = 0; i < a->out->effects.n && t->claims_n < BATCH; i++) {
        const Effect *e = &a->out->effects.items[i];
        if (e->kind != EFFECT_SHELL) continue;
        Claim *c = &t->claims[t->claims_n++];
        *c = (Claim){.act = e->act, .attempt = e->attempt, .pid = t->live->pid, .pid_start = t->live->pid_start};
        memcpy(c->boot, t->live->boot, sizeof c->boot);
        a->claims_n++;
    }
}

static void refused(Live *l, Pending *p, Case *c, Status st, const Error *why)
{
    if (p->refused) {
        *p->refused = st;
        *p->why = *why;
    } else {
        buf_printf(&l->report->notes, "%s%s%s: %s\n", c->process, p->in.key ? " " : "", p->in.key ? p->in.key : "", why->text);
    }
    if (p->case_id) forget(cached(l, p->case_id));
    else case_free(c);
    pending_done(l, p);
}

/* A step that may not begin yet: it does as soon as another ends. */
static void wait_for_slot(Live *l, uint64_t case_id, uint32_t act)
{
    if (l->ready.n == l->ready.cap) {
        l->ready.cap = l->ready.cap ? l->ready.cap * 2 : 64;
        l->ready.cases = mem_resize(l->ready.cases, l->ready.cap * sizeof *l->ready.cases);
        l->ready.acts = mem_resize(l->ready.acts, l->ready.cap * sizeof *l->ready.acts);
    }
    l->ready.cases[l->ready.n] = case_id;
    l->ready.acts[l->ready.n++] = act;
}

/* A case was begun that another one, open already, takes the place of: the trigger becomes an input of that. */
static bool note_instead(Turn *t, size_t i, Case *begun, uint64_t open)
{
    Live *l = t->live;
    Pending *p = t->pendings[i];
    live_brought(p, &l->outs[i]->events.items[0]);
    case_free(begun);
    for (size_t k = 0; k < t->n; k++) {
        if (k == i || !t->pendings[k] || t->pendings[k]->case_id != open) continue;
        t->pendings[i] = NULL;                     /* that one has its turn now: this comes in the next */
        pending_push(l, p);
        return false;
    }
    p->case_id = open;
    p->in.kind = INPUT_NOTE;
    cache_entry(l, open)->pending++;
    return true;
}

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
    uint32_t before = c->seq;
    Error why = {0};
    if (p->in.kind != INPUT_INTERRUPTED) p->in.may_begin = t->slots < BATCH - t->claims_n ? t->slots : (uint32_t)(BATCH - t->claims_n);
    st = engine_advance(c, &l->env, &p->in, out, &why);
    if (st == ST_OK && p->in.kind == INPUT_START && p->process->one != CODE_NONE && !p->in.n)
        st = live_open_case(l, p, out, &open, &why);
    if (open) return note_instead(t, i, c, open) ? decide(t, i, err) : ST_OK;
    t->cases[i] = c;
    if (st != ST_OK) {
        t->pendings[i] = NULL;
        refused(l, p, c, st, &why);
        return ST_OK;
    }
    Advance *a = &t->advances[t->advances_n];
    *a = (Advance){.of = c, .seq_before = before, .out = out, .consumes = p->consumes, .cause_key = p->cause_key,
                   .taken = p->taken, .schedule = p->schedule, .ran = p->ran,
                   .one = p->in.kind == INPUT_START ? p->one : NULL, .one_before = p->one_before};
    claim(t, a);
    t->slots -= a->claims_n < t->slots ? a->claims_n : t->slots;
    if (out->events.n == 0 && a->claims_n == 0 && !p->consumes) {    /* nothing to record: an effect again, or nothing at all */
        const Act *act = p->in.kind == INPUT_BEGIN ? case_act(c, p->in.act) : NULL;
        if (act && act->state == ACT_READY) wait_for_slot(l, c->id, act->id);   /* others took the free places first */
        perform(l, c, out);
        t->pendings[i] = NULL;
        pending_done(l, p);
        return ST_OK;
    }
    t->of[t->advances_n++] = (uint32_t)i;
    return ST_OK;
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
        l->report->incidents += kind == EV_INCIDENT;
    }
    if (out->messages.n) l->messages_maybe = true;
    for (uint32_t i = 0; i < out->touched.n; i++) {
        const Act *a = case_act(c, out->touched.items[i].act);
        if (!a) continue;
        if (a->state == ACT_WAITING && a->text) l->waits_maybe = true;
        if (a->state == ACT_OFFERED && l->tasks) task_opened(l, c, a);
        if (a->state == ACT_READY) wait_for_slot(l, c->id, a->id);
    }
}

static void kept(Live *l, Pending *p, Advance *a)
{
    Case *c = a->of;
    if (!p->case_id) {
        Cached *entry = cache_entry(l, c->id);
        forget(entry);
        entry->of = c;
        entry->pending++;
        p->case_id = c->id;
    }
    if (p->new_id) *p->new_id = c->id;
    note_effects(l, c, a->out);
    perform(l, c, a->out);
    pending_done(l, p);
}

/* Another process was first. Its row or message is done; a case it moved is read again. */
static void conflicted(Live *l, Pending *p, Case *c)
{
    if (p->one && p->tries < MOST_TRIES) {         /* or became the only open case, or ended it: look again */
        p->tries++;
        if (p->case_id) {
            Cached *entry = cached(l, p->case_id);
            forget(entry);
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
    if (!p->case_id) {
        case_free(c);
        pending_done(l, p);
        return;
    }
    forget(cached(l, p->case_id));
    if (++p->tries >= MOST_TRIES) {
        pending_done(l, p);
        return;
    }
    pending_push(l, p);
    cached(l, p->case_id)->pending--;              /* pushed anew: it was counted already */
}

/* A failed commit: nothing happened, so nothing of it may stay in memory. */
static void drop(Turn *t)
{
    for (size_t i = 0; i < t->n; i++) {
        Pending *p = t->pendings[i];
        if (!p) continue;
        if (!p->case_id) case_free(t->cases[i]);
        else forget(cached(t->live, p->case_id));
        pending_done(t->live, p);
    }
}

static Status turn(Live *l, Error *err)
{
    Turn *t = mem_zero(1, sizeof *t);
    t->live = l;
    t->slots = slots_free(l);
    gather(t);
    Status st = ST_OK;
    for (size_t i = 0; i < t->n && st == ST_OK; i++) st = decide(t, i, err);
    if (st == ST_OK && t->advances_n) st = journal_commit(l->journal, t->advances, t->advances_n, err);
    if (st != ST_OK) {
        drop(t);
        free(t);
        return st;
    }
    for (size_t i = 0; i < t->advances_n; i++) {
        Pending *p = t->pendings[t->of[i]];
        if (t->advances[i].status == ST_OK) kept(l, p, &t->advances[i]);
        else conflicted(l, p, t->advances[i].of);
    }
    free(t);
    return ST_OK;
}

/* ---- messages ----------------------------------------------------------------------------------- */

typedef struct Delivery { Live *live; Arena *arena; VEC(uint64_t) emitted; uint64_t seen; Error *err; } Delivery;

static const Datum *copy_data(Arena *a, const Datum *d, uint32_t n)
{
    Datum *out = ARENA_ARRAY(a, Datum, n);
    for (uint32_t i = 0; i < n; i++) out[i] = (Datum){arena_dup(a, d[i].name), value_copy(a, &d[i].value)};
    return out;
}

static bool is_dated(const Message *m)
{
    return m->values_n && strcmp(m->values[m->values_n - 1].name, "$dated") == 0;
}

static void give_values(Pending *p, const Message *m)
{
    p->in.values = copy_data(p->arena, m->values, m->values_n);
    p->in.values_n = m->values_n;
}

typedef struct FieldHost { const IrProgram *p; const IrEvent *event; const Message *m; Live *live; } FieldHost;

static const Value *field_slot(void *self, uint32_t slot)
{
    const FieldHost *h = self;
    static const Value none;
    const char *name = h->p->unit.fields[h->event->fields + slot].name;
    for (uint32_t i = 0; i < h->m->values_n; i++)
        if (strcmp(h->m->values[i].name, name) == 0) return &h->m->values[i].value;
    return &none;
}

static Status field_table(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err)
{
    return tables_find(((FieldHost *)self)->live->tables, a, table, key, row, err);
}

static bool trigger_matches(Live *l, const IrTrigger *t, const Message *m, Arena *a)
{
    if (t->kind != TRIGGER_EVENT || strcmp(t->event, m->name) != 0) return false;
    if (t->where == CODE_NONE) return true;
    FieldHost self = {l->program, ir_event(l->program, t->event), m, l};
    EvalHost host = {.now = m->at, .program = l->program, .slot = field_slot, .table = field_table, .self = &self};
    bool holds = false;
    Error why;
    if (eval_condition(&l->program->unit, t->where, &host, a, &holds, &why) != ST_OK)
        buf_printf(&l->report->notes, "%s: the condition of a trigger cannot be judged: %s\n", m->name, why.text);
    return holds;
}

/* What a case is told of where it came from: no numbers, so that a run and its repetition tell the same. */
static const char *cause_of(Live *l, Arena *a, const Message *m)
{
    Case *c;
    if (!m->from_case) return arena_printf(a, "%s%s%s", m->name, m->text ? " by " : "", m->text ? m->text : "");
    if (live_load(l, m->from_case, &c, NULL) != ST_OK) return arena_dup(a, m->name);
    const char *cause = arena_printf(a, "%s of %s%s%s", m->kind == MESSAGE_EMIT ? m->name : m->kind == MESSAGE_CALL ? "call" : "start",
                                     c->process, c->key ? " " : "", c->key ? c->key : "");
    return cause;
}

static const char *key_of(Live *l, Arena *a, const Message *m)
{
    Case *c;
    if (!m->from_case || live_load(l, m->from_case, &c, NULL) != ST_OK || !c->key) return NULL;
    return arena_dup(a, c->key);
}

static void start_from(Live *l, const IrProcess *process, const Message *m, uint32_t trigger)
{
    Pending *p = pending_start(l, process, m->at, is_dated(m));
    give_values(p, m);
    p->in.text = cause_of(l, p->arena, m);
    p->in.key = key_of(l, p->arena, m);
    if (m->kind == MESSAGE_EMIT) {
        p->cause_key = arena_printf(p->arena, "message %llu %s %u", (unsigned long long)m->id, process->name, trigger);
    } else {
        p->consumes = m->id;
        if (m->kind == MESSAGE_CALL) p->in.n = m->from_case, p->in.act = m->from_act;
    }
    pending_push(l, p);
}

static Status wait_hears(void *self, const WorkRow *row, Error *err)
{
    (void)err;
    void **both = self;
    Delivery *d = both[0];
    const Message *m = both[1];
    Pending *p = pending_new(d->live, row->case_id, INPUT_MESSAGE, m->at);
    p->in.act = row->act;
    p->in.n = m->id;
    p->in.text = arena_dup(p->arena, m->name);
    give_values(p, m);
    pending_push(d->live, p);
    return ST_OK;
}

static Status deliver_emit(Delivery *d, const Message *m, Error *err)
{
    Live *l = d->live;
    for (uint32_t i = 0; i < l->program->processes_n; i++) {
        const IrProcess *process = &l->program->processes[i];
        if (!process_runs(process)) continue;
        for (uint32_t k = 0; k < process->triggers_n; k++)
            if (trigger_matches(l, &process->triggers[k], m, d->arena)) start_from(l, process, m, k);
    }
    void *both[] = {d, (void *)(uintptr_t)m};
    WorkFilter waits = {.state = ACT_WAITING, .event = m->name};
    *VEC_PUSH(d->arena, &d->emitted) = m->id;
    return journal_work(l->journal, &waits, wait_hears, both, err);
}

static Status deliver(void *self, const Message *m, Error *err)
{
    Delivery *d = self;
    Live *l = d->live;
    d->seen++;
    const IrProcess *process;
    Pending *p;
    switch ((MessageKind)m->kind) {
    case MESSAGE_EMIT: return deliver_emit(d, m, err);
    case MESSAGE_START:
    case MESSAGE_CALL:
        process = ir_process(l->program, m->name);
        if (process) {
            start_from(l, process, m, 0);
            return ST_OK;
        }
        buf_printf(&l->report->notes, "process %s is gone from the file, and case %llu wants to start it\n", m->name,
                   (unsigned long long)m->from_case);
        return ST_OK;
    case MESSAGE_RETURN:
        p = pending_new(l, m->to_case, INPUT_RETURN, m->at);
        p->in.act = m->to_act;
        p->in.ok = m->ok;
        p->in.text = m->text ? arena_dup(p->arena, m->text) : NULL;
        give_values(p, m);
        p->consumes = m->id;
        pending_push(l, p);
        return ST_OK;
    }
    return ST_OK;
}

/* Delivers some messages and turns until they have arrived, then marks them. */
static Status deliver_messages(Live *l, Error *err)
{
    Delivery d = {.live = l, .arena = arena_new(), .err = err};
    l->messages_maybe = false;
    Status st = journal_messages(l->journal, NULL, INT64_MIN, DELIVER, deliver, &d, err);
    if (d.seen == DELIVER) l->messages_maybe = true;
    while (st == ST_OK && l->queue.head < l->queue.n) st = turn(l, err);
    if (st == ST_OK && d.emitted.n) st = journal_delivered(l->journal, d.emitted.items, d.emitted.n, err);
    arena_free(d.arena);
    return st;
}

typedef struct Wait { uint64_t case_id; uint32_t act; const char *event; } Wait;
typedef struct Waits { Arena *arena; VEC(Wait) items; } Waits;

static Status note_wait(void *self, const WorkRow *row, Error *err)
{
    (void)err;
    Waits *w = self;
    *VEC_PUSH(w->arena, &w->items) = (Wait){row->case_id, row->act, arena_dup(w->arena, row->event)};
    return ST_OK;
}

static Status wait_catches(void *self, const Message *m, Error *err)
{
    (void)err;
    void **both = self;
    Live *l = both[0];
    const Wait *w = both[1];
    Pending *p = pending_new(l, w->case_id, INPUT_MESSAGE, m->at);
    p->in.act = w->act;
    p->in.n = m->id;
    p->in.text = arena_dup(p->arena, m->name);
    give_values(p, m);
    pending_push(l, p);
    return ST_OK;
}

/* A wait that has just begun hears the messages that were there since its case began, oldest first. */
static Status catch_up(Live *l, Error *err)
{
    Waits w = {.arena = arena_new()};
    WorkFilter fresh = {.state = ACT_WAITING, .fresh = true};
    l->waits_maybe = false;
    Status st = journal_work(l->journal, &fresh, note_wait, &w, err);
    for (uint32_t i = 0; i < w.items.n && st == ST_OK; i++) {
        Case *c;
        void *both[] = {l, &w.items.items[i]};
        st = live_load(l, w.items.items[i].case_id, &c, err);
        if (st == ST_OK) st = journal_messages(l->journal, w.items.items[i].event, c->started, 0, wait_catches, both, err);
        while (st == ST_OK && l->queue.head < l->queue.n) st = turn(l, err);
        if (st == ST_OK) st = journal_wait_caught_up(l->journal, w.items.items[i].case_id, w.items.items[i].act, err);
        live_release(l, w.items.items[i].case_id);
    }
    arena_free(w.arena);
    return st;
}

/* ---- until nothing is left ----------------------------------------------------------------------------- */

static bool begin_ready(Live *l)
{
    uint32_t slots = slots_free(l);
    bool any = false;
    for (; slots > 0 && l->ready.head < l->ready.n; slots--, any = true) {
        size_t at = l->ready.head++;
        Case *c;
        Instant when = live_load(l, l->ready.cases[at], &c, NULL) == ST_OK ? machine_time(c, 0) : clock_now();
        Pending *p = pending_new(l, l->ready.cases[at], INPUT_BEGIN, when);
        p->in.act = l->ready.acts[at];
        pending_push(l, p);
    }
    if (l->ready.head == l->ready.n) l->ready.head = l->ready.n = 0;
    return any;
}

/* Takes up what commands have reported; waits for one when nothing else is to be done. */
static Status collect(Live *l, int64_t wait, Error *err)
{
    ExecResult r;
    Status st;
    while ((st = exec_next(l->exec, wait, &r, err)) == ST_OK) {
        command_ended(l, &r);
        wait = 0;
    }
    return st == ST_END || st == ST_LOCKED ? ST_OK : st;
}

/* Commands whose step another process has withdrawn meanwhile (cancelled, skipped) are ended. */
static void stop_withdrawn(Live *l)
{
    if (!l->under_way.n || !journal_changed(l->journal)) return;
    for (uint32_t i = 0; i < l->under_way.n; i++) {
        const UnderWay *u = &l->under_way.items[i];
        Cached *known = cached(l, u->case_id);
        Case *c;
        if (known && known->pending) continue;             /* its own input comes first, and finds out */
        forget(known);
        if (live_load(l, u->case_id, &c, NULL) == ST_OK && !case_act(c, u->act)) exec_kill(l->exec, u->tag);
    }
}

Status live_drain(Live *l, Error *err)
{
    Status st = ST_OK;
    while (st == ST_OK) {
        if (live_stopped(l)) return fail(err, ST_LOCKED, "stopped: what was recorded is safe; run again to go on");
        if (l->under_way.n) st = collect(l, 0, err);
        if (st != ST_OK) break;
        if (l->queue.head < l->queue.n) st = turn(l, err);
        else if (begin_ready(l)) continue;
        else if (l->waits_maybe) st = catch_up(l, err);    /* ahead of newer messages: a wait takes the oldest */
        else if (l->messages_maybe) st = deliver_messages(l, err);
        else if (l->under_way.n) st = collect(l, US_SECOND, err), stop_withdrawn(l);
        else return ST_OK;
        if (l->options.progress) l->options.progress(l->options.progress_self, "events", l->report->events);
    }
    return st;
}

/* ---- after a crash ------------------------------------------------------------------------------------------ */

static void recover_act(Live *l, const Case *c, const Act *a)
{
    const IrStep *s = &c->flow->steps[c->flow->nodes[a->node].a];
    Claim claimed = {0};
    Status st = s->machine == MACHINE_SHELL ? journal_claim(l->journal, c->id, a->id, &claimed, NULL) : ST_NOTFOUND;
    if (st == ST_OK && exec_alive(claimed.pid, claimed.pid_start, claimed.boot)) return;   /* another ops runs it */
    Pending *p = pending_new(l, c->id, INPUT_INTERRUPTED, machine_time(c, 0));
    p->in.act = a->id;
    p->in.attempt = (st == ST_OK ? claimed.attempt : a->attempt) + 1;
    pending_push(l, p);
}

/* Machine steps that were under way, or ready, when the last process ended. */
Status live_recover(Live *l, Error *err)
{
    uint64_t *ids;
    uint32_t n;
    Arena *a = arena_new();
    Status st = journal_todo(l->journal, a, &ids, &n, err);
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        Case *c;
        st = live_load(l, ids[i], &c, err);
        for (uint32_t k = 0; st == ST_OK && k < c->acts.n; k++) {
            const Act *act = &c->acts.items[k];
            if (act->state == ACT_RUNNING) recover_act(l, c, act);
            if (act->state == ACT_READY) wait_for_slot(l, c->id, act->id);
        }
        if (st == ST_OK) live_release(l, ids[i]);
        if (l->queue.n - l->queue.head >= 4 * BATCH && st == ST_OK) st = live_drain(l, err);
    }
    arena_free(a);
    l->messages_maybe = l->waits_maybe = true;
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
    return l->options.metric(l->options.metric_self, a, metric, out, err);
}

Live *live_new(const IrProgram *p, Journal *j, Exec *exec, const LiveOptions *options)
{
    Live *l = mem_zero(1, sizeof *l);
    l->program = p;
    l->journal = j;
    l->exec = exec;
    l->options = *options;
    if (!l->options.jobs) l->options.jobs = 4;
    l->tables = tables_new(p);
    l->env = (Env){.program = p, .table = env_table, .metric = options->metric ? env_metric : NULL, .self = l};
    l->arena = arena_new();
    for (size_t i = 0; i < BATCH; i++) l->outs[i] = out_new();
    exec_self(&l->pid, &l->pid_start, l->boot);
    return l;
}

void live_free(Live *l)
{
    if (!l) return;
    for (size_t i = l->queue.head; i < l->queue.n; i++) arena_free(l->queue.items[i]->arena);
    free(l->queue.items);
    free(l->ready.cases);
    free(l->ready.acts);
    for (size_t i = 0; i < BUCKETS; i++)
        for (Cached *c = l->cases[i], *next; c; c = next) {
            next = c->next;
            case_free(c->of);
            free(c);
        }
    for (size_t i = 0; i < BATCH; i++) out_free(l->outs[i]);
    script_free(l->script);
    tables_free(l->tables);
    arena_free(l->tasks_arena);
    arena_free(l->arena);
    free(l);
}

const Env *live_env(const Live *l) { return &l->env; }
Journal *live_journal(const Live *l) { return l->journal; }

Status live_run(Live *l, LiveReport *report, Error *err)
{
    l->report = report;
    Status st = intake_rows(l, err);
    if (st == ST_OK) st = intake_schedules(l, err);
    if (st == ST_OK) st = live_drain(l, err);
    if (st == ST_OK) st = intake_by_time(l, err);
    if (st == ST_OK) tables_problems(l->tables, &report->notes);
    return st;
}

static Status push_and_drain(Live *l, Pending *p, Error *err)
{
    Status refusal = ST_OK, st;
    Error why = {0};
    p->refused = &refusal;
    p->why = &why;
    pending_push(l, p);
    st = live_drain(l, err);
    if (refusal != ST_OK) {
        if (err) *err = why;
        return refusal;
    }
    return st;
}

Status live_input(Live *l, uint64_t case_id, const Input *in, LiveReport *report, Error *err)
{
    l->report = report;
    Pending *p = pending_new(l, case_id, (InputKind)in->kind, in->at);
    p->in = *in;
    return push_and_drain(l, p, err);
}

Status live_start(Live *l, const char *process, const Datum *values, uint32_t n, const char *person, const char *login,
                  uint64_t *case_id, LiveReport *report, Error *err)
{
    l->report = report;
    const IrProcess *of = ir_process(l->program, process);
    if (!of) return fail(err, ST_NOTFOUND, "there is no process %s in %s", process, l->program->file);
    if (!process_runs(of))
        return fail(err, ST_CONFIG, "%s has the status %s: it is not to be run", process, of->status == STATUS_DRAFT ? "draft" : "retired");
    const IrFlow *f = of->flow;
    for (uint32_t i = 0; i < n; i++) {
        bool known = false;
        for (uint32_t k = 0; k < f->takes_n; k++) known |= strcmp(f->unit.fields[f->takes + k].name, values[i].name) == 0;
        if (!known) return fail(err, ST_VALUE, "%s takes no `%s`", process, values[i].name);
    }
    Pending *p = pending_start(l, of, clock_now(), false);
    p->in.values = values;
    p->in.values_n = n;
    p->in.person = person;
    p->in.login = login;
    p->in.text = arena_printf(p->arena, "by %s", person ? person : "hand");
    p->new_id = case_id;
    return push_and_drain(l, p, err);
}

/* What an event's declaration demands of its fields: an event from outside is told only when it holds. */
static Status field_conditions(Live *l, const IrEvent *e, const Message *m, Arena *a, Error *err)
{
    const IrUnit *u = &l->program->unit;
    FieldHost self = {l->program, e, m, l};
    EvalHost host = {.now = m->at, .program = l->program, .slot = field_slot, .table = field_table, .self = &self};
    for (uint32_t i = 0; i < e->fields_n; i++) {
        const IrField *f = &u->fields[e->fields + i];
        bool holds = true;
        if (f->where == CODE_NONE || m->values[i].value.type == V_NONE) continue;
        Status st = eval_condition(u, f->where, &host, a, &holds, err);
        if (st != ST_OK) return st;
        Buf found = {0};
        value_print(&found, &m->values[i].value, STYLE_LANGUAGE, NULL);
        if (!holds) st = fail(err, ST_VALUE, "%s wants %s: wanted %s, found %s", e->name, f->name, f->where_text, buf_text(&found));
        buf_free(&found);
        if (!holds) return st;
    }
    return ST_OK;
}

Status live_signal(Live *l, const char *event, const Datum *values, uint32_t n, const char *person, LiveReport *report, Error *err)
{
    l->report = report;
    const IrEvent *e = ir_event(l->program, event);
    const IrUnit *u = &l->program->unit;
    if (!e) return fail(err, ST_NOTFOUND, "there is no event %s in %s", event, l->program->file);
    Arena *a = arena_new();
    Datum *fitted = ARENA_ARRAY(a, Datum, e->fields_n);
    Status st = ST_OK;
    for (uint32_t i = 0; i < e->fields_n && st == ST_OK; i++) {
        const IrField *f = &u->fields[e->fields + i];
        Value given = VALUE_NONE;
        for (uint32_t k = 0; k < n; k++)
            if (strcmp(values[k].name, f->name) == 0) given = values[k].value;
        fitted[i].name = f->name;
        st = field_fit(a, u, f, &given, ir_zone(l->program), &fitted[i].value, err);
        if (st != ST_OK) error_prefix(err, "%s wants ", event);
    }
    for (uint32_t k = 0; k < n && st == ST_OK; k++) {
        bool known = false;
        for (uint32_t i = 0; i < e->fields_n; i++) known |= strcmp(u->fields[e->fields + i].name, values[k].name) == 0;
        if (!known) st = fail(err, ST_VALUE, "%s has no field `%s`", event, values[k].name);
    }
    Message m = {.kind = MESSAGE_EMIT, .name = event, .at = clock_now(), .text = person, .values = fitted, .values_n = e->fields_n};
    if (st == ST_OK) st = field_conditions(l, e, &m, a, err);
    if (st == ST_OK) st = journal_signal(l->journal, &m, err);
    arena_free(a);
    l->messages_maybe = true;
    return st == ST_OK ? live_drain(l, err) : st;
}
