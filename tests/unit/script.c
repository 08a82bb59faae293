/* script.c -- tests of script.h: values both ways, errors with their place, and limits that hold; each within this
 * process, and through one of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#undef fail /* ours is a function: base/status.h */

#include "runtime/fit.h"
#include "runtime/script.h"

#define ONE ((int64_t)DECIMAL_ONE)
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    TEXT,
    NUMBER,
    MONEY,
    EUROS,
    PERCENT,
    DURATION,
    DATE,
    TIME,
    DATETIME,
    BOOLEAN,
    AFILE,
    PERSON,
    CHOICE,
    TEXTS,
    PART,
    MAYBE,
    PARTS,
    LOOSE,
    TYPES
};
static const char *const choices[] = {"web", "ad"};
static const char *const part_fields[] = {"name", "weight", "made"}, *const loose_fields[] = {"a", "b"};
static const Shape part_shape = {"Part", part_fields, 3}, loose_shape = {"Loose", loose_fields, 2};
static IrField fields[] = {{.name = "name", .type = TEXT, .initial = CODE_NONE},
                           {.name = "weight", .type = NUMBER, .initial = CODE_NONE},
                           {.name = "made", .type = MAYBE, .initial = CODE_NONE},
                           {.name = "a", .type = MAYBE, .initial = CODE_NONE},
                           {.name = "b", .type = MAYBE, .initial = CODE_NONE}};
static const IrType types[TYPES] = {
    [TEXT] = {.kind = TYPE_TEXT},
    [NUMBER] = {.kind = TYPE_NUMBER},
    [MONEY] = {.kind = TYPE_MONEY},
    [EUROS] = {.kind = TYPE_MONEY},
    [PERCENT] = {.kind = TYPE_PERCENT},
    [DURATION] = {.kind = TYPE_DURATION},
    [DATE] = {.kind = TYPE_DATE},
    [TIME] = {.kind = TYPE_TIME},
    [DATETIME] = {.kind = TYPE_DATETIME},
    [BOOLEAN] = {.kind = TYPE_BOOLEAN},
    [AFILE] = {.kind = TYPE_FILE},
    [PERSON] = {.kind = TYPE_PERSON},
    [CHOICE] = {.kind = TYPE_CHOICE, .choices = choices, .choices_n = 2},
    [TEXTS] = {.kind = TYPE_LIST, .of = TEXT},
    [PART] = {.kind = TYPE_RECORD, .name = "Part", .fields = 0, .fields_n = 3, .shape = &part_shape},
    [MAYBE] = {.kind = TYPE_DATE, .optional = true},
    [PARTS] = {.kind = TYPE_LIST, .of = PART},
    [LOOSE] = {.kind = TYPE_RECORD, .name = "Loose", .fields = 3, .fields_n = 2, .shape = &loose_shape}};
static const IrUnit unit = {.types = types, .types_n = TYPES, .fields = fields, .fields_n = COUNT(fields)};

static Arena *arena;
static Script *script;
static ScriptVar vars[8];
static uint32_t vars_n;
static ScriptLimits limits;

static bool apart;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    if (!apart) script = script_new();
    else if (script_apart(&script, NULL) != ST_OK) return -1;
    vars_n = 0;
    limits = (ScriptLimits){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    script_free(script);
    arena_free(arena);
    return 0;
}

/* ---- helpers --------------------------------------------------------------------------- */

static void var(const char *name, uint32_t type, Value value)
{
    vars[vars_n++] = (ScriptVar){name, &types[type], value};
}

static Status run_with(const char *text, const char *prelude, ScriptResult *out, Error *err)
{
    static const char *const gives[] = {"a", "b", "c"};
    IrLua block = {.text = text, .place = {.file = "shop.ops", .line = 7}},
          before = {.text = prelude, .place = {.file = "shop.ops", .line = 2}};
    ScriptCall call = {.unit = &unit,
                       .prelude = &before,
                       .prelude_n = prelude != NULL,
                       .block = &block,
                       .vars = vars,
                       .vars_n = vars_n,
                       .gives = gives,
                       .gives_n = 3,
                       .limits = limits,
                       .now = 0,
                       .seed = 1};
    *err = (Error){0};
    return script_run(script, &call, arena, out, err);
}

