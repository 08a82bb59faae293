/* lower_step.c -- one step: who does it, how, what comes back, what if it fails.
 *
 * Its asked and given values are set behind it; where `on fail` or `on reject`
 * ends normally, only what that way sets too.
 */
#include "lang/expr_private.h"
#include "lang/grammar.h"
#include "lang/lower_flow.h"
#include <string.h>

typedef struct StepParts {
    Flow *f;
    const Ast *ast;
    IrStep step;
    Expr x;                        /* with the calendar of who does it */
    const Ast *who, *approve, *machine, *deadline, *ask, *gives, *on_fail, *on_reject, *on_late;
    const Ast *retry, *timeout, *repeatable, *needs, *undo, *remind, *escalate;
    uint32_t instructions;
    bool broken;                   /* the parser dropped a line: what is missing may have stood there */
} StepParts;

/* ---- reading the lines ------------------------------------------------------------------ */

static bool is_machine(const Ast *act)
{
    return act->kind == AST_SHELL || act->kind == AST_LUA || act->kind == AST_MAIL;
}

static void add_how(StepParts *s, const Ast *item)
{
    const Ast *value = item->prop.value;
    if (!value)
        return;
    if (!is_machine(value)) {
        s->instructions++;
        return;
    }
    if (s->machine) {
        Diag *m = diag_add(s->f->l->diags, DIAG_E0405, item->at, "this step has two parts for the machine");
        diag_hint(s->f->l->diags, m, "make it two steps, so that each can fail and be repeated alone");
        lower_first(s->f->l, m, s->machine->at);
        return;
    }
    s->machine = value;
}

static void add_prop(StepParts *s, const Ast *item)
{
    Lower *l = s->f->l;
    Word word = item->prop.word;
    if (word == K_HOW) {
        add_how(s, item);
        return;
    }
    if (word == K_ENSURES)                     /* read again when all that the step sets is known */
        return;
    if (word == K_WAS || word == K_ESCALATE) {
        s->escalate = word == K_ESCALATE ? item : s->escalate;
        return;
    }
    if (!lower_one_of(l, word == K_DUE ? K_WITHIN : word, word, item->at))
        return;
    if (word == K_WHY)
        s->step.why = lower_words(l, item->prop.value);
    else if (word == K_WHO)
        s->who = item->prop.value;
    else if (word == K_APPROVE)
        s->approve = item->prop.value;
    else if (word == K_WITHIN || word == K_DUE)
        s->deadline = item;
    else if (word == K_RETRY)
        s->retry = item;
    else if (word == K_TIMEOUT)
        s->timeout = item;
    else if (word == K_REPEATABLE)
        s->repeatable = item;
    else if (word == K_NEEDS)
        s->needs = item;
    else if (word == K_UNDO)
        s->undo = item;
    else if (word == K_REMIND)
        s->remind = item;
}

static void add_handler(StepParts *s, const Ast *item)
{
    Word on = item->handler.on;
    const Ast **to = on == K_FAIL ? &s->on_fail : on == K_LATE ? &s->on_late : &s->on_reject;
    if (!*to) {
        *to = item;
        return;
    }
    Diag *m = diag_add(s->f->l->diags, DIAG_E0521, item->at, "`on %s` is said twice here", word_text(on));
    diag_hint(s->f->l->diags, m, "keep one of the two");
    lower_first(s->f->l, m, (*to)->at);
}

static void read_lines(StepParts *s)
{
    Lower *l = s->f->l;
    lower_block(l);
    s->broken = s->f->below_bad;
    s->f->below_bad = false;
    for (const Ast *item = s->ast->step.items; item; item = item->next) {
        if (item->kind == AST_PROP)
            add_prop(s, item);
        else if (item->kind == AST_FIELDS && lower_once(l, item->fields.word, item->at))
            *(item->fields.word == K_ASK ? &s->ask : &s->gives) = item;
        else if (item->kind == AST_HANDLER)
            add_handler(s, item);
        else if (item->kind == AST_ON_EVENT && !flow_misspelt(s->f, item->on_event.event))
            flow_wrong_handler(s->f, item,
                               "a step has `on fail`, `on late` and `on reject`; an event ends whole blocks",
                               "put it behind the step, or around it: sequence < step ... on ... < > >");
        s->broken = s->broken || item->kind == AST_BAD;
    }
    s->f->broken = s->f->broken || s->broken;
}

