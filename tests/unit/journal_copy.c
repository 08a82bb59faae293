/* journal_copy.c -- tests of copies: an export says every byte, an import believes none, and a backup waits for
 * nobody. */
#include "journal_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *folder;

typedef struct Text { Buf all; size_t starts[200]; uint32_t n; } Text;

static Status keep_line(void *self, const char *line, size_t n, Error *err)
{
    (void)err;
    Text *t = self;
    assert_true(t->n < 199);
    assert_null(memchr(line, '\n', n));
    t->starts[t->n++] = t->all.n;
    buf_add(&t->all, line, n);
    buf_putc(&t->all, '\n');
    t->starts[t->n] = t->all.n;
    return ST_OK;
}

typedef struct Reader { const char *p; size_t n; } Reader;

static Status give_line(void *self, const char **line, size_t *n, Error *err)
{
    (void)err;
    Reader *r = self;
    if (r->n == 0) return ST_END;
    const char *end = memchr(r->p, '\n', r->n);
    *line = r->p;
    *n = end ? (size_t)(end - r->p) : r->n;
    size_t past = *n + (end != NULL);
    r->p += past, r->n -= past;
    return ST_OK;
}

static void a_small_export(Text *t)
{
    Journal *j = open_store(path_in(folder, "old.db"), JOURNAL_CREATE);
    Case *a = new_order(j, "K-1", DAY1 + US_DAY), *b = new_order(j, "K-3", DAY1 + US_HOUR);
    go_to_wait(j, a, DAY1 + US_DAY);
    go_to_end(j, b, CASE_FINISHED, "shipped");
    case_free(a), case_free(b);
    *t = (Text){0};
    OK(journal_export(j, keep_line, t, &why));
    journal_close(j);
}

static Status import_text(const char *path, const Buf *text)
{
    Reader r = {.p = text->p, .n = text->n};
    VerifyReport report;
    Status st = journal_import(path, give_line, &r, &report, &why);
    if (st == ST_OK) buf_free(&report.text);
    return st;
}

static bool names_line(uint32_t line)
{
    char words[40];
    snprintf(words, sizeof words, "line %u: ", line);
    return strstr(why.text, words) != NULL;
}

/* Is this refused, with the line's number, and nothing made? */
static void is_refused(const Buf *text, uint32_t line)
{
    const char *path = path_in(folder, "refused/new.db");
    assert_int_equal(import_text(path, text), ST_VALUE);
    if (!names_line(line)) print_error("line %u was wrong, told was: %s\n", line, why.text);
    assert_true(names_line(line));
    assert_int_equal(access(path_in(folder, "refused"), F_OK), -1);
}

static void any_changed_byte_is_refused_with_its_line(void **state)
{
    (void)state;
    Text t;
    a_small_export(&t);
    uint32_t line = 0;
    for (size_t at = 0; at < t.all.n; at += 41) {
        while (at >= t.starts[line + 1]) line++;
        if (at == t.starts[line + 1] - 1) continue;        /* a line's end: below */
        t.all.p[at] ^= 1;
        is_refused(&t.all, line + 1);
        t.all.p[at] ^= 1;
    }
    OK(import_text(path_in(folder, "new.db"), &t.all));
    buf_free(&t.all);
}

static void add_line(Buf *b, const Text *t, uint32_t i)
{
    buf_add(b, t->all.p + t->starts[i], t->starts[i + 1] - t->starts[i]);
}

/* Line i is left out, told twice, or told after the next one; the text ends before it. */
static void lines_left_out_doubled_or_moved_are_refused(void **state)
{
    (void)state;
    Text t;
    a_small_export(&t);
    for (uint32_t i = 0; i < t.n; i++)
        for (int how = 0; how < 4; how++) {
            Buf b = {0};
            for (uint32_t k = 0; k < t.n; k++) {
                bool swapped = how == 2 && i + 1 < t.n && (k == i || k == i + 1);
                if (how == 3 && k >= i) break;
                if (how == 0 && k == i) continue;
                add_line(&b, &t, swapped ? 2 * i + 1 - k : k);
                if (how == 1 && k == i) add_line(&b, &t, k);
            }
            bool same = how == 2 && i + 1 == t.n;
            if (!same) is_refused(&b, how == 1 ? i + 2 : i + 1);
            buf_free(&b);
        }
    buf_free(&t.all);
}

