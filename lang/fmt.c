/* fmt.c -- the one layout of a file.
 *
 * Works on the filtered tokens, so it knows which angle opens a block and where
 * statements end, and takes every token's text as it stands: Lua, shell texts
 * and comments keep each byte. A block that was written on one line, and fits,
 * stays on it. Lines that stand together and say something of their block have
 * their values below each other. At the end the result is scanned again: if its tokens were not
 * the same, the text would be given back as it was.
 */
#include "lang/angles.h"
#include "lang/grammar.h"
#include "lang/parse.h"
#include "lang/tokens.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 110, DEEPEST = BLOCKS_MAX + 1, WIDEST_COLUMN = 40 };

typedef struct Format {
    const char *text;
    const Token *tokens;
    uint32_t n;
    const uint32_t *closes;            /* of each LBLK: its RBLK */
    uint8_t *pads;                     /* of each token: blanks more than usual behind it */
    Buf *out;
    size_t line_at;                    /* where the line under way begins in out */
    uint32_t depth;
    bool flat[DEEPEST];                /* the block at this depth stands on one line */
    bool blank_wanted;
} Format;

static bool read_tokens(Arena *a, Diags *diags, uint32_t offset, const char *text, size_t n, Angles *angles)
{
    Source source = {.arena = a, .diags = diags, .offset = offset, .text = text, .n = (uint32_t)n, .mute = UINT32_MAX};
    Tokens raw = {0};
    scan_text(&source, &raw);
    angles_filter(&source, &raw, true, angles);
    tokens_free(&raw);
    return !source.stop;
}

/* ---- what a line may hold ------------------------------------------------------------ */

static bool has_line_end(const char *p, const char *end)
{
    return memchr(p, '\n', (size_t)(end - p)) != NULL;
}

static bool starts_behind(uint16_t kind)
{
    return kind == NL || kind == LBLK || kind == RBLK;
}

static bool tight_before(uint16_t kind)
{
    return kind == ',' || kind == ')' || kind == ']' || kind == '.' || kind == RANGE;
}

static bool tight_after(uint16_t kind)
{
    return kind == '(' || kind == '[' || kind == '.' || kind == RANGE;
}

/* A word that may be a name, and stands as itself: only the grammar could say which it is. */
static bool may_be_name(uint16_t kind)
{
    const char *text = word_text(kind);
    const WordInfo *word = text ? word_find(text, strlen(text)) : NULL;
    return word && word->word == kind && strchr("PLKM", word->word_class);
}

static bool ends_value(uint16_t kind)
{
    return kind == IDENT || kind == NUMBER || kind == PERCENT || kind == MONEY || kind == DURATION || kind == BDUR ||
           kind == PERIOD || kind == DATE || kind == TIME || kind == DATETIME || kind == STRING || kind == STR_TAIL ||
           kind == ')' || kind == ']' || kind == K_NONE || kind == K_YES || kind == K_NO;
}

/* As the author wrote it, where only the grammar could say more. */
static bool blank_was_there(const Token *t)
{
    return t->from > t[-1].to;
}

/* 12-24, unless it is a difference. */
static bool is_month_and_day(const Format *f, uint32_t i)
{
    const Token *t = &f->tokens[i];
    return t->kind == '-' && i > 0 && i + 1 < f->n && t[-1].kind == NUMBER && t[1].kind == NUMBER;
}

/* Is there a blank between a token, which is not the first, and the one ahead of it? */
static bool blank_ahead(const Format *f, uint32_t i)
{
    const Token *t = &f->tokens[i], *ahead = t - 1;
    if (tight_before(t->kind) || tight_after(ahead->kind)) return false;
    if (ahead->kind == '-' && i > 1 && !ends_value(ahead[-1].kind))            /* a sign, not a difference */
        return may_be_name(ahead[-1].kind) && blank_was_there(t);
    if (is_month_and_day(f, t->kind == '-' ? i : i - 1)) return blank_was_there(t);
    if (t->kind == '(' && may_be_name(ahead->kind)) return ahead->kind != K_DID && blank_was_there(t);
    if (t->kind == '(') return ahead->kind != IDENT && ahead->kind != STRING;
    if (t->kind == '[' && (ends_value(ahead->kind) || may_be_name(ahead->kind))) return blank_was_there(t);
    return true;
}

