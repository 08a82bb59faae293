/* test_report.c -- what became of tests: for people, and as JSON, TAP and JUnit's XML. */
#include "analysis/test.h"

#include "base/json.h"

#include <string.h>

TestCounts test_counts(const TestReport *r)
{
    TestCounts c = {0};
    for (uint32_t i = 0; i < r->n; i++) {
        c.passed += r->tests[i].as == TESTED_PASSED;
        c.failed += r->tests[i].as == TESTED_FAILED;
    }
    return c;
}

static IrPlace place_of(const Tested *t)
{
    return t->line ? t->line->place : t->test->place;
}

/* ---- for people ------------------------------------------------------------------------- */

static void indented(Buf *b, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        if (n) buf_puts(b, "    ");
        buf_visible(b, text, n);
        buf_putc(b, '\n');
        text += n + (text[n] == '\n');
    }
}

static void labelled(Buf *b, const char *label, const char *text)
{
    buf_printf(b, "    %-9s ", label);
    buf_visible(b, text, strlen(text));
    buf_putc(b, '\n');
}

typedef enum Paint { RED = 31, GREEN = 32, YELLOW = 33 } Paint;

static void painted(Buf *b, bool colour, Paint paint, const char *text)
{
    if (colour) buf_printf(b, "\033[%dm%s\033[0m", paint, text);
    else buf_puts(b, text);
}

static void print_one(Buf *b, const Tested *t, bool colour)
{
    IrPlace at = place_of(t);
    if (t->as == TESTED_PASSED) return;
    painted(b, colour, RED, "FAILED  ");
    buf_visible(b, t->test->name, strlen(t->test->name));
    buf_printf(b, " (%s:%u)\n", at.file, at.line);
    labelled(b, "at", t->line->written);
    labelled(b, "expected", t->expected);
    labelled(b, "found", t->found);
    buf_putc(b, '\n');
    indented(b, t->story);
    if (*t->story) buf_putc(b, '\n');
}

static void print_missed(void *self, CoverageKind kind, const char *what, IrPlace place)
{
    Buf *b = self;
    (void)kind;
    buf_puts(b, "    not reached: ");
    buf_visible(b, what, strlen(what));
    buf_printf(b, " (%s:%u)\n", place.file, place.line);
}

static void print_coverage(Buf *b, const TestReport *r)
{
    for (uint32_t i = 0; i < r->program->processes_n; i++) {
        CoverageRow row = coverage_row(r->coverage, i);
        buf_visible(b, row.process->name, strlen(row.process->name));
        buf_puts(b, ":");
        for (int k = 0; k < COVERAGE_KINDS; k++)
            if (row.all[k] || k == COVERAGE_STEPS)
                buf_printf(b, "%s %u of %u %s", k ? "," : "", row.reached[k], row.all[k],
                           coverage_kind_name((CoverageKind)k));
        buf_putc(b, '\n');
        coverage_missed(r->coverage, i, print_missed, b);
    }
    if (r->program->processes_n) buf_putc(b, '\n');
}

void test_print(Buf *b, const TestReport *r, bool colour)
{
    TestCounts c = test_counts(r);
    for (uint32_t i = 0; i < r->n; i++) print_one(b, &r->tests[i], colour);
    if (r->coverage) print_coverage(b, r);
    if (r->n == 0) {
        buf_printf(b, "%s: it has no tests\n", r->program->file);
        return;
    }
    buf_printf(b, "%s: %u test%s: %u ", r->program->file, r->n, r->n == 1 ? "" : "s", c.passed);
    painted(b, colour && c.passed == r->n, GREEN, "passed");
    if (c.failed) buf_printf(b, ", %u ", c.failed), painted(b, colour, RED, "FAILED");
    buf_putc(b, '\n');
}

/* ---- JSON ------------------------------------------------------------------------------- */

static void json_one(Buf *b, const IrProgram *p, const Tested *t)
{
    const IrTest *test = t->test;
    json_comma(b);
    buf_putc(b, '{');
    json_key_string(b, "test", test->name);
    json_key_string(b, "system", test->system == IR_NONE ? NULL : p->systems[test->system].name);
    json_key_string(b, "file", test->place.file);
    json_key_int(b, "line", test->place.line);
    json_key_string(b, "result", tested_name(t->as));
    if (t->line) json_key_int(b, "at", t->line->place.line);
    else json_key(b, "at"), buf_puts(b, "null");
    json_key_string(b, "statement", t->line ? t->line->written : NULL);
    json_key_string(b, "expected", t->expected);
    json_key_string(b, "found", t->found);
    json_key_string(b, "story", t->as == TESTED_FAILED ? t->story : NULL);
    buf_putc(b, '}');
}

static void json_missed(void *self, CoverageKind kind, const char *what, IrPlace place)
{
    Buf *b = self;
    json_comma(b);
    buf_putc(b, '{');
    json_key_string(b, "kind", coverage_kind_name(kind));
    json_key_string(b, "what", what);
    json_key_string(b, "file", place.file);
    json_key_int(b, "line", place.line);
    buf_putc(b, '}');
}

