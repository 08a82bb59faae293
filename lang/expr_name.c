/* expr_name.c -- what a word stands for: variables, fields, rows, steps.
 *
 * A bare word means, in this order: a variable; where a choice is wanted, one
 * of its words; an attribute of the case; today or now; a metric; where a
 * person may stand, a person.
 */
#include "lang/expr_private.h"

#include <string.h>
#include <strings.h>

/* ---- calendars ---------------------------------------------------------------------- */

const char *expr_usual_calendar(const Expr *x)
{
    const IrProgram *p = x->symbols->program;
    if (x->calendar) return x->calendar;
    return p->calendars_n == 1 ? p->calendars[0].name : NULL;
}

const char *expr_calendars(const Expr *x)
{
    const IrProgram *p = x->symbols->program;
    const char *text = "";
    for (uint32_t i = 0; i < p->calendars_n && i < 8; i++)
        text = arena_printf(expr_arena(x), "%s%s%s", text, i ? ", " : "", p->calendars[i].name);
    return text;
}

bool expr_calendar(Expr *x, Span at, const char *why, uint32_t *operand)
{
    const IrProgram *p = x->symbols->program;
    uint32_t n = p->calendars_n;
    *operand = 0xffffff;
    if (x->calendar) {
        *operand = unit_name(x->unit, x->calendar);
        return true;
    }
    if (n < 2) return true;                /* the file's only one, or UTC */
    if (symbols_lost_clock(x->symbols) || (x->process && x->process->broken)) return false;
    Diag *m = diag_add(expr_diags(x), DIAG_E0309, at, "%s, and the file has %u", why, n);
    diag_hint(expr_diags(x), m,
              "say which behind it: in %s; or let the owner or the step have a role that says so: works %s "
              "(there are %s)",
              p->calendars[0].name, p->calendars[0].name,
              expr_calendars(x));
    return false;
}

/* ---- attributes --------------------------------------------------------------------- */

static const Type *attribute_type(Expr *x, IrAttribute attr, bool of_step)
{
    static const struct { const char *word; uint8_t kind; } words[] = {
        {"datetime", TYPE_DATETIME}, {"boolean", TYPE_BOOLEAN}, {"duration", TYPE_DURATION},
        {"money", TYPE_MONEY}, {"text", TYPE_TEXT}, {"person", TYPE_PERSON}, {"number", TYPE_NUMBER}};
    const char *text = "";
    const Type *t = type_unknown();
    switch (attr) {
#define ATTRIBUTE(NAME, number, name, of_case, of_step, type, help) case ATTR_##NAME: text = type; break;
#include "lang/ir.def"
#undef ATTRIBUTE
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(text, words[i].word, strlen(words[i].word)) == 0) t = type_simple(words[i].kind);
    bool always =
        x->place == EXPR_CASES || (attr == ATTR_STARTED && !of_step); /* a case that asks has begun */
    return strstr(text, "or none") && !always ? type_optional(expr_arena(x), t) : t;
}

static bool is_attribute(const char *name, bool step, IrAttribute *out)
{
#define ATTRIBUTE(NAME, number, text, of_case, of_step, type, help) \
    if ((step ? of_step : of_case) && strcmp(name, text) == 0) return *out = ATTR_##NAME, true;
#include "lang/ir.def"
#undef ATTRIBUTE
    return false;
}

static const char *const attributes[] = {
#define ATTRIBUTE(NAME, number, name, of_case, of_step, type, help) name,
#include "lang/ir.def"
#undef ATTRIBUTE
};
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

/* ---- what a word may be ------------------------------------------------------------- */

static bool has_case(const Expr *x) { return x->place == EXPR_FLOW || x->place == EXPR_CASES; }
static bool has_metrics(const Expr *x) { return x->place == EXPR_FLOW || x->place == EXPR_VALUES || x->figures; }

static Binding *bound(const Expr *x, const char *word)
{
    Binding *answered = expr_answered(x, word);
    return answered || !x->find ? answered : x->find(x->self, word);
}

static const Type *case_variable(const Expr *x, const char *word)
{
    return x->place == EXPR_CASES && x->process && x->process->vars ? map_get(x->process->vars, word) : NULL;
}

static Sym *metric_named(const Expr *x, const char *word)
{
    return has_metrics(x) ? symbols_find(x->symbols, SYM_METRIC, x->prefix, word) : NULL;
}

