/* move_passed.c -- which new steps will a moved case not do, since they lie behind it?
 *
 * A place that is open has passed what comes before it, of the same element and in the same round. Of what is over, an
 * element of a list or a branch, nothing comes again.
 */
#include "runtime/elements.h"
#include "runtime/move_private.h"

#include <string.h>

static uint32_t place(const Plan *p, const Act *a)
{
    return p->places[a->node];
}

static bool is_within(const IrFlow *f, uint32_t node, uint32_t around)
{
    return around == IR_NONE || (node >= around && node < f->nodes[around].end);
}

/* The sequence in which the step comes before the place. False: none tells that, for they are in different branches, or
 * ways of an `if`. *in: IR_NONE is the process itself. */
static bool comes_before(const IrFlow *f, uint32_t step, uint32_t at, uint32_t *in)
{
    uint32_t up = step;
    while (up != IR_NONE && f->nodes[up].end <= at) up = f->nodes[up].parent;
    *in = up;
    return step < at && f->nodes[step].end <= at && (up == IR_NONE || f->nodes[up].op == IRN_SEQUENCE);
}

static bool in_rounds(const IrFlow *f, uint32_t node)
{
    while (node != IR_NONE && f->nodes[node].op != IRN_REPEAT) node = f->nodes[node].parent;
    return node != IR_NONE;
}

/* ---- open places ------------------------------------------------------------------------- */

/* " of room = hall", of the elements that are around this sequence, too. */
static const char *elements_around(const Plan *p, Lists *lists, const Act *a, uint32_t sequence)
{
    const Act *up = case_act(p->of, a->parent);
    for (; up && is_within(p->to, place(p, up), sequence); up = case_act(p->of, up->parent)) a = up;
    const Elements of = elements_open(lists, p->of, a);
    return elements_told(p->arena, &of, (Reader){0});
}

typedef struct Passed {
    bool any, rounds;
    VEC(const char *) elements;        /* each once; "" where it is in none */
} Passed;

static void add_element(const Plan *p, Passed *passed, const char *element)
{
    for (uint32_t i = 0; i < passed->elements.n; i++)
        if (strcmp(passed->elements.items[i], element) == 0) return;
    *VEC_PUSH(p->arena, &passed->elements) = element;
}

static Passed passed_open(const Plan *p, Lists *lists, uint32_t step)
{
    const Case *c = p->of;
    Passed passed = {0};
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        uint32_t at = place(p, a), sequence;
        if (!move_is_leaf(c, a) || at == IR_NONE || !comes_before(p->to, step, at, &sequence)) continue;
        passed.any = true;
        passed.rounds |= in_rounds(p->to, sequence);
        add_element(p, &passed, elements_around(p, lists, a, sequence));
    }
    return passed;
}

static void note_open(Plan *p, Lists *lists, const IrStep *s)
{
    const Passed passed = passed_open(p, lists, s->node);
    uint32_t more = passed.any ? passed.elements.n - 1 : 0;
    if (!passed.any) return;
    move_note(p, arena_printf(p->arena, "\"%s\"%s%s is new and comes before where it is: it will not do it%s", s->name,
                              passed.elements.items[0], more ? arena_printf(p->arena, " and %u more", more) : "",
                              passed.rounds ? " in this round" : ""));
}

/* ---- what is over ---------------------------------------------------------------------------- */

static uint32_t elements_over(const Plan *p, uint32_t each)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->of->acts.n; i++) {
        const Act *a = &p->of->acts.items[i];
        if (place(p, a) != each || a->state != ACT_BLOCK) continue;
        n += a->round - (p->to->nodes[each].op == IRN_EACH_PARALLEL ? a->live : 0);
    }
    return n;
}

static bool is_open(const Plan *p, const Act *block, uint32_t branch)
{
    for (uint32_t i = 0; i < p->of->acts.n; i++) {
        const Act *a = &p->of->acts.items[i];
        if (a->parent == block->id && is_within(p->to, place(p, a), branch)) return true;
    }
    return false;
}

static bool branch_over(const Plan *p, uint32_t block, uint32_t branch)
{
    for (uint32_t i = 0; i < p->of->acts.n; i++) {
        const Act *a = &p->of->acts.items[i];
        if (place(p, a) == block && a->state == ACT_BLOCK && !is_open(p, a, branch)) return true;
    }
    return false;
}

static void note_over(Plan *p, const IrStep *s)
{
    const IrNode *nodes = p->to->nodes;
    for (uint32_t in = s->node, up = nodes[in].parent; up != IR_NONE; in = up, up = nodes[up].parent) {
        bool each = nodes[up].op == IRN_EACH || nodes[up].op == IRN_EACH_PARALLEL;
        bool beside = nodes[up].op == IRN_PARALLEL || nodes[up].op == IRN_RACE;
        uint32_t n = each ? elements_over(p, up) : 0;
        if (n)
            move_note(p, arena_printf(p->arena, "\"%s\" is new: it will not do it of %u element%s of \"%s\", which %s "
                                      "over", s->name, n, n == 1 ? "" : "s", nodes[up].name, n == 1 ? "is" : "are"));
        if (beside && branch_over(p, up, in))
            move_note(p, arena_printf(p->arena, "\"%s\" is new, in a branch of \"%s\" that is over: it will not do it",
                                      s->name, nodes[up].name));
    }
}

void move_note_passed(Plan *p)
{
    Lists lists = {.arena = p->arena};
    for (uint32_t i = 0; i < p->to->steps_n; i++) {
        const IrStep *s = &p->to->steps[i];
        if (!move_is_new(p, s->node)) continue;
        note_open(p, &lists, s);
        note_over(p, s);
    }
}
