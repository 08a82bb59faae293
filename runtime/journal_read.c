/* journal_read.c -- reading: cases, events, work, messages.
 *
 * Visits copy a row's texts before they call out, so a visitor may use the
 * journal itself.
 */
#include "runtime/journal_private.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

Status journal_known_flow(Journal *j, const uint8_t hash[SHA256_BYTES], const IrFlow **out, Error *err)
{
    for (const KnownFlow *k = j->flows; k; k = k->next)
        if (memcmp(k->hash, hash, SHA256_BYTES) == 0) return *out = k->flow, ST_OK;
    sqlite3_stmt *s = journal_sql(j, SQL_FLOW_GET);
    if (!s) return journal_trouble(j, "reading a flow", err);
    sqlite3_bind_blob(s, 1, hash, SHA256_BYTES, SQLITE_STATIC);
    if (sqlite3_step(s) != SQLITE_ROW) {
        sqlite3_reset(s);
        return fail(err, ST_CONFIG, "the store %s lacks a flow that one of its cases began with: it is damaged", j->path);
    }
    IrFlow *flow;
    Status st = ir_read_flow(j->arena, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0), &flow, err);
    sqlite3_reset(s);
    if (st != ST_OK) return st;
    if (memcmp(flow->hash, hash, SHA256_BYTES) != 0) return fail(err, ST_CONFIG, "a flow in the store %s was changed: it is not what its cases began with", j->path);
    KnownFlow *k = ARENA_NEW(j->arena, KnownFlow);
    *k = (KnownFlow){.flow = flow, .next = j->flows};
    memcpy(k->hash, hash, SHA256_BYTES);
    j->flows = k;
    *out = flow;
    return ST_OK;
}

/* flow and snapshot as columns `at` and at + 1 of a row. */
static Status case_from(Journal *j, sqlite3_stmt *s, int at, uint64_t id, Case **out, Error *err)
{
    const IrFlow *flow;
    uint8_t hash[SHA256_BYTES] = {0};
    if (sqlite3_column_bytes(s, at) != SHA256_BYTES) return fail(err, ST_CONFIG, "case %llu: its flow cannot be read", (unsigned long long)id);
    memcpy(hash, sqlite3_column_blob(s, at), SHA256_BYTES);
    Status st = journal_known_flow(j, hash, &flow, err);
    if (st == ST_OK) st = case_read(flow, sqlite3_column_blob(s, at + 1), (size_t)sqlite3_column_bytes(s, at + 1), out, err);
    if (st != ST_OK) {
        error_prefix(err, "case %llu: ", (unsigned long long)id);
        return st;
    }
    (*out)->id = id;
    return ST_OK;
}

Status journal_case(Journal *j, uint64_t id, Case **out, Error *err)
{
    sqlite3_stmt *s = journal_sql(j, SQL_CASE_GET);
    if (!s) return journal_trouble(j, "reading a case", err);
    sqlite3_bind_int64(s, 1, shard_of_case(id));
    sqlite3_bind_int64(s, 2, (int64_t)id);
    int code = sqlite3_step(s);
    Status st = code == SQLITE_ROW ? case_from(j, s, 0, id, out, err)
                : code == SQLITE_DONE ? fail(err, ST_NOTFOUND, "there is no case %llu; `ops cases` lists them", (unsigned long long)id)
                                      : journal_trouble(j, "reading a case", err);
    sqlite3_reset(s);
    return st;
}

Status journal_replay(Journal *j, uint64_t id, JournalVisit *visit, void *self, Error *err)
{
    Case *c;
    Status st = journal_case(j, id, &c, err);
    if (st != ST_OK) return st;
    Arena *a = arena_new();
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(j->db, "SELECT bytes, hash FROM events WHERE shard = ?1 AND case_id = ?2 ORDER BY seq", -1, &s, NULL);
    if (s) sqlite3_bind_int64(s, 1, shard_of_case(id)), sqlite3_bind_int64(s, 2, (int64_t)id);
    while (code == SQLITE_OK && st == ST_OK && sqlite3_step(s) == SQLITE_ROW) {
        Event e;
        uint8_t hash[SHA256_BYTES] = {0};
        if (sqlite3_column_bytes(s, 1) == SHA256_BYTES) memcpy(hash, sqlite3_column_blob(s, 1), SHA256_BYTES);
        st = event_read(a, c->flow, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0), &e, err);
        if (st == ST_OK) st = visit(self, &e, hash, err);
        arena_reset(a);
    }
    if (code != SQLITE_OK) st = journal_trouble(j, "reading events", err);
    sqlite3_finalize(s);
    arena_free(a);
    case_free(c);
    return st;
}

/* ---- cases by a filter ---------------------------------------------------------------- */

