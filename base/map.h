/* map.h -- names to things, and one pointer per name.
 *
 * An open-addressing hash map with text keys, growing; nothing is ever removed.
 * Keys are borrowed: they must live as long as the map (an arena's, usually).
 */
#ifndef OPS_BASE_MAP_H
#define OPS_BASE_MAP_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Map Map;

Map *map_new(Arena *a);                                   /* lies in the arena */
/* The slot of a key, made (value NULL) where missing. Valid until the next map_slot. */
void **map_slot(Map *m, const char *key);
void *map_get(const Map *m, const char *key);             /* NULL where missing */
void map_put(Map *m, const char *key, void *value);
void map_clear(Map *m);                                   /* as when new, but for the memory */
uint32_t map_count(const Map *m);
/* The i-th key in the order of insertion, and its value. */
const char *map_key(const Map *m, uint32_t i, void **value);

/* Equal texts get the same pointer; keeps its own copies. */
typedef struct Interner Interner;
Interner *interner_new(Arena *a);
const char *intern(Interner *in, const char *bytes, size_t n);

uint64_t hash_bytes(const void *bytes, size_t n);         /* FNV-1a 64, finished with a mix; stable for ever */

#endif
