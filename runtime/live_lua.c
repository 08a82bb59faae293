/* live_lua.c -- blocks of Lua: run at once, and left waiting where they ask for what takes its time.
 *
 * What a block sends (a request, a mail) is a command's work to exec, and holds
 * one of the places of commands. Until it is done the block waits in its own
 * process, and other cases go on; blocks that run meanwhile have further ones.
 */
#include "runtime/live_private.h"
#include "runtime/reach.h"

#include <string.h>

struct Block {                         /* in its arena */
    Arena *arena;                      /* the world's for all blocks, until it waits: from then on its own */
    Script *script;                    /* NULL: there is none */
    ScriptCall call;
    Reach reach;
    Instant at;                        /* of its result; under which attempt: */
    uint32_t attempt;
    bool repeatable;
};

/* ---- what it sees ---------------------------------------------------------------------------- */

/* Can a block reach the variable? Only by its name, unless it takes its globals in hand as a table. */
static bool names(const char *block, const char *name)
{
    return strstr(block, name) || strstr(block, "_ENV");
}

static const ScriptVar *script_vars(const Case *c, uint32_t act, const char *block, Arena *a, uint32_t *n)
{
    const IrFlow *f = c->flow;
    ScriptVar *vars = ARENA_ARRAY(a, ScriptVar, f->vars_n);
    *n = 0;
    for (uint32_t i = 0; i < f->vars_n; i++) {
        if (!names(block, f->vars[i].name)) continue;
        uint32_t closest = case_slot(c, act, f->vars[i].name);         /* of this name; none: its element is over */
        const Value *v = closest == i ? case_var(c, act, i) : NULL;
        if (closest == IR_NONE) v = case_named(c, act, f->vars[i].name);
        if (closest != i && !v) continue;
        ScriptVar *var = &vars[(*n)++];
        *var = (ScriptVar){.name = f->vars[i].name, .type = &f->unit.types[f->vars[i].type]};
        if (v) var->value = *v;
        else var->value.type = CASE_UNSET;
    }
    return vars;
}

/* What undoing a step needs was kept at its end: name, value, name, value ... */
static const ScriptVar *undo_vars(const Case *c, const Value *needs, Arena *a, uint32_t *n)
{
    const IrFlow *f = c->flow;
    ScriptVar *vars = ARENA_ARRAY(a, ScriptVar, needs->len / 2 + 1);
    *n = 0;
    for (uint32_t i = 0; i + 1 < needs->len; i += 2) {
        uint32_t slot = ir_var(f, needs->list[i].text);
        if (slot == IR_NONE) continue;
        vars[(*n)++] = (ScriptVar){f->vars[slot].name, &f->unit.types[f->vars[slot].type], needs->list[i + 1]};
    }
    return vars;
}

static void call_of(Live *l, const Case *c, const Effect *e, const Act *act, ScriptCall *call, Arena *a)
{
    const IrFlow *f = c->flow;
    const IrStep *s = &f->steps[e->step];
    const Calendar *calendar = ir_calendar_of(l->program, c->process, s->role);
    const char **gives = ARENA_ARRAY(a, const char *, s->gives_n);
    for (uint32_t i = 0; i < s->gives_n; i++) gives[i] = f->unit.fields[s->gives + i].name;
    *call = (ScriptCall){.unit = &f->unit, .program = l->program, .calendar = calendar ? calendar->name : NULL,
                         .prelude = f->prelude, .prelude_n = f->prelude_n, .modules = f->modules,
                         .modules_n = f->modules_n, .block = &s->lua, .gives = gives, .gives_n = s->gives_n,
                         .secrets = l->secrets, .process = c->process, .limits.micros = e->timeout, .now = c->now,
                         .seed = c->id << 20 | e->act};
    if (!e->undo) {
        call->vars = script_vars(c, act ? act->parent : 0, s->lua.text, a, &call->vars_n);
    } else if (act) {
        call->block = &s->undo.lua;
        call->gives_n = 0;
        call->vars = undo_vars(c, &c->did.items[act->undoes - 1].undo, a, &call->vars_n);
    }
}

