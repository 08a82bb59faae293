/* model_turn.c -- what happens to cases, and whose turn it is. */
#include "tests/model/model_private.h"

/* ---- what happens to them -------------------------------------------------------------------- */

/* Of one that is begun with this number only one is open, but for those that are called. Called ones count for none. */
static Case *open_already(const Model *m, const Input *in)
{
    const Node *process = m->plan->program->kids.items[in->process];
    if (!process->a[PROCESS_ONE] || in->frame) return NULL;
    for (uint32_t i = m->cases.n; i-- > 0;) {
        Case *c = m->cases.items[i];
        bool counts = c->process == in->process && !c->caller && c->with == in->n;
        if (counts && (c->state == RUNNING || c->round == m->round)) return c;
    }
    return NULL;
}

static void begins(Model *m, const Input *in)
{
    if (in->by && m->messages.items[in->by - 1].kind == EMIT) {
        if (m->messages.items[in->by - 1].began >> in->process & 1) return;
        m->messages.items[in->by - 1].began |= 1u << in->process;
    } else if (in->by) {
        m->messages.items[in->by - 1].done = true;
    }
    Case *c = ARENA_NEW(m->arena, Case);
    *VEC_PUSH(m->arena, &m->cases) = c;
    *c = (Case){.id = m->cases.n, .process = in->process, .node = m->plan->program->kids.items[in->process],
                .state = RUNNING, .round = m->round, .moved = m->deed,
                .started = in->at, .now = in->at, .ended = NEVER, .deadline = NEVER,
                .caller = in->frame, .by_hand = !in->by, .with = in->n,
                .remind = NEVER, .escalates = NEVER,
                .trained = (uint32_t)m->plan->program->a[PROGRAM_TRAINED]};
    Frame *f = model_frame(m, c, NULL, c->node, STATEMENT);
    c->root = f;
    f->vars = ARENA_NEW(m->arena, Vars);
    From *taken = ARENA_NEW(m->arena, From);
    *taken = (From){TAKEN, NULL};
    model_bind(f->vars, PLAN_N, (Num){.n = in->n, .by = TAKEN, .from = taken});
    if (c->node->a[PROCESS_GIVES]) model_bind_own(m, f, PLAN_OUT, 0, 0);
    if (c->node->a[PROCESS_WITHIN]) c->deadline = model_after(in->at, c->node->a[PROCESS_WITHIN]);
    int64_t from = c->node->a[PROCESS_WITHIN] ? c->deadline : in->at;
    if (c->node->a[PROCESS_REMIND]) c->remind = model_after(from, c->node->a[PROCESS_REMIND]);
    if (c->node->a[PROCESS_ESCALATE]) c->escalates = model_after(from, c->node->a[PROCESS_ESCALATE]);
    f->then = model_vars_of_branch(m, f->vars);
    model_run(m, f);
}

/* A wait or an `on E` hears of a message: a case takes each only once. Is it one for it? */
static bool hears(Model *m, Frame *f, const Message *msg)
{
    Case *c = f->of;
    const Node *n = f->node;
    if (f->over || f->stage != WAITS || msg->n <= n->a[AWAIT_ABOVE]) return false;
    for (uint32_t i = 0; i < c->taken.n; i++)
        if (c->taken.items[i] == msg->number) return false;
    *VEC_PUSH(m->arena, &c->taken) = msg->number;
    model_bind_number(f->vars, (uint32_t)n->a[AWAIT_ID], msg->n);
    if (n->kind == N_AWAIT) {
        model_leave(m, f);
        return true;
    }
    Frame *block = f->in;
    model_interrupt(m, block);
    block->handling = true;
    block->list = n;
    block->at = 0;
    reach(m, N_ON_EVENT);
    model_go(m, block);
    return true;
}

bool model_holds_beside(const Frame *f)
{
    const Node *n = f->node;
    bool handles = n->kind == N_SEQUENCE && (plan_handler(n, N_ON_FAIL) || plan_handler(n, N_ON_EVENT));
    return handles || n->kind == N_PROCESS || n->kind == N_LOCK || n->kind == N_EACH || n->kind == N_REPEAT;
}

