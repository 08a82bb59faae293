/* ir_print.c -- flows and expressions as text that a stranger can read.
 *
 *     flow Call  7f3c09aa51d2e480
 *       takes      name text
 *       takes      budget money
 *       variables
 *         decides    boolean
 *       nodes
 *         SEQUENCE "sequence 1"
 *           STEP "Ask"
 *             who        ROLE Sales; END
 *             ask        decides boolean
 *           IF "if 1"
 *             a          CONST $500; SLOT budget; LESS_EQ; END
 *
 * Nodes are indented by their parents; operands keep the letters that ir.def's
 * meanings use. An expression is one line; where it jumps, its instructions
 * are counted from 0 ("UNLESS @5; ... 5: END"). What cannot be resolved is
 * shown as its number with a question mark: printing never fails.
 */
#include "lang/ir_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- small pieces ------------------------------------------------------------------------- */

enum { STEP_INDENT = 2, LABEL = 10 };

/* One line, whatever the text holds. */
static void add_line(Buf *b, const char *text, size_t n)
{
    Buf visible = {0};
    buf_visible(&visible, text, n);
    for (const char *p = buf_text(&visible); *p; p++) {
        if (*p == '\n') buf_puts(b, "\\n");
        else if (*p == '\t') buf_puts(b, "\\t");
        else buf_putc(b, *p);
    }
    buf_free(&visible);
}

void ir_print_quoted(Buf *b, const char *text)
{
    buf_putc(b, '"');
    if (text) add_line(b, text, strlen(text));
    buf_putc(b, '"');
}

static void label(Buf *b, int indent, const char *what)
{
    buf_pad(b, ' ', (size_t)indent);
    buf_printf(b, "%-*s ", LABEL, what);
}

void ir_print_text(const IrPrint *p, int indent, const char *what, const char *text)
{
    if (!text) return;
    label(p->b, indent, what);
    add_line(p->b, text, strlen(text));
    buf_putc(p->b, '\n');
}

/* A list's name, or its number where there is none. */
static void named(Buf *b, const char *name, uint32_t x)
{
    if (name) add_line(b, name, strlen(name));
    else buf_printf(b, "%u?", x);
}

/* ---- expressions -------------------------------------------------------------------------- */

static void print_constant(const IrPrint *p, uint32_t x)
{
    Buf text = {0};
    if (x >= p->unit->consts_n) {
        named(p->b, NULL, x);
        return;
    }
    value_print(&text, &p->unit->consts[x], STYLE_LANGUAGE, NULL);
    add_line(p->b, buf_text(&text), text.n);
    buf_free(&text);
}

static void print_operand(const IrPrint *p, IrOperand kind, uint32_t x, Code from)
{
    const IrUnit *u = p->unit;
    const char *name = x < u->names_n ? u->names[x] : NULL;
    switch (kind) {
    case OPERAND_NONE: break;
    case OPERAND_CONST: print_constant(p, x); break;
    case OPERAND_SLOT:
        if (p->flow) named(p->b, x < p->flow->vars_n ? p->flow->vars[x].name : NULL, x);
        else buf_printf(p->b, "%u", x);
        break;
    case OPERAND_NAME: named(p->b, name, x); break;
    case OPERAND_TYPE:
        if (x < u->types_n) ir_type_print(p->b, u, x);
        else named(p->b, NULL, x);
        break;
    case OPERAND_N:
    case OPERAND_AGG: buf_printf(p->b, "%u", x); break;
    case OPERAND_TARGET: buf_printf(p->b, "@%u", x - from); break;
    case OPERAND_BUILTIN: named(p->b, ir_builtin_name(x), x); break;
    case OPERAND_CALENDAR: named(p->b, x == IR_CALENDAR_ANY ? "(the only zone)" : name, x); break;
    case OPERAND_ATTR: named(p->b, ir_attribute_name(x), x); break;
    case OPERAND_METRIC:
        if (p->program) named(p->b, x < p->program->metrics_n ? p->program->metrics[x].name : NULL, x);
        else buf_printf(p->b, "%u", x);
        break;
    }
}

/* Does an instruction of the n from code on jump to at? */
static bool is_target(const IrUnit *u, Code code, uint32_t n, uint32_t at)
{
    for (uint32_t i = code; i < code + n && i < at; i++) {
        const IrOpRow *row = ir_op_row(IR_INSTRUCTION_OP(u->code[i]));
        if (row->name && row->operand == OPERAND_TARGET && IR_INSTRUCTION_OPERAND(u->code[i]) == at)
            return true;
    }
    return false;
}

