/* build.c -- what the grammar's actions do beyond making one node. */
#include "lang/build.h"
#include "lang/syntax.h"
#include "lang/grammar.h"

#include <stdio.h>
#include <string.h>

/* The token at this byte, or the first behind it. */
static uint32_t token_at(const Parse *p, uint32_t from)
{
    uint32_t low = 0, high = p->tokens_n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->tokens[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Ast *build_bad(Parse *p, Span at)
{
    int nameless = p->silent ? 0 : syntax_damaged(p, token_at(p, at.from - p->source->offset));
    return ast_bad(p->arena, at, nameless);
}

static Diag *report(Parse *p, DiagCode code, Span at, const char *message)
{
    uint32_t offset = p->source->offset;
    return source_report_syntax(p->source, code, at.from - offset, at.to - offset, "%s", message);
}

Ast *build_statement(Parse *p, Ast *statement)
{
    if (++p->statements > STATEMENTS_MOST && statement && !p->silent) {
        too_many_statements(p->source->diags, statement->at);
        p->source->stop = true;
    }
    return statement;
}

Ast *build_endless(Parse *p, Span at)
{
    Diag *m = report(p, DIAG_E0142, at, "this `repeat` does not say `until` when");
    diag_hint(p->source->diags, m, "write it behind the block: > until done; `until no` goes round to the limit");
    return build_bad(p, at);
}

/* ---- names ---------------------------------------------------------------------- */

Name build_name(Parse *p, const Ast *text)
{
    if (text->kind != AST_LITERAL)
        return (Name){intern(p->names, "?", 1), text->at};
    return (Name){intern(p->names, text->literal.value.text, text->literal.value.len), text->at};
}

static Name made_up(Parse *p, Span at)
{
    char name[32];
    int n = snprintf(name, sizeof name, "(unnamed %u)", ++p->unnamed);
    return (Name){intern(p->names, name, (size_t)n), at};
}

Name build_declared(Parse *p, Name name)
{
    if (!text_is_blank(name.text))
        return name;
    Diag *m = report(p, DIAG_E0141, name.at, "this has no name");
    diag_hint(p->source->diags, m, "write between the quotes what people, messages and the history call it");
    return made_up(p, name.at);
}

Name build_joined(Parse *p, Name a, Name b)
{
    size_t n = strlen(a.text), m = strlen(b.text);
    char *both = arena_alloc(p->arena, n + m + 2);
    memcpy(both, a.text, n);
    both[n] = '.';
    memcpy(both + n + 1, b.text, m);
    return (Name){intern(p->names, both, n + 1 + m), span(a.at, b.at)};
}

Name build_saved(Parse *p, Span at)
{
    uint32_t from = at.from - p->source->offset, low = token_at(p, from);
    const Token *t = &p->tokens[low];
    (void)syntax_damaged(p, low);
    if (low < p->tokens_n && t->from == from && !source_muted(p->source, from)) {
        if (t->kind == STRING)
            return build_name(p, literal_node(p->source, t, false));
        if (t->kind == IDENT)
            return (Name){intern(p->names, p->source->text + t->from, t->to - t->from), at};
    }
    return made_up(p, at);
}

/* ---- texts and types ------------------------------------------------------------------ */

Ast *build_template(Parse *p, Span at, Ast *head, Ast *value, Ast *middle, Ast *tail)
{
    Ast *parts = ast_append(ast_append(ast_append(head, value), middle), tail);
    const char *text = p->source->text + (at.from - p->source->offset);
    if (strncmp(text, "\"\"\"", 3) == 0)
        literal_dedent(parts);
    return ast_template_(p->arena, at, parts);
}

Ast *build_optional(Parse *p, Span at, Ast *type, bool optional)
{
    return optional ? ast_type_optional(p->arena, at, type) : type;
}

Ast *build_choice(Parse *p, Span at, Ast *choices, bool optional)
{
    for (const Ast *c = choices; c; c = c->next) {
        uint32_t from = c->at.from - p->source->offset;
        if (!strchr(c->name.name.text, '.') || p->source->text[from] == '"')
            continue;
        Diag *m = report(p, DIAG_E0140, c->at, "a choice is one name, without a dot");
        diag_hint(p->source->diags, m, "write a comma between two choices; a choice with a dot in it stands in quotes");
        return build_bad(p, at);
    }
    return build_optional(p, at, ast_type_choice(p->arena, at, choices), optional);
}

Ast *build_money(Parse *p, Span at, Name type, Name currency)
{
    return strcmp(type.text, "money") == 0 ? ast_type_money(p->arena, at, currency)
                                           : ast_type_name(p->arena, type.at, type);
}

Ast *build_like(Ast *like, Span body)
{
    if (like)
        like->like.body = body;
    return like;
}

Ast *build_goal(Span at, Name name, Ast *condition, Ast *tails)
{
    tails->at = at;
    tails->goal.name = name;
    tails->goal.condition = condition;
    return tails;
}

/* ---- numbers that count ------------------------------------------------------------------ */

static bool whole(const Ast *number, int64_t *n)
{
    if (number->kind != AST_LITERAL || number->literal.value.i % DECIMAL_ONE != 0)
        return false;
    *n = number->literal.value.i / DECIMAL_ONE;
    return true;
}

int64_t build_count(Parse *p, const Ast *number, int64_t least)
{
    int64_t n = least;
    if (number->kind != AST_BAD && (!whole(number, &n) || n < least)) {
        Diag *m = report(p, DIAG_E0112, number->at, "not a number to count with");
        diag_hint(p->source->diags, m, "write a whole number, %d or more", (int)least);
        n = least;
    }
    return n;
}

Ast *build_integer(Parse *p, Span at, int64_t n)
{
    return ast_literal(p->arena, at, value_integer(n));
}

/* February has 29 days here: the day comes every year that has it. */
Ast *build_month_day(Parse *p, Span at, const Ast *month, const Ast *day)
{
    int64_t m, d;
    if (month->kind == AST_BAD || day->kind == AST_BAD)
        return build_bad(p, at);
    if (!whole(month, &m) || !whole(day, &d) || m < 1 || m > 12 || d < 1 || d > month_days(2000, (int)m)) {
        Diag *told = report(p, DIAG_E0113, at, "no such day of a year");
        diag_hint(p->source->diags, told, "write month-day: 12-24 is Christmas Eve");
        return build_bad(p, at);
    }
    return ast_literal(p->arena, at, value_integer(m * 100 + d));
}

Ast *build_day_number(Parse *p, Span at, const Ast *number)
{
    int64_t n = 0;
    if (number->kind == AST_BAD)
        return build_bad(p, at);
    if (!whole(number, &n) || n < 1 || n > 31) {
        Diag *m = report(p, DIAG_E0113, at, "no such day of a month");
        diag_hint(p->source->diags, m, "write a number from 1 to 31, or `last day`");
        return build_bad(p, at);
    }
    return ast_dayword(p->arena, at, false, (Name){0}, (Name){0}, n, 0);
}

Ast *build_day_of_month(Parse *p, Span at, const Ast *month_day)
{
    if (month_day->kind == AST_BAD)
        return build_bad(p, at);
    int64_t n = month_day->literal.value.i / DECIMAL_ONE;
    return ast_dayword(p->arena, at, false, (Name){0}, (Name){0}, n % 100, n / 100);
}

Ast *build_time(Parse *p, Ast *time)
{
    if (time->kind == AST_LITERAL && time->literal.value.i == US_DAY) {
        Diag *m = report(p, DIAG_E0113, time->at, "24:00 is no time of a day");
        diag_hint(p->source->diags, m, "write 00:00; only working hours end at 24:00");
        return build_bad(p, time->at);
    }
    return time;
}

/* ---- expressions --------------------------------------------------------------------------- */

/* did("Draft quote") names a person wherever it stands. */
Ast *build_apply(Parse *p, Span at, Ast *function, Ast *args)
{
    if (function->kind == AST_NAME && strcmp(function->name.name.text, "did") == 0 && args && !args->next &&
        args->kind == AST_ARG && !args->arg.name.text) {
        const Ast *step = args->arg.value;
        if (step->kind == AST_NAME)
            return ast_who_did(p->arena, at, step->name.name);
        if (step->kind == AST_LITERAL && step->literal.value.type == V_TEXT)
            return ast_who_did(p->arena, at, build_name(p, step));
    }
    return ast_apply(p->arena, at, function, args);
}

/* A lone 2026-Q3 in a call is a window already. */
Ast *build_arg(Parse *p, Span at, Ast *value)
{
    return value->kind == AST_WINDOW ? value : ast_arg(p->arena, at, (Name){0}, value);
}

bool build_by_start(Parse *p, Span at, Ast *window, Name start)
{
    if (strcmp(start.text, "start") != 0) {
        Diag *m = report(p, DIAG_E0101, start.at, "behind a window only `by start` may stand");
        diag_hint(p->source->diags, m, "`by start` counts a case where it began; for one row per value write "
                                       "`by ...` behind the closing bracket");
        return false;
    }
    window->window.by_start = true;
    window->at = at;
    return true;
}

Ast *build_block(Parse *p, Span at, Ast *items)
{
    return items ? items : ast_sequence(p->arena, at, NULL, true);
}
