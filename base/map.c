/* map.c -- names to things: open addressing, linear probing, order of insertion.
 *
 * The keys and values of a map stand in one array in the order in which they
 * came; a second array of slots, a power of two and at most three quarters
 * full, finds them by hash. A slot carries its hash, so a look-up seldom
 * touches an entry that is not the wanted one, and growing touches none.
 * Most maps stay small: up to FEW keys there are no slots, and each is looked at.
 *
 *     slots    [ ][h,2][ ][h,1][h,3][ ][ ][ ]      at = entry's index + 1
 *     entries  ["role"|*]["step"|*]["who"|*]
 *
 * An interner is the same without values: its slots hold the word itself.
 */
#include "base/map.h"

#include <assert.h>
#include <string.h>

enum { FEW = 8 };

typedef struct Slot {
    uint32_t hash;
    uint32_t at;                       /* 0: free */
} Slot;

typedef struct Entry {
    const char *key;
    void *value;
} Entry;

struct Map {
    Arena *arena;
    Slot *slots;                       /* mask + 1 of them; NULL while there are few */
    Entry *entries;
    uint32_t mask, n, cap;
};

/* The multiplier is FNV's prime; the end mixes the high bits into the low ones,
 * which FNV-1a alone leaves poor and tables use. */
uint64_t hash_bytes(const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * UINT64_C(1099511628211);
    h ^= h >> 32;
    h *= UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

/* True where one more of n would leave less than a quarter of the slots free. */
static bool is_full(uint32_t n, uint32_t mask)
{
    return ((uint64_t)n + 1) * 4 > ((uint64_t)mask + 1) * 3;
}

Map *map_new(Arena *a)
{
    Map *m = ARENA_NEW(a, Map);
    m->arena = a;
    return m;
}

/* The slot behind which a new key of this hash goes. */
static Slot *free_slot(Slot *slots, uint32_t mask, uint32_t hash)
{
    uint32_t at = hash & mask;
    while (slots[at].at) at = (at + 1) & mask;
    return &slots[at];
}

static void map_widen(Map *m)
{
    assert(m->mask < UINT32_MAX / 4);
    uint32_t mask = m->mask * 2 + 1;
    Slot *slots = ARENA_ARRAY(m->arena, Slot, (size_t)mask + 1);
    for (uint32_t i = 0; i <= m->mask; i++)
        if (m->slots[i].at) *free_slot(slots, mask, m->slots[i].hash) = m->slots[i];
    m->slots = slots;
    m->mask = mask;
}

static uint32_t hash_of(const char *key)
{
    return (uint32_t)hash_bytes(key, strlen(key));
}

/* They are no longer few: from now on slots find them. */
static void make_slots(Map *m)
{
    m->mask = FEW * 2 - 1;
    m->slots = ARENA_ARRAY(m->arena, Slot, FEW * 2);
    for (uint32_t i = 0; i < m->n; i++) {
        uint32_t hash = hash_of(m->entries[i].key);
        *free_slot(m->slots, m->mask, hash) = (Slot){hash, i + 1};
    }
}

static Entry *among_few(const Map *m, const char *key)
{
    for (uint32_t i = 0; i < m->n; i++) {
        const char *there = m->entries[i].key;
        if (there == key || (*there == *key && strcmp(there, key) == 0)) return &m->entries[i];
    }
    return NULL;
}

/* The slot where the key is, or the free one where it would be. */
static Slot *probe(const Map *m, const char *key, uint32_t hash)
{
    for (uint32_t i = hash & m->mask;; i = (i + 1) & m->mask) {
        Slot *s = &m->slots[i];
        if (!s->at) return s;
        if (s->hash != hash) continue;
        const char *there = m->entries[s->at - 1].key;
        if (there == key || strcmp(there, key) == 0) return s;
    }
}

static Entry *append(Map *m, const char *key)
{
    if (m->n == m->cap) {
        uint32_t cap = m->cap ? m->cap * 2 : 4;
        m->entries = arena_grow(m->arena, m->entries, m->cap * sizeof *m->entries, cap * sizeof *m->entries);
        m->cap = cap;
    }
    m->entries[m->n].key = key;
    return &m->entries[m->n++];
}

void **map_slot(Map *m, const char *key)
{
    if (!m->slots) {
        Entry *e = among_few(m, key);
        if (e || m->n < FEW) return e ? &e->value : &append(m, key)->value;
        make_slots(m);
    }
    uint32_t hash = hash_of(key);
    Slot *s = probe(m, key, hash);
    if (s->at) return &m->entries[s->at - 1].value;
    if (is_full(m->n, m->mask)) {
        map_widen(m);
        s = probe(m, key, hash);
    }
    Entry *e = append(m, key);
    *s = (Slot){hash, m->n};
    return &e->value;
}

void *map_get(const Map *m, const char *key)
{
    if (!m->slots) {
        const Entry *e = among_few(m, key);
        return e ? e->value : NULL;
    }
    const Slot *s = probe(m, key, hash_of(key));
    return s->at ? m->entries[s->at - 1].value : NULL;
}

void map_put(Map *m, const char *key, void *value)
{
    *map_slot(m, key) = value;
}

void map_clear(Map *m)
{
    if (m->slots) memset(m->slots, 0, ((size_t)m->mask + 1) * sizeof *m->slots);
    if (m->n) memset(m->entries, 0, m->n * sizeof *m->entries);
    m->n = 0;
}

uint32_t map_count(const Map *m)
{
    return m->n;
}

const char *map_key(const Map *m, uint32_t i, void **value)
{
    assert(i < m->n);
    if (value) *value = m->entries[i].value;
    return m->entries[i].key;
}

/* ---- interner ---------------------------------------------------------------- */

typedef struct Word {
    const char *text;                  /* NULL: free */
    uint32_t hash, n;
} Word;

struct Interner {
    Arena *arena;
    Word *words;
    uint32_t mask, n;
};

Interner *interner_new(Arena *a)
{
    Interner *in = ARENA_NEW(a, Interner);
    in->arena = a;
    in->mask = 255;
    in->words = ARENA_ARRAY(a, Word, (size_t)in->mask + 1);
    return in;
}

static void interner_widen(Interner *in)
{
    assert(in->mask < UINT32_MAX / 4);
    uint32_t mask = in->mask * 2 + 1;
    Word *words = ARENA_ARRAY(in->arena, Word, (size_t)mask + 1);
    for (uint32_t i = 0; i <= in->mask; i++) {
        if (!in->words[i].text) continue;
        uint32_t at = in->words[i].hash & mask;
        while (words[at].text) at = (at + 1) & mask;
        words[at] = in->words[i];
    }
    in->words = words;
    in->mask = mask;
}

static Word *word_of(const Interner *in, const char *bytes, uint32_t n, uint32_t hash)
{
    for (uint32_t i = hash & in->mask;; i = (i + 1) & in->mask) {
        Word *w = &in->words[i];
        if (!w->text) return w;
        if (w->hash == hash && w->n == n && (n == 0 || memcmp(w->text, bytes, n) == 0)) return w;
    }
}

const char *intern(Interner *in, const char *bytes, size_t n)
{
    assert(n < UINT32_MAX);
    uint32_t hash = (uint32_t)hash_bytes(bytes, n);
    Word *w = word_of(in, bytes, (uint32_t)n, hash);
    if (w->text) return w->text;
    if (is_full(in->n, in->mask)) {
        interner_widen(in);
        w = word_of(in, bytes, (uint32_t)n, hash);
    }
    *w = (Word){arena_dup_n(in->arena, bytes, n), hash, (uint32_t)n};
    in->n++;
    return w->text;
}
