/* journal_verify.c -- tests of journal_verify: nothing in the history, nor in what follows from it, can be
 * changed unnoticed, and a damaged file is told, never followed. */
#include "journal_fixture.h"
#include "runtime/journal_private.h"

#include <fcntl.h>

static const char *folder, *store;

/* Three cases: one waits for "paid", one was asked, one has ended. */
static int a_small_store(void **state)
{
    (void)state;
    static char place[100], file[150];
    snprintf(place, sizeof place, "%s", temp_folder());
    snprintf(file, sizeof file, "%s/store.db", place);
    folder = place, store = file;
    Journal *j = open_store(store, JOURNAL_CREATE);
    Case *a = new_order(j, "K-1", DAY1 + US_DAY), *b = new_order(j, NULL, INSTANT_NEVER),
         *c = new_order(j, "K-3", DAY1 + US_HOUR);
    go_to_wait(j, a, DAY1 + US_DAY);
    go_to_end(j, c, CASE_FINISHED, "shipped");
    case_free(a), case_free(b), case_free(c);
    journal_close(j);
    return 0;
}

static int no_store(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

/* ---- soundness -------------------------------------------------------------------------- */

static void a_sound_store_has_no_problems_and_a_steady_head(void **state)
{
    (void)state;
    Journal *j = open_store(store, JOURNAL_READ);
    VerifyReport one, two;
    OK(journal_verify(j, NULL, &one, &why));
    OK(journal_verify(j, NULL, &two, &why));
    assert_int_equal(one.problems, 0);
    assert_string_equal(buf_text(&one.text), "");
    assert_int_equal(one.cases, 3);
    assert_int_equal(one.events, 9);
    assert_true(one.chains >= 1 && one.chains <= 3);
    assert_int_equal(strspn(one.head, "0123456789abcdef"), 64);
    assert_string_equal(one.head, two.head);
    journal_close(j);
    j = open_store(store, JOURNAL_WRITE);
    case_free(new_order(j, "more", 0));
    OK(journal_verify(j, NULL, &two, &why));
    assert_int_equal(two.problems, 0);
    assert_string_not_equal(one.head, two.head);
    journal_close(j);
}

static void an_empty_store_has_a_head_too(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    VerifyReport r;
    OK(journal_verify(j, NULL, &r, &why));
    assert_int_equal(r.problems, 0);
    assert_int_equal(r.events, 0);
    assert_int_equal(r.chains, 0);
    assert_int_equal(strlen(r.head), 64);
    journal_close(j);
}

/* ---- every byte --------------------------------------------------------------------------- */

typedef struct Stored {
    int64_t shard, pos;
    char bytes[2000];
    int n;
    unsigned char hash[SHA256_BYTES];
    char place[60];                    /* as verify names it */
} Stored;

static int read_events(sqlite3 *db, Stored *out, int most)
{
    sqlite3_stmt *s;
    int n = 0;
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT shard, pos, bytes, hash, case_id, seq FROM events ORDER BY shard, pos",
                                        -1, &s, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(s) == SQLITE_ROW && n < most; n++) {
        out[n].shard = sqlite3_column_int64(s, 0);
        out[n].pos = sqlite3_column_int64(s, 1);
        out[n].n = sqlite3_column_bytes(s, 2);
        assert_true(out[n].n < (int)sizeof out[n].bytes);
        memcpy(out[n].bytes, sqlite3_column_text(s, 2), (size_t)out[n].n);
        memcpy(out[n].hash, sqlite3_column_blob(s, 3), SHA256_BYTES);
        long long id = (long long)sqlite3_column_int64(s, 4);
        if (id) snprintf(out[n].place, sizeof out[n].place, "case %lld, event %d ", id, sqlite3_column_int(s, 5));
        else snprintf(out[n].place, sizeof out[n].place, "the store itself, event %d ", sqlite3_column_int(s, 5));
    }
    sqlite3_finalize(s);
    return n;
}

