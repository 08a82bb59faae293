/* people.h -- whom a name means, and as whom somebody may act.
 *
 * One rule for all commands that sign, or speak of somebody. A name means somebody where the file has it (`person`, or
 * in a `role`), where it is the login's own, where leave was given to act as them, and of a case also where its data or
 * its history have it: who is known only from data is a person by that text.
 */
#ifndef OPS_CLI_PEOPLE_H
#define OPS_CLI_PEOPLE_H

#include "cli/session.h"

/* ST_NOTFOUND, with the nearest name and what to do: it means nobody. of: the case that it is about; NULL: none. */
Status people_known(Session *s, const Case *of, const char *name, Error *err) MUST_CHECK;
/* The name as a .ops file has it: ann, "Jürgen Müller". In the arena, or the name itself. */
const char *people_written(Arena *a, const char *name);
/* As whom the history has who types, as they act for another: as their person; where that name is the other's login, by
 * their own. */
const char *people_typist(Session *s, const char *as);
/* Who acts: --as where that is allowed, else the login's person. login: who typed, where that is another; else NULL.
 * For what has a rule of its own who may, like a task: all but those are refused by that. */
Status people_act(Session *s, const char **person, const char **login, Error *err) MUST_CHECK;
/* The same for what anybody may do who is somebody. */
Status people_sign(Session *s, const Case *of, const char **person, const char **login, Error *err) MUST_CHECK;
/* Who typed for a person whom a file of answers names: by the rule of --as. Who made the store and is nobody in the
 * program takes over what others did, and does no steps: they are named with the file, and nothing else counts them,
 * lest what two did could not come from one list. self: the Session. */
Status people_hand_in(void *self, const char *person, const char **login, Error *err) MUST_CHECK;
/* Did who types make this store, so that they may act for others? */
Status people_made_store(Session *s, bool *mine, Error *err) MUST_CHECK;

#endif
