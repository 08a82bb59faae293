/* model_correct.c -- what was recorded wrongly: the right value is told, and what was approved on the wrong one
 * is asked for again. */
#include "tests/model/model_private.h"

#include <string.h>

/* ---- asked for again ------------------------------------------------------------------------- */

static bool holds_others(const Frame *f)
{
    bool handles = f->role == BESIDE && (f->node->kind == N_ON_REJECT || f->node->kind == N_ON_FAIL);
    return !f->over && (f->role == AGAIN || handles);
}

/* While something is asked for again no further step begins, but beside; while it is done once more, none at all. */
bool model_is_held(const Frame *f)
{
    bool held = false;
    if (model_repeats_any(f->of)) return true;
    for (uint32_t i = 0; i < f->of->frames.n; i++) held |= holds_others(f->of->frames.items[i]);
    for (const Frame *in = f; held && in; in = in->in) held = in->role != BESIDE && in->role != AGAIN;
    return held;
}

/* With what elements of lists had for their own, which are over. */
static Vars *with_kept(Model *m, const Vars *seen, const Vars *kept)
{
    Vars *all = model_vars_of_branch(m, seen);
    for (uint32_t id = 0; id < PLAN_IDS; id++)
        if (kept->own[id]) all->v[id] = kept->v[id];
    return all;
}

static bool asks_for_yes(const Frame *f) { return !f->over && f->role == AGAIN && f->node->kind == N_APPROVE; }

/* What a no that came late leads to. */
static bool is_of_no(const Frame *f) { return !f->over && f->role == BESIDE && f->node->kind == N_ON_REJECT; }

/* What a failure of what is done once more leads to. */
bool model_is_failure(const Frame *f) { return !f->over && f->role == BESIDE && f->node->kind == N_ON_FAIL; }

/* What is done since an approval that is asked for again is late. */
static bool is_of_asking(const Frame *f)
{
    bool its = false;
    for (uint32_t i = 0; f->role == BESIDE && f->node->kind == N_ON_LATE && i < f->of->frames.n; i++) {
        const Frame *asked = f->of->frames.items[i];
        its |= asks_for_yes(asked) && asked->in == f->in && plan_handler(asked->node, N_ON_LATE) == f->node;
    }
    return its;
}

/* What a machine is to do may rest on an approval that does not stand now, so it begins nothing before there is a yes,
 * or all is done that a no leads to. It does what the asking and the no lead to themselves, and it undoes. What is
 * done once more, or since that failed, goes first where the approval is asked for only behind it. */
bool model_lacks_yes(const Frame *f)
{
    const Frame *repeated = f->role == AGAIN ? f : NULL;
    bool lacks = false;
    if (f->role == UNDO) return false;
    for (const Frame *in = f->in; in; in = in->in) {
        if (is_of_no(in) || is_of_asking(in)) return false;
        if (!repeated && model_is_failure(in)) repeated = in;
    }
    for (uint32_t i = 0; i < f->of->frames.n; i++) {
        const Frame *other = f->of->frames.items[i];
        bool behind = repeated && other->stage == NEEDS && other->serial < repeated->serial;
        lacks |= (asks_for_yes(other) && !behind) || (!repeated && is_of_no(other));
    }
    return lacks;
}

void model_again_ends(Model *m, Frame *f, bool approved)
{
    const Node *handler = plan_handler(f->node, N_ON_REJECT);
    Frame *in = f->in;
    reach(m, approved ? REACH_ASKED_AGAIN : REACH_NO_MORE);
    if (!approved && !handler) {
        model_hand_on_all(f);
        model_stops(m, f->of, ENDS_FINISHED, "rejected");
        return;
    }
    if (approved) {
        model_leave(m, f);
        return;
    }
    f->over = true;
    Frame *beside = model_frame(m, in->of, in, handler, BESIDE);
    beside->kept = f->kept;
    if (f->kept) beside->vars = with_kept(m, in->vars, f->kept);
    beside->list = handler;
    model_go(m, beside);
}

/* ---- what a late no sets --------------------------------------------------------------------- */

static bool sets(const Node *n, uint32_t id)
{
    bool found = n->kind == N_SET && ref_id(n->a[SET_VAR]) == id;
    for (uint32_t i = 0; i < n->kids.n && !found; i++) found = sets(n->kids.items[i], id);
    return found;
}

