/* vouch.c -- what people put their name to, as notes of the store. */
#include "analysis/vouch.h"

#include "base/json.h"
#include "base/sha256.h"

#include <stdlib.h>
#include <string.h>

/* ---- one note --------------------------------------------------------------------------- */

static Status keep(Journal *j, const char *key, const Vouched *v, Error *err)
{
    Buf b = {0};
    buf_putc(&b, '{');
    json_key_string(&b, "person", v->person);
    json_key_string(&b, "login", v->login);
    json_key_string(&b, "note", v->note);
    json_key_int(&b, "at", v->at);
    json_key_int(&b, "n", (int64_t)v->n);
    buf_putc(&b, '}');
    Status st = journal_note(j, key, buf_text(&b), err);
    buf_free(&b);
    return st;
}

static const char *text_in(const Json *o, const char *name)
{
    const Json *member = json_get(o, name);
    return member && member->type == JSON_STRING ? member->text : NULL;
}

static int64_t number_in(const Json *o, const char *name)
{
    const Json *member = json_get(o, name);
    return member && member->type == JSON_NUMBER ? strtoll(member->text, NULL, 10) : 0;
}

static Status find(Journal *j, Arena *a, const char *key, Vouched *out, Error *err)
{
    const char *text = NULL;
    Json *o;
    *out = (Vouched){0};
    Status st = j ? journal_noted(j, a, key, &text, err) : ST_OK;
    if (st != ST_OK || !text) return st;
    st = json_parse(a, text, strlen(text), &o, err);
    if (st != ST_OK || o->type != JSON_OBJECT || !text_in(o, "person"))
        return fail(err, ST_IO, "the store's note \"%s\" is damaged", key);
    *out = (Vouched){text_in(o, "person"), text_in(o, "login"), text_in(o, "note"), number_in(o, "at"),
                     (uint64_t)number_in(o, "n")};
    return ST_OK;
}

/* ---- waivers ---------------------------------------------------------------------------- */

/* By all that it says. */
static void key_of(const IrAudit *audit, const IrWaiver *w, char key[80])
{
    Buf b = {0};
    uint8_t hash[SHA256_BYTES];
    buf_putc(&b, '{');
    json_key_string(&b, "audit", audit->name);
    json_key_string(&b, "check", audit->checks[w->check].name);
    json_key_int(&b, "case", (int64_t)w->case_id);
    json_key_string(&b, "key", w->key);
    json_key_int(&b, "until", w->until);
    json_key_string(&b, "because", w->because);
    json_key_string(&b, "by", w->by);
    sha256(b.p, b.n, hash);
    buf_free(&b);
    memcpy(key, "waived ", 7);
    sha256_hex(hash, key + 7);
}

Status vouch_waiver(Journal *j, const IrAudit *audit, const IrWaiver *w, const Vouched *v, Error *err)
{
    char key[80];
    Vouched first = *v;
    first.n = 1;
    key_of(audit, w, key);
    return keep(j, key, &first, err);
}

Status vouched_waiver(Journal *j, Arena *a, const IrAudit *audit, const IrWaiver *w, Vouched *out, Error *err)
{
    char key[80];
    key_of(audit, w, key);
    return find(j, a, key, out, err);
}

Instant vouch_end(const IrProgram *p, const IrAudit *audit, const IrWaiver *w)
{
    const Zone *zone = ir_zone_of(p, audit->checks[w->check].process, NULL);
    return zone_start_of(zone ? zone : zone_utc(), w->until + 1);
}

/* ---- looks -------------------------------------------------------------------------------- */

static const char *look_key(Arena *a, const IrAudit *audit, const IrCheck *check)
{
    return arena_printf(a, "attested %s/%s", audit->name, check->name);
}

/* First under its number, so that none is lost, then as the last one. */
Status vouch_look(Journal *j, const IrAudit *audit, const IrCheck *check, const Vouched *v, Error *err)
{
    Arena *a = arena_new();
    const char *key = look_key(a, audit, check);
    Vouched last, next = *v;
    Status st = find(j, a, key, &last, err);
    next.n = last.n + 1;
    if (st == ST_OK) st = keep(j, arena_printf(a, "%s #%llu", key, (unsigned long long)next.n), &next, err);
    if (st == ST_OK) st = keep(j, key, &next, err);
    arena_free(a);
    return st;
}

Status vouched_look(Journal *j, Arena *a, const IrAudit *audit, const IrCheck *check, Vouched *out, Error *err)
{
    return find(j, a, look_key(a, audit, check), out, err);
}

Instant vouch_due(const IrCheck *check, Instant looked)
{
    Instant end;
    if (!recurrence_next(check->due, looked, &end) || !recurrence_next(check->due, end, &end)) return INSTANT_NEVER;
    return end;
}