/* Every byte, but lines end with one. */
static void put_bytes(Buf *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != '\r' || i + 1 == n || p[i + 1] != '\n') buf_putc(out, p[i]);
}

/* A token as it is laid out: one blank between the words of `2   business days`, one behind `lua`, and else
 * every byte. */
static void put_token(Buf *out, const char *text, const Token *t)
{
    const char *p = text + t->from, *end = text + t->to;
    if (t->kind == LUA) {
        buf_puts(out, "lua ");
        p += strcspn(p, "{");
    }
    if (t->kind == LUA || t->kind == STRING || has_line_end(p, end)) {
        put_bytes(out, p, (size_t)(end - p));
        return;
    }
    for (; p < end; p++) {
        bool blank = *p == ' ' || *p == '\t';
        if (!blank) buf_putc(out, *p);
        else if (p[-1] != ' ' && p[-1] != '\t') buf_putc(out, ' ');
    }
}

static size_t token_width(const Format *f, const Token *t)
{
    Buf b = {0};
    put_token(&b, f->text, t);
    size_t width = text_width(buf_text(&b), b.n);
    buf_free(&b);
    return width;
}

/* How wide these tokens are on one line as they are laid out, whatever blanks stand between them now: so the
 * answer is the same when the result is laid out again. Stops where it is more than `most`. */
static size_t width_on_a_line(const Format *f, uint32_t first, uint32_t last, size_t most)
{
    size_t width = 0;
    uint32_t texts = 0;                            /* inside a text with values every byte is kept */
    for (uint32_t i = first; i <= last && width <= most; i++) {
        const Token *t = &f->tokens[i], *ahead = i > first ? t - 1 : NULL;
        if (t->kind == NL) {
            width += i < last && t[1].kind != RBLK ? 2 : 0;                /* "; " */
            continue;
        }
        if (texts) width += t->from - ahead->to;
        else if (ahead) width += ahead->kind == NL ? t->kind == RBLK : blank_ahead(f, i);
        width += token_width(f, t);
        texts = texts + (t->kind == STR_HEAD) - (t->kind == STR_TAIL);
    }
    return width;
}

static bool joins_brace(uint16_t kind)
{
    return kind == K_ELSE || kind == K_UNTIL || kind == K_COLLECT;
}

/* A block that the author wrote on one line, without comments, that still fits. */
static bool may_be_flat(const Format *f, uint32_t open)
{
    uint32_t close = f->closes[open], first = open;
    if (close == 0 || has_line_end(f->text + f->tokens[open].from, f->text + f->tokens[close].to)) return false;
    while (first > 0 && !starts_behind(f->tokens[first - 1].kind)) first--;
    if (close + 1 < f->n && joins_brace(f->tokens[close + 1].kind))
        while (close + 1 < f->n && !starts_behind(f->tokens[close + 1].kind)) close++;
    return width_on_a_line(f, first, close, WIDTH) + f->depth * 4 <= WIDTH;
}

static bool starts_statement(const Format *f, uint32_t i)
{
    if (i == 0) return true;
    uint16_t before = f->tokens[i - 1].kind;
    return before == NL || before == LBLK || (before == RBLK && !joins_brace(f->tokens[i].kind));
}

/* ---- columns ------------------------------------------------------------------------------- */

/* Lines in a row, each a statement without a block, with a column of tokens that may be made equally wide. */
typedef struct Column {
    uint32_t tokens[256];
    uint32_t n, width;
} Column;

static uint32_t shown_width(const Format *f, uint32_t i)
{
    return (uint32_t)token_width(f, &f->tokens[i]);
}

static void end_column(Format *f, Column *c)
{
    for (uint32_t i = 0; i < c->n && c->width <= WIDEST_COLUMN; i++)
        f->pads[c->tokens[i]] = (uint8_t)(c->width - shown_width(f, c->tokens[i]));
    *c = (Column){0};
}

