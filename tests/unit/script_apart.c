/* script_apart.c -- tests of Lua's own process: it holds nothing, its end is a block's failure and no more, and
 * whatever comes from it is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#undef fail /* ours is a function: base/status.h */

#include "runtime/script.h"
#include "runtime/script_pack.h"
#include "tests/chance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const choices[] = {"web", "ad"};
static const char *const part_fields[] = {"name", "parts"};
static const Shape part_shape = {"Part", part_fields, 2};
static const IrField fields[] = {{.name = "name", .type = 1, .initial = CODE_NONE},
                                 {.name = "parts", .type = 3, .initial = CODE_NONE}};
static const IrType types[] = {{.kind = TYPE_NUMBER},
                               {.kind = TYPE_TEXT},
                               {.kind = TYPE_RECORD, .name = "Part", .fields_n = 2, .shape = &part_shape},
                               {.kind = TYPE_LIST, .of = 2},                         /* of the record that holds it */
                               {.kind = TYPE_CHOICE, .choices = choices, .choices_n = 2, .optional = true},
                               {.kind = TYPE_DURATION, .optional = true}};
static const IrUnit unit = {.types = types, .types_n = 6, .fields = fields, .fields_n = 2};
static const char *const gives[] = {"a", "b"};

static Arena *arena;
static Script *script;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return script_apart(&script, NULL) == ST_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    script_free(script);
    arena_free(arena);
    return 0;
}

static ScriptAnswer *answers;          /* what a block asks; NULL: nobody does */
static int asked;                      /* so often */
enum { ENOUGH = 10 * US_SECOND, SHORT = US_SECOND / 2 };
static int64_t time_of_it = ENOUGH;    /* SHORT where it is to run out, and nowhere else: others may need the cores */

static ScriptCall last;                /* call of run */

static Status run(const char *text, ScriptResult *out, Error *err)
{
    static IrLua block;
    static ScriptVar var;
    block = (IrLua){.text = text, .place = {.file = "shop.ops", .line = 7}};
    var = (ScriptVar){"n", &types[0], value_integer(3)};
    last = (ScriptCall){.unit = &unit, .block = &block, .vars = &var, .vars_n = 1, .gives = gives, .gives_n = 2,
                        .limits.micros = time_of_it, .answer = answers};
    *err = (Error){0};
    return script_run(script, &last, arena, out, err);
}

static void gives_number(const char *text, int64_t n)
{
    ScriptResult r;
    Error err;
    if (run(text, &r, &err) != ST_OK) print_error("%s\n    %s\n", text, err.text), assert_true(false);
    assert_int_equal(r.values_n, 1);
    assert_int_equal(r.values[0].value.i, n * DECIMAL_ONE);
}

/* ---- its end ----------------------------------------------------------------------------- */

/* The first process below this one that is called so; 0: there is none. */
static pid_t process_named(const char *wanted)
{
    pid_t found = 0;
    DIR *all = opendir("/proc");
    for (struct dirent *e; all && (e = readdir(all)) && !found;) {
        char path[300], line[300] = "", name[64] = "";
        int pid, parent;
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        FILE *f = fopen(path, "re");
        if (f && fgets(line, sizeof line, f) && sscanf(line, "%d (%63[^)]) %*c %d", &pid, name, &parent) == 3 &&
            strcmp(name, wanted) == 0) {
            for (pid_t above = parent; above > 1 && !found;) {
                if (above == getpid()) found = pid;
                FILE *g = NULL;
                snprintf(path, sizeof path, "/proc/%d/stat", (int)above);
                if (!(g = fopen(path, "re")) || fscanf(g, "%*d (%*[^)]) %*c %d", &above) != 1) above = 0;
                if (g) fclose(g);
            }
        }
        if (f) fclose(f);
    }
    if (all) closedir(all);
    return found;
}

