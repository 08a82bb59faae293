/* lower_idle.c -- blocks that hold nothing, or too little to mean anything.
 *
 * Empty ways that mean something are left alone: `on fail < >` goes on as if nothing had been, `on reject < >`
 * and the `else` of a wait go on all the same, and an event's handler ends what is around it.
 */
#include "lang/lower_flow.h"

bool idle_is_empty(const Ast *items)
{
    while (items && (items->kind == AST_HANDLER || items->kind == AST_ON_EVENT))
        items = items->next;
    return !items;
}

/* A copy that took something away may leave such a block on purpose; and what it inherits was looked at there. */
static void tell(Flow *f, DiagCode code, Span at, const char *what, const char *hint)
{
    if (f->broken || f->process->broken || scope_copy(&f->l->symbols, f->process->prefix))
        return;
    diag_hint(f->l->diags, diag_add(f->l->diags, code, at, "%s", what), "%s", hint);
}

void idle_block(Flow *f, Span at, const Ast *items, const char *word)
{
    if (idle_is_empty(items))
        tell(f, DIAG_W0464, at, arena_printf(f->l->arena, "nothing is done in this `%s`", word),
             "put in it what is to be done, or take it away");
}

void idle_if(Flow *f, const Ast *ast)
{
    const Ast *otherwise = ast->if_.otherwise;
    bool nothing = otherwise && otherwise->kind == AST_SEQUENCE && otherwise->sequence.implied;
    if (idle_is_empty(ast->if_.then))
        tell(f, DIAG_W0464, ast->at, "nothing is done where this holds",
             otherwise && !nothing ? "turn the condition round: if not (...) < ... >"
                                   : "put in it what is to be done, or take it away");
    else if (nothing)
        tell(f, DIAG_W0464, otherwise->at, "nothing is done in this `else`",
             "put in it what is to be done, or take it away");
}

void idle_parallel(Flow *f, const Ast *ast)
{
    const Ast *only = NULL;
    uint32_t n = 0;
    for (const Ast *item = ast->parallel.items; item; item = item->next)
        if (item->kind != AST_HANDLER && item->kind != AST_ON_EVENT)
            only = item, n++;
    if (n == 0)
        idle_block(f, ast->at, ast->parallel.items, "parallel");
    else if (n == 1)
        tell(f, DIAG_W0465, ast->at, "this `parallel` has one branch, and nothing runs beside it",
             only->kind == AST_SEQUENCE
                 ? "each statement inside is a branch: take `sequence` away, or put one beside it"
                 : "put beside it what runs at the same time, or take `parallel` away");
}
