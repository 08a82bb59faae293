/* mail.c -- tests of mail.h: what the message holds, what no value can put into it, and every way that a server on
 * this machine may treat it. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#undef fail /* ours is a function: base/status.h */

#include "runtime/mail.h"
#include "runtime/reach.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char folder[] = "/tmp/ops-mail-XXXXXX";
static const char *const ZOE[] = {"zoe@example.org"};
static const Instant AT = INT64_C(1795080600) * US_SECOND;       /* 2026-11-19T09:30:00Z */

static Mail mail_of(const char *subject, const char *body)
{
    return (Mail){.from = "Studio <office@studio.example>", .to = ZOE, .to_n = 1, .subject = subject, .body = body,
                  .id = "Thank-7-2", .at = AT};
}

/* The message's text; yours. */
static char *written(const Mail *m)
{
    Buf b = {0};
    Error err;
    assert_int_equal(mail_write(&b, m, &err), ST_OK);
    return buf_take(&b);
}

static void refused(const Mail *m, const char *wanted)
{
    Buf b = {0};
    Error err;
    assert_int_not_equal(mail_write(&b, m, &err), ST_OK);
    assert_string_equal(err.text, wanted);
    buf_free(&b);
}

/* ---- the message --------------------------------------------------------------------------- */

static void message_whole(void **state)
{
    (void)state;
    Mail m = mail_of("Thank you", "Dear Zoë,\n\n1 + 1 = 2 \nBye");
    m.reply_to = "ann@studio.example";
    char *text = written(&m);
    assert_string_equal(text, "From: \"Studio\" <office@studio.example>\n"
                              "To: zoe@example.org\n"
                              "Reply-To: <ann@studio.example>\n"
                              "Subject: Thank you\n"
                              "Date: Thu, 19 Nov 2026 09:30:00 +0000\n"
                              "Message-ID: <Thank-7-2@studio.example>\n"
                              "MIME-Version: 1.0\n"
                              "Content-Type: text/plain; charset=utf-8\n"
                              "Content-Transfer-Encoding: quoted-printable\n"
                              "\n"
                              "Dear Zo=C3=AB,\n"
                              "\n"
                              "1 + 1 =3D 2=20\n"
                              "Bye\n");
    free(text);
}

static uint32_t headers(const char *message)
{
    uint32_t n = 0;
    for (const char *line = message; *line != '\n'; line += strcspn(line, "\n") + 1)
        n += *line != ' ';
    return n;
}

static void no_value_adds_a_header(void **state)
{
    (void)state;
    static const char *const NASTY[] = {"a\nBcc: all@example.org", "a\r\nBcc: all@example.org", "\n\nbody",
                                        "ä\nBcc: x@y.z",
                                        "=?UTF-8?Q?a=0ABcc:_x?=", "\n", "a\n b", "\x7f\x01"};
    for (size_t i = 0; i < COUNT(NASTY); i++) {
        char name[128];
        Mail m = mail_of(NASTY[i], "x");
        snprintf(name, sizeof name, "%s <a@b.example>", NASTY[i]);
        m.from = m.reply_to = name;
        char *text = written(&m);
        assert_int_equal(headers(text), 9);
        assert_null(strstr(text, "\nBcc"));
        free(text);
    }
}

static void addresses(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"a@b", "zoë@exämple.org", "o'neil+x@mail.example", "a.b_c%d@e-f.example"};
    static const char *const BAD[] = {"", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\nBcc: x@y", "<a@b>", "a@b,c@d",
                                      "a@b;", "a@.b", "a@b.", "-f@b", "\"a\"@b", "a@b(c)", "a@[127.0.0.1]", "a\\@b"};
    for (size_t i = 0; i < COUNT(GOOD); i++)
        assert_true(mail_is_address(GOOD[i]));
    for (size_t i = 0; i < COUNT(BAD); i++)
        assert_false(mail_is_address(BAD[i]));

    Mail m = mail_of("s", "b");
    m.from = "Ann <ann@studio.example";
    refused(&m, "From: `Ann <ann@studio.example` is not a mail address");
    m.from = NULL;
    refused(&m, "nobody said from whom this mail comes: write From: in its file, or set OPS_MAIL_FROM");
    m = mail_of("s", "b");
    m.to = (const char *const[]){"zoe@example.org", "all of you"};
    m.to_n = 2;
    refused(&m, "`all of you` is not a mail address");
    m.to_n = 0;
    refused(&m, "the mail has no receiver");
}

