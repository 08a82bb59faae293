/* vacant.c -- steps that too few people are there for, on a day: see vacant.h. */
#include "analysis/vacant.h"

#include <string.h>

typedef struct Asking {
    const IrProgram *program;
    const IrFlow *flow;
    Instant when;
    uint32_t depth;
    EvalHost host;
} Asking;

static const Value *unknown(void *self, uint32_t slot)
{
    (void)self, (void)slot;
    return NULL;
}

static bool rule_of(const Asking *q, const IrStep *s, Arena *a, Value *who);

/* Who can have done a step. Left out for that is nobody for certain, but the only one who is there for it. */
static Status can_have_done(void *self, Arena *a, const char *step, bool ever, Value *list, Error *err)
{
    const Asking *q = self;
    uint32_t at = ir_step(q->flow, step);
    Value who, *one = ARENA_ARRAY(a, Value, 1);
    (void)err;
    *list = value_list(NULL, 0);
    if (at == IR_NONE || q->depth > q->flow->steps_n || !rule_of(q, &q->flow->steps[at], a, &who)) return ST_OK;
    Value may = engine_eligible(q->program, &who, q->when, a);
    uint32_t n = 0;
    for (uint32_t i = 0; i < may.len; i++)
        if (!engine_away(q->program, may.list[i].text, q->when)) one[0] = may.list[i], n++;
    if (!ever) *list = may;
    else if (n == 1) *list = value_list(one, 1);
    return ST_OK;
}

/* False: it hangs on what a case will bring. */
static bool rule_of(const Asking *q, const IrStep *s, Arena *a, Value *who)
{
    Error why;
    Asking inner = *q;
    inner.depth++;
    inner.host = (EvalHost){.now = q->when, .program = q->program, .slot = unknown, .persons = can_have_done,
                            .self = &inner};
    return s->who != CODE_NONE && eval(&q->flow->unit, s->who, &inner.host, a, who, &why) == ST_OK;
}

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
    return names(q, who, person, a) && !engine_can_be_met(q->program, who, q->when, a);
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
        bool vacant = look(&(Asking){.program = p, .flow = f, .when = noon(p, v->day)}, s, person, scratch, v);
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
