/* model_step.c -- steps: offered to people, done by machines, in need of others. */
#include "tests/model/model_private.h"

#include <string.h>
#include <stdio.h>

/* ---- steps ----------------------------------------------------------------------------------- */

static int32_t shown(const Node *n) { return n->kind == N_SHELL ? n->a[SHELL_SHOWS] : n->a[STEP_SHOWS]; }

const char *model_undo_text(Model *m, const Node *n, const Vars *v)
{
    char head[16] = "Undo ";
    if (n->kind == N_LUA) return n->a[LUA_UNDO] ? "lua" : NULL;
    if (n->kind == N_SHELL) snprintf(head, sizeof head, "c%d ", n->a[SHELL_UNDO]);
    bool has = n->kind == N_SHELL ? n->a[SHELL_UNDO] : n->a[STEP_UNDO];
    return has ? model_with_value(m, head, n->a[STEP_ID], v, shown(n)) : NULL;
}

/* What the approval shows came from, and what its rule reads. */
static const From *approved_on(Model *m, const Frame *f)
{
    const From *shown = model_read_ref(f->vars, f->node->a[STEP_SHOWS]).from;
    if (f->node->a[STEP_WHO] != WHO_BY_N) return shown;
    From *both = ARENA_NEW(m->arena, From);
    *both = (From){TAKEN, shown};
    return both;
}

void model_line(Model *m, Frame *f, How how, uint32_t people)
{
    Line *l = ARENA_NEW(m->arena, Line);
    const Node *n = f->node;
    *l = (Line){.node = n, .in = f->in, .how = how, .people = people, .late = f->late, .fate = "",
                .again = f->role == AGAIN, .rounds = model_rounds_around(f->in),
                .path = f->kept ? f->kept->path : model_path(f->in)};
    *VEC_PUSH(m->arena, &f->of->lines) = l;
    if (how == APPROVED) l->shown = approved_on(m, f);
    if (f->before) f->before->replaced = true;
    if (how == DONE) memcpy(l->said, f->said, sizeof l->said), l->given = f->given;
    l->kept = f->kept;
    if (f->role == AGAIN && how == APPROVED) return;         /* what was approved before has its undoing already */
    if (how != FINISHED && how != DONE && how != APPROVED) return;
    l->undo = model_undo_text(m, n, f->vars);
    if (n->kind != N_LUA) l->undo_by = model_read_ref(f->vars, shown(n)).by;
}

void model_offered_due(Frame *f)
{
    f->due = f->late ? NEVER : f->deadline;
    if (f->remind < f->due) f->due = f->remind;
    if (f->escalates < f->due) f->due = f->escalates;
}

uint32_t model_away(const Model *m)
{
    const int32_t *a = m->plan->program->a;
    int64_t minutes = BEGIN_MINUTES + m->at, day = minutes / DAY_MINUTES - (minutes % DAY_MINUTES < 0);
    return a[PROGRAM_AWAY] && day >= a[PROGRAM_FROM] && day <= a[PROGRAM_TO] ? (uint32_t)a[PROGRAM_AWAY] : 0;
}

/* The first behind the last one who may, and is there; else who may and will be. */
void model_takes_turn(Model *m, Frame *f)
{
    if (f->node->kind == N_SHELL || f->node->a[STEP_WHO] != WHO_TURN) return;
    uint32_t had = f->turn;
    f->turn = 0;
    if (had && model_may(m, f, had - 1, NO_LOGIN)) f->turn = had;      /* and may still */
    if (f->turn) return;
    uint32_t *last = &m->turns[f->node->a[STEP_ID]], next = 0, absent = 0;
    for (uint32_t i = 0; i < PLAN_CREW && !next; i++) {
        uint32_t person = (*last + i) % PLAN_CREW;
        if (!model_may(m, f, person, NO_LOGIN)) continue;
        if (model_away(m) != person + 1) next = person + 1;
        else if (!absent) absent = person + 1;
    }
    f->turn = next ? next : absent;
    if (f->turn) *last = f->turn;
    reach(m, REACH_TURN);
}

void model_offer(Model *m, Frame *f)
{
    const Node *n = f->node;
    f->stage = OFFERED;
    model_takes_turn(m, f);
    f->text = model_with_value(m, "", n->a[STEP_ID], f->vars, n->a[STEP_SHOWS]);
    f->then = model_vars_of_branch(m, f->vars);
    if (n->a[STEP_WITHIN]) f->deadline = model_after(m->at, n->a[STEP_WITHIN]);
    int64_t from = n->a[STEP_WITHIN] ? f->deadline : m->at;
    if (n->a[STEP_REMIND]) f->remind = model_after(from, n->a[STEP_REMIND]);
    if (n->a[STEP_ESCALATE]) f->escalates = model_after(from, n->a[STEP_ESCALATE]);
    model_offered_due(f);
}

