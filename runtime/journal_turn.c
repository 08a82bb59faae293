/* journal_turn.c -- writers take turns, first come, first served.
 *
 * A writer draws a ticket by locking a byte of PATH.lock, later than every
 * ticket drawn before, then waits until all earlier bytes are free. The
 * kernel frees the bytes of a process that dies, so nothing has to be cleaned
 * up, and nobody sleeps and looks again. (SQLite's own waiting does, and one
 * busy writer starves the others.) The file itself stays empty.
 *
 * Locks belong to the open file, not to the process: two handles of one
 * process take turns too, and closing one takes nothing from the other.
 */
#include "runtime/journal_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DOOR = 0, FIRST_TICKET = 1 };

Status turn_open(const char *file, int *turn, Error *err)
{
    Buf path = {0};
    buf_printf(&path, "%s.lock", file);
    *turn = TEMP_FAILURE_RETRY(open(path.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    Status st = ST_OK;
    if (*turn < 0)
        st = fail(err, ST_CANTCREATE, "opening %s, at which writers take turns: %s", path.p, strerror(errno));
    buf_free(&path);
    return st;
}

static bool lock(int turn, int how, short type, off_t from, off_t n)
{
    struct flock f = {.l_type = type, .l_whence = SEEK_SET, .l_start = from, .l_len = n};
    return TEMP_FAILURE_RETRY(fcntl(turn, how, &f)) == 0;
}

/* Behind the door only one draws at a time, so a later look at the clock is a later ticket. */
static bool draw(int turn, off_t *ticket)
{
    struct timespec now;
    if (!lock(turn, F_OFD_SETLKW, F_WRLCK, DOOR, 1)) return false;
    clock_gettime(CLOCK_MONOTONIC, &now);
    *ticket = FIRST_TICKET + (off_t)now.tv_sec * 1000000000 + now.tv_nsec;
    bool drawn;
    while (!(drawn = lock(turn, F_OFD_SETLK, F_WRLCK, *ticket, 1)) && (errno == EAGAIN || errno == EACCES))
        ++*ticket;
    int problem = errno;
    lock(turn, F_OFD_SETLK, F_UNLCK, DOOR, 1);
    errno = problem;
    return drawn;
}

Status turn_take(int turn, Error *err)
{
    off_t ticket;
    if (turn < 0) return ST_OK;
    if (draw(turn, &ticket) && lock(turn, F_OFD_SETLKW, F_RDLCK, FIRST_TICKET, ticket - FIRST_TICKET))
        return ST_OK;
    int problem = errno;
    turn_end(turn);
    return fail(err, ST_LOCKED, "taking a turn at writing to the store: %s", strerror(problem));
}

void turn_end(int turn)
{
    if (turn >= 0) lock(turn, F_OFD_SETLK, F_UNLCK, 0, 0);
}