static ScriptResult good(const char *text)
{
    ScriptResult r;
    Error err;
    if (run_with(text, NULL, &r, &err) != ST_OK) print_error("%s\n    %s\n", text, err.text), assert_true(false);
    return r;
}

/* The block's first returned value as text. */
static void gives(const char *text, const char *wanted)
{
    ScriptResult r = good(text);
    Buf b = {0};
    if (r.values_n) value_print(&b, &r.values[0].value, STYLE_MACHINE, NULL);
    assert_string_equal(buf_text(&b), wanted);
    buf_free(&b);
}

static void fails(const char *text, const char *wanted)
{
    ScriptResult r;
    Error err;
    if (run_with(text, NULL, &r, &err) == ST_OK) print_error("this ran well: %s\n", text), assert_true(false);
    assert_int_equal(r.values_n, 0);
    if (!strstr(err.text, wanted)) assert_string_equal(err.text, wanted);
}

/* ---- errors, with their place --------------------------------------------------------------- */

static void errors_name_the_file_and_the_line(void **state)
{
    (void)state;
    fails("error('no')", "shop.ops:7: no");
    fails("\n\nlocal x = nil + 1", "shop.ops:9: attempt to perform arithmetic on a nil value");
    fails("\nif", "shop.ops:8: ");
    fails("local t = nil\n\n\nt.x = 1", "shop.ops:10: attempt to index a nil value (local 't')");
    fails("fail('not a real address')", "not a real address");
    fails("return fail()", "bad argument");
    fails("error({})", "the block threw a table that is no text");
    fails("error(setmetatable({}, {__tostring = function() while true do end end}))",
          "the block threw a table that is no text");
    fails("\nreturn string.format('%d', 'x')", "shop.ops:8: bad argument #2 to 'format' (number expected, got string)");
    fails("return ('x'):find('[')", "shop.ops:7: malformed pattern (missing ']')");
    fails("return math.floor('x')", "shop.ops:7: bad argument #1 to 'floor'");
    fails("error('just so', 0)", "just so");
    fails("error(nil)", "the block threw a nil that is no text");
    fails("error('\\27[31mred\\0')", "\\x1b[31mred");
}

static void a_slip_of_the_fingers_is_found(void **state)
{
    (void)state;
    var("total", NUMBER, value_integer(3));
    fails("totl = 4", "shop.ops:7: there is no variable `totl` to set");
    fails("return totl", "shop.ops:7: there is no variable `totl` here");
    fails("_ENV.totl = 4", "there is no variable `totl` to set");
    fails("os.exit(1)", "there is no variable `os` here");
    fails("local x = io", "there is no variable `io` here");
    for (const char *const *n = (const char *const[]){"debug", "package", "require", "coroutine", "dofile",
                                                      "loadfile", "collectgarbage", "_G", NULL};
         *n; n++) {
        char text[80];
        snprintf(text, sizeof text, "return %s", *n);
        fails(text, "there is no variable");
    }
    gives("return total", "3");
}

static void variables_come_back_only_when_all_went_well(void **state)
{
    (void)state;
    var("total", NUMBER, value_integer(3));
    var("name", TEXT, value_text("Ann"));
    ScriptResult r = good("total = total + 1");
    assert_int_equal(r.values_n, 1);
    assert_string_equal(r.values[0].name, "total");
    assert_int_equal(r.values[0].value.i, 4 * ONE);
    fails("total = 5 error('late')", "late");
    fails("total = 'x'", "shop.ops:7: total: wanted number, found text \"x\"");
    fails("\n\ntotal = 'x'\ntotal = total + 1", "shop.ops:9: total: wanted number, found text \"x\"");
    fails("total = 1\ntotal = nil", "shop.ops:8: total: wanted number, found nothing");
    fails("\ntotal = {}\n", "shop.ops:8: total: wanted number");
    fails("name = 1", "shop.ops:7: name: wanted text, found number 1");
    fails("name = 1.5", "shop.ops:7: name: wanted text, found number 1.5");
    assert_int_equal(good("total = 10 / 4 total = total * 2").values_n, 1);     /* it may be inexact on the way */
    fails("\ntotal = 1 / 3\nlocal x = 1", "shop.ops:8: total: the number 0.333");
    assert_int_equal(good("total = 3; name = 'Ann'").values_n, 0); /* the same again is no change */
    Value unset = {.type = CASE_UNSET};
    var("later", MAYBE, unset);
    assert_int_equal(good("local x = later == nil and 1").values_n, 0);
    assert_int_equal(good("later = '2026-02-28'").values_n, 1);
}