/* ---- a server on this machine ------------------------------------------------------------------- */

/* What it does, by the first letters of what it hears. NULL: goes on as servers do. */
typedef struct Manners {
    const char *greeting, *mail, *receiver, *data, *end, *login;
    const char *cut_at, *slow_at;      /* at a line that begins so it hangs up, or says nothing more; "": at once */
    const char *tls;                   /* its certificate is this one of ours; NULL: it talks in the open */
    bool upgrades;                     /* it begins in the open, and offers TLS */
    bool elsewhere;                    /* at an address that is not known as this machine's: 127.0.0.2 */
} Manners;

static void say(FILE *to, const char *own, const char *usual)
{
    fprintf(to, "%s\r\n", own ? own : usual);
    fflush(to);
}

static void converse(FILE *in, FILE *out, FILE *kept, const Manners *m)
{
    char line[4096];
    bool message = false;
    if (m->slow_at && !*m->slow_at) pause();
    if (m->cut_at && !*m->cut_at) return;
    if (!m->upgrades) say(out, m->greeting, "220 here ESMTP");
    while (fgets(line, sizeof line, in)) {
        fputs(line, kept);
        fflush(kept);
        if (m->slow_at && strncmp(line, m->slow_at, strlen(m->slow_at)) == 0) pause();
        if (m->cut_at && strncmp(line, m->cut_at, strlen(m->cut_at)) == 0) return;
        if (message) {
            message = strcmp(line, ".\r\n") != 0;
            if (!message)
                say(out, m->end, "250 taken");
        } else if (strncmp(line, "EHLO", 4) == 0) {
            say(out, NULL, m->login ? "250-here\r\n250 AUTH PLAIN" : "250-here\r\n250 8BITMIME");
        } else if (strncmp(line, "AUTH", 4) == 0) {
            say(out, NULL, "334 ");
            if (fgets(line, sizeof line, in))
                say(out, m->login, NULL);
        } else if (strncmp(line, "MAIL", 4) == 0) {
            say(out, m->mail, "250 ok");
        } else if (strncmp(line, "RCPT", 4) == 0) {
            say(out, strstr(line, "gone@") ? m->receiver : NULL, "250 ok");
        } else if (strncmp(line, "DATA", 4) == 0) {
            say(out, m->data, "354 go on");
            message = !m->data;
        } else if (strncmp(line, "QUIT", 4) == 0) {
            say(out, NULL, "221 bye");
            return;
        } else {
            say(out, NULL, "500 what?");
        }
    }
}

/* Until it is asked to go on by TLS. */
static bool upgrade(FILE *in, FILE *out, FILE *kept)
{
    char line[4096];
    say(out, NULL, "220 here ESMTP");
    while (fgets(line, sizeof line, in)) {
        bool go = strncmp(line, "STARTTLS", 8) == 0;
        fputs(line, kept);
        fflush(kept);
        say(out, NULL, go ? "220 go on" : strncmp(line, "EHLO", 4) == 0 ? "250-here\r\n250 STARTTLS" : "500 what?");
        if (go) return true;
    }
    return false;
}

/* What comes from one goes to the other, until either ends. */
static _Noreturn void relay(int a, int b)
{
    char bytes[4096];
    for (;;) {
        struct pollfd fds[] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0) _exit(1);
        for (int i = 0; i < 2; i++) {
            if (!fds[i].revents) continue;
            ssize_t n = read(fds[i].fd, bytes, sizeof bytes);
            if (n <= 0 || write(fds[1 - i].fd, bytes, (size_t)n) != n) _exit(0);
        }
    }
}

