/* uses.c -- where a value of a case came from, and what became of it: see uses.h. */
#include "runtime/uses.h"

#include <string.h>

typedef struct Activity { uint32_t id, parent, node; } Activity;
typedef struct History { Arena *arena; VEC(Event) events; VEC(Activity) acts; } History;

static const Activity *activity(const History *h, uint32_t id)
{
    for (uint32_t i = 0; id && i < h->acts.n; i++)
        if (h->acts.items[i].id == id) return &h->acts.items[i];
    return NULL;
}

/* Did it happen in this act, or below it (0: in the case)? */
static bool is_in(const History *h, const Event *e, uint32_t around)
{
    const Activity *a = around ? activity(h, e->act ? e->act : e->parent) : NULL;
    while (a && a->id != around) a = activity(h, a->parent);
    return !around || a;
}

static Status keep_event(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    History *h = self;
    Event *kept = VEC_PUSH(h->arena, &h->events);
    Datum *values = ARENA_ARRAY(h->arena, Datum, e->values_n);
    (void)hash, (void)err;
    *kept = *e;
    for (uint32_t i = 0; i < e->values_n; i++)
        values[i] = (Datum){arena_dup(h->arena, e->values[i].name), value_copy(h->arena, &e->values[i].value)};
    kept->values = values;
    kept->person = e->person ? arena_dup(h->arena, e->person) : NULL;
    kept->text = e->text ? arena_dup(h->arena, e->text) : NULL;
    if (e->act && !activity(h, e->act)) *VEC_PUSH(h->arena, &h->acts) = (Activity){e->act, e->parent, e->node};
    return ST_OK;
}

static const Value *value_in(const Event *e, const char *name)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (strcmp(e->values[i].name, name) == 0) return &e->values[i].value;
    return NULL;
}

/* ---- where it came from ------------------------------------------------------------------------- */

typedef struct Find {
    const Case *of;
    History history;
    const char *step;
    const Datum *names; uint32_t n;
    const char *wrong;                 /* the one that is followed */
    /* the branch or element whose own variable it is, while that goes on; 0: the case's */
    uint32_t within;
    uint32_t collecting;               /* the block that gathers it, or what was computed from it */
    Names tainted;                     /* variables that hold it, or what was computed from it, as it went on */
    VEC(Datum) recorded;
    VEC(Datum) versions;               /* what was recorded first, and each time that it was corrected */
    VEC(const char *) stays;
    VEC(Lapse) lapses;
    uint32_t first;                    /* the event that recorded them */
    Uses *out;
} Find;

static Datum *recorded_as(Find *f, const char *name)
{
    for (uint32_t i = 0; i < f->recorded.n; i++)
        if (strcmp(f->recorded.items[i].name, name) == 0) return &f->recorded.items[i];
    return NULL;
}

/* Copies that were made before a correction hold what was recorded until then. */
static void remember(Find *f, const Event *e)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (e->values[i].name[0] != '$') *VEC_PUSH(f->history.arena, &f->versions) = e->values[i];
}

static bool was_recorded(const Find *f, const Datum *d)
{
    bool was = false;
    for (uint32_t i = 0; i < f->versions.n && !was; i++)
        was = strcmp(f->versions.items[i].name, d->name) == 0 && value_equal(&f->versions.items[i].value, &d->value);
    return was;
}

static void record(Find *f, const Event *e)
{
    remember(f, e);
    for (uint32_t i = 0; i < e->values_n; i++) {
        Datum *known = recorded_as(f, e->values[i].name);
        if (e->values[i].name[0] == '$') continue;
        if (known) known->value = e->values[i].value;
        else *VEC_PUSH(f->history.arena, &f->recorded) = e->values[i];
    }
}

static bool ends_step(const Event *e)
{
    return e->kind == EV_DONE || e->kind == EV_APPROVED || e->kind == EV_FINISHED || e->kind == EV_SKIPPED;
}

static Status of_step(Find *f, uint32_t node, Error *err)
{
    const Event *found = NULL;
    for (uint32_t i = 0; i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        if (e->node != node) continue;
        if (e->kind == EV_ANSWERED)
            return fail(err, ST_REFUSED,
                        "\"%s\" was answered by several people, each for themselves: none of them is corrected",
                            f->step);
        if (ends_step(e)) found = e, f->first = i;
    }
    if (!found)
        return fail(err, ST_NOTFOUND, "\"%s\" of case %llu has not ended yet: there is nothing to correct", f->step,
                    (unsigned long long)f->of->id);
    f->out->correction = (Correction){.act = found->act, .parent = found->parent, .node = node};
    record(f, found);
    for (uint32_t i = f->first + 1; i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        if (e->kind == EV_CORRECTED && e->act == found->act) record(f, e);
    }
    return ST_OK;
}

