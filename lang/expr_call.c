/* expr_call.c -- f(...): functions, records, and how often a step was done. */
#include "lang/expr_private.h"

#include "base/like.h"

#include <string.h>

typedef struct Function { const char *name, *signature; uint8_t least, most; } Function;

typedef struct Call {
    Expr *x;
    const Ast *e;
    const Function *f;
    const Ast **args;
    const Type **types;
    uint32_t n;
} Call;

static const Function *function(uint32_t b)
{
    static const Function all[] = {
#define BUILTIN(NAME, number, name, least, most, signature, help) [number] = {name, signature, least, most},
#include "lang/ir.def"
#undef BUILTIN
    };
    return &all[b];
}

/* ---- arguments ---------------------------------------------------------------------- */

static const Type *misused(Call *c, const Ast *at, const char *what, const char *hint)
{
    Diag *m = diag_add(expr_diags(c->x), DIAG_E0307, at->at, "%s", what);
    if (hint) diag_hint(expr_diags(c->x), m, "%s", hint);
    else diag_hint(expr_diags(c->x), m, "it is used as %s", c->f->signature);
    return expr_wrong();
}

static const Type *bad(Call *c, uint32_t i, const char *wanted)
{
    const Type *t = c->types[i];
    const char *hint = t->kind == TYPE_LIST && strcmp(c->f->name, "contains") == 0
                           ? "whether a list holds something is asked with `in`: x in list" : NULL;
    return misused(
        c, c->args[i],
        arena_printf(expr_arena(c->x), "%s wants %s here, found %s", c->f->name, wanted, expr_shown(c->x, t)),
        hint);
}

static const Type *result_of_texts(Call *c, uint8_t kind)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (!expr_is_texty(c->types[i])) return bad(c, i, "a text");
    return type_simple(kind);
}

static bool has_order(const Type *t)
{
    switch ((IrTypeKind)t->kind) {
    case TYPE_NUMBER: case TYPE_PERCENT: case TYPE_MONEY: case TYPE_DURATION: case TYPE_DATE: case TYPE_TIME:
    case TYPE_DATETIME: case TYPE_TEXT: return true;
    case TYPE_NONE: case TYPE_BOOLEAN: case TYPE_FILE: case TYPE_PERSON: case TYPE_CHOICE: case TYPE_LIST:
    case TYPE_RECORD: break;
    }
    return false;
}

static const Type *result_of_extreme(Call *c)
{
    static const char *const wanted = "numbers, amounts, durations, dates or texts";
    const Type *t = c->types[0];
    if (c->n == 1 && t->kind == TYPE_LIST) {
        bool filled = c->args[0]->kind == AST_LIST && c->args[0]->list.items && !t->of->optional;
        if (t->of->kind != TYPE_UNKNOWN && !has_order(t->of)) return bad(c, 0, wanted);
        return filled ? t->of : type_optional(expr_arena(c->x), t->of);
    }
    if (c->n == 1) return bad(c, 0, "a list, or several values");
    for (uint32_t i = 0; i < c->n; i++) {
        if (!has_order(c->types[i])) return bad(c, i, wanted);
        if (!expr_comparable(t, c->types[i])) return bad(c, i, expr_shown(c->x, t));
        t = type_join(expr_arena(c->x), t, c->types[i]);
        if (!t) return expr_wrong();
    }
    return t;
}

static const Type *result_of_round(Call *c, bool money)
{
    const Type *t = c->types[0];
    const Value *places = c->n > 1 && c->args[1]->kind == AST_LITERAL ? &c->args[1]->literal.value : NULL;
    if (!expr_is_numeric(t) && !(money && t->kind == TYPE_MONEY))
        return bad(c, 0, money ? "a number or money" : "a number");
    if (c->n > 1 && c->types[1]->kind != TYPE_NUMBER) return bad(c, 1, "a number of places");
    if (places && (places->i < 0 || places->i > 6 * (int64_t)DECIMAL_ONE || places->i % DECIMAL_ONE))
        return misused(c, c->args[1], "round wants 0 to 6 places", NULL);
    return t;
}

