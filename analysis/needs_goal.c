/* needs_goal.c -- does a goal's metric read anything that happens?
 *
 * A goal reads metrics, a metric aggregates over cases, and an aggregate their
 * variables and attributes. One that nothing ever sets, a lateness without a
 * deadline, costs without rates: such a goal is a wish.
 */
#include "analysis/needs_private.h"

#include <string.h>

typedef struct Reading {
    NeedsWork *w;
    bool cases;                        /* it reads some */
    bool *seen;                        /* metrics */
    const IrProcess *process;          /* whose cases are read */
    const char *problem, *write;
} Reading;

static void problem(Reading *r, const char *write, const char *format, const char *a, const char *b)
{
    if (r->problem) return;
    Buf text = {0};
    for (const char *p = format; *p; p++) {
        if (p[0] != '%') buf_putc(&text, *p);
        else buf_puts(&text, *++p == 'a' ? a : b);
    }
    r->problem = buf_dup(&text, r->w->arena);
    r->write = write;
    buf_free(&text);
}

/* ---- what cases know of themselves --------------------------------------------------- */

static void read_variable(Reading *r, const char *name)
{
    const IrFlow *f = r->process->flow;
    bool known = false;
    for (uint32_t slot = 0; slot < f->vars_n; slot++) {
        if (strcmp(f->vars[slot].name, name) != 0) continue;
        known = true;
        if (f->vars[slot].takes) return;
        for (uint32_t node = 0; node < f->nodes_n; node++)
            if (ir_fills(f, node, slot)) return;
    }
    problem(r, arena_printf(r->w->arena, "set %s = ..., where it is known", name),
            known ? "nothing in %a ever sets %b, so it stays what it is at first" : "%a has no %b", r->process->name,
            name);
}

static bool costs_something(const NeedsWork *w, const IrFlow *f, const char *step)
{
    for (uint32_t i = 0; i < f->steps_n; i++) {
        const IrRole *role = f->steps[i].role ? ir_role(w->program, f->steps[i].role) : NULL;
        if ((!step || strcmp(step, f->steps[i].name) == 0) && role && role->cost.type != V_NONE) return true;
    }
    return false;
}

/* step NULL: of the case. */
static void read_attribute(Reading *r, uint32_t attribute, const char *step)
{
    const IrFlow *f = r->process->flow;
    uint32_t i = step ? ir_step(f, step) : IR_NONE;
    if (attribute == ATTR_LATE) {
        bool due = step ? i != IR_NONE && f->steps[i].deadline != CODE_NONE : f->deadline != CODE_NONE;
        const char *text =
            step ? "step %b of %a is never late: it has no deadline" : "%a is never late: it has no deadline";
        if (!due) problem(r, "within 2 days", text, r->process->name, step);
    } else if (attribute == ATTR_COST && !costs_something(r->w, f, step)) {
        problem(r, "costs $40 per hour, in the role that does it", "nobody who does %a costs anything",
                r->process->name, "");
    }
}

/* Does some case of the process end so, as far as it can be known? A `stop` that says what data say may. */
static bool ends_as(const IrFlow *f, const char *outcome)
{
    for (uint32_t i = 0; i < f->nodes_n; i++) {
        if (f->nodes[i].op != IRN_STOP) continue;
        uint32_t word = f->unit.code[f->nodes[i].a];
        const Value *v = IR_INSTRUCTION_OP(word) == IR_CONST ? &f->unit.consts[IR_INSTRUCTION_OPERAND(word)] : NULL;
        bool whole = IR_INSTRUCTION_OP(f->unit.code[f->nodes[i].a + 1]) == IR_END;
        if (!v || !whole || v->type != V_TEXT || strcmp(v->text, outcome) == 0) return true;
    }
    for (uint32_t i = 0; i < f->steps_n; i++)
        if (f->steps[i].approve != CODE_NONE && f->steps[i].on_reject == IR_NONE && strcmp(outcome, "rejected") == 0)
            return true;
    return false;
}

/* `outcome is "sent"`: the attribute, the text, the comparison. */
static void read_outcome(Reading *r, uint32_t at)
{
    const IrUnit *u = &r->w->program->unit;
    if (IR_INSTRUCTION_OP(u->code[at + 1]) != IR_CONST || IR_INSTRUCTION_OP(u->code[at + 2]) != IR_EQ) return;
    const Value *v = &u->consts[IR_INSTRUCTION_OPERAND(u->code[at + 1])];
    if (v->type != V_TEXT || ends_as(r->process->flow, v->text)) return;
    problem(r, arena_printf(r->w->arena, "stop \"%s\", where a case ends so", v->text),
            "no case of %a ends with the outcome \"%b\"", r->process->name, v->text);
}

static void read_case(Reading *r, Code code)
{
    const IrUnit *u = &r->w->program->unit;
    const char *text = NULL;
    for (uint32_t i = code, end = code == CODE_NONE ? code : code + ir_code_length(u, code); i < end; i++) {
        uint32_t x = IR_INSTRUCTION_OPERAND(u->code[i]);
        switch (IR_INSTRUCTION_OP(u->code[i])) {
        case IR_CONST: text = u->consts[x].type == V_TEXT ? u->consts[x].text : NULL; break;
        case IR_CASE_VAR: read_variable(r, u->names[x]); break;
        case IR_ATTR:
            if (x == ATTR_OUTCOME) read_outcome(r, i);
            else read_attribute(r, x, NULL);
            break;
        case IR_STEP_ATTR:
            if (text) read_attribute(r, x, text);
            break;
        default: break;
        }
    }
}

/* ---- what metrics read ------------------------------------------------------------------ */

static void read_aggregate(Reading *r, const IrAggregate *a)
{
    static const char *const statuses[] = {[STATUS_DRAFT] = "a draft", [STATUS_RETIRED] = "retired"};
    r->cases = true;
    r->process = ir_process(r->w->program, a->process);
    if (!r->process) return;
    if (r->process->status == STATUS_DRAFT || r->process->status == STATUS_RETIRED)
        problem(r, "status live", "%a is %b, so nothing of it happens", r->process->name, statuses[r->process->status]);
    read_case(r, a->value);
    read_case(r, a->where);
}

static void read_metric(Reading *r, uint32_t metric);

static void read_code(Reading *r, Code code)
{
    const IrProgram *p = r->w->program;
    const IrUnit *u = &p->unit;
    for (uint32_t i = code, end = code + ir_code_length(u, code); i < end; i++) {
        uint32_t x = IR_INSTRUCTION_OPERAND(u->code[i]);
        if (IR_INSTRUCTION_OP(u->code[i]) == IR_METRIC) read_metric(r, x);
        else if (IR_INSTRUCTION_OP(u->code[i]) == IR_AGGREGATE) read_aggregate(r, &p->aggregates[x]);
    }
}

static void read_metric(Reading *r, uint32_t metric)
{
    const IrMetric *m = &r->w->program->metrics[metric];
    if (r->seen[metric]) return;
    r->seen[metric] = true;
    read_code(r, m->code);
}

const char *needs_unmeasured(NeedsWork *w, const IrGoal *goal, const char **write)
{
    Reading r = {.w = w, .seen = ARENA_ARRAY(w->arena, bool, w->program->metrics_n)};
    read_code(&r, goal->code);
    if (!r.cases)
        problem(&r, "metric done = count(PROCESS where finished, last 30 days)",
                "it reads no case, only what stands here",
                "", "");
    *write = r.write;
    return r.problem;
}
