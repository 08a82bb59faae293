/* scan_lua.c -- blocks of Lua.
 *
 * They end at their matching brace, whatever stands in their strings and
 * comments; where that is missing, by their indentation. `lua`, its brace or
 * both may be missing as well.
 */
#include "lang/scan_hand.h"

/* Behind a long bracket that begins at pos, or pos itself where none does. */
static uint32_t long_bracket(const Hand *h, uint32_t pos)
{
    uint32_t level = 0, start = pos;
    if (byte(h, pos) != '[')
        return start;
    while (byte(h, pos + 1 + level) == '=')
        level++;
    if (byte(h, pos + 1 + level) != '[')
        return start;
    for (pos += 2 + level; pos < h->source->n; pos++) {
        if (byte(h, pos) != ']')
            continue;
        uint32_t n = 0;
        while (byte(h, pos + 1 + n) == '=')
            n++;
        if (n == level && byte(h, pos + 1 + n) == ']')
            return pos + 2 + n;
        pos += n;
    }
    return h->source->n;
}

static uint32_t lua_string(const Hand *h, uint32_t pos)
{
    char quote = byte(h, pos++);
    for (; pos < h->source->n && byte(h, pos) != quote; pos++) {
        if (byte(h, pos) == '\\')
            pos++;                 /* also a backslash at the end of a line */
        else if (byte(h, pos) == '\n')
            return pos;            /* Lua itself will tell */
    }
    return pos + 1;
}

/* Behind the brace that ends what is `depth` braces deep at pos, or 0. */
uint32_t hand_lua_end(const Hand *h, uint32_t pos, uint32_t depth)
{
    while (pos < h->source->n) {
        char c = byte(h, pos);
        uint32_t comment;
        if (c == '{') {
            depth++, pos++;
        } else if (c == '}') {
            pos++;
            if (--depth == 0)
                return pos;
        } else if (c == '"' || c == '\'') {
            pos = lua_string(h, pos);
        } else if (c == '-' && byte(h, pos + 1) == '-') {
            comment = long_bracket(h, pos + 2);
            pos = comment > pos + 2 ? comment : line_end(h, pos);
        } else if (c == '[') {
            uint32_t behind = long_bracket(h, pos);
            pos = behind > pos ? behind : pos + 1;
        } else {
            pos++;
        }
    }
    return 0;
}

/* Where an unclosed Lua block ends to the eye: ahead of the first line behind its { that is not indented
 * deeper than the line it begins on, or behind a } that begins that line. */
static uint32_t lua_end_by_indentation(const Hand *h, uint32_t brace)
{
    uint32_t start = hand_line_start(h, h->at), own = 0, pos = line_end(h, brace);
    while (blank(byte(h, start + own)))
        own++;
    while (pos < h->source->n) {
        uint32_t line = pos + 1, n = 0, end = line_end(h, line);
        while (blank(byte(h, line + n)))
            n++;
        if (line + n < end && n <= own)
            return byte(h, line + n) == '}' ? line + n + 1 : pos;
        pos = end;
    }
    return h->source->n;
}

int hand_lua(Hand *h)
{
    Source *s = h->source;
    uint32_t brace = h->at + h->length - 1,
             end = h->lua_unclosed < LUA_UNCLOSED_MAX ? hand_lua_end(h, brace, 0) : 0;
    if (!end) {
        h->lua_unclosed++;
        if (s->at_prompt) {
            s->open = OPEN_LUA;
            end = s->n;
        } else {
            Diag *m = source_report(s, DIAG_E0108, h->at, brace + 1, "this Lua block is never closed");
            diag_hint(s->diags, m, "a } for every { in it, and one for the block itself");
            end = lua_end_by_indentation(h, brace);
            if (end == line_end(h, h->at))
                end = hand_unclosed_end(h, brace, end);
        }
    }
    h->length = end - h->at;
    return LUA;
}

static bool ends_line(const Hand *h, uint32_t at)
{
    while (blank(byte(h, at)))
        at++;
    return byte(h, at) == '\n';
}

/* `lua` without a brace is a name; but behind `how` or a text, or alone on a line, it is a block whose { is
 * missing. */
int hand_lua_word(Hand *h)
{
    const Token *last = h->raw->n ? &h->raw->items[h->raw->n - 1] : NULL;
    bool block = last && (last->word == K_HOW || last->word == K_UNDO ||
                          last->kind == STRING ||
                           (last->kind == RAW_NL && ends_line(h, h->at + h->length)));
    if (!block || h->lua_unclosed >= LUA_UNCLOSED_MAX)
        return IDENT;
    uint32_t end = hand_lua_end(h, h->at + h->length, 1);
    if (!end) {
        h->lua_unclosed++;
        return IDENT;
    }
    Diag *m =
        source_report(h->source, DIAG_E0101, h->at, h->at + h->length, "`lua` without its brace; wanted `{`");
    diag_hint(h->source->diags, m, "a Lua block stands between lua { and }");
    h->length = end - h->at;
    return LUA;
}

