/* bare.c -- the physical limit: a loop that commits, with and without a command in between.
 *
 *   bare commit N FILE     N transactions of one row each
 *   bare shell N FILE      N times: a commit, sh -c true with captured pipes, a commit
 *   bare rows STORE FILE   the rows of a store into the same tables, in as many transactions as it took;
 *                          prints the seconds of writing alone
 *   bare touch STORE STEP  of each case that waits at this step a further event, and its due moment an hour later,
 *                          in one transaction; prints the seconds from opening the store to closing it
 */
#include <fcntl.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void one_row(sqlite3 *db, sqlite3_stmt *s, int i)
{
    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    sqlite3_bind_int(s, 1, i);
    sqlite3_bind_text(s, 2, "a row about as long as the record of a step that ended well, with its times and its "
                            "values in it", -1, SQLITE_STATIC);
    if (sqlite3_step(s) != SQLITE_DONE) exit(74);
    sqlite3_reset(s);
    if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) exit(74);
}

static void command(void)
{
    int out[2], err[2];
    char *argv[] = {"sh", "-c", "true", NULL}, bytes[64];
    posix_spawn_file_actions_t files;
    pid_t pid;
    if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) exit(70);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    posix_spawn_file_actions_adddup2(&files, err[1], 2);
    if (posix_spawn(&pid, "/bin/sh", &files, NULL, argv, environ)) exit(70);
    close(out[1]), close(err[1]);
    while (read(out[0], bytes, sizeof bytes) > 0) continue;
    while (read(err[0], bytes, sizeof bytes) > 0) continue;
    close(out[0]), close(err[0]);
    waitpid(pid, NULL, 0);
    posix_spawn_file_actions_destroy(&files);
}

/* ---- the rows of a store ------------------------------------------------------------ */

enum { MOST_COLUMNS = 16 };

typedef struct Row { int batch; sqlite3_value *cells[MOST_COLUMNS]; } Row;
typedef struct Table { char insert[400]; int columns; Row *rows; int n; sqlite3_stmt *s; } Table;

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK) return s;
    fprintf(stderr, "bare: %s: %s\n", sql, sqlite3_errmsg(db));
    exit(70);
}

static int count(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = prepare(db, sql);
    int n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int(s, 0) : 0;
    sqlite3_finalize(s);
    return n;
}

/* Reads all rows; batch: the event's transaction, or, of other tables, spread evenly over all. */
static Table read_table(sqlite3 *from, const char *name, int batches)
{
    char sql[400];
    int events = strcmp(name, "events") == 0;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", name);
    int total = count(from, sql);
    snprintf(sql, sizeof sql, events ? "SELECT * FROM %s ORDER BY n" : "SELECT * FROM %s", name);
    sqlite3_stmt *s = prepare(from, sql);
    Table t = {.columns = sqlite3_column_count(s), .rows = calloc((size_t)total + 1, sizeof(Row))};
    sqlite3_int64 recorded = -1;
    int batch = -1;
    if (t.columns > MOST_COLUMNS) exit(70);
    for (; sqlite3_step(s) == SQLITE_ROW; t.n++) {
        Row *r = &t.rows[t.n];
        if (events && sqlite3_column_int64(s, 6) != recorded) recorded = sqlite3_column_int64(s, 6), batch++;
        r->batch = events ? batch : (int)((long long)t.n * batches / total);
        for (int i = 0; i < t.columns; i++) r->cells[i] = sqlite3_value_dup(sqlite3_column_value(s, i));
    }
    sqlite3_finalize(s);
    int at = snprintf(t.insert, sizeof t.insert, "INSERT INTO %s VALUES(?", name);
    for (int i = 1; i < t.columns; i++) at += snprintf(t.insert + at, sizeof t.insert - (size_t)at, ",?");
    snprintf(t.insert + at, sizeof t.insert - (size_t)at, ")");
    return t;
}

