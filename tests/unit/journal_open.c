/* journal_open.c -- tests of the store as a file: making it privately, refusing what is none untouched,
 * writers side by side, no room left. */
#include "journal_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static char folder[100], store[150];

static int a_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s", temp_folder());
    snprintf(store, sizeof store, "%s/store.db", folder);
    return 0;
}

static int no_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

static bool there(const char *path)
{
    struct stat is;
    return lstat(path, &is) == 0;
}

static unsigned mode_of(const char *path)
{
    struct stat is;
    assert_int_equal(stat(path, &is), 0);
    return is.st_mode & 0777;
}

/* How many names the folder holds. */
static int names_in(const char *path)
{
    char command[600];
    int n = -1;
    snprintf(command, sizeof command, "ls -A '%s' | wc -l", path);
    FILE *f = popen(command, "r");
    assert_int_equal(fscanf(f, "%d", &n), 1);
    pclose(f);
    return n;
}

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void copy_file(const char *from, const char *to)
{
    char command[600];
    snprintf(command, sizeof command, "cp '%s' '%s'", from, to);
    assert_int_equal(system(command), 0);
}

static bool same_files(const char *a, const char *b)
{
    char command[600];
    snprintf(command, sizeof command, "cmp -s '%s' '%s'", a, b);
    return system(command) == 0;
}

static void make_store(void)
{
    Journal *j = open_store(store, JOURNAL_CREATE);
    case_free(new_order(j, "first", DAY1));
    journal_close(j);
}

/* In a process of its own, which says with exit 0 that all was well. */
#define IN_CHILD(code) \
    do { \
        pid_t child_ = fork(); \
        assert_true(child_ >= 0); \
        if (child_ == 0) { code; _exit(0); } \
        int how_; \
        assert_int_equal(waitpid(child_, &how_, 0), child_); \
        assert_true(WIFEXITED(how_)); \
        assert_int_equal(WEXITSTATUS(how_), 0); \
    } while (0)