/* A metric; or what may have been one where something was lost, but not what the text calls a calendar. */
static bool may_be_metric(Expr *x, const char *word)
{
    const Sym *sym = metric_named(x, word);
    return sym && (sym->ast || !diags_unread(expr_diags(x), "calendar", word));
}

bool expr_knows(Expr *x, const char *word)
{
    IrAttribute attr;
    return bound(x, word) || case_variable(x, word) || (has_case(x) && is_attribute(word, false, &attr)) ||
           strcmp(word, "now") == 0 || strcmp(word, "today") == 0 || may_be_metric(x, word);
}

bool expr_is_dim(Expr *x, const Ast *e)
{
    for (; e->kind == AST_CONDITIONAL; e = e->conditional.otherwise)
        if (!expr_is_dim(x, e->conditional.then)) return false;
    return e->kind == AST_NAME && !expr_knows(x, e->name.name.text);
}

static bool is_choice_of(const Type *t, const char *word)
{
    for (uint32_t i = 0; t && t->kind == TYPE_CHOICE && i < t->choices_n; i++)
        if (strcmp(t->choices[i], word) == 0) return true;
    return false;
}

/* ---- words that nobody knows -------------------------------------------------------- */

typedef VEC(const char *) Words;

static void add_words(Expr *x, Words *all, const Map *map)
{
    for (uint32_t i = 0; map && i < map_count(map); i++)
        *VEC_PUSH(expr_arena(x), all) = symbols_seen(x->prefix, map_key(map, i, NULL));
}

static void could_be(Expr *x, const Type *hint, Words *all)
{
    const char *const *visible = NULL;
    uint32_t n = x->visible ? x->visible(x->self, &visible) : 0;
    Arena *a = expr_arena(x);
    for (uint32_t i = 0; hint && hint->kind == TYPE_CHOICE && i < hint->choices_n; i++)
        *VEC_PUSH(a, all) = hint->choices[i];
    for (uint32_t i = 0; i < n; i++) *VEC_PUSH(a, all) = visible[i];
    for (uint32_t i = 0; i < x->answered_n; i++) *VEC_PUSH(a, all) = x->answered[i].b->name;
    for (uint32_t i = 0; has_case(x) && i < ATTRIBUTES; i++) *VEC_PUSH(a, all) = attributes[i];
    if (!hint || hint->kind == TYPE_BOOLEAN) *VEC_PUSH(a, all) = "yes";
    *VEC_PUSH(a, all) = "none";
    *VEC_PUSH(a, all) = "today";
    *VEC_PUSH(a, all) = "now";
    if (has_metrics(x)) add_words(x, all, x->symbols->of[SYM_METRIC]);
    if (hint && hint->kind == TYPE_PERSON) add_words(x, all, x->symbols->of[SYM_PERSON]);
    if (x->place == EXPR_CASES && x->process) add_words(x, all, x->process->vars);
    if (x->process) add_words(x, all, x->process->steps);
    if (has_case(x)) add_words(x, all, x->symbols->of[SYM_TABLE]);
}

/* The word is the name of something, only of nothing that is a value. */
static bool is_something_else(Expr *x, Diag *m, const char *word)
{
    static const struct { SymKind kind; const char *hint; } kinds[] = {
        {SYM_TABLE, "%s is a table: %s[key] is its row with this key, or none"},
        {SYM_ROLE, "%s is a role, not a person: %s may stand behind `who`"},
        {SYM_PROCESS, "%s is a process: count(%s, last 90 days) counts its cases, in a metric"},
        {SYM_CALENDAR, "%s is a calendar: it stands behind `in`, as in 2 business days in %s"},
        {SYM_RECORD, "%s is a record: one is made with %s(field = value, ...)"},
        {SYM_TYPE, "%s is a type, not a value; %s says what a variable may hold"},
        {SYM_EVENT, "%s is an event: it is awaited with: wait for %s as e"}};
    Diags *d = expr_diags(x);
    if (x->process && x->process->steps && map_get(x->process->steps, word)) {
        diag_hint(d, m, "%s is a step: ask for something of it, as %s.person or %s.late", word, word, word);
        return true;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const Map *map = x->symbols->of[kinds[i].kind];
        if (!map || !map_get(map, word)) continue;
        const char *hint = kinds[i].hint, *first = strstr(hint, "%s"), *second = strstr(first + 2, "%s");
        diag_hint(d, m, "%.*s%s%.*s%s%s", (int)(first - hint), hint, word, (int)(second - first - 2),
                  first + 2, word, second + 2);
        return true;
    }
    return false;
}

