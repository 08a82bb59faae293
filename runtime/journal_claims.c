/* journal_claims.c -- commands that are under way, and those that are not wanted any more. */
#include "runtime/journal_private.h"

#include <string.h>

/* Of a row that selects attempt, pid, pid_start, boot. */
static Claim claim_row(sqlite3_stmt *s, uint32_t act)
{
    const char *boot = col_name(s, 3);
    Claim c = {.act = act,
               .attempt = (uint32_t)sqlite3_column_int64(s, 0),
               .pid = sqlite3_column_int64(s, 1),
               .pid_start = (uint64_t)sqlite3_column_int64(s, 2)};
    memcpy(c.boot, boot, strnlen(boot, sizeof c.boot - 1));
    return c;
}

Status journal_claim(Journal *j, uint64_t case_id, uint32_t act, Claim *out, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_CLAIM, BINDS(KEY_OF_CASE(case_id), bind_int(act)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    if (st == ST_OK) *out = claim_row(s, act);
    sql_close(j, SQL_CLAIM, s);
    if (st != ST_END) return st;
    return fail(err, ST_NOTFOUND, "no process has begun activation %u of case %llu", act,
                (unsigned long long)case_id);
}

Status journal_ending(Journal *j, ClaimVisit *visit, void *self, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_CLAIMS_ENDING, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK) {
        Claim c = claim_row(s, (uint32_t)sqlite3_column_int64(s, 5));
        visit(self, (uint64_t)sqlite3_column_int64(s, 4), &c);
    }
    sql_close(j, SQL_CLAIMS_ENDING, s);
    return st == ST_END ? ST_OK : st;
}

/* Nobody is kept waiting for the disk: a row that comes back after a power loss is of an engine that is gone. */
Status journal_ended(Journal *j, uint64_t case_id, uint32_t act, Error *err)
{
    Status st = write_begin(j, true, err);
    if (st != ST_OK) return st;
    st = sql_run(j, SQL_CLAIM_ENDED, BINDS(KEY_OF_CASE(case_id), bind_int(act)), err);
    return write_end(j, st, err);
}

Status journal_let_go(Journal *j, const Claim *by, Error *err)
{
    Status st = write_begin(j, true, err);
    if (st != ST_OK) return st;
    st = sql_run(j, SQL_CLAIMS_LET_GO, BINDS(bind_int(by->pid), bind_id(by->pid_start), bind_text(by->boot)), err);
    return write_end(j, st, err);
}
