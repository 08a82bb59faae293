/* journal_commit.c -- writing: advances, messages, rows, notes.
 *
 * What could be a conflict is asked first, so an advance that lost a race
 * leaves no trace; whatever fails after that fails the whole transaction.
 */
#include "runtime/journal_private.h"

#include "base/json.h"

#include <string.h>

/* ---- conflicts --------------------------------------------------------------------- */

static bool any_row(sqlite3_stmt *s)
{
    bool found = s && sqlite3_step(s) == SQLITE_ROW;
    if (s) sqlite3_reset(s);
    return found;
}

static bool cause_known(Journal *j, const char *cause)
{
    sqlite3_stmt *s = journal_sql(j, SQL_CAUSE_KNOWN);
    bind_text(s, 1, cause);
    return any_row(s);
}

static bool row_known(Journal *j, const TakenRow *t)
{
    sqlite3_stmt *s = journal_sql(j, SQL_TAKEN_GET);
    sqlite3_bind_int64(s, 1, shard_of_text(t->key));
    bind_text(s, 2, t->process);
    bind_text(s, 3, t->key);
    return any_row(s);
}

static bool ran_already(Journal *j, const Advance *a)
{
    sqlite3_stmt *s = journal_sql(j, SQL_SCHEDULE_GET);
    sqlite3_bind_int64(s, 1, shard_of_text(a->schedule));
    bind_text(s, 2, a->schedule);
    bool later = s && sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int64(s, 0) >= a->ran;
    if (s) sqlite3_reset(s);
    return later;
}

/* ---- a case's row -------------------------------------------------------------------- */

static uint32_t open_incidents(const Case *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->acts.n; i++) n += c->acts.items[i].state == ACT_INCIDENT;
    return n;
}

static bool has_todo(const Case *c)
{
    for (uint32_t i = 0; i < c->acts.n; i++)
        if (c->acts.items[i].state == ACT_READY || c->acts.items[i].state == ACT_RUNNING) return true;
    return false;
}

static void snapshot(Journal *j, const Case *c)
{
    buf_clear(&j->buf);
    case_write(&j->buf, c);
}

