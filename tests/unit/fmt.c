/* The formatter over every program of this project: laid out twice as once, the same program before
 * and after, and the author's indentation makes no difference. */
#include "base/text.h"
#include "lang/check.h"
#include "lang/parse.h"
#include "tests/chance.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char *formatted(const char *text)
{
    Arena *a = arena_new();
    Sources *sources = sources_new(a);
    Diags *diags = diags_new(a, sources);
    uint32_t at = sources_add(sources, "x.ops", text, strlen(text));
    Buf out = {0};
    char *made = format_text(a, diags, at, text, strlen(text), &out) ? mem_dup(buf_text(&out)) : NULL;
    buf_free(&out);
    arena_free(a);
    return made;
}

/* What `ops ir` prints, without lines and columns: " (x.ops:7:3)" is " (x.ops)". */
static char *program_of(const char *path, const char *text)
{
    Compilation *c = compile_text(path, text, strlen(text), NULL, NULL);
    Buf b = {0}, plain = {0};
    if (c->program) ir_print(&b, c->program);
    for (size_t i = 0; i < b.n; i++) {
        bool digit_behind = b.p[i] == ':' && i + 1 < b.n && b.p[i + 1] >= '0' && b.p[i + 1] <= '9';
        if (!digit_behind) buf_putc(&plain, b.p[i]);
        for (; digit_behind && i + 1 < b.n && b.p[i + 1] >= '0' && b.p[i + 1] <= '9'; i++) {}
    }
    char *made = c->program ? mem_dup(buf_text(&plain)) : NULL;
    buf_free(&b);
    buf_free(&plain);
    compilation_free(c);
    return made;
}

/* Can blanks be changed without changing a text of several lines, or Lua? */
static bool is_plain(const char *text)
{
    return !strstr(text, "\"\"\"") && !strstr(text, "lua");
}

/* Without the blanks ahead of lines. */
static char *flattened(const char *text)
{
    Buf b = {0};
    bool begins = true;
    for (; *text; text++) {
        if (!begins || (*text != ' ' && *text != '\t')) buf_putc(&b, *text);
        begins = *text == '\n' || (begins && (*text == ' ' || *text == '\t'));
    }
    char *made = mem_dup(buf_text(&b));
    buf_free(&b);
    return made;
}

/* With every blank three times, but for those in texts and comments. */
static char *spread(const char *text)
{
    Buf b = {0};
    bool in_text = false;
    for (const char *end; *text; text = end + (*end == '\n')) {
        end = text + strcspn(text, "\n");
        bool as_it_is = memchr(text, '#', (size_t)(end - text)) || memchr(text, '$', (size_t)(end - text));
        for (; text < end; text++) {
            in_text ^= *text == '"' && text[-1] != '\\';
            bool wide = *text == ' ' && !in_text && !as_it_is;
            buf_add(&b, wide ? " \t " : text, wide ? 3 : 1);
        }
        in_text = false;
        buf_puts(&b, *end ? "\n" : "");
    }
    char *made = mem_dup(buf_text(&b));
    buf_free(&b);
    return made;
}

/* With line ends of another system: the same program, and the same layout. */
static void try_line_ends(const char *path, const char *text, const char *once)
{
    Buf b = {0};
    for (const char *p = text; *p; p++) {
        if (*p == '\n' && (p == text || p[-1] != '\r')) buf_putc(&b, '\r');
        buf_putc(&b, *p);
    }
    char *again = formatted(buf_text(&b)), *was = program_of(path, text), *is = program_of(path, buf_text(&b));
    assert_string_equal(again, once);
    assert_true((was == NULL) == (is == NULL));
    if (was) assert_string_equal(is, was);
    free(again), free(was), free(is);
    buf_free(&b);
}

static void expect_same_layout(char *other, const char *once)
{
    char *again = formatted(other);
    if (!again) fail_msg("no program any more: %s", other);
    assert_string_equal(again, once);
    free(again), free(other);
}

