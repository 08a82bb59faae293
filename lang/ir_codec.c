/* ir_codec.c -- a flow as bytes, and back.
 *
 *     "opsflow" FORMAT places     then the fields, always in the same order
 *
 *     number    LEB128: seven bits a byte, low ones first
 *     position  number + 1, so that IR_NONE and CODE_NONE take one byte
 *     text      0 for NULL, 1 for a new one (length, bytes), else 2 + the
 *               number of one that was there before
 *     constant  length and value_write's JSON
 *     array     count, elements
 *
 * One walk serves both directions (Stream), so they cannot differ. The order
 * of the walk is the format: FORMAT changes when it does, and old formats stay
 * readable, because cases go on with their flows for years. A flow that was
 * read is written in the format that it came in, so its hash stays.
 *
 * Reading believes nothing: what is wrong is noted once, from there on every
 * number reads as 0, and what is made is thrown away. Memory stays in
 * proportion to the bytes: each element of an array must have its bytes.
 */
#include "lang/ir.h"

#include <assert.h>
#include <string.h>

/* 2: fields say their condition as written. 3: steps that are late, need others, ensure, mail and undo, and who is
 * reminded, joins later, is asked and told; what steps cost and were called; which files of Lua a process uses.
 * 4: pauses that grow, before a step is tried again. Only a flow that has such a step is written in it: what the others
 * are known by is what it was. */
enum { FORMAT = 4 };
static const char magic[] = "opsflow";

typedef struct Stream {
    bool reading, places;
    uint8_t format;
    Buf *out;                          /* writing */
    Map *seen;                         /* writing: text -> its number + 1 */
    Arena *arena;                      /* reading: what is made; writing: scratch */
    const uint8_t *begin, *p, *end;    /* reading */
    VEC(const char *) texts;           /* reading: by number */
    const char *problem;               /* reading: what was wanted where it went wrong */
    size_t problem_at;
} Stream;

/* ---- numbers ------------------------------------------------------------------------------ */

static void broken(Stream *s, const char *wanted)
{
    assert(s->reading);
    if (s->problem) return;
    s->problem = wanted;
    s->problem_at = (size_t)(s->p - s->begin);
    s->p = s->end;
}

static void write_number(Buf *b, uint64_t n)
{
    for (; n >= 0x80; n >>= 7) buf_putc(b, (char)(n | 0x80));
    buf_putc(b, (char)n);
}

static uint64_t read_number(Stream *s)
{
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 64 && s->p < s->end; shift += 7) {
        uint64_t bits = *s->p & 0x7f;
        if (shift == 63 && bits > 1) break;
        n |= bits << shift;
        if (*s->p++ < 0x80) return n;
    }
    broken(s, "a number");
    return 0;
}

/* Writes n, or reads a number of at most `most`. What is written is never changed: it may be constant. */
static uint64_t number(Stream *s, uint64_t n, uint64_t most)
{
    if (!s->reading) {
        write_number(s->out, n);
        return n;
    }
    n = read_number(s);
    if (n <= most) return n;
    broken(s, "a smaller number");
    return 0;
}

#define NUMBER(name, Type, most)                                  \
    static void name(Stream *s, Type *n)                          \
    {                                                             \
        Type got = (Type)number(s, *n, (most));                   \
        if (s->reading) *n = got;                                 \
    }
NUMBER(u32, uint32_t, UINT32_MAX)
NUMBER(u16, uint16_t, UINT16_MAX)
NUMBER(u8, uint8_t, UINT8_MAX)
NUMBER(flag, bool, 1)

static void position(Stream *s, uint32_t *i)
{
    uint32_t got = (uint32_t)number(s, (uint32_t)(*i + 1), UINT32_MAX) - 1;
    if (s->reading) *i = got;
}

/* How many elements follow, each of at least so many bytes. */
static void count(Stream *s, uint32_t *n, size_t least)
{
    u32(s, n);
    if (s->reading && *n > (size_t)(s->end - s->p) / least) {
        broken(s, "as many elements as are counted");
        *n = 0;
    }
}

/* ---- texts -------------------------------------------------------------------------------- */

static void write_bytes(Stream *s, const char *bytes, size_t n)
{
    write_number(s->out, n);
    buf_add(s->out, bytes, n);
}

/* Its bytes, borrowed, or NULL. */
static const char *read_bytes(Stream *s, size_t *n)
{
    uint64_t length = read_number(s);
    const char *bytes = (const char *)s->p;
    if (s->problem) return NULL;
    if (length > (size_t)(s->end - s->p) || utf8_check(bytes, (size_t)length) < length) {
        broken(s, "a text");
        return NULL;
    }
    s->p += length;
    *n = (size_t)length;
    return bytes;
}

