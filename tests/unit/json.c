/* json.c -- tests of json.h: what is read, what is refused and where, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "base/json.h"

/* The text is copied to the end of its memory, so that a read behind it is seen. */
static Status parse(Arena *a, const char *text, size_t n, Json **out, Error *err)
{
    char *exact = mem_alloc(n);
    if (n) memcpy(exact, text, n);
    Status st = json_parse(a, exact, n, out, err);
    free(exact);
    return st;
}

/* A failed row of a table, with the text that shows it. */
static void hold(bool is_so, const char *text, const Error *err)
{
    if (!is_so) print_error("%s: %s\n", text, err->text);
    assert_true(is_so);
}

static Json *good(Arena *a, const char *text)
{
    Json *j = NULL;
    Error err = {0};
    hold(parse(a, text, strlen(text), &j, &err) == ST_OK, text, &err);
    return j;
}

/* ---- reading ----------------------------------------------------------------- */

static void every_kind_of_value_is_read(void **state)
{
    (void)state;
    Arena *a = arena_new();
    assert_int_equal(good(a, "null")->type, JSON_NULL);
    assert_int_equal(good(a, " true ")->type, JSON_TRUE);
    assert_int_equal(good(a, "\t\r\nfalse\n")->type, JSON_FALSE);
    assert_string_equal(good(a, "\"text\"")->text, "text");
    assert_int_equal(good(a, "\"text\"")->len, 4);
    assert_int_equal(good(a, "[]")->type, JSON_ARRAY);
    assert_int_equal(good(a, "[ ]")->len, 0);
    assert_int_equal(good(a, "{ }")->type, JSON_OBJECT);
    const Json *j = good(a, "{\"a\":1,\"b\":[true,{\"c\":\"\"}], \"\" : null}");
    assert_int_equal(j->len, 3);
    assert_string_equal(json_get(j, "a")->text, "1");
    assert_int_equal(json_get(j, "b")->len, 2);
    assert_string_equal(json_get(json_get(j, "b")->child->next, "c")->text, "");
    assert_int_equal(json_get(j, "")->type, JSON_NULL);
    assert_null(json_get(j, "d"));
    assert_null(json_get(json_get(j, "b"), "c"));
    assert_null(json_get(NULL, "a"));
    assert_null(j->name);
    assert_string_equal(j->child->name, "a");
    assert_null(json_get(j, "b")->child->name);
    assert_null(j->child->next->next->next);
    arena_free(a);
}

static void numbers_keep_their_text(void **state)
{
    (void)state;
    static const char *const numbers[] = {"0", "-0", "12", "-1.50", "0.1", "1e9", "1E+09", "1.25e-7",
                                          "123456789012345678901234567890.123456789"};
    Arena *a = arena_new();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const Json *j = good(a, numbers[i]);
        assert_int_equal(j->type, JSON_NUMBER);
        assert_string_equal(j->text, numbers[i]);
        assert_int_equal(j->len, strlen(numbers[i]));
    }
    arena_free(a);
}

