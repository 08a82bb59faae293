/* uses_origin.c -- where a value of a case came from: the end of a step, or what the case took or set. */
#include "runtime/uses_private.h"

#include <string.h>

static Datum *recorded_as(Find *f, const char *name)
{
    for (uint32_t i = 0; i < f->recorded.n; i++)
        if (strcmp(f->recorded.items[i].name, name) == 0) return &f->recorded.items[i];
    return NULL;
}

static void record_files(Find *f, const Event *e)
{
    FileCopy file;
    for (uint32_t i = 0; event_file(e, i, &file); i++) *VEC_PUSH(f->history.arena, &f->files) = file;
}

static void record(Find *f, const Event *e)
{
    for (uint32_t i = 0; i < e->values_n; i++) {
        Datum *known = recorded_as(f, e->values[i].name);
        if (e->values[i].name[0] == '$') continue;
        if (known) known->value = e->values[i].value;
        else *VEC_PUSH(f->history.arena, &f->recorded) = e->values[i];
    }
    record_files(f, e);
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
        again |= e->act == end->act && uses_value(e, "$again");
        if (round && f->of->flow->nodes[e->node].op == IRN_EACH) well = false;
        else if (e->node == end->node && e->parent == end->parent && uses_ends_step(e)) well = true;
    }
    return again || well;
}

static bool is_end(const Find *f, uint32_t node, uint32_t at)
{
    const Event *e = &f->history.events.items[at];
    const Activity *a = uses_activity(&f->history, e->act);
    if (e->node != node || (a && a->undoes)) return false;     /* what undoes it was skipped, and not the step */
    return uses_ends_step(e) || (f->once_more && ends_otherwise(e) && !is_second(f, at));
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
    const Value *of = uses_value(e, "$of");
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

Status uses_by_step(Find *f, uint32_t node, Error *err)
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

/* The step that a variable's value came from last; NULL: the case took it, or set it. */
static const char *giver(const Find *f, const char *name)
{
    const char *step = NULL;
    for (uint32_t i = 0; i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        if (!uses_value(e, name) || uses_only_tells(e) || uses_only_hands_on(f, e)) continue;
        bool by_step = (uses_ends_step(e) || e->kind == EV_CORRECTED) && uses_op(f, e) == IRN_STEP;
        step = by_step ? f->of->flow->nodes[e->node].name : NULL;
    }
    return step;
}

Status uses_by_case(Find *f, Error *err)
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
    for (uint32_t i = 0; i < f->history.events.n; i++) {
        const Event *e = &f->history.events.items[i];
        if (e->kind == EV_STARTED || (e->kind == EV_CORRECTED && e->node == IR_NONE)) record_files(f, e);
    }
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

Status uses_find_names(Find *f, Error *err)
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

uint32_t uses_find_origin(Find *f, const char *name)
{
    uint32_t owner = 0;
    for (f->first = f->history.events.n; f->first-- > 0;) {
        const Event *e = &f->history.events.items[f->first];
        if (!uses_value(e, name) || uses_only_tells(e) || e->kind == EV_CORRECTED) continue;
        uint32_t from = uses_handed_from(f, e, owner, name);
        bool sets = !uses_only_hands_on(f, e) || (e->kind == EV_LEFT && !uses_activity(&f->history, e->act)->branched);
        if (from != UINT32_MAX) owner = from;
        else if (sets && uses_owner(f, e->kind == EV_ITERATED ? e->act : e->parent, name) == owner) return owner;
    }
    f->first = 0;
    return owner;
}

static const char *step_meant(Arena *a, const IrFlow *f, const char *name)
{
    const char **names = ARENA_ARRAY(a, const char *, f->steps_n);
    for (uint32_t i = 0; i < f->steps_n; i++) names[i] = f->steps[i].name;
    return text_did_you_mean(a, name, names, f->steps_n);
}

Status uses_step_named(Find *f, uint32_t *node, Error *err)
{
    const Case *c = f->of;
    uint32_t at = ir_step(c->flow, f->step);
    *node = at == IR_NONE ? IR_NONE : c->flow->steps[at].node;
    return at != IR_NONE ? ST_OK
         : fail(err, ST_NOTFOUND, "case %llu of %s has no step \"%s\"%s", (unsigned long long)c->id, c->process,
                f->step, step_meant(f->history.arena, c->flow, f->step));
}
