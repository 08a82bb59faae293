/* secrets.c -- reading them, and every form in which one could be seen. */
#include "runtime/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum { SHORTEST = 6, TELLING = 3 };    /* bytes: of a secret; of a part at a cut that already says something */

/* broken: line ends may stand in it, as where base64 is written in lines. */
typedef struct Form { const char *text; size_t n; uint32_t of; bool broken; } Form;

struct Secrets {
    Arena *arena;
    const IrProgram *program;
    const char **values;               /* NULL: the environment has none, or too short a one */
    VEC(Form) forms;
    bool begins[256];                  /* with these bytes one of them does, or an escape */
};

/* ---- forms ------------------------------------------------------------------------------- */

static void add_form(Secrets *s, uint32_t of, const char *text, size_t n, bool broken)
{
    bool known = n < SHORTEST;
    for (uint32_t i = 0; i < s->forms.n && !known; i++)
        known = s->forms.items[i].n == n && memcmp(s->forms.items[i].text, text, n) == 0;
    if (!known) *VEC_PUSH(s->arena, &s->forms) = (Form){arena_dup_n(s->arena, text, n), n, of, broken};
    if (n) s->begins[(unsigned char)*text] = true;
}

/* What stands of the bytes wherever they lie in a longer text that is encoded: `ahead` bytes before them (0 to 2)
 * decide how its characters fall. With `closes` the text ends with them, which decides the last character, too. */
static void add_base64(Secrets *s, uint32_t of, const char *value, int ahead, bool closes, const char *last)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    Buf b = {0};
    size_t n = strlen(value);
    size_t first = (size_t)(ahead * 8 + 5) / 6, end = (((size_t)ahead + n) * 8 + (closes ? 5 : 0)) / 6;
    for (size_t at = first; at < end; at++) {
        unsigned sextet = 0;
        for (size_t bit = at * 6; bit < at * 6 + 6; bit++) {
            size_t of_value = bit / 8 - (size_t)ahead;
            unsigned char byte = of_value < n ? (unsigned char)value[of_value] : 0;
            sextet = sextet << 1 | (byte >> (7 - bit % 8) & 1);
        }
        buf_putc(&b, sextet < 62 ? letters[sextet] : last[sextet - 62]);
    }
    add_form(s, of, buf_text(&b), b.n, true);
    buf_free(&b);
}

static void add_url(Secrets *s, uint32_t of, const char *value, const char *digits, bool plus)
{
    Buf b = {0};
    for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'z') || strchr("-._~", *p);
        if (plain) buf_putc(&b, (char)*p);
        else if (plus && *p == ' ') buf_putc(&b, '+');
        else buf_putc(&b, '%'), buf_putc(&b, digits[*p >> 4]), buf_putc(&b, digits[*p & 15]);
    }
    add_form(s, of, buf_text(&b), b.n, false);
    buf_free(&b);
}

static void add_hex(Secrets *s, uint32_t of, const char *value, const char *digits)
{
    Buf b = {0};
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        buf_putc(&b, digits[*p >> 4]), buf_putc(&b, digits[*p & 15]);
    add_form(s, of, buf_text(&b), b.n, false);
    buf_free(&b);
}

static void add_forms(Secrets *s, uint32_t of, const char *value)
{
    static const char *const digits[] = {"0123456789ABCDEF", "0123456789abcdef"};
    Buf json = {0};
    s->begins['%'] = s->begins['\\'] = true;
    add_form(s, of, value, strlen(value), false);
    json_string(&json, value, strlen(value));
    add_form(s, of, buf_text(&json) + 1, json.n - 2, false);
    buf_free(&json);
    for (int i = 0; i < 6; i++) {
        add_base64(s, of, value, i % 3, i < 3, "+/");
        add_base64(s, of, value, i % 3, i < 3, "-_");
    }
    for (int i = 0; i < 2; i++) {
        add_url(s, of, value, digits[i], false);
        add_url(s, of, value, digits[i], true);
        add_hex(s, of, value, digits[i]);
    }
}

/* ---- having them ---------------------------------------------------------------------------- */

Secrets *secrets_new(const IrProgram *p, bool real)
{
    if (!p || !p->secrets_n) return NULL;
    Arena *a = arena_new();
    Secrets *s = ARENA_NEW(a, Secrets);
    s->arena = a;
    s->program = p;
    s->values = ARENA_ARRAY(a, const char *, p->secrets_n);
    for (uint32_t i = 0; i < p->secrets_n; i++) {
        const char *value = p->secrets[i].env ? getenv(p->secrets[i].env) : NULL;
        if (!real) s->values[i] = arena_printf(a, "(secret %s)", p->secrets[i].name);
        else if (value && strlen(value) >= SHORTEST) s->values[i] = arena_dup(a, value);
        if (real && s->values[i]) add_forms(s, i, s->values[i]);
    }
    return s;
}

void secrets_free(Secrets *s)
{
    if (s) arena_free(s->arena);
}

