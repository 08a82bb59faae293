/* model_deviate.c -- a person does not go by the file: leaves an open step out, or has one done once more. */
#include "tests/model/model_private.h"

/* ---- who may, and leaving out ----------------------------------------------------------------- */

/* Who may do it, as its rule says, and who owns the process; but nobody whom the rule leaves out. */
static bool may_deviate(Model *m, const Frame *f, uint32_t person)
{
    bool people = f->node->kind != N_LUA && (f->node->kind != N_SHELL || f->node->a[SHELL_RELEASED]);
    Frame open = *f;
    open.turn = open.answered = 0;
    if (people && model_left_out(&open) >> person & 1) return false;
    return person == PLAN_BOSS || (people && model_may(m, &open, person, NO_LOGIN));
}

static bool can_be_left_out(const Frame *f)
{
    const Node *n = f->node;
    bool several = n->kind == N_ASK && n->a[STEP_MANY] && f->role != AGAIN;
    return f->role != UNDO && plan_is_step(n) && n->kind != N_APPROVE && !several;
}

bool model_leave_out(Model *m, const Opening *o, uint32_t person, int64_t value)
{
    Frame *f = model_frame_of(m, o);
    model_by_hand(m, f->of);
    const Node *n = f->node;
    if (!can_be_left_out(f) || (f->stage == NEEDS && model_needs_others(f))) return false;
    if (!may_deviate(m, f, person)) {
        reach(m, REACH_MAY_NOT_SKIP);
        return false;
    }
    if (f->role == AGAIN) return model_stays(m, f);
    int32_t above = n->kind == N_ASK ? n->a[STEP_ABOVE] : n->kind == N_SHELL ? n->a[SHELL_ABOVE] : 0;
    int32_t sets = n->kind == N_ASK ? n->a[STEP_SETS] : n->kind == N_SHELL ? n->a[SHELL_SETS] : n->a[LUA_SETS];
    if (sets && above && value <= above) return false;
    reach(m, REACH_LEFT_OUT);
    model_line(m, f, SKIPPED, 1u << person);
    if (n->kind == N_ASK) model_bind_answer(m, f, value);
    else if (sets) model_bind_given(m, f, ref_id(sets), value, 0);
    model_leave(m, f);
    model_acted(m, f->of);
    return true;
}

/* ---- once more ---------------------------------------------------------------------------------- */

static bool repeats(const Frame *f)
{
    return !f->over && f->role == AGAIN && f->node->kind != N_APPROVE;
}

bool model_repeats_any(const Case *c)
{
    bool any = false;
    for (uint32_t i = 0; i < c->frames.n; i++) any |= repeats(c->frames.items[i]);
    return any;
}

bool model_repeats_since(const Frame *f)
{
    bool any = false;
    for (uint32_t i = 0; i < f->of->frames.n; i++) {
        const Frame *other = f->of->frames.items[i];
        any |= (repeats(other) || model_is_failure(other)) && other->serial > f->serial;
    }
    return any;
}

static bool ended_well(const Line *l)
{
    return l->how == FINISHED || l->how == DONE || l->how == APPROVED || l->how == SKIPPED || l->how == LAPSED;
}

/* A step that something else was done for has ended, too. But where it ended well before, as a part of the same, what
 * it gave then stands; and so it does when it fails, or is refused, once more. */
static bool has_ended(const Case *c, uint32_t at)
{
    const Line *l = c->lines.items[at];
    bool before = false;
    for (uint32_t i = 0; i < at; i++) {
        const Line *other = c->lines.items[i];
        bool same = model_around(other->in) == model_around(l->in) && other->rounds == l->rounds;
        before |= other->node == l->node && ended_well(other) && same;
    }
    return ended_well(l) || (!l->again && !before);
}

static bool is_last(const Case *c, uint32_t at)
{
    bool last = has_ended(c, at);
    for (uint32_t i = at + 1; i < c->lines.n; i++)
        last &= c->lines.items[i]->node != c->lines.items[at]->node || !has_ended(c, i);
    return last;
}

