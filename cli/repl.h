/* repl.h -- what the prompt's parts share: repl.c (what a line does), repl_terminal.c (how it is typed). */
#ifndef OPS_CLI_REPL_H
#define OPS_CLI_REPL_H

#include "cli/session.h"

typedef struct Repl {
    Arena *arena;
    const Args *args;
    const char *file;                  /* loaded; NULL: none */
    Buf text;                          /* of the file, then what was declared here */
    Buf pending;                       /* lines of an input that is not complete yet */
    Compilation *compilation;
    Script *script;
    bool terminal, wrong, over;
    bool unmet;                        /* a test that was written here failed */
} Repl;

typedef struct Colon {                 /* a command of the prompt's own */
    const char *name, *argument, *help;
    bool wants;                        /* the argument must be there */
    void (*run)(Repl *r, char *words); /* words: what stands behind it */
} Colon;
extern const Colon colons[];           /* ends with name NULL */

/* One line, without its end: a command, a question, Lua, or more of what is pending. Changes the line. */
void repl_take_line(Repl *r, char *line);

/* Lines with editing, completion and history, until the end. */
void repl_at_terminal(Repl *r);
void repl_show_history(Repl *r);

#endif
