/* The pages that are made from the tables: each holds every row, and editors know every word that stands in a
 * program of this project, where it stands as one. */
int pages_main(int argc, char **argv);
#define main pages_main
#include "docs/pages.c"
#undef main

#include "tests/mutants.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define WORD_SIGNS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"

static void every_message(void **state)
{
    (void)state;
    Buf b = {0};
    page_messages(&b);
    for (int i = 0; i < DIAG_COUNT; i++) {
        const DiagInfo *m = diag_info((DiagCode)i);
        char heading[512];
        snprintf(heading, sizeof heading, "## %s: %s\n", m->name, m->title);
        if (!strstr(buf_text(&b), heading)) fail_msg("no %s", heading);
    }
    assert_int_equal(utf8_check(b.p, b.n), b.n);
    buf_free(&b);
}

static void every_row_of_the_ir(void **state)
{
    (void)state;
    static const char *const rows[] = {
#define IRNODE(name, ...) "| " #name " |",
#include "lang/ir.def"
#undef IRNODE
#define IRCODE(name, ...) "| " #name " |",
#include "lang/ir.def"
#undef IRCODE
#define AGGREGATE(name, number, text, ...) "| `" text "` |",
#include "lang/ir.def"
#undef AGGREGATE
#define ATTRIBUTE(name, number, text, ...) "| `" text "` |",
#include "lang/ir.def"
#undef ATTRIBUTE
    };
    Buf b = {0};
    page_ir(&b);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strstr(buf_text(&b), rows[i])) fail_msg("no %s", rows[i]);
    buf_free(&b);
}

/* As a word of its own in the list of the group that its class belongs to. */
static bool listed(const char *text, const char *list, const char *word, const char *around)
{
    const char *line = strstr(text, list), *end = line ? strchr(line, '\n') : NULL;
    for (const char *p = line; p && (p = strstr(p, word)) && p < end; p++)
        if (strchr(around, p[-1]) && strchr(around, p[strlen(word)])) return true;
    return false;
}

static const Group *group_of(const WordInfo *word)
{
    for (int i = 0; i < GROUPS_N; i++)
        if (strchr(GROUPS[i].classes, word->word_class)) return &GROUPS[i];
    return NULL;
}

static void words_of_program(const char *path, const char *vim, const char *textmate)
{
    Good g;
    (void)good_read(&g, path);
    for (uint32_t i = 1; i <= g.tokens_n; i++) {
        const Token *t = &g.tokens[i];
        char text[WORD_BYTES];
        if (!t->word || t->word != t->kind || !token_copy(&g, i, text)) continue;
        const WordInfo *word = word_find(text, strlen(text));
        const Group *group = word ? group_of(word) : NULL;
        if (!group) continue;                          /* `is not`: two words, known by themselves */
        char keyword[64];
        snprintf(keyword, sizeof keyword, "syn keyword %s ", group->vim);
        if (!listed(vim, keyword, text, " \n")) fail_msg("vim does not know %s, of %s", text, path);
        if (!listed(textmate, group->textmate, text, "(|)")) fail_msg("the TextMate grammar does not know %s", text);
    }
    good_free(&g);
}

static void every_word_of_every_program(void **state)
{
    (void)state;
    static const char *const patterns[] = {"examples/*/*.ops", "tests/seeds/*.ops", "tests/*/*/*.ops",
                                           "tests/unit/*.ops", "stdlib/*.ops"};
    char root[sizeof __FILE__ + 2] = __FILE__, pattern[sizeof root + 64];
    for (int i = 0; i < 3; i++) *(strrchr(root, '/') ? strrchr(root, '/') : root) = '\0';
    Buf vim = {0}, textmate = {0};
    page_vim(&vim);
    page_textmate(&textmate);
    size_t n = 0;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s%s%s", root, *root ? "/" : "", patterns[i]);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++, n++)
            words_of_program(found.gl_pathv[k], buf_text(&vim), buf_text(&textmate));
        globfree(&found);
    }
    assert_true(n > 20);
    buf_free(&vim), buf_free(&textmate);
}

/* In `code` or a block: what a reader of the page can copy. */
static bool shown_as_code(const char *page, const char *word)
{
    size_t n = strlen(word);
    bool code = false, block = false;
    for (const char *p = page; *p; p++) {
        bool begins = p == page || p[-1] == '\n';
        if (begins && strncmp(p, "```", 3) == 0) block = !block, p += strcspn(p, "\n");
        else if (*p == '`') code = !code;
        else if ((code || block) && strncmp(p, word, n) == 0 && !strchr(WORD_SIGNS, p[-1]) && !strchr(WORD_SIGNS, p[n]))
            return true;
        if (!*p) break;
    }
    return false;
}

static void every_word_is_told(void **state)
{
    (void)state;
    char path[sizeof __FILE__ + 64] = __FILE__, *text;
    for (int i = 0; i < 3; i++) *(strrchr(path, '/') ? strrchr(path, '/') : path) = '\0';
    strcat(path, *path ? "/docs/language.md" : "docs/language.md");
    Arena *a = arena_new();
    Error err;
    size_t n;
    if (text_read_file(a, path, 0, &text, &n, &err) != ST_OK) fail_msg("%s", err.text);
    assert_false(shown_as_code(text, "newcomer"));
    for (uint32_t i = 0; i < word_count(); i++)
        if (!shown_as_code(text, word_get(i)->text))
            fail_msg("docs/language.md tells nothing of `%s`", word_get(i)->text);
    arena_free(a);
}

static void the_grammar_is_json(void **state)
{
    (void)state;
    Buf b = {0};
    Arena *a = arena_new();
    Json *json;
    Error err;
    page_textmate(&b);
    if (json_parse(a, b.p, b.n, &json, &err) != ST_OK) fail_msg("%s", err.text);
    arena_free(a);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_message), cmocka_unit_test(every_row_of_the_ir),
                                       cmocka_unit_test(every_word_of_every_program),
                                       cmocka_unit_test(every_word_is_told), cmocka_unit_test(the_grammar_is_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
