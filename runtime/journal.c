/* journal.c -- advances of cases, written whole or not at all.
 *
 * First everything that another process may have done meanwhile is looked at:
 * did the case move on, is the row or message taken, the cause known? Then
 * this advance is left out, and nothing of it was written yet. Else come its
 * events, each linked to the last one of its shard's chain, the case's row,
 * and the rows that follow from both. All advances of a call share one
 * transaction, so one wait for the disk.
 *
 * A snapshot is written when a case ends, and before that only when at least
 * twice as many bytes of events came after the last one as it has itself: a
 * case with a long trace would else write it whole at every step.
 *
 * Among a million cases each row, and each entry of an index, lies in a page
 * of its own: one that would say the same as before is left alone.
 */
#include "runtime/journal_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- was another first? ------------------------------------------------------------ */

typedef struct Before { CaseColumns columns; bool conflict, turn_lost, taken; } Before;

static Status case_before(Journal *j, const Advance *a, Before *b, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_CASE_STATE, BINDS(KEY_OF_CASE(a->of->id)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    if (st == ST_OK) {
        b->conflict = sqlite3_column_int64(s, 0) != a->seq_before;
        b->columns = (CaseColumns){.status = (uint8_t)sqlite3_column_int(s, 1),
                                   .incidents = (uint32_t)sqlite3_column_int64(s, 2),
                                   .todo = sqlite3_column_int(s, 3) != 0,
                                   .deadline = col_instant(s, 4),
                                   .late = sqlite3_column_int(s, 5) != 0};
    }
    sql_close(j, SQL_CASE_STATE, s);
    if (st != ST_END) return st;
    b->conflict = true;
    return ST_OK;
}

/* Sets *conflict where the statement finds a row (there) or finds none (!there). */
static Status conflict_if(Journal *j, bool there, SqlId id, const Bind *binds, size_t n, bool *conflict,
                          Error *err)
{
    int64_t ignored;
    Status st = sql_int(j, id, binds, n, 0, &ignored, err);
    if (st != ST_OK && st != ST_END) return st;
    *conflict |= (st == ST_OK) == there;
    return ST_OK;
}

static Status schedule_before(Journal *j, const Advance *a, bool *conflict, Error *err)
{
    int64_t ran = INT64_MIN;
    Status st = sql_int(j, SQL_RAN, BINDS(KEY_OF_TEXT(a->schedule)), INT64_MIN, &ran, err);
    if (st == ST_OK) *conflict |= ran >= a->ran;
    return st == ST_END ? ST_OK : st;
}

/* Has another case become the only open one meanwhile? */
static Status one_before(Journal *j, const Advance *a, bool *conflict, Error *err)
{
    Arena *arena = arena_new();
    const char *now;
    Status st = journal_noted(j, arena, a->one, &now, err);
    if (st == ST_OK) *conflict |= strcmp(now ? now : "", a->one_before ? a->one_before : "") != 0;
    arena_free(arena);
    return st;
}

/* Has another process let one of these commands loose already? */
static Status claims_before(Journal *j, const Advance *a, bool *conflict, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < a->claims_n && st == ST_OK; i++)
        st = conflict_if(j, true, SQL_CLAIMED,
                         BINDS(KEY_OF_CASE(a->of->id), bind_int(a->claims[i].act), bind_int(a->claims[i].attempt)),
                         conflict, err);
    return st;
}

/* Has another case got the last place of a lock that this one was to get? */
static Status locks_before(Journal *j, const Advance *a, bool *conflict, Error *err)
{
    const Case *c = a->of;
    Status st = ST_OK;
    for (uint32_t i = 0; i < a->out->events.n && st == ST_OK; i++) {
        const Event *e = &a->out->events.items[i];
        int64_t held = 0;
        if (e->kind != EV_LOCKED) continue;
        st = sql_int(j, SQL_LOCK_HELD, BINDS(bind_text(e->text)), 0, &held, err);
        *conflict |= held >= (int64_t)c->flow->nodes[e->node].b;
    }
    return st;
}

