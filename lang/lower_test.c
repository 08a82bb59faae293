/* lower_test.c -- tests: who does what in a turned world, and what is expected of it.
 *
 * A line speaks of the case that the last `start` above it began, and of that
 * case's process with its variables and steps; P."Step" speaks of a case of
 * another process. So whatever a line names is known here, and a test that is
 * read is a test that can be run.
 */
#include "lang/expr_private.h"
#include "lang/grammar.h"
#include "lang/lower.h"
#include <string.h>

typedef struct Testing {
    Lower *l;
    const Item *item;
    Sym *process;                  /* of the last `start`; NULL: there was none, or it is not known */
    Sym *spoken;                   /* of the case that the line speaks of: that, or the one it names */
    bool started;
    bool lost;                     /* a line of it, to a mistake of syntax */
    VEC(IrTestLine) lines;
} Testing;

static const char *calendar_of(const Testing *t)
{
    const IrProcess *p = t->spoken ? &t->l->processes[t->spoken->index] : NULL;
    const char *own = p ? lower_role_calendar(t->l, p->owner_role) : NULL;
    return own ? own : lower_only_calendar(t->l);
}

/* Values may speak of the same case. */
static Expr about_it(const Testing *t)
{
    Expr x = lower_expr(t->l, EXPR_CASES, t->l->symbols.unit, t->item->prefix, calendar_of(t));
    x.process = t->spoken;
    x.figures = true;
    return x;
}

static Code text_of(const Testing *t, const Ast *text)
{
    Expr x = about_it(t);
    return text ? expr_text(&x, text, true) : CODE_NONE;
}

/* ---- whose step -------------------------------------------------------------------------- */

/* Is there a case to speak of? False after a message, which is told once of a test. */
static bool has_case(Testing *t, Span at)
{
    if (t->started)
        return true;
    if (t->l->symbols.lost[SYM_PROCESS])
        return false;                          /* the process that is meant may have been lost to a mistake */
    Diag *m = diag_once(t->l->diags, t->item, DIAG_E0570, at, "this speaks of a case, and nothing above it starts one");
    diag_hint(t->l->diags, m,
              "begin with: start Process with ...; a case that an event began is named with its process: "
              "Process.\"Step\"");
    t->started = true;                         /* whatever it is */
    return false;
}

static bool has_step(const Sym *process, const char *name)
{
    return process && process->steps && map_get(process->steps, name);
}

/* `Close."Draft quote"` came as one name: the last dot behind which a step stands divides it. */
static Sym *other_process(const Testing *t, Name name, const char **step)
{
    Symbols *s = &t->l->symbols;
    Sym *process = NULL;
    for (const char *dot = strchr(name.text, '.'); dot; dot = strchr(dot + 1, '.')) {
        const char *of = arena_dup_n(t->l->arena, name.text, (size_t)(dot - name.text));
        Sym *sym = symbols_find(s, SYM_PROCESS, t->item->prefix, of);
        if (sym && (!process || has_step(sym, dot + 1)))
            process = sym, *step = dot + 1;
    }
    return process;
}

/* "Close.Draft", where it was told that there is no Close. */
static bool of_missing_process(const Testing *t, const char *name)
{
    const char *dot = strchr(name, '.');
    const Symbols *s = &t->l->symbols;
    return dot && diags_told_missing(s->diags, s, arena_dup_n(t->l->arena, name, (size_t)(dot - name)));
}

/* `Close."Draft"` where no Close is known, and a process was lost to a mistake. */
static bool may_be_lost(const Testing *t, const char *dotted)
{
    return of_missing_process(t, dotted) ||
           (t->l->symbols.lost[SYM_PROCESS] && strchr(dotted, '.') && !has_step(t->process, dotted));
}

/* Fills the line's process and step; the process, or NULL after a message. */
static Sym *line_step(Testing *t, IrTestLine *line, Name name)
{
    if (!name.text)
        return NULL;
    const char *step = name.text;
    Sym *process = has_step(t->process, step) ? NULL : other_process(t, name, &step);
    line->own = !process;
    if (!process && (may_be_lost(t, name.text) || !has_case(t, name.at)))
        return NULL;
    process = process ? process : t->process;
    if (!process)
        return NULL;
    process->used = true;
    t->spoken = process;
    Expr x = about_it(t);
    line->process = process->name;
    line->name = expr_step(&x, (Name){step, name.at});
    return line->name ? process : NULL;
}

