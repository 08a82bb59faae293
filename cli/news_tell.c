/* news_tell.c -- what went wrong, for whoever has nothing else at hand: see news.h. */
#include "cli/news.h"
#include "cli/proposed.h"

#include "analysis/story.h"

#include <string.h>

enum { MOST_ROWS = 10, MOST_INCIDENTS = 20, MOST_NUDGES = 20, MOST_CASES = 20 };   /* told one by one */

typedef struct Telling {
    Session *s;
    const Where *where;
    const char *at;                    /* the same, as it stands behind a command */
    const News *news;
    Buf *out;
    KeptCase kept;
    Lists lists;                       /* of that case */
    uint64_t came_of; const Instant *came;     /* when the incidents of this case came */
} Telling;

static void tell_line(Buf *b, const char *label, const char *text)
{
    buf_printf(b, "    %-9s ", label);
    buf_visible(b, text, strlen(text));
    buf_putc(b, '\n');
}

/* Many may be of one case, and come one after the other. */
static Status when_it_came(Telling *t, const Case *c, Error *err)
{
    if (t->came_of == c->id) return ST_OK;
    t->came_of = c->id;
    return story_incidents(t->s->journal, c, t->s->arena, &t->came, err);
}

/* The command by which one goes on from an incident; more: what stands behind it, or NULL. */
static const char *way(Telling *t, const Case *c, const Act *a, const char *command, const char *more)
{
    Session *s = t->s;
    const char *id = arena_printf(s->arena, "%llu", (unsigned long long)c->id);
    const char *const words[] = {id, story_which(c, a), NULL};
    const char *element = story_element(&t->lists, c, a, session_which(s, c, NULL).reader);
    Buf b = {0};
    if (element && more) more = arena_printf(s->arena, "%s %s", element, more);
    propose(&b, t->where, command, words, more ? more : element);
    const char *text = buf_dup(&b, s->arena);
    buf_free(&b);
    return text;
}

/* How one goes on: first what helps most. */
static void tell_ways(Telling *t, const Case *c, const Act *a)
{
    Session *s = t->s;
    unsigned long long id = (unsigned long long)c->id;
    bool skips = story_skips(c, a), cancels = !c->ending, again = engine_retry_helps(c, a) || !engine_retries(c, a);
    const char *first = engine_retries(c, a) ? "" : ", have approved again what lapsed";
    if (again)
        tell_line(t->out, "to do",
                  arena_printf(s->arena, "mend the cause%s, then %s", first, way(t, c, a, "retry", NULL)));
    else
        tell_line(t->out, "to do",
                  arena_printf(s->arena, "go on behind it: %s", way(t, c, a, "skip", "--because ...")));
    skips &= again;
    const char *ways = skips && cancels ? "ops skip, or ops cancel" : skips ? "ops skip" : "ops cancel";
    ways = skips || cancels ? arena_printf(s->arena, "(or %s, with --because ...); ", ways) : "";
    tell_line(t->out, "", arena_printf(s->arena, "%sops show %llu%s", ways, id, t->at));
    buf_putc(t->out, '\n');
}

static Status tell_incident(Telling *t, const WorkRow *row, Error *err)
{
    Session *s = t->s;
    const Case *c;
    Status st = session_kept(s, &t->kept, row->case_id, &c, err);
    if (st == ST_OK) st = when_it_came(t, c, err);
    if (st != ST_OK) return st;
    const Act *a = case_act(c, row->act);
    if (!a) return ST_OK;                      /* a damaged store: `ops verify` tells */
    const IrProcess *p = ir_process(s->program, row->process);
    unsigned long long id = (unsigned long long)row->case_id;
    const Reader reader = session_which(s, c, NULL).reader;
    buf_show(t->out, "Incident: case %llu of %s%s%s %s \"%s\"%s\n", id, row->process, row->key ? " " : "",
             row->key ? row->key : "", story_doing(a), c->flow->nodes[a->node].name, story_of(&t->lists, c, a, reader));
    tell_line(t->out, "wanted", a->undoes ? "that what the step did is undone"
                                          : "that it ends well, or that its `on fail` handles it");
    tell_line(t->out, "found", a->text ? a->text : "");
    if (p && p->owner_role) tell_line(t->out, "owner", p->owner_role);
    tell_line(t->out, "since", session_when(s, session_zone(s, row->process, NULL), story_since(t->came, c, a)));
    tell_ways(t, c, a);
    return ST_OK;
}