/* Has another case taken one of these turns meanwhile? */
static Status turns_before(Journal *j, const Advance *a, bool *conflict, Error *err)
{
    Arena *arena = a->out->turns.n ? arena_new() : NULL;
    Status st = ST_OK;
    for (uint32_t i = 0; i < a->out->turns.n && st == ST_OK; i++) {
        const TurnTaken *t = &a->out->turns.items[i];
        const char *now;
        st = journal_noted(j, arena, t->key, &now, err);
        if (st == ST_OK) *conflict |= strcmp(now ? now : "", t->before ? t->before : "") != 0;
    }
    arena_free(arena);
    return st;
}

static Status keep_turns(Journal *j, const Advance *a, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < a->out->turns.n && st == ST_OK; i++) {
        const TurnTaken *t = &a->out->turns.items[i];
        st = note_keep(j, t->key, t->after, err);
    }
    return st;
}

static Status look(Journal *j, const Advance *a, Before *b, Error *err)
{
    Status st = a->seq_before ? case_before(j, a, b, err) : ST_OK;
    if (st == ST_OK && a->seq_before && a->claims_n) st = claims_before(j, a, &b->conflict, err);
    if (st == ST_OK && a->cause_key)
        st = conflict_if(j, true, SQL_CAUSE, BINDS(KEY_OF_TEXT(a->cause_key)), &b->conflict, err);
    if (st == ST_OK && a->taken)
        st = conflict_if(j, true, SQL_TAKEN,
                         BINDS(bind_int(shard_of_text(a->taken->key)), bind_text(a->taken->process),
                               bind_text(a->taken->key)),
                         &b->conflict, err);
    if (st == ST_OK && a->schedule) st = schedule_before(j, a, &b->conflict, err);
    if (st == ST_OK && a->one) st = one_before(j, a, &b->conflict, err);
    if (st == ST_OK) st = locks_before(j, a, &b->conflict, err);
    if (st == ST_OK && a->consumes)
        st = conflict_if(j, false, SQL_MESSAGE_OPEN, BINDS(bind_id(a->consumes)), &b->taken, err);
    if (st == ST_OK && !b->conflict) st = turns_before(j, a, &b->turn_lost, err);
    b->conflict |= b->turn_lost;
    return st;
}

/* ---- events --------------------------------------------------------------------------- */

/* The first event of a case tells what began it, and NOTED what was noted instead: what keeps that from beginning
 * another is more than a row. */
static Event with_origin(const Advance *a, const Event *first)
{
    const TakenRow *t = a->taken;
    Arena *arena = a->out->arena;
    Datum *values = ARENA_ARRAY(arena, Datum, first->values_n + 2);
    Event e = *first;
    if (e.values_n) memcpy(values, e.values, e.values_n * sizeof *values);
    e.values = values;
    if (a->cause_key) values[e.values_n++] = (Datum){ORIGIN_CAUSE, value_text(a->cause_key)};
    if (t) {
        Value *row = ARENA_ARRAY(arena, Value, ROW_PARTS);
        row[ROW_KEY] = value_text(t->key);
        row[ROW_CONTENT] = value_text(arena_printf(arena, "%016" PRIx64, t->content));
        row[ROW_FILE] = value_text(t->file ? t->file : "");
        row[ROW_LINE] = value_text(arena_printf(arena, "%" PRIu32, t->line));
        values[e.values_n++] = (Datum){ORIGIN_ROW, value_list(row, ROW_PARTS)};
    }
    return e;
}

static Status keep_events(Journal *j, const Advance *a, Instant recorded, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < a->out->events.n && st == ST_OK; i++) {
        Event *e = &a->out->events.items[i];
        size_t n = 0;
        assert(e->seq == a->seq_before + 1 + i);
        e->case_id = a->of->id;
        e->recorded = recorded;
        Event kept = i == 0 && (a->cause_key || a->taken) ? with_origin(a, e) : *e;
        st = event_keep(j, &kept, a->of->flow, &n, err);
        a->of->since += n;
    }
    return st;
}

/* ---- the case --------------------------------------------------------------------------- */

static Status flow_is_kept(Journal *j, const IrFlow *f, bool *kept, Error *err)
{
    int64_t there;
    *kept = true;
    for (uint32_t i = 0; i < j->flows.n; i++)
        if (memcmp(j->flows.items[i].hash, ir_flow_hash(f), SHA256_BYTES) == 0) return ST_OK;
    Status st = sql_int(j, SQL_FLOW_THERE, BINDS(KEY_OF_HASH(ir_flow_hash(f))), 0, &there, err);
    *kept = st == ST_OK;
    return st == ST_END ? ST_OK : st;
}

