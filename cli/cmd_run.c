/* cmd_run.c -- run, start, signal: the business goes on. */
#include "cli/news.h"
#include "cli/people.h"
#include "cli/proposed.h"

#include "analysis/story.h"
#include "base/json.h"
#include "cli/table.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int cmd_run(Args *args);
int cmd_start(Args *args);
int cmd_signal(Args *args);

/* ---- what happened, for people ------------------------------------------------------- */

static const char *stopped_by(Session *s, const ProcessStats *p)
{
    Buf b = {0};
    for (uint32_t i = 0; i < p->outcomes_n && i < 3; i++)
        buf_printf(&b, "%s%s %llu", i ? ", " : "", p->outcomes[i].outcome, (unsigned long long)p->outcomes[i].n);
    if (p->outcomes_n > 3) buf_puts(&b, ", ...");
    const char *text = buf_dup(&b, s->arena);
    buf_free(&b);
    return text;
}

/* Under the name of their system, so that no column repeats it. */
static void add_processes(Session *s, Buf *b, const ProcessStats *stats, uint32_t n)
{
    static const char *const headers[] = {"process",  ">started",    ">finished", "?>imported",
                                          "?>failed", "?>cancelled", ">waiting",  ">incidents",
                                          ">median",  "stopped by",  NULL};
    enum { OTHERS = sizeof headers / sizeof *headers - 2 };
    Table *t = table_new(s->arena, headers);
    const char *system = NULL;
    for (uint32_t i = 0; i < n; i++) {
        const ProcessStats *p = &stats[i];
        if (p->system && (!system || strcmp(p->system, system) != 0)) {
            table_cell(t, p->system);
            for (int k = 0; k < OTHERS; k++) table_cell(t, "");
        }
        system = p->system;
        table_cell(t, system ? arena_printf(s->arena, "  %s", p->process) : p->process);
        table_int(t, p->started);
        table_int(t, p->finished);
        table_int(t, p->imported);
        table_int(t, p->failed);
        table_int(t, p->cancelled);
        table_int(t, p->waiting);
        table_int(t, p->incidents);
        table_cell(t, p->median_duration < 0 ? "" : session_measured(s, p->median_duration));
        table_cell(t, stopped_by(s, p));
    }
    if (n) table_print(t, b, terminal_width(), terminal_colour(s->args));
}

static void value_cell(Session *s, Table *t, const Value *v)
{
    Buf b = {0};
    if (v->type != V_NONE) value_print_measured(&b, v, s->manner, session_zone(s, NULL, NULL));
    table_cell(t, buf_text(&b));
    buf_free(&b);
}

static Status add_goals(Session *s, Query *q, Buf *b, Error *err)
{
    static const char *const headers[] = {"goal", "state", ">now", "wanted", NULL};
    Table *t = table_new(s->arena, headers);
    for (uint32_t i = 0; i < s->program->goals_n; i++) {
        GoalResult r;
        Status st = query_goal(q, i, &r, err);
        if (st != ST_OK) return st;
        table_cell(t, s->program->goals[i].name);
        table_cell(t, goal_state_name(r.state));
        value_cell(s, t, &r.value);
        table_cell(t, s->program->goals[i].text);
    }
    if (s->program->goals_n) buf_putc(b, '\n'), table_print(t, b, terminal_width(), terminal_colour(s->args));
    return ST_OK;
}

/* Who has what to do: open tasks by those who may. */
typedef struct ToDo { Session *s; KeptCase kept; Arena *row; Map *by_who; uint64_t n; } ToDo;   /* row: of one task */
typedef struct Pile { uint64_t n, first, late; const char *step; } Pile;

static Pile *pile_of(ToDo *t, const WorkRow *row, const Case *c, const Act *a)
{
    Session *s = t->s;
    arena_reset(t->row);
    Value left = engine_rule_listed(c, s->program, a, clock_now(), t->row);
    Value people = engine_eligible(s->program, &left, clock_now(), t->row);
    Buf who = {0};
    for (uint32_t i = 0; i < people.len; i++) buf_printf(&who, "%s%s", i ? ", " : "", people.list[i].text);
    const char *what = story_task(c, a, t->row);
    buf_printf(&who, "\t%s", what);
    Pile *pile = map_get(t->by_who, buf_text(&who));
    if (!pile) {
        pile = ARENA_NEW(s->arena, Pile);
        *pile = (Pile){.first = row->number, .step = arena_dup(s->arena, what)};
        map_put(t->by_who, buf_dup(&who, s->arena), pile);
    }
    buf_free(&who);
    return pile;
}

