/* ir_fixture.h -- a hand-built flow with every kind of node, for tests of the compiled form.
 *
 * All of its arrays may be changed, so that a test can damage one thing at a time.
 */
#ifndef OPS_TESTS_IR_FIXTURE_H
#define OPS_TESTS_IR_FIXTURE_H

#include "lang/ir.h"

#include <stdlib.h>
#include <string.h>

#define I(op, x) IR_INSTRUCTION(IR_##op, x)

/* Names, constants, types, fields and variables by number. */
enum { N_SALES, N_BILL, N_PAID, N_OFFICE, N_NAME, N_OWNER, N_DEALS, NAMES };
enum {
    C_500,
    C_HELLO,
    C_1,
    C_2,
    C_SPAN,
    C_YES,
    C_LINES,
    C_STEP,
    C_PATTERN,
    C_CLOCK,
    C_DAY,
    C_0,
    C_EXAMPLE,
    C_WALL,
    CONSTS
};
enum { T_TEXT, T_MONEY, T_TEXTS, T_LEAD, T_BOOLEAN, T_SOURCE, T_NUMBER, T_MAYBE, T_NONE, TYPES };
enum {
    F_LEAD_NAME,
    F_LEAD_BUDGET,
    F_LEAD_SOURCE,
    F_TAKES_LEAD,
    F_TAKES_BUDGET,
    F_ASK,
    F_GIVES,
    F_RESULT,
    FIELDS
};
enum { V_LEAD, V_BUDGET, V_DECIDES, V_PRICE, V_NAMES, V_ITEM, V_ONE, V_ALL, V_PAYMENT, VARS };
enum { MOST = 64, MOST_CODE = 256 };

typedef struct Made {
    Arena *arena;
    IrFlow flow;                       /* its arrays are the following */
    const char *names[NAMES];
    Value consts[CONSTS];
    uint32_t code[MOST_CODE], code_n;
    IrType types[TYPES];
    IrField fields[FIELDS];
    IrVar vars[VARS];
    IrNode nodes[MOST];
    uint32_t nodes_n, open;
    IrStep steps[4];
    IrArg args[6];
    Code codes[6];
    uint32_t needs[1];
    IrEnsure ensures[1];
    const char *const *paths[1];
    IrLua prelude[1];
} Made;

static const Business made_days = {2, "Office"};
static const char *const made_choices[] = {"web", "referral", "ad"};
static const char *const made_lead[] = {"name", "budget", "source"};
static const Shape made_shape = {"Lead", made_lead, 3};
static const char *const made_path[] = {"name", NULL};

static inline Code made_code(Made *m, const uint32_t *words, uint32_t n)
{
    Code at = m->code_n;
    memcpy(&m->code[at], words, n * sizeof *words);
    m->code_n += n;
    return at;
}
#define CODE(m, ...) \
    made_code(m, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4)

static inline IrNode *made_begin(Made *m, IrNodeOp op, const char *name)
{
    uint32_t at = m->nodes_n++;
    m->nodes[at] = (IrNode){.op = (uint16_t)op,
                            .parent = m->open,
                            .a = IR_NONE,
                            .b = IR_NONE,
                            .c = IR_NONE,
                            .d = IR_NONE,
                            .name = name,
                            .place = {"studio.ops", 7 + at, 9}};
    m->open = at;
    return &m->nodes[at];
}

static inline uint32_t made_end(Made *m)
{
    uint32_t at = m->open;
    m->nodes[at].end = m->nodes_n;
    m->open = m->nodes[at].parent;
    return at;
}

