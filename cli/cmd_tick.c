/* cmd_tick.c -- for cron: what is due, in silence; or one report that stands by itself.
 *
 * Whoever reads the report has nothing else at hand: it says what was wanted and
 * found, with evidence, whose it is, since when, and what to do.
 */
#include "cli/news.h"
#include "cli/proposed.h"

#include "analysis/audit.h"
#include "analysis/story.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int cmd_tick(Args *args);

enum { MOST_ROWS = 10, MOST_INCIDENTS = 20, MOST_NUDGES = 20 };     /* told one by one; all are counted */

typedef struct Due { const char *schedule; Instant at; } Due;      /* an occurrence of an audit's schedule */

typedef struct Tick {
    Session s;
    Buf report;
    int code;
    Instant began;
    News news;
    Buf notes;                         /* of the run, what is to be told */
    bool told;                         /* was anything of the news? */
    VEC(Due) judged;                   /* to be marked once what was found is told */
    KeptCase kept;
    Lists lists;                       /* of that case */
    uint64_t came_of; const Instant *came;     /* when the incidents of this case came */
} Tick;

/* ---- one at a time ----------------------------------------------------------------------- */

/* "60s", "5m", "90": how long to wait for another tick. */
static bool read_wait(const char *text, int64_t *wait)
{
    char *end;
    if (*text < '0' || *text > '9') return false;
    long long n = strtoll(text, &end, 10);
    int64_t unit = *end == 'm' ? US_MINUTE : *end == 'h' ? US_HOUR : US_SECOND;
    if (*end && (!strchr("smh", *end) || end[1])) return false;
    if (n > 1000000) return false;
    *wait = n * unit;
    return true;
}

