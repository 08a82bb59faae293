/* case.c -- the fold: what a case is follows from its events.
 *
 * One function per kind of event changes the case; none of them evaluates,
 * looks anything up outside the case, or can fail. Whatever had to be decided
 * stands in the event.
 */
#include "runtime/case.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct { uint16_t kind; const char *name; } kinds[] = {
#define EVENT(NAME, number, name, meaning) {EV_##NAME, name},
#include "runtime/event.def"
#undef EVENT
};

const char *event_name(uint16_t kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == kind) return kinds[i].name;
    return "unknown";
}

uint16_t event_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0) return kinds[i].kind;
    return 0;
}

const char *case_status_name(uint8_t s)
{
    static const char *const names[] = {"new", "running", "finished", "failed", "cancelled", "imported"};
    return s < sizeof names / sizeof *names ? names[s] : "unknown";
}

/* Most have one or two at a time; where millions are held at once, room for more of them is most of their memory. */
enum { ACTS_FIRST = 2 };

Case *case_new(const IrFlow *flow)
{
    Arena *arena = arena_new();
    Case *c = ARENA_NEW(arena, Case);
    c->arena = arena;
    c->flow = flow;
    c->process = arena_dup(arena, flow->process);
    c->started = c->now = INT64_MIN;
    c->ended = c->deadline = c->nudges.remind = INSTANT_NEVER;
    c->next_act = 1;
    c->acts.items = ARENA_ARRAY(arena, Act, ACTS_FIRST);
    c->acts.cap = ACTS_FIRST;
    c->vars = ARENA_ARRAY(arena, Value, flow->vars_n);
    for (uint32_t i = 0; i < flow->vars_n; i++) c->vars[i].type = CASE_UNSET;
    return c;
}

void case_free(Case *c)
{
    if (c) arena_free(c->arena);
}

