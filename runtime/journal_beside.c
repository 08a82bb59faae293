/* journal_beside.c -- what stands beside the history: rows taken in and set aside.
 *
 * Calls that change nothing write nothing: they look first, because a commit
 * costs a wait for the disk and a look does not.
 */
#include "runtime/journal_private.h"

#include "base/map.h"

#include <string.h>

/* ---- rows taken in --------------------------------------------------------------- */

Status journal_taken(Journal *j, const char *process, const char *key, uint64_t content, bool *known,
                     bool *same, Error *err)
{
    int64_t taken = 0;
    Status st = sql_int(j, SQL_TAKEN, BINDS(bind_int(shard_of_text(key)), bind_text(process), bind_text(key)),
                        0, &taken, err);
    *known = st == ST_OK;
    *same = *known && (uint64_t)taken == content;
    return st == ST_END ? ST_OK : st;
}

Status journal_caused(Journal *j, const char *cause, uint64_t *id, Error *err)
{
    int64_t found = 0;
    Status st = sql_int(j, SQL_CAUSE, BINDS(KEY_OF_TEXT(cause)), 0, &found, err);
    *id = (uint64_t)found;
    return st == ST_END ? fail(err, ST_NOTFOUND, "nothing was begun by %s", cause) : st;
}

Status journal_open_call(Journal *j, uint64_t case_id, uint32_t act, uint64_t *message, Error *err)
{
    int64_t found = 0;
    Status st = sql_int(j, SQL_CALL_OPEN, BINDS(bind_id(case_id), bind_int(act)), 0, &found, err);
    *message = (uint64_t)found;
    return st == ST_END ? ST_OK : st;
}

Status journal_calls_back(Journal *j, bool *any, Error *err)
{
    int64_t one = 0;
    Status st = sql_int(j, SQL_WITHDRAWN_OPEN, NULL, 0, 0, &one, err);
    *any = st == ST_OK && one;
    return st == ST_END ? ST_OK : st;
}

/* ---- rows set aside ----------------------------------------------------------------- */

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static Status reject_rows(Journal *j, const RejectedRow *rows, size_t n, Error *err)
{
    Status st = ST_OK;
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        const RejectedRow *r = &rows[i];
        st = sql_run(j, SQL_REJECT,
                     BINDS(KEY_OF_TEXT(r->process), bind_id(r->content), bind_text(or_empty(r->file)),
                           bind_text(or_empty(r->key)), bind_int(r->line), bind_text(or_empty(r->header)),
                           bind_text(or_empty(r->raw)), bind_text(or_empty(r->problem)), bind_int(r->at)),
                     err);
    }
    return st;
}

Status journal_reject(Journal *j, const RejectedRow *rows, size_t n, Error *err)
{
    if (n == 0) return ST_OK;
    Status st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    return write_end(j, reject_rows(j, rows, n, err), err);
}

Status journal_unreject(Journal *j, const char *process, const char *key, uint64_t content, Error *err)
{
    int64_t any, shard = shard_of_text(process);
    Status st = sql_int(j, SQL_REJECTED_ANY,
                        BINDS(bind_int(shard), bind_text(process), bind_text(or_empty(key)),
                              bind_id(content)),
                        0, &any, err);
    if (st != ST_OK) return st == ST_END ? ST_OK : st;
    st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    st = sql_run(j, SQL_UNREJECT, BINDS(bind_int(shard), bind_text(process), bind_id(content)), err);
    if (st == ST_OK)
        st = sql_run(j, SQL_UNREJECT_KEY,
                     BINDS(bind_int(shard), bind_text(process), bind_text(or_empty(key))), err);
    return write_end(j, st, err);
}

typedef struct Listed { const char *process; uint64_t content; bool stays; } Listed;
typedef struct Listing { Arena *arena; Map *rows; } Listing;

static const char *listed_name(Arena *a, const char *process, uint64_t content)
{
    return arena_printf(a, "%016llx %s", (unsigned long long)content, process);
}

