/* journal_sql.c -- statements, transactions, and what SQLite's errors mean for people.
 *
 * Statements are prepared once per handle and lent out: while one is in use,
 * its place is empty, and whoever asks for it again (a visit inside a visit)
 * gets a second one.
 */
#include "runtime/journal_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[SQL_COUNT] = {
#define SQL(NAME, text) [SQL_##NAME] = text,
#include "runtime/journal_sql.def"
#undef SQL
};

static const char *const counter_names[COUNTER_COUNT] = {
    [COUNTER_CASE] = "case", [COUNTER_MESSAGE] = "message", [COUNTER_TASK] = "task"};

/* ---- errors -------------------------------------------------------------------- */

/* Why the file or its log could not be read or written; SQLite's own answer is often overwritten by then. */
static int system_problem(Journal *j)
{
    sqlite3_file *log = NULL;
    int of_log = 0, of_file = 0;
    if (sqlite3_file_control(j->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log &&
        log->pMethods)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &of_log);
    sqlite3_file_control(j->db, "main", SQLITE_FCNTL_LAST_ERRNO, &of_file);
    return of_log ? of_log : of_file ? of_file : sqlite3_system_errno(j->db);
}

static bool no_room(int rc, int problem)
{
    if ((rc & 0xff) == SQLITE_FULL || rc == SQLITE_IOERR_SHMSIZE) return true;
    return (rc & 0xff) == SQLITE_IOERR && (problem == ENOSPC || problem == EDQUOT || problem == EFBIG);
}

Status sql_damaged(Journal *j, Error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Status st = vfail(err, ST_IO, format, args);
    va_end(args);
    j->damaged = true;
    error_prefix(err, "the store %s is damaged: ", j->path);
    return st;
}

static Status sql_corrupt(Journal *j, const char *says, Error *err)
{
    return sql_damaged(j, err, "%s. Restore a copy of it%s", says,
                       j->verifiable ? "; `ops verify` tells what is still whole" : "");
}

