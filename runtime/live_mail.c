/* live_mail.c -- the mail of a step, as it leaves. */
#include "runtime/live_private.h"
#include "runtime/mail.h"
#include "runtime/receivers.h"

#include <ctype.h>
#include <string.h>

/* The same for every attempt, and for no other step of any store: its case began at a moment of its own. */
static const char *message_id(Arena *a, const Case *c, uint32_t act)
{
    Buf b = {0};
    for (const char *t = c->process; *t; t++)
        buf_putc(&b, isalnum((unsigned char)*t) && !((unsigned char)*t & 0x80) ? *t : '-');
    buf_printf(&b, "-%llu-%u-%llx", (unsigned long long)c->id, act, (unsigned long long)c->started);
    const char *id = buf_dup(&b, a);
    buf_free(&b);
    return id;
}

static const char *said(const Effect *e, IrMailPart part)
{
    return *e->args[part].text ? e->args[part].text : NULL;
}

Status live_mail_call(Live *l, const Case *c, const Effect *e, Arena *a, ExecCall *call, Error *err)
{
    Receivers to;
    Status st = receivers_of(l->program, e->args + MAIL_TO, e->args_n - MAIL_TO, a, &to, err);
    if (st != ST_OK) return st;
    Mail m = {.from = said(e, MAIL_FROM), .reply_to = said(e, MAIL_REPLY_TO), .to = to.items, .to_n = to.n,
              .subject = e->args[MAIL_SUBJECT].text, .body = e->args[MAIL_BODY].text,
              .id = message_id(a, c, e->act), .at = live_now(l)};
    return mail_call(a, &m, call, err);
}

Status live_mail_shown(Live *l, const Effect *e, Arena *a, const char **out, Error *err)
{
    Receivers to;
    Status st = receivers_of(l->program, e->args + MAIL_TO, e->args_n - MAIL_TO, a, &to, err);
    Buf b = {0};
    buf_puts(&b, e->command);
    for (uint32_t i = 0; st == ST_OK && i < to.n; i++) buf_printf(&b, "%s%s", i ? ", " : " to ", to.items[i]);
    *out = buf_dup(&b, a);
    buf_free(&b);
    return st;
}
