/* move.c -- cases of random businesses are moved, half-way, to another version of their process.
 *
 * To the same version with other texts each can move, wherever it stands. To one in which values are set and read
 * elsewhere some can; these then come to their end without missing any.
 *
 *   move SECONDS SEED [NUMBER]        SECONDS 0: a hundred cases, however long it takes
 *                                     NUMBER: only that one, told of, and whether one that stays for its values might
 *                                     have missed one; so with DOUBT in the environment for all
 */
#include "runtime/move.h"
#include "tests/wander.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- a business, as a tree ------------------------------------------------------------------------------ */

typedef enum Kind {
    DO, MACHINE, APPROVAL, SET_, IF_, PARALLEL_, RACE_, EACH_, EACH_PARALLEL_, REPEAT_, HANDLED, WAIT_, LOCK_, CALL_,
    EVENT_, STOP_, KINDS
} Kind;

typedef struct Node Node;
typedef struct List { Node *items[8]; unsigned n; } List;
struct Node {
    Kind kind;
    unsigned name, was, needs;         /* was: its name before; needs: a step of another branch; 0: none */
    int reads, sets;                   /* variables; -1: none */
    unsigned more;                     /* chance's, as the kind wants it */
    List lists[3];
};

enum { VARIABLES = 4 };

typedef struct Gen {
    Chance *c;
    Arena *arena;
    unsigned names, locks;
} Gen;

static unsigned die(Gen *g, unsigned sides)
{
    return (unsigned)chance(g->c, sides);
}

static int maybe(Gen *g, unsigned of)
{
    return die(g, of) ? -1 : (int)die(g, VARIABLES);
}

static void fill_list(Gen *g, List *l, unsigned deep, unsigned least);

/* A step of one branch needs one of another. */
static void need(Gen *g, Node *parallel)
{
    List *of = &parallel->lists[die(g, 2)], *other = &parallel->lists[of == &parallel->lists[0]];
    Node *step = of->items[die(g, of->n)], *needed = other->items[die(g, other->n)];
    if (step->kind == DO && needed->kind == DO) step->needs = needed->name;
}

static Node *node_of(Gen *g, unsigned deep)
{
    Node *n = ARENA_NEW(g->arena, Node);
    *n = (Node){.kind = deep ? (Kind)die(g, KINDS) : (Kind)die(g, IF_), .name = g->names++, .reads = maybe(g, 7),
                .sets = maybe(g, 2), .more = die(g, 720)};
    if (n->kind == LOCK_ && g->locks++) n->kind = DO;
    if (n->kind == SET_ && n->sets < 0) n->sets = (int)die(g, VARIABLES);
    switch (n->kind) {
    case IF_: case PARALLEL_: case RACE_:
        fill_list(g, &n->lists[0], deep - 1, 1);
        fill_list(g, &n->lists[1], deep - 1, n->kind == IF_ ? 0 : 1);
        if (n->kind != IF_ && die(g, 2)) fill_list(g, &n->lists[2], deep - 1, 1);
        if (n->kind == PARALLEL_ && die(g, 2)) need(g, n);
        break;
    case HANDLED:
        fill_list(g, &n->lists[0], deep - 1, 1);
        fill_list(g, &n->lists[1], deep - 1, 1);
        if (die(g, 2)) fill_list(g, &n->lists[2], deep - 1, 1);
        break;
    case EACH_: case EACH_PARALLEL_: case REPEAT_: case LOCK_: case WAIT_:
        fill_list(g, &n->lists[0], deep - 1, 1);
        break;
    case DO: case MACHINE: case APPROVAL:
        if (deep && !die(g, 3)) fill_list(g, &n->lists[0], deep - 1, 1);
        break;
    default: break;
    }
    return n;
}

static void fill_list(Gen *g, List *l, unsigned deep, unsigned least)
{
    for (unsigned i = least + die(g, deep > 1 ? 3 : 2); i > 0 && l->n < 6; i--) l->items[l->n++] = node_of(g, deep);
}

/* ---- its text ------------------------------------------------------------------------------------------------ */

typedef struct Writer { Buf *out; const char *how; } Writer;

static void write_node(Writer *w, const Node *n);

static void write_list(Writer *w, const List *l)
{
    for (unsigned i = 0; i < l->n; i++) write_node(w, l->items[i]);
}

static void block(Writer *w, const char *head, const List *l)
{
    buf_printf(w->out, "%s <\n", head);
    write_list(w, l);
    buf_puts(w->out, ">\n");
}

static void value(Writer *w, int reads, unsigned else_)
{
    if (reads < 0) buf_printf(w->out, "%s", else_ % 2 ? "n" : "1");
    else buf_printf(w->out, "v%d", reads);
}

