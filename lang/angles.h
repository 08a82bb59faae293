/* angles.h -- the filter between scanner and grammar.
 *
 * It decides which angle opens or closes a block and which compares, which
 * word is a name here, and where statements end; it joins `is not`, `not in`
 * and `stands in`. So the grammar has two tokens for each angle, and no
 * conflicts.
 *
 *   <  >   compare inside ( ), [ ] and ${ }, and where a value ends on their
 *          left and one begins on their right, on the same line; else they
 *          are brackets. The first < behind a declaration's name is always
 *          one, and so is an angle at the end of a line.
 *   NL     ends a statement: at a line's end unless a bracket is open or the
 *          line ends with an operator, at `;`, and ahead of a closing >.
 *          None stands behind < or >, so `else` may follow on the next line.
 *
 * A text whose angles do not balance is read again by its indentation, and
 * the block that was not closed is named.
 */
#ifndef OPS_LANG_ANGLES_H
#define OPS_LANG_ANGLES_H

#include "lang/tokens.h"

enum { BLOCKS_MAX = 200, BRACKETS_MAX = 200, CHAIN_MAX = 2000 };

typedef struct OpenBlock {
    uint32_t head;                 /* filtered token: the first of the statement that opened it */
    uint32_t from, to;             /* of that token's first byte, and behind the < */
    uint32_t line, column; /* the line's first byte; and its first that is no blank, in bytes from there */
    char kind;                     /* 'R' record, 'E' event, 'T' table, 'B' any other */
} OpenBlock;

typedef struct OpenBracket {
    uint32_t at;                   /* its byte */
    uint32_t chain;                /* operators since it, or since the last comma */
    char sign;                     /* ( [ or $ for ${ */
} OpenBracket;

typedef struct Angles {
    Tokens tokens;                 /* on the heap; angles_free */
    OpenBlock blocks[BLOCKS_MAX];  /* open at the text's end, outermost first */
    uint32_t blocks_n;
    OpenBracket brackets[BRACKETS_MAX];
    uint32_t brackets_n;
    bool goes_on;                  /* the last line ends with an operator */
    bool stray;                    /* a > closed nothing */
    bool misplaced;                /* they balance, but lines that are surely indented show other blocks */
    uint32_t looked;               /* tokens gone through for the ends of blocks without a first line */
} Angles;

/* complete: the text is a whole file, so what is open at its end is reported and closed. */
void angles_filter(Source *s, const Tokens *raw, bool complete, Angles *out);
void angles_free(Angles *a);
/* Does a statement that begins with the word have a block? Does the word begin statements, surely? Does it give
 * something a name? */
bool angles_opens(Word w);
bool angles_begins(Word w);
bool angles_declares(Word w);

#endif
