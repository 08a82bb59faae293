/* user.h -- who runs this, as the operating system knows them. */
#ifndef OPS_BASE_USER_H
#define OPS_BASE_USER_H

#include <pwd.h>
#include <stdbool.h>

/* The entry of this process's user; NULL where the system has none. Borrowed until the next call. Ends the program
 * as mem_alloc does where there is no memory to read it: to go on as nobody would be recorded. */
const struct passwd *user_entry(void);
/* Does the system know a user of this name? */
bool user_is_login(const char *name);

#endif
