/* sha256.h -- SHA-256 (FIPS 180-4), by libsodium, or by the processor's own instructions. */
#ifndef OPS_BASE_SHA256_H
#define OPS_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

/* Hash of head followed by body (head may be NULL with head_n 0). */
void sha256_two(const void *head, size_t head_n, const void *body, size_t body_n, uint8_t out[SHA256_BYTES]);
/* The same, always by libsodium. */
void sha256_portable(const void *head, size_t head_n, const void *body, size_t body_n, uint8_t out[SHA256_BYTES]);
void sha256(const void *bytes, size_t n, uint8_t out[SHA256_BYTES]);
void sha256_hex(const uint8_t hash[SHA256_BYTES], char out[65]);
bool sha256_unhex(const char *hex, uint8_t hash[SHA256_BYTES]);   /* false: it is no such text */

#endif
