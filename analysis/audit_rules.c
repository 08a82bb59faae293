/* audit_rules.c -- one case by one rule: kept, broken, or still open.
 *
 * Open is a case whose verdict may yet change, so a running case is decided as
 * soon as nothing that may still come can turn it:
 *
 *   has A                        kept once A is done; broken only at the end
 *   once                         broken by the second A; kept only at the end
 *   at most, has no, not both, by, same person
 *                                broken as soon as it happens; kept only at the end
 *   before                       broken as soon as it happens; kept once an A is done
 *   right before                 broken as soon as it happens; kept only at the end
 *   starts with                  decided once a first step has begun
 *   then, ends with, no ... where   decided at the end (but see `late`)
 *   finished within              broken when the time is over; kept when it ended in time
 *
 * A step is done when it ended well. It took place unless it was skipped: what a
 * rule forbids counts also where it went wrong. A case that was cancelled, or
 * imported as history, owes nothing more; but what took place in it took place: it can
 * break a rule, and never hides one.
 *
 * The trace stands in the order in which steps ended; of two at the same moment the
 * one that stands first was first.
 */
#include "analysis/audit_private.h"

#include "runtime/engine.h"

#include <string.h>

/* ---- the trace ------------------------------------------------------------------------- */

static bool is_step(const Case *c, const Did *d, const char *step)
{
    return strcmp(c->flow->nodes[d->node].name, step) == 0;
}

static bool went_well(const Did *d)
{
    return d->how == EV_FINISHED || d->how == EV_DONE || d->how == EV_APPROVED;
}

static bool took_place(const Did *d)
{
    return d->how != EV_SKIPPED;
}

/* The next of this step that took place, behind one of them (NULL: the first); NULL: there is none. */
static const Did *next_of(const Case *c, const char *step, const Did *behind)
{
    for (uint32_t i = behind ? (uint32_t)(behind - c->did.items) + 1 : 0; i < c->did.n; i++)
        if (is_step(c, &c->did.items[i], step) && took_place(&c->did.items[i])) return &c->did.items[i];
    return NULL;
}

static bool was_done(const Case *c, const char *step)
{
    for (uint32_t i = 0; i < c->did.n; i++)
        if (is_step(c, &c->did.items[i], step) && went_well(&c->did.items[i])) return true;
    return false;
}

/* Had the one ended when the other began? */
static bool ahead(const Did *first, const Did *second)
{
    return first < second && first->ended <= second->began;
}

static bool runs(const Case *c)
{
    return c->status == CASE_RUNNING;
}

/* Must it still have what it has not? */
static bool owes(const Case *c)
{
    return c->status == CASE_FINISHED || c->status == CASE_FAILED;
}

/* ---- in words ---------------------------------------------------------------------------- */

static const char *verb(const Did *d)
{
    if (d->how == EV_APPROVED) return "approved";
    if (d->how == EV_REJECTED) return "rejected";
    if (d->how == EV_WITHDRAWN) return "was at work on";
    return d->how == EV_SKIPPED ? "skipped" : d->how == EV_FAILED ? "failed at" : "did";
}

/* "ann", or "ann (logged in as leo)": where that is another, both count as having done it. */
static const char *doer(const Judge *j, const Did *d)
{
    const char *person = d->person ? d->person : d->login;
    if (!person) return NULL;
    if (!d->login || strcmp(d->login, person) == 0) return arena_dup(j->arena, person);
    return arena_printf(j->arena, "%s (logged in as %s)", person, d->login);
}

/* "\"Send\" began 3 Nov 10:00 by ann" */
static const char *began(const Judge *j, const Case *c, const Did *d)
{
    const char *who = doer(j, d);
    return arena_printf(j->arena, "\"%s\" began %s%s%s", c->flow->nodes[d->node].name, audit_when(j, d->began),
                        who ? " by " : "", who ? who : "");
}

/* "ann did \"Send\" (3 Nov 10:00)", "\"Send\" ended 3 Nov 10:00" */
static const char *told(const Judge *j, const Case *c, const Did *d)
{
    const char *who = doer(j, d), *step = c->flow->nodes[d->node].name;
    if (!who) return arena_printf(j->arena, "\"%s\" ended %s", step, audit_when(j, d->ended));
    return arena_printf(j->arena, "%s %s \"%s\" (%s)", who, verb(d), step, audit_when(j, d->ended));
}

static const char *ended_without(const Judge *j, const Case *c, const char *step)
{
    return arena_printf(j->arena, "ended %s without \"%s\"", audit_when(j, c->ended), step);
}

