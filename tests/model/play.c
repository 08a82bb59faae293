/* play.c -- the engine's side of a trial: its world, what is seen in it, and the comparison. */
#include "tests/model/play.h"
#include "tests/model/faults.h"
#include "tests/model/model.h"

#include "lang/check.h"
#include "runtime/live.h"

#include <stdio.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BEGIN (TURNED_MONDAY * US_DAY + BEGIN_MINUTES * US_MINUTE)
enum { TURNED_MONDAY = 20514, STEPS_OF_TIME = 10000 };

/* What is outside, and stays when a process ends: its clock, and the commands that ran. */
typedef struct Outside {
    Instant now;
    uint32_t n;
    char commands[1 << 18];
} Outside;

/* How a deed ended, for the model: lost, cut off, or (all zero) well. */
typedef struct Fate {
    bool cut, lost;
    uint32_t rounds, commands;
    int64_t now;                       /* minutes, when it was taken up again */
} Fate;

/* How a model ended: before the deed was through, and with commands that did not run. */
typedef struct End { bool cut_off, held_up; } End;

typedef struct Seen { uint64_t case_id; uint32_t act; uint8_t state; const char *text; } Seen;
typedef struct AllSeen { bool known; VEC(Seen) items; } AllSeen;

typedef struct Play {
    const Plan *plan;
    Verdict *verdict;
    Compilation *compiled;
    Model *model;
    Journal *journal;
    Live *live;
    World world;
    LiveReport report;
    Outside *out;
    Arena *arena;                      /* of one deed */
    Arena *sight;                      /* ... of the last look */
    AllSeen open;                      /* what was open then */
    bool touched;                      /* something was done since, if only in vain */
    char folder[64], store[80];        /* of a trial with crashes; else empty, and the store is in memory */
    Fate *fates;                       /* by deed */
    uint64_t last_case;                /* the last that was done by people, to be done again; 0: nothing */
    Input last;
    uint32_t dies_at;                  /* the process ends in the midst of the nth command from now; 0: it does not */
    int status[PLAN_COMMANDS];
    int64_t prints[PLAN_COMMANDS];
    bool tell;
} Play;

/* ---- the world ------------------------------------------------------------------------------- */

static Instant now_of(void *self) { return ((Play *)self)->out->now; }

static void note_command(Play *p, const char *command)
{
    Outside *o = p->out;
    size_t n = strlen(command);
    if (o->n + n + 2 > sizeof o->commands) return;
    memcpy(o->commands + o->n, command, n);
    o->n += (uint32_t)n;
    o->commands[o->n++] = '\n';
}

static void command_runs(void *self, const char *step, bool mail, const char *command, Arena *a, ExecResult *out)
{
    Play *p = self;
    (void)mail;
    int which = command[1] - '0';
    const Node *n = plan_step(p->plan, (uint32_t)strtoul(step + 1, NULL, 10));
    note_command(p, command);
    if (p->dies_at && --p->dies_at == 0) raise(SIGKILL);
    *out = (ExecResult){.started = true, .exit_code = p->status[which], .out = ""};
    if (out->exit_code == STATUS_TIMEOUT) out->exit_code = -1, out->timed_out = true;
    if (out->exit_code) out->problem = arena_printf(a, "exit status %d", out->exit_code);
    if (which >= PLAN_COMMANDS - PLAN_UNDOS || !n->a[SHELL_SETS]) return;
    out->out = arena_printf(a, "v%u=%lld\n", ref_id(n->a[SHELL_SETS]), (long long)p->prints[which]);
    out->out_n = strlen(out->out);
}

/* ---- what is seen ---------------------------------------------------------------------------- */

static void wrong(Play *p, const char *what)
{
    if (p->verdict->differs) return;
    p->verdict->differs = true;
    buf_puts(&p->verdict->report, what);
}

static bool well(Play *p, Status st, const Error *err)
{
    if (st == ST_OK || st == ST_END) return true;
    wrong(p, arena_printf(p->arena, "the engine complains: %s\n", err->text));
    return false;
}

static const char *moment(Play *p, Instant at)
{
    return at == INSTANT_NEVER ? "-" : arena_printf(p->arena, "%lld", (long long)((at - BEGIN) / US_MINUTE));
}

typedef struct People { bool is[PLAN_PEOPLE]; } People;

static void is_one(void *self, const char *person)
{
    for (uint32_t i = 0; i < PLAN_PEOPLE; i++)
        if (strcmp(plan_persons[i], person) == 0) ((People *)self)->is[i] = true;
}

static const char *who(Play *p, const People *people)
{
    const char *text = "";
    for (uint32_t i = 0; i < PLAN_PEOPLE; i++)
        if (people->is[i]) text = arena_printf(p->arena, "%s %s", text, plan_persons[i]);
    return text;
}

