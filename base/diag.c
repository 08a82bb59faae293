/* diag.c -- messages: collected, and sorted by place.
 *
 * Sources lie one behind the other in one space of offsets, a byte apart, and
 * begin at 1, so that {0,0} is no place at all. A source's table of lines is
 * made when somebody first asks for a place in it: most compilations never do.
 */
#include "base/diag.h"

#include "base/map.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- sources ----------------------------------------------------------------- */

typedef struct Source {
    const char *name, *text;
    uint32_t from, n;
    uint32_t *lines, lines_n;          /* offsets of line starts within the text; NULL until asked */
    /* Where a column was last counted to. Messages are shown in order, so in a line of
     * many megabytes the next count goes on from here. */
    uint32_t seen_line, seen_at, seen_column;
} Source;

struct Sources {
    Arena *arena;
    VEC(Source) files;
    uint32_t next;
};

Sources *sources_new(Arena *a)
{
    Sources *s = ARENA_NEW(a, Sources);
    s->arena = a;
    s->next = 1;
    return s;
}

uint32_t sources_add(Sources *s, const char *name, const char *text, size_t n)
{
    assert(n < UINT32_MAX - s->next);  /* files are at most 1 GB, and compilations a few of them */
    uint32_t from = s->next;
    *VEC_PUSH(s->arena, &s->files) = (Source){.name = name, .text = text, .from = from, .n = (uint32_t)n};
    s->next += (uint32_t)n + 1;
    return from;
}

/* The last source that begins at or before the offset; the first for {0,0}. */
static Source *source_of(const Sources *s, uint32_t offset)
{
    uint32_t low = 0, high = s->files.n;
    if (!high) return NULL;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (s->files.items[middle].from <= offset) low = middle;
        else high = middle;
    }
    return &s->files.items[low];
}

/* An offset of the common space within the source; its end for all that is behind. */
static uint32_t within(const Source *f, uint32_t offset)
{
    uint32_t at = offset < f->from ? 0 : offset - f->from;
    return at < f->n ? at : f->n;
}

static void find_lines(Arena *a, Source *f)
{
    const char *end = f->text + f->n;
    uint32_t n = 1, i = 1;
    for (const char *p = f->text; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++) n++;
    f->lines = ARENA_ARRAY(a, uint32_t, n);
    for (const char *p = f->text; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        f->lines[i++] = (uint32_t)(p + 1 - f->text);
    f->lines_n = n;
}

/* Places are mostly asked for in order: the line seen last, or one soon behind it. */
static uint32_t line_of(const Source *f, uint32_t at)
{
    enum { NEAR = 8 };
    uint32_t low = 0, high = f->lines_n, seen = f->seen_line;
    if (f->lines[seen] <= at) {
        low = seen;
        for (uint32_t i = 0; i < NEAR && low + 1 < f->lines_n; i++, low++)
            if (f->lines[low + 1] > at) return low;
    }
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (f->lines[middle] <= at) low = middle;
        else high = middle;
    }
    return low;
}

/* Bytes of a line without its end. */
static uint32_t line_length(const Source *f, uint32_t line)
{
    uint32_t from = f->lines[line], to = line + 1 < f->lines_n ? f->lines[line + 1] - 1 : f->n;
    if (to > from && f->text[to - 1] == '\r') to--;
    return to - from;
}

static uint32_t characters(const Source *f, uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    for (; from < to; from++) n += ((unsigned char)f->text[from] & 0xc0) != 0x80;
    return n;
}

/* Characters before `at` in its line. */
static uint32_t column_of(Source *f, uint32_t line, uint32_t at)
{
    bool goes_on = f->seen_line == line && f->seen_at <= at;
    uint32_t n = goes_on ? f->seen_column + characters(f, f->seen_at, at) : characters(f, f->lines[line], at);
    f->seen_line = line, f->seen_at = at, f->seen_column = n;
    return n;
}

Place sources_place(const Sources *s, Span at)
{
    Source *f = source_of(s, at.from);
    if (!f) return (Place){"?", 1, 1, 1, 1, "", 0};
    if (!f->lines) find_lines(s->arena, f);
    uint32_t from = within(f, at.from), to = within(f, at.to);
    if (to < from) to = from;
    uint32_t line = line_of(f, from), last = line_of(f, to > from ? to - 1 : to);
    uint32_t column = column_of(f, line, from);
    uint32_t end = last == line ? column + characters(f, from, to) : characters(f, f->lines[last], to);
    return (Place){
        .file = f->name,
        .line = line + 1,
        .column = column + 1,
        .end_line = last + 1,
        .end_column = end + 1,
        .line_text = f->text + f->lines[line],
        .line_n = line_length(f, line),
    };
}