static Block *block_of(Live *l, const Case *c, const Effect *e, Arena *a)
{
    const IrStep *s = &c->flow->steps[e->step];
    const Act *act = case_act(c, e->act);
    Block *b = ARENA_NEW(a, Block);
    b->arena = a;
    b->at = live_machine_time(l, c, 0);
    b->attempt = e->attempt;
    b->repeatable = s->repeatable;
    b->reach = (Reach){.program = l->program, .process = c->process, .journal = l->journal, .world = l->options.world,
                       .measure = l->options.measure, .measure_self = l->options.metric_self, .step = s->name,
                       .exec = l->exec, .secrets = l->secrets, .acts = ir_outside(s, e->undo), .case_id = c->id,
                       .act = e->act, .attempt = e->attempt, .began = c->started};
    if (act) b->reach.attempt = act->attempt;
    if (b->reach.acts && l->exec && !l->options.world) b->reach.tag = ++l->next_tag, b->reach.arena = arena_new();
    call_of(l, c, e, act, &b->call, b->arena);
    b->call.answer = reach_answer, b->call.answer_self = &b->reach;
    return b;
}

/* ---- where it runs ------------------------------------------------------------------------------ */

/* In the real world in a process of its own; where nothing is touched, here. */
static Status take_script(Live *l, Script **out, Error *why)
{
    Status st = ST_OK;
    if (l->scripts.n) {
        *out = l->scripts.items[--l->scripts.n];
    } else if (l->script) {
        *out = script_beside(l->script);
    } else {
        if (l->options.world) l->script = script_new();
        else st = script_apart(&l->script, why);
        *out = l->script;
    }
    return st;
}

static void give_back(Live *l, Block *b)
{
    if (b->script) *VEC_PUSH(l->arena, &l->scripts) = b->script;
    arena_free(b->reach.arena);
    if (b->arena != l->lua_arena) arena_free(b->arena);
}

void live_drop_block(Live *l, Block *b)
{
    script_give_up(b->script);
    give_back(l, b);
}

void live_free_blocks(Live *l)
{
    for (uint32_t i = 0; i < l->under_way.n; i++)
        if (l->under_way.items[i].lua) live_drop_block(l, l->under_way.items[i].lua);
    while (l->scripts.n) {
        Script *s = l->scripts.items[--l->scripts.n];
        if (s != l->script) script_free(s);
    }
    if (l->script != l->options.script) script_free(l->script);
}

/* ---- how it goes on ------------------------------------------------------------------------------ */

/* Its case goes on meanwhile, and the arena is wanted for others. */
static void wait(Live *l, const Case *c, Block *b)
{
    if (b->arena == l->lua_arena) {
        ScriptVar *vars = (ScriptVar *)(uintptr_t)b->call.vars;
        for (uint32_t i = 0; b->repeatable && i < b->call.vars_n; i++)
            vars[i].value = value_copy(b->arena, &vars[i].value);
        b->call.process = b->reach.process = arena_dup(b->arena, c->process);
        l->lua_arena = arena_new();
    }
    *VEC_PUSH(l->arena, &l->under_way) = (UnderWay){.tag = b->reach.tag, .case_id = c->id, .act = b->reach.act,
                                                    .attempt = b->attempt, .lua = b};
    live_cache(l, c->id)->under_way++;
}

/* As its step's result, which lies in the arena. */
static void fill(Input *in, Arena *a, const Block *b, Status st, const ScriptResult *r, const Error *why)
{
    in->act = b->reach.act;
    in->attempt = b->attempt;
    in->ok = st == ST_OK;
    if (in->ok) in->values = live_data(a, r->values, r->values_n);
    if (in->ok) in->values_n = r->values_n;
    else in->text = arena_dup(a, why->text);
    if (!r->printed || !*r->printed) return;
    Datum *printed = ARENA_NEW(a, Datum);
    *printed = (Datum){"$printed", value_text(arena_dup(a, r->printed))};
    in->notes = printed, in->notes_n = 1;
}

