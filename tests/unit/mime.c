/* mime.c -- tests of mime.h: nothing that is given can begin a line of its own, or be lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "base/mime.h"

static void is(Buf *b, const char *wanted)
{
    assert_string_equal(buf_text(b), wanted);
    buf_free(b);
}

static void headers(void **state)
{
    (void)state;
    Buf b = {0};
    mime_header(&b, "Subject", "Today: 2 overdue");
    is(&b, "Subject: Today: 2 overdue\n");
    mime_header(&b, "Subject", "a\nBcc: eve@example.org");
    is(&b, "Subject: =?UTF-8?Q?a=0ABcc=3A_eve=40example.org?=\n");
    mime_header(&b, "Subject", "=?UTF-8?Q?x?=");
    is(&b, "Subject: =?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fx=3F=3D?=\n");
    mime_address(&b, "To", "Groß, Ann", "ann@studio.example");
    is(&b, "To: =?UTF-8?Q?Gro=C3=9F=2C_Ann?= <ann@studio.example>\n");
    mime_address(&b, "To", "Ann \"A\" \\", "ann@studio.example");
    is(&b, "To: \"Ann \\\"A\\\" \\\\\" <ann@studio.example>\n");
    mime_address(&b, "To", NULL, "ann@studio.example");
    is(&b, "To: <ann@studio.example>\n");
}

/* Long ones are folded between characters, and every line has its encoded word whole. */
static void long_headers(void **state)
{
    (void)state;
    Buf b = {0}, text = {0};
    for (int i = 0; i < 100; i++) buf_puts(&text, "ß");
    mime_header(&b, "Subject", buf_text(&text));
    size_t letters = 0;
    for (char *line = strtok(b.p, "\n"); line; line = strtok(NULL, "\n")) {
        assert_true(strlen(line) <= 76);
        const char *word = strstr(line, "=?UTF-8?Q?");
        assert_non_null(word);
        assert_string_equal(line + strlen(line) - 2, "?=");
        for (const char *at = word + 10; *at == '='; at += 6, letters++) assert_memory_equal(at, "=C3=9F", 6);
    }
    assert_int_equal(letters, 100);
    buf_free(&b);
    buf_free(&text);
}

static int hex(char c) { return c <= '9' ? c - '0' : c - 'A' + 10; }

/* What a reader makes of it. */
static void decode(Buf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c != '=') buf_putc(out, *c);
        else if (c[1] == '\n') c++;
        else buf_putc(out, (char)(hex(c[1]) * 16 + hex(c[2]))), c += 2;
    }
}

static void bodies(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "a\n", "From here\n.\n", "ends with blanks  \nand so on ", "=\t\r\n",
                                        "Zoë wünscht 1.500,00 €\n", "\x01\x7f"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Buf b = {0}, back = {0};
        mime_quoted(&b, texts[i], strlen(texts[i]));
        decode(&back, buf_text(&b));
        assert_string_equal(buf_text(&back), texts[i]);
        assert_null(strstr(buf_text(&b), " \n"));
        assert_true(strncmp(buf_text(&b), "From", 4) != 0);
        buf_free(&b);
        buf_free(&back);
    }
}

static void long_lines(void **state)
{
    (void)state;
    Buf text = {0}, b = {0}, back = {0};
    for (int i = 0; i < 1000; i++) buf_puts(&text, "ab €");
    mime_quoted(&b, buf_text(&text), text.n);
    decode(&back, buf_text(&b));
    assert_string_equal(buf_text(&back), buf_text(&text));
    for (const char *line = buf_text(&b), *end; (end = strchr(line, '\n')); line = end + 1)
        assert_true(end - line <= 76);
    buf_free(&text);
    buf_free(&b);
    buf_free(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(headers), cmocka_unit_test(long_headers),
                                       cmocka_unit_test(bodies), cmocka_unit_test(long_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
