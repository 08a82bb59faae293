/* lower_process.c -- what surrounds a process's flow: inputs, results, triggers, owner.
 *
 * First the signatures of all processes, so that they may call each other in
 * any order; then each process as a whole.
 */
#include "lang/grammar.h"
#include "lang/lower_flow.h"
#include <string.h>

/* ---- signatures ------------------------------------------------------------------------- */

#define DEEPEST_STEPS 1000                     /* as lower_flow.c: deeper ones are refused there */

static void collect_steps(Lower *l, Sym *process, const Ast *items, uint32_t depth);

/* May any unknown name have been declared here? By a trigger only where the process does not say what it takes. */
static bool loses_names(const Sym *process, const Ast *bad)
{
    return bad->bad.nameless == 1 || (bad->bad.nameless == 2 && !process->says_takes);
}

/* It was to change something that is inherited, whose variables it counts on. */
static void inherits_nothing(Lower *l, Sym *process, Span at, const char *word)
{
    process->lost = process->broken = true;
    if (process->doubled || lower_has_bad(process->ast->process.items))
        return;
    for (const Sym *system = process->system; system; system = system->system)
        if (lower_has_bad(system->ast->system.items))
            return;                            /* what it would have inherited may have been lost there */
    Diag *m = diag_missing(l->diags, process, "like", DIAG_E0265, at,
                           "\"%s\" inherits nothing that `%s` could speak of", process->name, word);
    uint32_t n, others = 0;
    const char *const *all = names_all(&l->symbols, SYM_PROCESS, &n), **other = ARENA_ARRAY(l->arena, const char *, n);
    for (uint32_t i = 0; i < n; i++)
        if (all[i] != process->name)
            other[others++] = all[i];
    bool copied = process->system && scope_copy(&l->symbols, process->prefix);
    if (!copied || !diag_nearest(l->diags, m, process->name, other, others))
        diag_hint(l->diags, m, "it stands in a process that is `like` another: process %s like Other < ... >",
                  process->name);
}

/* Steps that were pasted twice are told at the first of them: the others follow it as they did before. */
static bool pasted_along(Sym *process, const char *name)
{
    const Map *steps = process->steps;
    bool along = process->again && process->again < map_count(steps) &&
                 strcmp(map_key(steps, process->again, NULL), name) == 0;
    if (along)
        process->again++;
    else
        for (process->again = 1; strcmp(map_key(steps, process->again - 1, NULL), name) != 0;)
            process->again++;
    return along;
}

static void there_already(Lower *l, Name name, Span first)
{
    Diag *m = diag_add(l->diags, DIAG_E0201, name.at, "there is already a step named \"%s\" in this process",
                       name.text);
    diag_hint(l->diags, m, "a step's name is what people, audits and the history call it: give each its own");
    lower_first(l, m, first);
}

static void collect_step(Lower *l, Sym *process, const Ast *ast, uint32_t depth)
{
    Name name = ast->step.name;
    if (ast->step.after.text)
        inherits_nothing(l, process, ast->step.after.at, "after");
    void **slot = name.text ? map_slot(process->steps, name.text) : NULL;
    if (name.text && strncmp(name.text, "(unnamed ", 9) == 0)
        process->lost = process->broken = true;
    if (slot && *slot) {
        process->doubled = true;
        if (pasted_along(process, name.text))
            diags_follows(l->diags);
        else
            there_already(l, name, ((const Ast *)*slot)->step.name.at);
    } else if (slot) {
        *slot = (void *)ast;
        process->again = 0;
    }
    for (const Ast *item = ast->step.items; item; item = item->next) {
        if (item->kind == AST_HANDLER)
            collect_steps(l, process, item->handler.items, depth);
        else if (item->kind == AST_BAD)
            process->broken = true, process->lost |= loses_names(process, item);
    }
}