static void said(Writer *w, const char *word, const Node *n)
{
    buf_printf(w->out, "%s \"%s ${", word, w->how), value(w, n->reads, 1), buf_puts(w->out, "}\"\n");
    if (n->sets >= 0) buf_printf(w->out, "ask v%d number\n", n->sets);
}

static void step(Writer *w, const Node *n)
{
    buf_printf(w->out, "step S%u <\n", n->name);
    if (n->was) buf_printf(w->out, "was \"S%u\"\n", n->was);
    if (n->needs) buf_printf(w->out, "needs \"S%u\"\n", n->needs);
}

static void write_node(Writer *w, const Node *n)
{
    Buf *b = w->out;
    char word[80];
    switch (n->kind) {
    case DO:
        step(w, n);
        said(w, "who Crew\nhow", n);
        if (n->more % 5 == 0) buf_puts(b, "undo \"Back.\"\n");
        if (n->lists[0].n) buf_puts(b, "within 2 h\n"), block(w, "on late", &n->lists[0]);
        buf_puts(b, ">\n");
        break;
    case MACHINE:
        step(w, n);
        if (n->sets >= 0 && n->more % 2)
            buf_printf(b, "how lua { return %u }\ngives v%d number\n", n->more % 9, n->sets);
        else buf_printf(b, "how shell \"c%u ${", n->more % 3), value(w, n->reads, 1), buf_puts(b, "}\"\n");
        if (n->lists[0].n) block(w, "on fail", &n->lists[0]);
        buf_puts(b, ">\n");
        break;
    case APPROVAL:
        step(w, n);
        said(w, "who Crew\napprove", n);
        if (n->lists[0].n) block(w, "on reject", &n->lists[0]);
        buf_puts(b, ">\n");
        break;
    case SET_:
        buf_printf(b, "set v%d = ", n->sets), value(w, n->reads, n->more), buf_puts(b, " + 1\n");
        break;
    case IF_:
        buf_puts(b, "if "), value(w, n->reads, 1), buf_printf(b, " > %u", n->more % 9);
        block(w, "", &n->lists[0]);
        if (n->lists[1].n) b->n--, block(w, " else", &n->lists[1]);
        break;
    case PARALLEL_: case RACE_:
        buf_printf(b, "%s <\n", n->kind == PARALLEL_ ? "parallel" : n->more % 3 && n->lists[2].n ? "race 2" : "race");
        for (unsigned i = 0; i < 3; i++)
            if (n->lists[i].n == 1 && n->lists[i].items[0]->kind != EACH_PARALLEL_) write_list(w, &n->lists[i]);
            else if (n->lists[i].n) block(w, "sequence", &n->lists[i]);
        buf_puts(b, ">\n");
        break;
    case EACH_: case EACH_PARALLEL_:
        snprintf(word, sizeof word, "each %c%u in [%s, 2, 3]%s", n->more % 2 ? 'v' : 'i',
                 n->more % 2 ? n->more / 2 % VARIABLES : n->name, "1", n->kind == EACH_ ? "" : " in parallel up to 2");
        block(w, word, &n->lists[0]);
        if (n->kind == EACH_PARALLEL_ && n->more % 5 < 2) {
            b->n -= 2;
            buf_printf(b, "set y%u = n\n> collect y%u as l%u\n", n->name, n->name, n->name);
        }
        break;
    case REPEAT_:
        block(w, "repeat at most 3 times", &n->lists[0]);
        b->n--;
        buf_puts(b, " until "), value(w, n->reads, 1), buf_printf(b, " > %u\n", n->more % 9);
        break;
    case HANDLED:
        buf_puts(b, "sequence <\n");
        write_list(w, &n->lists[0]);
        snprintf(word, sizeof word, "on told as w%u", n->name);
        block(w, n->more % 3 ? "on fail" : word, &n->lists[1]);
        if (n->lists[2].n) block(w, n->more % 3 ? word : "on fail", &n->lists[2]);
        buf_puts(b, ">\n");
        break;
    case WAIT_:
        buf_printf(b, "wait for told as w%u where w%u.n > ", n->name, n->name), value(w, n->reads, n->more);
        buf_puts(b, " - 5 within 5 h else");
        block(w, "", &n->lists[0]);
        if (n->sets >= 0 && n->more % 2) buf_printf(b, "set v%d = 2\n", n->sets);
        break;
    case LOCK_: block(w, "lock \"bench\"", &n->lists[0]); break;
    case CALL_:
        buf_puts(b, "call Q with n = "), value(w, n->reads, n->more);
        buf_printf(b, " as q%u\n", n->name);
        if (n->sets >= 0) buf_printf(b, "set v%d = q%u.r\n", n->sets, n->name);
        break;
    case EVENT_: buf_puts(b, "emit told with n = "), value(w, n->reads, n->more), buf_puts(b, "\n"); break;
    case STOP_:
        buf_puts(b, "if "), value(w, n->reads, 1);
        buf_printf(b, " is %u < %s >\n", n->more % 9, n->more % 2 ? "stop \"over\"" : "fail \"no good\"");
        break;
    case KINDS: break;
    }
}

