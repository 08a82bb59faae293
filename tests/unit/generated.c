/* Random programs, and mutants that are still right: they check, are laid out twice as once, and are the same
 * program before and after. */
#include "tests/generate.h"
#include "tests/mutants.h"

#include "lang/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { PROGRAMS = 300, MUTANTS_OF_EACH = 12 };

static bool formatted(const char *text, size_t n, Buf *out)
{
    Arena *a = arena_new();
    Sources *sources = sources_new(a);
    Diags *diags = diags_new(a, sources);
    bool made = format_text(a, diags, sources_add(sources, "x.ops", text, n), text, n, out);
    arena_free(a);
    return made;
}

/* What `ops ir` prints, without lines and columns, and without the blanks outside of texts: some of what is written
 * there is the author's own line. */
static void plain_ir(const Compilation *c, Buf *out)
{
    Buf b = {0};
    ir_print(&b, c->program);
    bool text = false;
    for (size_t i = 0; i < b.n; i++) {
        bool place = b.p[i] == ':' && i + 1 < b.n && isdigit((unsigned char)b.p[i + 1]);
        text ^= b.p[i] == '"' && (i == 0 || b.p[i - 1] != '\\');
        if (!place && (text || !isspace((unsigned char)b.p[i]))) buf_putc(out, b.p[i]);
        while (place && i + 1 < b.n && isdigit((unsigned char)b.p[i + 1])) i++;
    }
    buf_free(&b);
}

static void show_difference(const Buf *a, const Buf *b)
{
    size_t i = 0;
    while (i < a->n && i < b->n && a->p[i] == b->p[i]) i++;
    size_t from = i > 60 ? i - 60 : 0;
    print_message("before: %.*s\nafter: %.*s\n", 160, a->p + from, 160, b->p + from);
}

/* False where the program is wrong. */
static bool layout_keeps(const char *text, size_t n)
{
    Buf once = {0}, twice = {0}, before = {0}, after = {0};
    Compilation *c = compile_text("x.ops", text, n, NULL, NULL), *d = NULL;
    bool right = c->program != NULL;
    if (formatted(text, n, &once)) {
        if (!formatted(buf_text(&once), once.n, &twice)) fail_msg("wrong once it is laid out:\n%s", buf_text(&once));
        if (strcmp(buf_text(&once), buf_text(&twice)) != 0)
            fail_msg("laid out again it is another text:\n%s\n----\n%s", buf_text(&once), buf_text(&twice));
    }
    if (right) {
        d = compile_text("x.ops", buf_text(&once), once.n, NULL, NULL);
        if (!d->program) fail_msg("wrong once it is laid out:\n%s", buf_text(&once));
        plain_ir(c, &before);
        plain_ir(d, &after);
        if (strcmp(buf_text(&before), buf_text(&after)) != 0) {
            show_difference(&before, &after);
            fail_msg("another program once it is laid out:\n%s", text);
        }
    }
    compilation_free(d);
    compilation_free(c);
    buf_free(&once), buf_free(&twice), buf_free(&before), buf_free(&after);
    return right;
}

static void random_programs(void **state)
{
    (void)state;
    Chance seed = {3};
    for (int i = 0; i < PROGRAMS; i++) {
        Buf text = {0};
        generate(&seed, &text);
        if (!layout_keeps(buf_text(&text), text.n)) {
            Compilation *c = compile_text("x.ops", buf_text(&text), text.n, NULL, NULL);
            Buf shown = {0};
            diags_print(c->diags, &shown, false, 5);
            fail_msg("a generated program is wrong:\n%s", buf_text(&shown));
        }
        buf_free(&text);
    }
}

static void mutants_that_are_right(void **state)
{
    (void)state;
    Chance seed = {4};
    uint32_t right = 0;
    for (int i = 0; i < PROGRAMS / 10; i++) {
        Buf text = {0};
        generate(&seed, &text);
        Good g = {.path = "x.ops", .arena = arena_new(), .text = text.p, .n = text.n};
        read_good_tokens(&g);
        for (int k = 0; k < MUTANT_KINDS_N * MUTANTS_OF_EACH / 10; k++) {
            Mutant m;
            Buf spoilt = {0};
            if (!mutant_make(&g, &seed, &MUTANT_KINDS[k % MUTANT_KINDS_N], &m)) continue;
            mutants_write(&g, &m, 1, &spoilt);
            right += layout_keeps(buf_text(&spoilt), spoilt.n);
            buf_free(&spoilt);
        }
        good_free(&g);
        buf_free(&text);
    }
    print_message("%u mutants are right and laid out\n", right);
    assert_true(right > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_programs), cmocka_unit_test(mutants_that_are_right)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
