/* ir.c -- tests of the compiled form: look-ups, printing, proving, storing, and reading damaged bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "tests/unit/ir_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define wrong(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

/* ---- look-ups and names ------------------------------------------------------------------- */

static void lookups(void **state)
{
    (void)state;
    IrRole roles[] = {{.name = "Sales"}, {.name = "Owner"}};
    IrPerson persons[] = {{.id = "ann"}};
    Calendar calendars[] = {{.name = "Office", .zone = zone_utc()}, {.name = "Night", .zone = zone_utc()}};
    IrProgram p = {.roles = roles,
                   .roles_n = 2,
                   .persons = persons,
                   .persons_n = 1,
                   .calendars = calendars,
                   .calendars_n = 2};
    assert_ptr_equal(ir_role(&p, "Owner"), &roles[1]);
    assert_null(ir_role(&p, "owner"));
    assert_ptr_equal(ir_person(&p, "ann"), &persons[0]);
    assert_null(ir_person(&p, ""));
    assert_ptr_equal(ir_calendar(&p, "Night"), &calendars[1]);
    assert_null(ir_process(&p, "Sales"));
    assert_null(ir_event(&p, "Sales"));
    assert_null(ir_table(&p, "Sales"));
    assert_null(ir_metric(&p, "Sales"));
    assert_ptr_equal(ir_zone(&p), zone_utc());
    Made *m = made_new();
    assert_int_equal(ir_step(&m->flow, "Book"), 2);
    assert_int_equal(ir_step(&m->flow, "sequence 1"), IR_NONE);
    assert_int_equal(ir_node(&m->flow, "sequence 1"), 0);
    assert_int_equal(ir_node(&m->flow, "nothing"), IR_NONE);
    assert_int_equal(ir_var(&m->flow, "price"), V_PRICE);
    m->vars[V_LEAD].name = m->vars[V_ONE].name = "both";
    m->vars[V_LEAD].scope = 5;
    m->vars[V_ONE].scope = 0;
    assert_int_equal(ir_var(&m->flow, "both"), V_ONE);     /* the process's own first */
    m->vars[V_ONE].scope = 5;
    assert_int_equal(ir_var(&m->flow, "both"), V_LEAD);
    made_free(m);
}

/* Whose name stands beside an event's person may be a login, that person's own or a bare one, or who acted for them. */
static void typists(void **state)
{
    (void)state;
    IrPerson persons[] = {{.id = "ann", .login = "games"}, {.id = "games", .login = "news"}, {.id = "bob"}};
    IrProgram p = {.persons = persons, .persons_n = 3};
    assert_string_equal(ir_owner(&p, "games"), "ann");
    assert_string_equal(ir_owner(&p, "news"), "games");
    assert_string_equal(ir_owner(&p, "bob"), "bob");
    assert_string_equal(ir_owner(&p, "root"), "root");
    assert_null(ir_owner(&p, "ann"));
    assert_null(ir_typist(&p, "ann", NULL));
    assert_null(ir_typist(&p, "ann", "games"));
    assert_null(ir_typist(&p, "games", "news"));
    assert_null(ir_typist(&p, "bob", "bob"));
    assert_null(ir_typist(&p, IR_BARE_LOGIN "ann", "ann"));
    assert_string_equal(ir_typist(&p, "bob", "ann"), "ann");
    assert_string_equal(ir_typist(&p, "bob", "games"), "games");
    assert_string_equal(ir_typist(&p, "bob", "news"), "games");
    assert_string_equal(ir_typist(&p, "bob", "root"), "root");
    assert_string_equal(ir_typist(&p, "ann", IR_BARE_LOGIN "news"), "games");
    assert_string_equal(ir_typist(&p, "bob", IR_BARE_LOGIN "ann"), IR_BARE_LOGIN "ann");
    assert_string_equal(ir_typist(&p, NULL, "games"), "games");
    assert_string_equal(ir_typist(NULL, "ann", "games"), "games");
}

static void row_names(void **state)
{
    (void)state;
    assert_string_equal(ir_node_name(IRN_EACH_PARALLEL), "EACH_PARALLEL");
    assert_null(ir_node_name(0));
    assert_string_equal(ir_op_name(IR_STEP_ATTR), "STEP_ATTR");
    assert_null(ir_op_name(0));
    assert_null(ir_op_name(255));
    assert_string_equal(ir_builtin_name(BUILTIN_DAYS_BETWEEN), "days_between");
    assert_null(ir_builtin_name(99));
    assert_string_equal(ir_aggregate_name(AGG_P90), "p90");
    assert_null(ir_aggregate_name(0));
    assert_string_equal(ir_attribute_name(ATTR_PERSON), "person");
    assert_null(ir_attribute_name(77));
    assert_int_equal(ir_builtin_find("round"), BUILTIN_ROUND);
    assert_int_equal(ir_builtin_find("rounds"), 0);
    assert_int_equal(ir_aggregate_find("share"), AGG_SHARE);
    assert_int_equal(ir_aggregate_find(""), 0);
    assert_int_equal(ir_attribute_find("late"), ATTR_LATE);
    assert_int_equal(ir_attribute_find("Late"), 0);
}

