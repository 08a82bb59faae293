/* leave.c -- who may act as another: see leave.h. */
#include "runtime/leave.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

static const char note_key[] = "allow-as";

static void put_leave(Buf *b, const Leave *x)
{
    json_comma(b);
    buf_putc(b, '{');
    json_key_string(b, "who", x->who);
    json_key_string(b, "as", x->as);
    if (x->back) json_key_bool(b, "back", true);
    json_key_string(b, "by", x->by);
    if (x->login) json_key_string(b, "login", x->login);
    json_key_int(b, "at", x->at);
    buf_putc(b, '}');
}

static const char *text_of(const Json *object, const char *key)
{
    const Json *j = json_get(object, key);
    return j && j->type == JSON_STRING ? j->text : NULL;
}

static bool read_leave(const Json *j, Leave *out)
{
    const Json *at = json_get(j, "at");
    *out = (Leave){.who = text_of(j, "who"), .as = text_of(j, "as"), .back = json_get(j, "back") != NULL,
                   .by = text_of(j, "by"), .login = text_of(j, "login")};
    if (at && at->type == JSON_NUMBER) out->at = strtoll(at->text, NULL, 10);
    return out->who && out->as;
}

Status leaves_read(Journal *j, Arena *a, Leaves *out, Error *err)
{
    Json *all;
    *out = (Leaves){0};
    Status st = journal_noted(j, a, note_key, &out->kept, err);
    if (st != ST_OK || !out->kept) return st;
    st = json_parse(a, out->kept, strlen(out->kept), &all, err);
    if (st == ST_OK) out->items = ARENA_ARRAY(a, Leave, all->len + 1);
    bool sound = st == ST_OK && all->type == JSON_ARRAY;
    for (const Json *one = sound ? all->child : NULL; one && sound; one = one->next)
        sound = read_leave(one, &out->items[out->n++]);
    return sound ? ST_OK : fail(err, ST_INTERNAL, "what the store says of who may act for others is damaged");
}

Status leaves_add(Journal *j, const Leaves *read, const Leave *added, Error *err)
{
    Buf b = {0};
    buf_putc(&b, '[');
    for (uint32_t i = 0; i < read->n; i++) put_leave(&b, &read->items[i]);
    put_leave(&b, added);
    buf_putc(&b, ']');
    Status st = journal_renote(j, note_key, read->kept, buf_text(&b), err);
    buf_free(&b);
    return st;
}

bool leaves_hold(const Leaves *all, const char *who, const char *as)
{
    bool may = false;
    for (uint32_t i = 0; i < all->n; i++)
        if (strcmp(all->items[i].who, who) == 0 && strcmp(all->items[i].as, as) == 0) may = !all->items[i].back;
    return may;
}
