/* ir_print.c -- the compiled form as text that a stranger can read (`ops ir`). */
#include "lang/ir.h"

#include <string.h>

/* ---- expressions ------------------------------------------------------------------- */


static const char *operand_kind(uint8_t op)
{
    switch (op) {
#define IRCODE(NAME, number, operand, pops, pushes, flow, meaning) case number: return #operand;
#include "lang/ir.def"
#undef IRCODE
    }
    return "?";
}

static bool jumps(uint8_t op) { return op == IR_JUMP || op == IR_UNLESS || op == IR_AND || op == IR_OR; }

static void print_operand(Buf *b, const IrUnit *u, const IrFlow *f, uint8_t op, uint32_t x)
{
    const char *kind = operand_kind(op);
    if (strcmp(kind, "CONST") == 0) value_print(b, &u->consts[x], STYLE_LANGUAGE, NULL);
    else if (strcmp(kind, "NAME") == 0) buf_puts(b, u->names[x]);
    else if (strcmp(kind, "SLOT") == 0 && f && x < f->vars_n) buf_puts(b, f->vars[x].name);
    else if (strcmp(kind, "BUILTIN") == 0) buf_puts(b, ir_builtin_name(x));
    else if (strcmp(kind, "ATTR") == 0) buf_puts(b, ir_attribute_name(x));
    else if (strcmp(kind, "CALENDAR") == 0) buf_puts(b, x == 0xffffff ? "any" : u->names[x]);
    else if (strcmp(kind, "TYPE") == 0) ir_type_print(b, u, x);
    else if (strcmp(kind, "TARGET") == 0) buf_printf(b, "@%u", x);
    else buf_printf(b, "%u", x);
}

static void print_code(Buf *b, const IrUnit *u, const IrFlow *f, Code code)
{
    uint32_t furthest = code;
    for (uint32_t at = code; at < u->code_n; at++) {
        uint8_t op = IR_INSTRUCTION_OP(u->code[at]);
        uint32_t x = IR_INSTRUCTION_OPERAND(u->code[at]);
        if (at > code) buf_puts(b, "; ");
        buf_puts(b, ir_op_name(op) ? ir_op_name(op) : "?");
        if (strcmp(operand_kind(op), "NONE") != 0) buf_putc(b, ' '), print_operand(b, u, f, op, x);
        if (jumps(op) && x > furthest) furthest = x;
        if (op == IR_END && at >= furthest) return;
    }
}

void ir_print_code(Buf *b, const IrUnit *u, Code code)
{
    print_code(b, u, NULL, code);
}

static void line_code(Buf *b, const IrFlow *f, const char *what, Code code, int indent)
{
    if (code == CODE_NONE) return;
    buf_pad(b, ' ', (size_t)indent);
    buf_printf(b, "%-9s ", what);
    print_code(b, &f->unit, f, code);
    buf_putc(b, '\n');
}

/* ---- flow ----------------------------------------------------------------------------- */

static void print_fields(Buf *b, const IrFlow *f, const char *what, uint32_t first, uint32_t n, int indent)
{
    if (!n) return;
    buf_pad(b, ' ', (size_t)indent);
    buf_printf(b, "%-9s ", what);
    for (uint32_t i = 0; i < n; i++) {
        const IrField *field = &f->unit.fields[first + i];
        buf_printf(b, "%s%s ", i ? ", " : "", field->name);
        ir_type_print(b, &f->unit, field->type);
    }
    buf_putc(b, '\n');
}

static void print_text(Buf *b, const char *what, const char *text, int indent)
{
    if (!text) return;
    buf_pad(b, ' ', (size_t)indent);
    buf_printf(b, "%-9s ", what);
    for (; *text; text++) {
        if (*text == '\n') buf_puts(b, "\\n");
        else buf_putc(b, *text);
    }
    buf_putc(b, '\n');
}

