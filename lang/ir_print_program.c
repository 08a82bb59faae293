/* ir_print_program.c -- a whole program as text: `ops ir`.
 *
 * A heading per section, then its declarations, each with what is said of it
 * on lines of its own; then every process with its triggers and flow; then
 * what the nodes and instructions that occur in it mean. Sections without
 * content are left out.
 */
#include "lang/ir_private.h"

#include <string.h>

enum { INDENT = 2, DEEPER = 4, DEEPEST = 6 };

static void heading(const IrPrint *p, const char *what, uint32_t n)
{
    if (n) buf_printf(p->b, "%s%s\n", p->b->n ? "\n" : "", what);
}

static void title(const IrPrint *p, int indent, const char *word, const char *name)
{
    buf_pad(p->b, ' ', (size_t)indent);
    if (word) buf_printf(p->b, "%s ", word);
    ir_print_quoted(p->b, name);
    buf_putc(p->b, '\n');
}

static void print_number(const IrPrint *p, int indent, const char *what, uint64_t n)
{
    char text[24];
    size_t at = sizeof text;
    text[--at] = '\0';
    do text[--at] = (char)('0' + n % 10);
    while (n /= 10);
    ir_print_text(p, indent, what, text + at);
}

static void print_value(const IrPrint *p, int indent, const char *what, const Value *v)
{
    Buf b = {0};
    if (v->type == V_NONE) return;
    value_print(&b, v, STYLE_LANGUAGE, NULL);
    ir_print_text(p, indent, what, buf_text(&b));
    buf_free(&b);
}

static void print_date(const IrPrint *p, int indent, const char *what, int64_t date)
{
    const Value v = value_date(date);
    print_value(p, indent, what, &v);
}

static void print_list(const IrPrint *p, int indent, const char *what, const char *const *items, uint32_t n)
{
    Buf b = {0};
    for (uint32_t i = 0; i < n; i++) buf_printf(&b, "%s%s", i ? ", " : "", items[i]);
    if (n) ir_print_text(p, indent, what, buf_text(&b));
    buf_free(&b);
}

/* ---- people and time ---------------------------------------------------------------------- */

static void add_minutes(Buf *b, int32_t minutes)
{
    buf_printf(b, "%02d:%02d", minutes / 60, minutes % 60);
}

static void print_open(const IrPrint *p, const OpenSpan *o)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    Buf b = {0};
    for (int i = 0; i < 7; i++)
        if (o->weekdays >> i & 1) buf_printf(&b, "%s ", days[i]);
    add_minutes(&b, o->from);
    buf_puts(&b, "..");
    add_minutes(&b, o->to);
    ir_print_text(p, DEEPER, "open", buf_text(&b));
    buf_free(&b);
}

static void add_day(Buf *b, const ClosedDays *c, int64_t day)
{
    char text[40];
    if (c->yearly) buf_printf(b, "%02d-%02d", (int)(day / 100), (int)(day % 100));
    else buf_add(b, text, date_print(text, day));
}

static void print_closed(const IrPrint *p, const ClosedDays *c)
{
    Buf b = {0};
    if (c->yearly) buf_puts(&b, "every ");
    add_day(&b, c, c->from);
    if (c->to != c->from) {
        buf_puts(&b, "..");
        add_day(&b, c, c->to);
    }
    ir_print_text(p, DEEPER, "closed", buf_text(&b));
    buf_free(&b);
}

static void print_calendars(const IrPrint *p)
{
    heading(p, "calendars", p->program->calendars_n);
    for (uint32_t i = 0; i < p->program->calendars_n; i++) {
        const Calendar *c = &p->program->calendars[i];
        title(p, INDENT, NULL, c->name);
        ir_print_text(p, DEEPER, "zone", zone_name(c->zone));
        for (uint32_t k = 0; k < c->opens; k++) print_open(p, &c->open[k]);
        for (uint32_t k = 0; k < c->closeds; k++) print_closed(p, &c->closed[k]);
        for (uint32_t k = 0; k < p->program->holidays_n; k++)
            if (strcmp(p->program->holidays[k].calendar, c->name) == 0)
                ir_print_text(p, DEEPER, "holidays", p->program->holidays[k].region);
    }
}

