/* leave.c -- who may act as another: see leave.h. */
#include "runtime/leave.h"

#include <string.h>

static const char note_key[] = "allow-as";

static bool read_leave(const Json *j, Leave *out)
{
    *out = (Leave){.who = said_text(j, "who"), .as = said_text(j, "as"), .back = json_get(j, "back") != NULL,
                   .said = said_of(j)};
    return out->who && out->as;
}

Status leaves_read(Journal *j, Arena *a, Leaves *out, Error *err)
{
    SaidLines lines;
    Status st = said_read(j, a, note_key, "who may act for others", &lines, err);
    *out = (Leaves){.kept = lines.kept};
    if (st != ST_OK) return st;
    out->items = ARENA_ARRAY(a, Leave, lines.n + 1);
    for (const Json *one = lines.first; one; one = one->next)
        if (!read_leave(one, &out->items[out->n++]))
            return fail(err, ST_IO, "what the store says of who may act for others is damaged");
    return ST_OK;
}

Status leaves_add(Journal *j, const Leaves *read, const Leave *added, Error *err)
{
    Buf line = {0};
    buf_putc(&line, '{');
    json_key_string(&line, "who", added->who);
    json_key_string(&line, "as", added->as);
    if (added->back) json_key_bool(&line, "back", true);
    said_put(&line, &added->said);
    buf_putc(&line, '}');
    Status st = journal_say(j, note_key, read->kept, buf_text(&line), err);
    buf_free(&line);
    return st;
}

bool leaves_hold(const Leaves *all, const char *who, const char *as)
{
    bool may = false;
    for (uint32_t i = 0; i < all->n; i++)
        if (strcmp(all->items[i].who, who) == 0 && strcmp(all->items[i].as, as) == 0) may = !all->items[i].back;
    return may;
}
