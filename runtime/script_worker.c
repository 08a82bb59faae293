/* script_worker.c -- Lua in processes of its own.
 *
 * A keeper is forked before the store opens, so that neither it nor what it
 * forks can hold anything of the store. On demand it forks a worker, hands it
 * one end of a socket, and stays to say how it ended. The worker gives up all
 * but its memory (script_confine.c), and from then on takes calls and answers
 * them, with the sandbox that is used in tests, too. Should it end, or not
 * answer in time, the call has failed and the next one gets a new worker.
 * A block that waits for an answer has its worker to itself meanwhile; for
 * others the keeper has further places.
 */
#include "runtime/exec_private.h"
#include "runtime/fit.h"
#include "runtime/script_pack.h"
#include "runtime/script_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MESSAGE_MOST ((uint64_t)256 << 20)
#define BEGINS (10 * US_SECOND)
#define GRACE (2 * US_SECOND)          /* behind the time in which the worker itself was to end the block */

enum { PLACES = UINT8_MAX + 1 };       /* of a keeper's workers */

struct Worker {
    pid_t keeper;                      /* 0: another one's, which also closes control */
    int control;                       /* to the keeper */
    uint8_t place;                     /* there */
    uint32_t *places;                  /* how many are taken: the keeper's own one counts them */
    uint32_t places_n;
    int socket;                        /* to the worker; -1: there is none */
    uint32_t count;                    /* of workers so far: a new one knows no texts */
    pid_t pid;                         /* of the worker, */
    int cpu;                           /* and where it was told to run; -1: anywhere */
    bool held, stays;                  /* ops is to stay there, too, and does */
    cpu_set_t anywhere;                /* where it may run else */
    int unfiltered;                    /* the errno of why the kernel does not filter its calls; 0: it does */
    Buf request;
    Buf calendars;                     /* that it was sent last; of which worker: */
    uint32_t calendars_of;
    int64_t micros, until;             /* that the call under way has; when its answer must be there */
    Arena *scratch;
};

/* ---- messages: how long it is, then its bytes ------------------------------------------------ */

static bool send_all(int socket, const char *bytes, size_t n)
{
    while (n) {
        ssize_t sent = send(socket, bytes, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return false;
        bytes += sent, n -= (size_t)sent;
    }
    return true;
}

/* The first bytes of a message are kept free for its length. */
static bool send_message(int socket, Buf *b)
{
    uint64_t n = b->n - sizeof n;
    memcpy(b->p, &n, sizeof n);
    return send_all(socket, b->p, b->n);
}

static void begin_message(Buf *b)
{
    buf_clear(b);
    buf_pad(b, '\0', sizeof(uint64_t));
}

/* until: by clock_ticks; the socket wakes now and then to look. */
static bool receive_all(int socket, char *bytes, size_t n, int64_t until)
{
    while (n) {
        ssize_t got = recv(socket, bytes, n, 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN) && clock_ticks() < until) continue;
        if (got <= 0) return false;
        bytes += got, n -= (size_t)got;
    }
    return true;
}

/* Most messages come with their length in one piece. */
static bool receive_message(int socket, Arena *a, char **bytes, size_t *size, int64_t until)
{
    char piece[4096];
    uint64_t n;
    ssize_t got;
    do got = recv(socket, piece, sizeof piece, 0);
    while (got < 0 && (errno == EINTR || errno == EAGAIN) && clock_ticks() < until);
    if (got <= 0 || (got < (ssize_t)sizeof n && !receive_all(socket, piece + got, sizeof n - (size_t)got, until)))
        return false;
    size_t here = got > (ssize_t)sizeof n ? (size_t)got - sizeof n : 0;
    memcpy(&n, piece, sizeof n);
    if (n > MESSAGE_MOST || here > n) return false;
    *bytes = arena_alloc(a, n + 1);
    *size = n;
    memcpy(*bytes, piece + sizeof n, here);
    return receive_all(socket, *bytes + here, n - here, until);
}

/* ---- the worker -------------------------------------------------------------------------------- */

