/* journal_kept.c -- memory that SQLite gave back is lent to it again.
 *
 * A commit opens and closes the same cursors and copies the same pages as the
 * one before, and asks for memory for each of them anew, a dozen times an
 * event. (SQLite can keep some by itself, but not everywhere: some builds
 * leave that out.) Only for stores in memory, and where nothing of SQLite was
 * used before. It holds its lock around every call of this.
 */
#include "base/kept.h"
#include "runtime/journal_private.h"

#include <string.h>

static sqlite3_mem_methods below;      /* where memory comes from */
static Kept kept;

static void *take(int n)
{
    size_t size = kept_size((size_t)n);
    void *p = kept_take(&kept, size);
    return p ? p : below.xMalloc((int)size);
}

/* As large as it is, not as was asked for: down to whole grains. */
static void give(void *p)
{
    if (p && !kept_give(&kept, p, (size_t)below.xSize(p) / KEPT_GRAIN * KEPT_GRAIN)) below.xFree(p);
}

static int size_of(void *p)
{
    return below.xSize(p);
}

static void *resize(void *p, int n)
{
    int had = size_of(p);
    if (n <= had && n > had / 2) return p;
    void *moved = take(n);
    if (!moved) return NULL;           /* the old one stays as it was */
    memcpy(moved, p, (size_t)(n < had ? n : had));
    give(p);
    return moved;
}

static int rounded(int n)
{
    return (int)kept_size((size_t)n);
}

static int begin(void *ignored)
{
    (void)ignored;
    return below.xInit(below.pAppData);
}

static void end(void *ignored)
{
    (void)ignored;
    kept_free(&kept, below.xFree);
    below.xShutdown(below.pAppData);
}

void keep_memory(void)
{
    static const sqlite3_mem_methods ours = {take, give, resize, size_of, rounded, begin, end, NULL};
    if (!below.xMalloc && sqlite3_config(SQLITE_CONFIG_GETMALLOC, &below) == SQLITE_OK)
        sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}
