/* cmd_away.c -- somebody is away: recorded, their tasks moved, and what nobody is there for is named. */
#include "cli/people.h"
#include "cli/proposed.h"

#include "analysis/vacant.h"
#include "base/json.h"
#include "cli/table.h"

#include <string.h>

int cmd_away(Args *args);

static const char *day_text(Arena *a, int64_t day)
{
    char text[40];
    text[date_print(text, day)] = '\0';
    return arena_dup(a, text);
}

/* ---- what was said ----------------------------------------------------------------------- */

static int64_t today_of(const Session *s, const char *person)
{
    const IrPerson *known = ir_person(s->program, person);
    const Calendar *own = known && known->calendar ? ir_calendar(s->program, known->calendar) : NULL;
    return zone_date(own ? own->zone : ir_zone(s->program), clock_now());
}

/* A date, `today`, `tomorrow`, or the next day of this name. */
static Status read_day(const char *word, int64_t today, int64_t *day, Error *err)
{
    static const char *const names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    size_t n = strlen(word);
    if (date_parse(word, n, day)) return ST_OK;
    if (strcmp(word, "today") == 0) return *day = today, ST_OK;
    if (strcmp(word, "tomorrow") == 0) return *day = today + 1, ST_OK;
    for (int i = 0; i < 7; i++) {
        if ((n == 3 && strncmp(word, names[i], 3) == 0) || strcmp(word, names[i]) == 0)
            return *day = today + (i - date_weekday(today) + 7) % 7, ST_OK;
    }
    return fail(err, ST_USAGE, "\"%s\" is no day: a date like 2026-12-05, today, tomorrow, or friday is wanted", word);
}

static Status read_words(Session *s, Absence *said, Error *err)
{
    const Args *args = s->args;
    const char *const example[] = {said->person, "until", "friday", NULL};
    int64_t today = today_of(s, said->person);
    bool has_end = false;
    Status st = ST_OK;
    said->from = today;
    if (args->words_n == 2 && strcmp(args->words[1], "back") == 0) {
        said->back = true;
        return said->stand_in ? fail(err, ST_USAGE, "who is back needs nobody to stand in: leave --to away") : ST_OK;
    }
    for (uint32_t i = 1; i < args->words_n && st == ST_OK; i += 2) {
        bool until = strcmp(args->words[i], "until") == 0;
        if (i + 1 == args->words_n || (!until && strcmp(args->words[i], "from") != 0))
            return fail(err, ST_USAGE,
                        "until when? Like `%s`, or `from 2026-12-01 until 2026-12-05`",
                        proposed_words(s, "away", example));
        st = read_day(args->words[i + 1], today, until ? &said->to : &said->from, err);
        has_end |= until;
    }
    if (st == ST_OK && !has_end)
        st = fail(err, ST_USAGE, "until when is %s away? Like `%s`", said->person, proposed_words(s, "away", example));
    if (st == ST_OK && said->to < today)
        st = fail(err, ST_USAGE, "%s is over: nobody can be away then any more", day_text(s->arena, said->to));
    if (st == ST_OK && said->to < said->from)
        st = fail(err, ST_USAGE, "it would end on %s, before it begins on %s", day_text(s->arena, said->to),
                  day_text(s->arena, said->from));
    return st;
}

/* As the checker wants it of a file. */
static Status check_stand_in(Session *s, const Absence *said, Error *err)
{
    const char *to = said->stand_in;
    if (!to) return ST_OK;
    Status st = people_known(s, NULL, to, err);
    if (st == ST_OK && strcmp(to, said->person) == 0)
        return fail(err, ST_USAGE, "%s cannot stand in for themselves", to);
    const IrPerson *known = st == ST_OK ? ir_person(s->program, to) : NULL;
    for (uint32_t i = 0; known && i < known->away_n; i++) {
        const IrAway *away = &known->away[i];
        if (away->from <= said->to && said->from <= away->to)
            return fail(err, ST_REFUSED, "%s is away then, too: %s..%s", to, day_text(s->arena, away->from),
                        day_text(s->arena, away->to));
    }
    return st;
}