static void a_worker_that_is_gone_is_replaced(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    gives_number("return n", 3);
    for (int i = 0; i < 5; i++) {
        pid_t worker = process_named("ops-lua");
        assert_true(worker > 0);
        kill(worker, SIGKILL);
        assert_int_equal(run("return 1", &r, &err), ST_UNAVAILABLE);
        assert_string_equal(err.text, "the process that ran it was ended by signal 9 (Killed)");
        gives_number("return 2", 2);
    }
}

/* Killed at any moment of a call: it fails, or it had answered; the next one is as good as ever. */
static void its_death_at_any_moment(void **state)
{
    (void)state;
    int ended = 0;
    for (int i = 0; i < 60; i++) {
        gives_number("return 4", 4);
        pid_t worker = process_named("ops-lua"), killer = fork();
        if (killer == 0) {
            usleep((useconds_t)(i * 150));
            kill(worker, SIGKILL);
            _exit(0);
        }
        ScriptResult r;
        Error err;
        Status st = run("local t = {} for i = 1, 200000 do t[i % 100 + 1] = i .. '' end return 5", &r, &err);
        assert_true(st == ST_OK || st == ST_UNAVAILABLE);
        if (st == ST_OK) assert_int_equal(r.values[0].value.i, 5 * DECIMAL_ONE);
        ended += st != ST_OK;
        waitpid(killer, NULL, 0);
        if (st == ST_OK) assert_int_equal(run("return 5", &r, &err), ST_UNAVAILABLE);  /* it was ended behind that */
    }
    assert_true(ended > 0);
    gives_number("return 6", 6);
}

static void a_keeper_that_is_gone_is_told(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    gives_number("return n", 3);
    kill(process_named("ops-lua-keeper"), SIGKILL);
    while (run("return 1", &r, &err) == ST_OK) usleep(1000);   /* the worker goes with it */
    assert_int_equal(run("return 1", &r, &err), ST_UNAVAILABLE);
    assert_non_null(strstr(err.text, "the one that was to start it is gone"));
}

static void a_worker_that_does_not_answer_is_ended(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    gives_number("return n", 3);
    pid_t worker = process_named("ops-lua");
    kill(worker, SIGSTOP);
    time_of_it = SHORT;
    assert_int_equal(run("return 1", &r, &err), ST_FAILED);
    time_of_it = ENOUGH;
    assert_string_equal(err.text, "it ran for longer than 500 ms");
    assert_int_equal(kill(worker, 0), -1);
    gives_number("return 2", 2);
}

/* ---- many at once -------------------------------------------------------------------------------- */

enum { MANY = 100 };
static ScriptJob jobs[MANY];

/* Of how many something came, and it is what it should be: each times its n. */
static int judge(int64_t each)
{
    int done = 0;
    for (int i = 0; i < MANY; i++) {
        if (!jobs[i].done) continue;
        done++;
        if (jobs[i].status == ST_OK) assert_int_equal(jobs[i].result.values[0].value.i, each * (i + 1) * DECIMAL_ONE);
        else assert_string_equal(jobs[i].why.text, "no");
    }
    return done;
}

/* Job i has i + 1 as its n; each third has the second text. */
static int run_at_once(Script *s, const char *text, const char *third, int64_t each)
{
    static IrLua blocks[2];
    static ScriptVar vars[MANY];
    for (int i = 0; i < MANY; i++) {
        blocks[i % 3 == 2] = (IrLua){.text = i % 3 == 2 ? third : text, .place = {.file = "shop.ops", .line = 7}};
        vars[i] = (ScriptVar){"n", &types[0], value_integer(i + 1)};
        jobs[i] = (ScriptJob){.call = {.unit = &unit, .block = &blocks[i % 3 == 2], .vars = &vars[i], .vars_n = 1,
                                       .gives = gives, .gives_n = 2, .limits.micros = ENOUGH}};
    }
    script_run_many(s, jobs, MANY, arena);
    return judge(each);
}

/* The first always runs, however busy the machine is: so they come to their end in the end. */
static void run_left(Script *s)
{
    for (int i = 0; i < MANY; i++)
        if (!jobs[i].done) script_run_many(s, &jobs[i], 1, arena);
}

