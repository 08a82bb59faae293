/* ir_verify.c -- nothing runs that was not proved to be well-formed.
 *
 * Table-driven: operands by the kinds that ir.def names, expressions by
 * ir_verify_code.c. What comes from a store may be damaged in any way, so
 * every number is looked at before it is used as an index, also here.
 */
#include "lang/ir_private.h"

#include <string.h>

/* Slots that an expression outside a flow may read. */
enum { NO_SLOTS = 0, ROW_SLOTS = 1 };

typedef struct Verify {
    const IrUnit *unit;
    IrProof *proof;
    const char *where;                 /* "Close", "the declarations" */
    Error *err;
} Verify;

static Status bad(const Verify *v, const char *what, const char *of, uint32_t at)
{
    return fail(v->err, ST_INTERNAL, "the compiled form of %s is wrong: %s %u: %s", v->where, of, at, what);
}

static bool in_range(uint32_t first, uint32_t n, uint32_t all)
{
    return first <= all && n <= all - first;
}

/* ---- expressions -------------------------------------------------------------------------- */

static Status code_is_sound(const Verify *v, Code code, uint32_t slots)
{
    uint32_t at;
    const char *fault = ir_proof_fault(v->proof, code, slots, &at);
    return fault ? bad(v, fault, "instruction", at) : ST_OK;
}

static Status code_or_none(const Verify *v, Code code, uint32_t slots)
{
    return code == CODE_NONE ? ST_OK : code_is_sound(v, code, slots);
}

static Status codes_are_sound(const Verify *v, const Code *codes, uint32_t n, uint32_t slots)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) st = code_is_sound(v, codes[i], slots);
    return st;
}

/* ---- pools -------------------------------------------------------------------------------- */

/* A list of a list of ... something: it must end, and soon. */
static bool list_ends(const IrUnit *u, uint32_t type)
{
    int depth = 0;
    for (; u->types[type].kind == TYPE_LIST; type = u->types[type].of)
        if (u->types[type].of >= u->types_n || ++depth > IR_LISTS_DEEP) return false;
    return true;
}

static const char *type_fault(const IrUnit *u, uint32_t i)
{
    const IrType *t = &u->types[i];
    if (t->kind > TYPE_RECORD) return "an unknown type";
    if (!list_ends(u, i)) return "a list without a type of its elements";
    for (uint32_t k = 0; k < t->choices_n; k++)
        if (!t->choices[k]) return "a choice without a name";
    if (t->kind != TYPE_RECORD) return NULL;
    if (!in_range(t->fields, t->fields_n, u->fields_n)) return "fields that there are not";
    if (!t->shape || t->shape->n != t->fields_n) return "a record without its shape";
    for (uint32_t k = 0; k < t->fields_n; k++) {
        const char *name = u->fields[t->fields + k].name;
        if (!name || strcmp(t->shape->fields[k], name) != 0) return "a shape of other fields";
    }
    return NULL;
}

static Status verify_pools(const Verify *v, uint32_t slots)
{
    const IrUnit *u = v->unit;
    for (uint32_t i = 0; i < u->names_n; i++)
        if (!u->names[i]) return bad(v, "it is missing", "name", i);
    for (uint32_t i = 0; i < u->types_n; i++) {
        const char *fault = type_fault(u, i);
        if (fault) return bad(v, fault, "type", i);
    }
    for (uint32_t i = 0; i < u->fields_n; i++) {
        const IrField *f = &u->fields[i];
        if (!f->name || f->type >= u->types_n) return bad(v, "no name, or no type", "field", i);
        if (f->slot != IR_NONE && f->slot >= slots) return bad(v, "there is no such variable", "field", i);
    }
    return ST_OK;
}

/* Conditions of records read their own fields; their defaults read nothing. */
static Status verify_records(const Verify *v)
{
    const IrUnit *u = v->unit;
    Status st = ST_OK;
    for (uint32_t i = 0; i < u->types_n; i++) {
        const IrType *t = &u->types[i];
        for (uint32_t k = 0; t->kind == TYPE_RECORD && k < t->fields_n && st == ST_OK; k++) {
            st = code_or_none(v, u->fields[t->fields + k].initial, NO_SLOTS);
            if (st == ST_OK) st = code_or_none(v, u->fields[t->fields + k].where, t->fields_n);
        }
    }
    return st;
}

