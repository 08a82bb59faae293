/* plan_show.c -- a trial's business as people would write it. */
#include "tests/model/plan.h"

#include <stdio.h>
#include <string.h>

static const char *const HOW[] = {"<", ">", "is"};
static const char *const EVENTS[PLAN_EVENTS] = {"told", "rung"};

static void block(Buf *b, const char *head, const Node *n);

static void show_ref(Buf *b, int32_t r)
{
    uint32_t id = ref_id(r);
    if (id == 1 || id == 2) {
        buf_puts(b, id == 1 ? "n" : "out");
        return;
    }
    switch (ref_kind(r)) {
    case REF_NUMBER:  buf_printf(b, "v%u", id); break;
    case REF_FIELD:   buf_printf(b, "e%u.n", id); break;
    case REF_RESULT:  buf_printf(b, "r%u.out", id); break;
    case REF_ELEMENT: buf_printf(b, "i%u", id); break;
    case REF_LIST:    buf_printf(b, "l%u", id); break;
    }
}

const char *plan_name(Arena *a, int32_t r)
{
    Buf b = {0};
    show_ref(&b, r);
    if (ref_kind(r) == REF_RESULT) b.n -= sizeof ".out" - 1;
    const char *name = arena_dup_n(a, buf_text(&b), b.n);
    buf_free(&b);
    return name;
}

/* In a text: a blank, and the value. */
static void show_value(Buf *b, int32_t r)
{
    if (!r) return;
    buf_puts(b, " ${");
    show_ref(b, r);
    buf_puts(b, "}");
}

static void show_sum(Buf *b, int32_t r, int32_t adds)
{
    if (r) show_ref(b, r);
    if (r && adds) buf_puts(b, " + ");
    if (!r || adds) buf_printf(b, "%d", adds);
}

static void show_count(Buf *b, const Node *n)
{
    if (!n->a[EMIT_COUNTS]) return;
    buf_printf(b, "count(S%d where ", n->a[EMIT_COUNTS]);
    show_ref(b, n->a[EMIT_SETS]);
    buf_printf(b, " > %d) + ", n->a[EMIT_ABOVE]);
}

static void show_condition(Buf *b, int32_t of, int32_t how, int32_t than)
{
    buf_putc(b, '(');
    show_ref(b, of);
    buf_printf(b, " %s %d)", HOW[how], than);
}

static void show_span(Buf *b, int32_t n)
{
    bool hours = n > SPAN_BUSINESS_HOURS && n < SPAN_BUSINESS_DAYS;
    int32_t business = n - (hours ? SPAN_BUSINESS_HOURS : SPAN_BUSINESS_DAYS);
    if (n < SPAN_BUSINESS_HOURS) buf_printf(b, "%d h", n);
    else buf_printf(b, "%d business %s%s", business, hours ? "hour" : "day", business == 1 ? "" : "s");
}

static void show_line(Buf *b, const char *head, int32_t span)
{
    if (!span) return;
    buf_puts(b, head);
    show_span(b, span);
    buf_putc(b, '\n');
}

static void handlers(Buf *b, const Node *n)
{
    for (uint32_t i = 0; i < n->kids.n; i++) {
        const Node *kid = n->kids.items[i];
        char head[80];
        switch (kid->kind) {
        case N_ON_FAIL:   block(b, "on fail", kid); break;
        case N_ON_REJECT: block(b, "on reject", kid); break;
        case N_ON_LATE:   block(b, "on late", kid); break;
        case N_ON_EVENT:
            snprintf(head, sizeof head, "on %s as e%d where e%d.n > %d", EVENTS[kid->a[AWAIT_EVENT]], kid->a[AWAIT_ID],
                     kid->a[AWAIT_ID], kid->a[AWAIT_ABOVE]);
            block(b, head, kid);
            break;
        default: break;
        }
    }
}

static void block(Buf *b, const char *head, const Node *n);
static void statement(Buf *b, const Node *n);

static void statements(Buf *b, const Node *n)
{
    for (uint32_t i = 0; i < n->kids.n; i++)
        if (!plan_is_handler(n->kids.items[i])) statement(b, n->kids.items[i]);
}

static void block(Buf *b, const char *head, const Node *n)
{
    buf_printf(b, "%s <\n", head);
    statements(b, n);
    buf_puts(b, ">\n");
}

