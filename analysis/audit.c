/* audit.c -- judging: each rule over each case, then exceptions against what is allowed.
 *
 * A case's verdict is one of three: kept, broken, or still open. Open ones do
 * not count: their verdict may yet change.
 */
#include "analysis/audit.h"

#include "runtime/rows.h"

#include <string.h>

enum { MOST_EVIDENCE = 20 };

typedef enum Kept { KEPT, BROKEN, OPEN } Kept;

typedef struct Judge {
    Query *query;
    const IrProgram *program;
    const IrCheck *check;
    CheckResult *result;
    Exec *exec;
    Arena *arena;
    VEC(Evidence) evidence;
    Instant now;
} Judge;

const char *verdict_name(Verdict v)
{
    static const char *const names[] = {"pass", "warn", "fail", "empty", "error"};
    return names[v];
}

/* ---- evidence ---------------------------------------------------------------------------- */

static void broken(Judge *j, const Case *c, const char *text)
{
    j->result->exceptions++;
    if (j->evidence.n >= MOST_EVIDENCE) return;
    *VEC_PUSH(j->arena, &j->evidence) = (Evidence){c ? c->id : 0, c && c->key ? arena_dup(j->arena, c->key) : NULL, text};
}

static const char *when(const Judge *j, Instant t)
{
    char text[40];
    instant_print_local(text, ir_zone(j->program), t);
    return arena_dup(j->arena, text);
}

static const char *span(const Judge *j, int64_t micros)
{
    char text[40];
    span_print(text, micros);
    return arena_dup(j->arena, text);
}

static const char *shown(const Judge *j, const Value *v)
{
    Buf b = {0};
    value_print(&b, v, STYLE_HUMAN, ir_zone(j->program));
    const char *text = buf_dup(&b, j->arena);
    buf_free(&b);
    return text;
}

/* ---- rules over a case's trace --------------------------------------------------------------- */

static bool is_step(const Case *c, const Did *d, const char *step)
{
    return strcmp(c->flow->nodes[d->node].name, step) == 0;
}

static bool went_well(const Did *d)
{
    return d->how == EV_FINISHED || d->how == EV_DONE || d->how == EV_APPROVED;
}

static Kept has(Judge *j, const Case *c)
{
    for (uint32_t i = 0; i < c->did.n; i++)
        if (is_step(c, &c->did.items[i], j->check->a) && went_well(&c->did.items[i])) return KEPT;
    if (c->status == CASE_RUNNING) return OPEN;
    broken(j, c, arena_printf(j->arena, "ended %s without \"%s\"", when(j, c->ended), j->check->a));
    return BROKEN;
}

/* No B without an A ahead of it. */
static Kept before(Judge *j, const Case *c)
{
    const Did *a = NULL;
    bool met = false;
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        if (is_step(c, d, j->check->a) && went_well(d)) a = d;
        if (!is_step(c, d, j->check->b)) continue;
        met = true;
        if (a && a->ended <= d->ended) continue;
        broken(j, c, arena_printf(j->arena, "\"%s\" was done %s%s%s, and no \"%s\" before it", j->check->b, when(j, d->ended),
                                  d->person ? " by " : "", d->person ? arena_dup(j->arena, d->person) : "", j->check->a));
        return BROKEN;
    }
    return met || c->status != CASE_RUNNING ? KEPT : OPEN;
}

static bool same_hands(const Did *a, const Did *b)
{
    const char *x[] = {a->person, a->login}, *y[] = {b->person, b->login};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            if (x[i] && y[k] && strcmp(x[i], y[k]) == 0) return true;
    return false;
}

static Kept same_person(Judge *j, const Case *c)
{
    bool both = false;
    for (uint32_t i = 0; i < c->did.n; i++) {
        for (uint32_t k = 0; k < c->did.n; k++) {
            const Did *a = &c->did.items[i], *b = &c->did.items[k];
            if (!is_step(c, a, j->check->a) || !is_step(c, b, j->check->b)) continue;
            both = true;
            if (!same_hands(a, b)) continue;
            broken(j, c, arena_printf(j->arena, "%s did \"%s\" (%s) and \"%s\" (%s)", a->person ? arena_dup(j->arena, a->person) : "?", j->check->a,
                                      when(j, a->ended), j->check->b, when(j, b->ended)));
            return BROKEN;
        }
    }
    return both || c->status != CASE_RUNNING ? KEPT : OPEN;
}

static Kept finished_within(Judge *j, const Case *c, Status *st, Error *err)
{
    EvalHost host = {.now = j->now, .program = j->program};
    Instant limit;
    *st = eval_after(&host, c->started, &j->check->span, NULL, &limit, err);
    if (*st != ST_OK) return OPEN;
    Instant end = c->status == CASE_RUNNING ? j->now : c->ended;
    if (end <= limit) return c->status == CASE_RUNNING ? OPEN : KEPT;
    broken(j, c, arena_printf(j->arena, "%s %s, wanted by %s", c->status == CASE_RUNNING ? "still running after" : "finished after",
                              span(j, end - c->started), when(j, limit)));
    return BROKEN;
}