/* ---- rules that need no types --------------------------------------------------------------- */

static void wants(StepParts *s, Span at, DiagCode code, const char *what, const char *hint)
{
    if (s->broken)
        return;
    s->broken = true;                          /* what else seems wrong with it follows from this */
    Diag *m = diag_add(s->f->l->diags, code, at, "%s", what);
    diag_hint(s->f->l->diags, m, "%s", hint);
}

static void check_who(StepParts *s)
{
    if (s->who)
        return;
    if (s->ask)
        wants(s, s->ask->at, DIAG_E0403, "a machine cannot be asked: this step says nobody who answers",
              "add who and a role, or take the value from the machine: gives ...");
    if (s->approve)
        wants(s, s->approve->at, DIAG_E0403, "a machine cannot approve: this step says nobody who decides",
              "add who and a role");
    const Ast *only[] = {s->remind, s->escalate};
    for (size_t i = 0; i < 2; i++)
        if (only[i])
            wants(s, only[i]->at, DIAG_E0547, "this line speaks to people, and nobody does this step",
                  "add who and a role, or take the line away; a command's time limit is `timeout`");
    bool header_wrong = diags_told_in(s->f->l->diags, s->ast->at);      /* who did it may have stood there */
    if (!s->ask && !s->approve && !s->machine && !header_wrong)
        wants(s, s->ast->step.name.at, DIAG_E0402, "nobody and nothing does this step",
              s->instructions ? "add who and a role that follows the instruction"
                              : "add who and a role, or how shell \"...\", or how lua { ... }");
}

static void check_machine(StepParts *s)
{
    if (s->machine && s->machine->kind == AST_MAIL && s->gives)
        wants(s, s->gives->at, DIAG_E0404, "a letter gives no values",
              "take `gives` away, or wait for the answer: wait for ...");
    if (s->machine)
        return;
    if (s->gives)
        wants(s, s->gives->at, DIAG_E0404, "no machine part gives these values",
              s->who ? "a person is asked: write ask instead of gives"
                     : "add how shell \"...\" or how lua { ... }");
    if (s->on_fail)
        wants(s, s->on_fail->at, DIAG_E0420, "this step has no machine part, so it cannot fail",
              "a person's work is done or not yet done; add how shell or how lua, or take `on fail` away");
    const Ast *only[] = {s->retry, s->timeout, s->repeatable};
    for (size_t i = 0; i < 3; i++)
        if (only[i])
            wants(s, only[i]->at, DIAG_E0421, "this line speaks to a machine part, and the step has none",
                  "add how shell or how lua, or take the line away; a person's time limit is `within`");
}

static void check_count(StepParts *s)
{
    const Ast *count = who_counted(s->who);
    if (count && !count->who_count.any && s->machine)
        wants(s, s->machine->at, DIAG_E0473,
              "several people do this step apart, and one command cannot be all of theirs",
              "make it two steps: what the people do, and then the command");
}

static void check_rules(StepParts *s)
{
    check_who(s);
    check_count(s);
    check_machine(s);
    if (s->on_late && !s->deadline)
        flow_never_late(s->f, s->on_late, "step");
    if (s->on_reject && !s->approve)
        wants(s, s->on_reject->at, DIAG_E0420, "nothing is approved in this step, so it cannot be rejected",
              "add approve \"what is to be decided\", or take `on reject` away");
}

/* ---- who and how --------------------------------------------------------------------------------- */

static void lower_who(StepParts *s)
{
    Flow *f = s->f;
    s->step.who = CODE_NONE;
    if (!s->who)
        return;
    s->step.who = expr_who(&f->x, s->who, &s->step.role);
    flow_nobody(f, s->step.name, s->who);
    const char *own = lower_role_calendar(f->l, s->step.role);
    s->x.calendar = own ? own : f->calendar;
}

static IrShell lower_shell(StepParts *s, const Ast *ast)
{
    IrShell shell = {0};
    Code *args = NULL;
    uint32_t n = 0;
    lower_said(s->f->l, ast->shell.text);
    shell.text = expr_shell(&s->x, ast->shell.text, s->f->l->arena, &n, &args);
    flow_codes(s->f, args, n, &shell.args, &shell.args_n);
    s->f->outside = true;
    return shell;
}

