/* scan_hand.c -- the tokens that need more than a regular expression.
 *
 * Texts end at their quote or pause at a ${, and go on behind its }: a stack
 * remembers which. Lua ends at its matching brace, whatever stands in its
 * strings and comments. Where an end is missing, the token stops where a
 * person would have stopped (the line, the block by its indentation), so that
 * the rest of the file still makes sense.
 */
#include "lang/angles.h"
#include "lang/scan_hand.h"

#include <string.h>
#include <utf8proc.h>

static const char *BIDI_TITLE = "a character that turns the direction of writing";
static const char *BIDI_HINT = "with it a line may read otherwise than it runs: take it out";

static char byte(const Hand *h, uint32_t at)
{
    return at < h->source->n ? h->source->text[at] : '\0';
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static uint32_t line_end(const Hand *h, uint32_t at)
{
    const char *end = memchr(h->source->text + at, '\n', h->source->n - at);
    return end ? (uint32_t)(end - h->source->text) : h->source->n;
}

static uint32_t line_start(const Hand *h, uint32_t at)
{
    while (at > 0 && h->source->text[at - 1] != '\n')
        at--;
    return at;
}

static bool part_of_word(uint32_t c, bool first)
{
    if (c < 128)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               (!first && c >= '0' && c <= '9');
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM: case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_NL:
        return true;
    case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC:
        return !first;
    default:
        return false;
    }
}

/* Whether a message about a meaningless character is due: one a line. */
static bool first_on_line(Hand *h)
{
    bool first = !h->line_is_bad;
    h->line_is_bad = true;
    return first;
}

/* ---- texts --------------------------------------------------------------------- */

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
    while (part_of_word((unsigned char)byte(h, at + n), n == 0))
        n++;
    return n > 0 && word_find(h->source->text + at, n);
}

/* What is not closed takes its line, to a statement behind a ; or to what looks like a comment, or like the
 * block's own angles at the end. */
static uint32_t unclosed_end(const Hand *h, uint32_t from, uint32_t end)
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

/* What the grammar may say of these bytes would only follow. */
static void mute(Hand *h, uint32_t from, uint32_t to)
{
    Source *s = h->source;
    diags_mute(s->diags, (Span){s->offset + from, s->offset + to});
}

/* The name that the line was to declare may stand in it as it does not elsewhere. */
static void damage_header(Hand *h, uint32_t from, uint32_t to)
{
    const char *text = h->source->text, *block = memchr(text + from, '<', to - from);
    uint32_t n = 0;
    while (from < to && blank(text[from]))
        from++;
    while (from + n < to && part_of_word((unsigned char)text[from + n], n == 0))
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
    mute(h, line_start(h, at), line_end(h, at) + 1);
    damage_header(h, line_start(h, at), line_end(h, at));
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

static void unclosed_text(Hand *h, uint32_t from, uint32_t to, bool triple)
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
        h->length = unclosed_end(h, h->at, end) - h->at;
    unclosed_text(h, h->at, h->at + h->length, triple);
    return STRING;
}

/* Does a block end on this line, or may one: with a } as its first, or behind a < ? What was looked
 * through without finding one is not looked through again: a line may hold any number of }. */
static bool ends_block(Hand *h)
{
    uint32_t n = h->raw->n;
    for (uint32_t i = n; i > h->no_lt && h->raw->items[i - 1].kind != RAW_NL; i--)
        if (h->raw->items[i - 1].kind == RAW_LT)
            return true;
    h->no_lt = n;
    return h->raw->n == 0 || h->raw->items[h->raw->n - 1].kind == RAW_NL;
}

/* The round or square bracket that this line opened last and did not close; 0: none. */
static int open_bracket(const Hand *h)
{
    uint32_t closed[2] = {0};
    for (uint32_t i = h->raw->n, seen = 0; i > 0 && h->raw->items[i - 1].kind != RAW_NL && seen < LOOK_MOST;
         i--, seen++) {
        unsigned kind = h->raw->items[i - 1].kind;
        uint32_t *n = &closed[kind == '[' || kind == ']'];
        if (kind == ')' || kind == ']')
            ++*n;
        else if ((kind == '(' || kind == '[') && (*n)-- == 0)
            return (int)kind;
    }
    return 0;
}

static int wrong_bracket(Hand *h, int meant)
{
    Diag *m = source_report(h->source, DIAG_E0120, h->at, h->at + 1, "%c is no bracket of values", byte(h, h->at));
    diag_hint(h->source->diags, m, "write %c", meant);
    return meant;
}

