/* journal_own.c -- the store's own history: what was said and done beside any case.
 *
 * Who made the store, who is away, who may act for whom, who confirmed a
 * waiver or looked, whose turn it was, which occurrences of schedules were
 * seen to, which events were told from outside, who put a version in force:
 * each is an event of the history that is kept under the number 0, linked in
 * a chain like those of the cases. The tables notes and schedules say how
 * things stand after them, so that finding out costs a look-up.
 *
 * Calls that change nothing write nothing: they look first, because a commit
 * costs a wait for the disk and a look does not.
 */
#include "base/json.h"
#include "runtime/journal_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- one event ------------------------------------------------------------------------- */

static Status own_seq(Journal *j, Error *err)
{
    if (j->own_seq >= 0) return ST_OK;
    Status st = sql_int(j, SQL_OWN_SEQ, BINDS(KEY_OF_CASE(OWN)), 0, &j->own_seq, err);
    if (st == ST_END) j->own_seq = 0;
    return st == ST_END ? ST_OK : st;
}

Status own_keep(Journal *j, Event *e, Error *err)
{
    size_t n;
    Status st = own_seq(j, err);
    if (st != ST_OK) return st;
    e->case_id = OWN;
    e->seq = (uint32_t)++j->own_seq;
    e->recorded = journal_now(j);
    if (!e->at) e->at = e->recorded;
    if (!e->due) e->due = INSTANT_NEVER;
    e->node = IR_NONE;
    return event_keep(j, e, NULL, &n, err);
}

static Status keep_one(Journal *j, Event e, Error *err) { return own_keep(j, &e, err); }

/* ---- notes ------------------------------------------------------------------------------- */

Status note_keep_at(Journal *j, Instant at, const char *key, const char *value, Error *err)
{
    const Datum is = {"value", value_text(value)};
    Status st = keep_one(j, (Event){.at = at, .kind = EV_KEPT, .text = key, .values = &is, .values_n = 1}, err);
    return st == ST_OK ? sql_run(j, SQL_NOTE_SET, BINDS(KEY_OF_TEXT(key), bind_text(value)), err) : st;
}

Status note_keep(Journal *j, const char *key, const char *value, Error *err)
{
    return note_keep_at(j, 0, key, value, err);        /* now */
}

