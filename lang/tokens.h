/* tokens.h -- a text as tokens, before and behind the angle filter.
 *
 * scan.l gives raw tokens: words are IDENT, angles RAW_LT and RAW_GT, line ends
 * RAW_NL. angles.c makes of them the tokens of the grammar. Both lists hold
 * places only; values are made when the grammar takes a token. What lies
 * between two tokens of the filtered list is blanks, line ends, `;` and comments.
 *
 * Raw tokens show how the author laid the lines out; filtered tokens say
 * what the author meant. The formatter reads both.
 */
#ifndef OPS_LANG_TOKENS_H
#define OPS_LANG_TOKENS_H

#include "lang/parse.h"

typedef struct Token {
    uint32_t from, to;        /* bytes of the text; equal for a sign that nobody wrote */
    uint16_t kind;            /* of lang/grammar.h, or RAW_* */
    uint16_t word;            /* K_*: which word of the table stands here, also where it is a name; else 0 */
} Token;

/* Kinds that only raw tokens have. */
enum {
    RAW_NL = 1000,            /* to: the first byte of the next line */
    RAW_SEMI,                 /* ; */
    RAW_LT, RAW_GT,           /* < > */
    RAW_BAD,                  /* bytes that mean nothing; already reported */
    RAW_END                   /* behind the last one */
};

typedef struct Tokens {
    Token *items;             /* on the heap; tokens_free */
    uint32_t n, cap;
} Tokens;

Token *tokens_add(Tokens *t);
void tokens_free(Tokens *t);

/* What a scan was left with at the text's end. */
typedef enum OpenKind {
    OPEN_NOTHING,
    OPEN_TEXT,                /* """ */
    OPEN_LUA,                 /* lua { */
    OPEN_INSERT,              /* ${ in a text of several lines */
    OPEN_INSERT_IN_LINE       /* ${ in a text of one line: must end on it */
} OpenKind;

/* What the filter found out of balance. A message of the grammar between `cause` and `noticed` most
 * likely is about the same mistake and stands nearer to it: then this one is not told. */
typedef struct Imbalance {
    DiagCode code;
    uint32_t cause, noticed;  /* where the block in question begins, and where it showed */
    uint32_t from, to;        /* what to underline */
    const char *message, *hint;
    bool mended;              /* by an indentation that can be relied on: what is told behind it is right */
    uint32_t behind;          /* messages told behind it: if not mended, a few may be right */
} Imbalance;

typedef struct Source {       /* one text on its way */
    Arena *arena;
    Diags *diags;
    uint32_t offset;          /* of the text in the space of all sources */
    const char *text;
    uint32_t n;
    uint32_t mute; /* messages at this byte and behind follow from an earlier one: UINT32_MAX, none */
    uint32_t mute_from, mute_to;   /* and between these two */
    VEC(Imbalance) imbalances;     /* in the text's order; those from waiting on are not told yet */
    uint32_t waiting;
    OpenKind open;            /* at the prompt: what reaches the text's end */
    bool stop;                /* a limit was reached: the text is not parsed */
    bool marked;              /* marks of a list or the like stood ahead of lines, and were left out */
    bool by_indentation;      /* blocks are as the lines are indented, even where the angles balance */
    bool at_prompt;           /* more may come: what is open is no mistake; and at the outermost level, words
                               * that begin lines of inner blocks only are names */
} Source;

/* Whether a message about this byte would only follow from an earlier one. */
bool source_muted(const Source *s, uint32_t from);
/* A message of the scanner, filter or parser, unless it is muted. Never NULL. */
Diag *source_report(Source *s, DiagCode code, uint32_t from, uint32_t to, const char *format, ...)
    PRINTF_LIKE(5, 6);
/* The same from the grammar: what waits of the filter's is told first, or dropped. */
Diag *source_report_syntax(Source *s, DiagCode code, uint32_t from, uint32_t to, const char *format, ...)
    PRINTF_LIKE(5, 6);
/* At the end: what still waits. */
void source_report_waiting(Source *s);

/* Raw tokens, with three RAW_END behind the last (not counted in n). */
void scan_text(Source *s, Tokens *raw);

/* accept.c: notes the `# accept` comments between raw tokens in the messages. */
void accept_read(Source *s, const Tokens *raw);

#endif
