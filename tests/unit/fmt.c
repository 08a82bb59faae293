/* The formatter over every program of this project: laid out twice as once, the same program before
 * and after, and the author's indentation makes no difference. */
#include "base/text.h"
#include "lang/check.h"
#include "lang/parse.h"

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

/* Without the blanks ahead of lines; NULL where some of them are the text's own. */
static char *flattened(const char *text)
{
    if (strstr(text, "\"\"\"") || strstr(text, "lua")) return NULL;
    Buf b = {0};
    bool begins = true;
    for (; *text; text++) {
        if (!begins || (*text != ' ' && *text != '\t')) buf_putc(&b, *text);
        begins = *text == '\n' || (begins && (*text == ' ' || *text == '\t'));
    }
    char *flat = mem_dup(buf_text(&b));
    buf_free(&b);
    return flat;
}

static bool try_file(const char *path)
{
    Arena *a = arena_new();
    char *text;
    size_t n;
    Error err;
    if (text_read_file(a, path, 0, &text, &n, &err) != ST_OK) fail_msg("%s", err.text);
    char *once = formatted(text), *twice = once ? formatted(once) : NULL, *flat = flattened(text);
    char *before = program_of(path, text), *after = once ? program_of(path, once) : NULL;
    if (once) {
        assert_string_equal(twice, once);
        assert_true((before == NULL) == (after == NULL));
        if (before) assert_string_equal(after, before);
    }
    if (once && flat) {
        char *again = formatted(flat);
        assert_string_equal(again, once);
        free(again);
    }
    bool tried = once != NULL;
    free(once), free(twice), free(flat), free(before), free(after);
    arena_free(a);
    return tried;
}

static void every_program_here(void **state)
{
    (void)state;
    static const char *const patterns[] = {"examples/*/*.ops", "tests/*/*/*.ops", "tests/unit/*.ops", "stdlib/*.ops"};
    char root[sizeof __FILE__ + 2] = __FILE__, pattern[sizeof root + 64];
    for (int i = 0; i < 3; i++) *(strrchr(root, '/') ? strrchr(root, '/') : root) = '\0';
    size_t tried = 0;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s%s%s", root, *root ? "/" : "", patterns[i]);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++) tried += try_file(found.gl_pathv[k]);
        globfree(&found);
    }
    assert_true(tried >= 20);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_program_here),
        cmocka_unit_test(one_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
