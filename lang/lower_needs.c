/* lower_needs.c -- `needs "Bank"`: a step of one branch begins when steps of others have ended.
 *
 * Which steps the other branches have is asked for once per block. What a needed step asks for or
 * gives is seen from then on, where it has surely been set: it is done on every way through its
 * branch, once, and nothing else in its branch sets the same. Its branch takes the values over, as it
 * has values of its own of before the fork.
 *
 * Steps that wait for one another never begin: an order of all steps of the block is looked for, by
 * what each comes behind in its own branch and by what it needs.
 */
#include "lang/expr_private.h"
#include "lang/grammar.h"
#include "lang/lower_flow.h"

#include <string.h>

/* ---- the steps of all branches ------------------------------------------------------------------ */

typedef struct Sibling {
    const Ast *step, *branch;
    bool sure, loops;              /* done on every way through its branch; perhaps several times */
    Map *settings;                 /* name -> Setting, in the step; NULL: nobody asked yet */
} Sibling;

typedef struct Spot { const Ast *branch; bool sure, loops; } Spot;

static void gather(Flow *f, Siblings *s, const Ast *ast, Spot p);

static void gather_list(Flow *f, Siblings *s, const Ast *items, Spot p)
{
    for (const Ast *ast = items; ast; ast = ast->next)
        p.sure = p.sure && ast->kind != AST_HANDLER && ast->kind != AST_ON_EVENT;
    for (const Ast *ast = items; ast; ast = ast->next)
        gather(f, s, ast, p);
}

static void gather_step(Flow *f, Siblings *s, const Ast *ast, Spot p)
{
    if (!ast->step.name.text || map_get(s->steps, ast->step.name.text))
        return;
    Sibling *one = ARENA_NEW(f->l->arena, Sibling);
    *one = (Sibling){ast, p.branch, p.sure, p.loops, NULL};
    map_put(s->steps, ast->step.name.text, one);
    p.sure = false;
    for (const Ast *item = ast->step.items; item; item = item->next)
        if (item->kind == AST_HANDLER)
            gather_list(f, s, item->handler.items, p);
}

static void gather(Flow *f, Siblings *s, const Ast *ast, Spot p)
{
    const Spot perhaps = {p.branch, false, p.loops}, often = {p.branch, false, true};
    switch ((int)ast->kind) {
    case AST_STEP: gather_step(f, s, ast, p); break;
    case AST_SEQUENCE: gather_list(f, s, ast->sequence.items, p); break;
    case AST_PARALLEL: gather_list(f, s, ast->parallel.items, p); break;
    case AST_LOCK: gather_list(f, s, ast->lock.items, p); break;
    case AST_RACE: gather_list(f, s, ast->race.items, perhaps); break;
    case AST_WAIT_FOR: gather_list(f, s, ast->wait_for.otherwise, perhaps); break;
    case AST_HANDLER: gather_list(f, s, ast->handler.items, perhaps); break;
    case AST_ON_EVENT: gather_list(f, s, ast->on_event.items, perhaps); break;
    case AST_IF:
        gather_list(f, s, ast->if_.then, perhaps);
        gather_list(f, s, ast->if_.otherwise, perhaps);
        break;
    case AST_EACH: gather_list(f, s, ast->each.items, often); break;
    case AST_REPEAT: gather_list(f, s, ast->repeat.items, often); break;
    default: break;
    }
}

static void ask(Flow *f, Siblings *s)
{
    if (s->steps)
        return;
    s->steps = map_new(f->l->arena);
    s->settings = map_new(f->l->arena);
    for (const Ast *item = s->parallel->parallel.items; item; item = item->next) {
        if (item->kind == AST_HANDLER || item->kind == AST_ON_EVENT)
            continue;
        gather(f, s, item, (Spot){item, true, false});
        vars_settings(f, item, s->settings);
    }
}

/* ---- which one is meant ------------------------------------------------------------------------- */

static void wrong_need(Flow *f, Name need, const char *what, const char *hint)
{
    if (f->broken)
        return;
    Diag *m = diag_add(f->l->diags, DIAG_E0445, need.at, "\"%s\" %s", need.text, what);
    diag_hint(f->l->diags, m, "%s", hint);
}