static void write_text(Stream *s, const char *text)
{
    if (!text) {
        write_number(s->out, 0);
        return;
    }
    void **seen = map_slot(s->seen, text);
    uintptr_t known = (uintptr_t)*seen;
    write_number(s->out, known + 1);
    if (known) return;
    write_bytes(s, text, strlen(text));
    *seen = (void *)(uintptr_t)map_count(s->seen);
}

static const char *read_text(Stream *s)
{
    uint64_t tag = read_number(s);
    size_t n;
    if (tag == 0) return NULL;
    if (tag == 1) {
        const char *bytes = read_bytes(s, &n);
        return bytes ? *VEC_PUSH(s->arena, &s->texts) = arena_dup_n(s->arena, bytes, n) : NULL;
    }
    if (tag - 2 < s->texts.n) return s->texts.items[tag - 2];
    broken(s, "a text that was there before");
    return NULL;
}

/* A text or NULL. */
static void text(Stream *s, const char **t)
{
    if (s->reading) *t = read_text(s);
    else write_text(s, *t);
}

/* A text that must be there. */
static void name(Stream *s, const char **t)
{
    text(s, t);
    if (s->reading && !*t) {
        broken(s, "a name");
        *t = "";
    }
}

static void constant(Stream *s, Value *v)
{
    size_t n;
    if (s->reading) {
        const char *json = read_bytes(s, &n);
        *v = VALUE_NONE;
        if (json && value_read(s->arena, json, n, v, NULL) != ST_OK) broken(s, "a constant");
        return;
    }
    Buf b = {0};
    value_write(&b, v);
    write_bytes(s, buf_text(&b), b.n);
    buf_free(&b);
}

/* ---- arrays ------------------------------------------------------------------------------- */

/* The elements behind a count: as they are when writing, fresh when reading. Calls each(s, &element). */
#define ARRAY(s, Type, pointer, n, least, each)                                                      \
    do {                                                                                             \
        count((s), &(n), (least));                                                                   \
        Type *items_ = (s)->reading ? ARENA_ARRAY((s)->arena, Type, (n)) : (Type *)(uintptr_t)(pointer); \
        if ((s)->reading) (pointer) = items_;                                                        \
        for (uint32_t i_ = 0; i_ < (n) && !(s)->problem; i_++) each((s), &items_[i_]);               \
    } while (0)

static void place(Stream *s, IrPlace *p)
{
    if (s->places) {
        text(s, &p->file);
        u32(s, &p->line);
        u32(s, &p->column);
    } else if (s->reading) {
        *p = (IrPlace){0};
    }
}

static void lua(Stream *s, IrLua *l)
{
    text(s, &l->text);
    place(s, &l->place);
}

/* ---- the unit ----------------------------------------------------------------------------- */

/* Bytes that an element has at least: one for each of its numbers and texts. */
enum {
    TYPE_BYTES = 9, FIELD_BYTES = 9, NODE_BYTES = 9, STEP_BYTES = 28, VAR_BYTES = 6, ARG_BYTES = 3, ENSURE_BYTES = 3
};

static void type(Stream *s, IrType *t)
{
    u8(s, &t->kind);
    flag(s, &t->optional);
    u16(s, &t->currency);
    text(s, &t->name);
    u32(s, &t->of);
    ARRAY(s, const char *, t->choices, t->choices_n, 1, name);
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
    position(s, &f->initial);
    position(s, &f->where);
    if (s->format >= 2) text(s, &f->where_text);
    position(s, &f->slot);
}

/* Shapes follow from types and fields, so they are made anew, out of one array of names. */
static void make_shapes(Stream *s, IrUnit *u)
{
    const char **names = ARENA_ARRAY(s->arena, const char *, u->fields_n);
    IrType *types = (IrType *)(uintptr_t)u->types;         /* ours: just read */
    for (uint32_t i = 0; i < u->fields_n; i++) names[i] = u->fields[i].name;
    for (uint32_t i = 0; i < u->types_n; i++) {
        IrType *t = &types[i];
        if (t->kind != TYPE_RECORD) continue;
        if (t->fields > u->fields_n || t->fields_n > u->fields_n - t->fields) {
            broken(s, "a record's fields");
            return;
        }
        Shape *shape = ARENA_NEW(s->arena, Shape);
        *shape = (Shape){t->name, names + t->fields, t->fields_n};
        t->shape = shape;
    }
}

static void unit(Stream *s, IrUnit *u)
{
    ARRAY(s, const char *, u->names, u->names_n, 1, name);
    ARRAY(s, Value, u->consts, u->consts_n, 2, constant);
    ARRAY(s, uint32_t, u->code, u->code_n, 1, u32);
    ARRAY(s, IrType, u->types, u->types_n, TYPE_BYTES, type);
    ARRAY(s, IrField, u->fields, u->fields_n, FIELD_BYTES, field);
    if (s->reading && !s->problem) make_shapes(s, u);
}

