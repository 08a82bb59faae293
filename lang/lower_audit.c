/* lower_audit.c -- audits: when they are judged, and each of their checks. */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

typedef struct Auditing {
    Lower *l;
    const Item *item;
    const char *calendar;          /* the owner's, or the only one */
    const Ast *ast;                /* the CHECK */
    IrCheck check;
} Auditing;

/* ---- rules over cases ----------------------------------------------------------------------- */

static Expr over_cases(Auditing *a, Sym *process)
{
    Expr x = lower_expr(a->l, EXPR_CASES, a->l->symbols.unit, a->item->prefix, a->calendar);
    x.process = process;
    return x;
}

static Expr over_values(Auditing *a)
{
    return lower_expr(a->l, EXPR_VALUES, a->l->symbols.unit, a->item->prefix, a->calendar);
}

/* The step's name, or NULL after a message. */
static const char *need_step(Auditing *a, const Sym *process, Name name)
{
    if (!process || !name.text)
        return NULL;
    Lower *l = a->l;
    if (map_get(process->steps, name.text))
        return name.text;
    if (process->broken)
        return NULL;                           /* it may have stood where something was lost */
    uint32_t n = map_count(process->steps);
    const char **all = ARENA_ARRAY(l->arena, const char *, n);
    void *value;
    for (uint32_t i = 0; i < n; i++)
        all[i] = map_key(process->steps, i, &value);
    Diag *m =
        diag_once(l->diags, process, DIAG_E0210, name.at, "%s has no step named \"%s\"", process->name, name.text);
    if (!diag_nearest(l->diags, m, name.text, all, n))
        diag_hint(l->diags, m, "a rule speaks of the steps of the process that it names");
    m->related = m->related.to ? m->related : process->at;
    return NULL;
}

static Sym *rule_process(Auditing *a, Name name)
{
    Sym *process = symbols_need(&a->l->symbols, SYM_PROCESS, a->item->prefix, name);
    a->check.process = process ? process->name : NULL;
    return process;
}

static void rule_every(Auditing *a, const Ast *rule)
{
    Sym *process = rule_process(a, rule->rule_every.process);
    const Ast *what = rule->rule_every.rule;
    if (process && rule->rule_every.condition) {
        Expr x = over_cases(a, process);
        a->check.where = expr_lower(&x, rule->rule_every.condition, type_simple(TYPE_BOOLEAN), NULL);
    }
    if (what->kind == AST_FINISHED) {
        Expr x = over_values(a);
        a->check.rule = RULE_FINISHED_WITHIN;
        a->check.span = expr_constant(&x, what->finished.span, type_simple(TYPE_DURATION));
    } else if (what->kind == AST_HAS) {
        a->check.rule = what->has.relation ? RULE_BEFORE : RULE_HAS;
        a->check.a = need_step(a, process, what->has.a);
        a->check.b = what->has.relation ? need_step(a, process, what->has.b) : NULL;
    } else if (what->kind == AST_LATER) {
        lower_later_node(a->l, what);
    }
}

static void rule_same(Auditing *a, const Ast *rule)
{
    const Sym *process = rule_process(a, rule->rule_same.process);
    a->check.rule = RULE_SAME_PERSON;
    a->check.a = need_step(a, process, rule->rule_same.a);
    a->check.b = need_step(a, process, rule->rule_same.b);
}

static void rule_no(Auditing *a, const Ast *rule)
{
    Sym *process = rule_process(a, rule->rule_no.process);
    a->check.rule = RULE_NO;
    if (!process)
        return;
    Expr x = over_cases(a, process);
    a->check.condition = expr_lower(&x, rule->rule_no.condition, type_simple(TYPE_BOOLEAN), NULL);
}

/* ---- other rules ------------------------------------------------------------------------------- */

static void rule_shell(Auditing *a, const Ast *rule)
{
    Expr x = over_values(a);
    Code *args = NULL;
    uint32_t n = 0;
    a->check.rule = RULE_SHELL;
    a->check.shell.text = expr_shell(&x, rule->shell.text, a->l->arena, &n, &args);
    a->check.shell.args_n = n;
    a->check.shell_args = args;
}

static void rule_condition(Auditing *a, const Ast *rule)
{
    Expr x = over_values(a);
    a->check.rule = RULE_CONDITION;
    a->check.condition = expr_lower(&x, rule, type_simple(TYPE_BOOLEAN), NULL);
    a->check.metrics = x.metrics.items;
    a->check.metrics_n = x.metrics.n;
}

