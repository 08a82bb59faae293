/* engine_step.c -- steps: machines, people, and what happens when they fail.
 *
 *   machine   ready ─▶ running ─▶ finished          failed ─▶ paused ─▶ running ...
 *   person    offered ─▶ done, approved, rejected            └─▶ on fail, or an incident
 *   both      offered ─▶ released ─▶ running; a failure returns to the person
 *
 * A machine step begins where it is reached, and that is all that is told. Its
 * world does the work at once, or when it has a place for it: a claim, kept
 * beside the history, says that a command was let loose. So what is told does
 * not hang on how much else runs.
 */
#include "runtime/engine_private.h"

#include <stdio.h>
#include <string.h>

static const IrStep *step_of(const Decide *d, uint32_t node)
{
    return &d->of->flow->steps[d->of->flow->nodes[node].a];
}

/* As value_of, by the clock of the step's role. */
static bool step_value(Decide *d, const IrStep *s, Code code, uint32_t act, Value *v)
{
    d->step = s;
    bool ok = value_of(d, code, act, v);
    d->step = NULL;
    return ok;
}

static bool step_deadline(Decide *d, const IrStep *s, uint32_t act, Instant *out)
{
    d->step = s;
    bool ok = moment_of(d, s->deadline, act, !s->deadline_due, true, out);
    d->step = NULL;
    return ok;
}

/* ---- machines ------------------------------------------------------------------ */

static void want_shell(Decide *d, const IrStep *s, Effect *effect, uint32_t act, bool *ok)
{
    const IrFlow *f = d->of->flow;
    Value *args = ARENA_ARRAY(d->out->arena, Value, s->shell.args_n + 1);
    for (uint32_t i = 0; *ok && i < s->shell.args_n; i++)
        *ok = step_value(d, s, f->codes[s->shell.args + i], act, &args[i]);
    effect->kind = EFFECT_SHELL;
    effect->command = s->shell.text;
    effect->args = args;
    effect->args_n = s->shell.args_n;
}

static const Manner *reader_of(const Decide *d, const Value *to)
{
    if (to->type == V_LIST && to->len) to = &to->list[0];
    return ir_manner(d->env->program, to->type == V_PERSON ? to->text : NULL);
}

/* A mail speaks the language of the person whom it goes to first. */
static void want_mail(Decide *d, const IrStep *s, Effect *effect, uint32_t act, bool *ok)
{
    const Code *parts = d->of->flow->codes + s->mail.parts;
    Value *args = ARENA_ARRAY(d->out->arena, Value, s->mail.parts_n);
    for (uint32_t i = s->mail.parts_n; *ok && i-- > 0;) {
        if (i + 1 == MAIL_TO) d->reader = reader_of(d, &args[MAIL_TO]);
        *ok = step_value(d, s, parts[i], act, &args[i]);
    }
    d->reader = NULL;
    effect->kind = EFFECT_MAIL;
    effect->command = s->mail.file;
    effect->args = args;
    effect->args_n = s->mail.parts_n;
}

/* An older ops moved cases to where people do what a machine had begun. */
static bool no_machine(Decide *d, const IrStep *s)
{
    fail(&d->problem, ST_REFUSED, "\"%s\" is for people in the version that this case was moved to: `ops retry` offers "
         "it to them", s->name);
    return false;
}

/* What has to be done for a running step, once its begin is kept. False with d->problem. */
static bool effect_for(Decide *d, uint32_t act, uint32_t node, uint32_t attempt, uint32_t seen_from)
{
    const IrStep *s = step_of(d, node);
    Effect effect = {.kind = EFFECT_LUA, .act = act, .attempt = attempt, .step = d->of->flow->nodes[node].a};
    bool ok = true;
    Value limit;
    const Act *a = case_act(d->of, act);
    if (a && a->undoes) ok = undo_effect(d, a, &effect);
    else if (s->machine == MACHINE_NONE) ok = no_machine(d, s);
    else if (s->machine == MACHINE_SHELL) want_shell(d, s, &effect, seen_from, &ok);
    else if (s->machine == MACHINE_MAIL) want_mail(d, s, &effect, seen_from, &ok);
    if (ok && s->timeout != CODE_NONE) {
        ok = step_value(d, s, s->timeout, seen_from, &limit);
        if (ok && limit.type == V_DURATION && limit.aux == DUR_CLOCK) effect.timeout = limit.i;
    }
    if (ok) *VEC_PUSH(d->out->arena, &d->out->effects) = effect;
    return ok;
}

static bool machine_begins(Decide *d, Event e)
{
    const Act *a = case_act(d->of, e.act);
    e.kind = EV_BEGAN;
    e.attempt = a ? a->attempt + 1 : 1;
    bool ok = effect_for(d, e.act, e.node, e.attempt, e.parent);
    if (ok) put(d, e);
    return ok;
}

/* While an approval is asked for again an attempt waits, the first one like a step that is only reached. */
static void machine_waits(Decide *d, uint32_t act, uint32_t node, uint32_t parent)
{
    const Act *a = case_act(d->of, act);
    put(d, (Event){.kind = EV_WAITING, .act = act, .parent = parent, .node = node, .attempt = a ? a->attempt : 0});
}

void machine_begin(Decide *d, uint32_t act, uint32_t node, uint32_t parent, Instant deadline)
{
    if (case_unapproved(d->of, act, parent))
        machine_waits(d, act, node, parent);
    else if (!machine_begins(d, (Event){.act = act, .parent = parent, .node = node, .due = deadline}))
        fails(d, act, node, parent, d->problem.text);
}

void machine_again(Decide *d, uint32_t act)
{
    const Act *a = case_act(d->of, act);
    if (!effect_for(d, a->id, a->node, a->attempt, a->parent)) incident(d, a->id, a->node, a->parent, d->problem.text);
}

void step_late(Decide *d, uint32_t act)
{
    const Act *a = case_act(d->of, act);
    uint32_t node = a->node, parent = a->parent;
    put(d, (Event){.kind = EV_LATE, .act = act, .parent = parent, .node = node});
    if (step_of(d, node)->on_late != IR_NONE) begin_late(d, node, parent);
}