typedef struct Texts {                 /* that it was told, by number; and which calendars, last */
    Arena *arena, *calendar_arena;
    VEC(IrLua) of;
    const IrProgram *calendars;
} Texts;

static const IrLua *text_of(void *self, uint32_t id, const IrLua *told)
{
    Texts *t = self;
    if (told) {
        while (t->of.n <= id && id < (1 << 20)) *VEC_PUSH(t->arena, &t->of) = (IrLua){0};
        if (id >= t->of.n) return NULL;
        t->of.items[id] = (IrLua){.text = arena_dup(t->arena, told->text), .place = told->place};
        if (told->place.file) t->of.items[id].place.file = arena_dup(t->arena, told->place.file);
    }
    return id < t->of.n && t->of.items[id].text ? &t->of.items[id] : NULL;
}

static const IrProgram *calendars_of(void *self, const char *bytes, size_t n)
{
    Texts *t = self;
    if (!bytes) return t->calendars;
    arena_reset(t->calendar_arena);
    return t->calendars = calendars_unpack(t->calendar_arena, bytes, n);
}

typedef struct Asking {                /* ops, for what a block wants of it */
    int socket;
    Buf *message;
    Script *script;
} Asking;

/* Without an answer there is nothing to go on with. While it lay about, the block's time stood still. */
static Status ask_ops(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err)
{
    const Asking *ops = self;
    char *bytes;
    size_t n;
    int64_t late;
    const char *text;
    begin_message(ops->message);
    script_pack_question(ops->message, q);
    if (!send_message(ops->socket, ops->message) || !receive_message(ops->socket, a, &bytes, &n, INT64_MAX)) _exit(0);
    if (!script_unpack_answer(a, bytes, n, &text, out, &late)) _exit(1);
    ops->script->until += late;
    return text ? fail(err, ST_FAILED, "%s", text) : ST_OK;
}

static void answer(Script *s, ScriptKind kind, const ScriptCall *call, Arena *a, Buf *reply)
{
    ScriptReply r = {.printed = ""};
    ScriptResult result = {.printed = ""};
    Error err = {0};
    Value values[8];
    Datum unnamed[8] = {{0}};
    uint32_t n = 0;
    if (kind == SCRIPT_RUN) {
        r.status = script_run(s, call, a, &result, &err);
        r.values = result.values, r.values_n = result.values_n, r.printed = result.printed;
    } else {
        n = sizeof values / sizeof *values;
        r.status = script_eval(s, call, a, values, &n, &r.printed, &err);
        for (uint32_t i = 0; i < n; i++) unnamed[i].value = values[i];
        r.values = unnamed, r.values_n = n;
    }
    if (r.status != ST_OK) r.text = err.text, r.values_n = 0;
    script_pack_reply(reply, call, &r);
}

/* ---- many at once: in both directions each with its length ahead of it ---- */

static size_t begin_part(Buf *b)
{
    buf_pad(b, '\0', sizeof(uint64_t));
    return b->n;
}

static void end_part(Buf *b, size_t begun)
{
    uint64_t n = b->n - begun;
    memcpy(b->p + begun - sizeof n, &n, sizeof n);
}

typedef struct Parts { const char *at, *end; } Parts;

/* The next one; false: there is none, or no whole one. */
static bool next_part(Parts *p, const char **bytes, size_t *n)
{
    uint64_t size;
    if ((size_t)(p->end - p->at) < sizeof size) return false;
    memcpy(&size, p->at, sizeof size);
    p->at += sizeof size;
    if (size > (size_t)(p->end - p->at)) return false;
    *bytes = p->at, *n = (size_t)size;
    p->at += size;
    return true;
}

#define TOGETHER (US_SECOND / 50)      /* when so much time has gone by, or so many bytes have come together, */
#define TOGETHER_BYTES ((size_t)1 << 20)       /* the rest is left to whoever asked */

/* What asked for something has an empty reply, and what was not begun none. All are read first: ops counts on it that
 * their texts are known here. each: for one at a time. */
