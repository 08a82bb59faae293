/* uses.c -- where a value of a case came from, and what became of it: see uses.h. */
#include "runtime/uses.h"

#include <string.h>

/* branched: a branch or element, which may have variables of its own. ended: the place in the history of
 * the event that ended it, or 0. seen: what it keeps of an element that is over; NULL: nothing. flow: whose node it
 * is. */
typedef struct Activity {
    uint32_t id, parent, node, ended;
    bool branched, withdrawn, undoes;
    const Value *seen;
    const IrFlow *flow;
} Activity;
typedef struct Recorded { const IrFlow *flow; uint32_t node; } Recorded;
/* events: at places of the flow with which the case goes on; recorded: at which they were. of: of which elements the
 * end of a step was. acts: by id. */
typedef struct History {
    Arena *arena;
    Trail *trail;
    VEC(Event) events;
    VEC(Recorded) recorded;
    VEC(Elements) of;
    VEC(Activity) acts;
} History;

static History history_new(Arena *a)
{
    return (History){.arena = a, .trail = trail_new(a)};
}

static const Activity *activity(const History *h, uint32_t id)
{
    return id < h->acts.n && h->acts.items[id].id ? &h->acts.items[id] : NULL;
}

static const Value *value_in(const Event *e, const char *name)
{
    for (uint32_t i = 0; i < e->values_n; i++)
        if (strcmp(e->values[i].name, name) == 0) return &e->values[i].value;
    return NULL;
}

/* e: as it is kept. */
static void note_activity(History *h, const Event *e)
{
    if (!e->act) return;
    while (h->acts.n <= e->act) *VEC_PUSH(h->arena, &h->acts) = (Activity){0};
    Activity *a = &h->acts.items[e->act];
    if (!a->id) *a = (Activity){.id = e->act, .parent = e->parent, .node = e->node, .branched = e->kind == EV_BRANCHED,
                             .undoes = e->kind == EV_UNDOING, .flow = e->flow};
    a->withdrawn |= e->kind == EV_WITHDRAWN;
    if (e->kind == EV_WITHDRAWN || e->kind == EV_LEFT) a->ended = h->events.n - 1;
    const Value *seen = value_in(e, "$seen");
    if (seen && seen->type == V_LIST) a->seen = seen;
}

/* The place of the flow to which an event moves the case; of one that is no more the whole of it. */
static uint32_t moved(const Event *e, const IrFlow *from, uint32_t node)
{
    uint32_t to = node == IR_NONE ? IR_NONE : case_moved_node(e, from->nodes[node].name);
    return node != IR_NONE && to == IR_NONE ? 0 : to;
}

/* From here on the case has another flow, and what was before is seen by that. */
static void note_move(History *h, const Event *e)
{
    for (uint32_t i = 0; i < h->events.n; i++) {
        Event *before = &h->events.items[i];
        before->node = moved(e, before->flow, before->node);
        before->flow = e->flow;
    }
    for (uint32_t i = 0; i < h->acts.n; i++) {
        Activity *a = &h->acts.items[i];
        if (!a->id) continue;
        a->node = moved(e, a->flow, a->node);
        a->flow = e->flow;
    }
}

static bool ends_step(const Event *e)
{
    return e->kind == EV_DONE || e->kind == EV_APPROVED || e->kind == EV_FINISHED || e->kind == EV_SKIPPED;
}

static Status keep_event(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    History *h = self;
    if (e->kind == EV_MIGRATED) note_move(h, e);
    Event *kept = VEC_PUSH(h->arena, &h->events);
    *VEC_PUSH(h->arena, &h->recorded) = (Recorded){e->flow, e->node};
    Datum *values = ARENA_ARRAY(h->arena, Datum, e->values_n);
    (void)hash, (void)err;
    *kept = *e;
    for (uint32_t i = 0; i < e->values_n; i++)
        values[i] = (Datum){arena_dup(h->arena, e->values[i].name), value_copy(h->arena, &e->values[i].value)};
    kept->values = values;
    kept->person = e->person ? arena_dup(h->arena, e->person) : NULL;
    kept->login = e->login ? arena_dup(h->arena, e->login) : NULL;
    kept->via = e->via ? arena_dup(h->arena, e->via) : NULL;
    kept->text = e->text ? arena_dup(h->arena, e->text) : NULL;
    note_activity(h, kept);
    trail_note(h->trail, kept);
    *VEC_PUSH(h->arena, &h->of) = ends_step(kept) ? trail_elements(h->trail, kept) : (Elements){0};
    return ST_OK;
}

/* ---- where it came from ------------------------------------------------------------------------- */

/* Where a variable that holds it stands: in a branch or element that has it for itself, or (owner 0) in the case.
 * direct: what was recorded itself; else what was computed from it. */
typedef struct Spot { uint32_t owner; const char *name; bool direct; } Spot;

/* The places where it stood just before an event that ended an element or a round of a list. */
typedef struct Standing { uint32_t at; const Spot *places; uint32_t n; } Standing;

