/* cmd_schedule.c -- what comes by itself, and when: `ops schedule next`. */
#include "cli/session.h"

#include "analysis/upcoming.h"
#include "base/holidays.h"
#include "base/json.h"
#include "cli/table.h"

#include <string.h>

int cmd_schedule(Args *args);

enum { USUAL = 10, MOST = 10000, SHOWN = 3 };

/* ---- what one would not expect ------------------------------------------------------- */

static const char *weekday_of(int64_t date)
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    return names[date_weekday(date)];
}

static const char *offset_of(Arena *a, const Zone *zone, Instant at)
{
    int32_t offset = zone_offset(zone, at), east = offset < 0 ? -offset : offset;
    const char *seconds = east % 60 ? arena_printf(a, ":%02d", east % 60) : "";
    return arena_printf(a, "%c%02d:%02d%s", offset < 0 ? '-' : '+', east / 3600, east / 60 % 60, seconds);
}

static void mark(Buf *b, const char *text)
{
    buf_printf(b, "%s%s", b->n ? "; " : "", text);
}

static void mark_clock(Arena *a, Buf *b, const Upcoming *u)
{
    char span[40], wanted[40];
    if (u->turned) {
        span_print(span, (u->turned < 0 ? -u->turned : u->turned) * US_SECOND);
        mark(b, arena_printf(a, "clocks went %s %s before it", u->turned < 0 ? "back" : "forward", span));
    }
    if (u->wanted >= 0) time_print(wanted, u->wanted * US_MINUTE);
    if (u->clock == CLOCK_GAP) mark(b, arena_printf(a, "there is no %s that day", wanted));
    if (u->clock == CLOCK_FOLD) mark(b, arena_printf(a, "%s comes twice that day: the first", wanted));
}

static const char *holiday_of(const IrProgram *p, const Calendar *c, int64_t date)
{
    const char *name = NULL;
    for (uint32_t i = 0; i < p->holidays_n && !name; i++)
        if (strcmp(p->holidays[i].calendar, c->name) == 0) name = holiday_name(p->holidays[i].region, date);
    return name;
}

/* "not on Thu 2026-12-24, Fri 2026-12-25 (Christmas Day): closed" */
static void mark_closed(const Session *s, Buf *b, const Upcoming *u)
{
    Arena *a = s->arena;
    char date[40];
    Buf days = {0};
    if (!u->closed_n) return;
    for (uint32_t i = 0; i < u->closed_n && i < SHOWN; i++) {
        date_print(date, u->closed[i]);
        const char *name = holiday_of(s->program, u->calendar, u->closed[i]);
        buf_printf(&days, "%s%s %s", i ? ", " : "", weekday_of(u->closed[i]), date);
        if (name) buf_printf(&days, " (%s)", name);
    }
    if (u->closed_n > SHOWN) buf_printf(&days, " and %u more", u->closed_n - SHOWN);
    mark(b, arena_printf(a, "%s %s: closed", u->moved ? "for" : "not on", buf_text(&days)));
    buf_free(&days);
}

static const char *marks(const Session *s, const Upcoming *u)
{
    Buf b = {0};
    mark_clock(s->arena, &b, u);
    mark_closed(s, &b, u);
    const char *text = buf_dup(&b, s->arena);
    buf_free(&b);
    return text;
}

/* ---- for people and for programs ---------------------------------------------------------- */

/* "Fri 2026-12-25 09:30 +01:00" */
static const char *when(Arena *a, const Upcoming *u)
{
    char text[40];
    instant_print_local(text, u->zone, u->at);
    return arena_printf(a, "%s %s %s", weekday_of(zone_date(u->zone, u->at)), text, offset_of(a, u->zone, u->at));
}

static void print(Session *s, Buf *b, const UpcomingVec *all)
{
    static const char *const headers[] = {"when", "zone", "what", "schedule", "?note", NULL};
    Table *t = table_new(s->arena, headers);
    for (uint32_t i = 0; i < all->n; i++) {
        const Upcoming *u = &all->items[i];
        table_cell(t, when(s->arena, u));
        table_cell(t, zone_name(u->zone));
        table_cell(t, arena_printf(s->arena, "%s%s", u->audit ? "audit " : "", u->name));
        table_cell(t, u->text);
        table_cell(t, marks(s, u));
    }
    table_print(t, b, terminal_width(), terminal_colour(s->args));
}

