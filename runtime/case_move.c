/* case_move.c -- the fold of MIGRATED: a case goes on with another flow.
 *
 * Whether it may, and what is called how there, was decided before
 * (move.c) and stands in the event. So the fold only looks up names: those
 * of places that the event lists as renamed, and all others as they are. A
 * line of the trace whose step is gone leaves the trace; the history keeps it.
 */
#include "runtime/case.h"

#include <string.h>

uint32_t case_moved_node(const Event *e, const char *name)
{
    for (uint32_t i = 0; i < e->values_n; i++) {
        const Value *places = &e->values[i].value;
        if (strcmp(e->values[i].name, "$places") != 0 || places->type != V_LIST) continue;
        for (uint32_t k = 0; k + 1 < places->len; k += 2) {
            const Value *was = &places->list[k], *is = was + 1;
            if (was->type == V_TEXT && is->type == V_TEXT && strcmp(was->text, name) == 0)
                return *is->text ? ir_node(e->flow, is->text) : IR_NONE;
        }
    }
    return ir_node(e->flow, name);
}

static uint32_t moved(const Case *c, const Event *e, uint32_t node)
{
    return case_moved_node(e, c->flow->nodes[node].name);
}

/* Sound stores hold no other. */
bool case_movable(const Case *c, const Event *e)
{
    if (!e->flow || strcmp(e->flow->process, c->process) != 0) return false;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        uint32_t to = moved(c, e, a->node);
        if (to == IR_NONE || a->undoes || e->flow->nodes[to].op != c->flow->nodes[a->node].op) return false;
    }
    return true;
}

/* ---- variables ---------------------------------------------------------------------- */

/* The variables of one scope have their places in order of slot. */
static Value *carry(Case *c, const IrFlow *to, const Value *old, uint32_t scope, uint32_t new_scope)
{
    uint32_t n = 0, at = 0;
    for (uint32_t i = 0; i < to->vars_n; i++) n += to->vars[i].scope == new_scope;
    Value *values = ARENA_ARRAY(c->arena, Value, n);
    for (uint32_t i = 0; i < n; i++) values[i].type = CASE_UNSET;
    for (uint32_t i = 0; i < to->vars_n; i++) {
        uint32_t from = 0;
        if (to->vars[i].scope != new_scope) continue;
        for (uint32_t k = 0; k < c->flow->vars_n; k++) {
            if (c->flow->vars[k].scope != scope) continue;
            if (strcmp(c->flow->vars[k].name, to->vars[i].name) == 0) values[at] = old[from];
            from++;
        }
        at++;
    }
    return n ? values : NULL;
}

/* Those of the case itself lie by slot, whatever their scope. */
static Value *carry_own(Case *c, const IrFlow *to)
{
    Value *values = ARENA_ARRAY(c->arena, Value, to->vars_n);
    for (uint32_t i = 0; i < to->vars_n; i++) {
        values[i].type = CASE_UNSET;
        for (uint32_t k = 0; k < c->flow->vars_n && to->vars[i].scope == 0; k++)
            if (c->flow->vars[k].scope == 0 && strcmp(c->flow->vars[k].name, to->vars[i].name) == 0)
                values[i] = c->vars[k];
    }
    return values;
}

/* ---- places --------------------------------------------------------------------------- */

/* A parallel block knows by name which of its steps have ended. */
static void carry_ended(Case *c, const Event *e, Act *block)
{
    if (c->flow->nodes[block->node].op != IRN_PARALLEL || !block->list.len) return;
    Value *names = ARENA_ARRAY(c->arena, Value, block->list.len);
    for (uint32_t i = 0; i < block->list.len; i++) {
        uint32_t to = case_moved_node(e, block->list.list[i].text);
        names[i] = to == IR_NONE ? block->list.list[i] : value_text(arena_dup(c->arena, e->flow->nodes[to].name));
    }
    block->list = value_list(names, block->list.len);
}

static void carry_trace(Case *c, const Event *e)
{
    uint32_t did = 0, answers = 0;
    for (uint32_t i = 0; i < c->did.n; i++) {
        Did d = c->did.items[i];
        d.node = moved(c, e, d.node);
        if (d.node != IR_NONE) c->did.items[did++] = d;
    }
    c->did.n = did;
    for (uint32_t i = 0; i < c->answers.n; i++) {
        Reply r = c->answers.items[i];
        r.node = moved(c, e, r.node);
        if (r.node != IR_NONE) c->answers.items[answers++] = r;
    }
    c->answers.n = answers;
}

/* What scope means is asked of the old flow for all acts, before any of them is moved, and of the new one behind. */
void case_move(Case *c, const Event *e)
{
    const IrFlow *to = e->flow;
    uint32_t *scopes = ARENA_ARRAY(c->arena, uint32_t, c->acts.n);
    uint32_t *nodes = ARENA_ARRAY(c->arena, uint32_t, c->acts.n);
    Value *own = carry_own(c, to);
    for (uint32_t i = 0; i < c->acts.n; i++) {
        Act *a = &c->acts.items[i];
        scopes[i] = a->locals ? case_scope(c, a) : 0;
        nodes[i] = moved(c, e, a->node);
        carry_ended(c, e, a);
    }
    carry_trace(c, e);
    Case before = *c;
    c->flow = to;
    c->vars = own;
    c->beside = 0;
    for (uint32_t i = 0; i < c->acts.n; i++) c->acts.items[i].node = nodes[i];
    for (uint32_t i = 0; i < c->acts.n; i++) {
        Act *a = &c->acts.items[i];
        if (a->locals) a->locals = carry(&before, to, a->locals, scopes[i], case_scope(c, a));
        c->beside += case_beside(c, a);
    }
}