static Status count_task(void *self, const WorkRow *row, Error *err)
{
    ToDo *t = self;
    Session *s = t->s;
    const Case *c;
    Status st = session_kept(s, &t->kept, row->case_id, &c, err);
    if (st != ST_OK) return st;
    const Act *a = case_act(c, row->act);
    if (!a || a->state != ACT_OFFERED) return ST_OK;
    Pile *pile = pile_of(t, row, c, a);
    pile->n++;
    pile->late += a->late || c->late || a->deadline < clock_now() || c->deadline < clock_now();
    t->n++;
    return ST_OK;
}

static Status add_tasks(Session *s, Buf *b, Error *err)
{
    static const char *const headers[] = {"who", "has to do", ">how many", "?>late", ">first task", NULL};
    ToDo todo = {.s = s, .row = arena_new(), .by_who = map_new(s->arena)};
    WorkFilter offered = {.state = ACT_OFFERED};
    Status st = journal_work(s->journal, &offered, count_task, &todo, err);
    case_free(todo.kept.of);
    arena_free(todo.row);
    if (st != ST_OK || !todo.n) return st;
    Table *t = table_new(s->arena, headers);
    for (uint32_t i = 0; i < map_count(todo.by_who); i++) {
        void *value;
        const char *key = map_key(todo.by_who, i, &value);
        const Pile *p = value;
        table_cell(t, *key == '\t' ? "nobody may, now" : arena_dup_n(s->arena, key, strcspn(key, "\t")));
        table_cell(t, p->step);
        table_int(t, p->n);
        table_int(t, p->late);
        table_int(t, p->first);
    }
    buf_putc(b, '\n');
    table_print(t, b, terminal_width(), terminal_colour(s->args));
    return ST_OK;
}

static void counted(Buf *b, uint64_t n, const char *what, const char *plural)
{
    if (n)
        buf_printf(b, "%s%llu %s", b->n && b->p[b->n - 1] != '\n' ? ", " : "", (unsigned long long)n,
                   n == 1 ? what : plural);
}

static void add_this_run(const LiveReport *r, Buf *b)
{
    Buf line = {0};
    counted(&line, r->rows, "row taken in", "rows taken in");
    counted(&line, r->rejected, "row set aside", "rows set aside");
    counted(&line, r->ahead, "row still to come", "rows still to come");
    counted(&line, r->started, "case started", "cases started");
    counted(&line, r->noted, "trigger noted in an open case", "triggers noted in open cases");
    counted(&line, r->ended, "case ended", "cases ended");
    counted(&line, r->failed, "of them failed", "of them failed");
    counted(&line, r->answered, "answer given", "answers given");
    counted(&line, r->refused, "answer refused", "answers refused");
    counted(&line, r->unmatched, "answer without an open step", "answers without an open step");
    counted(&line, r->later, "answer still to come", "answers still to come");
    counted(&line, r->incidents, "incident", "incidents");
    counted(&line, r->returned, "step came back to its person", "steps came back to their people");
    counted(&line, r->reminded, "reminder", "reminders");
    counted(&line, r->escalated, "escalation", "escalations");
    counted(&line, r->missed, "missed run", "missed runs");
    buf_printf(b, "This run: %s.\n\n", line.n ? buf_text(&line) : "nothing new");
    buf_free(&line);
}

/* A command to go on with, and what it shows. */
typedef struct Pointer { const char *command, *shows; } Pointer;

static void say_pointers(Buf *b, const Pointer *pointers, uint32_t n)
{
    size_t column = 0;
    for (uint32_t i = 0; i < n; i++) {
        size_t width = text_width(pointers[i].command, strlen(pointers[i].command));
        if (width > column) column = width;
    }
    buf_puts(b, "\nTo look further:\n");
    for (uint32_t i = 0; i < n; i++) {
        const char *command = pointers[i].command;
        buf_printf(b, "  %s", command);
        buf_pad(b, ' ', column - text_width(command, strlen(command)));
        buf_printf(b, "  %s\n", pointers[i].shows);
    }
}

