/* ir.c -- looking things up in a program, and the names of the table's rows.
 *
 * Programs are small (a business has tens of roles, not thousands), so a
 * look-up walks its array: nothing to build, nothing to keep in step.
 */
#include "lang/ir_private.h"
#include "lang/lua_words.h"

#include <ctype.h>
#include <string.h>

/* ---- look-ups ----------------------------------------------------------------------------- */

/* The element of an array of structs whose first member named `field` is the name, or NULL. */
#define FIND(items, n, field, name)                                    \
    do {                                                               \
        for (uint32_t i_ = 0; i_ < (n); i_++)                          \
            if (strcmp((items)[i_].field, (name)) == 0) return &(items)[i_]; \
        return NULL;                                                   \
    } while (0)

const IrProcess *ir_process(const IrProgram *p, const char *name)
{
    FIND(p->processes, p->processes_n, name, name);
}

const IrRole *ir_role(const IrProgram *p, const char *name)
{
    FIND(p->roles, p->roles_n, name, name);
}

const IrPerson *ir_person(const IrProgram *p, const char *id)
{
    FIND(p->persons, p->persons_n, id, id);
}

const IrEvent *ir_event(const IrProgram *p, const char *name)
{
    FIND(p->events, p->events_n, name, name);
}

const IrTable *ir_table(const IrProgram *p, const char *name)
{
    FIND(p->tables, p->tables_n, name, name);
}

const IrLog *ir_log(const IrProgram *p, const char *name)
{
    FIND(p->logs, p->logs_n, name, name);
}

const IrMetric *ir_metric(const IrProgram *p, const char *name)
{
    FIND(p->metrics, p->metrics_n, name, name);
}

const Calendar *ir_calendar(const IrProgram *p, const char *name)
{
    FIND(p->calendars, p->calendars_n, name, name);
}

const Zone *ir_zone(const IrProgram *p)
{
    return p->calendars_n == 1 ? p->calendars[0].zone : zone_utc();
}

static const Calendar *role_calendar(const IrProgram *p, const char *name)
{
    const IrRole *role = name ? ir_role(p, name) : NULL;
    return role && role->calendar ? ir_calendar(p, role->calendar) : NULL;
}

static const Calendar *own_calendar(const IrProgram *p, const IrProcess *of, const char *role)
{
    const Calendar *c = role_calendar(p, role);
    return c || !of ? c : role_calendar(p, of->owner_role);
}

const Calendar *ir_calendar_of(const IrProgram *p, const char *process, const char *role)
{
    const Calendar *c = own_calendar(p, process ? ir_process(p, process) : NULL, role);
    return c || p->calendars_n != 1 ? c : p->calendars;
}

const Zone *ir_zone_of(const IrProgram *p, const char *process, const char *role)
{
    const IrProcess *of = process ? ir_process(p, process) : NULL;
    const Calendar *c = own_calendar(p, of, role);
    if (c) return c->zone;
    const IrLog *log = process && !of ? ir_log(p, process) : NULL;
    for (uint32_t i = 0; log && p->calendars_n != 1 && i < log->steps_n; i++)
        if (log->steps[i].zone) return zone_find(log->steps[i].zone, NULL);
    return p->calendars_n > 1 ? NULL : ir_zone(p);
}

const char *ir_owner(const IrProgram *p, const char *login)
{
    const char *person = login;
    for (uint32_t i = 0; p && i < p->persons_n; i++) {
        const IrPerson *one = &p->persons[i];
        if (!one->login) continue;
        if (strcmp(one->login, login) == 0) return one->id;
        if (strcmp(one->id, login) == 0) person = NULL;
    }
    return person;
}

/* Behind IR_BARE_LOGIN, where it begins with that. */
static const char *bare_login(const char *name)
{
    size_t n = sizeof IR_BARE_LOGIN - 1;
    return strncmp(name, IR_BARE_LOGIN, n) == 0 ? name + n : name;
}

const char *ir_typist(const IrProgram *p, const char *person, const char *login)
{
    const IrPerson *by = p && person ? ir_person(p, person) : NULL;
    const char *own = by && by->login ? by->login : person ? bare_login(person) : NULL;
    if (!login || (own && strcmp(own, login) == 0)) return NULL;
    const char *owner = p && ir_person(p, login) ? login : ir_owner(p, bare_login(login));
    if (!owner) return login;
    return person && strcmp(owner, person) == 0 ? NULL : owner;
}

const Manner *ir_manner(const IrProgram *p, const char *person)
{
    const IrPerson *found = p && person ? ir_person(p, person) : NULL;
    const Manner *m = found ? manner_find(found->language) : NULL;
    return m ? m : manner_english();
}

