/* disk.h -- a disk between SQLite and its files: hands everything on, but for what a test takes into its own hands.
 *
 * A test fills in disk_hands_on's methods what it wants to see or to spoil, and begins. One disk at a time.
 */
#ifndef OPS_TESTS_DISK_H
#define OPS_TESTS_DISK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

typedef struct DiskFile {
    sqlite3_file base;
    int flags;                         /* SQLITE_OPEN_... as it was opened */
    sqlite3_file *real;
} DiskFile;

static sqlite3_vfs disk_shim, *disk_below;
static const sqlite3_io_methods *disk_methods;

static inline sqlite3_file *disk_real(sqlite3_file *f) { return ((DiskFile *)f)->real; }

static int disk_close(sqlite3_file *f)
{
    int rc = disk_real(f)->pMethods ? disk_real(f)->pMethods->xClose(disk_real(f)) : SQLITE_OK;
    sqlite3_free(disk_real(f));
    return rc;
}

/* Each is the one below, with the file below. */
#define DISK_HANDS_ON(name, method, parameters, ...) \
    static int name parameters { return disk_real(f)->pMethods->method(disk_real(f), ##__VA_ARGS__); }
DISK_HANDS_ON(disk_read, xRead, (sqlite3_file *f, void *p, int n, sqlite3_int64 at), p, n, at)
DISK_HANDS_ON(disk_write, xWrite, (sqlite3_file *f, const void *p, int n, sqlite3_int64 at), p, n, at)
DISK_HANDS_ON(disk_truncate, xTruncate, (sqlite3_file *f, sqlite3_int64 n), n)
DISK_HANDS_ON(disk_sync, xSync, (sqlite3_file *f, int flags), flags)
DISK_HANDS_ON(disk_size, xFileSize, (sqlite3_file *f, sqlite3_int64 *n), n)
DISK_HANDS_ON(disk_lock, xLock, (sqlite3_file *f, int how), how)
DISK_HANDS_ON(disk_unlock, xUnlock, (sqlite3_file *f, int how), how)
DISK_HANDS_ON(disk_reserved, xCheckReservedLock, (sqlite3_file *f, int *out), out)
DISK_HANDS_ON(disk_control, xFileControl, (sqlite3_file *f, int op, void *arg), op, arg)
DISK_HANDS_ON(disk_sector, xSectorSize, (sqlite3_file *f))
DISK_HANDS_ON(disk_device, xDeviceCharacteristics, (sqlite3_file *f))
DISK_HANDS_ON(disk_shm_map, xShmMap, (sqlite3_file *f, int i, int n, int more, void volatile **out), i, n, more, out)
DISK_HANDS_ON(disk_shm_lock, xShmLock, (sqlite3_file *f, int at, int n, int flags), at, n, flags)
DISK_HANDS_ON(disk_shm_unmap, xShmUnmap, (sqlite3_file *f, int drop), drop)
#undef DISK_HANDS_ON

static void disk_shm_barrier(sqlite3_file *f) { disk_real(f)->pMethods->xShmBarrier(disk_real(f)); }

/* No memory maps: what they write would pass by. */
static inline sqlite3_io_methods disk_hands_on(void)
{
    return (sqlite3_io_methods){
        .iVersion = 2, .xClose = disk_close, .xRead = disk_read, .xWrite = disk_write, .xTruncate = disk_truncate,
        .xSync = disk_sync, .xFileSize = disk_size, .xLock = disk_lock, .xUnlock = disk_unlock,
        .xCheckReservedLock = disk_reserved, .xFileControl = disk_control, .xSectorSize = disk_sector,
        .xDeviceCharacteristics = disk_device, .xShmMap = disk_shm_map, .xShmLock = disk_shm_lock,
        .xShmBarrier = disk_shm_barrier, .xShmUnmap = disk_shm_unmap};
}

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    DiskFile *file = (DiskFile *)f;
    (void)vfs;
    file->base.pMethods = NULL;
    file->flags = flags;
    file->real = sqlite3_malloc(disk_below->szOsFile);
    if (!file->real) return SQLITE_NOMEM;
    memset(file->real, 0, (size_t)disk_below->szOsFile);
    int rc = disk_below->xOpen(disk_below, name, file->real, flags, out);
    file->base.pMethods = disk_methods;
    return rc;
}

/* All stores that are opened from here on lie on it. false: SQLite does not take it. */
static inline bool disk_begin(const sqlite3_io_methods *methods)
{
    disk_methods = methods;
    disk_below = sqlite3_vfs_find(NULL);
    disk_shim = *disk_below;
    disk_shim.zName = "disk";
    disk_shim.szOsFile = (int)sizeof(DiskFile);
    disk_shim.xOpen = disk_open;
    disk_shim.pNext = NULL;
    return sqlite3_vfs_register(&disk_shim, 1) == SQLITE_OK;
}

static inline void disk_end(void)
{
    sqlite3_vfs_unregister(&disk_shim);
    sqlite3_vfs_register(disk_below, 1);
}

#endif
