/* engine_host.c -- what an expression of a case may ask for. */
#include "runtime/engine_private.h"

#include <string.h>

/* ---- attributes ------------------------------------------------------------------ */

static bool ended_well(const Did *d)
{
    return d->how == EV_FINISHED || d->how == EV_DONE || d->how == EV_APPROVED;
}

/* Asked for in an element of a list (NULL: elsewhere), a step that each element does is that one's own. */
static const Did *last_did(const Case *c, uint32_t node, const Act *element)
{
    for (uint32_t i = c->did.n; i-- > 0;)
        if (c->did.items[i].node == node && case_did_in(c, &c->did.items[i], element)) return &c->did.items[i];
    return NULL;
}

static const Act *open_step(const Case *c, uint32_t node, const Act *element)
{
    for (uint32_t i = c->acts.n; i-- > 0;) {
        const Act *a = &c->acts.items[i];
        if (a->node == node && a->state != ACT_BLOCK && (!element || is_below(c, a, element->id))) return a;
    }
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

static int64_t times_well(const Case *c, uint32_t node, const Act *element)
{
    int64_t n = 0;
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        n += d->node == node && ended_well(d) && case_did_in(c, d, element);
    }
    return n;
}

static Value of_step(const Case *c, const IrProgram *p, Instant now, IrAttribute attr, uint32_t node, uint32_t act)
{
    const Act *element = case_element_of(c, act, node);
    const Did *d = last_did(c, node, element);
    const Act *open = open_step(c, node, element);
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
        return value_integer(times_well(c, node, element));
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

Status case_attribute(const Case *c, const IrProgram *p, Instant now, IrAttribute attr, const char *step, uint32_t act,
                      Arena *a, Value *out, Error *err)
{
    uint32_t node;
    if (!step) {
        *out = of_case(c, p, now, attr);
    } else {
        Status st = node_of(c, step, &node, err);
        if (st != ST_OK) return st;
        *out = of_step(c, p, now, attr, node, act);
    }
    *out = value_copy(a, out);
    return ST_OK;
}

/* ---- the host of a case's expressions ---------------------------------------------------- */

typedef struct BoundHost { CaseHost of; uint32_t slot; const Value *value; } BoundHost;

/* What a branch had for itself lives on under its name in what is around it: an approval that was given in there may be
 * asked for again when the branch has ended. Elements of a list hand nothing on. */
static const Value *value_seen(const CaseHost *h, uint32_t slot)
{
    const Value *v = case_var(h->of, h->act, slot);
    const IrVar *var = &h->of->flow->vars[slot];
    if (v || !var->scope) return v;
    bool hands_on = h->of->flow->nodes[var->scope].op != IRN_EACH_PARALLEL;
    return hands_on || case_slot(h->of, h->act, var->name) == IR_NONE ? case_named(h->of, h->act, var->name) : NULL;
}

static const Value *host_slot(void *self, uint32_t slot)
{
    return value_seen(self, slot);
}

static const Value *bound_slot(void *self, uint32_t slot)
{
    const BoundHost *h = self;
    return slot == h->slot ? h->value : value_seen(&h->of, slot);
}

static Status host_attr(void *self, Arena *a, IrAttribute attr, const char *step, Value *out, Error *err)
{
    const CaseHost *h = self;
    return case_attribute(h->of, h->env->program, h->host.now, attr, step, h->act, a, out, err);
}

typedef struct Persons { Arena *arena; VEC(Value) items; } Persons;

static void add_person(void *self, const char *person)
{
    Persons *p = self;
    for (uint32_t i = 0; i < p->items.n; i++)
        if (strcmp(p->items.items[i].text, person) == 0) return;
    *VEC_PUSH(p->arena, &p->items) = value_person(arena_dup(p->arena, person));
}

Value case_persons(const Case *c, const IrProgram *p, const char *step, bool ever, uint32_t act, Arena *a)
{
    Persons all = {.arena = a};
    uint32_t s = ir_step(c->flow, step), node = s != IR_NONE ? c->flow->steps[s].node : IR_NONE;
    const Did *last = last_did(c, node, case_element_of(c, act, node));
    for (uint32_t i = 0; i < c->did.n; i++)
        if (c->did.items[i].node == node && (ever || &c->did.items[i] == last))
            case_doers(c, p, &c->did.items[i], add_person, &all);
    return value_list(all.items.items, all.items.n);
}

static Status host_persons(void *self, Arena *a, const char *step, bool ever, Value *list, Error *err)
{
    const CaseHost *h = self;
    uint32_t node;
    Status st = node_of(h->of, step, &node, err);
    if (st == ST_OK) *list = case_persons(h->of, h->env->program, step, ever, h->act, a);
    return st;
}

static Status host_steps(void *self, const char *step, uint64_t *count, Error *err)
{
    const CaseHost *h = self;
    uint32_t node = IR_NONE;
    Status st = node_of(h->of, step, &node, err);
    if (st == ST_OK) *count = (uint64_t)times_well(h->of, node, case_element_of(h->of, h->act, node));
    return st;
}

/* ---- answers that are counted ------------------------------------------------------------- */

typedef struct AnswerHost { CaseHost of; const Reply *answer; } AnswerHost;

/* An answer's own values, and the case's around them. */
static const Value *answer_slot(void *self, uint32_t slot)
{
    const AnswerHost *h = self;
    const char *name = h->of.of->flow->vars[slot].name;
    for (uint32_t i = 0; i < h->answer->values_n; i++)
        if (strcmp(h->answer->values[i].name, name) == 0) return &h->answer->values[i].value;
    return value_seen(&h->of, slot);
}

/* Was it given in this element (NULL: anywhere)? */
static bool answered_in(const Case *c, const Reply *r, const Act *element)
{
    const Act *open = case_act(c, r->act);
    if (!element || (open && is_below(c, open, element->id))) return true;
    for (uint32_t i = c->did.n; i-- > 0;)
        if (c->did.items[i].act == r->act) return case_did_in(c, &c->did.items[i], element);
    return false;
}

static Status host_answers(void *self, const IrUnit *unit, const char *step, Code condition, uint64_t *count,
                           Error *err)
{
    const CaseHost *h = self;
    AnswerHost own = {.of = *h};
    uint32_t node;
    Status st = node_of(h->of, step, &node, err);
    own.of.host.slot = answer_slot;
    own.of.host.answers = NULL;
    own.of.host.self = &own;               /* it begins with what all others ask */
    *count = 0;
    Arena *a = arena_new();
    const Act *element = st == ST_OK ? case_element_of(h->of, h->act, node) : NULL;
    for (uint32_t i = 0; i < h->of->answers.n && st == ST_OK; i++) {
        bool holds = false;
        own.answer = &h->of->answers.items[i];
        bool stands = own.answer->yes && own.answer->act;
        if (own.answer->node != node || !stands || !engine_counts(h->of, own.answer->act, a) ||
            !answered_in(h->of, own.answer, element))
            continue;
        st = eval_condition(unit, condition, &own.of.host, a, &holds, err);
        *count += st == ST_OK && holds;
    }
    arena_free(a);
    return st;
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
                         .answers = host_answers,
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

/* A number is no percent here: what was meant by it, another version of the called process knows. */
static Status returned_fit(Decide *d, const IrField *f, const Value *in, Value *out, Error *err)
{
    const IrUnit *u = &d->of->flow->unit;
    Status st = value_fit(d->out->arena, u, f->type, in, out, err);
    if (st == ST_OK && in->type != out->type) {
        Buf wanted = {0};
        ir_type_print(&wanted, u, f->type);
        st = fail(err, ST_VALUE, "wanted %s, found a %s", buf_text(&wanted), value_type_name(in));
        buf_free(&wanted);
    }
    if (st != ST_OK) error_prefix(err, "%s: ", f->name);
    return st;
}

/* A case of history may end without what it gives. */
Status returned_record(Decide *d, uint32_t type, Value *out, Error *err)
{
    const IrUnit *u = &d->of->flow->unit;
    const IrType *t = &u->types[type];
    Record *r = record_new(d->out->arena, t->shape);
    Status st = ST_OK;
    for (uint32_t i = 0; i < t->fields_n && st == ST_OK; i++) {
        const IrField *f = &u->fields[t->fields + i];
        const Value *v = given(d->in, f->name);
        const Value other = strcmp(f->name, "outcome") == 0 && d->in->text ? value_text(d->in->text) : VALUE_NONE;
        r->fields[i] = other;
        if (v || !d->of->history) st = returned_fit(d, f, v ? v : &other, &r->fields[i], err);
    }
    *out = value_record(r);
    return st;
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
    return value_seen(&h->of, slot);
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
    return found ? &found->value : value_seen(&p->of, slot);
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

static bool is_missing(const IrUnit *u, const IrField *f, const Datum *answers, uint32_t n)
{
    return !datum(answers, n, f->name) && f->initial == CODE_NONE && !u->types[f->type].optional;
}

/* With the first that is missing all the others: nobody wants to hear of them one at a time. */
static Status name_missing(const IrUnit *u, const IrField *fields, uint32_t fields_n, const Datum *answers, uint32_t n,
                           Arena *a, Error *err)
{
    const char *names = "";
    uint32_t missing = 0;
    for (uint32_t i = 0; i < fields_n; i++)
        if (is_missing(u, &fields[i], answers, n))
            names = arena_printf(a, "%s%s`%s`", names, missing++ ? ", " : "", fields[i].name);
    return fail(err, ST_VALUE, "%s %s wanted and %s not given", names, missing > 1 ? "are" : "is",
                missing > 1 ? "were" : "was");
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
    form_open(&h, c, env, c->now, case_sees(act), (FieldRange){s->ask, s->ask_n, s});
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
    form_open(&h, c, env, c->now, case_sees(act), (FieldRange){s->ask, s->ask_n, s});
    h.values = fitted;
    Status st = only_asked(f, s, answers, n, a, err);
    if (st != ST_OK) return st;
    for (uint32_t i = 0; i < s->ask_n; i++) {
        const IrField *field = &f->unit.fields[s->ask + i];
        fitted[i].name = field->name;
        if (is_missing(&f->unit, field, answers, n))
            return name_missing(&f->unit, field, s->ask_n - i, answers, n, a, err);
        st = read_answer(&h, field, datum(answers, n, field->name), a, &fitted[i].value, err);
        if (st != ST_OK) return st;
        h.values_n = i + 1;
    }
    *out = fitted;
    *out_n = s->ask_n;
    st = form_check(c, env, c->now, case_sees(act), (FieldRange){s->ask, s->ask_n, s}, fitted, s->ask_n, a, err);
    if (st != ST_OK || s->machine != MACHINE_NONE) return st;      /* a machine has still to do its part */
    return ensures_check(c, env, c->now, case_sees(act), s, false, fitted, s->ask_n, a, err);
}