/* ---- nodes -------------------------------------------------------------------------------- */

static Status verify_args(const Verify *v, const IrFlow *f, const IrNode *n, uint32_t first, uint32_t at)
{
    if (n->args_n == 0) return ST_OK;
    if (!in_range(first, n->args_n, f->args_n)) return bad(v, "arguments that there are not", "node", at);
    for (uint32_t i = 0; i < n->args_n; i++) {
        const IrArg *arg = &f->args[first + i];
        bool collects = n->op == IRN_EACH_PARALLEL || n->op == IRN_RACE, has_slot = arg->slot < f->vars_n;
        if (!arg->name) return bad(v, "an argument without a name", "node", at);
        if (arg->slot == IR_NONE ? collects : !has_slot) return bad(v, "an argument's variable", "node", at);
        Status st = code_is_sound(v, arg->code, f->vars_n);
        if (st != ST_OK) return st;
    }
    return ST_OK;
}

static bool path_is_there(const IrFlow *f, uint32_t x)
{
    return x < f->paths_n && f->paths[x] && f->paths[x][0];
}

static Status verify_operand(const Verify *v, const IrFlow *f, uint32_t at, int i, IrNodeOperand kind)
{
    const IrNode *n = &f->nodes[at];
    uint32_t x = ir_node_operand(n, i);
    bool fits = true;
    switch (kind) {
    case NODE__:
    case NODE_COUNT:
    case NODE_LIMIT: break;
    case NODE_CODE: return code_is_sound(v, x, f->vars_n);
    case NODE_CODE0: return code_or_none(v, x, f->vars_n);
    case NODE_ARGS: return verify_args(v, f, n, x, at);
    case NODE_SLOT: fits = x < f->vars_n; break;
    case NODE_SLOT0: fits = x == IR_NONE || x < f->vars_n; break;
    case NODE_STEP: fits = x < f->steps_n && f->steps[x].node == at; break;
    case NODE_NAME: fits = x < f->unit.names_n; break;
    case NODE_PATH: fits = x == IR_NONE || path_is_there(f, x); break;
    case NODE_NODE0: fits = x == IR_NONE || x < f->nodes_n; break;
    }
    static const char *const faults[] = {"a wrong operand a", "a wrong operand b", "a wrong operand c",
                                         "a wrong operand d"};
    return fits ? ST_OK : bad(v, faults[i], "node", at);
}

static bool is_handler(uint16_t op)
{
    return op == IRN_ON_FAIL || op == IRN_ON_LATE || op == IRN_ON_EVENT;
}

/* Walks from child to child: each begins where the one before ends, all within the parent. */
static Status verify_children(const Verify *v, const IrFlow *f, uint32_t at, IrChildren children)
{
    const IrNode *n = &f->nodes[at];
    uint32_t count = 0;
    for (uint32_t child = at + 1; child < n->end; child = f->nodes[child].end, count++) {
        const IrNode *c = &f->nodes[child];
        if (c->parent != at) return bad(v, "it names another parent", "node", child);
        if (c->end <= child || c->end > n->end) return bad(v, "it ends behind its parent", "node", child);
        bool handles = n->op == IRN_BLOCK && count > 0;
        bool any = children == CHILDREN_MANY && n->op != IRN_STEP && n->op != IRN_BLOCK;
        if (is_handler(c->op) != handles)
            return bad(v, "a handler stands in a block, behind its first child, and nothing else does", "node", child);
        if (!any && !handles && c->op != IRN_SEQUENCE) return bad(v, "it should be a sequence", "node", child);
    }
    bool fits = true, endless = n->op == IRN_WAIT_EVENT && n->d == CODE_NONE;
    switch (children) {
    case CHILDREN_NONE: fits = count == 0; break;
    case CHILDREN_ONE: fits = count == 1 || (endless && count == 0); break;     /* nothing comes instead */
    case CHILDREN_2: fits = count == 2; break;
    case CHILDREN_MANY: fits = n->op != IRN_BLOCK || count > 0; break;
    }
    return fits ? ST_OK : bad(v, "a wrong number of children", "node", at);
}

