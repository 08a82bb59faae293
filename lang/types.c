/* types.c -- types, what fits what, and units under construction.
 *
 * A unit's pools share what is equal, by hashing: a text, a constant and a
 * type are looked up, never searched for.
 */
#include "lang/types.h"

#include <string.h>

/* ---- types ---------------------------------------------------------------------- */

const Type *type_simple(uint8_t kind)
{
    static const Type simple[] = {
        {.kind = TYPE_NONE}, {.kind = TYPE_TEXT}, {.kind = TYPE_NUMBER}, {.kind = TYPE_MONEY},
        {.kind = TYPE_PERCENT}, {.kind = TYPE_DURATION}, {.kind = TYPE_DATE}, {.kind = TYPE_TIME},
        {.kind = TYPE_DATETIME}, {.kind = TYPE_BOOLEAN}, {.kind = TYPE_FILE}, {.kind = TYPE_PERSON}};
    return kind < sizeof simple / sizeof *simple ? &simple[kind] : type_unknown();
}

const Type *type_unknown(void)
{
    static const Type unknown = {.kind = TYPE_UNKNOWN};
    return &unknown;
}

static const Type *with_optional(Arena *a, const Type *t, bool optional)
{
    if (t->optional == optional || t->kind == TYPE_UNKNOWN || t->kind == TYPE_NONE) return t;
    Type *copy = ARENA_NEW(a, Type);
    *copy = *t;
    copy->optional = optional;
    return copy;
}

const Type *type_optional(Arena *a, const Type *t) { return with_optional(a, t, true); }
const Type *type_plain(Arena *a, const Type *t) { return with_optional(a, t, false); }

const Type *type_list(Arena *a, const Type *of)
{
    Type *t = ARENA_NEW(a, Type);
    *t = (Type){.kind = TYPE_LIST, .of = of};
    return t;
}

const Type *type_list_at(Arena *a, Diags *d, Span at, const Type *of)
{
    int depth = 1;
    for (const Type *t = of; t->kind == TYPE_LIST; t = t->of) depth++;
    if (depth <= IR_LISTS_DEEP) return type_list(a, of);
    Diag *m = diag_add(d, DIAG_E0118, at, "more than %d lists stand inside each other here", IR_LISTS_DEEP);
    diag_hint(d, m, "let a record say what the inner lists are");
    return type_unknown();
}

static bool has_choice(const Type *t, const char *choice)
{
    for (uint32_t i = 0; i < t->choices_n; i++)
        if (strcmp(t->choices[i], choice) == 0) return true;
    return false;
}

static bool choices_fit(const Type *to, const Type *from)
{
    if (to->choices == from->choices) return true;
    for (uint32_t i = 0; i < from->choices_n; i++)
        if (!has_choice(to, from->choices[i])) return false;
    return true;
}

static bool same_record(const Type *a, const Type *b)
{
    return a->fields == b->fields || (a->name && b->name && strcmp(a->name, b->name) == 0);
}

bool type_fits(const Type *to, const Type *from)
{
    if (to->kind == TYPE_UNKNOWN || from->kind == TYPE_UNKNOWN) return true;
    if (from->kind == TYPE_NONE) return to->optional || to->kind == TYPE_NONE;
    if (from->optional && !to->optional) return false;
    switch ((IrTypeKind)to->kind) {
    case TYPE_TEXT:
        return from->kind == TYPE_TEXT || from->kind == TYPE_CHOICE || from->kind == TYPE_FILE ||
               from->kind == TYPE_PERSON;
    case TYPE_FILE: return from->kind == TYPE_FILE || from->kind == TYPE_TEXT;
    case TYPE_NUMBER: return from->kind == TYPE_NUMBER || from->kind == TYPE_PERCENT;
    case TYPE_CHOICE: return from->kind == TYPE_CHOICE && choices_fit(to, from);
    case TYPE_MONEY:
        return from->kind == TYPE_MONEY &&
               (!to->currency || !from->currency || to->currency == from->currency);
    case TYPE_LIST: return from->kind == TYPE_LIST && type_fits(to->of, from->of);
    case TYPE_RECORD: return from->kind == TYPE_RECORD && same_record(to, from);
    case TYPE_NONE: case TYPE_PERCENT: case TYPE_DURATION: case TYPE_DATE: case TYPE_TIME:
    case TYPE_DATETIME: case TYPE_BOOLEAN: case TYPE_PERSON: break;
    }
    return to->kind == from->kind;
}

bool type_same(const Type *a, const Type *b)
{
    return type_fits(a, b) && type_fits(b, a);
}

static bool same_span(const Type *p, const Type *q)
{
    return p->months == q->months && p->business == q->business && p->business_days == q->business_days;
}

