/* engine_host.c -- what an expression of a case may ask for, and who may do a step. */
#include "runtime/engine_private.h"

#include <string.h>

/* ---- attributes ------------------------------------------------------------------ */

static bool ended_well(const Did *d)
{
    return d->how == EV_FINISHED || d->how == EV_DONE || d->how == EV_APPROVED;
}

static const Did *last_did(const Case *c, uint32_t node)
{
    for (uint32_t i = c->did.n; i-- > 0;)
        if (c->did.items[i].node == node) return &c->did.items[i];
    return NULL;
}

static const Act *open_step(const Case *c, uint32_t node)
{
    for (uint32_t i = c->acts.n; i-- > 0;)
        if (c->acts.items[i].node == node && c->acts.items[i].state != ACT_BLOCK) return &c->acts.items[i];
    return NULL;
}

static Value moment(Instant t)
{
    return t == INT64_MIN || t == INSTANT_NEVER ? VALUE_NONE : value_datetime(t);
}

static Value work_cost(const Value *rate, const Did *d, int64_t unit)
{
    int64_t cost;
    if (rate->type != V_MONEY || !decimal_scale(rate->i, d->ended - d->began, unit, &cost)) return VALUE_NONE;
    return value_money(cost, rate->unit);
}

/* Work time times what the step costs, else its role, for what is known of both; and what the step costs each time.
 * None where neither costs anything. */
static Value step_cost(const Case *c, const IrProgram *p, const Did *d)
{
    const IrStep *s = &c->flow->steps[c->flow->nodes[d->node].a];
    const IrRole *role = s->role && d->person ? ir_role(p, s->role) : NULL;
    if (s->cost.type == V_MONEY && s->cost_per != PER_TIME)
        return work_cost(&s->cost, d, s->cost_per == PER_HOUR ? US_HOUR : US_MINUTE);
    Value work = role ? work_cost(&role->cost, d, US_HOUR) : VALUE_NONE;
    if (s->cost.type != V_MONEY) return work;
    if (work.type == V_NONE) return s->cost;
    return work.unit == s->cost.unit && decimal_add(work.i, s->cost.i, &work.i) ? work : VALUE_NONE;
}

static Value case_cost(const Case *c, const IrProgram *p)
{
    Value sum = VALUE_NONE;
    for (uint32_t i = 0; i < c->did.n; i++) {
        Value v = step_cost(c, p, &c->did.items[i]);
        if (v.type == V_NONE) continue;
        if (sum.type == V_NONE) sum = v;
        else if (sum.unit != v.unit || !decimal_add(sum.i, v.i, &sum.i)) return VALUE_NONE;
    }
    return sum;
}

static Value case_waiting(const Case *c)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < c->did.n; i++) sum += c->did.items[i].began - c->did.items[i].offered;
    return value_duration(sum);
}

static Value of_case(const Case *c, const IrProgram *p, Instant now, IrAttribute attr)
{
    bool is_running = c->status == CASE_RUNNING;
    switch (attr) {
    case ATTR_STARTED:   return moment(c->started);
    case ATTR_ENDED:     return moment(c->ended);
    case ATTR_RUNNING:   return value_boolean(is_running);
    case ATTR_FINISHED:  return value_boolean(c->status == CASE_FINISHED);
    case ATTR_FAILED:    return value_boolean(c->status == CASE_FAILED);
    case ATTR_CANCELLED: return value_boolean(c->status == CASE_CANCELLED);
    case ATTR_LATE:      return value_boolean(c->late || (is_running && now > c->deadline));
    case ATTR_DURATION:  return is_running ? VALUE_NONE : value_duration(c->ended - c->started);
    case ATTR_WAITING:   return case_waiting(c);
    case ATTR_COST:      return case_cost(c, p);
    case ATTR_OUTCOME:   return c->outcome ? value_text(c->outcome) : VALUE_NONE;
    case ATTR_PERSON:
    case ATTR_COUNT:     return VALUE_NONE;
    }
    return VALUE_NONE;
}

