/* engine.c -- random businesses, run by chance: people answer, commands fail, events come, time goes on, cases are
 * cancelled. What is told must obey the rules of the flow, which are judged here from the events alone, apart from
 * the engine; the store must fold to what it says; and whoever does all that is asked brings every case to its end.
 *
 *   engine SECONDS SEED [PROGRAM]     SECONDS 0: a hundred businesses, however long it takes
 *                                     PROGRAM: only that one, by its number, with its story
 */
#include "tests/chance.h"

#include "base/time.h"
#include "lang/check.h"
#include "runtime/turned.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a business --------------------------------------------------------------------------- */

typedef struct Gen {
    Chance *c;
    Buf *out;
    unsigned names;
    bool calls, locks;             /* may it call P1; may it take the lock */
} Gen;

static unsigned die(Gen *g, unsigned sides) { return (unsigned)chance(g->c, sides); }

static void flow(Gen *g, unsigned deep);

static void handler(Gen *g, const char *head, unsigned deep)
{
    buf_printf(g->out, "%s <\n", head);
    flow(g, deep);
    buf_puts(g->out, ">\n");
}

static void person_step(Gen *g, unsigned deep)
{
    unsigned n = g->names++;
    bool approves = die(g, 4) == 0;
    buf_printf(g->out, "step S%u <\nwho Crew\n", n);
    if (approves) buf_puts(g->out, "approve \"Well?\"\n");
    else buf_printf(g->out, "ask a%u number\n", n);
    if (approves && die(g, 2)) handler(g, "on reject", deep);
    if (!approves && die(g, 2)) buf_puts(g->out, "undo \"Take it back.\"\n");
    if (die(g, 4) == 0) {
        buf_puts(g->out, "within 2 h\n");
        if (deep) handler(g, "on late", deep - 1);
    }
    buf_puts(g->out, ">\n");
}

static void machine_step(Gen *g, unsigned deep)
{
    unsigned n = g->names++;
    bool lua = die(g, 3) == 0;
    buf_printf(g->out, "step S%u <\n", n);
    if (lua) buf_printf(g->out, "how lua { return %u }\ngives g%u number\n", die(g, 9), n);
    else buf_printf(g->out, "how shell \"c%u ${n}\"\n", die(g, 3));
    if (die(g, 3) == 0) buf_puts(g->out, "retry 1 time every 1 h\n");
    if (die(g, 2)) buf_puts(g->out, "repeatable\n");
    if (die(g, 2))
        buf_printf(g->out, lua ? "undo lua { local x = g%u + n }\n" : "undo shell \"u%u ${n}\"\n", lua ? n : die(g, 2));
    if (!lua && die(g, 3) == 0) handler(g, "on fail", deep);
    buf_puts(g->out, ">\n");
}

static void branches(Gen *g, const char *head, unsigned deep)
{
    buf_printf(g->out, "%s <\n", head);
    for (unsigned i = 2 + die(g, 2); i > 0; i--) handler(g, "sequence", deep);
    buf_puts(g->out, ">\n");
}

static void handled(Gen *g, unsigned deep)
{
    unsigned what = die(g, 3);
    buf_puts(g->out, "sequence <\n");
    flow(g, deep);
    if (what != 1) handler(g, "on fail", deep);
    if (what != 0) {
        char head[60];
        unsigned n = g->names++;
        snprintf(head, sizeof head, "on told as x%u where x%u.n is n", n, n);
        handler(g, head, deep);
    }
    buf_puts(g->out, ">\n");
}

static void locked(Gen *g, unsigned deep)
{
    g->locks = false;
    handler(g, "lock \"bench\" of 2", deep);
    g->locks = true;
}

static void looped(Gen *g, unsigned deep)
{
    unsigned n = g->names++;
    switch (die(g, 3)) {
    case 0: buf_printf(g->out, "each i%u in [1, 2, 3] in parallel up to 2", n); break;
    case 1: buf_printf(g->out, "each i%u in [1, 2]", n); break;
    default:
        handler(g, "repeat at most 2 times", deep);
        g->out->n--;
        buf_printf(g->out, " until n > %u\n", die(g, 9));
        return;
    }
    handler(g, "", deep);
}

static void ending(Gen *g)
{
    buf_printf(g->out, "if n is %u < %s > else < set s%u = 1 >\n", die(g, 9),
               die(g, 2) ? "stop \"over\"" : "fail \"no good\"", g->names);
    g->names++;
}

