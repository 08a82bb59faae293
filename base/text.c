/* text.c -- growing texts, UTF-8, widths, near words, whole files.
 *
 * Four floors, each on the one before: bytes that grow; which bytes are
 * characters and how wide they show; which word somebody may have meant; and
 * files that are read whole or written whole.
 *
 * Almost all text is ASCII, so each walk over characters has a short way for
 * it and asks utf8proc only about the rest.
 */
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utf8proc.h>

/* ---- buffers ----------------------------------------------------------------- */

void buf_free(Buf *b)
{
    free(b->p);
    *b = (Buf){0};
}

void buf_clear(Buf *b)
{
    b->n = 0;
    if (b->p) b->p[0] = '\0';
}

const char *buf_text(const Buf *b)
{
    return b->p ? b->p : "";
}

/* Makes room for so many more bytes and the NUL. */
static void reserve(Buf *b, size_t more)
{
    if (more < b->cap - b->n) return;
    size_t wanted = b->n + more + 1, cap = b->cap ? b->cap * 2 : 64;
    if (wanted <= more) wanted = SIZE_MAX;                 /* cannot be: ends in words */
    if (cap < wanted) cap = wanted;
    b->p = mem_resize(b->p, cap);
    b->cap = cap;
}

void buf_add(Buf *b, const char *bytes, size_t n)
{
    reserve(b, n);
    if (n) memcpy(b->p + b->n, bytes, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void buf_puts(Buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_putc(Buf *b, char c)
{
    reserve(b, 1);
    b->p[b->n++] = c;
    b->p[b->n] = '\0';
}

void buf_pad(Buf *b, char c, size_t times)
{
    reserve(b, times);
    memset(b->p + b->n, c, times);
    b->n += times;
    b->p[b->n] = '\0';
}

void buf_printf(Buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    reserve(b, 60);                    /* most need no more, and no second printing */
    int n = vsnprintf(b->p + b->n, b->cap - b->n, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n >= b->cap - b->n) {
        reserve(b, (size_t)n);
        vsnprintf(b->p + b->n, b->cap - b->n, format, again);
    }
    va_end(again);
    if (n > 0) b->n += (size_t)n;
    b->p[b->n] = '\0';
}

char *buf_take(Buf *b)
{
    char *p = b->p ? b->p : mem_dup("");
    *b = (Buf){0};
    return p;
}

char *buf_dup(const Buf *b, Arena *a)
{
    return arena_dup_n(a, b->p, b->n);
}

/* ---- UTF-8 ------------------------------------------------------------------- */

/* Length of the valid character at p (n > 0 bytes are there), or 0. What may stand
 * second depends on the first: no overlong forms, no surrogates, none beyond U+10FFFF.
 * (Unicode 15, table 3-7.) */
static size_t character(const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    if (p[0] < 0x80) return p[0] != 0;
    size_t need = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    if (!need || n < need) return 0;
    unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < need; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    return need;
}

/* True where eight bytes are all ASCII and none is NUL. */
static bool eight_plain(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    uint64_t high = UINT64_C(0x8080808080808080);
    return !(word & high) && ((word + ~high) & high) == high;
}

size_t utf8_encode(uint32_t code, char out[4])
{
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; code >>= 6) out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(leads[n] | code);
    return n;
}

size_t utf8_check(const char *bytes, size_t n)
{
    size_t i = 0;
    while (i < n) {
        if (n - i >= 8 && eight_plain(bytes + i)) {
            i += 8;
            continue;
        }
        size_t step = character(bytes + i, n - i);
        if (!step) return i;
        i += step;
    }
    return n;
}

/* The character at p and its length; a byte that begins none is code -1, length 1. */
static size_t decode(const char *p, size_t n, utf8proc_int32_t *code)
{
    if ((unsigned char)p[0] < 0x80) {
        *code = p[0];
        return 1;
    }
    size_t step = character(p, n);
    *code = -1;
    if (step) utf8proc_iterate((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)step, code);
    return step ? step : 1;
}

static size_t columns_of(utf8proc_int32_t code)
{
    if (code < 0) return 1;            /* a terminal shows one sign for it */
    if (code < 0x7f) return code >= 0x20;
    int width = utf8proc_charwidth(code);
    return width > 0 ? (size_t)width : 0;
}

size_t text_fit(const char *bytes, size_t n, size_t columns)
{
    size_t i = 0, width = 0;
    while (i < n) {
        utf8proc_int32_t code;
        size_t step = decode(bytes + i, n - i, &code), wide = columns_of(code);
        if (width + wide > columns) break;
        width += wide;
        i += step;
    }
    return i;
}

size_t text_width(const char *bytes, size_t n)
{
    size_t width = 0;
    for (size_t i = 0; i < n;) {
        utf8proc_int32_t code;
        i += decode(bytes + i, n - i, &code);
        width += columns_of(code);
    }
    return width;
}

static char *mapped(Arena *a, const char *text, utf8proc_int32_t (*map)(utf8proc_int32_t))
{
    Buf b = {0};
    for (size_t n = strlen(text), i = 0; i < n;) {
        utf8proc_int32_t code;
        utf8proc_uint8_t out[4];
        size_t step = decode(text + i, n - i, &code);
        if (code < 0) buf_putc(&b, text[i]);
        else buf_add(&b, (const char *)out, (size_t)utf8proc_encode_char(map(code), out));
        i += step;
    }
    char *result = buf_dup(&b, a);
    buf_free(&b);
    return result;
}

char *text_lower(Arena *a, const char *text)
{
    return mapped(a, text, utf8proc_tolower);
}

char *text_upper(Arena *a, const char *text)
{
    return mapped(a, text, utf8proc_toupper);
}

bool text_is_blank(const char *text)
{
    return !text[strspn(text, " \t\r\n")];
}

size_t text_space(const char *bytes, size_t n)
{
    utf8proc_int32_t code;
    size_t step = decode(bytes, n, &code);
    bool blank = (code >= '\t' && code <= '\r') || code == 0x85;
    if (!blank && code > 0) {
        utf8proc_category_t category = utf8proc_category(code);
        blank = category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP;
    }
    return blank ? step : 0;
}

char *text_slug(Arena *a, const char *text)
{
    const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                  UTF8PROC_STRIPMARK;
    utf8proc_uint8_t *plain = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)strlen(text), &plain, how);
    Buf b = {0};
    bool apart = false;
    if (n == UTF8PROC_ERROR_NOMEM) mem_none();
    for (size_t i = 0, step; n > 0 && i < (size_t)n; i += step) {
        utf8proc_int32_t code;
        step = decode((const char *)plain + i, (size_t)n - i, &code);
        utf8proc_category_t category = code < 0 ? UTF8PROC_CATEGORY_CN : utf8proc_category(code);
        bool stays = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
        if (stays && apart && b.n) buf_putc(&b, '-');
        if (stays) buf_add(&b, (const char *)plain + i, step);
        apart = !stays;
    }
    free(plain);
    char *result = buf_dup(&b, a);
    buf_free(&b);
    return result;
}

