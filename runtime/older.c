/* older.c -- what a case meets that goes on with an older version of its process: see older.h. */
#include "runtime/older.h"

#include "base/sha256.h"
#include "runtime/fit.h"
#include "runtime/live.h"
#include "runtime/move.h"

#include <string.h>

/* ---- roles ------------------------------------------------------------------------------- */

static const char *role_in(const char *rule)
{
    if (strncmp(rule, "role:", 5) == 0) return rule + 5;
    return strncmp(rule, "notrole:", 8) == 0 ? rule + 8 : NULL;
}

const char *older_gone(const IrProgram *p, const Value *who)
{
    for (uint32_t i = 0; who->type == V_LIST && i < who->len; i++) {
        const char *role = role_in(who->list[i].text);
        if (role && !ir_role(p, role)) return role;
    }
    return NULL;
}

/* The same of a step's rule as it is written. */
static const char *gone_of_step(const IrProgram *p, const IrFlow *f, const IrStep *s)
{
    uint32_t length = s->who == CODE_NONE ? 0 : ir_code_length(&f->unit, s->who);
    for (Code i = s->who; length && i < s->who + length; i++) {
        if (IR_INSTRUCTION_OP(f->unit.code[i]) != IR_ROLE) continue;
        const char *role = f->unit.names[IR_INSTRUCTION_OPERAND(f->unit.code[i])];
        if (!ir_role(p, role)) return role;
    }
    return NULL;
}

static bool lacks_role(const IrProgram *p, const IrFlow *f)
{
    for (uint32_t i = 0; i < f->steps_n; i++)
        if (gone_of_step(p, f, &f->steps[i])) return true;
    return false;
}

