/* table.c -- see table.h. */
#include "cli/table.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 16 };

struct Table {
    Arena *arena;
    const char *headers[COLUMNS];
    bool right[COLUMNS];
    uint32_t columns;
    VEC(const char *) cells;
};

Table *table_new(Arena *a, const char *const *headers)
{
    Table *t = ARENA_NEW(a, Table);
    t->arena = a;
    for (; headers[t->columns] && t->columns < COLUMNS; t->columns++) {
        t->right[t->columns] = headers[t->columns][0] == '>';
        t->headers[t->columns] = headers[t->columns] + t->right[t->columns];
    }
    return t;
}

void table_cell(Table *t, const char *text)
{
    Buf b = {0};
    for (const char *p = text ? text : ""; *p; p++) buf_putc(&b, *p == '\n' || *p == '\t' ? ' ' : *p);
    Buf shown = {0};
    buf_visible(&shown, buf_text(&b), b.n);
    *VEC_PUSH(t->arena, &t->cells) = buf_dup(&shown, t->arena);
    buf_free(&b);
    buf_free(&shown);
}

void table_int(Table *t, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    table_cell(t, text);
}

uint32_t table_rows(const Table *t)
{
    return t->cells.n / t->columns;
}

static void row(const Table *t, Buf *out, const char *const *cells, const size_t *widths, size_t width)
{
    size_t used = 0;
    Buf line = {0};
    for (uint32_t c = 0; c < t->columns; c++) {
        const char *text = cells[c];
        size_t n = strlen(text);
        if (c + 1 == t->columns && width && used + 2 < width && text_width(text, n) > width - used) {
            n = text_fit(text, n, width - used - 1);
            buf_add(&line, text, n);
            buf_puts(&line, "\u2026");
            break;
        }
        size_t gap = widths[c] - text_width(text, n);
        if (t->right[c]) buf_pad(&line, ' ', gap);
        buf_add(&line, text, n);
        if (!t->right[c] && c + 1 < t->columns) buf_pad(&line, ' ', gap);
        if (c + 1 < t->columns) buf_puts(&line, "  ");
        used += widths[c] + 2;
    }
    while (line.n && line.p[line.n - 1] == ' ') line.n--;
    buf_add(out, buf_text(&line), line.n);
    buf_putc(out, '\n');
    buf_free(&line);
}

void table_print(const Table *t, Buf *out, size_t width, bool colour)
{
    size_t widths[COLUMNS] = {0};
    for (uint32_t c = 0; c < t->columns; c++) widths[c] = text_width(t->headers[c], strlen(t->headers[c]));
    for (uint32_t i = 0; i < t->cells.n; i++) {
        size_t w = text_width(t->cells.items[i], strlen(t->cells.items[i]));
        if (w > widths[i % t->columns]) widths[i % t->columns] = w;
    }
    if (colour) buf_puts(out, "\033[1m");
    row(t, out, t->headers, widths, width);
    if (colour) buf_puts(out, "\033[0m");
    for (uint32_t i = 0; i + t->columns <= t->cells.n; i += t->columns) row(t, out, &t->cells.items[i], widths, width);
}
