/* said.h -- what people said of themselves beside any case: one line behind the other under a key of the store.
 *
 * Lines are only added (journal_say); taking something back is a line of its own. Each is a JSON object that also tells
 * who said it, by which login, and when.
 */
#ifndef OPS_RUNTIME_SAID_H
#define OPS_RUNTIME_SAID_H

#include "base/json.h"
#include "runtime/journal.h"

typedef struct Said {
    const char *by, *login;            /* who said so; and the login that acted for them, or NULL */
    Instant at;
} Said;

typedef struct SaidLines {
    const char *kept;                  /* as the store has them; NULL: none yet */
    const Json *first;                 /* each with ->next */
    uint32_t n;
} SaidLines;

/* what: "who is away", for the message where they are damaged (ST_IO). */
Status said_read(Journal *j, Arena *a, const char *key, const char *what, SaidLines *out, Error *err) MUST_CHECK;

/* What every line tells. */
void said_put(Buf *line, const Said *said);
Said said_of(const Json *line);
const char *said_text(const Json *line, const char *key);          /* NULL: it says none */

#endif
