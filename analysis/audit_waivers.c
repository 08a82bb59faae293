/* audit_waivers.c -- findings that somebody accepted for a while, with their name and reason.
 *
 * A waiver counts once the person it names has confirmed it, and to the end of its
 * last day. What it waives is judged all the same: so it shows when it is needed
 * no more.
 */
#include "analysis/audit_private.h"

#include <string.h>

static const int64_t SOON = 14 * US_DAY;

Status audit_waivers(Query *q, const IrProgram *p, const IrAudit *audit, Arena *a, WaiverResult **out, Error *err)
{
    Instant now = query_host(q).now;
    Status st = ST_OK;
    *out = ARENA_ARRAY(a, WaiverResult, audit->waivers_n);
    for (uint32_t i = 0; i < audit->waivers_n && st == ST_OK; i++) {
        WaiverResult *w = &(*out)[i];
        *w = (WaiverResult){.audit = audit, .waiver = &audit->waivers[i]};
        w->ends = vouch_end(p, audit, w->waiver);
        st = vouched_waiver(query_journal(q), a, audit, w->waiver, &w->confirmed, err);
        w->counts = w->confirmed.n && now < w->ends;
        w->state = now >= w->ends          ? WAIVER_EXPIRED
                   : !w->confirmed.n       ? WAIVER_NOT_CONFIRMED
                   : w->ends - now <= SOON ? WAIVER_EXPIRES_SOON
                                           : WAIVER_IN_FORCE;
    }
    return st;
}

static bool is_whole(const IrWaiver *w)
{
    return w->case_id == 0 && !w->key;
}

static bool is_for(const IrWaiver *w, const Case *c)
{
    if (!c || is_whole(w)) return !c && is_whole(w);
    return w->key ? c->key && strcmp(c->key, w->key) == 0 : c->id == w->case_id;
}

static bool is_checks(const Judge *j, const WaiverResult *w)
{
    return &w->audit->checks[w->waiver->check] == j->check;
}

const WaiverResult *waiver_for(Judge *j, const Case *c, bool broken)
{
    const WaiverResult *found = NULL;
    for (uint32_t i = 0; i < j->waivers_n; i++) {
        WaiverResult *w = &j->waivers[i];
        if (!is_checks(j, w) || !is_for(w->waiver, c)) continue;
        w->used |= broken;
        w->kept |= !broken;
        if (w->counts) found = w;
    }
    return found;
}

/* Only of those that count: what is not confirmed, or over, is told as that. */
Status waivers_settle(Judge *j, Error *err)
{
    if (j->result->verdict == VERDICT_ERROR) return ST_OK;
    for (uint32_t i = 0; i < j->waivers_n; i++) {
        WaiverResult *w = &j->waivers[i];
        bool there = true;
        if (!is_checks(j, w) || !w->counts) continue;
        Status st = is_whole(w->waiver) ? ST_OK
                  : query_has(j->query, j->check->process, w->waiver->case_id, w->waiver->key, &there, err);
        if (st != ST_OK) return st;
        if (!there) w->state = WAIVER_MATCHES_NOTHING;
        else if (w->kept && !w->used) w->state = WAIVER_NOT_NEEDED;
    }
    return ST_OK;
}