static Value step_outcome(const Did *d)
{
    if (!d) return VALUE_NONE;
    if (d->how == EV_APPROVED) return value_text("approved");
    if (d->how == EV_REJECTED) return value_text("rejected");
    if (d->how == EV_WITHDRAWN) return value_text("withdrawn");
    return value_text(d->how == EV_SKIPPED ? "skipped" : d->how == EV_FAILED ? "failed" : "done");
}

static Value of_step(const Case *c, const IrProgram *p, Instant now, IrAttribute attr, uint32_t node)
{
    const Did *d = last_did(c, node);
    const Act *open = open_step(c, node);
    int64_t count = 0;
    switch (attr) {
    case ATTR_STARTED:   return d ? moment(d->offered) : open ? moment(open->offered) : VALUE_NONE;
    case ATTR_ENDED:     return d ? moment(d->ended) : VALUE_NONE;
    case ATTR_RUNNING:   return value_boolean(open != NULL);
    case ATTR_FINISHED:  return value_boolean(d && ended_well(d));
    case ATTR_FAILED:    return value_boolean(d && d->how == EV_FAILED);
    case ATTR_CANCELLED: return value_boolean(!d && !open && c->status == CASE_CANCELLED);
    case ATTR_LATE:      return value_boolean((d && d->late) || (open && (open->late || now > open->deadline)));
    case ATTR_DURATION:  return d ? value_duration(d->ended - d->offered) : VALUE_NONE;
    case ATTR_WAITING:   return d ? value_duration(d->began - d->offered) : VALUE_NONE;
    case ATTR_COST:      return d ? step_cost(c, p, d) : VALUE_NONE;
    case ATTR_OUTCOME:   return step_outcome(d);
    case ATTR_PERSON:    return d && d->person ? value_person(d->person) : VALUE_NONE;
    case ATTR_COUNT:
        for (uint32_t i = 0; i < c->did.n; i++) count += c->did.items[i].node == node && ended_well(&c->did.items[i]);
        return value_integer(count);
    }
    return VALUE_NONE;
}

static Status node_of(const Case *c, const char *step, uint32_t *node, Error *err)
{
    uint32_t s = ir_step(c->flow, step);
    if (s == IR_NONE)
        return fail(err, ST_FAILED, "case %llu keeps the %s it began with, which has no step \"%s\"",
                    (unsigned long long)c->id, c->process, step);
    *node = c->flow->steps[s].node;
    return ST_OK;
}

Status case_attribute(const Case *c, const IrProgram *p, Instant now, IrAttribute attr, const char *step, Arena *a,
                      Value *out, Error *err)
{
    uint32_t node;
    if (!step) {
        *out = of_case(c, p, now, attr);
    } else {
        Status st = node_of(c, step, &node, err);
        if (st != ST_OK) return st;
        *out = of_step(c, p, now, attr, node);
    }
    *out = value_copy(a, out);
    return ST_OK;
}

/* ---- the host of a case's expressions ---------------------------------------------------- */

typedef struct BoundHost { CaseHost of; uint32_t slot; const Value *value; } BoundHost;

static const Value *host_slot(void *self, uint32_t slot)
{
    const CaseHost *h = self;
    return case_var(h->of, h->act, slot);
}

static const Value *bound_slot(void *self, uint32_t slot)
{
    const BoundHost *h = self;
    return slot == h->slot ? h->value : case_var(h->of.of, h->of.act, slot);
}

static Status host_attr(void *self, Arena *a, IrAttribute attr, const char *step, Value *out, Error *err)
{
    const CaseHost *h = self;
    return case_attribute(h->of, h->env->program, h->host.now, attr, step, a, out, err);
}

static Status host_persons(void *self, Arena *a, const char *step, Value *list, Error *err)
{
    const CaseHost *h = self;
    uint32_t node, n = 0;
    Status st = node_of(h->of, step, &node, err);
    if (st != ST_OK) return st;
    const Did *d = last_did(h->of, node);
    Value *items = ARENA_ARRAY(a, Value, 2);
    if (d && d->person) items[n++] = value_person(arena_dup(a, d->person));
    if (d && d->login && (!d->person || strcmp(d->login, d->person) != 0))
        items[n++] = value_person(arena_dup(a, d->login));
    *list = value_list(items, n);
    return ST_OK;
}