static const char *choices(Expr *x, const Type *t)
{
    Buf b = {0};
    for (uint32_t i = 0; i < t->choices_n && i < 12; i++)
        buf_printf(&b, "%s%s", i ? ", " : "", t->choices[i]);
    if (t->choices_n > 12) buf_puts(&b, " ...");
    const char *text = buf_dup(&b, expr_arena(x));
    buf_free(&b);
    return text;
}

static Diag *unknown(Expr *x, const Ast *e, const Type *hint, bool of_others)
{
    const char *word = e->name.name.text;
    Diags *d = expr_diags(x);
    if (hint && hint->kind == TYPE_CHOICE)
        return diag_once(d, hint->choices, DIAG_E0301, e->at, "`%s` is none of %s", word, choices(x, hint));
    if (of_others) return diag_missing(d, x->symbols, word, DIAG_E0301, e->at, "there is no word `%s`", word);
    switch (x->place) {
    case EXPR_CASES: return diag_missing(d, x->process, word, DIAG_E0301, e->at, "a case of %s has no `%s`",
                                         x->process ? x->process->name : "this", word);
    case EXPR_VALUES: return diag_missing(d, x->symbols, word, DIAG_E0301, e->at, "there is no metric `%s`", word);
    case EXPR_ROW:
        if (!x->process) return diag_add(d, DIAG_E0301, e->at, "there is no field `%s` here", word);
        return diag_missing(d, x->process, word, DIAG_E0301, e->at, "there is no field `%s` here", word);
    case EXPR_FLOW: break;
    }
    return diag_missing(d, x->process, word, DIAG_E0301, e->at, "there is no variable `%s` here", word);
}

static void what_to_write(Expr *x, Diag *m, const char *word)
{
    Diags *d = expr_diags(x);
    switch (x->place) {
    case EXPR_VALUES: diag_hint(d, m, "declare it: metric %s = count(Process, last 30 days)", word); break;
    case EXPR_CASES:
        diag_hint(d, m,
                  "a case has what its process takes, asks, gives and sets, and started, ended, "
                  "late and their like; a text stands in quotes: \"%s\"",
                  word);
        break;
    case EXPR_ROW:
        diag_hint(d, m, "only the fields beside it can be asked here; a text stands in quotes: \"%s\"", word);
        break;
    case EXPR_FLOW:
        diag_hint(d, m,
                  "a text stands in quotes: \"%s\"; a variable is taken, asked, given or set before "
                  "it is read",
                  word);
        break;
    }
}

/* The value that other languages call so: yes, no or none. */
static const char *meant_by(const char *word)
{
    static const char *const VALUES[] = {"yes", "no", "none"};
    const char *ours;
    for (uint32_t i = 0; (ours = word_by_habit(word, i)); i++)
        for (size_t k = 0; k < sizeof VALUES / sizeof *VALUES; k++)
            if (strcmp(ours, VALUES[k]) == 0) return ours;
    return NULL;
}

/* The one of them that is the word but for capital letters: it was meant, whatever else the word may name. */
static const char *other_case(const Expr *x, const char *word, const Words *all)
{
    const Map *steps = x->process ? x->process->steps : NULL;
    for (uint32_t i = 0; i < all->n; i++) {
        const char *other = all->items[i];
        bool step = steps && map_get(steps, other);            /* a step alone is no value */
        if (!step && strcasecmp(word, other) == 0 && strcmp(word, other) != 0) return other;
    }
    return NULL;
}

bool expr_of_lua(Expr *x, Span at, const char *word)
{
    const char *prefix = symbols_at(x->symbols, x->prefix, at);
    const Ast *secret = symbols_secret(x->symbols, prefix, word);
    Diags *d = expr_diags(x);
    if (secret) {
        Diag *m = diag_add(d, DIAG_E0240, at, "the secret %s can be used in Lua only", word);
        diag_hint(d, m, "a value here would be written into the history and shown; "
                        "use it in a block: how lua { ... %s ... }", word);
        m->related = secret->secret.name.at;
    } else if (symbols_is_lua(x->symbols, prefix, word)) {
        Diag *m = diag_add(d, DIAG_E0240, at, "%s is a file of Lua: its functions are called in Lua only", word);
        diag_hint(d, m, "call them in a step, how lua { return %s.f(...) }, and take what they return with gives",
                  word);
    } else {
        return false;
    }
    return true;
}

