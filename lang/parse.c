/* parse.c -- text in, tree out: scanner, filter and grammar in a row.
 *
 * The scanner and the filter work on the whole text and leave places only;
 * here the grammar is fed token by token, and names and values are made as
 * it goes. The prompt and the editor feed the same grammar, but stop ahead
 * of what the text's end would add.
 */
#include "lang/angles.h"
#include "lang/build.h"
#include "lang/grammar.h"
#include "lang/syntax.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 64 << 20, LINE_MOST = 1 << 20, WORDS_MAX = 256, BEHIND_IMBALANCE_MAX = 3 };

/* ---- tokens and messages -------------------------------------------------------- */

Token *tokens_add(Tokens *t)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->items = mem_resize(t->items, sizeof(Token) * t->cap);
    }
    return &t->items[t->n++];
}

void tokens_free(Tokens *t)
{
    free(t->items);
    *t = (Tokens){0};
}

bool source_muted(const Source *s, uint32_t from)
{
    return s->stop || from >= s->mute || (from >= s->mute_from && from < s->mute_to) ||
           diags_muted(s->diags, s->offset + from);
}

static Diag *report(Source *s, DiagCode code, uint32_t from, uint32_t to, const char *format, va_list args)
{
    Span at = {s->offset + from, s->offset + to};
    if (source_muted(s, from))
        return diag_silent(s->diags, code, at);
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    Diag *m = diag_add(s->diags, code, at, "%s", text);
    s->stop = diags_full(s->diags);
    return m;
}

Diag *source_report(Source *s, DiagCode code, uint32_t from, uint32_t to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Diag *m = report(s, code, from, to, format, args);
    va_end(args);
    return m;
}

/* Tells what waits and was noticed ahead of the byte. */
static void report_waiting(Source *s, uint32_t before)
{
    for (; s->waiting < s->imbalances.n && s->imbalances.items[s->waiting].noticed < before; s->waiting++) {
        const Imbalance *i = &s->imbalances.items[s->waiting];
        Diag *m = source_report(s, i->code, i->from, i->to, "%s", i->message);
        diag_hint(s->diags, m, "%s", i->hint);
    }
}

void source_report_waiting(Source *s)
{
    report_waiting(s, UINT32_MAX);
}

/* A message at this byte is told: what waits of the same mistake is not. */
static void drop_waiting(Source *s, uint32_t from, uint32_t to)
{
    const Imbalance *i = &s->imbalances.items[s->waiting];
    if (s->waiting >= s->imbalances.n || from < i->cause || source_muted(s, from))
        return;
    s->waiting++;
    s->mute_from = to > from ? to : from + 1;
    s->mute_to = i->noticed + 1;
}

Diag *source_report_syntax(Source *s, DiagCode code, uint32_t from, uint32_t to, const char *format, ...)
{
    report_waiting(s, from);
    drop_waiting(s, from, to);
    Imbalance *first = s->imbalances.items;
    if (s->imbalances.n && !first->mended && from > first->noticed && !source_muted(s, from) &&
        ++first->behind > BEHIND_IMBALANCE_MAX)
        s->mute = from;
    va_list args;
    va_start(args, format);
    Diag *m = report(s, code, from, to, format, args);
    va_end(args);
    return m;
}

/* ---- feeding the grammar ----------------------------------------------------------- */

typedef struct Feed {
    Parse parse;
    opspstate *state;
    uint32_t inserts;                  /* ${ open in texts */
    bool shell[BRACKETS_MAX + 1];      /* whether the text around each is a shell's */
    int status;
} Feed;

static Name token_name(Parse *p, const Token *t)
{
    Span at = {p->source->offset + t->from, p->source->offset + t->to};
    if (t->kind == IDENT)
        return (Name){intern(p->names, p->source->text + t->from, t->to - t->from), at};
    const char **known = &p->word_names[t->kind - K_USE];
    if (!*known) {
        const char *text = word_text(t->kind);
        *known = intern(p->names, text, strlen(text));
    }
    return (Name){*known, at};
}

static bool is_word(unsigned kind)
{
    return kind >= K_USE && kind <= K_REFUSED;
}

