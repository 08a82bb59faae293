/* session.c -- opens what a command needs, and says clearly what is missing. */
#include "cli/session.h"

#include "analysis/story.h"
#include "base/json.h"
#include "base/user.h"
#include "cli/people.h"
#include "cli/proposed.h"

#include <errno.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

volatile sig_atomic_t stop_asked;

void say(const Buf *b)
{
    size_t said = 0;
    while (said < b->n) {
        said += fwrite(buf_text(b) + said, 1, b->n - said, stdout);
        if (said == b->n || errno != EINTR || stop_asked) break;
        clearerr(stdout);              /* a signal came meanwhile, and none that ends us */
    }
}

bool was_said(void)
{
    while (fflush(stdout) != 0 && errno == EINTR && !stop_asked) clearerr(stdout);
    return !ferror(stdout);
}

void say_text(const Buf *b)
{
    Buf shown = {0};
    buf_visible(&shown, buf_text(b), b->n);
    say(&shown);
    buf_free(&shown);
}

bool terminal_colour(const Args *args)
{
    const char *when = args && args->given[OPT_COLOUR] ? args->value[OPT_COLOUR] : "auto";
    if (strcmp(when, "always") == 0) return true;
    const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
    return strcmp(when, "never") != 0 && isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

size_t terminal_width(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

/* ---- asking --------------------------------------------------------------------------- */

bool can_ask(const Args *args)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && !args->given[OPT_JSON];
}

/* Signals are let in only while it waits: one that came just ahead of the wait would else not end it. */
bool await_input(int fd)
{
    struct pollfd in = {.fd = fd, .events = POLLIN};
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT), sigaddset(&ends, SIGTERM), sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &before);
    while (!stop_asked && ppoll(&in, 1, NULL, &before) < 0 && errno == EINTR) {}
    sigprocmask(SIG_SETMASK, &before, NULL);
    return !stop_asked;
}

const char *ask_line(Arena *a, const char *question)
{
    char *text = NULL;
    size_t size = 0;
    fprintf(stderr, "%s", question);
    ssize_t n = await_input(STDIN_FILENO) ? getline(&text, &size, stdin) : -1;
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r')) text[--n] = '\0';
    const char *line = n < 0 ? NULL : arena_dup(a, text);
    if (!line) fputc('\n', stderr);
    free(text);
    return line;
}

int session_fail(Session *s, Status st, const Error *err)
{
    Buf told = {0}, shown = {0};
    fflush(stdout);
    if (s && s->args) proposed_instead(s, err->text, &told);
    else buf_puts(&told, err->text);
    buf_visible(&shown, buf_text(&told), told.n);
    fprintf(stderr, "ops: %s\n", buf_text(&shown));
    buf_free(&told);
    buf_free(&shown);
    if (s) session_close(s);
    return status_exit_code(st);
}

/* ---- the file ------------------------------------------------------------------------- */

/* The only .ops file in this folder, and how many there are; NULL where it is not one. */
static const char *only_file(Arena *a, size_t *n)
{
    glob_t found = {0};
    int code = glob("*.ops", 0, NULL, &found);
    if (code == GLOB_NOSPACE) mem_none();
    *n = code == 0 ? found.gl_pathc : 0;
    const char *file = *n == 1 ? arena_dup(a, found.gl_pathv[0]) : NULL;
    globfree(&found);
    return file;
}

static const char *named_file(const Args *args)
{
    const char *env = getenv("OPS_FILE");
    return args->file ? args->file : env && *env ? env : NULL;
}

const char *session_usual_file(const Args *args)
{
    size_t n;
    const char *file = named_file(args);
    return file ? file : only_file(args->arena, &n);
}

