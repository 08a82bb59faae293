/* script_private.h -- what the Lua border's parts share: script.c (calls), script_sandbox.c (what a block
 * may reach, and its limits), script_values.c (values both ways), script_numbers.c. Nothing else sees Lua. */
#ifndef OPS_RUNTIME_SCRIPT_PRIVATE_H
#define OPS_RUNTIME_SCRIPT_PRIVATE_H

#include "runtime/script.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

struct Script {
    lua_State *L;
    size_t used, most;                 /* memory */
    uint64_t instructions;             /* left */
    Instant until;                     /* wall clock */
    char expired[200];                 /* "", or which limit was passed, and where: nothing swallows it */
    int64_t micros;                    /* what until was counted from */
    Buf printed;
    Arena *arena;                      /* of the call under way */
    const ScriptCall *call;
    const IrUnit *unit;
    Map *chunks;                       /* text -> reference of its compiled function */
    Arena *chunk_arena;
    Buf key;                           /* of the chunk that is looked up */
    uint64_t seed;
    Instant now;
    bool strings_copied;               /* by the last call, which may have changed them */
};

Script *script_of(lua_State *L);

#define SCRIPT_MEMORY ((size_t)64 << 20)

/* script_sandbox.c: once per state. */
void sandbox_open(Script *s);
/* Leaves a call's box on the stack: empty, until sandbox_find fills it. */
void sandbox_push(Script *s);
/* For an __index: pushes what the box at an index has under the key at 2 (nil: nothing), and returns its type. */
int sandbox_find(lua_State *L, int box);
void sandbox_limits(Script *s, const ScriptLimits *limits);
/* Remembers that a limit was passed; the first stays. place: "file.ops:12: ", or "". */
void sandbox_expire(Script *s, const char *place, const char *what);
void sandbox_release(Script *s);

/* script_values.c */
void values_open(lua_State *L);
void values_push(lua_State *L, const Value *v);
/* The value at index; false with a message in err when it is none of ours. */
bool values_pull(Script *s, int index, Arena *a, Value *out, Error *err);

/* The value of ours at an index, or NULL: it is Lua's. */
const Value *values_test(lua_State *L, int index);

/* script_numbers.c: the rest of their operators, into the metatable on top of the stack; and the standard library's
 * functions that take numbers. Before sandbox_open, which copies them. */
void numbers_open(lua_State *L);

#endif
