/* journal_read.c -- cases and their histories, read back.
 *
 * Lists of cases are found in two steps: first the numbers, by the narrowest
 * index that fits the question, sorted here; then each case by its key. So no
 * snapshot is read, sorted or kept that nobody asked for.
 */
#include "runtime/journal_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- flows ------------------------------------------------------------------------- */

static KnownFlow *known_flow(Journal *j, const uint8_t hash[SHA256_BYTES])
{
    for (uint32_t i = 0; i < j->flows.n; i++)
        if (memcmp(j->flows.items[i].hash, hash, SHA256_BYTES) == 0) return &j->flows.items[i];
    return NULL;
}

/* What does not hold together, as it was read from the store, is damaged there: no mistake of ours. */
static Status as_read(Status st)
{
    return st == ST_INTERNAL ? ST_IO : st;
}

static Status read_flow(Journal *j, const uint8_t hash[SHA256_BYTES], const IrFlow **out, Error *err)
{
    sqlite3_stmt *s;
    IrFlow *flow = NULL;
    Status st = sql_open(j, SQL_FLOW, BINDS(KEY_OF_HASH(hash)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    if (st == ST_OK) {
        size_t n = (size_t)sqlite3_column_bytes(s, 0);
        const void *bytes = sqlite3_column_blob(s, 0);
        st = ir_read_flow(j->arena, bytes ? bytes : "", n, &flow, err);
        if (st != ST_OK) error_prefix(err, "the store %s: ", j->path);
    }
    sql_close(j, SQL_FLOW, s);
    if (st == ST_END)
        return fail(err, ST_NOTFOUND, "the store %s does not hold the flow that a case began with", j->path);
    if (st == ST_OK && memcmp(ir_flow_hash(flow), hash, SHA256_BYTES) != 0)
        st = fail(err, ST_INTERNAL,
                  "the store %s: the stored flow of %s is not the one its hash tells: run `ops verify`",
                  j->path, flow->process);
    if (st == ST_OK) *out = flow;
    return as_read(st);
}

Status journal_known_flow(Journal *j, const uint8_t hash[SHA256_BYTES], const IrFlow **out, Error *err)
{
    KnownFlow *known = known_flow(j, hash);
    if (known && known->flow) {
        *out = known->flow;
        return ST_OK;
    }
    Status st = read_flow(j, hash, out, err);
    if (st != ST_OK) return st;
    if (!known) known = VEC_PUSH(j->arena, &j->flows);
    memcpy(known->hash, hash, SHA256_BYTES);
    known->flow = *out;
    return ST_OK;
}

Status journal_flows(Journal *j, FlowVisit *visit, void *self, Error *err)
{
    sqlite3_stmt *s;
    uint8_t hash[SHA256_BYTES];
    Status st = sql_open(j, SQL_FLOWS, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK)
        st = col_hash(s, 1, hash) ? visit(self, hash, err)
                                  : sql_damaged(j, err, "a stored flow has no hash. Run `ops verify`");
    sql_close(j, SQL_FLOWS, s);
    return st == ST_END ? ST_OK : st;
}

/* The flow whose hash stands in a column. */
static Status flow_in(Journal *j, sqlite3_stmt *s, int column, uint64_t id, const IrFlow **out, Error *err)
{
    uint8_t hash[SHA256_BYTES];
    if (!col_hash(s, column, hash))
        return sql_damaged(j, err, "case %llu names no flow. Run `ops verify`", (unsigned long long)id);
    Status st = journal_known_flow(j, hash, out, err);
    if (st != ST_OK) error_prefix(err, "case %llu: ", (unsigned long long)id);
    return st;
}

/* ---- events ------------------------------------------------------------------------------- */

EventRow event_row(sqlite3_stmt *s)
{
    EventRow r = {.shard = sqlite3_column_int64(s, 0),
                  .pos = sqlite3_column_int64(s, 1),
                  .case_id = (uint64_t)sqlite3_column_int64(s, 2),
                  .seq = sqlite3_column_int64(s, 3),
                  .at = sqlite3_column_int64(s, 4),
                  .recorded = sqlite3_column_int64(s, 5),
                  .kind = sqlite3_column_int64(s, 6)};
    r.hash = sqlite3_column_blob(s, 7);
    r.hash_n = sqlite3_column_bytes(s, 7);
    r.bytes = col_name(s, 8);
    r.n = (size_t)sqlite3_column_bytes(s, 8);
    return r;
}

/* The flow whose hash an event that moves its case notes by this name. */
static Status noted_flow(Journal *j, const Event *e, const char *name, const IrFlow **out, Error *err)
{
    uint8_t hash[SHA256_BYTES];
    for (uint32_t i = 0; i < e->values_n; i++) {
        const Value *v = &e->values[i].value;
        if (strcmp(e->values[i].name, name) != 0 || v->type != V_TEXT || !sha256_unhex(v->text, hash)) continue;
        return journal_known_flow(j, hash, out, err);
    }
    return fail(err, ST_INTERNAL, "it moves the case to no flow: run `ops verify`");
}

Status event_of_row(Journal *j, const EventRow *r, const IrFlow **flow, Arena *a, Event *out, Error *err)
{
    Status st = event_read(a, *flow, r->bytes, r->n, out, err);
    if (st != ST_OK || out->kind != EV_MIGRATED) return st;
    st = noted_flow(j, out, "$flow", flow, err);
    if (st == ST_OK) out->flow = *flow;
    return st;
}

Status flow_at_first(Journal *j, uint64_t id, const IrFlow **flow, Error *err)
{
    sqlite3_stmt *s;
    Event e;
    Arena *a = arena_new();
    SqlId how = sql_both(j, SQL_FIRST_MOVE);
    Status st = sql_open(j, how, BINDS(KEY_OF_CASE(id), bind_int(EV_MIGRATED)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    if (st == ST_OK) {
        EventRow r = event_row(s);
        st = event_read(a, *flow, r.bytes, r.n, &e, err);
        if (st == ST_OK) st = noted_flow(j, &e, "$from", flow, err);
    }
    sql_close(j, how, s);
    arena_free(a);
    return st == ST_END ? ST_OK : st;
}

static Status replay_event(Journal *j, sqlite3_stmt *s, const IrFlow **flow, Arena *a, JournalVisit *visit,
                           void *self, Error *err)
{
    EventRow r = event_row(s);
    Event e;
    arena_reset(a);
    j->replayed += r.n;
    if (r.hash_n != SHA256_BYTES)
        return sql_damaged(j, err, "event %lld of case %llu has no hash. Run `ops verify`", (long long)r.seq,
                           (unsigned long long)r.case_id);
    Status st = event_of_row(j, &r, flow, a, &e, err);
    if (st != ST_OK)
        error_prefix(err, "event %lld of case %llu in %s: ", (long long)r.seq, (unsigned long long)r.case_id, j->path);
    return st == ST_OK ? visit(self, &e, r.hash, err) : as_read(st);
}

/* Calls visit for the case's events behind the first `after` ones. */
static Status events_of(Journal *j, uint64_t id, const IrFlow *flow, uint32_t after, JournalVisit *visit, void *self,
                        Error *err)
{
    sqlite3_stmt *s;
    Arena *a = arena_new();
    SqlId how = sql_both(j, SQL_EVENTS_OF);
    Status st = sql_open(j, how, BINDS(KEY_OF_CASE(id), bind_int(after)), &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK)
        st = replay_event(j, s, &flow, a, visit, self, err);
    sql_close(j, how, s);
    arena_free(a);
    return st == ST_END ? ST_OK : st;
}

/* ---- one case --------------------------------------------------------------------------- */

static Status no_case(const Journal *j, uint64_t id, Error *err)
{
    return fail(err, ST_NOTFOUND, "there is no case %llu in %s", (unsigned long long)id, j->path);
}

static Status fold_one(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Case *c = self;
    (void)hash;
    if (!case_foldable(c, e))
        return fail(err, ST_INTERNAL, "event %u does not follow on event %u: run `ops verify`", e->seq, c->seq);
    case_apply(c, e);
    return ST_OK;
}

/* From the columns flow, seq, and the snapshot's seq and bytes: the snapshot, and what came after it. */
static Status case_in(Journal *j, sqlite3_stmt *s, int column, uint64_t id, Case **out, Error *err)
{
    const IrFlow *flow;
    Case *c = NULL;
    int64_t seq = sqlite3_column_int64(s, column + 1);
    bool snapshot = sqlite3_column_type(s, column + 2) != SQLITE_NULL;
    Status st = flow_in(j, s, column, id, &flow, err);
    if (st != ST_OK) return st;
    if (!snapshot) c = case_new(flow);     /* it was never moved: moving writes a snapshot */
    else st = case_read(flow, col_name(s, column + 3), (size_t)sqlite3_column_bytes(s, column + 3), &c, err);
    if (st == ST_OK && snapshot && c->seq != sqlite3_column_int64(s, column + 2))
        st = fail(err, ST_INTERNAL, "its snapshot is of other events than it says: run `ops verify`");
    if (st == ST_OK && snapshot) c->kept = (size_t)sqlite3_column_bytes(s, column + 3);
    j->replayed = 0;
    if (st == ST_OK && (c->seq < seq || c->status == CASE_RUNNING))
        st = events_of(j, id, flow, c->seq, fold_one, c, err);
    if (st == ST_OK && (c->seq < seq || (c->seq > seq && c->status != CASE_RUNNING)))
        st = fail(err, ST_INTERNAL, "its events are not as many as it says: run `ops verify`");
    if (st != ST_OK) {
        case_free(c);
        error_prefix(err, "case %llu in %s: ", (unsigned long long)id, j->path);
        return as_read(st);
    }
    c->id = id;
    c->since = j->replayed;
    *out = c;
    return ST_OK;
}

static Status read_case(Journal *j, uint64_t id, Case **out, Error *err)
{
    SqlId how = sql_both(j, SQL_CASE);
    sqlite3_stmt *s;
    Status st = sql_open(j, how, BINDS(KEY_OF_CASE(id)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    if (st == ST_OK) st = case_in(j, s, 0, id, out, err);
    sql_close(j, how, s);
    return st;
}

/* Is it worth a second look, because its events may lie in the archive, which was not looked into? */
static bool look_again(Journal *j, uint64_t id, Status *st, Error *err)
{
    Error why = {0};
    if (*st == ST_OK || *st == ST_END || j->archive) return false;
    Status found = archive_find_for(j, id, &why);
    if (found != ST_OK) *st = found, *err = why;
    return j->archive;
}

Status journal_case(Journal *j, uint64_t id, Case **out, Error *err)
{
    Error why = {0};
    Status st = read_begin(j, err);
    if (st != ST_OK) return st;
    st = read_case(j, id, out, &why);
    if (look_again(j, id, &st, &why)) st = read_case(j, id, out, &why);
    read_end(j);
    if (st == ST_END) return no_case(j, id, err);
    if (st != ST_OK && err) *err = why;
    return st;
}

static Status replay(Journal *j, uint64_t id, JournalVisit *visit, void *self, Error *err)
{
    sqlite3_stmt *s;
    const IrFlow *flow = NULL;
    Status st = sql_open(j, SQL_CASE_FLOW, BINDS(KEY_OF_CASE(id)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    if (st == ST_OK) st = flow_in(j, s, 0, id, &flow, err);
    sql_close(j, SQL_CASE_FLOW, s);
    if (st != ST_OK) return st == ST_END ? no_case(j, id, err) : st;
    st = archive_find_for(j, id, err);
    if (st == ST_OK) st = flow_at_first(j, id, &flow, err);
    if (st != ST_OK) return st;
    return events_of(j, id, flow, 0, visit, self, err);
}

Status journal_replay(Journal *j, uint64_t id, JournalVisit *visit, void *self, Error *err)
{
    Status st = read_begin(j, err);
    if (st != ST_OK) return st;
    st = replay(j, id, visit, self, err);
    read_end(j);
    return st;
}

Status journal_own(Journal *j, JournalVisit *visit, void *self, Error *err)
{
    Status st = read_begin(j, err);
    if (st != ST_OK) return st;
    st = events_of(j, OWN, NULL, 0, visit, self, err);
    read_end(j);
    return st;
}

Status journal_last(Journal *j, uint64_t *last, Error *err)
{
    int64_t n = 0;
    Status st = sql_int(j, SQL_LAST_EVENT, NULL, 0, 0, &n, err);
    *last = (uint64_t)n;
    return st == ST_END ? ST_OK : st;
}

/* What has ended since may have been moved to the archive already: it is looked into only then. */
static Status look_for_missed(Journal *j, uint64_t behind, Error *err)
{
    int64_t missed = 0;
    Status st = sql_int(j, SQL_SINCE_MISSED, BINDS(bind_id(behind)), 0, &missed, err);
    return st == ST_OK && missed > 0 ? archive_find(j, err) : st == ST_END ? ST_OK : st;
}

static bool is_of(uint16_t kind, const uint16_t *kinds, size_t n)
{
    while (n && kinds[n - 1] != kind) n--;
    return n > 0;
}

static Status since(Journal *j, uint64_t behind, const uint16_t *kinds, size_t n, JournalVisit *visit, void *self,
                    Error *err)
{
    sqlite3_stmt *s;
    Arena *a = arena_new();
    SqlId how = sql_both(j, SQL_SINCE);
    Status st = sql_open(j, how, BINDS(bind_id(behind)), &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK) {
        const IrFlow *of_none = NULL;
        EventRow row = event_row(s);
        if (is_of((uint16_t)row.kind, kinds, n)) st = replay_event(j, s, &of_none, a, visit, self, err);
    }
    sql_close(j, how, s);
    arena_free(a);
    return st == ST_END ? ST_OK : st;
}

Status journal_since(Journal *j, uint64_t behind, const uint16_t *kinds, size_t n, JournalVisit *visit, void *self,
                     uint64_t *last, Error *err)
{
    Status st = look_for_missed(j, behind, err);       /* outside: nothing is attached while something is read */
    if (st == ST_OK) st = read_begin(j, err);
    if (st != ST_OK) return st;
    st = journal_last(j, last, err);
    if (st == ST_OK) st = since(j, behind, kinds, n, visit, self, err);
    read_end(j);
    return st;
}

/* ---- many cases -------------------------------------------------------------------------------- */

typedef struct Ids { Arena *arena; VEC(uint64_t) items; } Ids;

static bool by_end(const CaseFilter *f)
{
    return f->ended_from != 0 || f->ended_to != 0;
}

static bool by_start(const CaseFilter *f)
{
    return f->started_from != 0 || f->started_to != 0;
}

static Status add_ids(Journal *j, SqlId id, const CaseFilter *f, bool ended, bool running, Ids *ids,
                      Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, id,
                         BINDS(bind_text(f->process), bind_text(f->key), bind_int(f->status),
                               bind_int(f->incidents), bind_int(by_start(f)), bind_int(f->started_from),
                               bind_int(f->started_to), bind_int(ended), bind_int(f->ended_from),
                               bind_int(f->ended_to), bind_int(running)),
                         &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK)
        *VEC_PUSH(ids->arena, &ids->items) = (uint64_t)sqlite3_column_int64(s, 0);
    sql_close(j, id, s);
    return st == ST_END ? ST_OK : st;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void drop_doubles(Ids *ids)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ids->items.n; i++)
        if (!n || ids->items.items[i] != ids->items.items[n - 1]) ids->items.items[n++] = ids->items.items[i];
    ids->items.n = n;
}

static Status find_ids(Journal *j, const CaseFilter *f, Ids *ids, Error *err)
{
    bool ended = by_end(f);
    Status st;
    if (f->open) {
        st = add_ids(j, SQL_IDS_RUNNING, f, ended, f->with_running, ids, err);
        if (st == ST_OK) st = add_ids(j, SQL_IDS_INCIDENT, f, ended, f->with_running, ids, err);
    } else if (f->key) {
        st = add_ids(j, SQL_IDS_KEY, f, ended, f->with_running, ids, err);
    } else if (f->incidents) {
        st = add_ids(j, SQL_IDS_INCIDENT, f, ended, f->with_running, ids, err);
    } else if (f->status == CASE_RUNNING) {
        st = add_ids(j, SQL_IDS_RUNNING, f, ended, f->with_running, ids, err);
    } else if (ended) {
        st = add_ids(j, SQL_IDS_ENDED, f, true, false, ids, err);
        if (st == ST_OK && f->with_running) st = add_ids(j, SQL_IDS_RUNNING, f, false, false, ids, err);
    } else {
        SqlId how = !f->process ? SQL_IDS : by_start(f) ? SQL_IDS_STARTED : SQL_IDS_PROCESS;
        st = add_ids(j, how, f, false, false, ids, err);
    }
    if (st == ST_OK && ids->items.n)
        qsort(ids->items.items, ids->items.n, sizeof *ids->items.items, by_number);
    if (f->open) drop_doubles(ids);
    return st;
}

static Status visit_case(Journal *j, uint64_t id, bool whole, CaseVisit *visit, void *self, Error *err)
{
    SqlId how = whole ? sql_both(j, SQL_CASE_ROW_WHOLE) : SQL_CASE_ROW;
    sqlite3_stmt *s;
    Case *c = NULL;
    Status st = sql_open(j, how, BINDS(KEY_OF_CASE(id)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    if (st == ST_END)
        st = sql_damaged(j, err, "case %llu is in an index, but not in its table. Run `ops verify`",
                         (unsigned long long)id);
    if (st == ST_OK && whole) {
        Error why = {0};
        st = case_in(j, s, 9, id, &c, &why);
        if (look_again(j, id, &st, &why)) st = read_case(j, id, &c, &why);
        if (st != ST_OK && err) *err = why;
    }
    if (st == ST_OK) {
        CaseRow row = {.id = id,
                       .process = col_name(s, 0),
                       .key = col_text(s, 1),
                       .outcome = col_text(s, 2),
                       .status = (uint8_t)sqlite3_column_int(s, 3),
                       .late = sqlite3_column_int(s, 4) != 0,
                       .started = sqlite3_column_int64(s, 5),
                       .ended = col_instant(s, 6),
                       .due = col_instant(s, 8),
                       .incidents = (uint32_t)sqlite3_column_int64(s, 7)};
        st = visit(self, &row, whole ? &c : NULL, err);
    }
    case_free(c);
    sql_close(j, how, s);
    return st;
}

Status journal_cases(Journal *j, const CaseFilter *filter, bool whole, CaseVisit *visit, void *self,
                     Error *err)
{
    Status st = read_begin(j, err);
    if (st != ST_OK) return st;
    Ids ids = {.arena = arena_new()};
    st = find_ids(j, filter, &ids, err);
    uint32_t n = filter->most && filter->most < ids.items.n ? (uint32_t)filter->most : ids.items.n;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) st = visit_case(j, ids.items.items[i], whole, visit, self, err);
    if (filter->left) *filter->left = ids.items.n - n;
    arena_free(ids.arena);
    read_end(j);
    return st;
}

Status journal_versions(Journal *j, VersionVisit *visit, void *self, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_VERSIONS, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK) {
        VersionRow row = {.process = col_name(s, 0),
                          .cases = (uint64_t)sqlite3_column_int64(s, 2),
                          .running = (uint64_t)sqlite3_column_int64(s, 3),
                          .first = sqlite3_column_int64(s, 4)};
        if (col_hash(s, 1, row.flow)) st = visit(self, &row, err);
        else st = sql_damaged(j, err, "a case of %s names no flow. Run `ops verify`", row.process);
    }
    sql_close(j, SQL_VERSIONS, s);
    return st == ST_END ? ST_OK : st;
}
