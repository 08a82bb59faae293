/* ir_codec.c -- a flow as bytes, and back.
 *
 * Numbers are varints (LEB128, zigzag where they may be negative), texts are
 * length and bytes, constants are value_write's text. The order of fields is
 * the format: FORMAT changes when it does, and old formats stay readable.
 * One walk serves both directions (`Stream`), so they cannot differ.
 */
#include "lang/ir.h"

#include <string.h>

enum { FORMAT = 1, MOST_ITEMS = 1 << 22 };
static const char magic[] = "opsflow";

typedef struct Stream {
    Buf *out;                          /* writing */
    Arena *arena;                      /* reading */
    const uint8_t *p, *end;
    bool reading, places;
    const char *problem;
    Error *err;
} Stream;

static void number(Stream *s, uint64_t *n)
{
    if (!s->reading) {
        uint64_t v = *n;
        for (; v >= 0x80; v >>= 7) buf_putc(s->out, (char)(v | 0x80));
        buf_putc(s->out, (char)v);
        return;
    }
    *n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (s->p == s->end) break;
        uint8_t b = *s->p++;
        *n |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) return;
    }
    s->problem = "a number";
    *n = 0;
}

static void u32(Stream *s, uint32_t *n)
{
    uint64_t wide = *n;
    number(s, &wide);
    if (wide > UINT32_MAX) s->problem = "a number", wide = 0;
    *n = (uint32_t)wide;
}

/* A count of things that follow: never more than bytes are left. */
static void count(Stream *s, uint32_t *n)
{
    u32(s, n);
    if (s->reading && (*n > MOST_ITEMS || *n > (size_t)(s->end - s->p))) s->problem = "a count", *n = 0;
}

static void u16(Stream *s, uint16_t *n)
{
    uint32_t wide = *n;
    u32(s, &wide);
    if (wide > UINT16_MAX) s->problem = "a number";
    *n = (uint16_t)wide;
}

static void u8(Stream *s, uint8_t *n)
{
    uint16_t wide = *n;
    u16(s, &wide);
    if (wide > UINT8_MAX) s->problem = "a number";
    *n = (uint8_t)wide;
}

static void flag(Stream *s, bool *b)
{
    uint8_t n = *b;
    u8(s, &n);
    *b = n != 0;
}

/* Length + 1 and bytes; 0 is NULL. */
static void text(Stream *s, const char **t)
{
    uint32_t n = *t && !s->reading ? (uint32_t)strlen(*t) + 1 : 0;
    u32(s, &n);
    if (!s->reading) {
        if (n) buf_add(s->out, *t, n - 1);
        return;
    }
    *t = NULL;
    if (!n) return;
    if (n - 1 > (size_t)(s->end - s->p) || utf8_check((const char *)s->p, n - 1) < n - 1) {
        s->problem = "a text";
        return;
    }
    *t = arena_dup_n(s->arena, (const char *)s->p, n - 1);
    s->p += n - 1;
}

/* A text that must be there. */
static void name(Stream *s, const char **t)
{
    text(s, t);
    if (s->reading && !*t) s->problem = "a name", *t = "";
}

static void constant(Stream *s, Value *v)
{
    Buf b = {0};
    const char *json = NULL;
    if (!s->reading) {
        value_write(&b, v);
        json = buf_text(&b);
    }
    text(s, &json);
    if (s->reading) {
        *v = VALUE_NONE;
        if (!json || value_read(s->arena, json, strlen(json), v, NULL) != ST_OK) s->problem = "a constant";
    }
    buf_free(&b);
}

/* The array behind a count: as it is when writing, fresh when reading. */
#define ARRAY(s, Type, pointer, n)                                                     \
    Type *items = (count((s), &(n)), (s)->reading ? ARENA_ARRAY((s)->arena, Type, (n)) : (Type *)(uintptr_t)(pointer)); \
    if ((s)->reading) (pointer) = items

static void texts(Stream *s, const char *const **list, uint32_t *n)
{
    ARRAY(s, const char *, *list, *n);
    for (uint32_t i = 0; i < *n && !s->problem; i++) name(s, &items[i]);
}

static void place(Stream *s, IrPlace *p)
{
    if (!s->places) {
        if (s->reading) *p = (IrPlace){0};
        return;
    }
    text(s, &p->file);
    u32(s, &p->line);
    u32(s, &p->column);
}

