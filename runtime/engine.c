/* engine.c -- how a case goes on.
 *
 * An input moves the case until everything in it waits: for a person, a
 * machine, a moment, a message. What comes after a node follows from the
 * flow's structure (successor), so only steps, waits and blocks with branches
 * leave activations behind.
 *
 * Whatever cannot be computed (an overflow, an unset value, a calendar that is
 * gone) stops only its own branch: it becomes a failed attempt of a step, or
 * an incident at the node, and the rest of the case goes on.
 */
#include "runtime/engine_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

Out *out_new(void)
{
    Arena *arena = arena_new();
    Out *out = mem_zero(1, sizeof *out);
    out->arena = arena;
    return out;
}

void out_clear(Out *out)
{
    Arena *arena = out->arena;
    arena_reset(arena);
    *out = (Out){.arena = arena};
}

void out_touch(Out *out, const Case *c, uint32_t act)
{
    for (uint32_t i = out->touched.n; i-- > 0;)
        if (out->touched.items[i].act == act) return;
    const Act *a = case_act(c, act);
    *VEC_PUSH(out->arena, &out->touched) =
        !a ? (Touched){.act = act, .due = INSTANT_NEVER}
           : (Touched){.act = act, .was = a->state, .lock = c->flow->nodes[a->node].op == IRN_LOCK,
                       .command = a->state == ACT_RUNNING && case_outside(c, a),
                       .due = a->due, .offered = a->offered, .deadline = a->deadline, .text = a->text};
}

void out_free(Out *out)
{
    if (!out) return;
    arena_free(out->arena);
    free(out);
}

/* ---- telling ------------------------------------------------------------------- */

void put(Decide *d, Event e)
{
    Case *c = d->of;
    e.seq = c->seq + 1;
    e.case_id = c->id;
    e.at = d->in->at;
    if (e.due == 0) e.due = INSTANT_NEVER;
    *VEC_PUSH(d->out->arena, &d->out->events) = e;
    if (e.act) out_touch(d->out, c, e.act);
    const Act *a = e.act ? case_act(c, e.act) : NULL;
    d->freed |= a && case_beside(c, a);
    case_apply(c, &e);
    a = e.act ? case_act(c, e.act) : NULL;
    d->freed |= a && a->again;             /* what is asked for again may be late again */
}

Datum *data(Decide *d, uint32_t n)
{
    return ARENA_ARRAY(d->out->arena, Datum, n);
}

bool running(const Decide *d)
{
    return d->of->status == CASE_RUNNING;
}

void post(Decide *d, Message m)
{
    m.at = d->in->at;
    m.from_case = d->of->id;
    m.from_seq = d->of->seq;
    if (d->of->dated) {                /* what a dated case begins is dated too */
        Datum *values = data(d, m.values_n + 1);
        if (m.values_n) memcpy(values, m.values, m.values_n * sizeof *values);
        values[m.values_n++] = (Datum){"$dated", value_boolean(true)};
        m.values = values;
    }
    *VEC_PUSH(d->out->arena, &d->out->messages) = m;
}

/* ---- expressions ------------------------------------------------------------------ */

bool value_of(Decide *d, Code code, uint32_t act, Value *v)
{
    CaseHost host;
    engine_host(&host, d->of, d->env, act, d->step, d->in->at);
    host.host.manner = d->reader;
    d->problem.text[0] = '\0';
    return eval(&d->of->flow->unit, code, &host.host, d->out->arena, v, &d->problem) == ST_OK;
}

bool condition_of(Decide *d, Code code, uint32_t act, bool *holds)
{
    CaseHost host;
    engine_host(&host, d->of, d->env, act, d->step, d->in->at);
    d->problem.text[0] = '\0';
    return eval_condition(&d->of->flow->unit, code, &host.host, d->out->arena, holds, &d->problem) == ST_OK;
}

static bool text_of(Decide *d, Code code, uint32_t act, const char **text)
{
    Value v;
    if (!value_of(d, code, act, &v)) return false;
    Buf b = {0};
    value_print(&b, &v, STYLE_HUMAN, engine_zone(d->env->program, d->of, NULL));
    *text = buf_dup(&b, d->out->arena);
    buf_free(&b);
    return true;
}

/* The instant a span from now, or the moment itself: a date means its end when it is a
 * limit (`due`), its start when it is waited for. */
bool moment_of(Decide *d, Code code, uint32_t act, bool is_span, bool is_limit, Instant *out)
{
    Value v;
    if (!value_of(d, code, act, &v)) return false;
    CaseHost host;
    engine_host(&host, d->of, d->env, act, d->step, d->in->at);
    const Zone *zone = host.host.zone ? host.host.zone : zone_utc();
    if (is_span) return eval_after(&host.host, d->in->at, &v, NULL, out, &d->problem) == ST_OK;
    if (v.type == V_DATETIME) *out = v.i;
    else if (v.type == V_DATE) *out = is_limit ? zone_end_of(zone, v.i) : zone_start_of(zone, v.i);
    else if (v.type == V_TIME) *out = zone_next_time(zone, d->in->at, v.i);
    else {
        fail(&d->problem, ST_VALUE, "wanted a moment, found %s", value_type_name(&v));
        return false;
    }
    return true;
}

static bool arguments(Decide *d, const IrNode *node, uint32_t first, uint32_t act, Datum **out)
{
    *out = data(d, node->args_n);
    for (uint32_t i = 0; i < node->args_n; i++) {
        const IrArg *arg = &d->of->flow->args[first + i];
        (*out)[i].name = arg->name;
        if (!value_of(d, arg->code, act, &(*out)[i].value)) return false;
    }
    return true;
}

/* ---- ends ------------------------------------------------------------------------------- */

/* Nothing in the file says how to go on from this node: a person must. Nobody is asked about history: what went
 * wrong then ends there, with the reason. */
void incident(Decide *d, uint32_t act, uint32_t node, uint32_t parent, const char *why)
{
    if (d->of->history) {
        end_case(d, CASE_IMPORTED, arena_dup(d->out->arena, why));
        return;
    }
    const Act *open = act ? case_act(d->of, act) : NULL;        /* a wait keeps its limit, for when it is tried again */
    put(d, (Event){.kind = EV_INCIDENT, .act = act ? act : d->of->next_act, .parent = parent, .node = node,
                   .due = open && open->state == ACT_WAITING ? open->due : INSTANT_NEVER,
                   .text = arena_dup(d->out->arena, why)});
}

