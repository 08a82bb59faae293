/* faults.c -- see faults.h. */
#include "tests/model/faults.h"
#include "tests/disk.h"

#include <signal.h>

static struct { FaultKind kind; uint32_t left; } fault;

static int spoils_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    bool now = fault.kind != FAULT_NONE && (fault.left <= 1 || --fault.left == 0);
    if (now && fault.kind == FAULT_EIO) return SQLITE_IOERR_WRITE;
    if (now) (void)disk_write(f, p, n / 2, at), raise(SIGKILL);
    return disk_write(f, p, n, at);
}

static int needs_no_sync(sqlite3_file *f, int flags) { return (void)f, (void)flags, SQLITE_OK; }

void faults_begin(void)
{
    static sqlite3_io_methods methods;
    if (methods.iVersion) return;
    methods = disk_hands_on();
    methods.xWrite = spoils_write, methods.xSync = needs_no_sync;
    (void)disk_begin(&methods);
}

void faults_set(FaultKind kind, uint32_t at)
{
    fault.kind = kind;
    fault.left = at;
}