static void remember_flow(Journal *j, const IrFlow *f)
{
    KnownFlow *known = VEC_PUSH(j->arena, &j->flows);
    memcpy(known->hash, ir_flow_hash(f), SHA256_BYTES);
}

/* There is room for twice its size in events until the next one. now: whatever room there is. */
static Status keep_snapshot(Journal *j, Case *c, bool now, Error *err)
{
    size_t room = c->kept * 2 > FIRST_ROOM ? c->kept * 2 : FIRST_ROOM;
    if (c->status == CASE_RUNNING && c->since < room && !now) return ST_OK;
    buf_clear(&j->bytes);
    case_write(&j->bytes, c);
    c->kept = j->bytes.n, c->since = 0;
    return sql_run(j, SQL_SNAPSHOT_SET,
                   BINDS(KEY_OF_CASE(c->id), bind_int(c->seq), bind_text_n(j->bytes.p, j->bytes.n)), err);
}

/* A case that was moved is read from its snapshot on, so that nobody has to look for the flow before. */
static bool is_moved(const Advance *a)
{
    return a->seq_before && a->out->events.n && a->out->events.items[0].kind == EV_MIGRATED;
}

static Status keep_flow_of(Journal *j, const Case *c, Error *err)
{
    bool kept;
    Status st = flow_is_kept(j, c->flow, &kept, err);
    if (st != ST_OK) return st;
    if (!kept) return fail(err, ST_INTERNAL, "a case of %s was to be moved before its flow was kept", c->process);
    return sql_run(j, SQL_CASE_MOVE, BINDS(KEY_OF_CASE(c->id), bind_blob(ir_flow_hash(c->flow), SHA256_BYTES)), err);
}

static Status add_case(Journal *j, const Case *c, const CaseColumns *k, Error *err)
{
    bool kept;
    Status st = flow_is_kept(j, c->flow, &kept, err);
    if (st != ST_OK) return st;
    if (!kept) return fail(err, ST_INTERNAL, "a case of %s was to be recorded before its flow", c->process);
    return sql_run(j, SQL_CASE_ADD,
                   BINDS(KEY_OF_CASE(c->id), bind_text(c->process), bind_text(c->key),
                         bind_blob(ir_flow_hash(c->flow), SHA256_BYTES), bind_int(k->status), bind_int(c->seq),
                         bind_int(k->started), bind_instant(k->ended), bind_instant(k->deadline),
                         bind_int(k->late), bind_int(k->incidents), bind_int(k->todo), bind_text(c->outcome)),
                   err);
}

/* The row of one that has ended says how many events it has: the archive goes by that. */
static bool goes_on(const CaseColumns *was, const CaseColumns *is)
{
    return is->status == CASE_RUNNING && was->status == CASE_RUNNING && is->late == was->late &&
           is->incidents == was->incidents && is->todo == was->todo && is->deadline == was->deadline;
}

static Status keep_case(Journal *j, const Advance *a, const Before *b, Error *err)
{
    Case *c = a->of;
    CaseColumns k = columns_of(c);
    Status st = keep_snapshot(j, c, is_moved(a), err);
    if (st == ST_OK && is_moved(a)) st = keep_flow_of(j, c, err);
    if (st != ST_OK || !a->seq_before) return st == ST_OK ? add_case(j, c, &k, err) : st;
    if (goes_on(&b->columns, &k)) return ST_OK;
    return sql_run(j, SQL_CASE_CHANGE,
                   BINDS(KEY_OF_CASE(c->id), bind_int(c->seq), bind_int(k.late), bind_int(k.status),
                         bind_instant(k.ended), bind_instant(k.deadline), bind_int(k.incidents), bind_int(k.todo),
                         bind_text(c->outcome)),
                   err);
}

/* ---- work ---------------------------------------------------------------------------------- */

static Status add_work(Journal *j, int64_t shard, const WorkRow *w, int64_t number, Error *err)
{
    return sql_run(j, SQL_WORK_ADD,
                   BINDS(bind_int(shard), bind_id(w->case_id), bind_int(w->act),
                         number ? bind_int(number) : (Bind){0}, bind_int(w->state), bind_text(w->process),
                         bind_text(w->key), bind_text(w->step), bind_text(w->event), bind_int(w->since),
                         bind_instant(w->deadline), bind_int(w->event != NULL),
                         bind_text(w->lock)),
                   err);
}