/* OpenSSL's own server does the encrypting, between a socket in the folder and these two pipes. */
static void begin_tls(const char *certificate, FILE **in, FILE **out)
{
    int to[2], back[2];
    assert_int_equal(pipe2(to, O_CLOEXEC) + pipe2(back, O_CLOEXEC), 0);
    if (fork() == 0) {
        char pem[100], key[100];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(pem, sizeof pem, "%s.pem", certificate);
        snprintf(key, sizeof key, "%s.key", certificate);
        int null = open("/dev/null", O_WRONLY);
        dup2(to[0], 0), dup2(back[1], 1), dup2(null, 2);
        if (chdir(folder) == 0)
            execlp("openssl", "openssl", "s_server", "-quiet", "-unix", "tls", "-naccept", "1", "-cert", pem, "-key",
                   key, (char *)NULL);
        _exit(1);
    }
    close(to[0]), close(back[1]);
    *in = fdopen(back[0], "r");
    *out = fdopen(to[1], "w");
}

static int connect_tls(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/tls", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    while (connect(fd, (struct sockaddr *)&at, sizeof at) != 0) usleep(10000);
    unlink(at.sun_path);
    return fd;
}

static void welcome(int talk, FILE *kept, const Manners *m)
{
    FILE *in = fdopen(talk, "r"), *out = fdopen(dup(talk), "w");
    if (m->upgrades && !upgrade(in, out, kept)) return;
    if (m->tls) {
        begin_tls(m->tls, &in, &out);
        int inner = connect_tls();
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            relay(talk, inner);
        }
    }
    converse(in, out, kept, m);
    if (m->tls) fclose(out), wait(NULL);   /* what it said last has gone out then */
}

typedef struct Server {
    pid_t pid;
    int port;
    char heard[64];                    /* a file */
} Server;

static Server serve(const Manners *m)
{
    Server s = {0};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + m->elsewhere)};
    socklen_t n = sizeof at;
    int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(s.heard, sizeof s.heard, "%s/heard", folder);
    unlink(s.heard);
    assert_int_equal(bind(socket_fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(socket_fd, 4), 0);
    assert_int_equal(getsockname(socket_fd, (struct sockaddr *)&at, &n), 0);
    s.port = ntohs(at.sin_port);
    s.pid = fork();
    if (s.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);  /* a failed test leaves no server behind */
        int talk = accept(socket_fd, NULL, NULL);
        FILE *kept = fopen(s.heard, "w");
        welcome(talk, kept, m);
        fclose(kept);
        _exit(0);
    }
    close(socket_fd);
    return s;
}

static char *heard(const Server *s)
{
    Arena *a = arena_new();
    char *bytes;
    size_t n;
    Error err;
    kill(s->pid, SIGTERM);
    waitpid(s->pid, NULL, 0);
    char *copy = text_read_file(a, s->heard, 0, &bytes, &n, &err) == ST_OK ? strdup(bytes) : strdup("");
    arena_free(a);
    return copy;
}

/* Sends by $OPS_MAIL; what went wrong in *why (yours), NULL if nothing. */
static bool sent(const Mail *m, const char *way, int64_t timeout, char **why)
{
    Arena *a = arena_new();
    Exec *x = NULL;
    Error err;
    ExecResult r = {0};
    ExecCall call = {.tag = 1, .cwd = folder, .timeout = timeout};
    setenv("OPS_MAIL", way, 1);
    assert_int_equal(exec_new(&x, &err), ST_OK);
    assert_int_equal(mail_call(a, m, &call, &err), ST_OK);
    assert_int_equal(exec_run(x, &call, &r, &err), ST_OK);
    bool ok = !r.problem;
    *why = strdup(ok ? "" : r.err_n ? r.err : r.problem);
    (*why)[strcspn(*why, "\n")] = 0;
    exec_free(x);
    arena_free(a);
    return ok;
}