Status journal_noted(Journal *j, Arena *a, const char *key, const char **value, Error *err)
{
    sqlite3_stmt *s;
    *value = NULL;
    Status st = sql_open(j, SQL_NOTE, BINDS(KEY_OF_TEXT(key)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    if (st == ST_OK) *value = arena_dup(a, col_name(s, 0));
    sql_close(j, SQL_NOTE, s);
    return st == ST_END ? ST_OK : st;
}

static Status note_says(Journal *j, const char *key, const char *value, bool *same, Error *err)
{
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_NOTE, BINDS(KEY_OF_TEXT(key)), &s, err);
    if (st == ST_OK) st = sql_next(j, s, err);
    *same = st == ST_OK && strcmp(col_name(s, 0), value) == 0;
    sql_close(j, SQL_NOTE, s);
    return st == ST_END ? ST_OK : st;
}

Status journal_note(Journal *j, const char *key, const char *value, Error *err)
{
    bool same;
    Status st = note_says(j, key, value, &same, err);
    if (st != ST_OK || same) return st;
    st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    return write_end(j, note_keep(j, key, value, err), err);
}

void said_append(Buf *out, const char *kept, const char *line)
{
    size_t n = kept ? strlen(kept) : 0;
    buf_add(out, kept ? kept : "[", n ? n - 1 : 1);        /* without its ] */
    buf_printf(out, "%s%s]", n > 2 ? "," : "", line);
}

static Status say(Journal *j, const char *key, const char *before, const char *line, Error *err)
{
    const Datum added = {"line", value_text(line)};
    Arena *a = arena_new();
    Buf all = {0};
    const char *now;
    Status st = journal_noted(j, a, key, &now, err);
    if (st == ST_OK && strcmp(now ? now : "", before ? before : "") != 0)
        st = fail(err, ST_CONFLICT, "another wrote it at the same time: try again");
    if (st == ST_OK)
        st = keep_one(j, (Event){.kind = EV_SAID, .text = key, .values = &added, .values_n = 1}, err);
    said_append(&all, before, line);
    if (st == ST_OK) st = sql_run(j, SQL_NOTE_SET, BINDS(KEY_OF_TEXT(key), bind_text(all.p)), err);
    buf_free(&all);
    arena_free(a);
    return st;
}

Status journal_say(Journal *j, const char *key, const char *before, const char *line, Error *err)
{
    Status st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    return write_end(j, say(j, key, before, line, err), err);
}

/* ---- schedules ------------------------------------------------------------------------------ */

Status journal_last_run(Journal *j, const char *schedule, Instant *at, Error *err)
{
    *at = INT64_MIN;
    Status st = sql_int(j, SQL_RAN, BINDS(KEY_OF_TEXT(schedule)), INT64_MIN, at, err);
    return st == ST_END ? ST_OK : st;
}

Status ran_keep(Journal *j, const char *schedule, Instant at, Error *err)
{
    Status st = keep_one(j, (Event){.kind = EV_RAN, .text = schedule, .due = at}, err);
    return st == ST_OK ? sql_run(j, SQL_RAN_SET, BINDS(KEY_OF_TEXT(schedule), bind_int(at)), err) : st;
}

Status journal_ran(Journal *j, const char *schedule, Instant at, Error *err)
{
    Status st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    return write_end(j, ran_keep(j, schedule, at, err), err);
}

typedef struct Line { const char *key, *value; Instant at; } Line;

/* Rows of two columns. They are read first: what is written meanwhile is of the same tables. */
static Status read_lines(Journal *j, SqlId id, Arena *a, Line **lines, uint32_t *n, Error *err)
{
    VEC(Line) all = {0};
    sqlite3_stmt *s;
    Status st = sql_open(j, id, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK)
        *VEC_PUSH(a, &all) = (Line){arena_dup(a, col_name(s, 0)), arena_dup(a, col_name(s, 1)),
                                    sqlite3_column_int64(s, 1)};
    sql_close(j, id, s);
    *lines = all.items, *n = all.n;
    return st == ST_END ? ST_OK : st;
}

static const char *rests(Arena *a, const char *schedule) { return arena_printf(a, "at rest %s", schedule); }

static Status is_at_rest(Journal *j, const char *schedule, bool *rested, Error *err)
{
    Arena *a = arena_new();
    const char *noted = NULL;
    Status st = j->file ? journal_noted(j, a, rests(a, schedule), &noted, err) : ST_OK;
    *rested = noted && strcmp(noted, "yes") == 0;
    arena_free(a);
    return st;
}

/* The note is taken back behind the occurrence: what a crash comes between is counted from a little later. */
static Status wake(Journal *j, const char *schedule, Instant now, bool rested, Error *err)
{
    Arena *a = arena_new();
    Status st = journal_ran(j, schedule, now, err);
    if (st == ST_OK && rested) st = journal_note(j, rests(a, schedule), "no", err);
    arena_free(a);
    return st;
}

Status journal_counted(Journal *j, const char *schedule, Instant now, Instant *last, Error *err)
{
    bool rested = false;
    Status st = journal_last_run(j, schedule, last, err);
    bool known = *last != INT64_MIN;
    if (st == ST_OK && known) st = is_at_rest(j, schedule, &rested, err);
    if (st != ST_OK || (known && !rested)) return st;
    if (*last < now) *last = now;
    return wake(j, schedule, now, rested, err);
}

Status journal_rest(Journal *j, const char *schedule, Error *err)
{
    Instant last = INT64_MIN;
    Status st = j->file ? journal_last_run(j, schedule, &last, err) : ST_OK;
    if (st != ST_OK || last == INT64_MIN) return st;
    Arena *a = arena_new();
    st = journal_note(j, rests(a, schedule), "yes", err);
    arena_free(a);
    return st;
}

/* ---- events from outside ------------------------------------------------------------------------ */

Status signal_keep(Journal *j, Message *m, Error *err)
{
    Event e = {.at = m->at, .kind = EV_SIGNALLED, .text = m->name, .n = (int64_t)m->id, .person = m->text,
               .values = m->values, .values_n = m->values_n};
    Status st = own_keep(j, &e, err);
    m->from_seq = e.seq;
    return st;
}

/* ---- versions -------------------------------------------------------------------------------------- */

Status journal_accept(Journal *j, const Accepted *versions, size_t n, Error *err)
{
    Status st = write_begin(j, false, err);
    if (st != ST_OK) return st;
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        const Accepted *v = &versions[i];
        char flow[65], text[65];
        sha256_hex(v->flow, flow);
        sha256_hex(v->text, text);
        const Datum which[] = {{"process", value_text(v->process)}, {"version", value_text(flow)},
                               {"file", value_text(v->file)}, {"sha256", value_text(text)}};
        st = keep_one(j, (Event){.at = v->at, .kind = EV_ACCEPTED, .person = v->person, .login = v->login,
                                 .text = v->because, .values = which, .values_n = sizeof which / sizeof *which}, err);
    }
    return write_end(j, st, err);
}

