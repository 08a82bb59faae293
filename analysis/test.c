/* test.c -- plays tests, line by line. */
#include "analysis/test.h"

#include "analysis/query.h"
#include "analysis/story.h"
#include "runtime/turned.h"

#include <stdlib.h>
#include <string.h>

struct Tester {
    const IrProgram *program;
    const Manner *manner;
    Turned *world;
    Coverage *coverage;
    Arena *scratch;                    /* of the test under way */
};

typedef struct Play {                  /* one test under way */
    Tester *t;
    Arena *arena;
    const IrTestLine *line;
    Tested *out;
    uint64_t started;                  /* the case of the last `start`; 0: none */
    Case *of;                          /* the one that the line speaks of, as it stands; NULL: none */
    LiveReport report;
    Error *err;
} Play;

const char *tested_name(uint8_t as)
{
    static const char *const names[] = {"passed", "failed"};
    return names[as];
}

/* ---- how a line ends -------------------------------------------------------------------- */

static Status failed(Play *p, const char *expected, const char *found)
{
    p->out->as = TESTED_FAILED;
    p->out->expected = expected;
    p->out->found = found;
    return ST_OK;
}

static bool over(const Play *p)
{
    return p->out->as != TESTED_PASSED;
}

/* "expect price > $5" without its first word. */
static const char *expectation(const IrTestLine *line)
{
    const char *blank = strchr(line->written, ' ');
    return blank ? blank + 1 : line->written;
}

/* What the engine says no to is a finding; anything else keeps the test from being played. */
static bool is_refusal(Status st)
{
    return st == ST_REFUSED || st == ST_VALUE || st == ST_NOTFOUND || st == ST_CONFIG || st == ST_FAILED;
}

static const char *in_words(const Play *p, const Value *v, const Zone *zone)
{
    Buf b = {0};
    bool text = v->type == V_TEXT;
    if (v->type == V_NONE) buf_puts(&b, "none");
    if (text) buf_putc(&b, '"');
    if (v->type != V_NONE) value_print_for(&b, v, p->t->manner, zone);
    if (text) buf_putc(&b, '"');
    const char *words = buf_dup(&b, p->arena);
    buf_free(&b);
    return words;
}

/* ---- values ----------------------------------------------------------------------------- */

/* In the light of the case that the line speaks of, by the world's clock. */
static Status value_of(Play *p, Code code, Value *v, Error *err)
{
    const IrProgram *program = p->t->program;
    Turned *world = p->t->world;
    if (!p->of) {
        EvalHost host = {.now = turned_now(world), .program = program};
        return eval(&program->unit, code, &host, p->arena, v, err);
    }
    Query *q = query_new(program, turned_journal(world), turned_now(world));
    QueryCaseHost host;
    query_lend(q, live_tables(turned_live(world)));
    query_case_host(&host, q, p->of);
    Status st = eval(&program->unit, code, &host.host, p->arena, v, err);
    if (st == ST_OK) *v = value_copy(p->arena, v);
    query_free(q);
    return st;
}

/* False after the line failed: a value of it cannot be computed. */
static bool compute(Play *p, Code code, Value *v)
{
    Error why;
    if (value_of(p, code, v, &why) == ST_OK) return true;
    failed(p, p->line->written, arena_printf(p->arena, "a value of it cannot be computed: %s", why.text));
    return false;
}

static bool text_of(Play *p, Code code, const char **text)
{
    Value v;
    *text = NULL;
    if (code == CODE_NONE) return true;
    if (!compute(p, code, &v)) return false;
    *text = v.text;
    return true;
}

static bool values_of(Play *p, const Datum **values)
{
    const IrTestLine *line = p->line;
    Datum *all = ARENA_ARRAY(p->arena, Datum, line->args_n + 1);
    *values = all;
    for (uint32_t i = 0; i < line->args_n; i++) {
        all[i].name = line->args[i].name;
        if (!compute(p, line->args[i].code, &all[i].value)) return false;
    }
    return true;
}

/* ---- which case ------------------------------------------------------------------------- */

typedef struct Ids { Arena *arena; VEC(uint64_t) items; } Ids;

static Status note_id(void *self, const CaseRow *row, Case **of, Error *err)
{
    Ids *ids = self;
    (void)of, (void)err;
    *VEC_PUSH(ids->arena, &ids->items) = row->id;
    return ST_OK;
}

