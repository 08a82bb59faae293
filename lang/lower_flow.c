/* lower_flow.c -- a process becomes a flow: structured nodes in pre-order.
 *
 * One walk does it all: types, assignment on every path, statements that
 * nothing reaches, and the nodes themselves. What comes behind `stop` or
 * `fail` is reported once and lowered all the same, for its own mistakes.
 */
#include "lang/lower_flow.h"
#include "lang/expr_private.h"
#include "lang/grammar.h"
#include "lang/lower_who.h"
#include <stdio.h>
#include <string.h>

#define DEEPEST 1000                           /* nodes inside nodes; `else if` counts */

void flow_codes(Flow *f, const Code *codes, uint32_t n, uint32_t *first, uint32_t *count)
{
    *first = f->codes.n;
    *count = n;
    for (uint32_t i = 0; i < n; i++)
        *VEC_PUSH(f->l->arena, &f->codes) = codes[i];
}

/* ---- nodes ---------------------------------------------------------------------------- */

static const char *node_word(uint16_t op)
{
    static const char *const words[] = {
        [IRN_SEQUENCE] = "sequence", [IRN_STEP] = "step", [IRN_IF] = "if", [IRN_PARALLEL] = "parallel",
        [IRN_EACH] = "each", [IRN_EACH_PARALLEL] = "each", [IRN_REPEAT] = "repeat", [IRN_CALL] = "call",
        [IRN_START] = "start", [IRN_EMIT] = "emit", [IRN_WAIT_EVENT] = "wait", [IRN_WAIT_SPAN] = "wait",
        [IRN_WAIT_UNTIL] = "wait", [IRN_SET] = "set", [IRN_STOP] = "stop", [IRN_FAIL] = "fail", [IRN_RACE] = "race",
        [IRN_LOCK] = "lock", [IRN_BLOCK] = "block", [IRN_ON_FAIL] = "on fail", [IRN_ON_LATE] = "on late",
        [IRN_ON_EVENT] = "on event"};
    return words[op];
}

/* Kinds that share a word share its numbers. */
static uint16_t node_family(uint16_t op)
{
    return op == IRN_EACH_PARALLEL                       ? IRN_EACH
           : op == IRN_WAIT_SPAN || op == IRN_WAIT_UNTIL ? IRN_WAIT_EVENT
                                                         : op;
}

static const char *node_name(Flow *f, uint16_t op)
{
    char name[64];
    int n;
    do {
        n = snprintf(name, sizeof name, "%s %u", node_word(op), ++f->counts[node_family(op)]);
    } while (map_get(f->process->steps, name));
    return intern(f->l->symbols.names, name, (size_t)n);
}

uint32_t flow_begin(Flow *f, uint16_t op, Span at, const char *name)
{
    uint32_t i = f->nodes.n;
    *VEC_PUSH(f->l->arena, &f->nodes) =
        (IrNode){.op = op, .parent = f->parent, .a = IR_NONE, .b = IR_NONE, .c = IR_NONE, .d = IR_NONE,
                 .name = name ? name : node_name(f, op), .place = lower_place(f->l, at)};
    f->parent = i;
    return i;
}

void flow_end(Flow *f, uint32_t node)
{
    IrNode *n = &f->nodes.items[node];
    n->end = f->nodes.n;
    f->parent = n->parent;
}

static IrNode *at_node(Flow *f, uint32_t node)
{
    return &f->nodes.items[node];
}

/* The step that is meant stands here or below, and no loop or other way leads back from there; else NULL. A step
 * itself (*itself) is done by nobody when it begins for the first time, whatever leads to it. */
const char *flow_not_yet(const Flow *f, const Ast *ast, bool *itself)
{
    const char *step = ast->kind == AST_WHO_DID || ast->kind == AST_MEMBER ? who_step(f, ast) : NULL;
    const IrNode *around = f->parent == IR_NONE ? NULL : &f->nodes.items[f->parent];
    *itself = step && around && around->op == IRN_STEP && strcmp(around->name, step) == 0;
    bool open = !step || f->broken || f->process->broken || map_get(f->done, step) ||
                !map_get(f->process->steps, step);
    return open || (f->anywhen && !*itself) ? NULL : step;
}

const char *flow_machines(const Flow *f, const Ast *ast)
{
    const char *step = ast->kind == AST_WHO_DID || ast->kind == AST_MEMBER ? who_step(f, ast) : NULL;
    const Ast *of = step && !f->broken && !f->process->broken ? map_get(f->process->steps, step) : NULL;
    bool machine = of && of->kind == AST_STEP, person = false;
    for (const Ast *item = machine ? of->step.items : NULL; item; item = item->next)
        person = person || (item->kind == AST_PROP && item->prop.word == K_WHO);
    return machine && !person ? step : NULL;
}