uint32_t text_length(const char *text)
{
    uint32_t n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* Characters that act on a terminal instead of showing: C0, DEL, C1, Unicode's line ends,
 * and those that turn the direction of what follows, so that one text looks like another. */
static bool acts(utf8proc_int32_t code)
{
    if (code < 0x20) return code != '\t' && code != '\n';
    if (code < 0xa0) return code >= 0x7f;
    return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

void buf_shell_word(Buf *b, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+,-";
    if (*text && !text[strspn(text, plain)]) {
        buf_puts(b, text);
        return;
    }
    buf_putc(b, '\'');
    for (const char *p = text; *p; p++) buf_puts(b, *p == '\'' ? "'\\''" : (const char[]){*p, '\0'});
    buf_putc(b, '\'');
}

void buf_visible(Buf *b, const char *bytes, size_t n)
{
    size_t from = 0;
    for (size_t i = 0, step; i < n; i += step) {
        utf8proc_int32_t code;
        step = decode(bytes + i, n - i, &code);
        if (!acts(code)) continue;     /* code -1, a byte that is no character, acts too */
        buf_add(b, bytes + from, i - from);
        for (size_t k = 0; k < step; k++) buf_printf(b, "\\x%02x", (unsigned char)bytes[i + k]);
        from = i + step;
    }
    buf_add(b, n ? bytes + from : "", n - from);
}

void buf_show(Buf *b, const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0) mem_none();
    buf_visible(b, text, (size_t)n);
    free(text);
}

/* ---- near words -------------------------------------------------------------- */

/* No name is longer; a longer word has no near ones. */
enum { LONGEST = 200, FURTHEST = 3 };

typedef utf8proc_int32_t Letter;

/* The characters of a text; out has room for strlen(text) of them. */
static size_t letters(Letter *out, const char *text, bool lower)
{
    size_t count = 0;
    for (size_t n = strlen(text), i = 0; i < n; count++) {
        i += decode(text + i, n - i, &out[count]);
        if (lower && out[count] >= 0) out[count] = utf8proc_tolower(out[count]);
    }
    return count;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The distance of a (n letters) and b (m, at least 1). rows has room for 3 * (m + 1).
 * Row i says what it costs to make the first i of a into the first j of b; only three
 * rows are ever looked at. */
static unsigned align(const Letter *a, size_t n, const Letter *b, size_t m, unsigned limit, unsigned *rows)
{
    unsigned *before = rows, *last = rows + m + 1, *now = rows + 2 * (m + 1);
    for (size_t j = 0; j <= m; j++) last[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned lowest = now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned d = last[j - 1] + (a[i - 1] != b[j - 1]);
            d = least(d, least(last[j], now[j - 1]) + 1);
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) d = least(d, before[j - 2] + 1);
            now[j] = d;
            lowest = least(lowest, d);
        }
        /* A row's lowest is at most one more than the row's before, so no swap reaching
         * back over this row can come below the limit again. */
        if (lowest > limit) return limit + 1;
        unsigned *free_row = before;
        before = last, last = now, now = free_row;
    }
    return last[m] > limit ? limit + 1 : last[m];
}