static void lua(Stream *s, IrLua *l)
{
    text(s, &l->text);
    place(s, &l->place);
}

/* ---- the unit ---------------------------------------------------------------------- */

static void type(Stream *s, IrType *t)
{
    u8(s, &t->kind);
    flag(s, &t->optional);
    u16(s, &t->currency);
    text(s, &t->name);
    u32(s, &t->of);
    texts(s, &t->choices, &t->choices_n);
    u32(s, &t->fields);
    u32(s, &t->fields_n);
    text(s, &t->key);
}

static void field(Stream *s, IrField *f)
{
    name(s, &f->name);
    u32(s, &f->type);
    text(s, &f->column);
    text(s, &f->like);
    text(s, &f->zone);
    text(s, &f->matching);
    u32(s, &f->initial);
    u32(s, &f->where);
    u32(s, &f->slot);
}

/* Shapes follow from fields, so they are made anew. */
static void make_shapes(Stream *s, IrUnit *u)
{
    IrType *types = (IrType *)(uintptr_t)u->types;
    for (uint32_t i = 0; i < u->types_n && !s->problem; i++) {
        IrType *t = &types[i];
        if (t->kind != TYPE_RECORD) continue;
        if (t->fields > u->fields_n || t->fields_n > u->fields_n - t->fields) {
            s->problem = "a record";
            return;
        }
        const char **names = ARENA_ARRAY(s->arena, const char *, t->fields_n);
        for (uint32_t k = 0; k < t->fields_n; k++) names[k] = u->fields[t->fields + k].name;
        Shape *shape = ARENA_NEW(s->arena, Shape);
        *shape = (Shape){t->name, names, t->fields_n};
        t->shape = shape;
    }
}

static void unit(Stream *s, IrUnit *u)
{
    texts(s, &u->names, &u->names_n);
    {
        ARRAY(s, Value, u->consts, u->consts_n);
        for (uint32_t i = 0; i < u->consts_n && !s->problem; i++) constant(s, &items[i]);
    }
    {
        ARRAY(s, uint32_t, u->code, u->code_n);
        for (uint32_t i = 0; i < u->code_n && !s->problem; i++) u32(s, &items[i]);
    }
    {
        ARRAY(s, IrType, u->types, u->types_n);
        for (uint32_t i = 0; i < u->types_n && !s->problem; i++) type(s, &items[i]);
    }
    {
        ARRAY(s, IrField, u->fields, u->fields_n);
        for (uint32_t i = 0; i < u->fields_n && !s->problem; i++) field(s, &items[i]);
    }
    if (s->reading && !s->problem) make_shapes(s, u);
}

/* ---- the flow -------------------------------------------------------------------------- */

static void node(Stream *s, IrNode *n)
{
    u16(s, &n->op);
    u32(s, &n->parent);
    u32(s, &n->end);
    u32(s, &n->a);
    u32(s, &n->b);
    u32(s, &n->c);
    u32(s, &n->d);
    u32(s, &n->args_n);
    name(s, &n->name);
    place(s, &n->place);
}

static void step(Stream *s, IrStep *t)
{
    name(s, &t->name);
    text(s, &t->why);
    u32(s, &t->node);
    u32(s, &t->who);
    text(s, &t->role);
    u32(s, &t->how);
    u32(s, &t->how_n);
    u8(s, &t->machine);
    text(s, &t->shell.text);
    u32(s, &t->shell.args);
    u32(s, &t->shell.args_n);
    lua(s, &t->lua);
    u32(s, &t->ask);
    u32(s, &t->ask_n);
    u32(s, &t->approve);
    u32(s, &t->gives);
    u32(s, &t->gives_n);
    u32(s, &t->retry);
    u32(s, &t->retry_pause);
    u32(s, &t->timeout);
    flag(s, &t->repeatable);
    flag(s, &t->deadline_due);
    u32(s, &t->deadline);
    u32(s, &t->on_fail);
    u32(s, &t->on_reject);
    for (int i = 0; i < 3; i++) u32(s, &t->lasts[i]);
    u32(s, &t->lasts_n);
}

