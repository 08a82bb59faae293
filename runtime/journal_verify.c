/* journal_verify.c -- is the history what it was?
 *
 * Trusts nothing but the arithmetic. Each shard's chain is recomputed from
 * the stored bytes. Each case whose links are all sound is folded anew: the
 * columns of its events must say what their bytes say, and its snapshot, its
 * own columns and its open work must be what comes out. Every problem is one
 * line; the rest of the store is looked at all the same.
 *
 * After a wrong link the chain is followed from the hash that is stored, so
 * one changed event is one problem, not one for each event behind it. (Who
 * changed that hash too is caught at the next link.)
 *
 * Who writes a chain anew from some link on, or cuts off its end, is caught by
 * a head that was kept elsewhere: it says how far each chain went then, and
 * one hash covers what all of them held.
 */
#include "runtime/journal_verify_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 1000, MOST_INTEGRITY = 100, MOST_CUT = 3 };

/* The columns of CASES_OF_SHARD behind those of every list of cases. */
enum { OF_DEADLINE = 9, OF_TODO, OF_FLOW, OF_SEQ, OF_SNAPSHOT_SEQ, OF_SNAPSHOT };

/* ---- a head that was kept ---------------------------------------------------------- */

/* What a head tells of a chain's last link, so that a wrong one can be named. */
static unsigned mark_of(const uint8_t link[SHA256_BYTES])
{
    return (unsigned)link[0] << 8 | link[1];
}

/* "HASH", or "HASH-17:4:09af.40:2:c3d1=09af55c3d1a27b60": chain, links, mark; the order of all links, which heads of
 * older versions lack. */
static bool head_read(const char *text, KeptHead *out)
{
    size_t n = strspn(text, "0123456789abcdef");
    if (n != 64) return false;
    memcpy(out->hash, text, 64);
    const char *p = text + n;
    out->whole = *p != '\0';
    for (char before = '-'; *p && (*p != '=' || before == '-'); before = '.') {
        int chain, marked = 0, used = 0;
        int64_t links;
        unsigned mark;
        int read = sscanf(p + 1, "%2d:%" SCNd64 ":%n%4x%n", &chain, &links, &marked, &mark, &used);
        if (*p != before || read != 3 || used - marked != 4) return false;         /* cut off on its way */
        if (chain < 0 || chain >= SHARDS || links < 1) return false;
        out->ends[chain] = links;
        out->marks[chain] = mark;
        p += 1 + used;
    }
    if (!*p) return true;
    if (strlen(p) != ORDER_TEXT || strspn(p + 1, "0123456789abcdef") != ORDER_TEXT - 1) return false;
    memcpy(out->order, p + 1, ORDER_TEXT);
    return true;
}

void verify_problem(Verify *v, const char *format, ...)
{
    if (v->report->problems++ >= MOST_LINES) return;
    char line[700];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    buf_visible(&v->report->text, line, strlen(line));
    buf_putc(&v->report->text, '\n');
}

/* Damage that SQLite meets is a finding; anything else ends the verification. */
static Status or_problem(Verify *v, Status st, const Error *why, const char *where)
{
    if (st == ST_OK || st == ST_END) return ST_OK;
    if (!v->j->damaged) return st;
    v->j->damaged = false;
    verify_problem(v, "%s: %s", where, why->text);
    return ST_OK;
}

/* ---- chains ---------------------------------------------------------------------- */

