/* journal_lists.c -- tests of what journal.h lists: cases by every filter, rows set aside, notes,
 * occurrences of schedules. */
#include "journal_fixture.h"

/* ---- lists of cases ----------------------------------------------------------------------------------- */

typedef struct Cases { uint32_t n; uint64_t ids[16]; CaseRow last; bool snapshots; Journal *nested; } Cases;

static Status note_case(void *self, const CaseRow *row, Case **of, Error *err)
{
    (void)err;
    Cases *all = self;
    assert_true(all->n == 0 || row->id > all->ids[all->n - 1]);
    all->ids[all->n++] = row->id;
    all->last = *row;
    assert_int_equal(of != NULL, all->snapshots);
    if (of) assert_int_equal((*of)->id, row->id);
    if (all->nested) {
        Cases inner = {.snapshots = all->snapshots};
        OK(journal_cases(all->nested, &(CaseFilter){0}, inner.snapshots, note_case, &inner, &why));
        assert_true(inner.n > 1);
    }
    return ST_OK;
}

static Cases find_cases(Journal *j, CaseFilter f)
{
    Cases all = {0};
    OK(journal_cases(j, &f, false, note_case, &all, &why));
    return all;
}

static Case *order_at(Journal *j, const IrFlow *flow, const char *key, Instant started, Instant ended,
                      CaseStatus how)
{
    Case *c = case_new(flow);
    Out *out = out_new();
    Datum d[] = {{"$key", value_text(key)}};
    tell(c, out, (Event){.kind = EV_STARTED, .at = started, .values = d, .values_n = 1});
    if (how == CASE_RUNNING)
        tell(c, out, (Event){.kind = EV_INCIDENT, .act = 1, .node = NODE_WAIT, .text = "stuck"});
    else tell(c, out, (Event){.kind = EV_ENDED, .at = ended, .n = how, .text = "done"});
    OK(commit_one(j, c, 0, out, &why));
    out_free(out);
    return c;
}

