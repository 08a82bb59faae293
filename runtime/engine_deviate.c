/* engine_deviate.c -- a person does not go by the file: skips an open step, or has one done once more.
 *
 * Both want a reason, and the history says of both that they are deviations.
 * Who skips a step is its doer from then on: rules that leave out who did it
 * leave them out. Nobody skips what others are asked for, an approval or the
 * answers of several, and nobody who is left out of a step by name.
 *
 * What is done once more is done beside the way of the case, like an approval
 * that is asked for again: nothing is taken back, but no further step begins
 * until it has ended. Approvals that were given on what the step gave, or that
 * leave out who did it, do not stand any more. They are asked for again, and
 * what was offered with it is offered anew, when the step has ended.
 */
#include "runtime/engine_private.h"
#include "runtime/reads.h"

#include <string.h>

static const IrStep *step_at(const Decide *d, uint32_t node)
{
    const IrFlow *f = d->of->flow;
    return f->nodes[node].op == IRN_STEP ? &f->steps[f->nodes[node].a] : NULL;
}

static unsigned long long number(const Decide *d)
{
    return (unsigned long long)d->of->id;
}

static void deviates(Decide *d, Event e, int how)
{
    const Input *in = d->in;
    e.kind = EV_DEVIATED, e.n = how;
    e.person = in->person, e.login = in->login, e.via = in->via, e.text = in->text;
    put(d, e);
}

/* ---- who may ----------------------------------------------------------------------------------- */

/* Does the rule leave out the input's person, or who typed for them? */
static bool left_out(const Decide *d, const Value *who)
{
    const IrProgram *p = d->env->program;
    return engine_excludes(p, who, d->in->person) ||
           engine_excludes(p, who, ir_typist(p, d->in->person, d->in->login));
}

static Status refuse_left_out(const Decide *d, const Value *who, uint32_t node, const char *what, Error *err)
{
    const char *person = d->in->person, *name = d->of->flow->nodes[node].name;
    const char *before = engine_did_before(d->of, d->env->program, node, person);
    if (!engine_excludes(d->env->program, who, person))
        return refuse_login(d->of, d->env->program, node, d->in, err);
    if (!before)
        return fail(err, ST_REFUSED, "%s may not %s \"%s\" of case %llu: the step leaves them out", person, what, name,
                    number(d));
    return fail(err, ST_REFUSED, "%s may not %s \"%s\" of case %llu: the step is not for who did \"%s\"", person, what,
                name, number(d), before);
}

/* Who may do the step, and who owns the process. Of a step that no rule is for, in a process that nobody owns, anybody
 * may: so it is with an incident. */
static Status check_deviator(Decide *d, uint32_t node, uint32_t parent, const char *what, Error *err)
{
    const IrStep *s = step_at(d, node);
    Value who, owner;
    bool people = s->who != CODE_NONE, ruled = people && value_of(d, s->who, parent, &who);
    bool owned = owner_of(d, &owner);
    if (ruled && left_out(d, &who)) return refuse_left_out(d, &who, node, what, err);
    if (ruled && may_by(d, &who)) return ST_OK;
    if (owned ? may_by(d, &owner) : !people) return ST_OK;
    return fail(err, ST_REFUSED, "%s may not %s \"%s\" of case %llu: %s%s%s%s may", d->in->person, what, s->name,
                number(d), people ? "who may do it" : "", people && owned ? " and " : "", owned ? "who owns " : "",
                owned ? d->of->process : "");
}

bool is_unapproved(const Decide *d, const Act *a)
{
    const IrStep *s = step_at(d, a->node);
    bool begun = a->attempt && s && s->machine != MACHINE_NONE;
    return s && s->approve != CODE_NONE && !begun;             /* else its machine part has begun */
}

Status refuse_unapproved(const Decide *d, uint32_t node, Error *err)
{
    return fail(err, ST_REFUSED,
                "\"%s\" of case %llu is an approval: it is given or refused by those who are asked, and not skipped",
                d->of->flow->nodes[node].name, number(d));
}

/* ---- skipping ------------------------------------------------------------------------------------ */