typedef struct OldWork { int64_t number, fresh; bool same; } OldWork;   /* same: but for its moments */

static bool is_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* A row that stays keeps its number, and a wait that goes on has still heard what it heard. */
static Status old_work(Journal *j, int64_t shard, const WorkRow *w, OldWork *old, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_WORK_STATE, BINDS(bind_int(shard), bind_id(w->case_id), bind_int(w->act)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    if (st == ST_OK) {
        bool same_event = is_text(col_text(s, 1), w->event);
        *old = (OldWork){.number = sqlite3_column_int64(s, 0),
                         .fresh = same_event ? sqlite3_column_int64(s, 2) : w->event != NULL,
                         .same = same_event && sqlite3_column_int64(s, 3) == w->state &&
                                 strcmp(col_name(s, 4), w->step) == 0};
    }
    sql_close(j, SQL_WORK_STATE, s);
    if (st == ST_END)
        return sql_damaged(j, err, "the open work of case %llu is not listed. Run `ops verify`",
                           (unsigned long long)w->case_id);
    return st;
}

/* Setting an indexed column costs its index even where the value stays, so that is told apart. */
static Status change_work(Journal *j, int64_t shard, const WorkRow *w, Error *err)
{
    OldWork old = {0};
    Status st = old_work(j, shard, w, &old, err);
    if (st != ST_OK) return st;
    if (old.same)
        return sql_run(j, SQL_WORK_GO_ON,
                       BINDS(bind_int(shard), bind_id(w->case_id), bind_int(w->act), bind_int(w->since),
                             bind_instant(w->deadline)),
                       err);
    if (!old.number && w->state == ACT_OFFERED) old.number = ++j->counters[COUNTER_TASK];
    return sql_run(j, SQL_WORK_CHANGE,
                   BINDS(bind_int(shard), bind_id(w->case_id), bind_int(w->act),
                         old.number ? bind_int(old.number) : (Bind){0}, bind_int(w->state), bind_text(w->step),
                         bind_text(w->event), bind_int(w->since), bind_instant(w->deadline), bind_int(old.fresh)),
                   err);
}

static Status keep_due(Journal *j, int64_t shard, uint64_t id, const Touched *t, Instant due, Error *err)
{
    Instant was = act_listed(t->was, t->lock) ? t->due : INSTANT_NEVER;
    Status st = ST_OK;
    if (was == due) return ST_OK;
    if (was != INSTANT_NEVER) st = sql_run(j, SQL_DUE_DROP, BINDS(bind_int(was), bind_id(id), bind_int(t->act)), err);
    if (st == ST_OK && due != INSTANT_NEVER)
        st = sql_run(j, SQL_DUE_ADD, BINDS(bind_int(due), bind_id(id), bind_int(t->act), bind_int(shard)), err);
    return st;
}

/* Would its row say the same? A reminder, say, only moves when it is due. */
static bool says_the_same(const Touched *t, const Act *a)
{
    return t->was == a->state && t->offered == a->offered && t->deadline == a->deadline && is_text(t->text, a->text);
}

/* moved: by another version of its process, which may call its steps otherwise. */
static Status keep_act(Journal *j, int64_t shard, const Case *c, const Touched *t, bool moved, Error *err)
{
    const Act *act = case_act(c, t->act);
    bool had = act_listed(t->was, t->lock);
    Instant due = INSTANT_NEVER;
    Status st = ST_OK;
    WorkRow w;
    if (!work_of(c, act, &w, &due)) {
        if (had) st = sql_run(j, SQL_WORK_DROP, BINDS(bind_int(shard), bind_id(c->id), bind_int(t->act)), err);
    } else if (had) {
        if (moved || !says_the_same(t, act)) st = change_work(j, shard, &w, err);
    } else {
        st = add_work(j, shard, &w, w.state == ACT_OFFERED ? ++j->counters[COUNTER_TASK] : 0, err);
    }
    if (st == ST_OK) st = keep_due(j, shard, c->id, t, due, err);
    if (st == ST_OK && t->command) {               /* of an attempt that is over */
        int64_t under_way = act && act->state == ACT_RUNNING ? (int64_t)act->attempt : INT64_MAX;
        st = sql_run(j, SQL_CLAIM_DROP, BINDS(bind_int(shard), bind_id(c->id), bind_int(t->act), bind_int(under_way)),
                     err);
    }
    return st;
}

/* Whoever runs a command that is not wanted any more says when it has ended. */
static Status keep_ending(Journal *j, const Advance *a, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < a->out->effects.n && st == ST_OK; i++)
        if (a->out->effects.items[i].kind == EFFECT_KILL)
            st = sql_run(j, SQL_CLAIM_ENDS, BINDS(KEY_OF_CASE(a->of->id), bind_int(a->out->effects.items[i].act)), err);
    return st;
}

