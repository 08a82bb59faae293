/* diag_print.c -- messages for people and for programs.
 *
 * A message is drawn under its line by walking the shown characters once and
 * writing two texts side by side: what the terminal shows, and the marks below.
 *
 * Who writes a whole file as another language would repeats one mistake line
 * for line: what cannot be read, in the same words too often, is drawn once,
 * with the other lines under it. What is read and found wrong is told each time.
 */
#include "base/diag.h"

#include "base/json.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- drawing ----------------------------------------------------------------- */

static const char *const severity_names[] = {"error", "warning", "note"};
static const char *const severity_colours[] = {"\033[1;31m", "\033[1;33m", "\033[1;36m"};
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

/* In columns: a tab stop, what is shown of a long line, and how much of that before the
 * marked place. The margin is one tab stop wide, so tabs fall as they do in the file.
 * Some characters have no width: of a line of those it is bytes that are bounded. */
enum { TAB = 8, WIDE = 120, BEFORE = 40, BYTES = 8 * WIDE };

typedef struct Drawing {
    const char *text;                  /* the line */
    size_t n, from, to;                /* bytes of it, and which are marked */
    Buf shown, marks;
} Drawing;

/* The bytes of the character at i, also where they are none. */
static size_t step(const Drawing *g, size_t i)
{
    size_t n = 1;
    while (n < 4 && i + n < g->n && ((unsigned char)g->text[i + n] & 0xc0) == 0x80) n++;
    return n;
}

/* Where to begin so that the marked place is in sight. */
static size_t window_start(const Drawing *g)
{
    if (g->n <= WIDE || g->from <= WIDE - BEFORE) return 0;
    size_t i = g->from;
    for (int left = BEFORE; i > 0 && left > 0; left--) {
        i--;
        for (int more = 3; more > 0 && i > 0 && ((unsigned char)g->text[i] & 0xc0) == 0x80; more--) i--;
    }
    return i;
}

static void draw(Drawing *g)
{
    size_t start = window_start(g), column = start ? 3 : 0, marked = 0, i = start;
    buf_puts(&g->shown, start ? "..." : "");
    buf_pad(&g->marks, ' ', column);
    for (size_t n; i < g->n && column < WIDE && g->shown.n < BYTES; i += n) {
        n = step(g, i);
        size_t had = g->shown.n;
        buf_visible(&g->shown, g->text + i, n);
        bool tab = g->text[i] == '\t';
        size_t width = tab ? TAB - column % TAB : text_width(g->shown.p + had, g->shown.n - had);
        column += width;
        if (i < g->from) buf_pad(&g->marks, tab ? '\t' : ' ', tab ? 1 : width);
        else if (i < g->to) buf_pad(&g->marks, '^', width), marked += width;
    }
    if (i < g->n) buf_puts(&g->shown, "...");
    if (!marked) buf_putc(&g->marks, '^');                 /* where something is missing */
}

static void show_line(const Diags *d, const Diag *m, const Place *p, Buf *out, bool colour)
{
    Drawing g = {.text = p->line_text, .n = p->line_n};
    size_t from = (size_t)(sources_text(diags_sources(d), m->at.from) - p->line_text);
    size_t to = p->end_line > p->line ? g.n : from + (m->at.to > m->at.from ? m->at.to - m->at.from : 0);
    g.from = from < g.n ? from : g.n;
    g.to = to < g.n ? to : g.n;
    draw(&g);
    int margin = snprintf(NULL, 0, "%5u", p->line);
    buf_printf(out, "%*u |%s%s\n", margin, p->line, g.shown.n ? " " : "", buf_text(&g.shown));
    size_t blank = strspn(g.marks.p, " \t");
    buf_printf(out, "%*s | %.*s", margin, "", (int)blank, g.marks.p);
    if (colour) buf_puts(out, severity_colours[m->severity]);
    buf_printf(out, "%s%s\n", g.marks.p + blank, colour ? PLAIN : "");
    buf_free(&g.shown);
    buf_free(&g.marks);
}

static void put_place(const Diags *d, Span at, Buf *out)
{
    Place p = sources_place(diags_sources(d), at);
    buf_visible(out, p.file, strlen(p.file));
    if (at.to) buf_printf(out, ":%u:%u", p.line, p.column);
}

/* A hint of several lines stays under the first. */
static void put_indented(Buf *out, const char *text)
{
    for (const char *end; (end = strchr(text, '\n')); text = end + 1) {
        buf_add(out, text, (size_t)(end - text));
        buf_puts(out, "\n    ");
    }
    buf_puts(out, text);
}

