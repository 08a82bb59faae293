/* reach_http.c -- requests for Lua: what may be asked of whom, and what comes back.
 *
 * The request goes out in a process of its own (http_send.c), which the helper
 * that runs commands starts; here it is looked at and written down for it.
 */
#include "runtime/http.h"
#include "runtime/reach_private.h"
#include "runtime/trust.h"

#include "base/json.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

typedef struct Asking {
    const char *method, *url, *type;   /* type: of the body, where no header says it */
    Buf body;
    bool has_body;
    const Record *headers;
    int64_t micros;
    uint64_t redirects;
} Asking;

enum { ANSWER_MOST = HTTP_BODY_MOST + 6 * HTTP_HEAD_MOST, BODY_MOST = 16 << 20 };

/* ---- the request ------------------------------------------------------------------------------- */

static bool wrong(Asked *a, const char *what, const char *why)
{
    return fail(a->err, ST_FAILED, "%s: %s", what, why) == ST_OK;
}

static bool take_body(Asked *a, const Record *options, Asking *r)
{
    const Value *json = options ? record_get(options, "json") : NULL;
    const char *text = NULL;
    if (!asked_option_text(a, options, "body", &text)) return false;
    if (text && json) return wrong(a, "json", "there is a body already");
    if (json) value_json(&r->body, json), r->type = "application/json";
    if (text) buf_puts(&r->body, text), r->type = "text/plain; charset=utf-8";
    r->has_body = text || json;
    if (r->body.n > BODY_MOST) return wrong(a, "body", "it is longer than 16 MB");
    if (!r->has_body || (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0)) return true;
    return wrong(a, "body", "such a request has none: use http.post, put or patch");
}

static bool take_timeout(Asked *a, const Record *options, Asking *r)
{
    enum { LEFT_TO_BLOCK = 300000 };   /* so that it can say what it makes of it */
    const Value *v = options ? record_get(options, "timeout") : NULL;
    bool clock = v && v->type == V_DURATION && v->aux == DUR_CLOCK, seconds = v && v->type == V_NUMBER;
    int64_t most = a->q->micros > 2 * LEFT_TO_BLOCK ? a->q->micros - LEFT_TO_BLOCK : a->q->micros;
    r->micros = most;
    if (!v || v->type == V_NONE) return true;
    if ((!clock && !seconds) || v->i <= 0) return wrong(a, "timeout", "a duration or a number of seconds is wanted");
    if (v->i < most) r->micros = v->i; /* a microsecond is a millionth of a second */
    return true;
}

static bool is_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p)) return false;
    return *name != '\0';
}

static bool is_ours(const char *name)
{
    static const char *const names[] = {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade",
                                        "Expect", "Accept-Encoding", "TE", "Trailer"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(names[i], name) == 0) return true;
    return false;
}

/* What a header could not hold would be another header, or another request. */
static bool take_headers(Asked *a, const Record *options, Asking *r)
{
    const Value *v = options ? record_get(options, "headers") : NULL;
    if (!v || v->type == V_NONE || (v->type == V_LIST && v->len == 0)) return true;
    if (v->type != V_RECORD) return wrong(a, "headers", "a table of names is wanted");
    r->headers = v->record;
    for (uint32_t i = 0; i < r->headers->shape->n; i++) {
        const char *name = r->headers->shape->fields[i];
        const Value *value = &r->headers->fields[i];
        if (!is_name(name)) return wrong(a, "headers", "the name of one holds what no header's name may hold");
        if (is_ours(name)) return wrong(a, name, "this header follows from the request");
        if (value->type != V_TEXT && value->type != V_NUMBER) return wrong(a, name, "a text is wanted");
        for (const char *p = value->type == V_TEXT ? value->text : ""; *p; p++)
            if (((unsigned char)*p < ' ' && *p != '\t') || *p == 127)
                return wrong(a, name, "a header is one line, without control characters");
    }
    return true;
}

