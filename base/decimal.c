/* decimal.c -- exact arithmetic in millionths, with 128 bits in between.
 *
 * Every operation is done in a Wide, where nothing can overflow: two numbers
 * of 64 bits make a product of 127. It is rounded once, and narrowed once, at
 * the end; what does not fit says so there.
 */
#include "base/decimal.h"

#include <assert.h>
#include <string.h>

typedef __int128 Wide;

enum { PLACES = 6 };                   /* decimals that a number keeps */

static bool narrow(Wide w, int64_t *out)
{
    if (w > INT64_MAX || w < INT64_MIN) return false;
    *out = (int64_t)w;
    return true;
}

/* a / b, half to even. */
static Wide divide(Wide a, Wide b)
{
    if (b < 0) a = -a, b = -b;
    Wide q = a / b, rest = a % b;
    if (rest < 0) rest = -rest;
    if (2 * rest > b || (2 * rest == b && (q & 1))) q += a < 0 ? -1 : 1;
    return q;
}

/* ---- arithmetic -------------------------------------------------------------- */

bool decimal_add(int64_t a, int64_t b, int64_t *out)
{
    return narrow((Wide)a + b, out);
}

bool decimal_sub(int64_t a, int64_t b, int64_t *out)
{
    return narrow((Wide)a - b, out);
}

bool decimal_mul(int64_t a, int64_t b, int64_t *out)
{
    return narrow(divide((Wide)a * b, DECIMAL_ONE), out);
}

bool decimal_div(int64_t a, int64_t b, int64_t *out)
{
    return b != 0 && narrow(divide((Wide)a * DECIMAL_ONE, b), out);
}

bool decimal_scale(int64_t value, int64_t num, int64_t den, int64_t *out)
{
    return den != 0 && narrow(divide((Wide)value * num, den), out);
}

bool decimal_round(int64_t a, int places, int64_t *out)
{
    if (places < 0 || places > PLACES) return false;
    int64_t unit = DECIMAL_ONE;
    for (int i = 0; i < places; i++) unit /= 10;
    return narrow(divide(a, unit) * unit, out);
}

bool decimal_floor(int64_t a, int64_t *out)
{
    int64_t rest = a % DECIMAL_ONE;
    return narrow((Wide)a - rest - (rest < 0 ? DECIMAL_ONE : 0), out);
}

bool decimal_ceil(int64_t a, int64_t *out)
{
    int64_t rest = a % DECIMAL_ONE;
    return narrow((Wide)a - rest + (rest > 0 ? DECIMAL_ONE : 0), out);
}

/* ---- reading and writing ----------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits ahead of the point, single `_` between them, from *i. */
static bool read_whole(const char *p, size_t n, size_t *i, Wide *value)
{
    bool digit = false;                /* whether the last byte was one */
    for (; *i < n && (is_digit(p[*i]) || (p[*i] == '_' && digit)); ++*i) {
        digit = p[*i] != '_';
        if (digit) *value = *value * 10 + (p[*i] - '0');
        if (*value > INT64_MAX) return false;
    }
    return digit;
}

bool decimal_parse(const char *bytes, size_t n, int64_t *out)
{
    Wide value = 0;
    int places = 0;
    bool minus = n && bytes[0] == '-';
    size_t i = n && (minus || bytes[0] == '+');
    if (!read_whole(bytes, n, &i, &value)) return false;
    if (i < n && bytes[i] == '.') {
        size_t from = ++i;
        for (; i < n && is_digit(bytes[i]); i++) {
            if (places < PLACES) value = value * 10 + (bytes[i] - '0'), places++;
            else if (bytes[i] != '0') return false;
        }
        if (i == from) return false;
    }
    if (i != n) return false;
    for (; places < PLACES; places++) value *= 10;
    return narrow(minus ? -value : value, out);
}

size_t decimal_print(char *out, size_t size, int64_t value, int min_places)
{
    assert(size > 0);
    char digits[32];
    size_t at = sizeof digits;
    uint64_t u = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t whole = u / DECIMAL_ONE, fraction = u % DECIMAL_ONE;
    int places = PLACES;
    for (; places > 0 && places > min_places && fraction % 10 == 0; places--) fraction /= 10;
    for (int i = 0; i < places; i++, fraction /= 10) digits[--at] = (char)('0' + fraction % 10);
    if (places) digits[--at] = '.';
    do digits[--at] = (char)('0' + whole % 10);
    while (whole /= 10);
    if (value < 0) digits[--at] = '-';
    size_t n = sizeof digits - at;
    if (n >= size) n = size - 1;
    memcpy(out, digits + at, n);
    out[n] = '\0';
    return n;
}

/* ---- currencies -------------------------------------------------------------- */

uint16_t currency_pack(const char letters[3])
{
    uint16_t packed = 0;
    for (int i = 0; i < 3; i++) {      /* stops at a NUL: a shorter text is no code */
        if (letters[i] < 'A' || letters[i] > 'Z') return 0;
        packed = (uint16_t)(packed << 5 | (letters[i] - 'A' + 1));
    }
    return packed;
}

void currency_unpack(uint16_t currency, char out[4])
{
    memset(out, 0, 4);
    for (int i = 2; i >= 0 && currency; i--, currency >>= 5) out[i] = (char)('A' - 1 + (currency & 31));
}

int currency_places(uint16_t currency)
{
    static const char *const places[] = {
        [0] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        [3] = "BHD IQD JOD KWD LYD OMR TND",
        [4] = "CLF UYW"};
    char code[4];
    currency_unpack(currency, code);
    for (int n = 0; n < 5 && *code; n++)
        if (places[n] && strstr(places[n], code)) return n;
    return 2;
}
