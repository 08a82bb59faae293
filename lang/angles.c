/* angles.c -- the filter between scanner and grammar.
 *
 * One walk over the raw tokens, looking one ahead (at a line's end to the next
 * line). When the angles do not balance at the end, the walk is made again
 * with `repair`: the indentation of lines then says which block lacks its
 * angle, and where it is supplied. Lines that are not indented cannot say so;
 * then everything behind the first imbalance is muted instead.
 */
#include "lang/angles.h"
#include "lang/grammar.h"
#include "lang/syntax.h"

#include <string.h>

enum { LOWEST = 256, KINDS = RAW_NL - LOWEST };

/* What the filter must know of a kind of token, as bits. */
enum {
    ENDS_VALUE = 1,        /* a value may end with it */
    BEGINS_VALUE = 2,      /* raw: one may begin with it */
    GOES_ON = 4,           /* a line that ends with it goes on */
    DECLARES = 8,          /* its first < opens a block */
    OPENS = 16,            /* begins a statement that has a block */
    BEGINS = 32,           /* surely begins a statement, whatever stands open */
    OPERATOR = 64,         /* makes the tree one deeper */
    JOINS = 128            /* is itself in the midst of a statement, too */
};

enum { LINES_LOOKED = 20000, LOOKS = 2000000 };   /* tokens: so far it is looked for the end of a block; and in all */
enum { SURELY_INDENTED = 2 }; /* so many blocks, with hardly one that is not, show that the author indents */

/* What a word's class says of it, and what it is beyond its class. */
#define CLASS_S BEGINS
#define CLASS_P BEGINS
#define CLASS_L BEGINS_VALUE
#define CLASS_C JOINS
#define CLASS_B JOINS
#define CLASS_K (JOINS | ENDS_VALUE | BEGINS_VALUE)
#define CLASS_M (JOINS | ENDS_VALUE)
#define BITS(k)                                                                                              \
    (((k) == K_YES || (k) == K_NO || (k) == K_NONE ? ENDS_VALUE | BEGINS_VALUE : 0) |                        \
     ((k) == K_AND || (k) == K_OR || (k) == K_NOT || (k) == K_IS || (k) == K_IN || (k) == K_MATCHES          \
          ? GOES_ON | OPERATOR                                                                               \
          : 0) |                                                                                             \
     ((k) == K_WITH || (k) == K_WHERE ? GOES_ON : 0) | ((k) == K_NOT ? BEGINS_VALUE : 0) |                   \
     ((k) == K_OF || (k) == K_LIST || (k) == K_EXCEPT ? OPERATOR : 0) |                                      \
     ((k) == K_CALENDAR || (k) == K_PERSON || (k) == K_ROLE || (k) == K_RECORD || (k) == K_EVENT ||          \
              (k) == K_TABLE || (k) == K_SYSTEM || (k) == K_PROCESS || (k) == K_STEP || (k) == K_AUDIT ||    \
              (k) == K_LOG || (k) == K_TEST || (k) == K_SCENARIO                                             \
          ? DECLARES | OPENS                                                                                 \
          : 0) |                                                                                             \
     ((k) == K_ELSE || (k) == K_SEQUENCE || (k) == K_RACE || (k) == K_EACH || (k) == K_REPEAT ||             \
              (k) == K_LOCK                                                                                  \
          ? OPENS                                                                                            \
          : 0) |                                                                                             \
     ((k) == K_IF ? OPENS | OPERATOR : 0) | ((k) == K_ON || (k) == K_PARALLEL ? OPENS | BEGINS : 0) |        \
     ((k) == K_WHEN || (k) == K_WITHIN ? BEGINS : 0))

static const unsigned char CLASS[KINDS] = {
#define WORD(TOKEN, text, class, help) [K_##TOKEN - LOWEST] = CLASS_##class | BITS(K_##TOKEN),
#include "lang/words.def"
#undef WORD
#define VALUE(k) [(k)-LOWEST] = ENDS_VALUE | BEGINS_VALUE
    VALUE(IDENT), VALUE(NUMBER), VALUE(PERCENT), VALUE(MONEY), VALUE(DURATION), VALUE(BDUR), VALUE(DATE),
    VALUE(TIME), VALUE(DATETIME), VALUE(PERIOD), VALUE(STRING),
    [STR_HEAD - LOWEST] = BEGINS_VALUE, [STR_TAIL - LOWEST] = ENDS_VALUE,
    [LE - LOWEST] = GOES_ON | OPERATOR, [GE - LOWEST] = GOES_ON | OPERATOR,
    [RANGE - LOWEST] = GOES_ON | OPERATOR,
    [ISNOT - LOWEST] = GOES_ON, [NOTIN - LOWEST] = GOES_ON,
};

