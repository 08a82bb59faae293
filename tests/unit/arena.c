/* arena.c -- tests of status.h and arena.h: zeroed, aligned, growing, reset, and told errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "base/text.h"

static bool all_are(const void *bytes, size_t n, unsigned char wanted)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++)
        if (p[i] != wanted) return false;
    return true;
}

/* ---- arenas ------------------------------------------------------------------ */

static void pieces_are_aligned_zeroed_and_apart(void **state)
{
    (void)state;
    Arena *a = arena_new();
    unsigned char *pieces[600];
    for (size_t n = 0; n < 600; n++) {
        pieces[n] = arena_alloc(a, n);
        assert_non_null(pieces[n]);
        assert_int_equal((uintptr_t)pieces[n] % 16, 0);
        assert_true(all_are(pieces[n], n, 0));
        memset(pieces[n], (int)(n & 0xff), n);
    }
    for (size_t n = 0; n < 600; n++) assert_true(all_are(pieces[n], n, (unsigned char)n));
    assert_ptr_not_equal(arena_alloc(a, 0), arena_alloc(a, 0));
    arena_free(a);
    arena_free(NULL);
}

static void bytes_counts_what_was_asked(void **state)
{
    (void)state;
    Arena *a = arena_new();
    assert_int_equal(arena_bytes(a), 0);
    (void)!arena_alloc(a, 7);
    void *p = arena_alloc(a, 5 << 20);
    assert_non_null(p);
    assert_int_equal(arena_bytes(a), 7 + (5 << 20));
    arena_reset(a);
    assert_int_equal(arena_bytes(a), 0);
    arena_free(a);
}

/* Sizes around each border: of rounding, of a block, and of what lies alone. */
static void reset_forgets_and_hands_out_zeroes(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 15, 16, 17, 1023, 1024, 1025, 4096, 262143, 262144, 262145, 1048576,
                                   3000000};
    Arena *a = arena_new();
    for (int round = 0; round < 6; round++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            size_t n = sizes[round % 2 ? i : sizeof sizes / sizeof *sizes - 1 - i];
            unsigned char *p = arena_alloc(a, n);
            assert_true(all_are(p, n, 0));
            memset(p, 0xee, n);
        }
        for (int i = 0; i < 5000; i++) {
            unsigned char *p = arena_alloc(a, 700);
            assert_true(all_are(p, 700, 0));
            memset(p, 0xee, 700);
        }
        arena_reset(a);
    }
    arena_free(a);
}

static void reset_of_an_unused_arena_is_fine(void **state)
{
    (void)state;
    Arena *a = arena_new();
    arena_reset(a);
    arena_reset(a);
    assert_true(all_are(arena_alloc(a, 100), 100, 0));
    arena_free(a);
}

static void reset_uses_the_same_memory_again(void **state)
{
    (void)state;
    Arena *a = arena_new();
    void *first = arena_alloc(a, 40);
    arena_reset(a);
    assert_ptr_equal(arena_alloc(a, 40), first);
    arena_free(a);
}

static void the_last_piece_grows_where_it_lies(void **state)
{
    (void)state;
    Arena *a = arena_new();
    char *p = arena_dup(a, "abc");
    char *q = arena_grow(a, p, 4, 100);
    assert_ptr_equal(p, q);
    assert_string_equal(q, "abc");
    assert_true(all_are(q + 4, 96, 0));
    assert_int_equal(arena_bytes(a), 100);
    (void)!arena_alloc(a, 1);
    char *r = arena_grow(a, q, 100, 200);
    assert_ptr_not_equal(q, r);
    assert_string_equal(r, "abc");
    assert_true(all_are(r + 4, 196, 0));
    arena_free(a);
}

static void growing_after_a_reset_gives_zeroes(void **state)
{
    (void)state;
    Arena *a = arena_new();
    memset(arena_alloc(a, 900), 0xee, 900);
    arena_reset(a);
    char *p = arena_alloc(a, 10);
    memset(p, 1, 10);
    p = arena_grow(a, p, 10, 500);
    assert_true(all_are(p, 10, 1));
    assert_true(all_are(p + 10, 490, 0));
    arena_free(a);
}

static void growing_from_nothing_and_to_less(void **state)
{
    (void)state;
    Arena *a = arena_new();
    char *p = arena_grow(a, NULL, 0, 64);
    assert_true(all_are(p, 64, 0));
    memcpy(p, "0123456789", 10);
    char *q = arena_grow(a, p, 64, 4);
    assert_memory_equal(q, "0123", 4);
    arena_free(a);
}

static void a_vector_keeps_its_items(void **state)
{
    (void)state;
    Arena *a = arena_new();
    VEC(uint64_t) v = {0};
    for (uint64_t i = 0; i < 200000; i++) {
        uint64_t *p = VEC_PUSH(a, &v);
        assert_int_equal(*p, 0);
        *p = i * i;
        if (i % 1000 == 0) (void)!arena_alloc(a, 3);
    }
    assert_int_equal(v.n, 200000);
    for (uint64_t i = 0; i < v.n; i++) assert_int_equal(v.items[i], i * i);
    arena_free(a);
}

static void texts_are_copied_and_printed(void **state)
{
    (void)state;
    Arena *a = arena_new();
    assert_string_equal(arena_dup(a, ""), "");
    assert_string_equal(arena_dup_n(a, "abcdef", 3), "abc");
    assert_string_equal(arena_dup_n(a, NULL, 0), "");
    assert_string_equal(arena_printf(a, "%s", ""), "");
    char *p = arena_printf(a, "%5000d|", 7);
    assert_int_equal(strlen(p), 5001);
    assert_string_equal(p + 4998, " 7|");
    arena_free(a);
}

