/* files.h -- the files that examples name, for tests that compile them from memory. */
#ifndef OPS_TESTS_FILES_H
#define OPS_TESTS_FILES_H

#include "lang/check.h"

#include <string.h>

/* A LoadFile; there is nothing else. */
static inline Status load_example(void *self, Arena *a, const char *path, char **text, size_t *n, Error *err)
{
    static const struct { const char *path, *text; } FILES[] = {
        {"thanks.md", "Subject: Thank you\n\nThank you!\n"},
        {"no-subject.md", "Thank you!\n"},
    };
    (void)self;
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
        if (strcmp(path, FILES[i].path) == 0) {
            *text = arena_dup(a, FILES[i].text);
            *n = strlen(*text);
            return ST_OK;
        }
    return (fail)(err, ST_NOINPUT, "there is no file %s", path);
}

#endif