/* Of all that are open, those that are new are told; the others were, when they were. */
typedef struct Incidents { Telling *of; uint64_t open, told; } Incidents;

static Status look_at_incident(void *self, const WorkRow *row, Error *err)
{
    Incidents *all = self;
    all->open++;
    if (all->told == MOST_INCIDENTS || !news_incident(all->of->news, row->case_id, row->act)) return ST_OK;
    all->told++;
    return tell_incident(all->of, row, err);
}

static Status tell_incidents(Telling *t, Error *err)
{
    Incidents all = {.of = t};
    WorkFilter open = {.state = ACT_INCIDENT};
    if (!t->news->first && !map_count(t->news->incidents)) return ST_OK;
    Status st = journal_work(t->s->journal, &open, look_at_incident, &all, err);
    if (all.told && all.open > all.told)
        buf_printf(t->out, "%llu other incident%s open: ops cases%s\n\n", (unsigned long long)(all.open - all.told),
                   all.open - all.told == 1 ? " is" : "s are", t->at);
    return st;
}

/* "    case 2 of Send at "Release" of item = bolt, owner Owner, for ann, since 2026-11-27 18:34: no route to the bank".
 * a: where in the case; NULL: it has ended. */
static void tell_case(Telling *t, Buf *b, const Case *c, const Act *a, Instant since, const char *why)
{
    Session *s = t->s;
    const IrProcess *p = ir_process(s->program, c->process);
    const Reader reader = session_which(s, c, NULL).reader;
    buf_show(b, "    case %llu of %s%s%s", (unsigned long long)c->id, c->process, c->key ? " " : "",
             c->key ? c->key : "");
    if (a)
        buf_show(b, " %s \"%s\"%s", story_doing(a), c->flow->nodes[a->node].name, story_of(&t->lists, c, a, reader));
    if (p && p->owner_role) buf_show(b, ", owner %s", p->owner_role);
    if (a) buf_show(b, ", for %s", story_offered(s->program, c, a, clock_now(), s->arena));
    buf_show(b, ", since %s: %s\n", session_when(s, session_zone(s, c->process, NULL), since), why ? why : "");
}

static void tell_more(const Telling *t, uint64_t all)
{
    if (all > MOST_CASES) buf_printf(t->out, "    ... and %llu more\n", (unsigned long long)(all - MOST_CASES));
    buf_putc(t->out, '\n');
}

static Status tell_failed(Telling *t, Error *err)
{
    const News *news = t->news;
    Status st = ST_OK;
    if (!news->failed.n) return ST_OK;
    buf_printf(t->out, "%u case%s failed: ops cases --status failed%s\n", news->failed.n,
               news->failed.n == 1 ? "" : "s", t->at);
    for (uint32_t i = 0; i < news->failed.n && i < MOST_CASES && st == ST_OK; i++) {
        const Case *c;
        st = session_kept(t->s, &t->kept, news->failed.items[i].case_id, &c, err);
        if (st == ST_OK) tell_case(t, t->out, c, NULL, c->ended, c->outcome);
    }
    tell_more(t, news->failed.n);
    return st;
}

/* Those that are still offered to whom they came back; what was offered anew for another reason did not fail. */
static Status tell_returned(Telling *t, Error *err)
{
    Status st = ST_OK;
    Buf cases = {0};
    uint64_t n = 0;
    for (uint32_t i = 0; i < t->news->returned.n && st == ST_OK; i++) {
        const Happened *h = &t->news->returned.items[i];
        const Case *c;
        st = session_kept(t->s, &t->kept, h->case_id, &c, err);
        const Act *a = st == ST_OK ? case_act(c, h->act) : NULL;
        if (a && a->state == ACT_OFFERED && a->attempt && n++ < MOST_CASES)
            tell_case(t, &cases, c, a, a->offered, a->text);
    }
    if (n) {
        buf_printf(t->out, "%llu step%s failed, and came back to those who released %s: ops tasks%s\n%s",
                   (unsigned long long)n, n == 1 ? "" : "s", n == 1 ? "it" : "them", t->at, buf_text(&cases));
        tell_more(t, n);
    }
    buf_free(&cases);
    return st;
}

typedef struct Rows { const Telling *of; Buf text; uint64_t n; } Rows;

