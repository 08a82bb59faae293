/* lower_failing.c -- whether a block can fail at all.
 *
 * Machines fail, and so do promises that are not kept, time that runs out, loops at their limit, processes that are
 * called, and values that cannot be reckoned. People's steps, waits and what is only said do not: a handler around
 * nothing but these is never asked. What this file does not know for sure may fail.
 */
#include "lang/grammar.h"
#include "lang/lower_flow.h"

static bool reckons(const Ast *ast)
{
    switch (ast->binary.op) {
    case K_AND: case K_OR: case K_IS: case ISNOT: return false;
    default: return true;
    }
}

static bool line_fails(const Ast *prop)
{
    switch (prop->prop.word) {
    case K_ENSURES: case K_TIMEOUT: return true;
    default: return false;
    }
}

/* Of an event that asks something of what it tells; of one that is not known all may be. */
static bool asks(const Flow *f, Name name)
{
    const char *prefix = symbols_at(&f->l->symbols, f->process->prefix, name.at);
    const Sym *event = name.text ? names_known(&f->l->symbols, SYM_EVENT, prefix, name.text) : NULL;
    bool any = !event || !event->type;
    for (uint32_t i = 0; !any && i < event->type->fields_n; i++) {
        const Ast *field = event->type->fields[i].ast;
        any = lower_option(field, K_WHERE) || lower_option(field, K_MATCHING);
    }
    return any;
}

typedef struct Failing {
    const Flow *f;
    bool may;
} Failing;

/* Handlers of steps for what fails in them are no help here: they may fail themselves, and are looked at alike. */
static void may_fail(void *self, const Ast *ast)
{
    Failing *in = self;
    switch ((int)ast->kind) {
    case AST_STEP: case AST_IF: case AST_PARALLEL: case AST_SEQUENCE: case AST_LOCK: case AST_START:
    case AST_WAIT_FOR: case AST_WAIT: case AST_SET: case AST_STOP: case AST_HANDLER: case AST_FIELDS: case AST_FIELD:
    case AST_TYPE_NAME: case AST_TYPE_MONEY: case AST_TYPE_LIST: case AST_TYPE_CHOICE: case AST_TYPE_OPTIONAL:
    case AST_LITERAL: case AST_NAME: case AST_TEMPLATE: case AST_ARG: case AST_WHO_OR: break;
    case AST_EMIT: in->may |= asks(in->f, ast->emit.event); break;
    case AST_PROP: in->may |= line_fails(ast); break;
    case AST_BINARY: in->may |= reckons(ast); break;
    default: in->may = true;
    }
}

bool failing_may(const Flow *f, const Ast *items)
{
    Failing in = {f, false};
    for (; items && !in.may; items = items->next)
        if (items->kind != AST_HANDLER && items->kind != AST_ON_EVENT)
            lower_visit(items, may_fail, &in);
    return in.may;
}