static void type_names(void **state)
{
    (void)state;
    static const char *const wanted[TYPES] = {"text",   "money in USD", "list of text",
                                              "Lead",   "boolean",      "one of web, referral, ad",
                                              "number", "Lead or none", "none"};
    Made *m = made_new();
    for (uint32_t i = 0; i < TYPES; i++) {
        Buf b = {0};
        ir_type_print(&b, &m->flow.unit, i);
        assert_string_equal(buf_text(&b), wanted[i]);
        buf_free(&b);
    }
    made_free(m);
}

/* ---- printing ----------------------------------------------------------------------------- */

static void expect_code(Made *m, Code code, const char *wanted)
{
    Buf b = {0};
    ir_print_code(&b, &m->flow.unit, code);
    assert_string_equal(buf_text(&b), wanted);
    buf_free(&b);
}

static void prints_code(void **state)
{
    (void)state;
    Made *m = made_new();
    expect_code(m, m->codes[0], "CONST \"Call \"; SLOT 0; FIELD name; TEXT 2; END");
    expect_code(m, m->codes[1], "CONST \"first\\n\\\"second\\\"\\tline\"; END");      /* one line */
    expect_code(m, m->steps[3].who, "SLOT 2; UNLESS @4; ROLE Owner; JUMP @5; 4: ROLE Sales; 5: END");
    expect_code(m, m->steps[3].deadline, "CONST 2026-12-25; CONST 1m30s; ADD; END");
    char missing[40];
    snprintf(missing, sizeof missing, "(no expression at %u)", m->code_n);
    expect_code(m, m->code_n, missing);
    made_free(m);
}

static void print_of(Made *m, Buf *b)
{
    buf_clear(b);
    ir_print_flow(b, made_flow(m));
}

static void prints_flows(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "flow Close  ",
        "  acts outside\n",
        "  takes      budget money in USD\n    =          CONST $500; END\n",
        "  within     CONST 2 business days in Office; END\n",
        "    decides    boolean\n",
        "of each element of \"each 2\"",
        "    SEQUENCE \"sequence 1\"\n      STEP \"Ask\"\n",
        "          who        ROLE Sales; CONST \"Ask\"; DID; PERSON; WHO_EXCEPT; ROLE Owner; WHO_OR; END\n",
        "          how        CONST \"Call \"; SLOT lead; FIELD name; TEXT 2; END\n",
        "          retry      3 times\n",
        "          shell      price \"${1}\"\n",
        "          on fail    sequence 2\n",
        "      IF \"if 1\"\n",
        "          a          CONST $500; SLOT budget; LESS_EQ; AND @5; SLOT decides; 5: END\n",
        "        SEQUENCE \"sequence 3\"\n        SEQUENCE \"sequence 4\"\n          STOP \"stop 1\"\n",
        "          with       one = SLOT one; END  into all\n",
        "              c          .name\n",
        "          a          paid\n",
        "  lua        function fee() return 5 end\n"};
    Made *m = made_new();
    Buf b = {0};
    print_of(m, &b);
    for (size_t i = 0; i < COUNT(lines); i++)
        if (!strstr(buf_text(&b), lines[i])) {
            print_error("%s\nhas no line: %s\n", buf_text(&b), lines[i]);
            wrong("printing");
        }
    uint32_t count = 0;
    for (const char *p = buf_text(&b); *p; p++) count += *p == '\n';
    assert_true(count > m->nodes_n + VARS);
    assert_int_equal(utf8_check(b.p, b.n), b.n);
    buf_free(&b);
    made_free(m);
}

