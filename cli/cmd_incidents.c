/* cmd_incidents.c -- what a person says when the file does not say how to go on, or they do not go by it: retry, skip,
 * redo, cancel. */
#include "cli/people.h"

#include "analysis/story.h"

#include <string.h>

int cmd_retry(Args *args);
int cmd_skip(Args *args);
int cmd_redo(Args *args);
int cmd_cancel(Args *args);

/* What a person names: the open acts that it may be, and of which elements they are. */
typedef struct Named {
    Session *s;
    const Case *of;
    Which which;
    VEC(uint32_t) acts;
    VEC(Elements) elements;            /* of each */
} Named;

typedef bool IsMeant(const Case *c, const Act *a);

static bool is_incident(const Case *c, const Act *a)
{
    (void)c;
    return a->state == ACT_INCIDENT;
}

static bool is_open(const Case *c, const Act *a)
{
    return a->state != ACT_BLOCK && a->state != ACT_INCIDENT && c->flow->nodes[a->node].op == IRN_STEP;
}

/* Open, and one that people may leave out: no machine is at work on it, and nobody is asked to approve it. */
static bool may_be_left_out(const Case *c, const Act *a)
{
    bool at_work = a->state == ACT_RUNNING || a->state == ACT_READY || a->undoes;
    bool several = a->state == ACT_OFFERED && engine_several(&a->list);
    return is_open(c, a) && !at_work && (!several || a->again) && story_skips(c, a);
}

static bool is_skipped(const Case *c, const Act *a)
{
    return is_incident(c, a) || may_be_left_out(c, a);
}

/* Those at the step; NULL: at any. */
static Named named(Session *s, const Case *c, const char *step, IsMeant *meant)
{
    Named n = {.s = s, .of = c, .which = session_which(s, c, step)};
    Lists lists = {.arena = s->arena, .journal = s->journal};
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (!meant(c, a) || (step && strcmp(step, c->flow->nodes[a->node].name) != 0)) continue;
        *VEC_PUSH(s->arena, &n.acts) = a->id;
        *VEC_PUSH(s->arena, &n.elements) = elements_open(&lists, c, a);
    }
    return n;
}

static const char *choice(const Named *n)
{
    return elements_choice(n->s->arena, n->elements.items, n->elements.n, n->which.reader);
}

/* Those of them that --element means, if it says anything. */
static Status narrow(Named *n, Error *err)
{
    const char *word = n->which.element, *step = n->which.step, *there = choice(n);
    uint32_t *picked = ARENA_ARRAY(n->s->arena, uint32_t, n->acts.n + 1), found = 0;
    if (!word || !n->acts.n) return ST_OK;
    found = elements_pick(n->s->arena, n->elements.items, n->acts.n, word, n->which.reader, picked);
    for (uint32_t i = 0; i < found; i++) {
        n->acts.items[i] = n->acts.items[picked[i]];
        n->elements.items[i] = n->elements.items[picked[i]];
    }
    n->acts.n = n->elements.n = found;
    if (found) return ST_OK;
    unsigned long long id = (unsigned long long)n->of->id;
    const char *instead = *there ? "; there is " : ": it is done for no element of a list";
    return step ? fail(err, ST_NOTFOUND, "\"%s\" of case %llu is not open for an element `%s`%s%s", step, id, word,
                       instead, there)
                : fail(err, ST_NOTFOUND, "case %llu has no incident for an element `%s`%s%s", id, word, instead, there);
}

/* Where they are, of one that was named and is not there: like ; it has one at "Try", "Send" of e = x. */
static const char *places(const Named *n, const char *before)
{
    Arena *a = n->s->arena;
    const char *all = "";
    for (uint32_t i = 0; i < n->acts.n; i++)
        all = arena_printf(a, "%s%s\"%s\"%s", all, *all ? ", " : before,
                           n->of->flow->nodes[case_act(n->of, n->acts.items[i])->node].name,
                           elements_told(a, &n->elements.items[i], n->which.reader));
    return all;
}

static const char *incidents(Session *s, const Case *c)
{
    const Named all = named(s, c, NULL, is_incident);
    return places(&all, "; it has one at ");
}

/* The only one; of several a name does not say which. */
static Status the_one(const Named *n, const char *are, uint32_t *act, Error *err)
{
    const char *names = choice(n);
    if (n->acts.n) *act = n->acts.items[0];
    if (n->acts.n == 1) return ST_OK;
    if (!*names) names = "with `ops done`, or end the case with `ops cancel`";
    return fail(err, ST_USAGE, "\"%s\" of case %llu %s %u times, and %s does not say which: name one with %s",
                n->which.step, (unsigned long long)n->of->id, are, n->acts.n,
                n->which.element ? n->which.element : "a name", names);
}

/* Does the flow have no place of this name? Then what is meant may be told. */
static bool is_unknown(Session *s, const Case *c, const char *name, const char **meant)
{
    const IrFlow *f = c->flow;
    const char **names = ARENA_ARRAY(s->arena, const char *, f->nodes_n);
    for (uint32_t i = 0; i < f->nodes_n; i++) {
        names[i] = f->nodes[i].name;
        if (strcmp(names[i], name) == 0) return false;
    }
    *meant = text_did_you_mean(s->arena, name, names, f->nodes_n);
    return true;
}

static Status no_incident(Session *s, const Case *c, const char *step, Error *err)
{
    const char *meant, *there = incidents(s, c);
    if (step && !*there && is_unknown(s, c, step, &meant))
        return fail(err, ST_NOTFOUND, "case %llu of %s has no step \"%s\"%s", (unsigned long long)c->id, c->process,
                    step, meant);
    return fail(err, ST_NOTFOUND, "case %llu has no incident%s%s%s", (unsigned long long)c->id, step ? " at " : "",
                step ? step : "", there);
}

