/* expr.c -- the walk over an expression: names, fields, literals.
 *
 * A bare word means, in this order: a variable; an attribute of the case; today or now; a metric;
 * where a choice is wanted, one of its words; where a person is wanted, a person.
 */
#include "lang/expr_private.h"

#include <string.h>

Arena *expr_arena(const Expr *x) { return x->symbols->arena; }
Diags *expr_diags(const Expr *x) { return x->symbols->diags; }
const Type *expr_wrong(void) { return type_unknown(); }
bool expr_is_name(const Ast *e, const char *name) { return e->kind == AST_NAME && strcmp(e->name.name.text, name) == 0; }

void expr_const(Expr *x, Value v)
{
    unit_emit(x->unit, IR_CONST, unit_const(x->unit, v));
}

const Type *expr_plain(Expr *x, const Ast *e, const Type *t, const char *what)
{
    if (!t->optional && t->kind != TYPE_NONE) return t;
    if (x->place == EXPR_CASES && t->kind != TYPE_NONE) return type_plain(expr_arena(x), t);
    Diag *m = diag_add(expr_diags(x), DIAG_E0303, e->at, "this may be none, and %s", what);
    if (e->kind == AST_NAME) diag_hint(expr_diags(x), m, "ask first: if %s is not none <", e->name.name.text);
    else diag_hint(expr_diags(x), m, "set a variable to it and ask first: if it is not none <");
    return t->kind == TYPE_NONE ? expr_wrong() : type_plain(expr_arena(x), t);
}

bool expr_calendar(Expr *x, Span at, const char *why, uint32_t *operand)
{
    uint32_t n = map_count(x->symbols->of[SYM_CALENDAR]);
    *operand = 0xffffff;
    if (x->calendar) {
        *operand = unit_name(x->unit, x->calendar);
        return true;
    }
    if (n < 2) return true;                /* the file's only one, or UTC */
    Diag *m = diag_add(expr_diags(x), DIAG_E0309, at, "%s, and the file has %u", why, n);
    diag_hint(expr_diags(x), m, "say in which: ... in %s", map_key(x->symbols->of[SYM_CALENDAR], 0, NULL));
    return false;
}

/* ---- literals ------------------------------------------------------------------------ */

static const Type *literal_type(const Expr *x, const Value *v)
{
    static const uint8_t kinds[V_COUNT] = {TYPE_NONE, TYPE_BOOLEAN, TYPE_NUMBER, TYPE_PERCENT, TYPE_MONEY, TYPE_DURATION, TYPE_DATE, TYPE_TIME,
                                           TYPE_DATETIME, TYPE_TEXT, TYPE_FILE, TYPE_PERSON, TYPE_LIST, TYPE_RECORD};
    if (v->type == V_MONEY || (v->type == V_DURATION && v->aux == DUR_MONTHS)) {
        Type *t = ARENA_NEW(expr_arena(x), Type);
        *t = (Type){.kind = kinds[v->type], .currency = v->unit, .months = v->type == V_DURATION};
        return t;
    }
    return type_simple(kinds[v->type]);
}

static const Type *literal(Expr *x, const Ast *e, const Type *hint)
{
    Value v = e->literal.value;
    uint32_t calendar;
    if (v.type == V_DATETIME && v.aux == 1) {
        v.aux = 0;
        expr_const(x, v);
        if (expr_calendar(x, e->at, "a moment is local to a calendar", &calendar)) unit_emit(x->unit, IR_LOCAL, calendar);
        return type_simple(TYPE_DATETIME);
    }
    if (v.type == V_TEXT && hint && hint->kind == TYPE_PERSON) v.type = V_PERSON;
    /* A choice may stand in quotes: "not yet". */
    if (v.type == V_TEXT && hint && hint->kind == TYPE_CHOICE) {
        for (uint32_t i = 0; i < hint->choices_n; i++) {
            if (strcmp(hint->choices[i], v.text) != 0) continue;
            expr_const(x, v);
            return type_plain(expr_arena(x), hint);
        }
    }
    expr_const(x, v);
    return literal_type(x, &v);
}

