/* audit.c -- judging: each rule over each case, then exceptions against what is allowed.
 *
 * What one case says to a rule stands in audit_rules.c; cases whose verdict may
 * yet change do not count. A sample is drawn from those that count: the same seed
 * over the same cases draws the same ones, and a new case changes at most one.
 */
#include "analysis/audit_private.h"

#include "runtime/reach.h"
#include "runtime/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_EVIDENCE = 20 };

const char *verdict_name(Verdict v)
{
    static const char *const names[] = {"pass", "warn", "fail", "waived", "empty", "error"};
    return names[v];
}

/* ---- evidence ---------------------------------------------------------------------------- */

static void broken(Judge *j, const Case *c, const char *text)
{
    const WaiverResult *w = c ? waiver_for(j, c, true) : NULL;
    j->result->exceptions++;
    j->result->waived += w != NULL;
    if (j->evidence.n >= MOST_EVIDENCE) return;
    text = w ? arena_printf(j->arena, "%s; waived by %s: %s", text, w->waiver->by, w->waiver->because)
             : arena_dup(j->arena, text);
    *VEC_PUSH(j->arena, &j->evidence) =
        (Evidence){c ? c->id : 0, c && c->key ? arena_dup(j->arena, c->key) : NULL, text, w != NULL};
}

/* Whose clock evidence is told by: that of the process which is judged. */
static const Zone *zone_of(const Judge *j)
{
    return ir_zone_of(j->program, j->check->process, NULL);
}

const char *audit_when(const Judge *j, Instant t)
{
    Buf b = {0};
    manner_moment(&b, j->reader, t, zone_of(j), true);
    const char *text = buf_dup(&b, j->arena);
    buf_free(&b);
    return text;
}

typedef void Print(Buf *b, const Value *v, const Manner *reader, const Zone *zone);

static const char *printed(const Judge *j, const Value *v, Print *print)
{
    Buf b = {0};
    print(&b, v, j->reader, zone_of(j));
    const char *text = buf_dup(&b, j->arena);
    buf_free(&b);
    return text;
}

const char *audit_shown(const Judge *j, const Value *v)
{
    return printed(j, v, value_print_for);
}

const char *audit_measured(const Judge *j, const Value *v)
{
    return printed(j, v, value_print_measured);
}

/* ---- over cases ------------------------------------------------------------------------------ */

/* Does the case belong to the check: its `where`, its window? */
static Status concerns(Judge *j, const Case *c, bool *yes, Error *err)
{
    const IrCheck *k = j->check;
    Instant from, to;
    *yes = true;
    if (k->has_window) {
        Status st = query_window(j->program, &k->window, NULL, k->process, j->now, &from, &to, err);
        if (st != ST_OK) return st;
        Instant at = k->window.by_start ? c->started : c->status == CASE_RUNNING ? j->now : c->ended;
        *yes = at >= from && at < to;
    }
    if (!*yes || k->where == CODE_NONE) return ST_OK;
    QueryCaseHost h;
    query_case_host(&h, j->query, c);
    return eval_condition(&j->program->unit, k->where, &h.host, j->arena, yes, err);
}

/* ---- samples ---- */

/* By what is the case's own and never changes, so that anybody can draw it again. */
static Drawn draw(const IrCheck *k, const Case *c)
{
    Drawn one = {.id = c->id, .of = c->id ? NULL : c};
    Buf b = {0};
    buf_printf(&b, "%llu\n%s\n", (unsigned long long)k->seed, c->process);
    if (c->id) buf_printf(&b, "%llu", (unsigned long long)c->id);
    else buf_puts(&b, c->key ? c->key : "");
    sha256(b.p, b.n, one.lot);
    buf_free(&b);
    return one;
}

static int by_lot(const void *a, const void *b)
{
    return memcmp(((const Drawn *)a)->lot, ((const Drawn *)b)->lot, SHA256_BYTES);
}

static int by_number(const void *a, const void *b)
{
    const Drawn *x = a, *y = b;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    return x->of && y->of && x->of->key && y->of->key ? strcmp(x->of->key, y->of->key) : 0;
}

static void leave_first(Judge *j)
{
    uint64_t n = j->check->sample;
    if (j->lots.n) qsort(j->lots.items, j->lots.n, sizeof(Drawn), by_lot);
    if (n < j->lots.n) j->lots.n = (uint32_t)n;
}