static Status verify_node(const Verify *v, const IrFlow *f, uint32_t at)
{
    const IrNode *n = &f->nodes[at];
    const IrNodeRow *row = ir_node_row(n->op);
    if (!row) return bad(v, "an unknown kind", "node", at);
    if (!n->name) return bad(v, "no name", "node", at);
    if (at == 0 ? n->parent != IR_NONE : n->parent >= at) return bad(v, "a wrong parent", "node", at);
    if (n->end <= at || n->end > f->nodes_n) return bad(v, "a wrong end", "node", at);
    Status st = verify_children(v, f, at, (IrChildren)row->children);
    for (int i = 0; i < 4 && st == ST_OK; i++)
        st = verify_operand(v, f, at, i, (IrNodeOperand)row->operands[i]);
    return st;
}

/* Histories, migrations and people know a node by its name. */
static Status verify_names(const Verify *v, const IrFlow *f)
{
    Arena *a = arena_new();
    Map *seen = map_new(a);
    Status st = ST_OK;
    for (uint32_t i = 0; i < f->nodes_n && st == ST_OK; i++) {
        void **slot = map_slot(seen, f->nodes[i].name);
        if (*slot) st = bad(v, "another one has the same name", "node", i);
        *slot = a;
    }
    arena_free(a);
    return st;
}

/* ---- steps -------------------------------------------------------------------------------- */

static Status verify_handler(const Verify *v, const IrFlow *f, uint32_t i, uint32_t node)
{
    if (node == IR_NONE) return ST_OK;
    bool fits =
        node < f->nodes_n && f->nodes[node].parent == f->steps[i].node && f->nodes[node].op == IRN_SEQUENCE;
    return fits ? ST_OK : bad(v, "a handler that is not below it", "step", i);
}

/* Fields that stand for variables of the flow: asked, given, taken. */
static Status verify_slots(const Verify *v, const IrFlow *f, uint32_t first, uint32_t n, const char *of,
                           uint32_t at)
{
    if (!in_range(first, n, f->unit.fields_n)) return bad(v, "fields that there are not", of, at);
    Status st = ST_OK;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        const IrField *field = &f->unit.fields[first + i];
        if (field->slot == IR_NONE) return bad(v, "a field without its variable", of, at);
        st = code_or_none(v, field->initial, f->vars_n);
        if (st == ST_OK) st = code_or_none(v, field->where, f->vars_n);
    }
    return st;
}

static Status verify_range(const Verify *v, const IrFlow *f, uint32_t first, uint32_t n, uint32_t i)
{
    if (!in_range(first, n, f->codes_n)) return bad(v, "arguments that there are not", "step", i);
    return codes_are_sound(v, f->codes + first, n, f->vars_n);
}

/* What a machine does in step i: its work, or to undo it. */
static Status verify_machine(const Verify *v, const IrFlow *f, uint8_t machine, const IrShell *shell, const IrLua *lua,
                             const IrMail *mail, uint32_t i)
{
    if (machine == MACHINE_LUA && !lua->text) return bad(v, "a Lua block without text", "step", i);
    if (machine == MACHINE_SHELL && !shell->text) return bad(v, "a command without text", "step", i);
    if (machine == MACHINE_SHELL) return verify_range(v, f, shell->args, shell->args_n, i);
    if (machine != MACHINE_MAIL) return ST_OK;
    if (!mail->file || mail->parts_n <= MAIL_TO) return bad(v, "a mail without text or receiver", "step", i);
    return verify_range(v, f, mail->parts, mail->parts_n, i);
}

static Status verify_machines(const Verify *v, const IrFlow *f, uint32_t i)
{
    const IrStep *s = &f->steps[i];
    const IrUndo *u = &s->undo;
    if (s->machine > MACHINE_MAIL || u->machine > MACHINE_PERSON) return bad(v, "an unknown machine", "step", i);
    Status st = verify_machine(v, f, s->machine, &s->shell, &s->lua, &s->mail, i);
    if (st == ST_OK) st = verify_machine(v, f, u->machine, &u->shell, &u->lua, &u->mail, i);
    return st == ST_OK && u->machine == MACHINE_PERSON ? code_is_sound(v, u->text, f->vars_n) : st;
}