/* Does this branch of a parallel hold the step, as written? */
static bool holds_step(const Frame *branch, int32_t id)
{
    const Node *own = branch->node->kids.items[branch->number];
    bool found = plan_is_step(own) && own->a[STEP_ID] == id;
    for (uint32_t i = 0; i < own->kids.n && !found; i++)
        found = plan_is_step(own->kids.items[i]) && own->kids.items[i]->a[STEP_ID] == id;
    return found;
}

static const Frame *parallel_around(const Frame *f)
{
    while (f && (f->role != STATEMENT || f->node->kind != N_PARALLEL)) f = f->in;
    return f;
}

/* Is the needed step still to come, or under way? Where its branch has ended, nobody waits for it. What it set is seen
 * from then on. */
static bool is_awaited(const Frame *f, const Frame *parallel)
{
    bool open = false;
    for (uint32_t i = 0; i < f->of->frames.n; i++) {
        const Frame *b = f->of->frames.items[i];
        const Node *step = plan_is_step(b->node) && b->role == STATEMENT ? b->node : NULL;
        if (!model_within(b, parallel)) continue;
        if (step && step->a[STEP_ID] == f->node->a[STEP_NEEDS] && b->over) {
            int32_t sets = step->kind == N_ASK ? step->a[STEP_SETS] : step->a[SHELL_SETS];
            f->vars->v[ref_id(sets)] = model_read_ref(b->vars, sets);
            return false;
        }
        open |= b->role == BRANCH && b->in == parallel && !b->over && holds_step(b, f->node->a[STEP_NEEDS]);
    }
    return open;
}

static void begins(Model *m, Frame *f)
{
    const Node *n = f->node;
    bool asks = n->kind == N_ASK || n->kind == N_APPROVE;
    if (asks && model_lacks_value(f)) model_fails(m, f, false, "no value");
    else if (asks) model_offer(m, f);
    else if (n->kind == N_SHELL && n->a[SHELL_RELEASED]) f->stage = OFFERED, f->text = "";
    else model_begin_machine(m, f);
}

/* An approval that lapsed waits for what is done once more. */
static void asked_again(Model *m, Frame *f)
{
    if (model_repeats_since(f)) return;
    f->vars = model_seen_again(m, f);
    if (model_read_ref(f->vars, f->node->a[STEP_SHOWS]).set) model_offer(m, f);
    else model_incident(f);
}

bool model_needs_others(const Frame *f)
{
    const Frame *parallel = f->node->kind == N_ASK && f->node->a[STEP_NEEDS] ? parallel_around(f) : NULL;
    return parallel && is_awaited(f, parallel);
}

static bool by_itself(const Node *n) { return n->kind == N_LUA || (n->kind == N_SHELL && !n->a[SHELL_RELEASED]); }

/* A step that needs no other, or whose others have ended, begins. */
void model_has_needed(Model *m, Frame *f)
{
    if (f->role == AGAIN) asked_again(m, f);
    else if (model_is_held(f)) reach(m, REACH_HELD_BACK);
    else if (by_itself(f->node) && model_lacks_yes(f)) reach(m, REACH_LATER);
    else if (model_needs_others(f)) reach(m, REACH_NEEDS);
    else begins(m, f);
}

/* Does it go on now? */
static bool goes_on(Model *m, Frame *f)
{
    if (!f->over && f->stage == PAUSED && f->due == NEVER && !model_lacks_yes(f)) {
        model_begin_machine(m, f);
        return true;
    }
    if (f->over || f->stage != NEEDS) return false;
    if (plan_is_step(f->node)) {
        model_has_needed(m, f);
    } else if (!model_is_held_back(f)) {
        f->stage = RUNS;
        model_run(m, f);
    }
    return f->over || f->stage != NEEDS;
}

bool model_begin_needing(Model *m, Case *c)
{
    bool any = false;
    for (uint32_t i = 0; i < c->frames.n; i++)
        if (goes_on(m, c->frames.items[i])) any = true, i = UINT32_MAX;
    return any;
}

/* Who did the step of this id last, for its own element of a list, if it is done in there; or ever and for any, which
 * is what a rule means that keeps people apart. */
static uint32_t doers(const Frame *f, int32_t id, bool ever)
{
    const Case *c = f->of;
    const Frame *element = ever || !id ? NULL : model_element_with(f, id);
    uint32_t people = 0;
    for (uint32_t i = 0; id && i < c->lines.n; i++) {
        const Line *l = c->lines.items[i];
        bool did = l->how == DONE || l->how == APPROVED || l->how == REJECTED || l->how == LAPSED || l->how == SKIPPED;
        if (l->node->a[STEP_ID] != id || !did || (element && !model_within(l->in, element))) continue;
        people = l->people | (ever ? people : 0);
    }
    return people;
}

