/* model.c -- the reference model: see model.h. */
#include "tests/model/model_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- the calls ------------------------------------------------------------------------------- */

Model *model_new(const Plan *p)
{
    Arena *a = arena_new();
    Model *m = ARENA_NEW(a, Model);
    m->arena = a;
    m->plan = p;
    for (uint32_t i = 0; i < PLAN_COMMANDS; i++) m->prints[i] = 1;
    return m;
}

void model_free(Model *m)
{
    if (!m) return;
    buf_free(&m->commands);
    arena_free(m->arena);
}

void model_start(Model *m, uint32_t process, int64_t n)
{
    Input *in = model_put(m, I_BEGIN, NULL);
    in->process = process;
    in->n = n;
    model_follow(m);
}

Frame *model_frame_of(Model *m, const Opening *o)
{
    Case *c = m->cases.items[o->case_id - 1];
    for (uint32_t i = 0; i < c->frames.n; i++)
        if (c->frames.items[i]->serial == o->serial) return c->frames.items[i];
    return NULL;
}

void model_by_hand(Model *m, Case *c)
{
    m->at = c->now > m->now ? c->now : m->now;         /* a clock may have been set back */
}

static bool is_untrained(const Frame *f, uint32_t person)
{
    bool wants = f->role != UNDO && f->node->kind != N_SHELL && f->node->a[STEP_WHO] == WHO_TRAINED;
    return wants && person < PLAN_CREW && !(f->of->trained >> person & 1);
}

/* Why it is refused is counted; that it is must not depend on it. */
static bool refuses(Model *m, const Frame *f, uint32_t person, uint32_t login)
{
    bool answered = f->answered >> person & 1 || (login && f->answered >> (login - 1) & 1);
    if (answered) reach(m, REACH_ONCE_ONLY);
    else if (!model_may(m, f, person, login)) reach(m, is_untrained(f, person) ? REACH_UNTRAINED : REACH_EXCEPT);
    else if (!model_holds_task(m, f, person)) reach(m, REACH_HELD);
    else if (model_stands_apart(f, person, login)) reach(m, REACH_APART);
    else return false;
    return true;
}

static void answered(Model *m, Frame *f, uint32_t person, uint32_t login, bool yes)
{
    const Node *n = f->node;
    uint32_t self = 1u << person, signs = model_signs(m, f, person, login);
    if (f->joined && person == PLAN_BOSS) reach(m, REACH_JOINED);
    if (n->a[STEP_WHO] == WHO_DID) reach(m, REACH_BY_DOER);
    if (n->a[STEP_WHO] == WHO_MANAGER) reach(m, REACH_BY_MANAGER);
    if (n->a[STEP_WHO] == WHO_TRAINED) reach(m, REACH_BY_TRAINED);
    if (n->a[STEP_MANY]) reach(m, n->a[STEP_MANY] == 1 ? REACH_ANY_TWO : REACH_THREE);
    if (login) reach(m, REACH_BY_LOGIN);
    if (signs & ~self & ~(login ? 1u << (login - 1) : 0)) reach(m, REACH_STANDS_IN);
    f->answered |= signs;
    f->given++;
    f->yes += yes;
}

/* Nobody has a machine begin what is to be approved again before. */
static bool lacks_yes(Model *m, const Frame *f)
{
    bool lacks = model_lacks_yes(f);
    if (lacks) reach(m, REACH_NO_YES);
    return lacks;
}

