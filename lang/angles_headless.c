/* angles_headless.c -- blocks whose first line is missing.
 *
 * Their lines are indented, and a > closes what nothing opened. Which word the
 * missing line began with is guessed by asking the grammar in which block most
 * of the lines could stand; then they are read as if it were there.
 */
#include "lang/angles_private.h"
#include "lang/syntax.h"

#include <string.h>

enum { LOOK_MOST = 20000, LOOKS_MOST = 2000000 };     /* tokens: so far it is looked for a block's end; and in all */

/* Could a line begin with the word in a block of this head (NL: outside of all blocks)? The grammar is asked. */
static bool stands_in_block(unsigned head, Word w)
{
    Word tokens[10] = {BEGIN_FILE};
    uint32_t n = 1;
    bool as_name;
    if (head != NL) {
        bool declares = class_of(head) & DECLARES, flow = !declares || head == K_STEP;
        if (flow)
            tokens[n++] = K_PROCESS, tokens[n++] = IDENT, tokens[n++] = LBLK;
        tokens[n++] = declares ? (Word)head : K_IF;
        tokens[n++] = head == K_TEST || head == K_SCENARIO ? STRING : IDENT;
        if (head == K_LOG)
            tokens[n++] = K_IN, tokens[n++] = STRING;
        tokens[n++] = LBLK;
    }
    tokens[n++] = w;
    return grammar_takes(grammar_start(), tokens, n, &as_name) && !as_name;
}

/* The word that heads the innermost block but `outer`; NL: none. */
static unsigned head_of_block(const Filter *f, uint32_t outer)
{
    const Angles *out = f->out;
    return out->blocks_n > outer ? out->tokens.items[out->blocks[out->blocks_n - 1 - outer].head].kind : NL;
}

bool headless_stands_in(const Filter *f, Word w, uint32_t outer)
{
    return stands_in_block(head_of_block(f, outer), w);
}

/* `name text`, and what may stand behind. */
static bool goes_on_as_field(const Token *t)
{
    unsigned kind = t->word ? t->word : t->kind;
    return kind == RAW_NL || kind == RAW_SEMI || kind == '=' || kind == K_FROM || kind == K_LIKE || kind == K_WHERE ||
           kind == K_MATCHING || kind == K_OR || kind == K_IN;
}

/* The token in its line that begins it is one of a block of this head. */
bool headless_line_fits(unsigned head, const Token *t)
{
    bool fields = head == K_RECORD || head == K_EVENT;
    if (fields && t->word != K_KEY)
        return t->kind == IDENT && t[1].kind == IDENT && goes_on_as_field(&t[2]);
    return t->word && stands_in_block(head, t->word);
}

/* How many of its lines would stand in a block of this head; and how many there are. */
static uint32_t lines_fitting(const Filter *f, const Headless *h, unsigned head, uint32_t *all)
{
    uint32_t n = 0, line = h->line;
    *all = 0;
    for (uint32_t i = h->from; i < h->end; i++) {
        bool begins = i == h->from || f->raw[i - 1].kind == RAW_NL;
        line = begins && i > h->from ? f->raw[i - 1].to : line;
        if (!begins || f->raw[i].kind != IDENT || angles_column(f, &f->raw[i], line) != h->deeper)
            continue;
        ++*all;
        n += headless_line_fits(head, &f->raw[i]);
    }
    return n;
}

/* The word of the block in which most of its lines would stand; 0: none. */
static Word likely_head(const Filter *f, const Headless *h)
{
    static const Word HEADS[] = {K_STEP, K_PROCESS, K_SYSTEM, K_ROLE, K_PERSON, K_CALENDAR, K_RECORD, K_EVENT,
                                 K_AUDIT, K_TEST, K_SCENARIO, K_LOG, K_IF};
    Word best = 0;
    uint32_t most = 0, all;
    for (size_t k = 0; k < sizeof HEADS / sizeof *HEADS; k++) {
        uint32_t n = lines_fitting(f, h, HEADS[k], &all);
        if (n > most && headless_stands_in(f, HEADS[k], 0))
            best = HEADS[k], most = n;
    }
    return best;
}

/* The lines from raw token i on, the first of which begins at `line`: are they a block's whose header is missing, in a
 * block that stands at column `outer` (-1: in none)? */
