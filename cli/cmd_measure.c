/* cmd_measure.c -- numbers and judgements: stats, goals, audit. */
#include "cli/proposed.h"

#include "analysis/audit.h"
#include "base/json.h"
#include "cli/table.h"

#include <string.h>

int cmd_stats(Args *args);
int cmd_goals(Args *args);
int cmd_audit(Args *args);

static void stats_json(Buf *b, const ProcessStats *stats, uint32_t n)
{
    buf_puts(b, "{\"processes\":[");
    for (uint32_t i = 0; i < n; i++) {
        const ProcessStats *p = &stats[i];
        if (i) buf_putc(b, ',');
        buf_putc(b, '{');
        json_key_string(b, "process", p->process);
        json_key_string(b, "system", p->system);
        json_key_int(b, "started", (int64_t)p->started);
        json_key_int(b, "finished", (int64_t)p->finished);
        json_key_int(b, "running", (int64_t)p->running);
        json_key_int(b, "waiting", (int64_t)p->waiting);
        json_key_int(b, "failed", (int64_t)p->failed);
        json_key_int(b, "cancelled", (int64_t)p->cancelled);
        json_key_int(b, "imported", (int64_t)p->imported);
        json_key_int(b, "late", (int64_t)p->late);
        json_key_int(b, "incidents", (int64_t)p->incidents);
        Value median = p->median_duration < 0 ? VALUE_NONE : value_duration(p->median_duration);
        json_key(b, "median_duration");
        value_json(b, &median);
        json_key(b, "outcomes");
        buf_putc(b, '{');
        for (uint32_t k = 0; k < p->outcomes_n; k++) json_key_int(b, p->outcomes[k].outcome, (int64_t)p->outcomes[k].n);
        buf_puts(b, "}}");
    }
    buf_puts(b, "]}\n");
}

static void stats_tables(Session *s, Buf *b, const ProcessStats *stats, uint32_t n)
{
    static const char *const headers[] = {"?system",   "process",     ">started",    ">running",
                                          ">finished", "?>failed",    "?>cancelled", "?>imported",
                                          "?>late",    "?>incidents", ">median",     NULL};
    static const char *const endings[] = {"process", "ended as", ">cases", NULL};
    Table *t = table_new(s->arena, headers), *ends = table_new(s->arena, endings);
    for (uint32_t i = 0; i < n; i++) {
        const ProcessStats *p = &stats[i];
        table_cell(t, p->system);
        table_cell(t, p->process);
        table_int(t, p->started), table_int(t, p->running), table_int(t, p->finished), table_int(t, p->failed),
            table_int(t, p->cancelled);
        table_int(t, p->imported), table_int(t, p->late), table_int(t, p->incidents);
        table_cell(t, p->median_duration < 0 ? "" : session_measured(s, p->median_duration));
        for (uint32_t k = 0; k < p->outcomes_n; k++) {
            table_cell(ends, k ? "" : p->process);
            table_cell(ends, p->outcomes[k].outcome);
            table_int(ends, p->outcomes[k].n);
        }
    }
    table_print(t, b, terminal_width(), terminal_colour(s->args));
    if (table_rows(ends)) buf_putc(b, '\n'), table_print(ends, b, terminal_width(), terminal_colour(s->args));
}

int cmd_stats(Args *args)
{
    Session s;
    int code;
    Error err;
    const ProcessStats *stats;
    uint32_t n = 0;
    Buf b = {0};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    Query *q = query_new(s.program, s.journal, clock_now());
    Status st = query_stats(q, &stats, &n, &err);
    if (st == ST_OK && args->given[OPT_JSON]) stats_json(&b, stats, n);
    else if (st == ST_OK) stats_tables(&s, &b, stats, n);
    say(&b);
    buf_free(&b);
    query_free(q);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return 0;
}

/* ---- goals ------------------------------------------------------------------------------ */

static const char *human(Session *s, const Value *v)
{
    Buf b = {0};
    value_print_measured(&b, v, s->manner, session_zone(s, NULL, NULL));
    const char *text = v->type == V_NONE ? "not measurable" : buf_dup(&b, s->arena);
    buf_free(&b);
    return text;
}