static const Type *result_of_abs(Call *c)
{
    const Type *t = c->types[0];
    bool clock = t->kind == TYPE_DURATION && !t->business && !t->months;
    return clock || expr_is_numeric(t) || t->kind == TYPE_MONEY ? t
                                                                : bad(c, 0, "a number, money or real time");
}

static const Type *result_of_days(Call *c)
{
    for (uint32_t i = 0; i < 2; i++)
        if (c->types[i]->kind != TYPE_DATE && c->types[i]->kind != TYPE_DATETIME) return bad(c, i, "a date");
    return type_simple(TYPE_NUMBER);
}

/* ---- format ------------------------------------------------------------------------- */

static bool example_fits(const Type *t, LikeKind kind)
{
    switch (kind) {
    case LIKE_DATE: return t->kind == TYPE_DATE || t->kind == TYPE_DATETIME;
    case LIKE_TIME: return t->kind == TYPE_TIME || t->kind == TYPE_DATETIME;
    case LIKE_DATETIME: return t->kind == TYPE_DATE || t->kind == TYPE_DATETIME;
    case LIKE_NUMBER: return expr_is_numeric(t) || t->kind == TYPE_MONEY;
    case LIKE_BOOLEAN: return t->kind == TYPE_BOOLEAN;
    }
    return false;
}

static const Type *result_of_format(Call *c)
{
    const Ast *example = c->args[1];
    Arena *a = expr_arena(c->x);
    Like *like;
    Error err = {0};
    if (c->types[1]->kind != TYPE_TEXT) return bad(c, 1, "an example in quotes");
    if (!expr_is_text(example)) {
        Diag *m = diag_add(expr_diags(c->x), DIAG_E0311, example->at,
                           "the example of format must be known before anything runs");
        diag_hint(expr_diags(c->x), m, "write it as a text: format(d, \"31.12.2017\")");
        return expr_wrong();
    }
    if (like_compile(a, example->literal.value.text, &like, &err) != ST_OK)
        return misused(c, example, arena_printf(a, "this example cannot be followed: %s", err.text), NULL);
    if (!example_fits(c->types[0], like_kind(like)))
        return misused(c, example,
                       arena_printf(a, "%s cannot be written like \"%s\"", expr_shown(c->x, c->types[0]),
                                    example->literal.value.text),
                       "show how such a value is written: a date like \"31.12.2017\", a number like "
                       "\"1.234,56\"");
    return type_simple(TYPE_TEXT);
}

static const Type *result_of(Call *c, uint32_t b)
{
    const Type *t = c->types[0];
    switch ((IrBuiltin)b) {
    case BUILTIN_ROUND: return result_of_round(c, true);
    case BUILTIN_FLOOR: case BUILTIN_CEIL: return result_of_round(c, false);
    case BUILTIN_ABS: return result_of_abs(c);
    case BUILTIN_MIN: case BUILTIN_MAX: return result_of_extreme(c);
    case BUILTIN_LENGTH:
        return expr_is_texty(t) || t->kind == TYPE_LIST ? type_simple(TYPE_NUMBER)
                                                        : bad(c, 0, "a text or list");
    case BUILTIN_UPPER: case BUILTIN_LOWER: return result_of_texts(c, TYPE_TEXT);
    case BUILTIN_CONTAINS:
    case BUILTIN_STARTS_WITH:
    case BUILTIN_ENDS_WITH: return result_of_texts(c, TYPE_BOOLEAN);
    case BUILTIN_DAYS_BETWEEN: case BUILTIN_BUSINESS_DAYS: return result_of_days(c);
    case BUILTIN_FORMAT: return result_of_format(c);
    }
    return expr_wrong();
}

/* ---- functions ---------------------------------------------------------------------- */

static bool takes_calendar(uint32_t b)
{
    return b == BUILTIN_BUSINESS_DAYS || b == BUILTIN_DAYS_BETWEEN || b == BUILTIN_FORMAT;
}

