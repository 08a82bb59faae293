/* audit_report.c -- what an audit found, for people and for programs. */
#include "analysis/audit.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>

static bool is_bad(const CheckResult *r)
{
    return r->verdict != VERDICT_PASS && r->verdict != VERDICT_WAIVED;
}

static const char *colour_of(Verdict v)
{
    return v == VERDICT_PASS ? "\033[32m" : v == VERDICT_WARN || v == VERDICT_WAIVED ? "\033[33m" : "\033[31m";
}

static const char *const severities[] = {"minor", "major", "critical"};

static void print_head(Buf *b, const IrAudit *a)
{
    buf_printf(b, "%s", a->name);
    buf_printf(b, " (%s)", severities[a->severity]);
    if (a->owner_text) buf_printf(b, ", owner %s", a->owner_text);
    buf_putc(b, '\n');
    if (a->why) buf_printf(b, "    %s\n", a->why);
    for (uint32_t i = 0; i < a->refs_n; i++)
        buf_printf(b, "    ref %s\n", a->refs[i]);
}

/* "--audit 'Dear orders'", where another audit has a check of that name; NULL: none has. In buf, the caller's. */
static const char *which_audit(const IrProgram *p, const IrAudit *a, const char *check, Buf *buf)
{
    bool same = false;
    for (uint32_t i = 0; i < p->audits_n; i++)
        for (uint32_t k = 0; k < p->audits[i].checks_n; k++)
            same |= &p->audits[i] != a && strcmp(p->audits[i].checks[k].name, check) == 0;
    if (same) buf_puts(buf, "--audit "), buf_shell_word(buf, a->name);
    return same ? buf_text(buf) : NULL;
}

static void propose_look(Buf *b, const IrProgram *p, const Where *where, const CheckResult *r)
{
    const char *const words[] = {r->check->name, NULL};
    Buf more = {0};
    propose(b, where, "attest", words, which_audit(p, r->audit, r->check->name, &more));
    buf_free(&more);
}

static void propose_show(Buf *b, const Where *where, uint64_t id)
{
    char number[24];
    const char *const words[] = {number, NULL};
    snprintf(number, sizeof number, "%llu", (unsigned long long)id);
    propose(b, where, "show", words, NULL);
}

static void propose_again(Buf *b, const Where *where)
{
    const char *const words[] = {NULL};
    buf_puts(b, ", then run `");
    propose(b, where, "audit", words, NULL);
    buf_puts(b, "` again");
}

/* Who does what by when; how depends on what was found. */
static void print_to_do(Buf *b, const IrProgram *p, const AuditReport *report, const CheckResult *r)
{
    const Manner *reader = report->reader;
    const Where *where = &report->where;
    const IrAudit *a = r->audit;
    const char *who = a->owner_text ? a->owner_text : "";
    buf_printf(b, "         to do     %s%s", who, *who ? ": " : "");
    switch (r->verdict) {
    case VERDICT_PASS:
    case VERDICT_WAIVED: break;
    case VERDICT_WARN:
        buf_puts(b, r->check->rule <= RULE_OF_CASES ? "see whether the log calls the step so"
                                                    : "it still holds; see why it comes close to its limit");
        break;
    case VERDICT_EMPTY:
        buf_puts(b,
                 "see why there is nothing to judge; say `, may be empty` behind the check if that is right");
        break;
    case VERDICT_ERROR: buf_puts(b, "mend what hinders the check"), propose_again(b, where); break;
    case VERDICT_FAIL:
        if (r->check->rule == RULE_ATTEST)
            buf_puts(b, "look, and say so: `"), propose_look(b, p, where, r), buf_putc(b, '`');
        else if (r->evidence_n && r->evidence[0].case_id)
            buf_puts(b, "look with `"), propose_show(b, where, r->evidence[0].case_id),
                buf_puts(b, "`, mend the cause");
        else
            buf_puts(b, "mend the cause"), propose_again(b, where);
        break;
    }
    if (a->fix_within.type != V_NONE && r->verdict != VERDICT_WARN) {
        buf_puts(b, "; fix within ");
        value_print_for(b, &a->fix_within, reader, NULL);
    }
    buf_putc(b, '\n');
}

static void print_since(Buf *b, const IrProgram *p, const CheckResult *r, const Manner *reader)
{
    if (!r->since) return;
    buf_puts(b, "         since     ");
    manner_moment(b, reader, r->since, ir_zone_of(p, NULL, NULL), true);
    buf_putc(b, '\n');
}