const char *sources_text(const Sources *s, uint32_t offset)
{
    const Source *f = source_of(s, offset);
    return f ? f->text + within(f, offset) : "";
}

uint32_t sources_count(const Sources *s)
{
    return s->files.n;
}

const char *sources_name(const Sources *s, uint32_t i)
{
    assert(i < s->files.n);
    return s->files.items[i].name;
}

/* ---- the table --------------------------------------------------------------- */

static const DiagInfo infos[DIAG_COUNT] = {
#define DIAG(code, severity_, title_, meaning_, wrong_, right_) \
    [DIAG_##code] = {#code, SEVERITY_##severity_, title_, meaning_, wrong_, right_},
#include "base/diag.def"
#undef DIAG
};

const char *diag_code_name(DiagCode c)
{
    assert(c < DIAG_COUNT);
    return infos[c].name;
}

const DiagInfo *diag_info(DiagCode c)
{
    assert(c < DIAG_COUNT);
    return &infos[c];
}

static const char *without_zeroes(const char *digits)
{
    while (*digits == '0') digits++;
    return digits;
}

bool diag_code_find(const char *name, DiagCode *out)
{
    char letter = *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
    bool has_letter = letter >= 'A' && letter <= 'Z';
    const char *digits = name + has_letter;
    if (*digits < '0' || *digits > '9') return false;
    for (int i = 0; i < DIAG_COUNT; i++) {
        if (has_letter && infos[i].name[0] != letter) continue;
        if (strcmp(without_zeroes(infos[i].name + 1), without_zeroes(digits)) != 0) continue;
        *out = (DiagCode)i;
        return true;
    }
    return false;
}

/* ---- collecting -------------------------------------------------------------- */

/* Names that are compared for one compilation: enough for thousands of mistakes in a file of
 * any usual size, and still under seconds when a huge file is wrong everywhere. */
enum {
    ERRORS_MOST = 999,
    COMPARED_MOST = 5 * 1000 * 1000,
    AGAIN_MOST = 10 * 1000,
    SEARCHED_MOST = 100 * 1000 * 1000,
    DAMAGED_MOST = 256,
    GATHER_FROM = 3,
};

typedef struct Accept {
    DiagCode code;
    Span at, over;
    const char *reason;
    bool used;
} Accept;

typedef struct Told {
    Diag *message;
    VEC(Span) also;
} Told;

typedef struct Damage { Span at; bool thing; } Damage;

struct Diags {
    Arena *arena;
    Sources *sources;
    VEC(Diag *) items;
    VEC(Span) guessed;
    uint64_t *known;                   /* code and place of each, open addressing; 0: free */
    uint32_t known_mask, known_n;
    VEC(Span) muted;                   /* sorted */
    VEC(Damage) damaged;
    const Heir *heir;
    VEC(Diag *) inherited;             /* those with an heir */
    Map *once;                         /* what was told once -> its Told */
    Told *last;                        /* of them, the one told last */
    const void *last_about;
    VEC(Accept) accepts;
    VEC(Diag *) accepted;
    uint32_t errors;
    uint32_t followed;
    bool misread;                      /* something could not be read as it stands: E01.. */
    size_t compared, searched, again;  /* again: places of what was told once */
    Diag scratch;
    const Diag *full;                  /* the message behind which none is added: there are too many */
    bool sorted;
};

Diags *diags_new(Arena *a, Sources *sources)
{
    Diags *d = ARENA_NEW(a, Diags);
    d->arena = a;
    d->sources = sources;
    return d;
}

Sources *diags_sources(const Diags *d)
{
    return d->sources;
}

static uint64_t *known_slot(uint64_t *known, uint32_t mask, uint64_t key)
{
    uint32_t i = (uint32_t)hash_bytes(&key, sizeof key) & mask;
    while (known[i] && known[i] != key) i = (i + 1) & mask;
    return &known[i];
}

/* Remembers code and place; false where they were known. */
static bool is_new(Diags *d, DiagCode code, Span at)
{
    uint64_t key = ((uint64_t)code + 1) << 32 | at.from;
    if (!d->known || d->known_n * UINT64_C(2) > d->known_mask) {
        uint32_t mask = d->known ? d->known_mask * 2 + 1 : 63;
        uint64_t *wider = ARENA_ARRAY(d->arena, uint64_t, (size_t)mask + 1);
        for (uint32_t i = 0; d->known && i <= d->known_mask; i++)
            if (d->known[i]) *known_slot(wider, mask, d->known[i]) = d->known[i];
        d->known = wider;
        d->known_mask = mask;
    }
    uint64_t *slot = known_slot(d->known, d->known_mask, key);
    if (*slot) return false;
    *slot = key;
    d->known_n++;
    return true;
}

/* Messages quote what the author wrote, so nothing in them may act on a terminal. */
static const char *worded(Diags *d, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n < 0) n = 0;
    char *text = mem_zero(1, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    Buf b = {0};
    buf_visible(&b, text, (size_t)n);
    const char *words = buf_dup(&b, d->arena);
    buf_free(&b);
    free(text);
    return words;
}

void diags_mute(Diags *d, Span at)
{
    VEC_PUSH(d->arena, &d->muted);
    Span *all = d->muted.items;
    uint32_t i = d->muted.n - 1, last = i;
    for (; i > 0 && all[i - 1].from > at.from; i--) all[i] = all[i - 1];
    all[i] = at;
    if (i > 0 && all[i - 1].to >= at.from) i--;         /* ranges stay apart: what touches is one */
    uint32_t next = i + 1;
    for (; next <= last && all[next].from <= all[i].to; next++)
        if (all[next].to > all[i].to) all[i].to = all[next].to;
    memmove(all + i + 1, all + next, (last + 1 - next) * sizeof *all);
    d->muted.n = i + 1 + (last + 1 - next);
}

bool diags_muted(const Diags *d, uint32_t from)
{
    uint32_t low = 0, high = d->muted.n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (d->muted.items[middle].to <= from) low = middle + 1;
        else high = middle;
    }
    return low < d->muted.n && d->muted.items[low].from <= from;
}

