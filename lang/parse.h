/* parse.h -- text in, tree out. One grammar for files, prompt and editor.
 *
 * scan.l makes raw tokens, angles.c decides which < opens and which compares
 * and where statements end, grammar.y builds. Meaning lies in the passes
 * (check.h). A text of any bytes gives a tree and messages, never a crash.
 *
 * Limits   64 MB a text, 200 blocks deep, 1 MB a line, 200 brackets deep, 999 mistakes, 200,000 statements a process.
 */
#ifndef OPS_LANG_PARSE_H
#define OPS_LANG_PARSE_H

#include "base/map.h"
#include "lang/ast.h"

enum { STATEMENTS_MOST = 200000 };       /* of one process, what it copies included */
/* So many that nobody wrote them; this is all that is told. */
void too_many_statements(Diags *diags, Span at);

/* A file's items as a list. text stands in diags' sources at offset. Mistakes are added to diags. */
Ast *parse_file(Arena *a, Interner *names, Diags *diags, uint32_t offset, const char *text, size_t n);

/* What a person types at the prompt. */
typedef enum PromptState {
    PROMPT_EMPTY,        /* blanks and comments only */
    PROMPT_OPEN,         /* more lines are needed: a block, bracket or text is open, or a line goes on */
    PROMPT_ITEMS,        /* declarations: *out is a list of items */
    PROMPT_EXPRESSION,   /* a value or a metric: *out is an expression */
    PROMPT_WRONG         /* mistakes were added to diags */
} PromptState;
PromptState parse_prompt(Arena *a, Interner *names, Diags *diags, uint32_t offset, const char *text, size_t n,
                         Ast **out);
/* "${value}" as it would stand in a text of the program: it is one. text: from $ to }. NULL after a message. */
Ast *parse_insert(Arena *a, Interner *names, Diags *diags, uint32_t offset, const char *text, size_t n);
/* What is open at the text's end, innermost last: "process Close", "step", "(" ... For the prompt's show. */
uint32_t parse_open(Arena *a, const char *text, size_t n, const char *const **names);
/* written.c: what was written there, on one line and without the comments in it. */
const char *written_on_a_line(Arena *a, Diags *diags, Span at);
/* The words that the grammar would take behind the text, in the order of the table (and "a name",
 * "text" ... for the classes, with *classes their count at the end). prompt: as at a prompt. */
uint32_t parse_expected(Arena *a, const char *text, size_t n, bool prompt, const char *const **words,
                        uint32_t *classes);

/* The table of words. */
typedef struct WordInfo { const char *text; Word word; char word_class; const char *help; } WordInfo;
const WordInfo *word_find(const char *text, size_t n);      /* NULL where it is no word */
uint32_t word_count(void);
const WordInfo *word_get(uint32_t i);                        /* in the table's order */
const char *word_text(Word w);                               /* "step"; "<" for LT ... */

/* Names that are no words of the grammar: types, functions, what cases have; NULL behind the last. One may stand there
 * several times. */
typedef struct Meaning { const char *name, *help; } Meaning;
const Meaning *meaning_get(uint32_t i);
/* All that a word or name means, a line each; false where it means nothing. */
bool meanings_print(Buf *b, const char *name);

/* What somebody may mean who writes a word of another language: the i-th, likeliest first; NULL behind the last. */
const char *word_by_habit(const char *text, uint32_t i);

/* fmt.c: the one layout. Comments, groups of lines, Lua and shell text are kept. False where
 * the text has mistakes (they are in diags). */
bool format_text(Arena *a, Diags *diags, uint32_t offset, const char *text, size_t n, Buf *out);

#endif