bool model_do(Model *m, const Opening *o, uint32_t person, uint32_t login, int64_t value, bool yes)
{
    Frame *f = model_frame_of(m, o);
    model_by_hand(m, f->of);
    const Node *n = f->node;
    if (refuses(m, f, person, login)) return false;
    if (f->role == UNDO) {
        model_undone(m, f, "undone");
        model_acted(m, f->of);
        return true;
    }
    if (n->kind == N_SHELL && lacks_yes(m, f)) return false;
    if (n->kind == N_SHELL) {
        model_begin_machine(m, f);
        model_acted(m, f->of);
        return true;
    }
    if (n->kind == N_ASK && value <= n->a[STEP_ABOVE] && n->a[STEP_ABOVE]) {
        reach(m, REACH_FORM);
        return false;
    }
    answered(m, f, person, login, yes);
    f->said[(f->given - 1) % 3] = value;
    if (n->kind == N_APPROVE) {
        model_count_votes(m, f);
    } else if (!n->a[STEP_MANY] || f->given == 3) {
        model_line(m, f, DONE, f->answered);
        model_bind_answer(m, f, value);
        model_ends_once_more(m, f);
        model_leave(m, f);
    }
    model_acted(m, f->of);
    return true;
}

/* Who may have a task for themselves, and take it from another only with a reason. */
static bool may_hold(Model *m, const Frame *f, uint32_t person, bool reason)
{
    bool several = f->role != UNDO && f->node->kind != N_SHELL && f->node->a[STEP_MANY];
    if (several || !model_may(m, f, person, NO_LOGIN)) return false;
    bool holds = model_holds_task(m, f, person);
    if (!holds && reason) reach(m, REACH_TAKEN_OVER);
    return holds || reason;
}

/* Who only stands in takes the turn of the one who is away. */
static void passes_turn(Model *m, Frame *f, uint32_t to)
{
    bool stands_in = to == (uint32_t)m->plan->program->a[PROGRAM_STANDS_IN];
    uint32_t turn = to < PLAN_CREW ? to + 1 : stands_in ? model_away(m) : 0;
    if (!f->turn || !turn || f->turn == turn) return;
    reach(m, REACH_TURN_PASSED);
    f->turn = turn;
}

/* Does somebody else of the Crew get it, whose turn it is not? */
static bool may_get(Model *m, const Frame *f, uint32_t person)
{
    Frame open = *f;
    open.turn = 0;
    return model_may(m, &open, person, NO_LOGIN);
}

/* Who takes a task over for a reason takes the turn with it. */
bool model_claim(Model *m, const Opening *o, uint32_t person, bool reason)
{
    Frame *f = model_frame_of(m, o), open = *f;
    model_by_hand(m, f->of);
    if (reason) open.turn = 0;
    if (!may_hold(m, &open, person, reason)) return false;
    if (model_holder(m, &open) == person + 1 && (f->works || f->tried)) return true;
    f->holder = person + 1;
    f->works = true;
    passes_turn(m, f, person);
    model_acted(m, f->of);
    return true;
}

bool model_delegate(Model *m, const Opening *o, uint32_t person, bool reason, uint32_t to)
{
    Frame *f = model_frame_of(m, o);
    model_by_hand(m, f->of);
    bool may = may_hold(m, f, person, reason) && (to ? may_get(m, f, to - 1) : model_holder(m, f) != 0);
    if (may) f->holder = to, f->works = false;
    if (may && to) passes_turn(m, f, to - 1);
    if (may) model_acted(m, f->of);
    return may;
}

/* What begins anew comes behind what has begun meanwhile. */
static void comes_last(Frame *f)
{
    Case *c = f->of;
    uint32_t at = 0;
    while (c->frames.items[at] != f) at++;
    for (; at + 1 < c->frames.n; at++) c->frames.items[at] = c->frames.items[at + 1];
    c->frames.items[at] = f;
}

bool model_retry(Model *m, const Opening *o)
{
    Frame *f = model_frame_of(m, o);
    model_by_hand(m, f->of);
    if (model_runs_machine(f) && lacks_yes(m, f)) return false;
    f->stage = RUNS;
    f->tries = 0;
    if (!model_runs_machine(f)) f->serial = ++m->serial;             /* what it comes to is another incident */
    if (model_runs_machine(f)) model_begin_machine(m, f);
    else if (f->node->kind == N_REPEAT) model_go(m, f);      /* may it end now? */
    else comes_last(f), model_run(m, f);
    model_acted(m, f->of);
    return true;
}