/* ---- how often ----------------------------------------------------------------------------- */

static Kept has(Judge *j, const Case *c, const char **why)
{
    if (was_done(c, j->check->a)) return KEPT;
    if (!owes(c)) return OPEN;
    *why = ended_without(j, c, j->check->a);
    return BROKEN;
}

static Kept at_most(Judge *j, const Case *c, uint64_t times, const char **why)
{
    const Did *beyond = NULL;
    uint64_t n = 0;
    for (const Did *d = NULL; (d = next_of(c, j->check->a, d));)
        if (n++ == times) beyond = d;
    if (!beyond) return runs(c) ? OPEN : KEPT;
    *why = times ? arena_printf(j->arena, "%llu times; time %llu: %s", (unsigned long long)n,
                                (unsigned long long)times + 1, told(j, c, beyond))
                 : told(j, c, beyond);
    return BROKEN;
}

static Kept once(Judge *j, const Case *c, const char **why)
{
    Kept most = at_most(j, c, 1, why);
    return most == KEPT ? has(j, c, why) : most;
}

static Kept not_both(Judge *j, const Case *c, const char **why)
{
    const Did *a = next_of(c, j->check->a, NULL), *b = next_of(c, j->check->b, NULL);
    if (!a || !b) return runs(c) ? OPEN : KEPT;
    *why = arena_printf(j->arena, "%s, and %s", told(j, c, a), told(j, c, b));
    return BROKEN;
}

/* ---- in which order ------------------------------------------------------------------------- */

/* The first A that was done, ahead of B or not; NULL: none. */
static const Did *first_done(const Case *c, const char *step)
{
    const Did *first = NULL;
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        if (is_step(c, d, step) && went_well(d) && (!first || d->ended < first->ended)) first = d;
    }
    return first;
}

/* No B without an A that had ended when B began. Once an A has ended well, no later B can break it. */
static Kept before(Judge *j, const Case *c, const char **why)
{
    const Did *first = first_done(c, j->check->a);
    for (const Did *b = NULL; (b = next_of(c, j->check->b, b));) {
        if (first && ahead(first, b)) continue;
        *why = arena_printf(j->arena, "%s; %s", began(j, c, b),
                            first ? arena_printf(j->arena, "\"%s\" was done only %s", j->check->a,
                                                 audit_when(j, first->ended))
                                  : arena_printf(j->arena, "no \"%s\" was done before it", j->check->a));
        return BROKEN;
    }
    return first || !runs(c) ? KEPT : OPEN;
}

/* After each A comes a B: after the last one, that is. */
static Kept then(Judge *j, const Case *c, const char **why)
{
    const Did *last = NULL;
    for (uint32_t i = 0; i < c->did.n; i++)
        if (is_step(c, &c->did.items[i], j->check->a) && went_well(&c->did.items[i])) last = &c->did.items[i];
    for (uint32_t i = 0; last && i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        if (is_step(c, d, j->check->b) && went_well(d) && ahead(last, d)) last = NULL;
    }
    if (runs(c) || (last && !owes(c))) return OPEN;
    if (!last) return KEPT;
    *why = arena_printf(j->arena, "%s, and no \"%s\" came after it", told(j, c, last), j->check->b);
    return BROKEN;
}

/* A step that was begun and ended between the two, or NULL. What overlaps with one of them runs beside it. */
static const Did *between(const Did *first, const Did *second)
{
    for (const Did *d = first + 1; d < second; d++)
        if (took_place(d) && ahead(first, d) && ahead(d, second)) return d;
    return NULL;
}

static Kept right_before(Judge *j, const Case *c, const char **why)
{
    for (const Did *b = NULL; (b = next_of(c, j->check->b, b));) {
        const Did *last = NULL, *other = NULL;
        for (const Did *d = c->did.items; d < b; d++)
            if (is_step(c, d, j->check->a) && went_well(d) && ahead(d, b)) last = d;
        if (last && !(other = between(last, b))) continue;
        *why = arena_printf(j->arena, "%s; %s", began(j, c, b),
                            other ? arena_printf(j->arena, "between it and \"%s\": %s", j->check->a, told(j, c, other))
                                  : arena_printf(j->arena, "no \"%s\" was done before it", j->check->a));
        return BROKEN;
    }
    return runs(c) ? OPEN : KEPT;
}