static void one_json(Arena *a, Buf *b, const Upcoming *u)
{
    static const char *const clocks[] = {"plain", "gap", "fold"};
    char text[40];
    const Value at = value_datetime(u->at);
    json_comma(b);
    buf_putc(b, '{');
    json_key(b, "at");
    value_json(b, &at);
    instant_print_local(text, u->zone, u->at);
    json_key_string(b, "local", text);
    json_key_string(b, "offset", offset_of(a, u->zone, u->at));
    json_key_string(b, "zone", zone_name(u->zone));
    json_key_string(b, u->audit ? "audit" : "process", u->name);
    json_key_string(b, "schedule", u->text);
    json_key_string(b, "calendar", u->calendar ? u->calendar->name : NULL);
    json_key_string(b, "clock", clocks[u->clock]);
    json_key_int(b, "turned", u->turned);
    json_key(b, u->moved ? "moved" : "skipped");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < u->closed_n; i++) {
        date_print(text, u->closed[i]);
        json_comma(b);
        json_string(b, text, strlen(text));
    }
    buf_puts(b, "]}");
}

static bool has_schedule(const IrProcess *p)
{
    for (uint32_t i = 0; i < p->triggers_n; i++)
        if (p->triggers[i].kind == TRIGGER_TIME) return true;
    return false;
}

/* None runs: there is none, or the processes rest that have one. */
static void tell_none(Session *s, Buf *b, const char *name)
{
    const IrProgram *p = s->program;
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrProcess *of = &p->processes[i];
        bool meant = !name || strcmp(name, of->name) == 0;
        if (meant && has_schedule(of) && !process_runs(of)) buf_printf(b, "%s\n", process_rests(s->arena, of));
    }
    if (!b->n) buf_printf(b, "%s has no schedule that runs: no `when every ...`\n", name ? name : p->file);
}

static void print_json(Session *s, Buf *b, const UpcomingVec *all)
{
    buf_puts(b, "{\"runs\":[");
    for (uint32_t i = 0; i < all->n; i++) one_json(s->arena, b, &all->items[i]);
    buf_puts(b, "]}\n");
}

/* ---- the command ------------------------------------------------------------------------------ */

/* A process's name, or an audit's. */
static Status find_name(Session *s, const char *name, Error *err)
{
    Error other;
    if (find_audit(s->arena, s->program, name, &other) == ST_OK) return ST_OK;
    return find_process(s->arena, s->program, name, err);
}

static Status read_words(const Args *args, const char **name, uint64_t *most, Error *err)
{
    const char *word = args->words_n ? args->words[0] : "nothing";
    if (strcmp(word, "next") != 0)
        return fail(err, ST_USAGE, "`ops schedule` wants next behind it, found %s: `ops schedule next`", word);
    *name = args->words_n > 1 ? args->words[1] : NULL;
    if (args->given[OPT_MOST]) args_number(args->value[OPT_MOST], most);
    if (*most > MOST) return fail(err, ST_USAGE, "--most is at most %d here", MOST);
    return ST_OK;
}

int cmd_schedule(Args *args)
{
    Session s;
    Error err;
    int code;
    const char *name = NULL;
    uint64_t most = USUAL;
    uint32_t schedules;
    if (read_words(args, &name, &most, &err) != ST_OK) return session_fail(NULL, ST_USAGE, &err);
    if (!session_open(&s, args, SESSION_PROGRAM, &code)) return code;
    if (find_name(&s, name, &err) != ST_OK) return session_fail(&s, ST_NOTFOUND, &err);
    UpcomingVec all = upcoming(s.arena, s.program, name, clock_now(), most, &schedules);
    Buf b = {0};
    if (args->given[OPT_JSON]) print_json(&s, &b, &all);
    else if (!schedules) tell_none(&s, &b, name);
    else print(&s, &b, &all);
    say(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}
