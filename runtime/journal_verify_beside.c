/* journal_verify_beside.c -- does what stands beside the histories follow from them?
 *
 * A message must have been sent by an event, word for word, and each event
 * that sends one must have its message. The rows that keep a case from being
 * begun twice must be those of which its first event tells. Notes and
 * schedules must be what the store's own history folds to.
 */
#include "runtime/journal_verify_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- messages ------------------------------------------------------------------------------ */

static void digest_of(const Message *m, uint8_t out[DIGEST])
{
    uint8_t hash[SHA256_BYTES];
    Buf b = {0};
    buf_printf(&b, "%u %u %u %u %" PRIu64 " %d %" PRId64 " %zu:%s%c%s ", m->kind, m->from_seq, m->from_act, m->to_act,
               m->to_case, m->ok, m->at, strlen(m->name), m->name, m->text ? '+' : '-', m->text ? m->text : "");
    message_write(&b, m->values, m->values_n);
    sha256(b.p, b.n, hash);
    memcpy(out, hash, DIGEST);
    buf_free(&b);
}

static int by_place(const void *a, const void *b)
{
    const Sent *x = a, *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static Sent sent_of(const Message *m)
{
    Sent s = {.id = m->id, .from = m->from_case, .kind = m->kind,
              .place = m->kind == MESSAGE_WITHDRAW ? m->from_act : m->from_seq};
    digest_of(m, s.digest);
    return s;
}

Status verify_sent(Verify *v, int64_t shard, Error *err)
{
    sqlite3_stmt *s;
    Error why;
    arena_reset(v->sent_arena);
    v->sent = (SentVec){0};
    Status st = sql_open(v->j, SQL_MESSAGES_OF_SHARD, BINDS(bind_int(shard)), &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK) {
        Message m;
        arena_reset(v->arena);
        if (message_row(v->j, s, v->arena, &m, &why) != ST_OK) {
            verify_problem(v, "message %" PRIu64 ": its values cannot be read", m.id);
            continue;
        }
        if (shard_of_message(&m) != shard)
            verify_problem(v, "message %" PRIu64 ": it lies in another one's shard", m.id);
        if (m.from_case == OWN) *VEC_PUSH(v->signals_arena, &v->signals) = sent_of(&m);
        else *VEC_PUSH(v->sent_arena, &v->sent) = sent_of(&m);
    }
    sql_close(v->j, SQL_MESSAGES_OF_SHARD, s);
    if (v->sent.n) qsort(v->sent.items, v->sent.n, sizeof *v->sent.items, by_place);
    return st == ST_END ? ST_OK : st;
}

static void must_be_there(Verify *v, SentVec *all, const EventRow *r, const Message *m)
{
    Sent want = sent_of(m);
    Sent *found = all->n ? bsearch(&want, all->items, all->n, sizeof want, by_place) : NULL;
    if (!found) {
        verify_wrong(v, r, "the message that it sent is missing");
    } else {
        found->told = true;
        if (memcmp(found->digest, want.digest, DIGEST) != 0)
            verify_problem(v, "message %" PRIu64 ": it is not what case %" PRIu64 ", event %" PRId64 " sent", found->id,
                    want.from, r->seq);
    }
}

/* As the engine sends them (engine.c): dated cases send dated messages. */
static void case_sent(Verify *v, const EventRow *r, const Case *c, const Event *e, Message m)
{
    Datum *values = ARENA_ARRAY(v->arena, Datum, m.values_n + 2);
    if (m.values_n) memcpy(values, m.values, m.values_n * sizeof *values);
    if (m.kind == MESSAGE_RETURN && e->n == CASE_FAILED)
        values[m.values_n++] = (Datum){FAILED_NOTE, value_boolean(true)};
    if (c->dated) values[m.values_n++] = (Datum){"$dated", value_boolean(true)};
    m.values = values;
    m.at = e->at;
    m.from_case = c->id;
    if (!m.from_seq) m.from_seq = e->seq;
    must_be_there(v, &v->sent, r, &m);
}

static void withdrew(Verify *v, const EventRow *r, const Case *c, const Event *e, const Act *a)
{
    const IrNode *n = a ? &c->flow->nodes[a->node] : NULL;
    if (!n || a->state != ACT_WAITING || n->op != IRN_CALL) return;
    case_sent(v, r, c, e, (Message){.kind = MESSAGE_WITHDRAW, .name = c->flow->unit.names[n->a], .from_act = a->id,
                                    .from_seq = c->seq});
}

static void verify_messages_of(Verify *v, const EventRow *r, const Case *c, const Event *e)
{
    Message m = {.name = e->text ? e->text : "", .values = e->values, .values_n = e->values_n};
    switch (e->kind) {
    case EV_EMITTED: m.kind = MESSAGE_EMIT; break;
    case EV_LAUNCHED: m.kind = MESSAGE_START; break;
    case EV_CALLED: m.kind = MESSAGE_CALL, m.from_act = e->act; break;
    case EV_UNDOING:
    case EV_WITHDRAWN: withdrew(v, r, c, e, e->act ? case_act(c, e->act) : NULL); return;
    case EV_ENDED:
        for (uint32_t i = 0; i < c->acts.n; i++) withdrew(v, r, c, e, &c->acts.items[i]);
        if (!c->caller) return;
        m.kind = MESSAGE_RETURN, m.name = c->process, m.to_case = c->caller, m.to_act = c->caller_act;
        m.ok = e->n == CASE_FINISHED || e->n == CASE_IMPORTED, m.text = e->text;
        break;
    default: return;
    }
    case_sent(v, r, c, e, m);
}

void verify_shortened(Verify *v, uint64_t id)
{
    for (uint32_t i = 0; i < v->sent.n; i++) v->sent.items[i].told |= v->sent.items[i].from == id;
}

void verify_skipped(Verify *v, uint64_t id)
{
    v->doubted++;
    verify_shortened(v, id);
}

void verify_unsent(Verify *v)
{
    for (uint32_t i = 0; i < v->sent.n; i++) {
        const Sent *s = &v->sent.items[i];
        if (!s->told) verify_problem(v, "message %" PRIu64 ": no event of case %" PRIu64 " sent it", s->id, s->from);
    }
}

/* ---- what began a case --------------------------------------------------------------------------- */

static const Value *valued(const Event *e, const char *name)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (strcmp(e->values[i].name, name) == 0) return &e->values[i].value;
    return NULL;
}