static void returns_are_counted(void **state)
{
    (void)state;
    assert_int_equal(good("return 1, 2, 3").values_n, 3);
    assert_int_equal(good("").values_n, 0);
    fails("return 1, 2, 3, 4", "it returns 4 values, and the step gives 3");
    fails("return table.unpack({}, 1, 200)", "it returns 200 values, and the step gives 3");
}

/* ---- values both ways -------------------------------------------------------------------------- */

static void there_and_back(uint32_t type, Value v, const char *shown)
{
    vars_n = 0;
    var("v", type, v);
    assert_int_equal(good("local x = v; v = x").values_n, 0);
    gives("return v", shown);
    ScriptResult r = good("return v");
    Value back;
    Error err;
    assert_int_equal(value_fit(arena, &unit, type, &r.values[0].value, &back, &err), ST_OK);
    assert_true(value_equal(&back, &v));
}

static Value part(const char *name, int64_t weight, Value made)
{
    Record *r = record_new(arena, &part_shape);
    r->fields[0] = value_text(name), r->fields[1] = value_number(weight), r->fields[2] = made;
    return value_record(r);
}

static void every_type_goes_both_ways(void **state)
{
    (void)state;
    Value texts[] = {value_text("a"), value_text(""), value_text("ü\n")};
    uint16_t usd = currency_pack("USD");
    there_and_back(TEXT, value_text("Zoë \xf0\x9f\x98\x80 \"'\\"), "Zoë \xf0\x9f\x98\x80 \"'\\");
    there_and_back(NUMBER, value_integer(7), "7");
    there_and_back(NUMBER, value_number(-1), "-0.000001");
    there_and_back(NUMBER, value_number(INT64_MAX), "9223372036854.775807");
    there_and_back(MONEY, value_money(1500 * ONE, usd), "1500.00");
    there_and_back(PERCENT, (Value){.type = V_PERCENT, .i = ONE / 20}, "0.05");
    there_and_back(DURATION, value_duration(90 * US_SECOND), "90");
    there_and_back(DATE, value_date(20000), "2024-10-04");
    there_and_back(TIME, value_time(9 * 3600 * US_SECOND), "09:00");
    there_and_back(DATETIME, value_datetime(0), "1970-01-01T00:00:00Z");
    there_and_back(BOOLEAN, value_boolean(true), "yes");
    there_and_back(BOOLEAN, value_boolean(false), "no");
    there_and_back(CHOICE, value_text("web"), "web");
    there_and_back(TEXTS, value_list(texts, 3), "a, , ü\n");
    there_and_back(TEXTS, value_list(NULL, 0), "");
    Value parts[] = {part("nut", 3 * ONE / 2, VALUE_NONE), part("bolt", ONE, value_date(20000))};
    vars_n = 0;
    var("v", PARTS, value_list(parts, 2));
    assert_int_equal(good("local x = v; v = {v[1], v[2]}").values_n, 0);
    gives("return v[1].weight + v[2].weight", "2.5");
    gives("return v[1].made == nil and v[2].made.year", "2024");
    assert_int_equal(good("v[1].weight = 9").values_n, 1);
    fails("\n\nv[2].weight = 'x'", "shop.ops:7: v: element 2: weight: wanted number, found text");
    fails("\n\nv = {1}", "shop.ops:9: v: element 1: wanted Part, found number 1");
    vars_n = 0;
    Record *loose = record_new(arena, &loose_shape);
    var("v", LOOSE, value_record(loose));
    assert_int_equal(good("v = {}").values_n, 0); /* a record without a value is {} */
}

static void calculating_is_exact(void **state)
{
    (void)state;
    uint16_t usd = currency_pack("USD"), eur = currency_pack("EUR");
    var("price", MONEY, value_money(10 * ONE, usd));
    var("euros", MONEY, value_money(10 * ONE, eur));
    var("third", NUMBER, value_number(ONE / 10));
    gives("return third + third + third", "0.3");
    gives("return price * 3", "30.00");
    gives("return price / price", "1");
    gives("return price > price * 2 and 1 or 2", "2");
    gives("return price.amount", "10");
    gives("return price.currency", "USD");
    gives("return tostring(price)", "10.00");
    gives("return '10' + 5", "15");
    gives("return 0.1 + 0.2", "0.3");
    fails("return 1 / 3", "is no exact number with up to six decimals: round it");
    fails("return 0/0", "is no exact number");
    fails("return math.huge", "is no exact number");
    fails("return math.maxinteger", "is too large");
    fails("return price + euros", "shop.ops:7: ");
    fails("return price + 1", "shop.ops:7: ");
    fails("return price.nonsense", "has no `nonsense`");
    fails("price.amount = 3", "attempt to index");
}

