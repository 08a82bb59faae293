/* csv.c -- a reader that a damaged row cannot stop.
 *
 * A row is read twice: first its extent is found (how far it goes, how many
 * lines and cells), then its cells are taken out of it. Between the two stands
 * the question whether a quote was ever closed. A cell that goes over several
 * lines is believed only if all fits: something closes it, nothing but a
 * separator stands behind, and the row has as many cells as it should. Else
 * the row is its first line alone, damaged, and the next line begins a new
 * one: so one lost quote never swallows good rows.
 */
#include "base/csv.h"

#include "base/map.h"

#include <string.h>

enum { LONGEST = 10000 };              /* lines of one row; behind that a quote counts as never closed */

struct Csv {
    Arena *arena;
    const char *at, *end;              /* what is not read yet */
    uint32_t line;                     /* of at */
    char separator;
    CsvRow header, row;
    const char **cells;                /* of row; the header keeps its own */
    uint32_t cap;
};

/* Where a row ends, and what it is made of. */
typedef struct Extent {
    const char *end;                   /* ahead of the line end */
    uint32_t lines, cells;             /* lines: line ends inside it */
    const char *problem;
} Extent;

/* ---- lines ------------------------------------------------------------------- */

static const char *line_end(const char *p, const char *end)
{
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    return stop ? stop : end;
}

static bool is_blank(const char *p, const char *end)
{
    for (; p < end; p++)
        if (*p != ' ' && *p != '\t' && *p != '\r') return false;
    return true;
}

/* Goes over lines without content. False at the end. */
static bool to_content(Csv *c)
{
    while (c->at < c->end) {
        const char *stop = line_end(c->at, c->end);
        if (!is_blank(c->at, stop)) return true;
        c->at = stop < c->end ? stop + 1 : stop;
        c->line++;
    }
    return false;
}

/* What the line has most of outside quotes; a comma where there is nothing to see. */
static char guess_separator(const char *p, const char *end)
{
    unsigned commas = 0, semicolons = 0, tabs = 0;
    bool quoted = false;
    for (; p < end && (quoted || *p != '\n'); p++) {
        if (*p == '"') quoted = !quoted;
        if (quoted) continue;
        commas += *p == ',', semicolons += *p == ';', tabs += *p == '\t';
    }
    if (tabs > commas && tabs > semicolons) return '\t';
    return semicolons > commas ? ';' : ',';
}

/* ---- how far a row goes ------------------------------------------------------ */

/* p is behind an opening quote. Returns what is behind the closing one, or NULL; counts lines. */
static const char *closing(const char *p, const char *end, uint32_t *lines)
{
    for (; p < end; p++) {
        if (*p == '\n' && ++*lines > LONGEST) return NULL;
        if (*p != '"') continue;
        if (p + 1 == end || p[1] != '"') return p + 1;
        p++;
    }
    return NULL;
}

/* Over blanks and the CR of a line end, if a cell may end behind them; else p. */
static const char *over_blanks(const Csv *c, const char *p, const char *end)
{
    const char *q = p;
    while (q < end && (*q == ' ' || (*q == '\t' && c->separator != '\t'))) q++;
    if (q < end && *q == '\r' && (q + 1 == end || q[1] == '\n')) q++;
    return q == end || *q == '\n' || *q == c->separator ? q : p;
}

static bool ends_cell(const Csv *c, const char *p, const char *end)
{
    return p == end || *p == '\n' || *p == c->separator;
}

/* Cuts the extent down to its first line, which is damaged. */
static void first_line_only(const Csv *c, Extent *e, const char *problem)
{
    e->end = line_end(c->at, c->end);
    e->lines = 0;
    e->problem = problem;
}

