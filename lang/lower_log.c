/* lower_log.c -- logs of other systems: what a row of them says.
 *
 * A bare word is a column, whatever its name; a text is one too, for names with blanks
 * in them, except behind `step`, where it is the step's own name. Which columns a file has
 * shows only when it is read, so each that is asked for here, or by a check's
 * condition, becomes a field of the row. Their cells are texts; `like` says how
 * a moment stands in one.
 */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

typedef struct Logging {
    Lower *l;
    Sym *sym;
    IrLog *log;
} Logging;

/* ---- columns ------------------------------------------------------------------------------- */

static Binding *column(Logging *g, const char *name)
{
    Binding *b = ARENA_NEW(g->l->arena, Binding);
    const Type *type = symbols_column(&g->l->symbols, g->sym, name);
    uint32_t slot = 0;
    while (strcmp(map_key(g->sym->vars, slot, NULL), name) != 0)
        slot++;
    *b = (Binding){.name = name, .type = type, .slot = slot, .set = true, .at = g->sym->at};
    return b;
}

static Binding *find_column(void *self, const char *name)
{
    Logging *g = self;
    const Symbols *s = &g->l->symbols;
    bool other = names_known(s, SYM_TABLE, g->sym->prefix, name) ||
                 symbols_module(s, g->sym->prefix, name) != MODULE_NONE || strcmp(name, "today") == 0 ||
                 strcmp(name, "now") == 0;
    return other ? NULL : column(g, name);
}

static Expr over_row(Logging *g)
{
    Expr x = lower_expr(g->l, EXPR_ROW, g->l->symbols.unit, g->sym->prefix, lower_only_calendar(g->l));
    x.find = find_column;
    x.self = g;
    return x;
}

static void has_index(void *self, const Ast *ast)
{
    *(bool *)self |= ast->kind == AST_INDEX;
}

/* A row of a table that was lost to a mistake looks like an element of a column. */
static bool of_lost_table(const Logging *g, const Ast *e)
{
    bool index = false;
    if (g->l->symbols.lost[SYM_TABLE])
        lower_visit(e, has_index, &index);
    return index;
}

