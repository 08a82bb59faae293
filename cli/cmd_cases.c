/* cmd_cases.c -- looking at what happened: cases, show, why, rejected, verify. */
#include "cli/proposed.h"

#include "analysis/story.h"
#include "base/csv.h"
#include "base/json.h"
#include "cli/table.h"

#include <stdio.h>
#include <string.h>

int cmd_cases(Args *args);
int cmd_show(Args *args);
int cmd_why(Args *args);
int cmd_rejected(Args *args);
int cmd_verify(Args *args);

static void json_instant(Buf *b, const char *key, Instant t)
{
    Value v = t == INSTANT_NEVER || t == INT64_MIN ? VALUE_NONE : value_datetime(t);
    json_key(b, key);
    value_json(b, &v);
}

/* ---- cases -------------------------------------------------------------------------- */

typedef struct List { Session *s; Table *table; Buf *json; uint64_t n, most; } List;

static Status list_case(void *self, const CaseRow *row, Case **c, Error *err)
{
    List *l = self;
    Session *s = l->s;
    (void)c, (void)err;
    if (l->n++ >= l->most) return ST_OK;
    if (l->json) {
        if (l->n > 1) buf_putc(l->json, ',');
        buf_putc(l->json, '{');
        json_key_int(l->json, "case", (int64_t)row->id);
        json_key_string(l->json, "process", row->process);
        json_key_string(l->json, "key", row->key);
        json_key_string(l->json, "status", case_status_name(row->status));
        json_key_string(l->json, "outcome", row->outcome);
        json_key_bool(l->json, "late", row->late);
        json_key_int(l->json, "incidents", row->incidents);
        json_instant(l->json, "started", row->started);
        json_instant(l->json, "ended", row->ended);
        buf_putc(l->json, '}');
        return ST_OK;
    }
    table_int(l->table, row->id);
    table_cell(l->table, row->process);
    table_cell(l->table, row->key);
    table_cell(l->table, row->incidents                             ? "incident"
                         : row->late && row->status == CASE_RUNNING ? "late"
                                                                    : case_status_name(row->status));
    const Zone *zone = session_zone(s, row->process, NULL);
    table_cell(l->table, session_when(s, zone, row->started));
    table_cell(l->table, session_when(s, zone, row->ended));
    table_cell(l->table, row->outcome);
    return ST_OK;
}

static Status status_filter(const Args *args, CaseFilter *f, Error *err)
{
    const char *wanted = args->value[OPT_STATUS];
    if (!wanted) return ST_OK;
    for (uint8_t i = CASE_RUNNING; i <= CASE_IMPORTED; i++)
        if (strcmp(case_status_name(i), wanted) == 0) return f->status = i, ST_OK;
    return fail(err, ST_USAGE, "--status wants running, finished, failed, cancelled or imported, found %s", wanted);
}

int cmd_cases(Args *args)
{
    static const char *const headers[] = {">case", "process", "key", "status", "started", "ended", "outcome", NULL};
    Session s;
    int code;
    Error err;
    Buf out = {0};
    CaseFilter f = {.process = args->value[OPT_PROCESS]};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    List l = {.s = &s,
              .table = table_new(s.arena, headers),
              .most = UINT64_MAX};
    uint64_t left = 0;
    f.open = !args->given[OPT_ALL] && !args->given[OPT_STATUS];
    Status st = find_process(s.arena, s.program, args->value[OPT_PROCESS], &err);
    if (st == ST_OK) st = status_filter(args, &f, &err);
    if (args->given[OPT_MOST]) args_number(args->value[OPT_MOST], &l.most), f.most = l.most, f.left = &left;
    if (args->given[OPT_JSON]) l.json = &out, buf_puts(&out, "{\"cases\":[");
    if (st == ST_OK) st = journal_cases(s.journal, &f, false, list_case, &l, &err);
    if (st != ST_OK) {
        buf_free(&out);
        return session_fail(&s, st, &err);
    }
    if (l.json) buf_puts(&out, "]}\n");
    else if (table_rows(l.table)) table_print(l.table, &out, terminal_width(), terminal_colour(args));
    else
        buf_puts(&out,
                 f.open ? "No case is running; --all shows those that have ended.\n" : "There are no such cases.\n");
    if (l.n > l.most) left += l.n - l.most;
    if (left && !l.json) buf_printf(&out, "... and %llu more\n", (unsigned long long)left);
    say(&out);
    buf_free(&out);
    session_close(&s);
    return 0;
}

/* ---- show ------------------------------------------------------------------------------ */

typedef struct Shown { Session *s; Buf *out; bool json, output, first; } Shown;

