/* exec_private.h -- what the engine's side (exec.c) and the helper's (exec_helper.c) tell each other; and how
 * descriptors go from one process to another. */
#ifndef OPS_RUNTIME_EXEC_PRIVATE_H
#define OPS_RUNTIME_EXEC_PRIVATE_H

#include "base/time.h"
#include "runtime/exec.h"

#include <stdbool.h>
#include <sys/types.h>

typedef struct ExecHead {              /* then NUL-ended texts, then the input */
    int64_t timeout;
    uint32_t args, env;
    size_t input;                      /* bytes */
    int (*work)(char **args);          /* the helper is a fork: what is a function here is one there */
} ExecHead;

typedef struct ExecEnd {               /* one record through the status pipe */
    int64_t elapsed;
    int32_t exit_code, signal, error;
    bool started, timed_out;
    bool no_folder;                    /* error is of entering its folder */
} ExecEnd;

/* Microseconds as poll counts them, rounded up; negative: for ever. What is longer than a day comes in parts. */
static inline int poll_time(int64_t micros)
{
    int64_t part = micros < US_DAY ? micros : US_DAY;
    return part < 0 ? -1 : (int)((part + 999) / 1000);
}

/* A file in memory that holds the bytes, positioned behind them; -1 with errno. */
int file_in_memory(const char *bytes, size_t n);

enum { FDS_MOST = 5 };
/* One byte through a socket, with so many descriptors (0: none). */
bool fds_send(int socket, uint8_t byte, const int *fds, int n);
/* How many came with the next byte; -1 at the end, -2 when a signal came first. byte: NULL: it says nothing. */
int fds_receive(int socket, uint8_t *byte, int *fds);
/* Closes what this process had open when it was forked, but for one descriptor, and 0 to 2. */
void fds_close_others(int keep);

/* By this name the helper of an engine is found while that lives, or what it ran: it ends behind both. */
enum { HELPER_NAME = 16 };
void helper_name(int64_t engine, char out[HELPER_NAME]);

/* The helper's whole life; never returns. It ends with parent. */
_Noreturn void helper_main(int socket, pid_t parent);

#endif
