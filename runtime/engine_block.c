/* engine_block.c -- races, locks, and blocks with handlers: what ends before its time.
 *
 *   race       all branches at once; enough of them ended: the others are withdrawn, and what
 *              they did is undone; then the case goes on with what the winners set
 *   block      `on EVENT` waits as long as the block is open, and takes its place; `on fail`
 *              takes its place when it fails, once what it did is undone; `on late` runs beside
 *   lock       waits until its world says that the lock is the case's; closed, it is free again
 *
 * What runs beside (an `on late`) is an act below the one around it. Whoever comes to the end of
 * its way there waits for it, and it goes on from there when it ends last.
 */
#include "runtime/engine_private.h"

#include <string.h>

bool is_below(const Case *c, const Act *a, uint32_t block)
{
    while (a && a->id != block) a = case_act(c, a->parent);
    return a != NULL || block == 0;
}

bool is_branch(const Case *c, const Act *a)
{
    const IrNode *nodes = c->flow->nodes;
    const Act *above = case_act(c, a->parent);
    return above && (nodes[above->node].op == IRN_PARALLEL || nodes[above->node].op == IRN_RACE) &&
           nodes[a->node].parent == above->node;
}

bool others_go_on(const Decide *d, uint32_t act)
{
    const Case *c = d->of;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        bool listens = c->flow->nodes[a->node].op == IRN_ON_EVENT;
        if (a->id != act && !listens && !case_undoes(c, a) && is_below(c, a, act)) return true;
    }
    return false;
}

/* ---- withdrawing --------------------------------------------------------------------- */

/* Work that was decided on only now, and has not begun: it is taken back. */
static bool taken_back(Out *out, uint32_t act)
{
    for (uint32_t i = 0; i < out->effects.n; i++) {
        if (out->effects.items[i].act != act) continue;
        memmove(&out->effects.items[i], &out->effects.items[i + 1],
                (--out->effects.n - i) * sizeof *out->effects.items);
        return true;
    }
    return false;
}

static bool is_call(const Case *c, const Act *a)
{
    return a->state == ACT_WAITING && c->flow->nodes[a->node].op == IRN_CALL;
}

/* Does the act wait for a case that it called, which has not ended with this input? */
static bool awaits_called(const Decide *d, const Act *a)
{
    return is_call(d->of, a) && !(d->in->kind == INPUT_RETURN && d->in->act == a->id);
}

/* Is it a lock in which something may have to be undone, or what was called has not ended? */
static bool holds_on(const Case *c, const Act *a)
{
    bool lock = case_holds_lock(c, a), may = lock && case_lock_owed(c, a);
    for (uint32_t i = 0; lock && i < c->did.n; i++) may |= c->did.items[i].lock == a->id && !c->did.items[i].undone;
    return may;
}

bool waits_for_called(const Decide *d)
{
    bool any = false;
    for (uint32_t i = 0; i < d->of->acts.n; i++) any |= awaits_called(d, &d->of->acts.items[i]);
    return any;
}

void unwanted(Decide *d, const Act *a)
{
    if (a->state == ACT_RUNNING && !taken_back(d->out, a->id))
        *VEC_PUSH(d->out->arena, &d->out->effects) = (Effect){.kind = EFFECT_KILL, .act = a->id};
    if (is_call(d->of, a))
        post(d, (Message){.kind = MESSAGE_WITHDRAW, .name = d->of->flow->unit.names[d->of->flow->nodes[a->node].a],
                          .from_act = a->id});
}

/* Does an act in the block stay where it is withdrawn, since this one (0: none) failed? */
typedef bool Stays(const Case *c, const Act *a, uint32_t block, uint32_t failed);

/* What is being undone stays: nobody wants that back. So does a call, until its case has ended. */
static void withdraw(Decide *d, uint32_t act, const char *why, Stays *stays, uint32_t failed)
{
    Case *c = d->of;
    for (uint32_t i = c->acts.n; i-- > 0;) {
        const Act *a = &c->acts.items[i];
        if (a->id == act || case_undoes(c, a) || !is_below(c, a, act) || (stays && stays(c, a, act, failed))) continue;
        unwanted(d, a);
        bool stays_behind = awaits_called(d, a) || holds_on(c, a);
        put(d, (Event){.kind = stays_behind ? EV_UNDOING : EV_WITHDRAWN, .act = a->id, .parent = a->parent,
                       .node = a->node, .attempt = a->attempt, .text = why});
    }
}

