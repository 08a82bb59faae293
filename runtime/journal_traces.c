/* journal_traces.c -- which events each case has, in their order.
 *
 * Among a million cases each one's trace ends in a page of its own. A thousand
 * events of a thousand of them would be a thousand pages of an index to read
 * and to write, for what takes three pages itself. So the list is kept in three
 * levels, as a log-structured merge tree (O'Neil, Cheng, Gawlick, O'Neil: The
 * log-structured merge-tree, Acta Informatica 33, 1996) keeps what it holds:
 *
 *     level 2   what came last, of old cases: some pages
 *     level 1   what came before that: some hundred pages
 *     level 0   the rest, and of young cases all
 *
 * With every so many events the entries of one stretch of cases go down from 2
 * to 1, and those of another stretch from 1 to 0. A page that is written then
 * takes up many. Young cases lie at the end of level 0 beside each other, and
 * need no such help: a store of some thousand cases never has another level.
 *
 * All entries of a case on a level go down together, and a case never becomes
 * young again. So what lies lower came earlier, and a case's events are in the
 * order of level, then seq. On which level an entry lies says nothing else.
 */
#include "runtime/journal_private.h"

enum {
    MIDDLE = 1, FRESH = 2,
    YOUNG = 16384,                     /* cases: the last so many are young */
    STEP = 1024,                       /* events from one going down to the next */
    FRESH_PARTS = 16,                  /* level 2 holds what came in that many steps */
    MIDDLE_PARTS = 256
};

/* What lies on this level of a stretch of all cases goes one down. */
static Status go_down(Journal *j, int64_t level, int64_t part, int64_t parts, Error *err)
{
    int64_t wide = j->counters[COUNTER_CASE] / parts + 1, from = part * wide;
    return sql_run(j, SQL_TRACES_DOWN, BINDS(bind_int(level), bind_int(from), bind_int(from + wide)), err);
}

Status trace_keep(Journal *j, const Event *e, Error *err)
{
    int64_t n = sqlite3_last_insert_rowid(j->db), old = j->counters[COUNTER_CASE] - YOUNG;
    int64_t level = (int64_t)e->case_id > old ? 0 : FRESH;
    Status st = sql_run(j, SQL_TRACE_ADD, BINDS(bind_int(level), bind_id(e->case_id), bind_int(e->seq), bind_int(n)),
                        err);
    if (st != ST_OK || old <= 0 || n % STEP != 0) return st;
    st = go_down(j, MIDDLE, n / STEP % MIDDLE_PARTS, MIDDLE_PARTS, err);
    return st == ST_OK ? go_down(j, FRESH, n / STEP % FRESH_PARTS, FRESH_PARTS, err) : st;
}

int traces_anew(sqlite3 *db)
{
    return sqlite3_exec(db, "DELETE FROM traces; INSERT OR IGNORE INTO traces SELECT 0, case_id, seq, n FROM events"
                            " ORDER BY case_id, seq", NULL, NULL, NULL);
}
