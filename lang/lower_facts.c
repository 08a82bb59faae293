/* lower_facts.c -- what is known of variables where a statement stands.
 *
 * Under `if price > $300 <` the price is above $300, until somebody changes
 * it. Facts live as long as their block, and die when a variable that they speak
 * of is set, or may be: in a loop, by Lua. What the clock, the history or other
 * cases say is no fact: it may be otherwise in the next moment.
 */
#include "lang/grammar.h"
#include "lang/lower_flow.h"

#include <string.h>

enum { KNOWN_MOST = 32 };              /* the newest facts about a condition's variables that are tried */

/* ---- facts come ------------------------------------------------------------------------- */

/* Does the instruction always give the same, as long as no variable changes? */
static bool is_steady(uint32_t word)
{
    switch (IR_INSTRUCTION_OP(word)) {
    case IR_TABLE: case IR_TODAY: case IR_NOW: case IR_ATTR: case IR_STEP_ATTR: case IR_METRIC: case IR_AGGREGATE:
    case IR_STEPS: case IR_DID: return false;
    default: return true;
    }
}

/* NULL: the word reads no variable, or one that was lost with a mistake: nothing is known of that. */
static Var *variable(const Flow *f, uint32_t word)
{
    uint32_t slot = IR_INSTRUCTION_OPERAND(word);
    return IR_INSTRUCTION_OP(word) == IR_SLOT && slot < f->variables.n ? f->variables.items[slot] : NULL;
}

static void add_fact(Flow *f, const uint32_t *words, uint32_t n, uint32_t first, bool holds, Span at)
{
    bool speaks = false;
    for (uint32_t i = 0; i < n; i++) {
        bool reads = IR_INSTRUCTION_OP(words[i]) == IR_SLOT;
        if (!is_steady(words[i]) || (reads && !variable(f, words[i]))) return;
        speaks |= reads;
    }
    if (!speaks || f->broken) return;
    Arena *a = f->l->passing;
    Fact *fact = ARENA_NEW(a, Fact);
    *fact = (Fact){{words, n, first, holds}, at, false};
    *VEC_PUSH(f->l->arena, &f->facts) = fact;
    for (uint32_t i = 0; i < n; i++) {
        Var *var = variable(f, words[i]);
        if (!var || (var->facts && var->facts->fact == fact)) continue;
        FactRef *ref = ARENA_NEW(a, FactRef);
        *ref = (FactRef){fact, var->facts};
        var->facts = ref;
    }
}

/* The unit's code moves as it grows, so a fact keeps a copy. */
static uint32_t copied(Flow *f, Code code, const uint32_t **words)
{
    IrUnit u;
    unit_finish(f->unit, &u);
    uint32_t n = code < u.code_n ? ir_code_length(&u, code) : 0;
    uint32_t *copy = ARENA_ARRAY(f->l->passing, uint32_t, n + 1);
    if (n) memcpy(copy, u.code + code, n * sizeof *copy);
    *words = copy;
    return n ? n - 1 : 0;
}

void facts_condition(Flow *f, Code code, bool holds, Span at)
{
    const uint32_t *words;
    if (code == CODE_NONE || f->ended) return;
    uint32_t n = copied(f, code, &words);
    if (n) add_fact(f, words, n, code, holds, at);
}

/* An optional value may be left out, and then nobody asks the condition. */
void facts_field(Flow *f, uint32_t field, Span at)
{
    IrUnit u;
    unit_finish(f->unit, &u);
    if (u.fields[field].where != CODE_NONE && !u.types[u.fields[field].type].optional)
        facts_condition(f, u.fields[field].where, true, at);
}

/* What is promised of a step's own values is asked even where it is skipped; of others it may be otherwise then. */
void facts_ensured(Flow *f, const IrEnsure *ensure, Span at)
{
    if (ensure->own)
        facts_condition(f, ensure->code, true, at);
}