/* Whom the step leaves out: who ever did the other one; and who has answered it already. */
uint32_t model_left_out(const Frame *f)
{
    return f->node->kind == N_SHELL ? 0 : f->answered | doers(f, f->node->a[STEP_EXCEPT], true);
}

enum { CREW = (1 << PLAN_CREW) - 1, BOSS = 1 << PLAN_BOSS };

/* ... of those who did another step: the Crew reports to the Boss, and the Boss to nobody. */
uint32_t model_named(const Frame *f)
{
    uint32_t joined = f->joined || f->of->joined ? BOSS : 0;
    if (f->node->kind == N_SHELL) return CREW | joined;
    switch (f->node->a[STEP_WHO]) {
    case WHO_BOTH:    return CREW | BOSS;
    case WHO_BY_N:    return f->of->root->vars->v[PLAN_N].n > 4 ? BOSS : CREW | joined;
    case WHO_DID:     return doers(f, f->node->a[STEP_OF], false) | joined;
    case WHO_MANAGER: return doers(f, f->node->a[STEP_OF], false) & CREW ? BOSS : joined;
    case WHO_TURN:    return (f->turn ? 1u << (f->turn - 1) : CREW) | joined;
    case WHO_TRAINED: return (CREW & f->of->trained) | joined;
    default:          return CREW | joined;
    }
}

/* Of their own: neither they nor the login is left out. */
static bool may_self(const Frame *f, uint32_t person, uint32_t login)
{
    uint32_t joined = f->of->joined ? BOSS : 0;
    uint32_t out = f->role == UNDO ? f->out : model_left_out(f);
    uint32_t named = f->role == UNDO ? f->named | joined : model_named(f);
    return named >> person & 1 && !(out >> person & 1) && !(login && out >> (login - 1) & 1);
}

/* Whoever stands in counts as both, and neither may be left out. */
static bool may_instead(const Model *m, const Frame *f, uint32_t person, uint32_t login)
{
    uint32_t away = model_away(m);
    if (!away || (uint32_t)m->plan->program->a[PROGRAM_STANDS_IN] != person) return false;
    return may_self(f, away - 1, person + 1) && may_self(f, away - 1, login);
}

bool model_may(const Model *m, const Frame *f, uint32_t person, uint32_t login)
{
    return may_self(f, person, login) || may_instead(m, f, person, login);
}

/* All whom an answer counts for, as bits. */
uint32_t model_signs(const Model *m, const Frame *f, uint32_t person, uint32_t login)
{
    uint32_t signs = 1u << person | (login ? 1u << (login - 1) : 0);
    return may_self(f, person, login) ? signs : signs | 1u << (model_away(m) - 1);
}

/* Who has a task has it as long as they may do it. */
uint32_t model_holder(const Model *m, const Frame *f)
{
    return f->holder && model_may(m, f, f->holder - 1, NO_LOGIN) ? f->holder : 0;
}

bool model_holds_task(const Model *m, const Frame *f, uint32_t person)
{
    if (!model_holder(m, f) || f->holder == person + 1) return true;
    return f->holder == model_away(m) && (uint32_t)m->plan->program->a[PROGRAM_STANDS_IN] == person;
}

static void rejected(Model *m, Frame *f)
{
    const Node *handler = plan_handler(f->node, N_ON_REJECT);
    model_line(m, f, REJECTED, f->answered);
    if (f->role == AGAIN) {
        model_again_ends(m, f, false);
        return;
    }
    if (!handler) {
        model_hand_on_all(f);
        model_stops(m, f->of, ENDS_FINISHED, "rejected");
        return;
    }
    reach(m, N_ON_REJECT);
    f->stage = RUNS;
    f->due = NEVER;
    f->handling = true;
    f->list = handler;
    model_go(m, f);
}

/* An approval has as many yeses as it wants, or cannot have them any more. */
void model_count_votes(Model *m, Frame *f)
{
    uint32_t wants = f->node->a[STEP_MANY] == 0 ? 1 : f->node->a[STEP_MANY] == 1 ? 2 : 3;
    uint32_t may_still = 0;
    for (uint32_t p = 0; p < PLAN_PEOPLE; p++) may_still += may_self(f, p, NO_LOGIN);
    if (f->yes >= wants) {
        model_line(m, f, APPROVED, f->answered);
        if (f->role == AGAIN) model_again_ends(m, f, true);
        else model_leave(m, f);
    } else if (wants == 1 || (wants == 2 ? f->yes + may_still < wants : f->given == wants)) {
        rejected(m, f);
    }
}