static const Ast *step_line(const Ast *step, Word word)
{
    for (const Ast *i = step->step.items; i; i = i->next)
        if (i->kind == AST_PROP && i->prop.word == word)
            return i;
    return NULL;
}

/* Does this verb go with this step? Else it would only ever be refused. */
static void check_verb(Testing *t, const Ast *act, const Ast *step)
{
    Diags *d = t->l->diags;
    Word verb = act->test_act.verb;
    Name name = act->test_act.step;
    const char *called = step->step.name.text;
    bool approval = step_line(step, K_APPROVE) != NULL;
    bool answers = verb == K_DONE || verb == K_APPROVE || verb == K_REJECT;
    Diag *m = NULL;
    if (!answers || lower_has_bad(step->step.items))
        return;
    if (!step_line(step, K_WHO)) {
        if (approval || step_line(step, K_ASK))
            return;                            /* told at the step itself */
        m = diag_once(d, step, DIAG_E0571, name.at, "no person does \"%s\": it says no `who`", called);
        diag_hint(d, m,
                  step_line(step, K_HOW)
                      ? "a machine does it; what a command answers is said with: given shell \"...\" prints \"...\""
                      : "it is over as soon as it is reached: leave this line out");
    } else if (verb == K_DONE && approval) {
        m = diag_once(d, step, DIAG_E0571, name.at, "\"%s\" is an approval", called);
        diag_hint(d, m, "write `approve` or `reject` in place of `done`");
    } else if (verb != K_DONE && !approval) {
        m = diag_once(d, step, DIAG_E0571, name.at, "\"%s\" is no approval", called);
        diag_hint(d, m, "write `done` in place of `%s`", word_text(verb));
    }
    if (m)
        lower_first(t->l, m, step->step.name.at);
}

/* ---- people ------------------------------------------------------------------------------ */

/* May the person stand in a role that is not there, or could not be read? */
static bool may_be_of_lost_role(const Symbols *s, const char *name)
{
    if (diags_lost_value(s->diags, name))
        return true;
    for (uint32_t i = 0; i < diags_count(s->diags); i++) {
        const Diag *m = diags_get(s->diags, i);
        if (m->code == DIAG_E0202 && !m->suggestions_n) {
            diags_follows(s->diags);
            return true;
        }
    }
    return false;
}

/* A person who is declared or in a role; or, in quotes, one who is known only from data. */
static const char *need_person(Testing *t, Name name)
{
    Symbols *s = &t->l->symbols;
    if (!name.text)
        return NULL;
    Sym *sym = symbols_find(s, SYM_PERSON, t->item->prefix, name.text);
    if (sym)
        sym->used = true;
    if (sym || (s->people && map_get(s->people, name.text)) || symbols_lost_person(s, t->item->prefix, name.text))
        return sym ? sym->name : name.text;
    VEC(const char *) known = {0};
    const Map *maps[] = {s->of[SYM_PERSON], s->people};
    for (size_t k = 0; k < 2; k++)
        for (uint32_t i = 0; maps[k] && i < map_count(maps[k]); i++)
            *VEC_PUSH(t->l->arena, &known) = symbols_seen(t->item->prefix, map_key(maps[k], i, NULL));
    bool quoted = *sources_text(diags_sources(s->diags), name.at.from) == '"';
    bool near = *text_did_you_mean(t->l->arena, name.text, known.items, known.n);
    if (quoted && !near)
        return name.text;
    bool role = symbols_find(s, SYM_ROLE, t->item->prefix, name.text);
    if (!role && !near && may_be_of_lost_role(s, name.text))
        return name.text;
    Diag *m = diag_missing(s->diags, s, name.text, DIAG_E0207, name.at, "no person named \"%s\"", name.text);
    if (role)
        diag_hint(s->diags, m, "\"%s\" is a role; a person of it is wanted", name.text);
    else if (!diag_nearest_name(s->diags, m, name.text, known.items, known.n))
        diag_hint(s->diags, m, "declare the person, or write the name in quotes where only data tells of them");
    return NULL;
}