static void what_is_no_value_cannot_leave(void **state)
{
    (void)state;
    fails("return print", "a: a function cannot leave Lua");
    fails("return {1, 2, x = 3}", "a table is either a list");
    fails("return {[1] = 1, [3] = 3, x = 1}", "a table is either a list");
    fails("return {[1.5] = 1}", "a table is either a list");
    fails("return '\\xff'", "a text is not UTF-8");
    fails("return 'a\\0b'", "a text is not UTF-8, or holds a NUL");
    fails("local t = {} t[1] = t return t", "nested too deeply");
    fails("local t = {} t.x = t return t", "nested too deeply");
    gives("local t = {} for i = 1, 300 do t[i] = {i, {i}} end local x = t return #x", "300");
    good("local t = {} for i = 1, 300 do t[i] = {i, {i}} end return t");
    fails("local t = {} for i = 1, 60 do t = {t, t} end return t", "what leaves the block is larger than 64 MB");
    fails("local s, t = ('x'):rep(1 << 24), {} for i = 1, 9 do t[i] = s end return t",
          "what leaves the block is larger than 64 MB");
}

/* ---- limits ---------------------------------------------------------------------------------------- */

static void endless_work_ends(void **state)
{
    (void)state;
    static const char *const endless[] = {
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "while true do xpcall(function() while true do end end, function() while true do end end) end",
        "local function f() return f() end f()",
        "goto a ::a:: goto a",
        "repeat until false",
        "local y = setmetatable({}, {__index = function() while true do end end}).x",
        "local t = setmetatable({}, {__close = function() while true do end end}) do local x <close> = t end",
        "local x <close> = setmetatable({}, {__close = function() while true do end end}) error('out')",
        "for a in string.gmatch(('a'):rep(1000), 'a') do while true do end end",
        "('x'):gsub('x', function() while true do end end)",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "load('while true do end')()",
        "pcall(load, 'while true do end') pcall(load('while true do end')) return 1",
        "error(setmetatable({}, {__tostring = function() while true do end end})) ",
        "print(setmetatable({}, {__tostring = function() while true do end end}))",
        "local s = 'return ' .. ('('):rep(100) .. '1' .. (')'):rep(100) while true do load(s) end"};
    limits = (ScriptLimits){.instructions = 3000000, .micros = US_SECOND};
    for (size_t i = 0; i < COUNT(endless); i++) {
        bool thrown = strstr(endless[i], "error(setmetatable") != NULL;
        fails(endless[i],
              thrown ? "that is no text" : "it ran for");
    }
    fails("\n\nwhile true do end", "shop.ops:9: it ran for too many instructions");
    limits = (ScriptLimits){.micros = US_SECOND / 5};
    fails("while true do end", "shop.ops:7: it ran for longer than 200 ms");
    fails("while true do pcall(error) end", "it ran for longer than 200 ms");
    limits = (ScriptLimits){0};
    gives("return 1", "1"); /* the state is as good as new */
}

static void memory_ends_too(void **state)
{
    (void)state;
    static const char *const hungry[] = {
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local s = 'x' while true do s = s .. s end",
        ("local t = {} while true do pcall(function() for i = 1, 1e9 do t[#t + 1] = ('x'):rep(1e6) .. i end end) "
         "end"),
        "local t = {} while true do t[#t + 1] = ('x'):rep(1 << 20) .. #t end",
        "return ('x'):rep(1000):gsub('x', ('y'):rep(1 << 20))",
        "local t = {} for i = 1, 200 do t[i] = ('x'):rep(1 << 20) end return table.concat(t)",
        "return table.concat(setmetatable({}, {__index = tostring}), '', 1, 1 << 23)",
        "return load('return {' .. ('{},'):rep(3 << 20) .. '}')"};
    for (size_t i = 0; i < COUNT(hungry); i++) {
        ScriptResult r;
        Error err;
        assert_int_equal(run_with(hungry[i], NULL, &r, &err), ST_FAILED);
    }
    fails(hungry[0], "it used more memory than a block may: 64 MB");
    fails(hungry[2], "it used more memory than a block may: 64 MB");
    for (int i = 0; i < 20; i++) gives("local t = {} for k = 1, 300000 do t[k] = k end return #t", "300000");
}

