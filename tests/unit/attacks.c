/* attacks.c -- blocks that mean harm (tests/lua/attacks), and what the modules promise (tests/lua/modules): each ends
 * as it says, in time, and behind each the next block finds all as it should be. Through a process of its own those
 * that are over soon, with sanitizers all of them; OPS_WHOLE=1 does all, with all their time, within this process, too.
 * `attacks within` does that alone: valgrind cannot live in that process. There all is some fifty times slower, so that
 * another limit may be passed before the one that is wanted: the clock's.
 *
 *   --# what it tries => fails TEXT of the message        or        => gives VALUE        (--## it takes its time)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#undef fail /* ours is a function: base/status.h */

#include "runtime/reach.h"
#include "runtime/script_private.h"

#include <sys/stat.h>
#include <unistd.h>

enum { NUMBER, TEXT, MONEY, DATE, DURATION, PART, PARTS, TYPES };
static const char *const part_fields[] = {"name", "weight"};
static const Shape part_shape = {"Part", part_fields, 2};
static const IrField fields[] = {{.name = "name", .type = TEXT, .initial = CODE_NONE},
                                 {.name = "weight", .type = NUMBER, .initial = CODE_NONE}};
static const IrType types[TYPES] = {[NUMBER] = {.kind = TYPE_NUMBER}, [TEXT] = {.kind = TYPE_TEXT},
                                    [MONEY] = {.kind = TYPE_MONEY}, [DATE] = {.kind = TYPE_DATE},
                                    [DURATION] = {.kind = TYPE_DURATION},
                                    [PART] = {.kind = TYPE_RECORD, .name = "Part", .fields_n = 2,
                                              .shape = &part_shape},
                                    [PARTS] = {.kind = TYPE_LIST, .of = PART}};
static const IrUnit unit = {.types = types, .types_n = TYPES, .fields = fields, .fields_n = 2};
static const char *const gives[] = {"a", "b", "c"};
static const OpenSpan days[] = {{0x1f, 480, 720}, {0x1f, 780, 1020}}, nights[] = {{0x7f, 1320, 360}};
static const ClosedDays closed[] = {{.from = 20811, .to = 20813}};     /* Christmas 2026 */
static Calendar calendars[] = {{.name = "Office", .open = days, .opens = 2, .closed = closed, .closeds = 1},
                               {.name = "Night", .open = nights, .opens = 1}};
static const IrProgram program = {.calendars = calendars, .calendars_n = 2};
static const char system_text[] = "local n = 0 function count() n = n + 1 return n end "
                                  "function double(x) return 2 * x end function peek() return total end "
                                  "function forever() while true do end end";
static const char canary[] =
    "assert(('x'):upper() == 'X' and ('ab'):rep(2) == 'abab' and string.sneaky == nil)\n"
    "assert(table.concat({'a', 'b'}) == 'ab' and #table.pack(1, 2) == 2 and math.floor(math.pi * 100) == 314)\n"
    "assert(utf8.len('\xc3\xbc') == 1 and utf8.x == nil and pcall(error) == false and tostring(1) == '1')\n"
    "assert(rawget(_ENV, 'sneaky') == nil and load('return y')() == nil and load('return sneaky')() == nil)\n"
    "assert(count() == 1 and double(2) == 4 and total == 3 and name == 'Ann' and parts[1].weight == 1)\n"
    "local sum = 0 for i = 1, 1000 do sum = sum + i end\n"
    "return sum, math.random(1000000)";

static Arena *arena;
static Script *script;

/* What it may ask for: tests/lua/attacks/ask.lua. */
static char folder[] = "/tmp/ops-attacks-XXXXXX";
static const IrAllow allows[] = {{.kind = ALLOW_FILE, .read = true, .what = "data", .module = ""},
                                 {.kind = ALLOW_FILE, .write = true, .what = "out/", .module = ""},
                                 {.kind = ALLOW_HTTP, .what = "a.example", .module = ""},
                                 {.kind = ALLOW_HTTP, .what = "127.0.0.1:1", .module = ""}};
static const IrProgram outside = {.folder = folder, .allows = allows, .allows_n = 4};
static bool whole, slowed;             /* slowed: valgrind runs this */
#ifdef SANITIZED
static const bool also_slow = true;
#else
static const bool also_slow = false;
#endif