/* ---- what happens ------------------------------------------------------------------------ */

static void give(Testing *t, IrTestLine *line, const Ast *args, ArgsOf of)
{
    ArgVec out = {0};
    Expr x = about_it(t);
    lower_args(t->l, &x, args, &of, &out);
    line->args = out.items;
    line->args_n = out.n;
}

/* Of a case that begins in the middle: any variable of it. */
static const TypeField *all_variables(const Testing *t, const Sym *process, uint32_t *n)
{
    *n = process->vars ? map_count(process->vars) : 0;
    TypeField *fields = ARENA_ARRAY(t->l->arena, TypeField, *n + 1);
    for (uint32_t i = 0; i < *n; i++) {
        void *type;
        const char *name = map_key(process->vars, i, &type);
        fields[i] = (TypeField){{name, process->at}, type, NULL};
    }
    return fields;
}

/* Is this node what is done when something is late? */
static bool is_beside(const IrFlow *f, uint32_t node)
{
    uint32_t up = f->nodes[node].parent;
    if (up == IR_NONE) return false;
    return f->nodes[up].op == IRN_ON_LATE || (f->nodes[up].op == IRN_STEP && f->steps[f->nodes[up].a].on_late == node);
}

/* Inside `each` nobody could say which element it is, in a race what the others do, nor beside an `on late`. */
static void check_begin(Testing *t, const Sym *process, Name step)
{
    Lower *l = t->l;
    const IrFlow *f = l->processes[process->index].flow;
    uint32_t at = f ? ir_step(f, step.text) : IR_NONE;
    uint32_t node = at != IR_NONE ? f->nodes[f->steps[at].node].parent : IR_NONE;
    for (; node != IR_NONE; node = f->nodes[node].parent) {
        uint16_t op = f->nodes[node].op;
        bool placed = op != IRN_EACH && op != IRN_EACH_PARALLEL && op != IRN_RACE && op != IRN_ON_LATE;
        if (placed && !is_beside(f, node))
            continue;
        Diag *m = diag_add(l->diags, DIAG_E0572, step.at, "a case cannot begin at \"%s\": it stands inside \"%s\"",
                           step.text, f->nodes[node].name);
        diag_hint(l->diags, m, "begin ahead of that, and do what leads to it");
        return;
    }
}

static void test_start(Testing *t, IrTestLine *line, const Ast *act)
{
    Name name = act->test_act.of, step = act->test_act.step;
    Sym *process = symbols_need(&t->l->symbols, SYM_PROCESS, t->item->prefix, name);
    line->kind = TEST_START;
    line->own = true;
    Expr x = about_it(t);
    if (!process) {
        lower_loose_args(&x, act->test_act.args);
    } else if (step.text) {
        uint32_t n;
        const TypeField *fields = all_variables(t, process, &n);
        x.process = process;
        line->name = expr_step(&x, step);
        if (line->name)
            check_begin(t, process, step);
        give(t, line, act->test_act.args, (ArgsOf){name, fields, n, process, true});
    } else {
        give(t, line, act->test_act.args, (ArgsOf){name, process->takes, process->takes_n, process, line->refused});
    }
    line->process = process ? process->name : NULL;
    if (line->refused)
        return;                    /* it begins nothing */
    t->process = process;
    t->started = true;
}

static void test_signal(Testing *t, IrTestLine *line, const Ast *act)
{
    Name name = act->test_act.of;
    const Sym *event = symbols_need(&t->l->symbols, SYM_EVENT, t->item->prefix, name);
    line->kind = TEST_SIGNAL;
    line->name = event ? event->name : NULL;
    if (event && event->type) {
        give(t, line, act->test_act.args,
             (ArgsOf){name, event->type->fields, event->type->fields_n, event, line->refused});
    } else {
        Expr x = about_it(t);
        lower_loose_args(&x, act->test_act.args);
    }
}

