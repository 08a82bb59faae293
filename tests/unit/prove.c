/* prove.c -- what is called always yes, or always no, is so: random conditions, against all values that matter. */
#include "lang/check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* after the headers above, which it needs */
#include <cmocka.h>

/* ---- conditions over n, m (numbers), k (one of three words) and b (yes or no) ---- */

typedef struct Cond {
    enum { AND, OR, NOT, CHOOSE, NUMBER, PAIR, LIST, WORD, WORDS, FLAG, CONSTANT } kind;
    const struct Cond *a, *b, *c;
    int op, x, y, variable;
} Cond;

typedef struct World { int n, m; /* halves */ int k; bool b; } World;

static uint64_t seed;

static int below(int n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (int)((seed >> 33) % (uint64_t)n);
}

static const Cond *make(Arena *a, int depth)
{
    Cond *c = ARENA_NEW(a, Cond);
    c->kind = depth > 0 && below(3) ? below(4) : NUMBER + below(CONSTANT - NUMBER + (below(20) == 0));
    c->op = below(6), c->x = below(3), c->y = below(3), c->variable = below(2);
    if (c->kind > CHOOSE) return c;
    c->a = make(a, depth - 1), c->b = make(a, depth - 1), c->c = make(a, depth - 1);
    return c;
}

static bool compare(int op, int a, int b)
{
    return op == 0 ? a < b : op == 1 ? a <= b : op == 2 ? a > b : op == 3 ? a >= b : op == 4 ? a == b : a != b;
}

static bool holds(const Cond *c, const World *w)
{
    int v = c->variable ? w->m : w->n;
    switch (c->kind) {
    case AND: return holds(c->a, w) && holds(c->b, w);
    case OR: return holds(c->a, w) || holds(c->b, w);
    case NOT: return !holds(c->a, w);
    case CHOOSE: return holds(c->a, w) ? holds(c->b, w) : holds(c->c, w);
    case NUMBER: return compare(c->op, v, 2 * c->x);
    case PAIR: return compare(c->op, w->n, w->m);
    case LIST: return (v == 2 * c->x || v == 2 * c->y) == (c->op < 3);
    case WORD: return (w->k == c->x) == (c->op < 3);
    case WORDS: return (w->k == c->x || w->k == c->y) == (c->op < 3);
    case FLAG: return w->b;
    case CONSTANT: return c->op < 3;
    }
    return false;
}

static void write(Buf *b, const Cond *c)
{
    static const char *const ops[] = {"<", "<=", ">", ">=", "is", "is not"};
    static const char *const words[] = {"rye", "wheat", "spelt"};
    const char *v = c->variable ? "m" : "n", *in = c->op < 3 ? "in" : "not in";
    buf_putc(b, '(');
    switch (c->kind) {
    case AND:
    case OR:
        write(b, c->a), buf_puts(b, c->kind == AND ? " and " : " or "), write(b, c->b);
        break;
    case NOT: buf_puts(b, "not "), write(b, c->a); break;
    case CHOOSE:
        buf_puts(b, "if "), write(b, c->a), buf_puts(b, " then "), write(b, c->b);
        buf_puts(b, " else "), write(b, c->c);
        break;
    case NUMBER: buf_printf(b, "%s %s %d", v, ops[c->op], c->x); break;
    case PAIR: buf_printf(b, "n %s m", ops[c->op]); break;
    case LIST: buf_printf(b, "%s %s [%d, %d]", v, in, c->x, c->y); break;
    case WORD: buf_printf(b, "k %s %s", c->op < 3 ? "is" : "is not", words[c->x]); break;
    case WORDS: buf_printf(b, "k %s [%s, %s]", in, words[c->x], words[c->y]); break;
    case FLAG: buf_puts(b, "b"); break;
    case CONSTANT: buf_puts(b, c->op < 3 ? "yes" : "no"); break;
    }
    buf_putc(b, ')');
}

/* Does it come out both ways where the first one is as it should be? Bit 0: no, bit 1: yes. */
static int ways(const Cond *first, bool wanted, const Cond *c)
{
    int seen = 0;
    for (int n = -1; n <= 5; n++)
        for (int m = -1; m <= 5; m++)
            for (int k = 0; k < 6; k++) {
                World w = {n, m, k / 2, k % 2};
                if (!first || holds(first, &w) == wanted) seen |= holds(c, &w) ? 2 : 1;
            }
    return seen;
}

/* ---- what the checker says of a condition on this line: bits as above of what it leaves open ---- */

static int said(const char *text, uint32_t line, uint32_t column)
{
    Compilation *c = compile_text("example.ops", text, strlen(text), NULL, NULL);
    int open = 3;
    if (!c->program) fail_msg("%s", text);
    for (uint32_t i = 0; i < diags_count(c->diags); i++) {
        const Diag *d = diags_get(c->diags, i);
        Place p = sources_place(c->sources, d->at);
        if (d->code == DIAG_W0484 && p.line == line && p.column == column)
            open = strstr(d->message, "always yes") ? 2 : 1;
    }
    compilation_free(c);
    return open;
}

#define HEAD "type K = one of rye, wheat, spelt\nprocess P <\ntakes n number, m number, k K, b boolean\n"

typedef struct Score { int decided, found, told; } Score;

static void judge(Score *s, const char *text, int open, int truly)
{
    if ((truly & open) != truly && truly) fail_msg("it is said to be always %s: %s", open == 2 ? "yes" : "no", text);
    s->decided += truly == 1 || truly == 2;
    s->found += open != 3 && (truly == 1 || truly == 2);
    s->told += open != 3;
}

static void alone(void **state)
{
    (void)state;
    Score s = {0};
    seed = 7;
    for (int i = 0; i < 6000; i++) {
        Arena *a = arena_new();
        Buf b = {0};
        const Cond *c = make(a, 1 + i % 3);
        buf_puts(&b, HEAD "if ");
        write(&b, c);
        buf_puts(&b, " < stop \"x\" >\n>\n");
        judge(&s, buf_text(&b), said(buf_text(&b), 4, 5), ways(NULL, true, c));
        buf_free(&b);
        arena_free(a);
    }
    print_message("%d of %d that are decided are found\n", s.found, s.decided);
    assert_true(s.found * 10 >= s.decided * 9);
}

/* Under a condition, and behind one that ended the case. */
static void known(void **state)
{
    (void)state;
    Score s = {0};
    seed = 11;
    for (int i = 0; i < 6000; i++) {
        Arena *a = arena_new();
        Buf b = {0};
        const Cond *first = make(a, i % 3), *c = make(a, i % 2);
        bool under = i % 2;
        buf_puts(&b, HEAD "if ");
        write(&b, first);
        buf_puts(&b, under ? " <\nif " : " < stop \"x\" >\nif ");
        write(&b, c);
        buf_puts(&b, under ? " < stop \"x\" >\n>\n>\n" : " < stop \"x\" >\n>\n");
        judge(&s, buf_text(&b), said(buf_text(&b), 5, 5), ways(first, under, c));
        buf_free(&b);
        arena_free(a);
    }
    print_message("%d of %d that are decided are found\n", s.found, s.decided);
    assert_true(s.found * 10 >= s.decided * 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(alone), cmocka_unit_test(known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