Status session_file(const Args *args, const char **file, Error *err)
{
    size_t n;
    *file = named_file(args);
    if (*file) {
        const char *longer = arena_printf(args->arena, "%s.ops", *file);
        if (access(*file, F_OK) == 0 || access(longer, F_OK) != 0) return ST_OK;
        return fail(err, ST_NOINPUT, "there is no file %s: did you mean %s?", *file, longer);
    }
    if ((*file = only_file(args->arena, &n))) return ST_OK;
    if (n) return fail(err, ST_USAGE, "which file? There are %zu .ops files here: name one, or set OPS_FILE", n);
    return fail(err, ST_NOINPUT, "there is no .ops file in this folder: name one (ops %s -f FILE.ops), or set OPS_FILE",
                args->command->name);
}

/* The folder that the .ops file lies in; it need not be readable, or right. */
static const char *file_folder(Session *s)
{
    const char *file = named_file(s->args), *slash = file ? strrchr(file, '/') : NULL;
    return slash ? arena_dup_n(s->arena, file, (size_t)(slash - file) + (slash == file)) : ".";
}

static const char *store_path(Session *s)
{
    const char *env = getenv("OPS_STORE");
    if (s->args->given[OPT_STORE]) return s->args->value[OPT_STORE];
    if (env && *env) return env;
    const char *folder = !s->program                                 ? file_folder(s)
                         : s->program->folder && *s->program->folder ? s->program->folder
                                                                     : ".";
    return strcmp(folder, ".") == 0 ? ".ops/store.db" : arena_printf(s->arena, "%s/.ops/store.db", folder);
}

/* ---- who --------------------------------------------------------------------------------- */

const char *session_owner(Arena *a, const IrProgram *program, const char *login)
{
    const char *person = ir_owner(program, login);
    return person ? person : arena_printf(a, IR_BARE_LOGIN "%s", login);
}

const char *session_login(Arena *a)
{
    const User *who = user_self();
    return who ? arena_dup(a, who->login) : arena_printf(a, "uid %u", (unsigned)getuid());
}

static void find_person(Session *s)
{
    s->login = session_login(s->arena);
    s->person = session_owner(s->arena, s->program, s->login);
    s->manner = ir_manner(s->program, s->person);
}

/* ---- opening ------------------------------------------------------------------------------- */

/* The history has gone on since the last look. */
static Query *look_again(Session *s)
{
    query_free(s->query);
    s->query = query_new(s->program, s->journal, clock_now());
    return s->query;
}

static Status metric_of(void *self, Arena *a, uint32_t metric, Value *out, Error *err)
{
    return query_metric_value(look_again(self), a, metric, out, err);
}

static Status measure_of(void *self, Arena *a, uint32_t metric, Value *out, Error *err)
{
    Query *q = look_again(self);
    Status st = query_measure(q, a, metric, out, err);
    if (st == ST_OK) *out = value_copy(a, out);
    return st;
}

static void show_progress(void *self, const char *what, uint64_t n)
{
    static Instant began, last;
    (void)self;
    Instant now = clock_real();
    if (!began) began = last = now;
    if (now - began < US_SECOND || now - last < US_SECOND / 4) return;
    last = now;
    fprintf(stderr, "\r%llu %s ", (unsigned long long)n, what);
}

void session_check_lua(Compilation *c)
{
    if (c->program) script_check_program(c->program, c->sources, c->diags);
    else script_check_blocks(c->lua, c->lua_n, c->sources, c->diags);
}

static bool wrong_program(Session *s, int *code)
{
    Diags *d = s->compilation->diags;
    Buf b = {0};
    session_check_lua(s->compilation);
    if (diags_errors(d) == 0) return false;
    diags_print(d, &b, isatty(STDERR_FILENO) && terminal_colour(s->args), 20);
    fputs(buf_text(&b), stderr);
    fprintf(stderr, "ops: nothing was done: the file has %u mistake%s\n", diags_errors(d),
            diags_errors(d) == 1 ? "" : "s");
    buf_free(&b);
    *code = status_exit_code(ST_PROGRAM);
    return true;
}

