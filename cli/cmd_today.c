/* cmd_today.c -- a person's day: what is overdue, for today, and waits for others. */
#include "cli/tasks.h"

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

/* What has no deadline is for today: nothing says that it may wait. */
static When when_due(const Tasks *t, const Task *task)
{
    const Zone *zone = session_zone(t->s, task->process, task->step);
    Instant now = clock_now();
    if (!task->mine) return task->known ? OTHERS : NOT_TOLD;
    if (task->late || task->due < now) return OVERDUE;
    if (!zone) zone = zone_utc();
    return task->due == INSTANT_NEVER || zone_date(zone, task->due) <= zone_date(zone, now)
               ? TODAY : LATER;
}

static const char *case_name(const Tasks *t, const Task *task)
{
    return *task->key ? task->key : arena_printf(t->s->arena, "%llu", (unsigned long long)task->case_id);
}

static void today_line(const Tasks *t, const Task *task, Buf *b)
{
    Session *s = t->s;
    const char *due = session_when(s, session_zone(s, task->process, task->step), task->due);
    const char *how = task_command(t, task);
    const char *others = task->holder ? task->holder : *task->who ? task->who : "nobody may, now";
    const char *line = arena_printf(s->arena, "%s, %s %s%s%s%s%s", task->step, task->process, case_name(t, task),
                                    *due ? ", due " : "", due, how ? "" : ": ", how ? "" : others);
    buf_puts(b, "  ");
    buf_visible(b, line, strlen(line));
    buf_printf(b, "\n%s%s%s", how ? "      " : "", how ? how : "", how ? "\n" : "");
}

static bool has_told(const Tasks *t)
{
    bool any = false;
    for (uint32_t i = 0; i < t->items.n; i++) any |= when_due(t, &t->items.items[i]) != NOT_TOLD;
    return any;
}

static void today_tell(const Tasks *t, Buf *b)
{
    for (When w = OVERDUE; w < NOT_TOLD; w++) {
        bool any = false;
        for (uint32_t i = 0; i < t->items.n; i++) {
            const Task *task = &t->items.items[i];
            if (when_due(t, task) != w) continue;
            if (!any) buf_printf(b, "%s%s\n", b->n ? "\n" : "", when_heads[w]);
            any = true;
            today_line(t, task, b);
        }
    }
    if (!b->n) buf_printf(b, "%s has nothing to do, and waits for nobody.\n", t->today);
}

static void today_csv(const Tasks *t, Buf *b)
{
    buf_puts(b, "when,task,step,process,case,due,who,command\n");
    for (uint32_t i = 0; i < t->items.n; i++) {
        const Task *task = &t->items.items[i];
        When w = when_due(t, task);
        if (w == NOT_TOLD) continue;
        const char *how = task_command(t, task);
        const char *number = arena_printf(t->s->arena, "%llu", (unsigned long long)task->number);
        const char *due = session_when(t->s, session_zone(t->s, task->process, task->step), task->due);
        const char *const cells[] = {when_names[w], number, task->step, task->process, case_name(t, task), due,
                                     task->who, how ? how : ""};
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) csv_cell(b, cells[k], k == 0);
        buf_putc(b, '\n');
    }
}

static void today_json(const Tasks *t, Buf *b)
{
    buf_putc(b, '{');
    json_key_string(b, "person", t->today);
    json_key(b, "today");
    buf_putc(b, '[');
    for (uint32_t i = 0; i < t->items.n; i++) {
        const Task *task = &t->items.items[i];
        When w = when_due(t, task);
        Value due = task->due == INSTANT_NEVER ? VALUE_NONE : value_datetime(task->due);
        if (w == NOT_TOLD) continue;
        json_comma(b);
        buf_putc(b, '{');
        json_key_string(b, "when", when_names[w]);
        task_json(b, task);
        json_key_string(b, "command", task_command(t, task));
        json_key(b, "due");
        value_json(b, &due);
        buf_putc(b, '}');
    }
    buf_puts(b, "]}\n");
}

/* A mail to the person whose day it is, with all that a program that sends it wants to know. */
static Status today_mail(const Tasks *t, Buf *b, Error *err)
{
    const IrPerson *p = ir_person(t->s->program, t->today);
    uint32_t n[NOT_TOLD + 1] = {0};
    Buf body = {0};
    if (!p || !p->mail)
        return fail(err, ST_CONFIG, "there is no address of %s: `person %s < mail \"...\" >` would say it", t->today,
                    t->today);
    for (uint32_t i = 0; i < t->items.n; i++) n[when_due(t, &t->items.items[i])]++;
    mime_address(b, "To", p->name, p->mail);
    mime_header(b, "Subject", arena_printf(t->s->arena, "%u overdue, %u for today", n[OVERDUE], n[TODAY]));
    buf_puts(b, "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
                "Content-Transfer-Encoding: quoted-printable\n\n");
    today_tell(t, &body);
    mime_quoted(b, buf_text(&body), body.n);
    buf_free(&body);
    return ST_OK;
}

int cmd_today(Args *args)
{
    Session s;
    int code;
    Error err;
    Buf b = {0};
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    Tasks t = {.s = &s, .most = UINT64_MAX, .today = args->given[OPT_PERSON] ? args->value[OPT_PERSON] : s.person,
               .to_them = args->given[OPT_MAIL]};
    Status st = tasks_read(&t, &err);
    if (st == ST_OK && !has_told(&t)) st = people_known(&s, NULL, t.today, &err);
    if (st == ST_OK && args->given[OPT_MAIL]) st = today_mail(&t, &b, &err);
    if (st != ST_OK) {
        buf_free(&b);
        return session_fail(&s, st, &err);
    }
    if (args->given[OPT_JSON]) today_json(&t, &b);
    else if (args->given[OPT_CSV]) today_csv(&t, &b);
    else if (!args->given[OPT_MAIL]) today_tell(&t, &b);
    say(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}