/* The step that a variable's value came from last; NULL: the case took it, or set it. */
static const char *giver(const Find *f, const char *name)
{
    const IrFlow *flow = f->of->flow;
    const char *step = NULL;
    for (uint32_t i = 0; i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        bool sets = value_in(e, name) && e->kind != EV_LEFT && e->kind != EV_BRANCHED;
        if (!sets || e->kind == EV_ENDED || e->kind == EV_LAUNCHED || e->kind == EV_CALLED || e->kind == EV_EMITTED)
            continue;
        bool by_step = (ends_step(e) || e->kind == EV_CORRECTED) && e->node != IR_NONE &&
            flow->nodes[e->node].op == IRN_STEP;
        step = by_step ? flow->nodes[e->node].name : NULL;
    }
    return step;
}

static Status of_case(Find *f, Error *err)
{
    const Case *c = f->of;
    f->first = f->history.events.n;
    f->out->correction = (Correction){.node = IR_NONE, .by = f->history.events.n ? f->history.events.items[0].person
                                      : NULL};
    for (uint32_t i = 0; i < f->n; i++) {
        const char *name = f->names[i].name, *step = giver(f, name);
        if (step)
            return fail(err, ST_REFUSED,
                        "%s was given by \"%s\": name that step, as in `ops correct %llu \"%s\" %s=...`", name, step,
                        (unsigned long long)c->id, step, name);
    }
    for (uint32_t i = 0; i < c->flow->vars_n; i++)
        if (c->flow->vars[i].scope == 0 && c->vars[i].type != CASE_UNSET)
            *VEC_PUSH(f->history.arena, &f->recorded) = *VEC_PUSH(f->history.arena, &f->versions) =
                (Datum){arena_dup(f->history.arena, c->flow->vars[i].name), value_copy(f->history.arena, &c->vars[i])};
    for (uint32_t i = 0; i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        if (e->kind == EV_STARTED || (e->kind == EV_CORRECTED && e->node == IR_NONE)) remember(f, e);
    }
    for (uint32_t i = 0; i < f->history.events.n && f->first == f->history.events.n; i++)
        for (uint32_t k = 0; k < f->n; k++)
            if (value_in(&f->history.events.items[i], f->names[k].name) && i < f->first) f->first = i;
    return ST_OK;
}

/* The nearest of what was recorded. */
static const char *meant(const Find *f, const char *name)
{
    Arena *a = f->history.arena;
    const char **names = ARENA_ARRAY(a, const char *, f->recorded.n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->recorded.n; i++)
        if (f->recorded.items[i].name[0] != '$') names[n++] = f->recorded.items[i].name;
    return text_did_you_mean(a, name, names, n);
}

static Status find_names(Find *f, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < f->n && st == ST_OK; i++) {
        const char *name = f->names[i].name;
        if (!recorded_as(f, name) && f->step)
            st = fail(err, ST_VALUE, "\"%s\" of case %llu recorded no `%s`%s", f->step,
                      (unsigned long long)f->of->id, name, meant(f, name));
        else if (!recorded_as(f, name))
            st = fail(err, ST_VALUE, "case %llu of %s has no value `%s`%s", (unsigned long long)f->of->id,
                      f->of->process, name, meant(f, name));
    }
    return st;
}

/* ---- what became of it ---------------------------------------------------------------------------- */

static void use(Find *f, const Event *e)
{
    Use now = {.node = e->node, .kind = e->kind, .at = e->at, .person = e->person, .yes = e->n != 0};
    for (uint32_t i = 0; i < f->out->items.n; i++) {
        Use *known = &f->out->items.items[i];
        if (known->node != e->node) continue;
        *known = now;
        return;
    }
    *VEC_PUSH(f->history.arena, &f->out->items) = now;
}

/* Does a person, or another case, say what these values are? Else they were computed here. */
static bool comes_from_elsewhere(const Event *e)
{
    return e->kind == EV_DONE || e->kind == EV_APPROVED || e->kind == EV_ANSWERED || e->kind == EV_SKIPPED ||
           e->kind == EV_TOOK || e->kind == EV_CORRECTED || e->kind == EV_STARTED;
}