static void add_to_column(Format *f, Column *c, uint32_t i)
{
    if (c->n == sizeof c->tokens / sizeof *c->tokens) end_column(f, c);
    uint32_t width = shown_width(f, i);
    if (width > c->width) c->width = width;
    c->tokens[c->n++] = i;
}

/* A line of a test tells what happens, as the statements of a flow do. */
static bool happens_in_test(uint16_t kind)
{
    return kind == K_CLOCK || kind == K_GIVEN || kind == K_DONE || kind == K_REJECT || kind == K_SKIP ||
           kind == K_CANCEL || kind == K_SIGNAL || kind == K_EXPECT;
}

/* A field, or a word that says something of its block. */
static bool says_something(const Token *t)
{
    if (t->kind == IDENT || t->kind == STRING) return true;
    const WordInfo *word = t->word == t->kind ? word_find(word_text(t->word), strlen(word_text(t->word))) : NULL;
    if (!word || t->kind == K_CHECK || happens_in_test(t->kind)) return false;
    return word->word_class == 'P' || word->word_class == 'L' || t->kind == K_METRIC || t->kind == K_GOAL ||
           t->kind == K_WITHIN || t->kind == K_WHEN || t->kind == K_OPEN || t->kind == K_MAIL || t->kind == K_TRAINED;
}

/* Behind the last token of the statement at i, when it has no block and no token of several lines; else 0. */
static uint32_t simple_end(const Format *f, uint32_t i)
{
    uint32_t end = i;
    for (; end < f->n && !starts_behind(f->tokens[end].kind); end++)
        if (has_line_end(f->text + f->tokens[end].from, f->text + f->tokens[end].to)) return 0;
    return end == f->n || f->tokens[end].kind != NL || end == i ? 0 : end;
}

/* Does the statement at i stand directly below the one that ended ahead of it? */
static bool stands_below(const Format *f, uint32_t i, uint32_t before)
{
    const char *p = f->text + f->tokens[before].to, *to = f->text + f->tokens[i].from;
    uint32_t lines = 0;
    for (; p < to; p++) lines += *p == '\n';
    return lines <= 1;
}

static bool has_name_column(const Token *t)
{
    return (t->kind == K_METRIC || t->kind == K_GOAL || t->kind == K_CHECK) && t[1].kind != STR_HEAD;
}

/* Depth and kind of the block behind its angle: the same way in both walks. */
static void enter_and_leave(Format *f, uint32_t i)
{
    if (f->tokens[i].kind == LBLK && f->depth + 1 < DEEPEST) {
        bool flat = f->flat[f->depth] || may_be_flat(f, i);
        f->flat[++f->depth] = flat;
    } else if (f->tokens[i].kind == RBLK && f->depth) {
        f->depth--;
    }
}

