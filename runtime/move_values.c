/* move_values.c -- has a case that is moved the values that it will use?
 *
 * The checker proved that each variable of the new flow is set before it is
 * read, for cases that begin there. This one comes in half-way: what is set at
 * a place that it has behind it is set only if the case brought the value.
 */
#include "runtime/fit.h"
#include "runtime/move_private.h"
#include "runtime/reads.h"

#include <string.h>

static uint32_t variable(const IrFlow *f, const char *name)
{
    for (uint32_t i = 0; i < f->vars_n; i++)
        if (f->vars[i].scope == 0 && strcmp(f->vars[i].name, name) == 0) return i;
    return IR_NONE;
}

/* ---- what is behind a case, what is ahead ------------------------------------------------------------- */

/* Does some open place of the case have it behind itself, for certain (rounds: it may come again) or as the text
 * goes? */
static bool is_behind(const Plan *p, uint32_t node, bool rounds)
{
    const Case *c = p->of;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        uint32_t at = p->places[c->acts.items[i].node];
        if (!move_is_leaf(c, &c->acts.items[i]) || at == IR_NONE || node >= at || p->to->nodes[node].end > at) continue;
        uint32_t up = node;
        while (up != IR_NONE && p->to->nodes[up].end <= at) up = p->to->nodes[up].parent;
        bool apart = up != IR_NONE && p->to->nodes[up].op != IRN_SEQUENCE;
        if (rounds ? move_ordered(p->to, node, at) : !apart) return true;
    }
    return false;
}

/* Is the first passed by whoever comes to the second, which stands behind it? */
static bool is_certain(const IrFlow *f, uint32_t node, uint32_t reader)
{
    for (uint32_t up = f->nodes[node].parent; up != IR_NONE && f->nodes[up].end <= reader; up = f->nodes[up].parent) {
        switch ((IrNodeOp)f->nodes[up].op) {
        case IRN_SEQUENCE: case IRN_PARALLEL: case IRN_BLOCK: case IRN_LOCK: case IRN_REPEAT: break;
        default: return false;
        }
    }
    return true;
}

/* Will the case have set it when it comes to the reader? Where nothing that sets it is behind the case, what the
 * checker proved holds for it as well. */
static bool will_be_set(const Plan *p, uint32_t slot, uint32_t reader)
{
    const IrFlow *f = p->to;
    bool behind = f->vars[slot].takes || f->vars[slot].initial != CODE_NONE, ahead = false;
    for (uint32_t node = 0; node < f->nodes_n && node <= reader; node++) {
        if (!ir_fills(f, node, slot)) continue;
        if (is_behind(p, node, false)) behind = true;
        else if (ahead = true, node < reader && is_certain(f, node, reader)) return true;
    }
    return ahead && !behind;
}

static bool given_back(const IrFlow *f, uint32_t slot)
{
    for (uint32_t i = 0; i < f->gives_n; i++) {
        const IrField *field = &f->unit.fields[f->gives + i];
        if (field->slot == slot && !f->unit.types[field->type].optional) return true;
    }
    return false;
}

/* Is it used where the case still comes, and not set before? */
static bool is_missed(const Plan *p, uint32_t slot)
{
    const IrFlow *f = p->to;
    Names names = {0};
    names_add(p->arena, &names, f->vars[slot].name);
    for (uint32_t node = 0; node < f->nodes_n; node++)
        if (node_reads(f, node, &names) && !is_behind(p, node, true) && !will_be_set(p, slot, node)) return true;
    return given_back(f, slot) && !will_be_set(p, slot, f->nodes_n);
}

/* ---- judging ----------------------------------------------------------------------------------------------- */

static void judge_type(Plan *p, const IrVar *v, const Value *value)
{
    Value fitted;
    Error why;
    if (value->type == V_NONE && p->to->unit.types[v->type].optional) return;
    if (value_fit(p->arena, &p->to->unit, v->type, value, &fitted, &why) != ST_OK || !value_equal(value, &fitted) ||
        fitted.type != value->type)
        move_problem(p, arena_printf(p->arena, "its %s is of another type now", v->name));
}

void move_judge_values(Plan *p)
{
    const Case *c = p->of;
    for (uint32_t i = 0; i < p->to->vars_n; i++) {
        const IrVar *v = &p->to->vars[i];
        uint32_t old = v->scope == 0 ? variable(p->from, v->name) : IR_NONE;
        if (v->scope != 0) continue;
        if (old != IR_NONE && c->vars[old].type != CASE_UNSET) judge_type(p, v, &c->vars[old]);
        else if (is_missed(p, i))
            move_problem(p, arena_printf(p->arena, "%s is used from here on, and this case has no value of it",
                                         v->name));
    }
    for (uint32_t i = 0; i < p->from->vars_n; i++) {
        const IrVar *v = &p->from->vars[i];
        bool lost = v->scope == 0 && c->vars[i].type != CASE_UNSET && c->vars[i].type != V_NONE &&
                    variable(p->to, v->name) == IR_NONE;
        if (lost)
            move_note(p, arena_printf(p->arena, "its %s is not in the new version: the history alone keeps it",
                                      v->name));
    }
}
