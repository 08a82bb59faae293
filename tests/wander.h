/* wander.h -- plays any program by chance: cases begin, and whatever is open is done by somebody who may, with values
 * that fit. What nobody can do stays open.
 *
 * Same seed, same doings.
 */
#ifndef OPS_TESTS_WANDER_H
#define OPS_TESTS_WANDER_H

#include "tests/chance.h"

#include "base/time.h"
#include "lang/check.h"
#include "runtime/fit.h"
#include "runtime/turned.h"

#include <string.h>

typedef struct Wander {
    Chance *c;
    const IrProgram *program;
    Turned *world;
    Arena *arena;                      /* of the values given */
    LiveReport report;
    Error err;
} Wander;

typedef struct WanderOpen { uint64_t case_id; uint32_t act; uint8_t state; } WanderOpen;
typedef struct WanderOpens { WanderOpen items[256]; uint32_t n; } WanderOpens;

/* What fits one type or another. */
static const char *const WANDER_TEXTS[] = {"3", "x", "yes", "no", "12", "100", "2026-03-09", "09:00", "2 h",
                                           "2026-03-09 10:00", "5%", "$5", "5 EUR", "a@example.com", "ann", "ORD-1",
                                           "2026", "+1 555 0100", "DE", "1"};
enum { WANDER_TEXTS_N = sizeof WANDER_TEXTS / sizeof *WANDER_TEXTS };

static bool wander_value(Wander *w, const IrUnit *u, uint32_t type, Value *out);

/* Of its type, and as its field matches. */
static bool wander_field(Wander *w, const IrUnit *u, const IrField *f, Value *out)
{
    Value v, fitted;
    for (uint32_t tries = 0; tries < 2 * WANDER_TEXTS_N; tries++) {
        if (!wander_value(w, u, f->type, &v)) return false;
        if (!f->matching || field_fit(w->arena, u, f, &v, zone_utc(), &fitted, &w->err) == ST_OK) {
            *out = v;
            return true;
        }
    }
    return false;
}

static bool wander_value(Wander *w, const IrUnit *u, uint32_t type, Value *out)
{
    const IrType *t = &u->types[type];
    if (t->kind == TYPE_LIST) {
        Value *items = ARENA_ARRAY(w->arena, Value, 2);
        *out = value_list(items, 2);
        return wander_value(w, u, t->of, &items[0]) && wander_value(w, u, t->of, &items[1]);
    }
    if (t->kind == TYPE_RECORD) {
        Record *r = record_new(w->arena, t->shape);
        bool all = true;
        for (uint32_t i = 0; i < t->fields_n; i++) {
            const IrField *f = &u->fields[t->fields + i];
            all &= wander_field(w, u, f, &r->fields[i]) || u->types[f->type].optional;
        }
        *out = value_record(r);
        return all;
    }
    if (t->choices_n) {
        *out = value_text(t->choices[chance(w->c, t->choices_n)]);
        return true;
    }
    if (t->kind == TYPE_PERSON && w->program->persons_n) {
        *out = value_person(w->program->persons[chance(w->c, w->program->persons_n)].id);
        return true;
    }
    uint32_t from = (uint32_t)chance(w->c, WANDER_TEXTS_N);
    for (uint32_t i = 0; i < WANDER_TEXTS_N; i++) {
        const char *text = WANDER_TEXTS[(from + i) % WANDER_TEXTS_N];
        if (value_parse_text(w->arena, u, type, text, zone_utc(), out, &w->err) == ST_OK && out->type != V_NONE)
            return true;
    }
    return t->optional;
}

/* Values for all of these fields that want one. */
static uint32_t wander_fields(Wander *w, const IrFlow *f, uint32_t first, uint32_t n, Datum *values)
{
    uint32_t given = 0;
    for (uint32_t i = 0; i < n; i++) {
        const IrField *field = &f->unit.fields[first + i];
        if (wander_field(w, &f->unit, field, &values[given].value)) values[given++].name = field->name;
    }
    return given;
}

/* All commands and mails do well, or each by chance. */
static void wander_answers(Wander *w, bool well)
{
    for (uint32_t p = 0; p < w->program->processes_n; p++) {
        const IrFlow *f = w->program->processes[p].flow;
        for (uint32_t i = 0; i < f->steps_n; i++) {
            const IrStep *s = &f->steps[i];
            int status = well || chance(w->c, 3) ? 0 : 3;
            if (s->machine == MACHINE_SHELL) turned_answer(w->world, false, s->shell.text, "", status);
            if (s->machine == MACHINE_MAIL) turned_answer(w->world, true, s->mail.file, "", status);
            if (s->undo.machine == MACHINE_SHELL) turned_answer(w->world, false, s->undo.shell.text, "", 0);
        }
    }
}

/* Each table has some rows. */
static void wander_rows(Wander *w)
{
    for (uint32_t i = 0; i < w->program->tables_n; i++) {
        const IrTable *t = &w->program->tables[i];
        Value *rows = ARENA_ARRAY(w->arena, Value, 4);
        uint32_t n = 0;
        for (uint32_t k = 0; k < 4; k++) n += wander_value(w, &w->program->unit, t->type, &rows[n]);
        const Value list = value_list(rows, n);
        (void)!turned_rows(w->world, t->name, &list, &w->err);
    }
}