static const char *several(Session *s, uint64_t n, const char *one, const char *many)
{
    return arena_printf(s->arena, "%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

static Status count_rejected(void *self, const RejectedRow *row, Error *err)
{
    (void)row, (void)err;
    ++*(uint64_t *)self;
    return ST_OK;
}

static Status add_pointers(Session *s, Buf *b, const ProcessStats *stats, uint32_t n, Error *err)
{
    Pointer all[6];
    uint32_t all_n = 0;
    uint64_t incidents = 0, rejected = 0;
    Status st = journal_rejected(s->journal, NULL, count_rejected, &rejected, err);
    for (uint32_t i = 0; i < n; i++) incidents += stats[i].incidents;
    if (incidents)
        all[all_n++] = (Pointer){proposed(s, "cases"), several(s, incidents, "incident waits for a person",
                                                               "incidents wait for a person")};
    if (rejected)
        all[all_n++] = (Pointer){proposed(s, "rejected"), several(s, rejected, "row did not fit and is set aside",
                                                                  "rows did not fit and are set aside")};
    all[all_n++] = (Pointer){proposed(s, "tasks"), "what people have to do"};
    all[all_n++] = (Pointer){proposed(s, "cases --all"), "every case"};
    all[all_n++] = (Pointer){proposed(s, "show CASE"), "one case: what happened, when, by whom"};
    if (s->program->audits_n) all[all_n++] = (Pointer){proposed(s, "audit"), "are the rules kept?"};
    say_pointers(b, all, all_n);
    return st;
}

static int print_run(Session *s)
{
    Error err;
    const ProcessStats *stats;
    uint32_t n = 0;
    Buf b = {0};
    Query *q = query_new(s->program, s->journal, clock_now());
    Status st = query_stats(q, &stats, &n, &err);
    add_this_run(&s->report, &b);
    if (st == ST_OK) add_processes(s, &b, stats, n);
    if (st == ST_OK) st = add_goals(s, q, &b, &err);
    if (st == ST_OK) st = add_tasks(s, &b, &err);
    if (st == ST_OK) st = add_pointers(s, &b, stats, n, &err);
    Buf notes = {0};
    proposed_in(s, buf_text(&s->report.notes), &notes);
    if (notes.n) buf_show(&b, "\nTo look at:\n%s", buf_text(&notes));
    say(&b);
    buf_free(&b);
    buf_free(&notes);
    query_free(q);
    return st == ST_OK ? session_code(s) : session_fail(s, st, &err);
}

/* What this run met that needs somebody; nothing where nothing does. */
static int print_needed(Session *s)
{
    Error err;
    Buf b = {0};
    const Where here = where_here(s);
    News news = {.arena = s->arena, .answers = s->args->value[OPT_ANSWERS]};
    Status st = news_since(s->journal, s->before, &news, &err);
    news.nudges.n = 0;                 /* whom it reminds see that in their tasks */
    if (st == ST_OK) st = news_tell(s, &here, &news, &b, &err);
    if (st == ST_OK) news_tell_notes(s, &here, buf_text(&s->report.notes), &b);
    while (b.n > 1 && b.p[b.n - 1] == '\n' && b.p[b.n - 2] == '\n') b.p[--b.n] = '\0';
    say_text(&b);
    buf_free(&b);
    return st == ST_OK ? session_code(s) : session_fail(s, st, &err);
}

static int say_report(Session *s)
{
    Buf b = {0};
    report_json(&s->report, buf_text(&s->report.notes), &b, NULL);
    say(&b);
    buf_free(&b);
    return session_code(s);
}

/* Too much would begin at once. At a terminal a person may say that it is meant. */
static bool go_on_anyway(const Session *s, Error *why)
{
    if (!can_ask(s->args) || s->args->given[OPT_YES]) return false;
    fprintf(stderr, "ops: %s.\n", why->text);
    const char *answer = ask_line(s->arena, "Go on now? (yes or no): ");
    if (answer && (strcmp(answer, "yes") == 0 || strcmp(answer, "y") == 0)) return true;
    fail(why, ST_CONFIG, "nothing was changed");
    return false;
}

int cmd_run(Args *args)
{
    Session s;
    int code;
    Error err;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE | SESSION_BEGIN, &code)) return code;
    Status st = live_run(s.live, &s.report, &err);
    if (st == ST_CONFIG && go_on_anyway(&s, &err)) {
        session_close(&s);
        args->given[OPT_YES] = true;
        return cmd_run(args);
    }
    if (isatty(STDERR_FILENO) && s.report.events) fprintf(stderr, "\r%40s\r", "");
    if (st != ST_OK) return session_fail(&s, st, &err);
    s.program = live_program(s.live);
    if (args->given[OPT_JSON]) code = say_report(&s);
    else code = args->given[OPT_QUIET] ? print_needed(&s) : print_run(&s);
    st = s.arena && was_said() ? live_told(s.live, &err) : ST_OK;
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return code;
}

