/* text.c -- tests of text.h and sha256.h: buffers, UTF-8, widths, near words, files. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "base/sha256.h"
#include "base/text.h"

/* ---- buffers ----------------------------------------------------------------- */

static void a_buffer_grows_and_stays_terminated(void **state)
{
    (void)state;
    Buf b = {0};
    assert_string_equal(buf_text(&b), "");
    buf_add(&b, NULL, 0);
    assert_string_equal(buf_text(&b), "");
    for (size_t i = 0; i < 1000; i++) {
        buf_putc(&b, (char)('a' + i % 26));
        assert_int_equal(b.n, i + 1);
        assert_int_equal(b.p[b.n], 0);
    }
    buf_clear(&b);
    assert_string_equal(buf_text(&b), "");
    buf_puts(&b, "one");
    buf_add(&b, " twofold", 4);
    buf_pad(&b, '.', 3);
    buf_pad(&b, '.', 0);
    assert_string_equal(buf_text(&b), "one two...");
    buf_free(&b);
    assert_null(b.p);
}

/* Lengths around each growth of the buffer, where the first printing does not fit. */
static void printing_fits_at_every_length(void **state)
{
    (void)state;
    for (int before = 0; before < 140; before++) {
        for (int width = 1; width < 140; width += 3) {
            Buf b = {0};
            buf_pad(&b, '-', (size_t)before);
            buf_printf(&b, "%0*d", width, 7);
            assert_int_equal(b.n, before + width);
            assert_int_equal(strlen(b.p), b.n);
            assert_int_equal(b.p[b.n - 1], '7');
            buf_free(&b);
        }
    }
}

static void taking_and_copying(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Buf b = {0};
    assert_string_equal(buf_dup(&b, a), "");
    char *nothing = buf_take(&b);
    assert_string_equal(nothing, "");
    free(nothing);
    buf_puts(&b, "kept");
    char *copy = buf_dup(&b, a), *taken = buf_take(&b);
    assert_null(b.p);
    assert_int_equal(b.n, 0);
    assert_string_equal(taken, "kept");
    free(taken);
    assert_string_equal(copy, "kept");
    arena_free(a);
}

/* ---- UTF-8 and widths -------------------------------------------------------- */

static size_t bad(const char *text)
{
    return utf8_check(text, strlen(text));
}

static void valid_characters_pass(void **state)
{
    (void)state;
    static const char *const good[] = {
        "", "a", "plain words, more than eight", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
        "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
        "M\xc3\xbcller \xe2\x82\xac 5",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) assert_int_equal(bad(good[i]), strlen(good[i]));
}

static void broken_ones_are_found_where_they_are(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2z", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xe2\x82", "\xe2\x82z", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xf0\x90\x80", "\xff", "\xfe",
    };
    char text[64];
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        for (size_t lead = 0; lead < 20; lead++) {
            memset(text, 'x', lead);
            strcpy(text + lead, broken[i]);
            assert_int_equal(bad(text), lead);
        }
}

static void a_nul_is_found_at_every_place(void **state)
{
    (void)state;
    char text[33];
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, 'x', sizeof text);
        text[at] = '\0';
        assert_int_equal(utf8_check(text, sizeof text), at);
        text[at] = '\x80';
        assert_int_equal(utf8_check(text, sizeof text), at);
        text[at] = '\x01';
        assert_int_equal(utf8_check(text, sizeof text), sizeof text);
    }
}

static void widths_are_what_a_terminal_uses(void **state)
{
    (void)state;
    assert_int_equal(text_width("abc", 3), 3);
    assert_int_equal(text_width("", 0), 0);
    assert_int_equal(text_width("M\xc3\xbcller", 7), 6);
    assert_int_equal(text_width("\xe6\x97\xa5\xe6\x9c\xac", 6), 4);       /* two wide ones */
    assert_int_equal(text_width("e\xcc\x81", 3), 1);                        /* e and a combining accent */
    assert_int_equal(text_width("\xf0\x9f\x98\x80", 4), 2);                 /* a face */
    assert_int_equal(text_width("a\xff", 2), 2);
    assert_int_equal(text_width("a\x01" "b", 3), 2);
}

static void fitting_never_halves_a_character(void **state)
{
    (void)state;
    const char *wide = "\xe6\x97\xa5\xe6\x9c\xac";
    assert_int_equal(text_fit("abcdef", 6, 3), 3);
    assert_int_equal(text_fit("abc", 3, 9), 3);
    assert_int_equal(text_fit("abc", 3, 0), 0);
    assert_int_equal(text_fit(wide, 6, 3), 3);
    assert_int_equal(text_fit(wide, 6, 4), 6);
    assert_int_equal(text_fit(wide, 6, 1), 0);
    assert_int_equal(text_fit("e\xcc\x81x", 4, 1), 3);                      /* the accent stays with its e */
}