/* ---- the flow ----------------------------------------------------------------------------- */

static void node(Stream *s, IrNode *n)
{
    u16(s, &n->op);
    position(s, &n->parent);
    u32(s, &n->end);
    position(s, &n->a);
    position(s, &n->b);
    position(s, &n->c);
    position(s, &n->d);
    u32(s, &n->args_n);
    name(s, &n->name);
    place(s, &n->place);
}

static void shell(Stream *s, IrShell *sh)
{
    text(s, &sh->text);
    u32(s, &sh->args);
    u32(s, &sh->args_n);
}

static void mail(Stream *s, IrMail *m)
{
    text(s, &m->file);
    u32(s, &m->parts);
    u32(s, &m->parts_n);
}

static void undo(Stream *s, IrUndo *u)
{
    u8(s, &u->machine);
    if (u->machine == MACHINE_SHELL) shell(s, &u->shell);
    if (u->machine == MACHINE_LUA) lua(s, &u->lua);
    if (u->machine == MACHINE_MAIL) mail(s, &u->mail);
    if (u->machine == MACHINE_PERSON) position(s, &u->text);
}

static void ensure(Stream *s, IrEnsure *e)
{
    position(s, &e->code);
    name(s, &e->text);
    flag(s, &e->own);
}

/* What steps could not say before format 3. */
static void newer_lines(Stream *s, IrStep *t)
{
    position(s, &t->on_late);
    u32(s, &t->needs);
    u32(s, &t->needs_n);
    u32(s, &t->sees);
    u32(s, &t->sees_n);
    u32(s, &t->ensures);
    u32(s, &t->ensures_n);
    if (t->machine == MACHINE_MAIL) mail(s, &t->mail);
    undo(s, &t->undo);
}

static void step_people(Stream *s, IrStep *t)
{
    if (s->format < 3) {
        if (s->reading) t->remind = t->consult = t->inform = CODE_NONE;
        return;
    }
    u8(s, &t->spread);
    u32(s, &t->escalate);
    u32(s, &t->escalate_n);
    position(s, &t->remind);
    position(s, &t->consult);
    position(s, &t->inform);
    constant(s, &t->cost);
    u8(s, &t->cost_per);
    ARRAY(s, const char *, t->was, t->was_n, 1, name);
}

static void step(Stream *s, IrStep *t)
{
    name(s, &t->name);
    text(s, &t->why);
    u32(s, &t->node);
    position(s, &t->who);
    text(s, &t->role);
    u32(s, &t->how);
    u32(s, &t->how_n);
    u8(s, &t->machine);
    shell(s, &t->shell);
    lua(s, &t->lua);
    u32(s, &t->ask);
    u32(s, &t->ask_n);
    position(s, &t->approve);
    u32(s, &t->gives);
    u32(s, &t->gives_n);
    u32(s, &t->retry);
    position(s, &t->retry_pause);
    if (s->format >= 4) position(s, &t->retry_most);
    else if (s->reading) t->retry_most = CODE_NONE;
    position(s, &t->timeout);
    flag(s, &t->repeatable);
    flag(s, &t->deadline_due);
    position(s, &t->deadline);
    position(s, &t->on_fail);
    position(s, &t->on_reject);
    for (int i = 0; i < 3; i++) position(s, &t->lasts[i]);
    u32(s, &t->lasts_n);
    if (s->format >= 3) newer_lines(s, t);
    else t->on_late = IR_NONE;
    step_people(s, t);
}

static void variable(Stream *s, IrVar *v)
{
    name(s, &v->name);
    u32(s, &v->type);
    u32(s, &v->scope);
    flag(s, &v->takes);
    flag(s, &v->gives);
    position(s, &v->initial);
}

static void argument(Stream *s, IrArg *a)
{
    name(s, &a->name);
    position(s, &a->code);
    position(s, &a->slot);
}

/* A path is its names, then a NULL, which is not stored. */
static void path(Stream *s, const char *const **p)
{
    uint32_t n = 0;
    while (!s->reading && (*p)[n]) n++;
    count(s, &n, 1);
    const char **names =
        s->reading ? ARENA_ARRAY(s->arena, const char *, n + 1) : (const char **)(uintptr_t)*p;
    for (uint32_t i = 0; i < n && !s->problem; i++) name(s, &names[i]);
    if (s->reading) *p = names;
}

static void module(Stream *s, IrModule *m)
{
    name(s, &m->name);
    lua(s, &m->lua);
}

