/* names_like.h -- one copy: what is inherited, changed by what its own text says. Private to names_like*.c. */
#ifndef OPS_LANG_NAMES_LIKE_H
#define OPS_LANG_NAMES_LIKE_H

#include "lang/lower.h"

typedef struct Gone {              /* something that `without` took away */
    const Ast *without, *node;
} Gone;
typedef VEC(Gone) GoneVec;

/* The items of a SYSTEM or PROCESS of this name that is a copy, or stands in one. Both lists are used up. */
Ast *like_merge(Lower *l, Copy *copy, AstKind kind, const char *name, Ast *inherited, Ast *own);

typedef bool Wanted(const Ast *ast, const char *name);
bool like_is_step(const Ast *ast, const char *name);
/* A declaration of this name. */
bool like_is_named(const Ast *ast, const char *name);
/* The first that is wanted, in this list or in blocks below. */
const Ast *like_find(const Ast *items, Wanted *wanted, const char *name);

/* names_like_gone.c: tells, where `without` stands, what stays and still needs what is gone: of a process, and of a
 * system. Whatever else would be said of those places is not. */
void like_miss_steps(Lower *l, Copy *copy, const Ast *items, const GoneVec *gone);
void like_miss_declarations(Lower *l, Copy *copy, const Ast *items, const GoneVec *gone);

#endif
