/* model_flow.c -- statements: how they begin, and what comes behind them. */
#include "tests/model/model_private.h"

#include <assert.h>

static void child_left(Model *m, Frame *f, Frame *child);

/* ---- statements ------------------------------------------------------------------------------ */

static void enter(Model *m, Frame *in, const Node *n);

bool model_has_beside(const Frame *f)
{
    for (uint32_t i = 0; i < f->of->frames.n; i++) {
        const Frame *b = f->of->frames.items[i];
        if (!b->over && (b->role == BESIDE || b->role == AGAIN) && b->in == f) return true;
    }
    return false;
}

/* A frame goes on with its list. At its end it waits for what runs beside. */
void model_go(Model *m, Frame *f)
{
    while (!f->over && f->at < f->list->kids.n && plan_is_handler(f->list->kids.items[f->at])) f->at++;
    if (f->over) return;
    if (f->at < f->list->kids.n) enter(m, f, f->list->kids.items[f->at++]);
    else if (model_has_beside(f)) f->stage = DRAINS;
    else if (f->role == STATEMENT && (f->node->kind == N_EACH || f->node->kind == N_REPEAT)) model_round_left(m, f);
    else model_leave(m, f);
}

static void listen(Model *m, Frame *f)
{
    for (uint32_t i = 0; i < f->node->kids.n; i++) {
        const Node *n = f->node->kids.items[i];
        if (n->kind != N_ON_EVENT) continue;
        Frame *w = model_frame(m, f->of, f, n, STATEMENT);
        w->stage = WAITS;
        w->fresh = true;
    }
}

Frame *model_branch(Model *m, Frame *in, const Node *n, uint32_t number)
{
    Frame *b = model_frame(m, in->of, in, n, BRANCH);
    b->vars = model_vars_of_branch(m, in->vars);
    b->number = number;
    return b;
}

/* The statements of a parallel or race: all fork from here, and begin in the order of writing. */
static void branches(Model *m, Frame *f)
{
    const Node *n = f->node;
    f->live = n->kids.n;
    if (!n->kids.n) model_leave(m, f);
    VEC(Frame *) all = {0};
    for (uint32_t i = 0; i < n->kids.n; i++) *VEC_PUSH(m->arena, &all) = model_branch(m, f, n, i);
    for (uint32_t i = 0; i < all.n && !all.items[i]->over; i++) enter(m, all.items[i], n->kids.items[i]);
}

static void element(Model *m, Frame *f)
{
    Frame *b = model_branch(m, f, f->node, f->at);
    b->list = f->node;
    model_bind_number(b->vars, (uint32_t)f->node->a[EACH_ID], (int64_t)f->at + 1);
    f->at++;
    f->live++;
    model_go(m, b);
}

static void elements(Model *m, Frame *f)
{
    const Node *n = f->node;
    uint32_t most = n->a[EACH_AT_ONCE] > 0 ? (uint32_t)n->a[EACH_AT_ONCE] : UINT32_MAX;
    while (!f->over && f->live < most && f->at < (uint32_t)n->a[EACH_N]) element(m, f);
    if (f->at < (uint32_t)n->a[EACH_N]) reach(m, REACH_AT_MOST);
    if (f->over || f->live || f->at < (uint32_t)n->a[EACH_N]) return;
    if (n->a[EACH_FROM]) {
        uint32_t len = (uint32_t)n->a[EACH_N];
        int64_t *list = ARENA_ARRAY(m->arena, int64_t, len);
        const From *from = NULL;
        for (uint32_t i = 0; i < len; i++) list[i] = f->results[i].n;
        for (uint32_t i = 0; i < len; i++)
            for (const From *o = f->results[i].from; o; o = o->more) {
                From *copy = ARENA_NEW(m->arena, From);
                *copy = (From){o->line, from};
                from = copy;
            }
        reach(m, REACH_COLLECTS);
        model_bind(f->vars, ref_id(n->a[EACH_TO]), (Num){.len = len, .list = list, .from = from});
        model_set_beside(f, ref_id(n->a[EACH_TO]));
    }
    model_leave(m, f);
}

/* Round by round: of an `each` one after the other, or a repeat. */
static void next_round(Model *m, Frame *f)
{
    const Node *n = f->node;
    if (n->kind == N_EACH && f->wins >= (uint32_t)n->a[EACH_N]) {
        model_leave(m, f);
        return;
    }
    f->wins++;
    if (n->kind == N_EACH) {
        model_bind_number(f->vars, (uint32_t)n->a[EACH_ID], f->wins);
        model_set_beside(f, (uint32_t)n->a[EACH_ID]);
    }
    f->at = 0;
    f->list = n;
    model_go(m, f);
}