static Status host_steps(void *self, const char *step, uint64_t *count, Error *err)
{
    const CaseHost *h = self;
    uint32_t node;
    Status st = node_of(h->of, step, &node, err);
    if (st != ST_OK) return st;
    *count = 0;
    for (uint32_t i = 0; i < h->of->did.n; i++)
        *count += h->of->did.items[i].node == node && ended_well(&h->of->did.items[i]);
    return ST_OK;
}

static Status host_table(void *self, Arena *a, const char *table, const Value *key, Value *row, Error *err)
{
    const CaseHost *h = self;
    return h->env->table(h->env->self, a, table, key, row, err);
}

static Status host_metric(void *self, Arena *a, uint32_t metric, Value *out, Error *err)
{
    const CaseHost *h = self;
    return h->env->metric(h->env->self, a, metric, out, err);
}

const Zone *engine_zone(const IrProgram *p, const Case *c, const IrStep *step)
{
    return ir_zone_of(p, c->process, step ? step->role : NULL);
}

void engine_host(CaseHost *h, const Case *c, const Env *env, uint32_t act, const IrStep *step, Instant now)
{
    *h = (CaseHost){.of = c, .env = env, .act = act};
    h->host = (EvalHost){.now = now,
                         .program = env->program,
                         .zone = engine_zone(env->program, c, step),
                         .slot = host_slot,
                         .attr = host_attr,
                         .persons = host_persons,
                         .steps = host_steps,
                         .table = env->table ? host_table : NULL,
                         .metric = env->metric ? host_metric : NULL,
                         .self = h};
}

bool bound_condition(Decide *d, Code code, uint32_t act, uint32_t slot, const Value *value, bool *holds)
{
    BoundHost h = {.slot = slot, .value = value};
    engine_host(&h.of, d->of, d->env, act, NULL, d->in->at);
    h.of.host.slot = bound_slot;
    h.of.host.self = &h;
    return eval_condition(&d->of->flow->unit, code, &h.of.host, d->out->arena, holds, &d->problem) == ST_OK;
}

/* ---- records from elsewhere ------------------------------------------------------------------ */

static const Value *given(const Input *in, const char *name)
{
    for (uint32_t i = 0; i < in->values_n; i++)
        if (strcmp(in->values[i].name, name) == 0) return &in->values[i].value;
    return NULL;
}

Status message_record(Decide *d, uint32_t type, Value *out, Error *err)
{
    const IrUnit *u = &d->of->flow->unit;
    const IrType *t = &u->types[type];
    Record *r = record_new(d->out->arena, t->shape);
    for (uint32_t i = 0; i < t->fields_n; i++) {
        const IrField *f = &u->fields[t->fields + i];
        const Value *v = given(d->in, f->name);
        const Value none = VALUE_NONE;
        Status st = value_fit(d->out->arena, u, f->type, v ? v : &none, &r->fields[i], err);
        if (st != ST_OK) {
            error_prefix(err, "%s of event %s: ", f->name, d->in->text);
            return st;
        }
    }
    *out = value_record(r);
    return ST_OK;
}

Value returned_record(Decide *d, uint32_t type)
{
    const IrUnit *u = &d->of->flow->unit;
    const IrType *t = &u->types[type];
    Record *r = record_new(d->out->arena, t->shape);
    for (uint32_t i = 0; i < t->fields_n; i++) {
        const IrField *f = &u->fields[t->fields + i];
        const Value *v = given(d->in, f->name);
        if (v) r->fields[i] = *v;
        else if (strcmp(f->name, "outcome") == 0 && d->in->text) r->fields[i] = value_text(d->in->text);
    }
    return value_record(r);
}

/* ---- forms: values that are asked, taken or given, before the case has them --------------------- */