void diags_unmute(Diags *d)
{
    d->muted.n = 0;
}

void diags_damaged(Diags *d, Span at, bool thing)
{
    const Damage *last = d->damaged.n ? &d->damaged.items[d->damaged.n - 1] : NULL;
    if (last && last->at.from == at.from && last->at.to == at.to && last->thing == thing) return;
    if (d->damaged.n < DAMAGED_MOST && at.from < at.to) *VEC_PUSH(d->arena, &d->damaged) = (Damage){at, thing};
}

static bool within_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Does the name stand in the text, not as a part of a longer word? */
static bool names(const char *text, size_t n, const char *name)
{
    size_t length = strlen(name);
    for (size_t at = 0; length && at + length <= n; at++) {
        if (memcmp(text + at, name, length) != 0) continue;
        bool begins = at == 0 || !within_word(text[at - 1]) || !within_word(*name);
        bool ends = at + length == n || !within_word(text[at + length]) || !within_word(name[length - 1]);
        if (begins && ends) return true;
    }
    return false;
}

static bool lost(Diags *d, const char *name, bool things)
{
    for (uint32_t i = 0; i < d->damaged.n; i++) {
        const Damage *damage = &d->damaged.items[i];
        if (things && !damage->thing) continue;
        d->searched += damage->at.to - damage->at.from;
        if (d->searched > SEARCHED_MOST) return true;      /* so much is wrong that any name may be */
        if (names(sources_text(d->sources, damage->at.from), damage->at.to - damage->at.from, name)) return true;
    }
    return false;
}

void diags_follows(Diags *d)
{
    d->followed++;
}

uint32_t diags_followed(const Diags *d)
{
    return d->followed;
}

bool diags_lost_thing(Diags *d, const char *name)
{
    return lost(d, name, true);
}

bool diags_lost_value(Diags *d, const char *name)
{
    bool is_lost = lost(d, name, false);
    d->followed += is_lost;
    return is_lost;
}

/* Does the text say `word name`, or `word "name"`? */
static bool declares(const char *text, size_t n, const char *word, const char *name)
{
    size_t word_n = strlen(word), name_n = strlen(name);
    for (size_t at = 0; at + word_n + name_n < n; at++) {
        if (text[at] != *word || memcmp(text + at, word, word_n) != 0 || (at > 0 && within_word(text[at - 1])))
            continue;
        size_t i = at + word_n, begin = i;
        while (i < n && (text[i] == ' ' || text[i] == '\t')) i++;
        bool quoted = i < n && text[i] == '"';
        size_t from = i + quoted, to = from + name_n;
        if (i == begin || to > n || memcmp(text + from, name, name_n) != 0) continue;
        if (to == n || (quoted ? text[to] == '"' : !within_word(text[to]))) return true;
    }
    return false;
}

