/* scan_hand.h -- what the scanner does by hand. Only scan.l and scan_hand.c include this. */
#ifndef OPS_LANG_SCAN_HAND_H
#define OPS_LANG_SCAN_HAND_H

#include "lang/grammar.h"
#include "lang/literal.h"
#include "lang/tokens.h"

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

#endif