static void ids_add(Ids *ids, uint64_t id)
{
    size_t n = ids->n;
    if (n && ids->items[n - 1] == id) return;
    if (n == ids->cap) {
        ids->cap = n ? n * 2 : 64;
        ids->items = mem_resize(ids->items, ids->cap * sizeof *ids->items);
    }
    ids->items[ids->n++] = id;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void ids_sort(Ids *ids)
{
    if (ids->n) qsort(ids->items, ids->n, sizeof *ids->items, by_number);
}

bool ids_have(const Ids *ids, uint64_t id)
{
    return ids->n && bsearch(&id, ids->items, ids->n, sizeof id, by_number);
}

/* "case 17, event 3" */
static const char *place_of(const EventRow *r, char out[80])
{
    if (r->case_id == OWN) snprintf(out, 80, "the store itself, event %" PRId64, r->seq);
    else snprintf(out, 80, "case %" PRIu64 ", event %" PRId64, r->case_id, r->seq);
    return out;
}

void verify_wrong(Verify *v, const EventRow *r, const char *what)
{
    char place[80];
    verify_problem(v, "%s (chain %" PRId64 ", link %" PRId64 "): %s", place_of(r, place), r->shard, r->pos, what);
}

/* Is the event the next link of its chain? */
static bool link_holds(Verify *v, const EventRow *r, Chain *c)
{
    uint8_t hash[SHA256_BYTES];
    bool holds = r->pos == c->pos + 1;
    sha256_two(c->link, SHA256_BYTES, r->bytes, r->n, hash);
    if (!holds) {
        char what[100];
        snprintf(what, sizeof what, "link %" PRId64 " was expected: what lay between is missing or was moved",
                 c->pos + 1);
        verify_wrong(v, r, what);
    }
    if (shard_of_case(r->case_id) != r->shard) {
        verify_wrong(v, r, "it lies in another case's chain");
        holds = false;
    }
    bool has = r->hash_n == SHA256_BYTES;
    if (!has || memcmp(hash, r->hash, SHA256_BYTES) != 0) {
        verify_wrong(v, r,
                    "its hash is not that of its text and the event before: it, its hash or the one before"
                    " was changed, added or removed");
        holds = false;
    }
    memcpy(c->link, has ? r->hash : hash, SHA256_BYTES);
    return holds;
}

static void add_head(Buf *heads, int64_t pos, const uint8_t link[SHA256_BYTES])
{
    for (int i = 7; i >= 0; i--) buf_putc(heads, (char)(uint64_t)((uint64_t)pos >> (8 * i) & 0xff));
    buf_add(heads, (const char *)link, SHA256_BYTES);
}

static void note_order(uint8_t order[SHA256_BYTES], int64_t shard)
{
    const uint8_t chain = (uint8_t)shard;
    sha256_two(order, SHA256_BYTES, &chain, 1, order);
}

static void order_text(const uint8_t order[SHA256_BYTES], char out[ORDER_TEXT])
{
    char hex[65];
    sha256_hex(order, hex);
    memcpy(out, hex, ORDER_TEXT - 1);
    out[ORDER_TEXT - 1] = '\0';
}

static void next_link(Verify *v, const EventRow *r)
{
    Chain *c = &v->chains[r->shard];
    int64_t end = v->kept ? v->kept->ends[r->shard] : 0;
    if (!link_holds(v, r, c)) ids_add(&v->unsound, r->case_id);
    c->pos = r->pos, c->last_case = r->case_id, c->last_seq = r->seq;
    note_order(v->order, r->shard);
    if (r->pos <= end) note_order(v->order_then, r->shard);
    v->report->since += r->pos > end;
    v->report->events += r->case_id != OWN;
    if (!end || r->pos != end) return;
    memcpy(c->then, c->link, sizeof c->then);
    if (mark_of(c->link) != v->kept->marks[r->shard])
        verify_wrong(v, r,
                    "the head that was kept saw another one here: it, or one before it in its chain, was written"
                    " anew");
}

/* All chains at once, in the order in which their links came. */
static Status verify_links(Verify *v, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(v->j, sql_both(v->j, SQL_EVENTS), NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK) {
        EventRow r = event_row(s);
        if (r.shard >= 0 && r.shard < SHARDS) next_link(v, &r);
    }
    sql_close(v->j, sql_both(v->j, SQL_EVENTS), s);
    ids_sort(&v->unsound);
    return st;
}

static void cut_off(Chain *c, int64_t links, const char *says)
{
    if (links <= c->pos || links <= c->had) return;
    c->had = links, c->says = says;
}

/* Which cases lost their last events with their chain's end: their rows know of more, and all together of no more than
 * the chain lost; else none is believed. One that runs may have lost some of which its row does not know yet. */
static Status find_cut(Verify *v, int64_t shard, Buf *told, Error *err)
{
    const Chain *c = &v->chains[shard];
    SqlId how = sql_both(v->j, SQL_CASES_CUT);
    sqlite3_stmt *s;
    uint32_t n = 0;
    int64_t links = c->pos < 0 ? 0 : c->had - c->pos;
    size_t before = v->cut.n;
    bool believed = true;
    Status st = sql_open(v->j, how, BINDS(bind_int(shard)), &s, err);
    for (; st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK; n++) {
        int64_t id = sqlite3_column_int64(s, 0);
        int64_t last = sqlite3_column_int64(s, 1), had = sqlite3_column_int64(s, 2);
        believed = last >= 0 && had - last <= links;
        if (!believed) break;
        links -= had - last;
        ids_add(&v->cut, (uint64_t)id);
        if (n >= MOST_CUT) continue;
        buf_puts(told, n ? ", " : ", with ");
        if (last) buf_printf(told, "what came behind event %" PRId64 " of case %" PRId64, last, id);
        else buf_printf(told, "all events of case %" PRId64, id);
    }
    sql_close(v->j, how, s);
    if (!believed) {
        v->cut.n = before;
        buf_clear(told);
        return ST_OK;
    }
    if (n > MOST_CUT) buf_printf(told, ", and of %" PRIu32 " more", n - MOST_CUT);
    return st == ST_END ? ST_OK : st;
}

/* One line says what became of a case by that: what is listed of it would differ in all that follows from what it
 * lost. */
static Status tell_cut(Verify *v, int64_t shard, Error *err)
{
    const Chain *c = &v->chains[shard];
    const EventRow last = {.case_id = c->last_case, .seq = c->last_seq};
    char place[80];
    Buf with = {0};
    Status st = find_cut(v, shard, &with, err);
    verify_problem(v,
                   "chain %" PRId64 " ends with link %" PRId64 "%s%s%s, but had %" PRId64 " %s: its end was cut off%s",
                   shard, c->pos, c->pos ? " (" : "", c->pos ? place_of(&last, place) : "", c->pos ? ")" : "", c->had,
                   c->says, buf_text(&with));
    buf_free(&with);
    return st;
}

/* What the store itself says of its chains' ends. */
static Status verify_heads(Verify *v, Error *err)
{
    Status st = ST_OK;
    for (int64_t shard = 0; shard < SHARDS && st == ST_OK; shard++) {
        const Chain *c = &v->chains[shard];
        sqlite3_stmt *s;
        st = sql_open(v->j, SQL_HEAD, BINDS(bind_int(shard)), &s, err);
        if (st == ST_OK) st = sql_next(v->j, s, err);
        int64_t pos = st == ST_OK ? sqlite3_column_int64(s, 0) : 0;
        uint8_t hash[SHA256_BYTES] = {0};
        bool has = st == ST_OK ? col_hash(s, 1, hash) : st == ST_END;
        sql_close(v->j, SQL_HEAD, s);
        if (st == ST_END) st = ST_OK;
        if (st != ST_OK) break;
        cut_off(&v->chains[shard], pos, "by what the store says");
        if (c->had)
            st = tell_cut(v, shard, err);
        else if (pos < c->pos || !has || memcmp(hash, c->link, sizeof hash) != 0)
            verify_problem(v, "chain %" PRId64 ": its last link is another one than the store says", shard);
    }
    ids_sort(&v->cut);
    return st;
}

/* The ends of all chains in order: of the whole they are the head. */
static void keep_ends(Verify *v)
{
    for (int shard = 0; shard < SHARDS; shard++) {
        const Chain *c = &v->chains[shard];
        int64_t end = v->kept ? v->kept->ends[shard] : 0;
        if (v->kept && c->pos >= end) add_head(&v->then, end, c->then);
        add_head(&v->heads, c->pos, c->link);
        v->report->chains += c->pos > 0;
        if (c->pos)
            buf_printf(&v->ends, "%c%d:%" PRId64 ":%04x", v->ends.n ? '.' : '-', shard, c->pos, mark_of(c->link));
    }
}

static Status verify_chains(Verify *v, Error *err)
{
    Status st = verify_links(v, err);
    for (int shard = 0; st == ST_END && v->kept && shard < SHARDS; shard++)
        cut_off(&v->chains[shard], v->kept->ends[shard], "when the head was kept");
    keep_ends(v);
    return st == ST_END ? verify_heads(v, err) : st;
}

/* ---- cases ---------------------------------------------------------------------------- */

const char *wrong_column(const EventRow *r, const Event *e)
{
    if (e->case_id != r->case_id) return "its text tells of another case than its column";
    if (e->seq != r->seq) return "its text has another number than its column";
    if (e->at != r->at) return "its text tells another time of happening than its column";
    if (e->recorded != r->recorded) return "its text tells another time of recording than its column";
    return e->kind != r->kind ? "its text tells of another kind of event than its column" : NULL;
}

bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void differs(Verify *v, uint64_t id, bool does, const char *what)
{
    if (does) verify_problem(v, "case %" PRIu64 ": %s is not what its events say", id, what);
}

/* Whether the copy is what its key says, is looked at by itself. */
static bool copy_is_there(const Verify *v, const FileCopy *file)
{
    uint8_t hash[SHA256_BYTES];
    int64_t there = 0;
    Error why;
    return sha256_unhex(file->hash, hash) &&
           sql_int(v->j, SQL_FILE_THERE, BINDS(KEY_OF_HASH(hash)), 0, &there, &why) == ST_OK && there;
}

/* Reads an event; NULL where it can be folded into the case, else why it cannot be. */
static const char *next_event(Verify *v, const EventRow *r, const IrFlow **flow, const Case *c, Event *e, Error *why)
{
    arena_reset(v->arena);
    if (event_of_row(v->j, r, flow, v->arena, e, why) != ST_OK) return why->text;
    const char *wrong = wrong_column(r, e);
    if (wrong) return wrong;
    if (e->seq != c->seq + 1) return "the event before it is missing";
    if (!case_foldable(c, e)) return "it names no place in the flow";
    FileCopy file;
    for (uint32_t i = 0; event_file(e, i, &file); i++)
        if (!copy_is_there(v, &file))
            return arena_printf(v->arena, "the copy of %s that it names is not there", file.path);
    return NULL;
}

static bool is_snapshot(sqlite3_stmt *of, const Case *c)
{
    Buf b = {0};
    case_write(&b, c);
    bool same = (size_t)sqlite3_column_bytes(of, OF_SNAPSHOT) == b.n &&
                memcmp(col_name(of, OF_SNAPSHOT), b.p, b.n) == 0;
    buf_free(&b);
    return same;
}

/* An older ops did not keep in which element of a list a step ended: is it the same but for that? */
static bool is_older_snapshot(sqlite3_stmt *of, Case *c)
{
    Case *kept;
    Error err;
    size_t n = (size_t)sqlite3_column_bytes(of, OF_SNAPSHOT);
    if (case_read(c->flow, col_name(of, OF_SNAPSHOT), n, &kept, &err) != ST_OK) return false;
    bool same = kept->did.n == c->did.n;
    uint32_t *elements = mem_zero(c->did.n + 1, sizeof *elements);
    for (uint32_t i = 0; i < c->did.n && same; i++) {
        elements[i] = c->did.items[i].element;
        if (kept->did.items[i].element == DID_ANYWHERE) c->did.items[i].element = DID_ANYWHERE;
    }
    same = same && is_snapshot(of, c);
    for (uint32_t i = 0; i < c->did.n && kept->did.n == c->did.n; i++) c->did.items[i].element = elements[i];
    free(elements);
    case_free(kept);
    return same;
}

/* of: a row of CASES_OF_SHARD. Its snapshot must be what the events up to its number fold to. */
static void compare_snapshot(Verify *v, sqlite3_stmt *of, Case *c)
{
    differs(v, c->id, !is_snapshot(of, c) && !is_older_snapshot(of, c), "its snapshot");
}

/* *folded is false, and the problem told, where the events do not fold. */
static Status fold(Verify *v, sqlite3_stmt *of, Case *c, bool *folded, Error *err)
{
    sqlite3_stmt *s;
    Error why;
    const IrFlow *flow = c->flow;
    int64_t snapshot = sqlite3_column_int64(of, OF_SNAPSHOT_SEQ);     /* 0: there is none */
    *folded = true;
    Status st = sql_open(v->j, sql_both(v->j, SQL_EVENTS_OF), BINDS(KEY_OF_CASE(c->id), bind_int(0)), &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK) {
        EventRow r = event_row(s);
        Event e;
        const char *wrong = next_event(v, &r, &flow, c, &e, &why);
        if (wrong) verify_wrong(v, &r, wrong);
        *folded = !wrong;
        if (wrong) break;
        st = verify_told(v, &r, c, &e, err);
        case_apply(c, &e);
        if (c->seq == snapshot) compare_snapshot(v, of, c);
    }
    sql_close(v->j, sql_both(v->j, SQL_EVENTS_OF), s);
    return st == ST_END ? ST_OK : st;
}

/* s: a row of CASES_OF_SHARD. */
static void compare_case(Verify *v, sqlite3_stmt *s, const Case *c)
{
    CaseColumns k = columns_of(c);
    uint64_t id = c->id;
    int64_t snapshot = sqlite3_column_int64(s, OF_SNAPSHOT_SEQ);
    differs(v, id, snapshot < 0 || snapshot > c->seq, "the number of events in its snapshot");
    differs(v, id, !same_text(col_text(s, 1), c->process), "its process");
    differs(v, id, !same_text(col_text(s, 2), c->key), "its key");
    differs(v, id, !same_text(col_text(s, 3), c->outcome), "its outcome");
    differs(v, id, sqlite3_column_int64(s, 4) != k.status, "its status");
    differs(v, id, sqlite3_column_int64(s, 5) != k.late, "whether it is late");
    differs(v, id, sqlite3_column_int64(s, 6) != k.started, "its start");
    differs(v, id, col_instant(s, 7) != k.ended, "its end");
    differs(v, id, sqlite3_column_int64(s, 8) != k.incidents, "its number of open incidents");
    int64_t seq = sqlite3_column_int64(s, OF_SEQ);     /* of one that runs, when its row was written */
    differs(v, id, seq < 1 || seq > c->seq || (seq < c->seq && c->status != CASE_RUNNING), "its number of events");
    differs(v, id, col_instant(s, OF_DEADLINE) != k.deadline, "its deadline");
    differs(v, id, sqlite3_column_int64(s, OF_TODO) != k.todo, "whether a machine has something to do");
}

static bool same_work(const WorkRow *a, const WorkRow *b)
{
    return a->act == b->act && a->state == b->state && same_text(a->process, b->process) &&
           same_text(a->key, b->key) && same_text(a->step, b->step) && same_text(a->event, b->event) &&
           same_text(a->lock, b->lock) &&
           a->since == b->since && a->deadline == b->deadline &&
           (a->state != ACT_OFFERED || a->number);
}

static bool next_work(const Case *c, uint32_t *i, WorkRow *out)
{
    Instant ignored;
    while (*i < c->acts.n)
        if (work_of(c, &c->acts.items[(*i)++], out, &ignored)) return true;
    return false;
}

/* Is everything that waits for a moment found when that comes? */
static Status compare_dues(Verify *v, const Case *c, Error *err)
{
    bool missed = false;
    Status st = ST_OK;
    for (uint32_t i = 0; i < c->acts.n && st == ST_OK; i++) {
        int64_t there;
        WorkRow w;
        Instant due = INSTANT_NEVER;
        if (!work_of(c, &c->acts.items[i], &w, &due) || due == INSTANT_NEVER) continue;
        v->dues++;
        st = sql_int(v->j, SQL_DUE_THERE,
                     BINDS(bind_int(due), bind_id(c->id), bind_int(w.act), bind_int(shard_of_case(c->id))), 0, &there,
                     err);
        missed |= st == ST_END;
        if (st == ST_END) st = ST_OK;
    }
    differs(v, c->id, missed, "when its open work is due");
    return st;
}

/* The stored rows of work, and those that follow from the open acts, both in order of act. */
static Status compare_work(Verify *v, const Case *c, Error *err)
{
    sqlite3_stmt *s;
    uint32_t i = 0;
    WorkRow want = {0};
    bool more = next_work(c, &i, &want), wrong = false;
    Status st = sql_open(v->j, SQL_WORK_OF_CASE, BINDS(KEY_OF_CASE(c->id)), &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK) {
        WorkRow found = work_row(s);
        wrong |= !more || !same_work(&found, &want);
        more = next_work(c, &i, &want);
        v->work++;
    }
    sql_close(v->j, SQL_WORK_OF_CASE, s);
    differs(v, c->id, wrong || more, "its list of open work");
    return st == ST_END ? ST_OK : st;
}

/* s: a row of CASES_OF_SHARD; c: what its events fold to; flow: that which the row names. */
static Status compare(Verify *v, sqlite3_stmt *s, const Case *c, const IrFlow *flow, Error *err)
{
    if (c->seq == 0) {
        verify_problem(v, "case %" PRIu64 ": it has no events", c->id);
        return ST_OK;
    }
    compare_case(v, s, c);
    differs(v, c->id, memcmp(ir_flow_hash(c->flow), ir_flow_hash(flow), SHA256_BYTES) != 0, "its flow");
    Status st = compare_work(v, c, err);
    return st == ST_OK ? compare_dues(v, c, err) : st;
}

/* s: a row of CASES_OF_SHARD. *folded is false, and the problem told, where its events do not fold. */
static Status verify_case(Verify *v, sqlite3_stmt *s, int64_t shard, bool *folded, Error *err)
{
    uint64_t id = (uint64_t)sqlite3_column_int64(s, 0);
    uint8_t hash[SHA256_BYTES];
    const IrFlow *flow = NULL;
    Error why;
    if (shard_of_case(id) != shard) verify_problem(v, "case %" PRIu64 ": it lies in another case's shard", id);
    if (!col_hash(s, OF_FLOW, hash) || journal_known_flow(v->j, hash, &flow, &why) != ST_OK)
        verify_problem(v, "case %" PRIu64 ": the flow it began with cannot be read, so its events cannot be folded",
                id);
    if (!flow) return ST_OK;
    const IrFlow *now = flow;
    if (flow_at_first(v->j, id, &flow, &why) != ST_OK) {
        verify_problem(v, "case %" PRIu64 ": the flow it began with cannot be read: %s", id, why.text);
        return ST_OK;
    }
    Case *c = case_new(flow);
    c->id = id;
    Status st = fold(v, s, c, folded, err);
    if (st == ST_OK && *folded && !ids_have(&v->cut, id)) st = compare(v, s, c, now, err);
    case_free(c);
    return st;
}

static Status verify_cases(Verify *v, int64_t shard, Error *err)
{
    sqlite3_stmt *s;
    Status st = verify_sent(v, shard, err);
    if (st != ST_OK) return st;
    st = sql_open(v->j, sql_both(v->j, SQL_CASES_OF_SHARD), BINDS(bind_int(shard)), &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK) {
        uint64_t id = (uint64_t)sqlite3_column_int64(s, 0);
        bool folded = false;
        v->report->cases++;            /* a doubted one was told of already; folding it could mislead */
        if (!ids_have(&v->unsound, id)) st = verify_case(v, s, shard, &folded, err);
        if (!folded) verify_skipped(v, id);
        else if (ids_have(&v->cut, id)) verify_shortened(v, id);
    }
    sql_close(v->j, sql_both(v->j, SQL_CASES_OF_SHARD), s);
    if (st == ST_END) verify_unsent(v);
    return st == ST_END ? ST_OK : st;
}

static Status verify_orphans(Verify *v, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(v->j, sql_both(v->j, SQL_EVENTS_ORPHANED), NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK)
        verify_problem(v, "case %" PRId64 ": there are events of it, but no case",
                (int64_t)sqlite3_column_int64(s, 0));
    sql_close(v->j, sql_both(v->j, SQL_EVENTS_ORPHANED), s);
    return st == ST_END ? ST_OK : st;
}

/* ---- the store as a whole ------------------------------------------------------------------ */

/* Is every flow the one that its key says? */
static Status verify_flows(Verify *v, Error *err)
{
    sqlite3_stmt *s;
    Error why;
    Status st = sql_open(v->j, SQL_FLOWS, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK) {
        uint8_t hash[SHA256_BYTES];
        const IrFlow *flow;
        bool fits = col_hash(s, 1, hash) && shard_of_hash(hash) == sqlite3_column_int64(s, 0);
        Status read = fits ? journal_known_flow(v->j, hash, &flow, &why) : ST_INTERNAL;
        if (!fits || read != ST_OK || !same_text(flow->process, col_text(s, 2)))
            verify_problem(v, "a stored flow of %s: %s", col_name(s, 2),
                    fits && read != ST_OK ? why.text : "its key or process was changed");
    }
    sql_close(v->j, SQL_FLOWS, s);
    return st == ST_END ? ST_OK : st;
}

/* Is every copy of a file the one that its key says? */
static Status verify_files(Verify *v, Error *err)
{
    sqlite3_stmt *s;
    Buf bytes = {0};
    Status st = sql_open(v->j, SQL_FILES, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK) {
        uint8_t hash[SHA256_BYTES];
        char hex[65];
        Error why;
        bool fits = col_hash(s, 1, hash) && shard_of_hash(hash) == sqlite3_column_int64(s, 0);
        sha256_hex(hash, hex);
        if (!fits || journal_file(v->j, hash, &bytes, &why) != ST_OK)
            verify_problem(v, "the copy of a file, SHA-256 %s: it was changed", hex);
    }
    sql_close(v->j, SQL_FILES, s);
    buf_free(&bytes);
    return st == ST_END ? ST_OK : st;
}

/* Rows that should not be there: a problem each, naming the number in the first column. */
static Status verify_none(Verify *v, SqlId id, const char *before, const char *after, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(v->j, id, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(v->j, s, err)) == ST_OK)
        verify_problem(v, "%s %" PRId64 "%s", before, (int64_t)sqlite3_column_int64(s, 0), after);
    sql_close(v->j, id, s);
    return st == ST_END ? ST_OK : st;
}

