/* lua_words.c -- a chunk of Lua as words. */
#include "lang/lua_words.h"
#include <ctype.h>
#include <string.h>

static const char *skip_long(const char *p)
{
    size_t level = strspn(p + 1, "=");
    if (p[0] != '[' || p[1 + level] != '[')
        return NULL;
    for (p += level + 2; *p; p++)
        if (*p == ']' && strspn(p + 1, "=") == level && p[1 + level] == ']')
            return p + level + 2;
    return p;
}

static const char *skip_quoted(const char *p)
{
    char quote = *p++;
    while (*p && *p != quote && *p != '\n')
        p += p[0] == '\\' && p[1] ? 2 : 1;
    return *p ? p + 1 : p;
}

static const char *skip_dark(const char *p)
{
    if (p[0] == '-' && p[1] == '-') {
        const char *end = p[2] == '[' ? skip_long(p + 2) : NULL;
        return end ? end : p + strcspn(p, "\n");
    }
    if (*p == '"' || *p == '\'')
        return skip_quoted(p);
    return *p == '[' ? skip_long(p) : NULL;
}

/* Of the sign here; only dots have to be told apart: `a.b` is a member, `a..b` two words. */
static size_t sign_bytes(const char *p)
{
    size_t dots = strspn(p, ".");
    return dots ? dots : 1;
}

bool lua_word_next(LuaWords *w, char *name, size_t size)
{
    for (;;) {
        const char *p = w->at, *dark = skip_dark(p);
        if (*p == 0)
            return false;
        if (dark) {
            w->at = dark;
        } else if (isalpha((unsigned char)*p) || *p == '_') {
            size_t n = 1;
            while (isalnum((unsigned char)p[n]) || p[n] == '_')
                n++;
            w->at = p + n;
            if (n >= size)
                continue;
            memcpy(name, p, n);
            name[n] = 0;
            return true;
        } else {
            size_t n = isdigit((unsigned char)*p) ? strspn(p, "0123456789abcdefxABCDEFX") : sign_bytes(p);
            w->braces += *p == '{' ? 1 : *p == '}' ? -1 : 0;
            if (!isspace((unsigned char)*p))
                w->before[0] = *p, w->before[1] = n > 1 ? p[1] : 0, w->before[2] = 0;
            w->at = p + n;
        }
    }
}

void lua_word_passed(LuaWords *w, const char *name)
{
    size_t n = strnlen(name, sizeof w->before - 1);
    memcpy(w->before, name, n);
    w->before[n] = 0;
}

bool lua_word_member(const LuaWords *w)
{
    return strcmp(w->before, ".") == 0 || w->before[0] == ':';
}

char lua_word_sign(const LuaWords *w)
{
    const char *p = w->at + strspn(w->at, " \t\r\n");
    return p[0] == '.' && p[1] == '.' ? ' ' : p[0];
}

bool lua_word_opens(const LuaWords *w)
{
    const char *p = w->at + strspn(w->at, " \t\r\n");
    return (p[0] == '.' || p[0] == ':') && p[0] != p[1];
}

bool lua_word_set(const LuaWords *w)
{
    const char *p = w->at + strspn(w->at, " \t\r\n");
    return p[0] == '=' && p[1] != '=' && strcmp(w->before, "local") != 0 && strcmp(w->before, "for") != 0;
}
