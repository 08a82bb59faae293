/* cmd_today.c -- a person's day: what is overdue, for today, and waits for others. */
#include "cli/tasks.h"

#include "analysis/story.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/mime.h"
#include "cli/people.h"
#include "cli/table.h"

#include <string.h>

int cmd_today(Args *args);

typedef enum When { OVERDUE, TODAY, LATER, OTHERS, NOT_TOLD } When;
static const char *const when_names[] = {"overdue", "today", "later", "others"};
static const char *const when_heads[] = {"Overdue", "Today", "Later", "Waiting for others"};

enum { TODAY_MOST = 100, ROOM = 1 << 16 };     /* of each kind, unless asked for more; bytes that are said at once */

typedef struct Day {
    Tasks tasks;
    Buf out;
    uint64_t most, n[NOT_TOLD + 1];    /* of each kind: how many are told; how many there are */
    VEC(Task) first[NOT_TOLD];         /* for people: there may be a million of them */
} Day;

/* By the clock of the person whose day it is; else of who does the step. */
static const Zone *zone_of_day(const Tasks *t, const Task *task)
{
    const IrPerson *person = ir_person(t->s->program, t->today);
    const Calendar *own = person && person->calendar ? ir_calendar(t->s->program, person->calendar) : NULL;
    const Zone *zone = own ? own->zone : session_zone(t->s, task->process, task->step);
    return zone ? zone : zone_utc();
}

/* What has no deadline is for today: nothing says that it may wait. A day that is over at midnight is the one
 * before. */
static When when_due(const Tasks *t, const Task *task)
{
    const Zone *zone = zone_of_day(t, task);
    Instant now = clock_now();
    if (!task->mine) return task->known ? OTHERS : NOT_TOLD;
    if (task->late || task->due < now) return OVERDUE;
    return task->due == INSTANT_NEVER || zone_date(zone, task->due - 1) <= zone_date(zone, now) ? TODAY : LATER;
}

static const char *due_text(const Tasks *t, Arena *a, const Task *task)
{
    return story_when(t->s->manner, session_zone(t->s, task->process, task->step), task->due, a);
}

static bool has_told(const Day *d)
{
    uint64_t told = 0;
    for (When w = OVERDUE; w < NOT_TOLD; w++) told += d->n[w];
    return told > 0;
}

/* ---- for people: the first of each kind --------------------------------------------- */

static Status keep_first(void *self, const Task *task, Error *err)
{
    Day *d = self;
    Arena *a = d->tasks.s->arena;
    When w = when_due(&d->tasks, task);
    (void)err;
    if (d->n[w]++ < d->most && w != NOT_TOLD) *VEC_PUSH(a, &d->first[w]) = task_copy(a, task);
    return ST_OK;
}

static void today_line(const Tasks *t, const Task *task, Buf *b)
{
    Arena *a = t->s->arena;
    const char *due = due_text(t, a, task);
    const char *how = task_command(t, a, task);
    const char *others = task->holder ? task->holder : *task->who ? task->who : "nobody may, now";
    if (task->before && task->mine) others = arena_printf(a, "once %s", task->before);
    buf_show(b, "  %s%s, %s %llu%s%s%s%s%s%s%s", task->what, task->of, task->process, (unsigned long long)task->case_id,
             *task->key ? " (" : "", task->key, *task->key ? ")" : "", *due ? ", due " : "", due, how ? "" : ": ",
             how ? "" : others);
    buf_show(b, "\n%s%s%s", how ? "      " : "", how ? how : "", how ? "\n" : "");
}

static void today_tell(const Day *d, Buf *b)
{
    for (When w = OVERDUE; w < NOT_TOLD; w++) {
        uint64_t left = d->n[w] - d->first[w].n;
        if (!d->n[w]) continue;
        buf_printf(b, "%s%s\n", b->n ? "\n" : "", when_heads[w]);
        for (uint32_t i = 0; i < d->first[w].n; i++) today_line(&d->tasks, &d->first[w].items[i], b);
        if (left) buf_printf(b, "  ... and %llu more; `--most N` tells of so many\n", (unsigned long long)left);
    }
    if (!b->n) buf_printf(b, "%s has nothing to do, and waits for nobody.\n", d->tasks.today);
}