static void expect(const Manners *manners, const Mail *m, int64_t timeout, const char *wanted)
{
    char url[64], text[256], *why;
    Server s = serve(manners);
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", s.port);
    snprintf(text, sizeof text, wanted, s.port);
    (void)sent(m, url, timeout, &why);
    assert_memory_equal(why, text, strlen(text));
    free(heard(&s));
    free(why);
}

static void server_takes_it(void **state)
{
    (void)state;
    const char *to[] = {"zoe@example.org", "bob@example.org"};
    char url[64], *why;
    Mail m = mail_of("Thank you", ".\nA dot stood there alone.\n");
    m.to = to, m.to_n = 2;
    Server s = serve(&(Manners){0});
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", s.port);
    assert_true(sent(&m, url, 0, &why));
    assert_string_equal(why, "");
    char *text = heard(&s);
    assert_non_null(strstr(text, "MAIL FROM:<office@studio.example>\r\nRCPT TO:<zoe@example.org>\r\n"
                                 "RCPT TO:<bob@example.org>\r\nDATA\r\nFrom: \"Studio\" <office@studio.example>\r\n"));
    assert_non_null(strstr(text, "\r\nMessage-ID: <Thank-7-2@studio.example>\r\n"));
    assert_non_null(strstr(text, "\r\n\r\n=2E\r\nA dot stood there alone.\r\n.\r\n"));
    free(text), free(why);
}

static void server_refuses(void **state)
{
    (void)state;
    const char *to[] = {"zoe@example.org", "gone@example.org"};
    Mail m = mail_of("s", "b"), two = m;
    two.to = to, two.to_n = 2;
    expect(&(Manners){.greeting = "554 not today"}, &m, 0, "the mail server 127.0.0.1:%d says: 554 not today");
    expect(&(Manners){.mail = "550 not from you"}, &m, 0, "the mail server 127.0.0.1:%d says: 550 not from you");
    expect(&(Manners){.receiver = "550 no such user"}, &two, 0, "the mail server 127.0.0.1:%d says: 550 no such user");
    expect(&(Manners){.data = "451 later"}, &m, 0, "the mail server 127.0.0.1:%d says: 451 later");
    expect(&(Manners){.end = "552 too big"}, &m, 0, "the mail server 127.0.0.1:%d says: 552 too big");
}

/* One receiver is refused: then the message itself never left. */
static void all_or_none(void **state)
{
    (void)state;
    const char *to[] = {"zoe@example.org", "gone@example.org"};
    char url[64], *why;
    Mail m = mail_of("s", "b");
    m.to = to, m.to_n = 2;
    Server s = serve(&(Manners){.receiver = "550 no such user"});
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", s.port);
    assert_false(sent(&m, url, 0, &why));
    char *text = heard(&s);
    assert_null(strstr(text, "DATA"));
    free(text), free(why);
}

/* At each of its words: the step's time ends, whatever the server was about to say. */
static void server_is_slow(void **state)
{
    (void)state;
    static const char *const words[] = {"", "EHLO", "MAIL", "RCPT", "DATA", "\r\n", ".\r\n"};
    Mail m = mail_of("s", "b");
    char url[64];
    for (size_t i = 0; i < COUNT(words); i++) {
        char *why;
        Server s = serve(&(Manners){.slow_at = words[i]});
        snprintf(url, sizeof url, "smtp://127.0.0.1:%d", s.port);
        assert_false(sent(&m, url, US_SECOND / 5, &why));
        assert_non_null(strstr(why, "its timeout passed"));
        free(why), free(heard(&s));
    }
}

/* At each of its words. Before the message left it was not taken; from there on nobody knows. */
static void server_cuts_off(void **state)
{
    (void)state;
    static const char *const before[] = {"", "EHLO", "MAIL", "RCPT", "DATA"}, *const behind[] = {"\r\n", ".\r\n"};
    Mail m = mail_of("s", "b");
    for (size_t i = 0; i < COUNT(before); i++)
        expect(&(Manners){.cut_at = before[i]}, &m, 0, "the mail server 127.0.0.1:%d: ");
    for (size_t i = 0; i < COUNT(behind); i++)
        expect(&(Manners){.cut_at = behind[i]}, &m, 0,
               "the mail server 127.0.0.1:%d did not say whether it took the mail: ");
}

