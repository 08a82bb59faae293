/* expr_shell.c -- commands: what the shell reads, and what it is handed.
 *
 * A value never becomes part of the command's text: it is handed over as
 * "$1", "$2" ..., quoted where it stands bare, so that nothing in it is ever
 * read as shell. For that the text is followed as the shell follows it:
 * quotes, comments, $( ), backquotes, here-documents.
 */
#include "lang/expr_private.h"

#include <string.h>

typedef enum Quote {
    BARE, DOUBLE, SINGLE,
    ESCAPED,                       /* $'...': a backslash escapes in it */
    COMMENT,
    ARITHMETIC,                    /* $(( ... )) */
    HERE,                          /* a here-document's lines, in which $ is read */
    HERE_PLAIN                     /* ... and is not: its end was quoted */
} Quote;

typedef struct Level { Quote quote; uint32_t brackets; char end; } Level;

typedef struct Document { const char *end; bool plain, dashed; } Document;

typedef struct Shell {
    Expr *x;
    Buf out;
    Arena *arena;
    VEC(Level) levels;             /* the innermost last; at least one */
    char last;                     /* the sign before, 0 at the begin */
    VEC(Document) documents;       /* announced: they begin with the next line */
    uint32_t here;                 /* the one being read or next */
    bool reading;
} Shell;

static Level *level(Shell *s) { return &s->levels.items[s->levels.n - 1]; }

static void enter(Shell *s, Quote quote, char end)
{
    *VEC_PUSH(s->arena, &s->levels) = (Level){quote, 0, end};
}

static void leave(Shell *s)
{
    if (s->levels.n > 1) s->levels.n--;
}

static void put(Shell *s, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) buf_putc(&s->out, text[i]);
    if (n) s->last = text[n - 1];
}

static bool begins_word(const Shell *s) { return s->last == 0 || strchr(" \t\n;&|()", s->last) != NULL; }

/* <<END, <<-END, <<'END': remembers the word; its length in the text. */
static size_t announce(Shell *s, const char *p)
{
    size_t n = 2;
    Buf end = {0};
    bool plain = false, dashed = p[n] == '-';
    if (dashed) n++;
    while (p[n] == ' ' || p[n] == '\t') n++;
    for (; p[n] && !strchr(" \t\n;&|<>()", p[n]); n++) {
        if (p[n] == '\'' || p[n] == '"' || p[n] == '\\') plain = true;
        else buf_putc(&end, p[n]);
    }
    if (end.n) *VEC_PUSH(s->arena, &s->documents) = (Document){buf_dup(&end, s->arena), plain, dashed};
    buf_free(&end);
    return n;
}

static bool in_document(Shell *s) { return level(s)->quote == HERE || level(s)->quote == HERE_PLAIN; }

static void next_document(Shell *s)
{
    s->reading = s->here < s->documents.n;
    if (s->reading) enter(s, s->documents.items[s->here].plain ? HERE_PLAIN : HERE, 0);
    else s->here = s->documents.n = 0;
}

/* A line begins: does a here-document begin or end with it? The length of an ending line, else 0. */
static size_t at_line(Shell *s, const char *p)
{
    if (s->documents.n && !s->reading && level(s)->quote == BARE) next_document(s);
    if (!in_document(s)) return 0;
    const Document *now = &s->documents.items[s->here];
    const char *line = p, *end = now->end;
    size_t n = strlen(end);
    while (now->dashed && *line == '\t') line++;
    if (strncmp(line, end, n) != 0 || (line[n] && line[n] != '\n')) return 0;
    leave(s);
    s->here++;
    next_document(s);
    return (size_t)(line - p) + n;
}

/* $(, $((, $' and `: the signs of them, 0 where none begins. */
static size_t substitution(Shell *s, const char *p)
{
    Level *now = level(s);
    if (strncmp(p, "$((", 3) == 0) return enter(s, ARITHMETIC, 0), 3;
    if (strncmp(p, "$(", 2) == 0) return enter(s, BARE, ')'), 2;
    if (*p == '`' && now->end == '`' && now->quote == BARE) return leave(s), 1;
    if (*p == '`') return enter(s, BARE, '`'), 1;
    return 0;
}

static size_t bare(Shell *s, const char *p)
{
    Level *now = level(s);
    size_t n = substitution(s, p);
    if (n) return n;
    if (*p == '\'') return enter(s, SINGLE, 0), 1;
    if (strncmp(p, "$'", 2) == 0) return enter(s, ESCAPED, 0), 2;
    if (*p == '"') return enter(s, DOUBLE, 0), 1;
    if (*p == '#' && begins_word(s)) return enter(s, COMMENT, 0), 1;
    if (strncmp(p, "<<<", 3) == 0) return 3;
    if (strncmp(p, "<<", 2) == 0) return announce(s, p);
    if (*p == '(') now->brackets++;
    if (*p == ')' && now->brackets) now->brackets--;
    else if (*p == ')' && now->end == ')') leave(s);
    return 1;
}

