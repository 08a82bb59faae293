/* literal.h -- the values that literals stand for.
 *
 * The scanner asks only whether a literal is well made (and reports it when
 * it is not); the parser makes the value when the grammar takes the token.
 */
#ifndef OPS_LANG_LITERAL_H
#define OPS_LANG_LITERAL_H

#include "lang/tokens.h"

/* Decides what a number with a word behind it is: "90 s", "5minutes", "1h30m", "40 CHF",
 * "2 business days". Returns NUMBER, DURATION, MONEY or BDUR and how many bytes it takes,
 * reporting what is wrong. blank: bytes of the number alone. */
int literal_with_word(Source *s, uint32_t from, uint32_t to, uint32_t number, uint32_t *taken);

/* The names of all units of time, "business" among them; n of them. Those of many, or of one, come first. */
const char *const *literal_units(bool many, uint32_t *n);

/* The node of a literal token; a BAD node where the scanner reported it or its value does not
 * fit. shell: the text is a shell's, whose `$$` stays. */
Ast *literal_node(Source *s, const Token *t, bool shell);

/* A text's common indentation, and the line ends behind and ahead of its """, go away. parts
 * are LITERAL texts and, between them, expressions. */
void literal_dedent(Ast *parts);

/* Code points that are wrong in a program. */
typedef enum OddKind { ODD_NONE, ODD_BLANK, ODD_QUOTE, ODD_DASH, ODD_BIDI, ODD_SIGN } OddKind;

/* Decodes the code point at p (n bytes at most); returns its bytes, 1 with *c = 0xFFFD where it is none. */
uint32_t literal_decode(const char *p, uint32_t n, uint32_t *c);
OddKind literal_odd(uint32_t c);

#endif
