/* test.h -- plays a program's tests, each in a turned world of its own.
 *
 * What a line says is done to the real engine over a journal in memory; what
 * it expects is asked of the case as it then stands. The first line that does
 * not come true ends its test, with the case's story up to there.
 *
 * A test touches nothing outside: a command that no `given` answers fails it.
 * The same program gives the same results, whatever the clock says.
 */
#ifndef OPS_ANALYSIS_TEST_H
#define OPS_ANALYSIS_TEST_H

#include "analysis/coverage.h"

#include <signal.h>

typedef enum TestedAs { TESTED_PASSED, TESTED_FAILED } TestedAs;
const char *tested_name(uint8_t as);               /* "passed" "failed" */

typedef struct Tested {                /* texts lie in the arena given to tester_play */
    const IrTest *test;
    uint8_t as;                        /* TestedAs */
    const IrTestLine *line;            /* not passed: the line at which it ended */
    const char *expected, *found;      /* FAILED: one line each */
    const char *story;                 /* FAILED: of the case that the line speaks of; "" where there is none */
    int64_t micros;                    /* how long it took, by the machine's clock */
} Tested;

typedef struct Tester Tester;

/* stop (may be NULL): set, a test that goes on and on is given up. */
Status tester_new(const IrProgram *p, const Manner *manner, const volatile sig_atomic_t *stop, Tester **out,
                  Error *err) MUST_CHECK;
void tester_free(Tester *t);                       /* NULL is fine */
/* From now on what tests reach is noted there, too. */
void tester_cover(Tester *t, Coverage *coverage);
/* Trouble is only what keeps the test from being played: memory, a signal. */
Status tester_play(Tester *t, const IrTest *test, Arena *a, Tested *out, Error *err) MUST_CHECK;

/* ---- reports (test_report.c) ---- */

typedef struct TestReport {
    const IrProgram *program;
    const Tested *tests; uint32_t n;
    Coverage *coverage;                /* NULL: not asked for */
} TestReport;

/* Plays all tests of the report's program that wanted says yes to, one after the other, and fills the rest of it;
 * stops where `stop` is set. Its results lie in the arena. */
typedef bool TestWanted(const void *self, const IrTest *test);
Status tests_play(TestReport *r, TestWanted *wanted, const void *self, const Manner *manner,
                  const volatile sig_atomic_t *stop, Arena *a, Error *err) MUST_CHECK;

typedef struct TestCounts { uint32_t passed, failed; } TestCounts;
TestCounts test_counts(const TestReport *r);
/* For people: what failed, with its story, and a line that counts. */
void test_print(Buf *b, const TestReport *r, bool colour);
void test_json(Buf *b, const TestReport *r);
void test_tap(Buf *b, const TestReport *r);
void test_junit(Buf *b, const TestReport *r);

#endif
