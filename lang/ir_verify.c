/* ir_verify.c -- nothing runs that was not proved to be well-formed.
 *
 * Table-driven: operands by the kinds that ir.def names, stack depths by its
 * pops and pushes, paths by its flow. Jumps go forward only, so one walk per
 * expression is enough and every expression ends.
 */
#include "lang/ir.h"

#include <stdlib.h>
#include <string.h>

typedef enum Operand { OPERAND_NONE, OPERAND_CONST, OPERAND_SLOT, OPERAND_NAME, OPERAND_TYPE, OPERAND_N, OPERAND_TARGET, OPERAND_BUILTIN,
                       OPERAND_CALENDAR, OPERAND_ATTR, OPERAND_METRIC, OPERAND_AGG } Operand;
typedef enum Flow { FLOW_NEXT, FLOW_JUMP, FLOW_FORK, FLOW_STOP } Flow;
typedef struct Row { bool known; uint8_t operand, flow; int8_t pops, pushes; } Row;

static const Row rows[256] = {
#define IRCODE(NAME, number, operand, pops, pushes, flow, meaning) [number] = {true, OPERAND_##operand, FLOW_##flow, pops, pushes},
#include "lang/ir.def"
#undef IRCODE
};

enum { DEEPEST_STACK = 64, CALENDAR_ANY = 0xffffff };

typedef struct Verify {
    const IrUnit *unit;
    uint32_t slots, metrics, aggregates;   /* UINT32_MAX: not known here */
    Error *err;
    const char *where;
} Verify;

static Status bad(Verify *v, const char *what, uint32_t at)
{
    return fail(v->err, ST_INTERNAL, "%s: the compiled form is wrong at %u: %s", v->where, at, what);
}

static Status operand_fits(Verify *v, Operand kind, uint32_t x, uint32_t at)
{
    const IrUnit *u = v->unit;
    switch (kind) {
    case OPERAND_NONE: return x == 0 ? ST_OK : bad(v, "an operand where none belongs", at);
    case OPERAND_CONST: return x < u->consts_n ? ST_OK : bad(v, "no such constant", at);
    case OPERAND_SLOT: return x < v->slots ? ST_OK : bad(v, "no such variable", at);
    case OPERAND_NAME: return x < u->names_n ? ST_OK : bad(v, "no such name", at);
    case OPERAND_TYPE: return x < u->types_n && u->types[x].kind == TYPE_RECORD ? ST_OK : bad(v, "no such record", at);
    case OPERAND_N: return x < 10000 ? ST_OK : bad(v, "too many values", at);
    case OPERAND_TARGET: return x > at && x < u->code_n ? ST_OK : bad(v, "a jump that is not forward", at);
    case OPERAND_BUILTIN: return ir_builtin_name(x) ? ST_OK : bad(v, "no such function", at);
    case OPERAND_CALENDAR: return x == CALENDAR_ANY || x < u->names_n ? ST_OK : bad(v, "no such calendar", at);
    case OPERAND_ATTR: return ir_attribute_name(x) ? ST_OK : bad(v, "no such attribute", at);
    case OPERAND_METRIC: return x < v->metrics ? ST_OK : bad(v, "no such metric", at);
    case OPERAND_AGG: return x < v->aggregates ? ST_OK : bad(v, "no such aggregate", at);
    }
    return bad(v, "an unknown kind of operand", at);
}

/* How many values an instruction takes; -1 where that cannot be told. */
static int pops_of(Verify *v, uint32_t at, uint8_t op, uint32_t x)
{
    const IrUnit *u = v->unit;
    if (rows[op].pops >= 0) return rows[op].pops;
    if (op == IR_RECORD) return (int)u->types[x].fields_n;
    if (op != IR_CALL) return (int)x;
    if (at == 0 || IR_INSTRUCTION_OP(u->code[at - 1]) != IR_CONST) return -1;
    const Value *count = &u->consts[IR_INSTRUCTION_OPERAND(u->code[at - 1])];
    if (count->type != V_NUMBER || count->i < 0 || count->i > 99 * (int64_t)DECIMAL_ONE) return -1;
    return (int)(count->i / DECIMAL_ONE) + 1;
}

