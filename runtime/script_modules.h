/* script_modules.h -- modules that every block has beside Lua's own: what they are made with.
 *
 * Each has a file of its own, and a row in script_modules.c. It is opened once
 * per state; what a block asks for by its name, it gets a copy of. Modules read
 * tables as they lie there, without metamethods, and build what they make in
 * memory of the Script, which an error that jumps out of them does not lose.
 */
#ifndef OPS_RUNTIME_SCRIPT_MODULES_H
#define OPS_RUNTIME_SCRIPT_MODULES_H

#include "runtime/script_private.h"

/* Bytes of a text that goes in, and of one that comes out. */
enum { MODULE_LONGEST_READ = 4 << 20, MODULE_LONGEST_WRITTEN = 16 << 20 };

/* The text at 1 that is to be read, in the clock's time: an error of `who` where it is longer than may be. Empties
 * the Script's scratch, which is the caller's until the next of these calls. */
const char *module_read(lua_State *L, const char *who, size_t *n);
/* The argument at an index as a text: UTF-8, and no longer than may be; a value of ours as it prints. */
const char *module_take_text(lua_State *L, int index, size_t *n);
/* The Script's scratch, emptied. */
Arena *module_scratch(lua_State *L);
/* For a text that is to be made: empties the Script's `made`, and its scratch. */
Buf *module_begin(lua_State *L);
/* Pushes what was made, an error of `who` where that is longer than may be; 1. */
int module_push_made(lua_State *L, const char *who);

/* Each pushes its table. */
void module_csv(lua_State *L);
void module_json(lua_State *L);
void module_stats(lua_State *L);
void module_text(lua_State *L);
void module_time(lua_State *L);

#endif