/* wanted: how many cells a row has; 0: not known yet. */
static Extent measure(const Csv *c, uint32_t wanted)
{
    static const char open[] =
        "a quote is opened and never closed: close it, or write \"\" for a quote inside a text";
    static const char behind[] =
        "something stands behind a closing quote: a quote inside a text is written twice, \"\"";
    static const char uneven[] =
        "a text in quotes goes over several lines, and with it the row has not as many cells as there are "
        "columns: perhaps a quote is never closed";
    Extent e = {0};
    const char *p = c->at;
    for (;; p++) {
        if (p < c->end && *p == '"') {
            const char *q = closing(p + 1, c->end, &e.lines);
            if (q) q = over_blanks(c, q, c->end);
            if (!q || !ends_cell(c, q, c->end)) {
                first_line_only(c, &e, !q || e.lines ? open : behind);
                return e;
            }
            p = q;
        } else {
            while (!ends_cell(c, p, c->end)) p++;
        }
        e.cells++;
        bool done = p == c->end || *p == '\n';
        if (wanted && e.lines && (done ? e.cells != wanted : e.cells >= wanted)) {
            first_line_only(c, &e, uneven);
            return e;
        }
        if (done) break;
    }
    e.end = p;
    return e;
}

/* ---- taking the cells -------------------------------------------------------- */

static void add_cell(Csv *c, CsvRow *row, const char *text)
{
    if (row->n == c->cap) {
        uint32_t cap = c->cap ? c->cap * 2 : 16;
        c->cells = arena_grow(c->arena, c->cells, c->cap * sizeof *c->cells, cap * sizeof *c->cells);
        c->cap = cap;
    }
    c->cells[row->n++] = text;
}

/* Copies the cell at *p without its quotes to out; returns what is behind the copy. */
static char *unquote(const Csv *c, const char **p, const char *end, char *out)
{
    const char *q = *p;
    bool quoted = q < end && *q == '"';
    if (quoted) q++;
    for (; q < end; q++) {
        if (!quoted && *q == c->separator) break;
        if (quoted && *q == '"') {
            if (q + 1 < end && q[1] == '"') q++;
            else {
                const char *next = over_blanks(c, q + 1, end);
                quoted = false;
                q = next - 1;
                continue;
            }
        }
        *out++ = *q;
    }
    *p = q;
    return out;
}

/* A cell's text is never longer than what stands in the file, and its NUL takes the
 * separator's place: so one piece of the row's size, and a byte, holds them all. */
static void take_cells(Csv *c, CsvRow *row)
{
    const char *p = row->raw, *end = p + row->raw_n;
    char *out = arena_alloc(c->arena, (size_t)row->raw_n + 1);
    for (;; p++) {
        add_cell(c, row, out);
        out = unquote(c, &p, end, out);
        *out++ = '\0';
        if (p == end) break;
    }
    row->cells = c->cells;
}

/* The row at c->at, which has content. */
static void read_row(Csv *c, CsvRow *row, uint32_t wanted)
{
    Extent e = measure(c, wanted);
    *row = (CsvRow){.line = c->line, .raw = c->at, .problem = e.problem};
    row->raw_n = (uint32_t)(e.end - c->at);
    if (row->raw_n && row->raw[row->raw_n - 1] == '\r') row->raw_n--;
    take_cells(c, row);
    c->line += e.lines + 1;
    c->at = e.end < c->end ? e.end + 1 : e.end;
}

static const char *bad_bytes(const CsvRow *row)
{
    size_t bad = utf8_check(row->raw, row->raw_n);
    if (bad == row->raw_n) return NULL;
    return row->raw[bad] ? "it holds bytes that are not UTF-8: save the file as UTF-8"
                         : "it holds a NUL byte, which no text has: export the file again, as UTF-8";
}

/* ---- opening ----------------------------------------------------------------- */