static void write_event(sqlite3 *db, const Stored *e)
{
    sqlite3_stmt *s;
    assert_int_equal(
        sqlite3_prepare_v2(db, "UPDATE events SET bytes = ?3, hash = ?4 WHERE shard = ?1 AND pos = ?2", -1,
                           &s, NULL),
        SQLITE_OK);
    sqlite3_bind_int64(s, 1, e->shard);
    sqlite3_bind_int64(s, 2, e->pos);
    sqlite3_bind_text(s, 3, e->bytes, e->n, SQLITE_STATIC);
    sqlite3_bind_blob(s, 4, e->hash, SHA256_BYTES, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    assert_int_equal(sqlite3_changes(db), 1);
    sqlite3_finalize(s);
}

/* Is something wrong, and does it say where? */
static void is_told(Journal *j, const char *place)
{
    VerifyReport r;
    OK(journal_verify(j, NULL, &r, &why));
    if (r.problems == 0 || !strstr(buf_text(&r.text), place))
        print_error("%swas changed, and told only: %s\n", place, buf_text(&r.text));
    assert_true(r.problems > 0);
    assert_non_null(strstr(buf_text(&r.text), place));
    buf_free(&r.text);
}

static void any_flipped_byte_is_found(int wanted)
{
    static Stored events[30];
    Journal *j = open_store(store, JOURNAL_READ);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
    int n = read_events(db, events, 30), flips = 0;
    assert_int_equal(n, wanted);
    for (int i = 0; i < n; i++) {
        for (int at = 0; at < events[i].n + SHA256_BYTES; at++, flips++) {
            Stored changed = events[i];
            char bit = (char)(1 << (at + i) % 8);
            if (at < changed.n) changed.bytes[at] ^= bit;
            else changed.hash[at - changed.n] ^= (unsigned char)bit;
            write_event(db, &changed);
            is_told(j, events[i].place);
        }
        write_event(db, &events[i]);
    }
    assert_int_equal(problems_of(j), 0);
    print_message("%d bytes flipped, one at a time\n", flips);
    sqlite3_close(db);
    journal_close(j);
}

static void any_flipped_byte_of_an_event_is_found(void **state)
{
    (void)state;
    any_flipped_byte_is_found(9);
}

static void set_column(sqlite3 *db, const char *column, int64_t to, int64_t rowid)
{
    char sql[200];
    snprintf(sql, sizeof sql, "UPDATE copy SET %s = %lld WHERE rowid = %lld; DELETE FROM events; INSERT INTO events"
             " SELECT * FROM copy", column, (long long)to, (long long)rowid);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t number_of(sqlite3 *db, const char *column, int64_t rowid)
{
    char sql[100];
    sqlite3_stmt *s;
    snprintf(sql, sizeof sql, "SELECT %s FROM copy WHERE rowid = %lld", column, (long long)rowid);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

static void any_flipped_column_is_found(void)
{
    static const char *const columns[] = {"shard", "pos", "case_id", "seq", "at", "recorded", "kind"};
    static Stored events[30];
    Journal *j = open_store(store, JOURNAL_READ);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TEMP TABLE copy AS SELECT * FROM events ORDER BY shard, pos", NULL, NULL,
                                  NULL), SQLITE_OK);
    int n = read_events(db, events, 30);
    for (int i = 0; i < n; i++)
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
            for (int byte = 0; byte < 8; byte++) {
                int64_t was = number_of(db, columns[c], i + 1);
                bool of_key = c < 4;           /* then it is found where it lies now, or where it is missed */
                set_column(db, columns[c], (int64_t)((uint64_t)was ^ (uint64_t)0x80 << (8 * byte)), i + 1);
                is_told(j, of_key ? "" : events[i].place);
                set_column(db, columns[c], was, i + 1);
            }
    assert_int_equal(problems_of(j), 0);
    sqlite3_close(db);
    journal_close(j);
}

static void any_flipped_byte_of_a_column_is_found(void **state)
{
    (void)state;
    any_flipped_column_is_found();
}

/* ---- every table ------------------------------------------------------------------------------ */

/* Does the intruder's statement change rows, and is it found? Its words must tell of what. */
static void is_found(const char *sql, const char *words)
{
    char copy[150];
    snprintf(copy, sizeof copy, "cp '%s' '%s.copy'", store, store);
    assert_int_equal(system(copy), 0);
    snprintf(copy, sizeof copy, "%s.copy", store);
    if (intrude(copy, sql) < 1) print_error("changed nothing: %s\n", sql);
    Journal *j = open_store(copy, JOURNAL_READ);
    VerifyReport r;
    OK(journal_verify(j, NULL, &r, &why));
    if (r.problems == 0 || !strstr(buf_text(&r.text), words))
        print_error("%s: found only: %s\n", sql, buf_text(&r.text));
    assert_true(r.problems > 0);
    assert_non_null(strstr(buf_text(&r.text), words));
    buf_free(&r.text);
    journal_close(j);
}

static void missing_added_and_moved_events_are_found(void **state)
{
    (void)state;
    is_found("DELETE FROM events WHERE case_id = 1 AND seq = 1", "missing");
    is_found("DELETE FROM events WHERE case_id = 1 AND seq = 3", "missing");
    is_found("DELETE FROM events WHERE case_id = 1 AND seq = 4", "case 1: its list of open work");
    is_found("DELETE FROM events WHERE case_id = 3 AND seq = (SELECT max(seq) FROM events WHERE case_id = 3)",
             "its end was cut off, with what came behind event 2 of case 3");
    is_found("DELETE FROM events WHERE case_id = 2", "its end was cut off, with all events of case 2");
    is_found("DELETE FROM events", "its end was cut off, with all events of case 3");
    is_found("DELETE FROM events WHERE case_id = 2; DELETE FROM heads WHERE shard = 20", "case 2: it has no events");
    is_found("DELETE FROM cases WHERE id = 2", "case 2: there are events of it, but no case");
    is_found(
        "DELETE FROM cases WHERE id = 2; DELETE FROM events WHERE case_id = 2; DELETE FROM work WHERE"
         " case_id = 2",
        "3 cases were begun, but 2 are there");
    is_found(
        "INSERT INTO events SELECT n + 100, shard, pos + 1, case_id, seq + 1, at, recorded, kind, hash, bytes FROM"
         " events WHERE case_id = 2 AND seq = 2",
        "hash is not that");
    is_found(
        "INSERT INTO events SELECT n + 100, shard + 1, 1, case_id, seq + 9, at, recorded, kind, hash, bytes FROM events"
         " WHERE case_id = 2 AND seq = 2",
        "another case's chain");
    is_found(
        "INSERT INTO events SELECT n + 100, 64, 1, case_id, seq + 9, at, recorded, kind, hash, bytes FROM events WHERE"
         " case_id = 2 AND seq = 2",
        "shard 64");
    is_found("UPDATE events SET pos = pos + 1000 WHERE case_id = 2", "link 1 was expected");
    is_found("UPDATE events SET pos = -pos WHERE case_id = 3", "link");
    is_found("UPDATE events SET n = -n WHERE case_id = 3", "link 3 was expected");
    /* two events change places, with their numbers */
    is_found("UPDATE events SET pos = pos + 1000, seq = seq + 1000 WHERE case_id = 1 AND seq IN (1, 2);"
             "UPDATE events SET pos = CASE seq WHEN 1001 THEN pos - 999 ELSE pos - 1001 END, seq = CASE"
         " seq WHEN 1001 THEN 2 ELSE 1 END"
             " WHERE case_id = 1 AND seq > 1000", "link 1 was expected");
    is_found("CREATE TEMP TABLE two AS SELECT 3 - seq AS seq, n, pos FROM events WHERE case_id = 1 AND seq IN (1, 2);"
             "UPDATE events SET n = -n, seq = seq - 1000 WHERE case_id = 1 AND seq IN (1, 2);"
             "UPDATE events AS e SET n = t.n, seq = 3 - t.seq, pos = t.pos FROM two t"
             " WHERE case_id = 1 AND e.seq + 1000 = t.seq", "hash is not that");
}

static void a_wrong_list_of_events_is_found(void **state)
{
    (void)state;
    static const char odd[] = "the list of the events that each case has";
    is_found("DELETE FROM traces WHERE case_id = 1 AND seq = 2", "the event before it is missing");
    is_found("DELETE FROM traces WHERE case_id = 2", "case 2: it has no events");
    is_found("UPDATE traces SET n = n + 100 WHERE case_id = 1 AND seq = 4", "case 1: its list of open work");
    is_found("INSERT INTO traces VALUES(0, 1, 77, 999)", odd);
    is_found("INSERT INTO traces SELECT 7, case_id, seq, n FROM traces WHERE case_id = 3", odd);
    is_found("UPDATE traces SET level = 1 WHERE case_id = 1 AND seq = 1", "case 1, event 2 ");
}

static void edited_columns_are_found(void **state)
{
    (void)state;
    is_found("UPDATE events SET case_id = 77 WHERE case_id = 2 AND seq = 2", "case");
    is_found("UPDATE events SET seq = 9 WHERE case_id = 2 AND seq = 2", "another number");
    is_found("UPDATE events SET at = at + 1 WHERE case_id = 1 AND seq = 2", "another time of happening");
    is_found("UPDATE events SET recorded = recorded - 1 WHERE case_id = 1 AND seq = 2",
             "another time of recording");
    is_found("UPDATE events SET kind = 9 WHERE case_id = 1 AND seq = 2", "another kind");
    is_found("UPDATE heads SET pos = pos + 1 WHERE shard = 22", "its end was cut off");
    is_found("UPDATE heads SET pos = pos - 1 WHERE shard = 22", "another one than the store says");
    is_found("UPDATE heads SET hash = zeroblob(32) WHERE shard = 22", "another one than the store says");
    is_found("UPDATE heads SET hash = x'' WHERE shard = 22", "another one than the store says");
    is_found("DELETE FROM heads WHERE shard = 22", "another one than the store says");
    static const char *const columns[][2] = {{"process = 'Refund'", "its process"},
                                             {"key = 'other'", "its key"},
                                             {"key = NULL", "its key"},
                                             {"status = status % 4 + 1", "its status"},
                                             {"seq = seq + 4", "its number of events"},
                                             {"seq = 0", "its number of events"},
                                             {"started = started + 1", "its start"},
                                             {"ended = 5", "its end"},
                                             {"deadline = 5", "its deadline"},
                                             {"late = 1", "whether it is late"},
                                             {"incidents = 1", "its number of open incidents"},
                                             {"todo = 1", "has something to do"},
                                             {"outcome = 'lost'", "its outcome"},
                                             {"flow = zeroblob(32)", "the flow it began with"},
                                             {"flow = zeroblob(3)", "the flow it began with"}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        for (int id = 1; id <= 3; id += 2) {
            char sql[200];
            snprintf(sql, sizeof sql, "UPDATE cases SET %s WHERE id = %d", columns[i][0], id);
            is_found(sql, columns[i][1]);
        }
    is_found("UPDATE cases SET seq = seq - 1 WHERE id = 3", "its number of events");
    is_found("UPDATE cases SET seq = seq + 1 WHERE id = 3", "its number of events");
    static const char *const snapshots[][2] = {{"bytes = replace(bytes, 'K-', 'L-')", "case 3: its snapshot"},
                                               {"bytes = bytes || ' '", "case 3: its snapshot"},
                                               {"bytes = ''", "case 3: its snapshot"},
                                               {"seq = seq - 1", "case 3: its snapshot"},
                                               {"seq = seq + 1", "case 3: the number of events in its snapshot"},
                                               {"seq = -1", "case 3: the number of events in its snapshot"},
                                               {"shard = (shard + 1) % 64", "case 3: there is a snapshot of it"}};
    for (size_t i = 0; i < sizeof snapshots / sizeof *snapshots; i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "UPDATE snapshots SET %s", snapshots[i][0]);
        is_found(sql, snapshots[i][1]);
    }
    is_found("UPDATE cases SET shard = (shard + 1) % 64 WHERE id = 2", "case 2");
    is_found("UPDATE flows SET bytes = x'00'", "flow");
    is_found("UPDATE flows SET process = 'Refund'", "flow");
    is_found("DELETE FROM flows", "the flow it began with");
    is_found("UPDATE counters SET value = 2 WHERE name = 'case'", "2 cases were begun, but 3 are there");
}

static void edited_work_is_found(void **state)
{
    (void)state;
    static const char *const edits[] = {"state = 5",     "process = 'Refund'", "key = 'z'",
                                        "step = 'Book'", "event = 'lost'",     "since = since + 1",
                                        "deadline = 1",  "act = 9",            "lock = 'oven'"};
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "UPDATE work SET %s", edits[i]);
        is_found(sql, "its list of open work");
    }
    static const char *const dues[] = {"due = due + 1", "act = 9", "shard = (shard + 1) % 64"};
    for (size_t i = 0; i < sizeof dues / sizeof *dues; i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "UPDATE dues SET %s", dues[i]);
        is_found(sql, "when its open work is due");
    }
    is_found("DELETE FROM dues", "when its open work is due");
    is_found("INSERT INTO dues VALUES(1, 2, 9, 0)", "something is due of which no case tells");
    is_found("UPDATE work SET number = NULL WHERE state = 4", "its list of open work");
    is_found("DELETE FROM work WHERE case_id = 1", "case 1: its list of open work");
    is_found(
        "INSERT INTO work SELECT shard, 3, act, NULL, state, process, key, step, event, since,"
         " deadline, fresh, lock FROM work WHERE case_id = 2",
        "open work");
    is_found(
        "INSERT INTO work SELECT shard, case_id, 9, NULL, state, process, key, step, event, since,"
         " deadline, fresh, lock FROM work WHERE case_id = 2",
        "case 2: its list of open work");
}