bool diags_unread(Diags *d, const char *word, const char *name)
{
    if (!d->misread || !*name) return false;
    for (uint32_t i = 0; i < d->sources->files.n; i++) {
        const Source *s = &d->sources->files.items[i];
        d->searched += s->n;
        if (d->searched > SEARCHED_MOST || declares(s->text, s->n, word, name)) return true;
    }
    return false;
}

static const char *missing_key(const Diags *d, const void *about, const char *name)
{
    return arena_printf(d->arena, "%p name %s", about, name);
}

bool diags_told_missing(const Diags *d, const void *about, const char *name)
{
    return d->once && map_get(d->once, missing_key(d, about, name));
}

const Heir *diags_heir(Diags *d, const Heir *heir)
{
    const Heir *before = d->heir;
    d->heir = heir;
    return before;
}

static bool holds(Span span, uint32_t offset)
{
    return span.from <= offset && offset < span.to;
}

/* The heir for whom this place is read, though it stands elsewhere; NULL: the place is its own. Of heirs inside each
 * other it is the innermost that is written by hand: one that was itself inherited tells nobody what to mend. */
static const Heir *heir_of(const Diags *d, uint32_t from)
{
    const Heir *outermost = d->heir, *h = d->heir;
    while (outermost && outermost->around) outermost = outermost->around;
    while (h != outermost && !holds(outermost->own, h->at.from)) h = h->around;
    return h && !holds(h->own, from) ? h : NULL;
}

const Heir *diags_inherits(const Diags *d, Span at)
{
    return heir_of(d, at.from);
}

static bool told_elsewhere(const Heir *heir, uint32_t from)
{
    for (; heir; heir = heir->around)
        for (uint32_t i = 0; i < heir->told_n; i++)
            if (holds(heir->told[i], from)) return true;
    return false;
}

/* The same is wrong where the text stands: no heir is to blame. */
static void disinherit(Diags *d, DiagCode code, Span at)
{
    for (uint32_t i = 0; i < d->inherited.n; i++) {
        Diag *m = d->inherited.items[i];
        if (m->code == code && m->at.from == at.from) m->heir = NULL;
    }
}

void diags_take_back(Diags *d, uint32_t from, uint32_t to)
{
    assert((!d->sorted || from == to) && to <= d->items.n);
    if (from == to) return;
    for (uint32_t i = from; i < to; i++) d->errors -= d->items.items[i]->severity == SEVERITY_ERROR;
    memmove(d->items.items + from, d->items.items + to, (d->items.n - to) * sizeof *d->items.items);
    d->items.n -= to - from;
}

void diags_take_back_in(Diags *d, Span at)
{
    for (uint32_t i = d->items.n; i-- > 0;) {
        const Diag *m = d->items.items[i];
        if (m != d->full && at.from <= m->at.from && m->at.from < at.to) diags_take_back(d, i, i + 1);
    }
}

bool diags_just_told(const Diags *d, uint32_t from)
{
    return d->items.n && d->items.items[d->items.n - 1]->at.from == from;
}

bool diags_misread(const Diags *d)
{
    return d->misread;
}

bool diags_told_in(const Diags *d, Span at)
{
    for (uint32_t i = 0; i < d->items.n; i++)
        if (d->items.items[i]->at.from >= at.from && d->items.items[i]->at.from < at.to) return true;
    return false;
}

static bool any(const Diag *m, Span at)
{
    (void)m, (void)at;
    return true;
}

static bool follows(const Diag *m, Span at)
{
    (void)at;
    return m->related.to > 0;
}

static bool stands_at(const Diag *m, Span at)
{
    return m->at.from == at.from;
}

static void take_back(Diags *d, DiagCode code, bool (*which)(const Diag *m, Span at), Span at)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < d->items.n; i++) {
        Diag *m = d->items.items[i];
        bool meant = m->code == code && which(m, at);
        d->errors -= meant && m->severity == SEVERITY_ERROR;
        if (!meant) d->items.items[kept++] = m;
    }
    d->items.n = kept;
}

void diags_take_back_all(Diags *d, DiagCode code)
{
    take_back(d, code, any, (Span){0});
}

void diags_take_back_following(Diags *d, DiagCode code)
{
    take_back(d, code, follows, (Span){0});
}

void diags_take_back_at(Diags *d, DiagCode code, Span at)
{
    take_back(d, code, stands_at, at);
}