static Status check_header(const Csv *c, Error *err)
{
    const CsvRow *h = &c->header;
    const char *problem = bad_bytes(h);
    if (!problem) problem = h->problem;
    if (problem) return fail(err, ST_VALUE, "line %u, which names the columns: %s", h->line, problem);
    Map *seen = map_new(c->arena);
    for (uint32_t i = 0; i < h->n; i++) {
        if (!*h->cells[i]) continue;
        void **slot = map_slot(seen, h->cells[i]);
        if (*slot)
            return fail(err, ST_VALUE,
                        "line %u, which names the columns, has \"%s\" twice: give each its own name", h->line,
                        h->cells[i]);
        *slot = seen;
    }
    if (map_count(seen)) return ST_OK;
    return fail(err, ST_VALUE, "line %u names no column: the first line wants the names of the columns",
                h->line);
}

Status csv_open(Arena *a, const char *bytes, size_t n, Csv **out, Error *err)
{
    Csv *c = ARENA_NEW(a, Csv);
    *c = (Csv){.arena = a, .at = bytes, .end = bytes + n, .line = 1};
    *out = NULL;
    if (n >= UINT32_MAX) return fail(err, ST_VALUE, "the file is too long: at most 4 GB are read; split it");
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) c->at += 3;
    if (!to_content(c))
        return fail(err, ST_VALUE, "the file is empty: a first line with the names of the columns is wanted");
    c->separator = guess_separator(c->at, c->end);
    read_row(c, &c->header, 0);
    Status st = check_header(c, err);
    if (st != ST_OK) return st;
    c->cells = NULL, c->cap = 0;       /* the header keeps these */
    *out = c;
    return ST_OK;
}

const CsvRow *csv_header(const Csv *c)
{
    return &c->header;
}

char csv_separator(const Csv *c)
{
    return c->separator;
}

/* ---- reading ----------------------------------------------------------------- */

const CsvRow *csv_next(Csv *c)
{
    if (!to_content(c)) return NULL;
    CsvRow *row = &c->row;
    uint32_t wanted = c->header.n;
    read_row(c, row, wanted);
    const char *bad = bad_bytes(row);
    if (bad)
        row->problem = bad;
    else if (!row->problem && row->n != wanted)
        row->problem =
            arena_printf(c->arena, "found %u cell%s, wanted %u as in line %u, which names the columns%s",
                         row->n, row->n == 1 ? "" : "s", wanted, c->header.line,
                         row->n > wanted ? ": a text that holds a separator stands in quotes" : "");
    return row;
}

/* Lower case, without blanks around it. */
static const char *bare_name(Arena *a, const char *name)
{
    name += strspn(name, " \t");
    size_t n = strlen(name);
    while (n && (name[n - 1] == ' ' || name[n - 1] == '\t')) n--;
    return text_lower(a, arena_dup_n(a, name, n));
}

int csv_column(const Csv *c, const char *name)
{
    int found = -1;
    if (!*name) return -1;             /* columns without a name have none to ask for */
    for (uint32_t i = 0; i < c->header.n; i++)
        if (strcmp(c->header.cells[i], name) == 0) return (int)i;
    const char *wanted = bare_name(c->arena, name);
    for (uint32_t i = 0; i < c->header.n && *wanted; i++) {
        if (strcmp(bare_name(c->arena, c->header.cells[i]), wanted) != 0) continue;
        if (found >= 0) return -1;     /* two might be meant: neither is taken */
        found = (int)i;
    }
    return found;
}

/* ---- writing ----------------------------------------------------------------- */

static bool wants_quotes(const char *text)
{
    size_t n = strlen(text);
    return n && (text[0] == ' ' || text[n - 1] == ' ' || text[strcspn(text, ",;\"\n\r\t")]);
}

void csv_cell(Buf *b, const char *text, bool first)
{
    if (!first) buf_putc(b, ',');
    if (!wants_quotes(text)) {
        buf_puts(b, text);
        return;
    }
    buf_putc(b, '"');
    for (;;) {
        size_t n = strcspn(text, "\"");
        buf_add(b, text, n);
        text += n;
        if (!*text) break;
        buf_puts(b, "\"\"");
        text++;
    }
    buf_putc(b, '"');
}
