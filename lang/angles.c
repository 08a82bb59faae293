/* angles.c -- the filter between scanner and grammar.
 *
 * One walk over the raw tokens, looking one ahead (at a line's end to the next
 * line). When the angles do not balance at the end, the walk is made again
 * with `repair`: the indentation of lines then says which block lacks its
 * angle, and where it is supplied. Lines that are not indented cannot say so;
 * then everything behind the first imbalance is muted instead.
 */
#include "lang/angles_private.h"

#include <string.h>

/* ---- the walk's state ------------------------------------------------------------ */

Token *angles_make(Filter *f, unsigned kind, uint32_t from, uint32_t to)
{
    Token *t = tokens_add(&f->out->tokens);
    *t = (Token){from, to, (uint16_t)kind, 0};
    f->prev = kind;
    return t;
}

static void keep(Filter *f, unsigned kind)
{
    *tokens_add(&f->out->tokens) = f->raw[f->i];
    f->out->tokens.items[f->out->tokens.n - 1].kind = (uint16_t)kind;
    f->prev = kind;
}

/* A sign that nobody wrote stands behind the last token. */
uint32_t angles_behind(const Filter *f)
{
    return f->out->tokens.n ? f->out->tokens.items[f->out->tokens.n - 1].to : 0;
}

static void end_statement(Filter *f)
{
    f->out->brackets_n = 0;
    f->chain = 0;
    f->header = false;
    f->begun = f->line, f->begun_first = f->line_first;
    if (!between_statements(f))
        angles_make(f, NL, angles_behind(f), angles_behind(f));
}

static void too_deep(Filter *f, const char *what, int most)
{
    const Token *t = &f->raw[f->i];
    Diag *m = source_report(f->source, DIAG_E0118, t->from, t->to, "more than %d %s", most, what);
    diag_hint(f->source->diags, m, "split it into parts with names of their own");
    f->source->stop = true;
}

/* ---- blocks ------------------------------------------------------------------------- */

/* How far the line is indented whose first token this is. Where a mark stood ahead of it, it is the mark that is; but
 * not where the mark was put ahead of the whole line, indentation and all. */
uint32_t angles_column(const Filter *f, const Token *t, uint32_t line)
{
    const char *text = f->source->text;
    uint32_t at = line;
    if (!f->source->marked)
        return t->from - line;
    while (at < t->from && (text[at] == ' ' || text[at] == '\t'))
        at++;
    bool marked = at + 1 < t->from && text[at] != '>' && text[t->from - 2] != ' ';
    return (marked ? at : t->from) - line;
}

uint32_t angles_line_column(const Filter *f)
{
    return angles_column(f, &f->raw[f->line_first], f->line);
}

/* How far the statement is indented: its first line. */
static uint32_t column_of_statement(const Filter *f)
{
    return angles_column(f, &f->raw[f->begun_first], f->begun);
}

/* The first token of the next line that holds something, and how far that is indented. */
const Token *angles_next_line(const Filter *f, uint32_t *column)
{
    const Token *next = &f->raw[f->i];
    uint32_t line = f->line;
    while (next->kind != RAW_NL && next->kind != RAW_END)
        next++;
    for (; next->kind == RAW_NL; next++)
        line = next->to;
    *column = angles_column(f, next, line);
    return next;
}

bool angles_goes_deeper(const Filter *f)
{
    uint32_t column;
    return angles_next_line(f, &column)->kind != RAW_END && column > column_of_statement(f);
}

void angles_open(Filter *f, uint32_t from, uint32_t to)
{
    Angles *out = f->out;
    if (out->blocks_n == BLOCKS_MAX) {
        too_deep(f, "blocks in blocks", BLOCKS_MAX);
        return;
    }
    uint32_t head = between_statements(f) ? out->tokens.n : f->first;
    unsigned word = between_statements(f) ? NL : first_word(f);
    char kind = word == K_RECORD ? 'R' : word == K_EVENT ? 'E' : word == K_TABLE ? 'T' : 'B';
    angles_make(f, LBLK, from, to);
    out->blocks[out->blocks_n++] = (OpenBlock){head, out->tokens.items[head].from, to, f->begun,
                                                column_of_statement(f), kind};
    out->brackets_n = 0;
    f->header = false;
    f->chain = 0;
}

void angles_close(Filter *f, uint32_t from, uint32_t to)
{
    end_statement(f);
    f->closed = f->out->tokens.items[f->out->blocks[--f->out->blocks_n].head].kind;
    angles_make(f, RBLK, from, to);
}

