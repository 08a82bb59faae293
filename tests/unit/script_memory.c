/* script_memory.c -- there is no memory for Lua: at each piece of it that a block which uses every module asks for, and
 * in its own process also at each that the rest of ops does. The step fails and says why, the next block finds all as
 * it should be, and nothing is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/mman.h>
#include <cmocka.h>
#undef fail /* ours is a function: base/status.h */

#include "runtime/script_private.h"

/* ---- memory that ends ------------------------------------------------------------------------- */

#ifndef SANITIZED
/* Shared with the process that runs Lua: of its pieces the one that is not there; 0: all are. */
static _Atomic uint64_t *left;
static bool forked;                    /* getpid() is no call that it may make */

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t each);
extern void *__libc_realloc(void *p, size_t n);

static void in_child(void)
{
    forked = true;
}

static bool is_there(void)
{
    return !left || !forked || *left == 0 || --*left > 0;
}

__attribute__((visibility("default"))) void *malloc(size_t n)
{
    return is_there() ? __libc_malloc(n) : NULL;
}

__attribute__((visibility("default"))) void *calloc(size_t n, size_t each)
{
    return is_there() ? __libc_calloc(n, each) : NULL;
}

__attribute__((visibility("default"))) void *realloc(void *p, size_t n)
{
    return is_there() ? __libc_realloc(p, n) : NULL;
}
#endif

/* ---- the block ---------------------------------------------------------------------------------- */

static const char *const part_fields[] = {"name", "weight"};
static const Shape part_shape = {"Part", part_fields, 2};
enum { NUMBER, TEXT, MONEY, PART, PARTS, TYPES };
static const IrField fields[] = {{.name = "name", .type = TEXT, .initial = CODE_NONE},
                                 {.name = "weight", .type = NUMBER, .initial = CODE_NONE}};
static const IrType types[TYPES] = {[NUMBER] = {.kind = TYPE_NUMBER}, [TEXT] = {.kind = TYPE_TEXT},
                                    [MONEY] = {.kind = TYPE_MONEY},
                                    [PART] = {.kind = TYPE_RECORD, .name = "Part", .fields_n = 2,
                                              .shape = &part_shape},
                                    [PARTS] = {.kind = TYPE_LIST, .of = PART}};
static const IrUnit unit = {.types = types, .types_n = TYPES, .fields = fields, .fields_n = 2};
static const char *const gives[] = {"a", "b", "c"};
static const OpenSpan days[] = {{0x1f, 480, 1020}};
static Calendar office = {.name = "Office", .open = days, .opens = 1};
static const IrProgram program = {.calendars = &office, .calendars_n = 1};
static const IrModule module = {.name = "rules",
                                .lua = {.text = "function rate(n) return n * 2 end", .place = {"rules.lua", 1, 1}}};

static const char everything[] =
    "local order = json.decode('{\"lines\": [{\"what\": \"nut\", \"price\": 0.5}, {\"what\": \"x\", \"price\": 2}]}')\n"
    "local prices = {}\n"
    "for i, line in ipairs(order.lines) do prices[i] = line.price * rules.rate(i) end\n"
    "local rows, names = csv.decode('a,b\\n1,x\\n2,y\\n')\n"
    "local sum, middle = stats.sum(prices), stats.median(prices)\n"
    "local slug = text.slug('Crème ' .. text.upper(name))\n"
    "slug = slug .. text.pad(text.join({sum, middle}, '-'), 12, 'right')\n"
    "local day = time.next_open(time.today()) + time.span(2, 'business days')\n"
    "local when = time.format(time.parse('24.12.2026', '31.12.2017'), '2017-12-31')\n"
    "local ok, why = pcall(json.decode, '{')\n"
    "local f = load('return ' .. twice(3))\n"
    "price = price * 2\n"
    "parts[1].weight = parts[1].weight + 1\n"
    "parts[2] = {name = 'bolt', weight = 2}\n"
    "print(sum, middle, slug, day, when, ok, why, table.concat(text.split('a b'), ','))\n"
    "return json.encode({rows = rows, slug = slug}), csv.encode(rows, names):upper(), f() + math.random(3)";
static const char simple[] = "return name .. #parts, twice(2)";

static Arena *arena;

static Status run_block(Script *s, const char *text, uint64_t pieces, size_t memory, ScriptResult *out, Error *err)
{
    const IrLua block = {.text = text, .place = {"shop.ops", 7, 1}},
                before = {.text = "function twice(x) return 2 * x end", .place = {"shop.ops", 2, 1}};
    arena_reset(arena);
    Record *part = record_new(arena, &part_shape);
    part->fields[0] = value_text("nut"), part->fields[1] = value_integer(1);
    Value *parts = ARENA_NEW(arena, Value);
    *parts = value_record(part);
    const ScriptVar vars[] = {{"name", &types[TEXT], value_text("Ann")},
                              {"price", &types[MONEY], value_money(10 * DECIMAL_ONE, currency_pack("USD"))},
                              {"parts", &types[PARTS], value_list(parts, 1)}};
    const ScriptCall call = {.unit = &unit, .prelude = &before, .prelude_n = 1, .modules = &module, .modules_n = 1,
                             .block = &block, .vars = vars, .vars_n = 3, .gives = gives, .gives_n = 3, .seed = 1,
                             .program = &program, .calendar = "Office", .now = 20783 * US_DAY,
                             .limits = {.pieces = pieces, .memory = memory}};
    *err = (Error){0};
    *out = (ScriptResult){0};
    return script_run(s, &call, arena, out, err);
}