static void print_step(Buf *b, const IrFlow *f, const IrStep *s, int indent)
{
    print_text(b, "why", s->why, indent);
    line_code(b, f, "who", s->who, indent);
    print_text(b, "role", s->role, indent);
    for (uint32_t i = 0; i < s->how_n; i++) line_code(b, f, "how", f->codes[s->how + i], indent);
    if (s->machine == MACHINE_SHELL) print_text(b, "shell", s->shell.text, indent);
    for (uint32_t i = 0; s->machine == MACHINE_SHELL && i < s->shell.args_n; i++) line_code(b, f, "argument", f->codes[s->shell.args + i], indent);
    if (s->machine == MACHINE_LUA) print_text(b, "lua", s->lua.text, indent);
    print_fields(b, f, "ask", s->ask, s->ask_n, indent);
    line_code(b, f, "approve", s->approve, indent);
    print_fields(b, f, "gives", s->gives, s->gives_n, indent);
    if (s->retry) buf_pad(b, ' ', (size_t)indent), buf_printf(b, "%-9s %u\n", "retry", s->retry);
    line_code(b, f, "pause", s->retry_pause, indent);
    line_code(b, f, "timeout", s->timeout, indent);
    if (s->repeatable) print_text(b, "repeatable", "", indent);
    line_code(b, f, s->deadline_due ? "due" : "within", s->deadline, indent);
    if (s->on_fail != IR_NONE) print_text(b, "on fail", f->nodes[s->on_fail].name, indent);
    if (s->on_reject != IR_NONE) print_text(b, "on reject", f->nodes[s->on_reject].name, indent);
    for (uint32_t i = 0; i < s->lasts_n; i++) line_code(b, f, "lasts", s->lasts[i], indent);
}

static void operand(Buf *b, const IrFlow *f, const IrNode *n, const char *kind, uint32_t x)
{
    if (strcmp(kind, "_") == 0 || strcmp(kind, "STEP") == 0) return;
    if ((strcmp(kind, "CODE0") == 0 || strcmp(kind, "SLOT0") == 0 || strcmp(kind, "PATH") == 0) && x == IR_NONE) return;
    buf_puts(b, "  ");
    if (strncmp(kind, "CODE", 4) == 0) buf_putc(b, '['), print_code(b, &f->unit, f, x), buf_putc(b, ']');
    else if (strncmp(kind, "SLOT", 4) == 0) buf_puts(b, f->vars[x].name);
    else if (strcmp(kind, "NAME") == 0) buf_puts(b, f->unit.names[x]);
    else if (strcmp(kind, "LIMIT") == 0) buf_printf(b, "at most %u", x);
    else if (strcmp(kind, "PATH") == 0)
        for (const char *const *p = f->paths[x]; *p; p++) buf_printf(b, ".%s", *p);
    else if (strcmp(kind, "ARGS") == 0)
        for (uint32_t i = 0; i < n->args_n; i++) {
            buf_printf(b, "%s%s = [", i ? ", " : "", f->args[x + i].name);
            print_code(b, &f->unit, f, f->args[x + i].code);
            buf_putc(b, ']');
        }
}