static void where_moment(Buf *sql, const char *column, Instant from, Instant to, bool with_running)
{
    if (!from && !to) return;
    buf_printf(sql, " AND ((%s >= %lld AND %s < %lld)%s)", column, (long long)from, column, (long long)(to ? to : INSTANT_NEVER),
               with_running ? " OR ended IS NULL" : "");
}

Status journal_cases(Journal *j, const CaseFilter *f, bool snapshots, CaseVisit *visit, void *self, Error *err)
{
    Buf sql = {0};
    sqlite3_stmt *s = NULL;
    buf_printf(&sql, "SELECT id, process, key, outcome, status, late, started, ended, incidents%s FROM cases WHERE (?1 IS NULL OR process = ?1)"
                     " AND (?2 IS NULL OR key = ?2)", snapshots ? ", flow, snapshot" : "");
    if (f->process) {                      /* the index on the process is the better way then */
        buf_clear(&sql);
        buf_printf(&sql, "SELECT id, process, key, outcome, status, late, started, ended, incidents%s FROM cases WHERE process = ?1%s",
                   snapshots ? ", flow, snapshot" : "", f->key ? " AND key IS NOT NULL AND key = ?2" : "");
    }
    if (f->status) buf_printf(&sql, " AND status = %u", f->status);
    if (f->incidents) buf_puts(&sql, " AND incidents > 0");
    where_moment(&sql, "ended", f->ended_from, f->ended_to, f->with_running);
    where_moment(&sql, "started", f->started_from, f->started_to, false);
    buf_puts(&sql, " ORDER BY id");
    Status st = ST_OK;
    int code = sqlite3_prepare_v2(j->db, buf_text(&sql), -1, &s, NULL);
    buf_free(&sql);
    if (code != SQLITE_OK) return journal_trouble(j, "reading cases", err);
    bind_text(s, 1, f->process);
    bind_text(s, 2, f->key);
    while (st == ST_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        Case *c = NULL;
        CaseRow row = {.id = (uint64_t)sqlite3_column_int64(s, 0), .process = column_text(s, 1), .key = column_text(s, 2),
                       .outcome = column_text(s, 3), .status = (uint8_t)sqlite3_column_int(s, 4), .late = sqlite3_column_int(s, 5) != 0,
                       .started = sqlite3_column_int64(s, 6), .ended = column_moment(s, 7), .incidents = (uint32_t)sqlite3_column_int64(s, 8)};
        if (snapshots) st = case_from(j, s, 9, row.id, &c, err);
        if (st == ST_OK) st = visit(self, &row, c, err);
        case_free(c);
    }
    if (st == ST_OK && code != SQLITE_DONE) st = journal_trouble(j, "reading cases", err);
    sqlite3_finalize(s);
    return st;
}

/* ---- work ----------------------------------------------------------------------------------- */

Status journal_work(Journal *j, const WorkFilter *f, WorkVisit *visit, void *self, Error *err)
{
    Buf sql = {0};
    sqlite3_stmt *s = NULL;
    buf_puts(&sql, "SELECT number, case_id, act, state, process, key, step, event, since, due, deadline FROM work WHERE 1");
    if (f->state) buf_printf(&sql, " AND state = %u", f->state);
    if (f->case_id) buf_printf(&sql, " AND shard = %u AND case_id = %llu", shard_of_case(f->case_id), (unsigned long long)f->case_id);
    if (f->number) buf_printf(&sql, " AND number IS NOT NULL AND number = %llu", (unsigned long long)f->number);
    if (f->event) buf_puts(&sql, " AND event IS NOT NULL AND event = ?1");
    if (f->fresh) buf_puts(&sql, " AND fresh = 1");
    if (f->due) buf_printf(&sql, " AND due IS NOT NULL AND due <= %lld", (long long)f->due);
    buf_puts(&sql, f->due ? " ORDER BY due, case_id, act" : f->state == ACT_OFFERED ? " ORDER BY number" : " ORDER BY case_id, act");
    if (f->limit) buf_printf(&sql, " LIMIT %u", f->limit);
    int code = sqlite3_prepare_v2(j->db, buf_text(&sql), -1, &s, NULL);
    buf_free(&sql);
    if (code != SQLITE_OK) return journal_trouble(j, "reading what is open", err);
    if (f->event) bind_text(s, 1, f->event);
    Status st = ST_OK;
    while (st == ST_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        WorkRow row = {.number = (uint64_t)sqlite3_column_int64(s, 0), .case_id = (uint64_t)sqlite3_column_int64(s, 1),
                       .act = (uint32_t)sqlite3_column_int64(s, 2), .state = (uint8_t)sqlite3_column_int(s, 3), .process = column_text(s, 4),
                       .key = column_text(s, 5), .step = column_text(s, 6), .event = column_text(s, 7), .since = sqlite3_column_int64(s, 8),
                       .due = column_moment(s, 9), .deadline = column_moment(s, 10)};
        st = visit(self, &row, err);
    }
    if (st == ST_OK && code != SQLITE_DONE) st = journal_trouble(j, "reading what is open", err);
    sqlite3_finalize(s);
    return st;
}

