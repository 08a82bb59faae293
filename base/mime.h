/* mime.h -- text as mail carries it: lines of ASCII that no reader on the way can break.
 *
 * What is given may be any UTF-8, of any length, with any control characters:
 * none of it can begin a header line of its own.
 */
#ifndef OPS_BASE_MIME_H
#define OPS_BASE_MIME_H

#include "base/text.h"

/* "Name: text" and the line's end; what is not printable ASCII becomes encoded words (RFC 2047). */
void mime_header(Buf *b, const char *name, const char *text);
/* "Name: Ann Groß <ann@studio.example>"; display may be NULL. */
void mime_address(Buf *b, const char *name, const char *display, const char *address);
/* A body in quoted-printable (RFC 2045): lines of at most 76. */
void mime_quoted(Buf *b, const char *text, size_t n);

/* ann@studio.example, alone: what could never be one, or could end a header line, is none. */
bool mime_is_address(const char *text, size_t n);

#endif
