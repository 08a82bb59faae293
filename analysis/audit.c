/* audit.c -- judging: each rule over each case, then exceptions against what is allowed.
 *
 * A case's verdict is one of three: kept, broken, or still open. Open ones do
 * not count: their verdict may yet change. A cancelled case owes nothing more,
 * but what was done in it was done: it can break a rule, and never hides one.
 */
#include "analysis/audit.h"

#include "runtime/rows.h"

#include <stdlib.h>
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
    const Manner *reader;
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
    *VEC_PUSH(j->arena, &j->evidence) =
        (Evidence){c ? c->id : 0, c && c->key ? arena_dup(j->arena, c->key) : NULL, text};
}

/* Whose clock evidence is told by: that of the process which is judged. */
static const Zone *zone_of(const Judge *j)
{
    return ir_zone_of(j->program, j->check->process, NULL);
}

static const char *when(const Judge *j, Instant t)
{
    Buf b = {0};
    manner_moment(&b, j->reader, t, zone_of(j), true);
    const char *text = buf_dup(&b, j->arena);
    buf_free(&b);
    return text;
}

static const char *shown(const Judge *j, const Value *v)
{
    Buf b = {0};
    value_print_for(&b, v, j->reader, zone_of(j));
    const char *text = buf_dup(&b, j->arena);
    buf_free(&b);
    return text;
}

static const char *span(const Judge *j, int64_t micros)
{
    const Value v = value_duration(micros);
    return shown(j, &v);
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

static const char *verb(const Did *d)
{
    if (d->how == EV_APPROVED) return "approved";
    if (d->how == EV_REJECTED) return "rejected";
    return d->how == EV_SKIPPED ? "skipped" : d->how == EV_FAILED ? "failed at" : "did";
}

/* "ann", or "ann (as leo)" where the login is another's: both count as having done it. */
static const char *doer(const Judge *j, const Did *d)
{
    const char *person = d->person ? d->person : d->login;
    if (!person) return NULL;
    if (!d->login || strcmp(d->login, person) == 0) return arena_dup(j->arena, person);
    return arena_printf(j->arena, "%s (logged in as %s)", person, d->login);
}

static Kept has(Judge *j, const Case *c)
{
    for (uint32_t i = 0; i < c->did.n; i++)
        if (is_step(c, &c->did.items[i], j->check->a) && went_well(&c->did.items[i])) return KEPT;
    if (c->status == CASE_RUNNING || c->status == CASE_CANCELLED) return OPEN;
    broken(j, c, arena_printf(j->arena, "ended %s without \"%s\"", when(j, c->ended), j->check->a));
    return BROKEN;
}

/* No B without an A that had ended when B began. Once an A has ended well, no later B can break it. */
static Kept before(Judge *j, const Case *c)
{
    Instant first = INSTANT_NEVER;
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        if (is_step(c, d, j->check->a) && went_well(d) && d->ended < first) first = d->ended;
    }
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        if (!is_step(c, d, j->check->b) || d->how == EV_SKIPPED || d->began >= first) continue;
        const char *who = doer(j, d);
        const char *other =
            first == INSTANT_NEVER
                ? arena_printf(j->arena, "no \"%s\" was done before it", j->check->a)
                : arena_printf(j->arena, "\"%s\" was done only %s", j->check->a, when(j, first));
        broken(j, c,
               arena_printf(j->arena, "\"%s\" began %s%s%s; %s", j->check->b, when(j, d->began),
                            who ? " by " : "", who ? who : "", other));
        return BROKEN;
    }
    return first != INSTANT_NEVER || c->status != CASE_RUNNING ? KEPT : OPEN;
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
    for (uint32_t i = 0; i < c->did.n; i++) {
        for (uint32_t k = 0; k < c->did.n; k++) {
            const Did *a = &c->did.items[i], *b = &c->did.items[k];
            if (!is_step(c, a, j->check->a) || !is_step(c, b, j->check->b) || !same_hands(a, b)) continue;
            const char *x = doer(j, a), *y = doer(j, b);
            broken(j, c,
                   arena_printf(j->arena, "%s %s \"%s\" (%s) and %s%s%s \"%s\" (%s)", x, verb(a), j->check->a,
                                when(j, a->ended), strcmp(x, y) ? y : "", strcmp(x, y) ? " " : "", verb(b),
                                j->check->b, when(j, b->ended)));
            return BROKEN;
        }
    }
    return c->status == CASE_RUNNING ? OPEN : KEPT;
}

