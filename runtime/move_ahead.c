/* move_ahead.c -- is a variable set, for a case that is moved, wherever it is read ahead of it?
 *
 * The checker proved it for cases that begin with the new flow. This one comes
 * in half-way: what is set behind it is set only if it brought the value. So
 * the way from its open places on is gone through, by the checker's rules, for
 * one name at a time: where branches join, what is set, what is read before.
 *
 * A name means another variable within a branch or list that has its own; what
 * an open one holds is known, too. What Lua reads is no matter of the checker:
 * it counts only where a case that begins has surely set it.
 */
#include "runtime/move_private.h"
#include "runtime/reads.h"

#include <string.h>

/* ENDED: nothing comes to here. Where ways join, the least counts. */
typedef enum State { UNSET, SET, ENDED } State;

/* What a place reads, by when: at its begin, at its end, where the process gives its values back. */
typedef enum When { AT_BEGIN = 1, AT_END = 2, AT_GIVING = 4 } When;

typedef struct Walk {
    const Plan *plan;
    const IrFlow *f;                   /* the new one */
    const char *name;
    Names names;                       /* that one */
    bool fresh;                        /* a case that begins, to see what the checker knows */
    uint8_t *unproved;                 /* by node, of When: even such a case may not have set it there */
    bool missed;
} Walk;

static State run(Walk *w, uint32_t node, State s);
static State resume(Walk *w, uint32_t node, const Act *in, State s);

static State join(State a, State b)
{
    return a < b ? a : b;
}

static void reads(Walk *w, uint32_t node, When when, State s, bool does)
{
    if (s != UNSET || !does) return;
    if (w->fresh) w->unproved[node] |= (uint8_t)when;
    else w->missed |= !(w->unproved[node] & when);
}

static bool is_named(const Walk *w, uint32_t slot)
{
    return slot != IR_NONE && strcmp(w->f->vars[slot].name, w->name) == 0;
}

static uint32_t own_slot(const IrFlow *f, uint32_t scope, const char *name)
{
    for (uint32_t i = 0; i < f->vars_n; i++)
        if (f->vars[i].scope == scope && strcmp(f->vars[i].name, name) == 0) return i;
    return IR_NONE;
}

static bool has_own(const Walk *w, uint32_t scope)
{
    return own_slot(w->f, scope, w->name) != IR_NONE;
}

/* The process ends here. */
static void gives_back(Walk *w, uint32_t node, State s)
{
    for (uint32_t i = 0; i < w->f->gives_n && s == UNSET; i++) {
        const IrField *field = &w->f->unit.fields[w->f->gives + i];
        bool wanted = is_named(w, field->slot) && !w->f->unit.types[field->type].optional;
        reads(w, node, AT_GIVING, s, wanted);
    }
}

/* ---- what the case is at --------------------------------------------------------------------------------- */

static uint32_t place(const Walk *w, const Act *a)
{
    return w->plan->places[a->node];
}

static uint16_t old_op(const Walk *w, const Act *a)
{
    return w->plan->from->nodes[a->node].op;
}

/* Where the way within this act (NULL: the case's own) is; NULL: at its end, where it waits for what is beside it. */
static const Act *way_in(const Walk *w, const Act *in)
{
    const Case *c = w->plan->of;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        bool listens = old_op(w, a) == IRN_ON_EVENT;
        if (a->parent == (in ? in->id : 0) && !listens && !a->undoes && !case_beside(c, a)) return a;
    }
    return NULL;
}

/* The open branch of this act that stands at a node; index: of those at one node, which. */
static const Act *branch_at(const Walk *w, const Act *block, uint32_t node, uint32_t index)
{
    const Case *c = w->plan->of;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->parent == block->id && place(w, a) == node && index-- == 0) return a;
    }
    return NULL;
}

