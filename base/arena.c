/* arena.c -- memory by moving a pointer, given back all at once.
 *
 * An arena is a chain of blocks that double from 1 KB to 1 MB, then of 4 MB
 * each. One of them is `now`: those before it are full, those behind it wait
 * since the last reset.
 * A piece so large that it would waste the rest of a block gets memory of its
 * own, beside the chain, and the block goes on being filled.
 *
 *     first -> [full] -> [full] -> [#####......] -> [waits] -> NULL
 *                                   now  at    end
 *     alone -> [one large piece] -> [another] -> NULL
 *
 * Fresh blocks come zeroed, the large ones as pages that cost nothing until
 * they are touched; those of 4 MB as huge pages where the system has them,
 * because a third of a large compilation went into faults of small ones. So after a reset only what was used before
 * is cleared, and only when it is handed out again: `dirty` tells how far.
 *
 * Under AddressSanitizer all that is not handed out is poisoned: a use after
 * a reset, or behind the end of a piece, is reported as from malloc.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define POISON 1
#endif
#ifdef POISON
#include <sanitizer/asan_interface.h>
#define HIDE(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define HIDE(p, n) ((void)(p), (void)(n))
#define SHOW(p, n) ((void)(p), (void)(n))
#endif

/* Bytes. ALONE: at most that much of a block is lost. */
enum {
    ALIGN = 16, FIRST = 1 << 10, DOUBLED = 1 << 20, MAPPED = 4 << 20, HUGE_PAGE = 2 << 20,
    ALONE = 1 << 18, KEPT = 4 << 20
};

typedef struct Block {
    struct Block *next;
    size_t size;
    bool mapped;                       /* MAPPED bytes from mmap, this head included */
    size_t dirty;                      /* bytes handed out at some time, so no longer zero */
    _Alignas(ALIGN) unsigned char bytes[];
} Block;

struct Arena {
    unsigned char *at, *end;           /* what is free of now */
    unsigned char *dirty;              /* up to here now's bytes may hold old content */
    Block *first, *now, *alone;
    size_t asked;
};

static size_t rounded(size_t n)
{
    return n ? (n + ALIGN - 1) & ~(size_t)(ALIGN - 1) : ALIGN;
}

static Block *block_new(size_t size)
{
    /* A size that cannot be makes calloc say no, which ends the process in words. */
    Block *b = size > PTRDIFF_MAX - sizeof(Block) ? mem_zero(SIZE_MAX, 2) : mem_zero(1, sizeof *b + size);
    b->size = size;
    HIDE(b->bytes, size);
    return b;
}

/* NULL where the system gives none: then a common block does. */
static Block *block_mapped(void)
{
    size_t whole = MAPPED + HUGE_PAGE;
    unsigned char *p = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    size_t head = -(uintptr_t)p & (HUGE_PAGE - 1);
    if (head) munmap(p, head);
    munmap(p + head + MAPPED, whole - head - MAPPED);
    (void)madvise(p + head, MAPPED, MADV_HUGEPAGE);    /* a wish */
    Block *b = (Block *)(void *)(p + head);
    b->size = MAPPED - sizeof *b;
    b->mapped = true;
    HIDE(b->bytes, b->size);
    return b;
}

static void free_chain(Block *b)
{
    while (b) {
        Block *next = b->next;
        SHOW(b->bytes, b->size);
        if (b->mapped) munmap(b, MAPPED);
        else free(b);
        b = next;
    }
}

Arena *arena_new(void)
{
    return mem_zero(1, sizeof(Arena));
}

void arena_free(Arena *a)
{
    if (!a) return;
    free_chain(a->first);
    free_chain(a->alone);
    free(a);
}

size_t arena_bytes(const Arena *a)
{
    return a->asked;
}

/* Writes down how far now was used, before another block takes its place. */
static void leave(Arena *a)
{
    if (!a->now) return;
    size_t used = (size_t)(a->at - a->now->bytes);
    if (used > a->now->dirty) a->now->dirty = used;
}

