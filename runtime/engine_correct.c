/* engine_correct.c -- a value that was recorded wrongly: the right one is told, and nothing is taken back.
 *
 * What reads the variable from now on reads the right value. What is offered
 * with the wrong one is offered anew. An approval that was given on it does
 * not stand any more and is asked for again, beside the way of the case: what
 * was done since stays done, but no further step begins, and nothing is told to others, until it is approved.
 * The history says what those approvals are (uses.h), and which variables
 * something else has set since: these stay as they are.
 */
#include "runtime/engine_private.h"
#include "runtime/reads.h"

#include <string.h>

bool owner_of(Decide *d, Value *who)
{
    const IrProgram *p = d->env->program;
    const IrProcess *process = ir_process(p, d->of->process);
    CaseHost host;
    engine_host(&host, d->of, d->env, 0, NULL, d->in->at);
    return process && process->owner != CODE_NONE &&
           eval(&p->unit, process->owner, &host.host, d->out->arena, who, &d->problem) == ST_OK;
}

/* ---- who may ------------------------------------------------------------------------------------ */

typedef struct Doer { const char *person; bool found; } Doer;

static void is_doer(void *self, const char *person)
{
    Doer *d = self;
    d->found |= strcmp(d->person, person) == 0;
}

static bool recorded_it(const Decide *d)
{
    const Correction *c = d->in->correction;
    Doer who = {d->in->person, false};
    if (c->by) is_doer(&who, c->by);
    for (uint32_t i = 0; i < d->of->did.n; i++) {
        const Did *did = &d->of->did.items[i];
        if (c->act && did->act == c->act) case_doers(d->of, d->env->program, did, is_doer, &who);
    }
    return who.found;
}

bool may_by(const Decide *d, const Value *who)
{
    return engine_may_for(d->env->program, who, d->in->at, d->in->person, d->in->login);
}

static Status check_corrector(Decide *d, const IrStep *s, Error *err)
{
    const Correction *c = d->in->correction;
    Value who;
    if (c->of ? strcmp(c->of, d->in->person) == 0 : recorded_it(d)) return ST_OK;
    if (c->of && owner_of(d, &who) && may_by(d, &who)) return ST_OK;
    if (c->of)
        return fail(err, ST_REFUSED, "%s may not correct what %s answered: %s and who owns %s may", d->in->person,
                    c->of, c->of, d->of->process);
    if (s && s->who != CODE_NONE && value_of(d, s->who, d->in->correction->parent, &who) && may_by(d, &who))
        return ST_OK;
    if (owner_of(d, &who) && may_by(d, &who)) return ST_OK;
    if (!s)
        return fail(err, ST_REFUSED, "%s may not correct what case %llu took: who began it and who owns %s may",
                    d->in->person,
                    (unsigned long long)d->of->id, d->of->process);
    return fail(err, ST_REFUSED,
                "%s may not correct \"%s\" of case %llu: who did it, who may do it and who owns %s may",
                d->in->person, s->name, (unsigned long long)d->of->id, d->of->process);
}

/* ---- what is right ------------------------------------------------------------------------------ */

static const Value *recorded(const Correction *c, const char *name)
{
    for (uint32_t i = 0; i < c->recorded_n; i++)
        if (strcmp(c->recorded[i].name, name) == 0) return &c->recorded[i].value;
    return NULL;
}

/* Is it the copy that was recorded under this name, and not only a file that is called so? */
static bool is_copy(const Correction *c, const FileCopy *given)
{
    const char *hash = NULL;
    for (uint32_t i = 0; i < c->files_n; i++)
        if (strcmp(c->files[i].field, given->field) == 0 && strcmp(c->files[i].path, given->path) == 0)
            hash = c->files[i].hash;
    return hash && strcmp(hash, given->hash) == 0;
}

static bool is_as_recorded(const Input *in, const char *name, const Value *was, const Value *given)
{
    bool same = was && value_equal(was, given);
    for (uint32_t i = 0; i < in->files_n && same; i++)
        same = strcmp(in->files[i].field, name) != 0 || is_copy(in->correction, &in->files[i]);
    return same;
}