/* Each element of an `each ... in parallel` above has a value of this name. */
static bool set_apart(Expr *x, Diag *m, const char *word)
{
    const Map *apart = x->place == EXPR_FLOW && x->process ? x->process->apart : NULL;
    const Ast *each = apart ? map_get(apart, word) : NULL;
    if (!each) return false;
    diag_hint(expr_diags(x), m, "each element sets its own: gather them behind the block: > collect %s as all_%s", word,
              word);
    m->related = each->at;
    return true;
}

/* The second word in a line that is like nothing known: what was to declare both was lost in one. */
static bool beside_another(Expr *x, const Ast *e, const Type *hint, const Words *all)
{
    const char *word = e->name.name.text;
    Diags *d = expr_diags(x);
    if ((hint && hint->kind == TYPE_CHOICE) || (x->place != EXPR_CASES && x->place != EXPR_FLOW) || meant_by(word) ||
        text_nearest(word, all->items, all->n) || is_something_else(x, diag_silent(d, DIAG_E0301, e->at), word))
        return false;
    return diag_missing_beside(d, x->process, word, DIAG_E0301, e->at, (Span){0});
}

/* What everybody's cases have, and the words for values. */
static bool is_ours(const char *word)
{
    static const char *const WORDS[] = {"yes", "no", "none", "now", "today"};
    bool ours = false;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) ours |= strcmp(word, WORDS[i]) == 0;
    for (size_t i = 0; i < ATTRIBUTES; i++) ours |= strcmp(word, attributes[i]) == 0;
    return ours;
}

static const Type *no_such_name(Expr *x, const Ast *e, const Type *hint)
{
    const char *word = e->name.name.text;
    bool many = diags_errors(expr_diags(x)) > EXPR_MANY_ERRORS || !diags_compares(expr_diags(x));
    Words all = {0};
    if (!many) could_be(x, hint, &all);
    bool any = !hint || hint->kind == TYPE_CHOICE;
    bool lost = (hint && hint->kind == TYPE_UNKNOWN) || (any && x->symbols->lost_choices) ||
                (x->place == EXPR_CASES && x->process && (x->process->lost || x->process->doubled));
    const char *near = lost ? text_nearest(word, all.items, all.n) : NULL;
    if (lost && (!near || (!any && *near != *word))) {     /* beside what is not known, few are misspelt */
        diags_follows(expr_diags(x));          /* from what was said */
        return expr_wrong();
    }
    if (diags_lost_value(expr_diags(x), word)) return expr_wrong();
    if (x->place != EXPR_VALUES && diags_told_missing(expr_diags(x), x->symbols, word)) {
        diags_follows(expr_diags(x));          /* a role, process or module of this name is missing: so it was told */
        return expr_wrong();
    }
    if (expr_of_lua(x, e->at, word)) return expr_wrong();
    if (!many && beside_another(x, e, hint, &all)) return expr_wrong();
    const char *ours = meant_by(word);
    Diag *m = unknown(x, e, hint, ours != NULL);
    if (ours) {
        diag_hint(expr_diags(x), m, "write `%s`", ours);
        return expr_wrong();
    }
    if (set_apart(x, m, word)) return expr_wrong();
    const char *same = other_case(x, word, &all);
    if (same) diag_nearest_name(expr_diags(x), m, word, &same, 1);
    if (same || (!many && is_something_else(x, m, word))) return expr_wrong();
    if (!diag_nearest_name(expr_diags(x), m, word, all.items, all.n)) what_to_write(x, m, word);
    else if (is_ours(m->suggestions[0])) m->missing = NULL;
    return expr_wrong();
}

/* ---- names -------------------------------------------------------------------------- */

/* Several people answered, each for themselves. */
static const Type *several_values(Expr *x, const Ast *e, const Binding *b)
{
    Diag *m = diag_once(expr_diags(x), b, DIAG_E0472, e->at, "`%s` has no one value: several people answer \"%s\"",
                        b->name, b->apart);
    diag_hint(expr_diags(x), m, "count who answered what: count(\"%s\" where %s is ...) >= 2", b->apart, b->name);
    m->related = b->at;
    return expr_wrong();
}