bool model_skip(Model *m, const Opening *o, int64_t value)
{
    Frame *f = model_frame_of(m, o);
    model_by_hand(m, f->of);
    const Node *n = f->node;
    if (f->role == UNDO) {
        model_undone(m, f, "left");
        model_acted(m, f->of);
        return true;
    }
    if (n->kind == N_REPEAT) return false;
    if (f->role == AGAIN) return model_stays(m, f);
    if (n->kind == N_SHELL && n->a[SHELL_SETS] && n->a[SHELL_ABOVE] && value <= n->a[SHELL_ABOVE]) return false;
    if (plan_is_step(n)) model_line(m, f, SKIPPED, 1u << PLAN_BOSS);
    if (n->kind == N_SHELL && n->a[SHELL_SETS]) model_bind_given(m, f, ref_id(n->a[SHELL_SETS]), value, 0);
    if (n->kind == N_LUA) model_bind_given(m, f, ref_id(n->a[LUA_SETS]), value, 0);
    if (n->kind == N_CALL) model_bind_own(m, f, (uint32_t)n->a[CALL_ID], value, 0);
    model_leave(m, f);
    model_acted(m, f->of);
    return true;
}

bool model_cancel(Model *m, uint32_t case_id)
{
    Case *c = m->cases.items[case_id - 1];
    if (c->state != RUNNING || (c->ending && c->ending != ENDS_FINISHED)) return false;
    model_by_hand(m, c);
    model_end_undone(m, c, ENDS_CANCELLED, NULL);
    model_acted(m, c);
    return true;
}

void model_signal(Model *m, uint32_t event, int64_t n)
{
    m->at = m->now;
    Message *msg = model_send(m, EMIT);
    msg->event = event;
    msg->n = n;
    model_follow(m);
}

static Case *next_due(Model *m)
{
    Case *first = NULL;
    for (uint32_t i = 0; i < m->cases.n; i++)
        if (!first || model_due_of(m->cases.items[i]) < model_due_of(first)) first = m->cases.items[i];
    return first;
}

void model_go_on(Model *m, int64_t minutes)
{
    int64_t to = m->now + minutes;
    Input *in;
    for (Case *c = next_due(m); c && model_due_of(c) <= to && !m->dead; c = next_due(m)) {
        if (model_due_of(c) > m->now) m->now = model_due_of(c);
        in = model_put(m, I_TIMER, c);
        in->at = in->due = model_due_of(c);
        model_settle(m);
    }
    if (!m->dead) m->now = to;
    m->deed++;
}

void model_go_back(Model *m, int64_t minutes) { m->now -= minutes; }

void model_answer(Model *m, uint32_t command, int status, int64_t prints)
{
    m->status[command] = status;
    m->prints[command] = prints;
}

void model_kill(Model *m, uint32_t rounds, uint32_t commands)
{
    m->doomed = true;
    m->rounds = rounds;
    m->work = commands;
}

bool model_dead(const Model *m) { return m->dead; }
bool model_held_up(const Model *m) { return m->held_up; }
int64_t model_now(const Model *m) { return m->now; }
const bool *model_reached(const Model *m) { return m->reached; }

void model_take_up(Model *m, int64_t now)
{
    m->doomed = m->dead = m->held_up = false;
    m->inputs.n = m->head = m->begun.n = 0;
    m->now = now;
    for (uint32_t i = 0; i < m->messages.n; i++) m->messages.items[i].delivered = m->messages.items[i].done;
    for (uint32_t i = 0; i < m->cases.n; i++)
        for (uint32_t k = 0; k < m->cases.items[i]->frames.n; k++) {
            Frame *f = m->cases.items[i]->frames.items[k];
            if (!f->over && f->stage == WORKS) model_put(m, I_INTERRUPTED, f->of)->frame = f;
        }
    model_settle(m);
    model_go_on(m, 0);
}

/* ---- what can be seen ------------------------------------------------------------------------ */

static const char *moment(Model *m, int64_t at)
{
    return at == NEVER ? "-" : arena_printf(m->arena, "%lld", (long long)at);
}

