/* script_pack.c -- values, types and texts as bytes, and back.
 *
 * Only types that variables need go along, numbered anew from 0. A text ends
 * with a NUL in the bytes, so that whoever reads may point into them.
 */
#include "runtime/script_pack.h"
#include "runtime/script_private.h"

#include <string.h>

enum { DEEPEST = 200, SHAPES = 32, UNNAMED = UINT32_MAX };

/* ---- writing --------------------------------------------------------------------------- */

typedef struct Pack {
    Buf *b;
    Arena *scratch;
    const Shape *shapes[SHAPES];       /* known to the other end, by number */
    uint32_t shapes_n;
    VEC(uint32_t) types;               /* the unit's, by their number here */
} Pack;

static void put_bytes(Pack *p, const void *bytes, size_t n)
{
    buf_add(p->b, bytes, n);
}

static void put_u8(Pack *p, uint8_t n) { put_bytes(p, &n, sizeof n); }
static void put_u32(Pack *p, uint32_t n) { put_bytes(p, &n, sizeof n); }
static void put_i64(Pack *p, int64_t n) { put_bytes(p, &n, sizeof n); }

/* UINT32_MAX: it is NULL. */
static void put_text(Pack *p, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    put_u32(p, text ? (uint32_t)n : UINT32_MAX);
    if (text) put_bytes(p, text, n + 1);
}

static void put_shape(Pack *p, const Shape *shape)
{
    for (uint32_t i = 0; i < p->shapes_n; i++)
        if (p->shapes[i] == shape) {
            put_u32(p, i);
            return;
        }
    if (p->shapes_n < SHAPES) p->shapes[p->shapes_n++] = shape;
    put_u32(p, UINT32_MAX);
    put_text(p, shape->name);
    put_u32(p, shape->n);
    for (uint32_t i = 0; i < shape->n; i++) put_text(p, shape->fields[i]);
}

static bool is_business(const Value *v)
{
    return v->type == V_DURATION && v->aux >= DUR_BUSINESS_TIME;
}

static void put_value(Pack *p, const Value *v)
{
    put_bytes(p, v, offsetof(Value, i));
    switch ((ValueType)v->type) {
    case V_NONE: case V_COUNT: break;
    case V_TEXT: case V_FILE: case V_PERSON: put_bytes(p, v->text, (size_t)v->len + 1); break;
    case V_LIST:
        for (uint32_t i = 0; i < v->len; i++) put_value(p, &v->list[i]);
        break;
    case V_RECORD:
        put_shape(p, v->record->shape);
        for (uint32_t i = 0; i < v->record->shape->n; i++) put_value(p, &v->record->fields[i]);
        break;
    case V_BOOLEAN: case V_NUMBER: case V_PERCENT: case V_MONEY: case V_DURATION: case V_DATE: case V_TIME:
    case V_DATETIME:
        put_i64(p, is_business(v) ? v->business->amount : v->i);
        if (is_business(v)) put_text(p, v->business->calendar);
        break;
    }
}

/* The type's number here; it and those that it needs are noted. */
static uint32_t type_number(Pack *p, uint32_t type)
{
    for (uint32_t i = 0; i < p->types.n; i++)
        if (p->types.items[i] == type) return i;
    *VEC_PUSH(p->scratch, &p->types) = type;
    return p->types.n - 1;
}

/* Grows while it is read: a type's parts are noted as it is written. */
static void put_types(Pack *p, const IrUnit *u)
{
    for (uint32_t i = 0; i < p->types.n; i++) {
        const IrType *t = &u->types[p->types.items[i]];
        put_u8(p, 1);
        put_u8(p, t->kind);
        put_u8(p, t->optional);
        put_u32(p, t->currency);
        put_text(p, t->name);
        put_u32(p, t->kind == TYPE_LIST ? type_number(p, t->of) : 0);
        put_u32(p, t->choices_n);
        for (uint32_t k = 0; k < t->choices_n; k++) put_text(p, t->choices[k]);
        put_u32(p, t->kind == TYPE_RECORD ? t->fields_n : 0);
        for (uint32_t k = 0; t->kind == TYPE_RECORD && k < t->fields_n; k++) {
            put_text(p, u->fields[t->fields + k].name);
            put_u32(p, type_number(p, u->fields[t->fields + k].type));
        }
    }
    put_u8(p, 0);
}