uint32_t model_times_ended(const Model *m, const Opening *o)
{
    const Case *c = m->cases.items[o->case_id - 1];
    uint32_t times = 0;
    for (uint32_t i = 0; i < o->serial; i++) times += c->lines.items[i]->node == o->node;
    return times;
}

void model_ended(Model *m, Openings *out)
{
    out->n = 0;
    for (uint32_t i = 0; i < m->cases.n; i++) {
        const Case *c = m->cases.items[i];
        for (uint32_t k = 0; k < c->lines.n && out->n < 128; k++)
            if (is_last(c, k))
                out->items[out->n++] = (Opening){.case_id = c->id, .serial = k + 1, .node = c->lines.items[k]->node,
                                                 .text = arena_printf(m->arena, "S%d",
                                                                      c->lines.items[k]->node->a[STEP_ID])};
    }
}

/* So many rounds of loops over elements, one after the other, have begun around here. */
uint32_t model_rounds_around(const Frame *f)
{
    uint32_t rounds = 0;
    for (; f; f = f->in) rounds += f->node->kind == N_EACH && f->role == STATEMENT ? f->wins : 0;
    return rounds;
}

static bool is_passing(const Node *n)
{
    return n->kind == N_EACH || n->kind == N_RACE || n->kind == N_LOCK || n->kind == N_ON_FAIL || n->kind == N_ON_EVENT;
}

/* Between what is open around the step and the step, as they are written, is there something that passes? */
static bool passes_below(const Node *n, const Node *step, bool passing, bool *found)
{
    bool any = false;
    if (n == step) *found = true;
    if (n == step) return passing;
    for (uint32_t i = 0; i < n->kids.n && !*found; i++) {
        const Node *kid = n->kids.items[i];
        bool step_fails = plan_is_step(n) && kid->kind == N_ON_FAIL;       /* what a step leads to is a part of it */
        bool late_case = n->kind == N_PROCESS && kid->kind == N_ON_LATE;
        any = passes_below(kid, step, passing || late_case || (is_passing(kid) && !step_fails), found);
    }
    return any;
}

/* Has what it stood in passed, and what it worked with is gone with it? */
static bool is_over(const Line *l, const Frame *around)
{
    bool found = false;
    const Node *n = around->node;
    if (around->role == BRANCH && n->kind != N_EACH) n = n->kids.items[around->number];
    return passes_below(n, l->node, false, &found) || l->rounds != model_rounds_around(l->in);
}

static bool is_open(const Case *c, const Node *n, const Frame *around)
{
    bool open = false;
    for (uint32_t i = 0; i < c->frames.n; i++) {
        const Frame *f = c->frames.items[i];
        open |= !f->over && f->node == n && f->role != BESIDE && f->stage != RUNS && model_open_around(f->in) == around;
    }
    return open;
}

/* Is that under way which is done in its place? */
static bool is_handled(const Case *c, const Node *n, const Frame *around)
{
    const Node *handler = plan_handler(n, n->kind == N_APPROVE ? N_ON_REJECT : N_ON_FAIL);
    bool under_way = false;
    for (uint32_t i = 0; i < c->frames.n; i++) {
        const Frame *f = c->frames.items[i];
        bool itself = f->node == n && f->stage == RUNS && model_open_around(f->in) == around;
        under_way |= !f->over && (itself || (f->role == BESIDE && f->node == handler && f->in == around));
    }
    return under_way;
}

/* What is offered on what the step gave waits for what it gives now. */
static void hold_back(Model *m, Case *c, const Node *step, uint32_t line)
{
    for (uint32_t i = 0; i < c->frames.n; i++) {
        Frame *f = c->frames.items[i];
        if (f->over || f->stage != OFFERED || f->role == UNDO || repeats(f)) continue;
        if (!model_asks_who_did(f->node, step->a[STEP_ID]) && !model_reads(f, line)) continue;
        reach(m, REACH_WAITS_ANEW);
        f->stage = NEEDS;
        f->due = f->deadline = NEVER;
        f->late = false;
        f->then = NULL;                    /* what has begun since it was late goes on with that */
        f->answered = f->given = f->yes = 0;
    }
}