/* What is forked before a store is opened: the helper that runs commands, the process that runs Lua. */
typedef struct Helpers { bool exec, script; } Helpers;

static void helpers_of_flow(Helpers *h, const IrFlow *f)
{
    h->exec |= f->outside;
    for (uint32_t k = 0; k < f->steps_n; k++)
        h->script |= f->steps[k].machine == MACHINE_LUA || f->steps[k].undo.machine == MACHINE_LUA;
}

static Helpers helpers_of_program(const IrProgram *p)
{
    Helpers h = {0};
    for (uint32_t i = 0; i < p->processes_n; i++) helpers_of_flow(&h, p->processes[i].flow);
    for (uint32_t i = 0; i < p->audits_n; i++)
        for (uint32_t k = 0; k < p->audits[i].checks_n; k++) h.exec |= p->audits[i].checks[k].rule == RULE_SHELL;
    return h;
}

static Status start_helpers(Session *s, Helpers wanted, Error *err)
{
    Status st = wanted.exec && !s->exec ? exec_new(&s->exec, err) : ST_OK;
    return st == ST_OK && wanted.script && !s->script ? script_apart(&s->script, err) : st;
}

/* Not there, as opposed to: not to be looked at. */
static bool is_missing(const char *path)
{
    return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

static Status open_store(Session *s, unsigned needs, Error *err)
{
    const char *path = store_path(s), *creator = NULL;
    if (needs & SESSION_STORE_MAYBE && is_missing(path)) return ST_OK;
    bool makes = needs & SESSION_WRITE && !(needs & SESSION_STORE);
    if (!makes && is_missing(path))
        return fail(err, ST_NOINPUT, "there is no store at %s yet: `ops run%s` makes it", path,
                    session_usual_file(s->args) ? "" : " FILE.ops");
    JournalMode mode = makes ? JOURNAL_CREATE : needs & SESSION_WRITE ? JOURNAL_WRITE : JOURNAL_READ;
    Status st = journal_open(path, mode, &s->journal, err);
    if (st != ST_OK || !(needs & SESSION_WRITE)) return st;
    st = journal_noted(s->journal, s->arena, "creator", &creator, err);
    if (st == ST_OK && !creator) st = journal_note(s->journal, "creator", s->login, err);
    return st;
}

typedef struct Kept { Session *of; Helpers wanted; } Kept;

static Status ask_kept_flow(void *self, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Kept *k = self;
    const IrProgram *p = k->of->program;
    const IrFlow *flow;
    for (uint32_t i = 0; i < p->processes_n; i++)
        if (memcmp(ir_flow_hash(p->processes[i].flow), hash, SHA256_BYTES) == 0) return ST_OK;
    Status st = journal_known_flow(k->of->journal, hash, &flow, err);
    if (st == ST_OK) helpers_of_flow(&k->wanted, flow);
    return st;
}

/* A running case keeps its flow, which may have commands and Lua where the file has none any more. The store is
 * opened anew then: what is forked must not hold it. */
static Status help_old_flows(Session *s, unsigned needs, Error *err)
{
    Kept k = {.of = s};
    if (s->exec && s->script) return ST_OK;
    Status st = journal_flows(s->journal, ask_kept_flow, &k, err);
    if (st != ST_OK || !((k.wanted.exec && !s->exec) || (k.wanted.script && !s->script))) return st;
    journal_close(s->journal);
    s->journal = NULL;
    st = start_helpers(s, k.wanted, err);
    return st == ST_OK ? open_store(s, needs, err) : st;
}

static Status open_live(Session *s, Error *err)
{
    uint64_t jobs = 0;
    if (s->args->given[OPT_JOBS] && (!args_number(s->args->value[OPT_JOBS], &jobs) || jobs < 1 || jobs > 200))
        return fail(err, ST_USAGE, "--jobs wants a number from 1 to 200, found %s", s->args->value[OPT_JOBS]);
    LiveOptions o = {.jobs = (uint32_t)jobs,
                     .yes = s->args->given[OPT_YES],
                     .answers = s->args->value[OPT_ANSWERS],
                     .login = s->person,
                     .hand_in = people_hand_in,
                     .hand_in_self = s,
                     .as_written = s->compilation->program,
                     .stop = &stop_asked,
                     .metric = metric_of,
                     .measure = measure_of,
                     .metric_self = s,
                     .script = s->script,
                     .unfiltered = getenv("OPS_LUA_UNFILTERED") != NULL,
                     .progress = isatty(STDERR_FILENO) && !s->args->given[OPT_QUIET] ? show_progress : NULL};
    s->live = live_new(s->program, s->journal, s->exec, &o);
    return journal_last(s->journal, &s->before, err);
}

/* Compiling asks nobody whether to stop, and leaves nothing half done: a signal ends it at once. */
Compilation *session_compile(const char *file, Error *err)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    enum { N = sizeof signals / sizeof *signals };
    struct sigaction caught[N];
    for (int i = 0; i < N; i++) sigaction(signals[i], &(struct sigaction){.sa_handler = SIG_DFL}, &caught[i]);
    if (stop_asked) raise(stop_asked);                     /* it came before */
    Compilation *c = compile_file(file, err);
    for (int i = 0; i < N; i++) sigaction(signals[i], &caught[i], NULL);
    return c;
}

