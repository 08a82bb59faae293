/* script_sandbox.c -- what a block may reach, and the limits it cannot escape.
 *
 * Each call has a box of its own, filled with what the block asks for: the
 * functions as they are, the libraries as copies, so nothing one block changes
 * is seen by another, and what none asks for costs nothing. A passed limit is remembered: pcall and xpcall raise it
 * again instead of handing it to the block, and an xpcall's handler runs only
 * after its call has come back, never inside the error.
 */
#include "runtime/script_private.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { STEP = 1000, LONGEST_TEXT = 16 << 20, MOST_PRINTED = 64 * 1024, MOST_ELEMENTS = 16 << 20,
      LONGEST_PATTERN = 1000 };

#define MOST_WORK 3e8                  /* steps of a matcher, some 10 ns each */
#define MOST_COMPARED 3e10             /* bytes */
#define MOST_SORTED 1e11               /* bytes, where all texts began alike */

static const char too_much[] = "it used more memory than a block may: 64 MB";

/* ---- limits -------------------------------------------------------------------------- */

void sandbox_expire(Script *s, const char *place, const char *what)
{
    char span[40];
    if (*s->expired) return;
    span_print(span, s->micros);
    if (what) snprintf(s->expired, sizeof s->expired, "%s%s", place, what);
    else snprintf(s->expired, sizeof s->expired, "%sit ran for longer than %s", place, span);
}

/* The line of the block that is nearest to where we are. */
static void push_place(lua_State *L)
{
    lua_Debug at;
    for (int level = 1; lua_getstack(L, level, &at); level++)
        if (lua_getinfo(L, "Sl", &at) && at.currentline > 0) {
            lua_pushfstring(L, "%s:%d: ", at.short_src, at.currentline);
            return;
        }
    lua_pushliteral(L, "");
}

/* The same, from inside a function that a block called; never returns. */
static int expire(lua_State *L, const char *what)
{
    Script *s = script_of(L);
    push_place(L);
    sandbox_expire(s, lua_tostring(L, -1), what);
    return luaL_error(L, "%s", s->expired);
}

/* What was lent (script.c) is garbage by now, or too much. */
static void take_back(Script *s)
{
    if (s->used <= s->most) return;
    lua_gc(s->L, LUA_GCCOLLECT, 0);
    if (s->used > s->most) sandbox_expire(s, "", too_much);
}

static void on_count(lua_State *L, lua_Debug *at)
{
    Script *s = script_of(L);
    char place[LUA_IDSIZE + 32] = "";
    s->filling = false;
    take_back(s);
    if (!*s->expired) {
        bool many = s->instructions <= STEP, late = clock_ticks() > s->until;
        s->instructions -= many ? 0 : STEP;
        if ((many || late) && lua_getinfo(L, "Sl", at) && at->currentline > 0)
            snprintf(place, sizeof place, "%s:%d: ", at->short_src, at->currentline);
        if (many) sandbox_expire(s, place, "it ran for too many instructions: the limit is 100 million");
        if (late) sandbox_expire(s, place, NULL);
    }
    if (*s->expired) luaL_error(L, "%s", s->expired);
}

int64_t sandbox_micros(const ScriptLimits *limits)
{
    return limits->micros && limits->micros < 10 * US_SECOND ? limits->micros : 10 * US_SECOND;
}

void sandbox_limits(Script *s, const ScriptLimits *limits)
{
    s->instructions = limits->instructions ? limits->instructions : 100000000;
    s->most = s->used + (limits->memory ? limits->memory : SCRIPT_MEMORY);
    s->pieces = limits->pieces;
    s->micros = sandbox_micros(limits);
    s->until = clock_ticks() + s->micros;
    s->expired[0] = '\0';
    s->filling = false;
    lua_sethook(s->L, on_count, LUA_MASKCOUNT, STEP);
}

void sandbox_release(Script *s)
{
    lua_sethook(s->L, NULL, 0, 0);
    s->most = SIZE_MAX;
    s->pieces = 0;
    s->micros = 0;
}

