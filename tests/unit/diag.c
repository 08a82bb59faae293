/* diag.c -- tests of diag.h: places, codes, collecting, and what a person or a program is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#undef fail                            /* ours is a function: base/status.h */

#include "base/diag.h"
#include "base/json.h"

/* A source in the way of the tested one, so that no offset is right by chance. */
#define FIRST "role Sales\n"

typedef struct World {
    Arena *arena;
    Sources *sources;
    Diags *diags;
    uint32_t at;                       /* of the text under test */
} World;

static World world_n(const char *text, size_t n)
{
    World w = {.arena = arena_new()};
    w.sources = sources_new(w.arena);
    w.diags = diags_new(w.arena, w.sources);
    sources_add(w.sources, "first.ops", FIRST, strlen(FIRST));
    w.at = sources_add(w.sources, "leave.ops", text, n);
    return w;
}

static World world(const char *text)
{
    return world_n(text, strlen(text));
}

static Span span(const World *w, uint32_t from, uint32_t to)
{
    return (Span){w->at + from, w->at + to};
}

/* The words as they first stand in the text. */
static Span span_of(const World *w, const char *text, const char *words)
{
    uint32_t from = (uint32_t)(strstr(text, words) - text);
    return span(w, from, from + (uint32_t)strlen(words));
}

static void end(World *w)
{
    arena_free(w->arena);
}

/* ---- places ------------------------------------------------------------------ */

static void hold_place(const World *w, Span at, uint32_t line, uint32_t column, uint32_t end_line,
                       uint32_t end_column)
{
    Place p = sources_place(w->sources, at);
    assert_string_equal(p.file, "leave.ops");
    assert_int_equal(p.line, line);
    assert_int_equal(p.column, column);
    assert_int_equal(p.end_line, end_line);
    assert_int_equal(p.end_column, end_column);
}

static void places_count_lines_and_characters(void **state)
{
    (void)state;
    World w = world("ab\nM\xc3\xbcller x\r\n\nlast");
    hold_place(&w, span(&w, 0, 1), 1, 1, 1, 2);
    hold_place(&w, span(&w, 1, 2), 1, 2, 1, 3);
    hold_place(&w, span(&w, 2, 3), 1, 3, 1, 4);             /* the line end belongs to its line */
    hold_place(&w, span(&w, 3, 10), 2, 1, 2, 7);            /* seven bytes, six characters */
    hold_place(&w, span(&w, 11, 12), 2, 8, 2, 9);
    hold_place(&w, span(&w, 14, 14), 3, 1, 3, 1);
    hold_place(&w, span(&w, 15, 19), 4, 1, 4, 5);
    hold_place(&w, span(&w, 19, 19), 4, 5, 4, 5);           /* the very end */
    hold_place(&w, span(&w, 1, 17), 1, 2, 4, 3);
    Place p = sources_place(w.sources, span(&w, 5, 6));
    assert_int_equal(p.line_n, 9);                          /* no CR */
    assert_memory_equal(p.line_text, "M\xc3\xbcller x", 9);
    end(&w);
}

/* In one long line, forward, backward and again: the count that goes on must not go wrong. */
static void columns_do_not_depend_on_the_order_of_asking(void **state)
{
    (void)state;
    char text[400];
    for (size_t i = 0; i < 100; i++) memcpy(text + 4 * i, i % 30 == 29 ? "\xc3\xbcz\n" : "\xc3\xbcyx", 4);
    World w = world_n(text, sizeof text);
    for (int round = 0; round < 4; round++) {
        for (uint32_t k = 0; k < sizeof text; k++) {
            uint32_t at = round == 0 ? k : round == 1 ? (uint32_t)sizeof text - 1 - k : k * 149 % sizeof text;
            uint32_t line = 1, column = 1;
            for (uint32_t i = 0; i < at; i++) {
                if (text[i] == '\n') line++, column = 1;
                else column += ((unsigned char)text[i] & 0xc0) != 0x80;
            }
            Place p = sources_place(w.sources, span(&w, at, at));
            assert_int_equal(p.line, line);
            assert_int_equal(p.column, column);
        }
    }
    end(&w);
}

