/* lower_beside.c -- what is said of a step beside its work: how long it lasts and what it costs, who is asked and
 * told, who is reminded and joins when it takes long, and what it was called before.
 */
#include "lang/grammar.h"
#include "lang/lower_who.h"
#include <string.h>

/* Of a number, an amount, a percentage or a span: -1, 0 or 1; 1 for what is not known yet. */
static int sign(const Value *v)
{
    bool business = v && v->type == V_DURATION && (v->aux == DUR_BUSINESS_TIME || v->aux == DUR_BUSINESS_DAYS);
    int64_t n = !v || v->type == V_NONE ? 1 : business ? v->business->amount : v->i;
    return n < 0 ? -1 : n > 0;
}

/* Where one of a fixed length is wanted. known: or NULL. */
static void no_months(Diags *d, const Ast *value, const Value *known)
{
    if (!known || known->type != V_DURATION || known->aux != DUR_MONTHS)
        return;
    Diag *m = diag_add(d, DIAG_E0527, value->at,
                       "months and years are of different lengths, and here a span is wanted");
    diag_hint(d, m, "count it in days: 30 days; a moment may be a month away: wait until today + 1 month, due today + "
                    "1 month");
}

/* ---- how long, how much: one value, a range, or a distribution ------------------------------ */

/* Spans that cannot be compared before anything runs, such as hours and business days, may stand in any order. */
static void in_order(Lower *l, const Expr *x, const Ast *first, Code a, const Ast *second, Code b)
{
    const Value *least = expr_known_code(x, a), *most = expr_known_code(x, b);
    if (!least || !most || value_compare(least, most) != 1) return;
    const char *from = lower_source(l, first->at), *to = lower_source(l, second->at);
    Diag *m = diag_add(l->diags, DIAG_E0525, (Span){first->at.from, second->at.to},
                       "this range is turned round: %s is more than %s", from, to);
    diag_hint(l->diags, m, "write the least first: %s..%s", to, from);
}

static const struct { const char *name; uint8_t spread, takes; const char *like; } distributions[] = {
    {"exponential", SPREAD_EXPONENTIAL, 1, "exponential(mean)"},
    {"normal", SPREAD_NORMAL, 2, "normal(mean, deviation)"},
    {"lognormal", SPREAD_LOGNORMAL, 2, "lognormal(mean, deviation)"}};
enum { DISTRIBUTIONS = sizeof distributions / sizeof *distributions };

static int distribution(const Ast *value)
{
    const Ast *f = value->kind == AST_APPLY ? value->apply.function : NULL;
    for (int i = 0; f && f->kind == AST_NAME && i < DISTRIBUTIONS; i++)
        if (strcmp(f->name.name.text, distributions[i].name) == 0)
            return i;
    return -1;
}

/* The values that it takes, if it takes so many; 0 after a message. */
static uint32_t distribution_parts(Lower *l, const Ast *value, int which, const Ast *parts[3])
{
    uint32_t n = 0;
    bool named = false;
    for (const Ast *arg = value->apply.args; arg; arg = arg->next, n++) {
        named = named || (arg->kind == AST_ARG && arg->arg.name.text);
        if (n < 3)
            parts[n] = arg->kind == AST_ARG ? arg->arg.value : arg;
    }
    if (n == distributions[which].takes && !named)
        return n;
    Diag *m = diag_add(l->diags, DIAG_E0307, value->at, "%s takes %s", distributions[which].name,
                       distributions[which].takes == 1 ? "one value" : "two values, in their order");
    diag_hint(l->diags, m, "write it like %s", distributions[which].like);
    return 0;
}

static uint32_t range_parts(const Ast *value, const Ast *parts[3])
{
    uint32_t n = 0;
    if (value->kind == AST_RANGE && value->range.a->kind == AST_RANGE) {
        parts[n++] = value->range.a->range.a;
        parts[n++] = value->range.a->range.b;
        parts[n++] = value->range.b;
    } else if (value->kind == AST_RANGE) {
        parts[n++] = value->range.a;
        parts[n++] = value->range.b;
    } else {
        parts[n++] = value;
    }
    return n;
}