static void calls(Model *m, Frame *f)
{
    const Node *n = f->node;
    Message *msg = model_send(m, n->kind == N_CALL ? CALL : BEGIN);
    msg->process = (uint32_t)n->a[CALL_PROCESS];
    msg->n = model_number(f->vars, n->a[CALL_OF], 0);
    msg->frame = f;
    if (n->kind == N_CALL) f->stage = CALLS;
    else model_leave(m, f);
}

/* An hour of the day is the next one, strictly after now; a day may have begun long ago. */
static int64_t waits_until(int64_t now, int32_t hours)
{
    if (hours < WAIT_UNTIL || hours >= SPAN_BUSINESS_HOURS) return model_after(now, hours);
    if (hours >= WAIT_GONE) return model_day_begins(now, hours - WAIT_GONE);
    int64_t of_day = ((now + BEGIN_MINUTES) % DAY_MINUTES + DAY_MINUTES) % DAY_MINUTES;
    int64_t left = (hours - WAIT_UNTIL) * 60 - of_day;
    return now + (left > 0 ? left : left + DAY_MINUTES);
}

static void waits(Model *m, Frame *f)
{
    const Node *n = f->node;
    f->stage = WAITS;
    if (n->kind == N_WAIT) f->due = waits_until(m->at, n->a[WAIT_HOURS]);
    else f->fresh = true;
    if (n->kind == N_AWAIT && n->a[AWAIT_WITHIN]) f->due = model_after(m->at, n->a[AWAIT_WITHIN]);
}

static const char *numbered(Model *m, const char *head, int32_t n)
{
    return arena_printf(m->arena, "%s%d", head, n);
}

static void emits(Model *m, Frame *f)
{
    Message *msg = model_send(m, EMIT);
    msg->event = (uint32_t)f->node->a[EMIT_EVENT];
    msg->n = model_number(f->vars, f->node->a[EMIT_OF], f->node->a[EMIT_ADDS]);
    if (f->node->a[EMIT_COUNTS]) msg->n += model_counted(m, f);
    model_leave(m, f);
}

static void choose(Model *m, Frame *f)
{
    const Node *n = f->node;
    uint32_t way = model_holds(f->vars, n->a[IF_OF], n->a[IF_HOW], n->a[IF_THAN]) ? 0 : 1;
    if (way >= n->kids.n) {
        model_leave(m, f);
        return;
    }
    f->list = n->kids.items[way];
    model_go(m, f);
}

/* Where a case ends before its end, what branches have set by then is the case's: those around there, and all of a
 * parallel. Of a race no other branch has won. */
void model_hand_on_all(Frame *f)
{
    model_hand_on_open(f->of->root);
    for (Frame *b = f; b->in; b = b->in)
        if (b->role == BRANCH && b->node->kind != N_EACH) model_hand_on(b->vars, b->in->vars);
}

/* What tells others, or ends the case, is held back as further steps are. */
static bool acts_on_others(const Node *n)
{
    return n->kind == N_EMIT || n->kind == N_CALL || n->kind == N_START || n->kind == N_STOP || n->kind == N_FAIL;
}

/* ... or might go by what is done once more only now. */
static bool goes_by_values(const Node *n)
{
    return n->kind == N_IF || n->kind == N_SET || n->kind == N_EACH || n->kind == N_AWAIT || n->kind == N_WAIT;
}

bool model_is_held_back(const Frame *f)
{
    bool may = acts_on_others(f->node) || (goes_by_values(f->node) && model_repeats_any(f->of));
    return may && model_is_held(f);
}

