/* syntax.c -- what people are told when the grammar does not take a token.
 *
 * The grammar itself is asked what it would have taken: the message names the
 * likeliest few in words, and what stands there wrongly spelt is compared with
 * them. A misspelt word is often taken for a name, and the mistake shows one
 * token later; so the token ahead is tried as well, and the message goes to
 * where the cause is.
 */
#include "lang/syntax.h"
#include "lang/grammar.h"

#include <string.h>

enum { WANTED_MAX = 6, WORDS_SHOWN = 4, FOUND_BYTES = 40 };

typedef struct Wanted {
    Buf text;
    uint32_t n;
} Wanted;

static bool takes(GrammarPlace *place, Word w)
{
    return grammar_takes(place, &w, 1, NULL);
}

/* Taken as the word it is, not only as a name. */
static bool takes_word(GrammarPlace *place, Word w)
{
    bool as_name;
    return grammar_takes(place, &w, 1, &as_name) && !as_name;
}

/* ---- in words: what was wanted ------------------------------------------------------ */

static void want(Wanted *w, const char *phrase)
{
    if (w->n++ < WANTED_MAX)
        buf_printf(&w->text, "%s%s", w->n > 1 ? ", " : "", phrase);
}

static void want_sign(Wanted *w, GrammarPlace *place, Word sign, const char *phrase)
{
    if (takes(place, sign))
        want(w, phrase);
}

static bool value_word(Word w)
{
    return w == K_NOT || w == K_IF || w == K_YES || w == K_NO || w == K_NONE;
}

static bool operator_word(Word w)
{
    return w == K_IS || w == K_IN || w == K_AND || w == K_OR || w == K_MATCHES;
}

static void want_values(Wanted *w, GrammarPlace *place, bool value)
{
    static const struct { Word kind; const char *phrase; } LITERALS[] = {
        {NUMBER, "a number"}, {PERCENT, "a percentage"}, {DURATION, "a span of time"}, {DATE, "a date"},
        {DATETIME, "a date and time"}, {TIME, "a time"}, {PERIOD, "a month or quarter"},
    };
    if (value) {
        want(w, "a value");
        return;
    }
    if (takes(place, IDENT))
        want(w, "a name");
    else if (takes(place, STRING))
        want(w, "a text");
    for (size_t i = 0; i < sizeof LITERALS / sizeof *LITERALS; i++)
        want_sign(w, place, LITERALS[i].kind, LITERALS[i].phrase);
}

/* The words that come first where many would do. */
static const Word USEFUL[] = {K_SYSTEM, K_PROCESS, K_STEP, K_WHO,   K_HOW,
                              K_ASK,    K_OWNER,   K_WHEN, K_TAKES, K_IF};

static void first_useful(const char **words, uint32_t n)
{
    uint32_t at = 0;
    for (size_t u = 0; u < sizeof USEFUL / sizeof *USEFUL; u++)
        for (uint32_t i = at; i < n; i++)
            if (words[i] == word_text(USEFUL[u])) {
                const char *word = words[i];
                memmove(words + at + 1, words + at, (i - at) * sizeof *words);
                words[at++] = word;
                break;
            }
}

/* The words, where they are few; else the first of them. */
static void want_words(Wanted *w, GrammarPlace *place, bool value, bool operators)
{
    const char *words[256];
    uint32_t n = 0;
    for (uint32_t i = 0; i < word_count(); i++) {
        const WordInfo *info = word_get(i);
        if ((value && value_word(info->word)) || (operators && operator_word(info->word)))
            continue;
        if (takes_word(place, info->word))
            words[n++] = word_text(info->word);
    }
    uint32_t shown = n <= WORDS_SHOWN + 2 ? n : WORDS_SHOWN;
    if (shown < n)
        first_useful(words, n);
    for (uint32_t i = 0; i < shown && w->n < WANTED_MAX; i++) {
        buf_printf(&w->text, "%s`%s`", w->n ? ", " : "", words[i]);
        w->n++;
    }
    if (shown < n) {
        buf_puts(&w->text, takes(place, RBLK) || takes(place, END)
                               ? " or another word that begins a line here"
                               : " or another word");
        w->n = WANTED_MAX;
    }
}