void ir_print_expression(const IrPrint *p, Code code)
{
    const IrUnit *u = p->unit;
    uint32_t n = code < u->code_n ? ir_code_length(u, code) : 0;
    if (n == 0) {
        buf_printf(p->b, "(no expression at %u)", code);
        return;
    }
    for (uint32_t at = code; at < code + n; at++) {
        uint8_t op = IR_INSTRUCTION_OP(u->code[at]);
        const IrOpRow *row = ir_op_row(op);
        if (at > code) buf_puts(p->b, "; ");
        if (is_target(u, code, n, at)) buf_printf(p->b, "%u: ", at - code);
        if (!row->name) {
            buf_printf(p->b, "%u?", op);
            continue;
        }
        buf_puts(p->b, row->name);
        if (row->operand != OPERAND_NONE) buf_putc(p->b, ' ');
        print_operand(p, (IrOperand)row->operand, IR_INSTRUCTION_OPERAND(u->code[at]), code);
    }
}

void ir_print_code(Buf *b, const IrUnit *u, Code code)
{
    ir_print_expression(&(IrPrint){.b = b, .unit = u}, code);
}

void ir_print_coded(const IrPrint *p, int indent, const char *what, Code code)
{
    if (code == CODE_NONE) return;
    label(p->b, indent, what);
    ir_print_expression(p, code);
    buf_putc(p->b, '\n');
}

/* ---- fields ------------------------------------------------------------------------------- */

static void print_option(Buf *b, const char *word, const char *text)
{
    if (!text) return;
    buf_printf(b, " %s ", word);
    ir_print_quoted(b, text);
}

static void print_field(const IrPrint *p, const IrField *f)
{
    buf_printf(p->b, "%s ", f->name);
    if (f->type < p->unit->types_n) ir_type_print(p->b, p->unit, f->type);
    else named(p->b, NULL, f->type);
    print_option(p->b, "from", f->column);
    print_option(p->b, "like", f->like);
    print_option(p->b, "in", f->zone);
    print_option(p->b, "matching", f->matching);
}

void ir_print_fields(const IrPrint *p, int indent, const char *what, uint32_t first, uint32_t n)
{
    const IrUnit *u = p->unit;
    if (first > u->fields_n || n > u->fields_n - first) return;
    for (uint32_t i = first; i < first + n; i++) {
        label(p->b, indent, what);
        print_field(p, &u->fields[i]);
        buf_putc(p->b, '\n');
        ir_print_coded(p, indent + STEP_INDENT, "=", u->fields[i].initial);
        ir_print_coded(p, indent + STEP_INDENT, "where", u->fields[i].where);
    }
}

/* ---- nodes -------------------------------------------------------------------------------- */

static void print_codes(const IrPrint *p, int indent, const char *what, const Code *codes, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) ir_print_coded(p, indent, what, codes[i]);
}

static void print_handler(const IrPrint *p, int indent, const char *what, uint32_t node)
{
    if (node != IR_NONE) ir_print_text(p, indent, what, p->flow->nodes[node].name);
}

static void print_shell(const IrPrint *p, int indent, const char *what, const IrShell *shell)
{
    ir_print_text(p, indent, what, shell->text);
    print_codes(p, indent, "argument", p->flow->codes + shell->args, shell->args_n);
}

static void print_mail(const IrPrint *p, int indent, const char *what, const IrMail *mail)
{
    static const char *const parts[] = {"subject", "from", "reply-to", "body"};
    const Code *codes = p->flow->codes + mail->parts;
    ir_print_text(p, indent, what, mail->file);
    for (uint32_t i = 0; i < MAIL_TO; i++) ir_print_coded(p, indent, parts[i], codes[i]);
    print_codes(p, indent, "to", codes + MAIL_TO, mail->parts_n - MAIL_TO);
}

static void print_undo(const IrPrint *p, int indent, const IrUndo *undo)
{
    if (undo->machine == MACHINE_SHELL) print_shell(p, indent, "undo shell", &undo->shell);
    if (undo->machine == MACHINE_LUA) ir_print_text(p, indent, "undo lua", undo->lua.text);
    if (undo->machine == MACHINE_MAIL) print_mail(p, indent, "undo mail", &undo->mail);
    if (undo->machine == MACHINE_PERSON) ir_print_coded(p, indent, "undo", undo->text);
}

static void print_needs(const IrPrint *p, int indent, const IrStep *s)
{
    const IrFlow *f = p->flow;
    for (uint32_t i = s->needs; i < s->needs + s->needs_n; i++)
        ir_print_text(p, indent, "needs", f->steps[f->needs[i]].name);
    for (uint32_t i = s->sees; i < s->sees + s->sees_n; i++) ir_print_text(p, indent, "sees", f->args[i].name);
}

static void print_ensures(const IrPrint *p, int indent, const IrStep *s)
{
    for (uint32_t i = s->ensures; i < s->ensures + s->ensures_n; i++) {
        ir_print_text(p, indent, "ensures", p->flow->ensures[i].text);
        ir_print_coded(p, indent + STEP_INDENT, "", p->flow->ensures[i].code);
    }
}

