/* ir_verify_code.c -- all expressions of a unit proved sound in one walk.
 *
 * Jumps go forward only, so walking backward meets every instruction after
 * all that can follow it. For each we note how many values must lie on the
 * stack before it, so that exactly one is there at END:
 *
 *     need      1 at END (it takes the result)
 *     NEXT      need of the next one, minus what is pushed, plus what is popped
 *     FORK      both ways must agree
 *
 * An expression is sound where its first instruction needs nothing. The walk
 * costs the same however many expressions share the code, and however they
 * overlap: a damaged store cannot make it slow.
 */
#include "lang/ir_private.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64, MOST_VALUES = 10000 };

typedef struct Known {
    const char *fault;                 /* NULL: sound from here to END */
    uint32_t fault_at;
    uint32_t slots;                    /* all variables read from here on are below this number */
    int need;
} Known;

struct IrProof {
    const IrUnit *unit;
    IrLimits limits;
    Known *known;                      /* one for each instruction */
};

static const char *operand_fault(const IrProof *p, IrOperand kind, uint32_t x, uint32_t at)
{
    const IrUnit *u = p->unit;
    switch (kind) {
    case OPERAND_NONE: return x == 0 ? NULL : "an operand where none belongs";
    case OPERAND_CONST: return x < u->consts_n ? NULL : "there is no such constant";
    case OPERAND_SLOT: return NULL;    /* depends on who asks: see ir_proof_fault */
    case OPERAND_NAME: return x < u->names_n ? NULL : "there is no such name";
    case OPERAND_TYPE:
        return x < u->types_n && u->types[x].kind == TYPE_RECORD ? NULL : "there is no such record";
    case OPERAND_N: return x < MOST_VALUES ? NULL : "it takes too many values";
    case OPERAND_TARGET:
        if (x <= at) return "a jump that does not go forward";
        if (x >= u->code_n) return "a jump out of the code";
        return IR_INSTRUCTION_OP(u->code[x]) == IR_CALL ? "a jump between a call and its count" : NULL;
    case OPERAND_BUILTIN: return ir_builtin_name(x) ? NULL : "there is no such function";
    case OPERAND_CALENDAR: return x == IR_CALENDAR_ANY || x < u->names_n ? NULL : "there is no such calendar";
    case OPERAND_ATTR: return ir_attribute_name(x) ? NULL : "there is no such attribute";
    case OPERAND_METRIC: return x < p->limits.metrics ? NULL : "there is no such metric";
    case OPERAND_AGG: return x < p->limits.aggregates ? NULL : "there is no such aggregate";
    }
    return "an unknown kind of operand";
}

/* Does the function take so many arguments? */
static bool takes(uint32_t builtin, int64_t n)
{
    switch ((IrBuiltin)builtin) {
#define BUILTIN(NAME, number, name, least, most, signature, help) \
    case BUILTIN_##NAME: return n >= (least) && n <= (most);
#include "lang/ir.def"
#undef BUILTIN
    }
    return false;
}

/* How many values an instruction takes, or -1 after a fault. */
static int pops_of(const IrUnit *u, uint32_t at, const char **fault)
{
    uint8_t op = IR_INSTRUCTION_OP(u->code[at]);
    uint32_t x = IR_INSTRUCTION_OPERAND(u->code[at]);
    const IrOpRow *row = ir_op_row(op);
    if (row->pops >= 0) return row->pops;
    if (row->operand == OPERAND_TYPE)
        return u->types[x].fields_n <= MOST_VALUES ? (int)u->types[x].fields_n : DEEPEST + 1;
    if (row->operand == OPERAND_N) return (int)x;
    uint32_t before = at ? u->code[at - 1] : 0, constant = IR_INSTRUCTION_OPERAND(before);
    if (IR_INSTRUCTION_OP(before) == IR_CONST && constant < u->consts_n) {
        const Value *n = &u->consts[constant];
        bool whole = n->type == V_NUMBER && n->i % DECIMAL_ONE == 0;
        if (whole && takes(x, n->i / DECIMAL_ONE)) return (int)(n->i / DECIMAL_ONE) + 1;
    }
    *fault = "a call without the count of its arguments directly before it";
    return -1;
}

