/* lower_check.c -- one check of an audit: its rule, and what is said behind it.
 *
 * Rules over cases speak of the steps of the process that they name; all others
 * judge one thing, or the rows of a metric.
 */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

typedef struct Checking {
    Lower *l;
    const char *prefix;
    const char *calendar;          /* the audit's owner's, or the only one */
    const Ast *ast;                /* the CHECK */
    bool wrong;                    /* there were messages about its rule */
    IrCheck check;
} Checking;

/* ---- rules over cases ----------------------------------------------------------------------- */

static Expr over_cases(Checking *a, Sym *process)
{
    Expr x = lower_expr(a->l, EXPR_CASES, a->l->symbols.unit, a->prefix, a->calendar);
    x.process = process;
    return x;
}

static Expr over_values(Checking *a)
{
    return lower_expr(a->l, EXPR_VALUES, a->l->symbols.unit, a->prefix, a->calendar);
}

/* The step's name, or NULL after a message. */
static const char *need_step(Checking *a, const Sym *process, Name name)
{
    if (!process || !name.text)
        return NULL;
    Lower *l = a->l;
    if (process->any_step || map_get(process->steps, name.text))
        return name.text;
    if (symbols_lost_step(&l->symbols, process, name.text) || diags_lost_thing(l->diags, name.text) ||
        diags_unread(l->diags, "step", name.text))
        return NULL;                           /* it may have stood where something was lost */
    uint32_t n = map_count(process->steps);
    if (n == 0) {
        Diag *m = diag_once(l->diags, process, DIAG_E0210, name.at, "%s has no steps", process->name);
        diag_hint(l->diags, m, "a rule speaks of the steps of the %s that it names",
                  process->kind == SYM_LOG ? "log" : "process");
        m->related = process->at;
        return NULL;
    }
    const char **all = ARENA_ARRAY(l->arena, const char *, n);
    void *value;
    for (uint32_t i = 0; i < n; i++)
        all[i] = map_key(process->steps, i, &value);
    Diag *m =
        diag_missing(l->diags, process, name.text, DIAG_E0210, name.at, "%s has no step \"%s\"", process->name,
                     name.text);
    if (!diag_nearest_name(l->diags, m, name.text, all, n))
        diag_hint(l->diags, m, "a rule speaks of the steps of the %s that it names",
                  process->kind == SYM_LOG ? "log" : "process");
    m->related = m->related.to ? m->related : process->at;
    return NULL;
}

static Sym *rule_process(Checking *a, Name name)
{
    Sym *process = symbols_cases(&a->l->symbols, a->prefix, name);
    a->check.process = process ? process->name : NULL;
    return process;
}

/* The steps of `A before B` and its like are two: of one alone each such rule says nothing, or the impossible. */
static void need_two(Checking *a, Name first, Name second)
{
    if (!first.text || !second.text || strcmp(first.text, second.text) != 0)
        return;
    Diag *m = diag_add(a->l->diags, DIAG_E0370, second.at, "this rule compares \"%s\" with itself", second.text);
    diag_hint(a->l->diags, m, "name two steps; how often one is done is said by has %s once, or at most 2 times",
              second.text);
    lower_first(a->l, m, first.at);
}

/* How often, a whole number of times. */
static uint64_t times(Checking *a, const Ast *number)
{
    const Value *v = number && number->kind == AST_LITERAL ? &number->literal.value : NULL;
    if (!v || v->type != V_NUMBER)
        return 0;
    if (v->i % DECIMAL_ONE == 0 && v->i >= DECIMAL_ONE)
        return (uint64_t)(v->i / DECIMAL_ONE);
    Diag *m = diag_add(a->l->diags, DIAG_E0522, number->at, "a step is done a whole number of times, 1 or more");
    diag_hint(a->l->diags, m, "write has %s at most 2 times; that it is never done is said by `has no`",
              a->check.a ? a->check.a : "A");
    return 1;
}

static void rule_has(Checking *a, Sym *process, const Ast *has)
{
    static const struct { Word relation; IrRule rule; } rules[] = {
        {0, RULE_HAS}, {K_ONCE, RULE_ONCE}, {K_MOST, RULE_AT_MOST}, {K_NO, RULE_HAS_NO}, {K_BEFORE, RULE_BEFORE},
        {K_THEN, RULE_THEN}, {K_RIGHT, RULE_RIGHT_BEFORE}, {K_BOTH, RULE_NOT_BOTH}, {K_BY, RULE_BY},
        {K_STARTS, RULE_STARTS}, {K_ENDS, RULE_ENDS}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].relation == has->has.relation)
            a->check.rule = (uint8_t)rules[i].rule;
    a->check.a = need_step(a, process, has->has.a);
    if (has->has.b.text) {
        a->check.b = need_step(a, process, has->has.b);
        need_two(a, has->has.a, has->has.b);
    }
    if (has->has.relation == K_MOST)
        a->check.times = times(a, has->has.detail);
    if (has->has.relation == K_BY && process && has->has.detail) {
        Expr x = over_cases(a, process);
        a->check.who = expr_who(&x, has->has.detail, NULL);
        who_in_check(a->l, has->has.detail);
    }
}

