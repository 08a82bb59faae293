/* script_text.c -- the module `text`: what Lua's `string` does with bytes, done with characters.
 *
 * Texts are UTF-8; what to look for is plain text, never a pattern. Nothing is
 * rounded here, and nothing depends on where the program runs.
 */
#include "runtime/script_modules.h"

#include <string.h>

enum { LONGEST_ALIKE = 2000 };         /* bytes of a text that is compared letter by letter */

/* The length of what is left of n bytes without the white space at their end. */
static size_t without_end(const char *text, size_t n)
{
    for (size_t at = n; at > 0;) {
        do at--;
        while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80);
        if (!text_space(text + at, n - at)) break;
        n = at;
    }
    return n;
}

static size_t blank_begin(const char *text, size_t n)
{
    size_t at = 0, step;
    while (at < n && (step = text_space(text + at, n - at))) at += step;
    return at;
}

static int l_trim(lua_State *L)
{
    size_t n;
    const char *text = module_take_text(L, 1, &n);
    size_t begin = blank_begin(text, n);
    lua_pushlstring(L, text + begin, without_end(text + begin, n - begin));
    return 1;
}

/* ---- taken apart ---------------------------------------------------------------------------- */

/* To the list on top of the stack, as its i-th. */
static void add_part(lua_State *L, lua_Integer i, const char *from, size_t n)
{
    lua_pushlstring(L, from, n);
    lua_rawseti(L, -2, i);
}

static void split_words(lua_State *L, const char *text, size_t n)
{
    lua_Integer i = 0;
    for (size_t at = blank_begin(text, n), end = at; at < n; end = at) {
        while (end < n && !text_space(text + end, n - end)) end++;
        add_part(L, ++i, text + at, end - at);
        at = end + blank_begin(text + end, n - end);
    }
}

/* Mostly it is one byte, for which the longer way would be looked for each time. */
static const char *find_separator(const char *text, size_t n, const char *by, size_t m)
{
    return m == 1 ? memchr(text, *by, n) : memmem(text, n, by, m);
}

/* split(text): its words; split(text, separator): what stands between, with blanks, and also nothing. */
static int l_split(lua_State *L)
{
    size_t n, m = 0;
    const char *text = module_take_text(L, 1, &n), *end;
    const char *by = lua_isnoneornil(L, 2) ? NULL : module_take_text(L, 2, &m);
    luaL_argcheck(L, !by || m, 2, "an empty text separates nothing");
    lua_Integer i = 0;
    lua_newtable(L);
    if (!by) split_words(L, text, n);
    if (!by) return 1;
    for (; (end = find_separator(text, n, by, m)); n -= (size_t)(end - text) + m, text = end + m)
        add_part(L, ++i, text, (size_t)(end - text));
    add_part(L, ++i, text, n);
    return 1;
}

/* By \n or \r\n; one at the end begins no further line. */
static int l_lines(lua_State *L)
{
    size_t n;
    const char *text = module_take_text(L, 1, &n);
    lua_newtable(L);
    for (lua_Integer i = 1; n; i++) {
        const char *end = memchr(text, '\n', n);
        size_t length = end ? (size_t)(end - text) : n, step = end ? length + 1 : n;
        add_part(L, i, text, length - (end && length && text[length - 1] == '\r'));
        text += step, n -= step;
    }
    return 1;
}

static int l_join(lua_State *L)
{
    size_t n, m = 0;
    luaL_checktype(L, 1, LUA_TTABLE);
    const char *between = lua_isnoneornil(L, 2) ? "" : module_take_text(L, 2, &m);
    lua_settop(L, 2);
    Buf *b = module_begin(L);
    for (lua_Integer i = 1; lua_rawgeti(L, 1, i) != LUA_TNIL; i++) {
        bool shows = lua_isstring(L, 3) || lua_isboolean(L, 3) || values_test(L, 3);
        if (!shows)
            return luaL_error(L, "element %I is a %s, and no text", (LUAI_UACINT)i, luaL_typename(L, 3));
        const char *part = luaL_tolstring(L, 3, &n);
        if (i > 1) buf_add(b, between, m);
        buf_add(b, part, n);
        if (b->n > MODULE_LONGEST_WRITTEN) break;
        lua_settop(L, 2);
    }
    return module_push_made(L, "text.join");
}

/* ---- made other ------------------------------------------------------------------------------- */

static int make_other(lua_State *L, char *(*made)(Arena *, const char *))
{
    size_t n;
    const char *text = module_take_text(L, 1, &n);
    lua_pushstring(L, made(module_scratch(L), text));
    return 1;
}

static int l_upper(lua_State *L) { return make_other(L, text_upper); }
static int l_lower(lua_State *L) { return make_other(L, text_lower); }
static int l_slug(lua_State *L) { return make_other(L, text_slug); }