void withdraw_below(Decide *d, uint32_t act, const char *why)
{
    withdraw(d, act, why, NULL, 0);
}

static bool stays_asked(const Case *c, const Act *a, uint32_t block, uint32_t failed)
{
    return a->parent == block && a->id != failed && case_asks_again(c, a);
}

static bool is_asked_in(const Case *c, const Act *as, uint32_t block)
{
    bool asked = false;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        asked |= a->node == as->node && stays_asked(c, a, block, 0) && value_equal(&a->loose, &as->loose);
    }
    return asked;
}

/* It is asked for in the block now, with what it keeps of an element that is over. */
static void ask_in(Decide *d, const Act *was, uint32_t block)
{
    uint32_t act = waits_again(d, was->node, block, &was->loose);
    if (step_repeats(d, act, was->node, block, 0, was->text) || !case_act(d->of, act)) return;
    put(d, (Event){.kind = EV_WITHDRAWN, .act = act, .parent = block, .node = was->node, .text = d->problem.text});
}

/* A handler takes the place of what is open in its block, but not of an approval that is asked for again: what the
 * handler does waits for that, too. What was around it in the block is gone, so it is asked for in the block; where
 * its question was about that, nobody can be asked. */
static void gives_way(Decide *d, uint32_t block, uint32_t failed, const char *why)
{
    Case *c = d->of;
    uint32_t n = 0;
    Act *asked = ARENA_ARRAY(d->out->arena, Act, c->acts.n + 1);
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        bool moves = case_asks_again(c, a) && a->parent != block && is_below(c, a, block) && a->id != failed;
        if (moves) asked[n++] = *a;
    }
    withdraw(d, block, why, stays_asked, failed);
    for (uint32_t i = 0; i < n; i++)
        if (!is_asked_in(c, &asked[i], block)) ask_in(d, &asked[i], block);
}

/* ---- races -------------------------------------------------------------------------------- */

/* What a branch set for itself, under the names behind the race. */
static Datum *handed_on(Decide *d, const Act *branch, uint32_t *n)
{
    const IrFlow *f = d->of->flow;
    const IrNode *race = &f->nodes[f->nodes[branch->node].parent];
    Datum *values = data(d, race->args_n);
    *n = 0;
    for (uint32_t i = 0; i < race->args_n; i++) {
        const IrArg *arg = &f->args[race->b + i];
        uint32_t own = IR_INSTRUCTION_OPERAND(f->unit.code[arg->code]);
        const Value *v = f->vars[own].scope == branch->node ? case_var(d->of, branch->id, own) : NULL;
        if (v) values[(*n)++] = (Datum){arg->name, value_copy(d->out->arena, v)};
    }
    return values;
}

uint32_t racer_ends(Decide *d, uint32_t branch, uint32_t *parent)
{
    Case *c = d->of;
    const Act *b = case_act(c, branch);
    uint32_t block = b->parent, node = c->flow->nodes[b->node].parent;
    Event left = {.kind = EV_LEFT, .act = branch, .parent = block, .node = b->node, .n = b->round};
    left.values = handed_on(d, b, &left.values_n);
    put(d, left);
    const Act *race = case_act(c, block);
    if (race->round - race->live < c->flow->nodes[node].a && race->live > 0) return IR_NONE;
    withdraw_below(d, block, "it lost the race");
    if (undo_any(c, block)) {
        put(d, (Event){.kind = EV_UNDOING, .act = block, .parent = race->parent, .node = node});
        return IR_NONE;
    }
    *parent = case_act(c, block)->parent;
    put(d, (Event){.kind = EV_LEFT, .act = block, .parent = *parent, .node = node});
    return node;
}