static bool add_case(Journal *j, const Case *c, const char *cause)
{
    sqlite3_stmt *s = journal_sql(j, SQL_CASE_ADD);
    if (!s) return false;
    snapshot(j, c);
    sqlite3_bind_int64(s, 1, shard_of_case(c->id));
    sqlite3_bind_int64(s, 2, (int64_t)c->id);
    bind_text(s, 3, c->process);
    bind_text(s, 4, c->key);
    sqlite3_bind_int(s, 5, c->status);
    bind_text(s, 6, c->outcome);
    sqlite3_bind_int64(s, 7, c->started);
    bind_moment(s, 8, c->ended);
    sqlite3_bind_int(s, 9, c->late);
    sqlite3_bind_int64(s, 10, open_incidents(c));
    bind_moment(s, 11, c->deadline);
    sqlite3_bind_int(s, 12, has_todo(c));
    sqlite3_bind_int64(s, 13, c->seq);
    sqlite3_bind_blob(s, 14, c->flow->hash, SHA256_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob(s, 15, j->buf.p, (int)j->buf.n, SQLITE_STATIC);
    bind_text(s, 16, cause);
    return journal_do(s);
}

/* False also when the case is no longer as it was: then no row was changed. */
static bool set_case(Journal *j, const Case *c, uint32_t seq_before)
{
    sqlite3_stmt *s = journal_sql(j, SQL_CASE_SET);
    if (!s) return false;
    snapshot(j, c);
    sqlite3_bind_int64(s, 1, shard_of_case(c->id));
    sqlite3_bind_int64(s, 2, (int64_t)c->id);
    sqlite3_bind_int(s, 3, c->status);
    bind_text(s, 4, c->outcome);
    bind_moment(s, 5, c->ended);
    sqlite3_bind_int(s, 6, c->late);
    sqlite3_bind_int64(s, 7, open_incidents(c));
    bind_moment(s, 8, c->deadline);
    sqlite3_bind_int(s, 9, has_todo(c));
    sqlite3_bind_int64(s, 10, c->seq);
    sqlite3_bind_blob(s, 11, j->buf.p, (int)j->buf.n, SQLITE_STATIC);
    sqlite3_bind_int64(s, 12, seq_before);
    return journal_do(s);
}

/* ---- events --------------------------------------------------------------------------- */

static Head *head_of(Journal *j, uint32_t shard)
{
    Head *h = &j->heads[shard];
    if (h->known) return h;
    sqlite3_stmt *s = journal_sql(j, SQL_HEAD);
    *h = (Head){.known = true};
    if (!s) return h;
    sqlite3_bind_int64(s, 1, shard);
    if (sqlite3_step(s) == SQLITE_ROW) {
        h->pos = sqlite3_column_int64(s, 0);
        if (sqlite3_column_bytes(s, 1) == SHA256_BYTES) memcpy(h->hash, sqlite3_column_blob(s, 1), SHA256_BYTES);
    }
    sqlite3_reset(s);
    return h;
}

static bool add_event(Journal *j, const Event *e, const IrFlow *flow)
{
    uint32_t shard = shard_of_case(e->case_id);
    Head *h = head_of(j, shard);
    sqlite3_stmt *s = journal_sql(j, SQL_EVENT_ADD);
    if (!s) return false;
    buf_clear(&j->buf);
    event_write(&j->buf, e, flow);
    sha256_two(h->hash, SHA256_BYTES, j->buf.p, j->buf.n, h->hash);
    h->pos++;
    sqlite3_bind_int64(s, 1, shard);
    sqlite3_bind_int64(s, 2, h->pos);
    sqlite3_bind_int64(s, 3, (int64_t)e->case_id);
    sqlite3_bind_int64(s, 4, e->seq);
    sqlite3_bind_int64(s, 5, e->at);
    sqlite3_bind_int64(s, 6, e->recorded);
    sqlite3_bind_int(s, 7, e->kind);
    sqlite3_bind_blob(s, 8, j->buf.p, (int)j->buf.n, SQLITE_STATIC);
    sqlite3_bind_blob(s, 9, h->hash, SHA256_BYTES, SQLITE_STATIC);
    return journal_do(s);
}

/* ---- rows of work ----------------------------------------------------------------------- */

static bool drop_row(Journal *j, int which, uint64_t case_id, uint32_t act)
{
    sqlite3_stmt *s = journal_sql(j, which);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, shard_of_case(case_id));
    sqlite3_bind_int64(s, 2, (int64_t)case_id);
    sqlite3_bind_int64(s, 3, act);
    return journal_do(s);
}

/* A task keeps the number by which people know it. */
static uint64_t task_number(Journal *j, const Case *c, const Act *a)
{
    sqlite3_stmt *s = journal_sql(j, SQL_WORK_NUMBER);
    uint64_t number = 0;
    if (a->state != ACT_OFFERED || !s) return 0;
    sqlite3_bind_int64(s, 1, shard_of_case(c->id));
    sqlite3_bind_int64(s, 2, (int64_t)c->id);
    sqlite3_bind_int64(s, 3, a->id);
    if (sqlite3_step(s) == SQLITE_ROW) number = (uint64_t)sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    return number ? number : journal_count(j, "task", &j->next_task);
}

static bool set_work(Journal *j, const Case *c, const Act *a)
{
    uint64_t number = task_number(j, c, a);
    sqlite3_stmt *s = journal_sql(j, SQL_WORK_SET);
    if (!s) return false;
    const char *event = a->state == ACT_WAITING ? a->text : NULL;
    sqlite3_bind_int64(s, 1, shard_of_case(c->id));
    sqlite3_bind_int64(s, 2, (int64_t)c->id);
    sqlite3_bind_int64(s, 3, a->id);
    if (number) sqlite3_bind_int64(s, 4, (int64_t)number);
    else sqlite3_bind_null(s, 4);
    sqlite3_bind_int(s, 5, a->state);
    bind_text(s, 6, c->process);
    bind_text(s, 7, c->key);
    bind_text(s, 8, c->flow->nodes[a->node].name);
    bind_text(s, 9, event);
    sqlite3_bind_int64(s, 10, a->offered);
    bind_moment(s, 11, a->due);
    bind_moment(s, 12, a->deadline);
    sqlite3_bind_int(s, 13, event != NULL);
    return journal_do(s);
}

