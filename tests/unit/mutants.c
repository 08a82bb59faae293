/* One mistake, one message: each example is damaged in one place, in many ways, and checked whole.
 * Of what is then wrong at least 95 % must give exactly one message, and none more than five. */
#include "lang/check.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MOST = 5 };

typedef struct Tally {
    const char *path, *text;
    size_t n, wrong, one, notes;       /* notes: messages of the example as it is */
    uint32_t most;
} Tally;

static Compilation *checked(const Tally *t, const char *text, size_t n)
{
    return compile_text(t->path, text, n, NULL, NULL);
}

/* The example with the bytes from..to replaced. */
static void try_with(Tally *t, size_t from, size_t to, const char *instead)
{
    Buf b = {0};
    buf_add(&b, t->text, from);
    buf_puts(&b, instead);
    buf_add(&b, t->text + to, t->n - to);
    Compilation *c = checked(t, buf_text(&b), b.n);
    uint32_t told = diags_count(c->diags), errors = diags_errors(c->diags);
    if (errors == 0) told = told > t->notes ? told - (uint32_t)t->notes : 0;
    t->wrong += told > 0;
    t->one += told == 1;
    if (told > t->most) t->most = told;
    if (told > MOST) {
        Buf shown = {0};
        diags_print(c->diags, &shown, false, 0);
        print_message("\"%.*s\" became \"%s\":\n%s", (int)(to - from), t->text + from, instead, buf_text(&shown));
        buf_free(&shown);
    }
    compilation_free(c);
    buf_free(&b);
}

static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Two letters change places, one is lost, or one comes twice: by turns. */
static void misspell(Tally *t, size_t at, size_t n, unsigned turn)
{
    size_t k = 1 + turn % (n - 2);
    char word[64];
    if (n >= sizeof word) return;
    memcpy(word, t->text + at, n);
    word[n] = '\0';
    if (turn % 3 == 0) memmove(word + k, word + k + 1, n - k);
    else if (turn % 3 == 1) memmove(word + k + 1, word + k, n - k + 1);
    else word[k] = t->text[at + k + 1], word[k + 1] = t->text[at + k];
    try_with(t, at, at + n, word);
}

static void damage_text(Tally *t, size_t at, size_t end)
{
    try_with(t, at, end, "");
    try_with(t, at, at + 1, "");
    try_with(t, end - 1, end, "");
    try_with(t, at, at + 1, "\xE2\x80\x9C");
    const char *value = strstr(t->text + at, "${"), *brace = value ? strchr(value, '}') : NULL;
    if (brace && (size_t)(brace - t->text) < end) try_with(t, (size_t)(brace - t->text), (size_t)(brace - t->text) + 1, "");
}

static void damage_angle(Tally *t, size_t at)
{
    bool opens = t->text[at] == '<';
    try_with(t, at, at + 1, "");
    try_with(t, at, at + 1, opens ? "< <" : "> >");
    try_with(t, at, at + 1, opens ? "{" : "}");
}

/* Behind the token at `at`, after all damage to it. */
static size_t damage(Tally *t, size_t at, unsigned turn)
{
    size_t end = at + 1;
    if (t->text[at] == '"') {
        while (t->text[end] && (t->text[end] != '"' || t->text[end - 1] == '\\')) end++;
        damage_text(t, at, ++end);
    } else if (word_byte(t->text[at])) {
        while (word_byte(t->text[end])) end++;
        try_with(t, at, end, "");
        if (end - at == 2 && memcmp(t->text + at, "is", 2) == 0) try_with(t, at, end, "=");
        if (end - at > 2 && (t->text[at] < '0' || t->text[at] > '9')) misspell(t, at, end - at, turn);
    } else if ((t->text[at] == '<' || t->text[at] == '>') && t->text[end] != '=') {
        damage_angle(t, at);
    } else {
        try_with(t, at, end, "");
    }
    return end;
}

static size_t behind_braces(const char *text, size_t at)
{
    int depth = 0;
    do depth += (text[at] == '{') - (text[at] == '}');
    while (text[++at] && depth > 0);
    return at;
}

/* Behind blanks, comments and Lua, which is Lua's to judge. */
static size_t next_token(const char *text, size_t at)
{
    for (;;) {
        if (text[at] == '#') at += strcspn(text + at, "\n");
        else if (text[at] == ' ' || text[at] == '\n') at++;
        else if (strncmp(text + at, "lua {", 5) == 0) at = behind_braces(text, at + 4);
        else return at;
    }
}

static void damage_example(Tally *sum, const char *path)
{
    Arena *a = arena_new();
    char *text;
    size_t n;
    Error err;
    if (text_read_file(a, path, 0, &text, &n, &err) != ST_OK) fail_msg("%s", err.text);
    Tally t = {.path = path, .text = text, .n = n};
    Compilation *whole = checked(&t, text, n);
    assert_non_null(whole->program);
    t.notes = diags_count(whole->diags);
    compilation_free(whole);
    unsigned turn = 0;
    for (size_t at = next_token(text, 0); text[at]; at = next_token(text, damage(&t, at, turn++))) {}
    sum->wrong += t.wrong;
    sum->one += t.one;
    if (t.most > sum->most) sum->most = t.most;
    arena_free(a);
}

static void one_mistake_one_message(void **state)
{
    (void)state;
    char root[sizeof __FILE__ + 2] = __FILE__, pattern[sizeof root + 64];
    for (int i = 0; i < 3; i++) *(strrchr(root, '/') ? strrchr(root, '/') : root) = '\0';
    snprintf(pattern, sizeof pattern, "%s%sexamples/*/*.ops", root, *root ? "/" : "");
    Tally sum = {0};
    glob_t found;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) damage_example(&sum, found.gl_pathv[i]);
    globfree(&found);
    print_message("%zu damaged programs are wrong; %zu of them (%.1f %%) give one message, none more than %u\n", sum.wrong,
                  sum.one, 100.0 * (double)sum.one / (double)sum.wrong, sum.most);
    assert_true(sum.wrong > 1000);
    assert_true(sum.one * 100 >= sum.wrong * 95);
    assert_true(sum.most <= MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_mistake_one_message)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