static Diag *add(Diags *d, DiagCode code, Span at, const char *message)
{
    Diag *m = ARENA_NEW(d->arena, Diag);
    *m = (Diag){.code = code, .severity = infos[code].severity, .at = at, .message = message};
    m->heir = heir_of(d, at.from);
    if (m->heir) *VEC_PUSH(d->arena, &d->inherited) = m;
    *VEC_PUSH(d->arena, &d->items) = m;
    d->errors += m->severity == SEVERITY_ERROR;
    d->misread |= code < DIAG_E0201;
    d->sorted = false;
    return m;
}

static Diag *scratch(Diags *d, DiagCode code, Span at)
{
    d->scratch = (Diag){.code = code, .severity = infos[code].severity, .at = at, .message = ""};
    return &d->scratch;
}

Diag *diag_silent(Diags *d, DiagCode code, Span at)
{
    return scratch(d, code, at);
}

void diags_stop(Diags *d, const Diag *why)
{
    if (!d->full && why != &d->scratch) d->full = why;
}

static void fill_up(Diags *d, Span at, const char *message)
{
    Diag *m = add(d, DIAG_E0118, at, message);
    m->hint = "mend these first, then check again";
    diags_stop(d, m);
}

/* One error too many: that is told in its place, and nothing more. */
static bool fills_up(Diags *d, DiagCode code, Span at)
{
    if (infos[code].severity != SEVERITY_ERROR || d->errors < ERRORS_MOST) return false;
    fill_up(d, at, arena_printf(d->arena, "more than %d mistakes; the rest is not told", ERRORS_MOST));
    return true;
}

static bool wanted(Diags *d, DiagCode code, Span at)
{
    assert(code < DIAG_COUNT);
    if (d->full) return false;
    const Heir *heir = heir_of(d, at.from);
    if (diags_muted(d, at.from) || told_elsewhere(heir, at.from)) return false;
    bool new = is_new(d, code, at);
    if (!new && !heir) disinherit(d, code, at);
    return new && !fills_up(d, code, at);
}

Diag *diag_add(Diags *d, DiagCode code, Span at, const char *format, ...)
{
    if (!wanted(d, code, at)) return scratch(d, code, at);
    va_list args;
    va_start(args, format);
    Diag *m = add(d, code, at, worded(d, format, args));
    va_end(args);
    return m;
}

/* The first of all places is the message's own; but not where that is what the others speak of. */
static void add_place(Diags *d, Told *told, Span at)
{
    Diag *m = told->message;
    bool first = at.from < m->at.from && !m->used_there;
    *VEC_PUSH(d->arena, &told->also) = first ? m->at : at;
    if (first) m->at = at, d->sorted = false;
    m->also = told->also.items;
    m->also_n = told->also.n;
}

static Diag *once(Diags *d, const char *key, DiagCode code, Span at, const char *message)
{
    if (!d->once) d->once = map_new(d->arena);
    void **slot = map_slot(d->once, key);
    if (*slot) {
        add_place(d, *slot, at);
        if (++d->again > AGAIN_MOST)
            fill_up(d, at, "the same is wrong at more than 10,000 places; the rest is not told");
        return scratch(d, code, at);
    }
    Told *told = ARENA_NEW(d->arena, Told);
    told->message = add(d, code, at, message);
    *slot = told;
    d->last = told;
    return told->message;
}

static Diag *once_of(Diags *d, const void *about, const char *name, DiagCode code, Span at, const char *message)
{
    return once(d, arena_printf(d->arena, "%p %d %s %s", about, (int)code, name, message), code, at, message);
}

Diag *diag_once(Diags *d, const void *about, DiagCode code, Span at, const char *format, ...)
{
    if (!wanted(d, code, at)) return scratch(d, code, at);
    va_list args;
    va_start(args, format);
    const char *message = worded(d, format, args);
    va_end(args);
    return once_of(d, about, "", code, at, message);
}

Diag *diag_misfit(Diags *d, const void *about, const char *name, DiagCode code, Span at, const char *format, ...)
{
    if (!wanted(d, code, at)) return scratch(d, code, at);
    va_list args;
    va_start(args, format);
    const char *message = worded(d, format, args);
    va_end(args);
    return once_of(d, about, name, code, at, message);
}

Diag *diag_missing(Diags *d, const void *about, const char *name, DiagCode code, Span at, const char *format, ...)
{
    if (!wanted(d, code, at)) return scratch(d, code, at);
    va_list args;
    va_start(args, format);
    const char *message = worded(d, format, args);
    va_end(args);
    Diag *m = once(d, missing_key(d, about, name), code, at, message);
    if (m != &d->scratch) d->last_about = about;
    return m;
}