static void prints_programs(void **state)
{
    (void)state;
    static const char *const wanted[] = {
        "calendars\n  \"Office\"\n    zone       UTC\n    open       mon fri 09:00..17:30\n",
        "    closed     every 12-24..12-26\n",
        "\nroles\n  \"Sales\"\n    people     ann, leo\n    costs/hour $500\n",
        "\nprocess \"Close\"\n  when       paid\n",
        "\nmetrics\n  \"wins\"\n",
        "    value      METRIC wins; END\n",
        "\nwhat the nodes mean\n",
        "  EMIT       emit event a with b\n",
        "  METRIC     the value of a metric"};
    static const OpenSpan open = {1 | 1 << 4, 9 * 60, 17 * 60 + 30};
    static const ClosedDays closed = {true, 1224, 1226};
    static const char *const people[] = {"ann", "leo"};
    static const uint32_t code[] = {I(METRIC, 0), I(END, 0)};
    Made *m = made_new();
    Calendar office = {"Office", zone_utc(), &open, 1, &closed, 1, NULL, 0};
    IrRole role = {.name = "Sales", .people = people, .people_n = 2, .cost = m->consts[C_500]};
    IrTrigger when = {.kind = TRIGGER_EVENT, .event = "paid", .where = CODE_NONE};
    IrEvent event = {.name = "paid"};
    IrMetric metric = {.name = "wins", .system = IR_NONE, .by = CODE_NONE, .text = "wins"};
    IrProcess process = {.name = "Close", .one = CODE_NONE,
                         .system = IR_NONE,
                         .owner = CODE_NONE,
                         .flow = made_flow(m),
                         .triggers = &when,
                         .triggers_n = 1,
                         .since = INT64_MIN};
    IrProgram p = {.unit = {.code = code, .code_n = 2, .types = m->types, .types_n = 1},
                   .calendars = &office,
                   .calendars_n = 1,
                   .roles = &role,
                   .roles_n = 1,
                   .events = &event,
                   .events_n = 1,
                   .metrics = &metric,
                   .metrics_n = 1,
                   .processes = &process,
                   .processes_n = 1};
    Error err = {0};
    assert_int_equal(ir_verify(&p, &err), ST_OK);
    Buf b = {0};
    ir_print(&b, &p);
    for (size_t i = 0; i < COUNT(wanted); i++)
        if (!strstr(buf_text(&b), wanted[i])) {
            print_error("%s\nhas no: %s\n", buf_text(&b), wanted[i]);
            wrong("printing");
        }
    buf_free(&b);
    when.event = "unknown";
    assert_int_equal(ir_verify(&p, &err), ST_INTERNAL);
    when.event = "paid", metric.code = 9;
    assert_int_equal(ir_verify(&p, &err), ST_INTERNAL);
    made_free(m);
}

/* ---- verifying: what is sound, and each kind of damage ------------------------------------ */

static void accepts(void **state)
{
    (void)state;
    Error err = {0};
    Made *m = made_new();
    if (ir_verify_flow(made_flow(m), &err) != ST_OK) wrong("%s", err.text);
    made_free(m);
}

static void expect_refused(Made *m, const char *change, const char *words)
{
    Error err = {0};
    Status st = ir_verify_flow(made_flow(m), &err);
    if (st != ST_INTERNAL || !strstr(err.text, words))
        wrong("%s: wanted \"%s\", found %s \"%s\"", change, words, status_name(st), err.text);
    made_free(m);
}

