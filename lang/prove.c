/* prove.c -- conditions that cannot come out otherwise.
 *
 * The code becomes a tree again. To prove it, its opposite is tried: every way
 * to make a condition hold is a set of atoms (`price > $300`, `kind is rye`),
 * and a set is impossible when for one value no constant is left, or when two
 * values stand to each other as nothing does. Too many ways are left open.
 */
#include "lang/prove.h"
#include "lang/ir_private.h"

#include <string.h>

enum { TRIES_MOST = 4000, ATOMS_MOST = 64, STACK_MOST = 64, DEEPEST = 2000 };

/* ---- the tree ------------------------------------------------------------------------ */

typedef enum NodeKind { N_CONST, N_TERM, N_NOT, N_AND, N_OR, N_IF, N_LESS, N_LESS_EQ, N_EQ, N_NE, N_IN } NodeKind;

typedef struct Node {
    NodeKind kind;
    const struct Node *a, *b, *c;
    const Value *value;                /* CONST */
    const uint32_t *code; uint32_t n;  /* TERM: the code that makes it, by which it is known again */
} Node;

typedef struct Decode {
    const Proving *p;
    const uint32_t *code;
    uint32_t first, end;               /* code[0] is instruction `first` of its unit; behind the last one */
    const Node *stack[STACK_MOST];
    uint32_t starts[STACK_MOST];       /* where each one's code begins */
    uint32_t n, depth;
    bool lost;
} Decode;

static void push(Decode *d, Node node, uint32_t start)
{
    if (d->n == STACK_MOST) {
        d->lost = true;
        return;
    }
    Node *kept = ARENA_NEW(d->p->arena, Node);
    *kept = node;
    d->starts[d->n] = start;
    d->stack[d->n++] = kept;
}

static const Node *pop(Decode *d, uint32_t *start)
{
    static const Node nothing = {.kind = N_TERM};
    if (!d->n) {
        d->lost = true;
        return &nothing;
    }
    *start = d->starts[--d->n];
    return d->stack[d->n];
}

/* How many values an instruction takes; -1 where that is not known. */
static int pops(const Decode *d, uint32_t word)
{
    const IrOpRow *row = ir_op_row(IR_INSTRUCTION_OP(word));
    uint32_t x = IR_INSTRUCTION_OPERAND(word);
    if (!row->name || row->way != WAY_NEXT) return -1;
    if (row->pops >= 0) return row->pops;
    if (IR_INSTRUCTION_OP(word) == IR_RECORD) return (int)d->p->unit->types[x].fields_n;
    if (IR_INSTRUCTION_OP(word) != IR_CALL) return (int)x;
    const Node *count = d->n ? d->stack[d->n - 1] : NULL;
    return count && count->kind == N_CONST ? (int)(count->value->i / DECIMAL_ONE) + 1 : -1;
}

/* Any other instruction: what it makes is known again by its code. */
static void decode_term(Decode *d, uint32_t at)
{
    int n = pops(d, d->code[at]);
    uint32_t start = at;
    if (n < 0) d->lost = true;
    for (; n > 0 && !d->lost; n--) (void)pop(d, &start);
    push(d, (Node){.kind = N_TERM, .code = d->code + start, .n = at + 1 - start}, start);
}

static void decode_pair(Decode *d, NodeKind kind, uint32_t at)
{
    uint32_t start = at, right = at;
    const Node *b = pop(d, &right), *a = pop(d, &start);
    push(d, (Node){.kind = kind, .a = a, .b = b, .code = d->code + start, .n = at + 1 - start}, start);
}

static void decode(Decode *d, uint32_t from, uint32_t to);

static const Node *decode_part(Decode *d, uint32_t from, uint32_t to)
{
    uint32_t start, n = d->n;
    if (++d->depth > DEEPEST || from >= to || to > d->end) d->lost = true;
    else decode(d, from, to);
    d->depth--;
    d->lost |= d->n != n + 1;
    return d->lost ? NULL : pop(d, &start);
}

