/* left.c -- machines' work that nobody does: whoever ran ops ended it, or it was killed, and the next run goes on.
 *
 * Of what shows outside a claim says which process does it, and the machine whether that lives. What only calculates,
 * or waits for a place among the jobs, has no claim: an ops that is at work does it in a moment.
 */
#include "analysis/story.h"

#include "runtime/exec.h"

typedef enum Work { NO_WORK, AT_WORK, STOPPED, TO_DO } Work;

static Status work_of(const Story *s, const Case *c, const Act *a, Work *work, Error *err)
{
    Claim by;
    *work = a->state == ACT_RUNNING || a->state == ACT_READY ? TO_DO : NO_WORK;
    if (a->state != ACT_RUNNING) return ST_OK;
    Status st = journal_claim(s->journal, c->id, a->id, &by, err);
    if (st == ST_OK) *work = exec_alive(by.pid, by.pid_start, by.boot) ? AT_WORK : STOPPED;
    return st == ST_NOTFOUND ? ST_OK : st;
}

Status story_stopped(const Story *s, const Case *c, const Act *a, bool *stopped, Error *err)
{
    Work work;
    Status st = work_of(s, c, a, &work, err);
    *stopped = work == STOPPED;
    return st;
}

Status story_left(const Story *s, const Case *c, Buf *out, bool *any, Error *err)
{
    static const char *const none[] = {NULL};
    const Zone *zone = ir_zone_of(s->program, c->process, NULL);
    const char *first = NULL;
    uint32_t stopped = 0, to_do = 0;
    Status st = ST_OK;
    *any = false;
    for (uint32_t i = 0; s->advice && i < c->acts.n && st == ST_OK; i++) {
        const Act *a = &c->acts.items[i];
        const char *name = c->flow->nodes[a->node].name, *began = story_when(s->manner, zone, a->began, s->arena);
        Work work;
        st = work_of(s, c, a, &work, err);
        if (work == TO_DO && !to_do++) first = name;
        if (work == STOPPED && ++stopped)
            buf_show(out, "\"%s\" was %s when ops was stopped%s%s\n", name, a->undoes ? "being undone" : "under way",
                     *began ? "; it began " : "", began);
    }
    *any = stopped || to_do;
    if (st != ST_OK || !*any) return st;
    if (to_do)
        buf_show(out, "A machine does \"%s\"%s next%s\n", first,
                 to_do > 1 ? arena_printf(s->arena, " and %u more", to_do - 1) : "",
                 stopped ? "" : ": now, where ops is at work");
    buf_puts(out, stopped ? "To go on:\n  " : "Where it is not:\n  ");
    propose(out, s->advice, "run", none, NULL);
    buf_putc(out, '\n');
    return ST_OK;
}
