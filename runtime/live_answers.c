/* live_answers.c -- a file that answers for people, and timers: both in the order of their times.
 *
 * An answer waits for its task to open; one that is refused is set aside like
 * a row, and taken off that list when it, or its mended version, is accepted.
 */
#include "runtime/live_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- answers ----------------------------------------------------------------------------------- */

/* The open tasks of one name: what an answer says of the task that it is for. */
static OpenTasks *tasks_of(Live *l, const char *process, const char *key, const char *step)
{
    OpenTasks **slot = (OpenTasks **)map_slot(
        l->tasks, arena_printf(l->tasks_arena, "%s\t%s\t%s", process, key ? key : "", step));
    if (!*slot) {
        *slot = ARENA_NEW(l->tasks_arena, OpenTasks);
        (*slot)->end = &(*slot)->first;
    }
    return *slot;
}

static void add_task(Live *l, OpenTasks *tasks, uint64_t case_id, uint32_t act)
{
    OpenTask *task = ARENA_NEW(l->tasks_arena, OpenTask);
    *task = (OpenTask){case_id, act, NULL};
    *tasks->end = task;
    tasks->end = &task->next;
}

static void drop_first(OpenTasks *tasks)
{
    tasks->first = tasks->first->next;
    if (!tasks->first) tasks->end = &tasks->first;
}

void task_opened(Live *l, const Case *c, const Act *act)
{
    OpenTasks *tasks = tasks_of(l, c->process, c->key, c->flow->nodes[act->node].name);
    for (const OpenTask *t = tasks->first; t; t = t->next)
        if (t->case_id == c->id && t->act == act->id) {
            tasks->again = c->answers.n && c->answers.items[c->answers.n - 1].act == act->id;
            return;
        }
    add_task(l, tasks, c->id, act->id);
}

static Status note_task(void *self, const WorkRow *row, Error *err)
{
    (void)err;
    Live *l = self;
    add_task(l, tasks_of(l, row->process, row->key, row->step), row->case_id, row->act);
    return ST_OK;
}

typedef struct Answers {
    Arena *arena;
    Answer *items;
    uint32_t n;
    uint32_t first;                    /* all before it are used */
    uint32_t timed;                    /* these come first, in order of their time; then those of now */
    OpenTasks **tasks;                 /* of each answer's name */
    bool *used, *given;                /* tried in this run; accepted, now or by an earlier one */
    const char *file;
    VEC(RejectedRow) refused;
} Answers;

static bool is_no(const char *text)
{
    return strcmp(text, "no") == 0 || strcmp(text, "NO") == 0 || strcmp(text, "No") == 0 ||
           strcmp(text, "false") == 0 || strcmp(text, "FALSE") == 0;
}

static Pending *answer_input(Live *l, const Answers *all, const Answer *a, const OpenTask *task, Instant at)
{
    Pending *p = pending_new(l, task->case_id,
                             a->approve ? is_no(a->approve) ? INPUT_REJECT : INPUT_APPROVE : INPUT_DONE, at);
    Datum *values = ARENA_ARRAY(p->arena, Datum, a->n + 1);
    const char *base = strrchr(all->file, '/') ? strrchr(all->file, '/') + 1 : all->file;
    for (uint32_t i = 0; i < a->n; i++)
        values[i] = (Datum){arena_dup(p->arena, a->names[i]), value_text(arena_dup(p->arena, a->texts[i]))};
    p->in.act = task->act;
    p->in.person = arena_dup(p->arena, a->person);
    p->in.via = arena_printf(p->arena, "%s:%u by %s", base, a->line, l->options.login ? l->options.login : "nobody");
    p->in.text = a->reason ? arena_dup(p->arena, a->reason) : NULL;
    p->in.values = values, p->in.values_n = a->n;
    p->in.dated = a->has_at;
    return p;
}

/* What is set aside of an answer is known by its case and its step. */
static const char *answer_key(Arena *arena, const Answer *a)
{
    return arena_printf(arena, "%s%s%s", a->key, *a->key ? " / " : "", a->step);
}

enum { NOTED_MOST = 20 };              /* answers of a kind that are told of one by one; all are counted */

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
        .process = a->process, .file = all->file, .line = a->line, .key = answer_key(all->arena, a),
        .content = a->content, .header = a->header,
        .raw = a->raw, .problem = arena_dup(all->arena, why), .at = live_now(l)};
}

/* Files lie beside the file of answers. One that cannot be read refuses the answer. */
static Status copy_its_files(Live *l, const Answers *all, Pending *p, Status *refusal, Error *why, Error *err)
{
    const char *slash = strrchr(all->file, '/');
    const char *folder = slash ? arena_printf(p->arena, "%.*s", (int)(slash - all->file), all->file) : ".";
    Case *c;
    Status st = live_load(l, p->case_id, &c, err);
    if (st != ST_OK) return st;
    st = live_copy_files(l, c, &p->in, folder, p->arena, why);
    live_release(l, p->case_id);
    if (st == ST_NOINPUT || st == ST_VALUE || st == ST_IO) *refusal = st;
    else if (st != ST_OK) *err = *why;
    return *refusal == ST_OK ? st : ST_OK;
}

