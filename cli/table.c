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

/* A row of nothing but its first cell is a line over those that follow: no column. */
static bool is_heading(const Table *t, uint32_t first)
{
    for (uint32_t c = 1; c < t->columns; c++)
        if (first + c >= t->cells.n || *t->cells.items[first + c]) return false;
    return t->columns > 1;
}

static size_t longest_word(const char *text)
{
    size_t longest = 0;
    for (; *text; text += *text == ' ') {
        size_t n = strcspn(text, " "), width = text_width(text, n);
        if (width > longest) longest = width;
        text += n;
    }
    return longest;
}

static size_t total(const Layout *l)
{
    size_t n = 0;
    for (uint32_t c = 0; c <= l->last; c++)
        if (!l->left_out[c]) n += l->widths[c] + (c < l->last ? GAP : 0);
    return n;
}

/* Takes from the widest column of words, one by one, until the table fits or each is as narrow as it may be. */
static void shrink(const Table *t, Layout *l, const size_t *least, size_t width)
{
    while (total(l) > width) {
        uint32_t widest = COLUMNS;
        for (uint32_t c = 0; c <= l->last; c++)
            if (!l->left_out[c] && !t->right[c] && l->widths[c] > least[c] &&
                (widest == COLUMNS || l->widths[c] > l->widths[widest]))
                widest = c;
        if (widest == COLUMNS) return;
        l->widths[widest]--;
    }
}

static void widen(size_t *to, size_t width)
{
    if (width > *to) *to = width;
}

/* Words stay whole while they can; figures always do. */
static Layout layout(const Table *t, size_t width)
{
    Layout l = {0};
    size_t words[COLUMNS] = {0}, narrowest[COLUMNS];
    for (uint32_t c = 0; c < t->columns; c++) {
        l.left_out[c] = t->optional[c] && says_nothing(t, c);
        if (!l.left_out[c]) l.last = c;
        widen(&l.widths[c], text_width(t->headers[c], strlen(t->headers[c])));
        widen(&words[c], longest_word(t->headers[c]));
        narrowest[c] = NARROWEST;
    }
    for (uint32_t i = 0; i < t->cells.n; i++) {
        const char *text = t->cells.items[i];
        if (is_heading(t, i - i % t->columns)) continue;
        widen(&l.widths[i % t->columns], text_width(text, strlen(text)));
        widen(&words[i % t->columns], longest_word(text));
    }
    if (width) shrink(t, &l, words, width), shrink(t, &l, narrowest, width);
    return l;
}

/* How much of a text stands on one line of its column: whole words, or a part of one that is too long. */
static size_t line_of(const char *text, size_t width)
{
    size_t fits = 0, n = strlen(text);
    for (size_t at = 0; at < n;) {
        size_t end = at + strcspn(text + at, " ");
        if (text_width(text, end) > width) break;
        fits = end;
        at = end + (text[end] == ' ');
    }
    return fits ? fits : text_fit(text, n, width);
}

/* One line of a row; each cell goes on where the line before it ended. True while there is more. */
static bool row_line(const Table *t, Buf *line, const char **rest, const Layout *l)
{
    bool more = false;
    for (uint32_t c = 0; c <= l->last; c++) {
        if (l->left_out[c]) continue;
        const char *text = rest[c];
        size_t n = line_of(text, l->widths[c]), gap = l->widths[c] - text_width(text, n);
        if (t->right[c]) buf_pad(line, ' ', gap);
        buf_add(line, text, n);
        if (!t->right[c]) buf_pad(line, ' ', gap);
        if (c < l->last) buf_pad(line, ' ', GAP);
        rest[c] = text + n + (text[n] == ' ');
        more |= *rest[c] != '\0';
    }
    while (line->n && line->p[line->n - 1] == ' ') line->n--;
    return more;
}

static void row(const Table *t, Buf *out, const char *const *cells, const Layout *l, bool bold)
{
    const char *rest[COLUMNS];
    memcpy(rest, cells, t->columns * sizeof *rest);
    for (bool more = true; more;) {
        Buf line = {0};
        more = row_line(t, &line, rest, l);
        if (bold) buf_puts(out, "\033[1m");
        buf_add(out, buf_text(&line), line.n);
        buf_puts(out, bold ? "\033[0m\n" : "\n");
        buf_free(&line);
    }
}

void table_print(const Table *t, Buf *out, size_t width, bool colour)
{
    Layout l = layout(t, width);
    row(t, out, t->headers, &l, colour);
    for (uint32_t i = 0; i + t->columns <= t->cells.n; i += t->columns)
        if (is_heading(t, i)) buf_printf(out, "%s\n", t->cells.items[i]);
        else row(t, out, &t->cells.items[i], &l, false);
}