static void json_coverage(Buf *b, const TestReport *r)
{
    json_key(b, "coverage");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < r->program->processes_n; i++) {
        CoverageRow row = coverage_row(r->coverage, i);
        json_comma(b);
        buf_putc(b, '{');
        json_key_string(b, "process", row.process->name);
        for (int k = 0; k < COVERAGE_KINDS; k++) {
            json_key(b, coverage_kind_name((CoverageKind)k));
            buf_putc(b, '{');
            json_key_int(b, "reached", row.reached[k]);
            json_key_int(b, "all", row.all[k]);
            buf_putc(b, '}');
        }
        json_key(b, "missed");
        buf_putc(b, '[');
        coverage_missed(r->coverage, i, json_missed, b);
        buf_puts(b, "]}");
    }
    buf_putc(b, ']');
}

void test_json(Buf *b, const TestReport *r)
{
    TestCounts c = test_counts(r);
    buf_putc(b, '{');
    json_key_string(b, "program", r->program->file);
    json_key_int(b, "passed", c.passed);
    json_key_int(b, "failed", c.failed);
    json_key(b, "tests");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < r->n; i++) json_one(b, r->program, &r->tests[i]);
    buf_putc(b, ']');
    if (r->coverage) json_coverage(b, r);
    buf_puts(b, "}\n");
}

/* ---- TAP -------------------------------------------------------------------------------- */

/* A # begins a directive there. */
static void tap_name(Buf *b, const char *name)
{
    for (; *name; name++) {
        if (*name == '#' || *name == '\\') buf_putc(b, '\\');
        buf_putc(b, *name == '\n' || *name == '\r' ? ' ' : *name);
    }
}

/* A JSON text is a YAML one. */
static void tap_value(Buf *b, const char *key, const char *text)
{
    buf_printf(b, "  %s: ", key);
    json_string(b, text, strlen(text));
    buf_putc(b, '\n');
}

void test_tap(Buf *b, const TestReport *r)
{
    buf_printf(b, "TAP version 14\n1..%u\n", r->n);
    for (uint32_t i = 0; i < r->n; i++) {
        const Tested *t = &r->tests[i];
        buf_printf(b, "%s %u - ", t->as == TESTED_FAILED ? "not ok" : "ok", i + 1);
        tap_name(b, t->test->name);
        buf_putc(b, '\n');
        if (t->as != TESTED_FAILED) continue;
        buf_puts(b, "  ---\n");
        buf_printf(b, "  at: \"%s:%u\"\n", place_of(t).file, place_of(t).line);
        tap_value(b, "line", t->line->written);
        tap_value(b, "expected", t->expected);
        tap_value(b, "found", t->found);
        tap_value(b, "story", t->story);
        buf_puts(b, "  ...\n");
    }
}

/* ---- JUnit ------------------------------------------------------------------------------ */

/* What XML cannot hold becomes a question mark. */
static void xml_text(Buf *b, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '&') buf_puts(b, "&amp;");
        else if (c == '<') buf_puts(b, "&lt;");
        else if (c == '>') buf_puts(b, "&gt;");
        else if (c == '"') buf_puts(b, "&quot;");
        else if (c == '\n') buf_puts(b, "&#10;");
        else if (c < ' ' && c != '\t') buf_putc(b, '?');
        else buf_putc(b, (char)c);
    }
}

static void xml_attribute(Buf *b, const char *name, const char *text)
{
    buf_printf(b, " %s=\"", name);
    xml_text(b, text);
    buf_putc(b, '"');
}

static void xml_seconds(Buf *b, int64_t micros)
{
    buf_printf(b, " time=\"%lld.%06lld\"", (long long)(micros / US_SECOND), (long long)(micros % US_SECOND));
}

static void junit_one(Buf *b, const TestReport *r, const Tested *t)
{
    const IrTest *test = t->test;
    buf_puts(b, "    <testcase");
    xml_attribute(b, "classname", test->system == IR_NONE ? r->program->file : r->program->systems[test->system].name);
    xml_attribute(b, "name", test->name);
    xml_attribute(b, "file", test->place.file);
    buf_printf(b, " line=\"%u\"", test->place.line);
    xml_seconds(b, t->micros);
    if (t->as == TESTED_PASSED) {
        buf_puts(b, "/>\n");
        return;
    }
    Buf what = {0};
    buf_printf(&what, "expected: %s; found: %s", t->expected, t->found);
    buf_puts(b, ">\n      <failure");
    xml_attribute(b, "message", buf_text(&what));
    buf_free(&what);
    buf_printf(b, ">%s:%u: ", place_of(t).file, place_of(t).line);
    xml_text(b, t->line->written);
    buf_puts(b, "&#10;&#10;");
    xml_text(b, t->story);
    buf_puts(b, "</failure>\n    </testcase>\n");
}

void test_junit(Buf *b, const TestReport *r)
{
    TestCounts c = test_counts(r);
    int64_t micros = 0;
    for (uint32_t i = 0; i < r->n; i++) micros += r->tests[i].micros;
    buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite");
    xml_attribute(b, "name", r->program->file);
    buf_printf(b, " tests=\"%u\" failures=\"%u\" errors=\"0\"", r->n, c.failed);
    xml_seconds(b, micros);
    buf_puts(b, ">\n");
    for (uint32_t i = 0; i < r->n; i++) junit_one(b, r, &r->tests[i]);
    buf_puts(b, "  </testsuite>\n</testsuites>\n");
}
