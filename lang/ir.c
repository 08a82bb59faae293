/* ir.c -- looking things up in a program, and the names of the table's rows. */
#include "lang/ir.h"

#include <string.h>

#define FIND(Type, array, count, field)                     \
    for (uint32_t i = 0; i < p->count; i++)                 \
        if (strcmp(p->array[i].field, name) == 0) return &p->array[i]; \
    return NULL

const IrProcess *ir_process(const IrProgram *p, const char *name) { FIND(IrProcess, processes, processes_n, name); }
const IrRole *ir_role(const IrProgram *p, const char *name) { FIND(IrRole, roles, roles_n, name); }
const IrPerson *ir_person(const IrProgram *p, const char *name) { FIND(IrPerson, persons, persons_n, id); }
const IrEvent *ir_event(const IrProgram *p, const char *name) { FIND(IrEvent, events, events_n, name); }
const IrTable *ir_table(const IrProgram *p, const char *name) { FIND(IrTable, tables, tables_n, name); }
const IrMetric *ir_metric(const IrProgram *p, const char *name) { FIND(IrMetric, metrics, metrics_n, name); }
const Calendar *ir_calendar(const IrProgram *p, const char *name) { FIND(Calendar, calendars, calendars_n, name); }

const Zone *ir_zone(const IrProgram *p)
{
    return p->calendars_n == 1 ? p->calendars[0].zone : zone_utc();
}

uint32_t ir_step(const IrFlow *f, const char *name)
{
    for (uint32_t i = 0; i < f->steps_n; i++)
        if (strcmp(f->steps[i].name, name) == 0) return i;
    return IR_NONE;
}

uint32_t ir_node(const IrFlow *f, const char *name)
{
    for (uint32_t i = 0; i < f->nodes_n; i++)
        if (strcmp(f->nodes[i].name, name) == 0) return i;
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

/* ---- names -------------------------------------------------------------------------- */

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

uint32_t ir_builtin_find(const char *name)
{
#define BUILTIN(NAME, number, text, least, most, signature, help) if (strcmp(name, text) == 0) return number;
#include "lang/ir.def"
#undef BUILTIN
    return 0;
}

uint32_t ir_aggregate_find(const char *name)
{
#define AGGREGATE(NAME, number, text, value) if (strcmp(name, text) == 0) return number;
#include "lang/ir.def"
#undef AGGREGATE
    return 0;
}

uint32_t ir_attribute_find(const char *name)
{
#define ATTRIBUTE(NAME, number, text, of_case, of_step, type, help) if (strcmp(name, text) == 0) return number;
#include "lang/ir.def"
#undef ATTRIBUTE
    return 0;
}

void ir_type_print(Buf *b, const IrUnit *u, uint32_t type)
{
    static const char *const names[] = {"none", "text", "number", "money", "percent", "duration", "date", "time", "datetime", "boolean",
                                        "file", "person"};
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
        buf_puts(b, t->kind < sizeof names / sizeof *names ? names[t->kind] : "?");
        if (t->currency) currency_unpack(t->currency, code), buf_printf(b, " in %s", code);
    }
    if (t->optional) buf_puts(b, " or none");
}