static bool answer_all(Script *s, Arena *a, Arena *each, Parts parts, const UnpackPeer *peer, Buf *reply)
{
    const char *bytes;
    size_t n;
    ScriptKind kind;
    VEC(ScriptCall) calls = {0};
    while (next_part(&parts, &bytes, &n))
        if (!script_unpack_call(a, bytes, n, &kind, VEC_PUSH(a, &calls), peer)) return false;
    int64_t until = clock_ticks() + TOGETHER;
    begin_message(reply);
    for (uint32_t i = 0; i < calls.n && reply->n < TOGETHER_BYTES && clock_ticks() < until; i++) {
        bool asked = false;
        calls.items[i].answer = script_ask_nobody, calls.items[i].answer_self = &asked;
        arena_reset(each);
        size_t begun = begin_part(reply);
        answer(s, SCRIPT_RUN, &calls.items[i], each, reply);
        if (asked) reply->n = begun;
        end_part(reply, begun);
    }
    return parts.at == parts.end;
}

typedef struct Greeting { pid_t pid; int unfiltered; } Greeting;

static _Noreturn void worker_main(int socket, pid_t keeper)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) _exit(0);
    prctl(PR_SET_NAME, "ops-lua");
    fds_close_others(socket);
    Script *s = script_new();
    Arena *a = arena_new(), *each = arena_new();
    Texts texts = {.arena = arena_new(), .calendar_arena = arena_new()};
    const UnpackPeer peer = {text_of, calendars_of, &texts};
    Buf reply = {0}, question = {0};
    Asking ops = {socket, &question, s};
    Greeting greeting = {.pid = getpid()};
    greeting.unfiltered = script_confine();
    if (!send_all(socket, (const char *)&greeting, sizeof greeting)) _exit(0);
    for (;;) {
        char *bytes;
        size_t n;
        ScriptKind kind;
        ScriptCall call;
        if (!receive_message(socket, a, &bytes, &n, INT64_MAX)) _exit(0);
        if (script_kind(bytes, n) == SCRIPT_MANY) {
            if (!answer_all(s, a, each, (Parts){bytes + 1, bytes + n}, &peer, &reply)) _exit(1);
        } else {
            if (!script_unpack_call(a, bytes, n, &kind, &call, &peer)) _exit(1);
            call.answer = ask_ops, call.answer_self = &ops;
            begin_message(&reply);
            answer(s, kind, &call, a, &reply);
        }
        if (!send_message(socket, &reply)) _exit(0);
        if (reply.cap > (1 << 20)) buf_free(&reply);
        if (question.cap > (1 << 20)) buf_free(&question);
        arena_reset(a);
        arena_reset(each);
    }
}

/* ---- the keeper ---------------------------------------------------------------------------------- */

static int end_of(pid_t *worker)
{
    int status = 0;
    if (!*worker) return 0;
    kill(*worker, SIGKILL);
    while (waitpid(*worker, &status, 0) < 0 && errno == EINTR) continue;
    *worker = 0;
    return status;
}

/* Each byte wants the end of the worker at that place, and how it ended; with a descriptor, then a new worker there
 * that has it. */
static _Noreturn void keeper_main(int socket, pid_t parent)
{
    int fds[FDS_MOST], got;
    uint8_t at;
    pid_t workers[PLACES] = {0}, self = getpid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    setsid();
    for (char **e = environ; *e; e++) memset(*e, 0, strlen(*e));       /* it may hold secrets */
    static const int ignored[] = {SIGINT, SIGHUP, SIGTERM, SIGQUIT};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++) signal(ignored[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    fds_close_others(socket);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO), dup2(null, STDOUT_FILENO);
#ifndef SANITIZED
    dup2(null, STDERR_FILENO);
#endif
    close(null);
    prctl(PR_SET_NAME, "ops-lua-keeper");
    while ((got = fds_receive(socket, &at, fds)) != -1) {
        if (got == -2) continue;
        int status = end_of(&workers[at]);
        if (got == 1) {
            workers[at] = fork();
            if (workers[at] == 0) worker_main(fds[0], self);
            status = workers[at] < 0 ? errno : 0;
            if (workers[at] < 0) workers[at] = 0;
            close(fds[0]);
        }
        if (send(socket, &status, sizeof status, MSG_NOSIGNAL) < 0) break;
    }
    for (int i = 0; i < PLACES; i++) end_of(&workers[i]);
    _exit(0);
}

