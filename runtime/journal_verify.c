/* journal_verify.c -- proves that nothing in the store was changed behind its back.
 *
 * Three questions: does every chain's hash follow from the bytes before it; do
 * the columns say what the bytes say; does every case's snapshot follow from
 * folding its events.
 */
#include "runtime/journal_private.h"

#include <stdio.h>
#include <string.h>

enum { MOST_LINES = 100 };

typedef struct Verify { Journal *j; VerifyReport *r; Arena *arena; } Verify;

static void problem(Verify *v, const char *format, ...) PRINTF_LIKE(2, 3);

static void problem(Verify *v, const char *format, ...)
{
    char line[600];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (v->r->problems++ < MOST_LINES) buf_printf(&v->r->text, "%s\n", line);
}

static Status each_row(Verify *v, const char *sql, void (*row)(Verify *v, sqlite3_stmt *s, void *state), void *state, Error *err)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(v->j->db, sql, -1, &s, NULL);
    while (code == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) row(v, s, state);
    if (code == SQLITE_OK) code = sqlite3_reset(s);
    sqlite3_finalize(s);
    return code == SQLITE_OK ? ST_OK : journal_trouble(v->j, "verifying", err);
}

/* ---- chains --------------------------------------------------------------------------- */

typedef struct Chain { int64_t shard, pos; uint8_t hash[SHA256_BYTES]; uint8_t heads[SHA256_BYTES]; } Chain;

static void end_chain(Chain *c)
{
    if (c->shard >= 0) sha256_two(c->heads, SHA256_BYTES, c->hash, SHA256_BYTES, c->heads);
}

static void chain_row(Verify *v, sqlite3_stmt *s, void *state)
{
    Chain *c = state;
    int64_t shard = sqlite3_column_int64(s, 0), pos = sqlite3_column_int64(s, 1);
    unsigned long long case_id = (unsigned long long)sqlite3_column_int64(s, 2), seq = (unsigned long long)sqlite3_column_int64(s, 3);
    if (shard != c->shard) {
        end_chain(c);
        memset(c->hash, 0, SHA256_BYTES);
        c->shard = shard, c->pos = 0;
        v->r->chains++;
    }
    v->r->events++;
    if (pos != c->pos + 1)
        problem(v, "chain %lld: between event %lld and %lld something is missing", (long long)shard, (long long)c->pos, (long long)pos);
    c->pos = pos;
    uint8_t hash[SHA256_BYTES];
    sha256_two(c->hash, SHA256_BYTES, sqlite3_column_blob(s, 7), (size_t)sqlite3_column_bytes(s, 7), hash);
    bool same = sqlite3_column_bytes(s, 8) == SHA256_BYTES && memcmp(hash, sqlite3_column_blob(s, 8), SHA256_BYTES) == 0;
    if (!same) problem(v, "case %llu, event %llu: it was changed, or one before it in chain %lld was", case_id, seq, (long long)shard);
    if (sqlite3_column_bytes(s, 8) == SHA256_BYTES) memcpy(c->hash, sqlite3_column_blob(s, 8), SHA256_BYTES);
}

/* ---- cases ------------------------------------------------------------------------------ */

typedef struct Fold { Verify *v; Case *of; uint64_t id; bool broken; } Fold;

static Status columns_agree(Fold *f, sqlite3_stmt *s, const Event *e)
{
    bool same = e->case_id == f->id && e->seq == (uint32_t)sqlite3_column_int64(s, 1) && e->at == sqlite3_column_int64(s, 2) &&
                e->recorded == sqlite3_column_int64(s, 3) && e->kind == sqlite3_column_int(s, 4);
    if (!same) problem(f->v, "case %llu, event %u: its columns do not say what was recorded", (unsigned long long)f->id, e->seq);
    return ST_OK;
}

