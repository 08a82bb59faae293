/* user.c -- getpwuid and getpwnam, told apart from their failures.
 *
 * They run in a process of their own. Where memory ends the C library ends the
 * process in the middle of them, by an assertion or worse, and what the system
 * may have loaded into them (LDAP, say) is not ours either.
 */
#include "base/user.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FOUND, NOT_FOUND, NO_MEMORY };  /* how that process ends */

/* name NULL: this process's user. Says who it is in out: login, NUL, home, NUL. */
static int entry(const char *name, int out)
{
    const struct passwd *who;
    do {
        errno = 0;
        who = name ? getpwnam(name) : getpwuid(getuid());
    } while (!who && errno == EINTR);
    if (!who) return errno == ENOMEM ? NO_MEMORY : NOT_FOUND;
    return dprintf(out, "%s%c%s%c", who->pw_name, 0, who->pw_dir ? who->pw_dir : "", 0) > 0 ? FOUND : NO_MEMORY;
}

static _Noreturn void unknown(const char *why, int number)
{
    fprintf(stderr, "ops: the system does not say who runs this: %s %d; nothing was done. If memory is short, run it "
                    "again when there is more\n", why, number);
    _exit(71);
}

static size_t read_all(int fd, char *text, size_t most)
{
    size_t n = 0;
    for (ssize_t got = 1; n < most && got != 0;) {
        got = read(fd, text + n, most - n);
        if (got > 0) n += (size_t)got;
        if (got < 0 && errno != EINTR) break;
    }
    return n;
}

/* Into text, of which n bytes are filled. */
static bool look_up(const char *name, char *text, size_t most, size_t *n)
{
    int ends[2], status = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) unknown("no pipe, error", errno);
    pid_t child = fork();
    if (child < 0) unknown("no process, error", errno);
    if (child == 0) {
        prctl(PR_SET_DUMPABLE, 0);
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (null >= 0) dup2(null, STDERR_FILENO);      /* what the C library says at its end explains nothing */
        _exit(entry(name, ends[1]));
    }
    close(ends[1]);
    *n = read_all(ends[0], text, most);
    close(ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFSIGNALED(status)) unknown("its look-up was ended by signal", WTERMSIG(status));
    if (WEXITSTATUS(status) == NO_MEMORY) unknown("its look-up found no memory, error", ENOMEM);
    if (WEXITSTATUS(status) != NOT_FOUND && (WEXITSTATUS(status) != FOUND || *n == 0 || text[*n - 1]))
        unknown("its look-up ended without an answer, exit", WEXITSTATUS(status));     /* nobody is taken for "" */
    return WEXITSTATUS(status) == FOUND;
}

const User *user_self(void)
{
    static char text[8192];
    static User self;
    static bool asked;
    size_t n = 0;
    if (!asked && look_up(NULL, text, sizeof text - 1, &n)) {
        self.login = text;
        self.home = strlen(text) < n ? text + strlen(text) + 1 : "";
    }
    asked = true;
    return self.login ? &self : NULL;
}

bool user_is_login(const char *name)
{
    char text[8192];
    size_t n;
    return look_up(name, text, sizeof text, &n);
}