/* Does this branch have the value for itself? In a race it sets its own; where others set it, it sees what was. */
static bool has_itself(const Frame *b, uint32_t id)
{
    const Node *n = b->node;
    if (n->kind == N_EACH) return false;
    bool own = sets(n->kids.items[b->number], id), others = false;
    for (uint32_t i = 0; i < n->kids.n; i++) others |= i != b->number && sets(n->kids.items[i], id);
    return n->kind == N_RACE ? own || (others && n->a[RACE_WANTS] > 1) : others && !own;
}

/* Branches that began behind the approval see what is set now, and so does what is late from now on. */
void model_branches_see(Model *m, const Frame *beside, uint32_t id)
{
    const Num now = beside->vars->v[id];
    VEC(Vars *) seen = {0};
    *VEC_PUSH(m->arena, &seen) = beside->vars;
    for (uint32_t i = 0; i < beside->of->frames.n; i++) {
        Frame *f = beside->of->frames.items[i];
        bool around = false, itself = false;
        for (uint32_t k = 0; k < seen.n && !f->over && f->in; k++) {
            around |= seen.items[k] == f->in->vars;
            itself |= seen.items[k] == f->vars;
        }
        bool behind = f->role == BESIDE && f->kept && !f->kept->own[id];      /* an element that is over */
        bool sees = f->role == AGAIN || behind || (f->role == BRANCH && !has_itself(f, id));
        if (around && sees && !itself) *VEC_PUSH(m->arena, &seen) = f->vars, f->vars->v[id] = now, itself = true;
        if (itself && f->then && !f->late) f->then->v[id] = now;
    }
}

static Frame *late_no(Frame *f)
{
    while (f && !(f->role == BESIDE && (f->node->kind == N_ON_REJECT || f->node->kind == N_ON_FAIL))) f = f->in;
    return f;
}

static void look_in(Frame *f, const Frame *beside)
{
    if (f == beside) return;
    look_in(f->in, beside);
    for (uint32_t id = 0; f->role == BRANCH && id < PLAN_IDS; id++)
        if (!f->vars->own[id] && !has_itself(f, id) && f->in->vars->v[id].set) f->vars->v[id] = f->in->vars->v[id];
}

/* The `on reject` of an approval that was asked for again sees what open branches have set by now, as that does, and
 * what has been set ahead of it meanwhile; but where it has set a value itself, that. So do its own branches. */
void model_look_around(Frame *f)
{
    const Frame *beside = late_no(f);
    if (!beside) return;
    const Vars before = *beside->in->vars;
    model_hand_on_open(beside->in);
    for (uint32_t id = 0; beside->kept && id < PLAN_IDS; id++)
        if (beside->set[id]) beside->in->vars->v[id] = before.v[id];
    for (uint32_t id = 0; beside->kept && id < PLAN_IDS; id++)
        if (!beside->kept->own[id]) beside->vars->v[id] = beside->in->vars->v[id];
    look_in(f, beside);
}

/* What it sets is set at once, in its own branches, too. */
void model_set_late(Model *m, Frame *f, uint32_t id)
{
    Frame *beside = late_no(f);
    for (const Frame *b = f; beside && b != beside; b = b->in)
        if (b->role == BRANCH && b->node->kind != N_PARALLEL) return;
    for (Frame *b = f; beside && b != beside; b = b->in)
        if (b->role == BRANCH) model_bind(b->in->vars, id, f->vars->v[id]);
    if (beside && beside != f && beside->kept && !beside->kept->own[id]) {
        model_bind(beside->in->vars, id, f->vars->v[id]);
        beside->set[id] = true;
    }
    if (beside) model_branches_see(m, beside, id);
}

void model_set_beside(Frame *f, uint32_t id)
{
    Frame *beside = late_no(f);
    if (!beside || !beside->kept || f->vars != beside->vars || beside->kept->own[id]) return;
    model_bind(beside->in->vars, id, f->vars->v[id]);
    beside->set[id] = true;
}

/* A block that only holds branches is no way by itself. */
static bool has_way(const Frame *f)
{
    bool at_once = f->node->kind == N_EACH && f->node->a[EACH_AT_ONCE];
    return f->role != STATEMENT || (model_holds_beside(f) && !at_once);
}

/* What it is a part of, be that open or over. */
const Frame *model_around(const Frame *f)
{
    while (f && !has_way(f)) f = f->in;
    return f;
}

