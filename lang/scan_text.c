/* scan_text.c -- texts: between quotes, in other quotes, with values in them.
 *
 * A text ends at its quote or pauses at a ${, and goes on behind its }: a stack
 * remembers which. Where the quote is missing, it ends where a person would
 * have ended it, so that the rest of the file still makes sense.
 */
#include "lang/angles.h"
#include "lang/scan_hand.h"

typedef enum TextEnd { TEXT_CLOSED, TEXT_VALUE, TEXT_UNCLOSED } TextEnd;

static void unknown_escape(Hand *h, uint32_t at)
{
    uint32_t c, n = literal_decode(h->source->text + at + 1, h->source->n - at - 1, &c);
    Diag *m = source_report(h->source, DIAG_E0115, at, at + 1 + n, "\\%.*s means nothing in a text", (int)n,
                            h->source->text + at + 1);
    if (c == 'n')
        diag_hint(h->source->diags, m, "write the text over several lines, between \"\"\" and \"\"\"; "
                                       "or \\\\n, if it is a backslash you want");
    else
        diag_hint(h->source->diags, m,
                  "only \\\" and \\\\ are written with a backslash; for one backslash write \\\\");
}

/* Walks from pos to the text's end, to behind its next ${, or to where it should have ended. */
static TextEnd text_end(Hand *h, uint32_t pos, bool triple, uint32_t *end)
{
    for (const Source *s = h->source; pos < s->n; pos++) {
        switch (s->text[pos]) {
        case '"':
            if (!triple || (byte(h, pos + 1) == '"' && byte(h, pos + 2) == '"'))
                return *end = pos + (triple ? 3 : 1), TEXT_CLOSED;
            break;
        case '\\':
            if (byte(h, pos + 1) == '"' || byte(h, pos + 1) == '\\')
                pos++;
            else if (pos + 1 < s->n && s->text[pos + 1] != '\n' && s->text[pos + 1] != '\r')
                unknown_escape(h, pos);
            break;
        case '$':
            if (byte(h, pos + 1) == '$')
                pos++;
            else if (byte(h, pos + 1) == '{')
                return *end = pos + 2, TEXT_VALUE;
            break;
        case '\n':
            if (!triple)
                return *end = pos, TEXT_UNCLOSED;
            break;
        }
    }
    return *end = h->source->n, TEXT_UNCLOSED;
}

/* Behind a ; that a statement follows, to the eye. */
static bool statement_behind(const Hand *h, uint32_t at)
{
    uint32_t n = 0;
    for (at++; blank(byte(h, at)); at++) {}
    while (hand_in_word((unsigned char)byte(h, at + n), n == 0))
        n++;
    return n > 0 && word_find(h->source->text + at, n);
}

/* What is not closed takes its line, to a statement behind a ; or to what looks like a comment, or like the
 * block's own angles at the end. */
uint32_t hand_unclosed_end(const Hand *h, uint32_t from, uint32_t end)
{
    for (uint32_t at = from + 1; at < end; at++) {
        if (byte(h, at) == ';' && statement_behind(h, at))
            return at;
        if (byte(h, at) == '#' && blank(byte(h, at - 1)) && blank(byte(h, at + 1)))
            end = at;
    }
    uint32_t to = end;
    while (to > from + 1 && (blank(byte(h, to - 1)) || strchr("<>;", byte(h, to - 1))))
        to--;
    return to < end && blank(byte(h, to)) ? to : end;
}

/* The name that the line was to declare may stand in it as it does not elsewhere. */
static void damage_header(Hand *h, uint32_t from, uint32_t to)
{
    const char *text = h->source->text, *block = memchr(text + from, '<', to - from);
    uint32_t n = 0;
    while (from < to && blank(text[from]))
        from++;
    while (from + n < to && hand_in_word((unsigned char)text[from + n], n == 0))
        n++;
    const WordInfo *word = word_find(text + from, n);
    if (word && angles_declares(word->word))
        diags_damaged(h->source->diags, (Span){h->source->offset + from,
                                               h->source->offset + (block ? (uint32_t)(block - text) : to)}, true);
    else
        diags_damaged(h->source->diags, (Span){h->source->offset + from, h->source->offset + to}, false);
}

/* Where a quote is missing nobody can know what stands inside a text and what outside: this one message is
 * all that is told of the line. told: messages ahead of it. */