static void collect_steps(Lower *l, Sym *process, const Ast *items, uint32_t depth)
{
    if (depth > DEEPEST_STEPS)
        return;
    for (const Ast *ast = items; ast; ast = ast->next) {
        switch ((int)ast->kind) {
        case AST_STEP: collect_step(l, process, ast, depth + 1); break;
        case AST_BAD:
            process->broken = true;
            process->lost |= loses_names(process, ast);
            break;
        case AST_WITHOUT: inherits_nothing(l, process, ast->at, "without"); break;
        case AST_IF:
            collect_steps(l, process, ast->if_.then, depth + 1);
            collect_steps(l, process, ast->if_.otherwise, depth + 1);
            break;
        case AST_PARALLEL: collect_steps(l, process, ast->parallel.items, depth + 1); break;
        case AST_LOCK: collect_steps(l, process, ast->lock.items, depth + 1); break;
        case AST_HANDLER: collect_steps(l, process, ast->handler.items, depth + 1); break;
        case AST_ON_EVENT: collect_steps(l, process, ast->on_event.items, depth + 1); break;
        case AST_RACE: collect_steps(l, process, ast->race.items, depth + 1); break;
        case AST_SEQUENCE: collect_steps(l, process, ast->sequence.items, depth + 1); break;
        case AST_EACH: collect_steps(l, process, ast->each.items, depth + 1); break;
        case AST_REPEAT: collect_steps(l, process, ast->repeat.items, depth + 1); break;
        case AST_WAIT_FOR: collect_steps(l, process, ast->wait_for.otherwise, depth + 1); break;
        default: break;
        }
    }
}

/* A step was lost to a mistake: any that is spoken of may have been it. */
static void add_mentioned(void *self, const Ast *ast)
{
    Sym *process = self;
    const Ast *of = ast->kind == AST_MEMBER ? ast->member.of : NULL;
    const char *name = ast->kind == AST_WHO_DID ? ast->who_did.step.text : NULL;
    if (of && of->kind == AST_LITERAL && of->literal.value.type == V_TEXT)
        name = of->literal.value.text;
    if (name && !map_get(process->steps, name))
        map_put(process->steps, name, process->ast);
}

/* What `call ... as r` gives: the given values, and how it ended. */
static const Type *result_type(Lower *l, const Sym *process)
{
    Type *type = ARENA_NEW(l->arena, Type);
    TypeField *fields = ARENA_ARRAY(l->arena, TypeField, process->gives_n + 1);
    uint32_t n = 0;
    bool outcome = false;
    for (uint32_t i = 0; i < process->gives_n; i++) {
        fields[n++] = process->gives[i];
        outcome = outcome || strcmp(process->gives[i].name.text, "outcome") == 0;
    }
    if (!outcome)
        fields[n++] = (TypeField){{intern(l->symbols.names, "outcome", 7), process->at},
                                  type_optional(l->arena, type_simple(TYPE_TEXT)), NULL};
    *type = (Type){.kind = TYPE_RECORD, .name = process->name, .fields = fields, .fields_n = n};
    return type;
}

static void signature(Lower *l, Sym *process)
{
    const Heir *before = lower_heir(l, process->prefix);
    process->steps = map_new(l->arena);
    process->vars = map_new(l->arena);
    const Ast *takes = NULL, *gives = NULL;
    for (const Ast *item = process->ast->process.items; item; item = item->next) {
        if (item->kind != AST_FIELDS)
            continue;
        const Ast **to = item->fields.word == K_TAKES ? &takes : &gives;
        if (*to) {
            Diag *m = diag_add(l->diags, DIAG_E0521, item->at, "`%s` is said twice here",
                               word_text(item->fields.word));
            diag_hint(l->diags, m, "name all values in one line, with commas between");
            lower_first(l, m, (*to)->at);
        } else {
            *to = item;
        }
    }
    process->says_takes = takes != NULL;
    if (takes)
        process->takes = lower_fields(l, process->prefix, takes->fields.fields, &process->takes_n);
    else
        lower_implied(l, process);
    process->gives = lower_fields(l, process->prefix, gives ? gives->fields.fields : NULL, &process->gives_n);
    for (uint32_t i = 0; i < process->takes_n; i++)
        map_put(process->vars, process->takes[i].name.text, (void *)process->takes[i].type);
    for (uint32_t i = 0; i < process->gives_n; i++)
        map_put(process->vars, process->gives[i].name.text, (void *)process->gives[i].type);
    process->result = result_type(l, process);
    collect_steps(l, process, process->ast->process.items, 0);
    if (process->lost)
        lower_visit(process->ast, add_mentioned, process);
    diags_heir(l->diags, before);
}

void lower_signatures(Lower *l)
{
    for (uint32_t i = 0; i < l->syms[SYM_PROCESS].n && !diags_full(l->diags); i++)
        signature(l, l->syms[SYM_PROCESS].items[i]);
}

/* ---- a process's own lines ------------------------------------------------------------------ */

typedef struct Lines {
    const Ast *owner, *deadline, *status, *one, *remind, *review;
} Lines;