/* What the name means within an open branch or element of this scope. */
static State state_in(const Walk *w, const Act *branch, uint32_t scope, State s)
{
    if (!has_own(w, scope)) return s;
    const Case *c = w->plan->of;
    uint32_t slot = own_slot(w->plan->from, case_scope(c, branch), w->name);
    return slot != IR_NONE && case_var(c, branch->id, slot) ? SET : UNSET;
}

static void beside(Walk *w, const Act *in, State s)
{
    const Case *c = w->plan->of;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->parent == (in ? in->id : 0) && case_beside(c, a))
            (void)resume(w, place(w, a), a, state_in(w, a, place(w, a), s));
    }
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

/* What several people answer is no one value. */
static bool answered_apart(const IrFlow *f, const IrStep *s)
{
    uint32_t length = s->who == CODE_NONE ? 0 : ir_code_length(&f->unit, s->who);
    for (Code i = s->who; length-- > 0; i++) {
        uint32_t op = IR_INSTRUCTION_OP(f->unit.code[i]);
        if ((op == IR_WHO_ANY || op == IR_WHO_APART) && IR_INSTRUCTION_OPERAND(f->unit.code[i]) > 1) return true;
    }
    return false;
}

static bool any_named(const Walk *w, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (is_named(w, w->f->unit.fields[first + i].slot)) return true;
    return false;
}

static bool step_sets(const Walk *w, const IrStep *s)
{
    if (any_named(w, s->gives, s->gives_n)) return true;
    if (any_named(w, s->ask, s->ask_n) && !answered_apart(w->f, s)) return true;
    return s->machine == MACHINE_LUA && ir_lua_sets(s->lua.text, w->name);
}

/* The open block whose branches the step may need; NULL: it is not open. */
static const Act *block_around(const Walk *w, uint32_t node)
{
    const Case *c = w->plan->of;
    while (node != IR_NONE && w->f->nodes[node].op != IRN_PARALLEL) node = w->f->nodes[node].parent;
    for (uint32_t i = 0; i < c->acts.n && node != IR_NONE && !w->fresh && !w->plan->astray; i++) {
        const Act *a = &c->acts.items[i];
        if (old_op(w, a) == IRN_PARALLEL && a->state == ACT_BLOCK && place(w, a) == node) return a;
    }
    return NULL;
}

/* What it sees of a step of another branch, which it needs, is set by that: but where that was done by the old flow. */
static State seen(const Walk *w, const IrStep *s, State state)
{
    const Act *block = block_around(w, s->node);
    for (uint32_t i = 0; i < s->sees_n && state == UNSET; i++) {
        if (!is_named(w, w->f->args[s->sees + i].slot)) continue;
        state = SET;
        for (uint32_t k = 0; k < s->needs_n && block; k++) {
            const IrStep *needed = &w->f->steps[w->f->needs[s->needs + k]];
            bool done = step_sets(w, needed) && move_was_done(w->plan, needed->node);
            if (done && !case_named(w->plan->of, block->parent, w->name)) state = UNSET;
        }
    }
    return state;
}

/* late: what is done when it is late has begun. */
static State run_step(Walk *w, uint32_t node, State s, bool late)
{
    const IrStep *step = &w->f->steps[w->f->nodes[node].a];
    s = seen(w, step, s);
    reads(w, node, AT_BEGIN, s, s == UNSET && step_reads(w->f, step, &w->names));
    State on = step_sets(w, step) ? SET : s;
    reads(w, node, AT_END, on, on == UNSET && step_end_reads(w->f, step, &w->names));
    if (step->on_late != IR_NONE && !late) (void)run(w, step->on_late, s);
    if (step->on_fail != IR_NONE) on = join(on, run(w, step->on_fail, s));
    if (step->on_reject != IR_NONE) on = join(on, run(w, step->on_reject, s));
    else if (step->approve != CODE_NONE) gives_back(w, node, s);
    return on;
}

/* ---- statements --------------------------------------------------------------------------------------------- */

static State filled(const Walk *w, uint32_t slot, State s)
{
    return is_named(w, slot) ? SET : s;
}

