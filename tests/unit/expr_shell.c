/* expr_shell.c -- commands: what the shell is given to read, and that values are never read by it. */
#include "expr_fixture.h"

/* ---- texts and commands ---- */

static void command_is(const char *command, const char *expected, uint32_t args)
{
    Buf text = {0};
    buf_printf(&text,
               "process P <\n    takes n number, s text, t text or none\n    step A < how shell \"%s\" "
               ">\n>\n",
               command);
    Compilation *c = compile(buf_text(&text));
    if (!c->program)
        show(c, buf_text(&text));
    assert_non_null(c->program);
    const IrStep *step = &flow_of(c)->steps[0];
    assert_string_equal(step->shell.text, expected);
    assert_int_equal(step->shell.args_n, args);
    buf_free(&text);
    compilation_free(c);
}

static void command_gives(const char *command, const char *code, const char *says)
{
    Buf text = {0};
    buf_printf(&text,
               "record R < a text >\nprocess P <\n    takes n number, s text, r R\n    step A < how shell "
               "\"%s\" >\n>\n",
               command);
    text_gives(buf_text(&text), code, says);
    buf_free(&text);
}

static void commands(void **state)
{
    (void)state;
    command_is("echo ${s}", "echo \"${1}\"", 1);
    command_is("echo \\\"${s}\\\"", "echo \"${1}\"", 1);
    command_is("echo \\\"a ${s} b\\\" ${n}", "echo \"a ${1} b\" \"${2}\"", 2);
    command_is("echo ${s}${t}x", "echo \"${1}\"\"${2}\"x", 2);
    command_is("echo 'a b' ${s}", "echo 'a b' \"${1}\"", 1);
    command_is("echo $$HOME $HOME", "echo \\$HOME $HOME", 0);
    command_is("echo '$$5'", "echo '$5'", 0);
    command_is("echo \\\"$(cat ${s})\\\"", "echo \"$(cat \"${1}\")\"", 1);
    command_is("echo \\\"$(echo \\\"${s}\\\")\\\" ${n}", "echo \"$(echo \"${1}\")\" \"${2}\"", 2);
    command_is("echo \\\"`cat ${s}`\\\" ${n}", "echo \"`cat \"${1}\"`\" \"${2}\"", 2);
    command_is("(cd x; ls ${s})", "(cd x; ls \"${1}\")", 1);
    command_is("echo a#b # it's ${n}", "echo a#b # it's \"${1}\"", 1);
    command_is("echo ${s}#'x'", "echo \"${1}\"#'x'", 1);
    command_is("echo it\\\\'s ${s}", "echo it\\'s \"${1}\"", 1);
    command_is("echo a\\\\${s}", "echo a\\\\\"${1}\"", 1);
    command_is("echo ${n + 1}", "echo \"${1}\"", 1);
}

static void documents(void **state)
{
    (void)state;
    static const struct { const char *lines, *code;
    } rows[] = {
        {"cat <<END\nDear ${s}, it's ${n}\nEND\necho ${s}", NULL},
        {"cat <<'END'\nDear ${s}\nEND", "E0601"},
        {"cat <<'END'\nit's so\nEND\necho ${s}", NULL},
        {"cat <<-END\n\t${s}\n\tEND\necho '${s}'", "E0601"},
        {"cat <<A <<'B'\n${s}\nA\nplain ${s}\nB", "E0601"},
        {"cat <<A <<'B'\n${s}\nA\nplain\nB\necho ${n}", NULL},
        {"cat <<END\nEND\necho '${s}'", "E0601"},
        {"cat <<END\n$(echo ${s})\nEND\necho ${n}", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Buf text = {0};
        buf_printf(&text,
                   "process P <\n    takes n number, s text\n    step A < how shell \"\"\"\n%s\n\"\"\" "
                   ">\n>\n",
                   rows[i].lines);
        Compilation *c = compile(buf_text(&text));
        bool as_wanted = rows[i].code ? is_only(c, rows[i].code, NULL) : c->program != NULL;
        if (!as_wanted)
            show(c, rows[i].lines);
        assert_true(as_wanted);
        buf_free(&text);
        compilation_free(c);
    }
    command_gives("echo '${s}'", "E0601", "single quotes");
    command_gives("echo $'${s}'", "E0601", NULL);
    command_gives("echo $$'${s}'", "E0601", NULL);
    command_gives("echo $(( ${n} + 1 ))", "E0602", "${a + b}");
    command_gives("echo \\\"$(( (2) * ${n} ))\\\"", "E0602", NULL);
    command_gives("echo $(( (1 + 2) * 3 )) '${s}'", "E0601", NULL);
    command_gives("echo 'abc", "E0603", "single");
    command_gives("echo \\\"abc ${s}", "E0603", "double");
    command_gives("echo ${r}", "E0302", ".a");
    command_gives("echo ${nobody}", "E0301", NULL);
}

/* The command that comes out says what it is handed, whatever that holds, with any shell. */
static void handed_over(void **state)
{
    (void)state;
    static const char *const commands_of[] = {"printf '%s' ${s}", "printf '%s' \\\"${s}\\\"",
                                              "printf '%s' \\\"$(printf '%s' ${s})\\\"",
                                              "printf '%s' \\\"`printf '%s' ${s}`\\\""};
    static const char value[] = "a  b'; echo \"$(date)\" `id` $HOME \\ * # x";
    for (size_t i = 0; i < sizeof commands_of / sizeof *commands_of; i++) {
        Buf text = {0};
        char line[300] = "";
        buf_printf(&text, "process P <\n    takes s text\n    step A < how shell \"%s\" >\n>\n",
                   commands_of[i]);
        Compilation *c = compile(buf_text(&text));
        assert_non_null(c->program);
        assert_int_equal(setenv("OPS_TEST_COMMAND", flow_of(c)->steps[0].shell.text, 1), 0);
        assert_int_equal(setenv("OPS_TEST_VALUE", value, 1), 0);
        FILE *out = popen("exec sh -c \"$OPS_TEST_COMMAND\" sh \"$OPS_TEST_VALUE\"", "r");
        assert_non_null(out);
        size_t n = fread(line, 1, sizeof line - 1, out);
        line[n] = 0;
        assert_int_equal(pclose(out), 0);
        assert_string_equal(line, value);
        buf_free(&text);
        compilation_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),
        cmocka_unit_test(documents),
        cmocka_unit_test(handed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
