/* reach_record.c -- what a block did outside, kept in the store: asked, then answered.
 *
 * Each is a note of its own, "lua CASE ACT ATTEMPT N": ahead of the doing it
 * says what was asked, behind it what came of that. A block that is begun again
 * after ops was ended asks the same again, since all that it sees is the same;
 * what was answered is answered from here. Secrets are in none of it.
 */
#include "runtime/reach_private.h"

#include "base/json.h"
#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

static const char *note_key(Arena *a, uint64_t case_id, uint32_t act, uint32_t attempt, uint32_t n)
{
    return arena_printf(a, "lua %llu %u %u %u", (unsigned long long)case_id, act, attempt, n);
}

/* What is asked, so that it is known again. */
static const char *digest(Asked *a)
{
    uint8_t hash[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];
    Buf b = {0};
    buf_puts(&b, a->q->what);
    for (uint32_t i = 0; i < a->q->args_n; i++) {
        Value hidden = secrets_hide_value(a->by->secrets, a->arena, &a->q->args[i]);
        value_write(&b, &hidden);
    }
    sha256(buf_text(&b), b.n, hash);
    buf_free(&b);
    for (size_t i = 0; i < sizeof hash; i++) snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    return arena_dup(a->arena, hex);
}

static Status keep(Asked *a, const char *key, const char *asked, const Value *answer, const char *failed)
{
    Buf b = {0};
    buf_putc(&b, '{');
    json_key_string(&b, "what", a->q->what);
    json_key_string(&b, "asked", asked);
    if (failed) json_key_string(&b, "failed", failed);
    if (answer) json_key(&b, "answer"), value_write(&b, answer);
    buf_putc(&b, '}');
    Status st = journal_note(a->by->journal, key, buf_text(&b), a->err);
    buf_free(&b);
    return st;
}

/* ST_NOTFOUND: it was not answered; else as it was. */
static Status from_note(Asked *a, const char *note, const char *asked, Value *out)
{
    Json *j;
    Status st = json_parse(a->arena, note, strlen(note), &j, a->err);
    if (st != ST_OK) return st;
    const Json *was = json_get(j, "asked"), *failed = json_get(j, "failed"), *answer = json_get(j, "answer");
    if (!was || was->type != JSON_STRING || strcmp(was->text, asked) != 0)
        return fail(a->err, ST_FAILED, "when this block ran before ops was ended, it asked for something else here");
    if (failed && failed->type == JSON_STRING) return fail(a->err, ST_FAILED, "%s", failed->text);
    return answer ? value_from_json(a->arena, answer, out, a->err) : ST_NOTFOUND;
}

static const char *hidden(Asked *a, const char *text)
{
    size_t n = strlen(text);
    return secrets_hide(a->by->secrets, a->arena, text, &n);
}

/* An answer holds no secret, neither now nor when it is had from here. */
static Status do_it(Asked *a, Does *does, const void *what, Value *out)
{
    Status st = does(a, what, out);
    if (st == ST_OK) *out = secrets_hide_value(a->by->secrets, a->arena, out);
    return st;
}

/* What came of it is recorded; how: of the doing. */
static Status answered(Asked *a, const char *key, const char *asked, Status how, const Value *out)
{
    Error why;
    if (how != ST_OK) fail(&why, how, "%s", hidden(a, a->err->text));
    Status st = keep(a, key, asked, how == ST_OK ? out : NULL, how == ST_OK ? NULL : why.text);
    if (st != ST_OK || how == ST_OK) return st;
    *a->err = why;
    return how;
}

/* The question's own memory is gone by then. */
static void note_sent(Asked *a, const char *key, const char *asked)
{
    Reach *by = a->by;
    arena_reset(by->arena);
    by->sent.what = arena_dup(by->arena, a->q->what);
    by->sent.key = arena_dup(by->arena, key);
    by->sent.asked = arena_dup(by->arena, asked);
}

Status reach_once(Asked *a, Does *does, const void *what, Value *out)
{
    Reach *by = a->by;
    const char *note = NULL;
    if (!by->case_id || by->world) return do_it(a, does, what, out);
    const char *key = note_key(a->arena, by->case_id, by->act, by->attempt, by->done++), *asked = digest(a);
    Status st = journal_noted(by->journal, a->arena, key, &note, a->err);
    if (st != ST_OK) return st;
    if (note && (st = from_note(a, note, asked, out)) != ST_NOTFOUND) return st;
    st = keep(a, key, asked, NULL, NULL);
    if (st != ST_OK) return st;
    st = do_it(a, does, what, out);
    if (st != ST_LATER) return answered(a, key, asked, st, out);
    note_sent(a, key, asked);
    return st;
}

Status reach_came(Reach *by, const ExecResult *r, Value *out, Error *err)
{
    const ScriptQuestion q = {.what = by->sent.what};
    Asked a = {by, &q, by->arena, err};
    Status st = by->sent.read(&a, r, out);
    if (st == ST_OK) *out = secrets_hide_value(by->secrets, a.arena, out);
    st = answered(&a, by->sent.key, by->sent.asked, st, out);
    if (st != ST_OK) error_prefix(err, "%s: ", q.what);
    return st;
}

Status reach_open(Journal *j, uint64_t case_id, uint32_t act, uint32_t attempt, bool *open, Error *err)
{
    Arena *a = arena_new();
    Status st = ST_OK;
    const char *note = "";
    *open = false;
    for (uint32_t n = 0; st == ST_OK && note && !*open; n++) {
        Json *said;
        arena_reset(a);
        st = journal_noted(j, a, note_key(a, case_id, act, attempt, n), &note, err);
        if (st == ST_OK && note) st = json_parse(a, note, strlen(note), &said, err);
        if (st == ST_OK && note) *open = !json_get(said, "answer") && !json_get(said, "failed");
    }
    arena_free(a);
    return st;
}
