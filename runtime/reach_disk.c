/* reach_disk.c -- files for Lua, as they lie there.
 *
 * The way to a file is gone folder by folder, each opened in the one before it
 * and none of them a link: whoever puts a link in the way meanwhile stops it,
 * and leads it nowhere. What is opened at last is an ordinary file. A file that
 * is written is there as it was or as it shall be, never in between.
 */
#include "runtime/reach_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Disk {
    const char *path;                  /* the whole, for people */
    int folder;                        /* in which the last part lies; -1: not yet */
    const char *name;                  /* that part; "" for the folder itself */
    Arena *arena;
    Error *err;
} Disk;

static Status trouble(const Disk *d, const char *what)
{
    return fail(d->err, ST_FAILED, "%s: %s", d->path, what);
}

/* Why a part of the way could not be gone. */
static Status lost_way(const Disk *d, int in, const char *name)
{
    struct stat is;
    int why = errno;
    if (fstatat(in, name, &is, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(is.st_mode))
        return fail(d->err, ST_FAILED, "%s: %s is a link, and none is followed", d->path, name);
    if (why == ENXIO) return trouble(d, "it is no ordinary file");         /* a pipe that nobody reads */
    if (why != ENOENT && why != ENOTDIR) return trouble(d, strerror(why));
    return fail(d->err, ST_NOTFOUND, "%s: there is no such file", d->path);
}

/* ---- the way --------------------------------------------------------------------------------------- */

static int enter(int in, const char *name, bool make)
{
    enum { HOW = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };
    int fd = openat(in, name, HOW);
    if (fd < 0 && errno == ENOENT && make && (mkdirat(in, name, 0777) == 0 || errno == EEXIST))
        fd = openat(in, name, HOW);
    return fd;
}

/* From the folder of the program to that of the file; make: folders that are missing. */
static Status go(Disk *d, const char *from, bool make)
{
    char *rest = arena_dup(d->arena, d->path), *slash;
    d->folder = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->folder < 0) return fail(d->err, ST_FAILED, "the folder of the program: %s", strerror(errno));
    while ((slash = strchr(rest, '/'))) {
        *slash = '\0';
        int next = enter(d->folder, rest, make);
        if (next < 0) return lost_way(d, d->folder, rest);
        close(d->folder);
        d->folder = next;
        rest = slash + 1;
    }
    d->name = rest;
    return ST_OK;
}

