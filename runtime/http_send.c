/* http_send.c -- one request, with what it is redirected to, in a process of its own. libcurl does the talking. */
#include "runtime/http.h"

#include "base/json.h"
#include "base/time.h"
#include "runtime/libcurl.h"
#include "runtime/trust.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

typedef struct Request {
    const char *method, *url, *body;   /* body: NULL: none */
    const Json *headers, *allow;
    int64_t until;                     /* by clock_ticks */
    int64_t redirects;                 /* that may still be followed */
    bool elsewhere;                    /* it goes to another host than it was written for */
} Request;

typedef struct Talk {                  /* one going there and back */
    LibCurl c;
    CURL *curl;
    Arena *arena;
    const Request *request;
    HttpUrl to;
    Buf head, body;                    /* head: pairs of names and values in JSON, of the last answer */
    char refused[64];                  /* the address that is not allowed, as a line names it, or "" */
    const char *too_much;              /* NULL, or which part of the answer */
    char error[CURL_ERROR_SIZE];
} Talk;

static int tell(const char *format, ...) PRINTF_LIKE(1, 2);

/* Why there is no answer, for people, in a line. */
static int tell(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return 1;
}

/* ---- what is allowed ------------------------------------------------------------------------ */

typedef bool Names(const char *line, const HttpUrl *url, const struct sockaddr *address);

static bool names_host(const char *line, const HttpUrl *url, const struct sockaddr *address)
{
    (void)address;
    return http_names(line, url);
}

/* One line of each list at least. */
static bool all_allow(const Json *allow, Names *names, const HttpUrl *url, const struct sockaddr *address)
{
    for (const Json *list = allow->child; list; list = list->next) {
        bool found = false;
        for (const Json *line = list->child; line && !found; line = line->next) found = names(line->text, url, address);
        if (!found) return false;
    }
    return true;
}