static void copy_schema(sqlite3 *from, sqlite3 *to)
{
    sqlite3_stmt *s = prepare(from, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC");
    while (sqlite3_step(s) == SQLITE_ROW)
        if (sqlite3_exec(to, (const char *)sqlite3_column_text(s, 0), NULL, NULL, NULL) != SQLITE_OK) exit(74);
    sqlite3_finalize(s);
}

static void insert(Table *t, int *at, int batch)
{
    for (; *at < t->n && t->rows[*at].batch == batch; ++*at) {
        for (int i = 0; i < t->columns; i++) sqlite3_bind_value(t->s, i + 1, t->rows[*at].cells[i]);
        if (sqlite3_step(t->s) != SQLITE_DONE) exit(74);
        sqlite3_reset(t->s);
    }
}

static int rows(const char *store, const char *file)
{
    static const char *const names[] = {"events", "traces", "cases", "snapshots", "taken"};
    enum { TABLES = sizeof names / sizeof *names };
    Table tables[TABLES];
    int at[TABLES] = {0};
    struct timespec began, ended;
    sqlite3 *from, *to;
    if (sqlite3_open(store, &from) != SQLITE_OK || sqlite3_open(file, &to) != SQLITE_OK) return 74;
    sqlite3_exec(to, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32000", NULL, NULL,
                 NULL);
    copy_schema(from, to);
    int batches = count(from, "SELECT count(DISTINCT recorded) FROM events");
    for (int i = 0; i < TABLES; i++)
        tables[i] = read_table(from, names[i], batches), tables[i].s = prepare(to, tables[i].insert);
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (int batch = 0; batch < batches; batch++) {
        sqlite3_exec(to, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        for (int i = 0; i < TABLES; i++) insert(&tables[i], &at[i], batch);
        if (sqlite3_exec(to, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) return 74;
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%.6f\n", (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
    return 0;
}

/* ---- a row here and a row there ------------------------------------------------------- */

typedef struct Due { sqlite3_int64 due, case_id, act; } Due;

static void touch_one(sqlite3_stmt *event, sqlite3_stmt *trace, sqlite3_stmt *later, const Due *d)
{
    sqlite3_bind_int64(event, 1, d->case_id);
    sqlite3_bind_int64(later, 1, d->due);
    sqlite3_bind_int64(later, 2, d->case_id), sqlite3_bind_int64(later, 3, d->act);
    sqlite3_stmt *all[] = {event, trace, later};
    for (int i = 0; i < 3; i++) {
        if (sqlite3_step(all[i]) != SQLITE_DONE) exit(74);
        sqlite3_reset(all[i]);
    }
}

static void touch_all(sqlite3 *db, const Due *dues, int n)
{
    sqlite3_exec(db, "PRAGMA synchronous = FULL; BEGIN IMMEDIATE", NULL, NULL, NULL);
    sqlite3_stmt *event = prepare(db, "INSERT INTO events SELECT (SELECT max(n) FROM events) + 1, shard, pos + 1, "
                                      "case_id, seq + 1, at, recorded, kind, hash, bytes FROM events WHERE n = "
                                      "(SELECT n FROM traces WHERE level IN (0, 1, 2) AND case_id = ?1 "
                                      "ORDER BY level DESC, seq DESC LIMIT 1)");
    sqlite3_stmt *trace = prepare(db, "INSERT INTO traces SELECT 2, case_id, seq, n FROM events WHERE n = "
                                      "last_insert_rowid()");
    sqlite3_stmt *later = prepare(db, "UPDATE dues SET due = due + 3600000000 WHERE due = ?1 AND case_id = ?2 "
                                      "AND act = ?3");
    for (int i = 0; i < n; i++) touch_one(event, trace, later, &dues[i]);
    sqlite3_finalize(event), sqlite3_finalize(trace), sqlite3_finalize(later);
    if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) exit(74);
}

static int touch(const char *store, const char *step)
{
    static Due dues[10000];
    int n = 0;
    struct timespec began, ended;
    sqlite3 *db;
    if (sqlite3_open(store, &db) != SQLITE_OK) return 74;
    sqlite3_stmt *s = prepare(db, "SELECT due, case_id, act FROM dues CROSS JOIN work USING(shard, case_id, act) "
                                  "WHERE step = ?1 ORDER BY due LIMIT 10000");
    sqlite3_bind_text(s, 1, step, -1, SQLITE_STATIC);
    for (; sqlite3_step(s) == SQLITE_ROW; n++)
        dues[n] = (Due){sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2)};
    sqlite3_finalize(s);
    sqlite3_close(db);
    clock_gettime(CLOCK_MONOTONIC, &began);
    if (n == 0 || sqlite3_open(store, &db) != SQLITE_OK) return 74;
    touch_all(db, dues, n);
    sqlite3_close(db);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%.6f\n", (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
    return 0;
}

int main(int argc, char **argv)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    if (argc != 4) return 64;
    if (strcmp(argv[1], "touch") == 0) return touch(argv[2], argv[3]);
    if (strcmp(argv[1], "rows") == 0) return remove(argv[3]), rows(argv[2], argv[3]);
    int n = atoi(argv[2]), shell = strcmp(argv[1], "shell") == 0;
    remove(argv[3]);
    if (sqlite3_open(argv[3], &db) != SQLITE_OK) return 74;
    sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t(id INTEGER PRIMARY KEY, "
                     "text TEXT)", NULL, NULL, NULL);
    if (sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?1, ?2)", -1, &s, NULL) != SQLITE_OK) return 74;
    for (int i = 0; i < n; i++) {
        one_row(db, s, 2 * i);
        if (shell) command(), one_row(db, s, 2 * i + 1);
    }
    sqlite3_finalize(s);
    sqlite3_close(db);
    return 0;
}
