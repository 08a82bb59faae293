/* nomem.c -- a library to be loaded before the C library's allocator: the allocation number NOMEM_AT of the
 * process, and all behind it when NOMEM_ON is set, find no memory. NOMEM_COUNT names a file for how many
 * there were. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *old, size_t n);

static long count, at = -1;
static int on;
static pid_t self;

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("NOMEM_AT");
    self = getpid();
    on = getenv("NOMEM_ON") && *getenv("NOMEM_ON");
    count = 0;
    at = text ? atol(text) : 0;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("NOMEM_COUNT");
    FILE *f = path && getpid() == self ? fopen(path, "w") : NULL;
    if (!f) return;
    fprintf(f, "%ld\n", count);
    fclose(f);
}

static int none(void)
{
    if (at < 0) return 0;                  /* not begun yet */
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
