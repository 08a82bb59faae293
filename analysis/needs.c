/* needs.c -- goes through a program and asks of each thing what a business must know of it. */
#include "analysis/needs_private.h"

#include <stdlib.h>
#include <string.h>

const char *need_word(Need n)
{
    static const char *const words[] = {
#define NEED(NAME, word, meaning) [NEED_##NAME] = word,
#include "analysis/needs.def"
#undef NEED
    };
    return words[n];
}

uint32_t needs_share(uint32_t met, uint32_t wanted)
{
    return wanted ? (uint32_t)(met * UINT64_C(100) / wanted) : 100;
}

/* ---- counting --------------------------------------------------------------------- */

static NeedsPart *part(NeedsWork *w, uint32_t system)
{
    return &w->parts[system == IR_NONE ? w->program->systems_n : system];
}

void needs_met(NeedsWork *w, uint32_t system)
{
    part(w, system)->wanted++;
    part(w, system)->met++;
}

Gap *needs_gap(NeedsWork *w, uint32_t system, Need need, IrPlace place)
{
    NeedsPart *of = part(w, system);
    of->wanted++;
    Gap *gap = VEC_PUSH(w->arena, &of->gaps);
    *gap = (Gap){.need = need, .place = place, .text = "", .write = ""};
    return gap;
}

bool needs_is_own(IrPlace place)
{
    return !place.file || strncmp(place.file, "stdlib/", 7) != 0;
}

bool needs_looks_at(const IrProcess *p)
{
    return p->status != STATUS_RETIRED && needs_is_own(p->place);
}

bool needs_begins(const IrProcess *p)
{
    return needs_looks_at(p) && p->status != STATUS_DRAFT;
}

uint32_t needs_event(const NeedsWork *w, const char *name)
{
    const IrEvent *e = map_get(w->events, name);
    return e ? (uint32_t)(e - w->program->events) : IR_NONE;
}

/* ---- who answers ------------------------------------------------------------------ */

/* Is it one role, or one person, whatever the case? */
static bool names_one(const IrUnit *u, Code owner)
{
    uint8_t op = IR_INSTRUCTION_OP(u->code[owner]);
    if (op == IR_ROLE) return IR_INSTRUCTION_OP(u->code[owner + 1]) == IR_END;
    if (op != IR_CONST || IR_INSTRUCTION_OP(u->code[owner + 1]) != IR_PERSON) return false;
    const Value *v = &u->consts[IR_INSTRUCTION_OPERAND(u->code[owner])];
    return v->type != V_LIST && IR_INSTRUCTION_OP(u->code[owner + 2]) == IR_END;
}

/* A process that does not say its owner has that of its system. */
static void look_at_owner(NeedsWork *w, uint32_t system, Code owner, const IrProcess *process, IrPlace place)
{
    const IrProgram *p = w->program;
    bool systems = process && system != IR_NONE && owner == p->systems[system].owner;
    if (systems && (owner == CODE_NONE || !names_one(&p->unit, owner))) return;   /* told of the system once */
    if (owner != CODE_NONE && names_one(&p->unit, owner)) {
        needs_met(w, system);
        return;
    }
    Gap *gap = needs_gap(w, system, NEED_OWNER, place);
    gap->process = process ? process->name : NULL;
    gap->text = owner == CODE_NONE ? "nobody answers for it" : "several answer for it, so nobody does";
    gap->write = p->roles_n ? arena_printf(w->arena, "owner %s", p->roles[0].name) : "owner ROLE";
}

/* ---- systems ---------------------------------------------------------------------- */

/* Is this system that one, or inside it? */
static bool inside(const IrProgram *p, uint32_t system, uint32_t of)
{
    while (system != IR_NONE && system != of) system = p->systems[system].parent;
    return system == of;
}

static const char *metric_of(const NeedsWork *w, uint32_t system)
{
    for (uint32_t i = 0; i < w->program->metrics_n; i++)
        if (w->program->metrics[i].system == system) return w->program->metrics[i].name;
    return NULL;
}