static void functions_in_c_do_not_hang(void **state)
{
    (void)state;
    static const char *const hanging[] = {
        "return string.rep('', 1 << 62)",
        "return ('x'):rep(1 << 40)",
        "return ('x'):rep(1 << 62, 'y')",
        "return ('a'):rep(1 << 20):find('a-a-a-b')",
        "return ('a'):rep(1 << 24):find('a*b')",
        "return ('a'):rep(1 << 24):match('.-b')",
        "return ('a'):rep(100000):gsub('a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?b', '')",
        "for x in ('a'):rep(1 << 24):gmatch('(a*)b') do end",
        "return ('('):rep(1 << 20):find('%b()')",
        "return ('a'):rep(1 << 22):find(('a'):rep(1 << 21) .. 'b', 1, true)",
        "return ('a'):rep(1 << 20):find('^(a*)(a*)%1%2b')",
        "table.insert(setmetatable({}, {__len = function() return 1 << 62 end}), 1, 1)",
        "table.remove(setmetatable({}, {__len = function() return 1 << 62 end}), 1)",
        "table.move({}, 1, 1 << 62, 2)",
        "table.move({}, 1, 1 << 40, 2, {})",
        "table.unpack({}, 1, 1 << 40)",
        "table.unpack({}, math.mininteger, math.maxinteger)",
        "table.concat({}, '', 1, 1 << 62)",
        "table.sort(setmetatable({}, {__len = function() return 1 << 30 end}))",
        "return ('x'):rep(2000):find(('.-'):rep(600))",
        "return utf8.char(table.unpack({}, 1, 1 << 30))"};
    for (size_t i = 0; i < COUNT(hanging); i++) {
        ScriptResult r;
        Error err;
        Instant began = clock_real();
        assert_int_equal(run_with(hanging[i], NULL, &r, &err), ST_FAILED);
        if (clock_real() - began > 3 * US_SECOND) print_error("took long: %s\n", hanging[i]);
        assert_true(clock_real() - began < 15 * US_SECOND);
    }
    gives("return (('  a b  '):rep(100)):match('^%s*(.-)%s*$'):len()", "696");
    gives("return select(2, ('x y z'):rep(100000):gsub('%s+', ' '))", "200000");
    gives("return ('word '):rep(20000):match('^%s*(.-)%s*$'):len()", "99999");
    gives("return select(2, ('x ]'):rep(10):gsub('[^]%s]+', ''))", "10");
    gives("return ('a.b'):find('.', 1, true)", "2");
    limits.micros = US_SECOND / 2;
    fails("while true do local s = ('a'):rep(15000):find('a*b') end", "it ran for longer than 500 ms");
    fails("local s = ('a'):rep(1 << 24) while true do local t = s .. 'x' end", "it ran for longer than 500 ms");
}

static void printing_has_an_end(void **state)
{
    (void)state;
    ScriptResult r = good("print('a', 1, true, nil) print('\\27[2J')");
    assert_string_equal(r.printed, "a\t1\ttrue\tnil\n\\x1b[2J\n");
    fails("while true do pcall(print, 'x') end", "it printed more than 64 KB");
    fails("pcall(print, ('x'):rep(70000)) return 1", "it printed more than 64 KB");
}

static void deep_recursion_is_an_error(void **state)
{
    (void)state;
    fails("local function f() return 1 + f() end return f()", "it used more memory than a block may: 64 MB");
    gives("local function f(n) return pcall(f, n + 1) and n end return f(0) and 1", "1");
    fails("local function f(s) return s:gsub('.', f) end return f('x')", "stack overflow");
    fails("local t = {} t = setmetatable(t, {__index = function(_, k) return t[k] end}) return t.x",
          "stack overflow");
    fails("return load(('('):rep(100000))()", "attempt to call a nil value");
    fails("local function f() return 1 + f() end pcall(f) return 1", "it used more memory than a block may: 64 MB");
}

/* ---- what a block may not reach, or leave behind ------------------------------------------------------ */