typedef struct Form {
    CaseHost of;
    const IrFlow *flow;
    FieldRange fields;
    const Datum *values;
    uint32_t values_n;
} Form;

static const Datum *datum(const Datum *values, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(values[i].name, name) == 0) return &values[i];
    return NULL;
}

/* A condition on one field sees all of its form. */
static const Value *form_slot(void *self, uint32_t slot)
{
    const Form *h = self;
    for (uint32_t i = 0; i < h->fields.n; i++) {
        const IrField *field = &h->flow->unit.fields[h->fields.first + i];
        const Datum *found = field->slot == slot ? datum(h->values, h->values_n, field->name) : NULL;
        if (found) return &found->value;
    }
    return case_var(h->of.of, h->of.act, slot);
}

static void form_open(Form *h, const Case *c, const Env *env, Instant now, uint32_t act, FieldRange fields)
{
    *h = (Form){.flow = c->flow, .fields = fields};
    engine_host(&h->of, c, env, act, fields.step, now);
    h->of.host.slot = form_slot;
    h->of.host.self = h;
}

static Status form_condition(const Form *h, const IrField *field, Arena *a, Error *err)
{
    bool holds = true;
    const Datum *found = datum(h->values, h->values_n, field->name);
    if (!found || found->value.type == V_NONE) return ST_OK;
    Status st = field_match(field, &found->value, err);
    if (st != ST_OK) return st;
    st = records_hold(&h->flow->unit, field->type, &found->value, &h->of.host, a, err);
    if (st != ST_OK) {
        error_prefix(err, "%s: ", field->name);
        return st;
    }
    if (field->where == CODE_NONE) return ST_OK;
    st = eval_condition(&h->flow->unit, field->where, &h->of.host, a, &holds, err);
    return st == ST_OK && !holds ? field_unmet(field, &found->value, h->of.host.zone, err) : st;
}

Status form_check(const Case *c, const Env *env, Instant now, uint32_t act, FieldRange fields, const Datum *values,
                  uint32_t values_n, Arena *a, Error *err)
{
    Form h;
    Status st = ST_OK;
    form_open(&h, c, env, now, act, fields);
    h.values = values, h.values_n = values_n;
    for (uint32_t i = 0; i < fields.n && st == ST_OK; i++)
        st = form_condition(&h, &c->flow->unit.fields[fields.first + i], a, err);
    return st;
}

Status form_default(const Case *c, const Env *env, Instant now, FieldRange fields, const IrField *field,
                    const Datum *values, uint32_t values_n, Arena *a, Value *out, Error *err)
{
    Form h;
    form_open(&h, c, env, now, 0, fields);
    h.values = values, h.values_n = values_n;
    Status st = eval(&c->flow->unit, field->initial, &h.of.host, a, out, err);
    if (st != ST_OK) error_prefix(err, "%s: ", field->name);
    return st;
}

typedef struct Promise { CaseHost of; const Datum *values; uint32_t values_n; } Promise;

/* A value by this name is set for the innermost variable in sight, which the step's own conditions read. */
static const Value *promise_slot(void *self, uint32_t slot)
{
    const Promise *p = self;
    const Datum *found = datum(p->values, p->values_n, p->of.of->flow->vars[slot].name);
    return found ? &found->value : case_var(p->of.of, p->of.act, slot);
}

bool value_with(Decide *d, Code code, uint32_t act, const IrStep *step, const Datum *values, uint32_t n, Value *v)
{
    Promise p = {.values = values, .values_n = n};
    engine_host(&p.of, d->of, d->env, act, step, d->in->at);
    p.of.host.slot = promise_slot;
    p.of.host.self = &p;
    return eval(&d->of->flow->unit, code, &p.of.host, d->out->arena, v, &d->problem) == ST_OK;
}

