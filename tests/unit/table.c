/* table.c -- tests of cli/table.h: columns by display width, words that go on in further lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "cli/table.h"

/* Prints the cells (NULL ends them) under the headers and compares. */
static void prints(const char *const *headers, const char *const *cells, size_t width, bool colour, const char *wanted)
{
    Arena *a = arena_new();
    Buf b = {0};
    Table *t = table_new(a, headers);
    for (; *cells; cells++) table_cell(t, *cells);
    table_print(t, &b, width, colour);
    assert_string_equal(buf_text(&b), wanted);
    buf_free(&b);
    arena_free(a);
}

static void columns_are_as_wide_as_they_look(void **state)
{
    (void)state;
    const char *const headers[] = {"name", ">n", "note", NULL};
    const char *const cells[] = {"日本", "1", "x", "Zoë", "20", "", "a\nb", "3", "tab\there", NULL};
    prints(headers, cells, 0, false, "name   n  note\n日本   1  x\nZoë   20\na b    3  tab here\n");
    prints(headers, cells, 0, true, "\033[1mname   n  note\033[0m\n日本   1  x\nZoë   20\na b    3  tab here\n");
}

static void an_optional_column_says_something_or_is_left_out(void **state)
{
    (void)state;
    const char *const headers[] = {"a", "?>late", "?note", NULL};
    const char *const empty[] = {"x", "0", "", "y", "", "", NULL};
    const char *const some[] = {"x", "0", "", "y", "2", "", NULL};
    prints(headers, empty, 0, false, "a\nx\ny\n");
    prints(headers, some, 0, false, "a  late\nx     0\ny     2\n");
}

static void words_go_on_in_further_lines(void **state)
{
    (void)state;
    const char *const headers[] = {"step", ">n", "who", NULL};
    const char *const cells[] = {"Ask the four questions", "12", "ann, bob", "Go", "3", "mia", NULL};
    prints(headers, cells, 80, false,
           "step                     n  who\nAsk the four questions  12  ann, bob\nGo                       3  mia\n");
    prints(headers, cells, 28, false,
           "step             n  who\nAsk the four    12  ann, bob\nquestions\nGo               3  mia\n");
}

static void a_word_too_long_is_parted_and_figures_never(void **state)
{
    (void)state;
    const char *const headers[] = {"key", ">figure", NULL};
    const char *const cells[] = {"abcdefghijklmnop", "1234567890", NULL};
    prints(headers, cells, 22, false, "key             figure\nabcdefghij  1234567890\nklmnop\n");
    prints(headers, cells, 5, false, "key           figure\nabcdefgh  1234567890\nijklmnop\n");
}

static void a_heading_stands_over_its_rows(void **state)
{
    (void)state;
    const char *const headers[] = {"process", ">n", NULL};
    const char *const cells[] = {"A system with a long name", "", "  P", "1", NULL};
    prints(headers, cells, 0, false, "process  n\nA system with a long name\n  P      1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_as_wide_as_they_look),
        cmocka_unit_test(an_optional_column_says_something_or_is_left_out),
        cmocka_unit_test(words_go_on_in_further_lines),
        cmocka_unit_test(a_word_too_long_is_parted_and_figures_never),
        cmocka_unit_test(a_heading_stands_over_its_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