#define CHILD_WANTS(condition) \
    do if (!(condition)) { \
        fprintf(stderr, "%s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, why.text); \
        _exit(1); \
    } while (0)

/* ---- making ---------------------------------------------------------------------------- */

static void a_new_store_is_private_and_lasts(void **state)
{
    (void)state;
    const char *place = path_in(folder, "a"), *inner = path_in(folder, "a/b"),
               *file = path_in(folder, "a/b/store.db");
    char side[200];
    mode_t old = umask(0);
    Journal *j = open_store(file, JOURNAL_CREATE);
    assert_string_equal(journal_path(j), file);
    Case *c = new_order(j, "k", DAY1);
    umask(old);
    assert_int_equal(mode_of(place), 0700);
    assert_int_equal(mode_of(inner), 0700);
    assert_int_equal(mode_of(file), 0600);
    snprintf(side, sizeof side, "%s-wal", file);
    assert_int_equal(mode_of(side), 0600);
    snprintf(side, sizeof side, "%s-shm", file);
    assert_int_equal(mode_of(side), 0600);
    snprintf(side, sizeof side, "%s.lock", file);
    assert_int_equal(mode_of(side), 0600);
    journal_close(j);
    assert_int_equal(names_in(inner), 2);                 /* the store and its lock: nothing else stays */
    case_free(c);
    for (JournalMode mode = JOURNAL_READ; mode <= JOURNAL_CREATE; mode++) {
        j = open_store(file, mode);
        OK(journal_case(j, 1, &c, &why));
        assert_string_equal(c->key, "k");
        case_free(c);
        journal_close(j);
        assert_int_equal(names_in(inner), 2);
    }
}

static void many_who_make_it_at_once_make_one(void **state)
{
    (void)state;
    enum { MAKERS = 8 };
    const char *file = path_in(folder, "new/store.db");
    for (int i = 0; i < MAKERS; i++) {
        if (fork() != 0) continue;
        Journal *j = NULL;
        Case *c = case_new(the_flow());
        Out *out = out_new();
        tell_started(c, out, "k");
        CHILD_WANTS(journal_open(file, JOURNAL_CREATE, &j, &why) == ST_OK);
        CHILD_WANTS(commit_one(j, c, 0, out, &why) == ST_OK);
        journal_close(j);
        _exit(0);
    }
    for (int i = 0, how; i < MAKERS; i++)
        assert_true(wait(&how) > 0 && WIFEXITED(how) && WEXITSTATUS(how) == 0);
    Journal *j = open_store(file, JOURNAL_READ);
    VerifyReport r;
    OK(journal_verify(j, NULL, &r, &why));
    assert_int_equal(r.problems, 0);
    assert_int_equal(r.cases, MAKERS);
    journal_close(j);
    assert_int_equal(names_in(path_in(folder, "new")), 2);
}

static void a_missing_store_is_told_and_not_made(void **state)
{
    (void)state;
    Journal *j = NULL;
    assert_int_equal(journal_open(store, JOURNAL_READ, &j, &why), ST_NOINPUT);
    assert_int_equal(journal_open(store, JOURNAL_WRITE, &j, &why), ST_NOINPUT);
    assert_non_null(strstr(why.text, store));
    assert_int_equal(journal_open(path_in(folder, "no/store.db"), JOURNAL_WRITE, &j, &why), ST_NOINPUT);
    assert_null(j);
    assert_int_equal(names_in(folder), 0);
    journal_close(NULL);
}

static void an_empty_file_becomes_a_store_only_when_asked(void **state)
{
    (void)state;
    Journal *j;
    write_bytes(store, "", 0);
    assert_int_equal(journal_open(store, JOURNAL_READ, &j, &why), ST_NOINPUT);
    assert_int_equal(journal_open(store, JOURNAL_WRITE, &j, &why), ST_NOINPUT);
    make_store();
    assert_int_equal(mode_of(store), 0600);
    write_bytes(path_in(folder, "store.db.new"), "left by one who died", 20);
    assert_int_equal(unlink(store), 0);
    make_store();
    assert_false(there(path_in(folder, "store.db.new")));
}

static void a_reader_may_not_write(void **state)
{
    (void)state;
    make_store();
    Journal *j = open_store(store, JOURNAL_READ);
    Message m = {.kind = MESSAGE_EMIT, .name = "paid", .at = DAY1};
    assert_int_equal(journal_signal(j, &m, &why), ST_INTERNAL);
    assert_int_equal(journal_ran(j, "s", DAY1, &why), ST_INTERNAL);
    journal_close(j);
}

/* One store has one lock, whichever link leads to it. */
static void a_link_leads_to_the_same_store(void **state)
{
    (void)state;
    make_store();
    const char *link = path_in(folder, "link.db");
    assert_int_equal(symlink("store.db", link), 0);
    Journal *j = open_store(link, JOURNAL_WRITE);
    case_free(new_order(j, "second", 0));
    assert_false(there(path_in(folder, "link.db.lock")));
    assert_false(there(path_in(folder, "link.db-wal")));
    journal_close(j);
    assert_int_equal(unlink(store), 0);
    assert_int_equal(journal_open(link, JOURNAL_CREATE, &j, &why), ST_IO);     /* a link to nothing */
    assert_int_equal(names_in(folder), 2);
}

/* ---- refusing ------------------------------------------------------------------------------ */

static void is_refused(JournalMode mode, Status wanted, const char *words)
{
    char kept[200];
    Journal *j = NULL;
    snprintf(kept, sizeof kept, "%s.kept", store);
    copy_file(store, kept);
    Status st = journal_open(store, mode, &j, &why);
    if (st != wanted || !strstr(why.text, words))
        print_error("wanted \"%s\", got %s: %s\n", words, status_name(st), why.text);
    assert_int_equal(st, wanted);
    assert_non_null(strstr(why.text, words));
    assert_null(j);
    assert_true(same_files(store, kept));
    unlink(kept);
}

static void is_refused_in_every_mode(Status wanted, const char *words)
{
    for (JournalMode mode = JOURNAL_READ; mode <= JOURNAL_CREATE; mode++) is_refused(mode, wanted, words);
}

static void other_files_are_refused_untouched(void **state)
{
    (void)state;
    Journal *j;
    char text[300];
    memset(text, 'x', sizeof text);
    write_bytes(store, text, 1);
    is_refused_in_every_mode(ST_CONFIG, "another kind of file");
    write_bytes(store, text, sizeof text);
    is_refused_in_every_mode(ST_CONFIG, "another kind of file");
    write_bytes(store, "SQLite format 3", 16);
    is_refused_in_every_mode(ST_IO, "damaged");
    unlink(store);
    intrude(store, "CREATE TABLE t(x); INSERT INTO t VALUES(1)");
    is_refused_in_every_mode(ST_CONFIG, "database of another program");
    intrude(store, "PRAGMA application_id = 7; PRAGMA journal_mode = WAL");
    is_refused_in_every_mode(ST_CONFIG, "database of another program");
    assert_int_equal(names_in(folder), 1);                /* no lock, no side files beside a stranger */
    assert_int_equal(journal_open(folder, JOURNAL_READ, &j, &why), ST_CONFIG);
    assert_int_equal(journal_open("/dev/null", JOURNAL_CREATE, &j, &why), ST_CONFIG);
    assert_non_null(strstr(why.text, "no file"));
}

static void newer_and_ageless_stores_are_refused_untouched(void **state)
{
    (void)state;
    make_store();
    intrude(store, "PRAGMA user_version = 9");
    is_refused_in_every_mode(ST_CONFIG, "newer ops");
    intrude(store, "PRAGMA user_version = 2000000000");
    is_refused_in_every_mode(ST_CONFIG, "newer ops");
    intrude(store, "PRAGMA user_version = 0");
    is_refused_in_every_mode(ST_IO, "damaged");
}

/* The newer version stands only in the log beside the file: one who wrote it died. */
static void a_newer_version_in_the_log_is_refused_untouched(void **state)
{
    (void)state;
    make_store();
    IN_CHILD({
        sqlite3 *db;
        CHILD_WANTS(sqlite3_open(store, &db) == SQLITE_OK);
        CHILD_WANTS(sqlite3_exec(db, "PRAGMA user_version = 9", NULL, NULL, NULL) == SQLITE_OK);
    });
    char wal[200], kept[200];
    snprintf(wal, sizeof wal, "%s-wal", store);
    snprintf(kept, sizeof kept, "%s-kept", store);
    assert_true(there(wal));
    copy_file(wal, kept);
    is_refused_in_every_mode(ST_CONFIG, "newer ops");
    assert_true(same_files(wal, kept));
}

static void damaged_stores_are_refused_untouched(void **state)
{
    (void)state;
    make_store();
    char kept[200], byte = (char)0xff;
    snprintf(kept, sizeof kept, "%s.whole", store);
    copy_file(store, kept);
    assert_int_equal(truncate(store, 5000), 0);
    is_refused_in_every_mode(ST_IO, "damaged");
    assert_int_equal(truncate(store, 4096), 0);
    is_refused_in_every_mode(ST_IO, "damaged");
    copy_file(kept, store);
    int fd = open(store, O_RDWR);
    assert_int_equal(pwrite(fd, &byte, 1, 100), 1);       /* the kind of the first page */
    close(fd);
    is_refused_in_every_mode(ST_IO, "damaged");
    copy_file(kept, store);
    fd = open(store, O_RDWR);
    assert_int_equal(pwrite(fd, &byte, 1, 16), 1);        /* the size of a page */
    close(fd);
    is_refused_in_every_mode(ST_IO, "damaged");
    copy_file(kept, store);
    intrude(store, "DROP TABLE counters");
    is_refused_in_every_mode(ST_IO, "damaged");
}

/* ---- where nothing can be written -------------------------------------------------------------- */

static void become_nobody(void)
{
    if (geteuid() != 0) return;
    if (chown(folder, 65534, 65534) != 0 || chown(store, 65534, 65534) != 0) _exit(3);
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(3);
}

static void unwritable(mode_t of_folder, mode_t of_file)
{
    CHILD_WANTS(chmod(store, of_file) == 0 && chmod(folder, of_folder) == 0);
    become_nobody();
    Journal *j = NULL;
    Case *c;
    CHILD_WANTS(journal_open(store, JOURNAL_WRITE, &j, &why) == ST_CANTCREATE);
    CHILD_WANTS(strstr(why.text, "cannot be written") && strstr(why.text, store));
    CHILD_WANTS(journal_open(store, JOURNAL_CREATE, &j, &why) == ST_CANTCREATE);
    CHILD_WANTS(!j);
    CHILD_WANTS(journal_open(store, JOURNAL_READ, &j, &why) == ST_OK);
    CHILD_WANTS(journal_case(j, 1, &c, &why) == ST_OK);
    case_free(c);
    VerifyReport r;
    CHILD_WANTS(journal_verify(j, NULL, &r, &why) == ST_OK && r.problems == 0);
    journal_close(j);
}

static void unwritable_stores_are_refused_untouched_but_read(void **state)
{
    (void)state;
    make_store();
    unlink(path_in(folder, "store.db.lock"));
    char kept[200];
    snprintf(kept, sizeof kept, "%s.whole", store);
    copy_file(store, kept);
    IN_CHILD(unwritable(0700, 0400));
    assert_true(same_files(store, kept));
    IN_CHILD(unwritable(0500, 0600));
    assert_true(same_files(store, kept));
    IN_CHILD(unwritable(0500, 0400));
    assert_true(same_files(store, kept));
    assert_false(there(path_in(folder, "store.db.lock")));
    IN_CHILD({
        Journal *j;
        CHILD_WANTS(chmod(folder, 0700) == 0 && chmod(store, 0) == 0);
        become_nobody();
        CHILD_WANTS(journal_open(store, JOURNAL_READ, &j, &why) == ST_IO);
        CHILD_WANTS(strstr(why.text, strerror(EACCES)));
    });
    IN_CHILD({
        Journal *j;
        CHILD_WANTS(chmod(store, 0600) == 0 && chmod(folder, 0500) == 0);
        become_nobody();
        CHILD_WANTS(journal_open(path_in(folder, "new.db"), JOURNAL_CREATE, &j, &why) == ST_CANTCREATE);
        CHILD_WANTS(journal_open(path_in(folder, "sub/new.db"), JOURNAL_CREATE, &j, &why) == ST_CANTCREATE);
    });
}

/* ---- side by side ----------------------------------------------------------------------------------- */

static void another_process_is_noticed(void **state)
{
    (void)state;
    make_store();
    Journal *a = open_store(store, JOURNAL_WRITE), *b = open_store(store, JOURNAL_WRITE),
            *r = open_store(store, JOURNAL_READ);
    assert_false(journal_changed(a));
    case_free(new_order(a, "by a", 0));
    assert_false(journal_changed(a));
    assert_true(journal_changed(b));
    assert_true(journal_changed(r));
    assert_false(journal_changed(b));
    /* Each goes on where the other ended: numbers and chains. */
    Case *c = new_order(b, "by b", 0);
    assert_int_equal(c->id, 3);
    case_free(c);
    c = new_order(a, "by a", 0);
    assert_int_equal(c->id, 4);
    Case *stale;
    OK(journal_case(b, 4, &stale, &why));
    go_to_wait(a, c, 0);
    Out *out = out_new();
    uint32_t before = stale->seq;
    tell_done(stale, out);
    assert_int_equal(commit_one(b, stale, before, out, &why), ST_CONFLICT);
    assert_int_equal(problems_of(r), 0);
    out_free(out), case_free(c), case_free(stale);
    journal_close(a), journal_close(b), journal_close(r);
}

/* Begins cases, moves shared case 1 on where it can, until the time is over; writes how often. */
static void writer(int report, double until)
{
    Journal *j = NULL;
    uint64_t commits = 0, conflicts = 0;
    struct timespec now;
    CHILD_WANTS(journal_open(store, JOURNAL_WRITE, &j, &why) == ST_OK);
    Out *out = out_new();
    do {
        Case *c = case_new(the_flow()), *shared;
        CHILD_WANTS(journal_case(j, 1, &shared, &why) == ST_OK);
        uint32_t before = shared->seq;
        out_clear(out);
        tell_started(c, out, "k");
        tell_offered(c, out, DAY1);
        CHILD_WANTS(commit_one(j, c, 0, out, &why) == ST_OK);
        commits++;
        out_clear(out);
        tell(shared, out, (Event){.kind = EV_CHOSE, .n = 1, .node = NODE_ASK});
        Status st = commit_one(j, shared, before, out, &why);
        CHILD_WANTS(st == ST_OK || st == ST_CONFLICT);
        commits += st == ST_OK, conflicts += st == ST_CONFLICT;
        case_free(c), case_free(shared);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < until);
    journal_close(j);
    out_free(out);
    uint64_t told[2] = {commits, conflicts};
    CHILD_WANTS(write(report, told, sizeof told) == (ssize_t)sizeof told);
    _exit(0);
}

static double clock_in(double seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9 + seconds;
}

static void writers_take_turns_and_lose_nothing(void **state)
{
    (void)state;
    enum { WRITERS = 4 };
    make_store();
    int ends[WRITERS][2];
    double until = clock_in(1.0);
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(pipe(ends[i]), 0);
        pid_t child = fork();
        if (child == 0) writer(ends[i][1], until);
        close(ends[i][1]);
    }
    uint64_t sum = 0, least = UINT64_MAX, conflicts = 0;
    for (int i = 0; i < WRITERS; i++) {
        uint64_t told[2];
        int how;
        assert_int_equal(read(ends[i][0], told, sizeof told), sizeof told);
        close(ends[i][0]);
        sum += told[0], conflicts += told[1];
        if (told[0] < least) least = told[0];
        assert_true(wait(&how) > 0 && WIFEXITED(how) && WEXITSTATUS(how) == 0);
    }
    print_message("%llu commits by %d writers, least %llu, conflicts %llu\n", (unsigned long long)sum,
                  WRITERS, (unsigned long long)least, (unsigned long long)conflicts);
    assert_true(least * WRITERS * 3 >= sum);              /* nobody starves */
    Journal *j = open_store(store, JOURNAL_READ);
    VerifyReport r;
    OK(journal_verify(j, NULL, &r, &why));
    assert_string_equal(buf_text(&r.text), "");
    assert_int_equal(r.events, 2 + (r.cases - 1) * 2 + (sum - (r.cases - 1)));
    buf_free(&r.text);
    journal_close(j);
}

/* One who dies in the middle of a transaction, or while waiting, leaves nothing and holds up nobody. */
static void a_killed_writer_leaves_nothing(void **state)
{
    (void)state;
    make_store();
    for (int round = 0; round < 10; round++) {
        pid_t child = fork();
        if (child == 0) writer(STDERR_FILENO, clock_in(60));
        Journal *j = open_store(store, JOURNAL_WRITE);
        struct timespec nap = {.tv_nsec = 3000000 + round * 1700000};
        nanosleep(&nap, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        for (int i = 0; i < 3; i++) case_free(new_order(j, "alive", 0));
        int how;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFSIGNALED(how));
        case_free(new_order(j, "alone", 0));
        assert_int_equal(problems_of(j), 0);
        journal_close(j);
    }
}

/* ---- no room ------------------------------------------------------------------------------------------ */

/* Commits until it cannot, makes room, goes on. Whole advances only, none of the kept ones lost. */
static void fill_up(void (*make_room)(void))
{
    Journal *j = NULL;
    uint64_t kept = 1, refused = 0;
    Out *out = out_new();
    char *bulk = mem_zero(1, 3001);
    memset(bulk, 'x', 3000);
    CHILD_WANTS(journal_open(store, JOURNAL_CREATE, &j, &why) == ST_OK);
    CHILD_WANTS(journal_keep_flow(j, the_flow(), &why) == ST_OK);
    for (int i = 0; i < 5000 && refused < 3; i++) {
        Case *c = case_new(the_flow());
        Advance a = {.of = c, .out = out};
        Datum d = {"customer", value_text(bulk)};
        out_clear(out);
        tell(c, out, (Event){.kind = EV_STARTED, .values = &d, .values_n = 1});
        tell_offered(c, out, DAY1);
        Status st = journal_commit(j, &a, 1, &why);
        CHILD_WANTS(st == ST_OK || st == ST_IO);
        refused += st != ST_OK;
        kept += st == ST_OK;
        CHILD_WANTS(c->id == (st == ST_OK ? kept : 0));
        CHILD_WANTS(st == ST_OK || (strstr(why.text, "no room") && strstr(why.text, store)));
        case_free(c);
    }
    CHILD_WANTS(refused == 3);
    make_room();
    for (int i = 0; i < 20; i++) {
        Case *c = case_new(the_flow());
        out_clear(out);
        tell_started(c, out, "after");
        CHILD_WANTS(commit_one(j, c, 0, out, &why) == ST_OK);
        CHILD_WANTS(c->id == ++kept);
        case_free(c);
    }
    VerifyReport r;
    CHILD_WANTS(journal_verify(j, NULL, &r, &why) == ST_OK);
    CHILD_WANTS(r.problems == 0 && r.cases == kept);
    journal_close(j);
    CHILD_WANTS(journal_open(store, JOURNAL_READ, &j, &why) == ST_OK);
    CHILD_WANTS(journal_verify(j, NULL, &r, &why) == ST_OK && r.problems == 0 && r.cases == kept);
    journal_close(j);
    out_free(out);
    free(bulk);
}

static void lift_limit(void)
{
    struct rlimit l;
    CHILD_WANTS(getrlimit(RLIMIT_FSIZE, &l) == 0);
    l.rlim_cur = l.rlim_max;
    CHILD_WANTS(setrlimit(RLIMIT_FSIZE, &l) == 0);
}

static void a_limit_on_file_sizes_stops_and_loses_nothing(void **state)
{
    (void)state;
    make_store();
    IN_CHILD({
        struct rlimit l;
        CHILD_WANTS(getrlimit(RLIMIT_FSIZE, &l) == 0);
        l.rlim_cur = 700000;
        signal(SIGXFSZ, SIG_IGN);
        CHILD_WANTS(setrlimit(RLIMIT_FSIZE, &l) == 0);
        fill_up(lift_limit);
    });
}

static void unlink_ballast(void)
{
    CHILD_WANTS(unlink(path_in(folder, "ballast")) == 0);
}

/* Needs to mount something of its own; where that is not allowed, the limit above must do. */
static void a_full_disk_stops_and_loses_nothing(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) _exit(77);
        if (mount("none", folder, "tmpfs", 0, "size=2m,mode=0700") != 0) _exit(77);
        make_store();
        char *ballast = mem_zero(1, 1000000);
        write_bytes(path_in(folder, "ballast"), ballast, 1000000);
        free(ballast);
        fill_up(unlink_ballast);
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    if (WEXITSTATUS(how) == 77) skip();
    assert_int_equal(WEXITSTATUS(how), 0);
}