bool model_runs_in(const Frame *in, const Node *n, Role role)
{
    bool runs = false;
    for (uint32_t i = 0; i < in->of->frames.n; i++) {
        const Frame *f = in->of->frames.items[i];
        runs |= !f->over && f->role == role && f->node == n && f->in == in;
    }
    return runs;
}

/* Beside what is done there: an `if`, or a `sequence` that only gathers, is nothing by itself. */
static void runs_late(Model *m, Frame *in, const Node *handler, Vars *then)
{
    while (in->role == STATEMENT && !model_holds_beside(in)) in = in->in;
    if (model_runs_in(in, handler, BESIDE)) return;      /* begun when it was late before: not beside itself */
    Frame *f = model_frame(m, in->of, in, handler, BESIDE);
    reach(m, N_ON_LATE);
    f->vars = then;
    f->list = handler;
    model_go(m, f);
}

/* Somebody joins, or those who may are reminded: once, however many times have passed. */
static void nudge(Model *m, Frame *f)
{
    if (f->escalates <= f->remind) {
        reach(m, REACH_JOINS);
        f->escalates = NEVER;
        f->joined = true;
        return;
    }
    reach(m, REACH_REMINDED);
    f->reminded++;
    do f->remind = model_after(f->remind, f->node->a[STEP_REMIND]);
    while (f->remind <= m->until);
}

static void late_or_nudged(Model *m, Frame *f)
{
    bool late = !f->late && f->deadline <= f->remind && f->deadline <= f->escalates;
    const Node *handler = plan_handler(f->node, N_ON_LATE);
    if (late) reach(m, REACH_STEP_LATE);
    else nudge(m, f);
    f->late |= late;
    model_offered_due(f);
    if (!late || !handler) return;
    bool again = f->role == AGAIN;         /* the case goes on meanwhile */
    runs_late(m, f->in, handler, again ? model_vars_of_branch(m, model_seen_now(m, f->in)) : f->then);
}

static void is_due(Model *m, Frame *f)
{
    if (f->stage == OFFERED) {
        late_or_nudged(m, f);
        return;
    }
    f->due = NEVER;
    if (f->stage == PAUSED && model_lacks_yes(f)) {
        reach(m, REACH_LATER);
    } else if (f->stage == PAUSED) {
        reach(m, REACH_RETRIED);
        model_begin_machine(m, f);
    } else if (f->node->kind == N_WAIT) {
        if (f->node->a[WAIT_HOURS] >= WAIT_GONE && f->node->a[WAIT_HOURS] < SPAN_BUSINESS_HOURS) reach(m, REACH_GONE);
        model_leave(m, f);
    } else {
        reach(m, REACH_ELSE);
        f->stage = RUNS;
        f->fresh = false;              /* it waits no more */
        f->list = f->node;
        model_go(m, f);
    }
}

static Frame *first_due(const Case *c)
{
    Frame *first = NULL;
    for (uint32_t i = 0; i < c->frames.n; i++) {
        Frame *f = c->frames.items[i];
        if (!f->over && f->due != NEVER && (!first || f->due < first->due)) first = f;
    }
    return first;
}

/* ... of the case as a whole. */
static void nudge_case(Model *m, Case *c)
{
    bool joins = c->escalates <= c->remind;
    reach(m, joins ? REACH_CASE_JOINS : REACH_CASE_REMINDED);
    if (joins) {
        c->escalates = NEVER;
        c->joined = true;
        return;
    }
    c->reminded++;
    do c->remind = model_after(c->remind, c->node->a[PROCESS_REMIND]);
    while (c->remind <= m->until);
}

static int64_t nudges_of(const Case *c) { return c->remind < c->escalates ? c->remind : c->escalates; }

/* All of a case that is due by then: its own deadline, and who is nudged, then what came first. */
static void times(Model *m, Case *c, int64_t at)
{
    const Node *handler = plan_handler(c->node, N_ON_LATE);
    if (c->deadline <= at) {
        c->deadline = NEVER;
        c->late = true;
        reach(m, REACH_CASE_LATE);
        if (handler) runs_late(m, c->root, handler, c->root->then);
    }
    while (c->state == RUNNING && nudges_of(c) <= at) nudge_case(m, c);
    for (Frame *f; c->state == RUNNING && (f = first_due(c)) && f->due <= at;) is_due(m, f);
}