/* What is set aside of a file. */
static Status list_file(Journal *j, const char *process, const char *file, Listing *l, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_REJECTED_FILE, BINDS(bind_text(file), bind_text(process)), &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK) {
        Listed *row = ARENA_NEW(l->arena, Listed);
        *row = (Listed){arena_dup(l->arena, col_name(s, 0)), (uint64_t)sqlite3_column_int64(s, 1), false};
        map_put(l->rows, listed_name(l->arena, row->process, row->content), row);
    }
    sql_close(j, SQL_REJECTED_FILE, s);
    return st == ST_END ? ST_OK : st;
}

static Status drop_gone(Journal *j, const char *file, const Listing *l, Error *err)
{
    Status st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    for (uint32_t i = 0; i < map_count(l->rows) && st == ST_OK; i++) {
        void *value;
        map_key(l->rows, i, &value);
        const Listed *row = value;
        if (!row->stays)
            st = sql_run(j, SQL_UNREJECT_ROW,
                         BINDS(KEY_OF_TEXT(row->process), bind_id(row->content), bind_text(file)), err);
    }
    return write_end(j, st, err);
}

/* The rows of a file as they are now. That some are new is an event, by which whoever looks for what is new finds it
 * without going through all that is set aside; in the same commit, so that none stays unseen. */
static Status keep_file(Journal *j, const char *file, const RejectedRow *rows, size_t n, uint64_t fresh, Error *err)
{
    if (n == 0) return ST_OK;
    Arena *a = arena_new();
    Status st = write_begin(j, false, err);
    if (st == ST_OK) {
        st = reject_rows(j, rows, n, err);
        if (st == ST_OK && fresh)
            st = note_keep_at(j, rows[0].at, arena_printf(a, JOURNAL_SET_ASIDE "%s", file),
                              arena_printf(a, "%llu", (unsigned long long)fresh), err);
        st = write_end(j, st, err);
    }
    arena_free(a);
    return st;
}

Status journal_reject_file(Journal *j, const char *process, const char *file, const RejectedRow *rows,
                           size_t n, uint64_t *fresh, Error *err)
{
    Listing l = {.arena = arena_new()};
    l.rows = map_new(l.arena);
    Status st = list_file(j, process, file, &l, err);
    uint32_t before = map_count(l.rows), stay = 0;
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        Listed **row = (Listed **)map_slot(l.rows, listed_name(l.arena, rows[i].process, rows[i].content));
        if (!*row) {
            *row = ARENA_NEW(l.arena, Listed);
            **row = (Listed){rows[i].process, rows[i].content, true};
        } else if (!(*row)->stays) {
            (*row)->stays = true;
            stay++;
        }
    }
    *fresh = map_count(l.rows) - before;
    if (st == ST_OK && stay < before) st = drop_gone(j, file, &l, err);
    if (st == ST_OK) st = keep_file(j, file, rows, n, *fresh, err);
    arena_free(l.arena);
    return st;
}

Status journal_settle(Journal *j, const RejectedRow *rows, size_t n, Error *err)
{
    if (n == 0) return ST_OK;
    Status st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    for (size_t i = 0; i < n && st == ST_OK; i++)
        st = sql_run(j, SQL_UNREJECT_ROW,
                     BINDS(KEY_OF_TEXT(rows[i].process), bind_id(rows[i].content), bind_text(or_empty(rows[i].file))),
                     err);
    return write_end(j, st, err);
}

Status journal_rejected(Journal *j, const char *process, RejectedVisit *visit, void *self, Error *err)
{
    sqlite3_stmt *s;
    Status st = read_begin(j, err);
    if (st != ST_OK) return st;
    st = sql_open(j, SQL_REJECTED, BINDS(bind_text(process)), &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK) {
        RejectedRow r = {.process = col_name(s, 0),
                         .file = col_name(s, 1),
                         .line = (uint32_t)sqlite3_column_int64(s, 2),
                         .key = col_name(s, 3),
                         .content = (uint64_t)sqlite3_column_int64(s, 4),
                         .header = col_name(s, 5),
                         .raw = col_name(s, 6),
                         .problem = col_name(s, 7),
                         .at = sqlite3_column_int64(s, 8)};
        st = visit(self, &r, err);
    }
    sql_close(j, SQL_REJECTED, s);
    read_end(j);
    return st == ST_END ? ST_OK : st;
}