/* Depths expected behind jumps, by instruction from the expression's start; -1: not jumped to. */
typedef struct Depths { int8_t *at; uint32_t start, n; } Depths;

static Status join(Verify *v, Depths *d, uint32_t target, int depth)
{
    uint32_t i = target - d->start;
    if (i >= d->n) return bad(v, "a jump out of the expression", target);
    if (d->at[i] >= 0 && d->at[i] != depth) return bad(v, "two ways with different stacks", target);
    d->at[i] = (int8_t)depth;
    return ST_OK;
}

static Status step(Verify *v, Depths *d, uint32_t at, int *depth, bool *reached)
{
    uint32_t w = v->unit->code[at], x = IR_INSTRUCTION_OPERAND(w);
    uint8_t op = IR_INSTRUCTION_OP(w);
    const Row *row = &rows[op];
    if (!row->known) return bad(v, "an unknown instruction", at);
    Status st = operand_fits(v, (Operand)row->operand, x, at);
    if (st != ST_OK) return st;
    int pops = pops_of(v, at, op, x);
    if (pops < 0) return bad(v, "a call without its count of arguments", at);
    if (*depth < pops) return bad(v, "more is taken from the stack than is there", at);
    int left = *depth - pops + row->pushes;
    if (left > DEEPEST_STACK) return bad(v, "the stack grows too deep", at);
    *depth = left;
    if (row->flow == FLOW_JUMP || row->flow == FLOW_FORK) {
        st = join(v, d, x, left);
        if (st != ST_OK) return st;
    }
    if (op == IR_AND || op == IR_OR) *depth = left - 1;       /* kept for the jump, dropped when falling through */
    if (row->flow == FLOW_JUMP || row->flow == FLOW_STOP) *reached = false;
    if (row->flow == FLOW_STOP && left != 0) return bad(v, "an expression that leaves more than its value", at);
    return ST_OK;
}

/* How many instructions an expression has: up to the first stop that no jump leads beyond. 0: it has no end. */
static uint32_t length_of(const IrUnit *u, Code code)
{
    uint32_t furthest = code;
    for (uint32_t at = code; at < u->code_n; at++) {
        uint8_t flow = rows[IR_INSTRUCTION_OP(u->code[at])].flow;
        uint32_t target = IR_INSTRUCTION_OPERAND(u->code[at]);
        if ((flow == FLOW_JUMP || flow == FLOW_FORK) && target > furthest) furthest = target;
        if (flow == FLOW_STOP && at >= furthest) return at - code + 1;
    }
    return 0;
}

static Status verify_code(Verify *v, Code code)
{
    enum { USUAL = 256 };
    uint32_t n = code < v->unit->code_n ? length_of(v->unit, code) : 0;
    if (n == 0) return bad(v, "no such expression, or one without an end", code);
    int8_t usual[USUAL], *room = n > USUAL ? mem_alloc(n) : usual;
    memset(room, -1, n);
    Depths d = {room, code, n};
    int depth = 0;
    bool reached = true;
    Status st = ST_OK;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        if (reached && room[i] >= 0 && room[i] != depth) st = bad(v, "two ways with different stacks", code + i);
        if (!reached && room[i] >= 0) depth = room[i], reached = true;
        if (!reached) continue;        /* an aggregate's own expressions, jumped over: verified by themselves */
        if (st == ST_OK) st = step(v, &d, code + i, &depth, &reached);
    }
    if (room != usual) free(room);
    return st;
}

static Status verify_optional(Verify *v, Code code)
{
    return code == CODE_NONE ? ST_OK : verify_code(v, code);
}

/* ---- pools ------------------------------------------------------------------------------ */