static inline void made_pools(Made *m)
{
    static const char *const names[] = {"Sales", "Bill", "paid", "Office", "name", "Owner", "Deals"};
    memcpy(m->names, names, sizeof names);
    m->consts[C_500] = value_money(500 * (int64_t)DECIMAL_ONE, currency_pack("USD"));
    m->consts[C_HELLO] = value_text("Call ");
    m->consts[C_1] = value_integer(1);
    m->consts[C_2] = value_integer(2);
    m->consts[C_SPAN] = (Value){.type = V_DURATION, .aux = DUR_BUSINESS_DAYS, .business = &made_days};
    m->consts[C_YES] = value_boolean(true);
    m->consts[C_LINES] = value_text("first\n\"second\"\tline");
    m->consts[C_STEP] = value_text("Ask");
    m->consts[C_PATTERN] = value_text("^[^@ ]+@[^@ ]+$");
    m->consts[C_CLOCK] = value_duration(90 * US_SECOND);
    m->consts[C_DAY] = value_date(date_from_civil(2026, 12, 25));
    m->consts[C_0] = value_integer(0);
    m->consts[C_EXAMPLE] = value_text("31.12.2017");
    m->consts[C_WALL] = value_datetime(date_from_civil(2026, 12, 25) * US_DAY);
    m->types[T_TEXT] = (IrType){.kind = TYPE_TEXT};
    m->types[T_MONEY] = (IrType){.kind = TYPE_MONEY, .currency = currency_pack("USD")};
    m->types[T_TEXTS] = (IrType){.kind = TYPE_LIST, .of = T_TEXT};
    m->types[T_LEAD] = (IrType){.kind = TYPE_RECORD,
                                .name = "Lead",
                                .fields = F_LEAD_NAME,
                                .fields_n = 3,
                                .shape = &made_shape,
                                .key = "name"};
    m->types[T_BOOLEAN] = (IrType){.kind = TYPE_BOOLEAN};
    m->types[T_SOURCE] =
        (IrType){.kind = TYPE_CHOICE, .name = "Source", .choices = made_choices, .choices_n = 3};
    m->types[T_NUMBER] = (IrType){.kind = TYPE_NUMBER};
    m->types[T_MAYBE] = m->types[T_LEAD];
    m->types[T_MAYBE].optional = true;
    for (int i = 0; i < FIELDS; i++)
        m->fields[i] = (IrField){.initial = CODE_NONE, .where = CODE_NONE, .slot = IR_NONE};
}

static inline void made_fields(Made *m)
{
    static const struct { const char *name; uint32_t type, slot;
    } fields[FIELDS] = {{"name", T_TEXT, IR_NONE},     {"budget", T_MONEY, IR_NONE},
                        {"source", T_SOURCE, IR_NONE}, {"lead", T_LEAD, V_LEAD},
                        {"budget", T_MONEY, V_BUDGET}, {"decides", T_BOOLEAN, V_DECIDES},
                        {"price", T_MONEY, V_PRICE},   {"price", T_MONEY, V_PRICE}};
    static const struct { const char *name; uint32_t type;
    } vars[VARS] = {{"lead", T_LEAD},   {"budget", T_MONEY}, {"decides", T_BOOLEAN},
                    {"price", T_MONEY}, {"names", T_TEXTS},  {"item", T_TEXT},
                    {"one", T_TEXT},    {"all", T_TEXTS},    {"payment", T_MAYBE}};
    for (int i = 0; i < FIELDS; i++)
        m->fields[i].name = fields[i].name, m->fields[i].type = fields[i].type,
        m->fields[i].slot = fields[i].slot;
    for (int i = 0; i < VARS; i++)
        m->vars[i] = (IrVar){.name = vars[i].name, .type = vars[i].type, .initial = CODE_NONE};
    m->fields[F_LEAD_NAME].column = "full name";
    m->fields[F_LEAD_NAME].matching = "[A-Z].*";
    m->fields[F_LEAD_BUDGET].like = "1.234,56";
    m->fields[F_LEAD_BUDGET].where = CODE(m, I(CONST, C_500), I(SLOT, 1), I(LESS_EQ, 0), I(END, 0));
    m->fields[F_LEAD_BUDGET].initial = CODE(m, I(CONST, C_500), I(END, 0));
    m->fields[F_TAKES_BUDGET].initial = m->fields[F_LEAD_BUDGET].initial;
    m->vars[V_LEAD].takes = m->vars[V_BUDGET].takes = m->vars[V_PRICE].gives = true;
    m->vars[V_BUDGET].initial = m->fields[F_TAKES_BUDGET].initial;
}

