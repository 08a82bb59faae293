/* move_values.c -- has a case that is moved the values that it will use?
 *
 * What it brings must be of the types that the new flow knows: its variables,
 * those of open branches, the rest of a list that it goes through, what a
 * called case will bring. What it lacks must not be missed ahead of it
 * (move_ahead.c).
 */
#include "runtime/fit.h"
#include "runtime/move_private.h"

#include <string.h>

static uint32_t variable(const IrFlow *f, uint32_t scope, const char *name)
{
    for (uint32_t i = 0; i < f->vars_n; i++)
        if (f->vars[i].scope == scope && strcmp(f->vars[i].name, name) == 0) return i;
    return IR_NONE;
}

/* The value that the case itself brings for a name; NULL: none. */
static const Value *brought(const Plan *p, const char *name)
{
    uint32_t old = variable(p->from, 0, name);
    return old == IR_NONE || p->of->vars[old].type == CASE_UNSET ? NULL : &p->of->vars[old];
}

/* ---- types -------------------------------------------------------------------------------------- */

static bool is_of(const Plan *p, uint32_t type, const Value *value)
{
    Value fitted;
    Error why;
    if (value->type == V_NONE && p->to->unit.types[type].optional) return true;
    return value_fit(p->arena, &p->to->unit, type, value, &fitted, &why) == ST_OK && value_equal(value, &fitted) &&
           fitted.type == value->type;
}

static void judge_type(Plan *p, uint32_t slot, const Value *value)
{
    const IrVar *v = &p->to->vars[slot];
    if (!is_of(p, v->type, value))
        move_problem(p, arena_printf(p->arena, "its %s is of another type now", v->name));
}

/* What an open branch, or element of a list, has for itself. */
static void judge_own(Plan *p, const Act *a)
{
    const Act *around = case_act(p->of, a->parent);
    uint32_t to = p->places[a->node];
    if (a->state != ACT_BLOCK || !around || to == IR_NONE) return;
    uint32_t scope = case_scope(p->of, a), new_scope = scope == a->node ? to : p->to->nodes[to].parent;
    for (uint32_t i = 0; i < p->to->vars_n; i++) {
        if (p->to->vars[i].scope != new_scope || !new_scope) continue;
        uint32_t old = variable(p->from, scope, p->to->vars[i].name);
        const Value *value = old == IR_NONE ? NULL : case_var(p->of, a->id, old);
        if (value) judge_type(p, i, value);
    }
}

static bool is_over(const Case *c, const Act *block, uint32_t element)
{
    for (uint32_t i = 0; i < c->acts.n; i++)
        if (c->acts.items[i].parent == block->id && c->acts.items[i].round == element) return false;
    return element < block->round;
}

/* What is gathered of the elements that are over. */
static void judge_gathered(Plan *p, const Act *a, const IrNode *n)
{
    const IrVar *v = &p->to->vars[p->to->args[n->d].slot];
    uint32_t type = p->to->unit.types[v->type].of;
    const Value none = VALUE_NONE;
    for (uint32_t i = 0; i < a->list.len; i++) {
        const Value *value = a->shown.type == V_LIST && i < a->shown.len ? &a->shown.list[i] : &none;
        if (!is_over(p->of, a, i) || is_of(p, type, value)) continue;
        move_problem(p, arena_printf(p->arena, value->type == V_NONE
                                     ? "its %s is to be collected of elements that are over, too"
                                     : "its %s is of another type now", v->name));
    }
}

/* Of a list that it goes through: the elements that come, and those that are over. */
static void judge_list(Plan *p, const Act *a)
{
    uint32_t to = p->places[a->node];
    uint16_t op = p->from->nodes[a->node].op;
    if (a->state != ACT_BLOCK || to == IR_NONE || (op != IRN_EACH && op != IRN_EACH_PARALLEL)) return;
    const IrNode *n = &p->to->nodes[to];
    for (uint32_t i = a->round + (op == IRN_EACH); i < a->list.len; i++) judge_type(p, n->b, &a->list.list[i]);
    if (op == IRN_EACH_PARALLEL && n->args_n) judge_gathered(p, a, n);
}

/* ---- what a called case brings ------------------------------------------------------------------ */

typedef struct Typed { const IrUnit *unit; uint32_t type; } Typed;

static bool same_choices(const IrType *a, const IrType *b)
{
    bool same = a->choices_n == b->choices_n;
    for (uint32_t i = 0; i < a->choices_n && same; i++) same = strcmp(a->choices[i], b->choices[i]) == 0;
    return same;
}

/* Of two flows, which know their types by themselves. */
static bool same_type(Typed x, Typed y, int deep)
{
    const IrType *a = &x.unit->types[x.type], *b = &y.unit->types[y.type];
    bool same = a->kind == b->kind && a->optional == b->optional && a->currency == b->currency && same_choices(a, b);
    if (!same || deep == 0) return same;
    if (a->kind == TYPE_LIST) return same_type((Typed){x.unit, a->of}, (Typed){y.unit, b->of}, deep - 1);
    if (a->kind != TYPE_RECORD) return true;
    same = a->fields_n == b->fields_n;
    for (uint32_t i = 0; i < a->fields_n && same; i++) {
        const IrField *f = &x.unit->fields[a->fields + i], *g = &y.unit->fields[b->fields + i];
        same = strcmp(f->name, g->name) == 0 &&
               same_type((Typed){x.unit, f->type}, (Typed){y.unit, g->type}, deep - 1);
    }
    return same;
}

