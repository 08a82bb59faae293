/* secrets.c -- tests of hiding: every form, in every place of a longer text, and what a cut leaves of one. */
#include "runtime/secrets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the headers above, which it needs; its fail is a macro, ours a function */
#include <cmocka.h>

#include "tests/unit/secrets_fixture.h"

static const char *hidden(const char *text)
{
    size_t n = strlen(text);
    const char *out = secrets_hide(s, a, text, &n);
    assert_int_equal(n, strlen(out));
    return out;
}

static void every_form_is_found(void **state)
{
    (void)state;
    assert_string_equal(hidden("nothing"), "nothing");
    assert_string_equal(hidden(SECRET), "[secret token]");
    assert_string_equal(hidden("a" SECRET SECRET "b"), "a[secret token][secret token]b");
    assert_string_equal(hidden("{\"x\":\"s3cr3t/\\\"p+ss word\"}"), "{\"x\":\"[secret token]\"}");
    assert_string_equal(hidden("?q=s3cr3t%2F%22p%2Bss%20word&"), "?q=[secret token]&");
    assert_string_equal(hidden("?q=s3cr3t%2f%22p%2bss+word&"), "?q=[secret token]&");
    assert_string_equal(hidden("?q=s3cr3t/%22p%2Bss%20word&"), "?q=[secret token]&");
    assert_string_equal(hidden("?q=s3cr3t%2f%22p%2Bss+w%6Frd&"), "?q=[secret token]&");
    assert_string_equal(hidden("{\"x\":\"s3cr3t\\/\\\"p+ss\\u0020word\"}"), "{\"x\":\"[secret token]\"}");
    assert_string_equal(hidden("czNjcjN0Ly\nJwK3NzIHdv\r\ncmQ="), "[secret token]=");
    assert_string_equal(hidden("\"czNjcjN0Ly\\nJwK3NzIHdvcmQ=\""), "\"[secret token]=\"");
    assert_string_equal(hidden("s3cr3t\\u002"), "s3cr3t\\u002");
    assert_string_equal(hidden("100% \\ czNjcjN0Ly"), "100% \\ czNjcjN0Ly");
    assert_string_equal(hidden("7333637233742f22702b737320776f7264"), "[secret token]");
    assert_string_equal(hidden("7333637233742F22702B737320776F7264"), "[secret token]");
    assert_string_equal(hidden("czNjcjN0LyJwK3NzIHdvcmQ="), "[secret token]=");
    assert_string_equal(hidden("eDpzM2NyM3QvInArc3Mgd29yZA=="), "eDp[secret token]==");       /* x:... */
    assert_string_equal(hidden("eHg6czNjcjN0LyJwK3NzIHdvcmQ6eQ=="), "eHg6[secret token]6eQ==");   /* xx:...:y */
}

/* Wherever 64 KB end, no three bytes of it stay ahead of the cut or behind it. */
static void a_cut_leaves_nothing(void **state)
{
    (void)state;
    size_t length = strlen(SECRET);
    for (size_t k = 0; k <= length; k++) {
        char text[200];
        snprintf(text, sizeof text, "aaaa%.*szzzz", (int)k, SECRET);
        size_t n = strlen(text);
        const char *out = secrets_hide_cut(s, a, text, &n, 4 + k);
        if (k < 3 || k == length) continue;
        assert_memory_equal(out, "aaaa***", 7);
        assert_int_equal(strcspn(out, "z"), 4 + k);
        snprintf(text, sizeof text, "aaaa%szzzz", &SECRET[length - k]);
        n = strlen(text);
        out = secrets_hide_cut(s, a, text, &n, 4);
        assert_memory_equal(out, "aaaa***", 7);
        assert_memory_equal(out + 4 + k, "zzzz", 4);
    }
}

static void values_are_gone_through(void **state)
{
    (void)state;
    const Value items[] = {value_text("x"), value_text(SECRET "!")};
    const Value list = {.type = V_LIST, .len = 2, .list = items};
    const Value out = secrets_hide_value(s, a, &list);
    assert_string_equal(out.list[0].text, "x");
    assert_string_equal(out.list[1].text, "[secret token]!");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_found),
        cmocka_unit_test(a_cut_leaves_nothing),
        cmocka_unit_test(values_are_gone_through),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