/* The words with which lines begin, and the names of metrics, goals and checks, become columns. */
static void find_columns(Format *f)
{
    Column words = {0}, names = {0};
    uint32_t last = 0, last_kind = NL;             /* of the line above: its last token, and its first's kind */
    for (uint32_t i = 0; i < f->n; enter_and_leave(f, i++)) {
        const Token *t = &f->tokens[i];
        uint32_t end = f->flat[f->depth] || !starts_statement(f, i) ? 0 : simple_end(f, i);
        if (!starts_statement(f, i)) continue;
        bool below = end && last && i == last + 2 && stands_below(f, i, last), says = end && says_something(t);
        if (!below || !says) end_column(f, &words);
        if (!below || last_kind != t->kind) end_column(f, &names);
        if (says && end > i + 1) add_to_column(f, &words, i);
        if (end > i + 2 && has_name_column(t)) add_to_column(f, &names, i + 1);
        last = end ? end - 1 : 0;
        last_kind = t->kind;
    }
    end_column(f, &words);
    end_column(f, &names);
    f->depth = 0;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void end_line(Format *f)
{
    while (f->out->n > f->line_at && f->out->p[f->out->n - 1] == ' ') f->out->n--;
    buf_putc(f->out, '\n');
    f->line_at = f->out->n;
}

static bool at_start(const Format *f)
{
    return f->out->n == f->line_at;
}

static void begin_line(Format *f, uint32_t depth)
{
    if (!at_start(f)) end_line(f);
    if (f->blank_wanted && f->out->n > 1 && f->out->p[f->out->n - 2] != '\n') end_line(f);
    f->blank_wanted = false;
    buf_pad(f->out, ' ', (size_t)depth * 4);
}

/* The comments in a gap. One behind a token stays behind it; others get lines of their own. True when
 * the line under way was ended by one. */
static bool comments(Format *f, uint32_t from, uint32_t to, uint32_t depth, bool first)
{
    const char *p = f->text + from, *end = f->text + to;
    bool own_line = first, any = false;
    uint32_t lines = 0;
    while (p < end) {
        if (*p == '\n') own_line = true, lines++;
        if (*p != '#') {
            p++;
            continue;
        }
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop) stop = end;
        const char *last = stop;
        while (last > p && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r')) last--;
        if (own_line) {
            if (lines > 1) f->blank_wanted = true;
            begin_line(f, depth);
        } else {
            buf_puts(f->out, at_start(f) ? "" : "  ");
        }
        buf_add(f->out, p, (size_t)(last - p));
        end_line(f);
        any = true;
        lines = 0;
        p = stop;
    }
    if (lines > 1) f->blank_wanted = true;
    return any;
}

/* A text with values in it, to its end: inside nothing is moved. */
static uint32_t text_end(const Format *f, uint32_t i)
{
    uint32_t open = 1;
    while (open && ++i < f->n) {
        open += f->tokens[i].kind == STR_HEAD;
        open -= f->tokens[i].kind == STR_TAIL;
    }
    return i < f->n ? i : f->n - 1;
}

static uint32_t gap_start(const Format *f, uint32_t i)
{
    return i ? f->tokens[i - 1].to : 0;
}

static bool may_break_behind(uint16_t kind)
{
    return kind == ',' || kind == K_AND || kind == K_OR || kind == K_WITH || kind == '+';
}

/* The line goes on below, as it would be too long with what stands up to the next place where it may. */
static bool is_too_long_here(const Format *f, uint32_t i)
{
    if (i == 0 || f->flat[f->depth] || !may_break_behind(f->tokens[i - 1].kind)) return false;
    uint32_t end = i;
    while (end + 1 < f->n && !may_break_behind(f->tokens[end].kind) && !starts_behind(f->tokens[end + 1].kind)) end++;
    size_t so_far = text_width(buf_text(f->out) + f->line_at, f->out->n - f->line_at);
    return so_far + 1 + width_on_a_line(f, i, end, WIDTH) > WIDTH;
}

/* What stands ahead of a token: a new line, a blank, or nothing. */
static void lead(Format *f, uint32_t i)
{
    const Token *t = &f->tokens[i];
    uint32_t from = gap_start(f, i);
    bool flat = f->flat[f->depth], begins = starts_statement(f, i), closing = t->kind == RBLK;
    bool joins = i && f->tokens[i - 1].kind == RBLK && joins_brace(t->kind);
    if (from > t->from) from = t->from;
    bool commented = comments(f, from, t->from, f->depth + (begins || closing || joins ? 0 : 1), i == 0);
    if (closing || (i && f->tokens[i - 1].kind == LBLK)) f->blank_wanted = false;
    if (closing) {
        if (flat) buf_puts(f->out, at_start(f) ? "" : " ");
        else begin_line(f, f->depth - 1);
    } else if (begins && !flat) {
        begin_line(f, f->depth);
    } else if (begins) {
        uint16_t before = f->tokens[i - 1].kind;
        buf_puts(f->out, before == NL ? "; " : " ");
    } else if (joins) {
        f->blank_wanted = false;
        if (commented) begin_line(f, f->depth);
        else buf_putc(f->out, ' ');
    } else if (commented || has_line_end(f->text + from, f->text + t->from) || is_too_long_here(f, i)) {
        f->blank_wanted = false;
        begin_line(f, f->depth + 1);
    } else if (i && blank_ahead(f, i)) {
        buf_pad(f->out, ' ', 1u + f->pads[i - 1]);
    }
}

static void lay_out(Format *f)
{
    for (uint32_t i = 0; i < f->n; i++) {
        const Token *t = &f->tokens[i];
        if (t->kind == NL) continue;
        /* The token ahead of a statement's end has no gap of its own: look through it. */
        if (i && f->tokens[i - 1].kind == NL) {
            Token *end = (Token *)(uintptr_t)&f->tokens[i - 1];
            uint32_t k = i - 1;
            while (k > 0 && f->tokens[k - 1].kind == NL) k--;
            end->to = k ? f->tokens[k - 1].to : 0;
        }
        lead(f, i);
        if (t->kind == STR_HEAD) {
            uint32_t last = text_end(f, i);
            put_bytes(f->out, f->text + t->from, f->tokens[last].to - t->from);
            i = last;
        } else {
            put_token(f->out, f->text, t);
        }
        enter_and_leave(f, i);
    }
}

/* ---- the same tokens? ----------------------------------------------------------------------- */

static bool same_token(const char *x, const Token *s, const char *y, const Token *t)
{
    Buf a = {0}, b = {0};
    put_token(&a, x, s);
    put_token(&b, y, t);
    bool same = s->kind == t->kind && (s->kind == NL || strcmp(buf_text(&a), buf_text(&b)) == 0);
    buf_free(&a);
    buf_free(&b);
    return same;
}

static bool same_tokens(const Angles *a, const char *x, const Angles *b, const char *y)
{
    if (a->tokens.n != b->tokens.n) return false;
    for (uint32_t i = 0; i < a->tokens.n; i++)
        if (!same_token(x, &a->tokens.items[i], y, &b->tokens.items[i])) return false;
    return true;
}

static uint32_t *match_blocks(Arena *a, const Token *tokens, uint32_t n)
{
    uint32_t *closes = ARENA_ARRAY(a, uint32_t, n + 1), open[DEEPEST], depth = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (tokens[i].kind == LBLK && depth < DEEPEST) open[depth++] = i;
        if (tokens[i].kind == RBLK && depth) closes[open[--depth]] = i;
    }
    return closes;
}