/* The first to begin. What is under way may have begun earlier than all that ended. */
static const char *first_step(const Case *c, Instant *at)
{
    const char *first = NULL;
    *at = INSTANT_NEVER;
    for (uint32_t i = 0; i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        if (took_place(d) && d->began < *at) first = c->flow->nodes[d->node].name, *at = d->began;
    }
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (c->flow->nodes[a->node].op == IRN_STEP && a->began != INT64_MIN && a->began < *at)
            first = c->flow->nodes[a->node].name, *at = a->began;
    }
    return first;
}

static Kept starts(Judge *j, const Case *c, const char **why)
{
    Instant at;
    const char *first = first_step(c, &at);
    if (first && strcmp(first, j->check->a) == 0) return KEPT;
    if (!first && !owes(c)) return OPEN;
    *why = first ? arena_printf(j->arena, "the first step was \"%s\", begun %s", first, audit_when(j, at))
                 : ended_without(j, c, j->check->a);
    return BROKEN;
}

static Kept ends(Judge *j, const Case *c, const char **why)
{
    const Did *last = NULL;
    for (uint32_t i = 0; i < c->did.n; i++)
        if (took_place(&c->did.items[i])) last = &c->did.items[i];
    bool right = last && is_step(c, last, j->check->a) && went_well(last);
    if (runs(c) || (!right && !owes(c))) return OPEN;
    if (right) return KEPT;
    *why = last ? arena_printf(j->arena, "the last was: %s", told(j, c, last)) : ended_without(j, c, j->check->a);
    return BROKEN;
}

/* ---- by whom ----------------------------------------------------------------------------------- */

typedef struct Hands {
    const IrProgram *program;
    const Case *of;
    const Did *other;
    const char *person;
    bool same;
} Hands;

static void is_one(void *self, const char *person)
{
    Hands *h = self;
    h->same |= strcmp(h->person, person) == 0;
}

static void did_the_other(void *self, const char *person)
{
    Hands *h = self;
    if (h->same) return;
    h->person = person;
    case_doers(h->of, h->program, h->other, is_one, h);
}

/* The one who did both, as what keeps them apart means it: by themselves, for another, or as one of several. NULL:
 * there is none. */
static const char *same_hands(const IrProgram *p, const Case *c, const Did *a, const Did *b)
{
    Hands h = {.program = p, .of = c, .other = b};
    case_doers(c, p, a, did_the_other, &h);
    return h.same ? h.person : NULL;
}

/* How this one, who did both, did it: one of several stands for the others. */
static const char *shared_by(const Judge *j, const Did *d, const char *person)
{
    const char *who = doer(j, d);
    if (d->instead && strcmp(d->instead, person) == 0) return arena_printf(j->arena, "%s for %s", who, person);
    const char *typist = ir_typist(j->program, d->person, d->login);
    bool own = (d->person && strcmp(d->person, person) == 0) || (typist && strcmp(typist, person) == 0);
    return own ? who : person;
}

static Kept same_person(Judge *j, const Case *c, const char **why)
{
    const Did *a, *b;
    for (uint32_t i = 0; i < c->did.n; i++) {
        for (uint32_t k = 0; k < c->did.n; k++) {
            a = &c->did.items[i], b = &c->did.items[k];
            if (!is_step(c, a, j->check->a) || !is_step(c, b, j->check->b)) continue;
            const char *both = same_hands(j->program, c, a, b), *x = both ? shared_by(j, a, both) : NULL;
            const char *y = both ? shared_by(j, b, both) : NULL;
            if (!both) continue;
            *why = arena_printf(j->arena, "%s %s \"%s\" (%s) and %s%s%s \"%s\" (%s)", x, verb(a), j->check->a,
                                audit_when(j, a->ended), strcmp(x, y) ? y : "", strcmp(x, y) ? " " : "", verb(b),
                                j->check->b, audit_when(j, b->ended));
            return BROKEN;
        }
    }
    return runs(c) ? OPEN : KEPT;
}

/* Of a step that several did: the first who may not; NULL: there is none. */
static const Reply *other_who_may_not(const Judge *j, const Case *c, const Did *d, const Value *who)
{
    for (uint32_t i = 0; i < c->answers.n; i++) {
        const Reply *a = &c->answers.items[i];
        if (a->act == d->act && !engine_may_for(j->program, who, d->began, a->person, a->login)) return a;
    }
    return NULL;
}