void hand_on_all(Decide *d, uint32_t act)
{
    const Case *c = d->of;
    for (const Act *a; (a = case_act(c, act)); act = a->parent) {
        const Act *race = case_act(c, a->parent);
        uint32_t n, block = race ? race->id : 0, node = race ? race->node : 0, up = c->flow->nodes[a->node].parent;
        if (!race || c->flow->nodes[node].op != IRN_RACE || up != node) continue;
        const Datum *values = handed_on(d, a, &n);
        if (n) put(d, (Event){.kind = EV_SET, .parent = block, .node = node, .values = values, .values_n = n});
        a = case_act(c, act);
    }
}

/* ---- blocks with handlers -------------------------------------------------------------------- */

uint32_t enter_block(Decide *d, uint32_t node, uint32_t *parent)
{
    const IrFlow *f = d->of->flow;
    uint32_t block = d->of->next_act;
    put(d, (Event){.kind = EV_ENTERED, .act = block, .parent = *parent, .node = node});
    for (uint32_t child = node + 1; child < f->nodes[node].end; child = f->nodes[child].end)
        if (f->nodes[child].op == IRN_ON_EVENT)
            put(d, (Event){.kind = EV_WAITING, .act = d->of->next_act, .parent = block, .node = child,
                           .text = f->unit.names[f->nodes[child].a]});
    *parent = block;
    return node + 1;
}

uint32_t block_ends(Decide *d, uint32_t block, uint32_t *parent)
{
    withdraw_below(d, block, NULL);            /* what listened */
    const Act *a = case_act(d->of, block);
    uint32_t node = a->node;
    bool lingers = case_holds_lock(d->of, a) && case_lock_owed(d->of, a);
    *parent = a->parent;
    put(d, (Event){.kind = lingers ? EV_UNDOING : EV_LEFT, .act = block, .parent = *parent, .node = node});
    return node;
}

void block_interrupted(Decide *d, uint32_t node, uint32_t block)
{
    gives_way(d, block, 0, d->in->text);
    go(d, node + 1, block);
}

static uint32_t handler_of(const IrFlow *f, uint32_t block, IrNodeOp op)
{
    uint32_t child = f->nodes[block + 1].end;
    while (child < f->nodes[block].end && f->nodes[child].op != op) child = f->nodes[child].end;
    return child < f->nodes[block].end ? child : IR_NONE;
}

void block_undone(Decide *d, uint32_t block)
{
    Case *c = d->of;
    const Act *a = case_act(c, block);
    uint32_t node = a->node, parent = a->parent;
    if (c->flow->nodes[node].op == IRN_BLOCK) {
        put(d, (Event){.kind = EV_HANDLED, .act = block, .parent = parent, .node = node});
        go(d, handler_of(c->flow, node, IRN_ON_FAIL) + 1, block);
        return;
    }
    put(d, (Event){.kind = EV_LEFT, .act = block, .parent = parent, .node = node});
    go_on_after(d, node, parent);
}

/* The open block around this node, seen from this act, whose `on fail` answers for it; 0: there is none. A handler
 * answers for the way through its block, not for itself or its like. */
static uint32_t guard_of(const Case *c, uint32_t node, uint32_t parent)
{
    const IrFlow *f = c->flow;
    for (uint32_t up; (up = f->nodes[node].parent) != IR_NONE; node = up) {
        if (f->nodes[up].op != IRN_BLOCK || node != up + 1 || handler_of(f, up, IRN_ON_FAIL) == IR_NONE) continue;
        const Act *a = case_act(c, parent);
        while (a && a->node != up) a = case_act(c, a->parent);
        if (a) return a->id;
    }
    return 0;
}

bool is_guarded(const Decide *d, uint32_t node, uint32_t parent)
{
    return guard_of(d->of, node, parent) != 0;
}

bool engine_retry_helps(const Case *c, const Act *a)
{
    bool fails_again = c->flow->nodes[a->node].op == IRN_FAIL && !a->undoes && !c->caller;
    return engine_retries(c, a) && !(fails_again && !guard_of(c, a->node, a->parent));
}