/* A row that was never there need not be dropped: acts that began and ended in this advance are not in
 * the table, nor are those that only ran inside the engine. */
static bool keep_work(Journal *j, const Advance *a)
{
    const Case *c = a->of;
    for (uint32_t i = 0; i < a->out->touched.n; i++) {
        uint32_t id = a->out->touched.items[i];
        const Act *act = case_act(c, id);
        bool waits = act && (act->state == ACT_OFFERED || act->state == ACT_PAUSED || act->state == ACT_WAITING || act->state == ACT_INCIDENT);
        if (waits ? !set_work(j, c, act) : a->seq_before && !drop_row(j, SQL_WORK_DROP, c->id, id)) return false;
        if (a->seq_before && c->flow->outside && (!act || act->state != ACT_RUNNING) && !drop_row(j, SQL_CLAIM_DROP, c->id, id)) return false;
    }
    return true;
}

static bool keep_claims(Journal *j, const Advance *a)
{
    for (uint32_t i = 0; i < a->claims_n; i++) {
        const Claim *c = &a->claims[i];
        sqlite3_stmt *s = journal_sql(j, SQL_CLAIM_SET);
        if (!s) return false;
        sqlite3_bind_int64(s, 1, shard_of_case(a->of->id));
        sqlite3_bind_int64(s, 2, (int64_t)a->of->id);
        sqlite3_bind_int64(s, 3, c->act);
        sqlite3_bind_int64(s, 4, c->attempt);
        sqlite3_bind_int64(s, 5, c->pid);
        sqlite3_bind_int64(s, 6, (int64_t)c->pid_start);
        bind_text(s, 7, c->boot);
        if (!journal_do(s)) return false;
    }
    return true;
}

/* ---- messages, rows, schedules ------------------------------------------------------------- */

static uint32_t shard_of_message(uint64_t id)
{
    return (uint32_t)(id % SHARDS);
}

static bool add_message(Journal *j, Message *m)
{
    m->id = journal_count(j, "message", &j->next_message);
    sqlite3_stmt *s = journal_sql(j, SQL_MESSAGE_ADD);
    if (!s) return false;
    buf_clear(&j->buf);
    buf_putc(&j->buf, '{');
    for (uint32_t i = 0; i < m->values_n; i++) {
        json_key(&j->buf, m->values[i].name);
        value_write(&j->buf, &m->values[i].value);
    }
    buf_putc(&j->buf, '}');
    sqlite3_bind_int64(s, 1, shard_of_message(m->id));
    sqlite3_bind_int64(s, 2, (int64_t)m->id);
    sqlite3_bind_int(s, 3, m->kind);
    bind_text(s, 4, m->name);
    sqlite3_bind_int64(s, 5, m->at);
    sqlite3_bind_int64(s, 6, (int64_t)m->from_case);
    sqlite3_bind_int64(s, 7, m->from_seq);
    sqlite3_bind_int64(s, 8, m->from_act);
    sqlite3_bind_int64(s, 9, (int64_t)m->to_case);
    sqlite3_bind_int64(s, 10, m->to_act);
    sqlite3_bind_int(s, 11, m->ok);
    bind_text(s, 12, m->text);
    sqlite3_bind_text(s, 13, j->buf.p, (int)j->buf.n, SQLITE_STATIC);
    return journal_do(s);
}

static bool take_message(Journal *j, uint64_t id, bool *was_open)
{
    sqlite3_stmt *s = journal_sql(j, SQL_MESSAGE_TAKE);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, shard_of_message(id));
    sqlite3_bind_int64(s, 2, (int64_t)id);
    bool ok = journal_do(s);
    *was_open = sqlite3_changes(j->db) == 1;
    return ok;
}

static bool add_taken(Journal *j, const TakenRow *t)
{
    sqlite3_stmt *s = journal_sql(j, SQL_TAKEN_ADD);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, shard_of_text(t->key));
    bind_text(s, 2, t->process);
    bind_text(s, 3, t->key);
    sqlite3_bind_int64(s, 4, (int64_t)t->content);
    bind_text(s, 5, t->file);
    sqlite3_bind_int64(s, 6, t->line);
    return journal_do(s);
}

