/* refuse.c -- a command whose n-th allocation finds no memory (nomem.c), each time in a fresh copy of its scene, until
 * it ends as it did not before. (A shell would take longer to make the folder and look at it than the command runs.)
 *
 *   refuse WORK N SELF STEP LAST COMMAND...
 *
 * n goes from N by STEP to LAST; SELF is 1 where n = N is only to be run with NOMEM_SELF. A run begins in WORK/now, a
 * copy of WORK/scene, with WORK/nomem.so loaded, and ends when nothing that it began holds its output any more. Where
 * WORK/good has a file "CODE END SAID", END being a hash of the folder (names, modes, bytes) and SAID of the output,
 * the next one follows. Otherwise the folder and the output, WORK/out, are left to be looked at, and one line says
 *
 *   PASSED N SELF CODE END SAID AGAIN
 *
 * which are how many runs went by before this one, this one, and whether it could not look up who runs it, so that the
 * same n with NOMEM_SELF comes next; behind LAST it is PASSED alone. A file of the scene
 * that has other names, too, becomes one more of them, for those that look at its moment and inode. */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEX = 2 * crypto_hash_sha256_BYTES + 1, BLOCK = 1 << 16 };

typedef void (*Take)(void *to, const void *bytes, size_t n);
typedef void (*Meet)(void *to, const char *path, const char *below, const struct stat *is);

static unsigned char block[BLOCK];

/* ---- folders ----------------------------------------------------------------------------------- */

/* All that is in a folder, by name, each folder before what is in it. */
static void walk(const char *root, const char *below, Meet meet, void *to)
{
    char path[PATH_MAX], name[PATH_MAX];
    struct dirent **list;
    snprintf(path, sizeof path, "%s%s", root, below);
    int n = scandir(path, &list, NULL, alphasort);
    if (n < 0) err(70, "%s", path);
    for (int i = 0; i < n; free(list[i++])) {
        struct stat is;
        if (strcmp(list[i]->d_name, ".") == 0 || strcmp(list[i]->d_name, "..") == 0) continue;
        snprintf(name, sizeof name, "%.2000s/%s", below, list[i]->d_name);
        snprintf(path, sizeof path, "%.2000s%.2000s", root, name);
        if (lstat(path, &is)) err(70, "%s", path);
        meet(to, path, name, &is);
        if (S_ISDIR(is.st_mode)) walk(root, name, meet, to);
    }
    free(list);
}

static void read_file(const char *path, Take take, void *to)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;
    if (file < 0) err(70, "%s", path);
    while ((n = read(file, block, sizeof block)) > 0) take(to, block, (size_t)n);
    if (n < 0) err(70, "%s", path);
    close(file);
}

static void append(void *to, const void *bytes, size_t n)
{
    if (write(*(int *)to, bytes, n) != (ssize_t)n) err(70, "a copy");
}

static void copy_one(void *to, const char *path, const char *below, const struct stat *is)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%.2000s%.2000s", (const char *)to, below);
    if (S_ISDIR(is->st_mode)) {
        if (mkdir(copy, is->st_mode & 07777)) err(70, "%s", copy);
    } else if (is->st_nlink > 1) {
        if (link(path, copy)) err(70, "%s", copy);
    } else if (S_ISREG(is->st_mode)) {
        int file = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is->st_mode & 07777);
        if (file < 0) err(70, "%s", copy);
        read_file(path, append, &file);
        close(file);
    } else {
        errx(70, "%s: only files and folders can stand in a scene", path);
    }
}

static void hash_bytes(void *to, const void *bytes, size_t n)
{
    crypto_hash_sha256_update(to, bytes, n);
}

static void hash_one(void *to, const char *path, const char *below, const struct stat *is)
{
    char head[PATH_MAX + 64];
    long long size = S_ISREG(is->st_mode) ? is->st_size : 0;
    int n = snprintf(head, sizeof head, "%s%c%o %lld\n", below, 0, is->st_mode, size);
    hash_bytes(to, head, (size_t)n);
    if (S_ISREG(is->st_mode)) read_file(path, hash_bytes, to);
    if (S_ISLNK(is->st_mode)) {
        ssize_t length = readlink(path, (char *)block, sizeof block);
        if (length < 0) err(70, "%s", path);
        hash_bytes(to, block, (size_t)length);
    }
}

static int remove_one(const char *path, const struct stat *is, int kind, struct FTW *where)
{
    (void)is, (void)kind, (void)where;
    return remove(path);
}