static bool of_moments(const Call *c, uint32_t b)
{
    bool second = b == BUILTIN_DAYS_BETWEEN && c->types[1]->kind == TYPE_DATETIME;
    return c->types[0]->kind == TYPE_DATETIME || second;
}

/* The calendar, the last argument of these functions: the one named, or the one that holds here. */
static bool add_calendar(Call *c, uint32_t b)
{
    Expr *x = c->x;
    const Ast *named = c->n > 2 ? c->args[2] : NULL;
    const char *calendar = expr_usual_calendar(x);
    if (named) {
        Name name = named->kind == AST_NAME ? named->name.name : (Name){0};
        if (expr_is_text(named)) name = (Name){named->literal.value.text, named->at};
        if (named->kind == AST_MEMBER) name = (Name){expr_of_module(x, named), named->at};
        if (!name.text)
            return misused(c, named,
                           arena_printf(expr_arena(x), "%s wants the name of a calendar here", c->f->name),
                           "like business_days(from, to, Office)"),
                   false;
        Sym *sym = symbols_need(x->symbols, SYM_CALENDAR, x->prefix, name);
        if (!sym) return false;
        calendar = sym->name;
    }
    /* Without a calendar a moment is written in UTC where the file has none; with several nobody knows. */
    bool needs = b == BUILTIN_BUSINESS_DAYS || (of_moments(c, b) && x->symbols->program->calendars_n > 1);
    if (!calendar && needs) {
        if (symbols_lost_clock(x->symbols)) return false;
        Diag *m = diag_add(expr_diags(x), DIAG_E0309, c->e->at,
                           "%s depends on a calendar, and it is not clear which", c->f->name);
        if (x->symbols->program->calendars_n)
            diag_hint(expr_diags(x), m, "name it last, one of %s", expr_calendars(x));
        else
            diag_hint(expr_diags(x), m,
                      "declare one: calendar Office < zone \"Europe/Berlin\"; open mon..fri 09:00..17:00 >");
        return false;
    }
    if (!calendar || (b == BUILTIN_DAYS_BETWEEN && !of_moments(c, b))) return true;
    expr_const(x, value_text(calendar));
    c->n = 3;
    return true;
}

/* Long rows are compared piece by piece: min(min(a, ..., x), y, ...). */
static void emit_call(Expr *x, uint32_t b, uint32_t n)
{
    expr_const(x, value_integer(n));
    unit_emit(x->unit, IR_CALL, b);
}

static bool is_misnamed(Call *c, const Ast *arg, uint32_t i)
{
    const char *name = arg->kind == AST_ARG ? arg->arg.name.text : NULL;
    if (!name || (i == 1 && strcmp(name, "places") == 0 && strcmp(c->f->name, "round") == 0)) return false;
    misused(c, arg,
            arena_printf(expr_arena(c->x), "%s takes its values by position, none is called `%s`", c->f->name,
                         name),
            NULL);
    return true;
}

/* Walks the arguments; false where one was wrong. */
static bool arguments(Call *c, uint32_t b)
{
    bool extreme = b == BUILTIN_MIN || b == BUILTIN_MAX, with_calendar = takes_calendar(b);
    bool known = true;
    uint32_t held = 0;
    for (const Ast *arg = c->e->apply.args; arg; arg = arg->next) {
        const Ast *value = arg->kind == AST_ARG ? arg->arg.value : arg;
        uint32_t i = c->n;
        c->args[i] = value, c->types[i] = type_unknown(), c->n++;
        if (is_misnamed(c, arg, i)) return false;
        if (with_calendar && i == 2) continue;         /* a name, no value */
        if (extreme && held == EXPR_GATHER) {
            emit_call(c->x, b, held);
            held = 1;
        }
        const Type *t = expr_walk(c->x, value, extreme && i ? c->types[0] : NULL);
        held++;
        if (!expr_silent(t))
            t = expr_plain(c->x, value, t, arena_printf(expr_arena(c->x), "%s reads it", c->f->name));
        c->types[i] = t;
        known = known && !expr_silent(t);
    }
    if (known && with_calendar) {
        if (!add_calendar(c, b)) return false;
        held = c->n;
    }
    emit_call(c->x, b, held);
    return known;
}

