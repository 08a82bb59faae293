/* gives.c -- reads a command's output as values. */
#include "runtime/gives.h"

#include "base/json.h"
#include "runtime/fit.h"

#include <string.h>

/* The field of this name that the step gives, or NULL. */
static const IrField *given(const IrFlow *f, const IrStep *s, const char *name, size_t n)
{
    for (uint32_t i = 0; i < s->gives_n; i++) {
        const IrField *field = &f->unit.fields[s->gives + i];
        if (strlen(field->name) == n && memcmp(field->name, name, n) == 0) return field;
    }
    return NULL;
}

static Status read_object(Arena *a, const IrFlow *f, const IrStep *s, const Json *json, Datum *values, uint32_t *values_n, Error *err)
{
    for (const Json *m = json->child; m && *values_n < s->gives_n; m = m->next) {
        const IrField *field = given(f, s, m->name, strlen(m->name));
        if (!field) continue;
        Datum *d = &values[(*values_n)++];
        d->name = field->name;
        Status st = value_from_plain_json(a, &f->unit, field->type, m, NULL, &d->value, err);
        if (st == ST_OK) continue;
        error_prefix(err, "%s: ", field->name);
        return st;
    }
    return ST_OK;
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
    if (n && out[0] == '{' && json_parse(a, out, n, &j, NULL) == ST_OK) return read_object(a, f, s, j, found, values_n, err);
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