static IrLua lower_lua(StepParts *s, const Ast *ast)
{
    vars_lua_reads(s->f, ast->lua.text);
    return (IrLua){ast->lua.text, lower_place(s->f->l, ast->lua.text_at)};
}

static void lower_machine(StepParts *s)
{
    const Ast *ast = s->machine;
    if (!ast)
        return;
    s->step.machine = ast->kind == AST_LUA ? MACHINE_LUA : ast->kind == AST_MAIL ? MACHINE_MAIL : MACHINE_SHELL;
    if (ast->kind == AST_LUA)
        s->step.lua = lower_lua(s, ast);
    else if (ast->kind == AST_MAIL)
        s->step.mail = lower_mail(s->f, &s->x, ast);
    else
        s->step.shell = lower_shell(s, ast);
}

/* Its values are those of the step's end, so it sees what the step set. */
static void lower_undo(StepParts *s)
{
    const Ast *ast = s->undo ? s->undo->prop.value : NULL;
    IrUndo *undo = &s->step.undo;
    undo->text = CODE_NONE;
    if (!ast || ast->kind == AST_BAD)
        return;
    undo->machine = ast->kind == AST_LUA     ? MACHINE_LUA
                    : ast->kind == AST_MAIL  ? MACHINE_MAIL
                    : ast->kind == AST_SHELL ? MACHINE_SHELL
                                             : MACHINE_PERSON;
    if (ast->kind == AST_LUA)
        undo->lua = lower_lua(s, ast);
    else if (ast->kind == AST_MAIL)
        undo->mail = lower_mail(s->f, &s->x, ast);
    else if (ast->kind == AST_SHELL)
        undo->shell = lower_shell(s, ast);
    else
        lower_said(s->f->l, ast), undo->text = expr_text(&s->x, ast, false);
    if (undo->machine == MACHINE_PERSON && !s->who && !s->f->has_owner)
        wants(s, s->undo->at, DIAG_E0450,
              "nobody undoes this: neither the step says `who`, nor the process its `owner`",
              "add owner and a role to the process, or undo shell \"...\"");
}

static void lower_instructions(StepParts *s)
{
    Flow *f = s->f;
    uint32_t n = 0;
    Code *codes = ARENA_ARRAY(f->l->arena, Code, s->instructions);
    for (const Ast *item = s->ast->step.items; item; item = item->next) {
        const Ast *value = item->kind == AST_PROP && item->prop.word == K_HOW ? item->prop.value : NULL;
        if (!value || is_machine(value))
            continue;
        lower_said(f->l, value);
        codes[n++] = expr_text(&s->x, value, false);
    }
    flow_codes(f, codes, n, &s->step.how, &s->step.how_n);
}

/* ---- times --------------------------------------------------------------------------------------- */

static void lower_retry(StepParts *s)
{
    s->step.retry_pause = s->step.retry_most = CODE_NONE;
    if (!s->retry)
        return;
    const Ast *count = s->retry->prop.value;
    const Value *v = count && count->kind == AST_LITERAL ? &count->literal.value : NULL;
    if (v && v->type == V_NUMBER) {
        if (v->i < DECIMAL_ONE || v->i % DECIMAL_ONE || v->i > INT64_C(1000000) * DECIMAL_ONE) {
            Diag *m = diag_add(s->f->l->diags, DIAG_E0522, count->at,
                               "a step is retried a whole number of times, 1 to 1,000,000");
            diag_hint(s->f->l->diags, m, "write retry 3 times every 5 minutes");
        }
        s->step.retry = (uint32_t)(v->i / DECIMAL_ONE);
    }
    if (s->retry->prop.extra)
        beside_pauses(s->f, &s->x, s->retry->prop.extra, &s->step);
}

static void lower_times(StepParts *s)
{
    lower_retry(s);
    beside_step(s->f, &s->x, s->ast->step.items, &s->step);
    s->step.timeout =
        s->timeout ? beside_span(&s->x, s->f->l->diags, s->timeout->prop.value) : CODE_NONE;
    s->step.repeatable = s->repeatable != NULL;
    s->step.deadline = CODE_NONE;
    if (!s->deadline)
        return;
    s->step.deadline_due = s->deadline->prop.word == K_DUE;
    s->step.deadline = s->step.deadline_due
                           ? past_due(s->f, &s->x, s->deadline->prop.value)
                           : beside_span(&s->x, s->f->l->diags, s->deadline->prop.value);
}

