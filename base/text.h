/* text.h -- bytes that grow, and what Ops must know of Unicode.
 *
 * All text is UTF-8, NUL-terminated, and holds no NUL inside.
 */
#ifndef OPS_BASE_TEXT_H
#define OPS_BASE_TEXT_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

/* A growing text. Starts as {0}; buf_free gives the memory back. Always
 * NUL-terminated once something was added; buf_text gives "" before that. */
typedef struct Buf {
    char *p;
    size_t n, cap;
} Buf;

void buf_free(Buf *b);
void buf_clear(Buf *b);                                  /* keeps the memory */
const char *buf_text(const Buf *b);
void buf_add(Buf *b, const char *bytes, size_t n);
void buf_puts(Buf *b, const char *text);
void buf_putc(Buf *b, char c);
void buf_pad(Buf *b, char c, size_t times);
void buf_printf(Buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
char *buf_take(Buf *b) MUST_CHECK;                       /* yours, free(); b is {0} again */
char *buf_dup(const Buf *b, Arena *a) MUST_CHECK;

/* The first byte that is not valid UTF-8 (or is NUL), as an offset; n if all is well. */
size_t utf8_check(const char *bytes, size_t n);
/* A code point, which is none of half a pair. Returns how many bytes it takes. */
size_t utf8_encode(uint32_t code, char out[4]);
/* Columns a terminal uses for the text (combining 0, wide 2); n bytes. */
size_t text_width(const char *bytes, size_t n);
/* Bytes of the longest prefix that fits into so many columns. */
size_t text_fit(const char *bytes, size_t n, size_t columns);
/* Unicode lower and upper case, and NFC-insensitive nothing: byte order is kept otherwise. */
char *text_lower(Arena *a, const char *text) MUST_CHECK;
char *text_upper(Arena *a, const char *text) MUST_CHECK;
uint32_t text_length(const char *text);                  /* code points */

bool text_is_blank(const char *text);                    /* nothing, or nothing but white space */
/* Bytes of the white space at the begin of n > 0 bytes, one character of it; 0: there is none. Any of Unicode's. */
size_t text_space(const char *bytes, size_t n);
/* Small letters and digits without accents, with a `-` where anything else stands between: "Crème brûlée!" is
 * "creme-brulee". Letters of other scripts stay. */
char *text_slug(Arena *a, const char *text) MUST_CHECK;

/* Control characters (but no tab or line end) as \xNN, for showing foreign text on a terminal. */
void buf_visible(Buf *b, const char *bytes, size_t n);
/* The same of what it prints. */
void buf_show(Buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* A word as a shell takes it, in single quotes where it must be. */
void buf_shell_word(Buf *b, const char *text);

/* Optimal-string-alignment distance, capped: returns limit + 1 when larger. (Boytsov 2011.) */
unsigned text_distance(const char *a, const char *b, unsigned limit);
/* The best of n candidates within a distance that a slip of the fingers explains
 * (1 for up to 4 letters, 2 for up to 8, else 3), or NULL. Case differences count half. */
const char *text_nearest(const char *word, const char *const *candidates, size_t n);
/* The same as the end of a sentence, ": did you mean NEAREST?"; "" where nothing is near. */
const char *text_did_you_mean(Arena *a, const char *word, const char *const *candidates, size_t n);

/* Reads a whole file, NUL-terminated; *n gets its bytes. Refuses more than limit bytes
 * (0: 1 GiB), directories, and says which file and why. path "-" is standard input. */
Status text_read_file(Arena *a, const char *path, size_t limit, char **bytes, size_t *n, Error *err) MUST_CHECK;
/* Writes path anew or not at all (temporary file, fsync, rename). */
Status text_write_file(const char *path, const char *bytes, size_t n, Error *err) MUST_CHECK;

#endif
