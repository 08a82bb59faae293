/* cmd_help.c -- help and version. */
#include "cli/session.h"

#include "base/json.h"
#include "base/text.h"
#include "lang/parse.h"

#include <stdio.h>
#include <string.h>

int cmd_help(Args *args);
int cmd_version(Args *args);

/* Neither a command nor a word of the language: the nearest of both. */
static const char *nothing_of(Arena *a, const char *asked)
{
    VEC(const char *) names = {0};
    for (const Command *c = commands; c->name; c++) *VEC_PUSH(a, &names) = c->name;
    for (uint32_t i = 0; i < word_count(); i++)
        if (!command_find(word_get(i)->text)) *VEC_PUSH(a, &names) = word_get(i)->text;
    for (uint32_t i = 0; meaning_get(i); i++)
        if (!word_find(meaning_get(i)->name, strlen(meaning_get(i)->name))) *VEC_PUSH(a, &names) = meaning_get(i)->name;
    const char *meant = text_did_you_mean(a, asked, names.items, names.n);
    return arena_printf(a, "there is no command and no word of the language %s%s `ops help` lists the commands", asked,
                        *meant ? meant : ";");
}

/* `start`, `test` and others are both: what one types, and what one writes. */
int cmd_help(Args *args)
{
    Buf b = {0};
    const char *asked = args->words_n ? args->words[0] : NULL;
    const Command *c = asked ? command_find(asked) : NULL;
    Buf means = {0};
    if (asked && !meanings_print(&means, asked) && !c) {
        fprintf(stderr, "ops: %s\n", nothing_of(args->arena, asked));
        return status_exit_code(ST_USAGE);
    }
    if (c) help_command(&b, c);
    if (c && means.n) buf_puts(&b, "\nAs a word of a .ops file:\n\n");
    buf_puts(&b, buf_text(&means));
    if (!asked) help_all(&b);
    say(&b);
    buf_free(&b);
    buf_free(&means);
    return 0;
}

int cmd_version(Args *args)
{
    Buf b = {0};
    if (args->given[OPT_JSON]) {
        buf_putc(&b, '{');
        json_key_string(&b, "version", OPS_VERSION);
        buf_puts(&b, "}\n");
    } else {
        buf_printf(&b, "ops %s\nLicence GPL-3.0-or-later; free to use, study, change and share. No warranty.\n",
                   OPS_VERSION);
    }
    say(&b);
    buf_free(&b);
    return 0;
}