Act *case_act(const Case *c, uint32_t id)
{
    for (uint32_t low = 0, high = c->acts.n; low < high;) {
        uint32_t middle = low + (high - low) / 2;
        Act *a = &c->acts.items[middle];
        if (a->id == id) return a;
        if (a->id < id) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

IrMachine case_machine(const Case *c, const Act *a)
{
    const IrNode *n = &c->flow->nodes[a->node];
    if (n->op != IRN_STEP) return MACHINE_NONE;
    const IrStep *s = &c->flow->steps[n->a];
    return (IrMachine)(a->undoes ? s->undo.machine : s->machine);
}

bool case_outside(const Case *c, const Act *a)
{
    const IrNode *n = &c->flow->nodes[a->node];
    return n->op == IRN_STEP && ir_outside(&c->flow->steps[n->a], a->undoes != 0);
}

/* ---- variables ----------------------------------------------------------------- */

/* The elements of an EACH_PARALLEL share one scope, each branch of a PARALLEL has its own. */
uint32_t case_scope(const Case *c, const Act *branch)
{
    const Act *block = case_act(c, branch->parent);
    return block && c->flow->nodes[block->node].op == IRN_EACH_PARALLEL ? block->node : branch->node;
}

/* The branch act at or above act that holds the variables of this scope. */
static Act *frame_of(const Case *c, uint32_t act, uint32_t scope)
{
    for (Act *a = case_act(c, act); a; a = case_act(c, a->parent))
        if (a->locals && case_scope(c, a) == scope) return a;
    return NULL;
}

static uint32_t local_index(const IrFlow *f, uint32_t scope, uint32_t slot)
{
    uint32_t index = 0;
    for (uint32_t i = 0; i < slot; i++) index += f->vars[i].scope == scope;
    return index;
}

static Value *place_of(const Case *c, uint32_t act, uint32_t slot)
{
    uint32_t scope = c->flow->vars[slot].scope;
    if (scope == 0) return &c->vars[slot];
    Act *frame = frame_of(c, act, scope);
    return frame ? &frame->locals[local_index(c->flow, scope, slot)] : NULL;
}

static uint32_t slot_of(const IrFlow *f, uint32_t scope, const char *name)
{
    for (uint32_t s = 0; s < f->vars_n; s++)
        if (f->vars[s].scope == scope && strcmp(f->vars[s].name, name) == 0) return s;
    return IR_NONE;
}

uint32_t case_slot(const Case *c, uint32_t act, const char *name)
{
    uint32_t slot = IR_NONE;
    for (Act *a = case_act(c, act); a && slot == IR_NONE; a = case_act(c, a->parent))
        if (a->locals) slot = slot_of(c->flow, case_scope(c, a), name);
    return slot == IR_NONE ? slot_of(c->flow, 0, name) : slot;
}

static Value *loose_in(const Act *a, const char *name)
{
    for (uint32_t i = 0; a->loose.type == V_LIST && i + 1 < a->loose.len; i += 2)
        if (strcmp(a->loose.list[i].text, name) == 0) return (Value *)(uintptr_t)&a->loose.list[i + 1];
    return NULL;
}

uint32_t case_owner(const Case *c, uint32_t act, const char *name)
{
    Act *a = case_act(c, act);
    while (a && !loose_in(a, name) && !(a->locals && slot_of(c->flow, case_scope(c, a), name) != IR_NONE))
        a = case_act(c, a->parent);
    return a ? a->id : 0;
}

uint32_t case_sees(const Act *a)
{
    return a->loose.type == V_LIST ? a->id : a->parent;
}

/* The element of a list that a variable belongs to is over. An approval in there that is asked for again sees it as it
 * was then; and what is done beside, since that was refused only now, sees and sets it. It stands with that. */
static Value *loose_place(const Case *c, uint32_t act, const char *name)
{
    Value *place = NULL;
    for (Act *a = case_act(c, act); a && !place; a = case_act(c, a->parent)) place = loose_in(a, name);
    return place;
}

/* An `each ... in parallel` that is a branch itself has two such scopes at one node: what an element has not set, the
 * branch keeps. */
static const Value *kept_place(const Case *c, uint32_t act, uint32_t slot)
{
    const Value *v = place_of(c, act, slot);
    uint32_t scope = c->flow->vars[slot].scope;
    while (scope && v && v->type == CASE_UNSET) {
        act = frame_of(c, act, scope)->parent;
        v = place_of(c, act, slot);
    }
    return v;
}

const Value *case_var(const Case *c, uint32_t act, uint32_t slot)
{
    const Value *v = c->beside ? loose_place(c, act, c->flow->vars[slot].name) : NULL;
    if (!v) v = kept_place(c, act, slot);
    return v && v->type != CASE_UNSET ? v : NULL;
}

static void set_loose(Case *c, uint32_t act, const Datum *d)
{
    Act *a = case_act(c, act);
    while (a && !case_beside(c, a)) a = case_act(c, a->parent);
    if (!a) return;
    uint32_t n = a->loose.type == V_LIST ? a->loose.len : 0;
    Value *list = ARENA_ARRAY(c->arena, Value, n + 2);
    if (n) memcpy(list, a->loose.list, n * sizeof *list);
    list[n] = value_text(arena_dup(c->arena, d->name));
    list[n + 1] = value_copy(c->arena, &d->value);
    a->loose = value_list(list, n + 2);
}

static Value *place_named(const Case *c, uint32_t act, const char *name)
{
    Value *loose = loose_place(c, act, name);
    uint32_t slot = loose ? IR_NONE : case_slot(c, act, name);
    return slot == IR_NONE ? loose : place_of(c, act, slot);
}

const Value *case_named(const Case *c, uint32_t act, const char *name)
{
    uint32_t slot = case_slot(c, act, name);
    const Value *v = slot == IR_NONE ? loose_place(c, act, name) : case_var(c, act, slot);
    return v && v->type != CASE_UNSET ? v : NULL;
}

/* Names with a `$` are notes of the engine, not variables. */
static void set_vars(Case *c, uint32_t act, const Event *e)
{
    for (uint32_t i = 0; i < e->values_n; i++) {
        const Datum *d = &e->values[i];
        Value *place = d->name[0] == '$' ? NULL : place_named(c, act, d->name);
        if (place) *place = value_copy(c->arena, &d->value);
        else if (d->name[0] != '$' && ir_var(c->flow, d->name) != IR_NONE) set_loose(c, act, d);
    }
}

static const Value *note(const Event *e, const char *name)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (strcmp(e->values[i].name, name) == 0) return &e->values[i].value;
    return NULL;
}

bool event_file(const Event *e, uint32_t i, FileCopy *out)
{
    const Value *files = note(e, "$files");
    const Value *one = files && files->type == V_LIST && i < files->len ? &files->list[i] : NULL;
    bool sound = one && one->type == V_LIST && one->len == 4 && one->list[3].type == V_NUMBER;
    for (uint32_t k = 0; sound && k < 3; k++) sound = one->list[k].type == V_TEXT;
    if (!sound) return false;
    *out = (FileCopy){one->list[0].text, one->list[1].text, one->list[2].text, one->list[3].i / value_integer(1).i};
    return true;
}

Value file_note(Arena *a, const FileCopy *files, uint32_t n)
{
    Value *all = ARENA_ARRAY(a, Value, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        Value *one = ARENA_ARRAY(a, Value, 4);
        one[0] = value_text(files[i].field), one[1] = value_text(files[i].path), one[2] = value_text(files[i].hash);
        one[3] = value_integer(files[i].size);
        all[i] = value_list(one, 4);
    }
    return value_list(all, n);
}

/* Events are read from a store: what is no list of names and values is none. */
static void keep_seen(Case *c, Act *a, const Event *e)
{
    const Value *seen = note(e, "$seen");
    if (!seen || seen->type != V_LIST || seen->len % 2) return;
    for (uint32_t i = 0; i < seen->len; i += 2)
        if (seen->list[i].type != V_TEXT) return;
    a->loose = value_copy(c->arena, seen);
}

static const char *keep(Case *c, const char *text)
{
    return text ? arena_dup(c->arena, text) : NULL;
}

/* ---- acts ---------------------------------------------------------------------------- */

static Act *act_open(Case *c, const Event *e, ActState state)
{
    Act *a = case_act(c, e->act);
    if (!a) {
        a = VEC_PUSH(c->arena, &c->acts);
        *a = (Act){.id = e->act, .parent = e->parent, .node = e->node, .offered = e->at, .began = INT64_MIN,
                   .due = INSTANT_NEVER, .deadline = INSTANT_NEVER, .nudges = {.remind = INSTANT_NEVER}};
        if (e->act >= c->next_act) c->next_act = e->act + 1;
    }
    bool needed = a->state == ACT_WAITING && c->flow->nodes[a->node].op == IRN_STEP;
    if (needed) a->offered = e->at;                         /* until now it waited for other steps */
    a->state = (uint8_t)state;
    return a;
}

/* An act of an `on late`, or of an `on reject` or `on fail` that comes too late, is a branch of no block: it belongs to
 * a step, or to a block as a whole. */
bool case_beside(const Case *c, const Act *a)
{
    const IrNode *nodes = c->flow->nodes;
    uint32_t up = nodes[a->node].op == IRN_SEQUENCE ? nodes[a->node].parent : IR_NONE;
    if (a->again) return true;
    return up != IR_NONE && (nodes[up].op == IRN_ON_LATE || nodes[up].op == IRN_STEP);
}

static bool holds_others(const Case *c, const Act *a)
{
    const IrNode *nodes = c->flow->nodes;
    uint32_t up = nodes[a->node].op == IRN_SEQUENCE ? nodes[a->node].parent : IR_NONE;
    const IrStep *s = up != IR_NONE && nodes[up].op == IRN_STEP ? &c->flow->steps[nodes[up].a] : NULL;
    return a->again || (s && (s->on_reject == a->node || s->on_fail == a->node));
}

bool case_repeats(const Case *c, const Act *a)
{
    const IrNode *n = &c->flow->nodes[a->node];
    return a->again && n->op == IRN_STEP && c->flow->steps[n->a].approve == CODE_NONE;
}

bool case_held(const Case *c, uint32_t act)
{
    bool held = false;
    for (uint32_t i = 0; c->beside && i < c->acts.n; i++) {
        if (case_repeats(c, &c->acts.items[i])) return true;
        held |= holds_others(c, &c->acts.items[i]);
    }
    for (const Act *a = held ? case_act(c, act) : NULL; a; a = case_act(c, a->parent))
        if (case_beside(c, a)) return false;
    return held;
}

/* ---- an approval that lapsed, and machines ------------------------------------------ */

bool case_asks_again(const Case *c, const Act *a)
{
    return a->again && c->flow->nodes[a->node].op == IRN_STEP && !case_repeats(c, a);
}

/* The step that what runs beside is about, where it is a step's; IR_NONE: it is none. */
static uint32_t step_beside(const Case *c, const Act *a)
{
    const IrNode *nodes = c->flow->nodes;
    uint32_t up = nodes[a->node].op == IRN_SEQUENCE ? nodes[a->node].parent : IR_NONE;
    return up != IR_NONE && nodes[up].op == IRN_STEP ? up : IR_NONE;
}

bool case_is_refusal(const Case *c, const Act *a)
{
    uint32_t step = step_beside(c, a);
    return step != IR_NONE && c->flow->steps[c->flow->nodes[step].a].on_reject == a->node;
}

bool case_is_failure(const Case *c, const Act *a)
{
    uint32_t step = step_beside(c, a);
    return step != IR_NONE && c->flow->steps[c->flow->nodes[step].a].on_fail == a->node;
}

/* ... of an approval that is asked for again. */
static bool is_its_late(const Case *c, const Act *late)
{
    uint32_t step = step_beside(c, late);
    bool its = step != IR_NONE && c->flow->steps[c->flow->nodes[step].a].on_late == late->node, asked = false;
    for (uint32_t i = 0; its && i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        asked |= a->node == step && a->parent == late->parent && case_asks_again(c, a);
    }
    return asked;
}

static bool follows_from_it(const Case *c, uint32_t act)
{
    const Act *a = case_act(c, act);
    while (a && !case_is_refusal(c, a) && !is_its_late(c, a)) a = case_act(c, a->parent);
    return a != NULL;
}

/* What is done once more itself, or since that failed, as seen from an act in it; NULL: nothing. */
static const Act *repeated_around(const Case *c, const Act *self, uint32_t parent)
{
    const Act *a = self && case_repeats(c, self) ? self : case_act(c, parent);
    while (a && a != self && !case_is_failure(c, a)) a = case_act(c, a->parent);
    return a;
}

/* An approval that lapsed since a step is done once more waits for that step, which so cannot wait for it. One that
 * lapsed only when the step had begun does not. */
static bool holds_repeated(const Case *c, const Act *approval, const Act *a)
{
    return case_asks_again(c, approval) && (approval->state != ACT_WAITING || approval->id > a->id);
}

const Act *case_unapproved(const Case *c, uint32_t act, uint32_t parent)
{
    const Act *self = case_act(c, act), *found = NULL;
    const Act *repeated = c->beside ? repeated_around(c, self, parent) : NULL;
    for (uint32_t i = 0; c->beside && i < c->acts.n && !found; i++) {
        const Act *a = &c->acts.items[i];
        bool holds = repeated ? holds_repeated(c, a, repeated) : case_asks_again(c, a) || case_is_refusal(c, a);
        if (holds) found = a;
    }
    bool may = !found || (self && (self->undoes || case_asks_again(c, self))) || follows_from_it(c, parent);
    return may ? NULL : found;
}

static bool is_branch_of_race(const Case *c, const Act *a)
{
    const Act *around = case_act(c, a->parent);
    return a->state == ACT_BLOCK && around && c->flow->nodes[around->node].op == IRN_RACE &&
           c->flow->nodes[a->node].parent == around->node;
}

static bool is_undoer(const Case *c, const Act *a)
{
    return c->flow->nodes[a->node].op == IRN_BLOCK || is_branch_of_race(c, a);
}

uint32_t case_undoer(const Case *c, uint32_t act)
{
    const Act *a = case_act(c, act);
    while (a && !is_undoer(c, a)) a = case_act(c, a->parent);
    return a ? a->id : 0;
}

bool case_recalls(const Case *c, const Act *a)
{
    return a->state == ACT_UNDOING && c->flow->nodes[a->node].op == IRN_CALL;
}

bool case_holds_lock(const Case *c, const Act *a)
{
    return a->state == ACT_BLOCK && c->flow->nodes[a->node].op == IRN_LOCK && a->text;
}

bool case_lingers(const Case *c, const Act *a)
{
    return a->state == ACT_UNDOING && c->flow->nodes[a->node].op == IRN_LOCK;
}

bool case_undoes(const Case *c, const Act *a)
{
    return a->undoes || case_recalls(c, a) || case_lingers(c, a);
}

bool case_lock_owed(const Case *c, const Act *lock)
{
    bool owed = false;
    for (uint32_t i = 0; i < c->acts.n; i++) owed |= c->acts.items[i].lock == lock->id;
    for (uint32_t i = 0; i < c->did.n; i++) owed |= c->did.items[i].owed && c->did.items[i].lock == lock->id;
    return owed;
}

/* The lock that is held around what happens in this act; 0: none. */
static uint32_t lock_around(const Case *c, uint32_t act)
{
    const Act *a = case_act(c, act);
    while (a && !case_holds_lock(c, a)) a = case_act(c, a->parent);
    return a ? a->id : 0;
}

/* The lock is let go: what ended in it is in the one around it still. */
static void hand_on_locked(Case *c, const Act *lock)
{
    uint32_t around = case_lingers(c, lock) ? lock->lock : lock_around(c, lock->parent);
    for (uint32_t i = 0; i < c->did.n; i++)
        if (c->did.items[i].lock == lock->id) c->did.items[i].lock = around;
}

/* All that ended in the act (0: in the case) is to be undone. */
static void owe(Case *c, uint32_t act)
{
    for (uint32_t i = 0; i < c->did.n; i++) {
        Did *d = &c->did.items[i];
        if (d->undo.type == V_NONE || d->owed || d->undone || (act && d->within != act)) continue;
        d->owed = true;
        c->owed++;
    }
}

/* What ended in it is undone with what is around it; what a branch that lost did, with its race. */
static void hand_on_undoing(Case *c, const Act *a, bool lost)
{
    uint32_t heir = lost && is_branch_of_race(c, a) ? a->parent : case_undoer(c, a->parent);
    for (uint32_t i = 0; i < c->did.n; i++)
        if (c->did.items[i].within == a->id) c->did.items[i].within = heir;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        Act *kept = &c->acts.items[i];
        if (kept->parent == a->id && (case_recalls(c, kept) || case_lingers(c, kept))) kept->parent = heir;
    }
}

