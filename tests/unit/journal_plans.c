/* journal_plans.c -- how SQLite finds the rows of every statement that the journal runs.
 *
 * A statement that goes through a whole table costs what the store holds, not what is asked for. Those that may are
 * named here, each with its reason; every other one finds its rows by a key.
 */
#include "journal_fixture.h"
#include "runtime/journal_private.h"

static const struct { const char *name, *text; } statements[] = {
#define SQL(NAME, text) {#NAME, text},
#include "runtime/journal_sql.def"
#undef SQL
};
enum { STATEMENTS = sizeof statements / sizeof *statements };

#define ALL "all of it is asked for"
#define EACH "verify looks at everything"
#define FEW "a partial index: it holds only what is asked for"
#define UPGRADED "once, when a store of an older version is brought up to date"

static const struct { const char *name, *table, *reason; } may[] = {
    {"IDS", "cases", ALL},
    {"CALL_OPEN", "messages USING INDEX messages_open", FEW},
    {"WITHDRAWN_OPEN", "messages USING INDEX messages_open", FEW},
    {"VERSIONS", "cases", "counts all cases of each version"},
    {"NEXT_WORK", "dues", "in order, and only the first"},
    {"TODO", "cases USING INDEX cases_todo", FEW},
    {"IDS_RUNNING", "cases USING INDEX cases_running", FEW},
    {"IDS_INCIDENT", "cases USING INDEX cases_incident", FEW},
    {"WORK_FRESH", "work USING INDEX work_fresh", FEW},
    {"WORK_INCIDENT", "work USING INDEX work_incident", FEW},
    {"WORK", "work", ALL},
    {"REJECTED", "rejected", ALL},
    {"REJECTED_FILE", "rejected", "rows that were set aside: somebody mends them, so they do not become many"},
    {"ARCHIVE_MISSED", "c USING COVERING INDEX cases_id", "an archive was taken away: verify asks, and who makes one"},
    {"CLAIMS_ENDING", "claims", "a row for each command that is under way now"},
    {"CLAIMS_LET_GO", "claims", "a row for each command that is under way now"},
    {"FILES", "files", EACH},
    {"FLOWS", "flows", EACH},
    {"EVENTS", "main.events", EACH},
    {"EVENTS_BOTH", "main.events", EACH},
    {"TRACES_ODD", "traces", EACH},
    {"TRACES_ODD", "events", EACH},
    {"TRACES_ODD", "CONSTANT ROW", "one row"},
    {"TRACES_ODD", "e", EACH},
    {"EVENTS_ORPHANED", "e", EACH},
    {"EVENTS_ORPHANED_BOTH", "e", EACH},
    {"SHARDS_ODD", "main.events", EACH},
    {"SHARDS_ODD", "main.cases", EACH},
    {"SHARDS_ODD_BOTH", "main.events", EACH},
    {"SHARDS_ODD_BOTH", "main.cases", EACH},
    {"SHARDS_ODD_BOTH", "archive.events", EACH},
    {"SNAPSHOTS_ORPHANED", "s", EACH},
    {"SNAPSHOTS_ORPHANED_BOTH", "s", EACH},
    {"SNAPSHOTS_ORPHANED_BOTH", "main.counters", "three rows"},
    {"CASES_COUNT", "cases", EACH},
    {"WORK_COUNT", "work", EACH},
    {"DUES_COUNT", "dues", EACH},
    {"MESSAGES_COUNT", "messages", EACH},
    {"CAUSES_FROM", "causes", EACH},
    {"CAUSES_COUNT", "causes", EACH},
    {"TAKEN_FROM", "taken", EACH},
    {"TAKEN_COUNT", "taken", EACH},
    {"SCHEDULES", "schedules", EACH},
    {"NOTES", "notes", EACH},
    {"SIGNALS", "messages", UPGRADED},
    {"CAUSES_UNTIL", "causes", UPGRADED},
    {"TAKEN_UNTIL", "taken", UPGRADED},
};
enum { MAY = sizeof may / sizeof *may };

static bool met[MAY];

/* plan: one line of what SQLite says it does. What a statement made itself (a subquery) is as long as what it found. */
static bool is_allowed(const char *statement, const char *plan)
{
    static const char scan[] = "SCAN ";
    if (strncmp(plan, scan, strlen(scan)) != 0 || plan[strlen(scan)] == '(') return true;
    for (size_t i = 0; i < MAY; i++) {
        const char *of = plan + strlen(scan);
        size_t n = strlen(may[i].table);
        if (strcmp(may[i].name, statement) != 0 || strncmp(of, may[i].table, n) != 0) continue;
        if (of[n] == '\0' || of[n] == ' ') return met[i] = true;
    }
    return false;
}

static int plans_of(Journal *j, const char *name, const char *text)
{
    Buf asked = {0};
    sqlite3_stmt *s;
    int wrong = 0;
    buf_printf(&asked, "EXPLAIN QUERY PLAN %s", text);
    assert_int_equal(sqlite3_prepare_v2(j->db, asked.p, -1, &s, NULL), SQLITE_OK);
    while (sqlite3_step(s) == SQLITE_ROW) {
        const char *plan = col_name(s, 3);
        if (is_allowed(name, plan)) continue;
        print_error("%s goes through a whole table: %s\n", name, plan);
        wrong++;
    }
    sqlite3_finalize(s);
    buf_free(&asked);
    return wrong;
}

static bool of_tables(const char *text)
{
    static const char *const verbs[] = {"SELECT ", "INSERT ", "UPDATE ", "DELETE "};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strncmp(text, verbs[i], strlen(verbs[i])) == 0) return true;
    return false;
}

static void every_statement_finds_its_rows_by_a_key(void **state)
{
    (void)state;
    char folder[100], store[150];
    int wrong = 0, asked = 0;
    snprintf(folder, sizeof folder, "%s", temp_folder());
    snprintf(store, sizeof store, "%s/store.db", folder);
    Journal *j = open_store(store, JOURNAL_CREATE);
    OK(archive_make(j, &why));                         /* so that texts that ask both find both */
    for (size_t i = 0; i < STATEMENTS; i++) {
        const char *name = statements[i].name;
        if (strncmp(name, "CLEAR_", 6) == 0 || !of_tables(statements[i].text)) continue;
        wrong += plans_of(j, name, statements[i].text);
        asked++;
    }
    for (size_t i = 0; i < MAY; i++)
        if (!met[i]) {
            print_error("%s does not go through %s any more: take it off the list\n", may[i].name, may[i].table);
            wrong++;
        }
    assert_int_equal(wrong, 0);
    assert_true(asked > 90);
    journal_close(j);
    remove_folder(folder);
}

/* The list is no rubber stamp: a table that nobody named is told. */
static void a_whole_table_is_told(void **state)
{
    (void)state;
    assert_false(is_allowed("WORK_NUMBER", "SCAN work"));
    assert_false(is_allowed("TODO", "SCAN cases"));
    assert_false(is_allowed("EVENTS_OF", "SCAN e"));
    assert_true(is_allowed("EVENTS_OF", "SEARCH t USING PRIMARY KEY (level=? AND case_id=? AND seq>?)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_finds_its_rows_by_a_key),
        cmocka_unit_test(a_whole_table_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
