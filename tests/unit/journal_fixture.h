/* journal_fixture.h -- a flow and cases made by hand, for the tests of the journal.
 *
 * The flow: ask somebody ("Ask"), wait for the event "paid", run a command
 * ("Book"). Cases are moved by telling events one by one, as the engine would.
 */
#ifndef OPS_TESTS_JOURNAL_FIXTURE_H
#define OPS_TESTS_JOURNAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "runtime/journal.h"

#include <sqlite3.h>

enum { NODE_ASK = 1, NODE_WAIT, NODE_BOOK };
enum { ACT_ASK = 1, ACT_WAIT, ACT_BOOK };
#define DAY1 (INT64_C(1767225600) * US_SECOND)         /* 2026-01-01 */

/* What version 7 looked like: which events a case has, an index said; a claim went with its step. */
#define TO_VERSION_7 \
    "DROP TABLE traces; CREATE UNIQUE INDEX events_case ON events(case_id, seq);" \
    "ALTER TABLE claims DROP COLUMN ending;"

/* What version 6 looked like: events in order of their chains, whose last links are the heads. */
#define TO_VERSION_6 \
    TO_VERSION_7 "ALTER TABLE events RENAME TO ordered; DROP INDEX events_case; DROP TABLE heads;" \
    "CREATE TABLE events(shard INTEGER NOT NULL, pos INTEGER NOT NULL, case_id INTEGER NOT NULL," \
    " seq INTEGER NOT NULL, at INTEGER NOT NULL, recorded INTEGER NOT NULL, kind INTEGER NOT NULL," \
    " hash BLOB NOT NULL, bytes TEXT NOT NULL, PRIMARY KEY(shard, pos)) STRICT, WITHOUT ROWID;" \
    "INSERT INTO events SELECT shard, pos, case_id, seq, at, recorded, kind, hash, bytes FROM ordered;" \
    "CREATE UNIQUE INDEX events_case ON events(shard, case_id, seq); DROP TABLE ordered;"

/* What version 5 looked like: moments in the rows of work, how much room there is until the next snapshot, and in each
 * row of a case how many events it has. */
#define TO_VERSION_5 \
    TO_VERSION_6 "ALTER TABLE work ADD COLUMN due INTEGER;" \
    "ALTER TABLE cases ADD COLUMN room INTEGER NOT NULL DEFAULT 0;" \
    "UPDATE work AS w SET due = (SELECT d.due FROM dues d WHERE d.case_id = w.case_id AND d.act = w.act);" \
    "UPDATE cases AS c SET seq = (SELECT max(e.seq) FROM events e WHERE e.case_id = c.id);" \
    "CREATE INDEX work_due ON work(due, case_id, act) WHERE due IS NOT NULL; DROP TABLE dues;"

static Error why;                      /* of the last call */

#define OK(call) \
    do { \
        Status ok_status_ = (call); \
        if (ok_status_ != ST_OK) \
            print_error("%s:%d: %s: %s\n", __FILE__, __LINE__, status_name(ok_status_), why.text); \
        assert_int_equal(ok_status_, ST_OK); \
    } while (0)

static inline const IrFlow *the_flow(void)
{
    static const char *names[] = {"paid"};
    static IrType types[] = {{.kind = TYPE_TEXT}};
    static IrVar vars[] = {{.name = "customer", .type = 0, .initial = CODE_NONE}};
    static IrNode nodes[] = {{.op = IRN_SEQUENCE, .parent = IR_NONE, .end = 4, .name = "sequence 1"},
                             {.op = IRN_STEP, .parent = 0, .end = 2, .a = 0, .name = "Ask"},
                             {.op = IRN_WAIT_EVENT,
                              .parent = 0,
                              .end = 3,
                              .a = 0,
                              .b = IR_NONE,
                              .c = CODE_NONE,
                              .d = CODE_NONE,
                              .name = "wait 1"},
                             {.op = IRN_STEP, .parent = 0, .end = 4, .a = 1, .name = "Book"}};
#define STEP_USUAL \
    .who = CODE_NONE, .approve = CODE_NONE, .retry_pause = CODE_NONE, .retry_most = CODE_NONE, .timeout = CODE_NONE, \
    .deadline = CODE_NONE, .on_fail = IR_NONE, .on_reject = IR_NONE, .on_late = IR_NONE, \
    .remind = CODE_NONE, .consult = CODE_NONE, .inform = CODE_NONE
    static IrStep steps[] =
        {{.name = "Ask", .node = NODE_ASK, STEP_USUAL},
         {.name = "Book", .node = NODE_BOOK, .machine = MACHINE_SHELL, .shell.text = "true", STEP_USUAL}};
#undef STEP_USUAL
    static IrFlow flow = {.process = "Order",
                          .unit = {.names = names, .names_n = 1, .types = types, .types_n = 1},
                          .nodes = nodes,
                          .nodes_n = 4,
                          .steps = steps,
                          .steps_n = 2,
                          .vars = vars,
                          .vars_n = 1,
                          .deadline = CODE_NONE,
                          .remind = CODE_NONE,
                          .outside = true};
    return &flow;
}

/* The same flow under another process's name. */
static inline const IrFlow *other_flow(void)
{
    static IrFlow flow;
    flow = *the_flow();
    flow.process = "Refund";
    flow.hashed = false;
    return &flow;
}