/* What was answered to a step that is done once more does not count from then on. */
static void set_aside(Case *c, uint32_t act, uint32_t again)
{
    for (uint32_t i = 0; i < c->answers.n; i++) {
        Reply *r = &c->answers.items[i];
        if (r->act != act || !(r->yes || r->again)) continue;
        r->again = again;
        r->yes = false;
    }
}

/* The step has ended once more; or (stands) it was taken back, and stays as it was done before. */
static void settle_aside(Case *c, uint32_t again, bool stands)
{
    for (uint32_t i = 0; i < c->answers.n; i++) {
        Reply *r = &c->answers.items[i];
        if (r->again == again) r->yes = stands, r->again = 0;
    }
}

uint32_t case_repeated(const Case *c, uint32_t again)
{
    for (uint32_t i = 0; i < c->answers.n; i++)
        if (c->answers.items[i].again == again) return c->answers.items[i].act;
    return 0;
}

static void act_close(Case *c, uint32_t id)
{
    Act *a = case_act(c, id);
    if (!a) return;
    if (a->again) settle_aside(c, id, true);
    c->beside -= case_beside(c, a);
    c->undoing -= a->state == ACT_UNDOING;
    if (c->flow->nodes[a->node].op == IRN_LOCK) hand_on_locked(c, a);
    if (case_is_element(c, a)) case_hand_on_element(c, a);
    memmove(a, a + 1, (size_t)(&c->acts.items[c->acts.n] - (a + 1)) * sizeof *a);
    c->acts.n--;
}

