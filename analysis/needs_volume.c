/* needs_volume.c -- how many cases a year, and how often each way of a flow is gone.
 *
 * Schedules say how many cases begin; what those cases begin follows from their
 * flow. All is reckoned between two bounds: the least goes the shortest way of
 * every `if`, the most the longest. Rows of files and events from outside come
 * as often as they come: then it is noted what would have to be known.
 */
#include "analysis/needs_private.h"

#include <string.h>

/* ---- bounds ----------------------------------------------------------------------------- */

int64_t needs_plus(int64_t a, int64_t b)
{
    int64_t sum;
    return a == NEVER || b == NEVER || __builtin_add_overflow(a, b, &sum) ? NEVER : sum;
}

int64_t needs_times(int64_t a, int64_t n)
{
    int64_t product;
    return a == NEVER || __builtin_mul_overflow(a, n, &product) ? NEVER : product;
}

int64_t needs_less(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t more(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static Bounds walk_node(Walk *k, uint32_t node);

/* One after the other. */
static Bounds walk_children(Walk *k, uint32_t node)
{
    const IrNode *nodes = k->process->flow->nodes;
    Bounds all = {0, NEVER, 0, false};
    for (uint32_t i = node + 1; i < nodes[node].end; i = nodes[i].end) {
        Bounds one = walk_node(k, i);
        all.out = needs_less(all.out, needs_plus(all.on, one.out));
        all.on = needs_plus(all.on, one.on);
        all.most = needs_plus(all.most, one.most);
        all.unknown |= one.unknown;
    }
    return all;
}

/* One of them. none: or none at all. */
static Bounds walk_one_of(Walk *k, uint32_t node, bool none)
{
    const IrNode *nodes = k->process->flow->nodes;
    Bounds all = {none ? 0 : NEVER, NEVER, 0, false};
    for (uint32_t i = node + 1; i < nodes[node].end; i = nodes[i].end) {
        Bounds one = walk_node(k, i);
        all.on = needs_less(all.on, one.on), all.out = needs_less(all.out, one.out);
        all.most = more(all.most, one.most);
        all.unknown |= one.unknown;
    }
    return all;
}

/* A step, then perhaps what its handlers do. */
static Bounds walk_step(Walk *k, uint32_t node)
{
    const IrFlow *f = k->process->flow;
    const IrStep *step = &f->steps[f->nodes[node].a];
    Bounds own = k->weigh(k, node), ways = walk_one_of(k, node, true);
    if (step->approve != CODE_NONE && step->on_reject == IR_NONE) ways.out = 0;
    return (Bounds){needs_plus(own.on, ways.on), needs_plus(own.on, ways.out), needs_plus(own.most, ways.most),
                    own.unknown || ways.unknown};
}

/* How many elements the list of an `each` has, where it is written out; else -1. */
static int64_t elements(const IrFlow *f, Code list)
{
    const IrUnit *u = &f->unit;
    if (IR_INSTRUCTION_OP(u->code[list]) != IR_CONST || IR_INSTRUCTION_OP(u->code[list + 1]) != IR_END) return -1;
    const Value *v = &u->consts[IR_INSTRUCTION_OPERAND(u->code[list])];
    return v->type == V_LIST ? (int64_t)v->len : -1;
}

static Bounds walk_rounds(Walk *k, uint32_t node, int64_t least, int64_t most, const char *unknown)
{
    Bounds b = walk_children(k, node);
    int64_t once = b.on;
    b.on = least == 0 ? 0 : b.on == NEVER ? NEVER : needs_times(once, least);
    if (most >= 0) b.most = needs_times(b.most, most);
    else if (b.most) b.unknown = true, k->missing(k, unknown);
    return b;
}

/* What handles a failure or an event ends the block at any point of it; what is late runs beside. */
static Bounds walk_block(Walk *k, uint32_t node)
{
    const IrNode *nodes = k->process->flow->nodes;
    uint32_t first = node + 1;
    Bounds all = walk_node(k, first);
    for (uint32_t i = nodes[first].end; i < nodes[node].end; i = nodes[i].end) {
        Bounds one = walk_children(k, i);
        all.most = needs_plus(all.most, one.most);
        all.unknown |= one.unknown;
        if (nodes[i].op == IRN_ON_LATE) continue;
        all.on = needs_less(all.on, one.on), all.out = needs_less(all.out, one.out);
    }
    return all;
}

static Bounds walk_node(Walk *k, uint32_t node)
{
    const IrFlow *f = k->process->flow;
    const IrNode *n = &f->nodes[node];
    int64_t count;
    switch (n->op) {
    case IRN_STEP: return walk_step(k, node);
    case IRN_IF: return walk_one_of(k, node, false);
    case IRN_EACH:
    case IRN_EACH_PARALLEL:
        count = elements(f, n->a);
        return walk_rounds(k, node, count < 0 ? 0 : count, count,
                           arena_printf(k->w->arena, "how many elements %s of %s has", n->name, k->process->name));
    case IRN_REPEAT:
        return walk_rounds(k, node, 1, n->a ? (int64_t)n->a : -1,
                           arena_printf(k->w->arena, "how often %s of %s goes round", n->name, k->process->name));
    case IRN_WAIT_EVENT: return walk_one_of(k, node, true);
    case IRN_STOP:
    case IRN_FAIL: return (Bounds){NEVER, 0, 0, false};
    case IRN_CALL:
    case IRN_START:
    case IRN_EMIT: return k->weigh(k, node);
    case IRN_PARALLEL: {
        Bounds b = walk_children(k, node);
        return (Bounds){b.on, b.out == NEVER ? NEVER : 0, b.most, b.unknown};
    }
    case IRN_LOCK:
    case IRN_SEQUENCE: return walk_children(k, node);
    case IRN_BLOCK: return walk_block(k, node);
    default: {                         /* of what else there is, at least nothing and at most all is done */
        Bounds b = walk_children(k, node);
        return (Bounds){0, b.out == NEVER ? NEVER : 0, b.most, b.unknown};
    }
    }
}

int64_t needs_at_least(Bounds b)
{
    int64_t least = needs_less(b.on, b.out);
    return least == NEVER ? 0 : least;
}

Bounds needs_walk(Walk *k)
{
    return walk_node(k, 0);
}

/* ---- how many cases a year ---------------------------------------------------------------- */

void needs_add_text(Arena *a, Texts *t, const char *text)
{
    if (!t->seen) t->seen = map_new(a);
    void **slot = map_slot(t->seen, text);
    if (*slot) return;
    *slot = t;
    *VEC_PUSH(a, &t->items) = text;
}

void needs_add_texts(Arena *a, Texts *to, const Texts *more)
{
    for (uint32_t i = 0; i < more->items.n; i++) needs_add_text(a, to, more->items.items[i]);
}

typedef struct Volumes {
    NeedsWork *w;
    const IrScenario *scenario;        /* or NULL */
    Volume *of;                        /* by process */
} Volumes;

Instant needs_year_end(const NeedsWork *w)
{
    return w->now + WEEKS * 7 * US_DAY;
}

static int64_t occurrences(const NeedsWork *w, const Recurrence *r)
{
    int64_t n = 0;
    for (Instant t = w->now; recurrence_next(r, t, &t) && t <= needs_year_end(w);) n++;
    return n;
}

static Bounds weigh_link(Walk *k, uint32_t node)
{
    const NeedsLink *link = k->what;
    return node == link->node ? (Bounds){1, NEVER, 1, false} : (Bounds){0, NEVER, 0, false};
}

static void nothing_missing(Walk *k, const char *what)
{
    (void)k, (void)what;
}

static void volume_missing(Volumes *v, uint32_t process, const char *what)
{
    v->of[process].unknown = true;
    needs_add_text(v->w->arena, &v->of[process].missing, what);
}

static void add_trigger(Volumes *v, uint32_t process, const IrTrigger *t)
{
    NeedsWork *w = v->w;
    Volume *volume = &v->of[process];
    uint32_t event = t->kind == TRIGGER_EVENT ? needs_event(w, t->event) : IR_NONE;
    if (t->kind == TRIGGER_TIME) {
        int64_t n = occurrences(w, &t->recurrence);
        volume->least = needs_plus(volume->least, n), volume->most = needs_plus(volume->most, n);
    } else if (t->kind == TRIGGER_ROWS) {
        volume_missing(v, process, arena_printf(w->arena, "how many rows %s brings", t->file));
    } else if (event != IR_NONE && w->emitter[event] == IR_NONE) {
        volume_missing(v, process, arena_printf(w->arena, "how often %s comes", t->event));
    }
}

static void find_volume(Volumes *v, uint32_t process);

static void add_link(Volumes *v, const NeedsLink *link)
{
    const IrProcess *from = &v->w->program->processes[link->from];
    Volume *to = &v->of[link->to], *of = &v->of[link->from];
    if (of->state == 1) {
        volume_missing(v, link->to, arena_printf(v->w->arena, "how often %s begins itself again", from->name));
        return;
    }
    find_volume(v, link->from);
    Walk k = {v->w, from, weigh_link, nothing_missing, link};
    Bounds b = needs_walk(&k);
    if (!link->asks) to->least = needs_plus(to->least, needs_times(needs_at_least(b), of->least));
    to->most = needs_plus(to->most, needs_times(b.most, of->most));
    if (b.unknown) volume_missing(v, link->to, arena_printf(v->w->arena, "how often %s goes round", from->name));
    needs_add_texts(v->w->arena, &to->between, &of->between);
    for (uint32_t i = 0; of->unknown && i < of->missing.items.n; i++)
        volume_missing(v, link->to, of->missing.items.items[i]);
}

/* What comes while a case is open is noted in it, and nobody knows how often it does. */
static void keep_one_open(Volumes *v, Volume *volume, const IrProcess *p)
{
    if (p->one == CODE_NONE) return;
    volume->least = 0;
    needs_add_text(v->w->arena, &volume->between,
                   arena_printf(v->w->arena, "how often a case of %s is open when the next would begin", p->name));
}

static int64_t scaled(int64_t n, int64_t factor)
{
    int64_t whole = n / DECIMAL_ONE, rest = n % DECIMAL_ONE;
    return n == NEVER ? NEVER : needs_plus(needs_times(factor, whole), needs_times(factor, rest) / DECIMAL_ONE);
}

/* So many times the cases, or of those that a condition chooses; how many that are, nobody knows. */
static void suppose(Volumes *v, Volume *volume, const IrProcess *p)
{
    const IrScenario *s = v->scenario;
    for (uint32_t i = 0; s && i < s->volumes_n; i++) {
        const IrVolume *of = &s->volumes[i];
        if (strcmp(of->process, p->name) != 0) continue;
        if (of->where == CODE_NONE || of->factor < DECIMAL_ONE) volume->least = scaled(volume->least, of->factor);
        if (of->where == CODE_NONE || of->factor > DECIMAL_ONE) volume->most = scaled(volume->most, of->factor);
        if (of->where != CODE_NONE)
            needs_add_text(v->w->arena, &volume->between,
                           arena_printf(v->w->arena, "for how many cases of %s the `where` holds", p->name));
    }
}

static void find_volume(Volumes *v, uint32_t process)
{
    const IrProcess *p = &v->w->program->processes[process];
    Volume *volume = &v->of[process];
    bool begun = p->triggers_n > 0;
    if (volume->state || !needs_begins(p)) return;
    volume->state = 1;
    for (uint32_t i = 0; i < p->triggers_n; i++) add_trigger(v, process, &p->triggers[i]);
    for (uint32_t i = 0; i < v->w->begun[process].n; i++) {
        begun = true;
        add_link(v, &v->w->begun[process].items[i]);
    }
    if (!begun) volume_missing(v, process, arena_printf(v->w->arena, "how often %s is begun by hand", p->name));
    keep_one_open(v, volume, p);
    suppose(v, volume, p);
    volume->state = 2;
}

Volume *needs_volumes(NeedsWork *w, const IrScenario *scenario)
{
    Volumes v = {w, scenario, ARENA_ARRAY(w->arena, Volume, w->program->processes_n)};
    for (uint32_t i = 0; i < w->program->processes_n; i++)
        if (needs_looks_at(&w->program->processes[i])) find_volume(&v, i);
    return v.of;
}