static void mute_line(Hand *h, uint32_t at, uint32_t told)
{
    Diags *d = h->source->diags;
    if (diags_muted(d, h->source->offset + at))
        return;                                    /* by another quote of the line */
    if (diags_count(d) > told)                     /* else it was dropped itself: keep what is there */
        diags_take_back(d, h->told, told);
    hand_mute(h, hand_line_start(h, at), line_end(h, at) + 1);
    damage_header(h, hand_line_start(h, at), line_end(h, at));
}

static void unclosed_triple(Hand *h, uint32_t from)
{
    Source *s = h->source;
    if (s->at_prompt) {
        s->open = OPEN_TEXT;
        return;
    }
    Diag *m = source_report(s, DIAG_E0107, from, from + 3, "this text is never closed");
    diag_hint(s->diags, m, "close it with \"\"\"");
    diags_damaged(s->diags, (Span){s->offset + from, s->offset + s->n}, true);
    if (s->mute > from)
        s->mute = from;
}

static void unclosed_in_line(Hand *h, uint32_t from, uint32_t to)
{
    Source *s = h->source;
    uint32_t told = diags_count(s->diags);
    if (to == from + 1) {
        Diag *m = source_report(s, DIAG_E0107, from, to, "this quote closes nothing");
        diag_hint(s->diags, m, "write the \" with which its text begins, or take it out");
    } else {
        Diag *m = source_report(s, DIAG_E0107, from, to, "this text is never closed");
        diag_hint(s->diags, m,
                  "close it with \" on its line; a text of several lines stands between \"\"\" and \"\"\"");
    }
    mute_line(h, from, told);
}

void hand_unclosed_text(Hand *h, uint32_t from, uint32_t to, bool triple)
{
    if (triple)
        unclosed_triple(h, from);
    else
        unclosed_in_line(h, from, to);
}

/* The ${ on top of the stack has no }: the text around it becomes one plain text that ends at `to`,
 * in place of all tokens from its head on. */
static Token unclosed_insert(Hand *h, uint32_t to, bool tell)
{
    Insert in = h->inserts[--h->inserts_n];
    if (tell) {
        uint32_t told = diags_count(h->source->diags);
        Diag *m = source_report(h->source, DIAG_E0122, in.at, in.at + 2, "this ${ is not closed on its line");
        diag_hint(h->source->diags, m, "write } behind the value");
        mute_line(h, in.at, told);
    }
    h->raw->n = in.head;
    h->no_lt = 0;
    return (Token){in.text_at, to, STRING, 0};
}

/* False, with a message, when texts are nested too deeply. */
static bool pause_text(Hand *h, uint32_t text_at, bool triple, uint32_t head)
{
    uint32_t at = h->at + h->length - 2;
    if (h->inserts_n == INSERTS_MAX) {
        source_report(h->source, DIAG_E0118, at, at + 2, "texts in values in texts, more than %d deep",
                      INSERTS_MAX);
        h->source->stop = true;
        return false;
    }
    h->inserts[h->inserts_n++] = (Insert){text_at, at, head, triple};
    return true;
}

int hand_text(Hand *h)
{
    bool triple = byte(h, h->at + 1) == '"' && byte(h, h->at + 2) == '"', inside = h->inserts_n > 0;
    uint32_t end;
    const Insert *in = inside ? &h->inserts[h->inserts_n - 1] : NULL;
    if (triple && inside && in->triple && memchr(h->source->text + in->at, '\n', h->at - in->at)) {
        h->from = unclosed_insert(h, h->at + 3, true).from;   /* these quotes were to close the text around */
        h->length = 3;
        return STRING;
    }
    TextEnd how = text_end(h, h->at + (triple ? 3 : 1), triple, &end);
    h->length = end - h->at;
    if (how == TEXT_CLOSED)
        return STRING;
    if (how == TEXT_VALUE)
        return pause_text(h, h->at, triple, h->raw->n) ? STR_HEAD : RAW_BAD;
    if (!triple && inside && !in->triple) {
        h->from =
            unclosed_insert(h, h->at + 1, true).from; /* this quote was meant to close the text around */
        h->length = 1;
        return STRING;
    }
    if (!triple)
        h->length = hand_unclosed_end(h, h->at, end) - h->at;
    hand_unclosed_text(h, h->at, h->at + h->length, triple);
    return STRING;
}