/* Where what is around the approval is gone, in what is around that. */
Frame *model_open_around(Frame *f)
{
    while (f && (f->over || !has_way(f))) f = f->in;
    return f;
}

/* Was it given in a branch of a race that lost? One that has won is marked as handling. */
static bool is_gone(const Frame *f)
{
    while (f && !(f->over && f->role == BRANCH && f->node->kind == N_RACE && !f->handling)) f = f->in;
    return f != NULL;
}

/* Does what this branch sets hold out there, too? What is around it, up to there, may have its values for itself. */
static bool is_seen_from(const Frame *b, const Frame *in)
{
    if (b == in || !model_within(b, in)) return false;
    while (b != in && (b->role != BRANCH || b->node->kind == N_PARALLEL)) b = b->in;
    return b == in;
}

/* What is around the approval, with what branches that are under way in there have set by now. */
Vars *model_seen_now(Model *m, const Frame *in)
{
    Vars *seen = in->vars;
    for (uint32_t i = 0; i < in->of->frames.n; i++) {
        const Frame *b = in->of->frames.items[i];
        bool sets = !b->over && b->role == BRANCH && b->node->kind == N_PARALLEL;
        if (!sets || !is_seen_from(b, in)) continue;
        if (seen == in->vars) seen = model_vars_of_branch(m, in->vars);
        for (uint32_t id = 0; id < PLAN_IDS; id++)
            if (b->vars->own[id]) model_bind(seen, id, b->vars->v[id]);
    }
    return seen;
}

/* ---- what elements had ------------------------------------------------------------------------- */

/* Does it give the variable its value? */
static bool gives(const Node *n, uint32_t id)
{
    bool found = false;
    switch (n->kind) {
    case N_ASK:   found = n->a[STEP_SETS] && ref_id(n->a[STEP_SETS]) == id; break;
    case N_SHELL: found = n->a[SHELL_SETS] && ref_id(n->a[SHELL_SETS]) == id; break;
    case N_LUA:   found = n->a[LUA_SETS] && ref_id(n->a[LUA_SETS]) == id; break;
    case N_SET:   found = ref_id(n->a[SET_VAR]) == id; break;
    case N_EACH:  found = (uint32_t)n->a[EACH_ID] == id || (n->a[EACH_TO] && ref_id(n->a[EACH_TO]) == id); break;
    case N_AWAIT: case N_ON_EVENT: found = (uint32_t)n->a[AWAIT_ID] == id; break;
    case N_CALL:  found = (uint32_t)n->a[CALL_ID] == id; break;
    default: break;
    }
    return found;
}

static bool gives_outside(const Node *n, const Node *each, uint32_t id)
{
    bool found = n != each && gives(n, id);
    for (uint32_t i = 0; i < n->kids.n && n != each && !found; i++) found = gives_outside(n->kids.items[i], each, id);
    return found;
}

static bool gives_below(const Node *n, uint32_t id)
{
    bool found = gives(n, id);
    for (uint32_t i = 0; i < n->kids.n && !found; i++) found = gives_below(n->kids.items[i], id);
    return found;
}

void model_keep_round(Model *m, const Frame *each)
{
    const Case *c = each->of;
    for (uint32_t i = 0; i < c->lines.n; i++) {
        Line *l = c->lines.items[i];
        if (!model_within(l->in, each) || (l->kept && l->kept->own[each->node->a[EACH_ID]])) continue;
        if (!l->kept) l->kept = ARENA_NEW(m->arena, Vars);
        for (uint32_t id = 0; id < PLAN_IDS; id++)
            if (!l->kept->own[id] && l->in->vars->v[id].set && gives_below(each->node, id) &&
                !gives_outside(c->node, each->node, id))
                model_bind(l->kept, id, l->in->vars->v[id]);
    }
}

/* What the approval saw of elements that are over; NULL: nothing. */
static Vars *kept_of(Model *m, const Line *lapsed, const Frame *in)
{
    Vars *kept = lapsed->kept ? ARENA_NEW(m->arena, Vars) : NULL;
    if (kept) *kept = *lapsed->kept;
    for (const Frame *f = lapsed->in; f && f != in; f = f->in) {
        bool element = f->role == BRANCH && f->node->kind == N_EACH, keeps = f->role == BESIDE && f->kept;
        if (!element && !keeps) continue;
        if (!kept) kept = ARENA_NEW(m->arena, Vars);
        for (uint32_t id = 0; keeps && id < PLAN_IDS; id++)
            if (!kept->own[id] && f->kept->own[id]) model_bind(kept, id, f->vars->v[id]);
        if (!element) continue;
        for (uint32_t id = 0; id < PLAN_IDS; id++)
            if (!kept->own[id] && f->vars->v[id].set && gives_below(f->node, id)) model_bind(kept, id, f->vars->v[id]);
    }
    if (kept) kept->path = lapsed->path;
    return kept;
}