/* How near a secret is to a process, by the module that declares it: "more.key" is more.Q's own. -1: another name. */
static int nearness(const IrSecret *secret, const char *process, const char *name)
{
    size_t n = strlen(secret->name), wanted = strlen(name);
    if (n < wanted || strcmp(secret->name + n - wanted, name) != 0) return -1;
    size_t module = n - wanted;
    if (module && secret->name[module - 1] != '.') return -1;
    if (!module) return 1;
    return process && strncmp(process, secret->name, module) == 0 ? (int)module + 1 : 0;
}

uint32_t secrets_count(const Secrets *s)
{
    return s ? s->program->secrets_n : 0;
}

const char *secrets_name(const Secrets *s, uint32_t i)
{
    const char *name = s->program->secrets[i].name, *module = strrchr(name, '.');
    return module ? module + 1 : name;
}

static Status value_of(const Secrets *s, uint32_t i, const char **value, Error *err)
{
    const IrSecret *secret = &s->program->secrets[i];
    *value = s->values[i];
    if (*value) return ST_OK;
    const char *set = getenv(secret->env);
    if (!set || !*set) return fail(err, ST_FAILED, "secret %s: the environment has no %s", secret->name, secret->env);
    return fail(err, ST_FAILED, "secret %s: %s is shorter than %d bytes, so it could not be kept out of the history",
                secret->name, secret->env, SHORTEST);
}

Status secrets_get(const Secrets *s, const char *process, const char *name, const char **value, Error *err)
{
    int best = -1;
    uint32_t found = 0;
    *value = NULL;
    for (uint32_t i = 0; s && i < s->program->secrets_n; i++) {
        int near = nearness(&s->program->secrets[i], process, name);
        if (near > best) best = near, found = i;
    }
    return best < 0 ? ST_OK : value_of(s, found, value, err);
}

/* Does the text name the variable, as a word? */
static bool names(const char *text, const char *env)
{
    size_t n = strlen(env);
    for (const char *p = text; (p = strstr(p, env)); p += n) {
        char ahead = p > text ? p[-1] : ' ', behind = p[n];
        bool word = behind == '_' || (behind >= '0' && behind <= '9') || ((behind | 32) >= 'a' && (behind | 32) <= 'z');
        if ((ahead == '$' || ahead == '{') && !word) return true;
    }
    return false;
}

Status secrets_env(const Secrets *s, Arena *a, const char *command, EnvVec *env, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; s && i < s->program->secrets_n && st == ST_OK; i++) {
        const char *value, *name = s->program->secrets[i].env;
        if (!names(command, name)) continue;
        st = value_of(s, i, &value, err);
        if (st == ST_OK) *VEC_PUSH(a, env) = arena_printf(a, "%s=%s", name, value);
    }
    return st;
}

/* ---- hiding them ------------------------------------------------------------------------------ */

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* So many hexadecimal digits; -1: they are none. */
static int32_t digits_at(const char *p, size_t left, int n)
{
    int32_t all = 0;
    if (left < (size_t)n) return -1;
    for (int i = 0; i < n; i++) {
        if (digit_of(p[i]) < 0) return -1;
        all = all << 4 | digit_of(p[i]);
    }
    return all;
}

/* What JSON says by \u, two of them where one is half of a pair. Returns how many bytes of the text it takes; 0: none.
 */
static size_t code_point_at(const char *p, size_t left, uint32_t *c)
{
    int32_t first = left > 2 && p[1] == 'u' ? digits_at(p + 2, left - 2, 4) : -1, second = -1;
    if (first < 0) return 0;
    *c = (uint32_t)first;
    if (first < 0xd800 || first > 0xdbff) return 6;
    if (left > 8 && p[6] == '\\' && p[7] == 'u') second = digits_at(p + 8, left - 8, 4);
    if (second < 0xdc00 || second > 0xdfff) return 0;
    *c = 0x10000 + ((uint32_t)(first - 0xd800) << 10 | (uint32_t)(second - 0xdc00));
    return 12;
}

/* How many bytes of the text say the next of the value, escaped as URLs and JSON may do it or not; 0: none do. */
static size_t said_at(const char *p, size_t left, const char *value, size_t *of_value)
{
    static const char letters[] = "nrtbf", mean[] = "\n\r\t\b\f";
    uint32_t c;
    *of_value = 1;
    if (*p == '%') {
        int32_t byte = digits_at(p + 1, left - 1, 2);
        if (byte >= 0 && byte == (unsigned char)*value) return 3;
    }
    size_t n = *p == '\\' ? code_point_at(p, left, &c) : 0;
    if (n) {
        char bytes[4];
        *of_value = utf8_encode(c, bytes);
        if (strncmp(bytes, value, *of_value) == 0) return n;
        *of_value = 1;
    }
    const char *letter = *p == '\\' && left > 1 && p[1] ? strchr(letters, p[1]) : NULL;
    if (letter && mean[letter - letters] == *value) return 2;
    if (*p == '\\' && left > 1 && p[1] == *value && strchr("\\/\"'", *value)) return 2;
    return *p == *value || (*p == '+' && *value == ' ');
}