static Status verify_needs(const Verify *v, const IrFlow *f, uint32_t i)
{
    const IrStep *s = &f->steps[i];
    if (!in_range(s->needs, s->needs_n, f->needs_n) || !in_range(s->sees, s->sees_n, f->args_n))
        return bad(v, "needs that there are not", "step", i);
    for (uint32_t k = 0; k < s->needs_n; k++)
        if (f->needs[s->needs + k] >= f->steps_n || f->needs[s->needs + k] == i)
            return bad(v, "it needs a step that there is not, or itself", "step", i);
    Status st = ST_OK;
    for (uint32_t k = 0; k < s->sees_n && st == ST_OK; k++) {
        const IrArg *arg = &f->args[s->sees + k];
        if (!arg->name || arg->slot >= f->vars_n) return bad(v, "it sees what there is not", "step", i);
        st = code_is_sound(v, arg->code, f->vars_n);
    }
    return st;
}

static Status verify_ensures(const Verify *v, const IrFlow *f, uint32_t i)
{
    const IrStep *s = &f->steps[i];
    if (!in_range(s->ensures, s->ensures_n, f->ensures_n)) return bad(v, "conditions that there are not", "step", i);
    Status st = ST_OK;
    for (uint32_t k = 0; k < s->ensures_n && st == ST_OK; k++) {
        const IrEnsure *e = &f->ensures[s->ensures + k];
        if (!e->text) return bad(v, "a condition without its text", "step", i);
        st = code_is_sound(v, e->code, f->vars_n);
    }
    return st;
}

static Status verify_escalations(const Verify *v, const IrFlow *f, uint32_t first, uint32_t n, const char *of,
                                 uint32_t at)
{
    if (n > f->codes_n / 2 || !in_range(first, 2 * n, f->codes_n))
        return bad(v, "expressions that there are not", of, at);
    return codes_are_sound(v, f->codes + first, 2 * n, f->vars_n);
}

static Status verify_step(const Verify *v, const IrFlow *f, uint32_t i)
{
    const IrStep *s = &f->steps[i];
    bool in_place =
        s->name && s->node < f->nodes_n && f->nodes[s->node].op == IRN_STEP && f->nodes[s->node].a == i;
    if (!in_place) return bad(v, "no node of its own", "step", i);
    if (s->lasts_n > 3 || !in_range(s->how, s->how_n, f->codes_n))
        return bad(v, "expressions that there are not", "step", i);
    const Code single[] = {s->who, s->approve, s->retry_pause, s->retry_most, s->timeout, s->deadline,
                           s->remind, s->consult, s->inform};
    Status st = ST_OK;
    for (size_t k = 0; k < sizeof single / sizeof *single && st == ST_OK; k++)
        st = code_or_none(v, single[k], f->vars_n);
    if (st == ST_OK) st = codes_are_sound(v, f->codes + s->how, s->how_n, f->vars_n);
    if (st == ST_OK) st = codes_are_sound(v, s->lasts, s->lasts_n, f->vars_n);
    if (st == ST_OK) st = verify_machines(v, f, i);
    if (st == ST_OK) st = verify_needs(v, f, i);
    if (st == ST_OK) st = verify_ensures(v, f, i);
    if (st == ST_OK) st = verify_escalations(v, f, s->escalate, s->escalate_n, "step", i);
    if (st == ST_OK && (s->spread > SPREAD_HISTORY || s->cost_per > PER_MINUTE ||
                        (s->cost.type != V_NONE && s->cost.type != V_MONEY)))
        st = bad(v, "an unknown spread, or a cost for something unknown", "step", i);
    if (st == ST_OK) st = verify_slots(v, f, s->ask, s->ask_n, "step", i);
    if (st == ST_OK) st = verify_slots(v, f, s->gives, s->gives_n, "step", i);
    if (st == ST_OK) st = verify_handler(v, f, i, s->on_fail);
    if (st == ST_OK) st = verify_handler(v, f, i, s->on_late);
    if (st == ST_OK) st = verify_handler(v, f, i, s->on_reject);
    return st;
}

/* ---- a flow ------------------------------------------------------------------------------- */

/* What may have variables of its own. */
static bool is_scope(const IrFlow *f, uint32_t node)
{
    if (node == 0) return true;
    if (node >= f->nodes_n || f->nodes[node].parent >= f->nodes_n) return false;
    uint16_t around = f->nodes[f->nodes[node].parent].op;
    return f->nodes[node].op == IRN_EACH_PARALLEL || around == IRN_PARALLEL || around == IRN_RACE ||
           around == IRN_STEP || around == IRN_ON_LATE;
}