static Status show_one(const Shown *to, const Case *c, Error *err)
{
    Session *s = to->s;
    const Where here = where_here(s);
    Lists lists = {.arena = s->arena, .journal = s->journal};
    Story story = {s->program, s->journal, s->manner, s->arena, clock_now(), NULL, .advice = &here, .lists = &lists,
                   .output = to->output};
    return to->json ? story_json(&story, c, to->out, err) : story_tell(&story, c, to->out, err);
}

static Status show_each(void *self, const CaseRow *row, Case **c, Error *err)
{
    Shown *all = self;
    (void)row;
    if (!all->first) buf_putc(all->out, all->json ? ',' : '\n');
    all->first = false;
    return show_one(all, *c, err);
}

static Status show_all(Shown *all, Error *err)
{
    CaseFilter f = {0};
    if (all->json) buf_puts(all->out, "{\"cases\":[");
    Status st = journal_cases(all->s->journal, &f, true, show_each, all, err);
    if (all->json) buf_puts(all->out, "]}\n");
    else if (all->first) buf_puts(all->out, "There are no cases.\n");
    return st;
}

int cmd_show(Args *args)
{
    Session s;
    int code;
    Error err;
    Buf out = {0};
    Case *c = NULL;
    Shown shown = {&s, &out, args->given[OPT_JSON], args->given[OPT_OUTPUT], true};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    Status st;
    if (args->given[OPT_ALL]) {
        st = show_all(&shown, &err);
    } else {
        st = session_case(&s, args->words_n ? args->words[0] : NULL, &c, &err);
        if (st == ST_OK) st = show_one(&shown, c, &err);
        if (shown.json) buf_putc(&out, '\n');
    }
    if (st == ST_OK && shown.json) say(&out);
    else if (st == ST_OK) say_text(&out);
    buf_free(&out);
    case_free(c);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return 0;
}

/* ---- why ------------------------------------------------------------------------------------ */

int cmd_why(Args *args)
{
    Session s;
    int code;
    Error err;
    Buf out = {0}, told = {0};
    Case *c = NULL;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    Status st = session_case(&s, args->words_n ? args->words[0] : NULL, &c, &err);
    const Env env = {.program = s.program};
    const Where here = where_here(&s);
    Lists lists = {.arena = s.arena, .journal = s.journal};
    Story story = {s.program, s.journal, s.manner, s.arena, clock_now(), &env, .advice = &here, .lists = &lists};
    if (st == ST_OK && args->given[OPT_JSON]) st = story_incidents(s.journal, c, s.arena, &story.came, &err);
    if (st == ST_OK)
        st = args->given[OPT_JSON] ? story_why_json(&story, c, &out, &err) : story_why(&story, c, &out, &err);
    proposed_in(&s, buf_text(&out), &told);
    if (st == ST_OK && args->given[OPT_JSON]) say(&out);
    else if (st == ST_OK) say_text(&told);
    buf_free(&out);
    buf_free(&told);
    case_free(c);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return 0;
}

/* ---- rejected ------------------------------------------------------------------------------ */

typedef struct Rejects { Session *s; Table *table; Buf *out; const char *header; bool csv, json; uint64_t n; } Rejects;

/* A line of a .jsonl file with one member more; what is no object at all becomes the text of one. */
static void reject_as_json(Buf *out, const char *raw, const char *problem)
{
    size_t n = strlen(raw);
    bool object = raw[0] == '{';
    while (object && n > 1 && strchr(" \t\r}", raw[n - 1])) n--;
    buf_puts(out, object ? "" : "{\"row\": ");
    if (object) buf_add(out, raw, n);
    else json_string(out, raw, n);
    buf_puts(out, object && n == 1 ? "\"problem\": " : ", \"problem\": ");
    json_string(out, problem, strlen(problem));
    buf_puts(out, "}\n");
}

/* A row as it was written, and behind it what is wrong, so that it can be mended and fed in again: the
 * problem begins with the row's place, by which its mended version finds it. */
static void reject_as_csv(Rejects *t, const RejectedRow *r)
{
    const char *h = r->header, *separator = strchr(h, ';') && !strchr(h, ',') ? ";" : strchr(h, '\t') ? "\t" : ",";
    const char *problem =
        arena_printf(t->s->arena, "%s: %s", rows_reference(t->s->arena, r->file, r->line), r->problem);
    if (!*r->raw) return;                  /* a whole file that cannot be read: there is no row to show */
    if (!t->header || strcmp(t->header, h) != 0) {
        if (t->header) buf_putc(t->out, '\n');
        t->header = arena_dup(t->s->arena, h);
        if (*h) buf_printf(t->out, "%s%sproblem\n", h, separator);
    }
    if (!*h) {
        reject_as_json(t->out, r->raw, problem);
        return;
    }
    buf_printf(t->out, "%s%s", r->raw, separator);
    csv_cell(t->out, problem, true);
    buf_putc(t->out, '\n');
}

