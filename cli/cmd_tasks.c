/* cmd_tasks.c -- what people have to do, as a list. */
#include "cli/tasks.h"

#include "base/json.h"
#include "cli/people.h"
#include "cli/table.h"

#include <string.h>

int cmd_tasks(Args *args);

typedef struct Listing { Tasks tasks; VEC(Task) items; } Listing;

static Status list_task(void *self, const Task *task, Error *err)
{
    Listing *l = self;
    (void)err;
    *VEC_PUSH(l->tasks.s->arena, &l->items) = task_copy(l->tasks.s->arena, task);
    return ST_OK;
}

/* What each step wants to know, once for all its tasks. */
static void tasks_wants(const Listing *l, Buf *b)
{
    Map *told = map_new(l->tasks.s->arena);
    bool any = false;
    for (uint32_t i = 0; i < l->items.n; i++) {
        const Task *task = &l->items.items[i];
        void **slot = map_slot(told, arena_printf(l->tasks.s->arena, "%s\t%s", task->process, task->step));
        if (*slot || (!*task->ask && !task->approval)) continue;
        *slot = (void *)(uintptr_t)task;
        buf_show(b, "%s\"%s\" wants %s%s%s\n", any ? "" : "\n", task->step,
                   task->approval ? "a yes or a no" : "", task->approval && *task->ask ? ", " : "", task->ask);
        any = true;
    }
}

/* Why some are asked anew; and the first task that the reader may complete, as they would; if there is none, the first
 * of all as it reads. */
static void tasks_example(const Listing *l, Buf *b)
{
    const Task *first = &l->items.items[0];
    bool later = false;
    for (uint32_t i = l->items.n; i-- > 0;) {
        if (l->items.items[i].doer) first = &l->items.items[i];
        later |= l->items.items[i].before != NULL;
    }
    unsigned long long number = (unsigned long long)first->number;
    buf_putc(b, '\n');
    for (uint32_t i = 0; i < l->items.n; i++) {
        const Task *task = &l->items.items[i];
        if (task->trouble)
            buf_show(b, "Task %llu %s: %s\n", (unsigned long long)task->number,
                     task->came_back ? "came back" : "is asked anew", task->trouble);
    }
    for (uint32_t i = 0; i < first->shown_n; i++) buf_show(b, "Task %llu: %s\n", number, first->shown[i]);
    if (first->doer) buf_show(b, "`%s` completes it.\n", task_command(&l->tasks, l->tasks.s->arena, first));
    else buf_printf(b, "None of them is yours to complete%s.\n", later ? " now" : "");
}

static void tasks_table(const Listing *l, Buf *b)
{
    Session *s = l->tasks.s;
    static const char *const headers[] = {">task", "step", "process", "case", "?key", "?due", "who", NULL};
    Table *table = table_new(s->arena, headers);
    for (uint32_t i = 0; i < l->items.n; i++) {
        const Task *task = &l->items.items[i];
        bool late = task->late || task->due < clock_now();
        const char *due = session_when(s, session_zone(s, task->process, task->step), task->due);
        table_int(table, task->number);
        table_cell(table, arena_printf(s->arena, "%s%s", task->what, task->of));
        table_cell(table, task->process);
        table_cell(table, arena_printf(s->arena, "%llu", (unsigned long long)task->case_id));
        table_cell(table, task->key);
        if (late) due = arena_printf(s->arena, "%s%slate", due, *due ? " " : "");
        if (task->reminded)
            due = arena_printf(s->arena, "%s%sreminded %u time%s", due, *due ? ", " : "", task->reminded,
                               task->reminded == 1 ? "" : "s");
        table_cell(table, due);
        const char *who = *task->who ? task->who : "nobody may, now";
        if (task->holder) who = arena_printf(s->arena, "%s has it", task->holder);
        if (*task->progress) who = arena_printf(s->arena, "%s (%s)", who, task->progress);
        if (task->before) who = arena_printf(s->arena, "%s, once %s", who, task->before);
        table_cell(table, who);
    }
    table_print(table, b, terminal_width(), terminal_colour(s->args));
    if (l->tasks.left_out) buf_printf(b, "... and %llu more\n", (unsigned long long)l->tasks.left_out);
    tasks_wants(l, b);
    tasks_example(l, b);
}

static void tasks_json(const Listing *l, Buf *b)
{
    buf_puts(b, "{\"tasks\":[");
    for (uint32_t i = 0; i < l->items.n; i++) {
        const Task *task = &l->items.items[i];
        if (i) buf_putc(b, ',');
        buf_putc(b, '{');
        task_json(b, task);
        json_key_string(b, "progress", *task->progress ? task->progress : NULL);
        json_key_string(b, "asks", task->ask);
        json_key_bool(b, "approval", task->approval);
        json_key_string(b, "command", task_command(&l->tasks, l->tasks.s->arena, task));
        json_key_bool(b, "late", task->late);
        json_key_int(b, "reminded", task->reminded);
        json_key_string(b, "trouble", task->trouble);
        json_key(b, "instructions");
        buf_putc(b, '[');
        for (uint32_t k = 0; k < task->shown_n; k++)
            json_comma(b), json_string(b, task->shown[k], strlen(task->shown[k]));
        buf_putc(b, ']');
        Value since = value_datetime(task->since),
              due = task->due == INSTANT_NEVER ? VALUE_NONE : value_datetime(task->due);
        json_key(b, "since");
        value_json(b, &since);
        json_key(b, "due");
        value_json(b, &due);
        buf_putc(b, '}');
    }
    buf_puts(b, "]}\n");
}

int cmd_tasks(Args *args)
{
    Session s;
    int code;
    Error err;
    if (!session_open(&s, args, SESSION_PROGRAM | SESSION_STORE, &code)) return code;
    if (find_process(s.arena, s.program, args->value[OPT_PROCESS], &err) != ST_OK)
        return session_fail(&s, ST_NOTFOUND, &err);
    const char *person = args->value[OPT_PERSON], *process = args->value[OPT_PROCESS];
    Listing l = {.tasks = {.s = &s, .most = UINT64_MAX, .person = person, .process = process}};
    if (args->given[OPT_MOST]) args_number(args->value[OPT_MOST], &l.tasks.most);
    Status st = tasks_read(&l.tasks, list_task, &l, &err);
    if (st == ST_OK && person && !l.items.n) st = people_known(&s, NULL, person, &err);
    if (st != ST_OK) return session_fail(&s, st, &err);
    Buf b = {0};
    if (args->given[OPT_JSON]) tasks_json(&l, &b);
    else if (l.items.n) tasks_table(&l, &b);
    else
        buf_printf(&b, "%s%s%s%s.\n", person ? person : "Nobody",
                   person ? " has nothing to do" : " has anything to do", process ? " in " : "",
                   process ? process : "");
    say(&b);
    buf_free(&b);
    session_close(&s);
    return 0;
}

