/* journal.c -- tests of journal.h: what was committed is read back, conflicts leave no trace, and what is
 * open is found at the price of what is found. */
#include "journal_fixture.h"

#include <time.h>

/* ---- a case and its history ---------------------------------------------------------- */

typedef struct Replayed {
    uint32_t n;
    Event last;
    uint8_t hash[SHA256_BYTES];
    Case *folded;
    char text[8][40];
} Replayed;

static Status count_event(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    (void)err;
    Replayed *r = self;
    r->n++;
    assert_int_equal(e->seq, r->n);
    assert_memory_not_equal(hash, r->hash, SHA256_BYTES);
    memcpy(r->hash, hash, SHA256_BYTES);
    if (r->folded) case_apply(r->folded, e);
    if (r->n <= 8) snprintf(r->text[r->n - 1], 40, "%s", event_name(e->kind));
    r->last = *e;
    return ST_OK;
}

static void what_was_committed_is_replayed_and_read(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Instant earliest = clock_real();
    Case *c = new_order(j, "K-1", DAY1 + US_DAY);
    assert_int_equal(c->id, 1);
    go_to_wait(j, c, INSTANT_NEVER);
    Replayed r = {.folded = case_new(the_flow())};
    OK(journal_replay(j, 1, count_event, &r, &why));
    assert_int_equal(r.n, 4);
    assert_string_equal(r.text[0], "started");
    assert_string_equal(r.text[3], "waiting");
    assert_int_equal(r.last.case_id, 1);
    assert_int_equal(r.last.node, NODE_WAIT);
    assert_true(r.last.recorded >= earliest && r.last.recorded <= clock_real());
    Case *read;
    OK(journal_case(j, 1, &read, &why));
    Buf folded = {0}, live = {0}, stored = {0};
    case_write(&folded, r.folded);
    case_write(&live, c);
    case_write(&stored, read);
    assert_string_equal(folded.p, live.p);
    assert_string_equal(stored.p, live.p);
    assert_int_equal(read->id, 1);
    assert_string_equal(read->key, "K-1");
    assert_string_equal(read->flow->process, "Order");
    assert_memory_equal(ir_flow_hash(read->flow), ir_flow_hash(the_flow()), SHA256_BYTES);
    buf_free(&folded), buf_free(&live), buf_free(&stored);
    case_free(read), case_free(r.folded), case_free(c);
    assert_int_equal(problems_of(j), 0);
    journal_close(j);
}

static Status stop_at_once(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    (void)e, (void)hash;
    ++*(int *)self;
    return fail(err, ST_FAILED, "enough");
}

static void a_visit_can_stop_and_missing_cases_are_told(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    case_free(new_order(j, NULL, 0));
    Case *c = NULL;
    const IrFlow *flow;
    Claim claim;
    int visits = 0;
    assert_int_equal(journal_replay(j, 1, stop_at_once, &visits, &why), ST_FAILED);
    assert_int_equal(visits, 1);
    assert_int_equal(journal_case(j, 2, &c, &why), ST_NOTFOUND);
    assert_non_null(strstr(why.text, "case 2"));
    assert_int_equal(journal_replay(j, 0, stop_at_once, &visits, &why), ST_NOTFOUND);
    assert_int_equal(journal_replay(j, UINT64_MAX, stop_at_once, &visits, &why), ST_NOTFOUND);
    assert_int_equal(journal_claim(j, 1, 1, &claim, &why), ST_NOTFOUND);
    assert_int_equal(journal_claim(j, 1, 1, &claim, NULL), ST_NOTFOUND);
    assert_int_equal(journal_known_flow(j, ir_flow_hash(other_flow()), &flow, &why), ST_NOTFOUND);
    OK(journal_known_flow(j, ir_flow_hash(the_flow()), &flow, &why));
    assert_int_equal(visits, 1);
    journal_close(j);
}