static Status reject_row(void *self, const RejectedRow *r, Error *err)
{
    Rejects *t = self;
    const char *base = strrchr(r->file, '/') ? strrchr(r->file, '/') + 1 : r->file;
    (void)err;
    t->n++;
    if (t->csv) {
        reject_as_csv(t, r);
    } else if (t->json) {
        if (t->n > 1) buf_putc(t->out, ',');
        buf_putc(t->out, '{');
        json_key_string(t->out, "process", r->process);
        json_key_string(t->out, "file", r->file);
        json_key_int(t->out, "row", r->line);
        json_key_string(t->out, "key", r->key);
        json_key_string(t->out, "problem", r->problem);
        json_key_string(t->out, "raw", r->raw);
        json_instant(t->out, "at", r->at);
        buf_putc(t->out, '}');
    } else {
        table_cell(t->table, base);
        table_int(t->table, r->line);
        table_cell(t->table, r->process);
        table_cell(t->table, r->problem);
    }
    return ST_OK;
}

int cmd_rejected(Args *args)
{
    static const char *const headers[] = {"file", ">row", "process", "problem", NULL};
    Session s;
    int code;
    Error err;
    Buf out = {0};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    Rejects t = {.s = &s,
                 .table = table_new(s.arena, headers),
                 .out = &out,
                 .csv = args->given[OPT_CSV],
                 .json = args->given[OPT_JSON]};
    if (t.json) buf_puts(&out, "{\"rejected\":[");
    Status st = find_process(s.arena, s.program, args->value[OPT_PROCESS], &err);
    if (st == ST_OK) st = journal_rejected(s.journal, args->value[OPT_PROCESS], reject_row, &t, &err);
    if (t.json) buf_puts(&out, "]}\n");
    else if (!t.csv && t.n) {
        table_print(t.table, &out, terminal_width(), terminal_colour(args));
        buf_printf(&out,
                   "\n`%s` prints them with their own columns: mend them there, leave the\n"
                   "column `problem` as it is, save them where they came from, and run again.\n",
                   proposed(&s, "rejected --csv"));
    } else if (!t.csv) buf_puts(&out, "No row is set aside.\n");
    if (st == ST_OK) say(&out);
    buf_free(&out);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return 0;
}

/* ---- verify ---------------------------------------------------------------------------------- */

static void verify_text(Buf *b, const char *store, const VerifyReport *r, const char *kept)
{
    buf_puts(b, buf_text(&r->text));
    buf_printf(b, "%s: %llu case%s, %llu event%s and %llu of the store itself, %llu chain%s: %s\n", store,
               (unsigned long long)r->cases, r->cases == 1 ? "" : "s", (unsigned long long)r->events,
               r->events == 1 ? "" : "s", (unsigned long long)r->own, (unsigned long long)r->chains,
               r->chains == 1 ? "" : "s", r->problems ? "CHANGED" : "unchanged");
    if (r->other_head)
        buf_printf(b, "The head that was kept, %s, is another: events were added since, or the end was cut off.\n",
                   kept);
    else if (kept && !r->problems && r->since)
        buf_printf(b, "Nothing before the head that was kept has changed; %llu event%s came after it.\n",
                   (unsigned long long)r->since, r->since == 1 ? "" : "s");
    else if (kept && !r->problems)
        buf_puts(b, "It is as it was when the head was kept.\n");
    if (r->problems)
        buf_puts(b, "Leave the file as it is, for whoever looks into it, and go on with a copy that was whole.\n");
    buf_printf(b, "head %s\n", r->head);
}

static void verify_json(Buf *b, const VerifyReport *r)
{
    buf_putc(b, '{');
    json_key_bool(b, "ok", r->problems == 0 && !r->other_head);
    json_key_int(b, "cases", (int64_t)r->cases);
    json_key_int(b, "events", (int64_t)r->events);
    json_key_int(b, "own", (int64_t)r->own);
    json_key_int(b, "chains", (int64_t)r->chains);
    json_key_int(b, "problems", (int64_t)r->problems);
    json_key_string(b, "text", buf_text(&r->text));
    json_key_string(b, "head", r->head);
    buf_puts(b, "}\n");
}

int cmd_verify(Args *args)
{
    Session s;
    int code;
    Error err;
    VerifyReport r = {0};
    const char *kept = args->value[OPT_HEAD];
    if (!session_open(&s, args, SESSION_STORE, &code)) return code;
    Status st = journal_verify(s.journal, kept, &r, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    Buf b = {0};
    if (args->given[OPT_JSON]) verify_json(&b, &r);
    else verify_text(&b, journal_path(s.journal), &r, kept);
    say(&b);
    code = r.problems || r.other_head ? 1 : 0;
    buf_free(&b);
    buf_free(&r.text);
    session_close(&s);
    return code;
}
