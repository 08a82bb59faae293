/* plan.c -- trials as trees and as text. */
#include "tests/model/plan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct KindRow { const char *name; uint32_t numbers; } KindRow;

static const KindRow node_rows[] = {
#define NODE(KIND, name, numbers) {name, numbers},
#include "tests/model/plan.def"
#undef NODE
};

static const KindRow deed_rows[] = {
#define DEED(KIND, name, numbers) {name, numbers},
#include "tests/model/plan.def"
#undef DEED
};

const char *const plan_persons[PLAN_PEOPLE] = {"ann", "bob", "cy", "dee", "mia"};

static const char *const reach_names[] = {
#define REACH(NAME, name) name,
#include "tests/model/plan.def"
#undef REACH
};

const char *plan_reach_name(uint32_t reach)
{
    if (reach < NODE_KINDS) return node_rows[reach].name;
    return reach < REACH_OTHERS ? deed_rows[reach - REACH_DEEDS].name : reach_names[reach - REACH_OTHERS];
}

/* ---- trees ----------------------------------------------------------------------------------- */

Plan *plan_new(void)
{
    Arena *a = arena_new();
    Plan *p = ARENA_NEW(a, Plan);
    p->arena = a;
    p->program = plan_node(p, N_PROGRAM);
    return p;
}

void plan_free(Plan *p)
{
    if (p) arena_free(p->arena);
}

Node *plan_node(Plan *p, NodeKind kind)
{
    Node *n = ARENA_NEW(p->arena, Node);
    n->kind = kind;
    return n;
}

Node *plan_add(Plan *p, Node *to, NodeKind kind)
{
    return *VEC_PUSH(p->arena, &to->kids) = plan_node(p, kind);
}

static Node *copy_node(Plan *p, const Node *n)
{
    Node *out = plan_node(p, n->kind);
    out->number = n->number;
    memcpy(out->a, n->a, sizeof out->a);
    for (uint32_t i = 0; i < n->kids.n; i++) *VEC_PUSH(p->arena, &out->kids) = copy_node(p, n->kids.items[i]);
    return out;
}

Plan *plan_copy(const Plan *p)
{
    Plan *out = plan_new();
    out->program = copy_node(out, p->program);
    for (uint32_t i = 0; i < p->deeds.n; i++) *VEC_PUSH(out->arena, &out->deeds) = p->deeds.items[i];
    return out;
}

static uint32_t number(Node *n, uint32_t next)
{
    n->number = next++;
    for (uint32_t i = 0; i < n->kids.n; i++) next = number(n->kids.items[i], next);
    return next;
}

void plan_number(Plan *p) { number(p->program, 0); }

static uint32_t count(const Node *n)
{
    uint32_t all = 1;
    for (uint32_t i = 0; i < n->kids.n; i++) all += count(n->kids.items[i]);
    return all;
}

uint32_t plan_nodes(const Plan *p) { return count(p->program); }

/* Only what holds statements as a block of its own gives them up to the block around it. */
static bool may_hoist(const Node *n)
{
    return n->kids.n && n->kind != N_PROCESS && !plan_is_handler(n);
}

static void replace(Plan *p, Node *in, uint32_t at, bool hoist)
{
    Node *gone = in->kids.items[at];
    VEC(Node *) kids = {0};
    for (uint32_t i = 0; i < in->kids.n; i++) {
        if (i != at) *VEC_PUSH(p->arena, &kids) = in->kids.items[i];
        for (uint32_t k = 0; i == at && hoist && k < gone->kids.n; k++) {
            Node *kid = gone->kids.items[k];
            if (kid->kind != N_LIST && !plan_is_handler(kid)) *VEC_PUSH(p->arena, &kids) = kid;
            for (uint32_t s = 0; (kid->kind == N_LIST || kid->kind == N_ON_FAIL) && s < kid->kids.n; s++)
                *VEC_PUSH(p->arena, &kids) = kid->kids.items[s];
        }
    }
    in->kids.items = kids.items, in->kids.n = kids.n, in->kids.cap = kids.cap;
}

static bool drop_below(Plan *p, Node *n, uint32_t number, bool hoist)
{
    for (uint32_t i = 0; i < n->kids.n; i++) {
        Node *kid = n->kids.items[i];
        if (kid->number != number) {
            if (drop_below(p, kid, number, hoist)) return true;
            continue;
        }
        if (kid->kind == N_LIST || (hoist && !may_hoist(kid))) return false;
        replace(p, n, i, hoist);
        return true;
    }
    return false;
}

bool plan_drop(Plan *p, uint32_t number, bool hoist) { return drop_below(p, p->program, number, hoist); }

bool plan_is_handler(const Node *n)
{
    return n->kind == N_ON_FAIL || n->kind == N_ON_REJECT || n->kind == N_ON_LATE || n->kind == N_ON_EVENT;
}

bool plan_is_step(const Node *n)
{
    return n->kind == N_ASK || n->kind == N_APPROVE || n->kind == N_SHELL || n->kind == N_LUA;
}

const Node *plan_handler(const Node *n, NodeKind kind)
{
    for (uint32_t i = 0; i < n->kids.n; i++)
        if (n->kids.items[i]->kind == kind) return n->kids.items[i];
    return NULL;
}

static const Node *step_below(const Node *n, uint32_t id)
{
    const Node *found = plan_is_step(n) && (uint32_t)n->a[STEP_ID] == id ? n : NULL;
    for (uint32_t i = 0; i < n->kids.n && !found; i++) found = step_below(n->kids.items[i], id);
    return found;
}