static const Type *business(Expr *x, const Ast *e)
{
    const char *calendar = x->calendar;
    if (e->business.calendar.text) {
        Sym *sym = symbols_need(x->symbols, SYM_CALENDAR, x->prefix, e->business.calendar);
        if (!sym) return expr_wrong();
        calendar = sym->name;
    } else if (!calendar && map_count(x->symbols->of[SYM_CALENDAR]) == 1) {
        calendar = map_key(x->symbols->of[SYM_CALENDAR], 0, NULL);
    }
    if (!calendar) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0309, e->at, "business time belongs to a calendar, and it is not clear which");
        diag_hint(expr_diags(x), m, "write `... in Office` behind it, with a calendar of this file, or say where the role `works`");
        return expr_wrong();
    }
    Business *b = ARENA_NEW(expr_arena(x), Business);
    *b = (Business){e->business.amount, calendar};
    expr_const(x, (Value){.type = V_DURATION, .aux = e->business.days ? DUR_BUSINESS_DAYS : DUR_BUSINESS_TIME, .business = b});
    Type *t = ARENA_NEW(expr_arena(x), Type);
    *t = (Type){.kind = TYPE_DURATION, .business = true};
    return t;
}

/* ---- names ------------------------------------------------------------------------------- */

static const Type *binding(Expr *x, const Ast *e, Binding *b)
{
    b->read = true;
    unit_emit(x->unit, IR_SLOT, b->slot);
    if (!b->set) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0304, e->at, "`%s` may have no value here: not every way that leads here sets it", b->name);
        diag_hint(expr_diags(x), m, "set it on every way, or give it a first value");
        m->related = b->at;
        return expr_wrong();
    }
    return b->narrowed ? type_plain(expr_arena(x), b->type) : b->type;
}

typedef struct AttributeRow { const char *name; uint8_t kind; bool optional, of_case, of_step; } AttributeRow;

/* The type behind an attribute's words in ir.def. */
static const Type *attribute_type(Expr *x, IrAttribute attr)
{
    const char *text = NULL;
    switch (attr) {
#define ATTRIBUTE(NAME, number, name, of_case, of_step, type, help) case ATTR_##NAME: text = type; break;
#include "lang/ir.def"
#undef ATTRIBUTE
    }
    static const struct { const char *word; uint8_t kind; } words[] = {
        {"datetime", TYPE_DATETIME}, {"boolean", TYPE_BOOLEAN}, {"duration", TYPE_DURATION}, {"money", TYPE_MONEY}, {"text", TYPE_TEXT},
        {"person", TYPE_PERSON}, {"number", TYPE_NUMBER}};
    const Type *t = type_unknown();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(text, words[i].word, strlen(words[i].word)) == 0) t = type_simple(words[i].kind);
    return strstr(text, "or none") && x->place != EXPR_CASES ? type_optional(expr_arena(x), t) : t;
}

static bool is_attribute(const char *name, bool of_step, IrAttribute *out)
{
#define ATTRIBUTE(NAME, number, text, of_case_, of_step_, type, help) \
    if (strcmp(name, text) == 0 && (of_step ? of_step_ : of_case_)) return *out = ATTR_##NAME, true;
#include "lang/ir.def"
#undef ATTRIBUTE
    return false;
}

static bool is_choice_of(const Type *t, const char *word)
{
    for (uint32_t i = 0; t && t->kind == TYPE_CHOICE && i < t->choices_n; i++)
        if (strcmp(t->choices[i], word) == 0) return true;
    return false;
}

static const Type *metric(Expr *x, Sym *sym)
{
    unit_emit(x->unit, IR_METRIC, sym->index);
    *VEC_PUSH(expr_arena(x), &x->metrics) = sym->index;
    return sym->type ? sym->type : type_unknown();
}

static const Type *no_such_name(Expr *x, const Ast *e, const Type *hint)
{
    const char *word = e->name.name.text, *const *visible = NULL;
    uint32_t n = x->visible ? x->visible(x->self, &visible) : 0, choices = hint && hint->kind == TYPE_CHOICE ? hint->choices_n : 0;
    const char **all = ARENA_ARRAY(expr_arena(x), const char *, n + choices + 1);
    for (uint32_t i = 0; i < n; i++) all[i] = visible[i];
    for (uint32_t i = 0; i < choices; i++) all[n + i] = hint->choices[i];
    Diag *m = choices ? diag_add(expr_diags(x), DIAG_E0301, e->at, "`%s` is no variable here, and not one of %s", word, type_text(expr_arena(x), hint))
                      : diag_add(expr_diags(x), DIAG_E0301, e->at, "there is no variable `%s` here", word);
    if (!diag_nearest(expr_diags(x), m, word, all, n + choices) && !choices)
        diag_hint(expr_diags(x), m, "a text stands in quotes: \"%s\"; a variable is taken, asked, given or set before it is read", word);
    return expr_wrong();
}

