/* check_prompt.c -- an expression typed at the prompt, against a program that is compiled already.
 *
 * The tree of that program is gone; its names and types are read back from
 * the IR. The expression is lowered into a unit of its own, which is then put
 * behind the program's: so whatever the program refers to keeps its number,
 * and the new metric "it" is the last.
 */
#include "lang/lower.h"
#include <assert.h>
#include <string.h>

/* ---- types, read back ---------------------------------------------------------------------- */

typedef struct Reader {
    Arena *arena;
    Map *named;                    /* name -> Type: records and named types are one object each */
} Reader;

static const Type *read_type(Reader *r, const IrUnit *u, uint32_t index, uint32_t depth);

static void read_fields(Reader *r, const IrUnit *u, const IrType *from, Type *to, uint32_t depth)
{
    TypeField *fields = ARENA_ARRAY(r->arena, TypeField, from->fields_n);
    for (uint32_t i = 0; i < from->fields_n; i++) {
        const IrField *field = &u->fields[from->fields + i];
        fields[i] = (TypeField){{field->name, {0, 0}}, read_type(r, u, field->type, depth + 1), NULL};
    }
    to->fields = fields;
    to->fields_n = from->fields_n;
}

/* Without `or none`, which is laid around it. */
static const Type *read_plain(Reader *r, const IrUnit *u, const IrType *from, uint32_t depth)
{
    if (from->kind < TYPE_CHOICE && from->kind != TYPE_MONEY)
        return type_simple(from->kind);
    if (from->kind == TYPE_LIST)
        return type_list(r->arena, read_type(r, u, from->of, depth + 1));
    void **slot = from->name ? map_slot(r->named, from->name) : NULL;
    if (slot && *slot && ((const Type *)*slot)->kind == from->kind)
        return *slot;
    Type *type = ARENA_NEW(r->arena, Type);
    *type = (Type){.kind = from->kind,
                   .currency = from->currency,
                   .name = from->name,
                   .choices = from->choices,
                   .choices_n = from->choices_n,
                   .key = from->key};
    if (slot)
        *slot = type;
    if (from->kind == TYPE_RECORD)
        read_fields(r, u, from, type, depth);
    return type;
}

static const Type *read_type(Reader *r, const IrUnit *u, uint32_t index, uint32_t depth)
{
    if (index >= u->types_n || depth > 200)
        return type_unknown();
    const IrType *from = &u->types[index];
    const Type *type = read_plain(r, u, from, depth);
    return from->optional ? type_optional(r->arena, type) : type;
}

static TypeField *read_range(Reader *r, const IrUnit *u, uint32_t first, uint32_t n)
{
    TypeField *fields = ARENA_ARRAY(r->arena, TypeField, n);
    for (uint32_t i = 0; i < n; i++)
        fields[i] = (TypeField){
            {u->fields[first + i].name, {0, 0}}, read_type(r, u, u->fields[first + i].type, 0), NULL};
    return fields;
}

/* ---- names, read back ------------------------------------------------------------------------ */

static Sym *add(Symbols *s, SymKind kind, const char *name, uint32_t index)
{
    Sym *sym = ARENA_NEW(s->arena, Sym);
    *sym = (Sym){.kind = kind, .name = intern(s->names, name, strlen(name)), .prefix = "", .index = index};
    map_put(s->of[kind], sym->name, sym);
    return sym;
}

static void add_process(Symbols *s, Reader *r, const IrProcess *p, uint32_t index)
{
    static Ast some_step;                      /* the map only says that there is one */
    const IrFlow *flow = p->flow;
    Sym *sym = add(s, SYM_PROCESS, p->name, index);
    sym->steps = map_new(s->arena);
    sym->vars = map_new(s->arena);
    for (uint32_t i = 0; i < flow->steps_n; i++)
        map_put(sym->steps, flow->steps[i].name, &some_step);
    for (uint32_t i = 0; i < flow->vars_n; i++)
        if (flow->vars[i].scope == 0)
            map_put(sym->vars, flow->vars[i].name, (void *)read_type(r, &flow->unit, flow->vars[i].type, 0));
    sym->takes = read_range(r, &flow->unit, flow->takes, flow->takes_n);
    sym->takes_n = flow->takes_n;
    sym->gives = read_range(r, &flow->unit, flow->gives, flow->gives_n);
    sym->gives_n = flow->gives_n;
    sym->result = type_unknown();
}

static void add_log(Symbols *s, const IrProgram *p, uint32_t index)
{
    static Ast some_step;
    const IrLog *log = &p->logs[index];
    const IrType *row = &p->unit.types[log->type];
    Sym *sym = add(s, SYM_LOG, log->name, index);
    sym->steps = map_new(s->arena);
    sym->vars = map_new(s->arena);
    for (uint32_t i = 0; i < row->fields_n; i++)
        (void)symbols_column(s, sym, row->shape->fields[i]);
    for (uint32_t i = 0; i < log->steps_n; i++) {
        sym->any_step |= !log->steps[i].name;
        if (log->steps[i].name)
            map_put(sym->steps, log->steps[i].name, &some_step);
    }
}