static void rule_every(Checking *a, const Ast *rule)
{
    Sym *process = rule_process(a, rule->rule_every.process);
    const Ast *what = rule->rule_every.rule;
    if (process && rule->rule_every.condition) {
        Expr x = over_cases(a, process);
        a->check.where =
            expr_condition(&x, rule->rule_every.condition, "every case is judged", "no case is ever judged");
    }
    if (what->kind == AST_FINISHED) {
        Expr x = over_values(a);
        a->check.rule = RULE_FINISHED_WITHIN;
        a->check.span = lower_fixed_span(&x, a->l->diags, what->finished.span);
    } else if (what->kind == AST_HAS) {
        rule_has(a, process, what);
    }
}

static void rule_same(Checking *a, const Ast *rule)
{
    const Sym *process = rule_process(a, rule->rule_same.process);
    a->check.rule = RULE_SAME_PERSON;
    a->check.a = need_step(a, process, rule->rule_same.a);
    a->check.b = need_step(a, process, rule->rule_same.b);
    need_two(a, rule->rule_same.a, rule->rule_same.b);
}

static void rule_no(Checking *a, const Ast *rule)
{
    Sym *process = rule_process(a, rule->rule_no.process);
    a->check.rule = RULE_NO;
    if (!process)
        return;
    Expr x = over_cases(a, process);
    a->check.condition =
        expr_condition(&x, rule->rule_no.condition, "every case breaks the rule", "no case can break the rule");
}

/* ---- other rules ------------------------------------------------------------------------------- */

static void rule_shell(Checking *a, const Ast *rule)
{
    Expr x = over_values(a);
    Code *args = NULL;
    uint32_t n = 0;
    a->check.rule = RULE_SHELL;
    a->check.shell.text = expr_shell(&x, rule->shell.text, a->l->arena, &n, &args);
    a->check.shell.args_n = n;
    a->check.shell_args = args;
}

static void rule_younger(Checking *a, const Ast *rule)
{
    Expr x = over_values(a);
    a->check.rule = RULE_YOUNGER;
    a->check.file = lower_file(a->l, a->prefix, rule->younger.file);
    a->check.span = lower_fixed_span(&x, a->l->diags, rule->younger.span);
}

static void rule_condition(Checking *a, const Ast *rule)
{
    Expr x = over_values(a);
    a->check.rule = RULE_CONDITION;
    a->check.condition = expr_condition(&x, rule, "this can never be found", "this is found whatever happens");
    a->check.metrics = x.metrics.items;
    a->check.metrics_n = x.metrics.n;
}

static void lower_rule(Checking *a, const Ast *rule)
{
    switch ((int)rule->kind) {
    case AST_RULE_EVERY: rule_every(a, rule); break;
    case AST_RULE_SAME: rule_same(a, rule); break;
    case AST_RULE_NO: rule_no(a, rule); break;
    case AST_SHELL: rule_shell(a, rule); break;
    case AST_LUA:
        a->check.rule = RULE_LUA;
        a->check.lua = (IrLua){rule->lua.text, lower_place(a->l, rule->lua.text_at)};
        break;
    case AST_YOUNGER: rule_younger(a, rule); break;
    default: rule_condition(a, rule); break;   /* an expression */
    }
}

/* ---- tails ---------------------------------------------------------------------------------------- */

static bool is_constant(const Ast *ast)
{
    return ast->kind == AST_LITERAL;
}

/* `win_rate >= 15%, warn below 10%`: what is below 10% has failed already. */
static void never_warns(Lower *l, const Ast *rule, const Ast *tail, bool below)
{
    bool turned = is_constant(rule->binary.a), least = (rule->binary.op == GT || rule->binary.op == GE) != turned;
    const Ast *limit = turned ? rule->binary.a : rule->binary.b, *warn = tail->tail.value;
    if (!is_constant(limit) || !is_constant(warn) || least != below) return;
    int order = value_compare(&warn->literal.value, &limit->literal.value);
    if (order == 2 || (below ? order > 0 : order < 0)) return;
    Diag *m = diag_add(l->diags, DIAG_W0586, tail->at, "this never warns: what is %s %s has failed already",
                       below ? "below" : "above", lower_source(l, warn->at));
    diag_hint(l->diags, m, "warn where it still passes: warn %s a figure that is %s than %s", below ? "below" : "above",
              below ? "more" : "less", lower_source(l, limit->at));
}

