/* check.c -- the passes from tree to program: right texts give the flow one expects, wrong ones
 * their message at its place. */
#include "lang/check.h"
#include "lang/lower.h"
#include "lang/stdlib.h"
#include "runtime/script.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
/* after the headers above, which it needs */
#include <cmocka.h>
#include "tests/unit/files.h"

#define SALES "role Sales < people \"ann\", \"bob\" >\n"
#define OFFICE "calendar Office < zone \"Europe/Berlin\"; open mon..fri 09:00..17:00 >\n"
#define DO "how shell \"true\""

/* ---- a world of files ---- */

typedef struct File { const char *path, *text; } File;

static Status load(void *self, Arena *a, const char *path, char **text, size_t *n, Error *err)
{
    for (const File *f = self; f && f->path; f++) {
        if (strcmp(f->path, path) == 0) {
            *text = arena_dup(a, f->text);
            *n = strlen(f->text);
            return ST_OK;
        }
    }
    return load_example(self, a, path, text, n, err);
}

static Compilation *compile_files(const char *text, File *files)
{
    return compile_text("example.ops", text, strlen(text), load, files);
}

static Compilation *compile(const char *text)
{
    return compile_files(text, NULL);
}

/* ---- what one expects ---- */

static void show(Compilation *c, const char *text)
{
    Buf b = {0};
    diags_print(c->diags, &b, false, 0);
    print_error("%s\n--- of ---\n%s\n", buf_text(&b), text);
    buf_free(&b);
}

/* Exactly one message: this one, on this line (0: any). */
static void expect_files(const char *text, File *files, const char *code, uint32_t line)
{
    Compilation *c = compile_files(text, files);
    const Diag *d = diags_count(c->diags) == 1 ? diags_get(c->diags, 0) : NULL;
    uint32_t found = d ? sources_place(c->sources, d->at).line : 0;
    if (!d || strcmp(diag_code_name(d->code), code) != 0 || (line && found != line)) {
        show(c, text);
        fail_msg("wanted only %s on line %u, found %u messages", code, line, diags_count(c->diags));
    }
    assert_true((d->severity == SEVERITY_ERROR) == (c->program == NULL));
    assert_non_null(d->hint ? d->hint : d->suggestions_n ? "" : NULL);
    compilation_free(c);
}

static void expect(const char *text, const char *code, uint32_t line)
{
    expect_files(text, NULL, code, line);
}

static Compilation *expect_fine_files(const char *text, File *files)
{
    Compilation *c = compile_files(text, files);
    if (diags_count(c->diags) || !c->program) {
        show(c, text);
        fail_msg("wanted no message");
    }
    return c;
}

static Compilation *expect_fine(const char *text)
{
    return expect_fine_files(text, NULL);
}

static void fine(const char *text)
{
    compilation_free(expect_fine(text));
}

static const IrFlow *flow_of(const Compilation *c, const char *process)
{
    const IrProcess *p = ir_process(c->program, process);
    assert_non_null(p);
    return p->flow;
}

/* The names of all nodes in pre-order, with their depth: "sequence 1(A if 1(sequence 2(B) sequence 3))". */
static void write_tree(Buf *b, const IrFlow *f, uint32_t node)
{
    buf_puts(b, f->nodes[node].name);
    if (f->nodes[node].end == node + 1)
        return;
    buf_putc(b, '(');
    for (uint32_t i = node + 1; i < f->nodes[node].end; i = f->nodes[i].end) {
        assert_int_equal(f->nodes[i].parent, node);
        if (i != node + 1)
            buf_putc(b, ' ');
        write_tree(b, f, i);
    }
    buf_putc(b, ')');
}

static void expect_tree(const char *text, const char *process, const char *tree)
{
    Compilation *c = expect_fine(text);
    Buf b = {0};
    write_tree(&b, flow_of(c, process), 0);
    assert_string_equal(buf_text(&b), tree);
    buf_free(&b);
    compilation_free(c);
}

static void expect_code(const IrUnit *u, Code code, const char *text)
{
    Buf b = {0};
    ir_print_code(&b, u, code);
    if (!strstr(buf_text(&b), text)) {
        print_error("%s\n", buf_text(&b));
        fail_msg("wanted %s in it", text);
    }
    buf_free(&b);
}

/* ---- messages: every row of the table that these passes own ---- */

static void examples(void **state)
{
    (void)state;
    for (int code = 0; code < DIAG_COUNT; code++) {
        const DiagInfo *info = diag_info((DiagCode)code);
        /* golden tests bring their files */
        bool on_disk = code == DIAG_W0552 || code == DIAG_N0553 || code == DIAG_E0268;
        bool lua = code >= DIAG_E0620 && code <= DIAG_E0623;
        if (info->name[2] == '1' || lua || on_disk)
            continue;                          /* the parser's have a test of their own, and Lua's */
        File files[] = {{"example.ops", info->wrong}, {NULL, NULL}};
        expect_files(info->wrong, files, info->name, 0);
        fine(info->right);
    }
}

/* How many messages, and the first of them, once the runtime has read the Lua, too. */
static uint32_t count_with_lua(const char *text, const char **code)
{
    Compilation *c = compile(text);
    if (c->program) script_check_program(c->program, c->sources, c->diags);
    else script_check_blocks(c->lua, c->lua_n, c->sources, c->diags);
    uint32_t n = diags_count(c->diags);
    *code = n ? diag_code_name(diags_get(c->diags, 0)->code) : NULL;
    if (n > 1) show(c, text);
    compilation_free(c);
    return n;
}

static void examples_of_lua(void **state)
{
    (void)state;
    static const DiagCode codes[] = {DIAG_E0620, DIAG_E0621, DIAG_E0622, DIAG_E0623};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        const DiagInfo *info = diag_info(codes[i]);
        const char *code;
        assert_int_equal(count_with_lua(info->wrong, &code), 1);
        assert_string_equal(code, info->name);
        assert_int_equal(count_with_lua(info->right, &code), 0);
    }
}