#define REFUSED(change, words)          \
    do {                                \
        Made *m = made_new();           \
        change;                         \
        expect_refused(m, #change, words); \
    } while (0)
#define NODE(text) (m->nodes[ir_node(&m->flow, text)])

static void refuses_nodes(void **state)
{
    (void)state;
    REFUSED(m->flow.process = NULL, "no name");
    REFUSED(m->nodes_n = 0, "a sequence of everything");
    REFUSED(m->nodes[0].op = IRN_PARALLEL, "a sequence of everything");
    REFUSED(m->nodes[0].end--, "a sequence of everything");
    REFUSED(m->nodes[0].parent = 0, "a wrong parent");
    REFUSED(NODE("Ask").op = 99, "an unknown kind");
    REFUSED(NODE("Ask").op = 0, "an unknown kind");
    REFUSED(NODE("Ask").name = NULL, "no name");
    REFUSED(NODE("Ask").name = "stop 1", "the same name");
    REFUSED(NODE("Ask").parent = 3, "another parent");
    REFUSED(NODE("stop 1").parent = 0, "another parent");
    REFUSED(NODE("Ask").end = 1, "ends behind its parent");
    REFUSED(NODE("stop 1").end++, "ends behind its parent");
    REFUSED(NODE("sequence 3").end++, "another parent");
    REFUSED(NODE("stop 1").end = UINT32_MAX, "ends behind its parent");
    REFUSED(NODE("Ask").a = 4, "a wrong operand a");
    REFUSED(NODE("Ask").a = 1, "a wrong operand a");
    REFUSED(NODE("if 1").a = CODE_NONE, "no such expression");
    REFUSED(NODE("if 1").a = m->code_n, "no such expression");
    REFUSED(NODE("each 1").b = VARS, "a wrong operand b");
    REFUSED(NODE("each 1").b = IR_NONE, "a wrong operand b");
    REFUSED(NODE("call 1").c = VARS, "a wrong operand c");
    REFUSED(NODE("call 1").a = NAMES, "a wrong operand a");
    REFUSED(NODE("set 1").c = 1, "a wrong operand c");
    REFUSED(NODE("call 1").b = 5, "arguments that there are not");
    REFUSED(NODE("call 1").args_n = 6, "arguments that there are not");
    REFUSED(NODE("call 1").args_n = UINT32_MAX, "arguments that there are not");
    REFUSED(m->args[0].slot = VARS, "an argument's variable");
    REFUSED(m->args[2].slot = IR_NONE, "an argument's variable");
    REFUSED(m->args[1].code = CODE_NONE, "no such expression");
}

static void refuses_children(void **state)
{
    (void)state;
    REFUSED(NODE("sequence 3").op = IRN_PARALLEL, "should be a sequence");
    REFUSED(NODE("sequence 2").op = IRN_PARALLEL, "should be a sequence");       /* a step's handlers */
    REFUSED(NODE("sequence 5").op = IRN_PARALLEL, "should be a sequence");
    REFUSED(NODE("each 1").op = IRN_IF, "a wrong number of children");
    REFUSED(NODE("if 1").op = IRN_EACH, "a wrong number of children");
    REFUSED(NODE("stop 1").op = IRN_WAIT_EVENT, "a wrong operand");
    REFUSED(NODE("repeat 1").op = IRN_WAIT_SPAN, "a wrong number of children");
    REFUSED(NODE("stop 1").op = IRN_REPEAT, "a wrong number of children");
    REFUSED(NODE("sequence 12").op = IRN_ON_FAIL, "a handler stands in a block");
    REFUSED(NODE("on fail 1").op = IRN_SEQUENCE, "a handler stands in a block");
    REFUSED(NODE("block 1").op = IRN_PARALLEL, "a handler stands in a block");
    REFUSED(NODE("sequence 12").op = IRN_PARALLEL, "should be a sequence");
    REFUSED(NODE("sequence 13").op = IRN_PARALLEL, "should be a sequence");
    REFUSED(m->args[4].slot = IR_NONE, "an argument's variable");
}

static void refuses_steps(void **state)
{
    (void)state;
    REFUSED(m->steps[0].name = NULL, "no node of its own");
    REFUSED(m->steps[0].node = 0, "a wrong operand a");
    REFUSED(m->steps[0].machine = MACHINE_PERSON, "an unknown machine");
    REFUSED(m->steps[0].undo.machine = MACHINE_PERSON + 1, "an unknown machine");
    REFUSED(m->steps[0].undo.text = 100000, "no such expression");
    REFUSED(m->steps[1].undo.shell.text = NULL, "a command without text");
    REFUSED(m->steps[2].undo.lua.text = NULL, "a Lua block without text");
    REFUSED(m->steps[3].undo.mail.parts_n = 7, "arguments that there are not");
    REFUSED(m->steps[3].undo.mail.parts_n = MAIL_TO, "a mail without text or receiver");
    REFUSED(m->steps[3].undo.mail.file = NULL, "a mail without text or receiver");
    REFUSED(m->steps[2].needs_n = 2, "needs that there are not");
    REFUSED(m->needs[0] = 4, "it needs a step that there is not, or itself");
    REFUSED(m->needs[0] = 2, "it needs a step that there is not, or itself");
    REFUSED(m->steps[2].sees_n = 3, "needs that there are not");
    REFUSED(m->args[3].slot = IR_NONE, "it sees what there is not");
    REFUSED(m->args[3].code = 100000, "no such expression");
    REFUSED(m->steps[0].ensures_n = 2, "conditions that there are not");
    REFUSED(m->ensures[0].text = NULL, "a condition without its text");
    REFUSED(m->ensures[0].code = CODE_NONE, "no such expression");
    REFUSED(m->steps[1].shell.text = NULL, "a command without text");
    REFUSED(m->steps[2].lua.text = NULL, "a Lua block without text");
    REFUSED(m->steps[1].shell.args_n = 5, "arguments that there are not");
    REFUSED(m->steps[0].how_n = 7, "expressions that there are not");
    REFUSED(m->steps[0].lasts_n = 4, "expressions that there are not");
    REFUSED(m->steps[0].lasts_n = 2, "no such expression");
    REFUSED(m->steps[0].who = 100000, "no such expression");
    REFUSED(m->steps[0].ask_n = FIELDS, "fields that there are not");
    REFUSED(m->steps[1].gives = FIELDS, "fields that there are not");
    REFUSED(m->fields[F_ASK].slot = IR_NONE, "a field without its variable");
    REFUSED(m->fields[F_GIVES].slot = IR_NONE, "a field without its variable");
    REFUSED(m->fields[F_ASK].where = 9999, "no such expression");
    REFUSED(m->steps[1].on_fail = 0, "not below it");
    REFUSED(m->steps[1].on_reject = 9999, "not below it");
    REFUSED(m->steps[3].on_late = m->steps[1].on_fail, "not below it");
    REFUSED(m->steps[3].on_reject = m->steps[1].on_fail, "not below it");
    REFUSED(m->flow.steps_n = 3, "a wrong operand a");
    REFUSED(m->codes[0] = CODE_NONE, "no such expression");
}

static void refuses_pools(void **state)
{
    (void)state;
    REFUSED(m->names[3] = NULL, "name 3: it is missing");
    REFUSED(m->types[T_TEXT].kind = 15, "an unknown type");
    REFUSED(m->types[T_TEXTS].of = TYPES, "a list without");
    REFUSED(m->types[T_TEXTS].of = T_TEXTS, "a list without");
    REFUSED(m->types[T_LEAD].fields = FIELDS - 1, "fields that there are not");
    REFUSED(m->types[T_LEAD].fields_n = UINT32_MAX, "fields that there are not");
    REFUSED(m->types[T_LEAD].fields_n = 2, "without its shape");
    REFUSED(m->types[T_LEAD].shape = NULL, "without its shape");
    REFUSED(m->fields[F_LEAD_NAME].name = "other", "a shape of other fields");
    REFUSED(m->fields[F_ASK].type = TYPES, "no type");
    REFUSED(m->fields[F_ASK].name = NULL, "no name");
    REFUSED(m->fields[F_ASK].slot = VARS, "no such variable");
    REFUSED(m->fields[F_LEAD_BUDGET].where = CODE(m, I(SLOT, 3), I(END, 0)),
            "a variable that there is not"); /* of 3 fields */
    REFUSED(m->fields[F_LEAD_BUDGET].initial = CODE(m, I(SLOT, 0), I(END, 0)),
            "a variable that there is not");
    REFUSED(m->vars[V_ITEM].name = NULL, "no name");
    REFUSED(m->vars[V_ITEM].type = TYPES, "no type");
    REFUSED(m->vars[V_ITEM].scope = 1, "belongs to no");
    REFUSED(m->vars[V_ITEM].scope = MOST, "belongs to no");
    REFUSED(m->vars[V_ITEM].initial = 9999, "no such expression");
    REFUSED(m->flow.takes_n = 9, "fields that there are not");
    REFUSED(m->flow.gives = F_LEAD_NAME, "a field without its variable");
    REFUSED(m->flow.deadline = 9999, "no such expression");
    REFUSED(m->prelude[0].text = NULL, "it is missing");
}

/* Puts an expression in the place of a condition. Jumps in it count from its own start. */
static void expect_expression(const uint32_t *words, uint32_t n, const char *fault)
{
    Made *m = made_new();
    Error err = {0};
    Code code = made_code(m, words, n);
    for (uint32_t i = code; i < m->code_n; i++) {
        uint8_t op = IR_INSTRUCTION_OP(m->code[i]);
        bool jumps = op == IR_JUMP || op == IR_UNLESS || op == IR_AND || op == IR_OR;
        if (jumps) m->code[i] = IR_INSTRUCTION(op, code + IR_INSTRUCTION_OPERAND(m->code[i]));
    }
    NODE("if 1").a = code;
    Status st = ir_verify_flow(made_flow(m), &err);
    Buf b = {0};
    ir_print_code(&b, &m->flow.unit, code);
    bool right = fault ? st == ST_INTERNAL && strstr(err.text, fault) : st == ST_OK;
    if (!right)
        wrong("%s: wanted %s, found %s %s", buf_text(&b), fault ? fault : "it sound", status_name(st),
              err.text);
    buf_free(&b);
    made_free(m);
}
#define SOUND(...) \
    expect_expression((const uint32_t[]){__VA_ARGS__}, COUNT(((const uint32_t[]){__VA_ARGS__})), NULL)
#define FAULTY(fault, ...) \
    expect_expression((const uint32_t[]){__VA_ARGS__}, COUNT(((const uint32_t[]){__VA_ARGS__})), fault)

static void proves_code(void **state)
{
    (void)state;
    SOUND(I(CONST, C_1), I(END, 0));
    SOUND(I(CONST, C_1), I(CONST, C_2), I(POP, 0), I(END, 0));
    SOUND(I(LIST, 0), I(END, 0));
    SOUND(I(CONST, C_YES), I(AND, 3), I(CONST, C_YES), I(END, 0));
    SOUND(I(CONST, C_YES), I(OR, 4), I(CONST, C_YES), I(NOT, 0), I(END, 0));
    SOUND(I(CONST, C_YES), I(UNLESS, 4), I(CONST, C_1), I(JUMP, 5), I(CONST, C_2), I(END, 0));
    SOUND(I(CONST, C_YES), I(UNLESS, 4), I(CONST, C_1), I(END, 0), I(CONST, C_2), I(END, 0)); /* two ends */
    SOUND(I(JUMP, 3), I(CONST, C_1), I(END, 0), I(CONST, C_2), I(END, 0)); /* one within, jumped over */
    SOUND(I(CONST, C_500), I(CONST, C_1), I(CALL, BUILTIN_ABS), I(END, 0));
    SOUND(I(CONST, C_1), I(CONST, C_2), I(CONST, C_2), I(CALL, BUILTIN_MAX), I(END, 0));
    SOUND(I(SLOT, V_LEAD), I(SLOT, V_BUDGET), I(CONST, C_HELLO), I(RECORD, T_LEAD), I(END, 0));
    SOUND(I(TODAY, 0xffffff), I(END, 0));
    SOUND(I(TODAY, N_OFFICE), I(END, 0));
    SOUND(I(CONST, C_WALL), I(LOCAL, N_OFFICE), I(END, 0));
    SOUND(I(CONST, C_WALL), I(BEGIN_OF, N_OFFICE), I(END, 0));
    SOUND(I(CONST, C_WALL), I(END_OF, 0xffffff), I(END, 0));
    SOUND(I(CONST, C_STEP), I(CONST, C_STEP), I(STEPS, 2), I(END, 0));
}

static void refuses_code(void **state)
{
    (void)state;
    FAULTY("an unknown instruction", I(CONST, C_1), 0, I(END, 0));
    FAULTY("an unknown instruction", 200);
    FAULTY("no such constant", I(CONST, CONSTS), I(END, 0));
    FAULTY("a variable that there is not", I(SLOT, VARS), I(END, 0));
    FAULTY("no such name", I(SLOT, V_LEAD), I(FIELD, NAMES), I(END, 0));
    FAULTY("no such record", I(RECORD, T_TEXT), I(END, 0));
    FAULTY("no such record", I(RECORD, TYPES), I(END, 0));
    FAULTY("no such function", I(CONST, C_1), I(CONST, C_1), I(CALL, 99), I(END, 0));
    FAULTY("no such attribute", I(ATTR, 0), I(END, 0));
    FAULTY("no such calendar", I(TODAY, NAMES), I(END, 0));
    FAULTY("an operand where none belongs", I(NOW, 1), I(END, 0));
    FAULTY("too many values", I(LIST, 10000), I(END, 0));
    FAULTY("code without an end", I(CONST, C_1));
    FAULTY("code without an end", I(CONST, C_1), I(NOT, 0));
    FAULTY("more is taken", I(END, 0));
    FAULTY("more is taken", I(CONST, C_1), I(ADD, 0), I(END, 0));
    FAULTY("more is taken", I(CONST, C_1), I(LIST, 2), I(END, 0));
    FAULTY("more is taken", I(CONST, C_1), I(CONST, C_2), I(CALL, BUILTIN_MAX), I(END, 0));
    FAULTY("more than one value", I(CONST, C_1), I(CONST, C_2), I(END, 0));
    FAULTY("does not go forward", I(CONST, C_1), I(JUMP, 1), I(END, 0));
    FAULTY("does not go forward", I(CONST, C_1), I(JUMP, 0), I(END, 0));
    FAULTY("out of the code", I(CONST, C_1), I(JUMP, 3), I(END, 0));
    FAULTY("more than one value", I(CONST, C_YES), I(UNLESS, 3), I(CONST, C_1), I(CONST, C_2), I(END, 0));
    FAULTY("two ways with different stacks", I(CONST, C_1), I(CONST, C_YES), I(UNLESS, 4), I(POP, 0),
           I(END, 0));
    FAULTY("more than one value", I(CONST, C_YES), I(AND, 2), I(CONST, C_YES), I(END, 0));
    FAULTY("the count of its arguments", I(CONST, C_1), I(NOW, 0), I(CALL, BUILTIN_ABS), I(END, 0));
    FAULTY("the count of its arguments", I(CONST, C_1), I(CONST, C_HELLO), I(CALL, BUILTIN_ABS), I(END, 0));
    FAULTY("the count of its arguments", I(CONST, C_1), I(CONST, C_1), I(CONST, C_2), I(CALL, BUILTIN_ABS),
           I(END, 0));
    FAULTY("the count of its arguments", I(CONST, C_0), I(CALL, BUILTIN_MIN), I(END, 0));
    FAULTY("between a call and its count", I(CONST, C_YES), I(CONST, C_YES), I(UNLESS, 4), I(CONST, C_1),
           I(CALL, BUILTIN_ABS), I(END, 0));
}

static void bounds_the_stack(void **state)
{
    (void)state;
    uint32_t code[140];
    for (uint32_t deep = 63; deep <= 66; deep++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < deep; i++) code[n++] = I(CONST, C_1);
        code[n++] = I(LIST, deep);
        code[n++] = I(END, 0);
        expect_expression(code, n, deep <= 64 ? NULL : "deeper than 64");
    }
}