Path model_path(const Frame *in)
{
    enum { MOST = sizeof ((Path *)0)->at / sizeof *((Path *)0)->at };
    Path path = {0};
    for (; in && path.n < MOST; in = in->in) {
        bool rounds = in->role == STATEMENT && in->node->kind == N_EACH && !in->node->a[EACH_AT_ONCE];
        bool keeps = in->role == BESIDE && in->kept;
        for (uint32_t i = 0; keeps && i < in->kept->path.n && path.n < MOST; i++)
            path.at[path.n++] = in->kept->path.at[i];
        if (keeps) break;
        if (in->role == BRANCH && in->node->kind == N_EACH) path.at[path.n++] = in->number;
        else if (rounds) path.at[path.n++] = in->wins - 1;
    }
    return path;
}

static bool same_path(const Path *a, const Path *b)
{
    return a->n == b->n && memcmp(a->at, b->at, a->n * sizeof *a->at) == 0;
}

static bool same_kept(const Vars *a, const Vars *b)
{
    bool same = !a == !b && (!a || same_path(&a->path, &b->path));
    for (uint32_t id = 0; a && b && id < PLAN_IDS; id++)
        same &= a->own[id] == b->own[id] && (!a->own[id] || (a->v[id].n == b->v[id].n && a->v[id].len == b->v[id].len));
    return same;
}

Vars *model_seen_again(Model *m, const Frame *again)
{
    Vars *seen = model_seen_now(m, again->in);
    return again->kept ? with_kept(m, seen, again->kept) : seen;
}

static bool asks_in(const Frame *in, const Frame *was)
{
    bool asks = false;
    for (uint32_t i = 0; i < in->of->frames.n; i++) {
        const Frame *f = in->of->frames.items[i];
        asks |= !f->over && f->role == AGAIN && f->node == was->node && f->in == in && same_kept(f->kept, was->kept);
    }
    return asks;
}

void model_ask_again(Model *m, Line *lapsed, bool waits)
{
    Frame *in = model_open_around(lapsed->in);
    const Node *n = lapsed->node;
    if (!in || in->of->ending || is_gone(lapsed->in)) return;
    Vars *kept = kept_of(m, lapsed, in);
    const Frame as = {.node = n, .kept = kept};
    if (asks_in(in, &as)) return;
    Frame *again = model_frame(m, in->of, in, n, AGAIN);
    again->kept = kept;
    again->vars = model_seen_again(m, again);
    if (kept) reach(m, REACH_OF_ELEMENT);
    if (waits) again->stage = NEEDS;
    else if (model_read_ref(again->vars, n->a[STEP_SHOWS]).set) model_offer(m, again);
    else model_incident(again);
}

void model_asks_in(Model *m, Frame *in, const Frame *was)
{
    Vars *seen = model_seen_now(m, in);
    if (was->kept) seen = with_kept(m, seen, was->kept);
    if (asks_in(in, was) || !model_read_ref(seen, was->node->a[STEP_SHOWS]).set) return;
    Frame *again = model_frame(m, in->of, in, was->node, AGAIN);
    again->kept = was->kept;
    again->vars = seen;
    model_offer(m, again);
}

bool model_came_from(const From *from, uint32_t line)
{
    while (from && from->line != line) from = from->more;
    return from != NULL;
}

static void approvals_lapse(Model *m, Case *c, uint32_t line)
{
    uint32_t before = c->lines.n;
    for (uint32_t i = line >= OWN ? 0 : line; i < before; i++) {
        Line *l = c->lines.items[i];
        if (l->how != APPROVED || !model_came_from(l->shown, line)) continue;
        reach(m, REACH_LAPSED);
        l->how = LAPSED;
        if (c->state == RUNNING) model_ask_again(m, l, false);
    }
}

/* ---- what is right --------------------------------------------------------------------------- */

