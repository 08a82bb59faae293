/* lower_when.c -- what begins a case: events, times, rows of files.
 *
 * A time becomes a Recurrence. A line that names several days of the month
 * becomes several triggers, one a day, that all show the line's text.
 */
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

typedef struct When {
    Lower *l;
    const char *prefix;
    const char *calendar;          /* by default; or NULL */
    const Ast *ast;                /* the WHEN_* */
    const Sym *process;            /* NULL: an audit's */
    TriggerVec *out;
    const Sym *event;              /* by which it begins; NULL: by none */
    bool told;                     /* its condition is wrong: it may have asked for what is missing */
} When;

/* ---- filling takes -------------------------------------------------------------------- */

static const TypeField *take_named(const Sym *process, const char *name)
{
    for (uint32_t i = 0; i < process->takes_n; i++)
        if (process->takes[i].name.text == name || strcmp(process->takes[i].name.text, name) == 0)
            return &process->takes[i];
    return NULL;
}

/* The one field of these that nothing takes, and that was likely meant by a take that none fills: of a name near to
 * its, or of its type. NULL: none. */
static const TypeField *field_meant(const When *w, const TypeField *take, const TypeField *fields, uint32_t n)
{
    const char **loose = ARENA_ARRAY(w->l->arena, const char *, n);
    const TypeField *same = NULL;
    uint32_t loose_n = 0, same_n = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (take_named(w->process, fields[i].name.text))
            continue;
        loose[loose_n++] = fields[i].name.text;
        if (type_fits(take->type, fields[i].type))
            same = &fields[i], same_n++;
    }
    const char *near = text_nearest(take->name.text, loose, loose_n);
    for (uint32_t i = 0; i < n && near; i++)
        if (fields[i].name.text == near)
            return &fields[i];
    return same_n == 1 ? same : NULL;
}

/* What the process takes is called otherwise where it comes from: whoever asks it for that name misses the same. */
static void called_otherwise(When *w, const TypeField *take, const TypeField *field, const char *by)
{
    Diags *d = w->l->diags;
    if (w->told || diags_told_missing(d, w->process, field->name.text) ||
        (w->event && diags_told_missing(d, w->event, take->name.text)))
        return;
    Diag *m = diag_missing(w->l->diags, w->process, field->name.text, DIAG_E0412, take->name.at,
                           "%s brings no \"%s\", which \"%s\" takes", by, take->name.text, w->process->name);
    if (!diag_nearest_name(w->l->diags, m, take->name.text, &field->name.text, 1))
        diag_suggest(w->l->diags, m, field->name.text);
    lower_first(w->l, m, field->name.at);
    m->used_there = true;
    if (w->event)
        diag_missing_too(d, m, w->event, take->name.text);
}

static void not_filled(When *w, const TypeField *take, const TypeField *otherwise, const char *by)
{
    if (w->event && w->event->broken)          /* the field may be one that could not be read */
        return;
    if (otherwise) {
        called_otherwise(w, take, otherwise, by);
        return;
    }
    Diag *m = diag_missing(w->l->diags, w->process, take->name.text, DIAG_E0412, w->ast->at,
                           "%s brings no \"%s\", which \"%s\" takes", by, take->name.text, w->process->name);
    diag_hint(w->l->diags, m, "give it a default (%s %s = ...), or start the process with it by `start`",
              take->name.text, type_text(w->l->arena, take->type));
    lower_first(w->l, m, take->name.at);
}

static void misfit(When *w, const TypeField *take, const Type *found, const char *by)
{
    Diag *m = diag_add(w->l->diags, DIAG_E0412, w->ast->at, "\"%s\" takes %s as %s, but %s brings %s",
                       w->process->name, take->name.text, type_text(w->l->arena, take->type), by,
                       type_text(w->l->arena, found));
    diag_hint(w->l->diags, m, "give both the same type, or one of them another name");
    lower_first(w->l, m, take->name.at);
}

static void fill_from(When *w, const TypeField *fields, uint32_t n, const char *by)
{
    if (!w->process || w->process->doubled || lower_has_bad(w->process->ast->process.items))
        return;
    Map *have = map_new(w->l->arena);
    for (uint32_t i = 0; i < n; i++)
        map_put(have, fields[i].name.text, (void *)&fields[i]);
    for (uint32_t i = 0; i < w->process->takes_n; i++) {
        const TypeField *take = &w->process->takes[i], *field = map_get(have, take->name.text);
        if (!field && lower_required(take) && !diags_lost_thing(w->l->diags, by) &&
            !diags_lost_value(w->l->diags, take->name.text))
            not_filled(w, take, field_meant(w, take, fields, n), by);
        else if (field && !type_fits(take->type, field->type))
            misfit(w, take, field->type, by);
    }
}