static void look_at_goals(NeedsWork *w, uint32_t system)
{
    const IrProgram *p = w->program;
    const IrSystem *s = &p->systems[system];
    uint32_t goals = 0;
    for (uint32_t i = 0; i < p->goals_n; i++) goals += inside(p, p->goals[i].system, system);
    if (goals) {
        needs_met(w, system);
        return;
    }
    const char *metric = metric_of(w, system), *example = "NAME";
    for (uint32_t i = 0; i < p->processes_n; i++)
        if (p->processes[i].system == system) example = p->processes[i].name;
    Gap *gap = needs_gap(w, system, NEED_GOAL, s->place);
    if (metric) {
        gap->text = "no goal says how good is good enough";
        gap->write = arena_printf(w->arena, "goal \"...\" is %s >= ...", metric);
    } else {
        gap->text = "no goal and no metric: nobody sees whether it does what it is for";
        gap->write = arena_printf(w->arena, "metric done = count(%s where finished, last 30 days); "
                                            "goal \"...\" is done >= ...", example);
    }
}

static void look_at_measured(NeedsWork *w, const IrGoal *goal)
{
    const char *write = "", *why = needs_unmeasured(w, goal, &write);
    if (!why) {
        needs_met(w, goal->system);
        return;
    }
    Gap *gap = needs_gap(w, goal->system, NEED_MEASURED, goal->place);
    gap->text = arena_printf(w->arena, "goal \"%s\" measures nothing: %s", goal->name, why);
    gap->write = write;
}

static void look_at_system(NeedsWork *w, uint32_t i)
{
    const IrProgram *p = w->program;
    const IrSystem *s = &p->systems[i];
    uint32_t processes = 0, drafts = 0;
    if (s->why && *s->why) needs_met(w, i);
    else {
        Gap *gap = needs_gap(w, i, NEED_REASON, s->place);
        gap->text = "it does not say why it is there", gap->write = "why \"...\"";
    }
    look_at_owner(w, i, s->owner, NULL, s->place);
    look_at_goals(w, i);
    for (uint32_t k = 0; k < p->processes_n; k++) {
        const IrProcess *process = &p->processes[k];
        bool own = needs_looks_at(process) && inside(p, process->system, i);
        processes += own && needs_begins(process), drafts += own;
    }
    if (processes) needs_met(w, i);
    else {
        Gap *gap = needs_gap(w, i, NEED_PROCESS, s->place);
        gap->text = drafts ? "its processes are drafts: no case begins" : "no process does what it is for";
        gap->write = drafts ? "status live" : "process \"...\" < ... >";
    }
}

/* ---- processes and steps ------------------------------------------------------------ */

static void look_at_step(NeedsWork *w, const IrProcess *process, const IrStep *step)
{
    const IrNode *node = &process->flow->nodes[step->node];
    bool person = step->who != CODE_NONE;
    if (person || step->machine != MACHINE_NONE) {
        needs_met(w, process->system);
    } else {
        Gap *gap = needs_gap(w, process->system, NEED_WHO, node->place);
        gap->process = process->name, gap->step = step->name;
        gap->text = "nobody and nothing does it", gap->write = "who ROLE";
    }
    if (!person) return;
    if (step->how_n || step->approve != CODE_NONE || step->machine != MACHINE_NONE) {
        needs_met(w, process->system);
    } else {
        Gap *gap = needs_gap(w, process->system, NEED_HOW, node->place);
        gap->process = process->name, gap->step = step->name;
        gap->text = "who does it is not told what to do", gap->write = "how \"...\"";
    }
}

/* Does every step of people say by when? */
static bool steps_say_how_soon(const IrFlow *f)
{
    uint32_t people = 0;
    for (uint32_t i = 0; i < f->steps_n; i++) {
        if (f->steps[i].who == CODE_NONE) continue;
        if (f->steps[i].deadline == CODE_NONE) return false;
        people++;
    }
    return people > 0;
}

static bool is_begun(const NeedsWork *w, uint32_t process)
{
    if (w->program->processes[process].triggers_n) return true;
    for (uint32_t i = 0; i < w->begun[process].n; i++)
        if (w->begun[process].items[i].from != process) return true;
    return false;
}

static Gap *process_gap(NeedsWork *w, const IrProcess *p, Need need, const char *text, const char *write)
{
    Gap *gap = needs_gap(w, p->system, need, p->place);
    gap->process = p->name, gap->text = text, gap->write = write;
    return gap;
}