/* What a step asks, or (skipped) would have given. */
static const TypeField *step_fields(Testing *t, const Sym *process, const Ast *step, Word verb, uint32_t *n)
{
    VEC(TypeField) all = {0};
    for (const Ast *i = step->step.items; i; i = i->next) {
        if (i->kind != AST_FIELDS || (i->fields.word == K_GIVES && verb != K_SKIP))
            continue;
        uint32_t some;
        const TypeField *fields = lower_fields(t->l, process->prefix, i->fields.fields, &some);
        for (uint32_t k = 0; k < some; k++)
            *VEC_PUSH(t->l->arena, &all) = fields[k];
    }
    *n = all.n;
    return all.items;
}

/* It may be open to be undone, which asks for nothing. */
static bool is_undone(const Ast *step)
{
    const Ast *item = step->step.items;
    while (item && !(item->kind == AST_PROP && item->prop.word == K_UNDO))
        item = item->next;
    return item != NULL;
}

static uint8_t act_kind(Word verb)
{
    switch (verb) {
    case K_DONE: return TEST_DONE;
    case K_APPROVE: return TEST_APPROVE;
    case K_REJECT: return TEST_REJECT;
    case K_RETRY: return TEST_RETRY;
    case K_SKIP: return TEST_SKIP;
    default: return TEST_CANCEL;
    }
}

static void need_reason(Testing *t, const IrTestLine *line, const Ast *act)
{
    Word verb = act->test_act.verb;
    if (act->test_act.because || line->refused || (verb != K_REJECT && verb != K_SKIP))
        return;
    Diag *m = diag_add(t->l->diags, DIAG_E0573, act->at, "`%s` wants a reason", word_text(verb));
    diag_hint(t->l->diags, m, "write it behind: because \"...\"");
}

/* `cancel Close` ends a case of a process, `cancel "Draft"` the one in which that step is. */
static bool cancels_process(Testing *t, IrTestLine *line, const Ast *act)
{
    Name name = act->test_act.step;
    if (act->test_act.verb != K_CANCEL || !name.text || has_step(t->process, name.text))
        return false;
    Sym *process = symbols_find(&t->l->symbols, SYM_PROCESS, t->item->prefix, name.text);
    if (!process)
        return false;
    line->process = process->name;
    line->own = process == t->process;
    t->spoken = process;
    return true;
}

static void test_person(Testing *t, IrTestLine *line, const Ast *act)
{
    Word verb = act->test_act.verb;
    line->kind = act_kind(verb);
    line->person = need_person(t, act->test_act.person);
    need_reason(t, line, act);
    Sym *process = cancels_process(t, line, act) ? NULL : line_step(t, line, act->test_act.step);
    const Ast *step = process ? map_get(process->steps, line->name) : NULL;
    line->text = text_of(t, act->test_act.because);
    Expr x = about_it(t);
    if (!step || step->kind != AST_STEP) {
        lower_loose_args(&x, act->test_act.args);
        return;
    }
    check_verb(t, act, step);
    if (verb != K_DONE && verb != K_SKIP)
        return;
    uint32_t n;
    const TypeField *fields = step_fields(t, process, step, verb, &n);
    Name of = {line->name, act->test_act.step.at};
    bool undone = is_undone(step);
    give(t, line, act->test_act.args, (ArgsOf){of, fields, n, process, line->refused || verb == K_SKIP || undone});
}

static void test_act(Testing *t, IrTestLine *line, const Ast *act)
{
    if (act->test_act.verb == K_START)
        test_start(t, line, act);
    else if (act->test_act.verb == K_SIGNAL)
        test_signal(t, line, act);
    else
        test_person(t, line, act);
}

/* ---- the world --------------------------------------------------------------------------- */