/* Of one of these kinds; none is always possible. */
static Code value(Logging *g, const Ast *e, const char *wanted, const uint8_t *kinds, const Type **type)
{
    Lower *l = g->l;
    Expr x = over_row(g);
    *type = type_unknown();
    if (of_lost_table(g, e))
        return CODE_NONE;
    bool quoted = e->kind == AST_LITERAL && e->literal.value.type == V_TEXT;
    const Ast *of = quoted ? ast_name(l->arena, e->at, (Name){e->literal.value.text, e->at}) : e;
    Code code = expr_lower(&x, of, NULL, type);
    for (const uint8_t *kind = kinds; *kind; kind++)
        if ((*type)->kind == *kind)
            return code;
    if ((*type)->kind == TYPE_UNKNOWN)
        return code;
    Diag *m = diag_add(l->diags, DIAG_E0371, e->at, "wanted %s, found %s", wanted,
                       type_text(l->arena, type_plain(l->arena, *type)));
    diag_hint(l->diags, m, "name a column, or a field of a table's row: Leads[id].seen");
    return code;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void moment(Logging *g, const Ast *ast, IrLogStep *step)
{
    static const uint8_t kinds[] = {TYPE_TEXT, TYPE_DATE, TYPE_DATETIME, 0};
    Lower *l = g->l;
    const Type *type;
    step->at = value(g, ast->log_step.at, "a moment, or a column that holds one", kinds, &type);
    if (type->kind == TYPE_TEXT) {
        bool clock = step->zone || lower_only_calendar(l) || !l->syms[SYM_CALENDAR].n ||
                     symbols_lost_clock(&l->symbols);
        if (clock)
            return;
        Diag *m = diag_add(l->diags, DIAG_E0309, ast->log_step.at->at,
                           "a moment is local to a calendar, and the file has %u", l->syms[SYM_CALENDAR].n);
        diag_hint(l->diags, m, "say its zone behind it: at ... in \"%s\"",
                  zone_name(l->symbols.program->calendars[0].zone));
    } else if (step->like && type->kind != TYPE_UNKNOWN) {
        Diag *m = diag_add(l->diags, DIAG_E0371, ast->log_step.at->at,
                           "`like` says how to read a text; this is %s already", type_text(l->arena, type));
        diag_hint(l->diags, m, "leave `like` out");
    }
}

static void options(Logging *g, const Ast *ast, IrLogStep *step)
{
    static const uint8_t persons[] = {TYPE_TEXT, TYPE_PERSON, TYPE_CHOICE, 0};
    Lower *l = g->l;
    lower_block(l);
    for (const Ast *o = ast->log_step.options; o; o = o->next) {
        const Type *type;
        if (o->kind != AST_OPTION || !lower_once(l, o->option.word, o->at))
            continue;
        if (o->option.word == K_BY) {
            step->by = value(g, o->option.value, "who did it", persons, &type);
        } else if (o->option.word == K_LIKE) {
            step->like = lower_text(l, o->option.value);
            lower_like(l, o, type_simple(TYPE_DATETIME));
        } else {
            step->zone = lower_text(l, o->option.value);
            lower_zone_option(l, o);
        }
    }
}

static void log_step(Logging *g, const Ast *ast, IrLogStep *step)
{
    static const uint8_t names[] = {TYPE_TEXT, TYPE_CHOICE, 0};
    const Ast *name = ast->log_step.step;
    const Type *type;
    *step = (IrLogStep){.step = CODE_NONE, .by = CODE_NONE, .place = lower_place(g->l, name->at)};
    options(g, ast, step);
    if (name->kind == AST_LITERAL && name->literal.value.type == V_TEXT) {
        step->name = name->literal.value.text;
        map_put(g->sym->steps, step->name, (void *)(uintptr_t)ast);
    } else {
        step->step = value(g, name, "what was done, or a column that says it", names, &type);
        g->sym->any_step = true;
    }
    moment(g, ast, step);
}

static void lacks(Logging *g, const char *what, const char *example)
{
    Diag *m = diag_add(g->l->diags, DIAG_E0372, g->sym->at, "log \"%s\" does not say %s", g->sym->name, what);
    diag_hint(g->l->diags, m, "add a line such as %s", example);
}

static void lower_log(Logging *g)
{
    static const uint8_t keys[] = {TYPE_TEXT, TYPE_NUMBER, TYPE_DATE, TYPE_CHOICE, TYPE_PERSON, 0};
    Lower *l = g->l;
    const Ast *ast = g->sym->ast, *first = NULL;
    VEC(IrLogStep) steps = {0};
    bool lost = false;
    for (const Ast *item = ast->log.items; item; item = item->next) {
        const Type *type;
        if (item->kind == AST_LOG_STEP) {
            log_step(g, item, VEC_PUSH(l->arena, &steps));
        } else if (item->kind == AST_LOG_CASE && !first) {
            first = item;
            g->log->key = value(g, item->log_case.key, "what tells cases apart", keys, &type);
        } else if (item->kind == AST_LOG_CASE) {
            Diag *m = diag_add(l->diags, DIAG_E0521, item->at, "`case` is said twice here");
            diag_hint(l->diags, m, "keep one of the two; two columns are joined: case \"${a} ${b}\"");
            lower_first(l, m, first->at);
        } else {
            lost = true;
        }
    }
    g->log->steps = steps.items, g->log->steps_n = steps.n;
    g->sym->broken = lost;
    g->log->own = map_count(g->sym->vars);
    if (!first && !lost)
        lacks(g, "which rows are one case", "case order_id");
    g->sym->any_step |= !steps.n;      /* whatever a rule speaks of was to be one */
    if (!steps.n && !lost)
        lacks(g, "what was done, and when", "step activity at time by person, or step \"Paid\" at paid_on");
}

void lower_logs(Lower *l)
{
    uint32_t n = l->syms[SYM_LOG].n;
    l->logs = ARENA_ARRAY(l->arena, IrLog, n);
    for (uint32_t i = 0; i < n; i++) {
        Sym *sym = l->syms[SYM_LOG].items[i];
        Logging g = {l, sym, &l->logs[i]};
        sym->vars = map_new(l->arena);
        sym->steps = map_new(l->arena);
        *g.log = (IrLog){.name = sym->name, .key = CODE_NONE, .place = lower_place(l, sym->at)};
        if (sym->ast->log.file) {
            g.log->file = lower_file(l, sym->prefix, sym->ast->log.file);
            lower_input(l, INPUT_LOG, g.log->file, sym->ast->log.file);
        }
        lower_log(&g);
    }
    l->symbols.program->logs = l->logs;
    l->symbols.program->logs_n = n;
}

void lower_log_columns(Lower *l)
{
    for (uint32_t i = 0; i < l->syms[SYM_LOG].n; i++) {
        const Map *columns = l->syms[SYM_LOG].items[i]->vars;
        uint32_t n = map_count(columns);
        TypeField *fields = ARENA_ARRAY(l->arena, TypeField, n);
        for (uint32_t k = 0; k < n; k++)
            fields[k] = (TypeField){{map_key(columns, k, NULL), {0, 0}},
                                    type_optional(l->arena, type_simple(TYPE_TEXT)), NULL};
        Type *row = ARENA_NEW(l->arena, Type);
        *row = (Type){.kind = TYPE_RECORD, .fields = fields, .fields_n = n};
        l->logs[i].type = unit_type(l->symbols.unit, row);
    }
}