/* A text as those who may do the step read it. */
static bool step_text(Decide *d, const IrStep *s, Code code, uint32_t act, const Manner *reader, Value *text)
{
    d->reader = reader;
    bool ok = step_value(d, s, code, act, text);
    d->reader = NULL;
    return ok;
}

/* A rule, and who joined those it names since it took too long. */
static Value with_who_joined(const Case *c, const Act *act, const Value *who, Arena *a)
{
    Value wider = act ? rule_widen(a, who, &act->nudges.added) : *who;
    return rule_widen(a, &wider, &c->nudges.added);
}

/* ... and of which act, where that is a step that ended, and begins here. */
static Datum once_more(const Decide *d)
{
    return (Datum){"$again", d->before ? value_integer(d->before) : value_boolean(true)};
}

bool offer(Decide *d, uint32_t act, uint32_t node, uint32_t parent, Instant deadline, const char *trouble, bool again)
{
    const IrFlow *f = d->of->flow;
    const IrStep *s = step_of(d, node);
    Arena *arena = d->out->arena;
    Value who, *shown = ARENA_ARRAY(arena, Value, s->how_n + 2);
    uint32_t n = 0;
    const Act *a = case_act(d->of, act);
    const Turns before = turns_taken(d);
    const uint32_t from = a ? case_sees(a) : parent;
    bool ok = step_value(d, s, s->who, from, &who);
    Value turns = ok ? take_turns(d, s, &who, a) : VALUE_NONE;
    if (ok) who = engine_fix_turns(d->env->program, &who, &turns, d->in->at, arena);
    if (ok) who = with_who_joined(d->of, a, &who, arena);
    const Manner *reader = ok ? engine_manner(d->env->program, &who, d->in->at) : NULL;
    if (ok && s->approve != CODE_NONE) ok = step_text(d, s, s->approve, from, reader, &shown[n++]);
    for (uint32_t i = 0; ok && i < s->how_n; i++)
        ok = step_text(d, s, f->codes[s->how + i], from, reader, &shown[n++]);
    if (!ok) {
        turns_back(d, &before);                             /* nobody had one */
        return false;
    }
    Datum *values = data(d, 6);
    uint32_t values_n = 0;
    values[values_n++] = (Datum){"$who", who};
    values[values_n++] = (Datum){"$shown", value_list(shown, n)};
    if (turns.type == V_LIST) values[values_n++] = (Datum){"$turns", turns};
    if (again) values[values_n++] = once_more(d);
    bool as_before = trouble && a && a->state != ACT_WAITING;              /* people are nudged on as they were */
    if (!as_before) nudges_of(d, s, from, deadline, values, &values_n);
    put(d, (Event){.kind = EV_OFFERED, .act = act, .parent = parent, .node = node, .due = deadline, .text = trouble,
                   .values = values, .values_n = values_n});
    return true;
}

/* An offer whose texts cannot be told is a failure of the step. */
static void offer_or_fail(Decide *d, uint32_t act, uint32_t node, uint32_t parent, Instant deadline,
                          const char *trouble)
{
    if (!offer(d, act, node, parent, deadline, trouble, false)) fails(d, act, node, parent, d->problem.text);
}

void step_begins(Decide *d, uint32_t act, uint32_t node, uint32_t parent)
{
    const IrStep *s = step_of(d, node);
    Instant deadline = INSTANT_NEVER;
    if (s->deadline != CODE_NONE && !step_deadline(d, s, parent, &deadline))
        fails(d, act, node, parent, d->problem.text);
    else if (s->who != CODE_NONE) offer_or_fail(d, act, node, parent, deadline, NULL);
    else machine_begin(d, act, node, parent, deadline);
}

static bool begins_again(Decide *d, uint32_t act, uint32_t node, uint32_t parent, const char *why)
{
    const IrStep *s = step_of(d, node);
    Instant deadline = INSTANT_NEVER;
    const Act *a = case_act(d->of, act);
    if (s->deadline != CODE_NONE && !step_deadline(d, s, a ? case_sees(a) : parent, &deadline)) return false;
    if (s->who != CODE_NONE) return offer(d, act, node, parent, deadline, why, true);
    Datum *again = data(d, 1);
    again[0] = once_more(d);
    return machine_begins(d, (Event){.act = act, .parent = parent, .node = node, .due = deadline, .values = again,
                                     .values_n = 1});
}

bool step_repeats(Decide *d, uint32_t act, uint32_t node, uint32_t parent, uint32_t before, const char *why)
{
    d->before = before;
    bool ok = begins_again(d, act, node, parent, why);
    d->before = 0;
    return ok;
}

void goes_on(Decide *d, uint32_t node, uint32_t parent, bool again)
{
    if (again) node = beside_ended(d, parent, &parent);
    if (node != IR_NONE) go_on_after(d, node, parent);
}

/* What a person releases is offered all the same. */
bool step_is_held(const Decide *d, uint32_t act, uint32_t node, uint32_t parent)
{
    const IrStep *s = step_of(d, node);
    return case_held(d->of, parent) || (s->who == CODE_NONE && case_unapproved(d->of, act, parent));
}

Status refuse_unapproved_machine(const Decide *d, uint32_t act, uint32_t node, uint32_t parent, Error *err)
{
    const Case *c = d->of;
    const Act *held = case_unapproved(c, act, parent);
    const IrNode *nodes = c->flow->nodes;
    if (!held) return ST_OK;
    if (held->again)
        return fail(err, ST_REFUSED,
                    "\"%s\" of case %llu does not begin: \"%s\" lapsed, and is to be approved again before (`ops why "
                    "%llu`)",
                    nodes[node].name, (unsigned long long)c->id, nodes[held->node].name, (unsigned long long)c->id);
    return fail(err, ST_REFUSED,
                "\"%s\" of case %llu does not begin: what follows from the refusal of \"%s\" is to end before (`ops "
                "why %llu`)",
                nodes[node].name, (unsigned long long)c->id, nodes[nodes[held->node].parent].name,
                (unsigned long long)c->id);
}

