/* args.c -- reads the command line by its tables, and prints them as help. */
#include "cli/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Most are called as their function is. */
#define COMMAND(name, ...) COMMAND_CALLED(name, #name, __VA_ARGS__)

#define COMMAND_CALLED(name, called, arguments, summary, options, more, example) int cmd_##name(Args *args);
#include "cli/commands.def"
#undef COMMAND_CALLED

const Command commands[] = {
#define O(NAME) | UINT64_C(1) << OPT_##NAME
#define COMMAND_CALLED(name_, called_, arguments_, summary_, options_, more_, example_) \
    {called_, arguments_, summary_, more_, example_, \
     0 options_ | UINT64_C(1) << OPT_HELP | UINT64_C(1) << OPT_COLOUR, cmd_##name_},
#include "cli/commands.def"
#undef COMMAND_CALLED
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

const char *command_unknown(Arena *a, const char *name)
{
    const char *names[64];
    size_t n = 0;
    for (const Command *c = commands; c->name && n < 64; c++) names[n++] = c->name;
    const char *meant = text_did_you_mean(a, name, names, n);
    return arena_printf(a, "there is no command %s%s `ops help` lists them", name, *meant ? meant : ";");
}

bool args_number(const char *text, uint64_t *out)
{
    char *end;
    if (*text < '0' || *text > '9') return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

bool command_takes(const Command *c, Option option)
{
    return c->options >> option & 1;
}

/* The option of this name (n bytes) that the command takes, or -1 with the nearest in near. */
static int find_option(const Command *c, const char *name, size_t n, const char **near)
{
    const char *names[OPT_COUNT];
    size_t count = 0;
    for (int i = 0; i < OPT_COUNT; i++) {
        if (!command_takes(c, (Option)i)) continue;
        if (strlen(options[i].name) == n && memcmp(options[i].name, name, n) == 0) return i;
        names[count++] = options[i].name;
    }
    Arena *a = arena_new();
    *near = text_nearest(arena_dup_n(a, name, n), names, count);
    arena_free(a);
    return -1;
}

/* ---- words ---------------------------------------------------------------------- */

typedef struct Shape {                 /* what a command's arguments in commands.def allow */
    bool file, files, values;
    uint32_t words;                    /* others, at most */
} Shape;

static Shape shape_of(const Command *c)
{
    Shape s = {0};
    for (const char *p = c->arguments; *p;) {
        size_t n = strcspn(p, " ");
        if (memmem(p, n, "NAME=VALUE", 10)) s.values = true;
        else if (memmem(p, n, "FILE...", 7)) s.files = true;
        else if (memmem(p, n, "FILE", 4)) s.file = true;
        else if (memmem(p, n, "...", 3)) s.words = UINT32_MAX;
        else s.words++;
        p += n + (p[n] == ' ');
    }
    return s;
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

/* What may come into the store, or be compared with what lies there, is text; names of files may be any bytes. */
static Status check_text(const char *what, const char *text, Error *err)
{
    size_t n = strlen(text);
    return utf8_check(text, n) == n ? ST_OK : fail(err, ST_VALUE, "%s is no UTF-8 text", what);
}

static Status add_value(Args *out, const char *word, const char *equals, Error *err)
{
    const char *name = arena_dup_n(out->arena, word, (size_t)(equals - word));
    if (check_text("a name", name, err) != ST_OK || check_text(name, equals + 1, err) != ST_OK) return ST_VALUE;
    for (uint32_t i = 0; i < out->values_n; i++)
        if (strcmp(out->names[i], name) == 0) return fail(err, ST_USAGE, "%s is given twice", name);
    out->names[out->values_n] = name;
    out->values[out->values_n++] = equals + 1;
    return ST_OK;
}

static Status set_file(Args *out, const char *file, Error *err)
{
    if (out->file && strcmp(out->file, file) != 0)
        return fail(err, ST_USAGE, "`ops %s` works on one file, found %s and %s", out->command->name, out->file, file);
    out->file = file;
    return ST_OK;
}

static Status add_word(Args *out, const Shape *shape, const char *word, Error *err)
{
    const char *equals = shape->values ? assignment(word) : NULL;
    if (equals) return add_value(out, word, equals, err);
    bool alone = shape->file && !shape->words;     /* there is nothing else that it could be */
    if (!shape->files && (alone || (is_program(word) && command_takes(out->command, OPT_FILE))))
        return set_file(out, word, err);
    if (!shape->files && out->words_n >= shape->words)
        return fail(err, ST_USAGE, "`ops %s` takes no `%s`; `ops help %s` shows what it takes", out->command->name,
                    word, out->command->name);
    if (!shape->files && check_text("what was given", word, err) != ST_OK) return ST_VALUE;
    out->words[out->words_n++] = word;
    return ST_OK;
}

/* ---- options -------------------------------------------------------------------- */

/* Values that are the same for every command are checked here, by the word that options.def has for them. */
static Status check_value(int option, const char *text, Error *err)
{
    uint64_t n;
    const char *name = options[option].name, *wanted = options[option].value;
    if (strcmp(wanted, "FILE") != 0 && strcmp(wanted, "PATH") != 0 && check_text(name, text, err) != ST_OK)
        return ST_VALUE;
    if (strcmp(wanted, "N") == 0 && !args_number(text, &n))
        return fail(err, ST_USAGE, "--%s wants a number, found %s", name, text);
    if (option == OPT_BECAUSE && text[strspn(text, " \t\n")] == '\0')
        return fail(err, ST_USAGE, "--because wants a reason, in words: --because \"...\"");
    if (option == OPT_COLOUR && strcmp(text, "always") != 0 && strcmp(text, "never") != 0 && strcmp(text, "auto") != 0)
        return fail(err, ST_USAGE, "--%s wants always, never or auto, found %s", name, text);
    return ST_OK;
}

static const struct { const char *letter, *name; } letters[] = {{"-h", "help"}, {"-f", "file"}, {"-c", "command"},
                                                                {"-n", "most"}};

enum { LETTERS = sizeof letters / sizeof *letters };

static const char *long_name(const char *word)
{
    for (int i = 0; i < LETTERS; i++)
        if (strcmp(word, letters[i].letter) == 0) return letters[i].name;
    return word[1] == '-' ? word + 2 : "";
}

static const char *letter_of(const char *name)
{
    for (int i = 0; i < LETTERS; i++)
        if (strcmp(name, letters[i].name) == 0) return letters[i].letter;
    return NULL;
}

bool option_known(const char *word)
{
    const char *name = long_name(word);
    size_t n = strcspn(name, "=");
    for (int i = 0; i < OPT_COUNT; i++)
        if (strlen(options[i].name) == n && memcmp(options[i].name, name, n) == 0) return true;
    return false;
}

/* "[=WHAT]": the option stands alone, too. */
static bool is_optional(const char *value)
{
    return *value == '[';
}

/* Whose tasks are wanted, is said in more than one way; NULL: no such option. */
static const char *by_habit(const Command *c, const char *name, size_t n)
{
    static const char *const words[] = {"as", "for", "who"};
    const char *near;
    if (find_option(c, "person", strlen("person"), &near) < 0) return NULL;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == n && memcmp(words[i], name, n) == 0) return "person";
    return NULL;
}

/* Takes the option at argv[*i], and the word behind it where it wants one. */
static Status add_option(Args *out, int argc, char **argv, int *i, Error *err)
{
    const Command *c = out->command;
    const char *word = argv[*i], *name = long_name(word), *equals = strchr(name, '='), *near = NULL;
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    int option = find_option(c, name, n, &near);
    if (option < 0 && !near) near = by_habit(c, name, n);
    if (option < 0)
        return fail(err, ST_USAGE, "`ops %s` has no option %s%s%s%s `ops help %s` lists them", c->name, word,
                    near ? ": did you mean --" : "", near ? near : "", near ? "?" : ";", c->name);
    out->given[option] = true;
    if (!options[option].value)
        return equals ? fail(err, ST_USAGE, "--%s takes no value", options[option].name) : ST_OK;
    if (!equals && is_optional(options[option].value)) return ST_OK;
    if (!equals && *i + 1 >= argc)
        return fail(err, ST_USAGE, "--%s wants %s behind it", options[option].name, options[option].value);
    out->value[option] = equals ? equals + 1 : argv[++*i];
    return check_value(option, out->value[option], err);
}

/* What is printed has one form. */
static Status check_form(const Args *args, Error *err)
{
    static const Option forms[] = {OPT_JSON, OPT_CSV, OPT_MAIL, OPT_TAP, OPT_JUNIT};
    const char *form = NULL;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (!args->given[forms[i]]) continue;
        if (form)
            return fail(err, ST_USAGE, "--%s and --%s are two forms of one report: give one of them", form,
                        options[forms[i]].name);
        form = options[forms[i]].name;
    }
    return ST_OK;
}

Status args_parse(Arena *a, const Command *c, int argc, char **argv, Args *out, Error *err)
{
    Shape shape = shape_of(c);
    bool only_words = false;
    Status st = ST_OK;
    *out = (Args){.command = c, .arena = a};
    out->words = ARENA_ARRAY(a, const char *, argc + 1);
    out->names = ARENA_ARRAY(a, const char *, argc + 1);
    out->values = ARENA_ARRAY(a, const char *, argc + 1);
    for (int i = 0; i < argc && st == ST_OK; i++) {
        if (only_words || argv[i][0] != '-' || argv[i][1] == '\0') st = add_word(out, &shape, argv[i], err);
        else if (strcmp(argv[i], "--") == 0) only_words = true;
        else st = add_option(out, argc, argv, &i, err);
    }
    if (out->given[OPT_HELP]) return ST_OK;
    if (st == ST_OK) st = check_form(out, err);
    return st == ST_OK && out->given[OPT_FILE] ? set_file(out, out->value[OPT_FILE], err) : st;
}

/* ---- help --------------------------------------------------------------------------- */

enum { WIDE = 80 };

/* A left column, then text in lines that fit a terminal. */
static void entry(Buf *b, const char *left, size_t column, const char *text)
{
    size_t used = strlen(left);
    buf_puts(b, left);
    if (column && used + 1 > column) buf_putc(b, '\n'), used = 0;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " ");
        if (used > column && used + 1 + n > WIDE) buf_putc(b, '\n'), used = 0;
        size_t gap = used < column ? column - used : used > column ? 1 : 0;
        buf_pad(b, ' ', gap);
        buf_add(b, p, n);
        used += gap + n;
        p += n + (p[n] == ' ');
    }
    buf_putc(b, '\n');
}

