/* http.c -- tests of requests that Lua makes: of addresses, and of what comes from a server that is slow, cut off,
 * huge, or leads astray. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#undef fail /* ours is a function: base/status.h */

#include "runtime/http.h"
#include "runtime/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a server that says what its path asks for ----------------------------------------------------- */

static void say(int to, const char *text)
{
    if (write(to, text, strlen(text)) < 0) _exit(0);
}

static void say_head(int to, const char *path)
{
    char head[600];
    snprintf(head, sizeof head, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", path);
    say(to, head);
}

/* The request itself comes back as the body. */
static void echo(int to, const char *request, size_t n)
{
    char head[200];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: %zu\r\n\r\n", n);
    say(to, head);
    if (write(to, request, n) < 0) _exit(0);
}

static void serve(int to)
{
    char request[8192] = "", *path, *end;
    ssize_t n = read(to, request, sizeof request - 1);
    if (n <= 0 || !(path = strchr(request, ' ')) || !(end = strchr(path + 1, ' '))) return;
    char *body = strstr(request, "\r\n\r\n");
    bool more = strncmp(request, "POST", 4) == 0 && body && !body[4] && !strstr(request, "Content-Length: 0");
    if (more) n += read(to, request + n, sizeof request - 1 - (size_t)n);
    char of[400];
    snprintf(of, sizeof of, "%.*s", (int)(end - path - 1), path + 1);
    if (strcmp(of, "/slow") == 0) usleep(3000000);
    else if (strcmp(of, "/drip") == 0) {
        say(to, "HTTP/1.1 200 OK\r\n\r\n");
        for (int i = 0; i < 300; i++) say(to, "x"), usleep(10000);
    } else if (strcmp(of, "/huge") == 0) {
        static char block[65536];
        memset(block, 'x', sizeof block - 1);
        say(to, "HTTP/1.1 200 OK\r\n\r\n");
        for (int i = 0; i < 200; i++) say(to, block);
    } else if (strcmp(of, "/head") == 0) {
        say(to, "HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 3000; i++) say(to, "X-Long: 0123456789012345678901234567890123456789\r\n");
        say(to, "\r\n");
    } else if (strcmp(of, "/cut") == 0) say(to, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    else if (strcmp(of, "/garbage") == 0) say(to, "\x16\x03\x01 nothing of the kind\r\n\r\n");
    else if (strcmp(of, "/bytes") == 0) say(to, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na\xff");
    else if (strcmp(of, "/none") == 0) return;
    else if (strncmp(of, "/to/", 4) == 0) say_head(to, of + 4);
    else echo(to, request, (size_t)n);
}

static pid_t server;
static unsigned port;
static bool by_v6;                     /* this machine has ::1, too */

/* At 127.0.0.1 and, where there is IPv6, at ::1, at the same port. */
static int listen_on(void)
{
    static const struct in6_addr every = IN6ADDR_ANY_INIT;
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = every};
    struct sockaddr_in old = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    by_v6 = fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int)) == 0 &&
            bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
    if (!by_v6) {
        if (fd >= 0) close(fd);
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(fd, (struct sockaddr *)&old, sizeof old) != 0) return -1;
    }
    if (listen(fd, 50) != 0 || getsockname(fd, (struct sockaddr *)&at, &n) != 0) return -1;
    port = ntohs(at.sin6_port);        /* it stands at the same place in both */
    return fd;
}

static int begin_server(void)
{
    int fd = listen_on();
    if (fd < 0) return -1;
    server = fork();
    if (server != 0) {
        close(fd);
        return server > 0 ? 0 : -1;
    }
    signal(SIGPIPE, SIG_DFL);
    signal(SIGCHLD, SIG_IGN);
    for (int to; (to = accept(fd, NULL, NULL)) >= 0; close(to)) {
        if (fork() != 0) continue;
        close(fd);
        serve(to);
        _exit(0);
    }
    _exit(0);
}

/* ---- a block's question ------------------------------------------------------------------------------- */

static Arena *arena;
static Exec *runner;
static IrAllow lines[8];
static const IrUse uses[] = {{"", ""}, {"more.", "more"}};
static IrProgram program = {.folder = ".", .allows = lines, .uses = uses, .uses_n = 2};
static const char *process = "P";