static Status metrics_of(Session *s, Query *q, Buf *b, bool json, Error *err)
{
    static const char *const headers[] = {"metric", "of", ">value", ">cases", NULL};
    Table *t = table_new(s->arena, headers);
    if (json) json_key(b, "metrics"), buf_putc(b, '[');
    for (uint32_t i = 0; i < s->program->metrics_n; i++) {
        const IrMetric *m = &s->program->metrics[i];
        const MetricRow *rows;
        uint32_t n;
        Status st = query_metric(q, i, &rows, &n, err);
        if (st != ST_OK) return st;
        for (uint32_t k = 0; k < n; k++) {
            if (json) {
                json_comma(b);
                buf_putc(b, '{');
                json_key_string(b, "metric", m->name);
                json_key(b, "by");
                value_json(b, &rows[k].by);
                json_key(b, "value");
                value_json(b, &rows[k].value);
                json_key_int(b, "cases", (int64_t)rows[k].cases);
                buf_putc(b, '}');
                continue;
            }
            table_cell(t, k ? "" : m->name);
            table_cell(t, m->by == CODE_NONE ? ""
                        : rows[k].by.type == V_NONE ? s->manner->none : human(s, &rows[k].by));
            table_cell(t, human(s, &rows[k].value));
            table_int(t, rows[k].cases);
        }
    }
    if (json) buf_putc(b, ']');
    else if (table_rows(t)) buf_putc(b, '\n'), table_print(t, b, terminal_width(), terminal_colour(s->args));
    return ST_OK;
}

static Status goals_of(Session *s, Query *q, Buf *b, bool json, bool *missed, Error *err)
{
    static const char *const headers[] = {"goal", "state", ">now", "wanted", "by", NULL};
    Table *t = table_new(s->arena, headers);
    if (json) json_key(b, "goals"), buf_putc(b, '[');
    for (uint32_t i = 0; i < s->program->goals_n; i++) {
        const IrGoal *g = &s->program->goals[i];
        GoalResult r;
        Status st = query_goal(q, i, &r, err);
        if (st != ST_OK) return st;
        *missed |= r.state == GOAL_MISSED;
        Value by = g->by == INT64_MAX ? VALUE_NONE : value_date(g->by);
        if (json) {
            json_comma(b);
            buf_putc(b, '{');
            json_key_string(b, "goal", g->name);
            json_key_string(b, "state", goal_state_name(r.state));
            json_key(b, "value");
            value_json(b, &r.value);
            json_key_string(b, "wanted", g->text);
            json_key(b, "by");
            value_json(b, &by);
            json_key_string(b, "reason", r.reason);
            buf_putc(b, '}');
            continue;
        }
        table_cell(t, g->name);
        table_cell(t, goal_state_name(r.state));
        table_cell(t, r.value.type == V_NONE ? "" : human(s, &r.value));
        table_cell(t, g->text);
        table_cell(t, by.type == V_NONE ? "" : human(s, &by));
    }
    if (json) buf_putc(b, ']');
    else if (s->program->goals_n) table_print(t, b, terminal_width(), terminal_colour(s->args));
    else buf_puts(b, "The file states no goals.\n");
    return ST_OK;
}

int cmd_goals(Args *args)
{
    Session s;
    int code;
    Error err;
    Buf b = {0};
    bool json = args->given[OPT_JSON], missed = false;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE_MAYBE, &code)) return code;
    Query *q = query_new(s.program, s.journal, clock_now());
    if (json) buf_putc(&b, '{');
    Status st = goals_of(&s, q, &b, json, &missed, &err);
    if (st == ST_OK) st = metrics_of(&s, q, &b, json, &err);
    if (json) buf_puts(&b, "}\n");
    if (st == ST_OK) say(&b);
    buf_free(&b);
    query_free(q);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return missed ? 1 : 0;
}

/* ---- audit -------------------------------------------------------------------------------- */

int cmd_audit(Args *args)
{
    Session s;
    int code;
    Error err;
    Buf b = {0};
    AuditReport r = {0};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE_MAYBE, &code)) return code;
    Status st = find_audit(s.arena, s.program, args->value[OPT_AUDIT], &err);
    for (uint32_t i = 0; i < s.program->audits_n && !s.exec && st == ST_OK; i++)
        for (uint32_t k = 0; k < s.program->audits[i].checks_n && !s.exec && st == ST_OK; k++)
            if (s.program->audits[i].checks[k].rule == RULE_SHELL) st = exec_new(&s.exec, &err);
    Query *q = query_new(s.program, s.journal, clock_now());
    r.where = where_anywhere(&s);
    if (!args->given[OPT_JSON]) r.reader = s.manner;
    if (st == ST_OK) st = audit_run(q, s.program, args->value[OPT_AUDIT], s.exec, s.arena, &r, &err);
    if (st == ST_OK && s.journal) st = audit_recall(s.journal, s.arena, &r, &err);
    if (st == ST_OK) {
        if (args->given[OPT_JSON]) audit_json(&b, s.program, &r);
        else audit_print(&b, s.program, &r, args->given[OPT_QUIET], terminal_colour(args));
        say(&b);
        code = audit_exit_code(&r);
    }
    buf_free(&b);
    query_free(q);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return code;
}
