/* lower_border.c -- what Lua may reach outside: secrets, web hosts, files; and the holidays of a calendar.
 *
 * All of it is written for the auditor as much as for the machine: what is not
 * allowed here cannot be reached. So each line is held to its form: a host
 * alone, a path that stays inside, a name that the environment can have.
 */
#include "lang/grammar.h"
#include "lang/lower.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- secrets ------------------------------------------------------------------------------ */

static bool is_env_name(const char *name)
{
    bool fits = *name && !isdigit((unsigned char)*name);
    for (; *name && fits; name++)
        fits = isalnum((unsigned char)*name) || *name == '_';
    return fits;
}

static IrSecret lower_secret(Lower *l, const Item *item)
{
    const Ast *ast = item->ast;
    const char *env = lower_text(l, ast->secret.env);
    if (env && !is_env_name(env)) {
        Diag *m = diag_add(l->diags, DIAG_E0551, ast->secret.env->at, "the environment can hold nothing named \"%s\"",
                           env);
        diag_hint(l->diags, m, "such a name is letters, digits and _: secret %s from env \"TOKEN\"",
                  ast->secret.name.text);
    }
    return (IrSecret){item->name, env, lower_place(l, ast->at)};
}

static void lower_secrets(Lower *l)
{
    IrProgram *p = l->symbols.program;
    IrSecret *all = ARENA_ARRAY(l->arena, IrSecret, l->secrets.n);
    for (uint32_t i = 0; i < l->secrets.n; i++)
        all[i] = lower_secret(l, &l->secrets.items[i]);
    p->secrets = all;
    p->secrets_n = l->secrets.n;
}

/* ---- hosts -------------------------------------------------------------------------------- */

/* Letters, digits and - between dots; a * as the first part means all hosts below. */
static bool is_host(const char *text, size_t n)
{
    size_t part = 0;
    if (n > 2 && text[0] == '*' && text[1] == '.')
        text += 2, n -= 2;
    for (size_t i = 0; i < n; i++) {
        bool dot = text[i] == '.';
        bool hyphen = text[i] == '-' && part > 0 && i + 1 < n && text[i + 1] != '.';
        if (dot ? part == 0 : !hyphen && !isalnum((unsigned char)text[i]))
            return false;
        part = dot ? 0 : part + 1;
    }
    return part > 0 && n <= 253;
}

