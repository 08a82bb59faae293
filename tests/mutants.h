/* mutants.h -- single mistakes of many kinds, put into good programs.
 *
 * A program is read into tokens by the language's own scanner and filter. Each kind of mistake knows the
 * tokens that it can spoil, and how people spoil them: a slip of the finger, a sign that is missing, a habit
 * from another language. A mutant is one such mistake: up to two edits of one place, with the lines at which
 * its message may stand, and the word that the message should propose.
 *
 * Same program, same seed, same mutants.
 */
#ifndef OPS_TESTS_MUTANTS_H
#define OPS_TESTS_MUTANTS_H

#include "lang/angles.h"
#include "lang/check.h"
#include "lang/grammar.h"
#include "lang/tokens.h"
#include "runtime/script.h"
#include "tests/chance.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EDIT_BYTES = 160, WORD_BYTES = 64, TRIES = 400, EDITS_MAX = 16 };

typedef struct Good {              /* a program without mistakes, and its tokens */
    const char *path;
    Arena *arena;
    char *text;
    size_t n;
    Token *tokens;
    uint32_t tokens_n;
    uint32_t counts[DIAG_COUNT];   /* messages of each code that it has as it is */
} Good;

typedef struct Edit { uint32_t from, to; char with[EDIT_BYTES]; } Edit;

typedef struct Mutant {
    const struct MutantKind *kind;
    Edit edits[2];
    uint32_t edits_n;
    uint32_t at;                   /* the byte of the mistake, in the good text */
    uint32_t lines[2];             /* where its message may stand, from..to; of the good text */
    char right[WORD_BYTES];        /* what the message should propose, or "" */
} Mutant;

typedef struct MutantKind {
    const char *name;
    bool (*make)(const Good *g, Chance *c, uint32_t i, Mutant *m);   /* spoils token i; false: not this one */
} MutantKind;

/* ---- good programs ------------------------------------------------------------------ */

static Compilation *mutants_check(const char *path, const char *text, size_t n)
{
    Compilation *c = compile_text(path, text, n, NULL, NULL);
    if (c->program) script_check_program(c->program, c->sources, c->diags);
    return c;
}

static void read_good_tokens(Good *g)
{
    Sources *sources = sources_new(g->arena);
    Source source = {.arena = g->arena, .diags = diags_new(g->arena, sources), .text = g->text, .n = (uint32_t)g->n,
                     .mute = UINT32_MAX};
    Tokens raw = {0};
    Angles angles;
    source.offset = sources_add(sources, g->path, g->text, g->n);
    scan_text(&source, &raw);
    angles_filter(&source, &raw, true, &angles);
    tokens_free(&raw);
    g->tokens = ARENA_ARRAY(g->arena, Token, angles.tokens.n + 2);
    for (uint32_t i = 0; i < angles.tokens.n; i++) g->tokens[++g->tokens_n] = angles.tokens.items[i];
    g->tokens[0] = (Token){.kind = NL};              /* so that each token has one ahead and one behind */
    g->tokens[g->tokens_n + 1] = (Token){(uint32_t)g->n, (uint32_t)g->n, NL, 0};
    angles_free(&angles);
}

/* False where the program has mistakes of its own. */
static inline bool good_read(Good *g, const char *path)
{
    Error err;
    *g = (Good){.path = path, .arena = arena_new()};
    if (text_read_file(g->arena, path, 0, &g->text, &g->n, &err) != ST_OK) return false;
    read_good_tokens(g);
    Compilation *c = mutants_check(path, g->text, g->n);
    bool good = true;
    for (uint32_t i = 0; i < diags_count(c->diags); i++) {
        const Diag *d = diags_get(c->diags, i);
        g->counts[d->code]++;
        good &= d->severity != SEVERITY_ERROR;
    }
    compilation_free(c);
    return good;
}

static inline void good_free(Good *g)
{
    arena_free(g->arena);
}

/* ---- making mutants ------------------------------------------------------------------ */

static uint32_t line_at(const Good *g, uint32_t at)
{
    uint32_t line = 1;
    for (uint32_t i = 0; i < at && i < g->n; i++) line += g->text[i] == '\n';
    return line;
}

static void mistake_at(const Good *g, Mutant *m, uint32_t at)
{
    m->at = at;
    m->lines[0] = m->lines[1] = line_at(g, at);
}

static bool edit(Mutant *m, uint32_t from, uint32_t to, const char *with)
{
    Edit *e = &m->edits[m->edits_n++];
    *e = (Edit){.from = from, .to = to};
    snprintf(e->with, sizeof e->with, "%s", with);
    return true;
}

/* The usual mutant: what stands in from..to is replaced, and that is the place of the mistake. */
static bool replace(const Good *g, Mutant *m, uint32_t from, uint32_t to, const char *with)
{
    mistake_at(g, m, from);
    return edit(m, from, to, with);
}

static bool replace_token(const Good *g, Mutant *m, uint32_t i, const char *with)
{
    return replace(g, m, g->tokens[i].from, g->tokens[i].to, with);
}

static size_t token_bytes(const Good *g, uint32_t i)
{
    return g->tokens[i].to - g->tokens[i].from;
}

static bool token_copy(const Good *g, uint32_t i, char *word)
{
    size_t n = token_bytes(g, i);
    if (n == 0 || n >= WORD_BYTES) return false;
    memcpy(word, g->text + g->tokens[i].from, n);
    word[n] = '\0';
    return true;
}

static bool token_is(const Good *g, uint32_t i, const char *text)
{
    size_t n = strlen(text);
    return token_bytes(g, i) == n && memcmp(g->text + g->tokens[i].from, text, n) == 0;
}

static bool is_word_token(const Token *t)
{
    return t->kind >= K_USE && t->kind <= K_REFUSED && t->to > t->from;
}

static bool begins_statement(const Good *g, uint32_t i)
{
    unsigned before = g->tokens[i - 1].kind;
    return before == NL || before == LBLK || before == RBLK;
}

static bool same_line(const Good *g, uint32_t from, uint32_t to)
{
    return !memchr(g->text + from, '\n', to - from);
}

