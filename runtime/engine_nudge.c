/* engine_nudge.c -- `remind every` and `escalate to`: what is waited for is not forgotten.
 *
 * Both count from the deadline on, or from the offer (of a case: its begin)
 * where there is none. The moments are reckoned when the step is offered, and
 * kept with it: a timer looks at the earliest. They hold for a case that was moved
 * to a version that says nothing of them, too: each once, and to nobody but who
 * has the step.
 */
#include "runtime/engine_private.h"

#include <string.h>

/* How a flow, or one of its steps, says it. */
typedef struct Said { Code remind; uint32_t escalate, n, act; const IrStep *step; } Said;

static Said said_by(const Decide *d, const Act *a, uint32_t parent, const IrStep *s)
{
    const IrFlow *f = d->of->flow;
    if (s) return (Said){s->remind, s->escalate, s->escalate_n, a ? case_sees(a) : parent, s};
    return (Said){f->remind, f->escalate, f->escalate_n, 0, NULL};
}

static bool span_after(Decide *d, const Said *said, Code span, Instant from, Instant *out)
{
    Value v;
    CaseHost host;
    d->step = said->step;
    engine_host(&host, d->of, d->env, said->act, said->step, d->in->at);
    bool ok = value_of(d, span, said->act, &v) && eval_after(&host.host, from, &v, NULL, out, &d->problem) == ST_OK;
    d->step = NULL;
    return ok;
}

/* The first of these moments that is still to come: nobody is reminded of the past. */
static Instant next_reminder(Decide *d, const Said *said, Instant from, Instant until)
{
    Instant next;
    if (said->remind == CODE_NONE) return INSTANT_NEVER;
    do {
        if (!span_after(d, said, said->remind, from, &next) || next <= from) return INSTANT_NEVER;
        from = next;
    } while (next <= until);
    return next;
}

void nudges_of(Decide *d, const IrStep *s, uint32_t parent, Instant deadline, Datum *values, uint32_t *n)
{
    const IrFlow *f = d->of->flow;
    Said said = said_by(d, NULL, parent, s);
    Instant base = deadline != INSTANT_NEVER ? deadline : d->in->at, at;
    if (said.remind != CODE_NONE) {
        at = next_reminder(d, &said, base, d->in->at);
        if (at != INSTANT_NEVER) values[(*n)++] = (Datum){"$remind", value_datetime(at)};
    }
    if (!said.n) return;
    Value *times = ARENA_ARRAY(d->out->arena, Value, said.n);
    for (uint32_t i = 0; i < said.n; i++) {
        bool ok = span_after(d, &said, f->codes[said.escalate + 2 * i + 1], base, &at);
        times[i] = ok ? value_datetime(at) : VALUE_NONE;
    }
    values[(*n)++] = (Datum){"$escalate", value_list(times, said.n)};
}

static void remind(Decide *d, const Said *said, const Nudges *nudges, Event e)
{
    Instant until = d->until > d->in->at ? d->until : d->in->at;
    e.kind = EV_REMINDED;
    e.due = next_reminder(d, said, nudges->remind, until);
    e.n = nudges->reminded + 1;
    put(d, e);
}

static void escalate(Decide *d, const Said *said, uint32_t line, Event e)
{
    Datum *values = data(d, 1);
    Value who = value_list(NULL, 0);
    d->step = said->step;
    bool named = line < said->n && value_of(d, d->of->flow->codes[said->escalate + 2 * line], said->act, &who);
    if (!named) who = value_list(NULL, 0);
    d->step = NULL;
    values[0] = (Datum){"$who", who};
    e.kind = EV_ESCALATED, e.n = line + 1, e.values = values, e.values_n = 1;
    put(d, e);
}

void nudge(Decide *d, uint32_t act)
{
    const Act *a = act ? case_act(d->of, act) : NULL;
    const IrFlow *f = d->of->flow;
    const Nudges *nudges = a ? &a->nudges : &d->of->nudges;
    Said said = said_by(d, a, 0, a ? &f->steps[f->nodes[a->node].a] : NULL);
    Event e = {.act = act, .parent = a ? a->parent : 0, .node = a ? a->node : IR_NONE};
    Instant due = nudges_due(nudges);
    for (uint32_t i = 0; nudges->escalate.type == V_LIST && i < nudges->escalate.len; i++) {
        const Value *at = &nudges->escalate.list[i];
        if (at->type == V_NONE || at->i != due) continue;
        escalate(d, &said, i, e);
        return;
    }
    remind(d, &said, nudges, e);
}
