/* tasks.c -- what is open for people: see tasks.h. */
#include "cli/tasks.h"

#include "analysis/story.h"
#include "base/json.h"
#include "cli/people.h"
#include "cli/proposed.h"

#include <string.h>

static const char *ask_text(Arena *a, const Case *c, const IrStep *step)
{
    Buf b = {0};
    for (uint32_t i = 0; i < step->ask_n; i++) {
        const IrField *f = &c->flow->unit.fields[step->ask + i];
        buf_printf(&b, "%s%s ", i ? ", " : "", f->name);
        ir_type_print(&b, &c->flow->unit, f->type);
    }
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    return text;
}

/* " budget=... decides=..." */
static const char *ask_example(Arena *a, const Case *c, const IrStep *step)
{
    const char *text = "";
    for (uint32_t i = 0; i < step->ask_n; i++)
        text = arena_printf(a, "%s %s=...", text, c->flow->unit.fields[step->ask + i].name);
    return text;
}

typedef struct Looked { const char *person; bool found; } Looked;

static void is_person(void *self, const char *person)
{
    Looked *l = self;
    l->found |= strcmp(person, l->person) == 0;
}

static bool did_something(const Case *c, const IrProgram *p, const char *person)
{
    Looked l = {person, false};
    for (uint32_t i = 0; i < c->did.n; i++) case_doers(c, p, &c->did.items[i], is_person, &l);
    for (uint32_t i = 0; i < c->acts.n; i++) l.found |= engine_answered(c, p, &c->acts.items[i], person);
    return l.found;
}

static bool may_do(Session *s, const Act *a, const Value *who, const char *person)
{
    return engine_holds(s->program, a, who, clock_now(), person) && engine_may(s->program, who, clock_now(), person);
}

static bool may_act_as(const Tasks *t, const char *person)
{
    return t->creator || leaves_hold(&t->leaves, t->s->person, person);
}

/* As whom the reader completes it; NULL: not at all. Who may act for one who may do it does so, unless what they did
 * before forbids that. */
static const char *doer(const Tasks *t, const Act *a, const Value *who)
{
    Session *s = t->s;
    Instant now = clock_now();
    if (t->to_them) return may_do(s, a, who, t->today) ? s->person : NULL;
    if (t->today && strcmp(t->today, s->person) != 0) {
        bool may = may_act_as(t, t->today) && may_do(s, a, who, t->today) &&
            engine_may_for(s->program, who, now, t->today, people_typist(s, t->today));
        return may ? t->today : NULL;
    }
    if (may_do(s, a, who, s->person)) return s->person;
    if (t->today) return NULL;
    Value people = engine_eligible(s->program, who, now, t->row);
    for (uint32_t i = 0; i < people.len; i++) {
        const char *person = people.list[i].text;
        if (may_act_as(t, person) && engine_holds(s->program, a, who, now, person) &&
            engine_may_for(s->program, who, now, person, people_typist(s, person)))
            return arena_dup(t->row, person);
    }
    return NULL;
}

const char *task_command(const Tasks *t, Arena *a, const Task *task)
{
    const Where where = t->to_them ? where_anywhere(t->s) : where_here(t->s);
    const char *const words[] = {arena_printf(a, "%llu", (unsigned long long)task->number), NULL};
    Buf b = {0}, more = {0};
    if (!task->doer) return NULL;
    buf_printf(&more, "%s%s", task->approval ? " approve=yes" : "", task->example);
    if (strcmp(task->doer, t->s->person) != 0) buf_puts(&more, " --as "), buf_shell_word(&more, task->doer);
    propose(&b, &where, "done", words, more.n ? buf_text(&more) + 1 : NULL);
    const char *text = buf_dup(&b, a);
    buf_free(&b);
    buf_free(&more);
    return text;
}

void task_json(Buf *b, const Task *task)
{
    json_key_int(b, "task", (int64_t)task->number);
    json_key_int(b, "case", (int64_t)task->case_id);
    json_key_string(b, "process", task->process);
    json_key_string(b, "key", *task->key ? task->key : NULL);
    json_key_string(b, "step", task->step);
    json_key_string(b, "who", task->who);
    json_key_string(b, "claimed", task->holder);
    json_key_string(b, "before", task->before);
    json_key_bool(b, "undoing", task->undoes);
    json_key_string(b, "element", *task->of ? task->of + strlen(" of ") : NULL);
}

static const char *text_copy(Arena *a, const char *text) { return text ? arena_dup(a, text) : NULL; }