/* An address of IPv6 stands in [], as in a link: its colons are none ahead of a port. */
static bool is_v6(const char *text, size_t n)
{
    char inside[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (n < 4 || n - 2 >= sizeof inside || text[0] != '[' || text[n - 1] != ']')
        return false;
    memcpy(inside, text + 1, n - 2);
    inside[n - 2] = '\0';
    return inet_pton(AF_INET6, inside, &address) == 1;
}

static bool is_port(const char *text)
{
    long port = 0;
    size_t n = strspn(text, "0123456789");
    for (size_t i = 0; i < n && n <= 5; i++)
        port = port * 10 + text[i] - '0';
    return n > 0 && n <= 5 && !text[n] && port > 0 && port < 65536;
}

/* The host of "https://host/path", as far as it can be told. */
static const char *host_in(Lower *l, const char *text)
{
    const char *bracketed = arena_printf(l->arena, "[%s]", text);
    if (is_v6(bracketed, strlen(bracketed)))
        return bracketed;
    const char *scheme = strstr(text, "://"), *from = scheme ? scheme + 3 : text;
    size_t n = strcspn(from, "/:?#");
    return is_host(from, n) ? arena_dup_n(l->arena, from, n) : NULL;
}

static void check_host(Lower *l, const Ast *at, const char *text)
{
    size_t inside = *text == '[' ? strcspn(text, "]") : 0, n = inside + strcspn(text + inside, ":");
    if ((is_host(text, n) || is_v6(text, n)) && (!text[n] || is_port(text + n + 1)))
        return;
    const char *host = host_in(l, text);
    Diag *m = diag_add(l->diags, DIAG_E0548, at->at, "\"%s\" is not the name of a host", text);
    diag_hint(l->diags, m, host ? "write the host alone: allow http \"%s\"" : "write it like allow http \"%s\"",
              host ? host : "api.example.com");
}

/* ---- files -------------------------------------------------------------------------------- */

static void check_path(Lower *l, const Ast *at, const char *path)
{
    int depth = 0;
    bool outside = path[0] == '/' || path[0] == '~' || !*path;
    for (const char *p = path; *p && !outside;) {
        size_t n = strcspn(p, "/");
        if (n == 2 && p[0] == '.' && p[1] == '.')
            outside = --depth < 0;
        else if (n > 0 && !(n == 1 && p[0] == '.'))
            depth++;
        p += n + (p[n] == '/');
    }
    if (!outside)
        return;
    Diag *m = diag_add(l->diags, DIAG_E0549, at->at, "\"%s\" %s", path,
                       *path ? "leads out of the folder of this file" : "names no file and no folder");
    diag_hint(l->diags, m, "name a file or folder beside it: allow file \"data/\" read");
}

static void lower_modes(Lower *l, const Ast *modes, IrAllow *allow)
{
    static const char *const words[] = {"read", "write"};
    allow->read = !modes;
    for (; modes; modes = modes->next) {
        if (modes->kind != AST_NAME || !modes->name.name.text)
            continue;
        int mode = lower_choice(l, modes->name.name, "way to use a file", words, 2);
        allow->read |= mode == 0;
        allow->write |= mode == 1;
    }
}

/* ---- allow -------------------------------------------------------------------------------- */

typedef VEC(IrAllow) AllowVec;
typedef VEC(Span) SpanVec;

static bool same_leave(const IrAllow *a, const IrAllow *b)
{
    if (a->kind != b->kind || strcmp(a->module, b->module) != 0)
        return false;
    if (a->kind == ALLOW_HTTP)
        return strcasecmp(a->what, b->what) == 0;
    return strcmp(a->what, b->what) == 0 && ((a->read && b->read) || (a->write && b->write));
}

static void add_allow(Lower *l, AllowVec *all, SpanVec *places, const IrAllow *allow, Span at)
{
    for (uint32_t i = 0; i < all->n; i++) {
        if (!same_leave(&all->items[i], allow))
            continue;
        Diag *m = diag_add(l->diags, DIAG_E0550, at, "\"%s\" is allowed already", allow->what);
        diag_hint(l->diags, m, "keep one of the two, so that who takes it away takes it away");
        lower_first(l, m, places->items[i]);
        return;
    }
    *VEC_PUSH(l->arena, all) = *allow;
    *VEC_PUSH(l->arena, places) = at;
}

static void lower_allow(Lower *l, const Item *item, AllowVec *all, SpanVec *places)
{
    const Ast *ast = item->ast;
    bool http = ast->allow.word == K_HTTP;
    IrAllow allow = {.kind = http ? ALLOW_HTTP : ALLOW_FILE, .module = item->prefix, .place = lower_place(l, ast->at)};
    if (!http)
        lower_modes(l, ast->allow.modes, &allow);
    for (const Ast *what = ast->allow.what; what; what = what->next) {
        const char *text = lower_text(l, what);
        if (!text)
            continue;
        if (http)
            check_host(l, what, text);
        else
            check_path(l, what, text);
        allow.what = http ? text : lower_file(l, item->prefix, what);
        add_allow(l, all, places, &allow, what->at);
    }
}

static void lower_allows(Lower *l)
{
    AllowVec all = {0};
    SpanVec places = {0};
    for (uint32_t i = 0; i < l->allows.n; i++)
        lower_allow(l, &l->allows.items[i], &all, &places);
    l->symbols.program->allows = all.items;
    l->symbols.program->allows_n = all.n;
}

static void lower_uses(Lower *l)
{
    IrUse *all = ARENA_ARRAY(l->arena, IrUse, l->module_order.n);
    for (uint32_t i = 0; i < l->module_order.n; i++)
        all[i] = (IrUse){l->module_order.items[i]->prefix, l->module_order.items[i]->folder};
    l->symbols.program->uses = all;
    l->symbols.program->uses_n = l->module_order.n;
}

/* ---- files of Lua --------------------------------------------------------------------------- */

static void lower_lua_modules(Lower *l)
{
    IrModule *all = ARENA_ARRAY(l->arena, IrModule, l->lua_modules.n);
    for (uint32_t i = 0; i < l->lua_modules.n; i++)
        all[i] = l->lua_modules.items[i].ir;
    l->symbols.program->modules = all;
    l->symbols.program->modules_n = l->lua_modules.n;
}

/* The files of Lua of one module; a name that is there already stays. */
static void add_modules(Lower *l, const char *prefix, IrModule *own, uint32_t *n)
{
    for (uint32_t i = 0; i < l->lua_modules.n; i++) {
        const LuaModule *m = &l->lua_modules.items[i];
        bool fits = strcmp(m->prefix, prefix) == 0;
        for (uint32_t k = 0; k < *n && fits; k++)
            fits = strcmp(own[k].name, m->name) != 0;
        if (fits)
            own[(*n)++] = (IrModule){m->name, m->ir.lua};
    }
}

const IrModule *lower_modules_of(Lower *l, const char *module, const char *prefix, uint32_t *n)
{
    IrModule *own = ARENA_ARRAY(l->arena, IrModule, l->lua_modules.n);
    *n = 0;
    add_modules(l, module, own, n);
    const Copy *copy = scope_copy(&l->symbols, prefix);
    while (copy) {
        add_modules(l, copy->from, own, n);
        const Ast *of = copy->original;
        copy = scope_copy(&l->symbols, of->kind == AST_SYSTEM ? of->system.home : of->process.home);
    }
    return own;
}

void lower_borders(Lower *l)
{
    lower_secrets(l);
    lower_allows(l);
    lower_uses(l);
    lower_lua_modules(l);
    lower_lua_uses(l);
}

/* ---- holidays ------------------------------------------------------------------------------- */

/* ISO 3166: a country, and perhaps a part of it: DE, DE-BE, US-CA, FR-75. */
static bool is_region(const char *text)
{
    size_t country = 0, part = 0;
    while (isupper((unsigned char)text[country]))
        country++;
    if (country != 2 || !text[2])
        return country == 2;
    while (isupper((unsigned char)text[3 + part]) || isdigit((unsigned char)text[3 + part]))
        part++;
    return text[2] == '-' && part > 0 && part <= 3 && !text[3 + part];
}

static void upper(char *to, size_t most, const char *from)
{
    size_t n = 0;
    for (; from[n] && n + 1 < most; n++)
        to[n] = from[n] == '_' ? '-' : (char)toupper((unsigned char)from[n]);
    to[n] = 0;
}

static void unknown_region(Lower *l, const Ast *of, const char *region)
{
    size_t country = strcspn(region, "-");
    const char *whole = arena_dup_n(l->arena, region, country);
    Diag *m = diag_add(l->diags, DIAG_E0554, of->at, "the holidays of \"%s\" are not known", region);
    if (region[country] && holidays_known(whole))
        diag_hint(l->diags, m, "write holidays \"%s\", and its own days as closed 2027-03-08 or closed every 03-08",
                  whole);
    else
        diag_hint(l->diags, m, "write its days as closed 2027-03-08 or closed every 03-08; known are %s",
                  holidays_regions(l->arena));
}

void lower_holidays(Lower *l, const Sym *calendar, const Ast *item, HolidayVec *dates)
{
    for (const Ast *of = item->prop.value; of; of = of->next) {
        const char *region = lower_text(l, of);
        char meant[16];
        if (!region)
            continue;
        *VEC_PUSH(l->arena, &l->holidays) = (IrHolidays){calendar->name, region, lower_place(l, item->at)};
        if (is_region(region) && holidays_known(region)) {
            holidays_add(l->arena, region, dates);
            continue;
        }
        if (is_region(region)) {
            unknown_region(l, of, region);
            continue;
        }
        upper(meant, sizeof meant, region);
        Diag *m = diag_add(l->diags, DIAG_E0544, of->at, "\"%s\" is no country or region", region);
        diag_hint(l->diags, m, "write two capitals for the country, and behind a - what it calls the region: "
                               "holidays \"%s\"", is_region(meant) ? meant : "DE-BE");
    }
}