/* Who did what comes only below: nobody yet. Where there are other ways to here, nothing is said. */
void flow_never_before(void *flow, const Ast *ast)
{
    Flow *f = flow;
    bool itself;
    const char *step = flow_not_yet(f, ast, &itself), *machine = flow_machines(f, ast);
    const char *own = f->steps.n ? f->steps.items[f->steps.n - 1].name : NULL;
    if (machine) {
        Diag *m = diag_add(f->l->diags, DIAG_W0462, ast->at, "a machine does \"%s\", so nobody did it", machine);
        diag_hint(f->l->diags, m, "name a step that people do");
        return;
    }
    if (!step || f->anywhen || (own && strcmp(own, step) == 0))
        return;
    Diag *m = diag_add(f->l->diags, DIAG_W0462, ast->at, "nobody has done \"%s\" yet: it %s", step,
                       itself ? "begins here" : "stands below");
    diag_hint(f->l->diags, m, "name a step that is done before, or put this one behind it");
}

Code flow_condition(Flow *f, const Ast *ast, const char *if_yes, const char *if_no)
{
    if (ast)
        lower_visit(ast, flow_never_before, f);
    return ast ? expr_condition(&f->x, ast, if_yes, if_no) : CODE_NONE;
}

/* ---- arguments -------------------------------------------------------------------------- */

/* Those of the arguments from `first` on that are constants: does what is given them take them? */
static void check_args(Flow *f, uint32_t first, const Ast *args, const Fitting *of)
{
    FitValue *values = ARENA_ARRAY(f->l->arena, FitValue, of->n);
    Fitting fitting = *of;
    for (uint32_t k = first; k < f->args.n; k++) {
        const IrArg *given = &f->args.items[k];
        const Value *known = expr_known_code(&f->x, given->code);
        const Ast *arg = args;
        while (arg && (arg->kind != AST_ARG || !arg->arg.name.text || strcmp(arg->arg.name.text, given->name) != 0))
            arg = arg->next;
        for (uint32_t i = 0; i < of->n && known && known->type != V_NONE && arg; i++)
            if (strcmp(of->fields[i].name.text, given->name) == 0)
                values[i] = (FitValue){*known, arg->arg.value};
    }
    fitting.values = values;
    expr_fits(&f->x, &fitting);
}

static void give_args(Flow *f, uint32_t node, const Ast *args, const Sym *to, const TypeField *fields, uint32_t n,
                      Name of)
{
    uint32_t first = f->args.n;
    lower_args(f->l, &f->x, args, &(ArgsOf){of, fields, n, to, false}, &f->args);
    check_args(f, first, args, &(Fitting){to->prefix, fields, n, NULL});
    at_node(f, node)->b = first;
    at_node(f, node)->args_n = f->args.n - first;
}

/* ---- one statement of each kind ----------------------------------------------------------- */

Var *flow_keep(Flow *f, Name name, const Type *type)
{
    Var *var = vars_declare(f, name, type);
    if (var)
        vars_set(f, var, type, name.at);
    return var;
}

/* One way of an `if`. True: it goes on, and what its condition says still holds at its end. */
static bool flow_way(Flow *f, const Ast *condition, Code code, bool holds, const Ast *items, Span at)
{
    uint32_t mark = facts_here(f);
    if (condition) {
        expr_narrow(&f->x, condition, holds, vars_narrow, f);
        facts_condition(f, code, holds, condition->at);
    }
    (void)flow_list(f, items, at);
    bool still = !f->ended && facts_here(f) > mark && !f->facts.items[mark]->dead;
    facts_back(f, mark);
    return still;
}

/* The condition is wrong, so what it was to find out of others is not known. Where it only asks more of what may be
 * none than that can answer, the same is not told of that again. */
static void condition_wrong(Flow *f, uint32_t errors, uint32_t absent)
{
    bool of_none = f->x.absent.n - absent == errors;
    for (uint32_t i = absent; of_none && i < f->x.absent.n; i++)
        of_none = f->x.absent.items[i] != NULL;
    f->x.unsure |= !of_none;
    for (uint32_t i = absent; of_none && i < f->x.absent.n; i++)
        f->x.absent.items[i]->excused = true;
}

