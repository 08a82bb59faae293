/* mime.c -- text as mail carries it: see mime.h. */
#include "base/mime.h"

#include <string.h>

enum { LINE_MOST = 76, WORD_MOST = 60 };    /* a word shares its line with the name of the header */

static const char word_begin[] = "=?UTF-8?Q?", word_end[] = "?=";

static void put_hex(Buf *b, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char hex[3] = {'=', digits[c >> 4], digits[c & 15]};
    buf_add(b, hex, sizeof hex);
}

/* ---- headers ------------------------------------------------------------------------------- */

static bool is_plain(const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~') return false;
    return n <= LINE_MOST / 2 && !strstr(text, "=?");
}

static bool stands_in_a_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
}

/* Encoded words, folded; none of them ends inside a character. */
static void put_words(Buf *b, const char *text)
{
    size_t used = 0;
    for (const char *at = text; *at;) {
        size_t bytes = 1;
        while ((at[bytes] & 0xc0) == 0x80) bytes++;
        size_t room = bytes == 1 && (stands_in_a_word((unsigned char)*at) || *at == ' ') ? 1 : 3 * bytes;
        if (used && used + room + sizeof word_end - 1 > WORD_MOST) buf_printf(b, "%s\n ", word_end), used = 0;
        if (!used) buf_puts(b, word_begin), used = sizeof word_begin - 1;
        used += room;
        if (*at == ' ') buf_putc(b, '_');
        else if (room == 1) buf_putc(b, *at);
        else
            for (size_t i = 0; i < bytes; i++) put_hex(b, (unsigned char)at[i]);
        at += bytes;
    }
    if (used) buf_puts(b, word_end);
}

void mime_header(Buf *b, const char *name, const char *text)
{
    buf_printf(b, "%s: ", name);
    if (is_plain(text)) buf_puts(b, text);
    else put_words(b, text);
    buf_putc(b, '\n');
}

/* A plain name stands in quotes, so that no comma or bracket in it means anything. */
static void put_display(Buf *b, const char *display)
{
    if (!is_plain(display)) {
        put_words(b, display);
        return;
    }
    buf_putc(b, '"');
    for (const char *c = display; *c; c++) {
        if (*c == '"' || *c == '\\') buf_putc(b, '\\');
        buf_putc(b, *c);
    }
    buf_putc(b, '"');
}

void mime_address(Buf *b, const char *name, const char *display, const char *address)
{
    buf_printf(b, "%s: ", name);
    if (display && *display) put_display(b, display), buf_puts(b, strlen(display) > LINE_MOST / 2 ? "\n " : " ");
    buf_putc(b, '<');
    for (const char *c = address; *c; c++)
        if ((unsigned char)*c > ' ' && *c != '<' && *c != '>') buf_putc(b, *c);
    buf_puts(b, ">\n");
}

/* ---- bodies --------------------------------------------------------------------------------- */

void mime_quoted(Buf *b, const char *text, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        bool ends = i + 1 == n || text[i + 1] == '\n';
        bool plain = (c > ' ' && c <= '~' && c != '=') || (c == ' ' && !ends);
        if (c == '\n') {
            buf_putc(b, '\n'), used = 0;
            continue;
        }
        /* A line that begins with "From " or a dot means something to programs on the way. */
        if (used == 0 && (c == 'F' || c == '.')) plain = false;
        size_t room = plain ? 1 : 3;
        if (used + room > LINE_MOST - 1) buf_puts(b, "=\n"), used = 0;
        if (plain) buf_putc(b, (char)c);
        else put_hex(b, c);
        used += room;
    }
}

/* ---- addresses ---------------------------------------------------------------------------- */

enum { ADDRESS_MOST = 254 };           /* RFC 5321 */

bool mime_is_address(const char *text, size_t n)
{
    const char *at = memchr(text, '@', n);
    if (!at || at == text || at + 1 == text + n || n > ADDRESS_MOST || text[0] == '-')
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == 127 || strchr("<>()[],;:\\\"", text[i]))
            return false;
    return !memchr(at + 1, '@', n - (size_t)(at + 1 - text)) && at[1] != '.' && text[n - 1] != '.';
}