/* What a protected call came back with: a passed limit goes on through it. */
static void check(lua_State *L, int status)
{
    Script *s = script_of(L);
    if (status == LUA_ERRMEM) sandbox_expire(s, "", too_much);
    if (*s->expired) luaL_error(L, "%s", s->expired);
}

void sandbox_need_stack(lua_State *L, int n)
{
    if (!lua_checkstack(L, n)) check(L, LUA_ERRMEM);
}

void sandbox_check_clock(lua_State *L)
{
    check(L, LUA_OK);
    if (clock_ticks() > script_of(L)->until) expire(L, NULL);
}

/* The guard goes on as what it stands before: called from the same place, by the same name, so that messages are those
 * of Lua. What stands there may itself stand in front of another, for which our numbers become floats. */
static int call_guarded(lua_State *L)
{
    int inner = lua_upvalueindex(1);
    lua_CFunction f = lua_tocfunction(L, inner);
    if (lua_getupvalue(L, inner, 1)) {
        f = lua_tocfunction(L, -1);
        lua_pop(L, 1);
        numbers_to_floats(L);
    }
    return f(L);
}

/* Before what may take as long as a text is. */
static int l_timed(lua_State *L)
{
    sandbox_check_clock(L);
    return call_guarded(L);
}

/* ---- base, cut down ---------------------------------------------------------------------- */

static int l_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    check(L, status);
    lua_pushboolean(L, status == LUA_OK);
    lua_insert(L, 1);
    return lua_gettop(L);
}

enum { HANDLER_CALLS = 200 };

/* The error on top of the stack becomes what the handler at 1 says to it. As in Lua, what goes wrong in there is what
 * it is called with next, though not for ever. */
static void handle(lua_State *L)
{
    int status = LUA_ERRRUN;
    for (int i = 0; i < HANDLER_CALLS && status != LUA_OK; i++) {
        lua_pushvalue(L, 1);
        lua_insert(L, -2);
        status = lua_pcall(L, 1, 1, 0);
        check(L, status);
    }
    if (status == LUA_OK) return;
    lua_pop(L, 1);
    lua_pushliteral(L, "error in error handling");
}

static int l_xpcall(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);                   /* the handler, kept below */
    lua_insert(L, 1);
    lua_remove(L, 3);
    int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    check(L, status);
    if (status == LUA_OK) {
        lua_pushboolean(L, 1);
        lua_replace(L, 1);
        return lua_gettop(L);
    }
    handle(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int l_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "__gc is not allowed");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