/* How often the one answer of a step was corrected: so many more persons had a part in it, who said nothing else. */
static uint32_t corrections(const Play *p, const Case *c, const Did *d)
{
    const Node *step = plan_step(p->plan, (uint32_t)strtoul(c->flow->nodes[d->node].name + 1, NULL, 10));
    uint32_t n = 0;
    if (step->kind != N_ASK || step->a[STEP_MANY]) return 0;
    for (uint32_t i = 0; i < c->answers.n; i++) n += c->answers.items[i].act == d->act && !c->answers.items[i].values_n;
    return n;
}

static void see_lines(Play *p, const Case *c, Buf *out)
{
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        People people = {0};
        if (d->how == EV_WITHDRAWN || d->how == EV_FAILED) continue;       /* it did not end well */
        case_doers(c, p->compiled->program, d, is_one, &people);
        bool by_people = d->how == EV_DONE || d->how == EV_APPROVED || d->how == EV_REJECTED ||
                         d->how == EV_SKIPPED;
        uint32_t again = corrections(p, c, d);
        buf_printf(out, "  %s %s%s%s%s%s\n", event_name(d->how), c->flow->nodes[d->node].name, d->late ? ", late" : "",
                   by_people ? who(p, &people) : "",
                   again ? arena_printf(p->arena, ", corrected %u times", again) : "",
                   d->undone == EV_UNDONE ? ", undone" : d->undone == EV_SKIPPED ? ", left" : "");
    }
}

static const char *who_answered(Play *p, const Case *c, const Act *a)
{
    People people = {0};
    if (a->holder) is_one(&people, a->holder);
    for (uint32_t i = 0; i < c->answers.n && !a->holder; i++) {
        const Reply *one = &c->answers.items[i];
        const char *const signs[] = {one->person, one->login, one->instead};
        for (uint32_t k = 0; k < 3 && one->act == a->id; k++)
            if (signs[k]) is_one(&people, signs[k]);
    }
    return arena_printf(p->arena, "%s%s", a->holder ? " had by" : "", who(p, &people));
}

static const char *waiting_text(Play *p, const Case *c, const Act *a)
{
    const IrNode *n = &c->flow->nodes[a->node];
    if (n->op == IRN_STEP) return arena_printf(p->arena, "needs others %s", n->name);
    if (n->op == IRN_LOCK) return arena_printf(p->arena, "queues for %s", a->text);
    if (n->op == IRN_CALL) return arena_printf(p->arena, "calls %s", c->flow->unit.names[n->a]);
    return arena_printf(p->arena, "waits%s%s until %s", a->text ? " for " : "", a->text ? a->text : "",
                        moment(p, a->due));
}

static const char *nudged(Play *p, const Act *a)
{
    bool joined = a->nudges.added.type == V_LIST;
    const char *turn = a->turns.type == V_LIST && a->turns.len ? a->turns.list[0].text : "";
    if (!a->nudges.reminded && !joined && !*turn) return "";
    return arena_printf(p->arena, ", reminded %u times%s%s%s", a->nudges.reminded, joined ? ", joined" : "",
                        *turn ? ", turn of " : "", turn);
}

/* NULL: it is open inside only. */
static const char *open_text(Play *p, const Case *c, const Act *a)
{
    const IrNode *n = &c->flow->nodes[a->node];
    const char *step = n->op == IRN_STEP ? arena_printf(p->arena, " %s", n->name) : "";
    const char *undo = a->undoes ? " undo" : "";
    switch ((ActState)a->state) {
    case ACT_OFFERED:
        return arena_printf(p->arena, "offered%s%s: %s, due %s%s, next %s%s,%s", step, undo,
                            a->shown.len ? a->shown.list[0].text : "", moment(p, a->deadline), a->late ? ", late" : "",
                            moment(p, a->due), nudged(p, a), who_answered(p, c, a));
    case ACT_PAUSED:
        return arena_printf(p->arena, "paused%s%s until %s, failed %u times", step, undo, moment(p, a->due), a->round);
    case ACT_INCIDENT:
        if (n->op == IRN_CALL) return arena_printf(p->arena, "incident calls %s", c->flow->unit.names[n->a]);
        return n->op == IRN_FAIL ? arena_printf(p->arena, "incident %s", a->text)
                                 : arena_printf(p->arena, "incident%s%s", step, undo);
    case ACT_WAITING: return waiting_text(p, c, a);
    case ACT_HELD: return "held";
    case ACT_READY: case ACT_RUNNING: return arena_printf(p->arena, "works%s%s", step, undo);
    case ACT_BLOCK: case ACT_UNDOING: break;
    }
    return NULL;
}

static Status count_note(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    (void)hash, (void)err;
    *(uint32_t *)self += e->kind == EV_NOTED;
    return ST_OK;
}

static const Node *process_of(const Play *p, const Case *c)
{
    return p->plan->program->kids.items[strtoul(c->process + 1, NULL, 10)];
}