uint32_t enter_step(Decide *d, uint32_t node, uint32_t parent)
{
    const IrStep *s = step_of(d, node);
    if (d->of->history && (s->who != CODE_NONE || ir_outside(s, false))) {
        end_case(d, CASE_IMPORTED, NULL);
        return IR_NONE;
    }
    uint32_t act = d->of->next_act;
    if (s->needs_n || step_is_held(d, act, node, parent))
        put(d, (Event){.kind = EV_WAITING, .act = act, .parent = parent, .node = node});
    else step_begins(d, act, node, parent);
    return IR_NONE;
}

/* What the machine printed goes with how its attempt ended. values has room for that. */
static void note_printed(const Decide *d, Datum *values, uint32_t *n)
{
    for (uint32_t i = 0; i < d->in->notes_n; i++) {
        const Datum *note = &d->in->notes[i];
        values[(*n)++] = (Datum){note->name, value_copy(d->out->arena, &note->value)};
    }
}

/* When a step is tried again: after its pause. One that doubles is twice as long for each try that failed before this
 * one, but ends no later than the longest, which stands too for what is beyond all numbers and calendars. */
static bool moment_of_retry(Decide *d, const IrStep *s, uint32_t tries, uint32_t act, Instant *out)
{
    enum { DOUBLINGS = 40 };                                /* of a microsecond: twelve days; none more are counted */
    *out = d->in->at;
    if (s->retry_pause == CODE_NONE) return true;
    if (s->retry_most == CODE_NONE) return moment_of(d, s->retry_pause, act, true, false, out);
    Value first, grown, times = value_integer(INT64_C(1) << (tries < DOUBLINGS ? tries : DOUBLINGS));
    if (!moment_of(d, s->retry_most, act, true, false, out) || !value_of(d, s->retry_pause, act, &first)) return false;
    CaseHost host;
    engine_host(&host, d->of, d->env, act, d->step, d->in->at);
    Instant then;
    Error beyond;
    if (eval_mul(&host.host, d->out->arena, &first, &times, &grown, &beyond) == ST_OK &&
        eval_after(&host.host, d->in->at, &grown, NULL, &then, &beyond) == ST_OK && then < *out)
        *out = then;
    return true;
}

/* An attempt failed: again, or the step's `on fail`, or back to the person who released it, or
 * an incident. */
static void step_fails(Decide *d, uint32_t id, const char *why)
{
    const Act *a = case_act(d->of, id);
    uint32_t node = a->node, parent = a->parent;
    bool undoes = a->undoes != 0, beside = a->again;
    Instant deadline = a->deadline, again = INSTANT_NEVER;
    const IrStep *s = step_of(d, node);
    Datum *notes = data(d, d->in->notes_n);
    uint32_t notes_n = 0;
    note_printed(d, notes, &notes_n);
    if (a->round < s->retry && !moment_of_retry(d, s, a->round, parent, &again)) again = INSTANT_NEVER;
    put(d, (Event){.kind = EV_FAILED, .act = id, .parent = parent, .node = node, .attempt = d->in->attempt,
                   .text = arena_dup(d->out->arena, why), .due = again, .values = notes, .values_n = notes_n});
    if (again <= d->in->at) machine_begin(d, id, node, parent, deadline);
    if (again != INSTANT_NEVER) return;
    if (undoes) {
        incident(d, id, node, parent, why);
    } else if (s->on_fail != IR_NONE) {
        put(d, (Event){.kind = EV_HANDLED, .act = id, .parent = parent, .node = node});
        if (beside) begin_beside(d, s->on_fail, parent, NULL);
        else go(d, s->on_fail, parent);
    } else if (s->who != CODE_NONE) {
        offer_or_fail(d, id, node, parent, deadline, arena_dup(d->out->arena, why));
    } else if (beside) {                                    /* who had it done once more sees to it */
        incident(d, id, node, parent, why);
    } else {
        fails(d, id, node, parent, why);
    }
}

Status input_begin(Decide *d)
{
    const Act *a = case_act(d->of, d->in->act);
    if (a && a->state == ACT_READY)                /* of a store in which a step that waited had not begun */
        machine_begin(d, a->id, a->node, a->parent, a->deadline);
    else if (a && a->state == ACT_RUNNING)
        machine_again(d, a->id);
    return ST_OK;
}

static const IrField *field_of(const Decide *d, uint32_t first, uint32_t n, const char *name)
{
    const IrField *fields = d->of->flow->unit.fields + first;
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(fields[i].name, name) == 0) return &fields[i];
    return NULL;
}

/* Of what the step gives; who skips it says what people would have filled in, too. */
static const IrField *given_field(const Decide *d, const IrStep *s, const char *name)
{
    const IrField *field = field_of(d, s->gives, s->gives_n, name);
    return field || d->in->kind != INPUT_SKIP ? field : field_of(d, s->ask, s->ask_n, name);
}

/* The type that a value by this name must have after step s: one it gives, or a variable in sight. */
static uint32_t type_by_name(const Decide *d, const IrStep *s, uint32_t parent, const char *name)
{
    const IrFlow *f = d->of->flow;
    const IrField *field = given_field(d, s, name);
    if (field) return field->type;
    uint32_t type = IR_NONE;
    for (uint32_t i = 0; i < f->vars_n; i++) {
        if (strcmp(f->vars[i].name, name) != 0) continue;
        if (f->vars[i].scope == 0 || case_var(d->of, parent, i)) type = f->vars[i].type;
    }
    return type;
}

Status changed_holds(Decide *d, const IrStep *s, uint32_t parent, uint32_t type, const Value *v)
{
    CaseHost host;
    engine_host(&host, d->of, d->env, parent, s, d->in->at);
    return records_hold(&d->of->flow->unit, type, v, &host.host, d->out->arena, &d->problem);
}