enum { ROOM_FOR_LOTS = 1024 };

/* Only those that may be in the sample are remembered. */
static void take_lot(Judge *j, const Case *c)
{
    j->counted++;
    *VEC_PUSH(j->arena, &j->lots) = draw(j->check, c);
    if (j->lots.n >= 2 * j->check->sample + ROOM_FOR_LOTS) leave_first(j);
}

/* The sample, in the order of cases; it is told. */
static Status take_sample(Judge *j, Error *err)
{
    leave_first(j);
    uint32_t n = j->lots.n;
    Status st = ST_OK;
    if (n) qsort(j->lots.items, n, sizeof(Drawn), by_number);
    const Case **cases = ARENA_ARRAY(j->arena, const Case *, n);
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        cases[i] = j->lots.items[i].of;
        if (!cases[i]) st = query_case(j->query, j->lots.items[i].id, &cases[i], err);
    }
    if (st == ST_OK) j->result->sample = cases, j->result->sample_n = n, j->result->sampled_of = j->counted;
    return st;
}

/* ---- cases, one by one ---- */

/* What it takes to judge a case is gone after it, but for evidence. */
static Status look_at(Judge *j, const Case *c, Kept *kept, const char **why, Error *err)
{
    Arena *own = j->arena;
    bool yes;
    *kept = OPEN;
    j->arena = j->scratch;
    Status st = concerns(j, c, &yes, err);
    if (st == ST_OK && yes) st = audit_case(j, c, kept, why, err);
    j->arena = own;
    if (st != ST_OK) query_blame(c, err);
    return st;
}

static Status decide(Judge *j, const Case *c, bool count, Error *err)
{
    Kept kept;
    const char *why = NULL;
    Status st = look_at(j, c, &kept, &why, err);
    if (st == ST_OK && kept != OPEN && !count) {
        take_lot(j, c);
    } else if (st == ST_OK && kept != OPEN) {
        j->result->judged++;
        if (kept == BROKEN) broken(j, c, why);
        else (void)waiver_for(j, c, false);
    }
    arena_reset(j->scratch);
    return st;
}

static bool over_same(const Judge *j, const Judge *other)
{
    return other->check->rule <= RULE_OF_CASES && strcmp(j->check->process, other->check->process) == 0;
}

/* By each check over these cases; one that cannot judge a case says no more. */
static Status judge_case(void *self, const Case *c, Error *err)
{
    const Judge *first = self;
    (void)err;
    for (uint32_t i = 0; i < first->all_n; i++) {
        Judge *j = &first->all[i];
        if (over_same(first, j) && j->found == ST_OK) j->found = decide(j, c, j->check->sample == 0, &j->err);
    }
    return ST_OK;
}

static void walk(Judge *j)
{
    Error err = {0};
    Status st = query_each(j->query, j->check->process, judge_case, j, &err);
    for (uint32_t i = 0; i < j->all_n; i++) {
        Judge *other = &j->all[i];
        if (!over_same(j, other)) continue;
        other->walked = true;
        if (st != ST_OK) other->found = st, other->err = err;
    }
}

static Status over_cases(Judge *j, Error *err)
{
    if (!j->walked) walk(j);
    if (j->found != ST_OK) *err = j->err;
    if (j->found != ST_OK || j->check->sample == 0) return j->found;
    Status st = take_sample(j, err);
    for (uint32_t i = 0; i < j->result->sample_n && st == ST_OK; i++)
        st = decide(j, j->result->sample[i], true, err);
    return st;
}

/* ---- other rules ------------------------------------------------------------------------------- */

