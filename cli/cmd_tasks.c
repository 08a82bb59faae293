/* cmd_tasks.c -- what people do: tasks, today, done, claim, delegate, retry, skip, cancel. */
#include "cli/session.h"

#include "base/csv.h"
#include "base/json.h"
#include "analysis/story.h"
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cmd_tasks(Args *args);
int cmd_done(Args *args);
int cmd_today(Args *args);
int cmd_claim(Args *args);
int cmd_delegate(Args *args);
int cmd_retry(Args *args);
int cmd_skip(Args *args);
int cmd_cancel(Args *args);

/* ---- listing ----------------------------------------------------------------------- */

typedef struct Task {                  /* an open step with all that a person must know */
    uint64_t number, case_id;
    const char *process, *key, *step, *who, *progress, *holder, *ask, *example, *as;
    const char **shown; uint32_t shown_n;
    const char *trouble;               /* why it came back, or NULL */
    Instant since, due;
    uint32_t reminded;
    bool approval, late;
    bool mine, known;                  /* for `today`: is it the person's to do; did they do something in the case? */
} Task;

typedef struct Tasks {
    Session *s;
    KeptCase kept;
    VEC(Task) items;
    uint64_t most, left_out;
    const char *person, *process;
    const char *today;                 /* whose day it is: what others have to do is told, too; NULL: nobody's */
    bool creator;                      /* who asks made the store, and may act for others */
} Tasks;

static const char *ask_text(Session *s, const Case *c, const IrStep *step)
{
    Buf b = {0};
    for (uint32_t i = 0; i < step->ask_n; i++) {
        const IrField *f = &c->flow->unit.fields[step->ask + i];
        buf_printf(&b, "%s%s ", i ? ", " : "", f->name);
        ir_type_print(&b, &c->flow->unit, f->type);
    }
    const char *text = buf_dup(&b, s->arena);
    buf_free(&b);
    return text;
}

/* " budget=... decides=..." */
static const char *ask_example(Session *s, const Case *c, const IrStep *step)
{
    const char *text = "";
    for (uint32_t i = 0; i < step->ask_n; i++)
        text = arena_printf(s->arena, "%s %s=...", text, c->flow->unit.fields[step->ask + i].name);
    return text;
}

/* Who made the store may act for one who may do it, unless what they did before forbids that. */
static const char *acts_as(const Tasks *t, const Value *who)
{
    Session *s = t->s;
    if (!t->creator || engine_may(s->program, who, clock_now(), s->person) || engine_excludes(s->program, who, s->person)) return NULL;
    Value people = engine_eligible(s->program, who, clock_now(), s->arena);
    return people.len ? arena_dup(s->arena, people.list[0].text) : NULL;
}

typedef struct Looked { const char *person; bool found; } Looked;

static void is_person(void *self, const char *person)
{
    Looked *l = self;
    l->found |= strcmp(person, l->person) == 0;
}

static bool did_something(const Case *c, const char *person)
{
    Looked l = {person, false};
    for (uint32_t i = 0; i < c->did.n; i++) case_doers(c, &c->did.items[i], is_person, &l);
    for (uint32_t i = 0; i < c->acts.n; i++) l.found |= engine_answered(c, &c->acts.items[i], person);
    return l.found;
}

static bool may_do(Session *s, const Act *a, const Value *who, const char *person)
{
    return engine_holds(s->program, a, clock_now(), person) && engine_may(s->program, who, clock_now(), person);
}

