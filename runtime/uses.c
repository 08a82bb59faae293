/* uses.c -- what became of a value of a case: see uses.h.
 *
 * The history is gone through from where the value was recorded, and it is
 * kept where it stands: in which variables, of the case or of branches and
 * elements that have them for themselves.
 */
#include "runtime/uses_private.h"

#include <string.h>

/* ---- places ------------------------------------------------------------------------------------- */

static Spot *spot_at(const Find *f, uint32_t owner, const char *name)
{
    for (uint32_t i = 0; i < f->places.n; i++)
        if (f->places.items[i].owner == owner && strcmp(f->places.items[i].name, name) == 0) return &f->places.items[i];
    return NULL;
}

static Spot *seen_from(const Find *f, uint32_t act, const char *name)
{
    return spot_at(f, uses_owner(f, act, name), name);
}

static void holds(Find *f, uint32_t owner, const char *name, bool direct)
{
    Spot *known = spot_at(f, owner, name);
    if (known) known->direct = direct;
    else *VEC_PUSH(f->history.arena, &f->places) = (Spot){owner, arena_dup(f->history.arena, name), direct};
}

static void holds_other(Find *f, uint32_t owner, const char *name)
{
    Spot *known = spot_at(f, owner, name);
    if (known) *known = f->places.items[--f->places.n];
}

/* A copy holds what it was made of. */
static void copied(Find *f, const Spot *from, uint32_t owner, const char *name)
{
    if (from) holds(f, owner, name, from->direct);
    else holds_other(f, owner, name);
}

/* The names under which it is seen from an act. */
static Names names_from(const Find *f, uint32_t act)
{
    Names names = {0};
    for (uint32_t i = 0; i < f->places.n; i++) {
        const Spot *p = &f->places.items[i];
        if (uses_owner(f, act, p->name) == p->owner) *VEC_PUSH(f->history.arena, &names.items) = p->name;
    }
    return names;
}

/* ---- what became of it ---------------------------------------------------------------------------- */

/* What is come to may be held, be an incident, and be skipped. */
static bool is_statement_done(uint16_t kind)
{
    return kind == EV_SET || kind == EV_CHOSE || kind == EV_EMITTED || kind == EV_LAUNCHED || kind == EV_CALLED;
}

static void use(Find *f, const Event *e)
{
    Use now = {.node = e->node, .kind = e->kind, .at = e->at, .person = e->person, .yes = e->n != 0,
               .came = is_statement_done(e->kind)};
    for (uint32_t i = 0; i < f->out->items.n; i++) {
        Use *known = &f->out->items.items[i];
        if (known->node != e->node) continue;
        now.came |= known->came;
        if (e->kind != EV_CHOSE) now.yes = known->yes;
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

/* Does it stand in a branch that lost its race? */
static bool has_lost(const Find *f, uint32_t act)
{
    bool lost = false;
    for (const Activity *a; (a = uses_activity(&f->history, act)) && !lost; act = a->parent) {
        const Activity *block = uses_activity(&f->history, a->parent);
        lost = a->branched && a->withdrawn && block && f->of->flow->nodes[block->node].op == IRN_RACE;
    }
    return lost;
}

/* ... and kept further by what is asked next. */
static bool hands_over(const Event *e)
{
    return e->kind == EV_LAPSED || e->kind == EV_RETRIED || e->kind == EV_REJECTED;
}

static void lapse(Find *f, const Event *e)
{
    for (uint32_t i = 0; i < f->lapses.n; i++)
        if (f->lapses.items[i].act == e->act) return;
    *VEC_PUSH(f->history.arena, &f->lapses) = 
        (Lapse){e->act, uses_open_around(f, e->parent), e->node, has_lost(f, e->parent), NULL, 0};
}

static void unlapse(Find *f, uint32_t act)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < f->lapses.n; i++)
        if (f->lapses.items[i].act != act) f->lapses.items[kept++] = f->lapses.items[i];
    f->lapses.n = kept;
}