static void print_away(const IrPrint *p, const IrAway *away)
{
    char from[40], to[40];
    Buf b = {0};
    from[date_print(from, away->from)] = to[date_print(to, away->to)] = '\0';
    buf_puts(&b, from);
    if (away->to != away->from) buf_printf(&b, "..%s", to);
    if (away->stand_in) buf_printf(&b, ", %s stands in", away->stand_in);
    ir_print_text(p, DEEPER, "away", buf_text(&b));
    buf_free(&b);
}

static void print_trained(const IrPrint *p, const IrPerson *person)
{
    Buf b = {0};
    for (uint32_t i = 0; i < person->trained_n; i++) {
        const IrTraining *t = &person->trained[i];
        char since[40];
        since[t->since == INT64_MIN ? 0 : instant_print(since, t->since)] = '\0';
        buf_printf(&b, "%s%s%s%s", i ? ", " : "", t->process, *since ? " since " : "", since);
    }
    ir_print_text(p, DEEPER, "trained", person->trained_n ? buf_text(&b) : NULL);
    buf_free(&b);
}

static void print_people(const IrPrint *p)
{
    heading(p, "persons", p->program->persons_n);
    for (uint32_t i = 0; i < p->program->persons_n; i++) {
        const IrPerson *person = &p->program->persons[i];
        title(p, INDENT, NULL, person->id);
        ir_print_text(p, DEEPER, "name", person->name);
        ir_print_text(p, DEEPER, "mail", person->mail);
        ir_print_text(p, DEEPER, "login", person->login);
        ir_print_text(p, DEEPER, "works", person->calendar);
        ir_print_text(p, DEEPER, "language", person->language);
        for (uint32_t k = 0; k < person->away_n; k++) print_away(p, &person->away[k]);
        print_trained(p, person);
    }
    heading(p, "roles", p->program->roles_n);
    for (uint32_t i = 0; i < p->program->roles_n; i++) {
        const IrRole *role = &p->program->roles[i];
        title(p, INDENT, NULL, role->name);
        ir_print_text(p, DEEPER, "why", role->why);
        print_list(p, DEEPER, "people", role->people, role->people_n);
        ir_print_text(p, DEEPER, "works", role->calendar);
        print_value(p, DEEPER, "costs/hour", &role->cost);
        ir_print_text(p, DEEPER, "reports to", role->reports_to);
        if (role->capacity) print_number(p, DEEPER, "capacity", role->capacity);
    }
}

/* ---- borders ------------------------------------------------------------------------------ */

static void print_borders(const IrPrint *p)
{
    const IrProgram *program = p->program;
    heading(p, "secrets", program->secrets_n);
    for (uint32_t i = 0; i < program->secrets_n; i++) {
        title(p, INDENT, NULL, program->secrets[i].name);
        ir_print_text(p, DEEPER, "from env", program->secrets[i].env);
    }
    heading(p, "allowed", program->allows_n);
    for (uint32_t i = 0; i < program->allows_n; i++) {
        const IrAllow *allow = &program->allows[i];
        const char *how = allow->read && allow->write ? "read, write" : allow->write ? "write" : "read";
        title(p, INDENT, allow->kind == ALLOW_HTTP ? "http" : "file", allow->what);
        if (allow->kind == ALLOW_FILE) ir_print_text(p, DEEPER, "to", how);
    }
    heading(p, "files of Lua", program->modules_n);
    for (uint32_t i = 0; i < program->modules_n; i++) {
        title(p, INDENT, NULL, program->modules[i].name);
        ir_print_text(p, DEEPER, "in", program->modules[i].lua.place.file);
        ir_print_text(p, DEEPER, "lua", program->modules[i].lua.text);
    }
}

/* ---- data --------------------------------------------------------------------------------- */

static void print_type(const IrPrint *p, int indent, const char *what, uint32_t type)
{
    Buf b = {0};
    ir_type_print(&b, p->unit, type);
    ir_print_text(p, indent, what, buf_text(&b));
    buf_free(&b);
}