static void flow_if(Flow *f, const Ast *ast)
{
    uint32_t node = flow_begin(f, IRN_IF, ast->at, NULL);
    const Ast *asked = ast->if_.condition, *otherwise = ast->if_.otherwise;
    uint32_t errors = diags_errors(f->l->diags), absent = f->x.absent.n;
    Code code = flow_condition(f, asked, "the `if` decides nothing", "what stands in it is never done");
    at_node(f, node)->a = code;
    at_node(f, node)->asked = asked ? lower_source(f->l, asked->at) : NULL;
    f->x.unsure |= !asked || asked->kind == AST_BAD;
    if (diags_errors(f->l->diags) > errors)
        condition_wrong(f, diags_errors(f->l->diags) - errors, absent);
    Fork fork = vars_fork(f);
    bool yes = flow_way(f, asked, code, true, ast->if_.then, ast->at), yes_ends = f->ended;
    vars_branch(f, &fork);
    bool no = flow_way(f, asked, code, false, otherwise, otherwise ? otherwise->at : ast->at), no_ends = f->ended;
    vars_branch(f, &fork);
    vars_join(f, &fork);
    if ((yes && no_ends) || (no && yes_ends))
        facts_condition(f, code, yes && no_ends, asked->at);
    flow_end(f, node);
}

static void flow_parallel(Flow *f, const Ast *ast)
{
    uint32_t node = flow_begin(f, IRN_PARALLEL, ast->at, NULL);
    uint32_t parallel = ++f->parallels, branch = 0;
    Map *setters = map_new(f->l->arena);
    VEC(Map *) own = {0};
    for (const Ast *item = ast->parallel.items; item; item = item->next) {
        if (item->kind == AST_HANDLER || item->kind == AST_ON_EVENT)
            continue;
        *VEC_PUSH(f->l->arena, &own) = map_new(f->l->arena);
        vars_setters(f, item, setters, own.items[own.n - 1]);
    }
    Fork fork = vars_fork(f);
    Siblings siblings = {.parallel = ast}, *around = f->siblings;
    for (const Ast *item = ast->parallel.items; item; item = item->next) {
        if (item->kind == AST_HANDLER || item->kind == AST_ON_EVENT)
            continue;
        uint32_t first = f->assigns.n;
        Shadow shadow = {setters, own.items[branch], map_new(f->l->arena), f->nodes.n, f->shadow};
        uint32_t mark = facts_here(f);
        siblings.branch = item, siblings.shadow = &shadow;
        f->shadow = &shadow, f->siblings = &siblings;
        f->anywhen++;
        flow_node(f, item);
        f->anywhen--;
        f->shadow = shadow.up, f->siblings = around;
        facts_back(f, mark);
        vars_parallel(f, parallel, ++branch, first);
        vars_branch(f, &fork);
    }
    vars_join_all(f, &fork);
    flow_circles(f, &siblings);
    flow_end(f, node);
}

static const Type *element(Flow *f, const Ast *list, Code *code)
{
    const Type *type = NULL;
    *code = expr_lower(&f->x, list, NULL, &type);
    if (type->kind == TYPE_LIST && !type->optional)
        return type->of;
    if (type->kind != TYPE_UNKNOWN) {
        Diag *m = diag_add(f->l->diags, DIAG_E0424, list->at, "`each` goes through a list, and this is %s",
                           type_text(f->l->arena, type));
        diag_hint(f->l->diags, m, type->optional && type->kind == TYPE_LIST
                                      ? "ask first whether it is there: if ... is not none < ... >"
                                      : "write a list: [a, b], or a value of a type `list of ...`");
    }
    return type_unknown();
}

/* What the variable held would be lost. */
static void element_takes_place(Flow *f, Name name, const Var *before)
{
    Diag *m = diag_add(f->l->diags, DIAG_E0201, name.at, "there is already a variable named %s: each element would "
                       "take its place", name.text);
    diag_hint(f->l->diags, m, "give the element a name of its own");
    lower_first(f->l, m, before->b.at);
}

/* The slot of the variable that holds each element. That of another `each` further up is no business of this one. */
static uint32_t flow_element(Flow *f, Name name, const Type *type)
{
    Var *before = name.text ? vars_find(f, name.text) : NULL;
    if (before && !before->element) {
        element_takes_place(f, name, before);
        return IR_NONE;
    }
    if (before && before->scope != f->scope->node)
        vars_own(f, before);
    Var *var = flow_keep(f, name, type);
    if (!var)
        return IR_NONE;
    var->counts = true;
    var->element = true;
    return var->b.slot;
}

