/* journal_open.c -- opening a store, and refusing what is none.
 *
 * Before SQLite may open a file, its first hundred bytes are read: another
 * program's database, another kind of file or a newer store is refused
 * untouched. They are read through SQLite's own file layer, because on this
 * kind of system closing a file drops every lock that the process holds on it,
 * and another handle of this process may hold some; that layer knows.
 *
 * Readers who may also write open for writing but ask SQLite to forbid it:
 * only so does SQLite clear away its side files when the last one closes.
 */
#include "runtime/journal_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 100, AT_VERSION = 60, AT_APPLICATION = 68 };

/* ---- finding ------------------------------------------------------------------------- */

/* Makes what is missing of the folder that path lies in, for its owner only. */
static Status make_folders(const char *path, Error *err)
{
    char *text = mem_dup(path);
    Status st = ST_OK;
    for (char *slash = strchr(text + 1, '/'); *text && slash && st == ST_OK; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int problem = TEMP_FAILURE_RETRY(mkdir(text, 0700)) != 0 && errno != EEXIST ? errno : 0;
        if (problem && access(text, F_OK) != 0)
            st = fail(err, ST_CANTCREATE, "making the folder %s for the store %s: %s", text, path,
                      strerror(problem));
        *slash = '/';
    }
    free(text);
    return st;
}

/* The file's real path, so that one store has one lock, whichever links lead to it. */
static Status real_path(Journal *j, bool *there, Error *err)
{
    struct stat is;
    char *real = realpath(j->path, NULL);
    *there = real != NULL;
    if (!real && errno == ENOENT && j->mode == JOURNAL_CREATE && lstat(j->path, &is) != 0) {
        char *copy = mem_dup(j->path), *name = mem_dup(j->path);
        char *folder = realpath(dirname(copy), NULL);
        Buf b = {0};
        if (folder) buf_printf(&b, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, basename(name));
        int problem = errno;
        free(copy);
        free(name);
        free(folder);
        if (b.n) real = buf_take(&b);
        else errno = problem;
    }
    if (!real && errno == ENOENT && j->mode != JOURNAL_CREATE)
        return fail(err, ST_NOINPUT, "there is no store at %s: `ops run` makes it", j->path);
    if (!real) return fail(err, ST_IO, "opening the store %s: %s", j->path, strerror(errno));
    free(j->file);
    j->file = real;
    return ST_OK;
}

static bool may(const char *path, int how)
{
    return faccessat(AT_FDCWD, path, how, AT_EACCESS) == 0;
}

static bool may_write(const Journal *j)
{
    char *copy = mem_dup(j->file);
    bool yes = may(j->file, R_OK | W_OK) && may(dirname(copy), W_OK | X_OK);
    int problem = errno;
    free(copy);
    errno = problem;
    return yes;
}

/* ---- looking before touching --------------------------------------------------------------- */

static Status read_header(const Journal *j, uint8_t head[HEADER], int n, Error *err)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    if (!vfs) return fail(err, ST_INTERNAL, "SQLite cannot open files here");
    if (!may(j->file, R_OK)) return fail(err, ST_IO, "opening the store %s: %s", j->path, strerror(errno));
    sqlite3_file *f = mem_zero(1, (size_t)vfs->szOsFile);
    const char *name = sqlite3_create_filename(j->file, "", "", 0, NULL);
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
    int rc = name ? vfs->xOpen(vfs, name, f, flags, &flags) : SQLITE_NOMEM;
    memset(head, 0, HEADER);
    if (rc == SQLITE_OK) rc = f->pMethods->xRead(f, head, n, 0);
    if (f->pMethods) f->pMethods->xClose(f);
    free(f);
    sqlite3_free_filename(name);
    return rc == SQLITE_OK ? ST_OK
                           : fail(err, ST_IO, "reading the store %s: %s", j->path, sqlite3_errstr(rc));
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static Status check_version(const Journal *j, int64_t version, Error *err)
{
    if (version > JOURNAL_VERSION)
        return fail(err, ST_CONFIG,
                    "the store %s was written by a newer ops (its version is %lld, this ops knows %d):"
                    " nothing was touched. Use the newer ops",
                    j->path, (long long)version, JOURNAL_VERSION);
    return ST_OK;
}