static Lines read_lines(Lower *l, Sym *sym, IrProcess *p)
{
    Lines lines = {0};
    lower_block(l);
    for (const Ast *item = sym->ast->process.items; item; item = item->next) {
        if (item->kind != AST_PROP)
            continue;
        Word word = item->prop.word;
        if (word == K_ESCALATE)
            continue;                          /* there may be several: see beside_escalate */
        if (!lower_one_of(l, word == K_DUE ? K_WITHIN : word, word, item->at))
            continue;
        if (word == K_WHY)
            p->why = lower_words(l, item->prop.value);
        else if (word == K_OWNER)
            lines.owner = item;
        else if (word == K_WITHIN || word == K_DUE)
            lines.deadline = item;
        else if (word == K_STATUS)
            lines.status = item;
        else if (word == K_PER)
            lines.one = item;
        else if (word == K_REMIND)
            lines.remind = item;
        else if (word == K_REVIEW)
            lines.review = item;
    }
    return lines;
}

static void lower_status(Lower *l, IrProcess *p, const Ast *status, const char *calendar)
{
    static const char *const words[] = {"live", "draft", "trained", "retired"};    /* as IrStatus */
    p->since = INT64_MIN;
    const Ast *value = status ? status->prop.value : NULL;
    if (!value || value->kind != AST_NAME || !value->name.name.text)
        return;
    int found = lower_choice(l, value->name.name, "status of a process", words, 4);
    p->status = found < 0 ? STATUS_LIVE : (uint8_t)found;
    const Ast *since = status->prop.extra;
    if (since && found > 0) {
        Diag *m = diag_add(l->diags, DIAG_E0528, since->at,
                           "a day says since when a process is live, and this one is %s", words[found]);
        diag_hint(l->diags, m, "take the day away, or write status live since ...");
    }
    if (since && since->kind == AST_LITERAL && since->literal.value.type == V_DATE)
        p->since = zone_start_of(lower_zone(l, calendar), since->literal.value.i);
}

static void lower_review(Lower *l, IrProcess *p, const Ast *review)
{
    const Ast *every = review ? review->prop.value : NULL;
    if (!every || every->kind != AST_LITERAL)
        return;
    p->review = every->literal.value;
    if (p->review.aux == DUR_MONTHS ? p->review.i > 0 : p->review.i >= US_DAY)
        return;
    Diag *m = diag_add(l->diags, DIAG_E0545, every->at, "people look at a process anew after a day at the soonest");
    diag_hint(l->diags, m, "write it like review every 12 months");
}

static void lower_triggers(Lower *l, Sym *sym, IrProcess *p, const char *calendar)
{
    TriggerVec triggers = {0};
    for (const Ast *item = sym->ast->process.items; item; item = item->next)
        if (item->kind == AST_WHEN_EVENT || item->kind == AST_WHEN_TIME || item->kind == AST_WHEN_ROWS)
            lower_trigger(l, sym->prefix, calendar, item, sym, &triggers);
    p->triggers = triggers.items;
    p->triggers_n = triggers.n;
}

/* ---- inputs and results of the flow ------------------------------------------------------------- */

static uint32_t lower_inputs(Flow *f, TypeField *fields, uint32_t n, bool takes)
{
    uint32_t first = unit_fields(f->unit, n);
    for (uint32_t i = 0; i < n; i++) {
        Var *var = vars_declare(f, fields[i].name, fields[i].type);
        lower_field(f->l, f->unit, first + i, &fields[i]);
        lower_field_codes(f->l, f->unit, first + i, &fields[i], &f->x, NULL);
        if (!var)
            continue;
        IrField *field = unit_field(f->unit, first + i);
        IrVar *slot = &f->vars.items[var->b.slot];
        field->slot = var->b.slot;
        slot->initial = field->initial;
        slot->takes = slot->takes || takes;
        slot->gives = slot->gives || !takes;
        var->counts = true;
        var->gives = !takes;
        var->required = !takes && lower_required(&fields[i]);
        if (takes || field->initial != CODE_NONE)
            vars_mark(f, var, true, false);
        if (!takes)
            facts_set(f, var, field->initial, fields[i].name.at);
    }
    for (uint32_t i = 0; takes && i < n; i++)
        lower_field_codes(f->l, f->unit, first + i, &fields[i], NULL, &f->x);
    for (uint32_t i = 0; takes && i < n; i++)
        facts_field(f, first + i, fields[i].name.at);
    return first;
}

