/* cmd_vouch.c -- people put their name to something: waive, attest. */
#include "cli/people.h"

#include "analysis/audit.h"
#include "base/json.h"
#include "cli/table.h"

#include <string.h>

int cmd_waive(Args *args);
int cmd_attest(Args *args);

static bool asked_for(const Args *args, const IrAudit *audit)
{
    return !args->given[OPT_AUDIT] || strcmp(args->value[OPT_AUDIT], audit->name) == 0;
}

/* "mia", or "mia (logged in as leo)" */
static const char *name_of(Session *s, const Vouched *v)
{
    return v->login ? arena_printf(s->arena, "%s (logged in as %s)", v->person, v->login) : v->person;
}

static const char *date_of(Session *s, int64_t date)
{
    Buf b = {0};
    const Value v = value_date(date);
    value_print_for(&b, &v, s->manner, NULL);
    const char *text = buf_dup(&b, s->arena);
    buf_free(&b);
    return text;
}

static void tell(Session *s, Buf *b, Table *t)
{
    if (t && table_rows(t)) table_print(t, b, terminal_width(), terminal_colour(s->args));
    say(b);
}

/* ---- waivers -------------------------------------------------------------------------- */

typedef VEC(WaiverResult *) Waivers;

static Status all_waivers(Session *s, Query *q, Waivers *out, Error *err)
{
    for (uint32_t i = 0; i < s->program->audits_n; i++) {
        const IrAudit *audit = &s->program->audits[i];
        WaiverResult *own;
        Status st = audit_waivers(q, s->program, audit, s->arena, &own, err);
        if (st != ST_OK) return st;
        for (uint32_t k = 0; k < audit->waivers_n && asked_for(s->args, audit); k++)
            *VEC_PUSH(s->arena, out) = &own[k];
    }
    return ST_OK;
}

static bool is_meant(const Args *args, const WaiverResult *w)
{
    const IrWaiver *waiver = w->waiver;
    uint64_t number;
    if (strcmp(args->words[0], w->audit->checks[waiver->check].name) != 0) return false;
    if (args->words_n < 2) return true;
    if (waiver->key && strcmp(waiver->key, args->words[1]) == 0) return true;
    return waiver->case_id && args_number(args->words[1], &number) && number == waiver->case_id;
}

/* The one waiver that the words name. */
static Status one_waiver(Session *s, const Waivers *all, WaiverResult **out, Error *err)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->n; i++)
        if (is_meant(s->args, all->items[i])) *out = all->items[i], n++;
    if (n == 1) return ST_OK;
    if (n > 1)
        return fail(err, ST_USAGE, "%u waivers are meant: name the case behind the check%s", n,
                    s->args->given[OPT_AUDIT] ? "" : ", or the audit with --audit");
    return fail(err, ST_NOTFOUND, "no waiver of \"%s\"%s%s in %s: `ops waive` lists them", s->args->words[0],
                s->args->words_n > 1 ? " for case " : "", s->args->words_n > 1 ? s->args->words[1] : "",
                s->program->file);
}

static Status confirm(Session *s, WaiverResult *w, Error *err)
{
    Vouched v = {.at = clock_now(), .n = 1};
    Status st = people_act(s, &v.person, &v.login, err);
    if (st == ST_OK && strcmp(v.person, w->waiver->by) != 0)
        return fail(err, ST_REFUSED, "only %s can confirm it, and you are %s", w->waiver->by, v.person);
    if (st == ST_OK) st = vouch_waiver(s->journal, w->audit, w->waiver, &v, err);
    w->confirmed = v;
    if (w->state == WAIVER_NOT_CONFIRMED) w->state = v.at < w->ends ? WAIVER_IN_FORCE : WAIVER_EXPIRED;
    return st;
}

static void waivers_json(Buf *b, const Waivers *all)
{
    buf_puts(b, "{\"waivers\":[");
    for (uint32_t i = 0; i < all->n; i++) {
        if (i) buf_putc(b, ',');
        audit_waiver_json(b, all->items[i]);
    }
    buf_puts(b, "]}\n");
}

