/* journal_archive.c -- what has ended goes to a file of its own, and is read as if it had stayed.
 *
 * A store is written to for years, and most of it tells of cases that are
 * over. Their events and snapshots move to PATH.archive; their rows in the
 * table of cases stay, by which they are found. The chains run through both
 * files: a link keeps its number, and who verifies takes them in order,
 * whichever file each lies in. The last link of a chain never moves, so the
 * next one is hung on it without a look at the archive.
 *
 *     store     ....3..5678        the chain of a shard
 *     archive   012.34.             3 was copied, and not yet dropped
 *
 * Two files cannot be written as one. So a part of the work is two
 * transactions: the first copies, and is on the disk when it returns; the
 * second drops what it finds in the archive, byte for byte. Stopped in between,
 * the same rows lie in both, are read once, and are dropped the next time.
 *
 * The archive is attached by whoever needs it, not when a store is opened:
 * what is done at every tick has nothing to do with it.
 */
#include "runtime/journal_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PART = 256 };                   /* cases */

static void name_archive(const Journal *j, Buf *out)
{
    buf_printf(out, "%s.archive", j->file);
}

/* ---- finding it ------------------------------------------------------------------------ */

static Status ask_number(Journal *j, const char *pragma, int64_t *out, Error *err)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(j->db, pragma, -1, &s, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(s);
    if (rc == SQLITE_ROW) *out = sqlite3_column_int64(s, 0);
    Status st = rc == SQLITE_ROW ? ST_OK : sql_fail(j, rc, err);
    sqlite3_finalize(s);
    return st;
}

static Status check_kind(Journal *j, const char *file, int64_t *version, Error *err)
{
    int64_t application = 0;
    Status st = ask_number(j, "PRAGMA archive.application_id", &application, err);
    if (st == ST_OK) st = ask_number(j, "PRAGMA archive.user_version", version, err);
    if (st != ST_OK) return st;
    if (application != ARCHIVE_APPLICATION)
        return fail(err, ST_CONFIG,
                    "%s is no archive of a store: nothing was touched. Bring back the one that was there", file);
    if (*version > ARCHIVE_VERSION)
        return fail(err, ST_CONFIG,
                    "the archive %s was written by a newer ops: nothing was touched. Use the newer ops", file);
    return ST_OK;
}

static Status attach_as_it_is(Journal *j, const char *file, int64_t *version, Error *err)
{
    Buf name = {0};
    if (j->frozen) name_frozen(&name, file);
    else buf_puts(&name, file);
    Status st = sql_run(j, SQL_ARCHIVE_ATTACH, BINDS(bind_text(name.p)), err);
    buf_free(&name);
    if (st == ST_OK) st = check_kind(j, file, version, err);
    if (st != ST_OK || *version < ARCHIVE_VERSION) sqlite3_exec(j->db, "DETACH archive", NULL, NULL, NULL);
    return st;
}

/* One that an older ops wrote is brought up to date where it can be written. */
static Status attach(Journal *j, const char *file, Error *err)
{
    int64_t version = 0;
    Status st = attach_as_it_is(j, file, &version, err);
    if (st == ST_OK && version < ARCHIVE_VERSION) {
        st = j->frozen || access(file, W_OK) != 0
                 ? fail(err, ST_CONFIG, "the archive %s was written by an older ops, and must be brought up to date"
                                        " where it can be written: copy it and its store there", file)
                 : schema_migrate_archive(j, file, err);
        if (st == ST_OK) st = attach_as_it_is(j, file, &version, err);
    }
    j->archive = st == ST_OK;
    if (st != ST_OK && j->damaged) {
        j->damaged = false;                /* the store is not */
        return fail(err, ST_IO, "the archive %s is damaged: bring back a copy of it", file);
    }
    return st;
}

Status archive_find(Journal *j, Error *err)
{
    if (j->archive || !j->file) return ST_OK;
    Buf file = {0};
    name_archive(j, &file);
    Status st = access(file.p, F_OK) == 0 ? attach(j, file.p, err) : ST_OK;
    buf_free(&file);
    return st;
}

