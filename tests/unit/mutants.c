/* One mistake, one message: each example is damaged in one place, in many ways, and checked whole; then the
 * examples and the larger programs of tests/seeds are given single mistakes of every kind, and five at once.
 * Of what is then wrong at least 95 % must give exactly one message, and none more than five. */
#include "tests/mutants.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { MOST = 5, SHARE_ONE = 95, SHARE_NAMED = 85, SHARE_OF_KIND = 80, KIND_LEAST = 20, EACH_KIND = 8, FIVES = 80 };

typedef struct Tally {
    const char *path, *text;
    size_t n, wrong, one, notes;       /* notes: messages of the example as it is */
    uint32_t most;
} Tally;

static Compilation *checked(const Tally *t, const char *text, size_t n)
{
    return compile_text(t->path, text, n, NULL, NULL);
}

/* The example with the bytes from..to replaced. */
static void try_with(Tally *t, size_t from, size_t to, const char *instead)
{
    Buf b = {0};
    buf_add(&b, t->text, from);
    buf_puts(&b, instead);
    buf_add(&b, t->text + to, t->n - to);
    Compilation *c = checked(t, buf_text(&b), b.n);
    uint32_t told = diags_count(c->diags), errors = diags_errors(c->diags);
    if (errors == 0) told = told > t->notes ? told - (uint32_t)t->notes : 0;
    t->wrong += told > 0;
    t->one += told == 1;
    if (told > t->most) t->most = told;
    if (told > MOST) {
        Buf shown = {0};
        diags_print(c->diags, &shown, false, 0);
        print_message("\"%.*s\" became \"%s\":\n%s", (int)(to - from), t->text + from, instead, buf_text(&shown));
        buf_free(&shown);
    }
    compilation_free(c);
    buf_free(&b);
}

static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Two letters change places, one is lost, or one comes twice: by turns. */
static void misspell(Tally *t, size_t at, size_t n, unsigned turn)
{
    size_t k = 1 + turn % (n - 2);
    char word[64];
    if (n >= sizeof word) return;
    memcpy(word, t->text + at, n);
    word[n] = '\0';
    if (turn % 3 == 0) memmove(word + k, word + k + 1, n - k);
    else if (turn % 3 == 1) memmove(word + k + 1, word + k, n - k + 1);
    else word[k] = t->text[at + k + 1], word[k + 1] = t->text[at + k];
    try_with(t, at, at + n, word);
}

static void damage_text(Tally *t, size_t at, size_t end)
{
    try_with(t, at, end, "");
    try_with(t, at, at + 1, "");
    try_with(t, end - 1, end, "");
    try_with(t, at, at + 1, "\xE2\x80\x9C");
    const char *value = strstr(t->text + at, "${"), *brace = value ? strchr(value, '}') : NULL;
    if (brace && (size_t)(brace - t->text) < end)
        try_with(t, (size_t)(brace - t->text), (size_t)(brace - t->text) + 1, "");
}

static void damage_angle(Tally *t, size_t at)
{
    bool opens = t->text[at] == '<';
    try_with(t, at, at + 1, "");
    try_with(t, at, at + 1, opens ? "< <" : "> >");
    try_with(t, at, at + 1, opens ? "{" : "}");
}

/* Behind the token at `at`, after all damage to it. */
static size_t damage(Tally *t, size_t at, unsigned turn)
{
    size_t end = at + 1;
    if (t->text[at] == '"') {
        while (t->text[end] && (t->text[end] != '"' || t->text[end - 1] == '\\')) end++;
        damage_text(t, at, ++end);
    } else if (word_byte(t->text[at])) {
        while (word_byte(t->text[end])) end++;
        try_with(t, at, end, "");
        if (end - at == 2 && memcmp(t->text + at, "is", 2) == 0) try_with(t, at, end, "=");
        if (end - at > 2 && (t->text[at] < '0' || t->text[at] > '9')) misspell(t, at, end - at, turn);
    } else if ((t->text[at] == '<' || t->text[at] == '>') && t->text[end] != '=') {
        damage_angle(t, at);
    } else {
        try_with(t, at, end, "");
    }
    return end;
}

static size_t behind_braces(const char *text, size_t at)
{
    int depth = 0;
    do depth += (text[at] == '{') - (text[at] == '}');
    while (text[++at] && depth > 0);
    return at;
}