/* ---- the store's own history, and what stands beside ------------------------------------------- */

static Case *begin(Journal *j, Advance a)
{
    Case *c = case_new(the_flow());
    Out *out = out_new();
    tell_started(c, out, NULL);
    if (a.cause_key) tell_launched(c, out, "Refund");
    a.of = c, a.out = out;
    OK(journal_commit(j, &a, 1, &why));
    assert_int_equal(a.status, ST_OK);
    out_free(out);
    return c;
}

/* Beside the three cases: one begun by a message, one by a row, one by a schedule; and something of each kind that
 * the store keeps of itself. */
static int a_full_store(void **state)
{
    a_small_store(state);
    static const uint8_t hash[SHA256_BYTES] = {7};
    const Accepted version = {.process = "Order", .flow = hash, .file = "o.ops", .text = hash, .person = "mia",
                              .login = "root", .because = "asked for", .at = DAY1};
    const Datum field = {"n", value_text("1")};
    Message m = {.kind = MESSAGE_EMIT, .name = "paid", .at = DAY1, .text = "ann", .values = &field, .values_n = 1};
    TakenRow row = {"Order", "r1", 7, "inbox.csv", 2};
    Journal *j = open_store(store, JOURNAL_WRITE);
    OK(journal_note(j, "creator", "ann", &why));
    OK(journal_note(j, "turn", "bob", &why));
    OK(journal_note(j, "turn", "cy", &why));
    OK(journal_say(j, "absences", NULL, "{\"person\":\"ann\"}", &why));
    OK(journal_say(j, "absences", "[{\"person\":\"ann\"}]", "{\"person\":\"bob\"}", &why));
    OK(journal_ran(j, "audit", DAY1, &why));
    OK(journal_signal(j, &m, &why));
    OK(journal_accept(j, &version, 1, &why));
    case_free(begin(j, (Advance){.cause_key = "message 1 Order 0"}));
    case_free(begin(j, (Advance){.taken = &row}));
    case_free(begin(j, (Advance){.schedule = "every day", .ran = DAY1}));
    journal_close(j);
    return 0;
}

