/* csv.c -- tests of csv.h: rows as they should be, and every kind of damage with what it may cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "base/csv.h"

typedef struct File {
    Arena *arena;
    char *bytes;                       /* just these: a sanitizer sees reads behind them */
    Csv *csv;
    Error err;
} File;

static File opened_n(const char *bytes, size_t n)
{
    File f = {.arena = arena_new(), .bytes = mem_alloc(n)};
    memcpy(f.bytes, bytes, n);
    Status st = csv_open(f.arena, f.bytes, n, &f.csv, &f.err);
    assert_true((st == ST_OK) == (f.csv != NULL));
    return f;
}

static void closed(File *f)
{
    arena_free(f->arena);
    free(f->bytes);
}

static File opened(const char *text)
{
    File f = opened_n(text, strlen(text));
    assert_non_null(f.csv);
    return f;
}

/* All cells, as a|b|c. */
static const char *joined(const CsvRow *row)
{
    static char text[400];
    text[0] = '\0';
    for (uint32_t i = 0; i < row->n; i++) {
        if (i) strcat(text, "|");
        strcat(text, row->cells[i]);
    }
    return text;
}

static void good(File *f, uint32_t line, const char *cells)
{
    const CsvRow *row = csv_next(f->csv);
    assert_non_null(row);
    if (row->problem) print_error("line %u: %s\n", row->line, row->problem);
    assert_null(row->problem);
    assert_int_equal(row->line, line);
    assert_string_equal(joined(row), cells);
}

/* A damaged row: what it holds as far as it goes, and a word of its problem. */
static void bad(File *f, uint32_t line, const char *cells, const char *word)
{
    const CsvRow *row = csv_next(f->csv);
    assert_non_null(row);
    assert_non_null(row->problem);
    assert_int_equal(row->line, line);
    if (cells) assert_string_equal(joined(row), cells);
    if (!strstr(row->problem, word)) print_error("\"%s\" does not say \"%s\"\n", row->problem, word);
    assert_non_null(strstr(row->problem, word));
}

static void end(File *f)
{
    assert_null(csv_next(f->csv));
    assert_null(csv_next(f->csv));
    closed(f);
}

static void refused(const char *bytes, size_t n, const char *word)
{
    File f = opened_n(bytes, n);
    assert_null(f.csv);
    assert_int_equal(f.err.status, ST_VALUE);
    if (!strstr(f.err.text, word)) print_error("\"%s\" does not say \"%s\"\n", f.err.text, word);
    assert_non_null(strstr(f.err.text, word));
    closed(&f);
}

#define REFUSED(bytes, word) refused(bytes, sizeof(bytes) - 1, word)

/* ---- what is well made ------------------------------------------------------- */

static void plain_rows(void **state)
{
    (void)state;
    File f = opened("name,mail\nAnn,ann@x\nBob,\n,\n");
    assert_string_equal(joined(csv_header(f.csv)), "name|mail");
    assert_int_equal(csv_header(f.csv)->line, 1);
    assert_int_equal(csv_separator(f.csv), ',');
    good(&f, 2, "Ann|ann@x");
    good(&f, 3, "Bob|");
    good(&f, 4, "|");
    end(&f);
}

static void the_last_line_needs_no_end(void **state)
{
    (void)state;
    File f = opened("a,b\n1,2");
    good(&f, 2, "1|2");
    end(&f);
    f = opened("a,b\r\n1,2\r");
    good(&f, 2, "1|2");
    end(&f);
    f = opened("a,b");
    end(&f);
}

static void crlf_bom_and_blank_lines(void **state)
{
    (void)state;
    File f = opened("\xef\xbb\xbf\r\n  \na,b\r\n\r\n1,2\r\n \t \n3,4\n\n");
    assert_string_equal(joined(csv_header(f.csv)), "a|b");
    assert_int_equal(csv_header(f.csv)->line, 3);
    good(&f, 5, "1|2");
    good(&f, 7, "3|4");
    end(&f);
}