/* Whoever runs this types for those whom the file names, and may not for everybody. */
static Status hand_in(Live *l, Pending *p, Status *refusal, Error *why, Error *err)
{
    const LiveOptions *o = &l->options;
    Status st = o->hand_in ? o->hand_in(o->hand_in_self, p->in.person, &p->in.login, why) : ST_OK;
    if (st == ST_REFUSED) return *refusal = st, ST_OK;
    if (st != ST_OK) *err = *why;
    return st;
}

/* Gives an answer to the first open task that it is for. */
static Status give_answer(Live *l, Answers *all, uint32_t i, Instant at, Error *err)
{
    const Answer *a = &all->items[i];
    Status refusal = ST_OK;
    Error why = {0};
    Pending *p = answer_input(l, all, a, all->tasks[i]->first, at);
    all->used[i] = true;
    Status st = hand_in(l, p, &refusal, &why, err);
    if (refusal == ST_OK && st == ST_OK) st = copy_its_files(l, all, p, &refusal, &why, err);
    if (refusal == ST_OK && st == ST_OK) {
        p->refused = &refusal;
        p->why = &why;
        pending_push(l, p);
        st = live_drain(l, err);
    } else {
        arena_free(p->arena);              /* it lies in there itself */
    }
    if (st != ST_OK) return st;
    if (refusal != ST_OK) {
        refuse_answer(l, all, a, why.text);
    } else {
        if (!all->tasks[i]->again) drop_first(all->tasks[i]);      /* else it waits for more people */
        all->tasks[i]->again = false;
        all->given[i] = true;
        l->report->answered++;
        st = journal_unreject(l->journal, a->process, answer_key(all->arena, a), a->content, err);
    }
    return st;
}

/* The first unused answer in order of time whose task is open and whose time has come. */
static bool next_answer(Answers *all, Instant now, uint32_t *out)
{
    while (all->first < all->n && all->used[all->first]) all->first++;
    for (uint32_t i = all->first; i < all->n; i++) {
        const Answer *a = &all->items[i];
        if (all->used[i] || a->problem) continue;
        if (a->has_at && a->at > now) i = all->timed - 1;      /* and so are all others that say when */
        else if (all->tasks[i]->first) return *out = i, true;
    }
    return false;
}

static void push_timer(Live *l, uint64_t case_id, Instant due)
{
    Pending *p = pending_new(l, case_id, INPUT_TIMER, due);
    p->in.n = (uint64_t)live_now(l);
    pending_push(l, p);
    l->by_time = true;
}

static Status fire(Live *l, const uint64_t *ids, const Instant *dues, uint32_t n, Error *err)
{
    for (uint32_t i = 0; i < n; i++) push_timer(l, ids[i], dues[i]);
    return live_drain(l, err);
}

static int by_due(const void *a, const void *b)
{
    const Came *x = a, *y = b;
    if (x->due != y->due) return x->due < y->due ? -1 : 1;
    return x->case_id < y->case_id ? -1 : x->case_id > y->case_id;
}

void intake_came(Live *l)
{
    uint32_t n = l->came.n < BATCH ? l->came.n : BATCH;
    qsort(l->came.items, l->came.n, sizeof *l->came.items, by_due);
    for (uint32_t i = 0; i < n; i++) push_timer(l, l->came.items[i].case_id, l->came.items[i].due);
    l->came.n -= n;
    memmove(l->came.items, l->came.items + n, l->came.n * sizeof *l->came.items);
}

/* Was this answer given by an earlier run? */
typedef struct Given { const IrProgram *program; const Answer *answer; bool found; } Given;

typedef struct LookedFor { const char *person; bool found; } LookedFor;

static void is_doer(void *self, const char *person)
{
    LookedFor *l = self;
    l->found |= strcmp(person, l->person) == 0;
}

/* One of several has answered a step that is still open. */
static bool is_one_of_several(const IrProgram *p, const Case *c, uint32_t node, const char *person)
{
    for (uint32_t i = 0; i < c->acts.n; i++)
        if (c->acts.items[i].node == node && engine_answered(c, p, &c->acts.items[i], person)) return true;
    return false;
}