/* ---- by hand -------------------------------------------------------------------------------- */

int cmd_start(Args *args)
{
    Session s;
    int code;
    Error err;
    uint64_t id = 0;
    uint32_t n;
    const char *person, *login;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE | SESSION_BEGIN, &code)) return code;
    Datum *data = session_data(&s, &n);
    Status st = args->words_n ? people_sign(&s, NULL, &person, &login, &err)
                              : fail(&err, ST_USAGE, "which process is to be started? `ops help start` tells more");
    if (st == ST_OK) st = find_process(s.arena, s.program, args->words[0], &err);
    if (st == ST_OK) st = live_start(s.live, args->words[0], data, n, person, login, &id, &s.report, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    return session_tell(&s, id, s.report.noted && !s.report.started ? "Noted in the case that is open" : "Started");
}

static bool flow_awaits(const IrFlow *f, const char *event)
{
    bool any = false;
    for (uint32_t i = 0; i < f->nodes_n && !any; i++) {
        const IrNode *n = &f->nodes[i];
        any = (n->op == IRN_WAIT_EVENT || n->op == IRN_ON_EVENT) && strcmp(f->unit.names[n->a], event) == 0;
    }
    return any;
}

/* Does anything in the file begin with the event, or wait for it? */
static bool hears(const IrProgram *p, const char *event)
{
    bool any = false;
    for (uint32_t i = 0; i < p->processes_n && !any; i++) {
        const IrProcess *process = &p->processes[i];
        for (uint32_t k = 0; k < process->triggers_n; k++)
            any |= process->triggers[k].kind == TRIGGER_EVENT && strcmp(process->triggers[k].event, event) == 0;
        any |= flow_awaits(process->flow, event);
    }
    return any;
}

int cmd_signal(Args *args)
{
    Session s;
    int code;
    Error err;
    uint32_t n;
    const char *person, *login;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE | SESSION_BEGIN, &code)) return code;
    Datum *data = session_data(&s, &n);
    Status st = args->words_n ? people_sign(&s, NULL, &person, &login, &err)
                              : fail(&err, ST_USAGE, "which event is to be told? `ops help signal` tells more");
    if (st == ST_OK) st = find_event(s.arena, s.program, args->words[0], &err);
    if (st == ST_OK) st = live_signal(s.live, args->words[0], data, n, person, &s.report, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    code = session_code(&s);
    if (args->given[OPT_JSON]) say_report(&s);
    else {
        Buf b = {0};
        buf_printf(&b, "Told. %llu case%s started, %llu ended%s.\n%s", (unsigned long long)s.report.started,
                   s.report.started == 1 ? "" : "s", (unsigned long long)s.report.ended,
                   s.report.failed ? arena_printf(s.arena, ": some failed, %s lists them",
                                                  proposed(&s, "cases --status failed")) : "",
                   buf_text(&s.report.notes));
        if (!s.report.advances && !hears(s.program, args->words[0]))
            buf_printf(&b, "No process of %s begins with %s, and none waits for it.\n", s.program->file,
                       args->words[0]);
        st = session_incidents(&s, 0, &b, &err);
        say_text(&b);
        buf_free(&b);
        if (st != ST_OK) return session_fail(&s, st, &err);
    }
    session_close(&s);
    return code;
}