static const Type *case_name(Expr *x, const Ast *e, const char *word)
{
    const Type *t = x->process && x->process->vars ? map_get(x->process->vars, word) : NULL;
    (void)e;
    if (!t) return NULL;
    unit_emit(x->unit, IR_CASE_VAR, unit_name(x->unit, word));
    return type_plain(expr_arena(x), t);
}

static const Type *name(Expr *x, const Ast *e, const Type *hint)
{
    const char *word = e->name.name.text;
    IrAttribute attr;
    uint32_t calendar;
    Binding *b = x->find ? x->find(x->self, word) : NULL;
    if (b) return binding(x, e, b);
    const Type *t = x->place == EXPR_CASES ? case_name(x, e, word) : NULL;
    if (t) return t;
    if (is_choice_of(hint, word)) {
        expr_const(x, value_text(word));
        return type_plain(expr_arena(x), hint);
    }
    if ((x->place == EXPR_FLOW || x->place == EXPR_CASES) && is_attribute(word, false, &attr)) {
        unit_emit(x->unit, IR_ATTR, attr);
        return attribute_type(x, attr);
    }
    if (strcmp(word, "now") == 0) {
        unit_emit(x->unit, IR_NOW, 0);
        return type_simple(TYPE_DATETIME);
    }
    if (strcmp(word, "today") == 0) {
        if (expr_calendar(x, e->at, "today depends on a calendar's zone", &calendar)) unit_emit(x->unit, IR_TODAY, calendar);
        return type_simple(TYPE_DATE);
    }
    Sym *sym = x->place == EXPR_FLOW || x->place == EXPR_VALUES ? symbols_find(x->symbols, SYM_METRIC, x->prefix, word) : NULL;
    if (sym) return metric(x, sym);
    if (hint && hint->kind == TYPE_PERSON && (sym = symbols_find(x->symbols, SYM_PERSON, x->prefix, word))) {
        expr_const(x, value_person(sym->name));
        return type_simple(TYPE_PERSON);
    }
    return no_such_name(x, e, hint);
}

/* ---- fields, elements, steps ---------------------------------------------------------------- */

const char *expr_step(Expr *x, Name step)
{
    Map *steps = x->process ? x->process->steps : NULL;
    if (steps && map_get(steps, step.text)) return step.text;
    if (!steps) {
        diag_add(expr_diags(x), DIAG_E0313, step.at, "there is no process here whose step \"%s\" could be meant", step.text);
        return NULL;
    }
    Diag *m = diag_add(expr_diags(x), DIAG_E0210, step.at, "%s has no step \"%s\"", x->process->name, step.text);
    const char **names = ARENA_ARRAY(expr_arena(x), const char *, map_count(steps));
    for (uint32_t i = 0; i < map_count(steps); i++) names[i] = map_key(steps, i, NULL);
    diag_nearest(expr_diags(x), m, step.text, names, map_count(steps));
    return NULL;
}

static const Type *step_attribute(Expr *x, Name step, Name attribute)
{
    IrAttribute attr;
    const char *of = expr_step(x, step);
    if (!of) return expr_wrong();
    if (!is_attribute(attribute.text, true, &attr)) {
        static const char *const all[] = {
#define ATTRIBUTE(NAME, number, name, of_case, of_step, type, help) name,
#include "lang/ir.def"
#undef ATTRIBUTE
        };
        Diag *m = diag_add(expr_diags(x), DIAG_E0313, attribute.at, "a step has no `%s`", attribute.text);
        if (!diag_nearest(expr_diags(x), m, attribute.text, all, sizeof all / sizeof *all))
            diag_hint(expr_diags(x), m, "a step has person, started, ended, duration, waiting, late, finished, outcome, count and cost");
        return expr_wrong();
    }
    expr_const(x, value_text(of));
    unit_emit(x->unit, IR_STEP_ATTR, attr);
    return attribute_type(x, attr);
}