static void no_bytecode(void **state)
{
    (void)state;
    fails("return string.dump(print)", "attempt to call a nil value (field 'dump')");
    gives("local f, why = load('\\27Lua') return f == nil and why",
          "attempt to load a binary chunk (mode is 't')");
    gives("local f, why = load('\\27Lua', 'x', 'b') return f == nil and why",
          "attempt to load a binary chunk (mode is 't')");
    gives("local f, why = load('return 1', 'x', 'b') return f == nil and why",
          "attempt to load a text chunk (mode is 'b')");
    gives("local p = {'\\27', 'Lua'} local f, why = load(function() return table.remove(p, 1) end, 'x', 'b') "
          "return f == nil and why",
          "attempt to load a binary chunk (mode is 't')");
    gives("return tostring(load('return string', 'x', 't', {})())", "nil");
    fails("setmetatable({}, {__gc = function() end})", "__gc is not allowed");
    fails("setmetatable(_ENV, {})", "cannot change a protected metatable");
    fails("getmetatable('').__index = nil", "attempt to index a boolean value");
    fails("getmetatable(_ENV).__index = nil", "attempt to index a boolean value");
    gives("return load('x = 1 return x')()", "1");
}

static void nothing_leaks_into_the_next_block(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    good("string.upper = function() return 'mine' end string.mine = 1 table.concat = nil math.pi = 3 utf8.x = 1");
    (void)r, (void)err;
    gives("return ('x'):upper() .. tostring(string.mine) .. tostring(utf8.x) .. table.concat({'a'})", "Xnilnila");
    gives("return math.floor(math.pi * 100)", "314");
    gives("rawset(_ENV, 'sneaky', 1) load('y = 2')() return sneaky", "1");
    fails("return sneaky", "there is no variable `sneaky` here");
    fails("return load('return y')() or fail('gone')", "gone");
}

static void functions_of_the_system(void **state)
{
    (void)state;
    ScriptResult r;
    Error err;
    const char *prelude = "counter = 0\nfunction double(x) return 2 * x end\nfunction bad() error('inside') end "
                          "function peek() return total end";
    var("total", NUMBER, value_integer(3));
    assert_int_equal(run_with("return double(total)", prelude, &r, &err), ST_OK);
    assert_int_equal(r.values[0].value.i, 6 * ONE);
    assert_int_equal(run_with("bad()", prelude, &r, &err), ST_FAILED);
    assert_string_equal(err.text, "shop.ops:4: inside (in bad, called at shop.ops:7)");
    assert_int_equal(run_with("\nlocal function f() bad() end\nlocal t = {}\nt.g = function() pcall(error) f() end\n"
                              "t.g()", prelude, &r, &err), ST_FAILED);
    assert_string_equal(err.text, "shop.ops:4: inside (in bad, called at shop.ops:8; in f, called at shop.ops:10; "
                                  "in g, called at shop.ops:11)");
    assert_int_equal(run_with("local function f(n) if n == 0 then bad() end f(n - 1) end f(50)", prelude, &r, &err),
                     ST_FAILED);
    assert_non_null(strstr(err.text, "in f, called at shop.ops:7; ...)"));
    assert_int_equal(run_with("local function f() fail('no') end f()", prelude, &r, &err), ST_FAILED);
    assert_string_equal(err.text, "no");
    assert_int_equal(run_with("double = nil", prelude, &r, &err), ST_FAILED);
    assert_int_equal(run_with("return peek()", prelude, &r, &err), ST_FAILED);
}

static void chance_is_the_worlds(void **state)
{
    (void)state;
    Value first = good("return math.random(1000000)").values[0].value,
          second = good("return math.random(1000000)").values[0].value;
    assert_int_equal(first.i, second.i);
    gives("local x = math.random() return x >= 0 and x < 1 and 1", "1");
    gives("local x = math.random(3, 3) return x", "3");
    fails("math.random(2, 1)", "interval is empty");
    gives("return math.type(math.random(0))", "integer");
}

