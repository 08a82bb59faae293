/* engine_needs.c -- `needs`: a step that begins when steps of other branches have ended.
 *
 * Until then it waits in its own branch. Each end of an advance looks whether one may begin: the
 * steps that ended stand with the block they ended in, for the same step may run in several at once.
 * A step whose branch ended without it is not waited for. While an approval is asked for again (engine_correct.c), or
 * a step is done once more (engine_deviate.c), every further step waits so,
 * and whatever else would act on the wrong value.
 */
#include "runtime/engine_private.h"
#include "runtime/reads.h"

#include <string.h>

/* The act of the `parallel` block whose branches a step at this node, below this act, may need. */
static const Act *block_of(const Case *c, uint32_t node, uint32_t parent)
{
    const IrNode *nodes = c->flow->nodes;
    while (node != IR_NONE && nodes[node].op != IRN_PARALLEL) node = nodes[node].parent;
    const Act *a = case_act(c, parent);
    while (a && a->node != node) a = case_act(c, a->parent);
    return a;
}

/* Is something of this part of the flow open in the block? */
static bool is_open(const Case *c, const Act *block, uint32_t node)
{
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->node >= node && a->node < c->flow->nodes[node].end && is_below(c, a, block->id)) return true;
    }
    return false;
}

static bool runs_beside(const Case *c, const Act *a, const Act *block)
{
    while (a && a->id != block->id && !case_beside(c, a)) a = case_act(c, a->parent);
    return a && a->id != block->id;
}

/* Is the step under way in the block, or what its `on fail` does? What is done beside it, since it was late, or once
 * more, is not the step; nor is the branch that it may be. */
static bool is_under_way(const Case *c, const Act *block, const IrStep *s)
{
    const IrNode *nodes = c->flow->nodes;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        bool branch = a->node == s->node && is_branch(c, a);
        bool own = a->node >= s->node && a->node < nodes[s->node].end && !branch;
        if (own && is_below(c, a, block->id) && !runs_beside(c, a, block)) return true;
    }
    return false;
}

static bool has_ended(const Case *c, const Act *block, const IrStep *needed)
{
    const IrNode *nodes = c->flow->nodes;
    uint32_t branch = needed->node;
    while (nodes[branch].parent != block->node && nodes[branch].parent != IR_NONE) branch = nodes[branch].parent;
    if (!is_open(c, block, branch)) return true;
    for (uint32_t i = 0; i < block->list.len; i++)
        if (strcmp(block->list.list[i].text, needed->name) == 0) return !is_under_way(c, block, needed);
    return false;
}

bool needs_are_met(const Decide *d, uint32_t node, uint32_t parent)
{
    const IrFlow *f = d->of->flow;
    const IrStep *s = &f->steps[f->nodes[node].a];
    const Act *block = s->needs_n ? block_of(d->of, node, parent) : NULL;
    for (uint32_t i = 0; block && i < s->needs_n; i++)
        if (!has_ended(d->of, block, &f->steps[f->needs[s->needs + i]])) return false;
    return true;
}

void take_over(Decide *d, const IrStep *s, uint32_t parent)
{
    const IrFlow *f = d->of->flow;
    Datum *seen = data(d, s->sees_n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->sees_n; i++) {
        const IrArg *arg = &f->args[s->sees + i];
        if (value_of(d, arg->code, parent, &seen[n].value)) seen[n++].name = arg->name;
    }
    if (n) put(d, (Event){.kind = EV_SET, .parent = parent, .node = s->node, .values = seen, .values_n = n});
}

/* Is the needed step in another branch? What is around both has the value itself. */
static bool is_apart(const IrFlow *f, const Act *branch, const char *step)
{
    for (uint32_t i = branch->node; i < f->nodes[branch->node].end; i++)
        if (f->nodes[i].op == IRN_STEP && strcmp(f->nodes[i].name, step) == 0) return false;
    return true;
}

/* Has this branch taken over what the step in it sees of a needed one? One that waits does so when it begins. */
static bool has_taken_over(const Case *c, const Act *branch, const IrStep *s, const char *needed)
{
    const char *name = c->flow->args[s->sees].name;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->node == s->node && a->state == ACT_WAITING && is_below(c, a, branch->id)) return false;
    }
    bool inside = s->node >= branch->node && s->node < c->flow->nodes[branch->node].end && is_branch(c, branch);
    return inside && is_apart(c->flow, branch, needed) && case_owner(c, branch->id, name) == branch->id &&
           case_named(c, branch->id, name);
}

static bool needs_step(const IrFlow *f, const IrStep *s, const char *step)
{
    bool needs = false;
    for (uint32_t i = 0; i < s->needs_n && s->sees_n; i++)
        needs |= strcmp(f->steps[f->needs[s->needs + i]].name, step) == 0;
    return needs;
}

