/* check.h -- from files to a program: names, types, flow, lowering.
 *
 * All mistakes of all files are found in one pass and collected; a program
 * comes out only when none is an error.
 */
#ifndef OPS_LANG_CHECK_H
#define OPS_LANG_CHECK_H

#include "base/diag.h"
#include "lang/ir.h"

/* Reads a whole file into the arena: a world for tests and for modules inside the program. */
typedef Status LoadFile(void *self, Arena *a, const char *path, char **text, size_t *n, Error *err);

typedef struct Compilation {
    Arena *arena;
    Sources *sources;
    Diags *diags;
    IrProgram *program;            /* NULL when there were errors */
    const IrLua *lua; uint32_t lua_n;  /* else, where all could be read: the blocks of Lua, which are read apart */
    bool unreadable;               /* the main file could not be read: diags is empty, err says why */
} Compilation;

/* Compiles path ("-": standard input) and what it uses. Free with compilation_free, which ends
 * the program too. Returns NULL with err only when the main file cannot be read. */
Compilation *compile_file(const char *path, Error *err);
/* Compiles a text as if it were the file of that name, reading what it uses by load (NULL: files). */
Compilation *compile_text(const char *name, const char *text, size_t n, LoadFile *load, void *self);
void compilation_free(Compilation *c);

/* An expression or metric typed at the prompt, compiled against a program into a small program
 * of its own whose only metric ("it") it is; processes and so on are those of base. */
Compilation *compile_expression(const IrProgram *base, const char *text, size_t n);

/* complete.c: words that the grammar would take behind the text, and names of base that fit there. A text that
 * ends with a dot gets fields; one that ends with an opening quote, names. */
uint32_t prompt_completions(Arena *a, const IrProgram *base, const char *text, size_t n, const char *const **items);

#endif
