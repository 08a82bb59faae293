/* power.c -- the power fails: what was written and not yet synced is dropped, torn, or written in another order.
 *
 * A shim between SQLite and its files keeps a log of every write, truncation and sync while cases advance. Then the
 * disk is imagined at random moments of that log: what was synced is there, and of the rest each write is there,
 * missing, or there in part, in any order. A store found so must be whole, and hold every advance whose commit had
 * been answered before that moment.
 *
 *   power [LOSSES [SEED]]
 */
#include "journal_fixture.h"
#include "tests/disk.h"

#include <fcntl.h>

/* ---- the log of what reached the files ---------------------------------------------------- */

typedef enum { WRITE, TRUNCATE, SYNC } What;
typedef enum { STORE, LOG, FILES } Which;      /* the store, and SQLite's log beside it */
typedef struct { What what; Which file; int64_t at; size_t n; char *bytes; } Entry;
typedef struct { size_t entry; uint64_t case_id; uint32_t seq; } Answered;

static struct { Entry *items; size_t n, cap; } entries;
static struct { Answered items[4096]; size_t n; } answered;
static bool recording;

static void note(What what, int file, int64_t at, const void *bytes, size_t n)
{
    if (!recording || file < 0) return;
    if (entries.n == entries.cap) {
        entries.cap = entries.cap ? entries.cap * 2 : 1024;
        entries.items = mem_resize(entries.items, entries.cap * sizeof *entries.items);
    }
    Entry *e = &entries.items[entries.n++];
    *e = (Entry){what, (Which)file, at, n, n ? mem_alloc(n) : NULL};
    if (n) memcpy(e->bytes, bytes, n);
}

/* ---- the shim --------------------------------------------------------------------------------- */

static int which(sqlite3_file *f)
{
    int flags = ((DiskFile *)f)->flags;
    return flags & SQLITE_OPEN_MAIN_DB ? STORE : flags & SQLITE_OPEN_WAL ? LOG : -1;
}

static int notes_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    note(WRITE, which(f), at, p, (size_t)n);
    return disk_write(f, p, n, at);
}

static int notes_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    note(TRUNCATE, which(f), n, NULL, 0);
    return disk_truncate(f, n);
}

static int notes_sync(sqlite3_file *f, int flags)
{
    note(SYNC, which(f), 0, NULL, 0);
    return disk_sync(f, flags);
}

static void shim_begin(void)
{
    static sqlite3_io_methods methods;
    methods = disk_hands_on();
    methods.xWrite = notes_write, methods.xTruncate = notes_truncate, methods.xSync = notes_sync;
    assert_true(disk_begin(&methods));
}

/* ---- the work that is cut off --------------------------------------------------------------------- */

static void answer(const Case *c)
{
    assert_true(answered.n < sizeof answered.items / sizeof *answered.items);
    answered.items[answered.n++] = (Answered){entries.n, c->id, c->seq};
}

/* A value of a few hundred bytes: enough of them, and SQLite moves its log into the store. */
static void sets(Journal *j, Case *c, int n)
{
    Out *out = out_new();
    uint32_t before = c->seq;
    Datum *d = ARENA_ARRAY(out->arena, Datum, 1);
    char text[700];
    memset(text, 'a' + n % 26, sizeof text - 1);
    text[sizeof text - 1 - (size_t)(n * 37 % 600)] = '\0';
    d[0] = (Datum){"customer", value_text(arena_dup(out->arena, text))};
    tell(c, out, (Event){.kind = EV_SET, .node = NODE_WAIT, .values = d, .values_n = 1});
    OK(commit_one(j, c, before, out, &why));
    out_free(out);
    answer(c);
}

static void work(const char *store)
{
    Journal *j = open_store(store, JOURNAL_WRITE);
    Case *cases[24];
    recording = true;
    for (int i = 0; i < 24; i++) cases[i] = new_order(j, "K", DAY1 + US_DAY), answer(cases[i]);
    for (int i = 0; i < 24; i++) go_to_wait(j, cases[i], DAY1 + US_DAY), answer(cases[i]);
    for (int round = 0; round < 40; round++)
        for (int i = round % 3; i < 24; i += 3) sets(j, cases[i], round * 24 + i);
    for (int i = 0; i < 24; i += 2) go_to_end(j, cases[i], CASE_FINISHED, "done"), answer(cases[i]);
    journal_close(j);
    recording = false;
    for (int i = 0; i < 24; i++) case_free(cases[i]);
}

/* ---- the disk after the loss ---------------------------------------------------------------------------- */

static uint64_t seed;

