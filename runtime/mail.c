/* mail.c -- the message: headers as RFC 5322 has them, and the call that brings it on its way. */
#include "runtime/mail.h"

#include "base/mime.h"
#include "runtime/smtp.h"
#include "runtime/trust.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- addresses ---------------------------------------------------------------------------- */

bool mail_is_address(const char *text)
{
    return mime_is_address(text, strlen(text));
}

typedef struct Mailbox {
    const char *name; size_t name_n;   /* 0: none */
    const char *address; size_t address_n;
} Mailbox;

static bool mailbox(const char *text, Mailbox *out)
{
    const char *open = strrchr(text, '<');
    size_t n = strlen(text);
    *out = (Mailbox){.address = text, .address_n = n};
    if (open) {
        if (text[n - 1] != '>')
            return false;
        *out = (Mailbox){text, (size_t)(open - text), open + 1, n - (size_t)(open - text) - 2};
        while (out->name_n && out->name[out->name_n - 1] == ' ')
            out->name_n--;
        if (out->name_n > 1 && out->name[0] == '"' && out->name[out->name_n - 1] == '"')
            out->name++, out->name_n -= 2;
    }
    return mime_is_address(out->address, out->address_n);
}

/* ---- headers --------------------------------------------------------------------------------- */

static Status person_header(Buf *out, const char *header, const char *text, Error *err)
{
    Mailbox m;
    if (!mailbox(text, &m))
        return fail(err, ST_VALUE, "%s: `%s` is not a mail address", header, text);
    Buf name = {0}, address = {0};
    buf_add(&name, m.name, m.name_n);
    buf_add(&address, m.address, m.address_n);
    mime_address(out, header, buf_text(&name), buf_text(&address));
    buf_free(&name);
    buf_free(&address);
    return ST_OK;
}

static Status receivers(Buf *out, const Mail *m, Error *err)
{
    for (uint32_t i = 0; i < m->to_n; i++) {
        if (!mail_is_address(m->to[i]))
            return fail(err, ST_VALUE, "`%s` is not a mail address", m->to[i]);
        buf_printf(out, "%s%s", i ? ",\n " : "To: ", m->to[i]);
    }
    if (!m->to_n)
        return fail(err, ST_VALUE, "the mail has no receiver");
    buf_putc(out, '\n');
    return ST_OK;
}

static void date_header(Buf *out, Instant at)
{
    static const char DAYS[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char MONTHS[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    Civil c;
    zone_civil(zone_utc(), at, &c);
    buf_printf(out, "Date: %s, %d %s %04d %02d:%02d:%02d +0000\n",
               DAYS[date_weekday(date_from_civil(c.year, c.month, c.day))], c.day, MONTHS[c.month - 1], c.year, c.hour,
               c.minute, c.second);
}

/* A text from another system ends its lines in two bytes. */
static void body(Buf *out, const char *text)
{
    Buf lines = {0};
    for (const char *t = text; *t; t++)
        if (*t != '\r' || t[1] != '\n')
            buf_putc(&lines, *t);
    if (lines.n && lines.p[lines.n - 1] != '\n')
        buf_putc(&lines, '\n');
    mime_quoted(out, buf_text(&lines), lines.n);
    buf_free(&lines);
}

/* ---- the message ----------------------------------------------------------------------------------- */

static const char *sender(const Mail *m)
{
    const char *from = m->from ? m->from : getenv("OPS_MAIL_FROM");
    return from && *from ? from : NULL;
}

static Status no_sender(Error *err)
{
    return fail(err, ST_CONFIG,
                "nobody said from whom this mail comes: write From: in its file, or set OPS_MAIL_FROM");
}

Status mail_write(Buf *out, const Mail *m, Error *err)
{
    Mailbox from;
    if (!sender(m))
        return no_sender(err);
    Status st = person_header(out, "From", sender(m), err);
    if (st == ST_OK)
        st = receivers(out, m, err);
    if (st == ST_OK && m->reply_to)
        st = person_header(out, "Reply-To", m->reply_to, err);
    if (st != ST_OK || !mailbox(sender(m), &from))
        return st;
    const char *domain = memchr(from.address, '@', from.address_n);
    mime_header(out, "Subject", m->subject);
    date_header(out, m->at);
    buf_printf(out, "Message-ID: <%s%.*s>\n", m->id, (int)(from.address + from.address_n - domain), domain);
    buf_puts(out, "MIME-Version: 1.0\n"
                  "Content-Type: text/plain; charset=utf-8\n"
                  "Content-Transfer-Encoding: quoted-printable\n\n");
    body(out, m->body);
    return ST_OK;
}

/* ---- its way out ------------------------------------------------------------------------------------- */

#define SENDMAIL "/usr/sbin/sendmail"

static Status way(const char **out, bool *server, Error *err)
{
    const char *set = getenv("OPS_MAIL");
    *out = set && *set ? set : SENDMAIL;
    *server = strncmp(*out, "smtp://", 7) == 0 || strncmp(*out, "smtps://", 8) == 0;
    if (*server)
        return ST_OK;
    if (**out != '/')
        return fail(err, ST_CONFIG,
                    "OPS_MAIL is neither smtp://host:port, smtps://host:port nor the path of a program");
    if (access(*out, X_OK) == 0)
        return ST_OK;
    return fail(err, ST_CONFIG,
                "there is no program %s to send mail with: set OPS_MAIL to smtp://host:port, or to its path", *out);
}

Status mail_call(Arena *a, const Mail *m, ExecCall *call, Error *err)
{
    Buf message = {0};
    Mailbox from;
    const char *out;
    bool server;
    Status st = way(&out, &server, err);
    if (st == ST_OK)
        st = mail_write(&message, m, err);
    if (st == ST_OK && mailbox(sender(m), &from)) {
        const char **args = ARENA_ARRAY(a, const char *, m->to_n + 2);
        args[0] = arena_dup(a, out);
        args[1] = arena_dup_n(a, from.address, from.address_n);
        for (uint32_t i = 0; i < m->to_n; i++)
            args[2 + i] = arena_dup(a, m->to[i]);
        call->args = args;
        call->args_n = m->to_n + 2;
        call->input_n = message.n;
        call->input = buf_dup(&message, a);
        call->command = "program=$1 from=$2; shift 2; exec \"$program\" -oi -f \"$from\" -- \"$@\"";
        call->work = server ? smtp_send : NULL;
        if (server) trust_hand(a, call);
    }
    buf_free(&message);
    return st;
}