static bool said_before(Flow *f, const Ast *needs, const Ast *need)
{
    for (const Ast *before = needs; before != need; before = before->next) {
        bool named = before->kind == AST_NAME && before->name.name.text;
        if (!named || strcmp(before->name.name.text, need->name.name.text) != 0)
            continue;
        Diag *m = diag_add(f->l->diags, DIAG_E0521, need->at, "\"%s\" is needed twice", need->name.name.text);
        diag_hint(f->l->diags, m, "keep one of the two");
        lower_first(f->l, m, before->at);
        return true;
    }
    return false;
}

/* The step of another branch that a misspelt name meant: what it sets is there then, and nothing more is told. */
static Sibling *meant(Flow *f, const Siblings *s, Name need)
{
    uint32_t n = map_count(s->steps);
    const char **all = ARENA_ARRAY(f->l->arena, const char *, n);
    for (uint32_t i = 0; i < n; i++)
        all[i] = map_key(s->steps, i, NULL);
    const char *near = text_nearest(need.text, all, n);
    Sibling *one = near ? map_get(s->steps, near) : NULL;
    return one && one->branch != s->branch && !one->loops ? one : NULL;
}

static Sibling *sibling(Flow *f, Name need)
{
    Siblings *s = f->siblings;
    if (!expr_step(&f->x, need))
        return s ? meant(f, s, need) : NULL;
    Sibling *one = s ? map_get(s->steps, need.text) : NULL;
    if (!s)
        wrong_need(f, need, "is no step beside this one, which stands in no branch of a `parallel`",
                   "in a sequence a step begins when the one before has ended: take `needs` away");
    else if (!one)
        wrong_need(f, need, "is no step of another branch of this `parallel`",
                   "name a step of this same `parallel`, not of one around it; what comes before it has ended");
    else if (one->branch == s->branch)
        wrong_need(f, need, "stands in the same branch, where the order of writing decides",
                   "name a step of another branch, or take `needs` away");
    else if (one->loops)
        wrong_need(f, need, "may be done several times, so nobody can say when it has ended",
                   "name a step behind the loop, or none in it");
    else
        return one;
    return NULL;
}

/* ---- what is seen of it ---------------------------------------------------------------------------- */

static bool surely_sets(const Ast *items, const char *name);

static bool has_field(const Ast *step, const char *name)
{
    for (const Ast *item = step->step.items; item; item = item->next)
        for (const Ast *field = item->kind == AST_FIELDS ? item->fields.fields : NULL; field; field = field->next)
            if (field->kind == AST_FIELD && field->field.name.text && strcmp(field->field.name.text, name) == 0)
                return true;
    return false;
}

/* Does every way out of the step that goes on set it? A field of the step's own is set where it ends well. */
static bool step_sets(const Ast *step, const char *name)
{
    if (!has_field(step, name))
        return false;
    for (const Ast *item = step->step.items; item; item = item->next) {
        bool instead = item->kind == AST_HANDLER && item->handler.on != K_LATE;
        if (instead && !surely_sets(item->handler.items, name))
            return false;
    }
    return true;
}

static bool surely_sets(const Ast *items, const char *name)
{
    for (const Ast *ast = items; ast; ast = ast->next) {
        const Ast *place = ast->kind == AST_SET ? ast->set.place : NULL;
        if (ast->kind == AST_STOP || ast->kind == AST_FAIL)
            return true;
        if (place && place->kind == AST_NAME && place->name.name.text && strcmp(place->name.name.text, name) == 0)
            return true;
        if (ast->kind == AST_STEP && step_sets(ast, name))
            return true;
    }
    return false;
}

static uint32_t times_set(const Map *places, const char *name)
{
    uint32_t n = 0;
    for (const Setting *set = map_get(places, name); set; set = set->next)
        n++;
    return n;
}

/* By the needed step, and what handles its failure, and by nothing else of its branch. */
static bool set_there_alone(Flow *f, Sibling *one, const char *name)
{
    if (!one->settings) {
        one->settings = map_new(f->l->arena);
        vars_settings(f, one->step, one->settings);
    }
    return times_set(f->siblings->settings, name) == times_set(one->settings, name);
}

static void see(Flow *f, IrStep *out, Sibling *one, const TypeField *field)
{
    Siblings *s = f->siblings;
    Var *var = vars_declare(f, field->name, field->type);
    bool sure = one->sure && step_sets(one->step, field->name.text) && set_there_alone(f, one, field->name.text);
    if (!var || !sure || map_get(s->shadow->own, field->name.text))
        return;
    Var *copy = vars_shadowed(f, var, s->shadow);
    vars_mark(f, copy, true, false);
    Code code = unit_here(f->unit);
    unit_emit(f->unit, IR_SLOT, var->b.slot);
    unit_emit(f->unit, IR_END, 0);
    *VEC_PUSH(f->l->arena, &f->args) = (IrArg){var->b.name, code, copy->b.slot};
    out->sees_n++;
}