void help_text(Buf *b, const char *text)
{
    entry(b, "", 0, text);
}

void help_all(Buf *b)
{
    buf_puts(b, "ops: one file says why, when, who and how; this runs it, keeps time, and loses\nnothing.\n\n"
                "  ops FILE.ops            do everything that can be done now\n"
                "  ops                     explore at a prompt\n"
                "  ops COMMAND ...\n\n");
    for (const Command *c = commands; c->name; c++) {
        Buf left = {0};
        buf_printf(&left, "  %s %s", c->name, c->arguments);
        entry(b, buf_text(&left), 37, c->summary);
        buf_free(&left);
    }
    buf_putc(b, '\n');
    static const char codes[] =
        "`ops help COMMAND` tells more, `ops help WORD` what a word of a .ops file means. Results go to standard "
        "output, messages to standard error. Exit codes: "
        "0 fine, 1 findings or failed cases, 2 a check could not be judged, 64 usage, 65 a wrong .ops file or value, "
        "66 input missing, 69 not available, 70 internal, 73 and 74 cannot write, 75 locked, 77 not allowed, "
        "78 needs a decision.";
    help_text(b, codes);
}

void help_command(Buf *b, const Command *c)
{
    buf_printf(b, "ops %s%s%s\n    %s\n", c->name, *c->arguments ? " " : "", c->arguments, c->summary);
    if (*c->more) buf_putc(b, '\n'), help_text(b, c->more);
    buf_printf(b, "\nExample: %s\n\n", c->example);
    for (int i = 0; i < OPT_COUNT; i++) {
        if (!command_takes(c, (Option)i)) continue;
        Buf left = {0};
        const char *value = options[i].value, *letter = letter_of(options[i].name);
        buf_printf(&left, "  %s%s--%s%s%s", letter ? letter : "", letter ? ", " : "", options[i].name,
                   value && !is_optional(value) ? " " : "", value ? value : "");
        entry(b, buf_text(&left), 23, options[i].help);
        buf_free(&left);
    }
}
