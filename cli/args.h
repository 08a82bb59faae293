/* args.h -- the command line, by the tables commands.def and options.def. */
#ifndef OPS_CLI_ARGS_H
#define OPS_CLI_ARGS_H

#include "base/text.h"

typedef enum Option {
#define OPTION(NAME, name, value, help) OPT_##NAME,
#include "cli/options.def"
#undef OPTION
    OPT_COUNT
} Option;

typedef struct Command Command;

typedef struct Args {
    const Command *command;
    Arena *arena;
    bool given[OPT_COUNT];
    const char *value[OPT_COUNT];
    const char *file;                  /* the .ops file among the words, or --file; NULL: to be found */
    const char **words; uint32_t words_n;          /* the others, without name=value */
    const char **names; const char **values; uint32_t values_n;
} Args;

struct Command {
    const char *name, *arguments, *summary, *more, *example;
    uint64_t options;                  /* bits of Option */
    int (*run)(Args *args);            /* returns the exit code */
};

extern const Command commands[];       /* ends with name NULL */
/* "there is no command ..." with the nearest one. */
const char *command_unknown(Arena *a, const char *name);
/* Is this word an option of any command? */
bool option_known(const char *word);
const Command *command_find(const char *name);
bool command_takes(const Command *c, Option option);

/* ST_USAGE with a sentence when the words do not fit the command. */
Status args_parse(Arena *a, const Command *c, int argc, char **argv, Args *out, Error *err) MUST_CHECK;
bool args_number(const char *text, uint64_t *out);

void help_text(Buf *b, const char *text);              /* in lines that fit a terminal */
void help_all(Buf *b);
void help_command(Buf *b, const Command *c);

#endif
