/* printed.c -- tests of what is kept of a stream: how much, where it is cut, what is left of secrets, the count. */
#include "runtime/printed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/exec.h"
/* after the headers above, which it needs; its fail is a macro, ours a function */
#include <cmocka.h>

#include "tests/unit/secrets_fixture.h"

#define STARS  "****************"

static Buf scratch;

/* The note that comes of a stream; head NULL: none does. */
static Printed kept_of(const char *text, size_t n, uint64_t lost, bool cut)
{
    Datum notes[1];
    uint32_t notes_n = 0;
    Printed p = {0};
    const Stream stream = printed_stream(s, a, text, n, lost, cut);
    printed_note(&scratch, a, PRINTED_ERR, &stream, notes, &notes_n);
    const Event e = {.values = notes, .values_n = notes_n};
    assert_int_equal(printed_of(&e, PRINTED_ERR, &p), notes_n == 1);
    assert_false(printed_of(&e, PRINTED_OUT, &p));
    if (p.head) assert_int_equal(utf8_check(p.head, strlen(p.head)), strlen(p.head));
    if (p.tail) assert_int_equal(utf8_check(p.tail, strlen(p.tail)), strlen(p.tail));
    return p;
}

static Printed kept(const char *text, size_t n, uint64_t lost)
{
    return kept_of(text, n, lost, false);
}

/* So many of a character, behind so many of another. */
static const char *many(size_t ahead, const char *character, size_t times, size_t *n)
{
    Buf b = {0};
    buf_pad(&b, '.', ahead);
    for (size_t i = 0; i < times; i++) buf_puts(&b, character);
    *n = b.n;
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

static void nothing_leaves_no_note(void **state)
{
    (void)state;
    assert_null(kept("", 0, 0).head);
    assert_null(kept(NULL, 0, 0).head);
}

static void all_of_it_or_both_ends(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 3 * PRINTED_MOST; n += n > 2 * PRINTED_MOST - 3 && n < 2 * PRINTED_MOST + 3 ? 1 : 97) {
        size_t bytes;
        const Printed p = kept(many(n, "", 0, &bytes), n, 0);
        if (n <= 2 * PRINTED_MOST) {
            assert_null(p.tail);
            assert_int_equal(strlen(p.head), n);
        } else {
            assert_int_equal(strlen(p.head), PRINTED_MOST);
            assert_int_equal(strlen(p.tail), PRINTED_MOST);
            assert_int_equal(p.left_out, n - 2 * PRINTED_MOST);
        }
    }
}

/* Wherever characters of 2 to 4 bytes fall, the parts cut none, and each byte is there or counted. */
static void no_character_is_cut(void **state)
{
    static const char *const characters[] = {"\u00e9", "\u20ac", "\U0001f600"};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t ahead = 0; ahead < 8; ahead++)
            for (size_t less = 0; less < strlen(characters[i]); less++) {      /* the end itself may */
                size_t all, half = less ? strlen(characters[i]) - less : 0;
                const char *text = many(ahead, characters[i], 5000, &all);
                const Printed p = kept(text, all - less, 0);
                assert_memory_equal(p.head, text, strlen(p.head));
                assert_in_range(strlen(p.head), PRINTED_MOST - 3, PRINTED_MOST);
                assert_int_equal(strcspn(p.tail, "\\"), strlen(p.tail) - 4 * half);
                assert_int_equal(strlen(p.head) + (size_t)p.left_out + strlen(p.tail) - 3 * half, all - less);
            }
}

/* What is no text is kept all the same, each byte of it told. */
static void bytes_are_told(void **state)
{
    (void)state;
    char bytes[3 * PRINTED_MOST];
    memset(bytes, 0x80, sizeof bytes);
    const Printed p = kept(bytes, sizeof bytes, 0);
    assert_memory_equal(p.head, "\\x80\\x80", 8);
    assert_int_equal(strlen(p.head) / 4 + (size_t)p.left_out + strlen(p.tail) / 4, sizeof bytes);
    assert_string_equal(kept("a\0b\033[1m\r\n", 9, 0).head, "a\\x00b\\x1b[1m\\x0d\n");
}

/* 64 KB of each end reached us: their inner halves are left out and counted, too. */
static void what_was_lost_is_counted(void **state)
{
    size_t n;
    (void)state;
    char *text = (char *)(uintptr_t)many(2 * EXEC_KEEP, "", 0, &n);
    text[0] = 'b', text[n - 1] = 'e';
    Printed p = kept(text, n, 1000);
    assert_int_equal(p.left_out, n - 2 * PRINTED_MOST + 1000);
    assert_int_equal(p.head[0], 'b');
    assert_int_equal(p.tail[PRINTED_MOST - 1], 'e');
    p = kept(text, n, UINT64_MAX / 2);                     /* more than a value can say */
    assert_int_equal(p.left_out, INT64_MAX / DECIMAL_ONE);
}

/* A secret at every place around the ends of both parts, and at the cut of the 64 KB. */
static void secrets_go_first(void **state)
{
    static const size_t places[] = {PRINTED_MOST, 2 * PRINTED_MOST};
    size_t length = strlen(SECRET), n;
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (size_t at = places[i] - length - 2; at < places[i] + 2; at++) {
            char *text = (char *)(uintptr_t)many(3 * PRINTED_MOST, "", 0, &n);
            memcpy(text + at, SECRET, length);
            const Printed p = kept(text, n, 0);
            assert_null(strstr(p.head, "s3c"));
            assert_null(strstr(p.tail, "ord"));
        }
    const char *all = many(0, SECRET, 2 * EXEC_KEEP / strlen(SECRET) + 1, &n);
    const Printed p = kept(all, 2 * EXEC_KEEP, 77);
    assert_null(strstr(p.head, "s3c"));
    assert_null(strstr(p.tail, "ord"));
    assert_memory_equal(p.head, "[secret token][secret token]", 28);
}

/* A command that was ended may have been in the middle of one, and of a tail that begins with the rest of one. */
static void what_is_left_of_a_secret_goes(void **state)
{
    (void)state;
    for (size_t k = 3; k < strlen(SECRET); k++) {
        char *text = arena_printf(a, "said: %.*s", (int)k, SECRET);
        assert_string_equal(kept(text, strlen(text), 0).head, text);
        assert_string_equal(kept_of(text, strlen(text), 0, true).head, arena_printf(a, "said: %.*s", (int)k, STARS));
        size_t n;
        text = (char *)(uintptr_t)many(2 * EXEC_KEEP, "", 0, &n);
        memcpy(text + EXEC_KEEP - k, SECRET, k);
        memcpy(text + n - k, SECRET, k);
        const Stream both = printed_stream(s, a, text, n, 9, true);
        assert_memory_equal(both.head + EXEC_KEEP - k - 1, arena_printf(a, ".%.*s", (int)k, STARS), k + 1);
        assert_memory_equal(both.tail + EXEC_KEEP - k - 1, arena_printf(a, ".%.*s", (int)k, STARS), k + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaves_no_note),
        cmocka_unit_test(all_of_it_or_both_ends),
        cmocka_unit_test(no_character_is_cut),
        cmocka_unit_test(bytes_are_told),
        cmocka_unit_test(what_was_lost_is_counted),
        cmocka_unit_test(secrets_go_first),
        cmocka_unit_test(what_is_left_of_a_secret_goes),
    };
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);
    buf_free(&scratch);
    return failed;
}
