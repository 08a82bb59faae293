/* move.c -- see move.h.
 *
 * Where is each open place in the new flow, and may the case go on there with
 * what is under way? What comes before and behind it there is judged in
 * move_order.c.
 */
#include "runtime/move_private.h"

#include <assert.h>
#include <string.h>

void move_problem(Plan *p, const char *text)
{
    for (uint32_t i = 0; i < p->out->problems.n; i++)
        if (strcmp(p->out->problems.items[i], text) == 0) return;
    *VEC_PUSH(p->arena, &p->out->problems) = text;
}

void move_note(Plan *p, const char *text)
{
    for (uint32_t i = 0; i < p->out->notes.n; i++)
        if (strcmp(p->out->notes.items[i], text) == 0) return;
    *VEC_PUSH(p->arena, &p->out->notes) = text;
}

static bool is_step(const IrFlow *f, uint32_t node)
{
    return f->nodes[node].op == IRN_STEP;
}

/* ---- steps, by name -------------------------------------------------------------------- */

static uint32_t renamed(const IrFlow *to, const char *name)
{
    for (uint32_t i = 0; i < to->steps_n; i++)
        for (uint32_t k = 0; k < to->steps[i].was_n; k++)
            if (strcmp(to->steps[i].was[k], name) == 0) return to->steps[i].node;
    return IR_NONE;
}

/* The other way round, for who goes back to an older text. */
static uint32_t named_before(const IrFlow *to, const IrStep *s)
{
    for (uint32_t i = 0; i < s->was_n; i++) {
        uint32_t step = ir_step(to, s->was[i]);
        if (step != IR_NONE) return to->steps[step].node;
    }
    return IR_NONE;
}

/* A step that still has the name goes before one that says it had it. */
static void find_steps(Plan *p)
{
    for (uint32_t i = 0; i < p->from->nodes_n; i++) p->places[i] = IR_NONE;
    for (uint32_t i = 0; i < p->from->steps_n; i++) {
        const IrStep *s = &p->from->steps[i];
        uint32_t same = ir_step(p->to, s->name);
        uint32_t *place = &p->places[s->node];
        *place = same != IR_NONE ? p->to->steps[same].node : renamed(p->to, s->name);
        if (*place == IR_NONE) *place = named_before(p->to, s);
    }
}

/* The place in the old flow of a step of the new one; IR_NONE: it has none. */
uint32_t move_old_step(const Plan *p, uint32_t node)
{
    for (uint32_t i = 0; i < p->from->steps_n; i++)
        if (p->places[p->from->steps[i].node] == node) return p->from->steps[i].node;
    return IR_NONE;
}

/* ---- everything else, by the steps around it ------------------------------------------------ */

static bool alike(const IrFlow *f, uint32_t a, const IrFlow *g, uint32_t b)
{
    const IrNode *x = &f->nodes[a], *y = &g->nodes[b];
    if (x->op != y->op) return false;
    bool named = x->op == IRN_WAIT_EVENT || x->op == IRN_CALL || x->op == IRN_ON_EVENT;
    return !named || strcmp(f->unit.names[x->a], g->unit.names[y->a]) == 0;
}

/* The nearest step before (dir -1) or behind a place as the text goes, and how many places like it lie between. */
static uint32_t nearest(const IrFlow *f, uint32_t node, int dir, uint32_t *between)
{
    *between = 0;
    for (int64_t i = (int64_t)node + dir; i >= 0 && i < (int64_t)f->nodes_n; i += dir) {
        if (is_step(f, (uint32_t)i)) return (uint32_t)i;
        *between += alike(f, node, f, (uint32_t)i);
    }
    return IR_NONE;
}

/* The place of `to` that lies as this one does, seen from the step before or behind it. */
static uint32_t seen_from(const Plan *p, uint32_t node, int dir)
{
    uint32_t between, step = nearest(p->from, node, dir, &between);
    uint32_t to = step == IR_NONE ? IR_NONE : p->places[step];
    if (step != IR_NONE && to == IR_NONE) return IR_NONE;
    int64_t at = to != IR_NONE ? to : dir < 0 ? -1 : (int64_t)p->to->nodes_n;
    for (int64_t i = at - dir; i >= 0 && i < (int64_t)p->to->nodes_n; i -= dir) {
        if (is_step(p->to, (uint32_t)i)) return IR_NONE;
        if (alike(p->from, node, p->to, (uint32_t)i) && between-- == 0) return (uint32_t)i;
    }
    return IR_NONE;
}