static State run_sequence(Walk *w, uint32_t node, uint32_t from, State s)
{
    for (uint32_t i = from; i < w->f->nodes[node].end && s != ENDED; i = w->f->nodes[i].end) s = run(w, i, s);
    return s;
}

static State run_if(Walk *w, uint32_t node, State s)
{
    return join(run(w, node + 1, s), run(w, w->f->nodes[node + 1].end, s));
}

/* begun: for how long it waits at most is settled. */
static State run_wait(Walk *w, uint32_t node, State s, bool begun)
{
    const IrNode *n = &w->f->nodes[node];
    State comes = filled(w, n->b, s);
    if (!begun) reads(w, node, AT_BEGIN, s, code_reads(w->f, n->d, &w->names));
    reads(w, node, AT_END, comes, code_reads(w->f, n->c, &w->names));
    return n->d == CODE_NONE ? comes : join(comes, run_sequence(w, node, node + 1, s));
}

static State run_set(Walk *w, uint32_t node, State s)
{
    const IrNode *n = &w->f->nodes[node];
    reads(w, node, AT_BEGIN, s, node_reads(w->f, node, &w->names));
    if (n->c == IR_NONE) return filled(w, n->a, s);
    reads(w, node, AT_END, s, is_named(w, n->a));      /* a field: of what is there */
    return s;
}

static State run_event(Walk *w, uint32_t node, State s)
{
    s = filled(w, w->f->nodes[node].b, s);
    reads(w, node, AT_BEGIN, s, node_reads(w->f, node, &w->names));
    return run(w, node + 1, s);
}

/* ---- blocks: act is the open one, or NULL where it begins ------------------------------------------------------ */

/* A branch that has ended already has set what it sets. */
static State branch(Walk *w, uint32_t child, const Act *act, State s)
{
    if (!act) return run(w, child, s);
    const Act *open = branch_at(w, act, child, 0);
    return open ? resume(w, child, open, state_in(w, open, child, s)) : s;
}

static State run_parallel(Walk *w, uint32_t node, const Act *act, State s)
{
    bool ended = false, set = s == SET;
    for (uint32_t i = node + 1; i < w->f->nodes[node].end; i = w->f->nodes[i].end) {
        State e = branch(w, i, act, s);
        ended |= e == ENDED;
        set |= e == SET && !has_own(w, i);     /* its own is how it was before */
    }
    return ended ? ENDED : set ? SET : UNSET;
}

/* So many branches may have lost: set is what more of them hand on. */
static State run_race(Walk *w, uint32_t node, const Act *act, State s)
{
    uint32_t all = 0, open = 0, live = 0, sets = 0;
    for (uint32_t i = node + 1; i < w->f->nodes[node].end; i = w->f->nodes[i].end, all++) {
        if (act && !branch_at(w, act, i, 0)) continue;
        State e = branch(w, i, act, s);
        open++;
        live += e != ENDED;
        sets += e == SET && has_own(w, i);
    }
    uint32_t wanted = w->f->nodes[node].a, won = all - open;
    uint32_t winners = wanted > won ? wanted - won : 1;
    if (winners > open) winners = open;
    if (live < winners) return ENDED;
    return s == SET || sets > live - winners ? SET : UNSET;
}

/* The round at hand; an incident at the block itself stands for its end. */
static State rest_of_round(Walk *w, uint32_t node, const Act *in, State s)
{
    const Act *way = way_in(w, in);
    return way && place(w, way) == node ? s : resume(w, node + 1, in, s);
}

/* Each round that begins sets the element: the one that is open began before. */
static State run_each(Walk *w, uint32_t node, const Act *act, State s)
{
    const IrNode *n = &w->f->nodes[node];
    if (!act) {
        reads(w, node, AT_BEGIN, s, node_reads(w->f, node, &w->names));
        return join(run(w, node + 1, filled(w, n->b, s)), s);
    }
    s = rest_of_round(w, node, act, s);
    return s == ENDED || act->round + 1 >= act->list.len ? s : run(w, node + 1, filled(w, n->b, s));
}

