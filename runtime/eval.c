/* eval.c -- the interpreter of expressions: one function per row of ir.def.
 *
 * The verifier has proved the shape of the code (operands, depths, ways), the
 * checker its types. Shapes are trusted here; types are not, because constants
 * come back from stores and answers from hosts. Each instruction takes its
 * values from the top of the stack and leaves its result there:
 *
 *     CONST $500   SLOT budget   LESS_EQ       END
 *     [$500]       [$500, $900]  [yes]         -> yes
 */
#include "runtime/eval_private.h"

#include <string.h>

enum { STACK = 64, CALENDAR_ANY = 0xffffff };

typedef struct Machine {
    const IrUnit *unit;
    const EvalHost *host;
    Arena *arena;
    Error *err;
    uint32_t n, at;                    /* values on the stack; the next instruction */
    Value stack[STACK];
} Machine;

typedef Status Do(Machine *m, uint32_t x);

/* Declares the function of a row; x is the instruction's operand. */
#define DO(NAME) static Status do_##NAME(Machine *m UNUSED, uint32_t x UNUSED)
#define UNUSED __attribute__((unused))

static inline Value *top(Machine *m)
{
    return &m->stack[m->n - 1];
}

static inline Value pop(Machine *m)
{
    return m->stack[--m->n];
}

static inline Status push(Machine *m, Value v)
{
    m->stack[m->n++] = v;
    return ST_OK;
}

static inline bool is_yes(const Value *v)
{
    return v->type == V_BOOLEAN && v->i;
}

/* ---- values ------------------------------------------------------------------------------- */

DO(END)
{
    return ST_END;
}

DO(CONST)
{
    return push(m, m->unit->consts[x]);
}

DO(SLOT)
{
    const EvalHost *h = m->host;
    const Value *v = h->slot ? h->slot(h->self, x) : NULL;
    if (v) return push(m, *v);
    const char *name = h->slot_name ? h->slot_name(h->self, x) : NULL;
    if (name) return fail(m->err, ST_FAILED, "the variable %s is read, and nothing has set it", name);
    return fail(m->err, ST_FAILED, "a variable is read that nothing has set");
}

DO(FIELD)
{
    Value *v = top(m);
    const char *name = m->unit->names[x];
    if (v->type == V_NONE) return ST_OK;
    if (v->type != V_RECORD)
        return eval_wanted(arena_printf(m->arena, "a record with a field %s", name), v, m->err);
    const Value *field = record_get(v->record, name);
    if (!field) {
        const char *record = v->record->shape->name;
        return fail(m->err, ST_FAILED, "%s has no field %s", record ? record : "the record", name);
    }
    *v = *field;
    return ST_OK;
}

DO(INDEX)
{
    Value key = pop(m), *of = top(m);
    if (of->type == V_NONE || key.type == V_NONE) {
        *of = VALUE_NONE;
        return ST_OK;
    }
    if (of->type != V_LIST) return eval_wanted("a list to take an element from", of, m->err);
    if (key.type != V_NUMBER) return eval_wanted("an element's number, from 1", &key, m->err);
    int64_t i = key.i / DECIMAL_ONE;
    bool is_there = key.i % DECIMAL_ONE == 0 && i >= 1 && i <= of->len;
    *of = is_there ? of->list[i - 1] : VALUE_NONE;
    return ST_OK;
}

DO(LIST)
{
    Value *items = ARENA_ARRAY(m->arena, Value, x);
    m->n -= x;
    if (x) memcpy(items, &m->stack[m->n], x * sizeof *items);
    return push(m, value_list(items, x));
}

DO(RECORD)
{
    const IrType *t = &m->unit->types[x];
    Record *r = record_new(m->arena, t->shape);
    m->n -= t->fields_n;
    if (t->fields_n) memcpy(r->fields, &m->stack[m->n], t->fields_n * sizeof *r->fields);
    return push(m, value_record(r));
}