static const char *text_of(const Event *e, const char *name)
{
    const Value *v = valued(e, name);
    return v && v->type == V_TEXT ? v->text : NULL;
}

Status verify_tellers(Verify *v, Error *err)
{
    sqlite3_stmt *s;
    Event e;
    Error why;
    v->first_telling = 1;
    Status st = sql_open(v->j, SQL_FIRST_MOVE, BINDS(KEY_OF_CASE(OWN), bind_int(EV_UPGRADED)), &s, err);
    if (st == ST_OK) st = sql_next(v->j, s, err);
    if (st == ST_OK) {
        EventRow r = event_row(s);
        bool reads = event_read(v->arena, NULL, r.bytes, r.n, &e, &why) == ST_OK;
        const Value *cases = reads ? valued(&e, "cases") : NULL;
        if (cases && cases->type == V_NUMBER) v->first_telling = (uint64_t)(cases->i / DECIMAL_ONE) + 1;
    }
    sql_close(v->j, SQL_FIRST_MOVE, s);
    return st == ST_END ? ST_OK : st;
}

static void count_told(Verify *v, const EventRow *r, bool holds, uint64_t *later, const char *process, const char *key)
{
    if (r->case_id >= v->first_telling) *later += holds;
    else map_put(v->told, origin_name(v->told_arena, process, key), v);
}