static void show_suggestions(const Diag *m, Buf *out)
{
    buf_puts(out, "    did you mean ");
    for (uint32_t i = 0; i < m->suggestions_n; i++) {
        if (i) buf_puts(out, i + 1 == m->suggestions_n ? " or " : ", ");
        buf_putc(out, '"');
        buf_visible(out, m->suggestions[i], strlen(m->suggestions[i]));
        buf_putc(out, '"');
    }
    buf_putc(out, '?');
}

static int by_offset(const void *x, const void *y)
{
    const Span *a = x, *b = y;
    return a->from < b->from ? -1 : a->from > b->from;
}

/* The lines of these places but for the one of `at`, each once; the number of them. */
static uint32_t other_lines(const Sources *sources, Span at, Span *places, uint32_t places_n, Place *lines)
{
    qsort(places, places_n, sizeof *places, by_offset);
    Place last = sources_place(sources, at);
    uint32_t n = 0;
    for (uint32_t i = 0; i < places_n; i++) {
        Place p = sources_place(sources, places[i]);
        if (p.line != last.line || p.file != last.file) lines[n++] = p;
        last = p;
    }
    return n;
}

/* "also in lines 8, 9 and 12"; in other files, with their names. */
static bool put_lines(const Diags *d, const char *words, Span at, const Span *places, uint32_t places_n, Buf *out)
{
    enum { SHOWN = 5 };
    if (places_n == 0) return false;
    Arena *a = arena_new();
    Place *lines = ARENA_ARRAY(a, Place, places_n);
    Span *sorted = (Span *)arena_dup_n(a, (const char *)places, places_n * sizeof *places);
    uint32_t n = other_lines(diags_sources(d), at, sorted, places_n, lines), shown = n <= SHOWN ? n : SHOWN - 1;
    const char *file = sources_place(diags_sources(d), at).file;
    if (n > 0) buf_printf(out, "%s in line%s ", words, n > 1 ? "s" : "");
    for (uint32_t i = 0; i < shown; i++) {
        buf_printf(out, "%s%u", i == 0 ? "" : i + 1 == n ? " and " : ", ", lines[i].line);
        if (strcmp(lines[i].file, file) != 0) buf_printf(out, " of %s", lines[i].file);
    }
    if (shown < n) buf_printf(out, " and %u more", n - shown);
    arena_free(a);
    return n > 0;
}

static void put_heir(const Diags *d, const Diag *m, const char *before, Buf *out)
{
    buf_printf(out, "%sinherited by `", before);
    buf_visible(out, m->heir->text, strlen(m->heir->text));
    buf_puts(out, "` at ");
    put_place(d, m->heir->at, out);
}

/* The other place stands behind the last of what was said, or alone. */
static void show_advice(const Diags *d, const Diag *m, Buf *out)
{
    if (m->suggestions_n) show_suggestions(m, out);
    if (m->suggestions_n && m->hint) buf_putc(out, '\n');
    if (m->hint) {
        buf_puts(out, "    ");
        put_indented(out, m->hint);
    }
    bool said = m->suggestions_n || m->hint;
    if (m->related.to) {
        buf_puts(out, said ? " (" : "    see ");
        put_place(d, m->related, out);
        if (said) buf_putc(out, ')');
    }
    if (said || m->related.to) buf_putc(out, '\n');
    if (put_lines(d, m->used_there ? "    used" : "    also", m->at, m->also, m->also_n, out)) buf_putc(out, '\n');
    if (m->heir) {
        put_heir(d, m, "    ", out);
        buf_putc(out, '\n');
    }
}

static void show(const Diags *d, const Diag *m, Buf *out, bool colour)
{
    Place p = sources_place(diags_sources(d), m->at);
    if (colour) buf_puts(out, BOLD);
    put_place(d, m->at, out);
    buf_printf(out, ":%s ", colour ? PLAIN : "");
    if (colour) buf_puts(out, severity_colours[m->severity]);
    buf_printf(out, "%s %s:%s ", severity_names[m->severity], diag_code_name(m->code), colour ? PLAIN : "");
    put_indented(out, m->message);
    buf_putc(out, '\n');
    if (m->at.to) show_line(d, m, &p, out, colour);
    show_advice(d, m, out);
}

/* ---- what is wrong in the same words ----------------------------------------- */

typedef struct Alike {
    VEC(Span) places;
    const Diag *first;
} Alike;

/* Is the word that does not fit the proposed one but for its capitals? */
static bool is_capitals(const Diag *m)
{
    if (m->code != DIAG_E0101 || !m->suggestions_n || m->message[0] != '`') return false;
    size_t n = strcspn(m->message + 1, "`");
    return n == strlen(m->suggestions[0]) && strncasecmp(m->message + 1, m->suggestions[0], n) == 0;
}