/* The zone of the calendar that counts here goes without saying; where there is none, moments say UTC. */
static const Zone *shown_zone(const EvalHost *host)
{
    const IrProgram *p = host->program;
    if (!p || !p->calendars_n) return NULL;
    return host->zone ? host->zone : ir_zone_of(p, NULL, NULL);
}

static Status join(Machine *m, uint32_t n, ValueStyle style)
{
    const Zone *zone = shown_zone(m->host);
    Buf b = {0};
    m->n -= n;
    for (uint32_t i = 0; i < n && b.n <= TEXT_MOST; i++) {
        const Value *v = &m->stack[m->n + i];
        if (v->type == V_NONE) continue;
        if (style == STYLE_HUMAN) value_print_for(&b, v, m->host->manner, zone);
        else value_print(&b, v, style, zone);
    }
    bool fits = b.n <= TEXT_MOST;
    Value text = value_text_n(fits ? buf_dup(&b, m->arena) : "", fits ? b.n : 0);
    buf_free(&b);
    return fits ? push(m, text) : fail(m->err, ST_FAILED, "the text would be longer than 64 MB");
}

DO(TEXT)
{
    return join(m, x, STYLE_HUMAN);
}

DO(TEXT_MACHINE)
{
    return join(m, x, STYLE_MACHINE);
}

DO(POP)
{
    m->n--;
    return ST_OK;
}

/* ---- arithmetic --------------------------------------------------------------------------- */

typedef Status Binary(const EvalHost *host, Arena *a, const Value *x, const Value *y, Value *out, Error *err);

/* Over cases and metrics a value that is not there yet is no mistake. */
static inline bool spreads_none(const EvalHost *h)
{
    return h->case_var || h->aggregate;
}

static inline Status binary(Machine *m, Binary *operator)
{
    m->n--;
    Value *x = top(m), *y = x + 1, out;
    if ((x->type == V_NONE || y->type == V_NONE) && spreads_none(m->host)) {
        *x = VALUE_NONE;
        return ST_OK;
    }
    Status st = operator(m->host, m->arena, x, y, &out, m->err);
    if (st == ST_OK) *x = out;
    return st;
}

DO(ADD)
{
    return binary(m, eval_add);
}

DO(SUB)
{
    return binary(m, eval_sub);
}

DO(MUL)
{
    return binary(m, eval_mul);
}

DO(DIV)
{
    return binary(m, eval_div);
}

DO(NEG)
{
    Value *v = top(m), out;
    if (v->type == V_NONE && spreads_none(m->host)) return ST_OK;
    Status st = eval_neg(m->arena, v, &out, m->err);
    if (st == ST_OK) *v = out;
    return st;
}

/* ---- conditions --------------------------------------------------------------------------- */

DO(NOT)
{
    Value *v = top(m);
    if (v->type == V_NONE) return ST_OK;
    if (v->type != V_BOOLEAN) return eval_wanted("yes or no", v, m->err);
    *v = value_boolean(!v->i);
    return ST_OK;
}

static Status compare(Machine *m, bool or_equal)
{
    Value y = pop(m), *x = top(m);
    if (x->type == V_NONE || y.type == V_NONE) {
        *x = VALUE_NONE;
        return ST_OK;
    }
    int order = value_compare(x, &y);
    if (order == 2) {
        Status st = eval_unable("compare", x, &y, m->err);
        if (x->type == V_MONEY && y.type == V_MONEY) error_prefix(m->err, "amounts of two currencies: ");
        return st;
    }
    *x = value_boolean(order < 0 || (or_equal && order == 0));
    return ST_OK;
}

DO(LESS)
{
    return compare(m, false);
}

DO(LESS_EQ)
{
    return compare(m, true);
}

DO(EQ)
{
    Value y = pop(m), *v = top(m);
    *v = value_boolean(value_equal(v, &y));
    return ST_OK;
}

DO(NE)
{
    Value y = pop(m), *v = top(m);
    *v = value_boolean(!value_equal(v, &y));
    return ST_OK;
}