int64_t model_due_of(const Case *c)
{
    int64_t due = c->state == RUNNING ? c->deadline : NEVER;
    if (c->state == RUNNING && nudges_of(c) < due) due = nudges_of(c);
    for (uint32_t i = 0; i < c->frames.n; i++)
        if (!c->frames.items[i]->over && c->frames.items[i]->due < due) due = c->frames.items[i]->due;
    return due;
}

/* At the end of each input: steps that waited for others begin, and what is owed is undone. Behind that more may. */
static void now_possible(Model *m, Case *c)
{
    model_begin_needing(m, c);
    do model_undo_next(m, c);
    while (model_begin_needing(m, c));
}

/* What was due before something else happened comes before it, at its own time. */
static void due_before(Model *m, Case *c, int64_t at)
{
    for (int64_t due; c->state == RUNNING && (due = model_due_of(c)) < at;) {
        m->at = c->now = due > c->now ? due : c->now;
        m->until = at > m->at ? at : m->at;
        times(m, c, m->at);
        now_possible(m, c);
    }
}

static bool returns(Model *m, const Input *in)
{
    Frame *f = in->frame;
    if (f->recalls) {
        f->recalls = false;
        reach(m, REACH_RECALLED);
        return true;
    }
    if (f->over || f->stage != CALLS) return false;
    f->stage = RUNS;                   /* nobody is left to be withdrawn */
    if (!in->well) {
        model_fails(m, f, in->failed, "call");     /* that somebody cancelled it is for a person */
        return true;
    }
    model_bind_own(m, f, (uint32_t)f->node->a[CALL_ID], in->n, f->node->a[CALL_OF]);
    model_leave(m, f);
    return true;
}

/* The process that ran the machine is gone, and nobody knows how far it came. */
static bool interrupted(Model *m, Frame *f)
{
    if (f->over || f->stage != WORKS) return false;
    bool again = f->node->kind == N_LUA || f->node->a[SHELL_REPEATABLE];
    reach(m, again ? REACH_REPEATED : REACH_INTERRUPTED);
    if (again) f->tries--, model_begin_machine(m, f);        /* it has not failed: no retry is used up */
    else model_incident(f);
    return !again;                     /* that it begins again is not recorded */
}

static bool locked(Model *m, Frame *f)
{
    if (f->over || f->stage != QUEUES) return false;
    f->stage = RUNS;
    f->list = f->node;
    model_go(m, f);
    return true;
}

static bool results(Model *m, const Input *in)
{
    Frame *f = in->frame;
    if (f->over || f->stage != WORKS || f->tries != in->tries) return false;
    model_machine_result(m, f, in->well, in->n);
    return true;
}

static bool withdrawn(Model *m, Case *c)
{
    if (c->ending && c->ending != ENDS_FINISHED) return false;
    model_end_undone(m, c, ENDS_CANCELLED, NULL);
    return true;
}

/* Did anything come of it? */
static bool happens(Model *m, const Input *in)
{
    switch (in->kind) {
    case I_BEGIN:       return begins(m, in), true;
    case I_RESULT:      return results(m, in);
    case I_MESSAGE:     return hears(m, in->frame, &m->messages.items[in->message]);
    case I_LOCKED:      return locked(m, in->frame);
    case I_RETURN:      return returns(m, in);
    case I_WITHDRAW:    return withdrawn(m, in->of);
    case I_TIMER:       return times(m, in->of, m->at), true;
    case I_INTERRUPTED: return interrupted(m, in->frame);
    case I_NOTE:        return in->of->noted++, true;
    }
    return false;
}

static void moved(Model *m, Case *c)
{
    c->now = m->at;
    c->moved = m->deed;
}