/* Each once: not its form with `or none`, nor an event's or a log's, which come with them. */
static bool is_record(const IrPrint *p, const IrType *t)
{
    for (uint32_t i = 0; i < p->program->logs_n; i++)
        if (t == &p->unit->types[p->program->logs[i].type]) return false;
    return t->kind == TYPE_RECORD && !t->optional && !(t->name && ir_event(p->program, t->name));
}

static void print_logs(const IrPrint *p)
{
    heading(p, "logs", p->program->logs_n);
    for (uint32_t i = 0; i < p->program->logs_n; i++) {
        const IrLog *log = &p->program->logs[i];
        const IrType *row = &p->unit->types[log->type];
        title(p, INDENT, NULL, log->name);
        ir_print_text(p, DEEPER, "in", log->file);
        ir_print_fields(p, DEEPER, "column", row->fields, row->fields_n);
        ir_print_coded(p, DEEPER, "case", log->key);
        for (uint32_t k = 0; k < log->steps_n; k++) {
            const IrLogStep *step = &log->steps[k];
            title(p, DEEPER, "step", step->name ? step->name : "");
            ir_print_coded(p, DEEPEST, "called", step->step);
            ir_print_coded(p, DEEPEST, "at", step->at);
            ir_print_text(p, DEEPEST, "like", step->like);
            ir_print_text(p, DEEPEST, "zone", step->zone);
            ir_print_coded(p, DEEPEST, "by", step->by);
        }
    }
}

static void print_data(const IrPrint *p)
{
    const IrUnit *u = p->unit;
    uint32_t records = 0;
    for (uint32_t i = 0; i < u->types_n; i++) records += is_record(p, &u->types[i]);
    heading(p, "records", records);
    for (uint32_t i = 0; i < u->types_n; i++) {
        const IrType *t = &u->types[i];
        if (!is_record(p, t)) continue;
        title(p, INDENT, NULL, t->name ? t->name : "");
        ir_print_text(p, DEEPER, "key", t->key);
        ir_print_fields(p, DEEPER, "field", t->fields, t->fields_n);
    }
    heading(p, "events", p->program->events_n);
    for (uint32_t i = 0; i < p->program->events_n; i++) {
        title(p, INDENT, NULL, p->program->events[i].name);
        ir_print_fields(p, DEEPER, "field", p->program->events[i].fields, p->program->events[i].fields_n);
    }
    heading(p, "tables", p->program->tables_n);
    for (uint32_t i = 0; i < p->program->tables_n; i++) {
        title(p, INDENT, NULL, p->program->tables[i].name);
        print_type(p, DEEPER, "rows", p->program->tables[i].type);
        ir_print_text(p, DEEPER, "in", p->program->tables[i].file);
    }
    print_logs(p);
}

/* ---- systems and what is measured --------------------------------------------------------- */

static void print_system_name(const IrPrint *p, int indent, uint32_t system)
{
    if (system != IR_NONE) ir_print_text(p, indent, "system", p->program->systems[system].name);
}

static void print_systems(const IrPrint *p)
{
    heading(p, "systems", p->program->systems_n);
    for (uint32_t i = 0; i < p->program->systems_n; i++) {
        const IrSystem *s = &p->program->systems[i];
        title(p, INDENT, NULL, s->name);
        ir_print_text(p, DEEPER, "why", s->why);
        ir_print_text(p, DEEPER, "kind", s->kind);
        ir_print_coded(p, DEEPER, "owner", s->owner);
        if (s->parent != IR_NONE) ir_print_text(p, DEEPER, "in", p->program->systems[s->parent].name);
    }
}

static void print_aggregates(const IrPrint *p)
{
    heading(p, "aggregates", p->program->aggregates_n);
    for (uint32_t i = 0; i < p->program->aggregates_n; i++) {
        const IrAggregate *a = &p->program->aggregates[i];
        buf_printf(p->b, "%*s%u %s of ", INDENT, "", i, ir_aggregate_name(a->kind));
        ir_print_quoted(p->b, a->process);
        buf_putc(p->b, '\n');
        ir_print_coded(p, DEEPER, "value", a->value);
        ir_print_coded(p, DEEPER, "where", a->where);
        ir_print_text(p, DEEPER, "window", a->window.text ? a->window.text : "all time");
        ir_print_text(p, DEEPER, "days in", a->calendar);
    }
}