/* Does the line end with a < ? */
bool angles_line_opens(const Token *t)
{
    while (t->kind != RAW_NL && t->kind != RAW_END)
        t++;
    return t[-1].kind == RAW_LT;
}

/* ---- words ------------------------------------------------------------------------------ */

/* Also misspelt: `in EUR` behind it is told by the type's own message then. */
static bool nearly_money(const char *word, uint32_t n)
{
    char copy[8];
    if (n < 4 || n >= sizeof copy)
        return false;
    memcpy(copy, word, n);
    copy[n] = '\0';
    return text_distance(copy, "money", 2) <= (n == 5 ? 2 : 1);
}

/* `money in EUR`: the grammar could not tell this `in` from that of `amount money in "UTC"`. */
static bool names_currency(const Filter *f)
{
    const Token *next = &f->raw[f->i + 1], *prev = &f->out->tokens.items[f->out->tokens.n - 1];
    const char *p = f->source->text + next->from;
    if (f->prev != IDENT || next->kind != IDENT || next->to - next->from != 3)
        return false;
    for (int i = 0; i < 3; i++)
        if (p[i] < 'A' || p[i] > 'Z')
            return false;
    return nearly_money(f->source->text + prev->from, prev->to - prev->from);
}

/* `event paid <` in a record whose > is missing: no field looks like it. */
static bool declares_among_fields(const Filter *f, Word w, char block)
{
    const Token *name = &f->raw[f->i + 1];
    if ((block != 'R' && block != 'E' && block != 'T') || !(class_of((unsigned)w) & DECLARES) ||
        f->i != f->line_first || (name->kind != IDENT && name->kind != STRING))
        return false;
    bool log = w == K_LOG && name[1].kind == IDENT && name[1].word == K_IN && name[2].kind == STRING;
    return name[log ? 3 : 1].kind == RAW_LT;
}

static unsigned word_at_start(Filter *f, Word w)
{
    char block = f->out->blocks_n ? f->out->blocks[f->out->blocks_n - 1].kind : 0;
    if (declares_among_fields(f, w, block)) {
        f->unbalanced = true;
        return (unsigned)w;
    }
    if (!w || block == 'T' || block == 'E' || (block == 'R' && w != K_KEY))
        return IDENT;
    if (f->source->at_prompt && !block && !(class_of((unsigned)w) & (BEGINS | JOINS)))
        return IDENT;              /* `name` at the prompt is a variable */
    return (unsigned)w;
}

static unsigned word_within(const Filter *f, Word w)
{
    char block = f->out->blocks_n ? f->out->blocks[f->out->blocks_n - 1].kind : 0;
    if (!w || f->prev == '.' || ((block == 'R' || block == 'E') && f->prev == ',' && !f->out->brackets_n))
        return IDENT;
    unsigned class = class_of((unsigned)w);
    bool never_a_name = (class & JOINS) && !(class & ENDS_VALUE),
         names = f->prev == K_SET || f->prev == K_METRIC, literal = w == K_YES || w == K_NO || w == K_NONE;
    if (f->raw[f->i + 1].kind == '=' && f->prev != K_IS && !literal && !(names && never_a_name))
        return IDENT;              /* a named argument may be any word */
    if (class & JOINS)
        return (unsigned)w;
    if (f->prev == K_ON && (w == K_FAIL || w == K_LATE || w == K_REJECT))
        return (unsigned)w;
    bool refused = f->prev == K_REFUSED || (f->prev == IDENT && f->out->tokens.n == f->first + 2);
    if (refused && first_word(f) == K_EXPECT)
        return (unsigned)w;        /* behind another name it is `refused` that is misspelt */
    return IDENT;
}

/* Where a statement may begin with a name: elsewhere one that does lacks its first word, and its < is
 * surely a bracket. */
static bool expects_name(const Filter *f)
{
    char block = f->out->blocks_n ? f->out->blocks[f->out->blocks_n - 1].kind : 0;
    return block == 'R' || block == 'E' || block == 'T' || (!block && f->source->at_prompt);
}

static void take_word(Filter *f)
{
    const Token *t = &f->raw[f->i];
    Word w = t->word;
    if (between_statements(f)) {
        f->first = f->out->tokens.n;
        unsigned kind = word_at_start(f, w);
        f->header = (class_of(kind) & DECLARES) || (kind == IDENT && !expects_name(f));
        keep(f, kind);
        return;
    }
    unsigned kind = word_within(f, w);
    Token *last = &f->out->tokens.items[f->out->tokens.n - 1];
    if (kind == K_NOT && f->prev == K_IS) {
        last->kind = ISNOT, last->to = t->to;
        f->prev = ISNOT;
    } else if (kind == K_IN && f->prev == K_NOT) {
        last->kind = NOTIN, last->to = t->to;
        f->prev = NOTIN;
    } else if (kind == K_IN && f->prev == K_STANDS) {
        last->to = t->to;
    } else if (kind == K_IN && names_currency(f)) {
        keep(f, IN_CURRENCY);
    } else {
        keep(f, kind);
    }
}