static void statement(Gen *g, unsigned deep)
{
    unsigned n;
    switch (deep ? die(g, 16) : die(g, 7)) {
    case 0: case 1: person_step(g, deep ? deep - 1 : 0); break;
    case 2: case 3: machine_step(g, deep ? deep - 1 : 0); break;
    case 4: buf_printf(g->out, "wait %u h\n", 1 + die(g, 5)); break;
    case 5: buf_printf(g->out, "emit told with n = %u\n", die(g, 9)); break;
    case 6: ending(g); break;
    case 7: branches(g, "parallel", deep - 1); break;
    case 8: branches(g, die(g, 3) ? "race" : "race 2", deep - 1); break;
    case 9: case 10: handled(g, deep - 1); break;
    case 11: if (g->locks) locked(g, deep - 1); else person_step(g, 0); break;
    case 12: looped(g, deep - 1); break;
    case 13:
        n = g->names++;
        buf_printf(g->out, "wait for told as w%u where w%u.n is n within %u h else", n, n, 1 + die(g, 9));
        handler(g, "", deep - 1);
        break;
    case 14:
        if (g->calls) buf_puts(g->out, "call P1 with n = n\n");
        else machine_step(g, 0);
        break;
    default:
        buf_printf(g->out, "if n > %u", die(g, 9));
        handler(g, "", deep - 1);
    }
}

static void flow(Gen *g, unsigned deep)
{
    for (unsigned i = 1 + die(g, 3); i > 0; i--) statement(g, deep);
}

static void business(Chance *c, Buf *out)
{
    Gen g = {.c = c, .out = out};
    buf_puts(out, "role Crew < people \"ann\", \"bob\" >\nevent told < n number >\n");
    for (unsigned p = 0; p < 2; p++) {
        bool late = die(&g, 3) == 0;
        g.calls = g.locks = p == 0;
        buf_printf(out, "process P%u <\nowner Crew\ntakes n number\n%s", p, late ? "within 8 h\n" : "");
        flow(&g, 3);
        if (late) handler(&g, "on late", 1);
        if (die(&g, 4) == 0) handler(&g, "on fail", 1);
        buf_puts(out, ">\n");
    }
}

/* ---- what is wrong ----------------------------------------------------------------------------- */

typedef struct Run {
    Chance *c;
    const Buf *text;
    Compilation *compiled;
    Turned *world;
    Journal *journal;
    LiveReport report;
    Error err;
    uint64_t number, seed;
    bool tell;
} Run;

static const Run *under_way;

static void on_abort(int n)
{
    (void)n;
    if (under_way) {
        fprintf(stderr, "program %llu of seed %llu\n", (unsigned long long)under_way->number,
                (unsigned long long)under_way->seed);
        if (write(STDERR_FILENO, under_way->text->p, under_way->text->n) < 0) _exit(1);
    }
    _exit(1);
}

static void wrong(const char *what, uint64_t case_id, uint32_t seq)
{
    fprintf(stderr, "%s (case %llu, event %u)\n", what, (unsigned long long)case_id, seq);
    abort();
}

/* ---- the rules, from the events alone --------------------------------------------------------------- */

enum { MOST_ACTS = 4096 };

/* below: open in it; behind: a call or lock, of which nothing but what is undone is left */
typedef struct Seen { uint32_t parent, node, below, left; bool open, undoes, machine, behind; } Seen;

typedef struct Judge {
    const Run *run;
    const IrFlow *flow;
    Seen acts[MOST_ACTS];
    uint32_t lines, undone[MOST_ACTS];
    bool well[MOST_ACTS], ended;
    uint32_t undoing;              /* acts that undo a line, open now */
    uint32_t recalled;             /* called cases that undo what they did */
} Judge;

static void opens(Judge *j, const Event *e)
{
    Seen *a = &j->acts[e->act];
    bool machine = e->kind == EV_BEGAN || e->attempt > 0;
    a->machine |= machine;
    if (a->open) return;
    if (e->parent && !j->acts[e->parent].open) wrong("something begins in what is over", e->case_id, e->seq);
    *a = (Seen){.parent = e->parent, .node = e->node, .open = true, .machine = machine,
                .undoes = e->kind == EV_UNDOING};
    if (e->parent) j->acts[e->parent].below++;
    if (e->kind != EV_UNDOING) return;
    if (j->undoing++) wrong("two lines are undone at once", e->case_id, e->seq);
    if (j->recalled) wrong("a line is undone ahead of what a called case did", e->case_id, e->seq);
    if (e->n < 1 || e->n > j->lines || !j->well[e->n - 1]) wrong("what did not end well is undone", e->case_id, e->seq);
    if (j->undone[e->n - 1]++) wrong("a line is undone twice", e->case_id, e->seq);
}