static Status one_moment(Journal *j, int which, Instant *out, Error *err)
{
    sqlite3_stmt *s = journal_sql(j, which);
    if (!s || sqlite3_step(s) != SQLITE_ROW) return journal_trouble(j, "reading what is due", err);
    *out = column_moment(s, 0);
    sqlite3_reset(s);
    return ST_OK;
}

Status journal_next_due(Journal *j, Instant *out, Error *err)
{
    Instant deadline;
    Status st = one_moment(j, SQL_NEXT_DUE, out, err);
    if (st == ST_OK) st = one_moment(j, SQL_NEXT_DEADLINE, &deadline, err);
    if (st == ST_OK && deadline < *out) *out = deadline;
    return st;
}

Status journal_due(Journal *j, Instant at, uint32_t limit, Arena *a, uint64_t **ids, Instant **dues, uint32_t *n, Error *err)
{
    struct { VEC(uint64_t) ids; VEC(Instant) dues; } found = {0};
    sqlite3_stmt *s = journal_sql(j, SQL_DUE);
    int code = SQLITE_ROW;
    if (!s) return journal_trouble(j, "reading what is due", err);
    sqlite3_bind_int64(s, 1, at);
    sqlite3_bind_int64(s, 2, limit ? (int64_t)limit : -1);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        uint64_t id = (uint64_t)sqlite3_column_int64(s, 0);
        bool known = false;
        for (uint32_t i = 0; i < found.ids.n && !known && found.ids.n < 1000; i++) known = found.ids.items[i] == id;
        if (known) continue;
        *VEC_PUSH(a, &found.ids) = id;
        *VEC_PUSH(a, &found.dues) = sqlite3_column_int64(s, 1);
    }
    sqlite3_reset(s);
    *ids = found.ids.items, *dues = found.dues.items, *n = found.ids.n;
    return code == SQLITE_DONE ? ST_OK : journal_trouble(j, "reading what is due", err);
}

Status journal_todo(Journal *j, Arena *a, uint64_t **ids, uint32_t *n, Error *err)
{
    struct { VEC(uint64_t) ids; } found = {0};
    sqlite3_stmt *s = journal_sql(j, SQL_TODO);
    int code = SQLITE_ERROR;
    while (s && (code = sqlite3_step(s)) == SQLITE_ROW) *VEC_PUSH(a, &found.ids) = (uint64_t)sqlite3_column_int64(s, 0);
    if (s) sqlite3_reset(s);
    *ids = found.ids.items, *n = found.ids.n;
    return code == SQLITE_DONE ? ST_OK : journal_trouble(j, "reading what is under way", err);
}

Status journal_claim(Journal *j, uint64_t case_id, uint32_t act, Claim *out, Error *err)
{
    sqlite3_stmt *s = journal_sql(j, SQL_CLAIM_GET);
    if (!s) return journal_trouble(j, "reading a claim", err);
    sqlite3_bind_int64(s, 1, shard_of_case(case_id));
    sqlite3_bind_int64(s, 2, (int64_t)case_id);
    sqlite3_bind_int64(s, 3, act);
    Status st = ST_NOTFOUND;
    if (sqlite3_step(s) == SQLITE_ROW) {
        *out = (Claim){.act = act, .attempt = (uint32_t)sqlite3_column_int64(s, 0), .pid = sqlite3_column_int64(s, 1),
                       .pid_start = (uint64_t)sqlite3_column_int64(s, 2)};
        const char *boot = column_text(s, 3);
        strncpy(out->boot, boot ? boot : "", sizeof out->boot - 1);
        st = ST_OK;
    }
    sqlite3_reset(s);
    return st == ST_OK ? st : fail(err, ST_NOTFOUND, "no claim");
}

/* ---- messages ------------------------------------------------------------------------------- */