/* Behind blanks, comments and Lua, which is Lua's to judge. */
static size_t next_token(const char *text, size_t at)
{
    for (;;) {
        if (text[at] == '#') at += strcspn(text + at, "\n");
        else if (text[at] == ' ' || text[at] == '\n') at++;
        else if (strncmp(text + at, "lua {", 5) == 0) at = behind_braces(text, at + 4);
        else return at;
    }
}

static void damage_example(Tally *sum, const char *path)
{
    Arena *a = arena_new();
    char *text;
    size_t n;
    Error err;
    if (text_read_file(a, path, 0, &text, &n, &err) != ST_OK) fail_msg("%s", err.text);
    Tally t = {.path = path, .text = text, .n = n};
    Compilation *whole = checked(&t, text, n);
    assert_non_null(whole->program);
    t.notes = diags_count(whole->diags);
    compilation_free(whole);
    unsigned turn = 0;
    for (size_t at = next_token(text, 0); text[at]; at = next_token(text, damage(&t, at, turn++))) {}
    sum->wrong += t.wrong;
    sum->one += t.one;
    if (t.most > sum->most) sum->most = t.most;
    arena_free(a);
}

typedef struct Goods { Good items[64]; uint32_t n; } Goods;

static void read_goods(Goods *all, const char *pattern)
{
    glob_t found;
    char root[sizeof __FILE__ + 2] = __FILE__, whole[sizeof root + 64];
    for (int i = 0; i < 3; i++) *(strrchr(root, '/') ? strrchr(root, '/') : root) = '\0';
    snprintf(whole, sizeof whole, "%s%s%s", root, *root ? "/" : "", pattern);
    assert_int_equal(glob(whole, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc && all->n < 64; i++)
        if (!good_read(&all->items[all->n++], mem_dup(found.gl_pathv[i])))
            fail_msg("%s has mistakes", found.gl_pathv[i]);
    globfree(&found);
}

static Goods goods;

static int begin(void **state)
{
    (void)state;
    read_goods(&goods, "examples/*/*.ops");
    read_goods(&goods, "tests/unit/parse.ops");
    read_goods(&goods, "tests/seeds/*.ops");
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < goods.n; i++) {
        free((char *)goods.items[i].path);
        good_free(&goods.items[i]);
    }
    return 0;
}

static void each_token(void **state)
{
    (void)state;
    Tally sum = {0};
    for (uint32_t i = 0; i < goods.n; i++)
        damage_example(&sum, goods.items[i].path);
    print_message("%zu damaged programs are wrong; %zu of them (%.1f %%) give one message, none more than %u\n",
                  sum.wrong, sum.one, 100.0 * (double)sum.one / (double)sum.wrong, sum.most);
    assert_true(sum.wrong > 1000);
    assert_true(sum.one * 100 >= sum.wrong * SHARE_ONE);
    assert_true(sum.most <= MOST);
}

/* ---- mistakes of every kind ------------------------------------------------------------- */

typedef struct Kinds { uint32_t wrong, one, spelt, named, most; } Kinds;

static Verdict judged(const Good *g, const Mutant *m, uint32_t n)
{
    Buf text = {0};
    mutants_write(g, m, n, &text);
    Compilation *c = mutants_check(g->path, buf_text(&text), text.n);
    Verdict v = mutants_judge(g, m, c);
    compilation_free(c);
    buf_free(&text);
    return v;
}

static void each_kind(void **state)
{
    (void)state;
    Chance seed = {20261125};
    Kinds sum = {0};
    for (int k = 0; k < MUTANT_KINDS_N; k++) {
        Kinds before = sum;
        for (uint32_t i = 0; i < goods.n * EACH_KIND; i++) {
            const Good *g = &goods.items[i % goods.n];
            Mutant m;
            if (!mutant_make(g, &seed, &MUTANT_KINDS[k], &m)) continue;
            Verdict v = judged(g, &m, 1);
            if (v.told == 0) continue;
            sum.wrong++;
            sum.one += v.told == 1 && v.at_line;
            sum.spelt += *m.right != '\0';
            sum.named += v.named;
            if (v.told > sum.most) sum.most = v.told;
        }
        uint32_t wrong = sum.wrong - before.wrong, one = sum.one - before.one;
        if (one * 100 >= wrong * SHARE_OF_KIND) continue;
        print_message("%s: %u of %u give one message\n", MUTANT_KINDS[k].name, one, wrong);
        assert_true(wrong < KIND_LEAST);
    }
    print_message("%u single mistakes of %d kinds; %.1f %% give one message at their line, none more than %u; of %u "
                  "slips %.1f %% are named\n", sum.wrong, MUTANT_KINDS_N, 100.0 * sum.one / sum.wrong, sum.most,
                  sum.spelt, 100.0 * sum.named / sum.spelt);
    assert_true(sum.wrong > 300);
    assert_true(sum.one * 100 >= sum.wrong * SHARE_ONE);
    assert_true(sum.named * 100 >= sum.spelt * SHARE_NAMED);
    assert_true(sum.most <= MOST);
}