static Status add_task(void *self, const WorkRow *row, Error *err)
{
    Tasks *t = self;
    Session *s = t->s;
    const Case *c;
    if (t->process && strcmp(t->process, row->process) != 0) return ST_OK;
    Status st = session_kept(s, &t->kept, row->case_id, &c, err);
    if (st != ST_OK) return st;
    const Act *a = case_act(c, row->act);
    Value who = a ? engine_left(c, a, &a->list, s->arena) : VALUE_NONE;
    bool shown = a && a->state == ACT_OFFERED && (!t->person || may_do(s, a, &who, t->person));
    if (shown && t->items.n >= t->most) {
        t->left_out++;
    } else if (shown) {
        const IrStep *step = &c->flow->steps[c->flow->nodes[a->node].a];
        bool for_holder = t->creator && a->holder && strcmp(a->holder, s->person) != 0;
        Task *task = VEC_PUSH(s->arena, &t->items);
        *task = (Task){.number = row->number,
                       .case_id = row->case_id,
                       .process = arena_dup(s->arena, row->process),
                       .key = arena_dup(s->arena, row->key ? row->key : ""),
                       .step = arena_dup(s->arena, row->step),
                       .who = session_people(s, &who),
                       .holder = a->holder ? arena_dup(s->arena, a->holder) : NULL,
                       .progress = story_progress(s->program, c, a, clock_now(), s->arena),
                       .ask = ask_text(s, c, step),
                       .example = ask_example(s, c, step),
                       .as = for_holder ? arena_dup(s->arena, a->holder) : acts_as(t, &who),
                       .since = row->since,
                       .due = a->deadline != INSTANT_NEVER ? a->deadline : c->deadline,
                       .late = a->late || c->late || a->deadline < clock_now(),
                       .trouble = a->text ? arena_dup(s->arena, a->text) : NULL,
                       .reminded = a->nudges.reminded + c->nudges.reminded,
                       .mine = t->today && may_do(s, a, &who, t->today),
                       .known = t->today && did_something(c, t->today),
                       .approval = step->approve != CODE_NONE,
                       .shown = ARENA_ARRAY(s->arena, const char *, a->shown.len)};
        for (uint32_t i = 0; i < a->shown.len; i++)
            task->shown[task->shown_n++] = arena_dup(s->arena, a->shown.list[i].text);
    }
    return ST_OK;
}

/* What each step wants to know, once for all its tasks. */
static void tasks_wants(const Tasks *t, Buf *b)
{
    Map *told = map_new(t->s->arena);
    for (uint32_t i = 0; i < t->items.n; i++) {
        const Task *task = &t->items.items[i];
        void **slot = map_slot(told, arena_printf(t->s->arena, "%s\t%s", task->process, task->step));
        if (*slot || (!*task->ask && !task->approval)) continue;
        *slot = (void *)(uintptr_t)task;
        buf_printf(b, "%s\"%s\" wants %s%s%s\n", map_count(told) == 1 ? "\n" : "", task->step,
                   task->approval ? "a yes or a no" : "", task->approval && *task->ask ? ", " : "", task->ask);
    }
}

/* The first task as one would complete it. */
static void tasks_example(const Tasks *t, Buf *b)
{
    const Task *first = &t->items.items[0];
    unsigned long long number = (unsigned long long)first->number;
    buf_putc(b, '\n');
    if (first->trouble) buf_printf(b, "Task %llu came back: %s\n", number, first->trouble);
    for (uint32_t i = 0; i < first->shown_n; i++) buf_printf(b, "Task %llu: %s\n", number, first->shown[i]);
    buf_printf(b, "`ops done %llu%s%s%s%s` completes it.\n", number, first->approval ? " approve=yes" : "",
               first->example, first->as ? " --as " : "", first->as ? first->as : "");
}

static void tasks_table(const Tasks *t, Buf *b)
{
    Session *s = t->s;
    static const char *const headers[] = {">task", "step", "process", "case", "?due", "who", NULL};
    Table *table = table_new(s->arena, headers);
    for (uint32_t i = 0; i < t->items.n; i++) {
        const Task *task = &t->items.items[i];
        bool late = task->late || task->due < clock_now();
        const char *due = session_when(s, session_zone(s, task->process, task->step), task->due);
        table_int(table, task->number);
        table_cell(table, task->step);
        table_cell(table, task->process);
        table_cell(table, *task->key ? task->key : arena_printf(s->arena, "%llu", (unsigned long long)task->case_id));
        if (late) due = arena_printf(s->arena, "%s%slate", due, *due ? " " : "");
        if (task->reminded)
            due = arena_printf(s->arena, "%s%sreminded %u time%s", due, *due ? ", " : "", task->reminded,
                               task->reminded == 1 ? "" : "s");
        table_cell(table, due);
        const char *who = *task->who ? task->who : "nobody may, now";
        if (task->holder) who = arena_printf(s->arena, "%s has it", task->holder);
        table_cell(table, *task->progress ? arena_printf(s->arena, "%s (%s)", who, task->progress) : who);
    }
    table_print(table, b, terminal_width(), terminal_colour(s->args));
    if (t->left_out) buf_printf(b, "... and %llu more\n", (unsigned long long)t->left_out);
    tasks_wants(t, b);
    tasks_example(t, b);
}