/* A thing that is no file must not be waited for: a pipe would have the block hang. */
static Status open_file(const Disk *d, int how, int *out, struct stat *is)
{
    *out = openat(d->folder, d->name, how | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (*out < 0) return lost_way(d, d->folder, d->name);
    if (fstat(*out, is) == 0 && S_ISREG(is->st_mode)) return ST_OK;
    close(*out);
    *out = -1;
    return trouble(d, S_ISDIR(is->st_mode) ? "it is a folder" : "it is no ordinary file");
}

/* ---- reading ----------------------------------------------------------------------------------------- */

static Status read_all(const Disk *d, int fd, size_t n, Value *out)
{
    char *bytes = arena_alloc(d->arena, n + 1);
    size_t done = 0;
    for (ssize_t got = 1; done < n && got > 0;) {
        got = read(fd, bytes + done, n - done);
        if (got < 0 && errno == EINTR) got = 1;
        else if (got < 0) return trouble(d, strerror(errno));
        else done += (size_t)got;
    }
    bytes[done] = '\0';
    size_t good = utf8_check(bytes, done);
    if (good < done)
        return fail(d->err, ST_FAILED, "%s: it is no text: byte %zu is not UTF-8, or is a NUL", d->path, good + 1);
    *out = value_text_n(bytes, done);
    return ST_OK;
}

static Status read_file(const Disk *d, Value *out)
{
    struct stat is;
    int fd;
    Status st = open_file(d, O_RDONLY, &fd, &is);
    if (st != ST_OK) return st;
    if (is.st_size > FILE_READ_MOST) st = trouble(d, "it is larger than 4 MB");
    else st = read_all(d, fd, (size_t)is.st_size, out);
    close(fd);
    return st;
}

static Status is_there(const Disk *d, Value *out)
{
    struct stat is;
    int found = *d->name ? fstatat(d->folder, d->name, &is, AT_SYMLINK_NOFOLLOW) : 0;
    *out = value_boolean(found == 0);
    if (found != 0 && errno != ENOENT) return trouble(d, strerror(errno));
    return found == 0 && *d->name && S_ISLNK(is.st_mode) ? lost_way(d, d->folder, d->name) : ST_OK;
}

/* ---- a folder's names ------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
    return strcmp(((const Value *)a)->text, ((const Value *)b)->text);
}

static bool is_folder(int in, const struct dirent *e)
{
    struct stat is;
    if (e->d_type != DT_UNKNOWN) return e->d_type == DT_DIR;
    return fstatat(in, e->d_name, &is, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(is.st_mode);
}

static Status list_names(const Disk *d, DIR *dir, Value *out)
{
    VEC(Value) names = {0};
    for (const struct dirent *e; (e = readdir(dir));) {
        size_t n = strlen(e->d_name);
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, ".ops") == 0) continue;
        if (names.n == FILE_NAMES_MOST) return trouble(d, "it holds more than 10,000 names");
        if (utf8_check(e->d_name, n) < n) return trouble(d, "it holds a name that is not UTF-8");
        const char *mark = is_folder(dirfd(dir), e) ? "/" : "";
        *VEC_PUSH(d->arena, &names) = value_text(arena_printf(d->arena, "%s%s", e->d_name, mark));
    }
    if (names.n) qsort(names.items, names.n, sizeof *names.items, by_text);
    *out = value_list(names.items, names.n);
    return ST_OK;
}

static Status list_folder(const Disk *d, Value *out)
{
    int fd = enter(d->folder, *d->name ? d->name : ".", false);
    if (fd < 0) return lost_way(d, d->folder, *d->name ? d->name : ".");
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return trouble(d, strerror(errno));
    }
    Status st = list_names(d, dir, out);
    closedir(dir);
    return st;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *text, size_t n)
{
    while (n) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return false;
        text += done, n -= (size_t)done;
    }
    return fsync(fd) == 0;
}

/* What is replaced is an ordinary file, or nothing; it keeps its mode. */
static Status look_at_target(const Disk *d, mode_t *mode)
{
    struct stat is;
    *mode = 0;
    if (fstatat(d->folder, d->name, &is, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? ST_OK : trouble(d, strerror(errno));
    if (S_ISLNK(is.st_mode)) return lost_way(d, d->folder, d->name);
    if (!S_ISREG(is.st_mode)) return trouble(d, S_ISDIR(is.st_mode) ? "it is a folder" : "it is no ordinary file");
    *mode = is.st_mode & 0777;
    return ST_OK;
}

static Status write_file(const Disk *d, const char *text)
{
    mode_t mode;
    Status st = look_at_target(d, &mode);
    if (st != ST_OK) return st;
    const char *draft = arena_printf(d->arena, ".ops-%d-%llx.new", (int)getpid(), (unsigned long long)clock_ticks());
    int fd = openat(d->folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) return trouble(d, strerror(errno));
    bool ok = write_all(fd, text, strlen(text)) && (!mode || fchmod(fd, mode) == 0);
    ok = ok && renameat(d->folder, draft, d->folder, d->name) == 0;
    if (!ok) st = trouble(d, strerror(errno));
    if (!ok) unlinkat(d->folder, draft, 0);
    close(fd);
    if (ok && fsync(d->folder) != 0 && errno != EINVAL) return trouble(d, strerror(errno));
    return st;
}

/* What could be added in part alone is taken back. */
static Status append_file(const Disk *d, const char *text)
{
    struct stat is;
    int fd;
    Status st = open_file(d, O_WRONLY | O_APPEND | O_CREAT, &fd, &is);
    if (st != ST_OK) return st;
    if (is.st_size + (off_t)strlen(text) > FILE_GROWN_MOST) {
        st = trouble(d, "it would grow beyond 64 MB");
    } else if (!write_all(fd, text, strlen(text))) {
        st = trouble(d, strerror(errno));
        if (ftruncate(fd, is.st_size) != 0) st = trouble(d, "a part was added, and could not be taken back");
    }
    close(fd);
    return st;
}

static Status at_the_end(const Disk *d, WorldFile what, const char *text, Value *out)
{
    switch (what) {
    case FILE_READ: return read_file(d, out);
    case FILE_WRITE: return write_file(d, text);
    case FILE_APPEND: return append_file(d, text);
    case FILE_LIST: return list_folder(d, out);
    case FILE_EXISTS: return is_there(d, out);
    }
    return fail(d->err, ST_INTERNAL, "a file is asked for something unknown: %d", (int)what);
}

Status disk_file(const char *folder, WorldFile what, const char *path, const char *text, Arena *a, Value *out,
                 Error *err)
{
    Disk d = {.path = path, .folder = -1, .arena = a, .err = err};
    Status st = go(&d, folder, what == FILE_WRITE || what == FILE_APPEND);
    *out = VALUE_NONE;
    if (st == ST_OK) st = at_the_end(&d, what, text, out);
    if (st == ST_NOTFOUND && what == FILE_EXISTS) *out = value_boolean(false), st = ST_OK;
    if (d.folder >= 0) close(d.folder);
    return st;
}