void facts_set(Flow *f, const Var *var, Code value, Span at)
{
    if (!expr_known_code(&f->x, value))
        return;
    IrUnit u;
    unit_finish(f->unit, &u);
    uint32_t *words = ARENA_ARRAY(f->l->passing, uint32_t, 3);
    words[0] = IR_INSTRUCTION(IR_SLOT, var->b.slot);
    words[1] = u.code[value];
    words[2] = IR_INSTRUCTION(IR_EQ, 0);
    add_fact(f, words, 3, 0, true, at);
}

/* ---- and go ----------------------------------------------------------------------------- */

void facts_changed(Flow *f, Var *var)
{
    (void)f;
    for (FactRef *ref = var->facts; ref; ref = ref->next) ref->fact->dead = true;
    var->facts = NULL;
}

static void change_all(Flow *f)
{
    for (uint32_t i = 0; i < f->facts.n; i++) f->facts.items[i]->dead = true;
}

void facts_changing(Flow *f, const Ast *items)
{
    if (!f->facts.n) return;
    Map *all = map_new(f->l->arena), *own = map_new(f->l->arena);
    for (const Ast *item = items; item; item = item->next) vars_setters(f, item, all, own);
    for (uint32_t i = 0; i < map_count(own); i++) {
        Var *var = vars_find(f, map_key(own, i, NULL));
        if (var) facts_changed(f, var);
    }
}

/* Functions of the systems around may set what the block does not name. */
void facts_lua(Flow *f, const Ast *lua)
{
    uint32_t n;
    if (!f->facts.n) return;
    (void)lower_prelude(f->l, f->process, &n);
    if (n) {
        change_all(f);
        return;
    }
    Map *all = map_new(f->l->arena), *own = map_new(f->l->arena);
    vars_setters(f, lua, all, own);
    for (uint32_t i = 0; i < map_count(own); i++) {
        Var *var = vars_find(f, map_key(own, i, NULL));
        if (var) facts_changed(f, var);
    }
}

uint32_t facts_here(const Flow *f)
{
    return f->facts.n;
}

void facts_back(Flow *f, uint32_t mark)
{
    while (f->facts.n > mark) f->facts.items[--f->facts.n]->dead = true;
}

/* ---- who asks ----------------------------------------------------------------------------- */

typedef struct Found {
    const Fact *items[KNOWN_MOST];
    uint32_t n;
} Found;

/* Whatever runs beside when something is late may set it at any time. */
static bool set_beside(const Flow *f, const Fact *fact)
{
    for (uint32_t i = 0; f->beside && i < fact->known.n; i++) {
        const Var *var = variable(f, fact->known.code[i]);
        if (var && map_get(f->beside, var->b.name)) return true;
    }
    return false;
}

static void find_facts(const Flow *f, Found *found, Var *var)
{
    for (FactRef **at = &var->facts; *at && found->n < KNOWN_MOST;) {
        const Fact *fact = (*at)->fact;
        if (fact->dead) {
            *at = (*at)->next;
            continue;
        }
        bool before = set_beside(f, fact);
        for (uint32_t i = 0; i < found->n; i++) before |= found->items[i] == fact;
        if (!before) found->items[found->n++] = fact;
        at = &(*at)->next;
    }
}

bool facts_known(void *flow, Proving *p, uint32_t from, uint32_t to, const Span **places)
{
    Flow *f = flow;
    Found found = {0};
    if (f->broken || f->process->broken) return false;
    for (uint32_t i = from; i < to; i++) {
        bool reads = IR_INSTRUCTION_OP(p->unit->code[i]) == IR_SLOT;
        Var *var = variable(f, p->unit->code[i]);
        if (reads && !var) return false;
        if (var) find_facts(f, &found, var);
    }
    Known *known = ARENA_ARRAY(p->arena, Known, found.n + 1);
    Span *at = ARENA_ARRAY(p->arena, Span, found.n + 1);
    for (uint32_t i = 0; i < found.n; i++) known[i] = found.items[i]->known, at[i] = found.items[i]->at;
    p->vars = f->vars.items, p->vars_n = f->vars.n;
    p->known = known, p->known_n = found.n;
    *places = at;
    return true;
}