/* no P where c: a case for which the condition holds breaks the rule. */
static Kept none_where(Judge *j, const Case *c, Status *st, Error *err)
{
    QueryCaseHost h;
    bool holds = false;
    query_case_host(&h, j->query, c);
    *st = eval_condition(&j->program->unit, j->check->condition, &h.host, j->arena, &holds, err);
    if (*st != ST_OK) return OPEN;
    if (!holds) return c->status == CASE_RUNNING ? OPEN : KEPT;
    broken(j, c, arena_printf(j->arena, "it began %s%s%s", when(j, c->started), c->outcome ? ", outcome " : "",
                              c->outcome ? arena_dup(j->arena, c->outcome) : ""));
    return BROKEN;
}

static Status judge_case(Judge *j, const Case *c, Kept *kept, Error *err)
{
    Status st = ST_OK;
    switch ((IrRule)j->check->rule) {
    case RULE_FINISHED_WITHIN: *kept = finished_within(j, c, &st, err); break;
    case RULE_HAS:             *kept = has(j, c); break;
    case RULE_BEFORE:          *kept = before(j, c); break;
    case RULE_SAME_PERSON:     *kept = same_person(j, c); break;
    case RULE_NO:              *kept = none_where(j, c, &st, err); break;
    case RULE_CONDITION:
    case RULE_SHELL:
    case RULE_LUA:             *kept = OPEN; break;
    }
    return st;
}

/* Does the case belong to the check: its `where`, its window? */
static Status concerns(Judge *j, const Case *c, bool *yes, Error *err)
{
    const IrCheck *k = j->check;
    Instant from, to;
    *yes = c->status != CASE_CANCELLED && c->status != CASE_IMPORTED;
    if (*yes && k->has_window) {
        Status st = query_window(j->program, &k->window, NULL, j->now, &from, &to, err);
        if (st != ST_OK) return st;
        Instant at = k->window.by_start ? c->started : c->status == CASE_RUNNING ? j->now : c->ended;
        *yes = at >= from && at < to;
    }
    if (!*yes || k->where == CODE_NONE) return ST_OK;
    QueryCaseHost h;
    query_case_host(&h, j->query, c);
    return eval_condition(&j->program->unit, k->where, &h.host, j->arena, yes, err);
}

static Status over_cases(Judge *j, Error *err)
{
    Case *const *cases;
    uint32_t n;
    Status st = query_cases(j->query, j->check->process, &cases, &n, err);
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        bool yes;
        Kept kept = OPEN;
        st = concerns(j, cases[i], &yes, err);
        if (st == ST_OK && yes) st = judge_case(j, cases[i], &kept, err);
        if (st == ST_OK && yes && kept != OPEN) j->result->judged++;
    }
    return st;
}

/* ---- other rules ------------------------------------------------------------------------------- */

/* A condition must hold on every row of the metrics that it reads. */
static Status over_metrics(Judge *j, bool *warned, Error *err)
{
    const IrCheck *k = j->check;
    uint32_t metric = k->metrics_n ? k->metrics[0] : IR_NONE, n = 0;
    const MetricRow *rows = NULL;
    Status st = ST_OK;
    for (uint32_t i = 0; i < k->metrics_n; i++)
        if (j->program->metrics[k->metrics[i]].by != CODE_NONE) metric = k->metrics[i];
    if (metric != IR_NONE) st = query_metric(j->query, metric, &rows, &n, err);
    for (uint32_t i = 0; i < n && st == ST_OK; i++) {
        bool holds = true, fine = true;
        if (rows[i].value.type == V_NONE || rows[i].cases == 0 || rows[i].cases < k->rows) continue;
        EvalHost host = query_row_host(j->query, &rows[i].by);
        j->result->judged++;
        st = eval_condition(&j->program->unit, k->condition, &host, j->arena, &holds, err);
        if (st == ST_OK && k->warn != CODE_NONE) st = eval_condition(&j->program->unit, k->warn, &host, j->arena, &fine, err);
        const char *is = arena_printf(j->arena, "%s%s%s is %s, over %llu cases", j->program->metrics[metric].name, rows[i].by.type == V_NONE ? "" : " of ",
                                      rows[i].by.type == V_NONE ? "" : shown(j, &rows[i].by), shown(j, &rows[i].value), (unsigned long long)rows[i].cases);
        if (st == ST_OK && !holds) broken(j, NULL, is);
        if (st == ST_OK && holds && !fine) *warned = true, *VEC_PUSH(j->arena, &j->evidence) = (Evidence){0, NULL, is};
        if (!j->result->found) j->result->found = is;
    }
    return st;
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
    ExecCall call = {.tag = UINT64_MAX, .command = k->shell.text, .args = args, .args_n = k->shell.args_n, .cwd = rows_path(j->arena, j->program, "."),
                     .timeout = 10 * US_MINUTE};
    ExecResult r;
    Status st = exec_run(j->exec, &call, &r, err);
    if (st != ST_OK) return st;
    if (!r.started || r.timed_out || r.signal) return fail(err, ST_FAILED, "the command was not judged: %s", r.problem);
    j->result->judged = 1;
    Buf said = {0};
    buf_visible(&said, r.out_n ? r.out : r.err, r.out_n ? r.out_n < 300 ? r.out_n : 300 : r.err_n < 300 ? r.err_n : 300);
    while (said.n && said.p[said.n - 1] == '\n') said.p[--said.n] = '\0';
    j->result->found = arena_printf(j->arena, "exit status %d%s%s", r.exit_code, said.n ? ": " : "", buf_text(&said));
    buf_free(&said);
    if (r.exit_code) broken(j, NULL, j->result->found);
    return ST_OK;
}

