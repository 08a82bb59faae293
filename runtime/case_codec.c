/* case_codec.c -- events and snapshots as bytes, and back.
 *
 * Both are JSON in a fixed order of keys, with what has its usual value left
 * out: the same event gives the same bytes, which is what the hash chain
 * covers, and a person with a text editor can read the history.
 */
#include "base/json.h"
#include "runtime/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ------------------------------------------------------------------ */

/* Faster than printf, which showed in profiles of thousands of events a second. */
static void put_int(Buf *b, int64_t n)
{
    char digits[24];
    size_t i = sizeof digits;
    uint64_t u = n < 0 ? (uint64_t)0 - (uint64_t)n : (uint64_t)n;
    do digits[--i] = (char)('0' + u % 10);
    while (u /= 10);
    if (n < 0) digits[--i] = '-';
    buf_add(b, digits + i, sizeof digits - i);
}

static void put_key(Buf *b, const char *key)
{
    if (b->n && b->p[b->n - 1] != '{') buf_putc(b, ',');
    buf_putc(b, '"');
    buf_puts(b, key);
    buf_add(b, "\":", 2);
}

static void put_number(Buf *b, const char *key, int64_t n)
{
    put_key(b, key);
    put_int(b, n);
}

static void put_text(Buf *b, const char *key, const char *text)
{
    if (!text) return;
    put_key(b, key);
    json_string(b, text, strlen(text));
}

static void put_value(Buf *b, const char *key, const Value *v)
{
    put_key(b, key);
    value_write(b, v);
}

