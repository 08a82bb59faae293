/* args.c -- reads the command line by its tables, and prints them as help. */
#include "cli/args.h"

#include <stdlib.h>
#include <string.h>

#define COMMAND(name, arguments, summary, options, more) int cmd_##name(Args *args);
#include "cli/commands.def"
#undef COMMAND

const Command commands[] = {
#define O(NAME) | UINT64_C(1) << OPT_##NAME
#define COMMAND(name_, arguments_, summary_, options_, more_) \
    {#name_, arguments_, summary_, more_, 0 options_ | UINT64_C(1) << OPT_HELP | UINT64_C(1) << OPT_COLOUR, cmd_##name_},
#include "cli/commands.def"
#undef COMMAND
#undef O
    {0}};

static const struct { const char *name, *value, *help; } options[OPT_COUNT] = {
#define OPTION(NAME, name_, value_, help_) [OPT_##NAME] = {name_, value_, help_},
#include "cli/options.def"
#undef OPTION
};

const Command *command_find(const char *name)
{
    for (const Command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

bool args_number(const char *text, uint64_t *out)
{
    char *end;
    if (*text < '0' || *text > '9') return false;
    *out = strtoull(text, &end, 10);
    return *end == '\0';
}

static bool allowed(const Command *c, int option)
{
    return c->options >> option & 1;
}

/* The option of this name (n bytes) that the command takes, or -1 with the nearest in near. */
static int find_option(const Command *c, const char *name, size_t n, const char **near)
{
    const char *names[OPT_COUNT];
    size_t count = 0;
    for (int i = 0; i < OPT_COUNT; i++) {
        if (!allowed(c, i)) continue;
        if (strlen(options[i].name) == n && memcmp(options[i].name, name, n) == 0) return i;
        names[count++] = options[i].name;
    }
    Arena *a = arena_new();
    *near = text_nearest(arena_dup_n(a, name, n), names, count);
    arena_free(a);
    return -1;
}

static bool is_program(const char *word)
{
    size_t n = strlen(word);
    return strcmp(word, "-") == 0 || (n > 4 && strcmp(word + n - 4, ".ops") == 0);
}

/* name=value, where the name could be one. */
static const char *assignment(const char *word)
{
    const char *equals = strchr(word, '=');
    if (!equals || equals == word) return NULL;
    for (const char *p = word; p < equals; p++)
        if (strchr(" /\\\"'", *p)) return NULL;
    return equals;
}

static void add_word(Args *out, const char *word, bool many_files)
{
    const char *equals = assignment(word);
    if (is_program(word) && !out->file && !many_files) {
        out->file = word;
    } else if (equals) {
        out->names[out->values_n] = arena_dup_n(out->arena, word, (size_t)(equals - word));
        out->values[out->values_n++] = equals + 1;
    } else {
        out->words[out->words_n++] = word;
    }
}

Status args_parse(Arena *a, const Command *c, int argc, char **argv, Args *out, Error *err)
{
    *out = (Args){.command = c, .arena = a};
    out->words = ARENA_ARRAY(a, const char *, argc + 1);
    out->names = ARENA_ARRAY(a, const char *, argc + 1);
    out->values = ARENA_ARRAY(a, const char *, argc + 1);
    bool only_words = false, many_files = strstr(c->arguments, "FILE...") != NULL;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i], *near = NULL;
        if (only_words || word[0] != '-' || word[1] == '\0') {
            add_word(out, word, many_files);
            continue;
        }
        if (strcmp(word, "--") == 0) {
            only_words = true;
            continue;
        }
        const char *name = strcmp(word, "-h") == 0 ? "help" : strcmp(word, "-f") == 0 ? "file" : strcmp(word, "-c") == 0 ? "command"
                           : word[1] == '-' ? word + 2 : "";
        const char *equals = strchr(name, '=');
        size_t n = equals ? (size_t)(equals - name) : strlen(name);
        int option = find_option(c, name, n, &near);
        if (option < 0)
            return fail(err, ST_USAGE, "`ops %s` has no option %s%s%s%s; `ops help %s` lists them", c->name, word,
                        near ? ": did you mean --" : "", near ? near : "", near ? "?" : "", c->name);
        out->given[option] = true;
        if (!options[option].value) {
            if (equals) return fail(err, ST_USAGE, "--%s takes no value", options[option].name);
            continue;
        }
        if (!equals && i + 1 >= argc) return fail(err, ST_USAGE, "--%s wants %s behind it", options[option].name, options[option].value);
        out->value[option] = equals ? equals + 1 : argv[++i];
    }
    if (out->given[OPT_FILE]) out->file = out->value[OPT_FILE];
    return ST_OK;
}

/* ---- help --------------------------------------------------------------------------- */

void help_all(Buf *b)
{
    buf_puts(b, "ops: one file says why, when, who and how; this runs it, keeps time, and loses nothing.\n\n"
                "  ops FILE.ops            do everything that can be done now\n"
                "  ops                     explore at a prompt\n"
                "  ops COMMAND ...\n\n");
    for (const Command *c = commands; c->name; c++) {
        Buf left = {0};
        buf_printf(&left, "%s %s", c->name, c->arguments);
        buf_printf(b, "  %-32s %s\n", buf_text(&left), c->summary);
        buf_free(&left);
    }
    buf_puts(b, "\n`ops help COMMAND` tells more. Exit codes: 0 fine, 1 findings, 2 not judged, 64 usage, 65 a wrong .ops file,\n"
                "66 input missing, 69 not available, 70 internal, 73 and 74 cannot write, 75 locked, 77 not allowed, 78 needs a decision.\n");
}

void help_command(Buf *b, const Command *c)
{
    buf_printf(b, "ops %s %s\n    %s\n", c->name, c->arguments, c->summary);
    if (*c->more) buf_printf(b, "\n%s\n", c->more);
    buf_puts(b, "\n");
    for (int i = 0; i < OPT_COUNT; i++) {
        if (!allowed(c, i)) continue;
        Buf left = {0};
        buf_printf(&left, "--%s%s%s", options[i].name, options[i].value ? " " : "", options[i].value ? options[i].value : "");
        buf_printf(b, "  %-20s %s\n", buf_text(&left), options[i].help);
        buf_free(&left);
    }
}