/* "win_rate of web is 12%, over 40 cases" */
static const char *measured_text(Judge *j, const Judged *row)
{
    const IrCheck *k = j->check;
    const char *over = arena_printf(j->arena, "over %llu case%s", (unsigned long long)row->cases,
                                    row->cases == 1 ? "" : "s");
    uint32_t metric = k->metrics_n ? k->metrics[0] : IR_NONE;
    bool by = metric != IR_NONE && j->program->metrics[metric].by != CODE_NONE, named = by;
    for (uint32_t i = 1; i < k->metrics_n && !by; i++)
        if (j->program->metrics[k->metrics[i]].by != CODE_NONE) metric = k->metrics[i], named = true;
    if (metric == IR_NONE && row->value.type != V_NONE)
        return arena_printf(j->arena, "it is %s, %s", audit_measured(j, &row->value), over);
    if (metric == IR_NONE)
        return arena_printf(j->arena, "it %s, %s", row->holds ? "holds" : "does not hold", over);
    const IrMetric *m = &j->program->metrics[metric];
    return arena_printf(j->arena, "%s%s%s is %s, %s", m->name, named ? " of " : "",
                        named ? audit_shown(j, &row->by) : "", audit_measured(j, &row->value), over);
}

/* A condition must hold on every row of the metrics that it reads. */
static Status over_metrics(Judge *j, bool *warned, Error *err)
{
    const IrCheck *k = j->check;
    Judged *rows, *fine = NULL;
    uint32_t n = 0, same = 0;
    bool failed = false;
    Status st = query_judge(j->query, k->condition, k->metrics, k->metrics_n, k->rows, &rows, &n, err);
    if (st == ST_OK && k->warn != CODE_NONE)
        st = query_judge(j->query, k->warn, k->metrics, k->metrics_n, k->rows, &fine, &same, err);
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        if (!rows[i].measured) continue;
        const char *is = measured_text(j, &rows[i]);
        bool warns = rows[i].holds && fine && !fine[i].holds;
        j->result->judged++;
        if (!rows[i].holds)
            broken(j, NULL, is);
        else if (warns && j->evidence.n < MOST_EVIDENCE)
            *VEC_PUSH(j->arena, &j->evidence) = (Evidence){0, NULL, is, false};
        if (!j->result->found || (!rows[i].holds && !failed) || (warns && !failed && !*warned))
            j->result->found = is;
        failed |= !rows[i].holds;
        *warned |= warns;
    }
    return st;
}

/* The newest of the files that the path, or pattern, names. */
static Status newest(const Judge *j, const char **path, Instant *at, int64_t *size, Error *err)
{
    const char *const *files = NULL;
    uint32_t n;
    Status st = rows_files(j->arena, j->program, j->check->file, &files, &n, err);
    *path = NULL;
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        struct stat is;
        if (stat(files[i], &is) != 0)
            return fail(err, ST_IO, "looking at %s failed: %s", files[i], strerror(errno));
        Instant changed = (Instant)is.st_mtim.tv_sec * US_SECOND + is.st_mtim.tv_nsec / 1000;
        if (*path && changed <= *at) continue;
        *path = files[i], *at = changed, *size = is.st_size;
    }
    return st;
}

static Status by_age(Judge *j, Error *err)
{
    const char *path;
    Instant changed = 0, limit = 0;
    int64_t size = 0;
    EvalHost host = query_host(j->query);
    Status st = newest(j, &path, &changed, &size, err);
    if (st == ST_OK && path) st = eval_after(&host, changed, &j->check->span, NULL, &limit, err);
    if (st != ST_OK) return st;
    j->result->judged = 1;
    bool young = path && limit > j->now;
    const char *until = young ? "" : arena_printf(j->arena, "; it was young until %s", audit_when(j, limit));
    j->result->found = !path ? arena_printf(j->arena, "there is no file %s", j->check->file)
                             : arena_printf(j->arena, "%s, %lld bytes, was written %s%s", path, (long long)size,
                                            audit_when(j, changed), until);
    if (!young) broken(j, NULL, j->result->found);
    return ST_OK;
}