/* Does what begins or ends at this node read it? What a race, or an element of a list, hands on at its end is followed
 * there (follow_left). */
static bool node_uses(const Find *f, const Event *e, const Names *seen)
{
    const IrFlow *flow = f->of->flow;
    uint32_t parent = flow->nodes[e->node].parent;
    bool branch = e->kind == EV_BRANCHED && parent != IR_NONE;
    const IrNode *n = &flow->nodes[branch ? parent : e->node];
    if (n->op == IRN_EACH_PARALLEL) return code_reads(flow, n->a, seen); /* its elements */
    return !branch && n->op != IRN_RACE && node_reads(flow, e->node, seen);
}

/* What is held, or needs other steps, has read nothing yet. */
static bool only_waits(const Find *f, const Event *e)
{
    IrNodeOp op = e->node != IR_NONE ? (IrNodeOp)f->of->flow->nodes[e->node].op : IRN_SEQUENCE;
    bool waits = op == IRN_WAIT_EVENT || op == IRN_WAIT_SPAN || op == IRN_WAIT_UNTIL || op == IRN_LOCK ||
                 op == IRN_ON_EVENT;
    return (e->kind == EV_WAITING || e->kind == EV_ELAPSED) && !waits;
}

/* Does what happened here read what is wrong? */
static bool reads_it(const Find *f, const Event *e, const Names *seen)
{
    const IrFlow *flow = f->of->flow;
    const Activity *act = uses_activity(&f->history, e->act);
    bool used = false, own = e->act && e->act == f->out->correction.act;
    bool joins = e->kind == EV_LEFT && act && act->branched;               /* its own node has read what it reads */
    if (!seen->items.n || e->kind == EV_CORRECTED || joins || only_waits(f, e)) return false;
    if (e->node != IR_NONE) return !own && node_uses(f, e, seen);
    if (e->kind == EV_SET) return e->due != INSTANT_NEVER && code_reads(flow, flow->deadline, seen);
    for (uint32_t i = 0; e->kind == EV_ENDED && i < e->values_n; i++) used |= names_have(seen, e->values[i].name);
    return used;
}

static bool is_approval(const Find *f, uint32_t node)
{
    const IrFlow *flow = f->of->flow;
    return flow->steps[flow->nodes[node].a].approve != CODE_NONE;
}

static bool given_on_it(const Find *f, const Event *e, const Names *seen)
{
    const IrFlow *flow = f->of->flow;
    if (e->kind != EV_APPROVED || e->act == f->out->correction.act) return false;
    bool apart = f->once_more && !is_approval(f, f->out->correction.node);
    return node_reads(flow, e->node, seen) || (apart && node_asks_who_did(flow, e->node, f->step));
}

static bool can_be_undone(const Event *e)
{
    for (uint32_t i = 0; uses_ends_step(e) && i < e->values_n; i++)
        if (strcmp(e->values[i].name, "$undo") == 0) return true;
    return false;
}

static void note_ending(Find *f, const Event *e)
{
    uint32_t at = (uint32_t)(e - f->history.events.items);
    if (!can_be_undone(e)) return;
    for (uint32_t i = 0; i < f->undoes.n; i++)
        if (f->undoes.items[i] == at) return;
    *VEC_PUSH(f->history.arena, &f->undoes) = at;
}

/* A step that ended while the value stood there is undone with it; one whose undoing counts the answer, with that. */
static void note_undoing(Find *f, const Event *e)
{
    Names answers = {0};
    if (f->of_answers) names_add(f->history.arena, &answers, f->wrong);
    bool of_step = uses_ends_step(e) && uses_op(f, e) == IRN_STEP;
    const IrStep *s = of_step ? &f->of->flow->steps[f->of->flow->nodes[e->node].a] : NULL;
    if (s && f->of_answers && step_end_reads(f->of->flow, s, &answers)) note_ending(f, e);
    bool may = uses_ends_step(e) && !f->of_answers && !uses_value(e, f->wrong);
    const Spot *p = may ? seen_from(f, e->parent, f->wrong) : NULL;
    if (p && p->direct) note_ending(f, e);
}