static void fold_events(Fold *f)
{
    Arena *a = f->v->arena;
    sqlite3_stmt *s = NULL;
    sqlite3_prepare_v2(f->v->j->db, "SELECT bytes, seq, at, recorded, kind FROM events WHERE shard = ?1 AND case_id = ?2 ORDER BY seq", -1, &s, NULL);
    if (!s) return;
    sqlite3_bind_int64(s, 1, shard_of_case(f->id));
    sqlite3_bind_int64(s, 2, (int64_t)f->id);
    while (!f->broken && sqlite3_step(s) == SQLITE_ROW) {
        Event e;
        Error why;
        if (event_read(a, f->of->flow, sqlite3_column_blob(s, 0), (size_t)sqlite3_column_bytes(s, 0), &e, &why) != ST_OK) {
            problem(f->v, "case %llu, event %lld: %s", (unsigned long long)f->id, (long long)sqlite3_column_int64(s, 1), why.text);
            f->broken = true;
        } else if (e.seq != f->of->seq + 1) {
            problem(f->v, "case %llu: event %u is followed by event %u", (unsigned long long)f->id, f->of->seq, e.seq);
            f->broken = true;
        } else {
            columns_agree(f, s, &e);
            case_apply(f->of, &e);
        }
        arena_reset(a);
    }
    sqlite3_finalize(s);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void case_row(Verify *v, sqlite3_stmt *s, void *state)
{
    const IrFlow *flow;
    Error why;
    uint8_t hash[SHA256_BYTES] = {0};
    uint64_t id = (uint64_t)sqlite3_column_int64(s, 0);
    (void)state;
    v->r->cases++;
    if (sqlite3_column_bytes(s, 1) == SHA256_BYTES) memcpy(hash, sqlite3_column_blob(s, 1), SHA256_BYTES);
    if (journal_known_flow(v->j, hash, &flow, &why) != ST_OK) {
        problem(v, "case %llu: %s", (unsigned long long)id, why.text);
        return;
    }
    Fold f = {v, case_new(flow), id, false};
    f.of->id = id;
    fold_events(&f);
    Buf b = {0};
    case_write(&b, f.of);
    bool same = b.n == (size_t)sqlite3_column_bytes(s, 2) && memcmp(buf_text(&b), sqlite3_column_blob(s, 2), b.n) == 0;
    if (!same && !f.broken) problem(v, "case %llu: its snapshot is not what its %u events yield", (unsigned long long)id, f.of->seq);
    bool columns = f.of->status == sqlite3_column_int(s, 3) && same_text(f.of->outcome, column_text(s, 4)) &&
                   f.of->started == sqlite3_column_int64(s, 5) && f.of->ended == column_moment(s, 6) &&
                   f.of->seq == (uint32_t)sqlite3_column_int64(s, 7) && same_text(f.of->process, column_text(s, 8)) &&
                   same_text(f.of->key, column_text(s, 9));
    if (!columns && !f.broken) problem(v, "case %llu: its columns are not what its events yield", (unsigned long long)id);
    buf_free(&b);
    case_free(f.of);
}

static void orphan_row(Verify *v, sqlite3_stmt *s, void *state)
{
    (void)state;
    problem(v, "case %llu: there are events of it, and no case", (unsigned long long)sqlite3_column_int64(s, 0));
}

static void integrity_row(Verify *v, sqlite3_stmt *s, void *state)
{
    (void)state;
    const char *text = column_text(s, 0);
    if (text && strcmp(text, "ok") != 0) problem(v, "the file: %s", text);
}

Status journal_verify(Journal *j, VerifyReport *out, Error *err)
{
    Verify v = {j, out, arena_new()};
    Chain chain = {.shard = -1};
    *out = (VerifyReport){0};
    Status st = each_row(&v, "PRAGMA integrity_check(20)", integrity_row, NULL, err);
    if (st == ST_OK)
        st = each_row(&v, "SELECT shard, pos, case_id, seq, at, recorded, kind, bytes, hash FROM events ORDER BY shard, pos", chain_row, &chain, err);
    end_chain(&chain);
    if (st == ST_OK)
        st = each_row(&v, "SELECT id, flow, snapshot, status, outcome, started, ended, seq, process, key FROM cases ORDER BY id", case_row, NULL, err);
    if (st == ST_OK)
        st = each_row(&v, "SELECT DISTINCT case_id FROM events WHERE NOT EXISTS (SELECT 1 FROM cases WHERE cases.shard = events.shard AND cases.id = events.case_id)",
                      orphan_row, NULL, err);
    sha256_hex(chain.heads, out->head);
    arena_free(v.arena);
    return st;
}