static void a_case_needs_its_flow_first(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Case *c = case_new(the_flow());
    Out *out = out_new();
    tell_started(c, out, "x");
    Advance a = {.of = c, .out = out};
    assert_int_equal(journal_commit(j, &a, 1, &why), ST_INTERNAL);
    assert_int_equal(c->id, 0);
    OK(journal_keep_flow(j, c->flow, &why));
    OK(journal_keep_flow(j, c->flow, &why));
    OK(journal_commit(j, &a, 1, &why));
    assert_int_equal(c->id, 1);        /* the failed commit used no number up */
    out_free(out), case_free(c);
    journal_close(j);
}

/* ---- conflicts ------------------------------------------------------------------------------ */

static void a_case_that_moved_on_is_a_conflict(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Case *c = new_order(j, "a", 0), *stale;
    OK(journal_case(j, c->id, &stale, &why));
    go_to_wait(j, c, 0);
    Out *out = out_new();
    uint32_t before = stale->seq;
    tell_ended(stale, out, CASE_CANCELLED, "too late");
    *VEC_PUSH(out->arena, &out->messages) = (Message){.kind = MESSAGE_EMIT, .name = "lost", .at = DAY1};
    assert_int_equal(commit_one(j, stale, before, out, &why), ST_CONFLICT);
    Replayed r = {0};
    OK(journal_replay(j, c->id, count_event, &r, &why));
    assert_int_equal(r.n, 4);
    assert_string_equal(r.text[3], "waiting");
    assert_int_equal(problems_of(j), 0);
    out_free(out), case_free(c), case_free(stale);
    journal_close(j);
}

static void causes_rows_messages_and_occurrences_count_once(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Case *starter = case_new(the_flow());
    Out *sent = out_new();
    OK(journal_keep_flow(j, the_flow(), &why));
    tell_started(starter, sent, NULL);
    tell_launched(starter, sent, "Order");
    OK(commit_one(j, starter, 0, sent, &why));
    TakenRow row = {"Order", "r1", 7, "inbox.csv", 2};
    Advance kinds[] = {{.cause_key = "message 12 Order 0"},
                       {.taken = &row},
                       {.consumes = sent->messages.items[0].id},
                       {.schedule = "Order every day", .ran = DAY1}};
    for (size_t i = 0; i < 4; i++) {
        for (int again = 0; again < 2; again++) {
            Case *c = case_new(the_flow());
            Out *out = out_new();
            Advance a = kinds[i];
            tell_started(c, out, NULL);
            a.of = c, a.out = out;
            OK(journal_commit(j, &a, 1, &why));
            assert_int_equal(a.status, again ? ST_CONFLICT : ST_OK);
            assert_int_equal(c->id, again ? 0 : i + 2);
            out_free(out), case_free(c);
        }
    }
    out_free(sent), case_free(starter);
    bool known, same;
    OK(journal_taken(j, "Order", "r1", 7, &known, &same, &why));
    assert_true(known && same);
    OK(journal_taken(j, "Order", "r1", 8, &known, &same, &why));
    assert_true(known && !same);
    OK(journal_taken(j, "Refund", "r1", 7, &known, &same, &why));
    assert_true(!known && !same);
    Instant ran;
    OK(journal_last_run(j, "Order every day", &ran, &why));
    assert_int_equal(ran, DAY1);
    assert_int_equal(problems_of(j), 0);
    journal_close(j);
}

/* One commit holds a conflict, a message consumed twice and good advances: the good ones stay, in order. */
static void a_conflict_leaves_the_others_of_its_commit(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    OK(journal_keep_flow(j, the_flow(), &why));
    Advance a[5] = {0};
    for (int i = 0; i < 5; i++) {
        a[i] = (Advance){.of = case_new(the_flow()),
                         .out = out_new(),
                         .cause_key = i == 1 || i == 3 ? "twice" : NULL};
        tell_started(a[i].of, a[i].out, NULL);
        tell_offered(a[i].of, a[i].out, 0);
    }
    OK(journal_commit(j, a, 5, &why));
    static const uint64_t ids[] = {1, 2, 3, 0, 4};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(a[i].status, i == 3 ? ST_CONFLICT : ST_OK);
        assert_int_equal(a[i].of->id, ids[i]);
        assert_int_equal(a[i].out->events.items[1].case_id, ids[i]);
        out_free(a[i].out), case_free(a[i].of);
    }
    assert_int_equal(problems_of(j), 0);
    journal_close(j);
}

