/* reach_private.h -- what the answers to Lua's questions share: reach.c (which there are, and what comes with them),
 * reach_query.c (the store). */
#ifndef OPS_RUNTIME_REACH_PRIVATE_H
#define OPS_RUNTIME_REACH_PRIVATE_H

#include "runtime/reach.h"

typedef struct Asked {                 /* a question while it is answered */
    const Reach *by;
    const ScriptQuestion *q;
    Arena *arena;
    Error *err;
} Asked;

/* The argument at a place, from 0: a text. false with an error that says what is wanted: "a path". */
bool asked_text(Asked *a, uint32_t at, const char *wanted, const char **out);
/* The table of options at a place, which may be missing (NULL): with no names but these, which end with NULL. */
bool asked_options(Asked *a, uint32_t at, const char *const *names, const Record **out);
/* An option: a text; a whole number from 1 to most. Left alone where it is not given. */
bool asked_option_text(Asked *a, const Record *options, const char *name, const char **out);
bool asked_option_number(Asked *a, const Record *options, const char *name, uint64_t most, uint64_t *out);
/* What a name of a declaration may stand for: with the block's module ahead of it, else itself. */
const char *asked_own_name(Asked *a, const char *name);

/* A record of these fields. */
Value reach_record(Arena *a, const Shape *shape, const Value *fields);

Status reach_metric(Asked *a, Value *out);
Status reach_cases(Asked *a, Value *out);

#endif