static void trouble(Decide *d, uint32_t node, uint32_t parent)
{
    fails(d, 0, node, parent, d->problem.text);
}

/* What it did itself is undone first when it fails or is cancelled, and in any case what is owed already. Nor does it
 * end before what it called. */
void finish(Decide *d, CaseStatus status, const char *outcome)
{
    Case *c = d->of;
    bool owes = c->owed || undo_under_way(c) || waits_for_called(d);
    if (!owes && (status == CASE_FINISHED || !undo_any(c, 0))) {
        end_case(d, status, outcome);
        return;
    }
    bool cancel = d->in->kind == INPUT_CANCEL;
    put(d, (Event){.kind = EV_WITHDRAWN, .node = IR_NONE, .n = status, .text = outcome,
                   .person = cancel ? d->in->person : NULL, .login = cancel ? d->in->login : NULL});
    withdraw_below(d, 0, NULL);
}

void end_case(Decide *d, CaseStatus status, const char *outcome)
{
    Case *c = d->of;
    const IrFlow *f = c->flow;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        out_touch(d->out, c, a->id);
        unwanted(d, a);
    }
    Datum *given = data(d, f->gives_n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->gives_n; i++) {
        const IrField *field = &f->unit.fields[f->gives + i];
        const Value *v = case_var(c, 0, field->slot);
        given[n++] = (Datum){field->name, v ? *v : VALUE_NONE};
    }
    put(d, (Event){.kind = EV_ENDED, .node = IR_NONE, .n = status, .text = outcome, .values = given, .values_n = n,
                   .person = d->in->kind == INPUT_CANCEL ? d->in->person : NULL,
                   .login = d->in->kind == INPUT_CANCEL ? d->in->login : NULL});
    if (!c->caller) return;
    given[n] = (Datum){FAILED_NOTE, value_boolean(true)};      /* it was not merely cancelled */
    post(d, (Message){.kind = MESSAGE_RETURN, .name = c->process, .to_case = c->caller, .to_act = c->caller_act,
                      .ok = status == CASE_FINISHED || status == CASE_IMPORTED, .text = outcome, .values = given,
                      .values_n = n + (status == CASE_FAILED)});
}

/* ---- what comes next: from the flow's structure alone -------------------------------------- */

static void enter_element(Decide *d, uint32_t block, uint32_t index)
{
    Case *c = d->of;
    const Act *a = case_act(c, block);
    const IrNode *n = &c->flow->nodes[a->node];
    uint32_t branch = c->next_act, child = a->node + 1;
    Datum *element = data(d, 1);
    element[0] = (Datum){c->flow->vars[n->b].name, a->list.list[index]};
    put(d, (Event){.kind = EV_BRANCHED, .act = branch, .parent = block, .node = child, .n = index, .values = element,
                   .values_n = 1});
    go(d, child, branch);
}

static bool is_filling(const Decide *d, uint32_t block)
{
    const Filling *f = d->filling;
    while (f && f->block != block) f = f->around;
    return f != NULL;
}

/* Begins elements of an EACH_PARALLEL until as many run as may. One that ends at once makes room for
 * the next in this loop, not inside itself: a long list is no deep one. */
static void fill(Decide *d, uint32_t block)
{
    Case *c = d->of;
    Filling here = {block, d->filling};
    d->filling = &here;
    for (const Act *a; running(d) && (a = case_act(c, block));) {
        const IrNode *n = &c->flow->nodes[a->node];
        if (a->round >= a->list.len || (n->c && a->live >= n->c)) break;
        enter_element(d, block, a->round);
    }
    d->filling = here.around;
}

/* The block is left when none of its branches is open; returns its node and the act around it, else IR_NONE. */
static uint32_t leave_block(Decide *d, uint32_t block, uint32_t *parent)
{
    Case *c = d->of;
    const Act *a = running(d) ? case_act(c, block) : NULL;
    if (!a || a->live > 0) return IR_NONE;
    uint32_t node = a->node;
    const IrNode *n = &c->flow->nodes[node];
    *parent = a->parent;
    Event done = {.kind = EV_LEFT, .act = block, .parent = a->parent, .node = node};
    if (n->op == IRN_EACH_PARALLEL && n->args_n) {
        Datum *all = data(d, 1);
        all[0] = (Datum){c->flow->vars[c->flow->args[n->d].slot].name,
                         a->shown.type == V_LIST ? value_copy(d->out->arena, &a->shown) : value_list(NULL, 0)};
        done.values = all, done.values_n = 1;
    }
    put(d, done);
    return node;
}

/* A branch of a parallel block has come to its end. When it was the last, the block's node is
 * returned, and the act around it in parent; else IR_NONE. */
static uint32_t branch_ends(Decide *d, uint32_t branch, uint32_t *parent)
{
    Case *c = d->of;
    const Act *b = case_act(c, branch);
    uint32_t block = b->parent, node = case_act(c, block)->node;
    const IrNode *n = &c->flow->nodes[node];
    Event left = {.kind = EV_LEFT, .act = branch, .parent = block, .node = b->node, .n = b->round};
    if (n->op == IRN_EACH_PARALLEL && n->args_n) {
        const IrArg *collect = &c->flow->args[n->d];
        Value v = VALUE_NONE;
        if (!value_of(d, collect->code, branch, &v)) {
            fails(d, 0, node, branch, d->problem.text);
            return IR_NONE;
        }
        Datum *collected = data(d, 1);
        collected[0] = (Datum){"$collected", v};
        left.values = collected, left.values_n = 1;
    }
    put(d, left);
    if (n->op == IRN_EACH_PARALLEL) {
        if (is_filling(d, block)) return IR_NONE;
        fill(d, block);
    }
    return leave_block(d, block, parent);
}

static void begin_round(Decide *d, uint32_t block, uint32_t round)
{
    Case *c = d->of;
    const Act *a = case_act(c, block);
    const IrNode *n = &c->flow->nodes[a->node];
    Event e = {.kind = EV_ITERATED, .act = block, .parent = a->parent, .node = a->node, .n = round};
    if (n->op == IRN_EACH) {
        Datum *element = data(d, 1);
        element[0] = (Datum){c->flow->vars[n->b].name, a->list.list[round]};
        e.values = element, e.values_n = 1;
    }
    put(d, e);
}