static void too_large(void **state)
{
    (void)state;
    size_t n = (64 << 20) + 100;
    char *why, *body = malloc(n + 1);
    memset(body, '\n', n);
    body[n] = 0;
    Mail m = mail_of("s", body);
    assert_false(sent(&m, "smtp://127.0.0.1:1", 0, &why));
    assert_string_equal(why, "the mail is larger than 64 MB: no server is asked to take it");
    free(why), free(body);
}

static void nobody_listens(void **state)
{
    (void)state;
    char *why;
    Mail m = mail_of("s", "b");
    assert_false(sent(&m, "smtp://ann:secret@127.0.0.1:1", 0, &why));
    assert_string_equal(why, "the mail server 127.0.0.1:1: Couldn't connect to server");
    free(why);
}

/* A password goes to this machine as it is; to another one only where the talk is encrypted. */
static void passwords(void **state)
{
    (void)state;
    char url[64], *why;
    Mail m = mail_of("s", "b");
    Server s = serve(&(Manners){.login = "235 welcome"});
    snprintf(url, sizeof url, "smtp://ann:secret@127.0.0.1:%d", s.port);
    assert_true(sent(&m, url, 0, &why));
    char *text = heard(&s);
    assert_non_null(strstr(text, "AUTH PLAIN"));
    free(text), free(why);

    s = serve(&(Manners){.login = "535 wrong"});
    snprintf(url, sizeof url, "smtp://ann:secret@127.0.0.1:%d", s.port);
    assert_false(sent(&m, url, 0, &why));
    assert_null(strstr(why, "secret"));
    free(heard(&s)), free(why);

    s = serve(&(Manners){.login = "235 welcome", .elsewhere = true});
    snprintf(url, sizeof url, "smtp://ann:secret@127.0.0.2:%d", s.port);
    assert_false(sent(&m, url, 0, &why));
    assert_non_null(strstr(why, ": Requested SSL level failed"));
    text = heard(&s);
    assert_non_null(strstr(text, "EHLO"));
    assert_null(strstr(text, "AUTH"));
    free(text), free(why);
}

/* Certificates of two authorities: by ours one for 127.0.0.2, one for another name, one that has run out. */
static void make_certificates(void)
{
    static const char script[] =
        "cd '%s' && key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes' && {\n"
        "for ca in ours theirs; do openssl req -x509 $key -keyout $ca.key -out $ca.pem -subj /CN=$ca -days 2; done\n"
        "sign() { openssl req $key -keyout $1.key -out $1.csr -subj /CN=$1 && echo subjectAltName=$2 >names &&\n"
        "    openssl x509 -req -in $1.csr -CA ours.pem -CAkey ours.key -CAcreateserial -out $1.pem -days $3"
        " -extfile names; }\n"
        "sign good IP:127.0.0.2 2 && sign wrong DNS:mail.example 2 && sign old IP:127.0.0.2 -1; } 2>/dev/null";
    char command[2000];
    snprintf(command, sizeof command, script, folder);
    assert_int_equal(system(command), 0);
}

typedef struct Trial {
    Manners manners;
    const char *before;                /* its address: scheme, and perhaps a password */
    const char *authority;             /* whom we trust; NULL: this machine's own */
    const char *wanted;                /* what goes wrong, NULL: nothing */
} Trial;

