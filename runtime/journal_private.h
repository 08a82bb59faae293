/* journal_private.h -- what the parts of the SQLite journal share: its statements, heads and counters. */
#ifndef OPS_RUNTIME_JOURNAL_PRIVATE_H
#define OPS_RUNTIME_JOURNAL_PRIVATE_H
#include "runtime/journal.h"
#include "base/map.h"
#include <sqlite3.h>
enum { SHARDS = 64, SCHEMA = 1, APPLICATION = 0x4f505331 };
#define STATEMENTS(S)                                                                                              \
    S(BEGIN, "BEGIN IMMEDIATE") S(COMMIT, "COMMIT") S(ROLLBACK, "ROLLBACK") \
    S(COUNTER_GET, "SELECT value FROM counters WHERE name = ?1")                                                   \
    S(COUNTER_SET, "INSERT INTO counters(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = ?2")   \
    S(HEAD, "SELECT pos, hash FROM events WHERE shard = ?1 ORDER BY pos DESC LIMIT 1")                             \
    S(EVENT_ADD, "INSERT INTO events(shard, pos, case_id, seq, at, recorded, kind, bytes, hash) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)") \
    S(CASE_ADD, "INSERT INTO cases(shard, id, process, key, status, outcome, started, ended, late, incidents, deadline, todo, seq, flow, " \
                "snapshot, cause) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)")                  \
    S(CASE_SET, "UPDATE cases SET status = ?3, outcome = ?4, ended = ?5, late = ?6, incidents = ?7, deadline = ?8, todo = ?9, seq = ?10, " \
                "snapshot = ?11 WHERE shard = ?1 AND id = ?2 AND seq = ?12")                                       \
    S(CAUSE_KNOWN, "SELECT 1 FROM cases WHERE cause = ?1")                                                         \
    S(WORK_NUMBER, "SELECT number FROM work WHERE shard = ?1 AND case_id = ?2 AND act = ?3")                       \
    S(WORK_SET, "INSERT OR REPLACE INTO work(shard, case_id, act, number, state, process, key, step, event, since, due, deadline, fresh) " \
                "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)")                                              \
    S(WORK_DROP, "DELETE FROM work WHERE shard = ?1 AND case_id = ?2 AND act = ?3")                                \
    S(WORK_CAUGHT_UP, "UPDATE work SET fresh = 0 WHERE shard = ?1 AND case_id = ?2 AND act = ?3")                  \
    S(MESSAGE_ADD, "INSERT INTO messages(shard, id, kind, name, at, from_case, from_seq, from_act, to_case, to_act, ok, text, data, done) " \
                   "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,0)")                                         \
    S(MESSAGE_TAKE, "UPDATE messages SET done = 1 WHERE shard = ?1 AND id = ?2 AND done = 0")                      \
    S(TAKEN_ADD, "INSERT INTO taken(shard, process, key, content, file, line) VALUES(?1,?2,?3,?4,?5,?6)")           \
    S(TAKEN_GET, "SELECT content FROM taken WHERE shard = ?1 AND process = ?2 AND key = ?3")                       \
    S(SCHEDULE_SET, "INSERT INTO schedules(shard, name, ran) VALUES(?1,?2,?3) ON CONFLICT(shard, name) DO UPDATE SET ran = max(ran, ?3)") \
    S(SCHEDULE_GET, "SELECT ran FROM schedules WHERE shard = ?1 AND name = ?2")                                    \
    S(CLAIM_SET, "INSERT OR REPLACE INTO claims(shard, case_id, act, attempt, pid, pid_start, boot) VALUES(?1,?2,?3,?4,?5,?6,?7)") \
    S(CLAIM_GET, "SELECT attempt, pid, pid_start, boot FROM claims WHERE shard = ?1 AND case_id = ?2 AND act = ?3") \
    S(CLAIM_DROP, "DELETE FROM claims WHERE shard = ?1 AND case_id = ?2 AND act = ?3")                             \
    S(FLOW_ADD, "INSERT OR IGNORE INTO flows(hash, process, bytes) VALUES(?1,?2,?3)")                              \
    S(FLOW_GET, "SELECT bytes FROM flows WHERE hash = ?1")                                                         \
    S(REJECT_ADD, "INSERT OR REPLACE INTO rejected(shard, process, key, content, file, line, header, raw, problem, at) " \
                  "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)")                                                        \
    S(REJECT_DROP, "DELETE FROM rejected WHERE process = ?1 AND ((key <> '' AND key = ?2) OR content = ?3)")       \
    S(REJECTED, "SELECT process, file, line, key, content, header, raw, problem, at FROM rejected WHERE (?1 IS NULL OR process = ?1) " \
                "ORDER BY process, file, line")                                                                    \
    S(NOTE_SET, "INSERT INTO notes(shard, key, value) VALUES(?1,?2,?3) ON CONFLICT(shard, key) DO UPDATE SET value = ?3") \
    S(NOTE_GET, "SELECT value FROM notes WHERE shard = ?1 AND key = ?2")                                           \
    S(CASE_GET, "SELECT flow, snapshot FROM cases WHERE shard = ?1 AND id = ?2")                                   \
    S(NEXT_DUE, "SELECT min(due) FROM work WHERE due IS NOT NULL")                                                 \
    S(NEXT_DEADLINE, "SELECT min(deadline) FROM cases WHERE deadline IS NOT NULL")                                 \
    S(DUE, "SELECT case_id, due FROM work WHERE due IS NOT NULL AND due <= ?1 UNION ALL "                          \
           "SELECT id, deadline FROM cases WHERE deadline IS NOT NULL AND deadline <= ?1 ORDER BY 2, 1 LIMIT ?2")  \
    S(TODO, "SELECT id FROM cases WHERE todo = 1 ORDER BY id")                                                     \
    S(MESSAGES, "SELECT id, kind, name, at, from_case, from_seq, from_act, to_case, to_act, ok, text, data FROM messages WHERE done = 0 " \
                "ORDER BY id LIMIT ?1")                                                                            \
    S(MESSAGES_OF, "SELECT id, kind, name, at, from_case, from_seq, from_act, to_case, to_act, ok, text, data FROM messages " \
                   "WHERE kind = 1 AND name = ?1 AND at >= ?2 ORDER BY id LIMIT ?3")                               \
    S(DATA_VERSION, "PRAGMA data_version")