static void look_at_process(NeedsWork *w, uint32_t i)
{
    const IrProcess *p = &w->program->processes[i];
    const IrFlow *f = p->flow;
    bool does = false;
    for (uint32_t k = 0; k < f->nodes_n; k++)
        does |= f->nodes[k].op != IRN_SEQUENCE && f->nodes[k].op != IRN_SET && f->nodes[k].op != IRN_STOP;
    if (p->system == IR_NONE)
        process_gap(w, p, NEED_SYSTEM, "it stands in no system", "system \"...\" < ... >, around it");
    if (p->why && *p->why) needs_met(w, p->system);
    else process_gap(w, p, NEED_REASON, "it does not say why it is done", "why \"...\"");
    if (is_begun(w, i)) needs_met(w, p->system);
    else process_gap(w, p, NEED_WHEN, "nothing begins it but a hand",
                     arena_printf(w->arena, "when EVENT, or elsewhere: start %s", p->name));
    look_at_owner(w, p->system, p->owner, p, p->place);
    if (f->deadline != CODE_NONE || steps_say_how_soon(f)) needs_met(w, p->system);
    else process_gap(w, p, NEED_HOW_SOON, "it may take for ever", "within 2 days");
    if (does) needs_met(w, p->system);
    else process_gap(w, p, NEED_HOW, "nothing is done in it", "step \"...\" < who ROLE; how \"...\" >");
    for (uint32_t k = 0; k < f->steps_n; k++) look_at_step(w, p, &f->steps[k]);
}

/* ---- events and roles --------------------------------------------------------------- */

static void look_at_event(NeedsWork *w, uint32_t i)
{
    const IrEvent *e = &w->program->events[i];
    uint32_t from = w->emitter[i], system = from == IR_NONE ? IR_NONE : w->program->processes[from].system;
    if (w->consumers[i].n) {
        needs_met(w, system);
        return;
    }
    Gap *gap = needs_gap(w, system, NEED_CONSUMED, e->place);
    gap->text = arena_printf(w->arena, "event %s is %s, and nobody awaits it", e->name,
                             from == IR_NONE ? "declared" : "emitted");
    gap->write = arena_printf(w->arena, "when %s, in the process that goes on from there", e->name);
}

static void look_at_role(NeedsWork *w, const IrRole *role)
{
    if (role->people_n) {
        needs_met(w, IR_NONE);
        return;
    }
    Gap *gap = needs_gap(w, IR_NONE, NEED_PEOPLE, role->place);
    gap->text = arena_printf(w->arena, "role %s has no people", role->name);
    gap->write = "people \"ann\", \"bob\"";
}

/* ---- who hands over to whom --------------------------------------------------------- */

static void consumes(NeedsWork *w, const char *event, NeedsLink link)
{
    uint32_t number = needs_event(w, event);
    if (number != IR_NONE) *VEC_PUSH(w->arena, &w->consumers[number]) = link;
}

/* What begins with an event, and what waits for one: a draft does neither. */
static void find_consumers(NeedsWork *w)
{
    const IrProgram *p = w->program;
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrProcess *to = &p->processes[i];
        for (uint32_t k = 0; needs_begins(to) && k < to->triggers_n; k++) {
            const IrTrigger *t = &to->triggers[k];
            NeedsLink link = {.to = i, .event = t->event, .begins = true, .asks = t->where != CODE_NONE};
            if (t->kind == TRIGGER_EVENT) consumes(w, t->event, link);
        }
        for (uint32_t k = 0; needs_begins(to) && k < to->flow->nodes_n; k++) {
            const char *event = ir_awaited(to->flow, k);
            if (event) consumes(w, event, (NeedsLink){.to = i, .event = event, .asks = true});
        }
    }
}

static void link_start(NeedsWork *w, uint32_t from, uint32_t node, const char *name)
{
    const IrProcess *to = map_get(w->by_name, name);
    if (to)
        *VEC_PUSH(w->arena, &w->links) =
            (NeedsLink){.from = from, .to = (uint32_t)(to - w->program->processes), .node = node, .begins = true};
}

static void link_emit(NeedsWork *w, uint32_t from, uint32_t node, const char *event)
{
    uint32_t number = needs_event(w, event);
    if (number == IR_NONE) return;
    if (w->emitter[number] == IR_NONE) w->emitter[number] = from;
    for (uint32_t i = 0; i < w->consumers[number].n; i++) {
        NeedsLink link = w->consumers[number].items[i];
        link.from = from, link.node = node;
        *VEC_PUSH(w->arena, &w->links) = link;
    }
}

