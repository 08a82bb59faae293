/* smtp.c -- libcurl does the talking; here is said what, and what came of it.
 */
#include "runtime/smtp.h"

#include "base/text.h"
#include "runtime/libcurl.h"
#include "runtime/trust.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_SECONDS = 30, SILENT_SECONDS = 60, MESSAGE_MOST = 64 << 20 };

/* ---- the message --------------------------------------------------------------------------- */

typedef struct Message {
    Buf text;                          /* lines ended by \r\n */
    size_t sent;
} Message;

static bool read_message(Message *m)
{
    char part[65536];
    ssize_t n = 1;
    while (m->text.n < MESSAGE_MOST && (n = read(0, part, sizeof part)) > 0)
        for (ssize_t i = 0; i < n; i++) {
            if (part[i] == '\n')
                buf_putc(&m->text, '\r');
            buf_putc(&m->text, part[i]);
        }
    if (n > 0) fputs("the mail is larger than 64 MB: no server is asked to take it\n", stderr);
    if (n < 0) fputs("the mail could not be read\n", stderr);
    return n == 0;
}

static size_t give(char *to, size_t size, size_t count, void *data)
{
    Message *m = data;
    size_t left = m->text.n - m->sent, n = size * count < left ? size * count : left;
    memcpy(to, m->text.p + m->sent, n);
    m->sent += n;
    return n;
}

/* ---- what the server said -------------------------------------------------------------------- */

typedef struct Said {
    char line[512];                    /* its last one */
    char error[CURL_ERROR_SIZE];       /* what libcurl makes of it */
} Said;

static size_t hear(char *bytes, size_t size, size_t count, void *data)
{
    Said *s = data;
    size_t n = size * count, kept = n < sizeof s->line - 1 ? n : sizeof s->line - 1;
    if (n >= 3 && memcmp(bytes, "221", 3) == 0)        /* it says goodbye; what went wrong it said before */
        return n;
    memcpy(s->line, bytes, kept);
    while (kept && (s->line[kept - 1] == '\n' || s->line[kept - 1] == '\r'))
        kept--;
    s->line[kept] = 0;
    return n;
}

/* Host and port alone: what stands ahead of the @ is secret. */
static const char *shown_host(const char *url, int *n)
{
    const char *host = strstr(url, "://") + 3, *at = strrchr(host, '@');
    host = at ? at + 1 : host;
    *n = (int)strcspn(host, "/");
    return host;
}

static int tell(const LibCurl *c, CURL *talk, const char *url, CURLcode code, const Said *said, bool all_sent)
{
    int n;
    long verified = 0;
    const char *host = shown_host(url, &n), *why = c->easy_strerror(code);
    bool of_trust = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
    if (of_trust && *said->error) why = said->error;
    c->easy_getinfo(talk, CURLINFO_SSL_VERIFYRESULT, &verified);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        fprintf(stderr, "the mail server %.*s: its certificate does not hold, and nothing was sent: %s%s\n", n, host,
                why, trust_hint(verified));
    else if (said->line[0] == '4' || said->line[0] == '5')
        fprintf(stderr, "the mail server %.*s says: %s\n", n, host, said->line);
    else if (all_sent)
        fprintf(stderr, "the mail server %.*s did not say whether it took the mail: %s\n", n, host, why);
    else
        fprintf(stderr, "the mail server %.*s: %s\n", n, host, why);
    return 1;
}

/* ---- sending --------------------------------------------------------------------------------------- */

/* This machine, by a name that nobody else can answer to. */
static bool is_here(const char *host, int n)
{
    size_t name = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    name = name < (size_t)n ? name : (size_t)n;
    return (name == 9 && memcmp(host, "localhost", 9) == 0) || (name == 9 && memcmp(host, "127.0.0.1", 9) == 0) ||
           (name == 5 && memcmp(host, "[::1]", 5) == 0);
}

/* A password, or a server asked for by smtps, wants a talk that nobody else can hear or answer. Else what the server
 * offers is taken as it is, for without it the mail would go in the open. What stays on this machine needs neither. */
static void guard(const LibCurl *c, CURL *talk, const char *url)
{
    int n;
    const char *host = shown_host(url, &n);
    bool here = is_here(host, n), sure = !here && (strchr(url, '@') || strncmp(url, "smtps:", 6) == 0);
    c->easy_setopt(talk, CURLOPT_USE_SSL, (long)(here ? CURLUSESSL_NONE : sure ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    c->easy_setopt(talk, CURLOPT_SSL_VERIFYPEER, (long)sure);
    c->easy_setopt(talk, CURLOPT_SSL_VERIFYHOST, sure ? 2L : 0L);
    if (trust_file()) c->easy_setopt(talk, CURLOPT_CAINFO, trust_file()), c->easy_setopt(talk, CURLOPT_CAPATH, NULL);
}

int smtp_send(char **argv)
{
    const char *url = argv[0], *from = argv[1];
    LibCurl c;
    Message message = {0};
    Said said = {0};
    if (!libcurl_open(&c)) {
        fputs("sending mail needs libcurl.so.4, which is not on this machine: install libcurl4\n", stderr);
        return 1;
    }
    CURL *talk = c.easy_init();
    if (!talk) fputs("there is no memory to send the mail with\n", stderr);
    if (!talk || !read_message(&message)) return 1;
    struct curl_slist *to = NULL;
    for (char **one = argv + 2; *one; one++)
        to = c.slist_append(to, *one);
    c.easy_setopt(talk, CURLOPT_URL, url);
    c.easy_setopt(talk, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    guard(&c, talk, url);
    c.easy_setopt(talk, CURLOPT_MAIL_FROM, from);
    c.easy_setopt(talk, CURLOPT_MAIL_RCPT, to);
    c.easy_setopt(talk, CURLOPT_UPLOAD, 1L);
    c.easy_setopt(talk, CURLOPT_READFUNCTION, give);
    c.easy_setopt(talk, CURLOPT_READDATA, &message);
    c.easy_setopt(talk, CURLOPT_HEADERFUNCTION, hear);
    c.easy_setopt(talk, CURLOPT_HEADERDATA, &said);
    c.easy_setopt(talk, CURLOPT_ERRORBUFFER, said.error);
    c.easy_setopt(talk, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    c.easy_setopt(talk, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)SILENT_SECONDS);
    c.easy_setopt(talk, CURLOPT_PROXY, "");
    CURLcode code = c.easy_perform(talk);
    bool all_sent = message.text.n > 0 && message.sent == message.text.n;
    return code == CURLE_OK ? 0 : tell(&c, talk, url, code, &said, all_sent);
}