enum {
#define S(NAME, sql) SQL_##NAME,
    STATEMENTS(S)
#undef S
    SQL_COUNT
};
typedef struct Head { int64_t pos; uint8_t hash[SHA256_BYTES]; bool known; } Head;
typedef struct KnownFlow { uint8_t hash[SHA256_BYTES]; const IrFlow *flow; struct KnownFlow *next; } KnownFlow;
struct Journal {
    sqlite3 *db; sqlite3_stmt *statements[SQL_COUNT]; char *path; int lock, queue; bool writable; Head heads[SHARDS];
    uint64_t next_case, next_message, next_task; int64_t data_version, seen_version; Arena *arena; KnownFlow *flows; Buf buf;
};
uint32_t shard_of_case(uint64_t id); uint32_t shard_of_text(const char *text);
sqlite3_stmt *journal_sql(Journal *j, int which);
void bind_text(sqlite3_stmt *s, int at, const char *text); void bind_moment(sqlite3_stmt *s, int at, Instant t);
Instant column_moment(sqlite3_stmt *s, int at); const char *column_text(sqlite3_stmt *s, int at);
bool journal_do(sqlite3_stmt *s); Status journal_trouble(Journal *j, const char *doing, Error *err);
Status journal_begin(Journal *j, Error *err) MUST_CHECK; Status journal_end(Journal *j, Status st, Error *err) MUST_CHECK;
uint64_t journal_count(Journal *j, const char *name, uint64_t *cached); bool journal_keep_counters(Journal *j);
#endif