const char *older_remedy(const IrProgram *p, const Case *c, const Act *act, const char *role, Arena *a)
{
    const IrProcess *process = ir_process(p, c->process);
    const IrStep *s = &c->flow->steps[c->flow->nodes[act->node].a];
    unsigned long long id = (unsigned long long)c->id;
    bool owned = process && process->owner != CODE_NONE;
    bool skips = owned && s->approve == CODE_NONE && !engine_several(&act->list) && !act->undoes;
    Buf b = {0};
    buf_printf(&b, "give role %s back", role);
    if (process && process_runs(process) && !act->undoes) buf_printf(&b, ", or `ops migrate %llu`", id);
    if (skips) {
        buf_printf(&b, ", or who owns %s says `ops skip %llu ", c->process, id);
        buf_shell_word(&b, s->name);
        buf_puts(&b, " --because ...`");
    }
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

/* ---- what lies ahead ------------------------------------------------------------------------ */

static bool is_within(const IrFlow *f, uint32_t node, uint32_t block)
{
    return node >= block && node < f->nodes[block].end;
}

static bool is_loop(const IrNode *n)
{
    return n->op == IRN_EACH || n->op == IRN_EACH_PARALLEL || n->op == IRN_REPEAT;
}

/* Has the case been behind this node, so that it does not come there any more? Branches go on side by side, and what is
 * in a loop may come again. */
static bool lies_before(const IrFlow *f, uint32_t node, uint32_t been)
{
    uint32_t around = f->nodes[node].parent;
    while (around != IR_NONE && !is_within(f, been, around)) around = f->nodes[around].parent;
    if (been <= node || around == IR_NONE || is_within(f, been, node)) return false;
    bool beside = f->nodes[around].op == IRN_PARALLEL || f->nodes[around].op == IRN_RACE;
    for (; around != IR_NONE && !beside; around = f->nodes[around].parent) beside = is_loop(&f->nodes[around]);
    return !beside;
}

static bool is_behind(const Case *c, uint32_t node)
{
    bool behind = false;
    for (uint32_t i = 0; i < c->did.n && !behind; i++) behind = lies_before(c->flow, node, c->did.items[i].node);
    for (uint32_t i = 0; i < c->acts.n && !behind; i++) behind = lies_before(c->flow, node, c->acts.items[i].node);
    return behind;
}

/* Did it end, and can it not come again as the flow goes on? */
static bool is_over(const Case *c, uint32_t node)
{
    bool ended = false;
    for (uint32_t i = 0; i < c->did.n; i++) ended |= c->did.items[i].node == node;
    for (uint32_t i = 0; i < c->acts.n; i++) if (c->acts.items[i].node == node) return false;
    for (uint32_t up = c->flow->nodes[node].parent; up != IR_NONE; up = c->flow->nodes[up].parent)
        ended &= !is_loop(&c->flow->nodes[up]);
    return ended || is_behind(c, node);
}

static bool is_open(const Case *c, uint32_t node)
{
    for (uint32_t i = 0; i < c->acts.n; i++)
        if (c->acts.items[i].node == node && c->acts.items[i].state == ACT_WAITING) return true;
    return false;
}

/* ---- calls ---------------------------------------------------------------------------------- */

static const IrField *field_of(const IrUnit *u, uint32_t first, uint32_t n, const char *name)
{
    for (uint32_t i = first; i < first + n; i++)
        if (strcmp(u->fields[i].name, name) == 0) return &u->fields[i];
    return NULL;
}

/* The first value that the called process gives otherwise than this flow expects; NULL: none. */
static const char *gives_otherwise(const IrFlow *f, const IrNode *call, const IrFlow *called)
{
    if (call->c == IR_NONE) return NULL;
    const IrType *t = &f->unit.types[f->vars[call->c].type];
    for (uint32_t i = 0; i < t->fields_n; i++) {
        const IrField *was = &f->unit.fields[t->fields + i];
        const IrField *is = field_of(&called->unit, called->gives, called->gives_n, was->name);
        bool none = !is && f->unit.types[was->type].optional;
        bool same = is && move_same_type(&f->unit, was->type, &called->unit, is->type);
        if (!none && !same) return was->name;
    }
    return NULL;
}

/* The first value that it wants, and that this flow does not hand over; NULL: none. */
static const char *takes_more(const IrFlow *f, const IrNode *call, const IrFlow *called)
{
    for (uint32_t i = called->takes; i < called->takes + called->takes_n; i++) {
        const IrField *field = &called->unit.fields[i];
        bool given = field->initial != CODE_NONE || called->unit.types[field->type].optional;
        for (uint32_t k = 0; k < call->args_n; k++) given |= strcmp(f->args[call->b + k].name, field->name) == 0;
        if (!given) return field->name;
    }
    return NULL;
}

/* ---- what a call hands over ----------------------------------------------------------------- */

static bool is_said(const IrType *t)
{
    return t->kind == TYPE_TEXT || t->kind == TYPE_CHOICE || t->kind == TYPE_FILE || t->kind == TYPE_PERSON;
}

static bool is_counted(const IrType *t)
{
    return t->kind == TYPE_NUMBER || t->kind == TYPE_PERCENT;
}

static bool all_among(const IrType *is, const IrType *wanted)
{
    bool all = is->kind == TYPE_CHOICE;
    for (uint32_t i = 0; i < is->choices_n && all; i++) {
        bool found = false;
        for (uint32_t k = 0; k < wanted->choices_n; k++) found |= strcmp(is->choices[i], wanted->choices[k]) == 0;
        all = found;
    }
    return all;
}

typedef struct Typed { const IrUnit *unit; uint32_t type; } Typed;

static bool always_fits(Typed is, Typed wanted, int deep);

static bool record_fits(Typed is, Typed wanted, int deep)
{
    const IrType *t = &is.unit->types[is.type], *w = &wanted.unit->types[wanted.type];
    bool fits = t->kind == TYPE_RECORD;
    for (uint32_t i = 0; i < w->fields_n && fits; i++) {
        const IrField *to = &wanted.unit->fields[w->fields + i];
        const IrField *from = field_of(is.unit, t->fields, t->fields_n, to->name);
        bool left_out = to->initial != CODE_NONE || wanted.unit->types[to->type].optional;
        fits = from ? always_fits((Typed){is.unit, from->type}, (Typed){wanted.unit, to->type}, deep) : left_out;
    }
    return fits;
}

/* Does value_fit take every value of the one type for one of the other? Whether it may be none the flow has asked. */
static bool always_fits(Typed is, Typed wanted, int deep)
{
    const IrType *t = &is.unit->types[is.type], *w = &wanted.unit->types[wanted.type];
    if (deep == 0) return true;
    switch ((IrTypeKind)w->kind) {
    case TYPE_TEXT: case TYPE_FILE: case TYPE_PERSON: return is_said(t);
    case TYPE_NUMBER: case TYPE_PERCENT: return is_counted(t);
    case TYPE_MONEY:
        if (t->kind != TYPE_MONEY) return w->currency && is_counted(t);
        return !w->currency || !t->currency || w->currency == t->currency;
    case TYPE_CHOICE: return all_among(t, w);
    case TYPE_LIST:
        return t->kind == TYPE_LIST && always_fits((Typed){is.unit, t->of}, (Typed){wanted.unit, w->of}, deep - 1);
    case TYPE_RECORD: return record_fits(is, wanted, deep - 1);
    case TYPE_NONE: case TYPE_DURATION: case TYPE_DATE: case TYPE_TIME: case TYPE_DATETIME: case TYPE_BOOLEAN: break;
    }
    return t->kind == w->kind;
}

/* The type of a variable, or of a field of one; what is computed has none that a flow keeps. */
static bool type_of(const IrFlow *f, Code code, uint32_t *type)
{
    const uint32_t *at = &f->unit.code[code];
    if (IR_INSTRUCTION_OP(*at) != IR_SLOT) return false;
    *type = f->vars[IR_INSTRUCTION_OPERAND(*at)].type;
    while (IR_INSTRUCTION_OP(*++at) == IR_FIELD) {
        const IrType *t = &f->unit.types[*type];
        const char *name = f->unit.names[IR_INSTRUCTION_OPERAND(*at)];
        const IrField *field = t->kind == TYPE_RECORD ? field_of(&f->unit, t->fields, t->fields_n, name) : NULL;
        if (!field) return false;
        *type = field->type;
    }
    return IR_INSTRUCTION_OP(*at) == IR_END;
}

static const Value *constant_of(const IrFlow *f, Code code)
{
    const uint32_t *at = &f->unit.code[code];
    bool alone = IR_INSTRUCTION_OP(at[0]) == IR_CONST && IR_INSTRUCTION_OP(at[1]) == IR_END;
    return alone ? &f->unit.consts[IR_INSTRUCTION_OPERAND(at[0])] : NULL;
}

static const char *type_name(Arena *a, Typed t)
{
    Buf b = {0};
    ir_type_print(&b, t.unit, t.type);
    const char *name = buf_dup(&b, a);
    buf_free(&b);
    return name;
}

/* How a value that is handed over does not fit what is taken; NULL: it does, or nobody knows yet. */
static const char *misfit(const IrProgram *p, const IrFlow *f, const IrArg *given, const IrFlow *called,
                          const IrField *taken, Arena *a)
{
    const char *name = called->process;
    const Value *constant = constant_of(f, given->code);
    const Typed wanted = {&called->unit, taken->type};
    Typed is = {&f->unit, 0};
    Value fitted;
    Error why;
    if (constant && field_fit(a, wanted.unit, taken, constant, ir_zone_of(p, name, NULL), &fitted, &why) != ST_OK)
        return arena_printf(a, "will fail: %s takes %s", name, why.text);
    if (constant || !type_of(f, given->code, &is.type) || always_fits(is, wanted, IR_LISTS_DEEP)) return NULL;
    return arena_printf(a, "may fail: %s takes %s as %s now, and this version gives it %s", name, taken->name,
                        type_name(a, wanted), type_name(a, is));
}

static const char *takes_otherwise(const IrProgram *p, const IrFlow *f, const IrNode *call, const IrFlow *called,
                                   Arena *a)
{
    const char *how = NULL;
    for (uint32_t k = 0; k < call->args_n && !how; k++) {
        const IrArg *given = &f->args[call->b + k];
        const IrField *taken = field_of(&called->unit, called->takes, called->takes_n, given->name);
        if (taken) how = misfit(p, f, given, called, taken, a);
    }
    return how;
}

static void meet_call(const IrProgram *p, const Case *c, uint32_t node, Arena *a, OlderMeets *out)
{
    const IrNode *n = &c->flow->nodes[node];
    const char *name = c->flow->unit.names[n->a];
    const IrProcess *called = ir_process(p, name);
    if (!called) {
        *VEC_PUSH(a, out) = arena_printf(a, "\"%s\" will wait: process %s is gone from the file", n->name, name);
        return;
    }
    bool starts = n->op == IRN_START;
    const char *it = arena_printf(a, starts ? "what \"%s\" begins" : "\"%s\"", n->name);
    const char *more = takes_more(c->flow, n, called->flow);
    const char *taken = more ? NULL : takes_otherwise(p, c->flow, n, called->flow, a);
    const char *other = starts ? NULL : gives_otherwise(c->flow, n, called->flow);
    if (more)
        *VEC_PUSH(a, out) = arena_printf(a, "%s will fail: %s takes %s now, and this version does not give it", it,
                                         name, more);
    else if (taken)
        *VEC_PUSH(a, out) = arena_printf(a, "%s %s", it, taken);
    else if (other)
        *VEC_PUSH(a, out) = arena_printf(a, "%s may fail: %s does not give the %s any more that this version wants", it,
                                         name, other);
}

void older_meets(const IrProgram *p, const Case *c, Arena *a, OlderMeets *out)
{
    const IrFlow *f = c->flow;
    for (uint32_t i = 0; i < f->nodes_n; i++) {
        const IrNode *n = &f->nodes[i];
        bool calls = n->op == IRN_CALL || n->op == IRN_START;
        if ((n->op != IRN_STEP && !calls) || is_over(c, i) || is_open(c, i)) continue;
        const char *role = n->op == IRN_STEP ? gone_of_step(p, f, &f->steps[n->a]) : NULL;
        if (calls) meet_call(p, c, i, a, out);
        if (!role) continue;
        *VEC_PUSH(a, out) = arena_printf(a, "\"%s\" names role %s, which is gone from the file", n->name, role);
    }
}

/* ---- steps that nobody can do --------------------------------------------------------------- */

static const char *name_of_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The note that keeps by which roles of this file it was looked, while a flow lacks one: a store may serve two. */
static const char *looked_at(const IrProgram *p, Arena *a)
{
    return arena_printf(a, "roles looked at %s", name_of_file(p->file));
}

/* Do its roles come from this file? A process that is gone may be another file's that uses the same store, unless it
 * was written in this one. What a module declares has a dot in its name, and whose it was nobody knows then. */
static bool is_ours(const IrProgram *p, const IrFlow *f)
{
    const char *written = f->nodes[0].place.file;
    if (ir_process(p, f->process)) return true;
    return written && !strchr(f->process, '.') && strcmp(name_of_file(written), name_of_file(p->file)) == 0;
}

enum { STUCK_MOST = 10 };              /* lines that are told; of the others, how many */

static bool is_newest(const IrProgram *p, const uint8_t hash[SHA256_BYTES])
{
    for (uint32_t i = 0; i < p->processes_n; i++)
        if (memcmp(ir_flow_hash(p->processes[i].flow), hash, SHA256_BYTES) == 0) return true;
    return false;
}

void older_offered(const IrProgram *p, const Case *c, const Act *act, Instant now, OlderStuck *stuck)
{
    if (!act || act->state != ACT_OFFERED || !is_ours(p, c->flow) || is_newest(p, ir_flow_hash(c->flow))) return;
    Arena *a = arena_new();
    Value who = engine_rule_listed(c, p, act, now, a);
    const char *role = older_gone(p, &who);
    if (role && !engine_can_be_met(p, &who, now, a) && stuck->n++ < STUCK_MOST) {
        const Zone *zone = ir_zone_of(p, c->process, NULL);
        char since[40];
        since[date_print(since, zone_date(zone ? zone : zone_utc(), act->offered))] = '\0';
        const char *too = ir_process(p, c->process) ? "" : arena_printf(a, " with process %s", c->process);
        buf_printf(stuck->notes, "role %s is gone from the file%s, and \"%s\" of case %llu waits for it since %s: %s\n",
                   role, too, c->flow->nodes[act->node].name, (unsigned long long)c->id, since,
                   older_remedy(p, c, act, role, a));
    }
    arena_free(a);
}

void older_rest(OlderStuck *stuck)
{
    if (stuck->n > STUCK_MOST) buf_printf(stuck->notes, "... and %u more wait for a role that is gone\n",
                                          stuck->n - STUCK_MOST);
    stuck->n = 0;
}

/* ---- when the roles are others -------------------------------------------------------------- */

/* What decides whether somebody is in a role that an older flow names. */
const char *older_roles(const IrProgram *p, Arena *a)
{
    Buf b = {0};
    uint8_t hash[SHA256_BYTES];
    char hex[65];
    for (uint32_t i = 0; i < p->roles_n; i++) {
        buf_printf(&b, "%s:", p->roles[i].name);
        for (uint32_t k = 0; k < p->roles[i].people_n; k++) buf_printf(&b, "%s,", p->roles[i].people[k]);
        buf_putc(&b, '\n');
    }
    sha256(buf_text(&b), b.n, hash);
    sha256_hex(hash, hex);
    buf_free(&b);
    return arena_dup(a, hex);
}

typedef struct Look {
    Journal *journal;
    const IrProgram *program;
    Instant now;
    OlderStuck *stuck;
    bool lacks;                        /* a flow that is kept names a role that is gone */
} Look;

static Status look_at_flow(void *self, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Look *l = self;
    const IrFlow *f;
    if (l->lacks || is_newest(l->program, hash)) return ST_OK;
    Status st = journal_known_flow(l->journal, hash, &f, err);
    if (st == ST_OK) l->lacks = is_ours(l->program, f) && lacks_role(l->program, f);
    return st;
}

Status older_new_roles(Journal *j, const IrProgram *p, Arena *a, OlderRoles *out, Error *err)
{
    Look l = {.journal = j, .program = p};
    const char *are = older_roles(p, a);
    *out = (OlderRoles){0};
    Status st = journal_noted(j, a, looked_at(p, a), &out->looked, err);
    if (st != ST_OK || (out->looked && strcmp(out->looked, are) == 0)) return st;
    st = journal_flows(j, look_at_flow, &l, err);
    out->lacks = l.lacks;
    out->are = l.lacks ? are : out->looked && *out->looked ? "" : NULL;
    return st;
}

static Status look_at_case(void *self, const CaseRow *row, Case **of, Error *err)
{
    Look *l = self;
    (void)row, (void)err;
    for (uint32_t i = 0; i < (*of)->acts.n; i++)
        older_offered(l->program, *of, &(*of)->acts.items[i], l->now, l->stuck);
    return ST_OK;
}

Status older_look(Journal *j, const IrProgram *p, Instant now, OlderStuck *stuck, Error *err)
{
    Look l = {.journal = j, .program = p, .now = now, .stuck = stuck};
    CaseFilter running = {.status = CASE_RUNNING};
    return journal_cases(j, &running, true, look_at_case, &l, err);
}

Status older_told(Journal *j, const IrProgram *p, const char *roles, Error *err)
{
    Arena *a = arena_new();
    Status st = journal_note(j, looked_at(p, a), roles, err);
    arena_free(a);
    return st;
}

Status older_untold(Journal *j, const IrProgram *p, Error *err)
{
    return older_told(j, p, "untold", err);
}