bool model_reads(const Frame *f, uint32_t line)
{
    const Node *n = f->node;
    int32_t shows = n->kind == N_SHELL ? n->a[SHELL_SHOWS] : n->a[STEP_SHOWS];
    return shows && f->vars->v[ref_id(shows)].by == line;
}

bool model_asks_who_did(const Node *n, int32_t id)
{
    if (n->kind != N_ASK && n->kind != N_APPROVE) return false;
    return n->a[STEP_EXCEPT] == id || ((n->a[STEP_WHO] == WHO_DID || n->a[STEP_WHO] == WHO_MANAGER) &&
                                       n->a[STEP_OF] == id);
}

/* What people are about to do on the wrong value, or by a rule that asks who did the step, they are told anew. */
void model_offer_anew(Model *m, Case *c, uint32_t line)
{
    const Node *step = line && line <= c->lines.n ? c->lines.items[line - 1]->node : NULL;
    for (uint32_t i = 0; i < c->frames.n; i++) {
        Frame *f = c->frames.items[i];
        if (f->over || f->stage != OFFERED || f->role == UNDO) continue;
        if (f->kept) f->vars = model_seen_again(m, f);
        if (!model_reads(f, line) && !(step && model_asks_who_did(f->node, step->a[STEP_ID]))) continue;
        reach(m, REACH_ANEW);
        f->answered = f->given = f->yes = 0;
        model_takes_turn(m, f);
        if (f->node->kind != N_SHELL)
            f->text = model_with_value(m, "", f->node->a[STEP_ID], f->vars, f->node->a[STEP_SHOWS]);
    }
}

/* What is still to be undone is undone with what is right. */
static void undo_rightly(Model *m, Case *c, uint32_t line, int64_t value)
{
    for (uint32_t i = 0; i < c->lines.n; i++) {
        Line *l = c->lines.items[i];
        if (!l->undo || *l->fate || l->undo_by != line) continue;
        Vars *right = ARENA_NEW(m->arena, Vars);
        int32_t shows = l->node->kind == N_SHELL ? l->node->a[SHELL_SHOWS] : l->node->a[STEP_SHOWS];
        model_bind_number(right, ref_id(shows), value);
        l->undo = model_undo_text(m, l->node, right);
        if (c->undoing && c->undoing->line == l) c->undoing->text = l->undo;
        reach(m, REACH_RIGHTLY);
    }
}

/* What a person says is right comes from nothing else any more. */
static void set_right(Vars *v, uint32_t id, const From *person, int64_t value)
{
    if (v && v->v[id].by == person->line) v->v[id].n = value, v->v[id].from = person;
}

/* What is gathered of its elements, as long as that is not through. */
static void gather_right(Model *m, Frame *each, const From *person, int64_t value)
{
    enum { ALL = sizeof each->results / sizeof *each->results };
    for (uint32_t i = 0; i < ALL && !each->over && each->node->kind == N_EACH && each->role != BRANCH; i++) {
        Num *had = &each->results[i];
        if (!had->set || had->by != person->line) continue;
        had->n = value, had->from = person;
        reach(m, REACH_GATHERED);
    }
}

static void is_right(Model *m, Case *c, uint32_t id, uint32_t line, int64_t value)
{
    From *self = ARENA_NEW(m->arena, From);
    *self = (From){line, NULL};
    for (uint32_t i = 0; i < c->frames.n; i++) {
        set_right(c->frames.items[i]->vars, id, self, value);
        set_right(c->frames.items[i]->then, id, self, value);
        set_right(c->frames.items[i]->kept, id, self, value);
    }
    for (uint32_t i = 0; i < c->lines.n; i++) set_right(c->lines.items[i]->kept, id, self, value);
    for (uint32_t i = 0; i < c->frames.n; i++) gather_right(m, c->frames.items[i], self, value);
    undo_rightly(m, c, line, value);
    if (c->state == RUNNING && !c->ending) model_offer_anew(m, c, line);
    approvals_lapse(m, c, line);
    model_acted(m, c);
}

static uint32_t last_line(const Case *c, const Node *n)
{
    for (uint32_t i = c->lines.n; i > 0; i--)
        if (c->lines.items[i - 1]->node == n) return i;
    return 0;
}

/* Was it done once more since? Then that one counts. */
static bool was_redone(const Case *c, uint32_t at)
{
    const Line *l = c->lines.items[at];
    bool redone = false;
    for (uint32_t i = at + 1; i < c->lines.n; i++) {
        const Line *later = c->lines.items[i];
        redone |= later->again && later->node == l->node && later->rounds == l->rounds;
    }
    return redone;
}