Status archive_alone(Journal *j, Error *err)
{
    Buf file = {0};
    name_archive(j, &file);
    bool there = access(file.p, F_OK) == 0;
    buf_free(&file);
    if (!there) return ST_OK;
    return fail(err, ST_IO, "the store %s is not there or was emptied, and its archive, %s.archive, is: bring a copy of"
                            " the store back, or move the archive away to begin anew", j->path, j->path);
}

Status archive_find_for(Journal *j, uint64_t id, Error *err)
{
    int64_t there;
    if (j->archive || !j->file) return ST_OK;
    Status st = sql_int(j, SQL_FIRST_EVENT, BINDS(KEY_OF_CASE(id)), 0, &there, err);
    if (st != ST_END) return st;
    st = archive_find(j, err);
    if (st == ST_OK && !j->archive)
        st = fail(err, ST_IO, "the events of case %llu are not in the store, and its archive, %s.archive, is not there:"
                              " bring it back", (unsigned long long)id, j->path);
    return st;
}

Status archive_missed(Journal *j, bool *missed, Error *err)
{
    int64_t id;
    *missed = false;
    if (j->archive || !j->file) return ST_OK;
    Status st = sql_int(j, SQL_ARCHIVE_MISSED, NULL, 0, 0, &id, err);
    *missed = st == ST_OK;
    return st == ST_END ? ST_OK : st;
}

Status archive_is_not_missed(Journal *j, Error *err)
{
    bool missed;
    Status st = archive_missed(j, &missed, err);
    if (st == ST_OK && missed)
        st = fail(err, ST_IO, "there is an archive of the store already, and %s.archive is not there: bring it back",
                  j->path);
    return st;
}

Status archive_make(Journal *j, Error *err)
{
    Buf file = {0};
    name_archive(j, &file);
    Status st = ST_OK;
    if (access(file.p, F_OK) != 0) {
        st = archive_is_not_missed(j, err);
        if (st == ST_OK) st = turn_take(j->turn, err);
        if (st == ST_OK && access(file.p, F_OK) != 0) st = schema_create_archive(j, file.p, err);
        turn_end(j->turn);
    }
    if (st == ST_OK) st = archive_find(j, err);
    if (st == ST_OK) st = sql_script(j, "PRAGMA archive.synchronous = FULL", err);
    buf_free(&file);
    return st;
}

/* ---- moving --------------------------------------------------------------------------------- */

typedef struct Part { uint64_t ids[PART]; size_t n; } Part;

static Status next_part(Journal *j, uint64_t behind, Instant before, Part *out, Error *err)
{
    sqlite3_stmt *s;
    out->n = 0;
    Status st = sql_open(j, SQL_ARCHIVE_WHICH, BINDS(bind_id(behind), bind_int(before), bind_int(PART)), &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK)
        out->ids[out->n++] = (uint64_t)sqlite3_column_int64(s, 0);
    sql_close(j, SQL_ARCHIVE_WHICH, s);
    return st == ST_END ? ST_OK : st;
}

static Status copy_part(Journal *j, const Part *p, Error *err)
{
    Status st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    for (size_t i = 0; i < p->n && st == ST_OK; i++) {
        st = sql_run(j, SQL_ARCHIVE_EVENTS, BINDS(KEY_OF_CASE(p->ids[i])), err);
        if (st == ST_OK) st = sql_run(j, SQL_ARCHIVE_SNAPSHOT, BINDS(KEY_OF_CASE(p->ids[i])), err);
    }
    return write_end(j, st, err);
}

/* An event that was its chain's last link when the others were copied stays, with the snapshot, for the next time. */
static Status drop_case(Journal *j, uint64_t id, uint64_t *events, Error *err)
{
    int64_t odd = 0;
    Status st = sql_run(j, SQL_ARCHIVE_DROP, BINDS(KEY_OF_CASE(id)), err);
    if (st != ST_OK) return st;
    *events += (uint64_t)sqlite3_changes64(j->db);
    st = sql_run(j, SQL_ARCHIVE_UNLIST, BINDS(KEY_OF_CASE(id)), err);
    if (st != ST_OK) return st;
    st = sql_int(j, SQL_ARCHIVE_LEFT, BINDS(KEY_OF_CASE(id)), 0, &odd, err);
    if (st == ST_OK && odd)
        return fail(err, ST_IO,
                    "the archive of %s tells otherwise of case %llu than the store: nothing of it was dropped."
                    " `ops verify` tells more", j->path, (unsigned long long)id);
    return st == ST_END ? sql_run(j, SQL_ARCHIVE_DROP_SNAPSHOT, BINDS(KEY_OF_CASE(id)), err) : st;
}