static void names(void **state)
{
    (void)state;
    expect("role Sales < people \"a\" >\nrole Sales < people \"b\" >\n", "E0201", 2);
    expect("type T = one of a, b\nrecord T < x text >\n", "E0201", 2);
    fine("event Lead\nprocess Lead < "
         "step Lead < " DO " > emit Lead >\nprocess Q < when Lead; step A < " DO " > >\n");
    expect(SALES "process P <\n    step A < who Sales >\n    if late <\n        step A < who Sales >\n    "
                 ">\n>\n",
           "E0201", 5);
    fine(SALES "process P < step A < who Sales > >\nprocess Q < step A < who Sales > >\n");
    expect("record R <\n    a text\n    a number\n>\n", "E0201", 3);
    expect("process P < start Q >\nprocess R < step A < " DO " > >\n", "E0203", 1);
}

static void nearest(void **state)
{
    (void)state;
    Compilation *c = compile(SALES "process Close < step A < who Sales > >\nprocess P < start Clsoe >\n");
    assert_int_equal(diags_count(c->diags), 1);
    const Diag *d = diags_get(c->diags, 0);
    assert_int_equal(d->suggestions_n, 1);
    assert_string_equal(d->suggestions[0], "Close");
    assert_int_equal(sources_place(c->sources, d->related).line, 2);
    compilation_free(c);
}

/* ---- modules ---- */

static void modules(void **state)
{
    (void)state;
    File files[] = {{"lib/shop.ops", "use \"more.ops\" as m\nrole Packer < people \"pat\" >\n"
                                     "process Pack < takes what m.Thing; step A < who Packer; how \"Pack "
                                     "${what.name}.\" > >\n"},
                    {"lib/more.ops", "record Thing < name text >\n"},
                    {NULL, NULL}};
    Compilation *c = expect_fine_files("use \"lib/shop.ops\"\nuse \"./lib/../lib/more.ops\" as t\n"
                                       "process P < takes x t.Thing; start shop.Pack with what = x >\n",
                                       files);
    assert_non_null(ir_process(c->program, "shop.Pack"));
    assert_non_null(ir_process(c->program, "P"));
    assert_string_equal(c->program->processes[0].name, "P");
    assert_string_equal(flow_of(c, "shop.Pack")->steps[0].role, "shop.Packer");
    compilation_free(c);
    expect_files("use \"lib/shop.ops\" as a\nuse \"lib/none.ops\" as b\n", files, "E0212", 2);
    File circle[] = {{"a.ops", "use \"b.ops\" as b\n"}, {"b.ops", "use \"a.ops\" as a\n"}, {NULL, NULL}};
    Compilation *wrong = compile_files("use \"a.ops\" as a\n", circle);
    assert_int_equal(diags_count(wrong->diags), 1);
    assert_string_equal(diag_code_name(diags_get(wrong->diags, 0)->code), "E0214");
    assert_string_equal(sources_place(wrong->sources, diags_get(wrong->diags, 0)->at).file, "b.ops");
    compilation_free(wrong);
    expect("use essentials\nuse essentials as essentials\n", "E0215", 2);
    fine("use essentials as e\nprocess P < takes c e.Contact; step A < how shell \"echo ${c.email}\" > >\n");
}

/* Each role that the text declares, with people; each of its systems, taken over. */
static void take_over(Buf *b, const char *text, const char *module)
{
    char name[64];
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (sscanf(line, "role %63s", name) == 1)
            buf_printf(b, "role %s < people \"ann\", \"bob\" >\n", name);
        else if (sscanf(line, "system %63s", name) == 1)
            buf_printf(b, "system \"My %s\" like %s.%s <\n>\n", name, module, name);
    }
}

/* A module is right where it is used, and each of its systems where a business takes it over. */
static void library(void **state)
{
    (void)state;
    assert_non_null(stdlib_files[0].name);
    for (const StdlibFile *f = stdlib_files; f->name; f++) {
        Buf b = {0};
        buf_printf(&b, "use %s\ncalendar Office < zone \"UTC\"; open mon..fri 09:00..17:00 >\n", f->name);
        fine(buf_text(&b));
        take_over(&b, f->text, f->name);
        assert_non_null(strstr(buf_text(&b), "like"));
        fine(buf_text(&b));
        buf_free(&b);
    }
}

/* ---- declarations ---- */

static void declarations(void **state)
{
    (void)state;
    Compilation *c = expect_fine(
        "calendar Office <\n    zone \"Europe/Berlin\"\n    open mon..fri 09:00..12:30, 13:30..17:30\n"
        "    open sat 22:00..06:00\n    closed 2026-12-24..2026-12-26, every 01-01\n>\n"
        "person ann < name \"Ann Gross\"; mail \"ann@x.example\"; login \"agross\"; works Office >\n"
        "role Sales < people ann, \"leo\"; costs $38 per hour >\n"
        "system Shop <\n    why \"To sell.\"\n    kind conversion\n    owner Sales\n    system Inner < why "
        "\"Deeper.\" >\n>\n");
    const IrProgram *p = c->program;
    const Calendar *office = ir_calendar(p, "Office");
    assert_int_equal(office->opens, 3);
    assert_int_equal(office->open[0].weekdays, 0x1f);
    assert_int_equal(office->open[1].from, 13 * 60 + 30);
    assert_int_equal(office->open[2].weekdays, 0x20);
    assert_int_equal(office->open[2].to, 6 * 60);
    assert_int_equal(office->closeds, 2);
    assert_true(office->closed[1].yearly);
    assert_int_equal(office->closed[1].from, 101);
    assert_string_equal(ir_person(p, "ann")->login, "agross");
    const IrRole *sales = ir_role(p, "Sales");
    assert_int_equal(sales->people_n, 2);
    assert_string_equal(sales->people[1], "leo");
    assert_string_equal(sales->calendar, "Office");    /* as the only one of its people who has one */
    assert_int_equal(sales->cost.type, V_MONEY);
    assert_int_equal(p->systems_n, 2);
    assert_int_equal(p->systems[1].parent, 0);
    assert_int_equal(p->systems[0].parent, IR_NONE);
    assert_string_equal(p->systems[0].kind, "conversion");
    compilation_free(c);
}