static const IrField *field_in(const IrFlow *f, const FieldRange *r, const char *name)
{
    for (uint32_t i = 0; i < r->n; i++)
        if (strcmp(f->unit.fields[r->first + i].name, name) == 0) return &f->unit.fields[r->first + i];
    return NULL;
}

typedef struct Right {                 /* all that was recorded there, with what is right */
    Datum *values; uint32_t n;
    FieldRange forms[2]; uint32_t forms_n;
} Right;

static Status fit_right(Decide *d, const Right *r, const Datum *given, const IrStep *s, Value *out, Error *err)
{
    const IrFlow *f = d->of->flow;
    const IrField *field = NULL;
    for (uint32_t i = 0; i < r->forms_n && !field; i++) field = field_in(f, &r->forms[i], given->name);
    if (!field) return variable_fit(d, given, out, err);
    return field_fit(d->out->arena, &f->unit, field, &given->value, engine_zone(d->env->program, d->of, s), out, err);
}

/* Was the step skipped, or is it an answer of several? Such promises nothing but of its own values. */
static bool was_left_out(const Decide *d)
{
    const Correction *c = d->in->correction;
    bool skipped = c->of != NULL;
    for (uint32_t i = 0; i < d->of->did.n; i++)
        skipped |= d->of->did.items[i].act == c->act && d->of->did.items[i].how == EV_SKIPPED;
    return skipped;
}

/* What the step promises holds by what it saw at its end: the case may have gone on since. */
static Status check_right(Decide *d, const Right *r, const IrStep *s, Error *err)
{
    uint32_t around = d->in->correction->parent;
    Status st = ST_OK;
    for (uint32_t i = 0; i < r->forms_n && st == ST_OK; i++)
        st = form_check(d->of, d->env, d->in->at, around, r->forms[i], r->values, r->n, d->out->arena, err);
    if (st != ST_OK || !s) return st;
    const Ending *then = was_left_out(d) ? NULL : ending_of(d->in->correction, d->in->correction->act);
    if (!then || !then->before)
        return ensures_check(d->of, d->env, d->in->at, around, s, true, r->values, r->n, d->out->arena, err);
    Datum *values = data(d, r->n + then->values_n);
    uint32_t n = 0;
    for (; n < r->n; n++) values[n] = r->values[n];
    for (uint32_t i = 0; i < then->values_n; i++)
        if (!recorded(d->in->correction, then->values[i].name)) values[n++] = then->values[i];
    return ensures_check(then->before, d->env, then->at, then->parent, s, false, values, n, d->out->arena, err);
}

static Right right_of(const Decide *d, const IrStep *s)
{
    const IrFlow *f = d->of->flow;
    const Correction *c = d->in->correction;
    Right r = {.values = ARENA_ARRAY(d->out->arena, Datum, c->recorded_n), .n = c->recorded_n};
    if (c->recorded_n) memcpy(r.values, c->recorded, c->recorded_n * sizeof *r.values);
    if (s)
        r.forms[r.forms_n++] = (FieldRange){s->ask, s->ask_n, s},
            r.forms[r.forms_n++] = (FieldRange){s->gives, s->gives_n, s};
    else r.forms[r.forms_n++] = (FieldRange){f->takes, f->takes_n, NULL};
    return r;
}

/* The branches that have the value of this name for themselves. */
static Value copies_of(const Decide *d, const char *name)
{
    const Correction *c = d->in->correction;
    Value *acts = ARENA_ARRAY(d->out->arena, Value, c->copies_n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->copies_n; i++)
        if (strcmp(c->copies[i].name, name) == 0) acts[n++] = value_integer(c->copies[i].act);
    return value_list(acts, n);
}

/* The lists that hold the value of this name: block and number of the element, block, number ... */
static Value lists_of(const Decide *d, const char *name)
{
    const Correction *c = d->in->correction;
    Value *places = ARENA_ARRAY(d->out->arena, Value, 2 * (size_t)c->gathered_n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->gathered_n; i++) {
        if (strcmp(c->gathered[i].name, name) != 0) continue;
        places[n++] = value_integer(c->gathered[i].block), places[n++] = value_integer(c->gathered[i].n);
    }
    return value_list(places, n);
}