static Status read_message(sqlite3_stmt *s, Arena *a, Message *m, Error *err)
{
    Json *data;
    const char *json = column_text(s, 11), *text = column_text(s, 10), *name = column_text(s, 2);
    *m = (Message){.id = (uint64_t)sqlite3_column_int64(s, 0), .kind = (uint8_t)sqlite3_column_int(s, 1), .name = arena_dup(a, name ? name : ""),
                   .at = sqlite3_column_int64(s, 3), .from_case = (uint64_t)sqlite3_column_int64(s, 4), .from_seq = (uint32_t)sqlite3_column_int64(s, 5),
                   .from_act = (uint32_t)sqlite3_column_int64(s, 6), .to_case = (uint64_t)sqlite3_column_int64(s, 7),
                   .to_act = (uint32_t)sqlite3_column_int64(s, 8), .ok = sqlite3_column_int(s, 9) != 0, .text = text ? arena_dup(a, text) : NULL};
    Status st = json_parse(a, json ? json : "", json ? strlen(json) : 0, &data, err);
    if (st != ST_OK || data->type != JSON_OBJECT) return fail(err, ST_CONFIG, "a stored message is damaged: run `ops verify`");
    Datum *values = ARENA_ARRAY(a, Datum, data->len);
    for (const Json *v = data->child; v && st == ST_OK; v = v->next) {
        values[m->values_n].name = v->name;
        st = value_from_json(a, v, &values[m->values_n++].value, err);
    }
    m->values = values;
    return st;
}

Status journal_messages(Journal *j, const char *event, Instant since, uint32_t limit, MessageVisit *visit, void *self, Error *err)
{
    struct { VEC(Message) items; } all = {0};
    Arena *a = arena_new();
    sqlite3_stmt *s = journal_sql(j, event ? SQL_MESSAGES_OF : SQL_MESSAGES);
    Status st = s ? ST_OK : journal_trouble(j, "reading messages", err);
    if (s && event) {
        bind_text(s, 1, event);
        sqlite3_bind_int64(s, 2, since);
    }
    if (s) sqlite3_bind_int64(s, event ? 3 : 1, limit ? (int64_t)limit : -1);
    while (st == ST_OK && sqlite3_step(s) == SQLITE_ROW) st = read_message(s, a, VEC_PUSH(a, &all.items), err);
    if (s) sqlite3_reset(s);
    for (uint32_t i = 0; i < all.items.n && st == ST_OK; i++) st = visit(self, &all.items.items[i], err);
    arena_free(a);
    return st;
}

/* ---- rows, schedules, notes -------------------------------------------------------------------- */

Status journal_taken(Journal *j, const char *process, const char *key, uint64_t content, bool *known, bool *same, Error *err)
{
    sqlite3_stmt *s = journal_sql(j, SQL_TAKEN_GET);
    if (!s) return journal_trouble(j, "looking for a row", err);
    sqlite3_bind_int64(s, 1, shard_of_text(key));
    bind_text(s, 2, process);
    bind_text(s, 3, key);
    *known = sqlite3_step(s) == SQLITE_ROW;
    *same = *known && (uint64_t)sqlite3_column_int64(s, 0) == content;
    sqlite3_reset(s);
    return ST_OK;
}

Status journal_rejected(Journal *j, const char *process, RejectedVisit *visit, void *self, Error *err)
{
    sqlite3_stmt *s = journal_sql(j, SQL_REJECTED);
    Status st = s ? ST_OK : journal_trouble(j, "reading rejected rows", err);
    if (s) bind_text(s, 1, process);
    while (st == ST_OK && sqlite3_step(s) == SQLITE_ROW) {
        RejectedRow r = {.process = column_text(s, 0), .file = column_text(s, 1), .line = (uint32_t)sqlite3_column_int64(s, 2), .key = column_text(s, 3),
                         .content = (uint64_t)sqlite3_column_int64(s, 4), .header = column_text(s, 5), .raw = column_text(s, 6),
                         .problem = column_text(s, 7), .at = sqlite3_column_int64(s, 8)};
        st = visit(self, &r, err);
    }
    if (s) sqlite3_reset(s);
    return st;
}

Status journal_last_run(Journal *j, const char *schedule, Instant *at, Error *err)
{
    sqlite3_stmt *s = journal_sql(j, SQL_SCHEDULE_GET);
    if (!s) return journal_trouble(j, "reading a schedule", err);
    sqlite3_bind_int64(s, 1, shard_of_text(schedule));
    bind_text(s, 2, schedule);
    *at = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : INT64_MIN;
    sqlite3_reset(s);
    return ST_OK;
}

Status journal_noted(Journal *j, Arena *a, const char *key, const char **value, Error *err)
{
    sqlite3_stmt *s = journal_sql(j, SQL_NOTE_GET);
    if (!s) return journal_trouble(j, "reading a note", err);
    sqlite3_bind_int64(s, 1, shard_of_text(key));
    bind_text(s, 2, key);
    *value = sqlite3_step(s) == SQLITE_ROW ? arena_dup(a, column_text(s, 0)) : NULL;
    sqlite3_reset(s);
    return ST_OK;
}
