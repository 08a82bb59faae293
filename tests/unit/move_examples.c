/* A case that goes its way through an example can move to the same text at each of its places: nothing that the checker
 * accepted is missed. */
#include "runtime/move.h"
#include "tests/wander.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

typedef struct Walkers {
    Wander w;
    const IrProgram *again;            /* the same text, compiled once more */
    bool *reached;                     /* by step of the process that is played: a case stood there, and could move */
    const IrFlow *flow;
    uint32_t planned;
} Walkers;

/* What does not last: waiting for it is the way. */
static bool is_passing(const char *problem)
{
    static const char *const passing[] = {"is under way", "is being undone", "once more", "does not stand any more"};
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (strstr(problem, passing[i])) return true;
    return false;
}

static Status plan(void *self, const CaseRow *row, Case **of, Error *err)
{
    Walkers *all = self;
    const Case *c = *of;
    Arena *a = arena_new();
    Move move;
    (void)err;
    if (row->status == CASE_RUNNING) {
        move_plan(c, ir_process(all->again, c->process)->flow, a, &move);
        all->planned++;
        for (uint32_t i = 0; i < move.problems.n; i++) {
            if (is_passing(move.problems.items[i])) continue;
            print_error("case %llu of %s: %s\n", (unsigned long long)row->id, c->process, move.problems.items[i]);
            fail();
        }
        assert_int_equal(move.notes.n, 0);
        for (uint32_t i = 0; i < c->acts.n && strcmp(c->process, all->flow->process) == 0; i++) {
            const IrNode *n = &c->flow->nodes[c->acts.items[i].node];
            if (n->op == IRN_STEP) all->reached[n->a] = true;
        }
    }
    arena_free(a);
    return ST_OK;
}

static void plan_all(Walkers *all)
{
    CaseFilter any = {0};
    assert_int_equal(journal_cases(turned_journal(all->w.world), &any, true, plan, all, &all->w.err), ST_OK);
}

/* Several times, with other doings; tells how many of its steps were come to. */
static uint32_t play(Walkers *all, const IrProcess *p, uint32_t rounds)
{
    uint32_t reached = 0;
    all->flow = p->flow;
    all->reached = calloc(p->flow->steps_n + 1, sizeof *all->reached);
    for (uint32_t round = 0; round < rounds; round++) {
        uint64_t id;
        assert_int_equal(turned_begin(all->w.world, &all->w.err), ST_OK);
        assert_int_equal(turned_in_motion(all->w.world, &all->w.err), ST_OK);
        wander_answers(&all->w, round % 2);
        wander_rows(&all->w);
        if (!wander_start(&all->w, p, &id)) print_error("%s: %s\n", p->name, all->w.err.text), fail();
        plan_all(all);
        for (uint32_t i = 0; i < 40; i++) wander(&all->w), plan_all(all);
        arena_reset(all->w.arena);
    }
    for (uint32_t i = 0; i < p->flow->steps_n; i++) reached += all->reached[i];
    free(all->reached);
    return reached;
}

static void play_file(const char *path, uint32_t *steps, uint32_t *reached, uint32_t *planned)
{
    Chance chance = {7};
    LiveOptions none = {0};
    Walkers all = {.w = {.c = &chance, .arena = arena_new()}};
    Compilation *c = compile_file(path, &all.w.err), *again = compile_file(path, &all.w.err);
    assert_true(c && c->program && again && again->program);
    all.w.program = c->program;
    all.again = again->program;
    assert_int_equal(turned_new(c->program, &none, &all.w.world, &all.w.err), ST_OK);
    for (uint32_t i = 0; i < c->program->processes_n; i++) {
        *steps += c->program->processes[i].flow->steps_n;
        *reached += play(&all, &c->program->processes[i], 12);
    }
    *planned += all.planned;
    buf_free(&all.w.report.notes);
    turned_free(all.w.world);
    arena_free(all.w.arena);
    compilation_free(c), compilation_free(again);
}

static void every_example(void **state)
{
    (void)state;
    glob_t found;
    uint32_t steps = 0, reached = 0, planned = 0;
    assert_int_equal(glob("examples/*/*.ops", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) play_file(found.gl_pathv[i], &steps, &reached, &planned);
    globfree(&found);
    print_message("%u of %u steps come to, %u times asked\n", reached, steps, planned);
    assert_true(reached * 4 >= steps * 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_example)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
