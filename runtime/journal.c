/* journal.c -- the store: opening it safely, its tables, and whose turn it is to write.
 *
 * A file is looked at before SQLite may touch it: what is not a store of ours,
 * or of a newer version, is refused and left as it is. Writers wait in two
 * steps, a queue and then the lock itself, so that one that just wrote cannot
 * take it again before those who wait.
 */
#include "runtime/journal_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char schema[] =
    "CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE flows(hash BLOB PRIMARY KEY, process TEXT NOT NULL, bytes BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE cases(shard INTEGER NOT NULL, id INTEGER NOT NULL, process TEXT NOT NULL, key TEXT, status INTEGER NOT NULL, outcome TEXT,"
    " started INTEGER NOT NULL, ended INTEGER, late INTEGER NOT NULL, incidents INTEGER NOT NULL, deadline INTEGER, todo INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, flow BLOB NOT NULL, snapshot BLOB NOT NULL, cause TEXT, PRIMARY KEY(shard, id)) WITHOUT ROWID;"
    "CREATE INDEX cases_process ON cases(process, id);"
    "CREATE INDEX cases_key ON cases(process, key) WHERE key IS NOT NULL;"
    "CREATE INDEX cases_deadline ON cases(deadline) WHERE deadline IS NOT NULL;"
    "CREATE INDEX cases_todo ON cases(id) WHERE todo = 1;"
    "CREATE INDEX cases_incidents ON cases(id) WHERE incidents > 0;"
    "CREATE UNIQUE INDEX cases_cause ON cases(cause) WHERE cause IS NOT NULL;"
    "CREATE TABLE events(shard INTEGER NOT NULL, pos INTEGER NOT NULL, case_id INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,"
    " recorded INTEGER NOT NULL, kind INTEGER NOT NULL, bytes BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(shard, pos)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX events_case ON events(shard, case_id, seq);"
    "CREATE TABLE work(shard INTEGER NOT NULL, case_id INTEGER NOT NULL, act INTEGER NOT NULL, number INTEGER, state INTEGER NOT NULL,"
    " process TEXT NOT NULL, key TEXT, step TEXT NOT NULL, event TEXT, since INTEGER NOT NULL, due INTEGER, deadline INTEGER,"
    " fresh INTEGER NOT NULL, PRIMARY KEY(shard, case_id, act)) WITHOUT ROWID;"
    "CREATE INDEX work_due ON work(due) WHERE due IS NOT NULL;"
    "CREATE INDEX work_event ON work(event) WHERE event IS NOT NULL;"
    "CREATE INDEX work_fresh ON work(case_id) WHERE fresh = 1;"
    "CREATE INDEX work_number ON work(number) WHERE number IS NOT NULL;"
    "CREATE TABLE messages(shard INTEGER NOT NULL, id INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL,"
    " from_case INTEGER NOT NULL, from_seq INTEGER NOT NULL, from_act INTEGER NOT NULL, to_case INTEGER NOT NULL, to_act INTEGER NOT NULL,"
    " ok INTEGER NOT NULL, text TEXT, data TEXT NOT NULL, done INTEGER NOT NULL, PRIMARY KEY(shard, id)) WITHOUT ROWID;"
    "CREATE INDEX messages_open ON messages(id) WHERE done = 0;"
    "CREATE INDEX messages_event ON messages(name, id) WHERE kind = 1;"
    "CREATE TABLE taken(shard INTEGER NOT NULL, process TEXT NOT NULL, key TEXT NOT NULL, content INTEGER NOT NULL, file TEXT NOT NULL,"
    " line INTEGER NOT NULL, PRIMARY KEY(shard, process, key)) WITHOUT ROWID;"
    "CREATE TABLE rejected(shard INTEGER NOT NULL, process TEXT NOT NULL, key TEXT NOT NULL, content INTEGER NOT NULL, file TEXT NOT NULL,"
    " line INTEGER NOT NULL, header TEXT NOT NULL, raw TEXT NOT NULL, problem TEXT NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY(shard, process, file, content)) WITHOUT ROWID;"
    "CREATE TABLE schedules(shard INTEGER NOT NULL, name TEXT NOT NULL, ran INTEGER NOT NULL, PRIMARY KEY(shard, name)) WITHOUT ROWID;"
    "CREATE TABLE claims(shard INTEGER NOT NULL, case_id INTEGER NOT NULL, act INTEGER NOT NULL, attempt INTEGER NOT NULL, pid INTEGER NOT NULL,"
    " pid_start INTEGER NOT NULL, boot TEXT NOT NULL, PRIMARY KEY(shard, case_id, act)) WITHOUT ROWID;"
    "CREATE TABLE notes(shard INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(shard, key)) WITHOUT ROWID;";

