/* table.h -- tables on a terminal: columns as wide as their content, by display width. */
#ifndef OPS_CLI_TABLE_H
#define OPS_CLI_TABLE_H

#include "base/text.h"

typedef struct Table Table;

/* headers: NULL-terminated; one that begins with `>` is aligned to the right, with `?` (ahead of it) left
 * out where every cell is empty or 0. */
Table *table_new(Arena *a, const char *const *headers);
/* Adds a cell; after the last column a new row begins. */
void table_cell(Table *t, const char *text);
void table_int(Table *t, uint64_t n);
uint32_t table_rows(const Table *t);
/* A header and the rows. Columns of words go on in further lines until all fits the width (0: they never do). */
void table_print(const Table *t, Buf *out, size_t width, bool colour);

#endif