static void flow_each(Flow *f, const Ast *ast)
{
    uint32_t node = flow_begin(f, IRN_EACH, ast->at, NULL);
    Code code;
    const Type *type = element(f, ast->each.list, &code);
    at_node(f, node)->a = code;
    vars_forget(f, ast->each.items);
    facts_changing(f, ast->each.items);
    Fork fork = vars_fork(f);
    at_node(f, node)->b = flow_element(f, ast->each.variable, type);
    f->anywhen++;
    (void)flow_list(f, ast->each.items, ast->at);
    f->anywhen--;
    vars_branch(f, &fork);
    vars_branch(f, &fork);                     /* the way past an empty list */
    vars_join(f, &fork);
    flow_end(f, node);
}

/* What `collect` gathers must be set by every element. NULL after a message. */
static const Var *collected(Flow *f, Name name)
{
    Var *var = map_get(f->scope->map, name.text);
    if (var)
        var->b.read = true;
    if (var && (var->b.set || f->ended))
        return var;
    if (f->lost || diags_lost_value(f->l->diags, name.text))
        return NULL;
    Diag *m = diag_add(f->l->diags, DIAG_E0414, name.at, "%s cannot be collected: %s", name.text,
                       var ? "not every way through the block sets it" : "nothing in the block sets it");
    diag_hint(f->l->diags, m, "set it inside the block, on every way: set %s = ...", name.text);
    return NULL;
}

static void flow_collect(Flow *f, uint32_t node, const Ast *ast, const Var *element_var)
{
    if (!element_var && ast->each.as.text)
        flow_keep(f, ast->each.as, type_unknown());
    if (!element_var || !ast->each.as.text)
        return;
    const Type *list = type_list_at(f->l->arena, f->l->diags, ast->each.as.at, element_var->b.type);
    Var *var = flow_keep(f, ast->each.as, list);
    Code code = unit_here(f->unit);
    unit_emit(f->unit, IR_SLOT, element_var->b.slot);
    unit_emit(f->unit, IR_END, 0);
    at_node(f, node)->d = f->args.n;
    at_node(f, node)->args_n = 1;
    *VEC_PUSH(f->l->arena, &f->args) =
        (IrArg){ast->each.collect.text, code, var ? var->b.slot : IR_NONE};
}

/* What the elements set is not seen behind them; who reads it there is told how to gather it. */
static void leave_elements(Flow *f, const Scope *inner, const Ast *ast)
{
    void *value;
    Sym *process = f->process;
    process->apart = process->apart ? process->apart : map_new(f->l->arena);
    for (uint32_t i = 0; i < map_count(inner->map); i++)
        map_put(process->apart, map_key(inner->map, i, &value), (void *)ast);
    f->scope = inner->up;
}

static void flow_each_parallel(Flow *f, const Ast *ast)
{
    uint32_t node = flow_begin(f, IRN_EACH_PARALLEL, ast->at, NULL);
    Code code;
    const Type *type = element(f, ast->each.list, &code);
    at_node(f, node)->a = code;
    at_node(f, node)->c = (uint32_t)ast->each.up_to;
    Scope inner = {map_new(f->l->arena), node, f->scope};
    Siblings *siblings = f->siblings;
    Fork fork = vars_fork(f);
    f->scope = &inner, f->siblings = NULL;
    at_node(f, node)->b = flow_element(f, ast->each.variable, type);
    f->anywhen++;
    (void)flow_list(f, ast->each.items, ast->at);
    f->anywhen--;
    const Var *gathered = ast->each.collect.text ? collected(f, ast->each.collect) : NULL;
    f->ended = false;
    vars_branch(f, &fork);
    vars_branch(f, &fork);
    vars_join(f, &fork);
    leave_elements(f, &inner, ast);
    f->siblings = siblings;
    at_node(f, node)->d = f->args.n;
    flow_collect(f, node, ast, gathered);
    flow_end(f, node);
}

/* `until no` says on purpose that only a `stop`, or its limit, ends the loop. */
static Code flow_until(Flow *f, const Ast *until, bool told)
{
    const Value *v = until && until->kind == AST_LITERAL ? &until->literal.value : NULL;
    bool never = v && v->type == V_BOOLEAN && !v->i;
    if (until && (never || told))
        return expr_lower(&f->x, until, type_simple(TYPE_BOOLEAN), NULL);
    return flow_condition(f, until, "this is done once", "nothing but a `stop`, or its limit, ends this");
}

