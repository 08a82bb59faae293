/* user.h -- who runs this, as the operating system knows them. */
#ifndef OPS_BASE_USER_H
#define OPS_BASE_USER_H

#include <stdbool.h>

typedef struct User { const char *login, *home; } User;

/* This process's user, looked up once; NULL where the system has none. Where it cannot be looked up (no memory, or what
 * the system has for it fails) that is said, and the program ends: to go on as nobody would be recorded. Before any
 * thread. */
const User *user_self(void);
/* Does the system know a user of this name? Ends the program as above. */
bool user_is_login(const char *name);

#endif