static Status verify_cause(Verify *v, const EventRow *r, const char *cause, Error *err)
{
    int64_t id = 0;
    Status st = sql_int(v->j, SQL_CAUSE, BINDS(KEY_OF_TEXT(cause)), 0, &id, err);
    bool holds = st == ST_OK && (uint64_t)id == r->case_id;
    count_told(v, r, holds, &v->causes, NULL, cause);
    if ((st == ST_OK || st == ST_END) && !holds) verify_wrong(v, r, "what it came from is not listed so in causes");
    return st == ST_END ? ST_OK : st;
}

/* The row of taken that the first event tells of; false: it tells none that can be read. */
static bool told_row(const Value *row, TakenRow *out)
{
    if (row->type != V_LIST || row->len != ROW_PARTS) return false;
    for (uint32_t i = 0; i < row->len; i++)
        if (row->list[i].type != V_TEXT) return false;
    out->key = row->list[ROW_KEY].text;
    out->content = strtoull(row->list[ROW_CONTENT].text, NULL, 16);
    out->file = row->list[ROW_FILE].text;
    out->line = (uint32_t)strtoul(row->list[ROW_LINE].text, NULL, 10);
    return true;
}

static Status verify_row(Verify *v, const EventRow *r, const char *process, const Value *row, Error *err)
{
    TakenRow t;
    sqlite3_stmt *s = NULL;
    if (!told_row(row, &t)) {
        verify_wrong(v, r, "it does not tell the row that it came from");
        return ST_OK;
    }
    Status st = sql_open(v->j, SQL_TAKEN_ROW,
                         BINDS(bind_int(shard_of_text(t.key)), bind_text(process), bind_text(t.key)), &s, err);
    if (st == ST_OK) st = sql_next(v->j, s, err);
    bool holds = st == ST_OK && (uint64_t)sqlite3_column_int64(s, 0) == t.content &&
                 same_text(col_text(s, 1), t.file) && (uint32_t)sqlite3_column_int64(s, 2) == t.line &&
                 (uint64_t)sqlite3_column_int64(s, 3) == r->case_id;
    sql_close(v->j, SQL_TAKEN_ROW, s);
    count_told(v, r, holds, &v->taken, process, t.key);
    if ((st == ST_OK || st == ST_END) && !holds)
        verify_wrong(v, r, "the row that it came from is not listed so in taken");
    return st == ST_END ? ST_OK : st;
}

Status verify_told(Verify *v, const EventRow *r, const Case *c, const Event *e, Error *err)
{
    Status st = ST_OK;
    if (e->kind == EV_STARTED || e->kind == EV_NOTED) {
        const char *cause = text_of(e, ORIGIN_CAUSE);
        const Value *row = valued(e, ORIGIN_ROW);
        if (cause) st = verify_cause(v, r, cause, err);
        if (st == ST_OK && row) st = verify_row(v, r, c->flow->process, row, err);
    }
    verify_messages_of(v, r, c, e);
    return st;
}

static bool tells_of(const Event *e, const char *cause, const TakenRow *row)
{
    const char *says = cause ? text_of(e, ORIGIN_CAUSE) : NULL;
    const Value *of = row ? valued(e, ORIGIN_ROW) : NULL;
    TakenRow t;
    return says ? strcmp(says, cause) == 0 : of && told_row(of, &t) && strcmp(t.key, row->key) == 0;
}

/* Does an event of the case tell of such a row, or may one have that was cut off? */
static Status is_told(Verify *v, uint64_t id, const char *cause, const TakenRow *row, bool *told, Error *err)
{
    sqlite3_stmt *s;
    Event e;
    Error why;
    *told = ids_have(&v->cut, id);
    if (*told) return ST_OK;
    Status st = sql_open(v->j, sql_both(v->j, SQL_EVENTS_OF), BINDS(KEY_OF_CASE(id), bind_int(0)), &s, err);
    while (st == ST_OK && !*told && (st = sql_next(v->j, s, err)) == ST_OK) {
        EventRow r = event_row(s);
        arena_reset(v->arena);
        *told = event_read(v->arena, NULL, r.bytes, r.n, &e, &why) == ST_OK && tells_of(&e, cause, row);
    }
    sql_close(v->j, sql_both(v->j, SQL_EVENTS_OF), s);
    return st == ST_END ? ST_OK : st;
}

