/* world.h -- what the live world cannot compute for itself: the clock, and what commands, files and hosts answer.
 *
 * Where LiveOptions name no world it is the real one: the machine's clock,
 * commands under their supervisors, files. Where they name one, nothing else
 * is asked: no clock is read, no command begins, no table's file is opened.
 * Tests play in such a world (turned.h); so may rehearsals and simulations.
 */
#ifndef OPS_RUNTIME_WORLD_H
#define OPS_RUNTIME_WORLD_H

#include "runtime/engine.h"
#include "runtime/exec.h"

typedef enum WorldFile { FILE_READ, FILE_WRITE, FILE_APPEND, FILE_LIST, FILE_EXISTS } WorldFile;

typedef struct World {
    Instant (*now)(void *self);
    /* What a command of the case answers, at once. command: as it would have run, with its values in their
     * places; or, of a mail, "thanks.md to zoe@example.org". Texts of the answer lie in the arena. */
    void (*command)(void *self, const char *step, bool mail, const char *command, Arena *a, ExecResult *out);
    /* What becomes of a file that Lua asks for, by its path from the main file's folder. text: what is to be written.
     * The answer: its text, a list of names, or whether it is there. */
    Status (*file)(void *self, const char *step, WorldFile what, const char *path, const char *text, Arena *a,
                   Value *out, Error *err);
    /* What comes of a request of Lua's, "GET https://api.example.com/v1": status and body. */
    Status (*http)(void *self, const char *step, const char *request, Arena *a, int *status, const char **body,
                   Error *err);
    void *self;
} World;

#endif