bool move_same_type(const IrUnit *u, uint32_t type, const IrUnit *other, uint32_t of_other)
{
    return same_type((Typed){u, type}, (Typed){other, of_other}, IR_LISTS_DEEP);
}

/* It brings what its process gave when it was called. Where nobody asked for that, nobody knows what it was. */
static void judge_call(Plan *p, const Act *a)
{
    const IrNode *was = &p->from->nodes[a->node], *is = &p->to->nodes[p->places[a->node]];
    if (was->op != IRN_CALL || a->state != ACT_WAITING || is->c == IR_NONE) return;
    const IrUnit *to = &p->to->unit;
    bool asked = was->c != IR_NONE;
    if (asked && move_same_type(&p->from->unit, p->from->vars[was->c].type, to, p->to->vars[is->c].type)) return;
    const char *called = p->from->unit.names[was->a], *wanted = p->to->vars[is->c].name;
    const char *why = was->c == IR_NONE ? "was not to bring" : "will bring other values than";
    move_problem(p, arena_printf(p->arena, "its call of %s is open, and %s the %s that is wanted now: wait for its end",
                                 called, why, wanted));
}

static const IrField *given(const IrFlow *f, const char *name)
{
    for (uint32_t i = 0; i < f->gives_n; i++)
        if (strcmp(f->unit.fields[f->gives + i].name, name) == 0) return &f->unit.fields[f->gives + i];
    return NULL;
}

/* The other side of a call: who waits for this case knows what it gave when it began. */
static void judge_given(Plan *p)
{
    const IrFlow *f = p->from;
    for (uint32_t i = 0; i < f->gives_n && p->of->caller; i++) {
        const IrField *was = &f->unit.fields[f->gives + i], *is = given(p->to, was->name);
        if (is && move_same_type(&f->unit, was->type, &p->to->unit, is->type)) continue;
        move_problem(p, arena_printf(p->arena, "case %llu called it and waits for the %s that it gave when it began",
                                     (unsigned long long)p->of->caller, was->name));
    }
}

/* ---- what is missing ---------------------------------------------------------------------------- */

/* Has an open block or branch a variable of its own of this name? */
static bool in_branch(const Plan *p, const char *name)
{
    const Case *c = p->of;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        uint32_t to = p->places[c->acts.items[i].node];
        if (to != 0 && to != IR_NONE && variable(p->to, to, name) != IR_NONE) return true;
    }
    return false;
}

static bool is_first(const IrFlow *f, uint32_t slot)
{
    for (uint32_t i = 0; i < slot; i++)
        if (strcmp(f->vars[i].name, f->vars[slot].name) == 0) return false;
    return true;
}

static void judge_missing(Plan *p, const char *name)
{
    bool own = variable(p->to, 0, name) != IR_NONE, has = own && brought(p, name);
    if ((own && !has) || in_branch(p, name))
        if (move_misses(p, name, has))
            move_problem(p, arena_printf(p->arena, "%s is used from here on, and this case has no value of it", name));
}

/* Answers that are counted keep what was asked when they were given. */
static void judge_answer(Plan *p, const Reply *r, const IrStep *s, const IrField *field)
{
    const Value *said = NULL;
    for (uint32_t i = 0; i < r->values_n; i++)
        if (strcmp(r->values[i].name, field->name) == 0) said = &r->values[i].value;
    if (said ? is_of(p, field->type, said) : brought(p, field->name) != NULL) return;
    if (move_misses_answer(p, s->name, field->name))
        move_problem(p, arena_printf(p->arena, "the answers to \"%s\" are counted from here on by their %s, and %s",
                                     s->name, field->name, said ? "it is of another type now" : "some have none"));
}

static void judge_answers(Plan *p, const Reply *r)
{
    uint32_t to = p->places[r->node];
    bool aside = case_act(p->of, r->again) != NULL;          /* it may stand again */
    if (to == IR_NONE || !(r->yes || aside)) return;
    const IrStep *s = &p->to->steps[p->to->nodes[to].a];
    for (uint32_t i = 0; i < s->ask_n; i++) judge_answer(p, r, s, &p->to->unit.fields[s->ask + i]);
    for (uint32_t i = 0; i < s->gives_n; i++) judge_answer(p, r, s, &p->to->unit.fields[s->gives + i]);
}

/* ---- all of it ---------------------------------------------------------------------------------- */

void move_judge_values(Plan *p)
{
    const Case *c = p->of;
    for (uint32_t i = 0; i < p->to->vars_n; i++) {
        const Value *value = p->to->vars[i].scope == 0 ? brought(p, p->to->vars[i].name) : NULL;
        if (value) judge_type(p, i, value);
        if (is_first(p->to, i)) judge_missing(p, p->to->vars[i].name);
    }
    for (uint32_t i = 0; i < c->acts.n && !p->astray; i++) {
        judge_own(p, &c->acts.items[i]);
        judge_list(p, &c->acts.items[i]);
        judge_call(p, &c->acts.items[i]);
    }
    judge_given(p);
    for (uint32_t i = 0; i < c->answers.n; i++) judge_answers(p, &c->answers.items[i]);
    for (uint32_t i = 0; i < p->from->vars_n; i++) {
        const IrVar *v = &p->from->vars[i];
        bool lost = v->scope == 0 && c->vars[i].type != CASE_UNSET && c->vars[i].type != V_NONE &&
                    variable(p->to, 0, v->name) == IR_NONE;
        if (lost)
            move_note(p, arena_printf(p->arena, "its %s is not in the new version: the history alone keeps it",
                                      v->name));
    }
}