static void put_lua(Pack *p, const IrLua *lua, const PackPeer *peer)
{
    PackedText known = peer->text(peer->self, lua);
    put_u32(p, known.id);
    put_u8(p, known.again);
    if (known.again) return;
    put_text(p, lua->place.file);
    put_u32(p, lua->place.line);
    put_text(p, lua->text);
}

/* Those alone that it can read. */
static void put_secrets(Pack *p, const ScriptCall *call)
{
    for (uint32_t i = 0; i < secrets_count(call->secrets); i++) {
        const char *name = secrets_name(call->secrets, i), *value;
        Error why;
        if (!script_names(call, name)) continue;
        bool there = secrets_get(call->secrets, call->process, name, &value, &why) == ST_OK;
        put_u8(p, 1);
        put_text(p, name);
        put_text(p, there ? value : NULL);
        put_text(p, there ? NULL : why.text);
    }
    put_u8(p, 0);
}

static bool holds_span(const Value *v)
{
    bool holds = v->type == V_DURATION && v->aux != DUR_CLOCK;
    for (uint32_t i = 0; v->type == V_LIST && i < v->len && !holds; i++) holds = holds_span(&v->list[i]);
    for (uint32_t i = 0; v->type == V_RECORD && i < v->record->shape->n && !holds; i++)
        holds = holds_span(&v->record->fields[i]);
    return holds;
}

/* Can it reckon with a calendar? By the module's name alone, or with a span that it was given. */
static bool needs_calendars(const ScriptCall *call)
{
    bool needs = call->program && script_names(call, "time");
    for (uint32_t i = 0; call->program && i < call->vars_n && !needs; i++) needs = holds_span(&call->vars[i].value);
    return needs;
}

enum { NO_CALENDARS, SAME_CALENDARS, NEW_CALENDARS };

static void put_calendars(Pack *p, const ScriptCall *call, const PackPeer *peer)
{
    Buf b = {0};
    if (!needs_calendars(call)) {
        put_u8(p, NO_CALENDARS);
        return;
    }
    calendars_pack(&b, p->scratch, call->program);
    bool again = peer->calendars(peer->self, b.p, b.n);
    put_u8(p, again ? SAME_CALENDARS : NEW_CALENDARS);
    put_text(p, call->calendar);
    put_u32(p, again ? 0 : (uint32_t)b.n);
    if (!again) put_bytes(p, b.p, b.n);
    buf_free(&b);
}

void script_pack_call(Buf *b, Arena *scratch, ScriptKind kind, const ScriptCall *call, const PackPeer *peer)
{
    Pack p = {.b = b, .scratch = scratch};
    put_u8(&p, (uint8_t)kind);
    put_bytes(&p, &call->limits, sizeof call->limits);
    put_i64(&p, call->now);
    put_i64(&p, (int64_t)call->seed);
    put_lua(&p, call->block, peer);
    put_u32(&p, call->prelude_n);
    for (uint32_t i = 0; i < call->prelude_n; i++) put_lua(&p, &call->prelude[i], peer);
    put_u32(&p, call->modules_n);
    for (uint32_t i = 0; i < call->modules_n; i++) {
        bool called = script_calls(call, call->modules[i].name);
        put_text(&p, called ? call->modules[i].name : NULL);
        if (called) put_lua(&p, &call->modules[i].lua, peer);
    }
    put_secrets(&p, call);
    put_calendars(&p, call, peer);
    put_u32(&p, call->gives_n);
    for (uint32_t i = 0; i < call->gives_n; i++) put_text(&p, call->gives[i]);
    put_u32(&p, call->vars_n);
    for (uint32_t i = 0; i < call->vars_n; i++) {
        put_text(&p, call->vars[i].name);
        put_u32(&p, type_number(&p, (uint32_t)(call->vars[i].type - call->unit->types)));
        put_u8(&p, call->vars[i].value.type != CASE_UNSET);
        if (call->vars[i].value.type != CASE_UNSET) put_value(&p, &call->vars[i].value);
    }
    put_types(&p, call->unit);
}