/* Who was nudged about the case as a whole, and what was noted in it. */
static const char *case_nudged(Play *p, const Case *c)
{
    uint32_t n = 0;
    Error err;
    const Node *process = process_of(p, c);
    if (process->a[PROCESS_ONE]) (void)well(p, journal_replay(p->journal, c->id, count_note, &n, &err), &err);
    const char *noted = n ? arena_printf(p->arena, ", noted %u times", n) : "";
    bool joined = c->nudges.added.type == V_LIST;
    if (!process->a[PROCESS_REMIND] && !process->a[PROCESS_ESCALATE]) return noted;
    return arena_printf(p->arena, ", next %s, reminded %u times%s%s", moment(p, nudges_due(&c->nudges)),
                        c->nudges.reminded, joined ? ", joined" : "", noted);
}

static bool is_told(const Case *c)
{
    bool open = false;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        open |= c->flow->nodes[a->node].op == IRN_PARALLEL || case_beside(c, a);
    }
    return c->status == CASE_RUNNING && !c->ending && !open;
}

static void see_own(Play *p, const Case *c, Buf *out)
{
    Refs own = {.n = 0};
    plan_own(p->plan, process_of(p, c), &own);
    for (uint32_t i = 0; i < own.n && is_told(c); i++) {
        const char *name = plan_name(p->arena, own.items[i]);
        const Value *v = case_named(c, 0, name);
        if (v && v->type == V_RECORD) v = record_get(v->record, "out");
        if (v) buf_printf(out, "  %s = %lld\n", name, (long long)(v->i / value_integer(1).i));
    }
}

typedef struct Sight { Play *play; Buf *out; AllSeen open; } Sight;

static int by_text(const void *a, const void *b)
{
    const Seen *x = a, *y = b;
    int order = x->case_id < y->case_id ? -1 : x->case_id > y->case_id;
    if (!order) order = strcmp(x->text, y->text);
    return order ? order : x->act < y->act ? -1 : x->act > y->act;
}

static Status see_case(void *self, const CaseRow *row, Case **of, Error *err)
{
    Sight *s = self;
    Play *p = s->play;
    const Case *c = *of;
    bool finished = c->status == CASE_FINISHED && c->outcome;
    uint32_t before = s->open.items.n;
    (void)err;
    const Value *took = case_named(c, 0, "n");
    const char *ends = c->ending && c->status == CASE_RUNNING ? ", ending" : "";
    long long number = took ? (long long)(took->i / value_integer(1).i) : -1;
    const char *now = c->status == CASE_RUNNING ? arena_printf(p->arena, ", now %s", moment(p, c->now)) : "";
    buf_printf(s->out, "case %llu %s of %lld %s%s%s%s, %u incidents, from %s%s to %s%s%s\n",
               (unsigned long long)row->id, c->process, number, case_status_name(c->status), ends,
               c->late ? ", late" : "", case_nudged(p, c), c->incidents, moment(p, c->started), now,
               moment(p, c->ended), finished ? ": " : "", finished ? c->outcome : "");
    see_lines(p, c, s->out);
    see_own(p, c, s->out);
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        const char *text = open_text(p, c, a);
        if (text) *VEC_PUSH(p->arena, &s->open.items) = (Seen){row->id, a->id, a->state, text};
    }
    Seen *own = s->open.items.items + before;
    uint32_t n = s->open.items.n - before;
    if (n) qsort(own, n, sizeof *own, by_text);
    for (uint32_t i = 0; i < n; i++) buf_printf(s->out, "  %s\n", own[i].text);
    return ST_OK;
}

typedef struct Told { uint32_t times; int64_t sum; } Told;     /* of an event */

static Status count_event(void *self, const Message *m, Error *err)
{
    Told *told = self;
    (void)err;
    told->times++;
    for (uint32_t i = 0; i < m->values_n; i++)
        if (strcmp(m->values[i].name, "n") == 0) told->sum += m->values[i].value.i / value_integer(1).i;
    return ST_OK;
}

/* What is open is known until the next deed. */
static void look(Play *p, Buf *out)
{
    CaseFilter all = {0};
    Sight seen = {.play = p, .out = out}, *s = &seen;
    Arena *of_deed = p->arena;
    Error err;
    Told told = {0}, rung = {0};
    arena_reset(p->sight);
    p->arena = p->sight;
    (void)well(p, journal_cases(p->journal, &all, true, see_case, s, &err), &err);
    (void)well(p, journal_messages(p->journal, "told", INT64_MIN, 0, 0, count_event, &told, &err), &err);
    (void)well(p, journal_messages(p->journal, "rung", INT64_MIN, 0, 0, count_event, &rung, &err), &err);
    buf_printf(s->out, "events: %u told (%lld), %u rung (%lld)\n", told.times, (long long)told.sum, rung.times,
               (long long)rung.sum);
    plan_sorted(s->out, p->out->commands, p->out->n);
    p->arena = of_deed;
    p->open = seen.open;
    p->open.known = true;
}