static bool is_call(const Judge *j, const Seen *a)
{
    return j->flow->nodes[a->node].op == IRN_CALL;
}

/* What is around it may end, but for the case. */
static void stays_behind(Judge *j, const Event *e)
{
    Seen *a = &j->acts[e->act];
    IrNodeOp op = (IrNodeOp)j->flow->nodes[a->node].op;
    if ((op != IRN_CALL && op != IRN_LOCK) || !a->open) return;
    if (a->parent) j->acts[a->parent].below--;
    a->parent = 0;
    a->behind = true;
    j->recalled += is_call(j, a);
}

static void closes(Judge *j, const Event *e)
{
    Seen *a = &j->acts[e->act];
    const IrNode *n = &j->flow->nodes[a->node];
    if (!a->open) wrong("what is over ends again", e->case_id, e->seq);
    if (a->below) wrong("a block ends while something in it is open", e->case_id, e->seq);
    a->open = false;
    if (a->parent) j->acts[a->parent].below--;
    j->recalled -= a->behind && is_call(j, a);
    if (a->undoes) {
        j->undoing--;
        return;
    }
    Seen *around = a->parent ? &j->acts[a->parent] : NULL;
    bool racer = around && j->flow->nodes[around->node].op == IRN_RACE && n->parent == around->node;
    if (racer && e->kind == EV_LEFT && ++around->left > j->flow->nodes[around->node].a)
        wrong("more win a race than it wants", e->case_id, e->seq);
    if (n->op == IRN_RACE && e->kind == EV_LEFT && !(around && around->node == a->node) && !racer && a->left < 1)
        wrong("nobody has won this race", e->case_id, e->seq);
    bool step = n->op == IRN_STEP;
    bool line = step && e->kind != EV_LEFT && e->kind != EV_ELAPSED &&
                (e->kind != EV_WITHDRAWN || e->attempt > 0);
    if (!line) return;
    j->well[j->lines] = e->kind == EV_FINISHED || e->kind == EV_DONE || e->kind == EV_APPROVED;
    j->lines++;
}

static Status judge(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Judge *j = self;
    (void)hash, (void)err;
    if (j->run->tell)
        fprintf(stderr, "  case %llu %3u %-9s act %u in %u %s%s%s\n", (unsigned long long)e->case_id, e->seq,
                event_name(e->kind), e->act, e->parent, e->node != IR_NONE ? j->flow->nodes[e->node].name : "",
                e->text ? ": " : "", e->text ? e->text : "");
    if (j->ended) wrong("something is told behind the end", e->case_id, e->seq);
    if (e->act >= MOST_ACTS || j->lines + 2 >= MOST_ACTS) return ST_END;
    bool block = e->node != IR_NONE && j->flow->nodes[e->node].op == IRN_BLOCK;
    switch ((EventKind)e->kind) {
    case EV_ENTERED: case EV_BRANCHED: case EV_BEGAN: case EV_OFFERED: case EV_WAITING: case EV_CALLED:
    case EV_INCIDENT:
        if (e->act) opens(j, e);
        break;
    case EV_UNDOING:
        if (e->n) opens(j, e);
        else stays_behind(j, e);
        break;
    case EV_LEFT: case EV_FINISHED: case EV_DONE: case EV_APPROVED: case EV_REJECTED: case EV_TOOK: case EV_ELAPSED:
    case EV_RETURNED: case EV_SKIPPED: case EV_UNDONE: case EV_WITHDRAWN:
        if (e->act) closes(j, e);
        break;
    case EV_HANDLED:
        if (e->act && !block) closes(j, e);
        break;
    case EV_RETRIED:
        if (j->acts[e->act].machine) break;             /* it tries again; all else is entered anew */
        j->acts[e->act].open = false;
        if (j->acts[e->act].parent) j->acts[j->acts[e->act].parent].below--;
        j->undoing -= j->acts[e->act].undoes;
        break;
    case EV_ENDED:
        j->ended = true;
        if (j->recalled) wrong("it ends ahead of what it called", e->case_id, e->seq);
        break;
    default: break;
    }
    return ST_OK;
}

static Status judge_case(void *self, const CaseRow *row, Case **of, Error *err)
{
    Run *r = self;
    const Case *c = *of;
    Judge *j = mem_zero(1, sizeof *j);
    j->run = r;
    j->flow = c->flow;
    Status st = journal_replay(r->journal, row->id, judge, j, err);
    if (st == ST_OK && j->ended != (row->status != CASE_RUNNING)) wrong("its end is not told", row->id, 0);
    bool waits = false;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        uint8_t s = c->acts.items[i].state;
        waits |= case_recalls(c, &c->acts.items[i]) || s == ACT_OFFERED || s == ACT_WAITING || s == ACT_PAUSED ||
                 s == ACT_INCIDENT;
    }
    if (row->status == CASE_RUNNING && !waits) wrong("it runs, and waits for nothing", row->id, c->seq);
    free(j);
    return st;
}