/* "max wants 1 to 60 values, found 100": of many values a function wants a list. */
static const Type *miscounted(Call *c, uint32_t n)
{
    const Function *f = c->f;
    bool too_many = n > f->most && f->most > f->least, pair = f->most == f->least + 1;
    const char *upto = too_many || pair ? arena_printf(expr_arena(c->x), pair ? " or %u" : " to %u", f->most)
                       : f->most > f->least ? " or more" : "";
    const char *what = arena_printf(expr_arena(c->x), "%s wants %u%s value%s, found %u", f->name, f->least, upto,
                                    f->most == 1 ? "" : "s", n);
    return misused(c, c->e, what, too_many && !pair ? "give them as a list: [a, b, c]" : NULL);
}

static const Type *builtin(Expr *x, const Ast *e, uint32_t b)
{
    Call c = {x, e, function(b), NULL, NULL, 0};
    uint32_t n = 0;
    for (const Ast *arg = e->apply.args; arg; arg = arg->next) n++;
    if (n < c.f->least || n > c.f->most)
        return miscounted(&c, n);
    c.args = ARENA_ARRAY(expr_arena(x), const Ast *, n + 1);
    c.types = ARENA_ARRAY(expr_arena(x), const Type *, n + 1);
    return arguments(&c, b) ? result_of(&c, b) : expr_wrong();
}

/* ---- records ------------------------------------------------------------------------ */

/* Walks what no function takes, for the mistakes and the variables in it. */
static void walk_all(Expr *x, const Ast *args)
{
    for (; args; args = args->next)
        if (args->kind == AST_ARG) expr_walk(x, args->arg.value, type_unknown());
}

static const Type *record_mistake(Expr *x, Span at, const char *what, const char *hint)
{
    diag_hint(expr_diags(x), diag_once(expr_diags(x), x->symbols, DIAG_E0306, at, "%s", what), "%s", hint);
    return expr_wrong();
}

static const Type *unknown_field(Expr *x, const Ast *arg, const Sym *record)
{
    Diags *d = expr_diags(x);
    const Type *t = record->type;
    const char **names = ARENA_ARRAY(expr_arena(x), const char *, t->fields_n);
    for (uint32_t i = 0; i < t->fields_n; i++) names[i] = t->fields[i].name.text;
    if (symbols_may_have(x->symbols, record->name, arg->arg.name.text, names, t->fields_n)) return expr_wrong();
    Diag *m = diag_once(d, x->symbols, DIAG_E0306, arg->arg.name.at, "%s has no field `%s`", record->name,
                        arg->arg.name.text);
    m->related = record->at;
    if (!diag_nearest_name(d, m, arg->arg.name.text, names, t->fields_n))
        diag_hint(d, m, "see its fields where %s is declared", record->name);
    return expr_wrong();
}

/* The arguments by field; false after a message. */
static bool by_field(Expr *x, const Ast *e, const Sym *record, Map *fields)
{
    bool right = true;
    for (uint32_t i = 0; i < record->type->fields_n; i++)
        *map_slot(fields, record->type->fields[i].name.text) = (void *)e;
    for (const Ast *arg = e->apply.args; arg; arg = arg->next) {
        const char *name = arg->kind == AST_ARG ? arg->arg.name.text : NULL;
        if (!name) {
            record_mistake(
                x, arg->at, arena_printf(expr_arena(x), "%s wants its values by name", record->name),
                arena_printf(expr_arena(x), "like %s(%s = ...)", record->name,
                             record->type->fields_n ? record->type->fields[0].name.text : "field"));
            return false;
        }
        const Ast *known = map_get(fields, name);
        if (!known) {
            unknown_field(x, arg, record);
            right = false;
        } else if (known != e) {
            record_mistake(x, arg->arg.name.at, arena_printf(expr_arena(x), "`%s` is given twice", name),
                           "keep one of the two");
            right = false;
        } else {
            map_put(fields, name, (void *)arg);
        }
    }
    return right;
}