static void cases_are_found_by_every_filter(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Instant h = US_HOUR;
    case_free(order_at(j, the_flow(), "a", DAY1, DAY1 + h, CASE_FINISHED));
    case_free(order_at(j, other_flow(), "b", DAY1 + h, DAY1 + 2 * h, CASE_FAILED));
    case_free(order_at(j, the_flow(), "b", DAY1 + 2 * h, 0, CASE_RUNNING));
    case_free(order_at(j, the_flow(), "c", DAY1 - h, DAY1 + 3 * h, CASE_CANCELLED));
    assert_int_equal(find_cases(j, (CaseFilter){0}).n, 4);
    Cases found = find_cases(j, (CaseFilter){.process = "Order"});
    assert_int_equal(found.n, 3);
    assert_int_equal(found.ids[1], 3);
    assert_int_equal(find_cases(j, (CaseFilter){.process = "order"}).n, 0);
    assert_int_equal(find_cases(j, (CaseFilter){.key = "b"}).n, 2);
    assert_int_equal(find_cases(j, (CaseFilter){.key = "b", .process = "Refund"}).ids[0], 2);
    assert_int_equal(find_cases(j, (CaseFilter){.status = CASE_CANCELLED}).ids[0], 4);
    assert_int_equal(find_cases(j, (CaseFilter){.status = CASE_RUNNING}).ids[0], 3);
    found = find_cases(j, (CaseFilter){.incidents = true});
    assert_int_equal(found.n, 1);
    assert_int_equal(found.last.incidents, 1);
    assert_int_equal(found.last.ended, INSTANT_NEVER);
    assert_int_equal(find_cases(j, (CaseFilter){.incidents = true, .process = "Refund"}).n, 0);
    found = find_cases(j, (CaseFilter){.open = true});     /* it runs and has one: once all the same */
    assert_int_equal(found.n, 1);
    assert_int_equal(found.ids[0], 3);
    assert_int_equal(find_cases(j, (CaseFilter){.open = true, .process = "Refund"}).n, 0);
    uint64_t left = 9;
    found = find_cases(j, (CaseFilter){.most = 3, .left = &left});
    assert_int_equal(found.n, 3);
    assert_int_equal(found.ids[2], 3);
    assert_int_equal(left, 1);
    assert_int_equal(find_cases(j, (CaseFilter){.process = "Order", .most = 3, .left = &left}).n, 3);
    assert_int_equal(left, 0);
    /* half-open */
    assert_int_equal(find_cases(j, (CaseFilter){.ended_from = DAY1 + h, .ended_to = DAY1 + 3 * h}).n, 2);
    assert_int_equal(find_cases(j, (CaseFilter){.ended_from = DAY1 + h + 1, .ended_to = DAY1 + 3 * h + 1}).n,
                     2);
    found = find_cases(j,
                       (CaseFilter){.ended_from = DAY1 + h, .ended_to = DAY1 + 2 * h, .with_running = true});
    assert_int_equal(found.n, 2);
    assert_int_equal(found.ids[1], 3);
    assert_int_equal(find_cases(j, (CaseFilter){.ended_from = INT64_MIN, .ended_to = INSTANT_NEVER}).n, 3);
    assert_int_equal(find_cases(j, (CaseFilter){.ended_from = DAY1,
                                                .ended_to = DAY1 + 9 * h,
                                                .process = "Refund",
                                                .with_running = true})
                         .n,
                     1);
    assert_int_equal(find_cases(j, (CaseFilter){.started_from = DAY1, .started_to = DAY1 + 2 * h}).n, 2);
    assert_int_equal(find_cases(j, (CaseFilter){.started_from = DAY1,
                                                .started_to = DAY1 + 2 * h,
                                                .process = "Order"})
                         .n,
                     1);
    assert_int_equal(find_cases(j, (CaseFilter){.started_from = DAY1 - h,
                                                .started_to = DAY1 + 1,
                                                .process = "Order",
                                                .ended_from = DAY1,
                                                .ended_to = DAY1 + 2 * h})
                         .n,
                     1);
    Cases whole = {.snapshots = true, .nested = j};
    OK(journal_cases(j, &(CaseFilter){.process = "Order"}, true, note_case, &whole, &why));
    assert_int_equal(whole.n, 3);
    journal_close(j);
}

/* ---- beside the history ---------------------------------------------------------------------------- */

typedef struct Rejects { uint32_t n; RejectedRow last; char problem[40], raw[40]; } Rejects;

static Status note_reject(void *self, const RejectedRow *r, Error *err)
{
    (void)err;
    Rejects *all = self;
    all->n++;
    all->last = *r;
    snprintf(all->problem, sizeof all->problem, "%s", r->problem);
    snprintf(all->raw, sizeof all->raw, "%s", r->raw);
    return ST_OK;
}

static Rejects find_rejected(Journal *j, const char *process)
{
    Rejects all = {0};
    OK(journal_rejected(j, process, note_reject, &all, &why));
    return all;
}