static bool set_schedule(Journal *j, const char *name, Instant ran)
{
    sqlite3_stmt *s = journal_sql(j, SQL_SCHEDULE_SET);
    if (!s) return false;
    sqlite3_bind_int64(s, 1, shard_of_text(name));
    bind_text(s, 2, name);
    sqlite3_bind_int64(s, 3, ran);
    return journal_do(s);
}

/* ---- one advance ------------------------------------------------------------------------------ */

/* ST_CONFLICT before anything was written; ST_INTERNAL when SQLite refuses. */
static Status keep_advance(Journal *j, Advance *a, Instant recorded)
{
    Case *c = a->of;
    Out *out = a->out;
    bool was_open = true, fresh = a->seq_before == 0;
    if (a->cause_key && cause_known(j, a->cause_key)) return ST_CONFLICT;
    if (a->taken && row_known(j, a->taken)) return ST_CONFLICT;
    if (a->schedule && ran_already(j, a)) return ST_CONFLICT;
    if (!fresh) {
        if (!set_case(j, c, a->seq_before)) return ST_INTERNAL;
        if (sqlite3_changes(j->db) != 1) return ST_CONFLICT;
    }
    if (a->consumes && !take_message(j, a->consumes, &was_open)) return ST_INTERNAL;
    if (!was_open) return fresh ? ST_CONFLICT : ST_END;    /* a known case's row was changed: the caller takes that back */
    if (fresh) c->id = journal_count(j, "case", &j->next_case);
    if (fresh && !add_case(j, c, a->cause_key)) return ST_INTERNAL;
    for (uint32_t i = 0; i < out->events.n; i++) {
        out->events.items[i].case_id = c->id;
        out->events.items[i].recorded = recorded;
        if (!add_event(j, &out->events.items[i], c->flow)) return ST_INTERNAL;
    }
    for (uint32_t i = 0; i < out->messages.n; i++) {
        out->messages.items[i].from_case = c->id;
        if (!add_message(j, &out->messages.items[i])) return ST_INTERNAL;
    }
    if (!keep_work(j, a) || !keep_claims(j, a)) return ST_INTERNAL;
    if (a->taken && !add_taken(j, a->taken)) return ST_INTERNAL;
    if (a->schedule && !set_schedule(j, a->schedule, a->ran)) return ST_INTERNAL;
    return ST_OK;
}

/* Undoes the one row that a late conflict had changed already. */
static bool in_savepoint(Journal *j, const char *what)
{
    return sqlite3_exec(j->db, what, NULL, NULL, NULL) == SQLITE_OK;
}

Status journal_commit(Journal *j, Advance *advances, size_t n, Error *err)
{
    Status st = journal_begin(j, err);
    if (st != ST_OK) return st;
    Instant recorded = clock_real();
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        bool save = advances[i].consumes && advances[i].seq_before;
        if (save && !in_savepoint(j, "SAVEPOINT one")) st = journal_trouble(j, "recording", err);
        if (st != ST_OK) break;
        advances[i].status = keep_advance(j, &advances[i], recorded);
        if (advances[i].status == ST_INTERNAL) st = journal_trouble(j, "recording", err);
        if (advances[i].status == ST_END) {
            advances[i].status = ST_CONFLICT;
            if (!in_savepoint(j, "ROLLBACK TO one")) st = journal_trouble(j, "recording", err);
        }
        if (save && st == ST_OK && !in_savepoint(j, "RELEASE one")) st = journal_trouble(j, "recording", err);
    }
    if (st == ST_OK && !journal_keep_counters(j)) st = journal_trouble(j, "recording", err);
    return journal_end(j, st, err);
}

/* ---- smaller writes ------------------------------------------------------------------------------ */

Status journal_signal(Journal *j, Message *m, Error *err)
{
    Status st = journal_begin(j, err);
    if (st != ST_OK) return st;
    if (!add_message(j, m) || !journal_keep_counters(j)) st = journal_trouble(j, "recording an event", err);
    return journal_end(j, st, err);
}