/* Which cases were drawn, so that anybody can look at the same ones. */
static void print_sample(Buf *b, const CheckResult *r)
{
    if (!r->check->sample) return;
    buf_printf(b, "         sample    %u of %llu:", r->sample_n, (unsigned long long)r->sampled_of);
    for (uint32_t i = 0; i < r->sample_n; i++) {
        const Case *c = r->sample[i];
        buf_puts(b, i ? ", " : " ");
        if (c->id) buf_printf(b, "%llu", (unsigned long long)c->id);
        else buf_show(b, "%s", c->key ? c->key : "?");
    }
    buf_putc(b, '\n');
}

static void print_check(Buf *b, const IrProgram *p, const AuditReport *report, const CheckResult *r, bool colour)
{
    buf_printf(b, "  %s%-5s%s  %s\n", colour ? colour_of(r->verdict) : "", verdict_name(r->verdict),
               colour ? "\033[0m" : "", r->check->name);
    bool quiet = r->verdict == VERDICT_PASS && !r->exceptions && !r->check->sample;
    if (quiet && r->check->rule != RULE_ATTEST) return;
    buf_show(b, "         wanted    %s\n         found     %s\n", r->wanted, r->found ? r->found : "");
    print_sample(b, r);
    for (uint32_t i = 0; i < r->evidence_n; i++) {
        const Evidence *e = &r->evidence[i];
        buf_puts(b, i ? "                   " : "         evidence  ");
        if (e->case_id)
            buf_show(b, "case %llu%s%s: ", (unsigned long long)e->case_id, e->key ? " " : "",
                     e->key ? e->key : "");
        else if (e->key)
            buf_show(b, "case %s: ", e->key);
        buf_show(b, "%s\n", e->text);
    }
    if (r->exceptions > r->evidence_n)
        buf_printf(b, "                   and %llu more\n",
                   (unsigned long long)(r->exceptions - r->evidence_n));
    if (!is_bad(r)) return;
    print_since(b, p, r, report->reader);
    print_to_do(b, p, report, r);
}

/* ---- waivers ---- */

const char *waiver_state_name(WaiverState s)
{
    static const char *const names[] = {"in force", "expires soon", "not confirmed", "expired", "matches nothing",
                                        "not needed"};
    return names[s];
}

void audit_waiver_name(Buf *b, const WaiverResult *w)
{
    buf_printf(b, "\"%s\"", w->audit->checks[w->waiver->check].name);
    if (w->waiver->case_id) buf_printf(b, ", case %llu", (unsigned long long)w->waiver->case_id);
    if (w->waiver->key) buf_printf(b, ", case %s", w->waiver->key);
}

static void propose_waive(Buf *b, const IrProgram *p, const Where *where, const WaiverResult *w)
{
    const char *check = w->audit->checks[w->waiver->check].name;
    char number[24];
    Buf more = {0};
    snprintf(number, sizeof number, "%llu", (unsigned long long)w->waiver->case_id);
    const char *const words[] = {check, w->waiver->case_id ? number : w->waiver->key, NULL};
    propose(b, where, "waive", words, which_audit(p, w->audit, check, &more));
    buf_free(&more);
}

/* What is wrong with it, and what to do. */
static void print_waiver(Buf *b, const IrProgram *p, const AuditReport *report, const WaiverResult *w)
{
    const Value until = value_date(w->waiver->until);
    buf_puts(b, "  waiver  ");
    audit_waiver_name(b, w);
    buf_puts(b, ", until ");
    value_print_for(b, &until, report->reader, NULL);
    buf_printf(b, " by %s: %s; ", w->waiver->by, waiver_state_name(w->state));
    switch (w->state) {
    case WAIVER_IN_FORCE: break;
    case WAIVER_NOT_CONFIRMED:
        buf_printf(b, "it counts once %s has confirmed it: ", w->waiver->by);
        propose_waive(b, p, &report->where, w);
        break;
    case WAIVER_EXPIRES_SOON: buf_puts(b, "put it right before, or decide anew"); break;
    case WAIVER_EXPIRED: buf_puts(b, "take it out, or decide anew"); break;
    case WAIVER_MATCHES_NOTHING: buf_puts(b, "there is no such case"); break;
    case WAIVER_NOT_NEEDED: buf_puts(b, "nothing is found any more: take it out"); break;
    }
    buf_putc(b, '\n');
}

/* Checks from i on that are one audit's, and its waivers, as far as they are to be told. Where the next begins. */
static uint32_t print_audit(Buf *b, const IrProgram *p, const AuditReport *r, uint32_t i, bool only_bad, bool colour)
{
    const IrAudit *audit = r->checks[i].audit;
    Buf told = {0};
    for (; i < r->n && r->checks[i].audit == audit; i++)
        if (!only_bad || is_bad(&r->checks[i])) print_check(&told, p, r, &r->checks[i], colour);
    for (uint32_t k = 0; k < r->waivers_n; k++)
        if (r->waivers[k].audit == audit && r->waivers[k].state != WAIVER_IN_FORCE)
            print_waiver(&told, p, r, &r->waivers[k]);
    if (told.n) {
        if (b->n) buf_putc(b, '\n');
        print_head(b, audit);
        buf_add(b, told.p, told.n);
    }
    buf_free(&told);
    return i;
}

