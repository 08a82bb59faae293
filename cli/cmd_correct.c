/* cmd_correct.c -- what was recorded wrongly is corrected, and what has used it is told. */
#include "cli/people.h"

#include "analysis/story.h"
#include "base/json.h"

#include <string.h>

int cmd_correct(Args *args);

typedef struct Told { Session *s; const Case *of; const Uses *uses; Buf *out; } Told;

static const IrNode *node_of(const Told *t, const Use *u)
{
    return u->node == IR_NONE ? NULL : &t->of->flow->nodes[u->node];
}

static bool lapsed(const Told *t, const Use *u)
{
    const Correction *c = &t->uses->correction;
    for (uint32_t i = 0; i < c->lapses_n; i++)
        if (c->lapses[i].node == u->node) return true;
    return false;
}

static bool is_asked_again(const Told *t, const Use *u)
{
    for (uint32_t i = 0; i < t->of->acts.n; i++)
        if (t->of->acts.items[i].again && t->of->acts.items[i].node == u->node) return true;
    return false;
}

static bool is_open(const Told *t, const Use *u)
{
    for (uint32_t i = 0; i < t->of->acts.n; i++)
        if (t->of->acts.items[i].node == u->node && t->of->acts.items[i].state != ACT_BLOCK) return true;
    return false;
}

/* With the right value its question cannot be put. */
static bool is_incident(const Told *t, const Use *u)
{
    for (uint32_t i = 0; i < t->of->acts.n; i++)
        if (t->of->acts.items[i].node == u->node && t->of->acts.items[i].state == ACT_INCIDENT) return true;
    return false;
}

/* Does it read what was corrected itself, not only what was computed from that? Then it is offered anew. */
static bool reads_itself(const Told *t, const Use *u)
{
    const Correction *c = &t->uses->correction;
    Arena *a = t->s->arena;
    uint32_t n;
    const Datum *given = session_data(t->s, &n);
    const char *step = c->node != IR_NONE ? t->of->flow->nodes[c->node].name : NULL;
    Names names = {0};
    for (uint32_t i = 0; i < n; i++) names_add(a, &names, given[i].name);
    for (uint32_t i = 0; i < c->stays_n; i++) names_drop(&names, c->stays[i]);
    for (uint32_t i = 0; step && i < n; i++) names_add(a, &names, names_answer(a, step, given[i].name));
    return node_reads(t->of->flow, u->node, &names) || (step && node_asks_who_did(t->of->flow, u->node, step));
}

/* ---- for people ---------------------------------------------------------------------------------- */

/* And nothing has come of it yet but that somebody took it. */
static bool was_offered(const Use *u)
{
    return u->kind == EV_OFFERED || u->kind == EV_CLAIMED || u->kind == EV_DELEGATED || u->kind == EV_YIELDED;
}

/* Of a statement that is open no more. An end that waited, and was withdrawn, came to nothing. */
static const char *passed_by(const Told *t, const Use *u)
{
    uint16_t op = node_of(t, u)->op;
    bool ends = op == IRN_STOP || op == IRN_FAIL;
    return ends && u->kind == EV_WITHDRAWN ? "waited, and was withdrawn" : "went by it";
}

/* "price was computed from it, and stays as it is". Of what was only come to nothing stays. */
static const char *how_stated(const Told *t, const Use *u, const char *what, const char *done, const char *since)
{
    bool incident = is_incident(t, u), failed_later = u->came && node_of(t, u)->op == IRN_CALL;
    bool cannot = incident && !failed_later;
    const char *as = cannot ? "could not be" : u->came ? "was" : "was not";
    if (cannot) since = ": `ops retry` tries it with what is right";
    return arena_printf(t->s->arena, "%s%s%s %s it%s", what, *what ? " " : "", as, done,
                        cannot || u->came ? since : "");
}