/* The result's values as their types want them, each thing the step gives among them. */
static bool fit_result(Decide *d, const IrStep *s, uint32_t parent, Datum **out, uint32_t *n)
{
    const IrFlow *f = d->of->flow;
    const Input *in = d->in;
    const Zone *usual = engine_zone(d->env->program, d->of, s);
    *out = data(d, in->values_n + s->gives_n + 1 + in->notes_n);       /* and notes: what undoing it needs, its own */
    *n = 0;
    for (uint32_t i = 0; i < in->values_n; i++) {
        const Datum *given = &in->values[i];
        uint32_t type = type_by_name(d, s, parent, given->name);
        if (type == IR_NONE) {
            fail(&d->problem, ST_VALUE,
                 "there is no variable `%s` to set: declare it with `gives`, or set it before the step", given->name);
            return false;
        }
        Value v;
        const IrField *field = given_field(d, s, given->name);
        const Zone *zone = usual;
        bool text = given->value.type == V_TEXT && f->unit.types[type].kind != TYPE_TEXT;
        Status st = field ? field_zone(field, usual, &zone, &d->problem) : ST_OK;
        if (st == ST_OK)
            st = text ? value_parse_text(d->out->arena, &f->unit, type, given->value.text, zone, &v, &d->problem)
                      : value_fit(d->out->arena, &f->unit, type, &given->value, &v, &d->problem);
        if (st == ST_OK && !field) st = changed_holds(d, s, parent, type, &v);
        if (st != ST_OK) {
            error_prefix(&d->problem, "%s: ", given->name);
            return false;
        }
        (*out)[(*n)++] = (Datum){given->name, v};
    }
    for (uint32_t i = 0; i < s->gives_n; i++) {
        const IrField *field = &f->unit.fields[s->gives + i];
        bool given = false;
        for (uint32_t k = 0; k < *n; k++) given |= strcmp((*out)[k].name, field->name) == 0;
        if (given) continue;
        if (!f->unit.types[field->type].optional) {
            fail(&d->problem, ST_VALUE, "the step should give `%s`, and gave nothing by that name", field->name);
            return false;
        }
        (*out)[(*n)++] = (Datum){field->name, VALUE_NONE};
    }
    const FieldRange forms[] = {{s->gives, s->gives_n, s}, {s->ask, s->ask_n, s}};
    Status st = ST_OK;
    for (size_t i = 0; i < 2 && st == ST_OK; i++)
        st = form_check(d->of, d->env, in->at, parent, forms[i], *out, *n, d->out->arena, &d->problem);
    if (st == ST_OK)
        st = ensures_check(d->of, d->env, in->at, parent, s, in->kind == INPUT_SKIP, *out, *n, d->out->arena,
                           &d->problem);
    return st == ST_OK;
}

Status input_result(Decide *d)
{
    const Act *a = case_act(d->of, d->in->act);
    if (!a || a->state != ACT_RUNNING) return ST_OK;
    uint32_t node = a->node, parent = a->parent, id = a->id;
    Datum *values;
    uint32_t n;
    if (a->deadline < d->in->at && !a->late) step_late(d, id);
    if (!case_act(d->of, id)) return ST_OK;                 /* what is done when it is late ended it */
    if (!d->in->ok) {
        step_fails(d, id, d->in->text ? d->in->text : "no reason given");
    } else if (case_act(d->of, id)->undoes) {
        values = data(d, d->in->notes_n), n = 0;
        note_printed(d, values, &n);
        put(d, (Event){.kind = EV_UNDONE, .act = id, .parent = parent, .node = node, .attempt = d->in->attempt,
                       .values = values, .values_n = n});
    } else if (!fit_result(d, step_of(d, node), parent, &values, &n)) {
        step_fails(d, id, d->problem.text);
    } else {
        bool again = a->again;
        Event e = {.kind = EV_FINISHED, .act = id, .parent = parent, .node = node, .attempt = d->in->attempt,
                   .text = d->in->text, .values = values};
        undo_note(d, &e, NULL, values, &n);
        note_printed(d, values, &n);
        e.values_n = n;
        put(d, e);
        if (again) told_anew(d, &e);
        goes_on(d, node, parent, again);
    }
    return ST_OK;
}

/* The process that ran the step is gone. What touched nothing outside, or says that it may be
 * repeated, or of which all is known that it did (in->ok), begins again under the attempt that the world
 * hands in; no event says so, the claim and the result's attempt do. Else nobody can know what happened: a
 * person must look. */
Status input_interrupted(Decide *d)
{
    const Act *a = case_act(d->of, d->in->act);
    if (!a || a->state != ACT_RUNNING) return ST_OK;
    const IrStep *s = step_of(d, a->node);
    if (case_outside(d->of, a) && !s->repeatable && !d->in->ok) {
        incident(d, a->id, a->node, a->parent,
                 "it was under way when ops was stopped, so nobody knows whether it was done: look, then `ops retry` "
                 "or `ops skip` it");
    } else if (!effect_for(d, a->id, a->node, d->in->attempt, a->parent)) {
        incident(d, a->id, a->node, a->parent, d->problem.text);
    }
    return ST_OK;
}

/* ---- people ---------------------------------------------------------------------------- */

static Status refuse_person(const Case *c, const Env *env, const Act *act, const Value *who, Instant when,
                            const char *person, Arena *a, Error *err)
{
    Value may = engine_eligible(env->program, who, when, a);
    const char *out = engine_left_out(c, env->program, act, who, person, a);
    Buf names = {0};
    for (uint32_t i = 0; i < may.len; i++) buf_printf(&names, "%s%s", i ? ", " : "", may.list[i].text);
    Status st = fail(err, ST_REFUSED, "%s may not do \"%s\" of case %llu: %s%s%s%s", person,
                     c->flow->nodes[act->node].name, (unsigned long long)c->id, out ? out : "", out ? "; " : "",
                     may.len ? "it is for " : "nobody may, now", buf_text(&names));
    buf_free(&names);
    return st;
}

Value engine_rule_now(const Case *c, const Env *env, const Act *act, Instant now, Arena *a)
{
    CaseHost host;
    Error why;
    Value who;
    const IrStep *s = &c->flow->steps[c->flow->nodes[act->node].a];
    engine_host(&host, c, env, case_sees(act), s, now);
    if (act->undoes) {
        who = with_who_joined(c, act, &act->list, a);
    } else if (eval(&c->flow->unit, s->who, &host.host, a, &who, &why) != ST_OK) {
        who = act->list;
    } else {
        who = engine_fix_turns(env->program, &who, &act->turns, now, a);
        who = with_who_joined(c, act, &who, a);
    }
    return engine_left(c, env->program, act, &who, a);
}