static void allow(const char *what, const char *module)
{
    lines[program.allows_n++] = (IrAllow){.kind = ALLOW_HTTP, .what = what, .module = module};
}

/* Names that lead where no name of the world's should: this process alone sees them. False: it may not. */
static bool name_machines(void)
{
    static const char names[] = "127.0.0.1 localhost\n::1 six.example\nfd00::1 unique.example\nfe80::1 link.example\n"
                                "::ffff:127.0.0.1 mapped.example\n64:ff9b::7f00:1 nat.example\n"
                                "2002:7f00:1:: tunnel.example\n10.0.0.1 ten.example\n";
    char path[] = "/tmp/ops-hosts-XXXXXX";
    int fd = mkstemp(path);
    bool done = fd >= 0 && write(fd, names, sizeof names - 1) == sizeof names - 1 && fchmod(fd, 0644) == 0 &&
                unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                mount(path, "/etc/hosts", NULL, MS_BIND, NULL) == 0;
    if (fd >= 0) close(fd), unlink(path);
    return done;
}

static bool renamed;                   /* those names are there */

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    renamed = name_machines();
    if (begin_server() != 0) return -1;
    return exec_new(&runner, NULL) == ST_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    exec_free(runner);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    arena_free(arena);
    return 0;
}

static int fresh(void **state)
{
    (void)state;
    program.allows_n = 0;
    process = "P";
    allow(arena_printf(arena, "127.0.0.1:%u", port), "");
    return 0;
}

static Value options(const char *name, Value value)
{
    Shape *shape = ARENA_NEW(arena, Shape);
    const char **names = ARENA_ARRAY(arena, const char *, 1);
    names[0] = name;
    *shape = (Shape){NULL, names, 1};
    Record *r = record_new(arena, shape);
    r->fields[0] = value;
    return value_record(r);
}

static Value answer;
static Error err;

static Status ask(const char *what, const char *url, Value given)
{
    Reach reach = {.program = &program, .process = process, .exec = runner, .step = "A", .acts = true};
    const Value args[] = {value_text(url), given};
    const ScriptQuestion q = {what, args, 2, 2 * US_SECOND};
    err = (Error){0};
    return reach_answer(&reach, &q, arena, &answer, &err);
}

static const char *here(const char *path)
{
    return arena_printf(arena, "http://127.0.0.1:%u%s", port, path);
}

static const char *text(const char *field)
{
    return record_get(answer.record, field)->text;
}

static void says(Status st, const char *wanted)
{
    if (st == ST_OK || !strstr(err.text, wanted)) print_error("wanted %s\nfound  %s\n", wanted, err.text);
    assert_int_not_equal(st, ST_OK);
    assert_non_null(strstr(err.text, wanted));
}

/* ---- what comes back -------------------------------------------------------------------------------------- */

static void what_is_asked_is_answered(void **state)
{
    (void)state;
    assert_int_equal(ask("http.get", here("/a?b=c#d"), VALUE_NONE), ST_OK);
    assert_int_equal(record_get(answer.record, "status")->i, 200 * DECIMAL_ONE);
    assert_string_equal(text("url"), here("/a?b=c#d"));
    assert_non_null(strstr(text("body"), "GET /a?b=c HTTP/1.1\r\n"));
    assert_string_equal(record_get(record_get(answer.record, "headers")->record, "x-a")->text, "1, 2");
    assert_int_equal(ask("http.post", here("/"), options("json", options("n", value_number(1500000)))), ST_OK);
    assert_non_null(strstr(text("body"), "Content-Type: application/json\r\n"));
    assert_non_null(strstr(text("body"), "\r\n\r\n{\"n\":1.5}"));
    assert_int_equal(ask("http.post", here("/"), options("headers", options("X-Key", value_text("k")))), ST_OK);
    assert_non_null(strstr(text("body"), "X-Key: k\r\n"));
    assert_non_null(strstr(text("body"), "Content-Length: 0\r\n"));
    for (int i = 0; i < 20; i++) assert_int_equal(ask("http.get", here("/"), VALUE_NONE), ST_OK);
}

