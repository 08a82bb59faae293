/* move_private.h -- what the parts of move share: move.c finds and judges places, move_values.c variables. */
#ifndef OPS_RUNTIME_MOVE_PRIVATE_H
#define OPS_RUNTIME_MOVE_PRIVATE_H

#include "runtime/move.h"

typedef struct Plan {
    const Case *of;
    const IrFlow *from, *to;
    Arena *arena;
    Move *out;
    uint32_t *places;                  /* by node of `from`: its node in `to`, or IR_NONE */
} Plan;

/* Said once, though it may hold for several open places. */
void move_problem(Plan *p, const char *text);
void move_note(Plan *p, const char *text);
/* Has it nothing open below it? */
bool move_is_leaf(const Case *c, const Act *a);
/* Is there an order between two places: no branches of one block, no rounds around both? */
bool move_ordered(const IrFlow *f, uint32_t a, uint32_t b);

/* Has the case, of the right type, what it will use? */
void move_judge_values(Plan *p);

#endif