Value engine_rule_listed(const Case *c, const IrProgram *p, const Act *act, Instant now, Arena *a)
{
    const Env env = {.program = p};
    return engine_rule_now(c, &env, act, now, a);
}

Status refuse_login(const Case *c, const IrProgram *p, uint32_t node, const Input *in, Error *err)
{
    const char *typist = ir_typist(p, in->person, in->login), *name = c->flow->nodes[node].name;
    const char *before = engine_did_before(c, p, node, typist);
    if (!before)
        return fail(err, ST_REFUSED, "%s may not act for %s here: \"%s\" leaves %s out", typist, in->person, name,
                    typist);
    return fail(err, ST_REFUSED,
                "%s may not act for %s here: \"%s\" is not for who did \"%s\", and %s did, "
                "by themselves or for another", typist, in->person, name, before, typist);
}

Status engine_check_person(const Case *c, const Env *env, const Act *act, const Input *in, Arena *a, Value *who,
                           Error *err)
{
    const IrStep *s = &c->flow->steps[c->flow->nodes[act->node].a];
    const char *typist = ir_typist(env->program, in->person, in->login);
    if (engine_answered(c, env->program, act, in->person))
        return fail(err, ST_REFUSED, "%s has answered \"%s\" of case %llu already: now it is for others", in->person,
                    s->name, (unsigned long long)c->id);
    if (engine_answered(c, env->program, act, typist))
        return fail(err, ST_REFUSED,
                    "%s may not act for %s here: \"%s\" is for several people, and %s has answered already, "
                    "by themselves or for another", typist, in->person, s->name, typist);
    *who = engine_rule_now(c, env, act, in->at, a);
    if (!engine_may(env->program, who, in->at, in->person))
        return refuse_person(c, env, act, who, in->at, in->person, a, err);
    return engine_may_for(env->program, who, in->at, in->person, in->login) ? ST_OK
           : refuse_login(c, env->program, act->node, in, err);
}

static Status is_held(const Case *c, const Act *a, const Input *in, Error *err)
{
    const char *name = c->flow->nodes[a->node].name;
    char number[24] = "N";
    if (in->task) snprintf(number, sizeof number, "%llu", (unsigned long long)in->task);
    return fail(err, ST_REFUSED, "%s has \"%s\" of case %llu: `ops claim %s --because \"...\"` takes it over",
                a->holder, name, (unsigned long long)c->id, number);
}

static Status check_person(Decide *d, const Act *a, Value *who, Value *eligible, Error *err)
{
    const IrStep *s = step_of(d, a->node);
    const Input *in = d->in;
    char given[40], offered[40];
    if (in->dated && d->given_at < a->offered) {
        const Zone *zone = engine_zone(d->env->program, d->of, s);
        instant_print_local(given, zone, d->given_at);
        instant_print_local(offered, zone, a->offered);
        return fail(err, ST_REFUSED, "\"%s\" cannot have been done at %s: it was offered only at %s", s->name, given,
                    offered);
    }
    Status st = engine_check_person(d->of, d->env, a, in, d->out->arena, who, err);
    if (st != ST_OK) return st;
    if (!engine_holds(d->env->program, a, who, in->at, in->person)) return is_held(d->of, a, in, err);
    if (case_repeats(d->of, a)) st = check_apart(d, a, err);
    if (st != ST_OK) return st;
    if (a->undoes && in->kind != INPUT_DONE)
        return fail(err, ST_VALUE, "undoing \"%s\" is no approval: complete it as done", s->name);
    if (in->kind == INPUT_DONE && s->approve != CODE_NONE && !a->undoes)
        return fail(err, ST_VALUE, "\"%s\" wants a yes or no: answer approve=yes, or approve=no with reason=...",
                    s->name);
    else if (in->kind != INPUT_DONE && s->approve == CODE_NONE)
        return fail(err, ST_VALUE, "\"%s\" is no approval: complete it as done", s->name);
    if (in->kind == INPUT_REJECT && (!in->text || !*in->text))
        return fail(err, ST_VALUE, "rejecting \"%s\" wants a reason", s->name);
    *eligible = in->eligible ? *in->eligible : engine_eligible(d->env->program, who, in->at, d->out->arena);
    return ST_OK;
}

/* The event by which a person's answer, or that of several, ends the offer. */
static EventKind ends_as(const IrStep *s, const Act *a, bool yes)
{
    if (a->undoes) return EV_UNDONE;
    if (!yes) return EV_REJECTED;
    if (a->again && s->approve != CODE_NONE) return EV_APPROVED;       /* its machine part has run */
    if (s->machine != MACHINE_NONE) return EV_RELEASED;
    return s->approve != CODE_NONE ? EV_APPROVED : EV_DONE;
}

/* Nothing in the file says what a no leads to: the case ends as by `stop`. */
static void is_refused(Decide *d, uint32_t parent)
{
    hand_on_all(d, parent);
    finish(d, CASE_FINISHED, "rejected");
}

/* An approval was asked for again, or a step done once more: the case has long gone on behind it, or waits for this
 * alone. */
static void ends_again(Decide *d, const Event *e, const Value *seen)
{
    const IrStep *s = step_of(d, e->node);
    if (e->kind != EV_REJECTED) {
        if (e->kind == EV_DONE) told_anew(d, e);
        goes_on(d, e->node, e->parent, true);
    } else if (s->on_reject != IR_NONE) {
        put(d, (Event){.kind = EV_HANDLED, .parent = e->parent, .node = e->node});
        begin_beside(d, s->on_reject, e->parent, seen);
    } else {
        is_refused(d, e->parent);
    }
}