static State run_repeat(Walk *w, uint32_t node, const Act *act, State s)
{
    s = act ? rest_of_round(w, node, act, s) : run(w, node + 1, s);
    reads(w, node, AT_END, s, node_reads(w->f, node, &w->names));
    if (act) (void)run(w, node + 1, s);        /* once more */
    return s;
}

static void collects(Walk *w, uint32_t node, State s)
{
    const IrNode *n = &w->f->nodes[node];
    for (uint32_t i = 0; i < n->args_n; i++)
        reads(w, node, AT_END, s, code_reads(w->f, w->f->args[n->d + i].code, &w->names));
}

static State run_elements(Walk *w, uint32_t node, const Act *act, State s)
{
    const IrNode *n = &w->f->nodes[node];
    const Act *open;
    for (uint32_t i = 0; act && (open = branch_at(w, act, node + 1, i)); i++)
        collects(w, node, rest_of_round(w, node, open, state_in(w, open, node, s)));
    if (!act) reads(w, node, AT_BEGIN, s, code_reads(w->f, n->a, &w->names));
    if (!act || act->round < act->list.len)
        collects(w, node, run(w, node + 1, filled(w, n->b, has_own(w, node) ? UNSET : s)));
    for (uint32_t i = 0; i < n->args_n; i++) s = filled(w, w->f->args[n->d + i].slot, s);
    return s;
}

/* The handlers begin where the block began, at any time; one that has begun stands for all of it. */
static State run_block(Walk *w, uint32_t node, const Act *act, State s)
{
    const IrNode *nodes = w->f->nodes;
    const Act *way = act ? way_in(w, act) : NULL;
    State on = act ? resume(w, node, act, s) : run(w, node + 1, s);
    bool handled = act && !(way && move_is_within(w->f, place(w, way), node + 1));
    for (uint32_t i = nodes[node + 1].end; i < nodes[node].end; i = nodes[i].end) {
        if (nodes[i].op == IRN_ON_LATE) {
            if (!act || !w->plan->of->late) (void)run(w, i, s);
        } else if (!handled) {
            on = join(on, run(w, i, s));
        }
    }
    return on;
}

/* ---- from the begin of a place on ------------------------------------------------------------------------------- */

static State run(Walk *w, uint32_t node, State s)
{
    const IrNode *n = &w->f->nodes[node];
    if (s == ENDED) return s;
    switch ((IrNodeOp)n->op) {
    case IRN_SEQUENCE:      return run_sequence(w, node, node + 1, s);
    case IRN_STEP:          return run_step(w, node, s, false);
    case IRN_PARALLEL:      return run_parallel(w, node, NULL, s);
    case IRN_EACH:          return run_each(w, node, NULL, s);
    case IRN_EACH_PARALLEL: return run_elements(w, node, NULL, s);
    case IRN_REPEAT:        return run_repeat(w, node, NULL, s);
    case IRN_WAIT_EVENT:    return run_wait(w, node, s, false);
    case IRN_SET:           return run_set(w, node, s);
    case IRN_RACE:          return run_race(w, node, NULL, s);
    case IRN_BLOCK:         return run_block(w, node, NULL, s);
    case IRN_ON_EVENT:      return run_event(w, node, s);
    case IRN_ON_FAIL:
    case IRN_ON_LATE:       return run(w, node + 1, s);
    case IRN_IF: case IRN_CALL: case IRN_START: case IRN_EMIT: case IRN_WAIT_SPAN: case IRN_WAIT_UNTIL: case IRN_STOP:
    case IRN_FAIL: case IRN_LOCK: break;
    }
    reads(w, node, AT_BEGIN, s, node_reads(w->f, node, &w->names));
    if (n->op == IRN_IF) return run_if(w, node, s);
    if (n->op == IRN_LOCK) return run(w, node + 1, s);
    if (n->op == IRN_CALL) return filled(w, n->c, s);
    if (n->op == IRN_STOP) gives_back(w, node, s);
    return n->op == IRN_STOP || n->op == IRN_FAIL ? ENDED : s;
}

