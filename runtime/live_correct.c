/* live_correct.c -- correcting what was recorded: the history is read, and the case must not have gone on since. */
#include "runtime/live_private.h"

enum { MOST_LOOKS = 20 };

/* What fell due has happened by then, and is a part of what became of the value. */
static Status let_time_pass(Live *l, uint64_t case_id, Instant now, LiveReport *report, Error *err)
{
    Input timer = {.kind = INPUT_TIMER, .at = now, .n = (uint64_t)now};
    return live_input(l, case_id, &timer, report, err);
}

Status live_correct(Live *l, uint64_t case_id, const char *step, const Input *in, Arena *a, Uses *found,
                    LiveReport *report, Error *err)
{
    Status st = ST_CONFLICT;
    for (int i = 0; i < MOST_LOOKS && st == ST_CONFLICT; i++) {
        Case *c = NULL;
        Input right = *in;
        right.kind = INPUT_CORRECT, right.at = live_now(l), right.correction = &found->correction;
        st = let_time_pass(l, case_id, right.at, report, err);
        if (st == ST_OK) st = journal_case(l->journal, case_id, &c, err);
        const char *whose = in->to ? in->to : in->person;
        if (st == ST_OK) st = uses_find(l->journal, a, c, step, whose, in->values, in->values_n, found, err);
        if (st == ST_OK) st = live_copy_right(l, c, &right, a, err);
        case_free(c);
        if (st == ST_OK) st = live_input(l, case_id, &right, report, err);
    }
    return st;
}