/* The place of a name in the call: what it gives, then its variables. */
static uint32_t place_of(const ScriptCall *call, const char *name)
{
    for (uint32_t i = 0; name && i < call->gives_n; i++)
        if (strcmp(call->gives[i], name) == 0) return i;
    for (uint32_t i = 0; name && i < call->vars_n; i++)
        if (strcmp(call->vars[i].name, name) == 0) return call->gives_n + i;
    return UNNAMED;
}

void script_pack_reply(Buf *b, const ScriptCall *call, const ScriptReply *reply)
{
    Pack p = {.b = b};
    put_u8(&p, SCRIPT_REPLY);
    put_u32(&p, (uint32_t)reply->status);
    put_text(&p, reply->text);
    put_text(&p, reply->printed);
    put_u32(&p, reply->values_n);
    for (uint32_t i = 0; i < reply->values_n; i++) {
        put_u32(&p, place_of(call, reply->values[i].name));
        put_value(&p, &reply->values[i].value);
    }
}

void script_pack_question(Buf *b, const ScriptQuestion *q)
{
    Pack p = {.b = b};
    put_u8(&p, SCRIPT_QUESTION);
    put_text(&p, q->what);
    put_u32(&p, q->args_n);
    for (uint32_t i = 0; i < q->args_n; i++) put_value(&p, &q->args[i]);
}

void script_pack_answer(Buf *b, const char *text, const Value *answer, int64_t late)
{
    Pack p = {.b = b};
    put_u8(&p, SCRIPT_ANSWER);
    put_i64(&p, late);
    put_text(&p, text);
    if (!text) put_value(&p, answer);
}

/* ---- reading ------------------------------------------------------------------------------- */

typedef struct Unpack {
    Arena *a;
    const char *at, *end;
    const Shape *shapes[SHAPES];
    uint32_t shapes_n;
    uint32_t depth;
    bool bad;                          /* from here on nothing is read */
} Unpack;

static void get_bytes(Unpack *u, void *out, size_t n)
{
    if ((size_t)(u->end - u->at) < n) u->bad = true;
    if (u->bad) memset(out, 0, n);
    else memcpy(out, u->at, n), u->at += n;
}

static uint8_t get_u8(Unpack *u)
{
    uint8_t n;
    get_bytes(u, &n, sizeof n);
    return n;
}

static uint32_t get_u32(Unpack *u)
{
    uint32_t n;
    get_bytes(u, &n, sizeof n);
    return n;
}

static int64_t get_i64(Unpack *u)
{
    int64_t n;
    get_bytes(u, &n, sizeof n);
    return n;
}

/* n bytes and the NUL behind them, in their place; UTF-8. */
static const char *get_text_n(Unpack *u, size_t n)
{
    if ((size_t)(u->end - u->at) <= n || u->at[n] || utf8_check(u->at, n) < n) u->bad = true;
    if (u->bad) return "";
    const char *text = u->at;
    u->at += n + 1;
    return text;
}

static const char *get_text(Unpack *u)
{
    uint32_t n = get_u32(u);
    return n == UINT32_MAX ? NULL : get_text_n(u, n);
}

static const char *get_name(Unpack *u)
{
    const char *text = get_text(u);
    u->bad |= !text;
    return text ? text : "";
}

/* A number of things of which each takes a byte at least. */
static uint32_t get_count(Unpack *u)
{
    uint32_t n = get_u32(u);
    u->bad |= n > (size_t)(u->end - u->at);
    return u->bad ? 0 : n;
}