/* Both sides must not tell two different places. */
static uint32_t find_wait(const Plan *p, uint32_t node)
{
    uint32_t before = seen_from(p, node, -1), behind = seen_from(p, node, 1);
    if (before != IR_NONE && behind != IR_NONE) return before == behind ? before : IR_NONE;
    return before != IR_NONE ? before : behind;
}

/* Does a node have an activation of its own? Sequences and ifs do as branches. */
static bool is_place(const IrFlow *f, uint32_t node)
{
    const IrNode *n = &f->nodes[node];
    if (n->parent == IR_NONE) return false;
    uint16_t above = f->nodes[n->parent].op;
    if (n->op == IRN_IF) return above == IRN_PARALLEL || above == IRN_RACE;
    return n->op != IRN_SEQUENCE || (above != IRN_SEQUENCE && above != IRN_IF);
}

static uint32_t above(const IrFlow *f, uint32_t node)
{
    do node = f->nodes[node].parent;
    while (node != IR_NONE && !is_place(f, node));
    return node;
}

bool move_is_within(const IrFlow *f, uint32_t node, uint32_t block)
{
    return node >= block && node < f->nodes[block].end;
}

/* Does a step stand in a loop that is neither this one, nor in it, nor around it? */
static bool is_in_other(const IrFlow *f, uint32_t step, uint32_t loop)
{
    uint32_t up = step;
    if (move_is_within(f, step, loop)) return false;
    while (up != IR_NONE && !move_is_loop(f, up)) up = f->nodes[up].parent;
    return up != IR_NONE && !move_is_within(f, loop, up);
}

/* Of two loops, what was one's first step may be in the other one now; or the one has what came out of the other. A
 * list that is gone through belongs to its loop: which of them goes on with it cannot be said. */
static bool is_other_loop(const Plan *p, uint32_t from, uint32_t to)
{
    const IrFlow *old = p->from, *new = p->to;
    if (!move_is_loop(old, from)) return false;
    uint32_t first = from;
    while (move_is_within(old, first, from) && (!is_step(old, first) || p->places[first] == IR_NONE)) first++;
    if (move_is_within(old, first, from) && is_in_other(new, p->places[first], to)) return true;
    for (uint32_t i = to; i < new->nodes[to].end; i++) {
        uint32_t was = is_step(new, i) ? move_old_step(p, i) : IR_NONE;
        if (was != IR_NONE && is_in_other(old, was, from)) return true;
    }
    return false;
}

static bool is_taken(const Plan *p, uint32_t place)
{
    for (uint32_t i = 0; i < p->from->nodes_n; i++)
        if (p->places[i] == place) return true;
    return false;
}

/* Blocks and branches are those around a place that was found; false: it stands in others now. */
static bool find_around(Plan *p, uint32_t node)
{
    uint32_t from = above(p->from, node), to = above(p->to, p->places[node]);
    if (is_other_loop(p, node, p->places[node])) return false;
    for (; from != IR_NONE && to != IR_NONE; from = above(p->from, from), to = above(p->to, to)) {
        bool known = p->places[from] != IR_NONE;
        if (!alike(p->from, from, p->to, to) || (known && p->places[from] != to)) return false;
        if (!known && (is_taken(p, to) || is_other_loop(p, from, to))) return false;
        p->places[from] = to;
    }
    return from == to;
}

/* Has it nothing open below it? */
bool move_is_leaf(const Case *c, const Act *a)
{
    for (uint32_t i = 0; i < c->acts.n; i++)
        if (c->acts.items[i].parent == a->id) return false;
    return true;
}

static void goes_astray(Plan *p, const char *text)
{
    p->astray = true;
    move_problem(p, text);
}