static void places_outside_are_held_to_the_nearest(void **state)
{
    (void)state;
    World w = world("abc");
    hold_place(&w, span(&w, 1, 500), 1, 2, 1, 4);
    hold_place(&w, span(&w, 700, 900), 1, 4, 1, 4);
    hold_place(&w, span(&w, 2, 1), 1, 3, 1, 3);
    Place p = sources_place(w.sources, (Span){0, 0});
    assert_string_equal(p.file, "first.ops");
    assert_int_equal(p.line, 1);
    Sources *none = sources_new(w.arena);
    assert_int_equal(sources_count(none), 0);
    assert_int_equal(sources_place(none, (Span){5, 6}).line, 1);
    assert_string_equal(sources_text(none, 0), "");
    end(&w);
}

static void sources_lie_one_behind_the_other(void **state)
{
    (void)state;
    World w = world("abc");
    assert_int_equal(sources_count(w.sources), 2);
    assert_string_equal(sources_name(w.sources, 0), "first.ops");
    assert_string_equal(sources_name(w.sources, 1), "leave.ops");
    assert_string_equal(sources_text(w.sources, w.at + 1), "bc");
    /* the end of one is not the begin of the next */
    assert_string_equal(sources_place(w.sources, (Span){w.at - 1, w.at - 1}).file, "first.ops");
    uint32_t empty = sources_add(w.sources, "empty.ops", "", 0);
    uint32_t after = sources_add(w.sources, "after.ops", "x", 1);
    assert_string_equal(sources_place(w.sources, (Span){empty, empty}).file, "empty.ops");
    assert_string_equal(sources_place(w.sources, (Span){after, after + 1}).file, "after.ops");
    for (int i = 0; i < 100; i++) {
        const char *name = arena_printf(w.arena, "%d.ops", i);
        uint32_t at = sources_add(w.sources, name, "ab", 2);
        assert_ptr_equal(sources_place(w.sources, (Span){at, at}).file, name);
        assert_ptr_equal(sources_place(w.sources, (Span){at + 2, at + 2}).file, name);
    }
    assert_string_equal(sources_place(w.sources, span(&w, 1, 2)).file, "leave.ops");
    end(&w);
}

/* ---- codes and collecting ---------------------------------------------------- */

static void codes_are_found_by_their_name(void **state)
{
    (void)state;
    DiagCode c = DIAG_COUNT;
    assert_true(diag_code_find("E0101", &c));
    assert_int_equal(c, DIAG_E0101);
    static const char *const same[] = {"e0101", "E101", "0101", "101"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        c = DIAG_COUNT;
        assert_true(diag_code_find(same[i], &c));
        assert_int_equal(c, DIAG_E0101);
    }
    static const char *const none[] = {"", "E", "E0000", "W0101", "EE0101", "E0101x", "E 0101", "-101", "0",
                                       "E99999"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_false(diag_code_find(none[i], &c));
    assert_string_equal(diag_code_name(DIAG_E0101), "E0101");
    assert_string_equal(diag_info(DIAG_E0101)->name, "E0101");
}

static void every_row_finds_itself_and_says_something(void **state)
{
    (void)state;
    for (int i = 0; i < DIAG_COUNT; i++) {
        const DiagInfo *info = diag_info((DiagCode)i);
        DiagCode c = DIAG_COUNT;
        assert_true(diag_code_find(info->name, &c));
        assert_int_equal(c, i);
        assert_true(diag_code_find(info->name + 1, &c));    /* so a number belongs to one letter */
        assert_int_equal(c, i);
        assert_true(info->severity <= SEVERITY_NOTE);
        assert_true(strlen(info->title) > 0 && strlen(info->meaning) > 0);
    }
}

static void one_mistake_is_one_message(void **state)
{
    (void)state;
    World w = world("abc def");
    Diag *first = diag_add(w.diags, DIAG_E0101, span(&w, 4, 7), "first");
    Diag *again = diag_add(w.diags, DIAG_E0101, span(&w, 4, 7), "again");
    assert_ptr_not_equal(first, again);
    assert_non_null(again->message);
    diag_hint(w.diags, again, "is lost");
    assert_false(diag_nearest(w.diags, again, "def", (const char *const[]){"def"}, 1));
    assert_null(first->hint);
    diag_add(w.diags, DIAG_E0101, span(&w, 0, 3), "other place");
    assert_int_equal(diags_count(w.diags), 2);
    assert_int_equal(diags_errors(w.diags), 2);
    assert_string_equal(diags_get(w.diags, 0)->message, "other place");
    assert_string_equal(diags_get(w.diags, 1)->message, "first");
    assert_ptr_equal(diags_sources(w.diags), w.sources);
    end(&w);
}

static void many_are_kept_once_each_and_sorted(void **state)
{
    (void)state;
    static char text[5001];
    memset(text, 'x', sizeof text - 1);
    World w = world(text);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            uint32_t at = i * 1237 % 5000;
            diag_add(w.diags, DIAG_W0314, span(&w, at, at + 1), "at %u", at);
            if (i == 700) assert_non_null(diags_get(w.diags, 3));
        }
    assert_int_equal(diags_count(w.diags), 5000);
    assert_int_equal(diags_errors(w.diags), 0);
    for (uint32_t i = 0; i < 5000; i++) {
        char wanted[20];
        snprintf(wanted, sizeof wanted, "at %u", i);
        assert_string_equal(diags_get(w.diags, i)->message, wanted);
    }
    end(&w);
}

