/* exec_self.c -- which process of this machine an engine is, whether it lives, and whether what it ran has ended. */
#include "runtime/exec_private.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { AWAIT_MOST = 1 * US_SECOND };   /* its helper ends what it ran in a third of that */

enum { STAT_MOST = 1024 };

/* Reads what the system says of a process. The place behind its name, which may hold anything, also brackets; NULL:
 * there is none. */
static char *stat_of(const char *pid, char line[STAT_MOST])
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(line, 1, STAT_MOST - 1, f) : 0;
    if (f) fclose(f);
    line[n] = '\0';
    return strrchr(line, ')');
}

static uint64_t start_of(int64_t pid)
{
    char digits[24], line[STAT_MOST];
    snprintf(digits, sizeof digits, "%lld", (long long)pid);
    char *p = stat_of(digits, line);
    if (p && p[1] == ' ' && p[2] == 'Z') return 0;      /* it ended, and nobody has buried it */
    for (int field = 2; p && field < 22; field++) p = strchr(p + 1, ' ');
    return p ? strtoull(p + 1, NULL, 10) : 0;
}

static void boot_id(char out[40])
{
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    out[0] = '\0';
    if (f && !fgets(out, 40, f)) out[0] = '\0';
    if (f) fclose(f);
    out[strcspn(out, "\n")] = '\0';
}

void exec_self(int64_t *pid, uint64_t *start, char boot[40])
{
    *pid = getpid();
    *start = start_of(*pid);
    boot_id(boot);
}

bool exec_this_boot(const char *boot)
{
    char now[40];
    boot_id(now);
    return strcmp(now, boot) == 0;
}

void helper_name(int64_t engine, char out[HELPER_NAME])
{
    snprintf(out, HELPER_NAME, "ops-h%lld", (long long)engine);
}

/* Is it called so, and not only still to be buried? */
static bool lives_as(const char *pid, const char *name)
{
    char line[STAT_MOST];
    char *end = stat_of(pid, line), *begin = strchr(line, '(');
    if (!end || !begin || end[1] != ' ' || end[2] == 'Z') return false;
    *end = '\0';
    return strcmp(begin + 1, name) == 0;
}

static bool has_helper(int64_t pid)
{
    char name[HELPER_NAME];
    bool there = false;
    DIR *dir = opendir("/proc");
    helper_name(pid, name);
    for (struct dirent *e; dir && !there && (e = readdir(dir));)
        there = *e->d_name >= '0' && *e->d_name <= '9' && lives_as(e->d_name, name);
    if (dir) closedir(dir);
    return there;
}

void exec_await_left(int64_t pid)
{
    Instant until = clock_ticks() + AWAIT_MOST;
    while (has_helper(pid) && clock_ticks() < until) nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
}

bool exec_alive(int64_t pid, uint64_t start, const char *boot)
{
    return start != 0 && exec_this_boot(boot) && start_of(pid) == start;
}
