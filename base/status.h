/* status.h -- how a call went, and what to tell a person when it did not.
 *
 * Three kinds of trouble have three voices. A mistake in a .ops file is a Diag
 * (diag.h). A failure of the world is a Status, with an Error that says what
 * was tried, on what, and why it failed. A mistake of ours is an assert.
 *
 * Memory: an allocation that fails ends the process with a message and exit 70
 * (mem_* below). That is safe because a process that ends at any instant is
 * safe: nothing acts before the journal has it.
 */
#ifndef OPS_BASE_STATUS_H
#define OPS_BASE_STATUS_H

#include <stdarg.h>
#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text_, first_) __attribute__((format(printf, text_, first_)))

typedef enum Status {
#define STATUS(name, exit, meaning) ST_##name,
#include "base/status.def"
#undef STATUS
    ST_COUNT
} Status;

/* What a person is told. Always a whole sentence part: what was tried, what was
 * found, what was wanted. Longer texts are cut at a character's border. */
typedef struct Error {
    Status status;
    char text[1000];
} Error;

/* Fills err (which may be NULL) and returns st, so callers write
 * `return fail(err, ST_IO, "reading %s: %s", path, strerror(errno));` */
Status fail(Error *err, Status st, const char *format, ...) PRINTF_LIKE(3, 4);
Status vfail(Error *err, Status st, const char *format, va_list args);

/* Puts words in front of what err already says ("case 17: " + ...). */
void error_prefix(Error *err, const char *format, ...) PRINTF_LIKE(2, 3);

int status_exit_code(Status st);         /* a sysexits code, see status.def */
const char *status_name(Status st);      /* "IO" */
const char *status_meaning(Status st);

/* malloc, calloc, realloc and strdup that never return NULL. Free with free(). */
_Noreturn void mem_none(void);         /* what they do then; for memory that others were to find */
void *mem_alloc(size_t n) MUST_CHECK;
void *mem_zero(size_t count, size_t size) MUST_CHECK;
void *mem_resize(void *old, size_t n) MUST_CHECK;
char *mem_dup(const char *text) MUST_CHECK;

#endif