/* Rows of which no case tells; looked for only where there are more than are told. */
static Status extra_causes(Verify *v, Error *err)
{
    sqlite3_stmt *s;
    bool told;
    Status st = sql_open(v->j, SQL_CAUSES_FROM, BINDS(bind_id(v->first_telling)), &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK) {
        uint64_t id = (uint64_t)sqlite3_column_int64(s, 1);
        st = is_told(v, id, col_name(s, 0), NULL, &told, err);
        if (st == ST_OK && !told)
            verify_problem(v, "causes: that \"%s\" began case %" PRIu64 " is said by none of its events",
                           col_name(s, 0), id);
    }
    sql_close(v->j, SQL_CAUSES_FROM, s);
    return st == ST_END ? ST_OK : st;
}

static Status extra_taken(Verify *v, Error *err)
{
    sqlite3_stmt *s;
    bool told;
    Status st = sql_open(v->j, SQL_TAKEN_FROM, BINDS(bind_id(v->first_telling)), &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK) {
        uint64_t id = (uint64_t)sqlite3_column_int64(s, 2);
        TakenRow row = {.process = col_name(s, 0), .key = col_name(s, 1)};
        st = is_told(v, id, NULL, &row, &told, err);
        if (st == ST_OK && !told)
            verify_problem(v, "taken: that a row \"%s\" began case %" PRIu64 " is said by none of its events",
                           row.key, id);
    }
    sql_close(v->j, SQL_TAKEN_FROM, s);
    return st == ST_END ? ST_OK : st;
}

Status verify_origins(Verify *v, Error *err)
{
    int64_t causes = 0, taken = 0;
    Status st = sql_int(v->j, SQL_CAUSES_COUNT, BINDS(bind_id(v->first_telling)), 0, &causes, err);
    if (st == ST_OK) st = sql_int(v->j, SQL_TAKEN_COUNT, BINDS(bind_id(v->first_telling)), 0, &taken, err);
    if (st == ST_OK && !v->doubted && (uint64_t)causes != v->causes) st = extra_causes(v, err);
    if (st == ST_OK && !v->doubted && (uint64_t)taken != v->taken) st = extra_taken(v, err);
    return st;
}

/* ---- the store's own history ------------------------------------------------------------------------ */

typedef struct Own {
    Verify *v;
    Arena *arena;
    Map *notes;                        /* key -> its value */
    Map *schedules;                    /* name -> Instant * */
    uint32_t seq;
} Own;

static void own_said(Own *o, const Event *e)
{
    const char **note = (const char **)map_slot(o->notes, arena_dup(o->arena, e->text));
    const char *line = text_of(e, "line"), *value = text_of(e, "value");
    Buf all = {0};
    if (e->kind == EV_SAID) said_append(&all, *note, line ? line : "");
    else buf_puts(&all, value ? value : "");
    *note = buf_dup(&all, o->arena);
    buf_free(&all);
}

static void own_ran(Own *o, const Event *e)
{
    Instant **ran = (Instant **)map_slot(o->schedules, arena_dup(o->arena, e->text));
    if (!*ran) *ran = ARENA_NEW(o->arena, Instant), **ran = e->due;
    if (e->due > **ran) **ran = e->due;
}

static void own_signalled(Own *o, const EventRow *r, const Event *e)
{
    Message m = {.id = (uint64_t)e->n, .kind = MESSAGE_EMIT, .name = e->text, .at = e->at, .from_seq = e->seq,
                 .text = e->person, .values = e->values, .values_n = e->values_n};
    must_be_there(o->v, &o->v->signals, r, &m);
}