static void print_node(Buf *b, const IrFlow *f, uint32_t at, int depth)
{
    const IrNode *n = &f->nodes[at];
    buf_pad(b, ' ', (size_t)depth * 2 + 2);
    buf_printf(b, "%s", ir_node_name(n->op));
    if (n->op == IRN_STEP || n->op != IRN_SEQUENCE) buf_printf(b, " \"%s\"", n->name);
    switch (n->op) {
#define IRNODE(NAME, number, a_, b_, c_, d_, children, meaning) \
    case number: operand(b, f, n, #a_, n->a); operand(b, f, n, #b_, n->b); operand(b, f, n, #c_, n->c); operand(b, f, n, #d_, n->d); break;
#include "lang/ir.def"
#undef IRNODE
    }
    buf_putc(b, '\n');
    if (n->op == IRN_STEP) print_step(b, f, &f->steps[n->a], depth * 2 + 6);
    for (uint32_t child = at + 1; child < n->end; child = f->nodes[child].end) print_node(b, f, child, depth + 1);
}

void ir_print_flow(Buf *b, const IrFlow *f)
{
    char hex[65];
    sha256_hex(f->hash, hex);
    buf_printf(b, "flow %s  %.16s%s\n", f->process, hex, f->outside ? "  (acts outside)" : "");
    print_fields(b, f, "takes", f->takes, f->takes_n, 2);
    print_fields(b, f, "gives", f->gives, f->gives_n, 2);
    line_code(b, f, f->deadline_due ? "due" : "within", f->deadline, 2);
    for (uint32_t i = 0; i < f->vars_n; i++) {
        buf_printf(b, "  var       %s ", f->vars[i].name);
        ir_type_print(b, &f->unit, f->vars[i].type);
        if (f->vars[i].scope) buf_printf(b, "  (of each element of \"%s\")", f->nodes[f->vars[i].scope].name);
        if (f->vars[i].initial != CODE_NONE) buf_puts(b, "  = "), print_code(b, &f->unit, f, f->vars[i].initial);
        buf_putc(b, '\n');
    }
    print_node(b, f, 0, 0);
}

/* ---- declarations ------------------------------------------------------------------------ */

static void print_people(Buf *b, const IrProgram *p)
{
    for (uint32_t i = 0; i < p->calendars_n; i++)
        buf_printf(b, "calendar %s  zone %s, %u spans, %u closings\n", p->calendars[i].name, zone_name(p->calendars[i].zone), p->calendars[i].opens,
                   p->calendars[i].closeds);
    for (uint32_t i = 0; i < p->persons_n; i++)
        buf_printf(b, "person %s%s%s\n", p->persons[i].id, p->persons[i].calendar ? "  works " : "", p->persons[i].calendar ? p->persons[i].calendar : "");
    for (uint32_t i = 0; i < p->roles_n; i++) {
        buf_printf(b, "role %s ", p->roles[i].name);
        for (uint32_t k = 0; k < p->roles[i].people_n; k++) buf_printf(b, "%s%s", k ? ", " : " ", p->roles[i].people[k]);
        buf_putc(b, '\n');
    }
}

static void print_measures(Buf *b, const IrProgram *p)
{
    for (uint32_t i = 0; i < p->aggregates_n; i++) {
        const IrAggregate *a = &p->aggregates[i];
        buf_printf(b, "aggregate %u  %s of %s, %s", i, ir_aggregate_name(a->kind), a->process, a->window.text ? a->window.text : "all time");
        if (a->value != CODE_NONE) buf_puts(b, "  value ["), print_code(b, &p->unit, NULL, a->value), buf_putc(b, ']');
        if (a->where != CODE_NONE) buf_puts(b, "  where ["), print_code(b, &p->unit, NULL, a->where), buf_putc(b, ']');
        buf_putc(b, '\n');
    }
    for (uint32_t i = 0; i < p->metrics_n; i++) {
        buf_printf(b, "metric %s  [", p->metrics[i].name);
        print_code(b, &p->unit, NULL, p->metrics[i].code);
        buf_puts(b, "]");
        if (p->metrics[i].by != CODE_NONE) buf_puts(b, "  by ["), print_code(b, &p->unit, NULL, p->metrics[i].by), buf_putc(b, ']');
        buf_putc(b, '\n');
    }
    for (uint32_t i = 0; i < p->goals_n; i++) {
        buf_printf(b, "goal \"%s\"  [", p->goals[i].name);
        print_code(b, &p->unit, NULL, p->goals[i].code);
        buf_puts(b, "]\n");
    }
    for (uint32_t i = 0; i < p->audits_n; i++) {
        buf_printf(b, "audit \"%s\"\n", p->audits[i].name);
        for (uint32_t k = 0; k < p->audits[i].checks_n; k++)
            buf_printf(b, "  check \"%s\"  %s\n", p->audits[i].checks[k].name, p->audits[i].checks[k].text);
    }
}

void ir_print(Buf *b, const IrProgram *p)
{
    print_people(b, p);
    for (uint32_t i = 0; i < p->events_n; i++) buf_printf(b, "event %s  %u fields\n", p->events[i].name, p->events[i].fields_n);
    for (uint32_t i = 0; i < p->tables_n; i++) buf_printf(b, "table %s  in %s\n", p->tables[i].name, p->tables[i].file);
    for (uint32_t i = 0; i < p->systems_n; i++) buf_printf(b, "system \"%s\"%s%s\n", p->systems[i].name, p->systems[i].why ? "  why " : "",
                                                           p->systems[i].why ? p->systems[i].why : "");
    print_measures(b, p);
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrProcess *process = &p->processes[i];
        buf_printf(b, "\nprocess %s\n", process->name);
        for (uint32_t k = 0; k < process->triggers_n; k++) {
            const IrTrigger *t = &process->triggers[k];
            buf_printf(b, "  when %s\n", t->kind == TRIGGER_EVENT ? t->event : t->kind == TRIGGER_TIME ? t->text : t->file);
        }
        ir_print_flow(b, process->flow);
    }
}