void model_answers(Model *m, bool earlier, Openings *out)
{
    out->n = 0;
    for (uint32_t i = 0; i < m->cases.n; i++) {
        const Case *c = m->cases.items[i];
        for (uint32_t k = 0; k < c->lines.n && out->n < 128; k++) {
            const Line *l = c->lines.items[k];
            bool last = last_line(c, l->node) == k + 1, one = l->node->kind == N_ASK && !l->node->a[STEP_MANY];
            if (one && (last || (earlier && !was_redone(c, k))))
                out->items[out->n++] = (Opening){.case_id = c->id, .serial = k + 1, .node = l->node,
                                                 .text = arena_printf(m->arena, "S%d", l->node->a[STEP_ID])};
        }
    }
}

/* Who did it, who may do it now, and who owns the process. */
static bool may_correct(const Model *m, Case *c, const Line *l, uint32_t person)
{
    Frame now = {.of = c, .node = l->node};
    return l->people >> person & 1 || person == PLAN_BOSS || model_may(m, &now, person, NO_LOGIN);
}

/* Whatever fell due has happened by then, and is a part of what became of the value. */
void model_let_time_pass(Model *m, Case *c)
{
    m->at = c->now > m->now ? c->now : m->now;
    if (model_due_of(c) > m->at) return;
    Input *in = model_put(m, I_TIMER, c);
    in->at = in->due = m->at;
    model_follow(m);
    m->at = c->now > m->now ? c->now : m->now;
}

bool model_correct(Model *m, const Opening *o, uint32_t person, int64_t value)
{
    Case *c = m->cases.items[o->case_id - 1];
    Line *l = c->lines.items[o->serial - 1];
    const Node *n = l->node;
    model_let_time_pass(m, c);
    if (m->dead) return true;
    if (!may_correct(m, c, l, person) || value == l->value) return false;
    if (n->a[STEP_ABOVE] && value <= n->a[STEP_ABOVE]) return false;
    if (last_line(c, n) != o->serial) reach(m, REACH_EARLIER);
    l->value = value;
    l->corrected++;
    l->people |= 1u << person;
    is_right(m, c, ref_id(n->a[STEP_SETS]), o->serial, value);
    return true;
}

/* ---- what a case has of its own ------------------------------------------------------------------ */

/* While branches of a parallel are open, or something runs beside, what they have set by now is nobody's business. */
static bool is_told(const Case *c)
{
    bool open = false;
    for (uint32_t i = 0; i < c->frames.n; i++) {
        const Frame *f = c->frames.items[i];
        open |= !f->over && (f->role == BESIDE || f->role == AGAIN || f->node->kind == N_PARALLEL);
    }
    return c->state == RUNNING && !c->ending && !open;
}

void model_own_values(const Model *m, const Case *c, Refs *out)
{
    Refs all = {.n = 0};
    *out = (Refs){.n = 0};
    plan_own(m->plan, c->node, &all);
    for (uint32_t i = 0; i < all.n && is_told(c); i++)
        if (c->root->vars->v[ref_id(all.items[i])].set) out->items[out->n++] = all.items[i];
}

int32_t model_own_value(const Model *m, uint32_t case_id, uint32_t which)
{
    Refs own;
    model_own_values(m, m->cases.items[case_id - 1], &own);
    which %= own.n + 1;
    return which ? own.items[which - 1] : ref(PLAN_N, REF_NUMBER);
}

/* Who began the case, and who owns the process. */
bool model_mistaken(Model *m, uint32_t case_id, uint32_t person, int32_t value, int64_t right)
{
    Case *c = m->cases.items[case_id - 1];
    const Num *now = &c->root->vars->v[ref_id(value)];
    model_let_time_pass(m, c);
    if (m->dead) return true;
    bool may = person == PLAN_BOSS || (c->by_hand && person == 0);
    if (!may || now->n == right) return false;
    if (ref_kind(value) == REF_RESULT) reach(m, REACH_CALL_CORRECTED);
    else if (ref_id(value) != PLAN_N) reach(m, REACH_OWN_CORRECTED);
    is_right(m, c, ref_id(value), now->by, right);
    return true;
}

uint32_t model_cases(const Model *m) { return m->cases.n; }