/* As a line of `allow` names it. */
static void show_address(char *out, size_t size, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    bool v6 = address->sa_family == AF_INET6;
    const void *where = v6 ? (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr
                           : (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
    inet_ntop(address->sa_family, where, text, sizeof text);
    snprintf(out, size, v6 ? "[%s]" : "%s", text);
}

/* The address is known here, and connected to here: nothing lies between the look and the step. */
static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *address)
{
    Talk *t = self;
    bool known = purpose == CURLSOCKTYPE_IPCXN && (address->family == AF_INET || address->family == AF_INET6);
    if (!known || (http_is_private(&address->addr) &&
                   !all_allow(t->request->allow, http_names_address, &t->to, &address->addr))) {
        if (known) show_address(t->refused, sizeof t->refused, &address->addr);
        else strcpy(t->refused, "unknown");
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- what comes back ---------------------------------------------------------------------------- */

static size_t take_body(char *bytes, size_t size, size_t count, void *self)
{
    Talk *t = self;
    size_t n = size * count;
    if (t->body.n + n > HTTP_BODY_MOST) {
        t->too_much = "the answer is longer than 4 MB";
        return 0;
    }
    buf_add(&t->body, bytes, n);
    return n;
}

static void put_visible(Buf *b, const char *text, size_t n)
{
    Buf shown = {0};
    buf_visible(&shown, text, n);
    json_comma(b);
    json_string(b, buf_text(&shown), shown.n);
    buf_free(&shown);
}

/* A line that begins an answer begins its head anew: that of a 100 Continue is none of ours. */
static size_t take_header(char *bytes, size_t size, size_t count, void *self)
{
    Talk *t = self;
    size_t all = size * count, n = all;
    while (n && strchr("\r\n \t", bytes[n - 1])) n--;
    const char *colon = memchr(bytes, ':', n);
    if (n >= 5 && memcmp(bytes, "HTTP/", 5) == 0) buf_clear(&t->head);
    if (!colon || (n >= 5 && memcmp(bytes, "HTTP/", 5) == 0)) return all;
    if (t->head.n + n > HTTP_HEAD_MOST) {
        t->too_much = "the answer's head is longer than 64 KB";
        return 0;
    }
    size_t name = (size_t)(colon - bytes), from = name + 1;
    while (from < n && (bytes[from] == ' ' || bytes[from] == '\t')) from++;
    json_comma(&t->head);
    buf_putc(&t->head, '[');
    put_visible(&t->head, bytes, name);
    put_visible(&t->head, bytes + from, n - from);
    buf_putc(&t->head, ']');
    return all;
}

/* ---- going there ----------------------------------------------------------------------------------- */

/* What was said to one host is not said to another. */
static bool goes_along(const Request *r, const char *name)
{
    static const char *const harmless[] = {"Accept", "Accept-Language", "Content-Type", "User-Agent"};
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (strcasecmp(harmless[i], name) == 0) return true;
    return !r->elsewhere;
}

static struct curl_slist *headers(const Talk *t)
{
    struct curl_slist *list = t->c.slist_append(NULL, "Expect:");
    for (const Json *h = t->request->headers->child; h; h = h->next) {
        const char *name = h->child->text, *value = h->child->next->text;
        if (!goes_along(t->request, name)) continue;
        list = t->c.slist_append(list, arena_printf(t->arena, *value ? "%s: %s" : "%s;", name, value));
    }
    return list;
}

static void prepare(Talk *t, int64_t left)
{
    const LibCurl *c = &t->c;
    const Request *r = t->request;
    CURL *curl = t->curl;
    c->easy_reset(curl);
    c->easy_setopt(curl, CURLOPT_URL, r->url);
    c->easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    c->easy_setopt(curl, CURLOPT_PROXY, "");
    c->easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    c->easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    c->easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (trust_file()) c->easy_setopt(curl, CURLOPT_CAINFO, trust_file()), c->easy_setopt(curl, CURLOPT_CAPATH, NULL);
    c->easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    c->easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(left / 1000 + 1));
    c->easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    c->easy_setopt(curl, CURLOPT_USERAGENT, "ops");
    c->easy_setopt(curl, CURLOPT_HTTPHEADER, headers(t));
    c->easy_setopt(curl, CURLOPT_CUSTOMREQUEST, r->method);
    if (strcmp(r->method, "HEAD") == 0) c->easy_setopt(curl, CURLOPT_NOBODY, 1L);
    bool sends = r->body || strcmp(r->method, "POST") == 0 || strcmp(r->method, "PUT") == 0;
    if (sends) c->easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(r->body ? strlen(r->body) : 0));
    if (sends) c->easy_setopt(curl, CURLOPT_POSTFIELDS, r->body ? r->body : "");
    c->easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    c->easy_setopt(curl, CURLOPT_OPENSOCKETDATA, t);
    c->easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    c->easy_setopt(curl, CURLOPT_WRITEDATA, t);
    c->easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    c->easy_setopt(curl, CURLOPT_HEADERDATA, t);
    c->easy_setopt(curl, CURLOPT_ERRORBUFFER, t->error);
}

static int failed(const Talk *t, CURLcode code)
{
    const char *host = t->to.host;
    if (*t->refused)
        return tell("%s leads to %s, which is this machine or in a private net: that needs a line of its own, "
                    "allow http \"%s:%u\"", host, t->refused, t->refused, t->to.port);
    if (t->too_much) return tell("%s: %s", host, t->too_much);
    if (code == CURLE_COULDNT_RESOLVE_HOST) return tell("%s: there is no host of this name", host);
    if (code == CURLE_COULDNT_CONNECT) return tell("%s: nobody answers there at port %u", host, t->to.port);
    if (code == CURLE_OPERATION_TIMEDOUT) return tell("%s: no answer came in time", host);
    const char *why = *t->error ? t->error : t->c.easy_strerror(code);
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        long verified = 0;
        t->c.easy_getinfo(t->curl, CURLINFO_SSL_VERIFYRESULT, &verified);
        return tell("%s: its certificate does not hold, and nothing was sent: %s%s", host, why, trust_hint(verified));
    }
    return tell("%s: %s", host, why);
}