static unsigned class_of(unsigned kind)
{
    if (kind >= LOWEST && kind < RAW_NL)
        return CLASS[kind - LOWEST];
    switch (kind) {
    case ')': case ']': return ENDS_VALUE;
    case '(': case '[': return BEGINS_VALUE | OPERATOR;
    case '-': return BEGINS_VALUE | GOES_ON | OPERATOR;
    case RAW_LT: case RAW_GT: return OPERATOR;
    case RAW_BAD: return BEGINS_VALUE;     /* whatever it was meant to be */
    case '+': case '*': case '/': return GOES_ON | OPERATOR;
    case '.': return OPERATOR;
    case ',': case '=': return GOES_ON;
    }
    return 0;
}

bool angles_opens(Word w)
{
    return class_of(w) & OPENS;
}

bool angles_begins(Word w)
{
    return class_of(w) & (BEGINS | OPENS);
}

bool angles_declares(Word w)
{
    return (class_of(w) & DECLARES) || w == K_TYPE || w == K_METRIC;
}

/* ---- the walk's state ------------------------------------------------------------ */

typedef struct Filter {
    Source *source;
    Angles *out;
    const Token *raw;
    uint32_t i, n;
    unsigned prev;                 /* kind of the last token made; NL at the begin */
    uint32_t first;                /* of this statement: index among those made */
    bool header;                   /* in a declaration's header: the next < opens its block */
    bool repair, unbalanced;
    bool indented;                 /* repair: the lines are indented, so they can be trusted */
    bool sure;                     /* repair: the words of the line say where the block ended */
    uint32_t deeper,
        flat; /* blocks whose second line is, or is not, indented deeper (repair: of the first walk) */
    bool opened_on_line;           /* repair: a < stands on this line */
    unsigned closed;               /* the word that heads the block closed last */
    uint32_t line;                 /* offset of the line's begin */
    uint32_t line_first;           /* raw index of its first token */
    uint32_t begun, begun_first;   /* the same of the line on which this statement began */
    uint32_t chain;                /* operators of this statement, through all brackets */
} Filter;

static Token *make(Filter *f, unsigned kind, uint32_t from, uint32_t to)
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

static bool between_statements(const Filter *f)
{
    return f->out->brackets_n == 0 && (f->prev == NL || f->prev == LBLK || f->prev == RBLK);
}

/* A sign that nobody wrote stands behind the last token. */
static uint32_t behind(const Filter *f)
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
        make(f, NL, behind(f), behind(f));
}

