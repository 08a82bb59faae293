/* exec.c -- tests of exec.h: what reaches a command, what comes back, and that nothing outlives it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#undef fail /* ours is a function: base/status.h */

#include "runtime/exec.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char folder[] = "/tmp/ops-exec-XXXXXX";
static Exec *x;

static int set_up(void **state)
{
    Error err;
    (void)state;
    return exec_new(&x, &err) == ST_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    exec_free(x);
    x = NULL;
    return 0;
}

/* ---- helpers ------------------------------------------------------------------------- */

static ExecCall call_of(const char *command) { return (ExecCall){.tag = 1, .command = command, .cwd = folder}; }

static ExecResult run_call(const ExecCall *call)
{
    ExecResult r;
    Error err = {0};
    assert_int_equal(exec_run(x, call, &r, &err), ST_OK);
    assert_int_equal(r.tag, call->tag);
    return r;
}

static ExecResult run(const char *command)
{
    ExecCall call = call_of(command);
    return run_call(&call);
}

static void prints(const char *command, const char *wanted)
{
    ExecResult r = run(command);
    assert_true(r.started);
    assert_null(r.problem);
    assert_string_equal(r.out, wanted);
}

static void pause_ms(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

/* Is a process `sleep MARK` alive? Asked of /proc, because nobody else may be trusted here. */
static bool somebody_runs(const char *mark)
{
    char wanted[64], path[300], line[64];
    size_t size = (size_t)snprintf(wanted, sizeof wanted, "sleep%c%s", 0, mark) + 1;
    DIR *all = opendir("/proc");
    bool found = false;
    for (struct dirent *e; !found && (e = readdir(all));) {
        snprintf(path, sizeof path, "/proc/%s/cmdline", e->d_name);
        FILE *f = fopen(path, "re");
        found = f && fread(line, 1, sizeof line, f) == size && memcmp(line, wanted, size) == 0;
        if (f) fclose(f);
    }
    closedir(all);
    return found;
}

static void nobody_runs(const char *mark)
{
    for (int i = 0; i < 100 && somebody_runs(mark); i++) pause_ms(20);
    assert_false(somebody_runs(mark));
}

/* ---- what reaches a command ------------------------------------------------------------ */

static void values_are_arguments_and_never_text(void **state)
{
    (void)state;
    static const char *const nasty[] = {"plain",
                                        "",
                                        " ",
                                        "a b",
                                        "it's",
                                        "say \"hi\"",
                                        "$(touch hacked)",
                                        "`touch hacked`",
                                        "; touch hacked",
                                        "& touch hacked",
                                        "| touch hacked",
                                        "\ntouch hacked\n",
                                        "$HOME",
                                        "${IFS}",
                                        "\\",
                                        "\\\"; touch hacked; \"",
                                        "*",
                                        "?",
                                        "~",
                                        "-n",
                                        "--help",
                                        "-rf /",
                                        "a\tb",
                                        "!!",
                                        "%s%n",
                                        "#no comment",
                                        "'\"'\"'",
                                        "\x01\x02\x7f",
                                        "ü\u2028\U0001f600",
                                        "$1",
                                        "$@",
                                        "$$",
                                        "> hacked",
                                        "a=b"};
    ExecCall call = call_of("printf '%s\\0' \"$@\"");
    call.args = nasty;
    call.args_n = COUNT(nasty);
    ExecResult r = run_call(&call);
    assert_null(r.problem);
    const char *at = r.out;
    for (size_t i = 0; i < COUNT(nasty); at += strlen(at) + 1, i++) {
        assert_true(at < r.out + r.out_n);
        assert_string_equal(at, nasty[i]);
    }
    assert_ptr_equal(at, r.out + r.out_n);
    prints("ls", ""); /* nothing was touched */
}

static void many_and_long_arguments(void **state)
{
    (void)state;
    enum { MANY = 3000, LONG = 100000 };
    static const char *many[MANY];
    static char text[LONG + 1];
    memset(text, 'x', LONG);
    for (int i = 0; i < MANY; i++) many[i] = "v";
    many[MANY - 1] = text;
    ExecCall call = call_of("printf '%s %s' $# ${#3000}");
    call.args = many;
    call.args_n = MANY;
    assert_string_equal(run_call(&call).out, "3000 100000");
}

static void what_is_too_long_for_the_system_is_said(void **state)
{
    (void)state;
    size_t n = 4 << 20;
    char *text = malloc(n + 1);
    memset(text, 'x', n);
    text[n] = '\0';
    const char *one[] = {text};
    ExecCall call = call_of("true");
    call.args = one, call.args_n = 1;
    ExecResult r = run_call(&call);
    assert_false(r.started);
    assert_string_equal(r.problem, "it could not be started: its text or a value is longer than the system "
                                   "allows (128 KB each, 2 MB in all)");
    free(text);
    assert_null(run("true").problem);
}

static void the_environment_is_clean(void **state)
{
    (void)state;
    setenv("SECRET_OF_THE_SHELL", "leaks", 1);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    setenv("PATH", "/nowhere:/usr/bin:/bin", 1);
    setenv("BASH_ENV", "/nowhere", 1);
    ExecCall call = call_of("env | grep -v '^PWD=\\|^_=\\|^SHLVL=\\|^OLDPWD=' | sort");
    const char *env[] = {"OPS_KEY=Take-7-3", "OPS_STEP=with = and \"quotes\""};
    call.env = env, call.env_n = 2;
    ExecResult r = run_call(&call);
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    unsetenv("LC_ALL");
    const char *home = strstr(r.out, "HOME=");
    assert_non_null(home);
    size_t n = strcspn(home, "\n") + 1;
    memmove((char *)(uintptr_t)home, home + n, strlen(home + n) + 1);
    assert_string_equal(r.out, "LANG=C.UTF-8\nOPS_KEY=Take-7-3\nOPS_STEP=with = and "
                               "\"quotes\"\nPATH=/usr/local/bin:/usr/bin:/bin\nSHELL=/bin/sh\n");
}

static void home_is_the_password_files(void **state)
{
    (void)state;
    setenv("HOME", "/nowhere", 1);
    prints("test \"$HOME\" = \"$(getent passwd \"$(id -u)\" | cut -d: -f6)\" && echo yes", "yes\n");
}

static void cwd_umask_input_and_signals_are_the_same_everywhere(void **state)
{
    (void)state;
    char wanted[64];
    umask(0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    Exec *other;
    Error err;
    assert_int_equal(exec_new(&other, &err), ST_OK); /* its helper inherits all of that */
    Exec *kept = x;
    x = other;
    snprintf(wanted, sizeof wanted, "%s\n0077\n", folder);
    prints("pwd; umask", wanted);
    prints("cat; echo end", "end\n");
    /* glibc itself ignores 32 and 33 in what it spawns */
    prints(
        "grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2 | tr 8 0 | sed 's/00000001\\(0*\\)$/00000000\\1/'",
        "0000000000000000\n0000000000000000\n");
    prints("yes | head -n 1", "y\n");
    prints("tty || true", "not a tty\n");
    x = kept;
    exec_free(other);
    sigprocmask(SIG_SETMASK, &before, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
}

static void no_descriptors_are_inherited(void **state)
{
    (void)state;
    int low = open("/etc/passwd", O_RDONLY), high = fcntl(low, F_DUPFD, 700), later;
    Exec *other;
    Error err;
    assert_true(high >= 700);
    assert_int_equal(exec_new(&other, &err), ST_OK);
    later = open("/etc/passwd", O_RDONLY);
    Exec *kept = x;
    x = other;
    prints("exec ls /proc/self/fd", "0\n1\n2\n3\n"); /* 3 is the folder that ls reads */
    x = kept;
    exec_free(other);
    close(low), close(high), close(later);
}

static void a_folder_that_is_gone_is_said(void **state)
{
    (void)state;
    ExecCall call = call_of("true");
    call.cwd = "/nowhere/at/all";
    ExecResult r = run_call(&call);
    assert_false(r.started);
    assert_string_equal(r.problem,
                        "it could not be started: its folder cannot be entered: No such file or directory");
}

/* ---- how it ended ------------------------------------------------------------------------ */

static void endings_are_told_apart(void **state)
{
    (void)state;
    ExecResult r = run("exit 3");
    assert_int_equal(r.exit_code, 3);
    assert_string_equal(r.problem, "exit status 3");
    r = run("kill -SEGV $$");
    assert_int_equal(r.signal, SIGSEGV);
    assert_int_equal(r.exit_code, -1);
    assert_string_equal(r.problem, "it was ended by signal 11 (Segmentation fault)");
    r = run("no-such-command-at-all");
    assert_int_equal(r.exit_code, 127);
    assert_non_null(strstr(r.err, "not found"));
    assert_string_equal(r.problem, "exit status 127");
    r = run("/etc/passwd");
    assert_string_equal(r.problem, "exit status 126");
    r = run("if then");
    assert_int_equal(r.exit_code, 2);
    prints("", "");
    prints("exit 0", "");
}

static void output_is_kept_byte_for_byte(void **state)
{
    (void)state;
    ExecResult r = run("printf 'a\\000b\\377\\033[31m\\r\\n'; printf 'no' >&2");
    assert_int_equal(r.out_n, 11);
    assert_memory_equal(r.out, "a\0b\377\033[31m\r\n", 11);
    assert_string_equal(r.err, "no");
    assert_int_equal(r.out_lost, 0);
}

static void head_and_tail_are_kept_and_the_middle_counted(void **state)
{
    (void)state;
    enum { KEPT = 64 * 1024 };
    ExecResult r = run("seq 1000000; echo end >&2");
    assert_null(r.problem);
    assert_int_equal(r.out_n, 2 * KEPT);
    assert_int_equal(r.out_lost, 6888896 - 2 * KEPT);
    assert_memory_equal(r.out, "1\n2\n3\n", 6);
    assert_memory_equal(r.out + r.out_n - 16, "\n999999\n1000000\n", 16);
    assert_string_equal(r.err, "end\n");
    r = run("head -c 131072 /dev/zero | tr '\\0' x");
    assert_int_equal(r.out_n, 2 * KEPT);
    assert_int_equal(r.out_lost, 0);
    r = run("head -c 131073 /dev/zero | tr '\\0' x");
    assert_int_equal(r.out_lost, 1);
    r = run("head -c 300000000 /dev/zero");
    assert_int_equal(r.out_lost, 300000000 - 2 * KEPT);
}

/* ---- nothing outlives it -------------------------------------------------------------------- */

static void it_is_over_when_it_exits_and_not_when_its_pipe_closes(void **state)
{
    (void)state;
    ExecResult r = run("sleep 4711.1 & echo started");
    assert_string_equal(r.out, "started\n");
    assert_null(r.problem);
    assert_true(r.elapsed < 2 * US_SECOND);
    nobody_runs("4711.1");
    r = run("(trap '' TERM HUP; sleep 4711.2; sleep 4711.2) & echo started");
    assert_string_equal(r.out, "started\n");
    assert_true(r.elapsed < 2 * US_SECOND);
    nobody_runs("4711.2");
}

static void a_timeout_ends_every_descendant(void **state)
{
    (void)state;
    static const char *const hiding[] = {
        "sleep 4712.1",
        "sleep 4712.1 & wait",
        "setsid sleep 4712.1 & sleep 4712.1",
        "setsid setsid sh -c 'setsid sleep 4712.1 & sleep 4712.1' & sleep 4712.1",
        "(setsid sh -c '(sleep 4712.1 &) ; exit' &) ; sleep 4712.1",
        "trap '' TERM INT HUP; sleep 4712.1; sleep 4712.1; sleep 4712.1",
        "nohup sleep 4712.1 >/dev/null 2>&1 & sleep 4712.1",
        "sleep 4712.1 & kill -STOP $!; kill -STOP $$",
        "sleep 4712.1 | cat | cat"};
    for (size_t i = 0; i < COUNT(hiding); i++) {
        ExecCall call = call_of(hiding[i]);
        call.timeout = US_SECOND / 5;
        ExecResult r = run_call(&call);
        assert_true(r.timed_out);
        assert_int_equal(r.exit_code, -1);
        assert_memory_equal(r.problem, "it was ended after ", 19);
        assert_non_null(strstr(r.problem, ": its timeout passed"));
        nobody_runs("4712.1");
    }
}

/* In thousandths this one is 50 more than fit in 32 bits. */
static void a_timeout_may_be_months_away(void **state)
{
    (void)state;
    ExecCall call = call_of("sleep 0.3");
    call.timeout = ((INT64_C(1) << 32) + 50) * 1000;
    ExecResult r = run_call(&call);
    assert_false(r.timed_out);
    assert_int_equal(r.exit_code, 0);
}

static void it_may_clean_up_when_asked_to_end(void **state)
{
    (void)state;
    ExecCall call = call_of("trap 'echo tidied; exit 9' TERM; echo begun; while :; do sleep 0.02; done");
    call.timeout = US_SECOND / 5;
    ExecResult r = run_call(&call);
    assert_true(r.timed_out);
    assert_string_equal(r.out, "begun\ntidied\n");
}

static void killing_one_leaves_the_others(void **state)
{
    (void)state;
    Error err;
    ExecResult r;
    ExecCall one = call_of("setsid sleep 4713.1 & sleep 4713.1"), two = call_of("sleep 1; echo two");
    one.tag = 11, two.tag = 22;
    assert_int_equal(exec_start(x, &one, &err), ST_OK);
    assert_int_equal(exec_start(x, &two, &err), ST_OK);
    pause_ms(100);
    exec_kill(x, 11);
    exec_kill(x, 11); /* twice is once */
    assert_int_equal(exec_next(x, -1, &r, &err), ST_OK);
    assert_int_equal(r.tag, 11);
    assert_true(r.killed);
    assert_string_equal(r.problem, "it was ended because its case was");
    assert_int_equal(exec_next(x, -1, &r, &err), ST_OK);
    assert_int_equal(r.tag, 22);
    assert_string_equal(r.out, "two\n");
    assert_int_equal(exec_next(x, 0, &r, &err), ST_END);
    nobody_runs("4713.1");
}

static void many_run_at_once(void **state)
{
    (void)state;
    enum { MANY = 200 };
    Error err;
    ExecResult r;
    bool seen[MANY] = {false};
    for (int i = 0; i < MANY; i++) {
        char text[80];
        ExecCall call = call_of(text);
        snprintf(text, sizeof text, "sleep 0.1; echo %d", i);
        call.tag = (uint64_t)i;
        assert_int_equal(exec_start(x, &call, &err), ST_OK);
    }
    assert_int_equal(exec_running(x), MANY);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(exec_next(x, -1, &r, &err), ST_OK);
        assert_null(r.problem);
        assert_int_equal(atoi(r.out), (int)r.tag);
        assert_false(seen[r.tag]);
        seen[r.tag] = true;
    }
    assert_int_equal(exec_running(x), 0);
}

static void the_engines_end_ends_all(void **state)
{
    (void)state;
    static const int how[] = {SIGKILL, SIGTERM, 0};
    for (size_t i = 0; i < COUNT(how); i++) {
        pid_t engine = fork();
        if (engine == 0) { /* an engine of its own, as `ops run` is one */
            Exec *mine;
            Error err;
            ExecCall call = call_of("setsid sleep 4714.1 & (trap '' TERM; sleep 4714.1; sleep 4714.1)");
            if (exec_new(&mine, &err) != ST_OK || exec_start(mine, &call, &err) != ST_OK) _exit(1);
            if (how[i]) pause();
            pause_ms(200);
            exec_free(mine);
            _exit(0);
        }
        for (int k = 0; k < 200 && !somebody_runs("4714.1"); k++) pause_ms(10);
        assert_true(how[i] == 0 || somebody_runs("4714.1"));
        if (how[i]) kill(engine, how[i]);
        int status;
        assert_int_equal(waitpid(engine, &status, 0), engine);
        nobody_runs("4714.1");
    }
}

static void a_killed_supervisor_is_no_success(void **state)
{
    (void)state;
    ExecResult r = run("setsid sleep 4715.1 & trap '' TERM; kill -9 $PPID; sleep 4715.1; sleep 4715.1");
    assert_false(somebody_runs("4715.1")); /* the step is over when all of it is, not before */
    assert_string_equal(r.problem, "it was ended by signal 9 (Killed)");
    assert_int_equal(r.exit_code, -1);
    assert_null(run("true").problem);
}

static void a_stopped_supervisor_goes_on(void **state)
{
    (void)state;
    ExecCall call = call_of("kill -STOP $PPID; sleep 4715.2");
    call.timeout = US_SECOND / 2;
    assert_true(run_call(&call).timed_out);
    nobody_runs("4715.2");
}

/* How many processes have this in their environment, which all below a command inherit. */
static int count_of(const char *mark)
{
    static char bytes[1 << 16];
    DIR *all = opendir("/proc");
    int n = 0;
    for (struct dirent *e; (e = readdir(all));) {
        char path[300];
        snprintf(path, sizeof path, "/proc/%s/environ", e->d_name);
        FILE *f = fopen(path, "re");
        size_t got = f ? fread(bytes, 1, sizeof bytes, f) : 0;
        if (f) fclose(f);
        n += got && memmem(bytes, got, mark, strlen(mark));
    }
    closedir(all);
    return n;
}

/* Every other one is killed, the rest have a timeout; many at once. $OPS_WHOLE: 1,000 of them. */
static void timeouts_and_kills_leave_nobody(void **state)
{
    (void)state;
    enum { AT_ONCE = 50 };
    static const char *const nasty[] = {
        "(setsid sh -c '(trap \"\" TERM HUP INT; sleep 900; sleep 900) >/dev/null 2>&1 &' &); sleep 900",
        "trap '' TERM INT HUP; while :; do sleep 900; done",
        "setsid sh -c 'trap \"\" TERM; while :; do sleep 900; done' & exec sleep 900",
        "sleep 900 | cat | (trap '' TERM; cat)",
        "(sleep 900 &) ; (setsid nohup sleep 900 >/dev/null 2>&1 &) ; while :; do sleep 0.01; done",
        "sh -c 'kill -STOP $$' & kill -STOP $$",
        "f() { setsid sh -c 'sleep 900 & sleep 0.01' & sleep 0.01; [ $1 = 0 ] || f $(($1 - 1)); }; f 9; sleep 900",
        "setsid sleep 900 & (trap '' TERM; sleep 900) & kill -9 $PPID; sleep 900",
        "kill -STOP $PPID; setsid sleep 900 & sleep 900",
        "trap 'setsid sleep 900 & sleep 900' TERM; sleep 900 & wait"};
    static const char *const env[] = {"OPS_KEY=nobody-is-left-4716"};
    int rounds = getenv("OPS_WHOLE") ? 1000 / AT_ONCE : 1;
    Error err;
    ExecResult r;
    signal(SIGPIPE, SIG_IGN);              /* as ops does: who is killed may be gone already */
    for (int round = 0; round < rounds; round++) {
        for (uint64_t i = 0; i < AT_ONCE; i++) {
            ExecCall call = call_of(nasty[(i / 2) % COUNT(nasty)]);
            call.tag = i, call.env = env, call.env_n = 1;
            call.timeout = i % 2 ? US_SECOND / 2 + (int64_t)i * 7000 : 0;
            assert_int_equal(exec_start(x, &call, &err), ST_OK);
        }
        for (int k = 0; k < 500 && count_of(env[0]) < AT_ONCE / 2; k++) pause_ms(10);
        assert_true(count_of(env[0]) >= AT_ONCE / 2);
        pause_ms(200);
        for (uint64_t i = 0; i < AT_ONCE; i += 2) exec_kill(x, i);
        for (int i = 0; i < AT_ONCE; i++) {
            assert_int_equal(exec_next(x, -1, &r, &err), ST_OK);
            assert_true(r.timed_out || r.killed || r.signal == SIGKILL);
        }
        assert_int_equal(count_of(env[0]), 0);
    }
    signal(SIGPIPE, SIG_DFL);
}

/* ---- who runs it ------------------------------------------------------------------------------- */

static void a_process_is_known_by_more_than_its_number(void **state)
{
    (void)state;
    int64_t pid;
    uint64_t start;
    char boot[40];
    int told[2];
    assert_int_equal(pipe(told), 0);
    exec_self(&pid, &start, boot);
    assert_int_equal(pid, getpid());
    assert_true(exec_alive(pid, start, boot));
    assert_false(exec_alive(pid, start + 1, boot));
    assert_false(exec_alive(pid, start, "another boot"));
    pid_t child = fork();
    if (child == 0) {
        uint64_t own;
        exec_self(&pid, &own, boot);
        _exit(write(told[1], &own, sizeof own) == sizeof own ? 0 : 1);
    }
    assert_int_equal(read(told[0], &start, sizeof start), sizeof start);
    siginfo_t ended;
    assert_int_equal(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
    assert_false(exec_alive(child, start, boot));           /* it is dead, though nobody has waited for it */
    waitpid(child, NULL, 0);
    assert_false(exec_alive(child, start, boot));
    close(told[0]), close(told[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_are_arguments_and_never_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_and_long_arguments, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_too_long_for_the_system_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_environment_is_clean, set_up, tear_down),
        cmocka_unit_test_setup_teardown(home_is_the_password_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cwd_umask_input_and_signals_are_the_same_everywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_descriptors_are_inherited, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_is_gone_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(endings_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(output_is_kept_byte_for_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(head_and_tail_are_kept_and_the_middle_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_over_when_it_exits_and_not_when_its_pipe_closes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timeout_ends_every_descendant, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_timeout_may_be_months_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_may_clean_up_when_asked_to_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killing_one_leaves_the_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_run_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_engines_end_ends_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_killed_supervisor_is_no_success, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stopped_supervisor_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(timeouts_and_kills_leave_nobody, set_up, tear_down),
        cmocka_unit_test(a_process_is_known_by_more_than_its_number),
    };
    if (!mkdtemp(folder)) return 1;
    int failed = cmocka_run_group_tests_name("exec", tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