static int may_go(Talk *t)
{
    const char *why;
    const Request *r = t->request;
    if (!http_url(t->arena, r->url, &t->to, &why)) return tell("`%s` %s", r->url, why);
    if (!all_allow(r->allow, names_host, &t->to, NULL))
        return tell("the answer leads to %s, and nothing allows that", t->to.host);
    return 0;
}

static int go(Talk *t, long *status, const char **redirect)
{
    int64_t left = t->request->until - clock_ticks();
    *t->refused = *t->error = '\0';
    buf_clear(&t->head);
    buf_clear(&t->body);
    if (may_go(t) != 0) return 1;
    if (left <= 0) return failed(t, CURLE_OPERATION_TIMEDOUT);
    prepare(t, left);
    CURLcode code = t->c.easy_perform(t->curl);
    if (code != CURLE_OK) return failed(t, code);
    t->c.easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, status);
    t->c.easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, redirect);
    return 0;
}

/* 303 is looked at; so is, by old custom, what was posted and has moved. */
static int follow(Talk *t, Request *r, long status, const char *redirect)
{
    HttpUrl next;
    const char *why;
    r->url = arena_dup(t->arena, redirect);
    if (!http_url(t->arena, r->url, &next, &why)) return tell("the answer leads to `%s`, which %s", r->url, why);
    if (t->to.secure && !next.secure) return tell("the answer leads from https to `%s`", r->url);
    if (status == 303 || ((status == 301 || status == 302) && strcmp(r->method, "POST") == 0))
        r->method = strcmp(r->method, "HEAD") == 0 ? "HEAD" : "GET", r->body = NULL;
    r->elsewhere |= strcmp(next.host, t->to.host) != 0 || next.port != t->to.port;
    r->redirects--;
    return 0;
}

/* ---- the whole of it --------------------------------------------------------------------------------- */

static bool read_request(Arena *a, Request *r)
{
    Buf b = {0};
    char part[65536];
    Json *j;
    ssize_t n;
    while ((n = read(0, part, sizeof part)) > 0) buf_add(&b, part, (size_t)n);
    if (json_parse(a, buf_text(&b), b.n, &j, NULL) != ST_OK) return false;
    const Json *body = json_get(j, "body");
    *r = (Request){.method = json_get(j, "method")->text, .url = json_get(j, "url")->text,
                   .body = body->type == JSON_STRING ? body->text : NULL, .headers = json_get(j, "headers"),
                   .allow = json_get(j, "allow"), .redirects = strtoll(json_get(j, "redirects")->text, NULL, 10)};
    r->until = clock_ticks() + strtoll(json_get(j, "micros")->text, NULL, 10);
    buf_free(&b);
    return true;
}

static bool write_all(const char *bytes, size_t n)
{
    while (n) {
        ssize_t done = write(1, bytes, n);
        if (done <= 0) return false;
        bytes += done, n -= (size_t)done;
    }
    return true;
}

static int give(const Talk *t, long status)
{
    Buf line = {0};
    size_t good = utf8_check(buf_text(&t->body), t->body.n);
    if (good < t->body.n) return tell("%s: the answer is no text: it is not UTF-8, or holds a NUL", t->to.host);
    buf_putc(&line, '{');
    json_key_int(&line, "status", status);
    json_key_string(&line, "url", t->request->url);
    json_key(&line, "headers");
    buf_printf(&line, "[%s]}\n", buf_text(&t->head));
    bool written = write_all(line.p, line.n) && write_all(buf_text(&t->body), t->body.n);
    buf_free(&line);
    return written ? 0 : 1;
}

int http_send(char **argv)
{
    Talk t = {.arena = arena_new()};
    Request r;
    long status = 0;
    const char *redirect = NULL;
    (void)argv;
    if (!read_request(t.arena, &r)) return tell("the request could not be read");
    if (!libcurl_open(&t.c) || !(t.curl = t.c.easy_init()))
        return tell("this needs libcurl.so.4, which is not on this machine: install libcurl4");
    t.request = &r;
    while (go(&t, &status, &redirect) == 0) {
        if (!redirect || r.redirects <= 0 || status / 100 != 3) return give(&t, status);
        if (follow(&t, &r, status, redirect) != 0) return 1;
    }
    return 1;
}