static Status found_one(void *self, const CaseRow *row, Case **of, Error *err)
{
    (void)row, (void)of, (void)err;
    *(bool *)self = true;
    return ST_OK;
}

/* Is a case of the file's processes open? The store is closed again: what is forked must not hold it. Where it cannot
 * be read, that is told as it is opened for the command. */
static bool has_open_cases(Session *s)
{
    Error err;
    Journal *journal = NULL;
    bool found = false;
    if (is_missing(store_path(s))) return false;
    Status st = journal_open(store_path(s), JOURNAL_READ, &journal, &err);
    for (uint32_t i = 0; st == ST_OK && i < s->program->processes_n && !found; i++) {
        const CaseFilter open = {.process = s->program->processes[i].name, .open = true, .most = 1};
        st = journal_cases(journal, &open, false, found_one, &found, &err);
    }
    journal_close(journal);
    return found || st != ST_OK;
}

static bool is_draft_throughout(const IrProgram *p)
{
    for (uint32_t i = 0; i < p->processes_n; i++)
        if (p->processes[i].status != STATUS_DRAFT) return false;
    return p->processes_n > 0;
}

/* A file of drafts alone has no business to run: whoever runs it means another, or forgot to take the word out. But a
 * case that began when one of them was live goes on, as beside a process that is. */
static bool has_nothing_to_run(Session *s, unsigned needs, int *code)
{
    bool of_cases = needs & (SESSION_LIVE | SESSION_STORE);    /* else it is about what is put in force */
    if (!(needs & (SESSION_BEGIN | SESSION_LIVE)) || !is_draft_throughout(s->program)) return false;
    if (of_cases && has_open_cases(s)) return false;
    fprintf(stderr, "ops: nothing was done: no process of %s is live. Drafts run in tests only, until `status draft` is"
            " taken out\n", s->program->file);
    *code = status_exit_code(ST_CONFIG);
    return true;
}

/* The program, with those away of whom people said so. */
static Status with_who_is_away(Session *s, Error *err)
{
    Absences all;
    Status st = absences_read(s->journal, s->arena, &all, err);
    if (st == ST_OK) s->program = absences_apply(s->arena, s->program, &all);
    return st;
}