/* ---- angles, brackets, ends --------------------------------------------------------------- */

/* Does the word begin lines in the innermost block, as words do in blocks that hold no blocks? */
static bool begins_here(const Filter *f, Word w)
{
    const WordInfo *info = word_find(word_text(w), strlen(word_text(w)));
    if (!f->out->blocks_n || !info || info->word_class != 'L')
        return false;
    unsigned head = f->out->tokens.items[f->out->blocks[f->out->blocks_n - 1].head].kind;
    return head == K_TEST || head == K_AUDIT || head == K_SCENARIO || head == K_ROLE || head == K_PERSON ||
           head == K_CALENDAR;
}

/* Does the next line begin with what is surely a statement, or a > ? */
static bool next_line_begins(const Filter *f)
{
    const Token *t = &f->raw[f->i + 1];
    while (t->kind == RAW_NL)
        t++;
    if (t->kind == RAW_GT)
        return true;
    bool begins = t->word && ((class_of(t->word) & BEGINS) || (begins_here(f, t->word) && t->word != t[1].word) ||
                              ((class_of(t->word) & OPENS) && angles_line_opens(t)));
    return t->kind == IDENT && begins && t[1].kind != '=' && t[1].kind != '.' && t[1].kind != ',' && t[1].kind != ')';
}

/* `step "B" <`, `type T = ...`: no list goes on like this. */
static bool next_line_declares(const Filter *f)
{
    const Token *t = &f->raw[f->i + 1];
    while (t->kind == RAW_NL)
        t++;
    return t->word && (class_of(t->word) & BEGINS) && (t[1].kind == STRING || (t[1].kind == IDENT && !t[1].word));
}

/* Repair: a > at the end of a line whose block began further up, though by the indentation of the
 * next line that block goes on: a < is missing on this line. */
static bool closes_too_early(const Filter *f)
{
    const OpenBlock *b = &f->out->blocks[f->out->blocks_n - 1];
    if (!f->indented || b->to > f->line || f->i == f->line_first)
        return false;
    uint32_t column;
    const Token *next = angles_next_line(f, &column);
    return next->kind != RAW_END && (column > b->column || (column == b->column && next->kind == RAW_GT));
}

static bool is_angle(const Token *t)
{
    return t->kind == RAW_LT || t->kind == RAW_GT;
}

/* The literal, no text, with which the next line begins, as no statement does; NULL where none does. */
static const Token *literal_below(const Filter *f, uint32_t i)
{
    const Token *next = &f->raw[i];
    if (next->kind != RAW_NL)
        return NULL;
    while (next->kind == RAW_NL)
        next++;
    return is_literal(next) && next->kind != STRING ? next : NULL;
}

/* In the header of a block that must come, or twice ahead of a literal, an angle behind a value can
 * only compare, though what it compares with is missing. */
static bool half_compares(const Filter *f, bool opens)
{
    const Token *next = &f->raw[f->i + 1];
    unsigned word = first_word(f);
    bool header = word == K_IF || word == K_ELSE || word == K_EACH || word == K_REPEAT;
    if (between_statements(f) || !(class_of(f->prev) & ENDS_VALUE) || (opens && f->header))
        return false;
    if (header && (next->kind == RAW_LT || (!opens && next->kind == RAW_NL)))
        return true;
    return (is_angle(next) && is_literal(next + 1)) || literal_below(f, f->i + 1);
}

/* Is a condition under way, so that a > that closes nothing was to compare? */
static bool wants_condition(const Filter *f)
{
    for (uint32_t i = f->first; i < f->out->tokens.n; i++)
        if (f->out->tokens.items[i].kind == K_WHERE)
            return (class_of(f->prev) & ENDS_VALUE) != 0;
    return false;
}

/* `< stpe "A"`: no value is a name with another name or a text behind it, but a misspelt word that begins a
 * statement is. */
static bool begins_misspelt(const Token *t)
{
    return t->kind == IDENT && !t->word && (t[1].kind == STRING || (t[1].kind == IDENT && !t[1].word));
}