void diag_missing_too(Diags *d, const Diag *m, const void *about, const char *name)
{
    if (!d->last || d->last->message != m) return;
    void **slot = map_slot(d->once, missing_key(d, about, name));
    if (!*slot) *slot = d->last;
}

static bool in_one_line(const Diags *d, Span a, Span b)
{
    uint32_t from = a.from < b.from ? a.from : b.from, to = a.from + b.from - from;
    return memchr(sources_text(d->sources, from), '\n', to - from) == NULL;
}

bool diag_missing_beside(Diags *d, const void *about, const char *name, DiagCode code, Span at, Span declared)
{
    Diag *m = d->last ? d->last->message : NULL;
    if (!m || m->code != code || d->last_about != about || m->suggestions_n || !in_one_line(d, m->at, at) ||
        !in_one_line(d, m->related, declared))
        return false;
    void **slot = map_slot(d->once, missing_key(d, about, name));
    if (*slot || !wanted(d, code, at)) return false;
    *slot = d->last;
    m->hint = arena_printf(d->arena, "%s%sthe same of `%s`", m->hint ? m->hint : "", m->hint ? "; " : "", name);
    return true;
}

void diag_hint(Diags *d, Diag *m, const char *format, ...)
{
    va_list args;
    if (m == &d->scratch) return;
    va_start(args, format);
    m->hint = worded(d, format, args);
    va_end(args);
}

void diag_suggest(Diags *d, Diag *m, const char *word)
{
    if (m == &d->scratch) return;
    const char **one = ARENA_NEW(d->arena, const char *);
    *one = arena_dup(d->arena, word);
    m->suggestions = one;
    m->suggestions_n = 1;
}

bool diags_compares(const Diags *d)
{
    return d->compared < COMPARED_MOST;
}

bool diag_nearest(Diags *d, Diag *m, const char *word, const char *const *candidates, size_t n)
{
    if (m == &d->scratch || !diags_compares(d)) return false;
    if (n > COMPARED_MOST - d->compared) d->compared = COMPARED_MOST;
    if (!diags_compares(d)) return false;
    d->compared += n;
    const char *near = text_nearest(word, candidates, n);
    if (near) diag_suggest(d, m, near);
    return near != NULL;
}

bool diag_nearest_name(Diags *d, Diag *m, const char *word, const char *const *candidates, size_t n)
{
    bool near = diag_nearest(d, m, word, candidates, n);
    if (near) m->missing = arena_dup(d->arena, word);
    return near;
}

static void *arena_dup_bytes(Arena *a, const void *from, size_t n)
{
    void *to = arena_alloc(a, n ? n : 1);
    if (n) memcpy(to, from, n);
    return to;
}

Diags *diags_copy(const Diags *d)
{
    Diags *copy = ARENA_NEW(d->arena, Diags);
    *copy = *d;
    copy->items.items = arena_dup_bytes(d->arena, d->items.items, d->items.n * sizeof *d->items.items);
    copy->muted.items = arena_dup_bytes(d->arena, d->muted.items, d->muted.n * sizeof *d->muted.items);
    copy->damaged.items = arena_dup_bytes(d->arena, d->damaged.items, d->damaged.n * sizeof *d->damaged.items);
    copy->items.cap = d->items.n, copy->muted.cap = d->muted.n, copy->damaged.cap = d->damaged.n;
    if (d->known) copy->known = arena_dup_bytes(d->arena, d->known, (d->known_mask + 1) * sizeof *d->known);
    return copy;
}

void diags_restore(Diags *d, const Diags *copy)
{
    *d = *diags_copy(copy);
}

uint32_t diags_errors(const Diags *d)
{
    return d->errors;
}

bool diags_full(const Diags *d)
{
    return d->full != NULL;
}

uint32_t diags_count(const Diags *d)
{
    return d->items.n;
}

/* Of one place and code there is one message, so no two are equal. */
static int by_place(const void *x, const void *y)
{
    const Diag *a = *(Diag *const *)x, *b = *(Diag *const *)y;
    if (a->at.from != b->at.from) return a->at.from < b->at.from ? -1 : 1;
    if (a->severity != b->severity) return a->severity < b->severity ? -1 : 1;
    return a->code < b->code ? -1 : a->code > b->code;
}

const Diag *diags_get(Diags *d, uint32_t i)
{
    assert(i < d->items.n);
    if (!d->sorted) qsort(d->items.items, d->items.n, sizeof *d->items.items, by_place);
    d->sorted = true;
    return d->items.items[i];
}