/* What stands the same at both ends costs nothing and is left out. */
static unsigned distance(const Letter *a, size_t n, const Letter *b, size_t m, unsigned limit, unsigned *rows)
{
    while (n && m && a[n - 1] == b[m - 1]) n--, m--;
    while (n && m && a[0] == b[0]) a++, b++, n--, m--;
    size_t apart = n > m ? n - m : m - n;
    if (apart > limit) return limit + 1;
    return n && m ? align(a, n, b, m, limit, rows) : (unsigned)apart;
}

unsigned text_distance(const char *a, const char *b, unsigned limit)
{
    size_t a_n = strlen(a), b_n = strlen(b);
    Letter *as = mem_alloc((a_n + b_n) * sizeof *as), *bs = as + a_n;
    unsigned *rows = mem_alloc(3 * (b_n + 1) * sizeof *rows);
    size_t n = letters(as, a, false), m = letters(bs, b, false);
    unsigned d = distance(as, n, bs, m, limit, rows);
    free(rows);
    free(as);
    return d;
}

/* Twice the distance of two words without their case, and one more where the case
 * counts too; more than 2 * limit where they are not near. */
static unsigned slip(const char *word, size_t length, const char *candidate, unsigned limit)
{
    Letter a[4 * LONGEST], b[4 * (LONGEST + FURTHEST)];
    unsigned rows[3 * (LONGEST + FURTHEST + 1)];
    size_t there = text_length(candidate);
    if (there > length + limit || length > there + limit) return 2 * limit + 1;
    if (strlen(candidate) > sizeof b / sizeof *b) return 2 * limit + 1;   /* not UTF-8 */
    size_t n = letters(a, word, true), m = letters(b, candidate, true);
    if (m > LONGEST + FURTHEST) return 2 * limit + 1;
    unsigned d = distance(a, n, b, m, limit, rows);
    if (d > limit) return 2 * limit + 1;
    n = letters(a, word, false), m = letters(b, candidate, false);
    return 2 * d + (distance(a, n, b, m, d, rows) > d);
}