static void any_flipped_byte_of_its_own_history_is_found(void **state)
{
    (void)state;
    any_flipped_byte_is_found(9 + 9 + 4);
    any_flipped_column_is_found();
}

static void one_change_of_its_own_history_is_one_problem(void **state)
{
    (void)state;
    intrude(store, "UPDATE events SET bytes = replace(bytes, 'bob', 'eve') WHERE case_id = 0 AND seq = 2");
    Journal *j = open_store(store, JOURNAL_READ);
    assert_int_equal(problems_of(j), 1);
    journal_close(j);
}

static void a_wrong_word_of_its_own_history_is_found(void **state)
{
    (void)state;
    is_found("DELETE FROM events WHERE case_id = 0 AND seq = 2", "the store itself, event 3 ");
    is_found("UPDATE traces SET level = 3 WHERE case_id = 0 AND seq = 2", "the store itself, event 3 ");
    is_found("DELETE FROM events WHERE case_id = 0", "note \"creator\": the store's own history says nothing of it");
    is_found("DELETE FROM events WHERE case_id = 0 AND seq = (SELECT max(seq) FROM events WHERE case_id = 0)",
             "schedule \"every day\"");
    is_found("UPDATE events SET seq = seq + 1000 WHERE case_id = 0 AND seq = 4", "the store itself, event 1004 ");
}

