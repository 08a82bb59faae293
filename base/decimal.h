/* decimal.h -- exact numbers: 64 bits counting millionths.
 *
 * Numbers, percents and amounts of money are never binary floats. Range is
 * about +-9.2 million million; what leaves it is an error, never a wrap.
 * Products and quotients round half to even. A percent is its fraction:
 * 5% is 0.05.
 */
#ifndef OPS_BASE_DECIMAL_H
#define OPS_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECIMAL_ONE 1000000

/* Each returns false, and leaves *out alone, on overflow (or division by zero). */
bool decimal_add(int64_t a, int64_t b, int64_t *out);
bool decimal_sub(int64_t a, int64_t b, int64_t *out);
bool decimal_mul(int64_t a, int64_t b, int64_t *out);
bool decimal_div(int64_t a, int64_t b, int64_t *out);
/* value * num / den with one rounding at the end. */
bool decimal_scale(int64_t value, int64_t num, int64_t den, int64_t *out);
/* Rounded to so many places (0..6), half to even. */
bool decimal_round(int64_t a, int places, int64_t *out);
bool decimal_floor(int64_t a, int64_t *out);
bool decimal_ceil(int64_t a, int64_t *out);

/* Reads all n bytes: sign, digits with `_` or none between, `.`, up to six
 * decimals (more only when zero). No exponent, no blanks. */
bool decimal_parse(const char *bytes, size_t n, int64_t *out);
/* Writes "1500", "2.5", "-0.000001"; at least min_places decimals ("1500.00" with 2).
 * size >= 24 always suffices; returns the length. */
size_t decimal_print(char *out, size_t size, int64_t value, int min_places);

/* A currency is three capital letters in 15 bits; 0 is none. */
uint16_t currency_pack(const char letters[3]);            /* 0 where it is no such code */
void currency_unpack(uint16_t currency, char out[4]);
/* 2 for most, 0 for JPY and its like, 3 for KWD and its like (ISO 4217). */
int currency_places(uint16_t currency);

#endif
