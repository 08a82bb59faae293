/* bare.c -- the physical limit: a loop that commits, with and without a command in between.
 *
 *   bare commit N FILE     N transactions of one row each
 *   bare shell N FILE      N times: a commit, sh -c true with captured pipes, a commit
 */
#include <fcntl.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void one_row(sqlite3 *db, sqlite3_stmt *s, int i)
{
    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    sqlite3_bind_int(s, 1, i);
    sqlite3_bind_text(s, 2, "a row about as long as the record of a step that ended well, with its times and its values in it", -1, SQLITE_STATIC);
    if (sqlite3_step(s) != SQLITE_DONE) exit(74);
    sqlite3_reset(s);
    if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) exit(74);
}

static void command(void)
{
    int out[2], err[2];
    char *argv[] = {"sh", "-c", "true", NULL}, bytes[64];
    posix_spawn_file_actions_t files;
    pid_t pid;
    if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) exit(70);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, out[1], 1);
    posix_spawn_file_actions_adddup2(&files, err[1], 2);
    if (posix_spawn(&pid, "/bin/sh", &files, NULL, argv, environ)) exit(70);
    close(out[1]), close(err[1]);
    while (read(out[0], bytes, sizeof bytes) > 0) continue;
    while (read(err[0], bytes, sizeof bytes) > 0) continue;
    close(out[0]), close(err[0]);
    waitpid(pid, NULL, 0);
    posix_spawn_file_actions_destroy(&files);
}

int main(int argc, char **argv)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    if (argc != 4) return 64;
    int n = atoi(argv[2]), shell = strcmp(argv[1], "shell") == 0;
    remove(argv[3]);
    if (sqlite3_open(argv[3], &db) != SQLITE_OK) return 74;
    sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT)", NULL, NULL, NULL);
    if (sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?1, ?2)", -1, &s, NULL) != SQLITE_OK) return 74;
    for (int i = 0; i < n; i++) {
        one_row(db, s, 2 * i);
        if (shell) command(), one_row(db, s, 2 * i + 1);
    }
    sqlite3_finalize(s);
    sqlite3_close(db);
    return 0;
}