/* ---- statuses, errors, memory ------------------------------------------------ */

static void statuses_have_exits_and_words(void **state)
{
    (void)state;
    assert_int_equal(ST_OK, 0);
    assert_int_equal(status_exit_code(ST_OK), 0);
    assert_int_equal(status_exit_code(ST_END), 0);
    assert_int_equal(status_exit_code(ST_FINDINGS), 1);
    assert_int_equal(status_exit_code(ST_USAGE), 64);
    assert_int_equal(status_exit_code(ST_LOCKED), 75);
    assert_string_equal(status_name(ST_IO), "IO");
    for (Status st = ST_OK; st < ST_COUNT; st++) {
        assert_true(status_exit_code(st) >= 0 && status_exit_code(st) <= 78);
        assert_true(strlen(status_name(st)) > 0 && strlen(status_meaning(st)) > 0);
    }
}

static void fail_tells_and_returns(void **state)
{
    (void)state;
    Error err = {0};
    assert_int_equal(fail(&err, ST_IO, "reading %s: %d", "x", 5), ST_IO);
    assert_int_equal(err.status, ST_IO);
    assert_string_equal(err.text, "reading x: 5");
    assert_int_equal(fail(NULL, ST_VALUE, "nobody listens"), ST_VALUE);
    fail(&err, ST_VALUE, "again: %s", err.text);
    assert_string_equal(err.text, "again: reading x: 5");
    error_prefix(&err, "case %d: ", 17);
    assert_string_equal(err.text, "case 17: again: reading x: 5");
    assert_int_equal(err.status, ST_VALUE);
    error_prefix(NULL, "nobody ");
}

/* The euro sign has three bytes; whatever its place, none is ever halved. */
static void a_long_error_is_cut_at_a_character(void **state)
{
    (void)state;
    Error err = {0};
    char text[1400];
    for (size_t lead = 0; lead < 3; lead++) {
        memset(text, 'x', lead);
        size_t n = lead;
        while (n + 3 < sizeof text) memcpy(text + n, "\xe2\x82\xac", 3), n += 3;
        text[n] = '\0';
        fail(&err, ST_VALUE, "%s", text);
        n = strlen(err.text);
        assert_true(n <= sizeof err.text - 1 && n > sizeof err.text - 1 - 3);
        assert_int_equal((n - lead) % 3, 0);
        error_prefix(&err, "%s", "12");
        assert_memory_equal(err.text, "12", 2);
        n = strlen(err.text);
        assert_true(n <= sizeof err.text - 1 && n > sizeof err.text - 1 - 3);
        assert_int_equal((n - 2 - lead) % 3, 0);
        error_prefix(&err, "%s", text);
        assert_int_equal(utf8_check(err.text, strlen(err.text)), strlen(err.text));
    }
}

static void a_text_that_just_fits_is_kept(void **state)
{
    (void)state;
    Error err = {0};
    char text[1000];
    memset(text, 'x', 996);
    memcpy(text + 996, "\xe2\x82\xac", 4);
    fail(&err, ST_VALUE, "%s", text);
    assert_string_equal(err.text, text);
}

static void memory_is_there(void **state)
{
    (void)state;
    char *p = mem_alloc(0), *q = mem_zero(0, 8), *r = mem_dup("role");
    assert_non_null(p);
    assert_non_null(q);
    assert_string_equal(r, "role");
    p = mem_resize(p, 100);
    memset(p, 1, 100);
    p = mem_resize(p, 300);
    assert_true(all_are(p, 100, 1));
    free(p);
    free(q);
    free(r);
}

/* More memory than there is ends a process with words and exit 70, never with a wild pointer. */
static int exit_of(void (*ask)(void), char *said, size_t size)
{
    int ends[2], how;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        ask();
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(ends[0], said + n, size - 1 - n)) > 0;) n += (size_t)got;
    said[n] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &how, 0), child);
    return WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

static Arena *asked;
static volatile size_t too_much;

static void ask_arena(void)
{
    (void)!arena_alloc(asked, too_much);
}

static void what_cannot_be_ends_in_words(void **state)
{
    (void)state;
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 14, SIZE_MAX - 100, (size_t)PTRDIFF_MAX};
    char said[4096];
    asked = arena_new();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        too_much = sizes[i];
        int code = exit_of(ask_arena, said, sizeof said);
        if (strstr(said, "AddressSanitizer")) continue;   /* its calloc ends the process by itself */
        assert_int_equal(code, 70);
        assert_non_null(strstr(said, "out of memory"));
    }
    arena_free(asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_zeroed_and_apart),
        cmocka_unit_test(bytes_counts_what_was_asked),
        cmocka_unit_test(reset_forgets_and_hands_out_zeroes),
        cmocka_unit_test(reset_of_an_unused_arena_is_fine),
        cmocka_unit_test(reset_uses_the_same_memory_again),
        cmocka_unit_test(the_last_piece_grows_where_it_lies),
        cmocka_unit_test(growing_after_a_reset_gives_zeroes),
        cmocka_unit_test(growing_from_nothing_and_to_less),
        cmocka_unit_test(a_vector_keeps_its_items),
        cmocka_unit_test(texts_are_copied_and_printed),
        cmocka_unit_test(statuses_have_exits_and_words),
        cmocka_unit_test(fail_tells_and_returns),
        cmocka_unit_test(a_long_error_is_cut_at_a_character),
        cmocka_unit_test(a_text_that_just_fits_is_kept),
        cmocka_unit_test(memory_is_there),
        cmocka_unit_test(what_cannot_be_ends_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