enum { ANY_SKIPPED = 255 };            /* in place of an ActState */

/* What a person skips: an incident, else a step that is open. */
static const Act *act_to_skip(const Case *c, const char *step)
{
    const Act *found = NULL;
    for (uint32_t i = 0; c && i < c->acts.n && !(found && found->state == ACT_INCIDENT); i++) {
        const Act *a = &c->acts.items[i];
        bool named = !step || strcmp(c->flow->nodes[a->node].name, step) == 0;
        bool open = step && a->state != ACT_BLOCK && a->state != ACT_RUNNING && c->flow->nodes[a->node].op == IRN_STEP;
        if (named && (a->state == ACT_INCIDENT || (open && !found))) found = a;
    }
    return found;
}

static const Act *act_of(const Case *c, const char *step, uint8_t state)
{
    if (state == ANY_SKIPPED) return act_to_skip(c, step);
    for (uint32_t i = 0; c && i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->state == state && (!step || strcmp(c->flow->nodes[a->node].name, step) == 0)) return a;
    }
    return NULL;
}

/* The state in which a step is open for what a line does to it, or asks of it; 0: it need not be open. */
static uint8_t open_state(const IrTestLine *line)
{
    switch ((IrTestLineKind)line->kind) {
    case TEST_DONE: case TEST_APPROVE: case TEST_REJECT: case TEST_OFFERED: return ACT_OFFERED;
    case TEST_RETRY: return ACT_INCIDENT;
    case TEST_SKIP: return ANY_SKIPPED;
    default: return 0;
    }
}

/* Of several cases of a process, the newest in which the step is open; where it is in none, the newest. */
static Status case_of_process(Play *p, Error *err)
{
    Journal *j = turned_journal(p->t->world);
    Ids ids = {.arena = p->arena};
    CaseFilter filter = {.process = p->line->process};
    uint8_t state = open_state(p->line);
    Status st = journal_cases(j, &filter, false, note_id, &ids, err);
    for (uint32_t i = ids.items.n; i-- > 0 && st == ST_OK;) {
        Case *c;
        st = journal_case(j, ids.items.items[i], &c, err);
        if (st != ST_OK) break;
        bool open = !state || act_of(c, p->line->name, state);
        if (open || !p->of) {
            case_free(p->of);
            p->of = c;
        } else {
            case_free(c);
        }
        if (open) break;
    }
    return st;
}

static bool waits_for(const Case *c, const char *event)
{
    for (uint32_t i = 0; c && i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        if (a->state == ACT_WAITING && a->text && strcmp(a->text, event) == 0) return true;
    }
    return false;
}

/* Where the test started no case, any that waits; else the newest that there is. */
static Status any_that_waits(Play *p, Error *err)
{
    Journal *j = turned_journal(p->t->world);
    Ids ids = {.arena = p->arena};
    const CaseFilter all = {0};
    Status st = journal_cases(j, &all, false, note_id, &ids, err);
    for (uint32_t i = ids.items.n; i-- > 0 && st == ST_OK && !waits_for(p->of, p->line->name);) {
        Case *c;
        st = journal_case(j, ids.items.items[i], &c, err);
        if (st != ST_OK) break;
        if (p->of && !waits_for(c, p->line->name)) {
            case_free(c);
            continue;
        }
        case_free(p->of);
        p->of = c;
    }
    return st;
}

static Status find_case(Play *p, Error *err)
{
    const IrTestLine *line = p->line;
    bool other = line->process && !line->own && line->kind != TEST_START;
    case_free(p->of);
    p->of = NULL;
    if (other) return case_of_process(p, err);
    if (line->kind == TEST_WAITING && !p->started) return any_that_waits(p, err);
    return p->started ? journal_case(turned_journal(p->t->world), p->started, &p->of, err) : ST_OK;
}