/* It failed, and says that it is for want of memory. */
static void assert_failed(const ScriptResult *r, const Error *err)
{
    assert_int_equal(r->values_n, 0);
    if (!strstr(err->text, "it used more memory than a block may")) assert_string_equal(err->text, "of memory");
}

static void assert_clean(Script *s)
{
    ScriptResult r;
    Error err;
    if (run_block(s, simple, 0, 0, &r, &err) != ST_OK) assert_string_equal(err.text, "");
    assert_int_equal(r.values_n, 2);
    assert_string_equal(r.values[0].value.text, "Ann1");
    assert_int_equal(r.values[1].value.i, 4 * DECIMAL_ONE);
}

static size_t kept(Script *s)
{
    lua_gc(s->L, LUA_GCCOLLECT, 0);
    return s->used;
}

/* ---- tests ---------------------------------------------------------------------------------------- */

/* Once as a new state finds it, which compiles the block, and once as one does that knows it. */
static void sweep_pieces(bool anew)
{
    ScriptResult r;
    Error err;
    Status st = ST_FAILED;
    uint64_t n = 1;
    Script *s = script_new();
    if (!anew) assert_int_equal(run_block(s, everything, 0, 0, &r, &err), ST_OK);
    size_t before = kept(s);
    for (; st != ST_OK; n++) {
        if (anew) script_free(s), s = script_new();
        st = run_block(s, everything, n, 0, &r, &err);
        if (st != ST_OK) assert_failed(&r, &err);
        assert_clean(s);
        assert_true(n < 20000);
    }
    assert_true(n > 100);
    assert_int_equal(run_block(s, everything, 0, 0, &r, &err), ST_OK);
    assert_int_equal(r.values_n, 5);
    if (!anew) assert_true(kept(s) < before + 4096);   /* the simple block is compiled now, too */
    script_free(s);
}

static void each_piece_that_is_refused_fails_the_block(void **state)
{
    (void)state;
    sweep_pieces(false);
    sweep_pieces(true);
}

static void each_limit_of_memory_fails_the_block(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    Status st = ST_FAILED;
    Script *s = script_new();
    assert_int_equal(run_block(s, everything, 0, 0, &r, &err), ST_OK);
    for (size_t most = 1; st != ST_OK; most += 24) {
        kept(s);
        st = run_block(s, everything, 0, most, &r, &err);
        if (st != ST_OK) assert_failed(&r, &err);
        assert_clean(s);
        assert_true(most < 1 << 20);
    }
    script_free(s);
}

/* Whose holder is weak: it is garbage as soon as Lua collects any, though somebody fills it. */
static void a_table_stays_while_it_grows(void **state)
{
    static const char *const fills[] = {
        "for i = 1, 200 do t[i] = i end", "for i = 1, 200 do table.insert(t, i) t[i + 1] = i end",
        "table.move(from, 1, 200, 1, t)", "for i = 1, 40 do table.insert(t, 1, i) t[i] = i end"};
    (void)state;
    ScriptResult r;
    Error err;
    Script *s = script_new();
    for (size_t i = 0; i < sizeof fills / sizeof *fills; i++) {
        const char *text = arena_printf(arena, "local from, kept = {}, {} for i = 1, 200 do from[i] = i end "
                                               "for i = 1, 2500 do kept[i] = ('x'):rep(1000) .. i end "
                                               "for round = 1, 600 do local way = {__newindex = {}} "
                                               "local t = setmetatable({}, setmetatable(way, {__mode = 'v'})) %s end "
                                               "return #kept", fills[i]);
        char *block = strdup(text);            /* run_block empties the arena */
        Status st = run_block(s, block, 0, 3 << 20, &r, &err);
        if (st != ST_OK) assert_string_equal(err.text, "");
        assert_int_equal(r.values[0].value.i, 2500 * (int64_t)DECIMAL_ONE);
        assert_clean(s);
        free(block);
    }
    script_free(s);
}

/* Lua's stack grows here without end, in one instruction. */
static void a_stack_gets_no_more_than_the_limit(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    Script *s = script_new();
    Status st = run_block(s, "local t = {} setmetatable(t, {__call = t}) t()", 0, 1 << 20, &r, &err);
    assert_int_equal(st, ST_FAILED);
    assert_failed(&r, &err);
    assert_clean(s);
    script_free(s);
}

/* The process that runs Lua finds none: it ends in words, and the next block gets another. */
static void each_piece_that_its_process_lacks_fails_the_block(void **state)
{
    (void)state;
#ifdef SANITIZED
    skip();
#else
    ScriptResult r;
    Error err;
    Script *s;
    Status st = ST_FAILED;
    left = mmap(NULL, sizeof *left, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(left != MAP_FAILED);
    pthread_atfork(NULL, NULL, in_child);
    assert_int_equal(script_apart(&s, &err), ST_OK);
    assert_clean(s);
    uint64_t n = 1;
    for (; st != ST_OK; n++) {
        *left = n;
        st = run_block(s, everything, 0, 0, &r, &err);
        *left = 0;
        if (st != ST_OK) assert_failed(&r, &err);
        assert_clean(s);
        assert_true(n < 5000);
    }
    assert_true(n > 10);
    script_free(s);
#endif
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    office.zone = zone_find("Europe/Vienna", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_that_is_refused_fails_the_block),
        cmocka_unit_test(each_limit_of_memory_fails_the_block),
        cmocka_unit_test(a_table_stays_while_it_grows),
        cmocka_unit_test(a_stack_gets_no_more_than_the_limit),
        cmocka_unit_test(each_piece_that_its_process_lacks_fails_the_block),
    };
    return cmocka_run_group_tests_name("script_memory", tests, set_up, tear_down);
}