static void show_who(Buf *b, const Node *n)
{
    static const char *const many[] = {"", "any 2 of ", "3 of "};
    static const char *const who[] = {"Crew", "Crew or Boss", "if n > 4 then Boss else Crew", "did", "manager of did",
                                      "trained Crew", "by turn Crew"};
    buf_printf(b, "who %s%s", many[n->a[STEP_MANY]], who[n->a[STEP_WHO]]);
    if (n->a[STEP_OF]) buf_printf(b, "(S%d)", n->a[STEP_OF]);
    if (n->a[STEP_EXCEPT]) buf_printf(b, " except did(S%d)", n->a[STEP_EXCEPT]);
    buf_putc(b, '\n');
}

static void show_person(Buf *b, const Node *n)
{
    buf_printf(b, "step S%d <\n", n->a[STEP_ID]);
    show_who(b, n);
    buf_printf(b, "%s \"S%d", n->kind == N_ASK ? "how" : "approve", n->a[STEP_ID]);
    show_value(b, n->a[STEP_SHOWS]);
    buf_puts(b, "\"\n");
    if (n->kind == N_ASK) {
        buf_puts(b, "ask ");
        show_ref(b, n->a[STEP_SETS]);
        buf_puts(b, " number");
        if (n->a[STEP_ABOVE]) {
            buf_puts(b, " where ");
            show_ref(b, n->a[STEP_SETS]);
            buf_printf(b, " > %d", n->a[STEP_ABOVE]);
        }
        buf_putc(b, '\n');
    }
    if (n->kind == N_ASK && n->a[STEP_NEEDS]) buf_printf(b, "needs S%d\n", n->a[STEP_NEEDS]);
    show_line(b, "within ", n->a[STEP_WITHIN]);
    show_line(b, "remind every ", n->a[STEP_REMIND]);
    show_line(b, "escalate to Boss after ", n->a[STEP_ESCALATE]);
    if (n->a[STEP_UNDO]) {
        buf_printf(b, "undo \"Undo S%d", n->a[STEP_ID]);
        show_value(b, n->a[STEP_SHOWS]);
        buf_puts(b, "\"\n");
    }
    handlers(b, n);
    buf_puts(b, ">\n");
}

static void show_shell(Buf *b, const Node *n)
{
    buf_printf(b, "step S%d <\n%show shell \"c%d S%d", n->a[SHELL_ID], n->a[SHELL_RELEASED] ? "who Crew\n" : "",
               n->a[SHELL_COMMAND], n->a[SHELL_ID]);
    show_value(b, n->a[SHELL_SHOWS]);
    buf_puts(b, "\"\n");
    if (n->a[SHELL_SETS]) {
        buf_puts(b, "gives ");
        show_ref(b, n->a[SHELL_SETS]);
        buf_puts(b, " number\n");
        if (n->a[SHELL_ABOVE]) {
            buf_puts(b, "ensures ");
            show_ref(b, n->a[SHELL_SETS]);
            buf_printf(b, " > %d\n", n->a[SHELL_ABOVE]);
        }
    }
    if (n->a[SHELL_RETRY])
        buf_printf(b, "retry %d time%s every %d m", n->a[SHELL_RETRY], n->a[SHELL_RETRY] == 1 ? "" : "s",
                   n->a[SHELL_PAUSE]);
    if (n->a[SHELL_MOST]) buf_printf(b, " doubling to %d m", n->a[SHELL_MOST]);
    if (n->a[SHELL_RETRY]) buf_putc(b, '\n');
    if (n->a[SHELL_TIMEOUT]) buf_printf(b, "timeout %d s\n", n->a[SHELL_TIMEOUT]);
    if (n->a[SHELL_REPEATABLE]) buf_puts(b, "repeatable\n");
    if (n->a[SHELL_UNDO]) {
        buf_printf(b, "undo shell \"c%d S%d", n->a[SHELL_UNDO], n->a[SHELL_ID]);
        show_value(b, n->a[SHELL_SHOWS]);
        buf_puts(b, "\"\n");
    }
    handlers(b, n);
    buf_puts(b, ">\n");
}