static const Shape *get_shape(Unpack *u)
{
    static const Shape none = {0};
    uint32_t known = get_u32(u);
    if (known != UINT32_MAX) {
        u->bad |= known >= u->shapes_n;
        return u->bad ? &none : u->shapes[known];
    }
    Shape *shape = ARENA_NEW(u->a, Shape);
    shape->name = get_text(u);
    uint32_t n = get_count(u);
    const char **names = ARENA_ARRAY(u->a, const char *, n);
    for (uint32_t i = 0; i < n; i++) names[i] = get_name(u);
    shape->fields = names;
    shape->n = n;
    if (u->shapes_n < SHAPES) u->shapes[u->shapes_n++] = shape;
    return shape;
}

static Value get_value(Unpack *u);

static Value get_parts(Unpack *u, Value v)
{
    if (++u->depth > DEEPEST) u->bad = true;
    if (u->bad) return VALUE_NONE;
    if (v.type == V_LIST) {
        u->bad |= v.len > (size_t)(u->end - u->at);
        Value *items = ARENA_ARRAY(u->a, Value, u->bad ? 0 : v.len);
        for (uint32_t i = 0; i < v.len && !u->bad; i++) items[i] = get_value(u);
        v = value_list(items, u->bad ? 0 : v.len);
    } else {
        Record *r = record_new(u->a, get_shape(u));
        for (uint32_t i = 0; i < r->shape->n && !u->bad; i++) r->fields[i] = get_value(u);
        v = value_record(r);
    }
    u->depth--;
    return v;
}

/* Years 0001 to 9999, which all else may count on. */
static bool in_time(ValueType type, int64_t i)
{
    const int64_t first = -719162, behind = 2932897;
    if (type == V_DATE) return i >= first && i < behind;
    if (type == V_TIME) return i >= 0 && i <= US_DAY;
    return type != V_DATETIME || (i >= first * US_DAY && i < behind * US_DAY);
}

static void get_scalar(Unpack *u, Value *v)
{
    int64_t i = get_i64(u);
    v->i = i;
    u->bad |= !in_time((ValueType)v->type, i);
    if (v->type == V_BOOLEAN) v->i = i != 0;
    if (v->type == V_DURATION && v->aux > DUR_BUSINESS_DAYS) u->bad = true;
    if (!is_business(v)) return;
    Business *b = ARENA_NEW(u->a, Business);
    *b = (Business){i, get_name(u)};
    v->business = b;
}

static Value get_value(Unpack *u)
{
    Value v = {0};
    get_bytes(u, &v, offsetof(Value, i));
    switch ((ValueType)v.type) {
    case V_NONE: return VALUE_NONE;
    case V_TEXT: case V_FILE: case V_PERSON: v.text = get_text_n(u, v.len); break;
    case V_LIST: case V_RECORD: return get_parts(u, v);
    case V_BOOLEAN: case V_NUMBER: case V_PERCENT: case V_MONEY: case V_DURATION: case V_DATE: case V_TIME:
    case V_DATETIME: get_scalar(u, &v); break;
    case V_COUNT: u->bad = true; break;
    }
    if (v.type >= V_COUNT) u->bad = true;
    return u->bad ? VALUE_NONE : v;
}

/* Its shape is that of its fields. */
static void get_fields(Unpack *u, IrType *t, IrField *fields)
{
    Shape *shape = ARENA_NEW(u->a, Shape);
    const char **names = ARENA_ARRAY(u->a, const char *, t->fields_n);
    for (uint32_t i = 0; i < t->fields_n; i++) {
        fields[i] = (IrField){.name = names[i] = get_name(u), .initial = CODE_NONE, .where = CODE_NONE};
        fields[i].type = get_u32(u);
    }
    *shape = (Shape){t->name, names, t->fields_n};
    t->shape = shape;
}