Status ensures_check(const Case *c, const Env *env, Instant now, uint32_t act, const IrStep *step, bool skipped,
                     const Datum *values, uint32_t values_n, Arena *a, Error *err)
{
    Promise p = {.values = values, .values_n = values_n};
    Status st = ST_OK;
    engine_host(&p.of, c, env, act, step, now);
    p.of.host.slot = promise_slot;
    p.of.host.self = &p;
    for (uint32_t i = 0; i < step->ensures_n && st == ST_OK; i++) {
        const IrEnsure *e = &c->flow->ensures[step->ensures + i];
        bool holds = false;
        if (skipped && !e->own) continue;
        st = eval_condition(&c->flow->unit, e->code, &p.of.host, a, &holds, err);
        if (st != ST_OK) error_prefix(err, "`%s` must hold when the step ends: ", e->text);
        else if (!holds) st = fail(err, ST_VALUE, "`%s` must hold when the step ends, and does not", e->text);
    }
    return st;
}

/* ---- answers ------------------------------------------------------------------------------------ */

static const IrStep *step_of_act(const Case *c, const Act *act)
{
    return &c->flow->steps[c->flow->nodes[act->node].a];
}

/* The answer to one field; without one its default, or none where that may be. */
static Status read_answer(const Form *form, const IrField *field, const Datum *found, Arena *a, Value *out, Error *err)
{
    const IrUnit *u = &form->flow->unit;
    const Value none = VALUE_NONE;
    Status st = ST_OK;
    if (!found && field->initial != CODE_NONE) {
        st = eval(u, field->initial, &form->of.host, a, out, err);
        if (st == ST_OK) st = value_fit(a, u, field->type, out, out, err);
        if (st != ST_OK) error_prefix(err, "%s: ", field->name);
        return st;
    }
    if (!found && !u->types[field->type].optional)
        return fail(err, ST_VALUE, "`%s` is wanted and was not given", field->name);
    bool empty =
        found && found->value.type == V_TEXT && !found->value.len && u->types[field->type].optional; /* left out */
    return field_fit(a, u, field, found && !empty ? &found->value : &none, form->of.host.zone, out, err);
}

static Status only_asked(const IrFlow *f, const IrStep *s, const Datum *answers, uint32_t n, Arena *a, Error *err)
{
    const char *complaint = arena_printf(a, "\"%s\" does not ask for", s->name);
    Status st = ST_OK;
    for (uint32_t i = 0; i < n && st == ST_OK; i++)
        st = field_known(a, &f->unit, s->ask, s->ask_n, answers[i].name, complaint, err);
    return st;
}

Status engine_check_answer(const Case *c, const Env *env, const Act *act, uint32_t ask, const Datum *answers,
                           uint32_t n, Arena *a, Error *err)
{
    const IrFlow *f = c->flow;
    const IrStep *s = step_of_act(c, act);
    Datum *fitted = ARENA_ARRAY(a, Datum, ask + 1);
    Form h;
    uint32_t known = 0;
    form_open(&h, c, env, c->now, act->parent, (FieldRange){s->ask, s->ask_n, s});
    h.values = fitted;
    Status st = only_asked(f, s, answers, n, a, err);
    if (st != ST_OK) return st;
    for (uint32_t i = 0; i <= ask; i++) {
        const IrField *field = &f->unit.fields[s->ask + i];
        const Datum *found = datum(answers, n, field->name);
        st = found || i == ask ? read_answer(&h, field, found, a, &fitted[known].value, err) : ST_CONFLICT;
        if (st != ST_OK && i == ask) return st;
        if (st == ST_OK) fitted[known++].name = field->name, h.values_n = known;
    }
    /* A condition that needs what is still to be asked is judged when all is there. */
    Error why;
    st = form_condition(&h, &f->unit.fields[s->ask + ask], a, &why);
    return st == ST_VALUE ? fail(err, st, "%s", why.text) : ST_OK;
}