void fails(Decide *d, uint32_t act, uint32_t node, uint32_t parent, const char *why)
{
    Case *c = d->of;
    uint32_t block = guard_of(c, node, parent);
    if (!block) {
        incident(d, act, node, parent, why);
        return;
    }
    why = arena_dup(d->out->arena, why);
    gives_way(d, block, act, why);
    const Act *a = case_act(c, block);
    Event e = {.kind = EV_HANDLED, .act = block, .parent = a->parent, .node = a->node, .text = why};
    if (undo_any(c, block)) {
        e.kind = EV_UNDOING;
        put(d, e);
        return;
    }
    put(d, e);
    go(d, handler_of(c->flow, e.node, IRN_ON_FAIL) + 1, block);
}

/* ---- on late --------------------------------------------------------------------------------- */

/* What an approval that is asked for again, or a step that is done once more, began when it was late before. */
static bool runs_already(const Case *c, uint32_t sequence, uint32_t parent)
{
    bool runs = false;
    for (uint32_t i = 0; i < c->acts.n; i++)
        runs |= c->acts.items[i].node == sequence && c->acts.items[i].parent == parent;
    return runs;
}

void begin_late(Decide *d, uint32_t node, uint32_t parent)
{
    const Case *c = d->of;
    const IrFlow *f = c->flow;
    uint32_t first = IR_NONE;
    if (node != IR_NONE) {
        first = f->steps[f->nodes[node].a].on_late;
    } else if (f->nodes_n > 1 && f->nodes[1].op == IRN_BLOCK) {
        uint32_t handler = handler_of(f, 1, IRN_ON_LATE);
        for (uint32_t i = 0; i < c->acts.n && !parent; i++)
            if (c->acts.items[i].node == 1) parent = c->acts.items[i].id;
        if (handler != IR_NONE && parent) first = handler + 1;
    }
    if (first != IR_NONE && !c->ending && !runs_already(c, first, parent)) begin_beside(d, first, parent, NULL);
}

void begin_beside(Decide *d, uint32_t sequence, uint32_t parent, const Value *seen)
{
    Event branched = {.kind = EV_BRANCHED, .act = d->of->next_act, .parent = parent, .node = sequence};
    keep_values(d, parent, &branched);
    if (seen && seen->type == V_LIST) branched.values = with_seen(d, branched.values, &branched.values_n, seen);
    uint32_t beside = branched.act;
    put(d, branched);
    go(d, sequence, beside);
}

uint32_t beside_ended(Decide *d, uint32_t around, uint32_t *parent)
{
    const Case *c = d->of;
    const Act *a = case_act(c, around);
    if (others_go_on(d, around) || (a && a->state == ACT_UNDOING)) return IR_NONE;
    *parent = around;
    if (!a) return 0;
    const IrNode *nodes = c->flow->nodes;
    bool has_way = nodes[a->node].op == IRN_BLOCK || nodes[a->node].op == IRN_LOCK || nodes[a->node].op == IRN_EACH ||
                   nodes[a->node].op == IRN_REPEAT;
    return has_way && !is_branch(c, a) ? a->node + 1 : a->node;
}

/* The way around it may have come to its end meanwhile, and have waited only for this. */
uint32_t late_ends(Decide *d, uint32_t late, uint32_t *parent)
{
    const Act *a = case_act(d->of, late);
    uint32_t around = a->parent;
    put(d, (Event){.kind = EV_LEFT, .act = late, .parent = around, .node = a->node});
    return beside_ended(d, around, parent);
}

/* ---- locks ------------------------------------------------------------------------------------ */

uint32_t enter_lock(Decide *d, uint32_t node, uint32_t parent)
{
    Value name;
    if (!value_of(d, d->of->flow->nodes[node].a, parent, &name)) {
        fails(d, 0, node, parent, d->problem.text);
        return IR_NONE;
    }
    put(d, (Event){.kind = EV_WAITING, .act = d->of->next_act, .parent = parent, .node = node, .text = name.text});
    return IR_NONE;
}

Status input_locked(Decide *d)
{
    const Act *a = case_act(d->of, d->in->act);
    if (!a || a->state != ACT_WAITING || d->of->flow->nodes[a->node].op != IRN_LOCK) return ST_OK;
    uint32_t id = a->id, node = a->node;
    put(d, (Event){.kind = EV_LOCKED, .act = id, .parent = a->parent, .node = node, .text = a->text});
    go(d, node + 1, id);
    return ST_OK;
}
