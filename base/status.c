/* status.c -- words for what went wrong, and memory that is there or ends the process.
 *
 * The rows of status.def become one table. Texts are made beside the Error and
 * then copied in, so a message may quote the very Error it replaces; what does
 * not fit is cut at a character's border, never inside one.
 */
#include "base/status.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct {
    const char *name, *meaning;
    int exit;
} rows[ST_COUNT] = {
#define STATUS(name_, exit_, meaning_) [ST_##name_] = {#name_, meaning_, exit_},
#include "base/status.def"
#undef STATUS
};

int status_exit_code(Status st)
{
    assert(st < ST_COUNT);
    return rows[st].exit;
}

const char *status_name(Status st)
{
    assert(st < ST_COUNT);
    return rows[st].name;
}

const char *status_meaning(Status st)
{
    assert(st < ST_COUNT);
    return rows[st].meaning;
}

/* ---- errors ------------------------------------------------------------------ */

/* text was cut after its last byte: takes away a character that lost its end. */
static void mend_cut(char *text)
{
    size_t n = strlen(text), lead = n;
    while (lead && n - lead < 3 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80) lead--;
    if (!lead) return;
    unsigned char c = (unsigned char)text[lead - 1];
    size_t wanted = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (c >= 0xc0 && n - (lead - 1) < wanted) text[lead - 1] = '\0';
}

/* Prints into size bytes; returns how many the text holds. */
static size_t print(char *text, size_t size, const char *format, va_list args)
{
    int n = vsnprintf(text, size, format, args);
    if (n < 0) text[0] = '\0';
    if (n >= 0 && (size_t)n >= size) mend_cut(text);
    return strlen(text);
}

Status vfail(Error *err, Status st, const char *format, va_list args)
{
    if (!err) return st;
    char text[sizeof err->text];
    size_t n = print(text, sizeof text, format, args);
    memcpy(err->text, text, n + 1);
    err->status = st;
    return st;
}

Status fail(Error *err, Status st, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfail(err, st, format, args);
    va_end(args);
    return st;
}

void error_prefix(Error *err, const char *format, ...)
{
    if (!err) return;
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    size_t n = print(text, sizeof text, format, args);
    va_end(args);
    size_t room = sizeof text - 1 - n, rest = strlen(err->text);
    bool cut = rest > room;
    memcpy(text + n, err->text, cut ? room : rest);
    text[n + (cut ? room : rest)] = '\0';
    if (cut) mend_cut(text);
    memcpy(err->text, text, strlen(text) + 1);
}

/* ---- memory ------------------------------------------------------------------ */

/* Ending here is safe: nothing has acted that the journal does not hold. Only
 * write and _exit, because nothing else may need memory now. */
_Noreturn void mem_none(void)
{
    static const char words[] =
        "ops: out of memory; what was recorded is safe, run it again when there is more\n";
    ssize_t said = write(STDERR_FILENO, words, sizeof words - 1);
    (void)said;
    _exit(70);
}

static void *there(void *p)
{
    if (!p) mem_none();
    return p;
}

/* Large pieces lie on huge pages where the system has them: else many of them cost more to fault in than
 * to use. */
static void *alloc_large(size_t n)
{
    enum { HUGE_PAGE = 2 << 20 };
    void *p = NULL;
    if (posix_memalign(&p, HUGE_PAGE, n) != 0) return NULL;
    (void)madvise(p, n, MADV_HUGEPAGE);        /* a wish */
    return p;
}

void *mem_alloc(size_t n)
{
    enum { LARGE = 4 << 20 };
    return there(n >= LARGE ? alloc_large(n) : malloc(n ? n : 1));
}

void *mem_zero(size_t count, size_t size)
{
    return there(calloc(count ? count : 1, size ? size : 1));
}

void *mem_resize(void *old, size_t n)
{
    return there(realloc(old, n ? n : 1));
}

char *mem_dup(const char *text)
{
    return there(strdup(text));
}