/* Also of one that was not offered yet. */
static bool is_for_several(Decide *d, const Act *a)
{
    const IrStep *s = step_at(d, a->node);
    Value who;
    if (a->state == ACT_OFFERED) return engine_several(&a->list);
    return s->who != CODE_NONE && value_of(d, s->who, case_sees(a), &who) && engine_several(&who);
}

static Status may_be_skipped(Decide *d, const Act *a, Error *err)
{
    const char *name = d->of->flow->nodes[a->node].name;
    if (a->undoes)
        return fail(err, ST_REFUSED, "\"%s\" of case %llu is being undone: that is skipped only where it has failed",
                    name, number(d));
    if (!step_at(d, a->node) || a->state == ACT_BLOCK)
        return fail(err, ST_REFUSED, "\"%s\" of case %llu is no open step: only steps and incidents are skipped", name,
                    number(d));
    if (a->state == ACT_RUNNING)
        return fail(err, ST_REFUSED, "a machine is at work on \"%s\" of case %llu: it is skipped once it has failed",
                    name, number(d));
    if (a->state == ACT_WAITING && !needs_are_met(d, a->node, a->parent))
        return fail(err, ST_REFUSED,
                    "\"%s\" of case %llu waits for steps that it needs: it is skipped once these have ended", name,
                    number(d));
    if (is_unapproved(d, a)) return refuse_unapproved(d, a->node, err);
    if (is_for_several(d, a) && !a->again)
        return fail(err, ST_REFUSED, "\"%s\" of case %llu is for several people: nobody skips it for the others", name,
                    number(d));
    return ST_OK;
}

/* It stays as it was done before. */
static void not_once_more(Decide *d, uint32_t act, uint32_t node, uint32_t parent)
{
    put(d, (Event){.kind = EV_WITHDRAWN, .act = act, .parent = parent, .node = node, .person = d->in->person,
                   .login = d->in->login});
    goes_on(d, node, parent, true);
}

Status skip_open(Decide *d, const Act *a, Error *err)
{
    const Input *in = d->in;
    uint32_t act = a->id, node = a->node, parent = a->parent, n = 0;
    bool again = a->again;
    Datum *values = NULL;
    Status st = may_be_skipped(d, a, err);
    if (st == ST_OK && (!in->text || !*in->text))
        st = fail(err, ST_VALUE, "skipping wants a reason: --because \"...\"");
    if (st == ST_OK) st = check_deviator(d, node, parent, "skip", err);
    if (st == ST_OK && again && in->values_n)
        st = fail(err, ST_VALUE, "\"%s\" stays as it was done before: skipping it takes no values",
                  step_at(d, node)->name);
    if (st == ST_OK && a->state == ACT_WAITING) take_over(d, step_at(d, node), parent);
    if (st == ST_OK && !again) st = skip_values(d, step_at(d, node), parent, &values, &n, err);
    if (st != ST_OK) return st;
    deviates(d, (Event){.act = act, .parent = parent, .node = node}, DEVIATED_SKIPPED);
    if (again) {
        not_once_more(d, act, node, parent);
        return ST_OK;
    }
    if (in->files_n) values[n++] = (Datum){"$files", file_note(d->out->arena, in->files, in->files_n)};
    put(d, (Event){.kind = EV_SKIPPED, .act = act, .parent = parent, .node = node, .person = in->person,
                   .login = in->login, .via = in->via, .values = values, .values_n = n});
    go_on_after(d, node, parent);
    return ST_OK;
}

/* ---- once more -------------------------------------------------------------------------------------- */

/* What the step stands in has ended, and what it worked with is gone with it: an element, a lock, what a handler was
 * about. NULL: nothing. */
static const char *what_is_over(const Decide *d, uint32_t node, uint32_t parent)
{
    const IrNode *nodes = d->of->flow->nodes;
    const Act *around = case_act(d->of, parent);
    if (d->in->correction->over) return "the element of the list that it was done for";
    for (uint32_t up = nodes[node].parent; up != IR_NONE && (!around || up != around->node); up = nodes[up].parent) {
        switch ((IrNodeOp)nodes[up].op) {
        case IRN_EACH: case IRN_EACH_PARALLEL: return "the element of the list that it was done for";
        case IRN_RACE: return "the race";
        case IRN_LOCK: return "the lock under which it was done";
        case IRN_ON_FAIL: case IRN_ON_EVENT: case IRN_ON_LATE: return "what it answered to";
        default: break;
        }
    }
    return NULL;
}