Status engine_check_answers(const Case *c, const Env *env, const Act *act, const Datum *answers, uint32_t n,
                            Arena *a, Datum **out, uint32_t *out_n, Error *err)
{
    const IrFlow *f = c->flow;
    const IrStep *s = step_of_act(c, act);
    Datum *fitted = ARENA_ARRAY(a, Datum, s->ask_n + 1);
    Form h;
    *out_n = 0;
    if (act->undoes)
        return n ? fail(err, ST_VALUE, "undoing \"%s\" asks for nothing: complete it without values", s->name) : ST_OK;
    form_open(&h, c, env, c->now, act->parent, (FieldRange){s->ask, s->ask_n, s});
    h.values = fitted;
    Status st = only_asked(f, s, answers, n, a, err);
    if (st != ST_OK) return st;
    for (uint32_t i = 0; i < s->ask_n; i++) {
        const IrField *field = &f->unit.fields[s->ask + i];
        fitted[i].name = field->name;
        st = read_answer(&h, field, datum(answers, n, field->name), a, &fitted[i].value, err);
        if (st != ST_OK) return st;
        h.values_n = i + 1;
    }
    *out = fitted;
    *out_n = s->ask_n;
    st = form_check(c, env, c->now, act->parent, (FieldRange){s->ask, s->ask_n, s}, fitted, s->ask_n, a, err);
    if (st != ST_OK || s->machine != MACHINE_NONE) return st;      /* a machine has still to do its part */
    return ensures_check(c, env, c->now, act->parent, s, false, fitted, s->ask_n, a, err);
}

/* ---- who may -------------------------------------------------------------------------------------- */

static bool in_role(const IrProgram *p, const char *role, const char *person)
{
    const IrRole *r = ir_role(p, role);
    for (uint32_t i = 0; r && i < r->people_n; i++)
        if (strcmp(r->people[i], person) == 0) return true;
    return false;
}

/* "(", "not(" ...; a name may end so, too, but stands behind a colon. */
static bool opens(const char *rule)
{
    size_t n = strlen(rule);
    return n && rule[n - 1] == '(' && !strchr(rule, ':');
}

/* A rule, and the moment for which it is asked. */
typedef struct Rule {
    const IrProgram *program;
    const Value *who;
    Instant when;
} Rule;

static bool group_may(const Rule *r, uint32_t *at, const char *person, const char *login);

/* Is this person in the role to which a role reports that has one of those whom the rule at means? */
static bool manages(const Rule *r, uint32_t at, const char *person)
{
    const IrProgram *p = r->program;
    for (uint32_t i = 0; i < p->roles_n; i++) {
        const IrRole *below = &p->roles[i];
        if (!below->reports_to || !in_role(p, below->reports_to, person)) continue;
        for (uint32_t k = 0; k < below->people_n; k++) {
            uint32_t from = at;
            if (group_may(r, &from, below->people[k], NULL)) return true;
        }
    }
    return false;
}

/* Had they been trained by then for the process that stands at, as "for:NAME"? */
static bool was_trained(const Rule *r, uint32_t at, const char *person)
{
    const IrPerson *known = ir_person(r->program, person);
    const char *process = at < r->who->len ? r->who->list[at].text : "";
    for (uint32_t i = 0; known && i < known->trained_n; i++)
        if (strncmp(process, "for:", 4) == 0 && strcmp(known->trained[i].process, process + 4) == 0)
            return known->trained[i].since <= r->when;
    return false;
}

/* One rule, up to its ")" or the end: whom it leaves out is left out of it only, and so is whoever such a login
 * (NULL: none) acts for. Rules that are counted or taken in turns are not run yet: they let nobody in. */
static bool group_may(const Rule *r, uint32_t *at, const char *person, const char *login)
{
    const IrProgram *p = r->program;
    bool may = false, out = false, inner;
    while (*at < r->who->len) {
        const char *rule = r->who->list[(*at)++].text;
        if (strcmp(rule, ")") == 0) break;
        if (opens(rule)) {
            uint32_t again = *at;
            bool plain = strcmp(rule, "(") == 0, trained = strcmp(rule, "trained(") == 0;
            may |= strcmp(rule, "managers(") == 0 && manages(r, again, person);
            inner = group_may(r, at, person, plain || trained ? login : NULL);
            may |= inner && (plain || (trained && was_trained(r, again, person)));
            out |= inner && strcmp(rule, "not(") == 0;
            out |= login && strcmp(rule, "not(") == 0 && group_may(r, &again, login, NULL);
        } else if (strncmp(rule, "notrole:", 8) == 0) {
            out |= in_role(p, rule + 8, person);
        } else if (strncmp(rule, "not:", 4) == 0) {
            out |= strcmp(rule + 4, person) == 0 || (login && strcmp(rule + 4, login) == 0);
        } else if (strncmp(rule, "person:", 7) == 0) {
            may |= strcmp(rule + 7, person) == 0;
        } else if (strncmp(rule, "role:", 5) == 0) {
            may |= in_role(p, rule + 5, person);
        }
    }
    return may && !out;
}