static Table *waivers_table(Session *s, const Waivers *all)
{
    static const char *const headers[] = {"waiver", "until", "by", "state", "?confirmed", "because", NULL};
    Table *t = table_new(s->arena, headers);
    for (uint32_t i = 0; i < all->n; i++) {
        const WaiverResult *w = all->items[i];
        Buf name = {0};
        audit_waiver_name(&name, w);
        table_cell(t, buf_dup(&name, s->arena));
        buf_free(&name);
        table_cell(t, date_of(s, w->waiver->until));
        table_cell(t, w->waiver->by);
        table_cell(t, waiver_state_name(w->state));
        table_cell(t, w->confirmed.n ? session_when(s, session_zone(s, NULL, NULL), w->confirmed.at) : "");
        table_cell(t, w->waiver->because);
    }
    return t;
}

int cmd_waive(Args *args)
{
    Session s;
    int code;
    Error err;
    Buf b = {0};
    Waivers all = {0};
    WaiverResult *one = NULL;
    bool confirms = args->words_n > 0;
    if (!session_open(&s, args, SESSION_PROGRAM | (confirms ? SESSION_WRITE : SESSION_STORE_MAYBE), &code)) return code;
    Query *q = query_new(s.program, s.journal, clock_now());
    Status st = find_audit(s.arena, s.program, args->value[OPT_AUDIT], &err);
    if (st == ST_OK) st = all_waivers(&s, q, &all, &err);
    if (st == ST_OK && confirms) st = one_waiver(&s, &all, &one, &err);
    if (st == ST_OK && one) st = confirm(&s, one, &err);
    if (st == ST_OK && one)
        all = (Waivers){.items = ARENA_NEW(s.arena, WaiverResult *), .n = 1, .cap = 1}, all.items[0] = one;
    if (st == ST_OK && args->given[OPT_JSON]) {
        waivers_json(&b, &all);
        tell(&s, &b, NULL);
    } else if (st == ST_OK) {
        if (one)
            buf_show(&b, "Confirmed by %s%s.\n", name_of(&s, &one->confirmed),
                       one->state == WAIVER_EXPIRED ? "; but it has expired" : "");
        else if (!all.n) buf_puts(&b, "The file waives nothing.\n");
        tell(&s, &b, one ? NULL : waivers_table(&s, &all));
    }
    buf_free(&b);
    query_free(q);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return 0;
}

/* ---- looks ------------------------------------------------------------------------------ */

typedef struct Look {
    const IrAudit *audit;
    const IrCheck *check;
    Vouched last;
    Instant due;
    Value who;                         /* as of a step */
} Look;
typedef VEC(Look) Looks;

static Status add_look(Session *s, Query *q, const IrAudit *audit, const IrCheck *check, Looks *out, Error *err)
{
    EvalHost host = query_host(q);
    Look *l = VEC_PUSH(s->arena, out);
    *l = (Look){.audit = audit, .check = check, .due = INSTANT_NEVER};
    Status st = eval(&s->program->unit, check->who, &host, s->arena, &l->who, err);
    if (st == ST_OK) st = vouched_look(s->journal, s->arena, audit, check, &l->last, err);
    if (l->last.n) l->due = vouch_due(check, l->last.at);
    else if (!recurrence_next(check->due, clock_now(), &l->due)) l->due = INSTANT_NEVER;
    return st;
}

static Status all_looks(Session *s, Query *q, Looks *out, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < s->program->audits_n && st == ST_OK; i++) {
        const IrAudit *audit = &s->program->audits[i];
        for (uint32_t k = 0; k < audit->checks_n && st == ST_OK && asked_for(s->args, audit); k++)
            if (audit->checks[k].rule == RULE_ATTEST) st = add_look(s, q, audit, &audit->checks[k], out, err);
    }
    return st;
}

static Status one_look(Session *s, Looks *all, Error *err)
{
    const Args *args = s->args;
    uint32_t n = 0;
    for (uint32_t i = 0; i < all->n; i++)
        if (strcmp(args->words[0], all->items[i].check->name) == 0) all->items[n++] = all->items[i];
    all->n = n;
    if (n == 1) return ST_OK;
    if (n > 1) return fail(err, ST_USAGE, "%u audits want that look: name one with --audit", n);
    return fail(err, ST_NOTFOUND, "no look \"%s\" is wanted in %s: `ops attest` lists them", args->words[0],
                s->program->file);
}