static int run_many(Script *s, const char *text, const char *third, int64_t each)
{
    run_at_once(s, text, third, each);
    run_left(s);
    return judge(each);
}

static void many_run_at_once(void **state)
{
    (void)state;
    Script *near = script_new();
    for (int apart = 0; apart < 2; apart++) {
        Script *s = apart ? script : near;
        assert_int_equal(run_many(s, "return 2 * n", "fail 'no'", 2), MANY);
        for (int i = 0; i < MANY; i++) assert_int_equal(jobs[i].status, i % 3 == 2 ? ST_FAILED : ST_OK);
        assert_int_equal(run_many(s, "n = 3 * n", "return 3 * n", 3), MANY);
        assert_string_equal(jobs[0].result.values[0].name, "n");
        assert_int_equal(run_many(s, "print(n) return n", "pcall(query.metric, 1) return 1", 1), 67);
        assert_string_equal(jobs[9].result.printed, "10\n");
        for (int i = 0; i < MANY; i++) assert_int_equal(jobs[i].done, i % 3 != 2);
    }
    script_free(near);
    assert_int_equal(process_named("ops-lua") > 0, 1);
    gives_number("return 4", 4);
}

/* Those that are left are for whoever asked; the first always runs, however long it takes. */
static void many_are_a_few_where_they_take_long(void **state)
{
    (void)state;
    int done = run_at_once(script, "for i = 1, 1000000 do end return n", "for i = 1, 1000000 do end return n", 1);
    assert_in_range(done, 1, MANY - 1);
    for (int i = 0; i < MANY; i++) assert_int_equal(jobs[i].done, i < done);
    done = run_at_once(script, "print(('x'):rep(60000)) return n", "print(('x'):rep(60000)) return n", 1);
    assert_in_range(done, 1, 20);
    assert_int_equal(run_many(script, "return n", "return n", 1), MANY);
}

static void many_messages_for_what_is_large(void **state)
{
    (void)state;
    static char text[3][200000];
    for (int i = 0; i < 3; i++) {
        memset(text[i], ' ', sizeof text[i] - 1);
        memcpy(text[i], "return n --", 11);
        text[i][20] = (char)('a' + i);
        assert_int_equal(run_many(script, text[i], text[0], 1), MANY);
    }
    for (int i = 0; i < MANY; i++) {               /* each with 100 kB of its own */
        static IrLua block = {.text = "return #name"};
        ScriptVar *var = ARENA_NEW(arena, ScriptVar);
        char *long_text = arena_alloc(arena, 100001);
        memset(long_text, 'x', 100000);
        long_text[100000] = 0;
        *var = (ScriptVar){"name", &types[1], value_text(long_text)};
        jobs[i] = (ScriptJob){.call = {.unit = &unit, .block = &block, .vars = var, .vars_n = 1, .gives = gives,
                                       .gives_n = 2, .limits.micros = ENOUGH}};
    }
    script_run_many(script, jobs, MANY, arena);
    run_left(script);
    for (int i = 0; i < MANY; i++) assert_int_equal(jobs[i].result.values[0].value.i, (int64_t)100000 * DECIMAL_ONE);
}

/* Ended at any moment: of each there is what it should come to, or nothing. */
static void an_end_among_many(void **state)
{
    (void)state;
    int none = 0, all = 0;
    for (int i = 0; i < 60; i++) {
        assert_int_equal(run_many(script, "return n", "return n", 1), MANY);
        pid_t worker = process_named("ops-lua"), killer = fork();
        if (killer == 0) {
            usleep((useconds_t)(i * i * 30));
            kill(worker, SIGKILL);
            _exit(0);
        }
        const char *text = "for i = 1, 300 do local x = i .. '' end return 5 * n";
        int done = run_at_once(script, text, text, 5);
        none += done == 0, all += done > 0;
        waitpid(killer, NULL, 0);
        if (done) run_at_once(script, text, text, 5);      /* it was ended behind that */
    }
    assert_true(none > 0);
    assert_true(all > 0);
    kill(process_named("ops-lua-keeper"), SIGKILL);
    while (run_at_once(script, "return n", "return n", 1)) usleep(1000);      /* the worker goes with it */
}

