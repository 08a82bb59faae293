/* live_intake.c -- where inputs come from: rows of files, schedules, timers, answers.
 *
 * Each row is taken once, ever: the journal keeps its key (else its content's
 * hash) in the same transaction as the case that it begins. What does not fit
 * is set aside with its reason, and taken in when it comes back corrected.
 */
#include "runtime/live_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- may so many begin? ------------------------------------------------------------ */

static bool outside_from(const IrProgram *p, const IrProcess *process, bool *seen)
{
    size_t index = (size_t)(process - p->processes);
    if (seen[index]) return false;
    seen[index] = true;
    const IrFlow *f = process->flow;
    if (f->outside) return true;
    for (uint32_t i = 0; i < f->nodes_n; i++) {
        const IrNode *n = &f->nodes[i];
        if (n->op != IRN_CALL && n->op != IRN_START && n->op != IRN_EMIT) continue;
        const char *name = f->unit.names[n->a];
        for (uint32_t k = 0; k < p->processes_n; k++) {
            const IrProcess *other = &p->processes[k];
            bool begun = n->op != IRN_EMIT && strcmp(other->name, name) == 0;
            for (uint32_t t = 0; n->op == IRN_EMIT && t < other->triggers_n; t++)
                begun |= other->triggers[t].kind == TRIGGER_EVENT && strcmp(other->triggers[t].event, name) == 0;
            if (begun && process_runs(other) && outside_from(p, other, seen)) return true;
        }
    }
    return false;
}

/* Does a case of this process, or one that it sets off, act on the world? */
static bool acts_outside(const IrProgram *p, const IrProcess *process)
{
    bool *seen = mem_zero(p->processes_n, sizeof *seen);
    bool acts = outside_from(p, process, seen);
    free(seen);
    return acts;
}

/* ---- rows ------------------------------------------------------------------------------ */

typedef struct Source {                /* one file of one trigger */
    const IrProcess *process;
    const IrTrigger *trigger;
    const char *path, *mark, *mark_key;
    RowFile *file;
    bool ahead;                        /* a row of it is dated in the future: it must be read again */
} Source;

typedef struct Intake {
    Live *live;
    Arena *arena;
    VEC(Source) sources;
    VEC(RejectedRow) rejected;
    VEC(Pending *) pendings;
    uint64_t outside;                  /* new cases that will act on the world */
} Intake;