/* A slip of the fingers: a letter lost, doubled, wrong, or two in the wrong order. */
static bool slip_word(Chance *c, char *word)
{
    static const char LETTERS[] = "aeiorstnlm";
    size_t n = strlen(word), k;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)word[i] >= 0x80) return false;   /* letters of several bytes are left alone */
    if (n < 3) return false;
    char was[WORD_BYTES];
    strcpy(was, word);
    k = chance(c, n);
    switch (chance(c, 4)) {
    case 0: memmove(word + k, word + k + 1, n - k); break;
    case 1:
        if (n + 2 > WORD_BYTES) return false;
        memmove(word + k + 1, word + k, n - k + 1);
        break;
    case 2:
        k = chance(c, n - 1);
        word[k] = was[k + 1], word[k + 1] = was[k];
        break;
    default: word[k] = LETTERS[chance(c, sizeof LETTERS - 1)];
    }
    return strcmp(word, was) != 0 && !isdigit((unsigned char)word[0]);
}

/* ---- kinds: words and names ------------------------------------------------------------ */

static bool make_word(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    char word[WORD_BYTES];
    if (!is_word_token(&g->tokens[i]) || g->tokens[i].word != g->tokens[i].kind || !token_copy(g, i, word))
        return false;
    strcpy(m->right, word);
    return slip_word(c, word) && replace_token(g, m, i, word);
}

static const char *const TYPE_WORDS[] = {"text", "number", "money", "percent", "duration", "date", "time", "datetime",
                                         "boolean", "file", "person"};

static bool is_type(const Good *g, uint32_t i)
{
    unsigned ahead = g->tokens[i - 1].kind;
    if (g->tokens[i + 1].kind == IDENT && !begins_statement(g, i + 1)) return false;   /* a field called so */
    if (ahead != IDENT && ahead != K_OF && ahead != STRING && !is_word_token(&g->tokens[i - 1])) return false;
    for (size_t k = 0; k < sizeof TYPE_WORDS / sizeof *TYPE_WORDS; k++)
        if (token_is(g, i, TYPE_WORDS[k])) return true;
    return false;
}

static bool make_type(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    char word[WORD_BYTES];
    if (!is_type(g, i) || !token_copy(g, i, word)) return false;
    strcpy(m->right, word);
    return slip_word(c, word) && replace_token(g, m, i, word);
}

static bool declares(unsigned kind)
{
    return kind == K_CALENDAR || kind == K_PERSON || kind == K_ROLE || kind == K_RECORD || kind == K_EVENT ||
           kind == K_TABLE || kind == K_SYSTEM || kind == K_PROCESS || kind == K_STEP || kind == K_TYPE ||
           kind == K_METRIC || kind == K_GOAL || kind == K_AUDIT || kind == K_TEST || kind == K_SCENARIO ||
           kind == K_LOG || kind == K_SECRET || kind == K_AS || kind == K_EACH || kind == K_SET || kind == K_CHECK ||
           kind == K_COLLECT;
}

/* One of the choices of a type, where the type is declared. */
static bool is_choice(const Good *g, uint32_t i)
{
    while (i > 1 && !begins_statement(g, i) && g->tokens[i].kind != K_ONE) i--;
    return g->tokens[i].kind == K_ONE && g->tokens[i + 1].kind == K_OF;
}

/* Is the name at i one that its place declares? A field or answer has its type behind it. */
static bool is_declared_here(const Good *g, uint32_t i)
{
    const Token *t = &g->tokens[i];
    return declares(t[-1].kind) || is_choice(g, i) || is_type(g, i + 1) || t[1].kind == K_LIST || t[1].kind == K_ONE ||
           (t[1].kind == IDENT && begins_statement(g, i)) ||
           (t[1].kind == IDENT &&
            (t[-1].kind == ',' || t[-1].kind == K_ASK || t[-1].kind == K_TAKES || t[-1].kind == K_GIVES)) ||
           t[-1].kind == K_FROM || t[-1].kind == K_MATCHES || t[-1].kind == K_LIKE;
}

/* Does the same name stand elsewhere, bare or between quotes? */
static bool named_elsewhere(const Good *g, uint32_t i)
{
    const Token *t = &g->tokens[i];
    uint32_t from = t->from + (t->kind == STRING), n = t->to - t->from - 2 * (t->kind == STRING);
    for (uint32_t k = 1; k <= g->tokens_n; k++) {
        const Token *other = &g->tokens[k];
        uint32_t at = other->from + (other->kind == STRING), m = other->to - other->from - 2 * (other->kind == STRING);
        if (k != i && (other->kind == IDENT || other->kind == STRING) && n == m &&
            memcmp(g->text + from, g->text + at, n) == 0) return true;
    }
    return false;
}

static bool is_use(const Good *g, uint32_t i)
{
    const Token *t = &g->tokens[i];
    bool text = t->kind == STRING && g->text[t->from] == '"' && t->to - t->from > 4 && g->text[t->from + 1] != '"';
    if (t->kind != IDENT && !text) return false;
    if (text && (t[-1].kind == K_WHY || t[-1].kind == K_HOW || t[-1].kind == K_STOP || t[-1].kind == K_FAIL ||
                 t[-1].kind == '=' || t[-1].kind == K_SHELL))
        return false;
    return named_elsewhere(g, i) && !is_declared_here(g, i) && !is_type(g, i);
}

/* The bare name that the token writes. */
static bool name_copy(const Good *g, uint32_t i, char *name)
{
    if (!token_copy(g, i, name)) return false;
    if (*name == '"') memmove(name, name + 1, strlen(name)), name[strlen(name) - 1] = '\0';
    return true;
}

static bool replace_name(const Good *g, Mutant *m, uint32_t i, const char *name)
{
    uint32_t quote = g->tokens[i].kind == STRING;
    return replace(g, m, g->tokens[i].from + quote, g->tokens[i].to - quote, name);
}

static bool make_name(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    char name[WORD_BYTES];
    if (!is_use(g, i) || !name_copy(g, i, name)) return false;
    strcpy(m->right, name);
    return slip_word(c, name) && replace_name(g, m, i, name);
}

static bool make_case(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    char name[WORD_BYTES];
    (void)c;
    if (!is_use(g, i) || !name_copy(g, i, name)) return false;
    strcpy(m->right, name);
    char *p = name;
    if (isupper((unsigned char)*p)) *p = (char)tolower((unsigned char)*p);
    else *p = (char)toupper((unsigned char)*p);
    return strcmp(name, m->right) != 0 && replace_name(g, m, i, name);
}

