/* news.c -- what went wrong since it was last told: see news.h. */
#include "cli/news.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define TOLD "tick told"               /* the note that keeps the number */

enum { LOOKED_AGAIN = 1000 };          /* events that each tick may go through once more, sooner than write a note */

static const char *name_of(Arena *a, uint64_t case_id, uint32_t act)
{
    return arena_printf(a, "%llu %u", (unsigned long long)case_id, act);
}

static bool has_people(const Event *e)
{
    const Value *who = e->values_n ? &e->values[0].value : NULL;
    return who && !(who->type == V_LIST && who->len == 0);
}

static void set_aside(News *news, const Event *e)
{
    if (strncmp(e->text, JOURNAL_SET_ASIDE, strlen(JOURNAL_SET_ASIDE)) != 0) return;
    if (!news->rows || e->at < news->rows_from) news->rows_from = e->at;
    news->rows = true;
}

static Status look_at(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    News *news = self;
    const Happened to = {e->kind, e->case_id, e->act, e->n, has_people(e)};
    (void)hash, (void)err;
    switch (e->kind) {
    case EV_INCIDENT:  map_put(news->incidents, name_of(news->arena, e->case_id, e->act), news); break;
    case EV_ENDED:     if (e->n == CASE_FAILED) *VEC_PUSH(news->arena, &news->failed) = to; break;
    case EV_OFFERED:   if (e->text) *VEC_PUSH(news->arena, &news->returned) = to; break;
    case EV_REMINDED:
    case EV_ESCALATED: *VEC_PUSH(news->arena, &news->nudges) = to; break;
    case EV_KEPT:      set_aside(news, e); break;
    }
    return ST_OK;
}

static Status told_before(Journal *j, uint64_t begun, News *news, Error *err)
{
    const char *noted;
    Status st = journal_noted(j, news->arena, TOLD, &noted, err);
    news->first = !noted;
    news->behind = noted ? strtoull(noted, NULL, 10) : begun;
    return st;
}

Status news_since(Journal *j, uint64_t behind, News *news, Error *err)
{
    static const uint16_t kinds[] = {EV_INCIDENT, EV_ENDED, EV_OFFERED, EV_REMINDED, EV_ESCALATED, EV_KEPT};
    news->behind = behind;
    news->incidents = map_new(news->arena);
    return journal_since(j, behind, kinds, sizeof kinds / sizeof *kinds, look_at, news, &news->last, err);
}

Status news_read(Journal *j, uint64_t begun, News *news, Error *err)
{
    Status st = told_before(j, begun, news, err);
    if (st == ST_OK) st = news_since(j, news->behind, news, err);
    if (news->first) news->rows = true, news->rows_from = INT64_MIN;
    return st;
}

bool news_incident(const News *news, uint64_t case_id, uint32_t act)
{
    Arena *a = arena_new();
    bool is_new = news->first || map_get(news->incidents, name_of(a, case_id, act));
    arena_free(a);
    return is_new;
}

Status news_remember(Journal *j, const News *news, bool told, Error *err)
{
    if (!told && !news->first && news->last - news->behind <= LOOKED_AGAIN) return ST_OK;
    return journal_note(j, TOLD, arena_printf(news->arena, "%llu", (unsigned long long)news->last), err);
}

/* ---- what a run notes ------------------------------------------------------------------------ */

enum { UNSAID_MOST = 100 };            /* lines that are kept, where no report can be written for long */

/* A store may serve two files, and what stands is found by the one that looks. */
static const char *key_of(Arena *a, const Live *l, const char *what)
{
    const char *file = live_program(l)->file, *slash = strrchr(file, '/');
    return arena_printf(a, "tick %s %s", what, slash ? slash + 1 : file);
}

static size_t line_length(const char *p)
{
    size_t n = strcspn(p, "\n");
    return n + (p[n] == '\n');
}

static bool has_line(const char *lines, const char *line, size_t n)
{
    for (const char *p = lines; *p; p += line_length(p))
        if (line_length(p) == n && memcmp(p, line, n) == 0) return true;
    return false;
}

/* Those lines that `but` has not. */
static void add_lines(Buf *out, const char *lines, const char *but)
{
    for (const char *p = lines; *p; p += line_length(p))
        if (!has_line(but, p, line_length(p))) buf_add(out, p, line_length(p));
}

/* Nobody knows better of a table that no case asked this time. */
static void add_unasked(Buf *out, const Live *l, const char *stood)
{
    for (const char *p = stood; *p; p += line_length(p))
        if (tables_unasked(live_tables(l), p)) buf_add(out, p, line_length(p));
}

static const char *first_of(Arena *a, const char *lines)
{
    const char *p = lines;
    for (uint32_t i = 0; *p && i < UNSAID_MOST; i++) p += line_length(p);
    return arena_dup_n(a, lines, (size_t)(p - lines));
}

static Status what_was(Journal *j, const Live *l, News *news, Error *err)
{
    Arena *a = news->arena;
    Status st = journal_noted(j, a, key_of(a, l, "unsaid"), &news->unsaid, err);
    if (st == ST_OK) st = journal_noted(j, a, key_of(a, l, "stands"), &news->stood, err);
    if (!news->unsaid) news->unsaid = "";
    if (!news->stood) news->stood = "";
    news->noted = st == ST_OK;
    return st;
}

Status news_notes(Journal *j, const Live *l, const LiveReport *r, News *news, Buf *out, Error *err)
{
    const char *notes = buf_text(&r->notes), *stands = notes + r->stuck;
    Status st = what_was(j, l, news, err);
    if (st != ST_OK) return st;
    Buf happened = {0}, stand = {0};
    buf_puts(&happened, news->unsaid);
    add_lines(&happened, arena_dup_n(news->arena, notes, r->happened), news->unsaid);
    buf_puts(&stand, stands);
    add_unasked(&stand, l, news->stood);
    news->happened = first_of(news->arena, buf_text(&happened)), news->stands = buf_dup(&stand, news->arena);
    buf_puts(out, buf_text(&happened));
    buf_add(out, notes + r->happened, r->stuck - r->happened);
    add_lines(out, stands, news->stood);
    buf_free(&happened), buf_free(&stand);
    return ST_OK;
}

static Status keep(Journal *j, const char *key, const char *was, const char *is, Error *err)
{
    return strcmp(was, is) == 0 ? ST_OK : journal_note(j, key, is, err);
}

Status news_notes_told(Journal *j, const Live *l, const News *news, bool told, Error *err)
{
    Arena *a = news->arena;
    if (!news->noted) return ST_OK;
    Status st = keep(j, key_of(a, l, "unsaid"), news->unsaid, told ? "" : news->happened, err);
    return st == ST_OK && told ? keep(j, key_of(a, l, "stands"), news->stood, news->stands, err) : st;
}