static uint64_t chance(uint64_t below)
{
    uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

typedef struct { char *bytes; size_t n, cap; } Image;

static void image_size(Image *m, size_t n)
{
    if (n > m->cap) {
        m->cap = n * 2;
        m->bytes = mem_resize(m->bytes, m->cap);
    }
    if (n > m->n) memset(m->bytes + m->n, 0, n - m->n);
    m->n = n;
}

/* from, to: the part of a write that reached the disk. */
static void apply(Image *m, const Entry *e, size_t from, size_t to)
{
    if (e->what == TRUNCATE) {
        image_size(m, (size_t)e->at);
    } else if (e->what == WRITE && from < to) {
        if ((size_t)e->at + to > m->n) image_size(m, (size_t)e->at + to);
        memcpy(m->bytes + e->at + from, e->bytes + from, to - from);
    }
}

/* A disk writes sectors of 512 bytes whole: of a torn write some at its begin or end are missing. */
static void apply_perhaps(Image *m, const Entry *e)
{
    size_t from = 0, to = e->n, sectors = e->n / 512;
    switch (chance(4)) {
    case 0: return;
    case 1:
        if (sectors) to = (size_t)chance(sectors + 1) * 512;
        break;
    case 2:
        if (sectors) from = (size_t)chance(sectors + 1) * 512;
        break;
    default: break;
    }
    apply(m, e, from, to);
}

/* What was synced is there; the rest came in any order, as far as it came. */
static void image_at(Image *m, const Image *begin, Which file, size_t cut)
{
    size_t synced = 0, loose_n = 0;
    image_size(m, 0);
    image_size(m, begin->n);
    if (begin->n) memcpy(m->bytes, begin->bytes, begin->n);
    for (size_t i = 0; i < cut; i++)
        if (entries.items[i].file == file && entries.items[i].what == SYNC) synced = i;
    for (size_t i = 0; i < synced; i++)
        if (entries.items[i].file == file) apply(m, &entries.items[i], 0, entries.items[i].n);
    const Entry **loose = mem_alloc((cut - synced + 1) * sizeof *loose);
    for (size_t i = synced; i < cut; i++)
        if (entries.items[i].file == file && entries.items[i].what != SYNC) loose[loose_n++] = &entries.items[i];
    for (size_t i = 0; i < loose_n && chance(2); i++) {
        size_t k = (size_t)chance(loose_n);
        const Entry *swap = loose[i];
        loose[i] = loose[k], loose[k] = swap;
    }
    for (size_t i = 0; i < loose_n; i++) apply_perhaps(m, loose[i]);
    free(loose);
}

static void image_read(Image *m, const char *path)
{
    FILE *f = fopen(path, "rb");
    image_size(m, 0);
    if (!f) return;
    fseek(f, 0, SEEK_END);
    image_size(m, (size_t)ftell(f));
    rewind(f);
    assert_int_equal(fread(m->bytes, 1, m->n, f), m->n);
    fclose(f);
}

static void image_write(const Image *m, const char *path)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    if (m->n) assert_int_equal(fwrite(m->bytes, 1, m->n, f), m->n);
    assert_int_equal(fclose(f), 0);
}

/* ---- judging ------------------------------------------------------------------------------------------------ */

static void is_whole(const char *store, size_t cut)
{
    Journal *j = open_store(store, JOURNAL_WRITE);
    VerifyReport report = {0};
    uint32_t seq[64] = {0};
    OK(journal_verify(j, NULL, &report, &why));
    if (report.problems) print_error("after entry %zu: %s\n", cut, buf_text(&report.text));
    assert_int_equal(report.problems, 0);
    buf_free(&report.text);
    for (size_t i = 0; i < answered.n && answered.items[i].entry <= cut; i++)
        seq[answered.items[i].case_id] = answered.items[i].seq;
    for (uint64_t id = 1; id < 64; id++) {
        Case *c = NULL;
        if (!seq[id]) continue;
        OK(journal_case(j, id, &c, &why));
        assert_true(c->seq >= seq[id]);
        case_free(c);
    }
    Case *next = new_order(j, "next", INSTANT_NEVER);
    case_free(next);
    journal_close(j);
}

static int losses = 150;

static void nothing_answered_is_lost(void **state)
{
    (void)state;
    const char *folder = temp_folder();
    static char store[200], log[220], lost[200], lost_log[220], lost_shm[220];
    Image begin[FILES] = {0}, now = {0};
    snprintf(store, sizeof store, "%s/store.db", folder);
    snprintf(log, sizeof log, "%s-wal", store);
    snprintf(lost, sizeof lost, "%s/lost.db", folder);
    snprintf(lost_log, sizeof lost_log, "%s-wal", lost);
    snprintf(lost_shm, sizeof lost_shm, "%s-shm", lost);
    journal_close(open_store(store, JOURNAL_CREATE));
    image_read(&begin[STORE], store);
    image_read(&begin[LOG], log);
    shim_begin();
    work(store);
    disk_end();
    assert_true(entries.n > 2000 && answered.n > 300);
    for (int i = 0; i < losses; i++) {
        size_t cut = (size_t)chance(entries.n + 1);
        image_at(&now, &begin[STORE], STORE, cut);
        image_write(&now, lost);
        image_at(&now, &begin[LOG], LOG, cut);
        image_write(&now, lost_log);
        unlink(lost_shm);
        is_whole(lost, cut);
    }
    free(now.bytes);
    for (int i = 0; i < FILES; i++) free(begin[i].bytes);
    for (size_t i = 0; i < entries.n; i++) free(entries.items[i].bytes);
    free(entries.items);
    remove_folder(folder);
}

int main(int argc, char **argv)
{
    if (argc > 1) losses = atoi(argv[1]);
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_answered_is_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