static bool is_needed(const IrFlow *f, uint32_t step)
{
    for (uint32_t i = 0; i < f->needs_n; i++)
        if (f->needs[i] == step) return true;
    return false;
}

/* Steps of other branches may wait for it: the parallel blocks around it know that it ended. */
static void note_needed(Case *c, const Act *a)
{
    uint32_t step = c->flow->nodes[a->node].a;
    if (!is_needed(c->flow, step)) return;
    for (Act *block = case_act(c, a->parent); block; block = case_act(c, block->parent)) {
        if (c->flow->nodes[block->node].op != IRN_PARALLEL) continue;
        uint32_t n = block->list.len;
        Value *ended = ARENA_ARRAY(c->arena, Value, n + 1);
        if (n) memcpy(ended, block->list.list, n * sizeof *ended);
        ended[n] = value_text(c->flow->steps[step].name);
        block->list = value_list(ended, n + 1);
    }
}

/* ---- answers ------------------------------------------------------------------------------ */

bool case_counts_answers(const IrFlow *f, uint32_t step)
{
    const IrUnit *u = &f->unit;
    for (uint32_t i = 1; i < u->code_n; i++) {
        if (IR_INSTRUCTION_OP(u->code[i]) != IR_ANSWERS || IR_INSTRUCTION_OP(u->code[i - 1]) != IR_CONST) continue;
        const Value *name = &u->consts[IR_INSTRUCTION_OPERAND(u->code[i - 1])];
        if (strcmp(name->text, f->steps[step].name) == 0) return true;
    }
    return false;
}

static const char *person_noted(Case *c, const Event *e, const char *name)
{
    const Value *v = note(e, name);
    return v && (v->type == V_PERSON || v->type == V_TEXT) ? keep(c, v->text) : NULL;
}

static const char *stood_for(Case *c, const Event *e)
{
    return person_noted(c, e, "$for");
}

/* An answer that is one of several, or will be counted. Its values are no variables of the case. */
static void note_answer(Case *c, const Event *e, const Act *a)
{
    const Value *sides = note(e, "$sides");
    Datum *values = ARENA_ARRAY(c->arena, Datum, e->values_n);
    Reply *answer = VEC_PUSH(c->arena, &c->answers);
    *answer = (Reply){.node = a->node, .act = a->id, .person = keep(c, e->person), .login = keep(c, e->login),
                       .instead = stood_for(c, e), .yes = e->kind == EV_ANSWERED ? e->n != 0 : e->kind != EV_REJECTED,
                       .sides = sides ? value_copy(c->arena, sides) : VALUE_NONE, .values = values};
    for (uint32_t i = 0; i < e->values_n; i++)
        if (e->values[i].name[0] != '$')
            values[answer->values_n++] = (Datum){keep(c, e->values[i].name), value_copy(c->arena, &e->values[i].value)};
}

static void on_answered(Case *c, const Event *e)
{
    Act *a = case_act(c, e->act);
    if (!a) return;
    note_answer(c, e, a);
    a->person = keep(c, e->person);
    a->login = keep(c, e->login);
    a->instead = stood_for(c, e);
}

void case_doers(const Case *c, const IrProgram *p, const Did *d, CasePerson *person, void *self)
{
    const char *const own[] = {d->person, ir_typist(p, d->person, d->login), d->instead};
    for (size_t i = 0; i < 3; i++)
        if (own[i]) person(self, own[i]);
    for (uint32_t i = 0; i < c->answers.n; i++) {
        const Reply *a = &c->answers.items[i];
        if (a->act != d->act) continue;
        const char *const others[] = {a->person, ir_typist(p, a->person, a->login), a->instead};
        for (size_t k = 0; k < 3; k++)
            if (others[k]) person(self, others[k]);
    }
}

/* The step's act ends, and the trace gets a line. */
static void step_ends(Case *c, const Event *e)
{
    Act *a = case_act(c, e->act);
    if (!a) return;
    note_needed(c, a);
    const char *person = e->person ? e->person : a->person;
    const Value *undo = note(e, "$undo");
    bool failed = e->kind == EV_HANDLED || (e->kind == EV_WITHDRAWN && a->state != ACT_RUNNING);
    bool by_person = e->kind == EV_DONE || e->kind == EV_APPROVED;
    if (e->person && by_person && case_counts_answers(c->flow, c->flow->nodes[a->node].a)) note_answer(c, e, a);
    if (a->again && e->kind != EV_WITHDRAWN) settle_aside(c, a->id, false);
    Did *d = VEC_PUSH(c->arena, &c->did);
    *d = (Did){.within = undo ? case_undoer(c, a->parent) : 0, .undo = undo ? value_copy(c->arena, undo) : VALUE_NONE,
               .lock = undo ? lock_around(c, a->parent) : 0, .element = case_element_around(c, a->parent),
               .node = a->node, .act = a->id, .offered = a->offered,
               .began = a->began == INT64_MIN ? e->at : a->began, .ended = e->at,
               .person = keep(c, person), .login = keep(c, e->person ? e->login : a->login),
               .instead = e->person ? stood_for(c, e) : keep(c, a->instead),
               .how = failed ? EV_FAILED : (uint8_t)e->kind, .late = a->late || e->at > a->deadline};
    act_close(c, e->act);
}