static const Ast *initial_value(const TypeField *field)
{
    for (const Ast *o = field->ast ? field->ast->field.options : NULL; o; o = o->next)
        if (o->kind == AST_OPTION && o->option.word == '=') return o->option.value;
    return NULL;
}

/* A first value stands in the record's own surroundings, where none of our variables is seen. */
static void walk_initial(Expr *x, const Ast *value, const Type *type, const Making *making)
{
    Expr own = {.symbols = x->symbols,
                .unit = x->unit,
                .place = EXPR_ROW,
                .prefix = making->record->prefix,
                .calendar = x->calendar,
                .making = making};
    expr_want(&own, value, type);
}

/* Does making this record end, and soon? Its first values are made with it, and theirs with them. */
static bool makes_an_end(Expr *x, const Ast *e, const Sym *record, uint32_t made)
{
    enum { MOST_MADE = 10000 };
    const Making *m = x->making;
    while (m && m->record != record) m = m->around;
    if (!m && made <= MOST_MADE) return true;
    if (diags_errors(expr_diags(x)) > EXPR_MANY_ERRORS) return false;
    Diag *d = m ? diag_once(expr_diags(x), record, DIAG_E0317, e->at,
                            "the first values in `%s` make another `%s`, and so on without end", record->name,
                            record->name)
                : diag_once(expr_diags(x), x->symbols, DIAG_E0317, e->at,
                            "the first values of records make more than 10,000 others here");
    diag_hint(expr_diags(x), d,
              "let the field be `or none`, without a first value, and make the record where it is wanted");
    return false;
}

/* Lead(name = "Zoe", email = ...): every field that must have a value, none twice, none unknown. */
static const Type *make_record(Expr *x, const Ast *e, const Sym *record)
{
    const Type *t = record->type;
    Map *fields = map_new(expr_arena(x));
    bool right = t && by_field(x, e, record, fields);
    if (!right) {
        walk_all(x, e->apply.args);
        return t ? t : expr_wrong();
    }
    uint32_t first = 0;
    Making here = {record, x->making, x->making ? x->making->made : &first};
    if (!makes_an_end(x, e, record, ++*here.made)) return t;
    FitValue *values = ARENA_ARRAY(expr_arena(x), FitValue, t->fields_n);
    for (uint32_t i = 0; i < t->fields_n; i++) {
        const TypeField *field = &t->fields[i];
        const Ast *arg = map_get(fields, field->name.text), *initial = initial_value(field);
        uint32_t at = unit_here(x->unit);
        if (arg != e) {
            expr_want(x, arg->arg.value, field->type);
            const Value *known = expr_known(x, at);
            if (known && known->type != V_NONE) values[i] = (FitValue){*known, arg->arg.value};
        } else if (initial) {
            walk_initial(x, initial, field->type, &here);
        } else {
            expr_const(x, VALUE_NONE);
            if (field->type->optional || field->type->kind == TYPE_UNKNOWN) continue;
            record_mistake(
                x, e->at,
                arena_printf(expr_arena(x), "%s wants a value for `%s`", record->name, field->name.text),
                arena_printf(expr_arena(x), "add it: %s = ...", field->name.text));
        }
    }
    unit_emit(x->unit, IR_RECORD, unit_type(x->unit, t));
    if (x->place == EXPR_FLOW) expr_fits(x, &(Fitting){record->prefix, t->fields, t->fields_n, values});
    return t;
}

/* ---- f(...) ------------------------------------------------------------------------- */