static void edited_rows_beside_are_found(void **state)
{
    (void)state;
    static const char *const edits[][2] =
        {{"UPDATE notes SET value = 'eve' WHERE key = 'creator'", "note \"creator\": it is not what"},
         {"UPDATE notes SET value = replace(value, 'ann', 'eve') WHERE key = 'absences'", "note \"absences\""},
         {"UPDATE notes SET value = 'bob' WHERE key = 'turn'", "note \"turn\""},
         {"UPDATE notes SET key = 'maker' WHERE key = 'creator'", "note \"maker\""},
         {"DELETE FROM notes WHERE key = 'turn'", "note: the store's own history tells of 1 more"},
         {"INSERT INTO notes VALUES(3, 'allow-as', '[]')", "note \"allow-as\""},
         {"UPDATE schedules SET ran = ran + 1 WHERE name = 'audit'", "schedule \"audit\""},
         {"UPDATE schedules SET ran = ran - 1 WHERE name = 'every day'", "schedule \"every day\""},
         {"DELETE FROM schedules WHERE name = 'audit'", "schedule: the store's own history tells of 1 more"},
         {"INSERT INTO schedules VALUES(3, 'nightly', 1)", "schedule \"nightly\""},
         {"UPDATE causes SET cause = 'message 2 Order 0'", "case 4, event 1 "},
         {"UPDATE causes SET case_id = 5", "case 4, event 1 "},
         {"DELETE FROM causes", "case 4, event 1 "},
         {"INSERT INTO causes VALUES(3, 'message 9 Order 0', 2)", "\"message 9 Order 0\" began case 2"},
         {"INSERT INTO causes VALUES(3, 'message 9 Order 0', 99)", "\"message 9 Order 0\" began case 99"},
         {"UPDATE taken SET content = 8", "case 5, event 1 "},
         {"UPDATE taken SET key = 'r2'", "case 5, event 1 "},
         {"UPDATE taken SET file = 'other.csv'", "case 5, event 1 "},
         {"UPDATE taken SET line = 3", "case 5, event 1 "},
         {"UPDATE taken SET process = 'Refund'", "case 5, event 1 "},
         {"UPDATE taken SET case_id = 6", "case 5, event 1 "},
         {"DELETE FROM taken", "case 5, event 1 "},
         {"INSERT INTO taken SELECT shard, process, 'r3', content, file, line, 2 FROM taken",
          "row \"r3\" began case 2"},
         {"UPDATE messages SET name = 'lost' WHERE from_case = 0", "message 1: "},
         {"UPDATE messages SET data = '{\"n\":\"2\"}' WHERE from_case = 0", "message 1: "},
         {"UPDATE messages SET text = NULL WHERE from_case = 0", "message 1: "},
         {"UPDATE messages SET name = 'lost' WHERE from_case = 4", "message 2: it is not what case 4, event 2 sent"},
         {"UPDATE messages SET at = at + 1 WHERE from_case = 4", "message 2: it is not what case 4, event 2 sent"},
         {"UPDATE messages SET data = '{\"x\":1}' WHERE from_case = 4", "message 2: it is not what"},
         {"UPDATE messages SET data = '{' WHERE from_case = 4", "message 2: its values cannot be read"},
         {"UPDATE messages SET to_case = 3 WHERE from_case = 4", "message 2: it is not what"},
         {"UPDATE messages SET from_seq = 1 WHERE from_case = 4", "case 4, event 2 "},
         {"UPDATE messages SET from_case = 3 WHERE from_case = 4", "message 2: "},
         {"UPDATE messages SET kind = 1 WHERE from_case = 4", "message 2: no event of case 4 sent it"},
         {"DELETE FROM messages WHERE from_case = 4", "case 4, event 2 "},
         {"DELETE FROM messages WHERE from_case = 0", "the store itself, event 7 "},
         {"INSERT INTO messages SELECT shard, 3, kind, name, at, from_case, 1, 0, 0, 0, 0, NULL, '{}', 0 FROM messages"
          " WHERE from_case = 4; UPDATE counters SET value = 3 WHERE name = 'message'",
          "message 3: no event of case 4 sent it"},
         {"UPDATE counters SET value = 9 WHERE name = 'message'", "9 messages were sent, but 2 are there"},
         {"UPDATE counters SET value = 0 WHERE name = 'task'", "has a number that was not given yet"}};
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) is_found(edits[i][0], edits[i][1]);
}

/* What began the cases of an older store is kept as one hash; what is noted in them later is told by itself. */
static void what_began_older_cases_cannot_be_changed(void **state)
{
    (void)state;
    intrude(store, "INSERT INTO causes VALUES(1, 'message 1 Order 0', 1); INSERT INTO taken VALUES(1, 'Order', 'r1', 7,"
                   " 'inbox.csv', 2, 3); " TO_VERSION_5 "PRAGMA user_version = 4");
    Journal *j = open_store(store, JOURNAL_WRITE);
    assert_int_equal(problems_of(j), 0);
    Case *c;
    Out *out = out_new();
    TakenRow row = {"Order", "r2", 9, "inbox.csv", 3};
    OK(journal_case(j, 2, &c, &why));
    uint32_t before = c->seq;
    tell(c, out, (Event){.kind = EV_NOTED, .text = "row 3 of inbox.csv"});
    Advance a = {.of = c, .seq_before = before, .out = out, .taken = &row};
    OK(journal_commit(j, &a, 1, &why));
    out_free(out), case_free(c);
    assert_int_equal(problems_of(j), 0);
    case_free(begin(j, (Advance){.cause_key = "message 7 Order 0"}));
    assert_int_equal(problems_of(j), 0);
    journal_close(j);
    is_found("UPDATE causes SET cause = 'message 2 Order 0' WHERE case_id = 1", "what had begun the cases until then");
    is_found("UPDATE taken SET content = 8 WHERE key = 'r1'", "what had begun the cases until then");
    is_found("UPDATE taken SET content = 8 WHERE key = 'r2'", "case 2, event 3 ");
    is_found("DELETE FROM taken WHERE key = 'r1'", "what had begun the cases until then");
    is_found("DELETE FROM causes WHERE case_id = 4", "case 4, event 1 ");
}

