/* cmd_help.c -- help and version. */
#include "cli/session.h"

#include "base/json.h"
#include "lang/parse.h"

#include <stdio.h>
#include <string.h>

int cmd_help(Args *args);
int cmd_version(Args *args);

/* `start`, `test` and others are both: what one types, and what one writes. */
int cmd_help(Args *args)
{
    Buf b = {0};
    const char *asked = args->words_n ? args->words[0] : NULL;
    const Command *c = asked ? command_find(asked) : NULL;
    const WordInfo *word = asked ? word_find(asked, strlen(asked)) : NULL;
    if (asked && !c && !word) {
        fprintf(stderr, "ops: %s\n", command_unknown(args->arena, asked));
        return status_exit_code(ST_USAGE);
    }
    if (c) help_command(&b, c);
    if (c && word) buf_puts(&b, "\nAs a word of a .ops file:\n\n");
    if (word) buf_printf(&b, "%s: %s\n", word->text, word->help);
    if (!asked) help_all(&b);
    say(&b);
    buf_free(&b);
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