/* Of errors there are at most so many; the next says so, and stays whatever is taken back. */
static void too_many_errors_are_told_once(void **state)
{
    (void)state;
    static char text[3001];
    memset(text, 'x', sizeof text - 1);
    World w = world(text);
    for (uint32_t i = 0; i < 3000; i++) {
        assert_int_equal(diags_full(w.diags), i > 999);
        diag_add(w.diags, DIAG_E0101, span(&w, i, i + 1), "at %u", i);
    }
    assert_int_equal(diags_count(w.diags), 1000);
    diags_take_back_in(w.diags, span(&w, 0, 3000));
    assert_int_equal(diags_count(w.diags), 1);
    assert_int_equal(diags_get(w.diags, 0)->code, DIAG_E0118);
    assert_int_equal(diags_get(w.diags, 0)->at.from, w.at + 999);
    assert_string_equal(diags_get(w.diags, 0)->message, "more than 999 mistakes; the rest is not told");
    assert_true(diags_full(w.diags));
    end(&w);
}

/* Of one cause, too, no more is told behind so many places. */
static void one_cause_at_too_many_places(void **state)
{
    (void)state;
    static char text[12001];
    memset(text, 'x', sizeof text - 1);
    World w = world(text);
    for (uint32_t i = 0; i < 12000; i++) {
        assert_int_equal(diags_full(w.diags), i > 10001);
        diag_once(w.diags, text, DIAG_E0201, span(&w, i, i + 1), "no x");
    }
    assert_int_equal(diags_count(w.diags), 2);
    assert_int_equal(diags_get(w.diags, 0)->also_n, 10001);
    assert_int_equal(diags_get(w.diags, 1)->code, DIAG_E0118);
    end(&w);
}

/* Every place is remembered, also those that only join a message. */
static void one_cause_may_show_at_any_number_of_places(void **state)
{
    (void)state;
    World w = world("x");
    int about = 0;
    Diag *first = diag_once(w.diags, &about, DIAG_E0204, span(&w, 0, 1), "no event named X");
    for (uint32_t i = 1; i < 10000; i++)
        diag_once(w.diags, &about, DIAG_E0204, span(&w, i, i + 1), "no event named X");
    assert_int_equal(diags_count(w.diags), 1);
    assert_int_equal(first->also_n, 9999);
    end(&w);
}

