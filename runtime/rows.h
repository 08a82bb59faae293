/* rows.h -- rows of files as values: what cases begin with, tables, answers.
 *
 * A row that does not fit is never lost and never stops the others: it comes
 * back with what is wrong with it, in words for the person who keeps the file.
 */
#ifndef OPS_RUNTIME_ROWS_H
#define OPS_RUNTIME_ROWS_H

#include "base/csv.h"
#include "runtime/eval.h"
#include "runtime/fit.h"

typedef struct RowFile RowFile;

typedef struct Row {
    uint32_t line;
    const char *key;                   /* by the record's key fields, else NULL */
    uint64_t content;                  /* hash of its cells, whatever the file's quoting or order of columns */
    const char *raw;                   /* as written, without line end */
    Value value;                       /* a record of the type */
    const char *problem;               /* NULL, or why it does not fit: "budget: wanted money, found \"abc\" ..." */
    const char *mends;                 /* NULL, or which row set aside this one says it is in place of: "a.csv:3" */
} Row;

/* How `ops rejected --csv` refers to a row at the beginning of its column `problem`: "a.csv:3". Whoever mends
 * the row leaves that column as it is, so that the row is found again and taken off the list. */
const char *rows_reference(Arena *a, const char *file, uint32_t line);
/* The reference that the cell of a column `problem` begins with ("a.csv:3: seen: ..."), or NULL. */
const char *rows_referred(Arena *a, const char *cell);

/* Opens a .csv or .jsonl file as rows of a record type of the program's unit. Moments whose field says no zone
 * are local to the one given (NULL: they must have one themselves). A column that a field needs and the file
 * lacks: each row gets a problem that names it once. ST_NOINPUT when the file is not there; ST_VALUE when it is
 * no table at all (then the whole file is to be set aside). */
Status rows_open(Arena *a, const IrProgram *p, uint32_t type, const Zone *zone, const char *path, RowFile **out,
                 Error *err) MUST_CHECK;
const char *rows_header(const RowFile *f);     /* as written; "" for .jsonl */
/* Has the file the column of the type's field i? Of .jsonl nobody knows: yes. */
bool rows_has(const RowFile *f, uint32_t i);
/* The next row, or NULL. Lies in the arena given to rows_open. Within one file a key that came
 * before is a problem ("the same key as row 3"), unless the content is the same: then it is skipped. */
const Row *rows_next(RowFile *f);

/* The files that a trigger's pattern names, sorted by name: relative to the program's folder, with
 * * and ? in the last part. Paths are absolute or relative to the folder as given. */
Status rows_files(Arena *a, const IrProgram *p, const char *pattern, const char *const **paths, uint32_t *n,
                  Error *err) MUST_CHECK;
/* One path of the program's, made absolute against its folder. */
const char *rows_path(Arena *a, const IrProgram *p, const char *path);

/* Tables: read whole at first use, indexed by key. Env.table's shape. */
typedef struct Tables Tables;
/* given: no file is read; a table is asked for the rows that tables_give gave it. */
Tables *tables_new(const IrProgram *p, bool given);
/* The rows (a list of records) of a table, in place of what it had. ST_VALUE: two have one key. */
Status tables_give(Tables *t, const char *table, const Value *rows, Error *err) MUST_CHECK;
/* The first table that was asked, and was given no rows; NULL: none was. */
const char *tables_missed(const Tables *t);
/* As when new. */
void tables_clear(Tables *t);
void tables_free(Tables *t);
Status tables_find(void *tables, Arena *a, const char *table, const Value *key, Value *row, Error *err);
/* Rows of any table file that did not fit (reported, never used). */
uint32_t tables_problems(const Tables *t, Buf *out);
/* Is this a line of tables_problems, made when a table was asked that this time none was? */
bool tables_unasked(const Tables *t, const char *line);

/* Answers for people's steps (`ops run --answers FILE`): columns process, key, step, person, time,
 * and fields: one column per field, and / or a column `fields` with "name=value; name=value".
 * `approve` (yes/no) and `reason` answer approvals. */
typedef struct Answer {
    uint32_t line;
    const char *process, *key, *step, *person;
    Instant at;
    bool has_at;
    const char *approve;               /* NULL, or as written */
    const char *reason;
    const char *const *names; const char *const *texts; uint32_t n;   /* fields that are not empty */
    const char *problem;               /* NULL, or why the row cannot be read */
    const char *mends;                 /* NULL, or which answer set aside this one is in place of: "a.csv:3" */
    const char *header, *raw;          /* the header line ("" for .jsonl) and the row, as written */
    uint64_t content;                  /* hash of its cells */
} Answer;
/* In order of time (rows without one last), then of line. Times without a zone go by the clock of the step's role,
 * else of the process. */
Status rows_answers(Arena *a, const IrProgram *p, const char *path, Answer **out, uint32_t *n, Error *err) MUST_CHECK;

#endif