static void separators_are_found(void **state)
{
    (void)state;
    File f = opened("name;amount\n\"Ann; or Bob\";1,50\n");
    assert_int_equal(csv_separator(f.csv), ';');
    good(&f, 2, "Ann; or Bob|1,50");
    end(&f);
    f = opened("a\tb, c\td\n1\t2\t\n");
    assert_int_equal(csv_separator(f.csv), '\t');
    good(&f, 2, "1|2|");
    end(&f);
    f = opened("\"a;b;c\",d\n1,2\n");              /* those inside quotes do not count */
    assert_int_equal(csv_separator(f.csv), ',');
    good(&f, 2, "1|2");
    end(&f);
    f = opened("only\none;two\n");
    assert_int_equal(csv_separator(f.csv), ',');
    good(&f, 2, "one;two");
    end(&f);
}

static void quotes(void **state)
{
    (void)state;
    File f = opened(
        "a,b,c\n\"1\",\"x, y\",\"say \"\"hi\"\"\"\n\"\",\"\"\"\",\"\"\"\"\"\"\nit\"s,\"2\" ,\"3\"\r\n");
    good(&f, 2, "1|x, y|say \"hi\"");
    good(&f, 3, "|\"|\"\"");
    good(&f, 4, "it\"s|2|3");                      /* a quote inside is a sign; a blank behind one is none */
    end(&f);
}

static void line_ends_inside_quotes(void **state)
{
    (void)state;
    File f = opened("a,b\n\"one\ntwo\r\n\nthree\",x\ny,\"\n\"\n1,2\n");
    const CsvRow *row = csv_next(f.csv);
    assert_null(row->problem);
    assert_string_equal(joined(row), "one\ntwo\r\n\nthree|x");
    assert_int_equal(row->line, 2);
    assert_int_equal(row->raw_n, strlen("\"one\ntwo\r\n\nthree\",x"));
    good(&f, 6, "y|\n");
    good(&f, 8, "1|2");
    end(&f);
    f = opened("\"a\nb\",c\n1,2\n");                 /* in the header too */
    assert_string_equal(joined(csv_header(f.csv)), "a\nb|c");
    good(&f, 3, "1|2");
    end(&f);
}

static void raw_is_what_was_written(void **state)
{
    (void)state;
    File f = opened("a,b\r\n\"x\" , y \r\n");
    const CsvRow *row = csv_next(f.csv);
    assert_int_equal(row->raw_n, 8);
    assert_memory_equal(row->raw, "\"x\" , y ", 8);
    assert_string_equal(joined(row), "x| y ");
    end(&f);
}

static void many_cells(void **state)
{
    (void)state;
    Buf b = {0};
    for (int line = 0; line < 3; line++)
        for (int i = 0; i < 5000; i++)
            buf_printf(&b, "%sc%d%c", line ? "\"" : "", i, line ? '"' : ' '),
                buf_putc(&b, i < 4999 ? ',' : '\n');
    File f = opened(buf_text(&b));
    assert_int_equal(csv_header(f.csv)->n, 5000);
    for (int line = 0; line < 2; line++) {
        const CsvRow *row = csv_next(f.csv);
        assert_null(row->problem);
        assert_int_equal(row->n, 5000);
        assert_string_equal(row->cells[4999], "c4999");
    }
    assert_int_equal(csv_column(f.csv, "c4998"), 4998);
    end(&f);
    buf_free(&b);
}

/* ---- what is damaged --------------------------------------------------------- */

static void too_many_and_too_few_cells(void **state)
{
    (void)state;
    File f = opened("a,b\n1\n1,2,3\n1,2\n");
    bad(&f, 2, "1", "found 1 cell, wanted 2");
    bad(&f, 3, "1|2|3", "found 3 cells, wanted 2");
    good(&f, 4, "1|2");
    end(&f);
}

static void an_unclosed_quote_costs_its_line(void **state)
{
    (void)state;
    File f = opened("a,b\n1,\"two\n3,4\n5,6\n");
    bad(&f, 2, "1|two", "never closed");
    good(&f, 3, "3|4");
    good(&f, 4, "5|6");
    end(&f);
}

static void even_if_a_later_quote_seems_to_close_it(void **state)
{
    (void)state;
    File f = opened("a,b\n1,\"two\n\"3\",\"4\"\n5,\"6\"\n7,8\n");
    bad(&f, 2, "1|two", "never closed");
    good(&f, 3, "3|4");
    good(&f, 4, "5|6");
    good(&f, 5, "7|8");
    end(&f);
    f = opened("a,b\n\"1,2\nx,\"y\"\nz,\"\"\n");      /* ... and leaves too few cells */
    bad(&f, 2, "1,2", "never closed");
    good(&f, 3, "x|y");
    good(&f, 4, "z|");
    end(&f);
    f = opened("a,b\n1,\"2\nx\",\"y\",\"z\"\n3,4\n");  /* ... or too many */
    bad(&f, 2, "1|2", "several lines");
    bad(&f, 3, NULL, "found 3 cells");
    good(&f, 4, "3|4");
    end(&f);
}