/* ---- heads ----------------------------------------------------------------------------------------- */

static void one_changed_event_is_one_problem(void **state)
{
    (void)state;
    intrude(store, "UPDATE events SET bytes = replace(bytes, 'K-1', 'L-1') WHERE case_id = 1 AND seq = 1");
    Journal *j = open_store(store, JOURNAL_READ);
    assert_int_equal(problems_of(j), 1);
    journal_close(j);
}

/* An event is changed, and every hash behind it made anew: the chain holds, and the snapshot tells. */
static void a_rewritten_chain_is_told_by_the_snapshot_or_the_head(void **state)
{
    (void)state;
    static Stored events[20];
    sqlite3 *db;
    Journal *j = open_store(store, JOURNAL_READ);
    VerifyReport before, after;
    OK(journal_verify(j, NULL, &before, &why));
    assert_int_equal(before.problems, 0);
    assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
    int n = read_events(db, events, 20), changed = 0;
    uint8_t link[SHA256_BYTES];
    for (int i = 0; i < n; i++) {
        char *of_3 = memmem(events[i].bytes, (size_t)events[i].n, "\"K-3\"", 5);
        char *who = of_3 ? memmem(events[i].bytes, (size_t)events[i].n, "\"Ann ", 5) : NULL;
        if (who) memcpy(who, "\"Bob ", 5), changed++;
        if (i == 0 || events[i].shard != events[i - 1].shard) memset(link, 0, sizeof link);
        sha256_two(link, SHA256_BYTES, events[i].bytes, (size_t)events[i].n, link);
        memcpy(events[i].hash, link, SHA256_BYTES);
        write_event(db, &events[i]);
    }
    assert_int_equal(changed, 1);
    OK(journal_verify(j, NULL, &after, &why));
    assert_non_null(strstr(buf_text(&after.text), "case 3: its snapshot"));
    assert_string_not_equal(before.head, after.head);
    buf_free(&after.text);
    sqlite3_close(db);
    journal_close(j);
}

#define CASE_3_CUT_OFF \
    "DELETE FROM events WHERE case_id = 3; DELETE FROM traces WHERE case_id = 3; DELETE FROM cases WHERE id = 3;" \
    "DELETE FROM snapshots WHERE case_id = 3;" \
    "UPDATE counters SET value = 2 WHERE name = 'case'"
#define HEADS_FORGED \
    "DELETE FROM heads; INSERT INTO heads SELECT shard, max(pos), hash FROM events GROUP BY shard"

static void a_tail_cut_off_with_all_its_traces_changes_the_head(void **state)
{
    (void)state;
    Journal *j = open_store(store, JOURNAL_READ);
    VerifyReport before, after;
    OK(journal_verify(j, NULL, &before, &why));
    intrude(store, CASE_3_CUT_OFF);
    OK(journal_verify(j, NULL, &after, &why));
    assert_int_equal(after.problems, 1);
    assert_non_null(strstr(buf_text(&after.text), "but had 3 by what the store says: its end was cut off"));
    buf_free(&after.text);
    intrude(store, HEADS_FORGED);
    OK(journal_verify(j, NULL, &after, &why));
    assert_int_equal(after.problems, 0);
    assert_string_not_equal(before.head, after.head);
    journal_close(j);
}

/* How many problems there are after this statement; one must be told in these words. */
static uint64_t problems_after(const char *sql, const char *words)
{
    Journal *j = open_store(store, JOURNAL_READ);
    VerifyReport r;
    assert_true(intrude(store, sql) > 0);
    OK(journal_verify(j, NULL, &r, &why));
    if (!strstr(buf_text(&r.text), words)) print_error("told only: %s\n", buf_text(&r.text));
    assert_non_null(strstr(buf_text(&r.text), words));
    buf_free(&r.text);
    journal_close(j);
    return r.problems;
}

#define LAST_CASE "(SELECT max(id) FROM cases)"
#define BESIDE_IT "(SELECT max(id) FROM cases WHERE id < " LAST_CASE \
    " AND shard = (SELECT shard FROM cases WHERE id = " LAST_CASE "))"

static void a_cut_off_end_is_one_problem_and_hides_no_other(void **state)
{
    (void)state;
    Journal *j = open_store(store, JOURNAL_WRITE);
    for (int i = 0; i < 300; i++) case_free(new_order(j, NULL, 0));
    journal_close(j);
    assert_int_equal(problems_after("DELETE FROM events WHERE case_id = " LAST_CASE " AND seq = 2",
                                    "what came behind event 1 of case 303"), 1);
    assert_int_equal(problems_after("DELETE FROM events WHERE case_id = " LAST_CASE,
                                    "with all events of case 303"), 1);
    assert_int_equal(problems_after("UPDATE cases SET outcome = 'x' WHERE id = " BESIDE_IT, ": its outcome"), 2);
    assert_int_equal(problems_after("UPDATE cases SET seq = seq + 1 WHERE id = " BESIDE_IT, ": its number of events"),
                     4);              /* more are said to be missing than the chain lost: 303 is told of by itself */
    assert_int_equal(problems_after("DELETE FROM work WHERE case_id = 1", "case 1: its list of open work"), 5);
}