/* A } of no text and no Lua stands for a >. */
static int lone_brace(Hand *h)
{
    int bracket = h->braces ? 0 : open_bracket(h);
    if (bracket)
        return wrong_bracket(h, bracket == '(' ? ')' : ']');
    if (h->braces) {
        h->braces--;
        return RAW_GT;
    }
    Diag *m = source_report(h->source, DIAG_E0110, h->at, h->at + 1, "this } closes nothing");
    diag_hint(h->source->diags, m,
              "blocks stand between < and >; braces belong to lua { } and to ${ } in texts");
    if (ends_block(h))
        return RAW_GT;
    h->line_is_bad = true;
    return RAW_BAD;
}

int hand_brace(Hand *h)
{
    if (h->inserts_n == 0)
        return lone_brace(h);
    Insert in = h->inserts[--h->inserts_n];
    uint32_t end;
    TextEnd how = text_end(h, h->at + 1, in.triple, &end);
    h->length = end - h->at;
    if (how == TEXT_VALUE)
        return pause_text(h, in.text_at, in.triple, in.head) ? STR_MID : RAW_BAD;
    if (how == TEXT_UNCLOSED) {
        if (!in.triple)
            h->length = unclosed_end(h, h->at, end) - h->at;
        unclosed_text(h, in.text_at, h->at + h->length, in.triple);
    }
    return STR_TAIL;
}

/* one: the quote that began the text, where it is one byte. */
static bool closes_odd_text(char one, uint32_t c)
{
    return one ? c == (unsigned char)one : c == '"' || literal_odd(c) == ODD_QUOTE;
}