static void add_types(Symbols *s, Reader *r, const IrUnit *u)
{
    for (uint32_t i = 0; i < u->types_n; i++) {
        const IrType *t = &u->types[i];
        if (!t->name || map_get(s->of[SYM_RECORD], t->name) || map_get(s->of[SYM_TYPE], t->name))
            continue;
        Sym *sym = add(s, t->kind == TYPE_RECORD ? SYM_RECORD : SYM_TYPE, t->name, 0);
        sym->type = type_plain(s->arena, read_type(r, u, i, 0));
    }
}

static void read_program(Symbols *s, const IrProgram *p)
{
    Reader r = {s->arena, map_new(s->arena)};
    add_types(s, &r, &p->unit);
    for (uint32_t i = 0; i < p->calendars_n; i++)
        (void)add(s, SYM_CALENDAR, p->calendars[i].name, i);
    for (uint32_t i = 0; i < p->persons_n; i++)
        (void)add(s, SYM_PERSON, p->persons[i].id, i);
    for (uint32_t i = 0; i < p->roles_n; i++)
        (void)add(s, SYM_ROLE, p->roles[i].name, i);
    for (uint32_t i = 0; i < p->tables_n; i++)
        add(s, SYM_TABLE, p->tables[i].name, i)->type = read_type(&r, &p->unit, p->tables[i].type, 0);
    for (uint32_t i = 0; i < p->systems_n; i++)
        (void)add(s, SYM_SYSTEM, p->systems[i].name, i);
    for (uint32_t i = 0; i < p->processes_n; i++)
        add_process(s, &r, &p->processes[i], i);
    for (uint32_t i = 0; i < p->logs_n; i++)
        add_log(s, p, i);
    for (uint32_t i = 0; i < p->metrics_n; i++)
        add(s, SYM_METRIC, p->metrics[i].name, i)->type = read_type(&r, &p->unit, p->metrics[i].type, 0);
    for (uint32_t i = 0; i < p->aggregates_n; i++)
        *VEC_PUSH(s->arena, &s->aggregates) = p->aggregates[i];
}

/* ---- one unit behind another -------------------------------------------------------------------- */

typedef enum Operand {
#define O(name) OPERAND_##name,
    O(NONE) O(CONST) O(SLOT) O(NAME) O(N) O(TYPE) O(TARGET) O(BUILTIN) O(CALENDAR) O(ATTR) O(METRIC) O(AGG)
#undef O
} Operand;

static Operand operand_of(uint8_t op)
{
    switch ((IrOp)op) {
#define IRCODE(NAME, number, operand, pops, pushes, flow, meaning) case IR_##NAME: return OPERAND_##operand;
#include "lang/ir.def"
#undef IRCODE
    }
    return OPERAND_NONE;
}

#define ANY_CALENDAR 0xffffffu                 /* no calendar is named: all bits of the operand */

static uint32_t moved(uint32_t word, const IrUnit *base)
{
    uint32_t op = IR_INSTRUCTION_OP(word), operand = IR_INSTRUCTION_OPERAND(word);
    switch (operand_of((uint8_t)op)) {
    case OPERAND_CONST: operand += base->consts_n; break;
    case OPERAND_NAME: operand += base->names_n; break;
    case OPERAND_CALENDAR: operand += operand == ANY_CALENDAR ? 0 : base->names_n; break;
    case OPERAND_TYPE: operand += base->types_n; break;
    case OPERAND_TARGET: operand += base->code_n; break;
    case OPERAND_NONE:
    case OPERAND_SLOT:
    case OPERAND_N:
    case OPERAND_BUILTIN:
    case OPERAND_ATTR:
    case OPERAND_METRIC:
    case OPERAND_AGG: break;
    }
    return IR_INSTRUCTION(op, operand);
}

static void *joined(Arena *a, const void *first, size_t n, const void *second, size_t m, size_t size)
{
    char *both = arena_alloc(a, (n + m) * size);
    if (n)
        memcpy(both, first, n * size);
    if (m)
        memcpy(both + n * size, second, m * size);
    return both;
}

static Code moved_code(Code code, const IrUnit *base)
{
    return code == CODE_NONE ? CODE_NONE : code + base->code_n;
}

