/* scan_line.c -- lines as they stand in copied texts, or in another order.
 *
 * Comments of other languages, marks between two versions, numbers ahead of
 * lines, names ahead of their words, headers that stand twice: each is told
 * once, and the tokens are put as they were meant.
 */
#include "lang/angles.h"
#include "lang/scan_hand.h"

/* Where it ends that another language would leave out; what is not closed takes its line. */
static uint32_t comment_end(Hand *h)
{
    const Source *s = h->source;
    char sign = byte(h, h->at + 1);
    uint32_t line = line_end(h, h->at);
    const char *close = sign == '!' ? "-->" : "*/", *end = NULL;
    bool *no_end = &h->no_end[sign == '*'];
    if (sign == '/' || *no_end)
        return line;
    end = memmem(s->text + h->at, s->n - h->at, close, strlen(close));
    *no_end = !end;
    return end ? (uint32_t)(end - s->text + strlen(close)) : line;
}

/* Does only blank space stand between the last of them and this one? Then both are one, told of once. */
static bool goes_on_commenting(const Hand *h)
{
    uint32_t at = h->comment_to;
    while (at > 0 && at < h->at && (blank(byte(h, at)) || byte(h, at) == '\n'))
        at++;
    return at > 0 && at == h->at;
}

int hand_comment(Hand *h)
{
    Source *s = h->source;
    if (h->inserts_n)                              /* in a value of a text, which goes on behind it */
        return hand_bad(h);
    uint32_t end = comment_end(h);
    if (!goes_on_commenting(h) && hand_first_on_line(h)) {
        Diag *m = source_report(s, DIAG_E0120, h->at, h->at + h->length, "%.*s begins no comment", (int)h->length,
                                s->text + h->at);
        diag_hint(s->diags, m, "a comment begins with # and ends with its line");
    }
    h->comment_to = end;
    h->length = end - h->at;
    return 0;
}

/* Two versions of a file were put together, and somebody is to choose: such a mark begins its line. */
int hand_merge(Hand *h)
{
    Source *s = h->source;
    char sign = byte(h, h->at);
    if (h->at > 0 && byte(h, h->at - 1) != '\n') {
        h->length = sign == '=' ? 2 : 1;
        return sign == '=' ? hand_equals(h) : sign == '<' ? RAW_LT : RAW_GT;
    }
    uint32_t end = line_end(h, h->at);
    Diag *m = source_report(s, DIAG_E0120, h->at, h->at + 7, "a mark between two versions of these lines");
    diag_hint(s->diags, m, "keep the version that is right, and take out the other one and the marks");
    h->length = end - h->at;
    return 0;
}

/* Where the tokens of the line that ends here begin, or the last LOOK_MOST of them. */
static uint32_t line_tokens(const Hand *h)
{
    const Token *t = h->raw->items;
    uint32_t n = h->raw->n, first = n;
    while (first > 0 && n - first < LOOK_MOST && t[first - 1].kind != RAW_NL)
        first--;
    return first;
}

static bool is_sign(const Token *t)
{
    return t->kind == '-' || t->kind == '+' || t->kind == '*' || t->kind == '.' || t->kind == K_OR ||
           t->kind == RAW_BAD;
}

/* How many of the line's tokens are a mark ahead of it: `12:`, `a)`, `-`, `[ ]`, as lists and copied lines have. */
static uint32_t mark_tokens(const Token *t, uint32_t n)
{
    if (n > 2 && t[0].kind == '[' && (t[1].kind == ']' || t[2].kind == ']'))
        return t[1].kind == ']' ? 2 : 3;
    bool number = t[0].kind == NUMBER, letter = t[0].kind == IDENT && t[0].to - t[0].from == 1;
    if (!number && !letter)
        return is_sign(&t[0]);
    bool sign = n > 1 && (is_sign(&t[1]) || t[1].kind == ')');
    return sign ? 2 : number;
}

/* Surely a statement's first word: no value has another right behind it. */
static bool begins_line(const Token *t, uint32_t n)
{
    if (t->kind != IDENT || !t->word)
        return false;
    bool value = n > 1 && (t[1].kind == IDENT || (t[1].kind >= NUMBER && t[1].kind <= STRING));
    return angles_begins(t->word) || value;
}

