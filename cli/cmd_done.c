/* cmd_done.c -- completing a task, and whose it is: done, claim, delegate. */
#include "cli/people.h"

#include "analysis/story.h"

#include <stdio.h>
#include <string.h>

int cmd_done(Args *args);
int cmd_claim(Args *args);
int cmd_delegate(Args *args);

/* ---- finding -------------------------------------------------------------------------- */

typedef struct Found { uint64_t case_id, number; uint32_t act; bool any; } Found;

static Status take_first(void *self, const WorkRow *row, Error *err)
{
    (void)err;
    Found *f = self;
    *f = (Found){row->case_id, row->number, row->act, true};
    return ST_OK;
}

static Status find_task(Session *s, const char *word, Found *found, Error *err)
{
    uint64_t number;
    if (!word) return fail(err, ST_USAGE, "which task? Its number is wanted; `ops tasks` lists them");
    if (!args_number(word, &number) || number == 0)
        return fail(err, ST_USAGE, "a task is named by its number, found %s; `ops tasks` lists them", word);
    WorkFilter filter = {.number = number};
    Status st = journal_work(s->journal, &filter, take_first, found, err);
    if (st == ST_OK && !found->any)
        st = fail(err, ST_NOTFOUND,
                  "there is no open task %s: it may be done already; `ops tasks` lists what is open", word);
    return st;
}

/* ---- answers ------------------------------------------------------------------------------- */

typedef struct Answers {               /* what is known of a task's completion so far */
    Session *s;
    const Case *of;
    const Act *act;
    const IrStep *step;
    Datum *data; uint32_t n;
    Input *in;
} Answers;

static bool has_value(const Answers *a, const char *name)
{
    for (uint32_t i = 0; i < a->n; i++)
        if (strcmp(a->data[i].name, name) == 0) return true;
    return false;
}

static Status read_line(Answers *a, const char *question, const char **line, Error *err)
{
    *line = ask_line(a->s->arena, question);
    return *line ? ST_OK : fail(err, ST_USAGE, "nothing was recorded: the answers ended too soon");
}

static Status check_answer(Answers *a, uint32_t ask, Error *err)
{
    return engine_check_answer(a->of, live_env(a->s->live), a->act, ask, a->data, a->n, a->s->arena, err);
}

/* A line on standard error, beside the questions. */
static void say_beside(const char *ahead, const char *text)
{
    Buf b = {0};
    buf_show(&b, "%s%s\n", ahead, text);
    fputs(buf_text(&b), stderr);
    buf_free(&b);
}

/* Asks until the answer fits. An empty line leaves a value out where it may be left out. */
static Status ask_field(Answers *a, uint32_t ask, Error *err)
{
    const IrUnit *u = &a->of->flow->unit;
    const IrField *f = &u->fields[a->step->ask + ask];
    const char *line;
    Buf prompt = {0};
    buf_printf(&prompt, "%s (", f->name);
    ir_type_print(&prompt, u, f->type);
    buf_puts(&prompt, f->initial != CODE_NONE ? ", or nothing for the usual): " : "): ");
    Status st;
    while ((st = read_line(a, buf_text(&prompt), &line, err)) == ST_OK) {
        uint32_t before = a->n;
        Error why;
        if (*line) a->data[a->n++] = (Datum){f->name, value_text(line)};
        if (check_answer(a, ask, &why) == ST_OK) break;
        a->n = before;
        say_beside("  ", why.text);
    }
    buf_free(&prompt);
    return st;
}

static Status take_decision(Answers *a, const char *text, Error *err)
{
    if (strcmp(text, "yes") == 0 || strcmp(text, "y") == 0) a->in->kind = INPUT_APPROVE;
    else if (strcmp(text, "no") == 0 || strcmp(text, "n") == 0) a->in->kind = INPUT_REJECT;
    else return fail(err, ST_VALUE, "approve: wanted yes or no, found \"%s\"", text);
    return ST_OK;
}

static Status ask_decision(Answers *a, Error *err)
{
    const char *line;
    Status st = ST_OK;
    while (st == ST_OK && a->in->kind == INPUT_DONE) {
        Error why;
        st = read_line(a, "approve (yes or no): ", &line, err);
        if (st == ST_OK && take_decision(a, line, &why) != ST_OK) say_beside("  ", why.text);
    }
    while (st == ST_OK && a->in->kind == INPUT_REJECT && (!a->in->text || !*a->in->text))
        st = read_line(a, "reason: ", &a->in->text, err);
    return st;
}

/* At a terminal: asks for each value that the step wants and the command line did not give. Who may not do the
 * step is refused before any question. */
