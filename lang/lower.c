/* lower.c -- small helpers that all lowering passes share. */
#include "lang/lower.h"
#include "lang/parse.h"
#include <stdlib.h>
#include <string.h>

IrPlace lower_place(const Lower *l, Span at)
{
    Place p = sources_place(diags_sources(l->diags), at);
    return (IrPlace){p.file, p.line, p.column};
}

const char *lower_source(const Lower *l, Span at)
{
    return written_on_a_line(l->arena, l->diags, at);
}

void lower_first(Lower *l, Diag *m, Span first)
{
    (void)l;
    m->related = first;
}

const char *lower_text(Lower *l, const Ast *ast)
{
    if (!ast || ast->kind == AST_BAD)
        return NULL;
    if (ast->kind == AST_LITERAL && ast->literal.value.type == V_TEXT)
        return ast->literal.value.text;
    Diag *m =
        diag_add(l->diags, DIAG_E0506, ast->at, "a plain text is wanted here, known before anything runs");
    diag_hint(l->diags, m, "write it in quotes, without ${ }");
    return NULL;
}

void lower_said(Lower *l, const Ast *text)
{
    bool plain = text && text->kind == AST_LITERAL && text->literal.value.type == V_TEXT;
    if (!plain || !text_is_blank(text->literal.value.text))
        return;
    Diag *m = diag_add(l->diags, DIAG_E0526, text->at, "this text says nothing");
    diag_hint(l->diags, m, "write something between the quotes, or take the line away");
}

const char *lower_words(Lower *l, const Ast *ast)
{
    lower_said(l, ast);
    return lower_text(l, ast);
}

const Heir *lower_heir(Lower *l, const char *home)
{
    const Copy *copy = scope_copy(&l->symbols, home);
    return diags_heir(l->diags, copy ? &copy->heir : NULL);
}

void lower_emits(Lower *l, const Sym *event, Span at)
{
    EventUse *use = &l->event_uses[event->index];
    if (use->emitted.to)
        return;
    use->emitted = at;
    use->emitted_for = diags_inherits(l->diags, at);
}

void lower_awaits(Lower *l, const Sym *event, Span at)
{
    EventUse *use = &l->event_uses[event->index];
    if (use->awaited.to)
        return;
    use->awaited = at;
    use->awaited_for = diags_inherits(l->diags, at);
}

void lower_block(Lower *l)
{
    l->said_stamp++;
}

bool lower_one_of(Lower *l, Word kind, Word word, Span at)
{
    uint32_t i = (uint32_t)kind;
    if (i >= l->said_n) {
        uint32_t n = i + 256;
        l->said = arena_grow(l->arena, l->said, sizeof *l->said * l->said_n, sizeof *l->said * n);
        l->said_n = n;
    }
    if (l->said[i].stamp != l->said_stamp) {
        l->said[i].stamp = l->said_stamp;
        l->said[i].word = word;
        l->said[i].at = at;
        return true;
    }
    const char *first = word_text(l->said[i].word), *again = word_text(word);
    Diag *m = l->said[i].word == word
                  ? diag_add(l->diags, DIAG_E0521, at, "`%s` is said twice here", again)
                  : diag_add(l->diags, DIAG_E0521, at, "`%s` and `%s` are two deadlines, and only one can count", first,
                             again);
    diag_hint(l->diags, m, "keep one of the two");
    lower_first(l, m, l->said[i].at);
    return false;
}

bool lower_once(Lower *l, Word word, Span at)
{
    return lower_one_of(l, word, word, at);
}

static Binding *find_none(void *self, const char *name)
{
    (void)self, (void)name;
    return NULL;
}

static uint32_t visible_none(void *self, const char *const **names)
{
    (void)self;
    *names = NULL;
    return 0;
}

Expr lower_expr(Lower *l, ExprPlace place, UnitBuilder *unit, const char *prefix, const char *calendar)
{
    return (Expr){.symbols = &l->symbols, .unit = unit, .place = place, .prefix = prefix, .find = find_none,
                  .visible = visible_none, .calendar = calendar};
}

const char *lower_only_calendar(const Lower *l)
{
    return l->syms[SYM_CALENDAR].n == 1 ? l->syms[SYM_CALENDAR].items[0]->name : NULL;
}

const Calendar *lower_calendar(const Lower *l, const char *name)
{
    const Sym *sym = name ? map_get(l->symbols.of[SYM_CALENDAR], name) : NULL;
    return sym ? &l->symbols.program->calendars[sym->index] : NULL;
}

const char *lower_role_calendar(const Lower *l, const char *role)
{
    const Sym *sym = role ? map_get(l->symbols.of[SYM_ROLE], role) : NULL;
    return sym ? l->symbols.program->roles[sym->index].calendar : NULL;
}

const Zone *lower_zone(const Lower *l, const char *calendar)
{
    const Calendar *c = lower_calendar(l, calendar ? calendar : lower_only_calendar(l));
    return c ? c->zone : zone_utc();
}

int lower_choice(Lower *l, Name name, const char *what, const char *const *words, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(words[i], name.text) == 0)
            return (int)i;
    Diag *m = diag_add(l->diags, DIAG_E0514, name.at, "\"%s\" is no %s", name.text, what);
    if (!diag_nearest(l->diags, m, name.text, words, n)) {
        Buf b = {0};
        for (uint32_t i = 0; i < n; i++)
            buf_printf(&b, "%s%s", i == 0 ? "" : i + 1 == n ? " or " : ", ", words[i]);
        diag_hint(l->diags, m, "write %s", buf_text(&b));
        buf_free(&b);
    }
    return -1;
}

bool lower_has_bad(const Ast *items)
{
    for (; items; items = items->next)
        if (items->kind == AST_BAD)
            return true;
    return false;
}

/* ---- walking any tree ---------------------------------------------------------------
 * With a stack of our own: a sum of a million terms is a tree a million deep. */

typedef struct Walk {
    const Ast **stack;
    size_t n, cap;
} Walk;

static void push_other(Walk *w, const void *field)
{
    (void)w, (void)field;
}

static void push_trees(Walk *w, const void *field)
{
    for (const Ast *ast = *(Ast *const *)field; ast; ast = ast->next) {
        if (w->n == w->cap) {
            w->cap = w->cap ? w->cap * 2 : 256;
            w->stack = mem_resize(w->stack, w->cap * sizeof *w->stack);
        }
        w->stack[w->n++] = ast;
    }
}

static void push_children(Walk *w, const Ast *ast)
{
    switch (ast->kind) {
#define F(Type, name) _Generic(part->name, Ast *: push_trees, default: push_other)(w, &part->name);
#define NODE(KIND, field, fields)                                                                        \
    case AST_##KIND: {                                                                                   \
        const __typeof__(ast->field) *part = &ast->field;                                                \
        fields                                                                                           \
        break;                                                                                           \
    }
#include "lang/ast.def"
#undef NODE
#undef F
    case AST_COUNT: break;
    }
}

void lower_visit(const Ast *ast, AstVisit *visit, void *self)
{
    Walk w = {0};
    for (;;) {
        visit(self, ast);
        push_children(&w, ast);
        if (w.n == 0)
            break;
        ast = w.stack[--w.n];
    }
    free(w.stack);
}
