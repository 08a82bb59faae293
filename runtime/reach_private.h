/* reach_private.h -- what the answers to Lua's questions share: reach.c (which there are, and what comes with them),
 * reach_query.c (the store), reach_file.c (files: which), reach_disk.c (files: how), reach_http.c (requests),
 * reach_mail.c,
 * reach_record.c (what was done already). */
#ifndef OPS_RUNTIME_REACH_PRIVATE_H
#define OPS_RUNTIME_REACH_PRIVATE_H

#include "runtime/reach.h"

typedef struct Asked {                 /* a question while it is answered */
    Reach *by;
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
/* Does the program allow this to the block's module, and to all that use it? fits: is this line about it? If not, an
 * error says what to write: allow HINT; folder: in which the file lies that is to say so. */
typedef bool AllowFits(const void *what, const IrAllow *allow);
typedef const char *AllowHint(Arena *a, const void *what, const char *folder);
bool asked_allowed(Asked *a, AllowFits *fits, AllowHint *hint, const void *what);
/* All lines that are for the block: those of each module that is to allow it, behind a NULL. */
typedef void AllowVisit(void *self, const IrAllow *allow);
void asked_lines(Asked *a, AllowVisit *visit, void *self);
/* Runs a command, or work, and reads what comes of it; ST_LATER: it comes to reach_came. */
typedef Status AskedRead(Asked *a, const ExecResult *r, Value *out);
Status asked_run(Asked *a, const ExecCall *call, AskedRead *read, Value *out);
/* The file of the program in which the block stands. */
const IrUse *asked_module(const Asked *a);
/* What a name of a declaration may stand for: with the block's module ahead of it, else itself. */
const char *asked_own_name(Asked *a, const char *name);

/* A record of these fields. */
Value reach_record(Arena *a, const Shape *shape, const Value *fields);

Status reach_metric(Asked *a, Value *out);
Status reach_cases(Asked *a, Value *out);
Status reach_read(Asked *a, Value *out);
Status reach_write(Asked *a, Value *out);
Status reach_append(Asked *a, Value *out);
Status reach_list(Asked *a, Value *out);
Status reach_exists(Asked *a, Value *out);
Status reach_http(Asked *a, Value *out);
Status reach_mail(Asked *a, Value *out);

/* reach_record.c: does what was found to be allowed, or finds what came of it when it was done before. What came later
 * is recorded by reach_came. */
typedef Status Does(Asked *a, const void *what, Value *out);
Status reach_once(Asked *a, Does *does, const void *what, Value *out);

/* reach_disk.c: the same of real files, below a folder. No link is followed, whoever changes what lies there. */
Status disk_file(const char *folder, WorldFile what, const char *path, const char *text, Arena *a, Value *out,
                 Error *err) MUST_CHECK;
enum { FILE_READ_MOST = 4 << 20, FILE_WRITTEN_MOST = 16 << 20, FILE_GROWN_MOST = 64 << 20, FILE_NAMES_MOST = 10000 };

#endif