/* ---- the stored form ---------------------------------------------------------------------- */

static void expect_same(Made *m, const IrFlow *f, bool places)
{
    Buf here = {0}, there = {0};
    ir_print_flow(&here, &m->flow);
    ir_print_flow(&there, f);
    assert_string_equal(buf_text(&here), buf_text(&there));
    assert_memory_equal(ir_flow_hash(f), ir_flow_hash(&m->flow), SHA256_BYTES);
    assert_int_equal(f->nodes[3].place.line, places ? m->nodes[3].place.line : 0);
    assert_int_equal(f->nodes[3].place.file != NULL, places);
    assert_true(value_equal(&f->unit.consts[C_SPAN], &m->consts[C_SPAN]));
    assert_string_equal(f->unit.types[T_MAYBE].shape->fields[1], "budget");
    assert_string_equal(f->paths[0][0], "name");
    assert_null(f->paths[0][1]);
    assert_true(f->outside);
    buf_free(&here);
    buf_free(&there);
}

static void stores_and_reads(void **state)
{
    (void)state;
    Made *m = made_new();
    Error err = {0};
    for (int places = 0; places < 2; places++) {
        Buf b = {0}, again = {0};
        IrFlow *f;
        ir_write_flow(&b, &m->flow, places);
        if (ir_read_flow(m->arena, b.p, b.n, &f, &err) != ST_OK) wrong("%s", err.text);
        expect_same(m, f, places);
        ir_write_flow(&again, f, places);
        assert_int_equal(again.n, b.n);
        assert_memory_equal(again.p, b.p, b.n);
        assert_true(f->steps[1].name == f->nodes[2].name);         /* texts are shared */
        buf_free(&b);
        buf_free(&again);
    }
    made_free(m);
}

