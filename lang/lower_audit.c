/* lower_audit.c -- audits: when they are judged, and each of their checks. */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

typedef struct Auditing {
    Lower *l;
    const Item *item;
    const char *calendar;          /* the owner's, or the only one */
} Auditing;

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
        audit->why = lower_words(l, value);
    } else if (item->prop.word == K_SEVERITY) {
        int found = value && value->kind == AST_NAME && value->name.name.text
                        ? lower_choice(l, value->name.name, "severity", severities, 3) : AUDIT_MAJOR;
        audit->severity = found < 0 ? AUDIT_MAJOR : (uint8_t)found;
    } else if (item->prop.word == K_OWNER) {
        Expr x = lower_expr(l, EXPR_VALUES, l->symbols.unit, a->item->prefix, a->calendar);
        const char *role = NULL;
        audit->owner = expr_who(&x, value, &role);
        who_is_one(l, value, "who answers for an audit");
        audit->owner_text = lower_source(l, value->at);
        const char *own = lower_role_calendar(l, role);
        a->calendar = own ? own : a->calendar;
    } else if (item->prop.word == K_REF) {
        audit_refs(l, audit, value);
    } else {                                   /* K_FIX */
        Expr x = lower_expr(l, EXPR_VALUES, l->symbols.unit, a->item->prefix, a->calendar);
        audit->fix_within = lower_fixed_span(&x, l->diags, value);
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

/* ---- waivers and looks ------------------------------------------------------------------------------ */

/* The check's number in this audit, or IR_NONE after a message. */
static uint32_t need_check(Auditing *a, const IrAudit *audit, Name name)
{
    Lower *l = a->l;
    const char **all = ARENA_ARRAY(l->arena, const char *, audit->checks_n);
    for (uint32_t i = 0; i < audit->checks_n; i++) {
        if (strcmp(audit->checks[i].name, name.text) == 0)
            return i;
        all[i] = audit->checks[i].name;
    }
    if (lower_has_bad(a->item->ast->audit.items))
        return IR_NONE;
    Diag *m = diag_add(l->diags, DIAG_E0290, name.at, "this audit has no check named \"%s\"", name.text);
    if (!diag_nearest(l->diags, m, name.text, all, audit->checks_n))
        diag_hint(l->diags, m, "a waiver names a check of its own audit, as where that is declared: check \"...\"");
    return IR_NONE;
}

/* Whoever may be asked for it by name: a declared person, or one of a role's. */
static const char *need_person(Auditing *a, Name name)
{
    Symbols *s = &a->l->symbols;
    bool declared = name.text && names_known(s, SYM_PERSON, symbols_at(s, a->item->prefix, name.at), name.text);
    if (name.text && !declared && map_get(s->people, name.text))
        return name.text;
    for (uint32_t i = 0; !declared && i < a->l->syms[SYM_ROLE].n; i++)
        if (s->lost[SYM_ROLE] || lower_has_bad(a->l->syms[SYM_ROLE].items[i]->ast->role.items))
            return NULL;                       /* they may have stood where something was lost */
    const Sym *person = symbols_need(s, SYM_PERSON, a->item->prefix, name);
    return person ? person->name : NULL;
}

static void waived_case(Auditing *a, const IrCheck *check, const Ast *of, IrWaiver *waiver)
{
    Lower *l = a->l;
    const Value *v = &of->literal.value;
    if (check->rule > RULE_OF_CASES) {
        Diag *m = diag_add(l->diags, DIAG_E0520, of->at, "this check judges no cases one by one");
        diag_hint(l->diags, m, "leave the case out: the waiver is for the whole check");
    } else if (v->type == V_TEXT) {
        waiver->key = v->text;
    } else if (v->i % DECIMAL_ONE || v->i < DECIMAL_ONE) {
        Diag *m = diag_add(l->diags, DIAG_E0522, of->at, "cases are numbered 1, 2, 3 ...");
        diag_hint(l->diags, m, "`ops audit` names the case; its key stands in quotes: case \"A-17\"");
    } else if (check->process && map_get(l->symbols.of[SYM_LOG], check->process)) {
        waiver->key = arena_printf(l->arena, "%lld", (long long)(v->i / DECIMAL_ONE));   /* a log has no other */
    } else {
        waiver->case_id = (uint64_t)(v->i / DECIMAL_ONE);
    }
}

static void lower_waiver(Auditing *a, const IrAudit *audit, const Ast *ast, IrWaiver *waiver)
{
    Lower *l = a->l;
    *waiver = (IrWaiver){.check = IR_NONE, .place = lower_place(l, ast->at)};
    if (ast->waive.check.text)
        waiver->check = need_check(a, audit, ast->waive.check);
    if (waiver->check != IR_NONE && ast->waive.of && ast->waive.of->kind == AST_LITERAL)
        waived_case(a, &audit->checks[waiver->check], ast->waive.of, waiver);
    waiver->by = need_person(a, ast->waive.by);
    waiver->because = lower_text(l, ast->waive.because);
    if (ast->waive.until && ast->waive.until->kind == AST_LITERAL)
        waiver->until = ast->waive.until->literal.value.i;
    if (waiver->because && strspn(waiver->because, " ") == strlen(waiver->because)) {
        Diag *m = diag_add(l->diags, DIAG_E0373, ast->waive.because->at, "a waiver says why");
        diag_hint(l->diags, m, "give the reason for whoever reads the report: because \"Pilot customer\"");
    }
}

/* The number of a case says which process it is of: a copy of that process has no such case. */
static bool of_original(Auditing *a, const IrAudit *audit, const Ast *ast, const IrWaiver *waiver)
{
    Lower *l = a->l;
    const char *name = waiver->case_id ? audit->checks[waiver->check].process : NULL;
    const Sym *process = name ? map_get(l->symbols.of[SYM_PROCESS], name) : NULL;
    return process && scope_copy(&l->symbols, process->prefix) && diags_inherits(l->diags, ast->at);
}

static void lower_waivers(Auditing *a, IrAudit *audit)
{
    VEC(IrWaiver) waivers = {0};
    for (const Ast *i = a->item->ast->audit.items; i; i = i->next) {
        IrWaiver waiver;
        if (i->kind != AST_WAIVE)
            continue;
        lower_waiver(a, audit, i, &waiver);
        if (!of_original(a, audit, i, &waiver))
            *VEC_PUSH(a->l->arena, &waivers) = waiver;
    }
    audit->waivers = waivers.items;
    audit->waivers_n = waivers.n;
}

/* A person's look is a check like any other, judged by what they put their name to. */
static IrCheck lower_attest(Auditing *a, const Ast *ast)
{
    Lower *l = a->l;
    Expr x = lower_expr(l, EXPR_VALUES, l->symbols.unit, a->item->prefix, a->calendar);
    IrCheck check = {.name = ast->attest.what.text ? ast->attest.what.text : "",
                     .rule = RULE_ATTEST,
                     .where = CODE_NONE,
                     .condition = CODE_NONE,
                     .warn = CODE_NONE,
                     .at_most = -1,
                     .at_most_share = -1,
                     .text = lower_source(l, ast->at),
                     .place = lower_place(l, ast->attest.what.at)};
    check.who = expr_who(&x, ast->attest.who, NULL);
    who_in_check(l, ast->attest.who);
    TriggerVec due = {0};
    Ast *when = ast_when_time(l->arena, ast->attest.schedule->at, ast->attest.schedule);
    lower_trigger(l, a->item->prefix, a->calendar, when, NULL, &due);
    if (due.n == 0)
        return check;
    /* What is due on a closed day is due on the next open one: a look is never owed a month later for a holiday. */
    Recurrence *when_due = &due.items[0].recurrence;
    when_due->move_to_open = when_due->calendar != NULL;
    when_due->skip_closed = false;
    check.due = when_due;
    return check;
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

/* What a line was to judge may have been lost to a mistake. */
static void judges_nothing(Lower *l, const Ast *audit)
{
    for (const Ast *i = audit->audit.items; i; i = i->next)
        if (i->kind == AST_BAD) return;
    Diag *m = diag_add(l->diags, DIAG_W0587, audit->audit.name.at, "this audit judges nothing: it has no check");
    diag_hint(l->diags, m, "say what must hold: check \"prompt\" every P finished within 1 day");
}

static IrAudit lower_audit(Lower *l, const Item *item)
{
    const Ast *ast = item->ast;
    Auditing a = {.l = l, .item = item, .calendar = lower_only_calendar(l)};
    IrAudit audit = {
        .name = item->name,
        .system = item->system ? item->system->index : IR_NONE,
        .severity = AUDIT_MAJOR,
        .owner = CODE_NONE,
        .place = lower_place(l, ast->audit.name.at)};
    const Heir *before = lower_heir(l, item->prefix);
    audit_props(&a, &audit);
    TriggerVec triggers = {0};
    VEC(IrCheck) checks = {0};
    Map *seen = map_new(l->arena);
    for (const Ast *i = ast->audit.items; i; i = i->next) {
        if (i->kind == AST_WHEN_TIME || i->kind == AST_WHEN_EVENT || i->kind == AST_WHEN_ROWS) {
            lower_trigger(l, item->prefix, a.calendar, i, NULL, &triggers);
        } else if (i->kind == AST_CHECK) {
            (void)new_check(l, seen, i->check.name);
            IrCheck check = lower_check(l, item->prefix, a.calendar, i);
            *VEC_PUSH(l->arena, &checks) = check;
        } else if (i->kind == AST_ATTEST) {
            (void)new_check(l, seen, i->attest.what);
            IrCheck check = lower_attest(&a, i);
            *VEC_PUSH(l->arena, &checks) = check;
        }
    }
    audit.checks = checks.items;
    audit.checks_n = checks.n;
    if (checks.n == 0) judges_nothing(l, ast);
    lower_waivers(&a, &audit);
    diags_heir(l->diags, before);
    audit.prelude = lower_audit_prelude(l, item, &audit.prelude_n);
    audit.modules = lower_modules_of(l, item->prefix, item->prefix, &audit.modules_n);
    if (audit.owner == CODE_NONE && item->system) {
        audit.owner = l->symbols.program->systems[item->system->index].owner;
        audit.owner_text = l->systems[item->system->index].owner_text;
    }
    audit.triggers = triggers.items;
    audit.triggers_n = triggers.n;
    return audit;
}

void lower_audits(Lower *l)
{
    IrProgram *p = l->symbols.program;
    IrAudit *audits = ARENA_ARRAY(l->arena, IrAudit, l->audits.n);
    for (uint32_t i = 0; i < l->audits.n && !diags_full(l->diags); i++)
        audits[i] = lower_audit(l, &l->audits.items[i]);
    p->audits = audits;
    p->audits_n = l->audits.n;
}