/* Is a bracket open ahead of this token? One that was forgotten ends where a statement surely begins. True as well
 * where that lies too far back: what is not known to be a mark is none. */
static bool within_brackets(const Hand *h, uint32_t at)
{
    enum { BACK_MOST = 2000 };
    const Token *t = h->raw->items;
    for (uint32_t i = at, closed = 0; i > 0; i--) {
        int kind = t[i - 1].kind;
        Word w = t[i - 1].word;
        if (kind == ')' || kind == ']')
            closed++;
        else if (((kind == '(' || kind == '[') && closed-- == 0) || at - i > BACK_MOST)
            return true;
        if (angles_begins(w) && w != K_IF && w != K_ELSE && (i == 1 || t[i - 2].kind == RAW_NL))
            return false;
    }
    return false;
}

/* The number that the digits at this byte write, and where they end; 0: none. */
static uint32_t number_at(const Hand *h, uint32_t at, uint32_t *end)
{
    uint32_t n = 0;
    for (*end = at; byte(h, *end) >= '0' && byte(h, *end) <= '9' && *end - at < 9; ++*end)
        n = n * 10 + (uint32_t)(byte(h, *end) - '0');
    return n;
}

/* Do the lines below, so many of them, begin with the numbers that follow this one? */
static bool counts_on(const Hand *h, uint32_t at, uint32_t number, int lines)
{
    for (; lines > 0; lines--) {
        uint32_t end = line_end(h, at);
        for (at = end + 1; blank(byte(h, at)); at++) {}
        if (end == h->source->n || number_at(h, at, &end) != ++number || byte(h, end) == ',' || byte(h, end) == '%')
            return false;
    }
    return true;
}

/* A line's number, as the file has been copied with: it counts on from that of a line above, or those of the lines
 * below do. */
static bool numbers_line(Hand *h, const Token *t, bool *first)
{
    uint32_t end, number = t->kind == NUMBER ? number_at(h, t->from, &end) : 0;
    *first = h->line_number == 0;
    if (!number || end != t->to)
        return false;
    for (; h->line_number && h->numbered_to < t->from; h->numbered_to++)
        h->line_number += byte(h, h->numbered_to) == '\n';
    if (h->line_number ? number != h->line_number : !counts_on(h, t->from, number, 2))
        return false;
    h->line_number = number;
    h->numbered_to = t->from;
    return true;
}

static void tell_mark(Hand *h, uint32_t from, uint32_t to, const char *what, const char *hint)
{
    Diag *m = source_report(h->source, DIAG_E0120, from, to, "a line begins with no %s", what);
    diag_hint(h->source->diags, m, "%s", hint);
}

static void drop_tokens(Hand *h, uint32_t first, uint32_t n)
{
    Token *t = h->raw->items;
    h->raw->n -= n;
    memmove(t + first, t + first + n, (h->raw->n - first) * sizeof *t);
    h->source->marked = true;
}

/* The number goes from all lines that have one, whatever stands behind it, and is told of once; and the sign with it
 * that was told of as it stands. */
static void drop_number(Hand *h, uint32_t first, bool told)
{
    const Token *t = h->raw->items + first;
    Diags *d = h->source->diags;
    uint32_t mark = mark_tokens(t, h->raw->n - first);
    if (mark > 1 && diags_count(d) > h->told)
        diags_take_back(d, h->told, h->told + 1);
    if (!told)
        tell_mark(h, t->from, t[mark - 1].to, "number",
                  "take it out of this line and of those below: it came with a copied text");
    drop_tokens(h, first, mark);
}

/* `12: step A <`, `- who Sales`: what marks the line came with a copied text. */
static void drop_mark(Hand *h, uint32_t first)
{
    const Token *t = h->raw->items;
    uint32_t n = h->raw->n;
    uint32_t mark = mark_tokens(t + first, n - first), word = first + mark;
    if (mark == 0 || word >= n || !begins_line(t + word, n - word) || within_brackets(h, first))
        return;
    if (diags_count(h->source->diags) == h->told)
        tell_mark(h, t[first].from, t[word].from, t[first].kind == NUMBER ? "number" : "sign",
                  "take it out: it came with a copied text");
    drop_tokens(h, first, mark);
}