static void find_links(NeedsWork *w)
{
    const IrProgram *p = w->program;
    for (uint32_t i = 0; i < p->processes_n; i++) {
        const IrFlow *f = p->processes[i].flow;
        for (uint32_t k = 0; needs_begins(&p->processes[i]) && k < f->nodes_n; k++) {
            const IrNode *n = &f->nodes[k];
            if (n->op == IRN_CALL || n->op == IRN_START) link_start(w, i, k, f->unit.names[n->a]);
            else if (n->op == IRN_EMIT) link_emit(w, i, k, f->unit.names[n->a]);
        }
    }
}

/* What is asked for again and again: names, and who begins whom. */
static void prepare(NeedsWork *w)
{
    const IrProgram *p = w->program;
    w->parts = ARENA_ARRAY(w->arena, NeedsPart, p->systems_n + 1);
    w->consumers = ARENA_ARRAY(w->arena, NeedsLinks, p->events_n);
    w->emitter = ARENA_ARRAY(w->arena, uint32_t, p->events_n);
    w->by_name = map_new(w->arena), w->events = map_new(w->arena);
    for (uint32_t i = 0; i < p->systems_n; i++) w->parts[i].system = &p->systems[i];
    for (uint32_t i = 0; i < p->processes_n; i++) map_put(w->by_name, p->processes[i].name, (void *)&p->processes[i]);
    for (uint32_t i = 0; i < p->events_n; i++) {
        w->emitter[i] = IR_NONE;
        map_put(w->events, p->events[i].name, (void *)&p->events[i]);
    }
    find_consumers(w);
    find_links(w);
    w->begun = ARENA_ARRAY(w->arena, NeedsLinks, p->processes_n);
    for (uint32_t i = 0; i < w->links.n; i++)
        if (w->links.items[i].begins) *VEC_PUSH(w->arena, &w->begun[w->links.items[i].to]) = w->links.items[i];
}

/* ---- all of it ---------------------------------------------------------------------- */

static int least_complete(const void *x, const void *y)
{
    const NeedsPart *a = x, *b = y;
    uint64_t left = (uint64_t)a->met * b->wanted, right = (uint64_t)b->met * a->wanted;
    if (left != right) return left < right ? -1 : 1;
    if (!a->system || !b->system) return !a->system - !b->system;
    return a->system < b->system ? -1 : 1;
}

static void look_at_scenarios(NeedsWork *w, Needs *needs)
{
    const IrProgram *p = w->program;
    Supposed *all = ARENA_ARRAY(w->arena, Supposed, p->scenarios_n);
    for (uint32_t i = 0; i < p->scenarios_n; i++) {
        if (!needs_is_own(p->scenarios[i].place)) continue;
        Supposed *one = &all[needs->supposed_n++];
        one->scenario = &p->scenarios[i];
        one->loads = needs_loads(w, one->scenario, &one->loads_n);
    }
    needs->supposed = all;
}

static void look_at_all(NeedsWork *w, Needs *needs)
{
    const IrProgram *p = w->program;
    needs_essentials(w, needs->essentials);
    for (uint32_t i = 0; i < p->systems_n; i++)
        if (needs_is_own(p->systems[i].place)) look_at_system(w, i);
    for (uint32_t i = 0; i < p->goals_n; i++)
        if (needs_is_own(p->goals[i].place)) look_at_measured(w, &p->goals[i]);
    for (uint32_t i = 0; i < p->processes_n; i++)
        if (needs_looks_at(&p->processes[i])) look_at_process(w, i);
    for (uint32_t i = 0; i < p->events_n; i++)
        if (needs_is_own(p->events[i].place)) look_at_event(w, i);
    for (uint32_t i = 0; i < p->roles_n; i++)
        if (needs_is_own(p->roles[i].place)) look_at_role(w, &p->roles[i]);
    needs->loads = needs_loads(w, NULL, &needs->loads_n);
    look_at_scenarios(w, needs);
}

Needs needs_of(Arena *a, const IrProgram *p, Instant now)
{
    Needs needs = {0};
    NeedsWork w = {.arena = a, .program = p, .now = now};
    prepare(&w);
    look_at_all(&w, &needs);
    for (uint32_t i = 0; i <= p->systems_n; i++) {
        if (!w.parts[i].wanted) continue;
        needs.met += w.parts[i].met, needs.wanted += w.parts[i].wanted;
        w.parts[needs.parts_n++] = w.parts[i];
    }
    needs.parts = w.parts;
    qsort(needs.parts, needs.parts_n, sizeof *needs.parts, least_complete);
    return needs;
}
