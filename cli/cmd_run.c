/* cmd_run.c -- run, start, signal, tick: the business goes on. */
#include "cli/session.h"

#include "analysis/audit.h"
#include "base/json.h"
#include "cli/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int cmd_run(Args *args);
int cmd_start(Args *args);
int cmd_signal(Args *args);
int cmd_tick(Args *args);

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

static void add_processes(Session *s, Buf *b, const ProcessStats *stats, uint32_t n)
{
    static const char *const headers[] = {"process", ">started", ">finished", "?>imported", "?>failed", "?>cancelled", ">waiting", ">incidents",
                                          ">median", "stopped by", NULL};
    Table *t = table_new(s->arena, headers);
    for (uint32_t i = 0; i < n; i++) {
        const ProcessStats *p = &stats[i];
        table_cell(t, p->process);
        table_int(t, p->started);
        table_int(t, p->finished);
        table_int(t, p->imported);
        table_int(t, p->failed);
        table_int(t, p->cancelled);
        table_int(t, p->waiting);
        table_int(t, p->incidents);
        table_cell(t, p->median_duration < 0 ? "" : session_span(s, p->median_duration));
        table_cell(t, stopped_by(s, p));
    }
    if (n) table_print(t, b, terminal_width(), terminal_colour(s->args));
}

static void value_cell(Session *s, Table *t, const Value *v)
{
    Buf b = {0};
    if (v->type != V_NONE) value_print(&b, v, STYLE_HUMAN, session_zone(s));
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
typedef struct ToDo { Session *s; Map *by_who; uint64_t n; } ToDo;
typedef struct Pile { uint64_t n, first, late; const char *step; } Pile;

static Status count_task(void *self, const WorkRow *row, Error *err)
{
    ToDo *t = self;
    Session *s = t->s;
    Case *c;
    Status st = journal_case(s->journal, row->case_id, &c, err);
    if (st != ST_OK) return st;
    const Act *a = case_act(c, row->act);
    if (a && a->state == ACT_OFFERED) {
        Value people = engine_eligible(s->program, &a->list, s->arena);
        Buf who = {0};
        for (uint32_t i = 0; i < people.len; i++) buf_printf(&who, "%s%s", i ? ", " : "", people.list[i].text);
        buf_printf(&who, "\t%s", row->step);
        Pile **slot = (Pile **)map_slot(t->by_who, buf_dup(&who, s->arena));
        buf_free(&who);
        if (!*slot) {
            *slot = ARENA_NEW(s->arena, Pile);
            **slot = (Pile){.first = row->number, .step = arena_dup(s->arena, row->step)};
        }
        (*slot)->n++;
        (*slot)->late += a->deadline < clock_now();
        t->n++;
    }
    case_free(c);
    return ST_OK;
}

static Status add_tasks(Session *s, Buf *b, Error *err)
{
    static const char *const headers[] = {"who", "has to do", ">how many", "?>late", ">first task", NULL};
    ToDo todo = {.s = s, .by_who = map_new(s->arena)};
    WorkFilter offered = {.state = ACT_OFFERED};
    Status st = journal_work(s->journal, &offered, count_task, &todo, err);
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
    if (n) buf_printf(b, "%s%llu %s", b->n && b->p[b->n - 1] != '\n' ? ", " : "", (unsigned long long)n, n == 1 ? what : plural);
}

static void add_this_run(const LiveReport *r, Buf *b)
{
    Buf line = {0};
    counted(&line, r->rows, "row taken in", "rows taken in");
    counted(&line, r->rejected, "row set aside", "rows set aside");
    counted(&line, r->started, "case started", "cases started");
    counted(&line, r->ended, "case ended", "cases ended");
    counted(&line, r->failed, "of them failed", "of them failed");
    counted(&line, r->answered, "answer given", "answers given");
    counted(&line, r->refused, "answer refused", "answers refused");
    counted(&line, r->unmatched, "answer without an open step", "answers without an open step");
    counted(&line, r->later, "answer still to come", "answers still to come");
    counted(&line, r->incidents, "incident", "incidents");
    counted(&line, r->missed, "missed run", "missed runs");
    buf_printf(b, "This run: %s.\n\n", line.n ? buf_text(&line) : "nothing new");
    buf_free(&line);
}

static void add_pointers(Session *s, Buf *b, const ProcessStats *stats, uint32_t n)
{
    const char *file = s->program->file;
    uint64_t incidents = 0;
    for (uint32_t i = 0; i < n; i++) incidents += stats[i].incidents;
    buf_puts(b, "\n");
    if (incidents) buf_printf(b, "%llu incident%s wait%s for a person: ops cases %s\n", (unsigned long long)incidents, incidents == 1 ? "" : "s",
                              incidents == 1 ? "s" : "", file);
    uint64_t rejected = s->report.rejected;
    if (rejected) buf_printf(b, "%llu row%s did not fit: ops rejected %s\n", (unsigned long long)rejected, rejected == 1 ? "" : "s", file);
    buf_printf(b, "More: ops tasks %s, ops cases --all %s,\n      ops show CASE -f %s, ops audit %s\n", file, file, file, file);
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
    if (st == ST_OK) add_pointers(s, &b, stats, n);
    if (s->report.notes.n) buf_printf(&b, "\nTo look at:\n%s", buf_text(&s->report.notes));
    say(&b);
    buf_free(&b);
    query_free(q);
    return st == ST_OK ? session_code(s) : session_fail(s, st, &err);
}

/* report: of tick, what it would have told people; NULL: none. */
static void json_report(Session *s, Buf *b, const char *report)
{
    const LiveReport *r = &s->report;
    buf_putc(b, '{');
    json_key_int(b, "rows", (int64_t)r->rows);
    json_key_int(b, "known", (int64_t)r->known);
    json_key_int(b, "rejected", (int64_t)r->rejected);
    json_key_int(b, "started", (int64_t)r->started);
    json_key_int(b, "ended", (int64_t)r->ended);
    json_key_int(b, "failed", (int64_t)r->failed);
    json_key_int(b, "events", (int64_t)r->events);
    json_key_int(b, "incidents", (int64_t)r->incidents);
    json_key_int(b, "answered", (int64_t)r->answered);
    json_key_int(b, "refused", (int64_t)r->refused);
    json_key_int(b, "unmatched", (int64_t)r->unmatched);
    json_key_int(b, "later", (int64_t)r->later);
    json_key_int(b, "missed", (int64_t)r->missed);
    json_key(b, "notes");
    buf_putc(b, '[');
    for (const char *p = buf_text(&r->notes); *p;) {
        size_t n = strcspn(p, "\n");
        json_comma(b);
        json_string(b, p, n);
        p += n + (p[n] == '\n');
    }
    buf_putc(b, ']');
    if (report) json_key_string(b, "report", report);
    buf_puts(b, "}\n");
}

static int say_report(Session *s)
{
    Buf b = {0};
    json_report(s, &b, NULL);
    say(&b);
    buf_free(&b);
    return session_code(s);
}

/* Too much would begin at once. At a terminal a person may say that it is meant. */
static bool go_on_anyway(const Session *s, Error *why)
{
    char answer[16];
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO) || s->args->given[OPT_YES]) return false;
    fprintf(stderr, "ops: %s.\nGo on now? (yes or no): ", why->text);
    if (fgets(answer, sizeof answer, stdin) && (strcmp(answer, "yes\n") == 0 || strcmp(answer, "y\n") == 0)) return true;
    fail(why, ST_CONFIG, "nothing was changed");
    return false;
}

