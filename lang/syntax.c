/* syntax.c -- what people are told when the grammar does not take a token.
 *
 * The grammar itself is asked what it would have taken: the message names the
 * likeliest few in words, and what stands there wrongly spelt is compared with
 * them. A misspelt word is often taken for a name, and the mistake shows one
 * token later; so the token ahead is tried as well, and the message goes to
 * where the cause is.
 */
#include "lang/syntax.h"
#include "lang/angles.h"
#include "lang/grammar.h"

#include <string.h>

enum {
    LOOK_MOST = 20000,
    REFUSED_MOST = 5000,           /* behind so many it is not asked any more whether they belong together */
    WANTED_MAX = 6,
    WORDS_SHOWN = 4,
    FOUND_BYTES = 40,
};

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

/* ---- which words fit ---------------------------------------------------------------- */

/* How much of the statement behind a word must fit, for the word to be the one that was meant. */
enum { FITS_AHEAD = 12, NEAR_BY_ITSELF = 8, WORDS_MOST = 256 };

/* Each word of the table in place of a token: how far the grammar goes along. One message asks again and again. */
struct Fitting {
    GrammarPlace *place;           /* NULL: not looked at yet */
    uint32_t behind_n;             /* tokens behind it, to where the statement ends */
    uint8_t fits[WORDS_MOST];      /* 0: not taken as the word it is; else 1, and how many of those behind it */
};

/* The tokens behind `from`, to where their statement ends. */
static uint32_t tokens_behind(const Parse *p, uint32_t from, Word *behind)
{
    uint32_t n = 0;
    for (uint32_t i = from; i < p->tokens_n && n < FITS_AHEAD; i++) {
        unsigned kind = p->tokens[i].kind;
        behind[n++] = (Word)kind;
        if (kind == NL || kind == LBLK || kind == RBLK)
            break;
    }
    return n;
}

/* Of the token in hand, or of the one ahead of it: p remembers those two. */
static const Fitting *fitting(const Parse *p, GrammarPlace *place, const Token *t)
{
    Word behind[FITS_AHEAD];
    uint32_t at = (uint32_t)(t - p->tokens);
    Fitting *f = &p->fitting[at == p->at];
    if (f->place == place)
        return f;
    f->place = place;
    f->behind_n = tokens_behind(p, at + 1, behind);
    for (uint32_t i = 0; i < word_count(); i++) {
        f->fits[i] = (uint8_t)grammar_fits(place, word_get(i)->word, behind, f->behind_n);
        bool hardly = word_get(i)->word == K_STEP && f->behind_n && behind[f->behind_n - 1] == NL;
        f->fits[i] -= hardly && f->fits[i] > 1;        /* a step without its block is seldom meant */
    }
    return f;
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
static void want_words(Wanted *w, const Fitting *f, bool value, bool operators)
{
    const char *words[WORDS_MOST];
    uint32_t n = 0;
    for (uint32_t i = 0; i < word_count(); i++) {
        const WordInfo *info = word_get(i);
        if ((value && value_word(info->word)) || (operators && operator_word(info->word)))
            continue;
        if (f->fits[i])
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
        buf_puts(&w->text, takes(f->place, RBLK) || takes(f->place, END)
                               ? " or another word that begins a line here"
                               : " or another word");
        w->n = WANTED_MAX;
    }
}

static const char *wanted_text(const Parse *p, GrammarPlace *place)
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
    want_words(&w, fitting(p, place, &p->tokens[p->at]), value, operators);
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
    if (w.n == 0)
        want_sign(&w, place, '[', "`[`");
    char *text = buf_dup(&w.text, p->arena);
    buf_free(&w.text);
    char *comma = NULL;
    for (char *at = text; (at = strstr(at, ", ")); at++)
        comma = at;
    if (!comma || strstr(text, " or another"))
        return text;
    return arena_printf(p->arena, "%.*s or %s", (int)(comma - text), text, comma + 2);
}

/* ---- in words: what was found --------------------------------------------------------- */

