/* prove.h -- is a condition always yes, or always no?
 *
 * Reads the code of a condition, and what is known where it stands. Says so
 * only where it is certain: comparisons of one value with constants, of two
 * values with each other, and what `and`, `or`, `not` and `if` make of them.
 * A choice is one of its words, a boolean yes or no.
 */
#ifndef OPS_LANG_PROVE_H
#define OPS_LANG_PROVE_H

#include "lang/ir.h"

typedef enum Proof { PROOF_OPEN, PROOF_YES, PROOF_NO } Proof;

typedef struct Known {                 /* a condition that holds, or does not, where another is looked at */
    const uint32_t *code; uint32_t n;  /* without its END */
    uint32_t first;                    /* code[0] stands here in the unit: what jumps count from */
    bool holds;
} Known;

typedef struct Proving {
    Arena *arena;                      /* scratch */
    const IrUnit *unit;
    const IrVar *vars; uint32_t vars_n;    /* of slots, for their types; NULL: not known */
    const Known *known; uint32_t known_n;
    /* Between which numbers, in millionths, lies what this instruction makes? NULL: nobody knows. */
    bool (*bounds)(const void *self, uint32_t instruction, int64_t *low, int64_t *high);
    const void *self;
    bool missing;                      /* any value may be missing, and then no comparison holds: of other cases */
} Proving;

#define PROVE_ALONE UINT32_MAX         /* by itself */
#define PROVE_TOGETHER (UINT32_MAX - 1)    /* with several of the known */

/* The code from `from` to `to`, without its END. *because: which one of the known decides it. */
Proof prove(const Proving *p, uint32_t from, uint32_t to, uint32_t *because);

#endif