static void bad_servers_do_no_harm(void **state)
{
    (void)state;
    int64_t began = clock_ticks();
    says(ask("http.get", here("/slow"), options("timeout", value_number(300000))), "no answer came in time");
    says(ask("http.get", here("/drip"), options("timeout", value_duration(300000))), "no answer came in time");
    assert_true(clock_ticks() - began < 2 * US_SECOND);
    says(ask("http.get", here("/slow"), VALUE_NONE), "no answer came in time");
    assert_true(clock_ticks() - began < 5 * US_SECOND);
    says(ask("http.get", here("/huge"), VALUE_NONE), "the answer is longer than 4 MB");
    says(ask("http.get", here("/head"), VALUE_NONE), "127.0.0.1: ");
    says(ask("http.get", here("/cut"), VALUE_NONE), "127.0.0.1: ");
    says(ask("http.get", here("/garbage"), VALUE_NONE), "127.0.0.1: ");
    says(ask("http.get", here("/none"), VALUE_NONE), "127.0.0.1: ");
    says(ask("http.get", here("/bytes"), VALUE_NONE), "the answer is no text");
    const char *https = arena_printf(arena, "https://127.0.0.1:%u/", port);
    says(ask("http.get", https, VALUE_NONE), "127.0.0.1: ");
    assert_int_equal(ask("http.get", here("/"), VALUE_NONE), ST_OK);
}

static void redirects_are_looked_at(void **state)
{
    (void)state;
    Value five = options("redirects", value_integer(5));
    assert_int_equal(ask("http.get", here("/to//b"), VALUE_NONE), ST_OK);
    assert_int_equal(record_get(answer.record, "status")->i, 302 * DECIMAL_ONE);
    assert_int_equal(ask("http.get", here("/to//to//b"), five), ST_OK);
    assert_string_equal(text("url"), here("/b"));
    assert_int_equal(ask("http.post", here("/to//b"), five), ST_OK);
    assert_non_null(strstr(text("body"), "GET /b "));
    assert_int_equal(ask("http.get", here(arena_printf(arena, "/to/http://localhost:%u/", port)), VALUE_NONE), ST_OK);
    says(ask("http.get", here(arena_printf(arena, "/to/http://localhost:%u/", port)), five),
         "the answer leads to localhost, and nothing allows that");
    says(ask("http.get", here("/to/http://example.org/"), five), "the answer leads to example.org");
    says(ask("http.get", here("/to/http://127.0.0.1:1/"), five), "nothing allows that");
    says(ask("http.get", here("/to/file:///etc/passwd"), five), "begins with neither");
    says(ask("http.get", here("/to/gopher://127.0.0.1/"), five), "begins with neither");
    assert_int_equal(ask("http.get", here("/to/%2e"), five), ST_OK);
}

/* What is for one host is not said to another. */
static void headers_stay_with_their_host(void **state)
{
    (void)state;
    allow(arena_printf(arena, "localhost:%u", port), "");
    Shape *shape = ARENA_NEW(arena, Shape);
    static const char *const names[] = {"headers", "redirects"};
    *shape = (Shape){NULL, names, 2};
    Record *r = record_new(arena, shape);
    r->fields[0] = options("X-Key", value_text("k"));
    r->fields[1] = value_integer(1);
    assert_int_equal(ask("http.get", here("/to//b"), value_record(r)), ST_OK);
    assert_non_null(strstr(text("body"), "X-Key"));
    const char *away = here(arena_printf(arena, "/to/http://localhost:%u/", port));
    assert_int_equal(ask("http.get", away, value_record(r)), ST_OK);
    assert_non_null(strstr(text("body"), "Host: localhost"));
    assert_null(strstr(text("body"), "X-Key"));
}

/* ---- whom it may reach --------------------------------------------------------------------------------------- */