static const Type *no_such_field(Expr *x, const Ast *e, const Type *t)
{
    const char *field = e->member.name.text;
    Diag *m = diag_add(expr_diags(x), DIAG_E0306, e->member.name.at, t->kind == TYPE_RECORD ? "%s has no field `%s`" : "%s has no fields, so no `%s`",
                       type_text(expr_arena(x), type_plain(expr_arena(x), t)), field);
    const char **names = ARENA_ARRAY(expr_arena(x), const char *, t->fields_n + 1);
    for (uint32_t i = 0; i < t->fields_n; i++) names[i] = t->fields[i].name.text;
    diag_nearest(expr_diags(x), m, field, names, t->fields_n);
    return expr_wrong();
}

/* Is this the name of a step, written bare or in quotes? */
static bool names_step(Expr *x, const Ast *of, Name *step)
{
    if (of->kind == AST_LITERAL && of->literal.value.type == V_TEXT) {
        *step = (Name){of->literal.value.text, of->at};
        return true;
    }
    if (of->kind != AST_NAME || (x->find && x->find(x->self, of->name.name.text))) return false;
    if (!x->process || !x->process->steps || !map_get(x->process->steps, of->name.name.text)) return false;
    if (x->place == EXPR_CASES && x->process->vars && map_get(x->process->vars, of->name.name.text)) return false;
    *step = of->name.name;
    return true;
}

static const Type *member(Expr *x, const Ast *e)
{
    Name step;
    if (names_step(x, e->member.of, &step)) return step_attribute(x, step, e->member.name);
    const Type *t = expr_walk(x, e->member.of, NULL);
    if (t->kind == TYPE_UNKNOWN) return t;
    for (uint32_t i = 0; t->kind == TYPE_RECORD && i < t->fields_n; i++) {
        if (strcmp(t->fields[i].name.text, e->member.name.text) != 0) continue;
        unit_emit(x->unit, IR_FIELD, unit_name(x->unit, t->fields[i].name.text));
        if (x->place == EXPR_CASES) return type_plain(expr_arena(x), t->fields[i].type);
        return t->optional ? type_optional(expr_arena(x), t->fields[i].type) : t->fields[i].type;
    }
    return no_such_field(x, e, t);
}

static const Type *index_of(Expr *x, const Ast *e)
{
    Sym *table = e->index.of->kind == AST_NAME && !(x->find && x->find(x->self, e->index.of->name.name.text))
                     ? symbols_find(x->symbols, SYM_TABLE, x->prefix, e->index.of->name.name.text) : NULL;
    if (table) {
        const Type *key_type = NULL;
        for (uint32_t i = 0; table->type && table->type->key && i < table->type->fields_n; i++)
            if (strcmp(table->type->fields[i].name.text, table->type->key) == 0) key_type = table->type->fields[i].type;
        table->used = true;
        if (key_type) expr_want(x, e->index.key, type_optional(expr_arena(x), key_type));
        else expr_walk(x, e->index.key, NULL);
        unit_emit(x->unit, IR_TABLE, unit_name(x->unit, table->name));
        return table->type ? type_optional(expr_arena(x), table->type) : expr_wrong();
    }
    const Type *t = expr_walk(x, e->index.of, NULL);
    if (t->kind == TYPE_UNKNOWN) return t;
    t = expr_plain(x, e->index.of, t, "an element of it is taken");
    if (t->kind != TYPE_LIST) {
        diag_add(expr_diags(x), DIAG_E0305, e->at, "an element can be taken of a list or a table, found %s", type_text(expr_arena(x), t));
        return expr_wrong();
    }
    expr_want(x, e->index.key, type_simple(TYPE_NUMBER));
    unit_emit(x->unit, IR_INDEX, 0);
    return type_optional(expr_arena(x), t->of);
}

static const Type *list(Expr *x, const Ast *e, const Type *hint)
{
    const Type *of = type_unknown(), *each = hint && hint->kind == TYPE_LIST ? hint->of : hint;
    uint32_t n = 0;
    for (const Ast *item = e->list.items; item; item = item->next, n++) {
        const Type *t = expr_walk(x, item, each ? each : of->kind != TYPE_UNKNOWN ? of : NULL), *joined = type_join(expr_arena(x), of, t);
        if (!joined) {
            diag_add(expr_diags(x), DIAG_E0302, item->at, "wanted %s like the elements before it, found %s", type_text(expr_arena(x), of),
                     type_text(expr_arena(x), t));
            joined = of;
        }
        of = joined;
    }
    unit_emit(x->unit, IR_LIST, n);
    return type_list(expr_arena(x), of);
}