bool sees_by_needs(const Case *c, uint32_t branch, const char *step, const char *name)
{
    const IrFlow *f = c->flow;
    const Act *b = case_act(c, branch);
    for (uint32_t i = 0; b && i < f->steps_n; i++) {
        const IrStep *s = &f->steps[i];
        if (!needs_step(f, s, step) || !has_taken_over(c, b, s, step)) continue;
        for (uint32_t k = 0; k < s->sees_n; k++)
            if (strcmp(f->args[s->sees + k].name, name) == 0) return true;
    }
    return false;
}

void seen_anew(Decide *d, const char *step)
{
    const IrFlow *f = d->of->flow;
    for (uint32_t i = 0; i < f->steps_n; i++) {
        const IrStep *s = &f->steps[i];
        for (uint32_t k = 0; needs_step(f, s, step) && k < d->of->acts.n; k++)
            if (has_taken_over(d->of, &d->of->acts.items[k], s, step)) take_over(d, s, d->of->acts.items[k].id);
    }
}

static bool repeats_any(const Case *c)
{
    bool any = false;
    for (uint32_t i = 0; i < c->acts.n && !any; i++) any = case_repeats(c, &c->acts.items[i]);
    return any;
}

bool tells_asked(const Decide *d, const Act *self, uint32_t node)
{
    const Case *c = d->of;
    const IrFlow *f = c->flow;
    Names asked = {0};
    bool again = self && self->again;
    for (uint32_t i = 0; c->beside && i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (!case_asks_again(c, a) || a->node == node || (again && a->id > self->id)) continue;
        const IrStep *s = &f->steps[f->nodes[a->node].a];
        names_add(d->out->arena, &asked, names_step(d->out->arena, s->name));
        for (uint32_t k = 0; again && k < s->ask_n; k++)
            names_add(d->out->arena, &asked, f->unit.fields[s->ask + k].name);
    }
    return asked.items.n && node_reads(f, node, &asked);
}

/* While an approval is asked for again, nothing is told to others, and the case does not stop: what is computed is
 * right already, but for what asks how that approval ended. While a step is done once more it is not, and nothing
 * is. */
bool held_back(const Decide *d, uint32_t node, uint32_t parent)
{
    const Case *c = d->of;
    if (!c->beside || !case_held(c, parent)) return false;
    switch ((IrNodeOp)c->flow->nodes[node].op) {
    case IRN_EMIT: case IRN_START: case IRN_CALL: case IRN_STOP: case IRN_FAIL: return true;
    case IRN_IF: case IRN_SET: case IRN_EACH: case IRN_EACH_PARALLEL: case IRN_WAIT_EVENT: case IRN_WAIT_SPAN:
    case IRN_WAIT_UNTIL: return repeats_any(c) || tells_asked(d, NULL, node);
    case IRN_STEP:                                         /* enter_step sees to it */
    case IRN_SEQUENCE: case IRN_PARALLEL: case IRN_RACE: case IRN_REPEAT: case IRN_LOCK: case IRN_BLOCK:
    case IRN_ON_FAIL: case IRN_ON_EVENT: case IRN_ON_LATE: break;
    }
    return false;
}

/* An approval that is to be asked for again waits for what is done once more since, or since that failed, and for
 * nothing else: what was under way before that may wait for the approval. */
static bool repeats_since(const Case *c, uint32_t approval)
{
    bool any = false;
    for (uint32_t i = 0; i < c->acts.n && !any; i++) {
        const Act *a = &c->acts.items[i];
        any = a->id > approval && (case_repeats(c, a) || case_is_failure(c, a));
    }
    return any;
}

static bool may_begin(const Decide *d, const Act *a)
{
    const Case *c = d->of;
    if (a->state == ACT_HELD) return !held_back(d, a->node, a->parent);
    if (a->state == ACT_PAUSED) return !case_unapproved(c, a->id, a->parent);
    if (a->again) return !repeats_since(c, a->id) && !tells_asked(d, a, a->node);
    return !step_is_held(d, a->id, a->node, a->parent) && needs_are_met(d, a->node, a->parent);
}

static const Act *next_ready(const Decide *d)
{
    const Case *c = d->of;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        bool step = a->state == ACT_WAITING && c->flow->nodes[a->node].op == IRN_STEP;
        bool attempt = a->state == ACT_PAUSED && a->due == INSTANT_NEVER;
        if ((step || attempt || a->state == ACT_HELD) && may_begin(d, a)) return a;
    }
    return NULL;
}

static void begin_waiting(Decide *d, const Act *a)
{
    const IrFlow *f = d->of->flow;
    uint32_t id = a->id, node = a->node, parent = a->parent;
    if (a->state == ACT_HELD) {
        put(d, (Event){.kind = EV_ELAPSED, .act = id, .parent = parent, .node = node});
        go(d, node, parent);
    } else if (a->state == ACT_PAUSED) {
        machine_begin(d, id, node, parent, a->deadline);
    } else if (a->again) {
        asked_again(d, a);
    } else {
        take_over(d, &f->steps[f->nodes[node].a], parent);
        step_begins(d, id, node, parent);
    }
}

void needed_begin(Decide *d)
{
    bool any = d->of->flow->needs_n || d->freed;
    for (const Act *a; any && running(d) && (a = next_ready(d));) begin_waiting(d, a);
}