/* replace(text, what, with): every one, from the left. */
static int l_replace(lua_State *L)
{
    size_t n, m, k;
    const char *text = module_take_text(L, 1, &n), *what = module_take_text(L, 2, &m), *found;
    const char *with = module_take_text(L, 3, &k);
    luaL_argcheck(L, m, 2, "an empty text is everywhere");
    Buf *b = module_begin(L);
    while ((found = memmem(text, n, what, m)) && b->n <= MODULE_LONGEST_WRITTEN) {
        buf_add(b, text, (size_t)(found - text));
        buf_add(b, with, k);
        n -= (size_t)(found - text) + m, text = found + m;
    }
    buf_add(b, text, n);
    return module_push_made(L, "text.replace");
}

/* pad(text, columns, side): to the left, unless it says "right" or "centre"; what is wider stays as it is. */
static int l_pad(lua_State *L)
{
    static const char *const sides[] = {"left", "right", "centre", NULL};
    size_t n;
    const char *text = module_take_text(L, 1, &n);
    lua_Integer columns = luaL_checkinteger(L, 2);
    int side = luaL_checkoption(L, 3, "left", sides);
    luaL_argcheck(L, columns >= 0 && columns <= MODULE_LONGEST_READ, 2, "0 to 4 million columns are wanted");
    size_t width = text_width(text, n), blanks = (size_t)columns > width ? (size_t)columns - width : 0;
    size_t before = side == 0 ? 0 : side == 1 ? blanks : blanks / 2;
    Buf *b = module_begin(L);
    buf_pad(b, ' ', before);
    buf_add(b, text, n);
    buf_pad(b, ' ', blanks - before);
    return module_push_made(L, "text.pad");
}

/* cut(text, columns): what is wider ends in an ellipsis, within them. */
static int l_cut(lua_State *L)
{
    size_t n;
    const char *text = module_take_text(L, 1, &n);
    lua_Integer columns = luaL_checkinteger(L, 2);
    luaL_argcheck(L, columns >= 1 && columns <= MODULE_LONGEST_READ, 2, "1 to 4 million columns are wanted");
    Buf *b = module_begin(L);
    bool wide = text_fit(text, n, (size_t)columns) < n;
    buf_add(b, text, wide ? text_fit(text, n, (size_t)columns - 1) : n);
    if (wide) buf_puts(b, "\xe2\x80\xa6");
    return module_push_made(L, "text.cut");
}

/* ---- asked about -------------------------------------------------------------------------------- */

static int l_length(lua_State *L)
{
    size_t n;
    const char *text = module_take_text(L, 1, &n);
    lua_pushinteger(L, text_length(text));
    return 1;
}

static int l_width(lua_State *L)
{
    size_t n;
    const char *text = module_take_text(L, 1, &n);
    lua_pushinteger(L, (lua_Integer)text_width(text, n));
    return 1;
}

static int l_contains(lua_State *L)
{
    size_t n, m;
    const char *text = module_take_text(L, 1, &n), *part = module_take_text(L, 2, &m);
    lua_pushboolean(L, memmem(text, n, part, m) != NULL);
    return 1;
}

static int l_starts_with(lua_State *L)
{
    size_t n, m;
    const char *text = module_take_text(L, 1, &n), *part = module_take_text(L, 2, &m);
    lua_pushboolean(L, n >= m && memcmp(text, part, m) == 0);
    return 1;
}

static int l_ends_with(lua_State *L)
{
    size_t n, m;
    const char *text = module_take_text(L, 1, &n), *part = module_take_text(L, 2, &m);
    lua_pushboolean(L, n >= m && memcmp(text + n - m, part, m) == 0);
    return 1;
}

/* Of the longer one's letters the part that need not be changed, added, dropped or swapped with its neighbour. */
static int l_similar(lua_State *L)
{
    size_t n, m;
    const char *a = module_take_text(L, 1, &n), *b = module_take_text(L, 2, &m);
    luaL_argcheck(L, n <= LONGEST_ALIKE, 1, "it is longer than 2,000 bytes");
    luaL_argcheck(L, m <= LONGEST_ALIKE, 2, "it is longer than 2,000 bytes");
    uint32_t longer = text_length(a) > text_length(b) ? text_length(a) : text_length(b);
    Value alike = value_number(DECIMAL_ONE);
    bool fits = !longer || decimal_scale(DECIMAL_ONE, longer - text_distance(a, b, longer), longer, &alike.i);
    if (fits) values_push(L, &alike);
    return fits;
}

void module_text(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"contains", l_contains}, {"cut", l_cut}, {"ends_with", l_ends_with}, {"join", l_join}, {"length", l_length},
        {"lines", l_lines}, {"lower", l_lower}, {"pad", l_pad}, {"replace", l_replace}, {"similar", l_similar},
        {"slug", l_slug}, {"split", l_split}, {"starts_with", l_starts_with}, {"trim", l_trim}, {"upper", l_upper},
        {"width", l_width}, {NULL, NULL}};
    luaL_newlib(L, functions);
}