/* Both look; what they see must be the same. */
static void compare(Play *p, const char *behind)
{
    Buf engine = {0}, model = {0};
    look(p, &engine);
    model_tell(p->model, &model);
    if (p->tell) fprintf(stderr, "%s\n%s", behind, buf_text(&engine));
    if (strcmp(buf_text(&engine), buf_text(&model)) != 0) {
        wrong(p, arena_printf(p->arena, "behind `%s` the engine shows\n%sand the model\n%s", behind, buf_text(&engine),
                              buf_text(&model)));
    }
    buf_free(&engine), buf_free(&model);
    p->out->n = 0;
}

/* ---- deeds ----------------------------------------------------------------------------------- */

/* The act that the model's opening is: the same place among those of its case, by what they say. */
static bool find(Play *p, const Openings *all, uint32_t at, uint64_t *case_id, uint32_t *act)
{
    Buf ignored = {0};
    const Opening *o = &all->items[at];
    uint32_t same = 0;
    if (!p->live) return true;
    if (!p->open.known) look(p, &ignored);
    for (uint32_t i = 0; i < at; i++)
        same += all->items[i].case_id == o->case_id && strcmp(all->items[i].text, o->text) == 0;
    bool found = false;
    for (uint32_t i = 0; i < p->open.items.n && !found; i++) {
        const Seen *seen = &p->open.items.items[i];
        if (seen->case_id != o->case_id || strcmp(seen->text, o->text) != 0 || same-- > 0) continue;
        *case_id = o->case_id, *act = seen->act;
        found = true;
    }
    buf_free(&ignored);
    if (!found) wrong(p, arena_printf(p->arena, "what the model has open is not found: %s\n", o->text));
    return found;
}

static void agree(Play *p, Status st, bool accepted, const Error *err)
{
    if (st != ST_OK && st != ST_REFUSED && st != ST_VALUE) (void)well(p, st, err);
    else if ((st == ST_OK) != accepted)
        wrong(p, arena_printf(p->arena, "the engine %s what the model %s: %s\n", st == ST_OK ? "accepts" : "refuses",
                              accepted ? "accepts" : "refuses", st == ST_OK ? "" : err->text));
}

static void put_in(Play *p, uint64_t case_id, Input in, bool accepted)
{
    Error err = {0};
    if (!p->live) return;
    in.at = p->out->now;
    Status st = live_input(p->live, case_id, &in, &p->report, &err);
    agree(p, st, accepted, &err);
}

static Datum number_of(Play *p, int32_t r, int64_t n)
{
    return (Datum){arena_printf(p->arena, "v%u", ref_id(r)), value_integer(n)};
}

static void does(Play *p, const Deed *d, const Openings *all, uint32_t at)
{
    uint64_t case_id;
    uint32_t act;
    const Opening *o = &all->items[at];
    const Node *n = o->node;
    if (!find(p, all, at, &case_id, &act)) return;
    bool undo = strstr(o->text, " undo: ") != NULL;
    Datum value = number_of(p, n->a[STEP_SETS], d->a[DEED_VALUE]);
    Input in = {.kind = INPUT_DONE, .act = act, .person = plan_persons[d->a[DEED_PERSON]], .text = "because"};
    if (d->a[DEED_LOGIN]) in.login = plan_persons[d->a[DEED_LOGIN] - 1];
    if (!undo && n->kind == N_APPROVE) in.kind = d->a[DEED_YES] ? INPUT_APPROVE : INPUT_REJECT;
    else if (!undo && n->kind == N_ASK) in.values = &value, in.values_n = 1;
    if (in.kind != INPUT_REJECT) in.text = NULL;
    bool accepted = model_do(p->model, o, (uint32_t)d->a[DEED_PERSON], (uint32_t)d->a[DEED_LOGIN],
                             d->a[DEED_VALUE], d->a[DEED_YES]);
    put_in(p, case_id, in, accepted);
    p->last_case = accepted && n->kind != N_SHELL ? case_id : 0;     /* a machine may have given it back */
    in.values_n = 0;
    p->last = in;
}

/* Somebody takes a task, or hands it on. */
static void takes(Play *p, const Deed *d, const Openings *all, uint32_t at)
{
    uint64_t case_id;
    uint32_t act, person = (uint32_t)d->a[DEED_PERSON], to = d->kind == D_DELEGATE ? (uint32_t)d->a[HOLD_TO] : 0;
    bool reason = d->a[HOLD_REASON];
    if (!find(p, all, at, &case_id, &act)) return;
    Input in = {.kind = d->kind == D_CLAIM ? INPUT_CLAIM : INPUT_DELEGATE, .act = act, .person = plan_persons[person],
                .text = reason ? "because" : NULL, .to = to ? plan_persons[to - 1] : NULL};
    bool accepted = d->kind == D_CLAIM ? model_claim(p->model, &all->items[at], person, reason)
                                       : model_delegate(p->model, &all->items[at], person, reason, to);
    put_in(p, case_id, in, accepted);
}

/* The act that the model means, whatever element it was of: the step has ended in as many lines before, here and there.
 * What was withdrawn is no line there. */