bool session_open(Session *s, Args *args, unsigned needs, int *code)
{
    Error err = {0};
    const char *file;
    bool program = needs & SESSION_PROGRAM;
    *s = (Session){.arena = arena_new(), .args = args, .manner = manner_english()};
    Status st = !clock_now_valid(&err) ? ST_CONFIG : program ? session_file(args, &file, &err) : ST_OK;
    if (st == ST_OK && program && !(s->compilation = session_compile(file, &err))) st = err.status;
    bool refused = st == ST_OK && program && wrong_program(s, code);
    if (st == ST_OK && program && !refused) {
        s->program = s->compilation->program;
        refused = has_nothing_to_run(s, needs, code);
    }
    if (refused) {
        session_close(s);
        return false;
    }
    if (st == ST_OK && program) {
        find_person(s);
        if (needs & SESSION_LIVE) st = start_helpers(s, helpers_of_program(s->program), &err);
    }
    if (st == ST_OK && needs & (SESSION_STORE | SESSION_WRITE | SESSION_STORE_MAYBE)) st = open_store(s, needs, &err);
    if (st == ST_OK && needs & SESSION_LIVE && s->journal) st = help_old_flows(s, needs, &err);
    if (st == ST_OK && program && s->journal) st = with_who_is_away(s, &err);
    if (st == ST_OK && needs & SESSION_LIVE) st = open_live(s, &err);
    if (st == ST_OK) return true;
    *code = session_fail(s, st, &err);
    return false;
}

void session_close(Session *s)
{
    if (!s->arena) return;
    live_free(s->live);
    query_free(s->query);
    exec_free(s->exec);
    script_free(s->script);
    journal_close(s->journal);
    compilation_free(s->compilation);
    buf_free(&s->report.notes);
    arena_free(s->arena);
    *s = (Session){0};
}

/* ---- small things ------------------------------------------------------------------------------ */

Datum *session_data(const Session *s, uint32_t *n)
{
    Datum *d = ARENA_ARRAY(s->arena, Datum, s->args->values_n);
    for (uint32_t i = 0; i < s->args->values_n; i++) d[i] = (Datum){s->args->names[i], value_typed(s->args->values[i])};
    *n = s->args->values_n;
    return d;
}

Status session_case(Session *s, const char *word, Case **out, Error *err)
{
    uint64_t id;
    if (!word) return fail(err, ST_USAGE, "which case? Its number is wanted; `ops cases` lists them");
    if (!args_number(word, &id))
        return fail(err, ST_USAGE, "a case is named by its number, found %s; `ops cases` lists them", word);
    return journal_case(s->journal, id, out, err);
}

Status session_kept(Session *s, KeptCase *kept, uint64_t id, const Case **out, Error *err)
{
    if (!kept->of || kept->of->id != id) {
        case_free(kept->of);
        kept->of = NULL;
        Status st = journal_case(s->journal, id, &kept->of, err);
        if (st != ST_OK) return st;
    }
    *out = kept->of;
    return ST_OK;
}

const Zone *session_zone(const Session *s, const char *process, const char *step)
{
    const IrProcess *p = step ? ir_process(s->program, process) : NULL;
    uint32_t at = p ? ir_step(p->flow, step) : IR_NONE;
    return ir_zone_of(s->program, process, at != IR_NONE ? p->flow->steps[at].role : NULL);
}

const char *session_when(const Session *s, const Zone *zone, Instant t)
{
    return story_when(s->manner, zone, t, s->arena);
}

const char *session_measured(const Session *s, int64_t micros)
{
    Buf b = {0};
    manner_measured(&b, s->manner, micros);
    const char *text = buf_dup(&b, s->arena);
    buf_free(&b);
    return text;
}

/* ---- incidents that came of it, as in cases that were called or started ------------------------------ */

typedef void IncidentTold(Session *s, const Case *c, const Act *a, Buf *b);

static bool told_before(const LiveReport *r, uint64_t i)
{
    for (uint64_t k = 0; k < i; k++)
        if (r->named[k].case_id == r->named[i].case_id && r->named[k].act == r->named[i].act) return true;
    return false;
}