/* Is each event found by its case? */
static Status verify_traces(Verify *v, Error *err)
{
    int64_t odd;
    Status st = sql_int(v->j, SQL_TRACES_ODD, NULL, 0, 0, &odd, err);
    if (st == ST_OK) verify_problem(v, "the list of the events that each case has is not what the events say");
    return st == ST_END ? ST_OK : st;
}

static Status verify_whole(Verify *v, Error *err)
{
    int64_t cases = 0, work = 0, dues = 0, messages = 0, task = 0;
    Status st = verify_none(v, sql_both(v->j, SQL_SHARDS_ODD), "there are rows in shard", ", which no case has", err);
    if (st == ST_OK)
        st = verify_none(v, sql_both(v->j, SQL_SNAPSHOTS_ORPHANED), "case", ": there is a snapshot of it, but no case",
                         err);
    if (st == ST_OK) st = sql_int(v->j, SQL_CASES_COUNT, NULL, 0, 0, &cases, err);
    if (st == ST_OK) st = counters_load(v->j, err);
    if (st == ST_OK && cases != v->j->counters[COUNTER_CASE])
        verify_problem(v, "%" PRId64 " cases were begun, but %" PRId64 " are there", v->j->counters[COUNTER_CASE],
                cases);
    if (st == ST_OK) st = sql_int(v->j, SQL_MESSAGES_COUNT, NULL, 0, 0, &messages, err);
    if (st == ST_OK && messages != v->j->counters[COUNTER_MESSAGE])
        verify_problem(v, "%" PRId64 " messages were sent, but %" PRId64 " are there", v->j->counters[COUNTER_MESSAGE],
                messages);
    if (st == ST_OK) st = sql_int(v->j, SQL_WORK_LAST, NULL, 0, 0, &task, err);
    if (st == ST_OK && task > v->j->counters[COUNTER_TASK])
        verify_problem(v, "task %" PRId64 " has a number that was not given yet", task);
    v->j->counters_known = false;
    if (st == ST_OK && v->report->problems == 0) st = verify_traces(v, err);
    if (st == ST_OK) st = sql_int(v->j, SQL_WORK_COUNT, NULL, 0, 0, &work, err);
    if (st == ST_OK && v->report->problems == 0 && (uint64_t)work != v->work)
        verify_problem(v, "there is open work of cases that are not there");
    if (st == ST_OK) st = sql_int(v->j, SQL_DUES_COUNT, NULL, 0, 0, &dues, err);
    if (st == ST_OK && v->report->problems == 0 && (uint64_t)dues != v->dues)
        verify_problem(v, "something is due of which no case tells");
    return st;
}