static size_t escaped_at(const char *p, size_t left, const char *value)
{
    size_t at = 0, n, of_value;
    for (; *value; value += of_value, at += n)
        if (at >= left || (n = said_at(p + at, left - at, value, &of_value)) == 0) return 0;
    return at;
}

/* As it ends a line itself, or within JSON. */
static size_t line_end_at(const char *p, size_t left)
{
    if (left && (*p == '\n' || *p == '\r')) return 1;
    return left > 1 && *p == '\\' && (p[1] == 'n' || p[1] == 'r') ? 2 : 0;
}

static size_t form_at(const Form *f, const char *p, size_t left)
{
    size_t at = 0;
    for (size_t i = 0; i < f->n; i++, at++) {
        for (size_t skip; f->broken && i && (skip = line_end_at(p + at, left - at)); at += skip) continue;
        if (at >= left || p[at] != f->text[i]) return 0;
    }
    return at;
}

/* How much of the text at the place is a secret: the most that is one. */
static size_t secret_at(const Secrets *s, const char *p, size_t left, uint32_t *of)
{
    size_t most = 0;
    if (!s->begins[(unsigned char)*p]) return 0;
    for (uint32_t i = 0; i < s->forms.n; i++) {
        size_t n = form_at(&s->forms.items[i], p, left);
        if (n > most) most = n, *of = s->forms.items[i].of;
    }
    for (uint32_t i = 0; i < s->program->secrets_n; i++) {
        size_t n = s->values[i] ? escaped_at(p, left, s->values[i]) : 0;
        if (n > most) most = n, *of = i;
    }
    return most;
}

static bool holds_any(const Secrets *s, const char *text, size_t n)
{
    uint32_t of;
    for (size_t at = 0; at < n; at++)
        if (secret_at(s, text + at, n - at, &of)) return true;
    return false;
}

const char *secrets_hide(const Secrets *s, Arena *a, const char *text, size_t *n)
{
    if (!s || !text || !holds_any(s, text, *n)) return text;
    Buf b = {0};
    for (size_t at = 0, is; at < *n; at += is ? is : 1) {
        uint32_t of = 0;
        is = secret_at(s, text + at, *n - at, &of);
        if (is) buf_printf(&b, "[secret %s]", s->program->secrets[of].name);
        else buf_putc(&b, text[at]);
    }
    *n = b.n;
    const char *hidden = buf_dup(&b, a);
    buf_free(&b);
    return hidden;
}

/* How many bytes ahead of the cut are the begin of a form, or behind it the end of one: the most. */
static size_t part_at_cut(const Secrets *s, const char *text, size_t n, size_t cut, bool ahead)
{
    size_t most = 0, room = ahead ? cut : n - cut;
    for (uint32_t i = 0; i < s->forms.n; i++) {
        const Form *f = &s->forms.items[i];
        for (size_t k = f->n - 1 < room ? f->n - 1 : room; k >= TELLING && k > most; k--) {
            const char *there = ahead ? text + cut - k : text + cut, *part = ahead ? f->text : f->text + f->n - k;
            if (memcmp(there, part, k) == 0) most = k;
        }
    }
    return most;
}

const char *secrets_hide_cut(const Secrets *s, Arena *a, const char *text, size_t *n, size_t cut)
{
    if (!s || !s->forms.n || cut > *n) return secrets_hide(s, a, text, n);
    size_t before = part_at_cut(s, text, *n, cut, true), behind = part_at_cut(s, text, *n, cut, false);
    char *masked = arena_dup_n(a, text, *n);
    memset(masked + cut - before, '*', before + behind);
    return secrets_hide(s, a, masked, n);
}

Value secrets_hide_value(const Secrets *s, Arena *a, const Value *v)
{
    Value out = *v;
    if (!s) return out;
    if (v->type == V_TEXT || v->type == V_FILE || v->type == V_PERSON) {
        size_t n = v->len;
        out.text = secrets_hide(s, a, v->text, &n);
        out.len = (uint32_t)n;
    } else if (v->type == V_LIST) {
        Value *items = ARENA_ARRAY(a, Value, v->len + 1);
        for (uint32_t i = 0; i < v->len; i++) items[i] = secrets_hide_value(s, a, &v->list[i]);
        out.list = items;
    } else if (v->type == V_RECORD) {
        uint32_t n = v->record->shape->n;
        Record *record = arena_alloc(a, sizeof *record + n * sizeof *record->fields);
        record->shape = v->record->shape;
        for (uint32_t i = 0; i < n; i++) record->fields[i] = secrets_hide_value(s, a, &v->record->fields[i]);
        out.record = record;
    }
    return out;
}

void secrets_hide_error(const Secrets *s, Error *err)
{
    if (!s) return;
    Arena *a = arena_new();
    size_t n = strlen(err->text);
    const char *hidden = secrets_hide(s, a, err->text, &n);
    if (hidden != err->text) fail(err, err->status, "%s", hidden);
    arena_free(a);
}