/* Whether the text at hand belongs to a shell command, which keeps its $$. */
static bool is_shell(Feed *f, const Token *t)
{
    uint32_t top = f->inserts < BRACKETS_MAX ? f->inserts : BRACKETS_MAX;
    bool begins = t->kind == STRING || t->kind == STR_HEAD;
    bool shell = begins ? f->parse.at > 0 && t[-1].kind == K_SHELL : f->shell[top];
    if (t->kind == STR_HEAD) {
        f->inserts++;
        if (f->inserts <= BRACKETS_MAX)
            f->shell[f->inserts] = shell;
    } else if (t->kind == STR_TAIL && f->inserts) {
        f->inserts--;
    }
    return shell;
}

static bool is_literal(unsigned kind)
{
    return kind >= NUMBER && kind <= LUA;
}

static void feed(Feed *f, const Token *t)
{
    Parse *p = &f->parse;
    OPSSTYPE value = {0};
    Span at = {p->source->offset + t->from, p->source->offset + t->to};
    if (t->kind == IDENT || is_word(t->kind))
        value.name = token_name(p, t);
    else if (is_literal(t->kind))
        value.ast = literal_node(p->source, t, is_shell(f, t));
    f->status = opspush_parse(f->state, t->kind, &value, &at, p);
}

static void feed_begin(Feed *f, Source *s, Interner *names, const Angles *angles, int begin)
{
    *f = (Feed){.parse = {.arena = s->arena, .source = s, .names = names, .tokens = angles->tokens.items,
                          .tokens_n = angles->tokens.n},
                .state = opspstate_new(), .status = YYPUSH_MORE};
    f->parse.word_names = ARENA_ARRAY(s->arena, const char *, WORDS_MAX);
    feed(f, &(Token){.kind = (uint16_t)begin});
}

/* All tokens, as long as the grammar goes along. */
static void feed_all(Feed *f)
{
    Parse *p = &f->parse;
    for (; p->at < p->tokens_n && f->status == YYPUSH_MORE && !p->source->stop; p->at++)
        feed(f, &p->tokens[p->at]);
}

static void feed_end(Feed *f)
{
    opspstate_delete(f->state);
}

/* ---- a file ---------------------------------------------------------------------------- */

/* A line that nobody has written: then it is no program, and each of its bytes may be another mistake. */
static bool has_endless_line(Source *s)
{
    const char *end = s->text + s->n, *behind;
    for (const char *line = s->text; line < end; line = behind + 1) {
        behind = memchr(line, '\n', (size_t)(end - line));
        if (!behind)
            behind = end;
        if (behind - line <= LINE_MOST)
            continue;
        uint32_t from = (uint32_t)(line - s->text);
        Diag *m = source_report(s, DIAG_E0118, from, from, "this line has more than 1 MB");
        diag_hint(s->diags, m, "if this is a program, break the line");
        return true;
    }
    return false;
}

void too_many_statements(Diags *diags, Span at)
{
    Diag *m = diag_add(diags, DIAG_E0118, at, "more than %d statements stand in one process", STATEMENTS_MOST);
    diag_hint(diags, m, "move some into processes of their own, and `call` them");
    diags_stop(diags, m);
}

static bool too_large(Source *s, size_t n)
{
    if (n <= TEXT_MAX) {
        s->n = (uint32_t)n;
        return has_endless_line(s);
    }
    Diag *m = source_report(s, DIAG_E0118, 0, 0, "this text has more than %d MB", TEXT_MAX >> 20);
    diag_hint(s->diags, m, "split it into files, and `use` them");
    return true;
}

/* What the grammar refused is an error, even where its message was muted and the one that it would follow
 * from was not told. */
static void never_silent(Feed *f)
{
    Source *s = f->parse.source;
    if (!f->parse.wrong || s->stop || diags_errors(s->diags) > 0)
        return;
    const Token *t = &f->parse.tokens[f->parse.wrong_at];
    diags_unmute(s->diags);
    diag_add(s->diags, DIAG_E0101, (Span){s->offset + t->from, s->offset + t->to}, "this does not fit here");
}

