/* move_order.c -- would a case that is moved do a thing twice, or leave it out?
 *
 * Asked of each open place by itself. Within a loop that is asked of the round
 * or element that the place is in: rounds that are over are the past, and what
 * was done in them may come again in the next ones. Elements that have not
 * begun are bound to no order yet.
 *
 * Of steps the case knows which were done, but not in which round; of calls it
 * does not. There the order of the old flow tells: what lies before the place
 * was done, if any of it was. Where that is too much, the case stays for less.
 */
#include "runtime/engine_private.h"
#include "runtime/move_private.h"

#include <string.h>

/* How something lies as a place sees it, in the round at hand. ASIDE: on the other way of an `if`; APART: in another
 * branch, where there is no before and no behind. */
typedef enum Lies { APART, ASIDE, PASSED, AHEAD } Lies;

/* deep: the number of loops that are around both; loop: the innermost of them */
typedef struct Sight { Lies lies; uint32_t deep, loop; } Sight;

/* An open place in the old flow, and in the new one. over: it stands for the end of a round of the loop there. */
typedef struct Spot {
    Plan *plan;
    const Act *act;
    uint32_t from, to;
    bool over;
} Spot;

bool move_is_loop(const IrFlow *f, uint32_t node)
{
    uint16_t op = f->nodes[node].op;
    return op == IRN_REPEAT || op == IRN_EACH || op == IRN_EACH_PARALLEL;
}

static Sight seen(const IrFlow *f, uint32_t node, uint32_t at, bool over)
{
    uint32_t up = node < at ? node : at;
    while (!move_is_within(f, node, up) || !move_is_within(f, at, up)) up = f->nodes[up].parent;
    bool itself = up == at && move_is_loop(f, at);           /* seen from a loop, of what it goes through */
    Sight s = {APART, 0, IR_NONE};
    if (itself) s.lies = over ? PASSED : AHEAD;
    else if (f->nodes[up].op == IRN_SEQUENCE) s.lies = node < at ? PASSED : AHEAD;
    else if (f->nodes[up].op == IRN_IF && up != at) s.lies = ASIDE;
    for (uint32_t i = itself && !over ? f->nodes[up].parent : up; i != IR_NONE; i = f->nodes[i].parent) {
        if (!move_is_loop(f, i)) continue;
        if (s.deep++ == 0) s.loop = i;
    }
    return s;
}

/* ---- the loops around a place ------------------------------------------------------------------------------- */

/* An incident at a loop stands for the end of a round where it lies in the loop, or in an element of it. */
static bool is_over(const Case *c, const Act *a)
{
    const Act *around = case_act(c, a->parent), *block = around ? case_act(c, around->parent) : NULL;
    if (!move_is_loop(c->flow, a->node) || !around) return false;
    return (around->node == a->node && !is_branch(c, around)) || (block && block->node == a->node);
}

/* The open act of a loop around a place; below: what is in it on the way there. NULL: the loop has gone on without. */
static const Act *loop_around(const Spot *s, uint32_t loop, const Act **below)
{
    const Case *c = s->plan->of;
    *below = s->act;
    for (const Act *a = case_act(c, s->act->parent); a; a = case_act(c, a->parent)) {
        if (a->node == loop) return a;
        *below = a;
    }
    return NULL;
}

/* What is done in the round or element at hand has a higher number; 0: all that was done may be of it. */
static uint32_t begin_of_round(const Spot *s, uint32_t loop)
{
    const Act *below, *a = loop == IR_NONE ? NULL : loop_around(s, loop, &below);
    if (!a) return 0;
    return s->plan->from->nodes[loop].op == IRN_EACH_PARALLEL ? below->id : a->id;
}

/* May more rounds or elements of it begin? */
static bool has_more(const Spot *s, uint32_t loop)
{
    const Act *below, *a = loop_around(s, loop, &below);
    switch (a ? s->plan->from->nodes[loop].op : IRN_REPEAT) {
    case IRN_EACH:          return a->round + 1 < a->list.len;
    case IRN_EACH_PARALLEL: return a->round < a->list.len;
    default:                return true;
    }
}

/* ... of one of the loops around the place that are deeper than the first, and no deeper than the second number? */
static bool any_has_more(const Spot *s, uint32_t first, uint32_t second)
{
    const IrFlow *f = s->plan->from;
    uint32_t innermost = s->over ? s->from : f->nodes[s->from].parent, deep = 0;
    for (uint32_t i = innermost; i != IR_NONE; i = f->nodes[i].parent) deep += move_is_loop(f, i);
    for (uint32_t i = innermost; i != IR_NONE; i = f->nodes[i].parent) {
        if (!move_is_loop(f, i)) continue;
        if (deep > first && deep <= second && has_more(s, i)) return true;
        deep--;
    }
    return false;
}

