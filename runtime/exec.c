/* exec.c -- the engine's side: asks the helper for commands, gathers what they say.
 *
 * Each command gets two pipes for its output and a status pipe, whose ends the
 * engine keeps. The helper (exec_helper.c) gets the other ends with the
 * request. The status pipe brings one record when the command has exited and
 * all its descendants are gone.
 */
#include "runtime/exec_private.h"

#include "base/user.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    KEEP = EXEC_KEEP, MOST_RUNNING = 256,
    AWAIT_MOST = 3 * US_SECOND         /* a supervisor has ended all that it runs long before */
};

typedef struct Kept {                  /* head and tail of a stream */
    char *head; size_t head_n, most;   /* most: bytes of it */
    char *tail; size_t tail_n, tail_at;/* a ring of KEEP bytes */
    uint64_t lost;
    int fd;
} Kept;

typedef struct Running {
    uint64_t tag;
    int status;                        /* pipe to read the end from; also the word for kill */
    int control;                       /* writing a byte (or closing it) asks the supervisor to end all */
    Kept out, err;
    bool ended, killed;
    ExecEnd end;
    struct Running *next;
} Running;

struct Exec {
    pid_t helper;
    int socket;
    Running *running;
    uint32_t n;
    Buf out, err, problem;             /* of the last result */
};

/* ---- start and end ------------------------------------------------------------------- */

Status exec_new(Exec **out, Error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return fail(err, ST_UNAVAILABLE, "cannot prepare to run commands: %s", strerror(errno));
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        close(pair[0]);
        helper_main(pair[1], parent);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return fail(err, ST_UNAVAILABLE, "cannot start the helper that runs commands: %s", strerror(errno));
    }
    Exec *x = mem_zero(1, sizeof *x);
    x->helper = pid;
    x->socket = pair[0];
    *out = x;
    return ST_OK;
}

static void kept_free(Kept *k)
{
    if (k->fd >= 0) close(k->fd);
    free(k->head);
    free(k->tail);
}

static void drop(Exec *x, Running *r)
{
    Running **at = &x->running;
    while (*at != r) at = &(*at)->next;
    *at = r->next;
    x->n--;
    if (r->status >= 0) close(r->status);
    if (r->control >= 0) close(r->control);
    kept_free(&r->out);
    kept_free(&r->err);
    free(r);
}

void exec_free(Exec *x)
{
    if (!x) return;
    for (Running *r = x->running; r; r = r->next) {
        close(r->control);
        r->control = -1;
    }
    for (Running *r = x->running; r; r = r->next) {       /* until each supervisor has ended what it ran */
        ExecEnd end;
        while (!r->ended && read(r->status, &end, sizeof end) < 0 && errno == EINTR) continue;
    }
    while (x->running) drop(x, x->running);
    close(x->socket);
    while (waitpid(x->helper, NULL, 0) < 0 && errno == EINTR) continue;
    buf_free(&x->out);
    buf_free(&x->err);
    buf_free(&x->problem);
    free(x);
}

uint32_t exec_running(const Exec *x) { return x->n; }

/* ---- starting a command ----------------------------------------------------------------- */

static void put(Buf *b, const char *text)
{
    buf_add(b, text, strlen(text) + 1);
}

/* cwd, command, counts, then arguments and environment, each ended by NUL; then the input. */
static void pack(Buf *b, const ExecCall *call)
{
    const User *who = user_self();
    ExecHead head = {.timeout = call->timeout, .args = call->args_n, .env = call->env_n + 4, .input = call->input_n,
                     .work = call->work};
    buf_add(b, (const char *)&head, sizeof head);
    put(b, call->cwd);
    put(b, call->command);
    for (uint32_t i = 0; i < call->args_n; i++) put(b, call->args[i]);
    put(b, "PATH=/usr/local/bin:/usr/bin:/bin");
    put(b, "LANG=C.UTF-8");
    buf_puts(b, "HOME=");
    put(b, who && *who->home ? who->home : "/");
    put(b, "SHELL=/bin/sh");
    for (uint32_t i = 0; i < call->env_n; i++) put(b, call->env[i]);
    buf_add(b, call->input, call->input_n);
}

int file_in_memory(const char *bytes, size_t size)
{
    int fd = memfd_create("ops-call", MFD_CLOEXEC);
    for (size_t done = 0; fd >= 0 && done < size;) {
        ssize_t n = write(fd, bytes + done, size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            close(fd);
            return -1;
        }
        done += (size_t)n;
    }
    return fd;
}

