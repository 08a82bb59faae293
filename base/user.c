/* user.c -- getpwuid, told apart from its failures. */
#include "base/user.h"

#include "base/status.h"

#include <errno.h>
#include <unistd.h>

const struct passwd *user_entry(void)
{
    const struct passwd *who;
    do {
        errno = 0;
        who = getpwuid(getuid());
    } while (!who && errno == EINTR);
    if (!who && errno == ENOMEM) mem_none();
    return who;
}