/* What went wrong, on top of the stack, as load hands it back. */
static int not_loaded(lua_State *L)
{
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

/* The pieces that the function at 1 gives until it gives none, as one text on top of the stack; or false, and there is
 * what went wrong. */
static bool gather(lua_State *L)
{
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (size_t all = 0, n = 1; n;) {
        lua_pushvalue(L, 1);
        int status = lua_pcall(L, 0, 1, 0);
        check(L, status);
        if (status != LUA_OK) return false;
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            break;
        }
        const char *piece = lua_tolstring(L, -1, &n), *wrong = NULL;
        if (!piece) wrong = "reader function must return a string";
        else if ((all += n) > SCRIPT_SOURCE) wrong = "load: the text is longer than 1 MB";
        if (wrong) {
            luaL_where(L, 1);
            lua_pushfstring(L, "%s%s", lua_tostring(L, -1), wrong);
            return false;
        }
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
    return true;
}

/* In Lua's words, which finds no name for a function that is made anew for each call. */
static void check_load(lua_State *L, int arg, bool is, const char *wanted)
{
    if (!is) luaL_error(L, "bad argument #%d to 'load' (%s expected, got %s)", arg, wanted, luaL_typename(L, arg));
}

/* What is loaded is none of the author's files, though it may be called as one is: @ makes a frame one of his. Without
 * a name it is called as it begins; a secret in it would be cut there, and nobody could find it. */
static const char *chunk_name(lua_State *L, const char *text)
{
    const ScriptCall *call = script_of(L)->call;
    bool known = text && !call->told_n && !secrets_count(call->secrets);
    const char *name = luaL_optstring(L, 2, known ? text : "=(load)");
    return *name == '@' ? lua_pushfstring(L, "=%s", name + 1) : name;
}

static int l_load(lua_State *L)
{
    size_t n;
    bool surrounded = !lua_isnone(L, 4);
    check_load(L, 3, lua_isnoneornil(L, 3) || lua_isstring(L, 3), "string");
    check_load(L, 2, lua_isnoneornil(L, 2) || lua_isstring(L, 2), "string");
    check_load(L, 1, lua_isstring(L, 1) || lua_isfunction(L, 1), "function");
    lua_settop(L, 4);
    const char *mode = luaL_optstring(L, 3, "t"), *text = lua_tostring(L, 1);
    const char *name = chunk_name(L, text);
    sandbox_check_clock(L);
    if (text) lua_pushvalue(L, 1);
    else if (!gather(L)) return not_loaded(L);
    text = lua_tolstring(L, -1, &n);
    if (n > SCRIPT_SOURCE) return luaL_error(L, "load: the text is longer than 1 MB");
    if (*text == *LUA_SIGNATURE) mode = "t";       /* bytecode: whatever it says, it is not taken */
    int status = luaL_loadbufferx(L, text, n, name, mode);
    check(L, status);
    if (status != LUA_OK) return not_loaded(L);
    lua_pushvalue(L, surrounded ? 4 : lua_upvalueindex(1));    /* or the block's own surroundings */
    lua_setupvalue(L, -2, 1);
    return 1;
}

/* In memory, which Lua would tell. */
static bool has_place(lua_State *L, int index)
{
    int type = lua_type(L, index);
    return type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TUSERDATA || type == LUA_TLIGHTUSERDATA;
}

const char *sandbox_text(lua_State *L, int index, size_t *n)
{
    bool placed = has_place(L, index);
    if (!placed || luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        if (placed) lua_pop(L, 1);
        return luaL_tolstring(L, index, n);
    }
    index = lua_absindex(L, index);
    int named = luaL_getmetafield(L, index, "__name");
    if (named != LUA_TNIL && named != LUA_TSTRING) lua_pop(L, 1);
    if (named != LUA_TSTRING) lua_pushstring(L, luaL_typename(L, index));
    return lua_tolstring(L, -1, n);
}

static int l_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    sandbox_text(L, 1, NULL);
    return 1;
}

/* A line of the values on the stack, behind what is to stand ahead of it. */
static int print_line(lua_State *L, const char *level)
{
    Script *s = script_of(L);
    buf_puts(&s->printed, level);
    int n = lua_gettop(L);
    for (int i = 1; i <= n; i++) {
        size_t length;
        const char *text = sandbox_text(L, i, &length);
        if (s->printed.n + length >= MOST_PRINTED) return expire(L, "it printed more than 64 KB");
        if (i > 1) buf_putc(&s->printed, '\t');
        buf_add(&s->printed, text, length);
        lua_pop(L, 1);
    }
    if (s->printed.n >= MOST_PRINTED) return expire(L, "it printed more than 64 KB");
    buf_putc(&s->printed, '\n');
    return 0;
}

static int l_print(lua_State *L) { return print_line(L, ""); }
static int l_info(lua_State *L) { return print_line(L, "info: "); }
static int l_warn(lua_State *L) { return print_line(L, "warn: "); }
static int l_error(lua_State *L) { return print_line(L, "error: "); }

static int l_fail(lua_State *L)
{
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    return lua_error(L);                   /* without a place: it is said to people */
}

bool sandbox_is_fail(lua_CFunction f)
{
    return f == l_fail;
}

/* ---- strings, guarded ----------------------------------------------------------------------- */