/* A condition on a result is asked when it ends: it may read all of them. */
static void lower_result_wheres(Flow *f, uint32_t first)
{
    uint32_t mark = vars_here(f);
    for (uint32_t i = 0; i < f->process->gives_n; i++) {
        Var *var = vars_find(f, f->process->gives[i].name.text);
        if (var)
            vars_mark(f, var, true, false);
    }
    for (uint32_t i = 0; i < f->process->gives_n; i++)
        lower_field_codes(f->l, f->unit, first + i, &f->process->gives[i], NULL, &f->x);
    vars_undo(f, mark);
}

/* ---- all of it ------------------------------------------------------------------------------------- */

/* The growing arrays are kept from the process before; a flow gets exact copies. */
static void reset(Flow *f, Lower *l, Sym *process, const char *calendar)
{
    Flow old = *f;
    if (old.unit)
        unit_reset(old.unit);
    arena_reset(l->passing);
    *f = (Flow){.l = l, .process = process, .unit = old.unit ? old.unit : unit_new(l->arena),
                .calendar = calendar, .parent = IR_NONE};
#define KEEP(vec) (f->vec = old.vec, f->vec.n = 0)
    KEEP(nodes), KEEP(steps), KEEP(vars), KEEP(args), KEEP(codes), KEEP(paths), KEEP(variables);
    KEEP(trail), KEEP(touches), KEEP(assigns), KEEP(needs), KEEP(ensures), KEEP(needed), KEEP(facts);
#undef KEEP
}

static const void *copy(Lower *l, const void *items, uint32_t n, size_t size)
{
    void *to = arena_alloc(l->arena, n * size);
    if (n)
        memcpy(to, items, n * size);
    return to;
}

