/* uses_history.c -- a case's history as it is looked back at: its acts, whose a variable was, and until when. */
#include "runtime/uses_private.h"

#include <string.h>

History uses_history(Arena *a)
{
    return (History){.arena = a, .trail = trail_new(a)};
}

const Activity *uses_activity(const History *h, uint32_t id)
{
    return id < h->acts.n && h->acts.items[id].id ? &h->acts.items[id] : NULL;
}

const Value *uses_value(const Event *e, const char *name)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (strcmp(e->values[i].name, name) == 0) return &e->values[i].value;
    return NULL;
}

/* e: as it is kept. */
static void note_activity(History *h, const Event *e)
{
    if (!e->act) return;
    while (h->acts.n <= e->act) *VEC_PUSH(h->arena, &h->acts) = (Activity){0};
    Activity *a = &h->acts.items[e->act];
    if (!a->id) *a = (Activity){.id = e->act, .parent = e->parent, .node = e->node, .branched = e->kind == EV_BRANCHED,
                             .number = e->kind == EV_BRANCHED ? (uint32_t)e->n : 0,
                             .undoes = e->kind == EV_UNDOING, .flow = e->flow};
    a->withdrawn |= e->kind == EV_WITHDRAWN;
    if (e->kind == EV_WITHDRAWN || e->kind == EV_LEFT) a->ended = h->events.n - 1;
    const Value *seen = uses_value(e, "$seen");
    if (seen && seen->type == V_LIST) a->seen = seen;
}

/* The place of the flow to which an event moves the case; of one that is no more the whole of it. */
static uint32_t moved(const Event *e, const IrFlow *from, uint32_t node)
{
    uint32_t to = node == IR_NONE ? IR_NONE : case_moved_node(e, from->nodes[node].name);
    return node != IR_NONE && to == IR_NONE ? 0 : to;
}

/* From here on the case has another flow, and what was before is seen by that. */
static void note_move(History *h, const Event *e)
{
    for (uint32_t i = 0; i < h->events.n; i++) {
        Event *before = &h->events.items[i];
        before->node = moved(e, before->flow, before->node);
        before->flow = e->flow;
    }
    for (uint32_t i = 0; i < h->acts.n; i++) {
        Activity *a = &h->acts.items[i];
        if (!a->id) continue;
        a->node = moved(e, a->flow, a->node);
        a->flow = e->flow;
    }
}

bool uses_ends_step(const Event *e)
{
    return e->kind == EV_DONE || e->kind == EV_APPROVED || e->kind == EV_FINISHED || e->kind == EV_SKIPPED;
}

Status uses_keep_event(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    History *h = self;
    if (e->kind == EV_MIGRATED) note_move(h, e);
    Event *kept = VEC_PUSH(h->arena, &h->events);
    *VEC_PUSH(h->arena, &h->recorded) = (Recorded){e->flow, e->node};
    Datum *values = ARENA_ARRAY(h->arena, Datum, e->values_n);
    (void)hash, (void)err;
    *kept = *e;
    for (uint32_t i = 0; i < e->values_n; i++)
        values[i] = (Datum){arena_dup(h->arena, e->values[i].name), value_copy(h->arena, &e->values[i].value)};
    kept->values = values;
    kept->person = e->person ? arena_dup(h->arena, e->person) : NULL;
    kept->login = e->login ? arena_dup(h->arena, e->login) : NULL;
    kept->via = e->via ? arena_dup(h->arena, e->via) : NULL;
    kept->text = e->text ? arena_dup(h->arena, e->text) : NULL;
    note_activity(h, kept);
    trail_note(h->trail, kept);
    *VEC_PUSH(h->arena, &h->of) = uses_ends_step(kept) ? trail_elements(h->trail, kept) : (Elements){0};
    return ST_OK;
}

bool uses_only_tells(const Event *e)
{
    return e->kind == EV_EMITTED || e->kind == EV_LAUNCHED || e->kind == EV_CALLED || e->kind == EV_ENDED ||
           e->kind == EV_ANSWERED || e->kind == EV_NOTED;
}

