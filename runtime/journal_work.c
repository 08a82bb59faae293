/* journal_work.c -- what is open: work, what is due, what a machine has to do, messages.
 *
 * These are asked at every tick, so each is one walk along a partial index
 * that holds only such rows, in the order they are wanted in, and stops at
 * the limit.
 */
#include "base/json.h"
#include "runtime/journal_private.h"

#include <string.h>

/* ---- work -------------------------------------------------------------------------- */

WorkRow work_row(sqlite3_stmt *s)
{
    return (WorkRow){.number = (uint64_t)sqlite3_column_int64(s, 0),
                     .case_id = (uint64_t)sqlite3_column_int64(s, 1),
                     .act = (uint32_t)sqlite3_column_int64(s, 2),
                     .state = (uint8_t)sqlite3_column_int(s, 3),
                     .process = col_name(s, 4),
                     .key = col_text(s, 5),
                     .step = col_name(s, 6),
                     .event = col_text(s, 7),
                     .since = sqlite3_column_int64(s, 8),
                     .deadline = col_instant(s, 9),
                     .lock = col_text(s, 10)};
}

static SqlId work_by(const WorkFilter *f)
{
    if (f->number) return SQL_WORK_NUMBER;
    if (f->lock) return SQL_WORK_LOCK;
    if (f->case_id) return SQL_WORK_CASE;
    if (f->fresh) return SQL_WORK_FRESH;
    if (f->event) return SQL_WORK_EVENT;
    if (f->state == ACT_OFFERED) return SQL_WORK_TASKS;
    return f->state == ACT_INCIDENT ? SQL_WORK_INCIDENT : SQL_WORK;
}

Status journal_work(Journal *j, const WorkFilter *f, WorkVisit *visit, void *self, Error *err)
{
    SqlId how = work_by(f);
    sqlite3_stmt *s;
    size_t n = how == SQL_WORK_CASE || how == SQL_WORK_LOCK ? 7 : 6;
    const Bind binds[] = {bind_int(f->state),
                          bind_id(f->case_id),
                          bind_id(f->number),
                          bind_text(f->event),
                          bind_int(f->fresh),
                          bind_int(f->limit ? (int64_t)f->limit : -1),
                          f->lock ? bind_text(f->lock) : bind_int(shard_of_case(f->case_id))};
    Status st = read_begin(j, err);
    if (st != ST_OK) return st;
    st = sql_open(j, how, binds, n, &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK) {
        WorkRow row = work_row(s);
        st = visit(self, &row, err);
    }
    sql_close(j, how, s);
    read_end(j);
    return st == ST_END ? ST_OK : st;
}

Status journal_locks(Journal *j, Arena *a, const char *const **names, uint32_t *n, Error *err)
{
    VEC(const char *) found = {0};
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_LOCKS_WANTED, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK)
        *VEC_PUSH(a, &found) = arena_dup(a, col_name(s, 0));
    sql_close(j, SQL_LOCKS_WANTED, s);
    *names = found.items;
    *n = found.n;
    return st == ST_END ? ST_OK : st;
}

Status journal_todo(Journal *j, Arena *a, uint64_t **ids, uint32_t *n, Error *err)
{
    VEC(uint64_t) found = {0};
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_TODO, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK)
        *VEC_PUSH(a, &found) = (uint64_t)sqlite3_column_int64(s, 0);
    sql_close(j, SQL_TODO, s);
    *ids = found.items;
    *n = found.n;
    return st == ST_END ? ST_OK : st;
}

/* ---- what is due ------------------------------------------------------------------------ */

Status journal_next_due(Journal *j, Instant *out, Error *err)
{
    int64_t work = INSTANT_NEVER, cases = INSTANT_NEVER;
    Status st = read_begin(j, err);
    if (st != ST_OK) return st;
    st = sql_int(j, SQL_NEXT_WORK, NULL, 0, INSTANT_NEVER, &work, err);
    if (st == ST_OK || st == ST_END) st = sql_int(j, SQL_NEXT_CASE, NULL, 0, INSTANT_NEVER, &cases, err);
    read_end(j);
    *out = work < cases ? work : cases;
    return st == ST_END ? ST_OK : st;
}

typedef struct Due { Instant at; uint64_t id; } Due;

typedef struct Dues {                  /* one of two streams, each in order of (at, id) */
    sqlite3_stmt *s;
    bool more;
    Due next;
} Dues;

static Status advance(Journal *j, Dues *d, Error *err)
{
    Status st = sql_next(j, d->s, err);
    d->more = st == ST_OK;
    if (d->more) d->next = (Due){sqlite3_column_int64(d->s, 0), (uint64_t)sqlite3_column_int64(d->s, 1)};
    return st == ST_END ? ST_OK : st;
}

static bool before(const Dues *a, const Dues *b)
{
    if (!a->more || !b->more) return a->more;
    return a->next.at != b->next.at ? a->next.at < b->next.at : a->next.id <= b->next.id;
}

typedef struct Seen {
    Arena *arena;
    uint64_t *slots;
    uint32_t n, mask;
} Seen; /* a set of case numbers; 0 is free */

static bool put(uint64_t *slots, uint32_t mask, uint64_t id)
{
    uint32_t at = (uint32_t)hash_bytes(&id, sizeof id) & mask;
    while (slots[at] && slots[at] != id) at = (at + 1) & mask;
    bool fresh = !slots[at];
    slots[at] = id;
    return fresh;
}