static void machine_ended(Model *m, Frame *f, int32_t sets, int64_t n, int32_t of)
{
    model_line(m, f, FINISHED, 0);
    if (sets) model_bind_given(m, f, ref_id(sets), n, of);
    model_ends_once_more(m, f);
    model_leave(m, f);
}

/* What is done once more fails beside the way of the case, and so goes what comes of it. */
static void fails_again(Model *m, Frame *f, const Node *handler)
{
    if (!handler) {
        model_incident(f);
        return;
    }
    reach(m, N_ON_FAIL);
    model_line(m, f, HANDLED, 0);
    f->over = true;
    Frame *beside = model_frame(m, f->of, f->in, handler, BESIDE);
    beside->list = handler;
    model_go(m, beside);
}

/* The pause before a step is tried again, in minutes. */
static int32_t pause_before(const Node *n, uint32_t tries)
{
    int32_t most = n->a[SHELL_MOST], pause = n->a[SHELL_PAUSE];
    if (!most) return pause;
    for (uint32_t i = 1; i < tries && pause < most; i++) pause *= 2;
    return pause < most ? pause : most;
}

static void machine_failed(Model *m, Frame *f, const char *why)
{
    const Node *n = f->node;
    const Node *handler = plan_handler(n, N_ON_FAIL);
    uint32_t retries = n->kind == N_SHELL ? (uint32_t)n->a[SHELL_RETRY] : 0;
    if (f->tries <= retries) {
        f->stage = PAUSED;
        f->due = m->at + pause_before(n, f->tries);
        if (f->due > m->at + n->a[SHELL_PAUSE]) reach(m, REACH_GROWN);
        return;
    }
    if (f->role == UNDO) {
        model_incident(f);
        return;
    }
    if (n->kind == N_SHELL && n->a[SHELL_RELEASED]) {          /* it is theirs again */
        reach(m, REACH_RETURNED);
        f->stage = OFFERED;
        return;
    }
    if (f->role == AGAIN) {
        fails_again(m, f, handler);
        return;
    }
    if (handler) {
        reach(m, N_ON_FAIL);
        model_line(m, f, HANDLED, 0);
        f->stage = RUNS;
        f->handling = true;
        f->list = handler;
        model_go(m, f);
        return;
    }
    model_fails(m, f, false, why);
}

void model_machine_result(Model *m, Frame *f, bool well, int64_t prints)
{
    const Node *n = f->node;
    if (f->role == UNDO) {
        if (well) model_undone(m, f, "undone");
        else machine_failed(m, f, "undo");
        return;
    }
    if (n->kind == N_LUA) {
        int64_t sum = model_number(f->vars, n->a[LUA_OF], n->a[LUA_ADDS]);
        if (well) machine_ended(m, f, n->a[LUA_SETS], sum, n->a[LUA_OF]);
        else machine_failed(m, f, "lua");
        return;
    }
    if (well && n->a[SHELL_SETS] && n->a[SHELL_ABOVE] && prints <= n->a[SHELL_ABOVE]) {
        reach(m, REACH_ENSURES);
        well = false;
    }
    if (!well) {
        machine_failed(m, f, "exit status 3");
        return;
    }
    machine_ended(m, f, n->a[SHELL_SETS], prints, n->a[SHELL_SHOWS]);
}

/* The command runs, once the round in which it was decided is kept. What it answers is an input again. */
void model_work(Model *m, Frame *f)
{
    const Node *n = f->node;
    if (f->over) return;
    Input *in = model_put(m, I_RESULT, f->of);
    in->frame = f;
    in->tries = f->tries;
    if (n->kind == N_LUA) {
        Num of = model_read_ref(f->vars, n->a[LUA_OF]);
        in->well = f->role == UNDO || (of.set && (!n->a[LUA_FAILS] || of.n <= n->a[LUA_FAILS]));
        return;
    }
    char head[16];
    int32_t command = f->role == UNDO ? n->a[SHELL_UNDO] : n->a[SHELL_COMMAND];
    snprintf(head, sizeof head, "c%d ", command);
    m->held_up |= m->dead && m->work == 0;
    if (m->held_up) return;
    if (m->dead) m->work--;
    const char *text = model_with_value(m, head, n->a[SHELL_ID], f->vars, n->a[SHELL_SHOWS]);
    buf_printf(&m->commands, "%s\n", f->role == UNDO ? f->line->undo : text);
    if (m->status[command] == STATUS_TIMEOUT) reach(m, REACH_TIMED_OUT);
    in->well = m->status[command] == 0;
    in->n = m->prints[command];
}
