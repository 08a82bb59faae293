/* lua_words.h -- a chunk of Lua as words.
 *
 * The runtime knows Lua; here a chunk is words and signs. That is enough to see which names it
 * speaks of, and which it plainly assigns. Private to lang.
 */
#ifndef OPS_LANG_LUA_WORDS_H
#define OPS_LANG_LUA_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { LUA_WORD_BYTES = 128 };     /* longer words are passed over */

typedef struct LuaWords {          /* begin with at, the chunk's text */
    const char *at;                /* behind the word */
    int braces;                    /* around it */
    char before[16];               /* the last sign or word ahead of it */
} LuaWords;

/* The next word, of a name or Lua's own, into name (of size bytes); call lua_word_passed before the next one. */
bool lua_word_next(LuaWords *w, char *name, size_t size);
void lua_word_passed(LuaWords *w, const char *name);

/* Of the word at hand: does it stand behind a dot or colon; does one stand behind it; the sign behind it, a blank for
 * `..`; does an `=` that is no `local` follow? */
bool lua_word_member(const LuaWords *w);
bool lua_word_opens(const LuaWords *w);
char lua_word_sign(const LuaWords *w);
bool lua_word_set(const LuaWords *w);

#endif