/* ---- stores that had no history of their own -------------------------------------------------------- */

static Status begin_lines(Journal *j, Arena *a, Error *err)
{
    Line *lines;
    uint32_t n;
    Status st = read_lines(j, SQL_NOTES, a, &lines, &n, err);
    for (uint32_t i = 0; i < n && st == ST_OK; i++) st = note_keep(j, lines[i].key, lines[i].value, err);
    if (st == ST_OK) st = read_lines(j, SQL_SCHEDULES, a, &lines, &n, err);
    for (uint32_t i = 0; i < n && st == ST_OK; i++) st = ran_keep(j, lines[i].key, lines[i].at, err);
    return st;
}

static Status begin_signals(Journal *j, Arena *a, Error *err)
{
    VEC(Message) all = {0};
    sqlite3_stmt *s;
    Status st = sql_open(j, SQL_SIGNALS, NULL, 0, &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK) {
        Message *m = VEC_PUSH(a, &all);
        st = message_row(j, s, a, m, err);
        m->name = arena_dup(a, m->name);
        m->text = m->text ? arena_dup(a, m->text) : NULL;
    }
    sql_close(j, SQL_SIGNALS, s);
    for (uint32_t i = 0; i < all.n && (st == ST_OK || st == ST_END); i++) {
        Message *m = &all.items[i];
        st = signal_keep(j, m, err);
        if (st == ST_OK)
            st = sql_run(j, SQL_SIGNAL_SEQ,
                         BINDS(bind_int(shard_of_message(m)), bind_id(m->id), bind_int(m->from_seq)), err);
    }
    return st == ST_END ? ST_OK : st;
}

const char *origin_name(Arena *a, const char *process, const char *key)
{
    return process ? arena_printf(a, "row %s\t%s", process, key) : arena_printf(a, "cause %s", key);
}

/* causes or taken, row by row. */
static Status hash_rows(Journal *j, SqlId id, int64_t last_case, const Map *told, Buf *b, Error *err)
{
    sqlite3_stmt *s;
    Arena *a = arena_new();
    Status st = sql_open(j, id, BINDS(bind_int(last_case)), &s, err);
    while (st == ST_OK && (st = sql_next(j, s, err)) == ST_OK) {
        uint8_t hash[SHA256_BYTES];
        arena_reset(a);
        const char *process = id == SQL_TAKEN_UNTIL ? col_name(s, 0) : NULL;
        if (told && map_get(told, origin_name(a, process, col_name(s, process ? 1 : 0)))) continue;
        for (int i = 0; i < sqlite3_column_count(s); i++) {
            json_string(b, col_name(s, i), (size_t)sqlite3_column_bytes(s, i));
            buf_putc(b, ' ');
        }
        sha256(b->p, b->n, hash);      /* of all rows so far */
        buf_clear(b);
        buf_add(b, (const char *)hash, sizeof hash);
    }
    sql_close(j, id, s);
    arena_free(a);
    return st == ST_END ? ST_OK : st;
}

Status origins_hash(Journal *j, int64_t last_case, const Map *told, char hex[65], Error *err)
{
    Buf b = {0};
    uint8_t hash[SHA256_BYTES];
    Status st = hash_rows(j, SQL_CAUSES_UNTIL, last_case, told, &b, err);
    if (st == ST_OK) st = hash_rows(j, SQL_TAKEN_UNTIL, last_case, told, &b, err);
    sha256(buf_text(&b), b.n, hash);
    sha256_hex(hash, hex);
    buf_free(&b);
    return st;
}

static Status begin_upgraded(Journal *j, int64_t version, Error *err)
{
    int64_t last = 0;
    char hex[65];
    Status st = sql_int(j, SQL_CASES_COUNT, NULL, 0, 0, &last, err);       /* numbers are given without gaps */
    if (st == ST_OK) st = origins_hash(j, last, NULL, hex, err);
    if (st != ST_OK) return st;
    const Datum values[] = {{"cases", value_number(last * DECIMAL_ONE)}, {"origins", value_text(hex)}};
    return keep_one(j, (Event){.kind = EV_UPGRADED, .n = version, .values = values, .values_n = 2}, err);
}

Status own_begin(Journal *j, int64_t version, Error *err)
{
    Arena *a = arena_new();
    Status st = begin_upgraded(j, version, err);
    if (st == ST_OK) st = begin_lines(j, a, err);
    if (st == ST_OK) st = begin_signals(j, a, err);
    arena_free(a);
    return st;
}
