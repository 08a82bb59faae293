/* lower_endless.c -- what would never come to an end: loops and waits.
 *
 * A loop is reported when nothing in it can change what its `until` asks for,
 * and nothing leads out of it. What depends on the clock, on people or on
 * other cases may always change.
 */
#include "lang/expr_private.h"
#include "lang/grammar.h"
#include "lang/lower_flow.h"
#include <string.h>

typedef struct Ending {
    Flow *f;
    const Map *set;                /* names that the loop sets */
    bool may;                      /* it may come to an end */
} Ending;

/* `stop`, `fail` and a rejection that nobody handles lead out of any loop. */
static void leads_out(void *self, const Ast *ast)
{
    Ending *e = self;
    bool approves = false, handled = false;
    if (ast->kind == AST_STOP || ast->kind == AST_FAIL)
        e->may = true;
    for (const Ast *item = ast->kind == AST_STEP ? ast->step.items : NULL; item; item = item->next) {
        approves |= item->kind == AST_PROP && item->prop.word == K_APPROVE;
        handled |= item->kind == AST_HANDLER && item->handler.on == K_REJECT;
    }
    e->may |= approves && !handled;
}

/* Variables that the loop leaves alone, and values, stay what they are; all else may change. */
static void may_change(void *self, const Ast *ast)
{
    Ending *e = self;
    Flow *f = e->f;
    const char *name = ast->kind == AST_NAME ? ast->name.name.text : NULL;
    bool step = name && f->process->steps && map_get(f->process->steps, name);
    if (name && vars_find(f, name))
        e->may |= map_get(e->set, name) != NULL;
    else if (name)
        e->may |= step || expr_knows(&f->x, name);
    else if (ast->kind == AST_MEMBER)
        e->may |= expr_is_text(ast->member.of);
    else
        e->may |= ast->kind == AST_INDEX || ast->kind == AST_WHO_DID || ast->kind == AST_APPLY;
}

bool endless_repeat(Flow *f, const Ast *ast)
{
    const Ast *until = ast->repeat.until;
    Map *own = map_new(f->l->arena);
    Ending e = {f, own, f->broken || ast->repeat.limit || !until || until->kind == AST_BAD};
    for (const Ast *item = ast->repeat.items; item && !e.may; item = item->next) {
        vars_setters(f, item, map_new(f->l->arena), own);
        lower_visit(item, leads_out, &e);
    }
    if (!e.may && !(until->kind == AST_LITERAL && until->literal.value.i))
        lower_visit(until, may_change, &e);
    else
        e.may = true;
    if (e.may)
        return false;
    bool never = until->kind == AST_LITERAL;
    Diag *m = diag_add(f->l->diags, DIAG_E0430, until->at,
                       never ? "this loop never ends"
                             : "nothing in this loop changes what is asked here: it ends after one round, or never");
    diag_hint(f->l->diags, m, "set in the loop what `until` asks for, or say how often: repeat at most 5 times <");
    return true;
}

static void note_wait(void *self, const Ast *ast)
{
    bool *may = self;
    *may |= ast->kind == AST_WAIT_FOR && !ast->wait_for.within && !ast->wait_for.otherwise;
}

bool endless_may_wait(const Ast *ast)
{
    bool may = false;
    lower_visit(ast, note_wait, &may);
    return may;
}

void endless_wait(Flow *f, const Ast *ast)
{
    if (ast->wait_for.within || ast->wait_for.otherwise || f->broken || f->bounded || !ast->wait_for.event.text)
        return;
    Diag *m = diag_add(f->l->diags, DIAG_E0431, ast->wait_for.event.at, "this waits for ever if %s never comes",
                       ast->wait_for.event.text);
    diag_hint(f->l->diags, m, "fine where it surely comes; else say how long: within 14 days else < ... >");
}