bool fds_send(int socket, uint8_t byte, const int *fds, int n)
{
    char space[CMSG_SPACE(sizeof(int) * FDS_MOST)] = {0};
    struct iovec io = {&byte, 1};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};
    if (n) {
        m.msg_control = space;
        m.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)n);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)n);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)n);
    }
    ssize_t sent;
    do sent = sendmsg(socket, &m, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1;
}

static void close_pairs(int (*pairs)[2], int n)
{
    for (int i = 0; i < n; i++) close(pairs[i][0]), close(pairs[i][1]);
}

Status exec_start(Exec *x, const ExecCall *call, Error *err)
{
    enum { OUT, ERR, STATUS, CONTROL, PAIRS };
    int pairs[PAIRS][2], made = 0;
    Buf request = {0};
    if (x->n >= MOST_RUNNING)
        return fail(err, ST_UNAVAILABLE, "%d commands run already: no more are started at once", MOST_RUNNING);
    for (; made < PAIRS && pipe2(pairs[made], O_CLOEXEC) == 0; made++) continue;
    pack(&request, call);
    int memory = made == PAIRS ? file_in_memory(request.p, request.n) : -1;   /* so its size has no small limit */
    buf_free(&request);
    int fds[] = {memory, made > OUT ? pairs[OUT][1] : -1, made > ERR ? pairs[ERR][1] : -1,
                 made > STATUS ? pairs[STATUS][1] : -1, made > CONTROL ? pairs[CONTROL][0] : -1};
    if (memory < 0 || !fds_send(x->socket, 'r', fds, FDS_MOST)) {
        Status st = fail(err, ST_UNAVAILABLE, "cannot start a command: %s", strerror(errno));
        if (memory >= 0) close(memory);
        close_pairs(pairs, made);
        return st;
    }
    close(memory);
    close(pairs[OUT][1]), close(pairs[ERR][1]), close(pairs[STATUS][1]), close(pairs[CONTROL][0]);
    Running *r = mem_zero(1, sizeof *r);
    *r = (Running){.tag = call->tag, .status = pairs[STATUS][0], .control = pairs[CONTROL][1],
                   .out = {.fd = pairs[OUT][0], .most = call->keep ? call->keep : KEEP},
                   .err = {.fd = pairs[ERR][0], .most = KEEP}, .next = x->running};
    fcntl(r->out.fd, F_SETFL, O_NONBLOCK);
    fcntl(r->err.fd, F_SETFL, O_NONBLOCK);
    x->running = r;
    x->n++;
    return ST_OK;
}

void exec_kill(Exec *x, uint64_t tag)
{
    for (Running *r = x->running; r; r = r->next) {
        if (r->tag != tag || r->killed) continue;
        r->killed = true;
        if (write(r->control, "k", 1) < 0) continue;       /* it has ended by itself */
    }
}

/* ---- gathering ------------------------------------------------------------------------------ */

static void keep(Kept *k, const char *bytes, size_t n)
{
    if (k->head_n < k->most) {
        size_t part = n < k->most - k->head_n ? n : k->most - k->head_n;
        k->head = mem_resize(k->head, k->head_n + part);
        memcpy(k->head + k->head_n, bytes, part);
        k->head_n += part, bytes += part, n -= part;
    }
    if (!n) return;
    if (!k->tail) k->tail = mem_alloc(KEEP);
    for (size_t i = 0; i < n; i++) {
        k->tail[k->tail_at] = bytes[i];
        k->tail_at = (k->tail_at + 1) % KEEP;
        if (k->tail_n < KEEP) k->tail_n++;
        else k->lost++;
    }
}