bool engine_may(const IrProgram *p, const Value *who, const char *person)
{
    return engine_may_for(p, who, INSTANT_NEVER, person, NULL);
}

bool engine_may_for(const IrProgram *p, const Value *who, Instant when, const char *person, const char *login)
{
    const Rule r = {p, who, when};
    uint32_t at = 0;
    return person && group_may(&r, &at, person, login);
}

bool engine_excludes(const IrProgram *p, const Value *who, const char *person)
{
    for (uint32_t i = 0; person && i < who->len; i++) {
        const char *rule = who->list[i].text;
        const Rule r = {p, who, INSTANT_NEVER};
        uint32_t at = i + 1;
        if (strncmp(rule, "not:", 4) == 0 && strcmp(rule + 4, person) == 0) return true;
        if (strcmp(rule, "not(") == 0 && group_may(&r, &at, person, NULL)) return true;
    }
    return false;
}

/* Of whom a rule speaks; each may come more than once. */
typedef void Candidate(void *self, const char *person);

static void each_of(const IrRole *role, Candidate *candidate, void *self)
{
    for (uint32_t i = 0; role && i < role->people_n; i++) candidate(self, role->people[i]);
}

static void candidates(const IrProgram *p, const Value *who, Candidate *candidate, void *self)
{
    for (uint32_t i = 0; i < who->len; i++) {
        const char *rule = who->list[i].text;
        if (strncmp(rule, "role:", 5) == 0) each_of(ir_role(p, rule + 5), candidate, self);
        if (strncmp(rule, "person:", 7) == 0) candidate(self, rule + 7);
        for (uint32_t k = 0; k < p->roles_n && strcmp(rule, "managers(") == 0; k++)
            if (p->roles[k].reports_to) each_of(ir_role(p, p->roles[k].reports_to), candidate, self);
    }
}

typedef struct Eligible {
    const IrProgram *program;
    const Value *who;
    Arena *arena;
    VEC(Value) people;
} Eligible;

static void add_eligible(void *self, const char *person)
{
    Eligible *e = self;
    for (uint32_t i = 0; i < e->people.n; i++)
        if (strcmp(e->people.items[i].text, person) == 0) return;
    if (engine_may(e->program, e->who, person))
        *VEC_PUSH(e->arena, &e->people) = value_person(arena_dup(e->arena, person));
}

Value engine_eligible(const IrProgram *p, const Value *who, Arena *a)
{
    Eligible e = {.program = p, .who = who, .arena = a};
    candidates(p, who, add_eligible, &e);
    return value_list(e.people.items, e.people.n);
}

typedef struct Readers {
    const IrProgram *program;
    const Value *who;
    const Manner *common;
    bool differ;
} Readers;

static void add_reader(void *self, const char *person)
{
    Readers *r = self;
    if (r->differ || !engine_may(r->program, r->who, person)) return;
    const Manner *own = ir_manner(r->program, person);
    r->differ = r->common && own != r->common;
    r->common = own;
}

/* Walks the rules, not the list of all who may: a role may be large, and most businesses read one language. */
const Manner *engine_manner(const IrProgram *p, const Value *who)
{
    Readers r = {.program = p, .who = who};
    bool any = false;
    for (uint32_t i = 0; i < p->persons_n; i++) any |= p->persons[i].language != NULL;
    if (any) candidates(p, who, add_reader, &r);
    return r.common && !r.differ ? r.common : manner_english();
}