/* Returns where it goes on. */
static uint32_t decode_joined(Decode *d, NodeKind kind, uint32_t at, uint32_t target)
{
    uint32_t start = at;
    const Node *a = pop(d, &start), *b = decode_part(d, at + 1, target);
    push(d, (Node){.kind = kind, .a = a, .b = b, .code = d->code + start, .n = target - start}, start);
    return target;
}

static uint32_t decode_if(Decode *d, uint32_t at, uint32_t target)
{
    uint32_t start = at;
    bool jumps = target > at + 1 && target <= d->end && IR_INSTRUCTION_OP(d->code[target - 1]) == IR_JUMP;
    uint32_t end = jumps ? IR_INSTRUCTION_OPERAND(d->code[target - 1]) - d->first : 0;
    if (!jumps || end < target) {
        d->lost = true;
        return target;
    }
    const Node *a = pop(d, &start), *b = decode_part(d, at + 1, target - 1);
    const Node *c = d->lost ? NULL : decode_part(d, target, end);
    push(d, (Node){.kind = N_IF, .a = a, .b = b, .c = c, .code = d->code + start, .n = end - start}, start);
    return end;
}

static void decode(Decode *d, uint32_t from, uint32_t to)
{
    for (uint32_t at = from; at < to && !d->lost;) {
        uint32_t x = IR_INSTRUCTION_OPERAND(d->code[at]), target = x - d->first, start;
        const Node *a;
        switch (IR_INSTRUCTION_OP(d->code[at])) {
        case IR_CONST:
            push(d, (Node){.kind = N_CONST, .value = &d->p->unit->consts[x], .code = d->code + at, .n = 1}, at);
            break;
        case IR_NOT:
            start = at;
            a = pop(d, &start);
            push(d, (Node){.kind = N_NOT, .a = a, .code = d->code + start, .n = at + 1 - start}, start);
            break;
        case IR_LESS: decode_pair(d, N_LESS, at); break;
        case IR_LESS_EQ: decode_pair(d, N_LESS_EQ, at); break;
        case IR_EQ: decode_pair(d, N_EQ, at); break;
        case IR_NE: decode_pair(d, N_NE, at); break;
        case IR_IN: decode_pair(d, N_IN, at); break;
        case IR_AND: at = decode_joined(d, N_AND, at, target); continue;
        case IR_OR: at = decode_joined(d, N_OR, at, target); continue;
        case IR_UNLESS: at = decode_if(d, at, target); continue;
        case IR_JUMP:                      /* over what an aggregate asks of its cases */
            if (target > at && target < to && IR_INSTRUCTION_OP(d->code[target]) == IR_AGGREGATE) at = target;
            else d->lost = true;
            continue;
        default: decode_term(d, at);
        }
        at++;
    }
}

/* NULL: not understood. */
static const Node *tree_of(const Proving *p, const uint32_t *code, uint32_t first, uint32_t from, uint32_t to)
{
    Decode d = {.p = p, .code = code, .first = first, .end = to};
    return decode_part(&d, from, to);
}

/* ---- atoms ----------------------------------------------------------------------------- */

typedef enum AtomKind {
    A_LESS, A_LESS_EQ, A_MORE, A_MORE_EQ, A_IS, A_IS_NOT, A_IN, A_NOT_IN,     /* a value and a constant */
    A_PAIR                                                                    /* two values */
} AtomKind;
enum { BELOW = 1, SAME = 2, ABOVE = 4 };   /* how the first of a pair may stand to the second */

typedef struct Atom {
    AtomKind kind;
    const Node *term, *other;
    const Value *value;
    uint8_t ways;                      /* PAIR */
} Atom;

typedef struct Search {
    const Proving *p;
    Atom atoms[ATOMS_MOST];
    uint32_t n, tries;
    bool gave_up;
} Search;

static bool same_term(const Node *a, const Node *b)
{
    return a->n == b->n && memcmp(a->code, b->code, a->n * sizeof *a->code) == 0;
}