static void a_store_cannot_be_made_without_room(void **state)
{
    (void)state;
    IN_CHILD({
        struct rlimit l;
        Journal *j = NULL;
        CHILD_WANTS(getrlimit(RLIMIT_FSIZE, &l) == 0);
        l.rlim_cur = 20000;
        signal(SIGXFSZ, SIG_IGN);
        CHILD_WANTS(setrlimit(RLIMIT_FSIZE, &l) == 0);
        CHILD_WANTS(journal_open(store, JOURNAL_CREATE, &j, &why) == ST_IO);
        CHILD_WANTS(strstr(why.text, "no room"));
        CHILD_WANTS(!there(store) && !there(path_in(folder, "store.db.new")));
        lift_limit();
        CHILD_WANTS(journal_open(store, JOURNAL_CREATE, &j, &why) == ST_OK);
        journal_close(j);
    });
}

/* The handle's other life: a log that grew is worked in and starts anew, so the store does not grow twice. */
static void the_log_does_not_grow_for_ever(void **state)
{
    (void)state;
    Journal *j = open_store(store, JOURNAL_CREATE);
    struct stat is;
    char wal[200];
    for (int i = 0; i < 1500; i++) case_free(new_order(j, "k", DAY1));
    snprintf(wal, sizeof wal, "%s-wal", store);
    assert_int_equal(stat(wal, &is), 0);
    assert_true(is.st_size < 16 << 20);
    assert_int_equal(problems_of(j), 0);
    journal_close(j);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, a_folder, no_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_new_store_is_private_and_lasts),
        IN_FOLDER(many_who_make_it_at_once_make_one),
        IN_FOLDER(a_missing_store_is_told_and_not_made),
        IN_FOLDER(an_empty_file_becomes_a_store_only_when_asked),
        IN_FOLDER(a_reader_may_not_write),
        IN_FOLDER(a_link_leads_to_the_same_store),
        IN_FOLDER(other_files_are_refused_untouched),
        IN_FOLDER(newer_and_ageless_stores_are_refused_untouched),
        IN_FOLDER(a_newer_version_in_the_log_is_refused_untouched),
        IN_FOLDER(damaged_stores_are_refused_untouched),
        IN_FOLDER(unwritable_stores_are_refused_untouched_but_read),
        IN_FOLDER(another_process_is_noticed),
        IN_FOLDER(writers_take_turns_and_lose_nothing),
        IN_FOLDER(a_killed_writer_leaves_nothing),
        IN_FOLDER(a_limit_on_file_sizes_stops_and_loses_nothing),
        IN_FOLDER(a_full_disk_stops_and_loses_nothing),
        IN_FOLDER(a_store_cannot_be_made_without_room),
        IN_FOLDER(the_log_does_not_grow_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