/* Behind `how`, `undo` and a check's name a { can only be Lua's: `lua` was forgotten, or changed places with `how`. */
bool hand_begins_lua(const Hand *h)
{
    const Token *last = h->raw->n ? &h->raw->items[h->raw->n - 1] : NULL;
    bool check = last && last->kind == STRING && h->raw->n > 1 && last[-1].word == K_CHECK;
    return last && (check || last->word == K_HOW || last->word == K_UNDO);
}

int hand_lua_without_word(Hand *h)
{
    const Token *before = h->raw->n > 1 ? &h->raw->items[h->raw->n - 2] : NULL;
    bool swapped = before && before->to - before->from == 3 && memcmp(h->source->text + before->from, "lua", 3) == 0;
    h->length = 1;
    if (!swapped) {
        Diag *m = source_report(h->source, DIAG_E0101, h->at, h->at + 1, "{ without its word; wanted `lua {`");
        diag_hint(h->source->diags, m, "a Lua block stands between lua { and }");
    }
    return hand_lua(h);
}

/* `how lua the {`, `how in {`: a word too much, or in place of `lua`. Which of the tokens ahead of the { go. */
uint32_t hand_strangers(const Hand *h)
{
    enum { STRANGERS_MOST = 4 };
    uint32_t n = h->raw->n;
    const Token *t = h->raw->items + n;
    if (n < 2 || t[-1].kind == RAW_NL)
        return 0;
    for (uint32_t i = 2; i <= n && i <= STRANGERS_MOST && t[-(int)i].kind != RAW_NL; i++)
        if (t[-(int)i].kind == IDENT && t[-(int)i].to - t[-(int)i].from == 3 &&
            memcmp(h->source->text + t[-(int)i].from, "lua", 3) == 0)
            return i;
    if (t[-1].kind != IDENT)
        return 0;
    return t[-1].word && (t[-2].word == K_HOW || t[-2].word == K_UNDO) ? 1 : 0;
}

int hand_lua_behind(Hand *h, uint32_t n)
{
    const Token *t = &h->raw->items[h->raw->n - (n > 1 ? n - 1 : 1)];
    Diag *m = source_report(h->source, DIAG_E0101, t->from, t->to, "`%.*s` does not fit here; wanted `%s`",
                            (int)(t->to - t->from), h->source->text + t->from, n > 1 ? "{" : "lua {");
    diag_hint(h->source->diags, m, "a Lua block stands between lua { and }");
    h->raw->n -= n;
    h->length = 1;
    return hand_lua(h);
}

static bool is_text(const Hand *h, const Token *t, const char *text)
{
    size_t n = strlen(text);
    return t->kind == IDENT && t->to - t->from == n && memcmp(h->source->text + t->from, text, n) == 0;
}

/* Behind the next line that begins with a }; or of this one, where none of the lines below does. */
static uint32_t behind_closing_line(const Hand *h)
{
    enum { LINES_MOST = 1000 };
    uint32_t at = h->at;
    for (int lines = 0; lines < LINES_MOST && at < h->source->n; lines++) {
        uint32_t end = line_end(h, at), i = at;
        while (i < end && (byte(h, i) == ' ' || byte(h, i) == '\t'))
            i++;
        if (byte(h, i) == '}')
            return end;
        at = end + 1;
    }
    return h->at;
}

/* `local x = ...`, `function f(...`: lines of Lua whose `lua {` is missing. Nothing in them can be read. */
bool hand_loose_lua(Hand *h, const Token *t, uint32_t n)
{
    bool function = is_text(h, t, "function") && n > 2 && t[2].kind == '(';
    if (!function && !(is_text(h, t, "local") && (is_text(h, &t[1], "function") || (n > 2 && t[2].kind == '='))))
        return false;
    h->loose_to = behind_closing_line(h);
    diags_take_back(h->source->diags, h->told, diags_count(h->source->diags));
    Diag *m = source_report(h->source, DIAG_E0120, t->from, t[1].to, "this is Lua, and stands in no lua { }");
    diag_hint(h->source->diags, m, "write lua { ahead of it, and } behind");
    hand_mute(h, t->from, h->loose_to);
    return true;
}
