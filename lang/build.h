/* build.h -- what the grammar's actions do beyond making one node.
 *
 * Only grammar.y, build.c, syntax.c and parse.c include this: the parser's own state.
 */
#ifndef OPS_LANG_BUILD_H
#define OPS_LANG_BUILD_H

#include "lang/literal.h"

typedef struct Parse Parse;
typedef struct Fitting Fitting;

/* A word that is misspelt, or another language's, as it was meant. */
typedef struct Meant {
    uint32_t from, to;             /* its bytes */
    uint32_t statement;            /* where the statement around it goes on to; up to there it must fit */
    Word word;
    const Diag *told;
} Meant;

struct Parse {
    Arena *arena;
    Source *source;
    Interner *names;
    const Token *tokens;           /* the filtered ones */
    uint32_t tokens_n, at;         /* at: the token that the parser has in hand */
    Ast *result;
    bool is_expression;            /* at the prompt */
    bool silent;                   /* looking for what could follow: no messages */
    bool wrong;                    /* the grammar refused a token */
    uint32_t wrong_at;             /* the first token it refused */
    uint32_t last_wrong;           /* the last one: index + 1 */
    Word misnamed;                 /* a word of the language that was to be a value's name, as was told; or 0 */
    uint32_t refused;              /* how many it refused, told or not */
    Fitting *fitting;              /* while it is told of: which words would fit; see syntax.c */
    uint32_t behind_strange;       /* the token behind a statement that begins as none does here; 0: none */
    uint32_t unnamed;
    uint32_t statements;           /* of the process in hand */
    VEC(Meant) meant;
    const char **word_names;       /* interned, by token - K_USE; NULL: not yet */
};

static inline Span span(Span a, Span b)
{
    return (Span){a.from, b.to};
}

/* YYLLOC_DEFAULT: from the first of n parts to the last; of none, the place behind what came before. What ends a
 * statement that is wrong may be made up ahead of the token that was refused: then nothing is between them. */
static inline Span build_span_of(const Span *before, int n)
{
    if (!n) return (Span){before[0].to, before[0].to};
    return (Span){before[1].from, before[n].to > before[1].from ? before[n].to : before[1].from};
}

Ast *build_bad(Parse *p, Span at);
/* The name that a text stands for. */
Name build_name(Parse *p, const Ast *text);
/* The name of what is declared: one that is empty is told of. */
Name build_declared(Parse *p, Name name);
/* `repeat` without its `until`. */
Ast *build_endless(Parse *p, Span at);
Name build_joined(Parse *p, Name a, Name b);       /* a.b */
/* A name from the tokens that the parser skipped behind a declaration's word: messages about what
 * is named so would only follow from the first. Never without a text. */
Name build_saved(Parse *p, Span at);

/* The process's next statement, as it is; behind STATEMENTS_MOST of them the reading ends. */
Ast *build_statement(Parse *p, Ast *statement);
Ast *build_template(Parse *p, Span at, Ast *head, Ast *value, Ast *middle, Ast *tail);
Ast *build_optional(Parse *p, Span at, Ast *type, bool optional);
Ast *build_choice(Parse *p, Span at, Ast *choices, bool optional);
/* `money in EUR`; what only looks like money is a type's name, which is told of later. */
Ast *build_money(Parse *p, Span at, Name type, Name currency);
/* The LIKE (or NULL) of a declaration that is all of this. */
Ast *build_like(Ast *like, Span body);
Ast *build_goal(Span at, Name name, Ast *condition, Ast *tails);
Ast *build_month_day(Parse *p, Span at, const Ast *month, const Ast *day);   /* LITERAL month * 100 + day */
Ast *build_day_number(Parse *p, Span at, const Ast *number);
Ast *build_day_of_month(Parse *p, Span at, const Ast *month_day);
Ast *build_time(Parse *p, Ast *time);              /* 24:00 ends working hours only */
Ast *build_apply(Parse *p, Span at, Ast *function, Ast *args);
Ast *build_arg(Parse *p, Span at, Ast *value);
/* False, with a message, where it is not `start` that stands behind the window's `by`. */
bool build_by_start(Parse *p, Span at, Ast *window, Name start);
/* The items of an else: as they are, or for none an empty sequence. */
Ast *build_block(Parse *p, Span at, Ast *items);
/* A whole number of at least `least`; with a message, `least` where it is none. */
int64_t build_count(Parse *p, const Ast *number, int64_t least);
Ast *build_integer(Parse *p, Span at, int64_t n);

#endif