/* A range is a record with `from` and `to`, both included. */
static bool in_range(const Record *range, const Value *v, bool *is_range)
{
    const Value *from = record_get(range, "from"), *to = record_get(range, "to");
    *is_range = from && to;
    if (!*is_range) return false;
    int low = value_compare(from, v), high = value_compare(v, to);
    return low <= 0 && high <= 0;      /* 2: cannot be ordered, so not within */
}

DO(IN)
{
    Value in = pop(m), *v = top(m);
    bool found = false, can_hold = in.type == V_LIST;
    if (in.type == V_NONE) {
        *v = VALUE_NONE;
        return ST_OK;
    }
    if (in.type == V_RECORD) found = in_range(in.record, v, &can_hold);
    if (!can_hold) return eval_wanted("a list like [a, b] to look in", &in, m->err);
    for (uint32_t i = 0; in.type == V_LIST && i < in.len && !found; i++) found = value_equal(&in.list[i], v);
    *v = value_boolean(found);
    return ST_OK;
}

DO(MATCHES)
{
    Value pattern = pop(m), *text = top(m);
    bool found = false;
    if (text->type == V_NONE) return ST_OK;
    if (!eval_is_text(text)) return eval_wanted("a text to match", text, m->err);
    if (!eval_is_text(&pattern)) return eval_wanted("a pattern in quotes", &pattern, m->err);
    Status st = eval_matches(text->text, pattern.text, &found, m->err);
    if (st == ST_OK) *text = value_boolean(found);
    return st;
}

DO(JUMP)
{
    m->at = x;
    return ST_OK;
}

DO(UNLESS)
{
    Value v = pop(m);
    if (!is_yes(&v)) m->at = x;
    return ST_OK;
}

/* None is kept as `no` is: what is not known is not so, and neither is its contrary. */
DO(AND)
{
    if (is_yes(top(m))) m->n--;
    else m->at = x;
    return ST_OK;
}

DO(OR)
{
    if (is_yes(top(m))) m->at = x;
    else m->n--;
    return ST_OK;
}

/* ---- functions and time ------------------------------------------------------------------- */

DO(CALL)
{
    Value out, count = pop(m);
    uint32_t n = (uint32_t)(count.i / DECIMAL_ONE);
    m->n -= n;
    Status st = eval_call(m->host, m->arena, (IrBuiltin)x, &m->stack[m->n], n, &out, m->err);
    return st == ST_OK ? push(m, out) : st;
}

static Status zone_of(Machine *m, uint32_t x, const Zone **zone)
{
    *zone = eval_zone(m->host);
    if (x == CALENDAR_ANY) return ST_OK;
    const Calendar *c = eval_calendar(m->host, m->unit->names[x], m->err);
    if (c) *zone = c->zone;
    return c ? ST_OK : ST_FAILED;
}

DO(TODAY)
{
    const Zone *zone;
    Status st = zone_of(m, x, &zone);
    return st == ST_OK ? push(m, value_date(zone_date(zone, m->host->now))) : st;
}

DO(NOW)
{
    return push(m, value_datetime(m->host->now));
}

/* A wall clock's time stands in the code as if it were UTC. */
DO(LOCAL)
{
    const Zone *zone;
    Civil local;
    Value *v = top(m);
    if (v->type == V_NONE) return ST_OK;
    if (v->type != V_DATETIME) return eval_wanted("a moment like 2026-12-25T09:30", v, m->err);
    Status st = zone_of(m, x, &zone);
    if (st != ST_OK) return st;
    zone_civil(zone_utc(), v->i, &local);
    *v = value_datetime(zone_instant(zone, &local, NULL));
    return ST_OK;
}