/* Begins a case of a process; false: with no values that chance found. */
static bool wander_start(Wander *w, const IrProcess *p, uint64_t *id)
{
    Datum *values = ARENA_ARRAY(w->arena, Datum, p->flow->takes_n + 1);
    for (uint32_t tries = 0; tries < 50; tries++) {
        uint32_t n = wander_fields(w, p->flow, p->flow->takes, p->flow->takes_n, values);
        Status st = live_start(turned_live(w->world), p->name, values, n, "ann", NULL, id, &w->report, &w->err);
        if (st == ST_OK) return true;
    }
    return false;
}

static Status wander_note(void *self, const WorkRow *row, Error *err)
{
    (void)err;
    WanderOpens *o = self;
    if (row->state != ACT_OFFERED && row->state != ACT_INCIDENT && row->state != ACT_WAITING) return ST_OK;
    if (o->n < 256) o->items[o->n++] = (WanderOpen){row->case_id, row->act, row->state};
    return ST_OK;
}

static bool wander_put(Wander *w, const WanderOpen *o, Input in)
{
    for (uint32_t i = 0; i < w->program->roles_n; i++)
        for (uint32_t k = 0; k < w->program->roles[i].people_n; k++) {
            in.act = o->act;
            in.at = turned_now(w->world);
            in.person = w->program->roles[i].people[k];
            if (live_input(turned_live(w->world), o->case_id, &in, &w->report, &w->err) == ST_OK) return true;
        }
    return false;
}

/* Tells the event for which it waits. */
static bool wander_signal(Wander *w, const char *event)
{
    const IrEvent *e = event ? ir_event(w->program, event) : NULL;
    if (!e) return false;
    Datum *values = ARENA_ARRAY(w->arena, Datum, e->fields_n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->fields_n; i++) {
        const IrField *f = &w->program->unit.fields[e->fields + i];
        if (wander_field(w, &w->program->unit, f, &values[n].value)) values[n++].name = f->name;
    }
    return live_signal(turned_live(w->world), event, values, n, "ann", &w->report, &w->err) == ST_OK;
}

/* What is open is done in one of its ways. False: it was not. */
static bool wander_do(Wander *w, const WanderOpen *o)
{
    Case *c;
    if (journal_case(turned_journal(w->world), o->case_id, &c, &w->err) != ST_OK) return false;
    const Act *a = case_act(c, o->act);
    const IrNode *n = a ? &c->flow->nodes[a->node] : NULL;
    const IrStep *s = n && n->op == IRN_STEP ? &c->flow->steps[n->a] : NULL;
    bool done = false;
    for (uint32_t tries = 0; a && !done && tries < 8; tries++) {
        Input in = {.text = NULL};
        Datum *values = ARENA_ARRAY(w->arena, Datum, s ? s->ask_n + s->gives_n + 1 : 1);
        if (o->state == ACT_INCIDENT) {
            in.kind = s && chance(w->c, 2) ? INPUT_SKIP : INPUT_RETRY;     /* a `set` would set nothing */
            in.text = "because";
            if (s && in.kind == INPUT_SKIP && !a->undoes) {
                in.values_n = wander_fields(w, c->flow, s->ask, s->ask_n, values);
                in.values_n += wander_fields(w, c->flow, s->gives, s->gives_n, values + in.values_n);
            }
        } else if (o->state == ACT_WAITING) {
            const char *event = ir_awaited(c->flow, a->node);
            done = wander_signal(w, event);
            break;
        } else if (a->undoes || s->approve == CODE_NONE) {
            in.kind = INPUT_DONE;
            if (!a->undoes) in.values_n = wander_fields(w, c->flow, s->ask, s->ask_n, values);
        } else {
            in.kind = chance(w->c, 3) ? INPUT_APPROVE : INPUT_REJECT;
            in.text = in.kind == INPUT_REJECT ? "no" : NULL;
            if (in.kind == INPUT_APPROVE) in.values_n = wander_fields(w, c->flow, s->ask, s->ask_n, values);
        }
        in.values = values;
        done = wander_put(w, o, in);
    }
    case_free(c);
    return done;
}

static void wander_open(Wander *w, WanderOpens *open)
{
    WorkFilter any = {0};
    open->n = 0;
    if (journal_work(turned_journal(w->world), &any, wander_note, open, &w->err) != ST_OK) open->n = 0;
}

/* Something happens: one thing that is open is done, or hours pass. */
static void wander(Wander *w)
{
    WanderOpens open;
    wander_open(w, &open);
    bool done = open.n && chance(w->c, 5) && wander_do(w, &open.items[chance(w->c, open.n)]);
    if (done) return;
    Instant to = turned_now(w->world) + (Instant)(1 + chance(w->c, 30)) * US_HOUR;
    (void)!turned_go_on(w->world, to, &w->report, &w->err);
}

#endif