static void a_failed_commit_keeps_nothing_of_any_advance(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Advance a[3] = {0};
    OK(journal_keep_flow(j, the_flow(), &why));
    for (int i = 0; i < 3; i++) {
        a[i] = (Advance){.of = case_new(i == 2 ? other_flow() : the_flow()),
                         .out = out_new()}; /* the last one's flow is not kept */
        tell_started(a[i].of, a[i].out, NULL);
    }
    Case *none;
    assert_int_equal(journal_commit(j, a, 3, &why), ST_INTERNAL);
    assert_int_equal(a[0].of->id, 0);
    assert_int_equal(journal_case(j, 1, &none, &why), ST_NOTFOUND);
    OK(journal_commit(j, a, 2, &why));
    assert_int_equal(a[1].of->id, 2);
    assert_int_equal(problems_of(j), 0);
    for (int i = 0; i < 3; i++) out_free(a[i].out), case_free(a[i].of);
    journal_close(j);
}

/* ---- work ------------------------------------------------------------------------------------- */

typedef struct Works {
    uint32_t n;
    WorkRow last;
    uint64_t numbers[8], cases[8];
    char step[20], key[20], event[20];
} Works;

static Status note_work(void *self, const WorkRow *row, Error *err)
{
    (void)err;
    Works *w = self;
    if (w->n < 8) w->numbers[w->n] = row->number, w->cases[w->n] = row->case_id;
    w->n++;
    w->last = *row;
    snprintf(w->step, sizeof w->step, "%s", row->step);
    snprintf(w->key, sizeof w->key, "%s", row->key ? row->key : "-");
    snprintf(w->event, sizeof w->event, "%s", row->event ? row->event : "-");
    return ST_OK;
}

static Works find_work(Journal *j, WorkFilter f)
{
    Works w = {0};
    OK(journal_work(j, &f, note_work, &w, &why));
    return w;
}

/* So many cases have something due until then; the first of them, or 0. */
static uint64_t first_due(Journal *j, Instant until, uint32_t n_wanted)
{
    Arena *a = arena_new();
    uint64_t *ids, first = 0;
    Instant *dues;
    uint32_t n;
    OK(journal_due(j, until, 0, a, &ids, &dues, &n, &why));
    assert_int_equal(n, n_wanted);
    if (n) first = ids[0];
    arena_free(a);
    return first;
}