static Status by_shell(Judge *j, Error *err)
{
    const IrCheck *k = j->check;
    const char **args = ARENA_ARRAY(j->arena, const char *, k->shell.args_n + 1);
    if (!j->exec) return fail(err, ST_UNAVAILABLE, "commands cannot be run here");
    for (uint32_t i = 0; i < k->shell.args_n; i++) {
        Value v;
        EvalHost host = query_host(j->query);
        Status st = eval(&j->program->unit, k->shell_args[i], &host, j->arena, &v, err);
        if (st != ST_OK) return st;
        Buf b = {0};
        value_print(&b, &v, STYLE_MACHINE, NULL);
        args[i] = buf_dup(&b, j->arena);
        buf_free(&b);
    }
    ExecCall call = {.tag = UINT64_MAX,
                     .command = k->shell.text,
                     .args = args,
                     .args_n = k->shell.args_n,
                     .cwd = rows_path(j->arena, j->program, "."),
                     .timeout = 10 * US_MINUTE};
    ExecResult r;
    EnvVec env = {0};
    Status st = secrets_env(j->secrets, j->arena, k->shell.text, &env, err);
    call.env = env.items, call.env_n = env.n;
    if (st == ST_OK) st = exec_run(j->exec, &call, &r, err);
    if (st != ST_OK) return st;
    r.out = secrets_hide(j->secrets, j->arena, r.out, &r.out_n);
    r.err = secrets_hide(j->secrets, j->arena, r.err, &r.err_n);
    if (!r.started || r.timed_out || r.signal)
        return fail(err, ST_FAILED, "the command did not end by itself: %s",
                    r.problem ? r.problem : "it was stopped");
    j->result->judged = 1;
    Buf said = {0};
    buf_visible(&said, r.out_n ? r.out : r.err,
                r.out_n         ? r.out_n < 300 ? r.out_n : 300
                : r.err_n < 300 ? r.err_n
                                : 300);
    while (said.n && said.p[said.n - 1] == '\n')
        said.p[--said.n] = '\0';
    j->result->found =
        arena_printf(j->arena, "exit status %d%s%s", r.exit_code, said.n ? ": " : "", buf_text(&said));
    buf_free(&said);
    if (r.exit_code) broken(j, NULL, j->result->found);
    return ST_OK;
}

static Status by_lua(Judge *j, Error *err)
{
    Script *s = script_new();
    Value values[2] = {VALUE_NONE, VALUE_NONE};
    uint32_t n = 2;
    const IrAudit *audit = j->result->audit;
    const Calendar *calendar = ir_calendar_of(j->program, NULL, NULL);
    Reach reach = {.program = j->program, .process = audit->name, .journal = query_journal(j->query),
                   .measure = query_measure, .measure_self = j->query};
    const ScriptCall call = {.unit = &j->program->unit,
                             .program = j->program,
                             .calendar = calendar ? calendar->name : NULL,
                             .now = j->now,
                             .prelude = audit->prelude,
                             .prelude_n = audit->prelude_n,
                             .modules = audit->modules,
                             .modules_n = audit->modules_n,
                             .secrets = j->secrets,
                             .block = &j->check->lua,
                             .answer = reach_answer,
                             .answer_self = &reach};
    Status st = script_eval(s, &call, j->arena, values, &n, NULL, err);
    if (st == ST_OK && n == 0)
        st = fail(err, ST_FAILED, "the block returned nothing: return yes or no, and evidence");
    if (st == ST_OK) {
        bool ok = values[0].type != V_NONE && !(values[0].type == V_BOOLEAN && !values[0].i);
        j->result->judged = 1;
        j->result->found = n > 1 && values[1].type != V_NONE ? audit_shown(j, &values[1])
                           : ok                              ? j->reader->yes
                                                             : j->reader->no;
        if (!ok) broken(j, NULL, j->result->found);
    }
    script_free(s);
    return st;
}

/* A look is owed for each time between two moments of the schedule; one is good until the next time is over. */
static Status by_look(Judge *j, Error *err)
{
    const IrCheck *k = j->check;
    Vouched v;
    Status st = vouched_look(query_journal(j->query), j->arena, j->result->audit, k, &v, err);
    if (st != ST_OK) return st;
    Instant due = v.n ? vouch_due(k, v.at) : INSTANT_NEVER;
    if (!v.n && !recurrence_next(k->due, j->now, &due)) due = INSTANT_NEVER;
    const char *when = due == INSTANT_NEVER ? "never" : audit_when(j, due);
    j->result->judged = 1;
    if (!v.n)
        j->result->found = arena_printf(j->arena, "nobody has attested it yet; it is due by %s", when);
    else
        j->result->found = arena_printf(j->arena, "%s%s%s%s attested it %s%s%s; the next %s due by %s", v.person,
                                        v.login ? " (logged in as " : "", v.login ? v.login : "", v.login ? ")" : "",
                                        audit_when(j, v.at), v.note ? ": " : "", v.note ? v.note : "",
                                        due > j->now ? "is" : "was", when);
    if (!v.n || due <= j->now) broken(j, NULL, j->result->found);
    else *VEC_PUSH(j->arena, &j->evidence) = (Evidence){0, NULL, j->result->found, false};
    return ST_OK;
}

