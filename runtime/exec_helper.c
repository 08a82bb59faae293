/* exec_helper.c -- the small process that starts commands, and the supervisor around each.
 *
 * The helper is forked before the store opens, so that no command can inherit
 * a descriptor of it, and forking stays cheap. For each request it forks a
 * supervisor: leader of a session of its own, adopting every orphan below it
 * (subreaper). The supervisor spawns sh, waits, and when the command is over,
 * too late, or no longer wanted, ends everything that is still below it, also
 * what has left its process group.
 *
 * A command may stop or kill its own supervisor. What was below it is then adopted by the
 * helper, a subreaper, too: whoever is its child and no supervisor is such an
 * orphan. The helper keeps the writing end of the status pipe until these are
 * gone, so the step is not over before.
 */
#include "runtime/exec_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_MS = 300 };

/* ---- ending everything below --------------------------------------------------------- */

enum { CHILDREN_MOST = 256, DEPTH_MOST = 1000 };       /* that are signalled in one go; those beyond, the next time */

/* As many of a process's children as there is room for. */
static int children_of(pid_t of, pid_t out[CHILDREN_MOST])
{
    char path[300];
    int n = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)of);
    DIR *threads = opendir(path);
    for (struct dirent *e; threads && (e = readdir(threads));) {
        snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)of, e->d_name);
        FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
        for (int pid; f && n < CHILDREN_MOST && fscanf(f, "%d", &pid) == 1;) out[n++] = pid;
        if (f) fclose(f);
    }
    if (threads) closedir(threads);
    return n;
}

/* A process ahead of those below it: a shell whose command ends first would begin the next one. */
static void signal_tree(pid_t of, int sig, int depth)
{
    pid_t below[CHILDREN_MOST];
    int n = depth < DEPTH_MOST ? children_of(of, below) : 0;
    kill(of, sig);
    for (int i = 0; i < n; i++) signal_tree(below[i], sig, depth + 1);
}

/* Signals the children of a process and all below them. What loses its parent meanwhile becomes
 * our child, so repeating this leaves none. */
static void signal_below(pid_t of, int sig)
{
    pid_t below[CHILDREN_MOST];
    int n = children_of(of, below);
    for (int i = 0; i < n; i++) signal_tree(below[i], sig, 0);
}

/* True when nothing is left. */
static bool reap(pid_t command, int *status, bool *over)
{
    for (;;) {
        int st;
        pid_t pid = waitpid(-1, &st, WNOHANG);
        if (pid == command) *status = st, *over = true;
        if (pid < 0) return errno == ECHILD;
        if (pid == 0) return false;
    }
}

static void pause_ms(int ms)
{
    struct timespec t = {0, (long)ms * 1000000};
    nanosleep(&t, NULL);
}

/* Asks all below to end, and after a while makes them. */
static void end_all(pid_t command, int *status, bool *over)
{
    for (int waited = 0; !reap(command, status, over); waited++) {
        if (waited == 0) signal_below(getpid(), SIGTERM);
        if (waited == 0) signal_below(getpid(), SIGCONT);  /* one that was stopped hears it too */
        if (waited * 5 >= GRACE_MS) signal_below(getpid(), SIGKILL);
        pause_ms(5);
    }
}

/* ---- the supervisor ------------------------------------------------------------------------ */

typedef struct Request {
    ExecHead head;
    const char *cwd, *command, *input;
    char **argv, **env;
} Request;

static bool unpack(int memory, Request *r)
{
    off_t size = lseek(memory, 0, SEEK_END);
    char *p = size > (off_t)sizeof r->head
            ? mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE, memory, 0) : MAP_FAILED;
    if (p == MAP_FAILED) return false;
    char *end = p + size;
    memcpy(&r->head, p, sizeof r->head);
    p += sizeof r->head;
    char **all = calloc((size_t)r->head.args + r->head.env + 8, sizeof *all);
    if (!all) return false;
    r->cwd = p, p += strlen(p) + 1;
    r->command = p, p += strlen(p) + 1;
    r->argv = all;
    *all++ = (char *)"sh", *all++ = (char *)"-c", *all++ = (char *)(uintptr_t)r->command, *all++ = (char *)"ops";
    for (uint32_t i = 0; i < r->head.args && p < end; i++) *all++ = p, p += strlen(p) + 1;
    *all++ = NULL;
    r->env = all;
    for (uint32_t i = 0; i < r->head.env && p < end; i++) *all++ = p, p += strlen(p) + 1;
    *all = NULL;
    r->input = p;
    return p + r->head.input <= end;
}