static Status keep_acts(Journal *j, const Advance *a, Error *err)
{
    const Case *c = a->of;
    int64_t shard = shard_of_case(c->id);
    bool old = a->seq_before != 0;
    Status st = keep_ending(j, a, err);
    if (st != ST_OK) return st;
    if (c->status != CASE_RUNNING) {
        if (old) st = sql_run(j, SQL_WORK_DROP_CASE, BINDS(KEY_OF_CASE(c->id)), err);
        if (old && st == ST_OK) st = sql_run(j, SQL_CLAIM_DROP_CASE, BINDS(KEY_OF_CASE(c->id)), err);
        for (uint32_t i = 0; i < a->out->touched.n && st == ST_OK; i++)
            st = keep_due(j, shard, c->id, &a->out->touched.items[i], INSTANT_NEVER, err);
        return st;
    }
    for (uint32_t i = 0; i < a->out->touched.n && st == ST_OK; i++)
        st = keep_act(j, shard, c, &a->out->touched.items[i], is_moved(a), err);
    for (uint32_t i = 0; i < a->claims_n && st == ST_OK; i++) {
        const Claim *k = &a->claims[i];
        st = sql_run(j, SQL_CLAIM_SET,
                     BINDS(bind_int(shard), bind_id(c->id), bind_int(k->act), bind_int(k->attempt),
                           bind_int(k->pid), bind_id(k->pid_start),
                           bind_text_n(k->boot, strnlen(k->boot, sizeof k->boot))),
                     err);
    }
    return st;
}

/* ---- messages, and where the case came from --------------------------------------------------- */

static Status keep_message(Journal *j, Message *m, Error *err)
{
    buf_clear(&j->bytes);
    message_write(&j->bytes, m->values, m->values_n);
    return sql_run(j, SQL_MESSAGE_ADD,
                   BINDS(bind_int(shard_of_message(m)), bind_id(m->id),
                         bind_int(m->kind), bind_text(m->name), bind_int(m->at), bind_id(m->from_case),
                         bind_int(m->from_seq), bind_int(m->from_act), bind_id(m->to_case),
                         bind_int(m->to_act), bind_int(m->ok), bind_text(m->text),
                         bind_text_n(j->bytes.p, j->bytes.n)),
                   err);
}

static Status keep_messages(Journal *j, const Advance *a, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < a->out->messages.n && st == ST_OK; i++) {
        Message *m = &a->out->messages.items[i];
        m->id = (uint64_t)++j->counters[COUNTER_MESSAGE];
        m->from_case = a->of->id;
        st = keep_message(j, m, err);
    }
    return st;
}

static Status keep_origin(Journal *j, const Advance *a, Error *err)
{
    const TakenRow *t = a->taken;
    int64_t id = (int64_t)a->of->id;
    Status st = ST_OK;
    if (a->cause_key) st = sql_run(j, SQL_CAUSE_ADD, BINDS(KEY_OF_TEXT(a->cause_key), bind_int(id)), err);
    if (st == ST_OK && t)
        st = sql_run(j, SQL_TAKEN_ADD,
                     BINDS(bind_int(shard_of_text(t->key)), bind_text(t->process), bind_text(t->key),
                           bind_id(t->content), bind_text(t->file ? t->file : ""), bind_int(t->line),
                           bind_int(id)),
                     err);
    if (st == ST_OK && a->schedule) st = ran_keep(j, a->schedule, a->ran, err);
    if (st == ST_OK && a->consumes) st = sql_run(j, SQL_MESSAGE_DONE, BINDS(bind_id(a->consumes)), err);
    if (st == ST_OK) st = keep_turns(j, a, err);
    if (st == ST_OK && a->one) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)id);
        st = note_keep(j, a->one, number, err);
    }
    return st;
}

