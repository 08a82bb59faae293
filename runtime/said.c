/* said.c -- lines beside the cases: see said.h. */
#include "runtime/said.h"

#include <stdlib.h>
#include <string.h>

Status said_read(Journal *j, Arena *a, const char *key, const char *what, SaidLines *out, Error *err)
{
    Json *all;
    *out = (SaidLines){0};
    Status st = journal_noted(j, a, key, &out->kept, err);
    if (st != ST_OK || !out->kept) return st;
    st = json_parse(a, out->kept, strlen(out->kept), &all, err);
    if (st != ST_OK || all->type != JSON_ARRAY)
        return fail(err, ST_IO, "what the store says of %s is damaged", what);
    out->first = all->child;
    out->n = all->len;
    return ST_OK;
}

void said_put(Buf *line, const Said *said)
{
    json_key_string(line, "by", said->by);
    if (said->login) json_key_string(line, "login", said->login);
    json_key_int(line, "at", said->at);
}

const char *said_text(const Json *line, const char *key)
{
    const Json *j = json_get(line, key);
    return j && j->type == JSON_STRING ? j->text : NULL;
}

Said said_of(const Json *line)
{
    const Json *at = json_get(line, "at");
    return (Said){.by = said_text(line, "by"), .login = said_text(line, "login"),
                  .at = at && at->type == JSON_NUMBER ? strtoll(at->text, NULL, 10) : 0};
}