/* A round of an each or repeat has ended: its first node again, or IR_NONE with the block left
 * (*over) or stuck as an incident. */
static uint32_t round_ends(Decide *d, uint32_t block, bool *over)
{
    Case *c = d->of;
    const Act *a = case_act(c, block);
    uint32_t node = a->node, parent = a->parent, round = a->round;
    const IrNode *n = &c->flow->nodes[node];
    bool done = n->op == IRN_EACH && round + 1 >= a->list.len;
    *over = false;
    if (n->op == IRN_REPEAT && !condition_of(d, n->b, block, &done)) {
        fails(d, 0, node, block, d->problem.text);
        return IR_NONE;
    }
    if (n->op == IRN_REPEAT && !done && n->a && round >= n->a) {
        fails(d, 0, node, block,
              arena_printf(d->out->arena, "repeated %u times, and its `until` still does not hold", round));
        return IR_NONE;
    }
    if (!done) {
        begin_round(d, block, round + 1);
        return node + 1;
    }
    put(d, (Event){.kind = EV_LEFT, .act = block, .parent = parent, .node = node});
    *over = true;
    return IR_NONE;
}

/* Does the way through an act end with this node: of the case, a branch, a round, a block, an `on late`? */
static bool is_end_of_way(const IrFlow *f, uint32_t node)
{
    uint32_t up = f->nodes[node].parent;
    if (up == IR_NONE) return true;
    switch ((IrNodeOp)f->nodes[up].op) {
    case IRN_SEQUENCE: return false;
    case IRN_STEP:     return f->steps[f->nodes[up].a].on_late == node;
    case IRN_IF:
    case IRN_WAIT_EVENT:
    case IRN_ON_FAIL:
    case IRN_ON_EVENT: return false;
    default:           return true;
    }
}

/* Is this sequence of a step what an act beside it is about: of an `on late`, or of an `on reject` that came too
 * late? */
static bool ends_beside(const Decide *d, uint32_t node, uint32_t act)
{
    const Act *a = case_act(d->of, act);
    return a && a->node == node && case_beside(d->of, a);
}

/* The node after this one, and the block it stands in; IR_NONE when a branch ended that others
 * still run beside, or the whole case did. */
uint32_t successor(Decide *d, uint32_t node, uint32_t *parent)
{
    const IrNode *nodes = d->of->flow->nodes;
    while (running(d)) {
        uint32_t up = nodes[node].parent;
        bool ends = d->of->beside && (is_end_of_way(d->of->flow, node) || ends_beside(d, node, *parent));
        if (ends && others_go_on(d, *parent)) return IR_NONE;
        if (up == IR_NONE) {
            finish(d, CASE_FINISHED, NULL);
            return IR_NONE;
        }
        bool over;
        uint32_t next;
        switch ((IrNodeOp)nodes[up].op) {
        case IRN_SEQUENCE:
            if (nodes[node].end < nodes[up].end) return nodes[node].end;
            node = up;
            break;
        case IRN_STEP:
            node = ends_beside(d, node, *parent) ? late_ends(d, *parent, parent) : up;
            if (node == IR_NONE) return IR_NONE;
            break;
        case IRN_ON_LATE:
            node = late_ends(d, *parent, parent);
            if (node == IR_NONE) return IR_NONE;
            break;
        case IRN_IF:
        case IRN_WAIT_EVENT:
        case IRN_ON_FAIL:
        case IRN_ON_EVENT: node = up; break;
        case IRN_BLOCK:
        case IRN_LOCK: node = block_ends(d, *parent, parent); break;
        case IRN_RACE:
            node = racer_ends(d, *parent, parent);
            if (node == IR_NONE) return IR_NONE;
            break;
        case IRN_PARALLEL:
        case IRN_EACH_PARALLEL:
            node = branch_ends(d, *parent, parent);
            if (node == IR_NONE) return IR_NONE;
            break;
        case IRN_EACH:
        case IRN_REPEAT: {
            const Act *a = case_act(d->of, *parent);
            uint32_t around = a->parent;
            next = round_ends(d, *parent, &over);
            if (!over) return next;
            node = up, *parent = around;
            break;
        }
        case IRN_CALL: case IRN_START: case IRN_EMIT: case IRN_WAIT_SPAN: case IRN_WAIT_UNTIL:
        case IRN_SET: case IRN_STOP: case IRN_FAIL: assert(!"a leaf has no children");
        }
    }
    return IR_NONE;
}

/* ---- beginning a node ------------------------------------------------------------------------ */

void keep_values(Decide *d, uint32_t parent, Event *branched)
{
    const IrFlow *f = d->of->flow;
    Datum *kept = data(d, f->vars_n);
    bool beside = branched->parent == parent;      /* of an approval that is asked for again: its branch may be gone */
    for (uint32_t i = 0; i < f->vars_n; i++) {
        const Value *found = NULL;
        bool keeps = f->vars[i].scope == branched->node;
        for (uint32_t k = 0; k < i && keeps; k++) {
            const Value *v = strcmp(f->vars[k].name, f->vars[i].name) == 0 ? case_var(d->of, parent, k) : NULL;
            found = v ? v : found;
        }
        if (keeps && !found && beside) found = case_named(d->of, parent, f->vars[i].name);
        if (found) kept[branched->values_n++] = (Datum){f->vars[i].name, *found};
    }
    branched->values = kept;
}

/* `parallel` and `race`: all branches are open before the first one runs, so that one ending at once cannot end the
 * block. */
static uint32_t enter_branches(Decide *d, uint32_t node, uint32_t *parent)
{
    Case *c = d->of;
    const IrNode *nodes = c->flow->nodes;
    uint32_t block = c->next_act, branches = 0, first;
    put(d, (Event){.kind = EV_ENTERED, .act = block, .parent = *parent, .node = node});
    first = c->next_act;
    for (uint32_t child = node + 1; child < nodes[node].end; child = nodes[child].end, branches++) {
        Event branched = {.kind = EV_BRANCHED, .act = c->next_act, .parent = block, .node = child, .n = branches};
        keep_values(d, *parent, &branched);
        put(d, branched);
    }
    if (branches == 0) {
        put(d, (Event){.kind = EV_LEFT, .act = block, .parent = *parent, .node = node});
        return successor(d, node, parent);
    }
    uint32_t child = node + 1;
    for (uint32_t i = 0; i < branches; i++, child = nodes[child].end)
        if (running(d) && case_act(c, first + i)) go(d, child, first + i);
    return IR_NONE;
}