static Status own_upgraded(Own *o, const EventRow *r, const Event *e, Error *err)
{
    const char *kept = text_of(e, "origins");
    char now[65];
    Status st = origins_hash(o->v->j, (int64_t)o->v->first_telling - 1, o->v->told, now, err);
    if (st == ST_OK && !same_text(kept, now))
        verify_wrong(o->v, r, "what had begun the cases until then (causes, taken) is not what it was");
    return st;
}

static Status own_event(Own *o, const EventRow *r, const Event *e, Error *err)
{
    switch (e->kind) {
    case EV_KEPT:
    case EV_SAID: own_said(o, e); return ST_OK;
    case EV_RAN: own_ran(o, e); return ST_OK;
    case EV_SIGNALLED: own_signalled(o, r, e); return ST_OK;
    case EV_UPGRADED: return own_upgraded(o, r, e, err);
    case EV_ACCEPTED: return ST_OK;
    default: verify_wrong(o->v, r, "it is no event of the store itself"); return ST_OK;
    }
}

static Status own_walk(Own *o, Error *err)
{
    sqlite3_stmt *s;
    Verify *v = o->v;
    Error why;
    Event e;
    Status st = sql_open(v->j, SQL_EVENTS_OF, BINDS(KEY_OF_CASE(OWN), bind_int(-1)), &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK) {
        EventRow r = event_row(s);
        arena_reset(v->arena);
        v->report->own++;
        Status read = event_read(v->arena, NULL, r.bytes, r.n, &e, &why);
        const char *wrong = read != ST_OK ? why.text : wrong_column(&r, &e);
        if (!wrong && e.seq != ++o->seq) wrong = "the event before it is missing", o->seq = e.seq;
        if (!wrong && !e.text && e.kind != EV_UPGRADED && e.kind != EV_ACCEPTED) wrong = "it says of nothing";
        if (wrong) verify_wrong(v, &r, wrong);
        v->own_doubted |= wrong != NULL;
        if (!v->own_doubted) st = own_event(o, &r, &e, err);
    }
    sql_close(v->j, SQL_EVENTS_OF, s);
    return st == ST_END ? ST_OK : st;
}

/* Every row must be what the history says, and every word of the history a row. */
static Status own_rows(Own *o, SqlId id, Map *want, const char *what, bool times, Error *err)
{
    sqlite3_stmt *s;
    uint32_t found = 0;
    Status st = sql_open(o->v->j, id, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(o->v->j, s, err)) == ST_OK) {
        const void *is = map_get(want, col_name(s, 0));
        bool same = is && (times ? *(const Instant *)is == sqlite3_column_int64(s, 1)
                                 : strcmp(is, col_name(s, 1)) == 0);
        found += is != NULL;
        if (!same)
            verify_problem(o->v, "%s \"%s\": %s", what, col_name(s, 0),
                    is ? "it is not what the store's own history says" : "the store's own history says nothing of it");
    }
    sql_close(o->v->j, id, s);
    if (st == ST_END && found < map_count(want))
        verify_problem(o->v, "%s: the store's own history tells of %" PRIu32 " more than are there", what,
                map_count(want) - found);
    return st == ST_END ? ST_OK : st;
}

static void unsaid_signals(Verify *v)
{
    for (uint32_t i = 0; i < v->signals.n; i++)
        if (!v->signals.items[i].told)
            verify_problem(v, "message %" PRIu64 ": nobody told of it from outside, nor did a case send it",
                    v->signals.items[i].id);
}

Status verify_own(Verify *v, Error *err)
{
    Own o = {.v = v, .arena = arena_new()};
    o.notes = map_new(o.arena), o.schedules = map_new(o.arena);
    if (v->signals.n) qsort(v->signals.items, v->signals.n, sizeof *v->signals.items, by_place);
    Status st = own_walk(&o, err);
    if (st == ST_OK && !v->own_doubted) {
        unsaid_signals(v);
        st = own_rows(&o, SQL_NOTES, o.notes, "note", false, err);
        if (st == ST_OK) st = own_rows(&o, SQL_SCHEDULES, o.schedules, "schedule", true, err);
    }
    arena_free(o.arena);
    return st;
}