typedef struct Attack {
    const char *file;
    uint32_t line;
    const char *name, *wanted, *text;
    bool fails, slow;
} Attack;

static Status run(const char *text, const char *file, uint32_t line, int64_t micros, ScriptResult *out, Error *err)
{
    const IrLua block = {.text = text, .place = {.file = file, .line = line}},
                before = {.text = system_text, .place = {.file = "system.ops", .line = 1}};
    Record *part = record_new(arena, &part_shape);
    part->fields[0] = value_text("nut"), part->fields[1] = value_integer(1);
    const Value parts[] = {value_record(part)};
    const ScriptVar vars[] = {{"total", &types[NUMBER], value_integer(3)},
                              {"name", &types[TEXT], value_text("Ann")},
                              {"price", &types[MONEY], value_money(10 * DECIMAL_ONE, currency_pack("USD"))},
                              {"euros", &types[MONEY], value_money(10 * DECIMAL_ONE, currency_pack("EUR"))},
                              {"day", &types[DATE], value_date(20000)},
                              {"span", &types[DURATION], value_duration(US_DAY)},
                              {"parts", &types[PARTS], value_list(parts, 1)}};
    Reach reach = {.program = &outside, .step = "A", .acts = true};
    const ScriptCall call = {.unit = &unit, .prelude = &before, .prelude_n = 1, .block = &block, .vars = vars,
                             .vars_n = sizeof vars / sizeof *vars, .gives = gives, .gives_n = 3, .seed = 1,
                             .program = &program, .calendar = "Office", .now = 20783 * US_DAY + 9 * US_HOUR,
                             .limits = {.instructions = 20000000, .micros = micros},
                             .answer = reach_answer, .answer_self = &reach};
    *err = (Error){0};
    *out = (ScriptResult){0};
    return script_run(script, &call, arena, out, err);
}

static const char *first_value(const ScriptResult *r)
{
    Buf b = {0};
    if (r->values_n) value_print(&b, &r->values[0].value, STYLE_MACHINE, NULL);
    const char *text = buf_dup(&b, arena);
    buf_free(&b);
    return text;
}

/* Is the next block as good as ever? */
static bool is_clean(void)
{
    static int64_t chance;
    ScriptResult r;
    Error err;
    if (run(canary, "canary", 1, 0, &r, &err) != ST_OK) {
        print_error("    behind it: %s\n", err.text);
        return false;
    }
    if (!chance) chance = r.values[1].value.i;
    return r.values_n == 2 && r.values[0].value.i == 500500 * (int64_t)DECIMAL_ONE && r.values[1].value.i == chance;
}

static bool holds(const Attack *t)
{
    ScriptResult r;
    Error err;
    int64_t micros = !strstr(t->file, "attacks/time") ? 10 * US_SECOND : US_SECOND / (whole ? 5 : 100);
    int64_t began = clock_ticks();
    Status st = run(t->text, t->file, t->line, micros, &r, &err);
    int64_t took = clock_ticks() - began;
    bool as_said = t->fails ? st == ST_FAILED && strstr(err.text, t->wanted)
                            : st == ST_OK && strcmp(first_value(&r), t->wanted) == 0;
    if (slowed && st == ST_FAILED && strstr(err.text, "it ran for longer than 10 s")) as_said = true, took = 0;
    if (!as_said)
        print_error("%s:%u: %s\n    wanted %s %s\n    found  %s\n", t->file, t->line, t->name,
                    t->fails ? "fails" : "gives", t->wanted, st == ST_OK ? first_value(&r) : err.text);
    int64_t most = (slowed ? 300 : 14) * US_SECOND;
    if (took > most) print_error("%s:%u: %s: it took %d s\n", t->file, t->line, t->name,
                                           (int)(took / US_SECOND));
    arena_reset(arena);
    bool clean = is_clean();
    if (!clean) print_error("%s:%u: %s: it left something behind\n", t->file, t->line, t->name);
    arena_reset(arena);
    return as_said && took <= most && clean;
}

/* ---- the collection ------------------------------------------------------------------------- */