void model_run(Model *m, Frame *f)
{
    const Node *n = f->node;
    if (model_is_held_back(f)) {
        reach(m, REACH_HELD_BACK);
        f->stage = NEEDS;
        return;
    }
    reach(m, n->kind);
    model_look_around(f);
    if (!plan_is_step(n) && model_lacks_value(f)) {
        model_fails(m, f, false, "no value");
        return;
    }
    switch (n->kind) {
    case N_ASK: case N_APPROVE: case N_SHELL: case N_LUA:
        f->stage = NEEDS;
        model_has_needed(m, f);
        break;
    case N_SET:
        model_bind_own(m, f, ref_id(n->a[SET_VAR]), model_number(f->vars, n->a[SET_OF], n->a[SET_ADDS]),
                       n->a[SET_OF]);
        model_set_late(m, f, ref_id(n->a[SET_VAR]));
        model_leave(m, f);
        break;
    case N_STOP:
        model_hand_on_all(f);
        model_stops(m, f->of, ENDS_FINISHED, numbered(m, "s", n->a[TEXT_NUMBER]));
        break;
    case N_FAIL: model_fails(m, f, true, numbered(m, "f", n->a[TEXT_NUMBER])); break;
    case N_IF: choose(m, f); break;
    case N_PARALLEL: case N_RACE: branches(m, f); break;
    case N_SEQUENCE: case N_PROCESS:
        f->list = n;
        listen(m, f);
        model_go(m, f);
        break;
    case N_EACH:
        if (n->a[EACH_AT_ONCE]) elements(m, f);
        else next_round(m, f);
        break;
    case N_REPEAT: next_round(m, f); break;
    case N_LOCK: f->stage = QUEUES; break;
    case N_WAIT: case N_AWAIT: waits(m, f); break;
    case N_EMIT: emits(m, f); break;
    case N_CALL: case N_START: calls(m, f); break;
    case N_LIST: case N_ON_FAIL: case N_ON_REJECT: case N_ON_LATE: case N_ON_EVENT: case N_PROGRAM: case NODE_KINDS:
        assert(!"a statement");
    }
}

static void enter(Model *m, Frame *in, const Node *n)
{
    model_run(m, model_frame(m, in->of, in, n, STATEMENT));
}

/* ---- and how they end ------------------------------------------------------------------------ */

static void branch_left(Model *m, Frame *f, Frame *b)
{
    f->live--;
    model_hand_on(b->vars, f->vars);
    for (uint32_t id = 0; id < PLAN_IDS; id++)
        if (b->vars->own[id]) model_set_late(m, f, id);
    if (f->node->kind == N_PARALLEL) {
        if (!f->live && model_has_beside(f)) f->stage = DRAINS;
        else if (!f->live) model_leave(m, f);
        return;
    }
    b->handling = true;                /* it has won */
    if (++f->wins < (uint32_t)f->node->a[RACE_WANTS] && f->live) return;
    model_withdraw(m, f, false);
    if (f->wins == 2) reach(m, REACH_RACE_OF_TWO);
    model_undo_block(m, f, NULL);
    if (f->stage == UNDOES) reach(m, REACH_BACKS_OUT);
}

void model_round_left(Model *m, Frame *f)
{
    const Node *n = f->node;
    model_look_around(f);
    if (n->kind == N_EACH) {
        model_keep_round(m, f);
        next_round(m, f);
    } else if (model_holds(f->vars, n->a[REPEAT_OF], n->a[REPEAT_HOW], n->a[REPEAT_THAN])) {
        model_leave(m, f);
    } else if (f->wins >= (uint32_t)n->a[REPEAT_MOST]) {
        reach(m, REACH_LIMIT);
        model_fails(m, f, false, "limit");
    } else {
        next_round(m, f);
    }
}

static void element_left(Model *m, Frame *f, Frame *b)
{
    f->live--;
    f->results[b->number] = model_read_ref(b->vars, f->node->a[EACH_FROM]);
    elements(m, f);
}

static void child_left(Model *m, Frame *f, Frame *child)
{
    if (f->over || child->role == BESIDE || child->role == AGAIN) return;
    if (f->role == BRANCH && f->node->kind != N_EACH) {
        if (model_has_beside(f)) f->stage = DRAINS;
        else model_leave(m, f);
        return;
    }
    if (child->role == BRANCH) {
        if (f->node->kind == N_EACH) element_left(m, f, child);
        else branch_left(m, f, child);
        return;
    }
    model_go(m, f);
}

/* What ran beside has ended: the way it waited at the end of goes on. */
void model_drained(Model *m, Frame *f)
{
    if (model_has_beside(f)) return;
    f->stage = RUNS;
    if (f->list) model_go(m, f);
    else model_leave(m, f);
}

void model_leave(Model *m, Frame *f)
{
    if (f->over) return;
    model_withdraw(m, f, true);
    f->lingers &= model_owes(f->of, f);
    Frame *in = f->in;
    if (f->role == BESIDE && f->node->kind == N_ON_LATE) model_hand_on(f->vars, in->vars);
    if (!in) model_stops(m, f->of, ENDS_FINISHED, NULL);     /* what is owed is undone first */
    else if ((f->role == BESIDE || f->role == AGAIN) && in->stage == DRAINS) model_drained(m, in);
    else child_left(m, in, f);
}