static Status moment(Machine *m, uint32_t x, bool end)
{
    const Zone *zone;
    Value *v = top(m);
    if (v->type == V_NONE || v->type == V_DATETIME) return ST_OK;
    if (v->type != V_DATE && v->type != V_TIME)
        return eval_wanted("a date, a moment or a time of day", v, m->err);
    Status st = zone_of(m, x, &zone);
    if (st != ST_OK) return st;
    *v = value_datetime(v->type == V_TIME ? zone_next_time(zone, m->host->now, v->i)
                        : end             ? zone_end_of(zone, v->i)
                                          : zone_start_of(zone, v->i));
    return ST_OK;
}

DO(BEGIN_OF)
{
    return moment(m, x, false);
}

DO(END_OF)
{
    return moment(m, x, true);
}

/* ---- asking the host ---------------------------------------------------------------------- */

static Status not_here(Machine *m, const char *what)
{
    return fail(m->err, ST_FAILED, "%s cannot be asked here", what);
}

DO(TABLE)
{
    Value *key = top(m), row = VALUE_NONE;
    const EvalHost *h = m->host;
    if (!h->table) return not_here(m, "a table");
    if (key->type == V_NONE) return ST_OK;
    Status st = h->table(h->self, m->arena, m->unit->names[x], key, &row, m->err);
    if (st == ST_OK) *key = row;
    return st;
}

DO(ATTR)
{
    Value v = VALUE_NONE;
    const EvalHost *h = m->host;
    if (!h->attr) return not_here(m, "a case");
    Status st = h->attr(h->self, m->arena, (IrAttribute)x, NULL, &v, m->err);
    return st == ST_OK ? push(m, v) : st;
}

DO(STEP_ATTR)
{
    Value *step = top(m), v = VALUE_NONE;
    const EvalHost *h = m->host;
    if (!h->attr) return not_here(m, "a case");
    if (!eval_is_text(step)) return eval_wanted("a step's name", step, m->err);
    Status st = h->attr(h->self, m->arena, (IrAttribute)x, step->text, &v, m->err);
    if (st == ST_OK) *step = v;
    return st;
}

DO(STEPS)
{
    const EvalHost *h = m->host;
    uint64_t sum = 0, n = 0;
    if (!h->steps) return not_here(m, "a case");
    m->n -= x;
    for (uint32_t i = 0; i < x; i++) {
        const Value *step = &m->stack[m->n + i];
        if (!eval_is_text(step)) return eval_wanted("a step's name", step, m->err);
        Status st = h->steps(h->self, step->text, &n, m->err);
        if (st != ST_OK) return st;
        if (__builtin_add_overflow(sum, n, &sum) || sum > INT64_MAX / DECIMAL_ONE)
            return fail(m->err, ST_FAILED, "more steps than can be counted");
    }
    return push(m, value_integer((int64_t)sum));
}

DO(CASE_VAR)
{
    Value v = VALUE_NONE;
    const EvalHost *h = m->host;
    if (!h->case_var) return not_here(m, "a case");
    Status st = h->case_var(h->self, m->arena, m->unit->names[x], &v, m->err);
    return st == ST_OK ? push(m, v) : st;
}

DO(METRIC)
{
    Value v = VALUE_NONE;
    const EvalHost *h = m->host;
    if (!h->metric) return not_here(m, "a metric");
    Status st = h->metric(h->self, m->arena, x, &v, m->err);
    return st == ST_OK ? push(m, v) : st;
}

DO(AGGREGATE)
{
    Value v = VALUE_NONE;
    const EvalHost *h = m->host;
    if (!h->aggregate) return not_here(m, "the count of cases");
    Status st = h->aggregate(h->self, m->arena, x, &v, m->err);
    return st == ST_OK ? push(m, v) : st;
}

DO(ANSWERS)
{
    const EvalHost *h = m->host;
    const Value *step = top(m);
    uint64_t n = 0;
    if (!h->answers) return not_here(m, "how a step was answered");
    if (!eval_is_text(step)) return eval_wanted("a step's name", step, m->err);
    Status st = h->answers(h->self, m->unit, step->text, m->at, &n, m->err);
    if (st != ST_OK) return st;
    m->n--;
    m->at = x;
    return push(m, value_integer((int64_t)n));
}

