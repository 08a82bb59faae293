/* csv.h -- rows of files that people export.
 *
 * RFC 4180 with what the field does to it: `,` `;` or tab (taken from the header
 * line), CR LF or LF, a BOM, quotes doubled inside quotes, line ends inside
 * quotes. A damaged row is reported and the reader goes on with the next: an
 * unclosed quote costs its own line only.
 */
#ifndef OPS_BASE_CSV_H
#define OPS_BASE_CSV_H

#include "base/text.h"

typedef struct CsvRow {
    uint32_t line;              /* of the file, from 1, where the row begins */
    const char *const *cells;   /* n of them; unquoted text */
    uint32_t n;
    const char *raw;            /* the row as written, without line end */
    uint32_t raw_n;
    const char *problem;        /* NULL, or why it cannot be read (cells then as far as they go) */
} CsvRow;

typedef struct Csv Csv;

/* Reads from bytes that stay valid. The header is read at once: csv_header. An empty file
 * is ST_VALUE; so are a header with a name twice or an empty one (only named when used:
 * an unnamed column gets ""). Row and cells are valid until the next csv_next. */
Status csv_open(Arena *a, const char *bytes, size_t n, Csv **out, Error *err) MUST_CHECK;
const CsvRow *csv_header(const Csv *c);
char csv_separator(const Csv *c);
/* The next row, or NULL at the end. Blank lines are skipped. A row with too many or too few
 * cells, invalid UTF-8, NUL, text behind a closing quote, or a quote never closed has .problem set. */
const CsvRow *csv_next(Csv *c);
/* The column of this name (exact, else ignoring case and surrounding blanks), or -1. */
int csv_column(const Csv *c, const char *name);

/* Writing: quotes where needed; a cell that a spreadsheet would take for a formula (= + - @
 * first, and not a number) is NOT altered: what was read is written back. */
void csv_cell(Buf *b, const char *text, bool first);

#endif