static void try_tls(const Trial *t)
{
    char url[100], authority[100], *why;
    Mail m = mail_of("s", "private");
    Server s = serve(&t->manners);
    snprintf(url, sizeof url, "%s127.0.0.2:%d", t->before, s.port);
    snprintf(authority, sizeof authority, "%s/%s.pem", folder, t->authority ? t->authority : "");
    unsetenv("CURL_CA_BUNDLE");
    if (t->authority) setenv("SSL_CERT_FILE", authority, 1);
    else unsetenv("SSL_CERT_FILE");
    bool ok = sent(&m, url, 0, &why);
    char *text = heard(&s);
    unsetenv("SSL_CERT_FILE");
    if (ok != !t->wanted || (t->wanted && !strstr(why, t->wanted)))
        print_error("%s %s by %s: wanted %s\nfound  %s\n", t->before, t->manners.tls ? t->manners.tls : "-",
                    t->authority ? t->authority : "-", t->wanted ? t->wanted : "nothing wrong", why);
    assert_int_equal(ok, !t->wanted);
    if (t->wanted) assert_non_null(strstr(why, t->wanted));
    assert_int_equal(strstr(text, "private") != NULL, ok);
    assert_int_equal(strstr(text, "STARTTLS") != NULL, t->manners.upgrades);
    if (!ok) assert_null(strstr(text, "MAIL")), assert_null(strstr(text, "AUTH"));
    free(text), free(why);
}

/* Of a server elsewhere the certificate must hold where smtps or a password asks for it: by those whom SSL_CERT_FILE
 * names, for its own name, today. Else nothing is said to it but a greeting. */
static void certificates(void **state)
{
    (void)state;
#define BY_TLS(name) {.tls = name, .elsewhere = true}
#define BY_STARTTLS(name) {.tls = name, .upgrades = true, .elsewhere = true}
#define LOGIN(name) {.tls = name, .upgrades = true, .elsewhere = true, .login = "235 welcome"}
    static const Trial trials[] = {
        {BY_TLS("good"), "smtps://", "ours", NULL},
        {BY_TLS("good"), "smtps://", "theirs", "its certificate does not hold, and nothing was sent"},
        {BY_TLS("good"), "smtps://", NULL, "SSL_CERT_FILE names the authorities to trust"},
        {BY_TLS("good"), "smtps://", "none", "none.pem"},
        {BY_TLS("wrong"), "smtps://", "ours", "does not hold, and nothing was sent: SSL: no alternative"},
        {BY_TLS("old"), "smtps://", "ours", "certificate has expired"},
        {LOGIN("good"), "smtp://ann:secret@", "ours", NULL},
        {LOGIN("good"), "smtp://ann:secret@", "theirs", "its certificate does not hold, and nothing was sent"},
        {LOGIN("wrong"), "smtp://ann:secret@", "ours", "does not hold, and nothing was sent: SSL: no alternative"},
        {LOGIN("old"), "smtp://ann:secret@", "ours", "certificate has expired"},
        {BY_STARTTLS("good"), "smtp://", NULL, NULL},
        {BY_STARTTLS("wrong"), "smtp://", "theirs", NULL},
        {{.elsewhere = true}, "smtp://", "theirs", NULL},
        {{.elsewhere = true}, "smtps://", "ours", "the mail server 127.0.0.2:"},
    };
    make_certificates();
    for (size_t i = 0; i < COUNT(trials); i++) try_tls(&trials[i]);
}

/* The program itself, whose libraries and names are more than a test's: what stands beside this test. */
static void by_ops_itself(void **state)
{
    (void)state;
    char self[4096], command[9000];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(n > 0);
    self[n] = 0;
    for (int up = 0; up < 2; up++) *strrchr(self, '/') = 0;
    snprintf(command, sizeof command,
             "cd '%s' && printf 'Subject: Hi ${name}\nFrom: a@b.example\n\nBye.\n' >hi.txt &&"
             "printf 'system S < process P < takes name text; step A < how mail \"hi.txt\" to \"zoe@c.example\" > > >'"
             " >mail.ops", folder);
    assert_int_equal(system(command), 0);
    Server s = serve(&(Manners){0});
    snprintf(command, sizeof command, "cd '%s' && OPS_MAIL=smtp://127.0.0.1:%d '%s/ops' start P name=Zoe >said 2>&1",
             folder, s.port, self);
    assert_int_equal(system(command), 0);
    char *text = heard(&s);
    assert_non_null(strstr(text, "MAIL FROM:<a@b.example>\r\nRCPT TO:<zoe@c.example>\r\nDATA\r\n"));
    assert_non_null(strstr(text, "\r\nSubject: Hi Zoe\r\n"));
    assert_non_null(strstr(text, "\r\n\r\nBye.\r\n.\r\n"));
    free(text);
}

