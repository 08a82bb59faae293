/* ir_private.h -- what printer and verifier share among their files. For no one else. */
#ifndef OPS_LANG_IR_PRIVATE_H
#define OPS_LANG_IR_PRIVATE_H

#include "lang/ir.h"

/* ---- the rows of ir.def, for those who walk over code and nodes --------------------------- */

typedef enum IrOperand {               /* what an instruction's operand is */
    OPERAND_NONE, OPERAND_CONST, OPERAND_SLOT, OPERAND_NAME, OPERAND_TYPE, OPERAND_N, OPERAND_TARGET,
    OPERAND_BUILTIN, OPERAND_CALENDAR, OPERAND_ATTR, OPERAND_METRIC, OPERAND_AGG
} IrOperand;

typedef enum IrWay { WAY_NEXT, WAY_JUMP, WAY_FORK, WAY_STOP } IrWay;

typedef struct IrOpRow {
    const char *name;                  /* NULL: no such instruction */
    uint8_t operand, way;              /* IrOperand, IrWay */
    int8_t pops, pushes;               /* pops -1: as many as the operand says */
    const char *meaning;
} IrOpRow;

typedef enum IrNodeOperand {           /* what a node's operand is; NODE__ is the row's `_` */
    NODE__, NODE_CODE, NODE_CODE0, NODE_SLOT, NODE_SLOT0, NODE_STEP, NODE_NAME, NODE_ARGS, NODE_COUNT,
    NODE_LIMIT, NODE_PATH, NODE_NODE0
} IrNodeOperand;

typedef enum IrChildren { CHILDREN_NONE, CHILDREN_ONE, CHILDREN_2, CHILDREN_MANY } IrChildren;

typedef struct IrNodeRow {
    const char *name;                  /* NULL: no such node */
    uint8_t operands[4];               /* IrNodeOperand, of a b c d */
    uint8_t children;                  /* IrChildren */
    const char *meaning;
} IrNodeRow;

const IrOpRow *ir_op_row(uint8_t op);
const IrNodeRow *ir_node_row(uint16_t op);     /* NULL where there is none */
uint32_t ir_node_operand(const IrNode *n, int i);

#define IR_CALENDAR_ANY 0xffffff       /* operand of TODAY and LOCAL: the program's only zone */

/* ---- ir_verify_code.c --------------------------------------------------------------------- */

/* What was found out about all code of a unit. */
typedef struct IrProof IrProof;

typedef struct IrLimits {              /* of operands that the unit does not know itself */
    uint32_t metrics, aggregates;      /* UINT32_MAX: any */
} IrLimits;

/* Yours, until ir_proof_free. */
IrProof *ir_prove(const IrUnit *u, IrLimits limits) MUST_CHECK;
void ir_proof_free(IrProof *p);
/* NULL when an expression begins at code that is sound and reads slots below that number only; else
 * what is wrong, and at which instruction. */
const char *ir_proof_fault(const IrProof *p, Code code, uint32_t slots, uint32_t *at);

/* ---- ir_print.c --------------------------------------------------------------------------- */

typedef struct IrPrint {
    Buf *b;
    const IrUnit *unit;
    const IrFlow *flow;                /* names slots; may be NULL */
    const IrProgram *program;          /* names metrics; may be NULL */
} IrPrint;

void ir_print_expression(const IrPrint *p, Code code);          /* one line, without its end */
/* "    what      text", on one line; nothing for NULL. */
void ir_print_place(const IrPrint *p, int indent, const char *what, const char *text, const IrPlace *place);
void ir_print_text(const IrPrint *p, int indent, const char *what, const char *text);
void ir_print_coded(const IrPrint *p, int indent, const char *what, Code code);
void ir_print_fields(const IrPrint *p, int indent, const char *what, uint32_t first, uint32_t n);
void ir_print_quoted(Buf *b, const char *text);
/* ir_print_flow, with the program's metrics by name (program may be NULL). */
void ir_print_flow_of(Buf *b, const IrFlow *f, const IrProgram *program);

#endif