static void find_open(Plan *p)
{
    const Case *c = p->of;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        uint32_t node = c->acts.items[i].node;
        const char *name = p->from->nodes[node].name;
        bool leaf = move_is_leaf(c, &c->acts.items[i]);
        if (!leaf && !is_step(p->from, node)) continue;        /* found with what is open in it */
        if (!is_step(p->from, node) && p->places[node] == IR_NONE) p->places[node] = find_wait(p, node);
        if (p->places[node] == IR_NONE)
            goes_astray(p, arena_printf(p->arena, "it is at \"%s\", which is no more%s", name,
                                    is_step(p->from, node) ? ": if it has another name now, say so with `was`"
                                                           : ", or cannot be told from others"));
        else if (!find_around(p, node))
            goes_astray(p, arena_printf(p->arena, "it is at \"%s\", which stands within another block now", name));
    }
}

/* ---- what is under way ------------------------------------------------------------------------ */

static const char *machine_name(uint8_t machine)
{
    return machine == MACHINE_NONE ? "people" : "a machine";
}

/* Tried again, an attempt of a machine goes on where it stopped: behind the word of whoever releases it. */
static void judge_failed(Plan *p, const Act *a, const IrStep *was, const IrStep *is)
{
    bool other = (was->who != CODE_NONE) != (is->who != CODE_NONE) ||
                 (was->approve != CODE_NONE) != (is->approve != CODE_NONE);
    if (a->state != ACT_INCIDENT || !a->attempt || (is->machine != MACHINE_NONE && !other)) return;
    move_problem(p, arena_printf(p->arena, "\"%s\" failed when a machine did it, and is done otherwise now: `ops retry`"
                                 " or `ops skip` it first", was->name));
}

static void judge_act(Plan *p, const Act *a)
{
    const IrFlow *from = p->from;
    const char *name = from->nodes[a->node].name;
    uint32_t to = p->places[a->node];
    if (a->undoes || a->state == ACT_UNDOING)
        move_problem(p, arena_printf(p->arena, "\"%s\" is being undone", name));
    else if (a->state == ACT_RUNNING || a->state == ACT_READY)
        move_problem(p, arena_printf(p->arena, "the command of \"%s\" is under way: wait for its end", name));
    if (to == IR_NONE || !is_step(from, a->node)) return;
    const IrStep *was = &from->steps[from->nodes[a->node].a], *is = &p->to->steps[p->to->nodes[to].a];
    bool people = was->who != CODE_NONE, still = is->who != CODE_NONE;
    if (a->state == ACT_OFFERED && !still)
        move_problem(p, arena_printf(p->arena, "\"%s\" was offered to people, and is no more for people", name));
    if (a->state == ACT_PAUSED && (was->machine != is->machine || people != still))
        move_problem(p, arena_printf(p->arena, "\"%s\" is to be tried again by %s, and is done otherwise now", name,
                                machine_name(was->machine)));
    if (!a->undoes) judge_failed(p, a, was, is);
    bool approved = was->approve != CODE_NONE, approves = is->approve != CODE_NONE;
    if (a->state == ACT_OFFERED && approved != approves)
        move_problem(p, arena_printf(p->arena, "\"%s\" was offered %s an approval, and is %s now", name,
                                approved ? "as" : "as no", approved ? "none" : "one"));
}

/* What is asked for or done once more stands behind the case's place, and so does what comes of it. */
static void judge_beside(Plan *p, const Act *a)
{
    const Case *c = p->of;
    if (case_repeats(c, a)) move_problem(p, "a step of it is done once more");
    if (case_asks_again(c, a)) move_problem(p, "an approval of it does not stand any more, and is asked for again");
    if (case_is_refusal(c, a))
        move_problem(p, "an approval of it was refused afterwards, and its `on reject` is under way");
}

/* The names of a scope's own variables, in order, as one text. */
static const char *own_names(Arena *a, const IrFlow *f, uint32_t scope)
{
    const char *all = "";
    for (uint32_t i = 0; i < f->vars_n && scope; i++)
        if (f->vars[i].scope == scope) all = arena_printf(a, "%s %s", all, f->vars[i].name);
    return all;
}