static Status verify_file(Verify *v, Error *err)
{
    sqlite3_stmt *s = NULL;
    Buf text = {0};
    buf_printf(&text, "PRAGMA integrity_check(%d)", MOST_INTEGRITY);
    int rc = sqlite3_prepare_v2(v->j->db, text.p, -1, &s, NULL);
    buf_free(&text);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(s);
        if (rc == SQLITE_ROW && strcmp(col_name(s, 0), "ok") != 0)
            verify_problem(v, "the file itself: %s", col_name(s, 0));
    }
    Status st = rc == SQLITE_DONE ? ST_OK : sql_fail(v->j, rc, err);
    sqlite3_finalize(s);
    return st;
}

/* Four digits of each chain say where; the hash over all of them says for certain whether. */
static void compare_kept(Verify *v)
{
    uint8_t hash[SHA256_BYTES];
    char hex[65];
    const Buf *all = v->kept->whole ? &v->then : &v->heads;
    sha256(all->p, all->n, hash);
    sha256_hex(hash, hex);
    bool same = strcmp(hex, v->kept->hash) == 0;
    v->report->other_head = !same && !v->kept->whole;
    if (same && !v->kept->whole) v->report->since = 0;     /* a hash alone says nothing of where the chains ended */
    if (!same && v->kept->whole && v->report->problems == 0)
        verify_problem(v, "the head that was kept does not fit: an event before it was changed, and all behind it"
                       " written anew; or the end of the head was cut off on its way here");
    char order[ORDER_TEXT];
    order_text(v->order_then, order);
    if (*v->kept->order && v->report->problems == 0 && strcmp(order, v->kept->order) != 0)
        verify_problem(v, "events of different chains came in another order when the head was kept: the numbers `n` of"
                       " events were changed");
}

