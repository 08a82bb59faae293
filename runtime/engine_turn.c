/* engine_turn.c -- `by turn Sales`: one of them after the other, over all cases.
 *
 * Whose turn it is, is said when the step is offered, and stays so: who had
 * the last one is kept in the store, and compared there when this one is kept.
 * Those who are away, or may not do it this time, are left out; who was left
 * out does not come back for it.
 */
#include "runtime/engine_private.h"

#include <string.h>

static bool is_turn(const Value *rule) { return strcmp(rule->text, "turn(") == 0; }

static bool opens(const char *rule)
{
    size_t n = strlen(rule);
    return n && rule[n - 1] == '(' && !strchr(rule, ':');
}

/* Behind the ")" of the group that opens at. */
static uint32_t behind_group(const Value *who, uint32_t at)
{
    uint32_t depth = 0;
    for (; at < who->len; at++) {
        depth += opens(who->list[at].text);
        depth -= strcmp(who->list[at].text, ")") == 0;
        if (!depth) return at + 1;
    }
    return at;
}

/* The people of a group alone, as a rule of their own. */
static Value inside(const Value *who, uint32_t at)
{
    uint32_t end = behind_group(who, at);
    return value_list(who->list + at + 1, end - at - 2);
}

/* ---- giving ------------------------------------------------------------------------------ */

Value engine_fix_turns(const IrProgram *p, const Value *who, const Value *turns, Instant when, Arena *a)
{
    Value *fixed = ARENA_ARRAY(a, Value, who->len + 1);
    uint32_t n = 0, turn = 0;
    if (turns->type != V_LIST) return *who;
    for (uint32_t i = 0; i < who->len; i++) {
        if (!is_turn(&who->list[i])) {
            fixed[n++] = who->list[i];
            continue;
        }
        Value group = inside(who, i);
        const char *person = turn < turns->len ? turns->list[turn].text : "";
        turn++;
        if (!*person || !engine_may(p, &group, when, person)) {
            fixed[n++] = value_text("(");
            continue;
        }
        fixed[n++] = value_text(arena_printf(a, "person:%s", person));
        i = behind_group(who, i) - 1;
    }
    return value_list(fixed, n);
}

/* ---- taking -------------------------------------------------------------------------------- */

static const char *last_turn(Decide *d, const char *key)
{
    const char *person = NULL;
    Error ignored;                         /* a store that cannot be read will not keep this turn either */
    for (uint32_t i = 0; i < d->out->turns.n; i++)
        if (strcmp(d->out->turns.items[i].key, key) == 0) return d->out->turns.items[i].after;
    if (d->env->turn && d->env->turn(d->env->self, d->out->arena, key, &person, &ignored) != ST_OK) person = NULL;
    return person;
}

static void keep_turn(Decide *d, const char *key, const char *before, const char *after)
{
    for (uint32_t i = 0; i < d->out->turns.n; i++) {
        TurnTaken *t = &d->out->turns.items[i];
        if (strcmp(t->key, key) != 0) continue;
        t->after = after;
        return;
    }
    *VEC_PUSH(d->out->arena, &d->out->turns) = (TurnTaken){key, before, after};
}

Turns turns_taken(const Decide *d)
{
    Turns now = {NULL, (uint32_t)d->out->turns.n};
    if (!now.n) return now;
    now.items = ARENA_ARRAY(d->out->arena, TurnTaken, now.n);
    memcpy(now.items, d->out->turns.items, now.n * sizeof *now.items);
    return now;
}

void turns_back(Decide *d, const Turns *to)
{
    if (to->n) memcpy(d->out->turns.items, to->items, to->n * sizeof *to->items);
    d->out->turns.n = to->n;
}

