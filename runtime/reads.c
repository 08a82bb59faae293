/* reads.c -- which variables the places of a flow read: see reads.h. */
#include "runtime/reads.h"

#include <ctype.h>
#include <string.h>

/* ---- names ---------------------------------------------------------------------------- */

bool names_have(const Names *names, const char *name)
{
    for (uint32_t i = 0; i < names->items.n; i++)
        if (strcmp(names->items.items[i], name) == 0) return true;
    return false;
}

void names_add(Arena *a, Names *names, const char *name)
{
    if (!names_have(names, name)) *VEC_PUSH(a, &names->items) = arena_dup(a, name);
}

void names_drop(Names *names, const char *name)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < names->items.n; i++)
        if (strcmp(names->items.items[i], name) != 0) names->items.items[kept++] = names->items.items[i];
    names->items.n = kept;
}

enum { ANSWERS = '\1', ENDS = '\2' };

const char *names_answers(Arena *a, const char *step)
{
    return arena_printf(a, "%c%s", ANSWERS, step);
}

const char *names_answer(Arena *a, const char *step, const char *field)
{
    return arena_printf(a, "%c%s%c%s", ANSWERS, step, ANSWERS, field);
}

const char *names_step(Arena *a, const char *step)
{
    return arena_printf(a, "%c%s", ENDS, step);
}

static bool have_answer(const Names *names, const char *step, const char *field)
{
    size_t n = strlen(step);
    for (uint32_t i = 0; i < names->items.n; i++) {
        const char *item = names->items.items[i];
        if (item[0] == ANSWERS && strncmp(item + 1, step, n) == 0 && item[1 + n] == ANSWERS &&
            strcmp(item + 2 + n, field) == 0)
            return true;
    }
    return false;
}

static bool have_answers(const Names *names, const char *step)
{
    for (uint32_t i = 0; i < names->items.n; i++)
        if (names->items.items[i][0] == ANSWERS && strcmp(names->items.items[i] + 1, step) == 0) return true;
    return false;
}

/* ---- code and Lua ------------------------------------------------------------------------ */

/* form: a step whose own answers the code sees ahead of the case's; or NULL. */
static bool form_has(const IrFlow *f, const IrStep *form, const char *name)
{
    for (uint32_t i = 0; form && i < form->ask_n; i++)
        if (strcmp(f->unit.fields[form->ask + i].name, name) == 0) return true;
    for (uint32_t i = 0; form && i < form->gives_n; i++)
        if (strcmp(f->unit.fields[form->gives + i].name, name) == 0) return true;
    return false;
}

/* `count("Step" where ...)`: that step's name, where such a condition begins behind this instruction; else NULL. */
static const char *counted_step(const IrUnit *u, Code code, Code at)
{
    bool counts = at > code && IR_INSTRUCTION_OP(u->code[at]) == IR_ANSWERS &&
                  IR_INSTRUCTION_OP(u->code[at - 1]) == IR_CONST;
    return counts ? u->consts[IR_INSTRUCTION_OPERAND(u->code[at - 1])].text : NULL;
}

/* `"Step".person`, `count("Step")`: does the code ask here how one of those steps has ended? */
static bool asks_of_step(const IrUnit *u, Code code, Code at, const Names *names)
{
    bool asks = IR_INSTRUCTION_OP(u->code[at]) == IR_STEP_ATTR || IR_INSTRUCTION_OP(u->code[at]) == IR_STEPS;
    if (!asks || at == code || IR_INSTRUCTION_OP(u->code[at - 1]) != IR_CONST) return false;
    const char *step = u->consts[IR_INSTRUCTION_OPERAND(u->code[at - 1])].text;
    for (uint32_t i = 0; i < names->items.n; i++)
        if (names->items.items[i][0] == ENDS && strcmp(names->items.items[i] + 1, step) == 0) return true;
    return false;
}

/* A condition on the answers to a step sees the values of each ahead of the case's: these are no variables. */
static bool reads_besides(const IrFlow *f, Code code, const IrStep *form, const Names *names)
{
    const IrUnit *u = &f->unit;
    uint32_t length = code == CODE_NONE ? 0 : ir_code_length(u, code);
    const IrStep *counted = NULL;
    Code until = 0;                    /* the end of the condition on its answers */
    for (Code i = code; i < code + length; i++) {
        const char *step = counted_step(u, code, i);
        if (asks_of_step(u, code, i, names) || (step && have_answers(names, step))) return true;
        if (step) {
            uint32_t index = ir_step(f, step);
            counted = index == IR_NONE ? NULL : &f->steps[index];
            until = IR_INSTRUCTION_OPERAND(u->code[i]);
        }
        uint32_t slot = IR_INSTRUCTION_OPERAND(u->code[i]);
        if (IR_INSTRUCTION_OP(u->code[i]) != IR_SLOT || slot >= f->vars_n) continue;
        const char *name = f->vars[slot].name;
        bool answer = i < until && form_has(f, counted, name);
        if (answer && have_answer(names, counted->name, name)) return true;
        if (names_have(names, name) && !answer && !form_has(f, form, name)) return true;
    }
    return false;
}

static bool reads(const IrFlow *f, Code code, const Names *names)
{
    return reads_besides(f, code, NULL, names);
}

bool code_reads(const IrFlow *f, Code code, const Names *names)
{
    return reads(f, code, names);
}

static bool codes_read(const IrFlow *f, uint32_t first, uint32_t n, const Names *names)
{
    for (uint32_t i = 0; i < n; i++)
        if (reads(f, f->codes[first + i], names)) return true;
    return false;
}