static void given_shell(Testing *t, IrTestLine *line, const Ast *ast)
{
    const Ast *value = ast->given_shell.value;
    line->kind = TEST_GIVEN_SHELL;
    line->code = text_of(t, ast->given_shell.command);
    line->status = ast->given_shell.answer == K_FAILS;
    if (ast->given_shell.answer == K_PRINTS)
        line->text = text_of(t, value);
    if (ast->given_shell.answer != K_EXITS || value->kind != AST_LITERAL)
        return;
    int64_t n = value->literal.value.i;
    line->status = n / DECIMAL_ONE;
    if (n % DECIMAL_ONE == 0 && n >= 0 && line->status <= 255)
        return;
    Diag *m = diag_add(t->l->diags, DIAG_E0574, value->at, "a command exits with a whole number from 0 to 255");
    diag_hint(t->l->diags, m, "0 is well; write `fails` where the number does not matter");
}

static void given_mail(Testing *t, IrTestLine *line, const Ast *ast)
{
    line->kind = TEST_GIVEN_MAIL;
    line->name = lower_file(t->l, t->item->prefix, ast->given_mail.file);
    line->status = ast->given_mail.answer == K_FAILS;
}

static void given_file(Testing *t, IrTestLine *line, const Ast *ast)
{
    line->kind = TEST_GIVEN_FILE;
    line->name = lower_file(t->l, t->item->prefix, ast->given_reach.of);
    line->text = text_of(t, ast->given_reach.text);
}

/* `answers "..."` is an answer with 200, `answers 404` one without a body, `fails` none at all. */
static void given_http(Testing *t, IrTestLine *line, const Ast *ast)
{
    const Ast *status = ast->given_reach.status;
    line->kind = TEST_GIVEN_HTTP;
    line->code = text_of(t, ast->given_reach.of);
    line->text = text_of(t, ast->given_reach.text);
    line->status = ast->given_reach.text ? 200 : 0;
    if (!status || status->kind != AST_LITERAL)
        return;
    int64_t n = status->literal.value.i;
    line->status = n / DECIMAL_ONE;
    if (n % DECIMAL_ONE == 0 && line->status >= 100 && line->status <= 599)
        return;
    Diag *m = diag_add(t->l->diags, DIAG_E0574, status->at,
                       "a request is answered with a whole number from 100 to 599");
    diag_hint(t->l->diags, m, "200 is well, 404 not found; write `fails` where no answer comes");
}

static void given_reach(Testing *t, IrTestLine *line, const Ast *ast)
{
    if (ast->given_reach.word == K_FILE)
        given_file(t, line, ast);
    else
        given_http(t, line, ast);
}

static void given_table(Testing *t, IrTestLine *line, const Ast *ast)
{
    Lower *l = t->l;
    Sym *table = symbols_need(&l->symbols, SYM_TABLE, t->item->prefix, ast->given_table.table);
    const Type *row = table && table->type ? table->type : type_unknown();
    Expr x = about_it(t);
    line->kind = TEST_GIVEN_TABLE;
    line->name = table ? table->name : NULL;
    const Ast *rows = ast->given_table.rows;
    Ast *list = ast_list(l->arena, rows ? rows->at : ast->at, ast->given_table.rows);
    line->code = expr_lower(&x, list, table ? type_list(l->arena, row) : NULL, NULL);
}

static void test_clock(Testing *t, IrTestLine *line, const Ast *ast)
{
    Expr x = about_it(t);
    line->kind = TEST_CLOCK;
    line->code = expr_moment(&x, ast->test_clock.moment, false);
}

static void test_after(Testing *t, IrTestLine *line, const Ast *ast)
{
    Expr x = about_it(t);
    line->kind = TEST_AFTER;
    line->code = expr_lower(&x, ast->test_after.span, type_simple(TYPE_DURATION), NULL);
}

/* ---- what is expected -------------------------------------------------------------------- */

typedef struct Parts { Testing *t; Expr *x; ArgVec out; } Parts;

static bool is_known(const Ast *e)
{
    return e->kind == AST_LITERAL || e->kind == AST_BUSINESS || e->kind == AST_LIST;
}