static int l_rep(lua_State *L)
{
    size_t n, m = 0;
    luaL_checklstring(L, 1, &n);
    lua_Integer times = luaL_checkinteger(L, 2);
    luaL_optlstring(L, 3, "", &m);
    size_t each = n + m ? n + m : 1;       /* even nothing takes its time, if it is done 1 << 62 times */
    if (times > 0 && (each > LONGEST_TEXT || (uint64_t)times > LONGEST_TEXT ||
                      (uint64_t)times * each > LONGEST_TEXT + m))
        return luaL_error(L, "resulting string too large: string.rep makes 16 MB at most");
    return call_guarded(L);
}

/* As tostring shows them, of what has a place in memory; and no %p. */
static int l_format(lua_State *L)
{
    size_t length;
    const char *format = luaL_checklstring(L, 1, &length), *end = format + length;
    int n = lua_gettop(L);
    sandbox_need_stack(L, 3);
    sandbox_check_clock(L);
    int at = 1;                        /* whose turn it is */
    for (const char *p = format; (p = memchr(p, '%', (size_t)(end - p))); p++) {
        size_t flags = strspn(p + 1, "-+ #0123456789.");
        char kind = p[1 + flags];
        if (p[1] == '%') p++;
        else if (kind == 'p')
            return luaL_error(L, "invalid conversion '%s' to 'format': %%p is not allowed",
                              lua_pushlstring(L, p, flags + 2));
        else if (++at <= n && kind == 's' && has_place(L, at)) {
            sandbox_text(L, at, NULL);
            lua_replace(L, at);
        }
    }
    return call_guarded(L);
}

static bool holds_any(const char *p, size_t n, const char *any)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] && strchr(any, p[i])) return true;
    return false;
}

/* Does a pattern's single item (what stands ahead of a repetition) match c? Sets count as matching all. */
static bool item_matches(const char *item, unsigned char c)
{
    if (item[0] == '.' || item[0] == '[') return true;
    if (item[0] != '%') return (unsigned char)item[0] == c;
    bool is;
    switch (tolower((unsigned char)item[1])) {
    case 'a': is = isalpha(c); break;
    case 'c': is = iscntrl(c); break;
    case 'd': is = isdigit(c); break;
    case 'g': is = isgraph(c); break;
    case 'l': is = islower(c); break;
    case 'p': is = ispunct(c); break;
    case 's': is = isspace(c); break;
    case 'u': is = isupper(c); break;
    case 'w': is = isalnum(c); break;
    case 'x': is = isxdigit(c); break;
    default: return (unsigned char)item[1] == c;
    }
    return is != (isupper((unsigned char)item[1]) != 0);
}

/* How often the item can match at most, one after the other: the text's longest run of it. */
static double longest_run(const char *item, const char *text, size_t n)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < n; i++) {
        run = item_matches(item, (unsigned char)text[i]) ? run + 1 : 0;
        if (run > longest) longest = run;
    }
    return (double)longest;
}

/* At most how many steps a pattern takes on a text. Each repetition that something stands behind may be
 * tried at every length, and all of them at every place where the match may begin. */
static double pattern_work(const char *p, size_t m, bool anchored, const char *text, size_t n)
{
    double all = (double)n + 1, work = anchored ? 1 : all;
    const char *item = p;
    for (size_t i = 0; i < m; i++) {
        char c = p[i];
        if (c == '?') {
            work *= 2;
        } else if (c == '*' || c == '+' || c == '-') {
            if (i + 1 < m && !(p[i + 1] == ')' && i + 2 == m)) work *= longest_run(item, text, n) + 1;
        } else if (c == '[') {
            item = p + i;
            i += i + 1 < m && p[i + 1] == '^';
            for (i++; i + 1 < m && (p[i] != ']' || p + i == item + 1); i++) i += p[i] == '%';
        } else {
            item = p + i;
            i += c == '%';
            if (c == '%' && i < m && (p[i] == 'b' || isdigit((unsigned char)p[i]))) work *= all;
        }
    }
    return work;
}

typedef enum PatternUse { MATCHES, FINDS, ITERATES } PatternUse;