static const Type *unknown_function(Expr *x, const Ast *e, const char *name)
{
    static const char *const all[] = {
#define BUILTIN(NAME, number, name, least, most, signature, help) name,
#define AGGREGATE(NAME, number, name, value) name,
#include "lang/ir.def"
#undef BUILTIN
#undef AGGREGATE
        "today", "now", "did"};
    enum { FUNCTIONS = sizeof all / sizeof *all };
    Diags *d = expr_diags(x);
    const Map *records = x->symbols->of[SYM_RECORD];
    const Ast *root = ast_root(e->apply.function);
    bool lost = root != e->apply.function && symbols_module(x->symbols, x->prefix, root->name.name.text) == MODULE_LOST;
    if (lost) {
        walk_all(x, e->apply.args);
        return expr_wrong();
    }
    if (root != e->apply.function && root->kind == AST_NAME &&
        expr_of_lua(x, e->apply.function->at, root->name.name.text)) {
        walk_all(x, e->apply.args);
        return expr_wrong();
    }
    uint32_t n = diags_errors(d) < EXPR_MANY_ERRORS ? map_count(records) : 0;
    const char **names = ARENA_ARRAY(expr_arena(x), const char *, FUNCTIONS + n);
    memcpy(names, all, sizeof all);
    for (uint32_t i = 0; i < n; i++) names[FUNCTIONS + i] = map_key(records, i, NULL);
    Diag *m = diag_missing(d, x->symbols, name, DIAG_E0307, e->apply.function->at,
                           "there is no function or record `%s`", name);
    if (!diag_nearest(d, m, name, names, FUNCTIONS + n))
        diag_hint(d, m,
                  "there are round, floor, ceil, abs, min, max, length, upper, lower, contains, starts_with, "
                  "ends_with, "
                  "days_between, business_days and format; more is written in Lua");
    walk_all(x, e->apply.args);
    return expr_wrong();
}

static bool asks_cases(const Ast *args)
{
    return args && (args->kind == AST_OF || args->kind == AST_WHERE || args->kind == AST_WINDOW ||
                    (args->next && args->next->kind == AST_WINDOW));
}

static bool counts_answers(const Expr *x, const Ast *args)
{
    const Ast *step = args && !args->next && args->kind == AST_WHERE ? args->where.value : NULL;
    bool bare = step && step->kind == AST_NAME && x->process && x->process->steps &&
                map_get(x->process->steps, step->name.name.text);
    bool of_case = x->place == EXPR_FLOW || x->place == EXPR_CASES;
    return of_case && step && (bare || expr_is_text(step));
}

/* count("Step"): how often it ended well in this case. */
static const Type *count_step(Expr *x, const Ast *e)
{
    const Ast *arg = e->apply.args, *value = arg && arg->kind == AST_ARG ? arg->arg.value : arg;
    Name step = {0};
    if (value && expr_is_text(value)) step = (Name){value->literal.value.text, value->at};
    else if (value && value->kind == AST_NAME) step = value->name.name;
    if (!step.text || arg->next) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0307, e->at,
                           "in a process, count wants the name of one of its steps");
        diag_hint(expr_diags(x), m, "like count(\"Call\") < 3; how long a list is: length(list)");
        walk_all(x, arg);
        return expr_wrong();
    }
    const char *name = expr_step(x, step);
    if (!name) return expr_wrong();
    expr_const(x, value_text(name));
    unit_emit(x->unit, IR_STEPS, 1);
    return type_simple(TYPE_NUMBER);
}

typedef VEC(Answered) AnsweredVec;

Binding *expr_answered(const Expr *x, const char *name)
{
    for (uint32_t i = 0; i < x->answered_n; i++)
        if (strcmp(x->answered[i].b->name, name) == 0) return x->answered[i].b;
    return NULL;
}

static Binding *answer_field(const Expr *x, const char *step, const char *name)
{
    Binding *b = name && x->answer ? x->answer(x->self, step, name) : NULL;
    if (b || !name || !x->find) return b;
    b = x->find(x->self, name);                                   /* of a step below: what it has been until then */
    return b && b->elsewhere && expr_silent(b->type) ? NULL : b;    /* a name of another branch, and no variable yet */
}

/* What the step asks for and gives has a value in each answer. */
static void answered_by(Expr *x, const char *step, AnsweredVec *all)
{
    const Ast *ast = map_get(x->process->steps, step);
    for (const Ast *item = ast && ast->kind == AST_STEP ? ast->step.items : NULL; item; item = item->next)
        for (const Ast *f = item->kind == AST_FIELDS ? item->fields.fields : NULL; f; f = f->next) {
            Binding *b = f->kind == AST_FIELD ? answer_field(x, step, f->field.name.text) : NULL;
            if (!b) continue;
            *VEC_PUSH(expr_arena(x), all) = (Answered){b, b->set};
            b->set = true;
        }
}