static void print_lasts(const IrPrint *p, int indent, const IrStep *s)
{
    static const char *const spreads[] = {"", "exponential", "normal", "lognormal", "from history"};
    if (s->spread != SPREAD_RANGE && s->spread <= SPREAD_HISTORY) ir_print_text(p, indent, "lasts", spreads[s->spread]);
    print_codes(p, indent, s->spread == SPREAD_RANGE ? "lasts" : "of", s->lasts, s->lasts_n);
}

/* Pairs: who joins, and after how long. */
static void print_escalations(const IrPrint *p, int indent, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        ir_print_coded(p, indent, "escalate", p->flow->codes[first + 2 * i]);
        ir_print_coded(p, indent + STEP_INDENT, "after", p->flow->codes[first + 2 * i + 1]);
    }
}

static void print_beside(const IrPrint *p, int indent, const IrStep *s)
{
    static const char *const pers[] = {"costs", "costs/hour", "costs/min"};
    ir_print_coded(p, indent, "remind", s->remind);
    print_escalations(p, indent, s->escalate, s->escalate_n);
    ir_print_coded(p, indent, "consult", s->consult);
    ir_print_coded(p, indent, "inform", s->inform);
    if (s->cost.type != V_NONE && s->cost_per <= PER_MINUTE) {
        label(p->b, indent, pers[s->cost_per]);
        value_print(p->b, &s->cost, STYLE_LANGUAGE, NULL);
        buf_putc(p->b, '\n');
    }
    for (uint32_t i = 0; i < s->was_n; i++) ir_print_text(p, indent, "was", s->was[i]);
}

void ir_print_place(const IrPrint *p, int indent, const char *what, const char *text, const IrPlace *place)
{
    label(p->b, indent, what);
    if (text) {
        add_line(p->b, text, strlen(text));
        buf_puts(p->b, " at ");
    }
    add_line(p->b, place->file, strlen(place->file));
    buf_printf(p->b, ":%u\n", place->line);
}

static void print_step(const IrPrint *p, int indent, const IrStep *s)
{
    const IrFlow *f = p->flow;
    if (s->inherited && f->nodes[s->node].place.file)
        ir_print_place(p, indent, "from", NULL, &f->nodes[s->node].place);
    print_needs(p, indent, s);
    ir_print_text(p, indent, "why", s->why);
    ir_print_coded(p, indent, "who", s->who);
    ir_print_text(p, indent, "role", s->role);
    print_codes(p, indent, "how", f->codes + s->how, s->how_n);
    if (s->machine == MACHINE_SHELL) print_shell(p, indent, "shell", &s->shell);
    if (s->machine == MACHINE_LUA) ir_print_text(p, indent, "lua", s->lua.text);
    if (s->machine == MACHINE_MAIL) print_mail(p, indent, "mail", &s->mail);
    ir_print_fields(p, indent, "ask", s->ask, s->ask_n);
    ir_print_coded(p, indent, "approve", s->approve);
    ir_print_fields(p, indent, "gives", s->gives, s->gives_n);
    if (s->retry) {
        label(p->b, indent, "retry");
        buf_printf(p->b, "%u times\n", s->retry);
    }
    ir_print_coded(p, indent, "every", s->retry_pause);
    ir_print_coded(p, indent, "doubling to", s->retry_most);
    ir_print_coded(p, indent, "timeout", s->timeout);
    if (s->repeatable) ir_print_text(p, indent, "repeatable", "yes");
    ir_print_coded(p, indent, s->deadline_due ? "due" : "within", s->deadline);
    print_ensures(p, indent, s);
    print_handler(p, indent, "on fail", s->on_fail);
    print_handler(p, indent, "on late", s->on_late);
    print_handler(p, indent, "on reject", s->on_reject);
    print_undo(p, indent, &s->undo);
    print_lasts(p, indent, s);
    print_beside(p, indent, s);
}

static void print_args(const IrPrint *p, int indent, const IrNode *n, uint32_t first)
{
    const IrFlow *f = p->flow;
    for (uint32_t i = 0; i < n->args_n; i++) {
        const IrArg *arg = &f->args[first + i];
        label(p->b, indent, "with");
        buf_printf(p->b, "%s = ", arg->name);
        ir_print_expression(p, arg->code);
        if (arg->slot != IR_NONE) buf_printf(p->b, "  into %s", f->vars[arg->slot].name);
        buf_putc(p->b, '\n');
    }
}

