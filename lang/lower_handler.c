/* lower_handler.c -- `on fail`, `on late` and `on EVENT` of blocks and processes; `on late` of steps.
 *
 * What handles a failure or an event begins at any point of its block: of what the block sets it
 * may read nothing. It stands for the rest of the block, so behind the block is set what every
 * one of these ways sets.
 *
 * What is done when something is late runs beside all else, and nobody waits for it. It sees what
 * was there when its step or process began, and only it may set what it sets.
 */
#include "lang/expr_private.h"
#include "lang/grammar.h"
#include "lang/lower_flow.h"

static bool is_handler(const Ast *ast)
{
    return ast->kind == AST_HANDLER || ast->kind == AST_ON_EVENT;
}

void flow_wrong_handler(Flow *f, const Ast *handler, const char *what, const char *hint)
{
    if (f->broken)
        return;                                /* its step's header may be lost */
    Diag *m = diag_add(f->l->diags, DIAG_E0443, handler->at, "%s", what);
    diag_hint(f->l->diags, m, "%s", hint);
}

/* ---- on fail, on EVENT ------------------------------------------------------------------- */

static void never_fails(Flow *f, const Ast *handler, bool whole)
{
    Diag *m = diag_add(f->l->diags, DIAG_W0461, handler->at, "nothing in this %s can fail, so this is never done",
                       whole ? "process" : "block");
    diag_hint(f->l->diags, m,
              "take it away; what people refuse is said by `on reject`, what takes too long by `on late`");
}

static void on_fail(Flow *f, const Ast *handler)
{
    uint32_t node = flow_begin(f, IRN_ON_FAIL, handler->at, NULL);
    (void)flow_list(f, handler->handler.items, handler->at);
    flow_end(f, node);
}

/* `on fial <`: no event, but one of the other three. */
bool flow_misspelt(Flow *f, Name name)
{
    static const char *const words[] = {"fail", "late", "reject"};
    bool known = names_known(&f->l->symbols, SYM_EVENT, f->process->prefix, name.text) != NULL;
    if (known || !text_nearest(name.text, words, 3))
        return false;
    Diag *m = diag_add(f->l->diags, DIAG_E0204, name.at, "no event named \"%s\"", name.text);
    (void)diag_nearest(f->l->diags, m, name.text, words, 3);
    return true;
}

static void on_event(Flow *f, const Ast *handler)
{
    Name name = handler->on_event.event;
    uint32_t node = flow_begin(f, IRN_ON_EVENT, handler->at, NULL), slot = IR_NONE;
    const Sym *event = NULL;
    if (!flow_misspelt(f, name))
        event = symbols_need(&f->l->symbols, SYM_EVENT, f->process->prefix, name);
    if (event)
        lower_awaits(f->l, event, name.at);
    if (handler->on_event.as.text) {
        Var *var = flow_keep(f, handler->on_event.as, event && event->type ? event->type : type_unknown());
        if (var)
            var->counts = true;
        slot = var ? var->b.slot : IR_NONE;
    }
    Code where = flow_condition(f, handler->on_event.condition, "every such event is the right one",
                                "no such event is ever the right one");
    if (handler->on_event.condition)
        expr_narrow(&f->x, handler->on_event.condition, true, vars_narrow, f);
    IrNode *n = &f->nodes.items[node];
    n->a = unit_name(f->unit, event ? event->name : "");
    n->b = slot;
    n->c = where;
    (void)flow_list(f, handler->on_event.items, handler->at);
    flow_end(f, node);
}

/* ---- on late ------------------------------------------------------------------------------- */

typedef struct Beside {
    Flow *f;
    Map *names;
} Beside;

static void note_late(void *self, const Ast *ast)
{
    Beside *b = self;
    if (ast->kind != AST_HANDLER || ast->handler.on != K_LATE)
        return;
    if (!b->names)
        b->names = map_new(b->f->l->arena);
    vars_settings(b->f, ast, b->names);
}

void flow_beside(Flow *f)
{
    Beside b = {f, NULL};
    lower_visit(f->process->ast, note_late, &b);
    f->beside = b.names;
}

static bool holds(const Setting *all, Span at)
{
    while (all && all->at.from != at.from)
        all = all->next;
    return all != NULL;
}

/* Nobody could say when it changes: neither elsewhere nor in another handler may it be set. */
static void set_elsewhere(Flow *f, const Map *own)
{
    for (uint32_t i = 0; i < map_count(own); i++) {
        void *value;
        const char *name = map_key(own, i, &value);
        const Setting *here = value, *other = map_get(f->settings, name);
        while (other && holds(here, other->at))
            other = other->next;
        if (!other)
            continue;
        Diag *m = diag_add(f->l->diags, DIAG_E0444, here->at,
                           "%s is set here at any time, when it is late, and by what it runs beside", name);
        diag_hint(f->l->diags, m, "set another name here");
        lower_first(f->l, m, other->at);
    }
}

/* What the process takes and gives is there before it begins. */
static void all_settings(Flow *f)
{
    f->settings = map_new(f->l->arena);
    for (const Ast *item = f->process->ast->process.items; item; item = item->next)
        if (item->kind != AST_FIELDS)
            vars_settings(f, item, f->settings);
}