static bool ended_as(Play *p, const Opening *o, Which *which)
{
    Case *c = NULL;
    Error err;
    uint32_t times = model_times_ended(p->model, o);
    if (!well(p, journal_case(p->journal, o->case_id, &c, &err), &err)) return false;
    *which = (Which){.step = o->text};
    for (uint32_t i = 0; i < c->did.n && times; i++) {
        const Did *did = &c->did.items[i];
        if (did->how == EV_WITHDRAWN || strcmp(c->flow->nodes[did->node].name, o->text) != 0) continue;
        which->act = did->act;
        times--;
    }
    case_free(c);
    return true;
}

/* What somebody answered was wrong, and what is right is told. */
static void corrects(Play *p, const Deed *d)
{
    Openings *all = ARENA_NEW(p->arena, Openings);
    Uses found;
    Error err;
    model_answers(p->model, d->a[CORRECT_EARLIER] != 0, all);
    p->touched = all->n > 0;
    if (!all->n) return;
    const Opening *o = &all->items[(uint32_t)d->a[DEED_PICK] % all->n];
    Datum right = number_of(p, o->node->a[STEP_SETS], d->a[CORRECT_VALUE]);
    Input in = {.person = plan_persons[d->a[DEED_PERSON]], .text = "typo", .values = &right, .values_n = 1};
    uint64_t case_id = o->case_id;
    bool accepted = model_correct(p->model, o, (uint32_t)d->a[DEED_PERSON], d->a[CORRECT_VALUE]);
    if (accepted) p->last_case = 0;      /* of several, who answered may be asked again */
    Which which;
    if (!p->live || !ended_as(p, o, &which)) return;
    Status st = live_correct(p->live, case_id, &which, &in, p->arena, &found, &p->report, &err);
    agree(p, st, accepted, &err);
}

/* What a call gave is a record: with another value in it. */
static bool right_result(Play *p, uint64_t case_id, Datum *right)
{
    Case *c = NULL;
    Error err;
    if (!well(p, journal_case(p->journal, case_id, &c, &err), &err)) return false;
    const Value *now = case_named(c, 0, right->name);
    if (now && now->type == V_RECORD) {
        Value own = value_copy(p->arena, now);         /* its shape, too: the case's goes with the case */
        Record *r = record_new(p->arena, own.record->shape);
        memcpy(r->fields, own.record->fields, r->shape->n * sizeof *r->fields);
        r->fields[shape_find(r->shape, "out")] = right->value;
        right->value = value_record(r);
    } else {
        wrong(p, "what the model has of a call the engine has not\n");
    }
    case_free(c);
    return !p->verdict->differs;
}

/* What a case took when it began, or set itself, or was given by a call. */
static void mistook(Play *p, const Deed *d)
{
    uint32_t cases = model_cases(p->model);
    Uses found;
    Error err;
    p->touched = cases > 0;
    if (!cases) return;
    uint32_t case_id = 1 + (uint32_t)d->a[DEED_PICK] % cases;
    int32_t value = model_own_value(p->model, case_id, (uint32_t)d->a[CORRECT_WHICH]);
    bool of_call = ref_kind(value) == REF_RESULT;
    const char *name = plan_name(p->arena, value);
    Datum right = {name, value_integer(d->a[CORRECT_VALUE])};
    Input in = {.person = plan_persons[d->a[DEED_PERSON]], .text = "typo", .values = &right, .values_n = 1};
    bool accepted = model_mistaken(p->model, case_id, (uint32_t)d->a[DEED_PERSON], value, d->a[CORRECT_VALUE]);
    if (accepted) p->last_case = 0;
    if (!p->live || (of_call && !right_result(p, case_id, &right))) return;
    Status st = live_correct(p->live, case_id, &(Which){0}, &in, p->arena, &found, &p->report, &err);
    agree(p, st, accepted, &err);
}

static void repairs(Play *p, const Deed *d, const Openings *all, uint32_t at)
{
    uint64_t case_id;
    uint32_t act;
    const Opening *o = &all->items[at];
    const Node *n = o->node;
    Datum value;
    if (!find(p, all, at, &case_id, &act)) return;
    Input in = {.kind = d->kind == D_RETRY ? INPUT_RETRY : d->kind == D_SKIP ? INPUT_SKIP : INPUT_CANCEL, .act = act,
                .person = "mia", .text = "because"};
    bool gives = d->kind == D_SKIP && !strstr(o->text, " undo");
    int32_t sets = n->kind == N_LUA ? n->a[LUA_SETS] : n->kind == N_SHELL ? n->a[SHELL_SETS] : 0;
    gives = gives && !o->again;
    if (sets && gives) value = number_of(p, sets, d->a[1]), in.values = &value, in.values_n = 1;
    if (gives && n->kind == N_CALL && p->plan->program->kids.items[n->a[CALL_PROCESS]]->a[PROCESS_GIVES])
        value = (Datum){"out", value_integer(d->a[1])}, in.values = &value, in.values_n = 1;
    bool accepted = d->kind == D_RETRY  ? model_retry(p->model, o)
                    : d->kind == D_SKIP ? model_skip(p->model, o, d->a[1])
                                        : model_cancel(p->model, o->case_id);
    put_in(p, case_id, in, accepted);
}