/* What the case waits for, in a line. */
static const char *how_it_stands(const Play *p)
{
    const Case *c = p->of;
    Buf b = {0};
    if (!c) return "no such case has begun";
    buf_printf(&b, "case %llu of %s is %s", (unsigned long long)c->id, c->process, case_status_name(c->status));
    if (c->outcome) buf_printf(&b, " (%s)", c->outcome);
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->acts.n; i++) {
        const Act *a = &c->acts.items[i];
        const char *node = c->flow->nodes[a->node].name, *first = n ? "; " : ": ";
        if (a->state == ACT_OFFERED)
            buf_printf(&b, "%s\"%s\" is offered to %s", first, node,
                       story_offered(p->t->program, c, a, turned_now(p->t->world), p->arena)), n++;
        else if (a->state == ACT_HELD || (a->state == ACT_WAITING && c->flow->nodes[a->node].op != IRN_ON_EVENT))
            buf_printf(&b, "%sit waits%s%s", first, *story_awaited(c, a, p->arena) ? " for " : "",
                       story_awaited(c, a, p->arena)), n++;
        else if (a->state == ACT_INCIDENT)
            buf_printf(&b, "%sincident at \"%s\": %s", first, node, a->text), n++;
        else if (a->state == ACT_PAUSED)
            buf_printf(&b, "%s\"%s\" is tried again later", first, node), n++;
    }
    const char *text = buf_dup(&b, p->arena);
    buf_free(&b);
    return text;
}

/* ---- the world -------------------------------------------------------------------------- */

static Status go_on(Play *p, Instant to)
{
    Turned *world = p->t->world;
    Status st = turned_go_on(world, to, &p->report, p->err);
    if (st == ST_FAILED) return failed(p, p->line->written, arena_dup(p->arena, p->err->text));
    if (st != ST_REFUSED) return st;
    const Zone *zone = ir_zone(p->t->program);
    const Value then = value_datetime(to), now = value_datetime(turned_now(world));
    return failed(p, arena_printf(p->arena, "a moment to come, not %s", in_words(p, &then, zone)),
                  arena_printf(p->arena, "it is %s already", in_words(p, &now, zone)));
}

static Status line_clock(Play *p)
{
    Value v;
    return compute(p, p->line->code, &v) ? go_on(p, v.i) : ST_OK;
}

static Status line_after(Play *p)
{
    Value v;
    Instant to;
    Error why;
    Turned *world = p->t->world;
    EvalHost host = {.now = turned_now(world), .program = p->t->program};
    if (!compute(p, p->line->code, &v)) return ST_OK;
    if (eval_after(&host, turned_now(world), &v, NULL, &to, &why) != ST_OK)
        return failed(p, p->line->written, arena_dup(p->arena, why.text));
    Status st = turned_in_motion(world, p->err);
    return st == ST_OK ? go_on(p, to) : st;
}

static Status line_given_shell(Play *p)
{
    const char *command, *prints;
    if (text_of(p, p->line->code, &command) && text_of(p, p->line->text, &prints))
        turned_answer(p->t->world, false, command, prints, (int)p->line->status);
    return ST_OK;
}

static Status line_given_mail(Play *p)
{
    turned_answer(p->t->world, true, p->line->name, NULL, (int)p->line->status);
    return ST_OK;
}

static Status line_given_file(Play *p)
{
    const char *text;
    if (text_of(p, p->line->text, &text)) turned_file(p->t->world, p->line->name, text);
    return ST_OK;
}

static Status line_given_http(Play *p)
{
    const char *request, *body;
    if (text_of(p, p->line->code, &request) && text_of(p, p->line->text, &body))
        turned_http(p->t->world, request, (int)p->line->status, body);
    return ST_OK;
}

static Status line_given_table(Play *p)
{
    Value rows;
    Error why;
    if (compute(p, p->line->code, &rows) && turned_rows(p->t->world, p->line->name, &rows, &why) != ST_OK)
        return failed(p, p->line->written, arena_dup(p->arena, why.text));
    return ST_OK;
}

/* ---- what people and events do ---------------------------------------------------------- */

/* What was done was taken, or refused: as expected? */
static Status judge_act(Play *p, Status st, const Error *why)
{
    bool refused = st != ST_OK && is_refusal(st);
    if (st != ST_OK && !refused) {
        *p->err = *why;
        return st;
    }
    if (refused == p->line->refused && !p->report.endless) return ST_OK;
    if (p->report.endless) return failed(p, "it comes to an end, or waits", arena_dup(p->arena, why->text));
    if (refused) return failed(p, p->line->written, arena_dup(p->arena, why->text));
    return failed(p, "it is refused", "it was done");
}