static void finish(Flow *f, IrFlow *flow)
{
    Lower *l = f->l;
    flow_number_needs(f);
#define COPY(vec)                                                                                            \
    (flow->vec = copy(l, f->vec.items, f->vec.n, sizeof *f->vec.items), flow->vec##_n = f->vec.n)
    COPY(nodes), COPY(steps), COPY(vars), COPY(args), COPY(codes), COPY(paths), COPY(needs), COPY(ensures);
#undef COPY
    flow->modules = lower_modules_of(l, f->process->module, f->process->prefix, &flow->modules_n);
    flow->prelude = lower_prelude(l, f->process, &flow->prelude_n);
    flow->outside = f->outside;
    ir_note_outside(flow);
    for (uint32_t i = 0; i < flow->steps_n; i++)
        flow->outside |= ((flow->steps[i].lua_reach | flow->steps[i].undo_reach) & LUA_ACTS) != 0;
    uint32_t done = 0;
    lower_conditions(l, f->unit, &done);
    unit_copy(f->unit, &flow->unit);
}

static const IrFlow *build_flow(Flow *f, const Lines *lines)
{
    Sym *process = f->process;
    IrFlow *flow = ARENA_NEW(f->l->arena, IrFlow);
    flow->process = process->name;
    vars_begin(f);
    f->lost = process->lost;
    flow_beside(f);
    f->broken = process->broken || lower_has_bad(process->ast->process.items);
    flow->takes = lower_inputs(f, process->takes, process->takes_n, true);
    flow->takes_n = process->takes_n;
    flow->gives = lower_inputs(f, process->gives, process->gives_n, false);
    flow->gives_n = process->gives_n;
    lower_result_wheres(f, flow->gives);
    flow->deadline = CODE_NONE;
    if (lines->deadline) {
        const Ast *value = lines->deadline->prop.value;
        flow->deadline_due = lines->deadline->prop.word == K_DUE;
        flow->deadline = flow->deadline_due ? past_due(f, &f->x, value)
                                            : beside_span(&f->x, f->l->diags, value);
    }
    f->has_deadline = lines->deadline != NULL;
    f->has_owner = f->l->processes[process->index].owner != CODE_NONE;
    flow->remind = lines->remind ? beside_remind(f, &f->x, lines->remind) : CODE_NONE;
    flow->escalate = beside_escalate(f, &f->x, process->ast->process.items, &flow->escalate_n);
    (void)flow_list(f, process->ast->process.items, process->at);
    if (!f->ended)
        vars_check_given(f, process->at, "the process ends behind its last statement");
    vars_end(f);
    finish(f, flow);
    return flow;
}

/* What two triggers must have alike to mean the same case: a value of what the process takes. */
static Code lower_one(Lower *l, const Sym *process, const Ast *value, const char *calendar)
{
    RowScope row;
    lower_row_scope(l, &row, process->takes, process->takes_n);
    Expr x = lower_row_expr(l, &row, l->symbols.unit, process->prefix, calendar);
    const Type *type = NULL;
    Code code = expr_lower(&x, value, NULL, &type);
    if (type->kind != TYPE_RECORD && type->kind != TYPE_LIST)
        return code;
    Diag *m = diag_add(l->diags, DIAG_E0302, value->at, "wanted a single value that tells cases apart, found %s",
                       type_text(l->arena, type));
    diag_hint(l->diags, m, "name a field of what the process takes: one open case per lead.email");
    return code;
}

/* A process that is inherited as it is has its place where it is inherited; one that was opened, there. */
static void tell_heir(Lower *l, const Sym *process, IrProcess *p)
{
    const Heir *heir = diags_inherits(l->diags, (Span){0});            /* of what stands nowhere in its own text */
    if (!heir)
        return;
    p->heir = heir->text;
    p->heir_place = lower_place(l, heir->at);
    if (diags_inherits(l->diags, process->at))
        p->place = diags_inherits(l->diags, process->ast->at) ? p->heir_place : lower_place(l, process->ast->at);
}

void lower_flow(Lower *l, Sym *process)
{
    if (l->process_done[process->index])
        return;
    l->process_done[process->index] = true;
    l->process = process;
    const Heir *before = lower_heir(l, process->prefix);
    IrProcess *p = &l->processes[process->index];
    *p = (IrProcess){.name = process->name, .system = process->system ? process->system->index : IR_NONE,
                     .owner = CODE_NONE, .one = CODE_NONE, .place = lower_place(l, process->at)};
    tell_heir(l, process, p);
    Lines lines = read_lines(l, process, p);
    if (lines.owner) {
        Expr x = lower_expr(l, EXPR_VALUES, l->symbols.unit, process->prefix, NULL);
        p->owner = expr_who(&x, lines.owner->prop.value, &p->owner_role);
        who_is_one(l, lines.owner->prop.value, "who answers for a process");
    } else if (process->system) {
        p->owner = l->symbols.program->systems[process->system->index].owner;
        p->owner_role = l->systems[process->system->index].owner_role;
    }
    const char *calendar = lower_role_calendar(l, p->owner_role);
    calendar = calendar ? calendar : lower_only_calendar(l);
    lower_status(l, p, lines.status, calendar);
    lower_review(l, p, lines.review);
    if (lines.one)
        p->one = lower_one(l, process, lines.one->prop.value, calendar);
    lower_triggers(l, process, p, calendar);
    if (!l->flow)
        l->flow = ARENA_NEW(l->arena, Flow);
    reset(l->flow, l, process, calendar);
    p->flow = build_flow(l->flow, &lines);
    l->process = NULL;
    diags_heir(l->diags, before);
}

/* Metrics may be read in flows, and metrics read the variables of cases; so flows without
 * metrics come first. Of those with metrics the values that steps ask for and give are known
 * beforehand, as what they take and give is. */
typedef struct Declared {
    Lower *l;
    Sym *process;
} Declared;

static void declare_answers(void *self, const Ast *ast)
{
    Declared *d = self;
    if (ast->kind != AST_FIELDS)
        return;
    for (const Ast *f = ast->fields.fields; f; f = f->next)
        if (f->kind == AST_FIELD && f->field.name.text && !map_get(d->process->vars, f->field.name.text))
            map_put(d->process->vars, f->field.name.text,
                    (void *)lower_type(d->l, d->process->prefix, f->field.type));
}

void lower_flows(Lower *l)
{
    uint32_t n = l->syms[SYM_PROCESS].n;
    l->processes = ARENA_ARRAY(l->arena, IrProcess, n);
    l->process_done = ARENA_ARRAY(l->arena, bool, n);
    VEC(Sym *) measured = {0};
    for (uint32_t i = 0; i < n && !diags_full(l->diags); i++) {
        Sym *process = l->syms[SYM_PROCESS].items[i];
        if (l->syms[SYM_METRIC].n && lower_names_metric(l, process->prefix, process->ast))
            *VEC_PUSH(l->arena, &measured) = process;
        else
            lower_flow(l, process);
    }
    for (uint32_t i = 0; i < measured.n; i++) {
        Declared d = {l, measured.items[i]};
        lower_visit(measured.items[i]->ast, declare_answers, &d);
    }
    for (uint32_t i = 0; i < measured.n; i++)
        lower_metrics_in(l, measured.items[i]->prefix, measured.items[i]->ast);
    for (uint32_t i = 0; i < measured.n; i++)
        lower_flow(l, measured.items[i]);
    lower_locks(l);
    l->symbols.program->processes = l->processes;
    l->symbols.program->processes_n = n;
}