const char *text_nearest(const char *word, const char *const *candidates, size_t n)
{
    size_t length = text_length(word);
    if (length > LONGEST || strlen(word) > 4 * LONGEST) return NULL;
    unsigned limit = length < 2 ? 0 : length <= 4 ? 1 : length <= 8 ? 2 : FURTHEST, best = 2 * limit + 1;
    const char *found = NULL;
    for (size_t i = 0; i < n && best > 0; i++) {
        unsigned d = slip(word, length, candidates[i], limit);
        if (d < best) best = d, found = candidates[i];
    }
    return found;
}

const char *text_did_you_mean(Arena *a, const char *word, const char *const *candidates, size_t n)
{
    const char *near = text_nearest(word, candidates, n);
    return near ? arena_printf(a, ": did you mean %s?", near) : "";
}

/* ---- whole files ------------------------------------------------------------- */

/* Reads to the end: in the arena, in one piece where the size is known beforehand. */
static Status read_all(Arena *a, int fd, size_t expected, size_t most, char **bytes, size_t *n)
{
    size_t cap = expected < most ? expected : most, got = 0;
    char *p = arena_alloc(a, cap + 1);
    for (;;) {
        /* The one byte more that is asked for tells the end from a file that goes on. */
        ssize_t more = read(fd, p + got, cap + 1 - got);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return ST_IO;
        if (more == 0) break;
        got += (size_t)more;
        if (got > most) return ST_VALUE;
        if (got <= cap) continue;
        size_t larger = cap < 1 << 16 ? 1 << 16 : cap * 2;
        p = arena_grow(a, p, cap + 1, larger + 1);
        cap = larger;
    }
    p[got] = '\0';
    *bytes = p;
    *n = got;
    return ST_OK;
}

static Status too_large(Error *err, const char *shown, size_t most)
{
    if (most >> 20)
        return fail(err, ST_VALUE, "%s is too large: at most %zu MB are read; split it", shown, most >> 20);
    return fail(err, ST_VALUE, "%s is too large: at most %zu bytes are read; split it", shown, most);
}

Status text_read_file(Arena *a, const char *path, size_t limit, char **bytes, size_t *n, Error *err)
{
    bool standard = strcmp(path, "-") == 0;
    const char *shown = standard ? "standard input" : path;
    size_t most = limit ? limit : (size_t)1 << 30;
    int fd = standard ? STDIN_FILENO : TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC));
    if (fd < 0) return fail(err, ST_NOINPUT, "cannot read %s: %s", shown, strerror(errno));
    struct stat is;
    Status st = ST_OK;
    if (fstat(fd, &is) != 0) {
        st = fail(err, ST_IO, "cannot read %s: %s", shown, strerror(errno));
    } else if (S_ISDIR(is.st_mode)) {
        st = fail(err, ST_NOINPUT, "cannot read %s: it is a folder, and a file is wanted", shown);
    } else if (S_ISREG(is.st_mode) && !standard && (uint64_t)is.st_size > most) {
        st = too_large(err, shown, most);
    } else {
        st = read_all(a, fd, S_ISREG(is.st_mode) ? (size_t)is.st_size : 0, most, bytes, n);
        if (st == ST_IO) fail(err, st, "reading %s: %s", shown, strerror(errno));
        if (st == ST_VALUE) too_large(err, shown, most);
    }
    if (!standard) close(fd);
    return st;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t put = write(fd, bytes, n);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return false;
        bytes += put, n -= (size_t)put;
    }
    return true;
}

