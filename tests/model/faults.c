/* faults.c -- see faults.h. */
#include "tests/model/faults.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

static struct { FaultKind kind; uint32_t left; } fault;

typedef struct File { sqlite3_file base; sqlite3_file *real; } File;

static sqlite3_vfs shim, *disk;

static sqlite3_file *real(sqlite3_file *f) { return ((File *)f)->real; }

static int f_close(sqlite3_file *f)
{
    int rc = real(f)->pMethods ? real(f)->pMethods->xClose(real(f)) : SQLITE_OK;
    sqlite3_free(real(f));
    return rc;
}

static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return real(f)->pMethods->xRead(real(f), p, n, at);
}

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    bool now = fault.kind != FAULT_NONE && (fault.left <= 1 || --fault.left == 0);
    if (now && fault.kind == FAULT_EIO) return SQLITE_IOERR_WRITE;
    if (now) (void)real(f)->pMethods->xWrite(real(f), p, n / 2, at), raise(SIGKILL);
    return real(f)->pMethods->xWrite(real(f), p, n, at);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 n) { return real(f)->pMethods->xTruncate(real(f), n); }
static int f_sync(sqlite3_file *f, int flags) { return (void)f, (void)flags, SQLITE_OK; }
static int f_size(sqlite3_file *f, sqlite3_int64 *n) { return real(f)->pMethods->xFileSize(real(f), n); }
static int f_lock(sqlite3_file *f, int how) { return real(f)->pMethods->xLock(real(f), how); }
static int f_unlock(sqlite3_file *f, int how) { return real(f)->pMethods->xUnlock(real(f), how); }
static int f_reserved(sqlite3_file *f, int *out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
static int f_control(sqlite3_file *f, int op, void *arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); }
static int f_sector(sqlite3_file *f) { return real(f)->pMethods->xSectorSize(real(f)); }
static int f_device(sqlite3_file *f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}

static void f_shm_barrier(sqlite3_file *f) { real(f)->pMethods->xShmBarrier(real(f)); }
static int f_shm_unmap(sqlite3_file *f, int drop) { return real(f)->pMethods->xShmUnmap(real(f), drop); }

/* No memory maps: what they write would pass by. */
static const sqlite3_io_methods methods = {
    .iVersion = 2, .xClose = f_close, .xRead = f_read, .xWrite = f_write, .xTruncate = f_truncate, .xSync = f_sync,
    .xFileSize = f_size, .xLock = f_lock, .xUnlock = f_unlock, .xCheckReservedLock = f_reserved,
    .xFileControl = f_control, .xSectorSize = f_sector, .xDeviceCharacteristics = f_device, .xShmMap = f_shm_map,
    .xShmLock = f_shm_lock, .xShmBarrier = f_shm_barrier, .xShmUnmap = f_shm_unmap};

static int v_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    (void)vfs;
    File *file = (File *)f;
    file->base.pMethods = NULL;
    file->real = sqlite3_malloc(disk->szOsFile);
    if (!file->real) return SQLITE_NOMEM;
    memset(file->real, 0, (size_t)disk->szOsFile);
    int rc = disk->xOpen(disk, name, file->real, flags, out);
    file->base.pMethods = &methods;
    return rc;
}

void faults_begin(void)
{
    if (disk) return;
    disk = sqlite3_vfs_find(NULL);
    shim = *disk;
    shim.zName = "faults";
    shim.szOsFile = (int)sizeof(File);
    shim.xOpen = v_open;
    shim.pNext = NULL;
    sqlite3_vfs_register(&shim, 1);
}

void faults_set(FaultKind kind, uint32_t at)
{
    fault.kind = kind;
    fault.left = at;
}
