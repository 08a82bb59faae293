/* json.h -- JSON, strict (RFC 8259), with exact numbers.
 *
 * Our own reader because amounts are exact: a number keeps its text, and no
 * binary float comes between. Duplicate names, lone surrogates, NUL, invalid
 * UTF-8, trailing commas and nesting beyond 200 are refused, with the place.
 */
#ifndef OPS_BASE_JSON_H
#define OPS_BASE_JSON_H

#include "base/text.h"

typedef enum JsonType { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonType;

typedef struct Json {
    JsonType type;
    const char *name;        /* inside an object */
    const char *text;        /* string (unescaped), or a number as written */
    uint32_t len;            /* of text; or how many children */
    struct Json *child;      /* first element or member */
    struct Json *next;
} Json;

/* Reads exactly one value from n bytes. The tree lies in the arena. err says line and column. */
Status json_parse(Arena *a, const char *bytes, size_t n, Json **out, Error *err) MUST_CHECK;
const Json *json_get(const Json *object, const char *name);       /* NULL where missing */

/* Writers. Strings are escaped with \" \\ \b \f \n \r \t \u00XX; all else stays UTF-8. */
void json_string(Buf *b, const char *text, size_t n);
/* For objects and arrays by hand: json_comma puts "," unless the last byte opens one or b is
 * empty or ends in a line end; json_key writes comma, "name": */
void json_comma(Buf *b);
void json_key(Buf *b, const char *name);
void json_key_string(Buf *b, const char *name, const char *text);  /* NULL text gives null */
void json_key_int(Buf *b, const char *name, int64_t n);
void json_key_bool(Buf *b, const char *name, bool v);

#endif