/* Those that are open still, but for one case's. */
static Status each_incident(Session *s, uint64_t but, IncidentTold *tell, Buf *b, Error *err)
{
    const LiveReport *r = &s->report;
    Status st = ST_OK;
    for (uint64_t i = 0; i < r->incidents && i < INCIDENTS_NAMED && st == ST_OK; i++) {
        Case *c = NULL;
        if (r->named[i].case_id == but || told_before(r, i)) continue;
        st = journal_case(s->journal, r->named[i].case_id, &c, err);
        const Act *a = st == ST_OK ? case_act(c, r->named[i].act) : NULL;
        if (a && a->state == ACT_INCIDENT) tell(s, c, a, b);
        case_free(c);
    }
    return st;
}

static void tell_incident(Session *s, const Case *c, const Act *a, Buf *b)
{
    const Where here = where_here(s);
    const Story story = {.program = s->program, .journal = s->journal, .manner = s->manner, .arena = s->arena,
                         .now = clock_now(), .advice = &here};
    buf_printf(b, "Case %llu of %s: ", (unsigned long long)c->id, c->process);
    story_open(&story, c, a, b);
}

Status session_incidents(Session *s, uint64_t but, Buf *b, Error *err)
{
    Status st = each_incident(s, but, tell_incident, b, err);
    if (s->report.incidents > INCIDENTS_NAMED)
        buf_printf(b, "%llu incidents in all: `%s` lists their cases\n", (unsigned long long)s->report.incidents,
                   proposed(s, "cases"));
    return st;
}

static void incident_json(Session *s, const Case *c, const Act *a, Buf *b)
{
    (void)s;
    json_comma(b);
    buf_putc(b, '{');
    json_key_int(b, "case", (int64_t)c->id);
    json_key_string(b, "process", c->process);
    json_key_string(b, "at", c->flow->nodes[a->node].name);
    json_key_string(b, "text", a->text);
    buf_putc(b, '}');
}

/* ---- telling ------------------------------------------------------------------------------------- */

const char *session_people(Session *s, const Value *who)
{
    return story_people(s->program, who, clock_now(), s->arena);
}

const char *session_who(Session *s, const Value *who)
{
    return story_who(s->program, who, clock_now(), s->arena);
}

void report_json(const LiveReport *r, const char *notes, Buf *b, const char *told)
{
    buf_putc(b, '{');
    json_key_int(b, "rows", (int64_t)r->rows);
    json_key_int(b, "known", (int64_t)r->known);
    json_key_int(b, "rejected", (int64_t)r->rejected);
    json_key_int(b, "ahead", (int64_t)r->ahead);
    json_key_int(b, "started", (int64_t)r->started);
    json_key_int(b, "noted", (int64_t)r->noted);
    json_key_int(b, "ended", (int64_t)r->ended);
    json_key_int(b, "failed", (int64_t)r->failed);
    json_key_int(b, "events", (int64_t)r->events);
    json_key_int(b, "incidents", (int64_t)r->incidents);
    json_key_int(b, "returned", (int64_t)r->returned);
    json_key_int(b, "answered", (int64_t)r->answered);
    json_key_int(b, "refused", (int64_t)r->refused);
    json_key_int(b, "unmatched", (int64_t)r->unmatched);
    json_key_int(b, "later", (int64_t)r->later);
    json_key_int(b, "reminded", (int64_t)r->reminded);
    json_key_int(b, "escalated", (int64_t)r->escalated);
    json_key_int(b, "missed", (int64_t)r->missed);
    json_key(b, "notes");
    buf_putc(b, '[');
    for (const char *p = notes; *p;) {
        size_t n = strcspn(p, "\n");
        json_comma(b);
        json_string(b, p, n);
        p += n + (p[n] == '\n');
    }
    buf_putc(b, ']');
    if (told) json_key_string(b, "report", told);
    buf_puts(b, "}\n");
}

Which session_which(const Session *s, const Case *c, const char *step)
{
    return (Which){.step = step, .element = s->args->value[OPT_ELEMENT],
                   .reader = {s->manner, session_zone(s, c->process, NULL)}};
}