static void types(void **state)
{
    (void)state;
    Compilation *c = expect_fine("type Source = one of web, ad\ntype Price = money in EUR\n"
                                 "record Lead <\n    key email\n    email text matching \"@\"\n    source "
                                 "Source\n    seen date from \"first\" like \"31-12-2017\"\n"
                                 "    price Price = 0 EUR\n    low number where low < high\n    high "
                                 "number\n    next list of Lead\n>\n"
                                 "process P < takes lead Lead; step A < how shell \"echo ${lead.email}\" > "
                                 ">\n");
    const IrUnit *u = &c->program->unit;
    const IrType *lead = NULL;
    for (uint32_t i = 0; i < u->types_n; i++)
        if (u->types[i].name && strcmp(u->types[i].name, "Lead") == 0)
            lead = &u->types[i];
    assert_non_null(lead);
    assert_string_equal(lead->key, "email");
    assert_string_equal(u->fields[lead->fields].matching, "@");
    assert_string_equal(u->fields[lead->fields + 2].column, "first");
    assert_string_equal(u->fields[lead->fields + 2].like, "31-12-2017");
    expect_code(u, u->fields[lead->fields + 4].where, "LESS");
    assert_int_not_equal(u->fields[lead->fields + 3].initial, CODE_NONE);
    const IrUnit *own = &flow_of(c, "P")->unit;        /* a flow carries its types' conditions itself */
    bool found = false;
    for (uint32_t i = 0; i < own->fields_n; i++)
        found = found || (strcmp(own->fields[i].name, "low") == 0 && own->fields[i].where != CODE_NONE);
    assert_true(found);
    compilation_free(c);
    fine("record R < key id; id text; n number or none = 3; c one of (a, b) or none = none >\n"
         "process P < takes r R, k number or none = none; gives z text or none = none; set z = \"${r.n} ${k}\" >\n");
    expect("type A = B\ntype B = A\n", "E0509", 0);
    expect("record A < b B >\nrecord B < a A >\n", "E0509", 0);
    fine("record A < b B or none >\nrecord B < a A >\n");
    fine("record A < b B or none; n number >\nrecord B < a A or none; m number >\n"
         "process P < takes b B; gives x number = 0; set y = b.a\n"
         "    if y is not none < set x = y.n > >\n");
}

/* ---- triggers ---- */

static const IrTrigger *trigger(const Compilation *c, uint32_t i)
{
    assert_true(i < c->program->processes[0].triggers_n);
    return &c->program->processes[0].triggers[i];
}

static void schedules(void **state)
{
    (void)state;
    Compilation *c = expect_fine(OFFICE "process P <\n    when every weekday at 07:00 in Office\n    when "
                                        "every monday\n    when every 15 minutes\n"
                                        "    when every 2 weeks from 2026-11-23 at 08:00\n    when every "
                                        "month on 1, 15\n    when every month on last business day at 17:00\n"
                                        "    when every year on 12-24 or next open day\n    when every month "
                                        "on last friday\n    when every week on mon, thu\n"
                                        "    step A < " DO " >\n>\n");
    const Recurrence *r = &trigger(c, 0)->recurrence;
    assert_int_equal(r->kind, RECUR_DAY);
    assert_int_equal(r->day, RECUR_WEEKDAYS);
    assert_int_equal(r->at, 7 * 60);
    assert_true(r->skip_closed);
    assert_string_equal(trigger(c, 0)->text, "every weekday at 07:00 in Office");
    assert_int_equal(trigger(c, 1)->recurrence.weekdays, 1);
    assert_int_equal(trigger(c, 2)->recurrence.kind, RECUR_SPAN);
    assert_int_equal(trigger(c, 2)->recurrence.step, 15 * US_MINUTE);
    assert_null(trigger(c, 2)->recurrence.calendar);
    r = &trigger(c, 3)->recurrence;
    assert_int_equal(r->kind, RECUR_WEEK);
    assert_int_equal(r->step, 2);
    assert_int_equal(r->from, date_from_civil(2026, 11, 23));
    assert_int_equal(trigger(c, 4)->recurrence.n, 1);      /* one trigger a day of the month */
    assert_int_equal(trigger(c, 5)->recurrence.n, 15);
    assert_string_equal(trigger(c, 5)->text, "every month on 1, 15");
    assert_int_equal(trigger(c, 6)->recurrence.day, RECUR_LAST_BUSINESS_DAY);
    r = &trigger(c, 7)->recurrence;
    assert_int_equal(r->day, RECUR_YEARDAY);
    assert_int_equal(r->month, 12);
    assert_true(r->move_to_open && !r->skip_closed);
    assert_int_equal(trigger(c, 8)->recurrence.n, -1);
    assert_int_equal(trigger(c, 9)->recurrence.weekdays, 1 | 8);
    Instant next;
    Instant t = zone_instant(trigger(c, 0)->recurrence.zone, &(Civil){2026, 11, 20, 8, 0, 0, 0}, NULL);
    assert_true(recurrence_next(&trigger(c, 0)->recurrence, t, &next));   /* Friday 8:00 -> Monday 7:00 */
    assert_int_equal(next - t, 3 * US_DAY - US_HOUR);
    compilation_free(c);
    expect("process P < when every fortnight; step A < " DO " > >\n", "E0504", 1);
    expect("process P < when every 15 minutes at 07:00; step A < " DO " > >\n", "E0504", 1);
    expect("process P < when every week on 15; step A < " DO " > >\n", "E0504", 1);
    expect("process P < when every day on mon; step A < " DO " > >\n", "E0504", 1);
}

