/* repl.c -- the prompt: not supported yet, and says so. */
#include "cli/args.h"

#include <stdio.h>

int cmd_repl(Args *args);

int cmd_repl(Args *args)
{
    (void)args;
    fprintf(stderr, "ops: the prompt is not supported yet; `ops help` lists what is\n");
    return status_exit_code(ST_UNAVAILABLE);
}
