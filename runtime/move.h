/* move.h -- may a running case go on with another version of its process?
 *
 * Steps are found again by name and `was`; waits, blocks and branches have no
 * name of their own, and are found by the steps around and in them. Where
 * work would be lost or done twice, or a place cannot be told for certain,
 * the case stays with its flow, and it is said why.
 */
#ifndef OPS_RUNTIME_MOVE_H
#define OPS_RUNTIME_MOVE_H

#include "runtime/engine.h"

typedef struct Move {
    const IrFlow *to;
    VEC(const char *) problems;        /* none: it may */
    VEC(const char *) notes;           /* what a person should know: steps that this case will not do */
    VEC(Value) places;                 /* pairs of names: as it was, as it is ("": no more) */
} Move;

/* Decides nothing and changes nothing. All of it lies in the arena. */
void move_plan(const Case *c, const IrFlow *to, Arena *a, Move *out);

/* Are values of one flow's type such of the other's, whatever they are: the same all the way down? */
bool move_same_type(const IrUnit *u, uint32_t type, const IrUnit *other, uint32_t of_other);

typedef struct MoveBy { const char *person, *login, *because; Instant at; } MoveBy;
/* Moves a case whose plan has no problems: its one event is in out, and folded. */
void move_case(Case *c, const Move *move, const MoveBy *by, Out *out);

#endif