/* ---- one fold per kind ------------------------------------------------------------------- */

static void on_started(Case *c, const Event *e)
{
    const Value *key = note(e, "$key"), *history = note(e, "$history"), *dated = note(e, "$dated");
    c->status = CASE_RUNNING;
    c->started = e->at;
    c->deadline = e->due;
    c->cause = keep(c, e->text);
    c->key = key ? keep(c, key->text) : NULL;
    c->history = history && history->i;
    c->dated = dated && dated->i;
    c->caller = (uint64_t)e->n;
    c->caller_act = e->parent;
    set_vars(c, 0, e);
}

/* The line of the trace that an act undoes is settled; how: UNDONE, or SKIPPED. */
static void undoing_ends(Case *c, const Event *e, uint8_t how)
{
    const Act *a = case_act(c, e->act);
    Did *d = a && a->undoes && a->undoes <= c->did.n ? &c->did.items[a->undoes - 1] : NULL;
    if (d && d->owed) {
        d->owed = false;
        d->undone = how;
        c->owed--;
    }
    act_close(c, e->act);
}

static void on_withdrawn(Case *c, const Event *e)
{
    const Act *a = case_act(c, e->act);
    if (!e->act) {
        c->ending = (uint8_t)e->n;
        c->ending_as = keep(c, e->text);
        c->deadline = INSTANT_NEVER;
        if (c->ending != CASE_FINISHED) owe(c, 0);
    } else if (a && a->attempt && !a->undoes) {
        step_ends(c, e);
    } else if (a) {
        bool race = c->flow->nodes[a->node].op == IRN_RACE;
        if (race || is_undoer(c, a)) hand_on_undoing(c, a, true);
        act_close(c, e->act);
    }
}

/* A call or lock stays behind as all around it is withdrawn. */
static void begin_undoing(Case *c, Act *a)
{
    c->undoing += a->state != ACT_UNDOING;
    a->state = ACT_UNDOING;
    if (case_recalls(c, a) || case_lingers(c, a)) {
        a->lock = lock_around(c, a->parent);
        a->parent = case_undoer(c, a->parent);
    } else {
        owe(c, a->id);
    }
}

static void on_undoing(Case *c, const Event *e)
{
    if (!e->n) {
        Act *a = case_act(c, e->act);
        if (a) begin_undoing(c, a);
        return;
    }
    const Value *who = note(e, "$who"), *shown = note(e, "$shown");
    Act *a = act_open(c, e, who ? ACT_OFFERED : ACT_RUNNING);
    a->undoes = (uint32_t)e->n;
    a->attempt = e->attempt;
    if (!who) a->began = e->at;
    if (who) a->list = value_copy(c->arena, who);
    if (shown) a->shown = value_copy(c->arena, shown);
}

static void on_entered(Case *c, const Event *e)
{
    Act *a = act_open(c, e, ACT_BLOCK);
    const Value *list = note(e, "$list");
    if (list) a->list = value_copy(c->arena, list);
}

static void on_branched(Case *c, const Event *e)
{
    Act *branch = act_open(c, e, ACT_BLOCK);
    Act *block = case_act(c, e->parent);
    branch->round = (uint32_t)e->n;
    if (case_beside(c, branch)) {
        c->beside++;
        keep_seen(c, branch, e);
    } else if (block) {
        block->live++;
        if ((uint32_t)e->n >= block->round) block->round = (uint32_t)e->n + 1;
    }
    uint32_t locals = 0, scope = case_scope(c, branch);
    for (uint32_t i = 0; i < c->flow->vars_n; i++) locals += c->flow->vars[i].scope == scope;
    if (!locals) return;
    branch->locals = ARENA_ARRAY(c->arena, Value, locals);
    for (uint32_t i = 0; i < locals; i++) branch->locals[i].type = CASE_UNSET;
    set_vars(c, branch->id, e);
}

/* A branch hands its collected value to its block; the block hands the list on. */
static void on_left(Case *c, const Event *e)
{
    Act *a = case_act(c, e->act);
    if (!a) return;
    Act *block = case_act(c, a->parent);
    const Value *collected = note(e, "$collected");
    if (block && collected) {
        uint32_t n = block->list.len;
        if (block->shown.type != V_LIST) block->shown = value_list(ARENA_ARRAY(c->arena, Value, n + 1), n);
        Value *all = (Value *)(uintptr_t)block->shown.list;       /* the case's own */
        if (a->round < block->shown.len) all[a->round] = value_copy(c->arena, collected);
    }
    IrNodeOp op = block ? (IrNodeOp)c->flow->nodes[block->node].op : IRN_SEQUENCE;
    bool branch = (op == IRN_PARALLEL || op == IRN_EACH_PARALLEL || op == IRN_RACE) && !case_beside(c, a);
    if (branch && block->live > 0) block->live--;
    uint32_t parent = a->parent;
    if (is_undoer(c, a)) hand_on_undoing(c, a, false);
    act_close(c, e->act);
    set_vars(c, parent, e);
}

/* ---- nudges ---------------------------------------------------------------------------------- */

Instant nudges_due(const Nudges *n)
{
    Instant due = n->remind;
    for (uint32_t i = 0; n->escalate.type == V_LIST && i < n->escalate.len; i++) {
        const Value *at = &n->escalate.list[i];
        if (at->type != V_NONE && at->i < due) due = at->i;
    }
    return due;
}

Instant case_due(const Case *c)
{
    Instant due = c->late ? INSTANT_NEVER : c->deadline, nudge = nudges_due(&c->nudges);
    return nudge < due ? nudge : due;
}

uint32_t rule_counts(const char *word)
{
    size_t n = strlen(word);
    if (n < 6 || word[n - 1] != '(' || strchr(word, ':')) return 0;
    if (strncmp(word, "any ", 4) == 0) return (uint32_t)strtoul(word + 4, NULL, 10);
    return strncmp(word, "apart ", 6) == 0 ? (uint32_t)strtoul(word + 6, NULL, 10) : 0;
}

static void add_group(Value *items, uint32_t *n, const Value *added)
{
    items[(*n)++] = value_text("(");
    for (uint32_t i = 0; i < added->len; i++) items[(*n)++] = added->list[i];
    items[(*n)++] = value_text(")");
}