/* "approved by mia", "done", "under way". */
static const char *how_used(const Told *t, const Use *u)
{
    Arena *a = t->s->arena;
    const IrNode *n = node_of(t, u);
    const char *by = u->person ? arena_printf(a, " by %s", u->person) : "";
    if (!n) return u->kind == EV_ENDED ? "it is among what the case gave" : "the case's deadline was counted with it";
    switch ((IrNodeOp)n->op) {
    case IRN_IF:       return how_stated(t, u, "", "decided with", u->yes ? ": yes" : ": no");
    case IRN_SET:      return how_stated(t, u, t->of->flow->vars[n->a].name, "computed from", ", and stays as it is");
    case IRN_EMIT:     return how_stated(t, u, t->of->flow->unit.names[n->a], "told with", "");
    case IRN_START:
    case IRN_CALL:     return how_stated(t, u, t->of->flow->unit.names[n->a], "begun with", "");
    case IRN_STEP:     break;
    case IRN_EACH_PARALLEL:
        if (u->kind != EV_LEFT) return is_open(t, u) ? "waits with it" : passed_by(t, u);
        return arena_printf(a, "%s was gathered with it, and stays as it is",
                            t->of->flow->vars[t->of->flow->args[n->d].slot].name);
    default:           return is_open(t, u) ? "waits with it" : passed_by(t, u);
    }
    if (lapsed(t, u)) return is_asked_again(t, u) ? arena_printf(a, "approved%s: asked for again", by)
                                                  : arena_printf(a, "approved%s: does not stand any more", by);
    bool offered = was_offered(u);
    if (offered && is_incident(t, u)) return "cannot be offered anew: it is an incident now";
    if (offered && is_open(t, u))
        return reads_itself(t, u) ? "is offered anew" : "is offered with what was computed from it, as it was";
    if (offered) return "was offered with it";
    if (u->kind == EV_BEGAN) return "is under way with it";
    return arena_printf(a, "%s%s", u->kind == EV_FINISHED ? "done" : event_name(u->kind), by);
}

static const char *place_name(const Told *t, const Use *u)
{
    const IrNode *n = node_of(t, u);
    bool named = n && n->op != IRN_SET && n->op != IRN_EMIT && n->op != IRN_START && n->op != IRN_CALL;
    if (!named) return NULL;           /* the sentence names it */
    if (n->op == IRN_STEP) return arena_printf(t->s->arena, "\"%s\"", n->name);
    return n->asked ? arena_printf(t->s->arena, "%s (%s)", n->name, n->asked) : n->name;
}

static void tell_change(const Told *t, const char *name, const Value *was, const Value *is)
{
    const Correction *c = &t->uses->correction;
    const Zone *zone = session_zone(t->s, t->of->process, NULL);
    bool file = false;
    for (uint32_t i = 0; i < c->files_n; i++) file |= strcmp(c->files[i].field, name) == 0;
    if (file && value_equal(was, is)) {            /* another copy: else it had been refused */
        buf_puts(t->out, " is another file of this name now: ");
    } else {
        buf_puts(t->out, " was ");
        value_print_told(t->out, was, t->s->manner, zone);
        buf_puts(t->out, ", is ");
    }
    value_print_told(t->out, is, t->s->manner, zone);
    buf_putc(t->out, '\n');
}

/* "vote, as ann answered, was yes": what is right was given as a text, and stands in the case's answers. */
static void tell_answer(const Told *t, const Datum *given, const Value *was)
{
    const Correction *c = &t->uses->correction;
    buf_printf(t->out, "%s, as %s answered,", given->name, c->of);
    for (uint32_t i = 0; i < t->of->answers.n; i++) {
        const Reply *r = &t->of->answers.items[i];
        for (uint32_t k = 0; r->act == c->act && r->person && strcmp(r->person, c->of) == 0 && k < r->values_n; k++) {
            if (strcmp(r->values[k].name, given->name) != 0) continue;
            tell_change(t, given->name, was, &r->values[k].value);
            return;
        }
    }
    buf_puts(t->out, " was ");
    value_print_told(t->out, was, t->s->manner, session_zone(t->s, t->of->process, NULL));
    buf_putc(t->out, '\n');
}

/* The list that is being gathered, and holds the right value by now; NULL: none does. */
static const char *gathered_as(const Told *t, const char *name)
{
    const IrFlow *f = t->of->flow;
    const Correction *c = &t->uses->correction;
    for (uint32_t i = 0; i < c->gathered_n; i++) {
        const Act *block = case_act(t->of, c->gathered[i].block);
        if (block && strcmp(c->gathered[i].name, name) == 0)
            return f->vars[f->args[f->nodes[block->node].d].slot].name;
    }
    return NULL;
}

