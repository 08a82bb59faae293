/* propose.h -- commands that one goes on with, as a shell takes them.
 *
 * Whoever named a file or a store means them with the next command, too: without them it would speak of another
 * business. So every command that is proposed is made here.
 */
#ifndef OPS_ANALYSIS_PROPOSE_H
#define OPS_ANALYSIS_PROPOSE_H

#include "base/text.h"

typedef struct Where { const char *file, *store; } Where;      /* borrowed; NULL: need not be named */

/* " -f shop.ops --store try.db"; "" where neither needs to be named. */
void propose_where(Buf *b, const Where *w);
/* "ops retry 7 'Make it' -f shop.ops". words: quoted for the shell, up to a NULL. more: what stands behind them as it
 * is, like "--because ..."; NULL: nothing. A word that reads as an option stands behind `--`. */
void propose(Buf *b, const Where *w, const char *command, const char *const *words, const char *more);

#endif