/* A misspelled one reads as a function that nobody knows. */
static bool misspelled(Lower *l, const Ast *value)
{
    const char *names[DISTRIBUTIONS];
    const Ast *function = value->kind == AST_APPLY ? value->apply.function : NULL;
    const char *name = function && function->kind == AST_NAME ? function->name.name.text : NULL;
    if (!name || ir_builtin_find(name) || ir_aggregate_find(name) || map_get(l->symbols.of[SYM_RECORD], name))
        return false;
    for (int i = 0; i < DISTRIBUTIONS; i++)
        names[i] = distributions[i].name;
    Diag *m = diag_add(l->diags, DIAG_E0307, function->at, "there is no function or distribution `%s`", name);
    if (!diag_nearest(l->diags, m, name, names, DISTRIBUTIONS))
        diag_hint(l->diags, m, "there are exponential, normal and lognormal; or write a span, or a range: 10m..25m");
    return true;
}

/* A mean of nothing, or a deviation below it. */
static void check_distribution(Lower *l, const Expr *x, const Spread *s, const Ast *parts[3], int which)
{
    for (uint32_t i = 0; i < s->n; i++) {
        int is = sign(expr_known_code(x, s->values[i]));
        if (i == 0 ? is > 0 : is >= 0)
            continue;
        Diag *m = diag_add(l->diags, DIAG_E0546, parts[i]->at, i == 0 ? "the mean must be more than nothing"
                                                                       : "a deviation cannot be less than nothing");
        diag_hint(l->diags, m, "write it like %s, of the value itself", distributions[which].like);
    }
}

Spread lower_spread(Lower *l, Expr *x, const Ast *value, const Type *want)
{
    Spread s = {.kind = SPREAD_RANGE, .values = {CODE_NONE, CODE_NONE, CODE_NONE}};
    const Ast *parts[3];
    int which = distribution(value);
    if (value->kind == AST_HISTORY)
        s.kind = SPREAD_HISTORY;
    if (value->kind == AST_HISTORY || (which < 0 && misspelled(l, value)))
        return s;
    s.n = which < 0 ? range_parts(value, parts) : distribution_parts(l, value, which, parts);
    for (uint32_t i = 0; i < s.n; i++)
        s.values[i] = expr_lower(x, parts[i], want, NULL);
    if (which >= 0) {
        s.kind = distributions[which].spread;
        check_distribution(l, x, &s, parts, which);
    }
    for (uint32_t i = 0; which < 0 && i + 1 < s.n; i++)
        in_order(l, x, parts[i], s.values[i], parts[i + 1], s.values[i + 1]);
    return s;
}

static void lasts(Flow *f, Expr *x, const Ast *value, IrStep *step)
{
    Spread s = lower_spread(f->l, x, value, type_simple(TYPE_DURATION));
    const Ast *parts[3];
    for (uint32_t i = 0; i < s.n; i++)
        no_months(f->l->diags, value, expr_known_code(x, s.values[i]));
    for (uint32_t i = 0, n = distribution(value) < 0 && s.n ? range_parts(value, parts) : 0; i < n; i++)
        if (sign(expr_known_code(x, s.values[i])) < 0)
            diag_hint(f->l->diags, diag_add(f->l->diags, DIAG_E0545, parts[i]->at, "this ends before it begins"),
                      "write how much time it takes: 10m..25m");
    memcpy(step->lasts, s.values, sizeof step->lasts);
    step->lasts_n = s.n;
    step->spread = s.kind;
}

void lower_cost(Lower *l, const Ast *value, const Value *cost)
{
    if (cost->type == V_MONEY && sign(cost) < 0)
        diag_hint(l->diags, diag_add(l->diags, DIAG_E0375, value->at, "no work costs less than nothing"),
                  "write the amount without its minus");
}