/* An open step is left out, by somebody who says why. */
static void leaves_out(Play *p, const Deed *d)
{
    uint64_t case_id;
    uint32_t act, person = (uint32_t)d->a[DEED_PERSON];
    Openings *all = ARENA_NEW(p->arena, Openings);
    model_open_steps(p->model, all);
    p->touched = all->n > 0;
    uint32_t at = all->n ? (uint32_t)d->a[DEED_PICK] % all->n : 0;
    if (!all->n || !find(p, all, at, &case_id, &act)) return;
    const Node *n = all->items[at].node;
    int32_t sets = n->kind == N_ASK || n->kind == N_APPROVE ? n->a[STEP_SETS] : n->kind == N_SHELL ? n->a[SHELL_SETS]
                 : n->kind == N_LUA ? n->a[LUA_SETS] : 0;
    Datum value = number_of(p, sets, d->a[DEED_VALUE]);
    Input in = {.kind = INPUT_SKIP, .act = act, .person = plan_persons[person], .text = "because", .values = &value,
                .values_n = sets != 0 && !all->items[at].again};
    put_in(p, case_id, in, model_leave_out(p->model, &all->items[at], person, d->a[DEED_VALUE]));
}

/* A step that ended is done once more. */
static void redoes(Play *p, const Deed *d)
{
    uint32_t person = (uint32_t)d->a[DEED_PERSON];
    Openings *all = ARENA_NEW(p->arena, Openings);
    Error err;
    model_ended(p->model, all);
    p->touched = all->n > 0;
    if (!all->n) return;
    const Opening *o = &all->items[(uint32_t)d->a[DEED_PICK] % all->n];
    Input in = {.person = plan_persons[person], .text = "because"};
    uint64_t case_id = o->case_id;
    bool accepted = model_redo(p->model, o, person);
    if (accepted) p->last_case = 0;
    Which which;
    if (!p->live || !ended_as(p, o, &which)) return;
    Status st = live_repeat(p->live, case_id, &which, &in, p->arena, &p->report, &err);
    agree(p, st, accepted, &err);
}

static void time_goes_on(Play *p, int64_t minutes)
{
    Instant to = p->out->now + minutes * US_MINUTE, next = INSTANT_NEVER;
    Error err;
    for (uint32_t i = 0; i < STEPS_OF_TIME; i++) {
        if (!well(p, live_next(p->live, &next, &err), &err) || next > to) break;
        if (next > p->out->now) p->out->now = next;
        if (!well(p, live_due(p->live, &p->report, &err), &err)) break;
        if (i + 1 == STEPS_OF_TIME) wrong(p, "something is due, and nothing comes of it\n");
    }
    p->out->now = to;
}

static void goes_back(Play *p, int64_t minutes)
{
    if (p->live) p->out->now -= minutes * US_MINUTE;
    model_go_back(p->model, minutes);
}

static void goes_on(Play *p, int64_t minutes)
{
    if (p->live) time_goes_on(p, minutes);
    model_go_on(p->model, minutes);
}

static void starts(Play *p, const Deed *d)
{
    Error err;
    uint64_t id;
    uint32_t process = (uint32_t)d->a[START_PROCESS] % p->plan->program->kids.n;
    const char *name = arena_printf(p->arena, "P%u", process);
    Datum n = {"n", value_integer(d->a[START_N])};
    if (p->live) (void)well(p, live_start(p->live, name, &n, 1, "ann", NULL, &id, &p->report, &err), &err);
    model_start(p->model, process, d->a[START_N]);
}

static void signals(Play *p, const Deed *d)
{
    Error err;
    Datum n = {"n", value_integer(d->a[SIGNAL_N])};
    const char *event = d->a[SIGNAL_EVENT] ? "rung" : "told";
    if (p->live) (void)well(p, live_signal(p->live, event, &n, 1, "ann", &p->report, &err), &err);
    model_signal(p->model, (uint32_t)d->a[SIGNAL_EVENT], d->a[SIGNAL_N]);
}

static void answers(Play *p, const Deed *d)
{
    p->status[d->a[ANSWER_COMMAND]] = d->a[ANSWER_STATUS];
    p->prints[d->a[ANSWER_COMMAND]] = d->a[ANSWER_PRINTS];
    model_answer(p->model, (uint32_t)d->a[ANSWER_COMMAND], d->a[ANSWER_STATUS], d->a[ANSWER_PRINTS]);
}

/* What is open, and one of it by chance. */
static void with_opening(Play *p, const Deed *d, bool incidents, bool offers,
                         void (*then)(Play *p, const Deed *d, const Openings *all, uint32_t at))
{
    Openings *all = ARENA_NEW(p->arena, Openings);
    model_openings(p->model, incidents, offers, all);
    p->touched = all->n > 0;
    if (all->n) then(p, d, all, (uint32_t)d->a[DEED_PICK] % all->n);
}