static bool make_word_case(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    char word[WORD_BYTES];
    if (!is_word_token(&g->tokens[i]) || !token_copy(g, i, word)) return false;
    strcpy(m->right, word);
    bool whole = chance(c, 2);
    for (char *p = word; *p && (whole || p == word); p++) *p = (char)toupper((unsigned char)*p);
    return replace_token(g, m, i, word);
}

static bool make_unknown(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const names[] = {"Xylophone", "foo", "qqq", "Nobody Knows"};
    uint32_t k = (uint32_t)chance(c, 4);
    if (!is_use(g, i) || (k == 3 && g->tokens[i].kind != STRING)) return false;
    return replace_name(g, m, i, names[k]);
}

/* `steps`, `process` for `processes`: what people write for a word of one or of many. */
static bool make_plural(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    char word[WORD_BYTES];
    (void)c;
    if ((!is_word_token(&g->tokens[i]) && !is_use(g, i)) || !name_copy(g, i, word)) return false;
    size_t n = strlen(word);
    if (n < 3 || n + 2 > sizeof word) return false;
    strcpy(m->right, word);
    if (word[n - 1] == 's') word[n - 1] = '\0';
    else strcpy(word + n, "s");
    return replace_name(g, m, i, word);
}

/* The name of a declaration, which all its uses then miss: one message, at the first of them or here. */
static bool make_declared(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    char name[WORD_BYTES];
    const Token *t = &g->tokens[i];
    if ((t->kind != IDENT && t->kind != STRING) || !declares(t[-1].kind) || t[-1].kind == K_CHECK ||
        t[-1].kind == K_GOAL) return false;
    if (!named_elsewhere(g, i) || !name_copy(g, i, name) || !slip_word(c, name) || !replace_name(g, m, i, name))
        return false;
    m->lines[0] = 1;                                  /* where a use of it stands is a use's line */
    m->lines[1] = UINT32_MAX;
    return true;
}

/* What a statement begins with, or a type is called, in other languages. */
static bool make_foreign_word(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const struct { const char *ours, *theirs; } WORDS[] = {
        {"each", "for"}, {"each", "foreach"}, {"if", "unless"}, {"set", "let"}, {"set", "var"}, {"set", "const"},
        {"stop", "return"}, {"stop", "exit"}, {"fail", "throw"}, {"fail", "raise"}, {"call", "invoke"},
        {"repeat", "loop"}, {"parallel", "fork"}, {"step", "task"}, {"step", "action"}, {"process", "workflow"},
        {"process", "function"}, {"system", "module"}, {"role", "group"}, {"record", "struct"}, {"record", "class"},
        {"metric", "kpi"}, {"goal", "target"}, {"ask", "prompt"}, {"takes", "input"}, {"gives", "output"},
        {"gives", "returns"}, {"within", "deadline"}, {"who", "assignee"}, {"wait", "sleep"}, {"check", "assert"},
        {"text", "string"}, {"text", "varchar"}, {"number", "int"}, {"number", "float"}, {"boolean", "bool"},
        {"datetime", "timestamp"}, {"money", "currency"}, {"duration", "interval"}, {"people", "members"},
        {"undo", "rollback"},
    };
    size_t k = chance(c, sizeof WORDS / sizeof *WORDS);
    if (!token_is(g, i, WORDS[k].ours) || !(begins_statement(g, i) || is_type(g, i))) return false;
    if (!is_type(g, i) && g->tokens[i].kind == IDENT) return false;              /* a name of somebody's */
    return replace_token(g, m, i, WORDS[k].theirs);
}

static bool declares_field(const Good *g, uint32_t i)
{
    unsigned ahead = g->tokens[i - 1].kind;
    return g->tokens[i].kind == IDENT && is_type(g, i + 1) &&
           (begins_statement(g, i) || ahead == ',' || ahead == K_ASK || ahead == K_TAKES || ahead == K_GIVES);
}

/* `name: text`, `name = text`, `text name`. */
static bool make_field(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const between[] = {": ", " : ", " = ", " as ", " is "};
    const Token *t = &g->tokens[i];
    char name[WORD_BYTES], type[WORD_BYTES];
    if (!declares_field(g, i) || !token_copy(g, i, name) || !token_copy(g, i + 1, type)) return false;
    if (chance(c, 2)) return replace(g, m, t->to, t[1].from, between[chance(c, 5)]);
    mistake_at(g, m, t->from);
    return edit(m, t->from, t->to, type) && edit(m, t[1].from, t[1].to, name);
}

/* A declaration gets the name of another of its kind: told at the second of the two. */
static bool make_double(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    unsigned word = g->tokens[i - 1].kind;
    (void)c;
    if (i < 2 || !begins_statement(g, i - 1) || (g->tokens[i].kind != IDENT && g->tokens[i].kind != STRING))
        return false;
    if (word != K_ROLE && word != K_RECORD && word != K_PROCESS && word != K_METRIC && word != K_EVENT &&
        word != K_CALENDAR) return false;
    for (uint32_t k = 1; k < i; k++) {
        char name[WORD_BYTES];
        if (g->tokens[k].kind != word || !begins_statement(g, k) || !token_copy(g, k + 1, name)) continue;
        return replace_token(g, m, i, name);
    }
    return false;
}

/* Words of other languages. */
static bool make_habit(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const struct { unsigned kind; const char *with; } HABITS[] = {
        {K_IS, "="}, {K_IS, "=="}, {K_IS, "equals"}, {ISNOT, "!="}, {ISNOT, "<>"}, {ISNOT, "isnt"}, {K_AND, "&&"},
        {K_AND, "&"}, {K_OR, "||"}, {K_NOT, "!"}, {GE, "=>"}, {GE, "\xE2\x89\xA5"}, {LE, "=<"}, {K_YES, "true"},
        {K_NO, "false"}, {K_NONE, "null"}, {K_EACH, "for"}, {K_EACH, "foreach"}, {K_STOP, "end"}, {K_SET, "let"},
        {K_START, "begin"}, {K_REPEAT, "while"}, {K_CALL, "run"}, {K_WAIT, "sleep"}, {K_NONE, "nil"},
        {K_PROCESS, "workflow"}, {K_STEP, "task"}, {K_WHO, "by"}, {RANGE, "-"}, {RANGE, "..."}, {RANGE, "\xE2\x80\x93"},
        {K_WITH, "using"}, {'=', "=="}, {'=', ":"}, {'=', ":="},
    };
    size_t k = chance(c, sizeof HABITS / sizeof *HABITS);
    return g->tokens[i].kind == HABITS[k].kind && replace_token(g, m, i, HABITS[k].with);
}

