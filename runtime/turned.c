/* turned.c -- the world that tests play in. */
#include "runtime/turned.h"

#include <stdlib.h>
#include <string.h>

typedef struct Answered { const char *command, *prints; int status; bool mail; } Answered;

struct Turned {
    const IrProgram *program;
    Journal *journal;
    Live *live;
    World world;
    Instant now;
    bool in_motion;
    Arena *arena;                      /* of the world under way */
    VEC(Answered) answers;
    const char *unanswered, *unanswered_step;
    bool unanswered_mail;
};

static Instant now_of(void *self)
{
    return ((Turned *)self)->now;
}

/* ---- commands --------------------------------------------------------------------------- */

static bool begins_so(const char *command, const char *with)
{
    size_t n = strlen(with), skip = strspn(command, " \t\n");
    command += skip;
    if (strncmp(command, with, n) != 0) return false;
    return strpbrk(with, " \t") || strchr(" \t\n;&|<>", command[n]);   /* strchr finds the end, too */
}

static void answer(void *self, const char *step, bool mail, const char *command, Arena *a, ExecResult *out)
{
    Turned *t = self;
    *out = (ExecResult){.started = true};
    for (uint32_t i = t->answers.n; i-- > 0;) {
        const Answered *given = &t->answers.items[i];
        if (given->mail != mail || !begins_so(command, given->command)) continue;
        out->out = given->prints, out->out_n = strlen(given->prints);
        out->exit_code = given->status;
        if (given->status) out->problem = arena_printf(a, "exit status %d", given->status);
        return;
    }
    if (!t->unanswered) {
        t->unanswered = arena_dup(t->arena, command);
        t->unanswered_step = arena_dup(t->arena, step);
        t->unanswered_mail = mail;
    }
    out->exit_code = 127;
    out->problem = mail ? "nothing answers this mail" : "nothing answers this command";
}

void turned_answer(Turned *t, bool mail, const char *command, const char *prints, int status)
{
    *VEC_PUSH(t->arena, &t->answers) =
        (Answered){arena_dup(t->arena, command), arena_dup(t->arena, prints ? prints : ""), status, mail};
}

const char *turned_unanswered(Turned *t, const char **step, bool *mail)
{
    const char *command = t->unanswered;
    *mail = t->unanswered_mail;
    *step = t->unanswered_step;
    t->unanswered = NULL;
    return command;
}

Status turned_rows(Turned *t, const char *table, const Value *rows, Error *err)
{
    return tables_give(live_tables(t->live), table, rows, err);
}

/* ---- time ------------------------------------------------------------------------------- */

Status turned_in_motion(Turned *t, Error *err)
{
    Instant ignored;
    if (t->in_motion) return ST_OK;
    t->in_motion = true;
    return live_next(t->live, &ignored, err);
}

Status turned_go_on(Turned *t, Instant to, LiveReport *report, Error *err)
{
    Status st = ST_OK;
    if (t->in_motion && to < t->now) return fail(err, ST_REFUSED, "time does not go back");
    for (uint32_t moments = 0; t->in_motion && st == ST_OK; moments++) {
        Instant next = INSTANT_NEVER;
        uint64_t before = report->advances;
        st = live_next(t->live, &next, err);
        if (st != ST_OK || next > to) break;
        if (moments >= TURNED_MOMENTS)
            return fail(err, ST_FAILED, "something happens at more than %d moments of it: let less time pass",
                        TURNED_MOMENTS);
        bool still = next <= t->now;
        if (!still) t->now = next;
        st = live_due(t->live, report, err);
        if (st == ST_OK && still && report->advances == before)
            return fail(err, ST_INTERNAL, "something is due, and nothing comes of it: time would stand still for ever");
    }
    t->now = to;
    return st;
}

/* ---- worlds ----------------------------------------------------------------------------- */

Status turned_new(const IrProgram *p, const LiveOptions *options, Turned **out, Error *err)
{
    Turned *t = mem_zero(1, sizeof *t);
    t->program = p;
    t->world = (World){.now = now_of, .command = answer, .self = t};
    Status st = journal_open(":memory:", JOURNAL_CREATE, &t->journal, err);
    if (st == ST_OK) {
        LiveOptions o = {.metric = options->metric, .measure = options->measure,
                         .metric_self = options->metric_self, .stop = options->stop,
                         .world = &t->world, .most = TURNED_TURNS};
        journal_clock(t->journal, now_of, t);
        t->live = live_new(p, t->journal, NULL, &o);
        *out = t, t = NULL;
    }
    turned_free(t);
    return st;
}

void turned_free(Turned *t)
{
    if (!t) return;
    live_free(t->live);
    journal_close(t->journal);
    arena_free(t->arena);
    free(t);
}

Status turned_begin(Turned *t, Error *err)
{
    arena_free(t->arena);
    t->arena = arena_new();
    memset(&t->answers, 0, sizeof t->answers);
    t->unanswered = NULL;
    t->in_motion = false;
    t->now = zone_start_of(ir_zone(t->program), TURNED_DAY) + 9 * US_HOUR;
    live_reset(t->live);
    tables_clear(live_tables(t->live));
    return journal_reset(t->journal, err);
}

Live *turned_live(const Turned *t) { return t->live; }
Journal *turned_journal(const Turned *t) { return t->journal; }
Instant turned_now(const Turned *t) { return t->now; }