/* `each`, one after the other or at once. */
static uint32_t enter_each(Decide *d, uint32_t node, uint32_t *parent)
{
    Case *c = d->of;
    const IrNode *n = &c->flow->nodes[node];
    Value list;
    if (!value_of(d, n->a, *parent, &list)) {
        trouble(d, node, *parent);
        return IR_NONE;
    }
    uint32_t block = c->next_act;
    Datum *elements = data(d, 1);
    elements[0] = (Datum){"$list", list.type == V_LIST ? list : value_list(NULL, 0)};
    put(d, (Event){.kind = EV_ENTERED, .act = block, .parent = *parent, .node = node, .n = list.len,
                   .values = elements, .values_n = 1});
    if (n->op == IRN_EACH && elements[0].value.len > 0) {
        *parent = block;
        begin_round(d, block, 0);
        return node + 1;
    }
    if (n->op == IRN_EACH_PARALLEL) fill(d, block);
    return leave_block(d, block, parent) == IR_NONE ? IR_NONE : successor(d, node, parent);
}

static uint32_t enter_wait(Decide *d, uint32_t node, uint32_t parent)
{
    const IrNode *n = &d->of->flow->nodes[node];
    const IrUnit *u = &d->of->flow->unit;
    Instant due = INSTANT_NEVER;
    bool ok = n->op == IRN_WAIT_EVENT ? n->d == CODE_NONE || moment_of(d, n->d, parent, true, true, &due)
                                      : moment_of(d, n->a, parent, n->op == IRN_WAIT_SPAN, false, &due);
    if (!ok) trouble(d, node, parent);
    else put(d, (Event){.kind = EV_WAITING, .act = d->of->next_act, .parent = parent, .node = node, .due = due,
                        .text = n->op == IRN_WAIT_EVENT ? u->names[n->a] : NULL});
    return IR_NONE;
}

void listen_again(Decide *d, uint32_t node, uint32_t parent, Instant due)
{
    const IrFlow *f = d->of->flow;
    put(d, (Event){.kind = EV_WAITING, .act = d->of->next_act, .parent = parent, .node = node, .due = due,
                   .text = f->unit.names[f->nodes[node].a]});
}

/* What is told is held to what the event declares; of one that is gone from the file nobody asks for anything. */
static bool may_tell(Decide *d, const char *name, const Datum *values, uint32_t n, uint32_t parent)
{
    const IrEvent *e = ir_event(d->env->program, name);
    CaseHost host;
    engine_host(&host, d->of, d->env, parent, NULL, d->in->at);
    EventHost self = {&d->env->program->unit, e, values, n, &host.host};
    if (!e || event_holds(&self, d->out->arena, &d->problem) == ST_OK) return true;
    error_prefix(&d->problem, "%s wants ", name);
    return false;
}

/* emit, start and call: a message to others, kept with the events. */
static uint32_t enter_message(Decide *d, uint32_t node, uint32_t *parent)
{
    const IrNode *n = &d->of->flow->nodes[node];
    const char *name = d->of->flow->unit.names[n->a];
    Datum *args;
    if (!arguments(d, n, n->b, *parent, &args) ||
        (n->op == IRN_EMIT && !may_tell(d, name, args, n->args_n, *parent))) {
        trouble(d, node, *parent);
        return IR_NONE;
    }
    bool call = n->op == IRN_CALL;
    uint32_t act = call ? d->of->next_act : 0;
    put(d, (Event){.kind = n->op == IRN_EMIT ? EV_EMITTED : call ? EV_CALLED : EV_LAUNCHED, .act = act,
                   .parent = *parent, .node = node, .text = name, .values = args, .values_n = n->args_n});
    post(d, (Message){.kind = n->op == IRN_EMIT ? MESSAGE_EMIT : call ? MESSAGE_CALL : MESSAGE_START, .name = name,
                      .from_act = act, .values = args, .values_n = n->args_n});
    return call ? IR_NONE : successor(d, node, parent);
}

/* A record with one field (at the end of path) changed. */
static bool with_field(Decide *d, const Value *old, const char *const *path, const Value *v, Value *out)
{
    if (!*path) {
        *out = *v;
        return true;
    }
    uint32_t at = old->type == V_RECORD ? shape_find(old->record->shape, *path) : UINT32_MAX;
    if (at == UINT32_MAX) {
        fail(&d->problem, ST_VALUE, "there is no field `%s` to set: the record is none", *path);
        return false;
    }
    Record *r = record_new(d->out->arena, old->record->shape);
    memcpy(r->fields, old->record->fields, old->record->shape->n * sizeof *r->fields);
    *out = value_record(r);
    return with_field(d, &old->record->fields[at], path + 1, v, &r->fields[at]);
}

static uint32_t enter_set(Decide *d, uint32_t node, uint32_t *parent)
{
    const IrFlow *f = d->of->flow;
    const IrNode *n = &f->nodes[node];
    Value v, whole;
    const Value *old = case_var(d->of, *parent, n->a);
    static const char *const no_path[] = {NULL};
    const char *const *path = n->c == IR_NONE ? no_path : f->paths[n->c];
    const Value none = VALUE_NONE;
    bool ok = value_of(d, n->b, *parent, &v) && with_field(d, old ? old : &none, path, &v, &whole);
    if (ok && !*path) {
        Value fitted;
        ok = value_fit(d->out->arena, &f->unit, f->vars[n->a].type, &whole, &fitted, &d->problem) == ST_OK;
        whole = fitted;
    }
    if (ok) ok = changed_holds(d, NULL, *parent, f->vars[n->a].type, &whole) == ST_OK;
    if (!ok) {
        trouble(d, node, *parent);
        return IR_NONE;
    }
    Datum *set = data(d, 1);
    set[0] = (Datum){f->vars[n->a].name, whole};
    put(d, (Event){.kind = EV_SET, .parent = *parent, .node = node, .values = set, .values_n = 1});
    return successor(d, node, parent);
}

static uint32_t enter_if(Decide *d, uint32_t node, uint32_t parent)
{
    const IrNode *nodes = d->of->flow->nodes;
    bool holds;
    if (!condition_of(d, nodes[node].a, parent, &holds)) {
        trouble(d, node, parent);
        return IR_NONE;
    }
    put(d, (Event){.kind = EV_CHOSE, .parent = parent, .node = node, .n = holds});
    return holds ? node + 1 : nodes[node + 1].end;
}