int session_code(const Session *s)
{
    return status_exit_code(s->report.incidents || s->report.failed || s->report.returned ? ST_FINDINGS : ST_OK);
}

static Status tell_json(Session *s, const Case *c, const char *more, Buf *b, Error *err)
{
    buf_putc(b, '{');
    json_key_int(b, "case", (int64_t)c->id);
    json_key_string(b, "process", c->process);
    json_key_string(b, "key", c->key);
    json_key_string(b, "status", case_status_name(c->status));
    json_key_string(b, "outcome", c->outcome);
    json_key(b, "incidents");
    buf_putc(b, '[');
    Status st = each_incident(s, 0, incident_json, b, err);
    buf_printf(b, "]%s%s}\n", more ? "," : "", more ? more : "");
    return st;
}

/* The acts of a case that were offered since the command began. */
typedef struct Offered { Arena *arena; const Case *of; VEC(uint32_t) acts; } Offered;

static Status note_offered(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Offered *o = self;
    (void)hash, (void)err;
    if (e->case_id == o->of->id) *VEC_PUSH(o->arena, &o->acts) = e->act;
    return ST_OK;
}

static Status offered_since(Session *s, Offered *o, Error *err)
{
    static const uint16_t kinds[] = {EV_OFFERED};
    uint64_t last;
    return s->live ? journal_since(s->journal, s->before, kinds, 1, note_offered, o, &last, err) : ST_OK;
}

/* Why it is offered tells what happened, or what the case waits for. Another command than that which offered it anew
 * tells no more of that. */
static bool tells_why(const Offered *o, const Act *a)
{
    bool now = a->attempt || a->again;
    for (uint32_t i = 0; i < o->acts.n; i++) now |= o->acts.items[i] == a->id;
    return a->text && now;
}

static void tell_next(Session *s, const Offered *offered, const Act *a, Lists *lists, Buf *b)
{
    const Case *c = offered->of;
    const char *step = c->flow->nodes[a->node].name;
    const char *of = story_of(lists, c, a, session_which(s, c, NULL).reader);
    if (a->state == ACT_OFFERED && tells_why(offered, a))
        buf_show(b, "\"%s\"%s %s, to %s: %s\n", step, of,
                   a->attempt               ? "failed, and is offered again"
                   : case_repeats(c, a)     ? "is to be done once more"
                   : a->again               ? "is asked for again"
                                            : "is offered anew",
                   story_offered(s->program, c, a, clock_now(), s->arena), a->text);
    else if (a->state == ACT_OFFERED)
        buf_show(b, "Next: %s\"%s\"%s, for %s.\n", a->undoes ? "undoing " : "", step, of,
                 story_offered(s->program, c, a, clock_now(), s->arena));
    if (a->state == ACT_INCIDENT) buf_show(b, "Incident %s \"%s\"%s: %s\n", story_doing(a), step, of, a->text);
}

/* Offered is what a person releases, and who would is refused. */
static void tell_held(Session *s, const Case *c, Buf *b)
{
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        const char *before = a->state == ACT_OFFERED ? story_before(c, a, s->arena) : NULL;
        if (before) buf_printf(b, "No machine begins \"%s\" before %s.\n", c->flow->nodes[a->node].name, before);
    }
}

static Status tell_people(Session *s, const Case *c, const char *what, Buf *b, Error *err)
{
    Offered offered = {.arena = s->arena, .of = c};
    const char *status = c->ending ? "ending once what it did is undone" : case_status_name(c->status);
    const char *as = c->ending ? c->ending_as : c->outcome;
    buf_printf(b, "%s. Case %llu of %s is %s%s%s.\n", what, (unsigned long long)c->id, c->process, status,
               as ? ": " : "", as ? as : "");
    Lists lists = {.arena = s->arena, .journal = s->journal};
    Status st = offered_since(s, &offered, err);
    for (uint32_t i = 0; i < c->acts.n; i++) tell_next(s, &offered, &c->acts.items[i], &lists, b);
    if (s->report.failed && !s->report.incidents && c->status != CASE_FAILED)
        buf_printf(b, "What this began failed: %s\n", proposed(s, "cases --status failed"));
    tell_held(s, c, b);
    buf_puts(b, buf_text(&s->report.notes));
    return st;
}

