/* vacant.c -- steps that too few people are there for, on a day: see vacant.h. */
#include "analysis/vacant.h"

#include <string.h>

typedef struct Doer {                  /* one who did a step before */
    const char *step, *mark;           /* mark: stands for them in a rule that leaves them out */
    Value rule, people;                /* people: those who are there for it */
    const char *person;                /* who it is thought to have been */
} Doer;
typedef VEC(Doer) Doers;

typedef struct Asking {
    const IrProgram *program;
    const IrFlow *flow;
    const IrStep *step;
    Instant when;
    uint32_t depth;
    Doers *before;                     /* of the step that is looked at; of those before it they are not kept */
    EvalHost host;
} Asking;

static const Value *unknown(void *self, uint32_t slot)
{
    (void)self, (void)slot;
    return NULL;
}

static bool rule_of(const Asking *q, const IrStep *s, Arena *a, Value *who);

/* Does every way to the place lead through the step? */
static bool surely_done(const IrFlow *f, const IrStep *s, uint32_t at)
{
    uint32_t up = f->nodes[s->node].parent;
    if (s->node >= at || s->on_fail != IR_NONE) return false;
    for (; up != IR_NONE && f->nodes[up].end <= at; up = f->nodes[up].parent) {
        uint16_t op = f->nodes[up].op;
        if (op != IRN_SEQUENCE && op != IRN_PARALLEL && op != IRN_LOCK && op != IRN_REPEAT) return false;
    }
    return up == IR_NONE || f->nodes[up].op == IRN_SEQUENCE;
}

static void keep_doer(const Asking *q, const Doer *one, Arena *a)
{
    for (uint32_t i = 0; i < q->before->n; i++)
        if (strcmp(q->before->items[i].mark, one->mark) == 0) return;
    *VEC_PUSH(a, q->before) = *one;
}

/* Somebody of these did it, nobody knows who: a mark for each. */
static Value marks_of(const Asking *q, const IrStep *s, const Value *rule, const Value *there, Arena *a)
{
    uint32_t n = s->on_reject != IR_NONE ? 1 : engine_wanted_least(rule, a);
    Value *marks = ARENA_ARRAY(a, Value, n);
    for (uint32_t i = 0; i < n; i++) {
        const char *mark = arena_printf(a, "\n%s\n%u", s->name, i);
        marks[i] = value_person(mark);
        if (q->depth == 1) keep_doer(q, &(Doer){s->name, mark, *rule, *there, NULL}, a);
    }
    return value_list(marks, n);
}

/* Who can have done a step: of those who are there, who else? */
static Status can_have_done(void *self, Arena *a, const char *step, bool ever, Value *list, Error *err)
{
    const Asking *q = self;
    uint32_t at = ir_step(q->flow, step);
    Value who;
    (void)err;
    *list = value_list(NULL, 0);
    if (at == IR_NONE || q->depth > q->flow->steps_n || !rule_of(q, &q->flow->steps[at], a, &who)) return ST_OK;
    Value may = engine_eligible(q->program, &who, q->when, a), *there = ARENA_ARRAY(a, Value, may.len + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < may.len; i++)
        if (!engine_away(q->program, may.list[i].text, q->when)) there[n++] = may.list[i];
    const Value present = value_list(there, n);
    if (!ever) *list = may;
    else if (n == 1) *list = present;
    else if (n && surely_done(q->flow, &q->flow->steps[at], q->step->node))
        *list = marks_of(q, &q->flow->steps[at], &who, &present, a);
    return ST_OK;
}

/* False: it hangs on what a case will bring. */
static bool rule_of(const Asking *q, const IrStep *s, Arena *a, Value *who)
{
    Error why;
    Asking inner = *q;
    inner.depth++;
    inner.step = s;
    inner.host = (EvalHost){.now = q->when, .program = q->program, .slot = unknown, .persons = can_have_done,
                            .self = &inner};
    return s->who != CODE_NONE && eval(&q->flow->unit, s->who, &inner.host, a, who, &why) == ST_OK;
}

/* ---- whoever did the steps before ----------------------------------------------------------- */

/* The rule with those who are thought to have done the steps before. */
static Value with_doers(const Doers *before, const Value *rule, Arena *a)
{
    Value *rules = ARENA_ARRAY(a, Value, rule->len + 1);
    for (uint32_t i = 0; i < rule->len; i++) {
        const char *text = rule->list[i].text;
        rules[i] = rule->list[i];
        for (uint32_t k = 0; k < before->n && strncmp(text, "not:\n", 5) == 0; k++)
            if (strcmp(text + 4, before->items[k].mark) == 0)
                rules[i] = value_text(arena_printf(a, "not:%s", before->items[k].person));
    }
    return value_list(rules, rule->len);
}

/* Can each of them have done their step, when the others did theirs? */
static bool fit_together(const Asking *q, Arena *a)
{
    for (uint32_t i = 0; i < q->before->n; i++) {
        const Doer *one = &q->before->items[i];
        Value rule = with_doers(q->before, &one->rule, a);
        if (!engine_may(q->program, &rule, q->when, one->person)) return false;
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(one->step, q->before->items[k].step) == 0 &&
                strcmp(one->person, q->before->items[k].person) == 0) return false;
    }
    return true;
}