static void long_messages_are_whole_and_harmless(void **state)
{
    (void)state;
    World w = world("x");
    char text[3000];
    memset(text, 'm', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    Diag *m = diag_add(w.diags, DIAG_E0101, span(&w, 0, 1), "%s\x1b[2J", text);
    assert_int_equal(strlen(m->message), sizeof text - 1 + 7);
    assert_non_null(strstr(m->message, "m\\x1b[2J"));
    diag_hint(w.diags, m, "write \"%s\"", "\xff");
    assert_string_equal(m->hint, "write \"\\xff\"");
    end(&w);
}

/* ---- for people -------------------------------------------------------------- */

/* What is printed of one message there. */
static void hold_print(World *w, Span at, const char *wanted)
{
    Buf b = {0};
    diag_add(w->diags, DIAG_E0101, at, "it is wrong");
    diags_print(w->diags, &b, false, 0);
    assert_string_equal(buf_text(&b), wanted);
    buf_free(&b);
    end(w);
}

static void a_message_is_drawn_under_its_line(void **state)
{
    (void)state;
    const char text[] = "role Manager\n\n  step Ask < who Manger >\n";
    World w = world(text);
    static const char *const names[] = {"Sales", "Manager"};
    Diag *m = diag_add(w.diags, DIAG_E0101, span_of(&w, text, "Manger"), "no role named \"%s\"", "Manger");
    assert_true(diag_nearest(w.diags, m, "Manger", names, 2));
    m->related = span(&w, 5, 12);
    Buf b = {0};
    diags_print(w.diags, &b, false, 0);
    assert_string_equal(b.p, "leave.ops:3:18: error E0101: no role named \"Manger\"\n"
                             "    3 |   step Ask < who Manger >\n"
                             "      |                  ^^^^^^\n"
                             "    did you mean \"Manager\"? (leave.ops:1:6)\n");
    buf_free(&b);
    end(&w);
}

static void hints_suggestions_and_other_places(void **state)
{
    (void)state;
    static const char *const words[] = {"one", "two", "three"};
    static const char *const endings[] = {
        "",
        "    see leave.ops:1:1\n",
        "    do this\n    or that\n",
        "    do this\n    or that (leave.ops:1:1)\n",
        "    did you mean \"one\", \"two\" or \"three\"?\n",
        "    did you mean \"one\", \"two\" or \"three\"? (leave.ops:1:1)\n",
        "    did you mean \"one\", \"two\" or \"three\"?\n    do this\n    or that\n",
        "    did you mean \"one\", \"two\" or \"three\"?\n    do this\n    or that (leave.ops:1:1)\n",
    };
    for (unsigned i = 0; i < 8; i++) {
        World w = world("x y");
        Diag *m = diag_add(w.diags, DIAG_E0101, span(&w, 2, 3), "wrong");
        if (i & 1) m->related = span(&w, 0, 1);
        if (i & 2) diag_hint(w.diags, m, "do this\nor that");
        if (i & 4) m->suggestions = words, m->suggestions_n = 3;
        Buf b = {0};
        diags_print(w.diags, &b, false, 0);
        const char *head = "leave.ops:1:3: error E0101: wrong\n    1 | x y\n      |   ^\n";
        assert_string_equal(b.p, arena_printf(w.arena, "%s%s", head, endings[i]));
        buf_free(&b);
        end(&w);
    }
}

static void wide_and_combining_characters_are_marked_by_width(void **state)
{
    (void)state;
    const char text[] = "\xe6\x97\xa5\xe6\x9c\xac e\xcc\x81t\xc3\xa9 \xe6\x97\xa5x";
    World w = world(text);
    hold_print(&w, span_of(&w, text, "\xe6\x97\xa5x"),
               "leave.ops:1:9: error E0101: it is wrong\n"
               "    1 | \xe6\x97\xa5\xe6\x9c\xac e\xcc\x81t\xc3\xa9 \xe6\x97\xa5x\n"
               "      |          ^^^\n");
}

static void tabs_stay_tabs(void **state)
{
    (void)state;
    World w = world("\ta\tbad");
    hold_print(&w, span(&w, 3, 6), "leave.ops:1:4: error E0101: it is wrong\n"
                                   "    1 | \ta\tbad\n"
                                   "      | \t \t^^^\n");
    w = world("ab\tc");                                     /* marked, a tab is as wide as it shows */
    hold_print(&w, span(&w, 1, 4), "leave.ops:1:2: error E0101: it is wrong\n"
                                   "    1 | ab\tc\n"
                                   "      |  ^^^^^^^^\n");
}

static void several_lines_are_marked_to_the_first_end(void **state)
{
    (void)state;
    World w = world("x < one\n  two\n>\n");
    hold_print(&w, span(&w, 2, 15), "leave.ops:1:3: error E0101: it is wrong\n"
                                    "    1 | x < one\n"
                                    "      |   ^^^^^\n");
    w = world("ab\r\ncd\n");                                /* a span of the line end alone */
    hold_print(&w, span(&w, 3, 4), "leave.ops:1:4: error E0101: it is wrong\n"
                                   "    1 | ab\n"
                                   "      |   ^\n");
}

static void what_is_missing_gets_one_mark(void **state)
{
    (void)state;
    World w = world("ab cd");
    hold_print(&w, span(&w, 2, 2), "leave.ops:1:3: error E0101: it is wrong\n"
                                   "    1 | ab cd\n"
                                   "      |   ^\n");
    w = world("ab");
    hold_print(&w, span(&w, 2, 2), "leave.ops:1:3: error E0101: it is wrong\n"
                                   "    1 | ab\n"
                                   "      |   ^\n");
    w = world("ab\n");
    hold_print(&w, span(&w, 3, 3), "leave.ops:2:1: error E0101: it is wrong\n"
                                   "    2 |\n"
                                   "      | ^\n");
    w = world("");
    hold_print(&w, span(&w, 0, 0), "leave.ops:1:1: error E0101: it is wrong\n"
                                   "    1 |\n"
                                   "      | ^\n");
}

static void without_a_place_there_is_no_line(void **state)
{
    (void)state;
    World w = world("ab");
    hold_print(&w, (Span){0, 0}, "first.ops: error E0101: it is wrong\n");
}

static void control_characters_are_shown_not_sent(void **state)
{
    (void)state;
    World w = world("a\x1b[2Jb \xff bad");
    hold_print(&w, span(&w, 9, 12), "leave.ops:1:10: error E0101: it is wrong\n"
                                    "    1 | a\\x1b[2Jb \\xff bad\n"
                                    "      |                ^^^\n");
    w = world("a\rb");
    hold_print(&w, span(&w, 1, 2), "leave.ops:1:2: error E0101: it is wrong\n"
                                   "    1 | a\\x0db\n"
                                   "      |  ^^^^\n");
}

/* Of a long line 120 columns at most, and the marked place among them, wherever it is. */
static void a_long_line_is_a_window(void **state)
{
    (void)state;
    static char text[30001];
    for (size_t i = 0; i < 10000; i++) memcpy(text + 3 * i, i % 5 ? "\xe6\x97\xa5" : "\xc3\xbcy", 3);
    for (uint32_t at = 0; at <= 30000; at += at < 600 || at > 29400 ? 3 : 291) {
        World w = world(text);
        Buf b = {0};
        diag_add(w.diags, DIAG_E0101, span(&w, at, at + 3), "wrong");
        diags_print(w.diags, &b, false, 0);
        assert_int_equal(utf8_check(b.p, b.n), b.n);
        const char *shown = strchr(b.p, '\n') + 1, *marks = strchr(shown, '\n') + 1;
        const char *bar = strchr(shown, '|') + 2, *caret = strchr(marks, '^');
        size_t width = text_width(bar, (size_t)(marks - 1 - bar));
        size_t before = (size_t)(caret - (strchr(marks, '|') + 2));
        assert_true(width <= 121 + 3);
        assert_true(before < 121);
        if (at < 30000) {
            const char *place = bar + text_fit(bar, (size_t)(marks - 1 - bar), before);
            assert_memory_equal(place, text + at, 3);
            assert_int_equal(strspn(caret, "^"), text_width(text + at, 3));
        }
        buf_free(&b);
        end(&w);
    }
}

/* What takes no columns fills no window: its bytes do. */
static void a_line_without_width_is_cut_as_well(void **state)
{
    (void)state;
    static char text[40001];
    for (size_t i = 0; i < sizeof text - 1; i += 2) memcpy(text + i, "\xcc\x81", 2);
    World w = world(text);
    diag_add(w.diags, DIAG_E0101, span(&w, 20000, 20002), "here");
    Buf b = {0};
    diags_print(w.diags, &b, false, 0);
    assert_true(b.n < 2000);
    buf_free(&b);
    end(&w);
}

static void a_long_mark_ends_with_the_window(void **state)
{
    (void)state;
    static char text[5001];
    memset(text, 'x', sizeof text - 1);
    World w = world(text);
    Buf b = {0};
    diag_add(w.diags, DIAG_E0101, span(&w, 10, 4000), "wrong");
    diags_print(w.diags, &b, false, 0);
    assert_int_equal(strspn(strchr(b.p, '^'), "^"), 110);
    assert_non_null(strstr(b.p, "xxx...\n"));
    buf_free(&b);
    end(&w);
}

static void high_line_numbers_keep_the_margin(void **state)
{
    (void)state;
    static char text[1234570];
    memset(text, '\n', sizeof text - 1);
    memcpy(text + 1234560, "ab", 2);
    World w = world(text);
    hold_print(&w, span(&w, 1234561, 1234562), "leave.ops:1234561:2: error E0101: it is wrong\n"
                                               "1234561 | ab\n"
                                               "        |  ^\n");
}

static void colours_only_where_asked(void **state)
{
    (void)state;
    World w = world("a b");
    Buf b = {0};
    diag_add(w.diags, DIAG_E0101, span(&w, 2, 3), "wrong");
    diags_print(w.diags, &b, true, 0);
    assert_string_equal(b.p, "\033[1mleave.ops:1:3:\033[0m \033[1;31merror E0101:\033[0m wrong\n"
                             "    1 | a b\n"
                             "      |   \033[1;31m^\033[0m\n");
    buf_clear(&b);
    diags_print(w.diags, &b, false, 0);
    assert_null(strchr(b.p, '\033'));
    buf_free(&b);
    end(&w);
}

static void at_most_so_many_are_printed(void **state)
{
    (void)state;
    World w = world("abcdef");
    for (uint32_t i = 0; i < 6; i++) diag_add(w.diags, DIAG_E0101, span(&w, i, i + 1), "wrong %u", i);
    for (uint32_t most = 0; most < 8; most++) {
        Buf b = {0};
        unsigned shown = 0;
        diags_print(w.diags, &b, false, most);
        for (const char *p = b.p; (p = strstr(p, "error E0101")); p++) shown++;
        assert_int_equal(shown, most == 0 || most > 6 ? 6 : most);
        const char *more = strstr(b.p, "... and ");
        if (most == 0 || most >= 6) assert_null(more);
        else assert_string_equal(more, arena_printf(w.arena, "... and %u more\n", 6 - most));
        buf_free(&b);
    }
    end(&w);
}

static void nothing_wrong_prints_nothing(void **state)
{
    (void)state;
    World w = world("ab");
    Buf b = {0};
    diags_print(w.diags, &b, true, 0);
    assert_string_equal(buf_text(&b), "");
    diags_json(w.diags, &b);
    assert_string_equal(buf_text(&b), "{\"messages\":[],\"accepted\":[]}\n");
    buf_free(&b);
    end(&w);
}

/* ---- for programs ------------------------------------------------------------ */

static void messages_are_json(void **state)
{
    (void)state;
    World w = world("a\nb \"c\"\n");
    sources_add(w.sources, "odd\xff\n.ops", "x", 1);
    Diag *m = diag_add(w.diags, DIAG_E0101, span(&w, 2, 7), "say \"%s\"", "c");
    static const char *const words[] = {"d", "e\"f"};
    m->suggestions = words, m->suggestions_n = 2;
    m = diag_add(w.diags, DIAG_E0101, span(&w, 9, 10), "other");
    diag_hint(w.diags, m, "do");
    Buf b = {0};
    diags_json(w.diags, &b);
    assert_string_equal(b.p, "{\"messages\":["
        "{\"code\":\"E0101\",\"severity\":\"error\",\"file\":\"leave.ops\",\"line\":2,\"column\":1,"
        "\"end_line\":2,\"end_column\":6,\"message\":\"say \\\"c\\\"\",\"hint\":null,"
        "\"suggestions\":[\"d\",\"e\\\"f\"]},"
        "{\"code\":\"E0101\",\"severity\":\"error\",\"file\":\"odd\\\\xff\\n.ops\",\"line\":1,\"column\":1,"
        "\"end_line\":1,\"end_column\":2,\"message\":\"other\",\"hint\":\"do\","
        "\"suggestions\":[]}],\"accepted\":[]}\n");
    Json *j;
    Error err;
    assert_int_equal(json_parse(w.arena, b.p, b.n, &j, &err), ST_OK);
    buf_free(&b);
    end(&w);
}

/* ---- accepting, promoting ------------------------------------------------------ */

static void accepted_ones_are_put_aside(void **state)
{
    (void)state;
    World w = world("aaaa\nbbbb\ncccc\n");
    diag_add(w.diags, DIAG_E0416, span(&w, 1, 2), "first line");
    diag_add(w.diags, DIAG_E0416, span(&w, 7, 8), "second line");
    diag_add(w.diags, DIAG_E0417, span(&w, 7, 8), "another code");
    diag_accept(w.diags, DIAG_E0416, span(&w, 8, 9), span(&w, 5, 9), "it is read outside");
    diag_accept(w.diags, DIAG_E0418, span(&w, 10, 14), span(&w, 10, 14), "nothing is there");
    diags_settle(w.diags);
    assert_int_equal(diags_count(w.diags), 3);
    assert_string_equal(diags_get(w.diags, 0)->message, "first line");
    assert_string_equal(diags_get(w.diags, 1)->message, "another code");
    assert_int_equal(diags_get(w.diags, 2)->code, DIAG_N0483);
    assert_int_equal(diags_accepted(w.diags), 1);
    assert_string_equal(diags_accepted_get(w.diags, 0)->message, "second line");
    assert_string_equal(diags_accepted_get(w.diags, 0)->reason, "it is read outside");
    end(&w);
}

static void what_is_promoted_is_an_error(void **state)
{
    (void)state;
    World w = world("aaaa\nbbbb\ncccc\n");
    const DiagCode only[] = {DIAG_E0417};
    diag_add(w.diags, DIAG_E0416, span(&w, 1, 2), "a warning");
    diag_add(w.diags, DIAG_E0418, span(&w, 3, 4), "another");
    diag_add(w.diags, DIAG_E0417, span(&w, 7, 8), "a note");
    diag_add(w.diags, DIAG_E0431, span(&w, 7, 8), "another");
    diags_promote(w.diags, SEVERITY_NOTE, only, 1);
    assert_int_equal(diags_errors(w.diags), 1);
    diags_promote(w.diags, SEVERITY_WARNING, NULL, 0);
    assert_int_equal(diags_errors(w.diags), 3);
    diags_promote(w.diags, SEVERITY_NOTE, NULL, 0);
    assert_int_equal(diags_errors(w.diags), 4);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_count_lines_and_characters),
        cmocka_unit_test(columns_do_not_depend_on_the_order_of_asking),
        cmocka_unit_test(places_outside_are_held_to_the_nearest),
        cmocka_unit_test(sources_lie_one_behind_the_other),
        cmocka_unit_test(codes_are_found_by_their_name),
        cmocka_unit_test(every_row_finds_itself_and_says_something),
        cmocka_unit_test(one_mistake_is_one_message),
        cmocka_unit_test(many_are_kept_once_each_and_sorted),
        cmocka_unit_test(too_many_errors_are_told_once),
        cmocka_unit_test(one_cause_at_too_many_places),
        cmocka_unit_test(one_cause_may_show_at_any_number_of_places),
        cmocka_unit_test(long_messages_are_whole_and_harmless),
        cmocka_unit_test(a_message_is_drawn_under_its_line),
        cmocka_unit_test(hints_suggestions_and_other_places),
        cmocka_unit_test(wide_and_combining_characters_are_marked_by_width),
        cmocka_unit_test(tabs_stay_tabs),
        cmocka_unit_test(several_lines_are_marked_to_the_first_end),
        cmocka_unit_test(what_is_missing_gets_one_mark),
        cmocka_unit_test(without_a_place_there_is_no_line),
        cmocka_unit_test(control_characters_are_shown_not_sent),
        cmocka_unit_test(a_long_line_is_a_window),
        cmocka_unit_test(a_line_without_width_is_cut_as_well),
        cmocka_unit_test(a_long_mark_ends_with_the_window),
        cmocka_unit_test(high_line_numbers_keep_the_margin),
        cmocka_unit_test(colours_only_where_asked),
        cmocka_unit_test(at_most_so_many_are_printed),
        cmocka_unit_test(nothing_wrong_prints_nothing),
        cmocka_unit_test(messages_are_json),
        cmocka_unit_test(accepted_ones_are_put_aside),
        cmocka_unit_test(what_is_promoted_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