static void see_all(Flow *f, IrStep *out, Sibling *one)
{
    for (const Ast *item = one->step->step.items; item; item = item->next) {
        uint32_t n = 0;
        TypeField *fields = NULL;
        if (item->kind == AST_FIELDS)
            fields = lower_fields(f->l, f->process->prefix, item->fields.fields, &n);
        for (uint32_t i = 0; i < n; i++)
            see(f, out, one, &fields[i]);
    }
}

void flow_needs(Flow *f, const Ast *needs, IrStep *out)
{
    out->needs = f->needs.n;
    out->sees = f->args.n;
    if (f->siblings) {
        ask(f, f->siblings);
        f->siblings->asked = true;
    }
    for (const Ast *need = needs; need; need = need->next) {
        bool named = need->kind == AST_NAME && need->name.name.text && !said_before(f, needs, need);
        Sibling *one = named ? sibling(f, need->name.name) : NULL;
        /* What a mistake swallowed may be the needed step, or what it sets. */
        f->broken = f->broken || (one ? lower_has_bad(one->step->step.items) : f->process->broken);
        if (!one)
            continue;
        *VEC_PUSH(f->l->arena, &f->needed) = (Needed){f->needs.n, one->step->step.name.text};
        *VEC_PUSH(f->l->arena, &f->needs) = IR_NONE;
        out->needs_n++;
        see_all(f, out, one);
    }
}

void flow_number_needs(Flow *f)
{
    if (f->needed.n == 0)
        return;
    Map *steps = map_new(f->l->arena);
    for (uint32_t i = 0; i < f->steps.n; i++)
        map_put(steps, f->steps.items[i].name, (void *)(uintptr_t)(i + 1));
    for (uint32_t i = 0; i < f->needed.n; i++)
        f->needs.items[f->needed.items[i].at] = (uint32_t)(uintptr_t)map_get(steps, f->needed.items[i].step) - 1;
}

/* ---- circles ----------------------------------------------------------------------------------------- */

/* A step, or (step NULL) the end of several ways: it comes behind `before` and all of `also`. */
typedef struct Order {
    const Ast *step;
    struct Order *before;
    VEC(struct Order *) also;
    uint32_t looked;               /* at so many of them: before, then also */
    enum { NEW, OPEN, CLOSED } state;
} Order;

typedef VEC(Order *) OrderVec;

typedef struct Orders {
    Flow *f;
    const Siblings *siblings;
    Map *steps;                    /* name -> Order */
    OrderVec all;
} Orders;

static Order *order_new(Orders *o, const Ast *step, Order *before)
{
    Order *order = ARENA_NEW(o->f->l->arena, Order);
    *order = (Order){.step = step, .before = before};
    if (step && step->step.name.text)
        map_put(o->steps, step->step.name.text, order);
    *VEC_PUSH(o->f->l->arena, &o->all) = order;
    return order;
}

static Order *order_of(Orders *o, const Ast *ast, Order *before);

static Order *order_list(Orders *o, const Ast *items, Order *before)
{
    for (const Ast *ast = items; ast; ast = ast->next)
        before = order_of(o, ast, before);
    return before;
}

/* One more way that leads to where several come together. */
static void joins(Orders *o, Order *end, Order *way)
{
    if (way)
        *VEC_PUSH(o->f->l->arena, &end->also) = way;
}

static Order *order_ways(Orders *o, const Ast *items, Order *before)
{
    Order *end = order_new(o, NULL, before);
    for (const Ast *ast = items; ast; ast = ast->next)
        joins(o, end, order_of(o, ast, before));
    return end;
}

static Order *order_step(Orders *o, const Ast *ast, Order *before)
{
    Order *step = order_new(o, ast, before), *end = order_new(o, NULL, step);
    for (const Ast *item = ast->step.items; item; item = item->next)
        if (item->kind == AST_HANDLER && item->handler.on != K_LATE)
            joins(o, end, order_list(o, item->handler.items, step));
    return end;
}

static Order *order_if(Orders *o, const Ast *ast, Order *before)
{
    Order *end = order_new(o, NULL, before);
    joins(o, end, order_list(o, ast->if_.then, before));
    joins(o, end, order_list(o, ast->if_.otherwise, before));
    return end;
}