/* The first step of a branch tells it from others; a branch without any is told by its place. */
static const char *first_step(const Plan *p, const IrFlow *f, uint32_t branch, bool old)
{
    for (uint32_t i = branch; i < f->nodes[branch].end; i++) {
        uint32_t node = is_step(f, i) ? old ? p->places[i] : i : IR_NONE;
        if (is_step(f, i)) return node == IR_NONE ? NULL : p->to->nodes[node].name;
    }
    return "";
}

static uint32_t branches(const IrFlow *f, uint32_t block)
{
    uint32_t n = 0;
    for (uint32_t i = block + 1; i < f->nodes[block].end; i = f->nodes[i].end) n++;
    return n;
}

static bool has_branch(const Plan *p, uint32_t block, const char *first)
{
    for (uint32_t i = block + 1; i < p->to->nodes[block].end; i = p->to->nodes[i].end)
        if (strcmp(first_step(p, p->to, i, false), first) == 0) return true;
    return false;
}

/* What begins in a block began with it: a new branch would never be done, a missing one is lost. */
static void judge_block(Plan *p, const Act *a)
{
    uint16_t op = p->from->nodes[a->node].op;
    uint32_t to = p->places[a->node];
    const char *name = p->from->nodes[a->node].name;
    if (to == IR_NONE || a->state != ACT_BLOCK) return;
    bool whole = op == IRN_PARALLEL || op == IRN_RACE || op == IRN_BLOCK;
    bool same = !whole || branches(p->from, a->node) == branches(p->to, to);
    for (uint32_t i = a->node + 1; whole && same && i < p->from->nodes[a->node].end; i = p->from->nodes[i].end) {
        const char *first = first_step(p, p->from, i, true);
        same = first && has_branch(p, to, first);
    }
    if (!same) goes_astray(p, arena_printf(p->arena, "it is within \"%s\", which has other branches now", name));
    const Act *around = case_act(p->of, a->parent);
    uint32_t scope = around ? case_scope(p->of, a) : 0, above_to = p->to->nodes[to].parent;
    if (!scope) return;
    uint32_t new_scope = scope == a->node ? to : above_to;
    if (strcmp(own_names(p->arena, p->from, scope), own_names(p->arena, p->to, new_scope)) != 0)
        goes_astray(p, arena_printf(p->arena, "it is within \"%s\", which keeps other values for itself now", name));
}

/* ---- needs ------------------------------------------------------------------------------------------- */

/* Has the step ended in this open block, or is it under way there? Acts have their numbers in order. */
static bool was_come_to(const Case *c, const Act *block, uint32_t node, bool ended)
{
    for (uint32_t i = 0; i < c->did.n; i++)
        if (c->did.items[i].node == node && c->did.items[i].act > block->id) return true;
    for (uint32_t i = 0; i < c->acts.n && !ended; i++) {
        const Act *a = &c->acts.items[i];
        if (a->node == node && a->id > block->id && a->state != ACT_WAITING && a->state != ACT_BLOCK) return true;
    }
    return false;
}

static bool is_noted(const Act *block, const char *step)
{
    for (uint32_t i = 0; i < block->list.len; i++)
        if (strcmp(block->list.list[i].text, step) == 0) return true;
    return false;
}

/* A block notes the end of those steps that others need there. Of one that ended while nobody needed it, a step that
 * needs it now would never hear. */
static void judge_needs(Plan *p, const Act *block)
{
    uint32_t to = p->places[block->node];
    if (p->from->nodes[block->node].op != IRN_PARALLEL || block->state != ACT_BLOCK || to == IR_NONE) return;
    for (uint32_t i = 0; i < p->to->steps_n; i++) {
        const IrStep *s = &p->to->steps[i];
        uint32_t old = move_old_step(p, s->node);
        bool within = s->node > to && s->node < p->to->nodes[to].end;
        if (!within || (old != IR_NONE && was_come_to(p->of, block, old, false))) continue;
        for (uint32_t k = 0; k < s->needs_n; k++) {
            const IrStep *needed = &p->to->steps[p->to->needs[s->needs + k]];
            uint32_t was = move_old_step(p, needed->node);
            if (was == IR_NONE || !was_come_to(p->of, block, was, true) || is_noted(block, p->from->nodes[was].name))
                continue;
            move_problem(p, arena_printf(p->arena, "\"%s\" needs \"%s\" now, which ended when nobody needed it: it "
                                         "would wait for ever", s->name, needed->name));
        }
    }
}