/* splitmix64's finish: neighbours go to different shards. */
uint32_t shard_of_case(uint64_t id)
{
    id = (id ^ id >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    id = (id ^ id >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((id ^ id >> 31) % SHARDS);
}

uint32_t shard_of_text(const char *text)
{
    return (uint32_t)(hash_bytes(text, strlen(text)) % SHARDS);
}

/* ---- trouble ---------------------------------------------------------------------- */

Status journal_trouble(Journal *j, const char *doing, Error *err)
{
    int code = j->db ? sqlite3_errcode(j->db) : SQLITE_NOMEM, system = j->db ? sqlite3_system_errno(j->db) : 0;
    switch (code & 0xff) {
    case SQLITE_FULL:
        return fail(err, ST_IO, "%s: the disk is full. Nothing was lost; make room and run it again (store %s)", doing, j->path);
    case SQLITE_IOERR:
        if (system == ENOSPC || system == EDQUOT || system == EFBIG)
            return fail(err, ST_IO, "%s: there is no room left for %s. Nothing was lost; make room and run it again", doing, j->path);
        return fail(err, ST_IO, "%s: reading or writing %s failed: %s. What was recorded before is safe", doing, j->path,
                    system ? strerror(system) : sqlite3_errmsg(j->db));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return fail(err, ST_CONFIG, "%s: the store %s is damaged (%s). It was left as it is: restore a copy, or look with `ops verify`", doing, j->path,
                    sqlite3_errmsg(j->db));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return fail(err, ST_CANTCREATE, "%s: the store %s cannot be written: check the rights of the file and its folder", doing, j->path);
    case SQLITE_BUSY: return fail(err, ST_LOCKED, "%s: another program holds the store %s: try again", doing, j->path);
    }
    return fail(err, ST_INTERNAL, "%s: the store %s: %s", doing, j->path, j->db ? sqlite3_errmsg(j->db) : "out of memory");
}

sqlite3_stmt *journal_sql(Journal *j, int which)
{
    static const char *const texts[] = {
#define S(NAME, sql) sql,
        STATEMENTS(S)
#undef S
    };
    if (!j->statements[which]) {
        if (sqlite3_prepare_v3(j->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &j->statements[which], NULL) != SQLITE_OK) return NULL;
    } else {
        sqlite3_reset(j->statements[which]);
    }
    return j->statements[which];
}

void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    if (text) sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
    else sqlite3_bind_null(s, at);
}

void bind_moment(sqlite3_stmt *s, int at, Instant t)
{
    if (t == INSTANT_NEVER) sqlite3_bind_null(s, at);
    else sqlite3_bind_int64(s, at, t);
}

Instant column_moment(sqlite3_stmt *s, int at)
{
    return sqlite3_column_type(s, at) == SQLITE_NULL ? INSTANT_NEVER : sqlite3_column_int64(s, at);
}

const char *column_text(sqlite3_stmt *s, int at)
{
    return (const char *)sqlite3_column_text(s, at);
}

bool journal_do(sqlite3_stmt *s)
{
    if (!s) return false;
    int code = sqlite3_step(s);
    sqlite3_reset(s);
    return code == SQLITE_DONE || code == SQLITE_ROW;
}

/* ---- a look before touching --------------------------------------------------------- */

static Status look(const char *path, bool *exists, Error *err)
{
    unsigned char head[100] = {0};
    struct stat is;
    *exists = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return ST_OK;
    if (fd < 0) return fail(err, errno == EACCES ? ST_CONFIG : ST_IO, "the store %s cannot be read: %s", path, strerror(errno));
    ssize_t n = fstat(fd, &is) == 0 && S_ISREG(is.st_mode) ? read(fd, head, sizeof head) : -1;
    close(fd);
    if (n < 0) return fail(err, ST_CONFIG, "%s is no file that could hold a store", path);
    if (n == 0) return ST_OK;              /* made, and not yet filled, by a process that was stopped */
    *exists = true;
    unsigned application = (unsigned)head[68] << 24 | (unsigned)head[69] << 16 | (unsigned)head[70] << 8 | head[71];
    unsigned version = (unsigned)head[60] << 24 | (unsigned)head[61] << 16 | (unsigned)head[62] << 8 | head[63];
    if (n < 100 || memcmp(head, "SQLite format 3", 16) != 0)
        return fail(err, ST_CONFIG, "%s is no store of ops: it was left as it is. Name another with --store", path);
    if (application == 0 && version == 0) return ST_OK;   /* perhaps a store whose first transaction is still in its log */
    if (application != APPLICATION) return fail(err, ST_CONFIG, "%s belongs to another program: it was left as it is. Name another with --store", path);
    if (version > SCHEMA)
        return fail(err, ST_CONFIG, "%s was written by a newer ops (format %u, this one knows %d): it was left as it is. Install that version", path, version, SCHEMA);
    return ST_OK;
}

static Status make_file(const char *path, Error *err)
{
    char *folder = mem_dup(path), *slash = strrchr(folder, '/');
    Status st = ST_OK;
    if (slash && slash != folder) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST) st = fail(err, ST_CANTCREATE, "cannot make the folder %s for the store: %s", folder, strerror(errno));
    }
    free(folder);
    if (st != ST_OK) return st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail(err, ST_CANTCREATE, "cannot make the store %s: %s", path, strerror(errno));
    close(fd);
    return ST_OK;
}