static const char *wanted_text(Arena *a, GrammarPlace *place)
{
    Wanted w = {0};
    bool value = takes(place, NUMBER) && takes(place, '('),
         operators = takes(place, '+') && takes(place, K_AND);
    want_sign(&w, place, ')', "`)`");
    want_sign(&w, place, ']', "`]`");
    if (takes(place, STR_TAIL))
        want(&w, "`}`");
    want_sign(&w, place, LBLK, "`<`");
    want_sign(&w, place, '=', "`=`");
    if (!value && !operators)
        want_sign(&w, place, '(', "`(`");
    want_values(&w, place, value);
    want_words(&w, place, value, operators);
    want_sign(&w, place, LUA, "`lua { }`");
    if (!operators)
        want_sign(&w, place, RANGE, "`..`");
    want_sign(&w, place, ',', "`,`");
    if (!operators)
        want_sign(&w, place, '*', "`*`");
    want_sign(&w, place, NL, "the end of the line");
    if (!takes(place, NL))
        want_sign(&w, place, RBLK, "`>`");
    if (operators)
        want(&w, "an operator");
    char *text = buf_dup(&w.text, a);
    buf_free(&w.text);
    char *comma = NULL;
    for (char *p = text; (p = strstr(p, ", ")); p++)
        comma = p;
    if (!comma || strstr(text, " or another"))
        return text;
    return arena_printf(a, "%.*s or %s", (int)(comma - text), text, comma + 2);
}

/* ---- in words: what was found --------------------------------------------------------- */

static const char *found_text(Parse *p, const Token *t)
{
    const char *at = p->source->text + t->from;
    size_t n = t->to - t->from, line = strcspn(at, "\n");
    switch (t->kind) {
    case NL: return "the line ends here";
    case LBLK: return "this < does not fit here";
    case RBLK: return t->from == t->to ? "the block ends here" : "this > does not fit here";
    case END: return "the text ends here";
    case LUA: return "`lua { }` does not fit here";
    }
    if (line < n)
        n = line;
    size_t shown = n <= FOUND_BYTES ? n : FOUND_BYTES;
    while (shown < n && shown > 0 && ((unsigned char)at[shown] & 0xC0) == 0x80)
        shown--;
    return arena_printf(p->arena, "`%.*s%s` does not fit here", (int)shown, at, shown < n ? "..." : "");
}

/* ---- did you mean ------------------------------------------------------------------------- */

static bool plain_name(const Token *t)
{
    return t->kind == IDENT && !t->word && t->to - t->from > 1;
}

static const char *token_text(Parse *p, const Token *t)
{
    return arena_dup_n(p->arena, p->source->text + t->from, t->to - t->from);
}

/* The words that the grammar takes at the place, with `next` behind them where it is not 0. Those
 * with the same first letter come first: of two words as near, the likelier one. */
static uint32_t candidates(GrammarPlace *place, Word next, char first, const char **words)
{
    uint32_t n = 0, alike = 0;
    for (uint32_t i = 0; i < word_count(); i++) {
        const WordInfo *info = word_get(i);
        Word both[2] = {info->word, next};
        if (!takes_word(place, info->word) || (next && !grammar_takes(place, both, 2, NULL)))
            continue;
        words[n++] = info->text;
        if (info->text[0] == first) {
            words[n - 1] = words[alike];
            words[alike++] = info->text;
        }
    }
    return n;
}

