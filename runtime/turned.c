/* turned.c -- the world that tests play in. */
#include "runtime/turned.h"

#include <stdlib.h>
#include <string.h>

typedef struct FileThere { const char *path, *text; } FileThere;        /* text: NULL: it is gone */
typedef struct HttpAnswer { const char *request, *body; int status; } HttpAnswer;
typedef struct Answered { const char *command, *prints; int status; bool mail; } Answered;

struct Turned {
    const IrProgram *program;
    Journal *journal;
    Live *live;
    World world;
    Instant now;
    bool in_motion;
    Arena *arena;                      /* of the world under way */
    VEC(Answered) answers;
    VEC(HttpAnswer) requests;
    VEC(FileThere) files;              /* the newest of a path counts */
    const char *unanswered, *unanswered_step, *unanswered_kind;
};

static Instant now_of(void *self)
{
    return ((Turned *)self)->now;
}

/* ---- commands --------------------------------------------------------------------------- */

static bool begins_so(const char *command, const char *with)
{
    size_t n = strlen(with), skip = strspn(command, " \t\n");
    command += skip;
    if (strncmp(command, with, n) != 0) return false;
    return strpbrk(with, " \t") || strchr(" \t\n;&|<>", command[n]);   /* strchr finds the end, too */
}

static void note_unanswered(Turned *t, const char *step, const char *kind, const char *what)
{
    if (t->unanswered) return;
    t->unanswered = arena_dup(t->arena, what);
    t->unanswered_step = step ? arena_dup(t->arena, step) : "";
    t->unanswered_kind = kind;
}

static void answer(void *self, const char *step, bool mail, const char *command, Arena *a, ExecResult *out)
{
    Turned *t = self;
    *out = (ExecResult){.started = true};
    for (uint32_t i = t->answers.n; i-- > 0;) {
        const Answered *given = &t->answers.items[i];
        if (given->mail != mail || !begins_so(command, given->command)) continue;
        out->out = given->prints, out->out_n = strlen(given->prints);
        out->exit_code = given->status;
        if (given->status) out->problem = arena_printf(a, "exit status %d", given->status);
        return;
    }
    note_unanswered(t, step, mail ? "mail" : "shell", command);
    out->exit_code = 127;
    out->problem = mail ? "nothing answers this mail" : "nothing answers this command";
}

void turned_answer(Turned *t, bool mail, const char *command, const char *prints, int status)
{
    *VEC_PUSH(t->arena, &t->answers) =
        (Answered){arena_dup(t->arena, command), arena_dup(t->arena, prints ? prints : ""), status, mail};
}

const char *turned_unanswered(Turned *t, const char **step, const char **what)
{
    const char *command = t->unanswered;
    *what = t->unanswered_kind;
    *step = t->unanswered_step;
    t->unanswered = NULL;
    return command;
}

Status turned_rows(Turned *t, const char *table, const Value *rows, Error *err)
{
    return tables_give(live_tables(t->live), table, rows, err);
}

/* ---- files ------------------------------------------------------------------------------ */

void turned_file(Turned *t, const char *path, const char *text)
{
    *VEC_PUSH(t->arena, &t->files) = (FileThere){arena_dup(t->arena, path), text ? arena_dup(t->arena, text) : NULL};
}

/* NULL: nobody ever spoke of it. */
static const FileThere *file_known(const Turned *t, const char *path)
{
    uint32_t i = t->files.n;
    while (i-- > 0)
        if (strcmp(t->files.items[i].path, path) == 0) return &t->files.items[i];
    return NULL;
}

/* What lies in the folder: a folder in it with a slash behind its name. */
static Value names_below(const Turned *t, const char *folder, Arena *a)
{
    VEC(Value) names = {0};
    size_t n = strlen(folder);
    for (uint32_t i = 0; i < t->files.n; i++) {
        const char *path = t->files.items[i].path, *name = path + n + (n > 0);
        bool below = strncmp(path, folder, n) == 0 && (n == 0 || path[n] == '/');
        if (!below || !file_known(t, path)->text) continue;
        Value v = value_text(arena_dup_n(a, name, strcspn(name, "/") + (strchr(name, '/') != NULL)));
        uint32_t at = 0;
        while (at < names.n && strcmp(names.items[at].text, v.text) < 0) at++;
        if (at < names.n && strcmp(names.items[at].text, v.text) == 0) continue;
        (void)VEC_PUSH(a, &names);
        memmove(&names.items[at + 1], &names.items[at], (names.n - 1 - at) * sizeof v);
        names.items[at] = v;
    }
    return value_list(names.items, names.n);
}