/* What the unit's own types and fields refer to moves with them. */
static void move_types(IrType *types, uint32_t types_n, IrField *fields, uint32_t fields_n,
                       const IrUnit *base)
{
    for (uint32_t i = 0; i < types_n; i++) {
        if (types[i].kind == TYPE_LIST)
            types[i].of += base->types_n;
        if (types[i].kind == TYPE_RECORD)
            types[i].fields += base->fields_n;
    }
    for (uint32_t i = 0; i < fields_n; i++) {
        fields[i].type += base->types_n;
        fields[i].initial = moved_code(fields[i].initial, base);
        fields[i].where = moved_code(fields[i].where, base);
    }
}

static void join_units(Arena *a, const IrUnit *base, const IrUnit *own, IrUnit *out)
{
#define JOIN(part) joined(a, base->part, base->part##_n, own->part, own->part##_n, sizeof *own->part)
    const char **names = JOIN(names);
    Value *consts = JOIN(consts);
    uint32_t *code = JOIN(code);
    IrType *types = JOIN(types);
    IrField *fields = JOIN(fields);
#undef JOIN
    for (uint32_t i = 0; i < own->code_n; i++)
        code[base->code_n + i] = moved(own->code[i], base);
    move_types(types + base->types_n, own->types_n, fields + base->fields_n, own->fields_n, base);
    *out = (IrUnit){names, base->names_n + own->names_n, consts, base->consts_n + own->consts_n,
                    code, base->code_n + own->code_n, types, base->types_n + own->types_n,
                    fields, base->fields_n + own->fields_n};
}

/* ---- the expression ---------------------------------------------------------------------------------- */

static void finish(Symbols *s, const IrProgram *base, IrMetric it, const Type *type)
{
    it.type = unit_type(s->unit, type);
    IrUnit own;
    unit_finish(s->unit, &own);
    IrProgram *p = s->program;
    join_units(s->arena, &base->unit, &own, &p->unit);
    it.type += base->unit.types_n;
    it.code = moved_code(it.code, &base->unit);
    it.by = moved_code(it.by, &base->unit);
    for (uint32_t i = base->aggregates_n; i < s->aggregates.n; i++) {
        s->aggregates.items[i].value = moved_code(s->aggregates.items[i].value, &base->unit);
        s->aggregates.items[i].where = moved_code(s->aggregates.items[i].where, &base->unit);
    }
    p->aggregates = s->aggregates.items;
    p->aggregates_n = s->aggregates.n;
    p->metrics = joined(s->arena, base->metrics, base->metrics_n, &it, 1, sizeof it);
    p->metrics_n = base->metrics_n + 1;
    Error err;
    bool sound = ir_verify(p, &err) == ST_OK;
    assert(sound && "a mistake in ops itself");
    (void)sound;
}

/* `count(...) by lead.source`: the parser gives a METRIC without a name. */
static void lower_prompt(Lower *l, const IrProgram *base, Ast *ast)
{
    if (ast->kind != AST_METRIC)
        ast = ast_metric(l->arena, ast->at, (Name){"it", ast->at}, ast, NULL);
    Sym sym = {.kind = SYM_METRIC, .name = "it", .at = ast->at, .ast = ast, .prefix = "", .index = 0};
    IrMetric it;
    l->metrics = &it;
    lower_metric_alone(l, &sym);
    if (diags_errors(l->diags) == 0)
        finish(&l->symbols, base, it, sym.type);
}

static Lower *prompt_lower(Compilation *c, const IrProgram *base)
{
    Lower *l = ARENA_NEW(c->arena, Lower);
    l->arena = c->arena;
    l->diags = c->diags;
    Symbols *s = &l->symbols;
    symbols_begin(s, c->arena, c->diags);
    *s->program = *base;
    s->program->arena = c->arena;
    read_program(s, base);
    for (uint32_t i = 0; i < base->calendars_n; i++)
        *VEC_PUSH(l->arena, &l->syms[SYM_CALENDAR]) = map_get(s->of[SYM_CALENDAR], base->calendars[i].name);
    return l;
}

Compilation *compile_expression(const IrProgram *base, const char *text, size_t n)
{
    Arena *a = arena_new();
    Compilation *c = ARENA_NEW(a, Compilation);
    c->arena = a;
    c->sources = sources_new(a);
    c->diags = diags_new(a, c->sources);
    uint32_t offset = sources_add(c->sources, "prompt", text, n);
    Lower *l = prompt_lower(c, base);
    Ast *ast = NULL;
    PromptState state = parse_prompt(a, l->symbols.names, c->diags, offset, text, n, &ast);
    if (state == PROMPT_EXPRESSION) {
        lower_prompt(l, base, ast);
    } else if (diags_errors(c->diags) == 0) {
        Diag *m = diag_add(c->diags, DIAG_E0101, (Span){offset, offset + (uint32_t)n},
                           "this is no value and no metric");
        diag_hint(c->diags, m, "write a value or a figure, such as count(Close, last 30 days)");
    }
    if (diags_errors(c->diags) == 0)
        c->program = l->symbols.program;
    return c;
}