static void tasks_json(const Tasks *t, Buf *b)
{
    buf_puts(b, "{\"tasks\":[");
    for (uint32_t i = 0; i < t->items.n; i++) {
        const Task *task = &t->items.items[i];
        if (i) buf_putc(b, ',');
        buf_putc(b, '{');
        json_key_int(b, "task", (int64_t)task->number);
        json_key_int(b, "case", (int64_t)task->case_id);
        json_key_string(b, "process", task->process);
        json_key_string(b, "key", *task->key ? task->key : NULL);
        json_key_string(b, "step", task->step);
        json_key_string(b, "who", task->who);
        json_key_string(b, "claimed", task->holder);
        json_key_string(b, "progress", *task->progress ? task->progress : NULL);
        json_key_string(b, "asks", task->ask);
        json_key_bool(b, "approval", task->approval);
        json_key_bool(b, "late", task->late);
        json_key_int(b, "reminded", task->reminded);
        json_key_string(b, "trouble", task->trouble);
        json_key(b, "instructions");
        buf_putc(b, '[');
        for (uint32_t k = 0; k < task->shown_n; k++)
            json_comma(b), json_string(b, task->shown[k], strlen(task->shown[k]));
        buf_putc(b, ']');
        Value since = value_datetime(task->since),
              due = task->due == INSTANT_NEVER ? VALUE_NONE : value_datetime(task->due);
        json_key(b, "since");
        value_json(b, &since);
        json_key(b, "due");
        value_json(b, &due);
        buf_putc(b, '}');
    }
    buf_puts(b, "]}\n");
}

