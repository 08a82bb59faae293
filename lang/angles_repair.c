/* angles_repair.c -- angles that do not balance: which block lacks its own.
 *
 * Lines that are indented say where a block ends, and which > is too much;
 * where they are not, the words do, as far as they can. What is found waits in
 * the source's list of imbalances, so that only causes are told.
 */
#include "lang/angles_private.h"

#include <string.h>

/* Does what began at this byte show by itself, or follow from what was noticed before? Only lines that are
 * surely indented tell. */
bool repair_shows_itself(const Filter *f, uint32_t cause)
{
    const Source *s = f->source;
    return s->imbalances.n == 0 ||
           (f->indented && f->deeper >= SURELY_INDENTED && cause > s->imbalances.items[s->imbalances.n - 1].noticed);
}

/* What does not balance waits to be told. */
void repair_tell_later(Filter *f, Imbalance i)
{
    Source *s = f->source;
    bool shown = f->indented || f->sure;
    i.mended = f->deeper >= SURELY_INDENTED || f->sure;
    if (!shown)
        i.cause = 0;
    if (i.noticed < s->mute)
        *VEC_PUSH(s->arena, &s->imbalances) = i;
    if (!shown && s->mute > i.noticed + 1)
        s->mute = i.noticed + 1;
}

uint32_t repair_line_of(const Source *s, uint32_t at)
{
    return sources_place(diags_sources(s->diags), (Span){s->offset + at, s->offset + at}).line;
}

/* A block that `{`, `do` or the like opens was told of there. */
bool repair_opened_by_angle(const Source *s, const OpenBlock *b)
{
    return b->to == 0 || b->from == b->to || s->text[b->to - 1] == '<' || (unsigned char)s->text[b->to - 1] >= 0x80;
}

void repair_tell_unclosed(Filter *f, uint32_t at)
{
    Source *s = f->source;
    const OpenBlock *b = &f->out->blocks[f->out->blocks_n - 1];
    uint32_t cause = b->line + b->column;
    if (!repair_shows_itself(f, cause) || !repair_opened_by_angle(f->source, b))
        return;
    const char *hint =
        at < s->n
            ? arena_printf(s->arena, "%sits > belongs ahead of line %u", f->sure ? "" : "by the indentation ",
                           repair_line_of(s, at))
            : "its > is missing at the end";
    repair_tell_later(f, (Imbalance){.code = DIAG_E0109, .from = b->from, .to = b->to, .cause = cause, .noticed = at,
                                     .message = "this < is never closed", .hint = hint});
}

/* Where the block that a stray > wants to close would begin: the nearest line above that is
 * indented no deeper. */
static uint32_t likely_begin(const Filter *f)
{
    uint32_t i = f->line_first, column = angles_line_column(f), line = f->line;
    bool alone = f->raw[i].kind == RAW_GT;
    if (!alone)
        return f->raw[i].from;
    while (i > 0) {
        uint32_t end = --i;        /* the line end above; its line begins behind the one before */
        while (i > 0 && f->raw[i - 1].kind != RAW_NL)
            i--;
        line = i > 0 ? f->raw[i - 1].to : 0;
        if (i < end && angles_column(f, &f->raw[i], line) <= column)
            return f->raw[i].from;
    }
    return 0;
}

void repair_tell_stray(Filter *f)
{
    const Token *t = &f->raw[f->i];
    uint32_t cause = f->repair ? likely_begin(f) : 0;
    if (!f->repair || !repair_shows_itself(f, cause))
        return;
    repair_tell_later(f, (Imbalance){.code = DIAG_E0110, .from = t->from, .to = t->to, .cause = cause,
                                     .noticed = t->from, .message = "this > closes nothing",
                                     .hint = "take it out, or write the < that it belongs to"});
}

static void close_unclosed(Filter *f, uint32_t at)
{
    repair_tell_unclosed(f, at);
    angles_close(f, angles_behind(f), angles_behind(f));
}