static bool was_undone(const Case *c, uint32_t act)
{
    for (uint32_t i = 0; i < c->did.n; i++)
        if (c->did.items[i].act == act && (c->did.items[i].owed || c->did.items[i].undone)) return true;
    return false;
}

static const Act *open_at(const Case *c, uint32_t node, uint32_t parent)
{
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->node == node && a->parent == parent && a->state != ACT_BLOCK) return a;
    }
    return NULL;
}

/* Is something open of a step's handler (IR_NONE: it has none), in this place or beside it? */
static bool is_under_way(const Case *c, uint32_t handler, uint32_t parent)
{
    for (uint32_t i = 0; i < c->acts.n && handler != IR_NONE; i++) {
        const Act *a = &c->acts.items[i];
        bool within = a->node > handler && a->node < c->flow->nodes[handler].end && !case_beside(c, a);
        if (a->parent == parent && (a->node == handler || within)) return true;
    }
    return false;
}

static Status may_be_repeated(const Decide *d, Error *err)
{
    const Correction *k = d->in->correction;
    const Case *c = d->of;
    const char *name = c->flow->nodes[k->node].name, *over = what_is_over(d, k->node, k->parent);
    const IrStep *s = step_at(d, k->node);
    const Act *around = case_act(c, k->parent);
    if (c->ending || was_undone(c, k->act) || (around && around->state == ACT_UNDOING))
        return fail(err, ST_REFUSED, "\"%s\" of case %llu was undone, or is being undone: it is not done once more",
                    name, number(d));
    const Act *open = open_at(c, k->node, k->parent);
    if (open && open->state == ACT_OFFERED)
        return fail(err, ST_REFUSED, "\"%s\" of case %llu is open now: it can be done as it is", name, number(d));
    if (open)
        return fail(err, ST_REFUSED, "\"%s\" of case %llu is not done yet: `ops why %llu` tells what it waits for",
                    name, number(d), number(d));
    if (is_under_way(c, s->on_fail, k->parent) || is_under_way(c, s->on_reject, k->parent))
        return fail(err, ST_REFUSED, "what is done in place of \"%s\" of case %llu is under way: it is done once more "
                    "when that has ended", name, number(d));
    if (over)
        return fail(err, ST_REFUSED, "\"%s\" of case %llu cannot be done once more: %s is over", name, number(d), over);
    return ST_OK;
}

/* Is it offered to others on what will be another one? before: what is done once more, or asked for again. */
typedef bool Outdated(Decide *d, const Act *a, const Event *before);

static void hold_back(Decide *d, const Event *before, Outdated *outdated)
{
    uint32_t n = 0, *acts = ARENA_ARRAY(d->out->arena, uint32_t, d->of->acts.n + 1);
    for (uint32_t i = 0; i < d->of->acts.n; i++) {
        const Act *a = &d->of->acts.items[i];
        if (a->state != ACT_OFFERED || a->undoes || case_repeats(d->of, a)) continue;
        if (outdated(d, a, before)) acts[n++] = a->id;
    }
    for (uint32_t i = 0; i < n; i++) {
        const Act *a = case_act(d->of, acts[i]);
        put(d, (Event){.kind = EV_WAITING, .act = a->id, .parent = a->parent, .node = a->node});
    }
}

/* What is offered on what the step gave, or how it ended, waits for what it gives now. */
static bool by_step(Decide *d, const Act *a, const Event *before)
{
    const IrFlow *f = d->of->flow;
    return node_asks_who_did(f, a->node, f->nodes[before->node].name) || reads_what_changed(d, a, before);
}

/* Of an approval that is only what the case goes on with behind it. before may be NULL. */
static bool by_approval(Decide *d, const Act *a, const Event *before)
{
    if (a->again || !case_held(d->of, a->parent)) return false;
    return tells_asked(d, a, a->node) || (before && reads_what_changed(d, a, before));
}

void hold_told(Decide *d, const Event *before)
{
    hold_back(d, before, by_approval);
}

/* Its own yes does not stand while it is asked for again. */
static void asked_once_more(Decide *d, const char *why)
{
    const Correction *k = d->in->correction;
    const Lapse own = {k->act, k->parent, k->node, false, NULL, 0};
    lapse(d, &own, NULL, why, false);
}

