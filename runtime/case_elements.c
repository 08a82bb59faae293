/* case_elements.c -- in which element of an `each ... in parallel` a step of a case ended.
 *
 * The trace keeps it for as long as the element is open, so that what is asked
 * for in there is that element's own. Once it is over, what ended in it lies in
 * the element around it, or in none.
 */
#include "runtime/case.h"

bool case_is_element(const Case *c, const Act *a)
{
    const Act *block = case_act(c, a->parent);
    return block && c->flow->nodes[block->node].op == IRN_EACH_PARALLEL && a->state == ACT_BLOCK && !case_beside(c, a);
}

uint32_t case_element_around(const Case *c, uint32_t act)
{
    const Act *a = case_act(c, act);
    while (a && !case_is_element(c, a)) a = case_act(c, a->parent);
    return a ? a->id : 0;
}

void case_hand_on_element(Case *c, const Act *element)
{
    uint32_t around = case_element_around(c, element->parent);
    for (uint32_t i = 0; i < c->did.n; i++)
        if (c->did.items[i].element == element->id) c->did.items[i].element = around;
}

const Act *case_element_of(const Case *c, uint32_t act, uint32_t node)
{
    const IrNode *nodes = c->flow->nodes;
    for (uint32_t id = case_element_around(c, act); id;) {
        const Act *element = case_act(c, id);
        uint32_t each = case_act(c, element->parent)->node;
        if (node > each && node < nodes[each].end) return element;
        id = case_element_around(c, element->parent);
    }
    return NULL;
}

bool case_did_in(const Case *c, const Did *d, const Act *element)
{
    if (!element || d->element == DID_ANYWHERE || d->element == element->id) return true;
    const Act *a = d->element ? case_act(c, d->element) : NULL;
    while (a && a->id != element->id) a = case_act(c, a->parent);
    return a != NULL;
}
