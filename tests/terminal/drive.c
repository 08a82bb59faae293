/* drive.c -- types at a pseudo terminal what a scene says, and looks at what is shown.
 *
 *     drive SCENE      runs the scene in this folder; exit 0, or 1 with what went wrong
 *
 * A scene is lines of a word and the rest of the line:
 *
 *     sh COMMAND       a preparation, or a look afterwards: it must succeed
 *     open COMMAND     begins a command at a new terminal of 80 columns and 24 lines
 *     see TEXT         waits until it is shown, behind all that was seen before
 *     type TEXT        \n, \t, \e and \xNN are what they are in C; so is the key Ctrl-C, \x03
 *     exit CODE        the command ends so
 *     never TEXT       was not shown since `open`
 *     # ...            a remark
 *
 * Nothing depends on speed: what is waited for has a minute to come. What is shown is compared without
 * colours, cursor movements and carriage returns.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 60, SCREEN_MAX = 1 << 20 };

static struct {
    pid_t pid;                         /* 0: none is open */
    int fd;
    char text[SCREEN_MAX + 1];         /* all that was shown, plainly */
    size_t n, seen;
    enum { PLAIN, ESCAPE, SEQUENCE, TITLE } state;
} term;

static const char *scene;
static unsigned line_number;

static void end_with(const char *what, const char *text)
{
    printf("%s:%u: %s%s\nIt shows, behind what was seen:\n%s\n", scene, line_number, what, text,
           term.text + (term.seen < term.n ? term.seen : term.n));
    if (term.pid > 0) kill(term.pid, SIGKILL);
    exit(1);
}

/* ---- what is shown ------------------------------------------------------------------- */

static void show(unsigned char c)
{
    switch (term.state) {
    case ESCAPE:
        term.state = c == '[' ? SEQUENCE : c == ']' ? TITLE : PLAIN;
        return;
    case SEQUENCE:
        if (c >= '@' && c <= '~') term.state = PLAIN;
        return;
    case TITLE:
        if (c == '\a') term.state = PLAIN;
        return;
    case PLAIN: break;
    }
    if (c == '\033') term.state = ESCAPE;
    else if (c != '\r' && c != '\a' && c != '\0' && term.n < SCREEN_MAX) term.text[term.n++] = (char)c;
    term.text[term.n] = '\0';
}

/* Takes what comes within the time; false at the end of the terminal. */
static bool listen_for(int ms)
{
    struct pollfd p = {.fd = term.fd, .events = POLLIN};
    unsigned char bytes[4096];
    if (poll(&p, 1, ms) <= 0) return true;
    ssize_t n = read(term.fd, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) return true;
    for (ssize_t i = 0; i < n; i++) show(bytes[i]);
    return n > 0;
}

static bool too_late(time_t began)
{
    return time(NULL) - began > PATIENCE_S;
}

static void see(const char *wanted)
{
    time_t began = time(NULL);
    char *found;
    bool open = true;
    while (!(found = strstr(term.text + term.seen, wanted))) {
        if (!open) end_with("it ended without showing ", wanted);
        if (too_late(began)) end_with("it never showed ", wanted);
        open = listen_for(1000);
    }
    term.seen = (size_t)(found - term.text) + strlen(wanted);
}

/* ---- what is done ---------------------------------------------------------------------- */

static void open_command(const char *command)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    if (term.pid > 0) end_with("another command is open still", "");
    memset(&term, 0, sizeof term);
    term.pid = forkpty(&term.fd, NULL, NULL, &size);
    if (term.pid < 0) end_with("there is no terminal to be had: ", strerror(errno));
    if (term.pid > 0) return;
    char line[4096];
    snprintf(line, sizeof line, "exec %s", command);       /* no shell stays between the keys and the command */
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(127);
}

static void type(const char *text)
{
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        unsigned code;
        if (c == '\\' && p[1]) {
            p++;
            c = (unsigned char)(*p == 'n' ? '\n' : *p == 't' ? '\t' : *p == 'e' ? '\033' : *p);
            if (*p == 'x' && sscanf(p + 1, "%2x", &code) == 1) c = (unsigned char)code, p += 2;
        }
        if (write(term.fd, &c, 1) != 1) end_with("nobody reads what is typed: ", text);
    }
}

static void await_exit(int wanted)
{
    time_t began = time(NULL);
    int status, code;
    char found[32];
    while (listen_for(1000))
        if (too_late(began)) end_with("it does not end", "");
    waitpid(term.pid, &status, 0);
    term.pid = 0;
    close(term.fd);
    code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    snprintf(found, sizeof found, "%d", code);
    if (code != wanted) end_with("it ended with exit ", found);
}

static void take(char *line)
{
    char *rest = line + strcspn(line, " ");
    if (*rest) *rest++ = '\0';
    if (*line == '\0' || *line == '#') return;
    if (strcmp(line, "sh") == 0) {
        fflush(stdout);
        if (system(rest) != 0) end_with("this failed: ", rest);
    } else if (strcmp(line, "open") == 0) open_command(rest);
    else if (strcmp(line, "see") == 0) see(rest);
    else if (strcmp(line, "type") == 0) type(rest);
    else if (strcmp(line, "exit") == 0) await_exit(atoi(rest));
    else if (strcmp(line, "never") == 0) {
        if (strstr(term.text, rest)) end_with("it showed ", rest);
    } else end_with("a scene knows no ", line);
}

int main(int argc, char **argv)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!in) {
        fprintf(stderr, "drive: wants a scene\n");
        return 64;
    }
    scene = strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1];
    while ((n = getline(&line, &size, in)) >= 0) {
        while (n && line[n - 1] == '\n') line[--n] = '\0';
        line_number++;
        take(line);
    }
    if (term.pid > 0) end_with("the scene ends before the command", "");
    free(line);
    fclose(in);
    return 0;
}