static void show_lua(Buf *b, const Node *n)
{
    buf_printf(b, "step S%d <\nhow lua { ", n->a[LUA_ID]);
    if (n->a[LUA_FAILS]) {
        buf_puts(b, "if ");
        show_ref(b, n->a[LUA_OF]);
        buf_printf(b, " > %d then fail(\"lua\") end ", n->a[LUA_FAILS]);
    }
    buf_puts(b, "return ");
    show_sum(b, n->a[LUA_OF], n->a[LUA_ADDS]);
    buf_puts(b, " }\ngives ");
    show_ref(b, n->a[LUA_SETS]);
    buf_puts(b, " number\n");
    if (n->a[LUA_UNDO]) buf_puts(b, "undo lua { local x = 1 }\n");
    handlers(b, n);
    buf_puts(b, ">\n");
}

static void show_if(Buf *b, const Node *n)
{
    buf_puts(b, "if ");
    show_condition(b, n->a[IF_OF], n->a[IF_HOW], n->a[IF_THAN]);
    if (n->kids.n) block(b, "", n->kids.items[0]);
    if (n->kids.n > 1) b->n--, block(b, " else", n->kids.items[1]);
}

static void show_each(Buf *b, const Node *n)
{
    buf_printf(b, "each i%d in [", n->a[EACH_ID]);
    for (int32_t i = 1; i <= n->a[EACH_N]; i++) buf_printf(b, "%s%d", i > 1 ? ", " : "", i);
    buf_putc(b, ']');
    if (n->a[EACH_AT_ONCE]) buf_puts(b, " in parallel");
    if (n->a[EACH_AT_ONCE] > 0) buf_printf(b, " up to %d", n->a[EACH_AT_ONCE]);
    block(b, "", n);
    if (!n->a[EACH_FROM]) return;
    b->n--;
    buf_puts(b, " collect ");
    show_ref(b, n->a[EACH_FROM]);
    buf_puts(b, " as ");
    show_ref(b, n->a[EACH_TO]);
    buf_putc(b, '\n');
}

static void show_await(Buf *b, const Node *n)
{
    buf_printf(b, "wait for %s as e%d where e%d.n > %d", EVENTS[n->a[AWAIT_EVENT]], n->a[AWAIT_ID], n->a[AWAIT_ID],
               n->a[AWAIT_ABOVE]);
    if (n->a[AWAIT_WITHIN]) {
        buf_puts(b, " within ");
        show_span(b, n->a[AWAIT_WITHIN]);
        buf_puts(b, " else");
        block(b, "", n);
    } else {
        buf_putc(b, '\n');
    }
}

static void show_wait(Buf *b, int32_t hours)
{
    if (hours < WAIT_UNTIL || hours >= SPAN_BUSINESS_HOURS) buf_puts(b, "wait "), show_span(b, hours);
    else if (hours < WAIT_GONE) buf_printf(b, "wait until %02d:00", hours - WAIT_UNTIL);
    else buf_printf(b, "wait until today - %d days", hours - WAIT_GONE);
    buf_putc(b, '\n');
}

static void show_call(Buf *b, const Node *n)
{
    buf_printf(b, "%s P%d with n = ", n->kind == N_CALL ? "call" : "start", n->a[CALL_PROCESS]);
    show_sum(b, n->a[CALL_OF], 0);
    if (n->kind == N_CALL) buf_printf(b, " as r%d", n->a[CALL_ID]);
    buf_putc(b, '\n');
}