static int cmp_int(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* Values that are ordered by their number, all of one kind. */
static bool counts(const Value *v)
{
    switch (v->type) {
    case V_NUMBER: case V_PERCENT: case V_MONEY: case V_DATE: case V_TIME: case V_DATETIME: return true;
    case V_DURATION: return v->aux == DUR_CLOCK;
    default: return false;
    }
}

static bool both_count(const Value *a, const Value *b)
{
    bool numbers = (a->type == V_NUMBER || a->type == V_PERCENT) && (b->type == V_NUMBER || b->type == V_PERCENT);
    bool currencies = a->type != V_MONEY || !a->unit || !b->unit || a->unit == b->unit;
    return counts(a) && counts(b) && (a->type == b->type || numbers) && currencies;
}

static bool is_texty(const Value *v)
{
    return v->type == V_TEXT || v->type == V_PERSON || v->type == V_FILE;
}

typedef enum Same { SAME_NO, SAME_YES, SAME_PERHAPS } Same;

static Same same_value(const Value *a, const Value *b)
{
    if (a->type == V_NONE || b->type == V_NONE) return a->type == b->type ? SAME_YES : SAME_NO;
    if (both_count(a, b)) return a->i == b->i ? SAME_YES : SAME_NO;
    if (is_texty(a) && is_texty(b)) return strcmp(a->text, b->text) == 0 ? SAME_YES : SAME_NO;
    if (a->type == V_BOOLEAN && b->type == V_BOOLEAN) return !a->i == !b->i ? SAME_YES : SAME_NO;
    return SAME_PERHAPS;
}

/* ---- is a set of atoms possible? ----------------------------------------------------------- */

/* Can the value be this constant, by this atom? */
static bool allows(const Atom *atom, const Value *v)
{
    const Value *c = atom->value;
    bool any = false, perhaps = false;
    switch (atom->kind) {
    case A_IS: return same_value(v, c) != SAME_NO;
    case A_IS_NOT: return same_value(v, c) != SAME_YES;
    case A_IN:
    case A_NOT_IN:
        for (uint32_t i = 0; i < c->len; i++) {
            any |= same_value(v, &c->list[i]) == SAME_YES;
            perhaps |= same_value(v, &c->list[i]) == SAME_PERHAPS;
        }
        return atom->kind == A_IN ? any || perhaps : !any;
    case A_LESS: return v->type != V_NONE && (!both_count(v, c) || v->i < c->i);
    case A_LESS_EQ: return v->type != V_NONE && (!both_count(v, c) || v->i <= c->i);
    case A_MORE: return v->type != V_NONE && (!both_count(v, c) || v->i > c->i);
    case A_MORE_EQ: return v->type != V_NONE && (!both_count(v, c) || v->i >= c->i);
    case A_PAIR: return true;
    }
    return true;
}

/* The type of a variable or of a field in one; *none: it may be none. NULL: not known. */
static const IrType *type_of(const Proving *p, const Node *term, bool *none)
{
    const IrUnit *u = p->unit;
    uint32_t x = IR_INSTRUCTION_OPERAND(term->code[0]);
    if (IR_INSTRUCTION_OP(term->code[0]) != IR_SLOT || x >= p->vars_n) return NULL;
    const IrType *t = &u->types[p->vars[x].type];
    *none = t->optional;
    for (uint32_t i = 1; i < term->n; i++) {
        const IrType *field = NULL;
        if (IR_INSTRUCTION_OP(term->code[i]) != IR_FIELD || t->kind != TYPE_RECORD) return NULL;
        for (uint32_t k = 0; k < t->fields_n && !field; k++)
            if (strcmp(u->fields[t->fields + k].name, u->names[IR_INSTRUCTION_OPERAND(term->code[i])]) == 0)
                field = &u->types[u->fields[t->fields + k].type];
        if (!field) return NULL;
        t = field;
        *none |= t->optional;
    }
    return t;
}

/* Do all atoms of this term allow the constant? */
static bool all_allow(const Search *s, const Node *term, const Value *v)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (s->atoms[i].kind != A_PAIR && same_term(s->atoms[i].term, term) && !allows(&s->atoms[i], v)) return false;
    return true;
}