static inline void made_steps(Made *m)
{
    const IrStep usual = {.who = CODE_NONE,
                          .approve = CODE_NONE,
                          .retry_pause = CODE_NONE,
                          .retry_most = CODE_NONE,
                          .timeout = CODE_NONE,
                          .deadline = CODE_NONE,
                          .remind = CODE_NONE,
                          .consult = CODE_NONE,
                          .inform = CODE_NONE,
                          .on_fail = IR_NONE,
                          .on_reject = IR_NONE,
                          .on_late = IR_NONE,
                          .lasts = {CODE_NONE, CODE_NONE, CODE_NONE}};
    for (int i = 0; i < 4; i++) m->steps[i] = usual;
    m->codes[0] = CODE(m, I(CONST, C_HELLO), I(SLOT, V_LEAD), I(FIELD, N_NAME), I(TEXT, 2), I(END, 0));
    m->codes[1] = CODE(m, I(CONST, C_LINES), I(END, 0));
    m->codes[2] = CODE(m, I(SLOT, V_LEAD), I(FIELD, N_NAME), I(END, 0));
    m->codes[3] = m->codes[4] = m->codes[5] = m->codes[2];
    m->steps[0].name = "Ask", m->steps[0].why = "Sales time goes to people who can buy.";
    m->steps[0].who = CODE(m, I(ROLE, N_SALES), I(CONST, C_STEP), I(DID, 0), I(PERSON, 0), I(WHO_EXCEPT, 0),
                           I(ROLE, N_OWNER), I(WHO_OR, 0), I(END, 0));
    m->steps[0].role = "Sales", m->steps[0].how = 0, m->steps[0].how_n = 2;
    m->steps[0].ask = F_ASK, m->steps[0].ask_n = 1;
    m->steps[0].deadline = CODE(m, I(CONST, C_SPAN), I(END, 0));
    m->steps[0].lasts[0] = CODE(m, I(CONST, C_CLOCK), I(END, 0)), m->steps[0].lasts_n = 1;
    m->steps[1].name = "Price", m->steps[1].machine = MACHINE_SHELL,
    m->steps[1].shell = (IrShell){"price \"${1}\"", 2, 1};
    m->steps[1].gives = F_GIVES, m->steps[1].gives_n = 1, m->steps[1].retry = 3,
    m->steps[1].repeatable = true;
    m->steps[1].retry_pause = m->steps[1].retry_most = m->steps[1].timeout = m->steps[0].lasts[0];
    m->steps[2].name = "Book", m->steps[2].machine = MACHINE_LUA,
    m->steps[2].lua = (IrLua){"return 1", {"studio.ops", 40, 12}};
    m->steps[3].name = "Approve",
    m->steps[3].who =
        CODE(m, I(SLOT, V_DECIDES), I(UNLESS, 0), I(ROLE, N_OWNER), I(JUMP, 0), I(ROLE, N_SALES), I(END, 0));
    m->code[m->steps[3].who + 1] = I(UNLESS, m->steps[3].who + 4);
    m->code[m->steps[3].who + 3] = I(JUMP, m->steps[3].who + 5);
    m->steps[3].approve = m->codes[0], m->steps[3].deadline_due = true;
    m->steps[3].deadline = CODE(m, I(CONST, C_DAY), I(CONST, C_CLOCK), I(ADD, 0), I(END, 0));
    m->needs[0] = 1, m->steps[2].needs_n = 1, m->steps[2].sees = 3, m->steps[2].sees_n = 1;
    m->ensures[0] = (IrEnsure){CODE(m, I(SLOT, V_DECIDES), I(END, 0)), "decides", true}, m->steps[0].ensures_n = 1;
    m->steps[0].undo = (IrUndo){.machine = MACHINE_PERSON, .text = m->codes[0]};
    m->steps[1].undo = (IrUndo){.machine = MACHINE_SHELL, .shell = {"unprice \"${1}\"", 2, 1}};
    m->steps[2].undo = (IrUndo){.machine = MACHINE_LUA, .lua = {"return 2", {"studio.ops", 41, 12}}};
    m->steps[3].undo = (IrUndo){.machine = MACHINE_MAIL, .mail = {"thanks.md", 0, 6}};
}

static inline void made_step(Made *m, uint32_t i)
{
    m->steps[i].node = m->nodes_n;
    made_begin(m, IRN_STEP, m->steps[i].name)->a = i;
}

/* An empty SEQUENCE. */
static inline uint32_t made_empty(Made *m, const char *name)
{
    made_begin(m, IRN_SEQUENCE, name);
    return made_end(m);
}