/* ---- five at once ------------------------------------------------------------------------- */

/* Kinds whose mistakes stay where they are: what is wrong with an angle may reach as far as its block. */
static bool stays_in_its_line(const MutantKind *kind)
{
    return kind->make == make_word || kind->make == make_name || kind->make == make_type || kind->make == make_unit ||
           kind->make == make_is || kind->make == make_value || kind->make == make_smart_quote ||
           kind->make == make_quote || kind->make == make_currency || kind->make == make_operator ||
           kind->make == make_comma || kind->make == make_listed || kind->make == make_stranger;
}

/* What declares a name, and what uses it, are not independent. */
static bool same_names(const Good *g, uint32_t a, uint32_t b)
{
    for (uint32_t i = 1; i <= g->tokens_n; i++) {
        const Token *t = &g->tokens[i];
        if (t->kind != IDENT || is_type(g, i) || line_at(g, t->from) != a) continue;
        for (uint32_t k = 1; k <= g->tokens_n; k++) {
            const Token *u = &g->tokens[k];
            if (u->kind == IDENT && u->to - u->from == t->to - t->from && line_at(g, u->from) == b &&
                memcmp(g->text + t->from, g->text + u->from, u->to - u->from) == 0)
                return true;
        }
    }
    return false;
}

static bool apart(const Good *g, const Mutant *m, uint32_t n, const Mutant *one)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t a = line_at(g, m[i].at), b = line_at(g, one->at);
        if (a == b || a + 1 == b || b + 1 == a || same_names(g, a, b)) return false;
    }
    return true;
}

/* Five mistakes, each of which gives one message by itself, in lines that name nothing in common; one of each
 * kind at most. */
static bool make_five(const Good *g, Chance *seed, Mutant *five)
{
    uint32_t n = 0;
    for (int i = 0; i < TRIES && n < 5; i++) {
        const MutantKind *kind = &MUTANT_KINDS[chance(seed, MUTANT_KINDS_N)];
        bool known = !stays_in_its_line(kind);
        for (uint32_t k = 0; k < n; k++) known |= five[k].kind == kind;
        if (known || !mutant_make(g, seed, kind, &five[n]) || !apart(g, five, n, &five[n])) continue;
        Verdict v = judged(g, &five[n], 1);
        n += v.told == 1 && v.at_line;
    }
    return n == 5;
}

static void five_mistakes_five_messages(void **state)
{
    (void)state;
    Chance seed = {5};
    uint32_t tried = 0, five = 0;
    for (uint32_t i = 0; i < FIVES; i++) {
        const Good *g = &goods.items[i % goods.n];
        Mutant m[5];
        if (g->tokens_n < 600 || !make_five(g, &seed, m)) continue;
        tried++;
        Verdict v = judged(g, m, 5);
        five += v.told == 5;
        if (v.told != 5) {
            Buf text = {0}, shown = {0};
            mutants_write(g, m, 5, &text);
            Compilation *c = mutants_check(g->path, buf_text(&text), text.n);
            print_message("%s: %u messages for\n", g->path, v.told);
            for (int k = 0; k < 5; k++) print_message("  line %u: %s\n", line_at(g, m[k].at), m[k].kind->name);
            diags_print(c->diags, &shown, false, 0);
            fputs(buf_text(&shown), stdout);
            compilation_free(c);
            buf_free(&shown);
            buf_free(&text);
        }
    }
    print_message("%u of %u programs with five mistakes give five messages\n", five, tried);
    assert_true(tried >= 20);
    assert_int_equal(five, tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_token), cmocka_unit_test(each_kind), cmocka_unit_test(five_mistakes_five_messages)};
    return cmocka_run_group_tests(tests, begin, end);
}