typedef struct Trying { uint32_t tries; bool fits; } Trying;

/* Is there a way in which the steps before were done that leaves enough people? */
static bool some_way(const Asking *q, const Value *who, uint32_t at, Trying *t, Arena *a)
{
    enum { TRIES_MOST = 2000 };
    Doers *before = q->before;
    if (at < before->n) {
        const Value *people = &before->items[at].people;
        for (uint32_t i = 0; i < people->len; i++) {
            before->items[at].person = people->list[i].text;
            if (some_way(q, who, at + 1, t, a)) return true;
        }
        return false;
    }
    if (t->tries++ > TRIES_MOST) return true;              /* nobody knows */
    if (!fit_together(q, a)) return false;
    t->fits = true;
    Value rule = with_doers(before, who, a);
    return engine_can_be_met(q->program, &rule, q->when, a);
}

/* Where the steps before cannot be done either, this one is not looked at with them. */
static bool can_be_met(const Asking *q, const Value *who, Arena *a)
{
    Trying t = {0};
    if (!engine_can_be_met(q->program, who, q->when, a)) return false;
    return !q->before->n || some_way(q, who, 0, &t, a) || !t.fits;
}

/* ---- who is there ---------------------------------------------------------------------------- */

/* ... or one who is away then, and for whom they stand in. */
static bool names(const Asking *q, const Value *who, const char *person, Arena *a)
{
    Value all = engine_named(q->program, who, a);
    bool found = false;
    for (uint32_t i = 0; i < all.len && !found; i++) {
        const IrAway *away = engine_away(q->program, all.list[i].text, q->when);
        found = strcmp(all.list[i].text, person) == 0 ||
                (away && away->stand_in && strcmp(away->stand_in, person) == 0);
    }
    return found;
}

static bool is_vacant(const Asking *q, const Value *who, const char *person, Arena *a)
{
    return names(q, who, person, a) && !can_be_met(q, who, a);
}

/* The role of a rule that hangs on what a case will bring, which nobody is there for; NULL: there is none. */
static const char *vacant_role(const Asking *q, const IrStep *s, const char *person, Arena *a)
{
    const IrUnit *u = &q->flow->unit;
    uint32_t length = s->who == CODE_NONE ? 0 : ir_code_length(u, s->who);
    for (Code i = s->who; length && i < s->who + length; i++) {
        if (IR_INSTRUCTION_OP(u->code[i]) != IR_ROLE) continue;
        const char *role = u->names[IR_INSTRUCTION_OPERAND(u->code[i])];
        Value rule[] = {value_text(arena_printf(a, "role:%s", role))}, who = value_list(rule, 1);
        if (is_vacant(q, &who, person, a)) return role;
    }
    return NULL;
}

static bool look(const Asking *q, const IrStep *s, const char *person, Arena *a, Vacancy *out)
{
    Value who;
    if (rule_of(q, s, a, &who)) return is_vacant(q, &who, person, a);
    out->role = vacant_role(q, s, person, a);
    return out->role != NULL;
}

/* In the middle of the day, so that it is the same day by every clock that people of one business have. */
static Instant noon(const IrProgram *p, int64_t day)
{
    return zone_start_of(ir_zone(p), day) + 12 * US_HOUR;
}

/* The first of the days on which too few are there for the step. */
static bool find_day(const IrProgram *p, const IrFlow *f, const IrStep *s, const char *person, int64_t to, Vacancy *v)
{
    for (; v->day <= to; v->day++) {
        Arena *scratch = arena_new();
        Doers before = {0};
        const Asking q = {.program = p, .flow = f, .when = noon(p, v->day), .before = &before};
        bool vacant = look(&q, s, person, scratch, v);
        arena_free(scratch);
        if (vacant) return true;
    }
    return false;
}

Vacancies vacant_steps(Arena *a, const IrProgram *p, const char *person, int64_t from, int64_t to)
{
    Vacancies found = {0};
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrProcess *process = &p->processes[i];
        for (uint32_t k = 0; k < process->flow->steps_n && process->status != STATUS_RETIRED; k++) {
            const IrStep *s = &process->flow->steps[k];
            Vacancy v = {.process = process->name, .step = s->name, .day = from};
            if (find_day(p, process->flow, s, person, to, &v)) *VEC_PUSH(a, &found) = v;
        }
    }
    return found;
}

bool vacant_task(const IrProgram *p, const Case *c, const Act *act, const char *person, int64_t from, int64_t to,
                 int64_t *day)
{
    bool vacant = false;
    for (*day = from; *day <= to && !vacant; *day += !vacant) {
        Arena *scratch = arena_new();
        const Asking q = {.program = p, .when = noon(p, *day)};
        Value who = engine_rule_listed(c, p, act, q.when, scratch);
        vacant = names(&q, &who, person, scratch) && !engine_can_end(c, p, act, &who, q.when, scratch);
        arena_free(scratch);
    }
    return vacant;
}