/* ---- what it asks for ---------------------------------------------------------------------------- */

/* The first argument comes back with how many there were; none is refused. */
static Status gives_back(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err)
{
    (void)self;
    asked++;
    if (q->args_n == 0) return fail(err, ST_FAILED, "%s: what is meant?", q->what);
    Value *both = ARENA_ARRAY(a, Value, 2);
    both[0] = value_copy(a, &q->args[0]);
    both[1] = value_integer(q->args_n);
    *out = value_list(both, 2);
    return ST_OK;
}

static Status kills(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err)
{
    kill(process_named("ops-lua"), SIGKILL);
    return gives_back(self, q, a, out, err);
}

static Status takes_long(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err)
{
    assert_true(q->micros > 0 && q->micros <= US_SECOND / 2);
    usleep((useconds_t)q->micros + 50000);
    return gives_back(self, q, a, out, err);
}

static void questions_are_answered(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    answers = gives_back, asked = 0;
    gives_number("local a = query.metric('x', 2) return a[1] == 'x' and a[2]", 2);
    gives_number("local a = query.cases{a = {1, {b = 'y'}}, c = 2.5} local t = a[1]\n"
                 "return t.a[2].b == 'y' and t.c + 0.5 == 3 and #t.a", 2);
    gives_number("for i = 1, 500 do assert(query.metric(i)[1] == i) end return 7", 7);
    gives_number("local big = ('x'):rep(1 << 20)\n"
                 "for i = 1, 20 do assert(#query.metric(big)[1] == 1 << 20) end return 8", 8);
    assert_int_equal(asked, 522);
    assert_int_equal(run("\nquery.metric()", &r, &err), ST_FAILED);
    assert_string_equal(err.text, "shop.ops:8: query.metric: what is meant?");
    gives_number("local ok, why = pcall(query.metric) return why:find('meant') and 9", 9);
    assert_int_equal(run("query.metric(1, 2, 3, 4, 5)", &r, &err), ST_FAILED);
    assert_int_equal(run("query.metric('a\\0')", &r, &err), ST_FAILED);
    assert_int_equal(run("query.metric(print)", &r, &err), ST_FAILED);
    assert_int_equal(asked, 524);
    assert_int_equal(run("local big = ('x'):rep(15 << 20) while true do query.metric(big) end", &r, &err), ST_FAILED);
    assert_non_null(strstr(err.text, "what leaves the block is larger than 64 MB"));
    time_of_it = SHORT;
    assert_int_equal(run("while true do query.metric(1) end", &r, &err), ST_FAILED);
    assert_non_null(strstr(err.text, "it ran for longer than 500 ms"));
    assert_int_equal(run("while true do pcall(query.metric) end", &r, &err), ST_FAILED);
    assert_non_null(strstr(err.text, "it ran for longer than 500 ms"));
    answers = NULL, time_of_it = ENOUGH;
    assert_int_equal(run("query.metric('x')", &r, &err), ST_FAILED);
    assert_string_equal(err.text, "shop.ops:7: query.metric: nobody answers that here");
    gives_number("return 10", 10);
}

static void an_end_while_it_asks(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    answers = kills;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(run("return query.metric('x')[2]", &r, &err), ST_UNAVAILABLE);
        assert_string_equal(err.text, "the process that ran it was ended by signal 9 (Killed)");
    }
    answers = takes_long, time_of_it = SHORT;
    assert_int_equal(run("pcall(query.metric, 'x') return 1", &r, &err), ST_FAILED);
    assert_non_null(strstr(err.text, "it ran for longer than 500 ms"));
    answers = NULL, time_of_it = ENOUGH;
    gives_number("return 2", 2);
}

static Status says_later(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err)
{
    (void)self, (void)a, (void)out, (void)err;
    asked++;
    assert_string_equal(q->what, "query.metric");
    return ST_LATER;
}