/* ---- a check's verdict ----------------------------------------------------------------------------- */

/* All that a check allows is kept to; exactly, as 2 of 100 are 2% and 3 of 149 are more. */
static bool excused(const IrCheck *k, const CheckResult *r, uint64_t exceptions)
{
    if (exceptions == 0) return true;
    if (k->at_most < 0 && k->at_most_share < 0) return false;
    if (k->at_most >= 0 && exceptions > (uint64_t)k->at_most) return false;
    return k->at_most_share < 0 || (__extension__(unsigned __int128) exceptions * DECIMAL_ONE <=
                                    (unsigned __int128)r->judged * (uint64_t)k->at_most_share);
}

/* The rule with what it allows: a report must be read without the file. */
static const char *wanted(const Judge *j)
{
    const IrCheck *k = j->check;
    Buf b = {0};
    buf_puts(&b, k->text);
    if (k->has_window && k->window.text) buf_printf(&b, ", during %s", k->window.text);
    if (k->rows) buf_printf(&b, ", for rows of at least %llu", (unsigned long long)k->rows);
    if (k->at_most >= 0)
        buf_printf(&b, ", at most %lld exception%s", (long long)k->at_most, k->at_most == 1 ? "" : "s");
    if (k->at_most_share >= 0) {
        Value share = value_percent(k->at_most_share);
        buf_printf(&b, ", at most %s", audit_shown(j, &share));
    }
    if (k->may_be_empty) buf_puts(&b, ", may be empty");
    if (k->sample)
        buf_printf(&b, ", sample %llu seeded %llu", (unsigned long long)k->sample, (unsigned long long)k->seed);
    if (k->warn != CODE_NONE && k->warn_text) buf_printf(&b, ", %s", k->warn_text);
    const char *text = buf_dup(&b, j->arena);
    buf_free(&b);
    return text;
}

static const char *found_in(const Judge *j, const CheckResult *r)
{
    if (!r->exceptions)
        return arena_printf(j->arena, "no exception in %llu judged", (unsigned long long)r->judged);
    int64_t part = 0;
    bool known = decimal_scale(DECIMAL_ONE, (int64_t)r->exceptions, (int64_t)r->judged, &part);
    Value share = value_percent(part);
    return arena_printf(j->arena, "%llu of %llu judged break%s it%s%s%s%s%s", (unsigned long long)r->exceptions,
                        (unsigned long long)r->judged, r->exceptions == 1 ? "s" : "", known ? " (" : "",
                        known ? audit_shown(j, &share) : "", known ? ")" : "",
                        excused(j->check, r, r->exceptions) ? ", as allowed" : "",
                        r->waived ? arena_printf(j->arena, "; waived: %llu", (unsigned long long)r->waived) : "");
}

/* Rows of a log that cannot be read may hide what breaks the rule; a name that no row has may be misspelled. */
static void doubt(Judge *j, CheckResult *r)
{
    const IrCheck *k = j->check;
    const char *unread = query_unread(j->query, k->process);
    const char *steps[] = {k->a, k->b};
    for (int i = 0; i < 2; i++) {
        if (!query_unheard(j->query, k->process, steps[i])) continue;
        r->found = arena_printf(j->arena, "%s; no row of %s says \"%s\": is it spelled so?", r->found, k->process,
                                steps[i]);
        if (r->verdict == VERDICT_PASS) r->verdict = VERDICT_WARN;
    }
    if (!unread) return;
    r->found = arena_printf(j->arena, "%s; %s", r->found, unread);
    if (r->verdict != VERDICT_FAIL) r->verdict = VERDICT_ERROR;
}