/* ---- events ----------------------------------------------------------------------------- */

static void when_event(When *w)
{
    Lower *l = w->l;
    const Sym *event = symbols_need(&l->symbols, SYM_EVENT, w->prefix, w->ast->when_event.event);
    if (!event)
        return;
    lower_awaits(l, event, w->ast->when_event.event.at);
    IrTrigger t = {.kind = TRIGGER_EVENT,
                   .event = event->name,
                   .where = CODE_NONE,
                   .at = CODE_NONE,
                   .type = IR_NONE,
                   .place = lower_place(l, w->ast->at)};
    if (!event->type)
        return;
    w->event = event;
    if (w->ast->when_event.condition) {
        RowScope row;
        lower_row_scope(l, &row, event->type->fields, event->type->fields_n);
        Expr x = lower_row_expr(l, &row, l->symbols.unit, w->prefix, w->calendar);
        uint32_t before = diags_errors(l->diags);
        t.where = expr_condition(&x, w->ast->when_event.condition, "every such event begins a case",
                                 "no such event ever begins a case");
        w->told = diags_errors(l->diags) > before;
    }
    fill_from(w, event->type->fields, event->type->fields_n, event->name);
    *VEC_PUSH(l->arena, w->out) = t;
}

/* ---- rows ---------------------------------------------------------------------------------- */

/* The type of the rows is that of the input which they fill. */
static const TypeField *row_take(When *w)
{
    Lower *l = w->l;
    Name variable = w->ast->when_rows.variable;
    const TypeField *take = variable.text ? take_named(w->process, variable.text) : NULL;
    if (take && (take->type->kind == TYPE_UNKNOWN || type_plain(l->arena, take->type)->kind == TYPE_RECORD))
        return take;
    if (!variable.text || lower_has_bad(w->process->ast->process.items) || diags_lost_value(l->diags, variable.text))
        return NULL;
    if (take) {
        Diag *m = diag_add(l->diags, DIAG_E0517, variable.at, "a row is a record, but \"%s\" takes %s as %s",
                           w->process->name, variable.text, type_text(l->arena, take->type));
        diag_hint(l->diags, m, "declare a record with the file's columns, and take that");
        lower_first(l, m, take->name.at);
    } else {
        const char **all = ARENA_ARRAY(l->arena, const char *, w->process->takes_n);
        for (uint32_t i = 0; i < w->process->takes_n; i++)
            all[i] = w->process->takes[i].name.text;
        Diag *m = diag_missing(l->diags, w->process, variable.text, DIAG_E0517, variable.at,
                               "\"%s\" takes no \"%s\", so the rows have no type", w->process->name, variable.text);
        if (!diag_nearest_name(l->diags, m, variable.text, all, w->process->takes_n))
            diag_hint(l->diags, m, "declare a record with the file's columns and add: takes %s RecordName",
                      variable.text);
    }
    return NULL;
}

static void when_rows(When *w)
{
    Lower *l = w->l;
    if (!w->process) {
        Diag *m = diag_add(l->diags, DIAG_E0518, w->ast->at, "an audit is begun by a time, not by rows");
        diag_hint(l->diags, m, "write when every day at 07:00, or the like");
        return;
    }
    const char *file = lower_file(l, w->prefix, w->ast->when_rows.file);
    lower_input(l, INPUT_ROWS, file, w->ast->when_rows.file);
    const TypeField *take = row_take(w);
    if (!take || take->type->kind == TYPE_UNKNOWN)
        return;
    const Type *record = type_plain(l->arena, take->type);
    IrTrigger t = {.kind = TRIGGER_ROWS,
                   .where = CODE_NONE,
                   .variable = take->name.text,
                   .file = file,
                   .at = CODE_NONE,
                   .place = lower_place(l, w->ast->at)};
    t.type = unit_type(l->symbols.unit, record);
    fill_from(w, take, 1, "a row");
    lower_clocks(l, record->fields, record->fields_n, w->calendar, w->ast->at,
                 ", or let the process have an owner whose role says which calendar it `works`");
    if (w->ast->when_rows.at) {
        RowScope row;
        TypeField self = {take->name, record, NULL};
        lower_row_scope(l, &row, &self, 1);
        Expr x = lower_row_expr(l, &row, l->symbols.unit, w->prefix, w->calendar);
        t.at = expr_moment(&x, w->ast->when_rows.at, false);
    }
    lower_conditions(l, l->symbols.unit, &l->types_done);
    *VEC_PUSH(l->arena, w->out) = t;
}