static Script *at_place(pid_t keeper, int control, uint8_t place)
{
    Script *s = mem_zero(1, sizeof *s);
    s->worker = mem_zero(1, sizeof *s->worker);
    *s->worker = (Worker){.keeper = keeper, .control = control, .place = place, .places_n = 1, .socket = -1,
                          .scratch = arena_new()};
    s->worker->places = &s->worker->places_n;
    s->chunk_arena = arena_new();
    s->chunks = map_new(s->chunk_arena);
    return s;
}

Script *script_beside(const Script *first)
{
    if (!first->worker) return script_new();
    uint32_t *places = first->worker->places;
    assert(*places < PLACES);
    Script *s = at_place(0, first->worker->control, (uint8_t)(*places)++);
    s->worker->places = places;
    return s;
}

Status script_apart(Script **out, Error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return fail(err, ST_UNAVAILABLE, "cannot prepare to run Lua: %s", strerror(errno));
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        close(pair[0]);
        keeper_main(pair[1], parent);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return fail(err, ST_UNAVAILABLE, "cannot start the process that runs Lua: %s", strerror(errno));
    }
    *out = at_place(pid, pair[0], 0);
    return ST_OK;
}

void worker_free(Worker *w)
{
    if (w->socket >= 0) close(w->socket);
    if (w->keeper) {
        close(w->control);
        while (waitpid(w->keeper, NULL, 0) < 0 && errno == EINTR) continue;
    }
    buf_free(&w->request);
    buf_free(&w->calendars);
    arena_free(w->scratch);
    free(w);
}

/* ---- ops' side --------------------------------------------------------------------------------- */

/* What the keeper says to a byte; -1: nothing, it is gone. */
static int ask_keeper(Worker *w, const int *fd)
{
    int status;
    if (!fds_send(w->control, w->place, fd, fd ? 1 : 0)) return -1;
    ssize_t n;
    do n = recv(w->control, &status, sizeof status, 0);
    while (n < 0 && errno == EINTR);
    return n == sizeof status ? status : -1;
}

/* It is ended, if it has not: how; -1: nobody knows. */
static int end_worker(Worker *w)
{
    int status = ask_keeper(w, NULL);
    close(w->socket);
    w->socket = -1;
    return status;
}

static bool found_no_memory(int status)
{
    return status > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 70;
}

/* It did not answer: what is known of its end is told. */
static Status lost(Worker *w, bool late, Error *err)
{
    char span[40];
    int status = end_worker(w);
    span_print(span, w->micros);
    if (late) return fail(err, ST_FAILED, "it ran for longer than %s", span);
    if (found_no_memory(status))
        return fail(err, ST_FAILED, "it used more memory than a block may: 64 MB");
    if (status > 0 && WIFSIGNALED(status))
        return fail(err, ST_UNAVAILABLE, "the process that ran it was ended by signal %d (%s)", WTERMSIG(status),
                    strsignal(WTERMSIG(status)));
    return fail(err, ST_UNAVAILABLE, "the process that ran it ended before it had answered");
}

/* Before it had seen any block. That there is no memory for it is no failure of a step: nothing is recorded of it. */
static Status not_begun(Worker *w, Error *err)
{
    if (found_no_memory(end_worker(w))) mem_none();
    return fail(err, ST_UNAVAILABLE, "the process that runs Lua ended before it had begun");
}