/* A stored flow is a promise for years: this one must stay readable, and keep its hash. */
static void keeps_its_format(void **state)
{
    (void)state;
    char bytes[] = "opsflow\3\0" "\1\1P" "\0\0\0\0\0"              /* process, an empty unit */
                                "\1" "\1\0\1\0\0\0\0\0" "\1\12sequence 1"       /* a node */
                                "\0\0\0\0\0" "\0\0\0\0" "\0\0" "\0" "\0"
                                "\0\0\0\0" "\0\0";    /* escalations, a reminder, files of Lua; needs, ensures */
    Arena *a = arena_new();
    IrFlow *f;
    IrNode node = {.op = IRN_SEQUENCE,
                   .parent = IR_NONE,
                   .end = 1,
                   .a = IR_NONE,
                   .b = IR_NONE,
                   .c = IR_NONE,
                   .d = IR_NONE,
                   .name = "sequence 1"};
    IrFlow flow = {.process = "P", .nodes = &node, .nodes_n = 1, .deadline = CODE_NONE, .remind = CODE_NONE};
    for (uint8_t format = 3; format >= 1; format--) {      /* format 1 differs from 2 in fields only */
        size_t n = sizeof bytes - 1 - (format < 3 ? 6 : 0);
        Buf b = {0};
        flow.format = format;
        flow.hashed = false;
        bytes[7] = (char)format;
        ir_write_flow(&b, &flow, false);
        assert_int_equal(b.n, n);
        assert_memory_equal(b.p, bytes, b.n);
        assert_int_equal(ir_read_flow(a, bytes, n, &f, NULL), ST_OK);
        assert_int_equal(f->format, format);
        assert_memory_equal(ir_flow_hash(f), ir_flow_hash(&flow), SHA256_BYTES);
        buf_free(&b);
    }
    flow.format = 0;                                       /* new, and saying nothing of what came behind format 3 */
    Buf b = {0};
    ir_write_flow(&b, &flow, false);
    assert_int_equal(b.p[7], 3);
    buf_free(&b);
    arena_free(a);
}