/* The offer has ended, with this event: its machine part begins, or the case goes on. */
static void offer_ends(Decide *d, Event e, Instant deadline)
{
    const IrStep *s = step_of(d, e.node);
    const Act *ends = case_act(d->of, e.act);
    bool again = ends->again;
    const Value seen = value_copy(d->out->arena, &ends->loose);
    put(d, e);
    if (e.kind == EV_UNDONE) return;
    if (e.kind == EV_RELEASED) {
        machine_begin(d, e.act, e.node, e.parent, deadline);
    } else if (again) {
        ends_again(d, &e, &seen);
    } else if (e.kind != EV_REJECTED) {
        go_on_after(d, e.node, e.parent);
    } else if (s->on_reject != IR_NONE) {
        put(d, (Event){.kind = EV_HANDLED, .parent = e.parent, .node = e.node});
        go(d, s->on_reject, e.parent);
    } else {
        is_refused(d, e.parent);
    }
}

/* What was approved before has its undoing already; what is done once more is undone once more. */
static bool ends_to_be_undone(const Act *a, const Event *e)
{
    return e->kind == EV_DONE || (e->kind == EV_APPROVED && !a->again);
}

typedef struct Answering {             /* what a person said, as it was checked */
    const Datum *answers; uint32_t n;
    Value who, eligible;
    const char *instead;               /* the absent one for whom they stand in, or NULL */
} Answering;

/* One of several has answered. They give no one value, unless one is enough. */
static void one_answers(Decide *d, const Act *a, const Answering *given, Event e, Instant deadline)
{
    const IrProgram *p = d->env->program;
    Arena *arena = d->out->arena;
    bool yes = d->in->kind != INPUT_REJECT;
    uint32_t n = given->n;
    const Input *in = d->in;
    Value sides = engine_sides(p, &given->who, d->in->at, e.person, e.login, arena);
    Datum *values = data(d, n + 4), *last = data(d, n + 1);
    if (n) memcpy(values, given->answers, n * sizeof *values), memcpy(last, values, n * sizeof *last);
    values[n++] = (Datum){"$eligible", given->eligible};
    if (sides.type != V_NONE) values[n++] = (Datum){"$sides", sides};
    if (given->instead) values[n++] = (Datum){"$for", value_person(given->instead)};
    if (in->files_n) values[n++] = (Datum){"$files", file_note(arena, in->files, in->files_n)};
    e.kind = EV_ANSWERED, e.n = yes, e.values = values, e.values_n = n;
    put(d, e);
    a = case_act(d->of, e.act);
    Tally t = engine_tally(d->of, p, a, &given->who, d->in->at, arena);
    if (t.open && !t.fulfilled) return;
    e = (Event){.kind = (uint16_t)ends_as(step_of(d, e.node), a, t.fulfilled), .act = e.act, .parent = e.parent,
                .node = e.node, .values = last, .values_n = t.most > 1 || !t.fulfilled ? 0 : given->n};
    if (ends_to_be_undone(a, &e)) undo_note(d, &e, NULL, last, &e.values_n);
    offer_ends(d, e, deadline);
}

static Status refuse_closed(const Decide *d, const Act *a, Error *err)
{
    unsigned long long of = (unsigned long long)d->of->id;
    if (!a) return fail(err, ST_REFUSED, "this step of case %llu is no longer open: it was done, or taken back", of);
    return fail(err, ST_REFUSED,
                "\"%s\" of case %llu is not asked of anybody now: `ops why %llu` says what it waits for",
                d->of->flow->nodes[a->node].name, of, of);
}

Status input_person(Decide *d, Error *err)
{
    const Act *a = case_act(d->of, d->in->act);
    if (!a || a->state != ACT_OFFERED)
        return refuse_closed(d, a, err);
    const Input *in = d->in;
    Event e = {.act = a->id, .parent = a->parent, .node = a->node, .person = in->person, .login = in->login,
               .via = in->via, .text = in->text};
    Answering given = {0};
    Datum *answers = NULL;
    Instant deadline = a->deadline;
    Status st = check_person(d, a, &given.who, &given.eligible, err);
    const IrStep *s = step_of(d, a->node);
    bool releases = s->machine != MACHINE_NONE && in->kind != INPUT_REJECT && !a->undoes;
    if (st == ST_OK && releases) st = refuse_unapproved_machine(d, a->id, a->node, a->parent, err);
    if (st == ST_OK && in->kind != INPUT_REJECT)
        st = engine_check_answers(d->of, d->env, a, in->values, in->values_n, d->out->arena, &answers, &given.n, err);
    if (st != ST_OK) return st;
    if (deadline < in->at && !a->late) step_late(d, e.act);
    a = case_act(d->of, e.act);
    if (!a) return ST_OK;                                   /* what is done when it is late ended it */
    given.answers = answers;
    given.instead = engine_instead(d->env->program, &given.who, in->at, in->person, in->login);
    if (!a->undoes && engine_several(&given.who)) {
        one_answers(d, a, &given, e, deadline);
        return ST_OK;
    }
    uint32_t n = given.n;
    Datum *values = data(d, n + 4);
    if (n) memcpy(values, answers, n * sizeof *values);
    e.kind = (uint16_t)ends_as(step_of(d, e.node), a, in->kind != INPUT_REJECT);
    if (ends_to_be_undone(a, &e)) undo_note(d, &e, given.instead, values, &n);
    values[n++] = (Datum){"$eligible", given.eligible};
    if (given.instead) values[n++] = (Datum){"$for", value_person(given.instead)};
    if (in->files_n) values[n++] = (Datum){"$files", file_note(d->out->arena, in->files, in->files_n)};
    e.values = values, e.values_n = n;
    offer_ends(d, e, deadline);
    return ST_OK;
}

/* ---- one person has it -------------------------------------------------------------------- */

Value rule_of_act(Decide *d, const Act *a, const Value *turns)
{
    Act as = *a;
    as.turns = *turns;
    return engine_rule_now(d->of, d->env, &as, d->in->at, d->out->arena);
}

/* Whoever is given a task must be one who may do it; of a turn, one of those who take it. */
static Status check_receiver(Decide *d, const Act *a, Error *err)
{
    Input as = *d->in;
    Act open = *a;
    Value who;
    open.turns = VALUE_NONE;
    if (!d->in->to) return ST_OK;
    as.person = d->in->to, as.login = NULL;
    return engine_check_person(d->of, d->env, &open, &as, d->out->arena, &who, err);
}