/* Not the name decides, but where it leads. */
static void private_machines_need_their_own_line(void **state)
{
    (void)state;
    const char *local = arena_printf(arena, "http://localhost:%u/", port);
    says(ask("http.get", local, VALUE_NONE), "nothing allows this: write allow http \"localhost:");
    program.allows_n = 0;
    allow(arena_printf(arena, "*.1:%u", port), "");        /* a name, as far as anybody knows */
    const char *named = arena_printf(arena, "http://127.1:%u/", port);
    says(ask("http.get", named, VALUE_NONE), "this machine or in a private net");
    allow(arena_printf(arena, "127.0.0.1:%u", port + 1), "");
    says(ask("http.get", named, VALUE_NONE), "this machine or in a private net");
    allow(arena_printf(arena, "127.0.0.1:%u", port), "");
    assert_int_equal(ask("http.get", named, VALUE_NONE), ST_OK);
    program.allows_n = 0;
    allow(arena_printf(arena, "localhost:%u", port), "");
    assert_int_equal(ask("http.get", local, VALUE_NONE), ST_OK);
}

/* What leads there by IPv6 is looked at as it is connected to, too; a line names an address in []. */
static void addresses_of_v6_need_their_own_line(void **state)
{
    (void)state;
    static const struct { const char *name, *address; } ways[] = {
        {"six", "[::1]"}, {"unique", "[fd00::1]"}, {"link", "[fe80::1]"}, {"mapped", "[::ffff:127.0.0.1]"},
        {"nat", "[64:ff9b::7f00:1]"}, {"tunnel", "[2002:7f00:1::]"}, {"ten", "10.0.0.1"}};
    if (!renamed || !by_v6) skip();
    program.allows_n = 0;
    allow(arena_printf(arena, "*.example:%u", port), "");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const char *url = arena_printf(arena, "http://%s.example:%u/", ways[i].name, port);
        says(ask("http.get", url, VALUE_NONE),
             arena_printf(arena, "%s.example leads to %s, which is this machine or in a private net: that needs a line "
                          "of its own, allow http \"%s:%u\"", ways[i].name, ways[i].address, ways[i].address, port));
    }
    const char *six = arena_printf(arena, "http://six.example:%u/", port);
    allow(arena_printf(arena, "[::2]:%u", port), "");
    allow(arena_printf(arena, "[::1]:%u", port + 1), "");
    allow(arena_printf(arena, "127.0.0.1:%u", port), "");
    says(ask("http.get", six, VALUE_NONE), "leads to [::1]");
    allow(arena_printf(arena, "[0:0::1]:%u", port), "");
    assert_int_equal(ask("http.get", six, VALUE_NONE), ST_OK);
    assert_string_equal(text("url"), six);
}

static void addresses_of_v6_are_written_in_brackets(void **state)
{
    (void)state;
    const char *one = arena_printf(arena, "http://[::1]:%u/", port),
               *mapped = arena_printf(arena, "http://[::ffff:127.0.0.1]:%u/", port);
    if (!by_v6) skip();
    says(ask("http.get", one, VALUE_NONE), arena_printf(arena, "nothing allows this: write allow http \"[::1]:%u\"",
                                                        port));
    says(ask("http.get", mapped, VALUE_NONE), "nothing allows this");
    allow(arena_printf(arena, "localhost:%u", port), "");
    says(ask("http.get", one, VALUE_NONE), "nothing allows this");
    says(ask("http.get", here(arena_printf(arena, "/to/%s", one)), options("redirects", value_integer(5))),
         "the answer leads to [::1], and nothing allows that");
    allow(arena_printf(arena, "[::1]:%u", port), "");
    assert_int_equal(ask("http.get", one, VALUE_NONE), ST_OK);
    assert_non_null(strstr(text("body"), arena_printf(arena, "Host: [::1]:%u\r\n", port)));
    says(ask("http.get", mapped, VALUE_NONE), "nothing allows this");
    allow(arena_printf(arena, "[::ffff:7f00:1]:%u", port), "");
    assert_int_equal(ask("http.get", mapped, VALUE_NONE), ST_OK);
}

/* A module has no more than its user, and no more than it says itself. */
static void modules_have_what_their_users_have(void **state)
{
    (void)state;
    process = "more.P";
    says(ask("http.get", here("/"), VALUE_NONE), "nothing allows this: write allow http \"127.0.0.1:");
    allow(lines[0].what, "more.");
    assert_int_equal(ask("http.get", here("/"), VALUE_NONE), ST_OK);
    lines[0].what = "example.com";
    says(ask("http.get", here("/"), VALUE_NONE), "nothing allows this in the file that uses this one");
    process = "P";
    says(ask("http.get", here("/"), VALUE_NONE), "nothing allows this: write");
}