/* What is missing may lie where nobody can look for it. */
static Status tell_missed(Verify *v, Error *err)
{
    bool missed;
    if (v->report->problems == 0) return ST_OK;
    Status st = archive_missed(v->j, &missed, err);
    if (st == ST_OK && missed)
        buf_printf(&v->report->text, "Events are missing, and there is no archive %s.archive: if there was one, bring"
                                     " it back\n", v->j->path);
    return st;
}

static Status verify_all(Verify *v, Error *err)
{
    Error why = {0};
    Status st = or_problem(v, verify_flows(v, &why), &why, "flows");
    if (st == ST_OK) st = or_problem(v, verify_files(v, &why), &why, "files");
    if (st == ST_OK) st = or_problem(v, verify_tellers(v, &why), &why, "the store itself");
    if (st == ST_OK) st = or_problem(v, verify_chains(v, &why), &why, "the chains");
    v->own_doubted = ids_have(&v->unsound, OWN);
    for (int64_t shard = 0; shard < SHARDS && st == ST_OK; shard++) {
        char where[32];
        snprintf(where, sizeof where, "cases of chain %d", (int)shard);
        st = or_problem(v, verify_cases(v, shard, &why), &why, where);
    }
    if (st == ST_OK) st = or_problem(v, verify_orphans(v, &why), &why, "events without a case");
    if (st == ST_OK) st = or_problem(v, verify_origins(v, &why), &why, "what began the cases");
    if (st == ST_OK) st = or_problem(v, verify_own(v, &why), &why, "the store itself");
    if (st == ST_OK) st = or_problem(v, verify_whole(v, &why), &why, "the store");
    if (st == ST_OK) st = or_problem(v, verify_file(v, &why), &why, "the file itself");
    if (st == ST_OK && v->kept) compare_kept(v);
    if (st == ST_OK) st = tell_missed(v, &why);
    if (st != ST_OK && err) *err = why;
    return st;
}