static void lower_rule(Auditing *a, const Ast *rule)
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
    case AST_LATER: lower_later_node(a->l, rule); break;
    default: rule_condition(a, rule); break;   /* an expression */
    }
}

/* ---- tails ---------------------------------------------------------------------------------------- */

/* `win_rate >= 15%, warn below 20%` warns unless win_rate >= 20%. */
static void tail_warn(Auditing *a, const Ast *tail, bool below)
{
    Lower *l = a->l;
    const Ast *rule = a->ast->check.rule;
    bool compares = rule->kind == AST_BINARY && (rule->binary.op == LT || rule->binary.op == GT ||
                                                 rule->binary.op == LE || rule->binary.op == GE);
    if (!compares) {
        Diag *m = diag_add(l->diags, DIAG_E0513, tail->at,
                           "this check compares nothing, so there is no figure to warn about");
        diag_hint(l->diags, m,
                  "a warning goes with a comparison: check \"...\" win_rate >= 15%%, warn below 20%%");
        return;
    }
    Expr x = over_values(a);
    Ast *holds =
        ast_binary(l->arena, tail->tail.value->at, below ? GE : LE, rule->binary.a, tail->tail.value);
    a->check.warn = expr_lower(&x, holds, type_simple(TYPE_BOOLEAN), NULL);
    a->check.warn_text = lower_source(l, tail->at);
}

static int64_t literal(const Ast *ast)
{
    return ast && ast->kind == AST_LITERAL ? ast->literal.value.i : 0;
}

static void whole(Auditing *a, const Ast *tail, int64_t millionths)
{
    if (millionths % DECIMAL_ONE == 0)
        return;
    Diag *m = diag_add(a->l->diags, DIAG_E0522, tail->at, "a number of cases is whole");
    diag_hint(a->l->diags, m, "write at most 2 exceptions, or a share: at most 2%%");
}

static void over_cases_only(Auditing *a, const Ast *tail)
{
    if (a->check.rule <= RULE_NO)
        return;
    Diag *m = diag_add(a->l->diags, DIAG_E0520, tail->at,
                       "this check judges no cases one by one, so there are no exceptions to count");
    diag_hint(a->l->diags, m,
              "exceptions go with `every ...` and `no ...`; a condition says its limit itself");
}

static void lower_tail(Auditing *a, const Ast *tail)
{
    const Ast *value = tail->tail.value;
    Word word = tail->tail.word;
    if (!lower_once(a->l, word, tail->at))
        return;
    if (word == K_DURING) {
        Expr x = over_values(a);
        a->check.has_window = value && expr_window(&x, value, &a->check.window);
    } else if (word == K_EXCEPTIONS) {
        over_cases_only(a, tail);
        whole(a, tail, literal(value));
        a->check.at_most = literal(value) / DECIMAL_ONE;
    } else if (word == K_MOST) {
        over_cases_only(a, tail);
        a->check.at_most_share = literal(value);
    } else if (word == K_EMPTY) {
        a->check.may_be_empty = true;
    } else if (word == K_ROWS) {
        a->check.rows = (uint64_t)(literal(value) / DECIMAL_ONE);
    } else if (value) {
        tail_warn(a, tail, word == K_BELOW);
    }
}

static IrCheck lower_check(Auditing *a, const Ast *ast)
{
    Lower *l = a->l;
    a->ast = ast;
    a->check = (IrCheck){.name = ast->check.name.text ? ast->check.name.text : "",
                         .where = CODE_NONE,
                         .condition = CODE_NONE,
                         .warn = CODE_NONE,
                         .at_most = -1,
                         .at_most_share = -1,
                         .place = lower_place(l, ast->check.name.at)};
    if (ast->check.rule && ast->check.rule->kind != AST_BAD) {
        a->check.text = lower_source(l, ast->check.rule->at);
        lower_rule(a, ast->check.rule);
        lower_block(l);
        for (const Ast *tail = ast->check.tails; tail; tail = tail->next) {
            if (tail->kind == AST_TAIL)
                lower_tail(a, tail);
            else if (tail->kind == AST_LATER)
                lower_later_node(l, tail);
        }
    }
    return a->check;
}

/* ---- the audit itself -------------------------------------------------------------------------------- */

