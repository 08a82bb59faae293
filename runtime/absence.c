/* absence.c -- who is away, as people said it while the business runs: see absence.h. */
#include "runtime/absence.h"

#include "base/json.h"

#include <stdlib.h>
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
    json_comma(b);
    buf_putc(b, '{');
    json_key_string(b, "person", x->person);
    put_date(b, "from", x->from);
    if (x->back) json_key_bool(b, "back", true);
    else put_date(b, "to", x->to);
    if (x->stand_in) json_key_string(b, "stand_in", x->stand_in);
    json_key_string(b, "by", x->by);
    if (x->login) json_key_string(b, "login", x->login);
    json_key_int(b, "at", x->at);
    buf_putc(b, '}');
}

static const char *text_of(const Json *object, const char *key)
{
    const Json *j = json_get(object, key);
    return j && j->type == JSON_STRING ? j->text : NULL;
}

static bool date_of(const Json *object, const char *key, int64_t *date)
{
    const char *text = text_of(object, key);
    return text && date_parse(text, strlen(text), date);
}

static bool read_absence(const Json *j, Absence *out)
{
    const Json *at = json_get(j, "at");
    *out = (Absence){.person = text_of(j, "person"), .back = json_get(j, "back") != NULL,
                     .stand_in = text_of(j, "stand_in"),
                     .by = text_of(j, "by"), .login = text_of(j, "login")};
    if (at && at->type == JSON_NUMBER) out->at = strtoll(at->text, NULL, 10);
    return out->person && date_of(j, "from", &out->from) && (out->back || date_of(j, "to", &out->to));
}

Status absences_read(Journal *j, Arena *a, Absences *out, Error *err)
{
    Json *all;
    *out = (Absences){0};
    Status st = journal_noted(j, a, note_key, &out->kept, err);
    if (st != ST_OK || !out->kept) return st;
    st = json_parse(a, out->kept, strlen(out->kept), &all, err);
    if (st == ST_OK) out->items = ARENA_ARRAY(a, Absence, all->len + 1);
    bool sound = st == ST_OK && all->type == JSON_ARRAY;
    for (const Json *one = sound ? all->child : NULL; one && sound; one = one->next)
        sound = read_absence(one, &out->items[out->n++]);
    return sound ? ST_OK : fail(err, ST_INTERNAL, "what the store says of who is away is damaged");
}

Status absences_add(Journal *j, const Absences *read, const Absence *added, Error *err)
{
    Buf b = {0};
    buf_putc(&b, '[');
    for (uint32_t i = 0; i < read->n; i++) put_absence(&b, &read->items[i]);
    put_absence(&b, added);
    buf_putc(&b, ']');
    Status st = journal_renote(j, note_key, read->kept, buf_text(&b), err);
    buf_free(&b);
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
