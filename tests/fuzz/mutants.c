/* mutants.c -- how often one mistake gives one message: single mistakes of every kind, put into good
 * programs for as long as one likes, and a table of what came of them.
 *
 *   mutants SECONDS SEED [--misses] FILE...
 *
 * --misses shows each mutant that did not give exactly one message, at its line, with the right word.
 */
#include "tests/mutants.h"

#include "base/time.h"

enum { SHARE_ONE = 95, SHARE_NAMED = 85, MOST = 5 };

typedef struct Tally { uint64_t made, wrong, one, at_line, spelt, named; uint32_t most; } Tally;

static void show_miss(const Good *g, const Mutant *m, const Buf *text, Compilation *c, const Verdict *v)
{
    printf("---- %s: %s:%u: %u message%s%s%s%s\n", m->kind->name, g->path, m->lines[0], v->told,
           v->told == 1 ? "" : "s", v->at_line ? "" : ", not at its line",
           *m->right && !v->named ? ", not naming " : "", *m->right && !v->named ? m->right : "");
    uint32_t at = m->at;
    while (at > 0 && buf_text(text)[at - 1] != '\n') at--;
    printf("     %.*s\n", (int)strcspn(buf_text(text) + at, "\n"), buf_text(text) + at);
    for (uint32_t i = 0; i < diags_count(c->diags); i++) {
        const Diag *d = diags_get(c->diags, i);
        Place p = sources_place(c->sources, d->at);
        if (d->severity != SEVERITY_ERROR && g->counts[d->code]) continue;
        printf("     %u:%u %s %s%s%s%s\n", p.line, p.column, diag_code_name(d->code), d->message, d->hint ? "; " : "",
               d->hint ? d->hint : "", d->suggestions_n ? "; did you mean" : "");
        if (d->suggestions_n) printf("          %s?\n", d->suggestions[0]);
    }
}

static void try_one(const Good *g, Chance *chance, const MutantKind *kind, Tally *t, bool misses)
{
    Mutant m;
    Buf text = {0};
    if (!mutant_make(g, chance, kind, &m)) return;
    mutants_write(g, &m, 1, &text);
    Compilation *c = mutants_check(g->path, buf_text(&text), text.n);
    Verdict v = mutants_judge(g, &m, c);
    t->made++;
    if (v.told > 0) {
        t->wrong++;
        t->one += v.told == 1 && v.at_line;
        t->at_line += v.at_line;
        t->spelt += *m.right != '\0';
        t->named += v.named;
        if (v.told > t->most) t->most = v.told;
        bool missed = v.told != 1 || !v.at_line || (*m.right && !v.named);
        if (misses && missed) show_miss(g, &m, &text, c, &v);
    }
    compilation_free(c);
    buf_free(&text);
}

static double share(uint64_t part, uint64_t of)
{
    return of ? 100.0 * (double)part / (double)of : 100.0;
}

static void show_row(const char *name, const Tally *t)
{
    printf("%-28s %8llu wrong  %5.1f %% one at its line  at most %u", name, (unsigned long long)t->wrong,
           share(t->one, t->wrong), t->most);
    if (t->spelt) printf("  %5.1f %% named", share(t->named, t->spelt));
    putchar('\n');
}

static int report(const Tally *tallies)
{
    Tally sum = {0};
    for (int k = 0; k < MUTANT_KINDS_N; k++) {
        const Tally *t = &tallies[k];
        show_row(MUTANT_KINDS[k].name, t);
        sum.wrong += t->wrong, sum.one += t->one, sum.spelt += t->spelt, sum.named += t->named;
        if (t->most > sum.most) sum.most = t->most;
    }
    show_row("all", &sum);
    bool good = share(sum.one, sum.wrong) >= SHARE_ONE && share(sum.named, sum.spelt) >= SHARE_NAMED;
    return good && sum.most <= MOST ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc < 4) return 64;
    Instant until = clock_real() + strtoll(argv[1], NULL, 10) * US_SECOND;
    Chance seed = {strtoull(argv[2], NULL, 10)};
    int first = 3;
    bool misses = strcmp(argv[3], "--misses") == 0;
    first += misses;
    Tally tallies[MUTANT_KINDS_N] = {0};
    Good *good = mem_alloc(sizeof *good * (size_t)argc);
    uint32_t n = 0;
    for (int i = first; i < argc; i++) {
        if (good_read(&good[n], argv[i])) n++;
        else good_free(&good[n]);
    }
    if (!n) return 66;
    while (clock_real() < until)
        for (int k = 0; k < MUTANT_KINDS_N; k++)
            try_one(&good[chance(&seed, n)], &seed, &MUTANT_KINDS[k], &tallies[k], misses);
    for (uint32_t i = 0; i < n; i++) good_free(&good[i]);
    free(good);
    return report(tallies);
}
