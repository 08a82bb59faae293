/* measure.c -- two commands in turn, A B A B ...: medians of their whole wall time, and A's peak memory.
 *
 *   measure RUNS A -- B      prints "A-seconds B-seconds A-peak-KB"
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double run(char **argv, long *peak)
{
    posix_spawn_file_actions_t files;
    struct rusage usage;
    pid_t pid;
    int status;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    double began = now();
    if (posix_spawnp(&pid, argv[0], &files, NULL, argv, environ) != 0 || wait4(pid, &status, 0, &usage) < 0) exit(70);
    double took = now() - began;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "measure: %s failed\n", argv[0]);
        exit(1);
    }
    if (peak && usage.ru_maxrss > *peak) *peak = usage.ru_maxrss;
    posix_spawn_file_actions_destroy(&files);
    return took;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    int runs = argc > 1 ? atoi(argv[1]) : 0, split = 2;
    while (split < argc && strcmp(argv[split], "--") != 0) split++;
    if (runs < 1 || runs > 100 || split + 1 >= argc) return 64;
    argv[split] = NULL;
    double a[100], b[100];
    long peak = 0;
    run(argv + 2, NULL);
    run(argv + split + 1, NULL);
    for (int i = 0; i < runs; i++) a[i] = run(argv + 2, &peak), b[i] = run(argv + split + 1, NULL);
    qsort(a, (size_t)runs, sizeof *a, by_size);
    qsort(b, (size_t)runs, sizeof *b, by_size);
    printf("%.6f %.6f %ld\n", a[runs / 2], b[runs / 2], peak);
    return 0;
}