/* The moment that the span ends, and the case's fate by then. */
static Kept finished_within(Judge *j, const Case *c, Status *st, Error *err)
{
    EvalHost host = {.now = j->now, .program = j->program};
    bool runs = c->status == CASE_RUNNING;
    Instant limit, end = runs ? j->now : c->ended;
    *st = eval_after(&host, c->started, &j->check->span, NULL, &limit, err);
    if (*st != ST_OK) return OPEN;
    if (end <= limit && (runs || c->status == CASE_CANCELLED)) return OPEN;
    if (end <= limit && c->status != CASE_FAILED) return KEPT;
    const char *fate = c->status == CASE_FAILED      ? "failed"
                       : c->status == CASE_CANCELLED ? "cancelled"
                                                     : "finished";
    const char *what =
        runs ? "still running" : arena_printf(j->arena, "%s after %s", fate, span(j, end - c->started));
    broken(j, c,
           arena_printf(j->arena, "%s; began %s, wanted within %s, by %s", what, when(j, c->started),
                        shown(j, &j->check->span), when(j, limit)));
    return BROKEN;
}

/* A condition that nothing but lateness decides: once it holds, it holds for good. */
static bool only_lateness(const IrUnit *u, Code code)
{
    for (;; code++) {
        uint8_t op = IR_INSTRUCTION_OP(u->code[code]);
        if (op == IR_END) return true;
        if (op == IR_ATTR && IR_INSTRUCTION_OPERAND(u->code[code]) == ATTR_LATE) continue;
        if (op != IR_AND && op != IR_OR && op != IR_POP) return false;
    }
}

/* no P where c: a case for which the condition holds breaks the rule. */
static Kept none_where(Judge *j, const Case *c, Status *st, Error *err)
{
    QueryCaseHost h;
    bool holds = false, runs = c->status == CASE_RUNNING;
    if (runs && !only_lateness(&j->program->unit, j->check->condition)) return OPEN;
    query_case_host(&h, j->query, c);
    *st = eval_condition(&j->program->unit, j->check->condition, &h.host, j->arena, &holds, err);
    if (*st != ST_OK) return OPEN;
    if (!holds) return runs ? OPEN : KEPT;
    broken(j, c,
           arena_printf(j->arena, "it holds: began %s, %s%s%s%s", when(j, c->started),
                        runs ? "still running" : "ended ", runs ? "" : when(j, c->ended),
                        c->outcome ? ", outcome " : "", c->outcome ? arena_dup(j->arena, c->outcome) : ""));
    return BROKEN;
}

static Status judge_case(Judge *j, const Case *c, Kept *kept, Error *err)
{
    Status st = ST_OK;
    switch ((IrRule)j->check->rule) {
    case RULE_FINISHED_WITHIN: *kept = finished_within(j, c, &st, err); break;
    case RULE_HAS: *kept = has(j, c); break;
    case RULE_BEFORE: *kept = before(j, c); break;
    case RULE_SAME_PERSON: *kept = same_person(j, c); break;
    case RULE_NO: *kept = none_where(j, c, &st, err); break;
    case RULE_CONDITION:
    case RULE_SHELL:
    case RULE_LUA: *kept = OPEN; break;
    }
    return st;
}

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
        if (st != ST_OK)
            error_prefix(err, "case %llu of %s: ", (unsigned long long)cases[i]->id, cases[i]->process);
    }
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
        return arena_printf(j->arena, "it is %s, %s", shown(j, &row->value), over);
    if (metric == IR_NONE)
        return arena_printf(j->arena, "it %s, %s", row->holds ? "holds" : "does not hold", over);
    const IrMetric *m = &j->program->metrics[metric];
    return arena_printf(j->arena, "%s%s%s is %s, %s", m->name, named ? " of " : "",
                        named ? shown(j, &row->by) : "", shown(j, &row->value), over);
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
            *VEC_PUSH(j->arena, &j->evidence) = (Evidence){0, NULL, is};
        if (!j->result->found || (!rows[i].holds && !failed) || (warns && !failed && !*warned))
            j->result->found = is;
        failed |= !rows[i].holds;
        *warned |= warns;
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
    ExecCall call = {.tag = UINT64_MAX,
                     .command = k->shell.text,
                     .args = args,
                     .args_n = k->shell.args_n,
                     .cwd = rows_path(j->arena, j->program, "."),
                     .timeout = 10 * US_MINUTE};
    ExecResult r;
    Status st = exec_run(j->exec, &call, &r, err);
    if (st != ST_OK) return st;
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
    Status st = script_eval(s, j->program, &j->check->lua, j->arena, values, &n, err);
    if (st == ST_OK && n == 0)
        st = fail(err, ST_FAILED, "the block returned nothing: return yes or no, and evidence");
    if (st == ST_OK) {
        bool ok = values[0].type != V_NONE && !(values[0].type == V_BOOLEAN && !values[0].i);
        j->result->judged = 1;
        j->result->found = n > 1 && values[1].type != V_NONE ? shown(j, &values[1])
                           : ok                              ? j->reader->yes
                                                             : j->reader->no;
        if (!ok) broken(j, NULL, j->result->found);
    }
    script_free(s);
    return st;
}

