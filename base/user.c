/* user.c -- getpwuid and getpwnam, told apart from their failures. */
#include "base/user.h"

#include "base/status.h"

#include <errno.h>
#include <unistd.h>

/* name NULL: this process's. */
static const struct passwd *entry(const char *name)
{
    const struct passwd *who;
    do {
        errno = 0;
        who = name ? getpwnam(name) : getpwuid(getuid());
    } while (!who && errno == EINTR);
    if (!who && errno == ENOMEM) mem_none();
    return who;
}

const struct passwd *user_entry(void)
{
    return entry(NULL);
}

bool user_is_login(const char *name)
{
    return entry(name) != NULL;
}