static uint32_t enter_end(Decide *d, uint32_t node, uint32_t parent)
{
    const IrNode *n = &d->of->flow->nodes[node];
    const char *text;
    if (!text_of(d, n->a, parent, &text)) {
        trouble(d, node, parent);
    } else if (n->op == IRN_STOP) {
        hand_on_all(d, parent);
        finish(d, CASE_FINISHED, text);
    } else if (d->of->caller && !is_guarded(d, node, parent)) {
        finish(d, CASE_FAILED, text);          /* the caller knows what to do, or has the incident */
    } else {
        fails(d, 0, node, parent, text);
    }
    return IR_NONE;
}

/* From this node on, until everything waits. Recursion only where branches open: no deeper
 * than the text nests. */
void go(Decide *d, uint32_t node, uint32_t parent)
{
    const IrNode *nodes = d->of->flow->nodes;
    while (node != IR_NONE && running(d)) {
        if (d->of->alone + (d->of->seq - d->began) > MOST_EVENTS) {
            incident(d, 0, node, parent,
                     "it went on for 100,000 events without waiting for anything: is there a loop that does not end?");
            return;
        }
        if (held_back(d, node, parent)) {
            put(d, (Event){.kind = EV_WAITING, .act = d->of->next_act, .parent = parent, .node = node});
            return;
        }
        switch ((IrNodeOp)nodes[node].op) {
        case IRN_SEQUENCE:
            node = nodes[node].end > node + 1 ? node + 1 : successor(d, node, &parent);
            break;
        case IRN_STEP:          node = enter_step(d, node, parent); break;
        case IRN_IF:            node = enter_if(d, node, parent); break;
        case IRN_PARALLEL:
        case IRN_RACE:          node = enter_branches(d, node, &parent); break;
        case IRN_EACH:
        case IRN_EACH_PARALLEL: node = enter_each(d, node, &parent); break;
        case IRN_REPEAT:
            put(d, (Event){.kind = EV_ENTERED, .act = d->of->next_act, .parent = parent, .node = node});
            parent = d->of->next_act - 1;
            begin_round(d, parent, 1);
            node++;
            break;
        case IRN_CALL:
        case IRN_START:
        case IRN_EMIT:          node = enter_message(d, node, &parent); break;
        case IRN_WAIT_EVENT:
        case IRN_WAIT_SPAN:
        case IRN_WAIT_UNTIL:    node = enter_wait(d, node, parent); break;
        case IRN_SET:           node = enter_set(d, node, &parent); break;
        case IRN_STOP:
        case IRN_FAIL:          node = enter_end(d, node, parent); break;
        case IRN_LOCK:          node = enter_lock(d, node, parent); break;
        case IRN_BLOCK:         node = enter_block(d, node, &parent); break;
        case IRN_ON_FAIL: case IRN_ON_LATE: case IRN_ON_EVENT:
            assert(!"nobody comes to a handler by going on");
            return;
        }
    }
}

/* ---- inputs -------------------------------------------------------------------------------------- */

/* Goes on behind a node whose act was just closed. */
void go_on_after(Decide *d, uint32_t node, uint32_t parent)
{
    uint32_t next = running(d) ? successor(d, node, &parent) : IR_NONE;
    if (next != IR_NONE) go(d, next, parent);
}

/* What the process takes, from what was given. ST_VALUE: err says what does not fit; that is left out. */
static Status take_values(Decide *d, Datum *values, uint32_t *n, Error *err)
{
    const Input *in = d->in;
    const IrFlow *f = d->of->flow;
    Arena *a = d->out->arena;
    Status all = ST_OK;
    const Zone *zone = engine_zone(d->env->program, d->of, NULL);
    const FieldRange takes = {f->takes, f->takes_n, NULL};
    for (uint32_t i = 0; i < f->takes_n; i++) {
        const IrField *field = &f->unit.fields[f->takes + i];
        Error why = {0};
        Value v = VALUE_NONE, fitted;
        bool given = false;
        for (uint32_t k = 0; k < in->values_n; k++)
            if (strcmp(in->values[k].name, field->name) == 0) v = in->values[k].value, given = true;
        Status st = ST_OK;
        if (!given && field->initial != CODE_NONE)
            st = form_default(d->of, d->env, in->at, takes, field, values, *n, a, &v, &why);
        if (st == ST_OK) st = field_fit(a, &f->unit, field, &v, zone, &fitted, &why);
        if (st == ST_OK) values[(*n)++] = (Datum){field->name, fitted};
        else if (all == ST_OK) all = fail(err, ST_VALUE, "%s takes %s", d->of->process, why.text);
    }
    if (all != ST_OK) return all;
    all = form_check(d->of, d->env, in->at, 0, takes, values, *n, a, err);
    if (all != ST_OK) error_prefix(err, "%s takes ", d->of->process);
    return all == ST_OK ? ST_OK : ST_VALUE;
}

Status engine_may_take(const IrFlow *flow, const Env *env, const Input *start, Out *out, Error *err)
{
    Case *c = case_new(flow);
    Decide d = {.of = c, .env = env, .in = start, .given_at = start->at, .out = out};
    uint32_t n = 0;
    out_clear(out);
    c->now = start->at;
    Status st = take_values(&d, data(&d, flow->takes_n), &n, err);
    case_free(c);
    return st;
}

/* ---- beginning in the middle ----------------------------------------------------------------------- */

Status variable_fit(Decide *d, const Datum *given, Value *out, Error *err)
{
    const IrFlow *f = d->of->flow;
    const Zone *zone = engine_zone(d->env->program, d->of, NULL);
    uint32_t slot = ir_var(f, given->name);
    if (slot == IR_NONE) return fail(err, ST_VALUE, "%s has no variable `%s`", d->of->process, given->name);
    uint32_t type = f->vars[slot].type;
    bool text = given->value.type == V_TEXT && f->unit.types[type].kind != TYPE_TEXT;
    Status st = text ? value_parse_text(d->out->arena, &f->unit, type, given->value.text, zone, out, err)
                     : value_fit(d->out->arena, &f->unit, type, &given->value, out, err);
    if (st != ST_OK) error_prefix(err, "%s: ", given->name);
    return st;
}