/* A text as the grammar took it. */
typedef struct Reading {
    Interner *names;
    int begin;                         /* BEGIN_FILE, BEGIN_PROMPT or BEGIN_VALUE */
    Ast *items;
    bool is_expression;
    uint32_t refused;
    bool misplaced;                    /* the grammar refused something, and the lines show other blocks */
    VEC(Meant) meant;
} Reading;

/* The tokens as they are. */
static void read_tokens(Source *s, const Tokens *raw, Reading *r)
{
    Angles angles;
    r->items = NULL;
    r->meant.n = 0;
    angles_filter(s, raw, true, &angles);
    if (!s->stop) {
        *tokens_add(&angles.tokens) = (Token){s->n, s->n, END, 0};
        Feed f;
        feed_begin(&f, s, r->names, &angles, r->begin);
        feed_all(&f);
        source_report_waiting(s);
        never_silent(&f);
        r->items = f.parse.result;
        r->is_expression = f.parse.is_expression;
        r->refused = f.parse.refused;
        r->misplaced = f.parse.wrong && angles.misplaced;
        for (uint32_t i = 0; i < f.parse.meant.n; i++)
            *VEC_PUSH(s->arena, &r->meant) = f.parse.meant.items[i];
        feed_end(&f);
    }
    angles_free(&angles);
}

static int by_place(const void *x, const void *y)
{
    const Meant *a = x, *b = y;
    return a->from < b->from ? -1 : a->from > b->from;
}

/* Changes places with the words that stand there: twice, and all is as it was. */
static void swap_words(Tokens *raw, Meant *meant, uint32_t n)
{
    for (uint32_t i = 0, k = 0; i < raw->n && k < n; i++) {
        while (k < n && meant[k].from < raw->items[i].from)
            k++;
        if (k == n || meant[k].from != raw->items[i].from)
            continue;
        uint16_t word = raw->items[i].word;
        raw->items[i].word = (uint16_t)meant[k].word;
        meant[k].word = word;
    }
}

/* Does each statement fit whose word was put right? */
static bool all_fit(const Source *s, const Meant *meant, uint32_t n)
{
    for (uint32_t i = 0; i < diags_count(s->diags); i++) {
        uint32_t at = diags_get(s->diags, i)->at.from - s->offset;
        for (uint32_t k = 0; k < n; k++)
            if (at > meant[k].from && at < meant[k].statement)
                return false;
    }
    return true;
}

/* Misspelt words are told, and the text is read as if they were right: so what their blocks hold is checked, too,
 * and nothing follows from them. Where a statement does not fit even so, the reading ahead of it stands. */
static void read_as_meant(Source *s, const Source *before, const Diags *unread, Tokens *raw, Reading *r)
{
    enum { ROUNDS = 4, MANY = 50, REFUSED_MANY = 1000 };   /* of more nobody can tell what was meant */
    VEC(Meant) told = {0};
    for (int round = 0; round < ROUNDS && r->meant.n > 0 && told.n + r->meant.n <= MANY &&
                        r->refused <= REFUSED_MANY && !s->stop; round++) {
        const Diags *kept = diags_copy(s->diags);
        Source state = *s;
        Reading ahead = *r;
        Meant *meant = ARENA_ARRAY(s->arena, Meant, r->meant.n);
        uint32_t n = r->meant.n;
        memcpy(meant, r->meant.items, n * sizeof *meant);
        qsort(meant, n, sizeof *meant, by_place);
        for (uint32_t i = 0; i < n; i++)
            *VEC_PUSH(s->arena, &told) = meant[i];
        swap_words(raw, meant, n);
        diags_restore(s->diags, unread);
        *s = *before;
        for (uint32_t i = 0; i < told.n; i++) {
            const Diag *m = told.items[i].told;
            diag_suggest(s->diags, source_report(s, m->code, told.items[i].from, told.items[i].to, "%s", m->message),
                         m->suggestions[0]);
        }
        r->meant.items = NULL, r->meant.cap = 0;
        read_tokens(s, raw, r);
        if (s->imbalances.n <= state.imbalances.n && all_fit(s, told.items, told.n))
            continue;
        swap_words(raw, meant, n);
        diags_restore(s->diags, kept);
        *s = state;
        *r = ahead;
        told.n -= n;
        break;
    }
    for (uint32_t i = 0; i < told.n; i++)
        diags_guessed(s->diags, (Span){s->offset + told.items[i].from, s->offset + told.items[i].statement});
}