/* ---- accepting, promoting ----------------------------------------------------- */

void diag_accept(Diags *d, DiagCode code, Span at, Span over, const char *reason)
{
    *VEC_PUSH(d->arena, &d->accepts) = (Accept){code, at, over, reason, false};
}

static int by_line(const void *x, const void *y)
{
    const Accept *a = x, *b = y;
    if (a->over.from != b->over.from) return a->over.from < b->over.from ? -1 : 1;
    return a->at.from < b->at.from ? -1 : a->at.from > b->at.from;
}

/* The acceptance of this finding, or NULL. They are sorted by the line that they speak of. */
static Accept *accept_of(Diags *d, const Diag *m)
{
    uint32_t low = 0, high = d->accepts.n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (d->accepts.items[middle].over.from <= m->at.from) low = middle + 1;
        else high = middle;
    }
    while (low-- > 0 && d->accepts.items[low].over.to >= m->at.from)
        if (d->accepts.items[low].code == m->code) return &d->accepts.items[low];
    return NULL;
}

static void tell_unused(Diags *d)
{
    for (uint32_t i = 0; i < d->accepts.n; i++) {
        const Accept *a = &d->accepts.items[i];
        if (a->used) continue;
        Diag *m = diag_add(d, DIAG_N0483, a->at, "there is no %s here to accept", infos[a->code].name);
        diag_hint(d, m, "take the comment away; it speaks of its own line, or alone on one, of the next");
    }
}

/* ---- names that are misspelt where they are declared ------------------------- */

/* Where a name stands in all sources: how often, and the first of them. A name may be part of another, `lead` of
 * `lead_captured`, and begin with a capital letter or not, unless `exactly`. */
static uint32_t stands(Diags *d, const char *name, bool exactly, Span *first)
{
    size_t n = strlen(name);
    uint32_t count = 0;
    for (uint32_t i = 0; i < d->sources->files.n; i++) {
        const Source *s = &d->sources->files.items[i];
        d->searched += s->n;
        for (size_t at = 0; at + n <= s->n; at++) {
            const char *p = s->text + at;
            if ((*p | 0x20) != (*name | 0x20)) continue;
            if ((exactly ? memcmp(p, name, n) : strncasecmp(p, name, n)) != 0) continue;
            bool begins = at == 0 || !within_word(p[-1]) || (!exactly && p[-1] == '_');
            bool ends = at + n == s->n || !within_word(p[n]) || (!exactly && p[n] == '_');
            if (!begins || !ends) continue;
            if (count++ == 0) *first = (Span){s->from + (uint32_t)at, s->from + (uint32_t)(at + n)};
        }
    }
    return count;
}

/* The name that is missing is written again and again, the one that is near to it never but where it is declared:
 * that one is misspelt. */
static void tell_where_misspelt(Diags *d, Diag *m)
{
    const char *near = m->suggestions_n == 1 ? m->suggestions[0] : NULL;
    Span declared = {0}, used;
    if (!near || m->heir || d->searched > SEARCHED_MOST || strchr(near, '.')) return;
    bool exactly = strcasecmp(near, m->missing) == 0;
    if (stands(d, near, exactly, &declared) != 1 || stands(d, m->missing, exactly, &used) < 2) return;
    Told told = {.message = m};
    for (uint32_t i = 0; i < m->also_n; i++) *VEC_PUSH(d->arena, &told.also) = m->also[i];
    *VEC_PUSH(d->arena, &told.also) = m->at;
    m->message = arena_printf(d->arena, "\"%s\" is declared and never used, \"%s\" is used and never declared", near,
                              m->missing);
    m->suggestions = (const char *const *)memcpy(ARENA_NEW(d->arena, const char *), &m->missing, sizeof m->missing);
    m->at = declared;
    m->used_there = true;
    m->also = told.also.items;
    m->also_n = told.also.n;
    m->related = (Span){0};
    d->sorted = false;
}

static bool same_span(Span a, Span b)
{
    return a.from == b.from && a.to == b.to;
}

/* Does x follow from m, which tells of a misspelt declaration? It speaks of that, or tells of it once more. */
static bool follows_from(const Diag *x, const Diag *m, bool later)
{
    return x->used_there ? later && same_span(x->at, m->at) : same_span(x->related, m->at);
}