static void json_is_strict_and_exact(void **state)
{
    (void)state;
    gives("local j = json.decode('{\"a\":[1,2.5,{\"b\":\"\\\\u00fc\"}],\"n\":null,\"t\":true}') "
          "return j.a[3].b .. j.a[1] .. tostring(j.a[2]) .. tostring(j.n) .. tostring(j.t)", "\xc3\xbc""12.5niltrue");
    gives("return json.encode(json.decode('{\"z\":9007199254740993,\"a\":0.1,\"l\":[null,-3,[]],\"s\":\"x\"}'))",
          "{\"a\":0.1,\"l\":[null,-3,[]],\"s\":\"x\",\"z\":9007199254740993}");
    gives("return json.encode({price = 12.25, list = {1, 2}, text = 'a\"b'})",
          "{\"list\":[1,2],\"price\":12.25,\"text\":\"a\\\"b\"}");
    gives("return json.encode(json.decode('3.14159265358979')) .. json.encode(1e300)", "3.141592653589791e+300");
    gives("return json.decode('[null]')[1] == json.null and 'same'", "same");
    gives("return json.encode(math.mininteger)", "-9223372036854775808");
    gives("local ok, why = pcall(json.decode, '{\"a\":1,}') return why",
          "json.decode: not JSON at line 1, column 8: a name in double quotes is wanted");
    fails("json.decode('[1, 2')", "json.decode: ");
    fails("json.decode('{\"a\":1,\"a\":2}')", "the same name twice");
    fails("json.decode('12345678901234567890')", "too large");
    fails("json.encode({1, 2, x = 3})", "neither");
    fails("json.encode({[5] = 3})", "neither");
    fails("json.encode(0/0)", "no number that JSON has");
    fails("json.encode('\\xff')", "not UTF-8");
    fails("json.encode(print)", "a function has no form in JSON");
    fails("local t = {} t.t = t json.encode(t)", "nested too deeply");
    fails("local t = {} for i = 1, 60 do t = {t, t} end json.encode(t)", "16 MB");
    fails("json.decode(('['):rep(300))", "json.decode");
    fails("json.decode((' '):rep(5000000))", "longer than 4 MB");
}

static void csv_goes_both_ways(void **state)
{
    (void)state;
    gives("local rows, names = csv.decode('id;name\\n1;\"a; b\"\\n2;c\\n') "
          "return #rows .. names[2] .. rows[1].name .. rows[2].id", "2namea; b2");
    gives("return csv.encode({{id = 1, name = 'a,b'}, {id = 2.5}}, {'id', 'name'})", "id,name\n1,\"a,b\"\n2.5,\n");
    gives("local t = {{a = 'x\\ny', b = '\"'}} return csv.decode(csv.encode(t, {'a', 'b'}))[1].a", "x\ny");
    fails("csv.decode('')", "csv.decode: ");
    fails("csv.decode('a,b\\n1,2,3\\n')", "csv.decode: line 2: ");
    fails("csv.encode({{a = {}}}, {'a'})", "a table does not fit into a cell");
    fails("csv.encode({1}, {'a'})", "row 1 is no table");
    fails("csv.encode({}, {})", "the names of the columns are wanted");
}

static void many_calls_keep_no_memory(void **state)
{
    (void)state;
    good("return 1");
    gives("return 1", "1");
    for (int i = 0; i < 3000; i++) good("local t = {} for k = 1, 100 do t[k] = k end return #t");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {TEST(errors_name_the_file_and_the_line),
                                       TEST(a_slip_of_the_fingers_is_found),
                                       TEST(variables_come_back_only_when_all_went_well),
                                       TEST(returns_are_counted),
                                       TEST(every_type_goes_both_ways),
                                       TEST(calculating_is_exact),
                                       TEST(printing_has_an_end),
                                       TEST(deep_recursion_is_an_error),
                                       TEST(no_bytecode),
                                       TEST(nothing_leaks_into_the_next_block),
                                       TEST(functions_of_the_system),
                                       TEST(chance_is_the_worlds),
                                       TEST(json_is_strict_and_exact),
                                       TEST(csv_goes_both_ways),
                                       TEST(many_calls_keep_no_memory)};
    const struct CMUnitTest longer[] = {TEST(what_is_no_value_cannot_leave),
                                        TEST(endless_work_ends),
                                        TEST(memory_ends_too),
                                        TEST(functions_in_c_do_not_hang)};
    int failed = cmocka_run_group_tests_name("script", tests, NULL, NULL) +
                 cmocka_run_group_tests_name("script, longer", longer, NULL, NULL);
    apart = true;
    return failed + cmocka_run_group_tests_name("script, apart", tests, NULL, NULL);
}