static void rows_are_set_aside_once_and_cleared_by_key_or_content(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    RejectedRow rows[] = {{.process = "Order",
                           .file = "a.csv",
                           .line = 2,
                           .key = "k1",
                           .content = 10,
                           .header = "h",
                           .raw = "x,y",
                           .problem = "no date",
                           .at = DAY1},
                          {.process = "Order",
                           .file = "a.csv",
                           .line = 3,
                           .key = "",
                           .content = 11,
                           .header = "h",
                           .raw = "z",
                           .problem = "too short",
                           .at = DAY1},
                          {.process = "Order",
                           .file = "b.csv",
                           .line = 3,
                           .key = "",
                           .content = UINT64_MAX,
                           .header = "h",
                           .raw = "z",
                           .problem = "too short",
                           .at = DAY1},
                          {.process = "Refund",
                           .file = "a.csv",
                           .line = 2,
                           .key = "k1",
                           .content = 10,
                           .header = "h",
                           .raw = "x,y",
                           .problem = "no date",
                           .at = DAY1}};
    OK(journal_reject(j, rows, 4, &why));
    rows[0].line = 5, rows[0].problem = "still no date", rows[0].at = DAY1 + US_DAY;
    OK(journal_reject(j, rows, 4, &why));
    OK(journal_reject(j, rows, 0, &why));
    Rejects all = find_rejected(j, "Order");
    assert_int_equal(all.n, 3);
    assert_int_equal(all.last.content, UINT64_MAX);
    assert_int_equal(find_rejected(j, NULL).n, 4);
    OK(journal_unreject(j, "Order", "", 999, &why));         /* no key clears nothing that has none */
    assert_int_equal(find_rejected(j, "Order").n, 3);
    OK(journal_unreject(j, "Order", "other", 11, &why));
    assert_int_equal(find_rejected(j, "Order").n, 2);
    OK(journal_unreject(j, "Order", "k1", 999, &why));
    assert_int_equal(find_rejected(j, "Order").n, 1);
    all = find_rejected(j, "Refund");
    assert_int_equal(all.n, 1);
    assert_string_equal(all.problem, "no date");
    assert_string_equal(all.raw, "x,y");
    journal_close(j);
}

static void a_row_set_aside_again_tells_its_latest_problem(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    RejectedRow r = {.process = "Order",
                     .file = "a.csv",
                     .line = 2,
                     .key = "k",
                     .content = 1,
                     .header = "",
                     .raw = "",
                     .problem = "old",
                     .at = DAY1};
    OK(journal_reject(j, &r, 1, &why));
    r.problem = "new", r.line = 9, r.at = DAY1 + 1;
    OK(journal_reject(j, &r, 1, &why));
    Rejects all = find_rejected(j, "Order");
    assert_int_equal(all.n, 1);
    assert_string_equal(all.problem, "new");
    assert_int_equal(all.last.line, 9);
    assert_int_equal(all.last.at, DAY1);                    /* since when it waits */
    journal_close(j);
}

static void a_file_read_anew_says_which_of_its_rows_are_set_aside(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    RejectedRow bad = {.process = "Order", .file = "a.csv", .line = 2, .content = 1, .problem = "no date", .at = DAY1},
                worse = bad, elsewhere = bad, of_other = bad;
    worse.content = 2, worse.line = 3;
    elsewhere.file = "b.csv";
    of_other.process = "Refund";
    uint64_t fresh;
    OK(journal_reject_file(j, "Order", "b.csv", &elsewhere, 1, &fresh, &why));
    OK(journal_reject_file(j, "Refund", "a.csv", &of_other, 1, &fresh, &why));
    RejectedRow both[] = {bad, worse, worse};
    OK(journal_reject_file(j, "Order", "a.csv", both, 3, &fresh, &why));
    assert_int_equal(fresh, 2);
    OK(journal_reject_file(j, "Order", "a.csv", both, 3, &fresh, &why));
    assert_int_equal(fresh, 0);
    assert_int_equal(find_rejected(j, NULL).n, 4);
    worse.content = 3;
    OK(journal_reject_file(j, "Order", "a.csv", &worse, 1, &fresh, &why));
    assert_int_equal(fresh, 1);
    assert_int_equal(find_rejected(j, "Order").n, 2);           /* the new one, and that of b.csv */
    OK(journal_reject_file(j, NULL, "a.csv", NULL, 0, &fresh, &why));
    assert_int_equal(find_rejected(j, NULL).n, 1);
    journal_close(j);
}

