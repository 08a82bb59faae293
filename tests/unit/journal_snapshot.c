/* journal_snapshot.c -- snapshots are shortcuts: seldom written, never wrong, and an older store that
 * held one in every row of its cases is brought up to date. */
#include "journal_fixture.h"

static const char *folder, *store;

static int in_a_folder(void **state)
{
    (void)state;
    static char place[100], file[150];
    snprintf(place, sizeof place, "%s", temp_folder());
    snprintf(file, sizeof file, "%s/store.db", place);
    folder = place, store = file;
    return 0;
}

static int no_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static int64_t count(const char *sql)
{
    return number_in(store, sql);
}

static void is_read_as(Journal *j, const Case *c)
{
    Case *read;
    Buf wanted = {0}, got = {0};
    OK(journal_case(j, c->id, &read, &why));
    case_write(&wanted, c);
    case_write(&got, read);
    assert_string_equal(buf_text(&got), buf_text(&wanted));
    buf_free(&wanted);
    buf_free(&got);
    case_free(read);
}

static void sets(Journal *j, Case *c, int i)
{
    Out *out = out_new();
    uint32_t before = c->seq;
    Datum d = {"customer", value_text(arena_printf(out->arena, "customer number %d", i))};
    tell(c, out, (Event){.kind = EV_SET, .node = NODE_ASK, .values = &d, .values_n = 1});
    OK(commit_one(j, c, before, out, &why));
    out_free(out);
}

static void a_long_case_writes_few_and_is_read_whole(void **state)
{
    (void)state;
    enum { ADVANCES = 400 };
    Journal *j = open_store(store, JOURNAL_CREATE);
    Case *c = new_order(j, "long", INSTANT_NEVER);
    int written = 0;
    int64_t last = 0;
    for (int i = 0; i < ADVANCES; i++) {
        sets(j, c, i);
        is_read_as(j, c);
        int64_t seq = count("SELECT coalesce(max(seq), 0) FROM snapshots");
        assert_true(seq >= last && seq <= c->seq);
        written += seq > last;
        last = seq;
    }
    assert_true(written >= 2 && written < ADVANCES / 8);
    assert_int_equal(count("SELECT count(*) FROM snapshots"), 1);
    assert_int_equal(problems_of(j), 0);
    go_to_end(j, c, CASE_FINISHED, "shipped");
    assert_int_equal(count("SELECT seq FROM snapshots"), c->seq);
    is_read_as(j, c);
    assert_int_equal(problems_of(j), 0);
    case_free(c);
    journal_close(j);
}

static void a_gap_behind_the_snapshot_is_told(void **state)
{
    (void)state;
    Journal *j = open_store(store, JOURNAL_CREATE);
    Case *c = new_order(j, "gap", INSTANT_NEVER), *read = NULL;
    for (int i = 0; i < 60; i++) sets(j, c, i);
    assert_true(count("SELECT seq FROM snapshots") < c->seq - 2);
    intrude(store, "DELETE FROM events WHERE seq = (SELECT max(seq) - 1 FROM events)");
    assert_int_equal(journal_case(j, c->id, &read, &why), ST_IO);
    assert_non_null(strstr(why.text, "ops verify"));
    assert_null(read);
    case_free(c);
    journal_close(j);
}

/* Damage is no mistake of ops, whatever of the flow it is. */
static void a_changed_flow_is_damage(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE flows SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Order', 'Ordes') AS BLOB)",
        "UPDATE flows SET bytes = x'00'", "UPDATE flows SET bytes = substr(bytes, 1, length(bytes) - 1)"};
    Journal *j = open_store(store, JOURNAL_CREATE);
    Case *c = new_order(j, "flow", INSTANT_NEVER), *read = NULL;
    sets(j, c, 1);
    journal_close(j);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        intrude(store, changes[i]);
        j = open_store(store, 0);
        assert_int_equal(journal_case(j, c->id, &read, &why), ST_IO);
        assert_non_null(strstr(why.text, "flow"));
        journal_close(j);
    }
    case_free(c);
}

