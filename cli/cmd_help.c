/* cmd_help.c -- help and version. */
#include "cli/session.h"

#include "base/json.h"

#include <stdio.h>

int cmd_help(Args *args);
int cmd_version(Args *args);

int cmd_help(Args *args)
{
    Buf b = {0};
    const Command *c = args->words_n ? command_find(args->words[0]) : NULL;
    if (args->words_n && !c) {
        fprintf(stderr, "ops: %s\n", command_unknown(args->arena, args->words[0]));
        return status_exit_code(ST_USAGE);
    }
    if (c) help_command(&b, c);
    else help_all(&b);
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