static void flow_repeat(Flow *f, const Ast *ast)
{
    uint32_t node = flow_begin(f, IRN_REPEAT, ast->at, NULL);
    at_node(f, node)->a = (uint32_t)ast->repeat.limit;
    vars_forget(f, ast->repeat.items);
    facts_changing(f, ast->repeat.items);
    f->anywhen++;
    (void)flow_list(f, ast->repeat.items, ast->at);
    f->anywhen--;
    bool ended = f->ended;
    f->ended = false;
    bool told = idle_is_empty(ast->repeat.items) || endless_repeat(f, ast);
    Code until = flow_until(f, ast->repeat.until, told);
    at_node(f, node)->b = until;
    if (ast->repeat.until)
        expr_narrow(&f->x, ast->repeat.until, true, vars_narrow, f);
    f->ended = ended;
    if (ast->repeat.until)
        facts_condition(f, until, true, ast->repeat.until->at);
    flow_end(f, node);
}

static void flow_place(Flow *f, uint32_t node, Span at)
{
    *VEC_PUSH(f->l->arena, &f->l->places) = (NodePlace){f->process->index, node, at};
}

/* What is started goes on by itself. The name is known all the same, so that this is told once. */
static void keeps_nothing(Flow *f, Name as)
{
    Diag *m = diag_add(f->l->diags, DIAG_E0404, as.at, "`start` does not wait, so nothing comes back from it");
    diag_hint(f->l->diags, m, "write `call`, which waits until it has ended, or take `as %s` away", as.text);
    Var *var = flow_keep(f, as, type_unknown());
    if (var)
        var->counts = true;
}

static void flow_call(Flow *f, const Ast *ast, bool wait)
{
    Name name = wait ? ast->call.process : ast->start.process;
    const Ast *args = wait ? ast->call.args : ast->start.args;
    uint32_t node = flow_begin(f, wait ? IRN_CALL : IRN_START, ast->at, NULL);
    const Sym *process = symbols_need(&f->l->symbols, SYM_PROCESS, f->process->prefix, name);
    at_node(f, node)->a = unit_name(f->unit, process ? process->name : "");
    flow_place(f, node, name.at);
    if (process)
        give_args(f, node, args, process, process->takes, process->takes_n, name);
    else
        lower_loose_args(&f->x, args);
    if (!wait && ast->start.as.text)
        keeps_nothing(f, ast->start.as);
    if (wait && process)
        lock_called(f, process, name.at);
    if (wait && ast->call.as.text) {
        Var *var = flow_keep(f, ast->call.as, process ? process->result : type_unknown());
        at_node(f, node)->c = var ? var->b.slot : IR_NONE;
    }
    flow_end(f, node);
}

static void flow_emit(Flow *f, const Ast *ast)
{
    uint32_t node = flow_begin(f, IRN_EMIT, ast->at, NULL);
    const Sym *event = symbols_need(&f->l->symbols, SYM_EVENT, f->process->prefix, ast->emit.event);
    at_node(f, node)->a = unit_name(f->unit, event ? event->name : "");
    flow_place(f, node, ast->emit.event.at);
    if (event && event->type) {
        lower_emits(f->l, event, ast->emit.event.at);
        give_args(f, node, ast->emit.args, event, event->type->fields, event->type->fields_n, ast->emit.event);
    } else {
        lower_loose_args(&f->x, ast->emit.args);
    }
    flow_end(f, node);
}

static void flow_wait_for(Flow *f, const Ast *ast)
{
    uint32_t node = flow_begin(f, IRN_WAIT_EVENT, ast->at, NULL);
    const Sym *event = symbols_need(&f->l->symbols, SYM_EVENT, f->process->prefix, ast->wait_for.event);
    at_node(f, node)->a = unit_name(f->unit, event ? event->name : "");
    if (event)
        lower_awaits(f->l, event, ast->wait_for.event.at);
    flow_place(f, node, ast->wait_for.event.at);
    const Ast *span = ast->wait_for.within;
    Code within = span ? beside_span(&f->x, f->l->diags, span) : CODE_NONE;
    Fork fork = vars_fork(f);
    if (ast->wait_for.as.text) {
        Var *var = flow_keep(f, ast->wait_for.as, event && event->type ? event->type : type_unknown());
        if (var)
            var->counts = true;
        at_node(f, node)->b = var ? var->b.slot : IR_NONE;
    }
    uint32_t told = diags_count(f->l->diags);
    Code where =
        flow_condition(f, ast->wait_for.condition, "every such event is the right one", "nothing ever ends this wait");
    if (diags_count(f->l->diags) == told)
        endless_wait(f, ast);
    at_node(f, node)->c = where;
    at_node(f, node)->d = within;
    if (ast->wait_for.condition)
        expr_narrow(&f->x, ast->wait_for.condition, true, vars_narrow, f);
    vars_branch(f, &fork);
    if (ast->wait_for.otherwise && !ast->wait_for.within) {
        Diag *m = diag_add(f->l->diags, DIAG_E0428, ast->wait_for.otherwise->at,
                           "this wait has no end after which `else` could come");
        diag_hint(f->l->diags, m, "say how long it waits at most: wait for ... within 14 days else < ... >");
    }
    (void)flow_list(f, ast->wait_for.otherwise, ast->at);
    bool comes = ast->wait_for.otherwise ? f->ended : !ast->wait_for.within;
    if (ast->wait_for.within || ast->wait_for.otherwise)
        vars_branch(f, &fork);
    vars_join(f, &fork);
    if (comes && ast->wait_for.condition)
        facts_condition(f, where, true, ast->wait_for.condition->at);
    flow_end(f, node);
}