static const char *who_answered(Model *m, uint32_t people)
{
    const char *text = "";
    for (uint32_t p = 0; p < PLAN_PEOPLE; p++)
        if (people >> p & 1) text = arena_printf(m->arena, "%s %s", text, plan_persons[p]);
    return text;
}

static const char *case_nudged(Model *m, const Case *c)
{
    const char *noted = c->noted ? arena_printf(m->arena, ", noted %u times", c->noted) : "";
    if (!c->node->a[PROCESS_REMIND] && !c->node->a[PROCESS_ESCALATE]) return noted;
    int64_t next = c->remind < c->escalates ? c->remind : c->escalates;
    return arena_printf(m->arena, ", next %s, reminded %u times%s%s", moment(m, next), c->reminded,
                        c->joined ? ", joined" : "", noted);
}

static const char *nudged(Model *m, const Frame *f)
{
    if (!f->reminded && !f->joined && !f->turn) return "";
    return arena_printf(m->arena, ", reminded %u times%s%s%s", f->reminded, f->joined ? ", joined" : "",
                        f->turn ? ", turn of " : "", f->turn ? plan_persons[f->turn - 1] : "");
}

static const char *open_text(Model *m, const Frame *f)
{
    static const char *const events[] = {"told", "rung"};
    const Node *n = f->node;
    const char *step = plan_is_step(n) ? arena_printf(m->arena, " S%d", n->a[STEP_ID]) : "";
    const char *undo = f->role == UNDO ? " undo" : "";
    switch (f->stage) {
    case OFFERED:
        return arena_printf(m->arena, "offered%s%s: %s, due %s%s, next %s%s,%s%s", step, undo, f->text,
                            moment(m, f->deadline), f->late ? ", late" : "", moment(m, f->due), nudged(m, f),
                            f->holder ? " had by" : "",
                            who_answered(m, f->holder ? 1u << (f->holder - 1) : f->answered));
    case PAUSED:
        return arena_printf(m->arena, "paused%s%s until %s, failed %u times", step, undo, moment(m, f->due), f->tries);
    case INCIDENT:
        if (n->kind == N_CALL) return arena_printf(m->arena, "incident calls P%d", n->a[CALL_PROCESS]);
        return n->kind == N_FAIL ? arena_printf(m->arena, "incident f%d", n->a[TEXT_NUMBER])
                                 : arena_printf(m->arena, "incident%s%s", step, undo);
    case QUEUES: return arena_printf(m->arena, "queues for L%d", n->a[LOCK_NAME]);
    case NEEDS: return arena_printf(m->arena, plan_is_step(n) ? "needs others%s" : "held", step);
    case CALLS: return arena_printf(m->arena, "calls P%d", n->a[CALL_PROCESS]);
    case WAITS:
        return arena_printf(m->arena, "waits%s%s until %s", n->kind == N_WAIT ? "" : " for ",
                            n->kind == N_WAIT ? "" : events[n->a[AWAIT_EVENT]], moment(m, f->due));
    case RUNS: case WORKS: case UNDOES: case DRAINS: break;
    }
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    const Opening *x = a, *y = b;
    int order = x->case_id < y->case_id ? -1 : x->case_id > y->case_id;
    if (!order) order = strcmp(x->text, y->text);
    return order ? order : x->serial < y->serial ? -1 : x->serial > y->serial;
}

static void openings_of(Model *m, const Case *c, Openings *out, bool (*wanted)(const Frame *f))
{
    for (uint32_t i = 0; i < c->frames.n; i++) {
        const Frame *f = c->frames.items[i];
        const char *text = f->over ? NULL : open_text(m, f);
        if (!text || !wanted(f) || out->n == 128) continue;
        bool again = f->role == AGAIN && f->node->kind != N_APPROVE;
        out->items[out->n++] = (Opening){c->id, f->serial, f->stage == INCIDENT, again, text, f->node};
    }
}