static void print_measures(const IrPrint *p)
{
    print_aggregates(p);
    heading(p, "metrics", p->program->metrics_n);
    for (uint32_t i = 0; i < p->program->metrics_n; i++) {
        const IrMetric *m = &p->program->metrics[i];
        title(p, INDENT, NULL, m->name);
        print_system_name(p, DEEPER, m->system);
        ir_print_text(p, DEEPER, "written", m->text);
        print_type(p, DEEPER, "type", m->type);
        ir_print_coded(p, DEEPER, "value", m->code);
        ir_print_coded(p, DEEPER, "by", m->by);
    }
    heading(p, "goals", p->program->goals_n);
    for (uint32_t i = 0; i < p->program->goals_n; i++) {
        const IrGoal *g = &p->program->goals[i];
        title(p, INDENT, NULL, g->name);
        print_system_name(p, DEEPER, g->system);
        ir_print_text(p, DEEPER, "written", g->text);
        ir_print_coded(p, DEEPER, "holds", g->code);
        if (g->by != INT64_MAX) print_date(p, DEEPER, "by", g->by);
        if (g->rows) print_number(p, DEEPER, "rows of", g->rows);
    }
}

/* ---- triggers and audits ------------------------------------------------------------------ */

static void print_triggers(const IrPrint *p, int indent, const IrTrigger *triggers, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const IrTrigger *t = &triggers[i];
        switch ((IrTriggerKind)t->kind) {
        case TRIGGER_EVENT:
            ir_print_text(p, indent, "when", t->event);
            ir_print_coded(p, indent + INDENT, "where", t->where);
            break;
        case TRIGGER_TIME: ir_print_text(p, indent, "when", t->text); break;
        case TRIGGER_ROWS:
            ir_print_text(p, indent, "when each", t->variable);
            print_type(p, indent + INDENT, "type", t->type);
            ir_print_text(p, indent + INDENT, "in", t->file);
            ir_print_coded(p, indent + INDENT, "at", t->at);
            break;
        }
    }
}

static void print_check(const IrPrint *p, const IrCheck *c)
{
    title(p, DEEPER, "check", c->name);
    ir_print_text(p, DEEPEST, "rule", c->text);
    ir_print_coded(p, DEEPEST, "where", c->where);
    ir_print_coded(p, DEEPEST, "condition", c->condition);
    ir_print_coded(p, DEEPEST, "who", c->who);
    ir_print_coded(p, DEEPEST, "warn", c->warn);
    print_value(p, DEEPEST, "within", &c->span);
    if (c->has_window) ir_print_text(p, DEEPEST, "during", c->window.text);
    if (c->rule == RULE_SHELL) ir_print_text(p, DEEPEST, "shell", c->shell.text);
    for (uint32_t i = 0; c->rule == RULE_SHELL && i < c->shell.args_n; i++)
        ir_print_coded(p, DEEPEST, "argument", c->shell_args[i]);
    if (c->rule == RULE_LUA) ir_print_text(p, DEEPEST, "lua", c->lua.text);
    ir_print_text(p, DEEPEST, "file", c->file);
    if (c->times) print_number(p, DEEPEST, "times", c->times);
    if (c->at_most >= 0) print_number(p, DEEPEST, "at most", (uint64_t)c->at_most);
    if (c->at_most_share >= 0) {
        const Value share = value_percent(c->at_most_share);
        print_value(p, DEEPEST, "at most", &share);
    }
    if (c->sample) print_number(p, DEEPEST, "sample", c->sample);
    if (c->sample) print_number(p, DEEPEST, "seeded", c->seed);
    if (c->rows) print_number(p, DEEPEST, "rows of", c->rows);
    if (c->may_be_empty) ir_print_text(p, DEEPEST, "empty", "allowed");
}