int cmd_run(Args *args)
{
    Session s;
    int code;
    Error err;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Status st = live_run(s.live, &s.report, &err);
    if (st == ST_CONFIG && go_on_anyway(&s, &err)) {
        session_close(&s);
        args->given[OPT_YES] = true;
        return cmd_run(args);
    }
    if (isatty(STDERR_FILENO) && s.report.events) fprintf(stderr, "\r%40s\r", "");
    if (st != ST_OK) return session_fail(&s, st, &err);
    if (args->given[OPT_JSON]) code = say_report(&s);
    else if (!args->given[OPT_QUIET] || s.report.notes.n) code = print_run(&s);
    else code = session_code(&s);
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
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Datum *data = session_data(&s, &n);
    Status st = args->words_n ? session_person(&s, &person, &login, &err) : fail(&err, ST_USAGE, "which process is to be started? `ops help start` tells more");
    if (st == ST_OK) st = session_process(&s, args->words[0], &err);
    if (st == ST_OK) st = live_start(s.live, args->words[0], data, n, person, login, &id, &s.report, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    return session_tell(&s, id, "Started");
}

int cmd_signal(Args *args)
{
    Session s;
    int code;
    Error err;
    uint32_t n;
    const char *person, *login;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Datum *data = session_data(&s, &n);
    Status st = args->words_n ? session_person(&s, &person, &login, &err) : fail(&err, ST_USAGE, "which event is to be told? `ops help signal` tells more");
    if (st == ST_OK) st = session_event(&s, args->words[0], &err);
    if (st == ST_OK) st = live_signal(s.live, args->words[0], data, n, person, &s.report, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    code = session_code(&s);
    if (args->given[OPT_JSON]) say_report(&s);
    else printf("Told. %llu case%s started, %llu ended.\n%s", (unsigned long long)s.report.started, s.report.started == 1 ? "" : "s",
                (unsigned long long)s.report.ended, buf_text(&s.report.notes));
    session_close(&s);
    return code;
}

/* ---- tick -------------------------------------------------------------------------------------- */

/* One tick of a store at a time: a lock of its own, so that an hour's run keeps no person from their task. */
static Status take_tick(Session *s, const Args *args, int *lock, Error *err)
{
    const char *what = args->given[OPT_IF_LOCKED] ? args->value[OPT_IF_LOCKED] : "skip";
    const char *path = arena_printf(s->arena, "%s.tick", journal_path(s->journal));
    int64_t wait = 0;
    if (strncmp(what, "wait=", 5) == 0) wait = strtoll(what + 5, NULL, 10) * US_SECOND;
    else if (strcmp(what, "skip") != 0) return fail(err, ST_USAGE, "--if-locked wants skip or wait=60s, found %s", what);
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*lock < 0) return fail(err, ST_CANTCREATE, "cannot make the lock %s: %s", path, strerror(errno));
    for (Instant until = clock_real() + wait; flock(*lock, LOCK_EX | LOCK_NB) != 0;) {
        if (clock_real() >= until) {
            close(*lock);
            return fail(err, ST_LOCKED, "another tick of %s is under way", journal_path(s->journal));
        }
        usleep(100000);
    }
    return ST_OK;
}

/* Is an audit due by one of its schedules? Marks the occurrence. */
static Status audit_due(Session *s, const IrAudit *a, bool *due, Error *err)
{
    Instant now = clock_now(), last, next;
    *due = false;
    for (uint32_t i = 0; i < a->triggers_n; i++) {
        const char *name = arena_printf(s->arena, "audit %s %s", a->name, a->triggers[i].text);
        Status st = journal_last_run(s->journal, name, &last, err);
        if (st != ST_OK) return st;
        if (last != INT64_MIN && (!recurrence_next(&a->triggers[i].recurrence, last, &next) || next > now)) continue;
        if (last != INT64_MIN) *due = true;
        st = journal_ran(s->journal, name, now, err);
        if (st != ST_OK) return st;
    }
    return ST_OK;
}

static Status tick_audits(Session *s, Buf *report, int *code, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < s->program->audits_n && st == ST_OK; i++) {
        const IrAudit *a = &s->program->audits[i];
        bool due;
        AuditReport r;
        st = audit_due(s, a, &due, err);
        if (st != ST_OK || !due) continue;
        Query *q = query_new(s->program, s->journal, clock_now());
        st = audit_run(q, s->program, a->name, s->exec, s->arena, &r, err);
        int verdict = st == ST_OK ? audit_exit_code(&r) : 0;
        if (verdict) audit_print(report, s->program, &r, true, false);
        if (verdict > *code) *code = verdict;
        query_free(q);
    }
    return st;
}