static bool make_is(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    if (g->tokens[i].kind != K_IS || g->tokens[i - 2].kind == K_GOAL) return false;
    return replace_token(g, m, i, chance(c, 2) ? "=" : "==");
}

/* ---- kinds: signs ------------------------------------------------------------------------- */

/* From the block's head to where the angle stands: people look for it at either end. */
static void anywhere_in_block(const Good *g, Mutant *m, uint32_t angle)
{
    uint32_t open = angle, depth = 0;
    if (g->tokens[angle].kind == RBLK)
        while (--open > 0 && (g->tokens[open].kind != LBLK || depth > 0)) {
            depth += g->tokens[open].kind == RBLK;
            depth -= g->tokens[open].kind == LBLK;
        }
    while (open > 1 && !begins_statement(g, open)) open--;
    uint32_t head = line_at(g, g->tokens[open].from);
    if (head < m->lines[0]) m->lines[0] = head;
}

static bool make_no_open(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    (void)c;
    if (g->tokens[i].kind != LBLK || !replace_token(g, m, i, "")) return false;
    anywhere_in_block(g, m, i);
    return true;
}

static bool make_no_close(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    (void)c;
    if (g->tokens[i].kind != RBLK || !replace_token(g, m, i, "")) return false;
    anywhere_in_block(g, m, i);
    return true;
}

static bool make_twice(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    (void)c;
    if (g->tokens[i].kind != LBLK && g->tokens[i].kind != RBLK) return false;
    if (!replace_token(g, m, i, g->tokens[i].kind == LBLK ? "< <" : "> >")) return false;
    anywhere_in_block(g, m, i);
    return true;
}

static bool make_brace(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const closing[] = {"}", "end", ")"}, *const opening[] = {"{", ":", "do", "("};
    if (g->tokens[i].kind != LBLK && g->tokens[i].kind != RBLK) return false;
    if (!replace_token(g, m, i, g->tokens[i].kind == LBLK ? opening[chance(c, 4)] : closing[chance(c, 3)]))
        return false;
    anywhere_in_block(g, m, i);
    return true;
}

static bool make_bracket(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    unsigned k = g->tokens[i].kind;
    if (k != '(' && k != ')' && k != '[' && k != ']') return false;
    static const char *const with[] = {"", "", "{", "}", "((", "))"};
    uint32_t n = (uint32_t)chance(c, 3);
    return replace_token(g, m, i, n < 2 ? "" : with[2 + 2 * (size_t)chance(c, 2) + (k == ')' || k == ']')]);
}

static bool make_comma(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const with[] = {"", "", ";", ".", ",,", " and "};
    return g->tokens[i].kind == ',' && replace_token(g, m, i, with[chance(c, 6)]);
}

static bool make_operator(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    unsigned k = g->tokens[i].kind;
    (void)c;
    if (k != '=' && k != '+' && k != '*' && k != '-' && k != LT && k != GT && k != LE && k != GE && k != K_IS &&
        k != K_AND && k != K_OR && k != RANGE && k != K_IN && k != '.')
        return false;
    return replace_token(g, m, i, "");
}

/* Between a word and its value stands nothing but a blank. */
static bool make_colon(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    static const char *const signs[] = {":", " =", " :", " is"};
    if (!is_word_token(t) || !begins_statement(g, i) || t[1].kind == LBLK || t[1].kind == NL) return false;
    return replace(g, m, t->to, t->to, signs[chance(c, 4)]);
}

/* Of the block that opens at token i: its >, or 0. */
static uint32_t block_end(const Good *g, uint32_t i)
{
    uint32_t depth = 1;
    while (++i <= g->tokens_n) {
        depth += g->tokens[i].kind == LBLK;
        depth -= g->tokens[i].kind == RBLK;
        if (depth == 0) return i;
    }
    return 0;
}

/* A block as other languages write it, at both ends. */
static bool make_foreign_block(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const signs[][2] = {{"{", "}"}, {"do", "end"}, {"begin", "end"}, {":", ""}};
    const char *const *with = signs[chance(c, 4)];
    uint32_t end = g->tokens[i].kind == LBLK ? block_end(g, i) : 0;
    if (!end) return false;
    if (same_line(g, g->tokens[i].from, g->tokens[end].to) && with != signs[0]) return false;
    mistake_at(g, m, g->tokens[i].from);
    m->lines[1] = line_at(g, g->tokens[end].from);
    return edit(m, g->tokens[i].from, g->tokens[i].to, with[0]) &&
           edit(m, g->tokens[end].from, g->tokens[end].to, with[1]);
}

/* One > more, on a line of its own: below the other, or where the line begins. */
static bool make_extra_close(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    if (t->kind != RBLK || t->to == t->from) return false;
    uint32_t line = t->from;
    while (line > 0 && g->text[line - 1] != '\n') line--;
    size_t indent = t->from - line;
    if (strspn(g->text + line, " ") != indent || indent > 60) return false;      /* the first of its line */
    char with[EDIT_BYTES];
    if (chance(c, 2)) indent = 0;
    snprintf(with, sizeof with, "\n%*s>", (int)indent, "");
    replace(g, m, t->to, t->to, with);
    anywhere_in_block(g, m, i);
    m->lines[1] += 3;                                /* of the two, and the outer one behind them, it may be any */
    return true;
}

/* ---- kinds: texts --------------------------------------------------------------------------- */

static bool one_line_text(const Good *g, uint32_t i)
{
    const Token *t = &g->tokens[i];
    return t->kind == STRING && t->to - t->from >= 2 && g->text[t->from] == '"' && g->text[t->from + 1] != '"' &&
           same_line(g, t->from, t->to);
}

static bool make_quote(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    bool first = t->kind == STR_HEAD || (one_line_text(g, i) && chance(c, 2));
    if (t->kind != STR_HEAD && t->kind != STR_TAIL && !one_line_text(g, i)) return false;
    if (strncmp(g->text + (first ? t->from : t->to - 3), "\"\"\"", 3) == 0) return false;
    return first ? replace(g, m, t->from, t->from + 1, "") : replace(g, m, t->to - 1, t->to, "");
}