static void process_people(Stream *s, IrFlow *f)
{
    if (s->format < 3) {
        if (s->reading) f->remind = CODE_NONE;
        return;
    }
    u32(s, &f->escalate);
    u32(s, &f->escalate_n);
    position(s, &f->remind);
    ARRAY(s, IrModule, f->modules, f->modules_n, 2, module);
}

static void flow(Stream *s, IrFlow *f)
{
    name(s, &f->process);
    unit(s, &f->unit);
    ARRAY(s, IrNode, f->nodes, f->nodes_n, NODE_BYTES, node);
    ARRAY(s, IrStep, f->steps, f->steps_n, STEP_BYTES, step);
    ARRAY(s, IrVar, f->vars, f->vars_n, VAR_BYTES, variable);
    ARRAY(s, IrArg, f->args, f->args_n, ARG_BYTES, argument);
    ARRAY(s, Code, f->codes, f->codes_n, 1, position);
    ARRAY(s, const char *const *, f->paths, f->paths_n, 1, path);
    u32(s, &f->takes);
    u32(s, &f->takes_n);
    u32(s, &f->gives);
    u32(s, &f->gives_n);
    flag(s, &f->deadline_due);
    position(s, &f->deadline);
    ARRAY(s, IrLua, f->prelude, f->prelude_n, 1, lua);
    flag(s, &f->outside);
    process_people(s, f);
    if (s->format < 3) return;
    ARRAY(s, uint32_t, f->needs, f->needs_n, 1, u32);
    ARRAY(s, IrEnsure, f->ensures, f->ensures_n, ENSURE_BYTES, ensure);
}

/* ---- the doors ---------------------------------------------------------------------------- */

/* The oldest one that says all of it; but at least 3, which a file without such steps has long been known by. */
static uint8_t format_of(const IrFlow *f)
{
    if (f->format) return f->format;
    for (uint32_t i = 0; i < f->steps_n; i++)
        if (f->steps[i].retry_most != CODE_NONE) return FORMAT;
    return 3;
}

void ir_write_flow(Buf *b, const IrFlow *f, bool places)
{
    Arena *scratch = arena_new();
    uint8_t format = format_of(f);
    Stream s = {.places = places, .format = format, .out = b, .arena = scratch, .seen = map_new(scratch)};
    IrFlow copy = *f;
    buf_add(b, magic, sizeof magic - 1);
    buf_putc(b, (char)format);
    buf_putc(b, places);
    flow(&s, &copy);
    arena_free(scratch);
}

/* Magic, format, places. */
static Status read_head(const char *bytes, size_t n, Error *err)
{
    size_t head = sizeof magic - 1;
    if (n < head || memcmp(bytes, magic, head) != 0)
        return fail(err, ST_INTERNAL, "a stored flow is damaged: it does not begin as one");
    if (n > head && (bytes[head] < 1 || bytes[head] > FORMAT))
        return fail(err, ST_CONFIG,
                    "a stored flow has format %d, and this ops reads up to format %d: use a newer ops",
                    (unsigned char)bytes[head], FORMAT);
    if (n < head + 2 || (unsigned char)bytes[head + 1] > 1)
        return fail(err, ST_INTERNAL, "a stored flow is damaged at byte %zu: it ends, or is no flow", head);
    return ST_OK;
}

Status ir_read_flow(Arena *a, const char *bytes, size_t n, IrFlow **out, Error *err)
{
    Status st = read_head(bytes, n, err);
    if (st != ST_OK) return st;
    const uint8_t *begin = (const uint8_t *)bytes;
    uint8_t format = begin[sizeof magic - 1];
    Stream s = {.reading = true, .places = bytes[sizeof magic] != 0, .format = format, .arena = a, .begin = begin,
                .p = begin + sizeof magic + 1, .end = begin + n};
    IrFlow *f = ARENA_NEW(a, IrFlow);
    flow(&s, f);
    f->format = format;
    if (s.p != s.end) broken(&s, "its end");
    if (s.problem)
        return fail(err, ST_INTERNAL, "a stored flow is damaged at byte %zu: wanted %s", s.problem_at,
                    s.problem);
    st = ir_verify_flow(f, err);
    if (st != ST_OK) return st;
    ir_note_outside(f);
    *out = f;
    return ST_OK;
}

const uint8_t *ir_flow_hash(const IrFlow *f)
{
    if (f->hashed) return f->kept_hash;
    IrFlow *kept = (IrFlow *)(uintptr_t)f;
    Buf b = {0};
    ir_write_flow(&b, f, false);
    sha256(b.p, b.n, kept->kept_hash);
    buf_free(&b);
    kept->hashed = true;
    return f->kept_hash;
}