static void print_waiver(const IrPrint *p, const IrAudit *a, const IrWaiver *w)
{
    title(p, DEEPER, "waive", a->checks[w->check].name);
    if (w->case_id) print_number(p, DEEPEST, "case", w->case_id);
    ir_print_text(p, DEEPEST, "case", w->key);
    print_date(p, DEEPEST, "until", w->until);
    ir_print_text(p, DEEPEST, "because", w->because);
    ir_print_text(p, DEEPEST, "by", w->by);
}

static void print_audits(const IrPrint *p)
{
    static const char *const severities[] = {"minor", "major", "critical"};
    heading(p, "audits", p->program->audits_n);
    for (uint32_t i = 0; i < p->program->audits_n; i++) {
        const IrAudit *a = &p->program->audits[i];
        title(p, INDENT, NULL, a->name);
        ir_print_text(p, DEEPER, "why", a->why);
        print_system_name(p, DEEPER, a->system);
        ir_print_text(p, DEEPER, "severity", a->severity <= AUDIT_CRITICAL ? severities[a->severity] : "?");
        ir_print_coded(p, DEEPER, "owner", a->owner);
        print_list(p, DEEPER, "ref", a->refs, a->refs_n);
        print_triggers(p, DEEPER, a->triggers, a->triggers_n);
        print_value(p, DEEPER, "fix within", &a->fix_within);
        for (uint32_t k = 0; k < a->checks_n; k++) print_check(p, &a->checks[k]);
        for (uint32_t k = 0; k < a->waivers_n; k++) print_waiver(p, a, &a->waivers[k]);
    }
}

/* ---- tests -------------------------------------------------------------------------------- */

static void print_test_line(const IrPrint *p, const IrTestLine *line)
{
    buf_printf(p->b, "%*s%s", DEEPER, "", ir_test_line_name(line->kind));
    if (line->name) buf_putc(p->b, ' '), ir_print_quoted(p->b, line->name);
    buf_putc(p->b, '\n');
    ir_print_text(p, DEEPEST, "written", line->written);
    ir_print_text(p, DEEPEST, line->own ? "case of" : "a case of", line->process);
    ir_print_text(p, DEEPEST, "ahead of", line->other);
    ir_print_text(p, DEEPEST, line->kind == TEST_OFFERED ? "to" : "as", line->person);
    ir_print_coded(p, DEEPEST, "value", line->code);
    ir_print_coded(p, DEEPEST, "text", line->text);
    for (uint32_t i = 0; i < line->args_n; i++) ir_print_coded(p, DEEPEST, line->args[i].name, line->args[i].code);
    if (line->kind == TEST_GIVEN_SHELL || line->kind == TEST_GIVEN_MAIL || line->kind == TEST_GIVEN_HTTP)
        print_number(p, DEEPEST, "status", (uint64_t)line->status);
    if (line->refused) ir_print_text(p, DEEPEST, "expected", "refused");
}

static void print_tests(const IrPrint *p)
{
    heading(p, "tests", p->program->tests_n);
    for (uint32_t i = 0; i < p->program->tests_n; i++) {
        const IrTest *t = &p->program->tests[i];
        title(p, INDENT, NULL, t->name);
        print_system_name(p, DEEPER, t->system);
        for (uint32_t k = 0; k < t->lines_n; k++) print_test_line(p, &t->lines[k]);
    }
}

/* ---- scenarios ---------------------------------------------------------------------------- */

static void print_assumption(const IrPrint *p, const IrAssumption *a)
{
    Buf b = {0};
    buf_printf(&b, "%s.%s", a->process, a->name);
    title(p, DEEPER, a->lasts ? "lasts" : "assume", buf_text(&b));
    buf_free(&b);
    ir_print_text(p, DEEPEST, "written", a->text);
    for (uint32_t i = 0; i < a->values_n; i++) ir_print_coded(p, DEEPEST, "value", a->values[i]);
}