/* A > that stands a line too low or too high: the angles balance, though not as the lines are indented. Where these
 * give fewer mistakes, they are right. */
static void read_by_indentation(Source *s, const Source *before, const Diags *unread, Tokens *raw, Reading *r)
{
    if (!r->misplaced || s->stop)
        return;
    const Diags *kept = diags_copy(s->diags);
    uint32_t told = diags_count(s->diags);
    Source state = *s;
    Reading ahead = *r;
    diags_restore(s->diags, unread);
    *s = *before;
    s->by_indentation = true;
    r->meant.items = NULL, r->meant.cap = 0;
    read_tokens(s, raw, r);
    if (r->refused < ahead.refused && diags_count(s->diags) <= told)
        return;
    diags_restore(s->diags, kept);
    *s = state;
    *r = ahead;
}

static Ast *parse_whole(Source *s, Interner *names, int begin, bool *is_expression)
{
    Tokens raw = {0};
    Reading r = {.names = names, .begin = begin};
    scan_text(s, &raw);
    accept_read(s, &raw);
    const Diags *unread = diags_copy(s->diags);
    Source before = *s;
    read_tokens(s, &raw, &r);
    read_by_indentation(s, &before, unread, &raw, &r);
    before.by_indentation = s->by_indentation;
    read_as_meant(s, &before, unread, &raw, &r);
    tokens_free(&raw);
    *is_expression = r.is_expression;
    return r.items;
}

Ast *parse_file(Arena *a, Interner *names, Diags *diags, uint32_t offset, const char *text, size_t n)
{
    Source s = {.arena = a, .diags = diags, .offset = offset, .text = text, .mute = UINT32_MAX,
                .stop = diags_full(diags)};
    bool is_expression;
    if (too_large(&s, n))
        return NULL;
    return parse_whole(&s, names, BEGIN_FILE, &is_expression);
}

/* ---- what is not a file yet ----------------------------------------------------------------- */

/* A text that may end anywhere, its messages for nobody to see. */
typedef struct Draft {
    Source source;
    Angles angles;
    Feed feed;
} Draft;

static void draft_begin(Draft *d, Arena *a, const char *text, size_t n, bool prompt)
{
    Sources *sources = sources_new(a);
    if (n > TEXT_MAX)
        n = TEXT_MAX;
    d->source = (Source){.arena = a, .diags = diags_new(a, sources), .text = text, .n = (uint32_t)n,
                         .mute = UINT32_MAX, .at_prompt = true};
    d->source.offset = sources_add(sources, "", text, n);
    Tokens raw = {0};
    scan_text(&d->source, &raw);
    d->source.at_prompt = prompt;
    angles_filter(&d->source, &raw, false, &d->angles);
    tokens_free(&raw);
    *tokens_add(&d->angles.tokens) = (Token){(uint32_t)n, (uint32_t)n, END, 0};
    d->angles.tokens.n--;          /* behind the last, where messages look */
    feed_begin(&d->feed, &d->source, interner_new(a), &d->angles, prompt ? BEGIN_PROMPT : BEGIN_FILE);
    d->feed.parse.silent = true;
    feed_all(&d->feed);
}

static void draft_end(Draft *d)
{
    feed_end(&d->feed);
    angles_free(&d->angles);
}

static bool draft_wrong(Draft *d)
{
    return d->feed.parse.wrong || d->source.stop || diags_errors(d->source.diags) > 0;
}