static bool try_layout(const char *path, const char *text)
{
    char *once = formatted(text), *twice = once ? formatted(once) : NULL;
    char *before = program_of(path, text), *after = once ? program_of(path, once) : NULL;
    if (once) {
        assert_string_equal(twice, once);
        assert_true((before == NULL) == (after == NULL));
        if (before) assert_string_equal(after, before);
    }
    if (once) try_line_ends(path, text, once);
    if (once && is_plain(text)) {
        expect_same_layout(flattened(text), once);
        expect_same_layout(spread(text), once);
    }
    bool tried = once != NULL;
    free(once), free(twice), free(before), free(after);
    return tried;
}

/* How many of the programs of this project were tried. */
static size_t with_every_program(bool (*try)(const char *path, const char *text))
{
    static const char *const patterns[] = {"examples/*/*.ops", "tests/*/*/*.ops", "tests/unit/*.ops",
                                           "tests/seeds/*.ops", "stdlib/*.ops"};
    char root[sizeof __FILE__ + 2] = __FILE__, pattern[sizeof root + 64];
    for (int i = 0; i < 3; i++) *(strrchr(root, '/') ? strrchr(root, '/') : root) = '\0';
    size_t tried = 0;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s%s%s", root, *root ? "/" : "", patterns[i]);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++) {
            Arena *a = arena_new();
            char *text;
            size_t n;
            Error err;
            if (text_read_file(a, found.gl_pathv[k], 0, &text, &n, &err) != ST_OK) fail_msg("%s", err.text);
            tried += try(found.gl_pathv[k], text);
            arena_free(a);
        }
        globfree(&found);
    }
    return tried;
}

static void every_program_here(void **state)
{
    (void)state;
    assert_true(with_every_program(try_layout) >= 20);
}

typedef struct Layout { const char *before, *after; } Layout;

static const Layout LAYOUTS[] = {
    {"process P<step A<who Sales;how \"x\">>", "process P < step A < who Sales; how \"x\" > >\n"},
    {"process P <\nwhy \"a\"\nowner Sales\n\ngives won boolean\n>\n",
     "process P <\n    why   \"a\"\n    owner Sales\n\n    gives won boolean\n>\n"},
    {"system S <\nmetric a = 1\nmetric longer = 2\ngoal \"g\" is a > 1\n>\n",
     "system S <\n    metric a      = 1\n    metric longer = 2\n    goal   \"g\" is a > 1\n>\n"},
    {"record R <\nkey id\n# about it\nid text\nname text\n>\n",
     "record R <\n    key id\n    # about it\n    id   text\n    name text\n>\n"},
    {"audit A <\ncheck \"a\" every P has B\ncheck \"long\" every P has C\n>\n",
     "audit A <\n    check \"a\"    every P has B\n    check \"long\" every P has C\n>\n"},
    {"process P <\nstep A <\nretry 2 times\nrepeatable\nhow shell \"x\"\n>\n>\n",
     "process P <\n    step A <\n        retry 2 times\n        repeatable\n        how   shell \"x\"\n    >\n>\n"},
    {"process P <\neach x in l in parallel <\nset y = x\n>\ncollect y as z\n>\n",
     "process P <\n    each x in l in parallel <\n        set y = x\n    > collect y as z\n>\n"},
    {"process P <\nif a <\nstop \"x\"\n>\n\nelse <\nstop \"y\"\n>\n>\n",
     "process P <\n    if a <\n        stop \"x\"\n    > else <\n        stop \"y\"\n    >\n>\n"},
    {"process P <\nset x = a+b*-c\nset y = (a)\nset z = f( a,b )\n>\n",
     "process P <\n    set x = a + b * -c\n    set y = (a)\n    set z = f(a, b)\n>\n"},
    {"process P <\nset x = a-b- -c/d\nset y = if(a)then-1 else(b)\nset z = l [1]\nset r = R (a = 1)\n>\n",
     "process P <\n    set x = a - b - -c / d\n    set y = if (a) then -1 else (b)\n    set z = l [1]\n"
     "    set r = R(a = 1)\n>\n"},
    {"calendar C <\nclosed every 12-24, every 01-01\n>\n", "calendar C <\n    closed every 12-24, every 01-01\n>\n"},
    {"role A <\npeople ann,\n# b\nbob\nworks Office\n>\n",
     "role A <\n    people ann,\n        # b\n        bob\n    works  Office\n>\n"},
    {"process P <\nstart Q with lead = Lead(name = \"a name that is long\", email = \"a.name@that.is.long.example\", "
     "source = web), budget = 900\n>\n",
     "process P <\n    start Q with lead = Lead(name = \"a name that is long\", "
     "email = \"a.name@that.is.long.example\",\n"
     "        source = web), budget = 900\n>\n"},
    {"process P <\neach x in the_names_of_all_who_were_there_that_day in parallel < step H < ask score number > > "
     "collect score as s\n>\n",
     "process P <\n    each x in the_names_of_all_who_were_there_that_day in parallel <\n"
     "        step H < ask score number >\n    > collect score as s\n>\n"},
    {"# first\n\n\n\nrole A   # behind\n\n\nrole B\n# last", "# first\n\nrole A  # behind\n\nrole B\n# last\n"},
    {"process P < step A < how lua {\n  local x   =  1\n} > >\n",
     "process P <\n    step A <\n        how lua {\n  local x   =  1\n}\n    >\n>\n"},
};