/* What a kept head says about the store now. */
static uint64_t against(const char *head, VerifyReport *r, const char *words)
{
    Journal *j = open_store(store, JOURNAL_READ);
    OK(journal_verify(j, head, r, &why));
    if (words && !strstr(buf_text(&r->text), words)) print_error("told only: %s\n", buf_text(&r->text));
    if (words) assert_non_null(strstr(buf_text(&r->text), words));
    buf_free(&r->text);
    journal_close(j);
    return r->problems;
}

static void a_kept_head_still_fits_after_more_was_added(void **state)
{
    (void)state;
    VerifyReport kept, now;
    against(NULL, &kept, NULL);
    assert_int_equal(against(kept.head, &now, NULL), 0);
    assert_int_equal(now.since, 0);
    Journal *j = open_store(store, JOURNAL_WRITE);
    for (int i = 0; i < 100; i++) case_free(new_order(j, NULL, 0));
    journal_close(j);
    assert_int_equal(against(kept.head, &now, NULL), 0);
    assert_int_equal(now.since, 200);
    assert_false(now.other_head);
    kept.head[64] = '\0'; /* as older versions printed it */
    against(kept.head, &now, NULL);
    assert_true(now.other_head);
}

static void a_kept_head_says_where_an_end_was_cut_off(void **state)
{
    (void)state;
    VerifyReport kept, now;
    against(NULL, &kept, NULL);
    intrude(store, CASE_3_CUT_OFF "; " HEADS_FORGED);
    assert_int_equal(against(NULL, &now, NULL), 0);
    assert_int_equal(against(kept.head, &now, "but had 3 when the head was kept: its end was cut off"), 1);
}

static void a_kept_head_says_where_a_chain_was_written_anew(void **state)
{
    (void)state;
    static Stored events[20];
    VerifyReport kept, now;
    sqlite3 *db;
    uint8_t link[SHA256_BYTES] = {0};
    against(NULL, &kept, NULL);
    assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
    int n = read_events(db, events, 20), changed = 0;
    for (int i = 0; i < n; i++) {              /* all that a careful forger would change */
        char *who = strncmp(events[i].place, "case 2,", 7) == 0
                    ? memmem(events[i].bytes, (size_t)events[i].n, "\"recorded\":", 11) : NULL;
        if (i == 0 || events[i].shard != events[i - 1].shard) memset(link, 0, sizeof link);
        if (who) {
            who[13] = (char)(who[13] == '9' ? '8' : who[13] + 1);
            changed++;
        }
        sha256_two(link, SHA256_BYTES, events[i].bytes, (size_t)events[i].n, link);
        memcpy(events[i].hash, link, SHA256_BYTES);
        write_event(db, &events[i]);
        char sql[200];
        if (who) {
            snprintf(sql, sizeof sql,
                     "UPDATE events SET recorded = json_extract(bytes, '$.recorded') WHERE shard = %lld AND pos = %lld",
                     (long long)events[i].shard, (long long)events[i].pos);
            assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        }
    }
    assert_int_equal(changed, 2);
    sqlite3_close(db);
    assert_int_equal(against(NULL, &now, "its last link is another one than the store says"), 1);
    intrude(store, HEADS_FORGED);
    assert_int_equal(against(NULL, &now, NULL), 0);
    assert_int_equal(against(kept.head, &now, "case 2, event 2 (chain"), 1);
    assert_int_equal(against(kept.head, &now, "written anew"), 1);
}

static void what_is_no_head_is_refused(void **state)
{
    (void)state;
    VerifyReport kept, r;
    Journal *j = open_store(store, JOURNAL_READ);
    static const char *const ends[] = {"-", "-1", "-64:1:abcd", "-1:0:abcd", "-1:2:abcd.", "-1:2:abcd,2:2:abcd", " "};
    OK(journal_verify(j, NULL, &kept, &why));
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char head[200];
        snprintf(head, sizeof head, "%.64s%s", kept.head, ends[i]);
        assert_int_equal(journal_verify(j, head, &r, &why), ST_USAGE);
    }
    assert_int_equal(journal_verify(j, "abc", &r, &why), ST_USAGE);
    assert_int_equal(journal_verify(j, "", &r, &why), ST_USAGE);
    journal_close(j);
}

/* ---- damage ------------------------------------------------------------------------------------ */

static Status note_case(void *self, const CaseRow *row, Case **of, Error *err)
{
    (void)self, (void)row, (void)of, (void)err;
    return ST_OK;
}

static Status note_event(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    (void)self, (void)e, (void)hash, (void)err;
    return ST_OK;
}

/* Uses what can be used of a store that may be damaged anywhere: nothing may crash. True where all seemed
 * well. */
static bool use_all(const char *path)
{
    Journal *j;
    VerifyReport r;
    if (journal_open(path, JOURNAL_WRITE, &j, &why) != ST_OK) {
        assert_true(why.text[0]);
        return false;
    }
    bool well = journal_cases(j, &(CaseFilter){0}, true, note_case, NULL, &why) == ST_OK;
    for (uint64_t id = 1; id <= 3; id++) well &= journal_replay(j, id, note_event, NULL, &why) == ST_OK;
    Case *c = case_new(the_flow());
    Out *out = out_new();
    tell_started(c, out, "new");
    tell_offered(c, out, DAY1);
    well &= commit_one(j, c, 0, out, &why) == ST_OK;
    Status st = journal_verify(j, NULL, &r, &why);
    well &= st == ST_OK && r.problems == 0;
    if (st == ST_OK) buf_free(&r.text);
    out_free(out), case_free(c);
    journal_close(j);
    return well;
}