static Status verify_var(const Verify *v, const IrFlow *f, uint32_t i)
{
    const IrVar *var = &f->vars[i];
    if (!var->name || var->type >= f->unit.types_n) return bad(v, "no name, or no type", "variable", i);
    if (!is_scope(f, var->scope))
        return bad(v, "it belongs to no `each ... in parallel`, nor to a branch", "variable", i);
    return code_or_none(v, var->initial, f->vars_n);
}

static Status verify_modules(const Verify *v, const IrModule *modules, uint32_t n)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < n && st == ST_OK; i++)
        if (!modules[i].name || !modules[i].lua.text) st = bad(v, "no name, or no text", "Lua file", i);
    return st;
}

static Status verify_prelude(const Verify *v, const IrLua *prelude, uint32_t n)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < n && st == ST_OK; i++)
        if (!prelude[i].text) st = bad(v, "it is missing", "Lua text", i);
    return st;
}

static Status verify_parts(const Verify *v, const IrFlow *f)
{
    Status st = verify_pools(v, f->vars_n);
    if (st == ST_OK) st = verify_records(v);
    for (uint32_t i = 0; i < f->nodes_n && st == ST_OK; i++) st = verify_node(v, f, i);
    if (st == ST_OK) st = verify_names(v, f);
    for (uint32_t i = 0; i < f->steps_n && st == ST_OK; i++) st = verify_step(v, f, i);
    for (uint32_t i = 0; i < f->vars_n && st == ST_OK; i++) st = verify_var(v, f, i);
    if (st == ST_OK) st = verify_slots(v, f, f->takes, f->takes_n, "input", 0);
    if (st == ST_OK) st = verify_slots(v, f, f->gives, f->gives_n, "result", 0);
    if (st == ST_OK) st = code_or_none(v, f->deadline, f->vars_n);
    if (st == ST_OK) st = code_or_none(v, f->remind, f->vars_n);
    if (st == ST_OK) st = verify_escalations(v, f, f->escalate, f->escalate_n, "process", 0);
    if (st == ST_OK) st = verify_modules(v, f->modules, f->modules_n);
    return st == ST_OK ? verify_prelude(v, f->prelude, f->prelude_n) : st;
}

static Status verify_flow(const IrFlow *f, IrLimits limits, Error *err)
{
    Verify v = {.unit = &f->unit, .where = f->process ? f->process : "a process", .err = err};
    if (!f->process) return bad(&v, "no name", "process", 0);
    if (f->nodes_n == 0 || f->nodes[0].op != IRN_SEQUENCE || f->nodes[0].end != f->nodes_n)
        return bad(&v, "it should be a sequence of everything", "node", 0);
    v.proof = ir_prove(&f->unit, limits);
    Status st = verify_parts(&v, f);
    ir_proof_free(v.proof);
    return st;
}

/* A stored flow is older than the program: whether its metrics are there shows when they are asked. */
Status ir_verify_flow(const IrFlow *f, Error *err)
{
    return verify_flow(f, (IrLimits){.metrics = UINT32_MAX, .aggregates = UINT32_MAX}, err);
}

/* ---- declarations ------------------------------------------------------------------------- */

static Status verify_triggers(const Verify *v, const IrProgram *p, const IrTrigger *triggers, uint32_t n)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        const IrTrigger *t = &triggers[i];
        const IrEvent *event = t->kind == TRIGGER_EVENT && t->event ? ir_event(p, t->event) : NULL;
        if (t->kind > TRIGGER_ROWS) return bad(v, "an unknown kind", "trigger", i);
        if (t->kind == TRIGGER_EVENT) {
            if (!event) return bad(v, "an event that there is not", "trigger", i);
            st = code_or_none(v, t->where, event->fields_n);
        } else if (t->kind == TRIGGER_ROWS) {
            if (!t->file || t->type >= p->unit.types_n)
                return bad(v, "rows of no file or type", "trigger", i);
            st = code_or_none(v, t->at, ROW_SLOTS);
        }
    }
    return st;
}

static Status verify_metrics_read(const Verify *v, const IrProgram *p, const uint32_t *metrics, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (metrics[i] >= p->metrics_n) return bad(v, "there is no such metric", "metric", metrics[i]);
    return ST_OK;
}