typedef struct Version { List flow; int gives; } Version;

static void write_business(const Version *of, const char *how, Buf *out)
{
    Writer w = {out, how};
    buf_puts(out, "role Crew < people \"ann\", \"bob\" >\nevent told < n number >\n"
                  "process Q < takes n number; gives r number = 1; step Z < who Crew; how \"z\"; ask r number > >\n"
                  "process P <\nowner Crew\ntakes n number\n");
    if (of->gives >= 0) buf_printf(out, "gives v%d number\n", of->gives);
    write_list(&w, &of->flow);
    buf_puts(out, ">\n");
}

/* ---- another version --------------------------------------------------------------------------------------------- */

typedef struct Nodes { Node *items[256]; List *in[256]; unsigned n; } Nodes;

static void all_nodes(List *l, Nodes *all)
{
    for (unsigned i = 0; i < l->n && all->n < 256; i++) {
        all->in[all->n] = l;
        all->items[all->n++] = l->items[i];
        for (unsigned k = 0; k < 3; k++) all_nodes(&l->items[i]->lists[k], all);
    }
}

static Node *copied(Gen *g, const Node *n)
{
    Node *to = ARENA_NEW(g->arena, Node);
    *to = *n;
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < n->lists[i].n; k++) to->lists[i].items[k] = copied(g, n->lists[i].items[k]);
    return to;
}

static void insert(Gen *g, List *l, unsigned at)
{
    if (l->n >= 8) return;
    memmove(&l->items[at + 1], &l->items[at], (l->n - at) * sizeof *l->items);
    l->items[at] = ARENA_NEW(g->arena, Node);
    *l->items[at] = (Node){.kind = die(g, 3) ? SET_ : DO, .name = g->names++, .reads = maybe(g, 3),
                           .sets = (int)die(g, VARIABLES), .more = die(g, 720)};
    l->n++;
}

static void change(Gen *g, Version *b)
{
    Nodes all = {0};
    all_nodes(&b->flow, &all);
    unsigned at = all.n ? die(g, all.n) : 0;
    if (!all.n) return;
    Node *n = all.items[at];
    List *in = all.in[at];
    unsigned i = 0;
    while (in->items[i] != n) i++;
    switch (die(g, 12)) {
    case 10:
        if (!n->was) n->was = n->name, n->name = g->names++;
        break;
    case 11: n->needs = n->needs || n->kind != DO ? 0 : die(g, g->names); break;
    case 8: case 9: case 0: case 1: n->reads = (int)die(g, VARIABLES + 1) - 1; break;
    case 2: case 3: n->sets = (int)die(g, VARIABLES + (n->kind != SET_)) - (n->kind != SET_); break;
    case 4: case 5: insert(g, in, i + die(g, 2)); break;
    case 6:
        if (n->kind == EACH_ || n->kind == EACH_PARALLEL_) n->more = die(g, 720);
        else b->gives = (int)die(g, VARIABLES + 1) - 1;
        break;
    default:
        if (n->kind != SET_ || in->n < 2) return;
        memmove(&in->items[i], &in->items[i + 1], (in->n - i - 1) * sizeof *in->items);
        in->n--;
    }
}

/* A value is set at one place, and read at one that comes behind it as the text goes. */
static void join(Gen *g, Version *b)
{
    Nodes all = {0};
    all_nodes(&b->flow, &all);
    int v = (int)die(g, VARIABLES);
    unsigned from = die(g, all.n), to = from + die(g, all.n - from);
    all.items[to]->reads = v;
    if (from < to && die(g, 3)) all.items[from]->sets = v;
    else {
        unsigned i = 0;
        while (all.in[from]->items[i] != all.items[from]) i++;
        insert(g, all.in[from], i);
        all.in[from]->items[i]->sets = v;
    }
}

static Version changed(Gen *g, const Version *b)
{
    Version to = *b;
    for (unsigned i = 0; i < b->flow.n; i++) to.flow.items[i] = copied(g, b->flow.items[i]);
    for (unsigned i = 1 + die(g, 5); i > 0; i--)
        if (die(g, 2)) join(g, &to);
        else change(g, &to);
    return to;
}