/* ---- a program that takes what sendmail takes ------------------------------------------------------ */

static void by_program(void **state)
{
    (void)state;
    char path[64], *why;
    snprintf(path, sizeof path, "%s/send mail", folder);
    FILE *f = fopen(path, "w");
    fputs("#!/bin/sh\nprintf '[%s]' \"$@\" >said\ncat >>said\n", f);
    fclose(f);
    chmod(path, 0700);
    Mail m = mail_of("s", "b");
    assert_true(sent(&m, path, 0, &why));
    free(why);
    Server s = {0};
    snprintf(s.heard, sizeof s.heard, "%s/said", folder);
    Arena *a = arena_new();
    char *bytes;
    size_t n;
    Error err;
    assert_int_equal(text_read_file(a, s.heard, 0, &bytes, &n, &err), ST_OK);
    const char *begin = "[-oi][-f][office@studio.example][--][zoe@example.org]"
                        "From: \"Studio\" <office@studio.example>\n";
    assert_memory_equal(bytes, begin, strlen(begin));

    arena_free(a);
}

/* It refuses, is slow, reads nothing, or ends in the middle: each is a failure with its own reason. */
static void program_fails(void **state)
{
    (void)state;
    static const struct { const char *does, *why; } CASES[] = {
        {"echo no such user >&2; exit 67", "no such user"},
        {"exit 75", "exit status 75"},
        {"cat >/dev/null; sleep 900", "its timeout passed"},
        {"sleep 900", "its timeout passed"},
        {"head -c 10 >/dev/null; kill -9 $$", "it was ended by signal 9 (Killed)"},
        {"exec <&-; kill -TERM $$", "it was ended by signal 15 (Terminated)"}};
    size_t large = 1 << 20;            /* more than a pipe holds: it is still being written */
    char path[64], *why, *body = malloc(large + 1);
    memset(body, 'b', large);
    for (size_t i = 99; i < large; i += 100) body[i] = '\n';
    body[large] = 0;
    for (size_t i = 0; i < COUNT(CASES); i++) {
        snprintf(path, sizeof path, "%s/fails", folder);
        FILE *f = fopen(path, "w");
        fprintf(f, "#!/bin/sh\n%s\n", CASES[i].does);
        fclose(f);
        chmod(path, 0700);
        for (int whole = 0; whole < 2; whole++) {
            Mail m = mail_of("s", whole ? body : "b");
            assert_false(sent(&m, path, US_SECOND / 5, &why));
            assert_non_null(strstr(why, CASES[i].why));
            free(why);
        }
    }
    free(body);
}

static void no_way_out(void **state)
{
    (void)state;
    static const struct { const char *way, *wanted; } CASES[] = {
        {"mail.example", "OPS_MAIL is neither smtp://host:port, smtps://host:port nor the path of a program"},
        {"http://mail.example", "OPS_MAIL is neither smtp://host:port, smtps://host:port nor the path of a program"},
        {"/nowhere/sendmail",
         "there is no program /nowhere/sendmail to send mail with: set OPS_MAIL to smtp://host:port, or to its path"}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        Arena *a = arena_new();
        Mail m = mail_of("s", "b");
        ExecCall call = {0};
        Error err;
        setenv("OPS_MAIL", CASES[i].way, 1);
        assert_int_equal(mail_call(a, &m, &call, &err), ST_CONFIG);
        assert_string_equal(err.text, CASES[i].wanted);
        arena_free(a);
    }
}

/* ---- from Lua ------------------------------------------------------------------------------------------- */

/* mail.send{to = {"zoe@example.org", "ann"}, subject, body}, at a server with these manners: what it heard (yours), and
 * in err why it failed. */
