/* The world that tests play in: emptied, not opened anew, and the same each time. */
#include "lang/check.h"
#include "runtime/turned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static const char PROGRAM[] =
    "calendar Office < zone \"Europe/Berlin\"; open mon..fri 09:00..17:00 >\n"
    "role Sales < people \"ann\" >\n"
    "process P <\n"
    "    takes n number\n"
    "    step Send < how shell \"mailer ${n}\"; gives receipt text; retry 1 times every 5 minutes >\n"
    "    wait 2 days\n"
    "    step Ask < who Sales; how \"${receipt}\"; within 1 business day >\n"
    ">\n"
    "process Daily < when every day at 02:30 in Office; step Sweep < who Sales; how \"sweep\" > >\n";

typedef struct Fixture { Compilation *c; Turned *world; Error err; } Fixture;

static const char SETTLED[] =
    "role Sales < people \"ann\", \"bob\" >\n"
    "process P < takes n number; owner Sales\n"
    "    step Ask < who Sales; how \"ask\" >\n"
    "    step Send < how shell \"mailer ${n}\" >\n"
    "    set m = 1 / (n - 3)\n"
    "    step Last < who Sales; how \"${m}\" >\n"
    ">\n";

static Fixture begin_with(const char *program, size_t n)
{
    Fixture f = {.c = compile_text("p.ops", program, n, NULL, NULL)};
    assert_non_null(f.c->program);
    LiveOptions none = {0};
    assert_int_equal(turned_new(f.c->program, &none, &f.world, &f.err), ST_OK);
    return f;
}

static Fixture begin(void)
{
    return begin_with(PROGRAM, sizeof PROGRAM - 1);
}

static void end(Fixture *f)
{
    turned_free(f->world);
    compilation_free(f->c);
}

static uint64_t start(Fixture *f, LiveReport *report)
{
    Datum n = {"n", value_integer(3)};
    uint64_t id = 0;
    assert_int_equal(turned_in_motion(f->world, &f->err), ST_OK);
    assert_int_equal(live_start(turned_live(f->world), "P", &n, 1, "ann", NULL, &id, report, &f->err), ST_OK);
    return id;
}

/* Some days of business; what the store's chains end with. */
static void some_days(Fixture *f, char head[HEAD_TEXT])
{
    LiveReport report = {0};
    VerifyReport verified = {0};
    assert_int_equal(turned_begin(f->world, &f->err), ST_OK);
    turned_answer(f->world, false, "mailer", "r-1", 0);
    assert_int_equal(start(f, &report), 1);
    assert_int_equal(turned_go_on(f->world, turned_now(f->world) + 10 * US_DAY, &report, &f->err), ST_OK);
    assert_int_equal(report.started, 9);        /* no sweep on the two closed days */
    assert_int_equal(journal_verify(turned_journal(f->world), NULL, &verified, &f->err), ST_OK);
    assert_int_equal(verified.problems, 0);
    assert_int_equal(verified.cases, 9);
    strcpy(head, verified.head);
    buf_free(&verified.text);
    buf_free(&report.notes);
}

static void worlds_are_alike(void **state)
{
    (void)state;
    char first[HEAD_TEXT], second[HEAD_TEXT];
    Fixture f = begin();
    some_days(&f, first);
    some_days(&f, second);
    assert_string_equal(first, second);
    end(&f);
    f = begin();
    some_days(&f, second);
    assert_string_equal(first, second);
    end(&f);
}

static void each_thing_at_its_moment(void **state)
{
    (void)state;
    Fixture f = begin();
    LiveReport report = {0};
    Case *c;
    assert_int_equal(turned_begin(f.world, &f.err), ST_OK);
    Instant began = turned_now(f.world);
    turned_answer(f.world, false, "mailer", NULL, 3);
    uint64_t id = start(&f, &report);
    turned_answer(f.world, false, "mailer", "r-2", 0);
    assert_int_equal(turned_go_on(f.world, began + 30 * US_DAY, &report, &f.err), ST_OK);
    assert_int_equal(journal_case(turned_journal(f.world), id, &c, &f.err), ST_OK);
    assert_int_equal(c->acts.n, 1);
    assert_int_equal(c->acts.items[0].offered, began + 2 * US_DAY + 5 * US_MINUTE);
    assert_true(c->acts.items[0].late);
    assert_int_equal(turned_now(f.world), began + 30 * US_DAY);
    case_free(c);
    assert_int_equal(turned_go_on(f.world, began, &report, &f.err), ST_REFUSED);
    buf_free(&report.notes);
    end(&f);
}

static void nothing_answers_by_itself(void **state)
{
    (void)state;
    Fixture f = begin();
    LiveReport report = {0};
    const char *step, *kind;
    assert_int_equal(turned_begin(f.world, &f.err), ST_OK);
    turned_answer(f.world, false, "mail", "no", 0);
    turned_answer(f.world, false, "mailer 4", "no", 0);
    (void)start(&f, &report);
    assert_string_equal(turned_unanswered(f.world, &step, &kind), "mailer 3");
    assert_string_equal(step, "Send");
    assert_string_equal(kind, "shell");
    assert_null(turned_unanswered(f.world, &step, &kind));
    buf_free(&report.notes);
    end(&f);
}

/* The act that is open, and then what two say of it, one after the other; the later one is told what it was. */
static void both_say(Fixture *f, uint64_t id, InputKind first, InputKind second, const char *told)
{
    LiveReport report = {0};
    Case *c;
    assert_int_equal(journal_case(turned_journal(f->world), id, &c, &f->err), ST_OK);
    assert_int_equal(c->acts.n, 1);
    Input in = {.kind = (uint8_t)first, .act = c->acts.items[0].id, .at = turned_now(f->world), .person = "bob",
                .text = "no need"};
    case_free(c);
    assert_int_equal(live_input(turned_live(f->world), id, &in, &report, &f->err), ST_OK);
    in.kind = (uint8_t)second, in.person = "ann";
    assert_int_equal(live_input(turned_live(f->world), id, &in, &report, &f->err), ST_REFUSED);
    assert_string_equal(f->err.text, told);
    buf_free(&report.notes);
}

static void who_comes_late_is_told(void **state)
{
    (void)state;
    Fixture f = begin_with(SETTLED, sizeof SETTLED - 1);
    LiveReport report = {0};
    assert_int_equal(turned_begin(f.world, &f.err), ST_OK);
    turned_answer(f.world, false, "mailer", NULL, 3);
    uint64_t id = start(&f, &report);
    both_say(&f, id, INPUT_SKIP, INPUT_SKIP, "\"Ask\" of case 1 is not open any more: skipped by bob meanwhile");
    both_say(&f, id, INPUT_SKIP, INPUT_RETRY, "\"Send\" of case 1 is not open any more: skipped by bob meanwhile");
    both_say(&f, id, INPUT_SKIP, INPUT_SKIP,
             "the incident of case 1 was taken care of meanwhile: `ops show 1` tells by whom");
    buf_free(&report.notes);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(worlds_are_alike), cmocka_unit_test(each_thing_at_its_moment),
                                       cmocka_unit_test(nothing_answers_by_itself),
                                       cmocka_unit_test(who_comes_late_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