/* What could run for minutes inside C, where no hook looks, is refused. */
static int l_pattern(lua_State *L)
{
    size_t n, m;
    luaL_checklstring(L, 1, &n);
    const char *text = lua_tostring(L, 1), *p = luaL_checklstring(L, 2, &m);
    PatternUse use = (PatternUse)lua_tointeger(L, lua_upvalueindex(2));
    bool plain = use == FINDS && (lua_toboolean(L, 4) || !holds_any(p, m, "^$*+?.([%-"));
    bool anchored = use != ITERATES && *p == '^';
    if (plain && (double)n * (double)m > MOST_COMPARED)
        return luaL_error(L, "looking for %d bytes in %d bytes could take too long", (int)m, (int)n);
    if (!plain && m > LONGEST_PATTERN)
        return luaL_error(L, "a pattern has at most %d bytes, and this one %d", LONGEST_PATTERN, (int)m);
    if (!plain && pattern_work(p, m, anchored, text, n) > MOST_WORK)
        return luaL_error(L, "this pattern could take too long on a text of %d bytes: "
                             "use fewer * + - ?, or begin it with ^", (int)n);
    sandbox_check_clock(L);
    return call_guarded(L);
}

/* ---- tables, guarded --------------------------------------------------------------------------- */

static int get_behind(lua_State *L)
{
    sandbox_check_clock(L);
    lua_settop(L, 2);
    lua_gettable(L, lua_upvalueindex(1));
    return 1;
}

/* What is set may stand behind a __newindex, and grow there: see lends in script.c. */
static void fill_begins(lua_State *L)
{
    script_of(L)->filling = true;
}

static void fill_ends(lua_State *L)
{
    Script *s = script_of(L);
    s->filling = false;
    take_back(s);
    check(L, LUA_OK);
}

static int set_behind(lua_State *L)
{
    sandbox_check_clock(L);
    lua_settop(L, 3);
    fill_begins(L);
    lua_settable(L, lua_upvalueindex(1));
    fill_ends(L);
    return 0;
}

static int length_behind(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

/* Does it tell its length itself, or where its entries go? */
static bool is_strange(lua_State *L, int index)
{
    if (!lua_istable(L, index)) return false;
    bool tells = luaL_getmetafield(L, index, "__len") != LUA_TNIL ||
                 luaL_getmetafield(L, index, "__newindex") != LUA_TNIL;
    if (tells) lua_pop(L, 1);
    return tells;
}

/* Such a table may say another length each time, or one that is a lie, and make a loop over it last. Lua's own
 * functions are given one that stands in front of it: of a length that stays, and at each step the limits are looked
 * at. */
static void stand_in_front(lua_State *L, int index, lua_Integer length)
{
    static const struct { const char *event; lua_CFunction f; } ways[] = {
        {"__index", get_behind}, {"__newindex", set_behind}};
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        lua_pushvalue(L, index);
        lua_pushcclosure(L, ways[i].f, 1);
        lua_setfield(L, -2, ways[i].event);
    }
    lua_pushinteger(L, length);
    lua_pushcclosure(L, length_behind, 1);
    lua_setfield(L, -2, "__len");
    lua_setmetatable(L, -2);
    lua_replace(L, index);
}

/* How long the table at 1 is, and stays. Whatever else stands there, Lua itself says what it thinks of it. */
static lua_Integer steady_length(lua_State *L)
{
    if (!is_strange(L, 1)) return lua_istable(L, 1) ? (lua_Integer)lua_rawlen(L, 1) : 0;
    lua_Integer n = luaL_len(L, 1);
    stand_in_front(L, 1, n);
    return n;
}

static bool are_many(lua_Integer first, lua_Integer last)
{
    return last > first && (lua_Unsigned)last - (lua_Unsigned)first >= MOST_ELEMENTS;
}

static int too_many(lua_State *L, lua_Integer first, lua_Integer last)
{
    return luaL_error(L, "from %I to %I are too many elements", (LUAI_UACINT)first, (LUAI_UACINT)last);
}

/* insert(t, at, v), remove(t, at) move all that stands behind; the second upvalue says with how many arguments there
 * is an `at`. */