static void flow_simple(Flow *f, const Ast *ast, uint16_t op)
{
    uint32_t node = flow_begin(f, op, ast->at, NULL);
    Code code;
    if (op == IRN_WAIT_SPAN)
        code = ast->wait.span ? beside_span(&f->x, f->l->diags, ast->wait.span) : CODE_NONE;
    else if (op == IRN_WAIT_UNTIL)
        code = past_wait(f, ast->wait_until.moment);
    else {
        const Ast *text = op == IRN_STOP ? ast->stop.text : ast->fail_.text;
        lower_said(f->l, text);
        code = expr_text(&f->x, text, false);
    }
    at_node(f, node)->a = code;
    if (op == IRN_STOP)
        vars_check_given(f, ast->at, "the process ends here");
    f->ended = op == IRN_STOP || op == IRN_FAIL;
    flow_end(f, node);
}

/* ---- set -------------------------------------------------------------------------------------- */

static void set_variable(Flow *f, uint32_t node, const Ast *ast)
{
    Name name = ast->set.place->name.name;
    Var *known = vars_find(f, name.text);
    const Type *type = NULL;
    Code code = expr_lower(&f->x, ast->set.value, known ? known->b.type : NULL, &type);
    at_node(f, node)->b = code;
    if (!known && type->kind == TYPE_NONE) {
        Diag *m = diag_add(f->l->diags, DIAG_E0425, ast->set.value->at,
                           "`none` alone does not say what %s will hold", name.text);
        diag_hint(f->l->diags, m, "set it to a value first, or declare it: gives %s text or none", name.text);
        type = type_unknown();
    }
    Var *var =
        known && type->kind == TYPE_UNKNOWN ? known : vars_declare(f, name, known ? known->b.type : type);
    if (!var)
        return;
    vars_set(f, var, type, name.at);
    facts_set(f, var, code, name.at);
    at_node(f, node)->a = var->b.slot;
}

/* a.b.c: its fields from the left, and the variable. */
static uint32_t unfold(const Ast *place, Name *names, uint32_t cap, Name *variable)
{
    uint32_t n = 0;
    for (; place->kind == AST_MEMBER && n < cap; place = place->member.of)
        names[n++] = place->member.name;
    *variable = place->kind == AST_NAME ? place->name.name : (Name){0};
    for (uint32_t i = 0; i < n / 2; i++) {
        Name swap = names[i];
        names[i] = names[n - 1 - i];
        names[n - 1 - i] = swap;
    }
    return n;
}

/* Of a.b.c: a.b is one up, a is two. */
static const Ast *owner_of(const Ast *place, uint32_t up)
{
    for (; up; up--)
        place = place->member.of;
    return place;
}

/* A constant that is set as this field of that record. */
static void check_field(Flow *f, const Type *of, const char *name, const Ast *value, Code code)
{
    const Value *known = expr_known_code(&f->x, code);
    const Sym *record = of->kind == TYPE_RECORD && of->name ? map_get(f->l->symbols.of[SYM_RECORD], of->name) : NULL;
    if (!known || known->type == V_NONE || !record)
        return;
    FitValue *values = ARENA_ARRAY(f->l->arena, FitValue, of->fields_n);
    for (uint32_t i = 0; i < of->fields_n; i++)
        if (strcmp(of->fields[i].name.text, name) == 0)
            values[i] = (FitValue){*known, value};
    expr_fits(&f->x, &(Fitting){record->prefix, of->fields, of->fields_n, values});
}