static void drop_what_follows(Diags *d)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < d->items.n; i++) {
        Diag *x = d->items.items[i], *cause = NULL;
        for (uint32_t k = 0; k < d->items.n && !cause; k++) {
            Diag *m = d->items.items[k];
            if (m->used_there && m != x && follows_from(x, m, k < i)) cause = m;
        }
        if (!cause) d->items.items[kept++] = x;
        else d->errors -= x->severity == SEVERITY_ERROR;
    }
    d->items.n = kept;
}

typedef struct Gathered { Told told; uint32_t n; } Gathered;

static Gathered *gathered(Diags *d, Map *all, const Diag *m)
{
    void **slot = map_slot(all, arena_printf(d->arena, "%s; %s", m->message, m->hint ? m->hint : ""));
    if (!*slot) *slot = ARENA_NEW(d->arena, Gathered);
    return *slot;
}

void diags_gather(Diags *d, DiagCode code)
{
    Map *all = map_new(d->arena);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < d->items.n; i++)
        if (d->items.items[i]->code == code) gathered(d, all, d->items.items[i])->n++;
    for (uint32_t i = 0, n = diags_count(d); i < n; i++) {
        Diag *m = (Diag *)diags_get(d, i);
        Gathered *of = m->code == code && !m->heir ? gathered(d, all, m) : NULL;
        if (!of || of->n < GATHER_FROM) {
            d->items.items[kept++] = m;
        } else if (!of->told.message) {
            of->told.message = d->items.items[kept++] = m;
            for (uint32_t k = 0; k < m->also_n; k++) *VEC_PUSH(d->arena, &of->told.also) = m->also[k];
        } else {
            add_place(d, &of->told, m->at);
            for (uint32_t k = 0; k < m->also_n; k++) add_place(d, &of->told, m->also[k]);
            d->errors--;
        }
    }
    d->items.n = kept;
}

void diags_guessed(Diags *d, Span statement)
{
    *VEC_PUSH(d->arena, &d->guessed) = statement;
}

/* Is it told of what the statement says, and not of how it is written? */
static bool judges(const Diag *m, Span statement)
{
    return m->code >= DIAG_E0201 && m->at.from >= statement.from && m->at.from < statement.to;
}

static void drop_wrong_guess(Diags *d, Span statement)
{
    uint32_t n = 0, kept = 0;
    for (uint32_t i = 0; i < d->items.n; i++) n += judges(d->items.items[i], statement);
    for (uint32_t i = 0; n > 1 && i < d->items.n; i++) {
        Diag *m = d->items.items[i];
        if (!judges(m, statement)) d->items.items[kept++] = m;
        else d->errors -= m->severity == SEVERITY_ERROR;
    }
    if (n > 1) d->items.n = kept;
}

void diags_settle(Diags *d)
{
    for (uint32_t i = 0; i < d->guessed.n; i++) drop_wrong_guess(d, d->guessed.items[i]);
    uint32_t kept = 0;
    bool misspelt = false;
    for (uint32_t i = 0; i < d->items.n; i++) {
        Diag *m = d->items.items[i];
        if (m->missing) tell_where_misspelt(d, m);
        misspelt |= m->used_there;
    }
    if (misspelt) drop_what_follows(d);
    if (!d->accepts.n) return;
    qsort(d->accepts.items, d->accepts.n, sizeof *d->accepts.items, by_line);
    for (uint32_t i = 0, n = diags_count(d); i < n; i++) {
        Diag *m = (Diag *)diags_get(d, i);
        Accept *a = m->severity == SEVERITY_ERROR ? NULL : accept_of(d, m);
        if (a) {
            a->used = true;
            m->reason = a->reason;
            if (a->reason) *VEC_PUSH(d->arena, &d->accepted) = m;
        } else {
            d->items.items[kept++] = m;
        }
    }
    d->items.n = kept;
    if (!d->errors) tell_unused(d);
}

uint32_t diags_accepted(const Diags *d)
{
    return d->accepted.n;
}

const Diag *diags_accepted_get(const Diags *d, uint32_t i)
{
    assert(i < d->accepted.n);
    return d->accepted.items[i];
}

void diags_promote(Diags *d, Severity least, const DiagCode *only, uint32_t n)
{
    for (uint32_t i = 0; i < d->items.n; i++) {
        Diag *m = d->items.items[i];
        bool meant = n == 0 && m->severity <= least;
        for (uint32_t k = 0; k < n; k++) meant |= only[k] == m->code;
        if (!meant || m->severity == SEVERITY_ERROR) continue;
        m->severity = SEVERITY_ERROR;
        d->errors++;
        d->sorted = false;
    }
}