static Status count_holder(void *self, const WorkRow *row, Error *err)
{
    (void)err;
    *(uint32_t *)self += row->state == ACT_BLOCK;
    return ST_OK;
}

static void must(Status st, const Error *err)
{
    if (st != ST_OK && st != ST_END) wrong(err->text, 0, 0);
}

static void judge_all(Run *r)
{
    VerifyReport v = {0};
    CaseFilter all = {0};
    uint32_t holders = 0;
    WorkFilter lock = {.lock = "bench"};
    must(journal_verify(r->journal, NULL, &v, &r->err), &r->err);
    if (v.problems) wrong(buf_text(&v.text), 0, 0);
    buf_free(&v.text);
    must(journal_cases(r->journal, &all, true, judge_case, r, &r->err), &r->err);
    must(journal_work(r->journal, &lock, count_holder, &holders, &r->err), &r->err);
    if (holders > 2) wrong("more hold a lock than it has places", 0, 0);
}

/* ---- what happens -------------------------------------------------------------------------------------- */

typedef struct Open { uint64_t case_id; uint32_t act; uint8_t state; } Open;
typedef struct Opens { Open items[256]; uint32_t n; } Opens;

static Status note_open(void *self, const WorkRow *row, Error *err)
{
    (void)err;
    Opens *o = self;
    if (row->state != ACT_OFFERED && row->state != ACT_INCIDENT) return ST_OK;
    if (o->n < 256) o->items[o->n++] = (Open){row->case_id, row->act, row->state};
    return ST_OK;
}

static void put_in(Run *r, const Open *o, Input in)
{
    in.act = o->act;
    in.at = turned_now(r->world);
    in.person = chance(r->c, 2) ? "ann" : "bob";
    Status st = live_input(turned_live(r->world), o->case_id, &in, &r->report, &r->err);
    if (st != ST_OK && st != ST_REFUSED && st != ST_VALUE) wrong(r->err.text, o->case_id, 0);
}

/* Whatever is open is done in one of its ways. */
static void do_one(Run *r, const Open *o, bool mild)
{
    Case *c;
    Datum values[2];
    must(journal_case(r->journal, o->case_id, &c, &r->err), &r->err);
    const Act *a = case_act(c, o->act);
    const IrNode *n = a ? &c->flow->nodes[a->node] : NULL;
    const IrStep *s = n && n->op == IRN_STEP ? &c->flow->steps[n->a] : NULL;
    Input in = {.text = "because"};
    if (!a) {
        case_free(c);
        return;
    }
    if (o->state == ACT_INCIDENT) {
        in.kind = mild || chance(r->c, 2) ? INPUT_SKIP : INPUT_RETRY;
        for (uint32_t i = 0; s && i < s->ask_n; i++)
            values[in.values_n++] = (Datum){c->flow->unit.fields[s->ask].name, value_integer(1)};
        for (uint32_t i = 0; s && i < s->gives_n && in.values_n < 2; i++)
            values[in.values_n++] = (Datum){c->flow->unit.fields[s->gives].name, value_integer(1)};
        if (a->undoes) in.values_n = 0;
    } else if (a->undoes || s->approve == CODE_NONE) {
        in.kind = INPUT_DONE;
        in.text = NULL;
        if (!a->undoes)
            values[in.values_n++] = (Datum){c->flow->unit.fields[s->ask].name, value_integer((int64_t)chance(r->c, 9))};
    } else {
        in.kind = chance(r->c, 2) ? INPUT_APPROVE : INPUT_REJECT;
    }
    in.values = values;
    bool whole = o->state == ACT_INCIDENT && mild;
    put_in(r, o, in);
    case_free(c);
    if (whole) {                               /* the end of a round cannot be skipped: the case is given up */
        Opens still = {0};
        WorkFilter of = {.case_id = o->case_id, .state = ACT_INCIDENT};
        must(journal_work(r->journal, &of, note_open, &still, &r->err), &r->err);
        for (uint32_t i = 0; i < still.n; i++)
            if (still.items[i].act == o->act) put_in(r, o, (Input){.kind = INPUT_CANCEL, .text = "given up"});
    }
}