static void costs(Flow *f, Expr *x, const Ast *item, IrStep *step)
{
    static const char *const words[] = {"time", "hour", "minute"};     /* as IrPer */
    const Ast *per = item->prop.extra;
    step->cost = expr_constant(x, item->prop.value, type_simple(TYPE_MONEY));
    lower_cost(f->l, item->prop.value, &step->cost);
    const char *wanted = "a step costs an amount each time, or per hour or minute of work";
    int found = PER_TIME;
    if (per && per->name.name.text)
        found = lower_per(f->l, per->name.name, words, 3, wanted, "write costs $2, or costs $40 per hour");
    step->cost_per = found < 0 ? PER_TIME : (uint8_t)found;
}

/* ---- when it takes long ---------------------------------------------------------------------- */

/* As much as is known of it: NULL, nothing. */
static void a_span(Diags *d, const Ast *value, const Value *span)
{
    no_months(d, value, span);
    if (sign(span) > 0) return;
    Diag *m = diag_add(d, DIAG_E0545, value->at, "this span is over before it begins");
    diag_hint(d, m, "write one that is more than nothing: 4 business hours, 1 day");
}

Code beside_span(Expr *x, Diags *d, const Ast *value)
{
    Code code = expr_lower(x, value, type_simple(TYPE_DURATION), NULL);
    a_span(d, value, expr_known_code(x, code));
    return code;
}

Value lower_fixed_span(Expr *x, Diags *d, const Ast *value)
{
    Value span = expr_constant(x, value, type_simple(TYPE_DURATION));
    a_span(d, value, &span);
    return span;
}

static Code pause_of(Expr *x, Diags *d, const Ast *value)
{
    Code code = expr_lower(x, value, type_simple(TYPE_DURATION), NULL);
    no_months(d, value, expr_known_code(x, code));
    if (sign(expr_known_code(x, code)) < 0)
        diag_hint(d, diag_add(d, DIAG_E0545, value->at, "this ends before it begins"),
                  "write a span of time, as it passes: 5 minutes");
    return code;
}

void beside_pauses(Flow *f, Expr *x, const Ast *pauses, IrStep *step)
{
    if (pauses->kind != AST_DOUBLING) {
        step->retry_pause = pause_of(x, f->l->diags, pauses);
        return;
    }
    const Ast *first = pauses->doubling.first, *most = pauses->doubling.most;
    step->retry_pause = pause_of(x, f->l->diags, first);
    step->retry_most = pause_of(x, f->l->diags, most);
    const Value *least = expr_known_code(x, step->retry_pause), *longest = expr_known_code(x, step->retry_most);
    if (!least || !longest || value_compare(least, longest) != 1) return;
    Diag *m = diag_add(f->l->diags, DIAG_E0525, most->at, "the longest pause is shorter than the first");
    diag_hint(f->l->diags, m, "write the first, and behind `to` the longest: every %s doubling to %s",
              lower_source(f->l, most->at), lower_source(f->l, first->at));
}

Code beside_remind(Flow *f, Expr *x, const Ast *item)
{
    return beside_span(x, f->l->diags, item->prop.value);
}

static bool escalates(const Ast *items)
{
    for (; items; items = items->next)
        if (items->kind == AST_PROP && items->prop.word == K_ESCALATE) return true;
    return false;
}

/* Everybody who is to join may do it already: by the step's own rule, or since an earlier `escalate`. */
static void check_joining(Flow *f, const Ast *items)
{
    Map *may = map_new(f->l->arena);
    for (const Ast *item = items; item; item = item->next)
        if (item->kind == AST_PROP && item->prop.word == K_WHO && item->prop.value)
            may = who_surely(f, item->prop.value);
    for (const Ast *item = items; item; item = item->next) {
        if (item->kind != AST_PROP || item->prop.word != K_ESCALATE)
            continue;
        const Map *joins = who_counted(item->prop.value) ? NULL : who_people(f, item->prop.value, 0);
        bool more = !joins || map_count(joins) == 0;
        for (uint32_t i = 0; joins && !more && i < map_count(joins); i++)
            more = !map_get(may, map_key(joins, i, NULL));
        if (!more && !f->broken) {
            Diag *m = diag_add(f->l->diags, DIAG_W0466, item->prop.value->at,
                               "nobody new joins here: they may do it already");
            diag_hint(f->l->diags, m, "name somebody else, or take the line away; `remind every ...` nudges those who "
                                      "may");
        }
        const Map *sure = who_surely(f, item->prop.value);
        for (uint32_t i = 0; i < map_count(sure); i++)
            map_put(may, map_key(sure, i, NULL), f);
    }
}