static void print_node_operand(const IrPrint *p, int indent, const IrNode *n, int i, IrNodeOperand kind)
{
    static const char *const letters[] = {"a", "b", "c", "d"};
    const IrFlow *f = p->flow;
    uint32_t x = ir_node_operand(n, i);
    switch (kind) {
    case NODE__: break;
    case NODE_CODE:
    case NODE_CODE0: ir_print_coded(p, indent, letters[i], x); break;
    case NODE_SLOT:
    case NODE_SLOT0:
        if (x != IR_NONE) ir_print_text(p, indent, letters[i], f->vars[x].name);
        break;
    case NODE_STEP: print_step(p, indent, &f->steps[x]); break;
    case NODE_NAME: ir_print_text(p, indent, letters[i], f->unit.names[x]); break;
    case NODE_ARGS: print_args(p, indent, n, x); break;
    case NODE_COUNT:
    case NODE_LIMIT:
        label(p->b, indent, letters[i]);
        buf_printf(p->b, x || kind == NODE_COUNT ? "%u\n" : "%u (no limit)\n", x);
        break;
    case NODE_PATH:
        if (x == IR_NONE) break;
        label(p->b, indent, letters[i]);
        for (const char *const *name = f->paths[x]; *name; name++) buf_printf(p->b, ".%s", *name);
        buf_putc(p->b, '\n');
        break;
    case NODE_NODE0: print_handler(p, indent, letters[i], x); break;
    }
}

static void print_nodes(const IrPrint *p, int indent)
{
    enum { SHOWN_DEPTH = 100 };        /* deeper ones stand no further to the right */
    const IrFlow *f = p->flow;
    uint32_t *depth = mem_zero((size_t)f->nodes_n + 1, sizeof *depth);
    for (uint32_t at = 0; at < f->nodes_n; at++) {
        const IrNode *n = &f->nodes[at];
        const IrNodeRow *row = ir_node_row(n->op);
        depth[at] = at ? depth[n->parent] + 1 : 0;
        int here = indent + STEP_INDENT * (int)(depth[at] < SHOWN_DEPTH ? depth[at] : SHOWN_DEPTH);
        buf_pad(p->b, ' ', (size_t)here);
        buf_printf(p->b, "%s ", row->name);
        ir_print_quoted(p->b, n->name);
        buf_putc(p->b, '\n');
        for (int i = 0; i < 4; i++)
            print_node_operand(p, here + 2 * STEP_INDENT, n, i, (IrNodeOperand)row->operands[i]);
    }
    free(depth);
}

/* ---- a flow ------------------------------------------------------------------------------- */

static const char *scope_kind(const IrFlow *f, uint32_t scope)
{
    const IrNode *n = &f->nodes[scope];
    if (n->op == IRN_EACH_PARALLEL) return "of each element of";
    if (f->nodes[n->parent].op == IRN_RACE) return "of branch";
    return f->nodes[n->parent].op == IRN_PARALLEL ? "as it was before branch" : "as it was before";
}

static void print_vars(const IrPrint *p, int indent)
{
    const IrFlow *f = p->flow;
    for (uint32_t i = 0; i < f->vars_n; i++) {
        const IrVar *var = &f->vars[i];
        label(p->b, indent, var->name);
        ir_type_print(p->b, p->unit, var->type);
        if (var->takes) buf_puts(p->b, ", taken");
        if (var->gives) buf_puts(p->b, ", given");
        if (var->scope) buf_printf(p->b, ", %s \"%s\"", scope_kind(f, var->scope), f->nodes[var->scope].name);
        buf_putc(p->b, '\n');
        ir_print_coded(p, indent + STEP_INDENT, "=", var->initial);
    }
}

void ir_print_flow_of(Buf *b, const IrFlow *f, const IrProgram *program)
{
    IrPrint p = {.b = b, .unit = &f->unit, .flow = f, .program = program};
    char hex[65];
    sha256_hex(ir_flow_hash(f), hex);
    buf_printf(b, "flow %s  %.16s%s\n", f->process, hex, f->outside ? "  acts outside" : "");
    ir_print_fields(&p, 2, "takes", f->takes, f->takes_n);
    ir_print_fields(&p, 2, "gives", f->gives, f->gives_n);
    ir_print_coded(&p, 2, f->deadline_due ? "due" : "within", f->deadline);
    ir_print_coded(&p, 2, "remind", f->remind);
    print_escalations(&p, 2, f->escalate, f->escalate_n);
    for (uint32_t i = 0; i < f->modules_n; i++) ir_print_text(&p, 2, "lua file", f->modules[i].name);
    for (uint32_t i = 0; i < f->prelude_n; i++) ir_print_text(&p, 2, "lua", f->prelude[i].text);
    if (f->vars_n) buf_puts(b, "  variables\n");
    print_vars(&p, 4);
    buf_puts(b, "  nodes\n");
    print_nodes(&p, 4);
}

void ir_print_flow(Buf *b, const IrFlow *f)
{
    ir_print_flow_of(b, f, NULL);
}