static PromptState draft_state(Draft *d)
{
    Angles *angles = &d->angles;
    uint32_t end = d->source.n;
    bool open = d->source.open || angles->blocks_n || angles->brackets_n || angles->goes_on;
    if (draft_wrong(d) || angles->stray || d->source.open == OPEN_INSERT_IN_LINE)
        return PROMPT_WRONG;
    if (open)
        return PROMPT_OPEN;
    if (!angles->tokens.n)
        return PROMPT_EMPTY;
    unsigned last = angles->tokens.items[angles->tokens.n - 1].kind;
    if (last != NL && last != RBLK)
        feed(&d->feed, &(Token){end, end, NL, 0});
    if (draft_wrong(d))
        return PROMPT_WRONG;
    feed(&d->feed, &(Token){end, end, END, 0});
    if (draft_wrong(d))
        return PROMPT_OPEN;        /* `repeat < ... >` waits for its `until` */
    return d->feed.parse.is_expression ? PROMPT_EXPRESSION : PROMPT_ITEMS;
}

PromptState parse_prompt(Arena *a, Interner *names, Diags *diags, uint32_t offset, const char *text, size_t n,
                         Ast **out)
{
    Source s = {
        .arena = a, .diags = diags, .offset = offset, .text = text, .mute = UINT32_MAX, .at_prompt = true};
    bool is_expression = false;
    *out = NULL;
    if (too_large(&s, n))
        return PROMPT_WRONG;
    Draft d;
    draft_begin(&d, a, text, n, true);
    PromptState state = draft_state(&d);
    draft_end(&d);
    if (state != PROMPT_EMPTY && state != PROMPT_OPEN)
        *out = parse_whole(&s, names, BEGIN_PROMPT, &is_expression);
    return state;
}

Ast *parse_insert(Arena *a, Interner *names, Diags *diags, uint32_t offset, const char *text, size_t n)
{
    const char *whole = arena_printf(a, "\"%.*s\"", (int)n, text);
    Source s = {.arena = a, .diags = diags, .offset = offset - 1, .text = whole, .n = (uint32_t)n + 2,
                .mute = UINT32_MAX, .stop = diags_full(diags)};
    bool is_expression = false;
    uint32_t before = diags_errors(diags);
    Ast *value = parse_whole(&s, names, BEGIN_VALUE, &is_expression);
    return diags_errors(diags) == before ? value : NULL;
}

static const char *block_name(Draft *d, const OpenBlock *b)
{
    const char *text = d->source.text;
    const Token *head = &d->angles.tokens.items[b->head], *name = head + 1;
    const char *word = head->word ? word_text(head->word) : "<";
    bool named = b->head + 1 < d->angles.tokens.n && (name->kind == IDENT || name->kind == STRING);
    if (!named || head->kind == K_IF || head->kind == K_EACH || head->kind == K_ON)
        return word;
    return arena_printf(d->source.arena, "%s %.*s", word, (int)(name->to - name->from), text + name->from);
}

uint32_t parse_open(Arena *a, const char *text, size_t n, const char *const **names)
{
    Draft d;
    draft_begin(&d, a, text, n, true);
    const Angles *angles = &d.angles;
    const char **list = ARENA_ARRAY(a, const char *, angles->blocks_n + angles->brackets_n + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < angles->blocks_n; i++)
        list[count++] = block_name(&d, &angles->blocks[i]);
    for (uint32_t i = 0; i < angles->brackets_n; i++)
        list[count++] = angles->brackets[i].sign == '(' ? "(" : angles->brackets[i].sign == '[' ? "[" : "${";
    if (d.source.open == OPEN_TEXT)
        list[count++] = "\"\"\"";
    else if (d.source.open == OPEN_LUA)
        list[count++] = "lua {";
    draft_end(&d);
    *names = list;
    return count;
}

uint32_t parse_expected(Arena *a, const char *text, size_t n, bool prompt, const char *const **words,
                        uint32_t *classes)
{
    Draft d;
    draft_begin(&d, a, text, n, prompt);
    uint32_t count = 0;
    *words = NULL;
    if (classes)
        *classes = 0;
    bool within = d.source.open == OPEN_TEXT || d.source.open == OPEN_LUA;
    if (!within && !draft_wrong(&d))
        count = syntax_expected(a, grammar_place(d.feed.state), words, classes);
    draft_end(&d);
    return count;
}
