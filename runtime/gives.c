/* gives.c -- reads a command's output as values. */
#include "runtime/gives.h"

#include "base/json.h"
#include "runtime/fit.h"

#include <string.h>

typedef struct Reading {
    Arena *arena;
    const IrUnit *unit;
    const IrField *gives; uint32_t gives_n;
    const Zone *zone;
    Datum *found; uint32_t n;
    const char *twice;                 /* a name that came a second time */
} Reading;

static const IrField *given(const Reading *r, const char *name, size_t n)
{
    for (uint32_t i = 0; i < r->gives_n; i++)
        if (strlen(r->gives[i].name) == n && memcmp(r->gives[i].name, name, n) == 0) return &r->gives[i];
    return NULL;
}

static void add(Reading *r, const char *name, Value v)
{
    for (uint32_t i = 0; i < r->n; i++)
        if (strcmp(r->found[i].name, name) == 0) {
            r->twice = name;
            return;
        }
    r->found[r->n++] = (Datum){name, v};
}

/* Lines of name=value: false where one of them is something else, or none is a name that the step gives. */
static bool read_lines(Reading *r, const char *out, size_t n)
{
    for (const char *line = out, *end = out + n, *stop; line < end; line = stop < end ? stop + 1 : end) {
        stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        size_t length = (size_t)(stop - line);
        if (length && line[length - 1] == '\r') length--;
        const char *equals = memchr(line, '=', length);
        if (length && !equals) return false;
        if (!length || !given(r, line, (size_t)(equals - line))) continue;
        size_t value_n = (size_t)(line + length - equals) - 1;
        add(r, arena_dup_n(r->arena, line, (size_t)(equals - line)),
            value_text_n(arena_dup_n(r->arena, equals + 1, value_n), value_n));
    }
    return r->n > 0;
}

static Status read_members(Reading *r, const Json *j, Error *err)
{
    Value v;
    for (const Json *m = j->child; m; m = m->next) {
        const IrField *f = given(r, m->name, strlen(m->name));
        const Zone *zone = r->zone;
        Status st = f ? field_zone(f, r->zone, &zone, err) : ST_OK;
        if (f && st == ST_OK) st = value_from_plain_json(r->arena, r->unit, f->type, m, zone, &v, err);
        if (st != ST_OK) {
            error_prefix(err, "%s: ", m->name);
            return st;
        }
        if (f) add(r, m->name, v);
    }
    return ST_OK;
}

Status gives_read(Arena *a, const IrFlow *f, const IrStep *s, const GivesOutput *output, const Datum **values,
                  uint32_t *values_n, Error *err)
{
    const char *out = output->text;
    size_t n = output->n, bad;
    *values_n = 0;
    if (s->gives_n == 0) return ST_OK;
    if (output->lost)
        return fail(err, ST_VALUE,
                    "it wrote %llu bytes, of which the middle was not kept: values are read from at most 128 KB",
                    (unsigned long long)(n + output->lost));
    if ((bad = utf8_check(out, n)) < n)
        return fail(err, ST_VALUE, "its output is not UTF-8 text (byte %zu), so nothing can be read from it", bad + 1);
    while (n && (out[n - 1] == '\n' || out[n - 1] == '\r')) n--;
    Reading r = {.arena = a, .unit = &f->unit, .gives = &f->unit.fields[s->gives], .gives_n = s->gives_n,
                 .zone = output->zone, .found = ARENA_ARRAY(a, Datum, s->gives_n)};
    size_t blank = strspn(out, " \t\r\n");
    Json *j;
    if (blank < n && out[blank] == '{' && json_parse(a, out, n, &j, NULL) == ST_OK) {
        Status st = read_members(&r, j, err);
        if (st != ST_OK) return st;
    } else if (!read_lines(&r, out, n)) {
        if (s->gives_n > 1)
            return fail(err, ST_VALUE,
                        "it should give %u values, and its output is neither a JSON object nor lines of name=value",
                        s->gives_n);
        r.n = 0;                       /* names ahead of the line that is none */
        r.twice = NULL;
        add(&r, r.gives[0].name, value_text_n(arena_dup_n(a, out, n), n));
    }
    if (r.twice) return fail(err, ST_VALUE, "its output says `%s` twice", r.twice);
    *values = r.found;
    *values_n = r.n;
    return ST_OK;
}

void gives_complaint(Buf *text, const char *err, size_t n)
{
    while (n && (err[n - 1] == '\n' || err[n - 1] == '\r' || err[n - 1] == ' ')) n--;
    size_t from = n;
    while (from && err[from - 1] != '\n' && n - from < 300) from--;
    if (n == from) return;
    buf_puts(text, ": ");
    buf_visible(text, err + from, n - from);
}