/* The parts of a condition that say, when it does not hold, how it stands: not what is written out already. */
static void add_parts(Parts *p, const Ast *e)
{
    if (e->kind == AST_BINARY) {
        Word op = e->binary.op;
        if (op != '+' && op != '-' && op != '*' && op != '/') {
            add_parts(p, e->binary.a);
            add_parts(p, e->binary.b);
            return;
        }
    }
    if (e->kind == AST_UNARY && e->unary.op == K_NOT) {
        add_parts(p, e->unary.a);
        return;
    }
    if (is_known(e) || expr_is_dim(p->x, e))
        return;
    Lower *l = p->t->l;
    const char *written = lower_source(l, e->at);
    for (uint32_t i = 0; i < p->out.n; i++)
        if (strcmp(p->out.items[i].name, written) == 0)
            return;
    Code code = expr_lower(p->x, e, NULL, NULL);
    *VEC_PUSH(l->arena, &p->out) = (IrArg){written, code, IR_NONE};
}

typedef struct Speaking { Testing *t; Sym *of; bool lost; } Speaking;

/* `Close.won`, `Close."Draft quote".person`: what stands behind the process's name is meant, of a case of it. */
static void look_for_process(void *self, const Ast *ast)
{
    Speaking *s = self;
    Lower *l = s->t->l;
    const Ast *of = ast->kind == AST_MEMBER ? ast->member.of : NULL;
    const char *name = !of ? NULL : of->kind == AST_NAME ? of->name.name.text : ast_dotted(l->arena, of);
    const Sym *around = s->t->process;
    if (!name || (around && around->vars && map_get(around->vars, name)) || has_step(around, name))
        return;
    Sym *process = symbols_find(&l->symbols, SYM_PROCESS, s->t->item->prefix, name);
    if (!process) {
        Expr x = about_it(s->t);
        s->lost |= l->symbols.lost[SYM_PROCESS] && of->kind == AST_NAME && !expr_knows(&x, name);
        return;
    }
    if (s->of && s->of != process) {
        Diag *m = diag_add(l->diags, DIAG_E0575, ast->at, "this condition speaks of a case of %s and of one of %s",
                           s->of->name, process->name);
        diag_hint(l->diags, m, "write an `expect` for each of the two");
    }
    s->of = process;
    Name name_behind = ast->member.name;
    Ast *whole = (Ast *)(uintptr_t)ast;            /* the tree is ours; a NAME has room where a MEMBER stood */
    whole->kind = AST_NAME;
    whole->name.name = name_behind;
}

static void expect_holds(Testing *t, IrTestLine *line, const Ast *condition)
{
    uint32_t errors = diags_errors(t->l->diags);
    Speaking s = {.t = t};
    lower_visit(condition, look_for_process, &s);
    line->kind = TEST_HOLDS;
    line->own = !s.of;
    if (s.lost || (!s.of && !has_case(t, condition->at)))
        return;
    Sym *process = s.of ? s.of : t->process;
    if (!process || diags_errors(t->l->diags) > errors)
        return;
    process->used = true;
    t->spoken = process;
    Expr x = about_it(t);
    line->process = process->name;
    line->code = expr_lower(&x, condition, type_simple(TYPE_BOOLEAN), NULL);
    if (diags_errors(t->l->diags) > errors)
        return;
    Parts parts = {.t = t, .x = &x};
    add_parts(&parts, condition);
    line->args = parts.out.items;
    line->args_n = parts.out.n;
}

/* Where nothing was started, it is any case, as events and schedules begin them. */
static void expect_waiting(Testing *t, IrTestLine *line, const Ast *ast)
{
    const Sym *event = symbols_need(&t->l->symbols, SYM_EVENT, t->item->prefix, ast->awaits.event);
    line->kind = TEST_WAITING;
    line->own = true;
    line->name = event ? event->name : NULL;
    if (t->process)
        line->process = t->process->name;
}

static void expect_did(Testing *t, IrTestLine *line, const Ast *ast)
{
    IrTestLine later = {0};
    line->kind = TEST_DID;
    const Sym *process = line_step(t, line, ast->did.step);
    if (!process || !ast->did.before.text)
        return;
    Sym *around = t->process;
    t->process = line->own ? around : (Sym *)(uintptr_t)process;
    (void)line_step(t, &later, ast->did.before);
    t->process = around;
    line->other = later.name;
}