static void one_layout(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof LAYOUTS / sizeof *LAYOUTS; i++) {
        char *made = formatted(LAYOUTS[i].before);
        if (!made) fail_msg("wrong: %s", LAYOUTS[i].before);
        assert_string_equal(made, LAYOUTS[i].after);
        free(made);
    }
}

/* ---- comments ---------------------------------------------------------------------------- */

enum { COMMENTS = 20 };                            /* tried in each program */
#define COMMENT "# h\xc3\xa9re, of < all > places"

/* What stands ahead of a place, without blanks, line ends and `;`. */
static char *ahead_of(const char *text, const char *place)
{
    Buf b = {0};
    for (; text < place; text++)
        if (!strchr(" \t\r\n;", *text)) buf_putc(&b, *text);
    char *made = mem_dup(buf_text(&b));
    buf_free(&b);
    return made;
}

static void expect_kept(const char *with, const char *once)
{
    const char *found = strstr(once, COMMENT);
    if (!found || strstr(found + 1, COMMENT)) fail_msg("lost, or there twice:\n%s\n-> %s", with, once);
    char *twice = formatted(once), *was = ahead_of(with, strstr(with, COMMENT)), *is = ahead_of(once, found);
    if (strcmp(was, is) != 0) fail_msg("moved:\n%s\n->\n%s", with, once);
    if (!twice || strcmp(twice, once) != 0) fail_msg("not at rest:\n%s\n->\n%s\n->\n%s", with, once, twice);
    free(twice), free(was), free(is);
}

/* A comment at a byte of the text, behind what stands there or on a line of its own. Where it ends up in a text
 * or in Lua it is a part of that. False where none may stand. */
static bool try_comment(const char *text, size_t at, bool own_line)
{
    Buf b = {0};
    buf_add(&b, text, at);
    buf_puts(&b, own_line ? "\n" COMMENT "\n" : " " COMMENT "\n");
    buf_puts(&b, text + at);
    char *once = formatted(buf_text(&b));
    if (once) {
        expect_kept(buf_text(&b), once);
        char *before = program_of("x.ops", buf_text(&b)), *after = program_of("x.ops", once);
        if (before && (!after || strcmp(after, before) != 0)) fail_msg("another program: %s", buf_text(&b));
        free(before), free(after);
    }
    bool tried = once != NULL;
    free(once);
    buf_free(&b);
    return tried;
}

static size_t comments_kept;

static bool try_comments(const char *path, const char *text)
{
    Chance c = {strlen(text)};
    (void)path;
    char *once = formatted(text);
    bool good = once != NULL;
    free(once);
    for (int i = 0; good && i < COMMENTS; i++)
        comments_kept += try_comment(text, (size_t)chance(&c, strlen(text) + 1), chance(&c, 2));
    return good;
}

static void every_comment_stays(void **state)
{
    (void)state;
    size_t tried = with_every_program(try_comments);
    assert_true(comments_kept >= tried * COMMENTS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_program_here),
        cmocka_unit_test(one_layout),
        cmocka_unit_test(every_comment_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
