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

/* What the two ends remember of each other. */
typedef struct PackPeer {
    PackedText (*text)(void *self, const IrLua *text);
    /* Are the program's calendars those that went over last? */
    bool (*calendars)(void *self, const char *bytes, size_t n);
    void *self;
} PackPeer;

typedef struct UnpackPeer {
    /* The text of a number; told is what came with it, or NULL. NULL: there is none. */
    const IrLua *(*text)(void *self, uint32_t id, const IrLua *told);
    /* A program that has these calendars; bytes NULL: those that came last. NULL: there are none, or they are none. */
    const IrProgram *(*calendars)(void *self, const char *bytes, size_t n);
    void *self;
} UnpackPeer;

/* What a message is: a call, many calls or an answer goes there; a question, or the reply, comes back. */
typedef enum ScriptKind {
    SCRIPT_RUN = 1, SCRIPT_EVAL, SCRIPT_MANY, SCRIPT_ANSWER, SCRIPT_QUESTION, SCRIPT_REPLY
} ScriptKind;

/* 0: the message is empty. */
ScriptKind script_kind(const char *bytes, size_t n);

void script_pack_call(Buf *b, Arena *scratch, ScriptKind kind, const ScriptCall *call, const PackPeer *peer);
/* The call borrows from the bytes, and lies in the arena. */
bool script_unpack_call(Arena *a, const char *bytes, size_t n, ScriptKind *kind, ScriptCall *call,
                        const UnpackPeer *peer);

/* script_calendars.c: a program's calendars. Read, they lie in the arena; NULL: the bytes are none. */
void calendars_pack(Buf *b, Arena *scratch, const IrProgram *p);
const IrProgram *calendars_unpack(Arena *a, const char *bytes, size_t n);

typedef struct ScriptReply {
    Status status;
    const char *text;                  /* why it failed */
    const char *printed;
    const Datum *values; uint32_t values_n;        /* of a line at the prompt without names */
} ScriptReply;

/* In an answer values go under the place of their name: first what the call gives, then its variables. */
void script_pack_reply(Buf *b, const ScriptCall *call, const ScriptReply *reply);
bool script_unpack_reply(Arena *a, const char *bytes, size_t n, const ScriptCall *call, ScriptReply *reply);

void script_pack_question(Buf *b, const ScriptQuestion *q);
bool script_unpack_question(Arena *a, const char *bytes, size_t n, ScriptQuestion *q);
/* text: NULL, or why there is no answer. late: microseconds by which the block's time grows. */
void script_pack_answer(Buf *b, const char *text, const Value *answer, int64_t late);
bool script_unpack_answer(Arena *a, const char *bytes, size_t n, const char **text, Value *answer, int64_t *late);

#endif