static Status line_start(Play *p)
{
    const IrTestLine *line = p->line;
    const Datum *values;
    Error why = {0};
    uint64_t id = 0;
    Live *live = turned_live(p->t->world);
    if (!values_of(p, &values)) return ST_OK;
    Status st = turned_in_motion(p->t->world, p->err);
    if (st != ST_OK) return st;
    if (line->name)
        st = live_start_at(live, line->process, line->name, values, line->args_n, "the test", &id, &p->report, &why);
    else
        st = live_start(live, line->process, values, line->args_n, "the test", NULL, &id, &p->report, &why);
    if (id) p->started = id;
    return judge_act(p, st, &why);
}

static Status line_signal(Play *p)
{
    const Datum *values;
    Error why = {0};
    if (!values_of(p, &values)) return ST_OK;
    Status st = turned_in_motion(p->t->world, p->err);
    if (st != ST_OK) return st;
    st = live_signal(turned_live(p->t->world), p->line->name, values, p->line->args_n, NULL, &p->report, &why);
    return judge_act(p, st, &why);
}

static InputKind input_kind(uint8_t kind)
{
    switch (kind) {
    case TEST_DONE: return INPUT_DONE;
    case TEST_APPROVE: return INPUT_APPROVE;
    case TEST_REJECT: return INPUT_REJECT;
    case TEST_RETRY: return INPUT_RETRY;
    case TEST_SKIP: return INPUT_SKIP;
    default: return INPUT_CANCEL;
    }
}

/* Where nobody is named, it is the first of those who may. */
static const char *doer(Play *p, const Act *a)
{
    if (p->line->person || !a || a->state != ACT_OFFERED) return p->line->person;
    Instant now = turned_now(p->t->world);
    Value left = engine_rule_listed(p->of, p->t->program, a, now, p->arena);
    Value may = engine_eligible(p->t->program, &left, now, p->arena);
    return may.len ? may.list[0].text : NULL;
}

static const char *wanted_open(Play *p)
{
    const IrTestLine *line = p->line;
    uint8_t state = open_state(line);
    const char *open = state == ACT_INCIDENT ? "an incident" : state == ANY_SKIPPED ? "open" : "offered";
    return line->name ? arena_printf(p->arena, "\"%s\" is %s in a case of %s", line->name, open, line->process)
                      : arena_printf(p->arena, "a case of %s", line->process);
}

static Status line_person(Play *p)
{
    const IrTestLine *line = p->line;
    const Datum *values;
    const char *because;
    uint8_t state = open_state(line);
    const Act *a = state ? act_of(p->of, line->name, state) : NULL;
    if (!p->of || (state && !a)) return failed(p, wanted_open(p), how_it_stands(p));
    if (!values_of(p, &values) || !text_of(p, line->text, &because)) return ST_OK;
    Error why = {0};
    Input in = {.kind = (uint8_t)input_kind(line->kind), .at = turned_now(p->t->world), .act = a ? a->id : 0,
                .person = doer(p, a), .text = because, .values = values, .values_n = line->args_n};
    if (state == ACT_OFFERED && !in.person) return failed(p, line->written, "nobody may do it, now");
    Status st = live_input(turned_live(p->t->world), p->of->id, &in, &p->report, &why);
    return judge_act(p, st, &why);
}

/* ---- what is expected ------------------------------------------------------------------- */

/* "price = $450; outcome = none": the parts of a condition, as they are. */
static const char *parts_of(Play *p)
{
    const IrTestLine *line = p->line;
    const Zone *zone = ir_zone_of(p->t->program, line->process, NULL);
    Buf b = {0};
    for (uint32_t i = 0; i < line->args_n; i++) {
        Value v;
        Error why;
        bool known = value_of(p, line->args[i].code, &v, &why) == ST_OK;
        buf_printf(&b, "%s%s = %s", i ? "; " : "", line->args[i].name, known ? in_words(p, &v, zone) : why.text);
    }
    const char *text = b.n ? buf_dup(&b, p->arena) : "it does not hold";
    buf_free(&b);
    return text;
}

static Status line_holds(Play *p)
{
    Value v;
    Error why;
    if (!p->of) return failed(p, expectation(p->line), how_it_stands(p));
    Status st = value_of(p, p->line->code, &v, &why);
    if (st != ST_OK) return failed(p, expectation(p->line), arena_dup(p->arena, why.text));
    if (v.type == V_BOOLEAN && v.i) return ST_OK;
    return failed(p, expectation(p->line), parts_of(p));
}