/* Approvals that were given on it, or leave out who did it. */
static void approvals_lapse(Model *m, Case *c, const Node *step, uint32_t line)
{
    uint32_t before = c->lines.n;
    for (uint32_t i = line; i < before; i++) {
        Line *l = c->lines.items[i];
        bool on_it = model_came_from(l->shown, line) || model_asks_who_did(l->node, step->a[STEP_ID]);
        if (l->how != APPROVED || !on_it) continue;
        reach(m, REACH_LAPSED);
        l->how = LAPSED;
        model_ask_again(m, l, true);
    }
}

static bool may_be_redone(Model *m, const Case *c, const Line *l, const Frame *around)
{
    if (c->state != RUNNING || c->ending || l->owed || *l->fate || around->stage == UNDOES) return false;
    if (is_open(c, l->node, around)) return false;
    if (is_handled(c, l->node, around)) {
        reach(m, REACH_HANDLED_STILL);
        return false;
    }
    bool over = is_over(l, around);
    if (over) reach(m, REACH_IS_OVER);
    return !over;
}

static void begins_anew(Model *m, Frame *around, Line *before)
{
    const Node *n = before->node;
    model_hand_on_open(around);
    Frame *f = model_frame(m, around->of, around, n, AGAIN);
    f->before = before;
    before->once_more = f;
    if (n->kind == N_ASK) model_offer(m, f);
    else if (n->kind == N_SHELL && n->a[SHELL_RELEASED]) f->stage = OFFERED, f->text = "";
    else model_begin_machine(m, f);
}

bool model_redo(Model *m, const Opening *o, uint32_t person)
{
    Case *c = m->cases.items[o->case_id - 1];
    Line *l = c->lines.items[o->serial - 1];
    model_let_time_pass(m, c);
    if (m->dead) return true;
    Frame *around = model_open_around(l->in);
    Frame now = {.of = c, .node = l->node, .in = around};
    if (!around || !may_be_redone(m, c, l, around)) return false;
    if (!may_deviate(m, &now, person)) {
        reach(m, REACH_MAY_NOT_REDO);
        return false;
    }
    if ((l->node->kind == N_SHELL || l->node->kind == N_LUA) && model_lacks_yes(&now)) {
        reach(m, REACH_NO_YES);
        return false;
    }
    reach(m, ended_well(l) ? REACH_ONCE_MORE : REACH_AFTER_ALL);
    if (l->node->kind == N_APPROVE) {
        if (l->how == APPROVED) l->how = LAPSED;
        model_ask_again(m, l, false);
    } else {
        hold_back(m, c, l->node, o->serial);
        approvals_lapse(m, c, l->node, o->serial);
        begins_anew(m, around, l);
    }
    model_acted(m, c);
    return true;
}

static bool needs(const Node *n, int32_t id)
{
    bool any = n->kind == N_ASK && n->a[STEP_NEEDS] == id;
    for (uint32_t i = 0; i < n->kids.n && !any; i++) any = needs(n->kids.items[i], id);
    return any;
}

/* The element of a list, each of which is done at once, that it stands in; without one the whole case. */
static const Frame *element_of(const Frame *f)
{
    while (f->in && !(f->role == BRANCH && f->node->kind == N_EACH)) f = f->in;
    return f;
}

/* Branches that have taken over what the step gave, as a step in them needed it, see what it gives now; so does such a
 * step that is done once more itself, when its branch has ended. */
static void needed_anew(Model *m, const Frame *f, uint32_t sets)
{
    for (uint32_t i = 0; i < f->of->frames.n; i++) {
        Frame *b = f->of->frames.items[i];
        bool branch = b->role == BRANCH && b->node->kind == N_PARALLEL;
        if (b->over || !(branch || repeats(b)) || !b->vars->v[sets].set) continue;
        if (!model_within(b, element_of(f->in))) continue;
        if (!needs(branch ? b->node->kids.items[b->number] : b->node, f->node->a[STEP_ID])) continue;
        b->vars->v[sets] = f->vars->v[sets];
        model_branches_see(m, b, sets);
    }
}