/* ---- playing it ------------------------------------------------------------------------------------------- */

typedef struct Run {
    uint64_t number, seed;
    Chance chance;
    Buf a, same, b;                    /* texts: the first, with other texts, another one */
    Compilation *from, *alike, *to;
    Wander w;
    bool tell;
    uint64_t seen;                     /* events told already */
    bool missed;
} Run;

static Run *under_way;

static void on_abort(int n)
{
    (void)n;
    if (under_way) {
        Run *r = under_way;
        fprintf(stderr, "business %llu of seed %llu\n%s----------\n%s", (unsigned long long)r->number,
                (unsigned long long)r->seed, buf_text(&r->a), buf_text(&r->b));
    }
    _exit(1);
}

static void wrong(const char *what)
{
    fprintf(stderr, "%s\n", what);
    abort();
}

static void must(const Run *r, Status st)
{
    if (st != ST_OK) wrong(r->w.err.text);
}

static bool is_passing(const char *problem)
{
    static const char *const passing[] = {"is under way", "is being undone", "once more", "does not stand any more"};
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (strstr(problem, passing[i])) return true;
    return false;
}

static Compilation *compiled(const Buf *text)
{
    return compile_text("x.ops", text->p, text->n, NULL, NULL);
}

static Status look(void *self, const Event *e, const uint8_t hash[SHA256_BYTES], Error *err)
{
    Run *r = self;
    (void)hash, (void)err;
    if (e->seq <= r->seen) return ST_OK;
    r->seen = e->seq;
    if (r->tell)
        fprintf(stderr, "  %3u %-9s act %u in %u node %d %s\n", e->seq, event_name(e->kind), e->act, e->parent,
                (int)e->node, e->text ? e->text : "");
    if (e->text && strstr(e->text, "nothing has set")) r->missed = true;
    for (uint32_t i = 0; e->kind == EV_ENDED && e->n == CASE_FINISHED && i < e->values_n; i++)
        r->missed |= e->values[i].value.type == V_NONE;
    return ST_OK;
}

/* The case 1, brought half-way; its events up to there count as seen. */
static bool half_way(Run *r, uint32_t doings)
{
    uint64_t id;
    const IrProcess *p = ir_process(r->from->program, "P");
    must(r, turned_begin(r->w.world, &r->w.err));
    must(r, turned_in_motion(r->w.world, &r->w.err));
    wander_answers(&r->w, false);
    wander_rows(&r->w);
    if (!wander_start(&r->w, p, &id)) wrong("it does not begin");
    for (uint32_t i = 0; i < doings; i++) wander(&r->w);
    r->seen = 0, r->missed = false;
    must(r, journal_replay(turned_journal(r->w.world), 1, look, r, &r->w.err));
    return id == 1;
}

/* Moves it, also against its plan. */
static void move_now(Run *r, Case *c, Move *move)
{
    Out *out = out_new();
    Advance a = {.of = c, .seq_before = c->seq, .out = out};
    move->problems.n = 0;
    move_case(c, move, &(MoveBy){.person = "ann", .at = turned_now(r->w.world)}, out);
    must(r, journal_keep_flow(turned_journal(r->w.world), move->to, &r->w.err));
    must(r, journal_commit(turned_journal(r->w.world), &a, 1, &r->w.err));
    must(r, a.status);
    live_reset(turned_live(r->w.world));
    out_free(out);
}

static void to_its_end(Run *r)
{
    r->missed = false;
    wander_answers(&r->w, chance(&r->chance, 2));
    for (uint32_t i = 0; i < 120 && !r->missed; i++) {
        wander(&r->w);
        must(r, journal_replay(turned_journal(r->w.world), 1, look, r, &r->w.err));
    }
}

static void verify(Run *r)
{
    VerifyReport v = {0};
    must(r, journal_verify(turned_journal(r->w.world), NULL, &v, &r->w.err));
    if (v.problems) wrong(buf_text(&v.text));
    buf_free(&v.text);
}

/* Where it may not move for its values alone: would it have missed one, on some way? */
static bool would_miss(Run *r, Chance at, uint32_t doings)
{
    for (uint32_t i = 0; i < 60; i++) {
        Case *c;
        Move move;
        r->chance = at;
        half_way(r, doings);
        must(r, journal_case(turned_journal(r->w.world), 1, &c, &r->w.err));
        move_plan(c, ir_process(r->to->program, "P")->flow, r->w.arena, &move);
        move_now(r, c, &move);
        case_free(c);
        r->chance.state += 7919 * (i + 1);
        to_its_end(r);
        if (r->missed) return true;
    }
    return false;
}