static bool args_read(const IrFlow *f, uint32_t first, uint32_t n, const Names *names)
{
    for (uint32_t i = 0; i < n; i++)
        if (reads(f, f->args[first + i].code, names)) return true;
    return false;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool text_names(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = text; text && (at = strstr(at, name)); at += n)
        if ((at == text || !in_word(at[-1])) && !in_word(at[n])) return true;
    return false;
}

static bool lua_reads(const IrFlow *f, const IrLua *lua, const Names *names)
{
    for (uint32_t i = 0; i < names->items.n; i++) {
        const char *name = names->items.items[i];
        bool found = text_names(lua->text, name);
        for (uint32_t k = 0; k < f->prelude_n && !found; k++) found = text_names(f->prelude[k].text, name);
        if (found) return true;
    }
    return false;
}

/* ---- places ------------------------------------------------------------------------------- */

static bool fields_read(const IrFlow *f, const IrStep *s, uint32_t first, uint32_t n, const Names *names)
{
    for (uint32_t i = 0; i < n; i++) {
        const IrField *field = &f->unit.fields[first + i];
        if (reads_besides(f, field->where, s, names) || reads_besides(f, field->initial, s, names)) return true;
    }
    return false;
}

static bool machine_reads(const IrFlow *f, const IrStep *s, const Names *names)
{
    switch ((IrMachine)s->machine) {
    case MACHINE_SHELL: return codes_read(f, s->shell.args, s->shell.args_n, names);
    case MACHINE_LUA:   return lua_reads(f, &s->lua, names);
    case MACHINE_MAIL:  return codes_read(f, s->mail.parts, s->mail.parts_n, names);
    case MACHINE_NONE: case MACHINE_PERSON: break;
    }
    return false;
}

bool step_reads(const IrFlow *f, const IrStep *s, const Names *names)
{
    return machine_reads(f, s, names) || reads(f, s->who, names) || reads(f, s->approve, names) ||
           codes_read(f, s->how, s->how_n, names) || fields_read(f, s, s->ask, s->ask_n, names) ||
           fields_read(f, s, s->gives, s->gives_n, names) || reads(f, s->timeout, names) ||
           reads(f, s->deadline, names) || codes_read(f, s->escalate, 2 * s->escalate_n, names);
}

static bool ensures_read(const IrFlow *f, const IrStep *s, const Names *names)
{
    for (uint32_t i = 0; i < s->ensures_n; i++)
        if (reads_besides(f, f->ensures[s->ensures + i].code, s, names)) return true;
    return false;
}

static bool undo_reads(const IrFlow *f, const IrUndo *u, const Names *names)
{
    switch ((IrMachine)u->machine) {
    case MACHINE_SHELL:  return codes_read(f, u->shell.args, u->shell.args_n, names);
    case MACHINE_LUA:    return lua_reads(f, &u->lua, names);
    case MACHINE_MAIL:   return codes_read(f, u->mail.parts, u->mail.parts_n, names);
    case MACHINE_PERSON: return reads(f, u->text, names);
    case MACHINE_NONE: break;
    }
    return false;
}

bool step_end_reads(const IrFlow *f, const IrStep *s, const Names *names)
{
    return ensures_read(f, s, names) || undo_reads(f, &s->undo, names);
}

bool node_reads(const IrFlow *f, uint32_t node, const Names *names)
{
    const IrNode *n = &f->nodes[node];
    switch ((IrNodeOp)n->op) {
    case IRN_STEP:       return step_reads(f, &f->steps[n->a], names) || ensures_read(f, &f->steps[n->a], names);
    case IRN_IF:
    case IRN_EACH:
    case IRN_WAIT_SPAN:
    case IRN_WAIT_UNTIL:
    case IRN_STOP:
    case IRN_FAIL:
    case IRN_LOCK:       return reads(f, n->a, names);
    case IRN_EACH_PARALLEL: return reads(f, n->a, names) || args_read(f, n->d, n->args_n, names);
    case IRN_REPEAT:
    case IRN_SET:        return reads(f, n->b, names);
    case IRN_CALL:
    case IRN_START:
    case IRN_EMIT:
    case IRN_RACE:       return args_read(f, n->b, n->args_n, names);
    case IRN_WAIT_EVENT: return reads(f, n->c, names) || reads(f, n->d, names);
    case IRN_ON_EVENT:   return reads(f, n->c, names);
    case IRN_SEQUENCE: case IRN_PARALLEL: case IRN_BLOCK: case IRN_ON_FAIL: case IRN_ON_LATE: break;
    }
    return false;
}

const char *code_did(const IrUnit *u, Code at)
{
    bool did = at > 0 && IR_INSTRUCTION_OP(u->code[at]) == IR_DID && IR_INSTRUCTION_OP(u->code[at - 1]) == IR_CONST;
    return did ? u->consts[IR_INSTRUCTION_OPERAND(u->code[at - 1])].text : NULL;
}

bool node_asks_who_did(const IrFlow *f, uint32_t node, const char *step)
{
    Code who = f->nodes[node].op == IRN_STEP ? f->steps[f->nodes[node].a].who : CODE_NONE;
    uint32_t length = who == CODE_NONE ? 0 : ir_code_length(&f->unit, who);
    for (Code at = who; length-- > 0; at++) {
        const char *did = code_did(&f->unit, at);
        if (did && strcmp(did, step) == 0) return true;
    }
    return false;
}

bool node_asks_apart(const IrFlow *f, uint32_t node)
{
    Code who = f->nodes[node].op == IRN_STEP ? f->steps[f->nodes[node].a].who : CODE_NONE;
    uint32_t length = who == CODE_NONE ? 0 : ir_code_length(&f->unit, who);
    for (Code at = who; length-- > 0; at++)
        if (IR_INSTRUCTION_OP(f->unit.code[at]) == IR_WHO_APART) return true;
    return false;
}