/* Whoever writes all checks anew still has to tell a history that holds. */
static void a_forged_export_is_no_sound_history(void **state)
{
    (void)state;
    Text t;
    a_small_export(&t);
    Journal *j = open_store(path_in(folder, "new.db"), JOURNAL_CREATE);
    journal_close(j);
    char *key = memmem(t.all.p, t.all.n, "shipped", 7);
    assert_non_null(key);
    Buf forged = {0};
    uint8_t check[SHA256_BYTES] = {0};
    memcpy(key, "shopped", 7);
    for (uint32_t i = 0; i < t.n; i++) {
        const char *rest = t.all.p + t.starts[i] + 28;
        size_t n = t.starts[i + 1] - 1 - t.starts[i] - 28;
        char hex[65];
        sha256_two(check, SHA256_BYTES, rest, n, check);
        sha256_hex(check, hex);
        buf_printf(&forged, "{\"check\":\"%.16s\",%.*s\n", hex, (int)n, rest);
    }
    assert_int_equal(import_text(path_in(folder, "forged.db"), &forged), ST_VALUE);
    assert_non_null(strstr(why.text, "hash is not that"));
    assert_int_equal(access(path_in(folder, "forged.db"), F_OK), -1);
    assert_int_equal(import_text(path_in(folder, "new.db"), &t.all), ST_CANTCREATE);
    buf_free(&forged);
    buf_free(&t.all);
}

static void a_backup_is_whole_while_another_process_writes(void **state)
{
    (void)state;
    const char *store = path_in(folder, "busy.db");
    struct stat is;
    Journal *j = open_store(store, JOURNAL_CREATE);
    case_free(new_order(j, NULL, 0));
    journal_close(j);
    pid_t writer = fork();
    if (writer == 0) {
        Journal *w = open_store(store, JOURNAL_WRITE);
        for (;;) case_free(new_order(w, NULL, 0));
    }
    uint64_t before = 0;
    j = open_store(store, JOURNAL_READ);
    for (int i = 0; i < 10; i++) {
        VerifyReport r;
        char name[20];
        snprintf(name, sizeof name, "copy-%d.db", i);
        const char *copy = path_in(folder, name);
        OK(journal_backup(j, copy, &r, &why));
        assert_int_equal(r.problems, 0);
        assert_true(r.cases >= before && r.cases > 0);
        before = r.cases;
        assert_int_equal(stat(copy, &is), 0);
        assert_int_equal(is.st_mode & 07777, 0600);
        assert_int_equal(journal_backup(j, copy, &r, &why), ST_CANTCREATE);
    }
    assert_int_equal(kill(writer, SIGKILL), 0);
    waitpid(writer, NULL, 0);
    journal_close(j);
    j = open_store(path_in(folder, "copy-9.db"), JOURNAL_WRITE);           /* a store like any other */
    case_free(new_order(j, NULL, 0));
    assert_int_equal(problems_of(j), 0);
    journal_close(j);
}

static void a_store_that_was_changed_is_neither_copied_nor_exported(void **state)
{
    (void)state;
    Text t;
    VerifyReport r;
    a_small_export(&t);
    intrude(path_in(folder, "old.db"), "UPDATE events SET at = at + 1 WHERE case_id = 1 AND seq = 2");
    Journal *j = open_store(path_in(folder, "old.db"), JOURNAL_READ);
    OK(journal_backup(j, path_in(folder, "copy.db"), &r, &why));
    assert_int_equal(r.problems, 1);
    assert_non_null(strstr(buf_text(&r.text), "case 1, event 2"));
    assert_int_equal(access(path_in(folder, "copy.db"), F_OK), -1);
    buf_free(&r.text);
    buf_free(&t.all);
    t = (Text){0};
    assert_int_equal(journal_export(j, keep_line, &t, &why), ST_IO);
    assert_int_equal(t.n, 0);
    journal_close(j);
}

static int a_folder(void **state)
{
    (void)state;
    folder = temp_folder();
    return 0;
}

static int no_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, a_folder, no_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(any_changed_byte_is_refused_with_its_line),
        IN_FOLDER(lines_left_out_doubled_or_moved_are_refused),
        IN_FOLDER(a_forged_export_is_no_sound_history),
        IN_FOLDER(a_backup_is_whole_while_another_process_writes),
        IN_FOLDER(a_store_that_was_changed_is_neither_copied_nor_exported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