/* ---- who ---------------------------------------------------------------------------------- */

static Value rule(Machine *m, const char *kind, const char *name)
{
    return value_text(arena_printf(m->arena, "%s%s", kind, name));
}

DO(ROLE)
{
    Value *one = ARENA_ARRAY(m->arena, Value, 1);
    one[0] = rule(m, "role:", m->unit->names[x]);
    return push(m, value_list(one, 1));
}

DO(PERSON)
{
    Value v = pop(m);
    const Value *from = v.type == V_LIST ? v.list : &v;
    uint32_t n = v.type == V_LIST ? v.len : 1, kept = 0;
    Value *list = ARENA_ARRAY(m->arena, Value, n);
    for (uint32_t i = 0; i < n; i++) {
        if (from[i].type == V_NONE) continue;
        if (!eval_is_text(&from[i])) return eval_wanted("a person", &from[i], m->err);
        list[kept++] = rule(m, "person:", from[i].text);
    }
    return push(m, value_list(list, kept));
}

/* Is the rule that these persons make part of what an `except` leaves out? at: behind them. above: so many rules lie on
 * theirs. */
static bool is_left_out(const IrUnit *u, Code at)
{
    if (IR_INSTRUCTION_OP(u->code[at]) != IR_PERSON) return false;
    for (uint32_t above = 0;;) {
        uint32_t word = u->code[++at];
        switch (IR_INSTRUCTION_OP(word)) {
        case IR_END: return false;
        case IR_JUMP: at = IR_INSTRUCTION_OPERAND(word) - 1; break;
        case IR_ROLE: case IR_PERSON: above++; break;
        case IR_WHO_OR: above -= above > 0; break;
        case IR_WHO_EXCEPT:
            if (!above) return true;
            above--;
            break;
        }
    }
}

/* Whoever did it last; but a rule that keeps people apart means everybody who ever did it in this case. */
DO(DID)
{
    Value *step = top(m), list = value_list(NULL, 0);
    const EvalHost *h = m->host;
    if (!h->persons) return not_here(m, "who did a step");
    if (!eval_is_text(step)) return eval_wanted("a step's name", step, m->err);
    Status st = h->persons(h->self, m->arena, step->text, is_left_out(m->unit, m->at), &list, m->err);
    if (st == ST_OK) *step = list;
    return st;
}

/* Is it a list of texts? Anything else is no answer to "who". */
static Status is_who(Machine *m, const Value *v)
{
    if (v->type != V_LIST) return eval_wanted("a list of persons", v, m->err);
    for (uint32_t i = 0; i < v->len; i++)
        if (!eval_is_text(&v->list[i])) return eval_wanted("a person or role", &v->list[i], m->err);
    return ST_OK;
}

DO(WHO_OR)
{
    Value others = pop(m), *who = top(m), out;
    Status st = is_who(m, who);
    if (st == ST_OK) st = is_who(m, &others);
    if (st == ST_OK) st = eval_add_lists(m->arena, who, &others, &out, m->err);
    if (st == ST_OK) *who = out;
    return st;
}

/* "role:X" becomes "notrole:X", "person:ID" and a bare ID "not:ID"; what is already a no is one. */
static Value inverse(Machine *m, const Value *v)
{
    if (v->type == V_PERSON) return rule(m, "not:", v->text);
    if (strncmp(v->text, "role:", 5) == 0) return rule(m, "notrole:", v->text + 5);
    if (strncmp(v->text, "person:", 7) == 0) return rule(m, "not:", v->text + 7);
    return rule(m, "not:", v->text);
}

static bool is_no(const Value *v)
{
    return v->type != V_PERSON && (strncmp(v->text, "not:", 4) == 0 || strncmp(v->text, "notrole:", 8) == 0);
}