static void hex(char *text, crypto_hash_sha256_state *state)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(state, hash);
    sodium_bin2hex(text, HEX, hash, sizeof hash);
}

/* ---- a run ------------------------------------------------------------------------------------- */

typedef struct Run {
    char now[PATH_MAX], scene[PATH_MAX], out[PATH_MAX], library[PATH_MAX], good[PATH_MAX];
    char **command;
    int code;                            /* as a shell tells it */
    int looked_up;                       /* it could not look up who runs it */
    char end[HEX], said[HEX];
} Run;

static void begin(Run *run, long n, int self, int out)
{
    char at[32];
    snprintf(at, sizeof at, "%ld", n);
    if (chdir(run->now) || dup2(out, 1) < 0 || dup2(out, 2) < 0) err(70, "%s", run->now);
    setenv("NOMEM_AT", at, 1);
    setenv("LD_PRELOAD", run->library, 1);
    if (self) setenv("NOMEM_SELF", "1", 1);
    execv(run->command[0], run->command);
    err(70, "%s", run->command[0]);
}

/* Keeps in the file what comes, until nobody can say any more. */
static void listen(Run *run, int in)
{
    crypto_hash_sha256_state said;
    char *text = NULL;
    size_t length = 0;
    ssize_t n;
    FILE *whole = open_memstream(&text, &length);
    if (!whole) err(70, "output");
    while ((n = read(in, block, sizeof block)) > 0) fwrite(block, 1, (size_t)n, whole);
    if (fclose(whole)) err(70, "output");
    int file = open(run->out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) err(70, "%s", run->out);
    append(&file, text, length);
    close(file);
    run->looked_up = strstr(text, "does not say who runs this") != NULL;
    crypto_hash_sha256_init(&said);
    hash_bytes(&said, text, length);
    hex(run->said, &said);
    free(text);
}

static void play(Run *run, long n, int self)
{
    crypto_hash_sha256_state end;
    int pair[2], status;
    if (access(run->now, F_OK) == 0 && nftw(run->now, remove_one, 8, FTW_DEPTH | FTW_PHYS)) err(70, "%s", run->now);
    if (mkdir(run->now, 0777)) err(70, "%s", run->now);
    walk(run->scene, "", copy_one, run->now);
    if (pipe2(pair, O_CLOEXEC)) err(70, "a pipe");
    pid_t child = fork();
    if (child < 0) err(70, "a process");
    if (child == 0) begin(run, n, self, pair[1]);
    close(pair[1]);
    listen(run, pair[0]);
    close(pair[0]);
    if (waitpid(child, &status, 0) != child) err(70, "a process");
    run->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    crypto_hash_sha256_init(&end);
    walk(run->now, "", hash_one, &end);
    hex(run->end, &end);
}

static int known(const Run *run)
{
    char path[PATH_MAX + 2 * HEX + 16];
    snprintf(path, sizeof path, "%s/%d %s %s", run->good, run->code, run->end, run->said);
    return access(path, F_OK) == 0;
}

int main(int argc, char **argv)
{
    static Run run;
    if (argc < 7 || sodium_init() < 0) errx(64, "refuse WORK N SELF STEP LAST COMMAND...");
    long n = atol(argv[2]), step = atol(argv[4]), last = atol(argv[5]), passed = 0;
    int only_self = atoi(argv[3]);
    if (n < 1 || step < 1) errx(64, "N and STEP are 1 or more");
    snprintf(run.now, sizeof run.now, "%.4000s/now", argv[1]);
    snprintf(run.scene, sizeof run.scene, "%.4000s/scene", argv[1]);
    snprintf(run.out, sizeof run.out, "%.4000s/out", argv[1]);
    snprintf(run.good, sizeof run.good, "%.4000s/good", argv[1]);
    snprintf(run.library, sizeof run.library, "%.4000s/nomem.so", argv[1]);
    run.command = argv + 6;
    for (; n <= last; n += step) {
        for (int self = only_self, again = 1; again; self = 1, passed++) {
            play(&run, n, self);
            again = !self && run.looked_up;
            if (!known(&run)) {
                printf("%ld %ld %d %d %s %s %d\n", passed, n, self, run.code, run.end, run.said, run.looked_up);
                return 0;
            }
        }
        only_self = 0;
    }
    printf("%ld\n", passed);
    return 0;
}