/* What a branch keeps, hands on or takes over is the same value still. */
static bool hands_on(Find *f, const Event *e, const Datum *d)
{
    bool takes_over = e->kind == EV_SET && e->node != IR_NONE && f->of->flow->nodes[e->node].op == IRN_STEP;
    return (e->kind == EV_LEFT || e->kind == EV_BRANCHED || takes_over) && was_recorded(f, d);
}

/* Variables that the event sets hold something new now: computed from what is wrong, or not. */
static void follow_values(Find *f, const Event *e, bool used)
{
    Arena *a = f->history.arena;
    for (uint32_t i = 0; i < e->values_n; i++) {
        const Datum *d = &e->values[i];
        bool sets = d->name[0] != '$' && e->kind != EV_EMITTED && e->kind != EV_LAUNCHED && e->kind != EV_CALLED &&
            e->kind != EV_ENDED;
        if (!sets || hands_on(f, e, d)) continue;
        bool own = e->kind == EV_CORRECTED && e->act == f->out->correction.act && e->node == f->out->correction.node;
        if (own) continue;
        bool partly = e->node != IR_NONE && f->of->flow->nodes[e->node].op == IRN_SET &&
            f->of->flow->nodes[e->node].c != IR_NONE;
        if (strcmp(f->wrong, d->name) == 0 && !partly) *VEC_PUSH(a, &f->stays) = d->name;
        if (used && !comes_from_elsewhere(e)) {
            names_add(a, &f->tainted, d->name);
            names_add(a, &f->out->computed, d->name);
        } else if (!partly) {
            names_drop(&f->tainted, d->name);
            names_drop(&f->out->computed, d->name);
        }
    }
}

static bool given_on_it(const Find *f, const Event *e)
{
    return e->kind == EV_APPROVED && e->act != f->out->correction.act && node_reads(f->of->flow, e->node, &f->tainted);
}

/* The innermost of what is around it that is open still. */
static uint32_t open_around(const Find *f, uint32_t act)
{
    while (act && !case_act(f->of, act)) {
        const Activity *ended = activity(&f->history, act);
        act = ended ? ended->parent : 0;
    }
    return act;
}

static void lapse(Find *f, const Event *e)
{
    for (uint32_t i = 0; i < f->lapses.n; i++)
        if (f->lapses.items[i].act == e->act) return;
    *VEC_PUSH(f->history.arena, &f->lapses) = (Lapse){e->act, open_around(f, e->parent), e->node};
}

static void unlapse(Find *f, uint32_t act)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->lapses.n; i++)
        if (f->lapses.items[i].act != act) f->lapses.items[kept++] = f->lapses.items[i];
    f->lapses.n = kept;
}

/* Does what begins or ends at this node read it? What a race, or each element of a list, hands on at its end is followed
 * there (follow_out). */
static bool node_uses(const Find *f, const Event *e)
{
    const IrFlow *flow = f->of->flow;
    uint32_t parent = flow->nodes[e->node].parent;
    bool branch = e->kind == EV_BRANCHED && parent != IR_NONE;
    const IrNode *n = &flow->nodes[branch ? parent : e->node];
    if (n->op == IRN_EACH_PARALLEL) return code_reads(flow, n->a, &f->tainted); /* its elements */
    return !branch && n->op != IRN_RACE && node_reads(flow, e->node, &f->tainted);
}

/* Does what happened here read what is wrong? */
static bool reads_it(const Find *f, const Event *e)
{
    const IrFlow *flow = f->of->flow;
    bool used = false, own = e->act && e->act == f->out->correction.act;
    if (e->node != IR_NONE) return !own && node_uses(f, e);
    if (e->kind == EV_SET) return e->due != INSTANT_NEVER && code_reads(flow, flow->deadline, &f->tainted);
    for (uint32_t i = 0; e->kind == EV_ENDED && i < e->values_n; i++)
        used |= names_have(&f->tainted, e->values[i].name);
    return used;
}

/* What happens at the end of a branch or an element to what it had for itself: it is gathered, handed on, or gone. */
static void follow_out(Find *f, const Event *e)
{
    const Activity *block = activity(&f->history, e->parent);
    bool race = block && f->of->flow->nodes[block->node].op == IRN_RACE, handed = false;
    for (uint32_t i = 0; i < e->values_n; i++) handed |= hands_on(f, e, &e->values[i]);
    if (!race && block && node_reads(f->of->flow, block->node, &f->tainted)) f->collecting = block->id;
    f->within = race && !handed ? block->id : 0;
    if (!race) f->tainted.items.n = 0;
}

