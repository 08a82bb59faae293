/* ast.c -- the builders of the tree, made from ast.def.
 *
 * A node is only as large as its kind's fields need (a big program has
 * millions), so a node is never copied by value but by ast_copy: what lies
 * behind its own fields is another node's.
 */
#include "lang/ast.h"

#include <stddef.h>
#include <string.h>

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

static size_t node_size(const Ast *node)
{
    static const size_t sizes[] = {
#define NODE(KIND, field, fields) [AST_##KIND] = offsetof(Ast, field) + sizeof((Ast *)0)->field,
#include "lang/ast.def"
#undef NODE
    };
    return sizes[node->kind];
}

Ast *ast_copy(Arena *memory, const Ast *node)
{
    Ast *copy = arena_alloc(memory, node_size(node));
    ast_become(copy, node);
    return copy;
}

void ast_become(Ast *to, const Ast *node)
{
    memcpy(to, node, node_size(node));
    to->next = to->last = NULL;
}

/* ---- fields by their names ------------------------------------------------------------ */

typedef struct Blocks {
    Ast ***to;
    uint32_t n;
} Blocks;

static void add_block(Blocks *b, const char *name, void *field)
{
    bool block = strcmp(name, "items") == 0 || strcmp(name, "then") == 0 || strcmp(name, "otherwise") == 0;
    if (block && b->n < BLOCKS_MOST)
        b->to[b->n++] = field;
}

static void no_block(Blocks *b, const char *name, void *field)
{
    (void)b, (void)name, (void)field;
}

uint32_t ast_blocks(Ast *node, Ast **blocks[BLOCKS_MOST])
{
    Blocks b = {blocks, 0};
    switch (node->kind) {
#define F(Type, name) _Generic(part->name, Ast *: add_block, default: no_block)(&b, #name, &part->name);
#define NODE(KIND, field, fields)                                                              \
    case AST_##KIND: {                                                                         \
        __typeof__(node->field) *part = &node->field;                                          \
        fields                                                                                 \
        break;                                                                                 \
    }
#include "lang/ast.def"
#undef NODE
#undef F
    case AST_COUNT: break;
    }
    return b.n;
}

static void keep_name(Name *found, const char *name, const void *field)
{
    if (strcmp(name, "name") == 0)
        *found = *(const Name *)field;
}

static void no_name(Name *found, const char *name, const void *field)
{
    (void)found, (void)name, (void)field;
}

Name ast_named(const Ast *node)
{
    Name found = {0};
    switch (node->kind) {
#define F(Type, name) _Generic(part->name, Name: keep_name, default: no_name)(&found, #name, &part->name);
#define NODE(KIND, field, fields)                                                              \
    case AST_##KIND: {                                                                         \
        const __typeof__(node->field) *part = &node->field;                                    \
        fields                                                                                 \
        break;                                                                                 \
    }
#include "lang/ast.def"
#undef NODE
#undef F
    case AST_COUNT: break;
    }
    return found;
}

Ast *ast_like_of(const Ast *node)
{
    return node->kind == AST_SYSTEM ? node->system.like : node->kind == AST_PROCESS ? node->process.like : NULL;
}

/* ---- lists and names ------------------------------------------------------------------- */

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
