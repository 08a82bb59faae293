/* receivers.c -- whom values name: each address once. */
#include "runtime/receivers.h"

#include <string.h>

typedef struct Receiving {
    const IrProgram *program;
    Arena *arena;
    VEC(const char *) all;
    Error *err;
} Receiving;

static Status add_address(Receiving *r, const char *address)
{
    for (uint32_t i = 0; i < r->all.n; i++)
        if (strcmp(r->all.items[i], address) == 0) return ST_OK;
    *VEC_PUSH(r->arena, &r->all) = address;
    return ST_OK;
}

static Status add_receiver(Receiving *r, const Value *v)
{
    if (v->type == V_TEXT) return add_address(r, v->text);
    const IrPerson *person = ir_person(r->program, v->text);
    if (person && person->mail) return add_address(r, person->mail);
    return fail(r->err, ST_FAILED, "%s has no mail address: say it in the program, person %s < mail \"...\" >", v->text,
                v->text);
}

static bool is_stranger(const Receiving *r, const Value *v)
{
    return v->type == V_PERSON && !ir_person(r->program, v->text);
}

/* did("Ask") holds the login that entered it, too: whom the program does not know gets none, unless there is nobody
 * else. */
static Status add_list(Receiving *r, const Value *list)
{
    bool others = false;
    Status st = ST_OK;
    for (uint32_t i = 0; i < list->len; i++) others |= !is_stranger(r, &list->list[i]);
    for (uint32_t i = 0; st == ST_OK && i < list->len; i++)
        if (!others || !is_stranger(r, &list->list[i])) st = add_receiver(r, &list->list[i]);
    return st;
}

Status receivers_of(const IrProgram *p, const Value *values, uint32_t n, Arena *a, Receivers *out, Error *err)
{
    Status st = ST_OK;
    Receiving r = {.program = p, .arena = a, .err = err};
    for (uint32_t i = 0; st == ST_OK && i < n; i++)
        st = values[i].type == V_LIST ? add_list(&r, &values[i]) : add_receiver(&r, &values[i]);
    if (st == ST_OK && !r.all.n) return fail(err, ST_FAILED, "there is nobody to send the mail to: the list is empty");
    *out = (Receivers){r.all.items, r.all.n};
    return st;
}
