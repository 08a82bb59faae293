/* reach_file.c -- files for Lua: which of them a block may have.
 *
 * A path begins where its file of the program lies. It has no way up and goes
 * along no link, so what it says is where it leads; and that is what `allow`
 * is compared with. How a file is reached without a race: reach_disk.c.
 */
#include "runtime/reach_private.h"
#include "runtime/rows.h"

#include <stdlib.h>
#include <string.h>

/* ---- paths ------------------------------------------------------------------------------------ */

enum { LONGEST = 400 };                /* bytes of a path: it stands in messages */

static bool is_part(const char *part, size_t n, const char *name)
{
    return strlen(name) == n && strncmp(part, name, n) == 0;
}

/* The path with each of its parts once; NULL and an error where it is none that a block may say. folder: ".", too. */
static const char *parts_of(Asked *a, const char *path, bool folder)
{
    Buf b = {0};
    const char *wrong = path[0] == '/' ? "is absolute: a path begins in the folder of the program" : NULL;
    if (strlen(path) > LONGEST) {
        fail(a->err, ST_FAILED, "a path has at most 400 bytes");
        return NULL;
    }
    for (const char *p = path; *p && !wrong;) {
        size_t n = strcspn(p, "/");
        if (is_part(p, n, "..")) wrong = "leads up: a path goes down from the folder of the program";
        if (is_part(p, n, ".ops")) wrong = "is the store's";
        if (n && !is_part(p, n, ".")) buf_printf(&b, "%s%.*s", b.n ? "/" : "", (int)n, p);
        p += n + (p[n] == '/');
    }
    if (!wrong && !b.n && !folder) wrong = "names no file";
    if (wrong) fail(a->err, ST_FAILED, "`%s` %s", path, wrong);
    const char *parts = wrong ? NULL : buf_dup(&b, a->arena);
    buf_free(&b);
    return parts;
}

typedef struct Wanted { const char *path; bool read, write; } Wanted;

/* Is it what the line names, or below that? */
static bool is_below(const void *what, const IrAllow *allow)
{
    const Wanted *wanted = what;
    const char *path = wanted->path, *of = allow->what;
    if (allow->kind != ALLOW_FILE || (wanted->read && !allow->read) || (wanted->write && !allow->write)) return false;
    while (*of) {
        size_t n = strcspn(of, "/"), m = strcspn(path, "/");
        bool nothing = n == 0 || is_part(of, n, ".");
        if (!nothing && (n != m || strncmp(of, path, n) != 0)) return false;
        if (!nothing) path += m + (path[m] == '/');
        of += n + (of[n] == '/');
    }
    return true;
}

/* In the words of the file that is to allow it: its paths begin where it lies. */
static const char *line_for(Arena *a, const void *what, const char *folder)
{
    const Wanted *wanted = what;
    const char *path = wanted->path;
    size_t n = strlen(folder);
    if (n && strncmp(path, folder, n) == 0 && path[n] == '/') path += n + 1;
    return arena_printf(a, "file \"%s\" %s", *path ? path : ".", wanted->write ? "write" : "read");
}

/* From the main file's folder, whichever file of the program says it; NULL with an error. */
static const char *allowed_path(Asked *a, WorldFile what)
{
    const char *said, *parts, *folder = asked_module(a)->folder;
    bool writes = what == FILE_WRITE || what == FILE_APPEND;
    if (!asked_text(a, 0, "a path, as a text,", &said) || !(parts = parts_of(a, said, what == FILE_LIST))) return NULL;
    Wanted wanted = {*folder ? arena_printf(a->arena, "%s/%s", folder, parts) : parts, !writes, writes};
    return asked_allowed(a, is_below, line_for, &wanted) ? wanted.path : NULL;
}

/* Wherever it was put: a block that could write it could write history. */
static bool is_store(Asked *a, const char *folder, const char *path)
{
    const char *at = a->by->journal ? journal_path(a->by->journal) : NULL;
    char *store = at ? realpath(at, NULL) : NULL, *base = realpath(folder, NULL);
    size_t n = base ? strlen(base) : 0;
    bool is = store && base && strncmp(store, base, n) == 0 && store[n] == '/' &&
              strncmp(path, store + n + 1, strlen(store + n + 1)) == 0;
    free(store);
    free(base);
    return is && fail(a->err, ST_FAILED, "`%s` is the store's", path) != ST_OK;
}

/* ---- what is done ------------------------------------------------------------------------------- */

typedef struct FileWork { WorldFile what; const char *folder, *path, *text; } FileWork;

static Status do_file(Asked *a, const void *what, Value *out)
{
    const FileWork *f = what;
    return disk_file(f->folder, f->what, f->path, f->text, a->arena, out, a->err);
}

static Status file(Asked *a, WorldFile what, Value *out)
{
    const World *w = a->by->world;
    FileWork f = {.what = what, .path = allowed_path(a, what)};
    if (!f.path) return ST_FAILED;
    bool writes = what == FILE_WRITE || what == FILE_APPEND;
    if (writes && !asked_text(a, 1, "a text to write", &f.text)) return ST_FAILED;
    if (writes && strlen(f.text) > FILE_WRITTEN_MOST) return fail(a->err, ST_FAILED, "the text is longer than 16 MB");
    if (w) return w->file(w->self, a->by->step, what, f.path, f.text, a->arena, out, a->err);
    f.folder = rows_path(a->arena, a->by->program, ".");
    if (is_store(a, f.folder, f.path)) return ST_FAILED;
    return writes ? reach_once(a, do_file, &f, out) : do_file(a, &f, out);
}

Status reach_read(Asked *a, Value *out) { return file(a, FILE_READ, out); }
Status reach_write(Asked *a, Value *out) { return file(a, FILE_WRITE, out); }
Status reach_append(Asked *a, Value *out) { return file(a, FILE_APPEND, out); }
Status reach_list(Asked *a, Value *out) { return file(a, FILE_LIST, out); }
Status reach_exists(Asked *a, Value *out) { return file(a, FILE_EXISTS, out); }