static Status verify_unit(Verify *v)
{
    const IrUnit *u = v->unit;
    for (uint32_t i = 0; i < u->types_n; i++) {
        const IrType *t = &u->types[i];
        if (t->kind > TYPE_RECORD) return bad(v, "an unknown type", i);
        if (t->kind == TYPE_LIST && t->of >= u->types_n) return bad(v, "a list of an unknown type", i);
        if (t->kind != TYPE_RECORD) continue;
        if (t->fields > u->fields_n || t->fields_n > u->fields_n - t->fields) return bad(v, "fields out of range", i);
        if (!t->shape || t->shape->n != t->fields_n) return bad(v, "a record without its shape", i);
    }
    for (uint32_t i = 0; i < u->fields_n; i++) {
        if (u->fields[i].type >= u->types_n || !u->fields[i].name) return bad(v, "a field of an unknown type", i);
        if (u->fields[i].slot != IR_NONE && u->fields[i].slot >= v->slots) return bad(v, "a field of an unknown variable", i);
    }
    return ST_OK;
}

static bool in_range(uint32_t first, uint32_t n, uint32_t all)
{
    return first <= all && n <= all - first;
}

/* ---- flow ---------------------------------------------------------------------------------- */

typedef struct NodeRow { const char *a, *b, *c, *d, *children; } NodeRow;

static const NodeRow *node_row(uint16_t op)
{
    static const NodeRow table[] = {
#define IRNODE(NAME, number, a, b, c, d, children, meaning) [number] = {#a, #b, #c, #d, #children},
#include "lang/ir.def"
#undef IRNODE
    };
    return op < sizeof table / sizeof *table && table[op].a ? &table[op] : NULL;
}

static Status node_operand(Verify *v, const IrFlow *f, const IrNode *n, const char *kind, uint32_t x, uint32_t at)
{
    if (strcmp(kind, "CODE") == 0) return verify_code(v, x);
    if (strcmp(kind, "CODE0") == 0) return verify_optional(v, x);
    if (strcmp(kind, "SLOT") == 0) return x < f->vars_n ? ST_OK : bad(v, "no such variable", at);
    if (strcmp(kind, "SLOT0") == 0) return x == IR_NONE || x < f->vars_n ? ST_OK : bad(v, "no such variable", at);
    if (strcmp(kind, "STEP") == 0) return x < f->steps_n && f->steps[x].node == at ? ST_OK : bad(v, "no such step", at);
    if (strcmp(kind, "NAME") == 0) return x < f->unit.names_n ? ST_OK : bad(v, "no such name", at);
    if (strcmp(kind, "PATH") == 0) return x == IR_NONE || x < f->paths_n ? ST_OK : bad(v, "no such path", at);
    if (strcmp(kind, "ARGS") == 0) {
        if (!n->args_n) return ST_OK;
        if (!in_range(x, n->args_n, f->args_n)) return bad(v, "arguments out of range", at);
        for (uint32_t i = 0; i < n->args_n; i++) {
            Status st = verify_code(v, f->args[x + i].code);
            if (st != ST_OK) return st;
            if (f->args[x + i].slot != IR_NONE && f->args[x + i].slot >= f->vars_n) return bad(v, "no such variable", at);
        }
    }
    return ST_OK;
}

static Status verify_children(Verify *v, const IrFlow *f, uint32_t at, const char *kind)
{
    const IrNode *n = &f->nodes[at];
    uint32_t count = 0;
    for (uint32_t child = at + 1; child < n->end; child = f->nodes[child].end, count++) {
        if (f->nodes[child].parent != at) return bad(v, "a child that names another parent", child);
        if (f->nodes[child].end <= child || f->nodes[child].end > n->end) return bad(v, "a child that is longer than its parent", child);
        if (strcmp(kind, "MANY") != 0 && f->nodes[child].op != IRN_SEQUENCE) return bad(v, "a child that should be a sequence", child);
    }
    bool ok = strcmp(kind, "NONE") == 0 ? count == 0 : strcmp(kind, "ONE") == 0 ? count == 1 || (n->op == IRN_WAIT_EVENT && count == 0)
              : strcmp(kind, "2") == 0 ? count == 2 : true;
    return ok ? ST_OK : bad(v, "a wrong number of children", at);
}