/* Who takes a task over for a reason takes the turn with it. */
static Status check_holder(Decide *d, const Act *a, Value *who, Error *err)
{
    Act open = *a;
    bool claims = d->in->kind == INPUT_CLAIM && d->in->text && *d->in->text;
    if (claims) open.turns = VALUE_NONE;
    return engine_check_person(d->of, d->env, &open, d->in, d->out->arena, who, err);
}

Status input_hold(Decide *d, Error *err)
{
    const Act *a = case_act(d->of, d->in->act);
    const Input *in = d->in;
    Value who;
    if (!a || a->state != ACT_OFFERED)
        return refuse_closed(d, a, err);
    Status st = check_holder(d, a, &who, err);
    if (st != ST_OK) return st;
    if (!a->undoes && engine_several(&who))                  /* one undoes what several did */
        return fail(err, ST_REFUSED, "\"%s\" is for several people: nobody can have it alone",
                    d->of->flow->nodes[a->node].name);
    const char *holder = engine_holder(d->env->program, a, &who, in->at);
    bool mine = engine_holds(d->env->program, a, &who, in->at, in->person), claim = in->kind == INPUT_CLAIM;
    if (!mine && (!in->text || !*in->text)) return is_held(d->of, a, in, err);
    bool works = a->began != INT64_MIN;
    if (claim && works && holder && strcmp(holder, in->person) == 0) return ST_OK;
    bool leaves = !claim && !in->to && leaves_turn(d, a, in->person);
    if (!claim && !in->to && !holder && !leaves)
        return fail(err, ST_REFUSED, "nobody has \"%s\" of case %llu: it is for all who may",
                    d->of->flow->nodes[a->node].name, (unsigned long long)d->of->id);
    st = check_receiver(d, a, err);
    if (st != ST_OK) return st;
    Event e = {.kind = claim ? EV_CLAIMED : in->to ? EV_DELEGATED : EV_YIELDED, .act = a->id, .parent = a->parent,
               .node = a->node, .person = in->person, .login = in->login, .via = in->via, .text = in->text};
    Datum *values = data(d, 4);
    if (claim && !a->attempt) values[e.values_n++] = (Datum){"$begins", value_boolean(true)};
    if (in->to) values[e.values_n++] = (Datum){"$to", value_person(in->to)};
    if (in->to || claim) pass_turns(d, a, in->to ? in->to : in->person, values, &e.values_n);
    else if (leaves) leave_turns(d, a, in->person, values, &e.values_n);
    e.values = values;
    put(d, e);
    return ST_OK;
}

/* ---- incidents -------------------------------------------------------------------------- */

/* The incident stands for the end of a round or branch of the block around it. A statement that is a branch itself
 * stands in an act of its own node, too. */
static bool of_block(const Decide *d, const Act *a)
{
    const Act *around = case_act(d->of, a->parent);
    const Act *block = around ? case_act(d->of, around->parent) : NULL;
    return (around && around->node == a->node && !is_branch(d->of, around)) || (block && block->node == a->node);
}

/* The first that a person would have been asked for, and that was not given; NULL: none. */
static const IrField *lacking(const Decide *d, const IrStep *s)
{
    const IrUnit *u = &d->of->flow->unit;
    for (uint32_t i = 0; i < s->ask_n; i++) {
        const IrField *field = &u->fields[s->ask + i];
        bool given = u->types[field->type].optional;
        for (uint32_t k = 0; k < d->in->values_n; k++) given |= strcmp(d->in->values[k].name, field->name) == 0;
        if (!given) return field;
    }
    return NULL;
}

Status skip_values(Decide *d, const IrStep *s, uint32_t parent, Datum **values, uint32_t *n, Error *err)
{
    const IrField *lacks = lacking(d, s);
    if (lacks)
        return fail(err, ST_VALUE, "skipping \"%s\": what follows needs `%s`: give it a value", s->name, lacks->name);
    if (!fit_result(d, s, parent, values, n))
        return fail(err, ST_VALUE, "skipping \"%s\": %s", s->name, d->problem.text);
    return ST_OK;
}

/* What the called process would have given, its outcome too. */
static Status skip_call(Decide *d, const IrNode *n, Datum **values, uint32_t *values_n, Error *err)
{
    const IrFlow *f = d->of->flow;
    Arena *a = d->out->arena;
    const IrType *t = &f->unit.types[f->vars[n->c].type];
    const Zone *zone = engine_zone(d->env->program, d->of, NULL);
    const char *complaint = arena_printf(a, "%s gives no", f->unit.names[n->a]);
    Record *r = record_new(a, t->shape);
    Status st = ST_OK;
    for (uint32_t i = 0; i < t->fields_n && st == ST_OK; i++) {
        const IrField *field = &f->unit.fields[t->fields + i];
        Value given = VALUE_NONE;
        for (uint32_t k = 0; k < d->in->values_n; k++)
            if (strcmp(d->in->values[k].name, field->name) == 0) given = d->in->values[k].value;
        st = field_fit(a, &f->unit, field, &given, zone, &r->fields[i], err);
    }
    for (uint32_t k = 0; k < d->in->values_n && st == ST_OK; k++)
        st = field_known(a, &f->unit, t->fields, t->fields_n, d->in->values[k].name, complaint, err);
    if (st != ST_OK) return error_prefix(err, "skipping \"%s\": ", n->name), st;
    *values = data(d, 1);
    (*values)[(*values_n)++] = (Datum){f->vars[n->c].name, value_record(r)};
    return ST_OK;
}