/* Everything that can be read now; false at the end of the stream. */
static void slurp(Kept *k)
{
    char bytes[16384];
    while (k->fd >= 0) {
        ssize_t n = read(k->fd, bytes, sizeof bytes);
        if (n > 0) {
            keep(k, bytes, (size_t)n);
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            close(k->fd);
            k->fd = -1;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

static void take_end(Running *r)
{
    ssize_t n;
    do n = read(r->status, &r->end, sizeof r->end);
    while (n < 0 && errno == EINTR);
    if (n != sizeof r->end) /* the supervisor itself was killed */
        r->end = (ExecEnd){.started = true, .signal = SIGKILL};
    r->ended = true;
}

static void unroll(Buf *b, const Kept *k)
{
    buf_clear(b);
    if (k->head_n) buf_add(b, k->head, k->head_n);
    size_t from = k->tail_n < KEEP ? 0 : k->tail_at;
    for (size_t i = 0; i < k->tail_n; i++) buf_putc(b, k->tail[(from + i) % KEEP]);
}

static void say_not_started(Buf *b, const ExecEnd *end)
{
    buf_puts(b, "it could not be started: ");
    if (end->no_folder) buf_puts(b, "its folder cannot be entered: ");
    if (end->error == E2BIG)
        buf_puts(b, "its text or a value is longer than the system allows (128 KB each, 2 MB in all)");
    else buf_puts(b, strerror(end->error));
}

static void describe(Exec *x, const Running *r, ExecResult *out)
{
    char span[40];
    buf_clear(&x->problem);
    out->problem = NULL;
    span_print(span, r->end.elapsed);
    if (!r->end.started) say_not_started(&x->problem, &r->end);
    else if (r->end.timed_out) buf_printf(&x->problem, "it was ended after %s: its timeout passed", span);
    else if (r->killed) buf_puts(&x->problem, "it was ended because its case was");
    else if (r->end.signal)
        buf_printf(&x->problem, "it was ended by signal %d (%s)", r->end.signal, strsignal(r->end.signal));
    else if (r->end.exit_code) buf_printf(&x->problem, "exit status %d", r->end.exit_code);
    if (x->problem.n) out->problem = buf_text(&x->problem);
}

static void finish(Exec *x, Running *r, ExecResult *out)
{
    slurp(&r->out);
    slurp(&r->err);
    unroll(&x->out, &r->out);
    unroll(&x->err, &r->err);
    *out = (ExecResult){.tag = r->tag, .started = r->end.started,
                        .exit_code = r->end.signal || r->end.timed_out ? -1 : r->end.exit_code,
                        .signal = r->end.signal, .timed_out = r->end.timed_out, .killed = r->killed,
                        .elapsed = r->end.elapsed,
                        .out = buf_text(&x->out), .out_n = x->out.n, .err = buf_text(&x->err), .err_n = x->err.n,
                        .out_lost = r->out.lost, .err_lost = r->err.lost};
    describe(x, r, out);
    drop(x, r);
}

/* Looks once at all that run, waiting for the first that has something to say. ST_END: none had until then. */
static Status look(Exec *x, Instant until)
{
    struct pollfd fds[MOST_RUNNING * 3];
    Running *of[MOST_RUNNING * 3];
    nfds_t n = 0;
    for (Running *r = x->running; r; r = r->next) {
        int each[] = {r->status, r->out.fd, r->err.fd};
        for (int i = 0; i < 3; i++)
            if (each[i] >= 0 && !r->ended) of[n] = r, fds[n++] = (struct pollfd){.fd = each[i], .events = POLLIN};
    }
    int64_t left = until == INSTANT_NEVER ? -1 : until - clock_ticks();
    int ready = poll(fds, n, left < 0 && until != INSTANT_NEVER ? 0 : poll_time(left));
    if (ready < 0) return ST_LOCKED;
    if (ready == 0 && left <= US_DAY) return ST_END;
    for (nfds_t i = 0; i < n; i++) {
        Running *r = of[i];
        if (!fds[i].revents) continue;
        if (fds[i].fd == r->status) take_end(r);
        else slurp(fds[i].fd == r->out.fd ? &r->out : &r->err);
    }
    return ST_OK;
}

/* The next result of the command that wanted names; NULL: of any. */
static Status next_of(Exec *x, const uint64_t *wanted, int64_t wait, ExecResult *out)
{
    Instant until = wait < 0 ? INSTANT_NEVER : clock_ticks() + wait;
    while (x->running) {
        for (Running *r = x->running; r; r = r->next) {    /* several may have ended in one look */
            if (!r->ended || (wanted && r->tag != *wanted)) continue;
            finish(x, r, out);
            return ST_OK;
        }
        Status st = look(x, until);
        if (st != ST_OK) return st;
    }
    return ST_END;
}

void exec_await(Exec *x, uint64_t tag)
{
    Instant until = clock_ticks() + AWAIT_MOST;
    Status st = ST_OK;
    while (st == ST_OK) {
        Running *r = x->running;
        while (r && r->tag != tag) r = r->next;
        if (!r || r->ended) return;
        st = look(x, until);
    }
}

Status exec_next(Exec *x, int64_t wait, ExecResult *out, Error *err)
{
    (void)err;
    return next_of(x, NULL, wait, out);
}

int exec_fd(const Exec *x)
{
    return x->running ? x->running->status : -1;
}

Status exec_run(Exec *x, const ExecCall *call, ExecResult *out, Error *err)
{
    Status st = exec_start(x, call, err);
    while (st == ST_OK) {
        st = next_of(x, &call->tag, -1, out);
        if (st == ST_OK) return ST_OK;
        if (st == ST_LOCKED) exec_kill(x, call->tag), st = ST_OK;
    }
    return st;
}
