/* pattern.c -- patterns that would eat the machine are refused; all others are compiled. */
#include "base/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#undef fail

static void small_ones_match(void **state)
{
    (void)state;
    static const struct { const char *pattern, *yes, *no; } rows[] = {
        {"^[^@ ]+@[^@ ]+$", "a@b", "a b"},
        {"^[0-9]{5}$", "10115", "1011"},
        {"^([A-Z]{2,3}-){1,2}[0-9]{1,}$", "AB-CD-7", "A-7"},
        {"^[]x]+$", "]x", "y"},
        {"^[[:alpha:]]{1,255}$", "abc", "a1"},
        {"^a\\{2$", "a{2", "aa"},
        {"^(a|b{0,3})$", "bbb", "bbbb"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        regex_t r;
        Error err;
        assert_int_equal(pattern_compile(rows[i].pattern, &r, &err), ST_OK);
        assert_int_equal(regexec(&r, rows[i].yes, 0, NULL, 0), 0);
        assert_int_equal(regexec(&r, rows[i].no, 0, NULL, 0), REG_NOMATCH);
        regfree(&r);
    }
}

static void refused(const char *pattern, const char *words)
{
    regex_t r;
    Error err = {0};
    assert_int_equal(pattern_compile(pattern, &r, &err), ST_VALUE);
    if (!strstr(err.text, words)) print_error("%s: wanted %s, got %s\n", pattern, words, err.text);
    assert_non_null(strstr(err.text, words));
}

static void large_ones_are_refused(void **state)
{
    (void)state;
    char deep[4000];
    refused("((a{1,255}){1,255}){1,255}", "20,000");
    refused("(((a{255}){255}){255}){255}", "20,000");
    refused("([[:alpha:]]{0,200}){0,200}", "20,000");
    refused("((abc){100,}){90,}", "20,000");
    refused("(a{99999999999999999999}){9}", "20,000");
    memset(deep, '(', 1500);
    memset(deep + 1500, ')', 1500);
    deep[3000] = '\0';
    refused(deep, "brackets");
}

static void wrong_ones_are_told(void **state)
{
    (void)state;
    refused("(", "(");
    refused("[a", "[");
    refused("a{2,1}", "");
    refused("\\", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(small_ones_match), cmocka_unit_test(large_ones_are_refused),
                                       cmocka_unit_test(wrong_ones_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
