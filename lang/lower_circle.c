/* lower_circle.c -- what only all processes together show: waits for each other, and no end of beginning.
 *
 * What can ever happen is found by going through all flows again and again, each time as far as the
 * events that can be emitted lead, until nothing new is found. A wait at which it stops, though somebody
 * emits its event, waits for itself. An event that nobody here emits comes from outside.
 *
 * And a process that surely begins another, at once, which surely begins the first again, has no end.
 */
#include "lang/lower.h"

#include <string.h>

typedef struct Circle {
    Lower *l;
    const IrProgram *p;
    bool *comes;                       /* by event: as far as one can get, or from outside */
    bool *begins, *done;               /* by process: a case can begin; nothing in it has to wait for more */
    bool more;                         /* something new was found */
    bool blocked;                      /* the walk under way stopped at a wait */
    bool telling;                      /* all is found: such waits are reported */
    const IrFlow *flow;
    uint32_t process;
} Circle;

static uint32_t number(const Circle *c, SymKind kind, const char *name)
{
    const Sym *sym = map_get(c->l->symbols.of[kind], name);
    return sym ? sym->index : IR_NONE;
}

static void found(Circle *c, bool *what, uint32_t i)
{
    if (i == IR_NONE || what[i]) return;
    what[i] = true;
    c->more = true;
}

/* ---- how far one gets ------------------------------------------------------------------------ */

static void tell(Circle *c, uint32_t node, const char *event);
static bool walk(Circle *c, uint32_t node);

/* How many of the children lead on. */
static uint32_t walk_all(Circle *c, uint32_t node)
{
    uint32_t n = 0;
    for (uint32_t i = node + 1; i < c->flow->nodes[node].end; i = c->flow->nodes[i].end) n += walk(c, i);
    return n;
}

static uint32_t children(const IrFlow *f, uint32_t node)
{
    uint32_t n = 0;
    for (uint32_t i = node + 1; i < f->nodes[node].end; i = f->nodes[i].end) n++;
    return n;
}

static bool walk_sequence(Circle *c, uint32_t node)
{
    for (uint32_t i = node + 1; i < c->flow->nodes[node].end; i = c->flow->nodes[i].end)
        if (!walk(c, i)) return false;
    return true;
}

/* With a limit it ends in any case. */
static bool walk_wait(Circle *c, uint32_t node)
{
    const IrNode *n = &c->flow->nodes[node];
    const char *name = c->flow->unit.names[n->a];
    uint32_t event = number(c, SYM_EVENT, name);
    bool comes = event == IR_NONE || c->comes[event];
    bool otherwise = n->d != CODE_NONE && (walk_all(c, node) > 0 || children(c->flow, node) == 0);
    if (!comes && n->d == CODE_NONE && c->telling) {
        tell(c, node, name);
        comes = true;
    }
    c->blocked |= !comes;
    return comes || otherwise;
}

/* Does the flow go on behind the node? Notes what it begins and emits on the way. */
static bool walk(Circle *c, uint32_t node)
{
    const IrNode *n = &c->flow->nodes[node];
    bool hands_over = n->op == IRN_CALL || n->op == IRN_START || n->op == IRN_EMIT;
    const char *name = hands_over ? c->flow->unit.names[n->a] : NULL;
    switch (n->op) {
    case IRN_WAIT_EVENT: return walk_wait(c, node);
    case IRN_EMIT: found(c, c->comes, number(c, SYM_EVENT, name)); return true;
    case IRN_CALL:
    case IRN_START: found(c, c->begins, number(c, SYM_PROCESS, name)); return true;
    case IRN_STOP:
    case IRN_FAIL: return false;
    case IRN_IF:
    case IRN_BLOCK: return walk_all(c, node) > 0;
    case IRN_PARALLEL: return walk_all(c, node) == children(c->flow, node);
    case IRN_RACE: return walk_all(c, node) >= n->a;
    case IRN_STEP:
    case IRN_EACH:
    case IRN_EACH_PARALLEL: (void)walk_all(c, node); return true;
    default: return walk_sequence(c, node);
    }
}

/* A case begins by the clock, by rows, by hand where nothing else begins it, or by an event that comes. */
static void begin(Circle *c, uint32_t process)
{
    const IrProcess *p = &c->p->processes[process];
    if (!p->triggers_n) found(c, c->begins, process);
    for (uint32_t i = 0; i < p->triggers_n; i++) {
        uint32_t event = p->triggers[i].kind == TRIGGER_EVENT ? number(c, SYM_EVENT, p->triggers[i].event) : IR_NONE;
        if (event == IR_NONE || c->comes[event]) found(c, c->begins, process);
    }
}

static void walk_process(Circle *c, uint32_t process)
{
    begin(c, process);
    if (!c->begins[process] || c->done[process]) return;
    c->process = process;
    c->flow = c->p->processes[process].flow;
    c->blocked = false;
    (void)walk(c, 0);
    c->done[process] = !c->blocked;
}

