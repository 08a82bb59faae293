/* nomem.c -- a library to be loaded before the C library: the allocation number NOMEM_AT of the process, and all
 * behind it when NOMEM_ON is set, find no memory; those of its children count on from where they began, but for
 * NOMEM_SELF. NOMEM_COUNT names a file for how many there were.
 *
 * And so that a process which does the same leaves the same bytes behind, whatever else differs from run to run is
 * fixed: the real clock stands at second NOMEM_NOW, SQLite draws zeros for its random bytes, and the process has
 * a number that no other has, before or after (the kernel's go to 4194304). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { NUMBER = 4194305 };

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *old, size_t n);

static long count, at = -1;
static int on, alone;
static time_t second;
static pid_t self;

static pid_t number(void)
{
    return (pid_t)syscall(SYS_getpid);
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("NOMEM_AT"), *now = getenv("NOMEM_NOW");
    self = number();
    on = getenv("NOMEM_ON") && *getenv("NOMEM_ON");
    alone = getenv("NOMEM_SELF") != NULL;
    second = now ? (time_t)atol(now) : 0;
    count = 0;
    at = text ? atol(text) : 0;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("NOMEM_COUNT");
    FILE *f = path && number() == self ? fopen(path, "w") : NULL;
    if (!f) return;
    fprintf(f, "%ld\n", count);
    fclose(f);
}

/* ---- memory ------------------------------------------------------------------------------------ */

static int none(void)
{
    if (at < 0 || (alone && number() != self)) return 0;           /* or not begun yet */
    long n = ++count;
    if (at == 0 || (on ? n < at : n != at)) return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n)
{
    return none() ? NULL : __libc_malloc(n);
}

void *calloc(size_t times, size_t n)
{
    return none() ? NULL : __libc_calloc(times, n);
}

void *realloc(void *old, size_t n)
{
    return none() ? NULL : __libc_realloc(old, n);
}

/* ---- what differs from run to run -------------------------------------------------------------- */

int clock_gettime(clockid_t of, struct timespec *now)
{
    if (of != CLOCK_REALTIME || !second) return (int)syscall(SYS_clock_gettime, of, now);
    *now = (struct timespec){.tv_sec = second};
    return 0;
}

/* What SQLite opens files with. */
int open64(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open(strcmp(path, "/dev/urandom") == 0 ? "/dev/zero" : path, flags, mode);
}

/* Itself and its children see the process under that number, and it is alive: it began when the first process did. */
pid_t getpid(void)
{
    return number() == self ? NUMBER : number();
}

pid_t getppid(void)
{
    pid_t parent = (pid_t)syscall(SYS_getppid);
    return parent == self ? NUMBER : parent;
}

FILE *fopen(const char *path, const char *mode)
{
    char own[32];
    snprintf(own, sizeof own, "/proc/%d/stat", NUMBER);
    return fopen64(strcmp(path, own) == 0 ? "/proc/1/stat" : path, mode);
}