static void filling(void **state)
{
    (void)state;
    const char *lead = "record Lead < name text; seen date >\nevent new_lead < lead Lead; extra number >\n"
                       "process E < takes l Lead; emit new_lead with lead = l, extra = 1 >\n";
    char text[1000];
    snprintf(text, sizeof text,
             "%sprocess P <\n    when new_lead where extra > 0\n    takes lead Lead\n    step A < how shell "
             "\"x ${lead.name}\" >\n>\n",
             lead);
    Compilation *c = expect_fine(text);
    const IrTrigger *t = &ir_process(c->program, "P")->triggers[0];
    assert_int_equal(t->kind, TRIGGER_EVENT);
    expect_code(&c->program->unit, t->where, "SLOT 1");
    compilation_free(c);
    snprintf(text, sizeof text,
             "%sprocess P <\n    when new_lead\n    takes lead text\n    step A < how shell \"x ${lead}\" "
             ">\n>\n",
             lead);
    expect(text, "E0412", 5);
    snprintf(text, sizeof text,
             "%sprocess P <\n    when new_lead\n    takes lead Lead, other text\n    step A < " DO " >\n>\n",
             lead);
    expect(text, "E0412", 5);
    snprintf(text, sizeof text,
             "%sprocess P <\n    when new_lead\n    takes lead Lead, other text or none, third number = 3\n  "
             "  step A < " DO " >\n>\n",
             lead);
    fine(text);
    c = expect_fine("record Lead < name text; seen date >\nprocess P <\n    when each lead in \"in/*.csv\" "
                    "at lead.seen\n"
                    "    takes lead Lead\n    step A < " DO " >\n>\n");
    t = &c->program->processes[0].triggers[0];
    assert_int_equal(t->kind, TRIGGER_ROWS);
    assert_string_equal(t->file, "in/*.csv");
    assert_string_equal(c->program->unit.types[t->type].name, "Lead");
    expect_code(&c->program->unit, t->at, "FIELD");
    compilation_free(c);
}

/* ---- flow ---- */

static void trees(void **state)
{
    (void)state;
    expect_tree(SALES "process P <\n    step A < who Sales; ask x number >\n"
                      "    if x > 1 <\n        step B < who Sales >\n    > else if x > 0 <\n        stop "
                      "\"no\"\n    >\n"
                      "    parallel <\n        step C < who Sales >\n        sequence < step D < who Sales > "
                      "step E < who Sales > >\n    >\n>\n",
                "P",
                "sequence 1(A if 1(sequence 2(B) sequence 3(if 2(sequence 4(stop 1) sequence 5)))"
                " parallel 1(C sequence 6(D E)))");
    expect_tree("event paid\nprocess Q < emit paid >\nprocess P <\n    gives all list of number\n"
                "    each x in [1, 2] < step A < how shell \"echo ${x}\"; on fail < step B < " DO " > > > >\n"
                "    each y in [1, 2] in parallel up to 4 < set z = y + 1 > collect z as all\n"
                "    repeat at most 5 times < step C < " DO "; gives ok boolean > > until ok\n"
                "    call Q\n    start Q\n    wait for paid within 2 h else < fail \"late\" >\n    wait 2 "
                "h\n    wait until 09:00\n>\n",
                "P",
                "sequence 1(each 1(sequence 2(A(sequence 3(B)))) each 2(sequence 4(set 1)) repeat 1(sequence "
                "5(C))"
                " call 1 start 1 wait 1(sequence 6(fail 1)) wait 2 wait 3)");
    expect_tree("process P <\n    step \"if 1\" < " DO " >\n    if late < step A < " DO " > >\n>\n", "P",
                "sequence 1(if 1 if 2(sequence 2(A) sequence 3))");
}

static void nodes(void **state)
{
    (void)state;
    Compilation *c = expect_fine(OFFICE "role Sales < people \"ann\"; works Office >\nrecord Lead < name "
                                        "text >\nevent paid < lead Lead; n number = 1 >\n"
                                        "process P <\n    takes lead Lead, limit number = 3\n    gives all "
                                        "list of number = [], out text or none\n"
                                        "    step A <\n        why \"So.\"\n        who Sales\n        how "
                                        "\"Look at ${lead.name}.\"\n        how \"Then decide.\"\n"
                                        "        ask price money where price > $1, note text or none\n       "
                                        " within 1 business day\n        lasts 10m..20m..1h\n    >\n"
                                        "    step B <\n        how shell \"run ${lead.name} ${limit}\"\n     "
                                        "   gives code text\n        retry 3 times every 5 minutes\n"
                                        "        timeout 30 s\n        repeatable\n        on fail < stop "
                                        "\"bad\" >\n    >\n"
                                        "    step D < who Sales; approve \"Really ${price}?\"; due "
                                        "2026-12-01; on reject < set out = code > >\n"
                                        "    emit paid with lead = lead\n    wait for paid as e where "
                                        "e.lead.name is lead.name within 1 business day\n"
                                        "    set lead.name = \"x\"\n    each y in [1] in parallel up to 2 < "
                                        "set z = y > collect z as all\n>\n");
    const IrFlow *f = flow_of(c, "P");
    assert_int_equal(f->steps_n, 3);
    const IrStep *a = &f->steps[0], *b = &f->steps[1], *d = &f->steps[2];
    assert_string_equal(a->name, "A");
    assert_string_equal(a->why, "So.");
    assert_string_equal(a->role, "Sales");
    assert_int_equal(a->how_n, 2);
    expect_code(&f->unit, f->codes[a->how], "TEXT");
    assert_int_equal(a->ask_n, 2);
    assert_int_equal(f->unit.fields[a->ask].slot, ir_var(f, "price"));
    expect_code(&f->unit, f->unit.fields[a->ask].where, "LESS");
    expect_code(&f->unit, a->deadline, "CONST");
    assert_int_equal(a->lasts_n, 3);
    assert_int_equal(a->on_fail, IR_NONE);
    assert_int_equal(b->machine, MACHINE_SHELL);
    assert_int_equal(b->shell.args_n, 2);
    assert_int_equal(b->retry, 3);
    assert_true(b->repeatable);
    assert_int_equal(f->nodes[b->on_fail].parent, b->node);
    assert_true(d->deadline_due);
    assert_int_not_equal(d->approve, CODE_NONE);
    assert_int_not_equal(d->on_reject, IR_NONE);
    assert_true(f->outside);
    const IrNode *emit = &f->nodes[ir_node(f, "emit 1")], *set = &f->nodes[ir_node(f, "set 2")];
    const IrNode *wait = &f->nodes[ir_node(f, "wait 1")], *each = &f->nodes[ir_node(f, "each 1")];
    assert_string_equal(f->unit.names[emit->a], "paid");
    assert_int_equal(emit->args_n, 1);
    assert_string_equal(f->args[emit->b].name, "lead");
    assert_int_equal(wait->b, ir_var(f, "e"));
    assert_int_not_equal(wait->c, CODE_NONE);
    assert_int_not_equal(wait->d, CODE_NONE);
    assert_string_equal(f->paths[set->c][0], "name");
    assert_null(f->paths[set->c][1]);
    assert_int_equal(each->op, IRN_EACH_PARALLEL);
    assert_int_equal(each->c, 2);
    assert_int_equal(each->args_n, 1);
    assert_string_equal(f->args[each->d].name, "z");
    assert_int_equal(f->args[each->d].slot, ir_var(f, "all"));
    assert_int_equal(f->vars[each->b].scope, ir_node(f, "each 1"));
    assert_true(f->vars[ir_var(f, "limit")].takes);
    assert_int_not_equal(f->vars[ir_var(f, "limit")].initial, CODE_NONE);
    assert_int_equal(f->takes_n, 2);
    assert_int_equal(a->node, 1);
    assert_int_equal(f->nodes[1].place.line, 8);
    compilation_free(c);
}

