/* scan_hand.c -- the tokens that need more than a regular expression.
 *
 * Words beyond ASCII, characters and signs that other languages write, numbers
 * with their units, brackets that are none here; and the list that the tokens
 * make. scan_text.c, scan_lua.c and scan_line.c have the longer stories.
 */
#include "lang/angles.h"
#include "lang/scan_hand.h"

#include <utf8proc.h>

static const char *BIDI_TITLE = "a character that turns the direction of writing";
static const char *BIDI_HINT = "with it a line may read otherwise than it runs: take it out";

uint32_t hand_line_start(const Hand *h, uint32_t at)
{
    while (at > 0 && h->source->text[at - 1] != '\n')
        at--;
    return at;
}

bool hand_in_word(uint32_t c, bool first)
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
bool hand_first_on_line(Hand *h)
{
    bool first = !h->line_is_bad;
    h->line_is_bad = true;
    return first;
}

/* What the grammar may say of these bytes would only follow. */
void hand_mute(Hand *h, uint32_t from, uint32_t to)
{
    Source *s = h->source;
    diags_mute(s->diags, (Span){s->offset + from, s->offset + to});
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
    return h->at > 0 && hand_in_word((unsigned char)byte(h, h->at - 1), false) &&
           hand_in_word((unsigned char)byte(h, h->at + n), false) &&
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
    while (hand_in_word((unsigned char)byte(h, at + n), n == 0))
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
            hand_mute(h, h->at + n, line_end(h, h->at) + 1);
        return 0;
    case ODD_DASH:
        m = source_report(s, DIAG_E0104, h->at, h->at + n, "a typographic dash");
        diag_hint(s->diags, m, "write - or, between two ends of a range, ..");
        hand_mute(h, h->at, h->at + n);
        return '-';
    case ODD_QUOTE:
        return hand_other_quotes(h, n, "a typographic quote");
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
    if (!hand_in_word(c, true))
        return odd_character(h, c, n);
    while (taken < rest) {
        n = literal_decode(p + taken, rest - taken, &c);
        if (!hand_in_word(c, false))
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
    if (kind == K_NOT && byte(h, h->at + h->length) == '\n')
        diag_hint(s->diags, m, "take it out");
    else
        diag_hint(s->diags, m, "write %s", words);
    hand_mute(h, h->at, h->at + h->length);
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

/* ---- foreign brackets ---------------------------------------------------------------------- */

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
int hand_lone_brace(Hand *h)
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
    if (h->at == 0 || !(hand_in_word((unsigned char)byte(h, h->at - 1), false) || strchr(" =,([", byte(h, h->at - 1))))
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
    while (hand_in_word((unsigned char)byte(h, at + n), n == 0))
        n++;
    return byte(h, at) == '\n' || byte(h, at) == '#' || (n > 0 && i + 1 < h->raw->n);
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
        return hand_other_quotes(h, 1, "a backquote");
    uint32_t end = 0;
    int bracket = c == '{' ? bracket_meant(h) : 0;
    if (bracket)
        return wrong_bracket(h, bracket);
    if (c == '{' && hand_begins_lua(h))
        return hand_lua_without_word(h);
    uint32_t strangers = c == '{' ? hand_strangers(h) : 0;
    if (strangers)
        return hand_lua_behind(h, strangers);
    const Token *last = h->raw->n ? &h->raw->items[h->raw->n - 1] : NULL;
    if (c == '{' && last && last->kind == RAW_LT && s->text[last->from] == '{')
        return 0;                  /* the one ahead of it was told of */
    if (c == '{' && opens_block(h)) {
        h->braces++;
        return opens_no_block(h, "{");
    }
    if (c == ':' && colon_opens_block(h))
        return opens_no_block(h, ":");
    if (c == '{' && h->lua_unclosed < LUA_UNCLOSED_MAX && !(end = hand_lua_end(h, h->at, 0)))
        h->lua_unclosed++;
    if (end)
        h->length = end - h->at;   /* all of what its braces hold */
    if (!hand_first_on_line(h))
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

void hand_add(Hand *h, int kind)
{
    uint32_t to = h->at + h->length;
    bool doubled = false;
    if (kind == RAW_NL) {
        if (h->inserts_n)
            hand_end_inserts(h);
        doubled = !h->inserts_n && hand_mend_line(h);
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
    hand_end_inserts(h);
    if (h->inserts_n)
        hand_unclosed_text(h, h->inserts[h->inserts_n - 1].text_at, s->n, true);
    for (; h->inserts_n; h->inserts_n--)
        *tokens_add(h->raw) = (Token){s->n, s->n, STR_TAIL, 0};
    for (int i = 0; i < 3; i++)
        *tokens_add(h->raw) = (Token){s->n, s->n, RAW_END, 0};
    h->raw->n -= 3;
}