static Status check_speaker(Session *s, Absence *said, Error *err)
{
    bool mine = false;
    said->said.by = s->person;
    said->said.login = strcmp(s->login, s->person) != 0 ? s->login : NULL;
    if (strcmp(s->person, said->person) == 0) return ST_OK;
    Status st = people_made_store(s, &mine, err);
    if (st == ST_OK && !mine)
        st = fail(err, ST_REFUSED, "%s may not say that %s is away: they do it themselves, or who made this store does",
                  s->person, said->person);
    return st;
}

/* A line behind what others said; one that is there already is not said twice. */
static Status record(Session *s, const Absence *said, Error *err)
{
    enum { MOST_TRIES = 20 };
    Status st = ST_CONFLICT;
    for (int i = 0; i < MOST_TRIES && st == ST_CONFLICT; i++) {
        Absences all;
        st = absences_read(s->journal, s->arena, &all, err);
        const Absence *last = NULL;
        for (uint32_t k = 0; st == ST_OK && k < all.n; k++)
            if (strcmp(all.items[k].person, said->person) == 0) last = &all.items[k];
        bool same = last && last->from == said->from && last->to == said->to && last->back == said->back &&
                    strcmp(last->stand_in ? last->stand_in : "", said->stand_in ? said->stand_in : "") == 0;
        if (st == ST_OK && !same) st = absences_add(s->journal, &all, said, err);
    }
    return st;
}

static Status is_away_at_all(const Session *s, const Absence *said, Error *err)
{
    Absences all;
    const IrPerson *known = ir_person(s->program, said->person);
    bool in_file = false;
    Status st = absences_read(s->journal, s->arena, &all, err);
    for (uint32_t i = 0; st == ST_OK && i < all.n; i++) {
        const Absence *one = &all.items[i];
        if (!one->back && strcmp(one->person, said->person) == 0 && one->to >= said->from) return ST_OK;
    }
    for (uint32_t i = 0; known && i < known->away_n; i++) in_file |= known->away[i].to >= said->from;
    return st == ST_OK ? fail(err, ST_REFUSED, "nobody said that %s is away%s", said->person,
                              in_file ? ": the file does, and there it is taken out" : "") : st;
}

static Status say_it(Session *s, Absence *said, Error *err)
{
    *said = (Absence){.person = s->args->words[0], .stand_in = s->args->value[OPT_TO], .said.at = clock_now()};
    Status st = people_known(s, NULL, said->person, err);
    if (st == ST_OK) st = read_words(s, said, err);
    if (st == ST_OK) st = check_stand_in(s, said, err);
    if (st == ST_OK) st = check_speaker(s, said, err);
    if (st == ST_OK && said->back) st = is_away_at_all(s, said, err);
    if (st == ST_OK) st = record(s, said, err);
    return st;
}

/* ---- their tasks ----------------------------------------------------------------------------- */

typedef struct Moved {
    uint64_t task, case_id;
    uint32_t act;
    const char *process, *step;
    const char *to;                    /* NULL: all who may */
    const char *stays;                 /* why it could not be moved; NULL: it was */
} Moved;

typedef struct Moving {
    Session *s;
    const Absence *said;
    KeptCase kept;
    VEC(Moved) tasks;
} Moving;

/* Theirs: they have it, or nobody but them may do it as themselves. */
static bool is_theirs(const Moving *m, const Case *c, const Act *a)
{
    const Session *s = m->s;
    Value who = engine_rule_listed(c, s->program, a, clock_now(), s->arena);
    const char *holder = engine_holder(s->program, a, &who, clock_now());
    if (holder) return strcmp(holder, m->said->person) == 0;
    if (engine_several(&who) || !engine_may(s->program, &who, clock_now(), m->said->person)) return false;
    Value may = engine_eligible(s->program, &who, clock_now(), s->arena);
    for (uint32_t i = 0; i < may.len; i++) {
        const char *person = may.list[i].text;
        bool for_another = engine_instead(s->program, &who, clock_now(), person, NULL) != NULL;
        if (strcmp(person, m->said->person) != 0 && !for_another) return false;
    }
    return true;
}

