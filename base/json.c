/* json.c -- a strict reader that keeps numbers as they were written, and a writer.
 *
 * The reader goes down the text once, one function per kind of value, and stops
 * at the first thing that RFC 8259 does not allow; where that was is counted
 * only then. All bytes are known to be UTF-8 before it starts, so it looks at
 * ASCII only. Writing is by hand, into a Buf: a comma knows from the last byte
 * whether it is wanted.
 */
#include "base/json.h"

#include "base/map.h"

#include <inttypes.h>
#include <string.h>

/* Objects with more members look for doubles in a map, small ones by looking. */
enum { DEEPEST = 200, FEW = 16 };

typedef struct Reader {
    Arena *arena;
    const char *start, *p, *end;
    Error *err;
    unsigned depth;
} Reader;

static Status wrong(const Reader *r, const char *what)
{
    size_t line = 1, column = 1;
    for (const char *p = r->start; p < r->p; p++) {
        if (*p == '\n') line++, column = 1;
        else if (((unsigned char)*p & 0xc0) != 0x80) column++;
    }
    return fail(r->err, ST_VALUE, "not JSON at line %zu, column %zu: %s", line, column, what);
}

static void blanks(Reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r')) r->p++;
}

/* ---- texts ------------------------------------------------------------------- */

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The four digits of a \u escape; -1, and r stays, where there are none. */
static long hex4(Reader *r)
{
    long code = 0;
    if (r->end - r->p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex(r->p[i]);
        if (digit < 0) return -1;
        code = code * 16 + digit;
    }
    r->p += 4;
    return code;
}

static void put_character(Buf *b, long code)
{
    char bytes[4];
    buf_add(b, bytes, utf8_encode((uint32_t)code, bytes));
}

/* Behind "\u". What lies beyond U+FFFF is written as two escapes, high and low. */
static Status unicode(Reader *r, Buf *b)
{
    long code = hex4(r);
    if (code < 0) return wrong(r, "\\u wants four hexadecimal digits");
    if (code == 0) return wrong(r, "a NUL character is not allowed in a text");
    if (code >= 0xd800 && code < 0xdc00) {
        bool more = r->end - r->p >= 2 && r->p[0] == '\\' && r->p[1] == 'u';
        if (more) r->p += 2;
        long low = more ? hex4(r) : -1;
        if (low < 0xdc00 || low > 0xdfff) return wrong(r, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
        return wrong(r, "half of a surrogate pair");
    }
    put_character(b, code);
    return ST_OK;
}

/* Behind the backslash. */
static Status escape(Reader *r, Buf *b)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (r->p == r->end) return wrong(r, "a text is not closed");
    const char *at = memchr(from, *r->p, sizeof from - 1);
    if (!at && *r->p != 'u')
        return wrong(r, "an unknown escape; there are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
    r->p++;
    if (!at) return unicode(r, b);
    buf_putc(b, to[at - from]);
    return ST_OK;
}

/* Over all that needs no thought. */
static void plain(Reader *r)
{
    while (r->p < r->end && *r->p != '"' && *r->p != '\\' && (unsigned char)*r->p >= 0x20) r->p++;
}

/* The text whose opening quote is next. Most have no escape and are copied in one go. */
static Status string(Reader *r, const char **text, uint32_t *len)
{
    const char *from = ++r->p;
    plain(r);
    if (r->p < r->end && *r->p == '"') {
        *len = (uint32_t)(r->p++ - from);
        *text = arena_dup_n(r->arena, from, *len);
        return ST_OK;
    }
    Buf b = {0};
    Status st = ST_OK;
    buf_add(&b, from, (size_t)(r->p - from));
    while (st == ST_OK && r->p < r->end && *r->p == '\\') {
        r->p++;
        st = escape(r, &b);
        from = r->p;
        plain(r);
        buf_add(&b, from, (size_t)(r->p - from));
    }
    if (st == ST_OK && r->p == r->end) st = wrong(r, "a text is not closed");
    else if (st == ST_OK && *r->p != '"') st = wrong(r, "a control character in a text; write it as \\u00XX");
    if (st == ST_OK) {
        r->p++;
        *len = (uint32_t)b.n;
        *text = buf_dup(&b, r->arena);
    }
    buf_free(&b);
    return st;
}

/* ---- numbers, arrays, objects ------------------------------------------------ */

/* Goes over digits; false where there is none. */
static bool digits(Reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9') r->p++;
    return r->p > from;
}

static Status number(Reader *r, Json *j)
{
    const char *from = r->p;
    if (*r->p == '-') r->p++;
    const char *whole = r->p;
    bool minus = whole > from;
    if (!digits(r)) return wrong(r, minus ? "digits are wanted behind the minus" : "a value is wanted");
    if (*whole == '0' && r->p - whole > 1) return wrong(r, "a number must not begin with 0");
    if (r->p < r->end && *r->p == '.') {
        r->p++;
        if (!digits(r)) return wrong(r, "digits are wanted behind the point");
    }
    if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
        r->p++;
        if (r->p < r->end && (*r->p == '+' || *r->p == '-')) r->p++;
        if (!digits(r)) return wrong(r, "digits are wanted in the exponent");
    }
    j->type = JSON_NUMBER;
    j->len = (uint32_t)(r->p - from);
    j->text = arena_dup_n(r->arena, from, j->len);
    return ST_OK;
}

static Status value(Reader *r, Json **out);