/* What it reads: a file in memory, so that nobody has to feed it. */
static int input_of(const Request *r)
{
    if (!r->head.input) return open("/dev/null", O_RDONLY | O_CLOEXEC);
    int fd = file_in_memory(r->input, r->head.input);
    if (fd >= 0) lseek(fd, 0, SEEK_SET);
    return fd;
}

/* As spawn_shell, with a function of ours in place of sh. */
static int fork_work(const Request *r, int in, int out, int err, pid_t *pid)
{
    enum { ARGS_FROM = 4 };                /* behind sh -c TEXT ops */
    *pid = fork();
    if (*pid != 0) return *pid < 0 ? errno : 0;
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    for (int sig = 1; sig < SIGRTMAX; sig++) signal(sig, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(in, 0), dup2(out, 1), dup2(err, 2);
    close_range(3, ~0U, 0);
    environ = r->env;
    _exit(r->head.work(r->argv + ARGS_FROM) & 0xFF);
}

static int spawn_shell(const Request *r, int in, int out, int err, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, err, 2);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int code = posix_spawn(pid, "/bin/sh", &files, &attributes, r->argv, r->env);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return code;
}

static int spawn(const Request *r, int out, int err, pid_t *pid, ExecEnd *end)
{
    end->no_folder = chdir(r->cwd) != 0;
    if (end->no_folder) return errno;
    int in = input_of(r);
    if (in < 0) return errno;
    int code = r->head.work ? fork_work(r, in, out, err, pid) : spawn_shell(r, in, out, err, pid);
    close(in);
    return code;
}

/* Waits until the command is over, its time is, or it is asked to end. */
static void watch(pid_t command, int child_ended, int control, int64_t timeout, int *status, ExecEnd *end)
{
    int64_t began = clock_ticks();
    bool over = false, asked = false;
    while (!over && !asked && !end->timed_out) {
        struct pollfd fds[] = {{.fd = child_ended, .events = POLLIN}, {.fd = control, .events = POLLIN}};
        int64_t left = timeout - (clock_ticks() - began);
        int ready = poll(fds, 2, !timeout ? -1 : poll_time(left > 0 ? left : 0));
        if (ready == 0) end->timed_out = clock_ticks() - began >= timeout;
        if (ready > 0 && fds[1].revents) asked = true;
        char bytes[64];
        if (ready > 0 && fds[0].revents && read(child_ended, bytes, sizeof bytes) < 0) continue;
        reap(command, status, &over);
    }
    end->elapsed = clock_ticks() - began;
    bool done = over;
    end_all(command, status, &done);
    if (over) end->timed_out = false;
}

static int ended_pipe[2];

static void on_child(int number)
{
    int kept = errno;
    (void)number;
    if (write(ended_pipe[1], "c", 1) < 0) { /* full: the reader will look anyway */
    }
    errno = kept;
}

static _Noreturn void supervise(const int *fds, pid_t helper)
{
    enum { MEMORY, OUT, ERR, STATUS, CONTROL };
    Request r;
    ExecEnd end = {.started = false};
    int status = 0;
    pid_t command = 0;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != helper) _exit(0);
    setsid();
    umask(077);
    signal(SIGTERM, SIG_IGN);              /* the helper's end shows on the control pipe, which the engine closes too */
    if (pipe2(ended_pipe, O_CLOEXEC | O_NONBLOCK) != 0) _exit(1);
    struct sigaction on = {.sa_handler = on_child};
    sigaction(SIGCHLD, &on, NULL);
    end.error = unpack(fds[MEMORY], &r) ? spawn(&r, fds[OUT], fds[ERR], &command, &end) : EINVAL;
    close(fds[OUT]), close(fds[ERR]), close(fds[MEMORY]);
    if (!end.error) {
        end.started = true;
        watch(command, ended_pipe[0], fds[CONTROL], r.head.timeout, &status, &end);
        if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
        else if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    }
    if (write(fds[STATUS], &end, sizeof end) < 0) _exit(1);
    _exit(0);
}

/* ---- the helper ----------------------------------------------------------------------------------- */