uint32_t beside_escalate(Flow *f, Expr *x, const Ast *items, uint32_t *n)
{
    *n = 0;
    if (!escalates(items)) return f->codes.n;
    check_joining(f, items);
    VEC(Code) pairs = {0};
    for (const Ast *item = items; item; item = item->next) {
        if (item->kind != AST_PROP || item->prop.word != K_ESCALATE)
            continue;
        *VEC_PUSH(f->l->arena, &pairs) = expr_who(x, item->prop.value, NULL);
        *VEC_PUSH(f->l->arena, &pairs) = beside_span(x, f->l->diags, item->prop.extra);
        who_is_one(f->l, item->prop.value, "who joins a step");
    }
    uint32_t first = f->codes.n;
    for (uint32_t i = 0; i < pairs.n; i++)
        *VEC_PUSH(f->l->arena, &f->codes) = pairs.items[i];
    *n = pairs.n / 2;
    return first;
}

/* ---- earlier names ------------------------------------------------------------------------------ */

static bool may_have_been(Flow *f, Name name)
{
    Diags *d = f->l->diags;
    const Ast *present = f->process->steps ? map_get(f->process->steps, name.text) : NULL;
    if (!f->was)
        f->was = map_new(f->l->arena);
    const Ast **before = (const Ast **)map_slot(f->was, name.text);
    if (present && present->kind == AST_STEP) {
        Diag *m = diag_add(d, DIAG_E0241, name.at, "\"%s\" is still a step of this process", name.text);
        diag_hint(d, m, "`was` names what the step was called before, and is called no more");
        lower_first(f->l, m, present->step.name.at);
        return false;
    }
    if (*before) {
        Diag *m = diag_add(d, DIAG_E0242, name.at, "two steps cannot both have been \"%s\"", name.text);
        diag_hint(d, m, "a case that stands there would not know where to go on: keep one of the two");
        lower_first(f->l, m, (*before)->at);
        return false;
    }
    return true;
}

static void earlier_names(Flow *f, const Ast *items, IrStep *step)
{
    VEC(const char *) names = {0};
    for (const Ast *item = items; item; item = item->next) {
        if (item->kind != AST_PROP || item->prop.word != K_WAS || !item->prop.value->name.name.text)
            continue;
        Name name = item->prop.value->name.name;
        if (!may_have_been(f, name))
            continue;
        map_put(f->was, name.text, item->prop.value);
        *VEC_PUSH(f->l->arena, &names) = name.text;
    }
    step->was = names.items;
    step->was_n = names.n;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

void beside_step(Flow *f, Expr *x, const Ast *items, IrStep *step)
{
    step->remind = step->consult = step->inform = CODE_NONE;
    for (const Ast *item = items; item; item = item->next) {
        Word word = item->kind == AST_PROP ? item->prop.word : 0;
        if (word == K_LASTS && item->prop.value)
            lasts(f, x, item->prop.value, step);
        else if (word == K_REMIND)
            step->remind = beside_remind(f, x, item);
        else if (word == K_CONSULT)
            step->consult = expr_who(x, item->prop.value, NULL);
        else if (word == K_INFORM)
            step->inform = expr_who(x, item->prop.value, NULL);
        else if (word == K_COSTS)
            costs(f, x, item, step);
    }
    step->escalate = beside_escalate(f, x, items, &step->escalate_n);
    earlier_names(f, items, step);
}