Status input_repeat(Decide *d, Error *err)
{
    const Input *in = d->in;
    const Correction *k = in->correction;
    const IrStep *s = step_at(d, k->node);
    if (k->seq != d->began)
        return fail(err, ST_CONFLICT, "case %llu went on while it was looked at: try again", number(d));
    if (!in->text || !*in->text) return fail(err, ST_VALUE, "doing a step once more wants a reason: --because \"...\"");
    Status st = may_be_repeated(d, err);
    if (st == ST_OK) st = check_deviator(d, k->node, k->parent, "repeat", err);
    bool machine = s->machine != MACHINE_NONE && s->approve == CODE_NONE;
    if (st == ST_OK && machine) st = refuse_unapproved_machine(d, 0, k->node, k->parent, err);
    if (st != ST_OK) return st;
    const Event before = {.act = k->act, .parent = k->parent, .node = k->node, .values = k->recorded,
                          .values_n = k->recorded_n};
    const char *why = arena_printf(d->out->arena, "\"%s\" is done once more: %s", s->name, in->text);
    deviates(d, (Event){.act = k->act, .parent = k->parent, .node = k->node}, DEVIATED_REPEATED);
    if (s->approve != CODE_NONE) asked_once_more(d, in->text);
    else hold_back(d, &before, by_step);
    for (uint32_t i = 0; i < k->lapses_n; i++) lapse(d, &k->lapses[i], NULL, why, true);
    hold_told(d, s->approve != CODE_NONE ? &before : NULL);
    if (s->approve != CODE_NONE) return ST_OK;
    if (step_repeats(d, d->of->next_act, k->node, k->parent, k->act, in->text)) return ST_OK;
    return fail(err, ST_REFUSED, "\"%s\" of case %llu cannot be done once more: %s", s->name, number(d),
                d->problem.text);
}

typedef struct LeftOut { const Decide *d; Value before, then; bool any; } LeftOut;

/* Whom the rule left out already, it does not leave out for this; but for who did both, and would once more. */
static void note_left_out(void *self, const char *person)
{
    LeftOut *l = self;
    const IrProgram *p = l->d->env->program;
    const Input *in = l->d->in;
    const char *typist = ir_typist(p, in->person, in->login);
    bool own = strcmp(person, in->person) == 0 || (typist && strcmp(person, typist) == 0);
    l->any |= engine_excludes(p, &l->then, person) && (own || !engine_excludes(p, &l->before, person));
}

/* Would the step's rule leave out who did it, had the input's person done that other one? */
static bool would_leave_out(Decide *d, const Did *did, const Act *other)
{
    const Case *c = d->of;
    LeftOut l = {.d = d};
    Code rule = step_at(d, did->node)->who;
    bool known = value_of(d, rule, other->parent, &l.before);
    *VEC_PUSH(d->of->arena, &d->of->did) = (Did){.node = other->node, .act = other->id, .person = d->in->person,
                                                 .login = d->in->login, .how = EV_DONE,
                                                 .element = case_element_around(c, other->parent)};
    known = known && value_of(d, rule, other->parent, &l.then);
    d->of->did.n--;
    if (known) case_doers(c, d->env->program, did, note_left_out, &l);
    return l.any;
}

Status check_apart(Decide *d, const Act *a, Error *err)
{
    const IrFlow *f = d->of->flow;
    const char *name = f->nodes[a->node].name;
    for (uint32_t i = 0; i < d->of->did.n; i++) {
        const Did did = d->of->did.items[i];
        if (did.node == a->node || !node_asks_who_did(f, did.node, name)) continue;
        if (would_leave_out(d, &did, a))
            return fail(err, ST_REFUSED,
                        "%s may not do \"%s\" of case %llu once more: \"%s\", which is not for who did that, was done "
                        "by %s",
                        d->in->person, name, number(d), f->nodes[did.node].name, did.person);
    }
    return ST_OK;
}

void told_anew(Decide *d, const Event *e)
{
    const char *name = d->of->flow->nodes[e->node].name;
    seen_anew(d, name);
    if (running(d) && !d->of->ending)
        offer_anew(d, e, arena_printf(d->out->arena, "\"%s\" was done once more", name));
}