/* ---- a check's verdict ----------------------------------------------------------------------------- */

/* All that a check allows is kept to; exactly, as 2 of 100 are 2% and 3 of 149 are more. */
static bool excused(const IrCheck *k, const CheckResult *r)
{
    if (r->exceptions == 0) return true;
    if (k->at_most < 0 && k->at_most_share < 0) return false;
    if (k->at_most >= 0 && r->exceptions > (uint64_t)k->at_most) return false;
    return k->at_most_share < 0 || (__extension__(unsigned __int128) r->exceptions * DECIMAL_ONE <=
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
    if (k->at_most >= 0) buf_printf(&b, ", at most %lld exception%s", (long long)k->at_most, k->at_most == 1 ? "" : "s");
    if (k->at_most_share >= 0) {
        Value share = value_percent(k->at_most_share);
        buf_printf(&b, ", at most %s", shown(j, &share));
    }
    if (k->may_be_empty) buf_puts(&b, ", may be empty");
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
    return arena_printf(j->arena, "%llu of %llu judged break%s it%s%s%s%s", (unsigned long long)r->exceptions,
                        (unsigned long long)r->judged, r->exceptions == 1 ? "s" : "", known ? " (" : "",
                        known ? shown(j, &share) : "", known ? ")" : "",
                        excused(j->check, r) ? ", as allowed" : "");
}

static void judge(Judge *j)
{
    const IrCheck *k = j->check;
    CheckResult *r = j->result;
    Error err = {0};
    bool warned = false;
    Status st = k->rule == RULE_CONDITION ? over_metrics(j, &warned, &err)
                : k->rule == RULE_SHELL   ? by_shell(j, &err)
                : k->rule == RULE_LUA     ? by_lua(j, &err)
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
        r->verdict = !excused(k, r) ? VERDICT_FAIL : warned ? VERDICT_WARN : VERDICT_PASS;
    if (r->judged == 0)
        r->found = "nothing to judge yet";
    else if (!r->found)
        r->found = found_in(j, r);
}

Status audit_run(Query *q, const IrProgram *p, const char *audit, Exec *exec, Arena *a, AuditReport *out,
                 Error *err)
{
    VEC(CheckResult) all = {0};
    bool known = audit == NULL;
    *out = (AuditReport){.reader = out->reader ? out->reader : manner_english()};
    for (uint32_t i = 0; i < p->audits_n; i++) {
        if (audit && strcmp(p->audits[i].name, audit) != 0) continue;
        known = true;
        for (uint32_t k = 0; k < p->audits[i].checks_n; k++) {
            CheckResult r = {.audit = &p->audits[i], .check = &p->audits[i].checks[k]};
            Judge j = {.query = q,
                       .program = p,
                       .check = r.check,
                       .result = &r,
                       .exec = exec,
                       .arena = a,
                       .reader = out->reader,
                       .now = query_host(q).now};
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

/* ---- since when ------------------------------------------------------------------------------------ */

static const char *note_key(Arena *a, const CheckResult *r)
{
    return arena_printf(a, "check %s/%s bad since", r->audit->name, r->check->name);
}

Status audit_remember(Journal *j, const AuditReport *r, Instant now, Error *err)
{
    Arena *a = arena_new();
    Status st = audit_recall(j, a, r, err);
    for (uint32_t i = 0; i < r->n && st == ST_OK; i++) {
        CheckResult *c = &r->checks[i];
        bool bad = c->verdict != VERDICT_PASS;
        if (bad == (c->since != 0)) continue;
        c->since = bad ? now : 0;
        st = journal_note(j, note_key(a, c), arena_printf(a, "%lld", (long long)c->since), err);
    }
    arena_free(a);
    return st;
}

Status audit_recall(Journal *j, Arena *a, const AuditReport *r, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < r->n && st == ST_OK; i++) {
        const char *noted;
        st = journal_noted(j, a, note_key(a, &r->checks[i]), &noted, err);
        if (st == ST_OK && noted) r->checks[i].since = strtoll(noted, NULL, 10);
    }
    return st;
}

int audit_exit_code(const AuditReport *r)
{
    if (r->counts[VERDICT_ERROR]) return status_exit_code(ST_UNJUDGED);
    return r->counts[VERDICT_FAIL] || r->counts[VERDICT_EMPTY] ? status_exit_code(ST_FINDINGS) : 0;
}