static Status verify_check(const Verify *v, const IrProgram *p, const IrCheck *c)
{
    Status st =
        c->rule > RULE_ATTEST ? bad(v, "an unknown kind", "rule", c->rule) : code_or_none(v, c->where, NO_SLOTS);
    if (st == ST_OK) st = code_or_none(v, c->condition, NO_SLOTS);
    if (st == ST_OK) st = code_or_none(v, c->who, NO_SLOTS);
    if (st == ST_OK && c->rule == RULE_ATTEST && (!c->due || c->who == CODE_NONE))
        st = bad(v, "nobody, or no time", "attest", 0);
    if (st == ST_OK && c->rule == RULE_YOUNGER && !c->file) st = bad(v, "it is missing", "file", 0);
    if (st == ST_OK) st = code_or_none(v, c->warn, NO_SLOTS);
    if (st == ST_OK) st = verify_metrics_read(v, p, c->metrics, c->metrics_n);
    if (st == ST_OK && c->rule == RULE_SHELL)
        st = codes_are_sound(v, c->shell_args, c->shell.args_n, NO_SLOTS);
    return st;
}

static Status verify_audit(const Verify *v, const IrProgram *p, const IrAudit *a)
{
    Status st = code_or_none(v, a->owner, NO_SLOTS);
    if (st == ST_OK) st = verify_triggers(v, p, a->triggers, a->triggers_n);
    for (uint32_t i = 0; i < a->checks_n && st == ST_OK; i++) st = verify_check(v, p, &a->checks[i]);
    for (uint32_t i = 0; i < a->waivers_n && st == ST_OK; i++)
        if (a->waivers[i].check >= a->checks_n || !a->waivers[i].by || !a->waivers[i].because)
            st = bad(v, "of no check, or by nobody", "waiver", i);
    if (st == ST_OK) st = verify_modules(v, a->modules, a->modules_n);
    return st == ST_OK ? verify_prelude(v, a->prelude, a->prelude_n) : st;
}

static Status verify_measures(const Verify *v, const IrProgram *p)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < p->aggregates_n && st == ST_OK; i++) {
        const IrAggregate *g = &p->aggregates[i];
        st = ir_aggregate_name(g->kind) && g->process
                 ? code_or_none(v, g->value, NO_SLOTS)
                 : bad(v, "an unknown kind, or of no process", "aggregate", i);
        if (st == ST_OK) st = code_or_none(v, g->where, NO_SLOTS);
    }
    for (uint32_t i = 0; i < p->metrics_n && st == ST_OK; i++) {
        if (p->metrics[i].type >= p->unit.types_n) return bad(v, "it has no type", "metric", i);
        st = code_is_sound(v, p->metrics[i].code, NO_SLOTS);
        if (st == ST_OK) st = code_or_none(v, p->metrics[i].by, NO_SLOTS);
    }
    for (uint32_t i = 0; i < p->goals_n && st == ST_OK; i++) {
        st = verify_metrics_read(v, p, p->goals[i].metrics, p->goals[i].metrics_n);
        if (st == ST_OK) st = code_is_sound(v, p->goals[i].code, NO_SLOTS);
    }
    return st;
}

static Status verify_log(const Verify *v, const IrProgram *p, uint32_t i)
{
    const IrLog *log = &p->logs[i];
    if (!log->name || !log->file || log->type >= p->unit.types_n || p->unit.types[log->type].kind != TYPE_RECORD ||
        log->own > p->unit.types[log->type].fields_n)
        return bad(v, "it has no name, no file, or no columns", "log", i);
    uint32_t columns = log->own;
    Status st = code_is_sound(v, log->key, columns);
    for (uint32_t k = 0; k < log->steps_n && st == ST_OK; k++) {
        const IrLogStep *step = &log->steps[k];
        st = step->name ? code_or_none(v, step->step, columns) : code_is_sound(v, step->step, columns);
        if (st == ST_OK) st = code_is_sound(v, step->at, columns);
        if (st == ST_OK) st = code_or_none(v, step->by, columns);
    }
    return st;
}

static Status verify_test(const Verify *v, const IrProgram *p, const IrTest *t)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < t->lines_n && st == ST_OK; i++) {
        const IrTestLine *line = &t->lines[i];
        if (!ir_test_line_name(line->kind)) return bad(v, "an unknown kind", "line of a test", i);
        if (line->process && !ir_process(p, line->process))
            return bad(v, "a process that there is not", "line of a test", i);
        bool valued = line->kind <= TEST_GIVEN_TABLE || line->kind == TEST_HOLDS;
        st = valued ? code_is_sound(v, line->code, NO_SLOTS) : code_or_none(v, line->code, NO_SLOTS);
        if (st == ST_OK) st = code_or_none(v, line->text, NO_SLOTS);
        for (uint32_t k = 0; k < line->args_n && st == ST_OK; k++) st = code_is_sound(v, line->args[k].code, NO_SLOTS);
    }
    return st;
}