static bool make_smart_quote(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const pairs[][2] = {{"\xE2\x80\x9C", "\xE2\x80\x9D"}, {"\xE2\x80\x9E", "\xE2\x80\x9C"},
                                           {"\xC2\xAB", "\xC2\xBB"}, {"'", "'"}, {"\xE2\x80\x98", "\xE2\x80\x99"},
                                           {"`", "`"}};
    const Token *t = &g->tokens[i];
    if (!one_line_text(g, i)) return false;
    uint32_t k = (uint32_t)chance(c, 6), which = (uint32_t)chance(c, 4);
    if (k > 2 && memchr(g->text + t->from, '\'', t->to - t->from)) return false;
    mistake_at(g, m, t->from);
    if (which != 1) edit(m, t->from, t->from + 1, pairs[k][0]);
    if (which != 0) edit(m, t->to - 1, t->to, pairs[k][1]);
    return true;
}

static bool make_insert(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    if (t->kind != STR_TAIL && t->kind != STR_HEAD) return false;
    if (t->kind == STR_TAIL) return replace(g, m, t->from, t->from + 1, chance(c, 2) ? "" : ")");
    return replace(g, m, t->to - 1, t->to, "");
}

static bool make_unquoted(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    (void)c;
    if (!one_line_text(g, i)) return false;
    mistake_at(g, m, t->from);
    return edit(m, t->from, t->from + 1, "") && edit(m, t->to - 1, t->to, "");
}

/* ---- kinds: Lua -------------------------------------------------------------------------------- */

static bool make_lua(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    if (t->kind != LUA) return false;
    uint32_t brace = (uint32_t)(strchr(g->text + t->from, '{') - g->text);
    bool made = chance(c, 2) ? replace(g, m, brace, brace + 1, "") : replace(g, m, t->to - 1, t->to, "");
    m->lines[0] = line_at(g, t->from);
    m->lines[1] = line_at(g, t->to);
    return made;
}

/* ---- kinds: values ------------------------------------------------------------------------------- */

static bool make_unit(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    char word[WORD_BYTES];
    if (t->kind != DURATION && t->kind != BDUR) return false;
    uint32_t from = t->to;
    while (from > t->from && isalpha((unsigned char)g->text[from - 1])) from--;
    if (t->to - from < 3 || t->to - from >= sizeof word) return false;
    if (t->kind == BDUR && chance(c, 2)) {             /* `business` itself */
        uint32_t blank = from;
        while (from > t->from && g->text[from - 1] != ' ') from--;
        while (blank > t->from && g->text[blank - 1] == ' ') blank--;
        for (from = blank; from > t->from && isalpha((unsigned char)g->text[from - 1]); from--) {}
        if (blank - from != 8) return false;
        memcpy(word, g->text + from, 8);
        word[8] = '\0';
        strcpy(m->right, word);
        return slip_word(c, word) && replace(g, m, from, blank, word);
    }
    memcpy(word, g->text + from, t->to - from);
    word[t->to - from] = '\0';
    strcpy(m->right, word);
    return slip_word(c, word) && replace(g, m, from, t->to, word);
}

static bool make_unit_number(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    (void)c;
    if (t->kind != DURATION && t->kind != BDUR) return false;
    bool many = g->text[t->to - 1] == 's' && t->to - t->from > 3;
    return many ? replace(g, m, t->to - 1, t->to, "") : replace(g, m, t->to, t->to, "s");
}

static bool make_currency(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const signs[] = {"\xE2\x82\xAC", "\xC2\xA3", "", "USD ", "$ ", "EUR"};
    const Token *t = &g->tokens[i];
    if (t->kind != MONEY || g->text[t->from] != '$') return false;
    return replace(g, m, t->from, t->from + 1, signs[chance(c, 6)]);
}

static bool make_value(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const values[] = {"2026-13-01", "24.12.2026", "12/24/2026", "25:00", "9.30", "7 am", "5 %",
                                         "1,500", "$1,5", "3 fortnights", "5", "\"five\"", "0x10", "yes", "1.5.2",
                                         "12h30", "1 business month"};
    unsigned k = g->tokens[i].kind;
    if (k != NUMBER && k != PERCENT && k != MONEY && k != DURATION && k != BDUR && k != DATE && k != TIME &&
        k != DATETIME) return false;
    return replace_token(g, m, i, values[chance(c, sizeof values / sizeof *values)]);
}

/* ---- kinds: what is missing, doubled or in the wrong place ---------------------------------------------- */

static bool make_gone(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    (void)c;
    unsigned k = g->tokens[i].kind;
    if (k == NL || k == LBLK || k == RBLK || k == LUA || k == STR_HEAD || k == STR_MID || k == STR_TAIL ||
        g->tokens[i].to == g->tokens[i].from) return false;
    return replace_token(g, m, i, "");
}

/* The condition of an `if`, or all that a word says. */
static bool make_empty(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    bool header = t->kind == K_IF || t->kind == K_REPEAT || t->kind == K_EACH;
    (void)c;
    if (!is_word_token(t) || !begins_statement(g, i)) return false;
    uint32_t end = i + 1;
    while (g->tokens[end].kind != NL && g->tokens[end].kind != LBLK && g->tokens[end].kind != RBLK &&
           end <= g->tokens_n)
        end++;
    if (end == i + 1 || g->tokens[end].kind == RBLK || (!header && g->tokens[end].kind == LBLK) ||
        !same_line(g, t->from, g->tokens[end - 1].to))
        return false;
    mistake_at(g, m, t->from);
    return edit(m, t->to, g->tokens[end - 1].to, "");
}

static bool make_no_name(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    (void)c;
    return declares(g->tokens[i - 1].kind) && begins_statement(g, i - 1) &&
           (g->tokens[i].kind == IDENT || g->tokens[i].kind == STRING) && replace_token(g, m, i, "");
}