/* Was the name ahead of the wrong token a word, misspelt? Then the message belongs there. */
static bool misspelt_ahead(Parse *p, GrammarPlace *place)
{
    const Token *found = &p->tokens[p->at], *ahead = found - 1;
    if (p->at < 2 || !plain_name(ahead) || ahead[-1].kind == '.')
        return false;
    const char *words[256], *text = token_text(p, ahead);
    uint32_t n = candidates(grammar_below(place), found->kind, *text, words);
    const char *near = text_nearest(text, words, n);
    if (!near)
        return false;
    Diag *m =
        source_report_syntax(p->source, DIAG_E0101, ahead->from, ahead->to, "`%s` does not fit here", text);
    diag_nearest(p->source->diags, m, text, words, n);
    return true;
}

/* Behind a number a word is a unit, misspelt, or a currency in small letters. */
static bool unit_or_currency(Parse *p, const Token *found, const char *text, Diag *m)
{
    uint32_t n;
    const char *const *units = literal_units(&n);
    if (diag_nearest(p->source->diags, m, text, units, n))
        return true;
    if (found->to - found->from != 3)
        return false;
    diag_hint(p->source->diags, m, "currencies are three capital letters: 40 CHF");
    return true;
}

static bool nearest_to_found(Parse *p, GrammarPlace *place, Diag *m)
{
    const Token *found = &p->tokens[p->at];
    if (!plain_name(found))
        return false;
    const char *words[256], *text = token_text(p, found);
    if (p->at && found[-1].kind == NUMBER && unit_or_currency(p, found, text, m))
        return true;
    uint32_t n = p->at + 1 < p->tokens_n ? candidates(place, found[1].kind, *text, words) : 0;
    if (n && diag_nearest(p->source->diags, m, text, words, n))
        return true;
    n = candidates(place, 0, *text, words);
    return diag_nearest(p->source->diags, m, text, words, n);
}

/* ---- the message ------------------------------------------------------------------------------ */

/* Where a word that begins a line, but not here, does begin one: the grammar is asked. */
static const char *where_it_stands(Arena *a, Word word)
{
    static const struct { const char *name; Word tokens[8]; uint32_t n; } BLOCKS[] = {
        {"outside of all blocks", {BEGIN_FILE}, 1},
        {"in a system", {BEGIN_FILE, K_SYSTEM, IDENT, LBLK}, 4},
        {"in a process", {BEGIN_FILE, K_PROCESS, IDENT, LBLK}, 4},
        {"in a step", {BEGIN_FILE, K_PROCESS, IDENT, LBLK, K_STEP, IDENT, LBLK}, 7},
        {"in a role", {BEGIN_FILE, K_ROLE, IDENT, LBLK}, 4},
        {"in a person", {BEGIN_FILE, K_PERSON, IDENT, LBLK}, 4},
        {"in a calendar", {BEGIN_FILE, K_CALENDAR, IDENT, LBLK}, 4},
        {"in an audit", {BEGIN_FILE, K_AUDIT, IDENT, LBLK}, 4},
        {"in a test", {BEGIN_FILE, K_TEST, STRING, LBLK}, 4},
        {"in a scenario", {BEGIN_FILE, K_SCENARIO, STRING, LBLK}, 4},
    };
    const char *text = NULL;
    for (size_t i = 0; i < sizeof BLOCKS / sizeof *BLOCKS; i++) {
        Word tokens[9];
        memcpy(tokens, BLOCKS[i].tokens, sizeof BLOCKS[i].tokens);
        tokens[BLOCKS[i].n] = word;
        if (grammar_takes(grammar_start(), tokens, BLOCKS[i].n + 1, NULL))
            text = text ? arena_printf(a, "%s or %s", text, BLOCKS[i].name) : BLOCKS[i].name;
    }
    return text;
}