static bool is_incident(const Frame *f) { return f->stage == INCIDENT; }
static bool is_offer(const Frame *f) { return f->stage == OFFERED; }
static bool is_either(const Frame *f) { return is_incident(f) || is_offer(f); }
static bool is_step_open(const Frame *f) { return f->stage == OFFERED || f->stage == PAUSED || f->stage == NEEDS; }
static bool is_any(const Frame *f) { return f != NULL; }

void model_openings(Model *m, bool incidents, bool offers, Openings *out)
{
    out->n = 0;
    for (uint32_t i = 0; i < m->cases.n; i++)
        openings_of(m, m->cases.items[i], out, incidents && offers ? is_either : incidents ? is_incident : is_offer);
    qsort(out->items, out->n, sizeof *out->items, by_text);
}

void model_open_steps(Model *m, Openings *out)
{
    out->n = 0;
    for (uint32_t i = 0; i < m->cases.n; i++) openings_of(m, m->cases.items[i], out, is_step_open);
    qsort(out->items, out->n, sizeof *out->items, by_text);
}

static void tell_own(Model *m, const Case *c, Buf *out)
{
    Refs own;
    model_own_values(m, c, &own);
    for (uint32_t i = 0; i < own.n; i++)
        buf_printf(out, "  %s = %lld\n", plan_name(m->arena, own.items[i]),
                   (long long)c->root->vars->v[ref_id(own.items[i])].n);
}

static void tell_case(Model *m, const Case *c, Buf *out)
{
    static const char *const states[] = {"running", "finished", "failed", "cancelled"};
    static const char *const hows[] = {"finished", "done", "approved", "rejected", "skipped", "lapsed"};
    Openings open = {.n = 0};
    const char *now = c->state == RUNNING ? arena_printf(m->arena, ", now %s", moment(m, c->now)) : "";
    buf_printf(out, "case %u P%u of %lld %s%s%s%s, %u incidents, from %s%s to %s%s%s\n", c->id, c->process,
               (long long)c->root->vars->v[PLAN_N].n, states[c->state],
               c->ending && c->state == RUNNING ? ", ending" : "", c->late ? ", late" : "",
               case_nudged(m, c), c->incidents, moment(m, c->started), now, moment(m, c->ended),
               c->state == ENDS_FINISHED && c->outcome ? ": " : "",
               c->state == ENDS_FINISHED && c->outcome ? c->outcome : "");
    for (uint32_t i = 0; i < c->lines.n; i++) {
        const Line *l = c->lines.items[i];
        if (l->how == HANDLED) continue;                       /* it did not end well */
        const char *again = l->corrected ? arena_printf(m->arena, ", corrected %u times", l->corrected) : "";
        buf_printf(out, "  %s S%d%s%s%s%s%s\n", hows[l->how], l->node->a[STEP_ID], l->late ? ", late" : "",
                   l->how == LAPSED ? "" : who_answered(m, l->people), again, *l->fate ? ", " : "", l->fate);
    }
    tell_own(m, c, out);
    openings_of(m, c, &open, is_any);
    qsort(open.items, open.n, sizeof *open.items, by_text);
    for (uint32_t i = 0; i < open.n; i++) buf_printf(out, "  %s\n", open.items[i].text);
}

void model_tell(Model *m, Buf *out)
{
    for (uint32_t i = 0; i < m->cases.n; i++) tell_case(m, m->cases.items[i], out);
    uint32_t kept[PLAN_EVENTS] = {0};
    long long sums[PLAN_EVENTS] = {0};
    for (uint32_t i = 0; i < m->messages.n; i++) {
        const Message *msg = &m->messages.items[i];
        if (msg->kind == EMIT) kept[msg->event]++, sums[msg->event] += msg->n;
    }
    buf_printf(out, "events: %u told (%lld), %u rung (%lld)\n", kept[0], sums[0], kept[1], sums[1]);
    plan_sorted(out, buf_text(&m->commands), m->commands.n);
    buf_clear(&m->commands);
}

void model_forget(Model *m) { buf_clear(&m->commands); }
