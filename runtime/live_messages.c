/* live_messages.c -- what cases tell one another, and what is told them from outside.
 *
 * A message is kept with the events that sent it, and marked as delivered only
 * after everyone whom it starts or wakes has it: who was stopped in between
 * delivers it once more, and what it started or woke knows it by its number.
 */
#include "runtime/fit.h"
#include "runtime/live_private.h"

#include <string.h>

enum { DELIVER = 256, KEPT_MOST = 20 };    /* messages at once; kept ones that are told of one by one */

typedef struct Delivery {
    Live *live;
    Arena *arena;
    VEC(uint64_t) emitted;
    uint64_t seen;
    Error *err;
} Delivery;

static bool is_dated(const Message *m)
{
    return m->values_n && strcmp(m->values[m->values_n - 1].name, "$dated") == 0;
}

static void give_values(Pending *p, const Message *m)
{
    p->in.values = live_data(p->arena, m->values, m->values_n);
    p->in.values_n = m->values_n;
}

static Status live_table(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err)
{
    return tables_find(((Live *)self)->tables, a, table, key, row, err);
}

/* Whoever judges a message that belongs to no case yet. */
static EvalHost beside_cases(Live *l, const Message *m)
{
    return (EvalHost){.now = m->at, .program = l->program, .table = live_table, .self = l};
}

/* Where that cannot be judged a case begins, and fails with the reason: so the event is not lost. */
static bool trigger_matches(Live *l, const IrTrigger *t, const Message *m, Arena *a, const char **unfit)
{
    *unfit = NULL;
    if (t->kind != TRIGGER_EVENT || strcmp(t->event, m->name) != 0) return false;
    if (t->where == CODE_NONE) return true;
    const EvalHost around = beside_cases(l, m);
    EventHost self = {&l->program->unit, ir_event(l->program, t->event), m->values, m->values_n, &around};
    EvalHost host = event_host(&self);
    bool holds = false;
    Error why;
    if (eval_condition(&l->program->unit, t->where, &host, a, &holds, &why) == ST_OK) return holds;
    *unfit = arena_printf(a, "whether this %s is meant cannot be judged: %s", m->name, why.text);
    return true;
}

/* What a case is told of where it came from: no numbers, so that a run and its repetition tell the same. The
 * sender's key is its key too. */
static Status tell_origin(Live *l, Pending *p, const Message *m, Error *err)
{
    Case *c;
    if (!m->from_case) {
        p->in.text = arena_printf(p->arena, "%s%s%s", m->name, m->text ? " by " : "", m->text ? m->text : "");
        return ST_OK;
    }
    Status st = live_load(l, m->from_case, &c, err);
    if (st != ST_OK) return st;
    const char *what = m->kind == MESSAGE_EMIT ? m->name : m->kind == MESSAGE_CALL ? "call" : "start";
    p->in.text = arena_printf(p->arena, "%s of %s%s%s", what, c->process, c->key ? " " : "", c->key ? c->key : "");
    p->in.key = c->key ? arena_dup(p->arena, c->key) : NULL;
    return ST_OK;
}

/* A line of the report for a message that stays where it is; false: there were enough of them. */
static bool tell_kept(Live *l)
{
    if (++l->kept > KEPT_MOST) return false;
    l->kept_told++;
    return true;
}

static void tell_other_kept(Live *l)
{
    if (l->kept > l->kept_told)
        buf_printf(live_stands(l), "... and %llu more wait to begin\n",
                   (unsigned long long)(l->kept - l->kept_told));
    l->kept_told = l->kept;
}

/* By it the called case is found again, when it is not wanted any more. */
static const char *cause_of_call(Arena *a, const Message *m)
{
    return arena_printf(a, "call %llu %u", (unsigned long long)m->from_case, m->from_act);
}