static int l_shift(lua_State *L)
{
    bool placed = lua_gettop(L) >= lua_tointeger(L, lua_upvalueindex(2)), strange = is_strange(L, 1);
    sandbox_check_clock(L);
    if (strange && placed) {
        lua_Integer last = steady_length(L), at = lua_tointeger(L, 2);
        if (are_many(at, last)) return too_many(L, at, last);
    } else if (strange) {
        fill_begins(L);
    }
    int n = call_guarded(L);
    if (strange && !placed) fill_ends(L);
    return n;
}

/* Lua refuses itself what its stack does not hold. */
static int l_unpack(lua_State *L)
{
    if (lua_isnoneornil(L, 3)) steady_length(L);
    sandbox_check_clock(L);
    return call_guarded(L);
}

static int l_concat(lua_State *L)
{
    lua_Integer n = steady_length(L), first = luaL_optinteger(L, 3, 1), last = luaL_optinteger(L, 4, n);
    if (are_many(first, last)) return too_many(L, first, last);
    sandbox_check_clock(L);
    return call_guarded(L);
}

/* Both sides are tables, and at least one of them is strange. */
static int move_in_front(lua_State *L, int into)
{
    lua_settop(L, 5);
    lua_pushvalue(L, into);
    bool within = into == 1 || lua_rawequal(L, 1, into);
    if (is_strange(L, 1)) stand_in_front(L, 1, 0);
    if (within && into != 1) lua_copy(L, 1, into);
    if (!within && is_strange(L, into)) stand_in_front(L, into, 0);
    call_guarded(L);
    lua_pushvalue(L, 6);
    return 1;
}

/* move(from, first, last, at, into). A range that Lua refuses is left to it. */
static int l_move(lua_State *L)
{
    lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3), at = luaL_checkinteger(L, 4);
    int into = lua_isnoneornil(L, 5) ? 1 : 5;
    sandbox_check_clock(L);
    if (lua_istable(L, 1) && lua_istable(L, into) && (is_strange(L, 1) || is_strange(L, into)))
        return move_in_front(L, into);
    if (are_many(first, last) && (first > 0 || last < LUA_MAXINTEGER + first) && at <= LUA_MAXINTEGER - (last - first))
        return too_many(L, first, last);
    return call_guarded(L);
}

/* Texts that begin alike are compared for as long as they do, and a sort compares each some twenty times. */
static double sorting_work(lua_State *L)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
    size_t longest = 0;
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(L, 1, i) == LUA_TSTRING && lua_rawlen(L, -1) > longest) longest = lua_rawlen(L, -1);
        lua_pop(L, 1);
    }
    return (double)longest * (double)n * 20;
}

static int l_sort(lua_State *L)
{
    bool strange = is_strange(L, 1);
    lua_Integer n = steady_length(L);
    if (are_many(1, n) && n < INT_MAX) return luaL_error(L, "array too big: table.sort takes 16 million elements");
    if (lua_istable(L, 1) && !strange && lua_isnoneornil(L, 2) && sorting_work(L) > MOST_SORTED)
        return luaL_error(L, "table.sort: texts as long as these, and as many, could take too long");
    sandbox_check_clock(L);
    return call_guarded(L);
}

/* ---- math.random, from the world's seed ---------------------------------------------------------- */