/* Bytes of the file are overwritten at many places, each time on a fresh copy. */
static void damage_anywhere_is_told_and_never_followed(void **state)
{
    (void)state;
    enum { ROUNDS = 250 };
    char copy[150], command[400];
    struct stat is;
    uint64_t seed = 88172645463325252u;
    int told = 0;
    assert_int_equal(stat(store, &is), 0);
    snprintf(copy, sizeof copy, "%s.copy", store);
    snprintf(command, sizeof command, "rm -f '%s'*; cp '%s' '%s'", copy, store, copy);
    for (int round = 0; round < ROUNDS; round++) {
        assert_int_equal(system(command), 0);
        int fd = open(copy, O_RDWR);
        for (int k = 0; k < 1 + round % 40; k++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            unsigned char noise[8];
            memcpy(noise, &seed, sizeof noise);
            off_t at = (off_t)(seed >> 8) % is.st_size;
            if (at < 100 && round % 4) at += 100; /* most rounds leave the header, which is looked at first */
            assert_int_equal(pwrite(fd, noise, 1 + (size_t)(seed & 7), at), (ssize_t)(1 + (seed & 7)));
        }
        close(fd);
        told += !use_all(copy);
    }
    print_message("%d of %d damages told\n", told, ROUNDS);
    assert_true(told > ROUNDS / 4);
}

/* A spoilt length says that a row is larger than SQLite takes: here any is. */
static void a_row_that_is_too_large_to_be_one_is_damage(void **state)
{
    (void)state;
    Journal *j = open_store(store, JOURNAL_READ);
    VerifyReport r;
    OK(journal_verify(j, NULL, &r, &why));
    sqlite3_limit(j->db, SQLITE_LIMIT_LENGTH, 100);
    OK(journal_verify(j, NULL, &r, &why));
    assert_true(r.problems > 0);
    assert_non_null(strstr(buf_text(&r.text), "too big"));
    buf_free(&r.text);
    journal_close(j);
}

static void a_destroyed_table_is_a_finding_of_verify_and_an_error_of_reading(void **state)
{
    (void)state;
    sqlite3 *db;
    sqlite3_stmt *s;
    assert_int_equal(sqlite3_open(store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT rootpage FROM sqlite_master WHERE name = 'cases'", -1, &s,
                                        NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    off_t page = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    int fd = open(store, O_RDWR);
    char noise[4096];
    memset(noise, 0xa5, sizeof noise);
    assert_int_equal(pwrite(fd, noise, sizeof noise, (page - 1) * 4096), (ssize_t)sizeof noise);
    close(fd);
    Journal *j = open_store(store, JOURNAL_READ);
    Case *c = NULL;
    VerifyReport r;
    assert_int_equal(journal_case(j, 1, &c, &why), ST_IO);
    assert_non_null(strstr(why.text, "damaged"));
    assert_non_null(strstr(why.text, store));
    OK(journal_verify(j, NULL, &r, &why));
    assert_true(r.problems > 0);
    assert_non_null(strstr(buf_text(&r.text), "the file itself"));
    buf_free(&r.text);
    journal_close(j);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, a_small_store, no_store)
#define WITH_ALL(test) cmocka_unit_test_setup_teardown(test, a_full_store, no_store)
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_sound_store_has_no_problems_and_a_steady_head),
        cmocka_unit_test(an_empty_store_has_a_head_too),
        WITH_STORE(any_flipped_byte_of_an_event_is_found),
        WITH_STORE(any_flipped_byte_of_a_column_is_found),
        WITH_STORE(missing_added_and_moved_events_are_found),
        WITH_STORE(edited_columns_are_found),
        WITH_STORE(a_wrong_list_of_events_is_found),
        WITH_STORE(edited_work_is_found),
        WITH_ALL(any_flipped_byte_of_its_own_history_is_found),
        WITH_ALL(one_change_of_its_own_history_is_one_problem),
        WITH_ALL(a_wrong_word_of_its_own_history_is_found),
        WITH_ALL(edited_rows_beside_are_found),
        WITH_STORE(what_began_older_cases_cannot_be_changed),
        WITH_STORE(one_changed_event_is_one_problem),
        WITH_STORE(a_rewritten_chain_is_told_by_the_snapshot_or_the_head),
        WITH_STORE(a_tail_cut_off_with_all_its_traces_changes_the_head),
        WITH_STORE(a_kept_head_still_fits_after_more_was_added),
        WITH_STORE(a_cut_off_end_is_one_problem_and_hides_no_other),
        WITH_STORE(a_kept_head_says_where_an_end_was_cut_off),
        WITH_STORE(a_kept_head_says_where_a_chain_was_written_anew),
        WITH_STORE(what_is_no_head_is_refused),
        WITH_STORE(damage_anywhere_is_told_and_never_followed),
        WITH_STORE(a_row_that_is_too_large_to_be_one_is_damage),
        WITH_STORE(a_destroyed_table_is_a_finding_of_verify_and_an_error_of_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