static void advance(Model *m, const Input *in)
{
    if (in->kind == I_RETURN) m->messages.items[in->by - 1].done = true;
    bool outside = in->kind != I_BEGIN && in->kind != I_TIMER && in->kind != I_INTERRUPTED;
    if (in->of && in->of->state != RUNNING) return;
    if (outside) due_before(m, in->of, in->at);
    if (in->of && in->of->state != RUNNING) return;
    m->at = in->of && in->of->now > in->at ? in->of->now : in->at;
    m->until = m->now > m->at ? m->now : m->at;
    if (happens(m, in) && in->of) moved(m, in->of);
    if (in->of) now_possible(m, in->of);
    else if (m->cases.n) now_possible(m, m->cases.items[m->cases.n - 1]);
}

static void perform(Model *m)
{
    for (uint32_t i = 0; i < m->begun.n; i++) model_work(m, m->begun.items[i]);
    m->begun.n = 0;
    m->kept = m->serial;
}

/* ---- what only calculates runs ahead of what is kept ------------------------------------------- */

enum { AHEAD_MOST = 32 };

/* Does nothing else come next, of what this input began? */
static bool calculates(const Model *m, uint32_t from)
{
    bool any = false;
    for (uint32_t i = from; i < m->begun.n; i++) {
        const Frame *f = m->begun.items[i];
        if (f->over) continue;
        if (!f->ahead) return false;
        any = true;
    }
    return any;
}

static bool is_alone(const Model *m, const Case *c)
{
    bool alone = true;
    for (uint32_t i = m->head; i < m->inputs.n; i++) alone &= m->inputs.items[i].of != c;
    return alone;
}

static void go_ahead(Model *m, const Case *c, uint32_t from)
{
    for (uint32_t n = 0; n < AHEAD_MOST && is_alone(m, c) && calculates(m, from); n++) {
        uint32_t at = from;
        while (m->begun.items[at]->over) at++;
        Frame *f = m->begun.items[at];
        for (m->begun.n--; at < m->begun.n; at++) m->begun.items[at] = m->begun.items[at + 1];
        model_work(m, f);
        const Input in = m->inputs.items[--m->inputs.n];
        reach(m, REACH_AHEAD);
        advance(m, &in);
    }
}

static void takes_turn(Model *m, const Input *in)
{
    uint32_t from = m->begun.n;
    advance(m, in);
    if (in->of && in->kind != I_TIMER) go_ahead(m, in->of, from);
}

/* ---- whose turn it is ------------------------------------------------------------------------ */

/* What would begin another case is noted in the open one, when that has its turn. */
static bool is_noted(Model *m, Input *in, bool *waits)
{
    Case *open = in->kind == I_BEGIN ? open_already(m, in) : NULL;
    *waits = open && open->round == m->round;
    if (!open || *waits) return false;
    if (in->by && m->messages.items[in->by - 1].kind != EMIT) m->messages.items[in->by - 1].done = true;
    if (in->by && m->messages.items[in->by - 1].kind == EMIT) {
        if (m->messages.items[in->by - 1].began >> in->process & 1) return true;
        m->messages.items[in->by - 1].began |= 1u << in->process;
    }
    reach(m, REACH_NOTED);
    *in = (Input){.kind = I_NOTE, .of = open, .at = in->at};
    open->round = m->round;
    return false;
}

/* One input of each case. */
static void round_of_turns(Model *m)
{
    if (m->doomed && m->rounds-- == 0) {
        m->dead = true;
        m->inputs.n = m->head = 0;
        return;
    }
    VEC(Input) taken = {0}, kept = {0};
    for (uint32_t i = m->head; i < m->inputs.n; i++) {
        bool again = false;
        for (uint32_t k = 0; m->inputs.items[i].of && k < taken.n; k++)
            again |= taken.items[k].of == m->inputs.items[i].of;
        if (again) *VEC_PUSH(m->arena, &kept) = m->inputs.items[i];
        else *VEC_PUSH(m->arena, &taken) = m->inputs.items[i];
    }
    m->inputs.n = m->head = 0;
    for (uint32_t i = 0; i < kept.n; i++) *VEC_PUSH(m->arena, &m->inputs) = kept.items[i];
    m->round++;
    for (uint32_t i = 0; i < taken.n; i++)
        if (taken.items[i].of) taken.items[i].of->round = m->round;
    for (uint32_t i = 0; i < taken.n; i++) {
        bool waits, known = is_noted(m, &taken.items[i], &waits);
        if (waits) *VEC_PUSH(m->arena, &m->inputs) = taken.items[i];
        else if (!known) takes_turn(m, &taken.items[i]);
    }
    m->dead = m->doomed && m->rounds == 0;
    perform(m);
    if (m->dead) m->inputs.n = m->head = 0;
}