/* A text in quotes that are not "; first: bytes of the first of them. */
static int other_quotes(Hand *h, uint32_t first, const char *what)
{
    Source *s = h->source;
    uint32_t pos = h->at + first;
    for (uint32_t n, c; pos < s->n && s->text[pos] != '\n'; pos += n) {
        n = literal_decode(s->text + pos, s->n - pos, &c);
        if (!closes_odd_text(first == 1 ? byte(h, h->at) : '\0', c))
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
    if (first_on_line(h)) {
        Diag *m = source_report(s, DIAG_E0103, h->at, h->at + first, "%s", what);
        diag_hint(s->diags, m, "texts stand between straight quotes: \"like this\"");
    }
    h->length = first;
    return RAW_BAD;
}

int hand_quote(Hand *h)
{
    return other_quotes(h, 1, "a single quote");
}

/* ---- Lua ------------------------------------------------------------------------- */

/* Behind a long bracket that begins at pos, or pos itself where none does. */
static uint32_t long_bracket(const Hand *h, uint32_t pos)
{
    uint32_t level = 0, start = pos;
    if (byte(h, pos) != '[')
        return start;
    while (byte(h, pos + 1 + level) == '=')
        level++;
    if (byte(h, pos + 1 + level) != '[')
        return start;
    for (pos += 2 + level; pos < h->source->n; pos++) {
        if (byte(h, pos) != ']')
            continue;
        uint32_t n = 0;
        while (byte(h, pos + 1 + n) == '=')
            n++;
        if (n == level && byte(h, pos + 1 + n) == ']')
            return pos + 2 + n;
        pos += n;
    }
    return h->source->n;
}

static uint32_t lua_string(const Hand *h, uint32_t pos)
{
    char quote = byte(h, pos++);
    for (; pos < h->source->n && byte(h, pos) != quote; pos++) {
        if (byte(h, pos) == '\\')
            pos++;                 /* also a backslash at the end of a line */
        else if (byte(h, pos) == '\n')
            return pos;            /* Lua itself will tell */
    }
    return pos + 1;
}

/* Behind the brace that ends what is `depth` braces deep at pos, or 0. */
static uint32_t lua_end(const Hand *h, uint32_t pos, uint32_t depth)
{
    while (pos < h->source->n) {
        char c = byte(h, pos);
        uint32_t comment;
        if (c == '{') {
            depth++, pos++;
        } else if (c == '}') {
            pos++;
            if (--depth == 0)
                return pos;
        } else if (c == '"' || c == '\'') {
            pos = lua_string(h, pos);
        } else if (c == '-' && byte(h, pos + 1) == '-') {
            comment = long_bracket(h, pos + 2);
            pos = comment > pos + 2 ? comment : line_end(h, pos);
        } else if (c == '[') {
            uint32_t behind = long_bracket(h, pos);
            pos = behind > pos ? behind : pos + 1;
        } else {
            pos++;
        }
    }
    return 0;
}

/* Where an unclosed Lua block ends to the eye: ahead of the first line behind its { that is not indented
 * deeper than the line it begins on, or behind a } that begins that line. */
static uint32_t lua_end_by_indentation(const Hand *h, uint32_t brace)
{
    uint32_t start = line_start(h, h->at), own = 0, pos = line_end(h, brace);
    while (blank(byte(h, start + own)))
        own++;
    while (pos < h->source->n) {
        uint32_t line = pos + 1, n = 0, end = line_end(h, line);
        while (blank(byte(h, line + n)))
            n++;
        if (line + n < end && n <= own)
            return byte(h, line + n) == '}' ? line + n + 1 : pos;
        pos = end;
    }
    return h->source->n;
}

int hand_lua(Hand *h)
{
    Source *s = h->source;
    uint32_t brace = h->at + h->length - 1,
             end = h->lua_unclosed < LUA_UNCLOSED_MAX ? lua_end(h, brace, 0) : 0;
    if (!end) {
        h->lua_unclosed++;
        if (s->at_prompt) {
            s->open = OPEN_LUA;
            end = s->n;
        } else {
            Diag *m = source_report(s, DIAG_E0108, h->at, brace + 1, "this Lua block is never closed");
            diag_hint(s->diags, m, "a } for every { in it, and one for the block itself");
            end = lua_end_by_indentation(h, brace);
            if (end == line_end(h, h->at))
                end = unclosed_end(h, brace, end);
        }
    }
    h->length = end - h->at;
    return LUA;
}

static bool ends_line(const Hand *h, uint32_t at)
{
    while (blank(byte(h, at)))
        at++;
    return byte(h, at) == '\n';
}

/* `lua` without a brace is a name; but behind `how` or a text, or alone on a line, it is a block whose { is
 * missing. */
int hand_lua_word(Hand *h)
{
    const Token *last = h->raw->n ? &h->raw->items[h->raw->n - 1] : NULL;
    bool block = last && (last->word == K_HOW || last->word == K_UNDO ||
                          last->kind == STRING ||
                           (last->kind == RAW_NL && ends_line(h, h->at + h->length)));
    if (!block || h->lua_unclosed >= LUA_UNCLOSED_MAX)
        return IDENT;
    uint32_t end = lua_end(h, h->at + h->length, 1);
    if (!end) {
        h->lua_unclosed++;
        return IDENT;
    }
    Diag *m =
        source_report(h->source, DIAG_E0101, h->at, h->at + h->length, "`lua` without its brace; wanted `{`");
    diag_hint(h->source->diags, m, "a Lua block stands between lua { and }");
    h->length = end - h->at;
    return LUA;
}

/* ---- words and foreign characters --------------------------------------------------- */

static int sign_for(Hand *h, uint32_t c)
{
    static const struct { uint32_t c; int kind; const char *words; } SIGNS[] = {
        {0x2264, LE, "<="}, {0x2265, GE, ">="}, {0x2260, ISNOT, "is not"}, {0xD7, '*', "*"}, {0xF7, '/', "/"},
        {0x2026, RANGE, ".."}, {0xFF1C, RAW_LT, "<"}, {0xFF1E, RAW_GT, ">"},
    };
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++)
        if (SIGNS[i].c == c)
            return hand_sign(h, SIGNS[i].kind, SIGNS[i].words);
    return hand_bad(h);
}

/* A character without width in the midst of a word: what stands on its two sides are no two words. */
static bool splits_word(const Hand *h, uint32_t c, uint32_t n)
{
    return h->at > 0 && part_of_word((unsigned char)byte(h, h->at - 1), false) &&
           part_of_word((unsigned char)byte(h, h->at + n), false) &&
           (c == 0xAD || text_width(h->source->text + h->at, n) == 0);
}

/* Bytes of the same character, n each, that stand here one behind another. */
static uint32_t run_of(const Hand *h, uint32_t c, uint32_t n)
{
    uint32_t run = n, next = c;
    while (h->at + run < h->source->n) {
        literal_decode(h->source->text + h->at + run, h->source->n - h->at - run, &next);
        if (next != c)
            break;
        run += n;
    }
    return run;
}