/* The incidents that are tried again: the case's only one, or all at the step that was named, or of the element. */
static Status find_incidents(Named *n, Error *err)
{
    Status st = narrow(n, err);
    if (st != ST_OK || n->acts.n == 1 || (n->acts.n && n->which.step)) return st;
    if (!n->acts.n) return no_incident(n->s, n->of, n->which.step, err);
    return fail(err, ST_USAGE, "case %llu has %u incidents: name the step%s", (unsigned long long)n->of->id, n->acts.n,
                incidents(n->s, n->of));
}

/* No such step is to be skipped: what could be? */
static Status nothing_to_skip(Session *s, const Case *c, const char *step, Error *err)
{
    const Named open = named(s, c, NULL, may_be_left_out);
    const char *steps = places(&open, "; open is "), *there = incidents(s, c);
    const char *meant;
    if (!*steps && step && !*there && !is_unknown(s, c, step, &meant))
        return fail(err, ST_NOTFOUND, "nothing of \"%s\" of case %llu is open: there is nothing to skip", step,
                    (unsigned long long)c->id);
    if (!*steps) return no_incident(s, c, step, err);
    return fail(err, ST_NOTFOUND, "case %llu has no incident%s%s%s%s%s", (unsigned long long)c->id,
                step ? ", and no open step " : "", step ? step : "", there, steps,
                step ? "" : ": name the step that is to be skipped");
}

/* What is skipped: the only incident, or one or an open step that is named. */
static Status find_skipped(Session *s, const Case *c, const char *step, uint32_t *act, Error *err)
{
    Named n = named(s, c, step, step ? is_skipped : is_incident);
    if (step && !n.acts.n) n = named(s, c, step, is_open);         /* the engine says why it is not */
    if (!n.acts.n) return nothing_to_skip(s, c, step, err);
    if (!step) {
        Status st = find_incidents(&n, err);
        *act = n.acts.n ? n.acts.items[0] : 0;
        return st;
    }
    Status st = narrow(&n, err);
    return st == ST_OK ? the_one(&n, "is open", act, err) : st;
}

static Status wants_reason(const Args *args, const Input *in, Error *err)
{
    if (in->kind == INPUT_RETRY || (in->text && *in->text)) return ST_OK;
    return fail(err, ST_USAGE, "%s wants a reason: --because \"...\"", args->command->name);
}

/* What was mended is mended for each of them. One may take the others along. */
static Status retry_all(const Named *all, uint64_t id, Input *in, Error *err)
{
    Session *s = all->s;
    Status st = ST_OK;
    for (uint32_t i = 0; i < all->acts.n && st == ST_OK; i++) {
        Case *c = NULL;
        st = journal_case(s->journal, id, &c, err);
        const Act *a = st == ST_OK ? case_act(c, all->acts.items[i]) : NULL;
        bool open = a && a->state == ACT_INCIDENT;
        case_free(c);
        in->act = all->acts.items[i];
        if (open) st = live_input(s->live, id, in, &s->report, err);
    }
    return st;
}

static Status step_wanted(const char *step, Error *err)
{
    return step ? ST_OK
                : fail(err, ST_USAGE, "which step is to be done once more? Its name is wanted behind the case");
}

static int on_case(Args *args, InputKind kind, const char *what)
{
    Session s;
    int code;
    Error err;
    Case *c = NULL;
    Input in = {.kind = (uint8_t)kind, .text = args->value[OPT_BECAUSE], .at = clock_now()};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    const char *step = args->words_n > 1 ? args->words[1] : NULL;
    Named failed = {0};
    Status st = session_case(&s, args->words_n ? args->words[0] : NULL, &c, &err);
    if (st == ST_OK) st = engine_runs(c, &err);
    if (st == ST_OK && kind == INPUT_RETRY) failed = named(&s, c, step, is_incident);
    if (st == ST_OK && kind == INPUT_RETRY) st = find_incidents(&failed, &err);
    if (st == ST_OK && kind == INPUT_SKIP) st = find_skipped(&s, c, step, &in.act, &err);
    if (st == ST_OK) st = people_sign(&s, c, &in.person, &in.login, &err);
    if (st == ST_OK) st = wants_reason(args, &in, &err);
    uint64_t id = c ? c->id : 0;
    in.values = session_data(&s, &in.values_n);
    if (st == ST_OK && kind == INPUT_SKIP) st = live_copy_given(s.live, c, &in, s.arena, &err);
    if (st == ST_OK && kind == INPUT_REPEAT) st = step_wanted(step, &err);
    const Which which = st == ST_OK ? session_which(&s, c, step) : (Which){0};
    case_free(c);
    if (st == ST_OK)
        st = kind == INPUT_REPEAT ? live_repeat(s.live, id, &which, &in, s.arena, &s.report, &err)
             : kind == INPUT_RETRY ? retry_all(&failed, id, &in, &err)
                                   : live_input(s.live, id, &in, &s.report, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    return session_tell(&s, id, what);
}

int cmd_retry(Args *args) { return on_case(args, INPUT_RETRY, "Tried again"); }
int cmd_skip(Args *args) { return on_case(args, INPUT_SKIP, "Skipped"); }
int cmd_redo(Args *args) { return on_case(args, INPUT_REPEAT, "Noted"); }
int cmd_cancel(Args *args) { return on_case(args, INPUT_CANCEL, "Cancelled"); }
