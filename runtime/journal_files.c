/* journal_files.c -- copies of files that people gave.
 *
 * A file is kept once for each content, in parts, so that a line of an export
 * and a row in memory stay small. Events name it by its hash, and are hashed
 * themselves: whoever changes a copy is found out by `ops verify`.
 */
#include "runtime/journal_private.h"

#include <string.h>

enum { PART_MOST = 1 << 20 };

static Status add_parts(Journal *j, const uint8_t *hash, const char *bytes, size_t n, Error *err)
{
    Status st = ST_OK;
    size_t at = 0;
    for (int64_t part = 0; st == ST_OK && (at < n || part == 0); part++) {
        size_t most = n - at < PART_MOST ? n - at : PART_MOST;
        st = sql_run(j, SQL_FILE_ADD, BINDS(KEY_OF_HASH(hash), bind_int(part), bind_blob(bytes + at, most)), err);
        at += most;
    }
    return st;
}

Status journal_keep_file(Journal *j, const char *bytes, size_t n, uint8_t hash[SHA256_BYTES], Error *err)
{
    int64_t known = 0;
    sha256(bytes, n, hash);
    Status st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    st = sql_int(j, SQL_FILE_THERE, BINDS(KEY_OF_HASH(hash)), 0, &known, err);
    if (st == ST_END) st = ST_OK;
    if (st == ST_OK && !known) st = add_parts(j, hash, bytes, n, err);
    return write_end(j, st, err);
}

static Status read_parts(Journal *j, const uint8_t hash[SHA256_BYTES], Buf *out, bool *any, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_FILE_PARTS, BINDS(KEY_OF_HASH(hash)), &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK) {
        const void *part = sqlite3_column_blob(s, 0);
        if (part) buf_add(out, part, (size_t)sqlite3_column_bytes(s, 0));      /* an empty one is NULL */
        *any = true;
    }
    sql_close(j, SQL_FILE_PARTS, s);
    return st == ST_END ? ST_OK : st;
}

Status journal_file(Journal *j, const uint8_t hash[SHA256_BYTES], Buf *out, Error *err)
{
    uint8_t is[SHA256_BYTES];
    char hex[65];
    bool any = false;
    buf_clear(out);
    Status st = read_parts(j, hash, out, &any, err);
    if (st != ST_OK) return st;
    sha256_hex(hash, hex);
    if (!any) return fail(err, ST_NOTFOUND, "there is no copy of a file with the SHA-256 %s in %s", hex, j->path);
    sha256(buf_text(out), out->n, is);
    if (memcmp(hash, is, sizeof is) == 0) return ST_OK;
    buf_clear(out);
    return fail(err, ST_IO, "the store's copy, SHA-256 %s, was changed: run `ops verify`", hex);
}