static char *asked(const Manners *manners, const char *body, int64_t micros, Status *st, Error *err)
{
    static const IrPerson people[] = {{.id = "ann", .mail = "ann@studio.example"}};
    static const char *const names[] = {"to", "subject", "body"};
    static const Shape shape = {NULL, names, 3};
    IrProgram program = {.folder = folder, .persons = people, .persons_n = 1};
    Arena *a = arena_new();
    Exec *x = NULL;
    Value answer;
    char url[64];
    Server s = serve(manners);
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", s.port);
    setenv("OPS_MAIL", url, 1);
    setenv("OPS_MAIL_FROM", "Studio <office@studio.example>", 1);
    assert_int_equal(exec_new(&x, err), ST_OK);
    const Value to[] = {value_text("zoe@example.org"), value_text("ann")};
    Record *letter = record_new(a, &shape);
    letter->fields[0] = value_list(to, 2);
    letter->fields[1] = value_text("Grüße\nBcc: all@example.org");
    letter->fields[2] = value_text(body);
    const Value args[] = {value_record(letter)};
    const ScriptQuestion q = {"mail.send", args, 1, micros};
    Reach reach = {.program = &program, .exec = x, .step = "A", .acts = true, .act = 7, .attempt = 2};
    *err = (Error){0};
    *st = reach_answer(&reach, &q, a, &answer, err);
    exec_free(x);
    arena_free(a);
    unsetenv("OPS_MAIL_FROM");
    return heard(&s);
}

static void lua_sends_by_a_server(void **state)
{
    (void)state;
    Status st;
    Error err;
    char *text = asked(&(Manners){0}, ".\nä\r\n.\r\nQUIT\n", US_SECOND, &st, &err);
    assert_int_equal(st, ST_OK);
    assert_non_null(strstr(text, "MAIL FROM:<office@studio.example>\r\nRCPT TO:<zoe@example.org>\r\n"
                                 "RCPT TO:<ann@studio.example>\r\nDATA\r\nFrom: \"Studio\" <office@studio.example>"));
    assert_null(strstr(text, "\nBcc"));
    assert_non_null(strstr(text, "\r\nMessage-ID: <lua-0-7-2-"));
    assert_non_null(strstr(text, "\r\n\r\n=2E\r\n=C3=A4\r\n=2E\r\nQUIT\r\n.\r\n"));
    free(text);
}

static void lua_is_told_what_the_server_says(void **state)
{
    (void)state;
    static const struct { Manners manners; const char *why; } cases[] = {
        {{.greeting = "554 not today"}, "says: 554 not today"},
        {{.end = "552 too big"}, "says: 552 too big"},
        {{.cut_at = "DATA"}, "the mail server 127.0.0.1:"},
        {{.cut_at = ".\r\n"}, "did not say whether it took the mail"},
        {{.slow_at = "RCPT"}, "its timeout passed"},
        {{.slow_at = ""}, "its timeout passed"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        Status st;
        Error err;
        free(asked(&cases[i].manners, "b", US_SECOND / 4, &st, &err));
        assert_int_equal(st, ST_FAILED);
        if (!strstr(err.text, cases[i].why)) print_error("wanted %s\nfound  %s\n", cases[i].why, err.text);
        assert_memory_equal(err.text, "mail.send: ", 11);
        assert_non_null(strstr(err.text, cases[i].why));
    }
}

static int make_folder(void **state)
{
    (void)state;
    unsetenv("OPS_MAIL_FROM");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_whole),   cmocka_unit_test(no_value_adds_a_header), cmocka_unit_test(addresses),
        cmocka_unit_test(server_takes_it), cmocka_unit_test(server_refuses),        cmocka_unit_test(all_or_none),
        cmocka_unit_test(server_is_slow),  cmocka_unit_test(server_cuts_off),        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(certificates),
        cmocka_unit_test(passwords),       cmocka_unit_test(by_program),             cmocka_unit_test(program_fails),
        cmocka_unit_test(no_way_out),      cmocka_unit_test(by_ops_itself),           cmocka_unit_test(too_large),
        cmocka_unit_test(lua_sends_by_a_server),
        cmocka_unit_test(lua_is_told_what_the_server_says),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