static void get_types(Unpack *u, IrUnit *unit)
{
    VEC(IrType) types = {0};
    VEC(IrField) fields = {0};
    while (get_u8(u) && !u->bad) {
        IrType t = {.kind = get_u8(u), .optional = get_u8(u) != 0, .currency = (uint16_t)get_u32(u)};
        t.name = get_text(u);
        t.of = get_u32(u);
        t.choices_n = get_count(u);
        const char **choices = ARENA_ARRAY(u->a, const char *, t.choices_n);
        for (uint32_t i = 0; i < t.choices_n; i++) choices[i] = get_name(u);
        t.choices = choices;
        t.fields = fields.n;
        t.fields_n = get_count(u);
        IrField *own = ARENA_ARRAY(u->a, IrField, t.fields_n);
        if (t.kind == TYPE_RECORD) get_fields(u, &t, own);
        for (uint32_t i = 0; i < t.fields_n; i++) *VEC_PUSH(u->a, &fields) = own[i];
        *VEC_PUSH(u->a, &types) = t;
    }
    for (uint32_t i = 0; i < types.n; i++) u->bad |= types.items[i].of >= types.n;
    for (uint32_t i = 0; i < fields.n; i++) u->bad |= fields.items[i].type >= types.n;
    *unit = (IrUnit){.types = types.items, .types_n = types.n, .fields = fields.items, .fields_n = fields.n};
}

static const IrLua *get_lua(Unpack *u, const UnpackPeer *peer)
{
    uint32_t id = get_u32(u);
    if (get_u8(u)) return u->bad ? NULL : peer->text(peer->self, id, NULL);
    IrLua told = {.place.file = get_text(u)};
    told.place.line = get_u32(u);
    told.text = get_name(u);
    return u->bad ? NULL : peer->text(peer->self, id, &told);
}

/* Those that are called came. */
static void get_modules(Unpack *u, ScriptCall *call, const UnpackPeer *peer)
{
    uint32_t n = get_count(u);
    IrModule *modules = ARENA_ARRAY(u->a, IrModule, n);
    call->modules = modules;
    for (uint32_t i = 0; i < n && !u->bad; i++) {
        const char *name = get_text(u);
        const IrLua *lua = name ? get_lua(u, peer) : NULL;
        u->bad |= name && !lua;
        if (lua) modules[call->modules_n++] = (IrModule){.name = name, .lua = *lua};
    }
}

static void get_secrets(Unpack *u, ScriptCall *call)
{
    VEC(ScriptTold) told = {0};
    while (get_u8(u) && !u->bad) {
        ScriptTold t = {.name = get_name(u)};
        t.value = get_text(u);
        t.why = get_text(u);
        *VEC_PUSH(u->a, &told) = t;
    }
    call->told = told.items;
    call->told_n = told.n;
}

static void get_calendars(Unpack *u, ScriptCall *call, const UnpackPeer *peer)
{
    uint8_t how = get_u8(u);
    u->bad |= how > NEW_CALENDARS;
    if (how == NO_CALENDARS || u->bad) return;
    call->calendar = get_text(u);
    uint32_t n = get_count(u);
    if (u->bad) return;
    call->program = peer->calendars(peer->self, how == NEW_CALENDARS ? u->at : NULL, n);
    u->at += n;
    u->bad |= !call->program;
}

static void get_vars(Unpack *u, ScriptCall *call)
{
    call->vars_n = get_count(u);
    ScriptVar *vars = ARENA_ARRAY(u->a, ScriptVar, call->vars_n);
    uint32_t *types = ARENA_ARRAY(u->a, uint32_t, call->vars_n);
    for (uint32_t i = 0; i < call->vars_n; i++) {
        vars[i].name = get_name(u);
        types[i] = get_u32(u);
        vars[i].value.type = CASE_UNSET;
        if (get_u8(u)) vars[i].value = get_value(u);
    }
    IrUnit *unit = ARENA_NEW(u->a, IrUnit);
    get_types(u, unit);
    for (uint32_t i = 0; i < call->vars_n; i++) {
        u->bad |= types[i] >= unit->types_n;
        if (!u->bad) vars[i].type = &unit->types[types[i]];
    }
    call->unit = unit;
    call->vars = vars;
}

