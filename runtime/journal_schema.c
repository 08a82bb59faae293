/* journal_schema.c -- the tables of a store, and how a store comes to be.
 *
 * Every key begins with `shard`: a hash of the case's number (or of the row's
 * own key where it belongs to no case), 0 to 63, so that parts of the table
 * can live apart one day. Partial indexes hold only what is open or due:
 * looking for it costs what is found, not what is stored.
 *
 * A store is made beside its name and then renamed, so that under its name it
 * is either whole or not there.
 */
#include "runtime/journal_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INT " INTEGER NOT NULL, "
#define INT_OR_NULL " INTEGER, "
#define TXT " TEXT NOT NULL, "
#define TXT_OR_NULL " TEXT, "
#define BYTES " BLOB NOT NULL, "
#define TABLE(name, columns, key) \
    "CREATE TABLE " name "(shard" INT columns "PRIMARY KEY(shard, " key ")) STRICT, WITHOUT ROWID"

#define LOCK_INDEXES \
    "CREATE INDEX work_lock ON work(lock, state, since, case_id, act) WHERE lock IS NOT NULL;" \
    "CREATE INDEX work_wanted ON work(lock) WHERE lock IS NOT NULL AND state = 6"

/* In order of time through all shards: what comes next is at its beginning. */
#define DUES \
    "CREATE TABLE dues(due" INT "case_id" INT "act" INT "shard" INT \
    "PRIMARY KEY(due, case_id, act)) STRICT, WITHOUT ROWID"

#define FILES TABLE("files", "hash" BYTES "part" INT "bytes" BYTES, "hash, part")

/* In the order in which they came: what is written together lies together, and a table that only grows at its end
 * fills its pages. n is the same wherever an event lies, here or in the archive. */
#define EVENTS \
    "CREATE TABLE events(n INTEGER PRIMARY KEY, shard" INT "pos" INT "case_id" INT "seq" INT "at" INT "recorded" INT \
    "kind" INT "hash" BYTES "bytes TEXT NOT NULL) STRICT"
#define EVENTS_CASE "CREATE UNIQUE INDEX events_case ON events(case_id, seq)"      /* of the archive */
#define TRACES \
    "CREATE TABLE traces(level" INT "case_id" INT "seq" INT "n" INT "PRIMARY KEY(level, case_id, seq)) STRICT," \
    " WITHOUT ROWID"
#define HEADS "CREATE TABLE heads(shard INTEGER PRIMARY KEY, pos" INT "hash BLOB NOT NULL) STRICT"

/* From a table that was in order of its chains. The numbers follow from those of the links alone, so that store and
 * archive get the same ones, whichever is brought up to date first, and whenever. */
#define EVENTS_IN_ORDER \
    "DROP INDEX events_case; ALTER TABLE events RENAME TO chained;" EVENTS ";" \
    "INSERT INTO events SELECT pos * 64 + shard, shard, pos, case_id, seq, at, recorded, kind, hash, bytes" \
    " FROM chained ORDER BY pos, shard;" EVENTS_CASE ";"
#define SNAPSHOTS TABLE("snapshots", "case_id" INT "seq" INT "bytes" TXT, "case_id")