/* The path beside the .ops file, so that a file is the same file from whatever folder ops is called. */
static const char *beside(const IrProgram *p, const char *path)
{
    size_t n = p->folder ? strlen(p->folder) : 0;
    return n && strncmp(path, p->folder, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

static const char *problem_text(Arena *a, const char *format, const char *what)
{
    return arena_printf(a, format, what);
}

static void set_aside(Intake *in, const Source *s, const Row *row, const char *problem)
{
    *VEC_PUSH(in->arena, &in->rejected) = (RejectedRow){
        .process = s->process->name, .file = beside(in->live->program, s->path), .line = row->line, .key = row->key ? row->key : "", .content = row->content,
        .header = rows_header(s->file), .raw = row->raw, .problem = problem, .at = clock_now()};
}

static const Value *row_slot(void *self, uint32_t slot)
{
    return slot == 0 ? self : NULL;
}

/* The date of the case: what `at` says, else now. */
static Status row_date(Intake *in, const Source *s, const Row *row, Instant *at, Error *err)
{
    *at = clock_now();
    if (s->trigger->at == CODE_NONE) return ST_OK;
    Value v;
    EvalHost host = {.now = *at, .program = in->live->program, .slot = row_slot, .self = (void *)(uintptr_t)&row->value};
    Status st = eval(&in->live->program->unit, s->trigger->at, &host, in->arena, &v, err);
    if (st != ST_OK) return st;
    if (v.type == V_DATE) *at = zone_start_of(ir_zone(in->live->program), v.i);
    else if (v.type == V_DATETIME) *at = v.i;
    else return fail(err, ST_VALUE, "the row has no date");
    return ST_OK;
}

/* A row dated in the future waits in its file until then: no case began before it began. */
static Status take_row(Intake *in, Source *s, const Row *row, Error *err)
{
    Live *l = in->live;
    Instant at;
    Error why;
    bool known, same;
    char hash[32];
    snprintf(hash, sizeof hash, "#%016llx", (unsigned long long)row->content);
    if (row->problem) {
        set_aside(in, s, row, row->problem);
        return ST_OK;
    }
    if (row_date(in, s, row, &at, &why) != ST_OK) {
        set_aside(in, s, row, problem_text(in->arena, "%s", why.text));
        return ST_OK;
    }
    const char *key = row->key ? row->key : arena_dup(in->arena, hash);
    Status st = journal_taken(l->journal, s->process->name, key, row->content, &known, &same, err);
    if (st != ST_OK) return st;
    if (known) {
        l->report->known++;
        if (!same) set_aside(in, s, row, problem_text(in->arena, "a row with the key \"%s\" was taken in before, with other content: "
                                                                 "it is not run again", key));
        return ST_OK;
    }
    if (at > clock_now()) {
        l->report->ahead++;
        s->ahead = true;
        return ST_OK;
    }
    Pending *p = pending_start(l, s->process, at, s->trigger->at != CODE_NONE);
    Datum *value = ARENA_ARRAY(p->arena, Datum, 1);
    TakenRow *taken = ARENA_NEW(p->arena, TakenRow);
    const char *base = strrchr(s->path, '/') ? strrchr(s->path, '/') + 1 : s->path;
    *value = (Datum){s->trigger->variable, value_copy(p->arena, &row->value)};
    *taken = (TakenRow){s->process->name, arena_dup(p->arena, key), row->content, arena_dup(p->arena, beside(l->program, s->path)), row->line};
    p->in.values = value, p->in.values_n = 1;
    p->in.key = row->key ? arena_dup(p->arena, row->key) : NULL;
    p->in.text = arena_printf(p->arena, "row %u of %s", row->line, base);
    p->taken = taken;
    if (!p->in.history) in->outside += acts_outside(l->program, s->process);
    *VEC_PUSH(in->arena, &in->pendings) = p;
    l->report->rows++;
    return ST_OK;
}

/* A file that looks as when it was last read to its end has nothing new, if it was read for the same
 * process: a mended declaration may take in what did not fit. */
static Status unchanged(Intake *in, Source *s, bool *same, Error *err)
{
    struct stat is;
    const char *noted;
    *same = false;
    if (stat(s->path, &is) != 0) return ST_OK;
    s->mark_key = arena_printf(in->arena, "file %s %s", s->process->name, beside(in->live->program, s->path));
    char flow[65];
    sha256_hex(ir_flow_hash(s->process->flow), flow);
    s->mark = arena_printf(in->arena, "%lld %lld.%09ld %llu %.16s", (long long)is.st_size, (long long)is.st_mtim.tv_sec,
                           is.st_mtim.tv_nsec, (unsigned long long)is.st_ino, flow);
    Status st = journal_noted(in->live->journal, in->arena, s->mark_key, &noted, err);
    *same = st == ST_OK && noted && strcmp(noted, s->mark) == 0;
    return st;
}

static Status read_source(Intake *in, Source s, Error *err)
{
    Live *l = in->live;
    bool same;
    Error why;
    Status st = unchanged(in, &s, &same, err);
    if (st != ST_OK || same) return st;
    if (rows_open(in->arena, l->program, s.trigger->type, s.path, &s.file, &why) != ST_OK) {
        buf_printf(&l->report->notes, "%s: %s\n", s.path, why.text);
        l->report->rejected++;
        return ST_OK;
    }
    for (const Row *row; st == ST_OK && (row = rows_next(s.file));) st = take_row(in, &s, row, err);
    *VEC_PUSH(in->arena, &in->sources) = s;
    return st;
}

static Status read_sources(Intake *in, Error *err)
{
    const IrProgram *p = in->live->program;
    Status st = ST_OK;
    for (uint32_t i = 0; i < p->processes_n && st == ST_OK; i++) {
        const IrProcess *process = &p->processes[i];
        for (uint32_t k = 0; process_runs(process) && k < process->triggers_n && st == ST_OK; k++) {
            const IrTrigger *t = &process->triggers[k];
            const char *const *paths;
            uint32_t n = 0;
            Error why;
            if (t->kind != TRIGGER_ROWS) continue;
            if (rows_files(in->arena, p, t->file, &paths, &n, &why) != ST_OK)
                buf_printf(&in->live->report->notes, "%s: %s\n", t->file, why.text), n = 0;
            for (uint32_t f = 0; f < n && st == ST_OK; f++)
                st = read_source(in, (Source){.process = process, .trigger = t, .path = paths[f]}, err);
        }
    }
    return st;
}

/* Rows that came in well take their rejected predecessors off the list. */
static Status tidy(Intake *in, Error *err)
{
    Live *l = in->live;
    Status st = ST_OK;
    for (uint32_t i = 0; i < in->pendings.n && st == ST_OK; i++) {
        const TakenRow *t = in->pendings.items[i]->taken;
        st = journal_unreject(l->journal, t->process, t->key, t->content, err);
    }
    return st;
}

/* Of every file that was read, what did not fit; only what is new is told. */
static Status keep_rejected(Intake *in, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < in->sources.n && st == ST_OK; i++) {
        const Source *s = &in->sources.items[i];
        const char *file = beside(in->live->program, s->path);
        VEC(RejectedRow) own = {0};
        uint64_t fresh;
        for (uint32_t k = 0; k < in->rejected.n; k++) {
            const RejectedRow *r = &in->rejected.items[k];
            if (strcmp(r->process, s->process->name) == 0 && strcmp(r->file, file) == 0) *VEC_PUSH(in->arena, &own) = *r;
        }
        st = journal_reject_file(in->live->journal, s->process->name, file, own.items, own.n, &fresh, err);
        if (st == ST_OK) in->live->report->rejected += fresh;
    }
    return st;
}

Status intake_rows(Live *l, Error *err)
{
    Intake in = {.live = l, .arena = arena_new()};
    Status st = read_sources(&in, err);
    if (st == ST_OK && in.outside > LIVE_MOST && !l->options.yes)
        st = fail(err, ST_CONFIG, "this would start %llu cases that act on the world (commands run). Nothing was changed. "
                                  "If that is meant, run it again with --yes", (unsigned long long)in.outside);
    if (st == ST_OK) st = live_recover(l, err);
    if (st == ST_OK) st = tidy(&in, err);
    if (st != ST_OK) {
        for (uint32_t i = 0; i < in.pendings.n; i++) arena_free(in.pendings.items[i]->arena);
        arena_free(in.arena);
        return st;
    }
    for (uint32_t i = 0; i < in.pendings.n; i++) pending_push(l, in.pendings.items[i]);
    st = keep_rejected(&in, err);
    if (st == ST_OK) st = live_drain(l, err);
    for (uint32_t i = 0; i < in.sources.n && st == ST_OK; i++)
        if (in.sources.items[i].mark && !in.sources.items[i].ahead)
            st = journal_note(l->journal, in.sources.items[i].mark_key, in.sources.items[i].mark, err);
    arena_free(in.arena);
    return st;
}

/* ---- schedules ------------------------------------------------------------------------------- */

static Status run_schedule(Live *l, const IrProcess *process, const IrTrigger *t, Error *err)
{
    Arena *a = arena_new();
    Instant last, at, now = clock_now();
    uint64_t missed;
    const char *name = arena_printf(a, "%s %s", process->name, t->text);
    Status st = journal_last_run(l->journal, name, &last, err);
    if (st == ST_OK && last == INT64_MIN) {                /* counted from the first time that ops saw it */
        st = journal_ran(l->journal, name, now, err);
    } else if (st == ST_OK && recurrence_latest(&t->recurrence, last, now, &at, &missed)) {
        Pending *p = pending_start(l, process, now, false);
        char when[40];
        instant_print_local(when, t->recurrence.zone ? t->recurrence.zone : zone_utc(), at);
        p->in.text = missed ? arena_printf(p->arena, "%s, for %s and %llu missed before it", t->text, when, (unsigned long long)missed)
                            : arena_printf(p->arena, "%s, for %s", t->text, when);
        p->schedule = arena_dup(p->arena, name);
        p->ran = at;
        pending_push(l, p);
        l->report->missed += missed;
        st = live_drain(l, err);
    }
    arena_free(a);
    return st;
}

Status intake_schedules(Live *l, Error *err)
{
    Status st = ST_OK;
    for (uint32_t i = 0; i < l->program->processes_n && st == ST_OK; i++) {
        const IrProcess *process = &l->program->processes[i];
        for (uint32_t k = 0; process_runs(process) && k < process->triggers_n && st == ST_OK; k++)
            if (process->triggers[k].kind == TRIGGER_TIME) st = run_schedule(l, process, &process->triggers[k], err);
    }
    return st;
}

/* ---- answers ----------------------------------------------------------------------------------- */

static const char *task_name(Arena *a, const char *process, const char *key, const char *step)
{
    return arena_printf(a, "%s\t%s\t%s", process, key ? key : "", step);
}

void task_opened(Live *l, const Case *c, const Act *act)
{
    const char *name = task_name(l->tasks_arena, c->process, c->key, c->flow->nodes[act->node].name);
    OpenTask **slot = (OpenTask **)map_slot(l->tasks, name);
    for (const OpenTask *t = *slot; t; t = t->next)
        if (t->case_id == c->id && t->act == act->id) return;
    OpenTask *task = ARENA_NEW(l->tasks_arena, OpenTask);
    *task = (OpenTask){c->id, act->id, NULL};
    while (*slot) slot = &(*slot)->next;
    *slot = task;
}

static Status note_task(void *self, const WorkRow *row, Error *err)
{
    (void)err;
    Live *l = self;
    OpenTask **slot = (OpenTask **)map_slot(l->tasks, task_name(l->tasks_arena, row->process, row->key, row->step));
    OpenTask *task = ARENA_NEW(l->tasks_arena, OpenTask);
    *task = (OpenTask){row->case_id, row->act, NULL};
    while (*slot) slot = &(*slot)->next;
    *slot = task;
    return ST_OK;
}

enum { NOTED_MOST = 20 };              /* answers of a kind that are told of one by one; all are counted */

typedef struct Answers {
    Arena *arena;
    Answer *items;
    uint32_t n, left;
    uint32_t first;                    /* all before it are used */
    bool *used;
    const char *file;
    VEC(RejectedRow) refused;
} Answers;

static bool is_no(const char *text)
{
    return strcmp(text, "no") == 0 || strcmp(text, "NO") == 0 || strcmp(text, "No") == 0 || strcmp(text, "false") == 0 ||
           strcmp(text, "FALSE") == 0;
}

static Pending *answer_input(Live *l, const Answers *all, const Answer *a, const OpenTask *task, Instant at)
{
    Pending *p = pending_new(l, task->case_id, a->approve ? is_no(a->approve) ? INPUT_REJECT : INPUT_APPROVE : INPUT_DONE, at);
    Datum *values = ARENA_ARRAY(p->arena, Datum, a->n + 1);
    const char *base = strrchr(all->file, '/') ? strrchr(all->file, '/') + 1 : all->file;
    for (uint32_t i = 0; i < a->n; i++)
        values[i] = (Datum){arena_dup(p->arena, a->names[i]), value_text(arena_dup(p->arena, a->texts[i]))};
    p->in.act = task->act;
    p->in.person = arena_dup(p->arena, a->person);
    /* Whoever hands in the file did none of its steps: they are named with it, and no rule of separation counts them. */
    p->in.via = arena_printf(p->arena, "%s:%u by %s", base, a->line, l->options.login ? l->options.login : "nobody");
    p->in.text = a->reason ? arena_dup(p->arena, a->reason) : NULL;
    p->in.values = values, p->in.values_n = a->n;
    return p;
}

/* Sets an answer aside, and tells why; of many, only the first. */
static void refuse_answer(Live *l, Answers *all, const Answer *a, const char *why)
{
    Buf *notes = &l->report->notes;
    if (++l->report->refused <= NOTED_MOST) {
        buf_printf(notes, "%s:%u: ", all->file, a->line);
        if (!a->problem)
            buf_printf(notes, "%s%s%s, \"%s\" by %s: ", a->process, *a->key ? " " : "", a->key, a->step, a->person);
        buf_printf(notes, "%s\n", why);
    }
    *VEC_PUSH(all->arena, &all->refused) = (RejectedRow){
        .process = a->process, .file = all->file, .line = a->line, .key = a->key, .content = a->content, .header = a->header,
        .raw = a->raw, .problem = arena_dup(all->arena, why), .at = clock_now()};
}

/* Gives an answer to the task it is for. *met: there was one. */
static Status give_answer(Live *l, Answers *all, uint32_t i, Instant at, bool *met, Error *err)
{
    const Answer *a = &all->items[i];
    OpenTask **slot = (OpenTask **)map_slot(l->tasks, task_name(all->arena, a->process, a->key, a->step));
    *met = *slot != NULL;
    if (!*met) return ST_OK;
    const OpenTask *task = *slot;
    Status refusal = ST_OK;
    Error why = {0};
    Pending *p = answer_input(l, all, a, task, at);
    p->refused = &refusal;
    p->why = &why;
    pending_push(l, p);
    all->used[i] = true;
    all->left--;
    Status st = live_drain(l, err);
    if (st != ST_OK) return st;
    if (refusal != ST_OK) {
        refuse_answer(l, all, a, why.text);
    } else {
        *slot = task->next;
        l->report->answered++;
    }
    return ST_OK;
}

/* The first unused answer in order of time whose task is open and whose time has come. */
static bool next_answer(Live *l, Answers *all, Instant now, uint32_t *out)
{
    while (all->first < all->n && all->used[all->first]) all->first++;
    for (uint32_t i = all->first; i < all->n; i++) {
        const Answer *a = &all->items[i];
        if (all->used[i] || a->problem) continue;
        if (a->has_at && a->at > now) return false;
        if (map_get(l->tasks, task_name(all->arena, a->process, a->key, a->step))) {
            *out = i;
            return true;
        }
    }
    return false;
}

static Status fire(Live *l, uint64_t case_id, Instant due, Error *err)
{
    pending_push(l, pending_new(l, case_id, INPUT_TIMER, due));
    return live_drain(l, err);
}

/* Was this answer given by an earlier run? */
typedef struct Given { const Answer *answer; bool found; } Given;

static Status look_for_given(void *self, const CaseRow *row, Case **of, Error *err)
{
    const Case *c = *of;
    (void)row, (void)err;
    Given *g = self;
    uint32_t step = ir_step(c->flow, g->answer->step);
    for (uint32_t i = 0; step != IR_NONE && i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        bool same = d->node == c->flow->steps[step].node && d->person && strcmp(d->person, g->answer->person) == 0;
        g->found |= same && (!g->answer->has_at || d->ended == g->answer->at || c->now >= g->answer->at);
    }
    return ST_OK;
}

static Status report_left(Live *l, Answers *all, Error *err)
{
    Instant now = clock_now();
    Status st = ST_OK;
    for (uint32_t i = 0; i < all->n && st == ST_OK; i++) {
        const Answer *a = &all->items[i];
        if (all->used[i]) continue;
        if (a->problem) {
            refuse_answer(l, all, a, a->problem);
            continue;
        }
        if (a->has_at && a->at > now) {
            l->report->later++;
            continue;
        }
        Given g = {a, false};
        CaseFilter filter = {.process = a->process, .key = *a->key ? a->key : NULL};
        st = journal_cases(l->journal, &filter, true, look_for_given, &g, err);
        if (g.found) continue;
        if (++l->report->unmatched <= NOTED_MOST)
            buf_printf(&l->report->notes, "%s:%u: no open step \"%s\" of %s%s%s\n", all->file, a->line, a->step, a->process,
                       *a->key ? " " : "", a->key);
    }
    return st;
}

static Status open_answers(Live *l, Answers *all, Error *err)
{
    all->arena = arena_new();
    all->file = l->options.answers;
    Status st = rows_answers(all->arena, all->file, ir_zone(l->program), &all->items, &all->n, err);
    if (st != ST_OK) return st;
    all->used = ARENA_ARRAY(all->arena, bool, all->n);
    all->left = all->n;
    l->tasks_arena = arena_new();
    l->tasks = map_new(l->tasks_arena);
    WorkFilter offered = {.state = ACT_OFFERED};
    return journal_work(l->journal, &offered, note_task, l, err);
}

/* The earlier of the next timer that is due and the next answer, until neither is left. */
static Status step_by_time(Live *l, Answers *all, bool *any, Error *err)
{
    Instant now = clock_now(), *dues;
    uint64_t *ids;
    uint32_t n, answer = 0;
    bool met, has = all && next_answer(l, all, now, &answer);
    Instant when = has && all->items[answer].has_at ? all->items[answer].at : now;
    Arena *a = arena_new();
    Status st = journal_due(l->journal, has ? when : now, 1, a, &ids, &dues, &n, err);
    *any = has || n;
    if (st == ST_OK && n) st = fire(l, ids[0], dues[0], err);
    else if (st == ST_OK && has) st = give_answer(l, all, answer, when, &met, err);
    arena_free(a);
    return st;
}

Status intake_by_time(Live *l, Error *err)
{
    Answers all = {0};
    bool with = l->options.answers != NULL, any = true;
    Status st = with ? open_answers(l, &all, err) : ST_OK;
    while (st == ST_OK && any) st = step_by_time(l, with ? &all : NULL, &any, err);
    if (st == ST_OK && with) st = report_left(l, &all, err);
    uint64_t fresh;
    if (st == ST_OK && with) st = journal_reject_file(l->journal, NULL, all.file, all.refused.items, all.refused.n, &fresh, err);
    arena_free(all.arena);
    return st;
}
