/* pattern.h -- patterns that texts must match: POSIX extended regular expressions, within bounds.
 *
 * The system's compiler writes every repetition out: "((a{255}){255}){255}" would eat all memory before
 * anything was matched, and thousands of brackets its stack. Such patterns are refused unseen.
 */
#ifndef OPS_BASE_PATTERN_H
#define OPS_BASE_PATTERN_H

#include "base/status.h"

#include <regex.h>

enum { PATTERN_SIGNS = 20000, PATTERN_DEEP = 100 };    /* with repetitions written out; brackets in brackets */

/* ST_VALUE: err says why not, to stand behind "this pattern cannot be read: ". Free with regfree. */
Status pattern_compile(const char *pattern, regex_t *out, Error *err) MUST_CHECK;

#endif