/* ---- what is handed on ---------------------------------------------------------------------------- */

/* A branch begins with what it keeps as it was, an element with itself. */
static void follow_branched(Find *f, const Event *e, bool used)
{
    const Activity *block = uses_activity(&f->history, e->parent);
    bool element = block && f->of->flow->nodes[block->node].op == IRN_EACH_PARALLEL;
    for (uint32_t i = 0; i < e->values_n; i++) {
        const char *name = e->values[i].name;
        if (element && used) holds(f, e->act, name, false);
        else if (!element) copied(f, seen_from(f, e->parent, name), e->act, name);
    }
}

static bool gathers(const Find *f, uint32_t block)
{
    for (uint32_t i = 0; i < f->gathering.n; i++)
        if (f->gathering.items[i] == block) return true;
    return false;
}

/* A list that is open still holds what its element had at its end. */
static void note_gathered(Find *f, const Event *e, uint32_t block)
{
    const IrFlow *flow = f->of->flow;
    const IrNode *each = &flow->nodes[uses_activity(&f->history, block)->node];
    const char *name = each->args_n ? flow->args[each->d].name : NULL;
    const Spot *p = name && case_act(f->of, block) ? seen_from(f, e->act, name) : NULL;
    if (p && p->direct && p->owner == e->act && strcmp(name, f->wrong) == 0)
        *VEC_PUSH(f->history.arena, &f->gathered) = (Gathered){f->wrong, block, (uint32_t)e->n};
}

/* At its end a branch hands on what it had for itself, an element what is gathered of it, and the block the list. */
static void follow_left(Find *f, const Event *e)
{
    const IrFlow *flow = f->of->flow;
    const Activity *a = uses_activity(&f->history, e->act), *block = uses_activity(&f->history, e->parent);
    bool element = a && a->branched && block && flow->nodes[block->node].op == IRN_EACH_PARALLEL;
    const Names own = names_from(f, e->act);
    if (element && own.items.n && node_reads(flow, block->node, &own))
        *VEC_PUSH(f->history.arena, &f->gathering) = block->id;
    if (element) note_gathered(f, e, block->id);
    for (uint32_t i = 0; i < e->values_n; i++) {
        const char *name = e->values[i].name;
        if (name[0] == '$') continue;
        if (a && a->branched) copied(f, seen_from(f, e->act, name), uses_owner(f, e->parent, name), name);
        else if (gathers(f, e->act)) holds(f, uses_owner(f, e->parent, name), name, false), use(f, e);
        else holds_other(f, uses_owner(f, e->parent, name), name);
    }
}

/* What the step that is needed has set, the one that needs it takes over. */
static void follow_taken_over(Find *f, const Event *e)
{
    for (uint32_t i = 0; i < e->values_n; i++) {
        const char *name = e->values[i].name;
        const Activity *owner = uses_activity(&f->history, uses_owner(f, e->parent, name));
        if (owner) copied(f, seen_from(f, owner->parent, name), owner->id, name);
    }
}

/* Where a case stops in a branch of a race, that hands on what it had for itself. */
static void follow_stopped(Find *f, const Event *e)
{
    for (uint32_t i = 0; i < e->values_n; i++) {
        const char *name = e->values[i].name;
        const Spot *from = NULL;
        for (uint32_t k = 0; k < f->places.n; k++) {
            const Spot *p = &f->places.items[k];
            const Activity *owner = uses_activity(&f->history, p->owner);
            if (owner && owner->parent == e->parent && strcmp(p->name, name) == 0) from = p;
        }
        copied(f, from, uses_owner(f, e->parent, name), name);
    }
}

