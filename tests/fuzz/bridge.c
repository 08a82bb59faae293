/* bridge.c -- Lua at the border: random values go in and come back as they were; random programs over the base library
 * and the modules end in time, well or with words, and behind each the next block finds all as it should be. Built
 * with the sanitizers.
 *
 *   bridge SECONDS SEED
 */
#include "runtime/fit.h"
#include "runtime/script.h"
#include "tests/chance.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { NUMBER, TEXT, MONEY, PERCENT, DURATION, DATE, TIME, DATETIME, BOOLEAN, PART, NUMBERS, PARTS, TYPES };
static const char *const part_fields[] = {"name", "weight", "made"};
static const Shape part_shape = {"Part", part_fields, 3};
static const IrField fields[] = {{.name = "name", .type = TEXT}, {.name = "weight", .type = NUMBER},
                                 {.name = "made", .type = DATE}};
static const IrType types[TYPES] = {
    [NUMBER] = {.kind = TYPE_NUMBER}, [TEXT] = {.kind = TYPE_TEXT}, [MONEY] = {.kind = TYPE_MONEY},
    [PERCENT] = {.kind = TYPE_PERCENT}, [DURATION] = {.kind = TYPE_DURATION}, [DATE] = {.kind = TYPE_DATE},
    [TIME] = {.kind = TYPE_TIME}, [DATETIME] = {.kind = TYPE_DATETIME}, [BOOLEAN] = {.kind = TYPE_BOOLEAN},
    [PART] = {.kind = TYPE_RECORD, .name = "Part", .fields_n = 3, .shape = &part_shape},
    [NUMBERS] = {.kind = TYPE_LIST, .of = NUMBER}, [PARTS] = {.kind = TYPE_LIST, .of = PART}};
static const IrUnit unit = {.types = types, .types_n = TYPES, .fields = fields, .fields_n = 3};
static const OpenSpan days[] = {{0x1f, 480, 720}, {0x1f, 780, 1020}}, nights[] = {{0x7f, 1320, 360}};
static Calendar calendars[] = {{.name = "Office", .open = days, .opens = 2},
                               {.name = "Night", .open = nights, .opens = 1}};
static const IrProgram program = {.calendars = calendars, .calendars_n = 2};
static const IrLua prelude = {.text = "local n = 0 function count() n = n + 1 return n end",
                              .place = {"system.ops", 1, 1}};

static Chance seed;
static Arena *arena;
static Script *scripts[2];             /* within this process, and in one of its own */
static const char *under_way = "";

/* What was too much, so that it can become a test. */
static void on_abort(int number)
{
    (void)number;
    if (write(STDERR_FILENO, under_way, strlen(under_way)) < 0) _exit(1);
    _exit(1);
}

static _Noreturn void broken(const char *what, const char *said)
{
    fprintf(stderr, "%s: %s\n", what, said);
    abort();
}

static Status run(Script *s, const char *text, const ScriptVar *vars, uint32_t n, ScriptResult *out, Error *err)
{
    static const char *const gives[] = {"r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"};
    const IrLua block = {.text = text, .place = {"fuzz.ops", 1, 1}};
    const ScriptCall call = {.unit = &unit, .prelude = &prelude, .prelude_n = 1, .block = &block, .vars = vars,
                             .vars_n = n, .gives = gives, .gives_n = 8, .program = &program, .calendar = "Office",
                             .now = 20783 * US_DAY, .seed = 1,
                             .limits = {.instructions = 300000, .memory = 8 << 20, .micros = 3 * US_SECOND}};
    under_way = text;
    *err = (Error){0};
    *out = (ScriptResult){0};
    return script_run(s, &call, arena, out, err);
}

/* ---- values ----------------------------------------------------------------------------------- */

static int64_t some_int(void)
{
    static const int64_t edges[] = {0, 1, -1, DECIMAL_ONE, -DECIMAL_ONE, 1500000, 333333, INT64_MAX, INT64_MIN,
                                    INT64_MAX / DECIMAL_ONE * DECIMAL_ONE};
    uint64_t how = chance(&seed, 3);
    if (how == 0) return edges[chance(&seed, sizeof edges / sizeof *edges)];
    return how == 1 ? (int64_t)chance(&seed, 2000) * 500000 : (int64_t)chance(&seed, UINT64_MAX) >> chance(&seed, 60);
}