static void notes_and_occurrences(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Arena *a = arena_new();
    const char *value;
    Instant at;
    OK(journal_noted(j, a, "mark", &value, &why));
    assert_null(value);
    OK(journal_note(j, "mark", "1", &why));
    OK(journal_note(j, "mark", "2", &why));
    OK(journal_note(j, "mark", "2", &why));
    OK(journal_note(j, "", "", &why));
    OK(journal_noted(j, a, "mark", &value, &why));
    assert_string_equal(value, "2");
    OK(journal_noted(j, a, "", &value, &why));
    assert_string_equal(value, "");
    OK(journal_last_run(j, "s", &at, &why));
    assert_int_equal(at, INT64_MIN);
    OK(journal_ran(j, "s", DAY1, &why));
    OK(journal_ran(j, "s", DAY1 - 1, &why));                 /* never back */
    OK(journal_last_run(j, "s", &at, &why));
    assert_int_equal(at, DAY1);
    assert_false(journal_changed(j));
    arena_free(a);
    journal_close(j);
}

static Status add_key(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    (void)hash, (void)err;
    buf_printf(self, "%s;", e->text);
    return ST_OK;
}

static void what_was_recorded_since_is_found_by_its_kind(void **state)
{
    static const uint16_t kept[] = {EV_KEPT}, both[] = {EV_RAN, EV_KEPT};
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    uint64_t none, before, last;
    Buf told = {0};
    OK(journal_last(j, &none, &why));
    assert_int_equal(none, 0);
    OK(journal_since(j, 0, both, 2, add_key, &told, &last, &why));
    assert_int_equal(last, 0);
    OK(journal_note(j, "a", "1", &why));
    OK(journal_last(j, &before, &why));
    OK(journal_ran(j, "s", DAY1, &why));
    OK(journal_note(j, "b", "1", &why));
    OK(journal_since(j, 0, kept, 1, add_key, &told, &last, &why));
    OK(journal_since(j, before, both, 2, add_key, &told, &last, &why));
    OK(journal_since(j, last, both, 2, add_key, &told, &last, &why));
    /* one that is not there yet: nothing is behind it */
    OK(journal_since(j, last + 5, both, 2, add_key, &told, &last, &why));
    assert_string_equal(buf_text(&told), "a;b;s;b;");
    assert_int_equal(last, before + 2);
    buf_free(&told);
    journal_close(j);
}

static void rows_that_are_new_leave_an_event_of_their_moment(void **state)
{
    static const uint16_t kept[] = {EV_KEPT};
    const RejectedRow rows[] = {
        {.process = "P", .file = "a.csv", .line = 2, .content = 1, .raw = "x", .problem = "no", .at = DAY1},
        {.process = "P", .file = "a.csv", .line = 3, .content = 2, .raw = "y", .problem = "no", .at = DAY1 + 1}};
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    uint64_t fresh, last;
    Buf told = {0};
    OK(journal_reject_file(j, "P", "a.csv", rows, 1, &fresh, &why));
    OK(journal_reject_file(j, "P", "a.csv", rows, 1, &fresh, &why));          /* nothing new */
    OK(journal_reject_file(j, "P", "a.csv", rows, 2, &fresh, &why));
    OK(journal_reject_file(j, "P", "a.csv", NULL, 0, &fresh, &why));
    OK(journal_since(j, 0, kept, 1, add_key, &told, &last, &why));
    assert_string_equal(buf_text(&told), "set aside a.csv;set aside a.csv;");
    buf_free(&told);
    journal_close(j);
}

static void a_schedule_is_counted_from_when_it_is_seen(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Instant at;
    OK(journal_counted(j, "s", DAY1, &at, &why));
    assert_int_equal(at, DAY1);
    OK(journal_counted(j, "s", DAY1 + 7, &at, &why));
    assert_int_equal(at, DAY1);
    journal_close(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_are_found_by_every_filter),
        cmocka_unit_test(rows_are_set_aside_once_and_cleared_by_key_or_content),
        cmocka_unit_test(a_row_set_aside_again_tells_its_latest_problem),
        cmocka_unit_test(a_file_read_anew_says_which_of_its_rows_are_set_aside),
        cmocka_unit_test(notes_and_occurrences),
        cmocka_unit_test(what_was_recorded_since_is_found_by_its_kind),
        cmocka_unit_test(rows_that_are_new_leave_an_event_of_their_moment),
        cmocka_unit_test(a_schedule_is_counted_from_when_it_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
