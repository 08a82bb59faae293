/* lower_args.c -- values by name: what is given with call, start, emit, and in tests. */
#include "lang/lower.h"
#include <string.h>

typedef struct Args {
    Lower *l;
    Expr *x;
    const ArgsOf *of;
    ArgVec *out;
    Map *given;
    const Diag *nothing;           /* the message that it takes none of this name */
    uint32_t strangers;            /* given by a name that is not taken: likely meant for one that is */
} Args;

static const TypeField *field_named(Args *a, Name name)
{
    const ArgsOf *of = a->of;
    for (uint32_t i = 0; i < of->n; i++)
        if (strcmp(of->fields[i].name.text, name.text) == 0)
            return &of->fields[i];
    Lower *l = a->l;
    if (a->strangers++ && of->n == 0 && of->whose) {   /* that it takes nothing was told */
        diag_missing_too(l->diags, a->nothing, of->whose, name.text);
        return NULL;
    }
    const Sym *process = map_get(l->symbols.of[SYM_PROCESS], of->name.text);
    const char **all = ARENA_ARRAY(l->arena, const char *, of->n);
    for (uint32_t i = 0; i < of->n; i++)
        all[i] = of->fields[i].name.text;
    if ((process && process->lost && !text_nearest(name.text, all, of->n)) ||
        diags_lost_thing(l->diags, of->name.text) ||
        symbols_may_have(&l->symbols, of->name.text, name.text, all, of->n))
        return NULL;
    Diag *m = diag_missing(l->diags, of->whose, name.text, DIAG_E0410, name.at, "%s takes no \"%s\"", of->name.text,
                           name.text);
    a->nothing = m;
    if (!diag_nearest_name(l->diags, m, name.text, all, of->n))
        diag_hint(l->diags, m,
                  of->n ? "see what it takes where it is declared" : "it takes nothing: leave `with` away");
    return NULL;
}

static void lower_arg(Args *a, const Ast *arg)
{
    Lower *l = a->l;
    Name name = arg->arg.name;
    if (!name.text)
        return;
    const TypeField *field = field_named(a, name);
    void **slot = map_slot(a->given, name.text);
    if (*slot) {
        Diag *m = diag_add(l->diags, DIAG_E0411, name.at, "\"%s\" is given twice", name.text);
        diag_hint(l->diags, m, "keep one of the two");
        lower_first(l, m, ((const Ast *)*slot)->arg.name.at);
        return;
    }
    *slot = (void *)arg;
    Code code = expr_lower(a->x, arg->arg.value, field ? field->type : type_unknown(), NULL);
    *VEC_PUSH(l->arena, a->out) = (IrArg){name.text, code, IR_NONE};
}

void lower_args(Lower *l, Expr *x, const Ast *args, const ArgsOf *of, ArgVec *out)
{
    Args a = {l, x, of, out, map_new(l->arena), NULL, 0};
    for (const Ast *arg = args; arg; arg = arg->next)
        if (arg->kind == AST_ARG)
            lower_arg(&a, arg);
    const Sym *process = map_get(l->symbols.of[SYM_PROCESS], of->name.text);
    bool doubled = process && process->doubled;      /* the other one of this name may be meant */
    for (uint32_t i = 0; i < of->n && !of->partly && !doubled; i++) {
        const TypeField *field = &of->fields[i];
        if (!lower_required(field) || map_get(a.given, field->name.text) || diags_lost_thing(l->diags, of->name.text))
            continue;
        if (a.strangers) {
            a.strangers--;
            continue;
        }
        Diag *m = diag_once(l->diags, l, DIAG_E0409, of->name.at, "%s needs %s %s", of->name.text, field->name.text,
                            type_text(l->arena, field->type));
        diag_hint(l->diags, m, "add it: with %s = ...", field->name.text);
        lower_first(l, m, field->name.at);
    }
}

void lower_loose_args(Expr *x, const Ast *args)
{
    for (const Ast *arg = args; arg; arg = arg->next)
        if (arg->kind == AST_ARG)
            (void)expr_lower(x, arg->arg.value, type_unknown(), NULL);
}
