/* exec_private.h -- what the engine's side (exec.c) and the helper's (exec_helper.c) tell each other. */
#ifndef OPS_RUNTIME_EXEC_PRIVATE_H
#define OPS_RUNTIME_EXEC_PRIVATE_H

#include "base/time.h"
#include "runtime/exec.h"

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

/* The helper's whole life; never returns. It ends with parent. */
_Noreturn void helper_main(int socket, pid_t parent);

#endif
