/* accept.c -- findings that the author lets stand, with a reason.
 *
 *     emit paid          # accept E0418: the books read it from the journal
 *
 * A comment behind something speaks of its line; alone on a line it speaks of
 * the next line that holds something. Several codes stand with commas between.
 * A comment that begins with `accept` and names no code is only a comment.
 */
#include "lang/tokens.h"

#include <ctype.h>
#include <string.h>

typedef struct Comment {
    Source *s;
    const char *p, *end;
    Span at, over;
    VEC(DiagCode) codes;
} Comment;

static Diags *diags_of(const Comment *c)
{
    return c->s->diags;
}

static void skip_blanks(Comment *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\t')) c->p++;
}

static bool is_code(const char *p, const char *end)
{
    return end - p > 1 && strchr("EWNewn", *p) && isdigit((unsigned char)p[1]);
}

static Span span(const Comment *c, const char *from, const char *to)
{
    uint32_t base = c->s->offset;
    return (Span){base + (uint32_t)(from - c->s->text), base + (uint32_t)(to - c->s->text)};
}

static void take_code(Comment *c)
{
    const char *from = c->p;
    DiagCode code;
    while (c->p < c->end && isalnum((unsigned char)*c->p)) c->p++;
    Span at = span(c, from, c->p);
    const char *name = arena_dup_n(c->s->arena, from, (size_t)(c->p - from));
    if (!diag_code_find(name, &code)) {
        Diag *m = diag_add(diags_of(c), DIAG_E0481, at, "there is no message %s", name);
        diag_hint(diags_of(c), m, "write the code that the finding shows; `ops explain` lists all");
    } else if (diag_info(code)->severity == SEVERITY_ERROR) {
        Diag *m = diag_add(diags_of(c), DIAG_E0482, at, "%s is an error, and errors cannot be accepted", name);
        diag_hint(diags_of(c), m, "mend what it tells of, and take the comment away");
    } else {
        *VEC_PUSH(c->s->arena, &c->codes) = code;
    }
}

/* What stands behind the colon, or NULL after a message. */
static const char *reason(Comment *c)
{
    skip_blanks(c);
    if (c->p < c->end && *c->p == ':') c->p++;
    skip_blanks(c);
    while (c->end > c->p && isspace((unsigned char)c->end[-1])) c->end--;
    if (c->p < c->end) return arena_dup_n(c->s->arena, c->p, (size_t)(c->end - c->p));
    if (c->codes.n) {
        Diag *m = diag_add(diags_of(c), DIAG_E0480, c->at, "this accepts a finding and does not say why");
        diag_hint(diags_of(c), m, "write the reason behind a colon: # accept %s: ...",
                  diag_code_name(c->codes.items[0]));
    }
    return NULL;
}

static void read_comment(Comment *c)
{
    static const char word[] = "accept";
    c->at = span(c, c->p, c->end);
    c->p++;
    skip_blanks(c);
    size_t n = strlen(word);
    if ((size_t)(c->end - c->p) <= n || memcmp(c->p, word, n) != 0 || (c->p[n] != ' ' && c->p[n] != '\t')) return;
    c->p += n;
    skip_blanks(c);
    if (!is_code(c->p, c->end)) return;
    while (is_code(c->p, c->end)) {
        take_code(c);
        skip_blanks(c);
        if (c->p < c->end && *c->p == ',') c->p++;
        skip_blanks(c);
    }
    const char *why = reason(c);
    for (uint32_t i = 0; i < c->codes.n; i++) diag_accept(diags_of(c), c->codes.items[i], c->at, c->over, why);
}

/* The line around the byte at p. */
static Span line_around(Source *s, const char *p)
{
    const char *from = p, *to = memchr(p, '\n', (size_t)(s->text + s->n - p));
    while (from > s->text && from[-1] != '\n') from--;
    Comment c = {.s = s};
    return span(&c, from, to ? to : s->text + s->n);
}

/* The comments between two tokens; next: the first token behind them that is no line end. */
static void read_gap(Source *s, const char *from, const char *to, bool alone, const char *next)
{
    const char *p = memchr(from, '#', (size_t)(to - from));
    if (!p) return;
    const char *end = memchr(p, '\n', (size_t)(to - p));
    Comment c = {.s = s, .p = p, .end = end ? end : to, .over = line_around(s, alone ? next : p)};
    read_comment(&c);
}

void accept_read(Source *s, const Tokens *raw)
{
    if (!memmem(s->text, s->n, "accept", 6)) return;
    uint32_t next = 0, before = 0;
    bool alone = true;
    for (uint32_t i = 0; i <= raw->n; i++) {
        uint32_t to = i < raw->n ? raw->items[i].from : s->n;
        for (next = next < i ? i : next; next < raw->n && raw->items[next].kind == RAW_NL;) next++;
        const char *behind = s->text + (next < raw->n ? raw->items[next].from : s->n);
        if (before < to) read_gap(s, s->text + before, s->text + to, alone, behind);
        if (i == raw->n) break;
        alone = raw->items[i].kind == RAW_NL;
        before = raw->items[i].to;
    }
}