/* Whoever says twice that a step is done is refused, and nothing changes. */
static void again(Play *p)
{
    Error err;
    if (!p->live || !p->last_case) return;
    p->last.at = p->out->now;
    if (live_input(p->live, p->last_case, &p->last, &p->report, &err) == ST_OK)
        wrong(p, "what was done already is accepted once more\n");
}

static void happens(Play *p, const Deed *d)
{
    p->verdict->reached[REACH_DEEDS + d->kind] = true;
    p->touched = d->kind != D_ANSWER && d->kind != D_BACK && d->kind != D_CRASH;
    switch (d->kind) {
    case D_START: starts(p, d); break;
    case D_DO: with_opening(p, d, false, true, does); break;
    case D_CLAIM: case D_DELEGATE: with_opening(p, d, false, true, takes); break;
    case D_RETRY: case D_SKIP: with_opening(p, d, true, false, repairs); break;
    case D_CANCEL: with_opening(p, d, true, true, repairs); break;
    case D_LEAVE_OUT: leaves_out(p, d); break;
    case D_REDO: redoes(p, d); break;
    case D_SIGNAL: signals(p, d); break;
    case D_GO_ON: goes_on(p, d->a[GO_ON_MINUTES]); break;
    case D_CORRECT: corrects(p, d); break;
    case D_MISTAKEN: mistook(p, d); break;
    case D_BACK: goes_back(p, d->a[GO_ON_MINUTES]); break;
    case D_ANSWER: answers(p, d); break;
    case D_AGAIN: again(p); break;
    case D_REOPEN: case D_CRASH: case DEED_KINDS: break;
    }
}

/* ---- processes that end ---------------------------------------------------------------------- */

static void close_store(Play *p)
{
    live_free(p->live);
    journal_close(p->journal);
    p->live = NULL, p->journal = NULL;
}

/* The next process opens the store and does what the last one left. */
static bool open_store(Play *p)
{
    Error err;
    LiveOptions options = {.world = &p->world, .jobs = 200, .most = 50000};
    const char *path = *p->store ? p->store : ":memory:";
    if (!well(p, journal_open(path, JOURNAL_CREATE, &p->journal, &err), &err)) return false;
    journal_clock(p->journal, now_of, p);
    p->live = live_new(p->compiled->program, p->journal, NULL, &options);
    return well(p, live_run(p->live, &p->report, &err), &err);
}

/* The deed, in a process that ends in the midst of it. */
static void cut_off(Play *p, const Deed *d, const Deed *crash)
{
    pid_t child = fork();
    if (child == 0) {
        p->open.known = false;
        if (!open_store(p)) _exit(1);
        uint32_t at = 1 + (uint32_t)crash->a[CRASH_AT];
        if (crash->a[CRASH_HOW] == 2) p->dies_at = 1 + at % 4;
        else faults_set(crash->a[CRASH_HOW] ? FAULT_EIO : FAULT_KILL, at);
        happens(p, d);
        _exit(0);
    }
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
}

/* The model as it is behind the first n deeds, with another fate of the last. *end: how it ended; NULL: whatever. */
static Model *model_behind(Play *p, uint32_t n, Fate last, End *end)
{
    Model *now = p->model, *m = model_new(p->plan);
    Live *live = p->live;
    Buf ignored = {0};
    p->model = m, p->live = NULL;
    for (uint32_t i = 0; i < n; i++) {
        Fate f = i + 1 == n ? last : p->fates[i];
        if (i + 1 == n) model_tell(m, &ignored);
        if (f.cut && !f.lost) model_kill(m, f.rounds, f.commands);
        if (!f.lost) happens(p, &p->plan->deeds.items[i]);
        if (end && i + 1 == n) *end = (End){model_dead(m), model_dead(m) && model_held_up(m)};
        if (f.cut) model_take_up(m, f.now);
        if (i + 1 < n) model_forget(m);
    }
    buf_free(&ignored);
    p->model = now, p->live = live;
    return m;
}

/* Does the model, with this fate of the deed, see what the engine shows? Then it is the model from here on. */
static bool fits(Play *p, uint32_t n, Fate f, const char *engine, End *end)
{
    Buf told = {0};
    Model *m = model_behind(p, n, f, end);
    model_tell(m, &told);
    bool fit = strcmp(buf_text(&told), engine) == 0;
    buf_free(&told);
    if (!fit) {
        model_free(m);
        return false;
    }
    model_free(p->model);
    p->model = m;
    p->verdict->reached[f.lost ? REACH_LOST : REACH_CUT] = true;
    p->fates[n - 1] = f;
    return true;
}

/* Nobody says how far the process came, but something it must have been: nothing, or so many rounds were kept, and so
 * many commands of the last one ran. More than there were of either show nothing new. */
