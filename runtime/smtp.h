/* smtp.h -- a message to a mail server, by libcurl, which is loaded when the first mail leaves. */
#ifndef OPS_RUNTIME_SMTP_H
#define OPS_RUNTIME_SMTP_H

/* argv: smtp://host:port or smtps://..., the sender, the receivers, NULL; the message comes on standard input, lines
 * ended by \n. 0 when the server has taken it for all of them; else 1, and one line on standard error says why.
 * Beyond this machine, encryption is used where the server offers it, and demanded, with a certificate that holds,
 * where a password is sent or smtps is asked for.
 * For ExecCall.work: it runs in a process of its own. */
int smtp_send(char **argv);

#endif