Task task_copy(Arena *a, const Task *task)
{
    Task t = *task;
    t.what = text_copy(a, t.what), t.of = text_copy(a, t.of);
    t.process = text_copy(a, t.process), t.key = text_copy(a, t.key), t.step = text_copy(a, t.step);
    t.who = text_copy(a, t.who), t.progress = text_copy(a, t.progress), t.holder = text_copy(a, t.holder);
    t.ask = text_copy(a, t.ask), t.example = text_copy(a, t.example), t.doer = text_copy(a, t.doer);
    t.trouble = text_copy(a, t.trouble), t.before = text_copy(a, t.before);
    t.shown = ARENA_ARRAY(a, const char *, t.shown_n);
    for (uint32_t i = 0; i < t.shown_n; i++) t.shown[i] = text_copy(a, task->shown[i]);
    return t;
}

/* Lists are looked through once for all open work of a case. */
static const char *of_elements(Tasks *t, const Case *c, const Act *a)
{
    if (!elements_any(c->flow)) return "";
    if (t->lists.id != c->id) {
        arena_reset(t->lists.arena);
        t->lists = (Lists){.arena = t->lists.arena, .journal = t->s->journal};
    }
    return story_of(&t->lists, c, a, session_which(t->s, c, NULL).reader);
}

/* who: those of whom it is still wanted. */
static Task task_of(Tasks *t, const WorkRow *row, const Case *c, const Act *a, const Value *who)
{
    const Session *s = t->s;
    const IrStep *step = &c->flow->steps[c->flow->nodes[a->node].a];
    Instant now = clock_now();
    const char *before = story_before(c, a, t->row);
    Task task = {.number = row->number,
                 .case_id = row->case_id,
                 .process = row->process,
                 .key = row->key ? row->key : "",
                 .step = row->step,
                 .what = story_task(c, a, t->row),
                 .of = of_elements(t, c, a),
                 .undoes = a->undoes != 0,
                 .who = story_people(s->program, who, now, t->row),
                 .holder = engine_holder(s->program, a, who, now),
                 .progress = story_progress(s->program, c, a, now, t->row),
                 .ask = a->undoes ? "" : ask_text(t->row, c, step),      /* undoing has no form */
                 .example = a->undoes ? "" : ask_example(t->row, c, step),
                 .doer = before ? NULL : doer(t, a, who),
                 .before = before,
                 .since = row->since,
                 .due = a->deadline != INSTANT_NEVER ? a->deadline : c->deadline,
                 .late = a->late || c->late || a->deadline < now,
                 .trouble = a->text,
                 .came_back = a->attempt != 0,
                 .reminded = a->nudges.reminded + c->nudges.reminded,
                 .mine = t->today && may_do(t->s, a, who, t->today),
                 .known = t->today && did_something(c, t->s->program, t->today),
                 .approval = !a->undoes && step->approve != CODE_NONE,
                 .shown = ARENA_ARRAY(t->row, const char *, a->shown.len)};
    for (uint32_t i = 0; i < a->shown.len; i++) task.shown[task.shown_n++] = a->shown.list[i].text;
    return task;
}

static Status add_task(void *self, const WorkRow *row, Error *err)
{
    Tasks *t = self;
    Session *s = t->s;
    const Case *c;
    if (t->process && strcmp(t->process, row->process) != 0) return ST_OK;
    if (t->told >= t->most && !t->person) {        /* whoever it is for: its case need not be read to count it */
        t->left_out++;
        return ST_OK;
    }
    Status st = session_kept(s, &t->kept, row->case_id, &c, err);
    if (st != ST_OK) return st;
    arena_reset(t->row);
    const Act *a = case_act(c, row->act);
    Value who = a ? engine_rule_listed(c, s->program, a, clock_now(), t->row) : VALUE_NONE;
    if (!a || a->state != ACT_OFFERED || (t->person && !may_do(s, a, &who, t->person))) return ST_OK;
    if (t->told >= t->most) {
        t->left_out++;
        return ST_OK;
    }
    t->told++;
    Task task = task_of(t, row, c, a, &who);
    return t->visit(t->self, &task, err);
}

Status tasks_read(Tasks *t, TaskVisit *visit, void *self, Error *err)
{
    WorkFilter offered = {.state = ACT_OFFERED};
    t->visit = visit, t->self = self;
    t->row = arena_new();
    t->lists = (Lists){.arena = arena_new(), .journal = t->s->journal};
    Status st = people_made_store(t->s, &t->creator, err);
    if (st == ST_OK) st = leaves_read(t->s->journal, t->s->arena, &t->leaves, err);
    if (st == ST_OK) st = journal_work(t->s->journal, &offered, add_task, t, err);
    case_free(t->kept.of);
    arena_free(t->row);
    arena_free(t->lists.arena);
    return st;
}
