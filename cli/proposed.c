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

/* What the command at this place, up to the n-th byte, takes of it: `ops help` is of no store, and the one that
 * `ops import` makes is no other's. */
static Where where_of(const Session *s, const Where *whole, const char *command, size_t n)
{
    size_t length = strcspn(command, " `");
    const Command *c = command_find(arena_dup_n(s->arena, command, length < n ? length : n));
    bool file = c && command_takes(c, OPT_FILE) && command_takes(s->args->command, OPT_FILE);
    bool named = memmem(command, n, ".ops", 4);
    return (Where){file && !named ? whole->file : NULL, file && command_takes(c, OPT_STORE) ? whole->store : NULL};
}

void proposed_at(const Session *s, const Where *whole, const char *message, Buf *b)
{
    static const char begins[] = "`ops ";
    const char *from = message;
    for (const char *at; (at = strstr(from, begins));) {
        const char *command = at + strlen(begins), *end = strchr(command, '`');
        if (!end) break;
        const Where w = where_of(s, whole, command, (size_t)(end - command));
        const char *dashes = memmem(command, (size_t)(end - command), " -- ", 4), *here = dashes ? dashes : end;
        buf_add(b, from, (size_t)(here - from));
        propose_where(b, &w);
        buf_add(b, here, (size_t)(end + 1 - here));
        from = end + 1;
    }
    buf_puts(b, from);
}

void proposed_in(const Session *s, const char *message, Buf *b)
{
    const Where here = where_here(s);
    proposed_at(s, &here, message, b);
}