/* A program whose only step reads x behind these lines. */
static void reads(const char *lines, const char *code, uint32_t line)
{
    char text[2000];
    snprintf(text, sizeof text,
             SALES "event ev < n number >\nprocess E < emit ev with n = 1 >\nprocess W < when ev; step A "
                   "< " DO " > >\nprocess P <\n    takes c boolean, list list of number\n%s\n"
                   "    step Z < how shell \"echo ${x}\" >\n>\n",
             lines);
    if (code)
        expect(text, code, line);
    else
        fine(text);
}

#define UNSET "E0304"

static void assignment(void **state)
{
    (void)state;
    reads("    set x = 1", NULL, 0);
    reads("    if c < set x = 1 >", UNSET, 0);
    reads("    if c < set x = 1 > else < set x = 2 >", NULL, 0);
    reads("    if c < set x = 1 > else < stop \"no\" >", NULL, 0);
    reads("    if c < fail \"no\" > else < set x = 2 >", NULL, 0);
    reads("    if c < set x = 1 > else if not c < set x = 2 >", UNSET, 0);
    reads("    parallel <\n        set x = 1\n        step B < who Sales >\n    >", NULL, 0);
    reads("    parallel <\n        if c < set x = 1 >\n        step B < who Sales >\n    >", UNSET, 0);
    reads("    each i in list < set x = i >", UNSET, 0);
    reads("    repeat at most 2 times < set x = 1 > until c", NULL, 0);
    reads("    step B < how shell \"x\"; gives x text >", NULL, 0);
    reads("    step B < how shell \"x\"; gives x text; on fail < stop \"bad\" > >", NULL, 0);
    reads("    step B < how shell \"x\"; gives x text; on fail < set x = \"none\" > >", NULL, 0);
    reads("    step B < how shell \"x\"; gives x text; on fail < step C < who Sales > > >", UNSET, 0);
    reads("    step B < who Sales; ask x text >", NULL, 0);
    reads("    step B < who Sales; approve \"?\"; ask x text; on reject < step C < who Sales > > >", UNSET,
          0);
    reads("    step B < who Sales; approve \"?\"; ask x text >", NULL, 0);
    reads("    wait for ev as e within 1 h else < stop \"no\" >\n    set x = e.n", NULL, 0);
    reads("    wait for ev as e within 1 day else < stop \"no\" >\n    set x = e.n", NULL, 0);
    reads("    step B < how lua { x = 1 }; gives y number >", "E0301", 0);
    reads("    if c < set x = 1 >\n    step B < how lua { x = 2 } >", NULL, 0);
    reads("    if c < set x = 1 >\n    step B < how lua { local x = 2; t = {x = 1} } >", UNSET, 0);
}

static void siblings(void **state)
{
    (void)state;
    expect(SALES "process P <\n    parallel <\n        step A < who Sales; ask x text >\n"
           "        step B < how shell \"echo ${x}\" >\n    >\n>\n", UNSET, 5);
    expect("process P <\n    takes c boolean\n    parallel <\n        if c < set x = 1 >\n        set x = "
           "2\n    >\n"
           "    step Z < how shell \"echo ${x}\" >\n>\n",
           "E0407", 5);
    fine("process P <\n    set x = 1\n    parallel <\n        set x = 2\n        step B < how shell \"echo "
         "${x}\" >\n    >\n"
         "    step Z < how shell \"echo ${x}\" >\n>\n");
}

static void narrowing(void **state)
{
    (void)state;
    const char *head = "process P <\n    takes n number or none, c boolean\n    gives m number = 0\n";
    char text[1000];
#define CASE(lines) (snprintf(text, sizeof text, "%s%s\n>\n", head, lines), text)
    fine(CASE("    if n is not none < set m = n + 1 >"));
    fine(CASE("    if n is none < stop \"none\" >\n    set m = n + 1"));
    fine(CASE("    if n is none < set n = 3 >\n    set m = n + 1"));
    Compilation *c = compile(CASE("    if n is not none <\n        repeat at most 3 times <\n            set "
                                  "m = n + 1\n            set n = none\n        > until c\n    >"));
    assert_int_equal(diags_count(c->diags), 1);        /* the second time round it is none */
    compilation_free(c);
    c = compile(CASE("    if c < set n = 3 >\n    set m = n + 1"));
    assert_int_equal(diags_errors(c->diags), 1);
    compilation_free(c);
#undef CASE
}