/* False where it was there already. */
static bool see(Seen *s, uint64_t id)
{
    if (!s->slots || s->n * 2 > s->mask) {
        uint32_t mask = s->slots ? s->mask * 2 + 1 : 63;
        uint64_t *wider = ARENA_ARRAY(s->arena, uint64_t, (size_t)mask + 1);
        for (uint32_t i = 0; s->slots && i <= s->mask; i++)
            if (s->slots[i]) put(wider, mask, s->slots[i]);
        s->slots = wider, s->mask = mask;
    }
    bool fresh = put(s->slots, s->mask, id);
    s->n += fresh;
    return fresh;
}

/* The two streams as one; a case's first appearance is its earliest. */
static Status merge(Journal *j, Dues *work, Dues *cases, uint32_t limit, Arena *a, uint64_t **ids,
                    Instant **dues, uint32_t *n, Error *err)
{
    VEC(uint64_t) found = {0};
    VEC(Instant) when = {0};
    Seen seen = {.arena = a};
    Status st = advance(j, work, err);
    if (st == ST_OK) st = advance(j, cases, err);
    while (st == ST_OK && (work->more || cases->more) && (!limit || found.n < limit)) {
        Dues *first = before(work, cases) ? work : cases;
        if (see(&seen, first->next.id)) {
            *VEC_PUSH(a, &found) = first->next.id;
            *VEC_PUSH(a, &when) = first->next.at;
        }
        st = advance(j, first, err);
    }
    *ids = found.items, *dues = when.items, *n = found.n;
    return st;
}

Status journal_due(Journal *j, Instant at, uint32_t limit, Arena *a, uint64_t **ids, Instant **dues,
                   uint32_t *n, Error *err)
{
    Dues work = {0}, cases = {0};
    Status st = read_begin(j, err);
    if (st != ST_OK) return st;
    st = sql_open(j, SQL_DUE_WORK, BINDS(bind_int(at)), &work.s, err);
    if (st == ST_OK) st = sql_open(j, SQL_DUE_CASES, BINDS(bind_int(at)), &cases.s, err);
    if (st == ST_OK) st = merge(j, &work, &cases, limit, a, ids, dues, n, err);
    sql_close(j, SQL_DUE_WORK, work.s);
    sql_close(j, SQL_DUE_CASES, cases.s);
    read_end(j);
    return st;
}

/* ---- messages --------------------------------------------------------------------------------- */

static Status message_values(Arena *a, const char *bytes, size_t n, Message *m, Error *err)
{
    Json *json;
    Status st = json_parse(a, bytes, n, &json, err);
    if (st != ST_OK) return st;
    if (json->type != JSON_OBJECT) return fail(err, ST_INTERNAL, "its values are no object");
    Datum *d = ARENA_ARRAY(a, Datum, json->len);
    for (const Json *v = json->child; v && st == ST_OK; v = v->next) {
        d[m->values_n].name = v->name;
        st = value_from_json(a, v, &d[m->values_n++].value, err);
    }
    m->values = d;
    return st;
}

Status message_row(Journal *j, sqlite3_stmt *s, Arena *a, Message *out, Error *err)
{
    const char *data = col_name(s, 11);
    *out = (Message){.id = (uint64_t)sqlite3_column_int64(s, 0),
                     .kind = (uint8_t)sqlite3_column_int(s, 1),
                     .name = col_name(s, 2),
                     .at = sqlite3_column_int64(s, 3),
                     .from_case = (uint64_t)sqlite3_column_int64(s, 4),
                     .from_seq = (uint32_t)sqlite3_column_int64(s, 5),
                     .from_act = (uint32_t)sqlite3_column_int64(s, 6),
                     .to_case = (uint64_t)sqlite3_column_int64(s, 7),
                     .to_act = (uint32_t)sqlite3_column_int64(s, 8),
                     .ok = sqlite3_column_int(s, 9) != 0,
                     .text = col_text(s, 10)};
    Status st = message_values(a, data, (size_t)sqlite3_column_bytes(s, 11), out, err);
    if (st != ST_OK) error_prefix(err, "message %llu in %s is damaged: ", (unsigned long long)out->id, j->path);
    return st;
}

static Status visit_message(Journal *j, sqlite3_stmt *s, Arena *a, MessageVisit *visit, void *self, Error *err)
{
    Message m;
    arena_reset(a);
    Status st = message_row(j, s, a, &m, err);
    return st == ST_OK ? visit(self, &m, err) : st;
}

Status journal_messages(Journal *j, const char *event, Instant since, uint64_t behind, uint32_t limit,
                        MessageVisit *visit, void *self, Error *err)
{
    SqlId how = event ? SQL_MESSAGES_EVENT : SQL_MESSAGES_OPEN;
    sqlite3_stmt *s;
    const Bind binds[] = {bind_int(limit ? (int64_t)limit : -1), event ? bind_text(event) : bind_id(behind),
                          bind_int(since)};
    Status st = read_begin(j, err);
    if (st != ST_OK) return st;
    Arena *a = arena_new();
    st = sql_open(j, how, binds, event ? 3 : 2, &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK) st = visit_message(j, s, a, visit, self, err);
    sql_close(j, how, s);
    arena_free(a);
    read_end(j);
    return st == ST_END ? ST_OK : st;
}
