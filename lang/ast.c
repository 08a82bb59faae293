/* ast.c -- the builders of the tree, made from ast.def.
 *
 * A node is only as large as its kind's fields need (a big program has
 * millions), so a node is never copied by value: what lies behind its own
 * fields is another node's.
 */
#include "lang/ast.h"

#include <stddef.h>

/* `fields` of a row becomes (Type, name)(Type, name)..., which two pairs of macros then walk: one
 * makes parameters, the other initializers. */
#define F(Type, name) (Type, name)
#define PARAMETERS_A(Type, name) , Type name PARAMETERS_B
#define PARAMETERS_B(Type, name) , Type name PARAMETERS_A
#define PARAMETERS_A_END
#define PARAMETERS_B_END
#define VALUES_A(Type, name) .name = name, VALUES_B
#define VALUES_B(Type, name) .name = name, VALUES_A
#define VALUES_A_END
#define VALUES_B_END
#define WALK(...) WALK_END(__VA_ARGS__)
#define WALK_END(...) __VA_ARGS__##_END

#define NODE(KIND, field, fields)                                                              \
    Ast *ast_##field(Arena *memory, Span where WALK(PARAMETERS_A fields))                      \
    {                                                                                          \
        Ast *node = arena_alloc(memory, offsetof(Ast, field) + sizeof node->field);            \
        node->kind = AST_##KIND;                                                               \
        node->at = where;                                                                      \
        node->field = (__typeof__(node->field)){WALK(VALUES_A fields)};                        \
        return node;                                                                           \
    }
#include "lang/ast.def"
#undef NODE
#undef F

Ast *ast_append(Ast *list, Ast *node)
{
    if (!list || !node)
        return list ? list : node;
    Ast *last = list->last ? list->last : list;
    last->next = node;
    list->last = node->last ? node->last : node;
    return list;
}

const Ast *ast_root(const Ast *e)
{
    while (e && e->kind == AST_MEMBER)
        e = e->member.of;
    return e;
}

const char *ast_dotted(Arena *memory, const Ast *e)
{
    const Ast *root = ast_root(e);
    if (!e || e->kind != AST_MEMBER || !root || root->kind != AST_NAME)
        return NULL;
    const char *name = e->member.name.text;
    for (const Ast *of = e->member.of; name && of; of = of->kind == AST_MEMBER ? of->member.of : NULL) {
        const char *own = of->kind == AST_MEMBER ? of->member.name.text : of->name.name.text;
        name = own ? arena_printf(memory, "%s.%s", own, name) : NULL;
    }
    return name;
}

const char *ast_kind_name(AstKind kind)
{
    static const char *const NAMES[] = {
#define NODE(KIND, field, fields) #KIND,
#include "lang/ast.def"
#undef NODE
    };
    return (unsigned)kind < AST_COUNT ? NAMES[kind] : "?";
}