Status journal_delivered(Journal *j, const uint64_t *messages, size_t n, Error *err)
{
    bool was_open;
    Status st = journal_begin(j, err);
    if (st != ST_OK) return st;
    for (size_t i = 0; i < n && st == ST_OK; i++)
        if (!take_message(j, messages[i], &was_open)) st = journal_trouble(j, "marking an event", err);
    return journal_end(j, st, err);
}

Status journal_wait_caught_up(Journal *j, uint64_t case_id, uint32_t act, Error *err)
{
    Status st = journal_begin(j, err);
    if (st != ST_OK) return st;
    if (!drop_row(j, SQL_WORK_CAUGHT_UP, case_id, act)) st = journal_trouble(j, "marking a wait", err);
    return journal_end(j, st, err);
}

static bool flow_known(const Journal *j, const uint8_t hash[SHA256_BYTES])
{
    for (const KnownFlow *k = j->flows; k; k = k->next)
        if (memcmp(k->hash, hash, SHA256_BYTES) == 0) return true;
    return false;
}

Status journal_keep_flow(Journal *j, const IrFlow *flow, Error *err)
{
    if (flow_known(j, flow->hash)) return ST_OK;
    Status st = journal_begin(j, err);
    if (st != ST_OK) return st;
    sqlite3_stmt *s = journal_sql(j, SQL_FLOW_ADD);
    buf_clear(&j->buf);
    ir_write_flow(&j->buf, flow, true);
    sqlite3_bind_blob(s, 1, flow->hash, SHA256_BYTES, SQLITE_STATIC);
    bind_text(s, 2, flow->process);
    sqlite3_bind_blob(s, 3, j->buf.p, (int)j->buf.n, SQLITE_STATIC);
    if (!journal_do(s)) st = journal_trouble(j, "recording a flow", err);
    st = journal_end(j, st, err);
    const IrFlow *known;
    return st == ST_OK ? journal_known_flow(j, flow->hash, &known, err) : st;
}

Status journal_reject(Journal *j, const RejectedRow *rows, size_t n, Error *err)
{
    Status st = journal_begin(j, err);
    if (st != ST_OK) return st;
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        sqlite3_stmt *s = journal_sql(j, SQL_REJECT_ADD);
        if (!s) return journal_end(j, journal_trouble(j, "setting a row aside", err), err);
        sqlite3_bind_int64(s, 1, shard_of_text(rows[i].process));
        bind_text(s, 2, rows[i].process);
        bind_text(s, 3, rows[i].key ? rows[i].key : "");
        sqlite3_bind_int64(s, 4, (int64_t)rows[i].content);
        bind_text(s, 5, rows[i].file);
        sqlite3_bind_int64(s, 6, rows[i].line);
        bind_text(s, 7, rows[i].header);
        bind_text(s, 8, rows[i].raw);
        bind_text(s, 9, rows[i].problem);
        sqlite3_bind_int64(s, 10, rows[i].at);
        if (!journal_do(s)) st = journal_trouble(j, "setting a row aside", err);
    }
    return journal_end(j, st, err);
}

Status journal_unreject(Journal *j, const char *process, const char *key, uint64_t content, Error *err)
{
    Status st = journal_begin(j, err);
    if (st != ST_OK) return st;
    sqlite3_stmt *s = journal_sql(j, SQL_REJECT_DROP);
    bind_text(s, 1, process);
    bind_text(s, 2, key);
    sqlite3_bind_int64(s, 3, (int64_t)content);
    if (!journal_do(s)) st = journal_trouble(j, "taking a row off the list", err);
    return journal_end(j, st, err);
}

Status journal_ran(Journal *j, const char *schedule, Instant at, Error *err)
{
    Status st = journal_begin(j, err);
    if (st != ST_OK) return st;
    if (!set_schedule(j, schedule, at)) st = journal_trouble(j, "recording a schedule", err);
    return journal_end(j, st, err);
}

Status journal_note(Journal *j, const char *key, const char *value, Error *err)
{
    Status st = journal_begin(j, err);
    if (st != ST_OK) return st;
    sqlite3_stmt *s = journal_sql(j, SQL_NOTE_SET);
    sqlite3_bind_int64(s, 1, shard_of_text(key));
    bind_text(s, 2, key);
    bind_text(s, 3, value);
    if (!journal_do(s)) st = journal_trouble(j, "recording a note", err);
    return journal_end(j, st, err);
}