static void variable(Stream *s, IrVar *v)
{
    name(s, &v->name);
    u32(s, &v->type);
    u32(s, &v->scope);
    flag(s, &v->takes);
    flag(s, &v->gives);
    u32(s, &v->initial);
}

static void argument(Stream *s, IrArg *a)
{
    name(s, &a->name);
    u32(s, &a->code);
    u32(s, &a->slot);
}

/* A path: its names, then a NULL. */
static void path(Stream *s, const char *const **p)
{
    uint32_t n = 0;
    while (!s->reading && (*p)[n]) n++;
    count(s, &n);
    const char **names = s->reading ? ARENA_ARRAY(s->arena, const char *, n + 1) : (const char **)(uintptr_t)*p;
    for (uint32_t i = 0; i < n && !s->problem; i++) name(s, &names[i]);
    if (s->reading) *p = names;
}

static void flow_parts(Stream *s, IrFlow *f)
{
    {
        ARRAY(s, IrNode, f->nodes, f->nodes_n);
        for (uint32_t i = 0; i < f->nodes_n && !s->problem; i++) node(s, &items[i]);
    }
    {
        ARRAY(s, IrStep, f->steps, f->steps_n);
        for (uint32_t i = 0; i < f->steps_n && !s->problem; i++) step(s, &items[i]);
    }
    {
        ARRAY(s, IrVar, f->vars, f->vars_n);
        for (uint32_t i = 0; i < f->vars_n && !s->problem; i++) variable(s, &items[i]);
    }
    {
        ARRAY(s, IrArg, f->args, f->args_n);
        for (uint32_t i = 0; i < f->args_n && !s->problem; i++) argument(s, &items[i]);
    }
    {
        ARRAY(s, Code, f->codes, f->codes_n);
        for (uint32_t i = 0; i < f->codes_n && !s->problem; i++) u32(s, &items[i]);
    }
    {
        ARRAY(s, const char *const *, f->paths, f->paths_n);
        for (uint32_t i = 0; i < f->paths_n && !s->problem; i++) path(s, &items[i]);
    }
    {
        ARRAY(s, IrLua, f->prelude, f->prelude_n);
        for (uint32_t i = 0; i < f->prelude_n && !s->problem; i++) lua(s, &items[i]);
    }
}

static void flow(Stream *s, IrFlow *f)
{
    name(s, &f->process);
    unit(s, &f->unit);
    flow_parts(s, f);
    u32(s, &f->takes);
    u32(s, &f->takes_n);
    u32(s, &f->gives);
    u32(s, &f->gives_n);
    flag(s, &f->deadline_due);
    u32(s, &f->deadline);
    flag(s, &f->outside);
}

void ir_write_flow(Buf *b, const IrFlow *f, bool places)
{
    Stream s = {.out = b, .places = places};
    IrFlow copy = *f;
    buf_add(b, magic, sizeof magic - 1);
    buf_putc(b, FORMAT);
    buf_putc(b, places);
    flow(&s, &copy);
}

Status ir_read_flow(Arena *a, const char *bytes, size_t n, IrFlow **out, Error *err)
{
    size_t head = sizeof magic + 1;
    if (n < head || memcmp(bytes, magic, sizeof magic - 1) != 0) return fail(err, ST_INTERNAL, "a stored flow is damaged: it does not begin as one");
    if (bytes[sizeof magic - 1] != FORMAT)
        return fail(err, ST_CONFIG, "a stored flow has the format %d, and this ops reads %d: a newer ops is needed", bytes[sizeof magic - 1], FORMAT);
    Stream s = {.arena = a, .p = (const uint8_t *)bytes + head, .end = (const uint8_t *)bytes + n, .reading = true,
                .places = bytes[sizeof magic] != 0, .err = err};
    IrFlow *f = ARENA_NEW(a, IrFlow);
    flow(&s, f);
    if (!s.problem && s.p != s.end) s.problem = "its end";
    if (s.problem) return fail(err, ST_INTERNAL, "a stored flow is damaged: %s", s.problem);
    Status st = ir_verify_flow(f, err);
    if (st != ST_OK) return st;
    ir_hash_flow(f);
    *out = f;
    return ST_OK;
}

void ir_hash_flow(IrFlow *f)
{
    Buf b = {0};
    ir_write_flow(&b, f, false);
    sha256(buf_text(&b), b.n, f->hash);
    buf_free(&b);
}
