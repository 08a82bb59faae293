/* live_correct.c -- correcting what was recorded, and having a step done once more: the history is read, and the case
 * must not have gone on since. */
#include "runtime/live_private.h"

enum { MOST_LOOKS = 20 };

/* What fell due has happened by then, each at its own moment, and is a part of what became of the value. */
static Status let_time_pass(Live *l, uint64_t case_id, Instant now, LiveReport *report, Error *err)
{
    Input timer = {.kind = INPUT_TIMER, .n = (uint64_t)now};
    uint32_t before = UINT32_MAX, seq = 0;
    Status st = ST_OK;
    for (bool due = true; st == ST_OK && due && before != seq;) {
        Case *c;
        before = seq;
        st = live_load(l, case_id, &c, err);
        timer.at = st == ST_OK && c->status == CASE_RUNNING ? engine_earliest_due(c) : INSTANT_NEVER;
        due = timer.at <= now;
        if (st == ST_OK && due) st = live_input(l, case_id, &timer, report, err);
        if (st == ST_OK) st = live_load(l, case_id, &c, err);
        if (st == ST_OK) seq = c->seq;
        live_release(l, case_id);
    }
    return st;
}

static Status look_back(Live *l, const Case *c, const Which *which, Input *in, Arena *a, Uses *found, Error *err)
{
    if (in->kind == INPUT_REPEAT) return uses_of_step(l->journal, a, c, which, found, err);
    Status st = uses_find(l->journal, a, c, which, in, found, err);
    return st == ST_OK ? live_copy_given(l, c, in, a, err) : st;
}

static Status after_a_look(Live *l, uint64_t case_id, const Which *which, const Input *given, InputKind kind, Arena *a,
                           Uses *found, LiveReport *report, Error *err)
{
    Status st = ST_CONFLICT;
    for (int i = 0; i < MOST_LOOKS && st == ST_CONFLICT; i++) {
        Case *c = NULL;
        Input in = *given;
        in.kind = (uint8_t)kind, in.at = live_now(l), in.correction = &found->correction;
        st = let_time_pass(l, case_id, in.at, report, err);
        if (st == ST_OK) st = journal_case(l->journal, case_id, &c, err);
        *found = (Uses){0};
        if (st == ST_OK) st = look_back(l, c, which, &in, a, found, err);
        case_free(c);
        if (st == ST_OK) st = live_input(l, case_id, &in, report, err);
        uses_free(found);
    }
    return st;
}

Status live_correct(Live *l, uint64_t case_id, const Which *which, const Input *in, Arena *a, Uses *found,
                    LiveReport *report, Error *err)
{
    return after_a_look(l, case_id, which, in, INPUT_CORRECT, a, found, report, err);
}

Status live_repeat(Live *l, uint64_t case_id, const Which *which, const Input *in, Arena *a, LiveReport *report,
                   Error *err)
{
    Uses found;
    return after_a_look(l, case_id, which, in, INPUT_REPEAT, a, &found, report, err);
}