static void statement(Buf *b, const Node *n)
{
    char head[40];
    switch (n->kind) {
    case N_ASK: case N_APPROVE: show_person(b, n); break;
    case N_SHELL: show_shell(b, n); break;
    case N_LUA: show_lua(b, n); break;
    case N_SET:
        buf_puts(b, "set ");
        show_ref(b, n->a[SET_VAR]);
        buf_puts(b, " = ");
        show_sum(b, n->a[SET_OF], n->a[SET_ADDS]);
        buf_putc(b, '\n');
        break;
    case N_STOP: buf_printf(b, "stop \"s%d\"\n", n->a[TEXT_NUMBER]); break;
    case N_FAIL: buf_printf(b, "fail \"f%d\"\n", n->a[TEXT_NUMBER]); break;
    case N_IF: show_if(b, n); break;
    case N_PARALLEL: block(b, "parallel", n); break;
    case N_RACE:
        snprintf(head, sizeof head, "race %d", n->a[RACE_WANTS]);
        block(b, n->a[RACE_WANTS] == 1 ? "race" : head, n);
        break;
    case N_SEQUENCE:
        buf_puts(b, "sequence <\n");
        statements(b, n);
        handlers(b, n);
        buf_puts(b, ">\n");
        break;
    case N_EACH: show_each(b, n); break;
    case N_REPEAT:
        snprintf(head, sizeof head, "repeat at most %d time%s", n->a[REPEAT_MOST], n->a[REPEAT_MOST] == 1 ? "" : "s");
        block(b, head, n);
        b->n--;
        buf_puts(b, " until ");
        show_condition(b, n->a[REPEAT_OF], n->a[REPEAT_HOW], n->a[REPEAT_THAN]);
        buf_putc(b, '\n');
        break;
    case N_LOCK:
        if (n->a[LOCK_PLACES] == 1) snprintf(head, sizeof head, "lock \"L%d\"", n->a[LOCK_NAME]);
        else snprintf(head, sizeof head, "lock \"L%d\" of %d", n->a[LOCK_NAME], n->a[LOCK_PLACES]);
        block(b, head, n);
        break;
    case N_WAIT:  show_wait(b, n->a[WAIT_HOURS]); break;
    case N_AWAIT: show_await(b, n); break;
    case N_EMIT:
        buf_printf(b, "emit %s with n = ", EVENTS[n->a[EMIT_EVENT]]);
        show_count(b, n);
        show_sum(b, n->a[EMIT_OF], n->a[EMIT_ADDS]);
        buf_putc(b, '\n');
        break;
    case N_CALL: case N_START: show_call(b, n); break;
    case N_PROGRAM: case N_PROCESS: case N_LIST: case N_ON_FAIL: case N_ON_REJECT: case N_ON_LATE: case N_ON_EVENT:
    case NODE_KINDS: break;
    }
}

static void show_absence(Buf *b, const Node *n)
{
    buf_printf(b, "; away 2026-03-%02d..2026-03-%02d, %s stands in", 2 + n->a[PROGRAM_FROM], 2 + n->a[PROGRAM_TO],
               plan_persons[n->a[PROGRAM_STANDS_IN]]);
}

static void show_people(Buf *b, const Node *n)
{
    for (int32_t p = 0; p < PLAN_BOSS; p++) {
        buf_printf(b, "person %s < name \"%s\"", plan_persons[p], plan_persons[p]);
        if (n->a[PROGRAM_TRAINED] >> p & 1) buf_puts(b, "; trained P0");
        for (uint32_t i = 1; n->a[PROGRAM_TRAINED] >> p & 1 && i < n->kids.n; i++) buf_printf(b, ", P%u", i);
        if (n->a[PROGRAM_AWAY] == p + 1) show_absence(b, n);
        buf_puts(b, " >\n");
    }
}

void plan_show(Buf *b, const Plan *p)
{
    buf_puts(b, "calendar Office < zone \"UTC\"; open mon..fri 09:00..12:00, 13:00..17:00; closed 2026-03-04 >\n");
    show_people(b, p->program);
    buf_puts(b, "role Crew < people ann, bob, cy; reports to Boss >\nrole Boss < people \"mia\" >\n"
                "event told < n number >\nevent rung < n number >\n");
    for (uint32_t i = 0; i < p->program->kids.n; i++) {
        const Node *n = p->program->kids.items[i];
        buf_printf(b, "process P%u <\nowner Boss\ntakes n number\n", i);
        if (n->a[PROCESS_EVENT])
            buf_printf(b, "when %s where n > %d\n", EVENTS[n->a[PROCESS_EVENT] - 1], n->a[PROCESS_ABOVE]);
        if (n->a[PROCESS_GIVES]) buf_puts(b, "gives out number = 0\n");
        show_line(b, "within ", n->a[PROCESS_WITHIN]);
        show_line(b, "remind every ", n->a[PROCESS_REMIND]);
        show_line(b, "escalate to Boss after ", n->a[PROCESS_ESCALATE]);
        if (n->a[PROCESS_ONE]) buf_puts(b, "one open case per n\n");
        statements(b, n);
        handlers(b, n);
        buf_puts(b, ">\n");
    }
}
