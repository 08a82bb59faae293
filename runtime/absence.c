/* absence.c -- who is away, as people said it while the business runs: see absence.h. */
#include "runtime/absence.h"

#include <string.h>

static const char note_key[] = "absences";

/* ---- as the store has it -------------------------------------------------------------------- */

static void put_date(Buf *b, const char *key, int64_t date)
{
    char text[40];
    text[date_print(text, date)] = '\0';
    json_key_string(b, key, text);
}

static void put_absence(Buf *b, const Absence *x)
{
    buf_putc(b, '{');
    json_key_string(b, "person", x->person);
    put_date(b, "from", x->from);
    if (x->back) json_key_bool(b, "back", true);
    else put_date(b, "to", x->to);
    if (x->stand_in) json_key_string(b, "stand_in", x->stand_in);
    said_put(b, &x->said);
    buf_putc(b, '}');
}

static bool date_of(const Json *object, const char *key, int64_t *date)
{
    const char *text = said_text(object, key);
    return text && date_parse(text, strlen(text), date);
}

static bool read_absence(const Json *j, Absence *out)
{
    *out = (Absence){.person = said_text(j, "person"), .back = json_get(j, "back") != NULL,
                     .stand_in = said_text(j, "stand_in"), .said = said_of(j)};
    return out->person && date_of(j, "from", &out->from) && (out->back || date_of(j, "to", &out->to));
}

Status absences_read(Journal *j, Arena *a, Absences *out, Error *err)
{
    SaidLines lines;
    Status st = said_read(j, a, note_key, "who is away", &lines, err);
    *out = (Absences){.kept = lines.kept};
    if (st != ST_OK) return st;
    out->items = ARENA_ARRAY(a, Absence, lines.n + 1);
    for (const Json *one = lines.first; one; one = one->next)
        if (!read_absence(one, &out->items[out->n++]))
            return fail(err, ST_IO, "what the store says of who is away is damaged");
    return ST_OK;
}

Status absences_add(Journal *j, const Absences *read, const Absence *added, Error *err)
{
    Buf line = {0};
    put_absence(&line, added);
    Status st = journal_say(j, note_key, read->kept, buf_text(&line), err);
    buf_free(&line);
    return st;
}

/* ---- in the program ------------------------------------------------------------------------------ */

static IrPerson *person_of(IrProgram *p, IrPerson *persons, const char *id)
{
    for (uint32_t i = 0; i < p->persons_n; i++)
        if (strcmp(persons[i].id, id) == 0) return &persons[i];
    persons[p->persons_n] = (IrPerson){.id = id};
    return &persons[p->persons_n++];
}

/* Until when an absence really lasts, as later lines have it. */
static int64_t last_day(const Absences *all, uint32_t at)
{
    int64_t to = all->items[at].to;
    for (uint32_t i = at + 1; i < all->n; i++) {
        const Absence *later = &all->items[i];
        if (later->back && strcmp(later->person, all->items[at].person) == 0 && later->from <= to) to = later->from - 1;
    }
    return to;
}

/* Ahead of what is known of them: what was said last goes first. */
static void add_days(Arena *a, IrPerson *person, const Absence *x, int64_t to)
{
    IrAway *away = ARENA_ARRAY(a, IrAway, person->away_n + 1);
    away[0] = (IrAway){.from = x->from, .to = to, .stand_in = x->stand_in};
    if (person->away_n) memcpy(away + 1, person->away, person->away_n * sizeof *away);
    person->away = away;
    person->away_n++;
}

const IrProgram *absences_apply(Arena *a, const IrProgram *p, const Absences *all)
{
    if (!all->n) return p;
    IrProgram *with = ARENA_NEW(a, IrProgram);
    IrPerson *persons = ARENA_ARRAY(a, IrPerson, p->persons_n + all->n);
    *with = *p;
    if (p->persons_n) memcpy(persons, p->persons, p->persons_n * sizeof *persons);
    for (uint32_t i = 0; i < all->n; i++) {
        int64_t to = last_day(all, i);
        if (!all->items[i].back && all->items[i].from <= to)
            add_days(a, person_of(with, persons, all->items[i].person), &all->items[i], to);
    }
    with->persons = persons;
    return with;
}
