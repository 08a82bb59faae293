/* cmd_test.c -- test: plays the tests of a file, and says what became of them. */
#include "cli/session.h"

#include "analysis/test.h"

#include <stdio.h>
#include <string.h>

int cmd_test(Args *args);

static bool wanted(const void *self, const IrTest *test)
{
    const Args *args = self;
    for (uint32_t i = 0; i < args->words_n; i++)
        if (strcmp(args->words[i], test->name) == 0) return true;
    return args->words_n == 0;
}

static int code_of(const TestReport *r)
{
    TestCounts c = test_counts(r);
    return status_exit_code(c.failed ? ST_FINDINGS : ST_OK);
}

int cmd_test(Args *args)
{
    Session s;
    int code;
    Error err;
    Buf b = {0};
    if (!session_open(&s, args, SESSION_PROGRAM, &code)) return code;
    TestReport r = {.program = s.program, .coverage = args->given[OPT_COVERAGE] ? coverage_new(s.program) : NULL};
    Status st = ST_OK;
    for (uint32_t i = 0; i < args->words_n && st == ST_OK; i++)
        st = find_test(s.arena, s.program, args->words[i], &err);
    if (st == ST_OK) st = tests_play(&r, wanted, args, s.manner, &stop_asked, s.arena, &err);
    if (st == ST_OK) {
        if (args->given[OPT_JSON]) test_json(&b, &r);
        else if (args->given[OPT_TAP]) test_tap(&b, &r);
        else if (args->given[OPT_JUNIT]) test_junit(&b, &r);
        else test_print(&b, &r, terminal_colour(args));
        code = code_of(&r);
        say(&b);
    }
    buf_free(&b);
    coverage_free(r.coverage);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return code;
}
