/* sha256.c -- SHA-256 by libsodium, or by the processor where it has instructions for it.
 *
 * Every event is hashed, and libsodium's portable code was a sixth of what a
 * step costs; the instructions take a fifth of that. Which of the two it is,
 * is asked once; both give the same.
 *
 * libsodium's calls need no sodium_init: they hold no state of their own and
 * draw nothing at random.
 */
#include "base/sha256.h"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <string.h>

_Static_assert(SHA256_BYTES == crypto_hash_sha256_BYTES, "both speak of the same hash");

/* ---- by the processor --------------------------------------------------------------- */

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

enum { BLOCK = 64 };

static bool has_instructions(void)
{
    static int known;                  /* 0: not asked yet, 1: no, 2: yes */
    unsigned a, b, c, d, features;
    if (known) return known == 2;
    bool yes = __get_cpuid(1, &a, &b, &features, &d) && features & bit_SSSE3 && features & bit_SSE4_1 &&
               __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_SHA;
    known = yes ? 2 : 1;
    return yes;
}

static const uint32_t rounds[BLOCK] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

typedef struct Hash {
    __m128i abef, cdgh;                /* the eight words, highest first, in the order that the instructions want */
    uint8_t block[BLOCK];              /* what is not a whole block yet */
    size_t n;
    uint64_t bytes;
} Hash;

__attribute__((target("sha,sse4.1"))) static void mix(Hash *h, const uint8_t *block)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i abef = h->abef, cdgh = h->cdgh, w[4];
    for (int i = 0; i < BLOCK / 4; i++) {              /* four rounds at a time */
        __m128i now;
        if (i < 4) {
            now = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)), big_endian);
        } else {
            const __m128i before = w[(i + 3) & 3];
            now = _mm_add_epi32(_mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]),
                                _mm_alignr_epi8(before, w[(i + 2) & 3], 4));
            now = _mm_sha256msg2_epu32(now, before);
        }
        w[i & 3] = now;
        now = _mm_add_epi32(now, _mm_loadu_si128((const __m128i *)(const void *)(rounds + 4 * i)));
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, now);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(now, 0x0e));
    }
    h->abef = _mm_add_epi32(h->abef, abef);
    h->cdgh = _mm_add_epi32(h->cdgh, cdgh);
}

static void feed(Hash *h, const uint8_t *p, size_t n)
{
    h->bytes += n;
    while (n) {
        if (!h->n && n >= BLOCK) {
            mix(h, p);
            p += BLOCK, n -= BLOCK;
            continue;
        }
        size_t part = n < BLOCK - h->n ? n : BLOCK - h->n;
        memcpy(h->block + h->n, p, part);
        h->n += part, p += part, n -= part;
        if (h->n == BLOCK) mix(h, h->block), h->n = 0;
    }
}

static void finish(Hash *h, uint8_t out[SHA256_BYTES])
{
    static const uint8_t padding[BLOCK] = {0x80};
    uint64_t bits = h->bytes * 8;
    uint8_t length[8];
    uint32_t words[8];
    for (int i = 0; i < 8; i++) length[i] = (uint8_t)(bits >> (56 - 8 * i));
    feed(h, padding, (h->n < BLOCK - sizeof length ? BLOCK : 2 * BLOCK) - sizeof length - h->n);
    feed(h, length, sizeof length);
    _mm_storeu_si128((__m128i *)(void *)words, h->abef);           /* f e b a */
    _mm_storeu_si128((__m128i *)(void *)(words + 4), h->cdgh);     /* h g d c */
    static const uint8_t place[8] = {3, 2, 7, 6, 1, 0, 5, 4};
    for (int i = 0; i < SHA256_BYTES; i++) out[i] = (uint8_t)(words[place[i / 4]] >> (24 - i % 4 * 8));
}

static void by_instructions(const void *head, size_t head_n, const void *body, size_t body_n,
                            uint8_t out[SHA256_BYTES])
{
    Hash h = {.abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c),
              .cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19)};
    feed(&h, head, head_n);
    feed(&h, body, body_n);
    finish(&h, out);
}
#else
static bool has_instructions(void) { return false; }
static void by_instructions(const void *head, size_t head_n, const void *body, size_t body_n,
                            uint8_t out[SHA256_BYTES])
{
    (void)head, (void)head_n, (void)body, (void)body_n, (void)out;
}
#endif

/* ---- by libsodium ------------------------------------------------------------------- */

void sha256_portable(const void *head, size_t head_n, const void *body, size_t body_n, uint8_t out[SHA256_BYTES])
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    if (head_n) crypto_hash_sha256_update(&state, head, head_n);
    if (body_n) crypto_hash_sha256_update(&state, body, body_n);
    crypto_hash_sha256_final(&state, out);
}

/* ---- the calls ---------------------------------------------------------------------- */

void sha256_two(const void *head, size_t head_n, const void *body, size_t body_n, uint8_t out[SHA256_BYTES])
{
    if (has_instructions()) by_instructions(head, head_n, body, body_n, out);
    else sha256_portable(head, head_n, body, body_n, out);
}

void sha256(const void *bytes, size_t n, uint8_t out[SHA256_BYTES])
{
    sha256_two(NULL, 0, bytes, n, out);
}

void sha256_hex(const uint8_t hash[SHA256_BYTES], char out[65])
{
    sodium_bin2hex(out, 65, hash, SHA256_BYTES);
}

bool sha256_unhex(const char *hex, uint8_t hash[SHA256_BYTES])
{
    size_t n = 0;
    return strlen(hex) == 2 * SHA256_BYTES &&
           sodium_hex2bin(hash, SHA256_BYTES, hex, 2 * SHA256_BYTES, NULL, &n, NULL) == 0 && n == SHA256_BYTES;
}