static bool private(const char *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) return http_is_private((struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return http_is_private((struct sockaddr *)&v6);
}

static void addresses(void **state)
{
    (void)state;
    static const char *const closed[] = {
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "224.0.0.1",
        "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.1.1.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "2002:7f00:1::",
        "2002:c0a8:101::", "2001::1", "2001:db8::1"};
    static const char *const open[] = {"1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1",
                                       "126.1.1.1", "128.0.0.1", "172.15.0.1", "172.32.0.1", "192.167.1.1",
                                       "192.169.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1",
                                       "::ffff:1.1.1.1", "2002:101:101::", "2001:4860::8888"};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        if (!private(closed[i])) print_error("%s\n", closed[i]), assert_true(false);
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (private(open[i])) print_error("%s\n", open[i]), assert_true(false);
}

static void names(void **state)
{
    (void)state;
    static const struct { const char *line, *url; bool fits; } all[] = {
        {"a.example", "https://a.example", true}, {"a.example", "HTTP://A.Example/x", true},
        {"a.example", "https://a.example:443/", true}, {"a.example", "https://a.example:444/", false},
        {"a.example:80", "https://a.example/", false}, {"a.example:80", "http://a.example/", true},
        {"a.example", "http://b.a.example/", false}, {"*.a.example", "http://b.a.example/", true},
        {"*.a.example", "http://c.b.a.example/", true}, {"*.a.example", "http://a.example/", false},
        {"*.a.example", "http://xa.example/", false}, {"*.a.example", "http://.a.example/", false},
        {"a.example", "http://a.example./", false}, {"a.example", "http://a.example@b/", false},
        {"a.example", "http://a.example:80@b/", false}, {"a.example", "http://b#@a.example/", false},
        {"a.example", "http://b\\a.example/", false}, {"a.example", "http://a.example\t/", false},
        {"a.example", "http:/a.example/", false}, {"a.example", "http:///a.example/", false},
        {"a.example", "http://a.example:/", false}, {"a.example", "http://a.example:080000/", false},
        {"[::1]", "http://[::1]/", true}, {"[::1]", "http://[0::0:1]/x", true},
        {"[FD00::a]", "https://[fd00::A]/", true}, {"*.1]", "http://[::1.1.1.1]/", false},
        {"[::1]:81", "http://[::1]:81/", true}, {"[::1]:81", "http://[::1]/", false}, {"[::1]", "http://[::2]/", false},
        {"[::1]", "http://::1/", false}, {"[::1]", "http://[::1/", false}, {"[::1]", "http://[::1]x/", false},
        {"[::1]", "http://[::1%25lo]/", false}, {"[::1]", "http://[/::1]", false}, {"[::1]", "http://[]/", false},
        {"[::1]", "http://[::1]@b/", false}, {"[::1]", "http://b@[::1]/", false},
        {"[1.2.3.4]", "http://[1.2.3.4]/", false}, {"::1", "http://[::1]/", false},
        {"a.example", "http://a.example?x", true}, {"a.example", "http://a..example/", false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        HttpUrl url;
        const char *why;
        bool fits = http_url(arena, all[i].url, &url, &why) && http_names(all[i].line, &url);
        if (fits != all[i].fits) print_error("%s at %s\n", all[i].line, all[i].url);
        assert_int_equal(fits, all[i].fits);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh)
    const struct CMUnitTest tests[] = {TEST(what_is_asked_is_answered),
                                       TEST(bad_servers_do_no_harm),
                                       TEST(redirects_are_looked_at),
                                       TEST(headers_stay_with_their_host),
                                       TEST(private_machines_need_their_own_line),
                                       TEST(addresses_of_v6_need_their_own_line),
                                       TEST(addresses_of_v6_are_written_in_brackets),
                                       TEST(modules_have_what_their_users_have),
                                       TEST(addresses),
                                       TEST(names)};
    return cmocka_run_group_tests_name("http", tests, set_up, tear_down);
}