void model_rounds(Model *m)
{
    while (m->head < m->inputs.n) round_of_turns(m);
}

typedef struct Heard { const Message *items[1024]; uint32_t n; } Heard;

/* Messages of the event since the case began, the oldest first: by their times, else as they were kept. */
static void heard_since(const Model *m, const Frame *f, Heard *out)
{
    out->n = 0;
    for (uint32_t i = 0; i < m->messages.n && out->n < 1024; i++) {
        const Message *msg = &m->messages.items[i];
        if (msg->kind != EMIT || msg->event != (uint32_t)f->node->a[AWAIT_EVENT] || msg->at < f->of->started) continue;
        uint32_t at = out->n++;
        for (; at > 0 && out->items[at - 1]->at > msg->at; at--) out->items[at] = out->items[at - 1];
        out->items[at] = msg;
    }
}

/* A wait that has just begun takes the oldest of what has come since its case began. */
static bool catch_up(Model *m)
{
    Heard *heard = ARENA_NEW(m->arena, Heard);
    VEC(Frame *) fresh = {0};
    for (uint32_t i = 0; i < m->cases.n; i++)
        for (uint32_t k = 0; k < m->cases.items[i]->frames.n; k++) {
            Frame *f = m->cases.items[i]->frames.items[k];
            if (!f->over && f->fresh) *VEC_PUSH(m->arena, &fresh) = f;
        }
    for (uint32_t i = 0; i < fresh.n && !m->dead; i++) {
        Frame *f = fresh.items[i];
        heard_since(m, f, heard);
        for (uint32_t k = 0; k < heard->n; k++) {
            Input *in = model_put(m, I_MESSAGE, f->of);
            in->frame = f;
            in->message = heard->items[k]->number - 1;
            in->at = heard->items[k]->at;
        }
        model_rounds(m);
        if (!m->dead) f->fresh = false;
    }
    return fresh.n > 0;
}

static bool holds_lock(const Frame *f, int32_t name)
{
    bool open = !f->over || (f->lingers && f->of->state == RUNNING);
    return open && f->node->kind == N_LOCK && f->node->a[LOCK_NAME] == name;
}

/* Who came first, first; but not who was let in already. */
static Frame *next_in_queue(Model *m, int32_t name, uint32_t *held)
{
    Frame *first = NULL;
    *held = 0;
    for (uint32_t i = 0; i < m->cases.n; i++)
        for (uint32_t k = 0; k < m->cases.items[i]->frames.n; k++) {
            Frame *f = m->cases.items[i]->frames.items[k];
            if (!holds_lock(f, name) || f->role != STATEMENT) continue;
            if (f->stage != QUEUES || f->let_in) (*held)++;
            else if (!first || f->since < first->since) first = f;
        }
    return first;
}

/* All places that are free are given at once. */
static bool grant(Model *m)
{
    uint32_t held;
    bool any = false;
    for (int32_t name = 0; name < 2; name++) {
        Frame *f;
        while ((f = next_in_queue(m, name, &held)) && held < (uint32_t)f->node->a[LOCK_PLACES]) {
            model_put(m, I_LOCKED, f->of)->frame = f;
            f->let_in = any = true;
        }
        if (f) reach(m, REACH_QUEUES);
    }
    model_rounds(m);
    for (uint32_t i = 0; i < m->cases.n; i++)
        for (uint32_t k = 0; k < m->cases.items[i]->frames.n; k++) m->cases.items[i]->frames.items[k]->let_in = false;
    return any;
}

