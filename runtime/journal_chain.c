/* journal_chain.c -- an event becomes the next link of its shard's chain. */
#include "runtime/journal_private.h"

static Status head_of(Journal *j, int64_t shard, Head **out, Error *err)
{
    Head *h = &j->heads[shard];
    sqlite3_stmt *s;
    *out = h;
    if (h->known) return ST_OK;
    Status st = sql_open(j, SQL_HEAD, BINDS(bind_int(shard)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    *h = (Head){0};
    if (st == ST_OK) {
        h->pos = sqlite3_column_int64(s, 0);
        if (!col_hash(s, 1, h->hash))
            st = sql_damaged(j, err, "the last event of chain %d has no hash. Run `ops verify`", (int)shard);
    }
    sql_close(j, SQL_HEAD, s);
    h->known = st == ST_OK || st == ST_END;
    return h->known ? ST_OK : st;
}

Status event_keep(Journal *j, const Event *e, const IrFlow *flow, size_t *n, Error *err)
{
    int64_t shard = shard_of_case(e->case_id);
    Head *head;
    Status st = head_of(j, shard, &head, err);
    if (st != ST_OK) return st;
    buf_clear(&j->bytes);
    event_write(&j->bytes, e, flow);
    sha256_two(head->hash, SHA256_BYTES, j->bytes.p, j->bytes.n, head->hash);
    head->pos++;
    head->moved = true;
    *n = j->bytes.n;
    st = sql_run(j, SQL_EVENT_ADD,
                 BINDS(bind_int(shard), bind_int(head->pos), bind_id(e->case_id), bind_int(e->seq), bind_int(e->at),
                       bind_int(e->recorded), bind_int(e->kind), bind_blob(head->hash, SHA256_BYTES),
                       bind_text_n(j->bytes.p, j->bytes.n)),
                 err);
    return st == ST_OK ? trace_keep(j, e, err) : st;
}

Status heads_save(Journal *j, Error *err)
{
    Status st = ST_OK;
    for (int64_t shard = 0; shard < SHARDS && st == ST_OK; shard++) {
        Head *h = &j->heads[shard];
        if (!h->moved) continue;
        st = sql_run(j, SQL_HEAD_SET, BINDS(bind_int(shard), bind_int(h->pos), bind_blob(h->hash, SHA256_BYTES)), err);
        h->moved = false;
    }
    return st;
}