/* May anybody else do it once they neither have it nor the turn? */
static bool others_may(const Moving *m, const Case *c, const Act *a)
{
    const Session *s = m->s;
    Act free = *a;
    free.holder = NULL, free.turns = VALUE_NONE;
    Value who = engine_rule_listed(c, s->program, &free, clock_now(), s->arena);
    Value may = engine_eligible(s->program, &who, clock_now(), s->arena);
    for (uint32_t i = 0; i < may.len; i++)
        if (strcmp(may.list[i].text, m->said->person) != 0) return true;
    return false;
}

static Status find_theirs(void *self, const WorkRow *row, Error *err)
{
    Moving *m = self;
    const Case *c;
    Status st = session_kept(m->s, &m->kept, row->case_id, &c, err);
    const Act *a = st == ST_OK ? case_act(c, row->act) : NULL;
    if (a && a->state == ACT_OFFERED && is_theirs(m, c, a))
        *VEC_PUSH(m->s->arena, &m->tasks) = (Moved){.task = row->number, .case_id = row->case_id, .act = row->act,
            .process = arena_dup(m->s->arena, row->process), .step = arena_dup(m->s->arena, row->step),
            .to = m->said->stand_in,
            .stays = m->said->stand_in || others_may(m, c, a) ? NULL : "nobody else may do it"};
    return st;
}

static Status move(Moving *m, Moved *task, Error *err)
{
    Session *s = m->s;
    Error why;
    bool self = strcmp(s->person, m->said->person) == 0;
    Input in = {.kind = INPUT_DELEGATE, .act = task->act, .at = clock_now(), .person = m->said->person,
                .login = self ? m->said->said.login : people_typist(s, m->said->person), .to = task->to,
                .text = arena_printf(s->arena, "%s is away until %s", m->said->person,
                                     day_text(s->arena, m->said->to))};
    if (task->stays) return ST_OK;
    Status st = live_input(s->live, task->case_id, &in, &s->report, &why);
    if (st == ST_REFUSED) task->stays = arena_dup(s->arena, why.text);
    else if (st != ST_OK) *err = why;
    return st == ST_REFUSED ? ST_OK : st;
}

static Status move_tasks(Moving *m, Error *err)
{
    WorkFilter offered = {.state = ACT_OFFERED};
    if (m->said->back || m->said->from > today_of(m->s, m->said->person)) return ST_OK;
    Status st = journal_work(m->s->journal, &offered, find_theirs, m, err);
    case_free(m->kept.of);
    for (uint32_t i = 0; i < m->tasks.n && st == ST_OK; i++) st = move(m, &m->tasks.items[i], err);
    return st;
}

/* ---- who is missed ------------------------------------------------------------------------------ */

typedef struct Missing {
    const Moving *m;
    KeptCase kept;
    Vacancies found;
} Missing;

/* Of what stays with them it is told why. */
static bool is_told(const Moving *m, uint64_t task)
{
    for (uint32_t i = 0; i < m->tasks.n; i++)
        if (m->tasks.items[i].task == task) return m->tasks.items[i].stays != NULL;
    return false;
}

static Status find_missing(void *self, const WorkRow *row, Error *err)
{
    Missing *x = self;
    Session *s = x->m->s;
    const Absence *said = x->m->said;
    const Case *c;
    int64_t day, today = today_of(s, said->person), from = said->from > today ? said->from : today;
    Status st = session_kept(s, &x->kept, row->case_id, &c, err);
    const Act *a = st == ST_OK ? case_act(c, row->act) : NULL;
    bool open = a && a->state == ACT_OFFERED && !is_told(x->m, row->number);
    if (open && vacant_task(s->program, c, a, said->person, from, said->to, &day))
        *VEC_PUSH(s->arena, &x->found) = (Vacancy){.process = arena_dup(s->arena, row->process),
            .step = arena_dup(s->arena, row->step), .day = day, .task = row->number, .case_id = row->case_id};
    return st;
}

