/* touches.h -- all that a program can touch, for whoever has to allow it.
 *
 * Read from the compiled form, so that nothing is left out that could run: what
 * commands run, what Lua is there, which files, hosts and secrets are opened,
 * and who is asked. What a command does in its turn nobody can tell from here.
 */
#ifndef OPS_ANALYSIS_TOUCHES_H
#define OPS_ANALYSIS_TOUCHES_H

#include "lang/ir.h"

/* TOUCH(NAME, "word in JSON", "heading for people") */
#define TOUCHES(TOUCH)                                \
    TOUCH(COMMAND, "command", "commands")             \
    TOUCH(LUA, "lua", "blocks of Lua")                \
    TOUCH(READ, "read", "files read")                 \
    TOUCH(WRITE, "write", "files written")            \
    TOUCH(HOST, "host", "hosts")                      \
    TOUCH(SECRET, "secret", "secrets")                \
    TOUCH(MAIL, "mail", "mails")                      \
    TOUCH(PERSON, "person", "people")

typedef enum TouchKind {
#define TOUCH(NAME, word, heading) TOUCH_##NAME,
    TOUCHES(TOUCH)
#undef TOUCH
    TOUCH_KINDS
} TouchKind;

typedef struct Touch {
    uint8_t kind;                      /* TouchKind */
    const char *what;                  /* "curl", "data/", "api.example.com", "TOKEN", "Sales" */
    const char *how;                   /* "step", "undo", "rows", "asked" ... */
    const char *of, *part;             /* the process and its step, or the audit and its check; NULL: none */
    const char *detail;                /* the command's text, the role's people ...; or NULL */
    IrPlace place;
} Touch;

/* Grouped by kind, in each in the order of the program. Lies in the arena. */
const Touch *touches_of(Arena *a, const IrProgram *p, uint32_t *n);
const char *touch_word(TouchKind kind);
const char *touch_heading(TouchKind kind);

#endif
