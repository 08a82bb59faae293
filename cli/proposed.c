/* proposed.c -- the commands that a command proposes: see proposed.h. */
#include "cli/proposed.h"

#include <stdlib.h>
#include <string.h>

Where where_here(const Session *s)
{
    return (Where){s->args->file, s->args->value[OPT_STORE]};
}

/* The path as it is from any folder; - (standard input) has none. Its own name stays, were it a link's: the usual store
 * lies beside that. */
static const char *from_anywhere(Arena *a, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *ahead = slash ? arena_dup_n(a, path, (size_t)(name - path)) : ".";
    char *folder = strcmp(path, "-") == 0 ? NULL : realpath(ahead, NULL);
    const char *whole = folder ? arena_printf(a, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name) : path;
    free(folder);
    return whole;
}

Where where_anywhere(const Session *s)
{
    const char *env = getenv("OPS_STORE"), *store = s->args->value[OPT_STORE];
    if (!store && env && *env) store = env;
    return (Where){from_anywhere(s->arena, s->program->file), store ? from_anywhere(s->arena, store) : NULL};
}

static const char *command_text(const Session *s, const Where *w, const char *command, const char *const *words)
{
    Buf b = {0};
    propose(&b, w, command, words, NULL);
    const char *text = buf_dup(&b, s->arena);
    buf_free(&b);
    return text;
}

const char *proposed(const Session *s, const char *command)
{
    static const char *const none[] = {NULL};
    const Where here = where_here(s);
    return command_text(s, &here, command, none);
}

const char *proposed_words(const Session *s, const char *command, const char *const *words)
{
    const Where nowhere = {0};
    return command_text(s, &nowhere, command, words);
}

/* The command at this place, up to the n-th byte; NULL: it is none. */
static const Command *command_at(const Session *s, const char *text, size_t n)
{
    size_t length = strcspn(text, " `");
    return command_find(arena_dup_n(s->arena, text, length < n ? length : n));
}

/* What such a command takes of it: `ops help` is of no store, and the one that `ops import` makes is no other's. named:
 * it names a file already. */
static Where where_of(const Session *s, const Where *whole, const Command *c, bool named)
{
    bool file = c && command_takes(c, OPT_FILE) && command_takes(s->args->command, OPT_FILE);
    return (Where){file && !named ? whole->file : NULL, file && command_takes(c, OPT_STORE) ? whole->store : NULL};
}

/* as: for whom those commands are typed that one can type for another; NULL: for whoever types them. */
static void add_proposed(const Session *s, const Where *whole, const char *as, const char *message, Buf *b)
{
    static const char begins[] = "`ops ";
    const char *from = message;
    for (const char *at; (at = strstr(from, begins));) {
        const char *command = at + strlen(begins), *end = strchr(command, '`');
        if (!end) break;
        const Command *c = command_at(s, command, (size_t)(end - command));
        const Where w = where_of(s, whole, c, memmem(command, (size_t)(end - command), ".ops", 4));
        const char *dashes = memmem(command, (size_t)(end - command), " -- ", 4), *here = dashes ? dashes : end;
        buf_add(b, from, (size_t)(here - from));
        bool does = memchr(command, ' ', (size_t)(end - command));         /* a bare name is spoken of, or lists */
        if (as && does && c && command_takes(c, OPT_AS)) buf_puts(b, " --as "), buf_shell_word(b, as);
        propose_where(b, &w);
        buf_add(b, here, (size_t)(end + 1 - here));
        from = end + 1;
    }
    buf_puts(b, from);
}

void proposed_at(const Session *s, const Where *whole, const char *message, Buf *b)
{
    add_proposed(s, whole, NULL, message, b);
}

void proposed_in(const Session *s, const char *message, Buf *b)
{
    const Where here = where_here(s);
    add_proposed(s, &here, NULL, message, b);
}

void proposed_instead(const Session *s, const char *message, Buf *b)
{
    const Where here = where_here(s);
    add_proposed(s, &here, s->args->value[OPT_AS], message, b);
}