static bool make_no_else(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    if (t->kind != K_ELSE) return false;
    if (t[1].kind != LBLK || chance(c, 2)) return replace_token(g, m, i, "");
    uint32_t end = i + 1, depth = 0;                    /* the whole block */
    do {
        depth += g->tokens[end].kind == LBLK;
        depth -= g->tokens[end].kind == RBLK;
    } while (depth > 0 && ++end <= g->tokens_n);
    uint32_t lines = line_at(g, g->tokens[end].to) - line_at(g, t->from);
    char with[EDIT_BYTES] = "";
    if (lines >= sizeof with) return false;
    memset(with, '\n', lines);
    replace(g, m, t->from, g->tokens[end].to, with);
    m->lines[1] = UINT32_MAX;                          /* what it set, or asked for, is missed further down */
    return true;
}

static bool make_doubled(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    char word[WORD_BYTES], both[2 * WORD_BYTES + 1];
    (void)c;
    if ((!is_word_token(&g->tokens[i]) && g->tokens[i].kind != IDENT) || !token_copy(g, i, word)) return false;
    snprintf(both, sizeof both, "%s %s", word, word);
    return replace_token(g, m, i, both);
}

static bool make_swapped(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    char one[WORD_BYTES], two[WORD_BYTES];
    const Token *t = &g->tokens[i];
    (void)c;
    if (t->kind == NL || t[1].kind == NL || t->kind == LBLK || t->kind == RBLK || t[1].kind == LBLK ||
        t[1].kind == RBLK) return false;
    if (t->kind == STR_HEAD || t->kind == STR_MID || t[1].kind == STR_MID || t[1].kind == STR_TAIL ||
        t->to == t[1].from) return false;
    if (!same_line(g, t->from, t[1].to) || !token_copy(g, i, one) || !token_copy(g, i + 1, two) ||
        strcmp(one, two) == 0) return false;
    mistake_at(g, m, t->from);
    return edit(m, t->from, t->to, two) && edit(m, t[1].from, t[1].to, one);
}

/* A line that breaks where it may not. */
static bool make_split(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    (void)c;
    if (t->kind == NL || t->kind == LBLK || t->kind == RBLK || t[1].kind == NL || t[1].kind == RBLK ||
        t[1].from == t->to) return false;
    if (!same_line(g, t->from, t[1].from)) return false;
    bool made = replace(g, m, t->to, t->to, "\n       ");
    m->lines[1]++;
    return made;
}

static bool make_joined(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    const Token *t = &g->tokens[i];
    (void)c;
    if (t->kind != NL || i < 2 || i >= g->tokens_n || t[1].kind == RBLK || g->tokens[i - 1].kind == RBLK) return false;
    uint32_t from = t[-1].to, to = t[1].from, lines = 0;
    for (uint32_t k = from; k < to; k++) {
        if (g->text[k] == '#' || g->text[k] == ';') return false;
        lines += g->text[k] == '\n';
    }
    if (lines != 1) return false;
    bool made = replace(g, m, from, to, " ");
    m->lines[1] = m->lines[0];
    return made;
}

/* ---- kinds: what comes with a copied text ------------------------------------------------------------------ */

static bool make_html(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    (void)c;
    unsigned kind = g->tokens[i].kind;
    if (kind != LBLK && kind != RBLK && kind != LT && kind != GT) return false;
    if (!replace_token(g, m, i, kind == LBLK || kind == LT ? "&lt;" : "&gt;")) return false;
    if (kind == LBLK || kind == RBLK) anywhere_in_block(g, m, i);
    return true;
}

/* Ahead of a line that begins a statement: a line that is none, or something beside it. */
static bool make_marked(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const marks[] = {"<<<<<<< ours\n", "=======\n", ">>>>>>> theirs\n", "// as agreed\n",
                                        "/* as agreed */\n", "<!-- as agreed -->\n", "17: ", "17 "};
    uint32_t line = g->tokens[i].from;
    if (!begins_statement(g, i) || g->tokens[i].kind == RBLK || g->tokens[i].kind == NL) return false;
    while (line > 0 && g->text[line - 1] == ' ') line--;
    return (line == 0 || g->text[line - 1] == '\n') && replace(g, m, line, line, marks[chance(c, 8)]);
}

/* Ahead of a line what a list, a mail or a picked difference has there. */
static bool make_listed(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const marks[] = {"> ", ">> ", "- ", "* ", "+ ", "\xE2\x80\xA2 ", "1) ", "a) ", "[ ] ", "| "};
    uint32_t line = g->tokens[i].from, end = i;
    if (!begins_statement(g, i) || !is_word_token(&g->tokens[i])) return false;
    while (line > 0 && g->text[line - 1] == ' ') line--;
    while (end < g->tokens_n && same_line(g, line, g->tokens[end].to)) end++;
    if ((line > 0 && g->text[line - 1] != '\n') || g->tokens[end - 1].kind == LBLK || g->tokens[i].kind == K_ELSE)
        return false;              /* a > ahead of a header is what ends the block above it */
    bool made = replace(g, m, line, line, marks[chance(c, 10)]);
    m->lines[1]++;
    return made;
}

/* ---- kinds: whole lines ------------------------------------------------------------------------------------ */

/* The line of token i, which begins it: from..to, its end included. False where it is none, or has parts of several
 * statements. */
static bool whole_line(const Good *g, uint32_t i, uint32_t *from, uint32_t *to)
{
    uint32_t at = g->tokens[i].from;
    if (!begins_statement(g, i) || g->tokens[i].kind == NL || g->tokens[i].from == g->tokens[i].to) return false;
    while (at > 0 && g->text[at - 1] == ' ') at--;
    const char *end = memchr(g->text + at, '\n', g->n - at);
    if ((at > 0 && g->text[at - 1] != '\n') || !end) return false;
    *from = at;
    *to = (uint32_t)(end - g->text) + 1;
    return true;
}

/* Does the line open as many blocks as it closes, and none that it did not open? */
static bool line_balances(const Good *g, uint32_t i, uint32_t to)
{
    uint32_t depth = 0;
    for (; i <= g->tokens_n && g->tokens[i].from < to; i++) {
        if (g->tokens[i].kind == RBLK && depth-- == 0) return false;
        depth += g->tokens[i].kind == LBLK;
        if (g->tokens[i].to > to) return false;
    }
    return depth == 0;
}

static bool make_line_twice(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    uint32_t from, to;
    char line[EDIT_BYTES];
    (void)c;
    if (!whole_line(g, i, &from, &to) || to - from >= sizeof line || !line_balances(g, i, to)) return false;
    memcpy(line, g->text + from, to - from);
    line[to - from] = '\0';
    mistake_at(g, m, from);
    m->lines[1]++;
    return edit(m, to, to, line);
}