int fds_receive(int socket, uint8_t *byte, int *fds)
{
    uint8_t nothing;
    char space[CMSG_SPACE(sizeof(int) * FDS_MOST)];
    struct iovec io = {byte ? byte : &nothing, 1};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    ssize_t got = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EINTR) return -2;
    if (got <= 0) return -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (!c || c->cmsg_type != SCM_RIGHTS) return 0;
    size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(c), n * sizeof(int));
    return (int)n;
}

typedef struct Watched {               /* a supervisor */
    pid_t pid;
    int status;                        /* its pipe's writing end, ours too */
    struct Watched *next;
} Watched;

static Watched **find(Watched **all, pid_t pid)
{
    while (*all && (*all)->pid != pid) all = &(*all)->next;
    return all;
}

/* One round over the orphans; false when there is none. */
static bool end_orphans(Watched *all)
{
    char path[64];
    bool any = false;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "re");
    for (int pid; f && fscanf(f, "%d", &pid) == 1;) {
        if (*find(&all, pid)) continue;
        any = true;
        signal_tree(pid, SIGKILL, 0);
        waitpid(pid, NULL, WNOHANG);
    }
    if (f) fclose(f);
    return any;
}

/* Takes note of supervisors that have ended; one that its command stopped goes on. */
static void bury(Watched **all, int options)
{
    int how;
    for (pid_t pid; *all && (pid = waitpid(-1, &how, options | WUNTRACED)) > 0;) {
        if (WIFSTOPPED(how)) {
            kill(pid, SIGCONT);
            continue;
        }
        Watched **at = find(all, pid), *gone = *at;
        if (!gone) continue;               /* an orphan */
        *at = gone->next;
        while (WIFSIGNALED(how) && end_orphans(*all)) pause_ms(1);
        close(gone->status);
        free(gone);
    }
}

static void watch_supervisor(Watched **all, pid_t pid, int status)
{
    Watched *w = mem_zero(1, sizeof *w);
    *w = (Watched){pid, status, *all};
    *all = w;
}

/* Nothing to do: that it came ends the wait. */
static void on_end(int number) { (void)number; }

/* Until there is a request (or the engine is gone), taking note of what ends meanwhile. */
static void wait_for_request(int socket, Watched **all)
{
    struct pollfd fd = {.fd = socket, .events = POLLIN};
    sigset_t none;
    sigemptyset(&none);
    do bury(all, WNOHANG);
    while (ppoll(&fd, 1, NULL, &none) <= 0);
}

/* Whatever the engine had open when it started, no command gets. */
void fds_close_others(int keep)
{
    if (keep > 3) close_range(3, (unsigned)keep - 1, 0);
    close_range((unsigned)keep + 1, ~0U, 0);
}

/* In the supervisor: nothing of the helper's own. */
static _Noreturn void become_supervisor(int socket, const Watched *others, const int *fds, pid_t helper)
{
    sigset_t none;
    sigemptyset(&none);
    close(socket);
    for (; others; others = others->next) close(others->status);
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    supervise(fds, helper);
}

static void helper_signals(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, end = {.sa_handler = on_end};
    sigset_t ends;
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    sigaction(SIGTERM, &ignore, NULL);
    sigaction(SIGCHLD, &end, NULL);
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    sigprocmask(SIG_SETMASK, &ends, NULL);     /* it comes only while we wait */
}

/* The engine's end closes the socket; supervisors see it on their control pipes. The helper outlives them. */
_Noreturn void helper_main(int socket, pid_t parent)
{
    enum { STATUS = 3 };
    int fds[FDS_MOST], got;
    Watched *all = NULL;
    if (getppid() != parent) _exit(0);
    setsid();                              /* Ctrl-C at the terminal is the engine's to handle */
    helper_signals();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    fds_close_others(socket);
    char name[HELPER_NAME];
    helper_name(parent, name);
    prctl(PR_SET_NAME, name);
    pid_t self = getpid();
    while (wait_for_request(socket, &all), (got = fds_receive(socket, NULL, fds)) != -1) {
        if (got != FDS_MOST) continue;
        pid_t pid = fork();
        if (pid == 0) become_supervisor(socket, all, fds, self);
        for (int i = 0; i < FDS_MOST; i++)
            if (i != STATUS || pid < 0) close(fds[i]);
        if (pid > 0) watch_supervisor(&all, pid, fds[STATUS]);
    }
    while (all) bury(&all, 0);
    _exit(0);
}