const Node *plan_step(const Plan *p, uint32_t id) { return step_below(p->program, id); }

static void note_own(Refs *r, int32_t own)
{
    bool known = !own || r->n == MOST_REFS;
    for (uint32_t i = 0; i < r->n && !known; i++) known = r->items[i] == own;
    if (!known) r->items[r->n++] = own;
}

static void own_below(const Plan *p, const Node *n, Refs *out)
{
    bool gives = n->kind == N_CALL && p->program->kids.items[n->a[CALL_PROCESS]]->a[PROCESS_GIVES];
    if (n->kind == N_EACH && n->a[EACH_AT_ONCE]) return;        /* what an element sets is its own, and ends with it */
    if (n->kind == N_SET) note_own(out, n->a[SET_VAR]);
    if (gives) note_own(out, ref((uint32_t)n->a[CALL_ID], REF_RESULT));
    for (uint32_t i = 0; i < n->kids.n; i++)         /* what runs beside keeps what it sets until its end */
        if (n->kids.items[i]->kind != N_ON_LATE) own_below(p, n->kids.items[i], out);
}

void plan_own(const Plan *p, const Node *process, Refs *out)
{
    if (process->a[PROCESS_GIVES]) note_own(out, ref(PLAN_OUT, REF_NUMBER));
    own_below(p, process, out);
}

/* ---- as text --------------------------------------------------------------------------------- */

static void write_numbers(Buf *b, const KindRow *row, const int32_t *a)
{
    buf_printf(b, "%s", row->name);
    for (uint32_t i = 0; i < row->numbers; i++) buf_printf(b, " %d", a[i]);
}

static void write_node(Buf *b, const Node *n, uint32_t deep)
{
    buf_pad(b, ' ', deep * 2);
    buf_putc(b, '(');
    write_numbers(b, &node_rows[n->kind], n->a);
    for (uint32_t i = 0; i < n->kids.n; i++) {
        buf_putc(b, '\n');
        write_node(b, n->kids.items[i], deep + 1);
    }
    buf_putc(b, ')');
}

void plan_write(Buf *b, const Plan *p)
{
    write_node(b, p->program, 0);
    buf_putc(b, '\n');
    for (uint32_t i = 0; i < p->deeds.n; i++) {
        write_numbers(b, &deed_rows[p->deeds.items[i].kind], p->deeds.items[i].a);
        buf_putc(b, '\n');
    }
}

typedef struct Reader { const char *at; Plan *plan; Error *err; } Reader;

static void blanks(Reader *r)
{
    while (isspace((unsigned char)*r->at) || *r->at == '#')
        r->at += *r->at == '#' ? strcspn(r->at, "\n") : 1;
}

/* A name of the table and its numbers; false: there is no such row. */
static bool read_numbers(Reader *r, const KindRow *rows, uint32_t n, uint32_t *kind, int32_t *a)
{
    size_t len = strspn(r->at, "abcdefghijklmnopqrstuvwxyz-");
    for (*kind = 0; *kind < n; (*kind)++)
        if (strlen(rows[*kind].name) == len && strncmp(rows[*kind].name, r->at, len) == 0) break;
    if (*kind == n) return false;
    r->at += len;
    for (uint32_t i = 0; i < rows[*kind].numbers; i++) {
        char *end;
        a[i] = (int32_t)strtol(r->at, &end, 10);
        if (end == r->at) break;
        r->at = end;
    }
    return true;
}

static bool read_node(Reader *r, Node *n)
{
    uint32_t kind;
    if (*r->at != '(') return false;
    r->at++;
    if (!read_numbers(r, node_rows, NODE_KINDS, &kind, n->a)) return false;
    n->kind = (NodeKind)kind;
    for (blanks(r); *r->at == '('; blanks(r))
        if (!read_node(r, plan_add(r->plan, n, N_LIST))) return false;
    if (*r->at != ')') return false;
    r->at++;
    return true;
}

Plan *plan_read(const char *text, Error *err)
{
    Reader r = {.at = text, .plan = plan_new(), .err = err};
    blanks(&r);
    bool well = read_node(&r, r.plan->program);
    for (blanks(&r); well && *r.at; blanks(&r)) {
        uint32_t kind;
        Deed d = {0};
        well = read_numbers(&r, deed_rows, DEED_KINDS, &kind, d.a);
        d.kind = (DeedKind)kind;
        if (well) *VEC_PUSH(r.plan->arena, &r.plan->deeds) = d;
    }
    if (well) return r.plan;
    (void)fail(err, ST_VALUE, "no trial: not understood at byte %zu", (size_t)(r.at - text));
    plan_free(r.plan);
    return NULL;
}

void plan_show_deed(Buf *b, const Deed *d) { write_numbers(b, &deed_rows[d->kind], d->a); }

static int by_letters(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void plan_sorted(Buf *out, const char *lines, size_t n)
{
    Arena *a = arena_new();
    VEC(char *) all = {0};
    char *text = arena_dup_n(a, lines, n);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) *VEC_PUSH(a, &all) = line;
    if (all.n) qsort(all.items, all.n, sizeof *all.items, by_letters);
    for (uint32_t i = 0; i < all.n; i++) buf_printf(out, "%s\n", all.items[i]);
    arena_free(a);
}