static Status verify_organization(const Verify *v, const IrProgram *p)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < p->events_n; i++)
        if (!in_range(p->events[i].fields, p->events[i].fields_n, p->unit.fields_n))
            return bad(v, "fields that there are not", "event", i);
    for (uint32_t i = 0; i < p->tables_n; i++)
        if (p->tables[i].type >= p->unit.types_n) return bad(v, "it has no type", "table", i);
    for (uint32_t i = 0; i < p->logs_n && st == ST_OK; i++) st = verify_log(v, p, i);
    for (uint32_t i = 0; i < p->systems_n && st == ST_OK; i++) {
        uint32_t parent = p->systems[i].parent;
        if (parent != IR_NONE && parent >= p->systems_n)
            return bad(v, "a system around it that there is not", "system", i);
        st = code_or_none(v, p->systems[i].owner, NO_SLOTS);
    }
    return st;
}

static Status verify_process(const Verify *v, const IrProgram *p, uint32_t i)
{
    const IrProcess *process = &p->processes[i];
    if (!process->name || !process->flow) return bad(v, "no name, or no flow", "process", i);
    if (process->system != IR_NONE && process->system >= p->systems_n)
        return bad(v, "no such system", "process", i);
    Status st = code_or_none(v, process->owner, NO_SLOTS);
    if (st == ST_OK) st = code_or_none(v, process->one, process->flow->takes_n);
    if (st == ST_OK) st = verify_triggers(v, p, process->triggers, process->triggers_n);
    if (st == ST_OK) st = verify_flow(process->flow, (IrLimits){p->metrics_n, p->aggregates_n}, v->err);
    return st;
}

static Status verify_scenario(const Verify *v, const IrProgram *p, uint32_t i)
{
    const IrScenario *s = &p->scenarios[i];
    Status st = s->name ? ST_OK : bad(v, "no name", "scenario", i);
    for (uint32_t k = 0; k < s->volumes_n && st == ST_OK; k++) {
        const IrProcess *process = s->volumes[k].process ? ir_process(p, s->volumes[k].process) : NULL;
        st = process ? code_or_none(v, s->volumes[k].where, process->flow->takes_n)
                     : bad(v, "a volume of no process", "scenario", i);
    }
    for (uint32_t k = 0; k < s->staff_n && st == ST_OK; k++)
        if (!s->staff[k].role || !ir_role(p, s->staff[k].role)) st = bad(v, "people of no role", "scenario", i);
    for (uint32_t k = 0; k < s->assumptions_n && st == ST_OK; k++) {
        const IrAssumption *a = &s->assumptions[k];
        if (!a->process || !a->name || a->values_n > 3 || a->spread > SPREAD_HISTORY)
            return bad(v, "an assumption of nothing", "scenario", i);
        st = codes_are_sound(v, a->values, a->values_n, NO_SLOTS);
    }
    return st;
}

Status ir_verify(const IrProgram *p, Error *err)
{
    Verify v = {.unit = &p->unit, .where = "the declarations", .err = err};
    v.proof = ir_prove(&p->unit, (IrLimits){p->metrics_n, p->aggregates_n});
    Status st = verify_pools(&v, UINT32_MAX);
    if (st == ST_OK) st = verify_records(&v);
    if (st == ST_OK) st = verify_organization(&v, p);
    if (st == ST_OK) st = verify_measures(&v, p);
    for (uint32_t i = 0; i < p->audits_n && st == ST_OK; i++) st = verify_audit(&v, p, &p->audits[i]);
    for (uint32_t i = 0; i < p->tests_n && st == ST_OK; i++) st = verify_test(&v, p, &p->tests[i]);
    for (uint32_t i = 0; i < p->scenarios_n && st == ST_OK; i++) st = verify_scenario(&v, p, i);
    for (uint32_t i = 0; i < p->processes_n && st == ST_OK; i++) st = verify_process(&v, p, i);
    ir_proof_free(v.proof);
    return st;
}