/* ---- times ------------------------------------------------------------------------------------ */

static void bad_schedule(When *w, Span at, const char *what, const char *hint)
{
    Diag *m = diag_add(w->l->diags, DIAG_E0504, at, "%s", what);
    diag_hint(w->l->diags, m, "%s", hint);
}

#define PACES                                                                                                \
    "write every day, every weekday, every monday, every month, every year, every 15 minutes, every 2 "      \
    "weeks ..."

static bool pace_of_name(When *w, Recurrence *r, Name pace)
{
    static const char *const words[] = {"day",    "weekday",  "week",    "month",     "quarter",
                                        "year",   "monday",   "tuesday", "wednesday", "thursday",
                                        "friday", "saturday", "sunday",  "hour",      "minute"};
    int weekday = lower_weekday(pace.text);
    r->step = 1;
    if (strcmp(pace.text, "day") == 0) {
        r->kind = RECUR_DAY;
    } else if (strcmp(pace.text, "weekday") == 0) {
        r->kind = RECUR_DAY, r->day = RECUR_WEEKDAYS, r->weekdays = 0x1f;
    } else if (strcmp(pace.text, "week") == 0) {
        r->kind = RECUR_WEEK;
    } else if (strcmp(pace.text, "month") == 0) {
        r->kind = RECUR_MONTH;
    } else if (strcmp(pace.text, "quarter") == 0) {
        r->kind = RECUR_MONTH, r->step = 3;
    } else if (strcmp(pace.text, "year") == 0) {
        r->kind = RECUR_YEAR;
    } else if (strcmp(pace.text, "hour") == 0) {
        r->kind = RECUR_SPAN, r->step = US_HOUR;
    } else if (strcmp(pace.text, "minute") == 0) {
        r->kind = RECUR_SPAN, r->step = US_MINUTE;
    } else if (weekday >= 0) {
        r->kind = RECUR_WEEK, r->day = RECUR_WEEKDAYS, r->weekdays = (uint8_t)(1 << weekday);
    } else {
        Diag *m = diag_add(w->l->diags, DIAG_E0504, pace.at, "nothing comes every \"%s\"", pace.text);
        if (!diag_nearest(w->l->diags, m, pace.text, words, sizeof words / sizeof *words))
            diag_hint(w->l->diags, m, PACES);
        return false;
    }
    return true;
}

static bool pace_of_span(When *w, Recurrence *r, const Ast *pace)
{
    const Value *v = &pace->literal.value;
    if (v->type != V_DURATION || v->i <= 0) {
        bad_schedule(w, pace->at, "this is no span of time that could come again and again", PACES);
        return false;
    }
    bool months = v->aux == DUR_MONTHS;
    if (months && v->i % 12 == 0)
        r->kind = RECUR_YEAR, r->step = v->i / 12;
    else if (months)
        r->kind = RECUR_MONTH, r->step = v->i;
    else if (v->i % (7 * US_DAY) == 0)
        r->kind = RECUR_WEEK, r->step = v->i / (7 * US_DAY);
    else if (v->i % US_DAY == 0)
        r->kind = RECUR_DAY, r->step = v->i / US_DAY;
    else
        r->kind = RECUR_SPAN, r->step = v->i;
    return true;
}

static bool pace_of(When *w, Recurrence *r, const Ast *pace)
{
    if (!pace || pace->kind == AST_BAD)
        return false;
    if (pace->kind == AST_NAME && pace->name.name.text)
        return pace_of_name(w, r, pace->name.name);
    if (pace->kind == AST_LITERAL)
        return pace_of_span(w, r, pace);
    if (pace->kind == AST_BUSINESS && pace->business.days && pace->business.amount == 1) {
        r->kind = RECUR_DAY, r->step = 1;
        return true;
    }
    bad_schedule(w, pace->at, "business time does not come again and again",
                 "write every weekday, and in which calendar");
    return false;
}