static void test_expect(Testing *t, IrTestLine *line, const Ast *what)
{
    switch ((int)what->kind) {
    case AST_TEST_ACT:
        line->refused = true;
        test_act(t, line, what);
        break;
    case AST_OFFERED:
        line->kind = TEST_OFFERED;
        (void)line_step(t, line, what->offered.step);
        line->person = need_person(t, what->offered.person);
        break;
    case AST_AWAITS: expect_waiting(t, line, what); break;
    case AST_DID: expect_did(t, line, what); break;
    default: expect_holds(t, line, what);
    }
}

/* ---- the test itself --------------------------------------------------------------------- */

/* A line with a mistake: it may have been the start. */
static void damaged_line(Testing *t, const Ast *ast)
{
    Place line = sources_place(diags_sources(t->l->diags), ast->at);
    const char *word = word_text(K_START), *start = memmem(line.line_text, line.line_n, word, strlen(word));
    if (t->process && !start)
        return;
    t->started = true;
    t->process = NULL;
    if (!start)
        return;
    const char *end = line.line_text + line.line_n, *name = start + strlen(word), *behind;
    while (name < end && (*name == ' ' || *name == '"'))
        name++;
    for (behind = name; behind < end && !strchr(name[-1] == '"' ? "\"" : " ;\"", *behind); behind++) {}
    const char *process = arena_dup_n(t->l->arena, name, (size_t)(behind - name));
    t->process = symbols_find(&t->l->symbols, SYM_PROCESS, t->item->prefix, process);
}

static void lower_line(Testing *t, const Ast *ast)
{
    IrTestLine line = {.code = CODE_NONE, .text = CODE_NONE, .place = lower_place(t->l, ast->at)};
    line.written = lower_source(t->l, ast->at);
    t->spoken = t->process;
    switch ((int)ast->kind) {
    case AST_TEST_CLOCK: test_clock(t, &line, ast); break;
    case AST_TEST_AFTER: test_after(t, &line, ast); break;
    case AST_GIVEN_SHELL: given_shell(t, &line, ast); break;
    case AST_GIVEN_MAIL: given_mail(t, &line, ast); break;
    case AST_GIVEN_REACH: given_reach(t, &line, ast); break;
    case AST_GIVEN_TABLE: given_table(t, &line, ast); break;
    case AST_TEST_ACT: test_act(t, &line, ast); break;
    case AST_EXPECT: test_expect(t, &line, ast->expect.what); break;
    default: t->lost = true; damaged_line(t, ast); return;
    }
    *VEC_PUSH(t->l->arena, &t->lines) = line;
}

/* Lines that cannot be done fail a test, too; but what came of them is asked by `expect` alone. */
static void expects_nothing(Lower *l, const Ast *test)
{
    for (const Ast *i = test->test.items; i; i = i->next)
        if (i->kind == AST_EXPECT)
            return;
    Diag *m = diag_add(l->diags, DIAG_W0585, test->test.name.at,
                       "this test expects nothing, so it passes whatever comes out");
    diag_hint(l->diags, m, "say what must be so at its end: expect finished");
}

static IrTest lower_test(Lower *l, const Item *item)
{
    const Ast *ast = item->ast;
    Testing t = {.l = l, .item = item};
    IrTest test = {.name = item->name,
                   .system = item->system ? item->system->index : IR_NONE,
                   .place = lower_place(l, ast->test.name.at)};
    uint32_t errors = diags_errors(l->diags);
    for (const Ast *i = ast->test.items; i; i = i->next)
        lower_line(&t, i);
    if (!t.lost && diags_errors(l->diags) == errors)
        expects_nothing(l, ast);               /* with a mistake in it, what it expects may be what was lost */
    test.lines = t.lines.items;
    test.lines_n = t.lines.n;
    return test;
}

void lower_tests(Lower *l)
{
    IrProgram *p = l->symbols.program;
    IrTest *tests = ARENA_ARRAY(l->arena, IrTest, l->tests.n);
    for (uint32_t i = 0; i < l->tests.n && !diags_full(l->diags); i++)
        tests[i] = lower_test(l, &l->tests.items[i]);
    p->tests = tests;
    p->tests_n = l->tests.n;
}
