/* lower_field.c -- fields into a unit: their texts, and the code of their conditions.
 *
 * A unit is stored and used without its program, so each carries the fields of
 * every record that it speaks of, with all that is said beside their types.
 */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

const Ast *lower_option(const Ast *field, Word word)
{
    if (!field || field->kind != AST_FIELD)
        return NULL;
    for (const Ast *o = field->field.options; o; o = o->next)
        if (o->kind == AST_OPTION && o->option.word == word)
            return o;
    return NULL;
}

bool lower_required(const TypeField *field)
{
    return !field->type->optional && field->type->kind != TYPE_UNKNOWN && !lower_option(field->ast, '=');
}

void lower_clocks(Lower *l, const TypeField *fields, uint32_t n, const char *calendar, Span at, const char *advice)
{
    uint32_t calendars = l->syms[SYM_CALENDAR].n;
    if (calendar || calendars < 2 || symbols_lost_clock(&l->symbols))
        return;
    for (uint32_t i = 0; i < n; i++) {
        const Type *type = fields[i].type->kind == TYPE_LIST ? fields[i].type->of : fields[i].type;
        if (type->kind != TYPE_DATETIME || lower_option(fields[i].ast, K_IN))
            continue;
        Diag *m = diag_add(l->diags, DIAG_E0309, at.to ? at : fields[i].name.at,
                           "a moment is local to a calendar, \"%s\" says no zone, and the file has %u calendars",
                           fields[i].name.text, calendars);
        diag_hint(l->diags, m, "write %s datetime in \"%s\"%s", fields[i].name.text,
                  zone_name(l->symbols.program->calendars[0].zone), advice);
        if (at.to)
            lower_first(l, m, fields[i].name.at);
    }
}

static Binding *find_row(void *self, const char *name)
{
    return map_get(((RowScope *)self)->map, name);
}

static uint32_t visible_row(void *self, const char *const **names)
{
    RowScope *row = self;
    *names = row->names;
    return row->n;
}

static Binding *field_of_row(void *self, Binding *of, const char *name)
{
    Binding *b = ARENA_NEW(((RowScope *)self)->arena, Binding);
    *b = (Binding){.name = name, .set = true, .next = of->fields};
    return of->fields = b;
}

void lower_row_scope(Lower *l, RowScope *row, const TypeField *fields, uint32_t n)
{
    row->arena = l->arena;
    row->map = map_new(l->passing);
    row->bindings = ARENA_ARRAY(l->arena, Binding, n);
    row->names = ARENA_ARRAY(l->passing, const char *, n);
    row->n = n;
    for (uint32_t i = 0; i < n; i++) {
        row->bindings[i] = (Binding){.name = fields[i].name.text,
                                     .type = fields[i].type,
                                     .slot = i,
                                     .set = true,
                                     .at = fields[i].name.at};
        row->names[i] = fields[i].name.text;
        map_put(row->map, fields[i].name.text, &row->bindings[i]);
    }
}

Expr lower_row_expr(Lower *l, RowScope *row, UnitBuilder *u, const char *prefix, const char *calendar)
{
    Expr x = lower_expr(l, EXPR_ROW, u, prefix, calendar);
    x.find = find_row;
    x.visible = visible_row;
    x.field = field_of_row;
    x.self = row;
    return x;
}

static const char *option_text(const Ast *field, Word word)
{
    const Ast *o = lower_option(field, word);
    const Ast *value = o ? o->option.value : NULL;
    return value && value->kind == AST_LITERAL && value->literal.value.type == V_TEXT
               ? value->literal.value.text
               : NULL;
}

void lower_field(Lower *l, UnitBuilder *u, uint32_t i, const TypeField *field)
{
    (void)l;
    uint32_t type = unit_type(u, field->type);
    *unit_field(u, i) = (IrField){.name = field->name.text,
                                  .type = type,
                                  .column = option_text(field->ast, K_FROM),
                                  .like = option_text(field->ast, K_LIKE),
                                  .zone = option_text(field->ast, K_IN),
                                  .matching = option_text(field->ast, K_MATCHING),
                                  .initial = CODE_NONE,
                                  .where = CODE_NONE,
                                  .slot = IR_NONE};
}

void lower_field_codes(Lower *l, UnitBuilder *u, uint32_t i, const TypeField *field, Expr *initial, Expr *where)
{
    const Ast *value = initial ? lower_option(field->ast, '=') : NULL;
    const Ast *condition = where ? lower_option(field->ast, K_WHERE) : NULL;
    if (value) {
        Code code = expr_lower(initial, value->option.value, field->type, NULL);
        unit_field(u, i)->initial = code;
    }
    if (condition) {
        Code code = expr_condition(where, condition->option.value, "every value fits", "no value ever fits");
        unit_field(u, i)->where = code;
        unit_field(u, i)->where_text = lower_source(l, condition->option.value->at);
    }
}

/* The record or event that a unit's type was made from. */
static const Sym *record_of(const Lower *l, const IrType *type)
{
    static const SymKind kinds[] = {SYM_RECORD, SYM_EVENT};
    for (size_t k = 0; type->name && k < 2; k++) {
        const Sym *sym = map_get(l->symbols.of[kinds[k]], type->name);
        bool same = sym && sym->type && sym->type->fields_n == type->fields_n;
        for (uint32_t i = 0; same && i < type->fields_n; i++)
            same = strcmp(sym->type->fields[i].name.text, type->shape->fields[i]) == 0;
        if (same)
            return sym;
    }
    return NULL;
}

static bool has_code(const Type *type)
{
    for (uint32_t i = 0; i < type->fields_n; i++)
        if (lower_option(type->fields[i].ast, '=') || lower_option(type->fields[i].ast, K_WHERE))
            return true;
    return false;
}

static void fill_record(Lower *l, UnitBuilder *u, const IrType *type, const Sym *sym)
{
    const Type *record = sym->type;
    for (uint32_t i = 0; i < type->fields_n; i++)
        lower_field(l, u, type->fields + i, &record->fields[i]);
    if (!has_code(record))
        return;
    RowScope row;
    lower_row_scope(l, &row, record->fields, record->fields_n);
    Expr where = lower_row_expr(l, &row, u, sym->prefix, lower_only_calendar(l));
    Expr initial = lower_expr(l, EXPR_ROW, u, sym->prefix, lower_only_calendar(l));
    for (uint32_t i = 0; i < type->fields_n; i++)
        lower_field_codes(l, u, type->fields + i, &record->fields[i], &initial, &where);
}

void lower_conditions(Lower *l, UnitBuilder *u, uint32_t *done)
{
    for (;;) {
        IrUnit now;
        unit_finish(u, &now);
        if (*done >= now.types_n)
            return;
        IrType type = now.types[(*done)++];
        const Sym *sym = type.kind == TYPE_RECORD ? record_of(l, &type) : NULL;
        if (sym)
            fill_record(l, u, &type, sym);
    }
}