Status journal_verify(Journal *j, const char *head, VerifyReport *out, Error *err)
{
    KeptHead kept = {0};
    Verify v = {.j = j, .report = out, .kept = head ? &kept : NULL};
    uint8_t hash[SHA256_BYTES];
    char hex[65], order[ORDER_TEXT];
    *out = (VerifyReport){0};
    if (head && !head_read(head, &kept))
        return fail(err, ST_USAGE, "what was given as --head is none: give what `ops verify` printed behind \"head\"");
    v.arena = arena_new(), v.sent_arena = arena_new(), v.signals_arena = arena_new();
    v.told_arena = arena_new(), v.told = map_new(v.told_arena);
    j->verifiable = false;
    Status st = archive_find(j, err);
    if (st == ST_OK) st = read_begin(j, err);
    if (st == ST_OK) {
        st = verify_all(&v, err);
        read_end(j);
    }
    j->verifiable = true;
    sha256(v.heads.p ? v.heads.p : "", v.heads.n, hash);
    sha256_hex(hash, hex);
    order_text(v.order, order);
    snprintf(out->head, sizeof out->head, "%s%s%s%s", hex, buf_text(&v.ends), v.ends.n ? "=" : "",
             v.ends.n ? order : "");
    if (out->problems > MOST_LINES)
        buf_printf(&out->text, "and %" PRIu64 " more\n", out->problems - MOST_LINES);
    free(v.unsound.items);
    free(v.cut.items);
    buf_free(&v.heads);
    buf_free(&v.ends);
    buf_free(&v.then);
    arena_free(v.arena), arena_free(v.sent_arena), arena_free(v.signals_arena), arena_free(v.told_arena);
    if (st != ST_OK) buf_free(&out->text);
    return st;
}
