/* ast.h -- the tree: what was written, and where. Meaning comes in the passes.
 *
 * A node is a tag, a place, the next sibling, and one struct of ast.def. All
 * nodes lie in the compilation's arena.
 */
#ifndef OPS_LANG_AST_H
#define OPS_LANG_AST_H

#include "base/diag.h"
#include "base/value.h"

struct Copy;                           /* lang/lower.h: what `like` made */

typedef struct Ast Ast;

typedef struct Name {
    const char *text;                  /* interned; NULL: not written */
    Span at;
} Name;

typedef int Word;                      /* a token: K_STEP, '+', LT ... (lang/grammar.h) */

typedef enum AstKind {
#define NODE(KIND, field, fields) AST_##KIND,
#include "lang/ast.def"
#undef NODE
    AST_COUNT
} AstKind;

struct Ast {
    AstKind kind;
    Span at;
    Ast *next;                         /* the following sibling, NULL at the end */
    Ast *last;                         /* of a list's first node: its last (ast_append); else unused */
    union {
#define F(Type, name) Type name;
#define NODE(KIND, field, fields) struct { fields } field;
#include "lang/ast.def"
#undef NODE
#undef F
    };
};

/* Builders, one per kind: ast_step(arena, at, name, items). */
#define F(Type, name) , Type name
#define NODE(KIND, field, fields) Ast *ast_##field(Arena *memory, Span where fields);
#include "lang/ast.def"
#undef NODE
#undef F

/* The list with node at its end; either may be NULL. Constant time. */
Ast *ast_append(Ast *list, Ast *node);
const char *ast_kind_name(AstKind kind);
/* The node alone, in a list of its own; what it holds is shared. */
Ast *ast_copy(Arena *memory, const Ast *node);
/* to, a node of the same kind, holds from now on what node holds; it stands in no list. */
void ast_become(Ast *to, const Ast *node);
/* Its lists of statements or items (`items`, `then`, `otherwise`), at most BLOCKS_MOST; the number of them. */
enum { BLOCKS_MOST = 4 };
uint32_t ast_blocks(Ast *node, Ast **blocks[BLOCKS_MOST]);
/* Of a SYSTEM or PROCESS its LIKE; NULL for all else. */
Ast *ast_like_of(const Ast *node);
/* What it is called, where its kind has a `name`; else no text. */
Name ast_named(const Ast *node);
/* "a.b.c" as one name, where e is names with dots between; NULL for anything else, a single name too. */
const char *ast_dotted(Arena *memory, const Ast *e);
/* The first of them: `a`. */
const Ast *ast_root(const Ast *e);

#endif