/* A block waits in its process; another one runs others meanwhile. */
static void an_answer_may_come_later(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    Value answer = value_integer(4);
    Script *first = script, *beside = script_beside(first);
    answers = says_later, asked = 0;
    assert_int_equal(run("local a, b = query.metric('x') + n, query.metric('y') return a + b", &r, &err), ST_LATER);
    assert_int_equal(r.values_n, 0);
    const ScriptCall waits = last;
    script = beside, answers = NULL;
    for (int i = 0; i < 20; i++) gives_number("return n", 3);
    assert_int_equal(script_go_on(first, &waits, NULL, &answer, 0, arena, &r, &err), ST_LATER);
    gives_number("return n + 1", 4);
    assert_int_equal(script_go_on(first, &waits, NULL, &answer, 0, arena, &r, &err), ST_OK);
    assert_int_equal(r.values[0].value.i, 11 * DECIMAL_ONE);
    assert_int_equal(asked, 2);
    script = first, answers = says_later;
    assert_int_equal(run("\nquery.metric('x')", &r, &err), ST_LATER);
    assert_int_equal(script_go_on(first, &last, "there is none", NULL, 0, arena, &r, &err), ST_FAILED);
    assert_string_equal(err.text, "shop.ops:8: there is none");
    script_free(beside);
    answers = NULL;
    gives_number("return n", 3);
}

/* As long as the answer lay about it is none of the block's time; as long as it took it is. */
static void waiting_is_of_its_time(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    Value answer = value_integer(4);
    answers = says_later, time_of_it = SHORT;
    for (int late = 0; late < 2; late++) {
        assert_int_equal(run("return query.metric('x')", &r, &err), ST_LATER);
        usleep(SHORT + 50000);
        Status st = script_go_on(script, &last, NULL, &answer, late * ENOUGH, arena, &r, &err);
        assert_int_equal(st, late ? ST_OK : ST_FAILED);
        if (!late) assert_non_null(strstr(err.text, "it ran for longer than 500 ms"));
    }
    answers = NULL, time_of_it = ENOUGH;
}

static void who_waits_may_be_ended(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    Value answer = value_integer(4);
    for (int i = 0; i < 3; i++) {
        answers = says_later;
        assert_int_equal(run("return query.metric('x')", &r, &err), ST_LATER);
        kill(process_named("ops-lua"), SIGKILL);
        assert_int_equal(script_go_on(script, &last, NULL, &answer, 0, arena, &r, &err), ST_UNAVAILABLE);
        assert_string_equal(err.text, "the process that ran it was ended by signal 9 (Killed)");
        assert_int_equal(run("return query.metric('x')", &r, &err), ST_LATER);
        pid_t worker = process_named("ops-lua");
        script_give_up(script);
        assert_int_equal(kill(worker, 0), -1);
        answers = NULL;
        gives_number("return 2", 2);
    }
}

/* ---- what it holds -------------------------------------------------------------------------------- */

static void it_holds_nothing_of_ours(void **state)
{
    (void)state;
    int fd = open("/etc/passwd", O_RDONLY);                /* not even close-on-exec */
    assert_true(fd >= 0);
    script_free(script);
    assert_int_equal(script_apart(&script, NULL), ST_OK);
    gives_number("return n", 3);
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)process_named("ops-lua"));
    DIR *open_files = opendir(path);
    if (open_files) {                                      /* only root may look at what is not dumpable */
        int n = 0;
        for (struct dirent *e; (e = readdir(open_files));) {
            char to[300] = "", name[600];
            if (e->d_name[0] == '.') continue;
            snprintf(name, sizeof name, "%s/%s", path, e->d_name);
            ssize_t length = readlink(name, to, sizeof to - 1);
            to[length > 0 ? length : 0] = '\0';
            bool tells = false;            /* a sanitizer, what it finds */
#ifdef __SANITIZE_ADDRESS__
            tells = strcmp(e->d_name, "2") == 0;
#endif
            assert_true(tells || strcmp(to, "/dev/null") == 0 || strncmp(to, "socket:", 7) == 0);
            n++;
        }
        assert_int_equal(n, 4);
        closedir(open_files);
    }
    close(fd);
}