static Value some_text(void)
{
    static const char *const bits[] = {"a", "\xc3\xbc", "\xf0\x9f\x98\x80", "\n", "\"", "%d", " ", "1", "--", "\x7f"};
    Buf b = {0};
    for (uint64_t n = chance(&seed, 12); n; n--) buf_puts(&b, bits[chance(&seed, sizeof bits / sizeof *bits)]);
    Value v = value_text_n(buf_dup(&b, arena), b.n);
    buf_free(&b);
    return v;
}

static Value some_span(void)
{
    Business *b = ARENA_NEW(arena, Business);
    Value v = value_duration(some_int());
    v.aux = (uint8_t)chance(&seed, 4);
    *b = (Business){v.i, chance(&seed, 2) ? "Office" : "Night"};
    if (v.aux >= DUR_BUSINESS_TIME) v.business = b;
    return v;
}

static Value some_value(uint32_t type)
{
    Value *items;
    Record *r;
    uint32_t n = (uint32_t)chance(&seed, 5);
    switch (type) {
    case NUMBER: return value_number(some_int());
    case TEXT: return some_text();
    case MONEY: return value_money(some_int(), currency_pack(chance(&seed, 2) ? "EUR" : "USD"));
    case PERCENT: return value_percent(some_int());
    case DURATION: return some_span();
    case DATE: return value_date((int64_t)chance(&seed, 3652058) - 719162);
    case TIME: return value_time((int64_t)chance(&seed, US_DAY));
    case DATETIME: return value_datetime(((int64_t)chance(&seed, 3652058) - 719162) * US_DAY + n);
    case BOOLEAN: return value_boolean(n & 1);
    case PART:
        r = record_new(arena, &part_shape);
        for (uint32_t i = 0; i < 3; i++) r->fields[i] = some_value(fields[i].type);
        return value_record(r);
    default:
        items = ARENA_ARRAY(arena, Value, n);
        for (uint32_t i = 0; i < n; i++) items[i] = some_value(types[type].of);
        return value_list(items, n);
    }
}

/* Each returned as it came, and set anew. */
static void there_and_back(Script *s)
{
    static const char text[] = "local a, b, c, d = v1, v2, v3, v4\nv1 = a v2 = b v3 = c v4 = d\nreturn a, b, c, d";
    static const char *const names[] = {"v1", "v2", "v3", "v4"};
    ScriptVar vars[4];
    ScriptResult r;
    Error err;
    for (int i = 0; i < 4; i++) {
        uint32_t type = (uint32_t)chance(&seed, TYPES);
        vars[i] = (ScriptVar){names[i], &types[type], some_value(type)};
    }
    if (run(s, text, vars, 4, &r, &err) != ST_OK) broken("values do not come back", err.text);
    if (r.values_n != 4) broken("a variable is another than it was", r.values[r.values_n - 1].name);
    for (uint32_t i = 0; i < 4; i++) {
        Value fitted;
        uint32_t type = (uint32_t)(vars[i].type - types);
        if (value_fit(arena, &unit, type, &r.values[i].value, &fitted, &err) != ST_OK)
            broken("it does not fit", err.text);
        if (value_order(&fitted, &vars[i].value) != 0) broken("a value is another than it was", names[i]);
    }
}

/* ---- programs --------------------------------------------------------------------------------------- */

static const char *const functions[] = {
    "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen",
    "rawset", "select", "setmetatable", "tonumber", "tostring", "type", "xpcall", "load", "fail", "count",
    "string.byte", "string.char", "string.find", "string.format", "string.gmatch", "string.gsub", "string.len",
    "string.lower", "string.match", "string.rep", "string.reverse", "string.sub", "string.upper", "string.pack",
    "string.packsize", "string.unpack", "table.concat", "table.insert", "table.move", "table.pack", "table.remove",
    "table.sort", "table.unpack", "math.abs", "math.ceil", "math.floor", "math.fmod", "math.max", "math.min",
    "math.modf", "math.random", "math.sqrt", "math.tointeger", "math.type", "math.ult", "utf8.char", "utf8.codepoint",
    "utf8.codes", "utf8.len", "utf8.offset", "json.decode", "json.encode", "csv.decode", "csv.encode", "text.contains",
    "text.cut", "text.ends_with", "text.join", "text.length", "text.lines", "text.lower", "text.pad", "text.replace",
    "text.similar", "text.slug", "text.split", "text.starts_with", "text.trim", "text.upper", "text.width",
    "stats.count", "stats.histogram", "stats.max", "stats.mean", "stats.median", "stats.min", "stats.percentile",
    "stats.stdev", "stats.sum", "time.business_days", "time.business_time", "time.date", "time.days_between",
    "time.format", "time.is_open", "time.moment", "time.next_open", "time.now", "time.of_day", "time.parse",
    "time.span", "time.today", "time.weekday"};