static void rows_of_work_follow_the_acts(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Case *a = new_order(j, "a", DAY1 + 2 * US_DAY), *b = new_order(j, NULL, DAY1 + US_DAY);
    Works w = find_work(j, (WorkFilter){.state = ACT_OFFERED});
    assert_int_equal(w.n, 2);
    assert_int_equal(w.numbers[0], 1);
    assert_int_equal(w.numbers[1], 2);
    assert_string_equal(w.step, "Ask");
    assert_string_equal(w.key, "-");
    assert_string_equal(w.event, "-");
    assert_int_equal(w.last.deadline, DAY1 + US_DAY);
    assert_int_equal(first_due(j, DAY1 + 2 * US_DAY, 2), b->id);     /* earliest first */
    assert_int_equal(first_due(j, DAY1 + US_DAY, 1), b->id);
    assert_int_equal(first_due(j, DAY1 + US_DAY - 1, 0), 0);
    assert_int_equal(find_work(j, (WorkFilter){.number = 2}).cases[0], b->id);
    assert_int_equal(find_work(j, (WorkFilter){.case_id = a->id}).n, 1);
    assert_int_equal(find_work(j, (WorkFilter){.case_id = 99}).n, 0);
    go_to_wait(j, a, INSTANT_NEVER);
    w = find_work(j, (WorkFilter){.case_id = a->id});
    assert_int_equal(w.n, 1);
    assert_int_equal(w.last.state, ACT_WAITING);
    assert_int_equal(w.last.number, 0);
    assert_int_equal(first_due(j, INSTANT_NEVER - 1, 1), b->id);     /* it waits for ever now */
    assert_string_equal(w.event, "paid");
    assert_int_equal(find_work(j, (WorkFilter){.number = 1}).n, 0);
    assert_int_equal(find_work(j, (WorkFilter){.event = "paid", .state = ACT_WAITING}).n, 1);
    assert_int_equal(find_work(j, (WorkFilter){.event = "pai"}).n, 0);
    go_to_end(j, a, CASE_FINISHED, "shipped");
    assert_int_equal(find_work(j, (WorkFilter){0}).n, 1);
    go_to_end(j, b, CASE_FAILED, NULL);
    assert_int_equal(find_work(j, (WorkFilter){0}).n, 0);
    assert_int_equal(first_due(j, INSTANT_NEVER - 1, 0), 0);
    case_free(a), case_free(b);
    Case *c = new_order(j, NULL, 0);
    assert_int_equal(find_work(j, (WorkFilter){.state = ACT_OFFERED}).numbers[0], 3);   /* never used again */
    case_free(c);
    assert_int_equal(problems_of(j), 0);
    journal_close(j);
}

static void a_touched_task_keeps_its_number_and_a_wait_what_it_heard(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Case *a = new_order(j, "a", DAY1 + US_DAY), *b = new_order(j, "b", 0);
    Out *out = out_new();
    uint32_t before = a->seq;
    tell(a, out, (Event){.kind = EV_LATE, .act = ACT_ASK, .node = NODE_ASK});
    OK(commit_one(j, a, before, out, &why));
    Works w = find_work(j, (WorkFilter){.number = 1});
    assert_int_equal(w.n, 1);
    assert_int_equal(first_due(j, INSTANT_NEVER - 1, 0), 0);
    assert_int_equal(w.last.deadline, DAY1 + US_DAY);
    go_to_wait(j, b, 0);
    assert_int_equal(find_work(j, (WorkFilter){.fresh = true}).n, 1);
    OK(journal_wait_caught_up(j, b->id, ACT_WAIT, &why));
    assert_int_equal(find_work(j, (WorkFilter){.fresh = true}).n, 0);
    out_clear(out);
    before = b->seq;
    tell(b, out, (Event){.kind = EV_CHOSE, .act = ACT_WAIT, .node = NODE_WAIT});
    OK(commit_one(j, b, before, out, &why));
    assert_int_equal(find_work(j, (WorkFilter){.fresh = true}).n, 0);
    assert_int_equal(find_work(j, (WorkFilter){.event = "paid"}).n, 1);
    assert_int_equal(problems_of(j), 0);
    out_free(out), case_free(a), case_free(b);
    journal_close(j);
}

/* ---- due and to do ------------------------------------------------------------------------------- */