/* Of the few values that the type has, is one left? Where it has many: yes. */
static bool type_leaves(const Search *s, const Node *term)
{
    bool none = false;
    const IrType *t = type_of(s->p, term, &none);
    const Value yes = value_boolean(true), no = value_boolean(false), nothing = VALUE_NONE;
    if (!t || (t->kind != TYPE_BOOLEAN && t->kind != TYPE_CHOICE)) return true;
    if (none && all_allow(s, term, &nothing)) return true;
    if (t->kind == TYPE_BOOLEAN) return all_allow(s, term, &yes) || all_allow(s, term, &no);
    for (uint32_t i = 0; i < t->choices_n; i++) {
        const Value word = value_text(t->choices[i]);
        if (all_allow(s, term, &word)) return true;
    }
    return false;
}

/* Where the value must be one of some constants: is one of them left? */
static bool constants_leave(const Search *s, const Atom *atom)
{
    if (atom->kind == A_IS) return all_allow(s, atom->term, atom->value);
    if (atom->kind != A_IN) return true;
    for (uint32_t i = 0; i < atom->value->len; i++)
        if (all_allow(s, atom->term, &atom->value->list[i])) return true;
    return false;
}

/* Between its bounds, is there room? They are whole numbers: days, microseconds, millionths. */
static bool bounds_leave(const Search *s, const Atom *low)
{
    if (low->kind != A_MORE && low->kind != A_MORE_EQ) return true;
    int64_t least = low->value->i;
    if (low->kind == A_MORE && __builtin_add_overflow(least, 1, &least)) return false;
    for (uint32_t i = 0; i < s->n; i++) {
        const Atom *high = &s->atoms[i];
        if ((high->kind != A_LESS && high->kind != A_LESS_EQ) || !same_term(high->term, low->term)) continue;
        if (!both_count(low->value, high->value)) continue;
        int order = cmp_int(least, high->value->i);
        if (order > 0 || (order == 0 && high->kind == A_LESS)) return false;
        Value only = *low->value;
        only.i = least;
        bool one = (order == 0 && high->kind == A_LESS_EQ) || (high->kind == A_LESS && least == high->value->i - 1);
        if (one && !all_allow(s, low->term, &only)) return false;
    }
    return true;
}

/* A share is never more than all, a count never less than none. */
static bool figure_leaves(const Search *s, const Atom *atom)
{
    const Value *v = atom->value;
    int64_t low, high;
    bool number = v->type == V_NUMBER || v->type == V_PERCENT;
    if (!s->p->bounds || !number || atom->term->n != 1) return true;
    if (!s->p->bounds(s->p->self, atom->term->code[0], &low, &high)) return true;
    switch (atom->kind) {
    case A_LESS: return v->i > low;
    case A_LESS_EQ: return v->i >= low;
    case A_MORE: return v->i < high;
    case A_MORE_EQ: return v->i <= high;
    case A_IS: return v->i >= low && v->i <= high;
    default: return true;
    }
}

static uint8_t turned_ways(uint8_t ways)
{
    return (uint8_t)((ways & SAME) | (ways & BELOW ? ABOVE : 0) | (ways & ABOVE ? BELOW : 0));
}

/* How the first may stand to the second, by all that is said of the two. */
static bool pair_leaves(const Search *s, const Atom *pair)
{
    uint8_t ways = pair->ways;
    if (same_term(pair->term, pair->other)) return ways & SAME;
    for (uint32_t i = 0; i < s->n; i++) {
        const Atom *other = &s->atoms[i];
        if (other->kind != A_PAIR) continue;
        if (same_term(other->term, pair->term) && same_term(other->other, pair->other)) ways &= other->ways;
        else if (same_term(other->term, pair->other) && same_term(other->other, pair->term))
            ways &= turned_ways(other->ways);
    }
    return ways;
}

static bool possible(const Search *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        const Atom *a = &s->atoms[i];
        if (a->kind == A_PAIR && !pair_leaves(s, a)) return false;
        if (a->kind == A_PAIR) continue;
        if (!type_leaves(s, a->term) || !constants_leave(s, a) || !bounds_leave(s, a) || !figure_leaves(s, a))
            return false;
    }
    return true;
}