/* ---- asked and given values -------------------------------------------------------------------------- */

typedef struct FieldSet {
    TypeField *fields;
    Var **vars;
    uint32_t n, first;
} FieldSet;

static FieldSet lower_field_set(StepParts *s, const Ast *ast)
{
    Flow *f = s->f;
    FieldSet set = {0};
    if (!ast)
        return set;
    set.fields = lower_fields(f->l, f->process->prefix, ast->fields.fields, &set.n);
    if (ast == s->ask)
        lower_clocks(f->l, set.fields, set.n, s->x.calendar, (Span){0},
                     ", or let the role that is asked say which calendar it `works`");
    set.vars = ARENA_ARRAY(f->l->arena, Var *, set.n);
    set.first = unit_fields(f->unit, set.n);
    for (uint32_t i = 0; i < set.n; i++) {
        set.vars[i] = vars_declare(f, set.fields[i].name, set.fields[i].type);
        lower_field(f->l, f->unit, set.first + i, &set.fields[i]);
        if (set.vars[i]) {
            set.vars[i]->counts = true;
            unit_field(f->unit, set.first + i)->slot = set.vars[i]->b.slot;
        }
        lower_field_codes(f->l, f->unit, set.first + i, &set.fields[i], &s->x, NULL);
    }
    return set;
}

/* What several people answer has no one value; it is counted. */
static bool answered_apart(const StepParts *s, const FieldSet *ask)
{
    const Ast *count = who_counted(s->who);
    if (!count || count->who_count.n < 2)
        return false;
    for (uint32_t i = 0; i < ask->n; i++)
        if (ask->vars[i])
            ask->vars[i]->b.apart = s->step.name;
    return true;
}

static void mark_set(const StepParts *s, const FieldSet *set)
{
    for (uint32_t i = 0; i < set->n; i++) {
        if (!set->vars[i])
            continue;
        vars_set(s->f, set->vars[i], set->fields[i].type, set->fields[i].name.at);
        if (!s->broken)
            continue;
        vars_mark(s->f, set->vars[i], true, true);     /* the lost line may have been what it ensures */
        set->vars[i]->b.presumed = true;
    }
}

/* A condition on an answer sees all answers of its step. */
static void lower_wheres(StepParts *s, const FieldSet *set)
{
    Flow *f = s->f;
    uint32_t mark = vars_here(f);
    for (uint32_t i = 0; i < set->n; i++)
        if (set->vars[i])
            vars_mark(f, set->vars[i], true, false);
    for (uint32_t i = 0; i < set->n; i++)
        lower_field_codes(f->l, f->unit, set->first + i, &set->fields[i], NULL, &s->x);
    vars_undo(f, mark);
}

/* ---- what must hold -------------------------------------------------------------------------------- */

static bool is_own(const StepParts *s, uint32_t slot)
{
    for (uint32_t i = 0; i < s->step.ask_n; i++)
        if (unit_field(s->f->unit, s->step.ask + i)->slot == slot)
            return true;
    for (uint32_t i = 0; i < s->step.gives_n; i++)
        if (unit_field(s->f->unit, s->step.gives + i)->slot == slot)
            return true;
    return false;
}

static bool reads_own_alone(const StepParts *s, Code code)
{
    IrUnit u;
    unit_finish(s->x.unit, &u);
    bool any = false, own = true;
    for (uint32_t i = code; i < u.code_n; i++) {
        if (IR_INSTRUCTION_OP(u.code[i]) != IR_SLOT)
            continue;
        any = true;
        own = own && is_own(s, IR_INSTRUCTION_OPERAND(u.code[i]));
    }
    return any && own;
}

/* What each field asks of its own values. */
static void know_fields(Flow *f, const FieldSet *set)
{
    for (uint32_t i = 0; i < set->n; i++)
        facts_field(f, set->first + i, set->fields[i].name.at);
}