static Status begin_worker(Worker *w, Error *err)
{
    const struct timeval look = {.tv_sec = 1};
    int pair[2];
    if (w->socket >= 0) return ST_OK;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return fail(err, ST_UNAVAILABLE, "cannot prepare to run Lua: %s", strerror(errno));
    int problem = ask_keeper(w, &pair[1]);
    close(pair[1]);
    if (problem) {
        close(pair[0]);
        if (problem == ENOMEM) mem_none();
        return fail(err, ST_UNAVAILABLE, "cannot start the process that runs Lua: %s",
                    problem < 0 ? "the one that was to start it is gone" : strerror(problem));
    }
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &look, sizeof look);
    w->socket = pair[0];
    w->count++;
    Greeting greeting;
    if (!receive_all(w->socket, (char *)&greeting, sizeof greeting, clock_ticks() + BEGINS))
        return not_begun(w, err);
    w->pid = greeting.pid, w->cpu = -1, w->unfiltered = greeting.unfiltered;
    return ST_OK;
}

/* They take turns, so there is nothing to be won by two processors: to wake one that sleeps takes longer than most
 * blocks. Where it cannot be said, it runs anywhere. */
static void run_beside(Worker *w)
{
    int cpu = sched_getcpu();
    cpu_set_t here;
    if (cpu < 0 || cpu >= CPU_SETSIZE || (cpu == w->cpu && w->held == w->stays)) return;
    CPU_ZERO(&here);
    CPU_SET(cpu, &here);
    if (w->held && !w->stays)
        w->stays = sched_getaffinity(0, sizeof w->anywhere, &w->anywhere) == 0 &&
                   sched_setaffinity(0, sizeof here, &here) == 0;
    if (cpu != w->cpu && sched_setaffinity(w->pid, sizeof here, &here) == 0) w->cpu = cpu;
}

void script_hold(Script *s)
{
    if (s && s->worker) s->worker->held = true;
}

void script_let_go(Script *s)
{
    Worker *w = s ? s->worker : NULL;
    if (!w) return;
    if (w->stays) sched_setaffinity(0, sizeof w->anywhere, &w->anywhere);
    w->held = w->stays = false;
}

int script_unfiltered(const Script *s)
{
    return s->worker ? s->worker->unfiltered : 0;
}

static PackedText text_id(void *self, const IrLua *text)
{
    Script *s = self;
    Chunk *c = script_chunk(s, text);
    bool again = c->sent == s->worker->count;
    c->sent = s->worker->count;
    return (PackedText){c->id, again};
}

static bool same_calendars(void *self, const char *bytes, size_t n)
{
    Worker *w = ((Script *)self)->worker;
    bool same = w->calendars_of == w->count && w->calendars.n == n && memcmp(w->calendars.p, bytes, n) == 0;
    if (same) return true;
    buf_clear(&w->calendars);
    buf_add(&w->calendars, bytes, n);
    w->calendars_of = w->count;
    return false;
}

static bool send_request(Worker *w)
{
    bool sent = send_message(w->socket, &w->request);
    if (w->request.cap > (1 << 20)) buf_free(&w->request);
    return sent;
}

static bool send_answer(Worker *w, const char *failed, const Value *answer, int64_t late)
{
    begin_message(&w->request);
    script_pack_answer(&w->request, failed, answer, late);
    return send_request(w);
}

/* The block wants something: whoever runs it says what comes of that, and its time goes on; or the answer comes later.
 * ST_UNAVAILABLE: the worker does not ask as it should, or is gone. */
static Status give_answer(Worker *w, const ScriptCall *call, const char *bytes, size_t n)
{
    ScriptQuestion q;
    Error why;
    Value answer;
    if (!script_unpack_question(w->scratch, bytes, n, &q)) return ST_UNAVAILABLE;
    int64_t left = w->until - GRACE - clock_ticks();
    q.micros = left > 0 ? left : 1;
    Status st = script_answer(call, &q, w->scratch, &answer, &why);
    if (st == ST_LATER) return st;
    return send_answer(w, st == ST_OK ? NULL : why.text, &answer, 0) ? ST_OK : ST_UNAVAILABLE;
}

