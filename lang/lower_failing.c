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

/* Handlers of steps for what fails in them are no help here: they may fail themselves, and are looked at alike. */
static void may_fail(void *self, const Ast *ast)
{
    bool *may = self;
    switch ((int)ast->kind) {
    case AST_STEP: case AST_IF: case AST_PARALLEL: case AST_SEQUENCE: case AST_LOCK: case AST_START: case AST_EMIT:
    case AST_WAIT_FOR: case AST_WAIT: case AST_SET: case AST_STOP: case AST_HANDLER: case AST_FIELDS: case AST_FIELD:
    case AST_TYPE_NAME: case AST_TYPE_MONEY: case AST_TYPE_LIST: case AST_TYPE_CHOICE: case AST_TYPE_OPTIONAL:
    case AST_LITERAL: case AST_NAME: case AST_TEMPLATE: case AST_ARG: case AST_WHO_OR: break;
    case AST_PROP: *may |= line_fails(ast); break;
    case AST_BINARY: *may |= reckons(ast); break;
    default: *may = true;
    }
}

bool failing_may(const Ast *items)
{
    bool may = false;
    for (; items && !may; items = items->next)
        if (items->kind != AST_HANDLER && items->kind != AST_ON_EVENT)
            lower_visit(items, may_fail, &may);
    return may;
}