/* The list between an opening word, with what it says of the rule (or NULL), and ")". */
static Value between(Machine *m, const char *opening, const Value *about, const Value *who)
{
    uint32_t n = 0;
    Value *items = ARENA_ARRAY(m->arena, Value, who->len + 3);
    items[n++] = value_text(opening);
    if (about) items[n++] = *about;
    for (uint32_t i = 0; i < who->len; i++) items[n++] = who->list[i];
    items[n++] = value_text(")");
    return value_list(items, n);
}

static Status enclose(Machine *m, const char *opening)
{
    Value *who = top(m);
    Status st = is_who(m, who);
    if (st == ST_OK) *who = between(m, opening, NULL, who);
    return st;
}

DO(WHO_GROUP) { return enclose(m, "("); }
DO(WHO_ANY) { return enclose(m, arena_printf(m->arena, "any %u(", x)); }
DO(WHO_APART) { return enclose(m, arena_printf(m->arena, "apart %u(", x)); }
DO(WHO_MANAGERS) { return enclose(m, "managers("); }
DO(WHO_TURN) { return enclose(m, "turn("); }

DO(WHO_TRAINED)
{
    Value *who = top(m), of = rule(m, "for:", m->unit->names[x]);
    Status st = is_who(m, who);
    if (st == ST_OK) *who = between(m, "trained(", &of, who);
    return st;
}

static bool has_brackets(const Value *who)
{
    for (uint32_t i = 0; i < who->len; i++)
        if (who->list[i].type != V_PERSON && strcmp(who->list[i].text, ")") == 0) return true;
    return false;
}

/* Exceptions of an exception are left out, unless brackets tell them apart: fewer people may then, never more. */
DO(WHO_EXCEPT)
{
    Value without = pop(m), *who = top(m), noes;
    Status st = is_who(m, who);
    if (st == ST_OK) st = is_who(m, &without);
    if (st != ST_OK) return st;
    if (has_brackets(&without)) {
        Value group = between(m, "not(", NULL, &without), both;
        st = eval_add_lists(m->arena, who, &group, &both, m->err);
        if (st == ST_OK) *who = both;
        return st;
    }
    Value *items = ARENA_ARRAY(m->arena, Value, without.len);
    uint32_t n = 0;
    for (uint32_t i = 0; i < without.len; i++)
        if (!is_no(&without.list[i])) items[n++] = inverse(m, &without.list[i]);
    noes = value_list(items, n);
    Value out;
    st = eval_add_lists(m->arena, who, &noes, &out, m->err);
    if (st == ST_OK) *who = out;
    return st;
}

/* ---- the loop ----------------------------------------------------------------------------- */

/* A row without a function does not compile; a function without a row is unused, an error too. */
static Do *const table[256] = {
#define IRCODE(NAME, number, operand, pops, pushes, flow, meaning) [number] = do_##NAME,
#include "lang/ir.def"
#undef IRCODE
};

Status eval(const IrUnit *unit, Code code, const EvalHost *host, Arena *a, Value *out, Error *err)
{
    Machine m;                         /* its stack is not cleared: nothing is read that was not pushed */
    m.unit = unit, m.host = host, m.arena = a, m.err = err, m.n = 0, m.at = code;
    for (;;) {
        uint32_t word = unit->code[m.at++];
        uint8_t op = IR_INSTRUCTION_OP(word);
        Status st = table[op](&m, IR_INSTRUCTION_OPERAND(word));
        if (st == ST_OK) continue;
        if (op != IR_END) return st;   /* a host may answer ST_END too: "nothing is left" */
        *out = m.stack[0];
        return ST_OK;
    }
}

Status eval_condition(const IrUnit *unit, Code code, const EvalHost *host, Arena *a, bool *holds, Error *err)
{
    Value v;
    Status st = eval(unit, code, host, a, &v, err);
    if (st != ST_OK) return st;
    if (v.type != V_BOOLEAN && v.type != V_NONE) return eval_wanted("yes or no", &v, err);
    *holds = is_yes(&v);
    return ST_OK;
}