/* What it says at last, in the arena; questions are answered on the way. */
static Status receive_reply(Worker *w, const ScriptCall *call, Arena *a, char **bytes, size_t *n)
{
    for (Status st = ST_OK; st == ST_OK;) {
        char *asked;
        arena_reset(w->scratch);
        if (!receive_message(w->socket, w->scratch, &asked, n, w->until)) return ST_UNAVAILABLE;
        if (script_kind(asked, *n) != SCRIPT_QUESTION) {
            *bytes = arena_dup_n(a, asked, *n);
            return ST_OK;
        }
        st = give_answer(w, call, asked, *n);
        if (st != ST_OK) return st;
    }
    return ST_UNAVAILABLE;
}

static Status read_reply(Worker *w, const ScriptCall *call, Arena *a, const char *bytes, size_t n, ScriptReply *reply,
                         Error *err)
{
    if (!script_unpack_reply(a, bytes, n, call, reply)) {
        lost(w, false, NULL);
        return fail(err, ST_UNAVAILABLE, "the process that ran it answered with something that is no answer");
    }
    if (reply->status == ST_OK) return ST_OK;
    n = strlen(reply->text);               /* a long one was cut there, and a secret in it, too */
    return fail(err, ST_FAILED, "%s", secrets_hide_cut(call->secrets, a, reply->text, &n, n));
}

static Status take_reply(Worker *w, const ScriptCall *call, Arena *a, ScriptReply *reply, Error *err)
{
    char *bytes;
    size_t n;
    Status st = receive_reply(w, call, a, &bytes, &n);
    if (st == ST_LATER) return st;
    if (st != ST_OK) return lost(w, clock_ticks() >= w->until, err);
    return read_reply(w, call, a, bytes, n, reply, err);
}

/* The call goes over and its answer comes back, in the arena. */
static Status exchange(Script *s, ScriptKind kind, const ScriptCall *call, Arena *a, ScriptReply *reply, Error *err)
{
    Worker *w = s->worker;
    Status st = begin_worker(w, err);
    if (st != ST_OK) return st;
    const PackPeer peer = {text_id, same_calendars, s};
    begin_message(&w->request);
    arena_reset(w->scratch);
    script_pack_call(&w->request, w->scratch, kind, call, &peer);
    w->micros = sandbox_micros(&call->limits);
    w->until = clock_ticks() + w->micros + GRACE;
    if (w->request.n > MESSAGE_MOST) {
        buf_free(&w->request);
        lost(w, false, NULL);          /* it was to remember what it was not sent */
        return fail(err, ST_FAILED, "its values are larger than 256 MB");
    }
    run_beside(w);
    if (!send_request(w)) return lost(w, clock_ticks() >= w->until, err);
    return take_reply(w, call, a, reply, err);
}

/* The variables that come back are fitted here, too: what is kept does not rest on the worker's word. */
static Status fit_again(const ScriptCall *call, Arena *a, Datum *d, Error *err)
{
    for (uint32_t i = 0; i < call->gives_n; i++)
        if (d->name == call->gives[i]) return ST_OK;       /* fitted by who takes it */
    for (uint32_t i = 0; i < call->vars_n; i++) {
        if (d->name != call->vars[i].name) continue;
        uint32_t type = (uint32_t)(call->vars[i].type - call->unit->types);
        if (value_fit(a, call->unit, type, &d->value, &d->value, err) == ST_OK) return ST_OK;
        error_prefix(err, "%s: ", d->name);
        return ST_FAILED;
    }
    return fail(err, ST_FAILED, "the process that ran it answered with a value that nobody asked for");
}

/* What print wrote there, which may have been anybody. */
static const char *printed_there(const ScriptCall *call, Arena *a, const ScriptReply *r)
{
    size_t n = r->printed ? strlen(r->printed) : 0;
    return n ? secrets_hide(call->secrets, a, r->printed, &n) : "";
}