/* The first eight bytes are enough to tell the flows of a store apart. */
static void put_hash(Buf *b, const uint8_t hash[SHA256_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    char hex[18] = {'"'};
    for (int i = 0; i < 8; i++) hex[1 + 2 * i] = digits[hash[i] >> 4], hex[2 + 2 * i] = digits[hash[i] & 15];
    hex[17] = '"';
    buf_add(b, hex, sizeof hex);
}

void event_write(Buf *b, const Event *e, const IrFlow *flow)
{
    buf_putc(b, '{');
    put_number(b, "case", (int64_t)e->case_id);
    put_number(b, "seq", e->seq);
    put_text(b, "kind", event_name(e->kind));
    put_number(b, "at", e->at);
    put_number(b, "recorded", e->recorded);
    if (flow) put_key(b, "flow"), put_hash(b, ir_flow_hash(flow));
    if (e->kind == EV_STARTED) put_text(b, "process", flow->process);
    if (e->act) put_number(b, "act", e->act);
    if (e->parent) put_number(b, "in", e->parent);
    if (e->node != IR_NONE) put_text(b, "node", flow->nodes[e->node].name);
    if (e->attempt) put_number(b, "attempt", e->attempt);
    if (e->n) put_number(b, "n", e->n);
    if (e->due != INSTANT_NEVER) put_number(b, "due", e->due);
    put_text(b, "person", e->person);
    put_text(b, "login", e->login);
    put_text(b, "via", e->via);
    put_text(b, "text", e->text);
    if (e->values_n) {
        put_key(b, "values");
        buf_putc(b, '{');
        for (uint32_t i = 0; i < e->values_n; i++) put_value(b, e->values[i].name, &e->values[i].value);
        buf_putc(b, '}');
    }
    buf_putc(b, '}');
}

static void put_nudges(Buf *b, const Nudges *n)
{
    if (n->remind != INSTANT_NEVER) put_number(b, "remind", n->remind);
    if (n->reminded) put_number(b, "reminded", n->reminded);
    if (n->escalate.type != V_NONE) put_value(b, "escalate", &n->escalate);
    if (n->added.type != V_NONE) put_value(b, "added", &n->added);
}

static void put_act(Buf *b, const Case *c, const Act *a)
{
    buf_putc(b, '{');
    put_number(b, "id", a->id);
    put_number(b, "in", a->parent);
    put_text(b, "node", c->flow->nodes[a->node].name);
    put_number(b, "state", a->state);
    if (a->late) put_number(b, "late", 1);
    if (a->attempt) put_number(b, "attempt", a->attempt);
    if (a->round) put_number(b, "round", a->round);
    if (a->live) put_number(b, "live", a->live);
    if (a->again) put_number(b, "again", 1);
    if (a->undoes) put_number(b, "undoes", a->undoes);
    if (a->lock) put_number(b, "lock", a->lock);
    put_number(b, "offered", a->offered);
    if (a->began != INT64_MIN) put_number(b, "began", a->began);
    if (a->due != INSTANT_NEVER) put_number(b, "due", a->due);
    if (a->deadline != INSTANT_NEVER) put_number(b, "deadline", a->deadline);
    put_text(b, "person", a->person);
    put_text(b, "login", a->login);
    put_text(b, "for", a->instead);
    put_text(b, "holder", a->holder);
    put_text(b, "text", a->text);
    put_nudges(b, &a->nudges);
    if (a->turns.type != V_NONE) put_value(b, "turns", &a->turns);
    if (a->list.type != V_NONE) put_value(b, "list", &a->list);
    if (a->shown.type != V_NONE) put_value(b, "shown", &a->shown);
    if (a->loose.type != V_NONE) put_value(b, "loose", &a->loose);
    if (a->locals) {
        uint32_t n = 0, scope = case_scope(c, a);
        put_key(b, "locals");
        buf_putc(b, '{');
        for (uint32_t s = 0; s < c->flow->vars_n; s++) {
            if (c->flow->vars[s].scope != scope) continue;
            char slot[12];
            snprintf(slot, sizeof slot, "%u", n);
            if (a->locals[n].type != CASE_UNSET) put_value(b, slot, &a->locals[n]);
            n++;
        }
        buf_putc(b, '}');
    }
    buf_putc(b, '}');
}

/* Of a case that has ended nobody asks in an element. */
static bool keeps_element(const Case *c, const Did *d)
{
    uint32_t up = c->status == CASE_RUNNING ? d->node : IR_NONE;
    while (up != IR_NONE && c->flow->nodes[up].op != IRN_EACH_PARALLEL) up = c->flow->nodes[up].parent;
    return up != IR_NONE;
}

static void put_did(Buf *b, const Case *c, const Did *d)
{
    buf_putc(b, '{');
    put_text(b, "node", c->flow->nodes[d->node].name);
    put_number(b, "act", d->act);
    put_number(b, "how", d->how);
    put_number(b, "offered", d->offered);
    put_number(b, "began", d->began);
    put_number(b, "ended", d->ended);
    put_text(b, "person", d->person);
    put_text(b, "login", d->login);
    put_text(b, "for", d->instead);
    if (d->late) put_number(b, "late", 1);
    if (d->owed) put_number(b, "owed", 1);
    if (d->undone) put_number(b, "undone", d->undone);
    if (d->within) put_number(b, "within", d->within);
    if (d->lock) put_number(b, "lock", d->lock);
    if (keeps_element(c, d) && d->element != DID_ANYWHERE) put_number(b, "element", d->element);
    if (d->undo.type != V_NONE) put_value(b, "undo", &d->undo);
    buf_putc(b, '}');
}

static void put_answer(Buf *b, const Case *c, const Reply *a)
{
    buf_putc(b, '{');
    put_text(b, "node", c->flow->nodes[a->node].name);
    put_number(b, "act", a->act);
    put_text(b, "person", a->person);
    put_text(b, "login", a->login);
    put_text(b, "for", a->instead);
    if (a->yes) put_number(b, "yes", 1);
    if (a->again && a->again != AGAIN_NEXT) put_number(b, "again", a->again);
    if (a->sides.type != V_NONE) put_value(b, "sides", &a->sides);
    put_key(b, "values");
    buf_putc(b, '{');
    for (uint32_t i = 0; i < a->values_n; i++) put_value(b, a->values[i].name, &a->values[i].value);
    buf_puts(b, "}}");
}

static void put_answers(Buf *b, const Case *c)
{
    if (!c->answers.n) return;
    put_key(b, "answers");
    for (uint32_t i = 0; i < c->answers.n; i++) {
        buf_putc(b, i ? ',' : '[');
        put_answer(b, c, &c->answers.items[i]);
    }
    buf_putc(b, ']');
}

void case_write(Buf *b, const Case *c)
{
    buf_putc(b, '{');
    put_number(b, "status", c->status);
    put_text(b, "key", c->key);
    put_text(b, "outcome", c->outcome);
    put_text(b, "cause", c->cause);
    if (c->late) put_number(b, "late", 1);
    if (c->history) put_number(b, "history", 1);
    if (c->dated) put_number(b, "dated", 1);
    if (c->ending) put_number(b, "ending", c->ending), put_text(b, "ending_as", c->ending_as);
    put_number(b, "started", c->started);
    if (c->ended != INSTANT_NEVER) put_number(b, "ended", c->ended);
    put_number(b, "now", c->now);
    if (c->deadline != INSTANT_NEVER) put_number(b, "deadline", c->deadline);
    if (c->caller) put_number(b, "caller", (int64_t)c->caller), put_number(b, "caller_act", c->caller_act);
    put_number(b, "seq", c->seq);
    put_number(b, "next", c->next_act);
    if (c->incidents) put_number(b, "incidents", c->incidents);
    put_nudges(b, &c->nudges);
    put_key(b, "vars");
    buf_putc(b, '{');
    for (uint32_t s = 0; s < c->flow->vars_n; s++) {
        if (c->vars[s].type == CASE_UNSET) continue;
        char slot[12];
        snprintf(slot, sizeof slot, "%u", s);
        put_value(b, slot, &c->vars[s]);
    }
    buf_puts(b, "},\"acts\":[");
    for (uint32_t i = 0; i < c->acts.n; i++) {
        if (i) buf_putc(b, ',');
        put_act(b, c, &c->acts.items[i]);
    }
    buf_puts(b, "],\"did\":[");
    for (uint32_t i = 0; i < c->did.n; i++) {
        if (i) buf_putc(b, ',');
        put_did(b, c, &c->did.items[i]);
    }
    buf_putc(b, ']');
    put_answers(b, c);
    buf_puts(b, ",\"taken\":[");
    for (uint32_t i = 0; i < c->taken.n; i++) {
        if (i) buf_putc(b, ',');
        put_int(b, (int64_t)c->taken.items[i]);
    }
    buf_puts(b, "]}");
}

/* ---- reading -------------------------------------------------------------------- */

/* A damaged stored object: reading goes on with harmless values, and the end reports it. */
typedef struct Reader {
    Arena *arena;
    const IrFlow *flow;
    const char *problem;
    Error *err;
} Reader;

static int64_t get_int(Reader *r, const Json *object, const char *key, int64_t otherwise)
{
    const Json *j = json_get(object, key);
    if (!j) return otherwise;
    char *end;
    int64_t n = j->type == JSON_NUMBER ? strtoll(j->text, &end, 10) : 0;
    if (j->type != JSON_NUMBER || *end) r->problem = key;
    return n;
}

static uint32_t get_count(Reader *r, const Json *object, const char *key, uint32_t otherwise)
{
    int64_t n = get_int(r, object, key, otherwise);
    if (n < 0 || n > UINT32_MAX) r->problem = key, n = otherwise;
    return (uint32_t)n;
}

static const char *get_text(Reader *r, const Json *object, const char *key)
{
    const Json *j = json_get(object, key);
    if (!j) return NULL;
    if (j->type != JSON_STRING) {
        r->problem = key;
        return NULL;
    }
    return j->text;
}

static Value get_value(Reader *r, const Json *json)
{
    Value v = VALUE_NONE;
    if (json && value_from_json(r->arena, json, &v, r->err) != ST_OK) r->problem = "values";
    return v;
}

static uint32_t get_node(Reader *r, const Json *object, bool needed)
{
    const char *name = get_text(r, object, "node");
    uint32_t node = name && r->flow ? ir_node(r->flow, name) : IR_NONE;
    if (node == IR_NONE && (needed || (name && r->flow))) r->problem = "node";
    return node == IR_NONE && needed ? 0 : node;
}

static Status finish(const Reader *r, const char *what, Error *err)
{
    if (!r->problem) return ST_OK;
    return fail(err, ST_INTERNAL, "a stored %s is damaged at \"%s\": run `ops verify` to see what else is", what,
                r->problem);
}

static const Datum *get_values(Reader *r, const Json *values, uint32_t *n)
{
    *n = 0;
    if (values && values->type != JSON_OBJECT) r->problem = "values";
    if (!values || values->type != JSON_OBJECT) return NULL;
    Datum *d = ARENA_ARRAY(r->arena, Datum, values->len);
    for (const Json *v = values->child; v; v = v->next) d[(*n)++] = (Datum){v->name, get_value(r, v)};
    return d;
}

Status event_read(Arena *a, const IrFlow *flow, const char *bytes, size_t n, Event *out, Error *err)
{
    Json *j;
    Status st = json_parse(a, bytes, n, &j, err);
    if (st != ST_OK) return st;
    Reader r = {a, flow, j->type == JSON_OBJECT ? NULL : "{", err};
    const char *kind = get_text(&r, j, "kind");
    *out = (Event){
        .at = get_int(&r, j, "at", INT64_MIN), .recorded = get_int(&r, j, "recorded", INT64_MIN),
        .case_id = (uint64_t)get_int(&r, j, "case", 0), .seq = get_count(&r, j, "seq", 0),
        .kind = kind ? event_find(kind) : 0, .act = get_count(&r, j, "act", 0), .parent = get_count(&r, j, "in", 0),
        .node = get_node(&r, j, false), .attempt = get_count(&r, j, "attempt", 0), .n = get_int(&r, j, "n", 0),
        .due = get_int(&r, j, "due", INSTANT_NEVER), .person = get_text(&r, j, "person"),
        .login = get_text(&r, j, "login"), .via = get_text(&r, j, "via"), .text = get_text(&r, j, "text"),
        .flow = flow};
    if (!out->kind) r.problem = "kind";
    out->values = get_values(&r, json_get(j, "values"), &out->values_n);
    return finish(&r, "event", err);
}

static void get_slots(Reader *r, const Json *object, Value *slots, uint32_t n)
{
    if (object && object->type != JSON_OBJECT) r->problem = "vars";
    for (const Json *v = object && object->type == JSON_OBJECT ? object->child : NULL; v; v = v->next) {
        uint32_t slot = (uint32_t)strtoul(v->name, NULL, 10);
        if (slot >= n) r->problem = "vars";
        else slots[slot] = get_value(r, v);
    }
}

/* A list of texts, or none. */
static Value get_rule(Reader *r, const Json *object, const char *key)
{
    Value v = get_value(r, json_get(object, key));
    for (uint32_t i = 0; v.type == V_LIST && i < v.len; i++)
        if (v.list[i].type != V_TEXT) r->problem = key;
    return v;
}

/* The engine adds up and changes what it finds here, so it must be what it is told to be. */
static Nudges get_nudges(Reader *r, const Json *object)
{
    Nudges n = {.remind = get_int(r, object, "remind", INSTANT_NEVER), .reminded = get_count(r, object, "reminded", 0),
                .escalate = get_value(r, json_get(object, "escalate")),
                .added = get_rule(r, object, "added")};
    for (uint32_t i = 0; n.escalate.type == V_LIST && i < n.escalate.len; i++) {
        uint8_t type = n.escalate.list[i].type;
        if (type != V_NONE && type != V_DATETIME) r->problem = "escalate";
    }
    return n;
}

/* Names stand before their values. */
static Value get_loose(Reader *r, const Json *object)
{
    Value v = get_value(r, json_get(object, "loose"));
    bool well = v.type == V_NONE || (v.type == V_LIST && v.len % 2 == 0);
    for (uint32_t i = 0; well && v.type == V_LIST && i < v.len; i += 2) well = v.list[i].type == V_TEXT;
    if (!well) r->problem = "loose";
    return v;
}

static void get_act(Reader *r, Case *c, const Json *j)
{
    Act *a = VEC_PUSH(c->arena, &c->acts);
    *a = (Act){
        .id = get_count(r, j, "id", 0), .parent = get_count(r, j, "in", 0), .node = get_node(r, j, true),
        .state = (uint8_t)get_count(r, j, "state", 0), .late = get_count(r, j, "late", 0) != 0,
        .attempt = get_count(r, j, "attempt", 0), .round = get_count(r, j, "round", 0),
        .live = get_count(r, j, "live", 0), .undoes = get_count(r, j, "undoes", 0),
        .lock = get_count(r, j, "lock", 0),
        .again = get_count(r, j, "again", 0) != 0,
        .offered = get_int(r, j, "offered", INT64_MIN), .began = get_int(r, j, "began", INT64_MIN),
        .due = get_int(r, j, "due", INSTANT_NEVER), .deadline = get_int(r, j, "deadline", INSTANT_NEVER),
        .person = get_text(r, j, "person"), .login = get_text(r, j, "login"), .instead = get_text(r, j, "for"),
        .holder = get_text(r, j, "holder"), .text = get_text(r, j, "text"),
        .nudges = get_nudges(r, j), .list = get_value(r, json_get(j, "list")),
        .shown = get_value(r, json_get(j, "shown"))};
    a->turns = get_rule(r, j, "turns");
    a->loose = get_loose(r, j);
    if (a->state < ACT_BLOCK || a->state > ACT_HELD) r->problem = "state";
    if (c->acts.n > 1 && a[-1].id >= a->id) r->problem = "acts";
    c->beside += case_beside(c, a);
    c->undoing += a->state == ACT_UNDOING;
    const Json *locals = json_get(j, "locals");
    if (!locals) return;
    a->locals = ARENA_ARRAY(c->arena, Value, c->flow->vars_n + 1);
    for (uint32_t i = 0; i < c->flow->vars_n; i++) a->locals[i].type = CASE_UNSET;
    get_slots(r, locals, a->locals, c->flow->vars_n);
    if (a->parent && !case_act(c, a->parent)) r->problem = "locals";  /* in none: an `on late` in no block */
}

static void get_did(Reader *r, Case *c, const Json *j)
{
    Did *d = VEC_PUSH(c->arena, &c->did);
    *d = (Did){.node = get_node(r, j, true), .act = get_count(r, j, "act", 0),
               .how = (uint8_t)get_count(r, j, "how", 0), .offered = get_int(r, j, "offered", INT64_MIN),
               .began = get_int(r, j, "began", INT64_MIN), .ended = get_int(r, j, "ended", INT64_MIN),
               .person = get_text(r, j, "person"), .login = get_text(r, j, "login"), .instead = get_text(r, j, "for"),
               .late = get_count(r, j, "late", 0) != 0, .owed = get_count(r, j, "owed", 0) != 0,
               .undone = (uint8_t)get_count(r, j, "undone", 0), .within = get_count(r, j, "within", 0),
               .lock = get_count(r, j, "lock", 0), .undo = get_value(r, json_get(j, "undo"))};
    if (keeps_element(c, d)) d->element = get_count(r, j, "element", DID_ANYWHERE);
    c->owed += d->owed;
    c->lapsed += d->how == EV_LAPSED;
}

static void get_answer(Reader *r, Case *c, const Json *j)
{
    Reply *a = VEC_PUSH(c->arena, &c->answers);
    *a = (Reply){.node = get_node(r, j, true), .act = get_count(r, j, "act", 0), .person = get_text(r, j, "person"),
                  .login = get_text(r, j, "login"), .instead = get_text(r, j, "for"),
                  .yes = get_count(r, j, "yes", 0) != 0, .again = get_count(r, j, "again", 0),
                  .sides = get_value(r, json_get(j, "sides"))};
    a->values = get_values(r, json_get(j, "values"), &a->values_n);
}

static const Json *first_of(Reader *r, const Json *object, const char *key)
{
    const Json *j = json_get(object, key);
    if (!j || j->type != JSON_ARRAY) {
        r->problem = key;
        return NULL;
    }
    return j->child;
}

Status case_read(const IrFlow *flow, const char *bytes, size_t n, Case **out, Error *err)
{
    Case *c = case_new(flow);
    Json *j;
    Status st = json_parse(c->arena, bytes, n, &j, err);
    if (st != ST_OK) {
        case_free(c);
        return st;
    }
    Reader r = {c->arena, flow, j->type == JSON_OBJECT ? NULL : "{", err};
    c->status = (uint8_t)get_count(&r, j, "status", 0);
    c->key = get_text(&r, j, "key");
    c->outcome = get_text(&r, j, "outcome");
    c->cause = get_text(&r, j, "cause");
    c->late = get_count(&r, j, "late", 0) != 0;
    c->history = get_count(&r, j, "history", 0) != 0;
    c->dated = get_count(&r, j, "dated", 0) != 0;
    c->ending = (uint8_t)get_count(&r, j, "ending", 0);
    c->ending_as = get_text(&r, j, "ending_as");
    c->started = get_int(&r, j, "started", INT64_MIN);
    c->ended = get_int(&r, j, "ended", INSTANT_NEVER);
    c->now = get_int(&r, j, "now", INT64_MIN);
    c->deadline = get_int(&r, j, "deadline", INSTANT_NEVER);
    c->caller = (uint64_t)get_int(&r, j, "caller", 0);
    c->caller_act = get_count(&r, j, "caller_act", 0);
    c->seq = get_count(&r, j, "seq", 0);
    c->next_act = get_count(&r, j, "next", 1);
    c->incidents = get_count(&r, j, "incidents", 0);
    c->nudges = get_nudges(&r, j);
    get_slots(&r, json_get(j, "vars"), c->vars, flow->vars_n);
    for (const Json *x = first_of(&r, j, "acts"); x; x = x->next) get_act(&r, c, x);
    for (const Json *x = first_of(&r, j, "did"); x; x = x->next) get_did(&r, c, x);
    const Json *answers = json_get(j, "answers");
    if (answers && answers->type != JSON_ARRAY) r.problem = "answers";
    for (const Json *x = answers && !r.problem ? answers->child : NULL; x; x = x->next) get_answer(&r, c, x);
    for (const Json *x = first_of(&r, j, "taken"); x; x = x->next)
        *VEC_PUSH(c->arena, &c->taken) = x->type == JSON_NUMBER ? strtoull(x->text, NULL, 10) : 0;
    st = finish(&r, "snapshot", err);
    if (st != ST_OK) {
        case_free(c);
        return st;
    }
    *out = c;
    return ST_OK;
}
