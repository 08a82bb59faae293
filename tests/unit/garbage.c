/* Ten megabytes of anything are refused, and not at length: messages are counted here, time by the bench. */
#include "lang/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { BYTES = 10 * 1000 * 1000, MESSAGES_MOST = 1000 };

/* head, then again and again the same to the end. most: of messages. */
typedef struct Garbage { const char *name, *head, *again; size_t again_n; uint32_t most; } Garbage;

#define AGAIN(text) text, sizeof text - 1

static const Garbage GARBAGE[] = {
    {"zeros", "", AGAIN("\0"), 1},
    {"bytes that are no text", "", AGAIN("\xff\xfe\x01\n"), MESSAGES_MOST},
    {"nothing but <", "", AGAIN("<"), 1},
    {"nothing but >", "", AGAIN(">"), MESSAGES_MOST},
    {"nothing but quotes", "", AGAIN("\""), MESSAGES_MOST},
    {"nothing but single quotes", "", AGAIN("'"), MESSAGES_MOST},
    {"nothing but }", "", AGAIN("}"), MESSAGES_MOST},
    {"nothing but {", "", AGAIN("{"), MESSAGES_MOST},
    {"values in texts in values", "", AGAIN("\"${"), MESSAGES_MOST},
    {"brackets that do not fit", "", AGAIN("a{b)"), MESSAGES_MOST},
    {"one long line", "", AGAIN("a "), MESSAGES_MOST},
    {"one long word", "", AGAIN("a"), 1},
    {"blocks in blocks", "", AGAIN("step A <\n"), 1},
    {"brackets in brackets", "metric a = ", AGAIN("("), 1},
    {"one long sum", "metric a = b", AGAIN("+c"), 1},
    {"a million names", "", AGAIN("name_0001\n"), MESSAGES_MOST},
    {"Lua that never ends", "", AGAIN("lua {\n"), MESSAGES_MOST},
    {"wrong words", "", AGAIN("stepp A < who B >\n"), MESSAGES_MOST},
};

static void refused(void **state)
{
    (void)state;
    char *text = malloc(BYTES);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof GARBAGE / sizeof *GARBAGE; i++) {
        const Garbage *g = &GARBAGE[i];
        size_t at = strlen(g->head);
        memcpy(text, g->head, at);
        for (; at + g->again_n <= BYTES; at += g->again_n) memcpy(text + at, g->again, g->again_n);
        Compilation *c = compile_text("garbage.ops", text, at, NULL, NULL);
        if (c->program || diags_errors(c->diags) == 0) fail_msg("%s: not refused", g->name);
        if (diags_count(c->diags) > g->most) fail_msg("%s: %u messages", g->name, diags_count(c->diags));
        compilation_free(c);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
