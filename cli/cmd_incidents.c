/* cmd_incidents.c -- what a person says when the file does not say how to go on: retry, skip, cancel. */
#include "cli/people.h"

#include <string.h>

int cmd_retry(Args *args);
int cmd_skip(Args *args);
int cmd_cancel(Args *args);

/* Where its incidents are, of one that was named and is not there: like ; it has one at "Try", "Send". */
static const char *incidents(Arena *arena, const Case *c)
{
    const char *all = "";
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->state == ACT_INCIDENT)
            all = arena_printf(arena, "%s%s\"%s\"", all, *all ? ", " : "; it has one at ",
                               c->flow->nodes[a->node].name);
    }
    return all;
}

/* The incident a word names by its step, or the only one. */
static Status find_incident(Arena *arena, const Case *c, const char *step, uint32_t *act, Error *err)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->state != ACT_INCIDENT || (step && strcmp(step, c->flow->nodes[a->node].name) != 0)) continue;
        *act = a->id;
        n++;
    }
    if (n == 1) return ST_OK;
    if (n > 1)
        return fail(err, ST_USAGE, "case %llu has %u incidents: name the step%s", (unsigned long long)c->id, n,
                    step ? "" : incidents(arena, c));
    return fail(err, ST_NOTFOUND, "case %llu has no incident%s%s%s", (unsigned long long)c->id, step ? " at " : "",
                step ? step : "", incidents(arena, c));
}

static int on_incident(Args *args, InputKind kind, const char *what)
{
    Session s;
    int code;
    Error err;
    Case *c = NULL;
    Input in = {.kind = (uint8_t)kind, .text = args->value[OPT_BECAUSE], .at = clock_now()};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Status st = session_case(&s, args->words_n ? args->words[0] : NULL, &c, &err);
    if (st == ST_OK && kind != INPUT_CANCEL)
        st = find_incident(s.arena, c, args->words_n > 1 ? args->words[1] : NULL, &in.act, &err);
    if (st == ST_OK) st = people_sign(&s, c, &in.person, &in.login, &err);
    if (st == ST_OK && kind != INPUT_RETRY && (!in.text || !*in.text))
        st = fail(&err, ST_USAGE, "`ops %s` wants a reason: --because \"...\"", args->command->name);
    uint64_t id = c ? c->id : 0;
    in.values = session_data(&s, &in.values_n);
    case_free(c);
    if (st == ST_OK) st = live_input(s.live, id, &in, &s.report, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    return session_tell(&s, id, what);
}

int cmd_retry(Args *args) { return on_incident(args, INPUT_RETRY, "Tried again"); }
int cmd_skip(Args *args) { return on_incident(args, INPUT_SKIP, "Skipped"); }
int cmd_cancel(Args *args) { return on_incident(args, INPUT_CANCEL, "Cancelled"); }