static void follow_gathered(Find *f, const Event *e)
{
    f->collecting = 0;
    for (uint32_t i = 0; i < e->values_n; i++) names_add(f->history.arena, &f->tainted, e->values[i].name);
    for (uint32_t i = 0; i < e->values_n; i++) names_add(f->history.arena, &f->out->computed, e->values[i].name);
    use(f, e);
}

static void follow(Find *f, const Event *e)
{
    bool ends = e->kind == EV_LEFT && e->act;
    if (ends && e->act == f->collecting) {
        follow_gathered(f, e);
        return;
    }
    if (!is_in(&f->history, e, f->within)) return;
    bool told = e->kind != EV_CORRECTED && e->kind != EV_LAPSED && e->kind != EV_LATE && e->kind != EV_HANDLED;
    bool used = e->kind != EV_CORRECTED && reads_it(f, e);
    if (used && told && e->kind != EV_BRANCHED) use(f, e);
    if (given_on_it(f, e)) lapse(f, e);
    if (e->kind == EV_LAPSED) unlapse(f, e->act);
    if (ends && f->within && e->act == f->within) follow_out(f, e);
    else follow_values(f, e, used);
}

/* The branch or element in which the variable of this name, as the step sees it, is one of its own; 0: the case's. */
static uint32_t own_of(const Find *f, const char *name)
{
    const IrFlow *flow = f->of->flow;
    for (const Activity *a = activity(&f->history, f->out->correction.parent); a; a = activity(&f->history,
                                                                                               a->parent)) {
        const Activity *block = activity(&f->history, a->parent);
        uint32_t scope = block && flow->nodes[block->node].op == IRN_EACH_PARALLEL ? block->node : a->node;
        for (uint32_t i = 0; i < flow->vars_n; i++)
            if (flow->vars[i].scope == scope && scope && strcmp(flow->vars[i].name, name) == 0) return a->id;
    }
    return 0;
}

/* The block in which the step stood may have ended, and its values live on in what is around that; but those of an
 * element or a branch that is gone are gone with it. */
static void find_place(Find *f)
{
    Correction *k = &f->out->correction;
    bool gone = false;
    for (uint32_t i = 0; i < f->n; i++) {
        uint32_t own = own_of(f, f->names[i].name);
        gone |= own && !case_act(f->of, own);
    }
    if (!gone) k->parent = open_around(f, k->parent);
}

static void follow_all(Find *f, const char *name)
{
    f->wrong = name;
    f->within = own_of(f, name);
    f->collecting = 0;
    f->tainted.items.n = 0;
    names_add(f->history.arena, &f->tainted, name);
    for (uint32_t i = f->first + 1; i < f->history.events.n; i++) follow(f, &f->history.events.items[i]);
}

static const char *step_meant(Arena *a, const IrFlow *f, const char *name)
{
    const char **names = ARENA_ARRAY(a, const char *, f->steps_n);
    for (uint32_t i = 0; i < f->steps_n; i++) names[i] = f->steps[i].name;
    return text_did_you_mean(a, name, names, f->steps_n);
}

Status uses_find(Journal *j, Arena *a, const Case *c, const char *step, const Datum *names, uint32_t n, Uses *out,
                 Error *err)
{
    Find f = {.of = c, .history = {.arena = a}, .step = step, .names = names, .n = n, .out = out};
    uint32_t at = step ? ir_step(c->flow, step) : IR_NONE;
    *out = (Uses){0};
    if (step && at == IR_NONE)
        return fail(err, ST_NOTFOUND, "case %llu of %s has no step \"%s\"%s", (unsigned long long)c->id, c->process,
                    step, step_meant(a, c->flow, step));
    if (!n) return fail(err, ST_USAGE, "which value is wrong? NAME=VALUE says what is right");
    Status st = journal_replay(j, c->id, keep_event, &f.history, err);
    if (st == ST_OK) st = step ? of_step(&f, c->flow->steps[at].node, err) : of_case(&f, err);
    if (st == ST_OK) st = find_names(&f, err);
    if (st != ST_OK) return st;
    find_place(&f);
    for (uint32_t i = 0; i < n; i++) follow_all(&f, names[i].name);
    Correction *k = &out->correction;
    k->seq = f.history.events.n ? f.history.events.items[f.history.events.n - 1].seq : 0;
    k->recorded = f.recorded.items, k->recorded_n = f.recorded.n;
    k->stays = f.stays.items, k->stays_n = f.stays.n;
    k->lapses = f.lapses.items, k->lapses_n = f.lapses.n;
    return ST_OK;
}