/* The first behind the last one who may, and is there; else who may and will be. */
static const char *next_of(const Decide *d, const Value *who, const Value *people, const char *last)
{
    const IrProgram *p = d->env->program;
    const char *absent = "";
    uint32_t from = 0;
    for (uint32_t i = 0; last && i < people->len; i++)
        if (strcmp(people->list[i].text, last) == 0) from = i + 1;
    for (uint32_t i = 0; i < people->len; i++) {
        const char *person = people->list[(from + i) % people->len].text;
        if (!engine_may(p, who, d->in->at, person)) continue;
        if (!engine_away(p, person, d->in->at)) return person;
        if (!*absent) absent = person;
    }
    return absent;
}

Value take_turns(Decide *d, const IrStep *s, const Value *who, const Act *offered)
{
    Arena *a = d->out->arena;
    Value *turns = ARENA_ARRAY(a, Value, who->len + 1);
    uint32_t n = 0;
    const Value *had = offered && offered->turns.type == V_LIST ? &offered->turns : NULL;
    for (uint32_t i = 0; i < who->len; i++) {
        if (!is_turn(&who->list[i])) continue;
        const char *whose = had && n < had->len ? had->list[n].text : "";
        if (*whose && engine_may(d->env->program, who, d->in->at, whose)) {
            turns[n] = had->list[n];
            n++;
            continue;
        }
        Value group = inside(who, i), people = engine_named(d->env->program, &group, a);
        const char *key = arena_printf(a, "turn %s\t%s\t%u", d->of->process, s->name, n);
        const char *last = last_turn(d, key), *next = next_of(d, who, &people, last);
        if (*next) keep_turn(d, key, last, next);
        turns[n++] = value_text(next);
    }
    return n ? value_list(turns, n) : VALUE_NONE;
}

/* ---- passing on -------------------------------------------------------------------------------- */

static void note_turns(Decide *d, const Act *a, const Value *turns, Datum *values, uint32_t *n)
{
    values[(*n)++] = (Datum){"$turns", *turns};
    values[(*n)++] = (Datum){"$who", rule_of_act(d, a, turns)};
}

void pass_turns(Decide *d, const Act *a, const char *to, Datum *values, uint32_t *n)
{
    const IrStep *s = &d->of->flow->steps[d->of->flow->nodes[a->node].a];
    Value who, *turns = ARENA_ARRAY(d->out->arena, Value, a->turns.len + 1);
    uint32_t turn = 0;
    if (a->turns.type != V_LIST || !value_of(d, s->who, case_sees(a), &who)) return;
    for (uint32_t i = 0; i < who.len && turn < a->turns.len; i++) {
        if (!is_turn(&who.list[i])) continue;
        Value group = inside(&who, i);
        bool may = engine_may(d->env->program, &group, d->in->at, to);
        const char *absent = may ? engine_instead(d->env->program, &group, d->in->at, to, NULL) : NULL;
        turns[turn] = may ? value_text(absent ? absent : to) : a->turns.list[turn];      /* who stands in takes none */
        turn++;
    }
    const Value passed = value_list(turns, turn);
    note_turns(d, a, &passed, values, n);
}

static bool has_turn(const Act *a, uint32_t i, const char *person)
{
    return strcmp(a->turns.list[i].text, person) == 0;
}

bool leaves_turn(const Decide *d, const Act *a, const char *person)
{
    const IrAway *away = engine_away(d->env->program, person, d->in->at);
    bool any = false;
    for (uint32_t i = 0; a->turns.type == V_LIST && i < a->turns.len; i++) any |= has_turn(a, i, person);
    return any && away && !away->stand_in;
}

void leave_turns(Decide *d, const Act *a, const char *person, Datum *values, uint32_t *n)
{
    Value *turns = ARENA_ARRAY(d->out->arena, Value, a->turns.len + 1);
    for (uint32_t i = 0; i < a->turns.len; i++)
        turns[i] = has_turn(a, i, person) ? value_text("") : a->turns.list[i];
    const Value left = value_list(turns, a->turns.len);
    note_turns(d, a, &left, values, n);
}