int cmd_tasks(Args *args)
{
    Session s;
    int code;
    Error err;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    if (find_process(s.arena, s.program, args->value[OPT_PROCESS], &err) != ST_OK)
        return session_fail(&s, ST_NOTFOUND, &err);
    Tasks t = {.s = &s, .most = UINT64_MAX, .person = args->value[OPT_PERSON], .process = args->value[OPT_PROCESS]};
    if (args->given[OPT_MOST]) args_number(args->value[OPT_MOST], &t.most);
    WorkFilter offered = {.state = ACT_OFFERED};
    Status st = session_made_store(&s, &t.creator, &err);
    if (st == ST_OK) st = journal_work(s.journal, &offered, add_task, &t, &err);
    case_free(t.kept.of);
    if (st != ST_OK) return session_fail(&s, st, &err);
    Buf b = {0};
    if (args->given[OPT_JSON]) tasks_json(&t, &b);
    else if (t.items.n) tasks_table(&t, &b);
    else
        buf_printf(&b, "%s%s%s%s.\n", t.person ? t.person : "Nobody",
                   t.person ? " has nothing to do" : " has anything to do", t.process ? " in " : "", t.process ? t.process : "");
    say(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}

/* ---- a person's day ------------------------------------------------------------------------ */

typedef enum When { OVERDUE, TODAY, LATER, OTHERS, NOT_TOLD } When;
static const char *const when_names[] = {"overdue", "today", "later", "others"};
static const char *const when_heads[] = {"Overdue", "Today", "Later", "Waiting for others"};

/* What has no deadline is for today: nothing says that it may wait. */
static When when_due(const Tasks *t, const Task *task)
{
    const Zone *zone = session_zone(t->s, task->process, task->step);
    Instant now = clock_now();
    if (!task->mine) return task->known ? OTHERS : NOT_TOLD;
    if (task->late || task->due < now) return OVERDUE;
    if (!zone) zone = zone_utc();
    return task->due == INSTANT_NEVER || zone_date(zone, task->due) <= zone_date(zone, now)
               ? TODAY : LATER;
}

/* How it is completed; NULL: others do. */
static const char *finishing(const Tasks *t, const Task *task)
{
    bool as = strcmp(t->today, t->s->person) != 0;
    if (!task->mine) return NULL;
    return arena_printf(t->s->arena, "ops done %llu%s%s%s%s", (unsigned long long)task->number,
                        task->approval ? " approve=yes" : "", task->example, as ? " --as " : "", as ? t->today : "");
}

static const char *case_name(const Tasks *t, const Task *task)
{
    return *task->key ? task->key : arena_printf(t->s->arena, "%llu", (unsigned long long)task->case_id);
}

static void today_line(const Tasks *t, const Task *task, Buf *b)
{
    Session *s = t->s;
    const char *due = session_when(s, session_zone(s, task->process, task->step), task->due), *how = finishing(t, task);
    const char *others = task->holder ? task->holder : *task->who ? task->who : "nobody may, now";
    const char *line = arena_printf(s->arena, "%s, %s %s%s%s%s%s", task->step, task->process, case_name(t, task),
                                    *due ? ", due " : "", due, how ? "" : ": ", how ? "" : others);
    buf_puts(b, "  ");
    buf_visible(b, line, strlen(line));
    buf_printf(b, "\n%s%s%s", how ? "      " : "", how ? how : "", how ? "\n" : "");
}

static void today_tell(const Tasks *t, Buf *b)
{
    for (When w = OVERDUE; w < NOT_TOLD; w++) {
        bool any = false;
        for (uint32_t i = 0; i < t->items.n; i++) {
            const Task *task = &t->items.items[i];
            if (when_due(t, task) != w) continue;
            if (!any) buf_printf(b, "%s%s\n", b->n ? "\n" : "", when_heads[w]);
            any = true;
            today_line(t, task, b);
        }
    }
    if (!b->n) buf_printf(b, "%s has nothing to do, and waits for nobody.\n", t->today);
}

static void today_csv(const Tasks *t, Buf *b)
{
    buf_puts(b, "when,task,step,process,case,due,who,command\n");
    for (uint32_t i = 0; i < t->items.n; i++) {
        const Task *task = &t->items.items[i];
        When w = when_due(t, task);
        if (w == NOT_TOLD) continue;
        const char *how = finishing(t, task), *number = arena_printf(t->s->arena, "%llu", (unsigned long long)task->number);
        const char *due = session_when(t->s, session_zone(t->s, task->process, task->step), task->due);
        const char *const cells[] = {when_names[w], number, task->step, task->process, case_name(t, task), due, task->who,
                                     how ? how : ""};
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) csv_cell(b, cells[k], k == 0);
        buf_putc(b, '\n');
    }
}

static void today_json(const Tasks *t, Buf *b)
{
    buf_putc(b, '{');
    json_key_string(b, "person", t->today);
    json_key(b, "today");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < t->items.n; i++) {
        const Task *task = &t->items.items[i];
        When w = when_due(t, task);
        Value due = task->due == INSTANT_NEVER ? VALUE_NONE : value_datetime(task->due);
        if (w == NOT_TOLD) continue;
        json_comma(b);
        buf_putc(b, '{');
        json_key_string(b, "when", when_names[w]);
        json_key_int(b, "task", (int64_t)task->number);
        json_key_int(b, "case", (int64_t)task->case_id);
        json_key_string(b, "process", task->process);
        json_key_string(b, "key", *task->key ? task->key : NULL);
        json_key_string(b, "step", task->step);
        json_key_string(b, "who", task->who);
        json_key_string(b, "claimed", task->holder);
        json_key_string(b, "command", finishing(t, task));
        json_key(b, "due");
        value_json(b, &due);
        buf_putc(b, '}');
    }
    buf_puts(b, "]}\n");
}