static void an_unclosed_quote_at_the_end(void **state)
{
    (void)state;
    File f = opened("a,b\r\n1,\"two\r\n");
    bad(&f, 2, "1|two", "never closed");
    end(&f);
    f = opened("a,b\n1,\"");
    bad(&f, 2, "1|", "never closed");
    end(&f);
    f = opened("a,b\n1,\"two\"\"\n3,4");
    bad(&f, 2, NULL, "never closed");
    good(&f, 3, "3|4");
    end(&f);
}

/* Every line opens a cell that the next one closes and opens again, to the end. */
static void a_file_of_nothing_else_is_read_in_time(void **state)
{
    (void)state;
    Buf b = {0};
    buf_puts(&b, "a,b\n");
    for (int i = 0; i < 30000; i++) buf_puts(&b, "x\",\"y\n");
    File f = opened(buf_text(&b));
    uint32_t rows = 0, damaged = 0;
    for (const CsvRow *row; (row = csv_next(f.csv));) rows++, damaged += row->problem != NULL;
    assert_int_equal(rows, 30000);
    assert_int_equal(damaged, 30000);
    closed(&f);
    buf_clear(&b);
    buf_puts(&b, "a,b\n1,\"");
    for (int i = 0; i < 10001; i++) buf_puts(&b, "x\n");
    buf_puts(&b, "\"\n3,4\n");
    f = opened(buf_text(&b));
    bad(&f, 2, NULL, "never closed");                 /* longer than any row may be */
    closed(&f);
    buf_free(&b);
}

static void text_behind_a_closing_quote(void **state)
{
    (void)state;
    File f = opened("a,b\n\"1\"x,2\n\"say \"hi\" now\",3\n4,5\n");
    bad(&f, 2, "1x|2", "closing quote");
    bad(&f, 3, NULL, "closing quote");
    good(&f, 4, "4|5");
    end(&f);
}

static void foreign_bytes(void **state)
{
    static const char bytes[] = "a,b\nx\0y,2\nM\xfcller,3\n\"\xff\",\"\n\"\n\xc3\xa4,4\n\xed\xa0\x80,5\n";
    (void)state;
    File f = opened_n(bytes, sizeof bytes - 1);
    assert_non_null(f.csv);
    bad(&f, 2, NULL, "NUL");
    bad(&f, 3, NULL, "UTF-8");
    bad(&f, 4, NULL, "UTF-8");
    good(&f, 6, "\xc3\xa4|4");
    bad(&f, 7, NULL, "UTF-8");
    end(&f);
}

static void files_that_cannot_be_read(void **state)
{
    (void)state;
    REFUSED("", "empty");
    REFUSED("\xef\xbb\xbf", "empty");
    REFUSED("\n\r\n  \n", "empty");
    REFUSED("a,b,a\n1,2,3\n", "\"a\" twice");
    REFUSED(",,\n1,2,3\n", "names no column");
    REFUSED("a,\"b\n1,2\n", "never closed");
    REFUSED("a,\"b\"c\n1,2\n", "closing quote");
    REFUSED("a,M\xfcller\n1,2\n", "UTF-8");
    REFUSED("\xff\xfe" "a\0,\0b\0\n\0", "UTF-8");      /* as another editor saves it */
    REFUSED("a,b\0c\n1,2\n", "NUL");
}

/* ---- columns ----------------------------------------------------------------- */

