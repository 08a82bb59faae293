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
    case EV_ENDED:     news->failed += e->n == CASE_FAILED; break;
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

Status news_read(Journal *j, uint64_t begun, News *news, Error *err)
{
    static const uint16_t kinds[] = {EV_INCIDENT, EV_ENDED, EV_OFFERED, EV_REMINDED, EV_ESCALATED, EV_KEPT};
    news->incidents = map_new(news->arena);
    Status st = told_before(j, begun, news, err);
    if (st == ST_OK)
        st = journal_since(j, news->behind, kinds, sizeof kinds / sizeof *kinds, look_at, news, &news->last, err);
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