static const Type *did(Expr *x, const Ast *e)
{
    const char *step = expr_step(x, e->who_did.step);
    if (!step) return expr_wrong();
    expr_const(x, value_text(step));
    unit_emit(x->unit, IR_DID, 0);
    return type_list(expr_arena(x), type_simple(TYPE_PERSON));
}

const Type *expr_walk(Expr *x, const Ast *e, const Type *hint)
{
    switch (e->kind) {
    case AST_LITERAL:     return literal(x, e, hint);
    case AST_BUSINESS:    return business(x, e);
    case AST_TEMPLATE:    return expr_template(x, e, false);
    case AST_NAME:        return name(x, e, hint);
    case AST_MEMBER:      return member(x, e);
    case AST_INDEX:       return index_of(x, e);
    case AST_APPLY:       return expr_apply(x, e, hint);
    case AST_UNARY:       return expr_unary(x, e, hint);
    case AST_BINARY:      return expr_binary(x, e, hint);
    case AST_CONDITIONAL: return expr_conditional(x, e, hint);
    case AST_LIST:        return list(x, e, hint);
    case AST_WHO_DID:     return did(x, e);
    case AST_RANGE:
        diag_add(expr_diags(x), DIAG_E0305, e->at, "a range a..b stands in `lasts`, and nowhere else");
        return expr_wrong();
    case AST_OF:
    case AST_WHERE:
    case AST_WINDOW:
        diag_add(expr_diags(x), DIAG_E0312, e->at, "cases and windows stand in a metric's count(...), share(...) and their like, not here");
        return expr_wrong();
    default: return expr_wrong();          /* BAD and LATER were reported; others are no expressions */
    }
}

/* ---- the calls --------------------------------------------------------------------------------- */

static bool silent(const Type *t)
{
    return t->kind == TYPE_UNKNOWN || (t->kind == TYPE_LIST && silent(t->of));
}

const Type *expr_want(Expr *x, const Ast *e, const Type *want)
{
    const Type *t = expr_walk(x, e, want);
    if (!want || type_fits(want, t)) return t;
    if (silent(t)) return t;
    if (t->optional && type_fits(want, type_plain(expr_arena(x), t))) {
        expr_plain(x, e, t, arena_printf(expr_arena(x), "%s is wanted", type_text(expr_arena(x), want)));
        return expr_wrong();
    }
    Diag *m = diag_add(expr_diags(x), DIAG_E0302, e->at, "wanted %s, found %s", type_text(expr_arena(x), want), type_text(expr_arena(x), t));
    if (want->kind == TYPE_MONEY && t->kind == TYPE_NUMBER && e->kind == AST_LITERAL)
        diag_hint(expr_diags(x), m, "an amount has its currency with it: $40, €40 or 40 CHF");
    return expr_wrong();
}

Code expr_lower(Expr *x, const Ast *e, const Type *want, const Type **type)
{
    Code code = unit_here(x->unit);
    const Type *t = expr_want(x, e, want);
    unit_emit(x->unit, IR_END, 0);
    if (type) *type = t;
    return code;
}

Value expr_constant(Expr *x, const Ast *e, const Type *want)
{
    const Type *t;
    Code code = expr_lower(x, e, want, &t);
    IrUnit unit;
    if (t->kind == TYPE_UNKNOWN) return VALUE_NONE;
    unit_finish(x->unit, &unit);
    bool minus = code + 3 == unit.code_n && IR_INSTRUCTION_OP(unit.code[code + 1]) == IR_NEG;
    if (IR_INSTRUCTION_OP(unit.code[code]) != IR_CONST || (code + 2 != unit.code_n && !minus)) {
        diag_add(expr_diags(x), DIAG_E0311, e->at, "a fixed value is wanted here, found one that must be computed");
        return VALUE_NONE;
    }
    Value v = unit.consts[IR_INSTRUCTION_OPERAND(unit.code[code])];
    if (minus && v.type != V_DURATION) v.i = -v.i;
    return v;
}