static const Type *binding(Expr *x, const Ast *e, Binding *b)
{
    b->read = true;
    unit_emit(x->unit, IR_SLOT, b->slot);
    if (b->set) return b->narrowed ? type_plain(expr_arena(x), b->type) : b->type;
    if (b->apart) return several_values(x, e, b);
    if (diag_missing_beside(expr_diags(x), x->process, b->name, DIAG_E0304, e->at, b->at)) return expr_wrong();
    Diag *m = diag_missing(expr_diags(x), x->process, b->name, DIAG_E0304, e->at,
                       "`%s` may have no value here: not every way that leads here sets it", b->name);
    diag_hint(expr_diags(x), m, b->elsewhere ? "a branch beside this one sets it: read it behind the block, or let the "
                                               "step that wants it say `needs` and the other's name"
                                             : "set it on every way, or give it a first value");
    m->related = b->at;
    return expr_wrong();
}

static const Type *metric(Expr *x, Sym *sym)
{
    sym->used = true;
    unit_emit(x->unit, IR_METRIC, sym->index);
    *VEC_PUSH(expr_arena(x), &x->metrics) = sym->index;
    if (sym->type && !sym->doubled && sym->type->kind != TYPE_UNKNOWN) return sym->type;
    diags_follows(expr_diags(x));      /* nobody knows what it comes to */
    return type_unknown();
}

static const Type *person(Expr *x, Sym *sym)
{
    sym->used = true;
    expr_const(x, value_person(sym->name));
    return type_simple(TYPE_PERSON);
}

/* now, today: NULL for any other word. */
static const Type *clock_word(Expr *x, const Ast *e, const char *word)
{
    uint32_t calendar;
    if (strcmp(word, "now") == 0) {
        unit_emit(x->unit, IR_NOW, 0);
        return type_simple(TYPE_DATETIME);
    }
    if (strcmp(word, "today") != 0) return NULL;
    if (expr_calendar(x, e->at, "which day it is depends on a calendar", &calendar))
        unit_emit(x->unit, IR_TODAY, calendar);
    return type_simple(TYPE_DATE);
}

/* Whatever else a word may be goes before the columns of a log, which may have any name. */
static const Type *column(Expr *x, const char *word)
{
    if (x->place != EXPR_CASES || !x->process || x->process->kind != SYM_LOG) return NULL;
    unit_emit(x->unit, IR_CASE_VAR, unit_name(x->unit, word));
    return symbols_column(x->symbols, x->process, word);
}

/* Not only found because something was lost that may have been it. */
static bool is_declared(const Expr *x, const Sym *sym)
{
    return map_get(x->symbols->of[sym->kind], sym->name) == sym;
}

/* No metric that was lost, but nearly something that could stand here. */
static bool misspelt(Expr *x, const Type *hint, const char *word)
{
    Words all = {0};
    for (SymKind k = 0; k < SYM_KINDS; k++) {
        const Sym *known = symbols_find(x->symbols, k, x->prefix, word);
        if (known && is_declared(x, known)) return false;
    }
    if (diags_errors(expr_diags(x)) > EXPR_MANY_ERRORS) return false;
    could_be(x, hint, &all);
    return text_nearest(word, all.items, all.n);
}

const Type *expr_name(Expr *x, const Ast *e, const Type *hint)
{
    const char *word = e->name.name.text;
    IrAttribute attr;
    Binding *b = bound(x, word);
    if (b) return binding(x, e, b);
    const Type *t = case_variable(x, word);
    if (t) {
        unit_emit(x->unit, IR_CASE_VAR, unit_name(x->unit, word));
        return type_plain(expr_arena(x), t);
    }
    const Type *choice = hint && hint->kind == TYPE_LIST ? hint->of : hint; /* its brackets may be missing */
    if (is_choice_of(choice, word)) {
        expr_const(x, value_text(word));
        return type_plain(expr_arena(x), choice);
    }
    if (has_case(x) && is_attribute(word, false, &attr)) {
        unit_emit(x->unit, IR_ATTR, attr);
        return attribute_type(x, attr, false);
    }
    t = clock_word(x, e, word);
    if (t) return t;
    Sym *sym = metric_named(x, word);
    if (sym && (is_declared(x, sym) || !misspelt(x, hint, word))) return metric(x, sym);
    sym = !hint || hint->kind == TYPE_PERSON ? symbols_find(x->symbols, SYM_PERSON, x->prefix, word) : NULL;
    t = sym && hint ? NULL : column(x, word);
    if (t) return t;
    return sym ? person(x, sym) : no_such_name(x, e, hint);
}