/* A terminal, a pipe, /dev/null: there is nothing to put in its place. */
static Status write_through(const char *path, const char *bytes, size_t n, Error *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return fail(err, ST_CANTCREATE, "cannot write %s: %s", path, strerror(errno));
    bool ok = write_all(fd, bytes, n);
    int why = errno;
    if (close(fd) != 0 && ok) ok = false, why = errno;
    return ok ? ST_OK : fail(err, ST_CANTCREATE, "cannot write %s: %s", path, strerror(why));
}

/* A new file in path's folder, named in b; -1 with errno where none can be made. The mode
 * is 0666 less the umask, as for any new file. The name is short, so that path's may be long. */
static int temporary_beside(const char *path, Buf *b)
{
    const char *slash = strrchr(path, '/');
    int fd = -1;
    for (unsigned i = 0; i < 1000; i++) {
        buf_clear(b);
        buf_add(b, path, slash ? (size_t)(slash + 1 - path) : 0);
        buf_printf(b, ".ops-%ld-%u.new", (long)getpid(), i);
        fd = TEMP_FAILURE_RETRY(open(b->p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
        if (fd >= 0 || errno != EEXIST) break;
    }
    return fd;
}

/* Makes the rename last. Some file systems cannot sync a folder, and say EINVAL. */
static bool sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    Buf folder = {0};
    buf_add(&folder, slash ? path : ".", !slash || slash == path ? 1 : (size_t)(slash - path));
    int fd = open(folder.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Who may write there but not read has no way to ask for it. */
    bool ok = fd < 0 ? errno == EACCES : fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP;
    int why = errno;
    if (fd >= 0) close(fd);
    buf_free(&folder);
    errno = why;
    return ok;
}

/* path is no link. mode: what the old file had, or -1 where there was none. */
static Status replace(const char *path, long mode, const char *bytes, size_t n, Error *err)
{
    Buf temporary = {0};
    Status st = ST_OK;
    int fd = temporary_beside(path, &temporary);
    if (fd < 0) {
        st = fail(err, ST_CANTCREATE, "cannot write %s: %s", path, strerror(errno));
        goto done;
    }
    bool ok = (mode < 0 || fchmod(fd, (mode_t)mode) == 0) && write_all(fd, bytes, n) && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && ok) ok = false, why = errno;
    if (ok && TEMP_FAILURE_RETRY(rename(temporary.p, path)) != 0) ok = false, why = errno;
    if (!ok) {
        unlink(temporary.p);
        st = fail(err, ST_CANTCREATE, "cannot write %s: %s", path, strerror(why));
        goto done;
    }
    if (!sync_folder_of(path))
        st = fail(err, ST_IO, "%s is written, but a loss of power may undo it: %s", path, strerror(errno));
done:
    buf_free(&temporary);
    return st;
}

Status text_write_file(const char *path, const char *bytes, size_t n, Error *err)
{
    struct stat is;
    if (stat(path, &is) != 0) {
        if (errno != ENOENT) return fail(err, ST_CANTCREATE, "cannot write %s: %s", path, strerror(errno));
        return replace(path, -1, bytes, n, err);
    }
    if (S_ISDIR(is.st_mode))
        return fail(err, ST_CANTCREATE, "cannot write %s: it is a folder, and a file is wanted", path);
    if (!S_ISREG(is.st_mode)) return write_through(path, bytes, n, err);
    /* Through a link the file is replaced, not the link. */
    char *real = realpath(path, NULL);
    if (!real) return fail(err, ST_CANTCREATE, "cannot write %s: %s", path, strerror(errno));
    Status st = replace(real, (long)(is.st_mode & 07777), bytes, n, err);
    free(real);
    return st;
}
