/* main.c -- picks the command, and sees to the ends: signals, usage, a closed pipe. */
#include "cli/args.h"
#include "cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void on_signal(int number)
{
    stop_asked = number;
}

static void catch_signals(void)
{
    struct sigaction a = {.sa_handler = on_signal};
    sigaction(SIGTERM, &a, NULL);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGHUP, &a, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);          /* a write beyond a limit is an error with a message, not an end */
}

/* Where a standard descriptor is closed, the first file that is opened would take its place, and be read as input or
 * written over by what is said. What stands there now fails as the closed one does. */
static bool hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) return false;
    }
    return true;
}

static int usage(const char *what)
{
    fprintf(stderr, "ops: %s\n", what);
    return status_exit_code(ST_USAGE);
}

static bool looks_like_program(const char *word)
{
    size_t n = strlen(word);
    return strcmp(word, "-") == 0 || strchr(word, '/') || (n > 4 && strcmp(word + n - 4, ".ops") == 0);
}

static int run(Arena *a, int argc, char **argv)
{
    const Command *c;
    Args args;
    Error err;
    argc--, argv++;
    if (argc == 0) {
        c = command_find("repl");
    } else if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        c = command_find("help"), argc--, argv++;
    } else if (strcmp(argv[0], "--version") == 0) {
        c = command_find("version"), argc--, argv++;
    } else if ((c = command_find(argv[0]))) {
        argc--, argv++;
    } else if (strcmp(argv[0], "-c") == 0) {
        c = command_find("repl");
    } else if (looks_like_program(argv[0])) {
        c = command_find("run");
    } else if (argv[0][0] == '-' && !option_known(argv[0])) {
        return usage(arena_printf(a, "there is no option %s; `ops help` tells what there is", argv[0]));
    } else if (argv[0][0] == '-') {
        return usage(arena_printf(a, "%s comes behind a command: ops COMMAND %s ...; `ops help` lists them", argv[0],
                                  argv[0]));
    } else {
        return usage(command_unknown(a, argv[0]));
    }
    if (args_parse(a, c, argc, argv, &args, &err) != ST_OK) return usage(err.text);
    if (args.given[OPT_HELP]) {
        Buf b = {0};
        help_command(&b, c);
        say(&b);
        buf_free(&b);
        return 0;
    }
    return c->run(&args);
}

int main(int argc, char **argv)
{
    if (!hold_standard_descriptors()) return status_exit_code(ST_IO);
    setlocale(LC_CTYPE, "C.UTF-8");
    catch_signals();
    Arena *a = arena_new();
    int code = run(a, argc, argv);
    arena_free(a);
    while (fflush(stdout) != 0 && errno == EINTR && !stop_asked) clearerr(stdout);
    if (ferror(stdout) && errno != EPIPE) {
        fprintf(stderr, "ops: cannot write to standard output: %s\n", strerror(errno));
        code = status_exit_code(ST_IO);
    }
    return stop_asked ? 128 + stop_asked : code;
}