/* ---- every way to make conditions hold -------------------------------------------------------- */

typedef struct Todo {                  /* what is left to hold */
    const Node *node;
    bool holds;
    const struct Todo *next;
} Todo;

static bool satisfiable(Search *s, const Todo *todo);

static bool with_atom(Search *s, Atom atom, const Todo *rest)
{
    if (s->n == ATOMS_MOST) {
        s->gave_up = true;
        return true;
    }
    s->atoms[s->n++] = atom;
    bool yes = satisfiable(s, rest);
    s->n--;
    return yes;
}

/* The same atom for the case that it does not hold. */
static AtomKind opposite(AtomKind k)
{
    static const AtomKind of[] = {[A_LESS] = A_MORE_EQ, [A_MORE_EQ] = A_LESS, [A_LESS_EQ] = A_MORE,
                                  [A_MORE] = A_LESS_EQ, [A_IS] = A_IS_NOT,    [A_IS_NOT] = A_IS,
                                  [A_IN] = A_NOT_IN,    [A_NOT_IN] = A_IN};
    return of[k];
}

/* `3 < x` is `x > 3`. */
static AtomKind turned(AtomKind k)
{
    return k == A_LESS ? A_MORE : k == A_LESS_EQ ? A_MORE_EQ : k;
}

static bool try_constants(Search *s, const Node *n, AtomKind kind, bool holds, const Todo *rest)
{
    const Value *a = n->a->value, *b = n->b->value;
    Same same = same_value(a, b);
    bool is;
    if (kind == A_IS || kind == A_IS_NOT) {
        if (same == SAME_PERHAPS) return satisfiable(s, rest);
        is = (same == SAME_YES) == (kind == A_IS);
    } else if (both_count(a, b)) {
        is = kind == A_LESS ? a->i < b->i : a->i <= b->i;
    } else {
        return satisfiable(s, rest);
    }
    return is == holds && satisfiable(s, rest);
}

/* `(a > b) is yes` is `a > b`. */
static bool try_boolean(Search *s, const Node *part, const Value *v, bool is, const Todo *rest)
{
    const Todo todo = {part, (v->i != 0) == is, rest};
    return satisfiable(s, &todo);
}

static bool is_condition(const Node *n)
{
    return n->kind != N_CONST && n->kind != N_TERM;
}

static bool try_pair(Search *s, const Node *n, AtomKind kind, bool holds, const Todo *rest)
{
    static const uint8_t ways[] = {
        [A_LESS] = BELOW, [A_LESS_EQ] = BELOW | SAME, [A_IS] = SAME, [A_IS_NOT] = BELOW | ABOVE};
    uint8_t w = holds ? ways[kind] : (uint8_t)(ways[kind] ^ (BELOW | SAME | ABOVE));
    return with_atom(s, (Atom){.kind = A_PAIR, .term = n->a, .other = n->b, .ways = w}, rest);
}

static bool try_compare(Search *s, const Node *n, AtomKind kind, bool holds, const Todo *rest)
{
    const Node *a = n->a, *b = n->b;
    bool equality = kind == A_IS || kind == A_IS_NOT;
    if (a->kind == N_CONST && b->kind == N_CONST) return try_constants(s, n, kind, holds, rest);
    if (!holds && !equality && s->p->missing) return satisfiable(s, rest);
    if (equality && b->kind == N_CONST && b->value->type == V_BOOLEAN && is_condition(a))
        return try_boolean(s, a, b->value, holds == (kind == A_IS), rest);
    if (a->kind != N_CONST && b->kind != N_CONST) return try_pair(s, n, kind, holds, rest);
    bool turn = a->kind == N_CONST;
    AtomKind k = turn ? turned(kind) : kind;
    Atom atom = {.kind = holds ? k : opposite(k), .term = turn ? b : a, .value = turn ? a->value : b->value};
    return with_atom(s, atom, rest);
}

