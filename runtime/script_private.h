/* script_private.h -- what the Lua border's parts share: script.c (calls), script_sandbox.c (what a block
 * may reach, and its limits), script_values.c (values both ways), script_numbers.c; script_worker.c, the
 * process in which it all happens when it is live, script_pack.c, what goes to it and comes back, and
 * script_confine.c, what it gives up. Nothing else sees Lua. */
#ifndef OPS_RUNTIME_SCRIPT_PRIVATE_H
#define OPS_RUNTIME_SCRIPT_PRIVATE_H

#include "base/kept.h"
#include "runtime/eval.h"
#include "runtime/script.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

typedef struct Worker Worker;          /* script_worker.c */

/* A text that is compiled once, and that goes to a worker once. */
typedef struct Chunk {
    const char *file, *text;
    uint32_t line, id;
    int ref;                           /* of its function in the registry; LUA_NOREF: not compiled yet */
    uint32_t sent;                     /* the worker that has it, counted from 1 */
} Chunk;

/* What became of a variable in the block. */
typedef struct ScriptSet {
    bool set;
    uint32_t line;                     /* where it was last; 0: nobody knows */
} ScriptSet;

struct Script {
    Worker *worker;                    /* runs what is called here; then L is NULL */
    lua_State *L;
    size_t used, most;                 /* memory */
    bool filling;                      /* a function in C sets what may stand behind a __newindex */
    uint64_t pieces;                   /* of it that may still be asked for; 0: nobody counts */
    Kept kept;                         /* what Lua gave back of it */
    uint64_t instructions;             /* left */
    Instant until;                     /* wall clock */
    char expired[200];                 /* "", or which limit was passed, and where: nothing swallows it */
    int64_t micros;                    /* what until was counted from */
    Buf printed;
    Arena *arena;                      /* of the call under way */
    Arena *scratch;                    /* of one operator or check, which begins by emptying it */
    const ScriptCall *call;            /* under way */
    ScriptSet *sets;                   /* of its variables, in their order */
    size_t out;                        /* bytes that may still leave it */
    int vars, functions, box;          /* where the registry has the call's tables */
    Map *chunks;                       /* place and text -> Chunk */
    Chunk *near[256];                  /* found again by where their text lies */
    const char *near_text[256];
    Arena *chunk_arena;
    Buf key;                           /* of the chunk that is looked up */
    Buf made;                          /* by a module's function, the next of which begins it anew */
    lua_CFunction error;               /* Lua's own `error`, whose words stay as they are */
    uint64_t seed;
    Instant now;
    bool strings_copied;               /* by the last call, which may have changed them */
};

Script *script_of(lua_State *L);

/* script.c: for a block that may ask for nothing; self is a bool, which becomes true when it does. */
Status script_ask_nobody(void *self, const ScriptQuestion *q, Arena *a, Value *out, Error *err);
/* The block's chunk, made where it is new. */
Chunk *script_chunk(Script *s, const IrLua *block);

/* Does it call a file of Lua? Cheap, and true too often rather than too rarely: one that nobody calls is not run. */
bool script_calls(const ScriptCall *call, const char *module);
/* Can its text, or one that it calls, read this global? Only by the name, or through the table of all. */
bool script_names(const ScriptCall *call, const char *global);

/* script_worker.c: the same as script_run, script_eval and script_run_many, in the process behind s. */
void worker_free(Worker *w);
Status worker_run(Script *s, const ScriptCall *call, Arena *a, ScriptResult *out, Error *err) MUST_CHECK;
Status worker_eval(Script *s, const ScriptCall *call, Arena *a, Value *out, uint32_t *n, const char **printed,
                   Error *err) MUST_CHECK;

/* Some of the first jobs; how many were tried. */
uint32_t worker_run_many(Script *s, ScriptJob *jobs, uint32_t n, Arena *a);

/* script_confine.c: from here on this process can calculate, and talk through the descriptors it has; no more.
 * 0, or the errno of why the kernel does not filter its calls: then limits alone hold it. */