static Status ask_missing(Answers *a, Error *err)
{
    Value who;
    if (!can_ask(a->s->args)) return ST_OK;
    Status st = engine_check_person(a->of, live_env(a->s->live), a->act, a->in, a->s->arena, &who, err);
    for (uint32_t i = 0; i < a->step->ask_n && st == ST_OK; i++)
        if (has_value(a, a->of->flow->unit.fields[a->step->ask + i].name)) st = check_answer(a, i, err);
    for (uint32_t i = 0; i < a->act->shown.len && st == ST_OK; i++) {
        say_beside("", a->act->shown.list[i].text);
    }
    if (st == ST_OK && a->step->approve != CODE_NONE) st = ask_decision(a, err);
    for (uint32_t i = 0; i < a->step->ask_n && st == ST_OK && a->in->kind != INPUT_REJECT; i++)
        if (!has_value(a, a->of->flow->unit.fields[a->step->ask + i].name)) st = ask_field(a, i, err);
    return st;
}

/* Takes approve= and reason= out of the values of an approval. */
static Status take_approval(Answers *a, Error *err)
{
    uint32_t kept = 0;
    Status st = ST_OK;
    for (uint32_t i = 0; i < a->n; i++) {
        const char *name = a->data[i].name, *text = a->data[i].value.text;
        if (a->step->approve != CODE_NONE && strcmp(name, "approve") == 0) st = take_decision(a, text, err);
        else if (a->step->approve != CODE_NONE && strcmp(name, "reason") == 0) a->in->text = text;
        else a->data[kept++] = a->data[i];
    }
    a->n = kept;
    return st;
}

static Status read_answers(Session *s, const Case *c, const Act *act, Input *in, Error *err)
{
    const IrStep *step = &c->flow->steps[c->flow->nodes[act->node].a];
    Answers a = {.s = s, .of = c, .act = act, .step = step, .in = in};
    uint32_t given;
    const Datum *data = session_data(s, &given);
    a.data = ARENA_ARRAY(s->arena, Datum, given + step->ask_n + 1);
    for (uint32_t i = 0; i < given; i++) a.data[a.n++] = data[i];
    Status st = act->undoes ? ST_OK : take_approval(&a, err);
    if (st == ST_OK && !act->undoes) st = ask_missing(&a, err);          /* undoing has no form */
    in->values = a.data, in->values_n = a.n;
    return st;
}

/* Is the step offered still, or again: one of several has answered, or the machine part of a released step failed? */
static Status what_came(Session *s, const Found *found, const Input *in, const char **what, Error *err)
{
    Case *c;
    Status st = journal_case(s->journal, found->case_id, &c, err);
    if (st != ST_OK) return st;
    const Act *act = case_act(c, found->act);
    bool open = act && act->state == ACT_OFFERED, answered = open && engine_answered(c, s->program, act, in->person);
    *what = in->kind == INPUT_APPROVE ? "Approved" : in->kind == INPUT_REJECT ? "Rejected" : "Done";
    if (answered)
        *what = arena_printf(s->arena, "Answered, %s", story_progress(s->program, c, act, clock_now(), s->arena));
    else if (open)
        *what = "Not done";
    case_free(c);
    return ST_OK;
}

/* Now; of a task that was offered while the clock was ahead of what it is now, then: nobody waits for the clock. */
static Instant time_for(const Act *act)
{
    Instant now = clock_now();
    return act && act->offered > now ? act->offered : now;
}

int cmd_done(Args *args)
{
    const char *what = "Done";
    Session s;
    int code;
    Error err;
    Found found = {0};
    Case *c = NULL;
    Input in = {.kind = INPUT_DONE, .text = args->value[OPT_BECAUSE]};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Status st = find_task(&s, args->words_n ? args->words[0] : NULL, &found, &err);
    if (st == ST_OK) st = journal_case(s.journal, found.case_id, &c, &err);
    if (st == ST_OK) st = people_act(&s, &in.person, &in.login, &err);
    const Act *act = st == ST_OK ? case_act(c, found.act) : NULL;
    in.act = found.act, in.task = found.number, in.at = time_for(act);
    if (act) st = read_answers(&s, c, act, &in, &err);
    in.at = time_for(act);             /* the answers took their time */
    if (act && st == ST_OK) st = live_copy_files(s.live, c, &in, NULL, s.arena, &err);
    if (st == ST_OK) st = live_input(s.live, found.case_id, &in, &s.report, &err);
    case_free(c);
    if (st == ST_OK) st = what_came(&s, &found, &in, &what, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    return session_tell(&s, found.case_id, what);
}

/* A task becomes one person's, another's, or everybody's again. */
static int on_task(Args *args, Input in, const char *what)
{
    Session s;
    int code;
    Error err;
    Found found = {0};
    in.text = args->value[OPT_BECAUSE], in.at = clock_now();
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Status st = find_task(&s, args->words_n ? args->words[0] : NULL, &found, &err);
    if (st == ST_OK) st = people_act(&s, &in.person, &in.login, &err);
    in.act = found.act, in.task = found.number;
    if (st == ST_OK) st = live_input(s.live, found.case_id, &in, &s.report, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    return session_tell(&s, found.case_id, what);
}

int cmd_claim(Args *args)
{
    return on_task(args, (Input){.kind = INPUT_CLAIM}, "Claimed");
}

int cmd_delegate(Args *args)
{
    const char *to = args->value[OPT_TO];
    return on_task(args, (Input){.kind = INPUT_DELEGATE, .to = to}, to ? "Delegated" : "Given back");
}