static void what_is_due_comes_earliest_first_each_case_once(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Arena *a = arena_new();
    uint64_t *ids;
    Instant *dues, next;
    uint32_t n;
    OK(journal_next_due(j, &next, &why));
    assert_int_equal(next, INSTANT_NEVER);
    OK(journal_due(j, INSTANT_NEVER - 1, 0, a, &ids, &dues, &n, &why));
    assert_int_equal(n, 0);
    Case *one = new_order(j, NULL, DAY1 + 3 * US_HOUR), *two = new_order(j, NULL, DAY1 + 2 * US_HOUR),
         *three = case_new(the_flow());
    Out *out = out_new();
    tell(three, out, (Event){.kind = EV_STARTED, .due = DAY1 + US_HOUR}); /* the case's own deadline */
    tell_offered(three, out, DAY1 + 2 * US_HOUR);
    OK(commit_one(j, three, 0, out, &why));
    OK(journal_next_due(j, &next, &why));
    assert_int_equal(next, DAY1 + US_HOUR);
    OK(journal_due(j, DAY1 + 2 * US_HOUR, 0, a, &ids, &dues, &n, &why));
    assert_int_equal(n, 2);
    assert_int_equal(ids[0], three->id);
    assert_int_equal(dues[0], DAY1 + US_HOUR);
    assert_int_equal(ids[1], two->id);
    OK(journal_due(j, INSTANT_NEVER - 1, 0, a, &ids, &dues, &n, &why));
    assert_int_equal(n, 3);
    assert_int_equal(ids[2], one->id);
    OK(journal_due(j, INSTANT_NEVER - 1, 2, a, &ids, &dues, &n, &why));
    assert_int_equal(n, 2);
    OK(journal_due(j, DAY1, 0, a, &ids, &dues, &n, &why));
    assert_int_equal(n, 0);
    out_clear(out);
    uint32_t before = three->seq;
    tell(three, out, (Event){.kind = EV_LATE});          /* the deadline has passed: the case is due no more */
    OK(commit_one(j, three, before, out, &why));
    OK(journal_next_due(j, &next, &why));
    assert_int_equal(next, DAY1 + 2 * US_HOUR);
    go_to_end(j, three, CASE_CANCELLED, NULL);
    go_to_end(j, two, CASE_CANCELLED, NULL);
    OK(journal_next_due(j, &next, &why));
    assert_int_equal(next, DAY1 + 3 * US_HOUR);
    out_free(out), case_free(one), case_free(two), case_free(three);
    arena_free(a);
    journal_close(j);
}

static void machine_work_is_to_do_and_its_claims_are_found(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Arena *arena = arena_new();
    uint64_t *ids;
    uint32_t n, before;
    Case *c = new_order(j, "x", 0);
    Out *out = out_new();
    OK(journal_todo(j, arena, &ids, &n, &why));
    assert_int_equal(n, 0);
    before = c->seq;
    tell_done(c, out);
    tell_began(c, out, 1);
    Claim claim = {.act = ACT_BOOK,
                   .attempt = 1,
                   .pid = 4711,
                   .pid_start = UINT64_MAX,
                   .boot = "123456789012345678901234567890123456789"},
          got;
    Advance a = {.of = c, .seq_before = before, .out = out, .claims = &claim, .claims_n = 1};
    OK(journal_commit(j, &a, 1, &why));
    OK(journal_todo(j, arena, &ids, &n, &why));
    assert_int_equal(n, 1);
    assert_int_equal(ids[0], c->id);
    OK(journal_claim(j, c->id, ACT_BOOK, &got, &why));
    assert_memory_equal(&got, &claim, sizeof got);
    /* Taken over: no event, only the claim. */
    out_clear(out);
    claim.pid = 4712, claim.attempt = 2;
    a.seq_before = c->seq;
    OK(journal_commit(j, &a, 1, &why));
    assert_int_equal(a.status, ST_OK);
    Claim late = {.act = ACT_BOOK, .attempt = 2, .pid = 4713};     /* who wanted to do the same, and comes second */
    a.claims = &late;
    OK(journal_commit(j, &a, 1, &why));
    assert_int_equal(a.status, ST_CONFLICT);
    OK(journal_claim(j, c->id, ACT_BOOK, &got, &why));
    assert_int_equal(got.pid, 4712);
    before = c->seq;
    tell(c, out, (Event){.kind = EV_INCIDENT, .act = ACT_BOOK, .node = NODE_BOOK, .text = "it broke"});
    OK(commit_one(j, c, before, out, &why));
    assert_int_equal(journal_claim(j, c->id, ACT_BOOK, &got, NULL), ST_NOTFOUND);
    OK(journal_todo(j, arena, &ids, &n, &why));
    assert_int_equal(n, 0);
    Works w = find_work(j, (WorkFilter){.state = ACT_INCIDENT});
    assert_int_equal(w.n, 1);
    assert_string_equal(w.step, "Book");
    assert_int_equal(problems_of(j), 0);
    out_free(out), case_free(c), arena_free(arena);
    journal_close(j);
}