static Status note_incident(void *self, const CaseRow *row, Case **of, Error *err)
{
    void **both = self;
    Buf *b = both[0];
    const Session *s = both[1];
    const Case *c = *of;
    (void)err;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->state == ACT_INCIDENT)
            buf_printf(b, "Incident: case %llu of %s%s%s at \"%s\", since %s\n    found     %s\n    to do     ops retry %llu, ops skip %llu --because ..., or ops cancel %llu --because ...\n",
                       (unsigned long long)row->id, row->process, row->key ? " " : "", row->key ? row->key : "", c->flow->nodes[a->node].name,
                       session_when(s, c->now), a->text, (unsigned long long)row->id, (unsigned long long)row->id, (unsigned long long)row->id);
    }
    return ST_OK;
}

int cmd_tick(Args *args)
{
    Session s;
    int code, lock = -1;
    Error err;
    Buf report = {0};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Status st = take_tick(&s, args, &lock, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    st = live_run(s.live, &s.report, &err);
    code = 0;
    if (st == ST_OK && s.report.incidents) {
        void *both[] = {&report, &s};
        CaseFilter with = {.incidents = true};
        st = journal_cases(s.journal, &with, true, note_incident, both, &err);
        code = 1;
    }
    if (st == ST_OK) st = tick_audits(&s, &report, &code, &err);
    if (s.report.notes.n) buf_printf(&report, "%s", buf_text(&s.report.notes)), code = code ? code : 1;
    if (s.report.rejected) {
        buf_printf(&report, "%llu row%s of input did not fit: ops rejected %s\n", (unsigned long long)s.report.rejected, s.report.rejected == 1 ? "" : "s",
                   s.program->file);
        code = code ? code : 1;
    }
    if (lock >= 0) close(lock);
    if (st != ST_OK) {
        buf_free(&report);
        return session_fail(&s, st, &err);
    }
    if (args->given[OPT_JSON]) {
        Buf b = {0};
        json_report(&s, &b, buf_text(&report));
        say(&b);
        buf_free(&b);
    } else if (report.n) {
        printf("ops tick %s, %s\n\n%s", s.program->file, session_when(&s, clock_now()), buf_text(&report));
    }
    buf_free(&report);
    session_close(&s);
    return code;
}
