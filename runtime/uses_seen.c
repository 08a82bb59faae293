/* uses_seen.c -- what steps saw at their ends, as it is right by now: for undoing them, and for asking again. */
#include "runtime/uses_private.h"

#include <string.h>

/* The case as it was before the event at this place; NULL: it has another flow since. */
static const Case *case_before(const Find *f, uint32_t at)
{
    const History *h = &f->history;
    Case *c = case_new(h->recorded.items[0].flow);
    for (uint32_t i = 0; i < at; i++) {
        Event e = h->events.items[i];
        e.flow = h->recorded.items[i].flow, e.node = h->recorded.items[i].node;
        case_apply(c, &e);
    }
    if (c->flow == f->of->flow) return c;
    case_free(c);
    return NULL;
}

static Datum *seen_at_end(Ending *n, const char *name)
{
    for (uint32_t i = 0; i < n->values_n; i++)
        if (strcmp(n->values[i].name, name) == 0) return (Datum *)(uintptr_t)&n->values[i];
    return NULL;
}

/* What was corrected before of what the step saw at its end, there, by now it would see right. Another element's value
 * of the name may have been the same. */
static void correct_seen(const Find *f, uint32_t at, Ending *n, const Event *e)
{
    const Event *end = &f->history.events.items[at];
    const Value *was = uses_value(e, "$was");
    for (uint32_t i = 0, k = 0; was && i < e->values_n; i++) {
        const Datum *right = &e->values[i];
        if (right->name[0] == '$') continue;
        const Value *wrong = k < was->len ? &was->list[k] : NULL;
        Datum *own = seen_at_end(n, right->name);
        const Value *saw = own ? &own->value : case_named(n->before, n->parent, right->name);
        k++;
        if (!wrong || !saw || !value_equal(saw, wrong)) continue;
        uint32_t by = uses_value(end, right->name) ? end->act : uses_set_by(f, end->parent, at, right->name);
        if (e->act && by && by != e->act) continue;
        if (own) own->value = right->value;
        else ((Datum *)(uintptr_t)n->values)[n->values_n++] = *right;
    }
}

/* The answers that it could count are right by now, too. */
static void correct_answers(Ending *n, const Event *e)
{
    const Value *of = uses_value(e, "$of");
    for (uint32_t i = 0; e->act && i < e->values_n; i++)
        if (e->values[i].name[0] != '$')
            case_correct_answer((Case *)(uintptr_t)n->before, e->act, of ? of->text : NULL, &e->values[i]);
}

static Ending ending_at(Find *f, uint32_t at)
{
    const Event *e = &f->history.events.items[at];
    uint32_t room = e->values_n;
    for (uint32_t i = at + 1; i < f->history.events.n; i++)
        if (f->history.events.items[i].kind == EV_CORRECTED) room += f->history.events.items[i].values_n;
    Datum *values = ARENA_ARRAY(f->history.arena, Datum, room + 1);
    Ending n = {.act = e->act, .at = e->at, .before = case_before(f, at), .values = values};
    n.parent = n.before ? e->parent : uses_open_around(f, e->parent);
    for (uint32_t i = 0; i < e->values_n; i++)
        if (e->values[i].name[0] != '$') values[n.values_n++] = e->values[i];
    for (uint32_t i = at + 1; n.before && i < f->history.events.n; i++) {
        if (f->history.events.items[i].kind != EV_CORRECTED) continue;
        correct_seen(f, at, &n, &f->history.events.items[i]);
        correct_answers(&n, &f->history.events.items[i]);
    }
    return n;
}

/* What was corrected since, of just that answer, is right. */
static void correct_kept(const Find *f, uint32_t until, uint32_t act, SeenValue *s)
{
    for (uint32_t i = until; act && i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        const Value *right = e->kind == EV_CORRECTED && e->act == act ? uses_value(e, s->name) : NULL;
        if (right) s->value = *right;
    }
}

/* What the approval saw there, as it is right by now; false: it saw none. What was around it in its element may have
 * ended before that did. */
static bool saw(Find *f, uint32_t given, uint32_t until, const char *name, SeenValue *out)
{
    Case *before = (Case *)(uintptr_t)case_before(f, until);
    uint32_t from = uses_open_before(f, uses_seen_by(f, &f->history.events.items[given]), until);
    for (const Activity *a; before && !case_act(before, from) && (a = uses_activity(&f->history, from));)
        from = a->parent;
    const Value *found = before ? case_named(before, from, name) : NULL;
    uint32_t act = uses_set_by(f, from, until, name);
    *out = (SeenValue){name, found ? value_copy(f->history.arena, found) : VALUE_NONE,
                  !act || act == f->out->correction.act};
    correct_kept(f, until, act, out);
    case_free(before);
    return found != NULL;
}

static uint32_t given_at(const Find *f, uint32_t act)
{
    uint32_t at = f->history.events.n - 1;
    while (at > 0 && !(f->history.events.items[at].kind == EV_APPROVED && f->history.events.items[at].act == act)) at--;
    return at;
}

void uses_see_lapsed(Find *f, Lapse *lapsed)
{
    const IrFlow *flow = f->of->flow;
    SeenValue *seen = ARENA_ARRAY(f->history.arena, SeenValue, flow->vars_n + 2);
    uint32_t given = given_at(f, lapsed->act);
    lapsed->seen = seen;
    for (uint32_t i = 0; i < flow->vars_n; i++) {
        const char *name = flow->vars[i].name;
        bool known = false;
        for (uint32_t k = 0; k < i; k++) known |= strcmp(flow->vars[k].name, name) == 0;
        uint32_t until = known ? 0 : uses_kept_until(f, given, name);
        if (until && saw(f, given, until, name, &seen[lapsed->seen_n])) lapsed->seen_n++;
    }
    if (lapsed->seen_n)
        seen[lapsed->seen_n++] = (SeenValue){ELEMENTS_NOTE, uses_elements(f, lapsed->act, given), false};
}

void uses_see_endings(Find *f)
{
    Correction *k = &f->out->correction;
    Ending *all = ARENA_ARRAY(f->history.arena, Ending, f->undoes.n + 1);
    const Event *own = f->step ? &f->history.events.items[f->first] : NULL;
    if (own) all[k->endings_n++] = ending_at(f, f->first);
    for (uint32_t i = 0; i < f->undoes.n; i++)
        if (!own || f->undoes.items[i] != f->first) all[k->endings_n++] = ending_at(f, f->undoes.items[i]);
    k->endings = all;
}