/* `win_rate >= 15%, warn below 20%` warns unless win_rate >= 20%. */
static void tail_warn(Checking *a, const Ast *tail, bool below)
{
    Lower *l = a->l;
    const Ast *rule = a->ast->check.rule;
    bool compares = rule->kind == AST_BINARY && (rule->binary.op == LT || rule->binary.op == GT ||
                                                 rule->binary.op == LE || rule->binary.op == GE);
    if (a->wrong) return;
    if (!compares) {
        Diag *m = diag_add(l->diags, DIAG_E0513, tail->at,
                           "this check compares nothing, so there is no figure to warn about");
        diag_hint(l->diags, m,
                  "a warning goes with a comparison: check \"...\" win_rate >= 15%%, warn below 20%%");
        return;
    }
    Expr x = over_values(a);
    Ast *holds =
        ast_binary(l->arena, tail->tail.value->at, below ? GE : LE,
                   is_constant(rule->binary.a) ? rule->binary.b : rule->binary.a, tail->tail.value);
    a->check.warn = expr_lower(&x, holds, type_simple(TYPE_BOOLEAN), NULL);
    a->check.warn_text = lower_source(l, tail->at);
    never_warns(l, rule, tail, below);
}

static int64_t literal(const Ast *ast)
{
    return ast && ast->kind == AST_LITERAL ? ast->literal.value.i : 0;
}

static void whole(Checking *a, const Ast *tail, int64_t millionths)
{
    if (millionths % DECIMAL_ONE == 0)
        return;
    Diag *m = diag_add(a->l->diags, DIAG_E0522, tail->at, "a number of cases is whole");
    diag_hint(a->l->diags, m, "write at most 2 exceptions, or a share: at most 2%%");
}

static void over_cases_only(Checking *a, const Ast *tail, const char *nothing, const char *what)
{
    if (a->check.rule <= RULE_OF_CASES)
        return;
    Diag *m = diag_add(a->l->diags, DIAG_E0520, tail->at, "this check judges no cases one by one, so there %s",
                       nothing);
    diag_hint(a->l->diags, m, "%s go with `every ...` and `no ...`; a condition says its limit itself", what);
}

static void tail_sample(Checking *a, const Ast *tail)
{
    int64_t n = literal(tail->tail.value), seed = literal(tail->tail.extra);
    whole(a, tail, n);
    if (seed % DECIMAL_ONE || n < DECIMAL_ONE) {
        Diag *m = diag_add(a->l->diags, DIAG_E0522, tail->at,
                           "a sample has one case or more, and its seed is a whole number");
        diag_hint(a->l->diags, m, "write sample 25 seeded 7: the same seed draws the same cases");
    }
    a->check.sample = (uint64_t)(n / DECIMAL_ONE);
    a->check.seed = (uint64_t)(seed / DECIMAL_ONE);
}

static void lower_tail(Checking *a, const Ast *tail)
{
    const Ast *value = tail->tail.value;
    Word word = tail->tail.word;
    if (!lower_once(a->l, word, tail->at))
        return;
    if (word == K_DURING) {
        Expr x = over_values(a);
        a->check.has_window = value && expr_window(&x, value, &a->check.window);
    } else if (word == K_EXCEPTIONS) {
        over_cases_only(a, tail, "are no exceptions to count", "exceptions");
        whole(a, tail, literal(value));
        a->check.at_most = literal(value) / DECIMAL_ONE;
    } else if (word == K_MOST) {
        over_cases_only(a, tail, "are no exceptions to count", "exceptions");
        a->check.at_most_share = literal(value);
        if (literal(value) >= DECIMAL_ONE)
            diag_hint(a->l->diags, diag_add(a->l->diags, DIAG_E0375, value->at, "all cases may break this rule"),
                      "allow fewer: at most 2%%");
    } else if (word == K_EMPTY) {
        a->check.may_be_empty = true;
    } else if (word == K_SAMPLE) {
        over_cases_only(a, tail, "are none to draw from", "samples");
        tail_sample(a, tail);
    } else if (word == K_ROWS) {
        a->check.rows = (uint64_t)(literal(value) / DECIMAL_ONE);
    } else if (value) {
        tail_warn(a, tail, word == K_BELOW);
    }
}

IrCheck lower_check(Lower *l, const char *prefix, const char *calendar, const Ast *ast)
{
    Checking a = {.l = l, .prefix = prefix, .calendar = calendar, .ast = ast};
    a.check = (IrCheck){.name = ast->check.name.text ? ast->check.name.text : "",
                         .where = CODE_NONE,
                       .who = CODE_NONE,
                         .condition = CODE_NONE,
                         .warn = CODE_NONE,
                         .at_most = -1,
                         .at_most_share = -1,
                         .place = lower_place(l, ast->check.name.at)};
    if (ast->check.rule && ast->check.rule->kind != AST_BAD) {
        a.check.text = lower_source(l, ast->check.rule->at);
        uint32_t errors = diags_errors(l->diags);
        lower_rule(&a, ast->check.rule);
        a.wrong = diags_errors(l->diags) > errors;
        lower_block(l);
        for (const Ast *tail = ast->check.tails; tail; tail = tail->next) {
            if (tail->kind == AST_TAIL)
                lower_tail(&a, tail);
        }
    }
    return a.check;
}