void audit_print(Buf *b, const IrProgram *p, const AuditReport *r, bool only_bad, bool colour)
{
    Buf all = {0};
    for (uint32_t i = 0; i < r->n;) i = print_audit(&all, p, r, i, only_bad, colour);
    buf_add(b, all.p, all.n);
    if (!r->n)
        buf_puts(b, "The file has no audits.\n");
    else if (all.n || !only_bad) {
        buf_printf(b, "\n%u pass, %u warn, %u fail, ", r->counts[VERDICT_PASS], r->counts[VERDICT_WARN],
                   r->counts[VERDICT_FAIL]);
        if (r->counts[VERDICT_WAIVED]) buf_printf(b, "%u waived, ", r->counts[VERDICT_WAIVED]);
        buf_printf(b, "%u empty, %u could not be judged\n", r->counts[VERDICT_EMPTY], r->counts[VERDICT_ERROR]);
    }
    buf_free(&all);
}

static void sample_json(Buf *b, const CheckResult *r)
{
    json_key_int(b, "sampled_of", (int64_t)r->sampled_of);
    json_key(b, "sample");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < r->sample_n; i++) {
        if (i) buf_putc(b, ',');
        buf_putc(b, '{');
        if (r->sample[i]->id) json_key_int(b, "case", (int64_t)r->sample[i]->id);
        json_key_string(b, "key", r->sample[i]->key);
        buf_putc(b, '}');
    }
    buf_putc(b, ']');
}

static void check_json(Buf *b, const CheckResult *r)
{
    buf_putc(b, '{');
    json_key_string(b, "audit", r->audit->name);
    json_key_string(b, "severity", severities[r->audit->severity]);
    json_key_string(b, "owner", r->audit->owner_text);
    json_key_string(b, "check", r->check->name);
    json_key_string(b, "verdict", verdict_name(r->verdict));
    json_key_int(b, "judged", (int64_t)r->judged);
    json_key_int(b, "exceptions", (int64_t)r->exceptions);
    json_key_int(b, "waived", (int64_t)r->waived);
    json_key_string(b, "wanted", r->wanted);
    json_key_string(b, "found", r->found);
    Value since = r->since ? value_datetime(r->since) : VALUE_NONE;
    json_key(b, "since");
    value_json(b, &since);
    json_key(b, "evidence");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < r->evidence_n; i++) {
        if (i) buf_putc(b, ',');
        buf_putc(b, '{');
        if (r->evidence[i].case_id) json_key_int(b, "case", (int64_t)r->evidence[i].case_id);
        json_key_string(b, "key", r->evidence[i].key);
        json_key_string(b, "text", r->evidence[i].text);
        json_key_bool(b, "waived", r->evidence[i].waived);
        buf_putc(b, '}');
    }
    buf_putc(b, ']');
    if (r->check->sample) sample_json(b, r);
    buf_putc(b, '}');
}

void audit_waiver_json(Buf *b, const WaiverResult *w)
{
    const Value until = value_date(w->waiver->until);
    const Value at = w->confirmed.n ? value_datetime(w->confirmed.at) : VALUE_NONE;
    buf_putc(b, '{');
    json_key_string(b, "audit", w->audit->name);
    json_key_string(b, "check", w->audit->checks[w->waiver->check].name);
    if (w->waiver->case_id) json_key_int(b, "case", (int64_t)w->waiver->case_id);
    json_key_string(b, "key", w->waiver->key);
    json_key(b, "until");
    value_json(b, &until);
    json_key_string(b, "by", w->waiver->by);
    json_key_string(b, "because", w->waiver->because);
    json_key_string(b, "state", waiver_state_name(w->state));
    json_key_string(b, "person", w->confirmed.n ? w->confirmed.person : NULL);
    json_key_string(b, "login", w->confirmed.n ? w->confirmed.login : NULL);
    json_key(b, "at");
    value_json(b, &at);
    buf_putc(b, '}');
}

void audit_json(Buf *b, const IrProgram *p, const AuditReport *r)
{
    buf_putc(b, '{');
    json_key_string(b, "file", p->file);
    for (int i = 0; i < VERDICTS; i++)
        json_key_int(b, verdict_name((Verdict)i), r->counts[i]);
    json_key(b, "checks");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < r->n; i++) {
        if (i) buf_putc(b, ',');
        check_json(b, &r->checks[i]);
    }
    buf_putc(b, ']');
    json_key(b, "waivers");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < r->waivers_n; i++) {
        if (i) buf_putc(b, ',');
        audit_waiver_json(b, &r->waivers[i]);
    }
    buf_puts(b, "]}\n");
}