/* Does a statement begin behind the foreign line end in hand? Else it stands where a blank should. */
static bool begins_behind(const Hand *h)
{
    uint32_t at = h->at + h->length, n = 0;
    while (blank(byte(h, at)))
        at++;
    while (part_of_word((unsigned char)byte(h, at + n), n == 0))
        n++;
    const WordInfo *w = n ? word_find(h->source->text + at, n) : NULL;
    return byte(h, at) == '>' || (w && angles_begins(w->word));
}

static int odd_character(Hand *h, uint32_t c, uint32_t n)
{
    Source *s = h->source;
    Diag *m;
    h->length = n;
    switch (literal_odd(c)) {
    case ODD_BLANK:
        if (c == 0xFEFF && h->at == 0)
            return 0;
        h->length = run_of(h, c, n);
        m = source_report(s, DIAG_E0105, h->at, h->at + h->length, "a blank that is no blank (U+%04X)", c);
        diag_hint(s->diags, m, "it came with a copied text: write a common blank, or nothing");
        if ((c == 0x85 || c == 0x2028 || c == 0x2029) && begins_behind(h))
            return RAW_NL;
        if (splits_word(h, c, n))
            mute(h, h->at + n, line_end(h, h->at) + 1);
        return 0;
    case ODD_DASH:
        m = source_report(s, DIAG_E0104, h->at, h->at + n, "a typographic dash");
        diag_hint(s->diags, m, "write - or, between two ends of a range, ..");
        mute(h, h->at, h->at + n);
        return '-';
    case ODD_QUOTE:
        return other_quotes(h, n, "a typographic quote");
    case ODD_BIDI:
        return 0;                  /* hand_begin told */
    case ODD_SIGN:
        return sign_for(h, c);
    case ODD_NONE:
        break;
    }
    return c == 0x20AC || c == 0xA3 ? hand_money(h) : hand_bad(h);
}

/* The scanner has seen its first letter beyond ASCII; how far it goes is looked at once, here: a long run of
 * such signs that are no letters would else be matched anew at each. */
int hand_word(Hand *h)
{
    const char *p = h->source->text + h->at;
    uint32_t rest = h->source->n - h->at;
    uint32_t c, n = literal_decode(p, rest, &c), taken = n;
    if (!part_of_word(c, true))
        return odd_character(h, c, n);
    while (taken < rest) {
        n = literal_decode(p + taken, rest - taken, &c);
        if (!part_of_word(c, false))
            break;
        taken += n;
    }
    h->length = taken;
    return IDENT;
}

/* ---- numbers, dates, signs ------------------------------------------------------------- */

int hand_number(Hand *h)
{
    const char *p = h->source->text + h->at;
    uint32_t number = 0;
    while (number < h->length && ((p[number] >= '0' && p[number] <= '9') || p[number] == '_' ||
                                  (p[number] == '.' && p[number + 1] >= '0' && p[number + 1] <= '9')))
        number++;
    int kind = literal_with_word(h->source, h->at, h->at + h->length, number, &h->length);
    h->line_is_bad |= kind == RAW_BAD;
    return kind;
}

int hand_money(Hand *h)
{
    Source *s = h->source;
    const char *p = s->text + h->at;
    uint32_t c, sign = literal_decode(p, h->length, &c);
    Diag *m;
    if (h->line_is_bad)
        return RAW_BAD;
    if (h->length == sign) {
        m = source_report(s, DIAG_E0114, h->at, h->at + sign, "an amount must follow %.*s", (int)sign, p);
        diag_hint(s->diags, m, "for example %.*s40, without a blank", (int)sign, p);
    } else {
        m = source_report(s, DIAG_E0114, h->at, h->at + h->length, "%.*s is no amount of money",
                          (int)h->length, p);
        diag_hint(s->diags, m, "write the number out: %.*s40_000", (int)sign, p);
    }
    h->line_is_bad = true;
    return RAW_BAD;
}

int hand_date(Hand *h, int kind)
{
    if (kind != RAW_BAD)
        return kind;
    Source *s = h->source;
    const char *p = s->text + h->at;
    Diag *m = source_report(s, DIAG_E0113, h->at, h->at + h->length, "%.*s is no date, time or month",
                            (int)h->length, p);
    diag_hint(s->diags, m, "write 2026-12-31, 09:30, 2026-12-31T09:30, 2026-12 or 2026-Q4");
    h->line_is_bad = true;
    return RAW_BAD;
}

int hand_sign(Hand *h, int kind, const char *words)
{
    Source *s = h->source;
    const char *p = s->text + h->at;
    Diag *m =
        source_report(s, DIAG_E0102, h->at, h->at + h->length, "%.*s is not written here", (int)h->length, p);
    diag_hint(s->diags, m, "write %s", words);
    mute(h, h->at, h->at + h->length);
    return kind;
}