/* Does the word stand behind the > of such a block? Where it begins a line, that > is missing. */
static bool stands_behind(unsigned word, unsigned head)
{
    return (word == K_UNTIL && head == K_REPEAT) || (word == K_COLLECT && head == K_EACH) ||
           (word == K_ELSE && (head == K_IF || head == K_ELSE || head == K_WAIT));
}

/* `> > until c`: what stands behind the second belongs to the block that the first closed, and to none around it. */
bool repair_closes_twice(const Filter *f)
{
    const Token *t = &f->raw[f->i];
    const Angles *out = f->out;
    unsigned around = out->blocks_n ? out->tokens.items[out->blocks[out->blocks_n - 1].head].kind : NL;
    bool known = around == NL || (class_of(around) & OPENS);       /* else it may have been misspelt */
    return t->kind == RAW_GT && f->prev == RBLK && stands_behind(t[1].word, f->closed) && known &&
           !stands_behind(t[1].word, around);
}

/* `> who Sales`, a line as mail quotes it: what it would close is gone on with below. A line that closes a block and
 * opens the next has its deeper lines. */
static bool is_quoted_line(const Filter *f)
{
    const Token *t = &f->raw[f->i], *behind = t;
    uint32_t column, own = t->from - f->line;
    while (behind->kind == RAW_GT)
        behind++;
    Word w = behind->word;
    if (behind->kind != IDENT || !w || w == K_ELSE || w == K_UNTIL || w == K_COLLECT || angles_line_opens(behind))
        return false;
    const Token *next = angles_next_line(f, &column);
    return next->kind != RAW_END && (column > own || (next->kind == RAW_GT && column == own));
}

static void drop_quoting(Filter *f)
{
    const Token *t = &f->raw[f->i];
    while (f->raw[f->i + 1].kind == RAW_GT)
        f->i++;
    f->line_first = f->begun_first = f->i + 1;
    repair_tell_later(f, (Imbalance){.code = DIAG_E0110, .from = t->from, .to = f->raw[f->i].to, .cause = t->from,
                                     .noticed = f->raw[f->i].from, .message = "this > closes nothing",
                                     .hint = "take it out: it came with a copied text"});
}

/* Where a > that begins a line stands, or should: the line behind it is nowhere indented deeper. */
static uint32_t column_of_close(const Filter *f)
{
    const Token *t = &f->raw[f->i];
    uint32_t own = t->from - f->line, next = 0;
    const Token *behind = angles_next_line(f, &next);
    if (behind->kind == RAW_END || t[1].kind != RAW_NL || next <= own || headless_behind(f, behind))
        return own;
    const OpenBlock *b = f->out->blocks_n ? &f->out->blocks[f->out->blocks_n - 1] : NULL;
    return behind->kind == RAW_GT && b && b->column > next ? b->column : next;
}

/* A > right below the line that opens its block, though by the line behind that goes on: it stands a line too low, and
 * was told of where it is missing. */
static bool closes_too_low(const Filter *f)
{
    const Token *t = &f->raw[f->i];
    const OpenBlock *b = f->out->blocks_n ? &f->out->blocks[f->out->blocks_n - 1] : NULL;
    uint32_t column;
    return b && f->prev == LBLK && t[1].kind == RAW_NL && t->from - f->line == b->column &&
           angles_next_line(f, &column)->kind != RAW_END && column > b->column;
}

/* A > alone on its line that stands not as its block does, where the one below does: that one closes it. */
static bool closes_beside(const Filter *f)
{
    const Token *t = &f->raw[f->i];
    const OpenBlock *b = f->out->blocks_n ? &f->out->blocks[f->out->blocks_n - 1] : NULL;
    uint32_t column;
    return b && t[1].kind == RAW_NL && t->from - f->line != b->column && angles_next_line(f, &column)->kind == RAW_GT &&
           column == b->column;
}