typedef struct Counts { uint64_t tried, moved, stayed, doubtful, spoilt; } Counts;

static void play(Run *r, Counts *counts, bool doubt)
{
    Chance at = r->chance;
    uint32_t doings = (uint32_t)chance(&r->chance, 25);
    Case *c;
    Move alike, move;
    at = r->chance;
    half_way(r, doings);
    must(r, journal_case(turned_journal(r->w.world), 1, &c, &r->w.err));
    if (c->status != CASE_RUNNING) {
        case_free(c);
        return;
    }
    counts->tried++;
    move_plan(c, ir_process(r->alike->program, "P")->flow, r->w.arena, &alike);
    for (uint32_t i = 0; i < alike.problems.n; i++)
        if (!is_passing(alike.problems.items[i]) && !r->missed) wrong(alike.problems.items[i]);
    move_plan(c, ir_process(r->to->program, "P")->flow, r->w.arena, &move);
    bool only_values = move.problems.n > 0;
    for (uint32_t i = 0; i < move.problems.n; i++) {
        if (r->tell) fprintf(stderr, "problem: %s\n", move.problems.items[i]);
        only_values &= strstr(move.problems.items[i], "is used from here on") != NULL;
    }
    if (!move.problems.n && !r->missed) {
        counts->moved++;
        move_now(r, c, &move);
        case_free(c);
        to_its_end(r);
        if (r->missed) wrong("it was moved, and misses a value");
        verify(r);
        return;
    }
    case_free(c);
    counts->stayed += only_values;
    if (only_values && doubt && !would_miss(r, at, doings)) {
        counts->doubtful++;
        if (r->tell) fprintf(stderr, "%s----------\n%s", buf_text(&r->a), buf_text(&r->b));
        fprintf(stderr, "business %llu: it stays, and misses no value\n", (unsigned long long)r->number);
    }
}

/* One that checks, another version of it that does, and the first with other texts. */
static bool made(Run *r)
{
    Arena *arena = arena_new();
    Gen g = {.c = &r->chance, .arena = arena};
    Version first = {.gives = maybe(&g, 8)}, other;
    fill_list(&g, &first.flow, 3, 2);
    write_business(&first, "Do", &r->a);
    r->from = compiled(&r->a);
    for (uint32_t i = 0; r->from->program && i < 60 && !(r->to && r->to->program); i++) {
        if (r->to) compilation_free(r->to);
        buf_free(&r->b);
        r->b = (Buf){0};
        other = changed(&g, &first);
        write_business(&other, "Do", &r->b);
        r->to = compiled(&r->b);
    }
    write_business(&first, "Please do", &r->same);
    r->alike = compiled(&r->same);
    arena_free(arena);
    return r->from->program && r->to && r->to->program && r->alike->program;
}

int main(int argc, char **argv)
{
    if (argc < 3) return 64;
    uint64_t seed = strtoull(argv[2], NULL, 10), only = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    bool few = strcmp(argv[1], "0") == 0, doubt = getenv("DOUBT") != NULL || only;
    Instant until = clock_real() + strtoll(argv[1], NULL, 10) * US_SECOND;
    Counts counts = {0};
    signal(SIGABRT, on_abort);
    signal(SIGSEGV, on_abort);
    for (uint64_t number = only ? only : 1;
         (few ? counts.tried < 100 : clock_real() < until) && (!only || number == only); number++) {
        Run r = {.number = number, .seed = seed, .tell = only != 0, .chance = {seed * UINT64_C(1000003) + number}};
        LiveOptions options = {0};
        under_way = &r;
        r.w = (Wander){.c = &r.chance, .arena = arena_new()};
        if (made(&r)) {
            r.w.program = r.from->program;
            must(&r, turned_new(r.from->program, &options, &r.w.world, &r.w.err));
            for (uint32_t i = 0; i < 4; i++) play(&r, &counts, doubt);
            turned_free(r.w.world);
        } else counts.spoilt++;
        under_way = NULL;
        buf_free(&r.w.report.notes);
        arena_free(r.w.arena);
        if (r.from) compilation_free(r.from);
        if (r.to) compilation_free(r.to);
        if (r.alike) compilation_free(r.alike);
        buf_free(&r.a), buf_free(&r.b), buf_free(&r.same);
    }
    printf("fuzz: %llu cases half-way, %llu moved, %llu stayed for their values%s; %llu businesses did not check\n",
           (unsigned long long)counts.tried, (unsigned long long)counts.moved, (unsigned long long)counts.stayed,
           doubt ? ", told above where they miss none" : "", (unsigned long long)counts.spoilt);
    return 0;
}