/* ---- what is set ---------------------------------------------------------------------------------- */

static bool is_listed(const Value *list, const char *name)
{
    for (uint32_t i = 0; list && list->type == V_LIST && i < list->len; i++)
        if (strcmp(list->list[i].text, name) == 0) return true;
    return false;
}

/* What a step sets that is done once more is another value then, whoever has set it since. */
static bool is_to_be_set(const Find *f, const Spot *known)
{
    return f->once_more && known && known->direct && strcmp(known->name, f->wrong) == 0;
}

/* What branches have for themselves of the i-th value was corrected with it. */
static void follow_copies(Find *f, const Event *corrected, uint32_t i)
{
    const Value *in = uses_value(corrected, "$in");
    const Value *acts = in && in->type == V_LIST && i < in->len ? &in->list[i] : NULL;
    for (uint32_t k = 0; acts && acts->type == V_LIST && k < acts->len; k++)
        holds_other(f, (uint32_t)(acts->list[k].i / value_integer(1).i), corrected->values[i].name);
}

/* Variables that the event sets hold something new now: computed from what is wrong, or not. */
static void follow_set(Find *f, const Event *e, bool used)
{
    const Correction *k = &f->out->correction;
    const IrNode *n = e->node != IR_NONE ? &f->of->flow->nodes[e->node] : NULL;
    uint32_t from = e->kind == EV_ITERATED ? e->act : e->parent;
    bool corrected = e->kind == EV_CORRECTED, partly = n && n->op == IRN_SET && n->c != IR_NONE;
    bool before = corrected && e->act == k->act && e->node == k->node;     /* of this very value, if it is named */
    for (uint32_t i = 0; i < e->values_n; i++) {
        const char *name = e->values[i].name;
        if (name[0] == '$' || (before && strcmp(name, f->wrong) == 0)) continue;
        if (corrected) follow_copies(f, e, i);
        if (corrected && is_listed(uses_value(e, "$stays"), name)) continue;
        uint32_t owner = uses_owner(f, from, name);
        const Spot *known = spot_at(f, owner, name);
        if (used && !comes_from_elsewhere(e)) holds(f, owner, name, partly && known && known->direct);
        else if (!partly && !is_to_be_set(f, known)) holds_other(f, owner, name);
    }
}

static void follow_values(Find *f, const Event *e, bool used)
{
    IrNodeOp op = uses_op(f, e);
    switch ((EventKind)e->kind) {
    case EV_EMITTED: case EV_LAUNCHED: case EV_CALLED: case EV_ENDED: case EV_ANSWERED: case EV_NOTED: break;
    case EV_BRANCHED: follow_branched(f, e, used); break;
    case EV_LEFT: follow_left(f, e); break;
    case EV_SET:
        if (op == IRN_STEP) follow_taken_over(f, e);
        else if (op == IRN_RACE) follow_stopped(f, e);
        else follow_set(f, e, used);
        break;
    default: follow_set(f, e, used);
    }
}

/* Before an element or a round ends, it is noted where it stands. */
static void note_standing(Find *f, const Event *e)
{
    Arena *a = f->history.arena;
    if (e->kind != EV_ITERATED && e->kind != EV_LEFT && e->kind != EV_WITHDRAWN) return;
    Spot *places = ARENA_ARRAY(a, Spot, f->places.n + 1);
    if (f->places.n) memcpy(places, f->places.items, f->places.n * sizeof *places);
    *VEC_PUSH(a, &f->ends) = (Standing){(uint32_t)(e - f->history.events.items), places, f->places.n};
}

/* Where this owner had it just before the event at this place, which ended an element; NULL: it did not. */
static const Spot *stood(const Find *f, uint32_t until, uint32_t owner, const char *name)
{
    const Standing *then = NULL;
    for (uint32_t i = f->ends.n; i-- > 0 && !then;)
        if (f->ends.items[i].at == until) then = &f->ends.items[i];
    for (uint32_t i = 0; then && i < then->n; i++)
        if (then->places[i].owner == owner && strcmp(then->places[i].name, name) == 0) return &then->places[i];
    return NULL;
}