static void case_is_mapped_beyond_ascii(void **state)
{
    (void)state;
    Arena *a = arena_new();
    assert_string_equal(text_lower(a, "M\xc3\x9cLLER 5"), "m\xc3\xbcller 5");
    assert_string_equal(text_upper(a, "m\xc3\xbcller"), "M\xc3\x9cLLER");
    assert_string_equal(text_lower(a, ""), "");
    assert_string_equal(text_lower(a, "A\xff" "B"), "a\xff" "b");
    assert_int_equal(text_length("m\xc3\xbcller"), 6);
    assert_int_equal(text_length(""), 0);
    arena_free(a);
}

static void what_acts_on_a_terminal_is_shown(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"plain", "plain"},           {"tab\tand\nline", "tab\tand\nline"}, {"\x1b[31m", "\\x1b[31m"},
        {"a\rb", "a\\x0db"},          {"\x7f", "\\x7f"},                    {"\xc2\x9b" "2J", "\\xc2\\x9b2J"},
        {"\xff\xc3", "\\xff\\xc3"},   {"\xc3\xbc", "\xc3\xbc"},             {"", ""},
        {"\xc2\xa0", "\xc2\xa0"},     {"\xe2\x82", "\\xe2\\x82"},
        {"\xe2\x80\xae", "\\xe2\\x80\\xae"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        Buf b = {0};
        buf_visible(&b, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(buf_text(&b), pairs[i][1]);
        buf_free(&b);
    }
    Buf b = {0};
    buf_visible(&b, "a\0b", 3);
    assert_string_equal(buf_text(&b), "a\\x00b");
    buf_free(&b);
}

/* ---- near words -------------------------------------------------------------- */

static void distances_by_hand(void **state)
{
    (void)state;
    assert_int_equal(text_distance("", "", 3), 0);
    assert_int_equal(text_distance("", "abc", 3), 3);
    assert_int_equal(text_distance("abc", "", 2), 3);
    assert_int_equal(text_distance("Manager", "Manger", 3), 1);
    assert_int_equal(text_distance("ab", "ba", 3), 1);
    assert_int_equal(text_distance("ca", "abc", 3), 3);                     /* no edit between swapped ones */
    assert_int_equal(text_distance("kitten", "sitting", 3), 3);
    assert_int_equal(text_distance("kitten", "sitting", 2), 3);
    assert_int_equal(text_distance("kitten", "sitting", 0), 1);
    assert_int_equal(text_distance("m\xc3\xbcller", "muller", 3), 1);       /* characters, not bytes */
    assert_int_equal(text_distance("abc", "ABC", 3), 3);
}