/* Does the token begin what an angle could compare with? `<!` at a line's end is a slip of the keys. */
static bool begins_value(const Token *t)
{
    bool slip = t->kind == K_NOT && t[1].kind == RAW_NL;
    return (class_of(t->word ? t->word : t->kind) & BEGINS_VALUE) && !begins_misspelt(t) && !slip;
}

static void take_angle(Filter *f)
{
    if (repair_closes_twice(f)) {
        const Token *t = &f->raw[f->i];
        Diag *m = source_report(f->source, DIAG_E0110, t->from, t->to, "this > closes nothing");
        diag_hint(f->source->diags, m, "take it out: `%s` stands behind the > of its block", word_text(t[1].word));
        return;
    }
    if (elsewhere_turned_round(f)) {
        elsewhere_open_turned(f);
        return;
    }
    const Token *t = &f->raw[f->i], *next = t + 1;
    bool opens = t->kind == RAW_LT, compares = f->out->brackets_n > 0;
    bool value_ahead = class_of(f->prev) & (opens ? ENDS_VALUE : ENDS_VALUE | GOES_ON);
    value_ahead |= is_literal(next);           /* no statement begins with one */
    if (compares && opens && next->kind == RAW_NL) {
        f->i++;
        compares = !next_line_begins(f);       /* a bracket was forgotten in this header */
        f->i--;
    }
    if (!f->out->brackets_n)
        compares = (!between_statements(f) && value_ahead && !(opens && f->header) && begins_value(next)) ||
                   half_compares(f, opens);
    if (compares) {
        keep(f, opens ? LT : GT);
    } else if (opens) {
        f->opened_on_line = true;
        angles_open(f, t->from, t->to);
    } else if (f->out->blocks_n && !closes_too_early(f)) {
        angles_close(f, t->from, t->to);
    } else if (wants_condition(f)) {
        keep(f, GT);
    } else {
        f->unbalanced = f->out->stray = true;
        end_statement(f);
        repair_tell_stray(f);
    }
}

static void open_bracket(Filter *f, char sign)
{
    Angles *out = f->out;
    const Token *t = &f->raw[f->i];
    if (out->brackets_n == BRACKETS_MAX)
        too_deep(f, "brackets in brackets", BRACKETS_MAX);
    else
        out->brackets[out->brackets_n++] = (OpenBracket){sign == '$' ? t->to - 2 : t->from, 0, sign};
}

static void close_bracket(Filter *f)
{
    if (f->out->brackets_n)
        f->chain -= f->out->brackets[--f->out->brackets_n].chain;
}

/* Long chains of operators make deep trees; what walks them must not run out of stack. */
static void count_operator(Filter *f)
{
    Angles *out = f->out;
    if (++f->chain > CHAIN_MAX) {
        too_deep(f, "operators in one expression", CHAIN_MAX);
        f->chain = 0;
    }
    if (out->brackets_n)
        out->brackets[out->brackets_n - 1].chain++;
}

static void count_comma(Filter *f)
{
    Angles *out = f->out;
    if (!out->brackets_n) {
        f->chain = 0;
        return;
    }
    f->chain -= out->brackets[out->brackets_n - 1].chain;
    out->brackets[out->brackets_n - 1].chain = 0;
}

/* At the end of a line that opened a block. What stands in it on the same line says nothing of the next one, unless
 * that surely goes on with it. */
static void count_indentation(Filter *f)
{
    uint32_t column;
    const Token *next = angles_next_line(f, &column);
    if (next->kind == RAW_GT || next->kind == RAW_END)
        return;
    if (column > f->out->blocks[f->out->blocks_n - 1].column)
        f->deeper++;
    else if (f->prev == LBLK || (next->word && headless_stands_in(f, next->word, 0)))
        f->flat++;
}

static void take_line_end(Filter *f)
{
    const Token *t = &f->raw[f->i], *angle = between_statements(f) ? NULL : elsewhere_angle_below(f);
    if (angle) {
        elsewhere_open_below(f, angle);
        return;
    }
    if (!between_statements(f)) {
        bool begins = next_line_begins(f), open = f->out->brackets_n > 0, block = elsewhere_opens(f);
        if (block)
            elsewhere_open(f);
        if (open && begins && f->prev != '=' && f->prev != ',')
            open = false;          /* a forgotten bracket ends with its statement */
        bool goes_on = (class_of(f->prev) & GOES_ON) &&
                       ((f->prev == ',' && !next_line_declares(f)) || f->prev == K_WITH || !begins);
        goes_on |= (f->prev == LT || f->prev == GT) && literal_below(f, f->i);
        const Token *sign;
        if (!goes_on && !open && repair_compares_below(f, &sign)) {
            repair_tell_compares(f, sign);
            goes_on = true;
        }
        if (!block && !open && !goes_on) {
            f->out->brackets_n = 0;
            if (!f->repair || !repair_header(f))
                end_statement(f);
        }
    }
    if (!f->repair && f->out->blocks_n > 0 && f->out->blocks[f->out->blocks_n - 1].to > f->line)
        count_indentation(f);
    f->line = t->to;
    f->line_first = f->i + 1;
    if (between_statements(f))
        f->begun = f->line, f->begun_first = f->line_first;
    f->opened_on_line = false;
}