static const char *found_text(Parse *p, const Token *t)
{
    const char *at = p->source->text + t->from;
    size_t n = t->to - t->from;
    switch (t->kind) {
    case NL: return "the line ends here";
    case LBLK: return "this < does not fit here";
    case RBLK: return t->from == t->to ? "the block ends here" : "this > does not fit here";
    case END: return "the text ends here";
    case LUA: return "`lua { }` does not fit here";
    }
    const char *end = memchr(at, '\n', n);
    if (end)
        n = (size_t)(end - at);
    size_t shown = n <= FOUND_BYTES ? n : FOUND_BYTES;
    while (shown < n && shown > 0 && ((unsigned char)at[shown] & 0xC0) == 0x80)
        shown--;
    return arena_printf(p->arena, "`%.*s%s` does not fit here", (int)shown, at, shown < n ? "..." : "");
}

/* ---- the statement around it ------------------------------------------------------------ */

static bool ends_statement(unsigned kind)
{
    return kind == NL || kind == LBLK || kind == RBLK || kind == END;
}

/* The first token of the statement that ends at `end`, or ahead of it. */
static uint32_t statement_begin(const Parse *p, uint32_t end)
{
    while (end > 0 && !ends_statement(p->tokens[end - 1].kind))
        end--;
    return end;
}

/* The < around the statement, or the file's first token. */
static uint32_t block_around(const Parse *p, uint32_t at)
{
    uint32_t depth = 0, least = at > LOOK_MOST ? at - LOOK_MOST : 0;
    while (at > least && (p->tokens[--at].kind != LBLK || depth > 0))
        depth = depth + (p->tokens[at].kind == RBLK) - (p->tokens[at].kind == LBLK);
    return at;
}

/* The > of the block in which the token stands. */
static uint32_t block_end(const Parse *p, uint32_t at)
{
    uint32_t depth = 0, most = at + LOOK_MOST;
    while (at + 1 < p->tokens_n && at < most && (p->tokens[at].kind != RBLK || depth > 0)) {
        depth = depth + (p->tokens[at].kind == LBLK) - (p->tokens[at].kind == RBLK);
        at++;
    }
    return at;
}

static const char *where_it_stands(Arena *a, Word word);

/* Does the line begin as one of another kind of block does, where fields are declared? Then the word that opened the
 * block is the wrong one, and the lines behind it are no fields either. */
static bool is_among_fields(const Parse *p)
{
    uint32_t first = statement_begin(p, p->at), open = block_around(p, first);
    if (p->at != first && p->tokens[p->at].kind != STRING) return false;       /* a field's name may be such a word */
    Word head = p->tokens[open].kind == LBLK ? p->tokens[statement_begin(p, open)].word : 0;
    Word word = p->tokens[first].word;
    return (head == K_EVENT || head == K_RECORD) && word && where_it_stands(p->arena, word);
}

/* Should the statement have a block? A log's `step` has none. */
static bool wants_block(const Parse *p, uint32_t first)
{
    Word word = p->tokens[first].word;
    return angles_opens(word) &&
           (word != K_STEP || p->tokens[statement_begin(p, block_around(p, first))].kind != K_LOG);
}

static uint32_t line_end_behind(const Source *s, uint32_t at)
{
    const char *line = at < s->n ? memchr(s->text + at, '\n', s->n - at) : NULL;
    return line ? (uint32_t)(line - s->text) : s->n;
}

/* Of one statement the first mistake is told: what seems wrong behind it most likely follows. Where the
 * statement has a block, but its < was not found, the rest of the line stood in that block. */
static uint32_t rest_of_statement(const Parse *p)
{
    const Source *s = p->source;
    uint32_t first = statement_begin(p, p->at), end = p->at, at = p->tokens[p->at].from;
    while (end < p->tokens_n && !ends_statement(p->tokens[end].kind))
        end++;
    uint32_t to = end < p->tokens_n ? p->tokens[end].from + (p->tokens[end].kind == NL) : s->n;
    if (!wants_block(p, first) || (end < p->tokens_n && p->tokens[end].kind == LBLK))
        return to;
    uint32_t line_end = line_end_behind(s, at);
    return line_end > to ? line_end : to;
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

/* The words that the grammar takes in place of the token, with at least so many of those behind it. Those with the
 * same first letter come first: of two words as near, the likelier one. */
static uint32_t candidates(const Fitting *f, uint32_t behind, char first, const char **words)
{
    uint32_t n = 0, alike = 0;
    for (uint32_t i = 0; i < word_count(); i++) {
        if (f->fits[i] <= behind)
            continue;
        words[n++] = word_get(i)->text;
        if (words[n - 1][0] == first) {
            const char *word = words[n - 1];
            words[n - 1] = words[alike];
            words[alike++] = word;
        }
    }
    return n;
}

/* The word that was meant by the token: of those near it the one with which most of what follows fits.
 * NULL: none is near; and none but a very near one is where nothing of what follows fits, or where the
 * token is a word as it stands. */
static const char *meant(Parse *p, GrammarPlace *place, const Token *t)
{
    const char *words[WORDS_MOST], *text = token_text(p, t), *near;
    const Fitting *f = fitting(p, place, t);
    const uint32_t n = f->behind_n, levels[] = {n, 3, 1};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        uint32_t fits = levels[i] < n ? levels[i] : n;
        if (fits == 0 || (i > 0 && fits == levels[i - 1]) || (i > 0 && t->word == t->kind && t->word))
            continue;
        near = text_nearest(text, words, candidates(f, fits, *text, words));
        if (near)
            return near;
    }
    if (t->word && t->word == t->kind)
        return NULL;
    near = text_nearest(text, words, candidates(f, 0, *text, words));
    return near && (strlen(text) > NEAR_BY_ITSELF || text_distance(text, near, 2) <= 1) ? near : NULL;
}