static Status tell_row(void *self, const RejectedRow *r, Error *err)
{
    Rows *rows = self;
    Buf *b = &rows->text;
    const News *news = rows->of->news;
    bool noted = news->answers && strcmp(news->answers, r->file) == 0;
    (void)err;
    if (noted || r->at < news->rows_from || rows->n++ >= MOST_ROWS) return ST_OK;
    buf_puts(b, "    ");
    buf_visible(b, r->file, strlen(r->file));
    buf_printf(b, ":%u, for %s: ", r->line, r->process);
    buf_visible(b, r->problem, strlen(r->problem));
    buf_putc(b, '\n');
    return ST_OK;
}

static Status tell_rows(Telling *t, Error *err)
{
    Rows rows = {.of = t};
    if (!t->news->rows) return ST_OK;
    Status st = journal_rejected(t->s->journal, NULL, tell_row, &rows, err);
    if (rows.n) {
        buf_printf(t->out, "%llu row%s of input did not fit, and %s set aside\n%s", (unsigned long long)rows.n,
                   rows.n == 1 ? "" : "s", rows.n == 1 ? "is" : "are", buf_text(&rows.text));
        if (rows.n > MOST_ROWS)
            buf_printf(t->out, "    and %llu more\n", (unsigned long long)(rows.n - MOST_ROWS));
        tell_line(t->out, "to do",
                  arena_printf(t->s->arena,
                               "ops rejected --csv%s > rows.csv, mend them, save them where they came from", t->at));
        buf_putc(t->out, '\n');
    }
    buf_free(&rows.text);
    return st;
}

static void tell_nudge(Telling *t, Buf *b, const Case *c, const Act *a, const Happened *h)
{
    const Reader reader = session_which(t->s, c, NULL).reader;
    if (a)
        buf_show(b, "%s\"%s\"%s of ", a->undoes ? "undoing " : "", c->flow->nodes[a->node].name,
                 story_of(&t->lists, c, a, reader));
    buf_printf(b, "%s, case %llu%s", c->process, (unsigned long long)c->id, c->key ? " " : "");
    if (c->key) buf_visible(b, c->key, strlen(c->key));
    buf_puts(b, ": ");
    if (h->kind == EV_REMINDED) buf_printf(b, "reminder %lld\n", (long long)h->n);
    else if (!h->wider) buf_puts(b, "it took too long\n");
    else buf_puts(b, "it took too long, and more people may do it now\n");
}

/* What has been done since waits no more. */
static Status tell_nudges(Telling *t, Error *err)
{
    Status st = ST_OK;
    Buf lines = {0};
    uint32_t i = 0;
    for (uint32_t shown = 0; i < t->news->nudges.n && shown < MOST_NUDGES && st == ST_OK; i++) {
        const Happened *h = &t->news->nudges.items[i];
        const Case *c;
        st = session_kept(t->s, &t->kept, h->case_id, &c, err);
        const Act *a = st == ST_OK && h->act ? case_act(c, h->act) : NULL;
        if (st != ST_OK || c->status != CASE_RUNNING || (h->act && !a)) continue;
        tell_nudge(t, &lines, c, a, h);
        shown++;
    }
    if (lines.n) {
        buf_printf(t->out, "Waiting too long:\n%s", buf_text(&lines));
        if (i < t->news->nudges.n) buf_printf(t->out, "... and %u more\n", t->news->nudges.n - i);
        buf_printf(t->out, "  ops tasks%s\n\n", t->at);
    }
    buf_free(&lines);
    return st;
}

Status news_tell(Session *s, const Where *where, const News *news, Buf *out, Error *err)
{
    Buf at = {0};
    propose_where(&at, where);
    Telling t = {.s = s, .where = where, .at = buf_text(&at), .news = news, .out = out,
                 .lists = {.arena = s->arena, .journal = s->journal}};
    Status st = tell_incidents(&t, err);
    if (st == ST_OK) st = tell_failed(&t, err);
    if (st == ST_OK) st = tell_returned(&t, err);
    if (st == ST_OK) st = tell_rows(&t, err);
    if (st == ST_OK) st = tell_nudges(&t, err);
    case_free(t.kept.of);
    buf_free(&at);
    return st;
}

void news_tell_notes(const Session *s, const Where *where, const char *notes, Buf *out)
{
    if (!*notes) return;
    buf_puts(out, "To look at:\n");
    proposed_at(s, where, notes, out);
    buf_putc(out, '\n');
}