/* At the first token of a line: blocks that are indented as deep, or deeper, have ended. */
bool repair_by_indentation(Filter *f)
{
    const Token *t = &f->raw[f->i];
    bool closes = t->kind == RAW_GT;
    if (repair_closes_twice(f))
        return false;
    if (closes && is_quoted_line(f)) {
        drop_quoting(f);
        return true;
    }
    if (closes && (closes_too_low(f) || closes_beside(f))) {
        repair_tell_stray(f);
        return true;
    }
    Headless headless;
    uint32_t column = closes ? column_of_close(f) : angles_line_column(f);
    for (Angles *out = f->out; out->blocks_n;) {
        const OpenBlock *b = &out->blocks[out->blocks_n - 1];
        bool ends = stands_behind(t->word, out->tokens.items[b->head].kind);
        if (closes || ends ? b->column <= column : b->column < column) {
            if (ends)
                close_unclosed(f, t->from);
            break;
        }
        close_unclosed(f, t->from);
    }
    const OpenBlock *around = f->out->blocks_n ? &f->out->blocks[f->out->blocks_n - 1] : NULL;
    if (!closes && headless_find(f, f->i, f->line, around ? (int64_t)around->column : -1, &headless))
        headless_open(f, &headless);
    if (!closes || (f->out->blocks_n && f->out->blocks[f->out->blocks_n - 1].column >= column))
        return false;
    repair_tell_stray(f);
    return true;
}

/* Lines that are not indented show by their words where a block must have ended: `step B <` stands in no step,
 * but in the process around it. */
void repair_by_words(Filter *f)
{
    const Token *t = &f->raw[f->i];
    uint32_t outer = 0;
    if (t->kind != IDENT || !(class_of(t->word) & DECLARES) || !(t[1].kind == STRING || t[1].kind == IDENT) ||
        (t[2].kind != RAW_LT && !angles_line_opens(t)))
        return;
    while (outer < f->out->blocks_n && !headless_stands_in(f, t->word, outer))
        outer++;
    if (outer == f->out->blocks_n && !headless_stands_in(f, t->word, outer))
        return;
    f->sure = true;
    for (; outer > 0; outer--)
        close_unclosed(f, t->from);
    f->sure = false;
}

/* At a line's end: a header whose < is missing, when deeper lines follow it. */
bool repair_header(Filter *f)
{
    unsigned word = first_word(f);
    uint32_t column;
    if (!(class_of(word) & OPENS) || f->opened_on_line || !angles_goes_deeper(f))
        return false;
    if ((word == K_EVENT || word == K_PERSON) && !headless_line_fits(word, angles_next_line(f, &column)))
        return false;                          /* they may do without a block, and this one is another's */
    uint32_t from = f->out->tokens.items[f->first].from;
    if (repair_shows_itself(f, from))
        repair_tell_later(f, (Imbalance){.code = DIAG_E0121, .from = from, .to = angles_behind(f), .cause = from,
                                         .noticed = angles_behind(f), .hint = "write < at the end of this line",
                                         .message = arena_printf(f->source->arena, "the block of this %s has no <",
                                                                 word_text((Word)word))});
    angles_open(f, angles_behind(f), angles_behind(f));
    return true;
}

/* Repair: `> 5` begins the next line. No block is closed so: it compares with what this one ends with. */
bool repair_compares_below(const Filter *f, const Token **sign)
{
    const Token *t = &f->raw[f->i];
    while (t->kind == RAW_NL)
        t++;
    *sign = t;
    return f->repair && t->kind == RAW_GT && is_literal(t + 1) && (class_of(f->prev) & ENDS_VALUE);
}

void repair_tell_compares(Filter *f, const Token *sign)
{
    repair_tell_later(f, (Imbalance){.code = DIAG_E0110, .from = sign->from, .to = sign->to, .cause = sign->from,
                                     .noticed = sign->from, .message = "this > closes nothing",
                                     .hint = "where it compares, it stands at the end of the line above"});
}