IrNodeOp uses_op(const Find *f, const Event *e)
{
    return e->node != IR_NONE ? (IrNodeOp)f->of->flow->nodes[e->node].op : IRN_BLOCK;
}

bool uses_only_hands_on(const Find *f, const Event *e)
{
    IrNodeOp op = uses_op(f, e);
    return e->kind == EV_LEFT || e->kind == EV_BRANCHED || (e->kind == EV_SET && (op == IRN_STEP || op == IRN_RACE));
}

static bool keeps(const Activity *a, const char *name)
{
    for (uint32_t i = 0; a->seen && i + 1 < a->seen->len; i += 2)
        if (a->seen->list[i].type == V_TEXT && strcmp(a->seen->list[i].text, name) == 0) return true;
    return false;
}

static bool has_own(const IrFlow *flow, uint32_t scope, const char *name)
{
    for (uint32_t i = 0; i < flow->vars_n; i++)
        if (flow->vars[i].scope == scope && strcmp(flow->vars[i].name, name) == 0) return true;
    return false;
}

uint32_t uses_owner(const Find *f, uint32_t act, const char *name)
{
    const IrFlow *flow = f->of->flow;
    for (const Activity *a = uses_activity(&f->history, act); a; a = uses_activity(&f->history, a->parent)) {
        const Activity *block = uses_activity(&f->history, a->parent);
        uint32_t scope = block && flow->nodes[block->node].op == IRN_EACH_PARALLEL ? block->node : a->node;
        if (keeps(a, name) || (a->branched && scope && has_own(flow, scope, name))) return a->id;
    }
    return 0;
}

/* A block that only holds branches is no way by itself: nothing goes on in it when its branch has ended. */
static bool has_way(const Find *f, const Activity *a)
{
    IrNodeOp op = (IrNodeOp)f->of->flow->nodes[a->node].op;
    return a->branched || (op != IRN_PARALLEL && op != IRN_RACE && op != IRN_EACH_PARALLEL);
}

uint32_t uses_open_around(const Find *f, uint32_t act)
{
    for (const Activity *a; (a = uses_activity(&f->history, act)); act = a->parent)
        if (case_act(f->of, act) && has_way(f, a)) return act;
    return 0;
}

uint32_t uses_seen_by(const Find *f, const Event *e)
{
    const Activity *a = uses_activity(&f->history, e->act);
    return a && a->seen && !a->branched ? e->act : a ? a->parent : e->parent;
}

/* Did it happen in a round of the `each` at this node, of whatever else that is in? */
static bool is_within(const Find *f, const Event *e, uint32_t node)
{
    const Activity *a = uses_activity(&f->history, e->act ? e->act : e->parent);
    while (a && (a->branched || a->node != node)) a = uses_activity(&f->history, a->parent);
    return a != NULL;
}

static bool sets(const Find *f, const Event *e, const char *name)
{
    return uses_value(e, name) && !uses_only_tells(e) && !uses_only_hands_on(f, e) && e->kind != EV_CORRECTED;
}

/* Is it another one in each round of this `each`: its element, or what nothing but its rounds has set? */
static bool is_of_rounds(const Find *f, const Activity *each, const char *name)
{
    const IrFlow *flow = f->of->flow;
    bool inside = false, outside = false;
    if (strcmp(flow->vars[flow->nodes[each->node].b].name, name) == 0) return true;
    for (uint32_t i = 0; i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        if (sets(f, e, name)) *(is_within(f, e, each->node) ? &inside : &outside) = true;
    }
    return inside && !outside;
}

/* The event that ended the round of this `each` in which something happened; 0: none has yet. */
static uint32_t round_ended(const Find *f, const Activity *each, uint32_t happened)
{
    for (uint32_t i = happened + 1; i < f->history.events.n; i++)
        if (f->history.events.items[i].kind == EV_ITERATED && f->history.events.items[i].act == each->id) return i;
    return each->ended > happened ? each->ended : 0;
}

static bool is_element(const Find *f, const Activity *a)
{
    const Activity *block = uses_activity(&f->history, a->parent);
    return a->branched && block && f->of->flow->nodes[block->node].op == IRN_EACH_PARALLEL;
}