/* The definition, without any of the short ways. */
static unsigned plain_distance(const char *a, const char *b)
{
    unsigned d[12][12];
    size_t n = strlen(a), m = strlen(b);
    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++) {
            unsigned best = (unsigned)(i + j);
            if (i && j) best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (i && d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (j && d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

static void distances_agree_with_the_definition(void **state)
{
    (void)state;
    uint32_t chance = 1;
    for (int round = 0; round < 60000; round++) {
        char words[2][12];
        for (int w = 0; w < 2; w++) {
            chance = chance * 1664525 + 1013904223;
            size_t n = (chance >> 24) % 10;
            for (size_t i = 0; i < n; i++) {
                chance = chance * 1664525 + 1013904223;
                words[w][i] = (char)('a' + (chance >> 24) % 3);
            }
            words[w][n] = '\0';
        }
        unsigned exact = plain_distance(words[0], words[1]);
        for (unsigned limit = 0; limit < 6; limit++)
            assert_int_equal(text_distance(words[0], words[1], limit), exact > limit ? limit + 1 : exact);
    }
}

static const char *near(const char *word)
{
    static const char *const names[] = {"Manager", "Sales", "Support", "ok", "Pr\xc3\xbcnung", "sales2"};
    return text_nearest(word, names, sizeof names / sizeof *names);
}

static void the_nearest_word_is_found(void **state)
{
    (void)state;
    assert_string_equal(near("Manger"), "Manager");
    assert_string_equal(near("manager"), "Manager");
    assert_string_equal(near("MANAGER"), "Manager");
    assert_string_equal(near("Slaes"), "Sales");
    assert_string_equal(near("sales"), "Sales");    /* half a slip is nearer than a whole one */
    assert_string_equal(near("Sales"), "Sales");
    assert_string_equal(near("prunung"), "Pr\xc3\xbcnung");
    assert_string_equal(near("okk"), "ok");
    assert_null(near("okkk"));                                              /* two slips in four letters */
    assert_null(near("Customer"));
    assert_null(near(""));
    assert_null(text_nearest("word", NULL, 0));
}

static void strange_words_have_no_near_ones(void **state)
{
    (void)state;
    static char stray[2000], large[3000];
    const char *candidates[] = {stray, large, "ok"};
    memset(stray, 0x80, sizeof stray - 1);                                  /* many bytes, no character */
    memset(large, 'x', sizeof large - 1);
    assert_null(text_nearest(large, candidates, 3));
    assert_null(text_nearest(stray, candidates, 3));
    assert_string_equal(text_nearest("ok", candidates, 3), "ok");
    assert_int_equal(text_distance(large, large + 2, 5), 2);
}

/* ---- files ------------------------------------------------------------------- */

static char folder[] = "/tmp/ops-text-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static const char *in_folder(Arena *a, const char *name)
{
    return arena_printf(a, "%s/%s", folder, name);
}

static unsigned files_in_folder(void)
{
    DIR *d = opendir(folder);
    unsigned n = 0;
    for (struct dirent *e; (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 4095, 4096, 65535, 65536, 65537, 300000};
    Arena *a = arena_new();
    Error err;
    const char *path = in_folder(a, "file");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *bytes = arena_alloc(a, sizes[i] + 1), *read = NULL;
        size_t n = 1;
        memset(bytes, 'a' + (int)i, sizes[i]);
        assert_int_equal(text_write_file(path, bytes, sizes[i], &err), ST_OK);
        assert_int_equal(text_read_file(a, path, 0, &read, &n, &err), ST_OK);
        assert_int_equal(n, sizes[i]);
        assert_memory_equal(read, bytes, n + 1);
    }
    assert_int_equal(files_in_folder(), 1);
    unlink(path);
    arena_free(a);
}

static void a_limit_is_kept_to_the_byte(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Error err;
    char *bytes;
    size_t n;
    const char *path = in_folder(a, "limited");
    assert_int_equal(text_write_file(path, "0123456789", 10, &err), ST_OK);
    assert_int_equal(text_read_file(a, path, 10, &bytes, &n, &err), ST_OK);
    assert_int_equal(n, 10);
    assert_int_equal(text_read_file(a, path, 9, &bytes, &n, &err), ST_VALUE);
    assert_non_null(strstr(err.text, "limited is too large: at most 9 bytes"));
    unlink(path);
    arena_free(a);
}

/* A pipe tells no size beforehand. */
static void a_pipe_is_read_to_its_end(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Error err;
    for (size_t limit = 0; limit <= 200000; limit += 100000) {
        int ends[2];
        char *bytes;
        size_t n;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            char block[1000];
            memset(block, 'p', sizeof block);
            close(ends[0]);
            for (int i = 0; i < 150; i++)
                if (write(ends[1], block, sizeof block) < 0) break;
            _exit(0);
        }
        close(ends[1]);
        Status st = text_read_file(a, arena_printf(a, "/dev/fd/%d", ends[0]), limit, &bytes, &n, &err);
        close(ends[0]);
        assert_int_equal(st, limit == 100000 ? ST_VALUE : ST_OK);
        if (st != ST_OK) continue;
        assert_int_equal(n, 150000);
        assert_int_equal(bytes[n], 0);
        assert_int_equal(strspn(bytes, "p"), n);
    }
    arena_free(a);
}

static void what_cannot_be_read_is_said(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Error err;
    char *bytes;
    size_t n;
    assert_int_equal(text_read_file(a, in_folder(a, "none"), 0, &bytes, &n, &err), ST_NOINPUT);
    assert_non_null(strstr(err.text, "/none: No such file"));
    assert_int_equal(text_read_file(a, folder, 0, &bytes, &n, &err), ST_NOINPUT);
    assert_non_null(strstr(err.text, "it is a folder"));
    assert_int_equal(text_read_file(a, folder, 0, &bytes, &n, NULL), ST_NOINPUT);
    arena_free(a);
}

static void what_cannot_be_written_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Error err;
    assert_int_equal(text_write_file(in_folder(a, "none/x"), "x", 1, &err), ST_CANTCREATE);
    assert_non_null(strstr(err.text, "/none/x: No such file"));
    assert_int_equal(text_write_file(folder, "x", 1, &err), ST_CANTCREATE);
    assert_non_null(strstr(err.text, "it is a folder"));
    assert_int_equal(text_write_file("", "x", 1, &err), ST_CANTCREATE);
    assert_int_equal(files_in_folder(), 0);
    arena_free(a);
}

static void the_mode_and_the_link_stay(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Error err;
    struct stat is;
    char *bytes;
    size_t n;
    const char *path = in_folder(a, "script"), *link = in_folder(a, "link");
    mode_t mask = umask(027);
    assert_int_equal(text_write_file(path, "1", 1, &err), ST_OK);
    umask(mask);
    assert_int_equal(stat(path, &is), 0);
    assert_int_equal(is.st_mode & 0777, 0640);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(symlink("script", link), 0);
    assert_int_equal(text_write_file(link, "22", 2, &err), ST_OK);
    assert_int_equal(lstat(link, &is), 0);
    assert_true(S_ISLNK(is.st_mode));
    assert_int_equal(stat(path, &is), 0);
    assert_int_equal(is.st_mode & 0777, 0755);
    assert_int_equal(text_read_file(a, path, 0, &bytes, &n, &err), ST_OK);
    assert_string_equal(bytes, "22");
    unlink(link);
    unlink(path);
    arena_free(a);
}

static void a_device_is_written_through(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Error err;
    struct stat is;
    const char *path = in_folder(a, "fifo");
    char got[8] = "";
    assert_int_equal(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDWR | O_NONBLOCK);
    assert_true(fd >= 0);
    assert_int_equal(text_write_file(path, "told", 4, &err), ST_OK);
    assert_int_equal(read(fd, got, sizeof got - 1), 4);
    assert_string_equal(got, "told");
    assert_int_equal(stat(path, &is), 0);
    assert_true(S_ISFIFO(is.st_mode));
    close(fd);
    unlink(path);
    arena_free(a);
}

static void the_longest_name_can_be_written(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Error err;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    const char *path = in_folder(a, name);
    assert_int_equal(text_write_file(path, "x", 1, &err), ST_OK);
    unlink(path);
    arena_free(a);
}

/* ---- SHA-256 ----------------------------------------------------------------- */

static void hashes_are_the_published_ones(void **state)
{
    (void)state;
    uint8_t hash[SHA256_BYTES];
    char hex[65];
    sha256("abc", 3, hash);
    sha256_hex(hash, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(NULL, 0, hash);
    sha256_hex(hash, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_two("a", 1, "bc", 2, hash);
    sha256_hex(hash, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_two(NULL, 0, "abc", 3, hash);
    sha256_hex(hash, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void both_hashes_are_the_same(void **state)
{
    (void)state;
    uint8_t bytes[300], one[SHA256_BYTES], two[SHA256_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 37 + i / 7);
    for (size_t n = 0; n <= sizeof bytes; n++)
        for (size_t head = 0; head <= n; head += n < 130 ? 1 : 13) {
            sha256_two(bytes, head, bytes + head, n - head, one);
            sha256_portable(bytes, head, bytes + head, n - head, two);
            assert_memory_equal(one, two, sizeof one);
        }
    sha256_two(bytes, SHA256_BYTES, bytes, 200, bytes);            /* into what it reads */
    for (size_t i = 0; i < SHA256_BYTES; i++) two[i] = (uint8_t)(i * 37 + i / 7);
    memcpy(one, bytes, sizeof one);
    memcpy(bytes, two, sizeof two);
    sha256_portable(bytes, SHA256_BYTES, bytes, 200, two);
    assert_memory_equal(one, two, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_hashes_are_the_same),
        cmocka_unit_test(a_buffer_grows_and_stays_terminated),
        cmocka_unit_test(printing_fits_at_every_length),
        cmocka_unit_test(taking_and_copying),
        cmocka_unit_test(valid_characters_pass),
        cmocka_unit_test(broken_ones_are_found_where_they_are),
        cmocka_unit_test(a_nul_is_found_at_every_place),
        cmocka_unit_test(widths_are_what_a_terminal_uses),
        cmocka_unit_test(fitting_never_halves_a_character),
        cmocka_unit_test(case_is_mapped_beyond_ascii),
        cmocka_unit_test(what_acts_on_a_terminal_is_shown),
        cmocka_unit_test(distances_by_hand),
        cmocka_unit_test(distances_agree_with_the_definition),
        cmocka_unit_test(the_nearest_word_is_found),
        cmocka_unit_test(strange_words_have_no_near_ones),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_limit_is_kept_to_the_byte),
        cmocka_unit_test(a_pipe_is_read_to_its_end),
        cmocka_unit_test(what_cannot_be_read_is_said),
        cmocka_unit_test(what_cannot_be_written_is_said_and_leaves_nothing),
        cmocka_unit_test(the_mode_and_the_link_stay),
        cmocka_unit_test(a_device_is_written_through),
        cmocka_unit_test(the_longest_name_can_be_written),
        cmocka_unit_test(hashes_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