/* It was done, and by nobody but those who may. Whoever acted for another must not be one whom the rule leaves out. */
static Kept by(Judge *j, const Case *c, const char **why, Status *st, Error *err)
{
    QueryCaseHost h;
    Value who;
    const Did *d = NULL;
    query_case_host(&h, j->query, c);
    *st = eval(&j->program->unit, j->check->who, &h.host, j->arena, &who, err);
    while (*st == ST_OK && (d = next_of(c, j->check->a, d))) {
        const char *person = d->person ? d->person : d->login;
        const Reply *other = other_who_may_not(j, c, d, &who);
        if (engine_may_for(j->program, &who, d->began, person, d->login) && !other) continue;
        if (other) {
            *why = arena_printf(j->arena, "%s; %s was one of those who did", told(j, c, d), other->person);
            return BROKEN;
        }
        *why = person ? told(j, c, d) : arena_printf(j->arena, "%s; by nobody who is known", told(j, c, d));
        return BROKEN;
    }
    return *st != ST_OK || runs(c) ? OPEN : has(j, c, why);
}

/* ---- time and conditions ---------------------------------------------------------------------- */

/* The moment that the span ends, and the case's fate by then. */
static Kept finished_within(Judge *j, const Case *c, const char **why, Status *st, Error *err)
{
    EvalHost host = {.now = j->now, .program = j->program};
    Instant limit, end = runs(c) ? j->now : c->ended;
    *st = eval_after(&host, c->started, &j->check->span, NULL, &limit, err);
    if (*st != ST_OK) return OPEN;
    if (end <= limit && (runs(c) || c->status == CASE_CANCELLED)) return OPEN;
    if (end <= limit && c->status != CASE_FAILED) return KEPT;
    const Value took = value_duration(end - c->started);
    const char *fate = c->status == CASE_FAILED      ? "failed"
                       : c->status == CASE_CANCELLED ? "cancelled"
                                                     : "finished";
    const char *what = runs(c) ? "still running"
                               : arena_printf(j->arena, "%s after %s", fate, audit_measured(j, &took));
    *why = arena_printf(j->arena, "%s; began %s, wanted within %s, by %s", what, audit_when(j, c->started),
                        audit_shown(j, &j->check->span), audit_when(j, limit));
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
static Kept none_where(Judge *j, const Case *c, const char **why, Status *st, Error *err)
{
    QueryCaseHost h;
    bool holds = false;
    if (runs(c) && !only_lateness(&j->program->unit, j->check->condition)) return OPEN;
    query_case_host(&h, j->query, c);
    *st = eval_condition(&j->program->unit, j->check->condition, &h.host, j->arena, &holds, err);
    if (*st != ST_OK) return OPEN;
    if (!holds) return runs(c) ? OPEN : KEPT;
    *why = arena_printf(j->arena, "it holds: began %s, %s%s%s%s", audit_when(j, c->started),
                        runs(c) ? "still running" : "ended ", runs(c) ? "" : audit_when(j, c->ended),
                        c->outcome ? ", outcome " : "", c->outcome ? arena_dup(j->arena, c->outcome) : "");
    return BROKEN;
}

Status audit_case(Judge *j, const Case *c, Kept *kept, const char **why, Error *err)
{
    Status st = ST_OK;
    switch ((IrRule)j->check->rule) {
    case RULE_FINISHED_WITHIN: *kept = finished_within(j, c, why, &st, err); break;
    case RULE_HAS: *kept = has(j, c, why); break;
    case RULE_ONCE: *kept = once(j, c, why); break;
    case RULE_AT_MOST: *kept = at_most(j, c, j->check->times, why); break;
    case RULE_HAS_NO: *kept = at_most(j, c, 0, why); break;
    case RULE_BEFORE: *kept = before(j, c, why); break;
    case RULE_THEN: *kept = then(j, c, why); break;
    case RULE_RIGHT_BEFORE: *kept = right_before(j, c, why); break;
    case RULE_NOT_BOTH: *kept = not_both(j, c, why); break;
    case RULE_BY: *kept = by(j, c, why, &st, err); break;
    case RULE_STARTS: *kept = starts(j, c, why); break;
    case RULE_ENDS: *kept = ends(j, c, why); break;
    case RULE_SAME_PERSON: *kept = same_person(j, c, why); break;
    case RULE_NO: *kept = none_where(j, c, why, &st, err); break;
    case RULE_CONDITION:
    case RULE_YOUNGER:
    case RULE_SHELL:
    case RULE_LUA:
    case RULE_ATTEST: *kept = OPEN; break;
    }
    return st;
}