static inline void made_leaf(Made *m, IrNodeOp op, const char *name, uint32_t a, uint32_t b, uint32_t c,
                             uint32_t args_n)
{
    IrNode *n = made_begin(m, op, name);
    n->a = a, n->b = b, n->c = c, n->args_n = args_n;
    made_end(m);
}

static inline void made_blocks(Made *m, Code yes, Code list)
{
    IrNode *n = made_begin(m, IRN_EACH, "each 1");
    n->a = list, n->b = V_ITEM;
    made_empty(m, "sequence 5");
    made_end(m);
    m->vars[V_ONE].scope = m->nodes_n;
    n = made_begin(m, IRN_EACH_PARALLEL, "each 2");
    n->a = list, n->b = V_ONE, n->c = 4, n->d = 2, n->args_n = 1;
    made_begin(m, IRN_SEQUENCE, "sequence 6");
    made_leaf(m, IRN_SET, "set 1", V_LEAD, m->codes[2], 0, 0);
    made_end(m);
    made_end(m);
    n = made_begin(m, IRN_REPEAT, "repeat 1");
    n->a = 5, n->b = yes;
    made_empty(m, "sequence 7");
    made_end(m);
    n = made_begin(m, IRN_WAIT_EVENT, "wait 1");
    n->a = N_PAID, n->b = V_PAYMENT, n->c = yes, n->d = m->steps[0].deadline;
    made_begin(m, IRN_SEQUENCE, "sequence 8");
    made_leaf(m, IRN_FAIL, "fail 1", m->codes[1], IR_NONE, IR_NONE, 0);
    made_end(m);
    made_end(m);
}

/* The first child of a new BLOCK, and a handler of each kind. */
static inline void made_handlers(Made *m, Code yes)
{
    made_begin(m, IRN_BLOCK, "block 1");
    made_empty(m, "sequence 12");
    made_begin(m, IRN_ON_FAIL, "on fail 1");
    made_empty(m, "sequence 13");
    made_end(m);
    made_begin(m, IRN_ON_LATE, "on late 1");
    made_empty(m, "sequence 14");
    made_end(m);
    IrNode *n = made_begin(m, IRN_ON_EVENT, "on event 1");
    n->a = N_PAID, n->b = V_PAYMENT, n->c = yes;
    made_empty(m, "sequence 15");
    made_end(m);
    made_end(m);
}

static inline void made_handled(Made *m, Code yes, Code name)
{
    IrNode *n = made_begin(m, IRN_RACE, "race 1");
    n->a = 1, n->b = 4, n->args_n = 1;
    m->args[4] = (IrArg){"lead", m->args[0].code, V_LEAD};
    made_leaf(m, IRN_WAIT_SPAN, "wait 4", m->steps[0].deadline, IR_NONE, IR_NONE, 0);
    made_end(m);
    n = made_begin(m, IRN_LOCK, "lock 1");
    n->a = name, n->b = 2;
    made_begin(m, IRN_SEQUENCE, "sequence 11");
    made_handlers(m, yes);
    made_end(m);
    made_end(m);
}