/* What is open, and then what cases may come to. */
static Status find_vacant(const Moving *m, Vacancies *found, Error *err)
{
    WorkFilter offered = {.state = ACT_OFFERED};
    Missing x = {.m = m};
    const Absence *said = m->said;
    if (said->back) return ST_OK;
    Status st = journal_work(m->s->journal, &offered, find_missing, &x, err);
    case_free(x.kept.of);
    const Vacancies steps = vacant_steps(m->s->arena, m->s->program, said->person, said->from, said->to);
    for (uint32_t i = 0; i < steps.n; i++) *VEC_PUSH(m->s->arena, &x.found) = steps.items[i];
    *found = x.found;
    return st;
}

/* ---- telling ------------------------------------------------------------------------------------ */

/* Those for whom the absent one was to stand in meanwhile. */
static void tell_left_alone(const Moving *m, Buf *b)
{
    const IrProgram *p = m->s->program;
    const Absence *said = m->said;
    for (uint32_t i = 0; i < p->persons_n; i++)
        for (uint32_t k = 0; k < p->persons[i].away_n; k++) {
            const IrAway *away = &p->persons[i].away[k];
            bool then = away->stand_in && strcmp(away->stand_in, said->person) == 0 && away->from <= said->to &&
                said->from <= away->to;
            if (then)
                buf_printf(b, "%s was to stand in for %s, who is away until %s.\n", said->person, p->persons[i].id,
                                 day_text(m->s->arena, away->to));
        }
}

/* What was said of them has ended; a line of the file may go on. NULL: none does. */
static const IrAway *away_by_file(const Moving *m)
{
    return m->said->back ? engine_away(m->s->program, m->said->person, clock_now()) : NULL;
}

static void tell_back(const Moving *m, Buf *b)
{
    const char *person = m->said->person;
    const IrAway *still = away_by_file(m);
    if (!still)
        buf_printf(b, "%s is back from %s on.\n", person, day_text(m->s->arena, m->said->from));
    else
        buf_printf(b, "What was said of %s ends, but the file has them away until %s%s%s: are they back, take that out "
                   "there.\n", person, day_text(m->s->arena, still->to), still->stand_in ? "; for them stands in " : "",
                   still->stand_in ? still->stand_in : "");
}

static void tell(const Moving *m, const Vacancies *vacant, Buf *b)
{
    const Absence *said = m->said;
    Arena *a = m->s->arena;
    if (said->back)
        tell_back(m, b);
    else
        buf_printf(b, "%s is away from %s to %s%s%s.\n", said->person, day_text(a, said->from), day_text(a, said->to),
                   said->stand_in ? "; for them stands in " : ", and nobody stands in",
                   said->stand_in ? said->stand_in : "");
    for (uint32_t i = 0; i < m->tasks.n; i++) {
        const Moved *t = &m->tasks.items[i];
        buf_printf(b, "Task %llu, \"%s\" of %s: ", (unsigned long long)t->task, t->step, t->process);
        if (t->stays) buf_printf(b, "stays: %s\n", t->stays);
        else if (t->to) buf_printf(b, "%s has it now\n", t->to);
        else buf_puts(b, "for all who may\n");
    }
    if (!said->back) tell_left_alone(m, b);
    if (vacant->n) buf_puts(b, "Too few are there for:\n");
    for (uint32_t i = 0; i < vacant->n; i++) {
        const Vacancy *v = &vacant->items[i];
        buf_puts(b, "  ");
        if (v->task) buf_printf(b, "task %llu, ", (unsigned long long)v->task);
        buf_printf(b, "\"%s\" of %s%s%s, from %s on\n", v->step, v->process, v->role ? ", where it falls to " : "",
                   v->role ? v->role : "", day_text(a, v->day));
    }
}

