/* kept.h -- pieces of memory that were given back, for whoever wants as much again.
 *
 * Work that begins and ends the same things over and over asks the system for
 * memory only the first time. Pieces are of whole grains; they come from
 * elsewhere, and go back there when too much waits.
 */
#ifndef OPS_BASE_KEPT_H
#define OPS_BASE_KEPT_H

#include <stdbool.h>
#include <stddef.h>

enum { KEPT_GRAIN = 16, KEPT_LISTS = 4096 };   /* pieces of less than 64 KB */

typedef struct Kept {                  /* zeroed: nothing waits */
    struct KeptPiece *lists[KEPT_LISTS];       /* by their size in grains */
    size_t bytes;
} Kept;

/* In whole grains. */
size_t kept_size(size_t n);
/* One of that size, in whole grains, that waits; NULL: none does. What stands in it is of its last use. */
void *kept_take(Kept *k, size_t size);
/* It waits from now on. False: it is too large, or enough wait: yours to free. */
bool kept_give(Kept *k, void *p, size_t size);
void kept_free(Kept *k, void (*release)(void *));

#endif
