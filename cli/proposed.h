/* proposed.h -- the commands that a command proposes: with the file and the store that it works on itself. */
#ifndef OPS_CLI_PROPOSED_H
#define OPS_CLI_PROPOSED_H

#include "analysis/propose.h"
#include "cli/session.h"

/* As they were named on the command line: for whoever sits there. */
Where where_here(const Session *s);
/* The file, and the store that was named in any way: for whoever reads it in another folder, from a mail. */
Where where_anywhere(const Session *s);

/* A command without words that need quoting, "cases --all", in the arena. */
const char *proposed(const Session *s, const char *command);
/* "away 'Jürgen Müller' until friday" for a message: its place is added as it is told. In the arena. */
const char *proposed_words(const Session *s, const char *command, const char *const *words);
/* A message whose `ops COMMAND ...` get what they take of it; of another place than here. */
void proposed_in(const Session *s, const char *message, Buf *b);
void proposed_at(const Session *s, const Where *whole, const char *message, Buf *b);
/* A refusal: what it proposes instead is typed for whom the refused command was typed (--as). */
void proposed_instead(const Session *s, const char *message, Buf *b);

#endif