static const char *const tables[] = {
    /* what happened: bytes is event_write's text, hash covers the hash before it in the shard and bytes;
     * the other columns say the same again, for looking it up */
    EVENTS,

    /* which of them each case has: journal_traces.c */
    TRACES,

    /* the last link of each chain, on which the next one is hung */
    HEADS,

    /* where each case stands, as far as one asks for it in lists. Written only when that changes: it has as many
     * events as seq says, and one that runs may have more */
    TABLE("cases",
          "id" INT "process" TXT "key" TXT_OR_NULL "flow" BYTES "status" INT "seq" INT "started" INT
          "ended" INT_OR_NULL "deadline" INT_OR_NULL "late" INT "incidents" INT "todo" INT
          "outcome" TXT_OR_NULL,
          "id"),
    "CREATE INDEX cases_id ON cases(id)",
    "CREATE INDEX cases_key ON cases(key, process) WHERE key IS NOT NULL",
    "CREATE INDEX cases_process ON cases(process, started)",
    "CREATE INDEX cases_ended ON cases(ended, process) WHERE ended IS NOT NULL",
    "CREATE INDEX cases_running ON cases(id) WHERE status = 1",
    "CREATE INDEX cases_due ON cases(deadline, id) WHERE deadline IS NOT NULL",
    "CREATE INDEX cases_todo ON cases(id) WHERE todo = 1",
    "CREATE INDEX cases_incident ON cases(id) WHERE incidents > 0",

    /* what a case's first seq events fold to: a shortcut for reading it */
    SNAPSHOTS,

    /* a compiled process, as long as a case may go on with it; hash is that of its form without places */
    TABLE("flows", "hash" BYTES "process" TXT "bytes" BYTES, "hash"),

    /* copies of files that people gave, each content once */
    FILES,

    /* open activations that wait for a person, a moment, an event, or (lock) for a lock, and those that hold
     * one; number is a task's, fresh: it has not heard the messages yet that were there before it */
    TABLE("work",
          "case_id" INT "act" INT "number" INT_OR_NULL "state" INT "process" TXT "key" TXT_OR_NULL "step" TXT
          "event" TXT_OR_NULL "since" INT "deadline" INT_OR_NULL "fresh" INT
          "lock" TXT_OR_NULL,
          "case_id, act"),
    LOCK_INDEXES,
    "CREATE UNIQUE INDEX work_number ON work(number) WHERE number IS NOT NULL",
    "CREATE INDEX work_event ON work(event, case_id, act) WHERE event IS NOT NULL",
    "CREATE INDEX work_fresh ON work(case_id, act) WHERE fresh = 1",
    "CREATE INDEX work_incident ON work(case_id, act) WHERE state = 7",

    /* when something of the open work is due: apart, so that a reminder changes no row of it */
    DUES,

    /* steps with outside effects that are under way, and which process runs them; ending: the step is not wanted any
     * more, and what it runs may not have ended yet */
    TABLE("claims",
          "case_id" INT "act" INT "attempt" INT "pid" INT "pid_start" INT "boot" TXT
          "ending INTEGER NOT NULL DEFAULT 0, ",
          "case_id, act"),

    /* from case to case, and from outside; data: the values, as JSON */
    TABLE("messages",
          "id" INT "kind" INT "name" TXT "at" INT "from_case" INT "from_seq" INT "from_act" INT "to_case" INT
          "to_act" INT "ok" INT "text" TXT_OR_NULL "data" TXT "delivered" INT,
          "id"),
    "CREATE INDEX messages_open ON messages(id) WHERE delivered = 0",
    "CREATE INDEX messages_event ON messages(name, at, id) WHERE kind = 1",

    /* what began a case, each once for ever */
    TABLE("causes", "cause" TXT "case_id" INT, "cause"),
    TABLE("taken", "process" TXT "key" TXT "content" INT "file" TXT "line" INT "case_id" INT, "process, key"),
    TABLE("schedules", "name" TXT "ran" INT, "name"),

    /* rows that could not be taken in */
    TABLE("rejected",
          "process" TXT "content" INT "file" TXT "key" TXT "line" INT "header" TXT "raw" TXT "problem" TXT
          "at" INT,
          "process, content, file"),
    "CREATE INDEX rejected_key ON rejected(shard, process, key)",

    /* the last number given to a case, a message, a task; and values by key, as the store's own history left them */
    TABLE("counters", "name" TXT "value" INT, "name"),
    TABLE("notes", "key" TXT "value" TXT, "key"),
};

Status schema_apply(Journal *j, Error *err)
{
    static const char *const counters[] = {"case", "message", "task"};
    Buf b = {0};
    buf_printf(&b, "BEGIN EXCLUSIVE; PRAGMA application_id = %d; PRAGMA user_version = %d;\n",
               JOURNAL_APPLICATION, JOURNAL_VERSION);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) buf_printf(&b, "%s;\n", tables[i]);
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        buf_printf(&b, "INSERT INTO counters VALUES(%d, '%s', 0);\n", (int)shard_of_text(counters[i]),
                   counters[i]);
    buf_puts(&b, "COMMIT");
    Status st = sql_script(j, b.p, err);
    buf_free(&b);
    return st;
}

/* ---- older stores ----------------------------------------------------------------------- */

enum { FIRST_WITH_OWN = 5 };           /* the version since which a store has a history of its own */