static void hint_for(Parse *p, GrammarPlace *place, Diag *m)
{
    const Token *t = &p->tokens[p->at];
    Diags *d = p->source->diags;
    const char *word = t->word ? word_text(t->word) : "", *where;
    unsigned ahead = p->at ? t[-1].kind : NL;
    const Token *behind = t->kind == NL && p->at + 2 < p->tokens_n && t[1].kind == RBLK ? t + 2 : NULL;
    if (behind && behind->word && takes(place, GT))
        diag_hint(d, m, "`%s` begins a line, so this > closes the block; to compare write > (%s)",
                  word_text(behind->word), word_text(behind->word));
    else if (t->kind == IDENT && takes(place, LBLK) && !takes(place, IDENT))
        diag_hint(d, m, "write < ahead of it");
    else if ((t->kind == K_ELSE || t->kind == K_UNTIL) && takes(place, NL) + takes(place, RBLK))
        diag_hint(d, m, "`%s` stands behind the > of its block", word);
    else if (t->word && t->kind == t->word && (ahead == NL || ahead == LBLK || ahead == RBLK) &&
             (where = where_it_stands(p->arena, t->word)))
        diag_hint(d, m, "`%s` stands %s", word, where);
    else if (t->word && takes(place, NL))
        diag_hint(d, m, "`%s` begins a line of its own, or stands behind ;", word);
    else if (t->word && t->kind != IDENT && takes(place, IDENT))
        diag_hint(d, m, "`%s` is a word of the language and cannot be a name here", word);
    else if (t->kind == NL && takes(place, LBLK))
        diag_hint(d, m, "write < at the end of this line");
    else if (t->kind == NL && takes(place, ')'))
        diag_hint(d, m, "close the bracket with )");
    else if (t->kind == NL && takes(place, ']'))
        diag_hint(d, m, "close the bracket with ]");
}

static void silent_report(Parse *p)
{
    if (!p->wrong)
        p->wrong_at = p->at;
    p->wrong = true;
}

void syntax_report(Parse *p, GrammarPlace *place)
{
    silent_report(p);
    if (p->silent)
        return;
    const Token *t = &p->tokens[p->at];
    Source *s = p->source;
    if (source_muted(s, t->from))
        return;
    if (t->kind == '=' && takes(place, K_IS)) {
        Diag *m = source_report_syntax(s, DIAG_E0102, t->from, t->to, "= does not compare");
        diag_hint(s->diags, m, "write `is`");
        return;
    }
    if (misspelt_ahead(p, place))
        return;
    Diag *m = source_report_syntax(s, DIAG_E0101, t->from, t->to, "%s; wanted %s", found_text(p, t),
                            wanted_text(p->arena, place));
    if (!nearest_to_found(p, place, m))
        hint_for(p, place, m);
}

void syntax_missing_else(Parse *p, Span at)
{
    if (p->silent)
        return;
    uint32_t offset = p->source->offset;
    Diag *m = source_report_syntax(p->source, DIAG_E0111, at.from - offset, at.to - offset,
                            "a second block without `else`");
    diag_hint(p->source->diags, m, "write `else` ahead of this <, or the word that begins the statement");
}

/* ---- for the prompt ----------------------------------------------------------------------------- */

uint32_t syntax_expected(Arena *a, GrammarPlace *place, const char *const **words, uint32_t *classes)
{
    static const struct { Word kind; const char *text; } CLASSES[] = {
        {IDENT, "a name"}, {STRING, "text"}, {NUMBER, "number"}, {PERCENT, "percentage"}, {MONEY, "money"},
        {DURATION, "duration"}, {DATE, "date"}, {TIME, "time"}, {DATETIME, "date and time"},
        {PERIOD, "month or quarter"}, {LUA, "lua { }"}, {LBLK, "<"}, {RBLK, ">"}, {NL, "end of line"},
    };
    enum { CLASSES_N = sizeof CLASSES / sizeof *CLASSES };
    const char **list = ARENA_ARRAY(a, const char *, word_count() + CLASSES_N);
    uint32_t n = 0, first;
    for (uint32_t i = 0; i < word_count(); i++)
        if (takes_word(place, word_get(i)->word))
            list[n++] = word_get(i)->text;
    first = n;
    for (uint32_t i = 0; i < CLASSES_N; i++)
        if (takes(place, CLASSES[i].kind))
            list[n++] = CLASSES[i].text;
    *words = list;
    if (classes)
        *classes = n - first;
    return n;
}