/* Values for any variables of a case whose way to here nobody went. */
static Status variables_given(Decide *d, Datum *values, uint32_t *n, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < d->in->values_n && st == ST_OK; i++) {
        values[*n].name = d->in->values[i].name;
        st = variable_fit(d, &d->in->values[i], &values[*n].value, err);
        *n += st == ST_OK;
    }
    return st;
}

/* Of all branches only this one. */
static void enter_branch(Decide *d, uint32_t block, uint32_t node, uint32_t *parent)
{
    Case *c = d->of;
    Event branched = {.kind = EV_BRANCHED, .parent = c->next_act, .node = node};
    put(d, (Event){.kind = EV_ENTERED, .act = c->next_act, .parent = *parent, .node = block});
    branched.act = c->next_act;
    for (uint32_t child = block + 1; child < node; child = c->flow->nodes[child].end) branched.n++;
    keep_values(d, *parent, &branched);
    *parent = branched.act;
    put(d, branched);
}

/* As if it had been waited for; its world was not asked. */
static Status hold_lock(Decide *d, uint32_t node, uint32_t *parent, Error *err)
{
    uint32_t act = d->of->next_act;
    Value name;
    if (!value_of(d, d->of->flow->nodes[node].a, *parent, &name)) return fail(err, ST_VALUE, "%s", d->problem.text);
    put(d, (Event){.kind = EV_WAITING, .act = act, .parent = *parent, .node = node, .text = name.text});
    put(d, (Event){.kind = EV_LOCKED, .act = act, .parent = *parent, .node = node, .text = name.text});
    *parent = act;
    return ST_OK;
}

/* Opens the blocks around a node, outermost first, as if the way had led there; *parent is the act around it. */
static Status enter_around(Decide *d, uint32_t node, uint32_t *parent, Error *err)
{
    Case *c = d->of;
    const IrNode *nodes = c->flow->nodes;
    uint32_t up = nodes[node].parent;
    if (up == IR_NONE) return ST_OK;
    Status st = enter_around(d, up, parent, err);
    if (st != ST_OK) return st;
    switch ((IrNodeOp)nodes[up].op) {
    case IRN_SEQUENCE: case IRN_IF: case IRN_WAIT_EVENT: case IRN_ON_FAIL: case IRN_ON_EVENT: return ST_OK;
    case IRN_STEP:
        if (!is_end_of_way(c->flow, node)) return ST_OK;
        break;
    case IRN_BLOCK: (void)enter_block(d, up, parent); return ST_OK;
    case IRN_LOCK:  return hold_lock(d, up, parent, err);
    case IRN_REPEAT:
        put(d, (Event){.kind = EV_ENTERED, .act = c->next_act, .parent = *parent, .node = up});
        *parent = c->next_act - 1;
        begin_round(d, *parent, 1);
        return ST_OK;
    case IRN_PARALLEL: enter_branch(d, up, node, parent); return ST_OK;
    default: break;
    }
    return fail(err, ST_REFUSED, "a case cannot begin inside \"%s\"", nodes[up].name);
}

static Status start_in_the_middle(Decide *d, Error *err)
{
    const IrFlow *f = d->of->flow;
    uint32_t step = ir_step(f, d->in->step), node, parent = 0;
    if (step == IR_NONE) return fail(err, ST_NOTFOUND, "%s has no step \"%s\"", d->of->process, d->in->step);
    node = f->steps[step].node;
    Status st = enter_around(d, node, &parent, err);
    if (st == ST_OK) go(d, node, parent);
    return st;
}

/* ---- the begin -------------------------------------------------------------------------------------- */

static bool has_datum(const Datum *values, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(values[i].name, name) == 0) return true;
    return false;
}

/* False: it cannot be computed. */
static bool deadline_of(Decide *d, Instant *due)
{
    const IrFlow *f = d->of->flow;
    *due = INSTANT_NEVER;
    if (f->deadline == CODE_NONE || moment_of(d, f->deadline, 0, !f->deadline_due, true, due)) return true;
    error_prefix(&d->problem, "its deadline cannot be computed: ");
    *due = INSTANT_NEVER;
    return false;
}

/* What a case has from its begin besides what it took: these values, a deadline, reminders. */
static void put_begin(Decide *d, Datum *values, uint32_t n, Instant due)
{
    nudges_of(d, NULL, 0, due, values, &n);
    if (n || due != INSTANT_NEVER)
        put(d, (Event){.kind = EV_SET, .node = IR_NONE, .values = values, .values_n = n, .due = due});
}

void case_begins(Decide *d, bool with_deadline)
{
    Instant due = INSTANT_NEVER;
    if (with_deadline && !deadline_of(d, &due)) {
        trouble(d, 0, 0);
        return;
    }
    put_begin(d, data(d, NUDGE_NOTES), 0, due);
    go(d, 0, 0);
}

static Status input_start(Decide *d, Error *err)
{
    Case *c = d->of;
    const Input *in = d->in;
    const IrFlow *f = c->flow;
    uint32_t n = 0;
    Datum *values = data(d, f->takes_n + 4);
    if (in->key) values[n++] = (Datum){"$key", value_text(in->key)};
    if (in->history) values[n++] = (Datum){"$history", value_boolean(true)};
    if (in->dated) values[n++] = (Datum){"$dated", value_boolean(true)};
    Error misfit = {0};
    bool fits = in->step || take_values(d, values, &n, &misfit) == ST_OK;
    if (fits && in->unfit) fits = fail(&misfit, ST_VALUE, "%s", in->unfit) == ST_OK;
    if (!fits && in->person) return fail(err, ST_VALUE, "%s", misfit.text);
    if (in->files_n) values[n++] = (Datum){"$files", file_note(d->out->arena, in->files, in->files_n)};
    Event e = {.kind = EV_STARTED, .node = IR_NONE, .text = in->text, .n = (int64_t)in->n, .parent = in->act,
               .person = in->person, .login = in->login, .via = in->via, .values = values, .values_n = n};
    c->now = in->at;
    put(d, e);
    if (!fits) {               /* nobody is there to be told: whoever called it is, and the case stands for the rest */
        end_case(d, CASE_FAILED, arena_dup(d->out->arena, misfit.text));
        return ST_OK;
    }
    /* Defaults may read what was taken, so they come as a second event. */
    Datum *defaults = data(d, f->vars_n + in->values_n + NUDGE_NOTES);
    uint32_t set = 0;
    if (in->step) {
        Status st = variables_given(d, defaults, &set, err);
        if (st != ST_OK) return st;
    }
    for (uint32_t i = 0; i < f->vars_n; i++) {
        const IrVar *var = &f->vars[i];
        if ((var->takes && !in->step) || var->initial == CODE_NONE || has_datum(defaults, set, var->name)) continue;
        Value v;
        if (value_of(d, var->initial, 0, &v)) defaults[set++] = (Datum){var->name, v};
    }
    Instant due;
    bool known = deadline_of(d, &due);
    if (!known && in->person && !in->history) return fail(err, ST_VALUE, "%s: %s", c->process, d->problem.text);
    Error why = d->problem;
    put_begin(d, defaults, set, due);
    if (in->step) return start_in_the_middle(d, err);
    if (known) go(d, 0, 0);
    else fails(d, 0, 0, 0, why.text);
    return ST_OK;
}