/* ---- messages ------------------------------------------------------------------------------------- */

typedef struct Messages {
    uint32_t n;
    uint64_t ids[8];
    Message last;
    char name[20];
    int64_t amount;
    bool dated;
    Journal *j;
} Messages;

static Status note_message(void *self, const Message *m, Error *err)
{
    (void)err;
    Messages *all = self;
    if (all->n < 8) all->ids[all->n] = m->id;
    all->n++;
    all->last = *m;
    snprintf(all->name, sizeof all->name, "%s", m->name);
    if (m->values_n) {
        assert_string_equal(m->values[0].name, "am\"ount");
        all->amount = m->values[0].value.i;
        all->dated = strcmp(m->values[m->values_n - 1].name, "$dated") == 0;
    }
    if (all->j) {                                          /* asking inside of a visit, the same too */
        Messages inner = {0};
        OK(journal_messages(all->j, NULL, 0, 0, 1, note_message, &inner, &why));
        assert_int_equal(inner.n, 1);
        assert_int_equal(find_work(all->j, (WorkFilter){.event = "paid"}).n, 0);
    }
    return ST_OK;
}

static void messages_wait_until_they_are_delivered(void **state)
{
    (void)state;
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    Datum values[] = {{"am\"ount", value_money(1500 * (int64_t)DECIMAL_ONE, currency_pack("EUR"))},
                      {"$dated", value_boolean(true)}};
    Case *c = case_new(the_flow());
    Out *out = out_new();
    tell_started(c, out, NULL);
    tell_offered(c, out, 0);
    *VEC_PUSH(out->arena, &out->messages) = (Message){.kind = MESSAGE_EMIT,
                                                      .name = "paid",
                                                      .at = DAY1,
                                                      .from_seq = 1,
                                                      .values = values,
                                                      .values_n = 2};
    *VEC_PUSH(out->arena, &out->messages) = (Message){.kind = MESSAGE_RETURN,
                                                      .name = "Order",
                                                      .at = DAY1,
                                                      .to_case = 77,
                                                      .to_act = 5,
                                                      .ok = true,
                                                      .text = "fine"};
    OK(commit_one(j, c, 0, out, &why));
    assert_int_equal(out->messages.items[0].id, 1);
    assert_int_equal(out->messages.items[0].from_case, c->id);
    Message m = {.kind = MESSAGE_EMIT, .name = "paid", .at = DAY1 - US_DAY, .text = "ann"};
    OK(journal_signal(j, &m, &why));
    assert_int_equal(m.id, 3);
    Messages all = {.j = j};
    OK(journal_messages(j, NULL, 0, 0, 0, note_message, &all, &why));
    assert_int_equal(all.n, 3);
    assert_int_equal(all.ids[0], 1);
    assert_int_equal(all.ids[2], 3);
    assert_int_equal(all.amount, 1500 * (int64_t)DECIMAL_ONE);
    assert_true(all.dated);
    OK(journal_delivered(j, (uint64_t[]){1, 99}, 2, &why));
    OK(journal_delivered(j, NULL, 0, &why));
    all = (Messages){0};
    OK(journal_messages(j, NULL, 0, 0, 1, note_message, &all, &why));
    assert_int_equal(all.n, 1);
    assert_int_equal(all.last.id, 2);
    assert_int_equal(all.last.to_case, 77);
    assert_int_equal(all.last.to_act, 5);
    assert_true(all.last.ok);
    assert_int_equal(all.last.from_case, c->id);
    /* Events of the past: by when they happened, delivered or not. */
    all = (Messages){0};
    OK(journal_messages(j, "paid", INT64_MIN, 0, 0, note_message, &all, &why));
    assert_int_equal(all.n, 2);
    assert_int_equal(all.ids[0], 3);
    assert_int_equal(all.ids[1], 1);
    all = (Messages){0};
    OK(journal_messages(j, "paid", DAY1, 0, 0, note_message, &all, &why));
    assert_int_equal(all.n, 1);
    OK(journal_messages(j, "Order", INT64_MIN, 0, 0, note_message, &all, &why));
    assert_int_equal(all.n, 1);
    out_free(out), case_free(c);
    journal_close(j);
}