static unsigned first_word(const Filter *f)
{
    return f->first < f->out->tokens.n ? f->out->tokens.items[f->first].kind : NL;
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
static uint32_t indented(const Filter *f, const Token *t, uint32_t line)
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

static uint32_t column_of_line(const Filter *f)
{
    return indented(f, &f->raw[f->line_first], f->line);
}

/* How far the statement is indented: its first line. */
static uint32_t column_of_statement(const Filter *f)
{
    return indented(f, &f->raw[f->begun_first], f->begun);
}

/* The first token of the next line that holds something, and how far that is indented. */
static const Token *next_line(const Filter *f, uint32_t *column)
{
    const Token *next = &f->raw[f->i];
    uint32_t line = f->line;
    while (next->kind != RAW_NL && next->kind != RAW_END)
        next++;
    for (; next->kind == RAW_NL; next++)
        line = next->to;
    *column = indented(f, next, line);
    return next;
}

static bool next_line_is_deeper(const Filter *f)
{
    uint32_t column;
    return next_line(f, &column)->kind != RAW_END && column > column_of_statement(f);
}

static void open_block(Filter *f, uint32_t from, uint32_t to)
{
    Angles *out = f->out;
    if (out->blocks_n == BLOCKS_MAX) {
        too_deep(f, "blocks in blocks", BLOCKS_MAX);
        return;
    }
    uint32_t head = between_statements(f) ? out->tokens.n : f->first;
    unsigned word = between_statements(f) ? NL : first_word(f);
    char kind = word == K_RECORD ? 'R' : word == K_EVENT ? 'E' : word == K_TABLE ? 'T' : 'B';
    make(f, LBLK, from, to);
    out->blocks[out->blocks_n++] = (OpenBlock){head, out->tokens.items[head].from, to, f->begun,
                                                column_of_statement(f), kind};
    out->brackets_n = 0;
    f->header = false;
    f->chain = 0;
}

static void close_block(Filter *f, uint32_t from, uint32_t to)
{
    end_statement(f);
    f->closed = f->out->tokens.items[f->out->blocks[--f->out->blocks_n].head].kind;
    make(f, RBLK, from, to);
}

/* Does what began at this byte show by itself, or follow from what was noticed before? Only lines that are
 * surely indented tell. */
static bool shows_by_itself(const Filter *f, uint32_t cause)
{
    const Source *s = f->source;
    return s->imbalances.n == 0 ||
           (f->indented && f->deeper >= SURELY_INDENTED && cause > s->imbalances.items[s->imbalances.n - 1].noticed);
}

/* What does not balance waits to be told. */
static void tell_later(Filter *f, Imbalance i)
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

static uint32_t line_of(const Source *s, uint32_t at)
{
    return sources_place(diags_sources(s->diags), (Span){s->offset + at, s->offset + at}).line;
}

/* A block that `{`, `do` or the like opens was told of there. */
static bool opened_by_angle(const Source *s, const OpenBlock *b)
{
    return b->to == 0 || b->from == b->to || s->text[b->to - 1] == '<' || (unsigned char)s->text[b->to - 1] >= 0x80;
}

static void tell_unclosed(Filter *f, uint32_t at)
{
    Source *s = f->source;
    const OpenBlock *b = &f->out->blocks[f->out->blocks_n - 1];
    uint32_t cause = b->line + b->column;
    if (!shows_by_itself(f, cause) || !opened_by_angle(f->source, b))
        return;
    const char *hint =
        at < s->n
            ? arena_printf(s->arena, "%sits > belongs ahead of line %u", f->sure ? "" : "by the indentation ",
                           line_of(s, at))
            : "its > is missing at the end";
    tell_later(f, (Imbalance){.code = DIAG_E0109, .from = b->from, .to = b->to, .cause = cause, .noticed = at,
                              .message = "this < is never closed", .hint = hint});
}

/* Where the block that a stray > wants to close would begin: the nearest line above that is
 * indented no deeper. */
static uint32_t likely_begin(const Filter *f)
{
    uint32_t i = f->line_first, column = column_of_line(f), line = f->line;
    bool alone = f->raw[i].kind == RAW_GT;
    if (!alone)
        return f->raw[i].from;
    while (i > 0) {
        uint32_t end = --i;        /* the line end above; its line begins behind the one before */
        while (i > 0 && f->raw[i - 1].kind != RAW_NL)
            i--;
        line = i > 0 ? f->raw[i - 1].to : 0;
        if (i < end && indented(f, &f->raw[i], line) <= column)
            return f->raw[i].from;
    }
    return 0;
}

static void tell_closes_nothing(Filter *f)
{
    const Token *t = &f->raw[f->i];
    uint32_t cause = f->repair ? likely_begin(f) : 0;
    if (!f->repair || !shows_by_itself(f, cause))
        return;
    tell_later(f, (Imbalance){.code = DIAG_E0110, .from = t->from, .to = t->to, .cause = cause,
                              .noticed = t->from, .message = "this > closes nothing",
                              .hint = "take it out, or write the < that it belongs to"});
}

static void close_unclosed(Filter *f, uint32_t at)
{
    tell_unclosed(f, at);
    close_block(f, behind(f), behind(f));
}

/* Does the word stand behind the > of such a block? Where it begins a line, that > is missing. */
static bool stands_behind(unsigned word, unsigned head)
{
    return (word == K_UNTIL && head == K_REPEAT) || (word == K_COLLECT && head == K_EACH) ||
           (word == K_ELSE && (head == K_IF || head == K_ELSE || head == K_WAIT));
}

/* `> > until c`: what stands behind the second belongs to the block that the first closed, and to none around it. */
static bool closes_once_more(const Filter *f)
{
    const Token *t = &f->raw[f->i];
    const Angles *out = f->out;
    unsigned around = out->blocks_n ? out->tokens.items[out->blocks[out->blocks_n - 1].head].kind : NL;
    bool known = around == NL || (class_of(around) & OPENS);       /* else it may have been misspelt */
    return t->kind == RAW_GT && f->prev == RBLK && stands_behind(t[1].word, f->closed) && known &&
           !stands_behind(t[1].word, around);
}

/* Does the line end with a < ? */
static bool line_opens(const Token *t)
{
    while (t->kind != RAW_NL && t->kind != RAW_END)
        t++;
    return t[-1].kind == RAW_LT;
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
    if (behind->kind != IDENT || !w || w == K_ELSE || w == K_UNTIL || w == K_COLLECT || line_opens(behind))
        return false;
    const Token *next = next_line(f, &column);
    return next->kind != RAW_END && (column > own || (next->kind == RAW_GT && column == own));
}

static void drop_quoting(Filter *f)
{
    const Token *t = &f->raw[f->i];
    while (f->raw[f->i + 1].kind == RAW_GT)
        f->i++;
    f->line_first = f->begun_first = f->i + 1;
    tell_later(f, (Imbalance){.code = DIAG_E0110, .from = t->from, .to = f->raw[f->i].to, .cause = t->from,
                              .noticed = f->raw[f->i].from, .message = "this > closes nothing",
                              .hint = "take it out: it came with a copied text"});
}

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

static bool stands_in(const Filter *f, Word w, uint32_t outer)
{
    return stands_in_block(head_of_block(f, outer), w);
}

/* A block whose first line is missing: lines that are indented, and a > that is so less. */
typedef struct Headless {
    uint32_t from, end;            /* raw tokens: its first; and its > */
    uint32_t line, deeper;         /* the first line's begin, and its column */
    uint32_t column;               /* of its > */
} Headless;

/* `name text`, and what may stand behind. */
static bool goes_on_as_field(const Token *t)
{
    unsigned kind = t->word ? t->word : t->kind;
    return kind == RAW_NL || kind == RAW_SEMI || kind == '=' || kind == K_FROM || kind == K_LIKE || kind == K_WHERE ||
           kind == K_MATCHING || kind == K_OR || kind == K_IN;
}

/* The token in its line that begins it is one of a block of this head. */
static bool line_fits(unsigned head, const Token *t)
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
        if (!begins || f->raw[i].kind != IDENT || indented(f, &f->raw[i], line) != h->deeper)
            continue;
        ++*all;
        n += line_fits(head, &f->raw[i]);
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
        if (n > most && stands_in(f, HEADS[k], 0))
            best = HEADS[k], most = n;
    }
    return best;
}