static void take(Filter *f)
{
    const Token *t = &f->raw[f->i];
    unsigned kind = t->kind;
    if (kind == IDENT && !t->word && !between_statements(f)) {     /* most tokens */
        keep(f, IDENT);
        return;
    }
    if (f->i == f->line_first && elsewhere_closes(f)) {
        elsewhere_close(f);
        return;
    }
    if (class_of(t->word ? t->word : kind) & OPERATOR)
        count_operator(f);
    switch (kind) {
    case RAW_BAD:
        if (f->prev != OPSerror)
            keep(f, OPSerror);     /* the grammar recovers from it without a message */
        break;
    case IDENT: take_word(f); break;
    case RAW_NL: take_line_end(f); break;
    case RAW_SEMI: end_statement(f); break;
    case RAW_LT: case RAW_GT: take_angle(f); break;
    case '(': case '[': open_bracket(f, (char)kind); keep(f, kind); break;
    case STR_HEAD: open_bracket(f, '$'); keep(f, kind); break;
    case ')': case ']': case STR_TAIL: close_bracket(f); keep(f, kind); break;
    case ',': count_comma(f); keep(f, kind); break;
    default: keep(f, kind); break;
    }
}

/* A > alone on its line that does not stand below what it closes, or a line that opens a block no deeper than the one
 * around it. */
static bool stands_elsewhere(const Filter *f)
{
    const Token *t = &f->raw[f->i];
    if (!f->out->blocks_n)
        return false;
    uint32_t column = angles_line_column(f), block = f->out->blocks[f->out->blocks_n - 1].column;
    return t->kind == RAW_GT ? t[1].kind == RAW_NL && column != block : column <= block && angles_line_opens(t);
}

static void walk(Filter *f)
{
    for (f->i = 0; f->i < f->n && !f->source->stop; f->i++) {
        if (f->i == f->line_first && between_statements(f))
            f->out->misplaced |= stands_elsewhere(f);
        if (f->repair && f->i == f->line_first && between_statements(f) && f->raw[f->i].kind != RAW_NL) {
            if (f->indented && repair_by_indentation(f))
                continue;
            if (!f->indented)
                repair_by_words(f);
        }
        if (between_statements(f))
            f->first = f->out->tokens.n;
        take(f);
    }
}

static void finish(Filter *f, bool complete)
{
    f->out->goes_on = !between_statements(f) && (class_of(f->prev) & GOES_ON);
    if (!complete)
        return;
    end_statement(f);
    f->unbalanced |= f->out->blocks_n > 0;
    while (f->out->blocks_n) {
        if (f->repair)
            repair_tell_unclosed(f, f->source->n);
        angles_close(f, f->source->n, f->source->n);
    }
}

void angles_filter(Source *s, const Tokens *raw, bool complete, Angles *out)
{
    *out = (Angles){0};
    out->tokens.cap = raw->n + raw->n / 8 + 16;
    out->tokens.items = mem_alloc(sizeof(Token) * out->tokens.cap);
    Filter f = {.source = s, .out = out, .raw = raw->items, .n = raw->n, .prev = NL};
    walk(&f);
    finish(&f, complete);
    bool indented = f.flat * 10 <= f.deeper;
    out->misplaced &= indented && f.deeper >= SURELY_INDENTED && !f.unbalanced;
    if ((!f.unbalanced && !(s->by_indentation && out->misplaced)) || !complete || s->stop)
        return;
    Tokens tokens = out->tokens;
    tokens.n = 0;
    *out = (Angles){.tokens = tokens};
    f = (Filter){.source = s, .out = out, .raw = raw->items, .n = raw->n, .prev = NL, .repair = true,
                 .indented = indented, .deeper = f.deeper};
    walk(&f);
    finish(&f, complete);
}

void angles_free(Angles *a)
{
    tokens_free(&a->tokens);
}