int hand_brace(Hand *h)
{
    if (h->inserts_n == 0)
        return hand_lone_brace(h);
    Insert in = h->inserts[--h->inserts_n];
    uint32_t end;
    TextEnd how = text_end(h, h->at + 1, in.triple, &end);
    h->length = end - h->at;
    if (how == TEXT_VALUE)
        return pause_text(h, in.text_at, in.triple, in.head) ? STR_MID : RAW_BAD;
    if (how == TEXT_UNCLOSED) {
        if (!in.triple)
            h->length = hand_unclosed_end(h, h->at, end) - h->at;
        hand_unclosed_text(h, in.text_at, h->at + h->length, in.triple);
    }
    return STR_TAIL;
}

/* one: the quote that began the text, where it is one byte. */
static bool closes_odd_text(char one, uint32_t c)
{
    return one ? c == (unsigned char)one : c == '"' || literal_odd(c) == ODD_QUOTE;
}

/* The quote at a line's end that closes, further down, what no quote of the line of `pos` does; 0: none. What stands
 * between them is surely text: no angle, no other quote. */
static uint32_t closed_below(const Hand *h, char one, uint32_t pos, uint32_t *bytes)
{
    enum { LINES_MOST = 30 };
    uint32_t c, lines = 0;
    for (; pos < h->source->n && lines < LINES_MOST; pos += *bytes) {
        *bytes = literal_decode(h->source->text + pos, h->source->n - pos, &c);
        lines += c == '\n';
        if (closes_odd_text(one, c))
            return strchr("\r\n;", byte(h, pos + *bytes)) ? pos : 0;
        if (c == '<' || c == '>' || c == '"')
            return 0;
    }
    return 0;
}

/* A text in quotes that are not "; first: bytes of the first of them. */
int hand_other_quotes(Hand *h, uint32_t first, const char *what)
{
    Source *s = h->source;
    uint32_t pos = h->at + first, n, c;
    char one = first == 1 ? byte(h, h->at) : '\0';
    for (; pos < s->n && s->text[pos] != '\n'; pos += n) {
        n = literal_decode(s->text + pos, s->n - pos, &c);
        if (!closes_odd_text(one, c))
            continue;
        uint32_t told = diags_count(s->diags);
        Diag *m = source_report(s, DIAG_E0103, h->at, h->at + first, "%s", what);
        diag_hint(s->diags, m, "texts stand between straight quotes: \"%.*s\"", (int)(pos - h->at - first),
                  s->text + h->at + first);
        h->length = pos + n - h->at;
        if (!memchr(" \t\r\n.,;)]>", byte(h, pos + n), 11))
            mute_line(h, h->at, told);   /* quotes in quotes: nobody can know which belong together */
        return STRING;
    }
    uint32_t below = h->line_is_bad ? 0 : closed_below(h, one, pos, &n);
    if (hand_first_on_line(h)) {
        Diag *m = source_report(s, DIAG_E0103, h->at, h->at + first, "%s", what);
        diag_hint(s->diags, m, below ? "a text of several lines stands between \"\"\" and \"\"\""
                                     : "texts stand between straight quotes: \"like this\"");
    }
    h->length = below ? below + n - h->at : first;
    return below ? STRING : RAW_BAD;
}

int hand_quote(Hand *h)
{
    return hand_other_quotes(h, 1, "a single quote");
}

/* What HTML writes for a quote. */
int hand_entity_quote(Hand *h)
{
    Source *s = h->source;
    uint32_t from = h->at + h->length, end = line_end(h, from), told = diags_count(s->diags);
    const char *close = memmem(s->text + from, end - from, s->text + h->at, h->length);
    Diag *m = source_report(s, DIAG_E0103, h->at, from, "a quote as HTML writes it");
    diag_hint(s->diags, m, "texts stand between straight quotes: \"like this\"");
    mute_line(h, h->at, told);
    h->length = (close ? (uint32_t)(close - s->text) + h->length : end) - h->at;
    return STRING;
}

/* A ${ of a one-line text that no } closed ends with its line, ahead of what looks like the block's
 * own angles. */
void hand_end_inserts(Hand *h)
{
    for (bool tell = !h->source->stop; h->inserts_n && !h->inserts[h->inserts_n - 1].triple; tell = false) {
        const Insert *in = &h->inserts[h->inserts_n - 1];
        uint32_t to = hand_unclosed_end(h, in->text_at, h->at), n = h->raw->n, keep = n;
        while (keep > in->head + 1 && h->raw->items[keep - 1].from >= to)
            keep--;
        h->raw->items[in->head] = unclosed_insert(h, to, tell);
        memmove(h->raw->items + h->raw->n + 1, h->raw->items + keep, (n - keep) * sizeof(Token));
        h->raw->n += 1 + n - keep;
    }
}
