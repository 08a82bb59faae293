/* mail.h -- mails that steps send: the message as RFC 5322 has it, and its way out.
 *
 * $OPS_MAIL says how mail leaves: an address of a server, smtp://host:port or smtps://host:port,
 * with user:password@ where it wants them; or the path of a program that takes what sendmail
 * takes. Without it /usr/sbin/sendmail is used. $OPS_MAIL_FROM is the sender of mails that name none.
 *
 * A mail goes to all of its receivers or to none of them, as far as the first server is concerned.
 */
#ifndef OPS_RUNTIME_MAIL_H
#define OPS_RUNTIME_MAIL_H

#include "base/text.h"
#include "base/time.h"
#include "runtime/exec.h"

typedef struct Mail {
    const char *from;                  /* "Ann <ann@studio.example>" or the address alone; NULL: $OPS_MAIL_FROM */
    const char *reply_to;              /* the same; NULL: none */
    const char *const *to; uint32_t to_n;          /* addresses alone */
    const char *subject, *body;        /* UTF-8; line ends in the subject become spaces */
    const char *id;                    /* stays the same when it is sent again; letters, digits, - and . */
    Instant at;
} Mail;

/* One address: something, @, a domain; no spaces, brackets, commas or control characters, at most 254 bytes. */
bool mail_is_address(const char *text);

/* The message, lines ended by \n: From, To, Reply-To, Subject, Date, Message-ID, and the body (base/mime.h).
 * ST_VALUE names the address that is none. */
Status mail_write(Buf *out, const Mail *m, Error *err) MUST_CHECK;

/* The call that sends it: for exec_start, once tag, cwd and timeout are set. Its texts live in the arena.
 * ST_CONFIG where nobody said how mail leaves, or from whom it comes. */
Status mail_call(Arena *a, const Mail *m, ExecCall *call, Error *err) MUST_CHECK;

#endif
