/* expr_fits.c -- constants that a field's own condition or pattern refuses.
 *
 * What is written as `Lead(budget = $1)` or `with price = $1` is known before anything runs, and so is
 * often whether the field takes it. A condition is proved with all that is known of the fields beside it.
 */
#include "base/pattern.h"
#include "lang/expr_private.h"
#include "lang/grammar.h"
#include <string.h>

const Value *expr_known_code(const Expr *x, Code code)
{
    IrUnit u;
    unit_finish(x->unit, &u);
    bool alone = code != CODE_NONE && code + 1 < u.code_n && IR_INSTRUCTION_OP(u.code[code]) == IR_CONST &&
                 IR_INSTRUCTION_OP(u.code[code + 1]) == IR_END;
    return alone ? &u.consts[IR_INSTRUCTION_OPERAND(u.code[code])] : NULL;
}

/* ---- fields as variables -------------------------------------------------------------------- */

typedef struct Row {
    const TypeField *fields;
    Binding *bindings;
    uint32_t n;
} Row;

static Binding *find_field(void *self, const char *name)
{
    Row *row = self;
    for (uint32_t i = 0; i < row->n; i++)
        if (strcmp(row->fields[i].name.text, name) == 0)
            return &row->bindings[i];
    return NULL;
}

static uint32_t no_names(void *self, const char *const **names)
{
    (void)self;
    *names = NULL;
    return 0;
}

static Expr row_of(const Expr *x, const Fitting *f, Row *row, Arena *scratch)
{
    *row = (Row){f->fields, ARENA_ARRAY(scratch, Binding, f->n), f->n};
    for (uint32_t i = 0; i < f->n; i++)
        row->bindings[i] = (Binding){.name = f->fields[i].name.text, .type = f->fields[i].type, .slot = i, .set = true,
                                     .narrowed = f->values[i].text != NULL};
    return (Expr){.symbols = x->symbols, .unit = unit_new(scratch), .place = EXPR_ROW, .prefix = f->prefix,
                  .find = find_field, .visible = no_names, .self = row, .calendar = x->calendar};
}

/* ---- conditions ------------------------------------------------------------------------------- */

/* The code of the condition with each known value in its field's place. */
static IrUnit with_values(const Fitting *f, UnitBuilder *unit, Arena *scratch)
{
    IrUnit u;
    uint32_t *constants = ARENA_ARRAY(scratch, uint32_t, f->n);
    for (uint32_t i = 0; i < f->n; i++)
        constants[i] = f->values[i].text ? unit_const(unit, f->values[i].value) : 0;
    unit_finish(unit, &u);
    uint32_t *code = ARENA_ARRAY(scratch, uint32_t, u.code_n);
    for (uint32_t i = 0; i < u.code_n; i++) {
        uint32_t slot = IR_INSTRUCTION_OPERAND(u.code[i]);
        bool known = IR_INSTRUCTION_OP(u.code[i]) == IR_SLOT && f->values[slot].text;
        code[i] = known ? IR_INSTRUCTION(IR_CONST, constants[slot]) : u.code[i];
    }
    u.code = code;
    return u;
}

/* Is the condition surely no? One with a mistake in it, which was told, says nothing. */
static bool is_refused(const Expr *x, const Fitting *f, const Ast *condition)
{
    Arena *scratch = x->symbols->scratch;
    Diags *d = expr_diags(x);
    Row row;
    Expr own = row_of(x, f, &row, scratch);
    uint32_t before = diags_count(d) + diags_followed(d), because;
    bool sound = expr_walk(&own, condition, NULL)->kind == TYPE_BOOLEAN && !diags_told_in(d, condition->at) &&
                 diags_count(d) + diags_followed(d) == before;
    if (!sound)
        return false;
    unit_emit(own.unit, IR_END, 0);
    IrUnit u = with_values(f, own.unit, scratch);
    Proving p = {.arena = scratch, .unit = &u};
    return prove(&p, 0, u.code_n - 1, &because) == PROOF_NO;
}

static bool is_unlike(const Ast *pattern, const Value *value)
{
    regex_t compiled;
    bool both = value->type == V_TEXT && pattern->kind == AST_LITERAL && pattern->literal.value.type == V_TEXT;
    if (!both || pattern_compile(pattern->literal.value.text, &compiled, NULL) != ST_OK)
        return false;
    bool unlike = regexec(&compiled, value->text, 0, NULL, 0) == REG_NOMATCH;
    regfree(&compiled);
    return unlike;
}

static const Ast *refusing(const Expr *x, const Fitting *f, uint32_t i)
{
    const Ast *ast = f->fields[i].ast;
    for (const Ast *o = ast && ast->kind == AST_FIELD ? ast->field.options : NULL; o; o = o->next) {
        const Ast *value = o->kind == AST_OPTION ? o->option.value : NULL;
        if (value && ((o->option.word == K_WHERE && is_refused(x, f, value)) ||
                      (o->option.word == K_MATCHING && is_unlike(value, &f->values[i].value))))
            return o;
    }
    return NULL;
}

void expr_fits(const Expr *x, const Fitting *f)
{
    for (uint32_t i = 0; i < f->n && x->symbols->scratch; i++) {
        const Ast *by = f->values[i].text ? refusing(x, f, i) : NULL;
        arena_reset(x->symbols->scratch);
        if (!by)
            continue;
        const Ast *text = f->values[i].text;
        Diag *m = diag_add(expr_diags(x), DIAG_E0377, text->at, "%s cannot be %s: wanted %s%s", f->fields[i].name.text,
                           expr_source(x, text), by->option.word == K_MATCHING ? "a text matching " : "",
                           expr_source(x, by->option.value));
        diag_hint(expr_diags(x), m, "give it a value that fits, or let the field take this one");
        m->related = by->option.value->at;
    }
}