/* One tick of a store at a time: a lock of its own, so that an hour's run keeps no person from their task. */
static Status take_lock(Session *s, int *lock, Error *err)
{
    const char *what = s->args->given[OPT_IF_LOCKED] ? s->args->value[OPT_IF_LOCKED] : "skip";
    const char *path = arena_printf(s->arena, "%s.tick", journal_path(s->journal));
    int64_t wait = 0;
    if (strcmp(what, "skip") != 0 && (strncmp(what, "wait=", 5) != 0 || !read_wait(what + 5, &wait)))
        return fail(err, ST_USAGE, "--if-locked wants skip or wait=60s, found %s", what);
    *lock = TEMP_FAILURE_RETRY(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (*lock < 0) return fail(err, ST_CANTCREATE, "cannot make the lock %s: %s", path, strerror(errno));
    for (Instant until = clock_ticks() + wait; flock(*lock, LOCK_EX | LOCK_NB) != 0;) {
        if (stop_asked || clock_ticks() >= until) {
            close(*lock);
            *lock = -1;
            return fail(err, ST_LOCKED, "another tick of %s is under way", journal_path(s->journal));
        }
        usleep(100000);
    }
    return ST_OK;
}

/* ---- what went wrong ------------------------------------------------------------------------ */

/* What to type behind a command so that it works from any folder. */
static const char *where(const Session *s)
{
    const Where anywhere = where_anywhere(s);
    Buf b = {0};
    propose_where(&b, &anywhere);
    const char *text = buf_dup(&b, s->arena);
    buf_free(&b);
    return text;
}

static void tell_line(Buf *b, const char *label, const char *text)
{
    buf_printf(b, "    %-9s ", label);
    buf_visible(b, text, strlen(text));
    buf_putc(b, '\n');
}

/* Many may be of one case, and come one after the other. */
static Status when_it_came(Tick *t, const Case *c, Error *err)
{
    if (t->came_of == c->id) return ST_OK;
    t->came_of = c->id;
    return story_incidents(t->s.journal, c, t->s.arena, &t->came, err);
}

/* The command by which one goes on from an incident; more: what stands behind it, or NULL. */
static const char *way(Tick *t, const Case *c, const Act *a, const char *command, const char *more)
{
    Session *s = &t->s;
    const Where anywhere = where_anywhere(s);
    const char *id = arena_printf(s->arena, "%llu", (unsigned long long)c->id);
    const char *const words[] = {id, story_which(c, a), NULL};
    const char *element = story_element(&t->lists, c, a, session_which(s, c, NULL).reader);
    Buf b = {0};
    if (element && more) more = arena_printf(s->arena, "%s %s", element, more);
    propose(&b, &anywhere, command, words, more ? more : element);
    const char *text = buf_dup(&b, s->arena);
    buf_free(&b);
    return text;
}

/* How one goes on: first what helps most. */
static void tell_ways(Tick *t, const Case *c, const Act *a)
{
    Session *s = &t->s;
    unsigned long long id = (unsigned long long)c->id;
    bool skips = story_skips(c, a), cancels = !c->ending, again = engine_retry_helps(c, a) || !engine_retries(c, a);
    const char *first = engine_retries(c, a) ? "" : ", have approved again what lapsed";
    if (again)
        tell_line(&t->report, "to do",
                  arena_printf(s->arena, "mend the cause%s, then %s", first, way(t, c, a, "retry", NULL)));
    else
        tell_line(&t->report, "to do",
                  arena_printf(s->arena, "go on behind it: %s", way(t, c, a, "skip", "--because ...")));
    skips &= again;
    const char *ways = skips && cancels ? "ops skip, or ops cancel" : skips ? "ops skip" : "ops cancel";
    ways = skips || cancels ? arena_printf(s->arena, "(or %s, with --because ...); ", ways) : "";
    tell_line(&t->report, "", arena_printf(s->arena, "%sops show %llu%s", ways, id, where(s)));
    buf_putc(&t->report, '\n');
}

static Status tell_incident(Tick *t, const WorkRow *row, Error *err)
{
    Session *s = &t->s;
    const Case *c;
    Status st = session_kept(s, &t->kept, row->case_id, &c, err);
    if (st == ST_OK) st = when_it_came(t, c, err);
    if (st != ST_OK) return st;
    const Act *a = case_act(c, row->act);
    if (!a) return ST_OK;                      /* a damaged store: `ops verify` tells */
    const IrProcess *p = ir_process(s->program, row->process);
    unsigned long long id = (unsigned long long)row->case_id;
    const Reader reader = session_which(s, c, NULL).reader;
    buf_show(&t->report, "Incident: case %llu of %s%s%s %s \"%s\"%s\n", id, row->process, row->key ? " " : "",
             row->key ? row->key : "", story_doing(a), c->flow->nodes[a->node].name, story_of(&t->lists, c, a, reader));
    tell_line(&t->report, "wanted", a->undoes ? "that what the step did is undone"
                                              : "that it ends well, or that its `on fail` handles it");
    tell_line(&t->report, "found", a->text ? a->text : "");
    if (p && p->owner_role) tell_line(&t->report, "owner", p->owner_role);
    tell_line(&t->report, "since", session_when(s, session_zone(s, row->process, NULL), story_since(t->came, c, a)));
    tell_ways(t, c, a);
    return ST_OK;
}

/* Of all that are open, those that are new are told; the others were, when they were. */
typedef struct Incidents { Tick *tick; uint64_t open, told; } Incidents;

static Status look_at_incident(void *self, const WorkRow *row, Error *err)
{
    Incidents *all = self;
    all->open++;
    if (all->told == MOST_INCIDENTS || !news_incident(&all->tick->news, row->case_id, row->act)) return ST_OK;
    all->told++;
    return tell_incident(all->tick, row, err);
}

static Status tell_incidents(Tick *t, Error *err)
{
    Incidents all = {.tick = t};
    t->lists = (Lists){.arena = t->s.arena, .journal = t->s.journal};
    WorkFilter open = {.state = ACT_INCIDENT};
    if (!t->news.first && !map_count(t->news.incidents)) return ST_OK;
    Status st = journal_work(t->s.journal, &open, look_at_incident, &all, err);
    if (all.told && all.open > all.told)
        buf_printf(&t->report, "%llu other incident%s open: ops cases%s\n\n", (unsigned long long)(all.open - all.told),
                   all.open - all.told == 1 ? " is" : "s are", where(&t->s));
    return st;
}

/* Those that are still offered to whom they came back; what was offered anew for another reason did not fail. */
static Status tell_returned(Tick *t, Error *err)
{
    Status st = ST_OK;
    uint64_t n = 0;
    for (uint32_t i = 0; i < t->news.returned.n && st == ST_OK; i++) {
        const Happened *h = &t->news.returned.items[i];
        const Case *c;
        st = session_kept(&t->s, &t->kept, h->case_id, &c, err);
        const Act *a = st == ST_OK ? case_act(c, h->act) : NULL;
        n += a && a->state == ACT_OFFERED && a->attempt;
    }
    if (n)
        buf_printf(&t->report, "%llu step%s failed, and came back to those who released %s: ops tasks%s\n\n",
                   (unsigned long long)n, n == 1 ? "" : "s", n == 1 ? "it" : "them", where(&t->s));
    return st;
}

typedef struct Rows { const Tick *tick; Buf text; uint64_t n; } Rows;

static Status tell_row(void *self, const RejectedRow *r, Error *err)
{
    Rows *rows = self;
    Buf *b = &rows->text;
    (void)err;
    if (r->at < rows->tick->news.rows_from || rows->n++ >= MOST_ROWS) return ST_OK;
    buf_puts(b, "    ");
    buf_visible(b, r->file, strlen(r->file));
    buf_printf(b, ":%u, for %s: ", r->line, r->process);
    buf_visible(b, r->problem, strlen(r->problem));
    buf_putc(b, '\n');
    return ST_OK;
}

static Status tell_rows(Tick *t, Error *err)
{
    Rows rows = {.tick = t};
    if (!t->news.rows) return ST_OK;
    Status st = journal_rejected(t->s.journal, NULL, tell_row, &rows, err);
    if (rows.n) {
        buf_printf(&t->report, "%llu row%s of input did not fit, and %s set aside\n%s", (unsigned long long)rows.n,
                   rows.n == 1 ? "" : "s", rows.n == 1 ? "is" : "are", buf_text(&rows.text));
        if (rows.n > MOST_ROWS)
            buf_printf(&t->report, "    and %llu more\n", (unsigned long long)(rows.n - MOST_ROWS));
        tell_line(&t->report, "to do",
                  arena_printf(t->s.arena, "ops rejected --csv%s > rows.csv, mend them, save them where they came from",
                               where(&t->s)));
        buf_putc(&t->report, '\n');
    }
    buf_free(&rows.text);
    return st;
}

static void tell_nudge(Tick *t, Buf *b, const Case *c, const Act *a, const Happened *h)
{
    const Reader reader = session_which(&t->s, c, NULL).reader;
    if (a) buf_show(b, "%s\"%s\"%s of ", a->undoes ? "undoing " : "", c->flow->nodes[a->node].name, story_of(&t->lists, c, a, reader));
    buf_printf(b, "%s, case %llu%s", c->process, (unsigned long long)c->id, c->key ? " " : "");
    if (c->key) buf_visible(b, c->key, strlen(c->key));
    buf_puts(b, ": ");
    if (h->kind == EV_REMINDED) buf_printf(b, "reminder %lld\n", (long long)h->n);
    else if (!h->wider) buf_puts(b, "it took too long\n");
    else buf_puts(b, "it took too long, and more people may do it now\n");
}

/* What has been done since waits no more. */
static Status tell_nudges(Tick *t, Error *err)
{
    Status st = ST_OK;
    Buf lines = {0};
    uint32_t i = 0;
    for (uint32_t shown = 0; i < t->news.nudges.n && shown < MOST_NUDGES && st == ST_OK; i++) {
        const Happened *h = &t->news.nudges.items[i];
        const Case *c;
        st = session_kept(&t->s, &t->kept, h->case_id, &c, err);
        const Act *a = st == ST_OK && h->act ? case_act(c, h->act) : NULL;
        if (st != ST_OK || c->status != CASE_RUNNING || (h->act && !a)) continue;
        tell_nudge(t, &lines, c, a, h);
        shown++;
    }
    if (lines.n) {
        buf_printf(&t->report, "Waiting too long:\n%s", buf_text(&lines));
        if (i < t->news.nudges.n) buf_printf(&t->report, "... and %u more\n", t->news.nudges.n - i);
        buf_printf(&t->report, "  ops tasks%s\n\n", where(&t->s));
    }
    buf_free(&lines);
    return st;
}

/* Incidents, failed cases, rows, and what waits too long: each once, whoever met it first. */
static Status tell_news(Tick *t, Error *err)
{
    const News *news = &t->news;
    Status st = tell_incidents(t, err);
    if (st == ST_OK && news->failed)
        buf_printf(&t->report, "%llu case%s failed: ops cases --status failed%s\n\n", (unsigned long long)news->failed,
                   news->failed == 1 ? "" : "s", where(&t->s));
    if (st == ST_OK) st = tell_returned(t, err);
    if (st == ST_OK) st = tell_rows(t, err);
    if (st == ST_OK) st = tell_nudges(t, err);
    case_free(t->kept.of);
    t->kept.of = NULL;
    t->told = t->report.n > 0;
    return st;
}

/* The news, and what the run noted. */
static Status tell_run(Tick *t, uint64_t begun, Error *err)
{
    Status st = news_read(t->s.journal, begun, &t->news, err);
    if (st == ST_OK) st = tell_news(t, err);
    if (t->notes.n) {
        const Where anywhere = where_anywhere(&t->s);
        buf_puts(&t->report, "To look at:\n");
        proposed_at(&t->s, &anywhere, buf_text(&t->notes), &t->report);
        buf_putc(&t->report, '\n');
    }
    if (t->report.n) t->code = status_exit_code(ST_FINDINGS);
    return st;
}

/* ---- audits ------------------------------------------------------------------------------------ */

/* The schedules of an audit that are due. One that is seen for the first time counts from now. */
static Status due_schedules(Tick *t, const IrAudit *a, Due *due, uint32_t *n, uint64_t *missed, Error *err)
{
    Session *s = &t->s;
    Status st = ST_OK;
    *n = 0, *missed = 0;
    for (uint32_t i = 0; i < a->triggers_n && st == ST_OK; i++) {
        Instant last, at;
        uint64_t passed;
        const char *name = audit_schedule(s->arena, a, i);
        st = journal_counted(s->journal, name, t->began, &last, err);
        if (st == ST_OK && recurrence_latest(&a->triggers[i].recurrence, last, t->began, &at, &passed))
            due[(*n)++] = (Due){name, at}, *missed += passed;
    }
    return st;
}

static Status judge(Tick *t, const IrAudit *a, uint64_t missed, Error *err)
{
    Session *s = &t->s;
    AuditReport r = {.reader = s->manner, .where = where_anywhere(s)};
    Query *q = query_new(s->program, s->journal, t->began);
    Status st = audit_run(q, s->program, a->name, s->exec, s->arena, &r, err);
    if (st == ST_OK && stop_asked)
        st = fail(err, ST_LOCKED, "stopped before the audit \"%s\" was judged; the next tick judges it", a->name);
    if (st == ST_OK) st = audit_remember(s->journal, &r, t->began, err);
    if (st == ST_OK) {
        size_t before = t->report.n;
        int code = audit_exit_code(&r);
        audit_print(&t->report, s->program, &r, true, false);
        if (missed && t->report.n > before)
            buf_printf(&t->report, "%llu earlier run%s of it %s missed: nobody ticked\n", (unsigned long long)missed,
                       missed == 1 ? "" : "s", missed == 1 ? "was" : "were");
        if (t->report.n > before) buf_putc(&t->report, '\n');
        if (code > t->code) t->code = code;
    }
    query_free(q);
    return st;
}

static Status run_audits(Tick *t, Error *err)
{
    const IrProgram *p = t->s.program;
    Status st = ST_OK;
    for (uint32_t i = 0; i < p->audits_n && st == ST_OK; i++) {
        const IrAudit *a = &p->audits[i];
        Due *due = ARENA_ARRAY(t->s.arena, Due, a->triggers_n);
        uint32_t n;
        uint64_t missed;
        st = due_schedules(t, a, due, &n, &missed, err);
        if (st == ST_OK && n) st = judge(t, a, missed, err);
        if (st == ST_OK && n && missed)
            st = journal_note(t->s.journal, arena_printf(t->s.arena, "audit %s missed", a->name),
                              arena_printf(t->s.arena, "%llu before %s", (unsigned long long)missed,
                                           session_when(&t->s, session_zone(&t->s, NULL, NULL), due[0].at)),
                              err);
        for (uint32_t k = 0; k < n && st == ST_OK; k++) *VEC_PUSH(t->s.arena, &t->judged) = due[k];
        if (n) t->s.report.missed += missed;
    }
    return st;
}

/* ---- a tick -------------------------------------------------------------------------------------- */

static void print(Tick *t)
{
    Session *s = &t->s;
    Buf b = {0};
    if (s->args->given[OPT_JSON]) report_json(&s->report, buf_text(&t->notes), &b, buf_text(&t->report));
    else if (t->report.n)
        buf_show(&b, "ops tick %s, %s\n\n%s", s->program->file,
                   session_when(s, session_zone(s, NULL, NULL), t->began), buf_text(&t->report));
    say(&b);
    buf_free(&b);
}

/* What was told, or had not to be, is behind us. */
static Status remember(const Tick *t, bool news, Error *err)
{
    Status st = news ? news_remember(t->s.journal, &t->news, t->told, err) : ST_OK;
    if (st == ST_OK && news) st = live_told(t->s.live, err);
    for (uint32_t i = 0; i < t->judged.n && st == ST_OK; i++)
        st = journal_ran(t->s.journal, t->judged.items[i].schedule, t->judged.items[i].at, err);
    return st;
}

/* What it noted up to where it failed is kept, too. */
static Status run(Tick *t, Error *err)
{
    Error why;
    Status st = live_run(t->s.live, &t->s.report, err);
    Status read = news_notes(t->s.journal, t->s.live, &t->s.report, &t->news, &t->notes, st == ST_OK ? err : &why);
    return st == ST_OK ? read : st;
}

/* The work, and what is to be told of it. *news: may what was new be remembered as told, once it is written? */
static Status work(Tick *t, bool *news, Error *err)
{
    uint64_t begun = 0;
    Status st = journal_last(t->s.journal, &begun, err);
    if (st == ST_OK) st = run(t, err);
    if (st == ST_OK) t->s.program = live_program(t->s.live);
    if (st == ST_OK) st = tell_run(t, begun, err);
    *news = st == ST_OK;
    if (st == ST_OK) st = run_audits(t, err);
    while (t->report.n > 1 && t->report.p[t->report.n - 1] == '\n' && t->report.p[t->report.n - 2] == '\n')
        t->report.p[--t->report.n] = '\0';
    return st;
}

int cmd_tick(Args *args)
{
    Tick t = {.began = clock_now()};
    int code, lock = -1;
    bool news = false;
    Error err;
    if (!session_open(&t.s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE | SESSION_BEGIN, &code)) return code;
    t.news.arena = t.s.arena;
    Status st = take_lock(&t.s, &lock, &err);
    if (st == ST_OK) st = work(&t, &news, &err);
    if (st == ST_OK || t.report.n) print(&t);
    Error why;
    bool written = was_said();
    Status kept = written ? remember(&t, news, &why) : ST_OK;
    if (kept == ST_OK) kept = news_notes_told(t.s.journal, t.s.live, &t.news, news && written, &why);
    if (st == ST_OK && kept != ST_OK) st = kept, err = why;
    if (lock >= 0) close(lock);
    buf_free(&t.report), buf_free(&t.notes);
    if (st != ST_OK) return session_fail(&t.s, st, &err);
    session_close(&t.s);
    return t.code;
}