/* What a `set` would have set, or a wait heard, where the person says it; other statements give nothing. */
static Status skip_variable(Decide *d, const Act *a, Datum **values, uint32_t *values_n, Error *err)
{
    const IrFlow *f = d->of->flow;
    const IrNode *n = &f->nodes[a->node];
    uint32_t slot = a->undoes ? IR_NONE : n->op == IRN_SET ? n->a : n->op == IRN_WAIT_EVENT ? n->b : IR_NONE;
    Status st = ST_OK;
    for (uint32_t i = 0; i < d->in->values_n && st == ST_OK; i++) {
        const Datum *given = &d->in->values[i];
        Value v = VALUE_NONE;
        if (slot == IR_NONE) st = fail(err, ST_VALUE, "it gives no values, so `%s` is not taken", given->name);
        else if (strcmp(given->name, f->vars[slot].name) != 0)
            st = fail(err, ST_VALUE, "wanted a value for `%s`, found one for `%s`", f->vars[slot].name, given->name);
        else st = variable_fit(d, given, &v, err);
        if (st == ST_OK && changed_holds(d, NULL, a->parent, f->vars[slot].type, &v) != ST_OK)
            st = fail(err, ST_VALUE, "%s: %s", given->name, d->problem.text);
        *values = data(d, 1);
        **values = (Datum){given->name, v}, *values_n = 1;
    }
    if (st != ST_OK) error_prefix(err, "skipping \"%s\": ", n->name);
    return st;
}

/* What would have come of the statement, from who skips it. */
static Status incident_values(Decide *d, const Act *a, Datum **values, uint32_t *values_n, Error *err)
{
    const IrNode *n = &d->of->flow->nodes[a->node];
    if (n->op == IRN_STEP && !a->undoes) return skip_values(d, step_of(d, a->node), a->parent, values, values_n, err);
    if (n->op == IRN_CALL && n->c != IR_NONE) return skip_call(d, n, values, values_n, err);
    return skip_variable(d, a, values, values_n, err);
}

/* The case itself: its deadline cannot be computed, so it has not begun. */
static bool is_beginning(const Act *a)
{
    return a->node == 0 && a->parent == 0 && !a->undoes;
}

bool engine_retries(const Case *c, const Act *a)
{
    const IrNode *n = &c->flow->nodes[a->node];
    const IrStep *s = n->op == IRN_STEP && !a->undoes ? &c->flow->steps[n->a] : NULL;
    bool begins = s && s->machine != MACHINE_NONE && (a->attempt > 0 || s->who == CODE_NONE);
    return !begins || !case_unapproved(c, a->id, a->parent);
}

/* Somebody else was first. Of what is no step the case keeps no word; its history does. */
static Status refuse_settled(const Decide *d, const Act *a, Error *err)
{
    const Case *c = d->of;
    unsigned long long id = (unsigned long long)c->id;
    if (a)
        return fail(err, ST_REFUSED,
                    "\"%s\" of case %llu is no incident any more: it is being tried again, or goes on; "
                    "`ops why %llu` tells", c->flow->nodes[a->node].name, id, id);
    for (uint32_t i = c->did.n; i-- > 0;) {
        const Did *did = &c->did.items[i];
        if (did->act != d->in->act) continue;
        return fail(err, ST_REFUSED, "\"%s\" of case %llu is not open any more: %s%s%s meanwhile",
                    c->flow->nodes[did->node].name, id, event_name(did->how), did->person ? " by " : "",
                    did->person ? did->person : "");
    }
    return fail(err, ST_REFUSED, "the incident of case %llu was taken care of meanwhile: `ops show %llu` tells by whom",
                id, id);
}

Status input_incident(Decide *d, Error *err)
{
    const Act *a = case_act(d->of, d->in->act);
    const Input *in = d->in;
    if (in->kind == INPUT_SKIP && a && (a->again || a->state != ACT_INCIDENT)) return skip_open(d, a, err);
    if (!a || a->state != ACT_INCIDENT)
        return refuse_settled(d, a, err);
    uint32_t node = a->node, parent = a->parent, id = a->id;
    const IrNode *n = &d->of->flow->nodes[node];
    bool again = a->again, undoes = a->undoes != 0, block = !undoes && of_block(d, a), begun = a->attempt > 0;
    bool begins = is_beginning(a), heard = !undoes && (n->op == IRN_WAIT_EVENT || n->op == IRN_ON_EVENT);
    Instant deadline = a->deadline;
    uint32_t before = case_repeated(d->of, id);
    const Value seen = value_copy(d->out->arena, &a->loose);
    Event e = {.act = id, .parent = parent, .node = node, .person = in->person, .login = in->login, .via = in->via,
               .text = in->text};
    if (in->kind == INPUT_RETRY) {
        const IrStep *step = n->op == IRN_STEP && !undoes ? step_of(d, node) : NULL;
        Status st = engine_retries(d->of, a) ? ST_OK : refuse_unapproved_machine(d, id, node, parent, err);
        if (st != ST_OK) return st;
        e.kind = EV_RETRIED;
        put(d, e);
        if (undoes && !begun) return ST_OK;                 /* begun anew with what is owed */
        if (begins) case_begins(d, true);
        else if (begun && step && step->machine == MACHINE_NONE) step_begins(d, id, node, parent);
        else if (begun) machine_begin(d, id, node, parent, deadline);
        else if (again && !step_repeats(d, waits_again(d, node, parent, &seen), node, parent, before, in->text))
            return fail(err, ST_FAILED, "\"%s\" of case %llu cannot be offered: %s. `ops correct` says what is right",
                        n->name, (unsigned long long)d->of->id, d->problem.text);
        else if (again) return ST_OK;
        else if (heard && (n->op == IRN_ON_EVENT || deadline != INSTANT_NEVER)) listen_again(d, node, parent, deadline);
        else if (block) go_on_after(d, node + 1, parent);
        else go(d, node, parent);
        return ST_OK;
    }
    if (!in->text || !*in->text) return fail(err, ST_VALUE, "skipping wants a reason: --because \"...\"");
    if (block) return fail(err, ST_REFUSED, "the end of a round cannot be skipped: retry it, or cancel the case");
    if (!undoes && is_unapproved(d, a)) return refuse_unapproved(d, node, err);
    Datum *values = NULL;
    uint32_t values_n = 0;
    Status st = incident_values(d, a, &values, &values_n, err);
    if (st != ST_OK) return st;
    e.kind = EV_SKIPPED, e.values = values, e.values_n = values_n;
    put(d, e);
    if (begins) case_begins(d, false);
    else if (!undoes && n->op != IRN_ON_EVENT) go_on_after(d, node, parent);
    return ST_OK;
}