/* ---- costs ------------------------------------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* With many open cases, what a tick asks costs what is due. The bound is wide: it tells a look-up from a
 * walk over all. */
static void a_tick_costs_what_is_due_not_what_is_open(void **state)
{
    (void)state;
    enum { CASES = 20000, BATCH = 250, LOOKS = 200 };
    Journal *j = open_store(":memory:", JOURNAL_CREATE);
    OK(journal_keep_flow(j, the_flow(), &why));
    for (int done = 0; done < CASES; done += BATCH) {
        Advance a[BATCH] = {0};
        for (int i = 0; i < BATCH; i++) {
            a[i] = (Advance){.of = case_new(the_flow()), .out = out_new()};
            tell_started(a[i].of, a[i].out, "k");
            tell_offered(a[i].of, a[i].out, DAY1 + US_DAY + done + i);
        }
        OK(journal_commit(j, a, BATCH, &why));
        for (int i = 0; i < BATCH; i++) out_free(a[i].out), case_free(a[i].of);
    }
    Arena *arena = arena_new();
    uint64_t *ids;
    Instant *dues, next;
    uint32_t n;
    double began = seconds();
    assert_int_equal(find_work(j, (WorkFilter){.state = ACT_PAUSED}).n,
                     0); /* no index for it: walks over all */
    double walk = seconds() - began;
    began = seconds();
    for (int i = 0; i < LOOKS; i++) {
        Messages all = {0};
        OK(journal_next_due(j, &next, &why));
        OK(journal_todo(j, arena, &ids, &n, &why));
        OK(journal_due(j, DAY1 + US_DAY + CASES, 1, arena, &ids, &dues, &n, &why));
        assert_int_equal(n, 1);
        OK(journal_messages(j, NULL, 0, 0, 0, note_message, &all, &why));
        find_work(j, (WorkFilter){.fresh = true});
        find_work(j, (WorkFilter){.event = "paid"});
        find_work(j, (WorkFilter){.state = ACT_INCIDENT});
        find_work(j, (WorkFilter){.number = 5});
    }
    double tick = (seconds() - began) / LOOKS;
    print_message("one tick's questions: %.1f us; a walk over %d rows: %.1f us\n", tick * 1e6, CASES,
                  walk * 1e6);
    assert_true(tick * 3 < walk);
    arena_free(arena);
    journal_close(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_committed_is_replayed_and_read),
        cmocka_unit_test(a_visit_can_stop_and_missing_cases_are_told),
        cmocka_unit_test(a_case_needs_its_flow_first),
        cmocka_unit_test(a_case_that_moved_on_is_a_conflict),
        cmocka_unit_test(causes_rows_messages_and_occurrences_count_once),
        cmocka_unit_test(a_conflict_leaves_the_others_of_its_commit),
        cmocka_unit_test(a_failed_commit_keeps_nothing_of_any_advance),
        cmocka_unit_test(rows_of_work_follow_the_acts),
        cmocka_unit_test(a_touched_task_keeps_its_number_and_a_wait_what_it_heard),
        cmocka_unit_test(what_is_due_comes_earliest_first_each_case_once),
        cmocka_unit_test(machine_work_is_to_do_and_its_claims_are_found),
        cmocka_unit_test(messages_wait_until_they_are_delivered),
        cmocka_unit_test(a_tick_costs_what_is_due_not_what_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