/* Behind `with` and after a comma an argument is named, and behind `set` what is set: there a value is given. */
static bool gives_value(const Hand *h)
{
    const Token *name = h->raw->n > 1 ? &h->raw->items[h->raw->n - 1] : NULL;
    if (!name || name->kind != IDENT)
        return false;
    for (const Token *t = name - 1; t > h->raw->items && name - t < LOOK_MOST; t--) {
        if (t->kind == RAW_NL || t->kind == RAW_SEMI || t->kind == RAW_LT || t->kind == ')' || t->kind == '(')
            return false;
        if (t->word == K_WITH || t->word == K_SET)
            return t == name - 1 || name[-1].kind == ',';
    }
    return false;
}

int hand_equals(Hand *h)
{
    return gives_value(h) ? hand_sign(h, '=', "=") : hand_sign(h, K_IS, "is");
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

/* ---- what came with a copied text -------------------------------------------------------- */

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
    if (!goes_on_commenting(h) && first_on_line(h)) {
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

/* ---- foreign brackets ---------------------------------------------------------------------- */

/* Does a { stand where a < would, and not behind a misspelt `lua`, or where it begins a table? */
static bool opens_block(const Hand *h)
{
    if (!h->raw->n)
        return false;
    const Token *last = &h->raw->items[h->raw->n - 1], *before = h->raw->n > 1 ? last - 1 : NULL;
    if (last->kind != IDENT)
        return last->kind == RAW_GT || last->kind == ')' || last->kind == ']' || last->kind == STR_TAIL ||
               (last->kind >= NUMBER && last->kind <= STRING);
    bool begins = !before || before->kind == RAW_NL || before->kind == RAW_SEMI;
    return last->word || !(begins || before->word == K_HOW || before->word == K_UNDO);
}

/* The bracket that a { was meant to be, as its partner on this line shows; 0: none. */
static int bracket_meant(const Hand *h)
{
    uint32_t depth[2] = {0};
    if (h->at == 0 || !(part_of_word((unsigned char)byte(h, h->at - 1), false) || strchr(" =,([", byte(h, h->at - 1))))
        return 0;
    for (uint32_t at = h->at + 1, end = h->at + LOOK_MOST; at < end && byte(h, at) != '\n' && byte(h, at); at++) {
        char c = byte(h, at);
        uint32_t *n = &depth[c == '[' || c == ']'];
        if (c == '#' || c == '{' || c == '}')
            return 0;
        if (c == '"')
            for (at++; at < end && byte(h, at) != '"'; at++) {}
        else if (c == '(' || c == '[')
            ++*n;
        else if ((c == ')' || c == ']') && (*n)-- == 0)
            return c == ')' ? '(' : '[';
    }
    return 0;
}

/* Does a : stand where the block of this statement would open? */
static bool colon_opens_block(const Hand *h)
{
    uint32_t i = h->raw->n, least = i > LOOK_MOST ? i - LOOK_MOST : 0, at = h->at + 1, n = 0;
    while (i > least && h->raw->items[i - 1].kind != RAW_NL && h->raw->items[i - 1].kind != RAW_SEMI &&
           h->raw->items[i - 1].kind != RAW_LT && h->raw->items[i - 1].kind != RAW_GT)
        i--;
    if (i == h->raw->n || (!angles_opens(h->raw->items[i].word) && h->raw->items[h->raw->n - 1].word != K_ELSE))
        return false;
    while (blank(byte(h, at)))
        at++;
    while (part_of_word((unsigned char)byte(h, at + n), n == 0))
        n++;
    return byte(h, at) == '\n' || byte(h, at) == '#' || (n > 0 && i + 1 < h->raw->n);
}

/* Behind `how`, `undo` and a check's name a { can only be Lua's: `lua` was forgotten, or changed places with `how`. */
static bool begins_lua(const Hand *h)
{
    const Token *last = h->raw->n ? &h->raw->items[h->raw->n - 1] : NULL;
    bool check = last && last->kind == STRING && h->raw->n > 1 && last[-1].word == K_CHECK;
    return last && (check || last->word == K_HOW || last->word == K_UNDO);
}

static int lua_without_word(Hand *h)
{
    const Token *before = h->raw->n > 1 ? &h->raw->items[h->raw->n - 2] : NULL;
    bool swapped = before && before->to - before->from == 3 && memcmp(h->source->text + before->from, "lua", 3) == 0;
    h->length = 1;
    if (!swapped) {
        Diag *m = source_report(h->source, DIAG_E0101, h->at, h->at + 1, "{ without its word; wanted `lua {`");
        diag_hint(h->source->diags, m, "a Lua block stands between lua { and }");
    }
    return hand_lua(h);
}

/* `how lua the {`, `how in {`: a word too much, or in place of `lua`. Which of the tokens ahead of the { go. */
static uint32_t strange_ahead_of_lua(const Hand *h)
{
    enum { STRANGERS_MOST = 4 };
    uint32_t n = h->raw->n;
    const Token *t = h->raw->items + n;
    if (n < 2 || t[-1].kind == RAW_NL)
        return 0;
    for (uint32_t i = 2; i <= n && i <= STRANGERS_MOST && t[-(int)i].kind != RAW_NL; i++)
        if (t[-(int)i].kind == IDENT && t[-(int)i].to - t[-(int)i].from == 3 &&
            memcmp(h->source->text + t[-(int)i].from, "lua", 3) == 0)
            return i;
    if (t[-1].kind != IDENT)
        return 0;
    return t[-1].word && (t[-2].word == K_HOW || t[-2].word == K_UNDO) ? 1 : 0;
}

static int lua_behind_stranger(Hand *h, uint32_t n)
{
    const Token *t = &h->raw->items[h->raw->n - (n > 1 ? n - 1 : 1)];
    Diag *m = source_report(h->source, DIAG_E0101, t->from, t->to, "`%.*s` does not fit here; wanted `%s`",
                            (int)(t->to - t->from), h->source->text + t->from, n > 1 ? "{" : "lua {");
    diag_hint(h->source->diags, m, "a Lua block stands between lua { and }");
    h->raw->n -= n;
    h->length = 1;
    return hand_lua(h);
}

static int opens_no_block(Hand *h, const char *sign)
{
    Diag *m = source_report(h->source, DIAG_E0120, h->at, h->at + 1, "%s opens no block", sign);
    diag_hint(h->source->diags, m, "blocks stand between < and >; braces only behind lua");
    return RAW_LT;
}

int hand_bad(Hand *h)
{
    Source *s = h->source;
    const char *p = s->text + h->at, *hint;
    uint32_t c;
    h->length = literal_decode(p, s->n - h->at, &c);
    if (c == 0xFFFD || c == 0) {
        h->line_is_bad = true;     /* hand_begin told */
        return RAW_BAD;
    }
    if (c == '`')
        return other_quotes(h, 1, "a backquote");
    uint32_t end = 0;
    int bracket = c == '{' ? bracket_meant(h) : 0;
    if (bracket)
        return wrong_bracket(h, bracket);
    if (c == '{' && begins_lua(h))
        return lua_without_word(h);
    uint32_t strangers = c == '{' ? strange_ahead_of_lua(h) : 0;
    if (strangers)
        return lua_behind_stranger(h, strangers);
    const Token *last = h->raw->n ? &h->raw->items[h->raw->n - 1] : NULL;
    if (c == '{' && last && last->kind == RAW_LT && s->text[last->from] == '{')
        return 0;                  /* the one ahead of it was told of */
    if (c == '{' && opens_block(h)) {
        h->braces++;
        return opens_no_block(h, "{");
    }
    if (c == ':' && colon_opens_block(h))
        return opens_no_block(h, ":");
    if (c == '{' && h->lua_unclosed < LUA_UNCLOSED_MAX && !(end = lua_end(h, h->at, 0)))
        h->lua_unclosed++;
    if (end)
        h->length = end - h->at;   /* all of what its braces hold */
    if (!first_on_line(h))
        return RAW_BAD;
    Diag *m = c < 32 || c == 127
                  ? source_report(s, DIAG_E0120, h->at, h->at + h->length, "a control character (U+%04X)", c)
                  : source_report(s, DIAG_E0120, h->at, h->at + h->length, "%.*s means nothing here",
                                  end ? 1 : (int)h->length, p);
    switch (c) {
    case '{': hint = "blocks stand between < and >; braces only behind lua"; break;
    case '%': hint = "a percentage is written without a blank: 5%"; break;
    case ':': hint = "nothing stands between a name and its value but a blank, or ="; break;
    case '@': case '\\': hint = "texts stand between quotes: \"a@b.example\""; break;
    default: hint = "take it out, or put the text it belongs to between quotes"; break;
    }
    diag_hint(s->diags, m, "%s", hint);
    return RAW_BAD;
}

/* ---- the list ------------------------------------------------------------------------------ */

/* Files that are no text of bytes with lines get one message, as all else would follow from it. */
static bool is_plain_text(Source *s)
{
    const char *zero = memchr(s->text, '\0', s->n), *cr = memchr(s->text, '\r', s->n);
    bool wide = s->n >= 2 && (memcmp(s->text, "\xFF\xFE", 2) == 0 || memcmp(s->text, "\xFE\xFF", 2) == 0);
    if (wide) {
        Diag *m = source_report(s, DIAG_E0116, 0, 2, "a text in UTF-16");
        diag_hint(s->diags, m, "save the file as UTF-8");
    } else if (zero) {
        uint32_t at = (uint32_t)(zero - s->text);
        Diag *m = source_report(s, DIAG_E0116, at, at + 1, "a NUL byte");
        diag_hint(s->diags, m, "take it out; is this a text file?");
    } else if (cr && !memchr(s->text, '\n', s->n) && cr + 1 < s->text + s->n) {
        uint32_t at = (uint32_t)(cr - s->text);
        Diag *m = source_report(s, DIAG_E0120, at, at + 1, "lines that end with CR alone");
        diag_hint(s->diags, m, "save the file with line ends LF or CR LF");
    } else {
        return true;
    }
    s->stop = true;
    return false;
}

/* Bytes that are wrong anywhere, also in texts and comments: found ahead of the scan. */
static void check_bytes(Source *s)
{
    if (!is_plain_text(s))
        return;
    for (uint32_t at = 0; at < s->n && !s->stop;) {
        uint32_t bad = at + (uint32_t)utf8_check(s->text + at, s->n - at);
        if (bad >= s->n)
            break;
        Diag *m = source_report(s, DIAG_E0116, bad, bad + 1, "the byte %02X is not part of a UTF-8 text",
                                (unsigned char)s->text[bad]);
        diag_hint(s->diags, m, "save the file as UTF-8");
        const char *end = memchr(s->text + bad, '\n', s->n - bad);
        at = end ? (uint32_t)(end - s->text) : s->n;
    }
    /* 061C, 200E, 200F, 202A..202E, 2066..2069: their first bytes are D8 and E2. */
    for (const char *p = s->text, *end = p + s->n; (p = memchr(p, 0xE2, (size_t)(end - p))); p++) {
        uint32_t c, n = literal_decode(p, (uint32_t)(end - p), &c), at = (uint32_t)(p - s->text);
        if (literal_odd(c) != ODD_BIDI)
            continue;
        Diag *m = source_report(s, DIAG_E0106, at, at + n, "%s (U+%04X)", BIDI_TITLE, c);
        diag_hint(s->diags, m, "%s", BIDI_HINT);
    }
    for (const char *p = s->text, *end = p + s->n; (p = memchr(p, 0xD8, (size_t)(end - p))); p++)
        if (p + 1 < end && (unsigned char)p[1] == 0x9C) {
            uint32_t at = (uint32_t)(p - s->text);
            Diag *m = source_report(s, DIAG_E0106, at, at + 2, "%s (U+061C)", BIDI_TITLE);
            diag_hint(s->diags, m, "%s", BIDI_HINT);
        }
}

void hand_begin(Hand *h)
{
    check_bytes(h->source);
    h->raw->cap = h->source->n / 4 + 16;
    h->raw->items = mem_alloc(sizeof(Token) * h->raw->cap);
    h->told = diags_count(h->source->diags);
}

/* A ${ of a one-line text that no } closed ends with its line, ahead of what looks like the block's
 * own angles. */
static void end_inserts_of_line(Hand *h)
{
    for (bool tell = !h->source->stop; h->inserts_n && !h->inserts[h->inserts_n - 1].triple; tell = false) {
        const Insert *in = &h->inserts[h->inserts_n - 1];
        uint32_t to = unclosed_end(h, in->text_at, h->at), n = h->raw->n, keep = n;
        while (keep > in->head + 1 && h->raw->items[keep - 1].from >= to)
            keep--;
        h->raw->items[in->head] = unclosed_insert(h, to, tell);
        memmove(h->raw->items + h->raw->n + 1, h->raw->items + keep, (n - keep) * sizeof(Token));
        h->raw->n += 1 + n - keep;
    }
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

/* `12: step A <`, `- who Sales`: what marks the line came with a copied text. */
static void drop_mark(Hand *h, uint32_t first)
{
    Token *t = h->raw->items;
    uint32_t n = h->raw->n;
    uint32_t mark = mark_tokens(t + first, n - first), word = first + mark;
    if (mark == 0 || word >= n || !begins_line(t + word, n - word) || within_brackets(h, first))
        return;
    if (diags_count(h->source->diags) == h->told) {
        bool number = t[first].kind == NUMBER;
        Diag *m = source_report(h->source, DIAG_E0120, t[first].from, t[word].from, "a line begins with no %s",
                                number ? "number" : "sign");
        diag_hint(h->source->diags, m, "take it out: it came with a copied text");
    }
    memmove(t + first, t + word, (n - word) * sizeof *t);
    h->raw->n -= word - first;
    h->source->marked = true;
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
    mute(h, t[above].from, t[first - 2].to);       /* one mistake of a line is told */
    return true;
}

static bool is_text(const Hand *h, const Token *t, const char *text)
{
    size_t n = strlen(text);
    return t->kind == IDENT && t->to - t->from == n && memcmp(h->source->text + t->from, text, n) == 0;
}

/* Behind the next line that begins with a }; or of this one, where none of the lines below does. */
static uint32_t behind_closing_line(const Hand *h)
{
    enum { LINES_MOST = 1000 };
    uint32_t at = h->at;
    for (int lines = 0; lines < LINES_MOST && at < h->source->n; lines++) {
        uint32_t end = line_end(h, at), i = at;
        while (i < end && (byte(h, i) == ' ' || byte(h, i) == '\t'))
            i++;
        if (byte(h, i) == '}')
            return end;
        at = end + 1;
    }
    return h->at;
}

/* `local x = ...`, `function f(...`: lines of Lua whose `lua {` is missing. Nothing in them can be read. */
static bool is_loose_lua(Hand *h, const Token *t, uint32_t n)
{
    bool function = is_text(h, t, "function") && n > 2 && t[2].kind == '(';
    if (!function && !(is_text(h, t, "local") && (is_text(h, &t[1], "function") || (n > 2 && t[2].kind == '='))))
        return false;
    h->loose_to = behind_closing_line(h);
    diags_take_back(h->source->diags, h->told, diags_count(h->source->diags));
    Diag *m = source_report(h->source, DIAG_E0120, t->from, t[1].to, "this is Lua, and stands in no lua { }");
    diag_hint(h->source->diags, m, "write lua { ahead of it, and } behind");
    mute(h, t->from, h->loose_to);
    return true;
}

/* At a line's end: what is wrong with its order is told, and put right. True where the line goes. */
static bool mend_line(Hand *h)
{
    uint32_t first = line_tokens(h);
    Token *t = h->raw->items + first;
    if (h->loose_to && h->at <= h->loose_to) {
        h->raw->n = first;
        return true;
    }
    if (h->raw->n - first < 2)
        return false;
    if (t->kind == IDENT && !t->word && is_loose_lua(h, t, h->raw->n - first)) {
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

void hand_add(Hand *h, int kind)
{
    uint32_t to = h->at + h->length;
    bool doubled = false;
    if (kind == RAW_NL) {
        if (h->inserts_n)
            end_inserts_of_line(h);
        doubled = !h->inserts_n && mend_line(h);
        h->line_is_bad = false;
        h->told = diags_count(h->source->diags);
    }
    if (doubled)
        return;                    /* its line goes with it */
    const WordInfo *w = kind == IDENT ? word_find(h->source->text + h->at, h->length) : NULL;
    *tokens_add(h->raw) = (Token){h->from, to, (uint16_t)kind, w ? (uint16_t)w->word : 0};
}

void hand_end(Hand *h)
{
    Source *s = h->source;
    h->at = s->n;
    if (h->inserts_n && s->at_prompt) {
        s->open = h->inserts[h->inserts_n - 1].triple ? OPEN_INSERT : OPEN_INSERT_IN_LINE;
        h->inserts_n = 0;
    }
    if (s->stop)
        h->inserts_n = 0;
    end_inserts_of_line(h);
    if (h->inserts_n)
        unclosed_text(h, h->inserts[h->inserts_n - 1].text_at, s->n, true);
    for (; h->inserts_n; h->inserts_n--)
        *tokens_add(h->raw) = (Token){s->n, s->n, STR_TAIL, 0};
    for (int i = 0; i < 3; i++)
        *tokens_add(h->raw) = (Token){s->n, s->n, RAW_END, 0};
    h->raw->n -= 3;
}