static bool has_header(const Asking *r, const char *name)
{
    for (uint32_t i = 0; r->headers && i < r->headers->shape->n; i++)
        if (strcasecmp(r->headers->shape->fields[i], name) == 0) return true;
    return false;
}

static bool names_url(const void *what, const IrAllow *allow)
{
    return allow->kind == ALLOW_HTTP && http_names(allow->what, what);
}

static const char *line_for(Arena *a, const void *what, const char *folder)
{
    const HttpUrl *url = what;
    (void)folder;
    return arena_printf(a, url->usual ? "http \"%s\"" : "http \"%s:%u\"", url->host, url->port);
}

/* "http.get" is GET. */
static const char *method_of(Asked *a)
{
    char *method = arena_dup(a->arena, strchr(a->q->what, '.') + 1);
    for (char *p = method; *p; p++) *p = (char)toupper((unsigned char)*p);
    return method;
}

static bool take_request(Asked *a, Asking *r)
{
    static const char *const names[] = {"headers", "body", "json", "timeout", "redirects", NULL};
    const Record *options;
    const char *why;
    HttpUrl url;
    *r = (Asking){.method = method_of(a)};
    if (!asked_text(a, 0, "an address, as a text,", &r->url) || !asked_options(a, 1, names, &options) ||
        !take_body(a, options, r) || !take_timeout(a, options, r) || !take_headers(a, options, r) ||
        !asked_option_number(a, options, "redirects", HTTP_REDIRECTS_MOST, &r->redirects))
        return false;
    if (!http_url(a->arena, r->url, &url, &why)) return fail(a->err, ST_FAILED, "`%s` %s", r->url, why) == ST_OK;
    return asked_allowed(a, names_url, line_for, &url);
}

/* ---- as http_send reads it ------------------------------------------------------------------------ */

static void put_header(Buf *b, const char *name, const char *value)
{
    json_comma(b);
    buf_putc(b, '[');
    json_string(b, name, strlen(name));
    json_comma(b);
    json_string(b, value, strlen(value));
    buf_putc(b, ']');
}

static void put_headers(Buf *b, const Asking *r)
{
    json_key(b, "headers");
    buf_putc(b, '[');
    if (r->has_body && !has_header(r, "Content-Type")) put_header(b, "Content-Type", r->type);
    for (uint32_t i = 0; r->headers && i < r->headers->shape->n; i++) {
        Buf value = {0};
        value_print(&value, &r->headers->fields[i], STYLE_MACHINE, NULL);
        put_header(b, r->headers->shape->fields[i], buf_text(&value));
        buf_free(&value);
    }
    buf_putc(b, ']');
}

typedef struct HostLines { Buf *b; } HostLines;

static void put_lines(void *self, const IrAllow *allow)
{
    Buf *b = ((HostLines *)self)->b;
    if (allow && allow->kind != ALLOW_HTTP) return;
    if (!allow) buf_puts(b, b->p[b->n - 1] == '[' ? "[" : "],[");
    else json_comma(b), json_string(b, allow->what, strlen(allow->what));
}

static void put_request(Buf *b, Asked *a, const Asking *r)
{
    HostLines lines = {b};
    buf_putc(b, '{');
    json_key_string(b, "method", r->method);
    json_key_string(b, "url", r->url);
    json_key(b, "body");
    if (r->has_body) json_string(b, buf_text(&r->body), r->body.n);
    else buf_puts(b, "null");
    json_key_int(b, "micros", r->micros);
    json_key_int(b, "redirects", (int64_t)r->redirects);
    put_headers(b, r);
    json_key(b, "allow");
    buf_putc(b, '[');
    asked_lines(a, put_lines, &lines);
    buf_puts(b, "]]}");
}

/* ---- the answer -------------------------------------------------------------------------------------- */

static const char *const answer_fields[] = {"status", "headers", "body", "url"};
static const Shape answer_shape = {NULL, answer_fields, 4};

