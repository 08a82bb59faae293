/* live_mail.c -- the mail of a step, as it leaves. */
#include "runtime/live_private.h"
#include "runtime/mail.h"

#include <ctype.h>
#include <string.h>

typedef struct Receivers {
    const IrProgram *program;
    Arena *arena;
    VEC(const char *) all;
    Error *err;
} Receivers;

static Status add_address(Receivers *r, const char *address)
{
    for (uint32_t i = 0; i < r->all.n; i++)
        if (strcmp(r->all.items[i], address) == 0) return ST_OK;
    *VEC_PUSH(r->arena, &r->all) = address;
    return ST_OK;
}

static Status add_receiver(Receivers *r, const Value *v)
{
    if (v->type == V_TEXT) return add_address(r, v->text);
    const IrPerson *person = ir_person(r->program, v->text);
    if (person && person->mail) return add_address(r, person->mail);
    return fail(r->err, ST_FAILED, "%s has no mail address: say it in the program, person %s < mail \"...\" >", v->text,
                v->text);
}

static bool is_stranger(const Receivers *r, const Value *v)
{
    return v->type == V_PERSON && !ir_person(r->program, v->text);
}

/* did("Ask") holds the login that entered it, too: whom the program does not know gets none, unless there is nobody
 * else. */
static Status add_list(Receivers *r, const Value *list)
{
    bool others = false;
    Status st = ST_OK;
    for (uint32_t i = 0; i < list->len; i++) others |= !is_stranger(r, &list->list[i]);
    for (uint32_t i = 0; st == ST_OK && i < list->len; i++)
        if (!others || !is_stranger(r, &list->list[i])) st = add_receiver(r, &list->list[i]);
    return st;
}

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

static Status receivers(const IrProgram *p, const Effect *e, Arena *a, Receivers *r, Error *err)
{
    Status st = ST_OK;
    *r = (Receivers){.program = p, .arena = a, .err = err};
    for (uint32_t i = MAIL_TO; st == ST_OK && i < e->args_n; i++)
        st = e->args[i].type == V_LIST ? add_list(r, &e->args[i]) : add_receiver(r, &e->args[i]);
    if (st == ST_OK && !r->all.n) return fail(err, ST_FAILED, "there is nobody to send the mail to: the list is empty");
    return st;
}

Status live_mail_call(Live *l, const Case *c, const Effect *e, Arena *a, ExecCall *call, Error *err)
{
    Receivers to;
    Status st = receivers(l->program, e, a, &to, err);
    if (st != ST_OK) return st;
    Mail m = {.from = said(e, MAIL_FROM), .reply_to = said(e, MAIL_REPLY_TO), .to = to.all.items, .to_n = to.all.n,
              .subject = e->args[MAIL_SUBJECT].text, .body = e->args[MAIL_BODY].text,
              .id = message_id(a, c, e->act), .at = live_now(l)};
    return mail_call(a, &m, call, err);
}

Status live_mail_shown(Live *l, const Effect *e, Arena *a, const char **out, Error *err)
{
    Receivers to;
    Status st = receivers(l->program, e, a, &to, err);
    Buf b = {0};
    buf_puts(&b, e->command);
    for (uint32_t i = 0; st == ST_OK && i < to.all.n; i++) buf_printf(&b, "%s%s", i ? ", " : " to ", to.all.items[i]);
    *out = buf_dup(&b, a);
    buf_free(&b);
    return st;
}
