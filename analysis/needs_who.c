/* needs_who.c -- who may do a step, as far as the file alone shows it.
 *
 * Rules are read for the people that they let in. What is left out by `except`
 * is not looked at, and of a condition both ways count: with more people there
 * is rather enough time, so what is too much for all of these is too much.
 */
#include "analysis/needs_private.h"

enum { WHO_DEEPEST = 64,               /* as the stack of expressions */
       DID_DEEPEST = 8 };              /* did() of did() of ... */

typedef struct WhoRead {
    const NeedsWork *w;
    const IrFlow *flow;
    uint32_t depth;                    /* of did() */
    NeedsWho items[WHO_DEEPEST];
    uint32_t joins[WHO_DEEPEST];       /* where the ways of an `if` meet */
    uint32_t n, joins_n;
    bool lost;
} WhoRead;

static void push(WhoRead *s, NeedsWho who)
{
    if (s->n < WHO_DEEPEST) s->items[s->n++] = who;
    else s->lost = true;
}

static void either(WhoRead *s)
{
    if (s->n < 2) {
        s->lost = true;
        return;
    }
    NeedsWho *left = &s->items[s->n - 2], *right = &s->items[--s->n];
    needs_add_texts(s->w->arena, &left->roles, &right->roles);
    needs_add_texts(s->w->arena, &left->people, &right->people);
    if (right->least < left->least) left->least = right->least;
    if (right->most > left->most) left->most = right->most;
    left->open |= right->open;
}

/* ---- people by way of other people ------------------------------------------------------- */

static bool has_one_of(const IrRole *role, const Texts *people)
{
    for (uint32_t i = 0; i < role->people_n; i++)
        if (people->seen && map_get(people->seen, role->people[i])) return true;
    return false;
}

/* Of those, the people of the roles that their roles report to. */
static NeedsWho managers_of(const NeedsWork *w, const NeedsWho *those)
{
    const IrProgram *p = w->program;
    NeedsWho above = {.least = 1, .most = 1, .open = those->open};
    Texts people = needs_people(w, those);
    for (uint32_t i = 0; i < p->roles_n; i++)
        if (p->roles[i].reports_to && has_one_of(&p->roles[i], &people))
            needs_add_text(w->arena, &above.roles, p->roles[i].reports_to);
    above.open |= !above.roles.items.n;
    return above;
}

static bool read_rule(const NeedsWork *w, const IrFlow *f, Code code, uint32_t depth, NeedsWho *who);

/* Whoever did the step of this name: one of those who may. */
static NeedsWho doers_of(const WhoRead *s, const char *name)
{
    NeedsWho who = {0};
    uint32_t step = name ? ir_step(s->flow, name) : IR_NONE;
    Code rule = step == IR_NONE ? CODE_NONE : s->flow->steps[step].who;
    bool known = rule != CODE_NONE && s->depth < DID_DEEPEST && read_rule(s->w, s->flow, rule, s->depth + 1, &who);
    who.least = who.most = 1, who.open = !known;
    return who;
}

static const char *constant_text(const IrUnit *u, uint32_t at)
{
    if (IR_INSTRUCTION_OP(u->code[at]) != IR_CONST) return NULL;
    const Value *v = &u->consts[IR_INSTRUCTION_OPERAND(u->code[at])];
    return v->type == V_TEXT || v->type == V_PERSON ? v->text : NULL;
}

/* The value that the instructions ahead of this one push: a constant, or who did a step; else data know. */
static NeedsWho person_of(const WhoRead *s, uint32_t at, Code begin)
{
    const IrUnit *u = &s->flow->unit;
    NeedsWho who = {.least = 1, .most = 1};
    const char *named = at > begin ? constant_text(u, at - 1) : NULL;
    uint32_t before = at > begin + 1 ? u->code[at - 1] : 0;
    bool did = at > begin + 1 && (IR_INSTRUCTION_OP(before) == IR_DID ||
                                  (IR_INSTRUCTION_OP(before) == IR_STEP_ATTR &&
                                   IR_INSTRUCTION_OPERAND(before) == ATTR_PERSON));
    if (did) return doers_of(s, constant_text(u, at - 2));
    if (named) needs_add_text(s->w->arena, &who.people, named);
    who.open = !named;
    return who;
}

/* ---- rules ---------------------------------------------------------------------------------- */

static void read_one(WhoRead *s, uint32_t at, Code begin)
{
    const IrUnit *u = &s->flow->unit;
    uint32_t x = IR_INSTRUCTION_OPERAND(u->code[at]);
    NeedsWho who = {.least = 1, .most = 1}, *top = s->n ? &s->items[s->n - 1] : &who;
    switch (IR_INSTRUCTION_OP(u->code[at])) {
    case IR_ROLE:
        needs_add_text(s->w->arena, &who.roles, u->names[x]);
        push(s, who);
        break;
    case IR_PERSON: push(s, person_of(s, at, begin)); break;
    case IR_WHO_OR: either(s); break;
    case IR_WHO_EXCEPT: s->n -= s->n > 1; break;
    case IR_WHO_ANY:
    case IR_WHO_APART: top->least = top->most = x; break;
    case IR_WHO_MANAGERS: *top = managers_of(s->w, top); break;
    case IR_JUMP:
        if (s->joins_n < WHO_DEEPEST) s->joins[s->joins_n++] = x;
        else s->lost = true;
        break;
    default: break;
    }
}

static bool read_rule(const NeedsWork *w, const IrFlow *f, Code code, uint32_t depth, NeedsWho *who)
{
    WhoRead s = {.w = w, .flow = f, .depth = depth};
    for (uint32_t i = code, end = code + ir_code_length(&f->unit, code); i < end && !s.lost; i++) {
        while (s.joins_n && s.joins[s.joins_n - 1] == i) s.joins_n--, either(&s);
        read_one(&s, i, code);
    }
    if (s.n) *who = s.items[s.n - 1];
    return s.n == 1 && !s.lost && !who->open;
}

bool needs_who(const NeedsWork *w, const IrFlow *f, const IrStep *step, NeedsWho *who)
{
    *who = (NeedsWho){0};
    return step->who != CODE_NONE && read_rule(w, f, step->who, 0, who);
}

Texts needs_people(const NeedsWork *w, const NeedsWho *who)
{
    Texts people = {0};
    needs_add_texts(w->arena, &people, &who->people);
    for (uint32_t i = 0; i < who->roles.items.n; i++) {
        const IrRole *role = ir_role(w->program, who->roles.items.items[i]);
        for (uint32_t k = 0; role && k < role->people_n; k++) needs_add_text(w->arena, &people, role->people[k]);
    }
    return people;
}

static bool add_joiners(const NeedsWork *w, const IrFlow *f, uint32_t pairs, uint32_t n, Texts *people)
{
    bool known = true;
    for (uint32_t i = 0; i < n; i++) {
        NeedsWho who = {0};
        known &= read_rule(w, f, f->codes[pairs + 2 * i], 0, &who);
        Texts joins = needs_people(w, &who);
        needs_add_texts(w->arena, people, &joins);
    }
    return known;
}

bool needs_joiners(const NeedsWork *w, const IrFlow *f, const IrStep *step, Texts *people)
{
    bool own = add_joiners(w, f, step->escalate, step->escalate_n, people);
    return add_joiners(w, f, f->escalate, f->escalate_n, people) && own;
}