bool script_unpack_call(Arena *a, const char *bytes, size_t n, ScriptKind *kind, ScriptCall *call,
                        const UnpackPeer *peer)
{
    Unpack u = {.a = a, .at = bytes, .end = bytes + n};
    *call = (ScriptCall){0};
    *kind = (ScriptKind)get_u8(&u);
    get_bytes(&u, &call->limits, sizeof call->limits);
    call->now = get_i64(&u);
    call->seed = (uint64_t)get_i64(&u);
    call->block = get_lua(&u, peer);
    call->prelude_n = get_count(&u);
    IrLua *prelude = ARENA_ARRAY(a, IrLua, call->prelude_n);
    for (uint32_t i = 0; i < call->prelude_n; i++) {
        const IrLua *lua = get_lua(&u, peer);
        u.bad |= !lua;
        if (lua) prelude[i] = *lua;
    }
    call->prelude = prelude;
    get_modules(&u, call, peer);
    get_secrets(&u, call);
    get_calendars(&u, call, peer);
    call->gives_n = get_count(&u);
    const char **gives = ARENA_ARRAY(a, const char *, call->gives_n);
    for (uint32_t i = 0; i < call->gives_n; i++) gives[i] = get_name(&u);
    call->gives = gives;
    get_vars(&u, call);
    return !u.bad && call->block && u.at == u.end;
}

bool script_unpack_reply(Arena *a, const char *bytes, size_t n, const ScriptCall *call, ScriptReply *reply)
{
    Unpack u = {.a = a, .at = bytes, .end = bytes + n};
    u.bad |= get_u8(&u) != SCRIPT_REPLY;
    uint32_t status = get_u32(&u);
    *reply = (ScriptReply){.status = status == ST_OK ? ST_OK : ST_FAILED};
    reply->text = get_text(&u);
    reply->printed = get_name(&u);
    reply->values_n = get_count(&u);
    Datum *values = ARENA_ARRAY(a, Datum, reply->values_n);
    for (uint32_t i = 0; i < reply->values_n; i++) {
        uint32_t at = get_u32(&u);
        if (at < call->gives_n) values[i].name = call->gives[at];
        else if (at - call->gives_n < call->vars_n) values[i].name = call->vars[at - call->gives_n].name;
        else u.bad |= at != UNNAMED;
        values[i].value = get_value(&u);
    }
    reply->values = values;
    return !u.bad && u.at == u.end && (reply->status == ST_OK || reply->text);
}

ScriptKind script_kind(const char *bytes, size_t n)
{
    return n ? (ScriptKind)bytes[0] : (ScriptKind)0;
}

bool script_unpack_question(Arena *a, const char *bytes, size_t n, ScriptQuestion *q)
{
    Unpack u = {.a = a, .at = bytes, .end = bytes + n};
    u.bad |= get_u8(&u) != SCRIPT_QUESTION;
    *q = (ScriptQuestion){.what = get_name(&u)};
    q->args_n = get_count(&u);
    Value *args = ARENA_ARRAY(a, Value, q->args_n);
    for (uint32_t i = 0; i < q->args_n; i++) args[i] = get_value(&u);
    q->args = args;
    return !u.bad && u.at == u.end;
}

bool script_unpack_answer(Arena *a, const char *bytes, size_t n, const char **text, Value *answer, int64_t *late)
{
    Unpack u = {.a = a, .at = bytes, .end = bytes + n};
    u.bad |= get_u8(&u) != SCRIPT_ANSWER;
    *late = get_i64(&u);
    *text = get_text(&u);
    *answer = *text || u.bad ? VALUE_NONE : get_value(&u);
    return !u.bad && u.at == u.end;
}