/* `step < Bake`: the name stands behind the < of its block, ahead of what that holds. */
static bool name_in_block(const Hand *h, const Token *t)
{
    uint32_t n = (uint32_t)(h->raw->items + h->raw->n - t);
    if (n < 4 || t[0].kind != IDENT || !angles_declares(t[0].word) || t[0].word == K_TABLE || t[1].kind != RAW_LT ||
        !(t[2].kind == STRING || (t[2].kind == IDENT && !t[2].word)))
        return false;
    bool fields = t[0].word == K_RECORD || t[0].word == K_EVENT;
    return t[3].kind == IDENT && (fields ? n > 4 && t[4].kind == IDENT : t[3].word != 0);
}

static void swap_name_in_block(Hand *h, Token *t)
{
    const char *word = word_text(t[0].word);
    Diag *m = source_report(h->source, DIAG_E0101, t[1].from, t[2].to, "the name stands behind the <");
    diag_hint(h->source->diags, m, "write %s %.*s <", word, (int)(t[2].to - t[2].from), h->source->text + t[2].from);
    Token name = t[2];
    t[2] = t[1], t[1] = name;
}

/* `Bake step <`: the name stands ahead of its word. They change places, so that the block is what it is. */
static void swap_header(Hand *h, Token *t)
{
    if (h->raw->items + h->raw->n - t < 3 || !(t[0].kind == STRING || (t[0].kind == IDENT && !t[0].word)) ||
        t[1].kind != IDENT || !angles_declares(t[1].word) || (t[2].kind != RAW_LT && t[2].kind != '='))
        return;
    const char *word = word_text(t[1].word);
    Diag *m = source_report(h->source, DIAG_E0101, t[0].from, t[1].to, "the name stands ahead of `%s`", word);
    diag_hint(h->source->diags, m, "write %s %.*s", word, (int)(t[0].to - t[0].from), h->source->text + t[0].from);
    Token name = t[0];
    t[0] = t[1], t[1] = name;
}

/* A header that stands twice, the second right below the first: a line that was pasted once more. Its block would
 * lack its end, and nothing in it would be what it seems; so one of the two is left out. */
static bool drop_doubled_header(Hand *h, uint32_t first)
{
    const Token *t = h->raw->items;
    uint32_t n = h->raw->n, length = n - first;
    if (length < 3 || t[n - 1].kind != RAW_LT || !angles_declares(t[first].word) || first < length + 1)
        return false;
    uint32_t above = first - 1 - length, bytes = t[n - 1].to - t[first].from;
    bool line = t[first - 1].kind == RAW_NL && (above == 0 || t[above - 1].kind == RAW_NL);
    const char *text = h->source->text;
    if (!line || t[first - 2].to - t[above].from != bytes ||
        memcmp(text + t[above].from, text + t[first].from, bytes) != 0)
        return false;
    h->raw->n = first;
    if (h->doubled == t[first - 2].to)
        return true;               /* and more of the same */
    h->doubled = t[first - 2].to;
    Diag *m = source_report(h->source, DIAG_E0109, t[n - 1].from, t[n - 1].to, "this < is never closed");
    diag_hint(h->source->diags, m, "the line above is the same: take one of the two out");
    hand_mute(h, t[above].from, t[first - 2].to);       /* one mistake of a line is told */
    return true;
}

/* At a line's end: what is wrong with its order is told, and put right. True where the line goes. */
bool hand_mend_line(Hand *h)
{
    uint32_t first = line_tokens(h);
    Token *t = h->raw->items + first;
    if (h->loose_to && h->at <= h->loose_to) {
        h->raw->n = first;
        return true;
    }
    bool number = false;
    if (h->raw->n > first && numbers_line(h, t, &number))
        drop_number(h, first, !number);
    if (h->raw->n - first < 2)
        return false;
    if (t->kind == IDENT && !t->word && hand_loose_lua(h, t, h->raw->n - first)) {
        h->raw->n = first;
        return true;
    }
    if (t->kind != IDENT || !t->word) {
        drop_mark(h, first);
        swap_header(h, t);
    } else if (t[1].kind == RAW_LT && name_in_block(h, t)) {
        swap_name_in_block(h, t);
    }
    return drop_doubled_header(h, first);
}