/* A mail to the person whose day it is, with all that a program that sends it wants to know. */
static Status today_mail(Day *d, Error *err)
{
    const Tasks *t = &d->tasks;
    const IrPerson *p = ir_person(t->s->program, t->today);
    Buf body = {0};
    if (!p || !p->mail)
        return fail(err, ST_CONFIG, "there is no address of %s: `person %s < mail \"...\" >` would say it", t->today,
                    people_written(t->s->arena, t->today));
    mime_address(&d->out, "To", p->name, p->mail);
    mime_header(&d->out, "Subject", arena_printf(t->s->arena, "%llu overdue, %llu for today",
                                                 (unsigned long long)d->n[OVERDUE], (unsigned long long)d->n[TODAY]));
    buf_puts(&d->out, "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
                      "Content-Transfer-Encoding: quoted-printable\n\n");
    today_tell(d, &body);
    mime_quoted(&d->out, buf_text(&body), body.n);
    buf_free(&body);
    return ST_OK;
}

/* ---- for programs: all of them, as they are read ------------------------------------- */

static void say_so_far(Day *d)
{
    if (d->out.n < ROOM) return;
    say(&d->out);
    buf_clear(&d->out);
}

static Status today_csv(void *self, const Task *task, Error *err)
{
    Day *d = self;
    Arena *a = d->tasks.row;
    When w = when_due(&d->tasks, task);
    (void)err;
    if (w == NOT_TOLD) return ST_OK;
    d->n[w]++;
    const char *how = task_command(&d->tasks, a, task);
    const char *number = arena_printf(a, "%llu", (unsigned long long)task->number);
    const char *of = arena_printf(a, "%llu", (unsigned long long)task->case_id);
    const char *const cells[] = {when_names[w], number, task->what, task->process, of, due_text(&d->tasks, a, task),
                                 task->who, how ? how : "", task->key, *task->of ? task->of + strlen(" of ") : ""};
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) csv_cell(&d->out, cells[k], k == 0);
    buf_putc(&d->out, '\n');
    say_so_far(d);
    return ST_OK;
}

static Status today_json(void *self, const Task *task, Error *err)
{
    Day *d = self;
    Buf *b = &d->out;
    When w = when_due(&d->tasks, task);
    Value due = task->due == INSTANT_NEVER ? VALUE_NONE : value_datetime(task->due);
    (void)err;
    if (w == NOT_TOLD) return ST_OK;
    if (has_told(d)) buf_putc(b, ',');
    d->n[w]++;
    buf_putc(b, '{');
    json_key_string(b, "when", when_names[w]);
    task_json(b, task);
    json_key_string(b, "command", task_command(&d->tasks, d->tasks.row, task));
    json_key(b, "due");
    value_json(b, &due);
    buf_putc(b, '}');
    say_so_far(d);
    return ST_OK;
}

static Status today_read(Day *d, const Args *args, Error *err)
{
    if (args->given[OPT_JSON]) {
        buf_putc(&d->out, '{');
        json_key_string(&d->out, "person", d->tasks.today);
        json_key(&d->out, "today");
        buf_putc(&d->out, '[');
        return tasks_read(&d->tasks, today_json, d, err);
    }
    if (!args->given[OPT_CSV]) return tasks_read(&d->tasks, keep_first, d, err);
    buf_puts(&d->out, "when,task,step,process,case,due,who,command,key,element\n");
    return tasks_read(&d->tasks, today_csv, d, err);
}

int cmd_today(Args *args)
{
    Session s;
    int code;
    Error err;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    Day d = {.tasks = {.s = &s, .most = UINT64_MAX, .to_them = args->given[OPT_MAIL],
                       .today = args->given[OPT_PERSON] ? args->value[OPT_PERSON] : s.person},
             .most = TODAY_MOST};
    if (args->given[OPT_MOST]) args_number(args->value[OPT_MOST], &d.most);
    Status st = today_read(&d, args, &err);
    if (st == ST_OK && !has_told(&d)) st = people_known(&s, NULL, d.tasks.today, &err);
    if (st == ST_OK && args->given[OPT_MAIL]) st = today_mail(&d, &err);
    if (st != ST_OK) {
        buf_free(&d.out);
        return session_fail(&s, st, &err);
    }
    if (args->given[OPT_JSON]) buf_puts(&d.out, "]}\n");
    else if (!args->given[OPT_CSV] && !args->given[OPT_MAIL]) today_tell(&d, &d.out);
    say(&d.out);
    buf_free(&d.out);
    session_close(&s);
    return 0;
}
