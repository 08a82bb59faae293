/* pattern.c -- how large a pattern becomes, before it may. */
#include "base/pattern.h"

#include <stdint.h>
#include <stdlib.h>

typedef struct Size {
    uint64_t group[PATTERN_DEEP + 1];      /* signs in each open bracket so far */
    uint64_t last;                         /* of what a repetition behind it repeats */
    int depth;
} Size;

static void add(Size *s, uint64_t signs)
{
    s->last = signs;
    s->group[s->depth] += signs;
}

/* Behind the end of [...]: a ] that comes first means itself, and [:alpha:] has its own brackets. */
static const char *skip_set(const char *p)
{
    p++;
    if (*p == '^') p++;
    if (*p == ']') p++;
    while (*p && *p != ']') {
        char kind = p[0] == '[' ? p[1] : 0;
        p++;
        if (kind != ':' && kind != '.' && kind != '=') continue;
        for (p++; *p && !(p[0] == kind && p[1] == ']'); p++) continue;
        if (*p) p += 2;
    }
    return *p ? p + 1 : p;
}

/* Behind the end of {m}, {m,} or {m,n}. */
static const char *repeat(Size *s, const char *p)
{
    char *end;
    uint64_t times = strtoul(p + 1, &end, 10), most = times;
    if (end == p + 1) return p + 1;        /* no repetition after all */
    if (*end == ',') most = end[1] == '}' ? times + 1 : strtoul(end + 1, &end, 10);
    if (most > PATTERN_SIGNS) most = PATTERN_SIGNS;
    s->group[s->depth] += most > 1 ? s->last * (most - 1) : 0;
    s->last *= most > 1 ? most : 1;
    while (*end && *end != '}') end++;
    return *end ? end + 1 : end;
}

/* NULL: it may be compiled. */
static const char *too_much(const char *p)
{
    Size s = {.depth = 0};
    while (*p) {
        switch (*p) {
        case '(':
            if (s.depth == PATTERN_DEEP) return "more than 100 brackets stand inside each other";
            s.group[++s.depth] = 0;
            p++;
            break;
        case ')':
            if (s.depth) s.depth--, add(&s, s.group[s.depth + 1]);
            p++;
            break;
        case '{': p = repeat(&s, p); break;
        case '[':
            p = skip_set(p);
            add(&s, 1);
            break;
        case '\\':
            p += p[1] ? 2 : 1;
            add(&s, 1);
            break;
        default:
            p++;
            add(&s, 1);
        }
        if (s.group[s.depth] > PATTERN_SIGNS) return "with its repetitions written out it has more than 20,000 signs";
    }
    return NULL;
}

Status pattern_compile(const char *pattern, regex_t *out, Error *err)
{
    const char *wrong = too_much(pattern);
    if (wrong) return fail(err, ST_VALUE, "%s", wrong);
    int code = regcomp(out, pattern, REG_EXTENDED | REG_NOSUB);
    if (code == 0) return ST_OK;
    char why[120];
    regerror(code, out, why, sizeof why);
    return fail(err, ST_VALUE, "%s", why);
}
