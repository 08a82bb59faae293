/* sha256.c -- a thin border around libsodium's SHA-256.
 *
 * These calls need no sodium_init: they hold no state of their own and draw
 * nothing at random.
 */
#include "base/sha256.h"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <string.h>

_Static_assert(SHA256_BYTES == crypto_hash_sha256_BYTES, "both speak of the same hash");

void sha256_two(const void *head, size_t head_n, const void *body, size_t body_n, uint8_t out[SHA256_BYTES])
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    if (head_n) crypto_hash_sha256_update(&state, head, head_n);
    if (body_n) crypto_hash_sha256_update(&state, body, body_n);
    crypto_hash_sha256_final(&state, out);
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
