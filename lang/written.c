/* written.c -- what the author wrote, to be shown on one line. */
#include "lang/tokens.h"

#include <string.h>

/* A token on one line: what of it stands on lines of its own is brought together. */
static void put_token(Buf *out, const char *p, size_t n)
{
    if (!memchr(p, '\n', n)) {
        buf_add(out, p, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bool blank = strchr(" \t\r\n", p[i]) != NULL;
        if (!blank) buf_putc(out, p[i]);
        else if (i == 0 || !strchr(" \t\r\n", p[i - 1])) buf_putc(out, ' ');
    }
}

const char *written_on_a_line(Arena *a, Diags *diags, Span at)
{
    const char *text = sources_text(diags_sources(diags), at.from);
    Source source = {.arena = a, .diags = diags, .offset = at.from, .text = text,
                     .n = at.to - at.from, .mute = 0};
    Tokens tokens = {0};
    Buf out = {0};
    scan_text(&source, &tokens);
    uint32_t end = 0;
    for (uint32_t i = 0; i < tokens.n; i++) {
        const Token *t = &tokens.items[i];
        if (t->kind == RAW_NL) continue;
        if (out.n && t->from > end) buf_putc(&out, ' ');
        put_token(&out, text + t->from, t->to - t->from);
        end = t->to;
    }
    char *made = arena_dup_n(a, buf_text(&out), out.n);
    buf_free(&out);
    tokens_free(&tokens);
    return made;
}