/* ---- steps -------------------------------------------------------------------------- */

const char *expr_step(Expr *x, Name step)
{
    Map *steps = x->process ? x->process->steps : NULL;
    Diags *d = expr_diags(x);
    if (x->process && x->process->any_step) return step.text;
    if (steps && map_get(steps, step.text)) return step.text;
    if ((x->process && symbols_lost_step(x->symbols, x->process, step.text)) || diags_lost_thing(d, step.text) ||
        diags_unread(d, "step", step.text) || (strchr(step.text, '.') && x->symbols->doubled[SYM_PROCESS]))
        return NULL;                           /* it may have stood where something was lost */
    if (!steps) {
        Diag *m = diag_add(d, DIAG_E0313, step.at,
                           "there is no process here whose step \"%s\" could be meant", step.text);
        diag_hint(d, m,
                  "ask for a step inside its process, or of cases: median(\"%s\".waiting of Process, all "
                  "time)",
                  step.text);
        return NULL;
    }
    Words all = {0};
    Diag *m = diag_missing(d, x->process, step.text, DIAG_E0210, step.at, "%s has no step \"%s\"", x->process->name,
                           step.text);
    if (diags_errors(d) <= EXPR_MANY_ERRORS) add_words(x, &all, steps);
    if (!diag_nearest_name(d, m, step.text, all.items, all.n))
        diag_hint(d, m, "a step is named as where it is declared: step \"%s\" < ... >", step.text);
    return NULL;
}

const Type *expr_did(Expr *x, const Ast *e)
{
    const char *step = expr_step(x, e->who_did.step);
    if (!step) return expr_wrong();
    expr_const(x, value_text(step));
    unit_emit(x->unit, IR_DID, 0);
    return type_list(expr_arena(x), type_simple(TYPE_PERSON));
}

static const Type *step_attribute(Expr *x, Name step, Name attribute)
{
    IrAttribute attr;
    const char *of = expr_step(x, step);
    if (!of) return expr_wrong();
    if (is_attribute(attribute.text, true, &attr)) {
        expr_const(x, value_text(of));
        unit_emit(x->unit, IR_STEP_ATTR, attr);
        return attribute_type(x, attr, true);
    }
    Diag *m = diag_add(expr_diags(x), DIAG_E0313, attribute.at, "a step has no `%s`", attribute.text);
    if (!diag_nearest(expr_diags(x), m, attribute.text, attributes, ATTRIBUTES))
        diag_hint(expr_diags(x), m,
                  "a step has person, started, ended, duration, waiting, late, finished, outcome, "
                  "count and cost");
    return expr_wrong();
}

/* Is this the name of a step, written bare or in quotes? */
static bool names_step(Expr *x, const Ast *of, Name *step)
{
    if (expr_is_text(of)) {
        *step = (Name){of->literal.value.text, of->at};
        return true;
    }
    bool any = x->process && x->process->any_step;         /* a column has no fields, so it is a step */
    if (of->kind != AST_NAME || bound(x, of->name.name.text) || (!any && case_variable(x, of->name.name.text)))
        return false;
    if (any) return *step = of->name.name, true;
    if (!x->process || !x->process->steps || !map_get(x->process->steps, of->name.name.text)) return false;
    *step = of->name.name;
    return true;
}

/* ---- fields and rows ---------------------------------------------------------------- */

static const TypeField *field_named(const Type *t, const char *name)
{
    for (uint32_t i = 0; t->kind == TYPE_RECORD && i < t->fields_n; i++)
        if (strcmp(t->fields[i].name.text, name) == 0) return &t->fields[i];
    return NULL;
}

Binding *expr_place(Expr *x, const Ast *e, bool make)
{
    if (e->kind == AST_NAME) return bound(x, e->name.name.text);
    Binding *of = e->kind == AST_MEMBER ? expr_place(x, e->member.of, make) : NULL;
    const char *name = of ? e->member.name.text : NULL;
    for (Binding *b = of ? of->fields : NULL; b; b = b->next)
        if (strcmp(b->name, name) == 0) return b;
    return of && make && x->field ? x->field(x->self, of, name) : NULL;
}