static Status input_message(Decide *d, Error *err)
{
    Case *c = d->of;
    const Act *a = case_act(c, d->in->act);
    if (!a || a->state != ACT_WAITING || !a->text || strcmp(a->text, d->in->text) != 0) return ST_OK;
    for (uint32_t i = 0; i < c->taken.n; i++)
        if (c->taken.items[i] == d->in->n) return ST_OK;
    const IrFlow *f = c->flow;
    uint32_t node = a->node, parent = a->parent, id = a->id;
    const IrNode *n = &f->nodes[node];
    Datum *as = data(d, 1);
    uint32_t as_n = 0;
    Value row = VALUE_NONE;
    if (n->b != IR_NONE) {
        Status st = message_record(d, f->vars[n->b].type, &row, err);
        if (st != ST_OK) return st;
        as[as_n++] = (Datum){f->vars[n->b].name, row};
    }
    if (n->c != CODE_NONE) {
        bool holds = false;
        if (!bound_condition(d, n->c, parent, n->b, &row, &holds)) {
            error_prefix(&d->problem, "whether this %s is meant cannot be judged: ", d->in->text);
            fails(d, id, node, parent, d->problem.text);
            return ST_OK;
        }
        if (!holds) return ST_OK;
    }
    put(d, (Event){.kind = EV_TOOK, .act = id, .parent = parent, .node = node, .n = (int64_t)d->in->n,
                   .text = d->in->text, .values = as, .values_n = as_n});
    if (n->op == IRN_ON_EVENT) block_interrupted(d, node, parent);
    else go_on_after(d, node, parent);
    return ST_OK;
}

/* A `fail` goes on through calls to the nearest `on fail`; that a called case was cancelled is for a person here. */
static void call_fails(Decide *d, const Act *a)
{
    const IrFlow *f = d->of->flow;
    uint32_t id = a->id, node = a->node, parent = a->parent;
    const char *why = arena_printf(d->out->arena, "the called process %s failed: %s", f->unit.names[f->nodes[node].a],
                                   d->in->text ? d->in->text : "no reason given");
    bool failed = false;
    for (uint32_t i = 0; i < d->in->values_n; i++) failed |= strcmp(d->in->values[i].name, FAILED_NOTE) == 0;
    if (failed && d->of->caller && !is_guarded(d, node, parent)) finish(d, CASE_FAILED, why);
    else fails(d, id, node, parent, why);
}

/* The process that was called is of another version than the one that this flow was checked with. */
static void gives_other(Decide *d, uint32_t act, uint32_t node, uint32_t parent)
{
    const IrFlow *f = d->of->flow;
    const char *called = f->unit.names[f->nodes[node].a];
    const char *to_do = is_guarded(d, node, parent) ? "" : ". `ops skip` it with the values, or `ops migrate` the case "
                                                           "and `ops retry` it: that calls it once more";
    fails(d, act, node, parent, arena_printf(d->out->arena, "%s does not give what this version of %s wants: %s%s",
                                             called, d->of->process, d->problem.text, to_do));
}

static Status input_return(Decide *d)
{
    const Act *a = case_act(d->of, d->in->act);
    const IrFlow *f = d->of->flow;
    if (!a || f->nodes[a->node].op != IRN_CALL) return ST_OK;
    uint32_t node = a->node, parent = a->parent, id = a->id;
    if (case_recalls(d->of, a)) {
        put(d, (Event){.kind = EV_UNDONE, .act = id, .parent = parent, .node = node, .text = d->in->text});
        return ST_OK;
    }
    if (a->state != ACT_WAITING) return ST_OK;
    const IrNode *n = &f->nodes[node];
    if (!d->in->ok) {
        call_fails(d, a);
        return ST_OK;
    }
    Datum *result = data(d, 1);
    uint32_t result_n = 0;
    if (n->c != IR_NONE) {
        result[result_n++].name = f->vars[n->c].name;
        if (returned_record(d, f->vars[n->c].type, &result[0].value, &d->problem) != ST_OK) {
            gives_other(d, id, node, parent);
            return ST_OK;
        }
    }
    put(d, (Event){.kind = EV_RETURNED, .act = id, .parent = parent, .node = node, .text = d->in->text,
                   .values = result, .values_n = result_n});
    go_on_after(d, node, parent);
    return ST_OK;
}

/* The act with the earliest moment at or before the input's, or NULL. */
static const Act *due_act(const Decide *d)
{
    const Act *best = NULL;
    for (uint32_t i = 0; i < d->of->acts.n; i++) {
        const Act *a = &d->of->acts.items[i];
        if (a->due <= d->in->at && (!best || a->due < best->due)) best = a;
    }
    return best;
}

static Status input_timer(Decide *d)
{
    Case *c = d->of;
    if (!c->late && c->deadline <= d->in->at) {
        put(d, (Event){.kind = EV_LATE, .node = IR_NONE});
        begin_late(d, IR_NONE, 0);
    }
    while (running(d) && nudges_due(&c->nudges) <= d->in->at) nudge(d, 0);
    for (const Act *a; running(d) && (a = due_act(d));) {
        uint32_t node = a->node, parent = a->parent, id = a->id;
        if (a->state == ACT_PAUSED) {
            machine_begin(d, id, node, parent, a->deadline);
        } else if (a->state == ACT_WAITING) {
            put(d, (Event){.kind = EV_ELAPSED, .act = id, .parent = parent, .node = node});
            const IrNode *n = &c->flow->nodes[node];
            if (n->op == IRN_WAIT_EVENT && n->end > node + 1) go(d, node + 1, parent);
            else go_on_after(d, node, parent);
        } else if (a->state == ACT_OFFERED && (a->late || nudges_due(&a->nudges) < a->deadline)) {
            nudge(d, id);
        } else {
            step_late(d, id);
        }
    }
    return ST_OK;
}