uint32_t uses_open_before(const Find *f, uint32_t act, uint32_t until)
{
    for (const Activity *a; (a = uses_activity(&f->history, act)) && a->ended && a->ended < until;) act = a->parent;
    return act;
}

uint32_t uses_kept_until(const Find *f, uint32_t given, const char *name)
{
    const Event *e = &f->history.events.items[given];
    const Activity *owner = uses_activity(&f->history, uses_owner(f, uses_seen_by(f, e), name)), *element = owner;
    while (element && !is_element(f, element)) element = uses_activity(&f->history, element->parent);
    uint32_t until = owner && keeps(owner, name) ? given : element ? element->ended : 0;
    for (const Activity *a = uses_activity(&f->history, e->act); a; a = uses_activity(&f->history, a->parent)) {
        bool rounds = !a->branched && f->of->flow->nodes[a->node].op == IRN_EACH && is_of_rounds(f, a, name);
        uint32_t round = rounds ? round_ended(f, a, given) : 0;
        if (round && (!until || round < until)) until = round;
    }
    return until;
}

uint32_t uses_handed_from(const Find *f, const Event *e, uint32_t owner, const char *name)
{
    const Activity *a = uses_activity(&f->history, e->act);
    const Activity *block = uses_activity(&f->history, e->parent), *to = uses_activity(&f->history, owner);
    bool element = block && f->of->flow->nodes[block->node].op == IRN_EACH_PARALLEL;
    if (e->kind == EV_BRANCHED && !element && owner == e->act) return uses_owner(f, e->parent, name);
    bool hands_on = e->kind == EV_LEFT && a && a->branched && !element;
    if (hands_on && uses_owner(f, e->parent, name) == owner) return uses_owner(f, e->act, name);
    if (e->kind == EV_SET && uses_op(f, e) == IRN_STEP && to && uses_owner(f, e->parent, name) == owner)
        return uses_owner(f, to->parent, name);
    return UINT32_MAX;
}

/* The round that an `each` was in. */
static uint32_t round_at(const Find *f, const Activity *each, uint32_t happened)
{
    for (uint32_t i = happened; i-- > 0;) {
        const Event *e = &f->history.events.items[i];
        if (e->kind == EV_ITERATED && e->act == each->id) return (uint32_t)e->n;
    }
    return 0;
}

const Value *uses_kept_elements(const Activity *a)
{
    for (uint32_t i = 0; a && a->seen && i + 1 < a->seen->len; i += 2)
        if (strcmp(a->seen->list[i].text, ELEMENTS_NOTE) == 0) return &a->seen->list[i + 1];
    return NULL;
}

Value uses_elements(const Find *f, uint32_t act, uint32_t happened)
{
    VEC(Value) path = {0};
    Arena *arena = f->history.arena;
    for (const Activity *a = uses_activity(&f->history, act); a; a = uses_activity(&f->history, a->parent)) {
        const Value *kept = uses_kept_elements(a);
        bool rounds = !a->branched && f->of->flow->nodes[a->node].op == IRN_EACH;
        for (uint32_t i = 0; kept && kept->type == V_LIST && i < kept->len; i++)
            *VEC_PUSH(arena, &path) = kept->list[i];
        if (kept) break;                       /* it says all that are around it */
        if (is_element(f, a)) *VEC_PUSH(arena, &path) = value_integer(a->number);
        else if (rounds) *VEC_PUSH(arena, &path) = value_integer(round_at(f, a, happened));
    }
    return value_list(path.items, path.n);
}

uint32_t uses_set_by(const Find *f, uint32_t from, uint32_t until, const char *name)
{
    uint32_t owner = uses_owner(f, from, name);
    for (uint32_t i = until; i-- > 0;) {
        const Event *e = &f->history.events.items[i];
        if (!uses_value(e, name) || uses_only_tells(e)) continue;
        uint32_t handed = uses_handed_from(f, e, owner, name);
        if (handed != UINT32_MAX) owner = handed;
        else if (sets(f, e, name) && uses_owner(f, e->kind == EV_ITERATED ? e->act : e->parent, name) == owner)
            return e->act;
    }
    return 0;
}
