/* reach_mail.c -- mails for Lua, on the way of all mails (mail.h). */
#include "runtime/mail.h"
#include "runtime/reach_private.h"
#include "runtime/receivers.h"

#include <string.h>

enum { BODY_MOST = 16 << 20 };

typedef struct Letter {
    const char *from, *reply_to, *subject, *body;
    Receivers to;
} Letter;

/* A mail goes to others: no secret goes along. */
static const char *without_secrets(Asked *a, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    return text ? secrets_hide(a->by->secrets, a->arena, text, &n) : NULL;
}

static bool wrong(Asked *a, const char *what, const char *why)
{
    return fail(a->err, ST_FAILED, "%s: %s", what, why) == ST_OK;
}

/* A text may be somebody's name in the program: that is whom they mean, for an address has an @. */
static Value receiver(const IrProgram *p, const Value *v)
{
    if (v->type == V_TEXT && !strchr(v->text, '@') && ir_person(p, v->text)) return value_person(v->text);
    return *v;
}

static bool take_receivers(Asked *a, const Record *said, Letter *l)
{
    const Value *to = record_get(said, "to");
    const IrProgram *p = a->by->program;
    if (!to || to->type == V_NONE) return wrong(a, "to", "an address, a person or a list of them is wanted");
    uint32_t n = to->type == V_LIST ? to->len : 1;
    Value *all = ARENA_ARRAY(a->arena, Value, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        all[i] = receiver(p, to->type == V_LIST ? &to->list[i] : to);
        if (all[i].type != V_TEXT && all[i].type != V_PERSON) return wrong(a, "to", "an address or a person is wanted");
        if (all[i].type == V_TEXT && !mail_is_address(all[i].text))
            return fail(a->err, ST_FAILED, "to: `%s` is no mail address", all[i].text) == ST_OK;
    }
    return receivers_of(p, all, n, a->arena, &l->to, a->err) == ST_OK;
}

static bool take_letter(Asked *a, Letter *l)
{
    static const char *const names[] = {"to", "subject", "body", "from", "reply_to", NULL};
    const Record *said;
    *l = (Letter){0};
    if (!asked_options(a, 0, names, &said)) return false;
    if (!said) return wrong(a, "to", "an address, a person or a list of them is wanted");
    if (!take_receivers(a, said, l) || !asked_option_text(a, said, "subject", &l->subject) ||
        !asked_option_text(a, said, "body", &l->body) || !asked_option_text(a, said, "from", &l->from) ||
        !asked_option_text(a, said, "reply_to", &l->reply_to))
        return false;
    if (!l->subject) return wrong(a, "subject", "a text is wanted");
    if (!l->body) return wrong(a, "body", "a text is wanted");
    if (strlen(l->body) > BODY_MOST) return wrong(a, "body", "it is longer than 16 MB");
    l->subject = without_secrets(a, l->subject);
    l->body = without_secrets(a, l->body);
    return true;
}

/* The same when the block is begun again, and for no other mail of any store. */
static const char *message_id(const Asked *a)
{
    const Reach *by = a->by;
    return arena_printf(a->arena, "lua-%llu-%u-%u-%u-%llx", (unsigned long long)by->case_id, by->act, by->attempt,
                        by->done, (unsigned long long)by->began);
}

static Status read_result(Asked *a, const ExecResult *r, Value *out)
{
    size_t n = r->err_n < 400 ? r->err_n : 400;
    *out = VALUE_NONE;
    if (!r->problem) return ST_OK;
    while (n && r->err[n - 1] == '\n') n--;
    return fail(a->err, ST_FAILED, "%s%s%.*s", r->problem, n ? ": " : "", (int)n, r->err);
}

static Status send_off(Asked *a, const void *what, Value *out)
{
    const Letter *l = what;
    const Mail m = {.from = l->from, .reply_to = l->reply_to, .to = l->to.items, .to_n = l->to.n, .subject = l->subject,
                    .body = l->body, .id = message_id(a), .at = clock_now()};
    ExecCall call = {.timeout = a->q->micros};
    Status st = mail_call(a->arena, &m, &call, a->err);
    return st == ST_OK ? asked_run(a, &call, read_result, out) : st;
}

/* As a test names it: by its subject. */
static Status ask_world(Asked *a, const Letter *l)
{
    const World *w = a->by->world;
    ExecResult r = {0};
    Buf b = {0};
    buf_puts(&b, l->subject);
    for (uint32_t i = 0; i < l->to.n; i++) buf_printf(&b, "%s%s", i ? ", " : " to ", l->to.items[i]);
    w->command(w->self, a->by->step, true, buf_text(&b), a->arena, &r);
    buf_free(&b);
    return r.problem ? fail(a->err, ST_FAILED, "%s", r.problem) : ST_OK;
}

Status reach_mail(Asked *a, Value *out)
{
    Letter l;
    *out = VALUE_NONE;
    if (!take_letter(a, &l)) return ST_FAILED;
    return a->by->world ? ask_world(a, &l) : reach_once(a, send_off, &l, out);
}
