/* Which variables does a place of a flow read? One line for each answer: a process, a place in it, a variable. */
#include "lang/check.h"
#include "runtime/reads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define P(flow) "role R < people \"ann\", \"bob\" >\nprocess P < takes n number, v text; " flow " >"
#define VOTE "step Z < who any 2 of R; ask v text, w number >; "

typedef struct Reading {
    const char *text, *node, *name;
    bool reads;
} Reading;

static const Reading readings[] = {
    {P("if n > 1 < set n = 2 >"), "if 1", "n", true},
    {P("if n > 1 < set n = 2 >"), "if 1", "v", false},
    {P("step A < who R; how \"${v}\" >"), "A", "v", true},
    {P("step A < who R; ask v text where length(v) > 1 >"), "A", "v", false},       /* its own answer */
    {P("step A < who R; ask v text where length(v) > n >"), "A", "n", true},
    {P("step A < who R; ask x number; ensures x > n >"), "A", "n", true},
    {P("step A < who R; ask x number; ensures x > n >"), "A", "x", false},
    /* what each of the answers to a step says is no variable; all else in the condition is */
    {P(VOTE "if count(Z where v is \"y\") > 1 < set n = 2 >"), "if 1", "v", false},
    {P(VOTE "if count(Z where w > n) > 1 < set n = 2 >"), "if 1", "n", true},
    {P(VOTE "if count(Z where w > 2) > n < set n = 2 >"), "if 1", "n", true},       /* behind the condition */
    {P(VOTE "if n > 2 and count(Z where w > 2) > 1 < set n = 2 >"), "if 1", "n", true},
    {P(VOTE "if count(Z where v is \"y\") > 1 and v is \"z\" < set n = 2 >"), "if 1", "v", true},
    {P(VOTE "step Y < who any 2 of R; ask k number >; if count(Z where w > 2) > count(Y where k > n) < set n = 2 >"),
     "if 1", "n", true},
    {P(VOTE "if count(Z where v is \"y\") > 1 < set n = 2 >"), "if 1", "\1Z", true},     /* see names_answers */
    {P(VOTE "if count(Z where v is \"y\") > 1 < set n = 2 >"), "if 1", "\1Y", false},
    {P(VOTE "if count(Z where v is \"y\") > 1 < set n = 2 >"), "if 1", "\1Z\1v", true},
    {P(VOTE "if count(Z where v is \"y\") > 1 < set n = 2 >"), "if 1", "\1Z\1w", false},
};

static const IrFlow *flow_of(const char *text, Compilation **c)
{
    *c = compile_text("p.ops", text, strlen(text), NULL, NULL);
    if (!(*c)->program) {
        Buf b = {0};
        diags_print((*c)->diags, &b, false, 5);
        print_error("%s\n%s", text, b.p);
        buf_free(&b);
    }
    assert_non_null((*c)->program);
    return ir_process((*c)->program, "P")->flow;
}

static void every_reading(void **state)
{
    (void)state;
    uint32_t wrong = 0;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        const Reading *r = &readings[i];
        Compilation *c;
        Arena *a = arena_new();
        const IrFlow *f = flow_of(r->text, &c);
        Names names = {0};
        names_add(a, &names, r->name);
        uint32_t node = ir_node(f, r->node);
        assert_int_not_equal(node, IR_NONE);
        bool well = node_reads(f, node, &names) == r->reads;
        if (!well) print_error("%s\n  %s: %s, wanted %d\n", r->text, r->node, r->name, r->reads);
        wrong += !well;
        arena_free(a);
        compilation_free(c);
    }
    assert_int_equal(wrong, 0);
}

/* What a step needs when it has ended, with what it gave itself. */
static void at_its_end(void **state)
{
    (void)state;
    Compilation *c;
    Arena *a = arena_new();
    const char *text = P("step A < who R; how \"${v}\"; ask x number; ensures x > n; undo shell \"u ${x}\" >");
    const IrFlow *f = flow_of(text, &c);
    static const char *const names[] = {"v", "n", "x"};
    static const bool begins[] = {true, false, false}, ends[] = {false, true, true};
    for (size_t i = 0; i < 3; i++) {
        Names one = {0};
        names_add(a, &one, names[i]);
        assert_int_equal(step_reads(f, &f->steps[0], &one), begins[i]);
        assert_int_equal(step_end_reads(f, &f->steps[0], &one), ends[i]);
    }
    arena_free(a);
    compilation_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_reading), cmocka_unit_test(at_its_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