/* Of two that may be none neither: what is known of only one of them is not known of both. */
static const Type *join_plain(Arena *a, const Type *p, const Type *q)
{
    if (p->kind == TYPE_MONEY && q->kind == TYPE_MONEY && type_fits(p, q)) return p->currency ? q : p;
    if (p->kind == TYPE_DURATION && q->kind == TYPE_DURATION)
        return same_span(p, q) ? p : type_simple(TYPE_DURATION);
    if (p->kind == TYPE_LIST && q->kind == TYPE_LIST) {
        const Type *of = type_join(a, p->of, q->of);
        return !of ? NULL : of == p->of ? p : of == q->of ? q : type_list(a, of);
    }
    if (type_fits(p, q)) return p;
    if (type_fits(q, p)) return q;
    return p->kind == TYPE_CHOICE && q->kind == TYPE_CHOICE ? type_simple(TYPE_TEXT) : NULL;
}

const Type *type_join(Arena *a, const Type *x, const Type *y)
{
    if (x == y || y->kind == TYPE_UNKNOWN) return x;
    if (x->kind == TYPE_UNKNOWN) return y;
    if (x->kind == TYPE_NONE) return type_optional(a, y);
    if (y->kind == TYPE_NONE) return type_optional(a, x);
    const Type *joined = join_plain(a, type_plain(a, x), type_plain(a, y));
    return joined && (x->optional || y->optional) ? type_optional(a, joined) : joined;
}

static void print_type(Buf *b, const Type *t)
{
    static const char *const names[] = {"none", "text", "number", "money", "percent", "duration",
                                        "date", "time", "datetime", "boolean", "file", "person"};
    if (t->kind == TYPE_LIST) {
        buf_puts(b, "list of ");
        print_type(b, t->of);
    } else if (t->kind == TYPE_CHOICE) {
        buf_puts(b, t->name ? t->name : "one of ");
        for (uint32_t i = 0; !t->name && i < t->choices_n; i++)
            buf_printf(b, "%s%s", i ? ", " : "", t->choices[i]);
    } else if (t->kind == TYPE_RECORD) {
        buf_puts(b, t->name ? t->name : "record");
    } else {
        buf_puts(b, t->kind < sizeof names / sizeof *names ? names[t->kind] : "something");
    }
    if (t->kind == TYPE_MONEY && t->currency) {
        char code[4];
        currency_unpack(t->currency, code);
        buf_printf(b, " in %s", code);
    }
    if (t->optional) buf_puts(b, " or none");
}