static void columns_by_name(void **state)
{
    (void)state;
    File f = opened(" Name ,MAIL,,mail,\xc3\x9c" "ber,city,City\n1,2,3,4,5,6,7\n");
    assert_string_equal(csv_header(f.csv)->cells[2], "");
    assert_int_equal(csv_column(f.csv, "name"), 0);
    assert_int_equal(csv_column(f.csv, " Name "), 0);
    assert_int_equal(csv_column(f.csv, "MAIL"), 1);
    assert_int_equal(csv_column(f.csv, "mail"), 3);
    assert_int_equal(csv_column(f.csv, "Mail"), -1);    /* it could be either */
    assert_int_equal(csv_column(f.csv, "\xc3\xbc" "ber"), 4);
    assert_int_equal(csv_column(f.csv, "City"), 6);
    assert_int_equal(csv_column(f.csv, ""), -1);
    assert_int_equal(csv_column(f.csv, "  "), -1);
    assert_int_equal(csv_column(f.csv, "nam"), -1);
    closed(&f);
    f = opened("a,,b,\n1,2,3,4\n");                   /* unnamed columns may be many */
    good(&f, 2, "1|2|3|4");
    end(&f);
}

/* ---- writing ----------------------------------------------------------------- */

static void cells_are_written(void **state)
{
    (void)state;
    Buf b = {0};
    csv_cell(&b, "plain", true);
    csv_cell(&b, "", false);
    csv_cell(&b, "a,b", false);
    csv_cell(&b, "say \"hi\"", false);
    csv_cell(&b, "two\nlines", false);
    csv_cell(&b, " x", false);
    csv_cell(&b, "=SUM(A1)", false);
    csv_cell(&b, "-5", false);
    assert_string_equal(buf_text(&b), "plain,,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\" x\",=SUM(A1),-5");
    buf_free(&b);
}

static void what_is_written_reads_back(void **state)
{
    static const char *const cells[] = {"x",    "",      "\"",   "\"\"",     ",",           ";",
                                        "\t",   "\n",    "\r\n", "\r",       " ",           "  a  ",
                                        "a\"b", "\"a\"", "=1+1", "\xc3\xa4", "a,\"b\"\n,c", "'"};
    enum { N = sizeof cells / sizeof *cells };
    (void)state;
    Buf b = {0};
    for (size_t i = 0; i < N; i++) buf_printf(&b, "%sc%zu", i ? "," : "", i);
    buf_putc(&b, '\n');
    for (size_t turn = 0; turn < N; turn++) {
        for (size_t i = 0; i < N; i++) csv_cell(&b, cells[(i + turn) % N], i == 0);
        buf_puts(&b, turn % 2 ? "\r\n" : "\n");
    }
    File f = opened(buf_text(&b));
    for (size_t turn = 0; turn < N; turn++) {
        const CsvRow *row = csv_next(f.csv);
        assert_non_null(row);
        assert_null(row->problem);
        for (size_t i = 0; i < N; i++) assert_string_equal(row->cells[i], cells[(i + turn) % N]);
    }
    end(&f);
    buf_free(&b);
}

/* Whatever stands there: every line is met, none twice, and reading ends. */
static void any_bytes_can_be_read(void **state)
{
    static const char signs[] = "ab\"\"\"\"\n\n\r,,,;\t \0\xff\xc3\xa4";
    uint64_t x = 88172645463325252u;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char bytes[64] = "a,b\n";
        size_t n = 4 + round % 60;
        for (size_t i = 4; i < n; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            bytes[i] = signs[x % (sizeof signs - 1)];
        }
        File f = opened_n(bytes, n);
        uint32_t line = 1;
        if (f.csv)
            for (const CsvRow *row; (row = csv_next(f.csv));) {
                assert_true(row->line > line);
                assert_true(row->problem || row->n == csv_header(f.csv)->n);
                line = row->line;
            }
        closed(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_rows), cmocka_unit_test(the_last_line_needs_no_end),
        cmocka_unit_test(crlf_bom_and_blank_lines), cmocka_unit_test(separators_are_found),
        cmocka_unit_test(quotes), cmocka_unit_test(line_ends_inside_quotes),
        cmocka_unit_test(raw_is_what_was_written), cmocka_unit_test(many_cells),
        cmocka_unit_test(too_many_and_too_few_cells), cmocka_unit_test(an_unclosed_quote_costs_its_line),
        cmocka_unit_test(even_if_a_later_quote_seems_to_close_it),
        cmocka_unit_test(an_unclosed_quote_at_the_end),
        cmocka_unit_test(a_file_of_nothing_else_is_read_in_time),
        cmocka_unit_test(text_behind_a_closing_quote), cmocka_unit_test(foreign_bytes),
        cmocka_unit_test(files_that_cannot_be_read), cmocka_unit_test(columns_by_name),
        cmocka_unit_test(cells_are_written), cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(any_bytes_can_be_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