/* `in Office` when written; else the default where days are open or closed. */
static bool schedule_calendar(When *w, Recurrence *r, const Ast *s)
{
    Lower *l = w->l;
    const char *name = NULL;
    if (s->schedule.calendar.text) {
        const Sym *sym = symbols_need(&l->symbols, SYM_CALENDAR, w->prefix, s->schedule.calendar);
        if (!sym)
            return false;
        name = sym->name;
    } else if (r->kind != RECUR_SPAN || s->schedule.next_open) {
        name = w->calendar ? w->calendar : lower_only_calendar(l);
        if (!name && (l->syms[SYM_CALENDAR].n || s->schedule.next_open)) {
            if (symbols_lost_clock(&l->symbols))
                return false;
            Diag *m = diag_add(l->diags, DIAG_E0505, s->at, "it is not clear which calendar this follows");
            diag_hint(l->diags, m, "name it at the end: in %s",
                      l->syms[SYM_CALENDAR].n ? l->syms[SYM_CALENDAR].items[0]->name : "Office");
            return false;
        }
    }
    r->calendar = lower_calendar(l, name);
    r->zone = r->calendar ? r->calendar->zone : lower_zone(l, w->calendar);
    r->skip_closed = r->calendar && !s->schedule.next_open;
    r->move_to_open = r->calendar && s->schedule.next_open;
    return true;
}

static bool schedule_from(When *w, Recurrence *r, const Ast *from)
{
    if (!from || from->kind == AST_BAD)
        return true;
    const Value *v = from->kind == AST_LITERAL ? &from->literal.value : NULL;
    if (v && v->type == V_DATE) {
        r->from = v->i;
        r->from_instant = zone_start_of(r->zone, v->i);
    } else if (v && v->type == V_DATETIME) {
        Civil local;                           /* written without a zone: its digits are meant in ours */
        zone_civil(zone_utc(), v->i, &local);
        r->from_instant = zone_instant(r->zone, &local, NULL);
        r->from = zone_date(r->zone, r->from_instant);
    } else {
        bad_schedule(w, from->at, "a schedule counts from a date", "write it like from 2026-11-23");
        return false;
    }
    return true;
}

static bool dayword_ordinal(When *w, Recurrence *r, const Ast *d)
{
    static const char *const ordinals[] = {"first", "second", "third", "fourth", "fifth"};
    Name what = d->dayword.what, ordinal = d->dayword.ordinal;
    int weekday = lower_weekday(what.text);
    bool business = ordinal.text && strcmp(ordinal.text, "business") == 0;
    if (d->dayword.last && business && strcmp(what.text, "day") == 0) {
        r->day = RECUR_LAST_BUSINESS_DAY;
        return true;
    }
    if (d->dayword.last && strcmp(what.text, "day") == 0) {
        r->day = RECUR_LAST_DAY;
        return true;
    }
    if (d->dayword.last && weekday >= 0) {
        r->day = RECUR_NTH_WEEKDAY, r->n = -1, r->weekdays = (uint8_t)(1 << weekday);
        return true;
    }
    for (int i = 0; ordinal.text && i < 5; i++) {
        if (strcmp(ordinal.text, ordinals[i]) != 0)
            continue;
        r->n = i + 1;
        if (weekday >= 0) {
            r->day = RECUR_NTH_WEEKDAY, r->weekdays = (uint8_t)(1 << weekday);
            return true;
        }
        if (strcmp(what.text, "day") == 0) {
            r->day = RECUR_MONTHDAY;
            return true;
        }
    }
    bad_schedule(w, d->at, "this is no day of a month",
                 "write on 15, on first monday, on last day, on last business day, on last friday");
    return false;
}

static bool dayword(When *w, Recurrence *r, const Ast *d)
{
    bool by_month = r->kind == RECUR_MONTH || r->kind == RECUR_YEAR;
    if (d->dayword.month) {
        if (r->kind != RECUR_YEAR || !date_valid(2000, (int)d->dayword.month, (int)d->dayword.number)) {
            bad_schedule(w, d->at,
                         r->kind == RECUR_YEAR ? "there is no such day"
                                               : "a month and a day come once a year",
                         "write every year on 12-24");
            return false;
        }
        r->day = RECUR_YEARDAY, r->month = (int)d->dayword.month, r->n = (int)d->dayword.number;
        return true;
    }
    if (!d->dayword.what.text) {
        if (r->kind != RECUR_MONTH || d->dayword.number < 1 || d->dayword.number > 31) {
            bad_schedule(w, d->at,
                         r->kind == RECUR_MONTH ? "a month has days 1 to 31"
                                                : "a day's number is one of a month",
                         "write every month on 15");
            return false;
        }
        r->day = RECUR_MONTHDAY, r->n = (int)d->dayword.number;
        return true;
    }
    if (!d->dayword.last && !d->dayword.ordinal.text) {
        int weekday = lower_weekday(d->dayword.what.text);
        if (weekday < 0 || r->kind != RECUR_WEEK) {
            bad_schedule(w, d->at, weekday < 0 ? "this is no day" : "a day of the week comes every week",
                         by_month ? "write on first monday, on 15, on last day"
                                  : "write every week on mon, thu");
            return false;
        }
        r->day = RECUR_WEEKDAYS, r->weekdays |= (uint8_t)(1 << weekday);
        return true;
    }
    if (r->kind != RECUR_MONTH) {
        bad_schedule(w, d->at, "such a day comes every month",
                     "write every month on last day, or every 3 months on ...");
        return false;
    }
    return dayword_ordinal(w, r, d);
}