static Status verify_node(Verify *v, const IrFlow *f, uint32_t at)
{
    const IrNode *n = &f->nodes[at];
    const NodeRow *row = node_row(n->op);
    if (!row) return bad(v, "an unknown node", at);
    if (!n->name) return bad(v, "a node without a name", at);
    if ((at == 0) != (n->parent == IR_NONE) || (at && n->parent >= at)) return bad(v, "a wrong parent", at);
    if (n->end <= at || n->end > f->nodes_n) return bad(v, "a wrong end", at);
    Status st = verify_children(v, f, at, row->children);
    if (st == ST_OK) st = node_operand(v, f, n, row->a, n->a, at);
    if (st == ST_OK) st = node_operand(v, f, n, row->b, n->b, at);
    if (st == ST_OK) st = node_operand(v, f, n, row->c, n->c, at);
    if (st == ST_OK) st = node_operand(v, f, n, row->d, n->d, at);
    return st;
}

static Status handler_fits(Verify *v, const IrFlow *f, const IrStep *s, uint32_t node)
{
    if (node == IR_NONE) return ST_OK;
    bool ok = node < f->nodes_n && f->nodes[node].parent == s->node && f->nodes[node].op == IRN_SEQUENCE;
    return ok ? ST_OK : bad(v, "a handler out of place", node);
}

static Status verify_codes(Verify *v, const Code *codes, uint32_t all, uint32_t first, uint32_t n)
{
    if (!in_range(first, n, all)) return bad(v, "expressions out of range", first);
    Status st = ST_OK;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) st = verify_code(v, codes[first + i]);
    return st;
}

static Status verify_step(Verify *v, const IrFlow *f, uint32_t i)
{
    const IrStep *s = &f->steps[i];
    if (!s->name || s->node >= f->nodes_n || f->nodes[s->node].op != IRN_STEP || f->nodes[s->node].a != i) return bad(v, "a step out of place", i);
    if (s->machine > MACHINE_LUA || s->lasts_n > 3) return bad(v, "a step's kind", i);
    if (s->machine == MACHINE_SHELL && !s->shell.text) return bad(v, "a command without text", i);
    if (s->machine == MACHINE_LUA && !s->lua.text) return bad(v, "a Lua block without text", i);
    if (!in_range(s->ask, s->ask_n, f->unit.fields_n) || !in_range(s->gives, s->gives_n, f->unit.fields_n)) return bad(v, "fields out of range", i);
    Status st = verify_optional(v, s->who);
    if (st == ST_OK) st = verify_optional(v, s->approve);
    if (st == ST_OK) st = verify_optional(v, s->retry_pause);
    if (st == ST_OK) st = verify_optional(v, s->timeout);
    if (st == ST_OK) st = verify_optional(v, s->deadline);
    if (st == ST_OK) st = verify_codes(v, f->codes, f->codes_n, s->how, s->how_n);
    if (st == ST_OK && s->machine == MACHINE_SHELL) st = verify_codes(v, f->codes, f->codes_n, s->shell.args, s->shell.args_n);
    for (uint32_t k = 0; k < s->lasts_n && st == ST_OK; k++) st = verify_optional(v, s->lasts[k]);
    for (uint32_t k = 0; k < s->ask_n && st == ST_OK; k++) {
        if (f->unit.fields[s->ask + k].slot == IR_NONE) return bad(v, "an answer without a variable", i);
        st = verify_optional(v, f->unit.fields[s->ask + k].where);
    }
    if (st == ST_OK) st = handler_fits(v, f, s, s->on_fail);
    if (st == ST_OK) st = handler_fits(v, f, s, s->on_reject);
    return st;
}