static const char *const atoms[] = {
    "nil", "true", "false", "0", "1", "-1", "2", "3", "100", "0.5", "1e308", "-0.0", "0/0", "math.huge",
    "math.maxinteger", "math.mininteger", "''", "'a'", "'%s*(.-)%d+$'", "'a,b\\n1,2\\n'", "'{\"a\":[1,2.5,null]}'",
    "'2026-12-25'", "'31.12.2017'", "'Office'", "'Night'", "'business days'", "'months'", "'hours'", "'\\xff\\0'",
    "('x'):rep(9999)", "'\xc3\xbc'", "{}", "{1, 2, 3}", "{a = 1}", "{{}, {1}}", "json.null", "a", "b", "c", "total",
    "name", "price", "span", "day", "at", "clock", "part", "list", "parts", "share", "_ENV", "string", "json"};
static const char *const operators[] = {"+", "-", "*", "/", "%", "//", "^", "..", "==", "~=", "<", "<=", ">", ">=",
                                        "and", "or", "&", "|", "~", "<<", ">>"};

#define PICK(list) ((list)[chance(&seed, sizeof(list) / sizeof *(list))])

static void put_expression(Buf *b, int depth);

static void put_call(Buf *b, int depth)
{
    buf_printf(b, "%s(", PICK(functions));
    for (uint64_t n = chance(&seed, 4), i = 0; i < n; i++) {
        if (i) buf_puts(b, ", ");
        if (chance(&seed, 8) == 0) buf_puts(b, PICK(functions));
        else put_expression(b, depth);
    }
    buf_putc(b, ')');
}

static void put_table(Buf *b, int depth)
{
    static const char *const keys[] = {"a", "name", "weight", "__index", "__len", "__call", "__eq", "__lt", "__concat",
                                       "__tostring", "__close", "__newindex", "__gc", "__metatable", "__name"};
    buf_putc(b, '{');
    for (uint64_t n = chance(&seed, 4); n; n--) {
        if (chance(&seed, 2)) buf_printf(b, "%s = ", PICK(keys));
        if (chance(&seed, 5) == 0) buf_puts(b, PICK(functions));
        else put_expression(b, depth);
        buf_puts(b, ", ");
    }
    buf_putc(b, '}');
}

static void put_expression(Buf *b, int depth)
{
    switch (depth > 4 ? 0 : chance(&seed, 10)) {
    default: buf_puts(b, PICK(atoms)); return;
    case 4: case 5: put_call(b, depth + 1); return;
    case 6:
        buf_putc(b, '(');
        put_expression(b, depth + 1);
        buf_printf(b, " %s ", PICK(operators));
        put_expression(b, depth + 1);
        buf_putc(b, ')');
        return;
    case 7: put_table(b, depth + 1); return;
    case 8:
        buf_puts(b, "setmetatable(");
        put_table(b, depth + 1);
        buf_puts(b, ", ");
        put_table(b, depth + 1);
        buf_putc(b, ')');
        return;
    case 9:
        buf_puts(b, chance(&seed, 2) ? "(function(...) local a, b, c = ... return " : "(function() return ");
        put_expression(b, depth + 1);
        buf_puts(b, " end)");
    }
}

static void put_statements(Buf *b, int depth);

static void put_body(Buf *b, int depth, const char *end)
{
    put_statements(b, depth + 1);
    buf_puts(b, end);
}

/* Statements behind an expression. */
static void put_block(Buf *b, int depth, const char *head, const char *behind, const char *end)
{
    buf_puts(b, head);
    put_expression(b, 1);
    buf_printf(b, "%s\n", behind);
    put_body(b, depth, end);
}