static Status by_lua(Judge *j, Error *err)
{
    Script *s = script_new();
    Value values[2] = {VALUE_NONE, VALUE_NONE};
    uint32_t n = 2;
    Status st = script_eval(s, j->program, j->check->lua.text, j->arena, values, &n, err);
    if (st == ST_OK && n == 0) st = fail(err, ST_FAILED, "the block returned nothing: return yes or no, and evidence");
    if (st == ST_OK) {
        bool ok = values[0].type != V_NONE && !(values[0].type == V_BOOLEAN && !values[0].i);
        j->result->judged = 1;
        j->result->found = n > 1 && values[1].type != V_NONE ? shown(j, &values[1]) : ok ? "yes" : "no";
        if (!ok) broken(j, NULL, j->result->found);
    }
    script_free(s);
    return st;
}

/* ---- a check's verdict ----------------------------------------------------------------------------- */

static bool excused(const IrCheck *k, const CheckResult *r)
{
    if (r->exceptions == 0) return true;
    if (k->at_most >= 0 && r->exceptions <= (uint64_t)k->at_most) return true;
    int64_t share;
    return k->at_most_share >= 0 && r->judged && decimal_scale(DECIMAL_ONE, (int64_t)r->exceptions, (int64_t)r->judged, &share) &&
           share <= k->at_most_share;
}

static void judge(Judge *j)
{
    const IrCheck *k = j->check;
    CheckResult *r = j->result;
    Error err = {0};
    bool warned = false;
    Status st = k->rule == RULE_CONDITION ? over_metrics(j, &warned, &err) : k->rule == RULE_SHELL ? by_shell(j, &err)
                : k->rule == RULE_LUA ? by_lua(j, &err) : over_cases(j, &err);
    r->wanted = k->warn == CODE_NONE ? k->text : arena_printf(j->arena, "%s, %s", k->text, k->warn_text ? k->warn_text : "");
    r->evidence = j->evidence.items;
    r->evidence_n = j->evidence.n;
    if (st != ST_OK) {
        r->verdict = VERDICT_ERROR;
        r->found = arena_dup(j->arena, err.text);
        return;
    }
    if (r->judged == 0) r->verdict = k->may_be_empty ? VERDICT_PASS : VERDICT_EMPTY;
    else r->verdict = !excused(k, r) ? VERDICT_FAIL : warned ? VERDICT_WARN : VERDICT_PASS;
    if (r->judged == 0) r->found = "nothing to judge yet";
    else if (!r->found) r->found = arena_printf(j->arena, "%llu of %llu break it", (unsigned long long)r->exceptions, (unsigned long long)r->judged);
}

Status audit_run(Query *q, const IrProgram *p, const char *audit, Exec *exec, Arena *a, AuditReport *out, Error *err)
{
    VEC(CheckResult) all = {0};
    bool known = audit == NULL;
    *out = (AuditReport){0};
    for (uint32_t i = 0; i < p->audits_n; i++) {
        if (audit && strcmp(p->audits[i].name, audit) != 0) continue;
        known = true;
        for (uint32_t k = 0; k < p->audits[i].checks_n; k++) {
            CheckResult r = {.audit = &p->audits[i], .check = &p->audits[i].checks[k]};
            Judge j = {.query = q, .program = p, .check = r.check, .result = &r, .exec = exec, .arena = a, .now = clock_now()};
            judge(&j);
            out->counts[r.verdict]++;
            *VEC_PUSH(a, &all) = r;
        }
    }
    if (!known) return fail(err, ST_NOTFOUND, "there is no audit \"%s\" in %s", audit, p->file);
    out->checks = all.items;
    out->n = all.n;
    return ST_OK;
}

int audit_exit_code(const AuditReport *r)
{
    if (r->counts[VERDICT_ERROR]) return status_exit_code(ST_UNJUDGED);
    return r->counts[VERDICT_FAIL] || r->counts[VERDICT_EMPTY] ? status_exit_code(ST_FINDINGS) : 0;
}
