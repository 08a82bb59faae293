/* ir_rows.c -- ir.def as tables, for those who walk over nodes and code. */
#include "lang/ir_private.h"

static const IrOpRow op_rows[256] = {
#define IRCODE(NAME, number, operand, pops, pushes, flow, meaning) \
    [number] = {#NAME, OPERAND_##operand, WAY_##flow, pops, pushes, meaning},
#include "lang/ir.def"
#undef IRCODE
};

static const IrNodeRow node_rows[] = {
#define IRNODE(NAME, number, a, b, c, d, children, meaning) \
    [number] = {#NAME, {NODE_##a, NODE_##b, NODE_##c, NODE_##d}, CHILDREN_##children, meaning},
#include "lang/ir.def"
#undef IRNODE
};

const IrOpRow *ir_op_row(uint8_t op)
{
    return &op_rows[op];
}

const IrNodeRow *ir_node_row(uint16_t op)
{
    return op < sizeof node_rows / sizeof *node_rows && node_rows[op].name ? &node_rows[op] : NULL;
}

uint32_t ir_node_operand(const IrNode *n, int i)
{
    return i == 0 ? n->a : i == 1 ? n->b : i == 2 ? n->c : n->d;
}

uint32_t ir_code_length(const IrUnit *u, Code code)
{
    uint32_t furthest = code;
    for (uint32_t at = code; at < u->code_n; at++) {
        const IrOpRow *row = ir_op_row(IR_INSTRUCTION_OP(u->code[at]));
        uint32_t x = IR_INSTRUCTION_OPERAND(u->code[at]);
        if (row->operand == OPERAND_TARGET && row->name && x > furthest) furthest = x;
        if (row->way == WAY_STOP && at >= furthest) return at - code + 1;
    }
    return 0;
}