static Status line_offered(Play *p)
{
    const IrTestLine *line = p->line;
    const Act *a = act_of(p->of, line->name, ACT_OFFERED);
    Value who;
    Error why;
    const char *expected = arena_printf(p->arena, "\"%s\" is offered to %s", line->name, line->person);
    if (!a) return failed(p, expected, how_it_stands(p));
    Input in = {.kind = INPUT_DONE, .at = turned_now(p->t->world), .person = line->person};
    const Env *env = live_env(turned_live(p->t->world));
    if (engine_check_person(p->of, env, a, &in, p->arena, &who, &why) == ST_OK) return ST_OK;
    return failed(p, expected, arena_dup(p->arena, why.text));
}

static Status line_waiting(Play *p)
{
    if (waits_for(p->of, p->line->name)) return ST_OK;
    return failed(p, arena_printf(p->arena, "it waits for %s", p->line->name), how_it_stands(p));
}

static bool ended_well(const Did *d)
{
    return d->how == EV_FINISHED || d->how == EV_DONE || d->how == EV_APPROVED;
}

/* Its place among what the case did, from 1; 0: it did not do it. */
static uint32_t place_of(const Case *c, const char *step)
{
    for (uint32_t i = 0; c && i < c->did.n; i++)
        if (ended_well(&c->did.items[i]) && strcmp(c->flow->nodes[c->did.items[i].node].name, step) == 0) return i + 1;
    return 0;
}

static const char *what_it_did(const Play *p)
{
    Buf b = {0};
    if (!p->of) return how_it_stands(p);
    for (uint32_t i = 0; i < p->of->did.n; i++) {
        const Did *d = &p->of->did.items[i];
        if (ended_well(d)) buf_printf(&b, "%s\"%s\"", b.n ? ", " : "it did ", p->of->flow->nodes[d->node].name);
    }
    const char *text = b.n ? buf_dup(&b, p->arena) : "it did nothing yet";
    buf_free(&b);
    return text;
}

static Status line_did(Play *p)
{
    const IrTestLine *line = p->line;
    uint32_t first = place_of(p->of, line->name), later = line->other ? place_of(p->of, line->other) : UINT32_MAX;
    if (first && later > first) return ST_OK;
    const char *expected = line->other ? arena_printf(p->arena, "it did \"%s\" before \"%s\"", line->name, line->other)
                                       : arena_printf(p->arena, "it did \"%s\"", line->name);
    return failed(p, expected, what_it_did(p));
}

/* ---- a test ----------------------------------------------------------------------------- */

static Status play_line(Play *p)
{
    Status st = find_case(p, p->err);
    if (st != ST_OK) return st;
    switch ((IrTestLineKind)p->line->kind) {
    case TEST_CLOCK: return line_clock(p);
    case TEST_AFTER: return line_after(p);
    case TEST_GIVEN_SHELL: return line_given_shell(p);
    case TEST_GIVEN_MAIL: return line_given_mail(p);
    case TEST_GIVEN_TABLE: return line_given_table(p);
    case TEST_GIVEN_FILE: return line_given_file(p);
    case TEST_GIVEN_HTTP: return line_given_http(p);
    case TEST_START: return line_start(p);
    case TEST_SIGNAL: return line_signal(p);
    case TEST_DONE: case TEST_APPROVE: case TEST_REJECT:
    case TEST_RETRY: case TEST_SKIP: case TEST_CANCEL: return line_person(p);
    case TEST_HOLDS: return line_holds(p);
    case TEST_OFFERED: return line_offered(p);
    case TEST_WAITING: return line_waiting(p);
    case TEST_DID: return line_did(p);
    }
    return fail(p->err, ST_INTERNAL, "a line of an unknown kind %u", p->line->kind);
}

/* What came of a line that nobody asked for. */
static void look_around(Play *p)
{
    const char *step, *what, *command = turned_unanswered(p->t->world, &step, &what);
    const char *table = tables_missed(live_tables(turned_live(p->t->world)));
    if (command && !over(p))
        failed(p, arena_printf(p->arena, "a `given %s` that answers the %s of \"%s\"", what,
                               strcmp(what, "shell") == 0 ? "command" : strcmp(what, "http") == 0 ? "request" : what,
                               step),
               arena_printf(p->arena, "nothing answers: %s", command));
    else if (table && !over(p))
        failed(p, arena_printf(p->arena, "a `given %s [...]` ahead of this", table),
               arena_printf(p->arena, "the table %s is asked, and has no rows", table));
}