static void take_result(Live *l, const Case *c, Block *b, Status st, const ScriptResult *r, const Error *why)
{
    Instant at = !b->reach.acts ? b->at : st == ST_OK ? live_machine_time(l, c, 0) : live_failure_time(l, c);
    Pending *p = pending_new(l, c->id, INPUT_RESULT, at);
    fill(&p->in, p->arena, b, st, r, why);
    pending_push(l, p);
}

/* What its process took with it is as a command that was interrupted: it is done again if its step says that it may
 * be. */
static Status repeat(Block *b, Status st, ScriptResult *r, Error *why)
{
    if (st != ST_UNAVAILABLE || !b->script || !b->repeatable) return st;
    b->reach.done = 0;                 /* it asks again from the begin */
    b->repeatable = false;
    return script_run(b->script, &b->call, b->arena, r, why);
}

/* It came to its end, or to a question. What a block saw is gone when it ends: thousands may wait with what they
 * gave. */
static void settle(Live *l, const Case *c, Block *b, Status st, ScriptResult *r, Error *why)
{
    st = repeat(b, st, r, why);
    if (st == ST_LATER) {
        wait(l, c, b);
        return;
    }
    take_result(l, c, b, st, r, why);
    give_back(l, b);
}

static Status run(Live *l, Block *b, ScriptResult *r, Error *why)
{
    Status st = take_script(l, &b->script, why);
    return st == ST_OK ? script_run(b->script, &b->call, b->arena, r, why) : st;
}

void live_run_block(Live *l, const Case *c, const Effect *e)
{
    ScriptResult r = {0};
    Error why;
    arena_reset(l->lua_arena);
    Block *b = block_of(l, c, e, l->lua_arena);
    Status st = run(l, b, &r, &why);
    settle(l, c, b, st, &r, &why);
}

/* ---- many at once: those that only calculate ------------------------------------------------------ */

/* Where not even a process is to be had, nothing comes of them; what is run by itself says so. */
void live_run_together(Live *l, Together *all, uint32_t n)
{
    Arena *a = l->jobs_arena;
    Script *s;
    Error why;
    arena_reset(a);
    ScriptJob *jobs = ARENA_ARRAY(a, ScriptJob, n);
    for (uint32_t i = 0; i < n; i++) {
        all[i].block = block_of(l, all[i].of, all[i].effect, a);
        all[i].job = &jobs[i];
        jobs[i].call = all[i].block->call;
    }
    if (take_script(l, &s, &why) != ST_OK) return;
    script_run_many(s, jobs, n, a);
    *VEC_PUSH(l->arena, &l->scripts) = s;
}

bool live_came_ahead(const Together *t, Arena *a, Input *in)
{
    *in = (Input){.kind = INPUT_RESULT, .at = t->block->at};
    if (t->job->done) fill(in, a, t->block, t->job->status, &t->job->result, &t->job->why);
    return t->job->done;
}

void live_gather_block(Live *l, const Case *c, const Effect *e)
{
    *VEC_PUSH(l->arena, &l->gathered) = (Together){.of = c, .effect = e};
    live_cache(l, c->id)->under_way++;
}

void live_run_gathered(Live *l)
{
    if (l->gathered.n) live_run_together(l, l->gathered.items, l->gathered.n);
    for (uint32_t i = 0; i < l->gathered.n; i++) {
        const Together *t = &l->gathered.items[i];
        if (t->job->done) take_result(l, t->of, t->block, t->job->status, &t->job->result, &t->job->why);
        else live_run_block(l, t->of, t->effect);
        live_cache(l, t->of->id)->under_way--;
    }
    l->gathered.n = 0;
}

void live_go_on(Live *l, const Case *c, Block *b, const ExecResult *came)
{
    ScriptResult r = {0};
    Error failed, why;
    Value answer;
    Status st;
    if (came->killed) {
        script_give_up(b->script);
        st = fail(&why, ST_FAILED, "%s", came->problem);
    } else {
        int64_t late = clock_ticks() - b->reach.sent.at - came->elapsed;
        st = reach_came(&b->reach, came, &answer, &failed);
        st = script_go_on(b->script, &b->call, st == ST_OK ? NULL : failed.text, &answer, late > 0 ? late : 0,
                          b->arena, &r, &why);
    }
    settle(l, c, b, st, &r, &why);
}