const char *type_text(Arena *a, const Type *t)
{
    Buf b = {0};
    print_type(&b, t);
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

/* ---- units ---------------------------------------------------------------------------- */

typedef struct TypeSlot { const Type *type; uint32_t number; } TypeSlot;

struct UnitBuilder {
    Arena *arena;
    Map *names_by_text;
    VEC(const char *) names;
    VEC(Value) consts;
    uint32_t *const_slots, const_mask;
    VEC(uint32_t) code;
    VEC(IrType) types;
    TypeSlot *type_slots; uint32_t type_mask, type_slots_n;
    VEC(IrField) fields;
};

UnitBuilder *unit_new(Arena *a)
{
    UnitBuilder *u = ARENA_NEW(a, UnitBuilder);
    u->arena = a;
    u->names_by_text = map_new(a);
    return u;
}

uint32_t unit_name(UnitBuilder *u, const char *text)
{
    void **slot = map_slot(u->names_by_text, text);
    if (!*slot) {
        *VEC_PUSH(u->arena, &u->names) = text;
        *slot = (void *)(uintptr_t)u->names.n;
    }
    return (uint32_t)(uintptr_t)*slot - 1;
}

/* Equal in every respect: 5 and 5% are equal as values and differ as constants. */
static bool same_const(const Value *a, const Value *b)
{
    return value_order(a, b) == 0;
}

static void rehash_consts(UnitBuilder *u)
{
    uint32_t size = u->const_slots ? (u->const_mask + 1) * 2 : 16;
    u->const_slots = ARENA_ARRAY(u->arena, uint32_t, size);
    u->const_mask = size - 1;
    for (uint32_t i = 0; i < u->consts.n; i++) {
        uint32_t at = (uint32_t)value_hash(&u->consts.items[i]) & u->const_mask;
        while (u->const_slots[at]) at = (at + 1) & u->const_mask;
        u->const_slots[at] = i + 1;
    }
}

uint32_t unit_const(UnitBuilder *u, Value v)
{
    if (!u->const_slots || u->consts.n * 4 >= (u->const_mask + 1) * 3) rehash_consts(u);
    uint32_t at = (uint32_t)value_hash(&v) & u->const_mask;
    for (; u->const_slots[at]; at = (at + 1) & u->const_mask)
        if (same_const(&u->consts.items[u->const_slots[at] - 1], &v)) return u->const_slots[at] - 1;
    *VEC_PUSH(u->arena, &u->consts) = v;
    u->const_slots[at] = u->consts.n;
    return u->consts.n - 1;
}

static IrField no_field(const char *name, uint32_t type)
{
    return (IrField){.name = name, .type = type, .initial = CODE_NONE, .where = CODE_NONE, .slot = IR_NONE};
}

static TypeSlot *type_slot(UnitBuilder *u, const Type *t)
{
    if (!u->type_slots || u->type_slots_n * 4 >= (u->type_mask + 1) * 3) {
        TypeSlot *old = u->type_slots;
        uint32_t n = old ? u->type_mask + 1 : 0, size = n ? n * 2 : 16;
        u->type_slots = ARENA_ARRAY(u->arena, TypeSlot, size);
        u->type_mask = size - 1;
        u->type_slots_n = 0;
        for (uint32_t i = 0; i < n; i++)
            if (old[i].type) *type_slot(u, old[i].type) = old[i], u->type_slots_n++;
    }
    uint32_t at = (uint32_t)(((uintptr_t)t >> 4) * 2654435761u) & u->type_mask;
    while (u->type_slots[at].type && u->type_slots[at].type != t) at = (at + 1) & u->type_mask;
    return &u->type_slots[at];
}

/* The type has its number already: a field may be of it, or a list of it. */
static void add_record(UnitBuilder *u, uint32_t number, const Type *t)
{
    uint32_t first = unit_fields(u, t->fields_n);
    const char **names = ARENA_ARRAY(u->arena, const char *, t->fields_n);
    Shape *shape = ARENA_NEW(u->arena, Shape);
    for (uint32_t i = 0; i < t->fields_n; i++) {
        uint32_t type = unit_type(u, t->fields[i].type);
        names[i] = t->fields[i].name.text;
        *unit_field(u, first + i) = no_field(names[i], type);
    }
    *shape = (Shape){t->name, names, t->fields_n};
    IrType *made = &u->types.items[number];
    made->fields = first, made->fields_n = t->fields_n, made->shape = shape;
}

uint32_t unit_type(UnitBuilder *u, const Type *t)
{
    if (t->kind == TYPE_UNKNOWN) t = type_simple(TYPE_NONE);
    TypeSlot *slot = type_slot(u, t);
    if (slot->type) return slot->number;
    uint32_t number = u->types.n;
    *VEC_PUSH(u->arena, &u->types) =
        (IrType){.kind = t->kind, .optional = t->optional, .currency = t->currency, .name = t->name,
                 .choices = t->choices, .choices_n = t->choices_n, .key = t->key};
    *slot = (TypeSlot){t, number};
    u->type_slots_n++;
    if (t->kind == TYPE_LIST) {
        uint32_t of = unit_type(u, t->of);
        u->types.items[number].of = of;
    } else if (t->kind == TYPE_RECORD) {
        add_record(u, number, t);
    }
    return number;
}

uint32_t unit_fields(UnitBuilder *u, uint32_t n)
{
    uint32_t first = u->fields.n;
    for (uint32_t i = 0; i < n; i++) *VEC_PUSH(u->arena, &u->fields) = no_field("", 0);
    return first;
}

IrField *unit_field(UnitBuilder *u, uint32_t i) { return &u->fields.items[i]; }
uint32_t unit_here(const UnitBuilder *u) { return u->code.n; }

void unit_emit(UnitBuilder *u, IrOp op, uint32_t operand)
{
    *VEC_PUSH(u->arena, &u->code) = IR_INSTRUCTION(op, operand);
}

void unit_patch(UnitBuilder *u, uint32_t at, uint32_t target)
{
    u->code.items[at] = IR_INSTRUCTION(IR_INSTRUCTION_OP(u->code.items[at]), target);
}

void unit_cut(UnitBuilder *u, uint32_t at) { u->code.n = at; }

static const void *copy(Arena *a, const void *items, uint32_t n, size_t size)
{
    void *to = arena_alloc(a, n * size);
    if (n) memcpy(to, items, n * size);
    return to;
}

void unit_copy(const UnitBuilder *u, IrUnit *out)
{
#define COPY(part) copy(u->arena, u->part.items, u->part.n, sizeof *u->part.items), u->part.n
    *out = (IrUnit){COPY(names), COPY(consts), COPY(code), COPY(types), COPY(fields)};
#undef COPY
}

void unit_reset(UnitBuilder *u)
{
    map_clear(u->names_by_text);
    u->names.n = u->consts.n = u->code.n = u->types.n = u->fields.n = 0;
    if (u->const_slots) memset(u->const_slots, 0, (u->const_mask + (size_t)1) * sizeof *u->const_slots);
    if (u->type_slots) memset(u->type_slots, 0, (u->type_mask + (size_t)1) * sizeof *u->type_slots);
    u->type_slots_n = 0;
}

void unit_finish(const UnitBuilder *u, IrUnit *out)
{
    *out = (IrUnit){u->names.items, u->names.n, u->consts.items, u->consts.n, u->code.items,
                    u->code.n, u->types.items, u->types.n, u->fields.items, u->fields.n};
}