/* The values of the event: what is right, what it was, where else it stands, and of which the variable stays as it
 * is. */
static Status right_values(Decide *d, const IrStep *s, Event *e, Error *err)
{
    const Input *in = d->in;
    const Correction *c = in->correction;
    Arena *a = d->out->arena;
    Right r = right_of(d, s);
    Datum *values = data(d, in->values_n + 7), *wrong = data(d, in->values_n + 1);
    Value *was = ARENA_ARRAY(a, Value, in->values_n), *stays = ARENA_ARRAY(a, Value, in->values_n);
    Value *copies = ARENA_ARRAY(a, Value, in->values_n), *lists = ARENA_ARRAY(a, Value, in->values_n);
    uint32_t stays_n = 0;
    for (uint32_t i = 0; i < in->values_n; i++) {
        const char *name = in->values[i].name;
        const Value *old = recorded(c, name), *now = case_named(d->of, c->parent, name);
        values[i].name = name;
        Status st = fit_right(d, &r, &in->values[i], s, &values[i].value, err);
        if (st != ST_OK) return st;
        if (is_as_recorded(in, name, old, &values[i].value))
            return fail(err, ST_VALUE, "%s: that is what was recorded", name);
        was[i] = old ? *old : VALUE_NONE;
        wrong[i] = (Datum){name, was[i]};
        copies[i] = copies_of(d, name), lists[i] = lists_of(d, name);
        bool stay = c->of || !now || !old || !value_equal(now, old);
        for (uint32_t k = 0; k < c->stays_n && !stay; k++) stay = strcmp(c->stays[k], name) == 0;
        if (stay) stays[stays_n++] = value_text(name);
        for (uint32_t k = 0; k < r.n; k++)
            if (strcmp(r.values[k].name, name) == 0) r.values[k].value = values[i].value;
    }
    Status st = check_right(d, &r, s, err);
    e->values_n = in->values_n;
    values[e->values_n++] = (Datum){"$was", value_list(was, in->values_n)};
    values[e->values_n++] = (Datum){"$in", value_list(copies, in->values_n)};
    if (c->gathered_n) values[e->values_n++] = (Datum){"$gathered", value_list(lists, in->values_n)};
    if (c->of) values[e->values_n++] = (Datum){"$of", value_person(c->of)};
    if (stays_n) values[e->values_n++] = (Datum){"$stays", value_list(stays, stays_n)};
    const Value undo = undo_corrected(d, c, wrong, values, in->values_n);
    if (undo.len) values[e->values_n++] = (Datum){"$undo", undo};
    if (in->files_n) values[e->values_n++] = (Datum){"$files", file_note(a, in->files, in->files_n)};
    e->values = values;
    return st;
}

/* ---- what follows --------------------------------------------------------------------------------- */

/* "price, note were corrected: typo" */
static const char *why_anew(Decide *d, const Event *corrected)
{
    Buf b = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < corrected->values_n; i++)
        if (corrected->values[i].name[0] != '$') buf_printf(&b, "%s%s", n++ ? ", " : "", corrected->values[i].name);
    const char *why = arena_printf(d->out->arena, "%s %s corrected: %s", buf_text(&b), n == 1 ? "was" : "were",
                                   d->in->text);
    buf_free(&b);
    return why;
}

/* Who corrects a step did a part of it. */
static bool asks_for_it(const Decide *d, const Act *a, const Event *corrected)
{
    const IrFlow *f = d->of->flow;
    return corrected->node != IR_NONE && node_asks_who_did(f, a->node, f->nodes[corrected->node].name);
}

static const Value *list_noted(const Event *e, const char *note)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (strcmp(e->values[i].name, note) == 0) return &e->values[i].value;
    return NULL;
}