uint32_t ir_step(const IrFlow *f, const char *name)
{
    for (uint32_t i = 0; i < f->steps_n; i++)
        if (strcmp(f->steps[i].name, name) == 0) return i;
    return IR_NONE;
}

/* Who reads a history asks for nodes nearly in the flow's order, so the search begins where the last one ended. */
uint32_t ir_node(const IrFlow *f, const char *name)
{
    for (uint32_t i = 0, at = f->asked; i < f->nodes_n; i++, at++) {
        if (at >= f->nodes_n) at = 0;
        if (strcmp(f->nodes[at].name, name) != 0) continue;
        ((IrFlow *)(uintptr_t)f)->asked = at;
        return at;
    }
    return IR_NONE;
}

uint32_t ir_var(const IrFlow *f, const char *name)
{
    uint32_t found = IR_NONE;
    for (uint32_t i = 0; i < f->vars_n; i++) {
        if (strcmp(f->vars[i].name, name) != 0) continue;
        if (f->vars[i].scope == 0) return i;
        if (found == IR_NONE) found = i;
    }
    return found;
}

/* The values that a step's people or its machine part fill in. A Lua block may set what it names, too. */
static bool step_fills(const IrFlow *f, const IrStep *step, uint32_t slot)
{
    for (uint32_t i = 0; i < step->ask_n; i++)
        if (f->unit.fields[step->ask + i].slot == slot) return true;
    for (uint32_t i = 0; i < step->gives_n; i++)
        if (f->unit.fields[step->gives + i].slot == slot) return true;
    return step->machine == MACHINE_LUA && strstr(step->lua.text, f->vars[slot].name);
}

bool ir_lua_names(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += n) {
        char ahead = at > text ? at[-1] : ' ', behind = at[n];
        bool joined = isalnum((unsigned char)ahead) || ahead == '_' || isalnum((unsigned char)behind) || behind == '_';
        bool member = (ahead == '.' && !(at - text > 1 && at[-2] == '.')) || ahead == ':';
        if (!joined && !member) return true;
    }
    return false;
}

bool ir_lua_sets(const char *text, const char *name)
{
    LuaWords w = {.at = text};
    char word[LUA_WORD_BYTES];
    while (lua_word_next(&w, word, sizeof word)) {
        if (!lua_word_member(&w) && strcmp(word, name) == 0 && w.braces == 0 && lua_word_set(&w)) return true;
        lua_word_passed(&w, word);
    }
    return false;
}

static bool names_module(const IrFlow *f, const char *text, const char *module)
{
    return ir_lua_names(text, module) && ir_var(f, module) == IR_NONE;
}

static uint8_t text_reach(const IrFlow *f, const char *text)
{
    bool acts = names_module(f, text, "http") || names_module(f, text, "mail"), file = names_module(f, text, "file");
    bool asks = acts || file || names_module(f, text, "query");
    acts |= file && (strstr(text, "write") || strstr(text, "append"));
    return (asks ? LUA_ASKS : 0) | (acts ? LUA_ACTS : 0);
}

static uint8_t block_reach(const IrFlow *f, const char *text)
{
    uint8_t reach = text_reach(f, text);
    for (uint32_t i = 0; i < f->modules_n; i++)
        if (strstr(text, f->modules[i].name)) reach |= text_reach(f, f->modules[i].lua.text);
    return reach;
}

void ir_note_outside(IrFlow *f)
{
    IrStep *steps = (IrStep *)(uintptr_t)f->steps;         /* its maker still holds it */
    uint8_t around = 0;                                    /* by functions of the systems around, which all see */
    for (uint32_t i = 0; i < f->prelude_n; i++) around |= text_reach(f, f->prelude[i].text);
    for (uint32_t i = 0; i < f->steps_n; i++) {
        IrStep *s = &steps[i];
        if (s->machine == MACHINE_LUA) s->lua_reach = around | block_reach(f, s->lua.text);
        if (s->undo.machine == MACHINE_LUA) s->undo_reach = around | block_reach(f, s->undo.lua.text);
    }
}

static uint8_t reach_of(const IrStep *step, bool undo)
{
    return undo ? step->undo_reach : step->lua_reach;
}

bool ir_outside(const IrStep *step, bool undo)
{
    return reach_of(step, undo) & LUA_ACTS || machine_is_outside(undo ? step->undo.machine : step->machine);
}

bool ir_lua_asks(const IrStep *step, bool undo)
{
    return reach_of(step, undo) & LUA_ASKS;
}