static void escapes_become_characters(void **state)
{
    (void)state;
    Arena *a = arena_new();
    assert_string_equal(good(a, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")->text, "\"\\/\b\f\n\r\t");
    assert_string_equal(good(a, "\"a\\u0041\\u00fc\\u20AC\\ud83d\\uDE00z\"")->text,
                        "aA\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80z");
    assert_string_equal(good(a, "\"\\u0001\\u007f\\u0080\\u07ff\\u0800\\uffff\"")->text,
                        "\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf");
    assert_string_equal(good(a, "\"\\ud800\\udc00\\udbff\\udfff\"")->text,
                        "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
    const Json *j = good(a, "{\"\\u0061b\":1}");
    assert_non_null(json_get(j, "ab"));
    arena_free(a);
}

typedef struct Wrong {
    const char *text, *place, *what;
} Wrong;

static const Wrong wrongs[] = {
    {"", "line 1, column 1", "the text ends"},
    {"  \n ", "line 2, column 2", "the text ends"},
    {"[1,]", "line 1, column 4", "a value is wanted"},
    {"{\"a\":1,}", "line 1, column 8", "a name in double quotes"},
    {"{a:1}", "line 1, column 2", "a name in double quotes"},
    {"{'a':1}", "line 1, column 2", "a name in double quotes"},
    {"{\"a\"}", "line 1, column 5", "a colon"},
    {"{\"a\":}", "line 1, column 6", "a value is wanted"},
    {"[1 2]", "line 1, column 4", "a comma or ]"},
    {"{\"a\":1 \"b\":2}", "line 1, column 8", "a comma or }"},
    {"[", "line 1, column 2", "the text ends"},
    {"[1", "line 1, column 3", "a comma or ]"},
    {"[1}", "line 1, column 3", "a comma or ]"},
    {"{", "line 1, column 2", "a name"},
    {"]", "line 1, column 1", "a value is wanted"},
    {"1 2", "line 1, column 3", "behind the value"},
    {"nul", "line 1, column 1", "true, false and null"},
    {"True", "line 1, column 1", "a value is wanted"},
    {"NaN", "line 1, column 1", "a value is wanted"},
    {"truex", "line 1, column 5", "behind the value"},
    {"01", "line 1, column 3", "must not begin with 0"},
    {"-01", "line 1, column 4", "must not begin with 0"},
    {"-", "line 1, column 2", "behind the minus"},
    {"+1", "line 1, column 1", "a value is wanted"},
    {".5", "line 1, column 1", "a value is wanted"},
    {"1.", "line 1, column 3", "behind the point"},
    {"1.e5", "line 1, column 3", "behind the point"},
    {"1e", "line 1, column 3", "in the exponent"},
    {"1e+", "line 1, column 4", "in the exponent"},
    {"0x10", "line 1, column 2", "behind the value"},
    {"\"abc", "line 1, column 5", "not closed"},
    {"\"abc\\", "line 1, column 6", "not closed"},
    {"\"a\nb\"", "line 1, column 3", "control character"},
    {"\"a\tb\"", "line 1, column 3", "control character"},
    {"\"\\n\x01\"", "line 1, column 4", "control character"},
    {"\"\\x41\"", "line 1, column 3", "unknown escape"},
    {"\"\\'\"", "line 1, column 3", "unknown escape"},
    {"\"\\u12\"", "line 1, column 4", "four hexadecimal"},
    {"\"\\u12g4\"", "line 1, column 4", "four hexadecimal"},
    {"\"\\u-123\"", "line 1, column 4", "four hexadecimal"},
    {"\"\\u0000\"", "line 1, column 8", "NUL"},
    {"\"\\ud800\"", "line 1, column 8", "surrogate"},
    {"\"\\udc00\"", "line 1, column 8", "surrogate"},
    {"\"\\ud800\\u0041\"", "line 1, column 14", "surrogate"},
    {"\"\\ud800\\ud800\"", "line 1, column 14", "surrogate"},
    {"\"\\ud800\\n\"", "line 1, column 8", "surrogate"},
    {"{\"a\":1,\n \"a\":2}", "line 2, column 2", "the same name twice"},
    {"{\"a\":1,\"\\u0061\":2}", "line 1, column 8", "the same name twice"},
    {"\"\xc3\xbc\" 1", "line 1, column 5", "behind the value"},
    {"\"ab\xff\"", "line 1, column 4", "invalid UTF-8"},
    {"\"\xed\xa0\x80\"", "line 1, column 2", "invalid UTF-8"},
    {"\xef\xbb\xbf" "1", "line 1, column 1", "a value is wanted"},
    {"/* no */ 1", "line 1, column 1", "a value is wanted"},
};

static void what_is_not_json_is_refused_with_its_place(void **state)
{
    (void)state;
    Arena *a = arena_new();
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        Error err = {0};
        Json *j = NULL;
        const Wrong *w = &wrongs[i];
        hold(parse(a, w->text, strlen(w->text), &j, &err) == ST_VALUE, w->text, &err);
        hold(strstr(err.text, w->place) && strstr(err.text, w->what), w->text, &err);
        assert_null(j);
        assert_int_equal(parse(a, w->text, strlen(w->text), &j, NULL), ST_VALUE);
    }
    arena_free(a);
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Error err = {0};
    Json *j;
    assert_int_equal(parse(a, "\"a\0b\"", 5, &j, &err), ST_VALUE);
    assert_non_null(strstr(err.text, "column 3: a NUL"));
    assert_int_equal(parse(a, "1\0", 2, &j, &err), ST_VALUE);
    arena_free(a);
}

/* Whatever is cut off the end of a good text, what is left is refused, or a number. */
static void every_beginning_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1,-2.5e3,\"x\\u20ac\\ud83d\\ude00\\n\",{\"b\":null}],\"c\":true}";
    Arena *a = arena_new();
    Error err;
    Json *j;
    for (size_t n = 0; n < sizeof text - 1; n++) assert_int_equal(parse(a, text, n, &j, &err), ST_VALUE);
    assert_int_equal(parse(a, text, sizeof text - 1, &j, &err), ST_OK);
    arena_free(a);
}

static Status nested(Arena *a, size_t deep, char open, char close)
{
    Error err;
    Json *j;
    Buf b = {0};
    for (size_t i = 0; i < deep; i++) {
        buf_putc(&b, open);
        if (open == '{' && i + 1 < deep) buf_puts(&b, "\"a\":");
    }
    buf_pad(&b, close, deep);
    Status st = parse(a, b.p, b.n, &j, &err);
    if (st != ST_OK) assert_non_null(strstr(err.text, "nested too deeply"));
    buf_free(&b);
    return st;
}