static void judge(Judge *j)
{
    const IrCheck *k = j->check;
    CheckResult *r = j->result;
    Error err = {0};
    bool warned = false;
    Status st = k->rule == RULE_CONDITION ? over_metrics(j, &warned, &err)
                : k->rule == RULE_YOUNGER ? by_age(j, &err)
                : k->rule == RULE_SHELL   ? by_shell(j, &err)
                : k->rule == RULE_LUA     ? by_lua(j, &err)
                : k->rule == RULE_ATTEST  ? by_look(j, &err)
                                          : over_cases(j, &err);
    r->wanted = wanted(j);
    r->evidence = j->evidence.items;
    r->evidence_n = j->evidence.n;
    if (st != ST_OK) {
        r->verdict = VERDICT_ERROR;
        r->found = arena_dup(j->arena, err.text);
        return;
    }
    if (r->judged == 0)
        r->verdict = k->may_be_empty ? VERDICT_PASS : VERDICT_EMPTY;
    else
        r->verdict = excused(k, r, r->exceptions)               ? warned ? VERDICT_WARN : VERDICT_PASS
                     : excused(k, r, r->exceptions - r->waived) ? VERDICT_WAIVED
                                                                : VERDICT_FAIL;
    if (r->judged == 0)
        r->found = "nothing to judge yet";
    else if (!r->found)
        r->found = found_in(j, r);
    if (k->rule <= RULE_OF_CASES) doubt(j, r);
    const WaiverResult *whole = waiver_for(j, NULL, r->verdict != VERDICT_PASS);
    if (!whole || r->verdict == VERDICT_PASS || r->verdict == VERDICT_ERROR) return;
    r->verdict = VERDICT_WAIVED;
    r->found = arena_printf(j->arena, "%s; waived by %s: %s", r->found, whole->waiver->by, whole->waiver->because);
}

typedef VEC(Judge) Judges;

/* A judge for each check of the audit. */
static Status appoint(Query *q, const IrProgram *p, const IrAudit *audit, const Judge *like, Judges *all, Error *err)
{
    WaiverResult *own;
    Status st = audit_waivers(q, p, audit, like->arena, &own, err);
    for (uint32_t k = 0; k < audit->checks_n && st == ST_OK; k++) {
        Judge *j = VEC_PUSH(like->arena, all);
        *j = *like;
        j->check = &audit->checks[k];
        j->waivers = own, j->waivers_n = audit->waivers_n;
        j->result = ARENA_NEW(like->arena, CheckResult);
        *j->result = (CheckResult){.audit = audit, .check = j->check};
    }
    return st;
}

static Status judge_all(Judges *all, AuditReport *out, Error *err)
{
    VEC(CheckResult) results = {0};
    VEC(WaiverResult) waivers = {0};
    Status st = ST_OK;
    for (uint32_t i = 0; i < all->n; i++) all->items[i].all = all->items, all->items[i].all_n = all->n;
    for (uint32_t i = 0; i < all->n && st == ST_OK; i++) {
        Judge *j = &all->items[i];
        bool last = i + 1 == all->n || all->items[i + 1].result->audit != j->result->audit;
        j->secrets = secrets_new(j->program, true);
        judge(j);
        secrets_free(j->secrets);
        st = waivers_settle(j, err);
        out->counts[j->result->verdict]++;
        *VEC_PUSH(j->arena, &results) = *j->result;
        for (uint32_t k = 0; last && k < j->waivers_n; k++) *VEC_PUSH(j->arena, &waivers) = j->waivers[k];
    }
    out->checks = results.items, out->n = results.n;
    out->waivers = waivers.items, out->waivers_n = waivers.n;
    return st;
}

Status audit_run(Query *q, const IrProgram *p, const char *audit, Exec *exec, Arena *a, AuditReport *out,
                 Error *err)
{
    Judges all = {0};
    Status st = ST_OK;
    bool known = audit == NULL;
    *out = (AuditReport){.reader = out->reader ? out->reader : manner_english(), .where = out->where};
    const Judge like = {.query = q, .program = p, .exec = exec, .arena = a, .scratch = arena_new(),
                        .reader = out->reader, .now = query_host(q).now};
    for (uint32_t i = 0; i < p->audits_n && st == ST_OK; i++) {
        if (audit && strcmp(p->audits[i].name, audit) != 0) continue;
        known = true;
        st = appoint(q, p, &p->audits[i], &like, &all, err);
    }
    if (st == ST_OK && !known) st = fail(err, ST_NOTFOUND, "there is no audit \"%s\" in %s", audit, p->file);
    if (st == ST_OK) st = judge_all(&all, out, err);
    arena_free(like.scratch);
    return st;
}