static const Type *member_type(Flow *f, const Type *of, Name name)
{
    Lower *l = f->l;
    if (of->kind == TYPE_UNKNOWN)
        return of;
    const char **all = ARENA_ARRAY(l->arena, const char *, of->fields_n);
    for (uint32_t i = 0; of->kind == TYPE_RECORD && i < of->fields_n; i++) {
        if (strcmp(of->fields[i].name.text, name.text) == 0)
            return of->fields[i].type;
        all[i] = of->fields[i].name.text;
    }
    Diag *m = diag_add(l->diags, DIAG_E0508, name.at, "%s has no field named \"%s\"", type_text(l->arena, of),
                       name.text);
    if (of->kind != TYPE_RECORD || !diag_nearest_name(l->diags, m, name.text, all, of->fields_n))
        diag_hint(l->diags, m, of->kind == TYPE_RECORD ? "see the record's fields where it is declared"
                                                       : "only a record has fields");
    return type_unknown();
}

static void set_field(Flow *f, uint32_t node, const Ast *ast)
{
    Lower *l = f->l;
    Name names[64], variable;
    uint32_t n = unfold(ast->set.place, names, 64, &variable);
    Var *var = variable.text ? vars_find(f, variable.text) : NULL;
    if (!var || !var->b.set) {
        Diag *m =
            diag_add(l->diags, DIAG_E0423, ast->set.place->at,
                     "%s holds nothing yet whose field could be set", variable.text ? variable.text : "this");
        diag_hint(l->diags, m, "set the whole record first, or take it: takes %s RecordName",
                  variable.text ? variable.text : "name");
        (void)expr_lower(&f->x, ast->set.value, NULL, NULL);
        return;
    }
    if (var->scope != f->scope->node) {
        (void)vars_declare(f, variable, var->b.type);      /* says why not */
        return;
    }
    const Type *type = var->b.type, *owner_type = type;
    const char **path = ARENA_ARRAY(l->arena, const char *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const Ast *owner = owner_of(ast->set.place, n - i);
        const Binding *known = expr_place(&f->x, owner, false);
        if (type->optional && !(known && known->narrowed)) {
            Diag *m = diag_add(l->diags, DIAG_E0423, ast->set.place->at,
                               "%s may be none here, and none has no fields",
                               i ? names[i - 1].text : variable.text);
            diag_hint(l->diags, m, "ask first: if %s is not none < ... >", expr_source(&f->x, owner));
            type = type_unknown();
        }
        path[i] = names[i].text;
        owner_type = type_plain(l->arena, type);
        type = member_type(f, owner_type, names[i]);
    }
    const Type *value = NULL;
    Code code = expr_lower(&f->x, ast->set.value, type->kind == TYPE_UNKNOWN ? NULL : type, &value);
    if (n > 0)
        check_field(f, owner_type, names[n - 1].text, ast->set.value, code);
    *VEC_PUSH(l->arena, &f->assigns) = (Assign){var, variable.at};
    vars_set_field(f, ast->set.place, value);
    facts_changed(f, var);
    var->counts = true;
    at_node(f, node)->a = var->b.slot;
    at_node(f, node)->b = code;
    at_node(f, node)->c = f->paths.n;
    *VEC_PUSH(l->arena, &f->paths) = path;
}

static void flow_set(Flow *f, const Ast *ast)
{
    uint32_t node = flow_begin(f, IRN_SET, ast->at, NULL);
    const Ast *place = ast->set.place;
    if (place && place->kind == AST_NAME && place->name.name.text)
        set_variable(f, node, ast);
    else if (place && place->kind == AST_MEMBER)
        set_field(f, node, ast);
    flow_end(f, node);
}

/* ---- lists --------------------------------------------------------------------------------------- */

static void too_deep(Flow *f, const Ast *ast)
{
    if (f->too_deep)
        return;
    f->too_deep = f->broken = true;
    Diag *m = diag_add(f->l->diags, DIAG_E0118, ast->at,
                       "this stands too deep: at most %d blocks inside each other", DEEPEST);
    diag_hint(f->l->diags, m, "move the inner part into a process of its own and `call` it");
}

static void check_idle(Flow *f, const Ast *ast)
{
    switch ((int)ast->kind) {
    case AST_IF: idle_if(f, ast); break;
    case AST_PARALLEL: idle_parallel(f, ast); break;
    case AST_SEQUENCE:
        if (!ast->sequence.implied)
            idle_block(f, ast->at, ast->sequence.items, "sequence");
        break;
    case AST_LOCK: idle_block(f, ast->at, ast->lock.items, "lock"); break;
    case AST_EACH: idle_block(f, ast->at, ast->each.items, "each"); break;
    case AST_REPEAT: idle_block(f, ast->at, ast->repeat.items, "repeat"); break;
    default: break;
    }
}