/* Fields of records are narrowed like variables, and forgotten when they, or what holds them, may change. */
static void narrowed_fields(void **state)
{
    (void)state;
    const char *head =
        "record Part < x text or none; y number or none >\n"
        "record Lead < key id; id text; b number or none; c Part or none; d Part >\n"
        "event e < c Part >\n"
        "process W < when e where c.y is not none and c.y > 2; takes c Part; stop \"${c.x}\" >\n"
        "process P <\n    takes l Lead, m Lead or none\n    gives r number = 0, s text = \"\"\n    ";
    static const char *const good[] = {
        "if l.b is not none < set r = l.b + 1 >",
        "if l.b is not none and l.b > 2 < stop \"big\" >",
        "set r = if l.b is none then 0 else l.b",
        "if l.b is none < set r = 1 > else < set r = l.b >",
        "if l.b is none < stop \"no\" >; set r = l.b",
        "if m.b is not none < set r = m.b; set s = m.id >",
        "if l.c is not none and l.c.y is not none < set r = l.c.y >",
        "if l.c is none < stop \"no\" >; set l.c.y = 3; set r = l.c.y",
        "set l.b = 4; set r = l.b",
        "if l.b is none < set l.b = 4 >; set r = l.b",
        "if l.d.x is not none < step A < how lua { l.b = 2 } >; set s = l.d.x >",
        "if l.d.x is not none < repeat at most 3 times < set s = l.d.x; set r = r + 1 > until r > 4 >",
        "wait for e as v where v.c.y is not none; set r = v.c.y",
    };
    static const char *const bad[] = {
        "if l.b is not none < set l = l; set r = l.b >",
        "if l.b is not none < set l.b = none; set r = l.b >",
        "if l.d.y is not none < set l.d = l.d; set r = l.d.y >",
        "if l.d.y is not none or l.b is 3 < set r = l.d.y >",
        "if l.d.x is not none < set r = 1 >; set s = l.d.x",
        "if l.d.x is not none < step A < how lua { l.d.x = nil } >; set s = l.d.x >",
        "if l.d.x is not none < step A < how lua { local q = l.d; q.x = nil } >; set s = l.d.x >",
        "if l.d.x is not none < repeat at most 3 times < set s = l.d.x; step A < how lua { l = nil } > > until r > 4 "
        ">",
        "if l.d.x is not none < repeat at most 3 times < set s = l.d.x; set l.d.x = none > until r > 4 >",
        "wait for e as v; if v.c.x is not none < repeat at most 3 times < set s = v.c.x; wait for e as v > until r > "
        "4 >",
    };
    char text[1000];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        snprintf(text, sizeof text, "%s%s\n>\n", head, good[i]);
        Compilation *c = compile(text);
        if (diags_errors(c->diags)) fail_msg("%s: %s", good[i], diags_get(c->diags, 0)->message);
        compilation_free(c);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "%s%s\n>\n", head, bad[i]);
        Compilation *c = compile(text);
        if (diags_errors(c->diags) != 1) fail_msg("%s: %u mistakes", bad[i], diags_errors(c->diags));
        compilation_free(c);
    }
}

static void unreachable(void **state)
{
    (void)state;
    expect(SALES "process P <\n    takes c boolean\n    if c < stop \"a\" > else < fail \"b\" >\n    step A "
                 "< who Sales >\n    step B < who Sales >\n>\n",
           "E0401", 5);
    expect(SALES "process P <\n    parallel <\n        stop \"a\"\n        step A < who Sales >\n    >\n    "
                 "step B < who Sales >\n>\n",
           "E0401", 7);
    fine(SALES "process P <\n    takes l list of number\n    each x in l < stop \"a\" >\n    step B < who "
               "Sales >\n>\n");
}

static void given(void **state)
{
    (void)state;
    expect("process P <\n    takes c boolean\n    gives won boolean\n    if c < stop \"no\" >\n    set won = "
           "yes\n>\n",
           "E0415", 4);
    fine("process P <\n    takes c boolean\n    gives won boolean or none\n    if c < stop \"no\" >\n    set "
         "won = yes\n>\n");
    fine("process Q < gives won boolean = no; step A < " DO " > >\nprocess P < gives w boolean; call Q as r; "
                                                            "set w = r.won >\n");
    fine("process Q < step A < " DO " > >\nprocess P < gives w text or none; call Q as r; set w = r.outcome "
                                    ">\n");
}

static void calls_any_order(void **state)
{
    (void)state;
    Compilation *c = expect_fine("process P < gives g text or none; call Q with x = 1 as r; set g = "
                                 "r.outcome; start R >\n"
                                 "process Q < takes x number; step A < " DO "; gives y number > > \nprocess "
                                                                            "R < if late < start P > >\n");
    compilation_free(c);
}

/* ---- metrics, goals, audits ---- */