static void tell_value(const Told *t, const Datum *given)
{
    const Correction *c = &t->uses->correction;
    const Value *now = case_named(t->of, c->parent, given->name);
    Value was = VALUE_NONE;
    for (uint32_t i = 0; i < c->recorded_n; i++)
        if (strcmp(c->recorded[i].name, given->name) == 0) was = c->recorded[i].value;
    if (c->of) {
        tell_answer(t, given, &was);
        return;
    }
    for (uint32_t i = 0; i < c->stays_n; i++) {
        if (strcmp(c->stays[i], given->name) != 0) continue;
        buf_printf(t->out, "%s was set anew since, and stays as it is: ", given->name);
        if (now) value_print_told(t->out, now, t->s->manner, session_zone(t->s, t->of->process, NULL));
        buf_putc(t->out, '\n');
        return;
    }
    const char *list = now ? NULL : gathered_as(t, given->name);
    if (list) {
        buf_printf(t->out, "%s is corrected in the record of the step, and in %s, which is being gathered\n",
                   given->name, list);
        return;
    }
    if (!now) {
        buf_printf(t->out, "%s is corrected in the record of the step: the element or branch that had it has ended\n",
                   given->name);
        return;
    }
    buf_puts(t->out, given->name);
    tell_change(t, given->name, &was, now);
}

static void tell_uses(const Told *t, const Datum *given, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) tell_value(t, &given[i]);
    if (t->uses->items.n) buf_puts(t->out, "What has used it:\n");
    for (uint32_t i = 0; i < t->uses->items.n; i++) {
        const Use *u = &t->uses->items.items[i];
        const char *name = place_name(t, u);
        const char *line = arena_printf(t->s->arena, "  %s%s%s", name ? name : "", name ? ": " : "", how_used(t, u));
        buf_visible(t->out, line, strlen(line));
        buf_putc(t->out, '\n');
    }
}

/* ---- as JSON ---------------------------------------------------------------------------------------- */

static void uses_json(const Told *t)
{
    Buf *b = t->out;
    buf_puts(b, "\"used\":[");
    for (uint32_t i = 0; i < t->uses->items.n; i++) {
        const Use *u = &t->uses->items.items[i];
        const IrNode *n = node_of(t, u);
        json_comma(b);
        buf_putc(b, '{');
        json_key_string(b, "at", n ? n->name : NULL);
        json_key_string(b, "kind", event_name(u->kind));
        json_key_string(b, "person", u->person);
        story_json_instant(b, "when", u->at);
        json_key_bool(b, "lapsed", lapsed(t, u));
        buf_putc(b, '}');
    }
    buf_puts(b, "],\"computed\":[");
    for (uint32_t i = 0; i < t->uses->computed.items.n; i++) {
        const char *name = t->uses->computed.items.items[i];
        json_comma(b);
        json_string(b, name, strlen(name));
    }
    buf_putc(b, ']');
}

int cmd_correct(Args *args)
{
    Session s;
    int code;
    Error err;
    Case *c = NULL;
    Uses uses = {0};
    Input in = {.text = args->value[OPT_BECAUSE], .to = args->value[OPT_PERSON]};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    const char *step = args->words_n > 1 ? args->words[1] : NULL;
    Status st = session_case(&s, args->words_n ? args->words[0] : NULL, &c, &err);
    uint64_t id = c ? c->id : 0;
    const Which which = c ? session_which(&s, c, step) : (Which){0};
    if (st == ST_OK) st = people_sign(&s, c, &in.person, &in.login, &err);
    case_free(c);
    c = NULL;
    in.values = session_data(&s, &in.values_n);
    if (st == ST_OK && (!in.text || !*in.text))
        st = fail(&err, ST_USAGE, "correct wants a reason: --because \"...\"");
    if (st == ST_OK) st = live_correct(s.live, id, &which, &in, s.arena, &uses, &s.report, &err);
    if (st == ST_OK) st = journal_case(s.journal, id, &c, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    Buf more = {0};
    Told t = {&s, c, &uses, &more};
    if (args->given[OPT_JSON]) uses_json(&t);
    else tell_uses(&t, in.values, in.values_n);
    code = session_tell_more(&s, id, "Corrected", buf_text(&more));
    buf_free(&more);
    case_free(c);
    return code;
}