/* The lines from raw token i on, the first of which begins at `line`: are they a block's whose header is missing, in a
 * block that stands at column `outer` (-1: in none)? */
static bool lacks_header(const Filter *f, uint32_t i, uint32_t line, int64_t outer, Headless *h)
{
    if (f->raw[i].kind != IDENT || f->out->looked > LOOKS)
        return false;
    *h = (Headless){.from = i, .line = line, .deeper = indented(f, &f->raw[i], line)};
    for (uint32_t most = i + LINES_LOOKED; i < f->n && i < most; i++) {
        if (f->raw[i].kind != RAW_NL)
            continue;
        line = f->raw[i].to;
        if (f->raw[i + 1].kind != RAW_NL && indented(f, &f->raw[i + 1], line) < h->deeper)
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
static void open_headless(Filter *f, const Headless *h)
{
    const Token *t = &f->raw[f->i];
    Source *s = f->source;
    Word word = likely_head(f, h);
    uint32_t to = t->from;
    if (!word)
        return;
    while (s->text[to] != '\n' && to < t->to)
        to++;
    if (shows_by_itself(f, t->from) && !is_broken_header(f, h->column))
        tell_later(f, (Imbalance){.code = DIAG_E0143, .from = t->from, .to = to, .cause = t->from, .noticed = t->from,
                                  .message = arena_printf(s->arena, "the block that ends in line %u has no first line",
                                                          line_of(s, f->raw[h->end].from)),
                                  .hint = arena_printf(s->arena, "write it ahead of this one: %s ... <%s",
                                                       word_text(word), word == K_IF ? ", or the like" : "")});
    /* What stands in an `each` without its list is read as if it stood around it; an `else` wants an `if`. */
    if (word == K_IF && f->raw[h->end + 1].word != K_ELSE)
        word = K_EACH;
    f->first = f->out->tokens.n;
    make(f, word, t->from, t->from);
    make(f, OPSerror, t->from, t->from);
    open_block(f, t->from, t->from);
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
static bool header_missing_behind(const Filter *f, const Token *next)
{
    const OpenBlock *b = f->out->blocks_n ? &f->out->blocks[f->out->blocks_n - 1] : NULL, *around;
    uint32_t own = f->raw[f->i].from - f->line, i = (uint32_t)(next - f->raw), all;
    Headless h;
    if (!b || b->column != own)
        return false;
    around = block_around(f, own);
    if (!lacks_header(f, i, next[-1].to, around ? (int64_t)around->column : -1, &h))
        return false;
    return own > 0 || next[-2].kind == RAW_NL || lines_fitting(f, &h, head_of_block(f, 0), &all) < all ||
           says_already(f, b, next->word, h.deeper);
}

/* Where a > that begins a line stands, or should: the line behind it is nowhere indented deeper. */
static uint32_t column_of_close(const Filter *f)
{
    const Token *t = &f->raw[f->i];
    uint32_t own = t->from - f->line, next = 0;
    const Token *behind = next_line(f, &next);
    if (behind->kind == RAW_END || t[1].kind != RAW_NL || next <= own || header_missing_behind(f, behind))
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
           next_line(f, &column)->kind != RAW_END && column > b->column;
}

/* A > alone on its line that stands not as its block does, where the one below does: that one closes it. */
static bool closes_beside(const Filter *f)
{
    const Token *t = &f->raw[f->i];
    const OpenBlock *b = f->out->blocks_n ? &f->out->blocks[f->out->blocks_n - 1] : NULL;
    uint32_t column;
    return b && t[1].kind == RAW_NL && t->from - f->line != b->column && next_line(f, &column)->kind == RAW_GT &&
           column == b->column;
}

/* At the first token of a line: blocks that are indented as deep, or deeper, have ended. */
static bool repair_by_indentation(Filter *f)
{
    const Token *t = &f->raw[f->i];
    bool closes = t->kind == RAW_GT;
    if (closes_once_more(f))
        return false;
    if (closes && is_quoted_line(f)) {
        drop_quoting(f);
        return true;
    }
    if (closes && (closes_too_low(f) || closes_beside(f))) {
        tell_closes_nothing(f);
        return true;
    }
    Headless headless;
    uint32_t column = closes ? column_of_close(f) : column_of_line(f);
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
    if (!closes && lacks_header(f, f->i, f->line, around ? (int64_t)around->column : -1, &headless))
        open_headless(f, &headless);
    if (!closes || (f->out->blocks_n && f->out->blocks[f->out->blocks_n - 1].column >= column))
        return false;
    tell_closes_nothing(f);
    return true;
}

/* Lines that are not indented show by their words where a block must have ended: `step B <` stands in no step,
 * but in the process around it. */
static void repair_by_words(Filter *f)
{
    const Token *t = &f->raw[f->i];
    uint32_t outer = 0;
    if (t->kind != IDENT || !(class_of(t->word) & DECLARES) || !(t[1].kind == STRING || t[1].kind == IDENT) ||
        (t[2].kind != RAW_LT && !line_opens(t)))
        return;
    while (outer < f->out->blocks_n && !stands_in(f, t->word, outer))
        outer++;
    if (outer == f->out->blocks_n && !stands_in(f, t->word, outer))
        return;
    f->sure = true;
    for (; outer > 0; outer--)
        close_unclosed(f, t->from);
    f->sure = false;
}

/* At a line's end: a header whose < is missing, when deeper lines follow it. */
static bool repair_header(Filter *f)
{
    unsigned word = first_word(f);
    uint32_t column;
    if (!(class_of(word) & OPENS) || f->opened_on_line || !next_line_is_deeper(f))
        return false;
    if ((word == K_EVENT || word == K_PERSON) && !line_fits(word, next_line(f, &column)))
        return false;                          /* they may do without a block, and this one is another's */
    uint32_t from = f->out->tokens.items[f->first].from;
    if (shows_by_itself(f, from))
        tell_later(f, (Imbalance){.code = DIAG_E0121, .from = from, .to = behind(f), .cause = from,
                                  .noticed = behind(f), .hint = "write < at the end of this line",
                                  .message = arena_printf(f->source->arena, "the block of this %s has no <",
                                                          word_text((Word)word))});
    open_block(f, behind(f), behind(f));
    return true;
}

/* ---- blocks as other languages write them --------------------------------------------------- */

static bool token_is(const Filter *f, const Token *t, const char *text)
{
    size_t n = strlen(text);
    return t->to - t->from == n && memcmp(f->source->text + t->from, text, n) == 0;
}

/* At a line's end: `process P do`, `step A (`. A header without its < ends like this nowhere else. */
static bool opens_as_elsewhere(const Filter *f)
{
    const Token *t = &f->raw[f->i - 1];
    unsigned header = class_of(first_word(f));
    if (!(header & OPENS) || f->opened_on_line || f->out->tokens.n < f->first + ((header & DECLARES) ? 3 : 2))
        return false;
    if (t->kind == '(' || t->kind == '[')      /* elsewhere it is a list's, or of a condition */
        return (header & DECLARES) && f->out->tokens.n == f->first + 3;
    return token_is(f, t, "do") || token_is(f, t, "begin") || token_is(f, t, "then");
}

static void open_as_elsewhere(Filter *f)
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
    open_block(f, t->from, t->to);
}

/* At the end of a header's line: does its < stand alone on the next one? */
static const Token *angle_below(const Filter *f)
{
    const Token *t = &f->raw[f->i];
    if (!(class_of(first_word(f)) & OPENS) || f->opened_on_line || f->out->brackets_n)
        return NULL;
    while (t->kind == RAW_NL)
        t++;
    return t->kind == RAW_LT && t[1].kind == RAW_NL ? t : NULL;
}

static void open_below(Filter *f, const Token *angle)
{
    Source *s = f->source;
    Diag *m = source_report(s, DIAG_E0121, angle->from, angle->to, "this < stands alone on its line");
    diag_hint(s->diags, m, "write it at the end of the line above, whose block it opens");
    f->opened_on_line = true;
    open_block(f, angle->from, angle->to);
    f->i = (uint32_t)(angle - f->raw);
}

/* `end`, `)` or `]` alone on a line, where a block is open. */
static bool closes_as_elsewhere(const Filter *f)
{
    const Token *t = &f->raw[f->i], *next = t + 1;
    bool alone = f->i == f->line_first && (next->kind == RAW_NL || next->kind == RAW_END);
    return alone && f->out->blocks_n && between_statements(f) &&
           (t->kind == ')' || t->kind == ']' || (t->kind == IDENT && token_is(f, t, "end")));
}

static void close_as_elsewhere(Filter *f)
{
    const Token *t = &f->raw[f->i];
    Source *s = f->source;
    const OpenBlock *b = &f->out->blocks[f->out->blocks_n - 1];
    if (opened_by_angle(s, b)) {
        Diag *m = source_report(s, DIAG_E0120, t->from, t->to, "%.*s closes no block", (int)(t->to - t->from),
                                s->text + t->from);
        diag_hint(s->diags, m, "write >");
    }
    close_block(f, t->from, t->to);
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
                              ((class_of(t->word) & OPENS) && line_opens(t)));
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
    const Token *next = next_line(f, &column);
    return next->kind != RAW_END && (column > b->column || (column == b->column && next->kind == RAW_GT));
}

static bool is_literal(const Token *t)
{
    return t->kind >= NUMBER && t->kind <= DATETIME;
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

/* `record Order >`, where a block must open: a slip of the key beside. A step may do without a block; then what is
 * indented below shows it, or that no block is open that this > could close. */
static bool opens_turned_round(const Filter *f)
{
    const Token *next = &f->raw[f->i + 1];
    unsigned word = first_word(f);
    if (f->raw[f->i].kind != RAW_GT || !f->header || !(class_of(word) & DECLARES) || f->out->brackets_n > 0 ||
        f->out->tokens.n != f->first + 2)
        return false;
    if (next->kind == RAW_NL)
        return f->out->blocks_n == 0 || next_line_is_deeper(f);
    return word != K_STEP && next->kind == IDENT && next->word;
}

static void open_turned_round(Filter *f)
{
    const Token *t = &f->raw[f->i];
    Diag *m = source_report(f->source, DIAG_E0120, t->from, t->to, "> opens no block");
    diag_hint(f->source->diags, m, "write <");
    f->opened_on_line = true;
    open_block(f, t->from, t->to);
}

static void take_angle(Filter *f)
{
    if (closes_once_more(f)) {
        const Token *t = &f->raw[f->i];
        Diag *m = source_report(f->source, DIAG_E0110, t->from, t->to, "this > closes nothing");
        diag_hint(f->source->diags, m, "take it out: `%s` stands behind the > of its block", word_text(t[1].word));
        return;
    }
    if (opens_turned_round(f)) {
        open_turned_round(f);
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
        compares = (!between_statements(f) && value_ahead && !(opens && f->header) &&
                    (class_of(next->word ? next->word : next->kind) & BEGINS_VALUE) && !begins_misspelt(next)) ||
                   half_compares(f, opens);
    if (compares) {
        keep(f, opens ? LT : GT);
    } else if (opens) {
        f->opened_on_line = true;
        open_block(f, t->from, t->to);
    } else if (f->out->blocks_n && !closes_too_early(f)) {
        close_block(f, t->from, t->to);
    } else if (wants_condition(f)) {
        keep(f, GT);
    } else {
        f->unbalanced = f->out->stray = true;
        end_statement(f);
        tell_closes_nothing(f);
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
    const Token *next = next_line(f, &column);
    if (next->kind == RAW_GT || next->kind == RAW_END)
        return;
    if (column > f->out->blocks[f->out->blocks_n - 1].column)
        f->deeper++;
    else if (f->prev == LBLK || (next->word && stands_in(f, next->word, 0)))
        f->flat++;
}

/* Repair: `> 5` begins the next line. No block is closed so: it compares with what this one ends with. */
static bool compares_below(const Filter *f, const Token **sign)
{
    const Token *t = &f->raw[f->i];
    while (t->kind == RAW_NL)
        t++;
    *sign = t;
    return f->repair && t->kind == RAW_GT && is_literal(t + 1) && (class_of(f->prev) & ENDS_VALUE);
}

static void tell_compares(Filter *f, const Token *sign)
{
    tell_later(f, (Imbalance){.code = DIAG_E0110, .from = sign->from, .to = sign->to, .cause = sign->from,
                              .noticed = sign->from, .message = "this > closes nothing",
                              .hint = "where it compares, it stands at the end of the line above"});
}

static void take_line_end(Filter *f)
{
    const Token *t = &f->raw[f->i], *angle = between_statements(f) ? NULL : angle_below(f);
    if (angle) {
        open_below(f, angle);
        return;
    }
    if (!between_statements(f)) {
        bool begins = next_line_begins(f), open = f->out->brackets_n > 0, block = opens_as_elsewhere(f);
        if (block)
            open_as_elsewhere(f);
        if (open && begins && f->prev != '=' && f->prev != ',')
            open = false;          /* a forgotten bracket ends with its statement */
        bool goes_on = (class_of(f->prev) & GOES_ON) &&
                       ((f->prev == ',' && !next_line_declares(f)) || f->prev == K_WITH || !begins);
        goes_on |= (f->prev == LT || f->prev == GT) && literal_below(f, f->i);
        const Token *sign;
        if (!goes_on && !open && compares_below(f, &sign)) {
            tell_compares(f, sign);
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
    if (closes_as_elsewhere(f)) {
        close_as_elsewhere(f);
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
    uint32_t column = column_of_line(f), block = f->out->blocks[f->out->blocks_n - 1].column;
    return t->kind == RAW_GT ? t[1].kind == RAW_NL && column != block : column <= block && line_opens(t);
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
            tell_unclosed(f, f->source->n);
        close_block(f, f->source->n, f->source->n);
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