/* Nothing of this is lost where the disk does not keep it: it is dropped again then. */
static Status drop_part(Journal *j, const Part *p, ArchiveReport *r, Error *err)
{
    uint64_t events = 0;
    Status st = write_begin(j, true, err);
    if (st != ST_OK) return st;
    for (size_t i = 0; i < p->n && st == ST_OK; i++) st = drop_case(j, p->ids[i], &events, err);
    st = write_end(j, st, err);
    if (st == ST_OK) r->cases += p->n, r->events += events;
    return st;
}

Status journal_archive(Journal *j, Instant before, bool (*go_on)(void *self), void *self, ArchiveReport *out,
                       Error *err)
{
    Part *p = mem_zero(1, sizeof *p);
    uint64_t behind = 0;
    *out = (ArchiveReport){0};
    Status st = next_part(j, 0, before, p, err);
    if (st == ST_OK && p->n) st = archive_make(j, err);
    while (st == ST_OK && p->n && (!go_on || go_on(self))) {
        st = copy_part(j, p, err);
        if (st == ST_OK) st = drop_part(j, p, out, err);
        behind = p->ids[p->n - 1];
        if (st == ST_OK) st = next_part(j, behind, before, p, err);
    }
    free(p);
    return st;
}

/* ---- one file of both ------------------------------------------------------------------------ */

/* One that was copied and not dropped is there already. */
static Status put_back_rows(Journal *j, sqlite3 *db, const char *from, const char *to, Error *err)
{
    sqlite3_stmt *s = NULL, *add = NULL;
    int rc = sqlite3_prepare_v2(j->db, from, -1, &s, NULL);
    if (rc != SQLITE_OK) return sql_fail(j, rc, err);
    Status st = ST_OK;
    rc = sqlite3_prepare_v2(db, to, -1, &add, NULL);
    while (rc == SQLITE_OK && (st = sql_next(j, s, err)) == ST_OK) {
        for (int i = 0; i < sqlite3_column_count(s) && rc == SQLITE_OK; i++)
            rc = sqlite3_bind_value(add, i + 1, sqlite3_column_value(s, i));
        if (rc == SQLITE_OK) rc = sqlite3_step(add) == SQLITE_DONE ? SQLITE_OK : sqlite3_errcode(db);
        sqlite3_reset(add);
    }
    if (rc != SQLITE_OK) st = fail(err, ST_IO, "copying the archive of %s: %s", j->path, sqlite3_errstr(rc));
    sqlite3_finalize(s);
    sqlite3_finalize(add);
    return st == ST_END ? ST_OK : st;
}

Status archive_put_back(Journal *j, const char *copy, Error *err)
{
    sqlite3 *db = NULL;
    if (!j->archive) return ST_OK;
    int rc = sql_connect(copy, SQLITE_OPEN_READWRITE, &db);
    if (rc == SQLITE_OK) rc = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
    Status st = rc == SQLITE_OK ? ST_OK : fail(err, ST_IO, "copying to %s: %s", copy, sqlite3_errstr(rc));
    if (st == ST_OK)
        st = put_back_rows(j, db, "SELECT " LINK_COLUMNS " FROM archive.events WHERE n <"
                                  " (SELECT max(n) FROM main.events) ORDER BY n",
                           "INSERT OR IGNORE INTO events(" LINK_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?)", err);
    if (st == ST_OK)
        st = put_back_rows(j, db, "SELECT o.shard, o.case_id, o.seq, o.bytes FROM archive.snapshots o JOIN main.cases c"
                                  " ON c.shard = o.shard AND c.id = o.case_id AND o.seq <= c.seq",
                           "INSERT OR IGNORE INTO snapshots(shard, case_id, seq, bytes) VALUES(?,?,?,?)", err);
    if (st == ST_OK) rc = traces_anew(db);
    if (rc == SQLITE_OK && st == ST_OK) rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (st == ST_OK && rc != SQLITE_OK)
        st = fail(err, ST_IO, "copying the archive of %s: %s", j->path, sqlite3_errstr(rc));
    sqlite3_close(db);
    return st;
}