static size_t arithmetic(Shell *s, const char *p)
{
    Level *now = level(s);
    if (*p == '(') now->brackets++;
    else if (*p == ')' && now->brackets) now->brackets--;
    else if (strncmp(p, "))", 2) == 0) return leave(s), 2;
    return 1;
}

/* One sign (or what belongs together), and what it begins or ends. */
static size_t sign(Shell *s, const char *p)
{
    Quote q = level(s)->quote;
    size_t n;
    if (*p == '\\' && p[1] && q != SINGLE && q != COMMENT && q != HERE_PLAIN) return 2;
    switch (q) {
    case BARE: return bare(s, p);
    case DOUBLE: case HERE:
        n = substitution(s, p);
        if (!n && q == DOUBLE && *p == '"') leave(s);
        return n ? n : 1;
    case SINGLE: case ESCAPED:
        if (*p == '\'') leave(s);
        return 1;
    case COMMENT:
        if (*p == '\n') leave(s);
        return 1;
    case ARITHMETIC: return arithmetic(s, p);
    case HERE_PLAIN: return 1;
    }
    return 1;
}

/* $$ is a dollar that the shell does not read. */
static void dollar(Shell *s)
{
    Quote q = level(s)->quote;
    bool as_it_is = q == SINGLE || q == COMMENT || q == HERE_PLAIN;
    put(s, as_it_is ? "$" : "\\$", as_it_is ? 1 : 2);
}

static void follow(Shell *s, const char *text)
{
    const char *p = text;
    while (*p) {
        if (s->last == '\n') {
            size_t line = at_line(s, p);
            put(s, p, line);
            p += line;
            if (line) continue;
        }
        if (p[0] == '$' && p[1] == '$') {
            dollar(s);
            p += 2;
            continue;
        }
        size_t n = sign(s, p);
        put(s, p, n);
        p += n;
    }
}

/* ---- values ------------------------------------------------------------------------------- */

static void place_value(Shell *s, const Ast *part, uint32_t number)
{
    Diags *d = expr_diags(s->x);
    Diag *m;
    switch (level(s)->quote) {
    case SINGLE: case ESCAPED:
        m = diag_add(d, DIAG_E0601, part->at,
                     "a value inside the shell's single quotes would not be filled in");
        diag_hint(d, m,
                  "take the single quotes away: a value is one argument whatever it holds; or use double "
                  "quotes");
        return;
    case HERE_PLAIN:
        m = diag_add(d, DIAG_E0601, part->at, "a value behind <<'%s' would not be filled in",
                     s->documents.items[s->here].end);
        diag_hint(d, m, "take the quotes away: <<%s", s->documents.items[s->here].end);
        return;
    case ARITHMETIC:
        m = diag_add(d, DIAG_E0602, part->at, "a value inside $(( )) would be read as shell");
        diag_hint(d, m, "reckon it here: ${a + b}");
        return;
    case BARE: case COMMENT:
        buf_printf(&s->out, "\"${%u}\"", number);
        break;
    case DOUBLE: case HERE:
        buf_printf(&s->out, "${%u}", number);
        break;
    }
    s->last = '"';
}

/* A backslash right before a value stands for itself: it must not escape our quotes. */
static void lone_backslash(Shell *s)
{
    Quote q = level(s)->quote;
    size_t n = 0;
    const char *text = buf_text(&s->out);
    while (n < s->out.n && text[s->out.n - 1 - n] == '\\') n++;
    if (n % 2 && (q == BARE || q == DOUBLE || q == HERE)) put(s, "\\", 1);
}

static void unclosed(Shell *s, const Ast *text)
{
    static const char *const what[] = {
        [DOUBLE] = "a double quote", [SINGLE] = "a single quote", [ESCAPED] = "a single quote"};
    for (uint32_t i = 0; i < s->levels.n; i++) {
        Quote q = s->levels.items[i].quote;
        if (q != DOUBLE && q != SINGLE && q != ESCAPED) continue;
        Diag *m =
            diag_add(expr_diags(s->x), DIAG_E0603, text->at, "%s of this command is not closed", what[q]);
        diag_hint(expr_diags(s->x), m,
                  "close it; a quote that is meant as itself has a backslash before it for the shell, "
                  "written \\\\ here");
        return;
    }
}

const char *expr_shell(Expr *x, const Ast *text, Arena *a, uint32_t *args_n, Code **args)
{
    expr_begin(x, text);
    VEC(Code) codes = {0};
    Shell s = {.x = x, .arena = a};
    enter(&s, BARE, 0);
    bool is_template = text->kind == AST_TEMPLATE;
    for (const Ast *part = is_template ? text->template_.parts : text; part;
         part = is_template ? part->next : NULL) {
        if (expr_is_text(part)) {
            follow(&s, part->literal.value.text);
            continue;
        }
        Code code = unit_here(x->unit);
        expr_printed(x, part, "a command");
        expr_end(x, part, code);
        *VEC_PUSH(a, &codes) = code;
        lone_backslash(&s);
        place_value(&s, part, codes.n);
    }
    unclosed(&s, text);
    const char *command = buf_dup(&s.out, a);
    buf_free(&s.out);
    *args = codes.items;
    *args_n = codes.n;
    return command;
}