static void to_version_5(void)
{
    intrude(store, TO_VERSION_5 "PRAGMA user_version = 5");
}

/* What version 4 looked like: notes, but no history of the store itself. */
static void to_version_4(void)
{
    to_version_5();
    intrude(store, "DELETE FROM events WHERE case_id = 0; PRAGMA user_version = 4");
}

/* What version 3 looked like: no copies of files. */
static void to_version_3(void)
{
    to_version_4();
    intrude(store, "DROP TABLE files; PRAGMA user_version = 3");
}

/* What version 2 looked like: no locks. */
static void to_version_2(void)
{
    to_version_3();
    intrude(store, "DROP INDEX work_lock; DROP INDEX work_wanted; ALTER TABLE work DROP COLUMN lock; "
                   "PRAGMA user_version = 2");
}

/* What version 1 looked like: a snapshot in every row of cases. */
static void to_version_1(Case *const *cases, int n)
{
    to_version_2();
    intrude(store, "ALTER TABLE cases ADD COLUMN snapshot TEXT NOT NULL DEFAULT ''; ALTER TABLE cases DROP COLUMN room;"
                   "DROP TABLE snapshots; PRAGMA user_version = 1");
    sqlite3 *db;
    assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
    for (int i = 0; i < n; i++) {
        Buf b = {0};
        case_write(&b, cases[i]);
        char *sql = sqlite3_mprintf("UPDATE cases SET snapshot = %Q WHERE id = %lld", buf_text(&b),
                                    (long long)cases[i]->id);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_free(sql);
        buf_free(&b);
    }
    sqlite3_close(db);
}

static void is_brought_up_to_date(int version, JournalMode mode)
{
    unlink(store);
    Journal *j = open_store(store, JOURNAL_CREATE);
    Case *cases[] = {new_order(j, "K-1", DAY1 + US_DAY), new_order(j, NULL, INSTANT_NEVER)};
    go_to_wait(j, cases[0], DAY1 + US_DAY);
    go_to_end(j, cases[1], CASE_FINISHED, "shipped");
    OK(journal_note(j, "creator", "ann", &why));
    OK(journal_ran(j, "Order every day", DAY1, &why));
    journal_close(j);
    if (version == 1) to_version_1(cases, 2);
    else if (version == 2) to_version_2();
    else if (version == 3) to_version_3();
    else if (version == 4) to_version_4();
    else if (version == 5) to_version_5();
    else intrude(store, TO_VERSION_6 "PRAGMA user_version = 6");
    j = open_store(store, mode);
    assert_int_equal(count("PRAGMA user_version"), 8);
    assert_int_equal(count("SELECT count(*) FROM dues WHERE case_id = 1"), 1);
    for (int i = 0; i < 2; i++) is_read_as(j, cases[i]);
    assert_int_equal(problems_of(j), 0);
    if (mode != JOURNAL_READ) sets(j, cases[0], 7), is_read_as(j, cases[0]);
    assert_int_equal(problems_of(j), 0);
    journal_close(j);
    case_free(cases[0]);
    case_free(cases[1]);
}

static void an_older_store_is_brought_up_to_date(void **state)
{
    (void)state;
    for (int version = 1; version < 7; version++)
        for (JournalMode mode = JOURNAL_READ; mode <= JOURNAL_CREATE; mode++) is_brought_up_to_date(version, mode);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_long_case_writes_few_and_is_read_whole, in_a_folder, no_folder),
        cmocka_unit_test_setup_teardown(a_gap_behind_the_snapshot_is_told, in_a_folder, no_folder),
        cmocka_unit_test_setup_teardown(a_changed_flow_is_damage, in_a_folder, no_folder),
        cmocka_unit_test_setup_teardown(an_older_store_is_brought_up_to_date, in_a_folder, no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