/* ---- since when ------------------------------------------------------------------------------------ */

static const char *note_key(Arena *a, const CheckResult *r)
{
    return arena_printf(a, "check %s/%s bad since", r->audit->name, r->check->name);
}

/* Which cases were drawn, and with which seed. */
static Status keep_sample(Journal *j, Arena *a, const CheckResult *r, Error *err)
{
    Buf b = {0};
    buf_printf(&b, "seed %llu, %u of %llu:", (unsigned long long)r->check->seed, r->sample_n,
               (unsigned long long)r->sampled_of);
    for (uint32_t i = 0; i < r->sample_n; i++) {
        const Case *c = r->sample[i];
        if (c->id) buf_printf(&b, " %llu", (unsigned long long)c->id);
        else buf_printf(&b, " \"%s\"", c->key ? c->key : "");
    }
    Status st = journal_note(j, arena_printf(a, "check %s/%s sample", r->audit->name, r->check->name), buf_text(&b),
                             err);
    buf_free(&b);
    return st;
}

/* Since when, and with which verdict; an older ops kept no verdict. */
typedef struct Noted { const char *text; Instant since; const char *as; } Noted;

static Status since_noted(Journal *j, Arena *a, const CheckResult *r, Noted *out, Error *err)
{
    char *end;
    *out = (Noted){.as = ""};
    Status st = journal_noted(j, a, note_key(a, r), &out->text, err);
    if (st != ST_OK || !out->text) return st;
    out->since = strtoll(out->text, &end, 10);
    out->as = *end == ' ' ? end + 1 : "";
    return ST_OK;
}

static bool is_found(const CheckResult *r)
{
    return r->verdict != VERDICT_PASS && r->verdict != VERDICT_WAIVED;
}

/* Is what is found now what was noted? That nothing was there to judge, or that it came close, is no breach yet; that
 * it could not be judged once ends none. */
static bool goes_on(const CheckResult *r, const Noted *noted)
{
    bool same = !*noted->as || strcmp(noted->as, verdict_name(r->verdict)) == 0;
    bool unjudged = r->verdict == VERDICT_ERROR && strcmp(noted->as, verdict_name(VERDICT_FAIL)) == 0;
    return is_found(r) && noted->since && (same || unjudged);
}

static Status keep_since(Journal *j, Arena *a, CheckResult *r, Instant now, Error *err)
{
    Noted noted;
    Status st = since_noted(j, a, r, &noted, err);
    if (st != ST_OK) return st;
    bool same = goes_on(r, &noted);
    const char *as = same && *noted.as ? noted.as : verdict_name(r->verdict), *text = "0";
    r->since = !is_found(r) ? 0 : same ? noted.since : now;
    if (r->since) text = arena_printf(a, "%lld %s", (long long)r->since, as);
    bool known = noted.since ? strcmp(noted.text, text) == 0 : !r->since;
    return known ? ST_OK : journal_note(j, note_key(a, r), text, err);
}

Status audit_remember(Journal *j, const AuditReport *r, Instant now, Error *err)
{
    Arena *a = arena_new();
    Status st = ST_OK;
    for (uint32_t i = 0; i < r->n && st == ST_OK; i++) {
        CheckResult *c = &r->checks[i];
        if (c->check->sample) st = keep_sample(j, a, c, err);
        if (st == ST_OK) st = keep_since(j, a, c, now, err);
    }
    arena_free(a);
    return st;
}

Status audit_recall(Journal *j, Arena *a, const AuditReport *r, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < r->n && st == ST_OK; i++) {
        Noted noted;
        st = since_noted(j, a, &r->checks[i], &noted, err);
        r->checks[i].since = st == ST_OK && goes_on(&r->checks[i], &noted) ? noted.since : 0;
    }
    return st;
}

int audit_exit_code(const AuditReport *r)
{
    if (r->counts[VERDICT_ERROR]) return status_exit_code(ST_UNJUDGED);
    return r->counts[VERDICT_FAIL] || r->counts[VERDICT_EMPTY] ? status_exit_code(ST_FINDINGS) : 0;
}