static void measures(void **state)
{
    (void)state;
    Compilation *c =
        expect_fine(OFFICE SALES "record Lead < name text; source one of web, ad >\n"
                                 "system Shop <\n    goal \"Win\" is win_rate >= 20% by 2026-12-31 for rows "
                                 "of at least 30\n"
                                 "    metric double = wins * 2\n    metric wins = count(Close where won, "
                                 "last 90 days)\n"
                                 "    metric win_rate = share(won of Close, last 90 days) by lead.source\n"
                                 "    process Close <\n        takes lead Lead\n        gives won boolean = "
                                 "no\n        step A < who Sales; ask price money >\n"
                                 "        step B < who Sales; how \"Send.\" >\n"
                                 "        if wins > 3 < set seen = price >\n        set won = yes\n    >\n"
                                 "    metric sum_seen = sum(seen of Close, all time)\n"
                                 "    audit \"Q\" <\n        severity critical\n        owner Sales\n        "
                                 "ref \"ISO 9001:2015 8.5.1\", \"own\"\n        when every weekday at 07:00\n"
                                 "        check \"a\" every Close where won has A, at most 2 exceptions\n    "
                                 "    check \"b\" every Close has A before B\n"
                                 "        check \"c\" every Close finished within 1 business day during "
                                 "2026-Q3, at most 2%, may be empty\n"
                                 "        check \"d\" no Close where same person did A and B\n        check "
                                 "\"e\" no Close where not won\n"
                                 "        check \"f\" wins >= 10, warn below 20\n        check \"g\" shell "
                                 "\"test -f x\"\n        check \"h\" lua { return true }\n"
                                 "        check \"i\" win_rate > 1% for rows of at least 3\n"
                                 "        fix within 14 days\n    >\n>\n");
    const IrProgram *p = c->program;
    const IrMetric *rate = ir_metric(p, "win_rate");
    assert_non_null(rate);
    assert_string_equal(rate->by_text, "lead.source");
    assert_string_equal(rate->text, "share(won of Close, last 90 days)");
    expect_code(&p->unit, rate->by, "CASE_VAR");
    expect_code(&p->unit, ir_metric(p, "double")->code, "METRIC");
    assert_int_equal(p->goals_n, 1);
    assert_int_equal(p->goals[0].metrics_n, 1);
    assert_int_equal(p->goals[0].rows, 30);
    assert_int_equal(p->goals[0].by, date_from_civil(2026, 12, 31));
    assert_string_equal(p->goals[0].text, "win_rate >= 20%");
    const IrAudit *audit = &p->audits[0];
    assert_int_equal(audit->severity, AUDIT_CRITICAL);
    assert_int_equal(audit->refs_n, 2);
    assert_int_equal(audit->triggers_n, 1);
    assert_int_equal(audit->fix_within.type, V_DURATION);
    assert_int_equal(audit->checks_n, 9);
    const IrCheck *k = audit->checks;
    assert_int_equal(k[0].rule, RULE_HAS);
    assert_int_equal(k[0].at_most, 2);
    assert_int_not_equal(k[0].where, CODE_NONE);
    assert_int_equal(k[1].rule, RULE_BEFORE);
    assert_int_equal(k[2].rule, RULE_FINISHED_WITHIN);
    assert_true(k[2].has_window && k[2].may_be_empty);
    assert_int_equal(k[2].at_most, -1);
    assert_int_equal(k[2].at_most_share, 20000);
    assert_int_equal(k[2].window.kind, WINDOW_FIXED);
    assert_int_equal(k[3].rule, RULE_SAME_PERSON);
    assert_int_equal(k[4].rule, RULE_NO);
    assert_int_equal(k[5].rule, RULE_CONDITION);
    assert_int_equal(k[5].metrics_n, 1);
    assert_string_equal(k[5].text, "wins >= 10");
    assert_string_equal(k[5].warn_text, "warn below 20");
    expect_code(&p->unit, k[5].warn, "METRIC");
    assert_int_equal(k[6].rule, RULE_SHELL);
    assert_int_equal(k[7].rule, RULE_LUA);
    assert_int_equal(k[8].rows, 3);
    compilation_free(c);
}

static void metric_chain(void **state)
{
    (void)state;
    Buf b = {0};
    buf_puts(&b, "process P < step A < " DO " > >\n");
    for (int i = 0; i < 20000; i++)
        buf_printf(&b, "metric m%d = m%d + 1\n", i, i + 1);
    buf_puts(&b, "metric m20000 = count(P, last 30 days)\n");
    fine(buf_text(&b));
    buf_free(&b);
    expect("metric a = a + 1\n", "E0512", 1);
}

/* ---- prompt ---- */

static void prompt(void **state)
{
    (void)state;
    Compilation *base = expect_fine(SALES "record Lead < name text >\nprocess Close < takes lead Lead; gives "
                                          "won boolean = no; step A < who Sales > set won = yes >\n"
                                          "metric wins = count(Close where won, last 30 days)\n");
    static const char *const right[] = {"1 + 2",
                                        "wins * 2",
                                        "count(Close, all time)",
                                        "share(won of Close, last 90 days) by lead.name",
                                        "median(A.duration of Close, all time)",
                                        "[1, 2]",
                                        "Lead(name = \"x\")"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        Compilation *c = compile_expression(base->program, right[i], strlen(right[i]));
        if (!c->program)
            show(c, right[i]);
        assert_non_null(c->program);
        const IrMetric *it = ir_metric(c->program, "it");
        assert_non_null(it);
        assert_true(it->code < c->program->unit.code_n);
        Buf b = {0};
        ir_print_code(&b, &c->program->unit, it->code);
        assert_true(b.n > 0);
        buf_free(&b);
        assert_non_null(ir_metric(c->program, "wins"));
        compilation_free(c);
    }
    static const char *const wrong[] = {"1 +", "nothing", "count(Clse, all time)", "$1 + €1", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Compilation *c = compile_expression(base->program, wrong[i], strlen(wrong[i]));
        assert_null(c->program);
        assert_int_equal(diags_errors(c->diags), 1);
        compilation_free(c);
    }
    compilation_free(base);
}

/* ---- one mistake, one message ---- */

static void once(void **state)
{
    (void)state;
    static const char *const rest =
        "record Lead < name text; source one of web, ad >\n"
        "event paid < n number >\n"
        "process P <\n    owner Sales\n    takes lead Lead\n    gives won boolean\n"
        "    step \"Draft-it\" < who Sales; ask price money, note text >\n"
        "    step B < who Sales except did(\"Draft-it\"); how \"${price}, ${note}\" >\n"
        "    if lead.source is web < set x = 1 > else < set x = 2 >\n    emit paid with n = x\n    set won = "
        "yes\n>\n"
        "process Q < when paid; takes n number; call P with lead = Lead(name = \"a\", source = ad) as r; "
        "start R with a = r.won >\n"
        "process R < takes a boolean; step A < how shell \"echo ${a}\" > >\n"
        "metric wins = share(won of P, last 30 days)\nmetric by_x = share(won of P, last 30 days) by x\n"
        "goal \"g\" is wins > 20%\naudit Q < check \"a\" every P has \"Draft-it\" before B >\n";
    static const char *const cuts[] = {"role ",     "Sales <",   "record ",        "Lead <",  "source one",
                                       "event ",    "paid <",    "process P",      "takes ",  "lead Lead",
                                       "gives won", "step ",     "\"Draft-it\" <", "ask ",    "price money",
                                       "who ",      "set won", "as r",
                                       "share(won", "metric "};
    char whole[2000], text[2000];
    snprintf(whole, sizeof whole, "%s%s", SALES, rest);
    fine(whole);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        const char *at = strstr(whole, cuts[i]);
        assert_non_null(at);
        size_t word = strcspn(cuts[i], " <");
        snprintf(text, sizeof text, "%.*s%s", (int)(at - whole), whole, at + word);
        Compilation *c = compile(text);
        if (diags_errors(c->diags) != 1) {
            show(c, text);
            fail_msg("`%s` taken away: wanted one message, found %u", cuts[i], diags_errors(c->diags));
        }
        compilation_free(c);
    }
}

