/* map.c -- tests of map.h: finding, order, growth, one pointer per word, and a hash that stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "base/map.h"

static int one, two, three;

static void an_empty_map_finds_nothing(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Map *m = map_new(a);
    assert_int_equal(map_count(m), 0);
    assert_null(map_get(m, "anything"));
    assert_null(map_get(m, ""));
    arena_free(a);
}

static void what_was_put_is_found_in_order(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Map *m = map_new(a);
    void *value = &three;
    map_put(m, "step", &one);
    map_put(m, "", &two);
    *map_slot(m, "role") = &three;
    assert_ptr_equal(map_get(m, "step"), &one);
    assert_ptr_equal(map_get(m, ""), &two);
    assert_ptr_equal(map_get(m, "role"), &three);
    assert_null(map_get(m, "Role"));
    assert_null(map_get(m, "ste"));
    assert_null(map_get(m, "steps"));
    assert_int_equal(map_count(m), 3);
    assert_string_equal(map_key(m, 0, &value), "step");
    assert_ptr_equal(value, &one);
    assert_string_equal(map_key(m, 1, NULL), "");
    assert_string_equal(map_key(m, 2, &value), "role");
    assert_ptr_equal(value, &three);
    arena_free(a);
}

static void a_key_put_twice_is_replaced(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Map *m = map_new(a);
    char again[] = "step";             /* the same text at another place */
    map_put(m, "step", &one);
    map_put(m, again, &two);
    assert_int_equal(map_count(m), 1);
    assert_ptr_equal(map_get(m, "step"), &two);
    assert_ptr_not_equal(map_key(m, 0, NULL), again);
    arena_free(a);
}

static void a_new_slot_is_empty_and_counts(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Map *m = map_new(a);
    assert_null(*map_slot(m, "x"));
    assert_int_equal(map_count(m), 1);
    assert_null(map_get(m, "x"));
    assert_null(*map_slot(m, "x"));
    assert_int_equal(map_count(m), 1);
    arena_free(a);
}

/* At every size on the way, also where the table is just about to grow. */
static void growth_loses_nothing(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Map *m = map_new(a);
    enum { N = 50000 };
    for (uintptr_t i = 0; i < N; i++) {
        const char *key = arena_printf(a, "name%zu", (size_t)i);
        assert_null(map_get(m, key));
        map_put(m, key, (void *)(i + 1));
        assert_int_equal(map_count(m), i + 1);
        if (i < 200)
            for (uintptr_t k = 0; k <= i; k++)
                assert_int_equal((uintptr_t)map_get(m, arena_printf(a, "name%zu", (size_t)k)), k + 1);
    }
    for (uintptr_t i = 0; i < N; i++) {
        char key[32];
        void *value;
        snprintf(key, sizeof key, "name%zu", (size_t)i);
        assert_int_equal((uintptr_t)map_get(m, key), i + 1);
        assert_string_equal(map_key(m, (uint32_t)i, &value), key);
        assert_int_equal((uintptr_t)value, i + 1);
    }
    assert_null(map_get(m, "name50000"));
    arena_free(a);
}

static void equal_words_are_one_pointer(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Interner *in = interner_new(a);
    const char text[] = "Sales Manager Sales";
    const char *sales = intern(in, text, 5), *manager = intern(in, text + 6, 7);
    assert_string_equal(sales, "Sales");
    assert_string_equal(manager, "Manager");
    assert_ptr_equal(intern(in, text + 14, 5), sales);
    assert_ptr_not_equal(intern(in, text, 4), sales);
    assert_ptr_not_equal(intern(in, text, 6), sales);
    assert_ptr_equal(intern(in, NULL, 0), intern(in, text, 0));
    assert_string_equal(intern(in, NULL, 0), "");
    arena_free(a);
}

static void an_interner_keeps_its_own_copies(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Interner *in = interner_new(a);
    char *text = mem_dup("Ask");
    const char *word = intern(in, text, 3);
    memset(text, 'x', 3);
    free(text);
    assert_string_equal(word, "Ask");
    assert_ptr_equal(intern(in, "Ask", 3), word);
    arena_free(a);
}

static void many_words_stay_where_they_are(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Interner *in = interner_new(a);
    enum { N = 20000 };
    const char **words = ARENA_ARRAY(a, const char *, N);
    char text[32];
    for (int i = 0; i < N; i++) words[i] = intern(in, text, (size_t)snprintf(text, sizeof text, "w%d", i));
    for (int i = 0; i < N; i++) {
        assert_ptr_equal(intern(in, text, (size_t)snprintf(text, sizeof text, "w%d", i)), words[i]);
        assert_string_equal(words[i], text);
    }
    arena_free(a);
}

/* Stores keep what this gives (shards are chosen by it), so it may never change. The first
 * half is FNV-1a, whose published values are 0xcbf29ce484222325 for nothing, 0xaf63dc4c8601ec8c
 * for "a" and 0x85944171f73967e8 for "foobar"; the mix is written out anew here. */
static uint64_t mixed(uint64_t fnv)
{
    uint64_t h = (fnv ^ (fnv >> 32)) * 11400714819323198485u;
    return h ^ (h >> 29);
}

static void the_hash_is_stable(void **state)
{
    (void)state;
    assert_true(hash_bytes(NULL, 0) == mixed(UINT64_C(0xcbf29ce484222325)));
    assert_true(hash_bytes("a", 1) == mixed(UINT64_C(0xaf63dc4c8601ec8c)));
    assert_true(hash_bytes("foobar", 6) == mixed(UINT64_C(0x85944171f73967e8)));
    assert_true(hash_bytes("\0", 1) != hash_bytes("\0\0", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_finds_nothing),
        cmocka_unit_test(what_was_put_is_found_in_order),
        cmocka_unit_test(a_key_put_twice_is_replaced),
        cmocka_unit_test(a_new_slot_is_empty_and_counts),
        cmocka_unit_test(growth_loses_nothing),
        cmocka_unit_test(equal_words_are_one_pointer),
        cmocka_unit_test(an_interner_keeps_its_own_copies),
        cmocka_unit_test(many_words_stay_where_they_are),
        cmocka_unit_test(the_hash_is_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