Value rule_widen(Arena *a, const Value *who, const Value *added)
{
    uint32_t counted = 0, n = 0;
    if (added->type != V_LIST || !added->len) return *who;
    for (uint32_t i = 0; i < who->len; i++) counted += rule_counts(who->list[i].text) != 0;
    Value *items = ARENA_ARRAY(a, Value, who->len + (counted ? counted : 1) * (added->len + 2));
    for (uint32_t i = 0; i < who->len; i++) {
        items[n++] = who->list[i];
        if (rule_counts(who->list[i].text)) add_group(items, &n, added);
    }
    if (!counted) add_group(items, &n, added);
    return value_list(items, n);
}

static void nudges_begin(Case *c, Nudges *nudges, const Event *e)
{
    const Value *remind = note(e, "$remind"), *escalate = note(e, "$escalate");
    if (remind) nudges->remind = remind->i;
    if (escalate) nudges->escalate = value_copy(c->arena, escalate);
}

static Instant offered_due(const Act *a)
{
    Instant due = a->late ? INSTANT_NEVER : a->deadline, nudge = nudges_due(&a->nudges);
    return nudge < due ? nudge : due;
}

static void on_reminded(Case *c, const Event *e)
{
    Act *a = case_act(c, e->act);
    Nudges *nudges = a ? &a->nudges : &c->nudges;
    if (e->act && !a) return;
    nudges->remind = e->due;
    nudges->reminded = (uint32_t)e->n;
    if (a) a->due = offered_due(a);
}

/* Events are read from a store: what is no rule changes nobody. */
static bool is_rule(const Value *v)
{
    for (uint32_t i = 0; v->type == V_LIST && i < v->len; i++)
        if (v->list[i].type != V_TEXT) return false;
    return v->type == V_LIST;
}

static void joins(Case *c, Act *a, const Value *added)
{
    if (!is_rule(&a->list)) return;
    Value who = rule_widen(c->arena, &a->list, added);
    a->list = value_copy(c->arena, &who);
}

static void on_escalated(Case *c, const Event *e)
{
    Act *a = case_act(c, e->act);
    Nudges *nudges = a ? &a->nudges : &c->nudges;
    const Value *who = note(e, "$who");
    bool known = nudges->escalate.type == V_LIST && e->n > 0 && e->n <= (int64_t)nudges->escalate.len;
    if ((e->act && !a) || !known || !who || !is_rule(who)) return;
    Value *times = (Value *)(uintptr_t)nudges->escalate.list, none = value_list(NULL, 0);    /* the case's own */
    times[e->n - 1] = VALUE_NONE;
    Value added = rule_widen(c->arena, nudges->added.type == V_LIST ? &nudges->added : &none, who);
    nudges->added = value_copy(c->arena, &added);
    if (a) joins(c, a, who), a->due = offered_due(a);
    for (uint32_t i = 0; !a && i < c->acts.n; i++)
        if (c->acts.items[i].state == ACT_OFFERED) joins(c, &c->acts.items[i], who);
}

static void on_held(Case *c, const Event *e)
{
    Act *a = case_act(c, e->act);
    const Value *who = note(e, "$who"), *turns = note(e, "$turns");
    if (!a) return;
    if (note(e, "$begins")) a->began = e->at;               /* older claims do not say so */
    else if (!a->attempt) a->began = INT64_MIN;
    a->holder = e->kind == EV_CLAIMED ? keep(c, e->person) : person_noted(c, e, "$to");
    if (who && is_rule(who)) a->list = value_copy(c->arena, who);
    if (turns && is_rule(turns)) a->turns = value_copy(c->arena, turns);
}

static void begins_beside(Case *c, Act *a, const Event *e)
{
    const Value *again = note(e, "$again");
    if (again && !a->again) a->again = true, c->beside++;
    if (again && again->type == V_NUMBER) set_aside(c, (uint32_t)(again->i / value_integer(1).i), a->id);
    if (a->again) keep_seen(c, a, e);
}

static void on_offered(Case *c, const Event *e)
{
    Act *a = act_open(c, e, ACT_OFFERED);
    const Value *turns = note(e, "$turns");
    begins_beside(c, a, e);
    const Value *who = note(e, "$who"), *shown = note(e, "$shown");
    if (who) a->list = value_copy(c->arena, who);
    if (turns && is_rule(turns)) a->turns = value_copy(c->arena, turns);
    if (shown) a->shown = value_copy(c->arena, shown);
    a->deadline = e->due;
    nudges_begin(c, &a->nudges, e);
    a->due = offered_due(a);
    a->text = keep(c, e->text);            /* why it came back, when a machine part failed */
    for (uint32_t i = 0; i < c->answers.n; i++)
        if (c->answers.items[i].act == a->id) c->answers.items[i].act = 0;
}

static void on_began(Case *c, const Event *e)
{
    Act *a = act_open(c, e, ACT_RUNNING);
    begins_beside(c, a, e);
    a->attempt = e->attempt;
    if (a->began == INT64_MIN) a->began = e->at;
    if (e->due != INSTANT_NEVER) a->deadline = e->due;
    a->due = INSTANT_NEVER;
}

static void on_failed(Case *c, const Event *e)
{
    Act *a = act_open(c, e, ACT_PAUSED);
    a->round++;
    if (e->attempt > a->attempt) a->attempt = e->attempt;   /* begun again after a crash, which no event told */
    a->due = e->due;
    a->text = keep(c, e->text);
}

/* Waits and locks say for what, or until when. */
static bool is_held_statement(const Case *c, const Act *a, const Event *e)
{
    IrNodeOp op = (IrNodeOp)c->flow->nodes[a->node].op;
    return !e->text && e->due == INSTANT_NEVER && op != IRN_STEP && op != IRN_LOCK;
}

static void on_waiting(Case *c, const Event *e)
{
    Act *a = act_open(c, e, e->attempt ? ACT_PAUSED : ACT_WAITING);
    if (e->attempt) {                      /* a further attempt of a machine, which waits for an approval */
        a->due = INSTANT_NEVER;
        return;
    }
    if (is_held_statement(c, a, e)) a->state = ACT_HELD;
    begins_beside(c, a, e);
    a->text = keep(c, e->text);
    a->due = e->due;
    a->deadline = INSTANT_NEVER;           /* of what was offered, and is held back: it is offered anew, */
    a->late = false;                       /* ... and late when that one's has passed */
}

static void on_incident(Case *c, const Event *e)
{
    Act *a = act_open(c, e, ACT_INCIDENT);
    a->text = keep(c, e->text);
    a->due = INSTANT_NEVER;
    if (e->due != INSTANT_NEVER) a->deadline = e->due;
    c->incidents++;
}