/* Names in small letters; what comes more than once, behind commas. */
static Value headers_of(Arena *a, const Json *pairs)
{
    Map *map = map_new(a);
    for (const Json *p = pairs ? pairs->child : NULL; p; p = p->next) {
        char *name = arena_dup(a, p->child->text);
        for (char *c = name; *c; c++) *c = (char)tolower((unsigned char)*c);
        const char *before = map_get(map, name), *value = p->child->next->text;
        map_put(map, name, (void *)(uintptr_t)(before ? arena_printf(a, "%s, %s", before, value) : value));
    }
    uint32_t n = map_count(map);
    const char **names = ARENA_ARRAY(a, const char *, n);
    Value *values = ARENA_ARRAY(a, Value, n);
    for (uint32_t i = 0; i < n; i++) {
        void *value;
        names[i] = map_key(map, i, &value);
        values[i] = value_text(value);
    }
    Shape *shape = ARENA_NEW(a, Shape);
    *shape = (Shape){NULL, names, n};
    return reach_record(a, shape, values);
}

static Status read_answer(Asked *a, const ExecResult *r, Value *out)
{
    const char *end = memchr(r->out, '\n', r->out_n);
    Json *head;
    int64_t status;
    if (r->out_lost || !end || json_parse(a->arena, r->out, (size_t)(end - r->out), &head, NULL) != ST_OK ||
        !decimal_parse(json_get(head, "status")->text, json_get(head, "status")->len, &status))
        return fail(a->err, ST_FAILED, "what came back could not be read");
    size_t n = r->out_n - (size_t)(end + 1 - r->out);
    const Value fields[] = {value_number(status), headers_of(a->arena, json_get(head, "headers")),
                            value_text_n(arena_dup_n(a->arena, end + 1, n), n),
                            value_text(arena_dup(a->arena, json_get(head, "url")->text))};
    *out = reach_record(a->arena, &answer_shape, fields);
    return ST_OK;
}

/* Of a process that went wrong, what it said; its line ends there. */
static Status no_answer(Asked *a, const ExecResult *r)
{
    size_t n = r->err_n;
    while (n && r->err[n - 1] == '\n') n--;
    if (n && r->exit_code == 1) return fail(a->err, ST_FAILED, "%.*s", (int)n, r->err);
    return fail(a->err, ST_FAILED, "%s", r->timed_out ? "no answer came in time" : r->problem);
}

static Status read_result(Asked *a, const ExecResult *r, Value *out)
{
    return r->problem ? no_answer(a, r) : read_answer(a, r, out);
}

static Status send_off(Asked *a, const void *what, Value *out)
{
    const Asking *r = what;
    Buf request = {0};
    put_request(&request, a, r);
    ExecCall call = {.command = "", .input = buf_text(&request), .input_n = request.n, .work = http_send,
                           .timeout = r->micros + US_SECOND / 4, .keep = ANSWER_MOST};
    trust_hand(a->arena, &call);
    Status st = asked_run(a, &call, read_result, out);
    buf_free(&request);
    return st;
}

static Status ask_world(Asked *a, const Asking *r, Value *out)
{
    static const Shape no_headers = {0};
    const World *w = a->by->world;
    const char *body = "", *request = arena_printf(a->arena, "%s %s", r->method, r->url);
    int status = 0;
    Status st = w->http(w->self, a->by->step, request, a->arena, &status, &body, a->err);
    const Value fields[] = {value_integer(status), reach_record(a->arena, &no_headers, NULL), value_text(body),
                            value_text(r->url)};
    if (st == ST_OK) *out = reach_record(a->arena, &answer_shape, fields);
    return st;
}

Status reach_http(Asked *a, Value *out)
{
    Asking r;
    Status st = ST_FAILED;
    if (take_request(a, &r)) st = a->by->world ? ask_world(a, &r, out) : reach_once(a, send_off, &r, out);
    buf_free(&r.body);
    return st;
}