static inline void made_nodes(Made *m)
{
    m->open = IR_NONE;
    Code yes =
        CODE(m, I(CONST, C_500), I(SLOT, V_BUDGET), I(LESS_EQ, 0), I(AND, 0), I(SLOT, V_DECIDES), I(END, 0));
    Code list = CODE(m, I(CONST, C_HELLO), I(CONST, C_STEP), I(LIST, 2), I(END, 0));
    m->code[yes + 3] = I(AND, yes + 5);
    m->args[0] = m->args[1] = (IrArg){"lead", CODE(m, I(SLOT, V_LEAD), I(END, 0)), IR_NONE};
    m->args[3] = (IrArg){"lead", m->args[0].code, V_PRICE};
    m->args[2] = (IrArg){"one", CODE(m, I(SLOT, V_ONE), I(END, 0)), V_ALL};
    made_begin(m, IRN_SEQUENCE, "sequence 1");
    made_step(m, 0);
    made_end(m);
    made_step(m, 1);
    m->steps[1].on_fail = made_empty(m, "sequence 2");
    made_end(m);
    made_begin(m, IRN_IF, "if 1")->a = yes;
    made_empty(m, "sequence 3");
    made_begin(m, IRN_SEQUENCE, "sequence 4");
    made_leaf(m, IRN_STOP, "stop 1", m->codes[1], IR_NONE, IR_NONE, 0);
    made_end(m);
    made_end(m);
    made_begin(m, IRN_PARALLEL, "parallel 1");
    made_step(m, 2);
    made_end(m);
    made_leaf(m, IRN_EMIT, "emit 1", N_PAID, 1, IR_NONE, 1);
    made_end(m);
    made_blocks(m, yes, list);
    made_leaf(m, IRN_CALL, "call 1", N_BILL, 0, V_PAYMENT, 1);
    made_leaf(m, IRN_START, "start 1", N_BILL, 0, IR_NONE, 2);
    made_leaf(m, IRN_WAIT_SPAN, "wait 2", m->steps[0].deadline, IR_NONE, IR_NONE, 0);
    made_leaf(m, IRN_WAIT_UNTIL, "wait 3", m->steps[3].deadline, IR_NONE, IR_NONE, 0);
    made_step(m, 3);
    m->steps[3].on_reject = made_empty(m, "sequence 9");
    m->steps[3].on_late = made_empty(m, "sequence 10");
    made_end(m);
    made_handled(m, yes, list);
    made_end(m);
}

/* The flow with what was changed of counts and arrays. */
static inline IrFlow *made_flow(Made *m)
{
    m->flow.unit =
        (IrUnit){m->names, NAMES, m->consts, CONSTS, m->code, m->code_n, m->types, TYPES, m->fields, FIELDS};
    m->flow.nodes = m->nodes, m->flow.nodes_n = m->nodes_n;
    return &m->flow;
}

/* Yours, until made_free. */
static inline Made *made_new(void)
{
    Made *m = mem_zero(1, sizeof *m);
    m->arena = arena_new();
    made_pools(m);
    made_fields(m);
    made_steps(m);
    made_nodes(m);
    m->paths[0] = made_path;
    m->prelude[0] = (IrLua){"function fee() return 5 end", {"studio.ops", 3, 1}};
    m->flow = (IrFlow){.process = "Close",
                       .steps = m->steps,
                       .steps_n = 4,
                       .vars = m->vars,
                       .vars_n = VARS,
                       .args = m->args,
                       .args_n = 5,
                       .needs = m->needs,
                       .needs_n = 1,
                       .ensures = m->ensures,
                       .ensures_n = 1,
                       .codes = m->codes,
                       .codes_n = 6,
                       .paths = m->paths,
                       .paths_n = 1,
                       .takes = F_TAKES_LEAD,
                       .takes_n = 2,
                       .gives = F_RESULT,
                       .gives_n = 1,
                       .deadline = m->steps[0].deadline,
                       .remind = CODE_NONE,
                       .prelude = m->prelude,
                       .prelude_n = 1,
                       .outside = true};
    (void)made_flow(m);
    return m;
}

static inline void made_free(Made *m)
{
    arena_free(m->arena);
    free(m);
}

/* A small generator, the same on every machine. */
static inline uint32_t made_random(uint64_t *state)
{
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return (uint32_t)(*state >> 16);
}

/* Damages some of n bytes; returns how many are left. */
static inline size_t made_damage(char *bytes, size_t n, uint64_t *seed)
{
    uint32_t times = 1 + made_random(seed) % 4;
    while (times--) {
        size_t at = made_random(seed) % n, length = 1 + made_random(seed) % 8;
        if (at + length > n) length = n - at;
        switch (made_random(seed) % 6) {
        case 0: bytes[at] ^= (char)(1 << made_random(seed) % 8); break;
        case 1: bytes[at] = (char)made_random(seed); break;
        case 2: bytes[at] = (char)(bytes[at] + (made_random(seed) % 2 ? 1 : -1)); break;
        case 3: memset(bytes + at, 0xff, length); break;
        case 4: memmove(bytes + at, bytes + made_random(seed) % (n - length + 1), length); break;
        case 5: n = made_random(seed) % 8 ? n : at + 1; break;
        }
    }
    return n;
}

#endif