static void deliver_emit(Model *m, uint32_t at)
{
    const Message msg = m->messages.items[at];
    for (uint32_t i = 0; i < m->plan->program->kids.n; i++) {
        const Node *p = m->plan->program->kids.items[i];
        if (p->a[PROCESS_EVENT] != (int32_t)msg.event + 1 || msg.n <= p->a[PROCESS_ABOVE]) continue;
        Input *in = model_put(m, I_BEGIN, NULL);
        in->process = i;
        in->n = msg.n;
        in->at = msg.at;
        in->by = msg.number;
    }
    for (uint32_t i = 0; i < m->cases.n; i++)
        for (uint32_t k = 0; k < m->cases.items[i]->frames.n; k++) {
            Frame *f = m->cases.items[i]->frames.items[k];
            if (f->over || f->stage != WAITS || f->node->kind == N_WAIT || f->fresh) continue;
            if (f->node->a[AWAIT_EVENT] != (int32_t)msg.event) continue;
            Input *in = model_put(m, I_MESSAGE, f->of);
            in->frame = f;
            in->message = at;
            in->at = msg.at;
        }
}

/* The case that a frame called, the last time. */
static Case *called_by(Model *m, const Frame *f)
{
    for (uint32_t i = m->cases.n; i-- > 0;)
        if (m->cases.items[i]->caller == f) return m->cases.items[i];
    return NULL;
}

static void deliver_one(Model *m, uint32_t at)
{
    const Message msg = m->messages.items[at];
    Input *in;
    Case *called;
    switch (msg.kind) {
    case EMIT: deliver_emit(m, at); break;
    case BEGIN: case CALL:
        in = model_put(m, I_BEGIN, NULL);
        in->process = msg.process;
        in->n = msg.n;
        in->at = msg.at;
        in->by = msg.number;
        in->frame = msg.kind == CALL ? msg.frame : NULL;
        break;
    case WITHDRAW:
        called = called_by(m, msg.frame);
        if (called) model_put(m, I_WITHDRAW, called)->at = msg.at;
        break;
    case RETURN:
        in = model_put(m, I_RETURN, msg.frame->of);
        in->frame = msg.frame;
        in->at = msg.at;
        in->well = msg.well;
        in->failed = msg.failed;
        in->by = msg.number;
        in->n = msg.n;
        break;
    }
}

static bool deliver(Model *m)
{
    bool any = false;
    uint32_t n = m->messages.n;
    for (uint32_t i = 0; i < n; i++) {
        if (m->messages.items[i].delivered) continue;
        if (m->messages.items[i].kind == WITHDRAW && m->head < m->inputs.n) break;
        m->messages.items[i].delivered = true;
        deliver_one(m, i);
        any = true;
    }
    model_rounds(m);
    for (uint32_t i = 0; i < n && !m->dead; i++) m->messages.items[i].done |= m->messages.items[i].delivered;
    return any;
}

/* Until only people, time and the world are left. */
void model_settle(Model *m)
{
    do model_rounds(m);
    while (!m->dead && (catch_up(m) || grant(m) || deliver(m)));
}

/* Of the cases that this deed moved, the one of which something is due first, by now or by its own time. */
static Case *first_come(const Model *m)
{
    Case *first = NULL;
    for (uint32_t i = 0; i < m->cases.n; i++) {
        Case *c = m->cases.items[i];
        int64_t now = c->now > m->now ? c->now : m->now;
        if (c->state != RUNNING || c->moved != m->deed || model_due_of(c) > now) continue;
        if (!first || model_due_of(c) < model_due_of(first)) first = c;
    }
    return first;
}

void model_follow(Model *m)
{
    model_settle(m);
    for (Case *c; !m->dead && (c = first_come(m));) {
        Input *in = model_put(m, I_TIMER, c);
        in->at = in->due = model_due_of(c);
        model_settle(m);
    }
    m->deed++;
}

/* What a person did is the first that is kept. */
void model_acted(Model *m, Case *c)
{
    moved(m, c);
    now_possible(m, c);
    go_ahead(m, c, 0);
    if (m->doomed && m->rounds) m->rounds--;
    m->dead = m->doomed && m->rounds == 0;
    perform(m);
    if (m->dead) m->inputs.n = m->head = 0;
    else model_follow(m);
}