static bool stays(const Event *corrected, const char *name)
{
    const Value *names = list_noted(corrected, "$stays");
    for (uint32_t i = 0; names && i < names->len; i++)
        if (strcmp(names->list[i].text, name) == 0) return true;
    return false;
}

/* Is the variable that is seen from this act one of those that were wrong? */
static bool was_wrong(const Decide *d, uint32_t act, const Event *corrected, const char *name)
{
    const Correction *c = d->in->correction;       /* NULL: it was done once more */
    uint32_t owner = case_owner(d->of, act, name);
    for (uint32_t i = 0; c && i < c->copies_n; i++)
        if (c->copies[i].act == owner && strcmp(c->copies[i].name, name) == 0) return true;
    if (!c && owner && sees_by_needs(d->of, owner, d->of->flow->nodes[corrected->node].name, name)) return true;
    return owner == case_owner(d->of, corrected->parent, name) && !stays(corrected, name);
}

/* Does what is offered read a value that is another one now? */
bool reads_what_changed(Decide *d, const Act *a, const Event *corrected)
{
    Names changed = {0};
    for (uint32_t i = 0; i < corrected->values_n; i++) {
        const char *name = corrected->values[i].name;
        bool other = name[0] != '$' && was_wrong(d, case_sees(a), corrected, name);
        if (other) names_add(d->out->arena, &changed, name);
    }
    const char *step = corrected->node != IR_NONE ? d->of->flow->nodes[corrected->node].name : NULL;
    if (step && corrected->kind != EV_CORRECTED) {
        names_add(d->out->arena, &changed, names_answers(d->out->arena, step));
        names_add(d->out->arena, &changed, names_step(d->out->arena, step));
    }
    for (uint32_t i = 0; step && corrected->kind == EV_CORRECTED && i < corrected->values_n; i++)
        names_add(d->out->arena, &changed, names_answer(d->out->arena, step, corrected->values[i].name));
    return node_reads(d->of->flow, a->node, &changed);
}

/* What people are about to do on the wrong value, they are told anew; answers of some of several lapse with it. */
void offer_anew(Decide *d, const Event *corrected, const char *why)
{
    uint32_t n = 0, *acts = ARENA_ARRAY(d->out->arena, uint32_t, d->of->acts.n + 1);
    for (uint32_t i = 0; i < d->of->acts.n; i++) {
        const Act *a = &d->of->acts.items[i];
        if (a->state != ACT_OFFERED || a->undoes) continue;
        if (asks_for_it(d, a, corrected) || reads_what_changed(d, a, corrected)) acts[n++] = a->id;
    }
    for (uint32_t i = 0; i < n && running(d); i++) {
        const Act *a = case_act(d->of, acts[i]);
        uint32_t node = a ? a->node : 0, parent = a ? a->parent : 0;
        if (a && !offer(d, acts[i], node, parent, a->deadline, why, a->again))
            fails(d, acts[i], node, parent, d->problem.text);
    }
}

/* As it is right now. */
static Value right_seen(Decide *d, const Lapse *lapsed, const Event *corrected)
{
    const Value *was = corrected ? list_noted(corrected, "$was") : NULL;
    Value *list = ARENA_ARRAY(d->out->arena, Value, 2 * (size_t)lapsed->seen_n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < lapsed->seen_n; i++) {
        const SeenValue *saw = &lapsed->seen[i];
        list[n++] = value_text(saw->name), list[n++] = saw->value;
        for (uint32_t k = 0; saw->own && was && k < was->len; k++)                     /* the notes stand behind them */
            if (strcmp(corrected->values[k].name, saw->name) == 0 && value_equal(&was->list[k], &saw->value))
                list[n - 1] = corrected->values[k].value;
    }
    return n ? value_list(list, n) : VALUE_NONE;
}

/* One asking is enough for all rounds in which it was approved; but each element of a list has its own. */
static bool is_asked_again(const Case *c, const Lapse *lapsed, const Value *seen)
{
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        bool same = a->again && a->node == lapsed->node && a->parent == lapsed->parent;
        if (same && value_equal(&a->loose, seen)) return true;
    }
    return false;
}