static void on_retried(Case *c, const Event *e)
{
    Act *a = case_act(c, e->act);
    if (!a) return;
    if (a->attempt) a->state = ACT_READY, a->round = 0;     /* a machine step, tried anew */
    else act_close(c, e->act);                              /* anything else is entered again */
}

static void on_released(Case *c, const Event *e)
{
    Act *a = act_open(c, e, ACT_READY);
    if (e->person) {                       /* else several did, each with an event of their own */
        a->person = keep(c, e->person);
        a->login = keep(c, e->login);
        a->instead = stood_for(c, e);
    }
    a->due = INSTANT_NEVER;
}

static void on_late(Case *c, const Event *e)
{
    Act *a = e->act ? case_act(c, e->act) : NULL;
    if (a) {
        a->late = true;
        a->due = a->state == ACT_OFFERED ? nudges_due(&a->nudges) : INSTANT_NEVER;
    } else {
        c->late = true;
    }
}

static void on_ended(Case *c, const Event *e)
{
    c->status = (uint8_t)e->n;
    c->outcome = keep(c, e->text);
    c->ended = e->at;
    for (uint32_t i = 0; i < c->acts.n; i++)
        if (c->acts.items[i].again) settle_aside(c, c->acts.items[i].id, true);
    c->deadline = c->nudges.remind = INSTANT_NEVER;
    c->nudges.escalate = VALUE_NONE;
    c->acts.n = c->beside = c->undoing = 0;
    c->ending = 0;
    c->ending_as = NULL;
}

static bool is_listed(const Value *list, const char *name)
{
    for (uint32_t i = 0; list && list->type == V_LIST && i < list->len; i++)
        if (list->list[i].type == V_TEXT && strcmp(list->list[i].text, name) == 0) return true;
    return false;
}

static bool has_number(const Value *list, uint32_t n)
{
    for (uint32_t i = 0; i < list->len; i++)
        if (list->list[i].type == V_NUMBER && list->list[i].i == value_integer(n).i) return true;
    return false;
}

/* Branches that keep a value as it was before the fork keep the right one. in: their acts; NULL, in older histories:
 * those in which it is the same, but for elements of a list and branches of a race. */
static void correct_copies(Case *c, const Datum *right, const Value *was, const Value *in)
{
    for (uint32_t i = 0; i < c->acts.n; i++) {
        Act *a = &c->acts.items[i];
        const Act *block = case_act(c, a->parent);
        bool keeps = in ? has_number(in, a->id)
                        : case_beside(c, a) || (block && c->flow->nodes[block->node].op == IRN_PARALLEL);
        uint32_t scope = keeps && a->locals ? case_scope(c, a) : 0, index = 0;
        Value *loose = in && keeps ? loose_in(a, right->name) : NULL;
        if (loose) *loose = value_copy(c->arena, &right->value);
        for (uint32_t s = 0; scope && s < c->flow->vars_n; s++) {
            if (c->flow->vars[s].scope != scope) continue;
            Value *copy = &a->locals[index++];
            bool wrong = strcmp(c->flow->vars[s].name, right->name) == 0 && copy->type != CASE_UNSET &&
                (in || value_equal(copy, was));
            if (wrong) *copy = value_copy(c->arena, &right->value);
        }
    }
}