/* Is the file a store that this ops knows? *empty: it holds nothing at all. */
static Status inspect(Journal *j, bool *empty, Error *err)
{
    static const char magic[16] = "SQLite format 3";
    uint8_t head[HEADER];
    struct stat is;
    if (stat(j->file, &is) != 0)
        return fail(err, ST_IO, "opening the store %s: %s", j->path, strerror(errno));
    if (!S_ISREG(is.st_mode))
        return fail(err, ST_CONFIG, "%s is no file, so it cannot be a store: name a file", j->path);
    *empty = is.st_size == 0;
    if (*empty) return ST_OK;
    Status st = read_header(j, head, is.st_size < HEADER ? (int)is.st_size : HEADER, err);
    if (st != ST_OK) return st;
    if (memcmp(head, magic, sizeof magic) != 0)
        return fail(err, ST_CONFIG,
                    "%s is another kind of file, not a store of ops: nothing was touched. Name another path",
                    j->path);
    if (is.st_size < HEADER)
        return sql_damaged(j, err, "it ends after %lld bytes. Restore a copy of it", (long long)is.st_size);
    if (big_endian(head + AT_APPLICATION) != JOURNAL_APPLICATION)
        return fail(err, ST_CONFIG,
                    "%s is a database of another program, not a store of ops: nothing was touched."
                    " Name another path",
                    j->path);
    return check_version(j, big_endian(head + AT_VERSION), err);
}

/* ---- connecting ------------------------------------------------------------------------------- */

/* Its other calls SQLite tries again when a signal interrupts them; a lock that it could not give back would stay. */
static int lock_again(int fd, int how, ...)
{
    va_list args;
    va_start(args, how);
    bool lock = how == F_SETLK || how == F_SETLKW || how == F_GETLK;
    struct flock *of = lock ? va_arg(args, struct flock *) : NULL;
    int with = lock ? 0 : va_arg(args, int);
    int rc = lock ? TEMP_FAILURE_RETRY(fcntl(fd, how, of)) : TEMP_FAILURE_RETRY(fcntl(fd, how, with));
    va_end(args);
    return rc;
}

static int unlink_again(const char *path)
{
    return TEMP_FAILURE_RETRY(unlink(path));
}

static void never_interrupted(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    if (!vfs || vfs->iVersion < 3) return;
    vfs->xSetSystemCall(vfs, "fcntl", (sqlite3_syscall_ptr)(void (*)(void))lock_again);
    vfs->xSetSystemCall(vfs, "unlink", (sqlite3_syscall_ptr)(void (*)(void))unlink_again);
}

