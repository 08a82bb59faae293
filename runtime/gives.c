/* gives.c -- reads a command's output as values. */
#include "runtime/gives.h"

#include "base/json.h"

#include <string.h>

static bool given(const IrFlow *f, const IrStep *s, const char *name, size_t n)
{
    for (uint32_t i = 0; i < s->gives_n; i++) {
        const char *wanted = f->unit.fields[s->gives + i].name;
        if (strlen(wanted) == n && memcmp(wanted, name, n) == 0) return true;
    }
    return false;
}

/* A member of a JSON object: numbers as texts, so that the engine reads them exactly. */
static Value from_json(Arena *a, const Json *j)
{
    Value *items;
    uint32_t n = 0;
    switch (j->type) {
    case JSON_NULL:   return VALUE_NONE;
    case JSON_FALSE:  return value_boolean(false);
    case JSON_TRUE:   return value_boolean(true);
    case JSON_NUMBER:
    case JSON_STRING: return value_text_n(j->text, j->len);
    case JSON_ARRAY:
    case JSON_OBJECT:
        items = ARENA_ARRAY(a, Value, j->len);
        for (const Json *c = j->child; c; c = c->next) items[n++] = from_json(a, c);
        return value_list(items, n);
    }
    return VALUE_NONE;
}

static bool read_lines(Arena *a, const IrFlow *f, const IrStep *s, const char *out, size_t n, Datum *values, uint32_t *values_n)
{
    for (const char *line = out, *end = out + n; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        size_t length = (size_t)(stop - line);
        const char *equals = memchr(line, '=', length);
        if (length && !equals) return false;
        if (length && given(f, s, line, (size_t)(equals - line)) && *values_n < s->gives_n) {
            size_t value_n = (size_t)(stop - equals) - 1;
            values[(*values_n)++] = (Datum){arena_dup_n(a, line, (size_t)(equals - line)),
                                            value_text_n(arena_dup_n(a, equals + 1, value_n), value_n)};
        }
        line = stop < end ? stop + 1 : end;
    }
    return *values_n > 0;
}

Status gives_read(Arena *a, const IrFlow *f, const IrStep *s, const char *out, size_t n, const Datum **values,
                  uint32_t *values_n, Error *err)
{
    *values_n = 0;
    if (s->gives_n == 0) return ST_OK;
    size_t bad = utf8_check(out, n);
    if (bad < n) return fail(err, ST_VALUE, "its output is not UTF-8 text (byte %zu), so nothing can be read from it", bad + 1);
    while (n && (out[n - 1] == '\n' || out[n - 1] == '\r')) n--;
    Datum *found = ARENA_ARRAY(a, Datum, s->gives_n + 1);
    *values = found;
    Json *j;
    if (n && out[0] == '{' && json_parse(a, out, n, &j, NULL) == ST_OK) {
        for (const Json *m = j->child; m && *values_n < s->gives_n; m = m->next)
            if (given(f, s, m->name, strlen(m->name))) found[(*values_n)++] = (Datum){m->name, from_json(a, m)};
        return ST_OK;
    }
    if (read_lines(a, f, s, out, n, found, values_n)) return ST_OK;
    *values_n = 0;
    if (s->gives_n > 1)
        return fail(err, ST_VALUE, "it should give %u values, and its output is neither a JSON object nor lines of name=value", s->gives_n);
    found[(*values_n)++] = (Datum){f->unit.fields[s->gives].name, value_text_n(arena_dup_n(a, out, n), n)};
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
