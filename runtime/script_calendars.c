/* script_calendars.c -- a program's calendars as bytes, for the process that runs Lua, which can open no file.
 *
 *     calendars { name, zone, hours, closed days, holidays } ... ; a zone's changes follow it where it comes first
 *
 * They go over once, and again when they are others: whoever sends compares.
 */
#include "runtime/script_pack.h"
#include "runtime/script_private.h"

#include <string.h>

/* ---- writing --------------------------------------------------------------------------- */

static void put_n(Buf *b, uint32_t n)
{
    buf_add(b, (const char *)&n, sizeof n);
}

/* Aligned, as what is read is used in its place. */
static void put_items(Buf *b, const void *items, size_t size, uint32_t n)
{
    put_n(b, n);
    buf_pad(b, '\0', -b->n % sizeof(int64_t));
    if (n) buf_add(b, items, size * n);
}

static void put_text(Buf *b, const char *text)
{
    put_items(b, text, 1, (uint32_t)strlen(text) + 1);
}

static bool came_before(const IrProgram *p, uint32_t i)
{
    uint32_t k = 0;
    while (k < i && p->calendars[k].zone != p->calendars[i].zone) k++;
    return k < i;
}

void calendars_pack(Buf *b, Arena *scratch, const IrProgram *p)
{
    put_n(b, p->calendars_n);
    for (uint32_t i = 0; i < p->calendars_n; i++) {
        const Calendar *c = &p->calendars[i];
        size_t n = 0;
        const void *zone = came_before(p, i) ? "" : zone_bytes(c->zone, scratch, &n);
        put_text(b, c->name);
        put_text(b, zone_name(c->zone));
        put_items(b, zone, 1, (uint32_t)n);
        put_items(b, c->open, sizeof *c->open, c->opens);
        put_items(b, c->closed, sizeof *c->closed, c->closeds);
        put_items(b, c->holidays, sizeof *c->holidays, c->holidays_n);
    }
}

/* ---- reading ------------------------------------------------------------------------------- */

typedef struct Bytes {
    const char *all;
    size_t at, n;
    bool bad;
} Bytes;

static uint32_t get_n(Bytes *b)
{
    uint32_t n = 0;
    b->bad |= b->n - b->at < sizeof n;
    if (b->bad) return 0;
    memcpy(&n, b->all + b->at, sizeof n);
    b->at += sizeof n;
    return n;
}

static const void *get_items(Bytes *b, size_t size, uint32_t *n)
{
    *n = get_n(b);
    size_t at = b->at + -b->at % sizeof(int64_t);
    b->bad |= at > b->n || (b->n - at) / size < *n;
    if (b->bad) *n = 0;
    else b->at = at + size * *n;
    return b->all + at;
}

static const char *get_text(Bytes *b)
{
    uint32_t n;
    const char *text = get_items(b, 1, &n);
    b->bad |= n == 0 || text[n - 1] != '\0';
    return b->bad ? "" : text;
}

const IrProgram *calendars_unpack(Arena *a, const char *bytes, size_t n)
{
    Bytes b = {arena_dup_n(a, bytes, n), 0, n, false};
    IrProgram *p = ARENA_NEW(a, IrProgram);
    p->calendars_n = get_n(&b);
    b.bad |= p->calendars_n > n;
    Calendar *calendars = ARENA_ARRAY(a, Calendar, b.bad ? 0 : p->calendars_n);
    for (uint32_t i = 0; i < p->calendars_n && !b.bad; i++) {
        uint32_t zone_n;
        Calendar *c = &calendars[i];
        c->name = get_text(&b);
        const char *zone = get_text(&b), *changes = get_items(&b, 1, &zone_n);
        c->zone = b.bad ? NULL : zone_keep(zone, changes, zone_n);
        b.bad |= !c->zone;
        c->open = get_items(&b, sizeof *c->open, &c->opens);
        c->closed = get_items(&b, sizeof *c->closed, &c->closeds);
        c->holidays = get_items(&b, sizeof *c->holidays, &c->holidays_n);
    }
    p->calendars = calendars;
    return b.bad || b.at != n ? NULL : p;
}