/* What was offered with it meanwhile is offered anew; and branches that have begun behind it see it. */
void model_ends_once_more(Model *m, Frame *f)
{
    const Node *n = f->node;
    int32_t sets = n->kind == N_ASK ? n->a[STEP_SETS] : n->kind == N_SHELL ? n->a[SHELL_SETS] : n->a[LUA_SETS];
    if (!repeats(f) || !sets) return;
    model_branches_see(m, f, ref_id(sets));
    needed_anew(m, f, ref_id(sets));
    for (uint32_t i = 0; i < f->of->frames.n; i++) {           /* who needs the step sees it there */
        const Frame *before = f->of->frames.items[i];
        bool same = before->over && before->node == n && model_open_around(before->in) == f->in;
        if (same) before->vars->v[ref_id(sets)] = f->vars->v[ref_id(sets)];
    }
    model_offer_anew(m, f->of, f->of->lines.n);
}

/* ---- answers that are counted ------------------------------------------------------------------- */

/* All of the case, but what was answered before it was done once more; unless nothing came of that. */
static bool still_stands(Model *m, const Line *l)
{
    if (l->how != DONE || l->replaced || (l->once_more && !l->once_more->over)) return false;
    if (l->once_more) reach(m, REACH_STANDS_AGAIN);
    if (l->again) reach(m, REACH_IN_PLACE);
    return true;
}

static bool has_step(const Node *n, int32_t id)
{
    bool has = (n->kind == N_ASK || n->kind == N_APPROVE) && n->a[STEP_ID] == id;
    for (uint32_t i = 0; i < n->kids.n && !has; i++) has = has_step(n->kids.items[i], id);
    return has;
}

const Frame *model_element_with(const Frame *f, int32_t id)
{
    bool is = f && f->role == BRANCH && f->node->kind == N_EACH && has_step(f->node, id);
    return !f || is ? f : model_element_with(f->in, id);
}

int64_t model_counted(Model *m, const Frame *f)
{
    const Case *c = f->of;
    const Node *emit = f->node;
    const Frame *element = model_element_with(f, emit->a[EMIT_COUNTS]);
    int64_t counted = 0, above = emit->a[EMIT_ABOVE];
    reach(m, REACH_COUNTED);
    for (uint32_t i = 0; i < c->lines.n; i++) {
        const Line *l = c->lines.items[i];
        bool asked = l->node->kind == N_ASK && l->node->a[STEP_ID] == emit->a[EMIT_COUNTS];
        if (!asked || !still_stands(m, l) || (element && !model_within(l->in, element))) continue;
        if (!l->node->a[STEP_MANY]) counted += l->value > above;
        for (uint32_t k = 0; l->node->a[STEP_MANY] && k < l->given && k < 3; k++) counted += l->said[k] > above;
    }
    return counted;
}

/* It stays as it was done before. */
bool model_stays(Model *m, Frame *f)
{
    reach(m, REACH_STAYS);
    model_leave(m, f);
    model_acted(m, f->of);
    return true;
}

/* Is there a step that is not for who does this one, and was done by just them? */
bool model_stands_apart(const Frame *f, uint32_t person, uint32_t login)
{
    uint32_t people = 1u << person | (login ? 1u << (login - 1) : 0);
    bool apart = false;
    for (uint32_t i = 0; repeats(f) && i < f->of->lines.n; i++) {
        const Line *l = f->of->lines.items[i];
        bool leaves_out = (l->node->kind == N_ASK || l->node->kind == N_APPROVE) &&
                          l->node->a[STEP_EXCEPT] == f->node->a[STEP_ID];
        apart |= leaves_out && l->how != FINISHED && l->people & people;
    }
    return apart;
}