/* True where the object has a member of that name. *names is made when they get many. */
static bool is_double(Reader *r, const Json *object, const char *name, Map **names)
{
    if (object->len < FEW) return json_get(object, name) != NULL;
    if (!*names) {
        *names = map_new(r->arena);
        for (Json *j = object->child; j; j = j->next) map_put(*names, j->name, j);
    }
    void **slot = map_slot(*names, name);
    bool known = *slot != NULL;
    *slot = *names;
    return known;
}

/* A member's name and colon. */
static Status member_name(Reader *r, const Json *object, const char **name, Map **names)
{
    uint32_t len;
    blanks(r);
    if (r->p == r->end || *r->p != '"') return wrong(r, "a name in double quotes is wanted");
    Reader before = *r;                /* for a message that shows where the name begins */
    Status st = string(r, name, &len);
    if (st != ST_OK) return st;
    if (is_double(r, object, *name, names)) return wrong(&before, "the same name twice in one object");
    blanks(r);
    if (r->p == r->end || *r->p != ':') return wrong(r, "a colon is wanted behind the name");
    r->p++;
    return ST_OK;
}

/* What stands between the brackets; the opening one is next. */
static Status children(Reader *r, Json *j, char close)
{
    Json **at = &j->child;
    Map *names = NULL;
    if (r->depth == DEEPEST) return wrong(r, "nested too deeply; 200 levels are read");
    r->p++;
    blanks(r);
    if (r->p < r->end && *r->p == close) {
        r->p++;
        return ST_OK;
    }
    r->depth++;
    for (;;) {
        const char *name = NULL;
        Status st = close == '}' ? member_name(r, j, &name, &names) : ST_OK;
        if (st == ST_OK) st = value(r, at);
        if (st != ST_OK) return st;
        (*at)->name = name;
        at = &(*at)->next;
        j->len++;
        blanks(r);
        char next = r->p < r->end ? *r->p : '\0';
        if (next != ',' && next != close)
            return wrong(r, close == '}' ? "a comma or } is wanted" : "a comma or ] is wanted");
        r->p++;
        if (next == close) break;
    }
    r->depth--;
    return ST_OK;
}

static Status word(Reader *r, Json *j, const char *text, JsonType type)
{
    size_t n = strlen(text);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, text, n) != 0)
        return wrong(r, "a value is wanted; its words are true, false and null");
    r->p += n;
    j->type = type;
    return ST_OK;
}

static Status value(Reader *r, Json **out)
{
    blanks(r);
    if (r->p == r->end) return wrong(r, "a value is wanted, and the text ends");
    Json *j = ARENA_NEW(r->arena, Json);
    *out = j;
    switch (*r->p) {
    case '{':
        j->type = JSON_OBJECT;
        return children(r, j, '}');
    case '[':
        j->type = JSON_ARRAY;
        return children(r, j, ']');
    case '"':
        j->type = JSON_STRING;
        return string(r, &j->text, &j->len);
    case 't': return word(r, j, "true", JSON_TRUE);
    case 'f': return word(r, j, "false", JSON_FALSE);
    case 'n': return word(r, j, "null", JSON_NULL);
    }
    return number(r, j);
}

Status json_parse(Arena *a, const char *bytes, size_t n, Json **out, Error *err)
{
    Reader r = {a, bytes, bytes, bytes + n, err, 0};
    *out = NULL;
    if (n >= UINT32_MAX) return fail(err, ST_VALUE, "too long for JSON: at most 4 GB are read; split it");
    size_t bad = utf8_check(bytes, n);
    if (bad < n) {
        r.p = bytes + bad;
        return wrong(&r, bytes[bad] ? "invalid UTF-8" : "a NUL character is not allowed");
    }
    Json *top = NULL;
    Status st = value(&r, &top);
    if (st != ST_OK) return st;
    blanks(&r);
    if (r.p != r.end) return wrong(&r, "something stands behind the value");
    *out = top;
    return ST_OK;
}

const Json *json_get(const Json *object, const char *name)
{
    if (!object || object->type != JSON_OBJECT) return NULL;
    for (const Json *j = object->child; j; j = j->next)
        if (strcmp(j->name, name) == 0) return j;
    return NULL;
}

/* ---- writing ----------------------------------------------------------------- */

void json_string(Buf *b, const char *text, size_t n)
{
    buf_putc(b, '"');
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        buf_add(b, text + from, i - from);
        from = i + 1;
        switch (c) {                   /* a byte, so no closed set */
        case '"': buf_puts(b, "\\\""); break;
        case '\\': buf_puts(b, "\\\\"); break;
        case '\b': buf_puts(b, "\\b"); break;
        case '\f': buf_puts(b, "\\f"); break;
        case '\n': buf_puts(b, "\\n"); break;
        case '\r': buf_puts(b, "\\r"); break;
        case '\t': buf_puts(b, "\\t"); break;
        default: buf_printf(b, "\\u%04x", c);
        }
    }
    if (from < n) buf_add(b, text + from, n - from);
    buf_putc(b, '"');
}

void json_comma(Buf *b)
{
    char last = b->n ? b->p[b->n - 1] : '\n';
    if (last != '{' && last != '[' && last != '\n' && last != ':') buf_putc(b, ',');
}

void json_key(Buf *b, const char *name)
{
    json_comma(b);
    json_string(b, name, strlen(name));
    buf_putc(b, ':');
}

void json_key_string(Buf *b, const char *name, const char *text)
{
    json_key(b, name);
    if (text) json_string(b, text, strlen(text));
    else buf_puts(b, "null");
}

void json_key_int(Buf *b, const char *name, int64_t n)
{
    json_key(b, name);
    buf_printf(b, "%" PRId64, n);
}

void json_key_bool(Buf *b, const char *name, bool v)
{
    json_key(b, name);
    buf_puts(b, v ? "true" : "false");
}