/* The approval that stood until this event; 0: it is of none. */
static uint32_t approved_before(const Find *f, const Event *e)
{
    uint32_t i = (uint32_t)(e - f->history.events.items);
    while (i > 0 && !(f->history.events.items[i].kind == EV_APPROVED && f->history.events.items[i].act == e->act)) i--;
    return i;
}

/* Was it asked for elsewhere until this event, of the same elements? A handler took the place of what was around. */
static bool is_moved(const Find *f, const Event *withdrawn, const Event *to)
{
    const Value *was = uses_kept_elements(uses_activity(&f->history, withdrawn->act));
    const Value *is = uses_kept_elements(uses_activity(&f->history, to->act));
    return withdrawn->kind == EV_WITHDRAWN && withdrawn->node == to->node && was && is && value_equal(was, is);
}

/* What is asked for again keeps what was seen there before: of a round that was over, as it was at its end. */
static void follow_kept(Find *f, const Event *e)
{
    const Value *seen = uses_value(e, "$seen");
    const Event *from = e;
    while (seen && from > f->history.events.items && !hands_over(from) && !is_moved(f, from, e)) from--;
    uint32_t given = seen && from->kind == EV_LAPSED ? approved_before(f, from) : 0;
    for (uint32_t i = 0; seen && i + 1 < seen->len; i += 2) {
        const char *name = seen->list[i].text;
        uint32_t until = given ? uses_kept_until(f, given, name) : 0, around = uses_seen_by(f, from);
        bool ended = until > given;            /* else it was kept before, and is there still */
        uint32_t owner = uses_owner(f, ended ? uses_open_before(f, around, until) : around, name);
        copied(f, ended ? stood(f, until, owner, name) : spot_at(f, owner, name), e->act, name);
    }
}

static void follow(Find *f, const Event *e)
{
    note_standing(f, e);
    follow_kept(f, e);
    const Names seen = names_from(f, uses_seen_by(f, e));
    bool told = e->kind != EV_CORRECTED && e->kind != EV_LAPSED && e->kind != EV_LATE && e->kind != EV_HANDLED;
    bool used = reads_it(f, e, &seen);
    if (used && told && e->kind != EV_BRANCHED) use(f, e);
    if (given_on_it(f, e, &seen)) lapse(f, e);
    if (e->kind == EV_LAPSED) unlapse(f, e->act);
    note_undoing(f, e);
    follow_values(f, e, used);
}

static void follow_all(Find *f, const char *name)
{
    bool of_case = f->out->correction.node == IR_NONE;
    uint32_t owner = of_case ? uses_find_origin(f, name) : uses_owner(f, f->parent, name);
    f->wrong = name;
    f->gathering.n = f->places.n = f->ends.n = 0;
    holds(f, owner, name, true);
    for (uint32_t i = f->first + 1; i < f->history.events.n; i++) follow(f, &f->history.events.items[i]);
    uint32_t around = f->out->correction.parent;
    const Spot *now = seen_from(f, around, name);
    bool stays = (!now || !now->direct) && case_named(f->of, around, name);     /* else it is gone */
    if (stays) *VEC_PUSH(f->history.arena, &f->stays) = name;
    for (uint32_t i = 0; i < f->places.n; i++) {
        const Spot *p = &f->places.items[i];
        bool copy = p->direct && p->owner && strcmp(p->name, name) == 0;
        if (copy) *VEC_PUSH(f->history.arena, &f->copies) = (Copy){name, p->owner};
        if (!p->direct) names_add(f->history.arena, &f->out->computed, p->name);
    }
}