/* ---- what is before, what is behind --------------------------------------------------------------- */

bool move_is_new(const Plan *p, uint32_t node)
{
    return move_old_step(p, node) == IR_NONE;
}

static void judge_order(Plan *p)
{
    const Case *c = p->of;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        uint32_t at = p->places[a->node];
        if (move_is_leaf(c, a) && at != IR_NONE) move_judge_order(p, a);
    }
}

/* What ended must be undone as it was promised to be. */
static void judge_trace(Plan *p)
{
    const Case *c = p->of;
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        uint32_t to = p->places[d->node];
        if (d->undo.type == V_NONE || d->undone || !is_step(p->from, d->node)) continue;
        const IrUndo *was = &p->from->steps[p->from->nodes[d->node].a].undo;
        bool same = to != IR_NONE && p->to->steps[p->to->nodes[to].a].undo.machine == was->machine;
        if (!same)
            move_problem(p, arena_printf(p->arena, "\"%s\" was done, and could not be undone any more as its flow says",
                                    p->from->nodes[d->node].name));
    }
}

/* ---- all of it --------------------------------------------------------------------------------------------- */

static void list_place(Plan *p, uint32_t node)
{
    const char *was = p->from->nodes[node].name;
    uint32_t to = p->places[node];
    const char *is = to == IR_NONE ? "" : p->to->nodes[to].name;
    if (strcmp(was, is) == 0) return;
    for (uint32_t i = 0; i < p->out->places.n; i += 2)
        if (strcmp(p->out->places.items[i].text, was) == 0) return;
    *VEC_PUSH(p->arena, &p->out->places) = value_text(was);
    *VEC_PUSH(p->arena, &p->out->places) = value_text(is);
}

void move_plan(const Case *c, const IrFlow *to, Arena *a, Move *out)
{
    Plan p = {.of = c, .from = c->flow, .to = to, .arena = a, .out = out,
              .places = ARENA_ARRAY(a, uint32_t, c->flow->nodes_n)};
    *out = (Move){.to = to};
    find_steps(&p);
    find_open(&p);
    if (c->ending || c->owed) move_problem(&p, "what it did is being undone");
    for (uint32_t i = 0; i < c->acts.n; i++) {
        judge_beside(&p, &c->acts.items[i]);
        judge_act(&p, &c->acts.items[i]);
        judge_block(&p, &c->acts.items[i]);
        judge_needs(&p, &c->acts.items[i]);
        list_place(&p, c->acts.items[i].node);
    }
    for (uint32_t i = 0; i < c->did.n; i++) list_place(&p, c->did.items[i].node);
    for (uint32_t i = 0; i < c->answers.n; i++) list_place(&p, c->answers.items[i].node);
    judge_trace(&p);
    move_judge_values(&p);
    if (!out->problems.n) judge_order(&p);
    if (!out->problems.n) move_note_passed(&p);
}

static Value hash_text(Arena *a, const IrFlow *f)
{
    char *hex = arena_alloc(a, 65);
    sha256_hex(ir_flow_hash(f), hex);
    return value_text(hex);
}

void move_case(Case *c, const Move *move, const MoveBy *by, Out *out)
{
    Arena *a = out->arena;
    Datum *values = ARENA_ARRAY(a, Datum, 3);
    assert(!move->problems.n);
    values[0] = (Datum){"$from", hash_text(a, c->flow)};
    values[1] = (Datum){"$flow", hash_text(a, move->to)};
    values[2] = (Datum){"$places", value_list(move->places.items, move->places.n)};
    Event *e = VEC_PUSH(a, &out->events);
    *e = (Event){.at = by->at > c->now ? by->at : c->now, .seq = c->seq + 1, .kind = EV_MIGRATED, .node = IR_NONE,
                 .due = INSTANT_NEVER, .person = by->person, .login = by->login, .text = by->because,
                 .values = values, .values_n = move->places.n ? 3 : 2, .flow = move->to};
    for (uint32_t i = 0; i < c->acts.n; i++) out_touch(out, c, c->acts.items[i].id);
    case_apply(c, e);
}