/* From each version to the next. */
static const char *const migrations[JOURNAL_VERSION] = {
    [1] = SNAPSHOTS ";"
          "INSERT INTO snapshots SELECT shard, id, seq, snapshot FROM cases;"
          "ALTER TABLE cases DROP COLUMN snapshot;"
          "ALTER TABLE cases ADD COLUMN room INTEGER NOT NULL DEFAULT 0;",
    [2] = "ALTER TABLE work ADD COLUMN lock TEXT;" LOCK_INDEXES ";",
    [3] = FILES ";",
    [4] = "",                          /* what stood in notes becomes a history: own_begin */
    [5] = DUES ";"
          "INSERT INTO dues SELECT due, case_id, act, shard FROM work WHERE due IS NOT NULL;"
          "DROP INDEX work_due;"
          "ALTER TABLE work DROP COLUMN due;"
          "ALTER TABLE cases DROP COLUMN room;",
    [6] = EVENTS_IN_ORDER HEADS ";"
          "INSERT INTO heads SELECT shard, max(pos), hash FROM chained GROUP BY shard; DROP TABLE chained;",
    [7] = TRACES ";"
          "INSERT INTO traces SELECT 0, case_id, seq, n FROM events INDEXED BY events_case ORDER BY case_id, seq;"
          "DROP INDEX events_case;"
          "ALTER TABLE claims ADD COLUMN ending INTEGER NOT NULL DEFAULT 0;",
};

Status schema_version(Journal *j, int64_t *out, Error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(j->db, "PRAGMA user_version", -1, &s, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) *out = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return rc == SQLITE_ROW ? ST_OK : sql_fail(j, rc, err);
}

Status schema_migrate(Journal *j, Error *err)
{
    int64_t version, before;
    char done[64];
    Status st = sql_script(j, "BEGIN IMMEDIATE", err);
    if (st != ST_OK) return st;
    st = schema_version(j, &version, err);              /* another process may have been first */
    before = version;
    for (; st == ST_OK && version < JOURNAL_VERSION; version++) st = sql_script(j, migrations[version], err);
    if (st == ST_OK && before < FIRST_WITH_OWN) st = own_begin(j, before, err);
    if (st == ST_OK) st = heads_save(j, err);
    snprintf(done, sizeof done, "PRAGMA user_version = %d; COMMIT", JOURNAL_VERSION);
    if (st == ST_OK) st = sql_script(j, done, err);
    if (st == ST_OK) return ST_OK;
    sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
    error_prefix(err, "bringing the store %s up to date (nothing was changed): ", j->path);
    return st;
}

Status schema_migrate_archive(Journal *j, const char *file, Error *err)
{
    Journal of = {.path = j->path};            /* the store itself stays open meanwhile */
    int64_t version = ARCHIVE_VERSION;
    char done[64];
    int rc = sql_connect(file, SQLITE_OPEN_READWRITE, &of.db);
    Status st = rc == SQLITE_OK ? ST_OK : sql_fail(&of, rc, err);
    sqlite3_busy_timeout(of.db, BUSY_MS);
    if (st == ST_OK) st = sql_script(&of, "PRAGMA synchronous = FULL; BEGIN IMMEDIATE", err);
    if (st == ST_OK) st = schema_version(&of, &version, err);          /* another process may have been first */
    if (st == ST_OK && version < ARCHIVE_VERSION) st = sql_script(&of, EVENTS_IN_ORDER "DROP TABLE chained;", err);
    snprintf(done, sizeof done, "PRAGMA user_version = %d; COMMIT", ARCHIVE_VERSION);
    if (st == ST_OK) st = sql_script(&of, done, err);
    if (st != ST_OK) error_prefix(err, "bringing the archive %s up to date (nothing was changed): ", file);
    sqlite3_close(of.db);
    return st;
}

/* ---- a store as a file -------------------------------------------------------------- */

static Status use_wal(Journal *j, Error *err)
{
    sqlite3_stmt *s = NULL;
    bool wal = false;
    int rc = sqlite3_prepare_v2(j->db, "PRAGMA journal_mode = WAL", -1, &s, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) wal = strcmp(col_name(s, 0), "wal") == 0;
    Status st = rc != SQLITE_ROW ? sql_fail(j, rc, err) : ST_OK;
    sqlite3_finalize(s);
    if (st != ST_OK || wal) return st;
    return fail(err, ST_CONFIG,
                "the file system of %s cannot hold a store: it has no memory that processes share. "
                "Name a place on a local disk",
                j->path);
}