/* A flow that an older ops stored says no conditions as written, and keeps its hash. */
static void reads_older_formats(void **state)
{
    (void)state;
    Made *m = made_new();
    IrFlow *f = &m->flow, *old, *again;
    Arena *a = arena_new();
    Buf b = {0};
    ((IrField *)(uintptr_t)f->unit.fields)[0].where_text = "n > 3";
    f->hashed = false;
    uint8_t newest[SHA256_BYTES];
    memcpy(newest, ir_flow_hash(f), sizeof newest);
    f->format = 1;
    f->hashed = false;
    ir_write_flow(&b, f, true);
    assert_int_equal(ir_read_flow(a, b.p, b.n, &old, NULL), ST_OK);
    assert_null(old->unit.fields[0].where_text);
    assert_int_not_equal(f->steps[1].retry_most, CODE_NONE);
    assert_int_equal(old->steps[1].retry_most, CODE_NONE);
    assert_int_equal(old->steps[3].on_late, IR_NONE);
    assert_int_equal(old->steps[0].ensures_n + old->steps[2].needs_n + old->steps[1].undo.machine, 0);
    assert_memory_equal(ir_flow_hash(old), ir_flow_hash(f), SHA256_BYTES);
    assert_memory_not_equal(ir_flow_hash(old), newest, SHA256_BYTES);
    buf_clear(&b);
    ir_write_flow(&b, old, true);
    assert_int_equal(ir_read_flow(a, b.p, b.n, &again, NULL), ST_OK);
    assert_memory_equal(ir_flow_hash(again), ir_flow_hash(old), SHA256_BYTES);
    buf_free(&b);
    arena_free(a);
    made_free(m);
}

static void hashes(void **state)
{
    (void)state;
    Made *m = made_new(), *other = made_new();
    uint8_t first[SHA256_BYTES];
    memcpy(first, ir_flow_hash(&m->flow), sizeof first);
    for (uint32_t i = 0; i < other->nodes_n; i++) other->nodes[i].place = (IrPlace){"moved.ops", i, i};
    made_flow(other)->hashed = false;
    assert_memory_equal(first, ir_flow_hash(&other->flow), sizeof first);    /* places are no part of it */
    other->consts[C_1] = value_integer(3);
    made_flow(other)->hashed = false;
    assert_memory_not_equal(first, ir_flow_hash(&other->flow), sizeof first);
    made_free(m);
    made_free(other);
}

static void expect_unreadable(const char *bytes, size_t n, Status wanted, const char *words)
{
    Arena *a = arena_new();
    Error err = {0};
    IrFlow *f;
    Status st = ir_read_flow(a, bytes, n, &f, &err);
    if (st != wanted || !strstr(err.text, words))
        wrong("wanted %s \"%s\", found %s \"%s\"", status_name(wanted), words, status_name(st), err.text);
    arena_free(a);
}