Instant engine_earliest_due(const Case *c)
{
    Instant due = case_due(c);
    for (uint32_t i = 0; i < c->acts.n; i++)
        if (c->acts.items[i].due < due) due = c->acts.items[i].due;
    return due;
}

/* What an advance made possible: steps that waited for others begin, and what is owed is undone. Behind that such a
 * step may come up again. */
static void settle(Decide *d)
{
    for (uint32_t before = UINT32_MAX; before != d->out->events.n;) {
        before = (uint32_t)d->out->events.n;
        needed_begin(d);
        if (running(d) && (d->of->owed || d->of->undoing || d->of->ending)) undo_go_on(d);
    }
}

/* What fell due before the input comes first, each at its own moment: nobody may have looked since. Else
 * a deadline would not have passed because nothing ran between it and the work, and a wait would take
 * what came behind its limit. A message was there from its own moment on, whenever the case came to hear it. */
static Status catch_up(Decide *d)
{
    const Input *given = d->in;
    Input timer = {.kind = INPUT_TIMER};
    Status st = ST_OK;
    Instant until = given->kind == INPUT_MESSAGE ? d->given_at : given->at;
    d->in = &timer;
    d->until = given->at;
    for (Instant due; st == ST_OK && running(d) && (due = engine_earliest_due(d->of)) < until;) {
        timer.at = due > d->of->now ? due : d->of->now;
        st = input_timer(d);
        settle(d);
    }
    d->in = given;
    d->until = 0;
    return st;
}

static bool comes_from_outside(InputKind kind)
{
    return kind != INPUT_START && kind != INPUT_BEGIN && kind != INPUT_INTERRUPTED && kind != INPUT_TIMER;
}

/* What nobody did may come too late without a word. */
static bool by_person(const Input *in)
{
    InputKind k = (InputKind)in->kind;
    return k == INPUT_DONE || k == INPUT_APPROVE || k == INPUT_REJECT || k == INPUT_RETRY || k == INPUT_SKIP ||
           k == INPUT_CANCEL || k == INPUT_CLAIM || k == INPUT_DELEGATE || k == INPUT_CORRECT || k == INPUT_REPEAT;
}

static Status take_input(Decide *d, Error *err)
{
    const Input *in = d->in;
    switch ((InputKind)in->kind) {
    case INPUT_START:       return input_start(d, err);
    case INPUT_BEGIN:       return input_begin(d);
    case INPUT_RESULT:      return input_result(d);
    case INPUT_INTERRUPTED: return input_interrupted(d);
    case INPUT_DONE:
    case INPUT_APPROVE:
    case INPUT_REJECT:      return input_person(d, err);
    case INPUT_CLAIM:
    case INPUT_DELEGATE:    return input_hold(d, err);
    case INPUT_TIMER:       return input_timer(d);
    case INPUT_MESSAGE:     return input_message(d, err);
    case INPUT_LOCKED:      return input_locked(d);
    case INPUT_RETURN:      return input_return(d);
    case INPUT_NOTE:
        put(d, (Event){.kind = EV_NOTED, .node = IR_NONE, .text = in->person ? NULL : in->text, .person = in->person,
                       .login = in->login, .values = in->values, .values_n = in->values_n});
        return ST_OK;
    case INPUT_RETRY:
    case INPUT_SKIP:        return input_incident(d, err);
    case INPUT_CORRECT:     return input_correct(d, err);
    case INPUT_REPEAT:      return input_repeat(d, err);
    case INPUT_CANCEL:
        if (d->of->ending && d->of->ending != CASE_FINISHED)
            return fail(err, ST_REFUSED, "case %llu is ending already: first what it did is undone",
                        (unsigned long long)d->of->id);
        finish(d, CASE_CANCELLED, in->text);
        return ST_OK;
    case INPUT_WITHDRAW:
        if (!d->of->ending || d->of->ending == CASE_FINISHED) finish(d, CASE_CANCELLED, in->text);
        return ST_OK;
    }
    return fail(err, ST_INTERNAL, "an input of unknown kind %u", in->kind);
}

/* Is it what its own Lua gave? A loop of such steps turns for as long as nothing holds it. */
static bool goes_on_alone(const Case *c, const Input *in)
{
    const Act *a = in->kind == INPUT_RESULT ? case_act(c, in->act) : NULL;
    return a && case_machine(c, a) == MACHINE_LUA;
}

Status engine_advance(Case *c, const Env *env, const Input *given, Out *out, Error *err)
{
    out_clear(out);
    return engine_go_on(c, env, given, out, err);
}

Status engine_runs(const Case *c, Error *err)
{
    if (c->status == CASE_RUNNING) return ST_OK;
    return fail(err, ST_REFUSED, "case %llu of %s has already ended (%s)", (unsigned long long)c->id, c->process,
                c->outcome ? c->outcome : case_status_name(c->status));
}

Status engine_go_on(Case *c, const Env *env, const Input *given, Out *out, Error *err)
{
    Input in = *given;
    if (!goes_on_alone(c, &in)) c->alone = 0;
    if (c->seq && in.at < c->now) in.at = c->now;
    Decide d = {.of = c, .env = env, .in = &in, .given_at = given->at, .out = out, .began = c->seq};
    if (in.kind == INPUT_TIMER) d.until = (Instant)in.n;
    if ((in.kind == INPUT_START) != (c->seq == 0)) return fail(err, ST_REFUSED, "the case has already begun");
    if (comes_from_outside((InputKind)in.kind) && running(&d)) {
        Status st = catch_up(&d);
        if (st != ST_OK) return st;
    }
    if (in.kind != INPUT_START && in.kind != INPUT_CORRECT && !running(&d))
        return by_person(&in) ? engine_runs(c, err) : ST_OK;
    Status st = take_input(&d, err);
    if (st == ST_OK) settle(&d);
    c->alone += c->seq - d.began;
    return st;
}