static void repeated_text(Buf *b, const char *format, int n)
{
    for (int i = 0; i < n; i++)
        buf_printf(b, format, i, i + 1);
}

/* Depth costs stack: it ends in a message, long before that. */
static void limits(void **state)
{
    (void)state;
    static const char *const chains[] = {"record R%d < x R%d >\n", "record R%d < x list of R%d >\n",
                                         "type R%d = R%d\n"};
    static const int fits[] = {90, 49, 90};    /* a list between two records counts like one */
    for (size_t i = 0; i < 3; i++) {
        Buf b = {0};
        repeated_text(&b, chains[i], 20000);
        buf_puts(&b, "record R20000 < x text >\n");
        Compilation *c = compile(buf_text(&b));
        assert_true(diags_errors(c->diags) > 0);
        assert_string_equal(diag_code_name(diags_get(c->diags, 0)->code), "E0118");
        compilation_free(c);
        buf_clear(&b);
        repeated_text(&b, chains[i], fits[i]);
        buf_printf(&b, "record R%d < x text >\n", fits[i]);
        fine(buf_text(&b));
        buf_free(&b);
    }
    Buf b = {0};
    buf_puts(&b, "process P < takes n number\nif n > 0 < stop \"a\" > ");
    repeated_text(&b, "else if n > %d < stop \"%d\" > ", 1500);
    buf_puts(&b, "\n>\n");
    expect(buf_text(&b), "E0118", 2);
    buf_clear(&b);
    buf_puts(&b, "process P <\ngives a number\n");
    repeated_text(&b, "set a = %d + %d\n", 199000);
    Buf longer = {0};
    buf_puts(&longer, buf_text(&b));
    repeated_text(&longer, "set a = %d + %d\n", 1001);
    buf_puts(&b, ">\n");
    buf_puts(&longer, ">\n");
    fine(buf_text(&b));
    expect(buf_text(&longer), "E0118", 200003);
    buf_free(&longer);
    buf_free(&b);
}

/* ---- names that were lost with a mistake ---- */

static void nothing_is_known_of_a_lost_name(void **state)
{
    (void)state;
    expect(SALES "process P   takes n number or none\n\n    if n is none <\n"
                 "        step A < who Sales; how \"x\" >\n    >\n>\n",
           "E0101", 0);
}

/* ---- big programs ---- */

static void big(void **state)
{
    (void)state;
    Buf b = {0};
    buf_puts(&b, OFFICE SALES "record Lead < key name; name text; budget money = $0 >\n");
    uint32_t lines = 3;
    for (int i = 0; lines < 100000; i++, lines += 25)
        buf_printf(&b,
                   "process P%d <\n    why \"So it is done.\"\n    owner Sales\n    takes lead Lead, budget "
                   "money\n    gives won boolean = no\n"
                   "    step \"Draft quote\" <\n        who Sales\n        how \"Write a quote for "
                   "${lead.name}.\"\n"
                   "        ask price money where price >= $300\n    >\n"
                   "    if price > $500 and budget > $1 <\n        step \"Approve quote\" <\n"
                   "            who Sales except did(\"Draft quote\")\n            approve \"${price} for "
                   "${lead.name}\"\n"
                   "            within 1 business day in Office\n            on reject < stop \"no\" >\n     "
                   "   >\n    >\n"
                   "    parallel <\n        step \"Send\" < how shell \"mailer ${lead.name}\" >\n"
                   "        step \"Tell\" < how lua { return lead.name }; gives account text >\n    >\n"
                   "    start P%d with lead = lead, budget = price\n    set won = account is not \"\"\n>\n",
                   i, i);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    Compilation *c = compile_text("big.ops", buf_text(&b), b.n, NULL, NULL);
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (!c->program)
        show(c, "big.ops");
    assert_non_null(c->program);
    double ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
    print_message("%u lines in %.0f ms, %.1f bytes a byte\n", lines, ms,
                  (double)arena_bytes(c->arena) / (double)b.n);
    assert_true((double)arena_bytes(c->arena) < 60.0 * (double)b.n);
    assert_true(ms < 10000);                   /* a bound that only a wrong order of growth breaks */
    compilation_free(c);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),     cmocka_unit_test(examples_of_lua), cmocka_unit_test(names),
        cmocka_unit_test(nearest),
        cmocka_unit_test(modules),      cmocka_unit_test(library),         cmocka_unit_test(declarations),
        cmocka_unit_test(types),        cmocka_unit_test(schedules),       cmocka_unit_test(filling),
        cmocka_unit_test(trees),        cmocka_unit_test(nodes),           cmocka_unit_test(assignment),
        cmocka_unit_test(siblings),     cmocka_unit_test(narrowing), cmocka_unit_test(narrowed_fields),
        cmocka_unit_test(unreachable),
        cmocka_unit_test(given),        cmocka_unit_test(calls_any_order), cmocka_unit_test(measures),
        cmocka_unit_test(metric_chain), cmocka_unit_test(prompt),          cmocka_unit_test(once),
        cmocka_unit_test(limits),       cmocka_unit_test(big),
        cmocka_unit_test(nothing_is_known_of_a_lost_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