static void refuses_other_bytes(void **state)
{
    (void)state;
    Made *m = made_new();
    Buf b = {0};
    ir_write_flow(&b, &m->flow, true);
    expect_unreadable("", 0, ST_INTERNAL, "does not begin as one");
    expect_unreadable("opsflo", 6, ST_INTERNAL, "does not begin as one");
    expect_unreadable("opsflow", 7, ST_INTERNAL, "damaged");
    expect_unreadable("opsflow\5\1", 9, ST_CONFIG, "use a newer ops");
    expect_unreadable("opsflow\1\2", 9, ST_INTERNAL, "damaged");
    expect_unreadable("opsflow\1\1", 9, ST_INTERNAL, "damaged at byte 9");
    expect_unreadable("opsflow\1\1\1\377\377\377\377\377\377\377\377\377\377\377", 21, ST_INTERNAL,
                      "damaged");
    for (size_t n = 0; n < b.n; n++) {         /* cut anywhere */
        char *cut = mem_alloc(n + 1);
        memcpy(cut, b.p, n);
        Arena *a = arena_new();
        IrFlow *f;
        assert_int_not_equal(ir_read_flow(a, cut, n, &f, NULL), ST_OK);
        arena_free(a);
        free(cut);
    }
    buf_putc(&b, '\0');
    expect_unreadable(b.p, b.n, ST_INTERNAL, "wanted its end");
    buf_free(&b);
    made_free(m);
}

/* Damaged bytes are refused or mean another sound flow; they never crash, nor take much memory. */
static void survives_damage(void **state)
{
    (void)state;
    const char *said = getenv("IR_FUZZ_ROUNDS");
    long rounds = said ? atol(said) : 20000, accepted = 0;
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
    Made *m = made_new();
    Buf b = {0}, text = {0};
    for (long i = 0; i < rounds; i++) {
        buf_clear(&b);
        ir_write_flow(&b, &m->flow, i % 2);
        char *bytes = mem_alloc(b.n);          /* of its own, so that reading behind it shows */
        memcpy(bytes, b.p, b.n);
        size_t n = made_damage(bytes, b.n, &seed);
        Arena *a = arena_new();
        Error err = {0};
        IrFlow *f = NULL, *again = NULL;
        Status st = ir_read_flow(a, bytes, n, &f, &err);
        assert_true(arena_bytes(a) < 200 * n + 65536);
        if (st == ST_OK) {
            accepted++;
            print_of(m, &text);
            buf_clear(&text);
            ir_print_flow(&text, f);
            buf_clear(&b);
            ir_write_flow(&b, f, true);
            assert_int_equal(ir_read_flow(a, b.p, b.n, &again, &err), ST_OK);
            assert_memory_equal(ir_flow_hash(f), ir_flow_hash(again), SHA256_BYTES);
        } else {
            assert_true(err.text[0] != '\0');
        }
        arena_free(a);
        free(bytes);
    }
    assert_in_range(accepted, rounds / 100, rounds - rounds / 4);
    buf_free(&b);
    buf_free(&text);
    made_free(m);
}

/* Many expressions over the same code, long ones: proved in one walk, not one each. */
static void proves_quickly(void **state)
{
    (void)state;
    enum { N = 200000 };
    Made *m = made_new();
    uint32_t *code = mem_zero(N, sizeof *code);
    Code *codes = mem_zero(N, sizeof *codes);
    for (uint32_t i = 0; i + 1 < N; i += 2)
        code[i] = I(CONST, C_1), code[i + 1] = i + 2 < N ? I(POP, 0) : I(END, 0);
    memcpy(code, m->code, m->code_n * sizeof *code);
    for (uint32_t i = 0; i < N; i++) codes[i] = i < 2000 ? m->codes[i % 4] : i / 2 * 2;
    IrFlow f = *made_flow(m);
    f.unit.code = code, f.unit.code_n = N;
    f.codes = codes, f.codes_n = N;
    m->steps[0].how_n = N;
    Error err = {0};
    if (ir_verify_flow(&f, &err) != ST_OK) wrong("%s", err.text);
    free(code);
    free(codes);
    made_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups),          cmocka_unit_test(row_names),
        cmocka_unit_test(typists),
        cmocka_unit_test(type_names),       cmocka_unit_test(prints_code),
        cmocka_unit_test(prints_flows),     cmocka_unit_test(prints_programs),
        cmocka_unit_test(accepts),          cmocka_unit_test(refuses_nodes),
        cmocka_unit_test(refuses_children), cmocka_unit_test(refuses_steps),
        cmocka_unit_test(refuses_pools),    cmocka_unit_test(proves_code),
        cmocka_unit_test(refuses_code),     cmocka_unit_test(bounds_the_stack),
        cmocka_unit_test(stores_and_reads), cmocka_unit_test(keeps_its_format),
        cmocka_unit_test(reads_older_formats),
        cmocka_unit_test(hashes),           cmocka_unit_test(refuses_other_bytes),
        cmocka_unit_test(survives_damage),  cmocka_unit_test(proves_quickly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