/* The line that opens a block, which then has none. */
static bool make_headless(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    uint32_t from, to, last = i;
    (void)c;
    if (!is_word_token(&g->tokens[i]) || g->tokens[i].kind == K_ELSE || !whole_line(g, i, &from, &to)) return false;
    while (last < g->tokens_n && g->tokens[last + 1].from < to) last++;
    while (last > i && g->tokens[last].kind == NL) last--;
    if (g->tokens[last].kind != LBLK) return false;
    replace(g, m, from, to, "");
    m->lines[0]--;
    m->lines[1] = UINT32_MAX;
    return true;
}

/* A line is not there. What it declared is missed further down, wherever that is. */
static bool make_line_gone(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    uint32_t from, to;
    (void)c;
    if (!whole_line(g, i, &from, &to) || !line_balances(g, i, to)) return false;
    replace(g, m, from, to, "");
    m->lines[0] = 1;
    m->lines[1] = UINT32_MAX;
    return true;
}

/* Behind the block that the header at i opens, and its line; 0: it opens none, or another line ends with it. */
static uint32_t block_behind(const Good *g, uint32_t i)
{
    uint32_t depth = 0;
    while (i <= g->tokens_n && g->tokens[i].kind != NL && g->tokens[i].kind != LBLK) i++;
    if (i > g->tokens_n || g->tokens[i].kind != LBLK) return 0;
    for (; i <= g->tokens_n; i++) {
        depth = depth + (g->tokens[i].kind == LBLK) - (g->tokens[i].kind == RBLK);
        if (depth == 0) break;
    }
    const char *end = i <= g->tokens_n ? memchr(g->text + g->tokens[i].to, '\n', g->n - g->tokens[i].to) : NULL;
    if (!end || !same_line(g, g->tokens[i].from, (uint32_t)(end - g->text))) return 0;
    for (uint32_t at = g->tokens[i].to; g->text + at < end; at++)
        if (g->text[at] != ' ' && g->text[at] != '#') return 0;
        else if (g->text[at] == '#') break;
    return (uint32_t)(end - g->text) + 1;
}

static bool make_block_gone(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    uint32_t from, to, end;
    (void)c;
    if (!declares(g->tokens[i].kind) || !whole_line(g, i, &from, &to) || !(end = block_behind(g, i))) return false;
    replace(g, m, from, end, "");
    m->lines[0] = 1;
    m->lines[1] = UINT32_MAX;
    return true;
}

/* Two lines beside each other changed places. */
static bool make_lines_turned(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    uint32_t from, to, next, end, k = i;
    char line[EDIT_BYTES];
    (void)c;
    if (!whole_line(g, i, &from, &to) || !line_balances(g, i, to) || to - from >= sizeof line) return false;
    while (k <= g->tokens_n && g->tokens[k].from < to) k++;
    if (k > g->tokens_n || !whole_line(g, k, &next, &end) || next != to || !line_balances(g, k, end)) return false;
    memcpy(line, g->text + from, to - from);
    line[to - from] = '\0';
    mistake_at(g, m, from);
    m->lines[0] = 1;
    m->lines[1] = UINT32_MAX;
    return edit(m, from, to, "") && edit(m, end, end, line);
}

/* What came along with a copied text: a fence, a rule, the mark of a merge. */
static bool make_fence(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const char *const fences[] = {"```\n", "---\n", "===\n", "<<<<<<< HEAD\n", "=======\n", ">>>>>>> other\n"};
    uint32_t from, to;
    if (!declares(g->tokens[i].kind) || !whole_line(g, i, &from, &to)) return false;
    replace(g, m, from, from, fences[chance(c, 6)]);
    m->lines[1]++;
    return true;
}

/* A word of the language in place of one that is like it. */
static bool make_similar(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    static const struct { const char *ours, *other; } WORDS[] = {
        {"within", "due"}, {"timeout", "lasts"}, {"when", "if"}, {"call", "start"}, {"stop", "fail"}, {"with", "where"},
        {"where", "with"}, {"in", "of"}, {"of", "in"}, {"as", "is"}, {"is", "as"}, {"how", "why"}, {"each", "repeat"},
        {"until", "within"}, {"system", "process"}, {"step", "process"}, {"wait", "within"}, {"approve", "ask"},
        {"then", "else"}, {"on", "when"}, {"expect", "check"}, {"done", "did"}, {"role", "person"}, {"who", "owner"},
        {"at", "on"}, {"to", "as"}, {"every", "each"}, {"goal", "metric"}, {"metric", "goal"}, {"gives", "ask"},
    };
    size_t k = chance(c, sizeof WORDS / sizeof *WORDS);
    return is_word_token(&g->tokens[i]) && token_is(g, i, WORDS[k].ours) && replace_token(g, m, i, WORDS[k].other);
}

/* A header stands twice, as it is pasted. */
static bool make_header_twice(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    uint32_t from, to, last = i;
    char line[EDIT_BYTES];
    (void)c;
    if (!declares(g->tokens[i].kind) || !whole_line(g, i, &from, &to) || to - from >= sizeof line) return false;
    while (last < g->tokens_n && g->tokens[last + 1].from < to) last++;
    while (last > i && g->tokens[last].kind == NL) last--;
    if (g->tokens[last].kind != LBLK) return false;
    memcpy(line, g->text + from, to - from);
    line[to - from] = '\0';
    mistake_at(g, m, from);
    m->lines[1]++;
    return edit(m, from, from, line);
}

/* A > that stands a line too low, so that the next line stands in its block. */
static bool make_low_close(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    uint32_t from, to, next, end;
    char line[EDIT_BYTES];
    (void)c;
    if (g->tokens[i].kind != RBLK || !whole_line(g, i, &from, &to) || g->tokens[i + 1].kind == RBLK ||
        !whole_line(g, i + 1, &next, &end) || next != to || g->tokens[i + 1].kind == K_ELSE ||
        to - from >= sizeof line) return false;
    uint32_t last = i + 1;
    while (last < g->tokens_n && g->tokens[last + 1].from < end) last++;
    if (g->tokens[last].kind != LBLK) return false;    /* else the line may as well stand in there */
    memcpy(line, g->text + from, to - from);
    line[to - from] = '\0';
    mistake_at(g, m, from);
    anywhere_in_block(g, m, i);
    m->lines[1] = line_at(g, end);
    return edit(m, from, to, "") && edit(m, end, end, line);
}

