/* cmd_tick.c -- for cron: what is due, in silence; or one report that stands by itself.
 *
 * Whoever reads the report has nothing else at hand: it says what was wanted and
 * found, with evidence, whose it is, since when, and what to do.
 */
#include "cli/news.h"
#include "cli/proposed.h"

#include "analysis/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int cmd_tick(Args *args);

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

/* The news, and what the run noted. */
static Status tell_run(Tick *t, uint64_t begun, Error *err)
{
    const Where anywhere = where_anywhere(&t->s);
    Status st = news_read(t->s.journal, begun, &t->news, err);
    if (st == ST_OK) st = news_tell(&t->s, &anywhere, &t->news, &t->report, err);
    t->told = t->report.n > 0;
    news_tell_notes(&t->s, &anywhere, buf_text(&t->notes), &t->report);
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