static uint64_t next_random(Script *s)
{
    uint64_t z = (s->seed += UINT64_C(0x9e3779b97f4a7c15));      /* splitmix64 (Steele, Lea, Flood 2014) */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int l_random(lua_State *L)
{
    uint64_t r = next_random(script_of(L));
    int n = lua_gettop(L);
    if (n == 0) {
        lua_pushnumber(L, (lua_Number)(r >> 11) * 0x1p-53);
        return 1;
    }
    if (n > 2) return luaL_error(L, "wrong number of arguments");
    lua_Integer low = n > 1 ? luaL_checkinteger(L, 1) : 1, high = luaL_checkinteger(L, n);
    if (n == 1 && high == 0) {
        lua_pushinteger(L, (lua_Integer)r);
        return 1;
    }
    luaL_argcheck(L, low <= high, 1, "interval is empty");
    uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    lua_pushinteger(L, (lua_Integer)((uint64_t)low + (span ? r % span : r)));
    return 1;
}

/* ---- the tables ------------------------------------------------------------------------------------ */

static char pristine_key;                  /* in the registry: what every box is filled from */
static char strings_key;                   /* ... and the strings' metatable */

/* Copies the named functions of a standard library into a new table. */
static void copy(lua_State *L, const char *library, const char *const *names)
{
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, library);
    lua_newtable(L);
    for (; *names; names++) {
        lua_getfield(L, -2, *names);
        lua_setfield(L, -2, *names);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* Puts a function in front of another, which is its first upvalue. */
static void guard(lua_State *L, const char *name, lua_CFunction with, int detail)
{
    lua_getfield(L, -1, name);
    lua_pushinteger(L, detail);
    lua_pushcclosure(L, with, 2);
    lua_setfield(L, -2, name);
}

static void push_strings(lua_State *L)
{
    static const char *const names[] = {"byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match",
                                        "rep", "reverse", "sub", "upper", "pack", "packsize", "unpack", NULL};
    copy(L, "string", names);
    guard(L, "rep", l_rep, 0);
    guard(L, "format", l_format, 0);
    guard(L, "pack", l_timed, 0);
    guard(L, "unpack", l_timed, 0);
    guard(L, "packsize", l_timed, 0);
    guard(L, "find", l_pattern, FINDS);
    guard(L, "match", l_pattern, MATCHES);
    guard(L, "gmatch", l_pattern, ITERATES);
    guard(L, "gsub", l_pattern, MATCHES);
}

static void push_tables(lua_State *L)
{
    static const char *const names[] = {"concat", "insert", "move", "pack", "remove", "sort", "unpack", NULL};
    copy(L, "table", names);
    guard(L, "insert", l_shift, 3);
    guard(L, "remove", l_shift, 2);
    guard(L, "sort", l_sort, 0);
    guard(L, "concat", l_concat, 0);
    guard(L, "move", l_move, 0);
    guard(L, "unpack", l_unpack, 0);
}

/* ("x"):upper() finds what is in the table on top of the stack, and only that. */
static void strings_find(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &strings_key);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

/* Texts get a metatable of ours, which keeps how they are calculated with ("10" + 1). */
static void open_strings(lua_State *L)
{
    static const char *const operators[] = {"__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm", "__idiv",
                                            NULL};
    lua_pushliteral(L, "");
    lua_newtable(L);
    lua_getmetatable(L, -2);
    for (const char *const *o = operators; *o; o++) {
        guard(L, *o, l_timed, 0);      /* a number may be as long as a text is */
        lua_getfield(L, -1, *o);
        lua_setfield(L, -3, *o);
    }
    lua_pop(L, 1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &strings_key);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    strings_find(L);
}

/* What Lua calls a function in a message, where the call does not say it, it looks up among what was loaded: there it
 * finds these, and not those that stand behind a guard. */
static void name_functions(lua_State *L)
{
    static const char *const libraries[] = {"string", "table", "math", "utf8"};
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        lua_getfield(L, -2, libraries[i]);
        lua_setfield(L, -2, libraries[i]);
    }
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, LUA_GNAME);
    lua_pop(L, 1);
}