/* ---- kinds: any token --------------------------------------------------------------------------------------- */

/* Another one of the program's in its place, or ahead of it. */
static bool make_stranger(const Good *g, Chance *c, uint32_t i, Mutant *m)
{
    char word[WORD_BYTES], with[WORD_BYTES + 1];
    uint32_t k = 1 + (uint32_t)chance(c, g->tokens_n);
    unsigned kind = g->tokens[k].kind, old = g->tokens[i].kind;
    if ((!is_word_token(&g->tokens[k]) && kind != IDENT && kind != NUMBER && kind != STRING) ||
        (!is_word_token(&g->tokens[i]) && old != IDENT && old != NUMBER && old != STRING) ||
        !token_copy(g, k, word) || strchr(word, '\n')) return false;
    bool instead = chance(c, 2), declared = is_declared_here(g, i);
    snprintf(with, sizeof with, "%s ", word);
    bool made = instead ? !token_is(g, i, word) && replace_token(g, m, i, word)
                        : replace(g, m, g->tokens[i].from, g->tokens[i].from, with);
    if (declared) m->lines[0] = 1, m->lines[1] = UINT32_MAX;   /* where it is used is a use's line */
    return made;
}

/* ---- the kinds ------------------------------------------------------------------------------------------ */

static const MutantKind MUTANT_KINDS[] = {
    {"misspelt word", make_word}, {"misspelt name", make_name}, {"misspelt type", make_type},
    {"misspelt unit", make_unit}, {"misspelt declaration", make_declared}, {"wrong case of a name", make_case},
    {"wrong case of a word", make_word_case}, {"one for many", make_plural}, {"unit of one or many", make_unit_number},
    {"unknown name", make_unknown}, {"no <", make_no_open}, {"no >", make_no_close}, {"< or > twice", make_twice},
    {"{ for <", make_brace}, {"a bracket gone or doubled", make_bracket}, {"a comma gone or wrong", make_comma},
    {"no operator", make_operator}, {"a sign behind a word", make_colon}, {"no quote", make_quote},
    {"no quotes", make_unquoted}, {"smart quote", make_smart_quote}, {"a brace of ${ }", make_insert},
    {"a brace of lua { }", make_lua}, {"= for is", make_is}, {"habit of another language", make_habit},
    {"wrong currency", make_currency}, {"wrong value", make_value}, {"a token gone", make_gone},
    {"nothing behind a word", make_empty}, {"no name", make_no_name}, {"no else", make_no_else},
    {"a word twice", make_doubled}, {"words swapped", make_swapped}, {"a line broken", make_split},
    {"two lines joined", make_joined}, {"a block as elsewhere", make_foreign_block}, {"a > more", make_extra_close},
    {"word of another language", make_foreign_word}, {"a field as elsewhere", make_field},
    {"a name twice", make_double}, {"a sign of HTML", make_html}, {"a mark beside a line", make_marked},
    {"a line as in a list", make_listed}, {"a line twice", make_line_twice},
    {"a block without its header", make_headless}, {"a > too low", make_low_close},
    {"a token from elsewhere", make_stranger}, {"a line gone", make_line_gone}, {"a block gone", make_block_gone},
    {"two lines turned", make_lines_turned}, {"a fence", make_fence}, {"a similar word", make_similar},
    {"a header twice", make_header_twice},
};

enum { MUTANT_KINDS_N = sizeof MUTANT_KINDS / sizeof *MUTANT_KINDS };

/* One mistake of the kind, somewhere. False where the program has no place for it. */
static inline bool mutant_make(const Good *g, Chance *c, const MutantKind *kind, Mutant *m)
{
    for (int i = 0; i < TRIES; i++) {
        *m = (Mutant){.kind = kind};
        if (g->tokens_n && kind->make(g, c, 1 + (uint32_t)chance(c, g->tokens_n), m)) return true;
    }
    return false;
}

/* ---- judging ---------------------------------------------------------------------------------------------- */

static int by_offset(const void *x, const void *y)
{
    const Edit *a = x, *b = y;
    return a->from < b->from ? -1 : a->from > b->from;
}

/* The program with all edits of the mutants, which do not touch each other. */
static inline void mutants_write(const Good *g, const Mutant *m, uint32_t n, Buf *out)
{
    Edit edits[EDITS_MAX];
    uint32_t edits_n = 0, at = 0;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < m[i].edits_n && edits_n < EDITS_MAX; k++) edits[edits_n++] = m[i].edits[k];
    qsort(edits, edits_n, sizeof *edits, by_offset);
    for (uint32_t i = 0; i < edits_n; i++) {
        buf_add(out, g->text + at, edits[i].from - at);
        buf_puts(out, edits[i].with);
        at = edits[i].to;
    }
    buf_add(out, g->text + at, g->n - at);
}

typedef struct Verdict {
    uint32_t told;                 /* messages beyond those of the good program */
    bool at_line, named;           /* of the first mutant: a message at its line; the right word is proposed */
} Verdict;

static bool proposes(const Diag *d, const char *right)
{
    for (uint32_t i = 0; i < d->suggestions_n; i++)
        if (strcmp(d->suggestions[i], right) == 0) return true;
    char quoted[2][WORD_BYTES + 2];
    snprintf(quoted[0], sizeof quoted[0], "`%s`", right);
    snprintf(quoted[1], sizeof quoted[1], "\"%s\"", right);
    return (d->hint && (strstr(d->hint, quoted[0]) || strstr(d->hint, quoted[1]))) || strstr(d->message, quoted[1]);
}

static inline Verdict mutants_judge(const Good *g, const Mutant *m, Compilation *c)
{
    Verdict v = {0};
    uint32_t left[DIAG_COUNT];
    memcpy(left, g->counts, sizeof left);
    for (uint32_t i = 0; i < diags_count(c->diags); i++) {
        const Diag *d = diags_get(c->diags, i);
        if (left[d->code] > 0) {
            left[d->code]--;
            continue;
        }
        Place p = sources_place(c->sources, d->at);
        v.told++;
        v.at_line |= p.line >= m->lines[0] && p.line <= m->lines[1];
        v.named |= *m->right && proposes(d, m->right);
    }
    return v;
}

#endif
