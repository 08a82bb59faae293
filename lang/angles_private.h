/* angles_private.h -- the filter's walk, as its parts share it. Private to angles*.c.
 *
 * angles.c walks; angles_class.c knows the words; angles_repair.c tells what
 * does not balance, angles_headless.c what lacks its first line, and
 * angles_elsewhere.c reads blocks that are opened and closed by other signs.
 */
#ifndef OPS_LANG_ANGLES_PRIVATE_H
#define OPS_LANG_ANGLES_PRIVATE_H

#include "lang/angles.h"
#include "lang/grammar.h"

/* ---- angles_class.c ----------------------------------------------------------------------- */

enum { ANGLES_LOWEST = 256, ANGLES_KINDS = RAW_NL - ANGLES_LOWEST };

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

extern const unsigned char angles_class[ANGLES_KINDS];

static inline unsigned class_of(unsigned kind)
{
    if (kind >= ANGLES_LOWEST && kind < RAW_NL)
        return angles_class[kind - ANGLES_LOWEST];
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

/* ---- the walk's state --------------------------------------------------------------------- */

enum { SURELY_INDENTED = 2 }; /* so many blocks, with hardly one that is not, show that the author indents */

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

static inline bool between_statements(const Filter *f)
{
    return f->out->brackets_n == 0 && (f->prev == NL || f->prev == LBLK || f->prev == RBLK);
}

static inline unsigned first_word(const Filter *f)
{
    return f->first < f->out->tokens.n ? f->out->tokens.items[f->first].kind : NL;
}

static inline bool is_literal(const Token *t)
{
    return t->kind >= NUMBER && t->kind <= DATETIME;
}

/* ---- angles.c ----------------------------------------------------------------------------- */

/* A token that is not in the text. */
Token *angles_make(Filter *f, unsigned kind, uint32_t from, uint32_t to);
/* Where one stands that nobody wrote: behind the last token. */
uint32_t angles_behind(const Filter *f);
/* How far the line is indented whose first token this is; and the line in hand. */
uint32_t angles_column(const Filter *f, const Token *t, uint32_t line);
uint32_t angles_line_column(const Filter *f);
/* The first token of the next line that holds something, and how far that is indented. */
const Token *angles_next_line(const Filter *f, uint32_t *column);
bool angles_goes_deeper(const Filter *f);              /* that line than this statement */
bool angles_line_opens(const Token *t);                /* Does the line end with a < ? */
void angles_open(Filter *f, uint32_t from, uint32_t to);
void angles_close(Filter *f, uint32_t from, uint32_t to);

/* ---- angles_repair.c ---------------------------------------------------------------------- */

/* What does not balance is told later, when all of it is known; never what only follows from the last of it. */
bool repair_shows_itself(const Filter *f, uint32_t cause);
void repair_tell_later(Filter *f, Imbalance i);
void repair_tell_unclosed(Filter *f, uint32_t at);     /* the innermost block, which ends at this byte */
void repair_tell_stray(Filter *f);                     /* the > in hand */
uint32_t repair_line_of(const Source *s, uint32_t at);
bool repair_opened_by_angle(const Source *s, const OpenBlock *b);

/* At a line's first token: blocks that have ended are closed. True: the token is used up. */
bool repair_by_indentation(Filter *f);
void repair_by_words(Filter *f);
/* At a line's end: opens the block of a header without <. */
bool repair_header(Filter *f);
/* `> > until c`, where the first > closed what `until` belongs to. */
bool repair_closes_twice(const Filter *f);
/* `> 5` begins the next line: it compares. */
bool repair_compares_below(const Filter *f, const Token **sign);
void repair_tell_compares(Filter *f, const Token *sign);

/* ---- angles_headless.c -------------------------------------------------------------------- */

/* A block whose first line is missing: lines that are indented, and a > that is so less. */
typedef struct Headless {
    uint32_t from, end;            /* raw tokens: its first; and its > */
    uint32_t line, deeper;         /* the first line's begin, and its column */
    uint32_t column;               /* of its > */
} Headless;

/* Are the lines from raw token i on, the first of which begins at `line`, one that stands at column `outer`
 * (-1: in none)? */
bool headless_find(const Filter *f, uint32_t i, uint32_t line, int64_t outer, Headless *h);
bool headless_behind(const Filter *f, const Token *next);      /* the > in hand */
void headless_open(Filter *f, const Headless *h);
/* Could a line begin with the word in the innermost block but `outer`? */
bool headless_stands_in(const Filter *f, Word w, uint32_t outer);
/* Is the token in its line one that begins a line of a block of this head? */
bool headless_line_fits(unsigned head, const Token *t);

/* ---- angles_elsewhere.c ------------------------------------------------------------------- */

/* `process P do` at a line's end; a < alone below its header; `end`, ) or ] alone on a line; `record Order >`. */
bool elsewhere_opens(const Filter *f);
void elsewhere_open(Filter *f);
const Token *elsewhere_angle_below(const Filter *f);
void elsewhere_open_below(Filter *f, const Token *angle);
bool elsewhere_closes(const Filter *f);
void elsewhere_close(Filter *f);
bool elsewhere_turned_round(const Filter *f);
void elsewhere_open_turned(Filter *f);

#endif