static void add_time(When *w, const Recurrence *r)
{
    *VEC_PUSH(w->l->arena, w->out) = (IrTrigger){
        .kind = TRIGGER_TIME, .recurrence = *r, .where = CODE_NONE, .at = CODE_NONE, .type = IR_NONE,
        .text = lower_source(w->l, w->ast->when_time.schedule->at), .place = lower_place(w->l, w->ast->at)};
}

/* Where a line says no day: the day counted from, else the period's first. */
static void default_day(Recurrence *r)
{
    if (r->day != RECUR_ANY || r->from != INT64_MIN)
        return;
    if (r->kind == RECUR_WEEK)
        r->day = RECUR_WEEKDAYS, r->weekdays = 1;
    else if (r->kind == RECUR_MONTH)
        r->day = RECUR_MONTHDAY, r->n = 1;
    else if (r->kind == RECUR_YEAR)
        r->day = RECUR_YEARDAY, r->month = 1, r->n = 1;
}

static void when_days(When *w, Recurrence *r, const Ast *days)
{
    bool weekly = r->kind == RECUR_WEEK;
    if (!days) {
        default_day(r);
        add_time(w, r);
        return;
    }
    if (r->kind == RECUR_DAY || r->kind == RECUR_SPAN) {
        bad_schedule(w, days->at, "`on` names days of a week, month or year",
                     "write every week on mon, every month on 15");
        return;
    }
    bool fine = true;
    for (const Ast *d = days; d; d = d->next) {
        Recurrence one = *r;
        if (d->kind != AST_DAYWORD || !dayword(w, weekly ? r : &one, d))
            fine = false;
        else if (!weekly)
            add_time(w, &one);
    }
    if (weekly && fine)
        add_time(w, r);
}

static void span_at_a_time(When *w, const Recurrence *r, const Ast *pace, const Ast *at)
{
    const char *what = "a time of day does not go with a pace of hours or minutes";
    bool days = r->step > US_DAY;
    if (days)
        what = arena_printf(w->l->arena, "%s are no whole days, so they cannot come at a time of day",
                            lower_source(w->l, pace->at));
    bad_schedule(w, days ? pace->at : at->at, what,
                 days ? "write whole days or weeks: every 2 weeks from 2026-11-23 at 08:00"
                      : "write from 2026-11-23T08:00 to say where the count begins");
}

static void when_time(When *w)
{
    const Ast *s = w->ast->when_time.schedule;
    if (!s || s->kind != AST_SCHEDULE)
        return;
    Recurrence r = {.from = INT64_MIN, .from_instant = INT64_MIN, .zone = zone_utc()};
    if (!pace_of(w, &r, s->schedule.pace) || !schedule_calendar(w, &r, s) ||
        !schedule_from(w, &r, s->schedule.from))
        return;
    const Ast *at = s->schedule.at;
    if (at && at->kind == AST_LITERAL && at->literal.value.type == V_TIME) {
        r.at = (int32_t)(at->literal.value.i / US_MINUTE);
        if (r.kind == RECUR_SPAN) {
            span_at_a_time(w, &r, s->schedule.pace, at);
            return;
        }
    }
    if (w->process)
        fill_from(w, NULL, 0, "a time");
    when_days(w, &r, s->schedule.days);
}

void lower_trigger(Lower *l, const char *prefix, const char *calendar, const Ast *when, const Sym *process,
                   TriggerVec *out)
{
    When w = {l, prefix, calendar, when, process, out, NULL, false};
    if (when->kind == AST_WHEN_TIME) {
        when_time(&w);
    } else if (when->kind == AST_WHEN_ROWS) {
        when_rows(&w);
    } else if (process) {
        when_event(&w);
    } else {
        Diag *m = diag_add(l->diags, DIAG_E0518, when->at, "an audit is begun by a time, not by an event");
        diag_hint(l->diags, m, "write when every day at 07:00, or the like");
    }
}