int session_tell_more(Session *s, uint64_t case_id, const char *what, const char *more)
{
    Case *c;
    Error err;
    Status st = journal_case(s->journal, case_id, &c, &err);
    if (st != ST_OK) return session_fail(s, st, &err);
    if (s->live) s->program = live_program(s->live);
    Buf b = {0};
    bool json = s->args->given[OPT_JSON];
    st = json ? tell_json(s, c, more, &b, &err) : tell_people(s, c, what, &b, &err);
    if (!json && st == ST_OK) st = session_incidents(s, c->id, &b, &err);
    if (!json && more) buf_puts(&b, more);
    if (json) say(&b);
    else say_text(&b);
    buf_free(&b);
    case_free(c);
    if (st != ST_OK) return session_fail(s, st, &err);
    int code = session_code(s);
    session_close(s);
    return code;
}

int session_tell(Session *s, uint64_t case_id, const char *what)
{
    return session_tell_more(s, case_id, what, NULL);
}

/* Where no name is near, all are told that fit a line. */
static Status unknown_name(Arena *a, const IrProgram *p, const char *what, const char *name, const char *const *names,
                           uint32_t n, Error *err)
{
    enum { SHOWN = 8 };
    const char *meant = text_did_you_mean(a, name, names, n), *all = n ? "; there is " : ", which has none";
    for (uint32_t i = 0; i < n && i < SHOWN; i++) all = arena_printf(a, "%s%s%s", all, i ? ", " : "", names[i]);
    return fail(err, ST_NOTFOUND, "there is no %s %s in %s%s%s", what, name, p->file, *meant ? meant : all,
                !*meant && n > SHOWN ? ", ..." : "");
}

Status find_process(Arena *a, const IrProgram *p, const char *name, Error *err)
{
    if (!name || ir_process(p, name)) return ST_OK;
    const char **names = ARENA_ARRAY(a, const char *, p->processes_n);
    for (uint32_t i = 0; i < p->processes_n; i++) names[i] = p->processes[i].name;
    return unknown_name(a, p, "process", name, names, p->processes_n, err);
}

Status find_event(Arena *a, const IrProgram *p, const char *name, Error *err)
{
    if (!name || ir_event(p, name)) return ST_OK;
    const char **names = ARENA_ARRAY(a, const char *, p->events_n);
    for (uint32_t i = 0; i < p->events_n; i++) names[i] = p->events[i].name;
    return unknown_name(a, p, "event", name, names, p->events_n, err);
}

Status find_audit(Arena *a, const IrProgram *p, const char *name, Error *err)
{
    const char **names = ARENA_ARRAY(a, const char *, p->audits_n);
    bool known = !name;
    for (uint32_t i = 0; i < p->audits_n; i++) {
        names[i] = arena_printf(a, "\"%s\"", p->audits[i].name);
        known |= name && strcmp(p->audits[i].name, name) == 0;
    }
    return known ? ST_OK : unknown_name(a, p, "audit", arena_printf(a, "\"%s\"", name), names, p->audits_n, err);
}

Status find_test(Arena *a, const IrProgram *p, const char *name, Error *err)
{
    const char **names = ARENA_ARRAY(a, const char *, p->tests_n);
    for (uint32_t i = 0; i < p->tests_n; i++) {
        if (strcmp(p->tests[i].name, name) == 0) return ST_OK;
        names[i] = arena_printf(a, "\"%s\"", p->tests[i].name);
    }
    return unknown_name(a, p, "test", arena_printf(a, "\"%s\"", name), names, p->tests_n, err);
}
