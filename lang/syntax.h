/* syntax.h -- what people are told when the grammar does not take a token. */
#ifndef OPS_LANG_SYNTAX_H
#define OPS_LANG_SYNTAX_H

#include "lang/build.h"

/* A place in the parser's stack of states; what could follow there is asked without moving the parser. */
typedef const void GrammarPlace;

/* Would these tokens, one after the other, be taken? as_name (may be NULL): the last would only
 * be taken as a name. */
bool grammar_takes(GrammarPlace *place, const Word *tokens, uint32_t n, bool *as_name);
/* How many tokens would be taken: the word, as itself and not as a name, and of these behind it the first. */
uint32_t grammar_fits(GrammarPlace *place, Word word, const Word *behind, uint32_t n);
GrammarPlace *grammar_start(void);                          /* ahead of BEGIN_FILE, BEGIN_PROMPT or BEGIN_VALUE */
GrammarPlace *grammar_below(GrammarPlace *place);           /* ahead of the last token shifted, roughly */

/* The token in p's hand is refused at this place. */
void syntax_report(Parse *p, GrammarPlace *place);
/* What the wrong statement around this token was to declare is not known: names in it are lost. 1 where none
 * stands where the declared name should; 2 where it is a trigger, whose event may bring any; else 0. */
int syntax_damaged(Parse *p, uint32_t token);
/* < stands behind a block that had its own: an `else` was forgotten. */
void syntax_missing_else(Parse *p, Span at);
/* The words and classes that would be taken at this place, for the prompt; see parse_expected. */
uint32_t syntax_expected(Arena *a, GrammarPlace *place, const char *const **words, uint32_t *classes);

#endif