static Status file(void *self, const char *step, WorldFile what, const char *path, const char *text, Arena *a,
                   Value *out, Error *err)
{
    Turned *t = self;
    const FileThere *known = file_known(t, path);
    const char *before = known && known->text ? known->text : "";
    switch (what) {
    case FILE_WRITE: turned_file(t, path, text); return ST_OK;
    case FILE_APPEND: turned_file(t, path, arena_printf(t->arena, "%s%s", before, text)); return ST_OK;
    case FILE_LIST: *out = names_below(t, path, a); return ST_OK;
    case FILE_EXISTS:
        *out = value_boolean((known && known->text) || names_below(t, path, a).len > 0);
        return ST_OK;
    case FILE_READ: break;
    }
    if (!known) note_unanswered(t, step, "file", path);
    if (!known || !known->text) return fail(err, ST_FAILED, "%s: there is no such file", path);
    *out = value_text(arena_dup(a, known->text));
    return ST_OK;
}

/* ---- requests --------------------------------------------------------------------------- */

void turned_http(Turned *t, const char *request, int status, const char *body)
{
    *VEC_PUSH(t->arena, &t->requests) =
        (HttpAnswer){arena_dup(t->arena, request), arena_dup(t->arena, body ? body : ""), status};
}

static Status http(void *self, const char *step, const char *request, Arena *a, int *status, const char **body,
                   Error *err)
{
    Turned *t = self;
    for (uint32_t i = t->requests.n; i-- > 0;) {
        const HttpAnswer *given = &t->requests.items[i];
        if (strncmp(request, given->request, strlen(given->request)) != 0) continue;
        *status = given->status;
        *body = arena_dup(a, given->body);
        return given->status ? ST_OK : fail(err, ST_FAILED, "no answer came");
    }
    note_unanswered(t, step, "http", request);
    return fail(err, ST_FAILED, "nothing answers this request");
}

/* ---- time ------------------------------------------------------------------------------- */

Status turned_in_motion(Turned *t, Error *err)
{
    Instant ignored;
    if (t->in_motion) return ST_OK;
    t->in_motion = true;
    return live_next(t->live, &ignored, err);
}

Status turned_go_on(Turned *t, Instant to, LiveReport *report, Error *err)
{
    Status st = ST_OK;
    if (t->in_motion && to < t->now) return fail(err, ST_REFUSED, "time does not go back");
    for (uint32_t moments = 0; t->in_motion && st == ST_OK; moments++) {
        Instant next = INSTANT_NEVER;
        uint64_t before = report->advances;
        st = live_next(t->live, &next, err);
        if (st != ST_OK || next > to) break;
        if (moments >= TURNED_MOMENTS)
            return fail(err, ST_FAILED, "something happens at more than %d moments of it: let less time pass",
                        TURNED_MOMENTS);
        bool still = next <= t->now;
        if (!still) t->now = next;
        st = live_due(t->live, report, err);
        if (st == ST_OK && still && report->advances == before)
            return fail(err, ST_INTERNAL, "something is due, and nothing comes of it: time would stand still for ever");
    }
    t->now = to;
    return st;
}

/* ---- worlds ----------------------------------------------------------------------------- */

Status turned_new(const IrProgram *p, const LiveOptions *options, Turned **out, Error *err)
{
    Turned *t = mem_zero(1, sizeof *t);
    t->program = p;
    t->world = (World){.now = now_of, .command = answer, .file = file, .http = http,
                       .self = t};
    Status st = journal_open(":memory:", JOURNAL_CREATE, &t->journal, err);
    if (st == ST_OK) {
        LiveOptions o = {.metric = options->metric, .measure = options->measure,
                         .metric_self = options->metric_self, .stop = options->stop,
                         .world = &t->world, .most = TURNED_TURNS};
        journal_clock(t->journal, now_of, t);
        t->live = live_new(p, t->journal, NULL, &o);
        *out = t, t = NULL;
    }
    turned_free(t);
    return st;
}

void turned_free(Turned *t)
{
    if (!t) return;
    live_free(t->live);
    journal_close(t->journal);
    arena_free(t->arena);
    free(t);
}

Status turned_begin(Turned *t, Error *err)
{
    arena_free(t->arena);
    t->arena = arena_new();
    memset(&t->answers, 0, sizeof t->answers);
    memset(&t->requests, 0, sizeof t->requests);
    memset(&t->files, 0, sizeof t->files);
    t->unanswered = NULL;
    t->in_motion = false;
    t->now = zone_start_of(ir_zone(t->program), TURNED_DAY) + 9 * US_HOUR;
    live_reset(t->live);
    tables_clear(live_tables(t->live));
    return journal_reset(t->journal, err);
}

Live *turned_live(const Turned *t) { return t->live; }
Journal *turned_journal(const Turned *t) { return t->journal; }
Instant turned_now(const Turned *t) { return t->now; }