/* Of two messages with the same words one tells all: what would have fitted there, and how one text must be
 * written, differ from place to place. */
static const char *words_of(Arena *a, const Diag *m)
{
    const char *wanted = strstr(m->message, "; wanted "), *hint = m->hint ? m->hint : "";
    size_t n = wanted ? (size_t)(wanted - m->message) : strlen(m->message);
    if (is_capitals(m)) return "capitals";
    return arena_printf(a, "%d\n%.*s\n%.*s\n%s", (int)m->code, (int)n, m->message, (int)strcspn(hint, "\""), hint,
                        m->suggestions_n ? m->suggestions[0] : "");
}

/* For each message those that are worded like it. */
static Alike **find_alike(Diags *d, Arena *a)
{
    uint32_t n = diags_count(d);
    Alike **alike = ARENA_ARRAY(a, Alike *, n);
    Map *known = map_new(a);
    for (uint32_t i = 0; i < n; i++) {
        const Diag *m = diags_get(d, i);
        void **slot = map_slot(known, words_of(a, m));
        if (!*slot) *slot = ARENA_NEW(a, Alike);
        alike[i] = *slot;
        if (!alike[i]->first) alike[i]->first = m;
        *VEC_PUSH(a, &alike[i]->places) = m->at;
    }
    return alike;
}

void diags_print(Diags *d, Buf *out, bool colour, uint32_t most)
{
    enum { ALIKE_MOST = 5 };
    Arena *a = arena_new();
    Alike **alike = find_alike(d, a);
    uint32_t n = diags_count(d), shown = 0, left = 0;
    for (uint32_t i = 0; i < n; i++) {
        const Diag *m = diags_get(d, i);
        bool often = m->code < DIAG_E0201 && alike[i]->places.n > ALIKE_MOST;
        if (often && m != alike[i]->first) continue;
        if (most && shown == most) {
            left += often ? alike[i]->places.n : 1;
            continue;
        }
        show(d, m, out, colour);
        if (often && put_lines(d, "    the same", m->at, alike[i]->places.items, alike[i]->places.n, out))
            buf_putc(out, '\n');
        shown++;
    }
    if (left) buf_printf(out, "... and %u more\n", left);
    arena_free(a);
}

/* ---- for programs -------------------------------------------------------------- */

/* A file's name is any bytes; JSON is not. */
static void json_file(Buf *out, const char *name)
{
    size_t n = strlen(name);
    Buf b = {0};
    if (utf8_check(name, n) == n) buf_add(&b, name, n);
    else buf_visible(&b, name, n);
    json_string(out, b.p, b.n);
    buf_free(&b);
}

static void hint_json(const Diags *d, const Diag *m, Buf *out)
{
    Buf b = {0}, lines = {0};
    bool also = put_lines(d, m->used_there ? "used" : "also", m->at, m->also, m->also_n, &lines);
    if (m->hint) buf_puts(&b, m->hint);
    if (also) buf_printf(&b, "%s%s", m->hint ? "; " : "", buf_text(&lines));
    if (m->heir) put_heir(d, m, m->hint || also ? "; " : "", &b);
    json_key_string(out, "hint", m->hint || also || m->heir ? buf_text(&b) : NULL);
    buf_free(&b);
    buf_free(&lines);
}

static void message_json(const Diags *d, const Diag *m, Buf *out)
{
    Place p = sources_place(diags_sources(d), m->at);
    json_comma(out);
    buf_putc(out, '{');
    json_key_string(out, "code", diag_code_name(m->code));
    json_key_string(out, "severity", severity_names[m->severity]);
    json_key(out, "file");
    json_file(out, p.file);
    json_key_int(out, "line", p.line);
    json_key_int(out, "column", p.column);
    json_key_int(out, "end_line", p.end_line);
    json_key_int(out, "end_column", p.end_column);
    json_key_string(out, "message", m->message);
    hint_json(d, m, out);
    json_key(out, "suggestions");
    buf_putc(out, '[');
    for (uint32_t i = 0; i < m->suggestions_n; i++) {
        json_comma(out);
        json_string(out, m->suggestions[i], strlen(m->suggestions[i]));
    }
    buf_putc(out, ']');
    if (m->reason) json_key_string(out, "reason", m->reason);
    buf_putc(out, '}');
}

void diags_json(Diags *d, Buf *out)
{
    buf_puts(out, "{\"messages\":[");
    for (uint32_t i = 0; i < diags_count(d); i++) message_json(d, diags_get(d, i), out);
    buf_puts(out, "],\"accepted\":[");
    for (uint32_t i = 0; i < diags_accepted(d); i++) message_json(d, diags_accepted_get(d, i), out);
    buf_puts(out, "]}\n");
}