/* What must hold when the step has ended. Behind it that is known of its own values, even where it was skipped. */
static void lower_ensures(StepParts *s, const FieldSet *ask, const FieldSet *gives)
{
    Flow *f = s->f;
    uint32_t known = facts_here(f);            /* each counts for those behind it: all are asked at one moment */
    know_fields(f, ask);
    know_fields(f, gives);
    s->step.ensures = f->ensures.n;
    for (const Ast *item = s->ast->step.items; item; item = item->next) {
        if (item->kind != AST_PROP || item->prop.word != K_ENSURES || !item->prop.value)
            continue;
        const Ast *condition = item->prop.value;
        uint32_t told = diags_count(f->l->diags);
        Code code = expr_condition(&s->x, condition, "this never fails", "this step always fails");
        bool own = reads_own_alone(s, code);
        *VEC_PUSH(f->l->arena, &f->ensures) = (IrEnsure){code, lower_source(f->l, condition->at), own};
        s->step.ensures_n++;
        if (diags_count(f->l->diags) == told)  /* what is decided already says nothing more */
            facts_condition(f, code, true, condition->at);
        if (own)
            expr_narrow(&s->x, condition, true, vars_narrow, f);
    }
    facts_back(f, known);
}

/* ---- the ways on ---------------------------------------------------------------------------------- */

static void lower_ways(StepParts *s, const FieldSet *ask, const FieldSet *gives)
{
    Flow *f = s->f;
    Fork fork = vars_fork(f);
    if (!answered_apart(s, ask))
        mark_set(s, ask);
    mark_set(s, gives);
    if (s->machine && s->machine->kind == AST_LUA) {
        vars_lua_sets(f, s->machine->lua.text);
        facts_lua(f, s->machine);
    }
    vars_done(f, s->step.name);
    lower_ensures(s, ask, gives);
    lower_undo(s);
    vars_branch(f, &fork);
    s->step.on_fail = s->step.on_reject = s->step.on_late = IR_NONE;
    if (s->on_late)
        s->step.on_late = flow_late(f, s->on_late);
    bool otherwise = false;                    /* there is a way on without its values */
    if (s->on_fail) {
        s->step.on_fail = flow_list(f, s->on_fail->handler.items, s->on_fail->at);
        otherwise |= !f->ended;
        vars_branch(f, &fork);
    }
    if (s->on_reject) {
        s->step.on_reject = flow_list(f, s->on_reject->handler.items, s->on_reject->at);
        otherwise |= !f->ended;
        vars_branch(f, &fork);
    } else if (s->approve) {
        vars_check_given(f, s->approve->at, "a rejection ends the process here");
    }
    vars_join(f, &fork);
    if (otherwise)
        return;
    know_fields(f, ask);
    know_fields(f, gives);
    uint32_t ensured = s->step.ensures;
    for (const Ast *item = s->ast->step.items; item; item = item->next)
        if (item->kind == AST_PROP && item->prop.word == K_ENSURES && item->prop.value)
            facts_ensured(f, &f->ensures.items[ensured++], item->prop.value->at);
}

void flow_step(Flow *f, const Ast *ast)
{
    StepParts s = {.f = f, .ast = ast, .x = f->x};
    s.step.name = ast->step.name.text ? ast->step.name.text : "";
    s.step.inherited = diags_inherits(f->l->diags, ast->step.name.at) != NULL;
    s.step.node = flow_begin(f, IRN_STEP, ast->step.name.at, s.step.name);
    uint32_t index = f->steps.n;
    VEC_PUSH(f->l->arena, &f->steps);
    f->nodes.items[s.step.node].a = index;
    read_lines(&s);
    check_rules(&s);
    if (s.needs)
        flow_needs(f, s.needs->prop.value, &s.step);
    f->needing = s.needs != NULL;
    lower_who(&s);
    lower_machine(&s);
    lower_instructions(&s);
    lower_times(&s);
    lower_said(f->l, s.approve);
    s.step.approve = s.approve ? expr_text(&s.x, s.approve, false) : CODE_NONE;
    FieldSet ask = lower_field_set(&s, s.ask), gives = lower_field_set(&s, s.gives);
    lower_wheres(&s, &ask);
    lower_wheres(&s, &gives);
    s.step.ask = ask.first, s.step.ask_n = ask.n;
    s.step.gives = gives.first, s.step.gives_n = gives.n;
    lower_ways(&s, &ask, &gives);
    f->needing = false;
    f->steps.items[index] = s.step;
    flow_end(f, s.step.node);
}