/* Builds the order of what ast holds; returns what comes last. Of a race nobody knows which that is. */
static Order *order_of(Orders *o, const Ast *ast, Order *before)
{
    switch ((int)ast->kind) {
    case AST_STEP: return order_step(o, ast, before);
    case AST_IF: return order_if(o, ast, before);
    case AST_SEQUENCE: return order_list(o, ast->sequence.items, before);
    case AST_LOCK: return order_list(o, ast->lock.items, before);
    case AST_EACH: return order_list(o, ast->each.items, before);
    case AST_REPEAT: return order_list(o, ast->repeat.items, before);
    case AST_WAIT_FOR: return order_list(o, ast->wait_for.otherwise, before);
    case AST_PARALLEL: return order_ways(o, ast->parallel.items, before);
    case AST_RACE: (void)order_ways(o, ast->race.items, before); return before;
    default: return before;
    }
}

/* What was told of a need in its own branch is not told again as a circle. */
static bool in_other_branches(const Orders *o, const Ast *step, const Ast *need)
{
    if (need->kind != AST_NAME || !need->name.name.text || !step->step.name.text)
        return false;
    const Sibling *a = map_get(o->siblings->steps, step->step.name.text);
    const Sibling *b = map_get(o->siblings->steps, need->name.name.text);
    return a && b && a->branch != b->branch;
}

static void add_needs(Orders *o)
{
    for (uint32_t i = 0, n = o->all.n; i < n; i++) {
        Order *order = o->all.items[i];
        for (const Ast *item = order->step ? order->step->step.items : NULL; item; item = item->next) {
            bool needs = item->kind == AST_PROP && item->prop.word == K_NEEDS;
            for (const Ast *need = needs ? item->prop.value : NULL; need; need = need->next)
                if (in_other_branches(o, order->step, need))
                    joins(o, order, map_get(o->steps, need->name.name.text));
        }
    }
}

/* The way back from the last one on the path to the same one before: every step on it waits for the next. */
static void report_circle(Orders *o, const OrderVec *path, const Order *from)
{
    Lower *l = o->f->l;
    Buf b = {0};
    const Order *first = NULL;
    uint32_t begin = path->n, n = 0;
    while (begin > 0 && path->items[begin - 1] != from)
        begin--;
    for (uint32_t i = begin ? begin - 1 : 0; i < path->n; i++) {
        const Order *order = path->items[i];
        if (!order->step)
            continue;
        buf_printf(&b, n == 0 ? "\"%s\" waits for " : n == 1 ? "\"%s\"" : ", that for \"%s\"",
                   order->step->step.name.text);
        first = first ? first : order;
        n++;
    }
    buf_printf(&b, n == 1 ? "\"%s\"" : ", that for \"%s\"", first ? first->step->step.name.text : "");
    Diag *m = diag_add(l->diags, DIAG_E0446, first ? first->step->step.name.at : (Span){0},
                       "this step waits for itself, so it never begins");
    diag_hint(l->diags, m, "%s: take one `needs` away", buf_text(&b));
    buf_free(&b);
}

static Order *next_of(Order *order)
{
    if (order->looked == 0 && order->looked++ == 0 && order->before)
        return order->before;
    return order->looked <= order->also.n ? order->also.items[order->looked++ - 1] : NULL;
}

/* Depth first with a path of our own: a branch may be very long. */
static void look_from(Orders *o, Order *start, OrderVec *path)
{
    path->n = 0;
    *VEC_PUSH(o->f->l->arena, path) = start;
    start->state = OPEN;
    while (path->n) {
        Order *order = path->items[path->n - 1], *next = next_of(order);
        if (!next) {
            order->state = CLOSED;
            path->n--;
        } else if (next->state == NEW) {
            next->state = OPEN;
            *VEC_PUSH(o->f->l->arena, path) = next;
        } else if (next->state == OPEN) {
            report_circle(o, path, next);
        }
    }
}

void flow_circles(Flow *f, const Siblings *s)
{
    if (!s->asked || f->broken)
        return;
    Orders o = {.f = f, .siblings = s, .steps = map_new(f->l->arena)};
    OrderVec path = {0};
    for (const Ast *item = s->parallel->parallel.items; item; item = item->next)
        (void)order_of(&o, item, NULL);
    add_needs(&o);
    for (uint32_t i = 0; i < o.all.n; i++)
        if (o.all.items[i]->state == NEW)
            look_from(&o, o.all.items[i], &path);
}