void sandbox_open(Script *s)
{
    static const char *const base[] = {"assert", "error", "getmetatable", "ipairs", "next", "pairs", "rawequal",
                                       "rawget", "rawlen", "rawset", "select", "tonumber", "type", NULL};
    static const char *const maths[] = {"abs", "ceil", "floor", "fmod", "huge", "max", "maxinteger", "min",
                                        "mininteger", "modf", "pi", "sqrt", "tointeger", "type", "ult", "exp", "log",
                                        "sin", "cos", "tan", "asin", "acos", "atan", "deg", "rad", NULL};
    static const char *const utf8s[] = {"char", "charpattern", "codepoint", "codes", "len", "offset", NULL};
    static const luaL_Reg own[] = {{"pcall", l_pcall}, {"xpcall", l_xpcall}, {"setmetatable", l_setmetatable},
                                   {"print", l_print}, {"tostring", l_tostring},
                                   {"fail", l_fail}, {NULL, NULL}},
                          log[] = {{"info", l_info}, {"warn", l_warn}, {"error", l_error}, {NULL, NULL}};
    lua_State *L = s->L;
    copy(L, LUA_GNAME, base);
    luaL_setfuncs(L, own, 0);
    guard(L, "tonumber", l_timed, 0);
    push_strings(L);
    open_strings(L);
    lua_setfield(L, -2, "string");
    push_tables(L);
    lua_setfield(L, -2, "table");
    copy(L, "math", maths);
    lua_pushcfunction(L, l_random);
    lua_setfield(L, -2, "random");
    lua_setfield(L, -2, "math");
    copy(L, "utf8", utf8s);
    guard(L, "len", l_timed, 0);
    guard(L, "offset", l_timed, 0);
    guard(L, "codepoint", l_timed, 0);
    lua_setfield(L, -2, "utf8");
    luaL_newlib(L, log);
    lua_setfield(L, -2, "log");
    modules_open(L);
    asking_open(L);
    name_functions(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &pristine_key);
}

void sandbox_clean(Script *s)
{
    lua_State *L = s->L;
    if (!s->strings_copied) return;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &pristine_key);
    lua_getfield(L, -1, "string");
    strings_find(L);
    lua_pop(L, 2);
    s->strings_copied = false;
}

/* Keeps what is on top of the stack in the call's box, under the key at 2. */
static void keep_in_box(Script *s)
{
    lua_State *L = s->L;
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->box);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* The library on top of the stack gives way to a copy, which is the call's own. */
static void unpack(Script *s)
{
    lua_State *L = s->L;
    int library = lua_gettop(L);
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, library);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, library + 1);
    }
    lua_remove(L, library);
    keep_in_box(s);
    if (strcmp(lua_tostring(L, 2), "string") == 0) {
        strings_find(L);
        s->strings_copied = true;
    }
}

static int box_of_loaded(lua_State *L)
{
    sandbox_find(lua_touserdata(L, lua_upvalueindex(1)));
    return 1;
}

/* What a loaded text sees: a table of its own, and behind it the box. */
static void push_load(Script *s)
{
    lua_State *L = s->L;
    lua_newtable(L);
    lua_newtable(L);
    lua_pushlightuserdata(L, s);
    lua_pushcclosure(L, box_of_loaded, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pushcclosure(L, l_load, 1);
    keep_in_box(s);
}

int sandbox_find(Script *s)
{
    lua_State *L = s->L;
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->box);
    lua_pushvalue(L, 2);
    int type = lua_rawget(L, -2);
    if (type != LUA_TNIL || lua_type(L, 2) != LUA_TSTRING) return type;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &pristine_key);
    lua_pushvalue(L, 2);
    type = lua_rawget(L, -2);
    if (type == LUA_TTABLE) unpack(s);
    if (type != LUA_TNIL || strcmp(lua_tostring(L, 2), "load") != 0) return type;
    push_load(s);
    return LUA_TFUNCTION;
}

const char *const *sandbox_names(Script *s, Arena *a, const char *library, uint32_t *n)
{
    lua_State *L = s->L;
    VEC(const char *) names = {0};
    lua_rawgetp(L, LUA_REGISTRYINDEX, &pristine_key);
    if (library) lua_getfield(L, -1, library);
    else *VEC_PUSH(a, &names) = "load";
    if (lua_istable(L, -1))
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
            if (lua_type(L, -2) == LUA_TSTRING) *VEC_PUSH(a, &names) = arena_dup(a, lua_tostring(L, -2));
    lua_settop(L, 0);
    *n = names.n;
    return names.items;
}