/* The number at a place in a list that an event notes; UINT32_MAX: there is none. */
static uint32_t number_at(const Value *list, uint32_t i)
{
    bool sound = list && list->type == V_LIST && i < list->len && list->list[i].type == V_NUMBER;
    int64_t n = sound ? list->list[i].i / value_integer(1).i : -1;
    return n >= 0 && n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

/* Lists that are being gathered hold the right value of an element that is over: block and its number, block ... */
static void correct_gathered(Case *c, const Datum *right, const Value *lists)
{
    for (uint32_t i = 0; lists && lists->type == V_LIST && i + 1 < lists->len; i += 2) {
        Act *block = case_act(c, number_at(lists, i));
        uint32_t n = number_at(lists, i + 1);
        bool there = block && c->flow->nodes[block->node].op == IRN_EACH_PARALLEL && block->shown.type == V_LIST &&
                     n < block->shown.len;
        if (there) ((Value *)(uintptr_t)block->shown.list)[n] = value_copy(c->arena, &right->value);
    }
}

void case_correct_answer(Case *c, uint32_t act, const char *of, const Datum *right)
{
    for (uint32_t i = 0; i < c->answers.n; i++) {
        Reply *r = &c->answers.items[i];
        Datum *said = (Datum *)(uintptr_t)r->values;       /* the case's own */
        if (of && (!r->person || strcmp(r->person, of) != 0)) continue;
        for (uint32_t k = 0; r->act == act && k < r->values_n; k++)
            if (strcmp(said[k].name, right->name) == 0) said[k].value = value_copy(c->arena, &right->value);
    }
}

/* What undoing needs is computed with the right values: line of the trace, needs, line, needs ... */
static void correct_undo(Case *c, const Value *lines)
{
    for (uint32_t i = 0; lines && lines->type == V_LIST && i + 1 < lines->len; i += 2) {
        int64_t line = lines->list[i].type == V_NUMBER ? lines->list[i].i / value_integer(1).i : 0;
        if (line < 1 || line > c->did.n) continue;
        Did *d = &c->did.items[line - 1];
        if (d->undo.type == V_NONE) continue;
        d->undo = value_copy(c->arena, &lines->list[i + 1]);
        for (uint32_t k = 0; k < c->acts.n; k++) {
            Act *a = &c->acts.items[k];
            if (a->undoes == line && a->state == ACT_OFFERED) a->shown = d->undo;
        }
    }
}

/* Who corrects what a step recorded did a part of it. */
static void on_corrected(Case *c, const Event *e)
{
    const Value *stays = note(e, "$stays"), *was = note(e, "$was"), *in = note(e, "$in");
    const Value *gathered = note(e, "$gathered");
    const char *of = person_noted(c, e, "$of");
    for (uint32_t i = 0, k = 0; i < e->values_n; i++) {
        const Datum *right = &e->values[i];
        if (right->name[0] == '$') continue;
        const Value *wrong = was && was->type == V_LIST && k < was->len ? &was->list[k] : NULL;
        const Value *acts = in && in->type == V_LIST && k < in->len ? &in->list[k] : NULL;
        Value *place = is_listed(stays, right->name) ? NULL : place_named(c, e->parent, right->name);
        k++;
        if (place) *place = value_copy(c->arena, &right->value);
        if (wrong) correct_copies(c, right, wrong, acts && acts->type == V_LIST ? acts : NULL);
        if (gathered && gathered->type == V_LIST && k <= gathered->len)
            correct_gathered(c, right, &gathered->list[k - 1]);
        if (e->act) case_correct_answer(c, e->act, of, right);
    }
    correct_undo(c, note(e, "$undo"));
    if (e->act && e->node != IR_NONE)
        *VEC_PUSH(c->arena, &c->answers) = (Reply){.node = e->node, .act = e->act, .person = keep(c, e->person),
                                                   .login = keep(c, e->login), .instead = stood_for(c, e)};
}

static void on_lapsed(Case *c, const Event *e)
{
    for (uint32_t i = 0; i < c->did.n; i++) {
        Did *d = &c->did.items[i];
        if (d->act == e->act && d->how == EV_APPROVED) d->how = EV_LAPSED, c->lapsed++;
    }
    for (uint32_t i = 0; i < c->answers.n; i++)
        if (c->answers.items[i].act == e->act) c->answers.items[i].yes = false;
}

/* In older histories what comes next does not say that it does this once more: then there is no way back. */
static void on_deviated(Case *c, const Event *e)
{
    for (uint32_t i = 0; e->n == DEVIATED_REPEATED && i < c->answers.n; i++) {
        Reply *r = &c->answers.items[i];
        if (r->act != e->act) continue;
        r->again = r->yes ? AGAIN_NEXT : 0;
        r->yes = false;
    }
}

/* A step's act ends with a line of trace; a wait's or a failing statement's just ends. */
static void on_closing(Case *c, const Event *e)
{
    Act *a = case_act(c, e->act);
    uint32_t parent = a ? a->parent : 0;
    if (a && a->undoes) undoing_ends(c, e, EV_SKIPPED);
    else if (a && c->flow->nodes[a->node].op == IRN_STEP) step_ends(c, e);
    else act_close(c, e->act);
    set_vars(c, parent, e);
}

bool case_foldable(const Case *c, const Event *e)
{
    if (e->seq != c->seq + 1 || e->kind >= EV_KEPT) return false;
    if (e->kind == EV_MIGRATED) return case_movable(c, e);
    if (e->act && !case_act(c, e->act) && e->node == IR_NONE)
        return e->kind == EV_LATE || e->kind == EV_RETRIED || e->kind == EV_HANDLED || e->kind == EV_LEFT ||
               e->kind == EV_ITERATED || e->kind == EV_SET || e->kind == EV_ENDED || e->kind == EV_CHOSE ||
               e->kind == EV_WITHDRAWN || e->kind == EV_UNDONE;
    return true;
}

void case_apply(Case *c, const Event *e)
{
    assert(e->seq == c->seq + 1);
    c->seq = e->seq;
    if (e->at > c->now) c->now = e->at;
    Act *a = NULL;
    switch ((EventKind)e->kind) {
    case EV_STARTED:  on_started(c, e); return;
    case EV_CHOSE:
    case EV_EMITTED:
    case EV_LAUNCHED:
    case EV_NOTED: return;
    case EV_ENTERED:  on_entered(c, e); return;
    case EV_ITERATED:
        a = case_act(c, e->act);
        if (a) a->round = (uint32_t)e->n;
        set_vars(c, e->act, e);
        return;
    case EV_BRANCHED: on_branched(c, e); return;
    case EV_LEFT:     on_left(c, e); return;
    case EV_SET:
        /* Of no node: what a case has from its begin, defaults and its deadline. */
        if (e->node == IR_NONE) c->deadline = e->due, nudges_begin(c, &c->nudges, e);
        set_vars(c, e->parent, e);
        return;
    case EV_READY:
        a = act_open(c, e, ACT_READY);
        a->deadline = e->due;
        a->due = INSTANT_NEVER;
        return;
    case EV_BEGAN:    on_began(c, e); return;
    case EV_FAILED:   on_failed(c, e); return;
    case EV_OFFERED:  on_offered(c, e); return;
    case EV_RELEASED: on_released(c, e); return;
    case EV_WAITING:  on_waiting(c, e); return;
    case EV_CALLED:   act_open(c, e, ACT_WAITING); return;
    case EV_TOOK:
        *VEC_PUSH(c->arena, &c->taken) = (uint64_t)e->n;
        on_closing(c, e);
        return;
    case EV_FINISHED:
    case EV_DONE:
    case EV_APPROVED:
    case EV_REJECTED:
    case EV_ELAPSED:
    case EV_RETURNED:
    case EV_SKIPPED:  on_closing(c, e); return;
    case EV_HANDLED:
        a = case_act(c, e->act);
        if (a && c->flow->nodes[a->node].op == IRN_BLOCK) {
            c->undoing -= a->state == ACT_UNDOING;
            a->state = ACT_BLOCK;
        } else if (a) {
            step_ends(c, e);
        }
        return;
    case EV_LATE:     on_late(c, e); return;
    case EV_INCIDENT: on_incident(c, e); return;
    case EV_RETRIED:  on_retried(c, e); return;
    case EV_WITHDRAWN: on_withdrawn(c, e); return;
    case EV_UNDOING:  on_undoing(c, e); return;
    case EV_UNDONE:   undoing_ends(c, e, EV_UNDONE); return;
    case EV_CLAIMED:
    case EV_DELEGATED:
    case EV_YIELDED:  on_held(c, e); return;
    case EV_REMINDED: on_reminded(c, e); return;
    case EV_ESCALATED: on_escalated(c, e); return;
    case EV_ANSWERED: on_answered(c, e); return;
    case EV_CORRECTED: on_corrected(c, e); return;
    case EV_LAPSED:   on_lapsed(c, e); return;
    case EV_DEVIATED: on_deviated(c, e); return;
    case EV_LOCKED:
        a = act_open(c, e, ACT_BLOCK);
        a->due = INSTANT_NEVER;
        return;
    case EV_MIGRATED: case_move(c, e); return;
    case EV_KEPT:
    case EV_SAID:
    case EV_RAN:
    case EV_SIGNALLED:
    case EV_ACCEPTED:
    case EV_UPGRADED: return;              /* of no case: not foldable */
    case EV_ENDED:    on_ended(c, e); return;
    }
    assert(!"an event kind that the fold does not know");
}