static void put_statement(Buf *b, int depth)
{
    static const char *const targets[] = {"a", "b", "c", "total", "name", "price", "list", "part", "parts", "span",
                                          "list[1]", "part.name", "parts[1]", "parts[1].weight", "json.decode",
                                          "string.rep", "a.x", "nobody"};
    switch (chance(&seed, depth > 2 ? 3 : 9)) {
    case 0: case 1:
        buf_printf(b, "%s = ", PICK(targets));
        put_expression(b, 0);
        return;
    case 2:
        buf_puts(b, "local _ = ");
        put_call(b, 0);
        return;
    case 3: put_block(b, depth, "if ", " then", "end"); return;
    case 4:
        buf_printf(b, "for i = 1, %d do\n", (int)chance(&seed, 20));
        put_body(b, depth, "end");
        return;
    case 5: put_block(b, depth, "for k, v in pairs(", ") do", "break end"); return;
    case 6:
        buf_puts(b, "pcall(function()\n");
        put_body(b, depth, "end)");
        return;
    case 7: put_block(b, depth, "do local x <close> = ", "", "end"); return;
    default: put_block(b, depth, "while ", " do", "end");
    }
}

static void put_statements(Buf *b, int depth)
{
    for (uint64_t n = chance(&seed, 4) + 1; n; n--) {
        bool caught = chance(&seed, 3) > 0;            /* else one mistake would end all */
        if (caught) buf_puts(b, "pcall(function() ");
        put_statement(b, depth);
        buf_puts(b, caught ? " end)\n" : "\n");
    }
}

static uint32_t some_vars(ScriptVar *vars)
{
    static const struct { const char *name; uint32_t type; } all[] = {
        {"total", NUMBER}, {"name", TEXT}, {"price", MONEY}, {"share", PERCENT}, {"span", DURATION}, {"day", DATE},
        {"clock", TIME}, {"at", DATETIME}, {"part", PART}, {"list", NUMBERS}, {"parts", PARTS}};
    uint32_t n = sizeof all / sizeof *all;
    for (uint32_t i = 0; i < n; i++) vars[i] = (ScriptVar){all[i].name, &types[all[i].type], some_value(all[i].type)};
    return n;
}

/* Is the next block as good as ever? */
static void look(Script *s, const char *behind)
{
    static const char canary[] = "assert(('x'):rep(2) == 'xx' and count() == 1 and stats.sum({1, 2}) == 3)\n"
                                 "assert(json.decode('[1]')[1] == 1 and text.trim(' a ') == 'a' and rawlen({1}) == 1)\n"
                                 "assert(not pcall(function() return nobody end) and load('return 1')() == 1)\n"
                                 "return math.random(1000000)";
    static int64_t number;
    ScriptResult r;
    Error err;
    if (run(s, canary, NULL, 0, &r, &err) != ST_OK) under_way = behind, broken("it left something behind", err.text);
    if (!number) number = r.values[0].value.i;
    if (r.values[0].value.i != number) under_way = behind, broken("chance is not the same", "");
}

static bool play(Script *s)
{
    Buf text = {0};
    ScriptVar vars[16];
    ScriptResult r;
    Error err;
    uint32_t n = some_vars(vars);
    buf_puts(&text, "local a, b, c\n");
    put_statements(&text, 0);
    if (chance(&seed, 2)) {
        buf_puts(&text, "return ");
        put_expression(&text, 0);
    }
    clock_t began = clock();               /* of the processor: who shares it may need it for minutes */
    Status st = run(s, buf_text(&text), vars, n, &r, &err);
    if (clock() - began > 60 * CLOCKS_PER_SEC) broken("it took its time", "");
    if (st != ST_OK && !*err.text) broken("it failed without a word", "");
    if (st == ST_UNAVAILABLE) broken("it ended its process", err.text);
    look(s, buf_text(&text));
    buf_free(&text);
    return st == ST_OK;
}

int main(int argc, char **argv)
{
    if (argc < 3) return 64;
    Error err;
    uint64_t runs = 0, well = 0;
    seed.state = strtoull(argv[2], NULL, 10);
    if (script_apart(&scripts[1], &err) != ST_OK) broken("no process", err.text);
    calendars[0].zone = zone_find("Europe/Vienna", NULL), calendars[1].zone = zone_find("Asia/Tokyo", NULL);
    scripts[0] = script_new();
    signal(SIGABRT, on_abort);
    Instant until = clock_real() + strtoll(argv[1], NULL, 10) * US_SECOND;
    for (; clock_real() < until; runs++) {
        Script *s = scripts[runs % 2];
        arena = arena_new();
        there_and_back(s);
        well += play(s);
        arena_free(arena);
    }
    script_free(scripts[0]), script_free(scripts[1]);
    printf("fuzz: %llu times values both ways and a program in Lua, of which %llu ended well; nothing found\n",
           (unsigned long long)runs, (unsigned long long)well);
    return 0;
}