int cmd_today(Args *args)
{
    Session s;
    int code;
    Error err;
    Buf b = {0};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    Tasks t = {.s = &s, .most = UINT64_MAX, .today = args->given[OPT_PERSON] ? args->value[OPT_PERSON] : s.person};
    WorkFilter offered = {.state = ACT_OFFERED};
    Status st = journal_work(s.journal, &offered, add_task, &t, &err);
    case_free(t.kept.of);
    if (st != ST_OK) return session_fail(&s, st, &err);
    if (args->given[OPT_JSON]) today_json(&t, &b);
    else if (args->given[OPT_CSV]) today_csv(&t, &b);
    else today_tell(&t, &b);
    say(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}

/* ---- finding -------------------------------------------------------------------------- */

typedef struct Found { uint64_t case_id; uint32_t act; bool any; } Found;

static Status take_first(void *self, const WorkRow *row, Error *err)
{
    (void)err;
    Found *f = self;
    *f = (Found){row->case_id, row->act, true};
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
        fprintf(stderr, "  %s\n", why.text);
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
        if (st == ST_OK && take_decision(a, line, &why) != ST_OK) fprintf(stderr, "  %s\n", why.text);
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
        Buf b = {0};
        buf_visible(&b, a->act->shown.list[i].text, strlen(a->act->shown.list[i].text));
        fprintf(stderr, "%s\n", buf_text(&b));
        buf_free(&b);
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
    Status st = take_approval(&a, err);
    if (st == ST_OK) st = ask_missing(&a, err);
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
    bool open = act && act->state == ACT_OFFERED, answered = open && engine_answered(c, act, in->person);
    *what = in->kind == INPUT_APPROVE ? "Approved" : in->kind == INPUT_REJECT ? "Rejected" : "Done";
    if (answered)
        *what = arena_printf(s->arena, "Answered, %s", story_progress(s->program, c, act, clock_now(), s->arena));
    else if (open)
        *what = "Not done";
    case_free(c);
    return ST_OK;
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
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Status st = find_task(&s, args->words_n ? args->words[0] : NULL, &found, &err);
    if (st == ST_OK) st = session_person(&s, &in.person, &in.login, &err);
    if (st == ST_OK) st = journal_case(s.journal, found.case_id, &c, &err);
    const Act *act = st == ST_OK ? case_act(c, found.act) : NULL;
    in.act = found.act, in.at = clock_now();
    if (act) st = read_answers(&s, c, act, &in, &err);
    in.at = clock_now();               /* the answers took their time */
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
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Status st = find_task(&s, args->words_n ? args->words[0] : NULL, &found, &err);
    if (st == ST_OK) st = session_person(&s, &in.person, &in.login, &err);
    in.act = found.act;
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

/* The incident a word names by its step, or the only one. */
static Status find_incident(const Case *c, const char *step, uint32_t *act, Error *err)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->state != ACT_INCIDENT || (step && strcmp(step, c->flow->nodes[a->node].name) != 0)) continue;
        *act = a->id;
        n++;
    }
    if (n == 1) return ST_OK;
    if (n > 1) return fail(err, ST_USAGE, "case %llu has %u incidents: name the step", (unsigned long long)c->id, n);
    return fail(err, ST_NOTFOUND, "case %llu has no incident%s%s", (unsigned long long)c->id, step ? " at " : "",
                step ? step : "");
}

static int on_incident(Args *args, InputKind kind, const char *what)
{
    Session s;
    int code;
    Error err;
    Case *c = NULL;
    Input in = {.kind = (uint8_t)kind, .text = args->value[OPT_BECAUSE], .at = clock_now()};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Status st = session_case(&s, args->words_n ? args->words[0] : NULL, &c, &err);
    if (st == ST_OK && kind != INPUT_CANCEL)
        st = find_incident(c, args->words_n > 1 ? args->words[1] : NULL, &in.act, &err);
    if (st == ST_OK) st = session_person(&s, &in.person, &in.login, &err);
    if (st == ST_OK && kind != INPUT_RETRY && (!in.text || !*in.text))
        st = fail(&err, ST_USAGE, "`ops %s` wants a reason: --because \"...\"", args->command->name);
    uint64_t id = c ? c->id : 0;
    in.values = session_data(&s, &in.values_n);
    case_free(c);
    if (st == ST_OK) st = live_input(s.live, id, &in, &s.report, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    return session_tell(&s, id, what);
}

int cmd_retry(Args *args) { return on_incident(args, INPUT_RETRY, "Tried again"); }
int cmd_skip(Args *args) { return on_incident(args, INPUT_SKIP, "Skipped"); }
int cmd_cancel(Args *args) { return on_incident(args, INPUT_CANCEL, "Cancelled"); }