static bool try_in(Search *s, const Node *n, bool holds, const Todo *rest)
{
    bool list = n->b->kind == N_CONST && n->b->value->type == V_LIST;
    if (!list || n->a->kind == N_CONST) return satisfiable(s, rest);
    return with_atom(s, (Atom){.kind = holds ? A_IN : A_NOT_IN, .term = n->a, .value = n->b->value}, rest);
}

/* A value that is a condition itself. */
static bool try_term(Search *s, const Node *n, bool holds, const Todo *rest)
{
    static const Value yes = {.type = V_BOOLEAN, .i = 1};
    return with_atom(s, (Atom){.kind = holds ? A_IS : A_IS_NOT, .term = n, .value = &yes}, rest);
}

static bool try_both(Search *s, const Node *a, bool a_holds, const Node *b, bool b_holds, const Todo *rest)
{
    const Todo second = {b, b_holds, rest}, first = {a, a_holds, &second};
    return satisfiable(s, &first);
}

static bool satisfiable(Search *s, const Todo *todo)
{
    s->gave_up |= ++s->tries > TRIES_MOST;
    if (s->gave_up) return true;
    if (!todo) return possible(s);
    const Node *n = todo->node;
    const Todo *rest = todo->next;
    bool holds = todo->holds;
    switch (n->kind) {
    case N_CONST: return (n->value->type == V_BOOLEAN && (n->value->i != 0) != holds) ? false : satisfiable(s, rest);
    case N_TERM: return try_term(s, n, holds, rest);
    case N_NOT: return try_both(s, n->a, !holds, n->a, !holds, rest);
    case N_AND:
    case N_OR: {
        const Todo a = {n->a, holds, rest}, b = {n->b, holds, rest};
        if ((n->kind == N_AND) == holds) return try_both(s, n->a, holds, n->b, holds, rest);
        return satisfiable(s, &a) || satisfiable(s, &b);
    }
    case N_IF: return try_both(s, n->a, true, n->b, holds, rest) || try_both(s, n->a, false, n->c, holds, rest);
    case N_LESS: return try_compare(s, n, A_LESS, holds, rest);
    case N_LESS_EQ: return try_compare(s, n, A_LESS_EQ, holds, rest);
    case N_EQ: return try_compare(s, n, A_IS, holds, rest);
    case N_NE: return try_compare(s, n, A_IS_NOT, holds, rest);
    case N_IN: return try_in(s, n, holds, rest);
    }
    return true;
}

/* ---- the proof -------------------------------------------------------------------------------------- */

/* Can the condition come out so, with what is known? */
static bool can_be(const Proving *p, const Node *condition, bool holds, const Todo *known)
{
    Search s = {.p = p};
    const Todo todo = {condition, holds, known};
    return satisfiable(&s, condition ? &todo : known);
}

static Proof decide(const Proving *p, const Node *condition, const Todo *known)
{
    bool yes = can_be(p, condition, true, known), no = can_be(p, condition, false, known);
    return yes == no ? PROOF_OPEN : yes ? PROOF_YES : PROOF_NO;
}

Proof prove(const Proving *p, uint32_t from, uint32_t to, uint32_t *because)
{
    const Node *condition = tree_of(p, p->unit->code, 0, from, to);
    Todo *known = ARENA_ARRAY(p->arena, Todo, p->known_n + 1), *all = NULL;
    *because = PROVE_ALONE;
    if (!condition) return PROOF_OPEN;
    Proof proof = decide(p, condition, NULL);
    for (uint32_t i = 0; proof == PROOF_OPEN && i < p->known_n; i++) {
        const Known *k = &p->known[i];
        known[i] = (Todo){tree_of(p, k->code, k->first, 0, k->n), k->holds, NULL};
        if (!known[i].node) continue;
        proof = decide(p, condition, &known[i]);
        if (proof != PROOF_OPEN) *because = i;
    }
    for (uint32_t i = 0; proof == PROOF_OPEN && i < p->known_n; i++) {
        if (!known[i].node) continue;
        known[i].next = all;
        all = &known[i];
    }
    if (proof != PROOF_OPEN || !all) return proof;
    *because = PROVE_TOGETHER;
    return decide(p, condition, all);
}