static bool any_fits(Play *p, uint32_t n, const char *engine)
{
    Fate f = {.cut = true, .lost = true, .now = (p->out->now - BEGIN) / US_MINUTE};
    End end = {.cut_off = true};
    if (fits(p, n, f, engine, NULL)) return true;
    f.lost = false;
    for (f.rounds = 0; end.cut_off; f.rounds++) {
        end.held_up = true;
        for (f.commands = 0; end.held_up; f.commands++)
            if (fits(p, n, f, engine, &end)) return true;
    }
    return false;
}

static void crashes(Play *p, uint32_t n, const Deed *crash)
{
    const Deed *d = &p->plan->deeds.items[n - 1];
    p->verdict->reached[REACH_DEEDS + D_CRASH] = true;
    Buf engine = {0};
    close_store(p);
    cut_off(p, d, crash);
    p->last_case = 0;
    if (open_store(p)) look(p, &engine);
    if (p->tell) fprintf(stderr, "%s", buf_text(&engine));
    if (!p->verdict->differs && !any_fits(p, n, buf_text(&engine))) {
        Buf model = {0};
        Model *m = model_behind(p, n, (Fate){0}, NULL);
        model_tell(m, &model);
        wrong(p, arena_printf(p->arena, "cut off, and taken up again, the engine shows\n%sand the model uncut\n%s",
                              buf_text(&engine), buf_text(&model)));
        model_free(m);
        buf_free(&model);
    }
    buf_free(&engine);
    p->out->n = 0;
}

/* ---- the whole trial ------------------------------------------------------------------------- */

static void play_one(Play *p, uint32_t i)
{
    const Deed *d = &p->plan->deeds.items[i], *before = i ? d - 1 : NULL;
    Buf text = {0};
    buf_printf(&text, "%u: ", i + 1);
    plan_show_deed(&text, d);
    bool cut = before && before->kind == D_CRASH && *p->store && d->kind != D_CRASH && d->kind != D_REOPEN &&
               d->kind != D_ANSWER && d->kind != D_AGAIN && d->kind != D_BACK;
    if (cut) {
        crashes(p, i + 1, before);
    } else {
        if (d->kind == D_REOPEN) close_store(p), (void)open_store(p);
        happens(p, d);
        if (!p->verdict->differs && p->touched) compare(p, buf_text(&text));
    }
    if (p->verdict->differs) buf_printf(&p->verdict->report, "at deed %s\n", buf_text(&text));
    arena_reset(p->arena);
    buf_free(&text);
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (*e->d_name != '.') unlink(path);
    }
    if (dir) closedir(dir);
    rmdir(folder);
}

static void play_program(Play *p)
{
    for (uint32_t i = 0; i < p->plan->deeds.n && !*p->folder; i++)
        if (p->plan->deeds.items[i].kind == D_CRASH || p->plan->deeds.items[i].kind == D_REOPEN) {
            const char *root = getenv("TMPDIR");
            snprintf(p->folder, sizeof p->folder, "%s/model-XXXXXX", root && strlen(root) < 40 ? root : "/tmp");
            if (!mkdtemp(p->folder)) wrong(p, "no folder for the store\n");
            snprintf(p->store, sizeof p->store, "%s/store.db", p->folder);
            faults_begin();
        }
    p->world = (World){.now = now_of, .command = command_runs, .self = p};
    p->fates = ARENA_ARRAY(p->plan->arena, Fate, p->plan->deeds.n);
    for (uint32_t i = 0; i < PLAN_COMMANDS; i++) p->prints[i] = 1;
    p->model = model_new(p->plan);
    if (open_store(p))
        for (uint32_t i = 0; i < p->plan->deeds.n && !p->verdict->differs; i++)
            play_one(p, i);
    close_store(p);
    for (uint32_t i = 0; i < REACHES; i++) p->verdict->reached[i] |= model_reached(p->model)[i];
    model_free(p->model);
    if (*p->folder) remove_folder(p->folder);
}

void play(const Plan *plan, bool tell, Verdict *out)
{
    Play p = {.plan = plan, .verdict = out, .tell = tell, .arena = arena_new(), .sight = arena_new()};
    Buf text = {0};
    p.out = mmap(NULL, sizeof *p.out, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    p.out->now = BEGIN;
    plan_show(&text, plan);
    if (tell) fprintf(stderr, "%s", buf_text(&text));
    p.compiled = compile_text("trial.ops", buf_text(&text), text.n, NULL, NULL);
    out->checked = p.compiled->program != NULL;
    if (out->checked) {
        play_program(&p);
    } else if (tell) {
        buf_clear(&text);
        diags_print(p.compiled->diags, &text, false, 0);
        fprintf(stderr, "%s", buf_text(&text));
    }
    buf_free(&text), buf_free(&p.report.notes);
    compilation_free(p.compiled);
    arena_free(p.arena);
    arena_free(p.sight);
    munmap(p.out, sizeof *p.out);
}