static Status look_for_given(void *self, const CaseRow *row, Case **of, Error *err)
{
    const Case *c = *of;
    (void)row, (void)err;
    Given *g = self;
    uint32_t step = ir_step(c->flow, g->answer->step);
    if (step != IR_NONE) g->found |= is_one_of_several(g->program, c, c->flow->steps[step].node, g->answer->person);
    for (uint32_t i = 0; step != IR_NONE && i < c->did.n; i++) {
        const Did *d = &c->did.items[i];
        LookedFor doer = {g->answer->person, false};
        if (d->node == c->flow->steps[step].node) case_doers(c, g->program, d, is_doer, &doer);
        g->found |= doer.found && (!g->answer->has_at || d->ended == g->answer->at || c->now >= g->answer->at);
    }
    return ST_OK;
}

static Status report_left(Live *l, Answers *all, Error *err)
{
    Instant now = live_now(l);
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
        Given g = {l->program, a, false};
        CaseFilter filter = {.process = a->process, .key = *a->key ? a->key : NULL};
        st = journal_cases(l->journal, &filter, true, look_for_given, &g, err);
        all->given[i] = g.found;
        if (g.found) continue;
        if (++l->report->unmatched <= NOTED_MOST)
            buf_printf(&l->report->notes, "%s:%u: no open step \"%s\" of %s%s%s\n", all->file, a->line, a->step,
                       a->process, *a->key ? " " : "", a->key);
    }
    return st;
}

typedef struct Settling { const Answers *all; Map *mended; VEC(RejectedRow) done; } Settling;

static Status is_mended(void *self, const RejectedRow *r, Error *err)
{
    Settling *s = self;
    Arena *a = s->all->arena;
    (void)err;
    if (map_get(s->mended, rows_reference(a, r->file, r->line)))
        *VEC_PUSH(a, &s->done) = (RejectedRow){.process = arena_dup(a, r->process), .content = r->content,
                                               .file = arena_dup(a, r->file)};
    return ST_OK;
}

/* Answers that were accepted take those off the list in whose place they say they are. */
static Status settle(Live *l, const Answers *all, Error *err)
{
    Settling s = {.all = all, .mended = map_new(all->arena)};
    for (uint32_t i = 0; i < all->n; i++)
        if (all->given[i] && all->items[i].mends) map_put(s.mended, all->items[i].mends, all->items);
    if (map_count(s.mended) == 0) return ST_OK;
    Status st = journal_rejected(l->journal, NULL, is_mended, &s, err);
    return st == ST_OK ? journal_settle(l->journal, s.done.items, s.done.n, err) : st;
}

static Status open_answers(Live *l, Answers *all, Error *err)
{
    all->arena = arena_new();
    all->file = l->options.answers;
    Status st = rows_answers(all->arena, l->program, all->file, &all->items, &all->n, err);
    if (st != ST_OK) return st;
    all->used = ARENA_ARRAY(all->arena, bool, all->n);
    all->given = ARENA_ARRAY(all->arena, bool, all->n);
    l->tasks_arena = arena_new();
    l->tasks = map_new(l->tasks_arena);
    all->tasks = ARENA_ARRAY(all->arena, OpenTasks *, all->n);
    for (uint32_t i = 0; i < all->n; i++) {
        const Answer *a = &all->items[i];
        if (!a->problem) all->tasks[i] = tasks_of(l, a->process, a->key, a->step);
        all->timed += a->has_at;
    }
    WorkFilter offered = {.state = ACT_OFFERED};
    return journal_work(l->journal, &offered, note_task, l, err);
}

/* The earlier of the next timer that is due and the next answer, until neither is left. */
static Status step_by_time(Live *l, Answers *all, bool *any, Error *err)
{
    Instant now = live_now(l), *dues;
    uint64_t *ids;
    uint32_t n, answer = 0;
    bool has = all && next_answer(all, now, &answer);
    Instant when = has && all->items[answer].has_at ? all->items[answer].at : now;
    Arena *a = l->due_arena;
    arena_reset(a);
    /* with answers, each timer may open the task of one that is older than the next timer */
    Status st = journal_due(l->journal, has ? when : now, all ? 1 : BATCH, a, &ids, &dues, &n, err);
    *any = has || n;
    if (st == ST_OK && n) st = fire(l, ids, dues, n, err);
    else if (st == ST_OK && has) st = give_answer(l, all, answer, when, err);
    return st;
}

Status intake_by_time(Live *l, Error *err)
{
    Answers all = {0};
    bool with = l->options.answers != NULL, any = true;
    Status st = with ? open_answers(l, &all, err) : ST_OK;
    while (st == ST_OK && any) st = step_by_time(l, with ? &all : NULL, &any, err);
    if (st == ST_OK && with) st = report_left(l, &all, err);
    if (st == ST_OK && with) st = settle(l, &all, err);
    uint64_t fresh;
    if (st == ST_OK && with)
        st = journal_reject_file(l->journal, NULL, all.file, all.refused.items, all.refused.n, &fresh, err);
    arena_free(all.arena);
    return st;
}