/* A field of what may be none may be none itself, unless a condition proved that it is there. */
static const Type *field_type(Expr *x, const Ast *e, const Type *of, const TypeField *field)
{
    const Binding *b = expr_place(x, e, false);
    if (b && b->narrowed) return type_plain(expr_arena(x), field->type);
    if (!of->optional) return field->type;
    x->lost = e;
    return type_optional(expr_arena(x), field->type);
}

static const Type *no_such_field(Expr *x, const Ast *e, const Type *t)
{
    const char *field = e->member.name.text;
    Diags *d = expr_diags(x);
    if (diags_lost_value(d, field)) return expr_wrong();
    const char *shown = expr_shown(x, type_plain(expr_arena(x), t));
    if (t->kind != TYPE_RECORD) {
        const Ast *of = e->member.of;
        const Binding *b = of->kind == AST_NAME && x->find ? expr_place(x, of, false) : NULL;
        Diag *m = b ? diag_missing(d, b, "fields", DIAG_E0306, e->member.name.at, "%s has no fields, so no `%s`", shown,
                                   field)
                    : diag_add(d, DIAG_E0306, e->member.name.at, "%s has no fields, so no `%s`", shown, field);
        diag_hint(d, m, t->kind == TYPE_LIST ? "take an element first: list[1]; or go through it with `each`"
                                             : "only a record has fields");
        return expr_wrong();
    }
    const char **names = ARENA_ARRAY(expr_arena(x), const char *, t->fields_n);
    for (uint32_t i = 0; i < t->fields_n; i++) names[i] = t->fields[i].name.text;
    if (symbols_may_have(x->symbols, t->name, field, names, t->fields_n)) return expr_wrong();
    Diag *m = diag_once(d, x->symbols, DIAG_E0306, e->member.name.at, "%s has no field `%s`", shown, field);
    if (diags_errors(d) > EXPR_MANY_ERRORS || !diag_nearest_name(d, m, field, names, t->fields_n))
        diag_hint(d, m, "see its fields where %s is declared", shown);
    return expr_wrong();
}

const char *expr_of_module(Expr *x, const Ast *e)
{
    const Ast *root = ast_root(e);
    if (e->kind != AST_MEMBER || root->kind != AST_NAME || expr_knows(x, root->name.name.text)) return NULL;
    return ast_dotted(expr_arena(x), e);
}

static const Type *of_module(Expr *x, const char *name)
{
    Sym *sym = metric_named(x, name);
    if (sym) return metric(x, sym);
    sym = symbols_find(x->symbols, SYM_PERSON, x->prefix, name);
    return sym ? person(x, sym) : NULL;
}

/* The module has nothing of that name that is a value. */
static const Type *not_in_module(Expr *x, const Ast *e, const char *full)
{
    const char *module = ast_root(e)->name.name.text;
    Diags *d = expr_diags(x);
    Words all = {0};
    Diag *m = diag_once(d, x->symbols, DIAG_E0301, e->at, "the module `%s` has no value `%s`", module,
                        full + strlen(module) + 1);
    if (is_something_else(x, m, full)) return expr_wrong();
    add_words(x, &all, x->symbols->of[SYM_METRIC]);
    add_words(x, &all, x->symbols->of[SYM_PERSON]);
    if (!diag_nearest(d, m, full, all.items, all.n)) diag_hint(d, m, "a module's metrics and persons are values");
    return expr_wrong();
}

const Type *expr_member(Expr *x, const Ast *e, const Type *hint)
{
    Name step;
    if (names_step(x, e->member.of, &step)) return step_attribute(x, step, e->member.name);
    const char *full = expr_of_module(x, e);
    const Type *t = full ? of_module(x, full) : NULL;
    if (t) return t;
    ModuleState module = full ? symbols_module(x->symbols, x->prefix, ast_root(e)->name.name.text) : MODULE_NONE;
    if (module == MODULE_LOST) return expr_wrong();
    if (module == MODULE_READ && e->member.of->kind == AST_NAME) return not_in_module(x, e, full);
    t = expr_walk(x, e->member.of, hint && hint->kind == TYPE_UNKNOWN ? hint : NULL);
    if (t->kind == TYPE_UNKNOWN) return t;
    const TypeField *field = field_named(t, e->member.name.text);
    if (!field) return no_such_field(x, e, t);
    unit_emit(x->unit, IR_FIELD, unit_name(x->unit, field->name.text));
    return x->place == EXPR_CASES ? type_plain(expr_arena(x), field->type) : field_type(x, e, t, field);
}

