/* journal_traces.c -- tests of the list of the events that each case has: among many cases it has three levels. */
#include "journal_fixture.h"

/* As many as are young, and some that are not. STAYS is one whose events get to where they stay before the numbers of
 * all events have gone far: runtime/journal_traces.c says which go down when. */
enum { YOUNG = 16384, OLD = 2700, CASES = YOUNG + OLD, STEP = 1024, STAYS = 2650 };

static const char *folder, *store;

static int64_t count(const char *sql)
{
    return number_in(store, sql);
}

static Case *cases[CASES];

/* All in one transaction. */
static void begin_cases(Journal *j)
{
    Advance *a = calloc(CASES, sizeof *a);
    assert_non_null(a);
    for (int i = 0; i < CASES; i++) {
        a[i] = (Advance){.of = cases[i] = case_new(the_flow()), .out = out_new()};
        tell_started(cases[i], a[i].out, NULL);
    }
    OK(journal_keep_flow(j, the_flow(), &why));
    OK(journal_commit(j, a, CASES, &why));
    for (int i = 0; i < CASES; i++) out_free(a[i].out);
    free(a);
}

/* So many events of this case, in one transaction. */
static void goes_on(Journal *j, Case *c, int events)
{
    Out *out = out_new();
    uint32_t before = c->seq;
    for (int i = 0; i < events; i++) tell(c, out, (Event){.kind = EV_CHOSE, .act = 0, .n = i % 2, .node = 0});
    OK(commit_one(j, c, before, out, &why));
    out_free(out);
}

static void is_read_as(Journal *j, const Case *c)
{
    Case *read;
    OK(journal_case(j, c->id, &read, &why));
    assert_int_equal(read->seq, c->seq);
    case_free(read);
}

static void is_whole(Journal *j)
{
    assert_int_equal(count("SELECT count(*) FROM traces"), count("SELECT count(*) FROM events"));
    assert_int_equal(count("SELECT count(*) FROM (SELECT seq, lag(seq, 1, 0) OVER (PARTITION BY case_id ORDER BY level,"
                           " seq) AS before FROM traces) WHERE seq <= before"), 0);
    for (int i = 0; i < OLD; i += 17) is_read_as(j, cases[i]);
    is_read_as(j, cases[STAYS - 1]);
    is_read_as(j, cases[CASES - 1]);
}

/* The old ones' events come to the last level, and from there through the one between to where they stay. */
static void grow_old(Journal *j)
{
    begin_cases(j);
    assert_int_equal(count("SELECT count(*) FROM traces WHERE level > 0"), 0);
    goes_on(j, cases[CASES - 1], 5);
    assert_int_equal(count("SELECT count(*) FROM traces WHERE level > 0"), 0);
    for (int i = 0; i < OLD; i += 9) goes_on(j, cases[i], 1);
    assert_int_equal(count("SELECT count(*) FROM traces WHERE level = 2"), OLD / 9);
    goes_on(j, cases[OLD], 1);
    assert_int_equal(count("SELECT count(*) FROM traces WHERE level = 2"), OLD / 9);
    int64_t settled = count("SELECT count(*) FROM traces WHERE level = 0");
    for (int i = 0; count("SELECT count(*) FROM traces WHERE level = 0") == settled; i++) {
        assert_true(i < 20);
        goes_on(j, cases[STAYS - 1], STEP);
    }
    for (int i = 0; i < OLD; i += 27) goes_on(j, cases[i], 2);
    assert_int_equal(count("SELECT count(DISTINCT level) FROM traces"), 3);
    assert_int_equal(count("SELECT count(DISTINCT level) FROM traces WHERE case_id = 1"), 3);
    is_whole(j);
}

static void events_go_down_level_by_level(void **state)
{
    (void)state;
    Journal *j = open_store(store, JOURNAL_CREATE);
    ArchiveReport moved;
    VerifyReport r;
    grow_old(j);

    /* they are archived from every level, and copied to one list again */
    for (int i = 0; i < OLD; i += 54) go_to_end(j, cases[i], CASE_FINISHED, "shipped");
    OK(journal_archive(j, INSTANT_NEVER, NULL, NULL, &moved, &why));
    assert_int_equal(moved.cases, OLD / 54);
    is_whole(j);
    const char *copy = path_in(folder, "copy.db");
    OK(journal_backup(j, copy, &r, &why));
    assert_int_equal(r.problems, 0);
    buf_free(&r.text);
    assert_int_equal(problems_of(j), 0);
    journal_close(j);
    store = copy;
    j = open_store(store, JOURNAL_WRITE);
    goes_on(j, cases[1], 1);
    assert_int_equal(count("SELECT level FROM traces WHERE case_id = 2 ORDER BY seq DESC LIMIT 1"), 2);
    is_whole(j);
    journal_close(j);
    for (int i = 0; i < CASES; i++) case_free(cases[i]);
}

static int set_up(void **state)
{
    (void)state;
    folder = temp_folder();
    store = path_in(folder, "store.db");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(events_go_down_level_by_level, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