static void flow_kind(Flow *f, const Ast *ast)
{
    check_idle(f, ast);
    switch ((int)ast->kind) {
    case AST_STEP: flow_step(f, ast); break;
    case AST_IF: flow_if(f, ast); break;
    case AST_PARALLEL: flow_handled(f, ast->parallel.items, ast->at, flow_parallel, ast); break;
    case AST_RACE: flow_handled(f, ast->race.items, ast->at, flow_race, ast); break;
    case AST_LOCK: flow_lock(f, ast); break;
    case AST_SEQUENCE: (void)flow_list(f, ast->sequence.items, ast->at); break;
    case AST_EACH: (ast->each.parallel ? flow_each_parallel : flow_each)(f, ast); break;
    case AST_REPEAT: flow_repeat(f, ast); break;
    case AST_CALL: flow_call(f, ast, true); break;
    case AST_START: flow_call(f, ast, false); break;
    case AST_EMIT: flow_emit(f, ast); break;
    case AST_WAIT_FOR: flow_wait_for(f, ast); break;
    case AST_WAIT: flow_simple(f, ast, IRN_WAIT_SPAN); break;
    case AST_WAIT_UNTIL: flow_simple(f, ast, IRN_WAIT_UNTIL); break;
    case AST_SET: flow_set(f, ast); break;
    case AST_STOP: flow_simple(f, ast, IRN_STOP); break;
    case AST_FAIL: flow_simple(f, ast, IRN_FAIL); break;
    case AST_BAD: f->broken = true; break;
    default: break;                            /* a process's own lines, and handlers */
    }
}

void flow_node(Flow *f, const Ast *ast)
{
    if (++f->depth > DEEPEST)
        too_deep(f, ast);
    else
        flow_kind(f, ast);
    f->depth--;
}

static bool is_statement(const Ast *ast)
{
    return ast->kind != AST_PROP && ast->kind != AST_FIELDS && ast->kind != AST_BAD &&
           ast->kind != AST_WHEN_EVENT && ast->kind != AST_WHEN_TIME && ast->kind != AST_WHEN_ROWS &&
           ast->kind != AST_HANDLER && ast->kind != AST_ON_EVENT;
}

static void unreachable(Flow *f, const Ast *ast, const Ast *end)
{
    Span at = ast->kind == AST_STEP && ast->step.name.text ? ast->step.name.at : ast->at;
    Diag *m =
        diag_add(f->l->diags, DIAG_E0401, at, "nothing ever comes here: the statement before ends the way");
    const char *near = ast->kind == AST_STEP ? like_near(f->l, at) : NULL;
    if (near) {
        diag_suggest(f->l->diags, m, near);
        diags_take_back_at(f->l->diags, DIAG_W0269, at);
    } else if (ast->kind == AST_STEP && scope_copy(&f->l->symbols, f->process->prefix))
        diag_hint(f->l->diags, m, "say where it belongs: step %s after \"...\"; without that it comes at the end",
                  lower_source(f->l, at));
    else
        diag_hint(f->l->diags, m, "take it away, or put what ends the way under a condition");
    if (end)
        lower_first(f->l, m, end->at);
}

static bool is_endless(Flow *f, const Ast *ast)
{
    if (f->nodes.n <= STATEMENTS_MOST)
        return diags_full(f->l->diags);
    too_many_statements(f->l->diags, ast->at);
    return true;
}

static void statements(Flow *f, const Ast *items)
{
    uint32_t mark = facts_here(f);
    bool ended = false;
    const Ast *before = NULL;
    for (const Ast *ast = items; ast && !is_endless(f, ast); ast = ast->next) {
        if (f->ended && is_statement(ast)) {
            if (!ended && !f->broken)
                unreachable(f, ast, before);
            ended = true;
            f->ended = false;
        }
        flow_node(f, ast);
        if (ast->kind != AST_IF)               /* what is wrong behind its > belongs to it */
            f->below_bad = ast->kind == AST_BAD;
        before = is_statement(ast) ? ast : before;
    }
    f->ended = f->ended || ended;
    facts_back(f, mark);
}

uint32_t flow_list(Flow *f, const Ast *items, Span at)
{
    uint32_t node = flow_begin(f, IRN_SEQUENCE, at, NULL);
    flow_handled(f, items, at, statements, items);
    flow_end(f, node);
    return node;
}