static Sym *table_named(Expr *x, const Ast *of)
{
    const char *name =
        of->kind == AST_NAME && !expr_knows(x, of->name.name.text) ? of->name.name.text : expr_of_module(x, of);
    return name ? symbols_find(x->symbols, SYM_TABLE, x->prefix, name) : NULL;
}

static const Type *row(Expr *x, const Ast *key, Sym *table)
{
    const TypeField *by = table->type && table->type->key ? field_named(table->type, table->type->key) : NULL;
    table->used = true;
    if (by) expr_want(x, key, type_optional(expr_arena(x), by->type));
    else expr_walk(x, key, NULL);
    unit_emit(x->unit, IR_TABLE, unit_name(x->unit, table->name));
    return table->type ? type_optional(expr_arena(x), table->type) : expr_wrong();
}

const Type *expr_index(Expr *x, const Ast *e)
{
    Sym *table = table_named(x, e->index.of);
    Diags *d = expr_diags(x);
    if (table) return row(x, e->index.key, table);
    if (x->symbols->lost[SYM_TABLE] && expr_is_dim(x, e->index.of)) return expr_wrong();
    const Type *t = expr_walk(x, e->index.of, NULL);
    if (t->kind == TYPE_UNKNOWN) return t;
    t = expr_plain(x, e->index.of, t, "an element of it is taken");
    if (t->kind != TYPE_LIST) {
        Diag *m = diag_add(d, DIAG_E0305, e->at, "an element can be taken of a list or a table, found %s",
                           expr_shown(x, t));
        diag_hint(d, m, t->kind == TYPE_RECORD ? "a field of a record is asked with a dot: record.field"
                                               : "leave the brackets away, or name a list");
        return expr_wrong();
    }
    const Ast *key = e->index.key;
    expr_want(x, key, type_simple(TYPE_NUMBER));
    unit_emit(x->unit, IR_INDEX, 0);
    if (key->kind == AST_LITERAL && key->literal.value.type == V_NUMBER && key->literal.value.i < DECIMAL_ONE)
        diag_hint(d, diag_add(d, DIAG_E0305, key->at, "elements are counted from 1"),
                  "the first one is list[1]");
    return type_optional(expr_arena(x), t->of);
}

/* ---- light -------------------------------------------------------------------------- */

static const Type *light_name(Expr *x, const char *word)
{
    IrAttribute attr;
    Binding *b = bound(x, word);
    if (b) return b->narrowed ? type_plain(expr_arena(x), b->type) : b->type;
    const Type *t = case_variable(x, word);
    if (t) return type_plain(expr_arena(x), t);
    return has_case(x) && is_attribute(word, false, &attr) ? attribute_type(x, attr, false) : NULL;
}

static const Type *light_member(Expr *x, const Ast *e)
{
    Name step;
    IrAttribute attr;
    if (names_step(x, e->member.of, &step))
        return is_attribute(e->member.name.text, true, &attr) ? attribute_type(x, attr, true) : NULL;
    const Type *t = expr_light(x, e->member.of);
    const TypeField *field = t ? field_named(t, e->member.name.text) : NULL;
    return field ? field_type(x, e, t, field) : NULL;
}

static const Type *light_element(Expr *x, const Ast *e)
{
    Sym *table = table_named(x, e->index.of);
    if (table) return table->type ? type_optional(expr_arena(x), table->type) : NULL;
    const Type *t = expr_light(x, e->index.of);
    return t && t->kind == TYPE_LIST ? type_optional(expr_arena(x), t->of) : NULL;
}

static const Type *light_list(Expr *x, const Ast *e)
{
    for (const Ast *item = e->list.items; item; item = item->next) {
        const Type *t = expr_light(x, item);
        if (t) return type_list(expr_arena(x), t);
    }
    return NULL;
}

const Type *expr_light(Expr *x, const Ast *e)
{
    for (const Type *t; e->kind == AST_CONDITIONAL; e = e->conditional.otherwise)
        if ((t = expr_light(x, e->conditional.then))) return t;
    switch ((int)e->kind) {
    case AST_NAME: return light_name(x, e->name.name.text);
    case AST_MEMBER: return light_member(x, e);
    case AST_INDEX: return light_element(x, e);
    case AST_LIST: return light_list(x, e);
    case AST_WHO_DID: return type_list(expr_arena(x), type_simple(TYPE_PERSON));
    default: return NULL;                  /* what must be reckoned shows no light */
    }
}
