/* table.c -- see table.h. */
#include "cli/table.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 16, GAP = 2, NARROWEST = 8 };

struct Table {
    Arena *arena;
    const char *headers[COLUMNS];
    bool right[COLUMNS], optional[COLUMNS];
    uint32_t columns;
    VEC(const char *) cells;
};

Table *table_new(Arena *a, const char *const *headers)
{
    Table *t = ARENA_NEW(a, Table);
    t->arena = a;
    for (; headers[t->columns] && t->columns < COLUMNS; t->columns++) {
        const char *header = headers[t->columns];
        t->optional[t->columns] = *header == '?';
        header += *header == '?';
        t->right[t->columns] = *header == '>';
        t->headers[t->columns] = header + (*header == '>');
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

typedef struct Layout { size_t widths[COLUMNS]; bool left_out[COLUMNS]; uint32_t last; } Layout;

static bool says_nothing(const Table *t, uint32_t column)
{
    for (uint32_t i = column; i < t->cells.n; i += t->columns)
        if (*t->cells.items[i] && strcmp(t->cells.items[i], "0") != 0) return false;
    return true;
}

static size_t total(const Layout *l)
{
    size_t n = 0;
    for (uint32_t c = 0; c <= l->last; c++)
        if (!l->left_out[c]) n += l->widths[c] + (c < l->last ? GAP : 0);
    return n;
}

/* Takes from the widest column of words, one by one, until the table fits; figures are never cut. */
static void shrink(const Table *t, Layout *l, size_t width)
{
    while (total(l) > width) {
        uint32_t widest = COLUMNS;
        for (uint32_t c = 0; c <= l->last; c++)
            if (!l->left_out[c] && !t->right[c] && l->widths[c] > NARROWEST && (widest == COLUMNS || l->widths[c] > l->widths[widest]))
                widest = c;
        if (widest == COLUMNS) return;
        l->widths[widest]--;
    }
}

static Layout layout(const Table *t, size_t width)
{
    Layout l = {0};
    for (uint32_t c = 0; c < t->columns; c++) {
        l.left_out[c] = t->optional[c] && says_nothing(t, c);
        if (!l.left_out[c]) l.last = c;
        l.widths[c] = text_width(t->headers[c], strlen(t->headers[c]));
    }
    for (uint32_t i = 0; i < t->cells.n; i++) {
        size_t w = text_width(t->cells.items[i], strlen(t->cells.items[i]));
        if (w > l.widths[i % t->columns]) l.widths[i % t->columns] = w;
    }
    if (width) shrink(t, &l, width);
    return l;
}

static void cell(const Table *t, Buf *line, const Layout *l, uint32_t c, const char *text)
{
    size_t n = strlen(text), wide = text_width(text, n);
    if (wide > l->widths[c]) {
        n = text_fit(text, n, l->widths[c] - 1);
        wide = text_width(text, n) + 1;
    }
    size_t gap = l->widths[c] - wide;
    if (t->right[c]) buf_pad(line, ' ', gap);
    buf_add(line, text, n);
    if (text[n]) buf_puts(line, "\u2026");
    if (!t->right[c]) buf_pad(line, ' ', gap);
    if (c < l->last) buf_pad(line, ' ', GAP);
}

static void row(const Table *t, Buf *out, const char *const *cells, const Layout *l, bool bold)
{
    Buf line = {0};
    for (uint32_t c = 0; c <= l->last; c++)
        if (!l->left_out[c]) cell(t, &line, l, c, cells[c]);
    while (line.n && line.p[line.n - 1] == ' ') line.n--;
    if (bold) buf_puts(out, "\033[1m");
    buf_add(out, buf_text(&line), line.n);
    buf_puts(out, bold ? "\033[0m\n" : "\n");
    buf_free(&line);
}

void table_print(const Table *t, Buf *out, size_t width, bool colour)
{
    Layout l = layout(t, width);
    row(t, out, t->headers, &l, colour);
    for (uint32_t i = 0; i + t->columns <= t->cells.n; i += t->columns) row(t, out, &t->cells.items[i], &l, false);
}