bool format_text(Arena *a, Diags *diags, uint32_t offset, const char *text, size_t n, Buf *out)
{
    Angles before = {0}, after = {0};
    uint32_t errors = diags_errors(diags);
    parse_file(a, interner_new(a), diags, offset, text, n);
    if (diags_errors(diags) > errors) return false;
    Sources *scratch = sources_new(a);
    Diags *silent = diags_new(a, scratch);
    uint32_t at = sources_add(scratch, "", text, n);
    bool ok = read_tokens(a, silent, at, text, n, &before);
    Format f = {.text = text, .tokens = before.tokens.items, .n = before.tokens.n, .out = out, .line_at = out->n};
    f.closes = match_blocks(a, f.tokens, f.n);
    f.pads = ARENA_ARRAY(a, uint8_t, f.n + 1);
    find_columns(&f);
    if (ok) lay_out(&f);
    uint32_t end = f.n ? f.tokens[f.n - 1].to : 0;
    for (uint32_t i = f.n; i-- > 0 && f.tokens[i].kind == NL;) end = i ? f.tokens[i - 1].to : 0;
    if (end < n) comments(&f, end, (uint32_t)n, 0, f.n == 0);
    if (!at_start(&f)) end_line(&f);
    char *made = arena_dup_n(a, buf_text(out), out->n);
    angles_free(&before);
    before = (Angles){0};
    read_tokens(a, silent, at, text, n, &before);
    uint32_t made_at = sources_add(scratch, "", made, out->n);
    ok = ok && read_tokens(a, silent, made_at, made, out->n, &after) && same_tokens(&before, text, &after, made);
    if (!ok) {
        buf_clear(out);
        buf_add(out, text, n);
    }
    angles_free(&before);
    angles_free(&after);
    return true;
}