static Status start_from(Live *l, const IrProcess *process, const Message *m, uint32_t trigger,
                         const char *unfit, Error *err)
{
    Pending *p = pending_start(l, process, m->at, is_dated(m));
    give_values(p, m);
    if (unfit) p->in.unfit = arena_dup(p->arena, unfit);
    Status st = tell_origin(l, p, m, err);
    if (st == ST_OK) st = live_hand_on(l, p, m, err);
    if (st != ST_OK) {
        pending_done(l, p);
        return st;
    }
    if (m->kind == MESSAGE_EMIT) {
        p->cause_key = arena_printf(p->arena, "message %llu %s %u", (unsigned long long)m->id, process->name, trigger);
    } else {
        p->consumes = m->id;
        if (m->kind == MESSAGE_CALL) {
            p->in.n = m->from_case, p->in.act = m->from_act;
            p->cause_key = cause_of_call(p->arena, m);
        }
    }
    pending_push(l, p);
    return ST_OK;
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
    Status st = ST_OK;
    for (uint32_t i = 0; i < l->program->processes_n; i++) {
        const IrProcess *process = &l->program->processes[i];
        if (!live_may_begin(l, process)) continue;
        const char *unfit;
        for (uint32_t k = 0; k < process->triggers_n && st == ST_OK; k++)
            if (trigger_matches(l, &process->triggers[k], m, d->arena, &unfit))
                st = start_from(l, process, m, k, unfit, err);
    }
    if (st != ST_OK) return st;
    void *both[] = {d, (void *)(uintptr_t)m};
    WorkFilter waits = {.state = ACT_WAITING, .event = m->name};
    *VEC_PUSH(d->arena, &d->emitted) = m->id;
    return journal_work(l->journal, &waits, wait_hears, both, err);
}

/* The case that was called never begins, since nobody waits for it any more: its caller is told so in its place. */
static Status call_off(Live *l, const Message *m, Error *err)
{
    uint64_t call;
    Status st = journal_open_call(l->journal, m->from_case, m->from_act, &call, err);
    if (st != ST_OK) return st;
    Pending *p = pending_new(l, m->from_case, INPUT_RETURN, m->at);
    p->in.act = m->from_act;
    p->in.text = "it had not begun";
    p->consumes = call;
    pending_push(l, p);
    return ST_OK;
}

static Status withdraw_called(Delivery *d, const Message *m, Error *err)
{
    Live *l = d->live;
    uint64_t id;
    if (l->queued) {          /* the call itself may be among those: they come first */
        l->messages_maybe = l->calls_back = true;
        return ST_END;
    }
    *VEC_PUSH(d->arena, &d->emitted) = m->id;
    Status st = journal_caused(l->journal, cause_of_call(d->arena, m), &id, err);
    if (st == ST_NOTFOUND) return call_off(l, m, err);
    if (st != ST_OK) return st;
    Pending *p = pending_new(l, id, INPUT_WITHDRAW, m->at);
    p->in.text = "the case that called it needs it no more";
    pending_push(l, p);
    return ST_OK;
}

/* Does the case that sent it still want what it wants begun? It may have withdrawn its call. */
static Status is_wanted(Live *l, const Message *m, bool *wanted, Error *err)
{
    Case *c;
    *wanted = true;
    if (m->kind != MESSAGE_CALL) return ST_OK;
    Status st = live_load(l, m->from_case, &c, err);
    if (st != ST_OK) return st;
    const Act *a = case_act(c, m->from_act);
    *wanted = a && a->state == ACT_WAITING;
    live_release(l, m->from_case);
    return ST_OK;
}

/* What cannot begin now stays where it is, and is told of. process NULL: it is gone from the file. */
static Status keep_for_later(Delivery *d, const Message *m, const IrProcess *process, Error *err)
{
    Live *l = d->live;
    bool wanted;
    Status st = is_wanted(l, m, &wanted, err);
    if (st != ST_OK || !wanted || !tell_kept(l)) return st;
    if (!process)
        buf_printf(live_stands(l), "process %s is gone from the file, and case %llu wants to start it\n",
                   m->name, (unsigned long long)m->from_case);
    else
        buf_printf(live_stands(l), "%s; case %llu wants to start it, and waits for that\n",
                   process_rests(d->arena, process), (unsigned long long)m->from_case);
    return ST_OK;
}