int sql_connect(const char *name, int flags, sqlite3 **out)
{
    never_interrupted();
    return sqlite3_open_v2(name, out, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
}

static void configure(sqlite3 *db)
{
    sqlite3_busy_timeout(db, BUSY_MS);
    /* The file may come from anywhere: nothing in it may run. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
}

static Status connect_as(Journal *j, const char *name, int flags, Error *err)
{
    int rc = sql_connect(name, flags, &j->db);
    if (rc != SQLITE_OK) return sql_fail(j, rc, err);
    configure(j->db);
    return ST_OK;
}

static void disconnect(Journal *j)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(j->statements[i]);
        j->statements[i] = NULL;
    }
    sqlite3_close(j->db);
    j->db = NULL;
}

/* Reads the version inside: it may be ahead of the header's, in the log beside the file. An older
 * store is brought up to date where it can be written. */
static Status check_inside(Journal *j, bool writable, Error *err)
{
    int64_t version = -1;
    Status st = schema_version(j, &version, err);
    if (st == ST_OK) st = check_version(j, version, err);
    if (st == ST_OK && version < 1) return sql_damaged(j, err, "it has no version. Restore a copy of it");
    if (st == ST_OK && version < JOURNAL_VERSION && !writable)
        return fail(err, ST_CONFIG,
                    "the store %s was written by an older ops, and must be brought up to date where it can be"
                    " written: copy it there",
                    j->path);
    if (st == ST_OK && version < JOURNAL_VERSION) st = schema_migrate(j, err);
    return st == ST_OK ? counters_load(j, err) : st;
}

void name_frozen(Buf *uri, const char *file)
{
    buf_puts(uri, "file:");
    for (const char *p = file; *p; p++) {
        if (*p == '%' || *p == '?' || *p == '#') buf_printf(uri, "%%%02x", (unsigned char)*p);
        else buf_putc(uri, *p);
    }
    buf_puts(uri, "?immutable=1");
}

/* Reading on a medium where nothing can be written, as with a copy put away: SQLite then needs the
 * promise that nobody else writes either. */
static Status connect_frozen(Journal *j, Error *err)
{
    struct stat is;
    Buf wal = {0}, uri = {0};
    buf_printf(&wal, "%s-wal", j->file);
    bool unfinished = stat(wal.p, &is) == 0 && is.st_size > 0;
    buf_free(&wal);
    if (unfinished)
        return fail(err, ST_IO,
                    "the store %s has a log beside it (-wal) that must be worked in first, and nothing can be"
                    " written here: copy both to where you can write",
                    j->path);
    j->frozen = true;
    name_frozen(&uri, j->file);
    Status st = connect_as(j, uri.p, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    buf_free(&uri);
    return st == ST_OK ? check_inside(j, false, err) : st;
}

static Status connect_reader(Journal *j, Error *err)
{
    Status st = connect_as(j, j->file, SQLITE_OPEN_READONLY, err);
    if (st == ST_OK) st = check_inside(j, false, err);
    if (st == ST_OK || j->damaged || st == ST_CONFIG) return st;
    disconnect(j);
    return connect_frozen(j, err);
}

/* The pages at hand are few, on purpose: what is often asked for, the upper parts of the trees, is among the first
 * thousand of them; a page that is read once, of one case among a million, costs less where it takes the place of
 * another such page than where it takes memory that nobody had yet. */
static Status settle(Journal *j, Error *err)
{
    static const char
        words[] = "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST;"
                  "PRAGMA cache_size = -4000; PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 4000;";
    Status st = sql_script(j, words, err);
    if (st == ST_OK && !j->file) st = sql_script(j, "PRAGMA cache_size = -1000", err);
    if (st == ST_OK && j->mode == JOURNAL_READ) st = sql_script(j, "PRAGMA query_only = 1", err);
    else if (st == ST_OK && j->file) st = sql_script(j, "PRAGMA journal_mode = WAL", err);
    if (st == ST_OK) st = sql_int(j, SQL_DATA_VERSION, NULL, 0, 0, &j->version_seen, err);
    return st;
}

static Status connect_file(Journal *j, Error *err)
{
    bool writable = may_write(j);
    Status st;
    if (!writable && j->mode != JOURNAL_READ)
        return fail(err, ST_CANTCREATE,
                    "the store %s cannot be written: %s (of the file or its folder). Nothing was touched",
                    j->path, strerror(errno));
    if (!writable) {
        st = connect_reader(j, err);
        return st == ST_OK ? settle(j, err) : st;
    }
    if (j->mode != JOURNAL_READ && j->turn < 0) {
        st = turn_open(j->file, &j->turn, err);
        if (st != ST_OK) return st;
    }
    st = connect_as(j, j->file, SQLITE_OPEN_READWRITE, err);
    /* Until the store is known to be ours, closing it again must not change it. */
    if (st == ST_OK) sqlite3_db_config(j->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (st == ST_OK) st = check_inside(j, true, err);
    if (st == ST_OK) sqlite3_db_config(j->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return st == ST_OK ? settle(j, err) : st;
}

/* ---- the calls ------------------------------------------------------------------------------------- */

/* Small pages: such a store is mostly begun and emptied, and each page that is touched is copied for a rollback. A
 * commit behind a page that was split goes through all that SQLite has at hand: in ":memory:" those are all there
 * are, so it is a file that lies in memory, with few pages at hand. */
static Status open_memory(Journal *j, Error *err)
{
    keep_memory();
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
    Status st = connect_as(j, "file:store?vfs=memdb", flags, err);
    if (st == ST_OK) st = sql_script(j, "PRAGMA page_size = 1024; PRAGMA journal_mode = MEMORY", err);
    if (st == ST_OK) st = schema_apply(j, err);
    return st == ST_OK ? settle(j, err) : st;
}

static Status create(Journal *j, Error *err)
{
    bool empty = true;
    char *folder = mem_dup(j->file);
    Status st = ST_OK;
    if (!may(dirname(folder), W_OK | X_OK))
        st = fail(err, ST_CANTCREATE, "making the store %s: its folder cannot be written (%s)", j->path,
                  strerror(errno));
    free(folder);
    if (st == ST_OK) st = turn_open(j->file, &j->turn, err);
    if (st == ST_OK) st = turn_take(j->turn, err);
    if (st != ST_OK) return st;
    if (access(j->file, F_OK) == 0) st = inspect(j, &empty, err);      /* somebody may have been first */
    if (st == ST_OK && empty) st = archive_alone(j, err);
    if (st == ST_OK && empty) st = schema_create(j, j->file, err);
    turn_end(j->turn);
    return st;
}

static Status open_file(Journal *j, Error *err)
{
    bool there, empty = true;
    Status st = j->mode == JOURNAL_CREATE ? make_folders(j->path, err) : ST_OK;
    if (st == ST_OK) st = real_path(j, &there, err);
    if (st == ST_OK && there) st = inspect(j, &empty, err);
    if (st != ST_OK) return st;
    if (empty && j->mode != JOURNAL_CREATE)
        return fail(err, ST_NOINPUT, "the file %s is empty: `ops run` makes a store of it", j->path);
    if (empty) st = create(j, err);
    return st == ST_OK ? connect_file(j, err) : st;
}

Status journal_open(const char *path, JournalMode mode, Journal **out, Error *err)
{
    Journal *j = mem_zero(1, sizeof *j);
    bool memory = strcmp(path, ":memory:") == 0;
    j->path = mem_dup(path);
    j->mode = memory ? JOURNAL_CREATE : mode;
    j->turn = -1;
    j->own_seq = -1;
    j->arena = arena_new();
    Status st = memory ? open_memory(j, err) : open_file(j, err);
    if (st == ST_OK) j->verifiable = true, *out = j, j = NULL;
    journal_close(j);
    return st;
}

void journal_close(Journal *j)
{
    if (!j) return;
    disconnect(j);
    if (j->turn >= 0) close(j->turn);
    arena_free(j->arena);
    buf_free(&j->bytes);
    free(j->file);
    free(j->path);
    free(j);
}

Status journal_reset(Journal *j, Error *err)
{
    assert(!j->file);
    Status st = write_begin(j, true, err);
    if (st != ST_OK) return st;
    for (SqlId id = SQL_CLEAR_EVENTS; id <= SQL_CLEAR_NOTES && st == ST_OK; id++) st = sql_run(j, id, NULL, 0, err);
    memset(j->heads, 0, sizeof j->heads);
    j->own_seq = -1;
    memset(j->counters, 0, sizeof j->counters);
    return write_end(j, st, err);
}

void journal_clock(Journal *j, Instant (*now)(void *self), void *self)
{
    j->now = now;
    j->now_self = self;
}

Instant journal_now(const Journal *j)
{
    return j->now ? j->now(j->now_self) : clock_real();
}

const char *journal_path(const Journal *j)
{
    return j->path;
}

bool journal_changed(Journal *j)
{
    int64_t version;
    Error ignored;
    if (sql_int(j, SQL_DATA_VERSION, NULL, 0, 0, &version, &ignored) != ST_OK)
        return true; /* whoever reads will hear why */
    bool changed = version != j->version_seen;
    j->version_seen = version;
    return changed;
}