/* One event happens to the case, as the engine tells it. */
static inline void tell(Case *c, Out *out, Event e)
{
    e.seq = c->seq + 1;
    e.case_id = c->id;
    if (!e.at) e.at = c->now == INT64_MIN ? DAY1 : c->now + US_SECOND;
    if (!e.due) e.due = INSTANT_NEVER;
    if (!e.node) e.node = IR_NONE;
    *VEC_PUSH(out->arena, &out->events) = e;
    if (e.act) out_touch(out, c, e.act);
    case_apply(c, &e);
}

static inline void tell_started(Case *c, Out *out, const char *key)
{
    Datum *d = ARENA_ARRAY(out->arena, Datum, 2);
    d[0] = (Datum){"customer", value_text("Ann \"A\" Ö")};
    d[1] = (Datum){"$key", value_text(arena_dup(out->arena, key ? key : ""))};
    tell(c, out, (Event){.kind = EV_STARTED, .text = "by hand", .values = d, .values_n = key ? 2 : 1});
}

/* Starts another process: an event, and the message that it sends. */
static inline void tell_launched(Case *c, Out *out, const char *process)
{
    tell(c, out, (Event){.kind = EV_LAUNCHED, .text = process});
    *VEC_PUSH(out->arena, &out->messages) =
        (Message){.kind = MESSAGE_START, .name = process, .at = c->now, .from_seq = c->seq};
}

static inline void tell_offered(Case *c, Out *out, Instant due)
{
    tell(c, out, (Event){.kind = EV_OFFERED, .act = ACT_ASK, .node = NODE_ASK, .due = due});
}

static inline void tell_done(Case *c, Out *out)
{
    tell(c, out,
         (Event){.kind = EV_DONE, .act = ACT_ASK, .node = NODE_ASK, .person = "ann", .login = "root"});
}

static inline void tell_waiting(Case *c, Out *out, Instant due)
{
    tell(c, out, (Event){.kind = EV_WAITING, .act = ACT_WAIT, .node = NODE_WAIT, .text = "paid", .due = due});
}

static inline void tell_took(Case *c, Out *out, uint64_t message)
{
    tell(c, out,
         (Event){.kind = EV_TOOK, .act = ACT_WAIT, .node = NODE_WAIT, .n = (int64_t)message, .text = "paid"});
}

static inline void tell_began(Case *c, Out *out, uint32_t attempt)
{
    tell(c, out, (Event){.kind = EV_BEGAN, .act = ACT_BOOK, .node = NODE_BOOK, .attempt = attempt});
}

static inline void tell_ended(Case *c, Out *out, CaseStatus how, const char *outcome)
{
    for (uint32_t i = 0; i < c->acts.n; i++) out_touch(out, c, c->acts.items[i].id);
    tell(c, out, (Event){.kind = EV_ENDED, .n = how, .text = outcome});
}

/* Commits one advance; a new case's flow is kept before. */
static inline Status commit_one(Journal *j, Case *c, uint32_t before, Out *out, Error *err)
{
    Advance a = {.of = c, .seq_before = before, .out = out};
    Status st = journal_keep_flow(j, c->flow, err);
    if (st == ST_OK) st = journal_commit(j, &a, 1, err);
    return st == ST_OK ? a.status : st;
}

/* A new case that waits for somebody at "Ask" until due, committed. The caller frees it. */
static inline Case *new_order(Journal *j, const char *key, Instant due)
{
    Case *c = case_new(the_flow());
    Out *out = out_new();
    tell_started(c, out, key);
    tell_offered(c, out, due);
    OK(commit_one(j, c, 0, out, &why));
    out_free(out);
    return c;
}

/* From "Ask" to the wait for "paid". */
static inline void go_to_wait(Journal *j, Case *c, Instant due)
{
    Out *out = out_new();
    uint32_t before = c->seq;
    tell_done(c, out);
    tell_waiting(c, out, due);
    OK(commit_one(j, c, before, out, &why));
    out_free(out);
}

static inline void go_to_end(Journal *j, Case *c, CaseStatus how, const char *outcome)
{
    Out *out = out_new();
    uint32_t before = c->seq;
    tell_ended(c, out, how, outcome);
    OK(commit_one(j, c, before, out, &why));
    out_free(out);
}

/* ---- folders ------------------------------------------------------------------------- */

static inline const char *temp_folder(void)
{
    static char folder[64];
    snprintf(folder, sizeof folder, "/tmp/ops-journal-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static inline void remove_folder(const char *folder)
{
    char command[600];
    snprintf(command, sizeof command, "chmod -R u+rwx '%s'; rm -rf '%s'", folder, folder);
    assert_int_equal(system(command), 0);
}

static inline const char *path_in(const char *folder, const char *name)
{
    static char paths[4][200];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static inline Journal *open_store(const char *path, JournalMode mode)
{
    Journal *j = NULL;
    OK(journal_open(path, mode, &j, &why));
    assert_non_null(j);
    return j;
}

/* Runs SQL on the file beside the journal, as an intruder would. Returns how many rows changed. */
static inline int intrude(const char *path, const char *sql)
{
    sqlite3 *db;
    char *problem = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 2000);
    int rc = sqlite3_exec(db, sql, NULL, NULL, &problem);
    if (rc != SQLITE_OK) print_error("%s: %s\n", sql, problem);
    assert_int_equal(rc, SQLITE_OK);
    int changes = sqlite3_total_changes(db);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return changes;
}

/* The number that a query finds in the file beside the journal. */
static inline int64_t number_in(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return n;
}

static inline uint64_t problems_of(Journal *j)
{
    VerifyReport r;
    OK(journal_verify(j, NULL, &r, &why));
    uint64_t n = r.problems;
    buf_free(&r.text);
    return n;
}

#endif