static bool ask_again(Decide *d, uint32_t act, uint32_t node, uint32_t parent, const char *why)
{
    const IrStep *s = &d->of->flow->steps[d->of->flow->nodes[node].a];
    const Act *a = case_act(d->of, act);
    Instant deadline = INSTANT_NEVER;
    uint32_t from = a ? case_sees(a) : parent;
    d->step = s;
    if (s->deadline != CODE_NONE && !moment_of(d, s->deadline, from, !s->deadline_due, true, &deadline))
        deadline = INSTANT_NEVER;
    d->step = NULL;
    return offer(d, act, node, parent, deadline, why, true);
}

const Datum *with_seen(Decide *d, const Datum *values, uint32_t *n, const Value *seen)
{
    Datum *all = data(d, *n + 1);
    if (*n) memcpy(all, values, *n * sizeof *all);
    all[(*n)++] = (Datum){"$seen", *seen};
    return all;
}

static void waits(Decide *d, uint32_t act, uint32_t node, uint32_t parent, const Value *seen)
{
    Datum *again = data(d, 1);
    Event e = {.kind = EV_WAITING, .act = act, .parent = parent, .node = node, .values = again, .values_n = 1};
    again[0] = (Datum){"$again", value_boolean(true)};
    if (seen->type == V_LIST) e.values = with_seen(d, again, &e.values_n, seen);
    put(d, e);
}

uint32_t waits_again(Decide *d, uint32_t node, uint32_t parent, const Value *seen)
{
    uint32_t act = d->of->next_act;
    if (seen->type == V_LIST) waits(d, act, node, parent, seen);
    return act;
}

/* With the values as they are now its question cannot be put, or nobody be found to answer it: until that is mended and
 * tried again, what it holds back does not begin. */
void lapse(Decide *d, const Lapse *lapsed, const Event *corrected, const char *why, bool later)
{
    put(d, (Event){.kind = EV_LAPSED, .act = lapsed->act, .parent = lapsed->parent, .node = lapsed->node, .text = why});
    const Value seen = right_seen(d, lapsed, corrected);
    if (!running(d) || d->of->ending || lapsed->gone || is_asked_again(d->of, lapsed, &seen)) return;
    uint32_t act = waits_again(d, lapsed->node, lapsed->parent, &seen);
    if (!later && ask_again(d, act, lapsed->node, lapsed->parent, why)) return;
    if (!case_act(d->of, act)) waits(d, act, lapsed->node, lapsed->parent, &seen);
    if (!later) incident(d, act, lapsed->node, lapsed->parent, d->problem.text);
}

void asked_again(Decide *d, const Act *a)
{
    uint32_t act = a->id, node = a->node, parent = a->parent;
    if (!ask_again(d, act, node, parent, "what it was given on was to be done once more"))
        incident(d, act, node, parent, d->problem.text);
}

Status input_correct(Decide *d, Error *err)
{
    const Input *in = d->in;
    const Correction *c = in->correction;
    const IrFlow *f = d->of->flow;
    const IrStep *s = c->node != IR_NONE ? &f->steps[f->nodes[c->node].a] : NULL;
    Event e = {.kind = EV_CORRECTED, .act = c->act, .parent = c->parent, .node = c->node, .person = in->person,
               .login = in->login, .via = in->via, .text = in->text};
    if (c->seq != d->began)
        return fail(err, ST_CONFLICT, "case %llu went on while it was looked at: try again",
                    (unsigned long long)d->of->id);
    if (!in->text || !*in->text) return fail(err, ST_VALUE, "correcting wants a reason: --because \"...\"");
    Status st = check_corrector(d, s, err);
    if (st == ST_OK) st = right_values(d, s, &e, err);
    if (st != ST_OK) return st;
    const char *why = why_anew(d, &e);
    put(d, e);
    if (running(d) && !d->of->ending) offer_anew(d, &e, why);
    for (uint32_t i = 0; i < c->lapses_n; i++) lapse(d, &c->lapses[i], &e, why, false);
    hold_told(d, NULL);
    return ST_OK;
}