static void tell_json(const Moving *m, const Vacancies *vacant, Buf *b)
{
    const Absence *said = m->said;
    Arena *a = m->s->arena;
    buf_putc(b, '{');
    json_key_string(b, "person", said->person);
    json_key_string(b, "from", day_text(a, said->from));
    const IrAway *still = away_by_file(m);
    json_key_string(b, "to", said->back ? NULL : day_text(a, said->to));
    json_key_bool(b, "back", said->back);
    if (said->back) json_key_string(b, "file_until", still ? day_text(a, still->to) : NULL);
    json_key_string(b, "stand_in", said->stand_in);
    buf_puts(b, ",\"tasks\":[");
    for (uint32_t i = 0; i < m->tasks.n; i++) {
        const Moved *t = &m->tasks.items[i];
        json_comma(b);
        buf_putc(b, '{');
        json_key_int(b, "task", (int64_t)t->task);
        json_key_int(b, "case", (int64_t)t->case_id);
        json_key_string(b, "process", t->process);
        json_key_string(b, "step", t->step);
        json_key_string(b, "has", t->stays ? NULL : t->to);
        json_key_string(b, "stays", t->stays);
        buf_putc(b, '}');
    }
    buf_puts(b, "],\"vacant\":[");
    for (uint32_t i = 0; i < vacant->n; i++) {
        const Vacancy *v = &vacant->items[i];
        json_comma(b);
        buf_putc(b, '{');
        if (v->task) json_key_int(b, "task", (int64_t)v->task), json_key_int(b, "case", (int64_t)v->case_id);
        else json_key_string(b, "task", NULL), json_key_string(b, "case", NULL);
        json_key_string(b, "process", v->process);
        json_key_string(b, "step", v->step);
        json_key_string(b, "role", v->role);
        json_key_string(b, "day", day_text(a, v->day));
        buf_putc(b, '}');
    }
    buf_puts(b, "]}\n");
}

/* Who is away, now or later: by the file, or since somebody said so. */
static int list(Args *args)
{
    static const char *const headers[] = {"person", "from", "to", "?stands in", NULL};
    Session s;
    int code;
    Buf b = {0};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE_MAYBE, &code)) return code;
    Table *table = table_new(s.arena, headers);
    bool json = args->given[OPT_JSON];
    if (json) buf_puts(&b, "{\"away\":[");
    for (uint32_t i = 0; i < s.program->persons_n; i++) {
        const IrPerson *p = &s.program->persons[i];
        for (uint32_t k = 0; k < p->away_n; k++) {
            const IrAway *away = &p->away[k];
            if (away->to < today_of(&s, p->id)) continue;
            table_cell(table, p->id);
            table_cell(table, day_text(s.arena, away->from));
            table_cell(table, day_text(s.arena, away->to));
            table_cell(table, away->stand_in);
            if (!json) continue;
            json_comma(&b);
            buf_putc(&b, '{');
            json_key_string(&b, "person", p->id);
            json_key_string(&b, "from", day_text(s.arena, away->from));
            json_key_string(&b, "to", day_text(s.arena, away->to));
            json_key_string(&b, "stand_in", away->stand_in);
            buf_putc(&b, '}');
        }
    }
    if (json) buf_puts(&b, "]}\n");
    else if (table_rows(table)) table_print(table, &b, terminal_width(), terminal_colour(args));
    else buf_puts(&b, "Nobody is away.\n");
    say(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}

/* Said first, and only then moved, by a program that knows it: were it cut off between the two, saying it again moves
 * the rest. */
int cmd_away(Args *args)
{
    Session s;
    int code;
    Error err;
    Absence said;
    Buf b = {0};
    if (!args->words_n) return list(args);
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    Status st = say_it(&s, &said, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    session_close(&s);
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_WRITE | SESSION_LIVE, &code)) return code;
    /* those of before are gone */
    said.said.by = s.person, said.said.login = strcmp(s.login, s.person) != 0 ? s.login : NULL;
    Moving m = {.s = &s, .said = &said};
    st = move_tasks(&m, &err);
    Vacancies vacant = {0};
    if (st == ST_OK) st = find_vacant(&m, &vacant, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    if (args->given[OPT_JSON]) tell_json(&m, &vacant, &b);
    else tell(&m, &vacant, &b);
    if (args->given[OPT_JSON]) say(&b);
    else say_text(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}