static void faulty(Known *k, const char *fault, uint32_t at)
{
    *k = (Known){.fault = fault, .fault_at = at};
}

/* What must lie on the stack for the one way to be sound, or what is wrong with it. */
static bool follow(const IrProof *p, uint32_t to, int pushes, int pops, Known *k, uint32_t at)
{
    if (to >= p->unit->code_n) {
        faulty(k, "code without an end", at);
        return false;
    }
    const Known *next = &p->known[to];
    if (next->fault) {
        *k = *next;
        return false;
    }
    if (next->need < pushes) {
        faulty(k, "more than one value is left at the end", at);
        return false;
    }
    k->need = next->need - pushes + pops;
    if (next->slots > k->slots) k->slots = next->slots;
    if (k->need <= DEEPEST) return true;
    faulty(k, "the stack grows deeper than 64 values", at);
    return false;
}

/* What stands between an instruction and where it goes on is an expression of its own. */
static void prove_condition(const IrProof *p, uint32_t at, Known *k)
{
    const Known *inner = &p->known[at + 1];
    if (inner->fault) *k = *inner;
    else if (inner->need != 0) faulty(k, "a condition that takes more from the stack than is there", at + 1);
    else if (inner->slots > k->slots) k->slots = inner->slots;
}

static void prove_one(const IrProof *p, uint32_t at)
{
    const IrUnit *u = p->unit;
    Known *k = &p->known[at];
    uint32_t x = IR_INSTRUCTION_OPERAND(u->code[at]);
    const IrOpRow *row = ir_op_row(IR_INSTRUCTION_OP(u->code[at]));
    const char *fault =
        row->name ? operand_fault(p, (IrOperand)row->operand, x, at) : "an unknown instruction";
    int pops = fault ? -1 : pops_of(u, at, &fault), jumped;
    if (fault) {
        faulty(k, fault, at);
        return;
    }
    *k = (Known){.slots = row->operand == OPERAND_SLOT ? x + 1 : 0};
    switch ((IrWay)row->way) {
    case WAY_STOP: k->need = pops; return;
    case WAY_NEXT: (void)follow(p, at + 1, row->pushes, pops, k, at); return;
    case WAY_JUMP:
        if (follow(p, x, row->pushes, pops, k, at) && IR_INSTRUCTION_OP(u->code[at]) == IR_ANSWERS)
            prove_condition(p, at, k);
        return;
    case WAY_FORK:                     /* what a fork pushes, only its jump sees */
        if (!follow(p, x, row->pushes, pops, k, at)) return;
        jumped = k->need;
        if (follow(p, at + 1, 0, pops, k, at) && k->need != jumped)
            faulty(k, "two ways with different stacks", at);
        return;
    }
}

IrProof *ir_prove(const IrUnit *u, IrLimits limits)
{
    IrProof *p = mem_zero(1, sizeof *p);
    *p = (IrProof){u, limits, mem_zero((size_t)u->code_n + 1, sizeof *p->known)};
    for (uint32_t at = u->code_n; at-- > 0;) prove_one(p, at);
    return p;
}

void ir_proof_free(IrProof *p)
{
    if (!p) return;
    free(p->known);
    free(p);
}

const char *ir_proof_fault(const IrProof *p, Code code, uint32_t slots, uint32_t *at)
{
    *at = code;
    if (code >= p->unit->code_n) return "there is no such expression";
    const Known *k = &p->known[code];
    if (k->fault) {
        *at = k->fault_at;
        return k->fault;
    }
    if (k->need != 0) return "more is taken from the stack than is there";
    return k->slots <= slots ? NULL : "it reads a variable that there is not";
}