static void audit_refs(Lower *l, IrAudit *audit, const Ast *texts)
{
    uint32_t n = 0;
    for (const Ast *t = texts; t; t = t->next)
        n++;
    const char **refs = ARENA_ARRAY(l->arena, const char *, n);
    n = 0;
    for (const Ast *t = texts; t; t = t->next) {
        const char *text = lower_text(l, t);
        if (text)
            refs[n++] = text;
    }
    audit->refs = refs;
    audit->refs_n = n;
}

static void audit_prop(Auditing *a, IrAudit *audit, const Ast *item)
{
    static const char *const severities[] = {"minor", "major", "critical"};        /* as IrSeverity */
    Lower *l = a->l;
    const Ast *value = item->prop.value;
    if (item->prop.word == K_WHY) {
        audit->why = lower_text(l, value);
    } else if (item->prop.word == K_SEVERITY) {
        int found = value && value->kind == AST_NAME && value->name.name.text
                        ? lower_choice(l, value->name.name, "severity", severities, 3) : AUDIT_MAJOR;
        audit->severity = found < 0 ? AUDIT_MAJOR : (uint8_t)found;
    } else if (item->prop.word == K_OWNER) {
        Expr x = over_values(a);
        const char *role = NULL;
        audit->owner = expr_who(&x, value, &role);
        audit->owner_text = lower_source(l, value->at);
        const char *own = lower_role_calendar(l, role);
        a->calendar = own ? own : a->calendar;
    } else if (item->prop.word == K_REF) {
        audit_refs(l, audit, value);
    } else if (item->prop.word == K_FIX) {
        Expr x = over_values(a);
        audit->fix_within = expr_constant(&x, value, type_simple(TYPE_DURATION));
    } else {
        lower_later(l, item->at, word_text(item->prop.word));
    }
}

/* The owner first: the calendar of all else may be theirs. */
static void audit_props(Auditing *a, IrAudit *audit)
{
    lower_block(a->l);
    for (int owner = 1; owner >= 0; owner--)
        for (const Ast *item = a->item->ast->audit.items; item; item = item->next)
            if (item->kind == AST_PROP && (item->prop.word == K_OWNER) == owner &&
                lower_once(a->l, item->prop.word, item->at))
                audit_prop(a, audit, item);
}

static bool new_check(Lower *l, Map *seen, Name name)
{
    void **slot = name.text ? map_slot(seen, name.text) : NULL;
    if (!slot || !*slot) {
        if (slot)
            *slot = (void *)name.text;
        return true;
    }
    Diag *m = diag_add(l->diags, DIAG_E0201, name.at, "there is already a check named \"%s\" in this audit",
                       name.text);
    diag_hint(l->diags, m, "give one of the two another name");
    return false;
}

static IrAudit lower_audit(Lower *l, const Item *item)
{
    const Ast *ast = item->ast;
    Auditing a = {.l = l, .item = item, .calendar = lower_only_calendar(l)};
    IrAudit audit = {
        .name = names_full(&l->symbols, item->prefix, ast->audit.name.text ? ast->audit.name.text : ""),
        .system = item->system ? item->system->index : IR_NONE,
        .severity = AUDIT_MAJOR,
        .owner = CODE_NONE,
        .place = lower_place(l, ast->audit.name.at)};
    audit_props(&a, &audit);
    TriggerVec triggers = {0};
    VEC(IrCheck) checks = {0};
    Map *seen = map_new(l->arena);
    for (const Ast *i = ast->audit.items; i; i = i->next) {
        if (i->kind == AST_WHEN_TIME || i->kind == AST_WHEN_EVENT || i->kind == AST_WHEN_ROWS) {
            lower_trigger(l, item->prefix, a.calendar, i, NULL, &triggers);
        } else if (i->kind == AST_CHECK) {
            (void)new_check(l, seen, i->check.name);
            IrCheck check = lower_check(&a, i);
            *VEC_PUSH(l->arena, &checks) = check;
        } else if (i->kind == AST_LATER) {
            lower_later_node(l, i);
        }
    }
    audit.triggers = triggers.items;
    audit.triggers_n = triggers.n;
    audit.checks = checks.items;
    audit.checks_n = checks.n;
    return audit;
}

void lower_audits(Lower *l)
{
    IrProgram *p = l->symbols.program;
    IrAudit *audits = ARENA_ARRAY(l->arena, IrAudit, l->audits.n);
    for (uint32_t i = 0; i < l->audits.n; i++)
        audits[i] = lower_audit(l, &l->audits.items[i]);
    p->audits = audits;
    p->audits_n = l->audits.n;
}