/* What runs beside the case's way ends there: it comes to nothing that is not in it. */
static bool comes_to(const Spot *s, uint32_t node)
{
    const Case *c = s->plan->of;
    for (const Act *a = s->act; a; a = case_act(c, a->parent))
        if (case_beside(c, a)) return move_is_within(c->flow, node, a->node);
    return true;
}

/* ---- one thing, against one place --------------------------------------------------------------------------- */

static bool was_done(const Case *c, uint32_t node, uint32_t since)
{
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        if (d->node == node && d->act > since && !d->undone && d->how != EV_FAILED) return true;
    }
    return false;
}

bool move_was_done(const Plan *p, uint32_t node)
{
    uint32_t old = move_old_step(p, node);
    return old != IR_NONE && was_done(p->of, old, 0);
}

/* In the round at hand, where it stays in the same loops; else at all. */
static bool is_done(const Spot *s, uint32_t node, Sight was, Sight is)
{
    bool round = was.deep > 0 && was.deep == is.deep;
    if (round && was.lies == ASIDE) return false;
    if (s->plan->from->nodes[node].op == IRN_STEP)
        return was_done(s->plan->of, node, round ? begin_of_round(s, was.loop) : 0);
    return was.lies == PASSED || was.lies == APART || was.deep > is.deep;
}

/* name: what a problem begins with. */
static void judge_thing(const Spot *s, const char *name, uint32_t node, uint32_t to)
{
    Plan *p = s->plan;
    Sight was = seen(p->from, node, s->from, s->over), is = seen(p->to, to, s->to, s->over);
    const char *here = p->from->nodes[s->from].name;
    bool came = was.lies != AHEAD || was.deep > is.deep, done = is_done(s, node, was, is);
    if (done && came && is.lies == AHEAD)
        move_problem(p, arena_printf(p->arena, "%s was done, and comes after \"%s\" now: it would be done again", name,
                                     here));
    else if (done && came && is.deep > was.deep && any_has_more(s, was.deep, is.deep))
        move_problem(p, arena_printf(p->arena, "%s was done, and comes in each round of the loop around \"%s\" now: it"
                                     " would be done again", name, here));
    if (is.lies != PASSED) return;
    if (was.lies == AHEAD && (was.deep > 0 || !done))
        move_problem(p, arena_printf(p->arena, "%s is not done yet, and comes before \"%s\" now: it would be left out",
                                     name, here));
    else if (any_has_more(s, is.deep, was.deep))
        move_problem(p, arena_printf(p->arena, "%s is not done yet in the rounds that come, and comes before \"%s\" "
                                     "now: it would be left out", name, here));
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

static bool is_alike(const IrFlow *f, uint32_t node, const IrFlow *g, uint32_t other)
{
    const IrNode *a = &f->nodes[node], *b = &g->nodes[other];
    return a->op == b->op && strcmp(f->unit.names[a->a], g->unit.names[b->a]) == 0;
}

static uint32_t count(const IrFlow *f, uint32_t node, const IrFlow *in, uint32_t end)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < end; i++) n += is_alike(f, node, in, i);
    return n;
}

/* The places where a process is called, or started, have no names: as long as there are as many they are the same
 * ones, in order. */
static uint32_t find_call(const Plan *p, uint32_t node)
{
    const IrFlow *from = p->from, *to = p->to;
    if (p->places[node] != IR_NONE) return p->places[node];
    if (count(from, node, from, from->nodes_n) != count(from, node, to, to->nodes_n)) return IR_NONE;
    uint32_t before = count(from, node, from, node), i = 0;
    while (!is_alike(from, node, to, i) || before-- > 0) i++;
    return i;
}

static const char *call_name(const Plan *p, uint32_t node)
{
    const IrNode *n = &p->from->nodes[node];
    return arena_printf(p->arena, "its %s of %s", n->op == IRN_CALL ? "call" : "start", p->from->unit.names[n->a]);
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

void move_judge_order(Plan *p, const Act *at)
{
    const IrFlow *f = p->from;
    const Spot s = {p, at, at->node, p->places[at->node], is_over(p->of, at)};
    for (uint32_t i = 0; i < f->nodes_n; i++) {
        bool step = f->nodes[i].op == IRN_STEP, call = f->nodes[i].op == IRN_CALL || f->nodes[i].op == IRN_START;
        if (!(step || call) || i == at->node || !comes_to(&s, i)) continue;
        uint32_t to = step ? p->places[i] : find_call(p, i);
        if (to == IR_NONE || to == s.to) continue;
        judge_thing(&s, step ? arena_printf(p->arena, "\"%s\"", f->nodes[i].name) : call_name(p, i), i, to);
    }
}