static Status take_values(const ScriptCall *call, Arena *a, Status st, const ScriptReply *r, ScriptResult *out,
                          Error *err)
{
    *out = (ScriptResult){.printed = printed_there(call, a, r)};
    Datum *values = (Datum *)(uintptr_t)r->values;
    for (uint32_t i = 0; st == ST_OK && i < r->values_n; i++) {
        values[i].value = secrets_hide_value(call->secrets, a, &values[i].value);
        st = fit_again(call, a, &values[i], err);
    }
    out->values = r->values;
    out->values_n = st == ST_OK ? r->values_n : 0;
    return st;
}

Status worker_run(Script *s, const ScriptCall *call, Arena *a, ScriptResult *out, Error *err)
{
    ScriptReply r = {0};
    Status st = exchange(s, SCRIPT_RUN, call, a, &r, err);
    return take_values(call, a, st, &r, out, err);
}

/* As many of the calls as one message holds. */
static uint32_t pack_calls(Script *s, const ScriptJob *jobs, uint32_t n)
{
    Worker *w = s->worker;
    const PackPeer peer = {text_id, same_calendars, s};
    uint32_t i = 0;
    w->micros = 0;
    begin_message(&w->request);
    buf_putc(&w->request, SCRIPT_MANY);
    for (; i < n && w->request.n < TOGETHER_BYTES; i++) {
        size_t begun = begin_part(&w->request);
        int64_t micros = sandbox_micros(&jobs[i].call.limits);
        arena_reset(w->scratch);
        script_pack_call(&w->request, w->scratch, SCRIPT_RUN, &jobs[i].call, &peer);
        end_part(&w->request, begun);
        if (micros > w->micros) w->micros = micros;
    }
    return i;
}

static void take_replies(Worker *w, ScriptJob *jobs, uint32_t n, Arena *a, Parts parts)
{
    const char *bytes;
    size_t size;
    for (uint32_t i = 0; i < n && w->socket >= 0 && next_part(&parts, &bytes, &size); i++) {
        ScriptJob *job = &jobs[i];
        ScriptReply r = {0};
        if (size == 0) continue;
        Status st = read_reply(w, &job->call, a, bytes, size, &r, &job->why);
        job->done = st != ST_UNAVAILABLE;
        if (job->done) job->status = take_values(&job->call, a, st, &r, &job->result, &job->why);
    }
}

/* Whose fault it is where nothing comes back, the one will show that is run again by itself. */
uint32_t worker_run_many(Script *s, ScriptJob *jobs, uint32_t n, Arena *a)
{
    Worker *w = s->worker;
    char *bytes;
    size_t size;
    if (begin_worker(w, NULL) != ST_OK) return n;
    uint32_t sent = pack_calls(s, jobs, n);
    w->until = clock_ticks() + TOGETHER + w->micros + GRACE;
    run_beside(w);
    if (w->request.n <= MESSAGE_MOST && send_request(w) && receive_message(w->socket, a, &bytes, &size, w->until))
        take_replies(w, jobs, sent, a, (Parts){bytes, bytes + size});
    else lost(w, false, NULL);
    return sent;
}

Status script_go_on(Script *s, const ScriptCall *call, const char *failed, const Value *answer, int64_t late, Arena *a,
                    ScriptResult *out, Error *err)
{
    Worker *w = s->worker;
    ScriptReply r = {0};
    w->until += late;
    Status st = send_answer(w, failed, answer, late) ? take_reply(w, call, a, &r, err) : lost(w, false, err);
    return take_values(call, a, st, &r, out, err);
}

void script_give_up(Script *s)
{
    lost(s->worker, false, NULL);
}

Status worker_eval(Script *s, const ScriptCall *call, Arena *a, Value *out, uint32_t *n, const char **printed,
                   Error *err)
{
    ScriptReply r = {0};
    Status st = exchange(s, SCRIPT_EVAL, call, a, &r, err);
    uint32_t most = *n;
    *n = st != ST_OK ? 0 : r.values_n < most ? r.values_n : most;
    for (uint32_t i = 0; i < *n; i++) out[i] = secrets_hide_value(call->secrets, a, &r.values[i].value);
    if (printed) *printed = printed_there(call, a, &r);
    return st;
}