static void nesting_ends_at_200(void **state)
{
    (void)state;
    Arena *a = arena_new();
    assert_int_equal(nested(a, 200, '[', ']'), ST_OK);
    assert_int_equal(nested(a, 201, '[', ']'), ST_VALUE);
    assert_int_equal(nested(a, 200, '{', '}'), ST_OK);
    assert_int_equal(nested(a, 201, '{', '}'), ST_VALUE);
    assert_int_equal(nested(a, 1000000, '[', ']'), ST_VALUE);
    /* siblings do not add up */
    Buf b = {0};
    buf_puts(&b, "[0");
    for (int i = 0; i < 1000; i++) buf_puts(&b, ",[[{}]]");
    buf_putc(&b, ']');
    assert_int_equal(good(a, b.p)->len, 1001);
    buf_free(&b);
    arena_free(a);
}

/* On both sides of where names are looked for in another way. */
static void doubles_are_found_in_objects_of_any_size(void **state)
{
    (void)state;
    Arena *a = arena_new();
    for (int members = 1; members < 60; members++) {
        for (int twice = -1; twice < members; twice++) {
            Error err;
            Json *j;
            Buf b = {0};
            buf_putc(&b, '{');
            for (int i = 0; i < members; i++) json_key_int(&b, arena_printf(a, "n%d", i), i);
            if (twice >= 0) json_key_int(&b, arena_printf(a, "n%d", twice), 0);
            buf_putc(&b, '}');
            assert_int_equal(parse(a, b.p, b.n, &j, &err), twice < 0 ? ST_OK : ST_VALUE);
            if (twice < 0) assert_int_equal(j->len, members);
            buf_free(&b);
        }
    }
    arena_free(a);
}

/* Would take minutes were each name held against all others. */
static void a_large_object_is_read_at_once(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Buf b = {0};
    buf_putc(&b, '{');
    for (int i = 0; i < 200000; i++) {
        json_comma(&b);
        buf_printf(&b, "\"n%d\":%d", i, i);
    }
    buf_putc(&b, '}');
    assert_int_equal(good(a, b.p)->len, 200000);
    buf_free(&b);
    arena_free(a);
}

/* ---- writing ----------------------------------------------------------------- */

static void objects_are_written_by_hand(void **state)
{
    (void)state;
    Buf b = {0};
    json_comma(&b);
    buf_putc(&b, '{');
    json_key_string(&b, "name", "a \"b\"");
    json_key_string(&b, "none", NULL);
    json_key_int(&b, "low", INT64_MIN);
    json_key_bool(&b, "yes", true);
    json_key_bool(&b, "no", false);
    json_key(&b, "list");
    buf_putc(&b, '[');
    for (int i = 0; i < 3; i++) {
        json_comma(&b);
        buf_printf(&b, "%d", i);
    }
    buf_puts(&b, "]}\n");
    json_comma(&b);
    assert_string_equal(b.p, "{\"name\":\"a \\\"b\\\"\",\"none\":null,\"low\":-9223372036854775808,"
                             "\"yes\":true,\"no\":false,\"list\":[0,1,2]}\n");
    buf_free(&b);
}

static void only_what_must_be_is_escaped(void **state)
{
    (void)state;
    Buf b = {0};
    json_string(&b, "\"\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xbc", 13);
    assert_string_equal(b.p, "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xbc\"");
    buf_clear(&b);
    json_string(&b, NULL, 0);
    assert_string_equal(b.p, "\"\"");
    buf_free(&b);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    Arena *a = arena_new();
    char text[300];
    size_t n = 0;
    for (int c = 1; c < 0x80; c++) text[n++] = (char)c;
    n += (size_t)sprintf(text + n, "%s", "\xc2\x80\xdf\xbf\xe2\x80\xa8\xef\xbf\xbf\xf0\x90\x80\x80");
    Buf b = {0};
    json_string(&b, text, n);
    const Json *j = good(a, b.p);
    assert_int_equal(j->len, n);
    assert_string_equal(j->text, text);
    buf_free(&b);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_is_read),
        cmocka_unit_test(numbers_keep_their_text),
        cmocka_unit_test(escapes_become_characters),
        cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(every_beginning_is_refused),
        cmocka_unit_test(nesting_ends_at_200),
        cmocka_unit_test(doubles_are_found_in_objects_of_any_size),
        cmocka_unit_test(a_large_object_is_read_at_once),
        cmocka_unit_test(objects_are_written_by_hand),
        cmocka_unit_test(only_what_must_be_is_escaped),
        cmocka_unit_test(what_is_written_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