void uses_free(Uses *u)
{
    for (uint32_t i = 0; i < u->correction.endings_n; i++)
        case_free((Case *)(uintptr_t)u->correction.endings[i].before);
    u->correction.endings_n = 0;
}

/* What became of all that was found to be recorded. */
static void become(Find *f)
{
    Correction *k = &f->out->correction;
    f->parent = k->parent;
    k->parent = uses_open_around(f, k->parent);     /* what is around the step may have ended, and its values live on */
    for (uint32_t i = 0; i < f->n && !k->of; i++) follow_all(f, f->names[i].name);
    f->of_answers = true;
    if (f->once_more) follow_all(f, names_answers(f->history.arena, f->step));
    if (f->once_more) follow_all(f, names_step(f->history.arena, f->step));        /* it ends anew */
    for (uint32_t i = 0; f->step && !f->once_more && i < f->n; i++)
        follow_all(f, names_answer(f->history.arena, f->step, f->names[i].name));
    k->seq = f->history.events.n ? f->history.events.items[f->history.events.n - 1].seq : 0;
    k->recorded = f->recorded.items, k->recorded_n = f->recorded.n;
    k->files = f->files.items, k->files_n = f->files.n;
    k->stays = f->stays.items, k->stays_n = f->stays.n;
    k->copies = f->copies.items, k->copies_n = f->copies.n;
    k->gathered = f->gathered.items, k->gathered_n = f->gathered.n;
    if (!f->once_more) uses_see_endings(f);
    for (uint32_t i = 0; i < f->lapses.n; i++) uses_see_lapsed(f, &f->lapses.items[i]);
    k->lapses = f->lapses.items, k->lapses_n = f->lapses.n;
}

Status uses_find(Journal *j, Arena *a, const Case *c, const Which *which, const Input *in, Uses *out, Error *err)
{
    Find f = {.of = c, .history = uses_history(a), .which = which, .step = which->step, .names = in->values,
              .n = in->values_n, .whose = in->to ? in->to : in->person, .told = in->to != NULL, .out = out};
    uint32_t node = IR_NONE;
    *out = (Uses){0};
    Status st = f.step ? uses_step_named(&f, &node, err) : ST_OK;
    if (st == ST_OK && !f.n) st = fail(err, ST_USAGE, "which value is wrong? NAME=VALUE says what is right");
    if (st == ST_OK) st = journal_replay(j, c->id, uses_keep_event, &f.history, err);
    if (st == ST_OK) st = f.step ? uses_by_step(&f, node, err) : uses_by_case(&f, err);
    if (st == ST_OK) st = uses_find_names(&f, err);
    if (st == ST_OK) become(&f);
    return st;
}

/* Did the round of an `each` in which the step ended, end since? */
static bool round_is_over(const Find *f)
{
    bool over = false;
    for (uint32_t i = f->first + 1; i < f->history.events.n && !over; i++) {
        const Event *e = &f->history.events.items[i];
        bool round = e->kind == EV_ITERATED && f->of->flow->nodes[e->node].op == IRN_EACH;
        const Activity *a = round ? uses_activity(&f->history, f->parent) : NULL;
        for (; a; a = uses_activity(&f->history, a->parent)) over |= a->id == e->act;
    }
    return over;
}

Status uses_of_step(Journal *j, Arena *a, const Case *c, const Which *which, Uses *out, Error *err)
{
    Find f = {.of = c, .history = uses_history(a), .which = which, .step = which->step, .once_more = true, .out = out};
    uint32_t node;
    *out = (Uses){0};
    Status st = uses_step_named(&f, &node, err);
    if (st == ST_OK) st = journal_replay(j, c->id, uses_keep_event, &f.history, err);
    if (st == ST_OK) st = uses_by_step(&f, node, err);
    if (st != ST_OK) return st;
    f.names = f.recorded.items, f.n = f.recorded.n;
    become(&f);
    out->correction.over = round_is_over(&f);
    return ST_OK;
}
