/* programs.c -- random right programs, and the same with a few mistakes: they are checked, verified, laid out
 * (twice as once, and still the same program), and their flows are written, damaged and read. Built with the
 * sanitizers.
 *
 *   programs SECONDS SEED
 */
#include "tests/generate.h"
#include "tests/mutants.h"

#include "base/time.h"
#include "lang/parse.h"

#include <signal.h>
#include <unistd.h>

enum { DAMAGES = 40 };

static const Buf *under_way;

/* The program that was too much, so that it can become a test. */
static void on_abort(int number)
{
    (void)number;
    if (under_way && write(STDERR_FILENO, under_way->p, under_way->n) < 0) _exit(1);
    _exit(1);
}

static void broken(const char *what)
{
    fprintf(stderr, "%s:\n", what);
    abort();
}

/* Any bytes are safe: they are refused, or make a flow that the verifier judges. */
static void damage_flow(const IrFlow *flow, Chance *seed)
{
    Buf whole = {0};
    ir_write_flow(&whole, flow, true);
    for (int i = 0; i < DAMAGES; i++) {
        Buf b = {0};
        Arena *a = arena_new();
        IrFlow *read;
        Error err;
        buf_add(&b, whole.p, whole.n);
        for (uint64_t k = chance(seed, 4); k > 0; k--) b.p[chance(seed, b.n)] = (char)chance(seed, 256);
        size_t n = chance(seed, 3) ? b.n : chance(seed, b.n + 1);
        Status st = ir_read_flow(a, b.p, n, &read, &err);
        if (st == ST_OK && ir_verify_flow(read, &err) == ST_OK) {
            Buf again = {0}, shown = {0};
            ir_write_flow(&again, read, true);
            ir_print_flow(&shown, read);
            buf_free(&again), buf_free(&shown);
        }
        arena_free(a);
        buf_free(&b);
    }
    buf_free(&whole);
}

static bool lay_out(const char *text, size_t n, Buf *out)
{
    Arena *a = arena_new();
    Sources *sources = sources_new(a);
    bool made = format_text(a, diags_new(a, sources), sources_add(sources, "x.ops", text, n), text, n, out);
    arena_free(a);
    return made;
}

static void feed(const Buf *text, Chance *seed, bool right)
{
    Buf once = {0}, twice = {0};
    Error err;
    under_way = text;
    Compilation *c = mutants_check("x.ops", buf_text(text), text->n);
    if (right && !c->program) broken("a generated program is wrong");
    if (c->program && ir_verify(c->program, &err) != ST_OK) broken(err.text);
    for (uint32_t i = 0; c->program && i < c->program->processes_n; i++)
        damage_flow(c->program->processes[i].flow, seed);
    if (lay_out(buf_text(text), text->n, &once)) {
        if (!lay_out(buf_text(&once), once.n, &twice)) broken("wrong once it is laid out");
        if (strcmp(buf_text(&once), buf_text(&twice)) != 0) broken("laid out again it is another text");
    }
    compilation_free(c);
    buf_free(&once), buf_free(&twice);
}

int main(int argc, char **argv)
{
    if (argc < 3) return 64;
    Instant until = clock_real() + strtoll(argv[1], NULL, 10) * US_SECOND;
    Chance seed = {strtoull(argv[2], NULL, 10)};
    uint64_t runs = 0;
    signal(SIGABRT, on_abort);
    while (clock_real() < until) {
        Buf text = {0};
        generate(&seed, &text);
        feed(&text, &seed, true);
        Good g = {.path = "x.ops", .arena = arena_new(), .text = text.p, .n = text.n};
        read_good_tokens(&g);
        for (int k = 0; k < MUTANT_KINDS_N; k++) {
            Mutant m;
            Buf spoilt = {0};
            if (mutant_make(&g, &seed, &MUTANT_KINDS[k], &m)) {
                mutants_write(&g, &m, 1, &spoilt);
                feed(&spoilt, &seed, false);
            }
            buf_free(&spoilt);
        }
        good_free(&g);
        buf_free(&text);
        runs++;
    }
    printf("fuzz: %llu programs with %d mistakes each, nothing found\n", (unsigned long long)runs, MUTANT_KINDS_N);
    return 0;
}