Status sql_fail(Journal *j, int rc, Error *err)
{
    const char *says = sqlite3_errmsg(j->db);
    int problem = (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN ? system_problem(j) : 0;
    if (no_room(rc, problem))
        return fail(err, ST_IO,
                    "there is no room for the store %s (disk full, quota or limit on file sizes):"
                    " nothing of this was recorded, and nothing recorded before is lost. Make room and run it"
                    " again",
                    j->path);
    switch (rc & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return sql_corrupt(j, says, err);
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return sql_damaged(j, err, "its tables are not as they should be (%s). Restore a copy of it", says);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(err, ST_LOCKED,
                    "another program keeps the store %s locked (waited %d s): close it there, then try again",
                    j->path, BUSY_MS / 1000);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return fail(err, ST_CANTCREATE, "the store %s cannot be written here (%s)", j->path, says);
    case SQLITE_TOOBIG:
        if (!j->writing)               /* a row says that it is larger than any that was ever written */
            return sql_corrupt(j, says, err);
        return fail(err, ST_VALUE, "more was to be recorded at once than the store %s takes", j->path);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return fail(err, ST_IO, "reading or writing the store %s: %s%s%s", j->path, says, problem ? ": " : "",
                    problem ? strerror(problem) : "");
    default:
        return fail(err, ST_INTERNAL, "the store %s: %s", j->path, says);
    }
}

/* ---- values ---------------------------------------------------------------------- */

Bind bind_int(int64_t n) { return (Bind){.kind = BIND_INT, .i = n}; }
Bind bind_id(uint64_t n) { return bind_int((int64_t)n); }
Bind bind_instant(Instant t) { return (Bind){.kind = t == INSTANT_NEVER ? BIND_NULL : BIND_INT, .i = t}; }
Bind bind_text(const char *text) { return text ? bind_text_n(text, strlen(text)) : (Bind){0}; }
Bind bind_text_n(const char *text, size_t n) { return (Bind){.kind = BIND_TEXT, .p = text, .n = n}; }
Bind bind_blob(const void *p, size_t n) { return (Bind){.kind = BIND_BLOB, .p = p, .n = n}; }

static int bind(sqlite3_stmt *s, int at, const Bind *b)
{
    switch (b->kind) {
    case BIND_NULL: return sqlite3_bind_null(s, at);
    case BIND_INT:  return sqlite3_bind_int64(s, at, b->i);
    case BIND_TEXT: return sqlite3_bind_text64(s, at, b->p, b->n, SQLITE_STATIC, SQLITE_UTF8);
    case BIND_BLOB: return sqlite3_bind_blob64(s, at, b->p, b->n, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

const char *col_text(sqlite3_stmt *s, int column)
{
    return (const char *)sqlite3_column_text(s, column);
}

const char *col_name(sqlite3_stmt *s, int column)
{
    const char *text = col_text(s, column);
    return text ? text : "";
}

Instant col_instant(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? INSTANT_NEVER : sqlite3_column_int64(s, column);
}

bool col_hash(sqlite3_stmt *s, int column, uint8_t out[SHA256_BYTES])
{
    const void *p = sqlite3_column_blob(s, column);
    if (!p || sqlite3_column_bytes(s, column) != SHA256_BYTES) return false;
    memcpy(out, p, SHA256_BYTES);
    return true;
}

/* ---- statements ---------------------------------------------------------------------- */

SqlId sql_both(const Journal *j, SqlId id)
{
    return (SqlId)(id + j->archive);
}

void sql_close(Journal *j, SqlId id, sqlite3_stmt *s)
{
    if (!s) return;
    sqlite3_reset(s);
    if (j->statements[id]) sqlite3_finalize(s);
    else j->statements[id] = s;
}

Status sql_open(Journal *j, SqlId id, const Bind *binds, size_t n, sqlite3_stmt **out, Error *err)
{
    sqlite3_stmt *s = j->statements[id];
    int rc = SQLITE_OK;
    j->statements[id] = NULL;
    *out = NULL;
    if (!s) rc = sqlite3_prepare_v3(j->db, texts[id], -1, SQLITE_PREPARE_PERSISTENT, &s, NULL);
    for (size_t i = 0; i < n && rc == SQLITE_OK; i++) rc = bind(s, (int)i + 1, &binds[i]);
    if (rc != SQLITE_OK) {
        Status st = sql_fail(j, rc, err);
        sql_close(j, id, s);
        return st;
    }
    *out = s;
    return ST_OK;
}

Status sql_next(Journal *j, sqlite3_stmt *s, Error *err)
{
    int rc = sqlite3_step(s);
    return rc == SQLITE_ROW ? ST_OK : rc == SQLITE_DONE ? ST_END : sql_fail(j, rc, err);
}

Status sql_run(Journal *j, SqlId id, const Bind *binds, size_t n, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, id, binds, n, &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    sql_close(j, id, s);
    return st == ST_END ? ST_OK : st;
}

Status sql_script(Journal *j, const char *text, Error *err)
{
    int rc = sqlite3_exec(j->db, text, NULL, NULL, NULL);
    return rc == SQLITE_OK ? ST_OK : sql_fail(j, rc, err);
}

Status sql_int(Journal *j, SqlId id, const Bind *binds, size_t n, int64_t otherwise, int64_t *out, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, id, binds, n, &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    if (st == ST_OK) *out = sqlite3_column_type(s, 0) == SQLITE_NULL ? otherwise : sqlite3_column_int64(s, 0);
    sql_close(j, id, s);
    return st;
}

/* ---- counters --------------------------------------------------------------------------- */

Status counters_load(Journal *j, Error *err)
{
    for (int i = 0; i < COUNTER_COUNT; i++) {
        const char *name = counter_names[i];
        Status st = sql_int(j, SQL_COUNTER, BINDS(KEY_OF_TEXT(name)), 0, &j->counters[i], err);
        if (st == ST_END)
            return sql_damaged(j, err, "it does not say how many there are of each %s. Restore a copy of it",
                               name);
        if (st != ST_OK) return st;
        j->stored[i] = j->counters[i];
    }
    j->counters_known = true;
    return ST_OK;
}

Status counters_save(Journal *j, Error *err)
{
    for (int i = 0; i < COUNTER_COUNT; i++) {
        const char *name = counter_names[i];
        if (j->counters[i] == j->stored[i]) continue;
        Status st = sql_run(j, SQL_COUNTER_SET, BINDS(KEY_OF_TEXT(name), bind_int(j->counters[i])), err);
        if (st != ST_OK) return st;
        j->stored[i] = j->counters[i];
    }
    return ST_OK;
}

/* ---- transactions ------------------------------------------------------------------------- */

/* What is remembered of the store's last state may be wrong now. */
static void forget(Journal *j)
{
    memset(j->heads, 0, sizeof j->heads);
    j->own_seq = -1;
    j->counters_known = false;
}

static Status refresh(Journal *j, Error *err)
{
    int64_t version;
    Status st = sql_int(j, SQL_DATA_VERSION, NULL, 0, 0, &version, err);
    if (st != ST_OK) return st;
    if (version != j->version_written) forget(j);
    j->version_written = version;
    return j->counters_known ? ST_OK : counters_load(j, err);
}

/* How long a commit waits for the disk can only be said outside of transactions. */
static Status wait_for_disk(Journal *j, bool wait, Error *err)
{
    if (!j->file || wait != j->relaxed) return ST_OK;
    Status st = sql_script(j, wait ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", err);
    if (st == ST_OK) j->relaxed = !wait;
    return st;
}

static void rollback(Journal *j)
{
    Error ignored;
    if (!sqlite3_get_autocommit(j->db) && sql_run(j, SQL_ROLLBACK, NULL, 0, &ignored) != ST_OK)
        sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
    forget(j);
}

static void write_over(Journal *j)
{
    j->writing = false;
    turn_end(j->turn);
}

Status write_begin(Journal *j, bool relaxed, Error *err)
{
    assert(!j->reading && !j->writing);
    if (j->mode == JOURNAL_READ)
        return fail(err, ST_INTERNAL, "the store %s was opened for reading only", j->path);
    Status st = wait_for_disk(j, !relaxed, err);
    if (st == ST_OK) st = turn_take(j->turn, err);
    if (st != ST_OK) return st;
    j->writing = true;
    st = sql_run(j, SQL_BEGIN, NULL, 0, err);
    if (st == ST_OK) st = refresh(j, err);
    if (st == ST_OK) return ST_OK;
    rollback(j);
    write_over(j);
    return st;
}

Status write_end(Journal *j, Status st, Error *err)
{
    if (st == ST_OK) st = heads_save(j, err);
    if (st == ST_OK) st = counters_save(j, err);
    if (st == ST_OK) st = sql_run(j, SQL_COMMIT, NULL, 0, err);
    if (st != ST_OK) rollback(j);
    write_over(j);
    return st;
}

Status read_begin(Journal *j, Error *err)
{
    if (j->reading || j->writing) {
        j->reading++;
        return ST_OK;
    }
    Status st = sql_run(j, SQL_BEGIN_READ, NULL, 0, err);
    if (st == ST_OK) j->reading++;
    return st;
}

void read_end(Journal *j)
{
    Error ignored;
    assert(j->reading);
    if (--j->reading || j->writing) return;
    if (sql_run(j, SQL_COMMIT, NULL, 0, &ignored) != ST_OK && !sqlite3_get_autocommit(j->db))
        sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
}
