/* cmd_incidents.c -- what a person says when the file does not say how to go on, or they do not go by it: retry, skip,
 * redo, cancel. */
#include "cli/people.h"

#include <string.h>

int cmd_retry(Args *args);
int cmd_skip(Args *args);
int cmd_redo(Args *args);
int cmd_cancel(Args *args);

/* Where its incidents are, of one that was named and is not there: like ; it has one at "Try", "Send". */
static const char *incidents(Arena *arena, const Case *c)
{
    const char *all = "";
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->state == ACT_INCIDENT)
            all = arena_printf(arena, "%s%s\"%s\"", all, *all ? ", " : "; it has one at ",
                               c->flow->nodes[a->node].name);
    }
    return all;
}

typedef VEC(uint32_t) Acts;

/* The incidents at the step; NULL: at any. */
static Acts incidents_at(Arena *arena, const Case *c, const char *step)
{
    Acts found = {0};
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        bool meant = !step || strcmp(step, c->flow->nodes[a->node].name) == 0;
        if (a->state == ACT_INCIDENT && meant) *VEC_PUSH(arena, &found) = a->id;
    }
    return found;
}

/* The incident a word names by its step, or the only one. Of several at one step, as of the elements of a list, the
 * first: their names do not tell them apart. */
static Status find_incident(Arena *arena, const Case *c, const char *step, uint32_t *act, Error *err)
{
    const Acts found = incidents_at(arena, c, step);
    if (found.n) *act = found.items[0];
    if (found.n == 1 || (found.n && step)) return ST_OK;
    if (found.n)
        return fail(err, ST_USAGE, "case %llu has %u incidents: name the step%s", (unsigned long long)c->id, found.n,
                    incidents(arena, c));
    return fail(err, ST_NOTFOUND, "case %llu has no incident%s%s%s", (unsigned long long)c->id, step ? " at " : "",
                step ? step : "", incidents(arena, c));
}

/* A step of that name that is open; ST_NOTFOUND: none is. */
static Status find_open(const Case *c, const char *step, uint32_t *act, Error *err)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        const IrNode *node = &c->flow->nodes[a->node];
        if (a->state == ACT_BLOCK || node->op != IRN_STEP || strcmp(step, node->name) != 0) continue;
        *act = a->id;
        n++;
    }
    if (n <= 1) return n ? ST_OK : fail(err, ST_NOTFOUND, "no step");
    return fail(err, ST_USAGE, "\"%s\" of case %llu is open %u times, and a name does not say which: answer them with "
                "`ops done`", step, (unsigned long long)c->id, n);
}

/* ; open is "Pack", "Send" */
static const char *open_steps(Arena *arena, const Case *c)
{
    const char *all = "";
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->state == ACT_BLOCK || a->state == ACT_INCIDENT || c->flow->nodes[a->node].op != IRN_STEP) continue;
        all = arena_printf(arena, "%s%s\"%s\"", all, *all ? ", " : "; open is ", c->flow->nodes[a->node].name);
    }
    return all;
}

/* What is skipped: an incident, or a step that is named and open. */
static Status find_skipped(Arena *arena, const Case *c, const char *step, uint32_t *act, Error *err)
{
    Status st = find_incident(arena, c, step, act, err);
    if (st != ST_NOTFOUND) return st;
    st = step ? find_open(c, step, act, err) : ST_NOTFOUND;
    const char *open = open_steps(arena, c);
    if (st != ST_NOTFOUND || !*open) return st == ST_NOTFOUND ? find_incident(arena, c, step, act, err) : st;
    return fail(err, ST_NOTFOUND, "case %llu has no incident%s%s%s%s%s", (unsigned long long)c->id,
                step ? ", and no open step " : "", step ? step : "", incidents(arena, c), open,
                step ? "" : ": name the step that is to be skipped");
}

static Status find_act(Session *s, const Case *c, Input *in, Error *err)
{
    const char *step = s->args->words_n > 1 ? s->args->words[1] : NULL;
    if (in->kind == INPUT_CANCEL) return ST_OK;
    return in->kind == INPUT_SKIP ? find_skipped(s->arena, c, step, &in->act, err)
                                  : find_incident(s->arena, c, step, &in->act, err);
}

static Status wants_reason(const Args *args, const Input *in, Error *err)
{
    if (in->kind == INPUT_RETRY || (in->text && *in->text)) return ST_OK;
    return fail(err, ST_USAGE, "%s wants a reason: --because \"...\"", args->command->name);
}

/* All at the step that was named: what was mended is mended for each of them. One may take the others along. */
static Status retry_all(Session *s, uint64_t id, const Acts *acts, Input *in, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < acts->n && st == ST_OK; i++) {
        Case *c = NULL;
        st = journal_case(s->journal, id, &c, err);
        const Act *a = st == ST_OK ? case_act(c, acts->items[i]) : NULL;
        bool open = a && a->state == ACT_INCIDENT;
        case_free(c);
        in->act = acts->items[i];
        if (open) st = live_input(s->live, id, in, &s->report, err);
    }
    return st;
}

static int on_case(Args *args, InputKind kind, const char *what)
{
    Session s;
    int code;
    Error err;
    Case *c = NULL;
    Input in = {.kind = (uint8_t)kind, .text = args->value[OPT_BECAUSE], .at = clock_now()};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Status st = session_case(&s, args->words_n ? args->words[0] : NULL, &c, &err);
    if (st == ST_OK && kind != INPUT_REPEAT) st = find_act(&s, c, &in, &err);
    if (st == ST_OK) st = people_sign(&s, c, &in.person, &in.login, &err);
    if (st == ST_OK) st = wants_reason(args, &in, &err);
    uint64_t id = c ? c->id : 0;
    const char *step = args->words_n > 1 ? args->words[1] : NULL;
    const Acts acts = st == ST_OK ? incidents_at(s.arena, c, step) : (Acts){0};
    in.values = session_data(&s, &in.values_n);
    if (st == ST_OK && kind == INPUT_SKIP) st = live_copy_given(s.live, c, &in, s.arena, &err);
    case_free(c);
    if (st == ST_OK && kind == INPUT_REPEAT && !step)
        st = fail(&err, ST_USAGE, "which step is to be done once more? Its name is wanted behind the case");
    if (st == ST_OK)
        st = kind == INPUT_REPEAT ? live_repeat(s.live, id, step, &in, s.arena, &s.report, &err)
             : kind == INPUT_RETRY ? retry_all(&s, id, &acts, &in, &err)
                                   : live_input(s.live, id, &in, &s.report, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    return session_tell(&s, id, what);
}

int cmd_retry(Args *args) { return on_case(args, INPUT_RETRY, "Tried again"); }
int cmd_skip(Args *args) { return on_case(args, INPUT_SKIP, "Skipped"); }
int cmd_redo(Args *args) { return on_case(args, INPUT_REPEAT, "Noted"); }
int cmd_cancel(Args *args) { return on_case(args, INPUT_CANCEL, "Cancelled"); }