/* The word of ours that is hidden by capitals, or that somebody means who writes so in another language, if it fits
 * here. */
static const char *by_habit(GrammarPlace *place, const char *text)
{
    const char *ours;
    for (uint32_t i = 0; i < word_count(); i++)
        if (strcasecmp(word_get(i)->text, text) == 0 && takes_word(place, word_get(i)->word))
            return word_get(i)->text;
    for (uint32_t i = 0; (ours = word_by_habit(text, i)); i++) {
        const WordInfo *info = word_find(ours, strcspn(ours, " "));
        if (info && takes_word(place, info->word))
            return strchr(ours, ' ') ? ours : info->text;
    }
    return NULL;
}

/* The message proposes this word for the token; the text is read again with it. */
static void propose(Parse *p, const Token *t, Diag *m, const char *word)
{
    diag_suggest(p->source->diags, m, word);
    const WordInfo *info = word_find(word, strlen(word));
    if (info && m->suggestions_n)
        *VEC_PUSH(p->arena, &p->meant) = (Meant){t->from, t->to, rest_of_statement(p), info->word, m};
}

/* Was the name ahead of the wrong token a word, misspelt? Then the message belongs there. */
static bool misspelt_ahead(Parse *p, GrammarPlace *place)
{
    const Token *found = &p->tokens[p->at], *ahead = found - 1;
    if (p->at < 2 || ahead->kind != IDENT || ahead->to - ahead->from < 2 || ahead[-1].kind == '.')
        return false;
    const char *words[WORDS_MOST], *text = token_text(p, ahead);
    const char *ours = by_habit(grammar_below(place), text);
    const char *near = ours ? ours : meant(p, grammar_below(place), ahead);
    uint32_t n = candidates(fitting(p, grammar_below(place), ahead), 1, *text, words);
    for (uint32_t i = 0; near && i < n; i++)
        if (words[i] == near) {
            Diag *m = source_report_syntax(p->source, DIAG_E0101, ahead->from, ahead->to, "`%s` does not fit here",
                                           text);
            propose(p, ahead, m, near);
            return true;
        }
    return false;
}

/* Is the name behind a number a unit, misspelt? Then it is told of, and not the number ahead of it. */
static bool misspelt_unit_behind(Parse *p, GrammarPlace *place)
{
    const Token *number = &p->tokens[p->at], *unit = number + 1;
    uint32_t n;
    const char *const *units = literal_units(true, &n);
    if (number->kind != NUMBER || p->at + 1 >= p->tokens_n || unit->kind != IDENT || !takes(place, DURATION) ||
        !text_nearest(token_text(p, unit), units, n))
        return false;
    Diag *m = source_report_syntax(p->source, DIAG_E0101, unit->from, unit->to, "`%s` does not fit here",
                                   token_text(p, unit));
    diag_nearest(p->source->diags, m, token_text(p, unit), units, n);
    return true;
}