/* count("Vote" where vote is hire): how many of its answers fulfil the condition. */
static const Type *count_answers(Expr *x, const Ast *e)
{
    const Ast *where = e->apply.args;
    const Ast *of = where->where.value;
    const char *step = expr_step(x, of->kind == AST_NAME ? of->name.name : (Name){of->literal.value.text, of->at});
    if (!step) return expr_wrong();
    if (x->process->kind == SYM_LOG) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0307, e->at, "a log tells what was done, not how it was answered");
        diag_hint(expr_diags(x), m, "count the step: count(\"%s\")", step);
        return expr_wrong();
    }
    if (x->counting) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0307, e->at, "a condition on answers cannot count other answers");
        diag_hint(expr_diags(x), m, "count them ahead of it: set n = count(\"%s\" where ...), and name n here", step);
        return expr_wrong();
    }
    AnsweredVec answered = {0};
    answered_by(x, step, &answered);
    expr_const(x, value_text(step));
    uint32_t at = unit_here(x->unit);
    unit_emit(x->unit, IR_ANSWERS, 0);
    Code condition = unit_here(x->unit);
    x->answered = answered.items, x->answered_n = answered.n, x->counting = true;
    expr_boolean(x, where->where.condition);
    x->answered = NULL, x->answered_n = 0, x->counting = false;
    expr_end(x, where->where.condition, condition);
    unit_patch(x->unit, at, unit_here(x->unit));
    for (uint32_t i = answered.n; i-- > 0;) answered.items[i].b->set = answered.items[i].set;
    return type_simple(TYPE_NUMBER);
}

static const Type *clock_call(Expr *x, const Ast *e, const Ast *f, const char *name)
{
    if (!e->apply.args) return expr_walk(x, f, NULL);
    Diag *m = diag_add(expr_diags(x), DIAG_E0307, e->at, "%s takes no values", name);
    diag_hint(expr_diags(x), m, "it is used as %s; another day is %s", name,
              strcmp(name, "today") == 0 ? "today + 3 days" : "now + 3 h");
    return expr_wrong();
}

static const Type *aggregate_or(Expr *x, const Ast *e, const char *name, uint32_t b)
{
    bool cases = asks_cases(e->apply.args);
    if (x->place == EXPR_VALUES && (cases || !b)) return expr_aggregate(x, e);
    if (strcmp(name, "count") == 0 && !cases) return count_step(x, e);
    if (strcmp(name, "count") == 0 && counts_answers(x, e->apply.args)) return count_answers(x, e);
    return b && !cases ? builtin(x, e, b) : expr_not_counted(x, e, name);
}

const Type *expr_apply(Expr *x, const Ast *e, const Type *hint)
{
    const Ast *f = e->apply.function;
    const char *name = f->kind == AST_NAME ? f->name.name.text : NULL;
    (void)hint;
    if (f->kind == AST_MEMBER) name = ast_dotted(expr_arena(x), f);
    if (f->kind == AST_BAD) return expr_wrong();
    if (!name) {
        Diag *m = diag_add(expr_diags(x), DIAG_E0307, f->at,
                           "only a function or a record takes values in brackets");
        diag_hint(expr_diags(x), m, "to multiply, write *; an element is taken with [ ]");
        return expr_wrong();
    }
    if (strcmp(name, "today") == 0 || strcmp(name, "now") == 0) return clock_call(x, e, f, name);
    uint32_t b = ir_builtin_find(name);
    Sym *record = symbols_find(x->symbols, SYM_RECORD, x->prefix, name);
    if (record) return make_record(x, e, record);
    if (ir_aggregate_find(name)) return aggregate_or(x, e, name, b);
    return b ? builtin(x, e, b) : unknown_function(x, e, name);
}