enum { STORY_MOST = 60 };              /* events: nobody reads a thousand to see why the last line failed */

/* As it stands now, not as it stood ahead of the line. */
static Status keep_story(Play *p)
{
    Story s = {p->t->program, turned_journal(p->t->world), p->t->manner, p->arena, turned_now(p->t->world), NULL,
               .most = STORY_MOST};
    Buf b = {0};
    Status st = find_case(p, p->err);
    if (st == ST_OK && p->of) st = story_tell(&s, p->of, &b, p->err);
    p->out->story = buf_dup(&b, p->arena);
    buf_free(&b);
    return st;
}

/* What is told of a test outlives what was made on the way. */
static void keep_words(Tested *t, Arena *a)
{
    if (t->expected) t->expected = arena_dup(a, t->expected);
    if (t->found) t->found = arena_dup(a, t->found);
    t->story = *t->story ? arena_dup(a, t->story) : "";
}

Status tester_play(Tester *t, const IrTest *test, Arena *a, Tested *out, Error *err)
{
    Play p = {.t = t, .arena = t->scratch, .out = out, .err = err};
    int64_t began = clock_ticks();
    *out = (Tested){.test = test, .story = ""};
    arena_reset(t->scratch);
    Status st = turned_begin(t->world, err);
    for (uint32_t i = 0; i < test->lines_n && st == ST_OK && !over(&p); i++) {
        p.line = &test->lines[i];
        st = play_line(&p);
        if (st == ST_OK) look_around(&p);
    }
    if (over(&p)) out->line = p.line;
    if (st == ST_OK && out->as == TESTED_FAILED) st = keep_story(&p);
    if (st == ST_OK && t->coverage) st = coverage_add(t->coverage, turned_journal(t->world), err);
    keep_words(out, a);
    out->micros = clock_ticks() - began;
    case_free(p.of);
    buf_free(&p.report.notes);
    return st;
}

/* ---- testers ---------------------------------------------------------------------------- */

static Status look(const Tester *t, Status (*measure)(void *, Arena *, uint32_t, Value *, Error *), Arena *a,
                   uint32_t metric, Value *out, Error *err)
{
    Query *q = query_new(t->program, turned_journal(t->world), turned_now(t->world));
    query_lend(q, live_tables(turned_live(t->world)));
    Status st = measure(q, a, metric, out, err);
    if (st == ST_OK) *out = value_copy(a, out);
    query_free(q);
    return st;
}

static Status metric_of(void *self, Arena *a, uint32_t metric, Value *out, Error *err)
{
    return look(self, query_metric_value, a, metric, out, err);
}

static Status measure_of(void *self, Arena *a, uint32_t metric, Value *out, Error *err)
{
    return look(self, query_measure, a, metric, out, err);
}

Status tester_new(const IrProgram *p, const Manner *manner, const volatile sig_atomic_t *stop, Tester **out, Error *err)
{
    Tester *t = mem_zero(1, sizeof *t);
    LiveOptions o = {.metric = metric_of, .measure = measure_of, .metric_self = t, .stop = stop};
    t->program = p;
    t->manner = manner;
    t->scratch = arena_new();
    Status st = turned_new(p, &o, &t->world, err);
    if (st == ST_OK) *out = t, t = NULL;
    tester_free(t);
    return st;
}

void tester_free(Tester *t)
{
    if (!t) return;
    turned_free(t->world);
    arena_free(t->scratch);
    free(t);
}

void tester_cover(Tester *t, Coverage *coverage)
{
    t->coverage = coverage;
}

Status tests_play(TestReport *r, TestWanted *wanted, const void *self, const Manner *manner,
                  const volatile sig_atomic_t *stop, Arena *a, Error *err)
{
    const IrProgram *p = r->program;
    Tested *all = ARENA_ARRAY(a, Tested, p->tests_n + 1);
    Tester *t = NULL;
    Status st = tester_new(p, manner, stop, &t, err);
    if (st == ST_OK && r->coverage) tester_cover(t, r->coverage);
    r->tests = all;
    for (uint32_t i = 0; i < p->tests_n && st == ST_OK && !(stop && *stop); i++)
        if (wanted(self, &p->tests[i])) st = tester_play(t, &p->tests[i], a, &all[r->n++], err);
    tester_free(t);
    return st;
}