static Status deliver_one(Delivery *d, const Message *m, Error *err)
{
    Live *l = d->live;
    const IrProcess *process;
    Pending *p;
    switch ((MessageKind)m->kind) {
    case MESSAGE_EMIT: return deliver_emit(d, m, err);
    case MESSAGE_START:
    case MESSAGE_CALL:
        process = ir_process(l->program, m->name);
        if (process && live_may_begin(l, process)) return start_from(l, process, m, 0, NULL, err);
        return keep_for_later(d, m, process, err);
    case MESSAGE_WITHDRAW: return withdraw_called(d, m, err);
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

static Status deliver(void *self, const Message *m, Error *err)
{
    Delivery *d = self;
    Status st = deliver_one(d, m, err);
    if (st == ST_OK) d->seen++, d->live->looked_to = m->id;
    return st;
}

/* Those that are kept for later stay open, and the newer ones behind them are not held up by them. */
Status live_deliver(Live *l, Error *err)
{
    Delivery d = {.live = l, .arena = arena_new(), .err = err};
    uint64_t before = l->looked_to;
    bool call_back = l->calls_back;
    l->messages_maybe = l->calls_back = false;
    Status st = journal_messages(l->journal, NULL, INT64_MIN, before, DELIVER, deliver, &d, err);
    if (d.seen == DELIVER) l->messages_maybe = true, l->calls_back |= call_back;
    else tell_other_kept(l);
    while (st == ST_OK && l->queued) st = live_turn(l, err);
    if (st == ST_OK && d.emitted.n) st = journal_delivered(l->journal, d.emitted.items, d.emitted.n, err);
    if (st != ST_OK) l->looked_to = before;
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
Status live_catch_up(Live *l, Error *err)
{
    Waits w = {.arena = arena_new()};
    WorkFilter fresh = {.state = ACT_WAITING, .fresh = true};
    l->waits_maybe = false;
    Status st = journal_work(l->journal, &fresh, note_wait, &w, err);
    for (uint32_t i = 0; i < w.items.n && st == ST_OK; i++) {
        Case *c;
        void *both[] = {l, &w.items.items[i]};
        st = live_load(l, w.items.items[i].case_id, &c, err);
        if (st == ST_OK)
            st = journal_messages(l->journal, w.items.items[i].event, c->started, 0, 0, wait_catches, both, err);
        while (st == ST_OK && l->queued) st = live_turn(l, err);
        if (st == ST_OK) st = journal_wait_caught_up(l->journal, w.items.items[i].case_id, w.items.items[i].act, err);
        live_release(l, w.items.items[i].case_id);
    }
    arena_free(w.arena);
    return st;
}

/* ---- locks ------------------------------------------------------------------------------------ */

typedef struct Queue { Live *live; uint32_t held, granted; } Queue;

static Status grant_next(void *self, const WorkRow *row, Error *err)
{
    Queue *q = self;
    Case *c;
    if (row->state == ACT_BLOCK) {
        q->held++;
        return ST_OK;
    }
    Status st = live_load(q->live, row->case_id, &c, err);
    if (st != ST_OK) return st;
    const Act *a = case_act(c, row->act);
    uint32_t places = a ? c->flow->nodes[a->node].b : 0;
    if (q->held + q->granted >= places) {
        live_release(q->live, row->case_id);
        return ST_END;
    }
    Pending *p = pending_new(q->live, row->case_id, INPUT_LOCKED, live_machine_time(q->live, c, 0));
    p->in.act = row->act;
    pending_push(q->live, p);
    q->granted++;
    return ST_OK;
}

Status live_grant(Live *l, Error *err)
{
    Arena *a = arena_new();
    const char *const *names;
    uint32_t n;
    l->locks_maybe = false;
    Status st = journal_locks(l->journal, a, &names, &n, err);
    if (st == ST_OK && n) st = live_await_ending(l, 0, err);           /* who had it may be at work still */
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        Queue q = {.live = l};
        WorkFilter of = {.lock = names[i]};
        st = journal_work(l->journal, &of, grant_next, &q, err);
    }
    arena_free(a);
    return st;
}

/* ---- from outside -------------------------------------------------------------------------- */

Status live_signal(Live *l, const char *event, const Datum *values, uint32_t n, const char *person, LiveReport *report,
                   Error *err)
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
        st = field_fit(a, u, f, &given, ir_zone_of(l->program, NULL, NULL), &fitted[i].value, err);
        if (st != ST_OK) error_prefix(err, "%s wants ", event);
    }
    const char *complaint = arena_printf(a, "%s has no field", event);
    for (uint32_t k = 0; k < n && st == ST_OK; k++)
        st = field_known(a, u, e->fields, e->fields_n, values[k].name, complaint, err);
    Message m = {.kind = MESSAGE_EMIT, .name = event, .at = live_now(l), .text = person, .values = fitted,
                 .values_n = e->fields_n};
    const EvalHost around = beside_cases(l, &m);
    if (st == ST_OK) {
        st = event_holds(&(EventHost){u, e, fitted, e->fields_n, &around}, a, err);
        if (st != ST_OK) error_prefix(err, "%s wants ", event);
    }
    if (st == ST_OK) st = journal_signal(l->journal, &m, err);
    arena_free(a);
    l->messages_maybe = true;
    return st == ST_OK ? live_asked(l, live_follow(l, err), true, err) : st;
}