static void enter(Arena *a, Block *b)
{
    a->now = b;
    a->at = b->bytes;
    a->end = b->bytes + b->size;
    a->dirty = b->bytes + b->dirty;
}

void arena_reset(Arena *a)
{
    leave(a);
    free_chain(a->alone);
    a->alone = NULL;
    a->asked = 0;
    size_t kept = 0;
    Block *last = NULL;
    for (Block *b = a->first; b && kept + b->size <= KEPT; b = b->next) {
        kept += b->size;
        HIDE(b->bytes, b->dirty);
        last = b;
    }
    if (!last) return;                 /* nothing was ever allocated: a first block always fits */
    free_chain(last->next);
    last->next = NULL;
    enter(a, a->first);
}

/* The next n bytes of now (n is rounded and fits), zeroed. */
static void *carve(Arena *a, size_t n, size_t shown)
{
    unsigned char *p = a->at;
    a->at += n;
    SHOW(p, n);
    if (p < a->dirty) memset(p, 0, a->at < a->dirty ? n : (size_t)(a->dirty - p));
    if (shown < n) HIDE(p + shown, n - shown);
    return p;
}

static __attribute__((noinline)) void *alloc_slow(Arena *a, size_t n, size_t shown)
{
    if (n > ALONE || n < shown) {      /* n < shown: rounding went over the top */
        Block *b = block_new(n < shown ? SIZE_MAX : n);
        b->next = a->alone;
        a->alone = b;
        SHOW(b->bytes, shown);
        return b->bytes;
    }
    leave(a);
    while (a->now && a->now->next) {
        enter(a, a->now->next);
        if ((size_t)(a->end - a->at) >= n) return carve(a, n, shown);
        leave(a);
    }
    size_t size = a->now ? a->now->size * 2 : FIRST;
    while (size < n) size *= 2;
    Block *b = size > DOUBLED ? block_mapped() : NULL;
    if (!b) b = block_new(size < DOUBLED ? size : DOUBLED);
    if (a->now) a->now->next = b;
    else a->first = b;
    enter(a, b);
    return carve(a, n, shown);
}

void *arena_alloc(Arena *a, size_t n)
{
    size_t size = rounded(n);
    a->asked += n;
    if (size >= n && size <= (size_t)(a->end - a->at)) return carve(a, size, n);
    return alloc_slow(a, size, n);
}

/* True where old is what was handed out last, and can become new_n bytes where it lies. */
static bool stretch(Arena *a, const unsigned char *old, size_t old_n, size_t new_n)
{
    size_t had = rounded(old_n), wanted = rounded(new_n);
    if (!a->now || old < a->now->bytes || old > a->at || old + had != a->at) return false;
    if (wanted < had || wanted - had > (size_t)(a->end - a->at)) return false;
    if (wanted > had) (void)!carve(a, wanted - had, wanted - had);
    SHOW(old, new_n);
    if (new_n < wanted) HIDE(old + new_n, wanted - new_n);
    return true;
}

void *arena_grow(Arena *a, const void *old, size_t old_n, size_t new_n)
{
    if (old && new_n >= old_n && stretch(a, old, old_n, new_n)) {
        a->asked += new_n - old_n;
        return (void *)(uintptr_t)old;
    }
    void *p = arena_alloc(a, new_n);
    size_t n = old_n < new_n ? old_n : new_n;
    if (n) memcpy(p, old, n);
    return p;
}

char *arena_dup_n(Arena *a, const char *bytes, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    if (n) memcpy(p, bytes, n);
    return p;
}

char *arena_dup(Arena *a, const char *text)
{
    return arena_dup_n(a, text, strlen(text));
}

char *arena_printf(Arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = arena_alloc(a, (size_t)(n < 0 ? 0 : n) + 1);
    if (n > 0) vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p;
}
