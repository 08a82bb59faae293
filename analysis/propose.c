/* propose.c -- commands that one goes on with: see propose.h. */
#include "analysis/propose.h"

void propose_where(Buf *b, const Where *w)
{
    if (w->file) buf_puts(b, " -f "), buf_shell_word(b, w->file);
    if (w->store) buf_puts(b, " --store "), buf_shell_word(b, w->store);
}

static void add_words(Buf *b, const char *const *words)
{
    for (; *words; words++) buf_putc(b, ' '), buf_shell_word(b, *words);
}

void propose(Buf *b, const Where *w, const char *command, const char *const *words, const char *more)
{
    bool dashed = false;
    for (const char *const *word = words; *word; word++) dashed |= **word == '-';
    buf_printf(b, "ops %s", command);
    if (!dashed) add_words(b, words);
    if (more && *more) buf_printf(b, " %s", more);
    propose_where(b, w);
    if (dashed) buf_puts(b, " --"), add_words(b, words);
}