static void walk_program(Circle *c)
{
    uint32_t n = c->p->processes_n;
    for (c->more = true; c->more;) {
        c->more = false;
        for (uint32_t i = 0; i < n; i++) walk_process(c, i);
        for (uint32_t i = n; c->more && i-- > 0;) walk_process(c, i);
    }
}

/* ---- waits for each other ----------------------------------------------------------------------- */

static Span place_of(const Circle *c, uint32_t process, uint32_t node)
{
    for (uint32_t i = 0; i < c->l->places.n; i++)
        if (c->l->places.items[i].process == process && c->l->places.items[i].node == node)
            return c->l->places.items[i].at;
    return (Span){0};
}

static void tell(Circle *c, uint32_t node, const char *event)
{
    Diags *d = c->l->diags;
    Span at = place_of(c, c->process, node);
    diags_take_back_at(d, DIAG_E0431, at);
    Diag *m = diag_add(d, DIAG_W0486, at, "nothing here ever ends this wait: %s is emitted only behind it", event);
    diag_hint(d, m, "emit it where nobody waits for it first; if it comes by ops signal, too, accept this");
    found(c, c->comes, number(c, SYM_EVENT, event));
}

/* One message for a circle: what was told of is taken to come, and then again it is looked how far one gets. */
static void tell_process(Circle *c, uint32_t process)
{
    c->process = process, c->flow = c->p->processes[process].flow;
    c->telling = true;
    (void)walk(c, 0);
    c->telling = false;
    walk_program(c);
}

/* Those that only their own events begin come last: they may be begun by hand. */
static void tell_circles(Circle *c)
{
    for (uint32_t i = 0; i < c->p->processes_n; i++)
        if (c->begins[i] && !c->done[i]) tell_process(c, i);
    for (uint32_t i = 0; i < c->p->processes_n; i++) {
        found(c, c->begins, i);
        if (!c->done[i]) tell_process(c, i);
    }
}

/* ---- no end of beginning --------------------------------------------------------------------------- */

typedef struct Chain {
    Circle *c;
    uint8_t *state;                    /* by process: 0 new, 1 under way, 2 done */
} Chain;

static void follow(Chain *k, uint32_t process);

static void go_on(Chain *k, uint32_t from, uint32_t node, uint32_t to)
{
    Circle *c = k->c;
    Diags *d = c->l->diags;
    if (to == IR_NONE) return;
    if (k->state[to] != 1) {
        follow(k, to);
        return;
    }
    const char *name = c->p->processes[to].name;
    Diag *m = diag_add(d, DIAG_W0488, place_of(c, from, node), "this begins %s again, at once and without end", name);
    diag_hint(d, m, "put it under a condition, or let somebody or some time pass before it");
}

static void emits(Chain *k, uint32_t from, uint32_t node, const char *event)
{
    const IrProgram *p = k->c->p;
    for (uint32_t i = 0; i < p->processes_n; i++)
        for (uint32_t n = 0; p->processes[i].one == CODE_NONE && n < p->processes[i].triggers_n; n++) {
            const IrTrigger *t = &p->processes[i].triggers[n];
            bool certain = t->kind == TRIGGER_EVENT && t->where == CODE_NONE;
            if (certain && strcmp(t->event, event) == 0) go_on(k, from, node, i);
        }
}

/* What every case does at once: up to the first statement that waits, decides, or may fail. */
static void follow(Chain *k, uint32_t process)
{
    Circle *c = k->c;
    const IrFlow *f = c->p->processes[process].flow;
    if (k->state[process]) return;
    k->state[process] = 1;
    for (uint32_t i = 1; i < f->nodes_n; i = f->nodes[i].op == IRN_SEQUENCE ? i + 1 : f->nodes[i].end) {
        const IrNode *n = &f->nodes[i];
        bool shell = n->op == IRN_STEP && machine_is_outside(f->steps[n->a].machine) && f->steps[n->a].who == CODE_NONE;
        if (n->op == IRN_EMIT) emits(k, process, i, f->unit.names[n->a]);
        else if (n->op == IRN_CALL || n->op == IRN_START)
            go_on(k, process, i, number(c, SYM_PROCESS, f->unit.names[n->a]));
        else if (n->op != IRN_SEQUENCE && n->op != IRN_SET && !(shell && n->end == i + 1)) break;
    }
    k->state[process] = 2;
}

/* ---- all of it ------------------------------------------------------------------------------------------ */

void lower_circles(Lower *l)
{
    const IrProgram *p = l->symbols.program;
    uint32_t events = l->syms[SYM_EVENT].n, processes = p->processes_n;
    Circle c = {.l = l, .p = p};
    c.comes = ARENA_ARRAY(l->arena, bool, events);
    c.begins = ARENA_ARRAY(l->arena, bool, processes);
    c.done = ARENA_ARRAY(l->arena, bool, processes);
    for (uint32_t i = 0; i < events; i++) c.comes[i] = !l->event_uses[i].emitted.to;
    walk_program(&c);
    tell_circles(&c);
    Chain k = {&c, ARENA_ARRAY(l->arena, uint8_t, processes)};
    for (uint32_t i = 0; i < processes; i++) follow(&k, i);
}