static void print_scenarios(const IrPrint *p)
{
    heading(p, "scenarios", p->program->scenarios_n);
    for (uint32_t i = 0; i < p->program->scenarios_n; i++) {
        const IrScenario *s = &p->program->scenarios[i];
        title(p, INDENT, NULL, s->name);
        print_system_name(p, DEEPER, s->system);
        for (uint32_t k = 0; k < s->volumes_n; k++) {
            const Value factor = value_number(s->volumes[k].factor);
            title(p, DEEPER, "volume", s->volumes[k].process);
            print_value(p, DEEPEST, "times", &factor);
            ir_print_coded(p, DEEPEST, "where", s->volumes[k].where);
        }
        for (uint32_t k = 0; k < s->staff_n; k++) {
            title(p, DEEPER, "role", s->staff[k].role);
            print_number(p, DEEPEST, "people", s->staff[k].people);
        }
        for (uint32_t k = 0; k < s->assumptions_n; k++) print_assumption(p, &s->assumptions[k]);
        print_value(p, DEEPER, "run", &s->span);
        if (s->times) print_number(p, DEEPER, "times", s->times);
    }
}

/* ---- processes ---------------------------------------------------------------------------- */

static void print_process(const IrPrint *p, const IrProcess *process)
{
    static const char *const statuses[] = {"live", "draft", "trained", "retired"};
    buf_puts(p->b, p->b->n ? "\n" : "");
    title(p, 0, "process", process->name);
    ir_print_text(p, INDENT, "why", process->why);
    print_system_name(p, INDENT, process->system);
    if (process->heir && process->heir_place.file)
        ir_print_place(p, INDENT, "by", process->heir, &process->heir_place);
    ir_print_coded(p, INDENT, "owner", process->owner);
    if (process->status <= STATUS_RETIRED && process->status != STATUS_LIVE)
        ir_print_text(p, INDENT, "status", statuses[process->status]);
    if (process->since != INT64_MIN) {
        const Value since = value_datetime(process->since);
        print_value(p, INDENT, "since", &since);
    }
    ir_print_coded(p, INDENT, "one per", process->one);
    print_value(p, INDENT, "review", &process->review);
    print_triggers(p, INDENT, process->triggers, process->triggers_n);
    ir_print_flow_of(p->b, process->flow, p->program);
}

/* ---- what it all means -------------------------------------------------------------------- */

typedef struct Used {
    bool nodes[UINT8_MAX + 1], ops[UINT8_MAX + 1];
} Used;

static void use_code(Used *used, const IrUnit *u)
{
    for (uint32_t i = 0; i < u->code_n; i++) used->ops[IR_INSTRUCTION_OP(u->code[i])] = true;
}

static void print_meanings(const IrPrint *p)
{
    Used used = {0};
    use_code(&used, p->unit);
    for (uint32_t i = 0; i < p->program->processes_n; i++) {
        const IrFlow *f = p->program->processes[i].flow;
        use_code(&used, &f->unit);
        for (uint32_t k = 0; k < f->nodes_n; k++) used.nodes[f->nodes[k].op & UINT8_MAX] = true;
    }
    heading(p, "what the nodes mean", p->program->processes_n);
    for (uint16_t op = 0; op <= UINT8_MAX; op++)
        if (used.nodes[op] && ir_node_row(op))
            ir_print_text(p, INDENT, ir_node_row(op)->name, ir_node_row(op)->meaning);
    bool any = false;
    for (int op = 0; op <= UINT8_MAX; op++) any = any || used.ops[op];
    heading(p, "what the instructions mean (they take values from a stack and leave theirs there)", any);
    for (int op = 0; op <= UINT8_MAX; op++) {
        const IrOpRow *row = ir_op_row((uint8_t)op);
        if (used.ops[op] && row->name) ir_print_text(p, INDENT, row->name, row->meaning);
    }
}

void ir_print(Buf *b, const IrProgram *program)
{
    IrPrint p = {.b = b, .unit = &program->unit, .program = program};
    print_calendars(&p);
    print_people(&p);
    print_data(&p);
    print_borders(&p);
    print_systems(&p);
    print_measures(&p);
    print_audits(&p);
    print_tests(&p);
    print_scenarios(&p);
    for (uint32_t i = 0; i < program->processes_n; i++) print_process(&p, &program->processes[i]);
    print_meanings(&p);
}