/* ---- a commit ------------------------------------------------------------------------------------ */

static Status keep(Journal *j, Advance *a, Instant recorded, Error *err)
{
    Before before = {0};
    Case *c = a->of;
    assert((c->id == 0) == (a->seq_before == 0) && c->seq == a->seq_before + a->out->events.n && c->seq > 0);
    Status st = look(j, a, &before, err);
    before.conflict |= before.taken;
    a->status = before.conflict ? ST_CONFLICT : ST_OK;
    a->turn_lost = before.turn_lost;
    a->message_gone = before.taken;
    if (st != ST_OK || before.conflict) return st;
    if (!c->id) c->id = (uint64_t)++j->counters[COUNTER_CASE];
    st = keep_events(j, a, recorded, err);
    if (st == ST_OK) st = keep_case(j, a, &before, err);
    if (st == ST_OK) st = keep_acts(j, a, err);
    if (st == ST_OK) st = keep_messages(j, a, err);
    if (st == ST_OK) st = keep_origin(j, a, err);
    return st;
}

Status journal_commit(Journal *j, Advance *advances, size_t n, Error *err)
{
    if (n == 0) return ST_OK;
    Status st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    Instant recorded = journal_now(j);
    for (size_t i = 0; i < n && st == ST_OK; i++) st = keep(j, &advances[i], recorded, err);
    st = write_end(j, st, err);
    for (size_t i = 0; i < n && st != ST_OK; i++)
        if (!advances[i].seq_before) advances[i].of->id = 0;          /* the number was not given after all */
    return st;
}

Status journal_keep_flow(Journal *j, const IrFlow *flow, Error *err)
{
    bool kept;
    Status st = flow_is_kept(j, flow, &kept, err);
    if (st != ST_OK) return st;
    if (!kept) {
        Buf b = {0};
        ir_write_flow(&b, flow, true);
        st = write_begin(j, false, err);
        if (st == ST_OK) {
            st = sql_run(j, SQL_FLOW_ADD, BINDS(KEY_OF_HASH(ir_flow_hash(flow)),
                                                bind_text(flow->process), bind_blob(b.p, b.n)), err);
            st = write_end(j, st, err);
        }
        buf_free(&b);
        if (st != ST_OK) return st;
    }
    for (uint32_t i = 0; i < j->flows.n; i++)
        if (memcmp(j->flows.items[i].hash, ir_flow_hash(flow), SHA256_BYTES) == 0) return ST_OK;
    remember_flow(j, flow);
    return ST_OK;
}

/* ---- messages and waits by themselves -------------------------------------------------------------- */

Status journal_signal(Journal *j, Message *m, Error *err)
{
    Status st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    m->id = (uint64_t)++j->counters[COUNTER_MESSAGE];
    m->from_case = OWN;
    st = signal_keep(j, m, err);
    if (st == ST_OK) st = keep_message(j, m, err);
    st = write_end(j, st, err);
    if (st != ST_OK) m->id = 0;
    return st;
}

/* That a message arrived is no promise to anybody: after a power loss it is delivered once more, and
 * what it started or woke is known by its number. So nobody waits for the disk here. */
Status journal_delivered(Journal *j, const uint64_t *messages, size_t n, Error *err)
{
    if (n == 0) return ST_OK;
    Status st = write_begin(j, true, err);
    if (st != ST_OK) return st;
    for (size_t i = 0; i < n && st == ST_OK; i++)
        st = sql_run(j, SQL_MESSAGE_DONE, BINDS(bind_id(messages[i])), err);
    return write_end(j, st, err);
}

Status journal_wait_caught_up(Journal *j, uint64_t case_id, uint32_t act, Error *err)
{
    Status st = write_begin(j, true, err);
    if (st != ST_OK) return st;
    st = sql_run(j, SQL_WORK_CAUGHT_UP, BINDS(KEY_OF_CASE(case_id), bind_int(act)), err);
    return write_end(j, st, err);
}
