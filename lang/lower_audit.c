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
        audit->why = lower_text(l, value);
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
    } else if (item->prop.word == K_FIX) {
        Expr x = lower_expr(l, EXPR_VALUES, l->symbols.unit, a->item->prefix, a->calendar);
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
            IrCheck check = lower_check(l, item->prefix, a.calendar, i);
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
