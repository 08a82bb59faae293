/* angles_elsewhere.c -- blocks as other languages write them.
 *
 * Each is told once, where it opens, and read as the block that was meant.
 */
#include "lang/angles_private.h"

#include <string.h>

static bool token_is(const Filter *f, const Token *t, const char *text)
{
    size_t n = strlen(text);
    return t->to - t->from == n && memcmp(f->source->text + t->from, text, n) == 0;
}

/* At a line's end: `process P do`, `step A (`. A header without its < ends like this nowhere else. */
bool elsewhere_opens(const Filter *f)
{
    const Token *t = &f->raw[f->i - 1];
    unsigned header = class_of(first_word(f));
    if (!(header & OPENS) || f->opened_on_line || f->out->tokens.n < f->first + ((header & DECLARES) ? 3 : 2))
        return false;
    if (t->kind == '(' || t->kind == '[')      /* elsewhere it is a list's, or of a condition */
        return (header & DECLARES) && f->out->tokens.n == f->first + 3;
    return token_is(f, t, "do") || token_is(f, t, "begin") || token_is(f, t, "then");
}

void elsewhere_open(Filter *f)
{
    const Token *t = &f->raw[f->i - 1];
    Source *s = f->source;
    Diag *m = source_report(s, DIAG_E0120, t->from, t->to, "%.*s opens no block", (int)(t->to - t->from),
                            s->text + t->from);
    diag_hint(s->diags, m, "blocks stand between < and >");
    f->out->tokens.n--;
    f->out->brackets_n = 0;
    f->prev = f->out->tokens.items[f->out->tokens.n - 1].kind;
    f->opened_on_line = true;
    angles_open(f, t->from, t->to);
}

/* At the end of a header's line: does its < stand alone on the next one? */
const Token *elsewhere_angle_below(const Filter *f)
{
    const Token *t = &f->raw[f->i];
    if (!(class_of(first_word(f)) & OPENS) || f->opened_on_line || f->out->brackets_n)
        return NULL;
    while (t->kind == RAW_NL)
        t++;
    return t->kind == RAW_LT && t[1].kind == RAW_NL ? t : NULL;
}

void elsewhere_open_below(Filter *f, const Token *angle)
{
    Source *s = f->source;
    Diag *m = source_report(s, DIAG_E0121, angle->from, angle->to, "this < stands alone on its line");
    diag_hint(s->diags, m, "write it at the end of the line above, whose block it opens");
    f->opened_on_line = true;
    angles_open(f, angle->from, angle->to);
    f->i = (uint32_t)(angle - f->raw);
}

/* `end`, `)` or `]` alone on a line, where a block is open. */
bool elsewhere_closes(const Filter *f)
{
    const Token *t = &f->raw[f->i], *next = t + 1;
    bool alone = f->i == f->line_first && (next->kind == RAW_NL || next->kind == RAW_END);
    return alone && f->out->blocks_n && between_statements(f) &&
           (t->kind == ')' || t->kind == ']' || (t->kind == IDENT && token_is(f, t, "end")));
}

void elsewhere_close(Filter *f)
{
    const Token *t = &f->raw[f->i];
    Source *s = f->source;
    const OpenBlock *b = &f->out->blocks[f->out->blocks_n - 1];
    if (repair_opened_by_angle(s, b)) {
        Diag *m = source_report(s, DIAG_E0120, t->from, t->to, "%.*s closes no block", (int)(t->to - t->from),
                                s->text + t->from);
        diag_hint(s->diags, m, "write >");
    }
    angles_close(f, t->from, t->to);
}

/* `record Order >`, where a block must open: a slip of the key beside. A step may do without a block; then what is
 * indented below shows it, or that no block is open that this > could close. */
bool elsewhere_turned_round(const Filter *f)
{
    const Token *next = &f->raw[f->i + 1];
    unsigned word = first_word(f);
    if (f->raw[f->i].kind != RAW_GT || !f->header || !(class_of(word) & DECLARES) || f->out->brackets_n > 0 ||
        f->out->tokens.n != f->first + 2)
        return false;
    if (next->kind == RAW_NL)
        return f->out->blocks_n == 0 || angles_goes_deeper(f);
    return word != K_STEP && next->kind == IDENT && next->word;
}

void elsewhere_open_turned(Filter *f)
{
    const Token *t = &f->raw[f->i];
    Diag *m = source_report(f->source, DIAG_E0120, t->from, t->to, "> opens no block");
    diag_hint(f->source->diags, m, "write <");
    f->opened_on_line = true;
    angles_open(f, t->from, t->to);
}