/* ---- from an open place on ------------------------------------------------------------------------------------ */

/* It waits, so what it reads at its begin is read; tried again, or held back, it begins anew. What people are offered
 * is judged as if it were read now. */
static State goes_on(Walk *w, uint32_t node, const Act *act, State s)
{
    const IrNode *n = &w->f->nodes[node];
    if (n->op == IRN_STEP) return run_step(w, node, s, act->late);
    if (act->state != ACT_WAITING) return run(w, node, s);
    switch ((IrNodeOp)n->op) {
    case IRN_CALL:       return filled(w, n->c, s);
    case IRN_WAIT_EVENT: return run_wait(w, node, s, true);
    case IRN_WAIT_SPAN:
    case IRN_WAIT_UNTIL: return s;
    case IRN_LOCK:       return run(w, node + 1, s);
    default:             return run(w, node, s);
    }
}

static State resume_act(Walk *w, uint32_t node, const Act *act, State s)
{
    if (act->state != ACT_BLOCK) return goes_on(w, node, act, s);
    switch ((IrNodeOp)w->f->nodes[node].op) {
    case IRN_PARALLEL:      return run_parallel(w, node, act, s);
    case IRN_RACE:          return run_race(w, node, act, s);
    case IRN_EACH:          return run_each(w, node, act, s);
    case IRN_EACH_PARALLEL: return run_elements(w, node, act, s);
    case IRN_REPEAT:        return run_repeat(w, node, act, s);
    case IRN_BLOCK:         return run_block(w, node, act, s);
    default:                return resume(w, node + 1, act, s);        /* a lock */
    }
}

/* From the place of act on to the end of the node around it. What stands ahead of it in there is behind the case, and
 * of the ways through an `if` or a step it is on one. */
static State descend(Walk *w, uint32_t node, const Act *act, State s)
{
    const IrNode *nodes = w->f->nodes;
    uint32_t to = place(w, act), child = node + 1;
    if (to == node) return resume_act(w, node, act, s);
    while (child < nodes[node].end && !move_is_within(w->f, to, child)) child = nodes[child].end;
    if (child >= nodes[node].end) return s;
    s = descend(w, child, act, s);
    return nodes[node].op == IRN_SEQUENCE ? run_sequence(w, node, nodes[child].end, s) : s;
}

static State resume(Walk *w, uint32_t node, const Act *in, State s)
{
    const Act *way = way_in(w, in);
    beside(w, in, s);
    return way ? descend(w, node, way, s) : s;
}

/* ---- asked of a case ------------------------------------------------------------------------------------------ */

/* Where its places are not known, it is what a case that begins would miss. */
static bool misses(Walk *w, State at_begin, State now)
{
    w->unproved = ARENA_ARRAY(w->plan->arena, uint8_t, w->f->nodes_n);
    memset(w->unproved, 0, w->f->nodes_n);
    names_add(w->plan->arena, &w->names, w->name);
    w->fresh = true;
    State end = run(w, 0, at_begin);
    gives_back(w, 0, end);
    w->fresh = false;
    end = w->plan->astray ? run(w, 0, now) : resume(w, 0, NULL, now);
    gives_back(w, 0, end);
    return w->missed;
}

bool move_misses(const Plan *p, const char *name, bool has)
{
    Walk w = {.plan = p, .f = p->to, .name = name};
    uint32_t slot = own_slot(p->to, 0, name);
    const IrVar *v = slot == IR_NONE ? NULL : &p->to->vars[slot];
    bool given = !v || v->takes || v->initial != CODE_NONE;
    return misses(&w, given ? SET : UNSET, has || !v ? SET : UNSET);
}

bool move_misses_answer(const Plan *p, const char *step, const char *field)
{
    Walk w = {.plan = p, .f = p->to, .name = names_answer(p->arena, step, field)};
    return misses(&w, SET, UNSET);
}