/* The attack whose head begins at a line of the file, cut out of it; the next head, or NULL. */
static char *cut_out(char *head, const char *file, uint32_t line, Attack *out)
{
    char *end = strchr(head, '\n'), *arrow = strstr(head, " => "), *next = strstr(end, "\n--#");
    assert_true(arrow && arrow < end);
    *end = *arrow = '\0';
    if (next) *next = '\0';
    *out = (Attack){.file = file, .line = line + 1, .text = end + 1, .slow = head[3] == '#'};
    out->name = head + 4 + out->slow;
    out->fails = strncmp(arrow + 4, "fails", 5) == 0;
    out->wanted = arrow + 9 + (arrow[9] == ' ');
    return next ? next + 1 : NULL;
}

static void each_ends_as_it_says(void **state)
{
    static const char *const files[] = {"attacks/time", "attacks/memory", "attacks/work", "attacks/reach",
                                        "attacks/leak", "attacks/tricks", "attacks/modules", "attacks/ask",
                                        "modules/json", "modules/csv", "modules/stats", "modules/text", "modules/time"};
    (void)state;
    int n = 0, bad = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        Arena *a = arena_new();
        const char *path = arena_printf(a, "tests/lua/%s.lua", files[i]), *seen;
        char *text;
        size_t size;
        Error err;
        uint32_t line = 1;
        if (text_read_file(a, path, 1 << 20, &text, &size, &err) != ST_OK) print_error("%s\n", err.text);
        assert_non_null(text);
        seen = text;
        for (char *head = strstr(text, "\n--#") + 1; head; n++) {
            Attack t;
            for (; seen < head; seen++) line += *seen == '\n';
            head = cut_out(head, path, line, &t);
            line = t.line;
            for (seen = t.text; *seen; seen++) line += *seen == '\n';
            line++, seen++;
            bad += (whole || also_slow || !t.slow) && !holds(&t);
        }
        arena_free(a);
    }
    assert_true(n >= 200);
    assert_int_equal(bad, 0);
}

/* Files to be had, and things that lead elsewhere. */
static int prepare_folder(void)
{
    Buf b = {0};
    if (!mkdtemp(folder)) return -1;
    buf_printf(&b, "cd %s && mkdir data out elsewhere && printf one >data/one.txt && echo no >secret.txt && "
                   "echo no >database.txt && ln -s ../secret.txt data/link && ln -s /etc data/way && "
                   "mkfifo data/pipe out/pipe && ln -s ../elsewhere/x out/link && ln -s ../elsewhere out/way", folder);
    int how = system(buf_text(&b));
    buf_free(&b);
    return how;
}

/* Nothing came to lie where nothing may be written. */
static int look_at_folder(void)
{
    Buf b = {0};
    buf_printf(&b, "cd %s && test \"$(cat data/one.txt)\" = one && ! test -e elsewhere/x && ! test -e shop.ops && "
                   "rm -r %s", folder, folder);
    int how = system(buf_text(&b));
    buf_free(&b);
    return how;
}

static int within(void **state)
{
    (void)state;
    arena = arena_new();
    script = script_new();
    return 0;
}

static int apart(void **state)
{
    (void)state;
    arena = arena_new();
    return script_apart(&script, NULL) == ST_OK ? 0 : -1;
}

static int over(void **state)
{
    (void)state;
    script_free(script);
    arena_free(arena);
    return 0;
}

int main(int argc, char **argv)
{
    calendars[0].zone = zone_find("Europe/Vienna", NULL);
    calendars[1].zone = zone_find("Asia/Tokyo", NULL);
    const struct CMUnitTest tests[] = {
        {"apart", each_ends_as_it_says, apart, over, NULL},
        {"within", each_ends_as_it_says, within, over, NULL}};
    const char *with = getenv("LD_PRELOAD");
    whole = getenv("OPS_WHOLE") != NULL;
    slowed = with && strstr(with, "vgpreload");
    if (argc > 1) cmocka_set_test_filter(argv[1]);
    else if (!whole) cmocka_set_test_filter("apart");
    if (prepare_folder() != 0) return 1;
    int failed = cmocka_run_group_tests_name("attacks", tests, NULL, NULL);
    return look_at_folder() == 0 ? failed : 1;
}