Status ir_verify_flow(const IrFlow *f, Error *err)
{
    Verify v = {&f->unit, f->vars_n, UINT32_MAX, UINT32_MAX, err, f->process ? f->process : "a process"};
    if (!f->process || f->nodes_n == 0 || f->nodes[0].op != IRN_SEQUENCE || f->nodes[0].end != f->nodes_n) return bad(&v, "no flow", 0);
    Status st = verify_unit(&v);
    for (uint32_t i = 0; i < f->vars_n && st == ST_OK; i++) {
        const IrVar *var = &f->vars[i];
        if (!var->name || var->type >= f->unit.types_n || var->scope >= f->nodes_n) st = bad(&v, "a wrong variable", i);
        else st = verify_optional(&v, var->initial);
    }
    if (st == ST_OK && (!in_range(f->takes, f->takes_n, f->unit.fields_n) || !in_range(f->gives, f->gives_n, f->unit.fields_n)))
        st = bad(&v, "fields out of range", 0);
    for (uint32_t i = 0; i < f->takes_n && st == ST_OK; i++) {
        const IrField *field = &f->unit.fields[f->takes + i];
        st = field->slot == IR_NONE ? bad(&v, "an input without a variable", i) : verify_optional(&v, field->initial);
    }
    for (uint32_t i = 0; i < f->gives_n && st == ST_OK; i++)
        if (f->unit.fields[f->gives + i].slot == IR_NONE) st = bad(&v, "a result without a variable", i);
    for (uint32_t i = 0; i < f->nodes_n && st == ST_OK; i++) st = verify_node(&v, f, i);
    for (uint32_t i = 0; i < f->steps_n && st == ST_OK; i++) st = verify_step(&v, f, i);
    if (st == ST_OK) st = verify_optional(&v, f->deadline);
    return st;
}

/* ---- declarations ------------------------------------------------------------------------------ */

static Status verify_check(Verify *v, const IrCheck *c)
{
    Status st = verify_optional(v, c->where);
    if (st == ST_OK) st = verify_optional(v, c->condition);
    if (st == ST_OK) st = verify_optional(v, c->warn);
    for (uint32_t i = 0; i < c->shell.args_n && st == ST_OK; i++) st = verify_code(v, c->shell_args[i]);
    return st;
}

Status ir_verify(const IrProgram *p, Error *err)
{
    Verify v = {&p->unit, UINT32_MAX, p->metrics_n, p->aggregates_n, err, "the declarations"};
    Status st = verify_unit(&v);
    for (uint32_t i = 0; i < p->metrics_n && st == ST_OK; i++) {
        st = verify_code(&v, p->metrics[i].code);
        if (st == ST_OK) st = verify_optional(&v, p->metrics[i].by);
    }
    for (uint32_t i = 0; i < p->aggregates_n && st == ST_OK; i++) {
        st = verify_optional(&v, p->aggregates[i].value);
        if (st == ST_OK) st = verify_optional(&v, p->aggregates[i].where);
    }
    for (uint32_t i = 0; i < p->goals_n && st == ST_OK; i++) st = verify_code(&v, p->goals[i].code);
    for (uint32_t i = 0; i < p->audits_n && st == ST_OK; i++)
        for (uint32_t k = 0; k < p->audits[i].checks_n && st == ST_OK; k++) st = verify_check(&v, &p->audits[i].checks[k]);
    for (uint32_t i = 0; i < p->processes_n && st == ST_OK; i++) {
        const IrProcess *process = &p->processes[i];
        for (uint32_t k = 0; k < process->triggers_n && st == ST_OK; k++) {
            st = verify_optional(&v, process->triggers[k].where);
            if (st == ST_OK) st = verify_optional(&v, process->triggers[k].at);
        }
        if (st == ST_OK) st = ir_verify_flow(process->flow, err);
    }
    return st;
}