static Status look(Session *s, Look *l, Error *err)
{
    Vouched v = {.note = s->args->value[OPT_NOTE], .at = clock_now()};
    Status st = people_act(s, &v.person, &v.login, err);
    if (st != ST_OK) return st;
    if (!engine_may_for(s->program, &l->who, v.at, v.person, v.login))
        return fail(err, ST_REFUSED, "%s cannot attest it: it is for %s", v.person, session_who(s, &l->who));
    st = vouch_look(s->journal, l->audit, l->check, &v, err);
    v.n = l->last.n + 1;
    l->last = v;
    l->due = vouch_due(l->check, v.at);
    return st;
}

static const char *state_of(const Look *l)
{
    return !l->last.n ? "not yet" : l->due <= clock_now() ? "overdue" : "done";
}

static void looks_json(Session *s, Buf *b, const Looks *all)
{
    buf_puts(b, "{\"looks\":[");
    for (uint32_t i = 0; i < all->n; i++) {
        const Look *l = &all->items[i];
        const Value due = l->due == INSTANT_NEVER ? VALUE_NONE : value_datetime(l->due);
        const Value at = l->last.n ? value_datetime(l->last.at) : VALUE_NONE;
        if (i) buf_putc(b, ',');
        buf_putc(b, '{');
        json_key_string(b, "audit", l->audit->name);
        json_key_string(b, "look", l->check->name);
        json_key_string(b, "who", session_people(s, &l->who));
        json_key_string(b, "state", state_of(l));
        json_key(b, "due");
        value_json(b, &due);
        json_key_string(b, "person", l->last.person);
        json_key_string(b, "login", l->last.login);
        json_key(b, "at");
        value_json(b, &at);
        json_key_string(b, "note", l->last.note);
        buf_putc(b, '}');
    }
    buf_puts(b, "]}\n");
}

static Table *looks_table(Session *s, const Looks *all)
{
    static const char *const headers[] = {"look", "who", "state", "due", "?last by", "?at", "?note", NULL};
    Table *t = table_new(s->arena, headers);
    const Zone *zone = session_zone(s, NULL, NULL);
    for (uint32_t i = 0; i < all->n; i++) {
        const Look *l = &all->items[i];
        table_cell(t, l->check->name);
        table_cell(t, session_who(s, &l->who));
        table_cell(t, state_of(l));
        table_cell(t, session_when(s, zone, l->due));
        table_cell(t, l->last.n ? name_of(s, &l->last) : "");
        table_cell(t, l->last.n ? session_when(s, zone, l->last.at) : "");
        table_cell(t, l->last.note ? l->last.note : "");
    }
    return t;
}

int cmd_attest(Args *args)
{
    Session s;
    int code;
    Error err;
    Buf b = {0};
    Looks all = {0};
    bool looked = args->words_n > 0;
    if (!session_open(&s, args, SESSION_PROGRAM | (looked ? SESSION_WRITE : SESSION_STORE_MAYBE), &code)) return code;
    Query *q = query_new(s.program, s.journal, clock_now());
    Status st = find_audit(s.arena, s.program, args->value[OPT_AUDIT], &err);
    if (st == ST_OK) st = all_looks(&s, q, &all, &err);
    if (st == ST_OK && looked) st = one_look(&s, &all, &err);
    if (st == ST_OK && looked) st = look(&s, &all.items[0], &err);
    if (st == ST_OK && args->given[OPT_JSON]) {
        looks_json(&s, &b, &all);
        tell(&s, &b, NULL);
    } else if (st == ST_OK) {
        if (looked)
            buf_show(&b, "Attested by %s. The next look is due by %s.\n", name_of(&s, &all.items[0].last),
                       session_when(&s, session_zone(&s, NULL, NULL), all.items[0].due));
        else if (!all.n) buf_puts(&b, "The file wants nobody to look at anything.\n");
        tell(&s, &b, looked ? NULL : looks_table(&s, &all));
    }
    buf_free(&b);
    query_free(q);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    return 0;
}