/* What has ended lies there, in the same tables; it says of itself which of them it has. */
static Status archive_apply(Journal *j, Error *err)
{
    char text[80];
    snprintf(text, sizeof text, "PRAGMA application_id = %d; PRAGMA user_version = %d; BEGIN EXCLUSIVE",
             ARCHIVE_APPLICATION, ARCHIVE_VERSION);
    Status st = sql_script(j, text, err);
    return st == ST_OK ? sql_script(j, EVENTS ";" EVENTS_CASE ";" SNAPSHOTS "; COMMIT", err) : st;
}

static Status fill(Journal *j, const char *file, Status (*apply)(Journal *, Error *), Error *err)
{
    int rc = sql_connect(file, SQLITE_OPEN_READWRITE, &j->db);
    /* Nobody goes on with half a draft: it needs no journal of its own. */
    Status st = rc == SQLITE_OK ? sql_script(j, "PRAGMA synchronous = FULL; PRAGMA journal_mode = MEMORY", err)
                                : sql_fail(j, rc, err);
    if (st == ST_OK) st = apply(j, err);
    if (st == ST_OK) st = use_wal(j, err);
    sqlite3_close(j->db);
    j->db = NULL;
    return st;
}

/* Puts the new file under its name; whatever got there meanwhile stays, unless it is empty. */
static Status take_name(const char *from, const char *to, bool over_empty, Error *err)
{
    struct stat is;
    bool empty = over_empty && lstat(to, &is) == 0 && S_ISREG(is.st_mode) && is.st_size == 0;
    int rc = TEMP_FAILURE_RETRY(empty ? rename(from, to)
                                      : renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE));
    if (rc != 0 && (errno == EINVAL || errno == ENOSYS))
        rc = TEMP_FAILURE_RETRY(rename(from, to)); /* a file system that cannot say so */
    return rc == 0 ? ST_OK : fail(err, ST_CANTCREATE, "making the store %s: %s", to, strerror(errno));
}

/* The name itself must outlive a power loss too. */
static void sync_folder(const char *file)
{
    char *folder = mem_dup(file);
    char *slash = strrchr(folder, '/');
    if (slash) slash[slash == folder] = '\0';
    int fd = TEMP_FAILURE_RETRY(open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd >= 0) {
        while (fsync(fd) != 0 && errno == EINTR) continue;
        close(fd);
    }
    free(folder);
}

static void unlink_with(const char *file)
{
    static const char *const ends[] = {"", "-journal", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        Buf b = {0};
        buf_printf(&b, "%s%s", file, ends[i]);
        while (unlink(b.p) != 0 && errno == EINTR) continue;
        buf_free(&b);
    }
}

Status draft_begin(const char *draft, const char *path, Error *err)
{
    unlink_with(draft);                /* of one who died over it */
    int fd = TEMP_FAILURE_RETRY(open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd < 0) return fail(err, ST_CANTCREATE, "making the store %s: %s", path, strerror(errno));
    close(fd);
    return ST_OK;
}

Status draft_end(const char *draft, const char *file, bool over_empty, Status st, Error *err)
{
    if (st == ST_OK) st = take_name(draft, file, over_empty, err);
    if (st == ST_OK) sync_folder(file);
    unlink_with(draft);
    return st;
}

static Status create(Journal *j, const char *file, Status (*apply)(Journal *, Error *), Error *err)
{
    Buf draft = {0};
    buf_printf(&draft, "%s.new", file);
    Status st = draft_begin(draft.p, j->path, err);
    if (st == ST_OK) st = fill(j, draft.p, apply, err);
    st = draft_end(draft.p, file, true, st, err);
    buf_free(&draft);
    return st;
}

Status schema_create(Journal *j, const char *file, Error *err)
{
    return create(j, file, schema_apply, err);
}

Status schema_create_archive(Journal *j, const char *file, Error *err)
{
    Journal maker = {.path = j->path};         /* the store itself stays open meanwhile */
    return create(&maker, file, archive_apply, err);
}
