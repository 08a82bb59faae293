/* script_pack.h -- calls of Lua, and what comes of them, as bytes between ops and the process that runs it.
 *
 * Both ends are the same program, forked: numbers go as they lie in memory. What
 * comes back is not believed: the process may have been taken over by what it ran.
 */
#ifndef OPS_RUNTIME_SCRIPT_PACK_H
#define OPS_RUNTIME_SCRIPT_PACK_H

#include "runtime/script.h"

typedef struct PackedText {            /* a chunk's text goes over once, then its number stands for it */
    uint32_t id;
    bool again;                        /* it has gone over before */
} PackedText;
typedef PackedText PackText(void *self, const IrLua *text);
/* The text of a number; told is what came with it, or NULL. NULL: there is none. */
typedef const IrLua *UnpackText(void *self, uint32_t id, const IrLua *told);

typedef enum ScriptKind { SCRIPT_RUN = 1, SCRIPT_EVAL } ScriptKind;

void script_pack_call(Buf *b, Arena *scratch, ScriptKind kind, const ScriptCall *call, PackText *text, void *self);
/* The call borrows from the bytes, and lies in the arena. */
bool script_unpack_call(Arena *a, const char *bytes, size_t n, ScriptKind *kind, ScriptCall *call, UnpackText *text,
                        void *self);

typedef struct ScriptReply {
    Status status;
    const char *text;                  /* why it failed */
    const char *printed;
    const Datum *values; uint32_t values_n;        /* of a line at the prompt without names */
} ScriptReply;

/* In an answer values go under the place of their name: first what the call gives, then its variables. */
void script_pack_reply(Buf *b, const ScriptCall *call, const ScriptReply *reply);
bool script_unpack_reply(Arena *a, const char *bytes, size_t n, const ScriptCall *call, ScriptReply *reply);

#endif
