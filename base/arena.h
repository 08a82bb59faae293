/* arena.h -- memory that is freed all at once.
 *
 * Three arenas cover the program: one compilation (text, tree, messages), one
 * loaded program (instructions), one engine step (scratch, reset after).
 * What lies in an arena needs no free and must hold no handle.
 */
#ifndef OPS_BASE_ARENA_H
#define OPS_BASE_ARENA_H

#include "base/status.h"

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *a);                 /* NULL is fine */
/* Forgets all content; keeps its blocks for reuse (at most a few MB of them). */
void arena_reset(Arena *a);
size_t arena_bytes(const Arena *a);        /* bytes asked for since new or reset */

/* 16-byte aligned, zeroed. n = 0 gives a valid pointer. */
void *arena_alloc(Arena *a, size_t n) MUST_CHECK;
/* A copy of old_n bytes in a place of new_n (in place where old was the last). */
void *arena_grow(Arena *a, const void *old, size_t old_n, size_t new_n) MUST_CHECK;
char *arena_dup(Arena *a, const char *text) MUST_CHECK;             /* NUL-terminated copy */
char *arena_dup_n(Arena *a, const char *bytes, size_t n) MUST_CHECK; /* copy of n bytes plus NUL */
char *arena_printf(Arena *a, const char *format, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

#define ARENA_NEW(a, Type) ((Type *)arena_alloc((a), sizeof(Type)))
#define ARENA_ARRAY(a, Type, n) ((Type *)arena_alloc((a), sizeof(Type) * (size_t)(n)))

/* A growing array in an arena: items, n, cap. VEC_PUSH(arena, &vec) is an
 * lvalue pointer to a new zeroed last element. */
#define VEC(Type) struct { Type *items; uint32_t n, cap; }
#define VEC_PUSH(a, v) \
    ((v)->n == (v)->cap \
         ? ((v)->items = arena_grow((a), (v)->items, sizeof *(v)->items * (v)->cap, \
                                    sizeof *(v)->items * ((v)->cap ? (v)->cap * 2 : 8)), \
            (v)->cap = (v)->cap ? (v)->cap * 2 : 8) \
         : 0, \
     &(v)->items[(v)->n++])

#endif