typedef struct Find {
    const Case *of;
    History history;
    const Which *which;
    const char *step;
    const char *whose;                 /* whose answer; NULL: it is said of none */
    bool told;                         /* ... and whoever corrects it says so, not only that it is their own */
    bool once_more;                    /* the step is done once more: not only its values are other ones then */
    const Datum *names; uint32_t n;
    const char *wrong;                 /* the one that is followed */
    bool of_answers;                   /* ... it is answers that are counted, and no variable */
    uint32_t parent;                   /* the act around the step that recorded it */
    VEC(Spot) places;                  /* as it went on */
    VEC(Standing) ends;                /* ... as elements ended */
    VEC(uint32_t) gathering;           /* lists of which an element hands it on */
    VEC(Datum) recorded;
    VEC(FileCopy) files;
    VEC(const char *) stays;
    VEC(Copy) copies;
    VEC(Gathered) gathered;
    VEC(uint32_t) undoes;              /* events that ended such steps, by their place in the history */
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

static void record(Find *f, const Event *e)
{
    for (uint32_t i = 0; i < e->values_n; i++) {
        Datum *known = recorded_as(f, e->values[i].name);
        if (e->values[i].name[0] == '$') continue;
        if (known) known->value = e->values[i].value;
        else *VEC_PUSH(f->history.arena, &f->recorded) = e->values[i];
    }
    FileCopy file;
    for (uint32_t i = 0; event_file(e, i, &file); i++) *VEC_PUSH(f->history.arena, &f->files) = file;
}

/* It ended, though not well: something else came in its place. */
static bool ends_otherwise(const Event *e)
{
    return (e->kind == EV_HANDLED && e->act) || e->kind == EV_REJECTED;
}

/* Is it an end of what was done once more, or does the step's end of before count, which stands there, too? */
static bool is_second(const Find *f, uint32_t at)
{
    const Event *end = &f->history.events.items[at];
    bool again = false, well = false;
    for (uint32_t i = 0; i < at; i++) {
        const Event *e = &f->history.events.items[i];
        bool round = e->kind == EV_ITERATED && e->act == end->parent;
        again |= e->act == end->act && value_in(e, "$again");
        if (round && f->of->flow->nodes[e->node].op == IRN_EACH) well = false;
        else if (e->node == end->node && e->parent == end->parent && ends_step(e)) well = true;
    }
    return again || well;
}

static bool is_end(const Find *f, uint32_t node, uint32_t at)
{
    const Event *e = &f->history.events.items[at];
    const Activity *a = activity(&f->history, e->act);
    if (e->node != node || (a && a->undoes)) return false;     /* what undoes it was skipped, and not the step */
    return ends_step(e) || (f->once_more && ends_otherwise(e) && !is_second(f, at));
}

/* Of several people each has answered for themselves, and the step ends without values; what was offered anew was
 * asked again. */
static Status of_answer(Find *f, const Event *end, Error *err)
{
    Correction *k = &f->out->correction;
    const Event *answer = NULL;
    Buf people = {0};
    bool several = false, apart = true;
    for (uint32_t i = 0; i < end->values_n; i++) apart &= end->values[i].name[0] == '$';
    for (uint32_t i = 0; i < f->first && apart; i++) {
        const Event *e = &f->history.events.items[i];
        if (e->act != end->act) continue;
        if (e->kind == EV_OFFERED) answer = NULL, several = false, buf_clear(&people);
        if (e->kind != EV_ANSWERED || !e->person) continue;
        if (f->whose && strcmp(e->person, f->whose) == 0) answer = e;
        buf_printf(&people, "%s%s", several ? ", " : "", e->person);
        several = true;
    }
    Status st = ST_OK;
    if (!several && f->told)
        st = fail(err, ST_USAGE,
                  "\"%s\" of case %llu was not answered by several people, each for themselves: --person says nothing "
                  "of it", f->step, (unsigned long long)f->of->id);
    if (several && !answer)
        st = fail(err, ST_REFUSED,
                  "\"%s\" was answered by %s, each for themselves: --person says whose answer is wrong", f->step,
                  buf_text(&people));
    buf_free(&people);
    if (!answer) return st;
    k->of = answer->person;
    record(f, answer);
    return ST_OK;
}

/* Is it a correction of the same, or of the same person's answer? */
static bool is_of_same(const Find *f, const Event *e)
{
    const Correction *k = &f->out->correction;
    const Value *of = value_in(e, "$of");
    if (e->kind != EV_CORRECTED || e->act != k->act || !k->of != !of) return false;
    return !of || strcmp(of->text, k->of) == 0;
}

/* What a step would have set that failed: what is there instead is another value when it is done once more. */
static void record_unset(Find *f, uint32_t node)
{
    const IrFlow *flow = f->of->flow;
    const IrStep *s = &flow->steps[flow->nodes[node].a];
    const IrField *fields = flow->unit.fields;
    for (uint32_t i = 0; i < s->ask_n + s->gives_n; i++) {
        const char *name = i < s->ask_n ? fields[s->ask + i].name : fields[s->gives + i - s->ask_n].name;
        if (!recorded_as(f, name)) *VEC_PUSH(f->history.arena, &f->recorded) = (Datum){name, VALUE_NONE};
    }
}

/* Where the step ended, as places in the history, and of which elements that was. */
typedef struct Ends { VEC(uint32_t) at; VEC(Elements) of; } Ends;

static Ends ends_of(const Find *f, uint32_t node)
{
    Ends ends = {0};
    Arena *arena = f->history.arena;
    for (uint32_t i = 0; i < f->history.events.n; i++) {
        if (!is_end(f, node, i)) continue;
        *VEC_PUSH(arena, &ends.at) = i;
        *VEC_PUSH(arena, &ends.of) = f->history.of.items[i];
    }
    return ends;
}

static Status no_such_element(const Find *f, const Ends *ends, Error *err)
{
    const char *there = elements_choice(f->history.arena, ends->of.items, ends->of.n, f->which->reader);
    if (!*there)
        return fail(err, ST_USAGE, "\"%s\" of case %llu is done for no element of a list: --element says nothing of "
                    "it", f->step, (unsigned long long)f->of->id);
    return fail(err, ST_NOTFOUND, "\"%s\" of case %llu has not ended for an element `%s`; it has for %s", f->step,
                (unsigned long long)f->of->id, f->which->element, there);
}

/* Those that --element means. */
static Status narrow(const Find *f, Ends *ends, Error *err)
{
    Arena *a = f->history.arena;
    Ends meant = {0};
    uint32_t *picked = ARENA_ARRAY(a, uint32_t, ends->at.n);
    uint32_t n = elements_pick(a, ends->of.items, ends->of.n, f->which->element, f->which->reader, picked);
    for (uint32_t i = 0; i < n; i++) {
        *VEC_PUSH(a, &meant.at) = ends->at.items[picked[i]];
        *VEC_PUSH(a, &meant.of) = ends->of.items[picked[i]];
    }
    if (!n) return no_such_element(f, ends, err);
    *ends = meant;
    return ST_OK;
}

/* Of rounds the last one is meant; of elements that are done beside each other a name does not say which. */
static Status the_last(const Find *f, const Ends *ends, uint32_t *at, Error *err)
{
    Arena *a = f->history.arena;
    Elements *there = ARENA_ARRAY(a, Elements, ends->of.n);
    uint32_t n = 0, last = ends->at.n - 1;
    bool apart = false;
    for (uint32_t i = 0; i <= last; i++) {
        apart |= elements_apart(&ends->of.items[i], &ends->of.items[last]);
        if (elements_same_rounds(&ends->of.items[i], &ends->of.items[last])) there[n++] = ends->of.items[i];
    }
    *at = ends->at.items[last];
    if (!apart) return ST_OK;
    const char *word = f->which->element ? f->which->element : "its name";
    return fail(err, ST_USAGE, "\"%s\" of case %llu has ended for several elements, and %s does not say which: name "
                "one with %s", f->step, (unsigned long long)f->of->id, word,
                elements_choice(a, there, n, f->which->reader));
}

/* Its act is known: the last time that this one ended. */
static void by_act(const Ends *ends, const Find *f, uint32_t *at)
{
    for (uint32_t i = 0; i < ends->at.n; i++)
        if (f->history.events.items[ends->at.items[i]].act == f->which->act) *at = ends->at.items[i];
}

static Status find_end(Find *f, uint32_t node, Error *err)
{
    Ends ends = ends_of(f, node);
    if (!ends.at.n)
        return fail(err, ST_NOTFOUND, "\"%s\" of case %llu has not ended yet: there is nothing to %s", f->step,
                    (unsigned long long)f->of->id, f->once_more ? "do once more" : "correct");
    f->first = ends.at.items[ends.at.n - 1];
    if (f->which->act) return by_act(&ends, f, &f->first), ST_OK;
    Status st = f->which->element ? narrow(f, &ends, err) : ST_OK;
    return st == ST_OK ? the_last(f, &ends, &f->first, err) : st;
}

static Status of_step(Find *f, uint32_t node, Error *err)
{
    Status st = find_end(f, node, err);
    if (st != ST_OK) return st;
    const Event *found = &f->history.events.items[f->first];
    f->out->correction = (Correction){.act = found->act, .parent = found->parent, .node = node};
    st = f->once_more ? ST_OK : of_answer(f, found, err);
    record(f, found);
    if (ends_otherwise(found)) record_unset(f, node);
    for (uint32_t i = f->first + 1; i < f->history.events.n; i++)
        if (is_of_same(f, &f->history.events.items[i])) record(f, &f->history.events.items[i]);
    return st;
}

/* Values that are told to others, or said by them, and set nothing. */
static bool only_tells(const Event *e)
{
    return e->kind == EV_EMITTED || e->kind == EV_LAUNCHED || e->kind == EV_CALLED || e->kind == EV_ENDED ||
           e->kind == EV_ANSWERED || e->kind == EV_NOTED;
}

static IrNodeOp op_at(const Find *f, const Event *e)
{
    return e->node != IR_NONE ? (IrNodeOp)f->of->flow->nodes[e->node].op : IRN_BLOCK;
}

/* Does it only hand a value on, between a branch and what is around it? */
static bool only_hands_on(const Find *f, const Event *e)
{
    IrNodeOp op = op_at(f, e);
    return e->kind == EV_LEFT || e->kind == EV_BRANCHED || (e->kind == EV_SET && (op == IRN_STEP || op == IRN_RACE));
}

/* The step that a variable's value came from last; NULL: the case took it, or set it. */
static const char *giver(const Find *f, const char *name)
{
    const char *step = NULL;
    for (uint32_t i = 0; i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        if (!value_in(e, name) || only_tells(e) || only_hands_on(f, e)) continue;
        bool by_step = (ends_step(e) || e->kind == EV_CORRECTED) && op_at(f, e) == IRN_STEP;
        step = by_step ? f->of->flow->nodes[e->node].name : NULL;
    }
    return step;
}

static Status of_case(Find *f, Error *err)
{
    const Case *c = f->of;
    if (f->told || f->which->element)
        return fail(err, ST_USAGE, "%s: name the step behind the case",
                    f->told ? "--person says whose answer to a step is wrong"
                            : "--element says of which element a step's values are wrong");
    f->out->correction = (Correction){.node = IR_NONE, .by = f->history.events.n ? f->history.events.items[0].person
                                      : NULL};
    for (uint32_t i = 0; i < f->n; i++) {
        const char *name = f->names[i].name, *step = giver(f, name);
        if (step) {
            Buf word = {0};
            buf_shell_word(&word, step);
            fail(err, ST_REFUSED, "%s was given by \"%s\": name that step, as in `ops correct %s%llu %s %s=...`", name,
                 step, *step == '-' ? "-- " : "", (unsigned long long)c->id, buf_text(&word), name);
            buf_free(&word);
            return ST_REFUSED;
        }
    }
    for (uint32_t i = 0; i < c->flow->vars_n; i++)
        if (c->flow->vars[i].scope == 0 && c->vars[i].type != CASE_UNSET)
            *VEC_PUSH(f->history.arena, &f->recorded) =
                (Datum){arena_dup(f->history.arena, c->flow->vars[i].name), value_copy(f->history.arena, &c->vars[i])};
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

/* ---- places ------------------------------------------------------------------------------------- */

static bool keeps(const Activity *a, const char *name)
{
    for (uint32_t i = 0; a->seen && i + 1 < a->seen->len; i += 2)
        if (a->seen->list[i].type == V_TEXT && strcmp(a->seen->list[i].text, name) == 0) return true;
    return false;
}

static bool has_own(const IrFlow *flow, uint32_t scope, const char *name)
{
    for (uint32_t i = 0; i < flow->vars_n; i++)
        if (flow->vars[i].scope == scope && strcmp(flow->vars[i].name, name) == 0) return true;
    return false;
}

/* Whose is the variable of this name, seen from an act: of a branch or element around it, or (0) the case's? */
static uint32_t owner_of(const Find *f, uint32_t act, const char *name)
{
    const IrFlow *flow = f->of->flow;
    for (const Activity *a = activity(&f->history, act); a; a = activity(&f->history, a->parent)) {
        const Activity *block = activity(&f->history, a->parent);
        uint32_t scope = block && flow->nodes[block->node].op == IRN_EACH_PARALLEL ? block->node : a->node;
        if (keeps(a, name) || (a->branched && scope && has_own(flow, scope, name))) return a->id;
    }
    return 0;
}

static Spot *spot_at(const Find *f, uint32_t owner, const char *name)
{
    for (uint32_t i = 0; i < f->places.n; i++)
        if (f->places.items[i].owner == owner && strcmp(f->places.items[i].name, name) == 0) return &f->places.items[i];
    return NULL;
}

static Spot *seen_from(const Find *f, uint32_t act, const char *name)
{
    return spot_at(f, owner_of(f, act, name), name);
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
        if (owner_of(f, act, p->name) == p->owner) *VEC_PUSH(f->history.arena, &names.items) = p->name;
    }
    return names;
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

/* A block that only holds branches is no way by itself: nothing goes on in it when its branch has ended. */
static bool has_way(const Find *f, const Activity *a)
{
    IrNodeOp op = (IrNodeOp)f->of->flow->nodes[a->node].op;
    return a->branched || (op != IRN_PARALLEL && op != IRN_RACE && op != IRN_EACH_PARALLEL);
}

/* The innermost of what is around it that is open still. */
static uint32_t open_around(const Find *f, uint32_t act)
{
    for (const Activity *a; (a = activity(&f->history, act)); act = a->parent)
        if (case_act(f->of, act) && has_way(f, a)) return act;
    return 0;
}

/* Does it stand in a branch that lost its race? */
static bool has_lost(const Find *f, uint32_t act)
{
    bool lost = false;
    for (const Activity *a; (a = activity(&f->history, act)) && !lost; act = a->parent) {
        const Activity *block = activity(&f->history, a->parent);
        lost = a->branched && a->withdrawn && block && f->of->flow->nodes[block->node].op == IRN_RACE;
    }
    return lost;
}

/* From where what the event is about is seen. */
static uint32_t seen_by(const Find *f, const Event *e)
{
    const Activity *a = activity(&f->history, e->act);
    return a && a->seen && !a->branched ? e->act : a ? a->parent : e->parent;
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
        (Lapse){e->act, open_around(f, e->parent), e->node, has_lost(f, e->parent), NULL, 0};
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
    const Activity *act = activity(&f->history, e->act);
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
    for (uint32_t i = 0; ends_step(e) && i < e->values_n; i++)
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

/* A step that ended while the value stood there is undone with it. */
static void note_undoing(Find *f, const Event *e)
{
    const Spot *p = ends_step(e) && !f->of_answers && !value_in(e, f->wrong) ? seen_from(f, e->parent, f->wrong) : NULL;
    if (p && p->direct) note_ending(f, e);
}

/* ---- what is handed on ---------------------------------------------------------------------------- */

/* A branch begins with what it keeps as it was, an element with itself. */
static void follow_branched(Find *f, const Event *e, bool used)
{
    const Activity *block = activity(&f->history, e->parent);
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
    const IrNode *each = &flow->nodes[activity(&f->history, block)->node];
    const char *name = each->args_n ? flow->args[each->d].name : NULL;
    const Spot *p = name && case_act(f->of, block) ? seen_from(f, e->act, name) : NULL;
    if (p && p->direct && p->owner == e->act && strcmp(name, f->wrong) == 0)
        *VEC_PUSH(f->history.arena, &f->gathered) = (Gathered){f->wrong, block, (uint32_t)e->n};
}

/* At its end a branch hands on what it had for itself, an element what is gathered of it, and the block the list. */
static void follow_left(Find *f, const Event *e)
{
    const IrFlow *flow = f->of->flow;
    const Activity *a = activity(&f->history, e->act), *block = activity(&f->history, e->parent);
    bool element = a && a->branched && block && flow->nodes[block->node].op == IRN_EACH_PARALLEL;
    const Names own = names_from(f, e->act);
    if (element && own.items.n && node_reads(flow, block->node, &own))
        *VEC_PUSH(f->history.arena, &f->gathering) = block->id;
    if (element) note_gathered(f, e, block->id);
    for (uint32_t i = 0; i < e->values_n; i++) {
        const char *name = e->values[i].name;
        if (name[0] == '$') continue;
        if (a && a->branched) copied(f, seen_from(f, e->act, name), owner_of(f, e->parent, name), name);
        else if (gathers(f, e->act)) holds(f, owner_of(f, e->parent, name), name, false), use(f, e);
        else holds_other(f, owner_of(f, e->parent, name), name);
    }
}

/* What the step that is needed has set, the one that needs it takes over. */
static void follow_taken_over(Find *f, const Event *e)
{
    for (uint32_t i = 0; i < e->values_n; i++) {
        const char *name = e->values[i].name;
        const Activity *owner = activity(&f->history, owner_of(f, e->parent, name));
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
            const Activity *owner = activity(&f->history, p->owner);
            if (owner && owner->parent == e->parent && strcmp(p->name, name) == 0) from = p;
        }
        copied(f, from, owner_of(f, e->parent, name), name);
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
        if (corrected && is_listed(value_in(e, "$stays"), name)) continue;
        uint32_t owner = owner_of(f, from, name);
        const Spot *known = spot_at(f, owner, name);
        if (used && !comes_from_elsewhere(e)) holds(f, owner, name, partly && known && known->direct);
        else if (!partly && !is_to_be_set(f, known)) holds_other(f, owner, name);
    }
}

static void follow_values(Find *f, const Event *e, bool used)
{
    IrNodeOp op = op_at(f, e);
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

/* ---- what is kept of elements that are over ---------------------------------------------------------- */

/* Did it happen in a round of the `each` at this node, of whatever else that is in? */
static bool is_within(const Find *f, const Event *e, uint32_t node)
{
    const Activity *a = activity(&f->history, e->act ? e->act : e->parent);
    while (a && (a->branched || a->node != node)) a = activity(&f->history, a->parent);
    return a != NULL;
}

static bool sets(const Find *f, const Event *e, const char *name)
{
    return value_in(e, name) && !only_tells(e) && !only_hands_on(f, e) && e->kind != EV_CORRECTED;
}

/* Is it another one in each round of this `each`: its element, or what nothing but its rounds has set? */
static bool is_of_rounds(const Find *f, const Activity *each, const char *name)
{
    const IrFlow *flow = f->of->flow;
    bool inside = false, outside = false;
    if (strcmp(flow->vars[flow->nodes[each->node].b].name, name) == 0) return true;
    for (uint32_t i = 0; i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        if (sets(f, e, name)) *(is_within(f, e, each->node) ? &inside : &outside) = true;
    }
    return inside && !outside;
}

/* The event that ended the round of this `each` in which something happened; 0: none has yet. */
static uint32_t round_ended(const Find *f, const Activity *each, uint32_t happened)
{
    for (uint32_t i = happened + 1; i < f->history.events.n; i++)
        if (f->history.events.items[i].kind == EV_ITERATED && f->history.events.items[i].act == each->id) return i;
    return each->ended > happened ? each->ended : 0;
}

static bool is_element(const Find *f, const Activity *a)
{
    const Activity *block = activity(&f->history, a->parent);
    return a->branched && block && f->of->flow->nodes[block->node].op == IRN_EACH_PARALLEL;
}

/* The innermost at or around an act that had not ended before the event at this place. */
static uint32_t open_before(const Find *f, uint32_t act, uint32_t until)
{
    for (const Activity *a; (a = activity(&f->history, act)) && a->ended && a->ended < until;) act = a->parent;
    return act;
}

/* The event before which a variable, which an approval saw, was as it stayed: the end of the element whose it was.
 * 0: it is no element's, or that is not over. */
static uint32_t kept_until(const Find *f, uint32_t given, const char *name)
{
    const Event *e = &f->history.events.items[given];
    const Activity *owner = activity(&f->history, owner_of(f, seen_by(f, e), name)), *element = owner;
    while (element && !is_element(f, element)) element = activity(&f->history, element->parent);
    uint32_t until = owner && keeps(owner, name) ? given : element ? element->ended : 0;
    for (const Activity *a = activity(&f->history, e->act); a; a = activity(&f->history, a->parent)) {
        bool rounds = !a->branched && f->of->flow->nodes[a->node].op == IRN_EACH && is_of_rounds(f, a, name);
        uint32_t round = rounds ? round_ended(f, a, given) : 0;
        if (round && (!until || round < until)) until = round;
    }
    return until;
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

/* What is asked for again keeps what was seen there before: of a round that was over, as it was at its end. */
static void follow_kept(Find *f, const Event *e)
{
    const Value *seen = value_in(e, "$seen");
    const Event *from = e;
    while (seen && from > f->history.events.items && !hands_over(from)) from--;
    uint32_t given = seen ? approved_before(f, from) : 0;
    for (uint32_t i = 0; seen && i + 1 < seen->len; i += 2) {
        const char *name = seen->list[i].text;
        uint32_t until = given ? kept_until(f, given, name) : 0, around = seen_by(f, from);
        bool ended = until > given;            /* else it was kept before, and is there still */
        uint32_t owner = owner_of(f, ended ? open_before(f, around, until) : around, name);
        copied(f, ended ? stood(f, until, owner, name) : spot_at(f, owner, name), e->act, name);
    }
}

static void follow(Find *f, const Event *e)
{
    note_standing(f, e);
    follow_kept(f, e);
    const Names seen = names_from(f, seen_by(f, e));
    bool told = e->kind != EV_CORRECTED && e->kind != EV_LAPSED && e->kind != EV_LATE && e->kind != EV_HANDLED;
    bool used = reads_it(f, e, &seen);
    if (used && told && e->kind != EV_BRANCHED) use(f, e);
    if (given_on_it(f, e, &seen)) lapse(f, e);
    if (e->kind == EV_LAPSED) unlapse(f, e->act);
    note_undoing(f, e);
    follow_values(f, e, used);
}

/* Whose variable it was before an event handed it on to this owner; UINT32_MAX: it did not. */
static uint32_t handed_from(const Find *f, const Event *e, uint32_t owner, const char *name)
{
    const Activity *a = activity(&f->history, e->act);
    const Activity *block = activity(&f->history, e->parent), *to = activity(&f->history, owner);
    bool element = block && f->of->flow->nodes[block->node].op == IRN_EACH_PARALLEL;
    if (e->kind == EV_BRANCHED && !element && owner == e->act) return owner_of(f, e->parent, name);
    bool hands_on = e->kind == EV_LEFT && a && a->branched && !element;
    if (hands_on && owner_of(f, e->parent, name) == owner) return owner_of(f, e->act, name);
    if (e->kind == EV_SET && op_at(f, e) == IRN_STEP && to && owner_of(f, e->parent, name) == owner)
        return owner_of(f, to->parent, name);
    return UINT32_MAX;
}

/* Where a value of the case came from: the last event that set it, and whose it was then. */
static uint32_t find_origin(Find *f, const char *name)
{
    uint32_t owner = 0;
    for (f->first = f->history.events.n; f->first-- > 0;) {
        const Event *e = &f->history.events.items[f->first];
        if (!value_in(e, name) || only_tells(e) || e->kind == EV_CORRECTED) continue;
        uint32_t from = handed_from(f, e, owner, name);
        bool sets = !only_hands_on(f, e) || (e->kind == EV_LEFT && !activity(&f->history, e->act)->branched);
        if (from != UINT32_MAX) owner = from;
        else if (sets && owner_of(f, e->kind == EV_ITERATED ? e->act : e->parent, name) == owner) return owner;
    }
    f->first = 0;
    return owner;
}

static void follow_all(Find *f, const char *name)
{
    bool of_case = f->out->correction.node == IR_NONE;
    uint32_t owner = of_case ? find_origin(f, name) : owner_of(f, f->parent, name);
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

static const char *step_meant(Arena *a, const IrFlow *f, const char *name)
{
    const char **names = ARENA_ARRAY(a, const char *, f->steps_n);
    for (uint32_t i = 0; i < f->steps_n; i++) names[i] = f->steps[i].name;
    return text_did_you_mean(a, name, names, f->steps_n);
}

static Status step_named(Find *f, uint32_t *node, Error *err)
{
    const Case *c = f->of;
    uint32_t at = ir_step(c->flow, f->step);
    *node = at == IR_NONE ? IR_NONE : c->flow->steps[at].node;
    return at != IR_NONE ? ST_OK
         : fail(err, ST_NOTFOUND, "case %llu of %s has no step \"%s\"%s", (unsigned long long)c->id, c->process,
                f->step, step_meant(f->history.arena, c->flow, f->step));
}

/* ---- what undoing needs -------------------------------------------------------------------------- */

/* The case as it was before the event at this place; NULL: it has another flow since. */
static const Case *case_before(const Find *f, uint32_t at)
{
    const History *h = &f->history;
    Case *c = case_new(h->recorded.items[0].flow);
    for (uint32_t i = 0; i < at; i++) {
        Event e = h->events.items[i];
        e.flow = h->recorded.items[i].flow, e.node = h->recorded.items[i].node;
        case_apply(c, &e);
    }
    if (c->flow == f->of->flow) return c;
    case_free(c);
    return NULL;
}

/* The act that set it last ahead of an event, as seen from this act; 0: it cannot be told. */
static uint32_t set_by(const Find *f, uint32_t from, uint32_t until, const char *name)
{
    uint32_t owner = owner_of(f, from, name);
    for (uint32_t i = until; i-- > 0;) {
        const Event *e = &f->history.events.items[i];
        if (!value_in(e, name) || only_tells(e)) continue;
        uint32_t handed = handed_from(f, e, owner, name);
        if (handed != UINT32_MAX) owner = handed;
        else if (sets(f, e, name) && owner_of(f, e->kind == EV_ITERATED ? e->act : e->parent, name) == owner)
            return e->act;
    }
    return 0;
}

static Datum *seen_at_end(Ending *n, const char *name)
{
    for (uint32_t i = 0; i < n->values_n; i++)
        if (strcmp(n->values[i].name, name) == 0) return (Datum *)(uintptr_t)&n->values[i];
    return NULL;
}

/* What was corrected before of what the step saw at its end, there, by now it would see right. Another element's value
 * of the name may have been the same. */
static void correct_seen(const Find *f, uint32_t at, Ending *n, const Event *e)
{
    const Event *end = &f->history.events.items[at];
    const Value *was = value_in(e, "$was");
    for (uint32_t i = 0, k = 0; was && i < e->values_n; i++) {
        const Datum *right = &e->values[i];
        if (right->name[0] == '$') continue;
        const Value *wrong = k < was->len ? &was->list[k] : NULL;
        Datum *own = seen_at_end(n, right->name);
        const Value *saw = own ? &own->value : case_named(n->before, n->parent, right->name);
        k++;
        if (!wrong || !saw || !value_equal(saw, wrong)) continue;
        uint32_t by = value_in(end, right->name) ? end->act : set_by(f, end->parent, at, right->name);
        if (e->act && by && by != e->act) continue;
        if (own) own->value = right->value;
        else ((Datum *)(uintptr_t)n->values)[n->values_n++] = *right;
    }
}

static Ending ending_at(Find *f, uint32_t at)
{
    const Event *e = &f->history.events.items[at];
    uint32_t room = e->values_n;
    for (uint32_t i = at + 1; i < f->history.events.n; i++)
        if (f->history.events.items[i].kind == EV_CORRECTED) room += f->history.events.items[i].values_n;
    Datum *values = ARENA_ARRAY(f->history.arena, Datum, room + 1);
    Ending n = {.act = e->act, .at = e->at, .before = case_before(f, at), .values = values};
    n.parent = n.before ? e->parent : open_around(f, e->parent);
    for (uint32_t i = 0; i < e->values_n; i++)
        if (e->values[i].name[0] != '$') values[n.values_n++] = e->values[i];
    for (uint32_t i = at + 1; n.before && i < f->history.events.n; i++)
        if (f->history.events.items[i].kind == EV_CORRECTED) correct_seen(f, at, &n, &f->history.events.items[i]);
    return n;
}

/* ---- what an approval saw ------------------------------------------------------------------------- */

/* What was corrected since, of just that answer, is right. */
static void correct_kept(const Find *f, uint32_t until, uint32_t act, SeenValue *s)
{
    for (uint32_t i = until; act && i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        const Value *right = e->kind == EV_CORRECTED && e->act == act ? value_in(e, s->name) : NULL;
        if (right) s->value = *right;
    }
}

/* What the approval saw there, as it is right by now; false: it saw none. What was around it in its element may have
 * ended before that did. */
static bool saw(Find *f, uint32_t given, uint32_t until, const char *name, SeenValue *out)
{
    Case *before = (Case *)(uintptr_t)case_before(f, until);
    uint32_t from = open_before(f, seen_by(f, &f->history.events.items[given]), until);
    for (const Activity *a; before && !case_act(before, from) && (a = activity(&f->history, from));) from = a->parent;
    const Value *found = before ? case_named(before, from, name) : NULL;
    uint32_t act = set_by(f, from, until, name);
    *out = (SeenValue){name, found ? value_copy(f->history.arena, found) : VALUE_NONE,
                  !act || act == f->out->correction.act};
    correct_kept(f, until, act, out);
    case_free(before);
    return found != NULL;
}

static uint32_t given_at(const Find *f, uint32_t act)
{
    uint32_t at = f->history.events.n - 1;
    while (at > 0 && !(f->history.events.items[at].kind == EV_APPROVED && f->history.events.items[at].act == act)) at--;
    return at;
}

/* The variables of elements that are over. */
static void see_lapsed(Find *f, Lapse *lapsed)
{
    const IrFlow *flow = f->of->flow;
    SeenValue *seen = ARENA_ARRAY(f->history.arena, SeenValue, flow->vars_n + 1);
    uint32_t given = given_at(f, lapsed->act);
    lapsed->seen = seen;
    for (uint32_t i = 0; i < flow->vars_n; i++) {
        const char *name = flow->vars[i].name;
        bool known = false;
        for (uint32_t k = 0; k < i; k++) known |= strcmp(flow->vars[k].name, name) == 0;
        uint32_t until = known ? 0 : kept_until(f, given, name);
        if (until && saw(f, given, until, name, &seen[lapsed->seen_n])) lapsed->seen_n++;
    }
}

static void see_endings(Find *f)
{
    Correction *k = &f->out->correction;
    Ending *all = ARENA_ARRAY(f->history.arena, Ending, f->undoes.n + 1);
    const Event *own = f->step ? &f->history.events.items[f->first] : NULL;
    if (own) all[k->endings_n++] = ending_at(f, f->first);
    for (uint32_t i = 0; i < f->undoes.n; i++)
        if (!own || f->undoes.items[i] != f->first) all[k->endings_n++] = ending_at(f, f->undoes.items[i]);
    k->endings = all;
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
    k->parent = open_around(f, k->parent);     /* what is around the step may have ended, and its values live on */
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
    if (!f->once_more) see_endings(f);
    for (uint32_t i = 0; i < f->lapses.n; i++) see_lapsed(f, &f->lapses.items[i]);
    k->lapses = f->lapses.items, k->lapses_n = f->lapses.n;
}

Status uses_find(Journal *j, Arena *a, const Case *c, const Which *which, const Input *in, Uses *out, Error *err)
{
    Find f = {.of = c, .history = history_new(a), .which = which, .step = which->step, .names = in->values,
              .n = in->values_n, .whose = in->to ? in->to : in->person, .told = in->to != NULL, .out = out};
    uint32_t node = IR_NONE;
    *out = (Uses){0};
    Status st = f.step ? step_named(&f, &node, err) : ST_OK;
    if (st == ST_OK && !f.n) st = fail(err, ST_USAGE, "which value is wrong? NAME=VALUE says what is right");
    if (st == ST_OK) st = journal_replay(j, c->id, keep_event, &f.history, err);
    if (st == ST_OK) st = f.step ? of_step(&f, node, err) : of_case(&f, err);
    if (st == ST_OK) st = find_names(&f, err);
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
        for (const Activity *a = activity(&f->history, f->parent); round && a; a = activity(&f->history, a->parent))
            over |= a->id == e->act;
    }
    return over;
}

Status uses_of_step(Journal *j, Arena *a, const Case *c, const Which *which, Uses *out, Error *err)
{
    Find f = {.of = c, .history = history_new(a), .which = which, .step = which->step, .once_more = true, .out = out};
    uint32_t node;
    *out = (Uses){0};
    Status st = step_named(&f, &node, err);
    if (st == ST_OK) st = journal_replay(j, c->id, keep_event, &f.history, err);
    if (st == ST_OK) st = of_step(&f, node, err);
    if (st != ST_OK) return st;
    f.names = f.recorded.items, f.n = f.recorded.n;
    become(&f);
    out->correction.over = round_is_over(&f);
    return ST_OK;
}