static Status open_lock(Journal *j, Error *err)
{
    Buf name = {0};
    buf_printf(&name, "%s.lock", j->path);
    j->lock = open(name.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    buf_clear(&name);
    buf_printf(&name, "%s.queue", j->path);
    j->queue = open(name.p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int why = errno;
    buf_free(&name);
    if (j->lock >= 0 && j->queue >= 0) return ST_OK;
    return fail(err, ST_CANTCREATE, "the store %s cannot be written: its lock cannot be made: %s", j->path, strerror(why));
}

/* ---- opening -------------------------------------------------------------------------- */

static int64_t pragma(Journal *j, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t n = -1;
    if (sqlite3_prepare_v2(j->db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

static Status make_tables(Journal *j, Error *err)
{
    Buf sql = {0};
    Status st = journal_begin(j, err);
    if (st != ST_OK) return st;
    if (pragma(j, "PRAGMA user_version") == 0) {
        if (pragma(j, "SELECT count(*) FROM sqlite_schema") > 0)
            st = fail(err, ST_CONFIG, "%s belongs to another program: it was left as it is. Name another with --store", j->path);
        buf_printf(&sql, "%sPRAGMA application_id = %d; PRAGMA user_version = %d;", schema, APPLICATION, SCHEMA);
        if (st == ST_OK && sqlite3_exec(j->db, buf_text(&sql), NULL, NULL, NULL) != SQLITE_OK) st = journal_trouble(j, "making the store", err);
    }
    buf_free(&sql);
    return journal_end(j, st, err);
}

static Status check_tables(Journal *j, Error *err)
{
    int64_t version = pragma(j, "PRAGMA user_version"), application = pragma(j, "PRAGMA application_id");
    if (version < 0 || application < 0) return journal_trouble(j, "opening", err);
    if (application != APPLICATION || version == 0)
        return fail(err, ST_CONFIG, "%s is no store of ops: it was left as it is. Name another with --store", j->path);
    if (version > SCHEMA) return fail(err, ST_CONFIG, "%s was written by a newer ops: it was left as it is", j->path);
    return ST_OK;
}

static Status open_db(Journal *j, bool fresh, Error *err)
{
    int flags = SQLITE_OPEN_READWRITE;     /* also to read: a log left by a killed writer must be read in */
    bool memory = strcmp(j->path, ":memory:") == 0;
    if (!memory && !j->writable && access(j->path, W_OK) != 0) flags = SQLITE_OPEN_READONLY;
    if (sqlite3_open_v2(j->path, &j->db, flags | (memory ? SQLITE_OPEN_CREATE : 0), NULL) != SQLITE_OK) return journal_trouble(j, "opening", err);
    sqlite3_extended_result_codes(j->db, 1);
    sqlite3_busy_timeout(j->db, 10000);
    if (!fresh) {
        Status st = check_tables(j, err);
        if (st != ST_OK) return st;
    }
    if (!j->writable) return sqlite3_exec(j->db, "PRAGMA query_only = 1", NULL, NULL, NULL) == SQLITE_OK ? ST_OK : journal_trouble(j, "opening", err);
    if (sqlite3_exec(j->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;", NULL, NULL, NULL) != SQLITE_OK)
        return journal_trouble(j, "opening", err);
    return fresh ? make_tables(j, err) : ST_OK;
}

Status journal_open(const char *path, JournalMode mode, Journal **out, Error *err)
{
    bool memory = strcmp(path, ":memory:") == 0, exists = false;
    Status st = memory ? ST_OK : look(path, &exists, err);
    if (st != ST_OK) return st;
    if (!exists && mode != JOURNAL_CREATE && !memory) return fail(err, ST_NOINPUT, "there is no store at %s", path);
    if (mode != JOURNAL_READ && exists && access(path, W_OK) != 0)
        return fail(err, ST_CANTCREATE, "the store %s cannot be written: %s", path, strerror(errno));
    Journal *j = mem_zero(1, sizeof *j);
    j->path = mem_dup(path);
    j->lock = j->queue = -1;
    j->writable = mode != JOURNAL_READ || memory;
    j->arena = arena_new();
    mode_t mask = umask(077);
    if (!memory && !exists) st = make_file(path, err);
    if (st == ST_OK && !memory && j->writable) st = open_lock(j, err);
    if (st == ST_OK) st = open_db(j, !exists || memory, err);
    umask(mask);
    if (st == ST_OK) {
        journal_changed(j);
        *out = j, j = NULL;
    }
    journal_close(j);
    return st;
}

void journal_close(Journal *j)
{
    if (!j) return;
    for (int i = 0; i < SQL_COUNT; i++) sqlite3_finalize(j->statements[i]);
    sqlite3_close(j->db);
    if (j->lock >= 0) close(j->lock);
    if (j->queue >= 0) close(j->queue);
    arena_free(j->arena);
    buf_free(&j->buf);
    free(j->path);
    free(j);
}

const char *journal_path(const Journal *j)
{
    return j->path;
}

bool journal_changed(Journal *j)
{
    sqlite3_stmt *s = journal_sql(j, SQL_DATA_VERSION);
    int64_t now = s && sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    if (s) sqlite3_reset(s);
    bool changed = now != j->seen_version;
    j->seen_version = now;
    return changed;
}

/* ---- turns ---------------------------------------------------------------------------------- */

static void lock(int fd, int how)
{
    while (fd >= 0 && flock(fd, how) != 0 && errno == EINTR) continue;
}

/* What this process remembers of the store is right only if nobody else has written since. */
static void refresh(Journal *j)
{
    sqlite3_stmt *s = journal_sql(j, SQL_DATA_VERSION);
    int64_t now = s && sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : -1;
    if (s) sqlite3_reset(s);
    if (now == j->data_version) return;
    j->data_version = now;
    memset(j->heads, 0, sizeof j->heads);
    j->next_case = j->next_message = j->next_task = 0;
}

Status journal_begin(Journal *j, Error *err)
{
    if (!j->writable) return fail(err, ST_INTERNAL, "the store was opened to read only");
    lock(j->queue, LOCK_EX);
    lock(j->lock, LOCK_EX);
    lock(j->queue, LOCK_UN);
    if (journal_do(journal_sql(j, SQL_BEGIN))) {
        refresh(j);
        return ST_OK;
    }
    Status st = journal_trouble(j, "beginning to write", err);
    lock(j->lock, LOCK_UN);
    return st;
}

Status journal_end(Journal *j, Status st, Error *err)
{
    if (st == ST_OK && !journal_do(journal_sql(j, SQL_COMMIT))) st = journal_trouble(j, "recording", err);
    if (st != ST_OK) {
        if (!sqlite3_get_autocommit(j->db)) journal_do(journal_sql(j, SQL_ROLLBACK));
        memset(j->heads, 0, sizeof j->heads);
        j->next_case = j->next_message = j->next_task = 0;
    }
    lock(j->lock, LOCK_UN);
    return st;
}

/* The next number of a counter; written back with the transaction by journal_keep_counters. */
uint64_t journal_count(Journal *j, const char *name, uint64_t *cached)
{
    if (!*cached) {
        sqlite3_stmt *s = journal_sql(j, SQL_COUNTER_GET);
        bind_text(s, 1, name);
        *cached = s && sqlite3_step(s) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(s, 0) : 1;
        if (s) sqlite3_reset(s);
    }
    return (*cached)++;
}

static bool keep_counter(Journal *j, const char *name, uint64_t next)
{
    if (!next) return true;
    sqlite3_stmt *s = journal_sql(j, SQL_COUNTER_SET);
    bind_text(s, 1, name);
    sqlite3_bind_int64(s, 2, (int64_t)next);
    return journal_do(s);
}

bool journal_keep_counters(Journal *j)
{
    return keep_counter(j, "case", j->next_case) && keep_counter(j, "message", j->next_message) && keep_counter(j, "task", j->next_task);
}