uint32_t flow_late(Flow *f, const Ast *handler)
{
    Lower *l = f->l;
    idle_block(f, handler->at, handler->handler.items, "on late");
    Map *own = map_new(l->arena);
    if (!f->settings)
        all_settings(f);
    vars_settings(f, handler, own);
    set_elsewhere(f, own);
    uint32_t mark = vars_here(f), first = f->assigns.n;
    bool ended = f->ended;
    Shadow shadow = {f->settings, own, map_new(l->arena), f->nodes.n, f->shadow};
    Siblings *siblings = f->siblings;
    f->shadow = &shadow, f->siblings = NULL, f->ended = false;
    f->anywhen++;
    uint32_t node = flow_list(f, handler->handler.items, handler->at);
    f->anywhen--;
    f->shadow = shadow.up, f->siblings = siblings, f->ended = ended;
    f->assigns.n = first;
    vars_undo(f, mark);
    return node;
}

void flow_never_late(Flow *f, const Ast *handler, const char *of)
{
    if (f->broken)
        return;
    Diag *m = diag_add(f->l->diags, DIAG_E0452, handler->at, "this %s has no deadline, so it is never late", of);
    diag_hint(f->l->diags, m, "say by when it should be done: within 2 days");
}

static void on_late(Flow *f, const Ast *handler, bool whole)
{
    if (!whole) {
        flow_wrong_handler(f, handler, "a block has no deadline: only a step or a process is late",
                           "put `on late` into the step, or among the lines of the process");
        return;
    }
    if (!f->has_deadline)
        flow_never_late(f, handler, "process");
    uint32_t node = flow_begin(f, IRN_ON_LATE, handler->at, NULL);
    (void)flow_late(f, handler);
    flow_end(f, node);
}

/* ---- a block with its handlers ---------------------------------------------------------------- */

static void said_twice(Flow *f, const Ast *handler, const Ast *first)
{
    if (f->broken)
        return;                                /* one of them may belong into a block that was lost */
    Diag *m = diag_add(f->l->diags, DIAG_E0521, handler->at, "`on %s` is said twice here",
                       word_text(handler->handler.on));
    diag_hint(f->l->diags, m, "keep one of the two");
    lower_first(f->l, m, first->at);
}

typedef struct Handlers {
    Flow *f;
    const Ast *items;              /* of the block */
    Fork *fork;
    const Ast *fail, *late;        /* said already */
    Map *always;                   /* event -> the handler that takes each of it; NULL: none yet */
    bool whole;                    /* the block is the process */
} Handlers;

/* Stands for the rest of the block: begins where it began, and knows no more than what was so all the time. */
static void instead(Handlers *h, const Ast *item, void (*lower)(Flow *f, const Ast *handler))
{
    vars_forget(h->f, h->items);
    h->f->anywhen++;
    lower(h->f, item);
    h->f->anywhen--;
    vars_branch(h->f, h->fork);
}

static void fails(Handlers *h, const Ast *item)
{
    if (!h->f->broken && !h->f->process->broken && !failing_may(h->f, h->items))
        never_fails(h->f, item, h->whole);
    instead(h, item, on_fail);
}

/* The first that fits is what an event meets: behind one without a condition none of its kind is ever met. */
static void check_met(Handlers *h, const Ast *item)
{
    Lower *l = h->f->l;
    const char *event = item->on_event.event.text;
    if (!event || h->f->broken)
        return;
    const Ast *first = h->always ? map_get(h->always, event) : NULL;
    if (first) {
        Diag *m = diag_add(l->diags, DIAG_E0521, item->at, "`on %s` is said twice here, and the first takes every one",
                           event);
        diag_hint(l->diags, m, "keep one of the two, or say which the first is for: on %s as e where ...", event);
        lower_first(l, m, first->at);
    } else if (!item->on_event.condition) {
        h->always = h->always ? h->always : map_new(l->arena);
        map_put(h->always, event, (void *)item);
    }
}

static void one_of_them(Handlers *h, const Ast *item)
{
    Word on = item->kind == AST_HANDLER ? item->handler.on : 0;
    const Ast **said = on == K_FAIL ? &h->fail : on == K_LATE ? &h->late : NULL;
    if (said && *said) {
        said_twice(h->f, item, *said);
        return;
    }
    if (said)
        *said = item;
    if (item->kind == AST_ON_EVENT) {
        check_met(h, item);
        instead(h, item, on_event);
    } else if (on == K_FAIL)
        fails(h, item);
    else if (on == K_LATE)
        on_late(h->f, item, h->whole);
    else
        flow_wrong_handler(h->f, item, "only a step that approves can be rejected",
                           "put `on reject` into the step that says `approve`");
}

void flow_handled(Flow *f, const Ast *items, Span at, FlowBody *body, const Ast *of)
{
    bool any = false, whole = f->parent == 0 && f->nodes.n == 1;
    for (const Ast *item = items; item && !any; item = item->next)
        any = is_handler(item);
    if (!any) {
        body(f, of);
        return;
    }
    uint32_t node = flow_begin(f, IRN_BLOCK, at, NULL);
    Fork fork = vars_fork(f);
    Siblings *siblings = f->siblings;
    uint32_t first = flow_begin(f, IRN_SEQUENCE, at, NULL);
    body(f, of);
    flow_end(f, first);
    vars_branch(f, &fork);
    Handlers h = {.f = f, .items = items, .fork = &fork, .whole = whole};
    f->siblings = NULL;
    for (const Ast *item = items; item; item = item->next)
        if (is_handler(item))
            one_of_them(&h, item);
    f->siblings = siblings;
    vars_join(f, &fork);
    flow_end(f, node);
}