static void answers(Run *r, bool mild)
{
    for (unsigned i = 0; i < 3; i++) {
        char command[8];
        snprintf(command, sizeof command, "c%u", i);
        turned_answer(r->world, false, command, "", mild || chance(r->c, 3) ? 0 : 3);
        snprintf(command, sizeof command, "u%u", i);
        turned_answer(r->world, false, command, "", mild || chance(r->c, 4) ? 0 : 3);
    }
}

static void happens(Run *r)
{
    Opens open = {0};
    WorkFilter any = {0};
    Datum n = {"n", value_integer((int64_t)chance(r->c, 9))};
    must(journal_work(r->journal, &any, note_open, &open, &r->err), &r->err);
    switch (chance(r->c, 12)) {
    case 0: must(live_signal(turned_live(r->world), "told", &n, 1, "ann", &r->report, &r->err), &r->err); break;
    case 1: answers(r, false); break;
    case 2: case 3:
        must(turned_go_on(r->world, turned_now(r->world) + (Instant)(1 + chance(r->c, 5)) * US_HOUR, &r->report,
                          &r->err), &r->err);
        break;
    case 4:
        if (open.n && !chance(r->c, 3))
            put_in(r, &open.items[chance(r->c, open.n)], (Input){.kind = INPUT_CANCEL, .text = "no more"});
        break;
    default:
        if (open.n) do_one(r, &open.items[chance(r->c, open.n)], false);
    }
}

/* Everybody does what is asked, and time goes on: every case must end. */
static void wind_down(Run *r)
{
    answers(r, true);
    for (unsigned round = 0; round < 400; round++) {
        Opens open = {0};
        WorkFilter any = {0};
        must(journal_work(r->journal, &any, note_open, &open, &r->err), &r->err);
        for (uint32_t i = 0; i < open.n; i++) do_one(r, &open.items[i], true);
        must(turned_go_on(r->world, turned_now(r->world) + 3 * US_HOUR, &r->report, &r->err), &r->err);
        Opens left = {0};
        Instant due = INSTANT_NEVER;
        must(journal_work(r->journal, &any, note_open, &left, &r->err), &r->err);
        must(journal_next_due(r->journal, &due, &r->err), &r->err);
        if (!left.n && due == INSTANT_NEVER) break;
    }
}

static Status still_runs(void *self, const CaseRow *row, Case **of, Error *err)
{
    (void)self, (void)of, (void)err;
    if (row->status == CASE_RUNNING) wrong("everything was done, and it does not end", row->id, 0);
    return ST_OK;
}

static void play(Run *r)
{
    CaseFilter all = {0};
    must(turned_begin(r->world, &r->err), &r->err);
    must(turned_in_motion(r->world, &r->err), &r->err);
    r->journal = turned_journal(r->world);
    answers(r, false);
    for (unsigned i = 0; i < 3; i++) {
        Datum n = {"n", value_integer((int64_t)chance(r->c, 9))};
        uint64_t id;
        must(live_start(turned_live(r->world), "P0", &n, 1, "ann", NULL, &id, &r->report, &r->err), &r->err);
    }
    for (unsigned i = 0; i < 60; i++) happens(r);
    judge_all(r);
    wind_down(r);
    judge_all(r);
    must(journal_cases(r->journal, &all, false, still_runs, r, &r->err), &r->err);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 64;
    uint64_t seed = strtoull(argv[2], NULL, 10), only = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    uint64_t wrongs = 0, played = 0;
    Instant until = clock_real() + strtoll(argv[1], NULL, 10) * US_SECOND;
    signal(SIGABRT, on_abort);
    bool few = strcmp(argv[1], "0") == 0;
    for (uint64_t number = only ? only : 1;
         (few ? number <= 100 : clock_real() < until) && (!only || number == only); number++) {
        Chance c = {seed * UINT64_C(1000003) + number};
        Buf text = {0};
        Run r = {.c = &c, .text = &text, .number = number, .seed = seed, .tell = only != 0};
        LiveOptions options = {0};
        business(&c, &text);
        under_way = &r;
        r.compiled = compile_text("x.ops", buf_text(&text), text.n, NULL, NULL);
        if (!r.compiled->program) {
            wrongs++;
            if (only) fprintf(stderr, "%s\n", buf_text(&text));
        } else {
            must(turned_new(r.compiled->program, &options, &r.world, &r.err), &r.err);
            play(&r);
            played++;
            turned_free(r.world);
        }
        buf_free(&r.report.notes);
        compilation_free(r.compiled);
        buf_free(&text);
    }
    printf("fuzz: %llu businesses run, nothing found; %llu did not check\n", (unsigned long long)played,
           (unsigned long long)wrongs);
    return 0;
}
