/* secrets.h -- values that the environment holds and nobody may see.
 *
 * Lua reads them by name, commands as the environment's variable where their
 * text names it. Whatever a machine step gives back is gone through for them
 * before anything is kept or shown: as they are, and as base64 (in lines, too),
 * URLs, hex and JSON write them, whatever of it these escape. What is shorter than 6 bytes could not be told from other
 * text, so nobody gets it.
 */
#ifndef OPS_RUNTIME_SECRETS_H
#define OPS_RUNTIME_SECRETS_H

#include "base/value.h"
#include "lang/ir.h"

typedef struct Secrets Secrets;

/* Of a program; NULL where it has none, which all below take. real: the environment's; else stand-ins that need no
 * hiding. */
Secrets *secrets_new(const IrProgram *p, bool real);
void secrets_free(Secrets *s);

/* What a process (NULL: none) means by the name: *value, or NULL where it is no secret. ST_FAILED: the environment does
 * not hold it, or too short a one. */
Status secrets_get(const Secrets *s, const char *process, const char *name, const char **value, Error *err) MUST_CHECK;

/* How many there are, and how Lua calls the i-th: without the module that declares it. */
uint32_t secrets_count(const Secrets *s);
const char *secrets_name(const Secrets *s, uint32_t i);

typedef VEC(const char *) EnvVec;
/* Adds "NAME=value" for each whose variable stands in the command. */
Status secrets_env(const Secrets *s, Arena *a, const char *command, EnvVec *env, Error *err) MUST_CHECK;

/* The text without them: itself where it holds none. *n: its length, in and out. */
const char *secrets_hide(const Secrets *s, Arena *a, const char *text, size_t *n);
/* The same where the bytes at `cut` stood apart: what is left there of one that was cut goes, too. */
const char *secrets_hide_cut(const Secrets *s, Arena *a, const char *text, size_t *n, size_t cut);
Value secrets_hide_value(const Secrets *s, Arena *a, const Value *v);
void secrets_hide_error(const Secrets *s, Error *err);

#endif
