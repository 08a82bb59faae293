/* scan_hand.h -- what the scanner does by hand. Only scan.l and scan_*.c include this. */
#ifndef OPS_LANG_SCAN_HAND_H
#define OPS_LANG_SCAN_HAND_H

#include "lang/grammar.h"
#include "lang/literal.h"
#include "lang/tokens.h"

#include <string.h>

enum {
    INSERTS_MAX = 200,
    LOOK_MOST = 200,        /* so far what stands around a wrong sign is looked at, in bytes or tokens */
    LUA_UNCLOSED_MAX = 16 /* each costs a walk to the text's end; after so many, indentation alone decides */
};

typedef struct Insert {            /* a ${ whose text goes on behind its } */
    uint32_t text_at, at;          /* where the text began, and the ${ */
    uint32_t head;                 /* the raw token that began the text */
    bool triple;
} Insert;

typedef struct Hand {
    Source *source;
    Tokens *raw;
    const char *base;              /* the scanner's own copy; read source->text instead */
    uint32_t at, length;           /* of the token at hand */
    uint32_t from;                 /* where the token to add begins: at, mostly */
    uint32_t inserts_n, lua_unclosed;
    bool line_is_bad;              /* one message a line about characters that mean nothing */
    uint32_t told;                 /* messages when this line began */
    uint32_t braces;               /* { that stood for < and wait for their } */
    uint32_t no_lt;                /* of this line's raw tokens, those before this one are known not to be < */
    uint32_t comment_to;           /* where the last comment of another language ended */
    uint32_t loose_to;             /* to here stand lines of Lua without lua { }, which was told; or 0 */
    uint32_t doubled;              /* where the header ends that was told to stand twice, or 0 */
    uint32_t line_number, numbered_to; /* the number that the line at this byte was copied with, or 0 */
    bool no_end[2];                /* no --> stands behind here, nor the end of a C comment */
    Insert inserts[INSERTS_MAX];
} Hand;

void hand_begin(Hand *h);
void hand_add(Hand *h, int kind);
void hand_end(Hand *h);

/* Each looks at the token at hand, may change its length, and returns its kind (0: skip it). */
int hand_text(Hand *h);
int hand_brace(Hand *h);
int hand_quote(Hand *h);
int hand_lua(Hand *h);
int hand_lua_word(Hand *h);
int hand_word(Hand *h);
int hand_number(Hand *h);
int hand_money(Hand *h);
int hand_date(Hand *h, int kind);
int hand_sign(Hand *h, int kind, const char *words);
int hand_equals(Hand *h);
int hand_entity_quote(Hand *h);
int hand_merge(Hand *h);
int hand_comment(Hand *h);
int hand_bad(Hand *h);

/* ---- what the parts share ------------------------------------------------------------------- */

static inline char byte(const Hand *h, uint32_t at)
{
    return at < h->source->n ? h->source->text[at] : '\0';
}

static inline bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static inline uint32_t line_end(const Hand *h, uint32_t at)
{
    const char *end = memchr(h->source->text + at, '\n', h->source->n - at);
    return end ? (uint32_t)(end - h->source->text) : h->source->n;
}

uint32_t hand_line_start(const Hand *h, uint32_t at);
bool hand_in_word(uint32_t c, bool first);             /* May the character stand in a word? */
bool hand_first_on_line(Hand *h);                      /* Is a message about a meaningless character due? */
/* What the grammar may say of these bytes would only follow. */
void hand_mute(Hand *h, uint32_t from, uint32_t to);

/* scan_text.c: where what began at `from` and is not closed on its line ends; texts in other quotes, the first of
 * which has so many bytes; at a line's end, and at the file's. */
uint32_t hand_unclosed_end(const Hand *h, uint32_t from, uint32_t end);
int hand_other_quotes(Hand *h, uint32_t first, const char *what);
void hand_end_inserts(Hand *h);
void hand_unclosed_text(Hand *h, uint32_t from, uint32_t to, bool triple);

/* scan_lua.c: behind the brace that ends what is `depth` braces deep, or 0; at a { without `lua`, or with a word
 * between them. */
uint32_t hand_lua_end(const Hand *h, uint32_t pos, uint32_t depth);
bool hand_begins_lua(const Hand *h);
int hand_lua_without_word(Hand *h);
uint32_t hand_strangers(const Hand *h);
int hand_lua_behind(Hand *h, uint32_t n);
bool hand_loose_lua(Hand *h, const Token *t, uint32_t n);

/* scan_line.c: at a line's end; true where the line goes. */
bool hand_mend_line(Hand *h);

int hand_lone_brace(Hand *h);                          /* a } of no text and no Lua */

#endif
