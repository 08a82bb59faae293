/* exec.h -- commands that steps run, each under a supervisor of its own.
 *
 * A helper process is forked before the store opens. For each command it
 * forks a small supervisor: a session of its own, subreaper, dying with the
 * engine. A timeout, a kill or the engine's end stops every descendant, also
 * those that left the process group. The command is over when it exits, not
 * when its pipes close.
 *
 * Environment: PATH=/usr/local/bin:/usr/bin:/bin, LANG=C.UTF-8, HOME (from the password
 * file), umask 077, cwd as given, no descriptors but 0 (the input, or /dev/null), 1 and 2; plus what the
 * call adds (OPS_KEY ...). Output: the first and last 64 KB of each stream are kept, what lay
 * between is counted.
 */
#ifndef OPS_RUNTIME_EXEC_H
#define OPS_RUNTIME_EXEC_H

#include "base/value.h"

typedef struct Exec Exec;

typedef struct ExecCall {
    uint64_t tag;                      /* comes back with the result */
    const char *command;               /* text of sh -c */
    const char *const *args; uint32_t args_n;      /* "$1" ... ; no NUL inside */
    const char *const *env; uint32_t env_n;        /* "NAME=value" */
    const char *input; size_t input_n; /* its standard input; 0 bytes: /dev/null */
    int (*work)(char **args);          /* NULL; else this runs in place of the command, in the same way: args end with
                                          NULL, what it returns is the exit status */
    const char *cwd;                   /* absolute */
    int64_t timeout;                   /* microseconds; 0: none */
    size_t keep;                       /* bytes of the head of its output; 0: EXEC_KEEP */
} ExecCall;

enum { EXEC_KEEP = 64 * 1024 };        /* bytes of the head, and as many of the tail */

typedef struct ExecResult {
    uint64_t tag;
    bool started;                      /* false: .problem says why not */
    int exit_code;                     /* -1: by a signal or timeout */
    int signal;
    bool timed_out, killed;
    int64_t elapsed;                   /* microseconds */
    const char *out; size_t out_n;     /* kept bytes of standard output (head, then tail) */
    const char *err; size_t err_n;
    uint64_t out_lost, err_lost;       /* bytes between head and tail */
    const char *problem;               /* NULL, or one line: "exit status 3", "killed after 30 s", ... */
} ExecResult;

/* Starts the helper. Call before the store is opened and before any thread. */
Status exec_new(Exec **out, Error *err) MUST_CHECK;
void exec_free(Exec *x);               /* ends all commands first */
Status exec_start(Exec *x, const ExecCall *call, Error *err) MUST_CHECK;
uint32_t exec_running(const Exec *x);
void exec_kill(Exec *x, uint64_t tag); /* its result still comes, with .killed */
/* Waits until nothing of a command that was killed runs any more; its result still comes. */
void exec_await(Exec *x, uint64_t tag);
/* The next result, waiting at most so many microseconds (-1: as long as it takes). ST_END when
 * none came. Valid until the next call. ST_LOCKED when a signal (SIGINT, SIGTERM) came first. */
Status exec_next(Exec *x, int64_t wait, ExecResult *out, Error *err) MUST_CHECK;
int exec_fd(const Exec *x);            /* readable when something can be had */

/* This process, as claims name it: pid, start time in ticks since boot, the boot's id. */
void exec_self(int64_t *pid, uint64_t *start, char boot[40]);
/* Is that process still alive (same pid, same start, same boot)? */
bool exec_alive(int64_t pid, uint64_t start, const char *boot);
/* Is it that of now? */
bool exec_this_boot(const char *boot);
/* Of an engine that is gone: waits until nothing runs any more of what it ran. */
void exec_await_left(int64_t pid);

/* One command by itself, to its end; results of others that end meanwhile are still to be had. */
Status exec_run(Exec *x, const ExecCall *call, ExecResult *out, Error *err) MUST_CHECK;

#endif