bool ir_fills(const IrFlow *f, uint32_t node, uint32_t slot)
{
    const IrNode *n = &f->nodes[node];
    const IrNodeRow *row = ir_node_row(n->op);
    for (int i = 0; i < 4; i++) {
        uint32_t x = ir_node_operand(n, i);
        uint8_t operand = row->operands[i];
        if ((operand == NODE_SLOT || operand == NODE_SLOT0) && x == slot) return true;
        if (operand == NODE_STEP && step_fills(f, &f->steps[x], slot)) return true;
        for (uint32_t k = 0; operand == NODE_ARGS && k < n->args_n; k++)
            if (f->args[x + k].slot == slot) return true;
    }
    return false;
}

const char *ir_awaited(const IrFlow *f, uint32_t node)
{
    const IrNode *n = &f->nodes[node];
    return n->op == IRN_WAIT_EVENT || n->op == IRN_ON_EVENT ? f->unit.names[n->a] : NULL;
}

/* ---- names of rows ------------------------------------------------------------------------ */

const char *ir_node_name(uint16_t op)
{
    switch (op) {
#define IRNODE(NAME, number, a, b, c, d, children, meaning) case number: return #NAME;
#include "lang/ir.def"
#undef IRNODE
    }
    return NULL;
}

const char *ir_op_name(uint8_t op)
{
    switch (op) {
#define IRCODE(NAME, number, operand, pops, pushes, flow, meaning) case number: return #NAME;
#include "lang/ir.def"
#undef IRCODE
    }
    return NULL;
}

const char *ir_builtin_name(uint32_t b)
{
    switch (b) {
#define BUILTIN(NAME, number, name, least, most, signature, help) case number: return name;
#include "lang/ir.def"
#undef BUILTIN
    }
    return NULL;
}

const char *ir_aggregate_name(uint32_t k)
{
    switch (k) {
#define AGGREGATE(NAME, number, name, value) case number: return name;
#include "lang/ir.def"
#undef AGGREGATE
    }
    return NULL;
}

const char *ir_attribute_name(uint32_t a)
{
    switch (a) {
#define ATTRIBUTE(NAME, number, name, of_case, of_step, type, help) case number: return name;
#include "lang/ir.def"
#undef ATTRIBUTE
    }
    return NULL;
}

const char *ir_test_line_name(uint32_t kind)
{
    switch (kind) {
#define TESTLINE(NAME, number, name, meaning) case number: return name;
#include "lang/ir.def"
#undef TESTLINE
    }
    return NULL;
}

uint32_t ir_builtin_find(const char *name)
{
#define BUILTIN(NAME, number, text, least, most, signature, help) \
    if (strcmp(name, text) == 0) return number;
#include "lang/ir.def"
#undef BUILTIN
    return 0;
}

uint32_t ir_aggregate_find(const char *name)
{
#define AGGREGATE(NAME, number, text, value) \
    if (strcmp(name, text) == 0) return number;
#include "lang/ir.def"
#undef AGGREGATE
    return 0;
}

uint32_t ir_attribute_find(const char *name)
{
#define ATTRIBUTE(NAME, number, text, of_case, of_step, type, help) \
    if (strcmp(name, text) == 0) return number;
#include "lang/ir.def"
#undef ATTRIBUTE
    return 0;
}

/* ---- types -------------------------------------------------------------------------------- */

static const char *simple_name(IrTypeKind kind)
{
    switch (kind) {
    case TYPE_NONE: return "none";
    case TYPE_TEXT: return "text";
    case TYPE_NUMBER: return "number";
    case TYPE_MONEY: return "money";
    case TYPE_PERCENT: return "percent";
    case TYPE_DURATION: return "duration";
    case TYPE_DATE: return "date";
    case TYPE_TIME: return "time";
    case TYPE_DATETIME: return "datetime";
    case TYPE_BOOLEAN: return "boolean";
    case TYPE_FILE: return "file";
    case TYPE_PERSON: return "person";
    case TYPE_CHOICE:
    case TYPE_LIST:
    case TYPE_RECORD: break;           /* not simple */
    }
    return "?";
}

void ir_type_print(Buf *b, const IrUnit *u, uint32_t type)
{
    const IrType *t = &u->types[type];
    char code[4];
    if (t->kind == TYPE_LIST) {
        buf_puts(b, "list of ");
        ir_type_print(b, u, t->of);
    } else if (t->kind == TYPE_CHOICE) {
        buf_puts(b, "one of ");
        for (uint32_t i = 0; i < t->choices_n; i++) buf_printf(b, "%s%s", i ? ", " : "", t->choices[i]);
    } else if (t->kind == TYPE_RECORD) {
        buf_puts(b, t->name ? t->name : "record");
    } else {
        buf_puts(b, simple_name((IrTypeKind)t->kind));
    }
    if (t->kind == TYPE_MONEY && t->currency) {
        currency_unpack(t->currency, code);
        buf_printf(b, " in %s", code);
    }
    if (t->optional && t->kind != TYPE_NONE) buf_puts(b, " or none");
}