int script_confine(void);

/* Built to find mistakes: it needs a little more of the system, to say what it found. */
#if defined __SANITIZE_ADDRESS__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#define SCRIPT_MEMORY ((size_t)64 << 20)
#define SCRIPT_SOURCE ((size_t)1 << 20)

/* script_sandbox.c: once per state. */
void sandbox_open(Script *s);
/* Before each call: nothing that the last one changed is left. */
void sandbox_clean(Script *s);
/* For an __index: pushes what the call's box has under the key at 2 (nil: nothing), and returns its type. */
int sandbox_find(Script *s);
/* Is it `fail`, which speaks to people, and not to who wrote the block? */
bool sandbox_is_fail(lua_CFunction f);
/* The time that a call has. */
int64_t sandbox_micros(const ScriptLimits *limits);
void sandbox_limits(Script *s, const ScriptLimits *limits);
/* Remembers that a limit was passed; the first stays. place: "file.ops:12: ", or "". */
void sandbox_expire(Script *s, const char *place, const char *what);
void sandbox_release(Script *s);
/* The names that a block finds there; of a library (NULL: none) its own. Those of what is no library: none. */
const char *const *sandbox_names(Script *s, Arena *a, const char *library, uint32_t *n);
/* As luaL_tolstring, which it pushes, but without the place in memory where a table or a function lies: that is
 * nobody's business, and another each time. */
const char *sandbox_text(lua_State *L, int index, size_t *n);
/* Room for n more values on Lua's stack, which is memory, too. */
void sandbox_need_stack(lua_State *L, int n);
/* Ahead of work in C that may take a while, and that no hook sees: an error where the time is over. */
void sandbox_check_clock(lua_State *L);

/* script_values.c */
void values_open(lua_State *L);
void values_push(lua_State *L, const Value *v);
/* The value at index; false with a message in err when it is none of ours. What leaves the block counts against
 * s->out, so that a table that is in many places is not taken apart for ever. */
bool values_pull(Script *s, int index, Arena *a, Value *out, Error *err);
#define SCRIPT_OUT ((size_t)64 << 20)

/* What the interpreter reckons with in this call: its instant, its calendars. */
EvalHost values_host(const Script *s);
/* The value of ours at an index, or NULL: it is Lua's. */
const Value *values_test(lua_State *L, int index);

/* script_modules.c: the modules, by their names, into the table on top of the stack. */
void modules_open(lua_State *L);

/* script_ask.c: query, file, into the table on top of the stack. */
void asking_open(lua_State *L);
/* What whoever runs the call says to a question. */
Status script_answer(const ScriptCall *call, const ScriptQuestion *q, Arena *a, Value *out, Error *err) MUST_CHECK;

/* script_numbers.c: the rest of their operators, into the metatable on top of the stack; and the standard library's
 * functions that take numbers. Before sandbox_open, which copies them. */
void numbers_open(lua_State *L);
/* All numbers and percents of ours on the stack become floats. */
void numbers_to_floats(lua_State *L);

/* script_globals.c: a global that a chunk reads or sets. */
typedef struct ScriptGlobal {
    const char *name, *member;         /* member: the field that is read of it at once, or NULL */
    uint32_t line;                     /* from 1 */
    bool set;
} ScriptGlobal;

typedef struct ScriptGlobals {
    VEC(ScriptGlobal) items;
    bool open;                         /* it may reach others, which only running it could tell */
} ScriptGlobals;

/* False where the text does not parse, or this Lua writes another form than is read here. */
bool script_globals(Arena *a, const char *text, ScriptGlobals *out);

/* script_names.c: tells of names in a program's Lua that nothing has there. */
void script_check_names(const IrProgram *p, Sources *sources, Diags *diags);

/* script.c: the offset of a line of a file among the sources; 0 where it is not there. */
Span script_line(const Sources *sources, const char *file, uint32_t line);

#endif
