/* touches.c -- prints what a program can touch. */
#include "cli/touches.h"

#include "analysis/touches.h"
#include "base/json.h"
#include "cli/session.h"
#include "cli/table.h"

#include <string.h>

/* A text of several lines on one, and not without end: the whole stands in the file, and in JSON. */
static const char *on_a_line(Arena *a, const char *text)
{
    enum { SHOWN = 60 };
    Buf b = {0};
    size_t n = text ? strlen(text) : 0, from = text ? strspn(text, " \t\r\n") : 0;
    for (size_t i = from; i < n && b.n < SHOWN; i++) {
        bool blank = strchr(" \t\r\n", text[i]) != NULL;
        if (!blank || (b.n && b.p[b.n - 1] != ' ')) buf_putc(&b, blank ? ' ' : text[i]);
    }
    size_t whole = utf8_check(buf_text(&b), b.n);
    bool cut = b.n >= SHOWN || whole < b.n;
    const char *line = arena_printf(a, "%.*s%s", (int)whole, buf_text(&b), cut ? " ..." : "");
    buf_free(&b);
    return line;
}

static void table(const Args *args, const Touch *all, uint32_t from, uint32_t to, Buf *b)
{
    static const char *const headers[] = {"what", "how", "?of", "?step or check", "at", "?more", NULL};
    Table *t = table_new(args->arena, headers);
    for (uint32_t i = from; i < to; i++) {
        const Touch *e = &all[i];
        table_cell(t, e->what ? e->what : "");
        table_cell(t, e->how);
        table_cell(t, e->of ? e->of : "");
        table_cell(t, e->part ? e->part : "");
        table_cell(t, e->place.file ? arena_printf(args->arena, "%s:%u", e->place.file, e->place.line) : "");
        table_cell(t, on_a_line(args->arena, e->detail));
    }
    buf_printf(b, "%s%s\n", b->n ? "\n" : "", touch_heading((TouchKind)all[from].kind));
    table_print(t, b, terminal_width(), terminal_colour(args));
}

static void json(const Touch *all, uint32_t n, Buf *b)
{
    buf_puts(b, "{\"effects\":[");
    for (uint32_t i = 0; i < n; i++) {
        const Touch *e = &all[i];
        if (i) buf_putc(b, ',');
        buf_putc(b, '{');
        json_key_string(b, "kind", touch_word((TouchKind)e->kind));
        json_key_string(b, "what", e->what);
        json_key_string(b, "how", e->how);
        json_key_string(b, "of", e->of);
        json_key_string(b, "part", e->part);
        json_key_string(b, "detail", e->detail);
        json_key_string(b, "file", e->place.file);
        json_key_int(b, "line", e->place.line);
        buf_putc(b, '}');
    }
    buf_puts(b, "]}\n");
}

void touches_show(const Args *args, const IrProgram *p, Buf *b)
{
    uint32_t n, to;
    const Touch *all = touches_of(args->arena, p, &n);
    if (args->given[OPT_JSON]) {
        json(all, n, b);
        return;
    }
    if (n == 0) buf_printf(b, "%s touches nothing and asks nobody\n", p->file);
    for (uint32_t from = 0; from < n; from = to) {
        for (to = from; to < n && all[to].kind == all[from].kind; to++) continue;
        table(args, all, from, to, b);
    }
}