/* A line "Name: 3" of what the kernel tells of Lua's process. */
static int status_of(const char *name)
{
    char path[100], line[200];
    int value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)process_named("ops-lua"));
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            value = atoi(line + strlen(name) + 1);
    if (f) fclose(f);
    return value;
}

static void the_kernel_holds_it(void **state)
{
    (void)state;
    gives_number("return n", 3);
    assert_int_equal(status_of("NoNewPrivs"), 1);
    if (script_unfiltered(script)) skip();                 /* a container that forbids it */
    assert_int_equal(status_of("Seccomp"), 2);
}

/* What some containers do: from here on no process sets a filter. */
static bool forbid_filters(void)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    const struct sock_fprog program = {sizeof steps / sizeof *steps, steps};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

/* It runs all the same, says so, and has nothing that it could open. */
static void without_the_kernels_filter_limits_hold_it(void **state)
{
    (void)state;
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        ScriptResult r;
        Error err;
        Script *s = NULL;
        if (!forbid_filters()) _exit(77);
        if (script_apart(&s, &err) != ST_OK) _exit(1);
        script = s;
        if (run("return n", &r, &err) != ST_OK || r.values_n != 1) _exit(2);
        if (script_unfiltered(s) != EPERM) _exit(3);
        char path[100], line[200];
        snprintf(path, sizeof path, "/proc/%d/limits", (int)process_named("ops-lua"));
        FILE *f = fopen(path, "re");
        int files = -1;
        while (f && fgets(line, sizeof line, f)) sscanf(line, "Max open files %d", &files);
        _exit(files == 0 ? 0 : 4);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- what comes from it ------------------------------------------------------------------------------ */

static PackedText a_text(void *self, const IrLua *text)
{
    (void)self, (void)text;
    return (PackedText){0};
}

static bool never_sent(void *self, const char *bytes, size_t n)
{
    (void)self, (void)bytes, (void)n;
    return false;
}

static const IrProgram *some_calendars(void *self, const char *bytes, size_t n)
{
    (void)self;
    return bytes ? calendars_unpack(arena, bytes, n) : NULL;
}

static const IrLua *same_text(void *self, uint32_t id, const IrLua *told)
{
    (void)self, (void)id;
    return told;
}

static Value some_value(Chance *c, int depth)
{
    static const char *const words[] = {"", "a", "Zoë", "web"};
    Record *r;
    Value *items;
    uint32_t n = chance(c, 4);
    switch (chance(c, depth > 3 ? 10 : 12)) {
    case 0: return VALUE_NONE;
    case 1: return value_boolean(n & 1);
    case 2: return value_number((int64_t)chance(c, UINT64_MAX));
    case 3: return value_percent((int64_t)chance(c, UINT64_MAX) >> 20);
    case 4: return value_money((int64_t)chance(c, UINT64_MAX) >> 10, n ? currency_pack("EUR") : 0);
    case 5: return value_date((int64_t)n * 10000);
    case 6: return value_time((int64_t)n * US_HOUR);
    case 7: return value_datetime((int64_t)chance(c, UINT64_MAX) >> 12);
    case 8: {
        Business *b = ARENA_NEW(arena, Business);
        *b = (Business){n, "Office"};
        Value v = value_duration(n);
        if (n < 2) return v;
        v.aux = n == 2 ? DUR_BUSINESS_TIME : DUR_BUSINESS_DAYS;
        v.business = b;
        return v;
    }
    case 9: return value_text(words[n]);
    case 10:
        items = ARENA_ARRAY(arena, Value, n);
        for (uint32_t i = 0; i < n; i++) items[i] = some_value(c, depth + 1);
        return value_list(items, n);
    default:
        r = record_new(arena, &part_shape);
        for (uint32_t i = 0; i < 2; i++) r->fields[i] = some_value(c, depth + 1);
        return value_record(r);
    }
}

static const PackPeer to = {a_text, never_sent, NULL};
static const UnpackPeer from = {same_text, some_calendars, NULL};

/* All goes over and is there again; of bytes that are cut or changed nothing worse comes than a no. */
static void bytes_there_and_back(void **state)
{
    (void)state;
    Chance c = {.state = 7};
    static const OpenSpan open[] = {{0x1f, 480, 1020}};
    static const int64_t holidays[] = {20000, 20001};
    const Calendar office = {"Office", zone_find("Europe/Vienna", NULL), open, 1, NULL, 0, holidays, 2};
    const IrProgram program = {.calendars = &office, .calendars_n = 1};
    const IrLua block = {.text = "return time.now()", .place = {.file = "a.ops", .line = 3}};
    for (int i = 0; i < 400; i++) {
        arena_reset(arena);
        ScriptVar vars[] = {{"n", &types[0], some_value(&c, 0)}, {"p", &types[3], some_value(&c, 0)},
                            {"c", &types[4], {.type = CASE_UNSET}}, {"d", &types[5], some_value(&c, 0)}};
        const ScriptCall call = {.unit = &unit, .block = &block, .prelude = &block, .prelude_n = 1, .vars = vars,
                                 .vars_n = 4, .gives = gives, .gives_n = 2, .now = 5, .seed = 6,
                                 .program = &program, .calendar = "Office"};
        const Datum values[] = {{"b", some_value(&c, 0)}, {"p", some_value(&c, 0)}};
        const ScriptReply reply = {.printed = "x", .values = values, .values_n = 2};
        Buf there = {0}, back = {0};
        ScriptCall read;
        ScriptReply came;
        ScriptKind kind;
        script_pack_call(&there, arena, SCRIPT_RUN, &call, &to);
        assert_true(script_unpack_call(arena, there.p, there.n, &kind, &read, &from));
        assert_int_equal(read.vars_n, 4);
        assert_string_equal(read.calendar, "Office");
        assert_int_equal(read.program->calendars_n, 1);
        assert_ptr_equal(read.program->calendars[0].zone, office.zone);
        assert_int_equal(calendar_days_between(read.program->calendars, 19990, 20010),
                         calendar_days_between(&office, 19990, 20010));
        for (uint32_t k = 0; k < 4; k++) {
            assert_string_equal(read.vars[k].name, vars[k].name);
            assert_int_equal(read.vars[k].type->kind, vars[k].type->kind);
            if (vars[k].value.type != CASE_UNSET) assert_int_equal(value_order(&read.vars[k].value, &vars[k].value), 0);
        }
        assert_int_equal(read.unit->types[read.vars[1].type->of].kind, TYPE_RECORD);
        script_pack_reply(&back, &call, &reply);
        assert_true(script_unpack_reply(arena, back.p, back.n, &call, &came));
        assert_ptr_equal(came.values[0].name, gives[1]);
        assert_ptr_equal(came.values[1].name, vars[1].name);
        assert_int_equal(value_order(&came.values[1].value, &values[1].value), 0);
        for (size_t n = 0; n < back.n; n++) {
            char *cut = arena_dup_n(arena, back.p, n);     /* a place of its own, so that a sanitizer sees its end */
            assert_false(script_unpack_reply(arena, cut, n, &call, &came));
            cut = arena_dup_n(arena, back.p, back.n);
            cut[n] = (char)chance(&c, 256);
            if (script_unpack_reply(arena, cut, back.n, &call, &came))
                for (uint32_t k = 0; k < came.values_n; k++) {
                    Buf shown = {0};
                    value_print(&shown, &came.values[k].value, STYLE_HUMAN, NULL);
                    buf_free(&shown);
                }
        }
        for (size_t n = 0; n < there.n; n += 3) {
            char *cut = arena_dup_n(arena, there.p, there.n);
            cut[n] = (char)chance(&c, 256);
            if (script_unpack_call(arena, cut, there.n, &kind, &read, &from)) continue;
        }
        buf_free(&there);
        buf_free(&back);
    }
}

static void questions_there_and_back(void **state)
{
    (void)state;
    Chance c = {.state = 9};
    for (int i = 0; i < 300; i++) {
        arena_reset(arena);
        const Value args[] = {some_value(&c, 0), some_value(&c, 0)};
        const ScriptQuestion q = {.what = "query.cases", .args = args, .args_n = 2};
        ScriptQuestion read;
        Value value;
        const char *why;
        int64_t late = 0;
        Buf question = {0}, yes = {0}, no = {0};
        script_pack_question(&question, &q);
        script_pack_answer(&yes, NULL, &args[0], 7);
        script_pack_answer(&no, "not so", NULL, 0);
        assert_int_equal(script_kind(question.p, question.n), SCRIPT_QUESTION);
        assert_true(script_unpack_question(arena, question.p, question.n, &read));
        assert_string_equal(read.what, "query.cases");
        assert_int_equal(value_order(&read.args[1], &args[1]), 0);
        assert_true(script_unpack_answer(arena, yes.p, yes.n, &why, &value, &late) && !why);
        assert_int_equal(late, 7);
        assert_int_equal(value_order(&value, &args[0]), 0);
        assert_true(script_unpack_answer(arena, no.p, no.n, &why, &value, &late));
        assert_string_equal(why, "not so");
        for (size_t n = 0; n < question.n; n++) {
            char *cut = arena_dup_n(arena, question.p, n);
            assert_false(script_unpack_question(arena, cut, n, &read));
            cut = arena_dup_n(arena, question.p, question.n);
            cut[n] = (char)chance(&c, 256);
            if (!script_unpack_question(arena, cut, question.n, &read)) continue;
            Buf shown = {0};
            for (uint32_t k = 0; k < read.args_n; k++) value_print(&shown, &read.args[k], STYLE_HUMAN, NULL);
            buf_free(&shown);
        }
        for (size_t n = 0; n < yes.n; n++) {
            char *cut = arena_dup_n(arena, yes.p, n);
            assert_false(script_unpack_answer(arena, cut, n, &why, &value, &late));
        }
        buf_free(&question);
        buf_free(&yes);
        buf_free(&no);
    }
}

static void many_cases_need_no_more_memory(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char text[200];
        snprintf(text, sizeof text, "local t = {} for i = 1, 2000 do t[i] = {i, '%d'} end return #t", i % 50);
        gives_number(text, 2000);
    }
#ifndef __SANITIZE_ADDRESS__
    char path[100];
    unsigned long size, resident = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)process_named("ops-lua"));
    FILE *f = fopen(path, "re");
    assert_int_equal(f ? fscanf(f, "%lu %lu", &size, &resident) : 0, 2);
    fclose(f);
    assert_in_range(resident * (unsigned long)sysconf(_SC_PAGESIZE), 1, 50 << 20);
#endif
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {TEST(a_worker_that_is_gone_is_replaced),
                                       TEST(its_death_at_any_moment),
                                       TEST(a_keeper_that_is_gone_is_told),
                                       TEST(a_worker_that_does_not_answer_is_ended),
                                       TEST(many_run_at_once),
                                       TEST(many_are_a_few_where_they_take_long),
                                       TEST(many_messages_for_what_is_large),
                                       TEST(an_end_among_many),
                                       TEST(questions_are_answered),
                                       TEST(an_end_while_it_asks),
                                       TEST(an_answer_may_come_later),
                                       TEST(waiting_is_of_its_time),
                                       TEST(who_waits_may_be_ended),
                                       TEST(it_holds_nothing_of_ours),
                                       TEST(the_kernel_holds_it),
                                       TEST(without_the_kernels_filter_limits_hold_it),
                                       TEST(bytes_there_and_back),
                                       TEST(questions_there_and_back),
                                       TEST(many_cases_need_no_more_memory)};
    return cmocka_run_group_tests_name("script_apart", tests, NULL, NULL);
}