/* Behind a number a word is a unit, misspelt, or a currency in small letters. */
static bool unit_or_currency(Parse *p, const Token *found, const char *text, Diag *m)
{
    uint32_t n;
    bool one = found[-1].to - found[-1].from == 1 && p->source->text[found[-1].from] == '1';
    const char *const *units = literal_units(!one, &n);
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
    if ((found->kind != IDENT && found->word != found->kind) || !found->to || found->to - found->from < 2)
        return false;
    const char *text = token_text(p, found);
    if (p->at && found[-1].kind == NUMBER && plain_name(found) && unit_or_currency(p, found, text, m))
        return true;
    const char *ours = by_habit(place, text), *near = ours ? ours : meant(p, place, found);
    if (near)
        propose(p, found, m, near);
    return near != NULL;
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

static bool declares_value(unsigned kind)
{
    return kind == K_SET || kind == K_ASK || kind == K_TAKES || kind == K_GIVES || kind == K_EACH || kind == K_COLLECT;
}

static bool begins_lines(const Token *t)
{
    const WordInfo *info = t->word && t->word == t->kind
                         ? word_find(word_text(t->word), strlen(word_text(t->word))) : NULL;
    return info && info->word_class != 'C' && info->word_class != 'K';
}

/* `step Check references <`: the name as it was meant, where words follow on a name; else NULL. */
static char *name_of_words(Parse *p)
{
    uint32_t first = statement_begin(p, p->at) + 1, end = p->at;
    Word w = p->tokens[first - 1].word;
    if (p->at != first + 1 || p->tokens[first].kind != IDENT ||
        !(angles_declares(w) || w == K_SET || w == K_STEP || w == K_CALL || w == K_START || w == K_EMIT))
        return NULL;
    for (; end < p->tokens_n && !ends_statement(p->tokens[end].kind); end++) {
        const Token *t = &p->tokens[end];
        if (t->kind == K_LIKE || t->kind == K_WITH || t->kind == K_AS || t->kind == K_AFTER || t->kind == '=')
            break;
        if (!t->word && t->kind != IDENT && t->kind != NUMBER)
            return NULL;
    }
    uint32_t from = p->tokens[first].from;
    return end > p->at ? arena_printf(p->arena, "%.*s", (int)(p->tokens[end - 1].to - from), p->source->text + from)
                       : NULL;
}

static void hint_name_of_words(Parse *p, Diag *m, char *name)
{
    if (p->tokens[statement_begin(p, p->at)].kind != K_SET) {
        diag_hint(p->source->diags, m, "a name of more than one word stands in quotes: \"%s\"", name);
        return;
    }
    for (char *c = name; (c = strchr(c, ' ')) != NULL;) *c = '_';
    diag_hint(p->source->diags, m, "the name of a variable is one word: %s", name);
}

/* What a statement of this kind does not say, though one would think so, and how it is said; NULL: nothing is known. */
static const char *hint_for_statement(Parse *p, GrammarPlace *place)
{
    const Token *t = &p->tokens[p->at], *first = &p->tokens[statement_begin(p, p->at)];
    Word ahead = p->at ? t[-1].word : 0;
    bool name = t->kind == STRING || t->kind == IDENT;
    if (is_among_fields(p))
        return "such a line declares no field: is the word that begins this block the right one?";
    switch (first->kind) {
    case K_WITHOUT:
        if (t->kind == ',')
            return "one a line: write `without` again for the next";
        return name && t > first + 1 && angles_declares(ahead)
                   ? arena_printf(p->arena, "its name is enough: without %s", token_text(p, t)) : NULL;
    case K_STEP:
        return t->kind == K_LIKE ? "a step is no copy of another: only systems and processes are" : NULL;
    case K_EXPECT:
        if (t->kind == K_AND)
            return "write what else is expected on a line of its own: expect ...";
        return t > first + 2 &&
                       (ahead == K_OFFERED || ahead == K_WAITING || ahead == K_REFUSED || ahead == K_DID)
                   ? arena_printf(p->arena, "`%s` begins an expectation, on a line of its own: expect %s ...",
                                  word_text(ahead), word_text(ahead)) : NULL;
    case K_WHO:
        return ahead == K_ANY && takes(place, NUMBER) ? "how many is a number, written out: any 2 of ..." : NULL;
    case K_STATUS:
        return takes(place, DATE) ? "write the day itself: live since 2026-12-31" : NULL;
    }
    return NULL;
}

static void hint_for(Parse *p, GrammarPlace *place, Diag *m)
{
    const Token *t = &p->tokens[p->at];
    Diags *d = p->source->diags;
    const char *word = t->word ? word_text(t->word) : "", *where;
    char *name;
    unsigned ahead = p->at ? t[-1].kind : NL;
    const Token *behind = t->kind == NL && p->at + 2 < p->tokens_n && t[1].kind == RBLK ? t + 2 : NULL;
    if (behind && behind->word && takes(place, GT))
        diag_hint(d, m, "`%s` begins a line, so this > closes the block; to compare write > (%s)",
                  word_text(behind->word), word_text(behind->word));
    else if (!takes(place, IDENT) && (name = name_of_words(p)))
        hint_name_of_words(p, m, name);
    else if (t->kind == IDENT && takes(place, LBLK) && !takes(place, IDENT))
        diag_hint(d, m, "write < ahead of it");
    else if (t->kind == IDENT && ahead == K_OF && takes(place, '('))
        diag_hint(d, m, "commas part the fields here, so the choices stand in brackets: one of (a, b)");
    else if ((t->kind == K_ELSE || t->kind == K_UNTIL) && takes(place, NL) + takes(place, RBLK))
        diag_hint(d, m, "`%s` stands behind the > of its block", word);
    else if (t->word && t->kind == t->word && (ahead == NL || ahead == LBLK || ahead == RBLK) &&
             (where = where_it_stands(p->arena, t->word)))
        diag_hint(d, m, "`%s` stands %s", word, where);
    else if (t->word && takes(place, NL) && begins_lines(t))
        diag_hint(d, m, "`%s` begins a line of its own, or stands behind ;", word);
    else if (t->word && t->kind != IDENT && takes(place, IDENT)) {
        if (declares_value(p->tokens[statement_begin(p, p->at)].kind))
            p->misnamed = t->word;
        diag_hint(d, m, "`%s` is a word of the language and cannot be a name here", word);
    } else if (t->kind == NL && takes(place, LBLK))
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

/* ---- what follows from a mistake ------------------------------------------------------------- */

static void mute(Parse *p, uint32_t from, uint32_t to)
{
    if (from < to)
        diags_mute(p->source->diags, (Span){p->source->offset + from, p->source->offset + to});
}

static void take_back_rest(Parse *p, uint32_t from, uint32_t to)
{
    if (from + 1 < to)
        diags_take_back_in(p->source->diags, (Span){p->source->offset + from + 1, p->source->offset + to});
}

static bool may_be_name(const Token *t)
{
    const WordInfo *info = t->word && t->word == t->kind
                         ? word_find(word_text(t->word), strlen(word_text(t->word))) : NULL;
    return t->kind == IDENT || t->kind == STRING || (info && strchr("KLMP", info->word_class));
}

/* What the statement at `first` names may be what it was to declare; so may what stands in its block, where
 * the block is skipped because nobody knows what it is. */
static void damaged(Parse *p, uint32_t first)
{
    const Token *t = &p->tokens[first];
    Source *s = p->source;
    uint32_t end = first, depth = 0;
    while (end < p->tokens_n && !ends_statement(p->tokens[end].kind))
        end++;
    bool strange = p->at == first && p->last_wrong <= first;        /* no statement here begins so */
    bool skipped = end < p->tokens_n && p->tokens[end].kind == LBLK && (strange || !angles_opens(t->word));
    for (uint32_t most = first + LOOK_MOST; skipped && end < p->tokens_n && end < most; end++) {
        depth = depth + (p->tokens[end].kind == LBLK) - (p->tokens[end].kind == RBLK);
        if (depth == 0)
            break;
    }
    uint32_t to = end < p->tokens_n ? p->tokens[end].to : s->n;
    if (wants_block(p, first) && (end == p->tokens_n || p->tokens[end].kind != LBLK))
        to = line_end_behind(s, to);
    diags_damaged(s->diags, (Span){s->offset + t->from, s->offset + to},
                  skipped || angles_declares(t->word) || t->kind == IDENT || t->kind == K_USE);
}

/* The first token behind the statement and its block. */
static uint32_t behind_statement(const Parse *p, uint32_t first)
{
    uint32_t end = first, depth = 0, most = first + LOOK_MOST;
    while (end < p->tokens_n && end < most &&
           (depth > 0 || (p->tokens[end].kind != NL && p->tokens[end].kind != RBLK))) {
        depth = depth + (p->tokens[end].kind == LBLK) - (p->tokens[end].kind == RBLK);
        if (depth == 0 && p->tokens[end].kind == RBLK)
            break;
        end++;
    }
    return end + 1;
}

/* A header that nobody wrote, as the block stood there without one: what it declared is lost, and what the block
 * names may be that. */
static void headless_damaged(Parse *p, uint32_t first)
{
    Source *s = p->source;
    uint32_t end = behind_statement(p, first);
    uint32_t to = end <= p->tokens_n ? p->tokens[end - 1].to : s->n;
    diags_damaged(s->diags, (Span){s->offset + p->tokens[first].from, s->offset + to}, false);
}

/* `call`, `wait`, `on` whose `as`, if it had one, is lost; and in a flow a word alone, which nobody can know. */
static bool lacks_as(const Parse *p, uint32_t first)
{
    const Token *t = &p->tokens[first];
    uint32_t i = first + 1;
    if (t->kind == IDENT && i < p->tokens_n && t[1].kind == NL) {
        uint32_t block = block_around(p, first);
        return p->tokens[block].kind == LBLK && p->tokens[statement_begin(p, block)].kind != K_SYSTEM;
    }
    if (t->kind != K_CALL && t->kind != K_WAIT && t->kind != K_ON)
        return false;
    while (i < p->tokens_n && !ends_statement(p->tokens[i].kind) && p->tokens[i].kind != K_AS)
        i++;
    return i == p->tokens_n || p->tokens[i].kind != K_AS;
}

int syntax_damaged(Parse *p, uint32_t token)
{
    if (token >= p->tokens_n)
        return 0;
    uint32_t first = statement_begin(p, token);
    const Token *t = &p->tokens[first];
    if (t->from == t->to && first + 1 < p->tokens_n && t[1].kind == OPSerror) {
        headless_damaged(p, first);
        return 1;
    }
    damaged(p, first);
    bool declares = t->word == t->kind && (angles_declares(t->word) || declares_value(t->kind));
    const Token *wrong = p->last_wrong > first ? &p->tokens[p->last_wrong - 1] : NULL;
    bool typeless = wrong && declares_value(t->kind) && (wrong->kind == ',' || wrong->kind == NL || wrong->kind == '=');
    if ((wrong > t && wrong[-1].kind == K_AS) || lacks_as(p, first))
        return 1;                              /* and so is what would stand behind `as` */
    bool text = declares_value(t->kind) && t[1].kind == STRING;
    bool unnamed = first + 1 >= p->tokens_n || !may_be_name(&t[1]) || text || typeless;  /* the type may stand as it */
    return t->kind == K_WHEN ? 2 : declares && unnamed;
}

/* Does the token in hand begin a statement as none begins? Then it most likely went on with the one ahead of
 * it, and what the passes would say of that one follows. */
static void goes_on_from_before(Parse *p, bool misspelt)
{
    const Token *t = &p->tokens[p->at];
    if (misspelt || p->at == 0 || t[-1].kind != NL)
        return;
    uint32_t first = statement_begin(p, p->at - 1);
    const Token *before = &p->tokens[first];
    if (begins_lines(t) && !angles_opens(before->word))
        return;
    mute(p, before->from, t->from);
    damaged(p, first);
}

/* Did the grammar miss something at the end of the line above, and does this line begin with no word of the language,
 * or did that line end too early? Then it most likely goes on with that one. */
static bool line_above_is_wrong(const Parse *p)
{
    uint32_t first = statement_begin(p, p->at), above = first;
    while (above > 0 && (p->tokens[above - 1].kind == NL || p->tokens[above - 1].kind == RBLK) &&
           p->last_wrong < above)
        above--;
    bool ended = first > 0 && p->last_wrong == first && p->tokens[first - 1].kind == NL && p->at == first;
    return above > 0 && above < first + (p->tokens[first - 1].kind == NL) && p->last_wrong == above &&
           (ended || !begins_lines(&p->tokens[first]));
}

/* A header without its <, and a line behind it that would stand in its block. */
static bool header_above(Parse *p)
{
    const Token *t = &p->tokens[p->at];
    if (p->at < 2 || t[-1].kind != NL || !begins_lines(t))
        return false;
    uint32_t first = statement_begin(p, p->at - 1);
    const Token *head = &p->tokens[first];
    const Word inside[] = {BEGIN_FILE, K_PROCESS, IDENT, LBLK, head->word, IDENT, LBLK, t->word};
    if (first + 2 != p->at - 1 || !angles_opens(head->word) || !grammar_takes(grammar_start(), inside, 8, NULL))
        return false;
    Diag *m = source_report_syntax(p->source, DIAG_E0121, head->from, head[1].to, "the block of this %s has no <",
                                   word_text(head->word));
    diag_hint(p->source->diags, m, "write < at the end of this line");
    mute(p, head->from, p->tokens[block_end(p, p->at)].to);     /* what its block holds follows */
    return true;
}

/* Lines that are not indented do not show where a block ends; a line that does not fit into the block does.
 * Then the block is told of, and where its > belongs. */
static bool unclosed_above(Parse *p)
{
    Source *s = p->source;
    const Token *t = &p->tokens[p->at];
    const Imbalance *waiting = s->waiting < s->imbalances.n ? &s->imbalances.items[s->waiting] : NULL;
    if (!waiting || waiting->code != DIAG_E0109 || waiting->mended || !t->word || t->word != t->kind || p->at == 0 ||
        !ends_statement(t[-1].kind) || !angles_begins(t->word))
        return false;
    uint32_t open = block_around(p, p->at);
    if (p->tokens[open].kind != LBLK)
        return false;
    const Token *head = &p->tokens[statement_begin(p, open)];
    uint32_t line = sources_place(diags_sources(s->diags), (Span){s->offset + t->from, s->offset + t->from}).line;
    Diag *m = source_report_syntax(s, DIAG_E0109, head->from, p->tokens[open].to, "this < is never closed");
    diag_hint(s->diags, m, "its > belongs ahead of line %u", line);
    return true;
}

/* Does no statement here begin like this one, and was it so with the one ahead of it? Then both stand in the wrong
 * block, which was told at the first of them. */
static bool strange_again(Parse *p, GrammarPlace *place)
{
    const Token *t = &p->tokens[p->at];
    bool begins = p->at == 0 || ends_statement(t[-1].kind);
    if (p->refused > REFUSED_MOST)
        return false;
    if (!begins || ends_statement(t->kind) || by_habit(place, token_text(p, t)) ||
        (t->kind == IDENT && meant(p, place, t)))
        return false;
    bool again = p->behind_strange == p->at && p->at > 0;
    p->behind_strange = behind_statement(p, p->at);
    return again;
}

/* ---- the report --------------------------------------------------------------------------------- */

static void report_refused(Parse *p, GrammarPlace *place)
{
    const Token *t = &p->tokens[p->at];
    Source *s = p->source;
    if (t->kind == '=' && takes(place, K_IS)) {
        Diag *m = source_report_syntax(s, DIAG_E0102, t->from, t->to, "= does not compare");
        diag_hint(s->diags, m, "write `is`");
        return;
    }
    const char *near = t->kind == IDENT && t->to > t->from ? meant(p, place, t) : NULL;
    if (header_above(p) || (p->misnamed && t->word == p->misnamed && takes(place, IDENT)))
        return;
    goes_on_from_before(p, near);
    if (unclosed_above(p) || misspelt_ahead(p, place) || misspelt_unit_behind(p, place))
        return;
    Diag *m = source_report_syntax(s, DIAG_E0101, t->from, t->to, "%s; wanted %s", found_text(p, t),
                            wanted_text(p, place));
    const char *known = hint_for_statement(p, place);
    if (known)
        diag_hint(s->diags, m, "%s", known);
    else if (!nearest_to_found(p, place, m))
        hint_for(p, place, m);
}

void syntax_report(Parse *p, GrammarPlace *place)
{
    silent_report(p);
    if (p->silent)
        return;
    p->refused++;
    const Token *t = &p->tokens[p->at];
    Source *s = p->source;
    bool told = source_muted(s, t->from) || (t->to > t->from && diags_just_told(s->diags, s->offset + t->from));
    Fitting fitting[2] = {0};
    p->fitting = fitting;
    bool again = strange_again(p, place);
    if (!told && !line_above_is_wrong(p)) {
        uint32_t to = rest_of_statement(p);
        take_back_rest(p, t->from, to);
        if (!again)
            report_refused(p, place);
        if (is_among_fields(p))
            to = p->tokens[block_end(p, p->at)].from;
        mute(p, t->from, to);
        damaged(p, angles_declares(t->word) ? p->at : statement_begin(p, p->at));
    }
    p->fitting = NULL;
    p->last_wrong = p->at + 1;
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