bool headless_find(const Filter *f, uint32_t i, uint32_t line, int64_t outer, Headless *h)
{
    if (f->raw[i].kind != IDENT || f->out->looked > LOOKS_MOST)
        return false;
    *h = (Headless){.from = i, .line = line, .deeper = angles_column(f, &f->raw[i], line)};
    for (uint32_t most = i + LOOK_MOST; i < f->n && i < most; i++) {
        if (f->raw[i].kind != RAW_NL)
            continue;
        line = f->raw[i].to;
        if (f->raw[i + 1].kind != RAW_NL && angles_column(f, &f->raw[i + 1], line) < h->deeper)
            break;
    }
    h->end = i + 1;
    f->out->looked += i - h->from;
    h->column = f->raw[h->end < f->n ? h->end : f->n].from - line;
    return h->end < f->n && f->raw[h->end].kind == RAW_GT && h->column > outer;
}

/* `proces P` where the block would begin: no statement begins so, which will be told. */
static bool is_broken_header(const Filter *f, uint32_t column)
{
    const Token *t = f->first < f->out->tokens.n ? &f->out->tokens.items[f->first] : NULL;
    if (!t || t->kind != IDENT || t->word || f->prev != NL)
        return false;
    uint32_t line = t->from;
    while (line > 0 && f->source->text[line - 1] != '\n')
        line--;
    return t->from - line == column;
}

/* What the lines say is read as if the block had a header, with a name that is not known. */
void headless_open(Filter *f, const Headless *h)
{
    const Token *t = &f->raw[f->i];
    Source *s = f->source;
    Word word = likely_head(f, h);
    uint32_t to = t->from;
    if (!word)
        return;
    while (s->text[to] != '\n' && to < t->to)
        to++;
    if (repair_shows_itself(f, t->from) && !is_broken_header(f, h->column))
        repair_tell_later(
            f, (Imbalance){.code = DIAG_E0143, .from = t->from, .to = to, .cause = t->from, .noticed = t->from,
                           .message = arena_printf(s->arena, "the block that ends in line %u has no first line",
                                                   repair_line_of(s, f->raw[h->end].from)),
                           .hint = arena_printf(s->arena, "write it ahead of this one: %s ... <%s", word_text(word),
                                                word == K_IF ? ", or the like" : "")});
    /* What stands in an `each` without its list is read as if it stood around it; an `else` wants an `if`. */
    if (word == K_IF && f->raw[h->end + 1].word != K_ELSE)
        word = K_EACH;
    f->first = f->out->tokens.n;
    angles_make(f, word, t->from, t->from);
    angles_make(f, OPSerror, t->from, t->from);
    angles_open(f, t->from, t->from);
    if (f->out->blocks_n)
        f->out->blocks[f->out->blocks_n - 1].column = h->column;
}

/* The innermost open block that is indented less than this; NULL: none. */
static const OpenBlock *block_around(const Filter *f, uint32_t column)
{
    for (uint32_t n = f->out->blocks_n; n > 0; n--)
        if (f->out->blocks[n - 1].column < column)
            return &f->out->blocks[n - 1];
    return NULL;
}

/* Does a line of this block, at this column, begin with the word, which is said once? */
static bool says_already(const Filter *f, const OpenBlock *b, Word w, uint32_t column)
{
    const WordInfo *info = w ? word_find(word_text(w), strlen(word_text(w))) : NULL;
    if (!info || info->word_class != 'P')
        return false;
    for (uint32_t i = f->i; i > 0 && f->raw[i].from > b->from; i--)
        if (f->raw[i].word == w && f->raw[i - 1].kind == RAW_NL && f->raw[i].from - f->raw[i - 1].to == column)
            return true;
    return false;
}

/* Behind the > in hand stand deeper lines, to a > of their own. Is their header missing? Or is the one in hand too
 * much, written at the line's begin, and they go on with what it would close? Then they would stand there, say nothing
 * again, and no blank line would be ahead of them. */
bool headless_behind(const Filter *f, const Token *next)
{
    const OpenBlock *b = f->out->blocks_n ? &f->out->blocks[f->out->blocks_n - 1] : NULL, *around;
    uint32_t own = f->raw[f->i].from - f->line, i = (uint32_t)(next - f->raw), all;
    Headless h;
    if (!b || b->column != own)
        return false;
    around = block_around(f, own);
    if (!headless_find(f, i, next[-1].to, around ? (int64_t)around->column : -1, &h))
        return false;
    return own > 0 || next[-2].kind == RAW_NL || lines_fitting(f, &h, head_of_block(f, 0), &all) < all ||
           says_already(f, b, next->word, h.deeper);
}
