/* move_private.h -- what the parts of move share: move.c finds and judges places, move_order.c what lies before and
 * behind them, move_values.c variables, move_ahead.c follows the way ahead, move_passed.c looks back. */
#ifndef OPS_RUNTIME_MOVE_PRIVATE_H
#define OPS_RUNTIME_MOVE_PRIVATE_H

#include "runtime/move.h"

typedef struct Plan {
    const Case *of;
    const IrFlow *from, *to;
    Arena *arena;
    Move *out;
    uint32_t *places;                  /* by node of `from`: its node in `to`, or IR_NONE */
    bool astray;                       /* some open place is not found there, or not within the same blocks */
} Plan;

/* Said once, though it may hold for several open places. */
void move_problem(Plan *p, const char *text);
void move_note(Plan *p, const char *text);
/* Has it nothing open below it? */
bool move_is_leaf(const Case *c, const Act *a);
/* The place in the old flow of a step of the new one; IR_NONE: it has none. */
uint32_t move_old_step(const Plan *p, uint32_t node);
bool move_is_within(const IrFlow *f, uint32_t node, uint32_t block);
/* each, each in parallel, repeat */
bool move_is_loop(const IrFlow *f, uint32_t node);
/* Would what was done come again, or what is still to do be left out, seen from this open place? */
void move_judge_order(Plan *p, const Act *at);
/* Was the step at this node of `to` done, and stands? Was it in `from` not at all? */
bool move_was_done(const Plan *p, uint32_t node);
bool move_is_new(const Plan *p, uint32_t node);

/* Notes the new steps that the case will not do. Its places are known, and it has no problems. */
void move_note_passed(Plan *p);
/* Has the case, of the right type, what it will use? */
void move_judge_values(Plan *p);
/* Does it come to where a variable of this name is read, or given back, and is not set? has: the case brings a value.
 * Of a case that is astray: would one that begins? */
bool move_misses(const Plan *p, const char *name, bool has);
/* Does it come to where the answers to this step are asked for this field, which those that it brings do not have? */
bool move_misses_answer(const Plan *p, const char *step, const char *field);

#endif
